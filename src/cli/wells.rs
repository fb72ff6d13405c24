//! Wells on the command line: `--wells F... --log PHIE --cutoffs 0.1,0.2`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, value_parser};

use crate::io::{Survey, read_logged_well};
use crate::model::printable;
use crate::modules::{Input, Wells};

/// Name of the option that takes the wells.
pub(super) const FILES: &str = "wells";

/// The options of a module that can learn from wells.
pub(super) fn options() -> [Arg; 5] {
    let option = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .value_name(value)
            .help(help)
            .help_heading("Learning from wells")
    };
    let needs = |arg: Arg| arg.requires(FILES);
    [
        option(
            FILES,
            "FILE",
            "logs to learn from instead of polygons: LAS, or text; beside a1.las lie its path \
             a1.path.txt and its time-depth pairs a1.times.txt",
        )
        .num_args(1..)
        .value_parser(value_parser!(PathBuf))
        .conflicts_with_all(["polygons", "training-file", "training-volumes"]),
        needs(option(
            "log",
            "CURVE",
            "curve to learn: classes, or a property with --cutoffs",
        )),
        needs(
            option(
                "cutoffs",
                "A,B,..",
                "classes of a property: below A, A to B, from B",
            )
            .value_delimiter(',')
            .value_parser(value_parser!(f64))
            .allow_hyphen_values(true),
        ),
        needs(
            option(
                "min-purity",
                "SHARE",
                "least share of a sample's values that are of its class [default: 0.6]",
            )
            .value_parser(value_parser!(f64)),
        ),
        needs(
            option(
                "radius",
                "TRACES",
                "traces around the well that share its classes [default: 0]",
            )
            .value_parser(value_parser!(f64)),
        ),
    ]
}

/// Reads the wells into the survey of the first volume.
pub(super) fn read(files: &[PathBuf], volumes: &[Input], matches: &ArgMatches) -> Result<Wells> {
    let Some(volume) = volumes.first() else {
        bail!("wells are learnt from at the samples of volumes; name some with --volumes");
    };
    let number = |name: &str| matches.get_one::<f64>(name).copied();
    let (min_purity, radius) = (
        number("min-purity").unwrap_or(Wells::MIN_PURITY),
        number("radius").unwrap_or(0.0),
    );
    if !(0.0..=1.0).contains(&min_purity) {
        bail!("min-purity: {min_purity} is no share from 0 to 1");
    }
    if !(0.0..=1000.0).contains(&radius) {
        bail!("radius: {radius} is not a number of traces from 0 to 1000");
    }
    let survey = Survey::of(&volume.path, &volume.open)
        .context("the wells are placed in the survey of the first volume")?;
    let log = matches.get_one::<String>("log");
    let mut wells = Vec::new();
    for file in files {
        let (well, notes) = read_logged_well(file, log.map(String::as_str), &survey)?;
        for note in notes {
            eprintln!("note: {}: {note}", named(file));
        }
        wells.push(well);
    }
    Ok(Wells {
        wells,
        log: printable(log.map_or("log", String::as_str)),
        cutoffs: matches
            .get_many::<f64>("cutoffs")
            .map_or_else(Vec::new, |c| c.copied().collect()),
        min_purity,
        radius,
    })
}

/// The same options as words, for a run to tell how it was asked for.
pub(super) fn words(files: &[PathBuf], matches: &ArgMatches) -> Vec<String> {
    let mut words = vec![format!("--{FILES}")];
    words.extend(files.iter().map(|file| file.display().to_string()));
    for option in options().iter().skip(1) {
        let name = option.get_id().as_str();
        if matches.value_source(name) == Some(ValueSource::CommandLine) {
            let values = matches.get_raw(name).into_iter().flatten();
            let values: Vec<_> = values.map(|value| value.to_string_lossy()).collect();
            words.extend([format!("--{name}"), values.join(",")]);
        }
    }
    words
}

fn named(file: &Path) -> String {
    printable(&file.display().to_string())
}
