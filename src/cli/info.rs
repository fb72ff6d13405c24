//! `outcrop info`: what a file holds, and why it is not a cube if it is not.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use super::reading;
use crate::io::{self, AxisFacts, Facts};
use crate::model::printable;
use crate::task::Task;

/// `outcrop info FILE [--json] [--scan]`
pub(super) fn command() -> Command {
    Command::new("info")
        .about(
            "format, grid, statistics and text header of a file; why it is no cube, if it is not",
        )
        .arg(
            Arg::new("file")
                .value_name("FILE")
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help("the file"),
        )
        .arg(
            Arg::new("json")
                .long("json")
                .action(ArgAction::SetTrue)
                .help("print as JSON"),
        )
        .arg(
            Arg::new("scan")
                .long("scan")
                .action(ArgAction::SetTrue)
                .help("read every trace header and sample, however many"),
        )
        .args(reading::options())
}

pub(super) fn run(matches: &ArgMatches) -> Result<()> {
    let path = matches.get_one::<PathBuf>("file").context("no file")?;
    let facts = io::facts(
        path,
        &reading::read(matches),
        matches.get_flag("scan"),
        &Task::silent(),
    )?;
    if matches.get_flag("json") {
        println!("{}", serde_json::to_string_pretty(&facts)?);
    } else {
        print(&facts, &path.display().to_string());
    }
    Ok(())
}

fn print(facts: &Facts, path: &str) {
    let row = |name: &str, value: String| println!("  {name:<13}{value}");
    match &facts.reason {
        None => println!("{}: a cube", printable(path)),
        Some(reason) => println!("{}: {}", printable(path), printable(reason)),
    }
    row(
        "format",
        format!("{}, {}", facts.format, facts.sample_format),
    );
    let axis = |a: &AxisFacts| {
        let last = a.first + a.step * a.count.saturating_sub(1) as f64;
        format!("{} to {last} by {} ({})", a.first, a.step, a.count)
    };
    if let Some(inlines) = &facts.inlines {
        row("inlines", axis(inlines));
    }
    if let Some(crosslines) = &facts.crosslines {
        row("crosslines", axis(crosslines));
    }
    let samples = AxisFacts {
        first: facts.samples.first,
        step: facts.samples.step,
        count: facts.samples.count,
    };
    row(
        "samples",
        format!("{} {}", axis(&samples), facts.samples.unit),
    );
    row(
        "traces",
        format!("{}, {} live", facts.traces, facts.live_traces),
    );
    if let Some(spacing) = &facts.spacing {
        row(
            "bin",
            format!(
                "{:.2} m between inlines, {:.2} m between crosslines",
                spacing.inline, spacing.crossline
            ),
        );
    }
    for corner in facts.corners.iter().flatten() {
        row(
            "corner",
            format!(
                "inline {}, crossline {}: x {:.1}, y {:.1}",
                corner[0], corner[1], corner[2], corner[3]
            ),
        );
    }
    if let Some(s) = &facts.stats {
        row(
            "values",
            format!(
                "{} to {}, mean {:.6}, standard deviation {:.6}",
                s.min, s.max, s.mean, s.std
            ),
        );
        row(
            "percentiles",
            format!("1 % {}, 50 % {}, 99 % {}", s.p1, s.p50, s.p99),
        );
    }
    if let Some(null) = facts.null_value {
        row("null", null.to_string());
    }
    if let Some(choice) = &facts.header_choice {
        row("header bytes", printable(choice));
    }
    let seen = if facts.exact {
        "everything was read"
    } else {
        "sampled; --scan reads everything"
    };
    row(
        "exact",
        format!("{}, statistics of {} traces", seen, facts.sampled_traces),
    );
    for note in &facts.notes {
        row("note", printable(note));
    }
    if !facts.text.is_empty() {
        println!();
        for line in &facts.text {
            println!("  {}", printable(line).trim_end());
        }
    }
}
