//! What is kept of many combinations, and how two of them are compared.

use serde::{Deserialize, Serialize};

use super::combination::{Combination, facies_pairs, in_order};
use super::{Proof, SelectionOptions};

/// What is kept of many combinations. Tallies of chunks are merged in order of
/// the chunks, so that sums come out the same however the work was dealt.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// One entry a size, from size 0.
    pub sizes: Vec<SizeTally>,
    /// The combinations themselves, best first where not all are kept.
    pub kept: Vec<Combination>,
    /// With [`Estimator::Marginal`](super::Estimator), which combinations become
    /// `kept` when the tallies are joined.
    pub marks: Vec<Mark>,
    /// Largest mean distance of each pair of facies over all combinations.
    pub pair_largest: Vec<f64>,
}

/// The combinations of one size.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SizeTally {
    /// How many were tried.
    pub combinations: u64,
    /// How many could be fitted.
    pub valid: u64,
    /// Clusters of all of them.
    pub clusters: u64,
    /// Unordered pairs of clusters of all of them.
    pub comparisons: u64,
    /// Sum of the scores.
    pub score_sum: f64,
    /// The best.
    pub best: Option<Combination>,
    /// The best, before it becomes `best`.
    pub best_mark: Option<Mark>,
    /// How sure the best is, where not all combinations were tried.
    pub proof: Option<Proof>,
}

/// A combination with its score alone.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// Which attributes: bit i is attribute i, counted from 0.
    pub mask: u32,
    /// The score that ranks.
    pub score: f64,
}

impl Mark {
    /// True where it beats another: a larger score; within 1e-9, fewer
    /// attributes, then the lexicographically first list.
    pub(super) fn beats(&self, other: &Mark) -> bool {
        let (x, y) = (self.score, other.score);
        if (x - y).abs() <= 1e-9 * x.abs().max(y.abs()) {
            in_order(self.mask, other.mask).is_lt()
        } else {
            x > y
        }
    }

    /// Largest score first, exactly; equal ones in the order of their lists.
    fn rank(&self, other: &Mark) -> std::cmp::Ordering {
        (other.score.total_cmp(&self.score)).then_with(|| in_order(self.mask, other.mask))
    }
}

/// How combinations are compared: the score options, and the number of
/// combinations of each size.
pub(super) struct Ruler<'a> {
    pub options: &'a SelectionOptions,
    /// A_n, from size 0.
    pub of_size: Vec<u64>,
    /// How many combinations a tally keeps.
    pub top: usize,
}

impl Ruler<'_> {
    /// The score that ranks.
    pub fn score(&self, c: &Combination) -> Option<f64> {
        let of_size = self.of_size.get(c.size()).copied().unwrap_or(1);
        c.score(self.options.scope, self.options.normalisation, of_size)
    }

    /// The score with the mask; nothing where invalid.
    fn mark(&self, c: &Combination) -> Option<Mark> {
        let score = self.score(c)?;
        Some(Mark {
            mask: c.mask,
            score,
        })
    }

    /// True where `a` beats `b`, as [`Mark::beats`] has it; what has no score
    /// never does.
    pub fn beats(&self, a: &Combination, b: &Combination) -> bool {
        match (self.mark(a), self.mark(b)) {
            (Some(a), Some(b)) => a.beats(&b),
            (a, b) => a.is_some() && b.is_none(),
        }
    }
}

impl Tally {
    /// Counts one combination.
    pub(super) fn add(&mut self, combination: Combination, ruler: &Ruler) {
        let size = combination.size();
        if self.sizes.len() <= size {
            self.sizes.resize(size + 1, SizeTally::default());
        }
        let tally = &mut self.sizes[size];
        tally.combinations += 1;
        if let Some(score) = ruler.score(&combination) {
            tally.valid += 1;
            tally.clusters += combination.total_clusters() as u64;
            tally.comparisons += combination.comparisons() as u64;
            tally.score_sum += score;
            if tally
                .best
                .as_ref()
                .is_none_or(|best| ruler.beats(&combination, best))
            {
                tally.best = Some(combination.clone());
            }
            let means = combination.pair_means();
            self.pair_largest.resize(means.len(), 0.0);
            for (largest, mean) in self.pair_largest.iter_mut().zip(means) {
                *largest = largest.max(mean);
            }
        }
        self.kept.push(combination);
    }

    /// Counts one combination of which only the distances are known.
    pub(super) fn add_mark(
        &mut self,
        mark: Mark,
        clusters: &[usize],
        pair_sums: &[f64],
        ruler: &Ruler,
    ) {
        let size = mark.mask.count_ones() as usize;
        if self.sizes.len() <= size {
            self.sizes.resize(size + 1, SizeTally::default());
        }
        let tally = &mut self.sizes[size];
        let total: usize = clusters.iter().sum();
        tally.combinations += 1;
        tally.valid += 1;
        tally.clusters += total as u64;
        tally.comparisons += (total * (total - 1) / 2) as u64;
        tally.score_sum += mark.score;
        if tally.best_mark.is_none_or(|best| mark.beats(&best)) {
            tally.best_mark = Some(mark);
        }
        self.pair_largest.resize(pair_sums.len(), 0.0);
        let pairs = facies_pairs(clusters.len()).map(|(m, l)| (clusters[m] * clusters[l]) as f64);
        for ((largest, sum), pairs) in self.pair_largest.iter_mut().zip(pair_sums).zip(pairs) {
            *largest = largest.max(sum / pairs);
        }
        self.marks.push(mark);
        if self.marks.len() >= 2 * ruler.top {
            self.trim_marks(ruler);
        }
    }

