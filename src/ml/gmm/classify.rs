//! Naming the facies of many voxels by the mixtures of each.

#![allow(clippy::inline_always)] // compiled for the registers of the caller

use rayon::prelude::*;

use super::Mixture;
use super::density::Density;
use crate::ml::MlError;
use crate::ml::lanes::{LANES, Lanes, exp, ln};
use crate::task::Task;
use crate::task::wide::{Wide, widest};

/// Voxels that one thread names at once: their values stay in its cache.
const CHUNK: usize = 2048;

/// The Bayes rule over the mixtures of several facies: p(facies m | x) is in
/// proportion to π_m Σ_k φ_k N(x; μ_k, Σ_k).
#[derive(Clone, Debug)]
pub struct Classifier {
    densities: Vec<Density>,
    log_priors: Vec<f64>,
    /// What makes standard units: (value - mean) × scale.
    mean: Vec<f64>,
    scale: Vec<f64>,
    /// Squared distance at which a voxel is outside of a cluster.
    limit: f64,
}

/// What a [`Classifier`] says of voxels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Classified {
    /// Place of the likeliest facies, from 1, the first of equals; 0 where an
    /// attribute is null.
    pub place: Vec<u8>,
    /// Posterior probability of each facies, voxel after voxel; NaN where null.
    pub posterior: Vec<f32>,
    /// True where the voxel lies outside of every cluster.
    pub outside: Vec<bool>,
}

impl Classifier {
    /// Puts the mixtures of at most 127 facies together; they are in standard
    /// units, whose `mean` and `deviation` are given for each of their attributes.
    ///
    /// A voxel is outside of what was learnt where its squared Mahalanobis distance
    /// from every cluster is more than all but `outside` of the cluster's own
    /// voxels have (chi-squared; 0: nothing is outside). An error where mixtures
    /// have not the same attributes, or covariances are not positive definite.
    pub fn new(
        mixtures: &[Mixture],
        priors: &[f64],
        mean: &[f64],
        deviation: &[f64],
        outside: f64,
    ) -> Result<Self, MlError> {
        let d = mean.len();
        let fits = |m: &Mixture| m.dimension() == d;
        if mixtures.is_empty()
            || mixtures.len() > 127
            || priors.len() != mixtures.len()
            || deviation.len() != d
            || !mixtures.iter().all(fits)
            || !priors.iter().all(|p| *p > 0.0 && p.is_finite())
        {
            return Err(MlError::NotComparable);
        }
        let densities = mixtures.iter().map(Mixture::density);
        Ok(Self {
            densities: densities.collect::<Result<_, _>>()?,
            log_priors: priors.iter().map(|p| p.ln()).collect(),
            mean: mean.to_vec(),
            scale: deviation.iter().map(|s| 1.0 / s).collect(),
            limit: chi_squared(d, outside),
        })
    }

    /// How many facies it knows.
    pub fn facies(&self) -> usize {
        self.densities.len()
    }

    /// Seconds that one thread takes for a voxel, about: a line through what 1 to 12
    /// attributes and 2 to 16 clusters take.
    pub fn cost(&self) -> f64 {
        let clusters: usize = self.densities.iter().map(Density::components).sum();
        let (d, clusters) = (self.mean.len() as f64, clusters as f64);
        1e-9 * (25.0 + 3.0 * d + clusters * (3.5 + 1.6 * d))
    }

    /// Names the voxels whose values are given as columns of equal length, one an
    /// attribute, NaN for nulls. The answer does not depend on the threads.
    ///
    /// Cost: voxels x clusters x (attributes² / 2 multiplications + 1 exponential).
    pub fn classify(&self, columns: &[&[f32]], task: &Task) -> Result<Classified, MlError> {
        let n = columns.first().map_or(0, |c| c.len());
        if columns.len() != self.mean.len() || columns.iter().any(|c| c.len() != n) {
            return Err(MlError::NotComparable);
        }
        let mut all = Classified {
            place: vec![0; n],
            posterior: vec![f32::NAN; n * self.facies()],
            outside: vec![false; n],
        };
        let chunks = (all.place.par_chunks_mut(CHUNK))
            .zip(all.posterior.par_chunks_mut(CHUNK * self.facies()))
            .zip(all.outside.par_chunks_mut(CHUNK))
            .enumerate();
        chunks.try_for_each(|(chunk, ((place, posterior), outside))| {
            task.check()?;
            widest(Naming {
                classifier: self,
                columns,
                first: chunk * CHUNK,
                place,
                posterior,
                outside,
            });
            Ok::<(), MlError>(())
        })?;
        Ok(all)
    }

