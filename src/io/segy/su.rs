//! Seismic Unix files: SEG-Y traces of IEEE floats without anything before them,
//! in the byte order of the machine that wrote them.

use crate::io::IoError;
use crate::io::samples::ByteOrder;
use crate::io::source::Source;

use super::header::{TRACE_HEADER, TraceHeader, at};

/// Sample intervals that real files have, in microseconds.
const INTERVALS: std::ops::RangeInclusive<usize> = 50..=50_000;

/// The byte order in which a file comes out in whole traces that all tell the
/// same number of samples; nothing where there is none.
pub(in crate::io) fn exact(source: &Source) -> Result<Option<ByteOrder>, IoError> {
    let mut found = Vec::new();
    for order in [ByteOrder::Little, ByteOrder::Big] {
        let Some((samples, interval)) = told(source, order)? else {
            continue;
        };
        let stride = (TRACE_HEADER + 4 * samples) as u64;
        let traces = source.len() / stride;
        if samples == 0 || !source.len().is_multiple_of(stride) {
            continue;
        }
        let mut even = true;
        for trace in [traces / 2, traces - 1] {
            let header = source.bytes(trace * stride, TRACE_HEADER)?;
            let header = TraceHeader::first(&header, order);
            even &= header.is_some_and(|h| h.u16(at::SAMPLES) == samples);
        }
        if even {
            found.push((order, INTERVALS.contains(&interval)));
        }
    }
    let likely = found.iter().find(|(_, usual)| *usual).or(found.first());
    Ok(likely.map(|&(order, _)| order))
}

/// The byte order of a file that is named `.su`, though it may be cut short.
pub(super) fn guess(source: &Source) -> Result<Option<ByteOrder>, IoError> {
    if let Some(order) = exact(source)? {
        return Ok(Some(order));
    }
    for order in [ByteOrder::Little, ByteOrder::Big] {
        if let Some((samples, interval)) = told(source, order)?
            && samples > 0
            && INTERVALS.contains(&interval)
            && (TRACE_HEADER + 4 * samples) as u64 <= source.len()
        {
            return Ok(Some(order));
        }
    }
    Ok(None)
}

/// Samples and interval that the first trace tells.
fn told(source: &Source, order: ByteOrder) -> Result<Option<(usize, usize)>, IoError> {
    let start = source.bytes(0, TRACE_HEADER)?;
    let head = TraceHeader::first(&start, order);
    Ok(head.map(|h| (h.u16(at::SAMPLES), h.u16(at::INTERVAL))))
}

/// Why a file that is named `.su` is none.
pub(super) fn refusal(source: &Source) -> IoError {
    IoError::Header {
        path: source.path().to_owned(),
        byte: at::SAMPLES as u64,
        reason: "the first trace tells no number of samples that the file has room for, in \
                 either byte order; it is no Seismic Unix file"
            .to_owned(),
    }
}
