//! Apparent dips from the structure tensor.
#![allow(clippy::inline_always)] // compiled for the registers of the caller

use super::lanes::{Kernel, along, load, store};

/// Dips below this planarity are noise: they are set to 0.
const LEAST_PLANARITY: f64 = 0.02;

/// Steps of the search for the largest eigenvalue; where it is twice the next
/// three would do.
const STEPS: usize = 6;

/// Added to the largest eigenvalue, relative to the mean energy of the volume:
/// where nothing changes, nothing is planar.
const FLOOR: f64 = 1e-12;

/// Apparent dips `(p, q)` in samples per trace, along crosslines and along
/// inlines, of a structure tensor (tt, tx, ty, xx, xy, yy) relative to the mean
/// energy; and whether one of them was clipped at `max_dip`.
///
/// With `l1 >= l2 >= l3` the eigenvalues and `n` the eigenvector of `l1`,
/// `p = -n_x/n_t` and `q = -n_y/n_t`. Where the planarity
/// `(l1 - l2) / (l1 + floor)` is below 0.02 the dip is 0.
#[cfg(test)]
fn dip(tensor: [f64; 6], max_dip: f64) -> (f64, f64, bool) {
    let [p, q] = dips(&tensor.map(|c| [c; 1]), max_dip).0.map(|dip| dip[0]);
    let clip = |dip: f64| dip.max(-max_dip).min(max_dip);
    (clip(p), clip(q), p.abs().max(q.abs()) > max_dip)
}

/// Apparent dips of the tensors of a trace (six rows one after another), clipped
/// at `max_dip`; how many were. Their planarity, where there is room for it.
pub(super) fn find(
    tensor: &[f32],
    max_dip: f64,
    dips: [&mut [f32]; 2],
    planarity: Option<&mut [f32]>,
) -> u64 {
    let n = dips[0].len();
    let mut clipped = 0;
    let kernel = Dips {
        tensor,
        max_dip,
        found: dips,
        planarity,
        counted: 0,
        clipped: &mut clipped,
    };
    along(n, kernel);
    clipped
}

struct Dips<'a> {
    tensor: &'a [f32],
    max_dip: f64,
    found: [&'a mut [f32]; 2],
    planarity: Option<&'a mut [f32]>,
    /// Samples that were looked at before.
    counted: usize,
    clipped: &'a mut u64,
}

impl Kernel for Dips<'_> {
    #[inline(always)]
    fn at<const N: usize>(&mut self, at: usize) {
        let n = self.found[0].len();
        let mut tensors = [[0.0; N]; 6];
        for (c, tensor) in tensors.iter_mut().enumerate() {
            let row: &[f32; N] = load(self.tensor, c * n + at);
            for l in 0..N {
                tensor[l] = f64::from(row[l]);
            }
        }
        let (found, planarity) = dips(&tensors, self.max_dip);
        if let Some(row) = &mut self.planarity {
            let mut values = [0.0; N];
            for l in 0..N {
                values[l] = planarity[l] as f32;
            }
            store(row, at, &values);
        }
        let steepest = self.max_dip;
        for (dips, found) in self.found.iter_mut().zip(&found) {
            let mut clipped = [0.0; N];
            for l in 0..N {
                clipped[l] = found[l].max(-steepest).min(steepest) as f32;
            }
            store(dips, at, &clipped);
        }
        let [a, b] = &found;
        let mut clipped = 0;
        for l in 0..N {
            let fresh = at + l >= self.counted;
            let steep = a[l].abs() > steepest || b[l].abs() > steepest;
            clipped += u64::from(fresh & steep);
        }
        *self.clipped += clipped;
        self.counted = at + N;
    }
}

