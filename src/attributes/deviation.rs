//! How much dips and the lateral change of energy vary around a voxel, and
//! whether they vary together.

use std::ops::Range;

use super::sheet::Sheet;
use super::slab::{Life, Traces};
use super::window::Start;
use super::{AttributeOptions, Cell};

/// Standard deviation of the dip vector, of the gradient of coherent energy along
/// structure, and the covariance of the two, over a window of `2 r + 1` by
/// `2 r + 1` traces and `2 K + 1` samples that follows the dip of its centre to the
/// nearest sample.
///
/// With `v = (p, q)` the dips and `G` the gradient, `sqrt(mean |v - mean v|^2)`,
/// `sqrt(mean |G - mean G|^2)` and `mean (v - mean v) . (G - mean G)`. Dips that no
/// structure stands behind are included: chaos raises their deviation. Windows are
/// cropped at nulls and edges; with less than half of what the survey holds of a
/// window there is no answer. Cost: sums along each trace, then `(2 r + 1)^2`
/// of them a voxel.
#[derive(Clone)]
pub(super) struct Deviation {
    radius: usize,
    half: usize,
    steered: bool,
    relative: bool,
    correlation: bool,
    /// Turn dips into seconds or metres per metre.
    scale: [f64; 2],
    /// Added to the energy that gradients are relative to.
    floor: f64,
}

/// Sums over a window: of the dips `p`, `q`, `p^2 + q^2` and 1; and where the
/// gradient is known, of `x`, `y`, `x^2 + y^2` and 1; of `p`, `q`, `p x + q y` and
/// the energy.
type Sums = [f64; 12];

/// The fields that are looked at.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    pub(super) dips: [&'a Sheet; 2],
    /// Gradient along crosslines and along inlines, and energy, where wanted.
    pub(super) energy: Option<([&'a Sheet; 2], &'a Sheet)>,
}

/// The answers at one trace.
#[derive(Clone, Debug, Default)]
pub(super) struct Deviations {
    pub(super) dip: Vec<f32>,
    pub(super) energy: Vec<f32>,
    pub(super) covariance: Vec<f32>,
}

/// Variances below this share of the mean square are rounding errors.
const ROUNDING: f64 = 1e-14;

impl Deviation {
    pub(super) fn new(options: &AttributeOptions, cell: &Cell, mean_energy: f64) -> Self {
        Self {
            radius: options.deviation_radius,
            half: options.deviation_half_height,
            steered: options.steered,
            relative: options.relative_energy,
            correlation: options.correlation,
            scale: [cell.step / cell.crossline, cell.step / cell.inline],
            floor: 1e-6 * mean_energy,
        }
    }

    /// Calls `put(crossline, answers)` for each live trace of a stretch of a line.
    pub(super) fn stretch<E>(
        &self,
        traces: &Traces,
        fields: Fields,
        y: usize,
        xs: Range<usize>,
        mut put: impl FnMut(usize, &Deviations) -> Result<(), E>,
    ) -> Result<(), E> {
        let (nx, nt) = (traces.crosslines(), traces.samples());
        let (r, side) = (self.radius, 2 * self.radius + 1);
        let lines = y.saturating_sub(r)..(y + r + 1).min(traces.lines());
        let empty = vec![[0.0; 12]; nt + 2 * self.half];
        let mut ring = vec![empty; side * side];
        let mut items = vec![[0.0; 12]; nt];
        let mut found = Deviations {
            dip: vec![0.0; nt],
            energy: vec![0.0; nt],
            covariance: vec![0.0; nt],
        };
        for step in xs.start.saturating_sub(r)..xs.end + r {
            if step < nx {
                for line in lines.clone() {
                    let sums = &mut ring[line % side * side + step % side];
                    self.sum_trace(traces, fields, (line, step), &mut items, sums);
                }
            }
            let Some(x) = step.checked_sub(r).filter(|x| xs.contains(x)) else {
                continue;
            };
            if traces.life(y, x) == Life::Dead {
                continue;
            }
            let near = x.saturating_sub(r)..(x + r + 1).min(nx);
            let around: Vec<(isize, isize, &[Sums])> = lines
                .clone()
                .flat_map(|line| near.clone().map(move |x| (line, x)))
                .map(|(line, near)| {
                    let (a, b) = (near as isize - x as isize, line as isize - y as isize);
                    (a, b, &ring[line % side * side + near % side][..])
                })
                .collect();
            self.trace(fields, (y, x), &around, &mut found);
            put(x, &found)?;
        }
        Ok(())
    }

