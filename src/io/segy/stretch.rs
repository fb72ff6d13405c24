//! Stretches of traces whose line numbers advance evenly: what a regular file
//! with millions of traces is told in.

use serde::{Deserialize, Serialize};

/// Consecutive traces of a file whose numbers advance evenly along one axis, or
/// stay the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stretch {
    /// First trace.
    pub(super) trace: u32,
    /// How many traces; at least 1.
    pub(super) count: u32,
    /// Numbers of the first trace.
    pub(super) inline: i32,
    pub(super) crossline: i32,
    /// What is added from trace to trace; one of both at least is 0.
    pub(super) inline_step: i32,
    pub(super) crossline_step: i32,
    /// Flagged as dead.
    pub(super) dead: bool,
}

impl Stretch {
    /// A single trace.
    pub(super) fn one(trace: u32, inline: i32, crossline: i32, dead: bool) -> Stretch {
        Stretch {
            trace,
            count: 1,
            inline,
            crossline,
            inline_step: 0,
            crossline_step: 0,
            dead,
        }
    }

    /// Inline and crossline number of the `i`-th of its traces.
    pub(super) fn numbers(&self, i: u32) -> (i32, i32) {
        let at = |first: i32, step: i32| {
            let number = i64::from(first) + i64::from(step) * i64::from(i);
            // In range for its traces; one behind them may be any number.
            number.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32
        };
        (
            at(self.inline, self.inline_step),
            at(self.crossline, self.crossline_step),
        )
    }

    /// Numbers of its last trace.
    pub(super) fn last(&self) -> (i32, i32) {
        self.numbers(self.count - 1)
    }

    /// The steps from its only trace to another one, if they are along one axis.
    fn steps_to(&self, inline: i32, crossline: i32) -> Option<(i32, i32)> {
        let steps = (
            inline.checked_sub(self.inline)?,
            crossline.checked_sub(self.crossline)?,
        );
        (steps.0 == 0 || steps.1 == 0).then_some(steps)
    }

    /// Takes up the stretch that follows, if it goes on evenly.
    fn take(&mut self, next: &Stretch) -> bool {
        if self.dead != next.dead || self.trace + self.count != next.trace {
            return false;
        }
        let steps = (self.inline_step, self.crossline_step);
        let next_steps = (next.inline_step, next.crossline_step);
        let even = match (self.count, next.count) {
            (1, 1) => match self.steps_to(next.inline, next.crossline) {
                Some(steps) => {
                    (self.inline_step, self.crossline_step) = steps;
                    true
                }
                None => false,
            },
            (1, _) if self.steps_to(next.inline, next.crossline) == Some(next_steps) => {
                (self.inline_step, self.crossline_step) = next_steps;
                true
            }
            (1, _) => false,
            (_, count) => {
                let follows = self.numbers(self.count) == (next.inline, next.crossline);
                follows && (count == 1 || steps == next_steps)
            }
        };
        if even {
            self.count += next.count;
        }
        even
    }
}

/// Adds a stretch behind the others.
pub(super) fn push(stretches: &mut Vec<Stretch>, next: Stretch) {
    if !stretches.last_mut().is_some_and(|last| last.take(&next)) {
        stretches.push(next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn gathered(numbers: &[(i32, i32, bool)], cut: usize) -> Vec<Stretch> {
        let of = |range: std::ops::Range<usize>| {
            let mut stretches = Vec::new();
            for trace in range {
                let (inline, crossline, dead) = numbers[trace];
                push(
                    &mut stretches,
                    Stretch::one(trace as u32, inline, crossline, dead),
                );
            }
            stretches
        };
        let cut = cut.min(numbers.len());
        let mut all = of(0..cut);
        for next in of(cut..numbers.len()) {
            push(&mut all, next);
        }
        all
    }

    #[test]
    fn a_regular_file_is_a_stretch_a_line() {
        let numbers: Vec<_> = (0..12).map(|i| (10 + i / 4, 5 * (i % 4), false)).collect();
        for cut in [0, 1, 4, 5, 6, 11] {
            let stretches = gathered(&numbers, cut);
            assert_eq!(stretches.len(), 3, "{cut}");
            assert_eq!((stretches[1].numbers(2), stretches[1].count), ((11, 10), 4));
        }
    }

    proptest! {
        /// However traces are gathered, each keeps its numbers.
        #[test]
        fn numbers_come_back(
            numbers in prop::collection::vec((0i32..3, -2i32..3, any::<bool>()), 0..40),
            cut in 0usize..40,
        ) {
            let mut back = Vec::new();
            for s in gathered(&numbers, cut) {
                prop_assert_eq!(s.trace as usize, back.len());
                prop_assert!(s.inline_step == 0 || s.crossline_step == 0);
                back.extend((0..s.count).map(|i| {
                    let (inline, crossline) = s.numbers(i);
                    (inline, crossline, s.dead)
                }));
            }
            prop_assert_eq!(back, numbers);
        }
    }
}
