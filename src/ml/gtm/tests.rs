//! Maps of known data, invariants, and facies on them.

use proptest::prelude::*;

use super::*;
use crate::task::Task;

/// A closed curve in three dimensions.
fn fixture() -> [Vec<f32>; 3] {
    let theta = |i: usize| std::f64::consts::TAU * i as f64 / 60.0;
    let column = |f: &dyn Fn(f64) -> f64| (0..60).map(|i| f(theta(i)) as f32).collect();
    [
        column(&|t| 2.0 * t.cos()),
        column(&f64::sin),
        column(&|t| 0.3 * (2.0 * t).sin()),
    ]
}

fn names(n: usize) -> Vec<String> {
    (0..n).map(|j| format!("a{j}")).collect()
}

fn slices(columns: &[Vec<f32>]) -> Vec<&[f32]> {
    columns.iter().map(Vec::as_slice).collect()
}

fn start(columns: &[Vec<f32>], normalise: bool, options: GtmOptions) -> GtmFit {
    GtmFit::start(&names(columns.len()), &slices(columns), normalise, options).unwrap()
}

fn fitted(columns: &[Vec<f32>], options: GtmOptions) -> Gtm {
    let mut fit = start(columns, true, options);
    while fit.update(&Task::silent()).unwrap() {}
    fit.finish(&Task::silent()).unwrap()
}

fn small() -> GtmOptions {
    GtmOptions {
        grid: 5,
        rbf: 3,
        tolerance: 0.0,
        iterations: 21,
        ..GtmOptions::default()
    }
}

fn near(a: f64, b: f64) {
    assert!((a - b).abs() <= 1e-4 * b.abs(), "{a} is not {b}");
}

/// Numbers of an independent double-precision implementation of the equations.
#[test]
fn the_closed_curve_has_its_known_likelihoods() {
    let mut fit = start(&fixture(), false, small());
    fit.update(&Task::silent()).unwrap();
    near(fit.beta(), 29.937529);
    for _ in 1..21 {
        assert!(fit.update(&Task::silent()).unwrap());
    }
    near(fit.beta(), 75.391096);
    let log = fit.log_likelihood();
    near(log[0], -209.657275);
    near(log[1], -72.915695);
    near(log[20], -47.770563);
    assert!(!fit.update(&Task::silent()).unwrap());
}

/// Numbers of ugtm's own E and M steps on 200 rows of four attributes, printed by
/// `tests/reference/gtm_ugtm.py`.
#[test]
fn a_map_goes_the_way_of_ugtm_from_an_equal_start() {
    let value = |i: usize, j: usize| {
        let (i, j) = (i as f64, j as f64);
        let slow = (0.37 * i * (1.0 + 0.31 * j) + j).sin() + 0.5 * (0.11 * i + 2.0 * j).cos();
        (slow + 0.2 * (1.7 * i * (j + 1.0)).sin()) as f32
    };
    let columns: Vec<Vec<f32>> = (0..4)
        .map(|j| (0..200).map(|i| value(i, j)).collect())
        .collect();
    let options = GtmOptions {
        grid: 8,
        rbf: 4,
        tolerance: 0.0,
        iterations: 30,
        ..GtmOptions::default()
    };
    let mut fit = start(&columns, false, options);
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-6 * b.abs(), "{a} is not {b}");
    for (updates, beta) in [
        (0, 1.925_046_397),
        (1, 2.069_341_433),
        (5, 2.826_075_516),
        (30, 10.121_086_564),
    ] {
        while fit.updates() < updates {
            assert!(fit.update(&Task::silent()).unwrap());
        }
        close(fit.beta(), beta);
    }
    assert!(!fit.update(&Task::silent()).unwrap());
    let log = fit.log_likelihood().to_vec();
    for (updates, expected) in [
        (0, -947.141_283_584),
        (1, -937.802_355_6),
        (5, -902.081_838_304),
        (30, -769.025_480_617),
    ] {
        close(log[updates], expected);
    }
    let map = fit.finish(&Task::silent()).unwrap();
    let latent = map.project(&slices(&columns)).latent;
    for (axis, expected) in [0.167_408_31, -0.039_289_65].into_iter().enumerate() {
        let found = f64::from(latent[axis][17]);
        assert!((found - expected).abs() < 1e-4, "{found} is not {expected}");
    }
}

/// Three groups of 60 rows in three dimensions, far apart.
fn groups() -> [Vec<f32>; 3] {
    let mut noise = 7u32;
    let mut next = || {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (noise >> 8) as f32 / (1 << 24) as f32 - 0.5
    };
    let centres = [[0.0, 0.0, 0.0], [8.0, 0.0, 3.0], [0.0, 9.0, -4.0]];
    let rows: Vec<[f32; 3]> = (0..180)
        .map(|i| centres[i / 60].map(|c| c + 2.0 * next()))
        .collect();
    [0, 1, 2].map(|j| rows.iter().map(|r| r[j]).collect())
}

