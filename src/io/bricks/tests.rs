//! Copies of volumes of odd shapes, holes and orders, against the volumes themselves.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ndarray::{Array3, Axis as Along};
use proptest::prelude::*;

use super::{BrickBuilder, BrickMemory, Bricks, Scale, Sum};
use crate::io::{IoError, Volume};
use crate::model::{Axis, Block, Direction, Grid, SampleUnit};
use crate::task::{CancelFlag, Task, stream};

/// A volume in memory that stands for a file on disk.
struct Stand {
    path: PathBuf,
    grid: Grid,
    sorted_by: Direction,
    data: Array3<f32>,
}

impl Volume for Stand {
    fn grid(&self) -> &Grid {
        &self.grid
    }

    fn path(&self) -> &Path {
        &self.path
    }

    fn sorted_by(&self) -> Direction {
        self.sorted_by
    }

    fn read(&self, block: &Block, out: &mut [f32]) -> Result<(), IoError> {
        let mut out = out.iter_mut();
        for i in block.inlines.indices() {
            for x in block.crosslines.indices() {
                for t in block.samples.indices() {
                    *out.next().unwrap() = self.data[[i, x, t]];
                }
            }
        }
        Ok(())
    }
}

const MEGABYTE: usize = 1 << 20;

fn stand(folder: &Path, shape: [usize; 3], sorted_by: Direction, seed: u64) -> Arc<dyn Volume> {
    let path = folder.join("a.sgy");
    std::fs::write(&path, b"stands for a volume").unwrap();
    let mut random = stream(seed, "bricks", &[]);
    let axis = |n| Axis::new(1.0, 1.0, n);
    let mut data = Array3::from_shape_simple_fn(shape, || random.normal() as f32);
    // A trace and a few samples are missing.
    data.slice_mut(ndarray::s![shape[0] / 2, shape[1] / 3, ..])
        .fill(f32::NAN);
    data[[0, 0, shape[2] - 1]] = f32::NAN;
    Arc::new(Stand {
        path,
        grid: Grid {
            inlines: axis(shape[0]),
            crosslines: axis(shape[1]),
            samples: axis(shape[2]),
            unit: SampleUnit::Milliseconds,
            spacing: None,
        },
        sorted_by,
        data,
    })
}

/// Works all parts and finishes; slabs that `skip` names are left out.
fn build(builder: &BrickBuilder, known: &[Sum]) -> Result<Scale, IoError> {
    let task = Task::silent();
    let scale = builder.scale(&task)?;
    let mut sums = known.to_vec();
    if known.is_empty() {
        for slab in 0..builder.slabs().len() {
            sums.extend(builder.slab(slab, &scale, &task)?);
        }
    }
    let full = sums.clone();
    for band in 0..builder.bands().len() {
        sums.extend(builder.band(band, &full, &task)?);
    }
    builder.finish(&scale, &sums, &task)?;
    Ok(scale)
}

fn opened(volume: &Arc<dyn Volume>) -> Result<Option<Bricks>, IoError> {
    Bricks::open(volume.as_ref(), &Arc::new(BrickMemory::new(MEGABYTE)))
}

/// The samples of a whole volume.
fn data(volume: &Arc<dyn Volume>) -> Array3<f32> {
    let mut data = Array3::zeros(volume.grid().shape());
    volume
        .read(&volume.grid().all(), data.as_slice_mut().unwrap())
        .unwrap();
    data
}

