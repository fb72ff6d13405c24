//! Reading a slice: from a bricked copy or from the file itself, a coarse
//! picture first where the whole one takes its time; or computing it.

use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use ndarray::Array2;

use super::derived::{Derived, Totals};
use super::slice::{Slice, SliceError, SliceId};
use crate::io::{self, BrickMemory, Bricks, IoError, Stamp, Volume};
use crate::model::{Block, Cut, Direction, Grid, Pick};
use crate::task::{Cancel, Cancelled};

/// Most traces of a section, and of a time slice, read between two looks at the
/// cancel flag; of a time slice so many that all threads have work.
const TRACES_AT_ONCE: [usize; 2] = [1024, 8192];
/// Traces of a coarse time slice: about as many as a screen shows.
const COARSE_TIME: usize = 80 * 80;
/// Traces of a coarse section.
const COARSE_SECTION: usize = 512;
/// Samples of a coarse picture from bricks.
const COARSE_LEVELS: usize = 1 << 18;
/// Traces that a time slice may touch to be called near: 256 MiB of pages of 4 KiB.
const FEW_TRACES: usize = 1 << 16;
/// Most threads that read one volume.
const THREADS: usize = 4;

/// A volume and what is known of its bricked copy.
pub(super) struct Source {
    pub(super) volume: Arc<dyn Volume>,
    memory: Arc<BrickMemory>,
    copy: Mutex<Copy>,
    /// True for a cut of another volume, which has no bricked copy of its own.
    cut: bool,
    /// How its slices are computed, where they are not read.
    derived: Option<Derived>,
    /// Sums over the whole volume, from when they were first needed.
    totals: OnceLock<Totals>,
    /// Threads of its own, from the first read on: a file that does not answer
    /// holds up no other.
    pool: Arc<OnceLock<Option<rayon::ThreadPool>>>,
}

/// The bricked copy of a volume.
#[derive(Default)]
struct Copy {
    bricks: Option<Arc<Bricks>>,
    /// A copy that was found useless: looked at again when it changes.
    refused: Option<Stamp>,
    /// Why, until somebody has been told.
    remark: Option<String>,
}

impl Source {
    pub(super) fn new(volume: Arc<dyn Volume>, memory: Arc<BrickMemory>) -> Source {
        Source {
            volume,
            memory,
            copy: Mutex::default(),
            cut: false,
            derived: None,
            totals: OnceLock::new(),
            pool: Arc::default(),
        }
    }

    /// A volume on the grid of this one that is computed, by the same threads.
    pub(super) fn derive(&self, derived: Derived) -> Source {
        Source {
            volume: Arc::clone(&self.volume),
            memory: Arc::clone(&self.memory),
            copy: Mutex::default(),
            cut: self.cut,
            derived: Some(derived),
            totals: OnceLock::new(),
            pool: Arc::clone(&self.pool),
        }
    }

    /// True where slices are computed, which takes as long as it takes.
    pub(super) fn is_derived(&self) -> bool {
        self.derived.is_some()
    }

    /// True where a time slice costs about what a section does: from a bricked copy,
    /// or of a few traces.
    pub(super) fn time_is_near(&self) -> bool {
        let [inlines, crosslines, _] = self.grid().shape();
        inlines.saturating_mul(crosslines) <= FEW_TRACES || self.bricks().is_some()
    }

    pub(super) fn grid(&self) -> &Grid {
        self.volume.grid()
    }

    pub(super) fn path(&self) -> &Path {
        self.volume.path()
    }

    /// Sums over the whole volume as it is read.
    pub(super) fn totals(&self, cancel: &dyn Cancel) -> Result<&Totals, SliceError> {
        if let Some(totals) = self.totals.get() {
            return Ok(totals);
        }
        let totals = Totals::of(self.volume.as_ref(), cancel)?;
        Ok(self.totals.get_or_init(|| totals))
    }

    /// The volume that a cut makes of this one, read by the same threads.
    pub(super) fn cut(&self, cut: Cut) -> Source {
        Source {
            volume: io::cut(Arc::clone(&self.volume), cut),
            memory: Arc::clone(&self.memory),
            copy: Mutex::default(),
            cut: true,
            derived: None,
            totals: OnceLock::new(),
            pool: Arc::clone(&self.pool),
        }
    }

