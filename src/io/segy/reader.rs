//! A SEG-Y file opened as a volume, or told why it is none.

use std::path::Path;

use crate::io::samples::Decoder;
use crate::io::source::Source;
use crate::io::traces::{Check, Traces};
use crate::io::volume::check_block;
use crate::io::{Certainty, IoError, OpenOptions, SampleKind, Template, Volume};
use crate::model::{Axis, Block, Direction, Grid, SampleUnit};
use crate::task::Task;

use super::geometry::Geometry;
use super::header::{DEAD, at, i16_at, i32_at};
use super::kept::Kept;
use super::layout::Layout;
use super::position::{Position, position};
use super::scan;
use super::survey::{Effort, NotCube, SAMPLE, Survey, Verdict};
use super::text::declared_null;

/// A SEG-Y file opened as a volume.
#[derive(Debug)]
pub struct SegyVolume {
    pub(super) traces: Traces,
    pub(super) layout: Layout,
    pub(super) survey: Survey,
    pub(super) position: Option<Position>,
    certainty: Certainty,
    grid: Grid,
    notes: Vec<String>,
}

/// A SEG-Y file, whether its traces make a volume or not.
pub(in crate::io) enum SegyFile {
    Volume(Box<SegyVolume>),
    Other(Box<OtherSegy>),
}

/// A SEG-Y file that is no volume: a line, gathers, or without line numbers.
pub(in crate::io) struct OtherSegy {
    pub(super) traces: Traces,
    pub(super) layout: Layout,
    pub(super) not: NotCube,
    /// Start of the traces in ms.
    pub(super) start_ms: f64,
    pub(super) certainty: Certainty,
    pub(super) notes: Vec<String>,
}

impl SegyFile {
    /// Opens a file from what is kept of an earlier scan, else from its headers.
    pub(in crate::io) fn open(
        source: Source,
        options: &OpenOptions,
        effort: Effort,
        task: &Task,
    ) -> Result<SegyFile, IoError> {
        check_bytes(source.path(), options)?;
        let layout = Layout::read(&source)?;
        let options = &layout.asked(options);
        let kept = (effort != Effort::Scan)
            .then(|| Kept::read(&source, &layout, options))
            .flatten();
        let geometry = match kept {
            Some(kept) => taken_up(kept, &source, &layout, options)?,
            None => Geometry::find(&source, &layout, options, effort, task)?,
        };
        Ok(SegyFile::new(source, layout, geometry))
    }

    /// The file of a geometry.
    pub(super) fn new(source: Source, layout: Layout, geometry: Geometry) -> SegyFile {
        let traces = Traces {
            source,
            first: layout.first,
            stride: layout.stride,
            header: layout.header,
            decoder: Decoder {
                format: layout.format,
                order: layout.order,
                null: declared_null(&layout.cards),
            },
        };
        let Geometry {
            verdict,
            position,
            start_ms,
            certainty,
            notes: more,
        } = geometry;
        let mut notes = layout.notes.clone();
        notes.extend(more);
        match verdict {
            Verdict::Cube(survey) => SegyFile::Volume(Box::new(SegyVolume {
                grid: Grid {
                    inlines: survey.inlines,
                    crosslines: survey.crosslines,
                    samples: layout.axis(start_ms),
                    unit: SampleUnit::Milliseconds,
                    spacing: position.and_then(|p| p.spacing),
                },
                traces,
                layout,
                survey,
                position,
                certainty,
                notes,
            })),
            Verdict::Not(not) => SegyFile::Other(Box::new(OtherSegy {
                traces,
                layout,
                not,
                start_ms,
                certainty,
                notes,
            })),
        }
    }
}

/// The geometry that was kept, its coordinates from the bytes that are asked for.
pub(super) fn taken_up(
    kept: Kept,
    source: &Source,
    layout: &Layout,
    options: &OpenOptions,
) -> Result<Geometry, IoError> {
    let mut geometry = kept.geometry;
    for contradiction in kept.contradictions {
        geometry
            .notes
            .push(format!("a few headers had told otherwise: {contradiction}"));
    }
    let asked = (options.x_byte, options.y_byte);
    if let Verdict::Cube(survey) = &geometry.verdict
        && asked != (kept.options.x_byte, kept.options.y_byte)
    {
        let sample = scan::sample(source, layout, SAMPLE)?;
        geometry.position = position(layout, survey, &sample, asked.0, asked.1);
    }
    Ok(geometry)
}

