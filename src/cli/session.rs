//! Sessions as subcommands need them: opened, brought up to date, read.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::io::OpenOptions;
use crate::modules::{Input, Picks, Reads};
use crate::runs::Promised;
use crate::session::{InputVolume, Notice, Places, Workspace};
use crate::tui::adopt_finished;

/// What a subcommand may want of a session.
pub(super) struct Known {
    /// Unique project name.
    pub(super) project: String,
    /// Folder of its runs.
    pub(super) runs: PathBuf,
    /// Facies and polygons.
    pub(super) picks: Picks,
    amplitude: Option<InputVolume>,
    candidates: Vec<InputVolume>,
    all: Vec<InputVolume>,
    path: PathBuf,
}

/// The folder of the runs of a session.
pub(super) fn runs_folder(session: &Path) -> PathBuf {
    Places::of(session).runs
}

/// Paths of all volumes that a session reads.
pub(super) fn volumes(session: &Path) -> Result<Vec<PathBuf>> {
    let work = Workspace::open(session)?;
    let volumes = work.session().volumes.iter();
    Ok(volumes.map(|v| work.path_of(v)).collect())
}

/// Opens a session, takes in what its runs have made meanwhile, and reads it.
/// Where someone else has it open, their file stays as it is.
pub(super) fn read(path: &Path) -> Result<Known> {
    let mut work = Workspace::open(path)?;
    let mut shared = false;
    for notice in work.notices() {
        shared |= matches!(notice, Notice::OpenElsewhere { .. });
        eprintln!("warning: {notice}");
    }
    adopt_finished(&mut work)?;
    let inputs = work.inputs();
    let all = work.session().volumes.iter().map(|volume| InputVolume {
        name: volume.name.clone(),
        path: work.path_of(volume),
        open: volume.open,
    });
    let known = Known {
        runs: work.places().runs.clone(),
        picks: Picks {
            facies: inputs.facies,
            polygons: inputs.polygons,
        },
        project: inputs.project,
        amplitude: inputs.amplitude,
        candidates: inputs.candidates,
        all: all.collect(),
        path: path.to_owned(),
    };
    if shared {
        work.discard();
    } else if !work.is_saved() {
        work.save()?;
    }
    Ok(known)
}

impl Known {
    /// True where it has no attribute volume for a module that reads some and was told
    /// of none.
    pub(super) fn is_without(&self, reads: Reads, named: &[PathBuf]) -> bool {
        reads == Reads::Candidates && named.is_empty() && self.candidates.is_empty()
    }

    /// The volumes that a module reads: those named (by the session's names, or
    /// by path, or by the name of what an unfinished run makes), else the ones that
    /// the session has for it.
    pub(super) fn volumes(
        &self,
        reads: Reads,
        named: &[PathBuf],
        promised: &[Promised],
    ) -> Result<Vec<Input>> {
        if !named.is_empty() {
            return named
                .iter()
                .map(|name| self.named(name, promised))
                .collect();
        }
        match reads {
            Reads::Amplitude => match &self.amplitude {
                Some(volume) => Ok(vec![input(volume)]),
                None => bail!(
                    "{}: the session has no amplitude volume; name one",
                    self.path.display()
                ),
            },
            Reads::Candidates if self.candidates.is_empty() => bail!(
                "{}: the session has no attribute volumes; make some with `outcrop attributes3d --session {0}`, or name them with --volumes",
                self.path.display()
            ),
            Reads::Candidates => Ok(self.candidates.iter().map(input).collect()),
        }
    }

    fn named(&self, name: &Path, promised: &[Promised]) -> Result<Input> {
        let known = self.all.iter().find(|v| Path::new(&v.name) == name);
        match known {
            Some(volume) => Ok(input(volume)),
            None if name.exists() => {
                let stem = name.file_stem().unwrap_or_default().to_string_lossy();
                Ok(Input::new(
                    crate::model::candidate_name(&stem),
                    name,
                    OpenOptions::default(),
                ))
            }
            None if promised.iter().any(|p| Path::new(&p.name) == name) => {
                let made = promised.iter().find(|p| Path::new(&p.name) == name);
                made.map(super::module::as_input).context("no such volume")
            }
            None => {
                let names: Vec<&str> = self.all.iter().map(|v| v.name.as_str()).collect();
                bail!(
                    "`{}` is neither a file nor a volume of the session, which has {}",
                    name.display(),
                    names.join(", ")
                )
            }
        }
    }
}

fn input(volume: &InputVolume) -> Input {
    Input::new(volume.name.clone(), &volume.path, volume.open)
}
