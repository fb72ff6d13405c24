//! Starting workers that outlive whoever started them.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{Frozen, RunDirectory, RunError, list};
use crate::modules::{self, Request};

/// Makes the run directories of a request, in the order in which they are to be
/// worked: its own, and before it that of a filter, where it asks for one. All is
/// checked on the volumes as they are before anything is filtered. A volume that an
/// unfinished run is going to make is waited for.
pub fn plan(
    root: &Path,
    request: &Request,
    frozen: &Frozen,
) -> Result<Vec<RunDirectory>, RunError> {
    let mut request = request.clone();
    for promised in list::promised(root) {
        let reads = request.volumes.iter().any(|v| v.path == promised.path);
        if reads && !request.after.contains(&promised.number) {
            request.after.push(promised.number);
        }
    }
    let Some(filter) = request.filter_first() else {
        return Ok(vec![RunDirectory::create(root, &request, frozen)?]);
    };
    let first = RunDirectory::create(root, &filter, &Frozen::default())?;
    let second = RunDirectory::create(root, &request, frozen)
        .and_then(|run| run.follow(&first).map(|()| run));
    match second {
        Ok(second) => Ok(vec![first, second]),
        Err(error) => {
            // Only what this call has made a moment ago.
            let _ = first.remove();
            Err(error)
        }
    }
}

/// Makes the run directories of a request and starts a worker for each; those that
/// come after another wait for it. Gives the last.
pub fn launch(root: &Path, request: &Request, frozen: &Frozen) -> Result<RunDirectory, RunError> {
    let runs = plan(root, request, frozen)?;
    for run in &runs {
        resume(run)?;
    }
    // There is one at least.
    runs.into_iter().last().ok_or_else(|| RunError::Damaged {
        path: root.to_owned(),
        reason: "no run was made".into(),
    })
}

/// The run directory of the same request with some settings changed, of the same
/// frozen inputs and of the volumes as they are now. An empty setting is the default.
pub fn again(
    run: &RunDirectory,
    changes: &BTreeMap<String, String>,
) -> Result<RunDirectory, RunError> {
    let before = run.request()?;
    let module = modules::find(&before.module)?;
    let mut request = before.changed(module, changes)?;
    for volume in &mut request.volumes {
        *volume = modules::Input::new(volume.name.clone(), &volume.path, volume.open);
    }
    let frozen = run.frozen_again(&mut request)?;
    let root = run.path().parent().unwrap_or(Path::new(""));
    RunDirectory::create(root, &request, &frozen)
}

/// Starts a worker for a run directory: what is finished stays finished. A resting
/// one is asked to go on instead.
///
/// The worker makes itself a session of its own, so a lost link, a closed
/// terminal or a crash of this process ends nothing. For a run on a cluster it
/// submits the run and ends.
pub fn resume(run: &RunDirectory) -> Result<(), RunError> {
    if run.pause_asked() && !run.progress()?.state.is_over() {
        return run.unpause();
    }
    let program =
        std::env::current_exe().map_err(RunError::system(run.path(), "finding the program"))?;
    let errors = run.path().join("worker.err");
    let file = std::fs::File::create(&errors)
        .map_err(RunError::system(&errors, "making the worker's error file"))?;
    let mut child = Command::new(&program)
        .arg("work")
        .arg("--detached")
        .arg(run.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(file)
        .spawn()
        .map_err(RunError::system(&program, "starting a worker"))?;
    // Reaped, or it would stay as a zombie for as long as this process lives.
    std::thread::spawn(move || child.wait());
    Ok(())
}
