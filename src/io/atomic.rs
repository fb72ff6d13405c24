//! Small files that are whole or not there: written beside the target, made
//! durable, and renamed.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use super::IoError;

/// How the names end of files that are being written.
const UNFINISHED: &str = ".outcrop-unfinished";

/// Small files are written in less; one that was not touched for so long is left by a
/// process that died.
const ABANDONED: Duration = Duration::from_secs(60);

/// Removes what processes that died left half written in a folder; gives how many
/// files that were. What others are writing just now stays.
pub fn remove_abandoned(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let abandoned = entries.filter(|entry| {
        let name = entry.file_name();
        let ours = name.as_encoded_bytes().ends_with(UNFINISHED.as_bytes());
        let changed = entry.metadata().and_then(|m| m.modified()).ok();
        let age = changed.and_then(|changed| changed.elapsed().ok());
        ours && age.is_some_and(|age| age >= ABANDONED)
    });
    let removed = abandoned.map(|entry| std::fs::remove_file(entry.path()));
    removed.flatten().count()
}

/// Writes a small file in one step that no crash can split: readers see the old
/// content or the new. The file gets the mode that the umask allows.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), IoError> {
    let needed = bytes.len() as u64;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut temporary = tempfile::Builder::new()
        .prefix(&format!(".{name}."))
        .suffix(UNFINISHED)
        .permissions(std::fs::Permissions::from_mode(0o666))
        .tempfile_in(folder(path))
        .map_err(IoError::writing(path, needed))?;
    temporary
        .write_all(bytes)
        .and_then(|()| temporary.as_file().sync_all())
        .map_err(IoError::writing(path, needed))?;
    temporary
        .persist(path)
        .map_err(|e| IoError::writing(path, needed)(e.error))?;
    sync_folder(path)
}

/// Renames a finished file to its final name, durably.
pub(super) fn settle(partial: &Path, path: &Path) -> Result<(), IoError> {
    let size = |f: &File| f.metadata().map_or(0, |m| m.len());
    let file = File::open(partial).map_err(IoError::system(partial, "cannot finish"))?;
    file.sync_all()
        .map_err(IoError::writing(partial, size(&file)))?;
    std::fs::rename(partial, path).map_err(IoError::system(path, "cannot finish"))?;
    sync_folder(path)
}

fn sync_folder(path: &Path) -> Result<(), IoError> {
    let folder = folder(path);
    match File::open(folder).and_then(|f| f.sync_all()) {
        // Some network file systems do not sync folders; the file itself is safe.
        Err(e) if e.kind() == std::io::ErrorKind::InvalidInput => Ok(()),
        other => other.map_err(IoError::system(folder, "cannot sync the folder")),
    }
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_replaced_whole_and_readable_by_others() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("session.ron");
        write_atomically(&path, b"old").unwrap();
        write_atomically(&path, b"new").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        let plain = folder.path().join("plain");
        std::fs::write(&plain, b"").unwrap();
        let mode = |p: &Path| std::fs::metadata(p).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), mode(&plain));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn what_was_left_half_written_is_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let names = ["old", "new"].map(|n| format!(".report.out.{n}{UNFINISHED}"));
        for name in [&names[0], &names[1], "report.out", ".other.Ab12Cd"] {
            std::fs::write(at(name), b"x").unwrap();
        }
        for name in [&names[0], "report.out", ".other.Ab12Cd"] {
            let file = File::options().write(true).open(at(name)).unwrap();
            file.set_modified(std::time::SystemTime::now() - 2 * ABANDONED)
                .unwrap();
        }
        assert_eq!(remove_abandoned(folder.path()), 1);
        assert!(!at(&names[0]).exists() && at(&names[1]).exists());
        assert!(at("report.out").exists() && at(".other.Ab12Cd").exists());
        assert_eq!(remove_abandoned(&at("missing")), 0);
    }

    #[test]
    fn a_missing_folder_is_named() {
        let error = write_atomically(Path::new("/nowhere/at/all.txt"), b"").unwrap_err();
        assert!(error.to_string().starts_with("/nowhere/at/all.txt: "));
    }
}
