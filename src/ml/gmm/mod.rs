//! Gaussian mixtures of one facies: up to fourteen covariance models, stochastic and
//! classification EM, the number of clusters by BIC, and the distance between
//! clusters.
//!
//! The model is p(x) = Σ_k φ_k N(x; μ_k, Σ_k). [`fit`](fn@fit) starts from k-means,
//! samples with SEM (Celeux and Diebolt 1985), settles with CEM (Celeux and
//! Govaert 1992) and chooses among the covariance models of Celeux and Govaert
//! (1995) and the numbers of clusters by BIC (Schwarz 1978).

mod classify;
mod density;
mod dice;
mod distance;
mod fit;
mod kmeans;
mod linear;
mod mixture;
mod model;
mod odds;
mod options;
mod orientation;
mod partition;
mod pass;
mod points;
mod record;
mod scatter;
mod sem;
mod shape;
mod sums;

pub use classify::{Classified, Classifier};
pub use distance::bhattacharyya;
pub use fit::{fit, fit_recorded};
pub use mixture::{Component, Evaluator, Mixture};
pub use model::CovarianceModel;
pub use options::{BicLikelihood, Finish, FitOptions};
pub use partition::{Sums, components};
pub use record::{Path, Record, Trial};

/// Most clusters that a facies may have.
pub const MAX_CLUSTERS: usize = 8;
