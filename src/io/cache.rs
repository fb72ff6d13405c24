//! What is kept about a file so that it need not be worked out again: where it
//! lies, and how a change of the file is noticed.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use rustix::fs::{Access, access};
use serde::{Deserialize, Serialize};

use super::IoError;

/// Size and time of change of a file: what is kept about it holds as long as
/// both stay the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Bytes.
    pub size: u64,
    /// Time of last change, in nanoseconds since 1970.
    pub mtime_ns: i64,
}

impl Stamp {
    /// The stamp of a file as it is now.
    pub fn of(path: &Path) -> Result<Stamp, IoError> {
        let found = std::fs::metadata(path).map_err(IoError::system(path, "cannot look at"))?;
        Ok(Stamp {
            size: found.len(),
            mtime_ns: found
                .mtime()
                .saturating_mul(1_000_000_000)
                .saturating_add(found.mtime_nsec()),
        })
    }
}

/// The folder of what is kept about a file. It need not exist: whoever keeps
/// something there makes it.
///
/// It is, in this order, below `$OUTCROP_CACHE` if that is set; beside the file,
/// as `.<name>.outcrop`, where its folder can be written; below
/// `$XDG_CACHE_HOME/outcrop` (or `~/.cache/outcrop`). Away from the file the name
/// carries a hash of its path, so that files of one name stay apart.
pub fn kept_folder(path: &Path) -> PathBuf {
    let chosen = std::env::var_os("OUTCROP_CACHE").filter(|v| !v.is_empty());
    let home = || Some(etcetera::base_strategy::Xdg::new().ok()?.cache_dir());
    kept_below(path, chosen, home)
}

/// [`kept_folder`] with what the environment says.
fn kept_below(
    path: &Path,
    chosen: Option<OsString>,
    home: impl FnOnce() -> Option<PathBuf>,
) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let name = path.file_name().unwrap_or(OsStr::new("volume"));
    let folder = path.parent().unwrap_or(Path::new("/"));
    let away = || {
        let hash = blake3::hash(path.as_os_str().as_bytes()).to_hex();
        joined(&[name, OsStr::new("-"), OsStr::new(&hash[..8])])
    };
    if let Some(chosen) = chosen {
        return Path::new(&chosen).join(away());
    }
    let beside = folder.join(joined(&[OsStr::new("."), name, OsStr::new(".outcrop")]));
    if access(folder, Access::WRITE_OK).is_ok() {
        return beside;
    }
    // Without a home there is no better place; writing there says what is wrong.
    home().map_or(beside, |home| home.join("outcrop").join(away()))
}

fn joined(parts: &[&OsStr]) -> OsString {
    parts.iter().copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_changes_with_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sgy");
        std::fs::write(&path, b"one").unwrap();
        let before = Stamp::of(&path).unwrap();
        assert_eq!((before.size, Stamp::of(&path).unwrap()), (3, before));
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        let later = std::time::UNIX_EPOCH + std::time::Duration::new(2_000_000_000, 7);
        file.set_modified(later).unwrap();
        let after = Stamp::of(&path).unwrap();
        assert_ne!(after, before);
        assert_eq!(after.mtime_ns, 2_000_000_000_000_000_007);
        let error = Stamp::of(&folder.path().join("none")).unwrap_err();
        assert!(error.to_string().contains("none: cannot look at"));
    }

    #[test]
    fn beside_the_file_where_that_can_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let kept = kept_below(&folder.path().join("a.sgy"), None, || None);
        assert_eq!(kept, folder.path().join(".a.sgy.outcrop"));
    }

    #[test]
    fn the_chosen_folder_comes_first_and_keeps_files_apart() {
        let below = |path| kept_below(Path::new(path), Some("/scratch".into()), || None);
        let kept = below("/data/a.sgy");
        let name = kept.file_name().unwrap().to_str().unwrap();
        assert!(kept.starts_with("/scratch") && name.starts_with("a.sgy-"));
        assert_eq!(name.len(), "a.sgy-".len() + 8);
        assert_ne!(below("/other/a.sgy"), kept);
        assert_eq!(below("/data/a.sgy"), kept);
    }

    #[test]
    fn in_the_home_where_the_folder_is_closed() {
        // A folder that is not there cannot be written, whoever asks.
        let path = Path::new("/nowhere/at/all/a.sgy");
        let kept = kept_below(path, None, || Some("/home/me/.cache".into()));
        assert!(kept.starts_with("/home/me/.cache/outcrop"));
        let kept = kept_below(path, None, || None);
        assert_eq!(kept, Path::new("/nowhere/at/all/.a.sgy.outcrop"));
    }
}
