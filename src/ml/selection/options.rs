//! What a search for attributes is told.

use serde::{Deserialize, Serialize};

use crate::ml::MlError;
use crate::ml::gmm::FitOptions;

/// Which pairs of clusters count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scope {
    /// Clusters of different facies: what separates facies.
    #[default]
    BetweenFacies,
    /// All clusters: splitting one facies into distant clusters counts too.
    AllPairs,
}

/// How the sum of distances becomes a score.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Normalisation {
    /// Divided by the number of pairs: the mean distance.
    #[default]
    Pairs,
    /// The literal equation (8) of the course notes: the sum over ordered pairs
    /// of all T clusters, divided by T² and by the number of combinations of the size.
    Eq8,
    /// The mean distance, divided by the number of attributes.
    PerDimension,
}

/// Where the mixtures of a combination come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Estimator {
    /// Fitted anew to each combination.
    #[default]
    Refit,
    /// Marginals of one mixture a facies in all attributes: thousands of times
    /// faster, but clusters and models cannot change with the combination.
    Marginal,
}

/// How probable each facies is before an attribute is seen, in validation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Priors {
    /// All alike.
    #[default]
    Equal,
    /// As in the training rows.
    Training,
}

/// All parameters of a [`Search`](super::Search).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SelectionOptions {
    /// How each mixture is fitted.
    pub fit: FitOptions,
    /// Which pairs of clusters count.
    pub scope: Scope,
    /// How the sum becomes a score.
    pub normalisation: Normalisation,
    /// Where the mixtures come from.
    pub estimator: Estimator,
    /// Smallest number of attributes in a combination.
    pub smallest: usize,
    /// Largest number of attributes in a combination; all where it is 0.
    pub largest: usize,
    /// Attributes that every combination holds.
    pub include: Vec<String>,
    /// Attributes that none holds.
    pub exclude: Vec<String>,
    /// How many combinations the table of all of them lists, best first; all
    /// where it is 0, as long as those are at most 4095, else 1000.
    pub top: usize,
    /// With more combinations than can be tried one by one: sets that the search for
    /// the best of one size looks at, at most.
    pub visits: u64,
    /// Rows of a facies that mixtures are fitted to, at most; no limit where it is 0.
    pub max_voxels: usize,
    /// Share of each facies' rows that validation holds out; 0: no validation.
    pub hold_out: f64,
    /// Probabilities of the facies in validation.
    pub priors: Priors,
    /// Seed of all random choices.
    pub seed: u64,
}

impl Default for SelectionOptions {
    fn default() -> Self {
        Self {
            fit: FitOptions::default(),
            scope: Scope::BetweenFacies,
            normalisation: Normalisation::Pairs,
            estimator: Estimator::Refit,
            smallest: 1,
            largest: 0,
            include: Vec::new(),
            exclude: Vec::new(),
            top: 0,
            visits: 20_000_000,
            max_voxels: 5000,
            hold_out: 0.2,
            priors: Priors::Equal,
            seed: 20_211_011,
        }
    }
}

impl SelectionOptions {
    /// An error that names the first value that makes no sense by itself.
    pub fn check(&self) -> Result<(), MlError> {
        self.fit.check()?;
        let wrong = |option, reason| Err(MlError::Option { option, reason });
        if !(0.0..=0.5).contains(&self.hold_out) {
            return wrong("hold-out", "must be a share from 0 to 0.5");
        }
        if self.largest != 0 && self.smallest > self.largest {
            return wrong("sizes", "must be smallest:largest");
        }
        Ok(())
    }

    /// Most combinations that are tried one by one.
    pub fn most_combinations(&self) -> u64 {
        match self.estimator {
            Estimator::Refit => (1 << 16) - 1,
            Estimator::Marginal => (1 << 24) - 1,
        }
    }
}