/// Apparent dips of several tensors, before they are clipped, and planarities.
#[inline(always)]
fn dips<const N: usize>(tensors: &[[f64; N]; 6], max_dip: f64) -> ([[f64; N]; 2], [f64; N]) {
    let (normals, planarity) = normals(tensors);
    let [nt, nx, ny] = &normals;
    let mut dips = [[0.0; N]; 2];
    for (dip, n) in dips.iter_mut().zip([nx, ny]) {
        for l in 0..N {
            // Quotients that are not numbers come from 0 / 0: no dip. Nothing is
            // lost above twice the steepest.
            let steepest = 2.0 * max_dip + 1.0;
            let quotient = (-n[l] / nt[l]).max(-steepest).min(steepest);
            let known = planarity[l] >= LEAST_PLANARITY && n[l] != 0.0;
            dip[l] = if known { quotient } else { 0.0 };
        }
    }
    (dips, planarity)
}

/// The directions (t, x, y) in which the data change most, and by how much more than
/// in any other; -1 where nothing changes.
///
/// The largest eigenvalue is found from above by Laguerre's method, which for
/// three real roots converges from their sum within a few steps (Parlett 1964);
/// the others from what remains of the cubic; the eigenvector is the largest
/// cross product of two rows of `T - l1 I`. Nothing branches, so that several
/// voxels are worked on at once.
#[inline(always)]
fn normals<const N: usize>(tensors: &[[f64; N]; 6]) -> ([[f64; N]; 3], [f64; N]) {
    let mut scaled = [[0.0; N]; 6];
    let (mut scales, mut minors, mut products) = ([0.0; N], [0.0; N], [0.0; N]);
    for l in 0..N {
        scales[l] = 1.0 / (tensors[0][l] + tensors[3][l] + tensors[5][l]);
    }
    for (scaled, tensors) in scaled.iter_mut().zip(tensors) {
        for l in 0..N {
            scaled[l] = tensors[l] * scales[l];
        }
    }
    let [tt, tx, ty, xx, xy, yy] = &scaled;
    for l in 0..N {
        let (a, b, c) = (tt[l], xx[l], yy[l]);
        let (d, e, f) = (tx[l], ty[l], xy[l]);
        // l^3 - l^2 + m l - n with the minors and the determinant.
        minors[l] = a * b + b * c + a * c - d * d - e * e - f * f;
        products[l] = a * (b * c - f * f) - d * (d * c - f * e) + e * (d * f - b * e);
    }
    let largest = largest(&minors, &products);
    let (mut normals, mut planarity) = ([[0.0; N]; 3], [0.0; N]);
    for l in 0..N {
        let (l1, scale) = (largest[l], scales[l]);
        let rest = 1.0 - l1;
        let spread = (rest * rest - 4.0 * (minors[l] - l1 * rest))
            .max(0.0)
            .sqrt();
        let l2 = 0.5 * (rest + spread);
        let excess = (l1 - l2) / (l1 + FLOOR * scale);
        planarity[l] = if scale > 0.0 { excess } else { -1.0 };
        let (a, b, c) = (tt[l] - l1, xx[l] - l1, yy[l] - l1);
        let (d, e, f) = (tx[l], ty[l], xy[l]);
        let rows = [[a, d, e], [d, b, f], [e, f, c]];
        let (first, second) = (cross(rows[0], rows[1]), cross(rows[0], rows[2]));
        let normal = longer(longer(first, second), cross(rows[1], rows[2]));
        for i in 0..3 {
            normals[i][l] = normal[i];
        }
    }
    (normals, planarity)
}

/// The largest roots of `l^3 - l^2 + m l - n`.
#[inline(always)]
fn largest<const N: usize>(m: &[f64; N], n: &[f64; N]) -> [f64; N] {
    let mut roots = [1.0; N];
    for _ in 0..STEPS {
        for l in 0..N {
            let root = roots[l];
            let value = ((root - 1.0) * root + m[l]) * root - n[l];
            let slope = (3.0 * root - 2.0) * root + m[l];
            let bend = 6.0 * root - 2.0;
            let under = 4.0 * slope * slope - 6.0 * value * bend;
            let step = 3.0 * value / (slope + under.max(0.0).sqrt());
            let more = value > 0.0 && slope > 0.0;
            roots[l] = root - if more { step } else { 0.0 };
        }
    }
    roots
}

