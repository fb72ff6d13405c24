//! What `outcrop info` tells of a file, whether it is a volume or not.

use std::path::Path;

use serde::Serialize;

use super::open::{Opened, recognise};
use super::segy::Effort;
use super::statistics::{Sampled, Statistics, statistics};
use super::traces::Traces;
use super::{Certainty, IoError, OpenOptions, Volume};
use crate::model::{Axis, Grid, SampleUnit, Spacing};
use crate::task::Task;

/// Format, grid, statistics and text of a file. Its serialised field names are
/// the contract of `outcrop info --json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Facts {
    /// `SEG-Y`, `SEPlib` or `npy`.
    pub format: String,
    /// How one sample is stored, with its byte order where that may differ.
    pub sample_format: String,
    /// False where headers or statistics were sampled.
    pub exact: bool,
    /// Whether all trace headers were read or a few (`scanned`, `probed`).
    pub headers: Certainty,
    /// Traces whose samples the statistics are of.
    pub sampled_traces: u64,
    /// Inline numbers; nothing for a file that is no volume.
    pub inlines: Option<AxisFacts>,
    /// Crossline numbers; of a 2-D line its CDPs or traces.
    pub crosslines: Option<AxisFacts>,
    /// The vertical axis.
    pub samples: SampleFacts,
    /// Whole traces in the file.
    pub traces: u64,
    /// Those that are not flagged as dead and have a place of their own.
    pub live_traces: u64,
    /// Traces flagged as dead, as far as headers were read.
    pub dead_traces: u64,
    /// Bins of the grid without a trace, as far as headers were read.
    pub missing_traces: u64,
    /// Traces left out because an earlier one has the same place.
    pub duplicate_traces: u64,
    /// True where the file is a volume of more than one line in both directions.
    pub is_cube: bool,
    /// Why it is not.
    pub reason: Option<String>,
    /// Where line numbers and coordinates stand in trace headers (SEG-Y).
    pub header_bytes: Option<HeaderBytes>,
    /// Inline, crossline, x and y of the four corners, where coordinates are known.
    pub corners: Option<[[f64; 4]; 4]>,
    /// Statistics of the samples that are not null.
    pub stats: Option<Statistics>,
    /// Bin size in metres, where the file tells it.
    pub spacing: Option<Spacing>,
    /// The value that stands for "nothing here", where the file declares one.
    pub null_value: Option<f32>,
    /// Which header bytes were chosen and why (SEG-Y).
    pub header_choice: Option<String>,
    /// What a person should know: bytes left over, duplicates, guesses.
    pub notes: Vec<String>,
    /// The text header or history, made safe to show.
    pub text: Vec<String>,
}

/// An axis as JSON shows it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct AxisFacts {
    /// Survey number of the first sample.
    pub first: f64,
    /// Distance between samples.
    pub step: f64,
    /// How many.
    pub count: usize,
}

impl AxisFacts {
    /// Survey number of the last sample; of the first where there is none.
    pub fn last(&self) -> f64 {
        self.first + self.step * self.count.saturating_sub(1) as f64
    }
}

impl From<Axis> for AxisFacts {
    fn from(axis: Axis) -> Self {
        Self {
            first: axis.first,
            step: axis.step,
            count: axis.count,
        }
    }
}

/// The vertical axis as JSON shows it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SampleFacts {
    /// Time or depth of the first sample.
    pub first: f64,
    /// Interval.
    pub step: f64,
    /// Samples a trace.
    pub count: usize,
    /// `ms`, `m` or `ft`.
    pub unit: &'static str,
}

/// First bytes of trace header fields, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct HeaderBytes {
    /// Inline number.
    pub inline: Option<usize>,
    /// Crossline number.
    pub crossline: Option<usize>,
    /// X coordinate.
    pub x: Option<usize>,
    /// Y coordinate.
    pub y: Option<usize>,
}

/// Gathers the facts of a file. With `every`, each trace header and each sample
/// is read, however large the file; else large files are sampled, in well under
/// a second.
///
/// ```no_run
/// use outcrop::io::{OpenOptions, facts};
/// use outcrop::task::Task;
/// let facts = facts("line.sgy".as_ref(), &OpenOptions::default(), false, &Task::silent())?;
/// println!("{}: {} traces", facts.format, facts.traces);
/// # Ok::<(), outcrop::io::IoError>(())
/// ```
pub fn facts(
    path: &Path,
    options: &OpenOptions,
    every: bool,
    task: &Task,
) -> Result<Facts, IoError> {
    let effort = if every { Effort::Scan } else { Effort::Open };
    match recognise(path, options, effort, task)? {
        Opened::Segy(file) => file.facts(every, task),
        Opened::Seplib(volume) => {
            let (format, text) = (volume.sample_format(), volume.text());
            let mut facts = dense(
                "SEPlib",
                format,
                volume.as_ref(),
                volume.traces(),
                every,
                task,
                |place| volume.trace(place),
            )?;
            facts.text = text;
            facts.corners = volume.corners();
            Ok(facts)
        }
        Opened::Npy(volume) => {
            let format = volume.sample_format();
            let (volume, traces) = (volume.as_ref(), volume.traces());
            dense("npy", format, volume, traces, every, task, Some)
        }
    }
}

impl SampleFacts {
    pub(super) fn new(axis: &Axis, unit: SampleUnit) -> Self {
        Self {
            first: axis.first,
            step: axis.step,
            count: axis.count,
            unit: unit.sign(),
        }
    }
}

/// Why a grid is no cube, if it is none.
pub(super) fn thin(grid: &Grid) -> Option<String> {
    match (grid.inlines.count, grid.crosslines.count) {
        (1, 1) => Some("a single trace".to_owned()),
        (1, _) => Some("one inline only".to_owned()),
        (_, 1) => Some("one crossline only".to_owned()),
        _ => None,
    }
}

/// The facts of a volume that fills its grid; `trace` tells which trace lies at a
/// place, counted line by line.
fn dense(
    name: &str,
    sample_format: String,
    volume: &dyn Volume,
    traces: &Traces,
    every: bool,
    task: &Task,
    trace: impl Fn(u64) -> Option<u64>,
) -> Result<Facts, IoError> {
    let grid = volume.grid();
    let places = (grid.inlines.count * grid.crosslines.count) as u64;
    let Sampled {
        statistics,
        traces: sampled_traces,
        whole,
    } = statistics(traces, grid.samples.count, places, every, task, trace, None)?;
    let reason = thin(grid);
    Ok(Facts {
        format: name.to_owned(),
        sample_format,
        exact: whole,
        headers: volume.certainty(),
        sampled_traces,
        inlines: Some(grid.inlines.into()),
        crosslines: Some(grid.crosslines.into()),
        samples: SampleFacts::new(&grid.samples, grid.unit),
        traces: places,
        live_traces: places,
        dead_traces: 0,
        missing_traces: 0,
        duplicate_traces: 0,
        is_cube: reason.is_none(),
        reason,
        header_bytes: None,
        corners: None,
        stats: statistics,
        spacing: grid.spacing,
        null_value: traces.decoder.null,
        header_choice: None,
        notes: volume.notes().to_vec(),
        text: Vec::new(),
    })
}
