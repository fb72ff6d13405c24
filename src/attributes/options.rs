//! The parameters of the attributes, with their units and defaults.

use serde::{Deserialize, Serialize};

use super::glcm::MOST_LEVELS;
use super::{AttributeError, Cell};
use crate::model::{Grid, SampleUnit};

/// Which traces around a voxel are compared for coherence.
///
/// On a 2-D line the same number of traces is taken along the line, so that the
/// noise floor of coherence stays what it is in three dimensions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Footprint {
    /// The trace and those beside it on its inline and crossline: five, or nine where
    /// they reach two traces far.
    #[default]
    Cross5,
    /// The square of three by three traces, or of five by five.
    Square9,
}

/// What steepest dips are told in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum DipUnit {
    /// Samples per trace.
    #[default]
    Samples,
    /// Degrees from the horizontal, in depth.
    Degrees,
    /// Seconds of two-way time per metre.
    Slowness,
}

/// How amplitudes between samples are found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Interpolation {
    /// On the straight line between two samples.
    #[default]
    Linear,
    /// From eight samples by a sinc that is cut off smoothly; linearly beside nulls
    /// and ends of traces.
    Sinc,
}

/// The energy of which deviations are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Energy {
    /// Of the part that the traces of a coherence window share.
    #[default]
    Coherent,
    /// Of all that is in the window: its mean square.
    Total,
}

/// How the window of a local spectrum fades towards its ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Taper {
    /// A raised cosine that ends at 0.
    #[default]
    Hann,
    /// A Gaussian that ends at two and a half standard deviations.
    Gaussian,
}

/// How the width of a spectrum is measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Bandwidth {
    /// Distance between the frequencies below which 15 and 85 percent of the power lie.
    #[default]
    Percentiles,
    /// Standard deviation of frequency weighted by power.
    Rms,
}

/// Parameters of all attributes.
///
/// ```
/// use outcrop::attributes::AttributeOptions;
/// let options = AttributeOptions { half_height: 7, ..AttributeOptions::default() };
/// assert!(options.check().is_ok());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AttributeOptions {
    /// Steepest dip; steeper ones are clipped.
    pub max_dip: f64,
    /// What the steepest dip is told in.
    pub dip_unit: DipUnit,
    /// Standard deviation of the Gaussian that smooths the structure tensor, along the trace, in samples.
    pub dip_height: f64,
    /// The same across traces, in traces.
    pub dip_width: f64,
    /// Dips are those of the most planar window that overlaps: sharp where dips
    /// change at once.
    pub refined: bool,
    /// How amplitudes between samples are found.
    pub interpolation: Interpolation,
    /// Coherence and co-occurrence follow the dip; without it, time.
    pub steered: bool,
    /// Traces compared for coherence.
    pub footprint: Footprint,
    /// How far those traces reach, in traces.
    pub footprint_radius: usize,
    /// Half-height of the coherence window, in samples.
    pub half_height: usize,
    /// Coherence uses the analytic trace, not the real one alone.
    pub analytic: bool,
    /// Length of the window of local spectra, in seconds.
    pub spectral_window: f64,
    /// How that window fades towards its ends.
    pub taper: Taper,
    /// Lowest frequency of spectra, in Hz.
    pub lowest_frequency: f64,
    /// Highest frequency of spectra, in Hz; never above 0.8 of Nyquist.
    pub highest_frequency: f64,
    /// How the width of a spectrum is measured.
    pub bandwidth: Bandwidth,
    /// Grey levels of co-occurrence; odd, so that zero amplitude is the middle of one.
    pub levels: usize,
    /// Amplitude of the highest grey level, in root mean squares of the volume.
    pub clip: f64,
    /// Pairs in all directions make one matrix; without it, statistics are those of
    /// a matrix for each direction, averaged.
    pub pooled: bool,
    /// Lateral radius of the co-occurrence window, in traces.
    pub glcm_radius: usize,
    /// Half-height of the co-occurrence window, in samples.
    pub glcm_half_height: usize,
    /// Lateral radius of the window of deviations, in traces.
    pub deviation_radius: usize,
    /// Half-height of the window of deviations, in samples.
    pub deviation_half_height: usize,
    /// The energy of which deviations are taken.
    pub energy: Energy,
    /// Deviations of energy are relative to the energy: per metre, whatever the
    /// amplitude.
    pub relative_energy: bool,
    /// The covariance of dip and energy is divided by their deviations.
    pub correlation: bool,
    /// Half-height of the window of the root mean square amplitude, in samples.
    pub amplitude_half_height: usize,
    /// Velocity that turns time into depth and back, in m/s.
    pub velocity: f64,
    /// Metres between crosslines and between inlines, where the file does not
    /// tell or is wrong.
    pub bin: Option<[f64; 2]>,
}

