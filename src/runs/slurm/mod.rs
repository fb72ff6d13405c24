//! Runs on a cluster: stage by stage an array of tasks over disjoint units, and a
//! dependent job that reduces them and submits what comes next.
//!
//! ```text
//! <run directory>/slurm/
//!     <stage>-<attempt>.ron              the units of each task
//!     <stage>-<attempt>.sh               batch script of the array
//!     <stage>-<attempt>-reduce.sh        batch script of the dependent job
//!     <stage>-<attempt>-<task>.progress  how far a task is; gauges add them up
//!     <stage>-<attempt>-<task>.error     why a task failed
//!     *.out                              what jobs and tasks printed
//! ```
//!
//! A task works the units that are listed for it and keeps their bytes in `units/`
//! as a local worker does. The dependent job starts when all tasks have ended,
//! however they ended: units that are missing then (time limit, preemption, a node
//! that went down) are submitted again, up to a limit; a task that failed with an
//! error ends the run with it. A cluster whose computing nodes may not submit
//! cannot be used so.

mod client;
mod sample;
mod script;
mod task;

use std::path::{Path, PathBuf};

pub(super) use script::check;
pub use task::{reduce, work_task};

use self::script::Script;
use super::log::Log;
use super::meter::Meter;
use super::progress::Cluster;
use super::worker::{self, Prepared};
use super::{Quiet, RunDirectory, RunError, RunProgress, State, directory, list};
use crate::modules::ModuleError;

/// Folder of everything about the cluster.
fn folder(run: &RunDirectory) -> PathBuf {
    run.path().join("slurm")
}

/// The units of each task of an array.
fn plan_file(run: &RunDirectory, stage: usize, attempt: u32) -> PathBuf {
    folder(run).join(format!("{stage}-{attempt}.ron"))
}

/// Submits a run: its first array, or the one that it was stopped in. Nothing is
/// computed here but a short sample for its time limit, and not even that where
/// this host must not compute. A run that comes after others is submitted by the
/// last of them.
pub fn submit(run: &RunDirectory) -> Result<(), RunError> {
    let _only = worker::lock(run)?;
    if run.outcome()?.is_some() {
        return Ok(());
    }
    run.forget_wishes();
    let log = Log::open(&run.log())?;
    let request = run.request()?;
    let mut progress = RunProgress {
        cluster: Some(Cluster::default()),
        ..RunProgress::new(State::Queued)
    };
    if let Some(number) = unfinished(run, &request.after)? {
        log.line(&format!("is submitted when run {number} is done"));
        progress.state = State::Waiting;
        return run.write_progress(&progress);
    }
    run.write_progress(&progress)?;
    let submitted = worker::prepare(run, &|line| log.line(line)).and_then(|ready| {
        std::fs::create_dir_all(folder(run))
            .map_err(RunError::system(&folder(run), "making a folder"))?;
        for (path, _) in files(run) {
            // What went wrong in earlier attempts is over.
            if path.extension().is_some_and(|e| e == "error") {
                let _ = std::fs::remove_file(path);
            }
        }
        let needs = super::needs::Needs::of(ready.job.as_ref(), &ready.values);
        log.line(&needs.check(&ready.place.out)?);
        let minutes = match ready.values.whole("time_limit") {
            Some(minutes) => minutes as u64,
            None => sample::minutes(&ready, &|line| log.line(line)),
        };
        keep_minutes(run, minutes)?;
        let meter = Meter::new(run, run.progress_file(), &Quiet, &log);
        meter.plan(ready.job.as_ref());
        let stages = ready.job.stages().len();
        let first = (0..stages).find(|s| ready.units.reduced(*s).is_none());
        progress.stages = meter.with(|p| p.stages.clone());
        send(
            run,
            &ready,
            first.unwrap_or(stages),
            1,
            progress.clone(),
            &log,
        )
    });
    if let Err(error) = &submitted {
        let (state, reason) = if error.is_cancelled() {
            (State::Cancelled, None)
        } else {
            (State::Failed, Some(error.to_string()))
        };
        log.line(
            reason
                .as_deref()
                .unwrap_or("cancelled before it was submitted"),
        );
        run.write_progress(&RunProgress {
            state,
            error: reason,
            ..progress
        })?;
    }
    submitted
}

