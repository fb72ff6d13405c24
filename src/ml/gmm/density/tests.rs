//! The E-step against the definition of the density.

use super::*;
use crate::task::stream;

fn two() -> Parameters {
    Parameters {
        k: 2,
        d: 2,
        diagonal: false,
        weight: vec![0.3, 0.7],
        mean: vec![0.0, 0.0, 1.0, 2.0],
        covariance: vec![2.0, 0.5, 1.0, 1.0, -0.3, 1.5],
        floored: false,
    }
}

/// Straight from the definition.
fn plain(p: &Parameters, x: [f64; 2]) -> [f64; 2] {
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
    let columns: [Vec<f64>; 2] = [0, 1].map(|_| (0..101).map(|_| 2.0 * rng.normal()).collect());
    let points = Points::new(&[&columns[0], &columns[1]]);
    let rows: Vec<[f64; 2]> = (0..101)
        .map(|i| [0, 1].map(|j| points.x[i / LANES * 2 + j][i % LANES]))
        .collect();
    let mut labels = vec![[0.0; LANES]; points.blocks()];
    let totals = density.pass(&points, &mut Rule::Largest, &mut labels);
    let mixture: f64 = rows
        .iter()
        .map(|&x| plain(&p, x).iter().sum::<f64>().ln())
        .sum();
    let classification: f64 = rows
        .iter()
        .map(|&x| plain(&p, x).iter().fold(0.0f64, |m, &v| m.max(v)).ln())
        .sum();
    assert!((totals.mixture - mixture).abs() < 1e-10);
    assert!((totals.classification - classification).abs() < 1e-10);
    for (i, &x) in rows.iter().enumerate() {
        let [a, b] = plain(&p, x);
        assert_eq!(labels[i / LANES][i % LANES], f64::from(u8::from(b > a)));
        assert!((density.log_mixture(&x) - (a + b).ln()).abs() < 1e-12);
    }
    assert!(
        labels[12][5..].iter().all(|&l| l == -1.0),
        "rows that fill up"
    );
    let mut weights = vec![[0.0; LANES]; 2 * points.blocks()];
    density.pass(&points, &mut Rule::Posterior(&mut weights), &mut labels);
    for (i, &x) in rows.iter().enumerate() {
        let [a, b] = plain(&p, x);
        assert!((weights[13 + i / LANES][i % LANES] - b / (a + b)).abs() < 1e-13);
    }
}

#[test]
fn draws_follow_the_posterior() {
    // One row far from everything else, drawn many times.
    let mut p = two();
    p.covariance = vec![1.0, 0.0, 1.0, 1.0, 0.0, 1.0];
    p.mean = vec![0.0, 0.0, 0.0, 0.0];
    let mut density = Density::new(2, 2);
    assert!(density.set(&p));
    let zero = vec![0.0; 40_000];
    let points = Points::new(&[&zero, &zero]);
    let mut labels = vec![[0.0; LANES]; points.blocks()];
    let mut rng = stream(2, "draw", &[]);
    density.pass(&points, &mut Rule::Draw(&mut rng), &mut labels);
    let ones = labels.iter().flatten().filter(|&&l| l == 1.0).count();
    // 28,000 expected, standard deviation 92.
    assert!((27_600..28_400).contains(&ones), "{ones}");
}

#[test]
fn three_components_draw_in_proportion() {
    let p = Parameters {
        k: 3,
        d: 1,
        diagonal: true,
        weight: vec![0.5, 0.2, 0.3],
        mean: vec![0.0; 3],
        covariance: vec![1.0; 3],
        floored: false,
    };
    let mut density = Density::new(1, 3);
    assert!(density.set(&p));
    let zero = vec![0.0; 40_000];
    let points = Points::new(&[&zero]);
    let mut labels = vec![[0.0; LANES]; points.blocks()];
    let mut rng = stream(3, "draw", &[]);
    density.pass(&points, &mut Rule::Draw(&mut rng), &mut labels);
    let count = |k: f64| labels.iter().flatten().filter(|&&l| l == k).count() as f64;
    for (k, share) in [(0.0, 0.5), (1.0, 0.2), (2.0, 0.3)] {
        assert!((count(k) / 40_000.0 - share).abs() < 0.01, "component {k}");
    }
}
