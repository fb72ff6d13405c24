//! Fitting: k-means, SEM, CEM, and the choice by BIC.

use super::density::{Density, Parameters, Rule, SMALLEST_FRACTION, Totals};
use super::kmeans;
use super::lanes::{LANES, Lanes};
use super::linear::{at, packed};
use super::model::Scatter;
use super::points::{Moments, Points};
use super::{BicLikelihood, Component, CovarianceModel, Finish, FitOptions, Mixture};
use crate::ml::MlError;
use crate::task::{Stream, Task};

/// How often a draw that leaves a component too small is repeated.
const REDRAWS: usize = 10;

/// Fits the best mixture to the rows of one facies, given as columns of equal
/// length (one an attribute, standardised). Nothing where no model could be
/// fitted: too few rows for every one of them.
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
    options.check()?;
    let points = Points::new(columns);
    let mut best: Option<Mixture> = None;
    if points.n == 0 || points.d == 0 {
        return Ok(best);
    }
    let all = points.all();
    let mut projected = Vec::new();
    for k in options.clusters() {
        let start = if k > 1 {
            if projected.is_empty() {
                projected = kmeans::project(&points, &all);
            }
            let (starts, iterations) = (options.kmeans_starts, options.kmeans_iterations);
            kmeans::labels(&projected, k, starts, iterations, rng)
        } else {
            Vec::new()
        };
        let mut fitter = Fitter::new(&points, &all, options, k);
        for model in options.distinct_models(points.d, k) {
            if let Some(found) = fitter.run(model, &start, rng, task)? {
                best = Some(match best {
                    Some(best) if !better(&found, &best) => best,
                    _ => found,
                });
            }
        }
    }
    Ok(best)
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
    density: Density,
    scatter: Scatter,
    current: Parameters,
    kept: Parameters,
    moments: Vec<Moments>,
    labels: Vec<Lanes>,
    previous: Vec<Lanes>,
}

impl<'a> Fitter<'a> {
    fn new(points: &'a Points, all: &'a Moments, options: &'a FitOptions, k: usize) -> Self {
        let d = points.d;
        Self {
            points,
            all,
            options,
            k,
            density: Density::new(d, k),
            scatter: Scatter::new(d, k),
            current: Parameters::new(d, k),
            kept: Parameters::new(d, k),
            moments: vec![Moments::default(); k],
            labels: vec![[-1.0; LANES]; points.blocks()],
            previous: vec![[-1.0; LANES]; points.blocks()],
        }
    }

    /// Fits one model from the labels of k-means; nothing where a component gets too small.
    fn run(
        &mut self,
        model: CovarianceModel,
        start: &[Lanes],
        rng: &mut Stream,
        task: &Task,
    ) -> Result<Option<Mixture>, MlError> {
        task.check()?;
        if self.k == 1 {
            self.moments[0].copy_from(self.all);
        } else {
            self.labels.copy_from_slice(start);
            self.sum_partition(model);
        }
        if !self.large_enough(model) || !self.m_step(model) {
            return Ok(None);
        }
        if self.k == 1 {
            let totals = self
                .density
                .pass(self.points, &mut Rule::Largest, &mut self.labels);
            return Ok(Some(self.mixture(model, totals)));
        }
        if self.options.sem {
            self.sem(model, rng, task)?;
        }
        let totals = match self.options.finish {
            Finish::Cem => self.cem(model, task)?,
            Finish::Em { tolerance } => self.em(model, tolerance, task)?,
        };
        Ok(totals.map(|totals| self.mixture(model, totals)))
    }

    /// Stochastic EM: ends on the parameters of the largest mixture likelihood met.
    fn sem(
        &mut self,
        model: CovarianceModel,
        rng: &mut Stream,
        task: &Task,
    ) -> Result<(), MlError> {
        let mut largest = f64::NEG_INFINITY;
        for iteration in 0..=self.options.sem_iterations {
            task.check()?;
            std::mem::swap(&mut self.labels, &mut self.previous);
            let rule = &mut Rule::Draw(rng);
            let totals = self.density.pass(self.points, rule, &mut self.labels);
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
            self.sum_partition(model);
            if !self.large_enough(model) && !self.redraw(model, rng) {
                break;
            }
            if !self.m_step(model) {
                break;
            }
        }
        std::mem::swap(&mut self.current, &mut self.kept);
        self.density.set(&self.current);
        Ok(())
    }

