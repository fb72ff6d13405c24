//! The second pass: mixtures fitted without some polygons, and how well they
//! name the facies there.

use std::collections::BTreeSet;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::combination::attributes_of;
use super::hold_out::{LEAKY, ONE_AT_A_TIME, Part, Parts};
use super::rows::{Scaling, by_facies, thin};
use super::{Estimator, HoldOut, Priors, SelectionOptions};
use crate::ml::MlError;
use crate::ml::folds::Folds;
use crate::ml::gmm::{Evaluator, Mixture, fit};
use crate::model::TrainingTable;
use crate::task::{Task, stream};

/// Folds of single voxels, for the number that flatters.
const VOXEL_FOLDS: usize = 5;

/// How well one combination names voxels that it was not fitted to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldOut {
    /// Its attributes, from 1.
    pub indices: Vec<usize>,
    /// Mean recall over the facies, each voxel named by mixtures that saw nothing
    /// of its polygon; nothing where a facies could not be fitted without one.
    pub balanced_accuracy: Option<f64>,
    /// Standard error of it, from how the recall varies between the polygons of
    /// each facies; nothing where a facies has one part only.
    pub standard_error: Option<f64>,
    /// The same with voxels dealt to folds singly: neighbours lie on both sides,
    /// so this is what the combination remembers rather than what it knows.
    pub by_voxel: Option<f64>,
    /// Share of each facies' voxels that were named right.
    pub recall: Vec<f64>,
    /// Voxels by true facies (row) and named facies (column).
    pub confusion: Vec<Vec<u64>>,
    /// Share of the voxels of each part that were named right.
    pub of_part: Vec<f64>,
}

/// Predictions of voxels that took no part in the fit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validation {
    /// How each facies was left out.
    pub how: Vec<HoldOut>,
    /// In how many folds: as many as parts where each was left out alone.
    pub folds: usize,
    /// What was left out together.
    pub parts: Vec<Part>,
    /// One row a combination, in the order asked for.
    pub rows: Vec<HeldOut>,
    /// What the interpreter should know.
    pub warnings: Vec<String>,
}

/// Voxels by true facies (row) and named facies (column).
type Counts = Vec<Vec<u64>>;

/// What became of the voxels left out of one fold: for each combination, the
/// counts of each part in it; nothing where it could not be fitted.
pub type FoldAnswer = Vec<Option<Vec<(u32, Counts)>>>;

/// Combinations to be judged on voxels that they are not fitted to, fold by fold.
///
/// Each fold fits the mixtures of each combination to the rows kept, whose
/// standardisation it takes too, and names each voxel left out
/// argmax_m [ln π_m + ln p(x | facies m)].
pub struct Validator<'a> {
    table: &'a TrainingTable,
    options: &'a SelectionOptions,
    masks: &'a [u32],
    parts: Parts,
    by_voxel: Folds,
}

impl<'a> Validator<'a> {
    /// The most folds there can be.
    pub const MOST_FOLDS: usize = ONE_AT_A_TIME + VOXEL_FOLDS;

    /// Deals the rows to folds. `masks` are the best combinations of each size
    /// and that of all attributes, say.
    pub fn new(table: &'a TrainingTable, options: &'a SelectionOptions, masks: &'a [u32]) -> Self {
        let mut rng = stream(options.seed, "attribute_selection_voxel_folds", &[]);
        Self {
            table,
            options,
            masks,
            parts: Parts::new(table, options.hold_out, options.seed),
            by_voxel: Folds::by_row(&table.class, VOXEL_FOLDS, &mut rng),
        }
    }

    /// How many folds: those of polygons, then those of voxels.
    pub fn folds(&self) -> usize {
        self.parts.folds.count() + self.by_voxel.count()
    }

    /// Judges all combinations on one fold, in parallel. Reports one unit of
    /// progress a combination.
    ///
    /// Cost: that of fitting each combination once.
    pub fn judge(&self, fold: usize, task: &Task) -> Result<FoldAnswer, MlError> {
        let by_part = self.parts.folds.count();
        let (folds, at) = match fold.checked_sub(by_part) {
            None => (&self.parts.folds, fold),
            Some(at) => (&self.by_voxel, at),
        };
        let left_out = folds.left_out(at);
        let pass = Pass::new(self, &folds.kept(at), self.fold_name(fold, &left_out), task)?;
        self.masks
            .par_iter()
            .map(|&mask| {
                let counts = pass.name(mask, &left_out, task)?;
                task.advance(1);
                Ok(counts)
            })
            .collect()
    }

    /// What a fold leaves out, by name: the random numbers of its fits follow from it,
    /// and not from the place of the fold.
    fn fold_name(&self, fold: usize, left_out: &[usize]) -> String {
        if fold >= self.parts.folds.count() {
            return format!("voxels {fold}");
        }
        let parts = left_out.iter().map(|&row| self.parts.of_row[row]);
        let parts: BTreeSet<&str> = parts
            .map(|part| self.parts.all[part as usize].name.as_str())
            .collect();
        format!("{parts:?}")
    }

