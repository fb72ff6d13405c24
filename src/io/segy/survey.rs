//! From trace headers to a survey grid: which bytes hold the line numbers, which
//! axes they span, and which trace lies where.

use serde::{Deserialize, Serialize};

use crate::io::source::Source;
use crate::io::{IoError, OpenOptions};
use crate::model::Axis;
use crate::task::Task;

use super::header::{TraceHeader, at};
use super::index::{Index, Run};
use super::layout::Layout;
use super::refusal::{gathers_at_start, not_cube};
use super::scan::{self, HeaderTally};
use super::stretch::Stretch;
use super::trial::{Judged, Pair, Rejected};

/// Where inline and crossline numbers are looked for, the standard's places
/// first, then those that older software used.
pub(super) const CANDIDATES: [(usize, usize); 6] = [
    (at::INLINE, at::CROSSLINE),
    (9, 13),
    (9, 21),
    (5, 21),
    (17, 13),
    (17, 21),
];

/// Files up to these sizes have every header read when they are opened.
const SMALL_TRACES: u32 = 1 << 16;
const SMALL_BYTES: u64 = 64 << 20;
/// Larger ones up to these have it where a few headers do not tell enough.
const LARGE_TRACES: u32 = 2_000_000;
const LARGE_BYTES: u64 = 2 << 30;
/// Headers that choose between the candidates.
pub(super) const SAMPLE: u32 = 1024;

/// The grid that a file's traces fill.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Survey {
    pub(super) inline_byte: usize,
    pub(super) crossline_byte: usize,
    pub(super) inlines: Axis,
    pub(super) crosslines: Axis,
    pub(super) index: Index,
    /// Traces left out because an earlier one has the same place.
    pub(super) duplicates: u64,
    /// Slow and fast index of the first of those places.
    pub(super) doubles: Vec<(u32, u32)>,
    /// Traces left out because their numbers are both 0, as padding has them.
    pub(super) unnumbered: u64,
    /// False where only some headers were read.
    pub(super) scanned: bool,
    /// Which bytes were chosen and why, in words.
    pub(super) choice: String,
}

impl Survey {
    /// True where axes and index can be those of a file of so many traces: whoever
    /// reads them may trust their sizes.
    pub(super) fn fits(&self, traces: u32) -> bool {
        let (slow, fast) = if self.index.inline_sorted {
            (self.inlines, self.crosslines)
        } else {
            (self.crosslines, self.inlines)
        };
        let bins = self.inlines.count.checked_mul(self.crosslines.count);
        let whole = |axis: &Axis| axis.first.is_finite() && axis.step.is_normal();
        let inside = |run: &Run| {
            let end = run.fast.checked_add(run.count);
            let last = run.trace.checked_add(run.count);
            (run.slow as usize) < slow.count
                && end.is_some_and(|end| end as usize <= fast.count)
                && last.is_some_and(|last| last <= traces)
        };
        bins.is_some_and(|bins| bins >= 1 && bins / 16 <= traces as usize)
            && whole(&self.inlines)
            && whole(&self.crosslines)
            && self.index.runs().iter().all(inside)
    }

    /// True where a trace of these numbers has its place.
    pub(super) fn holds(&self, trace: u32, inline: i32, crossline: i32) -> bool {
        let inline = self.inlines.index(f64::from(inline));
        let crossline = self.crosslines.index(f64::from(crossline));
        let place = inline.zip(crossline);
        let found = place.and_then(|(i, c)| self.index.place(i, c));
        found.is_some_and(|(found, _)| found == trace)
    }
}

/// A file whose traces are no volume.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct NotCube {
    pub(super) reason: String,
    /// CDPs of a line, or just its traces.
    pub(super) along: Axis,
}

/// What the traces of a file are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Verdict {
    Cube(Survey),
    Not(NotCube),
}

/// How thoroughly to look.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::io) enum Effort {
    /// At a few headers, whether they tell enough or not.
    Probe,
    /// At every header of small files, at a few of large ones where these tell
    /// enough.
    Open,
    /// At every header.
    Scan,
}

/// What headers were found to say.
pub(super) struct Found {
    pub(super) verdict: Verdict,
    pub(super) sample: Vec<(u32, TraceHeader)>,
    /// Everything that all headers say, where all were read.
    pub(super) tally: Option<HeaderTally>,
}

/// A few headers, and what they say of each pair of bytes.
pub(super) struct Trial<'a> {
    layout: &'a Layout,
    sample: &'a [(u32, TraceHeader)],
    /// Those that may make a survey.
    hopeful: Vec<Pair<'a>>,
    refused: Vec<(Pair<'a>, Rejected)>,
}

