//! What came of a search: the best of each size, the winner, the knee.

use serde::{Deserialize, Serialize};

use super::combination::{Combination, attributes_of, facies_pairs, in_order};
use super::tally::{Ruler, Tally};
use super::{AttributeRanks, Details, Scaling, Search, Stability, Validation};
use crate::ml::MlError;
use crate::ml::gmm::{CovarianceModel, Mixture};

/// The knee is the smallest size with this share of the largest score.
pub(super) const KNEE: f64 = 0.95;
/// Below this mean distance two facies are not separable: the best rule may
/// still confuse 47 % of their voxels.
const NOT_SEPARABLE: f64 = 0.05;

/// A facies and how well it was picked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaciesCount {
    /// Its name.
    pub name: String,
    /// All its training voxels.
    pub voxels: usize,
    /// Its polygons; 0 where they are unknown.
    pub polygons: usize,
}

/// What was compared at one size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SizeCount {
    /// Attributes in a combination.
    pub size: usize,
    /// How many combinations.
    pub combinations: u64,
    /// Clusters of all facies in all of them.
    pub clusters: u64,
    /// Unordered pairs of clusters within the combinations.
    pub comparisons: u64,
}

/// The best combination of one size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SizeRow {
    /// How many attributes.
    pub size: usize,
    /// Their names.
    pub attributes: Vec<String>,
    /// Their places in the list of attributes, from 1.
    pub indices: Vec<usize>,
    /// The score that ranks: the default one unless another scope or
    /// normalisation was asked for.
    pub score: f64,
    /// Average cumulative distance: mean over pairs of clusters of different facies.
    pub average_cumulative_distance: f64,
    /// The literal equation (8).
    pub eq8: f64,
    /// Mean of `score` over all combinations of this size.
    pub mean_over_combinations: f64,
    /// Clusters of each facies.
    pub clusters: Vec<usize>,
    /// Covariance model of each facies.
    pub models: Vec<CovarianceModel>,
    /// Classification log-likelihood of each facies.
    pub log_likelihood: Vec<f64>,
    /// BIC of each facies, larger is better.
    pub bic: Vec<f64>,
    /// Facies whose covariance had to be held off zero.
    pub floored: Vec<bool>,
    /// Mean recall on polygons left out, where validation was asked for.
    pub held_out_balanced_accuracy: Option<f64>,
    /// Its standard error, polygons being what varies.
    pub held_out_standard_error: Option<f64>,
    /// Mean recall on voxels left out singly, which flatters.
    pub by_voxel_balanced_accuracy: Option<f64>,
}

/// A combination in the table of all of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ranked {
    /// Attributes, from 1.
    pub indices: Vec<usize>,
    /// The score that ranks; nothing where a facies could not be fitted.
    pub score: Option<f64>,
    /// Average cumulative distance.
    pub average_cumulative_distance: Option<f64>,
    /// The literal equation (8).
    pub eq8: Option<f64>,
    /// Clusters of each facies.
    pub clusters: Vec<usize>,
    /// Covariance model of each facies.
    pub models: Vec<CovarianceModel>,
    /// True where a covariance had to be held off zero.
    pub floored: bool,
}

