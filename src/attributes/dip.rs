//! Apparent dips from the structure tensor.
#![allow(clippy::inline_always)] // compiled for the registers of the caller

use super::lanes::{Kernel, along, load, store};

/// Dips below this planarity are noise: they are set to 0.
const LEAST_PLANARITY: f32 = 0.02;

/// Coefficients, from the constant on, of `2 cos(2/3 acos(s))` for `s` from 0 to 1:
/// interpolated at Chebyshev's points, to 8e-9. As a function of `s` it has no
/// singularity nearer than -1.
const LARGEST_ROOT: [f32; 9] = [
    1.0,
    1.154_699_3,
    -0.222_188_99,
    0.106_558_7,
    -0.063_850_82,
    0.039_200_64,
    -0.020_475_017,
    0.007_308_239_3,
    -0.001_252_090_7,
];

/// Added to the largest eigenvalue, relative to the mean energy of the volume:
/// where nothing changes, nothing is planar.
const FLOOR: f32 = 1e-12;

/// Apparent dips `(p, q)` in samples per trace, along crosslines and along
/// inlines, of a structure tensor (tt, tx, ty, xx, xy, yy) relative to the mean
/// energy; and whether one of them was clipped at `max_dip`.
///
/// With `l1 >= l2 >= l3` the eigenvalues and `n` the eigenvector of `l1`,
/// `p = -n_x/n_t` and `q = -n_y/n_t`. Where the planarity
/// `(l1 - l2) / (l1 + floor)` is below 0.02 the dip is 0.
#[cfg(test)]
fn dip(tensor: [f32; 6], max_dip: f32) -> (f32, f32, bool) {
    let [p, q] = dips(&tensor.map(|c| [c; 1]), max_dip).0.map(|dip| dip[0]);
    let clip = |dip: f32| dip.max(-max_dip).min(max_dip);
    (clip(p), clip(q), p.abs().max(q.abs()) > max_dip)
}

