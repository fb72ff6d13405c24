//! The import doctor: everything there is to tell of a file that opens oddly or not
//! at all, as plain data.

use std::path::Path;

use serde::Serialize;

use super::facts::{AxisFacts, Facts, facts};
use super::segy::{self, WordFacts};
use super::{Certainty, IoError, OpenOptions};
use crate::task::Task;

/// What a file is, why it is no volume if it is none, and what could be made of it.
/// All text is safe to show.
#[derive(Clone, Debug, Serialize)]
pub struct Diagnosis {
    /// Format, grid, statistics and text header.
    #[serde(flatten)]
    pub facts: Facts,
    /// What a person should know, as sentences; the first says what the file is.
    pub verdict: Vec<String>,
    /// Pairs of header bytes that may hold the line numbers, the best first.
    pub candidates: Vec<Candidate>,
    /// Where the survey lies; nothing without coordinates.
    pub ground: Option<Ground>,
    /// Where traces are live, dead, missing or double; nothing without a grid.
    pub map: Option<TraceMap>,
    /// Fields of the binary header that are not 0.
    pub binary_header: Vec<BinaryField>,
    /// Lines of the extended textual headers, at most ten of these headers.
    pub extended_text: Vec<String>,
    /// Values of the words of the trace headers, in their order.
    pub words: Vec<WordFacts>,
    /// Headers that [`words`](Self::words) was counted over.
    pub word_headers: u64,
}

/// A pair of header bytes and the grid that the numbers there would make.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Candidate {
    /// First byte of the inline number, from 1.
    pub inline_byte: usize,
    /// First byte of the crossline number.
    pub crossline_byte: usize,
    /// Inline numbers there.
    pub inlines: AxisFacts,
    /// Crossline numbers there.
    pub crosslines: AxisFacts,
    /// Traces by bins of that grid: 1 for a full survey, more for gathers.
    pub fill: f64,
    /// The part of the bins that holds a trace if the pair makes a volume, else 0.
    pub score: f64,
    /// True for the pair that the file is opened with.
    pub chosen: bool,
    /// Why it does or does not make a volume, in words.
    pub reason: String,
}

/// Where a survey lies on the ground, in the units of its coordinates.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ground {
    /// `m`, `ft`, or `degrees` where the coordinates are angles.
    pub unit: &'static str,
    /// First bytes of x and y in the trace headers.
    pub bytes: (usize, usize),
    /// Distance between inlines.
    pub between_inlines: f64,
    /// Distance between crosslines.
    pub between_crosslines: f64,
    /// Direction in which crossline numbers grow along an inline, in degrees
    /// clockwise from north; nothing for a single crossline.
    pub inline_azimuth: Option<f64>,
    /// Direction in which inline numbers grow along a crossline.
    pub crossline_azimuth: Option<f64>,
    /// Inline, crossline, x and y of the corners: first inline and crossline, first
    /// and last, last and first, last and last.
    pub corners: [[f64; 4]; 4],
}

/// Traces by place, coarsened: rows of inlines, columns of crosslines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TraceMap {
    /// Rows, the first inline at the top.
    pub rows: usize,
    /// Columns, the first crossline at the left.
    pub columns: usize,
    /// `rows * columns` cells, row by row.
    pub cells: Vec<MapCell>,
}

/// Traces of the bins that one cell of a [`TraceMap`] stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MapCell {
    /// Bins with a live trace.
    pub live: u64,
    /// Bins with a dead trace, as far as headers were read.
    pub dead: u64,
    /// Bins without a trace.
    pub missing: u64,
    /// Traces too many.
    pub duplicate: u64,
}

/// What a [`MapCell`] is best drawn as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapState {
    /// No bin holds a live trace, and none a dead one.
    Missing,
    /// No live trace, some dead ones.
    Dead,
    /// Some bins hold a live trace.
    Partly,
    /// All do.
    Live,
    /// Some hold several.
    Double,
}