/// The result of attribute selection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Selection {
    /// How many combinations were tried.
    pub combinations: u64,
    /// All candidate attributes, in order.
    pub attributes: Vec<String>,
    /// The facies, in order.
    pub facies: Vec<FaciesCount>,
    /// What was compared at each size.
    pub counts: Vec<SizeCount>,
    /// The best combination of each size.
    pub best_per_size: Vec<SizeRow>,
    /// The best of all: the nominal result.
    pub winner: SizeRow,
    /// The smallest size with 95 % of the winner's score.
    pub knee: SizeRow,
    /// The size with the highest held-out accuracy, where there is one.
    pub best_validated: Option<SizeRow>,
    /// The smallest size whose held-out accuracy is within one standard error of
    /// the highest (Breiman and others 1984).
    pub one_standard_error: Option<SizeRow>,
    /// Pairs of facies that no combination separates.
    pub not_separable: Vec<(String, String)>,
    /// Combinations by size and list, or the best where there are too many.
    pub ranked: Vec<Ranked>,
    /// Mixtures of each facies for each row of `best_per_size`, in standard units.
    pub mixtures: Vec<Vec<Mixture>>,
    /// Mean and deviation that make standard units.
    pub scaling: Scaling,
    /// How the held-out voxels were predicted.
    pub validation: Option<Validation>,
    /// What lies behind the rows of `best_per_size`.
    pub details: Option<Details>,
    /// How far the answer hangs on the polygons.
    pub stability: Option<Stability>,
    /// What other rankers say of each attribute.
    pub rankers: Option<Vec<AttributeRanks>>,
    /// What the interpreter should know.
    pub warnings: Vec<String>,
}

impl Search {
    /// Names the best of each size, the winner and the knee.
    ///
    /// Within a size and over sizes the largest score wins; ties (1e-9) go to
    /// fewer attributes, then to the lexicographically first list.
    pub fn summarise(&self, tally: &Tally) -> Result<Selection, MlError> {
        let ruler = self.ruler();
        let mut best: Vec<&Combination> = Vec::new();
        let mut best_per_size = Vec::new();
        let mut counts = Vec::new();
        for (size, of) in tally
            .sizes
            .iter()
            .enumerate()
            .filter(|(_, t)| t.combinations > 0)
        {
            counts.push(SizeCount {
                size,
                combinations: of.combinations,
                clusters: of.clusters,
                comparisons: of.comparisons,
            });
            if let Some(combination) = &of.best {
                best.push(combination);
                let mean = of.score_sum / of.valid as f64;
                best_per_size.push(self.row(combination, mean, &ruler));
            }
        }
        let (winner, knee) = winner_and_knee(&best, &ruler).ok_or(MlError::NothingFitted)?;
        let mut warnings = self.warnings.clone();
        let invalid: u64 = tally.sizes.iter().map(|s| s.combinations - s.valid).sum();
        if invalid > 0 {
            warnings.push(format!(
                "{invalid} combinations could not be fitted for all facies: listed without a score"
            ));
        }
        if best_per_size[winner].floored.contains(&true) {
            warnings.push(
                "a facies hardly varies in the winner's attributes: its distances depend on the covariance floor"
                    .into(),
            );
        }
        let mut kept: Vec<&Combination> = tally.kept.iter().collect();
        kept.sort_by(|a, b| in_order(a.mask, b.mask));
        Ok(Selection {
            combinations: counts.iter().map(|c| c.combinations).sum(),
            attributes: self.attributes.clone(),
            facies: self.facies.clone(),
            counts,
            winner: best_per_size[winner].clone(),
            knee: best_per_size[knee].clone(),
            best_per_size,
            best_validated: None,
            one_standard_error: None,
            not_separable: self.not_separable(tally),
            ranked: kept.into_iter().map(|c| ranked(c, &ruler)).collect(),
            mixtures: best.iter().map(|c| c.mixtures.clone()).collect(),
            scaling: self.scaling.clone(),
            validation: None,
            details: None,
            stability: None,
            rankers: None,
            warnings,
        })
    }

