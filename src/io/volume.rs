//! The one way volumes are read, whatever their container.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::IoError;
use super::segy::SegyVolume;
use super::seplib::SeplibVolume;
use crate::model::{Axis, Block, Direction, Grid, Pick};

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

    /// The files that its samples come from: a change of any makes it another.
    fn files(&self) -> Vec<&Path> {
        vec![self.path()]
    }

    /// The slow axis of the file: inlines, or crosslines where traces lie
    /// inline by inline within a crossline.
    fn sorted_by(&self) -> Direction {
        Direction::Inline
    }

    /// Reads a box into `out` in C order: inline slowest, sample fastest.
    ///
    /// `out` has exactly `block.len()` elements. Reads are positioned and their
    /// lengths checked, so a file that shrank is an error and not a crash. Any
    /// number of threads may read at once.
    fn read(&self, block: &Block, out: &mut [f32]) -> Result<(), IoError>;

    /// True where the samples of a trace lie together in the file; only `.npy`
    /// arrays of Fortran order do otherwise.
    fn trace_by_trace(&self) -> bool {
        true
    }

    /// Whether its grid rests on all trace headers or on a few.
    fn certainty(&self) -> Certainty {
        Certainty::Scanned
    }

    /// What it holds, as far as the file tells.
    fn kind(&self) -> SampleKind {
        SampleKind::Continuous
    }

    /// What a person should know of it: duplicates, bytes left over, guesses.
    fn notes(&self) -> &[String] {
        &[]
    }

    /// What an output made from it takes over besides the grid.
    fn template(&self) -> Template<'_> {
        Template::Plain
    }
}

/// How much of a file's trace headers was read to find its grid.
///
/// Of a probed volume the header of each trace is compared when the trace is read:
/// one that is not where the grid says is an error, a dead one null. Missing lines
/// and duplicates that no header has told of yet stay unknown until the file is
/// scanned ([`HeaderScan`](super::HeaderScan)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Certainty {
    /// The first and last ones, those at the ends of lines, and some at random.
    Probed,
    /// All of them; or there are none, as in `.H` and `.npy`.
    Scanned,
}

/// The headers that a [`VolumeWriter`](super::VolumeWriter) copies from its input.
#[derive(Clone, Copy)]
pub enum Template<'a> {
    /// None: headers are made from the grid.
    Plain,
    /// Those of a SEG-Y file, trace by trace.
    Segy(&'a SegyVolume),
    /// The history of a `.H` file.
    Seplib(&'a SeplibVolume),
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

impl SampleKind {
    /// What is written where there is no value.
    pub fn null(self) -> f32 {
        match self {
            SampleKind::Continuous => -999.25,
            SampleKind::Classes => 0.0,
        }
    }
}

/// An error where a block leaves the grid or does not fill the buffer.
pub(super) fn check_block(
    path: &Path,
    grid: &Grid,
    block: &Block,
    buffer: usize,
) -> Result<(), IoError> {
    let outside = |pick: Pick, axis: &Axis| pick.count > 0 && pick.end() > axis.count;
    let wrong = |reason: String| {
        let range = |p: Pick| format!("{}..{} by {}", p.start, p.end(), p.step);
        Err(IoError::Block {
            path: path.to_owned(),
            block: format!(
                "[{}, {}, {}]",
                range(block.inlines),
                range(block.crosslines),
                range(block.samples)
            ),
            reason,
        })
    };
    if [block.inlines, block.crosslines, block.samples]
        .iter()
        .any(|pick| pick.step == 0)
    {
        return wrong("a step of 0".to_owned());
    }
    if outside(block.inlines, &grid.inlines)
        || outside(block.crosslines, &grid.crosslines)
        || outside(block.samples, &grid.samples)
    {
        return wrong(format!("outside the volume's {:?}", grid.shape()));
    }
    if block.len() != buffer {
        return wrong(format!(
            "{} voxels against a buffer of {buffer}",
            block.len()
        ));
    }
    Ok(())
}
