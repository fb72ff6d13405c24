//! The engine on files with bricked copies.

use std::path::Path;
use std::sync::{Arc, mpsc};

use super::{Delivery, Slice, SliceEngine, SliceId, VolumeId};
use crate::io::{self, BrickBuilder, OpenOptions, SampleKind, Volume, VolumeWriter};
use crate::model::{Axis, Grid, Recipe, SampleUnit, SliceKey};
use crate::task::Task;

const MEGABYTE: usize = 1 << 20;
const SHAPE: [usize; 3] = [600, 520, 9];

fn value(i: usize, x: usize, t: usize) -> f32 {
    ((i * 31 + x * 17 + t * 7) % 1000) as f32 * 0.37 - 180.0
}

/// A SEG-Y file large enough for a coarse picture of its time slices.
fn volume(folder: &Path) -> Arc<dyn Volume> {
    let path = folder.join("a.sgy");
    let axis = |n| Axis::new(0.0, 1.0, n);
    let grid = Grid {
        inlines: axis(SHAPE[0]),
        crosslines: axis(SHAPE[1]),
        samples: axis(SHAPE[2]),
        unit: SampleUnit::Milliseconds,
        spacing: None,
    };
    let [_, n, m] = SHAPE;
    let data: Vec<f32> = (0..grid.len())
        .map(|at| value(at / (n * m), at / m % n, at % m))
        .collect();
    let recipe = Recipe {
        module: "test".into(),
        version: "0".into(),
        request: "0".into(),
    };
    let kind = SampleKind::Continuous;
    let writer = VolumeWriter::fresh(&path, &grid, kind, &recipe, true).unwrap();
    writer.write(&grid.all(), &data).unwrap();
    writer.finish().unwrap();
    io::open(&path, &OpenOptions::default()).unwrap()
}

fn build(volume: &Arc<dyn Volume>, floats: bool) -> BrickBuilder {
    let task = Task::silent();
    let builder = BrickBuilder::plan(volume, floats).unwrap();
    let scale = builder.scale(&task).unwrap();
    let mut sums = Vec::new();
    for slab in 0..builder.slabs().len() {
        sums.extend(builder.slab(slab, &scale, &task).unwrap());
    }
    for band in 0..builder.bands().len() {
        let full = sums.clone();
        sums.extend(builder.band(band, &full, &task).unwrap());
    }
    builder.finish(&scale, &sums, &task).unwrap();
    builder
}

struct Bench {
    engine: SliceEngine,
    delivered: mpsc::Receiver<Delivery>,
    volume: VolumeId,
}

impl Bench {
    fn on(volume: &Arc<dyn Volume>) -> Bench {
        let (sender, delivered) = mpsc::channel();
        let engine = SliceEngine::start(2, 64 * MEGABYTE, move |d| {
            let _ = sender.send(d);
        })
        .unwrap();
        let volume = engine.add(Arc::clone(volume));
        Bench {
            engine,
            delivered,
            volume,
        }
    }

    fn id(&self, key: SliceKey) -> SliceId {
        SliceId {
            volume: self.volume,
            key,
        }
    }

    /// Asks for a slice and waits for the whole of it; the steps of what came.
    fn ask(&self, key: SliceKey) -> (Arc<Slice>, Vec<usize>) {
        let known = self.engine.ask(&[self.id(key)], &[]);
        assert!(known.is_empty());
        let mut steps = Vec::new();
        loop {
            let slice = self.next();
            steps.push(slice.step);
            if slice.step == 1 {
                return (slice, steps);
            }
        }
    }

    fn next(&self) -> Arc<Slice> {
        self.delivered.recv().unwrap().1.unwrap()
    }
}

