//! What SEP3D keeps beside the samples: a record of header words a trace (the
//! header format file, `hff=`) and, for irregular data, the number of the record
//! at each place of a grid (the grid format file, `gff=`). Biondi and others
//! (1996), "SEPlib90"; Clapp (2003), "SEPlib programming".
//!
//! Words are read a line at a time, when they are asked for: a file of headers
//! may be larger than memory. Headers that cannot be read are a note, and the
//! volume opens as the regular grid that its history tells.

use crate::io::IoError;
use crate::io::carried::Carried;
use crate::io::samples::ByteOrder;
use crate::io::source::Source;
use crate::model::{Axis, Grid, Pick, Spacing};

use super::axes::axis;
use super::history::History;
use super::pointer;
use super::records::{RECORD_NUMBER, Records, WORD, order};

/// Trace headers and grid of a volume.
#[derive(Debug)]
pub(in crate::io) struct TraceHeaders {
    pub(super) records: Records,
    cells: Option<Cells>,
    /// Crosslines of the grid.
    crosslines: usize,
    /// Traces in the file with the samples.
    traces: u64,
}

/// The grid of record numbers.
#[derive(Debug)]
struct Cells {
    source: Source,
    first: u64,
    order: ByteOrder,
}

impl TraceHeaders {
    /// Opens the headers that a history points to, if there are any. A grid
    /// format file replaces the lateral axes of `grid`.
    pub(super) fn open(
        history: &History,
        grid: &mut Grid,
        notes: &mut Vec<String>,
    ) -> Option<TraceHeaders> {
        let told = |key: &str| {
            let value = history.get(key).unwrap_or("");
            !(value.is_empty() || value == "-1" || value == "none")
        };
        if !told("hff") {
            return None;
        }
        let traces = (grid.inlines.count as u64).checked_mul(grid.crosslines.count as u64)?;
        let mut unread = |error: IoError| notes_of(notes, &error);
        let mut found = Vec::new();
        let records = match Records::open(history, &mut found) {
            Ok(records) => records,
            Err(error) => {
                unread(error);
                return None;
            }
        };
        let cells = if told("gff") {
            match Cells::open(history, &mut found) {
                Ok((cells, inlines, crosslines)) => {
                    (grid.inlines, grid.crosslines) = (inlines, crosslines);
                    Some(cells)
                }
                Err(error) => {
                    unread(error);
                    None
                }
            }
        } else {
            None
        };
        notes.append(&mut found);
        if cells.is_none() && records.count != traces {
            notes.push(format!(
                "{} trace headers for {traces} traces: they are not used",
                records.count
            ));
            return None;
        }
        let mut headers = TraceHeaders {
            records,
            cells,
            crosslines: grid.crosslines.count,
            traces,
        };
        headers.check(grid, notes);
        Some(headers)
    }

    /// Compares what headers tell with the axes; takes bin sizes from them.
    fn check(&mut self, grid: &mut Grid, notes: &mut Vec<String>) {
        if !self.records.tells_live().unwrap_or(false) && self.records.columns.live.take().is_some()
        {
            notes.push("`trid` is 0 in the trace headers looked at: it is not used".to_owned());
        }
        let last = (
            grid.inlines.count.saturating_sub(1),
            grid.crosslines.count.saturating_sub(1),
        );
        for (inline, crossline) in [(0, 0), (last.0, last.1)] {
            let Some(record) = self.record(inline, crossline) else {
                continue;
            };
            for (column, name, axis) in [
                (
                    self.records.columns.line,
                    "line_no",
                    grid.inlines.value(inline),
                ),
                (
                    self.records.columns.cdp,
                    "cdp_no",
                    grid.crosslines.value(crossline),
                ),
            ] {
                if let Some(number) = self.records.value(&record, column)
                    && number != axis
                {
                    notes.push(format!(
                        "`{name}` of the trace headers is {number} where the axes tell {axis}: \
                         the axes are used"
                    ));
                }
            }
        }
        if grid.spacing.is_none() {
            grid.spacing = self.spacing(last);
        }
    }

    /// Bin size from the positions of three corners.
    fn spacing(&self, last: (usize, usize)) -> Option<Spacing> {
        let at = |i, c| self.records.position(&self.record(i, c)?);
        let length = |a: (f64, f64), b: (f64, f64), bins: usize| {
            let length = (a.0 - b.0).hypot(a.1 - b.1) / bins as f64;
            (length > 0.0 && length.is_finite()).then_some((100.0 * length).round() / 100.0)
        };
        let origin = at(0, 0)?;
        Some(Spacing {
            inline: length(origin, at(last.0, 0)?, last.0)?,
            crossline: length(origin, at(0, last.1)?, last.1)?,
        })
    }

    /// The words at a place, if a trace is there and its words can be read.
    fn record(&self, inline: usize, crossline: usize) -> Option<Vec<u8>> {
        let numbers = self.numbers(inline, Pick::one(crossline)).ok()?;
        let words = self.records.words(&numbers).ok()?;
        numbers.first()?.map(|_| words)
    }

    /// Inline, crossline, x and y of the four corners, where headers tell them.
    pub(in crate::io) fn corners(&self, grid: &Grid) -> Option<[[f64; 4]; 4]> {
        let last = (
            grid.inlines.count.saturating_sub(1),
            grid.crosslines.count.saturating_sub(1),
        );
        let corner = |i, c| {
            let (x, y) = self.records.position(&self.record(i, c)?)?;
            Some([grid.inlines.value(i), grid.crosslines.value(c), x, y])
        };
        Some([
            corner(0, 0)?,
            corner(0, last.1)?,
            corner(last.0, 0)?,
            corner(last.0, last.1)?,
        ])
    }

