//! What lies behind the best combination of each size: the models tried, and
//! some rows to see the clusters among.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::combination::attributes_of;
use super::{Combination, Estimator, Search};
use crate::ml::MlError;
use crate::ml::gmm::{Record, fit_recorded};
use crate::task::Task;

/// Rows of a facies that are kept to be drawn.
const DRAWN: usize = 200;

/// The fits of the best combinations, looked at closely.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Details {
    /// Row of `best_per_size` -> facies -> what its fit tried.
    pub fits: Vec<Vec<Record>>,
    /// Row of `best_per_size` -> mean distance of each pair of facies, in the
    /// order (1,2) (1,3) ... (2,3) ...
    pub pairs: Vec<Vec<f64>>,
    /// Facies -> attribute -> values of some rows, in standard units.
    pub points: Vec<Vec<Vec<f32>>>,
}

impl Search {
    /// Looks closely at some combinations: each is fitted once more, with the same
    /// random numbers, so that its record belongs to its mixtures.
    pub fn details(&self, best: &[&Combination], task: &Task) -> Result<Details, MlError> {
        let facies = 0..self.facies.len();
        let fits = best
            .par_iter()
            .map(|c| {
                facies
                    .clone()
                    .map(|m| self.record(c.mask, m, task))
                    .collect()
            })
            .collect::<Result<_, _>>()?;
        let thinned = |column: &Vec<f64>| {
            let every = column.len().div_ceil(DRAWN).max(1);
            column.iter().step_by(every).map(|v| *v as f32).collect()
        };
        Ok(Details {
            fits,
            pairs: best.iter().map(|c| c.pair_means()).collect(),
            points: self
                .columns
                .iter()
                .map(|columns| columns.iter().map(thinned).collect())
                .collect(),
        })
    }

    fn record(&self, mask: u32, facies: usize, task: &Task) -> Result<Record, MlError> {
        let mask = match self.options.estimator {
            Estimator::Refit => mask,
            Estimator::Marginal => self.plan.all_attributes(),
        };
        let columns: Vec<&[f64]> = attributes_of(mask)
            .into_iter()
            .map(|i| self.columns[facies][i].as_slice())
            .collect();
        let mut rng = self.stream(mask, facies);
        Ok(fit_recorded(&columns, &self.options.fit, &mut rng, task)?.1)
    }
}
