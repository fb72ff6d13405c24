//! The parameters of the filter, with their defaults.

use serde::{Deserialize, Serialize};

use super::key::{MOST_SIZES, Offsets};
use crate::attributes::AttributeError;

/// What stands for the samples of the chosen window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum WindowValue {
    /// Their mean.
    #[default]
    Mean,
    /// Their median; of an even number the mean of the middle two.
    Median,
    /// Their mean without this share of them at either end.
    Trimmed(f64),
}

impl WindowValue {
    /// What stands for these samples, of which there is one at least. Their order
    /// is changed.
    pub(super) fn of(self, samples: &mut [f32]) -> f32 {
        let n = samples.len();
        let mean = |part: &[f32]| {
            let sum: f64 = part.iter().map(|v| f64::from(*v)).sum();
            (sum / part.len() as f64) as f32
        };
        match self {
            WindowValue::Mean => mean(samples),
            WindowValue::Median => {
                let (below, middle, _) = samples.select_nth_unstable_by(n / 2, f32::total_cmp);
                let upper = *middle;
                if n % 2 == 1 {
                    return upper;
                }
                let lower = below.iter().copied().max_by(f32::total_cmp);
                mean(&[lower.unwrap_or(upper), upper])
            }
            WindowValue::Trimmed(share) => {
                samples.sort_unstable_by(f32::total_cmp);
                let left = (share * n as f64) as usize;
                mean(&samples[left..n - left])
            }
        }
    }
}

/// How windows are weighed against each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum WindowChoice {
    /// The window of least variance alone.
    #[default]
    LeastVariance,
    /// The means of all windows, weighted with the eighth power of the inverse
    /// of their standard deviation.
    Weighted,
}

/// Parameters of the Kuwahara filter.
///
/// ```
/// use outcrop::attributes::KuwaharaOptions;
/// let options = KuwaharaOptions { half_sizes: vec![[1, 1, 2], [2, 2, 4]], ..Default::default() };
/// assert!(options.check().is_ok());
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KuwaharaOptions {
    /// Half-sizes (inlines, crosslines, samples) of the windows; with several,
    /// windows of all of them compete.
    pub half_sizes: Vec<[usize; 3]>,
    /// What stands for the samples of the chosen window.
    pub value: WindowValue,
    /// How windows are weighed against each other.
    pub choice: WindowChoice,
    /// Nulls get a value where a window holds enough live samples.
    pub fill: bool,
    /// How often the filter is applied.
    pub passes: usize,
}

impl Default for KuwaharaOptions {
    fn default() -> Self {
        Self {
            half_sizes: vec![[2, 2, 3]],
            value: WindowValue::Mean,
            choice: WindowChoice::LeastVariance,
            fill: false,
            passes: 1,
        }
    }
}

/// Steepest dip that windows follow, in samples per trace.
pub const STEEPEST: f32 = 4.0;

impl KuwaharaOptions {
    /// An error for the first value that cannot be used.
    pub fn check(&self) -> Result<(), AttributeError> {
        let wrong = |option, reason: String| Err(AttributeError::Option { option, reason });
        if self.half_sizes.is_empty() || self.half_sizes.len() > MOST_SIZES {
            return wrong(
                "half_sizes",
                format!(
                    "{} sizes of windows; give from 1 to {MOST_SIZES}",
                    self.half_sizes.len()
                ),
            );
        }
        if self.offsets(None).is_none() {
            return wrong(
                "half_sizes",
                "windows are too large; the product of their sizes may be 16384, 12 to either side on all axes".into(),
            );
        }
        if let WindowValue::Trimmed(share) = self.value
            && !(0.0..0.5).contains(&share)
        {
            return wrong("trim", format!("{share} is not from 0 to below 0.5"));
        }
        if !(1..=16).contains(&self.passes) {
            return wrong("passes", format!("{} is not from 1 to 16", self.passes));
        }
        Ok(())
    }

    /// The same with windows that fit a survey: half-sizes of at most half of
    /// what there is on an axis.
    pub fn fitted(&self, shape: [usize; 3]) -> Self {
        let fit = |half: &[usize; 3]| {
            std::array::from_fn(|axis| half[axis].min(shape[axis].saturating_sub(1) / 2))
        };
        Self {
            half_sizes: self.half_sizes.iter().map(fit).collect(),
            ..self.clone()
        }
    }

    /// How far the centre of a window may be from a voxel of it.
    pub(super) fn reach(&self, steepest: Option<f32>) -> [usize; 3] {
        let most = |axis: usize| self.half_sizes.iter().map(|h| h[axis]).max().unwrap_or(0);
        let [y, x, t] = [most(0), most(1), most(2)];
        let shift = steepest.map_or(0.0, |dip| (dip * (x + y) as f32).ceil());
        [y, x, t + shift as usize]
    }

    /// Numbers of the offsets to centres, if there are few enough.
    pub(super) fn offsets(&self, steepest: Option<f32>) -> Option<Offsets> {
        Offsets::within(self.reach(steepest))
    }
}
