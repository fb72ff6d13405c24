//! Log densities of a mixture that was fitted.

#![allow(clippy::inline_always)] // compiled for the registers of the caller

use super::linear::{at, cholesky, invert_lower, log_determinant, packed};
use super::points::Moments;
use crate::ml::lanes::{LANES, Lanes, exp};

/// Weights, means (about the centre of the points) and covariances under way.
#[derive(Clone, Debug, Default)]
pub(super) struct Parameters {
    pub k: usize,
    pub d: usize,
    pub diagonal: bool,
    pub weight: Vec<f64>,
    /// k x d.
    pub mean: Vec<f64>,
    /// Packed, one component after another.
    pub covariance: Vec<f64>,
    /// Axes that all components share, as rows; empty until a model asked for them.
    pub axes: Vec<f64>,
    pub floored: bool,
}

impl Parameters {
    pub fn new(d: usize, k: usize) -> Self {
        Self {
            k,
            d,
            weight: vec![0.0; k],
            mean: vec![0.0; k * d],
            covariance: vec![0.0; k * packed(d)],
            ..Self::default()
        }
    }

    /// Weights and means from moments.
    pub fn set_means(&mut self, moments: &[Moments]) {
        let total: f64 = moments.iter().map(|m| m.n).sum();
        for (k, m) in moments.iter().enumerate() {
            self.weight[k] = m.n / total;
            for j in 0..self.d {
                self.mean[k * self.d + j] = m.sum[j] / m.n;
            }
        }
    }

    /// Copies without allocating.
    pub fn copy_from(&mut self, other: &Parameters) {
        self.k = other.k;
        self.d = other.d;
        self.diagonal = other.diagonal;
        self.weight.clone_from(&other.weight);
        self.mean.clone_from(&other.mean);
        self.covariance.clone_from(&other.covariance);
        self.axes.clone_from(&other.axes);
        self.floored = other.floored;
    }
}

/// A mixture ready to be evaluated: ln φ_k f_k(x) = constant_k - ½ |F_k x - o_k|²
/// with F_k the inverse Cholesky factor and o_k = F_k μ_k.
#[derive(Clone, Debug)]
pub(super) struct Density {
    k: usize,
    d: usize,
    diagonal: bool,
    constant: Vec<f64>,
    /// Packed rows of F_k, or its diagonal alone.
    factor: Vec<f64>,
    offset: Vec<f64>,
    spare: Vec<f64>,
}

impl Density {
    pub fn new(d: usize, k: usize) -> Self {
        Self {
            k,
            d,
            diagonal: false,
            constant: vec![0.0; k],
            factor: vec![0.0; k * packed(d)],
            offset: vec![0.0; k * d],
            spare: vec![0.0; packed(d)],
        }
    }

    /// Factors the covariances; false where one is not positive definite.
    pub fn set(&mut self, p: &Parameters) -> bool {
        let (d, size) = (self.d, packed(self.d));
        self.diagonal = p.diagonal;
        let tau = d as f64 * std::f64::consts::TAU.ln();
        for k in 0..self.k {
            let covariance = &p.covariance[k * size..(k + 1) * size];
            let log_det = if p.diagonal {
                let mut log_det = 0.0;
                for j in 0..d {
                    let variance = covariance[at(j, j)];
                    if !(variance > 0.0 && variance.is_finite()) {
                        return false;
                    }
                    log_det += variance.ln();
                    self.factor[k * d + j] = 1.0 / variance.sqrt();
                    self.offset[k * d + j] = p.mean[k * d + j] / variance.sqrt();
                }
                log_det
            } else {
                self.spare.copy_from_slice(covariance);
                if !cholesky(&mut self.spare, d) {
                    return false;
                }
                let log_det = log_determinant(&self.spare, d);
                invert_lower(&mut self.spare, d);
                for i in 0..d {
                    self.offset[k * d + i] = (0..=i)
                        .map(|j| self.spare[at(i, j)] * p.mean[k * d + j])
                        .sum();
                }
                self.factor[k * size..(k + 1) * size].copy_from_slice(&self.spare);
                log_det
            };
            self.constant[k] = p.weight[k].ln() - 0.5 * (tau + log_det);
        }
        true
    }

