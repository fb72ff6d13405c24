//! Traces put into the bins of a grid, the first one of each winning.

use crate::model::Axis;

use super::index::Run;
use super::stretch::Stretch;

/// Most places of duplicates that are kept.
const MOST_DOUBLES: usize = 1 << 16;

/// Traces in their bins.
pub(super) struct Placed {
    /// True where the file is sorted by inline.
    pub(super) inline_sorted: bool,
    /// Runs that do not overlap, in order.
    pub(super) runs: Vec<Run>,
    /// Traces left out because an earlier one has the same bin.
    pub(super) duplicates: u64,
    /// Slow and fast index of some of those bins.
    pub(super) doubles: Vec<(u32, u32)>,
    /// Traces left out because their numbers lie off the axes: those of padding.
    pub(super) unnumbered: u64,
}

/// Puts the traces of a file into the bins of two axes that their numbers span.
pub(super) fn place(stretches: &[Stretch], inlines: &Axis, crosslines: &Axis) -> Placed {
    let inline_sorted =
        changes(stretches, |(inline, _)| inline) <= changes(stretches, |(_, crossline)| crossline);
    let (slow, fast) = if inline_sorted {
        (inlines, crosslines)
    } else {
        (crosslines, inlines)
    };
    let mut placed = Placed {
        inline_sorted,
        runs: Vec::with_capacity(stretches.len()),
        duplicates: 0,
        doubles: Vec::new(),
        unnumbered: 0,
    };
    for stretch in stretches {
        placed.put(stretch, slow, fast);
    }
    placed.settle(fast.count);
    placed
}

/// How often a number changes from one trace to the next.
fn changes(stretches: &[Stretch], number: impl Fn((i32, i32)) -> i32) -> u64 {
    let within = stretches
        .iter()
        .filter(|s| s.count > 1 && number(s.numbers(0)) != number(s.numbers(1)));
    let within: u64 = within.map(|s| u64::from(s.count - 1)).sum();
    let between = stretches
        .windows(2)
        .filter(|w| number(w[0].last()) != number(w[1].numbers(0)));
    within + between.count() as u64
}

/// The index of a number that lies on an axis exactly.
fn exact(axis: &Axis, number: i32) -> Option<u32> {
    let number = f64::from(number);
    let index = axis.index(number).filter(|&i| axis.value(i) == number)?;
    u32::try_from(index).ok()
}

impl Placed {
    /// Adds the runs of a stretch.
    fn put(&mut self, stretch: &Stretch, slow: &Axis, fast: &Axis) {
        let bin = |i: u32| {
            let (inline, crossline) = stretch.numbers(i);
            let (s, f) = if self.inline_sorted {
                (inline, crossline)
            } else {
                (crossline, inline)
            };
            exact(slow, s).zip(exact(fast, f))
        };
        let run = |(slow, fast): (u32, u32), trace: u32, count: u32| Run {
            slow,
            fast,
            count,
            trace,
            dead: stretch.dead,
        };
        let last = stretch.count - 1;
        let (first_bin, last_bin) = (bin(0), bin(last));
        if stretch.inline_step == 0 && stretch.crossline_step == 0 {
            match first_bin {
                Some(bin) => {
                    self.runs.push(run(bin, stretch.trace, 1));
                    self.duplicates += u64::from(last);
                    if last > 0 {
                        self.double(bin);
                    }
                }
                None => self.unnumbered += u64::from(stretch.count),
            }
            return;
        }
        if let Some((a, b)) = first_bin.zip(last_bin)
            && (a.0, a.1.checked_add(last)) == (b.0, Some(b.1))
        {
            self.runs.push(run(a, stretch.trace, stretch.count));
            return;
        }
        // Traces beside holes, across the lines, or of a line that runs the other way.
        for i in 0..stretch.count {
            match bin(i) {
                Some(bin) => self.runs.push(run(bin, stretch.trace + i, 1)),
                None => self.unnumbered += 1,
            }
        }
    }

    fn double(&mut self, bin: (u32, u32)) {
        if self.doubles.len() < MOST_DOUBLES {
            self.doubles.push(bin);
        }
    }

    /// Sorts the runs, joins those that touch, and leaves out what overlaps.
    fn settle(&mut self, fast: usize) {
        let mut runs = std::mem::take(&mut self.runs);
        runs.sort_unstable_by_key(|r| (r.slow, r.fast, r.trace));
        let mut owners: Vec<Option<(u32, bool)>> = Vec::new();
        for line in runs.chunk_by_mut(|a, b| a.slow == b.slow) {
            let apart = |w: &[Run]| w[0].fast + w[0].count <= w[1].fast;
            if line.windows(2).all(apart) {
                for &run in line.iter() {
                    join(&mut self.runs, run);
                }
                continue;
            }
            owners.clear();
            owners.resize(fast, None);
            line.sort_unstable_by_key(|r| r.trace);
            for run in line.iter() {
                for i in 0..run.count {
                    if let Some(owner @ None) = owners.get_mut((run.fast + i) as usize) {
                        *owner = Some((run.trace + i, run.dead));
                    } else {
                        self.duplicates += 1;
                        self.double((run.slow, run.fast + i));
                    }
                }
            }
            let slow = line.first().map_or(0, |r| r.slow);
            for (f, owner) in owners.iter().enumerate() {
                if let Some((trace, dead)) = *owner {
                    let run = Run {
                        slow,
                        fast: f as u32,
                        count: 1,
                        trace,
                        dead,
                    };
                    join(&mut self.runs, run);
                }
            }
        }
    }
}

/// Adds a run behind the others, to the last one where it goes on.
fn join(runs: &mut Vec<Run>, run: Run) {
    match runs.last_mut() {
        Some(last)
            if last.slow == run.slow
                && last.fast + last.count == run.fast
                && last.trace + last.count == run.trace
                && last.dead == run.dead =>
        {
            last.count += run.count;
        }
        _ => runs.push(run),
    }
}

#[cfg(test)]
mod tests {
    use super::super::stretch::push;
    use super::super::trial::spans;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Against a map filled trace by trace.
        #[test]
        fn the_first_trace_of_a_bin_wins(
            numbers in prop::collection::vec((1i32..4, 1i32..5, any::<bool>()), 1..40)
        ) {
            let mut stretches = Vec::new();
            let mut expected = std::collections::BTreeMap::new();
            let mut duplicates = 0;
            for (trace, &(i, x, dead)) in numbers.iter().enumerate() {
                let trace = trace as u32;
                push(&mut stretches, Stretch::one(trace, i, x, dead));
                let mut taken = true;
                expected.entry((i, x)).or_insert_with(|| {
                    taken = false;
                    (trace, dead)
                });
                duplicates += u64::from(taken);
            }
            let (inlines, crosslines) = spans(numbers.iter().map(|n| (n.0, n.1)));
            let placed = place(&stretches, &inlines, &crosslines);
            prop_assert_eq!(placed.duplicates, duplicates);
            prop_assert_eq!(!placed.doubles.is_empty(), duplicates > 0);
            let mut found = std::collections::BTreeMap::new();
            for run in &placed.runs {
                for i in 0..run.count {
                    let (slow, fast) = (run.slow as usize, (run.fast + i) as usize);
                    let (i_at, x_at) = if placed.inline_sorted { (slow, fast) } else { (fast, slow) };
                    let bin = (inlines.value(i_at) as i32, crosslines.value(x_at) as i32);
                    prop_assert!(found.insert(bin, (run.trace + i, run.dead)).is_none());
                }
            }
            prop_assert_eq!(found, expected);
        }
    }
}