/// Apparent dips of the tensors of a trace (six rows one after another), clipped
/// at `max_dip`; how many were. Their planarity, where there is room for it.
pub(super) fn find(
    tensor: &[f32],
    max_dip: f32,
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
    max_dip: f32,
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
            *tensor = *load(self.tensor, c * n + at);
        }
        let (found, planarity) = dips(&tensors, self.max_dip);
        if let Some(row) = &mut self.planarity {
            store(row, at, &planarity);
        }
        let steepest = self.max_dip;
        for (dips, found) in self.found.iter_mut().zip(&found) {
            let mut clipped = [0.0; N];
            for l in 0..N {
                clipped[l] = found[l].max(-steepest).min(steepest);
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
fn dips<const N: usize>(tensors: &[[f32; N]; 6], max_dip: f32) -> ([[f32; N]; 2], [f32; N]) {
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
/// The largest eigenvalue has a closed form, `m + 2 p cos(acos(c) / 3)` with the mean
/// `m` of the diagonal, `p^2` a sixth of the squares of what remains without it, and
/// `c` half the determinant of that over `p^3` (Smith 1961); the eigenvector is the
/// largest cross product of two rows of `T - l1 I`. Nothing branches, so that several
/// voxels are worked on at once.
///
/// Without the mean nothing cancels where all eigenvalues are near each other: in
/// single precision the normal is off by about 1e-7 over the planarity, which
/// [`LEAST_PLANARITY`] bounds from below.
#[inline(always)]
fn normals<const N: usize>(tensors: &[[f32; N]; 6]) -> ([[f32; N]; 3], [f32; N]) {
    let (mut normals, mut planarity) = ([[0.0; N]; 3], [0.0; N]);
    for l in 0..N {
        let [tt, tx, ty, xx, xy, yy] = tensors.each_ref().map(|row| row[l]);
        let scale = 1.0 / (tt + xx + yy);
        let mean = 1.0 / 3.0;
        let (a, b, c) = (tt * scale - mean, xx * scale - mean, yy * scale - mean);
        let (d, e, f) = (tx * scale, ty * scale, xy * scale);
        let squares = (a * a + b * b + c * c + 2.0 * (d * d + e * e + f * f)) / 6.0;
        let size = squares.sqrt();
        let determinant = a * (b * c - f * f) - d * (d * c - f * e) + e * (d * f - b * e);
        let cosine = 0.5 * determinant / (squares * size);
        let root = largest_root((0.5 + 0.5 * cosine).clamp(0.0, 1.0).sqrt());
        let l1 = size * root;
        // The other two lie on either side of minus half of it.
        let gap = size * (1.5 * root - (3.0 - 0.75 * root * root).max(0.0).sqrt());
        planarity[l] = (gap / (l1 + mean + FLOOR * scale)).max(-1.0);
        let (a, b, c) = (a - l1, b - l1, c - l1);
        let rows = [[a, d, e], [d, b, f], [e, f, c]];
        let (first, second) = (cross(rows[0], rows[1]), cross(rows[0], rows[2]));
        let normal = longer(longer(first, second), cross(rows[1], rows[2]));
        for i in 0..3 {
            normals[i][l] = normal[i];
        }
    }
    (normals, planarity)
}

/// The largest root of `z^3 - 3 z - 2 c`, from `s^2 = (1 + c) / 2`.
#[inline(always)]
fn largest_root(s: f32) -> f32 {
    let mut root = 0.0;
    for coefficient in LARGEST_ROOT.iter().rev() {
        root = root * s + coefficient;
    }
    root
}

#[inline(always)]
fn cross(p: [f32; 3], q: [f32; 3]) -> [f32; 3] {
    [
        p[1] * q[2] - p[2] * q[1],
        p[2] * q[0] - p[0] * q[2],
        p[0] * q[1] - p[1] * q[0],
    ]
}

#[inline(always)]
fn longer(p: [f32; 3], q: [f32; 3]) -> [f32; 3] {
    let size = |v: [f32; 3]| v[0] * v[0] + v[1] * v[1] + v[2] * v[2];
    let more = size(q) > size(p);
    let pick = |i: usize| if more { q[i] } else { p[i] };
    [pick(0), pick(1), pick(2)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The tensor of gradients that all point along `n`, and noise on top.
    fn tensor(n: [f32; 3], noise: f32) -> [f32; 6] {
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
        assert!((p - 0.5).abs() < 1e-6 && (q + 0.25).abs() < 1e-6 && !clipped);
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
        assert_eq!(dip([f32::NAN; 6], 2.0).0, 0.0);
        // Planarity 0.0178 and 0.0218, on either side of the limit.
        assert_eq!(dip([1.0, 0.009, 0.0, 1.0, 0.0, 0.0], 2.0).0, 0.0);
        assert!((dip([1.0, 0.011, 0.0, 1.0, 0.0, 0.0], 2.0).0 + 1.0).abs() < 1e-4);
    }

    proptest! {
        #[test]
        fn the_normal_is_the_first_eigenvector(g in prop::collection::vec(-1.0..1.0f32, 12)) {
            let mut t = [0.0; 6];
            for v in g.chunks(3) {
                let one = tensor([v[0], v[1], v[2]], 0.0);
                t.iter_mut().zip(one).for_each(|(a, b)| *a += b);
            }
            let t64 = t.map(f64::from);
            let matrix = nalgebra::Matrix3::new(t64[0], t64[1], t64[2], t64[1], t64[3], t64[4], t64[2], t64[4], t64[5]);
            let eigen = nalgebra::SymmetricEigen::new(matrix);
            let first = eigen.eigenvalues.imax();
            let n = eigen.eigenvectors.column(first).into_owned();
            let mut l: Vec<f64> = eigen.eigenvalues.iter().copied().collect();
            l.sort_by(|a, b| b.total_cmp(a));
            prop_assume!((l[0] - l[1]) / l[0] > 0.021);
            let found = normals(&t.map(|c| [c; 1])).0.map(|n| n[0]);
            let ours = nalgebra::Vector3::from(found.map(f64::from)).normalize();
            // The sine of the angle between them.
            let off = ours.cross(&n).norm();
            prop_assert!(off * (l[0] - l[1]) / l[0] < 1e-6, "{off}");
        }
    }
}
