//! Building a copy: slab after slab of the source, in the order of the file.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::brick::{EDGE, VOXELS, put};
use super::header::{Header, Origin, path_of, sum, table};
use super::layout::{Layout, Level};
use super::{BrickMemory, Bricks, Scale};
use crate::io::{IoError, Volume};
use crate::model::{Block, Direction, Pick};
use crate::task::Task;

/// The number of a brick and its checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sum(pub u32, pub u32);

/// Most bytes of a tile: what is read before its bricks are written.
const TILE: usize = 24 << 20;
/// Traces that a thread reads at once: what its cache holds.
const GROUP: usize = 32;

/// Builds the copy of one volume, in parts that may be worked in any order and
/// taken up again: first the [`scale`](BrickBuilder::scale), then the
/// [`slab`](BrickBuilder::slab)s of the source, then the
/// [`band`](BrickBuilder::band)s of the pyramid, and [`finish`](BrickBuilder::finish).
///
/// Every sample of the source is read once, in the order of the file, besides
/// the few that the scale is made from. Memory: a tile of 24 MiB, and about
/// 2 KiB for each sample of a trace and thread.
pub struct BrickBuilder {
    pub(super) volume: Arc<dyn Volume>,
    pub(super) layout: Layout,
    origin: Origin,
    path: PathBuf,
    partial: PathBuf,
    file: Mutex<Option<Arc<File>>>,
    written: AtomicUsize,
    /// A tile's levels, kept from one slab to the next.
    levels: Mutex<Vec<u8>>,
}

/// A part of the source that is in memory at once: lines of the slow axis,
/// traces of the fast one, samples.
struct Tile {
    lines: Pick,
    traces: Pick,
    samples: Pick,
}

impl BrickBuilder {
    /// Plans the copy of a volume, with its true values where `floats` says so.
    /// Nothing is written yet.
    pub fn plan(volume: &Arc<dyn Volume>, floats: bool) -> Result<BrickBuilder, IoError> {
        let origin = Origin::of(volume.as_ref())?;
        if origin.grid.is_empty() {
            return Err(IoError::NotAVolume {
                path: volume.path().to_owned(),
                reason: "it has no samples to copy".to_owned(),
            });
        }
        let path = path_of(volume.path());
        let partial = path.with_extension(format!("{}.partial", origin.name(floats)));
        Ok(BrickBuilder {
            volume: Arc::clone(volume),
            layout: Layout::of(origin.grid.shape(), floats),
            origin,
            path,
            partial,
            file: Mutex::default(),
            written: AtomicUsize::new(0),
            levels: Mutex::default(),
        })
    }

    /// Where the copy will lie.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes of the copy.
    pub fn bytes(&self) -> u64 {
        self.layout.len
    }

    /// Levels of the pyramid, the full one too.
    pub fn levels(&self) -> usize {
        self.layout.levels.len()
    }

    /// True where the copy is there already and whole as far as its head tells.
    pub fn is_there(&self) -> bool {
        let memory = Arc::new(BrickMemory::new(0));
        let found = Bricks::open(self.volume.as_ref(), &memory);
        let floats = self.layout.floats.is_some();
        found.is_ok_and(|bricks| bricks.is_some_and(|b| b.has_floats() || !floats))
    }

    /// The scale of the levels.
    pub fn scale(&self, task: &Task) -> Result<Scale, IoError> {
        Scale::of(self.volume.as_ref(), task)
    }

    /// What the source was like when the copy was planned: parts of it that were
    /// worked for another one are of no use.
    pub fn source(&self) -> String {
        self.origin.name(self.layout.floats.is_some())
    }

    /// Voxels of each slab.
    pub fn slabs(&self) -> Vec<u64> {
        let [slow, fast, samples] = self.file_shape();
        let lines = parts(slow, EDGE).map(|lines| (lines.count * fast * samples) as u64);
        lines.collect()
    }

    /// `[lines, traces, samples]` as the file is sorted.
    fn file_shape(&self) -> [usize; 3] {
        let [inlines, crosslines, samples] = self.origin.grid.shape();
        match self.origin.sorted_by {
            Direction::Crossline => [crosslines, inlines, samples],
            _ => [inlines, crosslines, samples],
        }
    }

    /// Along the axes of the volume what is given along those of the file.
    fn turned<T>(&self, slow: T, fast: T) -> [T; 2] {
        match self.origin.sorted_by {
            Direction::Crossline => [fast, slow],
            _ => [slow, fast],
        }
    }

