//! Runs against everything that goes wrong: killed workers, full disks, files that
//! are removed, changed or altered, signals. What is finished is never computed
//! twice, and the bytes are those of a run that nothing happened to.
//!
//! `OUTCROP_KILLS=100 cargo test --test faults killed` kills each module so often;
//! `OUTCROP_SEED` takes the seed that a failure printed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test may fail

mod trials;

use std::process::{Command, Stdio};
use std::time::Duration;

use outcrop::runs::{self, RunDirectory, RunProgress, State};
use outcrop::task::stream;
use trials::{Ends as _, MODULES, Trial, files, until, wait_for};

/// How often each module is killed.
fn kills() -> usize {
    let asked = std::env::var("OUTCROP_KILLS").ok();
    asked.map_or(5, |n| n.parse().expect("OUTCROP_KILLS is a number"))
}

fn seed() -> u64 {
    let asked = std::env::var("OUTCROP_SEED").ok();
    asked.map_or_else(
        || u64::from(std::process::id()),
        |n| n.parse().expect("OUTCROP_SEED is a number"),
    )
}

#[test]
fn killed_workers_are_taken_up_to_the_same_bytes() {
    let trial = Trial::new();
    let (kills, seed) = (kills(), seed());
    for module in MODULES {
        let whole = trial.planned(module, "whole");
        let began = std::time::Instant::now();
        trial.work(&whole).status_ok();
        let took = began.elapsed().as_secs_f64();
        let run = trial.planned(module, "killed");
        let mut rng = stream(seed, module, &[]);
        let mut seen = 0.0_f64;
        for kill in 0..kills {
            let pause = rng.fraction() * took;
            let mut child = trial.work(&run).spawn().unwrap();
            std::thread::sleep(Duration::from_secs_f64(pause));
            child.kill().unwrap();
            child.wait().unwrap();
            let progress = run.progress().unwrap();
            let right = matches!(
                progress.state,
                State::Interrupted | State::Done | State::Queued
            );
            assert!(
                right,
                "{module}, kill {kill}, seed {seed}: {:?}",
                progress.state
            );
            seen = seen.max(progress.fraction);
        }
        trial.work(&run).status_ok();
        let equal = files(&trial.out("killed", module)) == files(&trial.out("whole", module));
        assert!(equal, "{module} differs after {kills} kills, seed {seed}");
        let tables = |run: &RunDirectory| {
            files(run.path())
                .into_iter()
                .filter(|(n, _)| n.contains(".csv") || n == "result.ron")
                .collect::<Vec<_>>()
        };
        assert_eq!(tables(&run), tables(&whole), "{module}, seed {seed}");
        println!("{module}: {kills} kills in {took:.1} s of work, furthest at {seen:.2}");
    }
}

#[test]
fn killed_scans_and_bricked_copies_are_taken_up_to_the_same_bytes() {
    let trial = Trial::new();
    trial.write_large();
    let (kills, seed) = (kills(), seed());
    for module in ["scan", "bricks"] {
        let work = |run: &RunDirectory, cache: &std::path::Path| {
            let mut command = trial.work(run);
            command.env("OUTCROP_CACHE", cache);
            command
        };
        let kept = |cache: &std::path::Path| -> Vec<_> {
            let folders = std::fs::read_dir(cache).unwrap().flatten();
            folders.flat_map(|folder| files(&folder.path())).collect()
        };
        let [whole, killed] = ["whole", "killed"].map(|name| trial.planned(module, name));
        let [one, other] = ["one", "other"].map(|n| trial.folder().join(format!("{module}-{n}")));
        let began = std::time::Instant::now();
        work(&whole, &one).status_ok();
        let took = began.elapsed().as_secs_f64();
        let mut rng = stream(seed, module, &[]);
        for _ in 0..kills {
            let mut child = work(&killed, &other).spawn().unwrap();
            std::thread::sleep(Duration::from_secs_f64(rng.fraction() * took));
            child.kill().unwrap();
            child.wait().unwrap();
        }
        work(&killed, &other).status_ok();
        let (one, other) = (kept(&one), kept(&other));
        assert!(!one.is_empty(), "{module} kept nothing");
        assert!(
            one == other,
            "{module} differs after {kills} kills, seed {seed}"
        );
        println!("{module}: {kills} kills in {took:.2} s of work");
    }
}

