//! Passes against the definition of the density.

use super::super::density::Parameters;
use super::super::density::tests::{plain, two};
use super::super::dice::{Dice, GENERATORS};
use super::super::points::{Moments, Terms};
use super::*;
use crate::task::stream;

fn rolled(points: &Points, seed: u64) -> Vec<[Lanes; TILE]> {
    let mut fractions = vec![[[0.0; LANES]; TILE]; points.blocks().div_ceil(TILE)];
    Dice::new(&mut stream(seed, "dice", &[])).fill(&mut fractions);
    fractions
}

fn made(
    points: &Points,
    (terms, p): (Terms, &Parameters),
    rule: Rule,
    seed: u64,
) -> (Totals, Vec<Lanes>, Vec<Moments>) {
    let mut odds = Odds::new(p.d, p.k);
    assert!(odds.set(terms, p, &points.all()));
    let mut labels = vec![[0.0; LANES]; points.blocks()];
    let mut sums = vec![LaneSums::new(p.d); p.k - 1];
    let pass = Pass {
        points,
        odds: &odds,
        rule,
        fractions: &rolled(points, seed),
        labels: &mut labels,
        sums: &mut sums,
        room: &mut Room::default(),
    };
    let totals = pass.make();
    let moments = sums.iter_mut().map(|s| {
        let mut moments = Moments::new(p.d);
        s.give(&mut moments);
        moments
    });
    let moments = moments.collect();
    (totals, labels, moments)
}

#[test]
fn passes_follow_the_definition() {
    let mut rng = stream(1, "density", &[]);
    let columns: [Vec<f64>; 2] = [0, 1].map(|_| (0..301).map(|_| 2.0 * rng.normal()).collect());
    let points = Points::new(&[&columns[0], &columns[1]]);
    let rows: Vec<[f64; 2]> = (0..301)
        .map(|i| [0, 1].map(|j| points.x[i / LANES * 2 + j].0[i % LANES]))
        .collect();
    let shared = vec![2.0, 0.5, 1.0, 2.0, 0.5, 1.0];
    let diagonal = vec![2.0, 0.0, 1.0, 1.0, 0.0, 1.5];
    for (terms, covariance) in [
        (Terms::Full, two().covariance),
        (Terms::Linear, shared),
        (Terms::Diagonal, diagonal),
    ] {
        let p = Parameters {
            covariance,
            diagonal: terms == Terms::Diagonal,
            ..two()
        };
        let (totals, labels, _) = made(&points, (terms, &p), Rule::Largest, 1);
        let (soft, _, moments) = made(&points, (terms, &p), Rule::Posterior, 1);
        let density: Vec<[f64; 2]> = rows.iter().map(|&x| plain(&p, x)).collect();
        let mixture: f64 = density.iter().map(|[a, b]| (a + b).ln()).sum();
        let classification: f64 = density.iter().map(|[a, b]| a.max(*b).ln()).sum();
        assert!((totals.mixture - mixture).abs() < 1e-9, "{terms:?}");
        assert!((totals.classification - classification).abs() < 1e-9);
        assert_eq!(totals.mixture, soft.mixture);
        let doubt = density.iter().map(|[a, b]| a.min(*b) / a.max(*b));
        assert!((totals.doubt - doubt.fold(0.0, f64::max)).abs() < 1e-12);
        for (i, [a, b]) in density.iter().enumerate() {
            assert_eq!(labels[i / LANES][i % LANES], f64::from(u8::from(b > a)));
        }
        let filling = labels.as_flattened()[301..].iter();
        assert!(filling.len() > 0 && filling.copied().all(|l| l == -1.0));
        let share = density.iter().map(|[a, b]| b / (a + b));
        assert!((moments[0].n - share.clone().sum::<f64>()).abs() < 1e-9);
        let product: f64 = rows.iter().zip(share).map(|(x, w)| w * x[0] * x[1]).sum();
        if terms == Terms::Full {
            assert!((moments[0].square[1] - product).abs() < 1e-9);
        }
    }
}

/// The same digits whatever the registers are.
#[test]
fn a_pass_has_the_same_digits_in_any_registers() {
    let mut rng = stream(4, "registers", &[]);
    let columns: [Vec<f64>; 2] = [0, 1].map(|_| (0..700).map(|_| 2.0 * rng.normal()).collect());
    let points = Points::new(&[&columns[0], &columns[1]]);
    let mut odds = Odds::new(2, 2);
    assert!(odds.set(Terms::Full, &two(), &points.all()));
    for rule in [Rule::Draw, Rule::Largest, Rule::Posterior] {
        let once = |wide: bool| {
            let mut labels = vec![[0.0; LANES]; points.blocks()];
            let mut sums = vec![LaneSums::new(2)];
            let pass = Pass {
                points: &points,
                odds: &odds,
                rule,
                fractions: &rolled(&points, 5),
                labels: &mut labels,
                sums: &mut sums,
                room: &mut Room::default(),
            };
            let totals = if wide { pass.make() } else { pass.run() };
            let mut moments = Moments::new(2);
            sums[0].give(&mut moments);
            (totals.mixture.to_bits(), labels, moments)
        };
        assert_eq!(once(true), once(false));
    }
}

