//! Log odds of the components of a mixture: the E-step's part of a pass, as
//! polynomials in x.

#![allow(clippy::inline_always)] // compiled for the registers of the caller

use std::f64::consts::LOG2_E;

use super::density::Parameters;
use super::linear::{at, invert, packed};
use super::points::{GROUP, Moments, Terms};
use crate::ml::lanes::{LANES, Lanes, Line};

/// log₂ φ_k f_k(x) - log₂ φ_0 f_0(x) of the components k > 0, and the sum of ln φ_0 f_0
/// over all rows. Powers of 2 take a multiplication less than those of e.
///
/// Odds are all that a posterior or a partition needs, so that one quadratic form a
/// row is spared; where components share a covariance the squares cancel, and none is
/// left. The sum of the first component's log densities follows from the moments of
/// all rows. Rounding costs about 1e-16 times the squared Mahalanobis distances times the
/// condition numbers of the covariances: 1e-10 a row where those are 2e6.
#[derive(Clone, Debug)]
pub(super) struct Odds {
    pub k: usize,
    d: usize,
    pub terms: Terms,
    /// Σ_i ln φ_0 f_0(x_i).
    pub base: f64,
    /// Of each component k > 0: the constant, d linear and packed(d) or d quadratic
    /// coefficients.
    constant: Vec<f64>,
    linear: Vec<f64>,
    square: Vec<f64>,
    /// The same of each component's own ln φ_k f_k(x).
    own: Vec<Form>,
}

/// ln φ f(x) = constant + linear · x - ½ xᵀ precision x.
#[derive(Clone, Debug)]
struct Form {
    constant: f64,
    linear: Vec<f64>,
    precision: Vec<f64>,
}

impl Odds {
    /// Room for `k` components in `d` dimensions.
    pub fn new(d: usize, k: usize) -> Self {
        let own = Form {
            constant: 0.0,
            linear: vec![0.0; d],
            precision: vec![0.0; packed(d)],
        };
        Self {
            k,
            d,
            terms: Terms::Full,
            base: 0.0,
            constant: vec![0.0; k - 1],
            linear: vec![0.0; (k - 1) * d],
            square: vec![0.0; (k - 1) * packed(d)],
            own: vec![own; k],
        }
    }

    /// Factors the covariances; false where one is not positive definite. `all` are
    /// the moments of the rows that passes will be made over.
    pub fn set(&mut self, terms: Terms, p: &Parameters, all: &Moments) -> bool {
        let (d, size) = (self.d, packed(self.d));
        self.terms = terms;
        let mut log_det = 0.0;
        for k in 0..self.k {
            // One covariance for all is factored once.
            if k > 0 && terms == Terms::Linear {
                let (first, others) = self.own.split_at_mut(k);
                others[0].precision.copy_from_slice(&first[0].precision);
            } else {
                let covariance = &p.covariance[k * size..(k + 1) * size];
                let found = if p.diagonal {
                    invert_diagonal(covariance, &mut self.own[k].precision, d)
                } else {
                    self.own[k].precision.copy_from_slice(covariance);
                    invert(&mut self.own[k].precision, d)
                };
                match found {
                    Some(found) => log_det = found,
                    None => return false,
                }
            }
            let normal = 0.5 * (d as f64 * std::f64::consts::TAU.ln() + log_det);
            self.own[k].place(&p.mean[k * d..(k + 1) * d], p.weight[k].ln() - normal);
        }
        self.base = self.own[0].sum(all);
        self.compare();
        true
    }

    /// The coefficients of the odds: differences to those of the first component.
    fn compare(&mut self) {
        let (d, size) = (self.d, packed(self.d));
        let (first, others) = self.own.split_at(1);
        for (k, own) in others.iter().enumerate() {
            self.constant[k] = LOG2_E * (own.constant - first[0].constant);
            for j in 0..d {
                self.linear[k * d + j] = LOG2_E * (own.linear[j] - first[0].linear[j]);
            }
            let apart = |i: usize| LOG2_E * (first[0].precision[i] - own.precision[i]);
            match self.terms {
                Terms::Linear => {}
                Terms::Diagonal => {
                    for j in 0..d {
                        self.square[k * d + j] = 0.5 * apart(at(j, j));
                    }
                }
                Terms::Full => {
                    let square = &mut self.square[k * size..(k + 1) * size];
                    for i in 0..d {
                        for j in 0..i {
                            square[at(i, j)] = apart(at(i, j));
                        }
                        square[at(i, i)] = 0.5 * apart(at(i, i));
                    }
                }
            }
        }
    }

    /// Binary log odds of component `k` + 1 against the first, for whole groups of blocks.
    ///
    /// Cost: a multiplication a row and attribute (`Linear`), two (`Diagonal`), or
    /// d / 2 (`Full`).
    #[inline(always)]
    pub fn evaluate(&self, k: usize, x: &[Line], out: &mut [Lanes]) {
        let d = self.d;
        let (c, b) = (self.constant[k], &self.linear[k * d..(k + 1) * d]);
        match self.terms {
            Terms::Linear => {
                let groups = x.chunks_exact(GROUP * d);
                for (x, out) in groups.zip(out.as_chunks_mut::<GROUP>().0) {
                    *out = linear(c, b, blocks(x, d));
                }
            }
            Terms::Diagonal => {
                let a = &self.square[k * d..(k + 1) * d];
                let groups = x.chunks_exact(GROUP * d);
                for (x, out) in groups.zip(out.as_chunks_mut::<GROUP>().0) {
                    *out = diagonal(c, b, a, blocks(x, d));
                }
            }
            Terms::Full => {
                let a = &self.square[k * packed(d)..(k + 1) * packed(d)];
                let pairs = x.chunks_exact(PAIR * d);
                for (x, out) in pairs.zip(out.as_chunks_mut::<PAIR>().0) {
                    *out = full(c, b, a, blocks(x, d));
                }
            }
        }
    }
}