    /// Joins the answers of all folds, given in order.
    pub fn pool(mut self, answers: &[FoldAnswer]) -> Validation {
        self.parts.measure(self.table);
        let (by_part, by_voxel) = answers.split_at(self.parts.folds.count().min(answers.len()));
        let rows: Vec<HeldOut> = (self.masks.iter().enumerate())
            .map(|(i, &mask)| self.held_out(i, mask, by_part, by_voxel))
            .collect();
        let mut warnings = self.warnings();
        if rows.iter().any(|r| r.balanced_accuracy.is_none()) {
            warnings.push(
                "some combinations could not be fitted without the polygons held out: no accuracy; draw more polygons"
                    .into(),
            );
        }
        Validation {
            folds: self.parts.folds.count(),
            how: self.parts.how,
            parts: self.parts.all,
            rows,
            warnings,
        }
    }

    fn held_out(
        &self,
        i: usize,
        mask: u32,
        by_part: &[FoldAnswer],
        by_voxel: &[FoldAnswer],
    ) -> HeldOut {
        let facies = self.table.classes.len();
        let mut row = HeldOut {
            indices: attributes_of(mask).iter().map(|i| i + 1).collect(),
            balanced_accuracy: None,
            standard_error: None,
            by_voxel: None,
            recall: Vec::new(),
            confusion: vec![vec![0; facies]; facies],
            of_part: Vec::new(),
        };
        if let Some(parts) = gathered(by_voxel, i, 1, facies) {
            row.by_voxel = Some(mean(&recall(&parts[0])));
        }
        let Some(parts) = gathered(by_part, i, self.parts.all.len(), facies) else {
            return row;
        };
        for counts in &parts {
            add(&mut row.confusion, counts);
            row.of_part.push(share_right(counts));
        }
        row.recall = recall(&row.confusion);
        row.balanced_accuracy = Some(mean(&row.recall));
        row.standard_error = standard_error(&parts, &row.recall);
        row
    }

    /// What cannot be told from such polygons.
    fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        for (name, how) in self.table.classes.iter().zip(&self.parts.how) {
            match how {
                HoldOut::Blocks(_) if self.table.group.is_empty() => warnings.push(format!(
                    "the polygons of facies {name} are unknown: blocks of its rows were left out, so its recall is flattering; give a groups file beside the training file"
                )),
                HoldOut::Blocks(_) => warnings.push(format!(
                    "facies {name} has one polygon: whether it would be found elsewhere cannot be told; blocks of it were left out, so its recall is flattering; draw it on another slice too"
                )),
                HoldOut::Polygons(2) => warnings.push(format!(
                    "facies {name} has two polygons, each named from the other alone: how its recall varies from place to place cannot be told; draw a third"
                )),
                HoldOut::Polygons(_) => {}
            }
        }
        let leaky: Vec<&Part> = self.parts.all.iter().filter(|p| p.leaky).collect();
        let nearest = leaky.iter().filter_map(|p| p.distance).reduce(f64::min);
        if let (Some(first), Some(nearest)) = (leaky.first(), nearest) {
            let others = match leaky.len() - 1 {
                0 => String::new(),
                n => format!(" and {n} more"),
            };
            warnings.push(format!(
                "leaky: {}{others} within {LEAKY:.0} traces of voxels fitted (nearest {nearest:.0}): the held-out numbers flatter",
                first.name
            ));
        }
        warnings
    }
}

/// The counts of each part, over all folds; nothing where a fold has none.
fn gathered(folds: &[FoldAnswer], i: usize, parts: usize, facies: usize) -> Option<Vec<Counts>> {
    let mut all = vec![vec![vec![0; facies]; facies]; parts];
    for fold in folds {
        for (part, counts) in fold.get(i)?.as_ref()? {
            add(all.get_mut(*part as usize % parts)?, counts);
        }
    }
    (!folds.is_empty()).then_some(all)
}

fn add(sum: &mut Counts, counts: &Counts) {
    for (a, b) in sum.iter_mut().flatten().zip(counts.iter().flatten()) {
        *a += b;
    }
}

fn recall(counts: &Counts) -> Vec<f64> {
    let of = |(m, row): (usize, &Vec<u64>)| row[m] as f64 / row.iter().sum::<u64>().max(1) as f64;
    counts.iter().enumerate().map(of).collect()
}

