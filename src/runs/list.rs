//! The runs below a folder, and what the finished ones made.

use std::path::{Path, PathBuf};

use super::directory::RESULT;
use super::{RunDirectory, RunError, RunProgress, State};
use crate::modules::{MIXTURES, ModuleResult, OutputFile, OutputRole, Picks, Request};

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

impl Run {
    /// True where it has made training rows at the picked voxels alone.
    pub fn has_rows(&self) -> bool {
        self.progress.state == State::Done && self.request.is_at_polygons()
    }

    /// The file of mixtures that it fitted, where it is a finished selection.
    pub fn mixtures(&self) -> Option<PathBuf> {
        if self.progress.state != State::Done {
            return None;
        }
        let place = self.directory.place(&self.request).ok()?;
        let outputs = self.directory.outputs().into_iter();
        let mut mixtures = outputs.filter(|file| file.name == MIXTURES);
        let path = place.out.join(mixtures.next()?.path);
        path.is_file().then_some(path)
    }
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
    look_twice(&mut runs);
    runs
}

/// A dead host is told from one whose clock differs: a worker elsewhere that seems
/// dead by the clock is alive if it gives a sign of life while one waits. All such
/// runs together take a second.
fn look_twice(runs: &mut [Run]) {
    let written = |run: &Run| run.directory.written_progress().ok();
    let doubtful = |run: &&mut Run| written(run).is_some_and(|p| p.is_doubtful());
    let seen: Vec<(&mut Run, u64)> = runs
        .iter_mut()
        .filter(|run| run.progress.state == State::Interrupted)
        .filter(doubtful)
        .map(|run| {
            let heartbeat = run.progress.heartbeat;
            (run, heartbeat)
        })
        .collect();
    if seen.is_empty() {
        return;
    }
    std::thread::sleep(super::worker::SECOND_LOOK);
    for (run, heartbeat) in seen {
        if let Some(now) = written(run).filter(|now| now.heartbeat != heartbeat) {
            run.progress = now;
        }
    }
}

/// A volume that an unfinished run is going to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promised {
    /// The run.
    pub number: u32,
    /// Name of the volume.
    pub name: String,
    /// Where it will lie.
    pub path: PathBuf,
}

/// The attribute volumes that the unfinished runs below a folder are going to make,
/// newest run first.
pub fn promised(root: &Path) -> Vec<Promised> {
    let runs = list(root).into_iter();
    let of_run = |run: Run| {
        let module = crate::modules::find(&run.request.module).ok();
        let files = module.and_then(|m| m.makes(&run.request).ok());
        let out = run.directory.place(&run.request).map(|place| place.out);
        let files = files.zip(out.ok()).into_iter();
        files.flat_map(move |(files, out)| {
            files.into_iter().map(move |file| Promised {
                number: run.number,
                name: file.name,
                path: out.join(file.path),
            })
        })
    };
    let unfinished =
        |run: &Run| !run.progress.state.is_over() || run.progress.state == State::Interrupted;
    runs.filter(unfinished)
        .flat_map(of_run)
        .filter(|promised| !promised.path.exists())
        .collect()
}

/// The run directory of a number below a folder.
pub(super) fn numbered(root: &Path, number: u32) -> Option<RunDirectory> {
    let entries = std::fs::read_dir(root).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| RunDirectory::open(&entry.path()).ok())
        .find(|run| run.number() == number)
}

/// The finished run below a folder that made the attribute volumes of a request
/// already, if they are all still there and nothing has replaced them.
pub fn made_before(root: &Path, request: &Request) -> Option<RunDirectory> {
    list(root)
        .into_iter()
        .filter(|run| run.progress.state == State::Done && run.request.repeats(request))
        .find(|run| {
            let outcome = run.directory.outcome().ok().flatten();
            let place = run.directory.place(&run.request).ok();
            outcome.zip(place).is_some_and(|(outcome, place)| {
                let volumes = matches!(
                    outcome.result,
                    ModuleResult::Attributes(_) | ModuleResult::Filtered(_)
                );
                let changed = |path: &Path| path.metadata().and_then(|m| m.modified()).ok();
                let end = changed(&run.directory.path().join(RESULT));
                let there = |file: &OutputFile| {
                    let at = changed(&place.out.join(&file.path));
                    at.zip(end).is_some_and(|(at, end)| at <= end)
                };
                volumes && outcome.outputs.iter().all(there)
            })
        })
        .map(|run| run.directory)
}

/// Training rows that a run made at the picked voxels alone, where there are no
/// volumes yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PickedRows {
    /// The run.
    pub number: u32,
    /// Its training file.
    pub path: PathBuf,
}

/// The rows of the newest finished `attributes3d --at polygons` below a folder whose
/// polygons are still these.
pub fn picked_rows(root: &Path, picks: &Picks) -> Option<PickedRows> {
    list(root)
        .iter()
        .filter(|run| run.has_rows())
        .find_map(|run| {
            let place = run.directory.place(&run.request).ok()?;
            let outcome = run.directory.outcome().ok()??;
            let path = place.out.join(&outcome.outputs.first()?.path);
            (place.picks().ok()? == *picks && path.is_file()).then_some(PickedRows {
                number: run.number,
                path,
            })
        })
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
        // A scan and a copy write none: what they keep lies with the file, for every
        // session that reads it.
        let outputs = run.directory.outputs();
        if outputs.is_empty() {
            continue;
        }
        let place = run.directory.place(&run.request)?;
        let volumes = outputs.into_iter().filter(|o| o.role != OutputRole::Text);
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A run that is done, with a result as it stands there.
    fn run(root: &Path, number: u32, result: &str) {
        let folder = root.join(format!("{number}-rfc3d"));
        std::fs::create_dir(&folder).unwrap();
        let request = "(module: \"rfc3d\", version: \"0.0.1\")";
        std::fs::write(folder.join("request.ron"), request).unwrap();
        std::fs::create_dir(folder.join("frozen")).unwrap();
        let run = RunDirectory::open(&folder).unwrap();
        run.write_progress(&RunProgress::new(State::Done)).unwrap();
        std::fs::write(folder.join(RESULT), result).unwrap();
    }

    #[test]
    fn volumes_are_found_whatever_else_a_result_says() {
        let folder = tempfile::tempdir().unwrap();
        let outputs = "outputs: [(name: \"class\", path: \"class.sgy\", role: Classes([\"salt\"])),
            (name: \"report\", path: \"report.out\", role: Text)]";
        // Of another version, cut short, and without volumes.
        let other = format!(
            "(result: Selection((fitted: [1, 2], models: {{\"VVV\": Some(3)}}, best: One(a: -1.5))), {outputs}, sentences: [\"x\"])"
        );
        run(folder.path(), 1, &other);
        run(folder.path(), 2, &other[..40]);
        run(folder.path(), 3, "(result: Scanned(()), outputs: [])");
        let found = finished(folder.path()).unwrap();
        assert_eq!(found.len(), 1);
        let class = folder.path().join("1-rfc3d").join("class.sgy");
        let role = OutputRole::Classes(vec!["salt".into()]);
        assert_eq!(found[0].volumes, [("class".to_owned(), class, role)]);
    }
}
