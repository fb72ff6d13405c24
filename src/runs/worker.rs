//! The worker: works a run directory from where it stands to its result.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::log::Log;
use super::progress::now_ms;
use super::units::Units;
use super::{RunDirectory, RunError, RunProgress, StageProgress, State, list};
use crate::modules::{self, Job, ModuleError, Outcome, Request};
use crate::task::{Cancel, Progress, Task};

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

/// How often progress is written and cancellation looked for.
const BEAT: Duration = Duration::from_millis(250);

/// Works a run: finished units are read, the others computed and kept; the
/// result is written last. Working a run that is done gives its result again.
///
/// The state in `progress.ron` is true whatever happens: done, failed with the
/// reason, cancelled, or (where this process dies) interrupted.
pub fn work(run: &RunDirectory, watcher: &dyn Watcher) -> Result<Outcome, RunError> {
    let _only = lock(run)?;
    if let Some(outcome) = run.outcome()? {
        return Ok(outcome);
    }
    run.forget_cancel();
    let log = Log::open(&run.log())?;
    let shared = Shared::new(run, watcher, &log);
    shared.publish();
    let result = std::thread::scope(|scope| {
        let beat = scope.spawn(|| shared.beat());
        let result = work_stages(run, &shared);
        shared.over.store(true, Ordering::Release);
        beat.thread().unpark();
        result
    });
    let (state, error) = match &result {
        Ok(_) => (State::Done, None),
        Err(error) if error.is_cancelled() => (State::Cancelled, None),
        Err(error) => (State::Failed, Some(error.to_string())),
    };
    if let Some(error) = &error {
        shared.note(&format!("failed: {error}"));
    } else {
        shared.note(&format!(
            "{} after {:.1} s",
            state.word(),
            shared.began.elapsed().as_secs_f64()
        ));
    }
    shared.end(state, error);
    result
}

/// A lock that a second worker cannot have. Where the file system knows no
/// locks, the state in `progress.ron` is all there is.
fn lock(run: &RunDirectory) -> Result<std::fs::File, RunError> {
    let path = run.path().join("worker.lock");
    let file = std::fs::File::create(&path).map_err(RunError::system(&path, "locking the run"))?;
    match file.try_lock() {
        Err(std::fs::TryLockError::WouldBlock) => Err(RunError::Busy {
            path: run.path().to_owned(),
        }),
        _ => Ok(file),
    }
}

/// Waits until the runs that a request comes after are over. One that is gone is
/// not waited for, nor one that ended badly if this run can do without it.
fn wait(run: &RunDirectory, request: &Request, shared: &Shared) -> Result<(), RunError> {
    let root = run.path().parent().unwrap_or(Path::new(""));
    for number in &request.after {
        let mut state = State::Done;
        while let Some(earlier) = list::numbered(root, *number) {
            state = earlier.progress()?.state;
            if state.is_over() {
                break;
            }
            shared.with(|progress| progress.state = State::Waiting);
            shared.task().check().map_err(ModuleError::from)?;
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
    shared.with(|progress| progress.state = State::Running);
    Ok(())
}

fn work_stages(run: &RunDirectory, shared: &Shared) -> Result<Outcome, RunError> {
    let request = run.request()?;
    wait(run, &request, shared)?;
    let module = modules::find(&request.module)?;
    let values = request.values(module)?;
    let place = run.place(&request)?;
    std::fs::create_dir_all(&place.out)
        .map_err(RunError::system(&place.out, "making the output folder"))?;
    let job = module.prepare(&request, &place)?;
    shared.plan(job.as_ref());
    shared.note(&format!(
        "{} {}, request {}",
        request.module, request.version, place.recipe.request
    ));
    let threads = values.whole("threads").unwrap_or(0);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|e| ModuleError::parameter("threads", e.to_string()))?;
    let outcome = pool.install(|| {
        let units = Units::new(run.units());
        let mut reduced = Vec::new();
        for stage in 0..job.stages().len() {
            let bytes = work_stage(job.as_ref(), stage, &reduced, &units, shared)?;
            reduced.push(bytes);
        }
        job.finish(&reduced, &shared.task())
    })?;
    for sentence in &outcome.sentences {
        shared.note(sentence);
    }
    run.write_outcome(&outcome)?;
    Units::new(run.units()).clear();
    Ok(outcome)
}

fn work_stage(
    job: &dyn Job,
    stage: usize,
    reduced: &[Vec<u8>],
    units: &Units,
    shared: &Shared,
) -> Result<Vec<u8>, ModuleError> {
    let plan = &job.stages()[stage];
    shared.start(stage);
    let mut finished = Vec::with_capacity(plan.units.len());
    let mut done = 0;
    for (unit, work) in plan.units.iter().enumerate() {
        shared.task().check()?;
        let bytes = if let Some(bytes) = units.read(stage, unit) {
            shared.skip(*work);
            bytes
        } else {
            let bytes = job.unit(stage, unit, reduced, &shared.task())?;
            units.write(stage, unit, &bytes).map_err(as_module_error)?;
            bytes
        };
        done += work;
        shared.at(done);
        finished.push(bytes);
    }
    let bytes = job.reduce(stage, finished, reduced, &shared.task())?;
    shared.finish(stage);
    Ok(bytes)
}

fn as_module_error(error: RunError) -> ModuleError {
    match error {
        RunError::Module(error) => error,
        other => ModuleError::Input(other.to_string()),
    }
}

/// What the working threads and the beating one share.
struct Shared<'a> {
    run: &'a RunDirectory,
    watcher: &'a dyn Watcher,
    log: &'a Log,
    progress: Mutex<RunProgress>,
    /// Seconds that each unit of work of a stage is expected to cost.
    costs: Mutex<Vec<f64>>,
    /// Work done in the stage under way, and how much of it was found finished.
    done: AtomicU64,
    skipped: AtomicU64,
    stage_began: Mutex<Instant>,
    began: Instant,
    stop: AtomicBool,
    over: AtomicBool,
}

