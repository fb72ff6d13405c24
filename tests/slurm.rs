//! Runs on a real Slurm, where `.ci/slurm-one-node` has started one: arrays, failure,
//! cancel, timeout and lost tasks; the same bytes as without it, below a folder whose
//! name holds whatever a name can hold.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test may fail

mod terminal;
mod trials;

use std::process::Command;
use std::sync::{Mutex, MutexGuard};

use outcrop::runs::{self, RunDirectory, State};
use terminal::{Bench, demo};
use trials::{Ends as _, MODULES, Trial, files, wait_for};

/// One test at a time: the node is small.
static ONE: Mutex<()> = Mutex::new(());

/// The cluster, or nothing (said aloud) where there is none.
fn cluster() -> Option<MutexGuard<'static, ()>> {
    let there = Command::new("sinfo").arg("--noheader").output();
    if there.is_ok_and(|o| o.status.success()) {
        return Some(
            ONE.lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner),
        );
    }
    eprintln!("SKIPPED: no Slurm here; .ci/slurm-one-node cargo test --test slurm starts one");
    None
}

const SLURM: [(&str, &str); 2] = [("on", "slurm"), ("tasks", "3")];

fn submit(trial: &Trial, module: &str, name: &str, settings: &[(&str, &str)]) -> RunDirectory {
    let all = [&SLURM[..], settings].concat();
    let run = trial.planned_with(module, name, &all);
    trial
        .outcrop(&["work", "--detached"])
        .arg(run.path())
        .status_ok();
    run
}

fn state(run: &RunDirectory) -> State {
    run.progress().unwrap().state
}

fn log(run: &RunDirectory) -> String {
    std::fs::read_to_string(run.log()).unwrap()
}

fn jobs(run: &RunDirectory) -> Vec<u64> {
    run.progress()
        .unwrap()
        .cluster
        .map_or(Vec::new(), |c| c.jobs)
}

#[test]
fn three_tasks_give_the_bytes_of_one_process_for_every_module() {
    let Some(_one) = cluster() else { return };
    let folder = tempfile::tempdir().unwrap();
    let odd = folder.path().join("a b'c\"d\n$(touch owned);`x`*%j&ü");
    std::fs::create_dir(&odd).unwrap();
    let trial = Trial::below(&odd);
    let runs = MODULES.map(|module| submit(&trial, module, "array", &[]));
    for (module, run) in MODULES.iter().zip(&runs) {
        let mut last = 0.0;
        wait_for(module, || {
            let progress = run.progress().unwrap();
            let bad = matches!(
                progress.state,
                State::Failed | State::Interrupted | State::Cancelled
            );
            assert!(
                !bad,
                "{module} {:?}: {:?}\n{}",
                progress.state,
                progress.error,
                log(run)
            );
            assert!(progress.fraction >= last, "a gauge never falls");
            last = progress.fraction;
            progress.state == State::Done
        });
        let whole = trial.planned(module, "whole");
        trial.work(&whole).status_ok();
        let (array, whole) = (trial.out("array", module), trial.out("whole", module));
        assert!(
            !files(&whole).is_empty() && files(&array) == files(&whole),
            "{module} differs"
        );
        let tasks = files(&run.path().join("slurm"));
        let scripts = tasks.iter().filter(|(n, _)| n.contains(".sh")).count();
        println!("{module}: {scripts} batch scripts");
    }
    assert!(!std::path::Path::new("owned").exists());
}

/// Bytes of the text and binary headers of SEG-Y: the text names the run.
const HEADERS: usize = 3600;

#[test]
fn a_walk_from_the_workbench_to_the_cluster_and_back() {
    let Some(_one) = cluster() else { return };
    let (_folder, session) = demo();
    let root = session.with_extension("runs");
    let newest = || runs::list(&root).into_iter().next().unwrap();
    let mut bench = Bench::open(&session);
    bench.see("time 512 ms");
    bench.press(":run attributes3d\r");
    bench.see("launch attributes3d");
    // From below: on the cluster; small blocks, so that there are four units; a name.
    bench.press("Gk\r");
    bench.see("environment modules to load");
    bench.press("k\r\u{15}0.1\r");
    bench.press("kkkkk\rcluster\r");
    bench.see("cluster");
    bench.press("G\r");
    bench.see("run 2 attributes3d has begun");
    bench.press(" r");
    wait_for("tasks at work", || {
        let seen = newest().progress;
        seen.cluster.is_some_and(|c| c.tasks == 4) && seen.state == State::Running
    });
    bench.see("slabs 2 of 2");
    bench.child.kill().unwrap();
    bench.child.wait().unwrap();
    wait_for("the end", || newest().progress.state == State::Done);
    let mut again = Bench::open(&session);
    again.see("run 2: its volumes are in the session");
    again.press(" r");
    again.see("slabs         done");
    again.child.kill().unwrap();
    let samples = |folder: &str, name: &str| {
        let bytes = std::fs::read(root.join(folder).join(name)).unwrap();
        bytes[HEADERS..].to_vec()
    };
    for attribute in ["coherence", "glcm_entropy"] {
        let here = samples("1-attributes3d", &format!("{attribute}_demo.sgy"));
        let there = samples("2-attributes3d", &format!("{attribute}_demo_cluster.sgy"));
        assert!(here == there, "{attribute}");
    }
}

