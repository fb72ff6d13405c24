//! `outcrop runs` and `outcrop work`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use super::bar::{Bar, duration};
use super::{session, table};
use crate::modules::{Cell, Outcome, Table};
use crate::runs::{self, Quiet, Run, RunDirectory, State, Turn};

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
    let action =
        |name: &'static str, about: &'static str| Command::new(name).about(about).arg(place());
    Command::new("runs")
        .about("look at runs, wait for them, stop them, take them up again, remove them")
        .subcommand_required(true)
        .subcommand(action("list", "all runs, newest first, with size and age").arg(json()))
        .subcommand(action("show", "one run: request, stages, end of the log"))
        .subcommand(action("attach", "watch a run until it ends"))
        .subcommand(action("cancel", "stop a run; what is finished is kept"))
        .subcommand(action(
            "pause",
            "let a run rest: its memory is kept, its cores are free",
        ))
        .subcommand(
            action(
                "resume",
                "let a resting run go on, or take up one that was cancelled, failed or interrupted",
            )
            .arg(detach()),
        )
        .subcommand(action("first", "start a run before the others that wait"))
        .subcommand(
            action("again", "the same run with other settings")
                .arg(
                    Arg::new("set")
                        .long("set")
                        .value_name("PARAMETER=VALUE")
                        .action(ArgAction::Append)
                        .help("a setting that is to be another; an empty value is the default"),
                )
                .arg(detach()),
        )
        .subcommand(prune_command())
        .subcommand(budget_command())
}

fn prune_command() -> Command {
    let flag = |name: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .action(ArgAction::SetTrue)
            .help(help)
    };
    Command::new("prune")
        .about("remove runs that failed or were stopped, after asking")
        .arg(place())
        .arg(flag(
            "done",
            "also runs that are done, with their volumes, unless the session reads these",
        ))
        .arg(flag("yes", "do not ask"))
        .arg(
            Arg::new("older")
                .long("older-than")
                .value_name("DAYS")
                .value_parser(value_parser!(f64))
                .default_value("0")
                .help("only runs that ended so many days ago"),
        )
}

fn budget_command() -> Command {
    Command::new("budget")
        .about("cores and memory that your runs take of this machine together")
        .arg(
            Arg::new("cores")
                .long("cores")
                .value_name("N")
                .value_parser(value_parser!(u16).range(1..))
                .help("cores"),
        )
        .arg(
            Arg::new("memory")
                .long("memory")
                .value_name("GIB")
                .value_parser(value_parser!(f64))
                .help("memory in GiB"),
        )
}

/// The option to start a worker and leave.
pub(super) fn detach() -> Arg {
    Arg::new("detach")
        .long("detach")
        .action(ArgAction::SetTrue)
        .help("start a worker and return; it waits for its turn, and a lost link ends nothing")
}

/// `outcrop work RUN_DIR`
pub(super) fn work_command() -> Command {
    let number = |name: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .value_name("N")
            .value_parser(value_parser!(u32))
            .requires("stage")
            .help(help)
    };
    Command::new("work")
        .about("the worker: work a run directory to its result, or submit it to its cluster")
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
        .arg(
            Arg::new("stage")
                .long("stage")
                .value_name("N")
                .value_parser(value_parser!(u32))
                .requires("attempt")
                .help("on a cluster: the stage to work at"),
        )
        .arg(number(
            "attempt",
            "on a cluster: how often it has been submitted",
        ))
        .arg(number("task", "on a cluster: the task of the array"))
        .arg(
            Arg::new("reduce")
                .long("reduce")
                .action(ArgAction::SetTrue)
                .conflicts_with("task")
                .help("on a cluster: what comes after the array"),
        )
}

