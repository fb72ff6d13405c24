//! One combination of attributes with its mixtures and distances.

use serde::{Deserialize, Serialize};

use super::{Normalisation, Scope};
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

/// Sums of the distances between clusters: of each pair of facies, and within facies.
fn distances(mixtures: &[Mixture]) -> Result<(Vec<f64>, f64), MlError> {
    let mut pair_sums = Vec::new();
    for (m, l) in facies_pairs(mixtures.len()) {
        let mut sum = 0.0;
        for a in &mixtures[m].components {
            for b in &mixtures[l].components {
                sum += bhattacharyya(a, b)?;
            }
        }
        pair_sums.push(sum);
    }
    let mut within_sum = 0.0;
    for mixture in mixtures {
        for (i, a) in mixture.components.iter().enumerate() {
            for b in &mixture.components[..i] {
                within_sum += bhattacharyya(a, b)?;
            }
        }
    }
    Ok((pair_sums, within_sum))
}

impl Combination {
    /// The combination with the distances between all clusters. It is invalid
    /// where a facies has no mixture, or where covariances are too ill-conditioned
    /// to be compared.
    pub(super) fn new(mask: u32, mixtures: Vec<Option<Mixture>>) -> Self {
        let mixtures: Option<Vec<Mixture>> = mixtures.into_iter().collect();
        let measured = mixtures.and_then(|mixtures| {
            let (pair_sums, within_sum) = distances(&mixtures).ok()?;
            Some((mixtures, pair_sums, within_sum))
        });
        let (mixtures, pair_sums, within_sum) = measured.unwrap_or_default();
        Combination {
            mask,
            mixtures,
            pair_sums,
            within_sum,
        }
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
        let sums = (self.pair_sums.iter().sum(), self.within_sum);
        let rule = (scope, normalisation);
        Some(scored(rule, &self.clusters(), sums, self.size(), of_size))
    }
}

/// The score of a combination from its clusters a facies and the sums of the
/// distances between and within facies; `of_size` is A_n.
pub(super) fn scored(
    (scope, normalisation): (Scope, Normalisation),
    clusters: &[usize],
    (between, within): (f64, f64),
    size: usize,
    of_size: u64,
) -> f64 {
    let total: usize = clusters.iter().sum();
    if normalisation == Normalisation::Eq8 {
        let t = total as f64;
        return 2.0 * (between + within) / (t * t * of_size as f64);
    }
    let all = total * total.saturating_sub(1) / 2;
    let (sum, pairs) = match scope {
        Scope::BetweenFacies => {
            let within: usize = clusters.iter().map(|j| j * j.saturating_sub(1) / 2).sum();
            (between, all - within)
        }
        Scope::AllPairs => (between + within, all),
    };
    let mean = sum / pairs as f64;
    match normalisation {
        Normalisation::PerDimension => mean / size as f64,
        _ => mean,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ml::gmm::{Component, CovarianceModel};

    /// A mixture in one attribute from (mean, variance) of its clusters.
    pub fn facies(clusters: &[(f64, f64)]) -> Mixture {
        Mixture {
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
        }
    }

    #[test]
    fn the_worked_example_has_its_three_scores() {
        let abc = vec![
            Some(facies(&[(0.0, 1.0), (4.0, 1.0)])),
            Some(facies(&[(8.0, 1.0)])),
            Some(facies(&[(12.0, 4.0)])),
        ];
        let c = Combination::new(1, abc);
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
        let c = Combination::new(3, vec![Some(facies(&[(0.0, 1.0)])), None]);
        assert!(!c.is_valid());
        assert!(c.clusters().is_empty());
        let broken = Some(facies(&[(0.0, -1.0)]));
        assert!(!Combination::new(3, vec![Some(facies(&[(0.0, 1.0)])), broken]).is_valid());
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
}
