//! A slice brought to the size of the screen.

use ndarray::ArrayView2;

use super::Viewport;

/// Pixels in rows from the top left; NaN where there is no sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Raster {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Values, row by row.
    pub values: Vec<f32>,
}

impl Raster {
    /// Evens out the strength of every column (automatic gain control, for
    /// display): each pixel is divided by the root mean square of those up to
    /// `reach` above and below it, and scaled by that of the whole raster.
    pub fn evened(mut self, reach: usize) -> Raster {
        let square = |v: f32| {
            if v.is_nan() {
                0.0
            } else {
                f64::from(v).powi(2)
            }
        };
        let live = self.values.iter().filter(|v| !v.is_nan()).count().max(1);
        let sum: f64 = self.values.iter().map(|&v| square(v)).sum();
        let whole = (sum / live as f64).sqrt();
        for x in 0..self.width {
            // Sums and counts up to each row: a window is a difference of two.
            let mut upto = vec![(0.0, 0usize)];
            for y in 0..self.height {
                let v = self.values[y * self.width + x];
                let (sum, n) = upto[y];
                upto.push((sum + square(v), n + usize::from(!v.is_nan())));
            }
            for y in 0..self.height {
                let low = upto[y.saturating_sub(reach)];
                let high = upto[(y + reach + 1).min(self.height)];
                let rms = ((high.0 - low.0).max(0.0) / (high.1 - low.1).max(1) as f64).sqrt();
                if rms > 0.0 {
                    self.values[y * self.width + x] *= (whole / rms) as f32;
                }
            }
        }
        self
    }
}

/// Most samples along one axis that one pixel looks at. A mean over more
/// says the same, and a step through a large slice must stay quick.
const LOOKED_AT: usize = 16;

/// Brings a slice `[a, b]` to a window, with each row of cells cut into `parts`
/// pixels (2 for half-blocks).
///
/// Where several samples share a pixel it is their mean, so that no reflector
/// falls between pixels; where a sample fills several pixels they are equal.
/// Nulls (NaN) do not count in means. Cost: at most 256 samples a pixel.
///
/// ```
/// use ndarray::arr2;
/// use outcrop::picture::{Viewport, resample};
/// let slice = arr2(&[[0.0, 1.0, 2.0, 3.0], [4.0, 5.0, 6.0, f32::NAN]]); // 2 traces of 4 samples
/// let raster = resample(&slice.view(), &Viewport::fit((2, 4), 2, 1), 2);
/// assert_eq!(raster.values, [0.5, 4.5, 2.5, 6.0]);
/// ```
pub fn resample(slice: &ArrayView2<f32>, view: &Viewport, parts: usize) -> Raster {
    let rows = shares(slice.dim().1, view.rows * parts, |r| {
        view.samples_down(r, parts)
    });
    let columns = shares(slice.dim().0, view.columns, |c| view.samples_across(c));
    let (width, height) = (columns.len(), rows.len());
    let mut values = vec![f32::NAN; width * height];
    for (x, column) in columns.iter().enumerate() {
        for (y, row) in rows.iter().enumerate() {
            let (mut sum, mut count) = (0.0f32, 0u32);
            for a in column.clone() {
                for b in row.clone() {
                    let v = slice[[a, b]];
                    if !v.is_nan() {
                        sum += v;
                        count += 1;
                    }
                }
            }
            if count > 0 {
                values[y * width + x] = sum / count as f32;
            }
        }
    }
    Raster {
        width,
        height,
        values,
    }
}

