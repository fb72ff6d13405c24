//! Fitting: k-means, SEM, CEM, and the choice by BIC.

use super::density::Parameters;
use super::dice::Dice;
use super::kmeans::Plane;
use super::linear::{at, packed};
use super::pass::{Pass, Room, Rule, Totals};
use super::points::{Moments, Points, TILE, Terms};
use super::record::{Path, Record, Trial};
use super::scatter::Scatter;
use super::sem::Chain;
use super::sums::LaneSums;
use super::{BicLikelihood, Component, CovarianceModel, Finish, FitOptions, Mixture};
use crate::ml::MlError;
use crate::ml::lanes::{LANES, Lanes};
use crate::task::{Stream, Task};

/// Fits the best mixture to the rows of one facies, given as columns of equal
/// length (one an attribute, standardised). Nothing where no model could be
/// fitted: too few rows for every one of them. Models with more parameters than there
/// are rows are skipped, but for the simplest of all that compete.
///
/// For every number of clusters K and every covariance model that differs:
///
/// 1. K = 1: mean and covariance, done.
/// 2. k-means on the two leading principal components, several starts; weights,
///    means and covariances of its clusters in the full space.
/// 3. SEM: posterior, random partition, M-step; the parameters of the largest
///    mixture likelihood are kept. All models draw with the same random fractions.
/// 4. CEM: posterior, likeliest partition, M-step, until the partition repeats.
/// 5. BIC = L - ½ parameters ln(rows), larger is better; ties go to fewer
///    parameters, then the simpler model, then fewer clusters.
///
/// Cost: models x SEM iterations x rows x K x d² / 2. `task` is looked at in
/// every iteration.
///
/// ```
/// use outcrop::ml::gmm::{FitOptions, fit};
/// use outcrop::task::{Task, stream};
/// let x = [0.0, 0.2, 0.4, 0.6, 0.8, 10.0, 10.2, 10.4, 10.6, 10.8];
/// let mixture = fit(&[&x], &FitOptions::default(), &mut stream(1, "fit", &[]), &Task::silent())?;
/// let mixture = mixture.ok_or("too few rows")?;
/// assert_eq!(mixture.components.len(), 2);
/// assert!((mixture.bic - -13.097384).abs() < 1e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn fit(
    columns: &[&[f64]],
    options: &FitOptions,
    rng: &mut Stream,
    task: &Task,
) -> Result<Option<Mixture>, MlError> {
    Ok(fit_recorded(columns, options, rng, task)?.0)
}

/// As [`fit`], with a record of every model tried: the same mixture from the same
/// stream.
pub fn fit_recorded(
    columns: &[&[f64]],
    options: &FitOptions,
    rng: &mut Stream,
    task: &Task,
) -> Result<(Option<Mixture>, Record), MlError> {
    options.check()?;
    let points = Points::new(columns);
    let mut best: Option<Mixture> = None;
    let mut record = Record::default();
    if points.n == 0 || points.d == 0 {
        return Ok((best, record));
    }
    let all = points.all();
    let mut plane = None;
    for k in options.clusters() {
        let mut start = vec![[0.0; LANES]; points.blocks()];
        if k > 1 {
            let plane = plane.get_or_insert_with(|| Plane::new(&points, &all));
            let (starts, iterations) = (options.kmeans_starts, options.kmeans_iterations);
            start = plane.labels(k, starts, iterations, rng);
        }
        let mut fitter = Fitter::new(&points, &all, options, k, rng);
        let models = options.distinct_models(points.d, k);
        let found = fitter.run(&models, &start, task)?;
        for (model, found) in models.into_iter().zip(found) {
            record.trials.push(Trial {
                model,
                clusters: k,
                bic: found.as_ref().map(|(mixture, _)| mixture.bic),
            });
            if let Some((mixture, path)) = found
                && best.as_ref().is_none_or(|best| better(&mixture, best))
            {
                best = Some(mixture);
                record.path = path;
            }
        }
    }
    Ok((best, record))
}

/// Larger BIC; within 1e-9, fewer parameters, then the simpler model, then fewer clusters.
fn better(a: &Mixture, b: &Mixture) -> bool {
    let gap = a.bic - b.bic;
    if gap.abs() > 1e-9 * b.bic.abs() {
        return gap > 0.0;
    }
    let rank = |m: &Mixture| (m.parameters, m.model, m.components.len());
    rank(a) < rank(b)
}

