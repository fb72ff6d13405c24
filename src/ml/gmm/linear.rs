//! Small dense linear algebra on slices: the matrices of a mixture are at most
//! a few dozen wide and are factored a million times, so nothing here allocates.
//!
//! Symmetric and lower triangular matrices are *packed*: row i holds columns
//! 0..=i, so that entry (i, j <= i) stands at i (i + 1) / 2 + j.

/// Number of entries of a packed matrix of dimension `d`.
pub(super) const fn packed(d: usize) -> usize {
    d * (d + 1) / 2
}

/// Place of entry (i, j <= i) in a packed matrix.
pub(super) const fn at(i: usize, j: usize) -> usize {
    i * (i + 1) / 2 + j
}

/// Replaces a packed symmetric matrix by its Cholesky factor; false where it is
/// not positive definite or not finite (the contents are then undefined).
pub(super) fn cholesky(a: &mut [f64], d: usize) -> bool {
    for i in 0..d {
        for j in 0..=i {
            let (row_i, row_j) = (at(i, 0), at(j, 0));
            let mut sum = a[row_i + j];
            for k in 0..j {
                sum -= a[row_i + k] * a[row_j + k];
            }
            if i == j {
                if !(sum > 0.0 && sum.is_finite()) {
                    return false;
                }
                a[row_i + i] = sum.sqrt();
            } else {
                a[row_i + j] = sum / a[row_j + j];
            }
        }
    }
    true
}

/// ln |A| from the Cholesky factor of A.
pub(super) fn log_determinant(factor: &[f64], d: usize) -> f64 {
    2.0 * (0..d).map(|i| factor[at(i, i)].ln()).sum::<f64>()
}

/// Replaces a packed lower triangular matrix by its inverse.
pub(super) fn invert_lower(l: &mut [f64], d: usize) {
    for i in 0..d {
        let diagonal = 1.0 / l[at(i, i)];
        for j in 0..i {
            let mut sum = 0.0;
            for k in j..i {
                sum += l[at(i, k)] * l[at(k, j)];
            }
            l[at(i, j)] = -diagonal * sum;
        }
        l[at(i, i)] = diagonal;
    }
}

/// Replaces a packed symmetric matrix by its inverse; ln of its determinant, or nothing
/// where it is not positive definite (the contents are then undefined).
pub(super) fn invert(a: &mut [f64], d: usize) -> Option<f64> {
    if !cholesky(a, d) {
        return None;
    }
    let log_det = log_determinant(a, d);
    invert_lower(a, d);
    // FᵀF in the place of F: entries ask for their own row and those below it, and for
    // the diagonal of their row, which is replaced last.
    for i in 0..d {
        for j in 0..=i {
            a[at(i, j)] = (i..d).map(|r| a[at(r, i)] * a[at(r, j)]).sum();
        }
    }
    Some(log_det)
}

/// |L^-1 v|^2 for a packed lower triangular L; `v` is overwritten.
pub(super) fn solve_and_square(l: &[f64], v: &mut [f64]) -> f64 {
    let mut square = 0.0;
    for i in 0..v.len() {
        let mut sum = v[i];
        for k in 0..i {
            sum -= l[at(i, k)] * v[k];
        }
        v[i] = sum / l[at(i, i)];
        square += v[i] * v[i];
    }
    square
}

/// Largest number of Jacobi sweeps; 6 to 8 are enough for any matrix of this size.
const SWEEPS: usize = 40;

/// Eigenvalues, descending, and eigenvectors of a symmetric matrix (cyclic Jacobi).
///
/// `a` is packed and is overwritten. `vectors` is d x d; its *rows* become the
/// eigenvectors, each with its entry of largest magnitude positive.
pub(super) fn eigen(a: &mut [f64], d: usize, values: &mut [f64], vectors: &mut [f64]) {
    let get = |i: usize, j: usize| if i >= j { at(i, j) } else { at(j, i) };
    vectors.fill(0.0);
    for i in 0..d {
        vectors[i * d + i] = 1.0;
    }
    for _ in 0..SWEEPS {
        let off: f64 = (0..d)
            .flat_map(|i| (0..i).map(move |j| (i, j)))
            .map(|(i, j)| a[at(i, j)].powi(2))
            .sum();
        let diagonal: f64 = (0..d).map(|i| a[at(i, i)].powi(2)).sum();
        if off <= 1e-32 * diagonal || !off.is_finite() {
            break;
        }
        for p in 1..d {
            for q in 0..p {
                rotate(a, d, vectors, p, q, &get);
            }
        }
    }
    for (i, value) in values.iter_mut().enumerate().take(d) {
        *value = a[at(i, i)];
    }
    sort_descending(values, vectors, d);
}