    /// Counts all combinations of a size of which the best is known.
    pub(super) fn add_proof(&mut self, proof: Proof, mark: Mark, combinations: u64) {
        if self.sizes.len() <= proof.size {
            self.sizes.resize(proof.size + 1, SizeTally::default());
        }
        let tally = &mut self.sizes[proof.size];
        tally.combinations = combinations;
        tally.valid = combinations;
        tally.clusters *= combinations;
        tally.comparisons *= combinations;
        // The others were not scored.
        tally.score_sum = f64::NAN;
        tally.best_mark = Some(mark);
        tally.proof = Some(proof);
    }

    fn trim_marks(&mut self, ruler: &Ruler) {
        if self.marks.len() > ruler.top {
            self.marks.select_nth_unstable_by(ruler.top - 1, Mark::rank);
            self.marks.truncate(ruler.top);
        }
    }

    /// Adds the tally of the next chunk.
    pub(super) fn merge(&mut self, other: Tally, ruler: &Ruler) {
        if self.sizes.len() < other.sizes.len() {
            self.sizes.resize(other.sizes.len(), SizeTally::default());
        }
        for (mine, theirs) in self.sizes.iter_mut().zip(other.sizes) {
            mine.combinations += theirs.combinations;
            mine.valid += theirs.valid;
            mine.clusters += theirs.clusters;
            mine.comparisons += theirs.comparisons;
            mine.score_sum += theirs.score_sum;
            if let Some(best) = theirs.best
                && mine
                    .best
                    .as_ref()
                    .is_none_or(|mine| ruler.beats(&best, mine))
            {
                mine.best = Some(best);
            }
            if let Some(mark) = theirs.best_mark
                && mine.best_mark.is_none_or(|mine| mark.beats(&mine))
            {
                mine.best_mark = Some(mark);
            }
            mine.proof = theirs.proof.or(mine.proof.take());
        }
        let pairs = self.pair_largest.len().max(other.pair_largest.len());
        self.pair_largest.resize(pairs, 0.0);
        for (largest, theirs) in self.pair_largest.iter_mut().zip(other.pair_largest) {
            *largest = largest.max(theirs);
        }
        self.kept.extend(other.kept);
        self.marks.extend(other.marks);
        self.trim(ruler);
    }

    /// Drops all but the best where there are too many to keep.
    pub(super) fn trim(&mut self, ruler: &Ruler) {
        self.trim_marks(ruler);
        if self.kept.len() > ruler.top {
            self.kept.sort_by(|a, b| {
                let key = |c| ruler.score(c).unwrap_or(f64::NEG_INFINITY);
                key(b)
                    .total_cmp(&key(a))
                    .then_with(|| in_order(a.mask, b.mask))
            });
            self.kept.truncate(ruler.top);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ml::selection::combination::tests::facies;
    use proptest::prelude::*;

    fn ruler(options: &SelectionOptions) -> Ruler<'_> {
        Ruler {
            options,
            of_size: vec![1, 4, 6, 4, 1],
            top: 5,
        }
    }

    #[test]
    fn ties_go_to_fewer_attributes_then_to_the_first_list() {
        let options = SelectionOptions::default();
        let ruler = ruler(&options);
        let at = |mask, mean: f64| {
            Combination::new(
                mask,
                vec![Some(facies(&[(0.0, 1.0)])), Some(facies(&[(mean, 1.0)]))],
            )
        };
        assert!(ruler.beats(&at(0b1, 2.0), &at(0b11, 2.0 + 1e-11)));
        assert!(ruler.beats(&at(0b101, 2.0), &at(0b110, 2.0)));
        assert!(ruler.beats(&at(0b110, 2.1), &at(0b101, 2.0)));
    }

    proptest! {
        #[test]
        fn merged_chunks_are_the_whole(
            means in prop::collection::vec(0.0..5.0f64, 15),
            cut in 1usize..14,
        ) {
            let options = SelectionOptions::default();
            let ruler = ruler(&options);
            let all: Vec<Combination> = means
                .iter()
                .zip(1u32..)
                .map(|(&m, mask)| {
                    let other = (m >= 0.5).then(|| facies(&[(m, 1.0)]));
                    Combination::new(mask, vec![Some(facies(&[(0.0, 1.0)])), other])
                })
                .collect();
            let tally = |part: &[Combination]| {
                let mut tally = Tally::default();
                for c in part {
                    tally.add(c.clone(), &ruler);
                }
                tally.trim(&ruler);
                tally
            };
            let whole = tally(&all);
            let mut merged = Tally::default();
            for part in [&all[..cut], &all[cut..]] {
                merged.merge(tally(part), &ruler);
            }
            prop_assert_eq!(merged.kept, whole.kept);
            prop_assert_eq!(merged.pair_largest, whole.pair_largest);
            for (a, b) in merged.sizes.iter().zip(&whole.sizes) {
                prop_assert_eq!(&a.best, &b.best);
                prop_assert_eq!((a.combinations, a.valid), (b.combinations, b.valid));
                prop_assert!((a.score_sum - b.score_sum).abs() < 1e-12 * (1.0 + a.score_sum));
            }
        }
    }
}
