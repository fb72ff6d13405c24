//! What the windows that hold a voxel come to: an erosion or a sum, axis by axis.
#![allow(clippy::inline_always)] // compiled for the registers of the caller

use std::marker::PhantomData;

use super::key::{NOTHING, choice, least, moved};
use crate::attributes::lanes::{Kernel, along, load, store};

/// How what two windows are worth is joined.
pub(super) trait Join {
    /// What no window is worth.
    const NOTHING: f64;

    /// What one is worth with another that is `step` further off.
    fn join(one: f64, other: f64, step: u64) -> f64;
}

/// Of keys the least.
#[derive(Clone)]
pub(super) struct Least;

impl Join for Least {
    const NOTHING: f64 = NOTHING;

    #[inline(always)]
    fn join(one: f64, other: f64, step: u64) -> f64 {
        least(one, moved(other, step))
    }
}

/// Of weights the sum.
#[derive(Clone)]
pub(super) struct Plus;

impl Join for Plus {
    const NOTHING: f64 = 0.0;

    #[inline(always)]
    fn join(one: f64, other: f64, _step: u64) -> f64 {
        one + other
    }
}

/// Rows and how far off each is.
pub(super) type Rows<'a> = [(&'a [f64], u64)];

/// What so many values of rows come to.
#[inline(always)]
pub(super) fn joined<J: Join, const N: usize>(rows: &Rows, at: usize) -> [f64; N] {
    let mut joined = [J::NOTHING; N];
    for (row, step) in rows {
        let values: &[f64; N] = load(row, at);
        for l in 0..N {
            joined[l] = J::join(joined[l], values[l], *step);
        }
    }
    joined
}

/// What rows come to.
pub(super) fn join<J: Join>(rows: &Rows, out: &mut [f64]) {
    struct Joining<'a, J>(&'a Rows<'a>, &'a mut [f64], PhantomData<J>);
    impl<J: Join> Kernel for Joining<'_, J> {
        #[inline(always)]
        fn at<const N: usize>(&mut self, at: usize) {
            store(self.1, at, &joined::<J, N>(self.0, at));
        }
    }
    along(out.len(), Joining::<J>(rows, out, PhantomData));
}

/// The windows that rows of keys come to.
pub(super) fn choose(rows: &Rows, out: &mut [u32]) {
    struct Choosing<'a>(&'a Rows<'a>, &'a mut [u32]);
    impl Kernel for Choosing<'_> {
        #[inline(always)]
        fn at<const N: usize>(&mut self, at: usize) {
            store(self.1, at, &joined::<Least, N>(self.0, at).map(choice));
        }
    }
    along(out.len(), Choosing(rows, out));
}

/// Joins what the windows around each voxel are worth, along samples and then
/// along crosslines, as rows of a line come in.
#[derive(Clone)]
pub(super) struct Spreading<J> {
    half: [usize; 2],
    shape: [usize; 2],
    /// What offsets along crosslines and along samples add, the lowest first.
    steps: [Vec<u64>; 2],
    /// A row with nothing on both sides.
    padded: Vec<f64>,
    /// The last rows, joined along samples.
    ring: Vec<Vec<f64>>,
    join: PhantomData<J>,
}

impl<J: Join> Spreading<J> {
    /// For windows of a half-size on a line of so many crosslines and samples;
    /// `step(axis, offset)` is what an offset along an axis adds.
    pub(super) fn new(
        [_, rx, rt]: [usize; 3],
        shape: [usize; 2],
        step: impl Fn(usize, isize) -> u64,
    ) -> Self {
        let steps = |axis: usize, r: usize| {
            let offsets = -(r as isize)..=r as isize;
            offsets.map(|offset| step(axis, offset)).collect()
        };
        Self {
            half: [rx, rt],
            shape,
            steps: [steps(1, rx), steps(2, rt)],
            padded: vec![J::NOTHING; shape[1] + 2 * rt],
            ring: vec![vec![J::NOTHING; shape[1]]; 2 * rx + 1],
            join: PhantomData,
        }
    }

    /// Takes row `x`; writes the rows of `out` that nothing more will come to.
    pub(super) fn push(&mut self, x: usize, row: impl Iterator<Item = f64>, out: &mut [f64]) {
        let [rx, rt] = self.half;
        let [nx, nt] = self.shape;
        let side = 2 * rx + 1;
        let padded = self.padded[rt..rt + nt].iter_mut().zip(row);
        padded.for_each(|(a, b)| *a = b);
        let along = self.steps[1].iter().enumerate();
        let along: Vec<_> = along.map(|(k, step)| (&self.padded[k..], *step)).collect();
        join::<J>(&along, &mut self.ring[x % side]);
        let whole = if x + 1 == nx {
            nx
        } else {
            (x + 1).saturating_sub(rx)
        };
        for done in x.saturating_sub(rx)..whole {
            let near = done.saturating_sub(rx)..(done + rx + 1).min(nx);
            let step = |near: usize| self.steps[0][near + rx - done];
            let across = near.map(|near| (&self.ring[near % side][..], step(near)));
            join::<J>(&across.collect::<Vec<_>>(), &mut out[done * nt..][..nt]);
        }
    }
}
