//! From trace headers to a survey grid: which bytes hold the line numbers, which
//! axes they span, and which trace lies where.

use crate::io::source::Source;
use crate::io::{IoError, OpenOptions};
use crate::model::Axis;
use crate::task::Task;

use super::header::{TraceHeader, at};
use super::index::Index;
use super::layout::Layout;
use super::scan;
use super::trial::{Pair, Rejected, span};

/// Where inline and crossline numbers are looked for, the standard's places
/// first, then those that older software used.
const CANDIDATES: [(usize, usize); 6] = [
    (at::INLINE, at::CROSSLINE),
    (9, 13),
    (9, 21),
    (5, 21),
    (17, 13),
    (17, 21),
];

/// Files up to these sizes have every header read when they are opened.
const SCAN_TRACES: u32 = 2_000_000;
const SCAN_BYTES: u64 = 2 << 30;
/// Headers that choose between the candidates.
const SAMPLE: u32 = 1024;
/// The grid that a file's traces fill.
#[derive(Clone, Debug)]
pub(super) struct Survey {
    pub(super) inline_byte: usize,
    pub(super) crossline_byte: usize,
    pub(super) inlines: Axis,
    pub(super) crosslines: Axis,
    pub(super) index: Index,
    /// Traces left out because an earlier one has the same place.
    pub(super) duplicates: u64,
    /// Traces left out because their numbers are both 0, as padding has them.
    pub(super) unnumbered: u64,
    /// False where only some headers were read.
    pub(super) scanned: bool,
    /// Which bytes were chosen and why, in words.
    pub(super) choice: String,
}

/// A file whose traces are no volume.
#[derive(Clone, Debug)]
pub(super) struct NotCube {
    pub(super) reason: String,
    /// CDPs of a line, or just its traces.
    pub(super) along: Axis,
}

/// What the traces of a file are.
pub(super) enum Verdict {
    Cube(Survey),
    Not(NotCube),
}

/// How thoroughly to look.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Effort {
    /// At a few headers, where they tell enough.
    Probe,
    /// At every header.
    Scan,
}

impl Effort {
    /// Small files are scanned, large ones probed unless `every` header is asked
    /// for.
    pub(super) fn of(source: &Source, layout: &Layout, every: bool) -> Effort {
        if every || (layout.traces <= SCAN_TRACES && source.len() <= SCAN_BYTES) {
            Effort::Scan
        } else {
            Effort::Probe
        }
    }
}

/// Finds the grid of a file. `thin`: a single line counts as a volume too.
pub(super) fn survey(
    source: &Source,
    layout: &Layout,
    options: &OpenOptions,
    thin: bool,
    effort: Effort,
    task: &Task,
) -> Result<(Verdict, Vec<(u32, TraceHeader)>), IoError> {
    let sample = scan::sample(source, layout, SAMPLE)?;
    let thin = thin || (options.inline_byte.is_some() && options.crossline_byte.is_some());
    let mut refused = Vec::new();
    let mut best: Option<(f64, Survey)> = None;
    for (inline_byte, crossline_byte) in candidates(options) {
        let pair = Pair {
            source,
            layout,
            sample: &sample,
            inline_byte,
            crossline_byte,
            thin,
            guessed: options.inline_byte.is_none()
                && options.crossline_byte.is_none()
                && (inline_byte, crossline_byte) != (at::INLINE, at::CROSSLINE),
        };
        let found = match pair.hopeless() {
            Some(rejected) => Err(rejected),
            None => pair.survey(effort, task)?,
        };
        match found {
            Ok((fill, survey)) => {
                let enough = fill >= 0.5;
                if best.as_ref().is_none_or(|(f, _)| fill > *f) {
                    best = Some((fill, survey));
                }
                if enough {
                    break;
                }
            }
            // Gathers in the standard's places are gathers, whatever else the
            // headers hold.
            Err(rejected @ Rejected::Gathers(_)) => {
                refused.push((inline_byte, crossline_byte, rejected));
                break;
            }
            Err(rejected) => refused.push((inline_byte, crossline_byte, rejected)),
        }
    }
    let verdict = match best {
        Some((_, survey)) => Verdict::Cube(survey),
        None => Verdict::Not(not_cube(layout, &sample, &refused)),
    };
    Ok((verdict, sample))
}

/// The pairs of bytes to try: what the person named, filled up with the usual.
fn candidates(options: &OpenOptions) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    for (inline, crossline) in CANDIDATES {
        let pair = (
            options.inline_byte.unwrap_or(inline),
            options.crossline_byte.unwrap_or(crossline),
        );
        if pair.0 != pair.1 && !pairs.contains(&pair) {
            pairs.push(pair);
        }
    }
    pairs
}

/// Why there is no volume, in words, and what there is instead.
fn not_cube(
    layout: &Layout,
    sample: &[(u32, TraceHeader)],
    refused: &[(usize, usize, Rejected)],
) -> NotCube {
    let traces = Axis::new(1.0, 1.0, layout.traces as usize);
    if layout.traces == 1 {
        return NotCube {
            reason: "the file holds one trace only".to_owned(),
            along: traces,
        };
    }
    let gathers = refused.iter().find_map(|(_, _, r)| match r {
        Rejected::Gathers(reason) => Some(reason.clone()),
        _ => None,
    });
    if let Some(reason) = gathers.or_else(|| repeated(sample)) {
        return NotCube {
            reason,
            along: traces,
        };
    }
    let line = refused.iter().find_map(|(i, x, r)| match r {
        Rejected::Line(reason) => Some((*i, *x, reason)),
        _ => None,
    });
    let cdps = [at::CDP, at::CROSSLINE, at::INLINE]
        .into_iter()
        .find_map(|byte| {
            let numbers: Vec<i32> = sample.iter().map(|(_, h)| h.i32(byte)).collect();
            let axis = span(&numbers);
            (axis.count == layout.traces as usize).then_some(axis)
        });
    let own = if layout.own_words {
        "; the file describes its own trace headers, which is not applied"
    } else {
        ""
    };
    if let Some((inline, crossline, reason)) = line {
        return NotCube {
            reason: format!(
                "a 2-D line of {} traces: {reason}{own}; to open it as a volume of one line \
                 give --inline-byte {inline} --crossline-byte {crossline}",
                layout.traces
            ),
            along: cdps.unwrap_or(traces),
        };
    }
    let tried: Vec<&str> = refused
        .iter()
        .map(|(_, _, r)| match r {
            Rejected::Unusable(s) | Rejected::Line(s) | Rejected::Gathers(s) => s.as_str(),
        })
        .collect();
    NotCube {
        reason: format!(
            "no pair of header bytes gives a grid of inlines and crosslines for the {} traces \
             ({}{own}); name the right ones with --inline-byte and --crossline-byte",
            layout.traces,
            tried.join("; ")
        ),
        along: cdps.unwrap_or(traces),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_bytes_come_first_and_alone_where_both_are_named() {
        let both = OpenOptions {
            inline_byte: Some(9),
            crossline_byte: Some(21),
            ..OpenOptions::default()
        };
        assert_eq!(candidates(&both), [(9, 21)]);
        let one = OpenOptions {
            inline_byte: Some(13),
            ..OpenOptions::default()
        };
        assert_eq!(candidates(&one), [(13, 193), (13, 21)]);
    }
}
