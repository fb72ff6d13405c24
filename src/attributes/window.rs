//! Samples along structure: a trace read at fractional times.

use super::Interpolation;

/// Where a stretch of a trace begins, between its samples.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    /// Sample before or at the beginning; may lie outside the trace.
    whole: isize,
    /// How far from there to the next sample, in `[0, 1)`.
    part: f64,
    /// Weights of the samples around a time between two, where it is not on the line
    /// between them.
    weights: Option<[f64; POINTS]>,
}

/// Samples that a value between two is found from; half of them lie before it.
const POINTS: usize = 8;

/// Weights of the samples around a fraction of a sample: a sinc under
/// `(1 - (x / 4)^2)^2`, brought to the sum 1.
fn sinc(part: f64) -> [f64; POINTS] {
    let half = POINTS as f64 / 2.0;
    let weight = |i: usize| {
        let x = part + half - 1.0 - i as f64;
        let turn = std::f64::consts::PI * x;
        (turn.sin() / turn) * (1.0 - (x / half).powi(2)).powi(2)
    };
    let weights: [f64; POINTS] = std::array::from_fn(weight);
    let sum: f64 = weights.iter().sum();
    weights.map(|w| w / sum)
}

impl Start {
    /// The stretch that begins `half` samples before `centre + shift`.
    pub(super) fn new(centre: usize, shift: f64, half: usize) -> Self {
        let floor = shift.floor();
        Self {
            whole: centre as isize + floor as isize - half as isize,
            part: shift - floor,
            weights: None,
        }
    }

    /// The same, read in another way.
    pub(super) fn by(self, interpolation: Interpolation) -> Self {
        let between = interpolation == Interpolation::Sinc && self.part != 0.0;
        Self {
            weights: between.then(|| sinc(self.part)),
            ..self
        }
    }

    /// True where `count` values from here are linear and need no look at the trace's
    /// ends.
    pub(super) fn is_inside(self, count: usize, samples: usize) -> bool {
        self.weights.is_none() && self.whole >= 0 && self.whole as usize + count < samples
    }

    /// `count` interpolated values of a stretch that [`Self::is_inside`].
    pub(super) fn values(self, trace: &[f32], count: usize) -> impl Iterator<Item = f64> + '_ {
        let from = &trace[self.whole as usize..][..count + 1];
        let part = self.part;
        from.windows(2).map(move |pair| {
            let (a, b) = (f64::from(pair[0]), f64::from(pair[1]));
            a + part * (b - a)
        })
    }

    /// The `k`-th value, if the trace has one there: beyond its ends and beside
    /// nulls it has none.
    pub(super) fn value(self, trace: &[f32], k: usize) -> Option<f64> {
        let at = usize::try_from(self.whole + k as isize).ok()?;
        if let Some(weights) = &self.weights
            && let Some(from) = (at + 1).checked_sub(POINTS / 2)
            && let Some(around) = trace.get(from..from + POINTS)
        {
            let terms = around.iter().zip(weights).map(|(v, w)| f64::from(*v) * w);
            let value: f64 = terms.sum();
            if value.is_finite() {
                return Some(value);
            }
        }
        let a = f64::from(*trace.get(at)?);
        let value = if self.part == 0.0 {
            a
        } else {
            a + self.part * (f64::from(*trace.get(at + 1)?) - a)
        };
        value.is_finite().then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_samples_find_a_wave_between_samples_that_two_do_not() {
        let wave = |t: f64| (1.2 * t).cos();
        let trace: Vec<f32> = (0..40).map(|t| wave(f64::from(t)) as f32).collect();
        for (shift, least) in [(0.5, 0.1), (0.25, 0.05), (-0.4, 0.05)] {
            let error = |interpolation| {
                let start = Start::new(20, shift, 3).by(interpolation);
                let of = |k| start.value(&trace, k).unwrap() - wave(17.0 + shift + k as f64);
                (0..7).map(of).fold(0.0, |most: f64, e| most.max(e.abs()))
            };
            assert!(error(Interpolation::Linear) > least);
            assert!(
                error(Interpolation::Sinc) < 0.01,
                "{}",
                error(Interpolation::Sinc)
            );
        }
        // At the ends, and beside nulls, there are only two samples.
        let mut trace = trace;
        trace[30] = f32::NAN;
        for t in [0, 2, 28, 38] {
            let value = |way| Start::new(t, 0.5, 0).by(way).value(&trace, 0);
            assert_eq!(value(Interpolation::Sinc), value(Interpolation::Linear));
        }
    }

    #[test]
    fn values_between_samples_are_linear_and_end_with_the_trace() {
        let trace = [1.0, 3.0, 2.0, f32::NAN, 5.0];
        let start = Start::new(1, -0.25, 1);
        let found: Vec<_> = (0..7).map(|k| start.value(&trace, k)).collect();
        assert_eq!(found, [None, Some(2.5), Some(2.25), None, None, None, None]);
        let whole = Start::new(2, 2.0, 0);
        assert_eq!(whole.value(&trace, 0), Some(5.0));
        assert!(!whole.is_inside(1, 5));
        let inside = Start::new(1, -0.5, 0);
        assert!(inside.is_inside(2, 5));
        assert_eq!(inside.values(&trace, 2).collect::<Vec<_>>(), [2.0, 2.5]);
    }
}