fn share_right(counts: &Counts) -> f64 {
    let right: u64 = counts.iter().enumerate().map(|(m, row)| row[m]).sum();
    right as f64 / counts.iter().flatten().sum::<u64>().max(1) as f64
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// Standard error of the mean recall, with polygons as the units that vary:
/// Var(r_m) = P/(P-1) Σ_p (n_p/n)² (r_p - r_m)² for each facies m in P parts, and
/// facies are independent (Cochran 1977, section 6.3: ratio to size).
fn standard_error(parts: &[Counts], recall: &[f64]) -> Option<f64> {
    let mut variance = 0.0;
    for (m, r) in recall.iter().enumerate() {
        let of: Vec<(f64, f64)> = parts
            .iter()
            .map(|counts| (counts[m][m] as f64, counts[m].iter().sum::<u64>() as f64))
            .filter(|(_, n)| *n > 0.0)
            .collect();
        if of.len() < 2 {
            return None;
        }
        let n: f64 = of.iter().map(|(_, n)| n).sum();
        let sum: f64 = of
            .iter()
            .map(|(right, k)| ((right - r * k) / n).powi(2))
            .sum();
        variance += sum * of.len() as f64 / (of.len() - 1) as f64;
    }
    Some(variance.sqrt() / recall.len().max(1) as f64)
}

/// Judges the combinations on all folds here and now.
pub fn validate(
    table: &TrainingTable,
    options: &SelectionOptions,
    masks: &[u32],
    task: &Task,
) -> Result<Validation, MlError> {
    let validator = Validator::new(table, options, masks);
    let answers = (0..validator.folds())
        .map(|fold| validator.judge(fold, task))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(validator.pool(&answers))
}

/// What all combinations of a fold share.
struct Pass<'a> {
    of: &'a Validator<'a>,
    /// What the fold leaves out.
    fold: String,
    scaling: Scaling,
    /// Facies -> attribute -> values of the rows kept.
    columns: Vec<Vec<Vec<f64>>>,
    log_priors: Vec<f64>,
    /// With [`Estimator::Marginal`]: the attributes of `whole`, and the mixtures.
    union: u32,
    whole: Vec<Option<Mixture>>,
}

impl<'a> Pass<'a> {
    fn new(
        of: &'a Validator<'a>,
        kept: &[usize],
        fold: String,
        task: &Task,
    ) -> Result<Self, MlError> {
        let scaling = Scaling::of(of.table, kept);
        let fitted = of.table.rows(kept);
        let mut columns = Vec::new();
        let mut log_priors = Vec::new();
        for (m, rows) in by_facies(&fitted).iter().enumerate() {
            log_priors.push(match of.options.priors {
                Priors::Equal => 0.0,
                Priors::Training => (rows.len() as f64 / fitted.len() as f64).ln(),
            });
            let facies = &of.table.classes[m];
            let name = format!("attribute_selection_fold_rows {fold} {facies:?}");
            let mut rng = stream(of.options.seed, &name, &[]);
            let rows = thin(&fitted, rows, of.options.max_voxels, &mut rng);
            columns.push(scaling.columns(&fitted, &rows));
        }
        let mut pass = Self {
            of,
            fold,
            scaling,
            columns,
            log_priors,
            union: of.masks.iter().fold(0, |a, b| a | b),
            whole: Vec::new(),
        };
        if of.options.estimator == Estimator::Marginal {
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
        let (attributes, table) = (attributes_of(mask), self.of.table);
        let columns: Vec<&[f64]> = (attributes.iter())
            .map(|&i| self.columns[facies][i].as_slice())
            .collect();
        let mut names: Vec<&str> = (attributes.iter())
            .map(|&i| table.attributes[i].as_str())
            .collect();
        names.sort_unstable();
        let (fold, facies) = (&self.fold, &table.classes[facies]);
        let name = format!("attribute_selection_fold {fold} {facies:?} {names:?}");
        let options = self.of.options;
        let mut rng = stream(options.seed, &name, &[]);
        fit(&columns, &options.fit, &mut rng, task)
    }

    /// The density of each facies; a facies without a row kept has none and is
    /// never named. Nothing at all where one with rows could not be fitted.
    fn evaluators(
        &self,
        mask: u32,
        task: &Task,
    ) -> Result<Option<Vec<Option<Evaluator>>>, MlError> {
        let mut evaluators = Vec::new();
        for m in 0..self.columns.len() {
            if self.columns[m].first().is_none_or(Vec::is_empty) {
                evaluators.push(None);
                continue;
            }
            let mixture = match self.of.options.estimator {
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
            evaluators.push(Some(evaluator));
        }
        Ok(Some(evaluators))
    }

    /// Names rows; counts them by part, true facies, and named facies.
    fn name(
        &self,
        mask: u32,
        rows: &[usize],
        task: &Task,
    ) -> Result<Option<Vec<(u32, Counts)>>, MlError> {
        let table = self.of.table;
        let facies = table.classes.len();
        let Some(evaluators) = self.evaluators(mask, task)? else {
            return Ok(None);
        };
        let attributes = attributes_of(mask);
        let mut x = vec![0.0; attributes.len()];
        let mut parts = std::collections::BTreeMap::new();
        for (i, &row) in rows.iter().enumerate() {
            if i % 4096 == 0 {
                task.check()?;
            }
            for (x, &j) in x.iter_mut().zip(&attributes) {
                *x = self.scaling.apply(j, table.values[[row, j]]);
            }
            let mut named = (f64::NEG_INFINITY, 0);
            for (m, evaluator) in evaluators.iter().enumerate() {
                let Some(evaluator) = evaluator else { continue };
                let log = self.log_priors[m] + evaluator.log_density(&x);
                if log > named.0 {
                    named = (log, m);
                }
            }
            let part = self.of.parts.of_row[row];
            let counts = parts
                .entry(part)
                .or_insert_with(|| vec![vec![0; facies]; facies]);
            counts[usize::from(table.class[row])][named.1] += 1;
        }
        Ok(Some(parts.into_iter().collect()))
    }
}
