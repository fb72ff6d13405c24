//! A SEPlib volume opened for reading.

use std::path::Path;

use crate::io::samples::{ByteOrder, Decoder, SampleFormat};
use crate::io::source::Source;
use crate::io::traces::Traces;
use crate::io::volume::check_block;
use crate::io::{IoError, SampleKind, Template, Volume};
use crate::model::{Block, Grid, Pick};

use super::axes;
use super::headers::TraceHeaders;
use super::history::History;
use super::pointer;

/// Samples that decide the byte order where no key tells it.
const GUESSED_FROM: usize = 100_000;

/// Traces whose places are looked up at once.
const AT_ONCE: usize = 1 << 16;

/// A SEPlib (`.H`, `.rsf`) volume.
#[derive(Debug)]
pub struct SeplibVolume {
    pub(in crate::io) history: History,
    pub(in crate::io) headers: Option<TraceHeaders>,
    traces: Traces,
    grid: Grid,
    kind: SampleKind,
    notes: Vec<String>,
}

impl SeplibVolume {
    /// Opens the volume that a history describes.
    pub(in crate::io) fn open(text: &Source) -> Result<SeplibVolume, IoError> {
        let history = History::read(text)?;
        let mut notes = Vec::new();
        check_format(&history)?;
        let mut grid = axes::grid(&history, &mut notes)?;
        let (source, first) = pointer::binary(&history, text, &mut notes)?;
        let needed = grid
            .shape()
            .iter()
            .try_fold(4u64, |size, &n| size.checked_mul(n as u64))
            .and_then(|size| size.checked_add(first))
            .ok_or_else(|| history.wrong("n1", "n1 n2 n3 give no possible size".to_owned()))?;
        if needed > source.len() {
            return Err(IoError::Truncated {
                path: source.path().to_owned(),
                what: "the volume (4 bytes x n1 x n2 x n3)",
                needed,
                found: source.len(),
            });
        }
        if needed < source.len() {
            notes.push(format!(
                "{} bytes more than n1 n2 n3 tell",
                source.len() - needed
            ));
        }
        let order = order(&history, &source, first, needed, &mut notes)?;
        let headers = TraceHeaders::open(&history, &mut grid, &mut notes);
        let voxels = grid
            .shape()
            .iter()
            .try_fold(4usize, |size, &n| size.checked_mul(n));
        if voxels.is_none() {
            return Err(history.wrong("gff", "the grid has more places than can be counted"));
        }
        let null = history
            .number::<f32>("null_value")?
            .filter(|v| v.is_finite());
        let kind = match history.get("sample_kind") {
            Some("classes") => SampleKind::Classes,
            _ => SampleKind::Continuous,
        };
        Ok(SeplibVolume {
            traces: Traces {
                source,
                first,
                stride: 4 * grid.samples.count as u64,
                header: 0,
                decoder: Decoder {
                    format: SampleFormat::F32,
                    order,
                    null,
                },
            },
            history,
            headers,
            grid,
            kind,
            notes,
        })
    }

    pub(in crate::io) fn traces(&self) -> &Traces {
        &self.traces
    }

    /// Reads a block whose traces the headers place, some lines at a time.
    fn read_placed(
        &self,
        headers: &TraceHeaders,
        block: &Block,
        out: &mut [f32],
    ) -> Result<(), IoError> {
        let along = block.crosslines;
        let line = along.count * block.samples.count;
        if line == 0 {
            return Ok(());
        }
        let lines = (AT_ONCE / along.count).max(1);
        for (i, out) in out.chunks_mut(lines * line).enumerate() {
            let inlines = block.inlines.part(i * lines, (i + 1) * lines);
            let mut traces = Vec::with_capacity(inlines.count * along.count);
            for inline in inlines.indices() {
                traces.extend(headers.traces(inline, along)?);
            }
            let part = Block { inlines, ..*block };
            self.traces.read(&part, out, |inline, crossline| {
                let i = (inline - inlines.start) / inlines.step;
                let c = (crossline - along.start) / along.step;
                *traces.get(i * along.count + c)?
            })?;
        }
        Ok(())
    }

