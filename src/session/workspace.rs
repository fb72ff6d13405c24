//! An open session: the one writer of the session file and its journal.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::journal::Journal;
use super::lock::Lock;
use super::record::{Record, hash};
use super::{
    Edit, Far, History, Notice, Places, Session, SessionError, ViewState, VolumeEntry, text,
};
use crate::io::{self, OpenOptions};
use crate::model::{Facies, Origin, Polygon};

/// A session that is open for work.
///
/// Every change goes through [`Workspace::apply`], [`Workspace::undo`] and their
/// like: checked, applied, and in the journal on disk before they return. The
/// session file itself changes only in [`Workspace::save`]. Dropped unsaved, the
/// edits stay in the journal and come back when the session is opened again.
///
/// ```
/// use outcrop::{model::Facies, session::{Edit, Session, Workspace}};
/// let folder = tempfile::tempdir()?;
/// let mut work = Workspace::create(&folder.path().join("demo.ron"), Session::new("demo"))?;
/// work.apply(Edit::AddFacies { facies: Facies::new("salt", 1), at: None })?;
/// assert!(!work.is_saved());
/// work.undo(1)?;
/// assert!(work.session().facies.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Workspace {
    pub(super) places: Places,
    pub(super) session: Session,
    pub(super) history: History,
    pub(super) journal: Journal,
    /// Kept for its end.
    pub(super) lock: Option<Lock>,
    /// Hash of the session file as we know it.
    pub(super) file: String,
    /// Revision that the session file holds.
    pub(super) saved: usize,
    /// True where a run was adopted since the last save: adoption is no revision.
    pub(super) adopted: bool,
    pub(super) notices: Vec<Notice>,
}

/// A volume as a run reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputVolume {
    /// Its name.
    pub name: String,
    /// Where it lies, absolute where the session's folder is.
    pub path: PathBuf,
    /// How to open it.
    pub open: OpenOptions,
}

/// What a run may need of a session, copied: a run never reads the session file.
#[derive(Clone, Debug, PartialEq)]
pub struct RunInputs {
    /// The unique project name.
    pub project: String,
    /// Facies in order of code.
    pub facies: Vec<Facies>,
    /// Polygons by facies, slice and id.
    pub polygons: Vec<Polygon>,
    /// The chosen volumes in order, or all attributes where none was chosen.
    pub candidates: Vec<InputVolume>,
    /// The amplitude volume.
    pub amplitude: Option<InputVolume>,
}

impl Workspace {
    /// Writes a new session and opens it. Paths of volumes below its folder
    /// become relative. A file that exists is not overwritten.
    pub fn create(path: &Path, mut session: Session) -> Result<Self, SessionError> {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        if path.exists() {
            return Err(SessionError::Exists { path });
        }
        let places = Places::of(&path);
        super::recent::make_folder(places.folder())?;
        for volume in &mut session.volumes {
            volume.path = places.written(&volume.path);
        }
        session.check()?;
        session.sort();
        io::write_atomically(&path, text::write_text(&session)?.as_bytes())?;
        Self::open(&path)
    }

    /// The session as it is now.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Where its files lie.
    pub fn places(&self) -> &Places {
        &self.places
    }

    /// The revisions behind undo and redo.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// What was found while opening, to be shown once.
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// Where a volume of the session lies.
    pub fn path_of(&self, volume: &VolumeEntry) -> PathBuf {
        self.places.folder().join(&volume.path)
    }

    /// Makes an edit: one step of undo, on disk when this returns. An edit that
    /// changes nothing is no step. On an error nothing has changed.
    pub fn apply(&mut self, mut edit: Edit) -> Result<(), SessionError> {
        if let Edit::AdoptRun {
            run,
            request,
            volumes,
        } = edit
        {
            return self.adopt(run, &request, volumes).map(drop);
        }
        for volume in edit.volumes_mut() {
            volume.path = self.places.written(&volume.path);
        }
        for guide in edit.guides_mut() {
            guide.path = self.places.written(&guide.path);
        }
        let inverse = edit.apply(&mut self.session)?;
        if inverse == edit {
            return Ok(());
        }
        let to = self.history.len() + 1;
        let step = Record::Step {
            to,
            edit: edit.clone(),
        };
        if let Err(error) = self.journal.append(&[step]) {
            inverse.apply(&mut self.session)?;
            return Err(error);
        }
        self.history.commit(edit, inverse, Instant::now());
        Ok(())
    }