#[test]
fn a_task_that_fails_ends_the_run_with_its_reason() {
    let Some(_one) = cluster() else { return };
    let trial = Trial::new();
    let run = submit(
        &trial,
        "kuwahara3d",
        "fails",
        &[("sbatch", "--begin=now+4")],
    );
    assert_eq!(state(&run), State::Queued);
    std::fs::write(trial.input("coherence"), "other").unwrap();
    wait_for("the failure", || state(&run) == State::Failed);
    let error = run.progress().unwrap().error.unwrap();
    assert!(error.contains("since this run was asked for"), "{error}");
}

#[test]
fn a_cancelled_run_leaves_the_queue_and_is_taken_up_again() {
    let Some(_one) = cluster() else { return };
    let trial = Trial::new();
    let run = submit(
        &trial,
        "attributes3d",
        "cancelled",
        &[("sbatch", "--begin=now+600")],
    );
    let queued = jobs(&run);
    assert_eq!((state(&run), queued.len()), (State::Queued, 2));
    trial
        .outcrop(&["runs", "cancel"])
        .arg(run.path())
        .status_ok();
    assert_eq!(state(&run), State::Cancelled);
    wait_for("an empty queue", || {
        let left = Command::new("squeue")
            .args(["-h", "-o", "%A"])
            .output()
            .unwrap();
        let left = String::from_utf8_lossy(&left.stdout).into_owned();
        !left
            .lines()
            .any(|line| queued.contains(&line.trim().parse().unwrap()))
    });
    trial
        .outcrop(&["runs", "resume"])
        .arg(run.path())
        .status_ok();
    assert_eq!(state(&run), State::Queued);
    assert!(jobs(&run).iter().all(|job| !queued.contains(job)));
    trial
        .outcrop(&["runs", "cancel"])
        .arg(run.path())
        .status_ok();
    // Jobs that are gone without a word, as when somebody else cancels them.
    let other = submit(
        &trial,
        "attributes3d",
        "lost",
        &[("sbatch", "--begin=now+600")],
    );
    let status = Command::new("scancel")
        .args(jobs(&other).iter().map(u64::to_string))
        .status();
    assert!(status.unwrap().success());
    wait_for("the interruption", || state(&other) == State::Interrupted);
}

#[test]
fn lost_tasks_are_submitted_again_for_what_is_missing() {
    let Some(_one) = cluster() else { return };
    let trial = Trial::new();
    let long = [("trees", "2000"), ("folds", "4")];
    let run = submit(&trial, "rfc3d", "lost", &long);
    let folder = run.path().join("slurm");
    // The first task of the folds is killed as by a node that goes down.
    let pid = || {
        let text = std::fs::read_to_string(folder.join("1-1-0.progress")).ok()?;
        let line = text
            .lines()
            .find_map(|l| l.trim().strip_prefix("pid: "))?
            .to_owned();
        Some(line.trim_end_matches(',').to_owned())
    };
    wait_for("the folds", || pid().is_some());
    let killed = Command::new("kill")
        .args(["-KILL", &pid().unwrap()])
        .status()
        .unwrap();
    assert!(
        killed.success(),
        "the task was over before it could be killed"
    );
    wait_for("the end", || {
        assert_ne!(state(&run), State::Failed, "{}", log(&run));
        state(&run) == State::Done
    });
    let log = log(&run);
    assert!(
        log.contains("were lost to a time limit, preemption or a node"),
        "{log}"
    );
    assert!(log.contains("attempt 2"), "{log}");
    let whole = trial.planned_with("rfc3d", "whole", &long);
    trial.work(&whole).status_ok();
    assert_eq!(
        files(&trial.out("lost", "rfc3d")),
        files(&trial.out("whole", "rfc3d"))
    );
}

#[test]
fn a_time_limit_is_met_with_another_try_and_then_told() {
    let Some(_one) = cluster() else { return };
    let trial = Trial::new();
    // Tasks that are stopped run into their limit.
    let settings = [
        ("trees", "3000"),
        ("folds", "4"),
        ("resubmit", "0"),
        ("sbatch", "--time=0:10"),
    ];
    let run = submit(&trial, "rfc3d", "slow", &settings);
    let folder = run.path().join("slurm");
    wait_for("the folds", || folder.join("1-1-0.progress").exists());
    let text = std::fs::read_to_string(folder.join("1-1-0.progress")).unwrap();
    let pid = text
        .lines()
        .find_map(|l| l.trim().strip_prefix("pid: "))
        .unwrap();
    let pid = pid.trim_end_matches(',').to_owned();
    assert!(
        Command::new("kill")
            .args(["-STOP", &pid])
            .status()
            .unwrap()
            .success()
    );
    wait_for("the end", || state(&run) == State::Failed);
    let error = run.progress().unwrap().error.unwrap();
    assert!(error.contains("give a longer --time-limit"), "{error}");
}

#[test]
fn without_slurm_the_option_says_so() {
    let trial = Trial::new();
    let said = trial
        .outcrop(&["attributes3d", "--on", "slurm", "--out"])
        .args([trial.folder().join("o"), trial.amplitude()])
        .env("PATH", "/nowhere")
        .fails();
    assert!(said.contains("there is no Slurm on this machine"), "{said}");
}
