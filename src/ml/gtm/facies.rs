//! Facies on the sheet: the density of the picked voxels of each, and what each
//! voxel's responsibilities have in common with it.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::lanes::{LANES, Lanes, Overlap};
use super::model::{CHUNK, Gtm, Mapper, Place};
use super::{GtmError, Places};
use crate::task::wide::widest;

/// How responsibilities are compared with the density of a facies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Compare {
    /// By the Bhattacharyya coefficient, sum of sqrt(r q).
    #[default]
    Bhattacharyya,
    /// By sum of r q / g, where g is the density of the training rows: Bayes' rule
    /// node by node.
    Bayes,
}

/// A likelihood below this tells nothing.
const NOTHING: f64 = 1e-300;
/// A density below this is no divisor.
const EMPTY: f64 = 1e-12;
/// Facies with a coefficient above this cannot be told apart.
pub(super) const ALIKE: f64 = 0.99;

/// A map with the densities of facies on it.
#[derive(Clone, Debug)]
pub struct FaciesMap {
    /// Names of the facies.
    pub names: Vec<String>,
    /// Density of each on the nodes, summing to 1.
    pub densities: Vec<Vec<f64>>,
    /// Voxels whose best likelihood is below this get no class.
    pub reject: f64,
    mapper: Mapper,
    /// What a pass multiplies: sqrt(q), or q / g.
    factors: Vec<Vec<Lanes>>,
    compare: Compare,
}

/// Voxels on a map with facies; NaN, and class 0, where a value is missing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mapped {
    /// Where they lie.
    pub places: Places,
    /// For each facies the likelihood, 0 to 1 for the Bhattacharyya coefficient.
    pub likelihood: Vec<Vec<f32>>,
    /// For each facies the probability; they sum to 1.
    pub probability: Vec<Vec<f32>>,
    /// Number of the most probable facies from 1; 0 for none.
    pub class: Vec<u8>,
    /// Its probability.
    pub confidence: Vec<f32>,
    /// The second largest probability over the largest.
    pub ambiguity: Vec<f32>,
}

impl FaciesMap {
    /// Puts facies on a map: for each its name and density, and the density of the
    /// training rows. `smooth` widens the densities by a Gaussian of so many nodes.
    pub fn new(
        map: &Gtm,
        facies: Vec<(String, Option<Vec<f64>>)>,
        background: &[f64],
        compare: Compare,
        smooth: f64,
        reject: f64,
    ) -> Result<FaciesMap, GtmError> {
        let (mut names, mut densities) = (Vec::new(), Vec::new());
        for (name, density) in facies {
            let Some(density) = density else {
                return Err(GtmError::EmptyFacies { name });
            };
            densities.push(smoothed(&density, map.options.grid, smooth));
            names.push(name);
        }
        let factors = densities.iter().map(|q| {
            let mut lanes = vec![[0.0; LANES]; q.len().div_ceil(LANES)];
            for (k, q) in q.iter().enumerate() {
                lanes[k / LANES][k % LANES] = match compare {
                    Compare::Bhattacharyya => q.sqrt() as f32,
                    Compare::Bayes => (q / background[k].max(EMPTY)) as f32,
                };
            }
            lanes
        });
        Ok(FaciesMap {
            factors: factors.collect(),
            mapper: Mapper::new(map),
            names,
            densities,
            reject,
            compare,
        })
    }

