//! Gaussian averages and slopes of what is live, one axis at a time.
//!
//! Both are moments of the live samples under a Gaussian weight `w(s)`: the
//! average `U/W`, and the slope of the straight line fitted with that weight,
//! `(U_s - m U) / (W_ss - m W_s)` with `m = W_s/W`. Where everything is live
//! these are the Gaussian filter and its derivative; at nulls and edges they
//! stay exact for constants (average) and for ramps (slope), so nothing bleeds
//! in from outside. Knutsson and Westin (1993).

#![allow(clippy::inline_always)] // compiled for the registers of the caller

use std::ops::{Add, AddAssign, Mul, Sub};

use super::lanes::{Kernel, Lane, along_by, load, store};
use super::slab::{Life, Traces};
use crate::task::wide::{Wide, widest};

/// Values that sums of rows are worked out for at once.
const SUMS: usize = 32;

/// Single or double precision: the tensor's sums are of a few terms of one size,
/// and single precision runs twice as fast; derivatives of normals need the other.
pub(super) trait Real:
    Lane + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + AddAssign
{
    /// The nearest value.
    fn near(value: f64) -> Self;
}

impl Real for f32 {
    #[inline(always)]
    fn near(value: f64) -> Self {
        value as f32
    }
}

impl Real for f64 {
    #[inline(always)]
    fn near(value: f64) -> Self {
        value
    }
}

/// Weights of a Gaussian cut off at four standard deviations.
#[derive(Clone, Debug)]
pub(super) struct Taps {
    /// How far it reaches.
    pub(super) radius: usize,
    weights: Vec<f64>,
}

impl Taps {
    pub(super) fn new(sigma: f64) -> Self {
        let radius = (4.0 * sigma).round() as usize;
        let weight = |i: usize| {
            let s = (i as f64 - radius as f64) / sigma;
            (-0.5 * s * s).exp()
        };
        let weights = if radius == 0 {
            vec![1.0]
        } else {
            (0..=2 * radius).map(weight).collect()
        };
        Self { radius, weights }
    }

    /// Offsets and weights.
    fn iter(&self) -> impl Iterator<Item = (isize, f64)> + Clone + '_ {
        let radius = self.radius as isize;
        (-radius..).zip(self.weights.iter().copied())
    }

    /// Offset, weight and place of the taps around `at` that lie in `0..n`.
    pub(super) fn around(
        &self,
        at: usize,
        n: usize,
    ) -> impl Iterator<Item = (isize, f64, usize)> + Clone + '_ {
        self.iter().filter_map(move |(s, w)| {
            let place = at.checked_add_signed(s)?;
            (place < n).then_some((s, w, place))
        })
    }
}

/// Sums of weights, of weights times offsets, and of weights times their squares.
#[derive(Clone, Copy, Debug, Default)]
struct Moments([f64; 3]);

impl Moments {
    fn add(&mut self, s: f64, w: f64) {
        for (sum, term) in self.0.iter_mut().zip([w, w * s, w * s * s]) {
            *sum += term;
        }
    }

    /// `1 / W`, `W_s / W`, and `1 / (W_ss - W_s^2 / W)`, 0 where there is but one
    /// place.
    fn norm(&self) -> [f64; 3] {
        let inverse = |x: f64| if x > 1e-9 { 1.0 / x } else { 0.0 };
        let [weight, first, second] = self.0;
        let mean = first * inverse(weight);
        [inverse(weight), mean, inverse(second - first * mean)]
    }
}

/// What turns weighted sums into averages and slopes, sample by sample.
#[derive(Clone, Debug, Default)]
pub(super) struct Norm<R> {
    weight: Vec<R>,
    mean: Vec<R>,
    slope: Vec<R>,
}

impl<R: Real> Norm<R> {
    fn new(sums: &[Moments]) -> Self {
        let part = |i: usize| sums.iter().map(|m| R::near(m.norm()[i])).collect();
        Self {
            weight: part(0),
            mean: part(1),
            slope: part(2),
        }
    }

    /// For taps along a trace, at each of its samples.
    fn along(taps: &Taps, trace: &[f32], life: Life) -> Self {
        let n = trace.len();
        let mut sums = vec![Moments::default(); n];
        for (t, sums) in sums.iter_mut().enumerate() {
            for (s, w, place) in taps.around(t, n) {
                if life == Life::Full || trace[place].is_finite() {
                    sums.add(s as f64, w);
                }
            }
        }
        Self::new(&sums)
    }