/// Tangent, cosine and sine of the lesser of the angles by which axes p and q are turned
/// to make entry (p, q) of a symmetric matrix 0.
pub(super) fn angle(pp: f64, pq: f64, qq: f64) -> (f64, f64, f64) {
    let theta = (qq - pp) / (2.0 * pq);
    let t = 1.0_f64.copysign(theta) / (theta.abs() + (1.0 + theta * theta).sqrt());
    let c = 1.0 / (1.0 + t * t).sqrt();
    (t, c, t * c)
}

/// Turns axes p and q so that entry (p, q) of `a` becomes 0.
fn rotate(
    a: &mut [f64],
    d: usize,
    vectors: &mut [f64],
    p: usize,
    q: usize,
    get: &impl Fn(usize, usize) -> usize,
) {
    let apq = a[get(p, q)];
    if apq == 0.0 {
        return;
    }
    let (t, c, s) = angle(a[get(p, p)], apq, a[get(q, q)]);
    a[get(p, p)] -= t * apq;
    a[get(q, q)] += t * apq;
    a[get(p, q)] = 0.0;
    for k in 0..d {
        if k != p && k != q {
            let (akp, akq) = (a[get(k, p)], a[get(k, q)]);
            a[get(k, p)] = c * akp - s * akq;
            a[get(k, q)] = s * akp + c * akq;
        }
        let (vp, vq) = (vectors[p * d + k], vectors[q * d + k]);
        vectors[p * d + k] = c * vp - s * vq;
        vectors[q * d + k] = s * vp + c * vq;
    }
}

fn sort_descending(values: &mut [f64], vectors: &mut [f64], d: usize) {
    for i in 0..d {
        let mut largest = i;
        for j in i + 1..d {
            if values[j] > values[largest] {
                largest = j;
            }
        }
        if largest != i {
            values.swap(i, largest);
            for k in 0..d {
                vectors.swap(i * d + k, largest * d + k);
            }
        }
        let row = &mut vectors[i * d..(i + 1) * d];
        let lead = row
            .iter()
            .fold(0.0_f64, |m, &v| if v.abs() > m.abs() { v } else { m });
        if lead < 0.0 {
            for v in row {
                *v = -*v;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// B B^T + 0.1 I, packed: symmetric and positive definite.
    fn covariance(d: usize, b: &[f64]) -> Vec<f64> {
        let mut a = vec![0.0; packed(d)];
        for i in 0..d {
            for j in 0..=i {
                a[at(i, j)] = (0..d).map(|k| b[i * d + k] * b[j * d + k]).sum();
            }
            a[at(i, i)] += 0.1;
        }
        a
    }

    fn matrices() -> impl Strategy<Value = (usize, Vec<f64>)> {
        (1usize..13).prop_flat_map(|d| (Just(d), prop::collection::vec(-1.0..1.0, d * d)))
    }

    proptest! {
        #[test]
        fn a_factor_times_its_transpose_is_the_matrix((d, b) in matrices()) {
            let a = covariance(d, &b);
            let mut l = a.clone();
            prop_assert!(cholesky(&mut l, d));
            let mut inverse = l.clone();
            invert_lower(&mut inverse, d);
            for i in 0..d {
                for j in 0..=i {
                    let back: f64 = (0..=j).map(|k| l[at(i, k)] * l[at(j, k)]).sum();
                    prop_assert!((back - a[at(i, j)]).abs() < 1e-12);
                    let one: f64 = (j..=i).map(|k| l[at(i, k)] * inverse[at(k, j)]).sum();
                    prop_assert!((one - f64::from(u8::from(i == j))).abs() < 1e-10);
                }
            }
        }

        #[test]
        fn eigenvectors_rebuild_the_matrix((d, b) in matrices()) {
            let a = covariance(d, &b);
            let (mut values, mut vectors) = (vec![0.0; d], vec![0.0; d * d]);
            eigen(&mut a.clone(), d, &mut values, &mut vectors);
            prop_assert!(values.windows(2).all(|w| w[0] >= w[1]));
            let mut l = a.clone();
            cholesky(&mut l, d);
            let product: f64 = values.iter().map(|v| v.ln()).sum();
            prop_assert!((product - log_determinant(&l, d)).abs() < 1e-9);
            for i in 0..d {
                for j in 0..=i {
                    let entry: f64 = (0..d)
                        .map(|k| values[k] * vectors[k * d + i] * vectors[k * d + j])
                        .sum();
                    prop_assert!((entry - a[at(i, j)]).abs() < 1e-11);
                }
            }
        }
    }

    #[test]
    fn what_is_not_positive_definite_is_refused() {
        assert!(!cholesky(&mut [1.0, 2.0, 1.0], 2));
        assert!(!cholesky(&mut [f64::NAN], 1));
        assert!(!cholesky(&mut [f64::INFINITY], 1));
    }

    #[test]
    fn a_matrix_of_nan_ends() {
        let mut a = vec![f64::NAN; packed(4)];
        eigen(&mut a, 4, &mut [0.0; 4], &mut [0.0; 16]);
    }
}
