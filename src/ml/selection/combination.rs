//! One combination of attributes with its mixtures and distances, and the tally
//! of many.

use serde::{Deserialize, Serialize};

use super::{Normalisation, Scope, SelectionOptions};
use crate::ml::MlError;
use crate::ml::gmm::{Mixture, bhattacharyya};

/// A combination of attributes: bit i of `mask` is attribute i, counted from 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Combination {
    /// Which attributes.
    pub mask: u32,
    /// The mixture of each facies; none at all where one could not be fitted:
    /// such a combination is listed without a score and never wins.
    pub mixtures: Vec<Mixture>,
    /// Sum of the distances between the clusters of each pair of facies, in the
    /// order (1,2) (1,3) ... (2,3) ...
    pub pair_sums: Vec<f64>,
    /// Sum of the distances between clusters of the same facies.
    pub within_sum: f64,
}

/// Attributes of a mask, from 0, ascending.
pub fn attributes_of(mask: u32) -> Vec<usize> {
    (0..32).filter(|i| mask >> i & 1 == 1).collect()
}

/// Fewer attributes first, then the lexicographically first list of attributes.
pub fn in_order(a: u32, b: u32) -> std::cmp::Ordering {
    let lowest_difference = (a ^ b) & (a ^ b).wrapping_neg();
    (a.count_ones().cmp(&b.count_ones())).then_with(|| {
        let a_has_it = a & lowest_difference != 0;
        if lowest_difference == 0 {
            std::cmp::Ordering::Equal
        } else if a_has_it {
            std::cmp::Ordering::Less
        } else {
            std::cmp::Ordering::Greater
        }
    })
}

/// Pairs (m, l > m) of `count` facies, in the order of [`Combination::pair_sums`].
pub(super) fn facies_pairs(count: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..count).flat_map(move |m| (m + 1..count).map(move |l| (m, l)))
}

impl Combination {
    /// Distances between all clusters of the facies' mixtures.
    pub(super) fn new(mask: u32, mixtures: Vec<Option<Mixture>>) -> Result<Self, MlError> {
        let mut combination = Combination {
            mask,
            mixtures: mixtures
                .into_iter()
                .collect::<Option<_>>()
                .unwrap_or_default(),
            pair_sums: Vec::new(),
            within_sum: 0.0,
        };
        let mixtures = &combination.mixtures;
        for (m, l) in facies_pairs(mixtures.len()) {
            let mut sum = 0.0;
            for a in &mixtures[m].components {
                for b in &mixtures[l].components {
                    sum += bhattacharyya(a, b)?;
                }
            }
            combination.pair_sums.push(sum);
        }
        for mixture in mixtures {
            for (i, a) in mixture.components.iter().enumerate() {
                for b in &mixture.components[..i] {
                    combination.within_sum += bhattacharyya(a, b)?;
                }
            }
        }
        Ok(combination)
    }

    /// How many attributes.
    pub fn size(&self) -> usize {
        self.mask.count_ones() as usize
    }

    /// True where every facies has a mixture.
    pub fn is_valid(&self) -> bool {
        !self.mixtures.is_empty()
    }

    /// Number of clusters J_m of each facies.
    pub fn clusters(&self) -> Vec<usize> {
        self.mixtures.iter().map(|m| m.components.len()).collect()
    }

    /// Number of clusters T of all facies together.
    pub fn total_clusters(&self) -> usize {
        self.clusters().iter().sum()
    }

    /// Unordered pairs of clusters, of the same facies or not: T (T - 1) / 2.
    pub fn comparisons(&self) -> usize {
        let t = self.total_clusters();
        t * t.saturating_sub(1) / 2
    }

    /// Mean distance between the clusters of each pair of facies.
    pub fn pair_means(&self) -> Vec<f64> {
        let j = self.clusters();
        facies_pairs(j.len())
            .zip(&self.pair_sums)
            .map(|((m, l), sum)| sum / (j[m] * j[l]) as f64)
            .collect()
    }

    /// Average cumulative distance, the default score: the mean distance over
    /// all pairs of clusters of different facies. Nothing where invalid.
    pub fn average_cumulative_distance(&self) -> Option<f64> {
        self.score(Scope::BetweenFacies, Normalisation::Pairs, 1)
    }

    /// The literal equation (8): Σ over ordered pairs of clusters / (A_n T²),
    /// where A_n = `of_size` is the number of combinations of this size.
    pub fn eq8(&self, of_size: u64) -> Option<f64> {
        self.score(Scope::AllPairs, Normalisation::Eq8, of_size)
    }

