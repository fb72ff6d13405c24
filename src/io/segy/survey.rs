//! From trace headers to a survey grid: which bytes hold the line numbers, which
//! axes they span, and which trace lies where.

use crate::io::source::Source;
use crate::io::{IoError, OpenOptions};
use crate::model::Axis;
use crate::task::Task;

use super::header::{TraceHeader, at};
use super::index::{Index, Run};
use super::layout::Layout;
use super::{probe, scan};

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
/// Beyond this a file whose lines cannot be followed is not opened at all.
const MOST_SCANNED: u32 = 64_000_000;
/// Headers that choose between the candidates.
const SAMPLE: u32 = 1024;
/// The smallest part of the bins that must hold a trace, for numbers in the
/// standard's places or where the person says; and for a guess, where a few
/// shots could pass for a survey.
const LEAST_FILL: f64 = 0.1;
const LEAST_GUESSED: f64 = 0.5;

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
    /// Every header of small files, a few of large ones.
    Quick,
    /// Every header.
    Full,
}

/// Why a pair of bytes gives no volume.
enum Rejected {
    /// Not a grid at all.
    Unusable(String),
    /// One line.
    Line(String),
    /// Several traces in a bin.
    Gathers(String),
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

/// One pair of header bytes under trial.
struct Pair<'a> {
    source: &'a Source,
    layout: &'a Layout,
    sample: &'a [(u32, TraceHeader)],
    inline_byte: usize,
    crossline_byte: usize,
    thin: bool,
    /// Neither the standard's bytes nor the person's.
    guessed: bool,
}

