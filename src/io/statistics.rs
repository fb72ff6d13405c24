//! Statistics of a file's samples: all of them where they are few, else those of
//! traces spread evenly over the file.

use serde::Serialize;

use super::IoError;
use super::traces::{Check, Traces};
use crate::model::{Block, Pick};
use crate::task::Task;

/// Files with at most this many samples are read whole.
const WHOLE: u64 = 16 << 20;
/// Samples read of larger ones.
const SPREAD: u64 = 1 << 20;
/// Most traces read of larger ones: each may cost a seek.
const SPREAD_TRACES: u64 = 512;
/// Most values kept for percentiles.
const KEPT: u64 = 16 << 20;
/// Samples read at once.
const AT_ONCE: usize = 1 << 20;

/// Statistics of samples that are not null.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Statistics {
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// Mean.
    pub mean: f64,
    /// Population standard deviation.
    pub std: f64,
    /// 1st percentile, linearly interpolated.
    pub p1: f64,
    /// Median.
    pub p50: f64,
    /// 99th percentile.
    pub p99: f64,
}

/// What was read, and what it gave.
#[derive(Default)]
pub(super) struct Sampled {
    /// Nothing where every sample is null.
    pub(super) statistics: Option<Statistics>,
    /// Traces whose samples were read.
    pub(super) traces: u64,
    /// True where that was all of them.
    pub(super) whole: bool,
}

/// Count, mean and sum of squared deviations of a stream of values (Chan, Golub
/// and LeVeque 1983: parts merge without loss).
#[derive(Clone, Copy, Default)]
struct Moments {
    n: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    fn of(values: &[f32]) -> Moments {
        let n = values.len() as f64;
        if values.is_empty() {
            return Moments::default();
        }
        let mean = values.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
        let squares = values.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum();
        Moments { n, mean, squares }
    }

    fn with(self, other: Moments) -> Moments {
        let n = self.n + other.n;
        if n == 0.0 {
            return self;
        }
        let apart = other.mean - self.mean;
        Moments {
            n,
            mean: self.mean + apart * other.n / n,
            squares: self.squares + other.squares + apart * apart * self.n * other.n / n,
        }
    }
}

/// Reads the samples of `places` traces, or of some, and describes them. `trace`
/// tells which trace of the file lies at a place, `check` looks at their headers.
pub(super) fn statistics(
    traces: &Traces,
    samples: usize,
    places: u64,
    every: bool,
    task: &Task,
    trace: impl Fn(u64) -> Option<u64>,
    check: Option<Check>,
) -> Result<Sampled, IoError> {
    let all = places.saturating_mul(samples as u64);
    let wanted = if every || all <= WHOLE {
        places
    } else {
        (SPREAD / samples as u64)
            .clamp(1, SPREAD_TRACES)
            .min(places)
    };
    // From the middle of each of `wanted` equal stretches.
    let place =
        |i: u64| ((u128::from(i) * 2 + 1) * u128::from(places) / (2 * u128::from(wanted))) as u64;
    let at_once = (AT_ONCE / samples).max(1) as u64;
    let keep_every = (wanted * samples as u64).div_ceil(KEPT).max(1) as usize;
    let mut moments = Moments::default();
    let (mut min, mut max) = (f32::INFINITY, f32::NEG_INFINITY);
    let mut kept = Vec::new();
    let mut read = 0;
    let mut from = 0;
    while from < wanted {
        task.check()?;
        let count = at_once.min(wanted - from) as usize;
        let block = Block {
            inlines: Pick::one(0),
            crosslines: Pick::range(0, count),
            samples: Pick::range(0, samples),
        };
        let mut values = vec![0.0; count * samples];
        let here: Vec<Option<u64>> = (0..count as u64).map(|i| trace(place(from + i))).collect();
        let wanted = |_, i: usize| here.get(i).copied().flatten();
        traces.read_checked(&block, &mut values, wanted, check)?;
        read += here.iter().flatten().count() as u64;
        values.retain(|v| !v.is_nan());
        for &v in &values {
            min = min.min(v);
            max = max.max(v);
        }
        moments = moments.with(Moments::of(&values));
        kept.extend(values.into_iter().step_by(keep_every));
        from += count as u64;
        task.advance(count as u64);
    }
    let statistics = (moments.n > 0.0).then(|| Statistics {
        min: f64::from(min),
        max: f64::from(max),
        mean: moments.mean,
        std: (moments.squares / moments.n).sqrt(),
        p1: percentile(&mut kept, 0.01),
        p50: percentile(&mut kept, 0.50),
        p99: percentile(&mut kept, 0.99),
    });
    Ok(Sampled {
        statistics,
        traces: read,
        whole: wanted == places,
    })
}

/// A percentile of at least one value, interpolated between neighbours.
fn percentile(values: &mut [f32], fraction: f64) -> f64 {
    let at = fraction * (values.len().saturating_sub(1)) as f64;
    let below = at.floor() as usize;
    if below >= values.len() {
        return f64::NAN;
    }
    let (_, &mut low, above) = values.select_nth_unstable_by(below, f32::total_cmp);
    let high = above.iter().copied().min_by(f32::total_cmp).unwrap_or(low);
    let (low, high) = (f64::from(low), f64::from(high));
    low + (at - below as f64) * (high - low)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// numpy.percentile([5, 1, 4, 2, 3], [1, 50, 99]) = [1.04, 3, 4.96].
    #[test]
    fn percentiles_are_numpys() {
        let mut values = [5.0, 1.0, 4.0, 2.0, 3.0];
        assert!((percentile(&mut values, 0.01) - 1.04).abs() < 1e-12);
        assert_eq!(percentile(&mut values, 0.5), 3.0);
        assert!((percentile(&mut values, 0.99) - 4.96).abs() < 1e-12);
        assert_eq!(percentile(&mut [7.0], 0.99), 7.0);
    }

    proptest! {
        #[test]
        fn moments_merge(values in prop::collection::vec(-1e3f32..1e3, 1..200), cut in 0usize..200) {
            let (a, b) = values.split_at(cut.min(values.len()));
            let merged = Moments::of(a).with(Moments::of(b));
            let whole = Moments::of(&values);
            prop_assert!((merged.mean - whole.mean).abs() < 1e-9 * 1e3);
            prop_assert!((merged.squares - whole.squares).abs() < 1e-9 * (1.0 + whole.squares));
        }
    }
}
