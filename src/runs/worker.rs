//! The worker: works a run directory from where it stands to its result.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use super::log::Log;
use super::meter::{BEAT, Meter};
use super::needs::Needs;
use super::queue::Seat;
use super::units::Units;
use super::{RunDirectory, RunError, RunProgress, State, list};
use crate::modules::{self, Job, Module, ModuleError, Outcome, Place, Request, Values};

/// Who looks on while a run is worked in the foreground.
pub trait Watcher: Sync {
    /// Called a few times a second.
    fn seen(&self, progress: &RunProgress);
    /// Called for each line of the log.
    fn line(&self, text: &str);
    /// True from the moment the work should stop.
    fn stop(&self) -> bool;
}

/// Nobody looks on.
pub struct Quiet;

impl Watcher for Quiet {
    fn seen(&self, _: &RunProgress) {}
    fn line(&self, _: &str) {}
    fn stop(&self) -> bool {
        false
    }
}

/// When a worker begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// At once: somebody waits for it. What it takes counts for others.
    Now,
    /// When the user's budget of cores and memory has room and it is first in line.
    InLine,
}

/// Works a run: finished units are read, the others computed and kept; the
/// result is written last. Working a run that is done gives its result again.
///
/// The state in `progress.ron` is true whatever happens: done, failed with the
/// reason, cancelled, or (where this process dies) interrupted.
pub fn work(run: &RunDirectory, turn: Turn, watcher: &dyn Watcher) -> Result<Outcome, RunError> {
    let _only = lock(run)?;
    if let Some(outcome) = run.outcome()? {
        return Ok(outcome);
    }
    may_compute(run)?;
    run.forget_wishes();
    let log = Log::open(&run.log())?;
    let meter = Meter::new(run, run.progress_file(), watcher, &log);
    meter.with(|progress| progress.state = State::Queued);
    meter.publish();
    let result = beating(&meter, || work_stages(run, turn, &meter));
    tell_end(&meter, &result);
    if result.is_ok() {
        super::slurm::start_followers(run);
    }
    result
}

/// Works while another thread tells how far it is.
pub(super) fn beating<T>(meter: &Meter, work: impl FnOnce() -> T) -> T {
    std::thread::scope(|scope| {
        let beat = scope.spawn(|| meter.beat());
        let result = work();
        meter.over();
        beat.thread().unpark();
        result
    })
}

/// Says how it ended, in the log and in the progress.
pub(super) fn tell_end<T>(meter: &Meter, result: &Result<T, RunError>) {
    let (state, error) = match result {
        Ok(_) => (State::Done, None),
        Err(error) if error.is_cancelled() => (State::Cancelled, None),
        Err(error) => (State::Failed, Some(error.to_string())),
    };
    crate::task::Progress::note(
        meter,
        &match &error {
            Some(error) => format!("failed: {error}"),
            None => format!("{} after {:.1} s", state.word(), meter.seconds()),
        },
    );
    meter.end(state, error);
}

/// A lock that a second worker cannot have. Where the file system knows no
/// locks, or another host does not see them, the signs of life in `progress.ron`
/// tell; the lock of a dead host goes with it.
pub(super) fn lock(run: &RunDirectory) -> Result<std::fs::File, RunError> {
    let path = run.path().join("worker.lock");
    let file = std::fs::File::create(&path).map_err(RunError::system(&path, "locking the run"))?;
    let busy = || RunError::Busy {
        path: run.path().to_owned(),
    };
    match file.try_lock() {
        Err(std::fs::TryLockError::WouldBlock) => return Err(busy()),
        Err(std::fs::TryLockError::Error(_)) | Ok(()) => {}
    }
    let other = run.written_progress()?;
    let ours = other.pid == std::process::id() && other.worker_lives();
    if other.cluster.is_none() && other.has_worker() && !ours && lives(run, &other) {
        return Err(busy());
    }
    Ok(file)
}

/// True where the worker that wrote this progress is still at it: on this host by
/// its process, elsewhere by a second look, since clocks may differ.
fn lives(run: &RunDirectory, seen: &RunProgress) -> bool {
    if seen.host == super::progress::host() {
        return seen.worker_lives();
    }
    if !seen.worker_lives() {
        return false;
    }
    std::thread::sleep(SECOND_LOOK);
    run.written_progress()
        .is_ok_and(|now| now.heartbeat != seen.heartbeat)
}

/// Workers give a sign of life four times in it.
pub(super) const SECOND_LOOK: Duration = Duration::from_millis(1200);

/// Set to `no` on hosts where nothing may be computed: login nodes.
pub const COMPUTE: &str = "OUTCROP_COMPUTE";

/// Refuses on a host where nothing may be computed.
pub(super) fn may_compute(run: &RunDirectory) -> Result<(), RunError> {
    if std::env::var_os(COMPUTE).is_some_and(|v| v == "no") {
        return Err(ModuleError::Input(format!(
            "{}: nothing is computed on this host ({COMPUTE}=no); give --on slurm, or work it elsewhere with `outcrop work`",
            run.path().display()
        ))
        .into());
    }
    Ok(())
}