    /// Sums over the height of the window along one trace, for centres from
    /// `half` samples before its first sample to `half` after its last.
    fn sum_trace(
        &self,
        traces: &Traces,
        fields: Fields,
        (y, x): (usize, usize),
        items: &mut [Sums],
        sums: &mut [Sums],
    ) {
        sums.fill([0.0; 12]);
        if traces.life(y, x) == Life::Dead {
            return;
        }
        let [p, q] = fields.dips.map(|dips| dips.row(y, x));
        for (t, item) in items.iter_mut().enumerate() {
            *item = [0.0; 12];
            let v = [
                f64::from(p[t]) * self.scale[0],
                f64::from(q[t]) * self.scale[1],
            ];
            if v[0].is_finite() {
                item[..4].copy_from_slice(&[v[0], v[1], v[0] * v[0] + v[1] * v[1], 1.0]);
            }
        }
        if let Some((gradient, energy)) = fields.energy {
            let [gx, gy] = gradient.map(|g| g.row(y, x));
            let energy = energy.row(y, x);
            for (t, item) in items.iter_mut().enumerate() {
                let g = [f64::from(gx[t]), f64::from(gy[t])];
                if g[0].is_finite() && item[3] > 0.0 {
                    let [p, q, ..] = *item;
                    let e = f64::from(energy[t]);
                    item[4..8].copy_from_slice(&[g[0], g[1], g[0] * g[0] + g[1] * g[1], 1.0]);
                    item[8..].copy_from_slice(&[p, q, p * g[0] + q * g[1], e]);
                }
            }
        }
        let used = if fields.energy.is_some() { 12 } else { 4 };
        for k in 0..2 * self.half + 1 {
            for (sums, item) in sums[k..].iter_mut().zip(&*items) {
                for (sum, value) in sums[..used].iter_mut().zip(&item[..used]) {
                    *sum += value;
                }
            }
        }
    }

    fn trace(
        &self,
        fields: Fields,
        (y, x): (usize, usize),
        around: &[(isize, isize, &[Sums])],
        found: &mut Deviations,
    ) {
        let [p, q] = fields.dips.map(|dips| dips.row(y, x));
        let nt = p.len();
        for t in 0..nt {
            if !p[t].is_finite() {
                for answer in [&mut found.dip, &mut found.energy, &mut found.covariance] {
                    answer[t] = f32::NAN;
                }
                continue;
            }
            let dip = if self.steered {
                [f64::from(p[t]), f64::from(q[t])]
            } else {
                [0.0; 2]
            };
            let mut sums = [0.0; 12];
            for (a, b, trace) in around {
                let shift = (dip[0] * *a as f64 + dip[1] * *b as f64).round() as isize;
                let at = (t + self.half).checked_add_signed(shift);
                if let Some(at) = at.and_then(|at| trace.get(at)) {
                    sums.iter_mut().zip(at).for_each(|(a, b)| *a += b);
                }
            }
            let height = (t + self.half).min(nt - 1) - t.saturating_sub(self.half) + 1;
            let least = 0.5 * (height * around.len()) as f64;
            let [dip, energy, covariance] = self.answer(&sums, least);
            found.dip[t] = dip as f32;
            found.energy[t] = energy as f32;
            found.covariance[t] = covariance as f32;
        }
    }

    /// The three answers of a window of which at least so many voxels are needed.
    fn answer(&self, sums: &Sums, least: f64) -> [f64; 3] {
        let spread = |sum: &[f64]| {
            let n = sum[3];
            if n < least || n == 0.0 {
                return f64::NAN;
            }
            let (x, y, square) = (sum[0] / n, sum[1] / n, sum[2] / n);
            let variance = square - x * x - y * y;
            if variance > ROUNDING * square {
                variance.sqrt()
            } else {
                0.0
            }
        };
        let dip = spread(&sums[..4]);
        let mut energy = spread(&sums[4..8]);
        let n = sums[7];
        let products = sums[10] / n;
        let means = (sums[8] * sums[4] + sums[9] * sums[5]) / (n * n);
        let mut covariance = if energy.is_nan() {
            f64::NAN
        } else if energy == 0.0 || dip == 0.0 {
            0.0
        } else {
            products - means
        };
        if self.correlation && covariance != 0.0 {
            covariance = (covariance / (dip * energy)).clamp(-1.0, 1.0);
        }
        if self.relative {
            energy /= sums[11] / n + self.floor;
        }
        [dip, energy, covariance]
    }
}