    /// Standard units of up to eight voxels, attribute by attribute; true where one
    /// is null.
    #[inline(always)]
    fn load(
        &self,
        columns: &[&[f32]],
        rows: std::ops::Range<usize>,
        x: &mut [Lanes],
    ) -> [bool; LANES] {
        let mut null = [false; LANES];
        for (j, (x, column)) in x.iter_mut().zip(columns).enumerate() {
            for (t, value) in column[rows.clone()].iter().enumerate() {
                null[t] |= !value.is_finite();
                x[t] = (f64::from(*value) - self.mean[j]) * self.scale[j];
            }
        }
        null
    }

    /// Turns eight voxels into the posteriors of all facies; true where a voxel is
    /// inside of a cluster.
    #[inline(always)]
    fn evaluate(&self, x: &[Lanes], terms: &mut [Lanes]) -> [bool; LANES] {
        let mut inside = [false; LANES];
        let mut top = [f64::NEG_INFINITY; LANES];
        for ((density, prior), term) in self.densities.iter().zip(&self.log_priors).zip(&mut *terms)
        {
            *term = density.log_mixture_lanes(x, self.limit, &mut inside);
            for t in 0..LANES {
                term[t] += prior;
                top[t] = if term[t] > top[t] { term[t] } else { top[t] };
            }
        }
        let mut total = [0.0; LANES];
        for term in &mut *terms {
            for t in 0..LANES {
                term[t] -= top[t];
            }
            *term = exp(term);
            for t in 0..LANES {
                total[t] += term[t];
            }
        }
        for term in terms {
            for t in 0..LANES {
                term[t] /= total[t];
            }
        }
        inside
    }
}

/// Voxels to be named in wide instructions.
struct Naming<'a> {
    classifier: &'a Classifier,
    columns: &'a [&'a [f32]],
    /// Where they begin in the columns.
    first: usize,
    place: &'a mut [u8],
    posterior: &'a mut [f32],
    outside: &'a mut [bool],
}

impl Wide for Naming<'_> {
    type Out = ();

    #[inline(always)]
    fn run(self) {
        let facies = self.classifier.facies();
        let blocks = (self.place.chunks_mut(LANES))
            .zip(self.posterior.chunks_mut(LANES * facies))
            .zip(self.outside.chunks_mut(LANES));
        let mut x = vec![[0.0; LANES]; self.columns.len()];
        let mut terms = vec![[0.0; LANES]; facies];
        for (b, ((place, posterior), outside)) in blocks.enumerate() {
            let first = self.first + b * LANES;
            let rows = first..first + place.len();
            let null = self.classifier.load(self.columns, rows, &mut x);
            let inside = self.classifier.evaluate(&x, &mut terms);
            for t in 0..place.len() {
                if null[t] {
                    continue;
                }
                let mut best = 0;
                for (m, term) in terms.iter().enumerate() {
                    posterior[t * facies + m] = term[t] as f32;
                    best = if term[t] > terms[best][t] { m } else { best };
                }
                place[t] = best as u8 + 1;
                outside[t] = !inside[t];
            }
        }
    }
}

impl Density {
    /// ln p(x) of eight rows; sets `inside` where the squared Mahalanobis distance
    /// from a component is at most `limit`.
    #[inline(always)]
    fn log_mixture_lanes(&self, x: &[Lanes], limit: f64, inside: &mut [bool; LANES]) -> Lanes {
        let mut room = [[0.0; LANES]; super::MAX_CLUSTERS];
        let ratios = &mut room[..self.components()];
        for (k, ratio) in ratios.iter_mut().enumerate() {
            *ratio = self.log_density(k, x);
            let least = self.least(k, limit);
            for t in 0..LANES {
                inside[t] |= ratio[t] >= least;
            }
        }
        let (top, total) = Self::ratios(ratios);
        let logs = ln(&total);
        let mut out = [0.0; LANES];
        for t in 0..LANES {
            out[t] = top[t] + logs[t];
        }
        out
    }
}

/// The value that a sum of `d` squared standard normals exceeds with probability
/// `beyond` (Wilson and Hilferty 1931: within 1 % from 3 dimensions on, 4 % below).
fn chi_squared(d: usize, beyond: f64) -> f64 {
    if beyond <= 0.0 {
        return f64::INFINITY;
    }
    let spread = 2.0 / (9.0 * d as f64);
    d as f64 * (1.0 - spread + normal_quantile(beyond) * spread.sqrt()).powi(3)
}

