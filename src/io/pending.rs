//! Signatures that the readers and writers of this room will have; replaced
//! when they land.

use std::path::Path;
use std::sync::Arc;

use super::{IoError, OpenOptions, SampleKind, Volume};
use crate::model::{Block, Recipe};

fn pending(path: &Path) -> IoError {
    IoError::System {
        path: path.to_owned(),
        action: "opening",
        source: std::io::Error::from(std::io::ErrorKind::Unsupported),
    }
}

/// Opens a volume.
pub fn open(path: &Path, _: &OpenOptions) -> Result<Arc<dyn Volume>, IoError> {
    Err(pending(path))
}

/// True where the output at `path` was finished by this very recipe (its history says so).
pub fn made_by(_: &Path, _: &Recipe) -> bool {
    false
}

/// Writes a volume block by block.
pub struct VolumeWriter;

impl VolumeWriter {
    /// Creates `<path>.partial`, or continues one that this recipe began.
    pub fn open(
        path: &Path,
        _template: &dyn Volume,
        _block: &Block,
        _kind: SampleKind,
        _recipe: &Recipe,
        _overwrite: bool,
    ) -> Result<Self, IoError> {
        Err(pending(path))
    }

    /// Writes a part in indices of the output.
    pub fn write(&self, _: &Block, _: &[f32]) -> Result<(), IoError> {
        Ok(())
    }

    /// Renames to the final name.
    pub fn finish(&self) -> Result<(), IoError> {
        Ok(())
    }
}

/// Writes a small file beside its place, then renames it there.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), IoError> {
    std::fs::write(path, bytes).map_err(|source| IoError::System {
        path: path.to_owned(),
        action: "writing",
        source,
    })
}
