//! The E-step: log densities of all rows under a mixture, and what is done with
//! them: draw a component, take the likeliest, or keep the posterior weights.

use super::linear::{at, cholesky, invert_lower, log_determinant, packed};
use super::points::{Moments, Points};
use crate::ml::lanes::{LANES, Lanes, exp, sum};
use crate::task::Stream;

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

/// What a pass over the rows does with the densities.
pub(super) enum Rule<'a> {
    /// Draws the component of each row from its posterior.
    Draw(&'a mut Stream),
    /// Takes the likeliest component, the first of equals.
    Largest,
    /// Keeps the posterior weights: component k of block b at `k * blocks + b`.
    Posterior(&'a mut [Lanes]),
}

/// What a pass over the rows adds up.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Totals {
    /// Σ_i ln p(x_i).
    pub mixture: f64,
    /// Σ_i max_k ln φ_k f_k(x_i).
    pub classification: f64,
    /// The largest odds that any row has against its likeliest component.
    pub doubt: f64,
}

/// Blocks whose likelihood ratios are multiplied up before one logarithm is
/// taken: each ratio is at most the number of components, so no overflow.
const PRODUCT: usize = 64;

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
    #[inline]
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
    #[inline]
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

    /// One pass over all rows. `labels` gets the component of each row as a
    /// number, -1 for rows that fill up the last block (untouched by
    /// [`Rule::Posterior`]).
    ///
    /// Cost: rows x components x (d² / 2 multiplications + 1 exponential).
    pub fn pass(&self, points: &Points, rule: &mut Rule, labels: &mut [Lanes]) -> Totals {
        debug_assert_eq!(points.d, self.d);
        let mut room = [[0.0; LANES]; super::MAX_CLUSTERS];
        let ratio = &mut room[..self.k];
        let blocks = points.blocks();
        let mut best = [0.0; LANES];
        let mut product = [1.0; LANES];
        let mut doubt = [0.0_f64; LANES];
        let mut logs = 0.0;
        for b in 0..blocks {
            let x = &points.x[b * self.d..(b + 1) * self.d];
            for (k, g) in ratio.iter_mut().enumerate() {
                *g = self.log_density(k, x);
            }
            let (mut top, mut total) = Self::ratios(ratio);
            let live = points.live(b);
            match rule {
                Rule::Draw(rng) => labels[b] = draw(ratio, &total, &uniforms(rng)),
                Rule::Largest => labels[b] = largest(ratio),
                Rule::Posterior(weights) => {
                    for (k, r) in ratio.iter().enumerate() {
                        for t in 0..LANES {
                            weights[k * blocks + b][t] =
                                if t < live { r[t] / total[t] } else { 0.0 };
                        }
                    }
                }
            }
            if live < LANES {
                if !matches!(rule, Rule::Posterior(_)) {
                    labels[b][live..].fill(-1.0);
                }
                top[live..].fill(0.0);
                total[live..].fill(1.0);
            }
            for t in 0..LANES {
                best[t] += top[t];
                product[t] *= total[t];
                let odds = total[t] - 1.0;
                doubt[t] = if odds > doubt[t] { odds } else { doubt[t] };
            }
            if (b + 1) % PRODUCT == 0 || b + 1 == blocks {
                logs += sum(&product.map(f64::ln));
                product = [1.0; LANES];
            }
        }
        Totals {
            mixture: sum(&best) + logs,
            classification: sum(&best),
            doubt: doubt.iter().fold(0.0, |m, &v| m.max(v)),
        }
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

/// Smallest fraction that [`uniforms`] can give; odds below it cannot change a draw.
pub(super) const SMALLEST_FRACTION: f64 = 0.5 / (1u64 << 32) as f64;

/// Eight fractions strictly between 0 and 1, two from each 64 random bits.
#[inline]
fn uniforms(rng: &mut Stream) -> Lanes {
    let mut u = [0.0; LANES];
    for pair in u.chunks_exact_mut(2) {
        let bits = rng.bits();
        pair[0] = (f64::from(bits as u32) + 0.5) * (1.0 / (1u64 << 32) as f64);
        pair[1] = (f64::from((bits >> 32) as u32) + 0.5) * (1.0 / (1u64 << 32) as f64);
    }
    u
}

/// The component whose share of the summed ratios the fraction falls into.
#[inline]
fn draw(ratio: &[Lanes], total: &Lanes, u: &Lanes) -> Lanes {
    let mut label = [0.0; LANES];
    let mut reached = [0.0; LANES];
    for r in &ratio[..ratio.len() - 1] {
        for t in 0..LANES {
            reached[t] += r[t];
            label[t] += if u[t] * total[t] >= reached[t] {
                1.0
            } else {
                0.0
            };
        }
    }
    label
}

/// The first component with ratio 1.
#[inline]
fn largest(ratio: &[Lanes]) -> Lanes {
    let mut label = [0.0; LANES];
    for (k, r) in ratio.iter().enumerate().rev() {
        for t in 0..LANES {
            label[t] = if r[t] == 1.0 { k as f64 } else { label[t] };
        }
    }
    label
}

#[cfg(test)]
mod tests;