    /// Weighted sums into averages.
    pub(super) fn average(&self, sum: &mut [R]) {
        for (u, w) in sum.iter_mut().zip(&self.weight) {
            *u = *u * *w;
        }
    }

    /// Sums weighted with the offset into slopes, given the plain sums.
    pub(super) fn slope(&self, moment: &mut [R], sum: &[R]) {
        let norms = self.mean.iter().zip(&self.slope);
        for ((m, u), (mean, slope)) in moment.iter_mut().zip(sum).zip(norms) {
            *m = (*m - *mean * *u) * *slope;
        }
    }
}

/// Live traces under taps across traces, with what each counts for in the average
/// and in the slope.
pub(super) struct Window<R> {
    taps: Vec<Tap<R>>,
    /// Some trace has nulls: what these weights give are sums, to be turned into
    /// averages and slopes. Else they are those already.
    pub(super) norm: Option<Norm<R>>,
}

/// A trace of a window.
pub(super) struct Tap<R> {
    pub(super) place: (usize, usize),
    pub(super) average: R,
    pub(super) slope: R,
}

impl<R: Real> Window<R> {
    /// The live traces among `places`, given with their offsets and weights; all
    /// amplitudes are multiplied by `scale`.
    pub(super) fn new(
        traces: &Traces,
        places: impl Iterator<Item = (isize, f64, (usize, usize))> + Clone,
        scale: f64,
    ) -> Self {
        let live = places.filter(|(_, _, (y, x))| traces.life(*y, *x) != Life::Dead);
        let mut sums = Moments::default();
        let mut partial = false;
        for (s, w, (y, x)) in live.clone() {
            sums.add(s as f64, w);
            partial |= traces.life(y, x) == Life::Partial;
        }
        let norm = partial.then(|| {
            let mut sums = vec![Moments::default(); traces.samples()];
            for (s, w, (y, x)) in live.clone() {
                let is_full = traces.life(y, x) == Life::Full;
                for (sums, value) in sums.iter_mut().zip(traces.row(y, x)) {
                    if is_full || value.is_finite() {
                        sums.add(s as f64, w);
                    }
                }
            }
            Norm::new(&sums)
        });
        let [weight, mean, slope] = if partial {
            [1.0, 0.0, 1.0]
        } else {
            sums.norm()
        };
        let taps = live.map(|(s, w, place)| Tap {
            place,
            average: R::near(w * weight * scale),
            slope: R::near(w * (s as f64 - mean) * slope * scale),
        });
        Self {
            taps: taps.collect(),
            norm,
        }
    }

    /// Its traces.
    pub(super) fn taps(&self) -> &[Tap<R>] {
        &self.taps
    }

    /// Averages of rows, one or several values for each sample one after another;
    /// zeros stand for nulls.
    pub(super) fn average<'a>(&self, row: impl Fn((usize, usize)) -> &'a [R], out: &mut [R]) {
        let rows = self.taps.iter().map(|tap| (tap.average, row(tap.place)));
        let rows: Vec<_> = rows.collect();
        along_by::<SUMS, _>(out.len(), Weighed { rows: &rows, out });
        if let Some(norm) = &self.norm {
            for out in out.chunks_exact_mut(norm.weight.len().max(1)) {
                norm.average(out);
            }
        }
    }

    /// Averages and slopes of rows; zeros stand for nulls.
    pub(super) fn moments<'a>(
        &self,
        row: impl Fn((usize, usize)) -> &'a [R],
        average: &mut [R],
        slope: &mut [R],
    ) {
        let rows = self.taps.iter();
        let rows = rows.map(|tap| ([tap.average, tap.slope], row(tap.place)));
        let rows: Vec<_> = rows.collect();
        let out = [&mut *average, &mut *slope];
        along_by::<SUMS, _>(out[0].len(), WeighedTwice { rows: &rows, out });
        if let Some(norm) = &self.norm {
            norm.slope(slope, average);
            norm.average(average);
        }
    }
}

/// The sum of rows with their weights.
struct Weighed<'a, R> {
    rows: &'a [(R, &'a [R])],
    out: &'a mut [R],
}

impl<R: Real> Kernel for Weighed<'_, R> {
    #[inline(always)]
    fn at<const N: usize>(&mut self, at: usize) {
        let mut sum = [R::ZERO; N];
        for (w, row) in self.rows {
            let values: &[R; N] = load(row, at);
            for l in 0..N {
                sum[l] += *w * values[l];
            }
        }
        store(self.out, at, &sum);
    }
}

