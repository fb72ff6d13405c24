//! Outputs that are broken off: killed, without room, or beyond a limit. What
//! has its final name is whole, and doing it again gives the same bytes.
#![allow(clippy::unwrap_used)] // this is a test

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use outcrop::io::{OpenOptions, SampleKind, VolumeWriter, convert, open};
use outcrop::model::{Axis, Block, Grid, Pick, Recipe, SampleUnit, Spacing};
use outcrop::task::Task;
use proptest::prelude::*;

fn recipe() -> Recipe {
    Recipe {
        module: "test".into(),
        version: "0".into(),
        request: "0".into(),
    }
}

fn grid(inlines: usize) -> Grid {
    Grid {
        inlines: Axis::new(100.0, 1.0, inlines),
        crosslines: Axis::new(300.0, 1.0, 40),
        samples: Axis::new(0.0, 4.0, 250),
        unit: SampleUnit::Milliseconds,
        spacing: Some(Spacing {
            inline: 25.0,
            crossline: 12.5,
        }),
    }
}

fn volume(folder: &Path, inlines: usize) -> PathBuf {
    let path = folder.join("in.sgy");
    let grid = grid(inlines);
    let writer =
        VolumeWriter::fresh(&path, &grid, SampleKind::Continuous, &recipe(), true).unwrap();
    for i in 0..inlines {
        let line = Block {
            inlines: Pick::one(i),
            ..grid.all()
        };
        let data: Vec<f32> = (0..line.len())
            .map(|s| ((s + i) as f32 * 0.3).sin())
            .collect();
        writer.write(&line, &data).unwrap();
    }
    writer.finish().unwrap();
    path
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with("in."))
        .collect();
    names.sort();
    names
}

const OUTCROP: &str = env!("CARGO_BIN_EXE_outcrop");

fn limited(kilobytes: usize, from: &Path, to: &Path) -> Output {
    // The shell counts in blocks of 512 bytes.
    Command::new("sh")
        .args([
            "-c",
            &format!("ulimit -f {}; exec \"$@\"", 2 * kilobytes),
            "sh",
            OUTCROP,
        ])
        .args(["convert".as_ref(), from.as_os_str(), to.as_os_str()])
        .output()
        .unwrap()
}

/// 2 MB that may not become larger than 100 kB.
#[test]
fn a_limit_on_file_sizes_is_a_message_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let from = volume(folder.path(), 50);
    for name in ["out.sgy", "out.H", "out.npy"] {
        let output = limited(100, &from, &folder.path().join(name));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("ulimit -f"), "{said}");
        assert!(said.contains(name), "{said}");
        assert!(
            names(folder.path()).is_empty(),
            "{:?}",
            names(folder.path())
        );
    }
    let output = limited(100_000, &from, &folder.path().join("out.npy"));
    assert!(output.status.success());
}

/// A disk of one megabyte, where the system lets us have one of our own.
#[test]
fn a_full_disk_is_a_message_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let from = volume(folder.path(), 50);
    let small = folder.path().join("small");
    std::fs::create_dir(&small).unwrap();
    let script = "mount -t tmpfs -o size=1m none \"$1\" || exit 77; \
        for name in a.sgy a.H a.npy; do \"$2\" convert \"$3\" \"$1/$name\" && exit 78; done; ls -A \"$1\"";
    let output = Command::new("unshare")
        .args(["-rm", "sh", "-c", script, "sh"])
        .args([small.as_path(), Path::new(OUTCROP), from.as_path()])
        .output();
    let Ok(output) = output else {
        println!("no unshare: skipped");
        return;
    };
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.code() == Some(77) || said.contains("unshare") {
        println!("no disk of our own: skipped: {said}");
        return;
    }
    assert!(output.status.success(), "{said}");
    assert_eq!(
        said.matches("no space left on the disk").count(),
        3,
        "{said}"
    );
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "",
        "nothing is left"
    );
}

/// Killed at any moment: no final name, and the next attempt gives the bytes of
/// one that was left in peace.
#[test]
fn a_killed_copy_leaves_no_final_name_and_is_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let from = volume(folder.path(), 400);
    for name in ["out.sgy", "out.H", "out.npy"] {
        let peace = folder.path().join(format!("in.{name}"));
        let status = Command::new(OUTCROP)
            .args(["convert".as_ref(), from.as_os_str(), peace.as_os_str()])
            .stdout(Stdio::null())
            .status();
        assert!(status.unwrap().success());
        let out = folder.path().join(name);
        for _ in 0..3 {
            let mut child = Command::new(OUTCROP)
                .args(["convert".as_ref(), from.as_os_str(), out.as_os_str()])
                .stdout(Stdio::null())
                .spawn()
                .unwrap();
            while names(folder.path()).is_empty() && child.try_wait().unwrap().is_none() {
                std::thread::yield_now();
            }
            child.kill().unwrap();
            child.wait().unwrap();
            let there = names(folder.path());
            if there.iter().all(|name| name.ends_with(".partial")) {
                continue;
            }
            // A final name is there only where all is.
            assert!(
                open(&out, &OpenOptions::default()).is_ok() || name == "out.H",
                "{there:?}"
            );
            for name in there {
                std::fs::remove_file(folder.path().join(name)).unwrap();
            }
        }
        let output = Command::new(OUTCROP)
            .args(["convert".as_ref(), from.as_os_str(), out.as_os_str()])
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let bytes = |path: &Path| std::fs::read(path).unwrap();
        let samples =
            |path: &Path| {
                if name == "out.H" {
                    bytes(&path.with_file_name(format!(
                        "{}@",
                        path.file_name().unwrap().to_str().unwrap()
                    )))
                } else {
                    bytes(path)
                }
            };
        assert!(samples(&out) == samples(&peace), "{name}");
        for name in names(folder.path()) {
            assert!(!name.ends_with(".partial"), "{name}");
            std::fs::remove_file(folder.path().join(name)).unwrap();
        }
    }
}

