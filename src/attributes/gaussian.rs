//! Gaussian averages and slopes of what is live, one axis at a time.
//!
//! Both are moments of the live samples under a Gaussian weight `w(s)`: the
//! average `U/W`, and the slope of the straight line fitted with that weight,
//! `(U_s - m U) / (W_ss - m W_s)` with `m = W_s/W`. Where everything is live
//! these are the Gaussian filter and its derivative; at nulls and edges they
//! stay exact for constants (average) and for ramps (slope), so nothing bleeds
//! in from outside. Knutsson and Westin (1993).

use std::ops::{Add, AddAssign, Mul, Sub};

use super::lanes::{LANES, load, store};
use super::slab::{Life, Traces};

/// Single or double precision: the tensor's sums are of a few terms of one size,
/// and single precision runs twice as fast; derivatives of normals need the other.
pub(super) trait Real:
    Copy + Default + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + AddAssign
{
    /// The nearest value.
    fn near(value: f64) -> Self;
}

impl Real for f32 {
    fn near(value: f64) -> Self {
        value as f32
    }
}

impl Real for f64 {
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

/// What turns weighted sums into averages and slopes: one value for a whole
/// trace where all its samples are alike, else one a sample.
#[derive(Clone, Debug, Default)]
pub(super) struct Norm {
    /// `1 / W`.
    weight: Vec<f64>,
    /// `W_s / W`.
    mean: Vec<f64>,
    /// `1 / (W_ss - W_s^2 / W)`, 0 where there is but one place.
    slope: Vec<f64>,
}

impl Norm {
    /// For taps along a trace, at each of its samples.
    pub(super) fn along(taps: &Taps, trace: &[f32], life: Life) -> Self {
        let n = trace.len();
        let mut sums = Sums::new(n);
        for t in 0..n {
            for (s, w, place) in taps.around(t, n) {
                if life == Life::Full || trace[place].is_finite() {
                    sums.add(t, s as f64, w);
                }
            }
        }
        sums.norm()
    }

    /// For taps across live traces, given with their offsets and weights.
    pub(super) fn across(
        traces: &Traces,
        window: impl Iterator<Item = (isize, f64, (usize, usize))> + Clone,
    ) -> Self {
        let partial = window
            .clone()
            .any(|(_, _, (y, x))| traces.life(y, x) == Life::Partial);
        let mut sums = Sums::new(if partial { traces.samples() } else { 1 });
        for (s, w, (y, x)) in window {
            for (t, value) in traces.row(y, x).iter().enumerate().take(sums.weight.len()) {
                if traces.life(y, x) == Life::Full || value.is_finite() {
                    sums.add(t, s as f64, w);
                }
            }
        }
        sums.norm()
    }

    /// Weighted sums into averages.
    pub(super) fn average<R: Real>(&self, sum: &mut [R]) {
        if let [weight] = self.weight[..] {
            let weight = R::near(weight);
            for u in sum {
                *u = *u * weight;
            }
        } else {
            let sums = sum.iter_mut().zip(&self.weight);
            sums.for_each(|(u, w)| *u = *u * R::near(*w));
        }
    }

    /// Sums weighted with the offset into slopes, given the plain sums.
    pub(super) fn slope<R: Real>(&self, moment: &mut [R], sum: &[R]) {
        if let ([mean], [slope]) = (&self.mean[..], &self.slope[..]) {
            let (mean, slope) = (R::near(*mean), R::near(*slope));
            for (m, u) in moment.iter_mut().zip(sum) {
                *m = (*m - mean * *u) * slope;
            }
        } else {
            let norms = self.mean.iter().zip(&self.slope);
            for ((m, u), (mean, slope)) in moment.iter_mut().zip(sum).zip(norms) {
                *m = (*m - R::near(*mean) * *u) * R::near(*slope);
            }
        }
    }
}

struct Sums {
    weight: Vec<f64>,
    first: Vec<f64>,
    second: Vec<f64>,
}

impl Sums {
    fn new(n: usize) -> Self {
        Self {
            weight: vec![0.0; n],
            first: vec![0.0; n],
            second: vec![0.0; n],
        }
    }

    fn add(&mut self, at: usize, s: f64, w: f64) {
        self.weight[at] += w;
        self.first[at] += w * s;
        self.second[at] += w * s * s;
    }

