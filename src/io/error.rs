//! What can go wrong between bytes and nouns.

use std::path::PathBuf;

/// An error of reading or writing: what, where, and what to try.
#[derive(Debug, thiserror::Error)]
pub enum IoError {
    /// The system said no.
    #[error("{}: {action}: {source}", path.display())]
    System {
        /// The file.
        path: PathBuf,
        /// What was being done.
        action: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
}
