//! Starting workers that outlive whoever started them.

use std::path::Path;
use std::process::{Command, Stdio};

use super::{Frozen, RunDirectory, RunError};
use crate::modules::Request;

/// Makes a run directory and starts a worker of its own for it.
pub fn launch(root: &Path, request: &Request, frozen: &Frozen) -> Result<RunDirectory, RunError> {
    let run = RunDirectory::create(root, request, frozen)?;
    resume(&run)?;
    Ok(run)
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
