//! Local spectra: how wide they are and how rough.

use std::ops::Range;
use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

use super::{AttributeOptions, Bandwidth, Taper};

/// Bandwidth and roughness of the spectrum in a sliding window.
///
/// The amplitude spectrum `S` comes from a tapered window around each sample,
/// padded with zeros to at most 1 Hz between frequencies. Bandwidth is the
/// distance between the frequencies below which 15 and 85 percent of the power
/// lie (trapezoids, linear between them), or the standard deviation of
/// frequency weighted by power. Roughness is the root mean square deviation of
/// `S`, scaled to mean 1, from the straight line that fits it best between those
/// two frequencies (at least four samples of the spectrum, else no answer).
/// Cost: one real Fourier transform a sample.
#[derive(Clone)]
pub(super) struct Spectrum {
    transform: Arc<dyn RealToComplex<f64>>,
    window: Vec<f64>,
    time: Vec<f64>,
    frequency: Vec<Complex<f64>>,
    scratch: Vec<Complex<f64>>,
    band: Band,
    measure: Bandwidth,
    silence: f64,
}

/// Samples of a spectrum between the lowest and the highest frequency.
#[derive(Clone, Debug, Default)]
struct Band {
    /// Frequency of the first.
    first: f64,
    /// Distance between them.
    step: f64,
    /// Place of the first in the whole spectrum.
    from: usize,
    power: Vec<f64>,
    /// Power below each sample.
    below: Vec<f64>,
}

/// Energy below which a window is silent, relative to the mean of the volume.
const SILENCE: f64 = 1e-10;

/// Shares of the power below the two ends of the bandwidth.
const SHARES: [f64; 2] = [0.15, 0.85];

impl Spectrum {
    /// For samples `interval` seconds apart.
    pub(super) fn new(options: &AttributeOptions, interval: f64, mean_energy: f64) -> Self {
        let half = (0.5 * options.spectral_window / interval).round().max(1.0) as usize;
        // From -1 to 1.
        let taper = |x: f64| match options.taper {
            Taper::Hann => 0.5 * (1.0 + (std::f64::consts::PI * x).cos()),
            Taper::Gaussian => (-0.5 * (2.5 * x).powi(2)).exp(),
        };
        let window: Vec<f64> = (0..=2 * half)
            .map(|i| taper(i as f64 / half as f64 - 1.0))
            .collect();
        let n = (1.0 / interval).ceil() as usize;
        let n = n.max(window.len()).next_power_of_two();
        let transform = RealFftPlanner::new().plan_fft_forward(n);
        let step = 1.0 / (n as f64 * interval);
        let highest = options.highest_frequency.min(0.8 * 0.5 / interval);
        let from = (options.lowest_frequency / step - 1e-9).ceil() as usize;
        let to = (highest / step + 1e-9).floor() as usize;
        Self {
            time: transform.make_input_vec(),
            frequency: transform.make_output_vec(),
            scratch: transform.make_scratch_vec(),
            transform,
            window,
            band: Band {
                first: from as f64 * step,
                step,
                from,
                power: vec![0.0; (to + 1).saturating_sub(from)],
                below: vec![0.0; (to + 1).saturating_sub(from)],
            },
            measure: options.bandwidth,
            silence: SILENCE * mean_energy,
        }
    }

    /// Bandwidth and roughness at some samples of one live trace.
    pub(super) fn trace(
        &mut self,
        trace: &[f32],
        span: Range<usize>,
        bandwidth: &mut [f32],
        roughness: &mut [f32],
    ) {
        for t in span {
            let (width, rough) = if trace[t].is_finite() && self.look(trace, t) {
                (self.band.width(self.measure), self.band.roughness())
            } else {
                (None, None)
            };
            bandwidth[t] = width.map_or(f32::NAN, |w| w as f32);
            roughness[t] = rough.map_or(f32::NAN, |r| r as f32);
        }
    }

