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
        let [i, x, t] = level.shape;
        let ([rows, columns], end) = match direction {
            Direction::Inline => ([x, t], i),
            Direction::Crossline => ([i, t], x),
            Direction::Time => ([i, x], t),
        };
        assert!(at < end, "{} index {at} of {end}", direction.word());
        let deep = at / EDGE;
        let number = |row: usize, column: usize| {
            level.number(match direction {
                Direction::Inline => [deep, row, column],
                Direction::Crossline => [row, deep, column],
                Direction::Time => [row, column, deep],
            })
        };
        let across = columns.div_ceil(EDGE);
        let mut voxels = vec![[0u8; W]; rows * columns];
        let mut missing: Vec<Row<W>> = Vec::new();
        let draw = |out: &mut [[u8; W]], column: usize, brick: &[u8]| {
            let size = [out.len() / columns, EDGE.min(columns - column * EDGE)];
            let bricks = brick.as_chunks::<W>().0;
            let out = &mut out[column * EDGE..];
            plane(bricks, direction, at % EDGE, out, columns, size);
        };
        for (row, out) in voxels.chunks_mut(EDGE * columns).enumerate() {
            let wanted = (0..across).map(|column| number(row, column));
            let found = self.memory.get(self.copy, wanted);
            if found.iter().any(Option::is_none) {
                missing.push((row, out, found));
                continue;
            }
            for (column, brick) in found.iter().flatten().enumerate() {
                draw(out, column, brick);
            }
        }
        missing.into_par_iter().try_for_each_init(
            Vec::new,
            |bytes, (row, out, mut found)| -> Result<(), IoError> {
                let mut column = 0;
                while column < across {
                    if cancel.cancelled() {
                        return Err(Cancelled.into());
                    }
                    if found[column].is_none() {
                        let first = number(row, column);
                        let next = |n: &usize| {
                            column + n < across
                                && found[column + n].is_none()
                                && number(row, column + n) == first + n
                        };
                        let count = (1..TOGETHER).take_while(next).count() + 1;
                        self.read(level, first, count, bytes)?;
                        for (n, brick) in bytes.chunks(level.bytes()).enumerate() {
                            let brick: Arc<[u8]> = brick.into();
                            self.memory.put(self.copy, first + n, &brick);
                            found[column + n] = Some(brick);
                        }
                    }
                    if let Some(brick) = found[column].take() {
                        draw(out, column, &brick);
                    }
                    column += 1;
                }
                Ok(())
            },
        )?;
        Ok(([rows, columns], voxels))
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

fn shaped<T>([rows, columns]: [usize; 2], voxels: Vec<T>) -> Array2<T>
where
    T: Clone + Default,
{
    Array2::from_shape_vec((rows, columns), voxels).unwrap_or_default()
}
