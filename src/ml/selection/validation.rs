//! The second pass: mixtures fitted without some polygons, and how well they
//! name the facies there.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::combination::attributes_of;
use super::rows::{Scaling, by_facies, thin};
use super::{Estimator, HoldOut, Priors, SelectionOptions, Split};
use crate::ml::MlError;
use crate::ml::gmm::{Evaluator, Mixture, fit};
use crate::model::TrainingTable;
use crate::task::{Task, stream};

/// How well one combination names voxels that it was not fitted to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldOut {
    /// Its attributes, from 1.
    pub indices: Vec<usize>,
    /// Mean recall over the facies; nothing where a facies could not be fitted
    /// without the polygons held out.
    pub balanced_accuracy: Option<f64>,
    /// Share of each facies' held-out voxels that were named right.
    pub recall: Vec<f64>,
    /// Held-out voxels by true facies (row) and named facies (column).
    pub confusion: Vec<Vec<u64>>,
}

/// Predictions of voxels that took no part in the fit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validation {
    /// How each facies was split.
    pub how: Vec<HoldOut>,
    /// Voxels of each facies that mixtures were fitted to, before thinning.
    pub fitted: Vec<usize>,
    /// Voxels of each facies that were held out.
    pub held_out: Vec<usize>,
    /// One row a combination, in the order asked for.
    pub rows: Vec<HeldOut>,
    /// What the interpreter should know.
    pub warnings: Vec<String>,
}

/// Holds out about `options.hold_out` of each facies by whole polygons, fits the
/// mixtures of each combination to the rest, and names each held-out voxel
/// argmax_m [ln π_m + ln p(x | facies m)].
///
/// Standardisation comes from the rows fitted to alone. `masks` are the best
/// combinations of each size and that of all attributes, say; reports one unit
/// of progress each.
pub fn validate(
    table: &TrainingTable,
    options: &SelectionOptions,
    masks: &[u32],
    task: &Task,
) -> Result<Validation, MlError> {
    let pass = Pass::new(table, options, masks, task)?;
    let rows = masks
        .par_iter()
        .map(|&mask| {
            let row = pass.predict(mask, task)?;
            task.advance(1);
            Ok(row)
        })
        .collect::<Result<Vec<_>, MlError>>()?;
    let count = |rows: &[usize]| {
        let mut counts = vec![0; table.classes.len()];
        for &row in rows {
            counts[usize::from(table.class[row])] += 1;
        }
        counts
    };
    let mut warnings = Vec::new();
    for (name, how) in table.classes.iter().zip(&pass.split.how) {
        if *how == HoldOut::Block {
            warnings.push(format!(
                "facies {name} has one polygon: a block of it was held out, so its recall is flattering; draw it on another slice too"
            ));
        }
    }
    if rows.iter().any(|r| r.balanced_accuracy.is_none()) {
        warnings.push(
            "some combinations could not be fitted without the polygons held out: no accuracy; draw more polygons"
                .into(),
        );
    }
    Ok(Validation {
        fitted: count(&pass.split.fit),
        held_out: count(&pass.split.held_out),
        how: pass.split.how,
        rows,
        warnings,
    })
}

/// What all combinations share.
struct Pass<'a> {
    table: &'a TrainingTable,
    options: &'a SelectionOptions,
    split: Split,
    scaling: Scaling,
    /// Facies -> attribute -> values.
    columns: Vec<Vec<Vec<f64>>>,
    log_priors: Vec<f64>,
    /// With [`Estimator::Marginal`]: the attributes of `whole`, and the mixtures.
    union: u32,
    whole: Vec<Option<Mixture>>,
}

