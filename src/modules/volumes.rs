//! Input volumes opened and compared; output volumes written once, by anyone.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use super::{Input, ModuleError, Place};
use crate::io::{self, SampleKind, Volume};
use crate::model::{Block, Grid};

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

/// An output volume that any unit of any process may write a part of.
pub struct OutputVolume {
    path: PathBuf,
    template: Arc<dyn Volume>,
    block: Block,
    kind: SampleKind,
    place: Place,
    overwrite: bool,
    writer: OnceLock<io::VolumeWriter>,
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
        let extension = template
            .path()
            .extension()
            .and_then(|e| e.to_str())
            .unwrap_or("sgy");
        let extension = match extension {
            "H" | "npy" | "segy" => extension,
            _ => "sgy",
        };
        let path = place.out.join(format!("{file}.{extension}"));
        if path.exists() && !overwrite && !io::made_by(&path, &place.recipe) {
            return Err(ModuleError::Input(format!(
                "{} exists; give another --name or --out, or --force to overwrite it",
                path.display()
            )));
        }
        Ok(Self {
            path,
            template: Arc::clone(template),
            block,
            kind,
            place: place.clone(),
            overwrite,
            writer: OnceLock::new(),
        })
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
        Ok(self.writer()?.finish()?)
    }

    fn writer(&self) -> Result<&io::VolumeWriter, ModuleError> {
        if let Some(writer) = self.writer.get() {
            return Ok(writer);
        }
        let made = io::VolumeWriter::open(
            &self.path,
            self.template.as_ref(),
            &self.block,
            self.kind,
            &self.place.recipe,
            self.overwrite,
        )?;
        Ok(self.writer.get_or_init(|| made))
    }
}
