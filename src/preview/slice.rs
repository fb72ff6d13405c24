//! One slice in memory, with what its display needs to know about it.

use std::sync::Arc;

use ndarray::{ArcArray2, Array2, ArrayView2};

use super::derived::Work;
use crate::attributes::AttributeError;
use crate::io::{IoError, Scale};
use crate::model::{Direction, Grid, SliceKey};
use crate::picture::{Clip, Histogram};
use crate::task::Cancelled;

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
#[derive(Clone, Debug)]
pub struct Slice {
    /// Which slice of which volume.
    pub id: SliceId,
    /// As read: `[crossline, sample]`, `[inline, sample]` or `[inline, crossline]`.
    samples: ArcArray2<f32>,
    /// The clip that shows it well.
    pub clip: Clip,
    /// Its values over their whole range, nulls aside.
    pub histogram: Histogram,
    /// One trace in so many was read, in each direction across the traces: above
    /// 1 for a first, coarse picture that the whole slice follows.
    pub step: usize,
    /// True where its samples are those of the file; levels of a bricked copy are
    /// near them, and a coarse picture repeats some.
    pub exact: bool,
    /// What a person should know of how it was read.
    pub remark: Option<String>,
    /// What it cost, where it was computed.
    pub work: Option<Work>,
    /// Samples of the file at points that were asked for, of a slice that is not exact.
    points: Vec<([usize; 2], f32)>,
    /// Whole traces of the file, of a section that is not exact.
    traces: Vec<(usize, Arc<[f32]>)>,
}

/// Bins of a slice's histogram.
const BINS: usize = 256;

/// Most points that a slice remembers.
const POINTS: usize = 1024;

/// Most traces that a slice remembers.
const TRACES: usize = 256;

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
    /// The file does not answer; the slice comes when it does.
    #[error("{}: no answer for {seconds} s; is the disk or the network there? The slice comes when it is", path.display())]
    Slow {
        /// The file.
        path: std::path::PathBuf,
        /// How long it was waited for.
        seconds: u64,
    },
    /// The file could not be read.
    #[error("{0}")]
    Io(#[from] IoError),
    /// It cannot be computed.
    #[error("{0}")]
    Attribute(AttributeError),
    /// Nobody wants it any more.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl From<AttributeError> for SliceError {
    fn from(error: AttributeError) -> SliceError {
        match error {
            AttributeError::Cancelled(cancelled) => SliceError::Cancelled(cancelled),
            error => SliceError::Attribute(error),
        }
    }
}

impl Slice {
    /// A slice from its samples as they are read in the slice's block.
    pub fn new(id: SliceId, samples: Array2<f32>) -> Slice {
        let view = samples.view();
        let (clip, range) = (Clip::auto(&view), Clip::full(&view));
        let histogram = Histogram::of(&view, range, BINS);
        Slice {
            id,
            samples: samples.into_shared(),
            clip,
            histogram,
            step: 1,
            exact: true,
            remark: None,
            work: None,
            points: Vec::new(),
            traces: Vec::new(),
        }
    }

    /// A slice from the levels of a bricked copy.
    pub(super) fn of_levels(id: SliceId, codes: &Array2<u8>, scale: &Scale) -> Slice {
        let values = scale.values();
        let mut counts = [0u32; 256];
        for &code in codes {
            counts[usize::from(code)] += 1;
        }
        let present = |n: usize| (counts[n] > 0).then_some(values[n]);
        let present: Vec<f32> = (1..256).filter_map(present).collect();
        let range = Clip::full(&row(&present));
        let mut bins = vec![0; BINS];
        for (n, v) in values
            .iter()
            .enumerate()
            .skip(1)
            .filter(|(n, _)| counts[*n] > 0)
        {
            bins[((range.fraction(*v) * BINS as f32) as usize).min(BINS - 1)] += counts[n];
        }
        Slice {
            id,
            clip: Clip::auto(&row(&spread(&counts, &values))),
            samples: codes.mapv(|code| values[usize::from(code)]).into_shared(),
            histogram: Histogram {
                range,
                counts: bins,
            },
            step: 1,
            exact: false,
            remark: None,
            work: None,
            points: Vec::new(),
            traces: Vec::new(),
        }
    }

