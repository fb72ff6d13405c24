//! What the trace headers of a file say of its geometry, read now or kept from an
//! earlier scan.

use serde::{Deserialize, Serialize};

use crate::io::source::Source;
use crate::io::{Certainty, IoError, OpenOptions};
use crate::task::Task;

use super::header::{DEAD, at};
use super::layout::Layout;
use super::position::{Position, position};
use super::survey::{Effort, Found, Verdict, survey};
use super::text::declared_null;

/// Where the traces of a file lie.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Geometry {
    pub(super) verdict: Verdict,
    pub(super) position: Option<Position>,
    /// Start of the traces in ms.
    pub(super) start_ms: f64,
    pub(super) certainty: Certainty,
    /// What a person should know of it.
    pub(super) notes: Vec<String>,
}

impl Geometry {
    /// Reads headers.
    pub(super) fn find(
        source: &Source,
        layout: &Layout,
        options: &OpenOptions,
        effort: Effort,
        task: &Task,
    ) -> Result<Geometry, IoError> {
        let found = survey(source, layout, options, thin(layout), effort, task)?;
        Ok(Geometry::of(layout, options, found))
    }

    /// What found headers say.
    pub(super) fn of(layout: &Layout, options: &OpenOptions, found: Found) -> Geometry {
        let Found {
            verdict,
            sample,
            tally,
        } = found;
        let mut live = sample.iter().filter(|(_, h)| h.i16(at::TRACE_ID) != DEAD);
        // The start of the first trace that has samples: padding may tell none.
        let (start, other) = if let Some(tally) = &tally {
            (tally.start, tally.other_start)
        } else {
            let start = live.next().map(|(t, h)| (*t, h.delay_ms()));
            let mut others = live.map(|(t, h)| (*t, h.delay_ms()));
            let other = others.find(|o| start.is_some_and(|s| s.1 != o.1));
            (start, other)
        };
        let start_ms = start.map_or_else(|| layout.head.delay_ms(), |(_, ms)| ms);
        let mut notes = Vec::new();
        let mut place = None;
        if let Verdict::Cube(survey) = &verdict {
            place = position(layout, survey, &sample, options.x_byte, options.y_byte);
            if survey.duplicates > 0 {
                notes.push(format!(
                    "{} duplicate traces left out: the first at a place is kept",
                    survey.duplicates
                ));
            }
            if survey.unnumbered > 0 {
                notes.push(format!(
                    "{} traces numbered 0/0 left out as padding",
                    survey.unnumbered
                ));
            }
        }
        if let Some((trace, ms)) = other {
            notes.push(format!(
                "trace {} starts at {ms} ms, not {start_ms} ms as the first: that is taken for all",
                u64::from(trace) + 1,
            ));
        }
        Geometry {
            verdict,
            position: place,
            start_ms,
            certainty: match tally {
                Some(_) => Certainty::Scanned,
                None => Certainty::Probed,
            },
            notes,
        }
    }

    /// How another geometry of the same file, of all its headers, contradicts this
    /// one of a few: nothing where it only knows more.
    pub(super) fn contradicted(&self, whole: &Geometry) -> Vec<String> {
        let (few, all) = match (&self.verdict, &whole.verdict) {
            (Verdict::Cube(few), Verdict::Cube(all)) => (few, all),
            (Verdict::Cube(_), Verdict::Not(not)) => {
                return vec![format!(
                    "a few headers made a volume, all of them make none: {}",
                    not.reason
                )];
            }
            (Verdict::Not(_), _) => return Vec::new(),
        };
        let mut told = Vec::new();
        for (name, few, all) in [
            ("inlines", few.inlines, all.inlines),
            ("crosslines", few.crosslines, all.crosslines),
        ] {
            if few != all {
                told.push(format!(
                    "{name} from {} to {} by {}, not {} to {} by {} as a few headers told",
                    all.first,
                    all.last(),
                    all.step,
                    few.first,
                    few.last(),
                    few.step
                ));
            }
        }
        if !told.is_empty() {
            return told;
        }
        let moved = all.index.runs().iter().find_map(|run| {
            // Both count on evenly from trace to trace: the ends tell.
            [0, run.count - 1].into_iter().find_map(|i| {
                let (slow, fast) = (run.slow as usize, (run.fast + i) as usize);
                let (i_at, c_at) = if all.index.inline_sorted {
                    (slow, fast)
                } else {
                    (fast, slow)
                };
                let there = few.index.place(i_at, c_at).map(|(trace, _)| trace);
                (there != Some(run.trace + i)).then_some((i_at, c_at, run.trace + i))
            })
        });
        if let Some((i, c, trace)) = moved {
            told.push(format!(
                "inline {} crossline {} is trace {}, and a few headers told otherwise",
                all.inlines.value(i),
                all.crosslines.value(c),
                u64::from(trace) + 1
            ));
        } else if few.index.traces() != all.index.traces() {
            told.push(format!(
                "{} traces have a place, not {} as a few headers told",
                all.index.traces(),
                few.index.traces()
            ));
        }
        told
    }
}

/// A file that declares its null in our way was cut from a volume: one line of it
/// is a thin volume, not a 2-D line.
pub(super) fn thin(layout: &Layout) -> bool {
    declared_null(&layout.cards).is_some()
}