/// Waits until the runs that a request comes after are over. One that is gone is
/// not waited for, nor one that ended badly if this run can do without it.
fn wait(run: &RunDirectory, request: &Request, meter: &Meter) -> Result<(), RunError> {
    let root = run.path().parent().unwrap_or(Path::new(""));
    for number in &request.after {
        let mut state = State::Done;
        while let Some(earlier) = list::numbered(root, *number) {
            state = earlier.progress()?.state;
            if state.is_over() {
                break;
            }
            meter.is(State::Waiting);
            meter.task().check().map_err(ModuleError::from)?;
            std::thread::park_timeout(BEAT);
        }
        if state != State::Done && request.waits_for_volumes() {
            return Err(ModuleError::Input(format!(
                "run {number}, which makes the volumes that this run reads, is {}; resume it, then this one",
                state.word()
            ))
            .into());
        }
    }
    Ok(())
}

/// Waits for the run's turn.
fn line_up(
    run: &RunDirectory,
    module: &dyn Module,
    (cores, memory): (usize, u64),
    turn: Turn,
    meter: &Meter,
) -> Result<(), RunError> {
    if !module.takes_turns() {
        meter.begin();
        return Ok(());
    }
    let mut seat = Seat::take(run, cores, memory);
    if let (Turn::Now, Some(seat)) = (turn, seat.as_mut()) {
        seat.go();
    }
    meter.sit(seat);
    while turn == Turn::InLine && (run.pause_asked() || !meter.may_go()) {
        if !run.pause_asked() {
            meter.is(State::Queued);
        }
        meter.task().check().map_err(ModuleError::from)?;
        std::thread::park_timeout(BEAT);
    }
    meter.begin();
    Ok(())
}

/// Cores that a run takes of this machine: what it asks for, or the whole budget.
fn cores(values: &Values) -> usize {
    let asked = values.whole("threads");
    asked.unwrap_or_else(|| super::Budget::read().cores)
}

/// A run, opened and checked for work.
pub(super) struct Prepared {
    pub request: Request,
    pub values: Values,
    pub place: Place,
    pub job: Box<dyn Job>,
    pub units: Units,
}

/// Checks that the inputs are what they were and plans the work. What was written
/// by units that are finished must still be there, or they are not.
pub(super) fn prepare(run: &RunDirectory, note: &dyn Fn(&str)) -> Result<Prepared, RunError> {
    let request = run.request()?;
    let module = modules::find(&request.module)?;
    let values = request.values(module)?;
    let place = run.place(&request)?;
    run.check_inputs(&request)?;
    for folder in [&place.out, &run.units()] {
        std::fs::create_dir_all(folder).map_err(RunError::system(folder, "making a folder"))?;
    }
    match crate::io::remove_abandoned(&place.out) {
        0 => {}
        n => note(&format!(
            "{n} half-written temporary files of a worker that died are removed from {}",
            place.out.display()
        )),
    }
    let job = module.prepare(&request, &place)?;
    let units = Units::new(run.units());
    let lost = job.volumes().into_iter().filter(|(_, v)| !v.is_begun());
    if let Some(first) = lost.map(|(stage, _)| stage).min() {
        let stages = first..job.stages().len();
        let worked = |s| units.reduced(s).is_some() || !units.finished(s).is_empty();
        if stages.clone().any(worked) {
            note(
                "an unfinished volume was removed or replaced; what was written to it is computed again",
            );
            stages.for_each(|stage| units.forget(stage));
        }
    }
    Ok(Prepared {
        request,
        values,
        place,
        job,
        units,
    })
}

fn work_stages(run: &RunDirectory, turn: Turn, meter: &Meter) -> Result<Outcome, RunError> {
    use crate::task::Progress;
    let request = run.request()?;
    wait(run, &request, meter)?;
    let ready = prepare(run, &|line| meter.note(line))?;
    meter.plan(ready.job.as_ref());
    meter.note(&format!(
        "{} {}, request {}",
        request.module, request.version, ready.place.recipe.request
    ));
    let needs = Needs::of(ready.job.as_ref(), &ready.values);
    meter.note(&needs.check(&ready.place.out)?);
    line_up(
        run,
        modules::find(&request.module)?,
        (cores(&ready.values), needs.memory),
        turn,
        meter,
    )?;
    let outcome = pool(cores(&ready.values))?.install(|| {
        let mut reduced = Vec::new();
        for stage in 0..ready.job.stages().len() {
            let bytes = work_stage(ready.job.as_ref(), stage, &reduced, &ready.units, meter)?;
            reduced.push(bytes);
        }
        Ok::<_, RunError>(ready.job.finish(&reduced, &meter.task())?)
    })?;
    conclude(run, &ready, outcome, meter)
}

