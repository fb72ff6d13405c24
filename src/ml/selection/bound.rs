//! The best combinations of each size without a visit to all of them.
//!
//! With mixtures fitted once in all attributes no score falls when an attribute is
//! added, so a set that scores less than the best found so far has no better
//! subset: branch and bound (Narendra and Fukunaga 1977), from all attributes down,
//! the least missed removed first.
//!
//! Removing an attribute from a set needs no new factor: with P = S⁻¹ and u = P Δ,
//! the squared distance falls by u_i² / P_ii, ln|S| grows by ln P_ii, and P and u
//! lose one rank.

use super::Mark;
use super::marginal::{Distances, Marginals};
use super::removal::Removal;
use crate::ml::MlError;
use crate::task::Task;

/// The best combination of one size, and how sure that is.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// How many attributes.
    pub size: usize,
    /// The best that was found; `score` is the sum over pairs of clusters.
    pub best: Mark,
    /// Sets whose score was computed.
    pub visited: u64,
    /// Sets that could not hold a better one, with all their subsets.
    pub pruned: u64,
    /// No combination of this size has a larger sum: that of `best` where it is
    /// proven to be the best, more where the search was stopped before.
    pub bound: f64,
}

impl Proof {
    /// True where no better combination of this size exists.
    pub fn is_proven(&self) -> bool {
        self.bound <= self.best.score
    }
}

/// Relative slack before a set is given up: more than rounding can amount to after
/// some dozen removals, so that no best combination is lost to it.
const SLACK: f64 = 1e-6;

/// The best combination of `size` attributes: all of `included` and some of
/// `usable`. `limit` sets are scored at most; where that is not enough, or the task
/// is cancelled, the best found so far comes with the bound of what is left.
///
/// Cost a set: clusters² x attributes² / 4 multiplications, eight at a time, for the
/// sets that are entered; the others cost a logarithm an entry.
pub(super) fn best_of_size(
    marginals: &Marginals,
    all_pairs: bool,
    (usable, included): (u32, u32),
    size: usize,
    limit: u64,
    task: &Task,
) -> Result<Proof, MlError> {
    let mut search = Bounded {
        marginals,
        all_pairs,
        size,
        limit,
        best: Mark {
            mask: 0,
            score: f64::NEG_INFINITY,
        },
        visited: 0,
        pruned: 0,
        bound: f64::NEG_INFINITY,
        stopped: false,
        task,
    };
    let mut whole = Removal::new(marginals, usable);
    if usable.count_ones() as usize <= size {
        search.leaf(usable);
    } else {
        search.greedy(whole.clone(), usable, included);
        let removable = super::attributes_of(usable & !included);
        let room = usable.count_ones() as usize - size;
        search.enter(&mut whole, usable, &removable, room);
    }
    if search.best.mask == 0 {
        return Err(MlError::NothingFitted);
    }
    Ok(Proof {
        size,
        bound: search.bound.max(search.best.score),
        best: search.best,
        visited: search.visited,
        pruned: search.pruned,
    })
}

struct Bounded<'a> {
    marginals: &'a Marginals,
    all_pairs: bool,
    size: usize,
    limit: u64,
    best: Mark,
    visited: u64,
    pruned: u64,
    bound: f64,
    stopped: bool,
    task: &'a Task<'a>,
}