/// Brings a slice of class codes to a window: the most frequent code of each
/// pixel (the smaller of two equals), 0 where there is none.
pub fn resample_classes(slice: &ArrayView2<f32>, view: &Viewport, parts: usize) -> Vec<u8> {
    let rows = shares(slice.dim().1, view.rows * parts, |r| {
        view.samples_down(r, parts)
    });
    let columns = shares(slice.dim().0, view.columns, |c| view.samples_across(c));
    let mut codes = Vec::with_capacity(rows.len() * columns.len());
    let mut counts = [0u16; 256];
    for row in &rows {
        for column in &columns {
            let mut best = 0u8;
            for a in column.clone() {
                for b in row.clone() {
                    let v = slice[[a, b]];
                    if (1.0..256.0).contains(&v) {
                        let code = v as u8;
                        counts[code as usize] += 1;
                        let (n, m) = (counts[code as usize], counts[best as usize]);
                        if best == 0 || n > m || (n == m && code < best) {
                            best = code;
                        }
                    }
                }
            }
            codes.push(best);
            counts = [0; 256];
        }
    }
    codes
}

/// Samples of each of `count` shares, cut to the slice and thinned to [`LOOKED_AT`].
fn shares(
    samples: usize,
    count: usize,
    share: impl Fn(usize) -> std::ops::Range<usize>,
) -> Vec<std::iter::StepBy<std::ops::Range<usize>>> {
    (0..count)
        .map(|i| {
            let range = share(i);
            let range = range.start.min(samples)..range.end.min(samples);
            let step = range.len().div_ceil(LOOKED_AT).max(1);
            range.step_by(step)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    #[test]
    fn a_thin_reflector_survives_any_zoom() {
        for at in 0..240 {
            let mut slice = Array2::zeros((20, 240));
            slice.column_mut(at).fill(1.0);
            let raster = resample(&slice.view(), &Viewport::fit((20, 240), 10, 9), 2);
            let hit = raster.values.iter().filter(|v| **v > 0.0).count();
            assert_eq!(hit, 10, "sample {at}");
        }
    }

    #[test]
    fn means_keep_the_total() {
        let slice = Array2::from_shape_fn((64, 48), |(a, b)| (a * 48 + b) as f32);
        let raster = resample(&slice.view(), &Viewport::fit((64, 48), 16, 6), 2);
        let mean = raster.values.iter().sum::<f32>() / raster.values.len() as f32;
        assert!((mean - slice.mean().unwrap()).abs() < 0.01);
    }

    #[test]
    fn beyond_the_slice_there_is_nothing() {
        let slice = Array2::from_elem((4, 4), 1.0);
        let mut view = Viewport::fit((4, 4), 8, 4);
        view.left = 2.0;
        let raster = resample(&slice.view(), &view, 1);
        assert!(raster.values[0] == 1.0 && raster.values[7].is_nan());
    }

    #[test]
    fn evening_out_makes_weak_parts_as_strong_as_others() {
        let values = (0..200).map(|i| {
            let wave = (i as f32 * 0.9).sin();
            if i < 100 { 50.0 * wave } else { wave }
        });
        let raster = Raster {
            width: 1,
            height: 200,
            values: values.collect(),
        };
        let strength = |v: &[f32]| v.iter().map(|v| v * v).sum::<f32>().sqrt();
        let even = raster.clone().evened(20);
        let (upper, lower) = (strength(&even.values[..70]), strength(&even.values[130..]));
        assert!((upper / lower - 1.0).abs() < 0.05, "{upper} {lower}");
        assert!(
            raster
                .values
                .iter()
                .zip(&even.values)
                .all(|(a, b)| a * b >= 0.0)
        );
        let null = Raster {
            values: vec![f32::NAN; 200],
            ..raster
        };
        assert!(null.evened(20).values.iter().all(|v| v.is_nan()));
    }

    #[test]
    fn classes_are_never_averaged() {
        let slice = Array2::from_shape_fn((6, 6), |(a, _)| if a < 3 { 1.0 } else { 3.0 });
        let codes = resample_classes(&slice.view(), &Viewport::fit((6, 6), 4, 2), 1);
        assert!(codes.iter().all(|&c| c == 1 || c == 3));
        let odd = ndarray::arr2(&[[f32::NAN, -3.0, 900.0, 0.0]]);
        assert_eq!(
            resample_classes(&odd.view(), &Viewport::fit((1, 4), 1, 4), 1),
            [0; 4]
        );
    }
}
