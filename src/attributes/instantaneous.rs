//! What a trace and its quadrature say sample by sample.

use std::f64::consts::TAU;

/// Envelope, instantaneous frequency and sweetness of one trace (Taner, Koehler
/// and Sheriff 1979; Radovich and Oliveros 1998), and its root mean square
/// amplitude in a sliding window.
///
/// With `z = u + i h` the analytic trace, the envelope is `|z|` and the frequency
/// the angle of `z(t+1) z*(t) + z(t) z*(t-1)` per interval: a mean of two phase
/// steps that counts each by its energy (Barnes 2007). Sweetness is the envelope
/// over the square root of the frequency, which counts as the lowest frequency of
/// interest where it is below that.
#[derive(Clone)]
pub(super) struct Instantaneous {
    interval: f64,
    lowest: f64,
    /// Half-height of the window of the amplitude.
    half: usize,
    /// Energy without a phase.
    silence: f64,
    pub(super) envelope: Vec<f32>,
    pub(super) frequency: Vec<f32>,
    pub(super) sweetness: Vec<f32>,
    pub(super) amplitude: Vec<f32>,
}

impl Instantaneous {
    pub(super) fn new(
        samples: usize,
        interval: f64,
        lowest: f64,
        half: usize,
        mean_energy: f64,
    ) -> Self {
        Self {
            interval,
            lowest: lowest.max(1e-3),
            half,
            silence: 1e-10 * mean_energy,
            envelope: vec![0.0; samples],
            frequency: vec![0.0; samples],
            sweetness: vec![0.0; samples],
            amplitude: vec![0.0; samples],
        }
    }

    /// Works one trace with its quadrature.
    pub(super) fn trace(&mut self, trace: &[f32], quadrature: &[f32]) {
        let at = |t: usize| {
            let u = f64::from(*trace.get(t)?);
            u.is_finite().then(|| (u, f64::from(quadrature[t])))
        };
        for t in 0..trace.len() {
            let Some((u, h)) = at(t) else {
                for answer in [
                    &mut self.envelope,
                    &mut self.frequency,
                    &mut self.sweetness,
                    &mut self.amplitude,
                ] {
                    answer[t] = f32::NAN;
                }
                continue;
            };
            let envelope = u.hypot(h);
            // The phase step from (a, b) to (c, d), with their amplitudes.
            let step = |from: Option<(f64, f64)>, to: Option<(f64, f64)>| match (from, to) {
                (Some((a, b)), Some((c, d))) => (a * c + b * d, a * d - b * c),
                _ => (0.0, 0.0),
            };
            let before = step(t.checked_sub(1).and_then(at), Some((u, h)));
            let after = step(Some((u, h)), at(t + 1));
            let (real, imaginary) = (before.0 + after.0, before.1 + after.1);
            let frequency = if real.hypot(imaginary) > self.silence {
                imaginary.atan2(real) / (TAU * self.interval)
            } else {
                f64::NAN
            };
            self.envelope[t] = envelope as f32;
            self.frequency[t] = frequency as f32;
            self.sweetness[t] = (envelope / frequency.max(self.lowest).sqrt()) as f32;
            if frequency.is_nan() {
                self.sweetness[t] = f32::NAN;
            }
            let from = t.saturating_sub(self.half);
            let window = &trace[from..(t + self.half + 1).min(trace.len())];
            let (mut energy, mut count) = (0.0, 0.0);
            for value in window.iter().filter(|v| v.is_finite()) {
                energy += f64::from(*value) * f64::from(*value);
                count += 1.0;
            }
            self.amplitude[t] = (energy / count).sqrt() as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::analytic::Quadrature;
    use super::*;

    fn worked(trace: &[f32]) -> Instantaneous {
        let mut quadrature = vec![0.0; trace.len()];
        Quadrature::new(trace.len()).of(trace, &mut quadrature);
        let mut found = Instantaneous::new(trace.len(), 0.004, 5.0, 8, 0.5);
        found.trace(trace, &quadrature);
        found
    }

    #[test]
    fn a_sinusoid_has_its_amplitude_and_its_frequency() {
        for f in [12.0, 30.0, 90.0] {
            let wave = |t: i32| 2.0 * (TAU * f * 0.004 * f64::from(t)).cos();
            let trace: Vec<f32> = (0..500).map(|t| wave(t) as f32).collect();
            let found = worked(&trace);
            for t in 200..300 {
                assert!(
                    (found.envelope[t] - 2.0).abs() < 0.02,
                    "{}",
                    found.envelope[t]
                );
                assert!((f64::from(found.frequency[t]) - f).abs() < 0.2);
                let sweet = 2.0 / f.sqrt();
                assert!((f64::from(found.sweetness[t]) - sweet).abs() < 0.01 * sweet);
            }
        }
    }

    #[test]
    fn the_amplitude_is_the_root_of_the_mean_square_of_what_is_live() {
        let mut trace = vec![3.0_f32; 40];
        trace[20] = f32::NAN;
        trace[25] = -3.0;
        let found = worked(&trace);
        for t in 0..40 {
            let expected = if t == 20 { f32::NAN } else { 3.0 };
            assert!(found.amplitude[t] == expected || t == 20 && found.amplitude[t].is_nan());
            assert_eq!(found.envelope[t].is_nan(), t == 20);
        }
        let mut lone = vec![0.0_f32; 40];
        lone[30] = 4.0;
        let found = worked(&lone);
        assert!((found.amplitude[25] - (16.0_f32 / 17.0).sqrt()).abs() < 1e-6);
        assert_eq!(found.amplitude[5], 0.0);
    }

    #[test]
    fn silence_has_no_frequency() {
        let found = worked(&[0.0; 12]);
        assert!(found.frequency.iter().all(|f| f.is_nan()));
        assert!(found.sweetness.iter().all(|f| f.is_nan()));
        assert!(found.envelope.iter().all(|e| *e == 0.0));
    }
}
