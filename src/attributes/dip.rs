//! Apparent dips from the structure tensor.

/// Dips below this planarity are noise: they are set to 0.
const LEAST_PLANARITY: f64 = 0.02;

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
pub(super) fn dip(tensor: [f64; 6], max_dip: f64) -> (f64, f64, bool) {
    let Some(normal) = normal(tensor) else {
        return (0.0, 0.0, false);
    };
    let [nt, nx, ny] = normal;
    let ratio = |n: f64| {
        if n == 0.0 {
            (0.0, false)
        } else {
            let dip = -n / nt;
            (dip.clamp(-max_dip, max_dip), dip.abs() > max_dip)
        }
    };
    let ((p, p_clipped), (q, q_clipped)) = (ratio(nx), ratio(ny));
    (p, q, p_clipped || q_clipped)
}

/// The direction (t, x, y) in which the data change most, if there is one.
///
/// Eigenvalues in closed form (Smith 1961), the eigenvector as the largest
/// cross product of two rows of `T - l1 I`.
fn normal([tt, tx, ty, xx, xy, yy]: [f64; 6]) -> Option<[f64; 3]> {
    let trace = tt + xx + yy;
    if !(trace > 0.0 && trace.is_finite()) {
        return None;
    }
    let scale = 1.0 / trace;
    let [a, b, c] = [tt * scale, xx * scale, yy * scale];
    let [d, e, f] = [tx * scale, ty * scale, xy * scale];
    let third = 1.0 / 3.0;
    let off = d * d + e * e + f * f;
    let spread = (a - third).powi(2) + (b - third).powi(2) + (c - third).powi(2) + 2.0 * off;
    let r = (spread / 6.0).sqrt();
    if r < 1e-12 {
        return None;
    }
    let (u, v, w) = ((a - third) / r, (b - third) / r, (c - third) / r);
    let (x, y, z) = (d / r, e / r, f / r);
    let half = 0.5 * (u * (v * w - z * z) - x * (x * w - z * y) + y * (x * z - v * y));
    let angle = half.clamp(-1.0, 1.0).acos() / 3.0;
    let l1 = third + 2.0 * r * angle.cos();
    let l3 = third + 2.0 * r * (angle + std::f64::consts::TAU / 3.0).cos();
    let l2 = 1.0 - l1 - l3;
    if (l1 - l2) / (l1 + FLOOR * scale) < LEAST_PLANARITY {
        return None;
    }
    let rows = [[a - l1, d, e], [d, b - l1, f], [e, f, c - l1]];
    let cross = |p: [f64; 3], q: [f64; 3]| {
        [
            p[1] * q[2] - p[2] * q[1],
            p[2] * q[0] - p[0] * q[2],
            p[0] * q[1] - p[1] * q[0],
        ]
    };
    let size = |v: [f64; 3]| v[0] * v[0] + v[1] * v[1] + v[2] * v[2];
    let products = [
        cross(rows[0], rows[1]),
        cross(rows[0], rows[2]),
        cross(rows[1], rows[2]),
    ];
    let mut best = products[0];
    for product in &products[1..] {
        if size(*product) > size(best) {
            best = *product;
        }
    }
    Some(best)
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
            let ours = nalgebra::Vector3::from(normal(t).unwrap()).normalize();
            prop_assert!(ours.dot(&n).abs() > 1.0 - 1e-9);
        }
    }
}
