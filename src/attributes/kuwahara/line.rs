//! The windows centred on the voxels of a line, ready to be searched.

use super::field::Centres;
use super::key::{NOTHING, key, least, moved};
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
        let mut spread = Spreading::new(half, [nx, nt], NOTHING, least);
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
                spread.push(x, own, &mut keys, |axis, offset| {
                    let step = self.offsets.step(axis, offset);
                    move |key| moved(key, step)
                });
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
        let plus = |a: f64, b: f64| a + b;
        let mut spreads = vec![Spreading::new(half, [nx, nt], 0.0, plus); 1 + layers];
        self.centres(y, half, task, |x, centres| {
            for (i, (sums, spread)) in sums.iter_mut().zip(&mut spreads).enumerate() {
                let weights = centres.variance.iter().map(|v| weight(*v));
                let mut put = |own: &mut dyn Iterator<Item = f64>| {
                    if self.dips.is_some() {
                        let to = sums[x * nt..][..nt].iter_mut().zip(own);
                        to.for_each(|(to, own)| *to = own);
                    } else {
                        spread.push(x, own, sums, |_, _| |weight| weight);
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

/// Joins what the windows around each voxel are worth, along samples and then
/// along crosslines, as rows of a line come in.
#[derive(Clone)]
struct Spreading<J> {
    half: [usize; 2],
    shape: [usize; 2],
    nothing: f64,
    join: J,
    /// A row with `nothing` on both sides.
    padded: Vec<f64>,
    /// The last rows, joined along samples.
    ring: Vec<Vec<f64>>,
}

impl<J: Fn(f64, f64) -> f64> Spreading<J> {
    fn new([_, rx, rt]: [usize; 3], shape: [usize; 2], nothing: f64, join: J) -> Self {
        Self {
            half: [rx, rt],
            shape,
            nothing,
            join,
            padded: vec![nothing; shape[1] + 2 * rt],
            ring: vec![vec![nothing; shape[1]]; 2 * rx + 1],
        }
    }

    /// Takes row `x`; writes the rows of `out` that nothing more will come to.
    /// `step(axis, offset)` is what a value turns into at an offset.
    fn push<F: Fn(f64) -> f64>(
        &mut self,
        x: usize,
        row: impl Iterator<Item = f64>,
        out: &mut [f64],
        step: impl Fn(usize, isize) -> F,
    ) {
        let [rx, rt] = self.half;
        let [nx, nt] = self.shape;
        let join = &self.join;
        self.padded[rt..]
            .iter_mut()
            .zip(row)
            .for_each(|(a, b)| *a = b);
        let slot = &mut self.ring[x % (2 * rx + 1)];
        slot.fill(self.nothing);
        for k in 0..2 * rt + 1 {
            let turn = step(2, k as isize - rt as isize);
            for (to, from) in slot.iter_mut().zip(&self.padded[k..]) {
                *to = join(*to, turn(*from));
            }
        }
        let whole = if x + 1 == nx {
            nx
        } else {
            (x + 1).saturating_sub(rx)
        };
        for done in x.saturating_sub(rx)..whole {
            let to = &mut out[done * nt..][..nt];
            to.fill(self.nothing);
            for near in done.saturating_sub(rx)..(done + rx + 1).min(nx) {
                let turn = step(1, near as isize - done as isize);
                for (to, from) in to.iter_mut().zip(&self.ring[near % (2 * rx + 1)]) {
                    *to = join(*to, turn(*from));
                }
            }
        }
    }
}
