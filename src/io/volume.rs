//! The one way volumes are read, whatever their container.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::IoError;
use crate::model::{Block, Grid};

/// A volume on disk, opened for reading; shared between threads.
///
/// Samples arrive as `f32` with **NaN for every null**: missing and dead
/// traces, samples that are not finite, larger than 1e29, or equal to the null
/// value that the file declares.
pub trait Volume: Send + Sync {
    /// Its grid.
    fn grid(&self) -> &Grid;

    /// Where it lies.
    fn path(&self) -> &Path;

    /// Reads a box into `out` in C order: inline slowest, sample fastest.
    ///
    /// `out` has exactly `block.len()` elements. Reads are positioned and their
    /// lengths checked, so a file that shrank is an error and not a crash. Any
    /// number of threads may read at once.
    fn read(&self, block: &Block, out: &mut [f32]) -> Result<(), IoError>;
}

/// How to open a volume whose headers are unusual. Byte positions count from 1
/// within a trace header, as the SEG-Y standard prints them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OpenOptions {
    /// First byte of the inline number.
    pub inline_byte: Option<usize>,
    /// First byte of the crossline number.
    pub crossline_byte: Option<usize>,
    /// First byte of the x coordinate.
    pub x_byte: Option<usize>,
    /// First byte of the y coordinate.
    pub y_byte: Option<usize>,
}

/// What an output volume holds, which decides its sample format and its null.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SampleKind {
    /// Numbers: IEEE float32, null -999.25.
    Continuous,
    /// Class codes: int8 in SEG-Y (float32 in `.H`, which knows nothing else), null 0.
    Classes,
}