    /// True where traces do not lie in the order of the grid, or may be dead.
    pub(super) fn place_traces(&self) -> bool {
        let columns = &self.records.columns;
        self.cells.is_some() || columns.trace.is_some() || columns.live.is_some()
    }

    /// The trace at each place of a line; nothing where there is none or a dead one.
    pub(super) fn traces(
        &self,
        inline: usize,
        crosslines: Pick,
    ) -> Result<Vec<Option<u64>>, IoError> {
        let numbers = self.numbers(inline, crosslines)?;
        let words = self.records.words(&numbers)?;
        let record = self.records.keys.len() * WORD as usize;
        Ok(numbers
            .iter()
            .zip(words.chunks_exact(record))
            .map(|(number, words)| {
                let trace = match self.records.value(words, self.records.columns.trace) {
                    Some(trace) if trace >= 1.0 => trace as u64 - 1,
                    Some(_) => return None,
                    None => (*number)?,
                };
                let live = number.is_some() && self.records.live(words);
                (live && trace < self.traces).then_some(trace)
            })
            .collect())
    }

    /// Number of the header record at each place of a line, from 0.
    fn numbers(&self, inline: usize, crosslines: Pick) -> Result<Vec<Option<u64>>, IoError> {
        let start = inline as u64 * self.crosslines as u64;
        let Some(cells) = &self.cells else {
            return Ok(crosslines
                .indices()
                .map(|c| Some(start + c as u64))
                .collect());
        };
        let length = (crosslines.end() - crosslines.start) * WORD as usize;
        let mut bytes = vec![0; length];
        let at = cells.first + (start + crosslines.start as u64) * WORD;
        cells.source.read(at, &mut bytes)?;
        let words = bytes.as_chunks::<4>().0;
        Ok(words
            .iter()
            .step_by(crosslines.step)
            .map(|&word| {
                let number = cells.order.u32(word).cast_signed();
                let record = u64::try_from(number).ok()?.checked_sub(1)?;
                (record < self.records.count).then_some(record)
            })
            .collect())
    }

    /// Positions and live flags along one inline.
    pub(in crate::io) fn carried(
        &self,
        inline: usize,
        crosslines: Pick,
    ) -> Result<Vec<Carried>, IoError> {
        let traces = self.traces(inline, crosslines)?;
        let numbers = self.numbers(inline, crosslines)?;
        let words = self.records.words(&numbers)?;
        let record = self.records.keys.len() * WORD as usize;
        Ok(traces
            .iter()
            .zip(words.chunks_exact(record))
            .map(|(trace, words)| Carried {
                position: self.records.position(words),
                live: trace.is_some(),
            })
            .collect())
    }

    /// The words along one inline as they are to be written beside a regular
    /// volume: those of the parent, each record pointing to a trace of its own,
    /// from `next` on.
    pub(super) fn rewritten(
        &self,
        inline: usize,
        crosslines: Pick,
        next: u64,
    ) -> Result<Vec<u8>, IoError> {
        let mut words = self.records.words(&self.numbers(inline, crosslines)?)?;
        let record = self.records.keys.len() * WORD as usize;
        let pointer = self
            .records
            .keys
            .iter()
            .position(|k| k.name == RECORD_NUMBER);
        if let Some(key) = pointer {
            let order = self
                .records
                .keys
                .get(key)
                .map_or(ByteOrder::Big, |k| k.order);
            for (i, words) in words.chunks_exact_mut(record).enumerate() {
                if let Some(word) = words.get_mut(4 * key..4 * key + 4) {
                    let trace = next + i as u64 + 1;
                    word.copy_from_slice(&order.u32_bytes(trace as u32));
                }
            }
        }
        Ok(words)
    }
}

fn notes_of(notes: &mut Vec<String>, error: &IoError) {
    notes.push(format!("trace headers are not read: {error}"));
}

impl Cells {
    /// The grid and its inline and crossline axes (axes 3 and 2: the first one
    /// stands for the samples).
    fn open(parent: &History, notes: &mut Vec<String>) -> Result<(Cells, Axis, Axis), IoError> {
        let text = pointer::follow(parent, "gff", notes)?;
        let history = History::read(&text)?;
        for n in [1, 4, 5, 6, 7, 8, 9] {
            let key = format!("n{n}");
            if history.number::<u64>(&key)?.unwrap_or(1) != 1 {
                return Err(history.wrong(&key, "grids have lines and crosslines only"));
            }
        }
        let crosslines = axis(&history, 2, notes)?;
        let inlines = axis(&history, 3, notes)?;
        let (source, first) = pointer::binary(&history, &text, notes)?;
        let needed = (crosslines.count as u64)
            .checked_mul(inlines.count as u64)
            .and_then(|cells| cells.checked_mul(WORD))
            .and_then(|size| size.checked_add(first))
            .ok_or_else(|| history.wrong("n2", "more cells than can be counted"))?;
        if needed > source.len() {
            return Err(IoError::Truncated {
                path: source.path().to_owned(),
                what: "the grid of header numbers",
                needed,
                found: source.len(),
            });
        }
        let order = order(history.get("data_format").unwrap_or(""));
        let cells = Cells {
            source,
            first,
            order,
        };
        Ok((cells, inlines, crosslines))
    }
}
