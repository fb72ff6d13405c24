//! `outcrop convert`: a volume, or a part of it, into another container.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use super::bar::CopyBar;
use super::reading;
use crate::io;
use crate::model::{Recipe, Span, SubVolume, printable};
use crate::task::Task;

const CARRIED: &str = "\
Reads SEG-Y, .H, .rsf and .npy; writes float32, or int8 where the input holds classes.
  .sgy to .sgy   text, binary and trace headers stay
  .sgy to .H     the text as comments of the history; line_no, cdp_no, trid, cdp_x and cdp_y
                 of every trace in <name>.H@@ and <name>.H@@@
  .H to .H       the history and every trace header key
  .H to .sgy     inline and crossline at bytes 189 and 193, cdp_x and cdp_y at 181 and 185,
                 dead traces as dead
  to .npy        samples only, as [inline, crossline, sample]; nulls are NaN
The output gets its name when it is whole.";

/// `outcrop convert IN OUT`
pub(super) fn command() -> Command {
    let file = |name: &'static str, help: &'static str| {
        Arg::new(name)
            .value_name(name.to_uppercase())
            .required(true)
            .value_parser(value_parser!(PathBuf))
            .help(help)
    };
    let range = |name: &'static str| {
        Arg::new(name)
            .long(name)
            .value_name("A:B[:STEP]")
            .allow_hyphen_values(true)
            .value_parser(value_parser!(Span))
            .help("first:last[:step] in survey numbers; all where absent")
    };
    Command::new("convert")
        .about(
            "copy a volume, or a part of it, into another container: .sgy, .H or .npy by extension",
        )
        .after_help(CARRIED)
        .arg(file("in", "the volume to read"))
        .arg(file("out", "the volume to write"))
        .args([range("inlines"), range("crosslines"), range("times")])
        .arg(
            Arg::new("force")
                .long("force")
                .action(ArgAction::SetTrue)
                .help("overwrite an output that exists"),
        )
        .args(reading::options())
}

pub(super) fn run(matches: &ArgMatches) -> Result<()> {
    let from = matches.get_one::<PathBuf>("in").context("no input")?;
    let to = matches.get_one::<PathBuf>("out").context("no output")?;
    let volume = io::open(from, &reading::read(matches))?;
    let span = |name| matches.get_one::<Span>(name).copied();
    let part = SubVolume {
        inlines: span("inlines"),
        crosslines: span("crosslines"),
        times: span("times"),
    };
    let block = part.on(volume.grid())?;
    let recipe = Recipe {
        module: "convert".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        request: String::new(),
    };
    let traces = block.inlines.count as u64 * block.crosslines.count as u64;
    let bar = CopyBar::new("convert", traces);
    io::convert(
        volume.as_ref(),
        &block,
        to,
        &recipe,
        matches.get_flag("force"),
        &Task::new(&bar, &bar),
    )?;
    drop(bar);
    for note in volume.notes() {
        eprintln!("note: {}", printable(note));
    }
    println!("{}", to.display());
    Ok(())
}