impl MapCell {
    /// The most telling thing about it.
    pub fn state(self) -> MapState {
        match self {
            MapCell { duplicate: 1.., .. } => MapState::Double,
            MapCell {
                live: 0, dead: 0, ..
            } => MapState::Missing,
            MapCell { live: 0, .. } => MapState::Dead,
            MapCell {
                dead: 0,
                missing: 0,
                ..
            } => MapState::Live,
            _ => MapState::Partly,
        }
    }
}

impl TraceMap {
    /// The cell of a row and column; an empty one outside.
    pub fn cell(&self, row: usize, column: usize) -> MapCell {
        let inside = row < self.rows && column < self.columns;
        let at = row.saturating_mul(self.columns).saturating_add(column);
        let cell = self.cells.get(at).filter(|_| inside);
        cell.copied().unwrap_or_default()
    }
}

/// A field of the binary header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BinaryField {
    /// Its first byte in the file, from 1.
    pub byte: usize,
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub value: String,
}

/// Examines a file. The map has at most `rows` by `columns` cells.
///
/// With `every`, each trace header and each sample is read, however large the
/// file; else large files are told from a few of both, or from what is kept of an
/// earlier scan, in well under a second.
///
/// ```no_run
/// use outcrop::io::{OpenOptions, diagnose};
/// use outcrop::task::Task;
/// let options = OpenOptions::default();
/// let found = diagnose("line.sgy".as_ref(), &options, (20, 60), false, &Task::silent())?;
/// println!("{}", found.verdict.join("\n"));
/// # Ok::<(), outcrop::io::IoError>(())
/// ```
pub fn diagnose(
    path: &Path,
    options: &OpenOptions,
    (rows, columns): (usize, usize),
    every: bool,
    task: &Task,
) -> Result<Diagnosis, IoError> {
    let source = super::source::Source::open(path)?;
    if super::open::has_trace_headers(&source)? {
        return segy::diagnose(source, options, (rows, columns), every, task);
    }
    let facts = facts(path, options, every, task)?;
    Ok(Diagnosis {
        verdict: verdict(&facts),
        candidates: Vec::new(),
        ground: None,
        map: None,
        binary_header: Vec::new(),
        extended_text: Vec::new(),
        words: Vec::new(),
        word_headers: 0,
        facts,
    })
}

/// Examines a file at a glance: [`diagnose`] from what is quick to read.
pub fn glance(
    path: &Path,
    options: &OpenOptions,
    map: (usize, usize),
) -> Result<Diagnosis, IoError> {
    diagnose(path, options, map, false, &Task::silent())
}

/// What the facts of a file amount to, in sentences.
pub(super) fn verdict(facts: &Facts) -> Vec<String> {
    let mut told = Vec::new();
    let samples = facts.samples.count;
    match (&facts.reason, facts.inlines, facts.crosslines) {
        (Some(reason), ..) => told.push(format!("No cube: {reason}.")),
        (None, Some(inlines), Some(crosslines)) => told.push(format!(
            "A cube of {} inlines, {} crosslines and {samples} samples.",
            inlines.count, crosslines.count
        )),
        _ => told.push(format!("{} traces of {samples} samples.", facts.traces)),
    }
    if facts.headers == Certainty::Probed {
        told.push(format!(
            "Probed: a few of {} trace headers were read, the others are compared as their \
             traces are read; `outcrop scan` reads all of them once.",
            facts.traces
        ));
    }
    let bins = facts.missing_traces + facts.live_traces + facts.dead_traces;
    if facts.missing_traces > 0 {
        told.push(format!(
            "{} of {bins} bins hold no trace ({:.1} %).",
            facts.missing_traces,
            100.0 * facts.missing_traces as f64 / bins as f64
        ));
    }
    if facts.dead_traces > 0 {
        told.push(format!("{} traces are flagged as dead.", facts.dead_traces));
    }
    if facts.duplicate_traces > 0 {
        told.push(format!(
            "{} traces share a bin with an earlier one, which is taken.",
            facts.duplicate_traces
        ));
    }
    for (name, axis) in [("Inline", facts.inlines), ("Crossline", facts.crosslines)] {
        if axis.is_some_and(|a| a.step < 0.0 && a.count > 1) {
            told.push(format!("{name} numbers fall from trace to trace."));
        }
    }
    told
}
