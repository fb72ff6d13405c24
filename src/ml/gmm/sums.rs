//! Weighted sums of rows and of their products, eight rows side by side: the M-step's
//! part of a pass.

#![allow(clippy::inline_always)] // compiled for the registers of the caller

use super::linear::{at, packed};
use super::points::{Moments, Terms};
use crate::ml::lanes::{LANES, Lanes, Line, sum, whole};

/// Columns that are summed side by side.
const SIDE: usize = 5;

/// Sums of one component under way, one number a lane: the order of the additions is
/// that of the rows, whatever the registers.
#[derive(Clone, Debug)]
pub(super) struct LaneSums {
    d: usize,
    n: Line,
    sum: Vec<Line>,
    square: Vec<Line>,
}

impl LaneSums {
    /// Room in `d` dimensions.
    pub fn new(d: usize) -> Self {
        Self {
            d,
            n: Line::default(),
            sum: vec![Line::default(); d],
            square: vec![Line::default(); packed(d)],
        }
    }

    /// Takes in blocks of rows under one weight a row.
    ///
    /// Cost: a multiplication a row and attribute (`Linear`), two (`Diagonal`), or
    /// d / 2 (`Full`).
    #[inline(always)]
    pub fn add(&mut self, terms: Terms, x: &[Line], weights: &[Lanes]) {
        for w in weights {
            for t in 0..LANES {
                self.n.0[t] += w[t];
            }
        }
        let d = self.d;
        match terms {
            Terms::Linear => products(x, d, weights, |w, _| *w, &mut self.sum),
            Terms::Diagonal => {
                let mut first = 0;
                while first < d {
                    let width = (d - first).min(2);
                    if width == 1 {
                        self.add_squares::<1>(x, first, weights);
                    } else {
                        self.add_squares::<2>(x, first, weights);
                    }
                    first += width;
                }
            }
            Terms::Full => {
                products(x, d, weights, |w, _| *w, &mut self.sum);
                for i in 0..d {
                    let square = &mut self.square[at(i, 0)..=at(i, i)];
                    products(x, d, weights, |w, x| times(w, &x[i]), square);
                }
            }
        }
    }

    /// Takes in J columns and their squares.
    #[inline(always)]
    fn add_squares<const J: usize>(&mut self, x: &[Line], first: usize, weights: &[Lanes]) {
        let (mut sums, mut squares) = ([[0.0; LANES]; J], [[0.0; LANES]; J]);
        for j in 0..J {
            sums[j] = self.sum[first + j].0;
            squares[j] = self.square[at(first + j, first + j)].0;
        }
        for (w, x) in weights.iter().zip(x[first..].chunks(self.d)) {
            let Some(x) = x.first_chunk::<J>() else {
                return;
            };
            for j in 0..J {
                let y = times(w, &x[j]);
                for t in 0..LANES {
                    sums[j][t] += y[t];
                    squares[j][t] += y[t] * x[j].0[t];
                }
            }
        }
        let (sums, squares) = whole((sums, squares));
        for j in 0..J {
            self.sum[first + j] = Line(sums[j]);
            self.square[at(first + j, first + j)] = Line(squares[j]);
        }
    }

    /// Gives the sums of the lanes, and starts again from nothing.
    pub fn give(&mut self, moments: &mut Moments) {
        let take = |line: &mut Line| sum(&std::mem::take(line).0);
        moments.n = take(&mut self.n);
        for (out, line) in moments.sum.iter_mut().zip(&mut self.sum) {
            *out = take(line);
        }
        for (out, line) in moments.square.iter_mut().zip(&mut self.square) {
            *out = take(line);
        }
    }
}

#[inline(always)]
fn times(a: &Lanes, b: &Line) -> Lanes {
    let mut out = *a;
    for t in 0..LANES {
        out[t] *= b.0[t];
    }
    out
}

/// Adds Σ weight x_j over the rows to `out[j]`, for the first columns of the rows, with
/// the weights that `weigh` makes of given ones and of the row.
#[inline(always)]
fn products(
    x: &[Line],
    d: usize,
    weights: &[Lanes],
    weigh: impl Fn(&Lanes, &[Line]) -> Lanes,
    out: &mut [Line],
) {
    let mut first = 0;
    while first < out.len() {
        let out = &mut out[first..];
        // Few columns at the end would keep waiting for their own sums.
        let width = match out.len() {
            rest if rest <= SIDE => rest,
            rest if rest < 2 * SIDE => rest.div_ceil(2),
            _ => SIDE,
        };
        match width {
            1 => side_by_side::<1>(x, d, first, weights, &weigh, out),
            2 => side_by_side::<2>(x, d, first, weights, &weigh, out),
            3 => side_by_side::<3>(x, d, first, weights, &weigh, out),
            4 => side_by_side::<4>(x, d, first, weights, &weigh, out),
            _ => side_by_side::<SIDE>(x, d, first, weights, &weigh, out),
        }
        first += width;
    }
}

/// The same for J columns whose sums stay in registers.
#[inline(always)]
fn side_by_side<const J: usize>(
    x: &[Line],
    d: usize,
    first: usize,
    weights: &[Lanes],
    weigh: &impl Fn(&Lanes, &[Line]) -> Lanes,
    out: &mut [Line],
) {
    let Some(out) = out.first_chunk_mut::<J>() else {
        return;
    };
    let mut sums = out.map(|line| line.0);
    for (w, row) in weights.iter().zip(x.chunks(d)) {
        let w = weigh(w, row);
        let Some(x) = row[first..].first_chunk::<J>() else {
            return;
        };
        for j in 0..J {
            for t in 0..LANES {
                sums[j][t] += w[t] * x[j].0[t];
            }
        }
    }
    *out = sums.map(Line);
    whole(out);
}
