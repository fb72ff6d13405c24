//! The rows that a mixture is fitted to, laid out for the kernels, and their
//! moments: all that an M-step needs of them.

#![allow(clippy::inline_always)] // compiled for the registers of the caller

use super::linear::packed;
use super::sums::LaneSums;
use crate::ml::lanes::{LANES, Lanes, Line};
use crate::task::wide::{Wide, widest};

/// Blocks that go through the E-step side by side: each coefficient is loaded once for
/// all of them.
pub(super) const GROUP: usize = 4;

/// Blocks whose memberships are worked out before they are summed: 256 rows, so that
/// those of any usual dimension stay in the first-level cache.
pub(super) const TILE: usize = 32;

/// Rows centred on their mean, in blocks of eight: block b holds attribute j of
/// its rows at `b * d + j`. Rows that fill up the last group of blocks are 0.
pub(super) struct Points {
    /// How many rows.
    pub n: usize,
    /// How many attributes.
    pub d: usize,
    /// The mean that was taken off.
    pub centre: Vec<f64>,
    /// The blocks.
    pub x: Vec<Line>,
}

/// Which sums over its rows the M-step of a covariance model asks for, and which
/// powers of x its log odds are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Terms {
    /// Σ x alone: components share one covariance, so that what is left of the scatter
    /// of all rows is the scatter within them, and squares cancel in the odds.
    Linear,
    /// Squares of each attribute as well.
    Diagonal,
    /// Products of any two attributes as well.
    Full,
}

/// For one component: sum of weights, weighted sum of rows, and weighted sum of
/// x x^T, all about [`Points::centre`].
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Moments {
    pub n: f64,
    pub sum: Vec<f64>,
    /// Packed; only what was asked for is kept up.
    pub square: Vec<f64>,
}

impl Points {
    /// Lays out columns of equal length.
    pub fn new(columns: &[&[f64]]) -> Self {
        let d = columns.len();
        let n = columns.first().map_or(0, |c| c.len());
        let mut x = vec![Line::default(); n.div_ceil(LANES * GROUP) * GROUP * d];
        let mut centre = Vec::with_capacity(d);
        for (j, column) in columns.iter().enumerate() {
            assert_eq!(column.len(), n, "columns of one facies are equally long");
            let mean = column.iter().sum::<f64>() / n.max(1) as f64;
            for (i, value) in column.iter().enumerate() {
                x[i / LANES * d + j].0[i % LANES] = value - mean;
            }
            centre.push(mean);
        }
        Self { n, d, centre, x }
    }

    /// How many blocks of eight rows: whole groups of them.
    pub fn blocks(&self) -> usize {
        self.n.div_ceil(LANES * GROUP) * GROUP
    }

    /// How many rows of block `b` are real.
    pub fn live(&self, b: usize) -> usize {
        self.n.saturating_sub(b * LANES).min(LANES)
    }

    /// The rows of `count` blocks from block `first` on.
    pub fn rows(&self, first: usize, count: usize) -> &[Line] {
        &self.x[first * self.d..(first + count) * self.d]
    }

    /// Moments of the rows whose label is `label`.
    pub fn moments(&self, terms: Terms, labels: &[Lanes], label: f64) -> Moments {
        widest(Gathering {
            points: self,
            terms,
            labels,
            label,
        })
    }

    /// Moments of all rows.
    pub fn all(&self) -> Moments {
        let mut labels = vec![[-1.0; LANES]; self.blocks()];
        for (b, labels) in labels.iter_mut().enumerate() {
            labels[..self.live(b)].fill(0.0);
        }
        self.moments(Terms::Full, &labels, 0.0)
    }
}

/// Moments to be summed in wide instructions.
struct Gathering<'a> {
    points: &'a Points,
    terms: Terms,
    labels: &'a [Lanes],
    label: f64,
}

impl Wide for Gathering<'_> {
    type Out = Moments;

    #[inline(always)]
    fn run(self) -> Moments {
        let d = self.points.d;
        let mut sums = LaneSums::new(d);
        let mut weights = [[0.0; LANES]; TILE];
        for (tile, labels) in self.labels.chunks(TILE).enumerate() {
            let weights = &mut weights[..labels.len()];
            for (w, l) in weights.iter_mut().zip(labels) {
                for t in 0..LANES {
                    w[t] = if l[t] == self.label { 1.0 } else { 0.0 };
                }
            }
            let x = self.points.rows(tile * TILE, labels.len());
            sums.add(self.terms, x, weights);
        }
        let mut moments = Moments::new(d);
        sums.give(&mut moments);
        moments
    }
}

impl Moments {
    /// No rows in `d` dimensions.
    pub fn new(d: usize) -> Self {
        Self {
            n: 0.0,
            sum: vec![0.0; d],
            square: vec![0.0; packed(d)],
        }
    }

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
    use super::super::linear::at;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn moments_are_the_plain_sums(
            d in 1usize..8,
            rows in prop::collection::vec((prop::collection::vec(-3.0..3.0f64, 7), 0u8..3), 1..600),
        ) {
            let columns: Vec<Vec<f64>> =
                (0..d).map(|j| rows.iter().map(|(x, _)| x[j]).collect()).collect();
            let slices: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
            let points = Points::new(&slices);
            prop_assert_eq!(points.blocks() % GROUP, 0);
            let mut labels = vec![[-1.0; LANES]; points.blocks()];
            for (i, (_, label)) in rows.iter().enumerate() {
                labels[i / LANES][i % LANES] = f64::from(*label);
            }
            let member = |label: u8| f64::from(u8::from(label == 1));
            let n: f64 = rows.iter().map(|r| member(r.1)).sum();
            let centred = |x: &[f64], j: usize| x[j] - points.centre[j];
            for terms in [Terms::Linear, Terms::Diagonal, Terms::Full] {
                let moments = points.moments(terms, &labels, 1.0);
                prop_assert_eq!(moments.n, n);
                for i in 0..d {
                    let s: f64 = rows.iter().map(|(x, l)| member(*l) * centred(x, i)).sum();
                    prop_assert!((moments.sum[i] - s).abs() < 1e-9);
                    let from = match terms {
                        Terms::Linear => i + 1,
                        Terms::Diagonal => i,
                        Terms::Full => 0,
                    };
                    for j in from..=i {
                        let s: f64 =
                            rows.iter().map(|(x, l)| member(*l) * centred(x, i) * centred(x, j)).sum();
                        prop_assert!((moments.square[at(i, j)] - s).abs() < 1e-9);
                    }
                }
            }
            let mut rest = points.all();
            prop_assert_eq!(rest.n, rows.len() as f64);
            rest.subtract(&points.moments(Terms::Full, &labels, 1.0));
            prop_assert_eq!(rest.n, rows.len() as f64 - n);
        }
    }
}
