//! What a fit tried, and how its likelihood went.

use serde::{Deserialize, Serialize};

use super::CovarianceModel;

/// The models that competed, and the path of the one taken.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Every model and number of clusters tried, in order.
    pub trials: Vec<Trial>,
    /// The likelihoods of the one taken.
    pub path: Path,
}

/// A covariance model with a number of clusters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    /// The model.
    pub model: CovarianceModel,
    /// How many clusters.
    pub clusters: usize,
    /// Its BIC, larger is better; nothing where a cluster got too
    /// small for it, or the rows were fewer than its parameters.
    pub bic: Option<f64>,
}

/// Log-likelihoods from iteration to iteration; empty for one cluster.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Path {
    /// Of the mixture, before each draw of SEM.
    pub sem: Vec<f32>,
    /// Of the partition, in each iteration of CEM: never falls.
    pub cem: Vec<f32>,
}
