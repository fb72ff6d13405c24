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
//! Workers keep to the user's budget of cores and memory among themselves (`queue`);
//! a cluster works a run as arrays of tasks (`slurm`).
//!
//! The terminal, the command line and a cluster share this path; there is no
//! second way to compute anything. Cancelling is a file and a signal; resuming
//! is working the same directory again.

mod directory;
mod error;
mod launch;
mod list;
mod log;
mod meter;
mod needs;
mod progress;
mod prune;
mod queue;
mod replay;
mod slurm;
mod units;
mod worker;

pub use directory::{Frozen, RunDirectory};
pub use error::RunError;
pub use launch::{again, launch, plan, resume};
pub use list::{
    Finished, PickedRows, Promised, Run, finished, list, made_before, picked_rows, promised,
};
pub use progress::{Cluster, RunProgress, StageProgress, State};
pub use prune::{Prunable, prunable};
pub use queue::Budget;
pub use replay::{Difference, Replayed, replay};
pub use slurm::{reduce, submit, work_task};
pub use worker::{COMPUTE, Quiet, Turn, Watcher, work};
