//! The journal: every edit since the last save, on disk before it is shown as
//! done, so that the end of the process at any moment loses nothing.

use std::fs::File;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

use super::SessionError;
use super::places::ending;
use super::record::{Record, encode};
use crate::io;

const ADVICE: &str = "the edit was not made; free some space or make the folder writable, or copy the session to a folder that is";

/// A journal that another process left, to be put out of the way at the first
/// write of ours.
#[derive(Debug)]
pub(super) struct Left {
    pub(super) path: PathBuf,
    /// Where it is kept for people to look at; absent where all of it was taken up.
    pub(super) keep: Option<PathBuf>,
}

/// The journal that this process writes. The file is made at the first edit:
/// who only looks leaves no trace.
#[derive(Debug)]
pub(super) struct Journal {
    /// The session's journal, on which the others' names are built.
    first: PathBuf,
    /// True where another process writes that one, so that ours gets a number.
    shared: bool,
    file: Option<Written>,
    /// Everything that the file holds, or would hold.
    records: Vec<Record>,
    left: Vec<Left>,
}

#[derive(Debug)]
struct Written {
    path: PathBuf,
    file: File,
    inode: u64,
    /// Bytes that are whole lines; what a failed write left beyond is cut off.
    whole: u64,
    /// Checksum of the last line.
    check: String,
}

impl Journal {
    /// A journal with what it should hold so far.
    pub(super) fn new(first: &Path, shared: bool, records: Vec<Record>, left: Vec<Left>) -> Self {
        Self {
            first: first.to_owned(),
            shared,
            file: None,
            records,
            left,
        }
    }

    /// Appends records and waits until the disk has them. On an error the
    /// journal is as it was.
    pub(super) fn append(&mut self, records: &[Record]) -> Result<(), SessionError> {
        match &mut self.file {
            Some(written) if written.is_in_place() => written.append(records)?,
            _ => self.begin(records)?,
        }
        self.records.extend_from_slice(records);
        Ok(())
    }

    /// Writes the file anew, with `more` records at its end.
    fn begin(&mut self, more: &[Record]) -> Result<(), SessionError> {
        // Where ours is no longer in its place, someone on a host that does not
        // see our lock has put another there. Theirs is left alone.
        self.shared |= self.file.take().is_some();
        let path = if self.shared {
            free_name(&self.first, "")
        } else {
            self.first.clone()
        };
        // At every moment some journal holds the edits taken up: a copy is made
        // of the one that ours replaces, the others go when ours is written.
        let replaced = self.left.iter().find(|left| left.path == path);
        if let Some(keep) = replaced.and_then(|left| left.keep.as_ref()) {
            std::fs::copy(&path, keep).map_err(failed(&path, "keeping a copy of the journal"))?;
        }
        let all: Vec<Record> = self.records.iter().chain(more).cloned().collect();
        let (lines, check) = encode(&all, "")?;
        io::write_atomically(&path, lines.as_bytes())?;
        self.file = Some(Written::open(path.clone(), lines.len() as u64, check)?);
        self.left.retain(|left| left.path != path);
        self.clear();
        Ok(())
    }

    /// Begins anew after a save, or where the edits are not wanted.
    pub(super) fn restart(&mut self, state: Record) {
        self.records = vec![state];
        if let Some(written) = self.file.take()
            && written.is_in_place()
        {
            let _ = std::fs::remove_file(&written.path);
        }
        self.clear();
    }

    /// Puts out of the way what was left and is not needed any more.
    fn clear(&mut self) {
        for left in self.left.drain(..) {
            // What cannot be moved stays, and is found again the next time.
            let _ = match &left.keep {
                Some(keep) => std::fs::rename(&left.path, keep),
                None => std::fs::remove_file(&left.path),
            };
        }
    }
}

impl Written {
    fn open(path: PathBuf, whole: u64, check: String) -> Result<Self, SessionError> {
        let open = || -> std::io::Result<(File, u64)> {
            let file = File::options().read(true).write(true).open(&path)?;
            let inode = file.metadata()?.ino();
            Ok((file, inode))
        };
        let (file, inode) = open().map_err(failed(&path, "opening the journal"))?;
        // Tells later openers that the writer of this journal is alive.
        let _ = file.try_lock();
        Ok(Self {
            path,
            file,
            inode,
            whole,
            check,
        })
    }

    fn is_in_place(&self) -> bool {
        std::fs::metadata(&self.path).is_ok_and(|m| m.ino() == self.inode)
    }

