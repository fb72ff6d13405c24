//! Signatures that the readers and writers of this room will have; replaced
//! when they land.

use std::path::{Path, PathBuf};

use super::{IoError, SampleKind};
use crate::model::{Facies, Polygon, Recipe, TrainingTable};

fn pending(path: &Path) -> IoError {
    IoError::System {
        path: path.to_owned(),
        action: "opening",
        source: std::io::Error::from(std::io::ErrorKind::Unsupported),
    }
}

/// How a text training file is laid out, where it does not say so itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TrainingLayout {
    /// Header lines to skip; found out where absent.
    pub skip_lines: Option<usize>,
    /// Number of attributes; found out where absent.
    pub attributes: Option<usize>,
    /// Number of classes; found out where absent.
    pub classes: Option<usize>,
}

/// Reads a training file and the groups beside it; gives warnings too.
pub fn read_training(
    path: &Path,
    _: &TrainingLayout,
) -> Result<(TrainingTable, Vec<String>), IoError> {
    Err(pending(path))
}

/// Writes a training file and its groups; gives the paths written.
pub fn write_training(path: &Path, _: &TrainingTable) -> Result<Vec<PathBuf>, IoError> {
    Err(pending(path))
}

/// Writes `training_<m>_<n>_<project>[_<suffix>].H` for each facies and
/// attribute, and per facies a side file of positions; gives the paths written.
pub fn write_training_volumes(
    folder: &Path,
    _project: &str,
    _suffix: &str,
    _table: &TrainingTable,
    _recipe: &Recipe,
) -> Result<Vec<PathBuf>, IoError> {
    Err(pending(folder))
}

/// A polygon file: one facies and its polygons.
pub struct PolygonFile {
    /// The facies.
    pub facies: Facies,
    /// Its polygons.
    pub polygons: Vec<Polygon>,
}

impl PolygonFile {
    /// Reads a polygon file; gives warnings too.
    pub fn read(path: &Path) -> Result<(Self, Vec<String>), IoError> {
        Err(pending(path))
    }

    /// Writes a polygon file, replacing what is there.
    pub fn write(&self, path: &Path) -> Result<(), IoError> {
        Err(pending(path))
    }
}

/// Writes a volume that has no template, an inline at a time: `line(index, out)`
/// fills `[crossline, sample]`.
pub fn write_volume(
    path: &Path,
    _grid: &crate::model::Grid,
    _kind: SampleKind,
    _recipe: &Recipe,
    _overwrite: bool,
    _line: impl FnMut(usize, &mut [f32]),
) -> Result<(), IoError> {
    Err(pending(path))
}