pub(super) fn work(matches: &ArgMatches) -> Result<()> {
    let path = matches
        .get_one::<PathBuf>("run")
        .context("no run directory")?;
    let run = RunDirectory::open(path)?;
    let number = |name| matches.get_one::<u32>(name).copied();
    if let (Some(stage), Some(attempt)) = (number("stage"), number("attempt")) {
        let watcher = Detached::new();
        match number("task") {
            Some(task) => {
                runs::work_task(&run, stage as usize, attempt, task as usize, &watcher)?;
            }
            None => runs::reduce(&run, stage as usize, attempt, &watcher)?,
        }
        return Ok(());
    }
    if matches.get_flag("detached") {
        // Fails only where this process leads a group already: then it is detached enough.
        let _ = rustix::process::setsid();
        let detached = Detached::new();
        if run.request()?.is_for_slurm() {
            return Ok(runs::submit(&run)?);
        }
        runs::work(&run, Turn::InLine, &detached)?;
        return Ok(());
    }
    work_here(&run).map(|_| ())
}

/// Works a run in the foreground, or submits it to its cluster.
pub(super) fn work_here(run: &RunDirectory) -> Result<Option<Outcome>> {
    let request = run.request()?;
    if request.is_for_slurm() {
        runs::submit(run)?;
        println!(
            "run {} is with the cluster; `outcrop runs attach` watches it: {}",
            run.number(),
            crate::model::printable(&run.path().display().to_string())
        );
        return Ok(None);
    }
    let bar = Bar::new(&request.module);
    let outcome = runs::work(run, Turn::Now, &bar)
        .with_context(|| format!("run {} ({})", run.number(), run.path().display()))?;
    // A terminal that hung up takes no result: it lies in the run directory.
    Ok((!bar.hung_up()).then_some(outcome))
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
        // A terminal that hangs up is none of a detached worker's business.
        let _ = signal_hook::flag::register(signal_hook::consts::SIGHUP, std::sync::Arc::default());
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
    if action == "budget" {
        return budget(matches);
    }
    let path = matches.get_one::<PathBuf>("place").context("no place")?;
    match action {
        "list" => return list(&root(path), matches.get_flag("json")),
        "prune" => return prune(path, matches),
        _ => {}
    }
    let run = one(path)?;
    match action {
        "show" => {
            show(&run);
            Ok(())
        }
        "attach" => attach(&run),
        "cancel" => Ok(run.directory.cancel()?),
        "pause" => pause(&run),
        "first" => Ok(run.directory.put_first()?),
        "again" => again(&run, matches),
        _ => resume(&run, matches.get_flag("detach")),
    }
}

fn budget(matches: &ArgMatches) -> Result<()> {
    let mut budget = runs::Budget::read();
    if let Some(cores) = matches.get_one::<u16>("cores") {
        budget.cores = usize::from(*cores);
    }
    if let Some(memory) = matches.get_one::<f64>("memory") {
        if !(*memory > 0.0 && memory.is_finite()) {
            bail!("--memory {memory}: a budget is more than nothing");
        }
        budget.memory = *memory;
    }
    if matches.contains_id("cores") || matches.contains_id("memory") {
        budget.keep()?;
    }
    println!("{} cores, {} GiB of memory", budget.cores, budget.memory);
    Ok(())
}

fn pause(run: &Run) -> Result<()> {
    let state = run.progress.state;
    if state.is_over() {
        bail!("run {} is {}", run.number, state.word());
    }
    if run.progress.cluster.is_some() {
        bail!(
            "run {} is with the cluster; cancel it, and resume it later: finished units are kept",
            run.number
        );
    }
    Ok(run.directory.pause()?)
}

fn again(run: &Run, matches: &ArgMatches) -> Result<()> {
    let mut changes = BTreeMap::new();
    for change in matches.get_many::<String>("set").into_iter().flatten() {
        let Some((name, value)) = change.split_once('=') else {
            bail!("--set {change}: write PARAMETER=VALUE");
        };
        changes.insert(name.to_owned(), value.to_owned());
    }
    let fresh = runs::again(&run.directory, &changes)?;
    begin(&fresh, matches.get_flag("detach"))
}