/// The first of some runs that is not done.
fn unfinished(run: &RunDirectory, after: &[u32]) -> Result<Option<u32>, RunError> {
    let root = run.path().parent().unwrap_or(Path::new(""));
    for number in after {
        if let Some(earlier) = list::numbered(root, *number)
            && earlier.outcome()?.is_none()
        {
            return Ok(Some(*number));
        }
    }
    Ok(None)
}

/// Submits the runs on the cluster that waited for this one.
pub(super) fn start_followers(run: &RunDirectory) {
    let root = run.path().parent().unwrap_or(Path::new(""));
    for later in list::list(root) {
        let waits = later.progress.state == State::Waiting && later.progress.cluster.is_some();
        if waits && later.request.after.contains(&run.number()) {
            // What goes wrong stands in its own log and progress.
            let _ = submit(&later.directory);
        }
    }
}

/// Submits the array of a stage for the units that are missing, and the job that
/// depends on it. Beyond the last stage only that.
fn send(
    run: &RunDirectory,
    ready: &Prepared,
    stage: usize,
    attempt: u32,
    progress: RunProgress,
    log: &Log,
) -> Result<(), RunError> {
    if run.cancel_asked() {
        return Err(ModuleError::from(crate::task::Cancelled).into());
    }
    let stages = ready.job.stages();
    let finished = ready.units.finished(stage);
    let sizes = stages.get(stage).map_or(&[][..], |s| &s.units);
    let missing: Vec<usize> = (0..sizes.len())
        .filter(|u| !finished.contains_key(u))
        .collect();
    // Laid out once, before many tasks write to them.
    for (_, volume) in ready.job.volumes().iter().filter(|(s, _)| *s == stage) {
        volume.begin()?;
    }
    let wanted = ready.values.whole("tasks").unwrap_or(1);
    let tasks = shares(&missing, sizes, wanted);
    let path = plan_file(run, stage, attempt);
    std::fs::write(&path, directory::encode(&tasks))
        .map_err(RunError::system(&path, "writing the units of tasks"))?;
    let script = Script {
        run,
        values: &ready.values,
        module: &ready.request.module,
        stage,
        name: stages.get(stage).map_or("end", |s| s.name),
        attempt,
        minutes: kept_minutes(run),
    };
    let mut jobs = Vec::new();
    if !tasks.is_empty() {
        let path = folder(run).join(format!("{stage}-{attempt}.sh"));
        jobs.push(client::sbatch(&path, &script.array(tasks.len())?)?);
    }
    let path = folder(run).join(format!("{stage}-{attempt}-reduce.sh"));
    match client::sbatch(&path, &script.dependent(jobs.first().copied())?) {
        Ok(job) => jobs.push(job),
        Err(error) => {
            client::scancel(&jobs)?;
            return Err(error);
        }
    }
    log.line(&format!(
        "{}: {} units in {} tasks submitted as jobs {jobs:?}{}",
        script.name,
        missing.len(),
        tasks.len(),
        if attempt > 1 {
            format!(", attempt {attempt}")
        } else {
            String::new()
        }
    ));
    run.write_progress(&RunProgress {
        state: State::Queued,
        stage: stage.min(stages.len().saturating_sub(1)),
        cluster: Some(Cluster {
            jobs,
            attempt,
            tasks: tasks.len() as u32,
        }),
        heartbeat: super::progress::now_ms(),
        ..progress
    })
}