fn part(columns: &[Vec<f32>], range: std::ops::Range<usize>) -> Vec<Vec<f32>> {
    columns.iter().map(|c| c[range.clone()].to_vec()).collect()
}

fn facies_map(map: &Gtm, columns: &[Vec<f32>], compare: Compare) -> FaciesMap {
    let facies = (0..3).map(|m| {
        let rows = part(columns, m * 60..(m + 1) * 60);
        (format!("f{m}"), map.density(&slices(&rows)))
    });
    let background = map.density(&slices(columns)).unwrap();
    FaciesMap::new(map, facies.collect(), &background, compare, 0.0, 0.0).unwrap()
}

#[test]
fn groups_keep_apart_and_get_their_labels_back() {
    let columns = groups();
    let map = fitted(
        &columns,
        GtmOptions {
            grid: 10,
            ..GtmOptions::default()
        },
    );
    for compare in [Compare::Bhattacharyya, Compare::Bayes] {
        let facies = facies_map(&map, &columns, compare);
        assert!(facies.alike().is_empty());
        let mapped = facies.map(&slices(&columns));
        for i in 0..180 {
            assert_eq!(usize::from(mapped.class[i]), i / 60 + 1, "{compare:?} {i}");
            let sum: f32 = mapped.probability.iter().map(|p| p[i]).sum();
            assert!((sum - 1.0).abs() < 1e-6);
            let best = mapped.probability[i / 60][i];
            assert_eq!(best, mapped.confidence[i]);
            assert!(mapped.ambiguity[i] <= 1.0);
        }
    }
    // No node is shared by two groups.
    let places = map.project(&slices(&columns));
    for i in 0..180 {
        for j in 0..i {
            if i / 60 != j / 60 {
                assert_ne!(places.node[i], places.node[j]);
            }
        }
    }
    // The density of the sheet has the three groups as its peaks.
    let labels = peaks(&map.density(&slices(&columns)).unwrap(), 10, 0.5);
    let of = |i: usize| labels[usize::from(places.node[i])];
    for i in 0..180 {
        assert!(
            (0..180)
                .filter(|j| j / 60 != i / 60)
                .all(|j| of(i) != of(j))
        );
    }
}

#[test]
fn coefficients_are_what_they_say() {
    let columns = groups();
    let map = fitted(
        &columns,
        GtmOptions {
            grid: 6,
            ..GtmOptions::default()
        },
    );
    // A facies of one voxel: that voxel is like nothing else so much.
    let one = part(&columns, 17..18);
    let densities = vec![
        ("one".to_owned(), map.density(&slices(&one))),
        (
            "rest".to_owned(),
            map.density(&slices(&part(&columns, 60..180))),
        ),
    ];
    let background = map.density(&slices(&columns)).unwrap();
    let facies = FaciesMap::new(
        &map,
        densities,
        &background,
        Compare::Bhattacharyya,
        0.0,
        0.5,
    )
    .unwrap();
    let mapped = facies.map(&slices(&one));
    assert!((mapped.likelihood[0][0] - 1.0).abs() < 1e-5, "{mapped:?}");
    // Identical facies: one over two everywhere, and told.
    let both = |name: &str| (name.to_owned(), map.density(&slices(&columns)));
    let twins = vec![both("a"), both("b")];
    let twins = FaciesMap::new(&map, twins, &background, Compare::Bhattacharyya, 0.0, 0.0).unwrap();
    assert_eq!(twins.alike(), [(0, 1)]);
    let mapped = twins.map(&slices(&columns));
    assert!(mapped.probability[0].iter().all(|p| (p - 0.5).abs() < 1e-6));
    // A facies without rows is named.
    let none = vec![("salt".to_owned(), map.density(&[&[], &[], &[]]))];
    let error = FaciesMap::new(&map, none, &background, Compare::Bayes, 0.0, 0.0).unwrap_err();
    assert!(error.to_string().contains("salt"));
}

#[test]
fn missing_values_are_missing_everywhere() {
    let columns = groups();
    let map = fitted(&columns, small());
    let facies = facies_map(&map, &columns, Compare::Bhattacharyya);
    let mut holes = columns.clone();
    holes[1][5] = f32::NAN;
    holes[2][7] = f32::INFINITY;
    let mapped = facies.map(&slices(&holes));
    let whole = facies.map(&slices(&columns));
    for i in 0..180 {
        let hole = [5, 7].contains(&i);
        assert_eq!(mapped.class[i] == 0, hole);
        assert_eq!(mapped.confidence[i].is_nan(), hole);
        assert_eq!(mapped.places.latent[0][i].is_nan(), hole);
        assert_eq!(mapped.probability[2][i].is_nan(), hole);
        if !hole {
            assert_eq!(
                mapped.likelihood[1][i].to_bits(),
                whole.likelihood[1][i].to_bits()
            );
        }
    }
}

