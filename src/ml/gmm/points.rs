//! The rows that a mixture is fitted to, laid out for the kernels, and their
//! moments: all that an M-step needs of them.

use super::linear::{at, packed};
use crate::ml::lanes::{LANES, Lanes, sum};

/// Blocks of a tile: 256 rows, so that a tile of any usual dimension stays in
/// the first-level cache.
const TILE: usize = 32;

/// Rows centred on their mean, in blocks of eight: block b holds attribute j of
/// its rows at `b * d + j`. Rows that fill up the last block are 0.
pub(super) struct Points {
    /// How many rows.
    pub n: usize,
    /// How many attributes.
    pub d: usize,
    /// The mean that was taken off.
    pub centre: Vec<f64>,
    /// The blocks.
    pub x: Vec<Lanes>,
}

/// For one component: sum of weights, weighted sum of rows, and weighted sum of
/// x x^T, all about [`Points::centre`].
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Moments {
    pub n: f64,
    pub sum: Vec<f64>,
    /// Packed; only its diagonal is kept up where diagonal moments were asked for.
    pub square: Vec<f64>,
}

impl Points {
    /// Lays out columns of equal length.
    pub fn new(columns: &[&[f64]]) -> Self {
        let d = columns.len();
        let n = columns.first().map_or(0, |c| c.len());
        let blocks = n.div_ceil(LANES);
        let mut x = vec![[0.0; LANES]; blocks * d];
        let mut centre = Vec::with_capacity(d);
        for (j, column) in columns.iter().enumerate() {
            assert_eq!(column.len(), n, "columns of one facies are equally long");
            let mean = column.iter().sum::<f64>() / n.max(1) as f64;
            for (i, value) in column.iter().enumerate() {
                x[i / LANES * d + j][i % LANES] = value - mean;
            }
            centre.push(mean);
        }
        Self { n, d, centre, x }
    }

    /// How many blocks of eight rows.
    pub fn blocks(&self) -> usize {
        self.n.div_ceil(LANES)
    }

    /// How many rows of block `b` are real.
    pub fn live(&self, b: usize) -> usize {
        (self.n - b * LANES).min(LANES)
    }

    /// Moments under weights per row; `weight(b)` must be 0 for rows that fill up.
    ///
    /// With `full` false only the squares on the diagonal are summed.
    pub fn moments(&self, full: bool, weight: impl Fn(usize) -> Lanes, out: &mut Moments) {
        let d = self.d;
        out.n = 0.0;
        out.sum.clear();
        out.sum.resize(d, 0.0);
        out.square.clear();
        out.square.resize(packed(d), 0.0);
        let mut weights = [[0.0; LANES]; TILE];
        let mut weighted = [[0.0; LANES]; TILE];
        for first in (0..self.blocks()).step_by(TILE) {
            let count = TILE.min(self.blocks() - first);
            let x = &self.x[first * d..(first + count) * d];
            let mut total = [0.0; LANES];
            for b in 0..count {
                weights[b] = weight(first + b);
                for t in 0..LANES {
                    total[t] += weights[b][t];
                }
            }
            out.n += sum(&total);
            for i in 0..d {
                let mut total = [0.0; LANES];
                for b in 0..count {
                    for t in 0..LANES {
                        weighted[b][t] = weights[b][t] * x[b * d + i][t];
                        total[t] += weighted[b][t];
                    }
                }
                out.sum[i] += sum(&total);
                for j in if full { 0 } else { i }..=i {
                    let mut total = [0.0; LANES];
                    for (w, row) in weighted[..count].iter().zip(x.chunks_exact(d)) {
                        for t in 0..LANES {
                            total[t] += w[t] * row[j][t];
                        }
                    }
                    out.square[at(i, j)] += sum(&total);
                }
            }
        }
    }

    /// Moments of all rows.
    pub fn all(&self) -> Moments {
        let mut moments = Moments::default();
        let ones = |b: usize| {
            let mut w = [0.0; LANES];
            w[..self.live(b)].fill(1.0);
            w
        };
        self.moments(true, ones, &mut moments);
        moments
    }
}

impl Moments {
    /// Takes the moments of a part away.
    pub fn subtract(&mut self, part: &Moments) {
        self.n -= part.n;
        for (a, b) in self.sum.iter_mut().zip(&part.sum) {
            *a -= b;
        }
        for (a, b) in self.square.iter_mut().zip(&part.square) {
            *a -= b;
        }
    }

    /// Copies without allocating.
    pub fn copy_from(&mut self, other: &Moments) {
        self.n = other.n;
        self.sum.clone_from(&other.sum);
        self.square.clone_from(&other.square);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn moments_are_the_plain_sums(
            d in 1usize..6,
            rows in prop::collection::vec((prop::collection::vec(-3.0..3.0f64, 5), 0.0..1.0f64), 1..600),
        ) {
            let columns: Vec<Vec<f64>> =
                (0..d).map(|j| rows.iter().map(|(x, _)| x[j]).collect()).collect();
            let slices: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
            let points = Points::new(&slices);
            let weight = |b: usize| {
                let mut w = [0.0; LANES];
                for t in 0..points.live(b) {
                    w[t] = rows[b * LANES + t].1;
                }
                w
            };
            let mut moments = Moments::default();
            points.moments(true, weight, &mut moments);
            let n: f64 = rows.iter().map(|r| r.1).sum();
            prop_assert!((moments.n - n).abs() < 1e-9);
            let centred = |x: &[f64], j: usize| x[j] - points.centre[j];
            for i in 0..d {
                let s: f64 = rows.iter().map(|(x, w)| w * centred(x, i)).sum();
                prop_assert!((moments.sum[i] - s).abs() < 1e-9);
                for j in 0..=i {
                    let s: f64 = rows.iter().map(|(x, w)| w * centred(x, i) * centred(x, j)).sum();
                    prop_assert!((moments.square[at(i, j)] - s).abs() < 1e-9);
                }
            }
            let mut rest = points.all();
            prop_assert_eq!(rest.n, rows.len() as f64);
            rest.subtract(&moments);
            prop_assert!((rest.n - (rows.len() as f64 - n)).abs() < 1e-9);
        }
    }
}
