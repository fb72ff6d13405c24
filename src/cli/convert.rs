//! `outcrop convert`: a volume, or a part of it, into another container.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use super::reading;
use crate::io;
use crate::model::{Recipe, Span, SubVolume};
use crate::task::Task;

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
    io::convert(
        volume.as_ref(),
        &block,
        to,
        &recipe,
        matches.get_flag("force"),
        &Task::silent(),
    )?;
    println!("{}", to.display());
    Ok(())
}
