//! Where reflectors converge, and which way.

use std::ops::Range;

use super::Cell;
use super::gaussian::{Along, Padded, Taps, Window, add_scaled};
use super::sheet::Sheet;
use super::slab::{Life, Traces};
use super::tensor::{Ring, silence};

/// Curl of the reflectors' unit normal, split into convergence and rotation
/// (Marfurt and Rich 2010).
///
/// With dips as slopes `P`, `Q` of depth over distance, `n = (-P, -Q, 1) /
/// sqrt(1 + P^2 + Q^2)`; the derivatives in `psi = curl n` are those of Gaussians of
/// 1 trace across and 2 samples down, fitted to what is live. Convergence is the
/// vector `n x psi`, rotation the number `n . psi`, both per metre. On a single line
/// nothing changes across it. Cost: about 230 multiplications a voxel.
#[derive(Clone)]
pub(super) struct Convergence {
    lateral: Taps,
    vertical: Along<f64>,
    /// Metres between crosslines, inlines and samples.
    spacing: [f64; 3],
}

/// Lines around a line that its convergence depends on.
pub(super) const REACH: usize = 4;

/// The answers at one trace: components along crosslines and inlines, the
/// magnitude with the vertical component, its direction in degrees from the
/// direction of increasing inlines, and rotation.
#[derive(Clone, Debug, Default)]
pub(super) struct Converging {
    pub(super) x: Vec<f32>,
    pub(super) y: Vec<f32>,
    pub(super) magnitude: Vec<f32>,
    pub(super) azimuth: Vec<f32>,
    pub(super) rotation: Vec<f32>,
}

/// Rows kept of a trace: averages along inlines of the normal's components, and
/// slopes of two of them.
const ROWS: usize = 5;

impl Convergence {
    pub(super) fn new(cell: &Cell, samples: usize) -> Self {
        Self {
            lateral: Taps::new(1.0),
            vertical: Along::new(2.0, samples),
            spacing: [cell.crossline, cell.inline, cell.depth],
        }
    }

    /// The unit normal of a pair of dips.
    fn normal(&self, p: f32, q: f32) -> [f64; 3] {
        let [dx, dy, dz] = self.spacing;
        let (p, q) = (f64::from(p) * dz / dx, f64::from(q) * dz / dy);
        let scale = 1.0 / (1.0 + p * p + q * q).sqrt();
        [-p * scale, -q * scale, scale]
    }

    /// Calls `put(crossline, answers)` for each live trace of a stretch of a line.
    pub(super) fn stretch<E>(
        &self,
        traces: &Traces,
        dips: [&Sheet; 2],
        y: usize,
        xs: Range<usize>,
        mut put: impl FnMut(usize, &Converging) -> Result<(), E>,
    ) -> Result<(), E> {
        let (nx, nt) = (traces.crosslines(), traces.samples());
        let mut ring = Ring::new(2 * REACH + 1, ROWS * nt);
        let mut work = vec![0.0; 7 * nt];
        let mut found = Converging::default();
        for step in xs.start.saturating_sub(REACH)..xs.end + REACH {
            if step < nx && traces.life(y, step) != Life::Dead {
                self.across_lines(traces, dips, (y, step), ring.row(step));
            }
            let Some(x) = step.checked_sub(REACH).filter(|x| xs.contains(x)) else {
                continue;
            };
            if traces.life(y, x) != Life::Dead {
                self.across_traces(traces, (y, x), &ring, &mut work);
                self.along(traces, dips, (y, x), &work, &mut found);
                put(x, &found)?;
            }
        }
        Ok(())
    }