/// Every slice of every level, twice: from the file and from memory.
fn compare(volume: &Arc<dyn Volume>, scale: &Scale, floats: bool) {
    let bricks = opened(volume).unwrap().unwrap();
    assert_eq!((bricks.has_floats(), bricks.scale()), (floats, scale));
    let never = CancelFlag::default();
    let truth = data(volume);
    let mut level = truth.mapv(|v| {
        let mut code = [0];
        scale.encode(&[v], &mut code);
        code[0]
    });
    for n in 0..bricks.levels() {
        if n > 0 {
            level = thinned(&level);
        }
        assert_eq!(bricks.shape(n)[..], *level.shape());
        for (along, direction) in [Direction::Inline, Direction::Crossline, Direction::Time]
            .into_iter()
            .enumerate()
        {
            for at in (0..truth.shape()[along]).step_by(if n > 0 { 7 } else { 3 }) {
                let here = if along < 2 { at >> n } else { at };
                let expected = level.index_axis(Along(along), here);
                for _ in 0..2 {
                    let codes = bricks.codes(direction, at, n, &never).unwrap();
                    assert_eq!(codes, expected, "level {n} {direction:?} {at}");
                }
                if n == 0 && floats {
                    let values = bricks.floats(direction, at, &never).unwrap().unwrap();
                    let bits = |v: &f32| v.to_bits();
                    let expected = truth.index_axis(Along(along), at);
                    assert_eq!(values.map(bits), expected.map(bits));
                }
            }
        }
    }
}

/// The next level by its definition.
fn thinned(level: &Array3<u8>) -> Array3<u8> {
    let (inlines, crosslines, samples) = level.dim();
    let shape = (inlines.div_ceil(2), crosslines.div_ceil(2), samples);
    Array3::from_shape_fn(shape, |(i, x, t)| {
        let four = [(0, 0), (0, 1), (1, 0), (1, 1)];
        let live = four
            .iter()
            .filter_map(|(a, b)| level.get([2 * i + a, 2 * x + b, t]));
        let live: Vec<f64> = live.filter(|&&v| v > 0).map(|&v| f64::from(v)).collect();
        let mean = live.iter().sum::<f64>() / live.len().max(1) as f64;
        mean.round() as u8
    })
}

#[test]
fn any_shape_any_order_with_and_without_floats() {
    let shapes = [
        [1, 1, 1],
        [32, 32, 32],
        [33, 65, 31],
        [300, 70, 40],
        [5, 4000, 3],
    ];
    for (n, shape) in shapes.into_iter().enumerate() {
        for sorted_by in [Direction::Inline, Direction::Crossline] {
            let folder = tempfile::tempdir().unwrap();
            let volume = stand(folder.path(), shape, sorted_by, n as u64);
            let floats = n % 2 == 1;
            let builder = BrickBuilder::plan(&volume, floats).unwrap();
            assert!(!builder.is_there());
            let scale = build(&builder, &[]).unwrap();
            assert!(builder.is_there());
            assert_eq!(builder.path().metadata().unwrap().len(), builder.bytes());
            compare(&volume, &scale, floats);
        }
    }
}

#[test]
fn without_a_copy_there_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let volume = stand(folder.path(), [9, 9, 9], Direction::Inline, 1);
    assert!(opened(&volume).unwrap().is_none());
}

#[test]
fn a_changed_file_makes_the_copy_stale() {
    let folder = tempfile::tempdir().unwrap();
    let volume = stand(folder.path(), [9, 9, 9], Direction::Inline, 1);
    let builder = BrickBuilder::plan(&volume, false).unwrap();
    build(&builder, &[]).unwrap();
    let bricks = opened(&volume).unwrap().unwrap();
    bricks.check_source().unwrap();
    std::fs::write(volume.path(), b"another volume").unwrap();
    assert!(bricks.check_source().is_err());
    let error = opened(&volume).unwrap_err().to_string();
    assert!(error.contains("made before the file changed"), "{error}");
    assert!(error.contains("`outcrop bricks`"), "{error}");
    // What was planned for the old file is not finished for the new one.
    let error = build(&builder, &[]).unwrap_err().to_string();
    assert!(error.contains("changed while it was copied"), "{error}");
}