    /// Reads a slice; a coarse picture of it goes to `first`, where the whole one
    /// takes long and `first` is there.
    pub(super) fn read(
        &self,
        id: SliceId,
        cancel: &dyn Cancel,
        first: Option<&(dyn Fn(Slice) + Sync)>,
    ) -> Result<Slice, SliceError> {
        match self.pool.get_or_init(threads) {
            Some(pool) => pool.install(|| self.slice(id, cancel, first)),
            None => self.slice(id, cancel, first),
        }
    }

    fn slice(
        &self,
        id: SliceId,
        cancel: &dyn Cancel,
        first: Option<&(dyn Fn(Slice) + Sync)>,
    ) -> Result<Slice, SliceError> {
        let at = index(self.volume.as_ref(), id)?;
        if let Some(derived) = &self.derived {
            return derived.slice(id, at, cancel);
        }
        if let Some(bricks) = self.bricks() {
            match levels(&bricks, id, at, cancel, first) {
                Ok(slice) => return Ok(slice),
                Err(IoError::Cancelled(cancelled)) => return Err(cancelled.into()),
                Err(error) => self.refuse(&error),
            }
        }
        let volume = self.volume.as_ref();
        if let Some(first) = first
            && let Some(coarse) = coarse(volume, id, cancel)?
        {
            first(coarse);
        }
        let mut slice = whole(volume, id, cancel)?;
        slice.remark = self.copy().remark.take();
        Ok(slice)
    }

    /// The trace of the file at `a` of a section; a time slice has none.
    pub(super) fn trace(&self, id: SliceId, a: usize) -> Result<Option<Vec<f32>>, SliceError> {
        if self.is_derived() {
            return Ok(None);
        }
        let mut block = block(self.volume.as_ref(), id)?;
        match id.key.direction() {
            Direction::Inline => block.crosslines = Pick::one(a),
            Direction::Crossline => block.inlines = Pick::one(a),
            Direction::Time => return Ok(None),
        }
        let mut samples = vec![0.0; block.len()];
        self.volume.read(&block, &mut samples)?;
        Ok(Some(samples))
    }

    /// The value of the file at one sample of the plane of a slice.
    pub(super) fn point(&self, id: SliceId, [a, b]: [usize; 2]) -> Result<f32, SliceError> {
        let mut block = block(self.volume.as_ref(), id)?;
        let [down, right] = match id.key.direction() {
            Direction::Inline => [&mut block.crosslines, &mut block.samples],
            Direction::Crossline => [&mut block.inlines, &mut block.samples],
            Direction::Time => [&mut block.crosslines, &mut block.inlines],
        };
        (*down, *right) = (Pick::one(a), Pick::one(b));
        let mut value = [0.0];
        self.volume.read(&block, &mut value)?;
        Ok(value[0])
    }

    fn copy(&self) -> std::sync::MutexGuard<'_, Copy> {
        self.copy.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The bricked copy, if there is one that fits: it may come while the volume
    /// is looked at, and the file may change.
    fn bricks(&self) -> Option<Arc<Bricks>> {
        if self.cut {
            return None;
        }
        let mut copy = self.copy();
        if let Some(bricks) = &copy.bricks {
            match bricks.check_source() {
                Ok(()) => return Some(Arc::clone(bricks)),
                Err(error) => copy.refuse(self.volume.as_ref(), &error),
            }
        }
        let stamp = Bricks::stamp(self.volume.as_ref())?;
        if copy.refused == Some(stamp) {
            return None;
        }
        match Bricks::open(self.volume.as_ref(), &self.memory) {
            Ok(found) => copy.bricks = found.map(Arc::new),
            Err(error) => copy.refuse(self.volume.as_ref(), &error),
        }
        copy.bricks.clone()
    }

    fn refuse(&self, error: &IoError) {
        self.copy().refuse(self.volume.as_ref(), error);
    }
}

impl Copy {
    fn refuse(&mut self, volume: &dyn Volume, error: &IoError) {
        self.bricks = None;
        self.refused = Bricks::stamp(volume);
        self.remark = Some(format!("{error}; the file itself is read meanwhile"));
    }
}

/// Threads for one volume; without them the thread that asks reads alone.
fn threads() -> Option<rayon::ThreadPool> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    rayon::ThreadPoolBuilder::new()
        .num_threads(cores.min(THREADS))
        .thread_name(|n| format!("reading-{n}"))
        .build()
        .ok()
}

/// The index of a slice on its axis.
fn index(volume: &dyn Volume, id: SliceId) -> Result<usize, SliceError> {
    let axis = volume.grid().axis(id.key.direction());
    id.key.index(volume.grid()).ok_or(SliceError::Outside {
        key: id.key,
        low: axis.low(),
        high: axis.high(),
    })
}