    /// Fills the band with the spectrum around a sample; false where it is silent.
    fn look(&mut self, trace: &[f32], t: usize) -> bool {
        let half = self.window.len() / 2;
        self.time.fill(0.0);
        let (mut energy, mut weight) = (0.0, 0.0);
        let from = t.saturating_sub(half);
        let to = (t + half + 1).min(trace.len());
        // Where the window lies within its transform changes no amplitude.
        let window = &self.window[from + half - t..];
        let values = self.time.iter_mut().zip(&trace[from..to]);
        for ((to, &value), &w) in values.zip(window) {
            if value.is_finite() {
                *to = w * f64::from(value);
                energy += *to * *to;
                weight += w * w;
            }
        }
        if energy <= self.silence * weight {
            return false;
        }
        // Cannot fail: the buffers were made by the plan.
        let _ = self.transform.process_with_scratch(
            &mut self.time,
            &mut self.frequency,
            &mut self.scratch,
        );
        let lines = &self.frequency[self.band.from.min(self.frequency.len())..];
        for (power, z) in self.band.power.iter_mut().zip(lines) {
            *power = z.norm_sqr();
        }
        self.band.accumulate();
        true
    }
}

impl Band {
    fn accumulate(&mut self) {
        let mut sum = 0.0;
        let mut before = self.power.first().copied().unwrap_or(0.0);
        for (below, &power) in self.below.iter_mut().zip(&self.power) {
            sum += 0.5 * (before + power);
            *below = sum;
            before = power;
        }
        let first = self.below.first().copied().unwrap_or(0.0);
        self.below.iter_mut().for_each(|b| *b -= first);
    }

    /// Where, in samples of the band, a share of the power lies below.
    fn place(&self, share: f64) -> Option<f64> {
        let total = *self.below.last()?;
        if total <= 0.0 {
            return None;
        }
        let wanted = share * total;
        let i = self.below.partition_point(|b| *b < wanted).max(1);
        let (a, b) = (self.below[i - 1], self.below[i]);
        Some((i - 1) as f64 + (wanted - a) / (b - a))
    }

    fn width(&self, measure: Bandwidth) -> Option<f64> {
        match measure {
            Bandwidth::Percentiles => {
                let [low, high] = SHARES;
                Some((self.place(high)? - self.place(low)?) * self.step)
            }
            Bandwidth::Rms => {
                let total: f64 = self.power.iter().sum();
                let frequency = |i: usize| self.first + i as f64 * self.step;
                let mean = |f: &dyn Fn(f64) -> f64| {
                    let terms = self.power.iter().enumerate();
                    terms.map(|(i, p)| f(frequency(i)) * p).sum::<f64>() / total
                };
                let centre = mean(&|f| f);
                let spread = mean(&|f| (f - centre).powi(2));
                (total > 0.0).then(|| spread.sqrt())
            }
        }
    }

    fn roughness(&self) -> Option<f64> {
        let [low, high] = SHARES;
        let from = self.place(low)?.ceil() as usize;
        let to = self.place(high)?.floor() as usize;
        roughness(self.power.get(from..=to)?)
    }
}

