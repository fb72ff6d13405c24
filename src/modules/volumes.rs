//! Input volumes opened and compared; output volumes written once, by anyone.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use ndarray::{Array3, ArrayView3};

use super::{Input, ModuleError, Place};
use crate::io::{self, SampleKind, Volume, VolumeWriter};
use crate::model::{Block, Grid, Pick, Recipe};
use crate::task::Task;

/// Opens the volumes of a request, in order. A file whose size changed since
/// the request was made is refused: its numbers would not be the ones asked for.
pub fn open_inputs(inputs: &[Input]) -> Result<Vec<Arc<dyn Volume>>, ModuleError> {
    inputs
        .iter()
        .map(|input| {
            let volume = io::open(&input.path, &input.open)?;
            let size = std::fs::metadata(&input.path).map_or(input.size, |m| m.len());
            if input.size != 0 && size != input.size {
                return Err(ModuleError::Input(format!(
                    "{}: the file had {} bytes when the run was asked for and has {size} now; ask again",
                    input.path.display(),
                    input.size
                )));
            }
            Ok(volume)
        })
        .collect()
}

/// The common grid of volumes that are read together, or what differs.
pub fn same_grid(inputs: &[Input], volumes: &[Arc<dyn Volume>]) -> Result<Grid, ModuleError> {
    let Some(first) = volumes.first() else {
        return Err(ModuleError::Input(
            "no volumes were given; name at least one".into(),
        ));
    };
    for (input, volume) in inputs.iter().zip(volumes).skip(1) {
        if let Some(difference) = first.grid().difference(volume.grid()) {
            return Err(ModuleError::Input(format!(
                "{} and {} lie on different grids: {difference}; cut them to one grid with `outcrop convert` first",
                inputs[0].path.display(),
                input.path.display(),
            )));
        }
    }
    Ok(*first.grid())
}

/// A selection cut into stretches of `count`.
pub(super) fn parts(pick: Pick, count: usize) -> Vec<Pick> {
    let starts = (0..pick.count).step_by(count);
    starts.map(|i| pick.part(i, i + count)).collect()
}

/// Some crosslines and samples of a volume, in C order.
pub(super) fn picked(volume: &ArrayView3<f32>, crosslines: Pick, samples: Pick) -> Vec<f32> {
    let mut data = Vec::with_capacity(volume.dim().0 * crosslines.count * samples.count);
    for line in volume.outer_iter() {
        for x in crosslines.indices() {
            let trace = line.row(x);
            data.extend(samples.indices().map(|t| trace[t]));
        }
    }
    data
}

/// Whole inlines of a volume, `[lines, crosslines, samples]`, read a few at a
/// time so that the work can be stopped in between.
pub(super) fn read_lines(
    volume: &dyn Volume,
    lines: Pick,
    task: &Task,
) -> Result<Array3<f32>, ModuleError> {
    /// Bytes that are read at once.
    const BYTES: usize = 16 << 20;
    let [_, crosslines, samples] = volume.grid().shape();
    let line = crosslines * samples;
    let mut data = Array3::zeros((lines.count, crosslines, samples));
    let at_once = (BYTES / size_of::<f32>() / line.max(1)).max(1);
    if let Some(samples) = data.as_slice_mut() {
        let parts = parts(lines, at_once).into_iter();
        for (inlines, out) in parts.zip(samples.chunks_mut((at_once * line).max(1))) {
            task.check()?;
            let block = Block {
                inlines,
                ..volume.grid().all()
            };
            volume.read(&block, out)?;
        }
    }
    Ok(data)
}

/// The extension of what is written beside an input: its own where that can be
/// written, else that of SEG-Y.
pub(super) fn container(input: &Path) -> &'static str {
    match input.extension().and_then(|e| e.to_str()) {
        Some("H") => "H",
        Some("npy") => "npy",
        Some("segy") => "segy",
        _ => "sgy",
    }
}

/// An output volume that any unit of any process may write a part of.
pub struct OutputVolume {
    path: PathBuf,
    template: Arc<dyn Volume>,
    block: Block,
    kind: SampleKind,
    recipe: Recipe,
    overwrite: bool,
    writer: OnceLock<VolumeWriter>,
    /// Held while the writer is made: two threads must not both lay out the file.
    making: Mutex<()>,
}

impl OutputVolume {
    /// Plans an output `file` (name without extension) in the container of
    /// `template`, holding the part `block` of its grid. An output that exists
    /// is an error unless `overwrite`. Nothing is written yet.
    pub fn plan(
        file: &str,
        template: &Arc<dyn Volume>,
        block: Block,
        kind: SampleKind,
        place: &Place,
        overwrite: bool,
    ) -> Result<Self, ModuleError> {
        let extension = container(template.path());
        let output = Self {
            path: place.out.join(format!("{file}.{extension}")),
            template: Arc::clone(template),
            block,
            kind,
            recipe: place.recipe.clone(),
            overwrite,
            writer: OnceLock::new(),
            making: Mutex::new(()),
        };
        if output.path.exists() && !overwrite && output.reopen().is_err() {
            return Err(ModuleError::Input(format!(
                "{} exists; give another --name or --out, or --force to overwrite it",
                output.path.display()
            )));
        }
        Ok(output)
    }

    /// Where it lies once it is whole.
    pub fn path(&self) -> &std::path::Path {
        &self.path
    }

    /// Lays the volume out, where that is not done yet: before several processes
    /// write to it at once.
    pub fn begin(&self) -> Result<(), ModuleError> {
        self.writer().map(|_| ())
    }

    /// True where this run has laid it out, finished or not.
    pub fn is_begun(&self) -> bool {
        self.reopen().is_ok()
    }

    /// Bytes on disk, about: samples and trace headers.
    pub fn bytes(&self) -> u64 {
        let [inlines, crosslines, samples] = self.block.shape();
        let width = match self.kind {
            SampleKind::Classes if container(&self.path) != "H" => 1,
            _ => 4,
        };
        let header = if matches!(container(&self.path), "H" | "npy") {
            0
        } else {
            240
        };
        (inlines * crosslines) as u64 * (header + width * samples as u64)
    }

    /// File name below the output folder.
    pub fn file_name(&self) -> PathBuf {
        self.path.file_name().map(PathBuf::from).unwrap_or_default()
    }

    /// Writes a part, in indices of the output; NaN becomes the null value.
    pub fn write(&self, part: &Block, data: &[f32]) -> Result<(), ModuleError> {
        Ok(self.writer()?.write(part, data)?)
    }

    /// Gives the whole output its final name. Harmless when done before.
    pub fn finish(&self) -> Result<(), ModuleError> {
        self.writer()?;
        Ok(self.reopen()?.finish()?)
    }

    fn writer(&self) -> Result<&VolumeWriter, ModuleError> {
        if let Some(writer) = self.writer.get() {
            return Ok(writer);
        }
        let _making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(writer) = self.writer.get() {
            return Ok(writer);
        }
        // What an earlier worker of this run began is taken up; anything else
        // under the temporary name is of no use to anybody.
        let writer = match self.reopen() {
            Ok(writer) => writer,
            Err(_) => VolumeWriter::create(
                &self.path,
                self.template.as_ref(),
                &self.block,
                self.kind,
                &self.recipe,
                self.overwrite,
            )?,
        };
        Ok(self.writer.get_or_init(|| writer))
    }

    fn reopen(&self) -> Result<VolumeWriter, io::IoError> {
        VolumeWriter::reopen(
            &self.path,
            self.template.as_ref(),
            &self.block,
            self.kind,
            &self.recipe,
        )
    }
}
