//! Values to levels: clips, gain and polarity.

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

/// The range of values that the colours span; what lies outside saturates.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Clip {
    /// Value of the first colour.
    pub low: f32,
    /// Value of the last colour, above `low`.
    pub high: f32,
}

/// How many samples a percentile looks at: more change the second digit of nothing.
const LOOKED_AT: usize = 1 << 16;

impl Clip {
    /// A clip from the 2nd to the 98th percentile of a slice, made symmetric
    /// around 0 where the values swing to both sides of it (amplitude, dip).
    ///
    /// Nulls (NaN) do not count. A slice without values gives -1 to 1, a
    /// constant one a range around its value.
    ///
    /// ```
    /// use ndarray::Array2;
    /// use outcrop::picture::Clip;
    /// let ramp = Array2::from_shape_fn((100, 101), |(_, j)| j as f32 - 50.0);
    /// assert_eq!(Clip::auto(&ramp.view()), Clip { low: -48.0, high: 48.0 });
    /// ```
    pub fn auto(samples: &ArrayView2<f32>) -> Clip {
        let stride = samples.len() / LOOKED_AT + 1;
        let mut values: Vec<f32> = samples
            .iter()
            .step_by(stride)
            .copied()
            .filter(|v| v.is_finite())
            .collect();
        if values.is_empty() {
            return Clip {
                low: -1.0,
                high: 1.0,
            };
        }
        values.sort_unstable_by(f32::total_cmp);
        let at = |fraction: f64| values[((values.len() - 1) as f64 * fraction).round() as usize];
        let clip = Clip {
            low: at(0.02),
            high: at(0.98),
        };
        if clip.swings() {
            clip.symmetric()
        } else {
            clip.opened()
        }
    }

    /// A clip from the smallest to the largest value that is not null.
    pub fn full(samples: &ArrayView2<f32>) -> Clip {
        let (mut low, mut high) = (f32::INFINITY, f32::NEG_INFINITY);
        for &v in samples {
            if v.is_finite() {
                low = low.min(v);
                high = high.max(v);
            }
        }
        if low > high {
            return Clip {
                low: -1.0,
                high: 1.0,
            };
        }
        Clip { low, high }.opened()
    }

    /// True where the range reaches well to both sides of 0.
    fn swings(self) -> bool {
        self.low < 0.0
            && self.high > 0.0
            && self.high.min(-self.low) > 0.2 * self.high.max(-self.low)
    }

    /// The same clip with a range that is not empty.
    fn opened(self) -> Clip {
        if self.high > self.low {
            return self;
        }
        let half = (self.low.abs() * 0.5).max(0.5);
        Clip {
            low: self.low - half,
            high: self.low + half,
        }
    }

    /// The clip that reaches equally far to both sides of 0.
    pub fn symmetric(self) -> Clip {
        let reach = self.low.abs().max(self.high.abs());
        if reach > 0.0 {
            Clip {
                low: -reach,
                high: reach,
            }
        } else {
            self.opened()
        }
    }

    /// The clip for a gain of `factor`: narrower for more, around its middle.
    pub fn gained(self, factor: f32) -> Clip {
        let middle = 0.5 * (self.low + self.high);
        let half = 0.5 * (self.high - self.low) / factor;
        if half.is_finite() && half > f32::MIN_POSITIVE {
            Clip {
                low: middle - half,
                high: middle + half,
            }
        } else {
            self
        }
    }

    /// Where a value lies, from 0 at `low` to 1 at `high`, ends for values outside.
    pub fn fraction(self, value: f32) -> f32 {
        ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }
}

/// How values become levels: a clip, and polarity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shading {
    /// The range of values that the levels span.
    pub clip: Clip,
    /// True where high values take the first colours.
    pub reversed: bool,
}

impl Shading {
    /// The level of a value out of `levels`, nothing for a null.
    ///
    /// ```
    /// use outcrop::picture::{Clip, Shading};
    /// let s = Shading { clip: Clip { low: -1.0, high: 1.0 }, reversed: false };
    /// assert_eq!(s.level(-7.0, 30), Some(0));
    /// assert_eq!(s.level(1.0, 30), Some(29));
    /// assert_eq!(s.level(f32::NAN, 30), None);
    /// ```
    pub fn level(&self, value: f32, levels: usize) -> Option<usize> {
        if value.is_nan() || levels == 0 {
            return None;
        }
        let fraction = self.clip.fraction(value);
        let level = ((fraction * levels as f32) as usize).min(levels - 1);
        Some(if self.reversed {
            levels - 1 - level
        } else {
            level
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;
    use proptest::prelude::*;

    #[test]
    fn one_spike_does_not_blank_the_picture() {
        let mut a = Array2::from_shape_fn((50, 50), |(i, j)| ((i * 7 + j * 3) % 11) as f32 - 5.0);
        a[[3, 3]] = 1e9;
        a[[4, 4]] = f32::NAN;
        let clip = Clip::auto(&a.view());
        assert_eq!((clip.low, clip.high), (-5.0, 5.0));
    }

    #[test]
    fn positive_attributes_keep_their_own_ends() {
        let a = Array2::from_shape_fn((10, 100), |(_, j)| 0.9 + j as f32 * 1e-3);
        let clip = Clip::auto(&a.view());
        assert!(clip.low > 0.89 && clip.high < 1.0);
    }

    #[test]
    fn slices_without_range_still_have_one() {
        let nulls = Array2::from_elem((3, 3), f32::NAN);
        assert_eq!(Clip::auto(&nulls.view()).high, 1.0);
        for c in [0.0, 7.0, -3.0] {
            let constant = Array2::from_elem((3, 3), c);
            for clip in [
                Clip::auto(&constant.view()),
                Clip::full(&constant.view()),
                Clip::auto(&constant.view()).symmetric(),
            ] {
                assert!(clip.low < clip.high);
            }
        }
        let empty = Array2::<f32>::zeros((0, 5));
        assert!(Clip::auto(&empty.view()).low < 0.0);
    }

    #[test]
    fn gain_narrows_and_never_empties() {
        let clip = Clip {
            low: -2.0,
            high: 2.0,
        };
        assert_eq!(
            clip.gained(2.0),
            Clip {
                low: -1.0,
                high: 1.0
            }
        );
        let mut narrow = clip;
        for _ in 0..1000 {
            narrow = narrow.gained(1.25);
        }
        assert!(narrow.low < narrow.high);
    }

    proptest! {
        #[test]
        fn levels_keep_the_order_of_values(a in -5.0f32..5.0, b in -5.0f32..5.0, n in 1usize..64) {
            let s = Shading { clip: Clip { low: -2.0, high: 3.0 }, reversed: false };
            let (la, lb) = (s.level(a, n).unwrap(), s.level(b, n).unwrap());
            prop_assert!(la < n && lb < n);
            if a <= b { prop_assert!(la <= lb); }
            let r = Shading { reversed: true, ..s };
            prop_assert_eq!(r.level(a, n).unwrap(), n - 1 - la);
        }
    }
}
