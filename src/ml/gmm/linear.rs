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
        for round in 1..d.next_multiple_of(2) {
            for first in (0..d.div_ceil(2)).step_by(ABREAST) {
                let mut turns = [((0, 0), (0.0, 1.0, 0.0)); ABREAST];
                for (i, (pair, turn)) in turns.iter_mut().enumerate() {
                    let (p, q) = meeting(d, round, first + i);
                    *pair = (p, q);
                    if p > q && a[at(p, q)] != 0.0 {
                        *turn = angle(a[at(p, p)], a[at(p, q)], a[at(q, q)]);
                    }
                }
                for (pair, turn) in turns {
                    if turn.0 != 0.0 {
                        rotate(a, d, vectors, pair, turn);
                    }
                }
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

/// Rotations whose angles are worked out before any of them is made.
const ABREAST: usize = 4;

/// The i-th pair of axes in a round of a tournament, in which any two of d meet once in
/// rounds from 1 on, and none has two meetings in a round: no angle waits for another
/// rotation. (0, 0) where there is none.
#[inline]
fn meeting(d: usize, round: usize, i: usize) -> (usize, usize) {
    let players = d.next_multiple_of(2);
    let others = players - 1;
    let wrapped = |n: usize| if n < others { n } else { n - others };
    let (a, b) = if i == 0 {
        (others, wrapped(round))
    } else if i < players / 2 {
        (wrapped(round + i), wrapped(round + others - i))
    } else {
        return (0, 0);
    };
    // Of an odd number one sits out.
    if a.max(b) < d {
        (a.max(b), a.min(b))
    } else {
        (0, 0)
    }
}

/// Turns axes p and q < p by an angle that makes entry (p, q) of `a` 0.
fn rotate(
    a: &mut [f64],
    d: usize,
    vectors: &mut [f64],
    (p, q): (usize, usize),
    (t, c, s): (f64, f64, f64),
) {
    let apq = a[at(p, q)];
    a[at(p, p)] -= t * apq;
    a[at(q, q)] += t * apq;
    a[at(p, q)] = 0.0;
    let turn = |u: &mut f64, v: &mut f64| (*u, *v) = (c * *u - s * *v, s * *u + c * *v);
    let (above, below) = a.split_at_mut(at(p, 0));
    let (row, below) = below.split_at_mut(p + 1);
    for (u, v) in row[..q].iter_mut().zip(&mut above[at(q, 0)..]) {
        turn(u, v);
    }
    for k in q + 1..p {
        turn(&mut row[k], &mut above[at(k, q)]);
    }
    let mut rest = below;
    for k in p + 1..d {
        let (row, after) = rest.split_at_mut(k + 1);
        let (head, tail) = row.split_at_mut(p);
        turn(&mut tail[0], &mut head[q]);
        rest = after;
    }
    let (above, below) = vectors.split_at_mut(p * d);
    for (u, v) in below[..d].iter_mut().zip(&mut above[q * d..]) {
        turn(u, v);
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