/// Ctrl-C ends a copy with 130, and nothing is left.
#[test]
fn an_interrupted_copy_cleans_up() {
    let folder = tempfile::tempdir().unwrap();
    let from = volume(folder.path(), 600);
    let out = folder.path().join("out.npy");
    let mut child = Command::new(OUTCROP)
        .args(["convert".as_ref(), from.as_os_str(), out.as_os_str()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while names(folder.path()).is_empty() && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    let pid = rustix::process::Pid::from_child(&child);
    let _ = rustix::process::kill_process(pid, rustix::process::Signal::INT);
    let code = child.wait().unwrap().code();
    // It may have been quicker than the signal.
    match code {
        Some(130) => assert!(
            names(folder.path()).is_empty(),
            "{:?}",
            names(folder.path())
        ),
        other => assert_eq!(
            (other, names(folder.path())),
            (Some(0), vec!["out.npy".into()])
        ),
    }
}

/// The same request gives the same bytes in another folder.
#[test]
fn bytes_hold_no_place() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let made = folders.each_ref().map(|folder| {
        let from = volume(folder.path(), 4);
        let input = open(&from, &OpenOptions::default()).unwrap();
        let all = input.grid().all();
        for name in ["a.sgy", "a.H", "a.npy"] {
            let out = folder.path().join(name);
            convert(
                input.as_ref(),
                &all,
                &out,
                &recipe(),
                false,
                &Task::silent(),
            )
            .unwrap();
        }
        let read = |name: String| {
            (
                name.clone(),
                std::fs::read(folder.path().join(name)).unwrap(),
            )
        };
        names(folder.path())
            .into_iter()
            .map(read)
            .collect::<Vec<_>>()
    });
    assert_eq!(made[0].len(), 6);
    assert!(made[0] == made[1]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    /// Written in any pieces, dropped and taken up between any two of them: the
    /// same bytes, for numbers and for classes, in every container.
    #[test]
    fn taken_up_anywhere(
        cuts in prop::collection::vec((0usize..6, 0usize..40), 1..6),
        classes: bool,
        container in prop::sample::select(vec!["sgy", "H", "npy"]),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let input = open(&volume(folder.path(), 6), &OpenOptions::default()).unwrap();
        let all = input.grid().all();
        let kind = if classes { SampleKind::Classes } else { SampleKind::Continuous };
        let mut data = vec![0.0; all.len()];
        input.read(&all, &mut data).unwrap();
        let whole = folder.path().join(format!("whole.{container}"));
        let create = |path: &Path| {
            VolumeWriter::create(path, input.as_ref(), &all, kind, &recipe(), false).unwrap()
        };
        let writer = create(&whole);
        writer.write(&all, &data).unwrap();
        writer.finish().unwrap();
        let path = folder.path().join(format!("parts.{container}"));
        drop(create(&path));
        let lines = (0..6).map(|i| (i, 0)).chain(cuts.iter().copied());
        for (inline, from) in lines {
            let writer = VolumeWriter::reopen(&path, input.as_ref(), &all, kind, &recipe()).unwrap();
            let part = Block {
                inlines: Pick::one(inline),
                crosslines: Pick::range(from, 40),
                ..all
            };
            let mut data = vec![0.0; part.len()];
            input.read(&part, &mut data).unwrap();
            writer.write(&part, &data).unwrap();
            prop_assert!(!path.exists());
        }
        let writer = VolumeWriter::reopen(&path, input.as_ref(), &all, kind, &recipe()).unwrap();
        writer.finish().unwrap();
        let marks: &[&str] = if container == "H" { &["@", "@@@"] } else { &[""] };
        for mark in marks {
            let read = |path: &Path| {
                let mut name = path.as_os_str().to_owned();
                name.push(mark);
                std::fs::read(name).unwrap()
            };
            prop_assert!(read(&whole) == read(&path));
        }
        let back = open(&path, &OpenOptions::default()).unwrap();
        prop_assert_eq!(back.kind(), if container == "npy" { SampleKind::Continuous } else { kind });
        if classes && container == "sgy" {
            prop_assert_eq!(std::fs::metadata(&path).unwrap().len(), 3600 + 240 * (240 + 250));
        }
    }
}