impl Pair<'_> {
    fn name(&self) -> String {
        format!("bytes {}/{}", self.inline_byte, self.crossline_byte)
    }

    /// What the sampled headers rule out already. A sample has fewer different
    /// numbers and no smaller step than the file, so its grid is no larger.
    fn hopeless(&self) -> Option<Rejected> {
        let column =
            |byte: usize| -> Vec<i32> { self.sample.iter().map(|(_, h)| h.i32(byte)).collect() };
        let inlines = span(&column(self.inline_byte));
        let crosslines = span(&column(self.crossline_byte));
        self.reject(&inlines, &crosslines, u64::from(self.layout.traces))
    }

    /// What is wrong with a grid of two axes that holds so many traces.
    fn reject(&self, inlines: &Axis, crosslines: &Axis, traces: u64) -> Option<Rejected> {
        let (n, m) = (inlines.count as u64, crosslines.count as u64);
        let name = self.name();
        if n == 1 && m == 1 {
            let (a, b) = (inlines.first, crosslines.first);
            return Some(Rejected::Unusable(format!(
                "{name} hold {a}/{b} in every trace"
            )));
        }
        if n == 1 || m == 1 {
            if self.thin && traces >= (n * m).div_ceil(2) {
                return None;
            }
            let (what, one, many) = if n == 1 {
                ("inline", inlines, crosslines)
            } else {
                ("crossline", crosslines, inlines)
            };
            return Some(Rejected::Line(format!(
                "{name} hold one {what} ({}) and numbers {} to {} along it",
                one.first,
                many.low(),
                many.high()
            )));
        }
        let bins = n.saturating_mul(m);
        let fill = traces as f64 / bins as f64;
        // Numbers that both count traces give a diagonal, not a survey.
        let least = if self.guessed {
            LEAST_GUESSED
        } else {
            LEAST_FILL
        };
        if fill < least || traces * 2 < n.max(m).saturating_mul(3) {
            return Some(Rejected::Unusable(format!(
                "{name} give {n} inlines by {m} crosslines for {traces} traces"
            )));
        }
        None
    }

    /// Reads headers and builds the survey; the part of the bins that is filled
    /// comes with it.
    fn survey(
        &self,
        effort: Effort,
        task: &Task,
    ) -> Result<Result<(f64, Survey), Rejected>, IoError> {
        let small = self.layout.traces <= SCAN_TRACES && self.source.len() <= SCAN_BYTES;
        if effort == Effort::Quick && !small {
            for probe in [probe::regular, probe::lines] {
                let lines = probe(
                    self.source,
                    self.layout,
                    self.inline_byte,
                    self.crossline_byte,
                )?;
                if let Some((fill, survey)) = lines.and_then(|lines| self.follow(&lines))
                    && self.agrees(&survey)
                {
                    return Ok(Ok((fill, survey)));
                }
            }
            if self.layout.traces > MOST_SCANNED {
                return Ok(Err(Rejected::Unusable(format!(
                    "{}: the traces are not in lines, and {} are too many to sort here; \
                     sort the file by inline and crossline",
                    self.name(),
                    self.layout.traces
                ))));
            }
        }
        let columns = scan::columns(
            self.source,
            self.layout,
            self.inline_byte,
            self.crossline_byte,
            task,
        )?;
        Ok(self.grid(&columns))
    }

    /// The survey of probed lines, if they make one.
    fn follow(&self, lines: &probe::Lines) -> Option<(f64, Survey)> {
        let stretches = &lines.stretches;
        let slow = span(&stretches.iter().map(|s| s.slow).collect::<Vec<_>>());
        let mut fast = Vec::with_capacity(stretches.len() * 3);
        for s in stretches {
            let end = i64::from(s.fast) + i64::from(s.step) * (i64::from(s.count) - 1);
            fast.push(s.fast);
            if s.count > 1 {
                fast.push(s.fast.checked_add(s.step)?);
            }
            fast.push(i32::try_from(end).ok()?);
        }
        let fast = span(&fast);
        let (inlines, crosslines) = if lines.inline_sorted {
            (slow, fast)
        } else {
            (fast, slow)
        };
        let traces = u64::from(self.layout.traces);
        if self.reject(&inlines, &crosslines, traces).is_some() {
            return None;
        }
        let mut runs = Vec::with_capacity(stretches.len());
        for s in stretches {
            if s.count > 1 && f64::from(s.step) != fast.step {
                return None;
            }
            runs.push(Run {
                slow: slow.index(f64::from(s.slow))? as u32,
                fast: fast.index(f64::from(s.fast))? as u32,
                count: s.count,
                trace: s.trace,
                dead: false,
            });
        }
        let index = Index::new(lines.inline_sorted, runs, slow.count)?;
        Some(self.survey_of(inlines, crosslines, index, 0, false))
    }

    /// True where a probed survey has the sampled traces where their headers say.
    fn agrees(&self, survey: &Survey) -> bool {
        self.sample.iter().all(|(trace, header)| {
            let inline = survey
                .inlines
                .index(f64::from(header.i32(self.inline_byte)));
            let crossline = survey
                .crosslines
                .index(f64::from(header.i32(self.crossline_byte)));
            let place = inline.zip(crossline);
            place.and_then(|(i, c)| survey.index.trace(i, c)) == Some(*trace)
        })
    }

    /// The survey of all headers, if they make one.
    fn grid(&self, columns: &scan::Columns) -> Result<(f64, Survey), Rejected> {
        let inlines = span(&columns.inlines);
        let crosslines = span(&columns.crosslines);
        let traces = columns.inlines.len() as u64;
        if let Some(rejected) = self.reject(&inlines, &crosslines, traces) {
            return Err(rejected);
        }
        let changes = |numbers: &[i32]| numbers.windows(2).filter(|w| w[0] != w[1]).count();
        let inline_sorted = changes(&columns.inlines) <= changes(&columns.crosslines);
        let (slow, fast, slow_numbers, fast_numbers) = if inline_sorted {
            (&inlines, &crosslines, &columns.inlines, &columns.crosslines)
        } else {
            (&crosslines, &inlines, &columns.crosslines, &columns.inlines)
        };
        let mut seen = vec![0u64; (slow.count * fast.count).div_ceil(64)];
        let mut runs: Vec<Run> = Vec::new();
        let mut duplicates = 0;
        let numbers = slow_numbers.iter().zip(fast_numbers).zip(&columns.dead);
        for (trace, ((&s, &f), &dead)) in numbers.enumerate() {
            let place = slow.index(f64::from(s)).zip(fast.index(f64::from(f)));
            let Some((s, f)) = place else {
                continue;
            };
            let bin = s * fast.count + f;
            if seen[bin / 64] >> (bin % 64) & 1 == 1 {
                duplicates += 1;
                continue;
            }
            seen[bin / 64] |= 1 << (bin % 64);
            let trace = trace as u32;
            let (s, f) = (s as u32, f as u32);
            match runs.last_mut() {
                Some(run)
                    if run.slow == s
                        && run.fast + run.count == f
                        && run.trace + run.count == trace
                        && run.dead == dead =>
                {
                    run.count += 1;
                }
                _ => runs.push(Run {
                    slow: s,
                    fast: f,
                    count: 1,
                    trace,
                    dead,
                }),
            }
        }
        self.check_fold(traces, duplicates)?;
        if let Some(rejected) = self.reject(&inlines, &crosslines, traces - duplicates) {
            return Err(rejected);
        }
        let index = Index::new(inline_sorted, runs, slow.count)
            .ok_or_else(|| Rejected::Unusable(format!("{} give overlapping lines", self.name())))?;
        Ok(self.survey_of(inlines, crosslines, index, duplicates, true))
    }

    /// Gathers hold several traces a bin; so do field files that are numbered by
    /// shot and channel, where the offset tells them.
    fn check_fold(&self, traces: u64, duplicates: u64) -> Result<(), Rejected> {
        let offsets: Vec<i32> = self.sample.iter().map(|(_, h)| h.i32(at::OFFSET)).collect();
        let (low, high) = (offsets.iter().min(), offsets.iter().max());
        let varying = low != high;
        let standard = self.inline_byte == at::INLINE && self.crossline_byte == at::CROSSLINE;
        let fold = traces as f64 / (traces - duplicates).max(1) as f64;
        let tell = |what: &str| {
            let offsets = match (low, high) {
                (Some(low), Some(high)) if varying => format!(", offsets {low} to {high}"),
                _ => String::new(),
            };
            format!("prestack: {what}{offsets}; stack the gathers, or cut out one offset")
        };
        if fold >= 1.5 {
            let fold = (10.0 * fold).round() / 10.0;
            let what = format!("{fold} traces a bin by {}", self.name());
            return Err(if varying || standard {
                Rejected::Gathers(tell(&what))
            } else {
                Rejected::Unusable(what)
            });
        }
        if varying && !standard && self.inline_byte != at::INLINE {
            return Err(Rejected::Unusable(tell(&format!(
                "{} count records and channels",
                self.name()
            ))));
        }
        Ok(())
    }

    fn survey_of(
        &self,
        inlines: Axis,
        crosslines: Axis,
        index: Index,
        duplicates: u64,
        scanned: bool,
    ) -> (f64, Survey) {
        let bins = (inlines.count * crosslines.count) as f64;
        let fill = index.traces() as f64 / bins;
        let choice = format!(
            "inline at byte {}, crossline at byte {}: {} x {} lines, {} of the bins hold a trace",
            self.inline_byte,
            self.crossline_byte,
            inlines.count,
            crosslines.count,
            if fill == 1.0 {
                "all".to_owned()
            } else {
                format!("{:.1} %", 100.0 * fill)
            }
        );
        let survey = Survey {
            inline_byte: self.inline_byte,
            crossline_byte: self.crossline_byte,
            inlines,
            crosslines,
            index,
            duplicates,
            scanned,
            choice,
        };
        (fill, survey)
    }
}