    /// Facies that cannot be told apart on this map, by their numbers from 0.
    pub fn alike(&self) -> Vec<(usize, usize)> {
        let coefficient =
            |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| (a * b).sqrt()).sum() };
        let n = self.densities.len();
        (0..n)
            .flat_map(|a| (a + 1..n).map(move |b| (a, b)))
            .filter(|&(a, b)| coefficient(&self.densities[a], &self.densities[b]) > ALIKE)
            .collect()
    }

    /// Maps voxels: a slice of equal length for each attribute.
    pub fn map(&self, columns: &[&[f32]]) -> Mapped {
        let n = columns.first().map_or(0, |c| c.len());
        let facies = self.names.len();
        let chunks: Vec<(Vec<Place>, Vec<f32>)> = (0..n.div_ceil(CHUNK))
            .into_par_iter()
            .map(|chunk| self.chunk(columns, chunk * CHUNK..((chunk + 1) * CHUNK).min(n)))
            .collect();
        let mut mapped = Mapped {
            likelihood: vec![Vec::with_capacity(n); facies],
            probability: vec![Vec::with_capacity(n); facies],
            ..Mapped::default()
        };
        let mut shares = vec![0.0f64; facies];
        for (places, likelihoods) in &chunks {
            for (place, likelihood) in places.iter().zip(likelihoods.chunks(facies.max(1))) {
                mapped.places.push(place);
                self.judge(likelihood, &mut shares, &mut mapped);
            }
        }
        mapped
    }

    fn chunk(&self, columns: &[&[f32]], range: std::ops::Range<usize>) -> (Vec<Place>, Vec<f32>) {
        let mut roots = self.mapper.roots();
        let mut x = vec![0.0; self.mapper.dimensions()];
        let mut places = Vec::with_capacity(range.len());
        let mut likelihoods = Vec::with_capacity(range.len() * self.factors.len());
        for at in range {
            if !self.mapper.take(columns, at, &mut x) {
                places.push(Place::MISSING);
                likelihoods.extend(self.factors.iter().map(|_| f32::NAN));
                continue;
            }
            let (place, over) = self.mapper.place(&x, &mut roots);
            places.push(place);
            let root_over = over.sqrt();
            for factors in &self.factors {
                let total = widest(Overlap {
                    roots: &roots,
                    factors,
                    squared: self.compare == Compare::Bayes,
                });
                likelihoods.push(match self.compare {
                    Compare::Bhattacharyya => (total * root_over).min(1.0),
                    Compare::Bayes => total * over,
                });
            }
        }
        (places, likelihoods)
    }

    /// Probabilities, class and confidence of a voxel.
    fn judge(&self, likelihood: &[f32], shares: &mut [f64], mapped: &mut Mapped) {
        for (kept, &l) in mapped.likelihood.iter_mut().zip(likelihood) {
            kept.push(l);
        }
        if likelihood.iter().any(|l| l.is_nan()) {
            for kept in &mut mapped.probability {
                kept.push(f32::NAN);
            }
            mapped.class.push(0);
            mapped.confidence.push(f32::NAN);
            mapped.ambiguity.push(f32::NAN);
            return;
        }
        let total: f64 = likelihood.iter().map(|&l| f64::from(l)).sum();
        let known = total >= NOTHING;
        for (share, &l) in shares.iter_mut().zip(likelihood) {
            *share = if known {
                f64::from(l) / total
            } else {
                1.0 / likelihood.len() as f64
            };
        }
        let (mut best, mut first, mut second) = (0, 0.0, 0.0);
        for (m, (&share, kept)) in shares.iter().zip(&mut mapped.probability).enumerate() {
            kept.push(share as f32);
            if share > first {
                (best, second, first) = (m, first, share);
            } else if share > second {
                second = share;
            }
        }
        let top = likelihood.iter().copied().fold(0.0, f32::max);
        let classed = known && f64::from(top) >= self.reject;
        mapped.class.push(if classed { best as u8 + 1 } else { 0 });
        mapped.confidence.push(first as f32);
        mapped.ambiguity.push(if first > 0.0 {
            (second / first) as f32
        } else {
            1.0
        });
    }
}

impl Places {
    fn push(&mut self, place: &Place) {
        for axis in 0..2 {
            self.latent[axis].push(place.latent[axis]);
        }
        self.log_likelihood.push(place.log_likelihood);
        self.entropy.push(place.entropy);
        self.node.push(place.node);
    }
}

/// A density on a square sheet widened by a Gaussian of `width` nodes; 0 leaves it.
pub fn smoothed(density: &[f64], side: usize, width: f64) -> Vec<f64> {
    if width <= 0.0 || width.is_nan() || side < 2 {
        return density.to_vec();
    }
    let weight: Vec<f64> = (0..side)
        .map(|i| (-0.5 * (i as f64 / width).powi(2)).exp())
        .collect();
    let along = |values: &[f64], at: fn(usize, usize, usize) -> usize| -> Vec<f64> {
        let mut out = vec![0.0; values.len()];
        for a in 0..side {
            for b in 0..side {
                out[at(a, b, side)] = (0..side)
                    .map(|c| weight[b.abs_diff(c)] * values[at(a, c, side)])
                    .sum();
            }
        }
        out
    };
    let rows = along(density, |a, b, side| a * side + b);
    let mut both = along(&rows, |a, b, side| b * side + a);
    let total: f64 = both.iter().sum();
    for q in both.iter_mut().filter(|_| total > 0.0) {
        *q /= total;
    }
    both
}
