//! The one way volumes are written, whatever their container: under a temporary
//! name, at full size from the start, block by block in any order, and renamed
//! when whole.

mod plan;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::samples::Encoder;
use super::segy::Index;
use super::volume::check_block;
use super::{IoError, SampleKind, Volume, atomic};
use crate::model::{Block, Grid, Recipe};
use plan::{Layout, Plan, Target};

/// Bytes gathered before they are written where neighbouring traces touch.
const CHUNK: usize = 1 << 20;

/// A volume being written.
///
/// [`create`](Self::create) lays out the whole file as `<name>.partial`, with all
/// headers; [`write`](Self::write) fills in samples from any thread in any order,
/// again and again if need be; [`finish`](Self::finish) makes it durable and
/// gives it its name. A process that dies leaves only the `.partial` file, which
/// [`reopen`](Self::reopen) takes up again. The container follows the extension:
/// `.sgy` and `.segy`, `.H`, `.npy`.
///
/// Nothing written depends on the time, the machine or the path.
///
/// ```
/// use outcrop::io::{OpenOptions, SampleKind, VolumeWriter, open};
/// use outcrop::model::{Axis, Grid, Recipe, SampleUnit, Spacing};
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("ramp.sgy");
/// let grid = Grid {
///     inlines: Axis::new(100.0, 1.0, 3),
///     crosslines: Axis::new(200.0, 2.0, 4),
///     samples: Axis::new(0.0, 4.0, 5),
///     unit: SampleUnit::Milliseconds,
///     spacing: Some(Spacing { inline: 25.0, crossline: 12.5 }),
/// };
/// let recipe = Recipe { module: "demo".into(), version: "0.1.0".into(), request: "0".into() };
/// let writer = VolumeWriter::fresh(&path, &grid, SampleKind::Continuous, &recipe, false)?;
/// let data: Vec<f32> = (0..grid.len()).map(|i| i as f32).collect();
/// writer.write(&grid.all(), &data)?;
/// writer.finish()?;
///
/// let volume = open(&path, &OpenOptions::default())?;
/// assert_eq!(volume.grid(), &grid);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct VolumeWriter {
    grid: Grid,
    data: Target,
    /// The other files of a `.H` volume, its history last.
    beside: Vec<Target>,
    size: u64,
    layout: Layout,
    /// Which trace lies where, in SEG-Y; elsewhere all do, inline by inline.
    index: Option<Index>,
    encoder: Encoder,
    /// Nothing once the file has its final name.
    file: Option<File>,
}

impl VolumeWriter {
    /// Begins an output with the headers of `template`, of which it holds `block`.
    ///
    /// An existing output is an error unless `overwrite`; it stays until
    /// [`finish`](Self::finish) replaces it.
    pub fn create(
        path: &Path,
        template: &dyn Volume,
        block: &Block,
        kind: SampleKind,
        recipe: &Recipe,
        overwrite: bool,
    ) -> Result<VolumeWriter, IoError> {
        check_block(template.path(), template.grid(), block, block.len())?;
        let grid = template.grid().picked(block);
        let plan = Plan::new(path, grid, Some((template, block)), kind, recipe)?;
        Self::begin(plan, overwrite)
    }

    /// Begins an output that has no input to take headers from: line numbers and
    /// positions are made from the grid.
    pub fn fresh(
        path: &Path,
        grid: &Grid,
        kind: SampleKind,
        recipe: &Recipe,
        overwrite: bool,
    ) -> Result<VolumeWriter, IoError> {
        Self::begin(Plan::new(path, *grid, None, kind, recipe)?, overwrite)
    }

    fn begin(plan: Plan, overwrite: bool) -> Result<VolumeWriter, IoError> {
        if let Some(there) = plan.targets().find(|target| target.path.exists())
            && !overwrite
        {
            return Err(IoError::Exists {
                path: there.path.clone(),
            });
        }
        match plan.lay_out() {
            Ok(file) => Ok(plan.writer(Some(file))),
            Err(error) => {
                // What could not be laid out is of no use to anyone.
                for target in plan.targets() {
                    let _ = std::fs::remove_file(&target.partial);
                }
                Err(error)
            }
        }
    }

