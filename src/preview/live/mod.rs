//! A small forest that learns while polygons change: what it makes of the slice on
//! screen, and where it would learn most.
//!
//! Two threads, each with a desk where the newest question wins. Rows come from
//! the polygons as for separability, capped and evenly drawn; the forest is small
//! (24 trees of depth 8). These are previews for the eye; `rfc3d` grows the real
//! forest on all voxels, and says how far to trust it.

mod learn;
mod spots;
#[cfg(test)]
mod tests;

pub use spots::{Spot, Suggester, Suggestions, Uncertainty};

use std::sync::Arc;

use ndarray::Array2;

use self::learn::Learner;
use super::desk::Desk;
use super::gather::Gathered;
use super::reading::Source;
use super::{Slice, SliceEngine, SliceId, VolumeId};
use crate::ml::forest::Forest;
use crate::model::{Direction, Grid, Polygon, SliceKey};
use crate::task::{Cancel, CancelFlag, Cancelled, Task};

/// One sample in so many, each way, is classified first.
const COARSE: usize = 6;
/// Rows of a slice's plane that are classified between two looks at the flag.
const AT_ONCE: usize = 1 << 15;

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveQuestion {
    /// The grid that voxels are counted on.
    pub grid: Grid,
    /// Names of the facies, in order of code.
    pub facies: Vec<String>,
    /// The polygons.
    pub polygons: Vec<Arc<Polygon>>,
    /// The attributes: name and volume.
    pub attributes: Vec<(String, VolumeId)>,
    /// The slice to classify.
    pub slice: SliceKey,
}

/// The answer: classes, or why there are none.
pub type LiveAnswer = Result<LiveClasses, String>;

/// The classes of a slice as the small forest sees them.
#[derive(Clone, Debug)]
pub struct LiveClasses {
    /// Code of each sample: the place of its facies from 1, NaN where an attribute
    /// is null. Its `step` is above 1 for the first, coarse answer.
    pub slice: Arc<Slice>,
    /// Voxels that were learnt from.
    pub rows: usize,
}

/// Classifies slices on a thread of its own; the newest question wins.
pub struct LiveForest {
    desk: Desk<Box<LiveQuestion>>,
}

impl LiveForest {
    /// Starts the thread. It reads through the volumes of the engine; `deliver` is
    /// called on it, coarse answer first, and must not block.
    pub fn start(
        engine: &SliceEngine,
        deliver: impl Fn(LiveAnswer) + Send + 'static,
    ) -> std::io::Result<LiveForest> {
        let shared = engine.shared();
        let mut kept = Kept::default();
        let desk = Desk::start(
            "live classes",
            move |question: Box<LiveQuestion>, cancel: &CancelFlag| {
                let source = |id: VolumeId| shared.source(id);
                classify(&question, &mut kept, &source, cancel, &deliver);
            },
        )?;
        Ok(LiveForest { desk })
    }

    /// Asks; an earlier question that is not answered yet is given up.
    pub fn ask(&self, question: Box<LiveQuestion>) {
        self.desk.ask(question);
    }

    /// Gives up what is being answered.
    pub fn give_up(&self) {
        self.desk.give_up();
    }
}

impl LiveQuestion {
    fn volumes(&self) -> Vec<VolumeId> {
        self.attributes.iter().map(|(_, volume)| *volume).collect()
    }
}

/// What a desk keeps from question to question.
#[derive(Default)]
struct Kept {
    gathered: Gathered,
    learner: Learner,
}

/// The volumes that the engine knows.
type Sources<'a> = &'a dyn Fn(VolumeId) -> Option<Arc<Source>>;

/// A slice of each volume, and the grid that it lies on; nothing where one cannot
/// be had.
fn read(
    gathered: &mut Gathered,
    volumes: &[VolumeId],
    key: SliceKey,
    source: Sources,
    cancel: &dyn Cancel,
) -> Option<Vec<(Arc<Slice>, Grid)>> {
    let one = |&volume: &VolumeId| {
        let source = source(volume)?;
        let slice = gathered.slice(SliceId { volume, key }, &source, cancel)?;
        Some((slice, *source.volume.grid()))
    };
    volumes.iter().map(one).collect()
}

