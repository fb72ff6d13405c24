//! Log densities against their definition.

use super::*;
use crate::task::stream;

/// Two Gaussians in two dimensions.
pub(in crate::ml::gmm) fn two() -> Parameters {
    Parameters {
        k: 2,
        d: 2,
        diagonal: false,
        weight: vec![0.3, 0.7],
        mean: vec![0.0, 0.0, 1.0, 2.0],
        covariance: vec![2.0, 0.5, 1.0, 1.0, -0.3, 1.5],
        ..Parameters::default()
    }
}

/// φ_k f_k(x) straight from the definition.
pub(in crate::ml::gmm) fn plain(p: &Parameters, x: [f64; 2]) -> [f64; 2] {
    [0, 1].map(|k| {
        let c = &p.covariance[3 * k..];
        let det = c[0] * c[2] - c[1] * c[1];
        let (u, v) = (x[0] - p.mean[2 * k], x[1] - p.mean[2 * k + 1]);
        let q = (c[2] * u * u - 2.0 * c[1] * u * v + c[0] * v * v) / det;
        p.weight[k] / (std::f64::consts::TAU * det.sqrt()) * (-0.5 * q).exp()
    })
}

#[test]
fn densities_follow_the_definition() {
    let p = two();
    let mut density = Density::new(2, 2);
    assert!(density.set(&p));
    let mut rng = stream(1, "density", &[]);
    for _ in 0..101 {
        let x = [2.0 * rng.normal(), 2.0 * rng.normal()];
        let [a, b] = plain(&p, x);
        assert!((density.log_mixture(&x) - (a + b).ln()).abs() < 1e-12);
        let lanes = x.map(|v| [v; LANES]);
        for (k, exact) in [a, b].into_iter().enumerate() {
            let found = density.log_density(k, &lanes);
            assert!(found.iter().all(|l| (l - exact.ln()).abs() < 1e-12));
        }
    }
}
