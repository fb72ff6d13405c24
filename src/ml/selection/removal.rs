//! Attributes taken out of a set one at a time.

use super::marginal::{MOST, Marginals, at};
use crate::ml::lanes::{LANES, Lanes, ln};

/// A set of attributes from which some are removed: for each factor S the matrix
/// P = S⁻¹, u = P Δ, the squared distance and ln|S|.
#[derive(Clone)]
pub(super) struct Removal<'a> {
    of: &'a Marginals,
    /// The attributes left, in the order of the rows of P.
    left: Vec<usize>,
    /// Block after block, packed by the rows left.
    precision: Vec<Vec<Lanes>>,
    lead: Vec<Vec<Lanes>>,
    quadratic: Vec<Lanes>,
    log_determinant: Vec<Lanes>,
}

impl<'a> Removal<'a> {
    /// The set of all attributes of `mask`.
    pub fn new(of: &'a Marginals, mask: u32) -> Self {
        let left = super::attributes_of(mask);
        let dimensions: Vec<usize> = left.iter().map(|&a| of.dimension(a)).collect();
        let mut state = Self {
            of,
            left,
            precision: Vec::new(),
            lead: Vec::new(),
            quadratic: Vec::new(),
            log_determinant: Vec::new(),
        };
        for b in 0..of.blocks() {
            state.invert(b, &dimensions);
        }
        state
    }

    /// P, u and what follows of one block, from the Cholesky factors L: with
    /// F = L⁻¹, P = Fᵀ F and u = Fᵀ (F Δ).
    fn invert(&mut self, block: usize, dimensions: &[usize]) {
        let n = dimensions.len();
        let mut f = vec![[0.0; LANES]; at(n, 0)];
        let mut y = vec![[0.0; LANES]; n];
        let (mut quadratic, mut logs) = ([0.0; LANES], [0.0; LANES]);
        let mut l = f.clone();
        for i in 0..n {
            for j in 0..=i {
                let (a, b) = (
                    dimensions[i].max(dimensions[j]),
                    dimensions[i].min(dimensions[j]),
                );
                let mut sum = *self.of.entry(block, a, b);
                for k in 0..j {
                    for t in 0..LANES {
                        sum[t] -= l[at(i, k)][t] * l[at(j, k)][t];
                    }
                }
                l[at(i, j)] = if i == j {
                    sum.map(f64::sqrt)
                } else {
                    std::array::from_fn(|t| sum[t] / l[at(j, j)][t])
                };
            }
            let pivot = l[at(i, i)];
            let logarithm = ln(&pivot);
            for j in 0..i {
                let mut sum = [0.0; LANES];
                for k in j..i {
                    for t in 0..LANES {
                        sum[t] += l[at(i, k)][t] * f[at(k, j)][t];
                    }
                }
                f[at(i, j)] = std::array::from_fn(|t| -sum[t] / pivot[t]);
            }
            f[at(i, i)] = pivot.map(|p| 1.0 / p);
            for j in 0..=i {
                let delta = self.of.difference(block, dimensions[j]);
                for t in 0..LANES {
                    y[i][t] += f[at(i, j)][t] * delta[t];
                }
            }
            for t in 0..LANES {
                quadratic[t] += y[i][t] * y[i][t];
                logs[t] += 2.0 * logarithm[t];
            }
        }
        let mut precision = vec![[0.0; LANES]; at(n, 0)];
        let mut lead = vec![[0.0; LANES]; n];
        for i in 0..n {
            for r in i..n {
                for t in 0..LANES {
                    lead[i][t] += f[at(r, i)][t] * y[r][t];
                }
                for j in 0..=i {
                    for t in 0..LANES {
                        precision[at(i, j)][t] += f[at(r, i)][t] * f[at(r, j)][t];
                    }
                }
            }
        }
        self.precision.push(precision);
        self.lead.push(lead);
        self.quadratic.push(quadratic);
        self.log_determinant.push(logs);
    }

    fn row(&self, attribute: usize) -> usize {
        // Only what is left is ever asked about.
        self.left.iter().position(|&a| a == attribute).unwrap_or(0)
    }

    /// Sum of the distances without one more attribute.
    pub fn without(&self, attribute: usize, all_pairs: bool) -> f64 {
        let i = self.row(attribute);
        let blocks = self.of.blocks();
        let mut quadratic = vec![[0.0; LANES]; blocks];
        let mut logs = vec![[0.0; LANES]; blocks];
        for b in 0..blocks {
            let p = &self.precision[b][at(i, i)];
            let (u, logarithm) = (&self.lead[b][i], ln(p));
            for t in 0..LANES {
                quadratic[b][t] = self.quadratic[b][t] - u[t] * u[t] / p[t];
                logs[b][t] = self.log_determinant[b][t] + logarithm[t];
            }
        }
        let distance = self
            .of
            .distance(quadratic.as_flattened(), logs.as_flattened());
        let (between, all) = self.of.counts();
        (0..if all_pairs { all } else { between })
            .map(distance)
            .sum()
    }

    /// Takes one attribute out.
    pub fn remove(&mut self, attribute: usize) {
        let i = self.row(attribute);
        let n = self.left.len();
        for b in 0..self.of.blocks() {
            let p = &mut self.precision[b];
            let mut row = [[0.0; LANES]; MOST];
            for (j, entry) in row.iter_mut().enumerate().take(n) {
                *entry = p[at(i.max(j), i.min(j))];
            }
            let (pivot, u) = (row[i], self.lead[b][i]);
            let logarithm = ln(&pivot);
            let inverse = pivot.map(|p| 1.0 / p);
            for t in 0..LANES {
                self.quadratic[b][t] -= u[t] * u[t] * inverse[t];
                self.log_determinant[b][t] += logarithm[t];
            }
            let mut to = 0;
            for r in (0..n).filter(|&r| r != i) {
                let scale: Lanes = std::array::from_fn(|t| row[r][t] * inverse[t]);
                for t in 0..LANES {
                    self.lead[b][r][t] -= scale[t] * u[t];
                }
                for c in (0..=r).filter(|&c| c != i) {
                    for t in 0..LANES {
                        p[to][t] = p[at(r, c)][t] - scale[t] * row[c][t];
                    }
                    to += 1;
                }
            }
            p.truncate(to);
            self.lead[b].remove(i);
        }
        self.left.remove(i);
    }
}
