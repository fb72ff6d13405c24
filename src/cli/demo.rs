//! `outcrop demo`: the synthetic survey, its attributes, its session; opened.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use super::bar::Bar;
use super::open;
use crate::demo;
use crate::io::OpenOptions;
use crate::modules::{self, Input, Request, Training};
use crate::runs::{self, Frozen, RunDirectory};
use crate::session::{Places, Session, ViewState, VolumeEntry, VolumeRole, Workspace};
use crate::task::Task;
use crate::tui::adopt_finished;

/// `outcrop demo [DIR] [--no-tui]`
pub(super) fn command() -> Command {
    Command::new("demo")
        .about("write a synthetic survey with known facies, its attributes and a session; open it")
        .arg(
            Arg::new("folder")
                .value_name("DIR")
                .default_value("outcrop-demo")
                .value_parser(value_parser!(PathBuf))
                .help("the folder to write"),
        )
        .arg(
            Arg::new("no-tui")
                .long("no-tui")
                .action(ArgAction::SetTrue)
                .help("write it, do not open it"),
        )
        .arg(
            Arg::new("force")
                .long("force")
                .action(ArgAction::SetTrue)
                .help("write it anew where it exists"),
        )
        .arg(
            Arg::new("seed")
                .long("seed")
                .value_name("N")
                .default_value("20211011")
                .value_parser(value_parser!(u64))
                .help("same seed, same bytes"),
        )
}

pub(super) fn run(matches: &ArgMatches) -> Result<()> {
    let folder = matches.get_one::<PathBuf>("folder").context("no folder")?;
    let session = folder.join("demo.ron");
    if !session.exists() || matches.get_flag("force") {
        let seed = matches.get_one::<u64>("seed").copied().unwrap_or_default();
        write(folder, &session, seed)?;
        println!(
            "{}: amplitude, truth, attributes and polygons of three facies",
            session.display()
        );
    } else {
        println!(
            "{} exists and is kept; --force writes it anew",
            session.display()
        );
    }
    if matches.get_flag("no-tui") {
        return Ok(());
    }
    let hint = "Space l launches attribute_selection on these polygons; Space m chooses; ? helps";
    open::session(&session, matches, vec![hint.to_owned()])
}

/// Attributes of the demo: six candidates and the dips, so that all combinations
/// are tried in seconds.
const ATTRIBUTES: &str = "coherence,spectral_bandwidth,spectral_roughness,glcm_entropy,\
    glcm_variance,inline_dip,crossline_dip,coherent_energy";

fn write(folder: &Path, path: &Path, seed: u64) -> Result<()> {
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    clear(path)?;
    let made = demo::write(folder, seed, true, &Task::silent())?;
    let mut session = Session::new("demo");
    session.facies.clone_from(&made.facies);
    session.polygons = made.polygons.iter().cloned().map(Arc::new).collect();
    let truth = VolumeEntry {
        classes: made.facies.iter().map(|f| f.name.clone()).collect(),
        ..VolumeEntry::new(
            "truth",
            std::path::absolute(&made.truth)?,
            VolumeRole::Classes,
        )
    };
    let amplitude = std::path::absolute(&made.amplitude)?;
    session.volumes = vec![
        VolumeEntry::new("amplitude", &amplitude, VolumeRole::Amplitude),
        truth,
    ];
    let mut work = Workspace::create(path, session)?;

    let settings = [("name", "demo"), ("attributes", ATTRIBUTES)]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let settings = BTreeMap::from(settings);
    let module = modules::find("attributes3d")?;
    let input = Input::new("amplitude", &amplitude, OpenOptions::default());
    let mut request = Request::new(module, &settings, vec![input], Training::None)?;
    request.session = Some(path.to_owned());
    let run = RunDirectory::create(&work.places().runs, &request, &Frozen::default())?;
    runs::work(&run, runs::Turn::Now, &Bar::new(module.name()))?;
    adopt_finished(&mut work)?;
    work.save()?;
    work.save_view(&ViewState {
        slice: Some(made.opening),
        cursor: Some(made.cursor),
        volume: Some("amplitude".into()),
        ..ViewState::default()
    })?;
    Ok(())
}

/// Removes an earlier demo session and its runs; nothing else in the folder is touched.
fn clear(session: &Path) -> Result<()> {
    let places = Places::of(session);
    for file in [&places.session, &places.view, &places.journal] {
        if file.exists() {
            std::fs::remove_file(file).with_context(|| file.display().to_string())?;
        }
    }
    for run in runs::list(&places.runs) {
        if run.progress.state == runs::State::Running {
            bail!("run {} of the demo is running; cancel it first", run.number);
        }
        std::fs::remove_dir_all(run.directory.path())
            .with_context(|| run.directory.path().display().to_string())?;
    }
    Ok(())
}