impl<'a> Shared<'a> {
    fn new(run: &'a RunDirectory, watcher: &'a dyn Watcher, log: &'a Log) -> Self {
        Self {
            run,
            watcher,
            log,
            progress: Mutex::new(RunProgress::new(State::Running)),
            costs: Mutex::default(),
            done: AtomicU64::new(0),
            skipped: AtomicU64::new(0),
            stage_began: Mutex::new(Instant::now()),
            began: Instant::now(),
            stop: AtomicBool::new(false),
            over: AtomicBool::new(false),
        }
    }

    fn task(&self) -> Task<'_> {
        Task::new(self, self)
    }

    fn with<T>(&self, change: impl FnOnce(&mut RunProgress) -> T) -> T {
        let mut progress = self
            .progress
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        change(&mut progress)
    }

    fn plan(&self, job: &dyn Job) {
        let stages = job.stages();
        self.with(|progress| {
            progress.stages = stages
                .iter()
                .map(|s| StageProgress {
                    name: s.name.to_owned(),
                    noun: s.noun.to_owned(),
                    total: s.total(),
                    expected: s.cost * s.total() as f64,
                    ..StageProgress::default()
                })
                .collect();
        });
        if let Ok(mut costs) = self.costs.lock() {
            *costs = stages.iter().map(|s| s.cost).collect();
        }
    }

    fn start(&self, stage: usize) {
        self.done.store(0, Ordering::Relaxed);
        self.skipped.store(0, Ordering::Relaxed);
        if let Ok(mut began) = self.stage_began.lock() {
            *began = Instant::now();
        }
        self.with(|progress| progress.stage = stage);
        self.publish();
    }

    /// Work that an earlier worker has finished.
    fn skip(&self, work: u64) {
        self.skipped.fetch_add(work, Ordering::Relaxed);
    }

    /// Work done up to the end of a unit: exact, whatever was reported on the way.
    fn at(&self, done: u64) {
        self.done.store(done, Ordering::Relaxed);
    }

    fn finish(&self, stage: usize) {
        self.refresh();
        self.with(|progress| {
            if let Some(s) = progress.stages.get_mut(stage) {
                s.done = s.total;
            }
        });
        let line = self.with(|progress| {
            progress
                .stages
                .get(stage)
                .map(|s| format!("{}: {} {} in {:.1} s", s.name, s.total, s.noun, s.seconds))
        });
        if let Some(line) = line {
            self.note(&line);
        }
    }

    /// Brings the shared progress up to date: rate, time left, share done.
    fn refresh(&self) {
        let elapsed = self
            .stage_began
            .lock()
            .map_or(0.0, |b| b.elapsed().as_secs_f64());
        let (done, skipped) = (
            self.done.load(Ordering::Relaxed),
            self.skipped.load(Ordering::Relaxed),
        );
        let seconds = self.began.elapsed().as_secs_f64();
        self.with(|progress| {
            progress.heartbeat = now_ms();
            progress.seconds = seconds;
            let at = progress.stage;
            let Some(stage) = progress.stages.get_mut(at) else {
                return;
            };
            stage.done = done.min(stage.total);
            stage.seconds = elapsed;
            let fresh = stage.done.saturating_sub(skipped) as f64;
            if elapsed > 0.2 && fresh > 0.0 {
                progress.rate = fresh / elapsed;
                stage.expected = stage.total as f64 / progress.rate;
            } else {
                progress.rate = 0.0;
            }
            weigh(progress);
        });
    }

    fn publish(&self) {
        self.refresh();
        let progress = self.with(|p| p.clone());
        // A full disk shows in the work itself; here it would only hide it.
        let _ = self.run.write_progress(&progress);
        self.watcher.seen(&progress);
    }

    fn end(&self, state: State, error: Option<String>) {
        self.refresh();
        let progress = self.with(|progress| {
            progress.state = state;
            progress.error = error;
            progress.left = None;
            if state == State::Done {
                progress.fraction = 1.0;
                progress.stage = progress.stages.len().saturating_sub(1);
            }
            progress.clone()
        });
        let _ = self.run.write_progress(&progress);
        self.watcher.seen(&progress);
    }

    fn beat(&self) {
        while !self.over.load(Ordering::Acquire) {
            std::thread::park_timeout(BEAT);
            if self.watcher.stop() || self.run.cancel_asked() {
                self.stop.store(true, Ordering::Relaxed);
            }
            self.publish();
        }
    }
}

