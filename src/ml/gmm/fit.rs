//! Fitting: k-means, SEM, CEM, and the choice by BIC.

use super::density::Parameters;
use super::kmeans::Plane;
use super::linear::{at, packed};
use super::odds::Odds;
use super::pass::{Dice, Pass, Room, Rule, SMALLEST_FRACTION, Totals};
use super::points::{Moments, Points, Terms};
use super::record::{Path, Record, Trial};
use super::scatter::Scatter;
use super::sums::LaneSums;
use super::{BicLikelihood, Component, CovarianceModel, Finish, FitOptions, Mixture};
use crate::ml::MlError;
use crate::ml::lanes::{LANES, Lanes};
use crate::task::{Stream, Task};

/// How often a draw that leaves a component too small is repeated.
const REDRAWS: usize = 10;

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
///    mixture likelihood are kept.
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
        for model in options.distinct_models(points.d, k) {
            fitter.path = Path::default();
            let found = if options.can_afford(model, (points.d, k), points.n) {
                fitter.run(model, &start, task)?
            } else {
                None
            };
            record.trials.push(Trial {
                model,
                clusters: k,
                bic: found.as_ref().map(|m| m.bic),
            });
            if let Some(found) = found
                && best.as_ref().is_none_or(|best| better(&found, best))
            {
                best = Some(found);
                record.path = std::mem::take(&mut fitter.path);
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
struct Fitter<'a> {
    points: &'a Points,
    all: &'a Moments,
    options: &'a FitOptions,
    k: usize,
    odds: Odds,
    scatter: Scatter,
    current: Parameters,
    kept: Parameters,
    moments: Vec<Moments>,
    /// Of all components but the first.
    sums: Vec<LaneSums>,
    labels: Vec<Lanes>,
    previous: Vec<Lanes>,
    dice: Dice,
    room: Box<Room>,
    path: Path,
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
            odds: Odds::new(d, k),
            scatter: Scatter::new(d, k),
            current: Parameters::new(d, k),
            kept: Parameters::new(d, k),
            moments: vec![Moments::new(d); k],
            sums: vec![LaneSums::new(d); k - 1],
            labels: vec![[-1.0; LANES]; points.blocks()],
            previous: vec![[-1.0; LANES]; points.blocks()],
            dice: Dice::new(rng),
            room: Box::default(),
            path: Path::default(),
        }
    }

    /// Fits one model from the labels of k-means; nothing where a component gets too small.
    fn run(
        &mut self,
        model: CovarianceModel,
        start: &[Lanes],
        task: &Task,
    ) -> Result<Option<Mixture>, MlError> {
        task.check()?;
        self.labels.clone_from_slice(start);
        self.current.axes.clear();
        self.sum_partition(model);
        if !self.large_enough(model) || !self.m_step(model) {
            return Ok(None);
        }
        if self.k == 1 {
            let totals = self.pass(Rule::Largest);
            return Ok(Some(self.mixture(model, totals)));
        }
        if self.options.sem {
            self.sem(model, task)?;
        }
        let totals = match self.options.finish {
            Finish::Cem => self.cem(model, task)?,
            Finish::Em { tolerance } => self.em(model, tolerance, task)?,
        };
        Ok(totals.map(|totals| self.mixture(model, totals)))
    }

    /// Stochastic EM: ends on the parameters of the largest mixture likelihood met.
    fn sem(&mut self, model: CovarianceModel, task: &Task) -> Result<(), MlError> {
        let mut largest = f64::NEG_INFINITY;
        for iteration in 0..=self.options.sem_iterations {
            task.check()?;
            std::mem::swap(&mut self.labels, &mut self.previous);
            let totals = self.pass(Rule::Draw);
            self.path.sem.push(totals.mixture as f32);
            if totals.mixture > largest {
                largest = totals.mixture;
                self.kept.copy_from(&self.current);
            }
            // No draw can differ any more, and this one changed nothing: all
            // further iterations are this one again.
            let settled = totals.doubt < SMALLEST_FRACTION && self.labels == self.previous;
            if settled || iteration == self.options.sem_iterations {
                break;
            }
            if !self.large_enough(model) && !self.redraw(model) {
                break;
            }
            if !self.m_step(model) {
                break;
            }
        }
        std::mem::swap(&mut self.current, &mut self.kept);
        self.odds.set(model.terms(), &self.current, self.all);
        Ok(())
    }

    /// Repeats a draw that left a component too small; at last takes the likeliest partition.
    fn redraw(&mut self, model: CovarianceModel) -> bool {
        for attempt in 0..=REDRAWS {
            self.pass(if attempt < REDRAWS {
                Rule::Draw
            } else {
                Rule::Largest
            });
            if self.large_enough(model) {
                return true;
            }
        }
        false
    }

    /// Classification EM to a standstill; nothing where a component gets too small.
    fn cem(&mut self, model: CovarianceModel, task: &Task) -> Result<Option<Totals>, MlError> {
        self.previous.fill([f64::NAN; LANES]);
        let mut totals = Totals::default();
        for iteration in 0..=self.options.cem_iterations {
            task.check()?;
            totals = self.pass(Rule::Largest);
            self.path.cem.push(totals.classification as f32);
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
            if self.moments.iter().any(|m| m.n < 1e-6) || !self.m_step(model) {
                return Ok(None);
            }
        }
        Ok(Some(self.pass(Rule::Largest)))
    }

    /// A pass over the rows, with the moments of what comes of it.
    fn pass(&mut self, rule: Rule) -> Totals {
        let pass = Pass {
            points: self.points,
            odds: &self.odds,
            rule,
            dice: &mut self.dice,
            labels: &mut self.labels,
            sums: &mut self.sums,
            room: &mut self.room,
        };
        let totals = pass.make();
        for (moments, sums) in self.moments[1..].iter_mut().zip(&mut self.sums) {
            sums.give(moments);
        }
        self.leave_the_first();
        totals
    }

    /// Moments of the components of the partition at hand.
    fn sum_partition(&mut self, model: CovarianceModel) {
        for k in 1..self.k {
            self.moments[k] = (self.points).moments(model.terms(), &self.labels, k as f64);
        }
        self.leave_the_first();
    }

    /// The first component has what the others leave.
    fn leave_the_first(&mut self) {
        let (first, others) = self.moments.split_at_mut(1);
        first[0].copy_from(self.all);
        for moments in others {
            first[0].subtract(moments);
        }
    }

    fn large_enough(&self, model: CovarianceModel) -> bool {
        let share = self.options.smallest_share * self.points.n as f64;
        let smallest = (model.smallest_component(self.points.d) as f64).max(share);
        self.moments.iter().all(|m| m.n >= smallest)
    }

    /// Parameters from the moments; false where a covariance came out unusable.
    fn m_step(&mut self, model: CovarianceModel) -> bool {
        let (d, size) = (self.points.d, packed(self.points.d));
        self.current.diagonal = model.is_diagonal();
        self.current.set_means(&self.moments);
        self.scatter.w.fill(0.0);
        for (k, m) in self.moments.iter().enumerate() {
            self.scatter.counts[k] = m.n;
            let mean = &self.current.mean[k * d..(k + 1) * d];
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
                for j in if self.current.diagonal { i } else { 0 }..=i {
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
        let (floor, axes) = (self.options.floor, &mut self.current.axes);
        let out = &mut self.current.covariance;
        self.current.floored = self.scatter.covariances(model, floor, axes, out);
        self.odds.set(model.terms(), &self.current, self.all)
    }

    fn mixture(&self, model: CovarianceModel, totals: Totals) -> Mixture {
        let (d, size) = (self.points.d, packed(self.points.d));
        let p = &self.current;
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
