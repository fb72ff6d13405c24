//! `outcrop replay`: every recorded run of a session again, bytes compared.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::{Arg, ArgMatches, Command, value_parser};

use super::bar::Bar;
use super::session;
use crate::model::printable;
use crate::runs::{self, Replayed};

/// `outcrop replay SESSION.ron`
pub(super) fn command() -> Command {
    Command::new("replay")
        .about(
            "work every finished run of a session again in a scratch folder, and compare the bytes",
        )
        .arg(
            Arg::new("session")
                .value_name("SESSION.ron")
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help("the session, or its folder of runs"),
        )
        .arg(
            Arg::new("keep")
                .long("keep")
                .value_name("DIR")
                .value_parser(value_parser!(PathBuf))
                .help("work in this new folder and keep it"),
        )
}

pub(super) fn run(matches: &ArgMatches) -> Result<()> {
    let path = matches
        .get_one::<PathBuf>("session")
        .context("no session")?;
    let root = if path.is_file() {
        session::runs_folder(path)
    } else {
        path.clone()
    };
    if !root.is_dir() {
        bail!("{}: there are no runs here", root.display());
    }
    // Beside the runs, where there is room for what they made.
    let (scratch, _gone_at_the_end) = if let Some(keep) = matches.get_one::<PathBuf>("keep") {
        std::fs::create_dir(keep).with_context(|| keep.display().to_string())?;
        (keep.clone(), None)
    } else {
        let beside = root.parent().unwrap_or(&root);
        let folder = tempfile::Builder::new()
            .prefix(".replay-")
            .tempdir_in(beside)?;
        (folder.path().to_owned(), Some(folder))
    };
    let (mut equal, mut different) = (0, 0);
    let bar = Bar::new("replay");
    runs::replay(&root, &scratch, &bar, &mut |replayed| {
        if !bar.hung_up() {
            println!("{}", told(replayed));
        }
        match replayed.difference {
            Some(_) => different += 1,
            None if replayed.passed.is_none() => equal += 1,
            None => {}
        }
    })?;
    drop(bar);
    if different > 0 {
        bail!("{different} runs differ from what was recorded, {equal} are equal");
    }
    println!("{equal} runs are equal byte for byte");
    Ok(())
}

/// What became of a run, in a line or more.
fn told(replayed: &Replayed) -> String {
    let head = format!("run {} {}: ", replayed.number, replayed.module);
    let mut text = match (&replayed.passed, &replayed.difference) {
        (Some(why), _) => format!("{head}not worked again: {why}"),
        (None, Some(first)) => format!(
            "{head}differs first in {}: {} ({} files are equal)",
            first.file.display(),
            first.at,
            replayed.equal
        ),
        (None, None) => format!("{head}equal, {} files", replayed.equal),
    };
    for note in &replayed.notes {
        text.push_str("; ");
        text.push_str(note);
    }
    printable(&text)
}
