//! The Bhattacharyya distance between two Gaussians.

use super::Component;
use super::linear::{cholesky, log_determinant, packed, solve_and_square};
use crate::ml::MlError;

/// The Bhattacharyya distance (Bhattacharyya 1943) of two Gaussians in the same
/// attributes, D = -ln ∫ √(p q):
///
/// D = ⅛ Δᵀ S⁻¹ Δ + ½ ln( |S| / √(|S₁||S₂|) ) with S = (S₁ + S₂) / 2 and Δ the
/// difference of the means.
///
/// Symmetric, at least 0, and 0 only for equal Gaussians; unchanged by any
/// invertible affine map of both; never smaller when an attribute is added to
/// both. With equal priors the best rule errs in at most ½ e^-D of cases.
///
/// Cost: three Cholesky factors, d³ / 2 multiplications.
///
/// ```
/// use outcrop::ml::gmm::{Component, bhattacharyya};
/// let gaussian = |mean: f64, variance: f64| Component {
///     weight: 1.0,
///     mean: vec![mean],
///     covariance: vec![variance],
/// };
/// let d = bhattacharyya(&gaussian(0.0, 1.0), &gaussian(3.0, 1.0))?;
/// assert!((d - 1.125).abs() < 1e-12);
/// # Ok::<(), outcrop::ml::MlError>(())
/// ```
pub fn bhattacharyya(a: &Component, b: &Component) -> Result<f64, MlError> {
    let d = a.mean.len();
    let fits = |c: &Component| c.mean.len() == d && c.covariance.len() == packed(d);
    if !fits(a) || !fits(b) {
        return Err(MlError::NotComparable);
    }
    let middle = |(x, y): (&f64, &f64)| 0.5 * (x + y);
    let mut s: Vec<f64> = a.covariance.iter().zip(&b.covariance).map(middle).collect();
    let log_det = factor(&mut s, d)?;
    let mut delta: Vec<f64> = b.mean.iter().zip(&a.mean).map(|(x, y)| x - y).collect();
    let quadratic = solve_and_square(&s, &mut delta);
    let mut log_dets = 0.0;
    for c in [a, b] {
        s.copy_from_slice(&c.covariance);
        log_dets += factor(&mut s, d)?;
    }
    // Rounding may leave -1e-17 between equal Gaussians.
    let distance = 0.125 * quadratic + 0.5 * (log_det - 0.5 * log_dets);
    if distance.is_finite() {
        Ok(distance.max(0.0))
    } else {
        Err(MlError::NotComparable)
    }
}

fn factor(a: &mut [f64], d: usize) -> Result<f64, MlError> {
    if cholesky(a, d) {
        Ok(log_determinant(a, d))
    } else {
        Err(MlError::NotComparable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn gaussian(mean: &[f64], covariance: &[f64]) -> Component {
        Component {
            weight: 1.0,
            mean: mean.to_vec(),
            covariance: covariance.to_vec(),
        }
    }

    /// The two-dimensional case equals -ln of the numerically integrated overlap (scipy).
    #[test]
    fn the_published_cases() {
        let one = |m: f64, v: f64| gaussian(&[m], &[v]);
        let cases = [
            (one(0.0, 1.0), one(1.0, 1.0), 0.125),
            (one(0.0, 1.0), one(3.0, 1.0), 1.125),
            (one(0.0, 1.0), one(0.0, 4.0), 0.111_571_775_7),
            (one(0.0, 1.0), one(2.0, 9.0), 0.355_412_811_9),
            (
                gaussian(&[0.0, 0.0], &[2.0, 0.5, 1.0]),
                gaussian(&[1.0, 2.0], &[1.0, -0.3, 1.5]),
                0.544_944_435_0,
            ),
            (
                gaussian(&[0.0; 3], &[1.0, 0.0, 1.0, 0.0, 0.0, 1.0]),
                gaussian(&[1.0, 2.0, 3.0], &[1.0, 0.0, 2.0, 0.0, 0.0, 4.0]),
                1.049_350_867_9,
            ),
        ];
        for (a, b, d) in cases {
            assert!((bhattacharyya(&a, &b).unwrap() - d).abs() < 1e-10);
            assert_eq!(bhattacharyya(&a, &b), bhattacharyya(&b, &a));
            assert_eq!(bhattacharyya(&a, &a).unwrap(), 0.0);
        }
    }

    #[test]
    fn what_cannot_be_compared_is_an_error() {
        let a = gaussian(&[0.0], &[1.0]);
        for b in [
            gaussian(&[0.0, 1.0], &[1.0, 0.0, 1.0]),
            gaussian(&[0.0], &[0.0]),
            gaussian(&[f64::NAN], &[1.0]),
            gaussian(&[0.0], &[f64::NAN]),
        ] {
            assert_eq!(bhattacharyya(&a, &b), Err(MlError::NotComparable));
        }
    }

    /// A Gaussian x = A z + m for standard normal z.
    fn mapped(d: usize, a: &[f64], m: &[f64]) -> Component {
        let mut covariance = Vec::new();
        for i in 0..d {
            for j in 0..=i {
                let dot: f64 = (0..d).map(|k| a[i * d + k] * a[j * d + k]).sum();
                covariance.push(dot + if i == j { 0.05 } else { 0.0 });
            }
        }
        gaussian(&m[..d], &covariance)
    }

    /// T c Tᵀ and T m + 1.
    fn transform(c: &Component, t: &[f64]) -> Component {
        let d = c.mean.len();
        let mean = (0..d)
            .map(|i| 1.0 + (0..d).map(|j| t[i * d + j] * c.mean[j]).sum::<f64>())
            .collect();
        let mut covariance = Vec::new();
        for i in 0..d {
            for j in 0..=i {
                let mut sum = 0.0;
                for k in 0..d {
                    for l in 0..d {
                        sum += t[i * d + k] * c.covariance_at(k, l) * t[j * d + l];
                    }
                }
                covariance.push(sum);
            }
        }
        Component {
            weight: c.weight,
            mean,
            covariance,
        }
    }

    fn numbers(n: usize) -> impl Strategy<Value = Vec<f64>> {
        prop::collection::vec(-1.0..1.0f64, n)
    }

    proptest! {
        #[test]
        fn affine_maps_change_nothing(
            d in 1usize..7, a in numbers(36), b in numbers(36),
            m in numbers(6), n in numbers(6), t in numbers(36),
        ) {
            let (a, b) = (mapped(d, &a, &m), mapped(d, &b, &n));
            // Diagonally dominant, so well invertible.
            let mut t = t[..d * d].to_vec();
            for i in 0..d {
                t[i * d + i] += 2.0 * d as f64;
            }
            let before = bhattacharyya(&a, &b).unwrap();
            let after = bhattacharyya(&transform(&a, &t), &transform(&b, &t)).unwrap();
            prop_assert!((before - after).abs() < 1e-9 * (1.0 + before), "{before} {after}");
        }

        #[test]
        fn another_attribute_never_brings_gaussians_closer(
            d in 2usize..7, a in numbers(36), b in numbers(36), m in numbers(6), n in numbers(6),
            dropped in 0usize..6,
        ) {
            let (a, b) = (mapped(d, &a, &m), mapped(d, &b, &n));
            let columns: Vec<usize> = (0..d).filter(|&i| i != dropped % d).collect();
            let whole = bhattacharyya(&a, &b).unwrap();
            let part = bhattacharyya(&a.marginal(&columns), &b.marginal(&columns)).unwrap();
            prop_assert!(part <= whole + 1e-10 * (1.0 + whole), "{part} > {whole}");
        }
    }
}