    /// Averages of `n_x`, `n_y`, `n_z` along inlines and slopes of `n_x`, `n_z`.
    fn across_lines(
        &self,
        traces: &Traces,
        dips: [&Sheet; 2],
        (y, x): (usize, usize),
        out: &mut [f64],
    ) {
        let nt = traces.samples();
        out.fill(0.0);
        let (averages, slopes) = out.split_at_mut(3 * nt);
        let places = self.lateral.around(y, traces.lines());
        let window = Window::new(traces, places.map(|(s, w, y)| (s, w, (y, x))), 1.0);
        for tap in window.taps() {
            let (w, ws) = (tap.average, tap.slope);
            let [p, q] = dips.map(|dips| dips.row(tap.place.0, tap.place.1));
            for t in 0..nt {
                if p[t].is_finite() {
                    let [a, b, c] = self.normal(p[t], q[t]);
                    averages[t] += w * a;
                    averages[nt + t] += w * b;
                    averages[2 * nt + t] += w * c;
                    slopes[t] += ws * a;
                    slopes[nt + t] += ws * c;
                }
            }
        }
        if let Some(norm) = &window.norm {
            norm.slope(&mut slopes[..nt], &averages[..nt]);
            norm.slope(&mut slopes[nt..], &averages[2 * nt..]);
            for row in averages.chunks_exact_mut(nt) {
                norm.average(row);
            }
        }
        for row in out.chunks_exact_mut(nt) {
            silence(row, traces.row(y, x), traces.life(y, x));
        }
    }

    /// Into `work`: `n_x`, `n_y` averaged; `d_x n_z`, `d_x n_y`, `d_y n_z`, `d_y n_x`
    /// before the smoothing along the trace; and a row to work with.
    fn across_traces(
        &self,
        traces: &Traces,
        (y, x): (usize, usize),
        ring: &Ring<f64>,
        work: &mut [f64],
    ) {
        let nt = traces.samples();
        work.fill(0.0);
        let places = self.lateral.around(x, traces.crosslines());
        let window = Window::new(traces, places.map(|(s, w, x)| (s, w, (y, x))), 1.0);
        for tap in window.taps() {
            let rows = ring.get(tap.place.1);
            let (w, ws) = (tap.average, tap.slope);
            let terms = [
                (0, w, 0),
                (1, w, 1),
                (2, ws, 2),
                (3, ws, 1),
                (4, w, 4),
                (5, w, 3),
                (6, w, 2),
            ];
            for (to, w, from) in terms {
                add_scaled(&mut work[to * nt..][..nt], w, &rows[from * nt..][..nt]);
            }
        }
        if let Some(norm) = &window.norm {
            let (averages, rest) = work.split_at_mut(2 * nt);
            let (slopes, rest) = rest.split_at_mut(2 * nt);
            let (of_y, of_z) = rest.split_at_mut(2 * nt);
            norm.slope(&mut slopes[..nt], of_z);
            norm.slope(&mut slopes[nt..], &averages[nt..]);
            let averages = averages.chunks_exact_mut(nt);
            for row in averages.chain(of_y.chunks_exact_mut(nt)) {
                norm.average(row);
            }
        }
        for row in work.chunks_exact_mut(nt) {
            silence(row, traces.row(y, x), traces.life(y, x));
        }
    }

