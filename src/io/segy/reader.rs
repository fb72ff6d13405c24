//! A SEG-Y file opened as a volume, or told why it is none.

use std::path::Path;

use crate::io::samples::Decoder;
use crate::io::source::Source;
use crate::io::traces::Traces;
use crate::io::volume::check_block;
use crate::io::{IoError, OpenOptions, SampleKind, Template, Volume};
use crate::model::{Axis, Block, Direction, Grid, SampleUnit};
use crate::task::Task;

use super::header::{DEAD, at};
use super::layout::Layout;
use super::position::{Position, position};
use super::survey::{Effort, NotCube, Survey, Verdict, survey};
use super::text::declared_null;

/// A SEG-Y file opened as a volume.
#[derive(Debug)]
pub struct SegyVolume {
    pub(super) traces: Traces,
    pub(super) layout: Layout,
    pub(super) survey: Survey,
    pub(super) position: Option<Position>,
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
}

impl SegyFile {
    /// Reads the headers of a file. `every`: of all its traces, however many.
    pub(in crate::io) fn open(
        source: Source,
        options: &OpenOptions,
        every: bool,
        task: &Task,
    ) -> Result<SegyFile, IoError> {
        check_bytes(source.path(), options)?;
        let mut layout = Layout::read(&source)?;
        let null = declared_null(&layout.cards);
        let effort = Effort::of(&source, &layout, every);
        // A file that declares its null in our way was cut from a volume: one
        // line of it is a thin volume, not a 2-D line.
        let (verdict, sample) = survey(&source, &layout, options, null.is_some(), effort, task)?;
        // The start of the first trace that has samples: padding may tell none.
        let live = sample.iter().find(|(_, h)| h.i16(at::TRACE_ID) != DEAD);
        layout.head = live.map_or(layout.head, |(_, header)| *header);
        let traces = Traces {
            source,
            first: layout.first,
            stride: layout.stride,
            header: layout.header,
            decoder: Decoder {
                format: layout.format,
                order: layout.order,
                null,
            },
        };
        let survey = match verdict {
            Verdict::Cube(survey) => survey,
            Verdict::Not(not) => {
                return Ok(SegyFile::Other(Box::new(OtherSegy {
                    traces,
                    layout,
                    not,
                })));
            }
        };
        let position = position(&layout, &survey, &sample, options.x_byte, options.y_byte);
        let mut notes = layout.notes.clone();
        if survey.duplicates > 0 {
            notes.push(format!(
                "{} duplicate traces left out: the first at a place is kept",
                survey.duplicates
            ));
        }
        if survey.unnumbered > 0 {
            notes.push(format!(
                "{} traces numbered 0/0 left out as padding",
                survey.unnumbered
            ));
        }
        let start = layout.head.delay_ms();
        let mut live = sample.iter().filter(|(_, h)| h.i16(at::TRACE_ID) != DEAD);
        if let Some((trace, header)) = live.find(|(_, h)| h.delay_ms() != start) {
            notes.push(format!(
                "trace {} starts at {} ms, not {start} ms as the first: that is taken for all",
                trace + 1,
                header.delay_ms()
            ));
        }
        let grid = Grid {
            inlines: survey.inlines,
            crosslines: survey.crosslines,
            samples: layout.axis(),
            unit: SampleUnit::Milliseconds,
            spacing: position.and_then(|p| p.spacing),
        };
        Ok(SegyFile::Volume(Box::new(SegyVolume {
            traces,
            layout,
            survey,
            position,
            grid,
            notes,
        })))
    }
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
fn check_bytes(path: &Path, options: &OpenOptions) -> Result<(), IoError> {
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
    pub(super) fn axis(&self) -> Axis {
        Axis::new(
            self.head.delay_ms(),
            self.interval_us / 1000.0,
            self.samples,
        )
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

    fn read(&self, block: &Block, out: &mut [f32]) -> Result<(), IoError> {
        check_block(self.path(), &self.grid, block, out.len())?;
        self.traces.read(block, out, |inline, crossline| {
            self.survey.index.trace(inline, crossline).map(u64::from)
        })
    }
}