/// Units in at most `tasks` runs of neighbours of about the same work.
fn shares(units: &[usize], sizes: &[u64], tasks: usize) -> Vec<Vec<usize>> {
    let all: u64 = units.iter().map(|u| sizes[*u].max(1)).sum();
    let tasks = tasks.clamp(1, units.len().max(1)) as u64;
    let mut shares: Vec<Vec<usize>> = Vec::new();
    let (mut before, mut at) = (0, None);
    for unit in units {
        let share = before * tasks / all.max(1);
        if at != Some(share) {
            shares.push(Vec::new());
            at = Some(share);
        }
        if let Some(last) = shares.last_mut() {
            last.push(*unit);
        }
        before += sizes[*unit].max(1);
    }
    shares
}

fn keep_minutes(run: &RunDirectory, minutes: u64) -> Result<(), RunError> {
    let path = folder(run).join("minutes");
    std::fs::write(&path, minutes.to_string()).map_err(RunError::system(&path, "writing"))
}

fn kept_minutes(run: &RunDirectory) -> u64 {
    let text = std::fs::read_to_string(folder(run).join("minutes")).unwrap_or_default();
    text.trim().parse().unwrap_or(60)
}

/// The files about the cluster, with their names.
fn files(run: &RunDirectory) -> Vec<(PathBuf, String)> {
    let entries = std::fs::read_dir(folder(run)).into_iter().flatten();
    let named = |entry: std::fs::DirEntry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        (entry.path(), name)
    };
    entries.flatten().map(named).collect()
}

/// Asks the cluster to end the jobs of a run.
pub(super) fn cancel(run: &RunDirectory, progress: &RunProgress) -> Result<(), RunError> {
    if let Some(cluster) = &progress.cluster {
        client::scancel(&cluster.jobs)?;
    }
    let log = Log::open(&run.log())?;
    log.line("cancelled; what is finished is kept");
    run.write_progress(&RunProgress {
        state: State::Cancelled,
        left: None,
        ..progress.clone()
    })
}

/// The progress of a run on a cluster as it is now: its tasks added up, its state
/// from their signs of life, else from the queue of the cluster.
pub(super) fn seen_now(run: &RunDirectory, progress: RunProgress) -> RunProgress {
    let submitted = progress
        .cluster
        .as_ref()
        .is_some_and(|c| !c.jobs.is_empty());
    match progress.state {
        state if state.is_over() => return progress,
        State::Waiting if !submitted => return waiting(run, progress),
        // By a process that is at it, or was.
        _ if !submitted => return progress.seen_now(),
        _ => {}
    }
    let tasks = tasks(run, progress.stage);
    let mut seen = added_up(progress, &tasks);
    if tasks
        .iter()
        .any(|task| !task.state.is_over() && task.worker_lives())
    {
        seen.state = State::Running;
        return seen;
    }
    let jobs = seen.cluster.as_ref().map_or(&[][..], |c| &c.jobs);
    match client::state(jobs) {
        Some(client::JobState::Running) => seen.state = State::Running,
        Some(client::JobState::Pending) => seen.state = State::Queued,
        Some(client::JobState::Gone) => {
            // The dependent job may have submitted others meanwhile.
            match run.written_progress() {
                Ok(now) if now.cluster != seen.cluster || now.state.is_over() => return now,
                _ => seen.state = State::Interrupted,
            }
        }
        None => {}
    }
    if seen.state != State::Running {
        (seen.rate, seen.left) = (0.0, None);
    }
    seen
}

/// A run that is submitted by the last of those before it; where one of these ended
/// badly, nobody will.
fn waiting(run: &RunDirectory, mut progress: RunProgress) -> RunProgress {
    let root = run.path().parent().unwrap_or(Path::new(""));
    let after = run.request().map_or(Vec::new(), |request| request.after);
    let ended_badly = |number: &u32| {
        let earlier = list::numbered(root, *number);
        let state = earlier.and_then(|run| run.progress().ok()).map(|p| p.state);
        state.is_some_and(|s| s.is_over() && s != State::Done)
    };
    if after.iter().any(ended_badly) {
        progress.state = State::Interrupted;
    }
    progress
}

