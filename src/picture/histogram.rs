//! How values are spread over a range.

use ndarray::ArrayView2;

use super::Clip;

/// Counts of values in equal bins of a range.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// The range that the bins cover.
    pub range: Clip,
    /// How many values lie in each bin.
    pub counts: Vec<u32>,
}

impl Histogram {
    /// Counts the values of a slice that lie in `range`, nulls aside.
    pub fn of(slice: &ArrayView2<f32>, range: Clip, bins: usize) -> Histogram {
        let mut counts = vec![0; bins];
        for &v in slice {
            if bins > 0 && v >= range.low && v <= range.high {
                counts[((range.fraction(v) * bins as f32) as usize).min(bins - 1)] += 1;
            }
        }
        Histogram { range, counts }
    }

    /// Heights from 0 to 1 over another range, in `bins` bins; the square root
    /// of counts, since amplitudes crowd around 0 and the flanks matter.
    pub fn heights(&self, range: Clip, bins: usize) -> Vec<f64> {
        let mut sums = vec![0.0f64; bins];
        let width = (self.range.high - self.range.low) / self.counts.len().max(1) as f32;
        for (i, &count) in self.counts.iter().enumerate() {
            let value = self.range.low + (i as f32 + 0.5) * width;
            let at = (value - range.low) / (range.high - range.low) * bins as f32;
            if at >= 0.0 && (at as usize) < bins {
                sums[at as usize] += f64::from(count);
            }
        }
        let most = sums.iter().copied().fold(0.0, f64::max);
        let height = |n: f64| if most > 0.0 { (n / most).sqrt() } else { 0.0 };
        sums.into_iter().map(height).collect()
    }
}

/// Heights from 0 to 1 as one row of eighth blocks; anything above 0 is seen.
///
/// ```
/// assert_eq!(outcrop::picture::bars(&[0.0, 0.01, 0.5, 1.0]), " ▁▄█");
/// ```
pub fn bars(heights: &[f64]) -> String {
    const BLOCKS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    heights
        .iter()
        .map(|&h| {
            if h > 0.0 {
                BLOCKS[((h.min(1.0) * 8.0).round() as usize).max(1)]
            } else {
                ' '
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_leave_out_nulls_and_outliers() {
        let slice = ndarray::arr2(&[[0.0, 0.1, 0.9, 1.0, 7.0, f32::NAN]]);
        let h = Histogram::of(
            &slice.view(),
            Clip {
                low: 0.0,
                high: 1.0,
            },
            2,
        );
        assert_eq!(h.counts, [2, 2]);
    }

    #[test]
    fn rebinning_keeps_the_shape() {
        let h = Histogram {
            range: Clip {
                low: -1.0,
                high: 1.0,
            },
            counts: vec![1, 4, 16, 4, 1, 0],
        };
        let heights = h.heights(h.range, 6);
        assert_eq!(heights, [0.25, 0.5, 1.0, 0.5, 0.25, 0.0]);
        let wide = Clip {
            low: -3.0,
            high: 3.0,
        };
        assert_eq!(h.heights(wide, 3), [0.0, 1.0, 0.0]);
    }
}