#[test]
fn one_and_two_threads_give_the_same_bytes_for_every_module() {
    let trial = Trial::new();
    for module in MODULES {
        for threads in ["1", "2"] {
            let run = trial.planned_with(module, threads, &[("threads", threads)]);
            trial.work(&run).status_ok();
        }
        let (one, two) = (trial.out("1", module), trial.out("2", module));
        assert_eq!(files(&one), files(&two), "{module}");
    }
}

#[test]
fn what_is_recorded_is_not_computed_again_and_what_is_altered_is() {
    let trial = Trial::new();
    let whole = trial.planned("kuwahara3d", "whole");
    trial.work(&whole).status_ok();
    let run = trial.planned("kuwahara3d", "altered");
    trial.stop_in(&run, "1-");
    let units = run.units();
    let recorded = || -> Vec<_> {
        let mut files: Vec<_> = files(&units)
            .into_iter()
            .filter(|(n, _)| n.starts_with("1-"))
            .collect();
        files.sort();
        files
    };
    let before = recorded();
    assert!(!before.is_empty());
    // Whole files are not written again: they may be read only, and keep their times.
    let (name, bytes) = &before[0];
    let mut altered = bytes.clone();
    *altered.last_mut().unwrap() ^= 0x40;
    std::fs::write(units.join(name), altered).unwrap();
    let times = |skip: &str| -> Vec<_> {
        before
            .iter()
            .filter(|(n, _)| n != skip)
            .map(|(n, _)| units.join(n).metadata().map(|m| m.modified().unwrap()).ok())
            .collect()
    };
    let kept = times(name);
    trial.stop_in(&run, "1-");
    if run.outcome().unwrap().is_none() {
        assert_eq!(times(name), kept, "a whole unit was computed again");
    }
    trial.work(&run).status_ok();
    assert_eq!(
        files(&trial.out("altered", "kuwahara3d")),
        files(&trial.out("whole", "kuwahara3d"))
    );
}

#[test]
fn an_input_that_changed_since_is_refused_and_said() {
    let trial = Trial::new();
    let run = trial.planned("kuwahara3d", "changed");
    trial.stop_in(&run, "0");
    let input = trial.input("coherence");
    let bytes = std::fs::read(&input).unwrap();
    let mut changed = bytes.clone();
    let at = changed.len() / 2;
    changed[at..at + 9000].fill(7);
    std::fs::write(&input, &changed).unwrap();
    let said = trial.work(&run).fails();
    assert!(said.contains("since this run was asked for"), "{said}");
    assert!(said.contains("coherence"), "{said}");
    assert_eq!(run.progress().unwrap().state, State::Failed);
    // The same bytes with another time of change are refused too: who wrote them?
    std::fs::write(&input, &bytes).unwrap();
    let file = std::fs::File::options().write(true).open(&input).unwrap();
    file.set_modified(std::time::SystemTime::UNIX_EPOCH)
        .unwrap();
    assert!(trial.work(&run).fails().contains("was written again"));
    // Asked for again, of the files as they are, it works.
    trial
        .outcrop(&["runs", "again"])
        .arg(run.path())
        .status_ok();
}

#[test]
fn a_file_that_is_removed_under_a_run_is_told_and_written_again() {
    let trial = Trial::new();
    let whole = trial.planned("kuwahara3d", "whole");
    trial.work(&whole).status_ok();
    let run = trial.planned("kuwahara3d", "removed");
    trial.stop_in(&run, "1-");
    let out = trial.out("removed", "kuwahara3d");
    let partial = |name: &&String| name.contains(".partial");
    let names: Vec<String> = files(&out).into_iter().map(|(n, _)| n).collect();
    let name = names.iter().find(partial).expect("an unfinished volume");
    std::fs::remove_file(out.join(name)).unwrap();
    trial.work(&run).status_ok();
    let log = std::fs::read_to_string(run.log()).unwrap();
    assert!(log.contains("an unfinished volume was removed"), "{log}");
    assert_eq!(files(&out), files(&trial.out("whole", "kuwahara3d")));
}

