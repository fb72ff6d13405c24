//! Mean and variance of a whole volume, line by line.

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

/// Count, mean and sum of squared deviations of the live samples of a volume or
/// of a part of it.
///
/// Parts are lines; they are joined in order (Chan, Golub and LeVeque 1979), so
/// the result does not depend on how the volume was cut.
///
/// ```
/// use ndarray::array;
/// use outcrop::attributes::Spread;
/// let lines = [array![[1.0_f32, f32::NAN], [0.0, 0.0]], array![[3.0, 5.0], [4.0, 2.0]]];
/// let all: Spread = lines.iter().map(|line| Spread::of_line(line.view())).sum();
/// assert_eq!((all.live, all.mean, all.variance()), (5, 3.0, 2.0));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// Samples that are neither null nor on a dead trace.
    pub live: u64,
    /// Their mean.
    pub mean: f64,
    /// Sum of the squares of their deviations from it.
    pub squares: f64,
}

impl Spread {
    /// Of one line, `[traces, samples]`. A trace without a sample that is neither
    /// null nor zero is dead and does not count.
    #[allow(clippy::needless_pass_by_value)] // a view is a value, as everywhere in ndarray
    pub fn of_line(line: ArrayView2<f32>) -> Self {
        let traces = line.rows().into_iter();
        traces
            .map(|trace| {
                let live = || {
                    trace
                        .iter()
                        .filter(|v| v.is_finite())
                        .map(|v| f64::from(*v))
                };
                if live().all(|v| v == 0.0) {
                    return Spread::default();
                }
                let count = live().count();
                let mean = live().sum::<f64>() / count as f64;
                Spread {
                    live: count as u64,
                    mean,
                    squares: live().map(|v| (v - mean) * (v - mean)).sum(),
                }
            })
            .sum()
    }

    /// Population variance; 0 where nothing is live.
    pub fn variance(&self) -> f64 {
        if self.live == 0 {
            0.0
        } else {
            self.squares / self.live as f64
        }
    }
}

impl std::iter::Sum for Spread {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Spread::default(), |a, b| {
            let live = a.live + b.live;
            if live == 0 {
                return a;
            }
            let part = b.live as f64 / live as f64;
            let step = b.mean - a.mean;
            Spread {
                live,
                mean: a.mean + step * part,
                squares: a.squares + b.squares + step * step * a.live as f64 * part,
            }
        })
    }
}