    /// Takes back the last `count` edits and gives them, the last one first;
    /// fewer where there are no more.
    pub fn undo(&mut self, count: usize) -> Result<Vec<Edit>, SessionError> {
        self.walk(self.history.undo(count), "undo")
    }

    /// Makes `count` edits again that were taken back, and gives them.
    pub fn redo(&mut self, count: usize) -> Result<Vec<Edit>, SessionError> {
        self.walk(self.history.redo(count), "redo")
    }

    /// Goes back in time, to whatever branch was current then; gives the edits
    /// taken back or made again on the way.
    pub fn earlier(&mut self, far: Far) -> Result<Vec<Edit>, SessionError> {
        self.walk(self.history.earlier(far), "go back")
    }

    /// Goes forward in time; see [`Workspace::earlier`].
    pub fn later(&mut self, far: Far) -> Result<Vec<Edit>, SessionError> {
        self.walk(self.history.later(far), "go forward")
    }

    fn walk(&mut self, to: usize, what: &'static str) -> Result<Vec<Edit>, SessionError> {
        let edits = self.history.edits(to);
        let path = self.history.path(to);
        if path.is_empty() {
            return Ok(edits);
        }
        let steps = path.iter().map(|(_, edit)| (*edit).clone()).collect();
        let way: Vec<Record> = (path.into_iter())
            .map(|(to, edit)| Record::Step {
                to,
                edit: edit.clone(),
            })
            .collect();
        let back = Edit::Several(steps)
            .apply(&mut self.session)
            .map_err(|problem| SessionError::Walk {
                what,
                problem: Box::new(problem),
            })?;
        if let Err(error) = self.journal.append(&way) {
            back.apply(&mut self.session)?;
            return Err(error);
        }
        self.history.arrive(to);
        Ok(edits)
    }

    /// Takes in the volumes of a finished run; false where this was done before.
    ///
    /// Adoption is journalled but is no step of undo: `u` must take back what
    /// the interpreter did last, not what a run did meanwhile. A name that is
    /// taken, or that undo might bring back, gets the run's number.
    pub fn adopt(
        &mut self,
        run: u32,
        request: &str,
        volumes: Vec<VolumeEntry>,
    ) -> Result<bool, SessionError> {
        if self.session.has_adopted(run, request) {
            return Ok(false);
        }
        let mut kept: Vec<VolumeEntry> = Vec::new();
        for mut volume in volumes {
            volume.path = self.places.written(&volume.path);
            if (self.session.volumes.iter().chain(&kept)).any(|v| v.path == volume.path) {
                continue;
            }
            volume.name = self.free_volume_name(&volume.name, run, &kept);
            kept.push(volume);
        }
        let edit = Edit::AdoptRun {
            run,
            request: request.to_owned(),
            volumes: kept,
        };
        let inverse = edit.apply(&mut self.session)?;
        let to = self.history.current();
        if let Err(error) = self.journal.append(&[Record::Step { to, edit }]) {
            inverse.apply(&mut self.session)?;
            return Err(error);
        }
        self.adopted = true;
        Ok(true)
    }

    fn free_volume_name(&self, name: &str, run: u32, beside: &[VolumeEntry]) -> String {
        let taken = |name: &str| {
            self.session.volume(name).is_some()
                || beside.iter().any(|v| v.name == name)
                || self.history.all_edits().any(|e| e.names_volume(name))
        };
        let numbered = (2..).map(|n| format!("{name}_run{run}_{n}"));
        [name.to_owned(), format!("{name}_run{run}")]
            .into_iter()
            .chain(numbered)
            .find(|name| !taken(name))
            .unwrap_or_else(|| name.to_owned())
    }