#[test]
fn two_workers_never_work_one_directory() {
    let trial = Trial::new();
    let run = trial.planned("rfc3d", "twice");
    let mut first = trial.work(&run).spawn().unwrap();
    wait_for("the first worker", || {
        run.progress().unwrap().state == State::Running
    });
    let said = trial.work(&run).fails();
    assert!(said.contains("another worker is at it"), "{said}");
    first.kill().unwrap();
    first.wait().unwrap();
    // A worker on another host that gives signs of life has it too, where locks do
    // not reach; one that is silent, or whose clock is far ahead, has died.
    let file = run.path().join("progress.ron");
    let elsewhere = |heartbeat: u64| {
        let text = std::fs::read_to_string(&file).unwrap();
        let line = |line: &str| match line.trim().split(':').next() {
            Some("host") => "    host: \"elsewhere\",".to_owned(),
            Some("heartbeat") => format!("    heartbeat: {heartbeat},"),
            Some("state") => "    state: Running,".to_owned(),
            _ => line.to_owned(),
        };
        let text: Vec<String> = text.lines().map(line).collect();
        let fresh = file.with_extension("test");
        std::fs::write(&fresh, text.join("\n")).unwrap();
        std::fs::rename(&fresh, &file).unwrap();
    };
    let now = || {
        std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap()
            .as_millis() as u64
    };
    let over = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(std::sync::atomic::Ordering::Relaxed) {
                elsewhere(now());
                std::thread::sleep(Duration::from_millis(100));
            }
        });
        std::thread::sleep(Duration::from_millis(300));
        let said = trial.work(&run).fails();
        over.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(said.contains("another worker is at it"), "{said}");
    });
    elsewhere(now() - 60_000);
    assert_eq!(run.progress().unwrap().state, State::Interrupted);
    elsewhere(now() + 3_600_000);
    assert_eq!(
        run.progress().unwrap().state,
        State::Interrupted,
        "a clock that was set back"
    );
    trial.work(&run).status_ok();
}

#[test]
fn a_slow_host_with_another_clock_is_told_from_a_dead_one() {
    let trial = Trial::new();
    let run = trial.planned("rfc3d", "elsewhere");
    let root = run.path().parent().unwrap();
    let mut progress = RunProgress::new(State::Running);
    progress.host = "elsewhere".into();
    let file = run.path().join("progress.ron");
    let write = |progress: &RunProgress| {
        let text = ron::to_string(progress).unwrap();
        let fresh = file.with_extension("test");
        std::fs::write(&fresh, text).unwrap();
        std::fs::rename(&fresh, &file).unwrap();
    };
    // Its clock is an hour behind.
    progress.heartbeat -= 3_600_000;
    write(&progress);
    let state = || {
        runs::list(root)
            .into_iter()
            .find(|r| r.number == run.number())
            .unwrap()
            .progress
            .state
    };
    assert_eq!(state(), State::Interrupted);
    let over = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(std::sync::atomic::Ordering::Relaxed) {
                progress.heartbeat += 300;
                write(&progress);
                std::thread::sleep(Duration::from_millis(300));
            }
        });
        let seen = state();
        over.store(true, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(seen, State::Running);
    });
}

#[test]
fn a_progress_file_that_makes_no_sense_is_ignored() {
    let trial = Trial::new();
    let run = trial.planned("kuwahara3d", "torn");
    trial.stop_in(&run, "0");
    let file = run.path().join("progress.ron");
    for text in ["", "(state: Runn", "\u{0}\u{0}"] {
        std::fs::write(&file, text).unwrap();
        assert_eq!(run.progress().unwrap().state, State::Interrupted);
        assert_eq!(runs::list(run.path().parent().unwrap()).len(), 1);
    }
    trial.work(&run).status_ok();
    std::fs::write(&file, "nonsense").unwrap();
    assert_eq!(run.progress().unwrap().state, State::Done);
}