    /// Repeats a draw that left a component too small; at last takes the likeliest partition.
    fn redraw(&mut self, model: CovarianceModel, rng: &mut Stream) -> bool {
        for attempt in 0..=REDRAWS {
            let rule = &mut if attempt < REDRAWS {
                Rule::Draw(rng)
            } else {
                Rule::Largest
            };
            self.density.pass(self.points, rule, &mut self.labels);
            self.sum_partition(model);
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
            totals = self
                .density
                .pass(self.points, &mut Rule::Largest, &mut self.labels);
            if self.labels == self.previous {
                break;
            }
            self.sum_partition(model);
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
        let blocks = self.points.blocks();
        let mut weights = vec![[0.0; LANES]; self.k * blocks];
        let mut last = f64::NEG_INFINITY;
        for _ in 0..10 * self.options.cem_iterations {
            task.check()?;
            let rule = &mut Rule::Posterior(&mut weights);
            let totals = self.density.pass(self.points, rule, &mut self.labels);
            if (totals.mixture - last).abs() <= tolerance * totals.mixture.abs() {
                break;
            }
            last = totals.mixture;
            for (k, moments) in self.moments.iter_mut().enumerate() {
                let weight = |b: usize| weights[k * blocks + b];
                self.points.moments(!model.is_diagonal(), weight, moments);
            }
            if self.moments.iter().any(|m| m.n < 1e-6) || !self.m_step(model) {
                return Ok(None);
            }
        }
        let totals = self
            .density
            .pass(self.points, &mut Rule::Largest, &mut self.labels);
        Ok(Some(totals))
    }

    /// Moments of the components of a partition: the first is what the others leave.
    fn sum_partition(&mut self, model: CovarianceModel) {
        let full = !model.is_diagonal();
        let (first, others) = self.moments.split_at_mut(1);
        first[0].copy_from(self.all);
        for (k, moments) in others.iter_mut().enumerate() {
            let label = (k + 1) as f64;
            let member = |b: usize| self.labels[b].map(|l| if l == label { 1.0 } else { 0.0 });
            self.points.moments(full, member, moments);
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
        let full = !model.is_diagonal();
        self.current.diagonal = model.is_diagonal();
        self.current.set_means(&self.moments);
        for (k, m) in self.moments.iter().enumerate() {
            self.scatter.counts[k] = m.n;
            let mean = &self.current.mean[k * d..(k + 1) * d];
            let w = &mut self.scatter.w[k * size..(k + 1) * size];
            for i in 0..d {
                for j in if full { 0 } else { i }..=i {
                    w[at(i, j)] = m.square[at(i, j)] - m.sum[i] * mean[j];
                }
                // A difference of sums: rounding may leave it just below 0.
                w[at(i, i)] = w[at(i, i)].max(0.0);
            }
        }
        let out = &mut self.current.covariance;
        self.current.floored = self.scatter.covariances(model, self.options.floor, out);
        self.density.set(&self.current)
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
mod tests {
    use super::*;
    use crate::task::stream;
    use CovarianceModel::{EEE, EII, VII, VVV};

    const TEN: [f64; 10] = [0.0, 0.2, 0.4, 0.6, 0.8, 10.0, 10.2, 10.4, 10.6, 10.8];

    fn fitted(columns: &[&[f64]], options: &FitOptions) -> Mixture {
        let rng = &mut stream(20_211_011, "fit", &[]);
        fit(columns, options, rng, &Task::silent())
            .unwrap()
            .unwrap()
    }

    fn only(models: &[CovarianceModel], clusters: usize) -> FitOptions {
        FitOptions {
            models: models.to_vec(),
            max_clusters: clusters,
            fixed_clusters: true,
            ..FitOptions::default()
        }
    }

    fn close(a: f64, b: f64, tolerance: f64) {
        assert!((a - b).abs() <= tolerance, "{a} is not {b}");
    }

    /// Rows of two Gaussians, one column an attribute, reproducible.
    fn blobs(n: usize, d: usize, gap: f64, seed: u64) -> Vec<Vec<f64>> {
        let mut rng = stream(seed, "blobs", &[]);
        let mut columns = vec![Vec::with_capacity(n); d];
        for i in 0..n {
            let shift = if i % 3 == 0 { gap } else { 0.0 };
            let shared = rng.normal();
            for (j, column) in columns.iter_mut().enumerate() {
                let spread = 1.0 + 0.2 * j as f64;
                column.push(shift + 0.5 * shared + spread * rng.normal());
            }
        }
        columns
    }

    fn slices(columns: &[Vec<f64>]) -> Vec<&[f64]> {
        columns.iter().map(Vec::as_slice).collect()
    }

    #[test]
    fn ten_points_have_the_published_likelihood_and_bic() {
        for sem in [false, true] {
            let two = fitted(
                &[&TEN],
                &FitOptions {
                    sem,
                    ..only(&[EII], 2)
                },
            );
            let mut means: Vec<f64> = two.components.iter().map(|c| c.mean[0]).collect();
            means.sort_by(f64::total_cmp);
            close(means[0], 0.4, 1e-12);
            close(means[1], 10.4, 1e-12);
            for c in &two.components {
                close(c.covariance[0], 0.08, 1e-12);
                close(c.weight, 0.5, 1e-12);
            }
            close(two.log_likelihood, -8.492_214, 1e-6);
            assert_eq!(two.parameters, 4);
            close(two.bic, -13.097_384, 1e-6);
            let variable = fitted(
                &[&TEN],
                &FitOptions {
                    sem,
                    ..only(&[VVV], 2)
                },
            );
            assert_eq!((variable.model, variable.parameters), (VII, 5));
            close(variable.bic, -14.248_677, 1e-6);
            let one = fitted(
                &[&TEN],
                &FitOptions {
                    sem,
                    ..only(&[VVV], 1)
                },
            );
            assert_eq!((one.model, one.parameters), (EII, 2));
            close(one.components[0].covariance[0], 25.08, 1e-12);
            close(one.log_likelihood, -30.299_739, 1e-6);
            close(one.bic, -32.602_324, 1e-6);
            let best = fitted(
                &[&TEN],
                &FitOptions {
                    sem,
                    ..FitOptions::default()
                },
            );
            assert_eq!((best.model, best.components.len()), (EII, 2));
        }
    }

    /// A normal sample cut at its median: per row -1.605933 against -1.418939.
    #[test]
    fn one_gaussian_stays_one_cluster() {
        let mut rng = stream(5, "one", &[]);
        let x: Vec<f64> = (0..4000).map(|_| rng.normal()).collect();
        let best = fitted(&[&x], &FitOptions::default());
        assert_eq!(best.components.len(), 1);
        // SEM lets the needless component die out, so halves come of CEM alone.
        let options = FitOptions {
            sem: false,
            cem_iterations: 1,
            ..only(&[EII], 2)
        };
        let halves = fitted(&[&x], &options);
        close(best.log_likelihood / 4000.0, -1.418_939, 0.03);
        close(halves.log_likelihood / 4000.0, -1.605_933, 0.05);
    }

    /// Without a limit on small clusters SEM finds two close rows in many of these.
    #[test]
    fn chance_neighbours_are_no_cluster() {
        let split = |smallest_share| {
            let counted = |seed: &u64| {
                let mut rng = stream(*seed, "chance", &[]);
                let x: [Vec<f64>; 2] = [0, 1].map(|_| (0..150).map(|_| rng.normal()).collect());
                let options = FitOptions {
                    smallest_share,
                    ..FitOptions::default()
                };
                fitted(&[&x[0], &x[1]], &options).components.len() > 1
            };
            (0..40).filter(counted).count()
        };
        assert!(split(0.05) <= 1, "{}", split(0.05));
    }

    #[test]
    fn cem_never_lowers_the_classification_likelihood() {
        let columns = blobs(301, 3, 1.5, 7);
        let points = Points::new(&slices(&columns));
        let all = points.all();
        let options = FitOptions::default();
        for start in 0..100 {
            let mut rng = stream(start, "start", &[]);
            let model = CovarianceModel::ALL[start as usize % 9];
            let mut fitter = Fitter::new(&points, &all, &options, 2);
            for b in 0..points.blocks() {
                for t in 0..points.live(b) {
                    fitter.labels[b][t] = rng.below(2) as f64;
                }
            }
            let mut last = f64::NEG_INFINITY;
            for _ in 0..30 {
                fitter.sum_partition(model);
                if !fitter.large_enough(model) {
                    break;
                }
                assert!(fitter.m_step(model));
                let totals = fitter
                    .density
                    .pass(&points, &mut Rule::Largest, &mut fitter.labels);
                assert!(
                    totals.classification >= last - 1e-9 * last.abs(),
                    "{model}: {} after {last}",
                    totals.classification
                );
                last = totals.classification;
            }
            assert!(last.is_finite());
        }
    }

    #[test]
    fn separated_clusters_are_one_answer_for_sem_cem_and_em() {
        let columns = blobs(600, 2, 25.0, 8);
        let x = slices(&columns);
        let exact: Vec<f64> = (0..2)
            .map(|j| {
                let members: Vec<f64> = columns[j].iter().step_by(3).copied().collect();
                members.iter().sum::<f64>() / members.len() as f64
            })
            .collect();
        for (sem, finish) in [
            (true, Finish::Cem),
            (false, Finish::Cem),
            (true, Finish::Em { tolerance: 1e-12 }),
        ] {
            let m = fitted(
                &x,
                &FitOptions {
                    sem,
                    finish,
                    ..only(&[VVV], 2)
                },
            );
            let far = &m.components[usize::from(m.components[1].mean[0] > 12.0)];
            for j in 0..2 {
                close(far.mean[j], exact[j], 1e-9);
            }
            close(far.weight, 1.0 / 3.0, 1e-9);
        }
    }

    #[test]
    fn overlapping_clusters_count_as_two_only_for_the_mixture_likelihood() {
        let columns = blobs(3000, 1, 3.2, 9);
        let x = slices(&columns);
        let by = |bic_likelihood| {
            let options = FitOptions {
                bic_likelihood,
                ..only(&[EII], 2)
            };
            fitted(&x, &options)
        };
        let (hard, soft) = (
            by(BicLikelihood::Classification),
            by(BicLikelihood::Mixture),
        );
        assert_eq!(hard.log_likelihood, soft.log_likelihood);
        assert!(hard.log_likelihood < soft.mixture_log_likelihood);
        close(hard.bic, hard.log_likelihood - 2.0 * 3000.0_f64.ln(), 1e-9);
        close(
            soft.bic,
            soft.mixture_log_likelihood - 2.0 * 3000.0_f64.ln(),
            1e-9,
        );
    }

    #[test]
    fn constant_and_repeated_attributes_are_floored_not_fatal() {
        let columns = blobs(100, 2, 6.0, 10);
        let constant = vec![1.5; 100];
        let m = fitted(&[&columns[0], &constant], &only(&[EEE], 1));
        assert!(m.floored);
        close(m.components[0].covariance[2], 1e-6, 1e-15);
        let m = fitted(&[&columns[0], &columns[0]], &FitOptions::default());
        assert!(m.bic.is_finite());
        for model in CovarianceModel::ALL {
            for k in 1..=2 {
                let options = only(&[model], k);
                let rng = &mut stream(1, "flat", &[]);
                let found = fit(&[&constant, &constant], &options, rng, &Task::silent()).unwrap();
                assert!(
                    found.is_none_or(|m| m.floored && m.bic.is_finite()),
                    "{model} {k}"
                );
            }
        }
    }

    #[test]
    fn too_few_rows_give_nothing() {
        let rng = &mut stream(1, "few", &[]);
        let x = [1.0, 2.0, 3.0];
        let y = [0.0, 1.0, 0.5];
        let columns: [&[f64]; 2] = [&x, &y];
        let full = fit(&columns, &only(&[VVV], 2), rng, &Task::silent()).unwrap();
        assert!(full.is_none(), "3 rows cannot make two full covariances");
        assert!(
            fit(&[&[]], &FitOptions::default(), rng, &Task::silent())
                .unwrap()
                .is_none()
        );
        assert!(
            fit(&[], &FitOptions::default(), rng, &Task::silent())
                .unwrap()
                .is_none()
        );
    }

    #[test]
    fn options_are_checked_and_cancel_is_heard() {
        let rng = &mut stream(1, "options", &[]);
        let wrong = FitOptions {
            max_clusters: 9,
            ..FitOptions::default()
        };
        assert!(fit(&[&TEN], &wrong, rng, &Task::silent()).is_err());
        let wrong = FitOptions {
            models: vec![],
            ..FitOptions::default()
        };
        assert!(fit(&[&TEN], &wrong, rng, &Task::silent()).is_err());
        let flag = crate::task::CancelFlag::default();
        flag.raise();
        let task = Task {
            cancel: &flag,
            ..Task::silent()
        };
        let stopped = fit(&[&TEN], &FitOptions::default(), rng, &task);
        assert_eq!(stopped, Err(MlError::Cancelled(crate::task::Cancelled)));
    }

    #[test]
    fn three_clusters_are_found_among_up_to_four() {
        let mut rng = stream(11, "three", &[]);
        let x: Vec<f64> = (0..900)
            .map(|i| f64::from(i % 3) * 12.0 + rng.normal())
            .collect();
        let options = FitOptions {
            max_clusters: 4,
            ..FitOptions::default()
        };
        assert_eq!(fitted(&[&x], &options).components.len(), 3);
    }
}