    /// True where the session file holds the session as it is.
    pub fn is_saved(&self) -> bool {
        self.history.current() == self.saved && !self.adopted
    }

    /// Writes the session file, then begins the journal anew. An error where
    /// someone else changed the file meanwhile; nothing is lost then.
    pub fn save(&mut self) -> Result<(), SessionError> {
        let path = &self.places.session;
        if path.exists() {
            let there = hash(&text::read_bytes(path)?);
            let ours = hash(text::write_text(&self.session)?.as_bytes());
            if there != self.file && there != ours {
                return Err(SessionError::ChangedElsewhere { path: path.clone() });
            }
        }
        self.overwrite()
    }

    /// Writes the session file whatever it holds.
    pub fn overwrite(&mut self) -> Result<(), SessionError> {
        let text = text::write_text(&self.session)?;
        let file = hash(text.as_bytes());
        let state = Record::state(&file, self.history.current());
        if !self.is_saved() {
            self.journal.append(std::slice::from_ref(&state))?;
        }
        io::write_atomically(&self.places.session, text.as_bytes())?;
        self.journal.restart(state);
        self.file = file;
        self.saved = self.history.current();
        self.adopted = false;
        Ok(())
    }

    /// Writes a copy of the session to another file, which must not exist, and
    /// goes on with this one. Paths of volumes are written as that folder needs.
    pub fn write_copy(&self, path: &Path) -> Result<(), SessionError> {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        if path.exists() {
            return Err(SessionError::Exists { path });
        }
        let there = Places::of(&path);
        let mut copy = self.session.clone();
        for volume in &mut copy.volumes {
            volume.path = there.written(&self.path_of(volume));
        }
        for guide in &mut copy.guides {
            guide.path = there.written(&self.places.folder().join(&guide.path));
        }
        io::write_atomically(&path, text::write_text(&copy)?.as_bytes())?;
        Ok(())
    }

    /// Closes the session and forgets the edits since the last save.
    pub fn discard(mut self) {
        self.journal.restart(Record::state(&self.file, 0));
    }

    /// What a run may need, with whole paths.
    pub fn inputs(&self) -> RunInputs {
        let input = |volume: &VolumeEntry| InputVolume {
            name: volume.name.clone(),
            path: self.path_of(volume),
            open: volume.open,
        };
        let session = &self.session;
        RunInputs {
            project: session.project.clone(),
            facies: session.facies.clone(),
            polygons: (session.polygons.iter())
                .map(|p| Polygon {
                    origin: Origin::default(),
                    ..Polygon::clone(p)
                })
                .collect(),
            candidates: (session.candidates().into_iter()).map(input).collect(),
            amplitude: session.amplitude().map(input),
        }
    }

    /// What was looked at when the session was left.
    pub fn view(&self) -> ViewState {
        ViewState::read(&self.places.view)
    }

