//! A file opened for positioned reads with checked lengths. Volumes are never
//! memory-mapped: a file that shrinks is an error here, and would be a crash there.

use std::fs::{File, Metadata};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::IoError;

/// A regular file and its length when it was opened. A clone is the same file,
/// whatever happens to its name meanwhile.
#[derive(Clone, Debug)]
pub(super) struct Source {
    path: PathBuf,
    file: Arc<File>,
    len: u64,
}

/// Why something is no file to read: pipes and devices may never end, or never
/// begin.
pub(super) fn irregular(found: &Metadata) -> Option<&'static str> {
    if found.is_file() {
        None
    } else if found.is_dir() {
        Some("it is a folder; name a file in it")
    } else {
        Some("it is not a regular file")
    }
}

impl Source {
    /// Opens a regular file; a folder, a pipe or a device is an error.
    pub(super) fn open(path: &Path) -> Result<Source, IoError> {
        let found = std::fs::metadata(path).map_err(IoError::system(path, "cannot open"))?;
        if let Some(reason) = irregular(&found) {
            return Err(IoError::NotAVolume {
                path: path.to_owned(),
                reason: reason.to_owned(),
            });
        }
        let file = File::open(path).map_err(IoError::system(path, "cannot open"))?;
        let len = file
            .metadata()
            .map_err(IoError::system(path, "cannot open"))?
            .len();
        Ok(Source {
            path: path.to_owned(),
            file: Arc::new(file),
            len,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Fills `out` from `offset`; an error where the file ends before.
    pub(super) fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), IoError> {
        self.file
            .read_exact_at(out, offset)
            .map_err(|source| match source.kind() {
                std::io::ErrorKind::UnexpectedEof => IoError::Truncated {
                    path: self.path.clone(),
                    what: "what was asked for",
                    needed: offset.saturating_add(out.len() as u64),
                    found: self.file.metadata().map_or(self.len, |m| m.len()),
                },
                _ => IoError::System {
                    path: self.path.clone(),
                    action: "cannot read",
                    source,
                },
            })
    }

    /// True where both are one file on the disk, under whatever names.
    pub(super) fn is_same(&self, other: &Source) -> bool {
        match (self.file.metadata(), other.file.metadata()) {
            (Ok(a), Ok(b)) => (a.dev(), a.ino()) == (b.dev(), b.ino()),
            _ => false,
        }
    }

    /// At most `limit` bytes from `offset`: fewer where the file ends.
    pub(super) fn bytes(&self, offset: u64, limit: usize) -> Result<Vec<u8>, IoError> {
        let there = self.len.saturating_sub(offset).min(limit as u64);
        let mut bytes = vec![0; there as usize];
        self.read(offset, &mut bytes)?;
        Ok(bytes)
    }
}