#[test]
fn a_coarse_picture_comes_first_from_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::on(&volume(folder.path()));
    bench.engine.ask(&[bench.id(SliceKey::Time(4.0))], &[]);
    let coarse = bench.next();
    assert_eq!((coarse.step, coarse.exact), (7, false));
    assert_eq!(coarse.plane().dim(), (520, 600));
    assert_eq!(coarse.value(20, 30), Some(value(28, 14, 4)));
    assert_eq!(coarse.true_value(20, 30), None);
    let whole = bench.next();
    assert_eq!((whole.step, whole.exact), (1, true));
    assert_eq!(whole.true_value(20, 30), Some(Some(value(30, 20, 4))));
    assert_eq!(bench.ask(SliceKey::Inline(3)).1, [1]);
    // What is in memory is whole.
    let known = bench.engine.ask(&[whole.id], &[]);
    assert_eq!(known[0].step, 1);
}

#[test]
fn levels_of_the_copy_are_near_and_samples_are_looked_up() {
    let folder = tempfile::tempdir().unwrap();
    let volume = volume(folder.path());
    let bench = Bench::on(&volume);
    assert!(bench.ask(SliceKey::Time(2.0)).0.exact);
    // A copy that comes while the volume is looked at is used.
    build(&volume, false);
    let (slice, steps) = bench.ask(SliceKey::Time(4.0));
    assert_eq!(steps, [2, 1]);
    assert!(!slice.exact && slice.remark.is_none());
    let step = 360.0 / 254.0;
    for (a, b) in [(0, 0), (519, 599), (77, 205)] {
        let near = slice.value(a, b).unwrap();
        assert!((near - value(b, a, 4)).abs() <= step, "{near}");
        assert_eq!(slice.true_value(a, b), None);
        bench.engine.look(slice.id, a, b);
        let looked = bench.next();
        assert_eq!(looked.id, slice.id);
        assert_eq!(looked.true_value(a, b), Some(Some(value(b, a, 4))));
    }
    let (section, _) = bench.ask(SliceKey::Crossline(100));
    bench.engine.look(section.id, 599, 8);
    let looked = bench.next();
    assert_eq!(looked.true_value(599, 8), Some(Some(value(599, 100, 8))));
}

#[test]
fn a_copy_with_floats_is_exact() {
    let folder = tempfile::tempdir().unwrap();
    let volume = volume(folder.path());
    build(&volume, true);
    let (slice, _) = Bench::on(&volume).ask(SliceKey::Time(4.0));
    assert!(slice.exact);
    assert_eq!(slice.value(20, 30), Some(value(30, 20, 4)));
}

#[test]
fn a_damaged_copy_is_not_shown_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let volume = volume(folder.path());
    let path = build(&volume, false).path().to_owned();
    let mut bytes = std::fs::read(&path).unwrap();
    let (middle, end) = (bytes.len() / 2, bytes.len());
    for at in (middle..end).step_by(32 << 10) {
        bytes[at] ^= 1;
    }
    std::fs::write(&path, bytes).unwrap();
    let bench = Bench::on(&volume);
    let (slice, _) = bench.ask(SliceKey::Time(4.0));
    assert!(slice.exact);
    assert_eq!(slice.value(20, 30), Some(value(30, 20, 4)));
    let remark = slice.remark.as_deref().unwrap();
    assert!(
        remark.contains("checksum") && remark.contains("the file itself"),
        "{remark}"
    );
    // Said once; another copy is taken.
    assert!(bench.ask(SliceKey::Time(5.0)).0.remark.is_none());
    build(&volume, false);
    assert!(!bench.ask(SliceKey::Time(6.0)).0.exact);
}

#[test]
fn a_file_that_shrinks_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let volume = volume(folder.path());
    build(&volume, false);
    let bench = Bench::on(&volume);
    let file = std::fs::File::options().write(true).open(volume.path());
    file.unwrap().set_len(100_000).unwrap();
    bench.engine.ask(&[bench.id(SliceKey::Inline(599))], &[]);
    let error = bench.delivered.recv().unwrap().1.unwrap_err().to_string();
    assert!(error.contains("cut short"), "{error}");
}
