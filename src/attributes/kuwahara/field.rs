//! The attributes of a slab as the filter sees them.

use ndarray::ArrayView3;

use super::key::NOTHING;
use super::{Spread, options::STEEPEST};
use crate::attributes::slab::Life;

/// One attribute to be filtered: the lines of a slab, `[lines, crosslines,
/// samples]` in C order with NaN for every null, and the spread of the whole volume.
#[derive(Clone, Debug)]
pub struct Layer<'a> {
    /// The slab.
    pub data: ArrayView3<'a, f32>,
    /// Mean and variance of the volume that it is cut from.
    pub spread: Spread,
}

/// A layer with what each of its traces holds.
pub(super) struct Field<'a> {
    pub(super) data: &'a [f32],
    pub(super) life: Vec<Life>,
    /// Subtracted before squares are added, so that no digits cancel.
    pub(super) shift: f64,
    /// What makes variances of several attributes comparable.
    pub(super) scale: f64,
}

impl<'a> Field<'a> {
    pub(super) fn new(data: &'a [f32], samples: usize, spread: &Spread) -> Self {
        let variance = spread.variance();
        Self {
            data,
            life: data.chunks_exact(samples.max(1)).map(Life::of).collect(),
            // In single precision, so that differences from it are exact.
            shift: f64::from(spread.mean as f32),
            scale: if variance > 0.0 { 1.0 / variance } else { 0.0 },
        }
    }
}

/// Dips of a slab, samples per trace along crosslines and along inlines.
#[derive(Clone, Copy)]
pub(super) struct Dips<'a> {
    pub(super) inline: &'a [f32],
    pub(super) crossline: &'a [f32],
}

impl Dips<'_> {
    /// By how many samples the window around a voxel is moved on the trace at an
    /// offset of `a` crosslines and `b` inlines.
    #[inline]
    pub(super) fn shift(&self, at: usize, a: isize, b: isize) -> isize {
        let dip = |p: f32| {
            if p.is_finite() {
                p.clamp(-STEEPEST, STEEPEST)
            } else {
                0.0
            }
        };
        (dip(self.inline[at]) * a as f32 + dip(self.crossline[at]) * b as f32).round() as isize
    }
}

/// Sums of the live samples of windows, for the samples of a trace.
#[derive(Clone, Debug)]
pub(super) struct Sums {
    pub(super) sum: Vec<f64>,
    pub(super) square: Vec<f64>,
    pub(super) count: Vec<u16>,
}

impl Sums {
    pub(super) fn new(n: usize) -> Self {
        Self {
            sum: vec![0.0; n],
            square: vec![0.0; n],
            count: vec![0; n],
        }
    }

    pub(super) fn clear(&mut self) {
        self.sum.fill(0.0);
        self.square.fill(0.0);
        self.count.fill(0);
    }

    /// Adds the samples of a trace, those from `at` on.
    pub(super) fn add_trace(&mut self, at: usize, trace: &[f32], life: Life, shift: f64) {
        let sums = self.sum[at..].iter_mut().zip(&mut self.square[at..]);
        match life {
            Life::Dead => {}
            Life::Full => {
                for ((sum, square), &value) in sums.zip(trace) {
                    let d = f64::from(value) - shift;
                    *sum += d;
                    *square += d * d;
                }
                let counts = &mut self.count[at..][..trace.len()];
                for count in counts {
                    *count += 1;
                }
            }
            Life::Partial => {
                for (((sum, square), count), &value) in sums.zip(&mut self.count[at..]).zip(trace) {
                    if value.is_finite() {
                        let d = f64::from(value) - shift;
                        *sum += d;
                        *square += d * d;
                        *count += 1;
                    }
                }
            }
        }
    }

    /// Adds other sums, those from `from` on, to those from `at` on.
    pub(super) fn add(&mut self, at: usize, other: &Sums, from: usize) {
        let add = |to: &mut [f64], other: &[f64]| {
            to.iter_mut().zip(other).for_each(|(a, b)| *a += b);
        };
        add(&mut self.sum[at..], &other.sum[from..]);
        add(&mut self.square[at..], &other.square[from..]);
        let counts = self.count[at..].iter_mut().zip(&other.count[from..]);
        counts.for_each(|(a, b)| *a += b);
    }
}

/// Means of windows of each attribute, and how much they vary in all of them.
pub(super) struct Centres {
    /// Relative variances, added over the attributes; [`NOTHING`] and more where
    /// a window has too few live samples.
    pub(super) variance: Vec<f64>,
    pub(super) means: Vec<Vec<f64>>,
}

/// Variances below this share of the mean square are rounding errors of samples
/// in single precision: the window is constant.
const ROUNDING: f64 = 1e-13;

/// What makes a window a candidate, and how windows of several sizes compare.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    /// Fewest live samples.
    pub(super) least: u16,
    /// With several sizes, variances are raised by `(m + 1) / (m - 1)`, or small
    /// windows would win by chance.
    pub(super) corrected: bool,
}

impl Centres {
    pub(super) fn new(layers: usize, samples: usize) -> Self {
        Self {
            variance: vec![0.0; samples],
            means: vec![vec![0.0; samples]; layers],
        }
    }

    /// Takes in the sums of one attribute.
    pub(super) fn take(&mut self, layer: usize, field: &Field, sums: &Sums, rule: Rule) {
        if layer == 0 {
            self.variance.fill(0.0);
        }
        let sums = sums.sum.iter().zip(&sums.square).zip(&sums.count);
        let centres = self.variance.iter_mut().zip(&mut self.means[layer]);
        for ((variance, mean), ((sum, square), count)) in centres.zip(sums) {
            let m = f64::from((*count).max(2));
            // A quotient is exact where all samples are equal, a product is not.
            let (d, e) = (sum / m, square / m);
            let spread = e - d * d;
            let spread = if spread > ROUNDING * e { spread } else { 0.0 };
            let scale = if rule.corrected {
                field.scale * (m + 1.0) / (m - 1.0)
            } else {
                field.scale
            };
            let own = if *count < rule.least {
                NOTHING
            } else {
                spread * scale
            };
            *variance += own;
            *mean = field.shift + d;
        }
    }
}
