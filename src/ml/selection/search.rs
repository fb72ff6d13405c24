//! The search over combinations: what is prepared once, and the work on each.

use rayon::prelude::*;

use super::bound::best_of_size;
use super::combination::{Combination, attributes_of};
use super::marginal::score_subtree;
use super::rows::{Scaling, by_facies, check_finite, fitted};
use super::tally::{Ruler, Tally};
use super::{Estimator, FaciesCount, Marginals, Normalisation, Plan, Scope, SelectionOptions};
use crate::ml::MlError;
use crate::ml::gmm::{FitOptions, Mixture, fit};
use crate::model::TrainingTable;
use crate::task::{Stream, Task, stream};

/// Fewest rows of a facies.
const FEWEST: usize = 10;
/// Rows of a facies below which a warning is due.
const FEW: usize = 30;
/// Attributes whose subsets one thread walks over by itself.
const WALKED: usize = 13;

/// A search ready to run: rows standardised and thinned, combinations counted.
pub struct Search {
    pub(super) options: SelectionOptions,
    pub(super) attributes: Vec<String>,
    pub(super) facies: Vec<FaciesCount>,
    pub(super) scaling: Scaling,
    /// Facies -> attribute -> values in standard units.
    pub(super) columns: Vec<Vec<Vec<f64>>>,
    /// Combinations as they were dealt out, constant attributes and all.
    dealt: Plan,
    /// Combinations without constant attributes.
    pub(super) plan: Plan,
    /// With [`Estimator::Marginal`], the mixture of each facies in all usable attributes.
    whole: Vec<Option<Mixture>>,
    pub(super) warnings: Vec<String>,
}

impl Search {
    /// Checks the rows and options, standardises, and thins.
    ///
    /// With [`Estimator::Marginal`], call [`Search::fit_whole`] and
    /// [`Search::set_whole`] before anything is evaluated.
    pub fn new(table: &TrainingTable, options: &SelectionOptions) -> Result<Self, MlError> {
        let dealt = Plan::new(&table.attributes, options)?;
        check_finite(table)?;
        let rows = by_facies(table);
        if rows.len() < 2 {
            return Err(MlError::TooFewFacies { count: rows.len() });
        }
        let mut warnings = Vec::new();
        for (name, rows) in table.classes.iter().zip(&rows) {
            if rows.len() < FEWEST {
                return Err(MlError::TooFewVoxels {
                    facies: name.clone(),
                    voxels: rows.len(),
                    needed: FEWEST,
                });
            }
            if rows.len() < FEW {
                let count = rows.len();
                warnings.push(format!(
                    "facies {name} has only {count} voxels: its statistics are poor; draw more"
                ));
            }
        }
        let all: Vec<usize> = (0..table.len()).collect();
        let scaling = Scaling::of(table, &all);
        let plan = dealt.without(constant(table, options, &scaling, &mut warnings)?)?;
        let mut columns = Vec::new();
        for rows in fitted(table, options.max_voxels, options.seed) {
            columns.push(scaling.columns(table, &rows));
        }
        let dimensions = match options.estimator {
            Estimator::Refit => plan.sizes().clone(),
            Estimator::Marginal => {
                let all = plan.all_attributes().count_ones() as usize;
                all..=all
            }
        };
        for (name, columns) in table.classes.iter().zip(&columns) {
            let rows = columns.first().map_or(0, Vec::len);
            warnings.extend(skipped(name, rows, &options.fit, dimensions.clone()));
        }
        let polygons = table.group_counts();
        Ok(Self {
            options: options.clone(),
            attributes: table.attributes.clone(),
            facies: table
                .classes
                .iter()
                .zip(rows.iter().zip(polygons))
                .map(|(name, (rows, polygons))| FaciesCount {
                    name: name.clone(),
                    voxels: rows.len(),
                    polygons,
                })
                .collect(),
            scaling,
            columns,
            dealt,
            plan,
            whole: Vec::new(),
            warnings,
        })
    }

    /// The combinations, without those of constant attributes.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What the interpreter should know of the rows.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Fits the mixture of each facies in all attributes, for [`Estimator::Marginal`].
    pub fn fit_whole(&self, task: &Task) -> Result<Vec<Option<Mixture>>, MlError> {
        (0..self.facies.len())
            .into_par_iter()
            .map(|m| self.fit_facies(self.plan.all_attributes(), m, task))
            .collect()
    }

    /// Takes the mixtures that [`Search::fit_whole`] gave.
    pub fn set_whole(&mut self, whole: Vec<Option<Mixture>>) {
        self.whole = whole;
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
        fit(
            &columns,
            &self.options.fit,
            &mut self.stream(mask, facies),
            task,
        )
    }

