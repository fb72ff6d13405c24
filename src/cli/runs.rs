//! `outcrop runs` and `outcrop work`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use super::bar::{Bar, duration};
use super::{session, table};
use crate::modules::{Cell, Table};
use crate::runs::{self, Quiet, Run, RunDirectory, State};

fn place() -> Arg {
    Arg::new("place")
        .value_name("DIR-or-SESSION")
        .required(true)
        .value_parser(value_parser!(PathBuf))
        .help("a run directory, a folder of runs, or a session")
}

/// `outcrop runs ...`
pub(super) fn command() -> Command {
    let json = || {
        Arg::new("json")
            .long("json")
            .action(ArgAction::SetTrue)
            .help("print as JSON")
    };
    Command::new("runs")
        .about("look at runs, wait for them, stop them, take them up again")
        .subcommand_required(true)
        .subcommand(
            Command::new("list")
                .about("all runs, newest first")
                .arg(place())
                .arg(json()),
        )
        .subcommand(
            Command::new("show")
                .about("one run: request, stages, end of the log")
                .arg(place()),
        )
        .subcommand(
            Command::new("attach")
                .about("watch a run until it ends")
                .arg(place()),
        )
        .subcommand(
            Command::new("cancel")
                .about("stop a run; what is finished is kept")
                .arg(place()),
        )
        .subcommand(
            Command::new("resume")
                .about("take up a run that was cancelled, failed or interrupted")
                .arg(place()),
        )
}

/// `outcrop work RUN_DIR`
pub(super) fn work_command() -> Command {
    Command::new("work")
        .about("the worker: work a run directory to its result")
        .arg(
            Arg::new("run")
                .value_name("RUN_DIR")
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help("the run directory"),
        )
        .arg(
            Arg::new("detached")
                .long("detached")
                .action(ArgAction::SetTrue)
                .help("become a session of its own first, so that a lost link ends nothing"),
        )
}

pub(super) fn work(matches: &ArgMatches) -> Result<()> {
    let path = matches
        .get_one::<PathBuf>("run")
        .context("no run directory")?;
    let run = RunDirectory::open(path)?;
    if matches.get_flag("detached") {
        // Fails only where this process leads a group already: then it is detached enough.
        let _ = rustix::process::setsid();
        let detached = Detached::new();
        runs::work(&run, &detached)?;
    } else {
        runs::work(&run, &Bar::new(&run.request()?.module))?;
    }
    Ok(())
}

/// A worker that nobody watches but that SIGTERM stops in good order.
struct Detached(std::sync::Arc<std::sync::atomic::AtomicBool>);

impl Detached {
    fn new() -> Self {
        let stop = std::sync::Arc::default();
        for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
            // Without the handler the signal ends the worker, and the run shows as interrupted.
            let _ = signal_hook::flag::register(signal, std::sync::Arc::clone(&stop));
        }
        Self(stop)
    }
}

impl runs::Watcher for Detached {
    fn seen(&self, progress: &runs::RunProgress) {
        Quiet.seen(progress);
    }

    fn line(&self, text: &str) {
        Quiet.line(text);
    }

    fn stop(&self) -> bool {
        self.0.load(std::sync::atomic::Ordering::Relaxed)
    }
}

pub(super) fn run(matches: &ArgMatches) -> Result<()> {
    let (action, matches) = matches.subcommand().context("no action")?;
    let path = matches.get_one::<PathBuf>("place").context("no place")?;
    if action == "list" {
        return list(&root(path), matches.get_flag("json"));
    }
    let run = one(path)?;
    match action {
        "show" => {
            show(&run);
            Ok(())
        }
        "attach" => attach(&run),
        "cancel" => Ok(run.directory.cancel()?),
        _ => resume(&run),
    }
}

/// The folder of runs that a session, a folder or a run directory means.
fn root(path: &Path) -> PathBuf {
    if path.is_file() {
        session::runs_folder(path)
    } else {
        path.to_owned()
    }
}

/// The run directory itself, or the newest run of a folder or session.
fn one(path: &Path) -> Result<Run> {
    if let Ok(directory) = RunDirectory::open(path) {
        let (request, progress) = (directory.request()?, directory.progress()?);
        return Ok(Run {
            number: directory.number(),
            request,
            progress,
            directory,
        });
    }
    let root = root(path);
    match runs::list(&root).into_iter().next() {
        Some(run) => Ok(run),
        None => bail!("{}: there are no runs here", root.display()),
    }
}

fn list(root: &Path, json: bool) -> Result<()> {
    let all = runs::list(root);
    if json {
        let rows: Vec<_> = all
            .iter()
            .map(|run| {
                serde_json::json!({
                    "number": run.number, "module": run.request.module, "state": run.progress.state.word(),
                    "fraction": run.progress.fraction, "left": run.progress.left, "error": run.progress.error,
                    "directory": run.directory.path(),
                })
            })
            .collect();
        println!("{}", serde_json::to_string_pretty(&rows)?);
        return Ok(());
    }
    let mut rows = Table::new("runs", &["no", "module", "state", "done", "stage", "time"]);
    for run in &all {
        let p = &run.progress;
        let time = match (p.state, p.left) {
            (State::Running, Some(left)) => format!("{} left", duration(left)),
            (State::Done, _) => format!("took {}", duration(p.seconds)),
            _ => String::new(),
        };
        rows.push(vec![
            Cell::Whole(i64::from(run.number)),
            Cell::Text(run.request.module.clone()),
            Cell::Text(p.state.word().into()),
            Cell::Text(format!("{:.0} %", p.fraction * 100.0)),
            Cell::Text(p.current().map_or_else(String::new, |s| s.name.clone())),
            Cell::Text(time),
        ]);
    }
    print!("{}", table::text(&rows));
    Ok(())
}

fn show(run: &Run) {
    let p = &run.progress;
    println!(
        "run {}  {}  {}",
        run.number,
        run.request.module,
        p.state.word()
    );
    println!("{}", run.request.command_line());
    for stage in &p.stages {
        println!(
            "  {:<14} {} of {} {}  {}",
            stage.name,
            stage.done,
            stage.total,
            stage.noun,
            duration(stage.seconds)
        );
    }
    if let Some(error) = &p.error {
        println!("error: {}", crate::model::printable(error));
    }
    let log = std::fs::read_to_string(run.directory.log()).unwrap_or_default();
    let lines: Vec<&str> = log.lines().collect();
    for line in &lines[lines.len().saturating_sub(20)..] {
        println!("{}", crate::model::printable(line));
    }
}

fn attach(run: &Run) -> Result<()> {
    let bar = Bar::new(&run.request.module);
    let state = loop {
        let progress = run.directory.progress()?;
        runs::Watcher::seen(&bar, &progress);
        if progress.state.is_over() || runs::Watcher::stop(&bar) {
            break progress;
        }
        std::thread::sleep(std::time::Duration::from_millis(250));
    };
    drop(bar);
    println!("run {}: {}", run.number, state.state.word());
    match state.state {
        State::Failed => bail!("{}", state.error.unwrap_or_default()),
        _ => Ok(()),
    }
}

fn resume(run: &Run) -> Result<()> {
    if run.progress.state == State::Running {
        bail!("run {} is running already", run.number);
    }
    let bar = Bar::new(&run.request.module);
    runs::work(&run.directory, &bar)?;
    drop(bar);
    println!("run {}: done", run.number);
    Ok(())
}
