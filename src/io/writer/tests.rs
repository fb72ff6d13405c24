//! Outputs begun, broken off, taken up and finished.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::VolumeWriter;
use crate::io::evidence::{read_all, recipe};
use crate::io::segy::fixture::Fixture;
use crate::io::{IoError, OpenOptions, SampleKind, Volume, convert, open};
use crate::model::{Axis, Block, Grid, Pick, Recipe, SampleUnit};
use crate::task::{CancelFlag, Task};

const KIND: SampleKind = SampleKind::Continuous;

struct Scratch {
    folder: tempfile::TempDir,
    input: Arc<dyn Volume>,
}

impl Scratch {
    fn new() -> Scratch {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("in.sgy");
        Fixture::cube(&[1, 2, 3, 4], &[10, 20, 30]).write(&path);
        let input = open(&path, &OpenOptions::default()).unwrap();
        Scratch { folder, input }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn create(&self, path: &Path, overwrite: bool) -> Result<VolumeWriter, IoError> {
        let all = self.input.grid().all();
        VolumeWriter::create(path, self.input.as_ref(), &all, KIND, &recipe(), overwrite)
    }

    fn reopen(&self, path: &Path, recipe: &Recipe) -> Result<VolumeWriter, IoError> {
        let all = self.input.grid().all();
        VolumeWriter::reopen(path, self.input.as_ref(), &all, KIND, recipe)
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.folder.path())
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "in.sgy")
            .collect();
        names.sort();
        names
    }
}

fn line(writer: &VolumeWriter, i: usize) -> Block {
    Block {
        inlines: Pick::one(i),
        ..writer.grid().all()
    }
}

fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}

#[test]
fn any_thread_any_order_any_interruption_gives_the_same_bytes() {
    let scratch = Scratch::new();
    let data = read_all(scratch.input.as_ref());
    for extension in ["sgy", "H", "npy"] {
        let whole = scratch.path(&format!("a.{extension}"));
        let writer = scratch.create(&whole, false).unwrap();
        writer.write(&writer.grid().all(), &data).unwrap();
        writer.finish().unwrap();

        let path = scratch.path(&format!("b.{extension}"));
        let writer = scratch.create(&path, false).unwrap();
        let lines: Vec<&[f32]> = data.chunks_exact(27).collect();
        writer.write(&line(&writer, 2), lines[2]).unwrap();
        drop(writer);
        assert!(!path.exists());
        let writer = scratch.reopen(&path, &recipe()).unwrap();
        std::thread::scope(|scope| {
            for i in [3, 2, 0, 1] {
                let (writer, data) = (&writer, lines[i]);
                scope.spawn(move || writer.write(&line(writer, i), data).unwrap());
            }
        });
        writer.finish().unwrap();
        if extension == "H" {
            for (a, b) in [("a.H@", "b.H@"), ("a.H@@@", "b.H@@@")] {
                assert_eq!(bytes(&scratch.path(a)), bytes(&scratch.path(b)));
            }
        } else {
            assert_eq!(bytes(&whole), bytes(&path));
        }

        // Finished already: nothing changes, nothing fails.
        let writer = scratch.reopen(&path, &recipe()).unwrap();
        writer.write(&line(&writer, 0), &[0.0; 27]).unwrap();
        writer.finish().unwrap();
        let again = open(&path, &OpenOptions::default()).unwrap();
        assert_eq!(read_all(again.as_ref()), data);
    }
    assert_eq!(
        scratch.names(),
        [
            "a.H", "a.H@", "a.H@@", "a.H@@@", "a.npy", "a.sgy", "b.H", "b.H@", "b.H@@", "b.H@@@",
            "b.npy", "b.sgy"
        ]
    );
}

#[test]
fn a_crash_between_two_renames_is_healed() {
    let scratch = Scratch::new();
    let path = scratch.path("a.H");
    let writer = scratch.create(&path, false).unwrap();
    writer
        .write(&writer.grid().all(), &read_all(scratch.input.as_ref()))
        .unwrap();
    drop(writer);
    std::fs::rename(scratch.path("a.H@.partial"), scratch.path("a.H@")).unwrap();
    scratch.reopen(&path, &recipe()).unwrap().finish().unwrap();
    assert_eq!(scratch.names(), ["a.H", "a.H@", "a.H@@", "a.H@@@"]);
    let volume = open(&path, &OpenOptions::default()).unwrap();
    assert_eq!(read_all(volume.as_ref()), read_all(scratch.input.as_ref()));
}

#[test]
fn existing_outputs_stay_unless_told() {
    let scratch = Scratch::new();
    for name in ["a.sgy", "a.H"] {
        let path = scratch.path(name);
        std::fs::write(&path, "precious").unwrap();
        assert!(matches!(
            scratch.create(&path, false),
            Err(IoError::Exists { .. })
        ));
        let writer = scratch.create(&path, true).unwrap();
        assert_eq!(bytes(&path), b"precious");
        writer.finish().unwrap();
        assert_ne!(bytes(&path), b"precious");
    }
}