    /// The random numbers of a fit: named by what is fitted, not by its place, so that
    /// another order of facies or attributes is another order of the same answers.
    pub(super) fn stream(&self, mask: u32, facies: usize) -> Stream {
        let mut names: Vec<&str> = (attributes_of(mask).into_iter())
            .map(|i| self.attributes[i].as_str())
            .collect();
        names.sort_unstable();
        let facies = &self.facies[facies].name;
        let name = format!("attribute_selection {facies:?} {names:?}");
        stream(self.options.seed, &name, &[])
    }

    fn mixture(&self, mask: u32, facies: usize, task: &Task) -> Result<Option<Mixture>, MlError> {
        match self.options.estimator {
            Estimator::Refit => self.fit_facies(mask, facies, task),
            Estimator::Marginal => {
                let usable = attributes_of(self.plan.all_attributes());
                let columns: Vec<usize> = (0..usable.len())
                    .filter(|&i| mask >> usable[i] & 1 == 1)
                    .collect();
                let whole = self.whole.get(facies).and_then(Option::as_ref);
                Ok(whole.map(|whole| whole.marginal(&columns)))
            }
        }
    }

    /// The mixtures of all attributes laid out for [`Estimator::Marginal`].
    pub fn marginals(&self) -> Result<Marginals, MlError> {
        Marginals::new(&self.whole, self.plan.all_attributes())
    }

    /// Mixtures and distances of one combination, in parallel over the facies.
    ///
    /// Cost: that of [`fit`] for each facies, or next to nothing with
    /// [`Estimator::Marginal`].
    pub fn evaluate(&self, mask: u32, task: &Task) -> Result<Combination, MlError> {
        let mixtures = (0..self.facies.len())
            .into_par_iter()
            .map(|m| self.mixture(mask, m, task))
            .collect::<Result<_, _>>()?;
        Ok(Combination::new(mask, mixtures))
    }

    /// Evaluates the combinations of one chunk in parallel; the result does not
    /// depend on the number of threads. Reports one unit of progress a combination.
    pub fn evaluate_chunk(&self, chunk: usize, task: &Task) -> Result<Tally, MlError> {
        if let Some(size) = self.dealt.bounded_size(chunk) {
            return self.prove_size(size, task);
        }
        if self.options.estimator == Estimator::Marginal {
            return self.mark_chunk(chunk, task);
        }
        let ruler = self.ruler();
        let left_out = !self.plan.all_attributes();
        let mut masks = self.dealt.chunk(chunk);
        let dealt = masks.len();
        masks.retain(|mask| mask & left_out == 0);
        task.advance((dealt - masks.len()) as u64);
        // Facies by facies: a thread that waited inside a combination for its facies
        // would begin others meanwhile, and none would be done for long.
        let facies = self.facies.len();
        let mixtures = (0..masks.len() * facies)
            .into_par_iter()
            .map(|i| {
                task.check()?;
                let (mask, m) = (masks[i / facies], i % facies);
                let mixture = self.mixture(mask, m, task)?;
                task.advance(u64::from(m + 1 == facies));
                Ok(mixture)
            })
            .collect::<Result<Vec<_>, MlError>>()?;
        let mut mixtures = mixtures.into_iter();
        let mut tally = Tally::default();
        for mask in masks {
            let own = mixtures.by_ref().take(facies).collect();
            tally.add(Combination::new(mask, own), &ruler);
        }
        tally.trim(&ruler);
        Ok(tally)
    }

    /// The tally of a size by branch and bound. A cancel leaves the best so far, and
    /// what no combination can exceed, in the log.
    fn prove_size(&self, size: usize, task: &Task) -> Result<Tally, MlError> {
        let mut tally = Tally::default();
        let (marginals, ruler) = (self.marginals()?, self.ruler());
        let combinations = ruler.of_size.get(size).copied().unwrap_or(0);
        if combinations > 0 {
            let options = &self.options;
            let all_pairs =
                options.scope == Scope::AllPairs || options.normalisation == Normalisation::Eq8;
            let choice = (self.plan.all_attributes(), self.plan.included());
            let visits = options.visits;
            let proof = best_of_size(&marginals, all_pairs, choice, size, visits, task)?;
            if task.check().is_err() {
                let indices = attributes_of(proof.best.mask);
                let names: Vec<&str> =
                    (indices.iter().map(|&i| self.attributes[i].as_str())).collect();
                task.note(&format!(
                    "stopped: of {size} attributes the best so far are {}; the rest can score {:.1} % more at most",
                    names.join(", "),
                    100.0 * (proof.bound / proof.best.score - 1.0)
                ));
                task.check()?;
            }
            // The best by itself, for its score, clusters and pairs of facies.
            let (plan, fixed) = (&self.plan, (proof.best.mask, &[][..]));
            score_subtree(&marginals, plan, options, fixed, &mut |mark, of| {
                tally.add_mark(mark, marginals.clusters(), of.pair_sums, &ruler);
            });
            if let Some(&mark) = tally.marks.first() {
                tally.add_proof(proof, mark, combinations);
            }
        }
        task.advance(1);
        Ok(tally)
    }