/// The buffers of one number of clusters, shared by all models.
pub(super) struct Fitter<'a> {
    points: &'a Points,
    pub(super) all: &'a Moments,
    pub(super) options: &'a FitOptions,
    k: usize,
    scatter: Scatter,
    /// Of all components but the first.
    sums: Vec<LaneSums>,
    labels: Vec<Lanes>,
    previous: Vec<Lanes>,
    pub(super) dice: Dice,
    /// What draws that are repeated are made with.
    pub(super) spare_dice: Dice,
    pub(super) fractions: Vec<[Lanes; TILE]>,
    room: Box<Room>,
    /// That of the model whose turn it is.
    pub(super) chain: Chain,
}

impl<'a> Fitter<'a> {
    fn new(
        points: &'a Points,
        all: &'a Moments,
        options: &'a FitOptions,
        k: usize,
        rng: &mut Stream,
    ) -> Self {
        let d = points.d;
        Self {
            points,
            all,
            options,
            k,
            scatter: Scatter::new(d, k),
            sums: vec![LaneSums::new(d); k - 1],
            labels: vec![[-1.0; LANES]; points.blocks()],
            previous: vec![[-1.0; LANES]; points.blocks()],
            dice: Dice::new(rng),
            spare_dice: Dice::new(rng),
            fractions: vec![[[0.0; LANES]; TILE]; points.blocks().div_ceil(TILE)],
            room: Box::default(),
            chain: Chain::new(d, k),
        }
    }

    /// Fits each model from the labels of k-means as if it were alone; nothing where a
    /// component gets too small.
    fn run(
        &mut self,
        models: &[CovarianceModel],
        start: &[Lanes],
        task: &Task,
    ) -> Result<Vec<Option<(Mixture, Path)>>, MlError> {
        let (d, n) = (self.points.d, self.points.n);
        let mut chains = Vec::new();
        for &model in models {
            task.check()?;
            let mut chain = Chain::new(d, self.k);
            chain.is_valid = self.options.can_afford(model, (d, self.k), n)
                && self.give_turn(&mut chain, |fitter| fitter.begin(model, start));
            chains.push((model, chain));
        }
        if self.k > 1 && self.options.sem {
            self.sem(&mut chains, task)?;
        }
        let mut found = Vec::new();
        for (model, mut chain) in chains {
            let totals = if chain.is_valid {
                self.give_turn(&mut chain, |fitter| fitter.finish(model, task))?
            } else {
                None
            };
            found.push(
                totals.map(|totals| (self.mixture(model, &chain.current, totals), chain.path)),
            );
        }
        Ok(found)
    }

    /// Works on the chain of one model.
    pub(super) fn give_turn<T>(
        &mut self,
        chain: &mut Chain,
        work: impl FnOnce(&mut Self) -> T,
    ) -> T {
        std::mem::swap(&mut self.chain, chain);
        let out = work(self);
        std::mem::swap(&mut self.chain, chain);
        out
    }

    /// Parameters of the partition of k-means; false where a component is too small.
    fn begin(&mut self, model: CovarianceModel, start: &[Lanes]) -> bool {
        self.labels.clone_from_slice(start);
        self.sum_partition(model);
        self.large_enough(model) && self.m_step(model)
    }

    fn finish(&mut self, model: CovarianceModel, task: &Task) -> Result<Option<Totals>, MlError> {
        if self.k == 1 {
            return Ok(Some(self.pass(Rule::Largest)));
        }
        match self.options.finish {
            Finish::Cem => self.cem(model, task),
            Finish::Em { tolerance } => self.em(model, tolerance, task),
        }
    }

    /// Classification EM to a standstill; nothing where a component gets too small.
    fn cem(&mut self, model: CovarianceModel, task: &Task) -> Result<Option<Totals>, MlError> {
        self.previous.fill([f64::NAN; LANES]);
        let mut totals = Totals::default();
        for iteration in 0..=self.options.cem_iterations {
            task.check()?;
            totals = self.pass(Rule::Largest);
            self.chain.path.cem.push(totals.classification as f32);
            if self.labels == self.previous {
                break;
            }
            if !self.large_enough(model) {
                return Ok(None);
            }
            // The last pass is of the final parameters.
            if iteration == self.options.cem_iterations {
                break;
            }
            if !self.m_step(model) {
                return Ok(None);
            }
            std::mem::swap(&mut self.labels, &mut self.previous);
        }
        Ok(Some(totals))
    }