#[test]
fn draws_follow_the_posterior() {
    let mut p = two();
    p.covariance = vec![1.0, 0.0, 1.0, 1.0, 0.0, 1.0];
    p.mean = vec![0.0, 0.0, 0.0, 0.0];
    let zero = vec![0.0; 40_000];
    let points = Points::new(&[&zero, &zero]);
    let (_, labels, moments) = made(&points, (Terms::Full, &p), Rule::Draw, 2);
    let ones = labels.iter().flatten().filter(|&&l| l == 1.0).count();
    // 28,000 expected, standard deviation 92.
    assert!((27_600..28_400).contains(&ones), "{ones}");
    assert_eq!(moments[0].n, ones as f64);
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
        ..Parameters::default()
    };
    let zero = vec![0.0; 40_000];
    let points = Points::new(&[&zero]);
    let (_, labels, _) = made(&points, (Terms::Diagonal, &p), Rule::Draw, 3);
    let count = |k: f64| labels.iter().flatten().filter(|&&l| l == k).count() as f64;
    for (k, share) in [(0.0, 0.5), (1.0, 0.2), (2.0, 0.3)] {
        assert!((count(k) / 40_000.0 - share).abs() < 0.01, "component {k}");
    }
}

#[test]
fn fractions_are_even_and_neither_0_nor_1() {
    let mut dice = Dice::new(&mut stream(6, "dice", &[]));
    let (mut u, mut v) = ([[0.0; LANES]; TILE], [[0.0; LANES]; TILE]);
    let mut counts = [[0u32; 16]; GENERATORS];
    let mut pairs = 0.0;
    for _ in 0..5000 {
        dice.roll(&mut u);
        dice.roll(&mut v);
        let (u, v) = (u.as_flattened(), v.as_flattened());
        for i in 0..u.len() {
            assert!(u[i] > 0.0 && u[i] < 1.0);
            counts[i % GENERATORS][(u[i] * 16.0) as usize] += 1;
            pairs += (u[i] - 0.5) * (v[(i + 1) % v.len()] - 0.5);
        }
    }
    // 1,250 expected, standard deviation 34; the product has the mean 0 ± 0.00007.
    assert!(counts.iter().flatten().all(|c| (1080..1420).contains(c)));
    assert!((pairs / 1_280_000.0).abs() < 0.0004);
}

/// Covariances as close to singular as the floor lets them be: 2 along one diagonal of
/// the plane, 2⁻²⁰ across it, all exact in binary. The density along the axes is plain.
#[test]
fn odds_hold_near_singular_covariances() {
    let (along, across) = (2.0, 2.0_f64.powi(-20));
    let (half, rest) = (0.5 * (along + across), 0.5 * (along - across));
    let p = Parameters {
        weight: vec![0.25, 0.75],
        covariance: vec![half, rest, half, half, -rest, half],
        ..two()
    };
    let mut rng = stream(7, "singular", &[]);
    let rows: Vec<[f64; 2]> = (0..300)
        .map(|i| {
            let (u, v) = (along.sqrt() * rng.normal(), across.sqrt() * rng.normal());
            let (x, y) = (0.5_f64.sqrt() * (u + v), 0.5_f64.sqrt() * (u - v));
            if i % 2 == 0 {
                [x, y]
            } else {
                [x + 0.5, 0.5 - y]
            }
        })
        .collect();
    let columns = [0, 1].map(|j| rows.iter().map(|r| r[j]).collect::<Vec<f64>>());
    let points = Points::new(&[&columns[0], &columns[1]]);
    // Means, as rows, are about the centre.
    let centre = &points.centre;
    let p = Parameters {
        mean: vec![-centre[0], -centre[1], 0.5 - centre[0], 0.5 - centre[1]],
        ..p
    };
    let (totals, labels, _) = made(&points, (Terms::Full, &p), Rule::Largest, 1);
    let log_density = |k: usize, x: [f64; 2]| {
        let [u, v] = [0, 1].map(|j| x[j] - p.mean[2 * k + j]);
        let (sum, difference) = (u + v, u - v);
        let [long, short] = if k == 0 {
            [sum, difference]
        } else {
            [difference, sum]
        };
        let square = long * long / (2.0 * along) + short * short / (2.0 * across);
        let top = p.weight[k].ln() - std::f64::consts::TAU.ln() - 0.5 * (along * across).ln();
        top - 0.5 * square
    };
    let mut classification = 0.0;
    for i in 0..300 {
        let x = [0, 1].map(|j| points.x[i / LANES * 2 + j].0[i % LANES]);
        let [a, b] = [0, 1].map(|k| log_density(k, x));
        classification += a.max(b);
        assert_eq!(
            labels[i / LANES][i % LANES],
            f64::from(u8::from(b > a)),
            "row {i}"
        );
    }
    let error = (totals.classification - classification).abs();
    println!("{error} of {classification}");
    assert!(error < 1e-6, "{error}");
    let singular = Parameters {
        covariance: vec![1.0, 1.0, 1.0, 1.0, 0.0, 1.0],
        ..p.clone()
    };
    assert!(!Odds::new(2, 2).set(Terms::Full, &singular, &points.all()));
}