    /// The tally of a chunk by [`Estimator::Marginal`]: in parallel over the
    /// choices among its last few attributes.
    fn mark_chunk(&self, chunk: usize, task: &Task) -> Result<Tally, MlError> {
        let dealt = self.dealt.chunk_size(chunk);
        let left_out = !self.plan.all_attributes();
        let (fixed, mut free) = self.dealt.subtree(chunk);
        free.retain(|i| left_out >> i & 1 == 0);
        if fixed & left_out != 0 {
            task.advance(dealt);
            return Ok(Tally::default());
        }
        let split = free.split_off(free.len().min(WALKED));
        let (marginals, ruler) = (self.marginals()?, self.ruler());
        let tallies = (0..1usize << split.len())
            .into_par_iter()
            .map(|code| {
                task.check()?;
                let mut tally = Tally::default();
                let chosen = split
                    .iter()
                    .enumerate()
                    .filter(|(bit, _)| code >> bit & 1 == 1);
                let fixed = chosen.fold(fixed, |mask, (_, i)| mask | 1 << i);
                let (plan, options) = (&self.plan, &self.options);
                score_subtree(
                    &marginals,
                    plan,
                    options,
                    (fixed, &free),
                    &mut |mark, of| {
                        tally.add_mark(mark, marginals.clusters(), of.pair_sums, &ruler);
                    },
                );
                tally.trim(&ruler);
                Ok(tally)
            })
            .collect::<Result<Vec<_>, MlError>>()?;
        let mut whole = Tally::default();
        for tally in tallies {
            whole.merge(tally, &ruler);
        }
        task.advance(dealt);
        Ok(whole)
    }

    /// Joins the tallies of all chunks, given in order; with
    /// [`Estimator::Marginal`] the combinations kept get their mixtures now.
    pub fn join(
        &self,
        tallies: impl IntoIterator<Item = Tally>,
        task: &Task,
    ) -> Result<Tally, MlError> {
        let ruler = self.ruler();
        let mut whole = Tally::default();
        for tally in tallies {
            whole.merge(tally, &ruler);
        }
        let marks = std::mem::take(&mut whole.marks);
        whole.kept.extend(
            marks
                .into_par_iter()
                .map(|mark| self.evaluate(mark.mask, task))
                .collect::<Result<Vec<_>, _>>()?,
        );
        for size in &mut whole.sizes {
            if let Some(mark) = size.best_mark.take() {
                size.best = Some(self.evaluate(mark.mask, task)?);
            }
        }
        whole.trim(&ruler);
        Ok(whole)
    }

    /// Evaluates everything here and now.
    pub fn run(&mut self, task: &Task) -> Result<Tally, MlError> {
        if self.options.estimator == Estimator::Marginal {
            self.whole = self.fit_whole(task)?;
        }
        // Side by side, so that no thread waits for the last fit of a chunk.
        let tallies = (0..self.dealt.chunks())
            .into_par_iter()
            .map(|chunk| self.evaluate_chunk(chunk, task))
            .collect::<Result<Vec<_>, _>>()?;
        self.join(tallies, task)
    }

    pub(super) fn ruler(&self) -> Ruler<'_> {
        let top = match self.options.top {
            0 if self.plan.combinations() <= 4095 => 4095,
            0 => 1000,
            top => top,
        };
        Ruler {
            options: &self.options,
            of_size: self.plan.of_size(),
            top,
        }
    }
}

/// A warning that names the models that a facies has too few voxels for.
fn skipped(
    facies: &str,
    rows: usize,
    fit: &FitOptions,
    dimensions: std::ops::RangeInclusive<usize>,
) -> Option<String> {
    let models: Vec<String> = (fit.unaffordable(rows, dimensions).iter())
        .map(|(model, k, d)| format!("{model} x {k} from {d} attributes"))
        .collect();
    (!models.is_empty()).then(|| {
        format!(
            "facies {facies} has {rows} voxels, fewer than the parameters of models that are skipped: {}",
            models.join(", ")
        )
    })
}

/// Mask of the constant attributes, each with a warning.
fn constant(
    table: &TrainingTable,
    options: &SelectionOptions,
    scaling: &Scaling,
    warnings: &mut Vec<String>,
) -> Result<u32, MlError> {
    let mut mask = 0;
    for (i, name) in table.attributes.iter().enumerate() {
        if !scaling.constant[i] || options.exclude.contains(name) {
            continue;
        }
        if options.include.contains(name) {
            return Err(MlError::Included {
                name: name.clone(),
                reason: "is constant over the training voxels",
            });
        }
        warnings.push(format!(
            "attribute {name} is constant over all training voxels: left out"
        ));
        mask |= 1 << i;
    }
    Ok(mask)
}