/// The sums of rows with two weights each.
struct WeighedTwice<'a, R> {
    rows: &'a [([R; 2], &'a [R])],
    out: [&'a mut [R]; 2],
}

impl<R: Real> Kernel for WeighedTwice<'_, R> {
    #[inline(always)]
    fn at<const N: usize>(&mut self, at: usize) {
        let (mut first, mut second) = ([R::ZERO; N], [R::ZERO; N]);
        for ([a, b], row) in self.rows {
            let values: &[R; N] = load(row, at);
            for l in 0..N {
                first[l] += *a * values[l];
                second[l] += *b * values[l];
            }
        }
        store(self.out[0], at, &first);
        store(self.out[1], at, &second);
    }
}

/// `sum += w * row`.
pub(super) fn add_scaled<R: Real>(sum: &mut [R], w: R, row: &[R]) {
    for (a, b) in sum.iter_mut().zip(row) {
        *a += w * *b;
    }
}

/// A row with zeros on both sides, so that no tap falls outside.
#[derive(Clone, Debug, Default)]
pub(super) struct Padded<R> {
    row: Vec<R>,
    radius: usize,
}

impl<R: Real> Padded<R> {
    /// Room for a row of `n` values with `radius` zeros on either side.
    pub(super) fn room(&mut self, n: usize, radius: usize) -> &mut [R] {
        if self.row.len() != n + 2 * radius || self.radius != radius {
            self.row.clear();
            self.row.resize(n + 2 * radius, R::ZERO);
            self.radius = radius;
        }
        &mut self.row[radius..radius + n]
    }
}

/// Averages and slopes along traces of one length.
#[derive(Clone, Debug)]
pub(super) struct Along<R> {
    taps: Taps,
    /// Weights from the middle on, and the same times their offset.
    weights: Vec<R>,
    moments: Vec<R>,
    /// Of traces without nulls.
    full: Norm<R>,
}

impl<R: Real> Along<R> {
    pub(super) fn new(sigma: f64, samples: usize) -> Self {
        let taps = Taps::new(sigma);
        let from_middle = taps.iter().skip(taps.radius);
        Self {
            full: Norm::along(&taps, &vec![0.0; samples], Life::Full),
            weights: from_middle.clone().map(|(_, w)| R::near(w)).collect(),
            moments: from_middle.map(|(s, w)| R::near(w * s as f64)).collect(),
            taps,
        }
    }

    /// How far it reaches.
    pub(super) fn radius(&self) -> usize {
        self.taps.radius
    }

    /// The norm of a trace that has nulls.
    pub(super) fn norm(&self, trace: &[f32], life: Life) -> Option<Norm<R>> {
        (life != Life::Full).then(|| Norm::along(&self.taps, trace, life))
    }

    /// Averages of a row of values that are 0 where null, with the norm of its
    /// trace where that has nulls.
    pub(super) fn average(&self, row: &Padded<R>, norm: Option<&Norm<R>>, out: &mut [R]) {
        let norm = norm.unwrap_or(&self.full);
        along_by::<SUMS, _>(
            out.len(),
            Averages {
                filter: self,
                row: &row.row,
                norm,
                out,
            },
        );
    }

    /// The same of slopes.
    pub(super) fn slope(&self, row: &Padded<R>, norm: Option<&Norm<R>>, out: &mut [R]) {
        let norm = norm.unwrap_or(&self.full);
        along_by::<SUMS, _>(
            out.len(),
            Slopes {
                filter: self,
                row: &row.row,
                norm,
                out,
            },
        );
    }

    /// Weighted sums of the values around those from `at` on.
    #[inline(always)]
    fn sum<const N: usize>(&self, row: &[R], at: usize) -> [R; N] {
        let middle: &[R; N] = load(row, at + self.taps.radius);
        let mut sum = [R::ZERO; N];
        for l in 0..N {
            sum[l] = self.weights[0] * middle[l];
        }
        for (w, (before, after)) in self.weights[1..].iter().zip(self.pairs::<N>(row, at)) {
            for l in 0..N {
                sum[l] += *w * (before[l] + after[l]);
            }
        }
        sum
    }