/// Bin size, in metres, of a survey that does not tell its own.
const COMMON_BIN: f64 = 25.0;

impl Default for AttributeOptions {
    fn default() -> Self {
        Self {
            max_dip: 2.0,
            dip_unit: DipUnit::Samples,
            dip_height: 2.5,
            dip_width: 1.0,
            refined: false,
            interpolation: Interpolation::Linear,
            steered: true,
            footprint: Footprint::Cross5,
            footprint_radius: 1,
            half_height: 5,
            analytic: true,
            spectral_window: 0.128,
            taper: Taper::Hann,
            lowest_frequency: 5.0,
            highest_frequency: 120.0,
            bandwidth: Bandwidth::Percentiles,
            levels: 17,
            clip: 2.5,
            pooled: true,
            glcm_radius: 2,
            glcm_half_height: 3,
            deviation_radius: 2,
            deviation_half_height: 5,
            energy: Energy::Coherent,
            relative_energy: false,
            correlation: false,
            amplitude_half_height: 8,
            velocity: 3000.0,
            bin: None,
        }
    }
}

/// Largest half-height of a coherence window: its rows are the bits of a word.
pub const MAX_HALF_HEIGHT: usize = 31;

/// Steepest dip that windows can follow, in samples per trace.
const STEEPEST: f64 = 20.0;

impl AttributeOptions {
    /// An error for the first value that cannot be used.
    pub fn check(&self) -> Result<(), AttributeError> {
        let real = |option, value: f64, low: f64, high: f64| {
            if value >= low && value <= high {
                Ok(())
            } else {
                Err(AttributeError::Option {
                    option,
                    reason: format!("{value} is not between {low} and {high}"),
                })
            }
        };
        let whole = |option, value: usize, low: usize, high: usize| {
            real(option, value as f64, low as f64, high as f64)
        };
        let steepest = match self.dip_unit {
            DipUnit::Samples => STEEPEST,
            DipUnit::Degrees => 89.0,
            DipUnit::Slowness => 1.0,
        };
        real("max_dip", self.max_dip, 0.0, steepest)?;
        real("dip_height", self.dip_height, 0.0, 20.0)?;
        real("dip_width", self.dip_width, 0.0, 8.0)?;
        whole("footprint_radius", self.footprint_radius, 1, 2)?;
        whole("half_height", self.half_height, 0, MAX_HALF_HEIGHT)?;
        real("spectral_window", self.spectral_window, 1e-3, 2.0)?;
        real("lowest_frequency", self.lowest_frequency, 0.0, 1e4)?;
        real("highest_frequency", self.highest_frequency, 1.0, 1e4)?;
        whole("levels", self.levels, 3, MOST_LEVELS)?;
        real("clip", self.clip, 0.1, 100.0)?;
        whole("glcm_radius", self.glcm_radius, 1, 8)?;
        whole("glcm_half_height", self.glcm_half_height, 0, 31)?;
        whole("deviation_radius", self.deviation_radius, 1, 8)?;
        whole("deviation_half_height", self.deviation_half_height, 0, 31)?;
        whole("amplitude_half_height", self.amplitude_half_height, 0, 500)?;
        real("velocity", self.velocity, 100.0, 10_000.0)?;
        for bin in self.bin.into_iter().flatten() {
            real("bin_size", bin, 0.1, 10_000.0)?;
        }
        if self.levels.is_multiple_of(2) {
            return Err(AttributeError::Option {
                option: "levels",
                reason: format!(
                    "{} is even; an odd number keeps zero amplitude in one level",
                    self.levels
                ),
            });
        }
        if self.lowest_frequency >= self.highest_frequency {
            return Err(AttributeError::Option {
                option: "lowest_frequency",
                reason: format!(
                    "{} Hz is not below highest_frequency, {} Hz",
                    self.lowest_frequency, self.highest_frequency
                ),
            });
        }
        Ok(())
    }