    /// Takes up an output that another process began with the same arguments,
    /// finished or not. Samples already written stay; those of a finished output
    /// are not touched any more.
    pub fn reopen(
        path: &Path,
        template: &dyn Volume,
        block: &Block,
        kind: SampleKind,
        recipe: &Recipe,
    ) -> Result<VolumeWriter, IoError> {
        check_block(template.path(), template.grid(), block, block.len())?;
        let grid = template.grid().picked(block);
        let plan = Plan::new(path, grid, Some((template, block)), kind, recipe)?;
        for (target, text) in &plan.texts {
            let there = target.there();
            let found = std::fs::read(there).map_err(IoError::system(there, "cannot continue"))?;
            if found != *text {
                return Err(foreign(there));
            }
        }
        if let Some((target, size)) = plan.words() {
            let there = target.there();
            let found =
                std::fs::metadata(there).map_err(IoError::system(there, "cannot continue"))?;
            if found.len() != size {
                return Err(foreign(there));
            }
        }
        let unfinished = plan.data.partial.exists();
        let there = plan.data.there();
        let file = File::options()
            .read(true)
            .write(unfinished)
            .open(there)
            .map_err(IoError::system(there, "cannot continue"))?;
        let length = file
            .metadata()
            .map_err(IoError::system(there, "cannot continue"))?
            .len();
        let mut head = vec![0; plan.head.len()];
        if length != plan.size || file.read_exact_at(&mut head, 0).is_err() || head != plan.head {
            return Err(foreign(there));
        }
        Ok(plan.writer(unfinished.then_some(file)))
    }

    /// The grid of the output.
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// The name that the output will have.
    pub fn path(&self) -> &Path {
        &self.beside.last().unwrap_or(&self.data).path
    }

    /// Writes a block of the output, in its own indices, as
    /// [`Volume::read`] gives it: C order, NaN for null. Samples must be
    /// consecutive. Places where the input has no trace are left out.
    ///
    /// Any number of threads may write at once; writing a block again changes
    /// nothing.
    pub fn write(&self, part: &Block, data: &[f32]) -> Result<(), IoError> {
        check_block(self.path(), &self.grid, part, data.len())?;
        let Some(file) = &self.file else {
            return Ok(());
        };
        if part.samples.step != 1 && part.samples.count > 1 {
            return Err(IoError::Block {
                path: self.path().to_owned(),
                block: format!("{part:?}"),
                reason: "its samples are not consecutive".to_owned(),
            });
        }
        if part.is_empty() {
            return Ok(());
        }
        let width = self.encoder.format.width();
        let skip = self.layout.header + (part.samples.start * width) as u64;
        let length = part.samples.count * width;
        let mut gathered = Gathered::default();
        let mut traces = data.chunks_exact(part.samples.count);
        for inline in part.inlines.indices() {
            for crossline in part.crosslines.indices() {
                let Some(samples) = traces.next() else {
                    return Ok(());
                };
                let Some(trace) = self.trace(inline, crossline) else {
                    continue;
                };
                let at = self.layout.first + trace * self.layout.stride + skip;
                if gathered.end() != at || gathered.bytes.len() >= CHUNK {
                    self.flush(file, &mut gathered)?;
                    gathered.start = at;
                }
                let from = gathered.bytes.len();
                gathered.bytes.resize(from + length, 0);
                self.encoder.encode(samples, &mut gathered.bytes[from..]);
            }
        }
        self.flush(file, &mut gathered)
    }

    fn trace(&self, inline: usize, crossline: usize) -> Option<u64> {
        match &self.index {
            Some(index) => index.trace(inline, crossline).map(u64::from),
            None => Some((inline * self.grid.crosslines.count + crossline) as u64),
        }
    }

    fn flush(&self, file: &File, gathered: &mut Gathered) -> Result<(), IoError> {
        file.write_all_at(&gathered.bytes, gathered.start)
            .map_err(IoError::writing(&self.data.partial, self.size))?;
        gathered.bytes.clear();
        Ok(())
    }

    /// Makes the output durable and gives it its name. Finishing an output that
    /// is finished already does nothing.
    pub fn finish(mut self) -> Result<(), IoError> {
        if let Some(file) = self.file.take() {
            file.sync_all()
                .map_err(IoError::writing(&self.data.partial, self.size))?;
        }
        // Samples first: a history never points to samples that are not there.
        for target in std::iter::once(&self.data).chain(&self.beside) {
            if target.partial.exists() {
                atomic::settle(&target.partial, &target.path)?;
            }
        }
        Ok(())
    }

    /// Gives an output up: removes what was written under the temporary name.
    pub fn discard(self) {
        for target in std::iter::once(&self.data).chain(&self.beside) {
            // Nothing to be done if it is gone already.
            let _ = std::fs::remove_file(&target.partial);
        }
    }
}

/// Encoded samples that lie side by side in the file.
#[derive(Default)]
struct Gathered {
    start: u64,
    bytes: Vec<u8>,
}

impl Gathered {
    fn end(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }
}

fn foreign(path: &Path) -> IoError {
    IoError::Foreign {
        path: path.to_owned(),
        reason: "an output of another request or another input".to_owned(),
    }
}