impl Bounded<'_> {
    /// Takes the set up if it is the best so far; its sum is that of
    /// [`Marginals::walk`], so that ties end as they do without a bound.
    fn leaf(&mut self, mask: u32) {
        let (mut score, all_pairs) = (0.0, self.all_pairs);
        let take = &mut |_: u32, of: &Distances| {
            let within = if all_pairs { of.within_sum } else { 0.0 };
            score = of.pair_sums.iter().sum::<f64>() + within;
        };
        self.marginals
            .walk(mask, &[], &(self.size..=self.size), take);
        let mark = Mark { mask, score };
        if self.best.mask == 0 || mark.beats(&self.best) {
            self.best = mark;
        }
    }

    /// Removes the attribute that is missed least, again and again: a set good
    /// enough to give others up.
    fn greedy(&mut self, mut state: Removal, mut mask: u32, included: u32) {
        while mask.count_ones() as usize > self.size {
            let removable = super::attributes_of(mask & !included);
            self.visited += removable.len() as u64;
            let scores = removable
                .iter()
                .map(|&i| (state.without(i, self.all_pairs), i));
            let Some((_, least_missed)) = scores.reduce(|a, b| if b.0 > a.0 { b } else { a })
            else {
                return;
            };
            state.remove(least_missed);
            mask &= !(1 << least_missed);
        }
        self.leaf(mask);
    }

    /// Removes `room` of `removable` from a set in every way that may be better.
    fn enter(&mut self, state: &mut Removal, mask: u32, removable: &[usize], room: usize) {
        if removable.len() < room {
            return;
        }
        self.visited += removable.len() as u64;
        let mut below: Vec<(f64, usize)> = removable
            .iter()
            .map(|&i| (state.without(i, self.all_pairs), i))
            .collect();
        // What is missed most first: it has the most subsets to give up at once.
        below.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let children = removable.len() - room + 1;
        for j in (0..children).rev() {
            let (score, attribute) = below[j];
            self.stopped |= self.visited >= self.limit || self.task.check().is_err();
            if self.stopped {
                self.bound = self.bound.max(score);
                return;
            }
            if score < self.best.score * (1.0 - SLACK) {
                self.pruned += j as u64 + 1;
                return;
            }
            let without = mask & !(1 << attribute);
            if room == 1 {
                self.leaf(without);
                continue;
            }
            let rest: Vec<usize> = below[j + 1..].iter().map(|b| b.1).collect();
            let mut next = state.clone();
            next.remove(attribute);
            self.enter(&mut next, without, &rest, room - 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ml::gmm::{Component, CovarianceModel, Mixture};
    use crate::ml::selection::attributes_of;
    use crate::task::{CancelFlag, stream};
    use proptest::prelude::*;

    /// Three facies of one or two clusters; every third attribute is a near copy of
    /// the one before.
    fn mixtures(n: usize, seed: u64) -> Vec<Option<Mixture>> {
        let mut rng = stream(seed, "bound", &[n as u64]);
        let mut component = || {
            let mut mean: Vec<f64> = (0..n).map(|_| rng.normal()).collect();
            let mut b: Vec<f64> = (0..n * n).map(|_| 0.4 * rng.normal()).collect();
            for i in (2..n).step_by(3) {
                mean[i] = mean[i - 1];
                for k in 0..n {
                    b[i * n + k] = b[(i - 1) * n + k];
                }
            }
            let mut covariance = Vec::new();
            for i in 0..n {
                for j in 0..=i {
                    let dot: f64 = (0..n).map(|k| b[i * n + k] * b[j * n + k]).sum();
                    covariance.push(dot + if i == j { 0.02 } else { 0.0 });
                }
            }
            Component {
                weight: 0.5,
                mean,
                covariance,
            }
        };
        [1, 2, 2]
            .map(|clusters| {
                Some(Mixture {
                    model: CovarianceModel::VVV,
                    components: (0..clusters).map(|_| component()).collect(),
                    rows: 100,
                    log_likelihood: 0.0,
                    mixture_log_likelihood: 0.0,
                    parameters: 1,
                    bic: 0.0,
                    floored: false,
                })
            })
            .to_vec()
    }

    fn brute_force(
        marginals: &Marginals,
        all_pairs: bool,
        free: u32,
        fixed: u32,
        size: usize,
    ) -> Mark {
        let mut best: Option<Mark> = None;
        let free = attributes_of(free & !fixed);
        marginals.walk(fixed, &free, &(size..=size), &mut |mask, of| {
            let within = if all_pairs { of.within_sum } else { 0.0 };
            let score = of.pair_sums.iter().sum::<f64>() + within;
            let mark = Mark { mask, score };
            if best.is_none_or(|best| mark.beats(&best)) {
                best = Some(mark);
            }
        });
        best.unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn the_bound_loses_nothing(
            n in 2usize..13, seed in 0u64..10_000, all_pairs in any::<bool>(), fixed in 0u32..4,
        ) {
            let usable = (1u32 << n) - 1;
            let marginals = Marginals::new(&mixtures(n, seed), usable).unwrap();
            for size in 1..=n {
                if fixed.count_ones() as usize > size {
                    continue;
                }
                let expected = brute_force(&marginals, all_pairs, usable, fixed, size);
                let choice = (usable, fixed);
                let task = Task::silent();
                let proof =
                    best_of_size(&marginals, all_pairs, choice, size, u64::MAX, &task).unwrap();
                prop_assert!(proof.is_proven());
                prop_assert_eq!(proof.best.mask, expected.mask, "size {}", size);
                let gap = (proof.best.score - expected.score).abs();
                prop_assert!(gap <= 1e-12 * expected.score);
            }
        }

        /// Stopped early, the best found and the bound enclose the truth.
        #[test]
        fn a_search_that_is_stopped_says_what_is_left(seed in 0u64..10_000, limit in 1u64..200) {
            let usable = (1u32 << 11) - 1;
            let marginals = Marginals::new(&mixtures(11, seed), usable).unwrap();
            let exact = brute_force(&marginals, false, usable, 0, 5).score;
            let task = Task::silent();
            let proof = best_of_size(&marginals, false, (usable, 0), 5, limit, &task).unwrap();
            prop_assert!(proof.best.score <= exact * (1.0 + 1e-12));
            prop_assert!(proof.bound >= exact * (1.0 - 1e-9));
        }
    }

    #[test]
    fn removing_is_scored_as_walking_is() {
        let usable = (1u32 << 12) - 1;
        let marginals = Marginals::new(&mixtures(12, 3), usable).unwrap();
        let mut state = Removal::new(&marginals, usable);
        let mut mask = usable;
        for attribute in [3, 11, 0, 7, 5, 8, 1] {
            mask &= !(1 << attribute);
            let removed = state.without(attribute, true);
            state.remove(attribute);
            let size = mask.count_ones() as usize;
            let walked = brute_force(&marginals, true, mask, mask, size).score;
            assert!(
                (removed - walked).abs() < 1e-9 * walked,
                "{removed} {walked}"
            );
        }
    }

    #[test]
    fn most_sets_are_never_visited_and_a_cancel_keeps_the_best() {
        let usable = (1u32 << 18) - 1;
        let marginals = Marginals::new(&mixtures(18, 1), usable).unwrap();
        let whole = best_of_size(&marginals, false, (usable, 0), 9, u64::MAX, &Task::silent());
        let whole = whole.unwrap();
        println!(
            "{} of 48620 sets visited, {} pruned",
            whole.visited, whole.pruned
        );
        assert!(whole.is_proven() && whole.visited < 48_620 / 2);
        let flag = CancelFlag::default();
        flag.raise();
        let task = Task {
            cancel: &flag,
            ..Task::silent()
        };
        let part = best_of_size(&marginals, false, (usable, 0), 9, u64::MAX, &task).unwrap();
        assert!(!part.is_proven());
        assert!(part.best.score <= whole.best.score && part.bound >= whole.best.score);
    }
}