#[test]
fn another_order_of_axes_is_another_volume() {
    let folder = tempfile::tempdir().unwrap();
    let volume = stand(folder.path(), [9, 9, 9], Direction::Inline, 1);
    build(&BrickBuilder::plan(&volume, false).unwrap(), &[]).unwrap();
    let grid = *volume.grid();
    let turned: Arc<dyn Volume> = Arc::new(Stand {
        path: volume.path().to_owned(),
        grid,
        sorted_by: Direction::Crossline,
        data: data(&volume),
    });
    assert!(opened(&turned).is_err());
}

#[test]
fn what_an_earlier_run_wrote_is_taken_up_and_checked() {
    let folder = tempfile::tempdir().unwrap();
    let volume = stand(folder.path(), [70, 40, 40], Direction::Inline, 1);
    let task = Task::silent();
    let first = BrickBuilder::plan(&volume, false).unwrap();
    let scale = first.scale(&task).unwrap();
    let sums: Vec<Sum> = (0..first.slabs().len())
        .flat_map(|slab| first.slab(slab, &scale, &task).unwrap())
        .collect();
    drop(first);
    // Another process goes on from there.
    let second = BrickBuilder::plan(&volume, false).unwrap();
    build(&second, &sums).unwrap();
    compare(&volume, &scale, false);
    second.finish(&scale, &sums, &task).unwrap();

    // The unfinished copy is gone: its parts are not believed to be there.
    std::fs::remove_file(second.path()).unwrap();
    let third = BrickBuilder::plan(&volume, false).unwrap();
    let error = third.finish(&scale, &sums, &task).unwrap_err().to_string();
    assert!(error.contains("lost"), "{error}");
    assert!(!third.path().exists());
}

#[test]
fn cancelled_work_ends_and_leaves_no_copy() {
    struct Yes;
    impl crate::task::Cancel for Yes {
        fn cancelled(&self) -> bool {
            true
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let volume = stand(folder.path(), [40, 40, 40], Direction::Inline, 1);
    let builder = BrickBuilder::plan(&volume, false).unwrap();
    let silent = Task::silent();
    let scale = builder.scale(&silent).unwrap();
    let task = Task::new(silent.progress, &Yes);
    assert!(matches!(
        builder.slab(0, &scale, &task),
        Err(IoError::Cancelled(_))
    ));
    assert!(!builder.path().exists());
    build(&builder, &[]).unwrap();
    let bricks = opened(&volume).unwrap().unwrap();
    assert!(bricks.codes(Direction::Time, 3, 0, &Yes).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// One flipped bit anywhere: the copy is refused, or the slices through the
    /// damage are, or they are right (where nothing is kept).
    #[test]
    fn a_flipped_bit_is_never_shown(place in 0f64..1.0, bit in 0u8..8, cut: bool) {
        thread_local! {
            static MADE: (tempfile::TempDir, Arc<dyn Volume>, PathBuf, Vec<u8>) = {
                let folder = tempfile::tempdir().unwrap();
                let volume = stand(folder.path(), [34, 20, 40], Direction::Inline, 1);
                let builder = BrickBuilder::plan(&volume, false).unwrap();
                build(&builder, &[]).unwrap();
                let path = builder.path().to_owned();
                let bytes = std::fs::read(&path).unwrap();
                (folder, volume, path, bytes)
            };
        }
        MADE.with(|(_, volume, path, bytes)| {
            std::fs::write(path, bytes).unwrap();
            let never = CancelFlag::default();
            let slices = || -> Result<Vec<_>, IoError> {
                let bricks = opened(volume)?.unwrap();
                (0..34).map(|at| bricks.codes(Direction::Inline, at, 0, &never)).collect()
            };
            let right = slices().unwrap();
            // Most of the damage to where there is little: the head of the file.
            let at = (place.powi(4) * bytes.len() as f64) as usize;
            let mut damaged = bytes.clone();
            if cut {
                damaged.truncate(at);
            } else {
                damaged[at] ^= 1 << bit;
            }
            std::fs::write(path, damaged).unwrap();
            match slices() {
                Err(_) => {}
                Ok(found) => {
                    assert!(!cut);
                    assert_eq!(found, right);
                }
            }
        });
    }
}
