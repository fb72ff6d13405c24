//! The attributes of a slab as the filter sees them.
#![allow(clippy::inline_always)] // compiled for the registers of the caller

use ndarray::ArrayView3;

use super::key::NOTHING;
use super::{Spread, options::STEEPEST};
use crate::attributes::lanes::{Kernel, along, load, store};
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

    /// A trace of so many samples, and what it holds.
    pub(super) fn trace(&self, at: usize, samples: usize) -> (&[f32], Life) {
        (&self.data[at * samples..][..samples], self.life[at])
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

    /// Becomes the sums of some traces, sample by sample.
    pub(super) fn add_up(&mut self, traces: &[(&[f32], Life)], shift: f64) {
        let n = self.sum.len();
        let sums = self;
        along(
            n,
            Traces {
                rows: traces,
                shift,
                sums,
            },
        );
    }

    /// Writes some sums.
    #[inline(always)]
    fn put<const N: usize>(
        &mut self,
        at: usize,
        (sum, square, count): (&[f64; N], &[f64; N], &[u16; N]),
    ) {
        store(&mut self.sum, at, sum);
        store(&mut self.square, at, square);
        store(&mut self.count, at, count);
    }

    /// Adds some sums to others.
    #[inline(always)]
    fn add<const N: usize>(
        &self,
        at: usize,
        (sum, square, count): (&mut [f64; N], &mut [f64; N], &mut [u16; N]),
    ) {
        let (a, b): (&[f64; N], &[f64; N]) = (load(&self.sum, at), load(&self.square, at));
        let c: &[u16; N] = load(&self.count, at);
        for l in 0..N {
            sum[l] += a[l];
            square[l] += b[l];
            count[l] += c[l];
        }
    }

    /// Becomes the sums of windows of so many samples: first of the one that ends
    /// with the first sample, last of the one that begins with the last.
    pub(super) fn slide(&mut self, own: &Sums, rows: usize) {
        self.clear();
        let n = own.sum.len();
        for k in 0..rows {
            let add = |to: &mut [f64], own: &[f64]| {
                to.iter_mut().zip(own).for_each(|(a, b)| *a += b);
            };
            add(&mut self.sum[k..k + n], &own.sum);
            add(&mut self.square[k..k + n], &own.square);
            let counts = self.count[k..k + n].iter_mut().zip(&own.count);
            counts.for_each(|(a, b)| *a += b);
        }
    }

    /// Becomes the sums of others, those for sample 0 at `at`.
    pub(super) fn join(&mut self, at: usize, others: &[Sums]) {
        let n = others.first().map_or(0, |sums| sums.sum.len());
        let (to, sums) = (at, self);
        along(n, Joined { others, to, sums });
    }
}

/// The sums of traces to be added up.
struct Traces<'a> {
    rows: &'a [(&'a [f32], Life)],
    shift: f64,
    sums: &'a mut Sums,
}

impl Kernel for Traces<'_> {
    #[inline(always)]
    fn at<const N: usize>(&mut self, at: usize) {
        let (mut sum, mut square, mut count) = ([0.0; N], [0.0; N], [0; N]);
        for (trace, life) in self.rows {
            let values: &[f32; N] = load(trace, at);
            if *life == Life::Full {
                for l in 0..N {
                    let d = f64::from(values[l]) - self.shift;
                    sum[l] += d;
                    square[l] += d * d;
                    count[l] += 1;
                }
            } else if *life == Life::Partial {
                for l in 0..N {
                    let live = values[l].is_finite();
                    let d = f64::from(values[l]) - self.shift;
                    let d = if live { d } else { 0.0 };
                    sum[l] += d;
                    square[l] += d * d;
                    count[l] += u16::from(live);
                }
            }
        }
        self.sums.put(at, (&sum, &square, &count));
    }
}

/// Sums to be joined.
struct Joined<'a> {
    others: &'a [Sums],
    to: usize,
    sums: &'a mut Sums,
}

impl Kernel for Joined<'_> {
    #[inline(always)]
    fn at<const N: usize>(&mut self, at: usize) {
        let (mut sum, mut square, mut count) = ([0.0; N], [0.0; N], [0; N]);
        for other in self.others {
            other.add(at, (&mut sum, &mut square, &mut count));
        }
        self.sums.put(self.to + at, (&sum, &square, &count));
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

    /// Becomes the windows of which the sums are the next `rows` of those of each
    /// attribute.
    pub(super) fn take(&mut self, fields: &[Field], sums: &[Sums], rows: usize, rule: Rule) {
        let n = self.variance.len();
        let centres = self;
        along(
            n,
            Taken {
                fields,
                sums,
                rows,
                rule,
                centres,
            },
        );
    }
}

/// Sums to be turned into variances and means.
struct Taken<'a> {
    fields: &'a [Field<'a>],
    sums: &'a [Sums],
    rows: usize,
    rule: Rule,
    centres: &'a mut Centres,
}

impl Kernel for Taken<'_> {
    #[inline(always)]
    fn at<const N: usize>(&mut self, at: usize) {
        let mut variance = [0.0; N];
        let layers = self.fields.iter().zip(self.sums);
        for ((field, sums), means) in layers.zip(&mut self.centres.means) {
            let (mut sum, mut square, mut count) = ([0.0; N], [0.0; N], [0; N]);
            for k in at..at + self.rows {
                sums.add(k, (&mut sum, &mut square, &mut count));
            }
            let mut mean = [0.0; N];
            for l in 0..N {
                let m = f64::from(count[l].max(2));
                let inverse = 1.0 / m;
                let (d, e) = (sum[l] * inverse, square[l] * inverse);
                let spread = e - d * d;
                let spread = if spread > ROUNDING * e { spread } else { 0.0 };
                let raised = if self.rule.corrected {
                    field.scale * (m + 1.0) / (m - 1.0)
                } else {
                    field.scale
                };
                let few = count[l] < self.rule.least;
                variance[l] += if few { NOTHING } else { spread * raised };
                mean[l] = field.shift + d;
            }
            store(means, at, &mean);
        }
        store(&mut self.centres.variance, at, &variance);
    }
}