/// Starts a worker, or works here.
pub(super) fn begin(run: &RunDirectory, detach: bool) -> Result<()> {
    if detach {
        let needs = run.needs()?;
        runs::resume(run)?;
        println!(
            "run {} has begun: {}{}",
            run.number(),
            crate::model::printable(&run.path().display().to_string()),
            needs.map_or(String::new(), |needs| format!("; {needs}"))
        );
    } else if work_here(run)?.is_some() {
        println!("run {}: done", run.number());
    }
    Ok(())
}

fn prune(path: &Path, matches: &ArgMatches) -> Result<()> {
    let mut states = vec![State::Failed, State::Cancelled, State::Interrupted];
    if matches.get_flag("done") {
        states.push(State::Done);
    }
    let days = matches.get_one::<f64>("older").copied().unwrap_or(0.0);
    let used = if path.is_file() {
        session::volumes(path)?
    } else {
        Vec::new()
    };
    let found = runs::prunable(
        &root(path),
        &states,
        (days.max(0.0) * 86_400.0) as u64,
        &used,
    );
    let mut rows = Table::new("prune", &["no", "module", "state", "size", "age", ""]);
    for prunable in &found {
        let run = &prunable.run;
        rows.push(vec![
            Cell::Whole(i64::from(run.number)),
            Cell::Text(run.request.module.clone()),
            Cell::Text(run.progress.state.word().into()),
            Cell::Text(size(prunable.bytes)),
            Cell::Text(duration(run.age() as f64)),
            Cell::Text(
                prunable
                    .kept
                    .map_or(String::new(), |why| format!("stays: {why}")),
            ),
        ]);
    }
    let gone: Vec<_> = found.iter().filter(|p| p.kept.is_none()).collect();
    print!("{}", table::text(&rows));
    if gone.is_empty() {
        println!("nothing to remove");
        return Ok(());
    }
    let bytes = gone.iter().map(|p| p.bytes).sum();
    if !matches.get_flag("yes")
        && !confirmed(&format!("remove {} runs, {}?", gone.len(), size(bytes)))?
    {
        println!("nothing was removed");
        return Ok(());
    }
    for prunable in gone {
        prunable.run.directory.remove()?;
        println!("run {} removed", prunable.run.number);
    }
    Ok(())
}

/// Asks at a terminal; elsewhere `--yes` must have been given.
fn confirmed(question: &str) -> Result<bool> {
    use std::io::IsTerminal;
    if !std::io::stdin().is_terminal() {
        bail!("{question} give --yes where nobody can be asked");
    }
    eprint!("{question} [y/N] ");
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(answer.trim().eq_ignore_ascii_case("y"))
}

/// `3.2 GiB`, `41 MiB`.
fn size(bytes: u64) -> String {
    let mib = bytes as f64 / f64::from(1 << 20);
    if mib < 1000.0 {
        format!("{mib:.1} MiB")
    } else {
        format!("{:.1} GiB", mib / 1024.0)
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
                    "bytes": run.bytes(), "age": run.age(),
                    "directory": run.directory.path(),
                })
            })
            .collect();
        println!("{}", serde_json::to_string_pretty(&rows)?);
        return Ok(());
    }
    let mut rows = Table::new(
        "runs",
        &[
            "no", "module", "state", "done", "stage", "time", "size", "age",
        ],
    );
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
            Cell::Text(size(run.bytes())),
            Cell::Text(duration(run.age() as f64)),
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
    println!("{}", crate::model::printable(&run.request.command_line()));
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

fn resume(run: &Run, detach: bool) -> Result<()> {
    let state = run.progress.state;
    match state {
        State::Paused => Ok(run.directory.unpause()?),
        State::Running | State::Waiting => bail!("run {} is {} already", run.number, state.word()),
        State::Queued if run.progress.cluster.is_some() => {
            bail!("run {} waits in the queue of the cluster", run.number)
        }
        _ => begin(&run.directory, detach),
    }
}
