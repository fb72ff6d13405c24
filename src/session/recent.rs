//! Sessions opened lately, newest first.

use std::path::{Path, PathBuf};

use super::places::state_folder;
use super::{SessionError, text};
use crate::io;

/// How many are remembered.
const LIMIT: usize = 30;

/// The list of recent sessions. Nothing is read or written until asked.
#[derive(Clone, Debug)]
pub struct Recent {
    file: PathBuf,
}

impl Recent {
    /// The user's list, `$XDG_STATE_HOME/outcrop/recent.ron`.
    pub fn of_user() -> Result<Self, SessionError> {
        Ok(Self::at(state_folder()?.join("recent.ron")))
    }

    /// A list in a file.
    pub fn at(file: impl Into<PathBuf>) -> Self {
        Self { file: file.into() }
    }

    /// The sessions that still exist, newest first.
    pub fn sessions(&self) -> Vec<PathBuf> {
        let mut paths = self.all();
        paths.retain(|path| path.is_file());
        paths
    }

    /// Puts a session at the head of the list.
    pub fn remember(&self, session: &Path) -> Result<(), SessionError> {
        let session = session
            .canonicalize()
            .unwrap_or_else(|_| session.to_owned());
        // A path that is not UTF-8 cannot stand in the list; it can still be opened.
        if session.to_str().is_none() {
            return Ok(());
        }
        let mut paths = self.all();
        paths.retain(|path| *path != session);
        paths.insert(0, session);
        paths.truncate(LIMIT);
        if let Some(folder) = self.file.parent() {
            make_folder(folder)?;
        }
        let body = text::dialect()
            .to_string_pretty(&paths, ron::ser::PrettyConfig::new().new_line("\n"))
            .map_err(|error| SessionError::Unwritable {
                reason: error.to_string(),
            })?;
        Ok(io::write_atomically(
            &self.file,
            format!("{body}\n").as_bytes(),
        )?)
    }

    fn all(&self) -> Vec<PathBuf> {
        text::read_file(&self.file)
            .and_then(|text| text::parse(&text, &self.file))
            .unwrap_or_default()
    }
}

/// Makes a folder and those above it.
pub(super) fn make_folder(folder: &Path) -> Result<(), SessionError> {
    std::fs::create_dir_all(folder).map_err(|source| SessionError::System {
        path: folder.to_owned(),
        action: "making the folder",
        source,
        advice: "check your permission there, or set XDG_STATE_HOME",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_is_first_and_the_lost_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let top = folder.path().canonicalize().unwrap();
        let recent = Recent::at(top.join("state/recent.ron"));
        assert!(recent.sessions().is_empty());
        let paths: Vec<PathBuf> = (0..LIMIT + 3)
            .map(|n| top.join(format!("{n}.ron")))
            .collect();
        for path in &paths {
            std::fs::write(path, "").unwrap();
            recent.remember(path).unwrap();
        }
        recent.remember(&paths[5]).unwrap();
        std::fs::remove_file(&paths[7]).unwrap();
        let found = recent.sessions();
        assert_eq!(found.len(), LIMIT - 1);
        assert_eq!(found[..2], [paths[5].clone(), paths[LIMIT + 2].clone()]);
        // A list that is broken is an empty list.
        std::fs::write(top.join("state/recent.ron"), "[[[").unwrap();
        assert!(recent.sessions().is_empty());
        recent.remember(&paths[1]).unwrap();
        assert_eq!(recent.sessions(), [paths[1].clone()]);
    }
}