#[cfg(test)]
impl SegyFile {
    /// Its traces in file order.
    pub(in crate::io) fn traces(&self) -> &Traces {
        match self {
            SegyFile::Volume(volume) => &volume.traces,
            SegyFile::Other(other) => &other.traces,
        }
    }
}

/// An error for byte positions that lie outside a trace header.
pub(super) fn check_bytes(path: &Path, options: &OpenOptions) -> Result<(), IoError> {
    let named = [
        options.inline_byte,
        options.crossline_byte,
        options.x_byte,
        options.y_byte,
    ];
    match named.into_iter().flatten().find(|b| !(1..=237).contains(b)) {
        Some(byte) => Err(IoError::Header {
            path: path.to_owned(),
            byte: byte as u64,
            reason: "a four-byte number of a trace header begins at byte 1 to 237".to_owned(),
        }),
        None => Ok(()),
    }
}

impl Layout {
    /// The vertical axis in ms.
    pub(super) fn axis(&self, start_ms: f64) -> Axis {
        Axis::new(start_ms, self.interval_us / 1000.0, self.samples)
    }
}

impl OtherSegy {
    /// The refusal to open it as a volume.
    pub(in crate::io) fn error(&self) -> IoError {
        IoError::NoGrid {
            path: self.traces.source.path().to_owned(),
            reason: self.not.reason.clone(),
        }
    }
}

impl Volume for SegyVolume {
    fn grid(&self) -> &Grid {
        &self.grid
    }

    fn path(&self) -> &Path {
        self.traces.source.path()
    }

    fn sorted_by(&self) -> Direction {
        if self.survey.index.inline_sorted {
            Direction::Inline
        } else {
            Direction::Crossline
        }
    }

    fn kind(&self) -> SampleKind {
        match (self.layout.format.width(), self.traces.decoder.null) {
            (1, Some(0.0)) => SampleKind::Classes,
            _ => SampleKind::Continuous,
        }
    }

    fn notes(&self) -> &[String] {
        &self.notes
    }

    fn template(&self) -> Template<'_> {
        Template::Segy(self)
    }

    fn certainty(&self) -> Certainty {
        self.certainty
    }

    fn read(&self, block: &Block, out: &mut [f32]) -> Result<(), IoError> {
        check_block(self.path(), &self.grid, block, out.len())?;
        let trace = |inline, crossline| {
            let trace = self.survey.index.trace(inline, crossline);
            trace.map(u64::from)
        };
        let look = |trace: u64, header: &[u8]| self.check_trace(trace, header);
        let check: Option<Check> = match self.certainty {
            Certainty::Probed => Some(&look),
            Certainty::Scanned => None,
        };
        self.traces.read_checked(block, out, trace, check)
    }
}

impl SegyVolume {
    /// Compares a trace with the place that a few headers promised for it: true
    /// for a live one, false for a dead one, an error for one that belongs
    /// elsewhere.
    pub(super) fn check_trace(&self, trace: u64, header: &[u8]) -> Result<bool, IoError> {
        let order = self.layout.order;
        let inline = i32_at(header, self.survey.inline_byte, order);
        let crossline = i32_at(header, self.survey.crossline_byte, order);
        let number = u32::try_from(trace).unwrap_or(u32::MAX);
        if self.survey.holds(number, inline, crossline) {
            return Ok(i16_at(header, at::TRACE_ID, order) != DEAD);
        }
        Err(IoError::Header {
            path: self.path().to_owned(),
            byte: self.layout.offset(number) + self.survey.inline_byte as u64,
            reason: format!(
                "trace {} has inline {inline}, crossline {crossline}, and the few headers read \
                 when the file was opened promised another place; read all headers once with \
                 `outcrop scan`, then open it again",
                trace + 1
            ),
        })
    }
}
