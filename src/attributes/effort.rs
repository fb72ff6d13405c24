//! How long attributes take, roughly: what gauges and estimates are made of.

use super::compute::Needs;
use super::kuwahara::{KuwaharaOptions, WindowChoice, WindowValue};
use super::tensor;
use super::{Attribute, AttributeOptions};

/// Core seconds of a stretch of lines, for each voxel of one line.
///
/// Measured in runs over 200^3 voxels on one core of a busy AMD EPYC (Zen 4); on
/// another machine the figures keep their ratios better than their sizes, so that
/// one measurement there corrects them all.
///
/// ```
/// use outcrop::attributes::{Attribute, AttributeOptions, Effort};
/// let options = AttributeOptions::default();
/// let one = Effort::of(1, &[Attribute::Coherence], &options);
/// let many = Effort::of(32, &[Attribute::Coherence], &options);
/// // Lines together share their halo.
/// assert!(many.seconds(1, 1) < 32.0 * one.seconds(1, 1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effort {
    /// Of fields that are worked out for every trace that is read.
    shared: f64,
    /// Of what is worked out for the wanted traces alone.
    own: f64,
}

// Seconds of a voxel.
const TENSOR: f64 = 6.0e-8;
const DIP: f64 = 3.0e-8;
/// For each window that a dip is chosen from.
const REFINEMENT: f64 = 1.0e-9;
const QUADRATURE: f64 = 2.5e-8;
/// For each pair of traces and each sample of a window.
const CORRELATION: f64 = 2.4e-9;
const GRADIENT: f64 = 1.0e-7;
const SPECTRUM: f64 = 4.7e-7;
/// For each trace of a window.
const GLCM: f64 = 4.7e-8;
const DEVIATION: f64 = 2.6e-7;
const CONVERGENCE: f64 = 1.6e-7;
const INSTANTANEOUS: f64 = 2.5e-8;
const FILTER: f64 = 1.7e-8;
/// For each voxel of a window.
const SEARCH: f64 = 5.0e-9;
const SORT: f64 = 1.0e-9;

impl Effort {
    /// Of attributes of `core` neighbouring lines, what lies beside them included.
    pub fn of(core: usize, wanted: &[Attribute], options: &AttributeOptions) -> Self {
        let needs = Needs::of(wanted, options);
        let beside = |lines: Option<usize>| lines.map_or(0.0, |lines| (core + 2 * lines) as f64);
        let smoothed = needs.dips.map(|l| l + tensor::reach(options.dip_width));
        let refined = match options.refinement() {
            Some(half) => REFINEMENT * 9.0 * (2 * half + 1) as f64,
            None => 0.0,
        };
        let traces = options.traces();
        let pairs = (traces * (traces + 1) / 2 * (2 * options.half_height + 1)) as f64;
        let shared = TENSOR * beside(smoothed)
            + (DIP + refined) * beside(needs.dips)
            + QUADRATURE * beside(needs.quadrature)
            + CORRELATION * pairs * beside(needs.coherence)
            + GRADIENT * beside(needs.gradients);
        let square = (2 * options.glcm_radius + 1) as f64;
        let each = [
            (needs.spectrum, SPECTRUM),
            (needs.glcm, GLCM * square * square),
            (needs.deviation, DEVIATION),
            (needs.convergence, CONVERGENCE),
            (needs.instantaneous, INSTANTANEOUS),
        ];
        let own = each.iter().filter(|(need, _)| *need).map(|(_, cost)| cost);
        Self {
            shared,
            own: core as f64 * own.sum::<f64>(),
        }
    }

    /// Of the Kuwahara filter on `core` neighbouring lines of one attribute, with
    /// windows along dip or flat.
    pub fn of_filter(core: usize, options: &KuwaharaOptions, along_dip: bool) -> Self {
        let volume = |half: &[usize; 3]| half.iter().map(|r| 2 * r + 1).product::<usize>();
        let voxels = options.half_sizes.iter().map(volume).sum::<usize>() as f64;
        let search = if along_dip || options.choice == WindowChoice::Weighted {
            SEARCH * voxels
        } else {
            FILTER * options.half_sizes.len() as f64
        };
        let plain = options.value == WindowValue::Mean || options.choice == WindowChoice::Weighted;
        let value = if plain { 0.0 } else { SORT * voxels };
        let reach = options.half_sizes.iter().map(|half| half[0]).max();
        let lines = (core + 2 * reach.unwrap_or(0) * options.passes) as f64;
        Self {
            shared: (search + value) * lines * options.passes as f64,
            own: 0.0,
        }
    }

    /// Seconds on one core where a line has `read` voxels, `wanted` of which are
    /// asked for.
    pub fn seconds(&self, read: usize, wanted: usize) -> f64 {
        self.shared * read as f64 + self.own * wanted as f64
    }
}