    /// How many components it has.
    pub fn components(&self) -> usize {
        self.k
    }

    /// ln φ_k f_k at a squared Mahalanobis distance from component k.
    pub fn least(&self, k: usize, square: f64) -> f64 {
        self.constant[k] - 0.5 * square
    }

    /// ln φ_k f_k(x) of eight rows.
    #[inline(always)]
    pub fn log_density(&self, k: usize, x: &[Lanes]) -> Lanes {
        let d = self.d;
        let offset = &self.offset[k * d..(k + 1) * d];
        let mut square = [0.0; LANES];
        if self.diagonal {
            let factor = &self.factor[k * d..(k + 1) * d];
            for ((f, o), x) in factor.iter().zip(offset).zip(x) {
                for t in 0..LANES {
                    let y = f * x[t] - o;
                    square[t] += y * y;
                }
            }
        } else {
            let mut row = &self.factor[k * packed(d)..(k + 1) * packed(d)];
            for (i, o) in offset.iter().enumerate() {
                let mut y = [-o; LANES];
                let (now, rest) = row.split_at(i + 1);
                row = rest;
                for (f, x) in now.iter().zip(x) {
                    for t in 0..LANES {
                        y[t] += f * x[t];
                    }
                }
                for t in 0..LANES {
                    square[t] += y[t] * y[t];
                }
            }
        }
        let constant = self.constant[k];
        square.map(|s| constant - 0.5 * s)
    }

    /// Turns log densities into likelihood ratios to the largest; gives the
    /// largest and the sum of the ratios.
    #[inline(always)]
    pub fn ratios(g: &mut [Lanes]) -> (Lanes, Lanes) {
        if let [a, b] = g {
            // Two components need one exponential.
            let mut top = [0.0; LANES];
            let mut gap = [0.0; LANES];
            for t in 0..LANES {
                top[t] = if a[t] >= b[t] { a[t] } else { b[t] };
                gap[t] = -(a[t] - b[t]).abs();
            }
            let e = exp(&gap);
            let mut total = [0.0; LANES];
            for t in 0..LANES {
                let first = a[t] >= b[t];
                a[t] = if first { 1.0 } else { e[t] };
                b[t] = if first { e[t] } else { 1.0 };
                total[t] = 1.0 + e[t];
            }
            return (top, total);
        }
        let mut top = g[0];
        for g in &g[1..] {
            for t in 0..LANES {
                top[t] = if g[t] > top[t] { g[t] } else { top[t] };
            }
        }
        let mut total = [0.0; LANES];
        for g in g {
            for t in 0..LANES {
                g[t] -= top[t];
            }
            *g = exp(g);
            for t in 0..LANES {
                total[t] += g[t];
            }
        }
        (top, total)
    }

    /// ln p(x) of one row given about the centre.
    pub fn log_mixture(&self, x: &[f64]) -> f64 {
        let mut terms = [f64::NEG_INFINITY; super::MAX_CLUSTERS];
        let terms = &mut terms[..self.k];
        self.log_terms(x, terms);
        let top = terms.iter().fold(f64::NEG_INFINITY, |m, &v| m.max(v));
        top + terms.iter().map(|t| (t - top).exp()).sum::<f64>().ln()
    }

    /// ln φ_k f_k(x) of one row given about the centre.
    pub fn log_terms(&self, x: &[f64], out: &mut [f64]) {
        let d = self.d;
        for (k, out) in out.iter_mut().enumerate() {
            let mut square = 0.0;
            for i in 0..d {
                let y: f64 = if self.diagonal {
                    self.factor[k * d + i] * x[i]
                } else {
                    let row = &self.factor[k * packed(d) + at(i, 0)..][..=i];
                    row.iter().zip(x).map(|(f, x)| f * x).sum()
                };
                square += (y - self.offset[k * d + i]).powi(2);
            }
            *out = self.constant[k] - 0.5 * square;
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
