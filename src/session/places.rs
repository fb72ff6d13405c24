//! The files that belong to a session.

use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

use super::SessionError;

/// Where a session and what belongs to it lie.
///
/// ```
/// use outcrop::session::Places;
/// let places = Places::of("survey/demo.ron".as_ref());
/// assert_eq!(places.runs, std::path::Path::new("survey/demo.runs"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// The session file.
    pub session: PathBuf,
    /// What is merely looked at.
    pub view: PathBuf,
    /// Edits since the last save.
    pub journal: PathBuf,
    /// Who has the session open.
    pub lock: PathBuf,
    /// Run directories.
    pub runs: PathBuf,
}

impl Places {
    /// The places of a session file: `.ron` gives way to the other endings.
    pub fn of(session: &Path) -> Self {
        let stem = match session.extension() {
            Some(extension) if extension == "ron" => session.with_extension(""),
            _ => session.to_owned(),
        };
        Self {
            session: session.to_owned(),
            view: ending(&stem, ".view.ron"),
            journal: ending(&stem, ".journal"),
            lock: ending(&stem, ".lock"),
            runs: ending(&stem, ".runs"),
        }
    }

    /// The folder that relative paths in the session start from.
    pub fn folder(&self) -> &Path {
        match self.session.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        }
    }

    /// A path as the session writes it: relative where it lies below the
    /// session's folder. A relative one is taken to start there already.
    pub(super) fn written(&self, path: &Path) -> PathBuf {
        let below = |path: &Path| path.strip_prefix(self.folder()).ok().map(Path::to_owned);
        let climbs = path.components().any(|c| c == Component::ParentDir);
        let found = if climbs { None } else { below(path) };
        // A second try behind symbolic links; the first keeps those that the
        // interpreter made in the session's folder.
        found
            .or_else(|| below(&path.canonicalize().ok().filter(|_| path.is_absolute())?))
            .unwrap_or_else(|| path.to_owned())
    }

    /// Where the session of a bare volume goes: `<stem>.ron` beside it, or in
    /// the user's state folder where that folder cannot be written.
    pub fn for_volume(volume: &Path) -> Result<Self, SessionError> {
        let volume = std::path::absolute(volume).unwrap_or_else(|_| volume.to_owned());
        let beside = volume.with_extension("ron");
        let folder = volume.parent().unwrap_or(Path::new("/"));
        if tempfile::tempfile_in(folder).is_ok() {
            return Ok(Self::of(&beside));
        }
        // Volumes of one name in two folders must not share a session.
        let hash = blake3::hash(folder.as_os_str().as_encoded_bytes()).to_hex();
        let mut name = volume.file_stem().unwrap_or_default().to_owned();
        name.push("-");
        name.push(hash.get(..8).unwrap_or_default());
        name.push(".ron");
        Ok(Self::of(&state_folder()?.join("sessions").join(name)))
    }
}

/// `$XDG_STATE_HOME/outcrop`.
pub(super) fn state_folder() -> Result<PathBuf, SessionError> {
    use etcetera::BaseStrategy;
    let base = etcetera::base_strategy::Xdg::new().map_err(|_| SessionError::NoHome)?;
    let state = base.state_dir().unwrap_or_else(|| base.data_dir());
    Ok(state.join("outcrop"))
}

/// A path with an ending more.
pub(super) fn ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_after_the_session() {
        let places = Places::of(Path::new("/w/f3.v2.ron"));
        assert_eq!(places.journal, Path::new("/w/f3.v2.journal"));
        assert_eq!(places.view, Path::new("/w/f3.v2.view.ron"));
        assert_eq!(places.lock, Path::new("/w/f3.v2.lock"));
        // Without `.ron` nothing is cut off: other sessions may differ only there.
        assert_eq!(Places::of(Path::new("f3.a")).runs, Path::new("f3.a.runs"));
        assert_eq!(Places::of(Path::new("f3")).folder(), Path::new("."));
    }

    #[test]
    fn paths_below_the_session_are_relative() {
        let folder = tempfile::tempdir().unwrap();
        let top = folder.path().canonicalize().unwrap();
        let below = top.join("work");
        for made in [below.join("data"), top.join("far")] {
            std::fs::create_dir_all(made).unwrap();
        }
        std::os::unix::fs::symlink(top.join("far"), below.join("linked")).unwrap();
        std::os::unix::fs::symlink(&below, top.join("other-way")).unwrap();
        std::fs::write(below.join("data/a.sgy"), "").unwrap();
        let places = Places::of(&below.join("s.ron"));
        for (given, written) in [
            (below.join("data/a.sgy"), PathBuf::from("data/a.sgy")),
            (PathBuf::from("data/a.sgy"), PathBuf::from("data/a.sgy")),
            // A link in the session's folder is kept as a link.
            (below.join("linked/b.sgy"), PathBuf::from("linked/b.sgy")),
            // Another way to the session's folder is seen through.
            (
                top.join("other-way/data/a.sgy"),
                PathBuf::from("data/a.sgy"),
            ),
            (
                below.join("../work/data/a.sgy"),
                PathBuf::from("data/a.sgy"),
            ),
            (top.join("far/b.sgy"), top.join("far/b.sgy")),
        ] {
            assert_eq!(places.written(&given), written, "{}", given.display());
        }
    }

    #[test]
    fn a_bare_volume_gets_a_session_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let volume = folder.path().join("line 7.sgy");
        let places = Places::for_volume(&volume).unwrap();
        assert_eq!(places.session, folder.path().join("line 7.ron"));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        // Where nothing can be written, the user's own folder takes it.
        let nowhere = Places::for_volume(Path::new("/proc/none/line.sgy"));
        if let Ok(places) = nowhere {
            let session = places.session.to_string_lossy().into_owned();
            assert!(session.contains("/outcrop/sessions/line-"), "{session}");
        }
    }
}