    /// Reads 32 lines of the source and writes their bricks.
    pub fn slab(&self, slab: usize, scale: &Scale, task: &Task) -> Result<Vec<Sum>, IoError> {
        let [slow, fast, samples] = self.file_shape();
        let lines = Pick::range(slab * EDGE, ((slab + 1) * EDGE).min(slow));
        let width = if self.layout.floats.is_some() { 5 } else { 1 };
        let row = EDGE * width;
        let height = (TILE / (EDGE * row) / EDGE * EDGE).min(samples);
        let across = (TILE / (height * row) / EDGE * EDGE).max(EDGE);
        let mut levels = std::mem::take(&mut *self.tile_buffer());
        let mut sums = Vec::new();
        for traces in parts(fast, across) {
            for samples in parts(samples, height) {
                let tile = Tile {
                    lines,
                    traces,
                    samples,
                };
                sums.extend(self.tile(&tile, scale, &mut levels, task)?);
            }
        }
        *self.tile_buffer() = levels;
        Ok(sums)
    }

    fn tile_buffer(&self) -> std::sync::MutexGuard<'_, Vec<u8>> {
        self.levels.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads a tile, then writes its bricks.
    fn tile(
        &self,
        tile: &Tile,
        scale: &Scale,
        levels: &mut Vec<u8>,
        task: &Task,
    ) -> Result<Vec<Sum>, IoError> {
        let voxels = tile.lines.count * tile.traces.count * tile.samples.count;
        levels.resize(voxels, 0);
        let mut floats = Vec::new();
        if self.layout.floats.is_some() {
            floats.resize(voxels, [0u8; 4]);
        }
        self.read(tile, scale, levels, &mut floats, task)?;
        let mut sums = self.write(&self.layout.levels[0], tile, levels.as_chunks::<1>().0)?;
        if let Some(level) = &self.layout.floats {
            sums.extend(self.write(level, tile, &floats)?);
        }
        Ok(sums)
    }

    /// Reads a tile in the order of the file, each thread the next group of traces.
    fn read(
        &self,
        tile: &Tile,
        scale: &Scale,
        levels: &mut [u8],
        floats: &mut [[u8; 4]],
        task: &Task,
    ) -> Result<(), IoError> {
        let samples = tile.samples.count;
        let line = tile.traces.count * samples;
        let mut floats = floats.chunks_mut(line);
        let mut groups = Vec::new();
        for (n, levels) in levels.chunks_mut(line).enumerate() {
            let mut floats = floats.next().map(|f| f.chunks_mut(GROUP * samples));
            for (g, levels) in levels.chunks_mut(GROUP * samples).enumerate() {
                let from = g * GROUP;
                let traces = tile.traces.part(from, from + GROUP);
                let [inlines, crosslines] = self.turned(Pick::one(tile.lines.at(n)), traces);
                let block = Block {
                    inlines,
                    crosslines,
                    samples: tile.samples,
                };
                groups.push((block, levels, floats.as_mut().and_then(Iterator::next)));
            }
        }
        groups.into_iter().par_bridge().try_for_each_init(
            Vec::new,
            |values, (block, levels, floats)| {
                task.check()?;
                values.resize(block.len(), 0.0f32);
                self.volume.read(&block, values)?;
                scale.encode(values, levels);
                for (bytes, v) in floats.into_iter().flatten().zip(values.iter()) {
                    *bytes = v.to_le_bytes();
                }
                task.advance(block.len() as u64);
                Ok(())
            },
        )
    }

    /// Writes the bricks of a tile, a column of them after the other.
    fn write<const W: usize>(
        &self,
        level: &Level,
        tile: &Tile,
        voxels: &[[u8; W]],
    ) -> Result<Vec<Sum>, IoError> {
        let samples = tile.samples.count;
        let slow = tile.lines.start / EDGE;
        let columns: Vec<Pick> = parts(tile.traces.count, EDGE).collect();
        let sums = columns
            .into_par_iter()
            .map_init(Vec::new, |column, traces| {
                let deep = samples.div_ceil(EDGE);
                column.clear();
                column.resize(deep * VOXELS, [0u8; W]);
                for line in 0..tile.lines.count {
                    for trace in 0..traces.count {
                        let start = (line * tile.traces.count + traces.at(trace)) * samples;
                        let pieces = voxels[start..start + samples].chunks(EDGE);
                        let [inline, crossline] = self.turned(line, trace);
                        for (brick, piece) in column.chunks_mut(VOXELS).zip(pieces) {
                            put(brick, inline, crossline, piece);
                        }
                    }
                }
                let fast = (tile.traces.start + traces.start) / EDGE;
                let [i, x] = self.turned(slow, fast);
                let first = level.number([i, x, tile.samples.start / EDGE]);
                self.write_bricks(level, first, column.as_flattened())
            });
        Ok(sums.collect::<Result<Vec<_>, IoError>>()?.concat())
    }