#[test]
fn outputs_of_another_request_are_not_continued() {
    let scratch = Scratch::new();
    for name in ["a.sgy", "a.H"] {
        let path = scratch.path(name);
        drop(scratch.create(&path, false).unwrap());
        let other = Recipe {
            request: "ffffffffffff".into(),
            ..recipe()
        };
        assert!(matches!(
            scratch.reopen(&path, &other),
            Err(IoError::Foreign { .. })
        ));
        assert!(scratch.reopen(&path, &recipe()).is_ok());
    }
    // Broken off while its headers were being written: not to be trusted.
    let path = scratch.path("b.sgy");
    let size = scratch.create(&path, false).unwrap().size;
    let partial = std::fs::File::create(scratch.path("b.sgy.partial")).unwrap();
    partial.set_len(size).unwrap();
    assert!(matches!(
        scratch.reopen(&path, &recipe()),
        Err(IoError::Foreign { .. })
    ));
    let error = scratch
        .reopen(&scratch.path("none.sgy"), &recipe())
        .unwrap_err();
    assert!(error.to_string().contains("cannot continue"), "{error}");
}

#[test]
fn what_does_not_fit_is_said_before_anything_is_written() {
    let scratch = Scratch::new();
    let grid = Grid {
        inlines: Axis::new(1.0, 1.0, 2),
        crosslines: Axis::new(0.5, 1.0, 2),
        samples: Axis::new(0.0, 4.0, 3),
        unit: SampleUnit::Milliseconds,
        spacing: None,
    };
    let long = Grid {
        crosslines: Axis::new(1.0, 1.0, 2),
        samples: Axis::new(0.0, 4.0, 1 << 31),
        ..grid
    };
    let slow = Grid {
        samples: Axis::new(0.0, 2e6, 3),
        ..long
    };
    let late = Grid {
        samples: Axis::new(1.0 / 3.0, 4.0, 3),
        ..long
    };
    for (grid, what) in [
        (grid, "whole numbers"),
        (long, "2147483648 samples"),
        (slow, "interval of 2000000 ms"),
        (late, "a start at"),
    ] {
        let path = scratch.path("a.sgy");
        let error = VolumeWriter::fresh(&path, &grid, KIND, &recipe(), false).unwrap_err();
        assert!(error.to_string().contains(what), "{error}");
        if grid.samples.count < 100 {
            let path = scratch.path("a.H");
            VolumeWriter::fresh(&path, &grid, KIND, &recipe(), false)
                .unwrap()
                .discard();
        }
    }
    let error = scratch.create(&scratch.path("a.dat"), false).unwrap_err();
    assert!(error.to_string().contains("extension"));
    let error = scratch
        .create(Path::new("/nowhere/a.sgy"), false)
        .unwrap_err();
    assert!(
        error.to_string().starts_with("/nowhere/a.sgy.partial: "),
        "{error}"
    );
    assert!(scratch.names().is_empty());
}

#[test]
fn wrong_blocks_are_refused() {
    let scratch = Scratch::new();
    let writer = scratch.create(&scratch.path("a.sgy"), false).unwrap();
    let all = writer.grid().all();
    let stepped = Block {
        samples: Pick {
            start: 0,
            step: 2,
            count: 4,
        },
        ..all
    };
    let outside = Block {
        inlines: Pick::one(4),
        ..all
    };
    for block in [stepped, outside] {
        let data = vec![0.0; block.len()];
        assert!(matches!(
            writer.write(&block, &data),
            Err(IoError::Block { .. })
        ));
    }
    assert!(writer.write(&all, &[0.0]).is_err());
}

#[test]
fn fresh_files_hold_numbers_and_positions() {
    let scratch = Scratch::new();
    let grid = Grid {
        inlines: Axis::new(300.0, -2.0, 5),
        crosslines: Axis::new(-10.0, 5.0, 4),
        samples: Axis::new(12.5, 0.5, 6),
        unit: SampleUnit::Milliseconds,
        spacing: Some(crate::model::Spacing {
            inline: 30.0,
            crossline: 12.5,
        }),
    };
    let data: Vec<f32> = (0..grid.len()).map(|i| i as f32).collect();
    for name in ["a.sgy", "a.H"] {
        let path = scratch.path(name);
        let writer = VolumeWriter::fresh(&path, &grid, KIND, &recipe(), false).unwrap();
        writer.write(&grid.all(), &data).unwrap();
        writer.finish().unwrap();
        let volume = open(&path, &OpenOptions::default()).unwrap();
        assert_eq!(*volume.grid(), grid, "{name}");
        assert_eq!(read_all(volume.as_ref()), data);
    }
}

#[test]
fn a_cancelled_conversion_leaves_nothing() {
    let scratch = Scratch::new();
    let all = scratch.input.grid().all();
    let flag = CancelFlag::default();
    let task = Task {
        cancel: &flag,
        ..Task::silent()
    };
    let to = |name: &str| {
        convert(
            scratch.input.as_ref(),
            &all,
            &scratch.path(name),
            &recipe(),
            false,
            &task,
        )
    };
    to("a.npy").unwrap();
    flag.raise();
    assert!(matches!(to("b.H"), Err(IoError::Cancelled(_))));
    assert_eq!(scratch.names(), ["a.npy"]);
}
