//! Why the traces of a file make no volume, in words, and what they are instead.

use crate::model::Axis;

use super::header::{TraceHeader, at};
use super::layout::Layout;
use super::survey::NotCube;
use super::trial::{Pair, Rejected, span};

/// Why there is no volume, in words, and what there is instead.
pub(super) fn not_cube(
    layout: &Layout,
    sample: &[(u32, TraceHeader)],
    refused: &[(Pair, Rejected)],
) -> NotCube {
    let traces = Axis::new(1.0, 1.0, layout.traces as usize);
    if layout.traces == 1 {
        return NotCube {
            reason: "the file holds one trace only".to_owned(),
            along: traces,
        };
    }
    let gathers = refused.iter().find_map(|(_, r)| match r {
        Rejected::Gathers(reason) => Some(reason.clone()),
        _ => None,
    });
    // Where the file describes its own trace headers, zeros in the standard's
    // places are no numbers.
    let repeated = || repeated(sample).filter(|_| layout.described.is_none());
    if let Some(reason) = gathers.or_else(repeated) {
        return NotCube {
            reason,
            along: traces,
        };
    }
    let line = refused.iter().find_map(|(pair, r)| match r {
        Rejected::Line(reason) => Some((pair.inline_byte, pair.crossline_byte, reason)),
        _ => None,
    });
    let cdps = [at::CDP, at::CROSSLINE, at::INLINE]
        .into_iter()
        .find_map(|byte| {
            let numbers: Vec<i32> = sample.iter().map(|(_, h)| h.i32(byte)).collect();
            let axis = span(&numbers);
            (axis.count == layout.traces as usize).then_some(axis)
        });
    if let Some((inline, crossline, reason)) = line {
        return NotCube {
            reason: format!(
                "a 2-D line of {} traces: {reason}; to open it as a volume of one line \
                 give --inline-byte {inline} --crossline-byte {crossline}",
                layout.traces
            ),
            along: cdps.unwrap_or(traces),
        };
    }
    let tried: Vec<&str> = refused.iter().map(|(_, r)| r.reason()).collect();
    NotCube {
        reason: format!(
            "no pair of header bytes gives a grid of inlines and crosslines for the {} traces \
             ({}); name the right ones with --inline-byte and --crossline-byte",
            layout.traces,
            tried.join("; ")
        ),
        along: cdps.unwrap_or(traces),
    }
}

/// Gathers in a file that is too large to count them: neighbouring traces at its
/// start that have the same numbers and other offsets.
pub(super) fn gathers_at_start(sample: &[(u32, TraceHeader)]) -> Option<String> {
    let start = sample.iter().enumerate();
    let start = start.take_while(|(i, (trace, _))| *i as u32 == *trace);
    let start: Vec<(u32, TraceHeader)> = start.map(|(_, header)| *header).collect();
    repeated(&start).filter(|_| start.len() > 16)
}

/// Gathers along a single line, or in a single bin: the same standard numbers
/// again and again, and offsets that differ.
fn repeated(sample: &[(u32, TraceHeader)]) -> Option<String> {
    let mut bins: Vec<(i32, i32)> = sample
        .iter()
        .map(|(_, h)| (h.i32(at::INLINE), h.i32(at::CROSSLINE)))
        .collect();
    let mut offsets: Vec<i32> = sample.iter().map(|(_, h)| h.i32(at::OFFSET)).collect();
    bins.sort_unstable();
    bins.dedup();
    offsets.sort_unstable();
    let (low, high) = (offsets.first()?, offsets.last()?);
    let fold = sample.len() as f64 / bins.len() as f64;
    let shown = (10.0 * fold).round() / 10.0;
    (low != high && fold >= 1.5).then(|| {
        format!(
            "prestack: {shown} traces have the same numbers at bytes {}/{}, with offsets \
             {low} to {high}; stack the gathers, or name other bytes with --inline-byte and \
             --crossline-byte",
            at::INLINE,
            at::CROSSLINE
        )
    })
}
