//! Which trace lies where on the grid, as runs of neighbouring traces: a regular
//! file has one run a line, a ragged one a few more, and no file needs a table
//! of all its cells.

use serde::{Deserialize, Serialize};

use crate::model::Pick;

/// Consecutive traces of a file at consecutive places of one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Run {
    /// Index on the slow axis (the one that the file is sorted by).
    pub(super) slow: u32,
    /// Index of the first trace on the fast axis.
    pub(super) fast: u32,
    /// How many traces.
    pub(super) count: u32,
    /// First trace in the file.
    pub(super) trace: u32,
    /// Flagged as dead in the trace headers.
    pub(super) dead: bool,
}

/// The traces of a volume by place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::io) struct Index {
    /// True where the slow axis counts inlines.
    pub(super) inline_sorted: bool,
    /// Ordered by slow, then by fast index.
    runs: Vec<Run>,
    /// `runs[lines[s]..lines[s + 1]]` are those of slow index `s`.
    lines: Vec<u32>,
}

impl Index {
    /// The index of runs in any order on a slow axis of `slow` places. Runs must
    /// not overlap; nothing where they do.
    pub(super) fn new(inline_sorted: bool, mut runs: Vec<Run>, slow: usize) -> Option<Index> {
        runs.sort_unstable();
        let apart = |w: &[Run]| w[0].slow < w[1].slow || w[0].fast + w[0].count <= w[1].fast;
        runs.windows(2)
            .all(apart)
            .then(|| Index::sorted(inline_sorted, runs, slow))
    }

    /// The index of runs that are in order and apart.
    fn sorted(inline_sorted: bool, runs: Vec<Run>, slow: usize) -> Index {
        let mut lines = Vec::with_capacity(slow + 1);
        let mut at = 0;
        for s in 0..=slow {
            while runs.get(at).is_some_and(|r| (r.slow as usize) < s) {
                at += 1;
            }
            lines.push(at as u32);
        }
        Index {
            inline_sorted,
            runs,
            lines,
        }
    }

    /// The live trace at a place, if there is one.
    pub(in crate::io) fn trace(&self, inline: usize, crossline: usize) -> Option<u32> {
        self.place(inline, crossline)
            .filter(|(_, dead)| !dead)
            .map(|(trace, _)| trace)
    }

    /// The trace at a place and whether it is dead, if there is one.
    pub(super) fn place(&self, inline: usize, crossline: usize) -> Option<(u32, bool)> {
        let (slow, fast) = if self.inline_sorted {
            (inline, crossline)
        } else {
            (crossline, inline)
        };
        let from = *self.lines.get(slow)? as usize;
        let to = *self.lines.get(slow + 1)? as usize;
        let line = self.runs.get(from..to)?;
        let after = line.partition_point(|r| r.fast as usize <= fast);
        let run = line.get(after.checked_sub(1)?)?;
        let within = fast - run.fast as usize;
        (within < run.count as usize).then(|| (run.trace + within as u32, run.dead))
    }

    /// All runs, ordered by slow, then by fast index.
    pub(super) fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// How many traces, dead ones too.
    pub(super) fn traces(&self) -> u64 {
        self.runs.iter().map(|r| u64::from(r.count)).sum()
    }

    /// How many traces are flagged as dead.
    pub(super) fn dead(&self) -> u64 {
        let dead = self.runs.iter().filter(|r| r.dead);
        dead.map(|r| u64::from(r.count)).sum()
    }

    /// A part of the volume whose traces stand in the same order in a file of
    /// their own.
    pub(super) fn part(&self, inlines: Pick, crosslines: Pick) -> Part {
        let (slow, fast) = if self.inline_sorted {
            (inlines, crosslines)
        } else {
            (crosslines, inlines)
        };
        let mut kept: Vec<(Run, u32)> = self
            .runs
            .iter()
            .filter_map(|run| {
                let (line, _) = inside(slow, run.slow, 1)?;
                let (first, count) = inside(fast, run.fast, run.count)?;
                let source = run.trace + (fast.at(first as usize) as u32 - run.fast);
                let part = Run {
                    slow: line,
                    fast: first,
                    count,
                    trace: 0,
                    dead: run.dead,
                };
                Some((part, source))
            })
            .collect();
        kept.sort_unstable_by_key(|&(_, source)| source);
        let mut next = 0;
        for (run, _) in &mut kept {
            run.trace = next;
            next += run.count;
        }
        let mut runs: Vec<Run> = kept.iter().map(|&(run, _)| run).collect();
        runs.sort_unstable();
        Part {
            traces: next,
            step: fast.step as u32,
            index: Index::sorted(self.inline_sorted, runs, slow.count),
            runs: kept,
        }
    }
}

