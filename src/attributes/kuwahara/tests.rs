//! The filter against known answers, against a search that is slow and obvious,
//! and what must not matter (slabs, threads, scale, shift, direction of axes).

use ndarray::{Array3, Axis, s};
use proptest::prelude::*;

use super::*;
use crate::task::stream;

fn spread(volume: &Array3<f32>) -> Spread {
    volume.outer_iter().map(Spread::of_line).sum()
}

fn layer(volume: &Array3<f32>) -> Layer<'_> {
    Layer {
        data: volume.view(),
        spread: spread(volume),
    }
}

fn fitted(volume: &Array3<f32>, options: &KuwaharaOptions) -> KuwaharaOptions {
    let (ny, nx, nt) = volume.dim();
    options.fitted([ny, nx, nt])
}

fn filter(volume: &Array3<f32>, options: &KuwaharaOptions) -> Array3<f32> {
    let options = fitted(volume, options);
    let lines = 0..volume.dim().0;
    kuwahara(&[layer(volume)], None, lines, &options, &Task::silent())
        .unwrap()
        .remove(0)
}

fn of_sizes(half_sizes: &[[usize; 3]]) -> KuwaharaOptions {
    KuwaharaOptions {
        half_sizes: half_sizes.to_vec(),
        ..KuwaharaOptions::default()
    }
}

fn noise(shape: (usize, usize, usize), seed: u64) -> Array3<f32> {
    let mut rng = stream(seed, "noise", &[]);
    Array3::from_shape_simple_fn(shape, || rng.normal() as f32)
}

/// Noise with null samples, a null trace and a trace of zeros.
fn holed(shape: (usize, usize, usize), seed: u64) -> Array3<f32> {
    let mut volume = noise(shape, seed);
    let mut rng = stream(seed, "holes", &[]);
    for value in &mut volume {
        if rng.below(6) == 0 {
            *value = f32::NAN;
        }
    }
    let (ny, nx, _) = shape;
    if ny * nx > 6 {
        volume.slice_mut(s![ny / 2, nx / 3, ..]).fill(f32::NAN);
        volume.slice_mut(s![0, nx - 1, ..]).fill(0.0);
    }
    volume
}

fn same(a: &Array3<f32>, b: &Array3<f32>, tolerance: f32) {
    for ((at, a), b) in a.indexed_iter().zip(b) {
        let near = (a - b).abs() <= tolerance * b.abs().max(1.0);
        assert!(
            near || a.is_nan() && b.is_nan(),
            "{a} against {b} at {at:?}"
        );
    }
}

fn bits(volume: &Array3<f32>) -> Vec<u32> {
    volume.iter().map(|v| v.to_bits()).collect()
}

#[test]
fn a_constant_stays() {
    let options = KuwaharaOptions::default();
    for value in [0.0, 7.3, -1e6] {
        let mut volume = Array3::from_elem((9, 10, 11), value);
        assert_eq!(filter(&volume, &options), volume);
        volume[[4, 4, 4]] = f32::NAN;
        assert_eq!(bits(&filter(&volume, &options)), bits(&volume));
    }
}

#[test]
fn a_step_stays_where_windows_fit_on_both_sides() {
    for axis in 0..3 {
        let volume =
            Array3::from_shape_fn(
                (20, 20, 20),
                |(y, x, t)| {
                    if [y, x, t][axis] < 9 { 0.1 } else { 3.7 }
                },
            );
        for half in [[2, 2, 2], [1, 2, 3], [4, 4, 4]] {
            same(&filter(&volume, &of_sizes(&[half])), &volume, 1e-6);
        }
        same(
            &filter(&volume, &of_sizes(&[[1, 1, 1], [2, 2, 3]])),
            &volume,
            1e-6,
        );
    }
}

#[test]
fn a_spike_is_spread_by_the_mean_and_gone_by_the_median() {
    let mut trace = Array3::zeros((1, 1, 7));
    trace[[0, 0, 3]] = 5.0;
    let mean = filter(&trace, &of_sizes(&[[0, 0, 1]]));
    let expected = [0.0, 0.0, 0.0, 5.0 / 3.0, 0.0, 0.0, 0.0];
    assert_eq!(mean.as_slice().unwrap(), expected);
    let median = KuwaharaOptions {
        value: WindowValue::Median,
        ..of_sizes(&[[0, 0, 1]])
    };
    assert!(filter(&trace, &median).iter().all(|v| *v == 0.0));
}

