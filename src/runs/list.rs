//! The runs below a folder, and what the finished ones made.

use std::path::{Path, PathBuf};

use super::{RunDirectory, RunError, RunProgress, State};
use crate::modules::{ModuleResult, OutputRole, Request};

/// A run as a list shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Its number.
    pub number: u32,
    /// Its directory.
    pub directory: RunDirectory,
    /// What was asked.
    pub request: Request,
    /// How far it is.
    pub progress: RunProgress,
}

/// A volume that a finished run made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// Number of the run.
    pub number: u32,
    /// Hash of its request.
    pub request: String,
    /// Name, path and role of each of its volumes.
    pub volumes: Vec<(String, PathBuf, OutputRole)>,
}

/// All runs below a folder, newest first. Directories that are not whole runs
/// are passed over: one may be in the making.
pub fn list(root: &Path) -> Vec<Run> {
    let entries = std::fs::read_dir(root).into_iter().flatten().flatten();
    let mut runs: Vec<Run> = entries
        .filter_map(|entry| {
            let directory = RunDirectory::open(&entry.path()).ok()?;
            Some(Run {
                number: directory.number(),
                request: directory.request().ok()?,
                progress: directory.progress().ok()?,
                directory,
            })
        })
        .collect();
    runs.sort_by_key(|run| std::cmp::Reverse(run.number));
    runs
}

/// What the finished runs below a folder made, oldest first: a session adopts
/// these, by number and request hash.
pub fn finished(root: &Path) -> Result<Vec<Finished>, RunError> {
    let mut all = Vec::new();
    for run in list(root)
        .iter()
        .rev()
        .filter(|run| run.progress.state == State::Done)
    {
        let Some(outcome) = run.directory.outcome()? else {
            continue;
        };
        // What they keep lies with the file, for every session that reads it.
        if matches!(
            outcome.result,
            ModuleResult::Scanned(_) | ModuleResult::Bricks(_)
        ) {
            continue;
        }
        let place = run.directory.place(&run.request)?;
        let volumes = outcome
            .outputs
            .into_iter()
            .filter(|o| o.role != OutputRole::Text);
        all.push(Finished {
            number: run.number,
            request: place.recipe.request,
            volumes: volumes
                .map(|o| (o.name, place.out.join(o.path), o.role))
                .collect(),
        });
    }
    Ok(all)
}