/// Share done and time left over all stages. A finished stage weighs what it
/// took, the one under way what its rate says, a later one what it is expected
/// to cost, corrected by how wrong that was for the earlier ones.
fn weigh(progress: &mut RunProgress) {
    let at = progress.stage;
    let (mut took, mut planned) = (0.0, 0.0);
    for stage in progress.stages.iter().take(at) {
        took += stage.seconds;
        planned += stage.expected;
    }
    let correction = if planned > 0.5 && took > 0.0 {
        (took / planned).clamp(0.1, 10.0)
    } else {
        1.0
    };
    let (mut done, mut all, mut left) = (0.0, 0.0, 0.0);
    for (i, stage) in progress.stages.iter().enumerate() {
        let share = if stage.total == 0 {
            f64::from(u8::from(i < at))
        } else {
            stage.done as f64 / stage.total as f64
        };
        let weight = stage.expected.max(1e-9) * if i > at { correction } else { 1.0 };
        done += weight * share;
        all += weight;
        left += weight * (1.0 - share);
    }
    if all > 0.0 {
        // Never backwards: a gauge that shrinks is not believed again.
        progress.fraction = (done / all).clamp(progress.fraction, 1.0);
        progress.left = (progress.rate > 0.0).then_some(left);
    }
}

impl Progress for Shared<'_> {
    fn advance(&self, units: u64) {
        self.done.fetch_add(units, Ordering::Relaxed);
    }

    fn note(&self, line: &str) {
        self.log.line(line);
        self.watcher.line(line);
    }
}

impl Cancel for Shared<'_> {
    fn cancelled(&self) -> bool {
        self.stop.load(Ordering::Relaxed) || self.watcher.stop()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(done: u64, total: u64, seconds: f64, expected: f64) -> StageProgress {
        StageProgress {
            done,
            total,
            seconds,
            expected,
            ..StageProgress::default()
        }
    }

    #[test]
    fn the_share_done_is_weighted_by_cost_and_never_falls() {
        let mut progress = RunProgress::new(State::Running);
        progress.stages = vec![
            stage(10, 10, 1.0, 1.0),
            stage(5, 10, 4.0, 8.0),
            stage(0, 4, 0.0, 1.0),
        ];
        progress.stage = 1;
        progress.rate = 1.0;
        weigh(&mut progress);
        assert!(
            (progress.fraction - 0.5).abs() < 1e-12,
            "{}",
            progress.fraction
        );
        assert!((progress.left.unwrap() - 5.0).abs() < 1e-12);
        progress.stages[1].expected = 80.0;
        weigh(&mut progress);
        assert!(progress.fraction >= 0.5);
    }

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
            let shared = Shared::new(&run, &Quiet, &log);
            shared.plan(job);
            let bytes = work_stage(job, 0, &[], &units, &shared);
            shared.publish();
            (bytes, run.progress().unwrap())
        };
        let stopped = Squares::new(3);
        let (bytes, progress) = work(&stopped);
        assert!(matches!(bytes, Err(ModuleError::Cancelled(_))));
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