    /// The score under other conventions.
    pub fn score(&self, scope: Scope, normalisation: Normalisation, of_size: u64) -> Option<f64> {
        if !self.is_valid() {
            return None;
        }
        let j = self.clusters();
        let t = self.total_clusters() as f64;
        let between: f64 = self.pair_sums.iter().sum();
        if normalisation == Normalisation::Eq8 {
            return Some(2.0 * (between + self.within_sum) / (t * t * of_size as f64));
        }
        let (sum, pairs) = match scope {
            Scope::BetweenFacies => (
                between,
                facies_pairs(j.len()).map(|(m, l)| j[m] * j[l]).sum(),
            ),
            Scope::AllPairs => (between + self.within_sum, self.comparisons()),
        };
        let mean = sum / pairs as f64;
        Some(match normalisation {
            Normalisation::PerDimension => mean / self.size() as f64,
            _ => mean,
        })
    }
}

/// What is kept of many combinations. Tallies of chunks are merged in order of
/// the chunks, so that sums come out the same however the work was dealt.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// One entry a size, from size 0.
    pub sizes: Vec<SizeTally>,
    /// The combinations themselves, best first where not all are kept.
    pub kept: Vec<Combination>,
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

    /// True where `a` beats `b`: a larger score; within 1e-9, fewer attributes,
    /// then the lexicographically first list.
    pub fn beats(&self, a: &Combination, b: &Combination) -> bool {
        match (self.score(a), self.score(b)) {
            (Some(x), Some(y)) if (x - y).abs() <= 1e-9 * x.abs().max(y.abs()) => {
                in_order(a.mask, b.mask).is_lt()
            }
            (Some(x), Some(y)) => x > y,
            (Some(_), None) => true,
            (None, _) => false,
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
        }
        let pairs = self.pair_largest.len().max(other.pair_largest.len());
        self.pair_largest.resize(pairs, 0.0);
        for (largest, theirs) in self.pair_largest.iter_mut().zip(other.pair_largest) {
            *largest = largest.max(theirs);
        }
        self.kept.extend(other.kept);
        self.trim(ruler);
    }

    /// Drops all but the best where there are too many to keep.
    pub(super) fn trim(&mut self, ruler: &Ruler) {
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
    use crate::ml::gmm::{Component, CovarianceModel};
    use proptest::prelude::*;

    fn facies(clusters: &[(f64, f64)]) -> Option<Mixture> {
        Some(Mixture {
            model: CovarianceModel::VII,
            components: clusters
                .iter()
                .map(|&(mean, variance)| Component {
                    weight: 1.0 / clusters.len() as f64,
                    mean: vec![mean],
                    covariance: vec![variance],
                })
                .collect(),
            rows: 100,
            log_likelihood: 0.0,
            mixture_log_likelihood: 0.0,
            parameters: 2,
            bic: 0.0,
            floored: false,
        })
    }

    #[test]
    fn the_worked_example_has_its_three_scores() {
        let abc = vec![
            facies(&[(0.0, 1.0), (4.0, 1.0)]),
            facies(&[(8.0, 1.0)]),
            facies(&[(12.0, 4.0)]),
        ];
        let c = Combination::new(1, abc).unwrap();
        let expected = [8.0 + 2.0, 7.311_572 + 3.311_572, 0.911_572];
        for (a, b) in c.pair_sums.iter().zip(expected) {
            assert!((a - b).abs() < 1e-6);
        }
        assert_eq!((c.total_clusters(), c.comparisons()), (4, 6));
        let close = |a: Option<f64>, b: f64| assert!((a.unwrap() - b).abs() < 1e-6, "{a:?} {b}");
        close(c.average_cumulative_distance(), 4.306_943);
        close(c.score(Scope::AllPairs, Normalisation::Pairs, 1), 3.922_452);
        close(c.eq8(1), 2.941_839);
        close(c.eq8(9), 2.941_839 / 9.0);
        let two = Combination { mask: 0b101, ..c };
        close(
            two.score(Scope::BetweenFacies, Normalisation::PerDimension, 1),
            4.306_943 / 2.0,
        );
    }

    #[test]
    fn a_combination_without_all_mixtures_has_no_score() {
        let c = Combination::new(3, vec![facies(&[(0.0, 1.0)]), None]).unwrap();
        assert!(!c.is_valid());
        assert_eq!(c.average_cumulative_distance(), None);
        assert_eq!(c.eq8(1), None);
    }

    #[test]
    fn combinations_are_ordered_by_size_then_by_list() {
        let mut masks: Vec<u32> = (1..16).collect();
        masks.sort_by(|&a, &b| in_order(a, b));
        let lists: Vec<Vec<usize>> = masks.iter().map(|&m| attributes_of(m)).collect();
        let mut sorted = lists.clone();
        sorted.sort_by(|a, b| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
        assert_eq!(lists, sorted);
    }

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
            Combination::new(mask, vec![facies(&[(0.0, 1.0)]), facies(&[(mean, 1.0)])]).unwrap()
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
                    let other = if m < 0.5 { None } else { facies(&[(m, 1.0)]) };
                    Combination::new(mask, vec![facies(&[(0.0, 1.0)]), other]).unwrap()
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
