//! `outcrop polygons`: facies and their polygons between a session and files.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Arg, ArgMatches, Command, value_parser};

use crate::io::{
    OutlineFormat, OutlineOptions, PolygonFile, Survey, read_outlines, write_outlines,
};
use crate::model::{Direction, SliceKey};
use crate::session::Workspace;

/// `outcrop polygons import|export SESSION FILE`
pub(super) fn command() -> Command {
    let path = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name)
            .value_name(value)
            .required(true)
            .value_parser(value_parser!(PathBuf))
            .help(help)
    };
    let both = |command: Command| {
        command
            .arg(path("session", "SESSION", "the session"))
            .arg(path(
                "file",
                "FILE",
                "the polygons: Outcrop's own text, .csv, .dat (OpendTect), .pol (RMS/Irap), .geojson, .points",
            ))
            .arg(
                Arg::new("facies")
                    .long("facies")
                    .value_name("NAME")
                    .help("the facies, where the file does not say or the session has several"),
            )
            .arg(
                Arg::new("format")
                    .long("format")
                    .value_name("FORMAT")
                    .value_parser(OutlineFormat::ALL.map(OutlineFormat::word))
                    .help("the format, where the name of the file does not tell it"),
            )
    };
    Command::new("polygons")
        .about("polygons from the files of others into a session, or out of it")
        .subcommand_required(true)
        .subcommand(both(
            Command::new("import")
                .about("read polygons or picked points into a session")
                .arg(
                    Arg::new("slice")
                        .long("slice")
                        .value_name("SLICE")
                        .help("the slice of polygons whose points share none: \"time 1600\""),
                ),
        ))
        .subcommand(both(
            Command::new("export").about("write the polygons of a session, or of one facies"),
        ))
}

pub(super) fn run(matches: &ArgMatches) -> Result<()> {
    let (action, matches) = matches.subcommand().context("no action")?;
    let session = matches
        .get_one::<PathBuf>("session")
        .context("no session")?;
    let file = matches.get_one::<PathBuf>("file").context("no file")?;
    let facies = matches.get_one::<String>("facies");
    let format = matches.get_one::<String>("format");
    let format = format.and_then(|word| OutlineFormat::named(word));
    let mut work = Workspace::open(session)?;
    if action == "export" {
        let format = format.unwrap_or_else(|| OutlineFormat::of(file));
        return export(&work, file, format, facies);
    }
    let slice = matches.get_one::<String>("slice");
    let options = OutlineOptions {
        format,
        facies: facies.cloned(),
        classes: (work.session().facies.iter())
            .map(|f| f.name.clone())
            .collect(),
        slice: slice.map(|text| slice_of(text)).transpose()?,
    };
    let (files, warnings) = read_outlines(file, &survey(&work), &options)?;
    for warning in warnings {
        eprintln!("warning: {warning}");
    }
    let import = work.session().import_all(&files)?;
    work.apply(import.edit)?;
    work.save()?;
    let names: Vec<&str> = files.iter().map(|f| f.facies.name.as_str()).collect();
    println!(
        "{} polygons of {} read into {}, {} were there",
        import.added,
        names.join(", "),
        session.display(),
        import.known
    );
    Ok(())
}

fn export(
    work: &Workspace,
    file: &Path,
    format: OutlineFormat,
    facies: Option<&String>,
) -> Result<()> {
    let names: Vec<String> = match facies {
        Some(name) => vec![name.clone()],
        None => (work.session().facies.iter())
            .map(|f| f.name.clone())
            .collect(),
    };
    if format == OutlineFormat::Outcrop && names.len() != 1 {
        bail!(
            "which facies? give --facies with one of {}, or a format that holds several",
            names.join(", ")
        );
    }
    let files = names
        .iter()
        .map(|name| work.session().polygon_file(name))
        .collect::<Result<Vec<PolygonFile>, _>>()?;
    let (written, warnings) = write_outlines(file, format, &files, &survey(work))?;
    for warning in warnings {
        eprintln!("warning: {warning}");
    }
    println!(
        "{written} polygons of {} written to {}",
        names.join(", "),
        file.display()
    );
    Ok(())
}

/// The survey of a session's volume; one without volumes has no place for others'
/// polygons, and needs none for its own format.
fn survey(work: &Workspace) -> Survey {
    let session = work.session();
    let volume = (session.amplitude()).or(session.volumes.first());
    let Some(volume) = volume else {
        return Survey::nowhere();
    };
    let path = work.places().folder().join(&volume.path);
    match Survey::of(&path, &volume.open) {
        Ok(survey) => survey,
        Err(error) => {
            eprintln!("warning: {error}; lines and times are taken as they are");
            Survey::nowhere()
        }
    }
}

fn slice_of(text: &str) -> Result<SliceKey> {
    let (word, number) = text.trim().split_once(' ').context("write `time 1600`")?;
    let direction = [Direction::Inline, Direction::Crossline, Direction::Time]
        .into_iter()
        .find(|d| d.word() == word)
        .with_context(|| format!("`{word}` is no direction; write inline, crossline or time"))?;
    Ok(SliceKey::new(direction, number.trim().parse()?))
}