#[inline(always)]
fn cross(p: [f64; 3], q: [f64; 3]) -> [f64; 3] {
    [
        p[1] * q[2] - p[2] * q[1],
        p[2] * q[0] - p[0] * q[2],
        p[0] * q[1] - p[1] * q[0],
    ]
}

#[inline(always)]
fn longer(p: [f64; 3], q: [f64; 3]) -> [f64; 3] {
    let size = |v: [f64; 3]| v[0] * v[0] + v[1] * v[1] + v[2] * v[2];
    let more = size(q) > size(p);
    let pick = |i: usize| if more { q[i] } else { p[i] };
    [pick(0), pick(1), pick(2)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The tensor of gradients that all point along `n`, and noise on top.
    fn tensor(n: [f64; 3], noise: f64) -> [f64; 6] {
        let [t, x, y] = n;
        [
            t * t + noise,
            t * x,
            t * y,
            x * x + noise,
            x * y,
            y * y + noise,
        ]
    }

    #[test]
    fn dips_are_ratios_of_the_normal() {
        let (p, q, clipped) = dip(tensor([1.0, -0.5, 0.25], 0.1), 2.0);
        assert!((p - 0.5).abs() < 1e-12 && (q + 0.25).abs() < 1e-12 && !clipped);
        let (p, _, clipped) = dip(tensor([-0.1, 0.5, 0.0], 0.0), 2.0);
        assert!(p == 2.0 && clipped);
        let (p, q, _) = dip(tensor([0.0, 0.0, 3.0], 0.0), 2.0);
        assert!(p == 0.0 && q.abs() == 2.0);
    }

    #[test]
    fn without_a_direction_the_dip_is_0() {
        assert_eq!(dip([0.0; 6], 2.0), (0.0, 0.0, false));
        assert_eq!(dip([1.0, 0.0, 0.0, 1.0, 0.0, 1.0], 2.0).0, 0.0);
        assert_eq!(dip([1e-20, 0.0, 0.0, 0.0, 0.0, 0.0], 2.0).0, 0.0);
        assert_eq!(dip([f64::NAN; 6], 2.0).0, 0.0);
        // Planarity 0.0178 and 0.0218, on either side of the limit.
        assert_eq!(dip([1.0, 0.009, 0.0, 1.0, 0.0, 0.0], 2.0).0, 0.0);
        assert!((dip([1.0, 0.011, 0.0, 1.0, 0.0, 0.0], 2.0).0 + 1.0).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn the_normal_is_the_first_eigenvector(g in prop::collection::vec(-1.0..1.0f64, 12)) {
            let mut t = [0.0; 6];
            for v in g.chunks(3) {
                let one = tensor([v[0], v[1], v[2]], 0.0);
                t.iter_mut().zip(one).for_each(|(a, b)| *a += b);
            }
            let matrix = nalgebra::Matrix3::new(t[0], t[1], t[2], t[1], t[3], t[4], t[2], t[4], t[5]);
            let eigen = nalgebra::SymmetricEigen::new(matrix);
            let first = eigen.eigenvalues.imax();
            let n = eigen.eigenvectors.column(first).into_owned();
            let mut l: Vec<f64> = eigen.eigenvalues.iter().copied().collect();
            l.sort_by(|a, b| b.total_cmp(a));
            prop_assume!((l[0] - l[1]) / l[0] > 0.021);
            let found = normals(&t.map(|c| [c; 1])).0.map(|n| n[0]);
            let ours = nalgebra::Vector3::from(found).normalize();
            prop_assert!(ours.dot(&n).abs() > 1.0 - 1e-9);
        }
    }
}