#[test]
fn signals_in_every_phase_leave_a_run_that_goes_on_to_the_same_bytes() {
    let trial = Trial::new();
    for module in MODULES {
        let whole = trial.planned(module, "whole");
        trial.work(&whole).status_ok();
        let run = trial.planned(module, "signals");
        send_signals(&trial, &run, module);
        trial.work(&run).status_ok();
        assert_eq!(
            files(&trial.out("signals", module)),
            files(&trial.out("whole", module))
        );
    }
}

/// Sends signals before its turn, in each stage, and after; a module of few stages may
/// be done before.
fn send_signals(trial: &Trial, run: &RunDirectory, module: &str) {
    for (phase, signal) in [
        ("", "-INT"),
        ("0", "-TERM"),
        ("1-", "-HUP"),
        ("1-", "-INT"),
        ("2", "-TERM"),
        ("4-", "-HUP"),
        ("4-", "-TERM"),
    ] {
        let mut child = trial.work(run).spawn().unwrap();
        let reached = until(run, phase, &mut child);
        // What is recorded may be of an earlier worker: this one must be at it.
        while !phase.is_empty()
            && run.progress().unwrap().pid != child.id()
            && child.try_wait().unwrap().is_none()
        {
            std::thread::sleep(Duration::from_millis(2));
        }
        let kill = Command::new("kill")
            .args([signal, &child.id().to_string()])
            .status();
        let sent = kill.unwrap().success();
        if signal == "-HUP" {
            // Nobody looks on any more, and the work goes on.
            std::thread::sleep(Duration::from_millis(100));
            if child.try_wait().unwrap().is_none() {
                child.kill().unwrap();
            }
            child.wait().unwrap();
        } else {
            let status = child.wait().unwrap();
            if reached && sent && run.outcome().unwrap().is_none() {
                let state = run.progress().unwrap().state;
                let early = phase.is_empty() && status.code().is_none();
                assert!(
                    status.code() == Some(130) || early,
                    "{module} {phase} {signal}: {status:?}"
                );
                assert!(
                    state == State::Cancelled || early,
                    "{module} {phase} {signal}: {state:?}"
                );
            }
        }
    }
}