    /// The same with the steepest dip in samples per trace of voxels of a size: where
    /// crosslines and inlines are not equally far apart, of the wider spacing. It is
    /// never above 20.
    #[must_use]
    pub fn on(&self, cell: &Cell) -> Self {
        let spacing = cell.crossline.max(cell.inline);
        let steepest = match self.dip_unit {
            DipUnit::Samples => self.max_dip,
            DipUnit::Degrees => self.max_dip.to_radians().tan() * spacing / cell.depth,
            DipUnit::Slowness => self.max_dip * spacing / cell.interval,
        };
        Self {
            max_dip: steepest.min(STEEPEST),
            dip_unit: DipUnit::Samples,
            ..*self
        }
    }

    /// Traces that are compared for coherence.
    pub(super) fn traces(&self) -> usize {
        let r = self.footprint_radius;
        match self.footprint {
            Footprint::Cross5 => 4 * r + 1,
            Footprint::Square9 => (2 * r + 1) * (2 * r + 1),
        }
    }

    /// Their offsets (crosslines, inlines) on a survey of so many crosslines and
    /// inlines.
    pub(super) fn offsets(&self, crosslines: usize, inlines: usize) -> Vec<(isize, isize)> {
        let line = self.traces() as isize / 2;
        let r = self.footprint_radius as isize;
        match self.footprint {
            _ if inlines == 1 => (-line..=line).map(|a| (a, 0)).collect(),
            _ if crosslines == 1 => (-line..=line).map(|b| (0, b)).collect(),
            Footprint::Cross5 => {
                let arms = (1..=r).flat_map(|k| [(-k, 0), (k, 0), (0, -k), (0, k)]);
                std::iter::once((0, 0)).chain(arms).collect()
            }
            Footprint::Square9 => (-r..=r)
                .flat_map(|b| (-r..=r).map(move |a| (a, b)))
                .collect(),
        }
    }

    /// Half the height of the windows among which refined dips are chosen, in samples.
    pub(super) fn refinement(&self) -> Option<usize> {
        self.refined.then_some(self.dip_height.round() as usize)
    }

    /// The size of a grid's voxels; time is turned into depth, and depth into
    /// time, with the velocity. Where neither the options nor the grid know the
    /// bin size it is 25 m.
    pub fn cell(&self, grid: &Grid) -> Result<Cell, AttributeError> {
        let step = grid.samples.step.abs();
        let (interval, step, depth) = match grid.unit {
            SampleUnit::Milliseconds => {
                let seconds = step / 1000.0;
                (seconds, seconds, 0.5 * self.velocity * seconds)
            }
            SampleUnit::Metres => (2.0 * step / self.velocity, step, step),
            SampleUnit::Feet => {
                let metres = step * 0.3048;
                (2.0 * metres / self.velocity, metres, metres)
            }
        };
        check_interval(interval)?;
        let [crossline, inline] = self.bin_of(grid).unwrap_or([COMMON_BIN; 2]);
        Ok(Cell {
            interval,
            step,
            depth,
            crossline,
            inline,
        })
    }

    /// Metres between crosslines and between inlines, if anything tells.
    pub fn bin_of(&self, grid: &Grid) -> Option<[f64; 2]> {
        let told = grid.spacing.map(|s| [s.crossline, s.inline]);
        let likely = |bin: &[f64; 2]| bin.iter().all(|b| (0.1..=10_000.0).contains(b));
        self.bin.or(told.filter(likely))
    }
}

/// An error for a distance between samples that no survey has: spectra would
/// need windows of millions of samples, or of one.
pub(super) fn check_interval(seconds: f64) -> Result<(), AttributeError> {
    if (1e-5..=0.1).contains(&seconds) {
        Ok(())
    } else {
        Err(AttributeError::Option {
            option: "sample interval",
            reason: format!(
                "{} ms is not between 0.01 and 100 ms; is the sample interval in the file's header right?",
                seconds * 1000.0
            ),
        })
    }
}