/// Gradient of the coherent energy along structure at one live trace, per metre:
/// central differences between the neighbouring traces, at the times to which the
/// dip leads; one-sided where a neighbour is missing, 0 where both are.
pub(super) fn gradient(
    traces: &Traces,
    dips: [&Sheet; 2],
    energy: &Sheet,
    cell: &Cell,
    (y, x): (usize, usize),
    [gx, gy]: [&mut [f32]; 2],
) {
    let own = energy.row(y, x);
    for (axis, out) in [gx, gy].into_iter().enumerate() {
        let (offset, spacing) = if axis == 0 {
            ((1, 0), cell.crossline)
        } else {
            ((0, 1), cell.inline)
        };
        let back = (-offset.0, -offset.1);
        let row = |offset| {
            let place = traces.neighbour((y, x), offset);
            place.and_then(|(y, x)| energy.known(y, x))
        };
        let (before, after) = (row(back), row(offset));
        let dip = dips[axis].row(y, x);
        for (t, out) in out.iter_mut().enumerate() {
            let e = f64::from(own[t]);
            if !e.is_finite() {
                *out = f32::NAN;
                continue;
            }
            let p = f64::from(dip[t]);
            let at = |row: Option<&[f32]>, shift| Start::new(t, shift, 0).value(row?, 0);
            let slope = match (at(before, -p), at(after, p)) {
                (Some(a), Some(b)) => 0.5 * (b - a),
                (Some(a), None) => e - a,
                (None, Some(b)) => b - e,
                (None, None) => 0.0,
            };
            *out = (slope / spacing) as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array3;
    use proptest::prelude::*;

    use super::super::slab::Slab;
    use super::*;
    use crate::task::stream;

    /// Voxels of unit size: dips and gradients in their own units.
    const UNIT: Cell = Cell {
        interval: 0.004,
        step: 1.0,
        depth: 1.0,
        crossline: 1.0,
        inline: 1.0,
    };

    fn sheet(volume: &Array3<f32>) -> Sheet {
        let (ny, nx, nt) = volume.dim();
        let mut sheet = Sheet::new(0..ny, nx, nt);
        sheet
            .lines_mut(0..ny)
            .copy_from_slice(volume.as_slice().unwrap());
        sheet
    }

    /// Deviations with given dips, gradients and energy; live where dips are.
    fn deviations(
        [p, q]: [&Array3<f32>; 2],
        energy: Option<([&Array3<f32>; 2], &Array3<f32>)>,
        options: &AttributeOptions,
    ) -> [Array3<f32>; 3] {
        let live = p.mapv(|p| if p.is_nan() { p } else { 1.0 });
        let shape = p.dim();
        let slab = Slab::new(&live.view(), 0..shape.0, UNIT).unwrap();
        let traces = Traces::new(&slab);
        let kernel = Deviation::new(options, &UNIT, 1.0);
        let dips = [sheet(p), sheet(q)];
        let held = energy.map(|(g, e)| (g.map(sheet), sheet(e)));
        let fields = Fields {
            dips: dips.each_ref(),
            energy: held.as_ref().map(|(g, e)| (g.each_ref(), e)),
        };
        let mut out = [(); 3].map(|()| Array3::from_elem(shape, f32::NAN));
        for y in 0..shape.0 {
            let put = |x: usize, found: &Deviations| {
                let answers = [&found.dip, &found.energy, &found.covariance];
                for (out, answer) in out.iter_mut().zip(answers) {
                    for (t, v) in answer.iter().enumerate() {
                        out[[y, x, t]] = *v;
                    }
                }
                Ok::<(), ()>(())
            };
            kernel.stretch(&traces, fields, y, 0..shape.1, put).unwrap();
        }
        out
    }

    fn flat() -> AttributeOptions {
        AttributeOptions {
            steered: false,
            deviation_radius: 3,
            ..AttributeOptions::default()
        }
    }

    const SHAPE: (usize, usize, usize) = (9, 11, 15);

    fn along_x(f: impl Fn(f32) -> f32) -> Array3<f32> {
        Array3::from_shape_fn(SHAPE, |(_, x, _)| f(x as f32))
    }

    fn noise(seed: u64) -> Array3<f32> {
        let mut rng = stream(seed, "dips", &[]);
        Array3::from_shape_simple_fn(SHAPE, || rng.normal() as f32)
    }

    #[test]
    fn deviations_have_their_closed_forms() {
        let zero = along_x(|_| 0.0);
        let same = along_x(|_| 0.7);
        let [dip, ..] = deviations([&same, &same], None, &AttributeOptions::default());
        assert!(dip.iter().all(|d| *d == 0.0));
        let (a, b) = (0.3, 0.7);
        let (p, g) = (along_x(|x| a * x), along_x(|x| b * x));
        let [dip, energy, covariance] =
            deviations([&p, &zero], Some(([&g, &zero], &zero)), &flat());
        let at = [4, 5, 7];
        assert!((dip[at] - 2.0 * a).abs() < 1e-6);
        assert!((energy[at] - 2.0 * b).abs() < 1e-6);
        assert!((covariance[at] - 0.84).abs() < 1e-6, "{}", covariance[at]);
        // A constant dip varies with nothing.
        let [.., none] = deviations([&same, &zero], Some(([&g, &zero], &zero)), &flat());
        assert!(none.iter().all(|c| *c == 0.0));
        let correlated = AttributeOptions {
            correlation: true,
            ..flat()
        };
        let [.., one] = deviations([&p, &zero], Some(([&g, &zero], &zero)), &correlated);
        assert!((one[at] - 1.0).abs() < 1e-6);
    }

    #[test]
    fn independent_noise_in_both_dips_adds_up() {
        let [dip, ..] = deviations([&noise(1), &noise(2)], None, &flat());
        let expected = 2.0_f32.sqrt() * (1.0 - 1.0 / 539.0_f32).sqrt();
        assert!(
            (dip[[4, 5, 7]] - expected).abs() < 0.1,
            "{}",
            dip[[4, 5, 7]]
        );
    }

    #[test]
    fn the_gradient_of_a_parabola_is_exact_and_one_sided_at_edges() {
        let energy = along_x(|x| 0.25 * x * x);
        let slab = Slab::new(&energy.view(), 0..9, UNIT).unwrap();
        let traces = Traces::new(&slab);
        let zero = sheet(&along_x(|_| 0.0));
        let (mut gx, mut gy) = (vec![0.0; 15], vec![0.0; 15]);
        let dips = [&zero, &zero];
        let of = sheet(&energy);
        for (x, expected) in [(5, 2.5), (10, 0.25 * (100.0 - 81.0))] {
            gradient(&traces, dips, &of, &UNIT, (4, x), [&mut gx, &mut gy]);
            assert!(gx.iter().all(|g| (g - expected).abs() < 1e-5), "{gx:?}");
            assert!(gy.iter().all(|g| *g == 0.0));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn deviations_agree_with_a_naive_computation(seed in 0u64..1000, relative: bool) {
            let (ny, nx, nt) = SHAPE;
            let [mut p, mut q] = [noise(seed), noise(seed + 1)];
            let [gx, gy, e] = [noise(seed + 2), noise(seed + 3), noise(seed + 4).mapv(f32::abs)];
            for v in [&mut p, &mut q] {
                v.slice_mut(ndarray::s![4, 3, ..]).fill(f32::NAN);
                v.slice_mut(ndarray::s![.., 7, ..5]).fill(f32::NAN);
            }
            let options = AttributeOptions {
                deviation_radius: 2,
                deviation_half_height: 3,
                relative_energy: relative,
                ..AttributeOptions::default()
            };
            let found = deviations([&p, &q], Some(([&gx, &gy], &e)), &options);
            for ((y, x, t), dip) in found[0].indexed_iter() {
                if p[[y, x, t]].is_nan() {
                    prop_assert!(dip.is_nan());
                    continue;
                }
                let mut window = Vec::new();
                let mut whole = 0;
                for (b, a) in (-2..=2_isize).flat_map(|b| (-2..=2_isize).map(move |a| (b, a))) {
                    let place = y.checked_add_signed(b).zip(x.checked_add_signed(a));
                    let Some((y1, x1)) = place.filter(|(y1, x1)| *y1 < ny && *x1 < nx) else {
                        continue;
                    };
                    let shift = f64::from(p[[y, x, t]]) * a as f64 + f64::from(q[[y, x, t]]) * b as f64;
                    for k in -3..=3_isize {
                        whole += usize::from(t.checked_add_signed(k).is_some_and(|t| t < nt));
                        let time = t.checked_add_signed(k + shift.round() as isize);
                        if let Some(time) = time.filter(|t| *t < nt && !p[[y1, x1, *t]].is_nan()) {
                            let at = [y1, x1, time];
                            window.push([p[at], q[at], gx[at], gy[at], e[at]].map(f64::from));
                        }
                    }
                }
                let n = window.len() as f64;
                let [_, energy, covariance] = found.each_ref().map(|v| f64::from(v[[y, x, t]]));
                if n < 0.5 * whole as f64 {
                    prop_assert!(dip.is_nan() && energy.is_nan() && covariance.is_nan());
                    continue;
                }
                let mean: [f64; 5] = std::array::from_fn(|i| window.iter().map(|w| w[i]).sum::<f64>() / n);
                let product = |i: usize, j: usize| {
                    window.iter().map(|w| (w[i] - mean[i]) * (w[j] - mean[j])).sum::<f64>() / n
                };
                let expected = (product(0, 0) + product(1, 1)).sqrt();
                prop_assert!((f64::from(*dip) - expected).abs() < 1e-5);
                let plain = (product(2, 2) + product(3, 3)).sqrt();
                let scale = if relative { 1.0 / (mean[4] + 1e-6) } else { 1.0 };
                prop_assert!((energy - scale * plain).abs() < 1e-5 * scale.max(1.0));
                prop_assert!((covariance - product(0, 2) - product(1, 3)).abs() < 1e-5);
                prop_assert!(covariance.abs() <= expected * plain * (1.0 + 1e-6));
            }
        }
    }
}