    fn append(&mut self, records: &[Record]) -> Result<(), SessionError> {
        let (lines, check) = encode(records, &self.check)?;
        let write = || {
            self.file.set_len(self.whole)?;
            self.file.write_all_at(lines.as_bytes(), self.whole)?;
            self.file.sync_data()
        };
        if let Err(error) = write() {
            // The next write does it again if this fails too.
            let _ = self.file.set_len(self.whole);
            return Err(failed(&self.path, "writing the journal")(error));
        }
        self.whole += lines.len() as u64;
        self.check = check;
        Ok(())
    }
}

fn failed(path: &Path, action: &'static str) -> impl FnOnce(std::io::Error) -> SessionError {
    let path = path.to_owned();
    move |source| SessionError::System {
        path,
        action,
        source,
        advice: ADVICE,
    }
}

/// Journals of a session beyond the first: of processes that opened it while
/// another had it open.
pub(super) fn others(first: &Path) -> Vec<PathBuf> {
    let name = |path: &Path| path.file_name().map(|n| n.to_string_lossy().into_owned());
    let (Some(folder), Some(stem)) = (first.parent(), name(first)) else {
        return Vec::new();
    };
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            name(path)
                .and_then(|n| {
                    n.strip_prefix(&stem)?
                        .strip_prefix('.')?
                        .parse::<u32>()
                        .ok()
                })
                .is_some()
        })
        .collect();
    found.sort();
    found
}

/// The first free name: `<path>.2`, `<path>.3`, ...; or `<path>.kept-1`, ...
pub(super) fn free_name(path: &Path, word: &str) -> PathBuf {
    let from = if word.is_empty() { 2 } else { 1 };
    (from..u32::MAX)
        .map(|n| ending(path, &format!(".{word}{n}")))
        .find(|path| !path.exists())
        .unwrap_or_else(|| path.to_owned())
}

/// True where the process that writes a journal is alive, as far as locks tell.
pub(super) fn is_written(path: &Path) -> bool {
    File::open(path)
        .is_ok_and(|file| matches!(file.try_lock(), Err(std::fs::TryLockError::WouldBlock)))
}

#[cfg(test)]
mod tests {
    use super::super::record::decode;
    use super::*;
    use crate::session::Edit;

    fn step(n: usize) -> Record {
        Record::Step {
            to: n,
            edit: Edit::SetProject(format!("p{n}")),
        }
    }

    fn journal(first: &Path) -> Journal {
        Journal::new(first, false, vec![Record::state("0", 0)], Vec::new())
    }

    fn on_disk(path: &Path) -> Vec<Record> {
        let decoded = decode(&std::fs::read(path).unwrap());
        assert_eq!(decoded.damaged, None);
        decoded.records
    }

    #[test]
    fn a_failed_write_leaves_whole_lines_and_the_next_one_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let first = folder.path().join("s.journal");
        let mut journal = journal(&first);
        journal.append(&[step(1)]).unwrap();
        // Half a line of a write that failed, and a file that takes no more.
        let mut torn = std::fs::read(&first).unwrap();
        torn.extend_from_slice(b"0123 half a li");
        std::fs::write(&first, torn).unwrap();
        let good = {
            let written = journal.file.as_mut().unwrap();
            std::mem::replace(&mut written.file, File::open(&first).unwrap())
        };
        let error = journal.append(&[step(2)]).unwrap_err().to_string();
        assert!(
            error.contains("s.journal: writing the journal: "),
            "{error}"
        );
        assert!(error.contains("; the edit was not made"), "{error}");
        assert_eq!(on_disk(&first), [Record::state("0", 0), step(1)]);
        journal.file.as_mut().unwrap().file = good;
        journal.append(&[step(3)]).unwrap();
        assert_eq!(on_disk(&first), [Record::state("0", 0), step(1), step(3)]);
    }

    #[test]
    fn a_journal_pushed_aside_goes_on_under_another_name() {
        let folder = tempfile::tempdir().unwrap();
        let first = folder.path().join("s.journal");
        let mut ours = journal(&first);
        ours.append(&[step(1)]).unwrap();
        // A host that does not see our lock begins a journal of its own.
        let mut theirs = journal(&first);
        theirs.append(&[step(7)]).unwrap();
        ours.append(&[step(2)]).unwrap();
        theirs.append(&[step(8)]).unwrap();
        let second = folder.path().join("s.journal.2");
        assert_eq!(on_disk(&second), [Record::state("0", 0), step(1), step(2)]);
        assert_eq!(on_disk(&first), [Record::state("0", 0), step(7), step(8)]);
        assert_eq!(others(&first), std::slice::from_ref(&second));
        assert!(is_written(&first) && is_written(&second));
        ours.restart(Record::state("1", 2));
        assert!(first.exists() && !second.exists());
    }
}
