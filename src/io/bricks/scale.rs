//! Values to 8-bit levels and back.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::io::{IoError, SampleKind, Volume};
use crate::model::{Block, Direction, Pick};
use crate::task::Task;

/// What the 255 levels stand for: code `c` is `origin + c * step`, code 0 null.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scale {
    /// Value that code 0 would have.
    pub origin: f32,
    /// From one code to the next; above 0.
    pub step: f32,
}

/// Traces looked at first. A prime: no column of the survey is looked at only.
const TRACES: usize = 1021;
/// Most samples looked at in one round.
const SAMPLES: usize = 2 << 20;
/// Fewer live samples than this call for more traces.
const ENOUGH: usize = 10_000;
/// Share of values beyond each end.
const BEYOND: f64 = 0.001;
/// Smallest step: its inverse is still a number.
const LEAST: f32 = 1e-36;

impl Scale {
    /// The scale of a volume, from traces spread evenly over it.
    ///
    /// Classes keep their codes; whole numbers within 254 of each other are
    /// exact; values that swing to both sides of 0 have 0 as code 128; a volume
    /// without values gets -1 to 1.
    pub(super) fn of(volume: &dyn Volume, task: &Task) -> Result<Scale, IoError> {
        if volume.kind() == SampleKind::Classes {
            return Ok(Scale::whole(-127.0));
        }
        let [inlines, crosslines, _] = volume.grid().shape();
        let total = inlines * crosslines;
        let mut wanted = TRACES.min(total);
        loop {
            let mut values = sampled(volume, wanted, task)?;
            if values.len() >= ENOUGH.min(wanted) || wanted == total {
                return Ok(Scale::spanning(&mut values));
            }
            wanted = (wanted * 8).min(total);
        }
    }

    /// The scale that spans values.
    fn spanning(values: &mut [f32]) -> Scale {
        if values.is_empty() {
            return Scale::around_zero(1.0);
        }
        let (mut min, mut max) = (f32::INFINITY, f32::NEG_INFINITY);
        let mut whole = true;
        for &v in values.iter() {
            (min, max) = (min.min(v), max.max(v));
            whole &= v.fract() == 0.0;
        }
        if whole && max - min <= 254.0 && max.abs() < 1e6 {
            return Scale::whole(min - ((254.0 - (max - min)) / 2.0).floor());
        }
        let last = values.len() - 1;
        let mut at = |share: f64| {
            let n = (share * last as f64).round() as usize;
            *values.select_nth_unstable_by(n, f32::total_cmp).1
        };
        let (low, high) = (at(BEYOND), at(1.0 - BEYOND));
        let (near, far) = (high.min(-low), high.max(-low));
        if near > 0.2 * far {
            return Scale::around_zero(far);
        }
        let step = ((high - low) / 254.0).max(LEAST);
        Scale {
            origin: low - step,
            step,
        }
    }

    fn around_zero(reach: f32) -> Scale {
        let step = (reach / 127.0).max(LEAST);
        Scale {
            origin: -128.0 * step,
            step,
        }
    }

    /// Whole numbers from `low` on.
    fn whole(low: f32) -> Scale {
        Scale {
            origin: low - 1.0,
            step: 1.0,
        }
    }

    /// Codes of values; NaN is null.
    pub(super) fn encode(&self, values: &[f32], codes: &mut [u8]) {
        let (origin, inverse) = (self.origin, 1.0 / self.step);
        for (code, &v) in codes.iter_mut().zip(values) {
            let level = ((v - origin) * inverse).clamp(1.0, 255.0);
            // Adding 2^23 leaves the nearest whole number in the lowest bits.
            let nearest = (level + 8_388_608.0).to_bits() as u8;
            *code = if v.is_nan() { 0 } else { nearest };
        }
    }

    /// The value of every code; NaN for null.
    pub fn values(&self) -> [f32; 256] {
        std::array::from_fn(|code| match code {
            0 => f32::NAN,
            _ => self.origin + code as f32 * self.step,
        })
    }
}

/// Live samples of `wanted` traces, spread evenly in the order of the file.
fn sampled(volume: &dyn Volume, wanted: usize, task: &Task) -> Result<Vec<f32>, IoError> {
    let [inlines, crosslines, samples] = volume.grid().shape();
    let total = inlines * crosslines;
    let step = (wanted * samples / SAMPLES).max(1);
    let times = Pick {
        start: 0,
        step,
        count: samples.div_ceil(step),
    };
    let parts = (0..wanted).into_par_iter().map(|n| {
        task.check()?;
        let at = ((2 * n + 1) as u128 * total as u128 / (2 * wanted) as u128) as usize;
        let (inline, crossline) = match volume.sorted_by() {
            Direction::Crossline => (at % inlines, at / inlines),
            _ => (at / crosslines, at % crosslines),
        };
        let block = Block {
            inlines: Pick::one(inline),
            crosslines: Pick::one(crossline),
            samples: times,
        };
        let mut trace = vec![0.0; block.len()];
        volume.read(&block, &mut trace)?;
        trace.retain(|v| v.is_finite());
        Ok(trace)
    });
    Ok(parts.collect::<Result<Vec<_>, IoError>>()?.concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn coded(scale: Scale, value: f32) -> (u8, f32) {
        let mut code = [9];
        scale.encode(&[value], &mut code);
        (code[0], scale.values()[usize::from(code[0])])
    }

    #[test]
    fn zero_stays_zero_where_values_swing() {
        let mut values: Vec<f32> = (0..=1000).map(|n| n as f32 * 0.013 - 6.0).collect();
        let scale = Scale::spanning(&mut values);
        assert_eq!(coded(scale, 0.0), (128, 0.0));
        assert_eq!(coded(scale, 1e9).0, 255);
        assert_eq!(coded(scale, -1e9).0, 1);
        assert_eq!(coded(scale, f32::NAN).0, 0);
        assert_eq!(coded(scale, f32::INFINITY).0, 255);
    }

    #[test]
    fn whole_numbers_are_exact() {
        let scale = Scale::spanning(&mut [3.0, 7.0, 5.0, 1.0]);
        for n in -100..120 {
            assert_eq!(coded(scale, n as f32).1, n as f32);
        }
        let classes = Scale::whole(-127.0);
        assert_eq!(coded(classes, -127.0), (1, -127.0));
        assert_eq!(coded(classes, 127.0), (255, 127.0));
    }

    #[test]
    fn volumes_without_range_have_a_scale() {
        let scale = Scale::spanning(&mut []);
        assert!(scale.step > 0.0);
        let scale = Scale::spanning(&mut [0.25; 9]);
        assert_eq!(coded(scale, 0.25).1, 0.25);
        let scale = Scale::spanning(&mut [1e-40, -1e-40]);
        assert!(scale.values()[1..].iter().all(|v| v.is_finite()));
        assert_ne!(coded(scale, 0.0).0, 0);
    }

    proptest! {
        #[test]
        fn a_level_is_never_further_than_half_a_step(
            mut values in prop::collection::vec(-1e6f32..1e6, 1..400)
        ) {
            let scale = Scale::spanning(&mut values);
            // Fewer than a thousand values: none lies beyond the ends.
            for &v in &values {
                let apart = (coded(scale, v).1 - v).abs();
                prop_assert!(apart <= 0.51 * scale.step + 1e-6 * v.abs(), "{v}: {apart}");
            }
        }
    }
}