#[test]
fn a_noisy_step_is_smooth_on_both_sides_and_sharp_between() {
    let clean = Array3::from_shape_fn((24, 24, 24), |(_, x, _)| if x < 12 { 0.0 } else { 10.0 });
    let found = filter(&(&clean + &noise((24, 24, 24), 4)), &of_sizes(&[[2, 2, 2]])) - &clean;
    let worst = found.iter().map(|e| e.abs()).fold(0.0_f32, f32::max);
    assert!(worst < 1.0, "worst error {worst}");
    let inner = found.slice(s![5..19, 2..9, 5..19]).std(0.0);
    assert!(inner < 0.2, "standard deviation {inner}");
}

/// Input and output around voxel (94, 94, 94) of a layered and faulted volume of
/// 200^3 samples, thousandths: 9^3 samples of the volume and the mean of the
/// least variable of the 125 windows around the middle one, by numpy from means
/// and variances of scipy 1.17 `uniform_filter(v, 5)`.

#[test]
fn the_least_of_125_windows_agrees_with_scipy() {
    for (input, expected) in super::reference::PATCHES {
        let values = input.iter().map(|v| f32::from(*v) * 1e-3).collect();
        let patch = Array3::from_shape_vec((9, 9, 9), values).unwrap();
        let found = filter(&patch, &of_sizes(&[[2, 2, 2]]))[[4, 4, 4]];
        assert!((found - expected).abs() < 1e-5, "{found} {expected}");
    }
}

/// The filter by its definition: every window around every voxel.
fn slow(
    volumes: &[Array3<f32>],
    dips: Option<&[Array3<f32>; 2]>,
    options: &KuwaharaOptions,
) -> Vec<Array3<f32>> {
    let shape = volumes[0].dim();
    let (ny, nx, nt) = shape;
    let all =
        || (0..ny).flat_map(move |y| (0..nx).flat_map(move |x| (0..nt).map(move |t| [y, x, t])));
    let spreads: Vec<Spread> = volumes.iter().map(spread).collect();
    let dead = |v: &Array3<f32>, y: usize, x: usize| {
        let trace = v.slice(s![y, x, ..]);
        trace.iter().all(|v| v.is_nan() || *v == 0.0)
    };
    let holds = |centre: [usize; 3], half: [usize; 3], [y, x, t]: [usize; 3]| {
        let [b, a] = [0, 1].map(|i| [y, x][i] as f32 - centre[i] as f32);
        let shift = dips.map_or(0.0, |[p, q]| (p[centre] * a + q[centre] * b).round());
        a.abs() <= half[1] as f32
            && b.abs() <= half[0] as f32
            && (t as f32 - centre[2] as f32 - shift).abs() <= half[2] as f32
    };
    // Size, centre, relative variance, and the samples of each volume.
    let mut windows = Vec::new();
    for (size, &half) in options.half_sizes.iter().enumerate() {
        let full: usize = half.iter().map(|r| 2 * r + 1).product();
        for centre in all() {
            let mut variance = 0.0;
            let mut values = Vec::new();
            for (volume, whole) in volumes.iter().zip(&spreads) {
                let samples: Vec<f64> = all()
                    .filter(|at| holds(centre, half, *at) && !dead(volume, at[0], at[1]))
                    .map(|at| f64::from(volume[at]))
                    .filter(|v| v.is_finite())
                    .collect();
                let m = samples.len() as f64;
                if m < 3.0 || m < 0.25 * full as f64 {
                    variance = f64::INFINITY;
                }
                let mean = samples.iter().sum::<f64>() / m;
                let own = samples.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / m;
                if whole.variance() > 0.0 {
                    let raised = if options.half_sizes.len() > 1 {
                        (m + 1.0) / (m - 1.0)
                    } else {
                        1.0
                    };
                    variance += own / whole.variance() * raised;
                }
                values.push(samples);
            }
            if variance < f64::INFINITY {
                windows.push((size, centre, variance, values));
            }
        }
    }
    let mut out = volumes.to_vec();
    for at in all() {
        let around = windows
            .iter()
            .filter(|(size, centre, ..)| holds(*centre, options.half_sizes[*size], at));
        for (n, out) in out.iter_mut().enumerate() {
            let copied = dead(&volumes[n], at[0], at[1]) || volumes[n][at].is_nan();
            if copied && !options.fill {
                continue;
            }
            let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
            let value = match options.choice {
                WindowChoice::LeastVariance => {
                    let far = |c: &[usize; 3]| -> usize {
                        (0..3).map(|i| c[i].abs_diff(at[i]).pow(2)).sum()
                    };
                    let best = around.clone().min_by(|a, b| {
                        let order = (a.2 as f32).total_cmp(&(b.2 as f32));
                        order.then((far(&a.1), a.1, a.0).cmp(&(far(&b.1), b.1, b.0)))
                    });
                    best.map(|(_, _, _, values)| {
                        let mut sorted = values[n].clone();
                        sorted.sort_by(f64::total_cmp);
                        let m = sorted.len();
                        match options.value {
                            WindowValue::Mean => mean(&sorted),
                            WindowValue::Median => 0.5 * (sorted[(m - 1) / 2] + sorted[m / 2]),
                            WindowValue::Trimmed(share) => {
                                let cut = (share * m as f64) as usize;
                                mean(&sorted[cut..m - cut])
                            }
                        }
                    })
                }
                WindowChoice::Weighted => {
                    let (mut sum, mut weights) = (0.0, 0.0);
                    for (_, _, variance, values) in around.clone() {
                        let w = (variance.sqrt() + 1e-6).powi(-8);
                        sum += w * mean(&values[n]);
                        weights += w;
                    }
                    (weights > 0.0).then_some(sum / weights)
                }
            };
            if let Some(value) = value {
                out[at] = value as f32;
            }
        }
    }
    out
}