    /// The values before and after those from `at` on, from the nearest on.
    #[inline(always)]
    fn pairs<'r, const N: usize>(
        &self,
        row: &'r [R],
        at: usize,
    ) -> impl Iterator<Item = (&'r [R], &'r [R])> {
        let r = self.taps.radius;
        let around = row.get(at..at + N + 2 * r).unwrap_or_default();
        let before = around.get(..(r + N).saturating_sub(1)).unwrap_or_default();
        let after = around.get(r + 1..).unwrap_or_default();
        before.windows(N).rev().zip(after.windows(N))
    }
}

struct Averages<'a, R> {
    filter: &'a Along<R>,
    row: &'a [R],
    norm: &'a Norm<R>,
    out: &'a mut [R],
}

impl<R: Real> Kernel for Averages<'_, R> {
    #[inline(always)]
    fn at<const N: usize>(&mut self, at: usize) {
        let mut sum = self.filter.sum::<N>(self.row, at);
        let weight: &[R; N] = load(&self.norm.weight, at);
        for l in 0..N {
            sum[l] = sum[l] * weight[l];
        }
        store(self.out, at, &sum);
    }
}

struct Slopes<'a, R> {
    filter: &'a Along<R>,
    row: &'a [R],
    norm: &'a Norm<R>,
    out: &'a mut [R],
}

impl<R: Real> Kernel for Slopes<'_, R> {
    #[inline(always)]
    fn at<const N: usize>(&mut self, at: usize) {
        let sum = self.filter.sum::<N>(self.row, at);
        let mut slopes = [R::ZERO; N];
        let pairs = self.filter.pairs::<N>(self.row, at);
        for (w, (before, after)) in self.filter.moments[1..].iter().zip(pairs) {
            for l in 0..N {
                slopes[l] += *w * (after[l] - before[l]);
            }
        }
        let (mean, slope): (&[R; N], &[R; N]) =
            (load(&self.norm.mean, at), load(&self.norm.slope, at));
        for l in 0..N {
            slopes[l] = (slopes[l] - mean[l] * sum[l]) * slope[l];
        }
        store(self.out, at, &slopes);
    }
}

/// The products of two rows.
pub(super) fn multiply<R: Real>(a: &[R], b: &[R], out: &mut [R]) {
    struct Products<'a, R>(&'a [R], &'a [R], &'a mut [R]);
    impl<R: Real> Wide for Products<'_, R> {
        type Out = ();

        #[inline(always)]
        fn run(self) {
            for ((product, a), b) in self.2.iter_mut().zip(self.0).zip(self.1) {
                *product = *a * *b;
            }
        }
    }
    widest(Products(a, b, out));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The averages or slopes of values along a trace whose nulls are those of
    /// another.
    fn along_trace(values: &[f64], trace: &[f32], slopes: bool) -> Vec<f64> {
        let filter = Along::new(1.0, trace.len());
        let mut padded = Padded::default();
        padded.room(values.len(), 4).copy_from_slice(values);
        let norm = filter.norm(trace, Life::of(trace));
        let mut out = vec![0.0; trace.len()];
        if slopes {
            filter.slope(&padded, norm.as_ref(), &mut out);
        } else {
            filter.average(&padded, norm.as_ref(), &mut out);
        }
        out
    }

    #[test]
    fn averages_keep_constants_and_slopes_keep_ramps_at_edges_and_nulls() {
        assert_eq!(Taps::new(1.0).radius, 4);
        for n in [7, 20, 48] {
            let trace: Vec<f32> = (0..n)
                .map(|i| {
                    if [3, 4, 11].contains(&i) {
                        f32::NAN
                    } else {
                        2.0 + 0.5 * i as f32
                    }
                })
                .collect();
            let live = |f: fn(f64) -> f64| -> Vec<f64> {
                let live = trace.iter().map(|v| f64::from(*v));
                live.map(|v| if v.is_finite() { f(v) } else { 0.0 })
                    .collect()
            };
            let slopes = along_trace(&live(|v| v), &trace, true);
            assert!(slopes.iter().all(|m| (m - 0.5).abs() < 1e-12), "{slopes:?}");
            let means = along_trace(&live(|_| 1.0), &trace, false);
            assert!(means.iter().all(|m| (m - 1.0).abs() < 1e-12), "{means:?}");
        }
    }

    #[test]
    fn a_single_place_has_no_slope() {
        assert_eq!(along_trace(&[3.0], &[3.0], true), [0.0]);
        assert_eq!(along_trace(&[3.0], &[3.0], false), [3.0]);
    }
}