/// Answers a question, coarse and then whole; nothing once cancelled.
fn classify(
    question: &LiveQuestion,
    kept: &mut Kept,
    source: Sources,
    cancel: &dyn Cancel,
    deliver: &dyn Fn(LiveAnswer),
) {
    let Kept { gathered, learner } = kept;
    let (grid, volumes) = (question.grid, question.volumes());
    if !gathered.gather(&grid, &question.polygons, &volumes, source, cancel) {
        return;
    }
    let (forest, table) = match learner.learn(question, gathered, cancel) {
        Ok(Some(known)) => known,
        Ok(None) => return,
        Err(reason) => return deliver(Err(reason)),
    };
    let key = question.slice;
    let slices = read(gathered, &volumes, key, source, cancel);
    if cancel.cancelled() {
        return;
    }
    let Some(slices) = slices else {
        return deliver(Err(format!("no attribute values on {key}")));
    };
    let plane = Plane {
        key,
        grid,
        slices: &slices,
    };
    for step in [COARSE, 1] {
        let Ok(codes) = plane.classes(forest, step, cancel) else {
            return;
        };
        deliver(Ok(LiveClasses {
            slice: Arc::new(plane.slice(volumes[0], &codes, step)),
            rows: table.len(),
        }));
    }
}

/// A slice of the survey with the attributes on it, each on its own grid.
struct Plane<'a> {
    key: SliceKey,
    grid: Grid,
    slices: &'a [(Arc<Slice>, Grid)],
}

impl Plane<'_> {
    /// Samples to the right and downwards.
    fn size(&self) -> (usize, usize) {
        let (a, b) = self.grid.plane(self.key.direction());
        (a.count, b.count)
    }

    /// Values of each attribute at every `step`-th sample of rows `from..to` of the
    /// reduced plane, downwards first; NaN for null.
    fn columns(&self, step: usize, rows: std::ops::Range<usize>) -> Vec<Vec<f32>> {
        let direction = self.key.direction();
        let (a_axis, b_axis) = self.grid.plane(direction);
        let b_count = self.size().1.div_ceil(step);
        let middle = |i: usize, count: usize| (i * step + step / 2).min(count - 1);
        let column = |(slice, grid): &(Arc<Slice>, Grid)| {
            let (a_own, b_own) = grid.plane(direction);
            let at_b: Vec<Option<usize>> = (0..b_count)
                .map(|b| b_own.index(b_axis.value(middle(b, b_axis.count))))
                .collect();
            let plane = slice.plane();
            let mut values = Vec::with_capacity(rows.len() * b_count);
            for a in rows.clone() {
                let a = a_own.index(a_axis.value(middle(a, a_axis.count)));
                values.extend(at_b.iter().map(|b| {
                    let value = a.zip(*b).and_then(|(a, b)| plane.get([a, b]));
                    value.copied().unwrap_or(f32::NAN)
                }));
            }
            values
        };
        self.slices.iter().map(column).collect()
    }

    /// Place of the class of every `step`-th sample, from 1 and 0 for null.
    fn classes(
        &self,
        forest: &Forest,
        step: usize,
        cancel: &dyn Cancel,
    ) -> Result<Array2<u16>, Cancelled> {
        let (a, b) = self.size();
        let (a, b) = (a.div_ceil(step), b.div_ceil(step));
        let mut places = Vec::with_capacity(a * b);
        let task = quiet(cancel);
        let rows = (AT_ONCE / b.max(1)).max(1);
        for from in (0..a).step_by(rows) {
            let columns = self.columns(step, from..(from + rows).min(a));
            let columns: Vec<&[f32]> = columns.iter().map(Vec::as_slice).collect();
            let mut part = vec![0; columns.first().map_or(0, |c| c.len())];
            forest.predict(&columns, &mut part, None, &task)?;
            // The code in the session, not the place among those with voxels.
            places.extend(part.into_iter().map(|p| match p.checked_sub(1) {
                Some(place) => forest.codes[usize::from(place)] as u16,
                None => 0,
            }));
        }
        Ok(Array2::from_shape_vec((a, b), places).unwrap_or_default())
    }

    /// Classes as a slice of the whole size.
    fn slice(&self, volume: VolumeId, codes: &Array2<u16>, step: usize) -> Slice {
        let (a, b) = self.size();
        let value = |a: usize, b: usize| match codes[[a / step, b / step]] {
            0 => f32::NAN,
            code => f32::from(code),
        };
        let samples = match self.key.direction() {
            // As it is read: inlines first.
            Direction::Time => Array2::from_shape_fn((b, a), |(b, a)| value(a, b)),
            _ => Array2::from_shape_fn((a, b), |(a, b)| value(a, b)),
        };
        let id = SliceId {
            volume,
            key: self.key,
        };
        let mut slice = Slice::new(id, samples);
        slice.step = step;
        slice
    }
}

/// A task that only a flag can stop.
fn quiet(cancel: &dyn Cancel) -> Task<'_> {
    Task::new(Task::silent().progress, cancel)
}
