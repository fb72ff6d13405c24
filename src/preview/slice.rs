//! One slice in memory, with what its display needs to know about it.

use std::sync::Arc;

use ndarray::{Array2, ArrayView2};

use crate::io::{IoError, Volume};
use crate::model::{Direction, Grid, SliceKey};
use crate::picture::{Clip, Histogram};
use crate::task::{Cancel, Cancelled};

/// A volume that the engine knows, in the order they were added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VolumeId(pub(super) u32);

/// A slice of a volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SliceId {
    /// The volume.
    pub volume: VolumeId,
    /// The slice.
    pub key: SliceKey,
}

/// The samples of one slice, and how they are spread.
#[derive(Debug)]
pub struct Slice {
    /// Which slice of which volume.
    pub id: SliceId,
    /// As read: `[crossline, sample]`, `[inline, sample]` or `[inline, crossline]`.
    samples: Array2<f32>,
    /// The clip that shows it well.
    pub clip: Clip,
    /// Its values over their whole range, nulls aside.
    pub histogram: Histogram,
}

/// Bins of a slice's histogram.
const BINS: usize = 256;

/// Most traces read between two looks at the cancel flag.
const TRACES_AT_ONCE: usize = 1024;

/// Why a slice could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SliceError {
    /// The volume ends before it.
    #[error("{key}: outside the volume, which holds {low} to {high}; try {low}")]
    Outside {
        /// The slice.
        key: SliceKey,
        /// Smallest number of its axis.
        low: f64,
        /// Largest number of its axis.
        high: f64,
    },
    /// The file could not be read.
    #[error("{0}")]
    Io(#[from] IoError),
    /// Nobody wants it any more.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl Slice {
    /// A slice from its samples as they are read in the slice's block.
    pub fn new(id: SliceId, samples: Array2<f32>) -> Slice {
        let view = samples.view();
        let (clip, range) = (Clip::auto(&view), Clip::full(&view));
        let histogram = Histogram::of(&view, range, BINS);
        Slice {
            id,
            samples,
            clip,
            histogram,
        }
    }

    /// The samples as `[a, b]` of the slice's plane: to the right, downwards.
    pub fn plane(&self) -> ArrayView2<'_, f32> {
        match self.id.key.direction() {
            Direction::Time => self.samples.t(),
            Direction::Inline | Direction::Crossline => self.samples.view(),
        }
    }

    /// The value at a sample of the plane; nothing outside or where it is null.
    pub fn value(&self, a: usize, b: usize) -> Option<f32> {
        self.plane().get([a, b]).copied().filter(|v| !v.is_nan())
    }

    /// How much memory it takes.
    pub fn bytes(&self) -> usize {
        self.samples.len() * size_of::<f32>() + BINS * size_of::<u32>() + size_of::<Slice>()
    }
}

/// Reads a slice, a thousand traces at a time, so that a wish that is void is
/// given up soon.
pub(super) fn read_slice(
    volume: &Arc<dyn Volume>,
    id: SliceId,
    cancel: &dyn Cancel,
) -> Result<Slice, SliceError> {
    let grid = volume.grid();
    let axis = grid.axis(id.key.direction());
    let block = id.key.block(grid).ok_or(SliceError::Outside {
        key: id.key,
        low: axis.low(),
        high: axis.high(),
    })?;
    let [inlines, crosslines, times] = block.shape();
    let (rows, width, traces) = match id.key.direction() {
        Direction::Inline => (crosslines, times, 1),
        Direction::Crossline => (inlines, times, 1),
        Direction::Time => (inlines, crosslines, crosslines),
    };
    let mut samples = vec![0.0f32; rows * width];
    let step = (TRACES_AT_ONCE / traces.max(1)).max(1);
    for from in (0..rows).step_by(step) {
        if cancel.cancelled() {
            return Err(Cancelled.into());
        }
        let to = (from + step).min(rows);
        let mut part = block;
        match id.key.direction() {
            Direction::Inline => part.crosslines = block.crosslines.part(from, to),
            _ => part.inlines = block.inlines.part(from, to),
        }
        volume.read(&part, &mut samples[from * width..to * width])?;
    }
    let samples = Array2::from_shape_vec((rows, width), samples).unwrap_or_default();
    Ok(Slice::new(id, samples))
}

/// The slices that will probably be wanted after `key`, nearest first: two on
/// in the direction of the last `step`, one back.
pub fn neighbours(grid: &Grid, key: &SliceKey, step: isize) -> Vec<SliceKey> {
    let axis = grid.axis(key.direction());
    let Some(at) = key.index(grid) else {
        return Vec::new();
    };
    let step = if step == 0 { 1 } else { step };
    [step, 2 * step, -step]
        .into_iter()
        .filter_map(|d| {
            let index = at.checked_add_signed(d).filter(|&i| i < axis.count)?;
            Some(SliceKey::new(key.direction(), axis.value(index)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preview::engine::tests::Ramp;
    use crate::task::Task;

    fn read(key: SliceKey) -> Result<Slice, SliceError> {
        let volume: Arc<dyn Volume> = Arc::new(Ramp::open([70, 80, 90]));
        let id = SliceId {
            volume: VolumeId(0),
            key,
        };
        read_slice(&volume, id, Task::silent().cancel)
    }

    #[test]
    fn every_direction_is_laid_out_right_and_down() {
        // The volume's samples encode their place as inline * 1e4 + crossline * 1e2 + sample.
        let inline = read(SliceKey::Inline(7)).unwrap();
        assert_eq!(inline.value(33, 21), Some(73_321.0));
        let crossline = read(SliceKey::Crossline(33)).unwrap();
        assert_eq!(crossline.value(7, 21), Some(73_321.0));
        let time = read(SliceKey::Time(84.0)).unwrap();
        assert_eq!(time.value(33, 7), Some(73_321.0));
        assert_eq!(time.plane().dim(), (80, 70));
        assert_eq!(time.value(80, 0), None);
    }

    #[test]
    fn outside_says_what_the_volume_holds() {
        let error = read(SliceKey::Inline(70)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "inline 70: outside the volume, which holds 0 to 69; try 0"
        );
    }

    #[test]
    fn neighbours_lead_on_in_the_direction_of_travel() {
        let volume = Ramp::open([5, 80, 90]);
        let keys = |at, step| neighbours(volume.grid(), &SliceKey::Inline(at), step);
        assert_eq!(
            keys(2, 1),
            [
                SliceKey::Inline(3),
                SliceKey::Inline(4),
                SliceKey::Inline(1)
            ]
        );
        assert_eq!(keys(4, 1), [SliceKey::Inline(3)]);
        assert_eq!(keys(9, 1), []);
    }
}