/// The value that a standard normal exceeds with probability `beyond` <= 0.5
/// (Abramowitz and Stegun 1964, 26.2.23: to 5e-4).
fn normal_quantile(beyond: f64) -> f64 {
    let t = (-2.0 * beyond.ln()).sqrt();
    let above = 2.515_517 + t * (0.802_853 + t * 0.010_328);
    let below = 1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308));
    t - above / below
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ml::gmm::{Component, CovarianceModel};
    use crate::task::stream;

    fn mixture(components: Vec<Component>) -> Mixture {
        Mixture {
            model: CovarianceModel::VVV,
            components,
            rows: 100,
            log_likelihood: 0.0,
            mixture_log_likelihood: 0.0,
            parameters: 1,
            bic: 0.0,
            floored: false,
        }
    }

    fn component(weight: f64, mean: [f64; 2]) -> Component {
        Component {
            weight,
            mean: mean.to_vec(),
            covariance: vec![1.0, 0.3, 0.8],
        }
    }

    fn two() -> [Mixture; 2] {
        [
            mixture(vec![component(0.4, [0.0, 0.0]), component(0.6, [0.5, 3.0])]),
            mixture(vec![component(1.0, [2.0, -1.0])]),
        ]
    }

    #[test]
    fn posteriors_are_those_of_the_bayes_rule() {
        let (mean, deviation, priors) = ([10.0, -2.0], [2.0, 0.5], [0.3, 0.7]);
        let classifier = Classifier::new(&two(), &priors, &mean, &deviation, 0.01).unwrap();
        let mut rng = stream(1, "classify", &[]);
        let mut column = |j: usize| -> Vec<f32> {
            (0..5000)
                .map(|_| (mean[j] + 2.5 * deviation[j] * rng.normal()) as f32)
                .collect()
        };
        let (mut a, b) = (column(0), column(1));
        a[77] = f32::NAN;
        let found = classifier.classify(&[&a, &b], &Task::silent()).unwrap();
        let evaluators: Vec<_> = two().iter().map(|m| m.evaluator().unwrap()).collect();
        for i in 0..5000 {
            let x = [
                (f64::from(a[i]) - mean[0]) / deviation[0],
                (f64::from(b[i]) - mean[1]) / deviation[1],
            ];
            let p = &found.posterior[2 * i..2 * i + 2];
            if i == 77 {
                assert!(p[0].is_nan() && found.place[i] == 0 && !found.outside[i]);
                continue;
            }
            let terms: Vec<f64> = (evaluators.iter().zip(priors))
                .map(|(e, prior)| prior * e.log_density(&x).exp())
                .collect();
            let exact = terms[1] / (terms[0] + terms[1]);
            assert!((f64::from(p[1]) - exact).abs() < 1e-6, "row {i}");
            assert!((p[0] + p[1] - 1.0).abs() < 1e-6);
            assert_eq!(found.place[i], 1 + u8::from(p[1] > p[0]));
        }
    }

    /// Of voxels that belong to one cluster the asked-for share is outside.
    #[test]
    fn the_share_outside_is_that_asked_for() {
        for (d, beyond) in [(1, 0.01), (2, 0.05), (4, 0.01), (9, 0.02)] {
            let sphere = Component {
                weight: 1.0,
                mean: vec![0.0; d],
                covariance: (0..d)
                    .flat_map(|i| (0..=i).map(move |j| f64::from(u8::from(i == j))))
                    .collect(),
            };
            let (mean, deviation) = (vec![0.0; d], vec![1.0; d]);
            let classifier =
                Classifier::new(&[mixture(vec![sphere])], &[1.0], &mean, &deviation, beyond)
                    .unwrap();
            let mut rng = stream(2, "outside", &[d as u64]);
            let columns: Vec<Vec<f32>> = (0..d)
                .map(|_| (0..40_000).map(|_| rng.normal() as f32).collect())
                .collect();
            let columns: Vec<&[f32]> = columns.iter().map(Vec::as_slice).collect();
            let found = classifier.classify(&columns, &Task::silent()).unwrap();
            let share = found.outside.iter().filter(|o| **o).count() as f64 / 40_000.0;
            assert!(
                (share / beyond - 1.0).abs() < 0.2,
                "{d}: {share} of {beyond}"
            );
        }
    }

    #[test]
    fn what_does_not_fit_together_is_an_error() {
        let wrong = |mixtures: &[Mixture], priors: &[f64], d: usize| {
            Classifier::new(mixtures, priors, &vec![0.0; d], &vec![1.0; d], 0.0).is_err()
        };
        assert!(!wrong(&two(), &[0.5, 0.5], 2));
        assert!(wrong(&two(), &[0.5, 0.5], 3));
        assert!(wrong(&two(), &[0.5], 2));
        assert!(wrong(&two(), &[0.5, 0.0], 2));
        assert!(wrong(&[], &[], 2));
        let classifier = Classifier::new(&two(), &[0.5, 0.5], &[0.0; 2], &[1.0; 2], 0.0).unwrap();
        assert!(classifier.classify(&[&[1.0]], &Task::silent()).is_err());
        let far = classifier
            .classify(&[&[1e30], &[1.0]], &Task::silent())
            .unwrap();
        assert!(!far.outside[0], "0 puts nothing outside");
    }
}
