//! What runs on the nodes of a cluster: tasks of an array, and the job after it.

use std::collections::BTreeMap;

use super::super::log::Log;
use super::super::meter::Meter;
use super::super::worker::{self, Prepared, Watcher};
use super::super::{RunDirectory, RunError, RunProgress, directory};
use super::script::task_file;
use super::{files, plan_file, send, start_followers};
use crate::modules::ModuleError;

/// Works the units of one task of an array.
pub fn work_task(
    run: &RunDirectory,
    stage: usize,
    attempt: u32,
    task: usize,
    watcher: &dyn Watcher,
) -> Result<(), RunError> {
    let place = (stage, attempt, task);
    let log = Log::open(&task_file(run, place, "log"))?;
    let meter = Meter::new(run, task_file(run, place, "progress"), watcher, &log);
    meter.publish();
    let result = worker::beating(&meter, || {
        let ready = worker::prepare(run, &|line| log.line(line))?;
        let tasks: Vec<Vec<usize>> = directory::decode(&plan_file(run, stage, attempt))?;
        let wanted = tasks.get(task).map_or(&[][..], Vec::as_slice);
        let reduced = reduced(&ready, stage)?;
        meter.plan(ready.job.as_ref());
        meter.start(stage);
        worker::pool(threads(&ready))?.install(|| {
            let (job, units) = (ready.job.as_ref(), &ready.units);
            worker::work_units(job, stage, wanted, &reduced, units, &meter).map(|_| ())
        })
    });
    worker::tell_end(&meter, &result);
    if let Err(error) = &result
        && !error.is_cancelled()
    {
        let path = task_file(run, place, "error");
        std::fs::write(&path, error.to_string()).map_err(RunError::system(&path, "writing"))?;
    }
    result
}

/// Cores that this task was given.
fn threads(ready: &Prepared) -> usize {
    let given = std::env::var("SLURM_CPUS_PER_TASK").ok();
    let given = given.and_then(|n| n.parse().ok());
    given.or(ready.values.whole("threads")).unwrap_or(1)
}

/// What the stages before one were reduced to.
fn reduced(ready: &Prepared, stage: usize) -> Result<Vec<Vec<u8>>, RunError> {
    let one = |s| {
        ready
            .units
            .reduced(s)
            .ok_or_else(|| ModuleError::Checkpoint {
                reason: format!("what stage {s} was reduced to is missing or altered"),
            })
    };
    Ok((0..stage).map(one).collect::<Result<_, _>>()?)
}

/// Comes after an array: submits again what is missing, else reduces the stage and
/// submits the next one; after the last it writes the result.
pub fn reduce(
    run: &RunDirectory,
    stage: usize,
    attempt: u32,
    watcher: &dyn Watcher,
) -> Result<(), RunError> {
    let _only = worker::lock(run)?;
    if run.outcome()?.is_some() {
        return Ok(());
    }
    let log = Log::open(&run.log())?;
    let before = super::added_up(run.written_progress()?, &super::tasks(run, stage));
    let meter = Meter::new(run, run.progress_file(), watcher, &log);
    meter.take_up(&before);
    let result = step(run, stage, attempt, &before, &meter, &log);
    match result {
        // Others go on, and have said so.
        Ok(false) => Ok(()),
        Ok(true) => {
            worker::tell_end(&meter, &Ok(()));
            start_followers(run);
            Ok(())
        }
        Err(error) => {
            let failed = Err::<(), _>(error);
            worker::tell_end(&meter, &failed);
            failed
        }
    }
}

/// One step on; true where it was the last.
fn step(
    run: &RunDirectory,
    stage: usize,
    attempt: u32,
    before: &RunProgress,
    meter: &Meter,
    log: &Log,
) -> Result<bool, RunError> {
    if run.cancel_asked() {
        return Err(ModuleError::from(crate::task::Cancelled).into());
    }
    if let Some(error) = task_error(run, stage) {
        return Err(ModuleError::Input(error).into());
    }
    let ready = worker::prepare(run, &|line| log.line(line))?;
    let stages = ready.job.stages().len();
    let mut at = stage;
    let mut reduced = reduced(&ready, stage.min(stages))?;
    let pool = worker::pool(threads(&ready))?;
    while at < stages {
        let finished = ready.units.finished(at);
        let missing = missing(&ready, at, &finished);
        if missing > 0 && at > stage {
            send(run, &ready, at, 1, progress(before, at), log)?;
            return Ok(false);
        }
        if missing > 0 {
            again(run, &ready, at, attempt, missing, before, log)?;
            return Ok(false);
        }
        let units = finished.into_values().collect();
        let bytes = pool.install(|| ready.job.reduce(at, units, &reduced, &meter.task()))?;
        ready.units.keep_reduced(at, &bytes)?;
        reduced.push(bytes);
        at += 1;
    }
    let outcome = pool.install(|| ready.job.finish(&reduced, &meter.task()))?;
    worker::conclude(run, &ready, outcome, meter)?;
    meter.with(|progress| {
        for stage in &mut progress.stages {
            stage.done = stage.total;
        }
    });
    meter.at(before.stages.get(before.stage).map_or(0, |s| s.total));
    Ok(true)
}

fn missing(ready: &Prepared, stage: usize, finished: &BTreeMap<usize, Vec<u8>>) -> usize {
    let all = 0..ready.job.stages()[stage].units.len();
    all.filter(|unit| !finished.contains_key(unit)).count()
}

/// The progress at the start of a stage: what came before is done.
fn progress(before: &RunProgress, stage: usize) -> RunProgress {
    let mut progress = before.clone();
    for done in progress.stages.iter_mut().take(stage) {
        done.done = done.total;
    }
    progress
}

/// Submits the missing units of a stage again, up to the limit.
fn again(
    run: &RunDirectory,
    ready: &Prepared,
    stage: usize,
    attempt: u32,
    missing: usize,
    before: &RunProgress,
    log: &Log,
) -> Result<(), RunError> {
    let limit = ready.values.whole("resubmit").unwrap_or(0) as u32;
    let name = ready.job.stages()[stage].name;
    let lost = format!("{name}: {missing} units were lost to a time limit, preemption or a node");
    if attempt > limit {
        return Err(ModuleError::Input(format!(
            "{lost}, {attempt} times; give a longer --time-limit, or more --resubmit, and resume the run"
        ))
        .into());
    }
    log.line(&lost);
    send(run, ready, stage, attempt + 1, progress(before, stage), log)
}

/// Why a task of a stage failed, where one did.
fn task_error(run: &RunDirectory, stage: usize) -> Option<String> {
    let start = format!("{stage}-");
    let mut files = files(run).into_iter();
    let (path, _) = files.find(|(path, name)| {
        name.starts_with(&start) && path.extension().is_some_and(|e| e == "error")
    })?;
    std::fs::read_to_string(path).ok()
}