    /// A coarse picture of a slice of `size` samples: each sample stands for
    /// `step` traces along the rows, and along the columns of a time slice.
    pub(super) fn enlarged(mut self, size: [usize; 2], step: usize) -> Slice {
        let across = match self.id.key.direction() {
            Direction::Time => step,
            Direction::Inline | Direction::Crossline => 1,
        };
        let mut samples = Vec::with_capacity(size[0] * size[1]);
        for i in 0..size[0] {
            let from = self.samples.row(i / step);
            let stretched = from.iter().flat_map(|v| std::iter::repeat_n(*v, across));
            samples.extend(stretched.take(size[1]));
        }
        let samples = Array2::from_shape_vec(size, samples).unwrap_or_default();
        self.samples = samples.into_shared();
        self.step = step;
        self.exact = false;
        self
    }

    /// The same slice with what it cost to compute.
    pub(super) fn worked(self, work: Work) -> Slice {
        Slice {
            work: Some(work),
            ..self
        }
    }

    /// The samples as they are read in the slice's block.
    pub(super) fn samples(&self) -> ArrayView2<'_, f32> {
        self.samples.view()
    }

    /// The samples as `[a, b]` of the slice's plane: to the right, downwards.
    pub fn plane(&self) -> ArrayView2<'_, f32> {
        match self.id.key.direction() {
            Direction::Time => self.samples.t(),
            Direction::Inline | Direction::Crossline => self.samples.view(),
        }
    }

    /// The value shown at a sample of the plane; nothing outside or where it is null.
    pub fn value(&self, a: usize, b: usize) -> Option<f32> {
        self.plane().get([a, b]).copied().filter(|v| !v.is_nan())
    }

    /// The value of the file at a sample of the plane, nothing in it where it is
    /// null; nothing at all where it is not known (yet).
    pub fn true_value(&self, a: usize, b: usize) -> Option<Option<f32>> {
        if self.exact {
            return Some(self.value(a, b));
        }
        if let Some(trace) = self.true_trace(a) {
            return Some(trace.get(b).copied().filter(|v| !v.is_nan()));
        }
        let point = self.points.iter().find(|(at, _)| *at == [a, b]);
        point.map(|(_, v)| Some(*v).filter(|v| !v.is_nan()))
    }

    fn true_trace(&self, a: usize) -> Option<&Arc<[f32]>> {
        let found = self.traces.iter().find(|(at, _)| *at == a);
        found.map(|(_, trace)| trace)
    }

    /// The samples downwards at `a`, nulls as NaN: those of the file, and true,
    /// where they are known; else those shown, and false.
    pub fn trace(&self, a: usize) -> Option<(Vec<f32>, bool)> {
        if let Some(trace) = self.true_trace(a) {
            return Some((trace.to_vec(), true));
        }
        let plane = self.plane();
        (a < plane.nrows()).then(|| (plane.row(a).to_vec(), self.exact))
    }

    /// The same section with one more trace of the file. The samples are shared.
    pub(super) fn with_trace(&self, a: usize, trace: Vec<f32>) -> Slice {
        let mut slice = self.clone();
        if slice.traces.len() >= TRACES {
            slice.traces.clear();
        }
        slice.traces.push((a, trace.into()));
        slice
    }

    /// The same slice with the value of the file at one more point. The samples
    /// are shared.
    pub(super) fn with_point(&self, at: [usize; 2], value: f32) -> Slice {
        let mut slice = self.clone();
        if slice.points.len() >= POINTS {
            slice.points.clear();
        }
        slice.points.push((at, value));
        slice
    }

    /// How much memory it takes.
    pub fn bytes(&self) -> usize {
        self.samples.len() * size_of::<f32>() + BINS * size_of::<u32>() + size_of::<Slice>()
    }
}

