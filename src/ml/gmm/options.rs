//! How mixtures are fitted.

use serde::{Deserialize, Serialize};

use super::{CovarianceModel, MAX_CLUSTERS};
use crate::ml::MlError;

/// Which likelihood BIC weighs against the parameters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum BicLikelihood {
    /// That of the partition, which CEM maximises. It is at most the mixture's,
    /// so clusters that overlap do not count as two.
    #[default]
    Classification,
    /// That of the mixture, as most packages have it.
    Mixture,
}

/// How a fit ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Finish {
    /// CEM until the partition repeats.
    #[default]
    Cem,
    /// Plain EM with soft memberships, until the mixture log-likelihood changes
    /// by less than `tolerance` relative to itself: to compare with other packages.
    Em {
        /// Relative change to stop at.
        tolerance: f64,
    },
}

/// All parameters of [`fit`](fn@super::fit).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FitOptions {
    /// Most clusters a facies may have.
    pub max_clusters: usize,
    /// Exactly `max_clusters` clusters, instead of as many as BIC says.
    pub fixed_clusters: bool,
    /// Covariance models that compete: by default the nine of closed form.
    pub models: Vec<CovarianceModel>,
    /// Most iterations of one k-means run.
    pub kmeans_iterations: usize,
    /// How many k-means runs there are; the one of least inertia is taken.
    pub kmeans_starts: usize,
    /// SEM between k-means and the finish.
    pub sem: bool,
    /// Iterations of SEM.
    pub sem_iterations: usize,
    /// Most iterations of CEM (or of EM, times ten).
    pub cem_iterations: usize,
    /// How the fit ends.
    pub finish: Finish,
    /// What BIC weighs.
    pub bic_likelihood: BicLikelihood,
    /// Smallest share of the rows that a cluster may have. The likelihood of a
    /// mixture has no upper bound (Day 1969), so that without a limit the best
    /// of 200 random partitions is often two or three rows that happen to lie
    /// close, at an enormous distance from everything else.
    pub smallest_share: f64,
    /// Smallest eigenvalue that covariances are held at, in squared units of the rows.
    pub floor: f64,
}

impl Default for FitOptions {
    fn default() -> Self {
        Self {
            max_clusters: 2,
            fixed_clusters: false,
            models: CovarianceModel::CLOSED_FORM.to_vec(),
            kmeans_iterations: 300,
            kmeans_starts: 10,
            sem: true,
            sem_iterations: 200,
            cem_iterations: 200,
            finish: Finish::Cem,
            bic_likelihood: BicLikelihood::Classification,
            smallest_share: 0.05,
            floor: 1e-6,
        }
    }
}

impl FitOptions {
    /// An error that names the first value that makes no sense.
    pub fn check(&self) -> Result<(), MlError> {
        let wrong = |option, reason| Err(MlError::Option { option, reason });
        if !(1..=MAX_CLUSTERS).contains(&self.max_clusters) {
            return wrong("max clusters", "must be 1 to 8");
        }
        if self.models.is_empty() {
            return wrong("models", "are empty; name at least one, or nine");
        }
        if !(0.0..=0.5).contains(&self.smallest_share) {
            return wrong("smallest cluster", "must be a share from 0 to 0.5");
        }
        if !(self.floor > 0.0 && self.floor.is_finite()) {
            return wrong("covariance floor", "must be above 0; try 1e-6");
        }
        Ok(())
    }

    /// The numbers of clusters to try.
    pub(super) fn clusters(&self) -> std::ops::RangeInclusive<usize> {
        if self.fixed_clusters {
            self.max_clusters..=self.max_clusters
        } else {
            1..=self.max_clusters
        }
    }

    /// The models and numbers of clusters that have more parameters than there are rows,
    /// each with the smallest of these dimensions where that is so. They are not fitted.
    pub fn unaffordable(
        &self,
        rows: usize,
        dimensions: std::ops::RangeInclusive<usize>,
    ) -> Vec<(CovarianceModel, usize, usize)> {
        let mut found: Vec<(CovarianceModel, usize, usize)> = Vec::new();
        for d in dimensions {
            for k in self.clusters() {
                for model in self.distinct_models(d, k) {
                    let is_new = found.iter().all(|f| (f.0, f.1) != (model, k));
                    if is_new && !self.can_afford(model, (d, k), rows) {
                        found.push((model, k, d));
                    }
                }
            }
        }
        found
    }

    /// True for a model that has no more parameters than there are rows, and for the
    /// simplest model of the fewest clusters: something is tried in any case.
    pub(super) fn can_afford(
        &self,
        model: CovarianceModel,
        (d, k): (usize, usize),
        rows: usize,
    ) -> bool {
        let is_first =
            k == *self.clusters().start() && self.distinct_models(d, k).first() == Some(&model);
        is_first || model.parameters(d, k) <= rows
    }

    /// The models that differ for `k` clusters in `d` dimensions, simplest first.
    pub(super) fn distinct_models(&self, d: usize, k: usize) -> Vec<CovarianceModel> {
        let mut models: Vec<_> = self.models.iter().map(|m| m.simplest(d, k)).collect();
        models.sort_unstable();
        models.dedup();
        models
    }
}
