//! `progress.ron`: how far a run is, and whether anybody is still at it.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

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
        }
    }

    /// The stage under way.
    pub fn current(&self) -> Option<&StageProgress> {
        self.stages.get(self.stage)
    }

    /// The state as it is now: running or waiting without a worker is interrupted.
    pub(super) fn seen_now(mut self) -> Self {
        let worked = matches!(self.state, State::Running | State::Waiting);
        if worked && !self.worker_lives() {
            self.state = State::Interrupted;
        }
        self
    }

    fn worker_lives(&self) -> bool {
        if self.host == host() {
            born(self.pid) == Some(self.born)
        } else {
            now_ms().saturating_sub(self.heartbeat) < SILENCE_MS
        }
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
fn host() -> String {
    rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned()
}

/// When a process began, in clock ticks since boot; nothing for a process that
/// is gone or only waits to be reaped. (Field 22 of `/proc/<pid>/stat`.)
fn born(pid: u32) -> Option<u64> {
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
        assert_eq!(progress.seen_now().state, State::Interrupted);
    }
}