/// The axis that numbers span: the step is the greatest common divisor of their
/// differences, its sign that of the first change in file order.
fn span(numbers: &[i32]) -> Axis {
    let Some(&first) = numbers.first() else {
        return Axis::new(0.0, 1.0, 0);
    };
    let (mut low, mut high, mut step, mut last) = (first, first, 0u64, first);
    let mut falling = None;
    for &n in numbers {
        if n == last {
            continue;
        }
        falling.get_or_insert(n < last);
        // gcd(n - first) over all n equals the gcd of all differences.
        step = gcd(step, u64::from(n.abs_diff(first)));
        low = low.min(n);
        high = high.max(n);
        last = n;
    }
    let step = step.max(1);
    let count = (u64::from(high.abs_diff(low)) / step + 1) as usize;
    if falling == Some(true) {
        Axis::new(f64::from(high), -(step as f64), count)
    } else {
        Axis::new(f64::from(low), step as f64, count)
    }
}

fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
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
    if let Some((inline, crossline, reason)) = line {
        return NotCube {
            reason: format!(
                "a 2-D line of {} traces: {reason}; to open it as a volume of one line give \
                 --inline-byte {inline} --crossline-byte {crossline}",
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
             ({}); name the right ones with --inline-byte and --crossline-byte",
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
    fn axes_of_numbers() {
        assert_eq!(span(&[5, 5, 3, 3, 1]), Axis::new(5.0, -2.0, 3));
        assert_eq!(span(&[10, 30, 20, 10]), Axis::new(10.0, 10.0, 3));
        assert_eq!(span(&[7, 7]), Axis::new(7.0, 1.0, 1));
        let whole = span(&[i32::MIN, i32::MAX]);
        assert_eq!(whole.count, 2);
        assert_eq!(span(&[]).count, 0);
        assert_eq!(span(&[1, 20, 4]), Axis::new(1.0, 1.0, 20));
    }

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
