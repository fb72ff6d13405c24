//! `progress.ron`: how far a run is, and whether anybody is still at it.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::RunError;
use super::directory::encode;

/// What a run is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// For other runs, named in its request.
    Waiting,
    /// Ready to start.
    Queued,
    /// A worker is at it.
    Running,
    /// Stopped for a while on request.
    Paused,
    /// The result is there.
    Done,
    /// It ended with an error.
    Failed,
    /// It was stopped on request.
    Cancelled,
    /// Its worker is gone without a word.
    Interrupted,
}

impl State {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            State::Waiting => "waiting",
            State::Queued => "queued",
            State::Running => "running",
            State::Paused => "paused",
            State::Done => "done",
            State::Failed => "failed",
            State::Cancelled => "cancelled",
            State::Interrupted => "interrupted",
        }
    }

    /// True where nothing will happen any more by itself.
    pub fn is_over(self) -> bool {
        matches!(
            self,
            State::Done | State::Failed | State::Cancelled | State::Interrupted
        )
    }
}

/// How far one stage is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StageProgress {
    /// Its name.
    pub name: String,
    /// What its work is counted in.
    pub noun: String,
    /// Work done.
    pub done: u64,
    /// All of its work.
    pub total: u64,
    /// Seconds spent on it so far by this worker.
    pub seconds: f64,
    /// Seconds it is expected to take in all.
    pub expected: f64,
}

/// How far a run is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunProgress {
    /// What it is doing.
    pub state: State,
    /// Its stages in order.
    pub stages: Vec<StageProgress>,
    /// Index of the stage under way.
    pub stage: usize,
    /// Share of all work that is done, weighted by what it costs; 0 to 1.
    pub fraction: f64,
    /// Work a second in the stage under way.
    pub rate: f64,
    /// Seconds to go, from the rate.
    pub left: Option<f64>,
    /// Seconds spent by this worker.
    pub seconds: f64,
    /// What went wrong.
    pub error: Option<String>,
    /// Name of the machine of the worker.
    pub host: String,
    /// Its process.
    pub pid: u32,
    /// When that process began, in clock ticks since boot: a number that is
    /// given again to another process does not fool anybody.
    pub born: u64,
    /// When the worker started and last gave a sign of life, in ms since 1970.
    pub started: u64,
    /// See `started`.
    pub heartbeat: u64,
    /// The jobs of a cluster that work it, where it is not worked here.
    #[serde(default)]
    pub cluster: Option<Cluster>,
}

/// The jobs of a run on a cluster.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cluster {
    /// Numbers of the jobs that are queued or at work, the dependent one last.
    pub jobs: Vec<u64>,
    /// How often the stage under way has been submitted.
    pub attempt: u32,
    /// Tasks of the array under way.
    pub tasks: u32,
}

/// A worker on another machine that was silent for so long is taken for dead.
const SILENCE_MS: u64 = 10_000;

impl RunProgress {
    pub(super) const FILE: &'static str = "progress.ron";

    /// A run in a state, by this process, now.
    pub fn new(state: State) -> Self {
        let pid = std::process::id();
        Self {
            state,
            stages: Vec::new(),
            stage: 0,
            fraction: 0.0,
            rate: 0.0,
            left: None,
            seconds: 0.0,
            error: None,
            host: host(),
            pid,
            born: born(pid).unwrap_or(0),
            started: now_ms(),
            heartbeat: now_ms(),
            cluster: None,
        }
    }

    /// A run that no worker has yet.
    pub(super) fn unborn() -> Self {
        Self {
            pid: 0,
            ..Self::new(State::Queued)
        }
    }

    /// The stage under way.
    pub fn current(&self) -> Option<&StageProgress> {
        self.stages.get(self.stage)
    }

    /// The state as it is now: without its worker a run is interrupted.
    pub(super) fn seen_now(mut self) -> Self {
        let unborn = self.pid == 0 && now_ms().abs_diff(self.heartbeat) >= SILENCE_MS;
        if !self.state.is_over() && (unborn || (self.has_worker() && !self.worker_lives())) {
            self.state = State::Interrupted;
        }
        self
    }