fn block(volume: &dyn Volume, id: SliceId) -> Result<Block, SliceError> {
    let at = Pick::one(index(volume, id)?);
    let mut block = volume.grid().all();
    match id.key.direction() {
        Direction::Inline => block.inlines = at,
        Direction::Crossline => block.crosslines = at,
        Direction::Time => block.samples = at,
    }
    Ok(block)
}

/// Rows and columns of a slice as it is read in its block.
fn size(direction: Direction, [inlines, crosslines, samples]: [usize; 3]) -> [usize; 2] {
    match direction {
        Direction::Inline => [crosslines, samples],
        Direction::Crossline => [inlines, samples],
        Direction::Time => [inlines, crosslines],
    }
}

/// A slice from a bricked copy: the first level of the pyramid that is small,
/// then the full one, or the true values where the copy holds them.
fn levels(
    bricks: &Bricks,
    id: SliceId,
    at: usize,
    cancel: &dyn Cancel,
    first: Option<&(dyn Fn(Slice) + Sync)>,
) -> Result<Slice, IoError> {
    let direction = id.key.direction();
    let codes = |level| bricks.codes(direction, at, level, cancel);
    let full = size(direction, bricks.shape(0));
    if let Some(first) = first {
        let small = |level: &usize| {
            let [rows, columns] = size(direction, bricks.shape(*level));
            rows * columns <= COARSE_LEVELS
        };
        let last = bricks.levels() - 1;
        let level = (0..last).find(small).unwrap_or(last);
        if level > 0 {
            let coarse = Slice::of_levels(id, &codes(level)?, bricks.scale());
            first(coarse.enlarged(full, 1 << level));
        }
    }
    if let Some(values) = bricks.floats(direction, at, cancel)? {
        return Ok(Slice::new(id, values));
    }
    Ok(Slice::of_levels(id, &codes(0)?, bricks.scale()))
}

/// Every n-th trace of a large slice; nothing for a slice that is read at once.
fn coarse(
    volume: &dyn Volume,
    id: SliceId,
    cancel: &dyn Cancel,
) -> Result<Option<Slice>, SliceError> {
    let direction = id.key.direction();
    let full = size(direction, volume.grid().shape());
    let step = match direction {
        Direction::Time => ((full[0] * full[1]) as f64 / COARSE_TIME as f64).sqrt(),
        _ => full[0] as f64 / COARSE_SECTION as f64,
    };
    // Below that the whole slice is there nearly as soon.
    if step <= 2.0 {
        return Ok(None);
    }
    let step = step.ceil() as usize;
    let thin = |pick: Pick| match pick.count {
        0 | 1 => pick,
        count => Pick {
            start: pick.start,
            step,
            count: count.div_ceil(step),
        },
    };
    let mut block = block(volume, id)?;
    block.inlines = thin(block.inlines);
    block.crosslines = thin(block.crosslines);
    let samples = read(volume, block, direction, cancel)?;
    Ok(Some(Slice::new(id, samples).enlarged(full, step)))
}

/// The whole slice.
pub(super) fn whole(
    volume: &dyn Volume,
    id: SliceId,
    cancel: &dyn Cancel,
) -> Result<Slice, SliceError> {
    let samples = read(volume, block(volume, id)?, id.key.direction(), cancel)?;
    Ok(Slice::new(id, samples))
}

/// Reads the block of a slice, some traces at a time, so that a wish that is void
/// is given up soon.
fn read(
    volume: &dyn Volume,
    block: Block,
    direction: Direction,
    cancel: &dyn Cancel,
) -> Result<Array2<f32>, SliceError> {
    let [rows, width] = size(direction, block.shape());
    let step = match direction {
        Direction::Inline | Direction::Crossline => TRACES_AT_ONCE[0],
        Direction::Time => (TRACES_AT_ONCE[1] / width.max(1)).max(1),
    };
    let mut samples = vec![0.0f32; rows * width];
    for from in (0..rows).step_by(step) {
        if cancel.cancelled() {
            return Err(Cancelled.into());
        }
        let to = (from + step).min(rows);
        let mut part = block;
        match direction {
            Direction::Inline => part.crosslines = block.crosslines.part(from, to),
            _ => part.inlines = block.inlines.part(from, to),
        }
        volume.read(&part, &mut samples[from * width..to * width])?;
    }
    Ok(Array2::from_shape_vec((rows, width), samples).unwrap_or_default())
}