/// Deviation of the amplitudes of a stretch of a power spectrum, scaled to mean
/// 1, from the straight line through them.
fn roughness(power: &[f64]) -> Option<f64> {
    let n = power.len() as f64;
    if power.len() < 4 {
        return None;
    }
    let centre = 0.5 * (n - 1.0);
    let (mut sum, mut first, mut square) = (0.0, 0.0, 0.0);
    for (i, p) in power.iter().enumerate() {
        let s = p.sqrt();
        sum += s;
        first += (i as f64 - centre) * s;
        square += p;
    }
    let mean = sum / n;
    // Residual of the regression: variance less what the line explains.
    let spread = n * (n * n - 1.0) / 12.0;
    let residual = square - n * mean * mean - first * first / spread;
    (mean > 0.0).then(|| (residual.max(0.0) / n).sqrt() / mean)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn band(first: f64, step: f64, n: usize, power: impl Fn(f64) -> f64) -> Band {
        let mut band = Band {
            first,
            step,
            from: 0,
            power: (0..n).map(|i| power(first + i as f64 * step)).collect(),
            below: vec![0.0; n],
        };
        band.accumulate();
        band
    }

    fn width(band: &Band) -> f64 {
        band.width(Bandwidth::Percentiles).unwrap()
    }

    #[test]
    fn a_gaussian_spectrum_has_its_closed_form_width() {
        let power = |f: f64| (-0.5 * ((f - 40.0) / 8.0).powi(2)).exp();
        let fine = band(0.0, 0.01, 20_001, power);
        assert!((width(&fine) - 16.583).abs() < 1e-3);
        assert!((fine.width(Bandwidth::Rms).unwrap() - 8.0).abs() < 1e-3);
        let coarse = band(0.0, 1.0, 201, power);
        assert!((width(&coarse) - 16.632).abs() < 1e-3);
    }

    #[test]
    fn a_ricker_spectrum_has_its_closed_form_width() {
        let power = |f: f64| f.powi(4) * (-2.0 * f * f / 900.0).exp();
        let fine = band(0.0, 0.01, 20_001, power);
        let at = |share| fine.place(share).unwrap() * 0.01;
        assert!((at(0.15) - 21.1804).abs() < 1e-3);
        assert!((at(0.85) - 42.7308).abs() < 1e-3);
        assert!((width(&fine) - 21.5504).abs() < 1e-3);
        assert!((fine.width(Bandwidth::Rms).unwrap() - 10.3154).abs() < 1e-3);
    }

    #[test]
    fn straight_spectra_are_smooth_and_alternating_ones_rough() {
        let linear: Vec<f64> = (0..12)
            .map(|i| (2.0 + 0.3 * f64::from(i)).powi(2))
            .collect();
        assert!(roughness(&linear).unwrap() < 1e-7);
        assert!(roughness(&[4.0; 7]).unwrap() < 1e-7);
        let alternating: Vec<f64> = (0..10).map(|i| [2.25, 0.25][i % 2]).collect();
        assert!((roughness(&alternating).unwrap() - 0.492_366).abs() < 1e-6);
        assert_eq!(roughness(&[1.0, 4.0, 1.0]), None);
    }

    fn measured(trace: &[f32], bandwidth: Bandwidth) -> (Vec<f32>, Vec<f32>) {
        let options = AttributeOptions {
            bandwidth,
            ..AttributeOptions::default()
        };
        let mut spectrum = Spectrum::new(&options, 0.004, 0.5);
        let (mut width, mut rough) = (vec![0.0; trace.len()], vec![0.0; trace.len()]);
        spectrum.trace(trace, 0..trace.len(), &mut width, &mut rough);
        (width, rough)
    }

    #[test]
    fn a_sinusoid_is_as_wide_as_the_window_makes_it_and_a_chirp_wider() {
        let time = |i: usize| i as f64 * 0.004;
        let sine: Vec<f32> = (0..60)
            .map(|i| (std::f64::consts::TAU * 30.0 * time(i)).sin() as f32)
            .collect();
        let chirp: Vec<f32> = (0..60)
            .map(|i| (std::f64::consts::TAU * (20.0 + 100.0 * time(i)) * time(i)).sin() as f32)
            .collect();
        let (width, _) = measured(&sine, Bandwidth::Percentiles);
        assert!((width[30] - 9.6).abs() < 0.1, "{}", width[30]);
        assert!(measured(&chirp, Bandwidth::Percentiles).0[30] > width[30] + 1.0);
        let sevenfold: Vec<f32> = sine.iter().map(|v| 7.0 * v).collect();
        let (scaled, _) = measured(&sevenfold, Bandwidth::Percentiles);
        assert!((scaled[30] - width[30]).abs() < 1e-4);
    }

    /// Low noise is narrower than layers are; white noise of half its strength makes
    /// it wider. The salt of the demo is such.
    #[test]
    fn low_noise_is_narrow_until_white_noise_lies_over_it() {
        let mut rng = crate::task::stream(1, "spectrum", &[]);
        let mut trace = |of: &dyn Fn(f64) -> f64, noise: f64| -> Vec<f32> {
            let white: Vec<f64> = (0..2000).map(|_| rng.normal()).collect();
            let smooth = white.windows(41).map(|part| {
                let terms = part.iter().zip(-20..);
                terms.map(|(w, k)| w * of(f64::from(k))).sum::<f64>()
            });
            let smooth: Vec<f64> = smooth.collect();
            let energy = smooth.iter().map(|v| v * v).sum::<f64>() / smooth.len() as f64;
            let scaled = smooth.iter().map(|v| v / energy.sqrt());
            scaled.map(|v| (v + noise * rng.normal()) as f32).collect()
        };
        // Half of the amplitude at 15 Hz; a Ricker wavelet of 30 Hz; 4 ms.
        let low = |k: f64| (-0.5 * (k / 3.12).powi(2)).exp();
        let layers = |k: f64| {
            let a = (std::f64::consts::PI * 30.0 * 0.004 * k).powi(2);
            (1.0 - 2.0 * a) * (-a).exp()
        };
        let width = |trace: &[f32]| {
            let (width, _) = measured(trace, Bandwidth::Percentiles);
            width.iter().sum::<f32>() / width.len() as f32
        };
        let [clean, noisy] = [0.0, 0.5].map(|noise| width(&trace(&low, noise)));
        let layered = width(&trace(&layers, 0.12));
        assert!(
            clean < layered - 5.0 && noisy > layered + 5.0,
            "{clean} {noisy} {layered}"
        );
    }

    #[test]
    fn a_gaussian_taper_gives_a_sinusoid_the_width_that_numpy_finds() {
        let options = AttributeOptions {
            taper: Taper::Gaussian,
            ..AttributeOptions::default()
        };
        let wave = |i: usize| std::f64::consts::TAU * 30.0 * i as f64 * 0.004;
        let sine: Vec<f32> = (0..60).map(|i| wave(i).sin() as f32).collect();
        let (mut width, mut rough) = (vec![0.0; 60], vec![0.0; 60]);
        let mut spectrum = Spectrum::new(&options, 0.004, 0.5);
        spectrum.trace(&sine, 0..60, &mut width, &mut rough);
        assert!((width[30] - 9.290).abs() < 1e-3, "{}", width[30]);
    }

    /// Bandwidth, roughness, rms width at samples 0, 7, 30, 59 of the trace
    /// below, by numpy: `rfft(np.hanning(33) * part, 256)`, `cumsum` of
    /// trapezoids, `interp`, `polyfit` of degree 1.
    const NUMPY: [(usize, f32, f32, f32); 4] = [
        (0, 18.576_348, 0.088_397, 10.891_424),
        (7, 12.412_983, 0.101_025, 7.832_228),
        (30, 18.594_811, 0.105_617, 8.452_199),
        (59, 24.909_847, 0.060_648, 11.732_205),
    ];

    #[test]
    fn local_spectra_agree_with_numpy_up_to_the_ends() {
        let trace: Vec<f32> = (0..60)
            .map(|i| {
                let t = f64::from(i) * 0.004;
                let turn = std::f64::consts::TAU;
                ((turn * 22.0 * t).sin() + 0.5 * (turn * (30.0 + 40.0 * t) * t).cos()) as f32
            })
            .collect();
        let (width, rough) = measured(&trace, Bandwidth::Percentiles);
        let (rms, _) = measured(&trace, Bandwidth::Rms);
        for (t, w, r, s) in NUMPY {
            assert!((width[t] - w).abs() < 1e-3, "{t}: {} {w}", width[t]);
            assert!((rough[t] - r).abs() < 1e-5, "{t}: {} {r}", rough[t]);
            assert!((rms[t] - s).abs() < 1e-3, "{t}: {} {s}", rms[t]);
        }
    }

    #[test]
    fn silence_and_nulls_have_no_spectrum() {
        let mut trace = vec![0.0_f32; 120];
        trace[100] = 1.0;
        trace[110] = f32::NAN;
        let (width, _) = measured(&trace, Bandwidth::Percentiles);
        assert!(width[20].is_nan() && width[110].is_nan());
        assert!(width[105].is_finite());
    }
}