    /// Writes neighbouring bricks and gives their checksums.
    pub(super) fn write_bricks(
        &self,
        level: &Level,
        first: usize,
        bytes: &[u8],
    ) -> Result<Vec<Sum>, IoError> {
        let bricks = bytes.chunks(level.bytes()).enumerate();
        let sums: Vec<Sum> = bricks
            .map(|(n, brick)| Sum((first + n) as u32, sum(first + n, brick)))
            .collect();
        self.file()?
            .write_all_at(bytes, level.offset(first))
            .map_err(IoError::writing(&self.partial, self.layout.len))?;
        self.written.fetch_add(sums.len(), Ordering::Relaxed);
        Ok(sums)
    }

    /// Reads neighbouring bricks that were written; those that are not what
    /// their checksums say are an error.
    pub(super) fn read_bricks(
        &self,
        level: &Level,
        first: usize,
        sums: &[u32],
        bytes: &mut [u8],
    ) -> Result<(), IoError> {
        self.file()?
            .read_exact_at(bytes, level.offset(first))
            .map_err(IoError::system(&self.partial, "cannot read"))?;
        for (n, brick) in bytes.chunks(level.bytes()).enumerate() {
            if sums.get(first + n) != Some(&sum(first + n, brick)) {
                return Err(IoError::Foreign {
                    path: self.partial.clone(),
                    reason: "what an earlier run wrote of it is lost".to_owned(),
                });
            }
        }
        Ok(())
    }

    /// The unfinished copy, made or opened when it is first needed.
    fn file(&self) -> Result<Arc<File>, IoError> {
        let mut kept = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = kept.as_ref() {
            return Ok(Arc::clone(file));
        }
        let writing = || IoError::writing(&self.partial, self.layout.len);
        if let Some(folder) = self.partial.parent() {
            std::fs::create_dir_all(folder).map_err(writing())?;
        }
        let file = File::options()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&self.partial)
            .map_err(writing())?;
        file.set_len(self.layout.len).map_err(writing())?;
        let file = Arc::new(file);
        *kept = Some(Arc::clone(&file));
        Ok(file)
    }

    /// Gives the copy its name, once the checksums of all bricks are known.
    /// Bricks that this builder did not write itself are read and checked first.
    /// Called again it does no harm.
    pub fn finish(&self, scale: &Scale, sums: &[Sum], task: &Task) -> Result<(), IoError> {
        let mut all = vec![0; self.layout.count];
        for &Sum(number, sum) in sums {
            if let Some(place) = all.get_mut(number as usize) {
                *place = sum;
            }
        }
        let written = self.written.load(Ordering::Relaxed);
        if written == 0 && !self.partial.exists() && self.is_there() {
            return Ok(());
        }
        if written < self.layout.count {
            self.check(&all, task)?;
        }
        if Origin::of(self.volume.as_ref())? != self.origin {
            return Err(IoError::Bricks {
                path: self.volume.path().to_owned(),
                reason: "the file changed while it was copied",
            });
        }
        let header = Header {
            origin: self.origin.clone(),
            scale: *scale,
            floats: self.layout.floats.is_some(),
            table: crc32fast::hash(&table(&all)),
        };
        self.file()?
            .write_all_at(&header.bytes(&all), 0)
            .map_err(IoError::writing(&self.partial, self.layout.len))?;
        // Not made durable: a crash of the machine shows in the checksums, and
        // the copy is only a copy.
        std::fs::rename(&self.partial, &self.path)
            .map_err(IoError::system(&self.path, "cannot finish"))?;
        self.clear();
        Ok(())
    }

    /// Reads every brick and compares it with its checksum.
    fn check(&self, sums: &[u32], task: &Task) -> Result<(), IoError> {
        for level in self.layout.all() {
            let stretches: Vec<Pick> = parts(level.count(), EDGE).collect();
            stretches.into_par_iter().try_for_each(|stretch| {
                task.check()?;
                let mut bytes = vec![0; stretch.count * level.bytes()];
                self.read_bricks(level, level.first + stretch.start, sums, &mut bytes)
            })?;
        }
        Ok(())
    }

    /// Removes what copies that were begun for another version of the file left.
    fn clear(&self) {
        let Some(entries) = self.path.parent().and_then(|f| f.read_dir().ok()) else {
            return;
        };
        for entry in entries.flatten() {
            if Path::new(&entry.file_name())
                .extension()
                .is_some_and(|e| e == "partial")
            {
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }
}

/// An axis of `count` in parts of `length`.
pub(super) fn parts(count: usize, length: usize) -> impl Iterator<Item = Pick> {
    (0..count)
        .step_by(length)
        .map(move |from| Pick::range(from, (from + length).min(count)))
}
