//! The engine under every reader: samples of traces that lie at equal distances
//! in one file, read in file order and in few, bounded, positioned reads.

use std::cell::RefCell;

use rayon::prelude::*;

use super::IoError;
use super::samples::Decoder;
use super::source::Source;
use crate::model::{Block, Pick};

/// Traces that one wave of reading holds places for.
const WAVE: usize = 1 << 18;
/// Most bytes read at once: what a core's cache holds besides the output.
const CHUNK: usize = 256 << 10;
/// Bytes between two wanted stretches that are read rather than skipped: what
/// copying them costs is about what a system call costs.
const GAP: u64 = 4 << 10;
/// Work, in bytes copied, from which a second thread pays.
const PARALLEL: u64 = 2 << 20;

/// Bytes of a trace header that are looked at.
const STANDARD_HEADER: usize = 240;

/// Traces at equal distances in a file.
#[derive(Debug)]
pub(super) struct Traces {
    pub(super) source: Source,
    /// Byte of the first trace.
    pub(super) first: u64,
    /// Bytes from one trace to the next.
    pub(super) stride: u64,
    /// Bytes of a trace before its samples.
    pub(super) header: usize,
    pub(super) decoder: Decoder,
}

/// A trace of the file and where its samples go.
type Wanted<'a> = (u64, &'a mut [f32]);

/// Looks at a trace's number in the file and its header before its samples are
/// believed: false where it is dead.
pub(super) type Check<'a> = &'a (dyn Fn(u64, &[u8]) -> Result<bool, IoError> + Sync);