/// Says what a run found, writes its result, and forgets its units.
pub(super) fn conclude(
    run: &RunDirectory,
    ready: &Prepared,
    outcome: Outcome,
    meter: &Meter,
) -> Result<Outcome, RunError> {
    for sentence in &outcome.sentences {
        crate::task::Progress::note(meter, sentence);
    }
    run.write_outcome(&outcome)?;
    ready.units.clear();
    Ok(outcome)
}

/// The threads of a run.
pub(super) fn pool(threads: usize) -> Result<rayon::ThreadPool, RunError> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    Ok(pool.map_err(|e| ModuleError::parameter("threads", e.to_string()))?)
}

fn work_stage(
    job: &dyn Job,
    stage: usize,
    reduced: &[Vec<u8>],
    units: &Units,
    meter: &Meter,
) -> Result<Vec<u8>, RunError> {
    if let Some(bytes) = units.reduced(stage) {
        meter.pass(stage);
        return Ok(bytes);
    }
    meter.start(stage);
    let all: Vec<usize> = (0..job.stages()[stage].units.len()).collect();
    let finished = work_units(job, stage, &all, reduced, units, meter)?;
    let bytes = job.reduce(
        stage,
        finished.into_values().collect(),
        reduced,
        &meter.task(),
    )?;
    units.keep_reduced(stage, &bytes)?;
    meter.finish(stage);
    Ok(bytes)
}

/// Works those of some units of a stage that are not finished; gives the bytes of
/// all of them.
pub(super) fn work_units(
    job: &dyn Job,
    stage: usize,
    wanted: &[usize],
    reduced: &[Vec<u8>],
    units: &Units,
    meter: &Meter,
) -> Result<BTreeMap<usize, Vec<u8>>, RunError> {
    let mut finished = units.finished(stage);
    let mut done = 0;
    let mut work = || {
        for unit in wanted {
            meter.task().check().map_err(ModuleError::from)?;
            let size = job.stages()[stage].units[*unit];
            if finished.contains_key(unit) {
                meter.skip(size);
            } else {
                let bytes = job.unit(stage, *unit, reduced, &meter.task())?;
                units.keep(stage, *unit, &bytes)?;
                finished.insert(*unit, bytes);
            }
            done += size;
            meter.at(done);
        }
        Ok(())
    };
    let worked = work();
    // What is finished is kept however this ends.
    units.settle()?;
    worked.map(|()| finished)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::task::Task;

    /// Squares of 0..8, joined; stops itself once after `stop_after` units.
    struct Squares {
        stages: Vec<modules::Stage>,
        worked: Mutex<Vec<usize>>,
        stop_after: usize,
    }

    impl Squares {
        fn new(stop_after: usize) -> Self {
            let stage = modules::Stage {
                name: "squares",
                noun: "numbers",
                cost: 1e-3,
                units: vec![1; 8],
            };
            Self {
                stages: vec![stage],
                worked: Mutex::default(),
                stop_after,
            }
        }
    }

    impl Job for Squares {
        fn stages(&self) -> &[modules::Stage] {
            &self.stages
        }

        fn unit(
            &self,
            _: usize,
            unit: usize,
            _: &[Vec<u8>],
            task: &Task,
        ) -> Result<Vec<u8>, ModuleError> {
            let mut worked = self.worked.lock().unwrap();
            if worked.len() == self.stop_after {
                return Err(crate::task::Cancelled.into());
            }
            worked.push(unit);
            task.advance(1);
            Ok(vec![(unit * unit) as u8])
        }

        fn reduce(
            &self,
            _: usize,
            units: Vec<Vec<u8>>,
            _: &[Vec<u8>],
            _: &Task,
        ) -> Result<Vec<u8>, ModuleError> {
            Ok(units.concat())
        }

        fn finish(&self, _: &[Vec<u8>], _: &Task) -> Result<Outcome, ModuleError> {
            Err(ModuleError::Input("not asked for here".into()))
        }
    }

    #[test]
    fn finished_units_are_not_worked_again() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("request.ron"), "").unwrap();
        std::fs::create_dir(folder.path().join("units")).unwrap();
        let run = RunDirectory::open(folder.path()).unwrap();
        let log = Log::open(&run.log()).unwrap();
        let units = Units::new(run.units());
        let work = |job: &Squares| {
            let meter = Meter::new(&run, run.progress_file(), &Quiet, &log);
            meter.plan(job);
            let bytes = work_stage(job, 0, &[], &units, &meter);
            meter.end(State::Cancelled, None);
            (bytes, run.progress().unwrap())
        };
        let stopped = Squares::new(3);
        let (bytes, progress) = work(&stopped);
        assert!(bytes.is_err_and(|e| e.is_cancelled()));
        assert!(
            (progress.fraction - 3.0 / 8.0).abs() < 1e-9,
            "{}",
            progress.fraction
        );
        let resumed = Squares::new(99);
        let (bytes, progress) = work(&resumed);
        assert_eq!(bytes.unwrap(), [0, 1, 4, 9, 16, 25, 36, 49]);
        assert_eq!(*resumed.worked.lock().unwrap(), [3, 4, 5, 6, 7]);
        assert!((progress.fraction - 1.0).abs() < 1e-9);
    }
}