#[test]
fn agrees_with_a_search_of_all_windows() {
    let shapes = [
        (6, 7, 9),
        (1, 9, 12),
        (9, 1, 12),
        (5, 6, 2),
        (3, 4, 1),
        (1, 1, 15),
    ];
    let choices = [
        KuwaharaOptions::default(),
        of_sizes(&[[1, 1, 1], [2, 2, 3]]),
        KuwaharaOptions {
            value: WindowValue::Median,
            fill: true,
            ..of_sizes(&[[1, 2, 1]])
        },
        KuwaharaOptions {
            value: WindowValue::Trimmed(0.2),
            ..of_sizes(&[[1, 1, 2], [2, 1, 2]])
        },
        KuwaharaOptions {
            choice: WindowChoice::Weighted,
            ..of_sizes(&[[1, 1, 1], [2, 2, 2]])
        },
    ];
    for (seed, shape) in (0..).zip(shapes) {
        for options in &choices {
            let volume = holed(shape, seed);
            let options = fitted(&volume, options);
            let expected = slow(std::slice::from_ref(&volume), None, &options);
            same(&filter(&volume, &options), &expected[0], 1e-5);
        }
    }
}

#[test]
fn joint_windows_and_windows_along_dip_agree_with_a_search_of_all() {
    let shape = (5, 6, 11);
    let volumes = [holed(shape, 21), 40.0 * &holed(shape, 22) + 3.0];
    let dips = [1.2 * &noise(shape, 23), 1.2 * &noise(shape, 24)];
    for options in [
        of_sizes(&[[1, 1, 2]]),
        KuwaharaOptions {
            value: WindowValue::Median,
            ..of_sizes(&[[1, 1, 1], [1, 2, 2]])
        },
        KuwaharaOptions {
            choice: WindowChoice::Weighted,
            ..of_sizes(&[[1, 1, 1]])
        },
    ] {
        for steered in [false, true] {
            let layers = volumes.each_ref().map(layer);
            let given = steered.then(|| dips.each_ref().map(|v| v.view()));
            let found = kuwahara(&layers, given, 0..5, &options, &Task::silent()).unwrap();
            let expected = slow(&volumes, steered.then_some(&dips), &options);
            for (found, expected) in found.iter().zip(&expected) {
                same(found, expected, 2e-5);
            }
        }
    }
}

