//! Reading the headers of many traces: all of them, or a sample.

use std::ops::Range;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::io::IoError;
use crate::io::source::Source;
use crate::task::{self, Task};

use super::header::{DEAD, TRACE_HEADER, TraceHeader, at, i16_at, i32_at};
use super::layout::Layout;
use super::stretch::{self, Stretch};
use super::words::Tally;

/// Traces whose headers one work item reads.
const TRACES_AT_ONCE: u32 = 1 << 14;
/// Headers between two looks at whether the work should stop.
const CHECK: u32 = 1 << 10;
/// Bytes read at once where traces are short: what a core's cache holds.
const CHUNK: usize = 128 << 10;
/// Where traces are longer than this, headers are read one by one: the system
/// call costs less than copying the samples between them.
const SHORT_TRACE: u64 = 4 << 10;

/// What the headers of a part of a file say: one work unit of a
/// [`HeaderScan`](super::HeaderScan).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HeaderTally {
    /// Line numbers, for each pair of bytes that may hold them.
    pub(super) pairs: Vec<Vec<Stretch>>,
    /// Values of each word, where they were asked for.
    pub(super) words: Option<Tally>,
    /// The first live trace and its start in ms.
    pub(super) start: Option<(u32, f64)>,
    /// The first live trace that starts at another time.
    pub(super) other_start: Option<(u32, f64)>,
}

impl HeaderTally {
    fn new(pairs: usize, words: bool) -> HeaderTally {
        HeaderTally {
            pairs: vec![Vec::new(); pairs],
            words: words.then(Tally::new),
            start: None,
            other_start: None,
        }
    }

    /// Adds what the traces behind say.
    pub(super) fn join(&mut self, next: HeaderTally) {
        for (own, next) in self.pairs.iter_mut().zip(next.pairs) {
            if own.is_empty() {
                *own = next;
            } else {
                for stretch in next {
                    stretch::push(own, stretch);
                }
            }
        }
        match (&mut self.words, &next.words) {
            (Some(own), Some(next)) => own.join(next),
            (own, _) => *own = None,
        }
        let differs = |start: &(u32, f64)| self.start.is_some_and(|own| own.1 != start.1);
        self.other_start = self
            .other_start
            .or(next.start.filter(differs))
            .or(next.other_start.filter(differs));
        self.start = self.start.or(next.start);
    }
}

/// Reads the headers of some traces: the numbers at pairs of bytes, the dead
/// flag, the start and, with `words`, every word. An error where a trace tells
/// another length than the first.
pub(super) fn read(
    source: &Source,
    layout: &Layout,
    pairs: &[(usize, usize)],
    words: bool,
    range: Range<u32>,
    task: &Task,
) -> Result<HeaderTally, IoError> {
    let starts: Vec<u32> = range.clone().step_by(TRACES_AT_ONCE as usize).collect();
    let parts = starts
        .into_par_iter()
        .map(|start| {
            let end = range.end.min(start.saturating_add(TRACES_AT_ONCE));
            read_part(source, layout, pairs, words, start..end, task)
        })
        .collect::<Result<Vec<_>, IoError>>()?;
    let mut whole = HeaderTally::new(pairs.len(), words);
    for part in parts {
        whole.join(part);
    }
    Ok(whole)
}

