//! The geology and the wave field of the demo survey, voxel by voxel.

use crate::model::Grid;
use crate::task::{Stream, stream};

/// White noise over everything, as a share of the background's RMS.
pub const NOISE: f64 = 0.12;

/// RMS of the background.
const STRENGTH: f64 = 1000.0;
/// Peak frequency of the wavelet, Hz.
const WAVELET_HZ: f64 = 30.0;
/// Strength of the salt's noise and of the MTD's blocks, of the background's.
const SALT: f64 = 0.25;
const MTD: f64 = 0.8;
/// White noise inside the MTD, of the background's RMS: scattering between its blocks.
const SCATTER: f64 = 0.25;
/// Corner of the noise inside the salt, Hz.
const SALT_HZ: f64 = 15.0;
/// Dip of the layers, samples a trace along crosslines and inlines.
const DIP: (f64, f64) = (0.2, 0.05);
/// Steepest block of the MTD, samples a trace; and its side, traces.
const BLOCK_DIP: f64 = 1.5;
const BLOCK: usize = 8;
/// Points of the layered wave field a sample.
const FINE: usize = 16;

/// An inline of the survey, `[crossline, sample]`.
#[derive(Debug, PartialEq)]
pub(super) struct Line {
    pub(super) amplitude: Vec<f32>,
    pub(super) truth: Vec<f32>,
}

/// The demo's geology.
pub(super) struct Field {
    shape: [usize; 3],
    dt: f64,
    seed: u64,
    /// The convolved layers along stratigraphic time, `FINE` points a sample.
    layers: Vec<f64>,
    /// Stratigraphic time of the first point of `layers`, in samples.
    layers_from: f64,
    /// Centre and half-axes of the salt, in indices.
    salt: [(f64, f64); 3],
    /// First inline, crossline and sample of the MTD slab, and one past its last.
    slab: [(usize, usize); 3],
}

impl Field {
    pub(super) fn new(grid: &Grid, seed: u64) -> Self {
        let [ni, nx, nt] = grid.shape();
        let dt = grid.samples.step / 1000.0;
        let radius = 0.28 * ni.min(nx) as f64;
        let reach = DIP.0 * nx as f64 + DIP.1 * ni as f64 + BLOCK_DIP * 2.0 * BLOCK as f64 + 40.0;
        let mut field = Self {
            shape: [ni, nx, nt],
            dt,
            seed,
            layers: Vec::new(),
            layers_from: -reach,
            // Twice as many samples as traces: a body, not a pancake.
            salt: [
                (0.52 * ni as f64, radius),
                (0.68 * nx as f64, radius),
                (0.58 * nt as f64, 2.0 * radius),
            ],
            slab: [
                (0, ni),
                (6, (0.42 * nx as f64) as usize),
                ((0.42 * nt as f64) as usize, (0.64 * nt as f64) as usize),
            ],
        };
        field.layers = field.convolved(nt as f64 + 2.0 * reach);
        field
    }

    /// Code of the facies at a voxel: 1 salt, 2 mtd, 3 background.
    pub(super) fn facies(&self, at: [usize; 3]) -> u8 {
        let r2: f64 = at
            .iter()
            .zip(&self.salt)
            .map(|(i, (c, r))| ((*i as f64 - c) / r).powi(2))
            .sum();
        if r2 <= 1.0 {
            return 1;
        }
        let inside = at
            .iter()
            .zip(&self.slab)
            .all(|(i, (from, to))| (*from..*to).contains(i));
        if inside { 2 } else { 3 }
    }

    /// Amplitude and truth of an inline.
    pub(super) fn line(&self, inline: usize) -> Line {
        let [_, nx, nt] = self.shape;
        let mut amplitude = Vec::with_capacity(nx * nt);
        let mut truth = Vec::with_capacity(nx * nt);
        for crossline in 0..nx {
            let mut noise = stream(self.seed, "demo noise", &[inline as u64, crossline as u64]);
            let salt = self.salt_trace(inline, crossline);
            let block = Block::of(self.seed, inline, crossline);
            for sample in 0..nt {
                let facies = self.facies([inline, crossline, sample]);
                let (signal, rough) = match facies {
                    1 => (SALT * salt[sample], 0.0),
                    2 => (
                        MTD * self.layer(block.time(inline, crossline, sample)),
                        SCATTER,
                    ),
                    _ => (self.layer(stratigraphic(inline, crossline, sample)), 0.0),
                };
                let noise = NOISE.hypot(rough) * noise.normal();
                amplitude.push((STRENGTH * (signal + noise)) as f32);
                truth.push(f32::from(facies));
            }
        }
        Line { amplitude, truth }
    }

    /// The layered field at a stratigraphic time in samples.
    fn layer(&self, time: f64) -> f64 {
        let at = (time - self.layers_from) * FINE as f64;
        let i = (at.max(0.0) as usize).min(self.layers.len().saturating_sub(2));
        let f = at - i as f64;
        self.layers[i] * (1.0 - f) + self.layers[i + 1] * f
    }

