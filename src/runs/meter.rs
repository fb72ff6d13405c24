//! What the working threads of a run and the beating one share: how far it is,
//! and whether it should stop or rest.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::log::Log;
use super::progress::now_ms;
use super::queue::{Seat, Standing};
use super::{RunDirectory, RunProgress, StageProgress, State, Watcher};
use crate::modules::Job;
use crate::task::{Cancel, Progress, Task};

/// How often progress is written and cancellation looked for: with what is written
/// besides, at the ends of stages, still no more than four times a second.
pub(super) const BEAT: Duration = Duration::from_millis(400);
/// How often a resting thread looks whether it may go on.
const NAP: Duration = Duration::from_millis(20);

/// Counts the work of a run and tells of it.
pub(super) struct Meter<'a> {
    run: &'a RunDirectory,
    watcher: &'a dyn Watcher,
    log: &'a Log,
    /// The file that progress is written to.
    file: PathBuf,
    progress: Mutex<RunProgress>,
    /// Work done in the stage under way, and how much of it was found finished.
    done: AtomicU64,
    skipped: AtomicU64,
    stage: Mutex<Clock>,
    whole: Mutex<Clock>,
    written: Mutex<Option<Instant>>,
    stop: AtomicBool,
    resting: AtomicBool,
    over: AtomicBool,
    seat: Mutex<Option<Seat>>,
}

/// A clock that stands still while a run rests.
struct Clock {
    began: Instant,
    idle: Duration,
}

impl Clock {
    fn start() -> Mutex<Self> {
        Mutex::new(Self {
            began: Instant::now(),
            idle: Duration::ZERO,
        })
    }

    /// Begins again, so many seconds ago.
    fn restart(&mut self, seconds: f64) {
        let ago = Duration::try_from_secs_f64(seconds).unwrap_or_default();
        let now = Instant::now();
        self.began = now.checked_sub(ago).unwrap_or(now);
        self.idle = Duration::ZERO;
    }

