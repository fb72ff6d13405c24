//! A run is a directory: request, frozen inputs, progress, finished units, log
//! and result; and the worker that works it.
//!
//! ```text
//! <session>.runs/<number>-<module>/
//!     request.ron    what is asked
//!     frozen/        copies of what may change after launch
//!     progress.ron   stage, done, total, rate, state, host, pid, heartbeat
//!     units/         finished work units, checksummed: never computed twice
//!     log.txt        what a person would want to read
//!     *.csv          the tables
//!     result.ron     the result, written last
//! ```
//!
//! The terminal, the command line and a cluster share this path; there is no
//! second way to compute anything. Cancelling is a file and a signal; resuming
//! is working the same directory again.

mod directory;
mod error;
mod launch;
mod list;
mod log;
mod progress;
mod units;
mod worker;

pub use directory::{Frozen, RunDirectory};
pub use error::RunError;
pub use launch::{launch, plan, resume};
pub use list::{Finished, Run, finished, list, made_before};
pub use progress::{RunProgress, StageProgress, State};
pub use worker::{Quiet, Watcher, work};