/// What the tasks of a stage, of all attempts, last told.
fn tasks(run: &RunDirectory, stage: usize) -> Vec<RunProgress> {
    let start = format!("{stage}-");
    let files = files(run).into_iter();
    let files = files.filter(|(path, name)| {
        name.starts_with(&start) && path.extension().is_some_and(|e| e == "progress")
    });
    files
        .filter_map(|(path, _)| directory::decode(&path).ok())
        .collect()
}

fn added_up(mut progress: RunProgress, tasks: &[RunProgress]) -> RunProgress {
    let at = progress.stage;
    let of = |task: &RunProgress| task.stages.get(at).map_or(0, |s| s.done);
    let live = || {
        tasks
            .iter()
            .filter(|t| !t.state.is_over() && t.worker_lives())
    };
    let seconds = tasks.iter().map(|t| t.seconds).fold(0.0, f64::max);
    if let Some(stage) = progress.stages.get_mut(at) {
        stage.done = tasks
            .iter()
            .map(of)
            .sum::<u64>()
            .max(stage.done)
            .min(stage.total);
        stage.seconds = seconds;
        progress.rate = live().map(|t| t.rate).sum();
    }
    progress.seconds = progress.stages.iter().map(|s| s.seconds).sum();
    if let Some(newest) = live().max_by_key(|t| t.heartbeat) {
        progress.heartbeat = newest.heartbeat;
        progress.host.clone_from(&newest.host);
        progress.pid = newest.pid;
    }
    progress.weigh();
    // The rate tells the time left only: tasks come and go, and a share that was
    // weighted by it would fall now and then.
    let fraction = progress.fraction;
    let rate = progress.rate;
    if let Some(stage) = progress.stages.get_mut(at).filter(|_| rate > 0.0) {
        let planned = std::mem::replace(&mut stage.expected, stage.total as f64 / rate);
        progress.weigh();
        progress.fraction = fraction;
        progress.stages[at].expected = planned;
    }
    progress
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_disjoint_neighbours_of_about_the_same_work() {
        let sizes = [5, 1, 1, 1, 1, 1, 5, 5];
        let units: Vec<usize> = (0..8).collect();
        for tasks in 1..12 {
            let shares = shares(&units, &sizes, tasks);
            assert!(shares.len() <= tasks.min(8));
            assert_eq!(shares.concat(), units);
            let work = |s: &Vec<usize>| s.iter().map(|u| sizes[*u]).sum::<u64>();
            let most = shares.iter().map(work).max().unwrap();
            assert!(most <= 20_u64.div_ceil(tasks as u64) + 5, "{shares:?}");
        }
        assert_eq!(shares(&[6, 2], &sizes, 9), [vec![6], vec![2]]);
        assert!(shares(&[], &sizes, 3).is_empty());
    }

    #[test]
    fn gauges_add_up_the_tasks_of_all_attempts() {
        use crate::runs::StageProgress;
        let stage = |done| StageProgress {
            done,
            total: 100,
            seconds: 2.0,
            expected: 10.0,
            ..StageProgress::default()
        };
        let mut whole = RunProgress::unborn();
        whole.stages = vec![stage(0), stage(0)];
        let task = |state, done, rate| RunProgress {
            stages: vec![stage(done), stage(0)],
            rate,
            seconds: 3.0,
            ..RunProgress::new(state)
        };
        let tasks = [
            task(State::Cancelled, 20, 9.0),
            task(State::Running, 30, 4.0),
            task(State::Running, 10, 6.0),
        ];
        let seen = added_up(whole, &tasks);
        assert_eq!((seen.stages[0].done, seen.rate), (60, 10.0));
        assert!((seen.fraction - 0.3).abs() < 1e-9, "{}", seen.fraction);
        assert_eq!(seen.left, Some(14.0));
    }
}