#[test]
fn a_run_goes_on_when_its_terminal_hangs_up() {
    let trial = Trial::new();
    let run = trial.planned("rfc3d", "hangup");
    let mut child = trial.work(&run).spawn().unwrap();
    until(&run, "0", &mut child);
    let kill = Command::new("kill")
        .args(["-HUP", &child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
    assert!(child.wait().unwrap().success());
    assert_eq!(run.progress().unwrap().state, State::Done);
}

#[test]
fn a_full_disk_ends_a_run_with_a_reason_and_room_lets_it_go_on() {
    let trial = Trial::new();
    let whole = trial.planned("kuwahara3d", "whole");
    trial.work(&whole).status_ok();
    let run = trial.planned("kuwahara3d", "full");
    // No file may grow beyond 64 KiB, as if the disk were full then.
    let limited = Command::new("bash")
        .arg("-c")
        .arg("ulimit -f 64; exec \"$0\" \"$@\"")
        .arg(env!("CARGO_BIN_EXE_outcrop"))
        .arg("work")
        .arg(run.path())
        .envs(trial.environment())
        .output()
        .unwrap();
    assert_eq!(limited.status.code(), Some(1));
    let said = String::from_utf8_lossy(&limited.stderr).into_owned();
    let progress = run.progress().unwrap();
    assert_eq!(progress.state, State::Failed, "{said}");
    let reason = progress.error.unwrap();
    assert!(
        reason.contains("ulimit -f") || reason.contains("space"),
        "{reason}"
    );
    trial.work(&run).status_ok();
    assert_eq!(
        files(&trial.out("full", "kuwahara3d")),
        files(&trial.out("whole", "kuwahara3d"))
    );
}

#[test]
fn a_small_disk_is_told_before_anything_is_computed() {
    let trial = Trial::new();
    let mount = trial.folder().join("small");
    std::fs::create_dir(&mount).unwrap();
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=4m", "tmpfs"])
        .arg(&mount)
        .stderr(Stdio::null())
        .status();
    if !mounted.is_ok_and(|s| s.success()) {
        eprintln!("SKIPPED: no tmpfs can be mounted here, so no small disk is tried");
        return;
    }
    let made = trial.plan_in("attributes3d", &mount, &[]);
    let error = made.err().map(|e| e.to_string());
    let gone = Command::new("umount").arg(&mount).status().unwrap();
    assert!(gone.success());
    let error = error.expect("4 MiB are too few");
    assert!(
        error.contains("needs") && error.contains("is free"),
        "{error}"
    );
}

#[test]
fn a_folder_that_cannot_be_written_to_is_told_by_name() {
    if rustix_is_root() {
        // Permissions do not bind this user; a file in the way does.
        let trial = Trial::new();
        let way = trial.folder().join("way");
        std::fs::write(&way, "").unwrap();
        let error = trial
            .plan_in("attributes3d", &way.join("out"), &[])
            .and_then(|run| outcrop::runs::work(&run, runs::Turn::Now, &runs::Quiet).map(|_| ()));
        let error = error.unwrap_err().to_string();
        assert!(error.contains("way"), "{error}");
        return;
    }
    let trial = Trial::new();
    let folder = trial.folder().join("readonly");
    std::fs::create_dir(&folder).unwrap();
    let mut modes = folder.metadata().unwrap().permissions();
    modes.set_readonly(true);
    std::fs::set_permissions(&folder, modes).unwrap();
    let run = trial
        .plan_in("attributes3d", &folder.join("out"), &[])
        .unwrap();
    let error = runs::work(&run, runs::Turn::Now, &runs::Quiet).unwrap_err();
    assert!(error.to_string().contains("readonly"), "{error}");
}

fn rustix_is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout == b"0\n"
}

#[test]
fn a_queue_of_runs_is_worked_in_order_rests_and_goes_on() {
    let trial = Trial::new();
    trial
        .outcrop(&["runs", "budget", "--cores", "1", "--memory", "8"])
        .status_ok();
    let launch = |name: &str| {
        // Long enough to be asked to rest before it ends.
        let run = trial.planned_with("rfc3d", name, &[("threads", "1"), ("trees", "800")]);
        trial.detached(&run).status_ok();
        run
    };
    let state = |run: &RunDirectory| run.progress().unwrap().state;
    let first = launch("first");
    wait_for("the first", || state(&first) == State::Running);
    // A resting run leaves its core to the next.
    trial
        .outcrop(&["runs", "pause"])
        .arg(first.path())
        .status_ok();
    wait_for("its rest", || state(&first) == State::Paused);
    let rested = first.progress().unwrap();
    let second = launch("second");
    wait_for("the second", || {
        state(&second) == State::Done || state(&second) == State::Running
    });
    trial
        .outcrop(&["runs", "resume"])
        .arg(first.path())
        .status_ok();
    wait_for("the second's end", || state(&second) == State::Done);
    assert!(first.progress().unwrap().stages == rested.stages || state(&second) == State::Done);
    wait_for("the first's end", || state(&first) == State::Done);
    assert_eq!(
        files(&trial.out("first", "rfc3d")),
        files(&trial.out("second", "rfc3d"))
    );
    // Cancelled while it waits, it never starts.
    let third = launch("third");
    wait_for("the third", || state(&third) == State::Running);
    let fourth = launch("fourth");
    wait_for("the fourth waits", || state(&fourth) == State::Queued);
    trial
        .outcrop(&["runs", "cancel"])
        .arg(fourth.path())
        .status_ok();
    wait_for("its end", || state(&fourth) == State::Cancelled);
    wait_for("the third's end", || state(&third) == State::Done);
}

#[test]
fn chained_runs_start_when_their_inputs_are_whole() {
    let trial = Trial::new();
    let root = trial.folder().join("chain");
    std::fs::create_dir(&root).unwrap();
    let amplitude = trial.amplitude();
    let launch = |arguments: &[&str]| {
        trial
            .outcrop(arguments)
            .args(["--out", root.to_str().unwrap(), "--name", "c", "--detach"])
            .status_ok();
    };
    launch(&[
        "attributes3d",
        amplitude.to_str().unwrap(),
        "--attributes",
        "coherence,coherent_energy",
    ]);
    launch(&["kuwahara3d", "--after", "1"]);
    let polygons = trial.training();
    let [first, second] = [0, 1].map(|n: usize| polygons[n].to_str().unwrap());
    let quick = ["--no-sem", "--models", "VVV", "--resamples", "0"];
    let selection = ["attribute_selection", "--after", "2", "--polygons"];
    launch(&[&selection[..], &[first, second], &quick].concat());
    let forest = ["rfc3d", "--after", "2,3", "--polygons", first, second];
    launch(&[&forest[..], &["--trees", "8", "--folds", "2"]].concat());
    let runs = root.join("outcrop.runs");
    wait_for("all four", || {
        let all = runs::list(&runs);
        for run in &all {
            assert_ne!(
                run.progress.state,
                State::Failed,
                "{:?}",
                run.progress.error
            );
        }
        all.len() == 4 && all.iter().all(|r| r.progress.state == State::Done)
    });
    let names: Vec<String> = files(&root).into_iter().map(|(n, _)| n).collect();
    for name in [
        "coherence_c.sgy",
        "kuwahara_coherence_c.sgy",
        "aaspi_attribute_selection_c.out",
        "rfc3d_classification_c.sgy",
    ] {
        assert!(names.iter().any(|n| n == name), "{names:?}");
    }
    // Replayed, all of it is equal, the chain below the scratch folder included.
    let said = trial.outcrop(&["replay"]).arg(&runs).answer();
    let text = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(
        said.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&said.stderr)
    );
    assert!(text.contains("4 runs are equal byte for byte"), "{text}");
    // An output that was tampered with is named, with the place.
    let volume = root.join("kuwahara_coherence_c.sgy");
    let mut bytes = std::fs::read(&volume).unwrap();
    let at = bytes.len() - 6;
    bytes[at] ^= 1;
    std::fs::write(&volume, bytes).unwrap();
    let said = trial.outcrop(&["replay"]).arg(&runs).answer();
    assert_eq!(said.status.code(), Some(1));
    let text = String::from_utf8_lossy(&said.stdout).into_owned();
    let expected =
        format!("run 2 kuwahara3d: differs first in kuwahara_coherence_c.sgy: byte {at} is");
    assert!(text.contains(&expected), "{text}");
    assert!(text.contains("inline 1"), "{text}");
}

#[test]
fn pruning_asks_keeps_what_is_needed_and_removes_the_rest() {
    let trial = Trial::new();
    let run = trial.planned("kuwahara3d", "gone");
    trial.stop_in(&run, "0");
    let root = run.path().parent().unwrap().to_owned();
    let done = trial.planned("define_training_data", "kept");
    trial.work(&done).status_ok();
    let refused = trial.outcrop(&["runs", "prune"]).arg(&root).fails();
    assert!(refused.contains("--yes"), "{refused}");
    assert!(run.path().is_dir());
    trial
        .outcrop(&["runs", "prune", "--yes"])
        .arg(&root)
        .status_ok();
    assert!(!run.path().exists() && done.path().is_dir());
    let listed = trial
        .outcrop(&["runs", "list", "--json"])
        .arg(&root)
        .answer();
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert!(listed[0]["bytes"].as_u64() > Some(0) && listed[0]["age"].is_u64());
}

#[test]
fn nothing_is_computed_where_that_is_forbidden() {
    let trial = Trial::new();
    let run = trial.planned("define_training_data", "forbidden");
    let said = trial.work(&run).env(runs::COMPUTE, "no").fails();
    assert!(said.contains("nothing is computed on this host"), "{said}");
}
