//! One pair of header bytes on trial: do the numbers there make a survey?

use crate::io::IoError;
use crate::io::source::Source;
use crate::model::Axis;

use super::header::{TraceHeader, at};
use super::index::Index;
use super::layout::Layout;
use super::placing::{Placed, place};
use super::probe;
use super::stretch::Stretch;
use super::survey::Survey;

/// Beyond this many stretches a file is not sorted here.
pub(super) const MOST_STRETCHES: usize = 32_000_000;

/// The smallest part of the bins that must hold a trace, for numbers in the
/// standard's places or where the person says; and for a guess, where a few
/// shots could pass for a survey.
const LEAST_FILL: f64 = 0.1;
const LEAST_GUESSED: f64 = 0.5;

/// Why a pair of bytes gives no volume.
#[derive(Clone, Debug)]
pub(super) enum Rejected {
    /// Not a grid at all.
    Unusable(String),
    /// One line.
    Line(String),
    /// Several traces in a bin.
    Gathers(String),
}

impl Rejected {
    /// The reason in words.
    pub(super) fn reason(&self) -> &str {
        match self {
            Rejected::Unusable(reason) | Rejected::Line(reason) | Rejected::Gathers(reason) => {
                reason
            }
        }
    }
}

/// A survey and the part of its bins that is filled, or why there is none.
pub(super) type Judged = Result<(f64, Survey), Rejected>;

/// One pair of header bytes under trial.
#[derive(Clone, Copy)]
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
    pub(super) fn reject(
        &self,
        inlines: &Axis,
        crosslines: &Axis,
        traces: u64,
    ) -> Option<Rejected> {
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

    /// What probed lines make of it; nothing where its lines cannot be followed.
    pub(super) fn probe(&self) -> Result<Option<Judged>, IoError> {
        for probe in [probe::regular, probe::lines] {
            let lines = probe(
                self.source,
                self.layout,
                self.inline_byte,
                self.crossline_byte,
            )?;
            let judged = lines.map(|lines| self.judge(&lines, false));
            match judged {
                Some(Ok((_, survey))) if !self.agrees(&survey) => {}
                Some(judged) => return Ok(Some(judged)),
                None => {}
            }
        }
        Ok(None)
    }

    /// True where a probed survey has the sampled traces where their headers say.
    fn agrees(&self, survey: &Survey) -> bool {
        let holds = |(trace, header): &(u32, TraceHeader)| {
            let (inline, crossline) = (
                header.i32(self.inline_byte),
                header.i32(self.crossline_byte),
            );
            survey.holds(*trace, inline, crossline)
        };
        self.sample.iter().all(holds)
    }

    /// The survey that stretches of traces make, if they make one.
    pub(super) fn judge(&self, stretches: &[Stretch], scanned: bool) -> Judged {
        if stretches.len() > MOST_STRETCHES {
            return Err(Rejected::Unusable(format!(
                "{}: the traces are not in lines, and {} pieces are too many to sort here; \
                 sort the file by inline and crossline",
                self.name(),
                stretches.len()
            )));
        }
        let (inlines, crosslines) = spans(stretches.iter().flat_map(ends));
        let traces = stretches.iter().map(|s| u64::from(s.count)).sum();
        if let Some(rejected) = self.reject(&inlines, &crosslines, traces) {
            return Err(rejected);
        }
        let Placed {
            inline_sorted,
            runs,
            duplicates,
            doubles,
            unnumbered,
        } = place(stretches, &inlines, &crosslines);
        let traces = traces - unnumbered;
        self.check_fold(traces, duplicates)?;
        if let Some(rejected) = self.reject(&inlines, &crosslines, traces - duplicates) {
            return Err(rejected);
        }
        let slow = if inline_sorted { inlines } else { crosslines };
        let index = Index::new(inline_sorted, runs, slow.count)
            .ok_or_else(|| Rejected::Unusable(format!("{} give overlapping lines", self.name())))?;
        let bins = inlines.count as f64 * crosslines.count as f64;
        let fill = index.traces() as f64 / bins;
        let survey = Survey {
            inline_byte: self.inline_byte,
            crossline_byte: self.crossline_byte,
            inlines,
            crosslines,
            index,
            duplicates,
            doubles,
            unnumbered,
            scanned,
            choice: self.choice(&inlines, &crosslines, fill),
        };
        Ok((fill, survey))
    }

    fn choice(&self, inlines: &Axis, crosslines: &Axis, fill: f64) -> String {
        format!(
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
        )
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
            return Err(match (self.guessed, varying) {
                (false, _) if varying || standard => Rejected::Gathers(tell(&what)),
                // Numbers that nobody promised may count anything.
                (_, true) => Rejected::Unusable(tell(&what)),
                (_, false) => Rejected::Unusable(what),
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
}

/// The axes of pairs of numbers. Pairs of zeros are padding, unless there is
/// nothing else.
pub(super) fn spans(pairs: impl Iterator<Item = (i32, i32)>) -> (Axis, Axis) {
    let (inlines, crosslines): (Vec<i32>, Vec<i32>) = pairs.filter(|&p| p != (0, 0)).unzip();
    if inlines.is_empty() {
        return (Axis::new(0.0, 1.0, 1), Axis::new(0.0, 1.0, 1));
    }
    (span(&inlines), span(&crosslines))
}

/// Numbers of the first, the second and the last trace of a stretch: they span
/// what all span.
fn ends(stretch: &Stretch) -> [(i32, i32); 3] {
    let second = stretch.numbers(1.min(stretch.count - 1));
    [stretch.numbers(0), second, stretch.last()]
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
