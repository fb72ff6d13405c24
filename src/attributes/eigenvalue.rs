//! The largest eigenvalue of a small covariance matrix.

/// Lower triangle of a symmetric matrix of order up to `M`, row by row.
pub(super) type Small<const M: usize> = [[f64; M]; M];

/// The largest eigenvalue of a positive semidefinite matrix of order `n`, of
/// which only the lower triangle is read; the matrix is destroyed.
///
/// The matrix is scaled to trace 1 and made tridiagonal by Householder
/// reflections; then Laguerre's method walks down to the largest root of its
/// characteristic polynomial from above, where it converges monotonically and,
/// for a simple root, cubically (Wilkinson 1965; Parlett 1964). Cost: about
/// `4/3 n^3` for the reflections and `15 n` for each of a handful of steps.
pub(super) fn largest_eigenvalue<const M: usize>(matrix: &mut Small<M>, n: usize) -> f64 {
    let trace: f64 = (0..n).map(|i| matrix[i][i]).sum();
    if !(trace > 0.0 && trace.is_finite()) {
        return 0.0;
    }
    for i in 0..n {
        for j in 0..=i {
            matrix[i][j] /= trace;
            matrix[j][i] = matrix[i][j];
        }
    }
    let (diagonal, squares) = tridiagonal(matrix, n);
    trace * largest_root(&diagonal[..n], &squares)
}

/// Diagonal, and squares of the off-diagonal (`[k]` between `k` and `k + 1`).
fn tridiagonal<const M: usize>(a: &mut Small<M>, n: usize) -> ([f64; M], [f64; M]) {
    let mut squares = [0.0; M];
    for k in 0..n.saturating_sub(1) {
        let below: f64 = (k + 1..n).map(|i| a[i][k] * a[i][k]).sum();
        squares[k] = below;
        let tail = below - a[k + 1][k] * a[k + 1][k];
        if tail <= 0.0 || k + 2 >= n {
            continue;
        }
        // v = x + sign(x1) |x| e1, so that (I - 2 v v'/v'v) x = -sign(x1) |x| e1.
        let mut v = [0.0; M];
        for i in k + 1..n {
            v[i] = a[i][k];
        }
        v[k + 1] += below.sqrt().copysign(v[k + 1]);
        let scale = 2.0 / (tail + v[k + 1] * v[k + 1]);
        let mut w = [0.0; M];
        for i in k + 1..n {
            w[i] = scale * (k + 1..n).map(|j| a[i][j] * v[j]).sum::<f64>();
        }
        let half = 0.5 * scale * (k + 1..n).map(|i| v[i] * w[i]).sum::<f64>();
        for i in k + 1..n {
            w[i] -= half * v[i];
        }
        for i in k + 1..n {
            for j in k + 1..n {
                a[i][j] -= v[i] * w[j] + w[i] * v[j];
            }
        }
    }
    let mut diagonal = [0.0; M];
    for i in 0..n {
        diagonal[i] = a[i][i];
    }
    (diagonal, squares)
}

/// The largest root of the characteristic polynomial, which lies in `(0, 1]`.
fn largest_root(diagonal: &[f64], squares: &[f64]) -> f64 {
    let n = diagonal.len() as f64;
    let mut x = 1.0;
    for _ in 0..60 {
        // The polynomial and two derivatives by their three-term recurrence.
        let (mut p0, mut p1) = (1.0, x - diagonal[0]);
        let (mut d0, mut d1) = (0.0, 1.0);
        let (mut s0, mut s1) = (0.0, 0.0);
        for (k, d) in diagonal.iter().enumerate().skip(1) {
            let (b, e) = (x - d, squares[k - 1]);
            (s0, s1) = (s1, b * s1 + 2.0 * d1 - e * s0);
            (d0, d1) = (d1, b * d1 + p1 - e * d0);
            (p0, p1) = (p1, b * p1 - e * p0);
        }
        if p1 <= 0.0 {
            break;
        }
        let g = d1 / p1;
        let h = g * g - s1 / p1;
        let step = n / (g + ((n - 1.0) * (n * h - g * g)).max(0.0).sqrt());
        x -= step;
        if step.is_nan() || step <= 1e-13 * x {
            break;
        }
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LARGEST: usize = 9;

    fn covariance(rows: &[Vec<f64>]) -> Small<LARGEST> {
        let mut c = [[0.0; LARGEST]; LARGEST];
        for i in 0..rows.len() {
            for j in 0..rows.len() {
                c[i][j] = rows[i].iter().zip(&rows[j]).map(|(a, b)| a * b).sum();
            }
        }
        c
    }

    #[test]
    fn known_matrices() {
        let mut identity = [[0.0; LARGEST]; LARGEST];
        for (i, row) in identity.iter_mut().enumerate() {
            row[i] = 3.0;
        }
        for n in 1..=LARGEST {
            let found = largest_eigenvalue(&mut identity.clone(), n);
            assert!((found - 3.0).abs() < 1e-6, "order {n}: {found}");
        }
        let mut ones = [[2.0; LARGEST]; LARGEST];
        assert!((largest_eigenvalue(&mut ones, 5) - 10.0).abs() < 1e-12);
        let mut nothing = [[0.0; LARGEST]; LARGEST];
        assert_eq!(largest_eigenvalue(&mut nothing, 5), 0.0);
        let mut bad = [[f64::NAN; LARGEST]; LARGEST];
        assert_eq!(largest_eigenvalue(&mut bad, 5), 0.0);
    }

    proptest! {
        #[test]
        fn agrees_with_a_full_decomposition(
            n in 1usize..=9,
            length in 1usize..24,
            values in prop::collection::vec(-1.0..1.0f64, 9 * 24),
            shared in 0.0..1.0f64,
        ) {
            let rows: Vec<Vec<f64>> = (0..n)
                .map(|i| (0..length).map(|k| shared * values[k] + (1.0 - shared) * values[i * 24 + k]).collect())
                .collect();
            let mut c = covariance(&rows);
            let reference = nalgebra::DMatrix::from_fn(n, n, |i, j| c[i][j]);
            let expected = nalgebra::SymmetricEigen::new(reference).eigenvalues.max();
            let found = largest_eigenvalue(&mut c, n);
            prop_assert!((found - expected).abs() <= 1e-7 * expected.abs() + 1e-15, "{found} against {expected}");
        }
    }
}
