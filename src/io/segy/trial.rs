//! One pair of header bytes on trial: do the numbers there make a survey?

use crate::io::IoError;
use crate::io::source::Source;
use crate::model::Axis;
use crate::task::Task;

use super::header::{TraceHeader, at};
use super::index::{Index, Run};
use super::layout::Layout;
use super::survey::{Effort, Survey};
use super::{probe, scan};

/// Beyond this a file whose lines cannot be followed is not opened at all.
const MOST_SCANNED: u32 = 64_000_000;

/// The smallest part of the bins that must hold a trace, for numbers in the
/// standard's places or where the person says; and for a guess, where a few
/// shots could pass for a survey.
const LEAST_FILL: f64 = 0.1;
const LEAST_GUESSED: f64 = 0.5;

/// Why a pair of bytes gives no volume.
pub(super) enum Rejected {
    /// Not a grid at all.
    Unusable(String),
    /// One line.
    Line(String),
    /// Several traces in a bin.
    Gathers(String),
}

/// One pair of header bytes under trial.
pub(super) struct Pair<'a> {
    pub(super) source: &'a Source,
    pub(super) layout: &'a Layout,
    pub(super) sample: &'a [(u32, TraceHeader)],
    pub(super) inline_byte: usize,
    pub(super) crossline_byte: usize,
    pub(super) thin: bool,
    /// Neither the standard's bytes nor the person's.
    pub(super) guessed: bool,
}

impl Pair<'_> {
    fn name(&self) -> String {
        format!("bytes {}/{}", self.inline_byte, self.crossline_byte)
    }

    /// What the sampled headers rule out already. A sample has fewer different
    /// numbers and no smaller step than the file, so its grid is no larger.
    pub(super) fn hopeless(&self) -> Option<Rejected> {
        let numbers =
            |(_, h): &(u32, TraceHeader)| (h.i32(self.inline_byte), h.i32(self.crossline_byte));
        let (inlines, crosslines) = spans(self.sample.iter().map(numbers));
        self.reject(&inlines, &crosslines, u64::from(self.layout.traces))
    }

    /// What is wrong with a grid of two axes that holds so many traces.
    fn reject(&self, inlines: &Axis, crosslines: &Axis, traces: u64) -> Option<Rejected> {
        let (n, m) = (inlines.count as u64, crosslines.count as u64);
        let name = self.name();
        if n == 1 && m == 1 && !(self.thin && traces == 1) {
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
    pub(super) fn survey(
        &self,
        effort: Effort,
        task: &Task,
    ) -> Result<Result<(f64, Survey), Rejected>, IoError> {
        if effort == Effort::Probe {
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
            let run = Run {
                slow: slow.index(f64::from(s.slow))? as u32,
                fast: fast.index(f64::from(s.fast))? as u32,
                count: s.count,
                trace: s.trace,
                dead: false,
            };
            if s.count == 1 || f64::from(s.step) == fast.step {
                runs.push(run);
                continue;
            }
            // Traces beside holes, or a line that runs the other way.
            if runs.len() + s.count as usize > MOST_SCANNED as usize {
                return None;
            }
            for i in 0..s.count {
                let number = i64::from(s.fast) + i64::from(i) * i64::from(s.step);
                runs.push(Run {
                    fast: fast.index(number as f64)? as u32,
                    count: 1,
                    trace: s.trace + i,
                    ..run
                });
            }
        }
        let index = Index::new(lines.inline_sorted, runs, slow.count)?;
        Some(self.survey_of(inlines, crosslines, index, false))
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
        let pairs = columns.inlines.iter().copied();
        let (inlines, crosslines) = spans(pairs.zip(columns.crosslines.iter().copied()));
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
        let (mut duplicates, mut unnumbered) = (0, 0);
        let numbers = slow_numbers.iter().zip(fast_numbers).zip(&columns.dead);
        for (trace, ((&s, &f), &dead)) in numbers.enumerate() {
            let Some((s, f)) = exact(slow, s).zip(exact(fast, f)) else {
                unnumbered += 1;
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
        let traces = traces - unnumbered;
        self.check_fold(traces, duplicates)?;
        if let Some(rejected) = self.reject(&inlines, &crosslines, traces - duplicates) {
            return Err(rejected);
        }
        let index = Index::new(inline_sorted, runs, slow.count)
            .ok_or_else(|| Rejected::Unusable(format!("{} give overlapping lines", self.name())))?;
        let (fill, survey) = self.survey_of(inlines, crosslines, index, true);
        Ok((
            fill,
            Survey {
                duplicates,
                unnumbered,
                ..survey
            },
        ))
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
        if varying && self.guessed {
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
            duplicates: 0,
            unnumbered: 0,
            scanned,
            choice,
        };
        (fill, survey)
    }
}

/// The axes of pairs of numbers. Pairs of zeros are padding, unless there is
/// nothing else.
fn spans(pairs: impl Iterator<Item = (i32, i32)>) -> (Axis, Axis) {
    let (inlines, crosslines): (Vec<i32>, Vec<i32>) = pairs.filter(|&p| p != (0, 0)).unzip();
    if inlines.is_empty() {
        return (Axis::new(0.0, 1.0, 1), Axis::new(0.0, 1.0, 1));
    }
    (span(&inlines), span(&crosslines))
}

/// The index of a number that lies on an axis exactly.
fn exact(axis: &Axis, number: i32) -> Option<usize> {
    let number = f64::from(number);
    axis.index(number).filter(|&i| axis.value(i) == number)
}

/// The axis that numbers span: the step is the greatest common divisor of their
/// differences, its sign that of the first change in file order.
pub(super) fn span(numbers: &[i32]) -> Axis {
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
}
