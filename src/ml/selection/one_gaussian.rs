//! The search with one Gaussian a facies: a matter of sums over polygons, so it
//! can be repeated for hundreds of choices of polygons.
//!
//! With full covariances the distance is unchanged by any scaling, and a subset
//! of the attributes is exactly a marginal: what is asked of each choice of
//! polygons costs M (M-1) / 2 distances a combination.

use super::combination::{attributes_of, in_order};
use super::summary::KNEE;
use crate::ml::gmm::{Component, CovarianceModel, Sums, bhattacharyya, components};

/// Rows summed by part and facies, and the combinations to compare.
pub(super) struct OneGaussian {
    /// Part -> facies -> sums of its rows in all attributes, in standard units.
    pub sums: Vec<Vec<Sums>>,
    /// The combinations, by size and list.
    pub masks: Vec<u32>,
    /// Smallest eigenvalue of covariances.
    pub floor: f64,
}

/// The best combination of each size, ascending, and the knee among them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Chosen {
    /// The combinations.
    pub best: Vec<u32>,
    /// Their scores.
    pub scores: Vec<f64>,
    /// Place of the knee.
    pub knee: usize,
}

impl OneGaussian {
    /// Facies.
    pub fn facies(&self) -> usize {
        self.sums.first().map_or(0, Vec::len)
    }

    /// Rows of a facies in a part.
    pub fn rows(&self, part: usize, facies: usize) -> f64 {
        self.sums[part][facies].rows
    }

    /// The Gaussian of each facies, each part's rows counted so many times;
    /// nothing for a facies that is left with too few.
    pub fn gaussians(&self, weight: impl Fn(usize, usize) -> f64) -> Vec<Option<Component>> {
        (0..self.facies())
            .map(|m| {
                let mut sums = Sums::new(self.sums[0][m].sum.len());
                for (p, part) in self.sums.iter().enumerate() {
                    let weight = weight(p, m);
                    if weight > 0.0 {
                        sums.join(weight, &part[m]);
                    }
                }
                components(CovarianceModel::EEE, self.floor, &[sums]).pop()
            })
            .collect()
    }

    /// The best combination of each size; ties go to the first list.
    pub fn choose(&self, scores: &[f64]) -> Chosen {
        let (mut best, mut found): (Vec<u32>, Vec<f64>) = (Vec::new(), Vec::new());
        for (&mask, &score) in self.masks.iter().zip(scores) {
            let size = |m: &u32| m.count_ones();
            if best.last().map(size) != Some(mask.count_ones()) {
                best.push(mask);
                found.push(score);
            } else if found.last().is_some_and(|highest| score > *highest) {
                best.pop();
                found.pop();
                best.push(mask);
                found.push(score);
            }
        }
        let largest = found.iter().copied().fold(0.0, f64::max);
        let knee = found.iter().position(|s| *s >= KNEE * largest);
        Chosen {
            best,
            scores: found,
            knee: knee.unwrap_or(0),
        }
    }

    /// What is chosen of some parts.
    pub fn search(&self, weight: impl Fn(usize, usize) -> f64) -> Chosen {
        self.choose(&scores(&self.gaussians(weight), &self.masks))
    }
}

/// The mean distance over the pairs of facies there are, for each of some combinations.
pub(super) fn scores(gaussians: &[Option<Component>], masks: &[u32]) -> Vec<f64> {
    let known: Vec<&Component> = gaussians.iter().flatten().collect();
    let score = |&mask: &u32| {
        let columns = attributes_of(mask);
        let parts: Vec<Component> = known.iter().map(|c| c.marginal(&columns)).collect();
        let (mut sum, mut pairs) = (0.0, 0.0);
        for (m, a) in parts.iter().enumerate() {
            for b in &parts[m + 1..] {
                sum += bhattacharyya(a, b).unwrap_or(0.0);
                pairs += 1.0;
            }
        }
        sum / f64::max(pairs, 1.0)
    };
    masks.iter().map(score).collect()
}

/// Combinations in the order that [`OneGaussian::choose`] needs.
pub(super) fn sorted(mut masks: Vec<u32>) -> Vec<u32> {
    masks.sort_by(|a, b| in_order(*a, *b));
    masks
}
