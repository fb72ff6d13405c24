//! What can go wrong with a run directory or its worker.

use std::path::PathBuf;

use crate::modules::ModuleError;

/// An error of a run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A file of the run directory.
    #[error("{}: {action}: {source}", path.display())]
    System {
        /// The file.
        path: PathBuf,
        /// What was being done.
        action: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file of the run directory that does not say what it should.
    #[error("{}: {reason}; this is not a whole run directory, start the run again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Another worker has this run.
    #[error("{}: another worker is at it; see `outcrop runs show`", path.display())]
    Busy {
        /// The run directory.
        path: PathBuf,
    },
    /// An input that is not what it was.
    #[error("{} {change} since this run was asked for, and its finished work is of the file as it was; launch it again (`outcrop runs again`)", path.display())]
    Changed {
        /// The input.
        path: PathBuf,
        /// What is different.
        change: &'static str,
    },
    /// A disk that is too full.
    #[error("{}: needs {needs}, and {free} is free; make room, or give another --out", path.display())]
    NoRoom {
        /// Where the volumes would lie.
        path: PathBuf,
        /// What is needed.
        needs: String,
        /// What is free.
        free: String,
    },
    /// Slurm refused, or is not there.
    #[error("{command}: {reason}")]
    Slurm {
        /// The program of Slurm.
        command: String,
        /// What it said, and what to try.
        reason: String,
    },
    /// The module refused or failed.
    #[error(transparent)]
    Module(#[from] ModuleError),
}

impl RunError {
    /// For `map_err` on system calls.
    pub(super) fn system(
        path: &std::path::Path,
        action: &'static str,
    ) -> impl FnOnce(std::io::Error) -> RunError {
        let path = path.to_owned();
        move |source| RunError::System {
            path,
            action,
            source,
        }
    }

    /// True where the run was stopped on request.
    pub fn is_cancelled(&self) -> bool {
        matches!(self, RunError::Module(ModuleError::Cancelled(_)))
    }
}
