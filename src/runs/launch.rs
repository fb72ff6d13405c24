//! Starting workers that outlive whoever started them.

use std::path::Path;
use std::process::{Command, Stdio};

use super::{Frozen, RunDirectory, RunError};
use crate::modules::Request;

/// Makes the run directories of a request, in the order in which they are to be
/// worked: its own, and before it that of a filter, where it asks for one. All is
/// checked on the volumes as they are before anything is filtered.
pub fn plan(
    root: &Path,
    request: &Request,
    frozen: &Frozen,
) -> Result<Vec<RunDirectory>, RunError> {
    let Some(filter) = request.filter_first() else {
        return Ok(vec![RunDirectory::create(root, request, frozen)?]);
    };
    let first = RunDirectory::create(root, &filter, &Frozen::default())?;
    let second = RunDirectory::create(root, request, frozen)
        .and_then(|run| run.follow(&first).map(|()| run));
    match second {
        Ok(second) => Ok(vec![first, second]),
        Err(error) => {
            // Only what this call has made a moment ago.
            let _ = std::fs::remove_dir_all(first.path());
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

/// Starts a worker for a run directory: what is finished stays finished.
///
/// The worker makes itself a session of its own, so a lost link, a closed
/// terminal or a crash of this process ends nothing.
pub fn resume(run: &RunDirectory) -> Result<(), RunError> {
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