fn row(values: &[f32]) -> ArrayView2<'_, f32> {
    ArrayView2::from_shape((1, values.len()), values).unwrap_or_else(|_| ArrayView2::from(&[[]]))
}

/// Values spread as the live codes are, a few thousand of them.
fn spread(counts: &[u32; 256], values: &[f32; 256]) -> Vec<f32> {
    const KEPT: u64 = 4096;
    let total: u64 = counts[1..].iter().map(|&n| u64::from(n)).sum();
    let kept = KEPT.min(total);
    let (mut spread, mut before) = (Vec::with_capacity(kept as usize), 0);
    for (code, &count) in counts.iter().enumerate().skip(1) {
        before += u64::from(count);
        let upto = (before * kept / total.max(1)) as usize;
        spread.resize(upto.max(spread.len()), values[code]);
    }
    spread
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
    use crate::io::Volume;
    use crate::preview::engine::tests::Ramp;
    use crate::preview::reading::whole;
    use crate::task::Task;

    fn read(key: SliceKey) -> Result<Slice, SliceError> {
        let volume = Ramp::open([70, 80, 90]);
        let id = SliceId {
            volume: VolumeId(0),
            key,
        };
        whole(&volume, id, Task::silent().cancel)
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

    #[test]
    fn levels_are_spread_like_their_values() {
        let scale = Scale {
            origin: -128.0,
            step: 1.0,
        };
        let codes = Array2::from_shape_fn((90, 100), |(i, j)| ((i * 7 + j * 13) % 255 + 1) as u8);
        let id = SliceId {
            volume: VolumeId(0),
            key: SliceKey::Time(0.0),
        };
        let slice = Slice::of_levels(id, &codes, &scale);
        let same = Slice::new(id, codes.mapv(|c| f32::from(c) - 128.0));
        assert_eq!(slice.plane(), same.plane());
        assert_eq!(slice.histogram, same.histogram);
        assert!((slice.clip.low - same.clip.low).abs() <= 1.0);
        assert!((slice.clip.high - same.clip.high).abs() <= 1.0);
        let nothing = Slice::of_levels(id, &Array2::zeros((3, 4)), &scale);
        assert!(nothing.value(1, 1).is_none());
        assert!(nothing.clip.low < nothing.clip.high);
    }

    #[test]
    fn coarse_pictures_lie_where_the_whole_slice_does() {
        let id = |key| SliceId {
            volume: VolumeId(0),
            key,
        };
        let coarse = Array2::from_shape_fn((3, 4), |(i, j)| (10 * i + j) as f32);
        let time = Slice::new(id(SliceKey::Time(0.0)), coarse.clone()).enlarged([8, 10], 3);
        assert_eq!(
            (time.plane().dim(), time.step, time.exact),
            ((10, 8), 3, false)
        );
        assert_eq!(time.value(9, 7), Some(23.0));
        assert_eq!(time.value(5, 2), Some(1.0));
        let section = Slice::new(id(SliceKey::Inline(0)), coarse).enlarged([8, 4], 3);
        assert_eq!(section.value(7, 1), Some(21.0));
        assert_eq!(section.true_value(7, 1), None);
        let asked = section.with_point([7, 1], 5.5).with_point([0, 0], f32::NAN);
        assert_eq!(asked.true_value(7, 1), Some(Some(5.5)));
        assert_eq!(asked.true_value(0, 0), Some(None));
        assert_eq!(asked.value(7, 1), Some(21.0));
        assert_eq!(asked.trace(7), Some((vec![20.0, 21.0, 22.0, 23.0], false)));
        let known = asked.with_trace(7, vec![1.0, 2.0, f32::NAN, 4.0]);
        assert_eq!(known.true_value(7, 1), Some(Some(2.0)));
        assert_eq!(known.true_value(7, 2), Some(None));
        assert!(known.trace(7).unwrap().1);
        assert!(known.trace(8).is_none() && !known.trace(6).unwrap().1);
    }
}
