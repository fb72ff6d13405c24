//! `outcrop info`: what a file holds, and why it is not a cube if it is not.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use super::{reading, table};
use crate::io::{self, AxisFacts, Certainty, Diagnosis, Facts, MapState, seven_digits};
use crate::model::printable;
use crate::modules::{Cell, Table};
use crate::task::Task;

/// Most rows and columns of the map: what a terminal shows.
const MAP: (usize, usize) = (40, 76);

/// `outcrop info FILE [--json] [--scan] [--headers] [--map]`
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
        .arg(
            Arg::new("headers")
                .long("headers")
                .action(ArgAction::SetTrue)
                .help("also the binary header, and smallest, largest and different values of each trace header word"),
        )
        .arg(
            Arg::new("map")
                .long("map")
                .action(ArgAction::SetTrue)
                .help("also a map of live, dead, missing and double traces"),
        )
        .args(reading::options())
}

pub(super) fn run(matches: &ArgMatches) -> Result<()> {
    let path = matches.get_one::<PathBuf>("file").context("no file")?;
    let options = reading::read(matches);
    let every = matches.get_flag("scan");
    let mut found = io::diagnose(path, &options, MAP, every, &Task::silent())?;
    let (headers, map) = (matches.get_flag("headers"), matches.get_flag("map"));
    if matches.get_flag("json") {
        if !headers {
            found.words.clear();
        }
        if !map {
            found.map = None;
        }
        println!("{}", serde_json::to_string_pretty(&found)?);
        return Ok(());
    }
    print(&found.facts, &path.display().to_string());
    print_findings(&found);
    if headers {
        print_headers(&found);
    }
    if map {
        print_map(&found);
    }
    let mut text: Vec<&str> = (found.facts.text.iter().chain(&found.extended_text))
        .map(|line| line.trim_end())
        .collect();
    while text.last().is_some_and(|line| line.is_empty()) {
        text.pop();
    }
    if !text.is_empty() {
        println!();
        for line in text {
            println!("  {}", printable(line));
        }
    }
    Ok(())
}

/// What the import doctor says: sentences, where it lies, which bytes.
fn print_findings(found: &Diagnosis) {
    println!();
    for sentence in &found.verdict {
        println!("  {sentence}");
    }
    if let Some(ground) = &found.ground {
        let turned = |name: &str, azimuth: Option<f64>| {
            azimuth.map_or_else(String::new, |a| {
                format!(", {name} {a:.1} degrees from north")
            })
        };
        println!(
            "  {:.2} {} between inlines, {:.2} {} between crosslines{}{}",
            ground.between_inlines,
            ground.unit,
            ground.between_crosslines,
            ground.unit,
            turned("inlines run", ground.inline_azimuth),
            turned("crosslines", ground.crossline_azimuth)
        );
    }
    if found.candidates.is_empty() {
        return;
    }
    let mut table = Table::new(
        "header bytes",
        &["", "inline", "crossline", "score", "reason"],
    );
    for candidate in &found.candidates {
        table.push(vec![
            Cell::Text(if candidate.chosen { "*" } else { "" }.to_owned()),
            Cell::Whole(candidate.inline_byte as i64),
            Cell::Whole(candidate.crossline_byte as i64),
            Cell::Real(candidate.score, 2),
            Cell::Text(candidate.reason.clone()),
        ]);
    }
    print!("\n{}", table::text(&table));
}

/// Fields of the binary header, and values of each word of the trace headers.
fn print_headers(found: &Diagnosis) {
    let mut fields = Table::new("binary header", &["byte", "field", "value"]);
    for field in &found.binary_header {
        fields.push(vec![
            Cell::Whole(field.byte as i64),
            Cell::Text(field.name.to_owned()),
            Cell::Text(field.value.clone()),
        ]);
    }
    let title = format!(
        "trace headers ({} of {})",
        found.word_headers, found.facts.traces
    );
    let mut words = Table::new(&title, &["byte", "word", "min", "max", "unique"]);
    for word in &found.words {
        let more = if word.more { "+" } else { "" };
        words.push(vec![
            Cell::Whole(word.byte as i64),
            Cell::Text(word.name.to_owned()),
            Cell::Whole(i64::from(word.min)),
            Cell::Whole(i64::from(word.max)),
            Cell::Text(format!("{}{more}", word.unique)),
        ]);
    }
    for table in [fields, words].iter().filter(|t| !t.rows.is_empty()) {
        print!("\n{}", table::text(table));
    }
}

/// Where traces are: inlines from top to bottom, crosslines from left to right.
fn print_map(found: &Diagnosis) {
    let Some(map) = &found.map else {
        return;
    };
    println!("\nmap  \u{2588} live  \u{2592} partly  x dead  2 double  . missing");
    for row in 0..map.rows {
        let cell = |column| match map.cell(row, column).state() {
            MapState::Live => '\u{2588}',
            MapState::Partly => '\u{2592}',
            MapState::Dead => 'x',
            MapState::Double => '2',
            MapState::Missing => '.',
        };
        println!("  {}", (0..map.columns).map(cell).collect::<String>());
    }
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
        let last = a.last();
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
                "{} to {}, mean {}, standard deviation {}",
                seven_digits(s.min),
                seven_digits(s.max),
                seven_digits(s.mean),
                seven_digits(s.std)
            ),
        );
        row(
            "percentiles",
            format!(
                "1 % {}, 50 % {}, 99 % {}",
                seven_digits(s.p1),
                seven_digits(s.p50),
                seven_digits(s.p99)
            ),
        );
    }
    if let Some(null) = facts.null_value {
        row("null", null.to_string());
    }
    if let Some(choice) = &facts.header_choice {
        row("header bytes", printable(choice));
    }
    let seen = match (facts.exact, facts.headers) {
        (true, _) => "everything was read",
        (false, Certainty::Scanned) => "all headers read, samples of some; --scan reads everything",
        (false, Certainty::Probed) => "some headers and samples read; --scan reads everything",
    };
    row(
        "exact",
        format!("{}, statistics of {} traces", seen, facts.sampled_traces),
    );
    for note in &facts.notes {
        row("note", printable(note));
    }
}