    fn seconds(&self) -> f64 {
        self.began.elapsed().saturating_sub(self.idle).as_secs_f64()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<'a> Meter<'a> {
    /// Of a run whose progress goes to a file of its directory.
    pub(super) fn new(
        run: &'a RunDirectory,
        file: PathBuf,
        watcher: &'a dyn Watcher,
        log: &'a Log,
    ) -> Self {
        Self {
            run,
            watcher,
            log,
            file,
            progress: Mutex::new(RunProgress::new(State::Running)),
            done: AtomicU64::new(0),
            skipped: AtomicU64::new(0),
            stage: Clock::start(),
            whole: Clock::start(),
            written: Mutex::default(),
            stop: AtomicBool::new(false),
            resting: AtomicBool::new(false),
            over: AtomicBool::new(false),
            seat: Mutex::default(),
        }
    }

    pub(super) fn task(&self) -> Task<'_> {
        Task::new(self, self)
    }

    pub(super) fn with<T>(&self, change: impl FnOnce(&mut RunProgress) -> T) -> T {
        change(&mut locked(&self.progress))
    }

    /// Takes a place in the user's queue of this machine.
    pub(super) fn sit(&self, seat: Option<Seat>) {
        *locked(&self.seat) = seat;
    }

    /// Asks the queue whether the run may work now; true where there is no queue.
    pub(super) fn may_go(&self) -> bool {
        match locked(&self.seat).as_mut() {
            Some(seat) => seat.ask(self.run) == Standing::Go,
            None => true,
        }
    }

    /// Sets the state and tells it at once; the next write waits the longer.
    pub(super) fn is(&self, state: State) {
        if self.with(|progress| std::mem::replace(&mut progress.state, state)) != state {
            let next = locked(&self.written).map_or_else(Instant::now, |at| at + BEAT);
            *locked(&self.written) = None;
            self.publish();
            *locked(&self.written) = Some(next.max(Instant::now()));
        }
    }

    /// The waiting is over: time counts from now.
    pub(super) fn begin(&self) {
        locked(&self.whole).restart(0.0);
        self.is(State::Running);
    }

    /// Goes on where others have brought a run.
    pub(super) fn take_up(&self, before: &RunProgress) {
        let at = before.stages.get(before.stage);
        self.at(at.map_or(0, |s| s.done));
        locked(&self.stage).restart(at.map_or(0.0, |s| s.seconds));
        locked(&self.whole).restart(before.seconds);
        self.with(|progress| {
            progress.cluster.clone_from(&before.cluster);
            progress.stages.clone_from(&before.stages);
            progress.stage = before.stage;
            progress.fraction = before.fraction;
        });
    }

    pub(super) fn plan(&self, job: &dyn Job) {
        let stage = |s: &crate::modules::Stage| StageProgress {
            name: s.name.to_owned(),
            noun: s.noun.to_owned(),
            total: s.total(),
            expected: s.cost * s.total() as f64,
            ..StageProgress::default()
        };
        self.with(|progress| progress.stages = job.stages().iter().map(stage).collect());
    }

    pub(super) fn start(&self, stage: usize) {
        self.done.store(0, Ordering::Relaxed);
        self.skipped.store(0, Ordering::Relaxed);
        locked(&self.stage).restart(0.0);
        self.with(|progress| progress.stage = stage);
        self.publish();
    }

    /// Work that an earlier worker has finished.
    pub(super) fn skip(&self, work: u64) {
        self.skipped.fetch_add(work, Ordering::Relaxed);
    }

    /// Work done up to the end of a unit: exact, whatever was reported on the way.
    pub(super) fn at(&self, done: u64) {
        self.done.store(done, Ordering::Relaxed);
    }

    /// A stage that an earlier worker has finished.
    pub(super) fn pass(&self, stage: usize) {
        self.with(|progress| {
            progress.stage = stage;
            if let Some(s) = progress.stages.get_mut(stage) {
                s.done = s.total;
            }
        });
    }

    pub(super) fn finish(&self, stage: usize) {
        self.refresh();
        let line = self.with(|progress| {
            let s = progress.stages.get_mut(stage)?;
            s.done = s.total;
            Some(format!(
                "{}: {} {} in {:.1} s",
                s.name, s.total, s.noun, s.seconds
            ))
        });
        if let Some(line) = line {
            self.note(&line);
        }
    }

    /// Seconds worked so far.
    pub(super) fn seconds(&self) -> f64 {
        locked(&self.whole).seconds()
    }

    /// Brings the shared progress up to date: rate, time left, share done.
    fn refresh(&self) {
        let elapsed = locked(&self.stage).seconds();
        let (done, skipped) = (
            self.done.load(Ordering::Relaxed),
            self.skipped.load(Ordering::Relaxed),
        );
        let seconds = self.seconds();
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
            progress.weigh();
        });
    }

    /// Tells how far the run is, in its file no more than once a beat.
    pub(super) fn publish(&self) {
        self.refresh();
        let progress = self.with(|p| p.clone());
        let mut written = locked(&self.written);
        if written.is_none_or(|at| at.elapsed() >= BEAT) {
            *written = Some(Instant::now());
            // A full disk shows in the work itself; here it would only hide it.
            let _ = progress.write(&self.file);
        }
        drop(written);
        self.watcher.seen(&progress);
    }

    pub(super) fn end(&self, state: State, error: Option<String>) {
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
        if progress.write(&self.file).is_err() {
            // A full disk has room where the file lies already.
            let _ = progress.write_over(&self.file);
        }
        self.watcher.seen(&progress);
    }

    /// Tells of the run until it is over; hears what is asked of it.
    pub(super) fn beat(&self) {
        let mut rested: Option<Instant> = None;
        while !self.over.load(Ordering::Acquire) {
            std::thread::park_timeout(BEAT);
            if self.watcher.stop() || self.run.cancel_asked() {
                self.stop.store(true, Ordering::Relaxed);
            }
            match (rested, self.run.pause_asked()) {
                (None, true) => {
                    rested = Some(Instant::now());
                    self.rest();
                }
                (Some(since), false) if self.may_go() => {
                    rested = None;
                    self.go_on(since.elapsed());
                }
                (Some(_), false) => self.with(|progress| progress.state = State::Queued),
                _ => {}
            }
            self.publish();
        }
    }

    /// The run is over: the beating thread may end.
    pub(super) fn over(&self) {
        self.over.store(true, Ordering::Release);
    }

    /// Every working thread rests the next time it looks; its memory stays, its
    /// cores are for others.
    fn rest(&self) {
        self.resting.store(true, Ordering::Relaxed);
        if let Some(seat) = locked(&self.seat).as_mut() {
            seat.rest();
        }
        self.with(|progress| progress.state = State::Paused);
        self.note("paused; its memory is kept, its cores are free");
    }

    fn go_on(&self, idle: Duration) {
        for clock in [&self.stage, &self.whole] {
            locked(clock).idle += idle;
        }
        self.with(|progress| progress.state = State::Running);
        self.resting.store(false, Ordering::Relaxed);
        self.note("goes on");
    }
}

impl Progress for Meter<'_> {
    fn advance(&self, units: u64) {
        self.done.fetch_add(units, Ordering::Relaxed);
    }

    fn note(&self, line: &str) {
        self.log.line(line);
        self.watcher.line(line);
    }
}

impl Cancel for Meter<'_> {
    /// True where the work should stop. Where it should rest, the answer comes
    /// when it may go on.
    fn cancelled(&self) -> bool {
        loop {
            let stop = self.stop.load(Ordering::Relaxed) || self.watcher.stop();
            if stop || !self.resting.load(Ordering::Relaxed) {
                return stop;
            }
            std::thread::sleep(NAP);
        }
    }
}