    /// Share done and time left over all stages. A finished stage weighs what it
    /// took, the one under way what its rate says, a later one what it is expected
    /// to cost, corrected by how wrong that was for the earlier ones.
    pub(super) fn weigh(&mut self) {
        let progress = self;
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

    /// True in the states that a worker keeps.
    pub(super) fn has_worker(&self) -> bool {
        !self.state.is_over() && self.pid != 0
    }

    pub(super) fn worker_lives(&self) -> bool {
        if self.host == host() {
            born(self.pid) == Some(self.born)
        } else {
            now_ms().abs_diff(self.heartbeat) < SILENCE_MS
        }
    }

    /// True where only clocks tell, and they tell of death: a worker elsewhere whose
    /// last sign of life is long ago, or still to come.
    pub(super) fn is_doubtful(&self) -> bool {
        self.has_worker() && self.host != host() && !self.worker_lives()
    }

    /// Progress that nobody wrote.
    pub(super) fn nobodys() -> Self {
        Self {
            host: String::new(),
            pid: 0,
            born: 0,
            heartbeat: 0,
            started: 0,
            ..Self::new(State::Interrupted)
        }
    }

    /// Replaces a file: atomic, but not worth a sync several times a second.
    pub(super) fn write(&self, path: &Path) -> Result<(), RunError> {
        let fresh = path.with_extension(format!("{}.new", std::process::id()));
        let written =
            std::fs::write(&fresh, encode(self)).and_then(|()| std::fs::rename(&fresh, path));
        if written.is_err() {
            let _ = std::fs::remove_file(&fresh);
        }
        written.map_err(RunError::system(path, "writing progress"))
    }

    /// Writes into a file where it lies: for a disk that has no room for another.
    pub(super) fn write_over(&self, path: &Path) -> Result<(), RunError> {
        std::fs::write(path, encode(self)).map_err(RunError::system(path, "writing progress"))
    }

    pub(super) fn signal_stop(&self) {
        if self.host == host()
            && born(self.pid) == Some(self.born)
            && let Some(pid) = rustix::process::Pid::from_raw(self.pid as i32)
        {
            // The cancel file is there already: a failed signal loses nothing.
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
    }
}

/// Name of this machine.
pub(super) fn host() -> String {
    rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned()
}

/// When a process began, in clock ticks since boot; nothing for a process that
/// is gone or only waits to be reaped. (Field 22 of `/proc/<pid>/stat`.)
pub(super) fn born(pid: u32) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name of the program, in brackets, may hold anything.
    let rest = text.rsplit_once(')')?.1;
    let mut fields = rest.split_whitespace();
    let state = fields.next()?;
    if state == "Z" || state == "X" {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

pub(super) fn now_ms() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| d.as_millis() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_worker_shows_as_interrupted() {
        let mut progress = RunProgress::new(State::Running);
        assert_eq!(progress.clone().seen_now().state, State::Running);
        progress.born += 1; // the number belongs to another process now
        assert_eq!(progress.clone().seen_now().state, State::Interrupted);
        progress.state = State::Done;
        assert_eq!(progress.seen_now().state, State::Done);
    }

    #[test]
    fn a_silent_worker_elsewhere_shows_as_interrupted_after_ten_seconds() {
        let mut progress = RunProgress::new(State::Running);
        progress.host = "elsewhere".into();
        assert_eq!(progress.clone().seen_now().state, State::Running);
        progress.heartbeat -= 10_001;
        assert!(progress.is_doubtful());
        assert_eq!(progress.seen_now().state, State::Interrupted);
    }

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
        progress.weigh();
        assert!(
            (progress.fraction - 0.5).abs() < 1e-12,
            "{}",
            progress.fraction
        );
        assert!((progress.left.unwrap() - 5.0).abs() < 1e-12);
        progress.stages[1].expected = 80.0;
        progress.weigh();
        assert!(progress.fraction >= 0.5);
    }
}
