//! The programs of Slurm: `sbatch`, `squeue`, `scancel`.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::RunError;

/// What the queue of the cluster knows about the jobs of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum JobState {
    /// One at least is at work.
    Running,
    /// All that are left wait.
    Pending,
    /// None is left.
    Gone,
}

/// The queue is asked no more often than this, as its administrators wish.
const PATIENCE: Duration = Duration::from_secs(4);

fn error(command: &str, reason: impl Into<String>) -> RunError {
    RunError::Slurm {
        command: command.to_owned(),
        reason: reason.into(),
    }
}

/// True where this machine can submit.
pub(super) fn check() -> Result<(), RunError> {
    let found = Command::new("sbatch").arg("--version").output();
    match found {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(error("sbatch", said(&output))),
        Err(_) => Err(error(
            "sbatch",
            "there is no Slurm on this machine; log in where jobs are submitted, or leave out --on slurm",
        )),
    }
}

/// What a program said on its way out, in one line.
fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty())
        .collect();
    crate::model::printable(&lines.join("; "))
}

/// Keeps a script in a file for people to read, and submits it through a pipe: its
/// path may hold what Slurm would take for something else.
pub(super) fn sbatch(path: &Path, script: &[u8]) -> Result<u64, RunError> {
    std::fs::write(path, script).map_err(RunError::system(path, "writing a batch script"))?;
    let mut command = Command::new("sbatch");
    command.arg("--parsable").current_dir("/");
    // Inside a job these say what that job was given.
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        let of_job = name.starts_with("SLURM_") || name.starts_with("SBATCH_");
        if of_job && name != "SLURM_CONF" {
            command.env_remove(name);
        }
    }
    let run = || -> std::io::Result<Output> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(mut pipe) = child.stdin.take() {
            pipe.write_all(script)?;
        }
        child.wait_with_output()
    };
    let mut run = run;
    let output = run().map_err(|e| error("sbatch", e.to_string()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let number = text.trim().split(';').next().and_then(|n| n.parse().ok());
    match number {
        Some(number) if output.status.success() => Ok(number),
        _ => Err(error("sbatch", said(&output))),
    }
}

/// Ends jobs; those that have ended are no error.
pub(super) fn scancel(jobs: &[u64]) -> Result<(), RunError> {
    if jobs.is_empty() {
        return Ok(());
    }
    let output = Command::new("scancel")
        .arg("--quiet")
        .args(jobs.iter().map(u64::to_string))
        .output()
        .map_err(|e| error("scancel", e.to_string()))?;
    if output.status.success() || said(&output).contains("Invalid job id") {
        Ok(())
    } else {
        Err(error("scancel", said(&output)))
    }
}

/// When some jobs were last asked for, and what was said.
type Seen = BTreeMap<Vec<u64>, (Instant, Option<JobState>)>;

static SEEN: Mutex<Seen> = Mutex::new(BTreeMap::new());

/// The state of some jobs, a few seconds old at most; nothing where it cannot be
/// told, on a host without Slurm say.
pub(super) fn state(jobs: &[u64]) -> Option<JobState> {
    let mut seen = SEEN
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some((at, state)) = seen.get(jobs)
        && at.elapsed() < PATIENCE
    {
        return *state;
    }
    let state = ask(jobs);
    seen.retain(|_, (at, _)| at.elapsed() < PATIENCE);
    seen.insert(jobs.to_vec(), (Instant::now(), state));
    state
}

fn ask(jobs: &[u64]) -> Option<JobState> {
    let numbers: Vec<String> = jobs.iter().map(u64::to_string).collect();
    if numbers.is_empty() {
        return Some(JobState::Gone);
    }
    let output = Command::new("squeue")
        .args(["--noheader", "--format=%T", "--jobs"])
        .arg(numbers.join(","))
        .output()
        .ok()?;
    if !output.status.success() {
        return said(&output)
            .contains("Invalid job id")
            .then_some(JobState::Gone);
    }
    let text = String::from_utf8_lossy(&output.stdout);
    Some(of_words(text.split_whitespace()))
}

fn of_words<'a>(words: impl Iterator<Item = &'a str>) -> JobState {
    let mut state = JobState::Gone;
    for word in words {
        match word {
            "RUNNING" | "COMPLETING" | "CONFIGURING" | "STAGE_OUT" | "SIGNALING" => {
                return JobState::Running;
            }
            "PENDING" | "SUSPENDED" | "REQUEUED" | "REQUEUE_HOLD" | "STOPPED" => {
                state = JobState::Pending;
            }
            _ => {}
        }
    }
    state
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_job_at_work_is_enough() {
        let state = |text: &str| of_words(text.split(' '));
        assert_eq!(state("PENDING RUNNING PENDING"), JobState::Running);
        assert_eq!(state("COMPLETED PENDING"), JobState::Pending);
        assert_eq!(state("TIMEOUT"), JobState::Gone);
        assert_eq!(state(""), JobState::Gone);
    }
}