fn read_part(
    source: &Source,
    layout: &Layout,
    pairs: &[(usize, usize)],
    words: bool,
    range: Range<u32>,
    task: &Task,
) -> Result<HeaderTally, IoError> {
    let order = layout.order;
    let even = even(layout);
    let mut tally = HeaderTally::new(pairs.len(), words);
    let mut odd = None;
    visit(source, layout, range, task, |trace, header| {
        let samples = i16_at(header, at::SAMPLES, order);
        if samples != 0 && even.is_some_and(|even| even != samples) {
            odd.get_or_insert((trace, samples.cast_unsigned()));
        }
        let dead = i16_at(header, at::TRACE_ID, order) == DEAD;
        for (stretches, &(inline, crossline)) in tally.pairs.iter_mut().zip(pairs) {
            let inline = i32_at(header, inline, order);
            let crossline = i32_at(header, crossline, order);
            stretch::push(stretches, Stretch::one(trace, inline, crossline, dead));
        }
        if !dead && tally.other_start.is_none() {
            let start = super::header::delay_ms(header, order);
            match tally.start {
                None => tally.start = Some((trace, start)),
                Some((_, first)) if first != start => tally.other_start = Some((trace, start)),
                Some(_) => {}
            }
        }
        if let Some(words) = &mut tally.words {
            words.add(header, order);
        }
    })?;
    match odd {
        Some((trace, samples)) => Err(uneven(source, layout, trace, samples)),
        None => Ok(tally),
    }
}

/// The number of samples that every trace should tell, where the first tells the
/// one that is true.
fn even(layout: &Layout) -> Option<i16> {
    let told = layout.head.u16(at::SAMPLES) == layout.samples;
    told.then(|| layout.head.i16(at::SAMPLES))
}

/// What a trace of another length means.
fn uneven(source: &Source, layout: &Layout, trace: u32, samples: u16) -> IoError {
    IoError::Header {
        path: source.path().to_owned(),
        byte: layout.offset(trace) + at::SAMPLES as u64,
        reason: format!(
            "trace {} has {samples} samples and the first {}: traces of different length are \
             not read; cut them to one length first",
            u64::from(trace) + 1,
            layout.samples
        ),
    }
}

/// Shows the header bytes of some traces in order.
fn visit(
    source: &Source,
    layout: &Layout,
    range: Range<u32>,
    task: &Task,
    mut see: impl FnMut(u32, &[u8]),
) -> Result<(), IoError> {
    if layout.stride > SHORT_TRACE {
        let mut header = [0; TRACE_HEADER];
        for trace in range {
            if trace.is_multiple_of(CHECK) {
                task.check()?;
            }
            source.read(layout.offset(trace), &mut header)?;
            see(trace, &header);
        }
        return Ok(());
    }
    let stride = layout.stride as usize;
    let at_once = (CHUNK / stride).max(1);
    let mut bytes = vec![0; at_once * stride];
    let mut trace = range.start;
    while trace < range.end {
        task.check()?;
        let count = at_once.min((range.end - trace) as usize);
        let whole = &mut bytes[..count * stride];
        source.read(layout.offset(trace), whole)?;
        for header in whole.chunks_exact(stride) {
            see(trace, header);
            trace += 1;
        }
    }
    Ok(())
}

/// The headers of at most `most` traces: a stretch at the start, one at the
/// end, and the rest at random places between them.
pub(super) fn sample(
    source: &Source,
    layout: &Layout,
    most: u32,
) -> Result<Vec<(u32, TraceHeader)>, IoError> {
    let n = layout.traces;
    let mut traces: Vec<u32> = if n <= most {
        (0..n).collect()
    } else {
        let stretch = most / 4;
        let mut random = task::stream(0, "segy headers", &[]);
        (0..stretch)
            .chain((0..most / 2).map(|_| random.below(n as usize) as u32))
            .chain(n - stretch..n)
            .collect()
    };
    traces.sort_unstable();
    traces.dedup();
    // In parallel: on a busy file server each read may take milliseconds.
    let headers: Vec<_> = traces
        .into_par_iter()
        .with_min_len(64)
        .map(|trace| Ok((trace, layout.header(source, trace)?)))
        .collect::<Result<_, IoError>>()?;
    if let Some(even) = even(layout) {
        for (trace, header) in &headers {
            let samples = header.i16(at::SAMPLES);
            if samples != 0 && samples != even {
                return Err(uneven(source, layout, *trace, samples.cast_unsigned()));
            }
        }
    }
    Ok(headers)
}