/// A part of a volume as a file of its own.
pub(super) struct Part {
    /// How many traces it has.
    pub(super) traces: u32,
    /// Distance of neighbouring traces of a run in the source.
    step: u32,
    /// Where they lie in it.
    pub(super) index: Index,
    /// Its runs in file order, each with its first trace in the source.
    runs: Vec<(Run, u32)>,
}

impl Part {
    /// Where a trace comes from, and whether it is dead.
    pub(super) fn source(&self, trace: u32) -> Option<(u32, bool)> {
        let after = self.runs.partition_point(|(run, _)| run.trace <= trace);
        let (run, source) = self.runs.get(after.checked_sub(1)?)?;
        let within = trace - run.trace;
        (within < run.count).then(|| (source + within * self.step, run.dead))
    }
}

/// Which places of a pick lie in `first..first + count`: the first and how many.
fn inside(pick: Pick, first: u32, count: u32) -> Option<(u32, u32)> {
    let (start, step) = (pick.start as u64, pick.step.max(1) as u64);
    let (first, end) = (u64::from(first), u64::from(first) + u64::from(count));
    let from = first.saturating_sub(start).div_ceil(step);
    let to = end
        .saturating_sub(start)
        .div_ceil(step)
        .min(pick.count as u64);
    (from < to).then(|| (from as u32, (to - from) as u32))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ragged() -> Index {
        let run = |slow, fast, count, trace, dead| Run {
            slow,
            fast,
            count,
            trace,
            dead,
        };
        let runs = vec![
            run(2, 0, 4, 8, false),
            run(0, 1, 3, 0, false),
            run(1, 0, 2, 3, false),
            run(1, 3, 2, 5, true),
        ];
        Index::new(true, runs, 4).unwrap()
    }

    #[test]
    fn places_are_found_and_gaps_are_gaps() {
        let index = ragged();
        assert_eq!(index.trace(0, 0), None);
        assert_eq!(index.trace(0, 1), Some(0));
        assert_eq!(index.trace(0, 3), Some(2));
        assert_eq!(index.trace(0, 4), None);
        assert_eq!(index.trace(1, 2), None);
        assert_eq!(index.trace(1, 4), None);
        assert_eq!(index.place(1, 4), Some((6, true)));
        assert_eq!(index.trace(3, 0), None);
        assert_eq!(index.trace(4, 0), None);
        assert_eq!((index.traces(), index.dead()), (11, 2));
    }

    #[test]
    fn overlapping_runs_are_refused() {
        let run = Run {
            slow: 0,
            fast: 0,
            count: 2,
            trace: 0,
            dead: false,
        };
        assert!(Index::new(true, vec![run, Run { fast: 1, ..run }], 1).is_none());
    }

    proptest! {
        /// A part holds exactly the picked places, in the source's order.
        #[test]
        fn parts_keep_order(
            start in (0usize..4, 0usize..5), step in (1usize..4, 1usize..4), inline_sorted: bool
        ) {
            let mut index = ragged();
            index.inline_sorted = inline_sorted;
            let pick = |start, step, end: usize| Pick {
                start, step, count: end.saturating_sub(start).div_ceil(step),
            };
            let slow = pick(start.0, step.0, 4);
            let fast = pick(start.1, step.1, 5);
            let (il, xl) = if inline_sorted { (slow, fast) } else { (fast, slow) };
            let part = index.part(il, xl);
            let own = &part.index;
            let mut pairs = Vec::new();
            for i in 0..il.count {
                for x in 0..xl.count {
                    let source = index.place(il.at(i), xl.at(x));
                    let here = own.place(i, x);
                    prop_assert_eq!(source.map(|s| s.1), here.map(|s| s.1));
                    pairs.extend(source.zip(here).map(|(a, b)| (b.0, a.0)));
                }
            }
            pairs.sort_unstable();
            prop_assert_eq!(pairs.len(), part.traces as usize);
            prop_assert!(pairs.windows(2).all(|w| w[0].0 + 1 == w[1].0 && w[0].1 < w[1].1));
            for &(trace, source) in &pairs {
                prop_assert_eq!(part.source(trace).map(|s| s.0), Some(source));
            }
            prop_assert_eq!(part.source(part.traces), None);
        }
    }
}