impl<'a> Trial<'a> {
    /// Puts the pairs of bytes that come into question on trial. `thin`: a single
    /// line counts as a volume too.
    pub(super) fn new(
        source: &'a Source,
        layout: &'a Layout,
        options: &OpenOptions,
        thin: bool,
        sample: &'a [(u32, TraceHeader)],
    ) -> Trial<'a> {
        let both = options.inline_byte.is_some() && options.crossline_byte.is_some();
        let mut trial = Trial {
            layout,
            sample,
            hopeful: Vec::new(),
            refused: Vec::new(),
        };
        for (inline_byte, crossline_byte) in named(options) {
            let pair = Pair {
                source,
                layout,
                sample,
                inline_byte,
                crossline_byte,
                thin: thin || both,
                guessed: options.inline_byte.is_none()
                    && options.crossline_byte.is_none()
                    && (inline_byte, crossline_byte) != (at::INLINE, at::CROSSLINE),
            };
            match pair.hopeless() {
                Some(rejected) => trial.refused.push((pair, rejected)),
                None => trial.hopeful.push(pair),
            }
        }
        trial
    }

    /// The pairs whose numbers all headers should be asked for.
    pub(super) fn pairs(&self) -> Vec<(usize, usize)> {
        let bytes = |p: &Pair| (p.inline_byte, p.crossline_byte);
        self.hopeful.iter().map(bytes).collect()
    }

    /// What a few more headers tell; nothing where only all of them can.
    fn probe(&self) -> Result<Option<Verdict>, IoError> {
        let mut judged = Vec::new();
        let mut unknown = false;
        for pair in &self.hopeful {
            if let Some(found) = pair.probe()? {
                let enough = settles(&found);
                judged.push((*pair, found));
                if enough {
                    break;
                }
            } else {
                unknown = true;
                // What other bytes hold is no answer while these are open.
                if !pair.guessed {
                    break;
                }
            }
        }
        let verdict = self.verdict(judged);
        let open = unknown && matches!(verdict, Verdict::Not(_));
        Ok((!open).then_some(verdict))
    }

    /// What the numbers of all traces make, pair by pair.
    pub(super) fn judge(&self, stretches: &[Vec<Stretch>]) -> Verdict {
        let mut judged = Vec::new();
        for (pair, stretches) in self.hopeful.iter().zip(stretches) {
            let found = pair.judge(stretches, true);
            let enough = settles(&found);
            judged.push((*pair, found));
            if enough {
                break;
            }
        }
        self.verdict(judged)
    }

    /// The best of what was found, or why there is none.
    fn verdict(&self, judged: Vec<(Pair<'a>, Judged)>) -> Verdict {
        let mut best: Option<(f64, Survey)> = None;
        let mut refused = self.refused.clone();
        for (pair, found) in judged {
            match found {
                Ok((fill, survey)) if best.as_ref().is_none_or(|(f, _)| fill > *f) => {
                    best = Some((fill, survey));
                }
                Ok(_) => {}
                Err(rejected) => refused.push((pair, rejected)),
            }
        }
        match best {
            Some((_, survey)) => Verdict::Cube(survey),
            None => Verdict::Not(not_cube(self.layout, self.sample, &refused)),
        }
    }

    /// What to say of a file that a few headers do not explain and that has too
    /// many to read them all at once.
    fn unread(&self) -> Verdict {
        let reason = gathers_at_start(self.sample).unwrap_or_else(|| {
            format!(
                "a few of the {} trace headers do not tell which trace lies where: the file is \
                 not sorted by lines; read all headers once with `outcrop scan`, then it opens",
                self.layout.traces
            )
        });
        Verdict::Not(NotCube {
            reason,
            along: Axis::new(1.0, 1.0, self.layout.traces as usize),
        })
    }
}

/// True where no further pair needs to be looked at: a survey that is mostly
/// filled, or gathers, which are gathers whatever else the headers hold.
fn settles(found: &Judged) -> bool {
    match found {
        Ok((fill, _)) => *fill >= 0.5,
        Err(rejected) => matches!(rejected, Rejected::Gathers(_)),
    }
}

/// True for a file whose every header is read when it is opened.
pub(super) fn is_small(source: &Source, layout: &Layout) -> bool {
    layout.traces <= SMALL_TRACES && source.len() <= SMALL_BYTES
}

/// Finds the grid of a file. `thin`: a single line counts as a volume too.
pub(super) fn survey(
    source: &Source,
    layout: &Layout,
    options: &OpenOptions,
    thin: bool,
    effort: Effort,
    task: &Task,
) -> Result<Found, IoError> {
    let sample = scan::sample(source, layout, SAMPLE)?;
    let trial = Trial::new(source, layout, options, thin, &sample);
    let small = is_small(source, layout);
    let at_once = match effort {
        Effort::Probe => false,
        Effort::Open => layout.traces <= LARGE_TRACES && source.len() <= LARGE_BYTES,
        Effort::Scan => true,
    };
    if effort == Effort::Probe || (effort == Effort::Open && !small) {
        let probed = trial.probe()?;
        if let Some(verdict) = probed.or_else(|| (!at_once).then(|| trial.unread())) {
            return Ok(Found {
                verdict,
                sample,
                tally: None,
            });
        }
    }
    let tally = scan::read(
        source,
        layout,
        &trial.pairs(),
        false,
        0..layout.traces,
        task,
    )?;
    let verdict = trial.judge(&tally.pairs);
    Ok(Found {
        verdict,
        sample,
        tally: Some(tally),
    })
}

/// The pairs of bytes to try: what the person named, filled up with the usual.
pub(super) fn named(options: &OpenOptions) -> Vec<(usize, usize)> {
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
        assert_eq!(named(&both), [(9, 21)]);
        let one = OpenOptions {
            inline_byte: Some(13),
            ..OpenOptions::default()
        };
        assert_eq!(named(&one), [(13, 193), (13, 21)]);
    }
}
