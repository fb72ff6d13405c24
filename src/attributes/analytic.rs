//! The quadrature of a trace: the imaginary part of its analytic signal.

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

/// Hilbert transform of traces of one length.
///
/// The trace is padded with zeros to at least one and a half times its length,
/// its spectrum turned by a quarter of a period (positive frequencies doubled,
/// negative ones dropped, DC and Nyquist left in the real part), and cropped.
/// Cost: two real Fourier transforms a trace. Taner, Koehler and Sheriff (1979).
#[derive(Clone)]
pub(super) struct Quadrature {
    forward: Arc<dyn RealToComplex<f64>>,
    inverse: Arc<dyn ComplexToReal<f64>>,
    time: Vec<f64>,
    spectrum: Vec<Complex<f64>>,
    scratch: Vec<Complex<f64>>,
}

/// The next even length without prime factors above 5.
pub(super) fn fast_length(at_least: usize) -> usize {
    let smooth = |n: usize| {
        let mut rest = n;
        for p in [2, 3, 5] {
            while rest.is_multiple_of(p) {
                rest /= p;
            }
        }
        rest == 1
    };
    let mut n = at_least.max(2).next_multiple_of(2);
    while !smooth(n) {
        n += 2;
    }
    n
}

impl Quadrature {
    /// For traces of `samples`, padded.
    pub(super) fn new(samples: usize) -> Self {
        Self::of_length(fast_length(samples + samples.div_ceil(2)))
    }

    fn of_length(n: usize) -> Self {
        let mut planner = RealFftPlanner::new();
        let forward = planner.plan_fft_forward(n);
        let inverse = planner.plan_fft_inverse(n);
        let scratch = forward.get_scratch_len().max(inverse.get_scratch_len());
        Self {
            time: forward.make_input_vec(),
            spectrum: forward.make_output_vec(),
            scratch: vec![Complex::default(); scratch],
            forward,
            inverse,
        }
    }

    /// The quadrature of a trace, nulls counted as zero.
    pub(super) fn of(&mut self, trace: &[f32], out: &mut [f32]) {
        self.time.fill(0.0);
        for (to, &from) in self.time.iter_mut().zip(trace) {
            *to = if from.is_finite() {
                f64::from(from)
            } else {
                0.0
            };
        }
        self.turn();
        for (to, &from) in out.iter_mut().zip(&self.time) {
            *to = from as f32;
        }
    }

    /// Turns the padded trace in place.
    fn turn(&mut self) {
        let n = self.time.len();
        // Neither transform can fail: the buffers were made by their plans.
        let _ = self.forward.process_with_scratch(
            &mut self.time,
            &mut self.spectrum,
            &mut self.scratch,
        );
        let last = self.spectrum.len() - 1;
        for z in &mut self.spectrum {
            *z = Complex::new(z.im, -z.re) / n as f64;
        }
        self.spectrum[0] = Complex::default();
        self.spectrum[last] = Complex::default();
        let _ = self.inverse.process_with_scratch(
            &mut self.spectrum,
            &mut self.time,
            &mut self.scratch,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cosine_turns_into_a_sine() {
        let (n, periods) = (240, 17.0);
        let mut quadrature = Quadrature::of_length(n);
        let angle = |i: usize| std::f64::consts::TAU * periods * i as f64 / n as f64;
        for (i, v) in quadrature.time.iter_mut().enumerate() {
            *v = angle(i).cos();
        }
        quadrature.turn();
        for (i, v) in quadrature.time.iter().enumerate() {
            assert!((v - angle(i).sin()).abs() < 1e-9, "sample {i}: {v}");
        }
    }

    /// scipy 1.17 `hilbert([3,-1,4,1,-5,9,2,-6,5,3], N=16).imag[:10]`.
    const SCIPY: [f64; 10] = [
        -0.086_582_838_17,
        0.015_596_276_06,
        -2.513_974_515_36,
        5.425_221_000_28,
        -4.342_527_879_68,
        -4.335_430_786_72,
        8.968_587_777_33,
        -2.411_949_454_49,
        -3.913_417_161_83,
        3.123_491_020_47,
    ];

    #[test]
    fn padded_traces_agree_with_scipy() {
        let mut quadrature = Quadrature::new(10);
        assert_eq!(quadrature.time.len(), 16);
        let mut out = [0.0; 10];
        quadrature.of(
            &[3.0, -1.0, 4.0, 1.0, -5.0, 9.0, 2.0, -6.0, 5.0, 3.0],
            &mut out,
        );
        for (a, b) in out.iter().zip(SCIPY) {
            assert!((f64::from(*a) - b).abs() < 1e-6, "{out:?}");
        }
    }

    #[test]
    fn lengths_are_even_and_smooth() {
        assert_eq!(
            [1, 2, 7, 15, 384, 1501].map(fast_length),
            [2, 2, 8, 16, 384, 1536]
        );
    }
}
