//! `outcrop polygons`: facies and their polygons between a session and files.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::{Arg, ArgMatches, Command, value_parser};

use crate::io::{read_polygons, write_polygons};
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
                "the polygon file: one facies, any number of polygons",
            ))
            .arg(
                Arg::new("facies")
                    .long("facies")
                    .value_name("NAME")
                    .help("the facies, where the file does not say or the session has several"),
            )
    };
    Command::new("polygons")
        .about("polygons of one facies from a file into a session, or out of it")
        .subcommand_required(true)
        .subcommand(both(
            Command::new("import").about("read a polygon file into a session"),
        ))
        .subcommand(both(
            Command::new("export").about("write a facies of a session to a polygon file"),
        ))
}

pub(super) fn run(matches: &ArgMatches) -> Result<()> {
    let (action, matches) = matches.subcommand().context("no action")?;
    let session = matches
        .get_one::<PathBuf>("session")
        .context("no session")?;
    let file = matches.get_one::<PathBuf>("file").context("no file")?;
    let facies = matches.get_one::<String>("facies");
    let mut work = Workspace::open(session)?;
    if action == "import" {
        let (mut read, warnings) = read_polygons(file)?;
        for warning in warnings {
            eprintln!("warning: {warning}");
        }
        if let Some(name) = facies {
            read.facies.name.clone_from(name);
        }
        let import = work.session().import(&read)?;
        work.apply(import.edit)?;
        work.save()?;
        println!(
            "{} polygons of {} read into {}, {} were there",
            import.added,
            read.facies.name,
            session.display(),
            import.known
        );
        return Ok(());
    }
    let names: Vec<&str> = work
        .session()
        .facies
        .iter()
        .map(|f| f.name.as_str())
        .collect();
    let name = match (facies, &names[..]) {
        (Some(name), _) => name.clone(),
        (None, [only]) => (*only).to_owned(),
        (None, _) => bail!(
            "which facies? give --facies with one of {}",
            names.join(", ")
        ),
    };
    let written = work.session().polygon_file(&name)?;
    write_polygons(file, &written)?;
    println!(
        "{} polygons of {name} written to {}",
        written.polygons.len(),
        file.display()
    );
    Ok(())
}
