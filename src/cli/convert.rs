//! `outcrop convert`: a volume, or a part of it, into another container.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use super::reading;
use crate::io::{self, SampleKind, VolumeWriter};
use crate::model::{Block, Pick, Recipe, Span, SubVolume};

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
            Arg::new("classes")
                .long("classes")
                .action(ArgAction::SetTrue)
                .help("the samples are class codes: written as int8"),
        )
        .arg(
            Arg::new("force")
                .long("force")
                .action(ArgAction::SetTrue)
                .help("overwrite an output that exists"),
        )
        .args(reading::options())
}

/// Samples copied at once.
const AT_ONCE: usize = 4 << 20;

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
    let kind = if matches.get_flag("classes") {
        SampleKind::Classes
    } else {
        SampleKind::Continuous
    };
    let recipe = Recipe {
        module: "convert".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        request: String::new(),
    };
    let writer = VolumeWriter::create(
        to,
        volume.as_ref(),
        &block,
        kind,
        &recipe,
        matches.get_flag("force"),
    )?;
    let [lines, traces, samples] = block.shape();
    let at_once = (AT_ONCE / (traces * samples).max(1)).max(1);
    let mut buffer = Vec::new();
    for first in (0..lines).step_by(at_once) {
        let last = (first + at_once).min(lines);
        let read = Block {
            inlines: block.inlines.part(first, last),
            ..block
        };
        buffer.resize(read.len(), 0.0);
        volume.read(&read, &mut buffer)?;
        let write = Block {
            inlines: Pick::range(first, last),
            crosslines: Pick::range(0, traces),
            samples: Pick::range(0, samples),
        };
        writer.write(&write, &buffer)?;
    }
    writer.finish()?;
    println!("{}", to.display());
    Ok(())
}