#[test]
fn slabs_and_threads_do_not_matter() {
    let volumes = [holed((31, 9, 12), 5), holed((31, 9, 12), 6)];
    let dips = [noise((31, 9, 12), 7), noise((31, 9, 12), 8)];
    let layers = volumes.each_ref().map(layer);
    for options in [
        KuwaharaOptions {
            passes: 2,
            ..KuwaharaOptions::default()
        },
        KuwaharaOptions {
            value: WindowValue::Median,
            ..of_sizes(&[[1, 1, 1], [2, 2, 2]])
        },
        KuwaharaOptions {
            choice: WindowChoice::Weighted,
            ..of_sizes(&[[1, 1, 2]])
        },
    ] {
        for steered in [false, true] {
            let given = steered.then(|| dips.each_ref().map(|v| v.view()));
            let whole = kuwahara(&layers, given, 0..31, &options, &Task::silent()).unwrap();
            let reach = kuwahara_halo(&options);
            for height in [1, 5, 30] {
                for from in (0..31).step_by(height) {
                    let to = (from + height).min(31);
                    let (low, high) = (from.saturating_sub(reach), (to + reach).min(31));
                    let cut = |v: &Array3<f32>| v.slice(s![low..high, .., ..]).to_owned();
                    let parts = volumes.each_ref().map(cut);
                    let turned = dips.each_ref().map(cut);
                    let layers = [0, 1].map(|n| Layer {
                        data: parts[n].view(),
                        spread: spread(&volumes[n]),
                    });
                    let given = steered.then(|| turned.each_ref().map(|v| v.view()));
                    let pool = rayon::ThreadPoolBuilder::new().num_threads(1 + height % 3);
                    let found = pool.build().unwrap().install(|| {
                        let core = from - low..to - low;
                        kuwahara(&layers, given, core, &options, &Task::silent()).unwrap()
                    });
                    for (found, whole) in found.iter().zip(&whole) {
                        let expected = whole.slice(s![from..to, .., ..]).to_owned();
                        assert!(bits(found) == bits(&expected), "lines {from} to {to}");
                    }
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn the_filter_keeps_within_bounds_and_commutes_with_shift_scale_and_flips(
        shape in (1usize..7, 1usize..7, 1usize..12),
        half in (0usize..3, 0usize..3, 0usize..4),
        median: bool,
        seed in 0u64..1000,
        axis in 0usize..3,
    ) {
        let volume = holed(shape, seed);
        let value = if median { WindowValue::Median } else { WindowValue::Mean };
        let options = KuwaharaOptions { value, ..of_sizes(&[[half.0, half.1, half.2]]) };
        let found = filter(&volume, &options);
        let live = || volume.iter().filter(|v| v.is_finite());
        let low = live().copied().fold(f32::INFINITY, f32::min);
        let high = live().copied().fold(f32::NEG_INFINITY, f32::max);
        for (a, b) in found.iter().zip(&volume) {
            prop_assert_eq!(a.is_nan(), b.is_nan());
            prop_assert!(a.is_nan() || (low..=high).contains(a));
        }
        let scaled = filter(&volume.mapv(|v| 4.0 * v), &options);
        same(&scaled, &found.mapv(|v| 4.0 * v), 1e-6);
        // Traces of zeros are dead, so the shift leaves them out.
        let shifted = filter(&volume.mapv(|v| if v == 0.0 { v } else { v + 8.0 }), &options);
        same(&shifted.mapv(|v| if v == 0.0 { v } else { v - 8.0 }), &found, 1e-5);
        let mut turned = volume.clone();
        turned.invert_axis(Axis(axis));
        let mut back = filter(&turned.as_standard_layout().to_owned(), &options);
        back.invert_axis(Axis(axis));
        same(&back.as_standard_layout().to_owned(), &found, 1e-6);
    }
}

#[test]
fn a_zero_attribute_or_none_does_no_harm() {
    let nulls = Array3::from_elem((4, 5, 6), f32::NAN);
    let options = KuwaharaOptions::default();
    assert!(filter(&nulls, &options).iter().all(|v| v.is_nan()));
    let empty = kuwahara(&[], None, 0..0, &options, &Task::silent());
    assert!(empty.unwrap().is_empty());
    let none = Array3::<f32>::zeros((3, 0, 4));
    assert_eq!(filter(&none, &options).dim(), (3, 0, 4));
}

#[test]
fn what_cannot_be_done_is_said() {
    let volume = noise((3, 4, 5), 1);
    let flag = crate::task::CancelFlag::default();
    flag.raise();
    let task = Task::new(Task::silent().progress, &flag);
    let options = fitted(&volume, &KuwaharaOptions::default());
    let found = kuwahara(&[layer(&volume)], None, 0..3, &options, &task);
    assert!(matches!(found, Err(AttributeError::Cancelled(_))));
    let found = kuwahara(&[layer(&volume)], None, 2..4, &options, &Task::silent());
    assert!(matches!(found, Err(AttributeError::Core { .. })));
    for wrong in [
        of_sizes(&[]),
        of_sizes(&[[0, 0, 90]]),
        KuwaharaOptions {
            value: WindowValue::Trimmed(0.5),
            ..KuwaharaOptions::default()
        },
        KuwaharaOptions {
            passes: 0,
            ..KuwaharaOptions::default()
        },
    ] {
        assert!(wrong.check().is_err());
    }
}
