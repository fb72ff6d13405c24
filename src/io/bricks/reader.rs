//! Reading slices out of a copy.

use std::path::PathBuf;
use std::sync::Arc;

use ndarray::Array2;
use rayon::prelude::*;

use super::brick::{EDGE, plane};
use super::header::{Header, Origin, path_of, sum};
use super::layout::{Layout, Level};
use super::{BrickMemory, Scale};
use crate::io::source::Source;
use crate::io::{IoError, Stamp, Volume};
use crate::model::Direction;
use crate::task::{Cancel, Cancelled};

/// Most neighbouring bricks read at once.
const TOGETHER: usize = 16;

/// The bricked copy of a volume, opened; shared between threads.
#[derive(Debug)]
pub struct Bricks {
    file: Source,
    header: Header,
    layout: Layout,
    sums: Vec<u32>,
    sources: Vec<PathBuf>,
    memory: Arc<BrickMemory>,
    copy: u64,
}

/// Rows of a slice that need bricks of the file: the row of bricks, where their
/// voxels go, and those that are in memory.
type Row<'a, const W: usize> = (usize, &'a mut [[u8; W]], Vec<Option<Arc<[u8]>>>);

impl Bricks {
    /// Opens the copy of a volume. Nothing where there is none; an error where it
    /// was made from another version of the file, or is damaged.
    ///
    /// Bricks that were read are kept in `memory`, which several copies share.
    pub fn open(volume: &dyn Volume, memory: &Arc<BrickMemory>) -> Result<Option<Bricks>, IoError> {
        let path = path_of(volume.path());
        if !path.exists() {
            return Ok(None);
        }
        let file = Source::open(&path)?;
        let (header, layout, sums) = Header::read(&file, &Origin::of(volume)?)?;
        Ok(Some(Bricks {
            file,
            header,
            layout,
            sums,
            sources: volume.files().into_iter().map(ToOwned::to_owned).collect(),
            memory: Arc::clone(memory),
            copy: memory.copy(),
        }))
    }

    /// The stamp of the copy of a volume, whether it fits or not; nothing where
    /// there is none.
    pub fn stamp(volume: &dyn Volume) -> Option<Stamp> {
        Stamp::of(&path_of(volume.path())).ok()
    }

    /// What its levels stand for.
    pub fn scale(&self) -> &Scale {
        &self.header.scale
    }

    /// True where it holds the true values too.
    pub fn has_floats(&self) -> bool {
        self.header.floats
    }

    /// How many levels the pyramid has, the full one too.
    pub fn levels(&self) -> usize {
        self.layout.levels.len()
    }

    /// Voxels of a level, `[inlines, crosslines, samples]`: each after the first
    /// has half the lines of the one before.
    pub fn shape(&self, level: usize) -> [usize; 3] {
        self.layout.levels[level.min(self.levels() - 1)].shape
    }

    /// An error if the volume has changed since the copy was made.
    pub fn check_source(&self) -> Result<(), IoError> {
        for (path, stamp) in self.sources.iter().zip(&self.header.origin.stamps) {
            if Stamp::of(path)? != *stamp {
                return Err(self.wrong("it was made before the file changed"));
            }
        }
        Ok(())
    }

    /// The codes of a slice of a level: the slice of the full volume at index
    /// `at`, in the order of [`SliceKey::block`](crate::model::SliceKey::block).
    ///
    /// Cost: about a microsecond a brick that is in memory, ten for each other.
    ///
    /// # Panics
    ///
    /// Where `level` or `at` is not there.
    pub fn codes(
        &self,
        direction: Direction,
        at: usize,
        level: usize,
        cancel: &dyn Cancel,
    ) -> Result<Array2<u8>, IoError> {
        let at = match direction {
            Direction::Time => at,
            Direction::Inline | Direction::Crossline => at >> level,
        };
        let (shape, voxels) = self.slice::<1>(&self.layout.levels[level], direction, at, cancel)?;
        Ok(shaped(shape, voxels.into_flattened()))
    }

    /// The true values of a slice, where the copy holds them.
    ///
    /// # Panics
    ///
    /// Where `at` is not there.
    pub fn floats(
        &self,
        direction: Direction,
        at: usize,
        cancel: &dyn Cancel,
    ) -> Result<Option<Array2<f32>>, IoError> {
        let Some(level) = &self.layout.floats else {
            return Ok(None);
        };
        let (shape, voxels) = self.slice::<4>(level, direction, at, cancel)?;
        let values = voxels.into_iter().map(f32::from_le_bytes).collect();
        Ok(Some(shaped(shape, values)))
    }