    fn norm(self) -> Norm {
        let inverse = |x: f64| if x > 1e-9 { 1.0 / x } else { 0.0 };
        let weight: Vec<f64> = self.weight.iter().map(|w| inverse(*w)).collect();
        let mean: Vec<f64> = self.first.iter().zip(&weight).map(|(a, b)| a * b).collect();
        let spread = self.second.iter().zip(self.first.iter().zip(&mean));
        Norm {
            slope: spread.map(|(c, (b, m))| inverse(c - b * m)).collect(),
            weight,
            mean,
        }
    }
}

/// `sum += w * row`.
pub(super) fn add_scaled<R: Real>(sum: &mut [R], w: f64, row: &[R]) {
    let w = R::near(w);
    for (a, b) in sum.iter_mut().zip(row) {
        *a += w * *b;
    }
}

/// The sum of rows with their weights, into `out`.
pub(super) fn weigh<R: Real>(rows: &[(f64, &[R])], out: &mut [R]) {
    for (i, out) in out.chunks_mut(LANES).enumerate() {
        let from = i * LANES;
        let mut sum = [R::default(); LANES];
        for (w, row) in rows {
            let w = R::near(*w);
            let values = load(row, from);
            for l in 0..LANES {
                sum[l] += w * values[l];
            }
        }
        store(out, &sum);
    }
}

/// A row with zeros on both sides, so that no tap falls outside.
#[derive(Clone, Debug, Default)]
pub(super) struct Padded<R>(Vec<R>);

impl<R: Real> Padded<R> {
    fn take(&mut self, row: &[R], radius: usize) -> &[R] {
        self.0.clear();
        self.0.resize(row.len() + 2 * radius + LANES, R::default());
        self.0[radius..radius + row.len()].copy_from_slice(row);
        &self.0
    }
}

/// Weighted sums along a row of values that are 0 where null.
pub(super) fn sum_along<R: Real>(taps: &Taps, row: &[R], padded: &mut Padded<R>, out: &mut [R]) {
    let (r, row) = (taps.radius, padded.take(row, taps.radius));
    let lanes = |at: usize| load(row, at);
    for (i, out) in out.chunks_mut(LANES).enumerate() {
        let t = i * LANES;
        let mut sum = [R::default(); LANES];
        add_scaled(&mut sum, taps.weights[r], &lanes(t + r));
        for k in 1..=r {
            let w = R::near(taps.weights[r + k]);
            let (before, after) = (lanes(t + r - k), lanes(t + r + k));
            for l in 0..LANES {
                sum[l] += w * (before[l] + after[l]);
            }
        }
        store(out, &sum);
    }
}

/// The same, and the sums weighted with the offset as well.
pub(super) fn moments_along<R: Real>(
    taps: &Taps,
    row: &[R],
    padded: &mut Padded<R>,
    sum: &mut [R],
    moment: &mut [R],
) {
    sum_along(taps, row, padded, sum);
    let (r, row) = (taps.radius, &padded.0);
    let lanes = |at: usize| load(row, at);
    for (i, out) in moment.chunks_mut(LANES).enumerate() {
        let t = i * LANES;
        let mut sum = [R::default(); LANES];
        for k in 1..=r {
            let w = R::near(taps.weights[r + k] * k as f64);
            let (before, after) = (lanes(t + r - k), lanes(t + r + k));
            for l in 0..LANES {
                sum[l] += w * (after[l] - before[l]);
            }
        }
        store(out, &sum);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averages_keep_constants_and_slopes_keep_ramps_at_edges_and_nulls() {
        let taps = Taps::new(1.0);
        assert_eq!(taps.radius, 4);
        let trace: Vec<f32> = (0..20)
            .map(|i| {
                if [3, 4, 11].contains(&i) {
                    f32::NAN
                } else {
                    2.0 + 0.5 * i as f32
                }
            })
            .collect();
        let norm = Norm::along(&taps, &trace, Life::Partial);
        let live: Vec<f64> = trace
            .iter()
            .map(|v| if v.is_finite() { f64::from(*v) } else { 0.0 })
            .collect();
        let ones: Vec<f64> = trace
            .iter()
            .map(|v| f64::from(u8::from(v.is_finite())))
            .collect();
        let (mut sum, mut moment) = (vec![0.0; 20], vec![0.0; 20]);
        moments_along(&taps, &live, &mut Padded::default(), &mut sum, &mut moment);
        norm.slope(&mut moment, &sum);
        assert!(moment.iter().all(|m| (m - 0.5).abs() < 1e-12), "{moment:?}");
        sum_along(&taps, &ones, &mut Padded::default(), &mut sum);
        norm.average(&mut sum);
        assert!(sum.iter().all(|m| (m - 1.0).abs() < 1e-12), "{sum:?}");
    }

    #[test]
    fn a_single_place_has_no_slope() {
        let taps = Taps::new(1.0);
        let norm = Norm::along(&taps, &[3.0], Life::Full);
        let (mut sum, mut moment) = (vec![0.0_f64], vec![0.0]);
        moments_along(&taps, &[3.0], &mut Padded::default(), &mut sum, &mut moment);
        norm.slope(&mut moment, &sum);
        assert_eq!(moment, [0.0]);
    }
}