    /// Random reflectors, 3 to 9 samples apart, convolved with the wavelet and
    /// scaled to an RMS of 1.
    fn convolved(&self, samples: f64) -> Vec<f64> {
        let mut rng = stream(self.seed, "demo layers", &[]);
        let n = (samples * FINE as f64) as usize;
        let half = (0.06 / self.dt * FINE as f64) as isize;
        let mut field = vec![0.0; n];
        let mut at = 0.0;
        while (at as usize) < n {
            let strength = (0.4 + rng.fraction()) * if rng.fraction() < 0.5 { -1.0 } else { 1.0 };
            for k in -half..=half {
                let t = k as f64 / FINE as f64 * self.dt;
                if let Some(place) = (at as usize)
                    .checked_add_signed(k)
                    .and_then(|i| field.get_mut(i))
                {
                    *place += strength * ricker(t);
                }
            }
            at += FINE as f64 * (3.0 + 6.0 * rng.fraction());
        }
        scaled(field)
    }

    /// Noise of one trace inside the salt, low-passed by a Gaussian, RMS 1.
    fn salt_trace(&self, inline: usize, crossline: usize) -> Vec<f64> {
        let mut rng = stream(self.seed, "demo salt", &[inline as u64, crossline as u64]);
        let white: Vec<f64> = (0..self.shape[2]).map(|_| rng.normal()).collect();
        // A Gaussian whose spectrum is down by half at the corner.
        let sigma = (2.0f64.ln() * 2.0).sqrt() / (std::f64::consts::TAU * SALT_HZ * self.dt);
        let half = (4.0 * sigma).ceil() as isize;
        let smooth = |i: usize| -> f64 {
            (-half..=half)
                .filter_map(|k| {
                    let weight = (-0.5 * (k as f64 / sigma).powi(2)).exp();
                    i.checked_add_signed(k)
                        .and_then(|j| white.get(j))
                        .map(|x| weight * x)
                })
                .sum()
        };
        scaled((0..white.len()).map(smooth).collect())
    }
}

/// A rotated block of the MTD.
struct Block {
    dip: (f64, f64),
    shift: f64,
    centre: (f64, f64),
}

impl Block {
    fn of(seed: u64, inline: usize, crossline: usize) -> Self {
        let (i, x) = (inline / BLOCK, crossline / BLOCK);
        let mut rng = stream(seed, "demo block", &[i as u64, x as u64]);
        let dip = |rng: &mut Stream| BLOCK_DIP * (2.0 * rng.fraction() - 1.0);
        let centre = |n: usize| (n * BLOCK) as f64 + 0.5 * (BLOCK - 1) as f64;
        Self {
            dip: (dip(&mut rng), dip(&mut rng)),
            shift: 12.0 * (2.0 * rng.fraction() - 1.0),
            centre: (centre(i), centre(x)),
        }
    }

    /// Stratigraphic time of a voxel that was rotated with its block.
    fn time(&self, inline: usize, crossline: usize, sample: usize) -> f64 {
        let (di, dx) = (
            inline as f64 - self.centre.0,
            crossline as f64 - self.centre.1,
        );
        sample as f64 - self.dip.0 * dx - self.dip.1 * di + self.shift
            - DIP.0 * self.centre.1
            - DIP.1 * self.centre.0
    }
}

/// Stratigraphic time of a voxel of the undisturbed layers, in samples.
fn stratigraphic(inline: usize, crossline: usize, sample: usize) -> f64 {
    sample as f64 - DIP.0 * crossline as f64 - DIP.1 * inline as f64
}

/// A zero-phase Ricker wavelet at `t` seconds.
fn ricker(t: f64) -> f64 {
    let a = (std::f64::consts::PI * WAVELET_HZ * t).powi(2);
    (1.0 - 2.0 * a) * (-a).exp()
}

fn scaled(mut values: Vec<f64>) -> Vec<f64> {
    let rms = (values.iter().map(|v| v * v).sum::<f64>() / values.len().max(1) as f64).sqrt();
    for value in &mut values {
        *value /= rms.max(1e-12);
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_facies_are_as_strong_as_documented() {
        let grid = crate::demo::grid();
        let field = Field::new(&grid, 1);
        let (mut sum, mut n) = ([0.0; 4], [0usize; 4]);
        for inline in (0..96).step_by(6) {
            let Line { amplitude, truth } = field.line(inline);
            for (a, t) in amplitude.iter().zip(&truth) {
                sum[*t as usize] += f64::from(*a).powi(2);
                n[*t as usize] += 1;
            }
        }
        let rms = |c: usize| (sum[c] / n[c] as f64).sqrt() / STRENGTH;
        let with_noise = |s: f64| (s * s + NOISE * NOISE).sqrt();
        assert!((rms(1) - with_noise(SALT)).abs() < 0.03, "salt {}", rms(1));
        // The reflectors at hand are stronger or weaker than all together.
        assert!(
            (rms(2) - with_noise(MTD.hypot(SCATTER))).abs() < 0.15,
            "mtd {}",
            rms(2)
        );
        assert!(
            (rms(3) - with_noise(1.0)).abs() < 0.1,
            "background {}",
            rms(3)
        );
        assert!(n[1] > 20_000 && n[2] > 20_000, "{n:?}");
    }

    #[test]
    fn the_same_seed_gives_the_same_line() {
        let grid = crate::demo::grid();
        assert_eq!(Field::new(&grid, 7).line(3), Field::new(&grid, 7).line(3));
        assert_ne!(Field::new(&grid, 7).line(3), Field::new(&grid, 8).line(3));
    }
}