#[test]
fn a_kept_state_goes_on_to_the_same_map() {
    let columns = groups();
    let options = GtmOptions {
        iterations: 12,
        ..small()
    };
    let whole = fitted(&columns, options);
    let mut first = start(&columns, true, options);
    for _ in 0..5 {
        first.update(&Task::silent()).unwrap();
    }
    let mut second = start(&columns, true, options);
    second.resume(first.state().clone());
    while second.update(&Task::silent()).unwrap() {}
    assert_eq!(second.finish(&Task::silent()).unwrap(), whole);
}

#[test]
fn any_number_of_threads_gives_the_same_map() {
    let mut columns = groups().to_vec();
    for column in &mut columns {
        let more: Vec<f32> = (0..2000)
            .map(|i| column[i % 180] + i as f32 * 1e-4)
            .collect();
        column.extend(more);
    }
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            let map = fitted(
                &columns,
                GtmOptions {
                    iterations: 5,
                    ..small()
                },
            );
            let mapped = facies_map(&map, &columns, Compare::Bayes).map(&slices(&columns));
            (map, mapped)
        })
    };
    assert_eq!(with(1), with(3));
}

#[test]
fn poor_rows_and_options_are_told() {
    let told = |columns: &[Vec<f32>], options| {
        let start = GtmFit::start(&names(columns.len()), &slices(columns), true, options);
        start.err().map(|e| e.to_string()).unwrap()
    };
    let few = vec![vec![1.0, 2.0]; 2];
    assert!(told(&few, small()).contains("a map needs 20"));
    assert!(told(&vec![vec![3.0; 50]; 2], small()).contains("no variance"));
    let mut holes = groups().to_vec();
    holes[1][4] = f32::NAN;
    assert!(told(&holes, small()).contains("attribute a1 is null or infinite in row 5"));
    for options in [
        GtmOptions { grid: 0, ..small() },
        GtmOptions { rbf: 25, ..small() },
        GtmOptions {
            width: 0.0,
            ..small()
        },
        GtmOptions {
            lambda: -1.0,
            ..small()
        },
        GtmOptions {
            tolerance: f64::NAN,
            ..small()
        },
    ] {
        assert!(told(&groups(), options).contains("must be"));
    }
    // A constant attribute is left out, one attribute is a line.
    let mut columns = groups().to_vec();
    columns[1] = vec![2.5; 180];
    let map = fitted(&columns, small());
    assert_eq!(map.dimensions(), 2);
    let line = fitted(&columns[..1], small());
    assert_eq!(line.dimensions(), 1);
}

#[test]
fn percentiles_are_those_of_the_training_rows() {
    let columns = groups();
    let map = fitted(&columns, small());
    let logs = map.project(&slices(&columns)).log_likelihood;
    assert_eq!(map.percentiles.len(), 101);
    let below = logs
        .iter()
        .filter(|&&l| f64::from(l) < map.percentiles[10])
        .count();
    assert!((10..=26).contains(&below), "{below}");
    let total: f64 = logs.iter().map(|&l| f64::from(l)).sum();
    near(total, *map.log_likelihood.last().unwrap());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_penalised_likelihood_never_falls(
        rows in prop::collection::vec([-3.0f32..3.0, -3.0f32..3.0, -3.0f32..3.0], 60..200),
        grid in 1usize..7, rbf in 1usize..5, width in 0.5f64..2.0,
    ) {
        let columns = [0, 1, 2].map(|j| rows.iter().map(|r| r[j]).collect::<Vec<f32>>());
        let options = GtmOptions { grid, rbf, width, tolerance: 0.0, iterations: 12, lambda: 0.1 };
        let mut fit = start(&columns, true, options);
        let mut last = f64::NEG_INFINITY;
        loop {
            // The penalty is that of the weights before the update.
            let penalty = fit.penalty();
            let more = fit.update(&Task::silent()).unwrap();
            let now = fit.log_likelihood().last().unwrap() - penalty;
            prop_assert!(now >= last - 1e-9 * last.abs().min(1e9), "{now} after {last}");
            last = now;
            if !more { break; }
        }
    }

    #[test]
    fn mirrored_rows_have_mirrored_places(
        rows in prop::collection::vec([-3.0f32..3.0, -2.0f32..2.0], 60..120),
    ) {
        let columns = [0, 1].map(|j| rows.iter().map(|r| r[j]).collect::<Vec<f32>>());
        let mirrored = [columns[0].iter().map(|v| -v).collect(), columns[1].clone()];
        let options = GtmOptions { iterations: 4, ..small() };
        let (a, b) = (fitted(&columns, options), fitted(&mirrored, options));
        let (a, b) = (a.project(&slices(&columns)), b.project(&slices(&mirrored)));
        // An axis may be turned round, no more.
        for axis in 0..2 {
            let apart = |sign: f32| -> f32 {
                let pairs = a.latent[axis].iter().zip(&b.latent[axis]);
                pairs.map(|(a, b)| (a - sign * b).abs()).fold(0.0, f32::max)
            };
            prop_assert!(apart(1.0).min(apart(-1.0)) < 0.02, "{} {}", apart(1.0), apart(-1.0));
        }
    }
}