    /// The history as lines.
    pub(in crate::io) fn text(&self) -> Vec<String> {
        String::from_utf8_lossy(&self.history.text)
            .lines()
            .map(|line| crate::model::printable(line.trim_end()))
            .collect()
    }

    /// The live trace at a place of the grid, counted line by line.
    pub(in crate::io) fn trace(&self, place: u64) -> Option<u64> {
        let Some(headers) = self.headers.as_ref().filter(|h| h.place_traces()) else {
            return Some(place);
        };
        let along = self.grid.crosslines.count as u64;
        let crossline = Pick::one((place % along) as usize);
        let traces = headers.traces((place / along) as usize, crossline).ok()?;
        *traces.first()?
    }

    /// Inline, crossline, x and y of the four corners, where trace headers tell.
    pub(in crate::io) fn corners(&self) -> Option<[[f64; 4]; 4]> {
        self.headers.as_ref()?.corners(&self.grid)
    }

    /// Name of the sample format.
    pub(in crate::io) fn sample_format(&self) -> String {
        let order = self.traces.decoder.order.word();
        format!("{} {order}", SampleFormat::F32.name())
    }
}

/// Only four-byte floats are volumes.
fn check_format(history: &History) -> Result<(), IoError> {
    if let Some(esize) = history.number::<u64>("esize")?
        && esize != 4
    {
        return Err(history.wrong(
            "esize",
            format!("samples of {esize} bytes are not read; convert the volume to 4-byte floats"),
        ));
    }
    match history.get("data_format") {
        None | Some("xdr_float" | "native_float") => Ok(()),
        Some(other) => Err(history.wrong(
            "data_format",
            format!("`{other}` is not read; convert the volume to xdr_float or native_float"),
        )),
    }
}

/// The byte order: as the key says, else the one that makes more of the first
/// samples ordinary numbers.
fn order(
    history: &History,
    source: &Source,
    first: u64,
    end: u64,
    notes: &mut Vec<String>,
) -> Result<ByteOrder, IoError> {
    match history.get("data_format") {
        Some("native_float") => return Ok(ByteOrder::Little),
        Some(_) => return Ok(ByteOrder::Big),
        None => {}
    }
    let bytes = source.bytes(first, ((end - first) as usize).min(4 * GUESSED_FROM))?;
    let ordinary = |order: ByteOrder| {
        let words = bytes.as_chunks::<4>().0;
        let numbers = words.iter().map(|&w| f32::from_bits(order.u32(w)).abs());
        numbers
            .filter(|v| *v == 0.0 || (*v > 1e-30 && *v < 1e30))
            .count()
    };
    let order = if ordinary(ByteOrder::Little) > ordinary(ByteOrder::Big) {
        ByteOrder::Little
    } else {
        ByteOrder::Big
    };
    notes.push(format!(
        "no data_format: {} taken from the samples",
        order.word()
    ));
    Ok(order)
}

impl Volume for SeplibVolume {
    fn grid(&self) -> &Grid {
        &self.grid
    }

    fn path(&self) -> &Path {
        self.history.path()
    }

    fn files(&self) -> Vec<&Path> {
        vec![self.history.path(), self.traces.source.path()]
    }

    fn kind(&self) -> SampleKind {
        self.kind
    }

    fn notes(&self) -> &[String] {
        &self.notes
    }

    fn template(&self) -> Template<'_> {
        Template::Seplib(self)
    }

    fn read(&self, block: &Block, out: &mut [f32]) -> Result<(), IoError> {
        check_block(self.path(), &self.grid, block, out.len())?;
        let crosslines = self.grid.crosslines.count as u64;
        match self.headers.as_ref().filter(|h| h.place_traces()) {
            Some(headers) => self.read_placed(headers, block, out),
            None => self.traces.read(block, out, |inline, crossline| {
                Some(inline as u64 * crosslines + crossline as u64)
            }),
        }
    }
}