    /// EM with soft memberships.
    fn em(
        &mut self,
        model: CovarianceModel,
        tolerance: f64,
        task: &Task,
    ) -> Result<Option<Totals>, MlError> {
        let mut last = f64::NEG_INFINITY;
        for _ in 0..10 * self.options.cem_iterations {
            task.check()?;
            let totals = self.pass(Rule::Posterior);
            if (totals.mixture - last).abs() <= tolerance * totals.mixture.abs() {
                break;
            }
            last = totals.mixture;
            if self.chain.moments.iter().any(|m| m.n < 1e-6) || !self.m_step(model) {
                return Ok(None);
            }
        }
        Ok(Some(self.pass(Rule::Largest)))
    }

    /// A pass over the rows, with the moments of what comes of it.
    pub(super) fn pass(&mut self, rule: Rule) -> Totals {
        let pass = Pass {
            points: self.points,
            odds: &self.chain.odds,
            rule,
            fractions: &self.fractions,
            labels: &mut self.labels,
            sums: &mut self.sums,
            room: &mut self.room,
        };
        let totals = pass.make();
        for (moments, sums) in self.chain.moments[1..].iter_mut().zip(&mut self.sums) {
            sums.give(moments);
        }
        self.leave_the_first();
        totals
    }

    /// Moments of the components of the partition at hand.
    fn sum_partition(&mut self, model: CovarianceModel) {
        for k in 1..self.k {
            self.chain.moments[k] = (self.points).moments(model.terms(), &self.labels, k as f64);
        }
        self.leave_the_first();
    }

    /// The first component has what the others leave.
    fn leave_the_first(&mut self) {
        let (first, others) = self.chain.moments.split_at_mut(1);
        first[0].copy_from(self.all);
        for moments in others {
            first[0].subtract(moments);
        }
    }

    pub(super) fn large_enough(&self, model: CovarianceModel) -> bool {
        let share = self.options.smallest_share * self.points.n as f64;
        let smallest = (model.smallest_component(self.points.d) as f64).max(share);
        self.chain.moments.iter().all(|m| m.n >= smallest)
    }

    /// Parameters from the moments; false where a covariance came out unusable.
    pub(super) fn m_step(&mut self, model: CovarianceModel) -> bool {
        let (d, size) = (self.points.d, packed(self.points.d));
        self.chain.current.diagonal = model.is_diagonal();
        self.chain.current.set_means(&self.chain.moments);
        self.scatter.w.fill(0.0);
        for (k, m) in self.chain.moments.iter().enumerate() {
            self.scatter.counts[k] = m.n;
            let mean = &self.chain.current.mean[k * d..(k + 1) * d];
            // One covariance for all is made of the sum of the scatters, which stands
            // in the first's place: that of all rows less that between the means.
            let pooled = model.terms() == Terms::Linear;
            let (place, square) = match (pooled, k) {
                (false, _) => (k, Some(&m.square)),
                (true, 0) => (0, Some(&self.all.square)),
                (true, _) => (0, None),
            };
            let w = &mut self.scatter.w[place * size..(place + 1) * size];
            for i in 0..d {
                for j in if self.chain.current.diagonal { i } else { 0 }..=i {
                    let square = square.map_or(0.0, |s| s[at(i, j)]);
                    w[at(i, j)] += square - m.sum[i] * mean[j];
                }
            }
        }
        for w in self.scatter.w.chunks_exact_mut(size) {
            for i in 0..d {
                // A difference of sums: rounding may leave it just below 0.
                w[at(i, i)] = w[at(i, i)].max(0.0);
            }
        }
        let (floor, axes) = (self.options.floor, &mut self.chain.current.axes);
        let out = &mut self.chain.current.covariance;
        self.chain.current.floored = self.scatter.covariances(model, floor, axes, out);
        self.chain
            .odds
            .set(model.terms(), &self.chain.current, self.all)
    }

    fn mixture(&self, model: CovarianceModel, p: &Parameters, totals: Totals) -> Mixture {
        let (d, size) = (self.points.d, packed(self.points.d));
        let parameters = model.parameters(d, self.k);
        let likelihood = match self.options.bic_likelihood {
            BicLikelihood::Classification => totals.classification,
            BicLikelihood::Mixture => totals.mixture,
        };
        Mixture {
            model,
            components: (0..self.k)
                .map(|k| Component {
                    weight: p.weight[k],
                    mean: (0..d)
                        .map(|j| p.mean[k * d + j] + self.points.centre[j])
                        .collect(),
                    covariance: p.covariance[k * size..(k + 1) * size].to_vec(),
                })
                .collect(),
            rows: self.points.n,
            log_likelihood: totals.classification,
            mixture_log_likelihood: totals.mixture,
            parameters,
            bic: likelihood - 0.5 * parameters as f64 * (self.points.n as f64).ln(),
            floored: p.floored,
        }
    }
}

#[cfg(test)]
mod tests;
