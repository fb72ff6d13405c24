//! Reading the headers of many traces: all of them, or a sample.

use rayon::prelude::*;

use crate::io::IoError;
use crate::io::source::Source;
use crate::task::{self, Task};

use super::header::{DEAD, TRACE_HEADER, TraceHeader, at, i16_at, i32_at};
use super::layout::Layout;

/// Traces whose headers one work item reads.
const TRACES_AT_ONCE: usize = 4096;
/// Bytes read at once where traces are short.
const CHUNK: usize = 256 << 10;
/// Where traces are longer than this, headers are read one by one: the system
/// call costs less than copying the samples between them.
const SHORT_TRACE: u64 = 6 << 10;

/// Line numbers of every trace, in file order.
pub(super) struct Columns {
    pub(super) inlines: Vec<i32>,
    pub(super) crosslines: Vec<i32>,
    pub(super) dead: Vec<bool>,
}

/// Reads two numbers and the dead flag of every trace. An error where a trace
/// tells another length than the first.
pub(super) fn columns(
    source: &Source,
    layout: &Layout,
    inline_byte: usize,
    crossline_byte: usize,
    task: &Task,
) -> Result<Columns, IoError> {
    let starts: Vec<u32> = (0..layout.traces).step_by(TRACES_AT_ONCE).collect();
    let even = layout.head.i16(at::SAMPLES);
    let even = (even as u16 as usize == layout.samples).then_some(even);
    let parts = starts
        .into_par_iter()
        .map(|start| {
            task.check()?;
            let end = layout.traces.min(start + TRACES_AT_ONCE as u32);
            let mut part = Vec::with_capacity((end - start) as usize);
            let mut odd = None;
            visit(source, layout, start, end, |trace, header| {
                let order = layout.order;
                let samples = i16_at(header, at::SAMPLES, order);
                if samples != 0 && even.is_some_and(|even| even != samples) {
                    odd.get_or_insert((trace, samples as u16));
                }
                part.push((
                    i32_at(header, inline_byte, order),
                    i32_at(header, crossline_byte, order),
                    i16_at(header, at::TRACE_ID, order) == DEAD,
                ));
            })?;
            match odd {
                Some((trace, samples)) => Err(uneven(source, layout, trace, samples)),
                None => Ok(part),
            }
        })
        .collect::<Result<Vec<_>, IoError>>()?;
    let mut columns = Columns {
        inlines: Vec::with_capacity(layout.traces as usize),
        crosslines: Vec::with_capacity(layout.traces as usize),
        dead: Vec::with_capacity(layout.traces as usize),
    };
    for (inline, crossline, dead) in parts.into_iter().flatten() {
        columns.inlines.push(inline);
        columns.crosslines.push(crossline);
        columns.dead.push(dead);
    }
    Ok(columns)
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

/// Shows the header bytes of the traces `start..end` in order.
fn visit(
    source: &Source,
    layout: &Layout,
    start: u32,
    end: u32,
    mut see: impl FnMut(u32, &[u8]),
) -> Result<(), IoError> {
    if layout.stride > SHORT_TRACE {
        let mut header = [0; TRACE_HEADER];
        for trace in start..end {
            source.read(layout.offset(trace), &mut header)?;
            see(trace, &header);
        }
        return Ok(());
    }
    let stride = layout.stride as usize;
    let at_once = (CHUNK / stride).max(1);
    let mut bytes = vec![0; at_once * stride];
    let mut trace = start;
    while trace < end {
        let count = at_once.min((end - trace) as usize);
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
        .map(|trace| Ok((trace, layout.header(source, trace)?)))
        .collect::<Result<_, IoError>>()?;
    let even = layout.head.i16(at::SAMPLES);
    if even as u16 as usize == layout.samples {
        for (trace, header) in &headers {
            let samples = header.i16(at::SAMPLES);
            if samples != 0 && samples != even {
                return Err(uneven(source, layout, *trace, samples as u16));
            }
        }
    }
    Ok(headers)
}