thread_local! {
    /// Where bytes land before they are decoded: one chunk a thread, kept.
    static BYTES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl Traces {
    /// Reads a block that fits the grid and fills `out`; `trace` tells which
    /// trace lies at an inline and crossline index, places without one get NaN.
    pub(super) fn read(
        &self,
        block: &Block,
        out: &mut [f32],
        trace: impl Fn(usize, usize) -> Option<u64>,
    ) -> Result<(), IoError> {
        self.read_checked(block, out, trace, None)
    }

    /// The same, with a look at the header of each trace where one is wanted.
    pub(super) fn read_checked(
        &self,
        block: &Block,
        out: &mut [f32],
        trace: impl Fn(usize, usize) -> Option<u64>,
        check: Option<Check>,
    ) -> Result<(), IoError> {
        if block.is_empty() {
            return Ok(());
        }
        let samples = block.samples.count;
        let line = block.crosslines.count * samples;
        let lines = (WAVE / block.crosslines.count).max(1);
        for (wave, part) in out.chunks_mut(lines * line).enumerate() {
            let mut wanted: Vec<Wanted> = Vec::with_capacity(part.len() / samples);
            for (i, line) in part.chunks_mut(line).enumerate() {
                let inline = block.inlines.at(wave * lines + i);
                for (c, place) in line.chunks_mut(samples).enumerate() {
                    match trace(inline, block.crosslines.at(c)) {
                        Some(trace) => wanted.push((trace, place)),
                        None => place.fill(f32::NAN),
                    }
                }
            }
            wanted.sort_by_key(|w| w.0);
            self.read_wave(&mut wanted, block.samples, check)?;
        }
        Ok(())
    }

    /// Reads traces in file order, neighbouring ones together.
    fn read_wave(
        &self,
        wanted: &mut [Wanted],
        samples: Pick,
        check: Option<Check>,
    ) -> Result<(), IoError> {
        let width = self.decoder.format.width();
        let span = ((samples.end() - samples.start) * width) as u64;
        let near = (GAP + span) / self.stride;
        let together = (CHUNK as u64 / self.stride).max(1);
        let chunks = gather(wanted, near, together);
        let work: u64 = chunks
            .iter()
            .filter_map(|chunk| Some(chunk.last()?.0 - chunk.first()?.0))
            .map(|traces| GAP + traces * self.stride + span)
            .sum();
        let read = |chunk: &mut [Wanted]| self.read_chunk(chunk, samples, check);
        if chunks.len() > 1 && work > PARALLEL {
            chunks.into_par_iter().try_for_each(read)
        } else {
            chunks.into_iter().try_for_each(read)
        }
    }

    /// Reads neighbouring traces with one system call and decodes them.
    fn read_chunk(
        &self,
        chunk: &mut [Wanted],
        samples: Pick,
        check: Option<Check>,
    ) -> Result<(), IoError> {
        let (Some(&(first, _)), Some(&(last, _))) = (chunk.first(), chunk.last()) else {
            return Ok(());
        };
        let width = self.decoder.format.width();
        let span = (samples.end() - samples.start) * width;
        let stride = self.stride as usize;
        let lead = self.header + samples.start * width;
        // Headers come along where that costs less than a system call of their own.
        let together = check.is_some() && lead as u64 <= GAP;
        let (skipped, lead) = if together { (0, lead) } else { (lead, 0) };
        let start = self.first + first * self.stride + skipped as u64;
        let length = (last - first) as usize * stride + lead + span;
        if let ([(trace, place)], true) = (&mut *chunk, length > CHUNK) {
            let start = start + lead as u64;
            if self.live(*trace, check)? {
                return self.read_long(start, samples.step, place);
            }
            place.fill(f32::NAN);
            return Ok(());
        }
        BYTES.with_borrow_mut(|bytes| {
            let bytes = at_least(bytes, length);
            self.source.read(start, bytes)?;
            for (trace, place) in chunk {
                let from = (*trace - first) as usize * stride;
                let live = match check {
                    Some(check) if together => check(*trace, &bytes[from..from + self.header])?,
                    check => self.live(*trace, check)?,
                };
                if live {
                    let from = from + lead;
                    self.decoder
                        .decode(&bytes[from..from + span], samples.step, place);
                } else {
                    place.fill(f32::NAN);
                }
            }
            Ok(())
        })
    }

    /// Reads the header of a trace for a look at it, where one is wanted.
    fn live(&self, trace: u64, check: Option<Check>) -> Result<bool, IoError> {
        let Some(check) = check else {
            return Ok(true);
        };
        let mut header = [0; STANDARD_HEADER];
        let header = &mut header[..self.header.min(STANDARD_HEADER)];
        self.source.read(self.first + trace * self.stride, header)?;
        check(trace, header)
    }

    /// Reads a trace that is longer than a chunk, piece by piece.
    fn read_long(&self, start: u64, step: usize, place: &mut [f32]) -> Result<(), IoError> {
        let pace = self.decoder.format.width() * step;
        let at_once = (CHUNK / pace).max(1);
        BYTES.with_borrow_mut(|bytes| {
            for (i, piece) in place.chunks_mut(at_once).enumerate() {
                let length = (piece.len() - 1) * pace + self.decoder.format.width();
                let bytes = at_least(bytes, length);
                self.source
                    .read(start + (i * at_once * pace) as u64, bytes)?;
                self.decoder.decode(bytes, step, piece);
            }
            Ok(())
        })
    }
}

fn at_least(bytes: &mut Vec<u8>, length: usize) -> &mut [u8] {
    if bytes.len() < length {
        bytes.resize(length, 0);
    }
    &mut bytes[..length]
}

/// Cuts traces in file order into chunks: neighbours at most `near` traces
/// apart, at most `together` traces from first to last.
fn gather<'a, 'b>(
    wanted: &'a mut [Wanted<'b>],
    near: u64,
    together: u64,
) -> Vec<&'a mut [Wanted<'b>]> {
    let mut chunks = Vec::new();
    let mut rest = wanted;
    while let Some(&(first, _)) = rest.first() {
        let mut last = first;
        let mut count = 0;
        for &(trace, _) in rest.iter() {
            if trace - last > near || trace - first >= together {
                break;
            }
            last = trace;
            count += 1;
        }
        let (chunk, after) = std::mem::take(&mut rest).split_at_mut(count);
        chunks.push(chunk);
        rest = after;
    }
    chunks
}
