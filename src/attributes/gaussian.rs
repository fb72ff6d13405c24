//! Gaussian averages and slopes of what is live, one axis at a time.
//!
//! Both are moments of the live samples under a Gaussian weight `w(s)`: the
//! average `U/W`, and the slope of the straight line fitted with that weight,
//! `(U_s - m U) / (W_ss - m W_s)` with `m = W_s/W`. Where everything is live
//! these are the Gaussian filter and its derivative; at nulls and edges they
//! stay exact for constants (average) and for ramps (slope), so nothing bleeds
//! in from outside. Knutsson and Westin (1993).

use super::slab::{Life, Traces};

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
    pub(super) fn average(&self, sum: &mut [f64]) {
        if let [weight] = self.weight[..] {
            for u in sum {
                *u *= weight;
            }
        } else {
            sum.iter_mut().zip(&self.weight).for_each(|(u, w)| *u *= w);
        }
    }

    /// Sums weighted with the offset into slopes, given the plain sums.
    pub(super) fn slope(&self, moment: &mut [f64], sum: &[f64]) {
        if let ([mean], [slope]) = (&self.mean[..], &self.slope[..]) {
            for (m, u) in moment.iter_mut().zip(sum) {
                *m = (*m - mean * u) * slope;
            }
        } else {
            let norms = self.mean.iter().zip(&self.slope);
            for ((m, u), (mean, slope)) in moment.iter_mut().zip(sum).zip(norms) {
                *m = (*m - mean * u) * slope;
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
pub(super) fn add_scaled(sum: &mut [f64], w: f64, row: &[f64]) {
    for (a, b) in sum.iter_mut().zip(row) {
        *a += w * b;
    }
}

/// Weighted sums along a row of values that are 0 where null.
pub(super) fn sum_along(taps: &Taps, row: &[f64], out: &mut [f64]) {
    out.fill(0.0);
    along(taps, row.len(), |w, _, from, to| {
        add_scaled(&mut out[to.clone()], w, &row[from]);
    });
}

/// The same, and the sums weighted with the offset as well.
pub(super) fn moments_along(taps: &Taps, row: &[f64], sum: &mut [f64], moment: &mut [f64]) {
    sum.fill(0.0);
    moment.fill(0.0);
    along(taps, row.len(), |w, s, from, to| {
        add_scaled(&mut sum[to.clone()], w, &row[from.clone()]);
        add_scaled(&mut moment[to], w * s, &row[from]);
    });
}

type Span = std::ops::Range<usize>;

/// Calls `add(weight, offset, from, to)` for each tap with the parts of a row
/// of `n` that it joins.
fn along(taps: &Taps, n: usize, mut add: impl FnMut(f64, f64, Span, Span)) {
    for (s, w) in taps.iter() {
        let ahead = s.unsigned_abs();
        if ahead >= n {
            continue;
        }
        if s < 0 {
            add(w, s as f64, 0..n - ahead, ahead..n);
        } else {
            add(w, s as f64, ahead..n, 0..n - ahead);
        }
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
        moments_along(&taps, &live, &mut sum, &mut moment);
        norm.slope(&mut moment, &sum);
        assert!(moment.iter().all(|m| (m - 0.5).abs() < 1e-12), "{moment:?}");
        sum_along(&taps, &ones, &mut sum);
        norm.average(&mut sum);
        assert!(sum.iter().all(|m| (m - 1.0).abs() < 1e-12), "{sum:?}");
    }

    #[test]
    fn a_single_place_has_no_slope() {
        let taps = Taps::new(1.0);
        let norm = Norm::along(&taps, &[3.0], Life::Full);
        let (mut sum, mut moment) = (vec![0.0], vec![0.0]);
        moments_along(&taps, &[3.0], &mut sum, &mut moment);
        norm.slope(&mut moment, &sum);
        assert_eq!(moment, [0.0]);
    }
}
