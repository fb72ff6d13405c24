//! Wells on the command line: `--wells F... --log PHIE --cutoffs 0.1,0.2`.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Arg, ArgMatches, value_parser};

use crate::modules::{AskedWells, Input, Wells};

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

/// What the options ask for.
pub(super) fn asked(files: &[PathBuf], matches: &ArgMatches) -> AskedWells {
    let number = |name: &str| matches.get_one::<f64>(name).copied();
    let defaults = AskedWells::default();
    let cutoffs = matches.get_many::<f64>("cutoffs");
    AskedWells {
        files: files.to_vec(),
        log: matches.get_one::<String>("log").cloned(),
        cutoffs: cutoffs.map_or_else(Vec::new, |c| c.copied().collect()),
        min_purity: number("min-purity").unwrap_or(defaults.min_purity),
        radius: number("radius").unwrap_or(defaults.radius),
    }
}

/// Reads them into the survey of the first volume.
pub(super) fn read(asked: &AskedWells, volumes: &[Input]) -> Result<Wells> {
    let (wells, notes) = asked.read(volumes)?;
    for note in notes {
        eprintln!("note: {note}");
    }
    Ok(wells)
}
