//! Sums over the whole live volume: the only thing a slab must know of the rest.

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use super::AttributeError;

/// Count and energy of the live samples of a volume or of a part of it.
///
/// Parts are lines: sums within a line run over its traces in order, and lines
/// are added in order, so the totals do not depend on how the volume was cut.
///
/// ```
/// use ndarray::array;
/// use outcrop::attributes::Statistics;
/// let lines = [array![[3.0_f32, f32::NAN], [0.0, 0.0]], array![[4.0, 0.0], [0.0, 0.0]]];
/// let all: Statistics = lines.iter().map(|line| Statistics::of_line(line.view())).sum();
/// assert_eq!((all.live, all.energy), (3, 25.0));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Statistics {
    /// Samples that are neither null nor on a dead trace.
    pub live: u64,
    /// Sum of their squares.
    pub energy: f64,
}

impl Statistics {
    /// Statistics of one line, `[traces, samples]`. A trace without a sample
    /// that is neither null nor zero is dead and does not count.
    #[allow(clippy::needless_pass_by_value)] // a view is a value, as everywhere in ndarray
    pub fn of_line(line: ArrayView2<f32>) -> Self {
        let mut sum = Statistics::default();
        for trace in line.rows() {
            let (mut live, mut energy) = (0, 0.0);
            for &value in trace {
                if value.is_finite() {
                    live += 1;
                    energy += f64::from(value) * f64::from(value);
                }
            }
            if energy > 0.0 {
                sum.live += live;
                sum.energy += energy;
            }
        }
        sum
    }

    /// Mean square of the live samples; an error where there is none but zeros.
    pub fn mean_energy(&self) -> Result<f64, AttributeError> {
        let mean = self.energy / self.live as f64;
        if mean > 0.0 && mean.is_finite() {
            Ok(mean)
        } else {
            Err(AttributeError::Nothing)
        }
    }
}

impl std::iter::Sum for Statistics {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Statistics::default(), |a, b| Statistics {
            live: a.live + b.live,
            energy: a.energy + b.energy,
        })
    }
}
