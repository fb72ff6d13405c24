//! Which part of a survey a slice needs.

use std::ops::Range;

use ndarray::Array3;

use crate::io::Volume;
use crate::model::{Block, Direction, Pick};
use crate::preview::SliceError;
use crate::task::{Cancel, Cancelled};

/// A stretch of a slice, and the slab that it is computed from.
#[derive(Clone, Debug, PartialEq)]
pub struct Stretch {
    /// Lines, crosslines and samples that are wanted.
    pub wanted: [Range<usize>; 3],
    /// Those that are read.
    pub read: [Range<usize>; 3],
}

impl Stretch {
    /// The wanted range of an axis, counted from the first that is read.
    pub fn within(&self, axis: usize) -> Range<usize> {
        let (wanted, first) = (&self.wanted[axis], self.read[axis].start);
        wanted.start - first..wanted.end - first
    }

    /// How many are read on each axis.
    pub fn shape(&self) -> [usize; 3] {
        self.read.each_ref().map(ExactSizeIterator::len)
    }
}

/// Stretches of at most `lines` lines that together make the `at`-th slice of a
/// direction, each with as much around it as `reach` says; whole traces where the
/// slice holds whole traces.
pub fn stretches(
    direction: Direction,
    at: usize,
    shape: [usize; 3],
    reach: [usize; 3],
    lines: usize,
) -> Vec<Stretch> {
    let mut wanted = shape.map(|n| 0..n);
    let axis = match direction {
        Direction::Inline => 0,
        Direction::Crossline => 1,
        Direction::Time => 2,
    };
    wanted[axis] = at..at + 1;
    let parts = wanted[0].clone().step_by(lines.max(1));
    let stretch = |from: usize| {
        let mut wanted = wanted.clone();
        wanted[0] = from..(from + lines.max(1)).min(wanted[0].end);
        let read = std::array::from_fn(|axis| {
            let Range { start, end } = wanted[axis];
            start.saturating_sub(reach[axis])..(end + reach[axis]).min(shape[axis])
        });
        Stretch { wanted, read }
    };
    parts.map(stretch).collect()
}

/// Reads the slab of a stretch, a line at a time, so that it can be given up.
pub fn read(
    volume: &dyn Volume,
    stretch: &Stretch,
    cancel: &dyn Cancel,
) -> Result<Array3<f32>, SliceError> {
    let [lines, crosslines, samples] = stretch.shape();
    let mut data = Array3::zeros((lines, crosslines, samples));
    if let Some(out) = data.as_slice_mut() {
        let [ys, xs, ts] = stretch.read.clone();
        for (y, out) in ys.zip(out.chunks_exact_mut((crosslines * samples).max(1))) {
            if cancel.cancelled() {
                return Err(Cancelled.into());
            }
            let block = Block {
                inlines: Pick::one(y),
                crosslines: Pick::range(xs.start, xs.end),
                samples: Pick::range(ts.start, ts.end),
            };
            volume.read(&block, out)?;
        }
    }
    Ok(data)
}