    fn row(&self, c: &Combination, mean: f64, ruler: &Ruler) -> SizeRow {
        let attributes = attributes_of(c.mask);
        let Ranked {
            indices,
            score,
            average_cumulative_distance,
            eq8,
            clusters,
            models,
            ..
        } = ranked(c, ruler);
        SizeRow {
            size: c.size(),
            attributes: attributes
                .iter()
                .map(|&i| self.attributes[i].clone())
                .collect(),
            indices,
            score: score.unwrap_or(f64::NAN),
            average_cumulative_distance: average_cumulative_distance.unwrap_or(f64::NAN),
            eq8: eq8.unwrap_or(f64::NAN),
            mean_over_combinations: mean,
            clusters,
            models,
            log_likelihood: c.mixtures.iter().map(|m| m.log_likelihood).collect(),
            bic: c.mixtures.iter().map(|m| m.bic).collect(),
            floored: c.mixtures.iter().map(|m| m.floored).collect(),
            held_out_balanced_accuracy: None,
            held_out_standard_error: None,
            by_voxel_balanced_accuracy: None,
        }
    }

    fn not_separable(&self, tally: &Tally) -> Vec<(String, String)> {
        facies_pairs(self.facies.len())
            .zip(&tally.pair_largest)
            .filter(|(_, largest)| **largest < NOT_SEPARABLE)
            .map(|((m, l), _)| (self.facies[m].name.clone(), self.facies[l].name.clone()))
            .collect()
    }
}

fn ranked(c: &Combination, ruler: &Ruler) -> Ranked {
    Ranked {
        indices: attributes_of(c.mask).iter().map(|i| i + 1).collect(),
        score: ruler.score(c),
        average_cumulative_distance: c.average_cumulative_distance(),
        eq8: c.eq8(ruler.of_size[c.size()]),
        clusters: c.clusters(),
        models: c.mixtures.iter().map(|m| m.model).collect(),
        floored: c.mixtures.iter().any(|m| m.floored),
    }
}

/// Places of the winner and the knee among the best of each size.
fn winner_and_knee(best: &[&Combination], ruler: &Ruler) -> Option<(usize, usize)> {
    let winner =
        (0..best.len()).reduce(|a, b| if ruler.beats(best[b], best[a]) { b } else { a })?;
    let largest = ruler.score(best[winner])?;
    let knee = best
        .iter()
        .position(|c| ruler.score(c).is_some_and(|s| s >= KNEE * largest))?;
    Some((winner, knee))
}

impl Selection {
    /// Masks of the rows of `best_per_size`.
    pub fn best_masks(&self) -> Vec<u32> {
        let mask = |row: &SizeRow| row.indices.iter().fold(0, |mask, i| mask | 1u32 << (i - 1));
        self.best_per_size.iter().map(mask).collect()
    }

    /// Takes up the accuracies of a validation and names the size that did best;
    /// ties go to fewer attributes.
    pub fn set_validation(&mut self, validation: Validation) {
        let rows = self
            .best_per_size
            .iter_mut()
            .chain([&mut self.winner, &mut self.knee]);
        for row in rows {
            let held_out = validation.rows.iter().find(|h| h.indices == row.indices);
            row.held_out_balanced_accuracy = held_out.and_then(|h| h.balanced_accuracy);
            row.held_out_standard_error = held_out.and_then(|h| h.standard_error);
            row.by_voxel_balanced_accuracy = held_out.and_then(|h| h.by_voxel);
        }
        let accuracy = |row: &SizeRow| row.held_out_balanced_accuracy.unwrap_or(-1.0);
        let judged = || {
            let rows = self.best_per_size.iter();
            rows.filter(|row| row.held_out_balanced_accuracy.is_some())
        };
        let best = judged().reduce(|a, b| if accuracy(b) > accuracy(a) { b } else { a });
        let least = best.and_then(|b| Some(accuracy(b) - b.held_out_standard_error?));
        self.one_standard_error = least
            .and_then(|least| judged().find(|row| accuracy(row) >= least))
            .cloned();
        self.best_validated = best.cloned();
        self.warnings.extend(validation.warnings.iter().cloned());
        self.validation = Some(validation);
    }

    /// Takes up how far the answer hangs on the polygons.
    pub fn set_stability(&mut self, stability: Stability) {
        self.warnings.extend(stability.warnings.iter().cloned());
        self.stability = Some(stability);
    }
}