impl<'a> Pass<'a> {
    fn new(
        table: &'a TrainingTable,
        options: &'a SelectionOptions,
        masks: &[u32],
        task: &Task,
    ) -> Result<Self, MlError> {
        let split = Split::new(table, options.hold_out, options.seed);
        let scaling = Scaling::of(table, &split.fit);
        let fitted = table.rows(&split.fit);
        let by_facies = by_facies(&fitted);
        let mut columns = Vec::new();
        let mut log_priors = Vec::new();
        for (m, rows) in by_facies.iter().enumerate() {
            log_priors.push(match options.priors {
                Priors::Equal => 0.0,
                Priors::Training => (rows.len() as f64 / fitted.len() as f64).ln(),
            });
            let mut rng = stream(
                options.seed,
                "attribute_selection_validation_rows",
                &[m as u64],
            );
            let rows = thin(&fitted, rows, options.max_voxels, &mut rng);
            columns.push(scaling.columns(&fitted, &rows));
        }
        let mut pass = Self {
            table,
            options,
            split,
            scaling,
            columns,
            log_priors,
            union: masks.iter().fold(0, |a, b| a | b),
            whole: Vec::new(),
        };
        if options.estimator == Estimator::Marginal {
            pass.whole = (0..pass.columns.len())
                .into_par_iter()
                .map(|m| pass.fit_facies(pass.union, m, task))
                .collect::<Result<_, _>>()?;
        }
        Ok(pass)
    }

    fn fit_facies(
        &self,
        mask: u32,
        facies: usize,
        task: &Task,
    ) -> Result<Option<Mixture>, MlError> {
        let columns: Vec<&[f64]> = attributes_of(mask)
            .into_iter()
            .map(|i| self.columns[facies][i].as_slice())
            .collect();
        let items = [u64::from(mask), facies as u64];
        let mut rng = stream(self.options.seed, "attribute_selection_validation", &items);
        fit(&columns, &self.options.fit, &mut rng, task)
    }

    fn evaluators(&self, mask: u32, task: &Task) -> Result<Option<Vec<Evaluator>>, MlError> {
        let mut evaluators = Vec::new();
        for m in 0..self.columns.len() {
            let mixture = match self.options.estimator {
                Estimator::Refit => self.fit_facies(mask, m, task)?,
                Estimator::Marginal => {
                    let union = attributes_of(self.union);
                    let chosen: Vec<usize> = (0..union.len())
                        .filter(|&i| mask >> union[i] & 1 == 1)
                        .collect();
                    self.whole[m].as_ref().map(|whole| whole.marginal(&chosen))
                }
            };
            let Some(evaluator) = mixture.and_then(|m| m.evaluator().ok()) else {
                return Ok(None);
            };
            evaluators.push(evaluator);
        }
        Ok(Some(evaluators))
    }

    fn predict(&self, mask: u32, task: &Task) -> Result<HeldOut, MlError> {
        let facies = self.table.classes.len();
        let attributes = attributes_of(mask);
        let mut held_out = HeldOut {
            indices: attributes.iter().map(|i| i + 1).collect(),
            balanced_accuracy: None,
            recall: Vec::new(),
            confusion: vec![vec![0; facies]; facies],
        };
        let Some(evaluators) = self.evaluators(mask, task)? else {
            return Ok(held_out);
        };
        let mut x = vec![0.0; attributes.len()];
        for (i, &row) in self.split.held_out.iter().enumerate() {
            if i % 4096 == 0 {
                task.check()?;
            }
            for (x, &j) in x.iter_mut().zip(&attributes) {
                *x = self.scaling.apply(j, self.table.values[[row, j]]);
            }
            let mut named = (f64::NEG_INFINITY, 0);
            for (m, evaluator) in evaluators.iter().enumerate() {
                let log = self.log_priors[m] + evaluator.log_density(&x);
                if log > named.0 {
                    named = (log, m);
                }
            }
            held_out.confusion[usize::from(self.table.class[row])][named.1] += 1;
        }
        held_out.recall = held_out
            .confusion
            .iter()
            .enumerate()
            .map(|(m, row)| row[m] as f64 / row.iter().sum::<u64>().max(1) as f64)
            .collect();
        held_out.balanced_accuracy = Some(held_out.recall.iter().sum::<f64>() / facies as f64);
        Ok(held_out)
    }
}
