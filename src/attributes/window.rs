//! Samples along structure: a trace read at fractional times, linearly.

/// Where a stretch of a trace begins, between its samples.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    /// Sample before or at the beginning; may lie outside the trace.
    whole: isize,
    /// How far from there to the next sample, in `[0, 1)`.
    part: f64,
}

impl Start {
    /// The stretch that begins `half` samples before `centre + shift`.
    pub(super) fn new(centre: usize, shift: f64, half: usize) -> Self {
        let floor = shift.floor();
        Self {
            whole: centre as isize + floor as isize - half as isize,
            part: shift - floor,
        }
    }

    /// True where `count` values from here need no look at the trace's ends.
    pub(super) fn is_inside(self, count: usize, samples: usize) -> bool {
        self.whole >= 0 && self.whole as usize + count < samples
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
