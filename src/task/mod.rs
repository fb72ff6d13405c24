//! What a long computation needs from the outside: a place to report progress,
//! a way to be stopped, and random numbers that do not depend on thread order.
//!
//! Kernels know nothing of run directories, screens or bars. They get a
//! [`Task`] and give back a value.

mod random;
pub(crate) mod wide;

pub use random::{Stream, stream};

/// Where a computation reports what it has done.
pub trait Progress: Sync {
    /// Adds `units` of finished work to the stage under way.
    fn advance(&self, units: u64);
    /// Says one thing that a person would want to read later.
    fn note(&self, line: &str);
}

/// How a computation learns that nobody wants its answer any more.
pub trait Cancel: Sync {
    /// True from the moment the work should stop.
    fn cancelled(&self) -> bool;
}

/// The work was stopped on request; nothing is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

/// Progress and cancellation together, as every kernel takes them.
///
/// ```
/// use outcrop::task::Task;
/// assert!(Task::silent().check().is_ok());
/// ```
#[derive(Clone, Copy)]
pub struct Task<'a> {
    /// Where finished work is reported.
    pub progress: &'a dyn Progress,
    /// Looked at at least every 50 ms of work.
    pub cancel: &'a dyn Cancel,
}

impl<'a> Task<'a> {
    /// A task that reports to `progress` and stops when `cancel` says so.
    pub fn new(progress: &'a dyn Progress, cancel: &'a dyn Cancel) -> Self {
        Self { progress, cancel }
    }

    /// A task that nobody watches and nobody stops: for tests and previews.
    pub fn silent() -> Task<'static> {
        Task {
            progress: &Silent,
            cancel: &Silent,
        }
    }

    /// An error if the work should stop.
    pub fn check(&self) -> Result<(), Cancelled> {
        if self.cancel.cancelled() {
            Err(Cancelled)
        } else {
            Ok(())
        }
    }

    /// Reports finished work.
    pub fn advance(&self, units: u64) {
        self.progress.advance(units);
    }

    /// Adds a line to the log.
    pub fn note(&self, line: &str) {
        self.progress.note(line);
    }
}

struct Silent;

impl Progress for Silent {
    fn advance(&self, _: u64) {}
    fn note(&self, _: &str) {}
}

impl Cancel for Silent {
    fn cancelled(&self) -> bool {
        false
    }
}

/// A flag that cancels when raised; share it behind an `Arc`.
#[derive(Debug, Default)]
pub struct CancelFlag(std::sync::atomic::AtomicBool);

impl CancelFlag {
    /// Asks the work to stop.
    pub fn raise(&self) {
        self.0.store(true, std::sync::atomic::Ordering::Relaxed);
    }
}

impl Cancel for CancelFlag {
    fn cancelled(&self) -> bool {
        self.0.load(std::sync::atomic::Ordering::Relaxed)
    }
}
