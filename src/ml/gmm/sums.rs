//! Weighted sums of rows and of their products, eight rows side by side: the M-step's
//! part of a pass.

#![allow(clippy::inline_always)] // compiled for the registers of the caller

use super::linear::{at, packed};
use super::points::{Moments, TILE, Terms};
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

    /// Takes in at most [`TILE`] blocks of rows under one weight a row.
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
        match terms {
            Terms::Linear => products(weights, x, self.d, &mut self.sum),
            Terms::Diagonal => self.add_squares(x, weights),
            Terms::Full => self.add_products(x, weights),
        }
    }

    #[inline(always)]
    fn add_squares(&mut self, x: &[Line], weights: &[Lanes]) {
        for i in 0..self.d {
            let (mut sum, mut square) = (self.sum[i].0, self.square[at(i, i)].0);
            for (w, x) in weights.iter().zip(x.chunks_exact(self.d)) {
                for t in 0..LANES {
                    let y = w[t] * x[i].0[t];
                    sum[t] += y;
                    square[t] += y * x[i].0[t];
                }
            }
            (self.sum[i].0, self.square[at(i, i)].0) = (sum, square);
        }
    }

    #[inline(always)]
    fn add_products(&mut self, x: &[Line], weights: &[Lanes]) {
        products(weights, x, self.d, &mut self.sum);
        let mut room = [[0.0; LANES]; TILE];
        let weighted = &mut room[..weights.len()];
        for i in 0..self.d {
            let rows = weights.iter().zip(x.chunks_exact(self.d));
            for (y, (w, x)) in weighted.iter_mut().zip(rows) {
                for t in 0..LANES {
                    y[t] = w[t] * x[i].0[t];
                }
            }
            products(weighted, x, self.d, &mut self.square[at(i, 0)..=at(i, i)]);
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

/// Adds Σ weight x_j over the rows to `out[j]`, for the first columns of the rows.
#[inline(always)]
fn products(weights: &[Lanes], x: &[Line], d: usize, out: &mut [Line]) {
    let mut first = 0;
    while first < out.len() {
        let (x, out) = (&x[first..], &mut out[first..]);
        // Few columns at the end would keep waiting for their own sums.
        let width = out.len().div_ceil(out.len().div_ceil(SIDE));
        match width {
            1 => side_by_side::<1>(weights, x, d, out),
            2 => side_by_side::<2>(weights, x, d, out),
            3 => side_by_side::<3>(weights, x, d, out),
            4 => side_by_side::<4>(weights, x, d, out),
            _ => side_by_side::<SIDE>(weights, x, d, out),
        }
        first += width;
    }
}

/// The same for J columns whose sums stay in registers.
#[inline(always)]
fn side_by_side<const J: usize>(weights: &[Lanes], x: &[Line], d: usize, out: &mut [Line]) {
    let Some(out) = out.first_chunk_mut::<J>() else {
        return;
    };
    let mut sums = out.map(|line| line.0);
    for (w, x) in weights.iter().zip(x.chunks(d)) {
        let Some(x) = x.first_chunk::<J>() else {
            return;
        };
        for j in 0..J {
            for t in 0..LANES {
                sums[j][t] += w[t] * x[j].0[t];
            }
        }
    }
    *out = whole(sums).map(Line);
}
