//! What can go wrong between bytes and nouns.

use std::path::{Path, PathBuf};

use crate::model::printable;

/// A path as it may be shown: names come from folders and from other files, and
/// may hold escape sequences.
fn shown(path: &Path) -> String {
    printable(&path.display().to_string())
}

/// An error of reading or writing: what, where, and what to try.
#[derive(Debug, thiserror::Error)]
pub enum IoError {
    /// The system said no.
    #[error("{}: {action}: {source}", shown(path))]
    System {
        /// The file.
        path: PathBuf,
        /// What was being done.
        action: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// The disk, or the quota, is full.
    #[error(
        "{}: no space left on the disk (the file needs {needed} bytes); free some space or write elsewhere",
        shown(path)
    )]
    NoSpace {
        /// The file that was being written.
        path: PathBuf,
        /// How many bytes the whole file takes.
        needed: u64,
    },
    /// A file that holds no volume of a known kind.
    #[error("{}: not a volume: {reason}", shown(path))]
    NotAVolume {
        /// The file.
        path: PathBuf,
        /// What was found instead, and what would be read.
        reason: String,
    },
    /// A file that ends before what its header promises.
    #[error(
        "{}: {what} needs {needed} bytes but the file has {found}; it was cut short or its header is wrong",
        shown(path)
    )]
    Truncated {
        /// The file.
        path: PathBuf,
        /// What was being read.
        what: &'static str,
        /// Bytes that the header promises.
        needed: u64,
        /// Bytes that there are.
        found: u64,
    },
    /// A header field that cannot be right.
    #[error("{}: byte {byte}: {reason}", shown(path))]
    Header {
        /// The file.
        path: PathBuf,
        /// Position in the file, from 1 as format standards count.
        byte: u64,
        /// What is wrong, and what to try.
        reason: String,
    },
    /// A key of an ASCII header that is missing or makes no sense.
    #[error("{}: key `{key}`: {reason}", shown(path))]
    Key {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
        /// What is wrong, and what to try.
        reason: String,
    },
    /// Traces that make no regular volume: a 2-D line, gathers, or unusable headers.
    #[error("{}: not a regular volume: {reason}", shown(path))]
    NoGrid {
        /// The file.
        path: PathBuf,
        /// Why, and what to try.
        reason: String,
    },
    /// A line of a text file that cannot be understood.
    #[error("{}: line {line}: {reason}", shown(path))]
    Line {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What is wrong, and what to try.
        reason: String,
    },
    /// A text file whose lines are fine and whose whole is not.
    #[error("{}: {reason}", shown(path))]
    Text {
        /// The file.
        path: PathBuf,
        /// What is wrong, and what to try.
        reason: String,
    },
    /// A volume that the format of the output cannot hold.
    #[error("{}: cannot be written: {reason}", shown(path))]
    Unwritable {
        /// The output.
        path: PathBuf,
        /// What does not fit, and what to try.
        reason: String,
    },
    /// An output that exists already.
    #[error(
        "{}: exists already; choose another name, or overwrite it with --force",
        shown(path)
    )]
    Exists {
        /// The output.
        path: PathBuf,
    },
    /// An unfinished output that does not belong to this request.
    #[error("{}: {reason}; remove it and start the output again", shown(path))]
    Foreign {
        /// The unfinished output.
        path: PathBuf,
        /// What differs.
        reason: String,
    },
    /// A block that does not fit the volume or the buffer.
    #[error("{}: block {block}: {reason}", shown(path))]
    Block {
        /// The volume.
        path: PathBuf,
        /// The block, in indices.
        block: String,
        /// What does not fit.
        reason: String,
    },
    /// A bricked copy that is not used, or could not be made.
    #[error("{}: bricked copy: {reason}; build it again with `outcrop bricks`", path.display())]
    Bricks {
        /// The copy, or the volume.
        path: PathBuf,
        /// What is wrong.
        reason: &'static str,
    },
    /// The work was stopped on request.
    #[error(transparent)]
    Cancelled(#[from] crate::task::Cancelled),
}

impl IoError {
    /// A closure for `map_err` that says what was being done to which file.
    pub(crate) fn system<'a>(
        path: &'a Path,
        action: &'static str,
    ) -> impl FnOnce(std::io::Error) -> IoError + use<'a> {
        move |source| IoError::System {
            path: path.to_owned(),
            action,
            source,
        }
    }

    /// The same for writing, where a full disk has a message of its own.
    pub(crate) fn writing(path: &Path, needed: u64) -> impl FnOnce(std::io::Error) -> IoError + '_ {
        move |source| match source.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                IoError::NoSpace {
                    path: path.to_owned(),
                    needed,
                }
            }
            std::io::ErrorKind::FileTooLarge => IoError::Unwritable {
                path: path.to_owned(),
                reason: format!(
                    "{needed} bytes are more than the file system or `ulimit -f` allows; write \
                     elsewhere, or a part of it"
                ),
            },
            _ => IoError::System {
                path: path.to_owned(),
                action: "cannot write",
                source,
            },
        }
    }
}
