//! The windows centred on the voxels of a line, ready to be searched.

use super::field::Centres;
use super::key::{NOTHING, key};
use super::spreading::{Least, Plus, Spreading};
use super::{Scene, WindowChoice, WindowValue};
use crate::task::{Cancelled, Task};

/// Windows of one half-size whose centres lie on a line.
pub(super) struct Windows {
    /// Flat windows: what became of keys or weights along samples and
    /// crosslines. Windows along dip: of each window by itself.
    pub(super) keys: Vec<f64>,
    /// For each attribute: what the window stands for, NaN where that is not
    /// known yet; or, where windows are weighted, the sum of weighted means.
    pub(super) values: Values,
}

/// Values of windows in the precision that their use asks for.
pub(super) enum Values {
    Chosen(Vec<Vec<f32>>),
    Weighted(Vec<Vec<f64>>),
}

/// Windows of all half-sizes on a line.
pub(super) type Line = Vec<Windows>;

impl Scene<'_> {
    /// Measures all windows of a line.
    pub(super) fn line(&self, y: usize, task: &Task) -> Result<Line, Cancelled> {
        let sizes = self.options.half_sizes.iter();
        match self.options.choice {
            WindowChoice::LeastVariance => sizes
                .enumerate()
                .map(|(size, &half)| self.candidates(y, size, half, task))
                .collect(),
            WindowChoice::Weighted => sizes.map(|&half| self.weights(y, half, task)).collect(),
        }
    }

    fn candidates(
        &self,
        y: usize,
        size: usize,
        half: [usize; 3],
        task: &Task,
    ) -> Result<Windows, Cancelled> {
        let [_, nx, nt] = self.shape;
        let mut keys = vec![0.0; nx * nt];
        // Medians are worth their cost only for windows that are chosen.
        let known = self.options.value == WindowValue::Mean;
        let mut values = vec![vec![f32::NAN; nx * nt]; self.fields.len()];
        let mut spread = Spreading::<Least>::new(half, [nx, nt], |axis, offset| {
            self.offsets.step(axis, offset)
        });
        self.centres(y, half, task, |x, centres: &Centres| {
            if known {
                for (to, means) in values.iter_mut().zip(&centres.means) {
                    let to = to[x * nt..][..nt].iter_mut().zip(means);
                    to.for_each(|(to, mean)| *to = *mean as f32);
                }
            }
            let own = centres.variance.iter().map(|v| key(*v, size));
            if self.dips.is_some() {
                let to = keys[x * nt..][..nt].iter_mut().zip(own);
                to.for_each(|(to, key)| *to = key);
            } else {
                spread.push(x, own, &mut keys);
            }
        })?;
        Ok(Windows {
            keys,
            values: Values::Chosen(values),
        })
    }

    fn weights(&self, y: usize, half: [usize; 3], task: &Task) -> Result<Windows, Cancelled> {
        let [_, nx, nt] = self.shape;
        let layers = self.fields.len();
        // The weights, and for each attribute the weighted means.
        let mut sums = vec![vec![0.0; nx * nt]; 1 + layers];
        let mut spreads = vec![Spreading::<Plus>::new(half, [nx, nt], |_, _| 0); 1 + layers];
        self.centres(y, half, task, |x, centres| {
            for (i, (sums, spread)) in sums.iter_mut().zip(&mut spreads).enumerate() {
                let weights = centres.variance.iter().map(|v| weight(*v));
                let mut put = |own: &mut dyn Iterator<Item = f64>| {
                    if self.dips.is_some() {
                        let to = sums[x * nt..][..nt].iter_mut().zip(own);
                        to.for_each(|(to, own)| *to = own);
                    } else {
                        spread.push(x, own, sums);
                    }
                };
                match i.checked_sub(1) {
                    None => put(&mut weights.into_iter()),
                    Some(layer) => {
                        let means = &centres.means[layer];
                        put(&mut weights.zip(means).map(|(w, m)| w * m));
                    }
                }
            }
        })?;
        let values = sums.split_off(1);
        Ok(Windows {
            keys: sums.remove(0),
            values: Values::Weighted(values),
        })
    }
}

/// Eighth power of the inverse of a relative standard deviation; 0 for a window
/// that is no candidate.
fn weight(variance: f64) -> f64 {
    /// Added to standard deviations, relative to that of the volume.
    const FLOOR: f64 = 1e-6;
    if variance < NOTHING {
        (variance.sqrt() + FLOOR).powi(-8)
    } else {
        0.0
    }
}
