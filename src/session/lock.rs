//! Advice to a second opener. A lock is never a barrier: on some network file
//! systems it is local to a host or missing, and a person knows better.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

/// The lock file of a session, held while a session is open.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
    path: PathBuf,
}

/// What taking the lock found.
#[derive(Debug)]
pub(super) enum Taken {
    /// It is ours; another host left its name there, where one is given.
    Ours(Lock, Option<String>),
    /// Another process holds it.
    Theirs(String),
    /// There is no lock to be had: a read-only folder.
    Impossible,
}

/// Host and process, as they stand in a lock file.
fn owner() -> String {
    format!("{} process {}", host(), std::process::id())
}

fn host() -> String {
    let name = rustix::system::uname();
    name.nodename().to_string_lossy().into_owned()
}

impl Lock {
    pub(super) fn take(path: &Path) -> Taken {
        let opened = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path);
        let Ok(mut file) = opened else {
            return Taken::Impossible;
        };
        let mut found = String::new();
        // Only a name is expected, and a name that cannot be read is no name.
        let _ = (&mut file).take(400).read_to_string(&mut found);
        let found = crate::model::printable(found.trim());
        if matches!(file.try_lock(), Err(TryLockError::WouldBlock)) {
            let unknown = found.is_empty();
            return Taken::Theirs(if unknown { "unknown".into() } else { found });
        }
        // From here on the lock is ours, or the file system knows no locks.
        let _ = file.set_len(0);
        let _ = file.rewind();
        let _ = writeln!(file, "{}", owner());
        let here = format!("{} ", host());
        let elsewhere = (!found.is_empty() && !found.starts_with(&here)).then_some(found);
        let path = path.to_owned();
        Taken::Ours(Lock { file, path }, elsewhere)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
        let _ = self.file.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_told_who_and_the_third_finds_it_free() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.lock");
        let first = Lock::take(&path);
        assert!(matches!(first, Taken::Ours(_, None)));
        assert!(matches!(Lock::take(&path), Taken::Theirs(who) if who == owner()));
        drop(first);
        assert!(!path.exists());
        // Left by a process of this host that was killed: nothing to say.
        std::fs::write(&path, format!("{} process 1\n", host())).unwrap();
        assert!(matches!(Lock::take(&path), Taken::Ours(_, None)));
        std::fs::write(&path, "far\u{1b}[2Jhost process 12\n").unwrap();
        assert!(
            matches!(Lock::take(&path), Taken::Ours(_, Some(who)) if who == "far[2Jhost process 12")
        );
        assert!(matches!(
            Lock::take(Path::new("/none/s.lock")),
            Taken::Impossible
        ));
    }
}