    /// A slice of a level: rows of bricks that are in memory first, the others
    /// from the file by several threads.
    fn slice<const W: usize>(
        &self,
        level: &Level,
        direction: Direction,
        at: usize,
        cancel: &dyn Cancel,
    ) -> Result<([usize; 2], Vec<[u8; W]>), IoError> {
        let cut = Cut::new(level, direction, at);
        let mut voxels = vec![[0u8; W]; cut.rows * cut.columns];
        let mut missing: Vec<Row<W>> = Vec::new();
        for (row, out) in voxels.chunks_mut(EDGE * cut.columns).enumerate() {
            let wanted = (0..cut.across()).map(|column| cut.number(row, column));
            let found = self.memory.get(self.copy, wanted);
            if found.iter().any(Option::is_none) {
                missing.push((row, out, found));
                continue;
            }
            for (column, brick) in found.iter().flatten().enumerate() {
                cut.draw(column, brick, out);
            }
        }
        missing
            .into_par_iter()
            .try_for_each_init(Vec::new, |bytes, row| {
                self.missing(&cut, row, bytes, cancel)
            })?;
        Ok(([cut.rows, cut.columns], voxels))
    }

    /// Reads the bricks of a row that are not in memory, neighbours together.
    fn missing<const W: usize>(
        &self,
        cut: &Cut,
        (row, out, mut found): Row<W>,
        bytes: &mut Vec<u8>,
        cancel: &dyn Cancel,
    ) -> Result<(), IoError> {
        for column in 0..cut.across() {
            if cancel.cancelled() {
                return Err(Cancelled.into());
            }
            if found[column].is_none() {
                let first = cut.number(row, column);
                let follows = |n: &usize| {
                    let next = column + n;
                    next < cut.across()
                        && found[next].is_none()
                        && cut.number(row, next) == first + n
                };
                let count = (1..TOGETHER).take_while(follows).count() + 1;
                self.read(cut.level, first, count, bytes)?;
                for (n, brick) in bytes.chunks(cut.level.bytes()).enumerate() {
                    let brick: Arc<[u8]> = brick.into();
                    self.memory.put(self.copy, first + n, &brick);
                    found[column + n] = Some(brick);
                }
            }
            if let Some(brick) = found[column].take() {
                cut.draw(column, &brick, out);
            }
        }
        Ok(())
    }

    /// Reads neighbouring bricks and compares them with their checksums.
    fn read(
        &self,
        level: &Level,
        first: usize,
        count: usize,
        bytes: &mut Vec<u8>,
    ) -> Result<(), IoError> {
        bytes.resize(count * level.bytes(), 0);
        self.file.read(level.offset(first), bytes)?;
        for (n, brick) in bytes.chunks(level.bytes()).enumerate() {
            if self.sums.get(first + n) != Some(&sum(first + n, brick)) {
                return Err(self.wrong("a brick of it fails its checksum"));
            }
        }
        Ok(())
    }

    fn wrong(&self, reason: &'static str) -> IoError {
        IoError::Bricks {
            path: self.file.path().to_owned(),
            reason,
        }
    }
}

/// A slice through the bricks of a level.
struct Cut<'a> {
    level: &'a Level,
    direction: Direction,
    at: usize,
    rows: usize,
    columns: usize,
}

impl<'a> Cut<'a> {
    fn new(level: &'a Level, direction: Direction, at: usize) -> Cut<'a> {
        let [i, x, t] = level.shape;
        let (rows, columns, end) = match direction {
            Direction::Inline => (x, t, i),
            Direction::Crossline => (i, t, x),
            Direction::Time => (i, x, t),
        };
        assert!(at < end, "{} index {at} of {end}", direction.word());
        Cut {
            level,
            direction,
            at,
            rows,
            columns,
        }
    }

    /// Bricks in a row.
    fn across(&self) -> usize {
        self.columns.div_ceil(EDGE)
    }

    /// Number of the brick at a row and a column of bricks.
    fn number(&self, row: usize, column: usize) -> usize {
        let deep = self.at / EDGE;
        self.level.number(match self.direction {
            Direction::Inline => [deep, row, column],
            Direction::Crossline => [row, deep, column],
            Direction::Time => [row, column, deep],
        })
    }

    /// Puts the plane of a brick into a row of bricks of the picture.
    fn draw<const W: usize>(&self, column: usize, brick: &[u8], out: &mut [[u8; W]]) {
        let left = column * EDGE;
        let size = [out.len() / self.columns, EDGE.min(self.columns - left)];
        let bricks = brick.as_chunks::<W>().0;
        let at = self.at % EDGE;
        plane(
            bricks,
            self.direction,
            at,
            &mut out[left..],
            self.columns,
            size,
        );
    }
}

fn shaped<T>([rows, columns]: [usize; 2], voxels: Vec<T>) -> Array2<T>
where
    T: Clone + Default,
{
    Array2::from_shape_vec((rows, columns), voxels).unwrap_or_default()
}