    /// Keeps what is looked at for the next time.
    pub fn save_view(&self, view: &ViewState) -> Result<(), SessionError> {
        view.write(&self.places.view)
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        if self.is_saved() {
            self.journal.restart(Record::state(&self.file, 0));
        }
        self.lock = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::VolumeRole;

    fn attribute(name: &str, path: impl Into<PathBuf>) -> VolumeEntry {
        VolumeEntry::new(name, path, VolumeRole::Attribute)
    }

    fn workspace(folder: &Path) -> Workspace {
        let volume = folder.join("line 7.sgy");
        let session = Session::for_volume(&volume, OpenOptions::default());
        Workspace::create(&folder.join("s.ron"), session).unwrap()
    }

    #[test]
    fn a_run_is_adopted_once_and_undo_does_not_touch_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut work = workspace(folder.path());
        let out = work.places().runs.join("0001-attributes3d");
        let remove = Edit::RemoveVolume { name: "dip".into() };
        work.apply(Edit::AddVolume(attribute("dip", "dip.sgy")))
            .unwrap();
        work.apply(remove).unwrap();
        let volumes = vec![
            attribute("dip", out.join("dip.sgy")),
            attribute("amplitude", out.join("a.sgy")),
        ];
        assert!(work.adopt(1, "aa", volumes.clone()).unwrap());
        assert!(!work.adopt(1, "aa", volumes.clone()).unwrap());
        // A run of the same number in a runs folder that was cleared; same files.
        assert!(work.adopt(1, "bb", volumes).unwrap());
        assert!(!work.is_saved());
        let names = |work: &Workspace| -> Vec<String> {
            work.session()
                .volumes
                .iter()
                .map(|v| v.name.clone())
                .collect()
        };
        assert_eq!(names(&work), ["amplitude", "amplitude_run1", "dip_run1"]);
        let path = &work.session().volume("dip_run1").unwrap().path;
        assert_eq!(path, Path::new("s.runs/0001-attributes3d/dip.sgy"));
        // `u` takes back the last edit, not the adoption, and both undos fit.
        assert_eq!(work.undo(1).unwrap()[0].describe(), "remove volume dip");
        assert_eq!(
            names(&work),
            ["amplitude", "amplitude_run1", "dip", "dip_run1"]
        );
        work.undo(5).unwrap();
        work.redo(1).unwrap();
        drop(work);
        let mut work = Workspace::open(&folder.path().join("s.ron")).unwrap();
        assert_eq!(
            names(&work),
            ["amplitude", "amplitude_run1", "dip", "dip_run1"]
        );
        assert!(work.session().has_adopted(1, "bb"));
        work.undo(9).unwrap();
        assert!(!work.is_saved());
        work.save().unwrap();
        assert!(work.is_saved());
    }

    #[test]
    fn inputs_have_whole_paths_and_the_order_chosen() {
        let folder = tempfile::tempdir().unwrap();
        let top = folder.path().canonicalize().unwrap();
        let mut work = workspace(folder.path());
        assert_eq!(work.session().project, "line_7");
        assert_eq!(work.session().volumes[0].path, Path::new("line 7.sgy"));
        for name in ["a", "b", "c"] {
            let path = format!("/far/{name}.sgy");
            work.apply(Edit::AddVolume(attribute(name, path))).unwrap();
        }
        let all: Vec<_> = (work.inputs().candidates.into_iter())
            .map(|c| c.name)
            .collect();
        assert_eq!(all, ["a", "b", "c"]);
        let chosen = vec!["c".into(), "a".into()];
        work.apply(Edit::SetCandidates(chosen)).unwrap();
        let inputs = work.inputs();
        assert_eq!(inputs.amplitude.unwrap().path, top.join("line 7.sgy"));
        let paths: Vec<_> = inputs.candidates.iter().map(|c| c.path.clone()).collect();
        assert_eq!(paths, [Path::new("/far/c.sgy"), Path::new("/far/a.sgy")]);
        // A copy in another folder finds the same volumes.
        let copy = top.join("sub/copy.ron");
        std::fs::create_dir(top.join("sub")).unwrap();
        work.write_copy(&copy).unwrap();
        let copy = Workspace::open(&copy).unwrap();
        assert_eq!(copy.inputs().candidates, inputs.candidates);
        assert_eq!(
            copy.inputs().amplitude.unwrap().path,
            top.join("line 7.sgy")
        );
    }

    #[test]
    fn what_changes_nothing_is_no_step() {
        let folder = tempfile::tempdir().unwrap();
        let mut work = workspace(folder.path());
        work.apply(Edit::SetProject("line_7".into())).unwrap();
        work.apply(Edit::Several(Vec::new())).unwrap();
        assert!(work.history().is_empty() && work.is_saved());
        assert!(work.undo(3).unwrap().is_empty());
        assert!(!work.places().journal.exists());
    }
}