impl Form {
    /// Moves the centre of the form from 0 to `mean`, where it has the value `top`.
    fn place(&mut self, mean: &[f64], top: f64) {
        let d = mean.len();
        let mut square = 0.0;
        for i in 0..d {
            let row = (0..d).map(|j| self.precision[at(i.max(j), i.min(j))] * mean[j]);
            self.linear[i] = row.sum();
            square += self.linear[i] * mean[i];
        }
        self.constant = top - 0.5 * square;
    }

    /// Its sum over rows of which the moments are known.
    fn sum(&self, all: &Moments) -> f64 {
        let d = self.linear.len();
        let mut total = all.n * self.constant;
        for i in 0..d {
            total += self.linear[i] * all.sum[i];
            for j in 0..i {
                total -= self.precision[at(i, j)] * all.square[at(i, j)];
            }
            total -= 0.5 * self.precision[at(i, i)] * all.square[at(i, i)];
        }
        total
    }
}

/// The inverse of a packed diagonal matrix, and ln of its determinant.
fn invert_diagonal(a: &[f64], inverse: &mut [f64], d: usize) -> Option<f64> {
    inverse.fill(0.0);
    let mut log_det = 0.0;
    for j in 0..d {
        let variance = a[at(j, j)];
        if !(variance > 0.0 && variance.is_finite()) {
            return None;
        }
        inverse[at(j, j)] = 1.0 / variance;
        log_det += variance.ln();
    }
    Some(log_det)
}

/// Blocks that go through side by side, the attributes of each: a coefficient is loaded
/// once for all of them, and what is summed of them stays in registers.
#[inline(always)]
fn blocks<const N: usize>(x: &[Line], d: usize) -> [&[Line]; N] {
    let mut out = [x; N];
    for (g, out) in out.iter_mut().enumerate() {
        *out = &x[g * d..(g + 1) * d];
    }
    out
}

/// Blocks that go through a full form side by side, which sums two rows of each.
const PAIR: usize = 2;

/// Blocks, the attributes of each side by side.
type Pair<'a> = [&'a [Line]; PAIR];

/// c + Σ b_j x_j.
#[inline(always)]
fn linear<const N: usize>(c: f64, b: &[f64], x: [&[Line]; N]) -> [Lanes; N] {
    let mut out = [[c; LANES]; N];
    for (j, b) in b.iter().enumerate() {
        for g in 0..N {
            let x = &x[g][j].0;
            for t in 0..LANES {
                out[g][t] += b * x[t];
            }
        }
    }
    out
}

/// c + Σ x_j (b_j + a_j x_j).
#[inline(always)]
fn diagonal<const N: usize>(c: f64, b: &[f64], a: &[f64], x: [&[Line]; N]) -> [Lanes; N] {
    let mut out = [[c; LANES]; N];
    for (j, (b, a)) in b.iter().zip(a).enumerate() {
        for g in 0..N {
            let x = &x[g][j].0;
            for t in 0..LANES {
                out[g][t] += x[t] * (b + a * x[t]);
            }
        }
    }
    out
}

/// c + Σ_i x_i (b_i + Σ_{j <= i} a_ij x_j), two rows of a at a time.
#[inline(always)]
fn full(c: f64, b: &[f64], a: &[f64], x: Pair) -> [Lanes; PAIR] {
    let mut out = [[c; LANES]; PAIR];
    let mut rest = a;
    for (i, b) in b.chunks(2).enumerate() {
        let i = 2 * i;
        let (upper, after) = rest.split_at(i + 1);
        let &[b, b_lower] = b else {
            let inner = linear(b[0], upper, x);
            add_products(&mut out, &inner, x, i);
            break;
        };
        let (lower, after) = after.split_at(i + 2);
        rest = after;
        let (mut inner, mut inner_lower) = ([[b; LANES]; PAIR], [[b_lower; LANES]; PAIR]);
        for (((u, l), x0), x1) in upper.iter().zip(lower).zip(x[0]).zip(x[1]) {
            for (g, x) in [x0, x1].into_iter().enumerate() {
                for t in 0..LANES {
                    inner[g][t] += u * x.0[t];
                    inner_lower[g][t] += l * x.0[t];
                }
            }
        }
        for g in 0..PAIR {
            for t in 0..LANES {
                inner_lower[g][t] += lower[i + 1] * x[g][i + 1].0[t];
            }
        }
        add_products(&mut out, &inner, x, i);
        add_products(&mut out, &inner_lower, x, i + 1);
    }
    out
}

/// Adds products with column i.
#[inline(always)]
fn add_products(out: &mut [Lanes; PAIR], inner: &[Lanes; PAIR], x: Pair, i: usize) {
    for g in 0..PAIR {
        for t in 0..LANES {
            out[g][t] += inner[g][t] * x[g][i].0[t];
        }
    }
}
