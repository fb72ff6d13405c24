//! Options of every subcommand that reads SEG-Y with unusual headers.

use clap::{Arg, ArgMatches, value_parser};

use crate::io::OpenOptions;

const NAMES: [(&str, &str); 4] = [
    (
        "inline-byte",
        "first byte of the inline number in trace headers, from 1",
    ),
    (
        "crossline-byte",
        "first byte of the crossline number in trace headers",
    ),
    ("x-byte", "first byte of the x coordinate in trace headers"),
    ("y-byte", "first byte of the y coordinate in trace headers"),
];

pub(super) fn options() -> Vec<Arg> {
    let option = |(name, help): (&'static str, &'static str)| {
        Arg::new(name)
            .long(name)
            .value_name("N")
            .value_parser(value_parser!(u16).range(1..=237))
            .help(help)
            .help_heading("SEG-Y")
    };
    NAMES.into_iter().map(option).collect()
}

pub(super) fn read(matches: &ArgMatches) -> OpenOptions {
    let byte = |i: usize| matches.get_one::<u16>(NAMES[i].0).map(|b| usize::from(*b));
    OpenOptions {
        inline_byte: byte(0),
        crossline_byte: byte(1),
        x_byte: byte(2),
        y_byte: byte(3),
    }
}