    /// The derivatives along the trace, and the answers.
    fn along(
        &self,
        traces: &Traces,
        dips: [&Sheet; 2],
        (y, x): (usize, usize),
        work: &[f64],
        found: &mut Converging,
    ) {
        let (row, life) = (traces.row(y, x), traces.life(y, x));
        let nt = row.len();
        let [dx, dy, dz] = self.spacing;
        let norm = self.vertical.norm(row, life);
        let mut rows = work.chunks_exact(nt);
        let mut padded = Padded::default();
        let mut next = |is_slope: bool| {
            let mut out = vec![0.0; nt];
            if let Some(row) = rows.next() {
                let room = padded.room(nt, self.vertical.radius());
                room.copy_from_slice(row);
            }
            if is_slope {
                self.vertical.slope(&padded, norm.as_ref(), &mut out);
            } else {
                self.vertical.average(&padded, norm.as_ref(), &mut out);
            }
            out
        };
        let (z_of_x, z_of_y) = (next(true), next(true));
        let (x_of_z, x_of_y) = (next(false), next(false));
        let (y_of_z, y_of_x) = (next(false), next(false));
        let [p, q] = dips.map(|dips| dips.row(y, x));
        let answers = [
            &mut found.x,
            &mut found.y,
            &mut found.magnitude,
            &mut found.azimuth,
            &mut found.rotation,
        ];
        for answer in answers {
            answer.clear();
            answer.resize(nt, f32::NAN);
        }
        for t in (0..nt).filter(|t| p[*t].is_finite()) {
            let n = self.normal(p[t], q[t]);
            let psi = [
                y_of_z[t] / dy - z_of_y[t] / dz,
                z_of_x[t] / dz - x_of_z[t] / dx,
                x_of_y[t] / dx - y_of_x[t] / dy,
            ];
            let c = [
                n[1] * psi[2] - n[2] * psi[1],
                n[2] * psi[0] - n[0] * psi[2],
                n[0] * psi[1] - n[1] * psi[0],
            ];
            let size = (c[0] * c[0] + c[1] * c[1] + c[2] * c[2]).sqrt();
            found.x[t] = c[0] as f32;
            found.y[t] = c[1] as f32;
            found.magnitude[t] = size as f32;
            found.azimuth[t] = c[0].atan2(c[1]).to_degrees() as f32;
            found.rotation[t] = (n[0] * psi[0] + n[1] * psi[1] + n[2] * psi[2]) as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array3;

    use super::super::slab::Slab;
    use super::*;
    use crate::task::stream;

    const CELL: Cell = Cell {
        interval: 0.004,
        step: 0.004,
        depth: 1.0,
        crossline: 2.0,
        inline: 3.0,
    };

    /// x, y, magnitude, azimuth, rotation of slopes of depth over distance.
    fn converging(
        shape: (usize, usize, usize),
        slopes: impl Fn([f64; 3]) -> [f64; 2],
    ) -> [Array3<f32>; 5] {
        let at = |(y, x, t): (usize, usize, usize)| [2.0 * x as f64, 3.0 * y as f64, t as f64];
        let p = Array3::from_shape_fn(shape, |i| (slopes(at(i))[0] * 2.0) as f32);
        let q = Array3::from_shape_fn(shape, |i| (slopes(at(i))[1] * 3.0) as f32);
        of_dips(&p, &q)
    }

    fn of_dips(p: &Array3<f32>, q: &Array3<f32>) -> [Array3<f32>; 5] {
        let (ny, nx, nt) = p.dim();
        let live = p.mapv(|p| if p.is_nan() { p } else { 1.0 });
        let slab = Slab::new(&live.view(), 0..ny, CELL).unwrap();
        let traces = Traces::new(&slab);
        let sheets = [p, q].map(|v| {
            let mut sheet = Sheet::new(0..ny, nx, nt);
            sheet
                .lines_mut(0..ny)
                .copy_from_slice(v.as_slice().unwrap());
            sheet
        });
        let kernel = Convergence::new(&CELL, nt);
        let mut out = [(); 5].map(|()| Array3::from_elem(p.dim(), f32::NAN));
        for y in 0..ny {
            let put = |x: usize, found: &Converging| {
                let answers = [
                    &found.x,
                    &found.y,
                    &found.magnitude,
                    &found.azimuth,
                    &found.rotation,
                ];
                for (out, answer) in out.iter_mut().zip(answers) {
                    for (t, v) in answer.iter().enumerate() {
                        out[[y, x, t]] = *v;
                    }
                }
                Ok::<(), ()>(())
            };
            kernel
                .stretch(&traces, sheets.each_ref(), y, 0..nx, put)
                .unwrap();
        }
        out
    }

    const SHAPE: (usize, usize, usize) = (15, 17, 41);
    const MIDDLE: [usize; 3] = [7, 8, 20];

    #[test]
    fn parallel_layers_do_not_converge() {
        let [.., magnitude, _, rotation] = converging(SHAPE, |_| [0.4, -0.2]);
        assert!(magnitude.iter().chain(&rotation).all(|c| c.abs() < 1e-7));
        // Concentric folds: the normal points to an axis along y.
        let radial = |[x, _, z]: [f64; 3]| [(x - 16.0) / (200.0 - z), 0.0];
        let [_, _, magnitude, ..] = converging(SHAPE, radial);
        assert!(magnitude[MIDDLE] < 1e-5, "{}", magnitude[MIDDLE]);
    }

    #[test]
    fn a_fan_converges_as_it_turns() {
        let k = 0.02;
        let fan = |z: f64| (k * (z - 20.0)).tan();
        let [x, y, magnitude, azimuth, rotation] = converging(SHAPE, |[_, _, z]| [fan(z), 0.0]);
        assert!((f64::from(x[MIDDLE]) - k).abs() < 2e-5, "{}", x[MIDDLE]);
        assert!((f64::from(magnitude[MIDDLE]) - k).abs() < 2e-5);
        assert!((azimuth[MIDDLE] - 90.0).abs() < 1e-4);
        assert!(y[MIDDLE].abs() < 1e-7 && rotation[MIDDLE].abs() < 1e-7);
        let off = [7, 8, 28];
        let expected = k * (k * 8.0).cos();
        assert!((f64::from(magnitude[off]) - expected).abs() < 2e-5);
        // The mirror image converges the other way.
        let [mirror, ..] = converging(SHAPE, |[_, _, z]| [-fan(z), 0.0]);
        assert_eq!(mirror[MIDDLE], -x[MIDDLE]);
        let [_, y, _, azimuth, _] = converging(SHAPE, |[_, _, z]| [0.0, fan(z)]);
        assert!((f64::from(y[MIDDLE]) - k).abs() < 2e-5 && azimuth[MIDDLE].abs() < 1e-4);
    }

    #[test]
    fn a_single_line_has_no_change_across() {
        let shape = (1, 17, 41);
        let [x, y, ..] = converging(shape, |[_, _, z]| [(0.02 * (z - 20.0)).tan(), 0.0]);
        assert!((x[[0, 8, 20]] - 0.02).abs() < 2e-5);
        assert_eq!(y[[0, 8, 20]], 0.0);
        let [x, ..] = converging((3, 4, 2), |[_, _, z]| [0.1 * z, 0.0]);
        assert!(x.iter().all(|c| c.is_finite()));
    }

    /// Derivatives by sums over all offsets, far from edges.
    #[test]
    fn agrees_with_a_naive_computation() {
        let mut rng = stream(2, "dips", &[]);
        let shape = (11, 11, 25);
        let [p, q] =
            [(); 2].map(|()| Array3::from_shape_simple_fn(shape, || (0.4 * rng.normal()) as f32));
        let found = of_dips(&p, &q);
        let at = [5_usize, 5, 12];
        let normal = |i: [usize; 3]| {
            let (a, b) = (f64::from(p[i]) / 2.0, f64::from(q[i]) / 3.0);
            let s = 1.0 / (1.0 + a * a + b * b).sqrt();
            [-a * s, -b * s, s]
        };
        // derivative[axis][component], axes x, y, z.
        let mut derivative = [[0.0; 3]; 3];
        let gauss = |s: isize, sigma: f64| (-0.5 * (s as f64 / sigma).powi(2)).exp();
        let (mut weight, mut second) = (0.0, [0.0; 3]);
        for b in -4..=4_isize {
            for a in -4..=4_isize {
                for k in -8..=8_isize {
                    let w = gauss(a, 1.0) * gauss(b, 1.0) * gauss(k, 2.0);
                    let i = [b, a, k];
                    let n = normal(std::array::from_fn(|d| at[d].wrapping_add_signed(i[d])));
                    weight += w;
                    for (axis, s) in [a, b, k].into_iter().enumerate() {
                        second[axis] += w * (s * s) as f64;
                        for c in 0..3 {
                            derivative[axis][c] += w * s as f64 * n[c];
                        }
                    }
                }
            }
        }
        assert!(weight > 0.0);
        for (axis, spacing) in [2.0, 3.0, 1.0].into_iter().enumerate() {
            for c in 0..3 {
                derivative[axis][c] /= second[axis] * spacing;
            }
        }
        let [dx, dy, dz] = derivative;
        let psi = [dy[2] - dz[1], dz[0] - dx[2], dx[1] - dy[0]];
        let n = normal(at);
        let expected = [n[1] * psi[2] - n[2] * psi[1], n[2] * psi[0] - n[0] * psi[2]];
        for (found, expected) in found.iter().zip(expected) {
            assert!(
                (f64::from(found[at]) - expected).abs() < 1e-6,
                "{} {expected}",
                found[at]
            );
        }
        let rotation: f64 = n.iter().zip(psi).map(|(a, b)| a * b).sum();
        assert!((f64::from(found[4][at]) - rotation).abs() < 1e-6);
    }
}
