//! Tests of the attributes as a whole: known answers, independent naive
//! computations, and what must not matter (slabs, threads, scale, polarity).

use std::sync::atomic::{AtomicUsize, Ordering};

use ndarray::{Array3, Axis, s};
use proptest::prelude::*;

use super::compute::Needs;
use super::shared::Shared;
use super::slab::Traces;
use super::{
    Attribute, AttributeError, AttributeOptions, Cell, Computed, DipUnit, Energy, Footprint,
    Interpolation, Slab, Statistics, compute, halo,
};
use crate::task::{Cancel, Task, stream};

/// Samples of 4 ms, 3000 m/s, bins of 25 by 20 m.
const CELL: Cell = Cell {
    interval: 0.004,
    step: 0.004,
    depth: 6.0,
    crossline: 25.0,
    inline: 20.0,
};

fn statistics(volume: &Array3<f32>) -> Statistics {
    volume.outer_iter().map(Statistics::of_line).sum()
}

fn whole(volume: &Array3<f32>, wanted: &[Attribute], options: &AttributeOptions) -> Computed {
    let slab = Slab::new(&volume.view(), 0..volume.dim().0, CELL).unwrap();
    compute(&slab, wanted, options, &statistics(volume), &Task::silent()).unwrap()
}

fn one(volume: &Array3<f32>, wanted: Attribute, options: &AttributeOptions) -> Array3<f32> {
    whole(volume, &[wanted], options).volumes.remove(0)
}

/// The same from slabs of `height` lines with no more halo than is asked for.
fn in_slabs(
    volume: &Array3<f32>,
    height: usize,
    wanted: &[Attribute],
    options: &AttributeOptions,
) -> Vec<Array3<f32>> {
    let lines = volume.dim().0;
    let reach = halo(wanted, options);
    let mut joined: Vec<Array3<f32>> = wanted
        .iter()
        .map(|_| Array3::zeros(volume.raw_dim()))
        .collect();
    for from in (0..lines).step_by(height) {
        let to = (from + height).min(lines);
        let (low, high) = (from.saturating_sub(reach), (to + reach).min(lines));
        let part = volume.slice(s![low..high, .., ..]);
        let slab = Slab::new(&part, from - low..to - low, CELL).unwrap();
        let found = compute(&slab, wanted, options, &statistics(volume), &Task::silent());
        for (all, part) in joined.iter_mut().zip(found.unwrap().volumes) {
            all.slice_mut(s![from..to, .., ..]).assign(&part);
        }
    }
    joined
}

fn bits(volumes: &[Array3<f32>]) -> Vec<u32> {
    let values = volumes.iter().flat_map(|v| v.iter());
    values.map(|v| v.to_bits()).collect()
}

fn noise(shape: (usize, usize, usize), seed: u64) -> Array3<f32> {
    let mut rng = stream(seed, "noise", &[]);
    Array3::from_shape_simple_fn(shape, || rng.normal() as f32)
}

/// A dipping wave of frequency `f` cycles a sample.
fn wave(shape: (usize, usize, usize), f: f64, p: f64, q: f64) -> Array3<f32> {
    Array3::from_shape_fn(shape, |(y, x, t)| {
        let time = t as f64 - p * x as f64 - q * y as f64;
        (std::f64::consts::TAU * f * time).cos() as f32
    })
}

/// Layers with noise, a dead trace, an all-zero trace, and a mute of nulls.
fn survey(shape: (usize, usize, usize)) -> Array3<f32> {
    let mut volume = 0.6 * &noise(shape, 11) + &wave(shape, 0.09, 0.7, -0.4);
    let (ny, nx, nt) = shape;
    if nx > 6 {
        volume.slice_mut(s![ny / 2, 4, ..]).fill(f32::NAN);
        volume.slice_mut(s![0, 6, ..]).fill(0.0);
        volume.slice_mut(s![.., nx - 2.., ..nt / 3]).fill(f32::NAN);
    }
    volume
}

fn everything() -> Vec<Attribute> {
    Attribute::all().collect()
}

#[test]
fn the_dip_of_a_plane_wave_is_exact() {
    let options = AttributeOptions::default();
    for f in [0.06, 0.12] {
        for (p, q) in [(0.0, 0.0), (0.5, -0.25), (1.0, 0.5), (-0.75, 1.0)] {
            let volume = wave((21, 21, 64), f, p, q);
            let found = whole(
                &volume,
                &[Attribute::InlineDip, Attribute::CrosslineDip],
                &options,
            );
            for (dips, expected) in found.volumes.iter().zip([p, q]) {
                for dip in dips.slice(s![9..12, 9..12, 22..42]) {
                    let error = f64::from(*dip) - expected;
                    assert!(error.abs() < 1e-3, "f {f} dip {expected}: error {error}");
                }
            }
        }
    }
}

#[test]
fn dips_near_the_edges_of_a_survey_have_the_right_sense_and_size() {
    let volume = wave((12, 12, 48), 0.08, 0.5, -0.5);
    let dips = one(&volume, Attribute::InlineDip, &AttributeOptions::default());
    let worst = dips.iter().map(|d| (d - 0.5).abs()).fold(0.0_f32, f32::max);
    assert!(worst < 0.25, "worst error {worst}");
}

#[test]
fn flat_layers_have_no_dip_and_steep_ones_are_clipped_and_counted() {
    let options = AttributeOptions::default();
    let flat = one(
        &wave((5, 9, 40), 0.1, 0.0, 0.0),
        Attribute::InlineDip,
        &options,
    );
    assert!(flat.iter().all(|d| d.abs() < 1e-6));
    let gentle = AttributeOptions {
        max_dip: 0.4,
        ..options
    };
    let steep = wave((11, 15, 48), 0.05, 1.5, 0.0);
    let found = whole(&steep, &[Attribute::InlineDip], &gentle);
    assert_eq!(found.volumes[0][[5, 7, 24]], 0.4);
    assert!(found.clipped > 1000, "{}", found.clipped);
}

fn square(traces: impl Fn(usize, usize) -> Vec<f32>) -> Array3<f32> {
    let nt = traces(0, 0).len();
    Array3::from_shape_fn((3, 3, nt), |(y, x, t)| traces(y, x)[t])
}

fn unsteered() -> AttributeOptions {
    AttributeOptions {
        steered: false,
        ..AttributeOptions::default()
    }
}

#[test]
fn coherence_of_one_waveform_is_1_whatever_its_size_and_sign() {
    let mut rng = stream(3, "trace", &[]);
    let trace: Vec<f32> = (0..40).map(|_| rng.normal() as f32).collect();
    let scale = [[1.0, 2.0, 1.0], [0.5, 1.0, 3.0], [1.0, 1.0, 1.0]];
    for signs in [1.0, -1.0] {
        let volume = square(|y, x| {
            let s = scale[y][x] * if (y, x) == (0, 1) { signs } else { 1.0 };
            trace.iter().map(|v| s * v).collect()
        });
        let footprints = [Footprint::Cross5, Footprint::Square9];
        for (footprint, footprint_radius) in footprints.into_iter().zip(1..) {
            let options = AttributeOptions {
                footprint,
                footprint_radius,
                ..unsteered()
            };
            let found = one(&volume, Attribute::Coherence, &options);
            assert!(
                found.iter().all(|c| (c - 1.0).abs() < 1e-6),
                "{footprint:?} {found}"
            );
        }
    }
}

#[test]
fn coherence_of_two_waveforms_is_the_share_of_the_stronger() {
    let one_of = |k: usize| {
        let mut trace = vec![0.0; 11];
        trace[k] = 1.0;
        trace[k + 2] = -1.0;
        trace
    };
    let volume = square(|y, x| {
        if (y, x) == (0, 1) || (y, x) == (1, 0) {
            one_of(2)
        } else {
            one_of(5)
        }
    });
    let options = AttributeOptions {
        analytic: false,
        ..unsteered()
    };
    let found = whole(
        &volume,
        &[Attribute::Coherence, Attribute::CoherentEnergy],
        &options,
    );
    assert!((found.volumes[0][[1, 1, 5]] - 0.6).abs() < 1e-6);
    // Three traces of energy 2 in a window of 5 x 11.
    assert!((found.volumes[1][[1, 1, 5]] - 6.0 / 55.0).abs() < 1e-6);
}

/// The noise floor of coherence sinks with the number of traces: this is what the
/// larger footprints are for.
#[test]
fn larger_footprints_take_more_traces() {
    let volume = noise((14, 14, 60), 7);
    let mut floor = 1.0;
    for (footprint, footprint_radius, traces) in [
        (Footprint::Cross5, 1, 5),
        (Footprint::Cross5, 2, 9),
        (Footprint::Square9, 2, 25),
    ] {
        let options = AttributeOptions {
            footprint,
            footprint_radius,
            ..unsteered()
        };
        assert_eq!(options.traces(), traces);
        assert_eq!(options.offsets(14, 14).len(), traces);
        assert_eq!(options.offsets(14, 1).len(), traces);
        let found = one(&volume, Attribute::Coherence, &options);
        let mean = found.slice(s![2..12, 2..12, 8..52]).mean().unwrap();
        assert!(mean < floor - 0.05 && mean > 1.0 / traces as f32, "{mean}");
        floor = mean;
    }
}

#[test]
fn all_energy_is_the_coherent_part_over_coherence() {
    let volume = survey((6, 9, 40));
    let options = AttributeOptions {
        energy: Energy::Total,
        ..AttributeOptions::default()
    };
    let slab = Slab::new(&volume.view(), 0..6, CELL).unwrap();
    let traces = Traces::new(&slab);
    let needs = Needs::of(&[Attribute::EnergyDeviation], &options);
    let energy = statistics(&volume).mean_energy().unwrap();
    let shared = Shared::new(&traces, &slab, needs, &options, energy, &Task::silent()).unwrap();
    let mut seen = 0;
    for (y, x) in (0..6).flat_map(|y| (0..9).map(move |x| (y, x))) {
        let rows = [shared.measured(&options), &shared.energy, &shared.coherence];
        let [total, coherent, share] = rows.map(|sheet| sheet.row(y, x));
        for t in (0..40).filter(|t| share[*t].is_finite()) {
            assert!((total[t] * share[t] - coherent[t]).abs() < 1e-5 * total[t]);
            seen += 1;
        }
    }
    assert!(seen > 1000);
}

#[test]
fn a_sinc_reads_a_steep_wave_better_than_a_line() {
    let volume = wave((16, 16, 64), 0.22, 0.45, 0.3);
    let incoherent = |interpolation| {
        let options = AttributeOptions {
            interpolation,
            ..AttributeOptions::default()
        };
        1.0 - one(&volume, Attribute::Coherence, &options)[[8, 8, 32]]
    };
    let [line, sinc] = [Interpolation::Linear, Interpolation::Sinc].map(incoherent);
    assert!(line > 0.0005 && sinc < 0.1 * line, "{line} {sinc}");
}

#[test]
fn directions_apart_are_more_orderly_than_together() {
    let board = Array3::from_shape_fn(
        (9, 9, 20),
        |(y, x, _)| if (x + y) % 2 == 0 { 1.0 } else { -1.0 },
    );
    let entropy = |pooled| {
        let options = AttributeOptions {
            pooled,
            ..unsteered()
        };
        one(&board, Attribute::GlcmEntropy, &options)[[4, 4, 10]]
    };
    // In each direction two kinds of pairs are equally frequent; together four are
    // nearly so: 40, 40, 32 and 32 of 144.
    assert!((entropy(false) - std::f32::consts::LN_2).abs() < 1e-6);
    let p = |n: f32| -2.0 * n / 144.0 * (n / 144.0).ln();
    assert!((entropy(true) - p(40.0) - p(32.0)).abs() < 1e-5);
}

#[test]
fn refined_dips_are_sharp_where_dips_change_at_once() {
    let dip = |x: usize| if x < 16 { 0.5 } else { -0.5 };
    let volume = Array3::from_shape_fn((12, 32, 80), |(_, x, t)| {
        let depth = t as f64 - dip(x) * (x as f64 - 15.5);
        (0.5 * depth).sin() as f32
    });
    let error = |refined| {
        let options = AttributeOptions {
            refined,
            ..AttributeOptions::default()
        };
        let found = one(&volume, Attribute::InlineDip, &options);
        let part = found.slice(s![3..9, 11..21, 20..60]);
        let errors = part.indexed_iter();
        let errors = errors.map(|((_, x, _), p)| (f64::from(*p) - dip(x + 11)).abs());
        errors.sum::<f64>() / part.len() as f64
    };
    let [blunt, sharp] = [error(false), error(true)];
    assert!(sharp < 0.8 * blunt, "{sharp} {blunt}");
    // A plane wave has one dip everywhere.
    let options = AttributeOptions {
        refined: true,
        ..AttributeOptions::default()
    };
    let found = one(
        &wave((14, 14, 64), 0.08, 0.7, 0.2),
        Attribute::InlineDip,
        &options,
    );
    assert!((found[[7, 7, 32]] - 0.7).abs() < 1e-3);
}

#[test]
fn steepest_dips_are_told_in_samples_degrees_or_slowness() {
    let cell = Cell {
        interval: 0.004,
        step: 0.004,
        depth: 6.0,
        crossline: 12.5,
        inline: 25.0,
    };
    let steepest = |max_dip, dip_unit| {
        let options = AttributeOptions {
            max_dip,
            dip_unit,
            ..AttributeOptions::default()
        };
        assert!(options.check().is_ok());
        options.on(&cell).max_dip
    };
    assert_eq!(steepest(1.5, DipUnit::Samples), 1.5);
    // 25 m deeper from one inline to the next is 4.17 samples of 6 m.
    assert!((steepest(45.0, DipUnit::Degrees) - 25.0 / 6.0).abs() < 1e-12);
    assert!((steepest(0.0002, DipUnit::Slowness) - 1.25).abs() < 1e-12);
    assert_eq!(steepest(89.0, DipUnit::Degrees), 20.0);
}

#[test]
fn eigenstructure_is_the_coherence_of_the_real_traces() {
    let volume = survey((6, 9, 40));
    for footprint in [Footprint::Cross5, Footprint::Square9] {
        let both = AttributeOptions {
            footprint,
            ..AttributeOptions::default()
        };
        let real = AttributeOptions {
            analytic: false,
            ..both
        };
        let found = one(&volume, Attribute::EigenstructureCoherence, &both);
        let expected = one(&volume, Attribute::Coherence, &real);
        assert!(bits(&[found]) == bits(&[expected]));
    }
}

#[test]
fn coherence_of_white_noise_is_far_above_one_over_j() {
    let volume = noise((14, 14, 200), 7);
    for (analytic, expected) in [(false, 0.425), (true, 0.416)] {
        let options = AttributeOptions {
            analytic,
            ..unsteered()
        };
        let found = one(&volume, Attribute::Coherence, &options);
        let inner = found.slice(s![1..13, 1..13, 10..190]);
        let mean = inner.mean().unwrap();
        assert!(
            (mean - expected).abs() < 0.01,
            "analytic {analytic}: {mean}"
        );
        assert!(inner.iter().all(|c| (0.2..=1.0).contains(c)));
    }
}

#[test]
fn steering_finds_the_coherence_of_a_dipping_wave() {
    let volume = wave((20, 20, 64), 0.08, 0.8, -0.6);
    let at = |options: &AttributeOptions, attribute| one(&volume, attribute, options)[[10, 10, 32]];
    let steered = AttributeOptions::default();
    assert!(at(&steered, Attribute::Coherence) > 0.999);
    assert!(at(&unsteered(), Attribute::Coherence) < 0.95);
    assert!(at(&steered, Attribute::GlcmEntropy) < at(&unsteered(), Attribute::GlcmEntropy) - 0.2);
}

#[test]
fn slabs_of_any_height_and_any_threads_give_the_same_bytes() {
    let volume = survey((18, 13, 40));
    for options in [
        AttributeOptions::default(),
        unsteered(),
        AttributeOptions {
            footprint: Footprint::Square9,
            dip_width: 1.5,
            glcm_radius: 3,
            ..AttributeOptions::default()
        },
        AttributeOptions {
            footprint_radius: 2,
            refined: true,
            interpolation: Interpolation::Sinc,
            energy: Energy::Total,
            pooled: false,
            ..AttributeOptions::default()
        },
    ] {
        let expected = bits(&whole(&volume, &everything(), &options).volumes);
        for height in [1, 2, 5, 17] {
            let found = bits(&in_slabs(&volume, height, &everything(), &options));
            assert!(found == expected, "slabs of {height} lines differ");
        }
        // One attribute alone, with the smaller halo it may have.
        for attribute in everything() {
            let found = bits(&in_slabs(&volume, 3, &[attribute], &options));
            let alone = bits(&[one(&volume, attribute, &options)]);
            assert!(found == alone, "{attribute} in slabs differs");
        }
        for threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            let found = pool
                .build()
                .unwrap()
                .install(|| whole(&volume, &everything(), &options));
            assert!(bits(&found.volumes) == expected, "{threads} threads differ");
        }
    }
}

#[test]
fn scale_and_polarity_do_not_matter() {
    let options = AttributeOptions::default();
    let volume = survey((9, 11, 64));
    let base = whole(&volume, &everything(), &options);
    let halved = whole(&volume.mapv(|v| 0.5 * v), &everything(), &options);
    let turned = whole(&volume.mapv(|v| -v), &everything(), &options);
    for (i, attribute) in everything().iter().enumerate() {
        let factor = match attribute.unit() {
            unit if unit.contains("amplitude^2") => 0.25,
            unit if unit.contains("amplitude") => 0.5,
            _ => 1.0,
        };
        let pairs = base.volumes[i].iter().zip(&halved.volumes[i]);
        for (a, b) in pairs {
            assert!(
                a.is_nan() && b.is_nan() || factor * a == *b,
                "{attribute}: {a} {b}"
            );
        }
        assert!(
            bits(&base.volumes[i..=i]) == bits(&turned.volumes[i..=i]),
            "{attribute} of the turned volume differs"
        );
    }
}

#[test]
fn nulls_stay_nulls_and_spread_no_further() {
    let volume = survey((9, 11, 60));
    for (attribute, found) in everything()
        .iter()
        .zip(whole(&volume, &everything(), &AttributeOptions::default()).volumes)
    {
        for ((y, x, t), value) in found.indexed_iter() {
            let null = volume[[y, x, t]].is_nan() || (y, x) == (0, 6);
            if null {
                assert!(value.is_nan(), "{attribute} at {y} {x} {t}: {value}");
            }
        }
        // Beside the dead trace and under the mute there are answers.
        for at in [
            [4, 3, 30],
            [4, 5, 30],
            [0, 5, 30],
            [8, 10, 21],
            [4, 9, 20],
            [0, 0, 1],
            [8, 0, 59],
        ] {
            assert!(found[at].is_finite(), "{attribute} at {at:?}");
        }
    }
}

#[test]
fn a_constant_stays_exact_beside_nulls_and_edges() {
    // Layers that do not change along the line have no dip, whatever is missing.
    let mut volume = Array3::from_shape_fn((7, 9, 50), |(_, _, t)| (0.5 * t as f32).sin());
    volume.slice_mut(s![3, 4, ..]).fill(f32::NAN);
    let dips = whole(
        &volume,
        &[Attribute::InlineDip, Attribute::CrosslineDip],
        &AttributeOptions::default(),
    );
    for volume in &dips.volumes {
        assert!(volume.iter().all(|d| d.is_nan() || d.abs() < 1e-6));
    }
}

#[test]
fn lines_and_thin_surveys_are_cropped_and_not_blank() {
    for shape in [
        (1, 30, 60),
        (30, 1, 60),
        (2, 20, 60),
        (3, 3, 60),
        (18, 9, 12),
    ] {
        let volume = 0.3 * &noise(shape, 5) + &wave(shape, 0.1, 0.3, 0.2);
        for (attribute, found) in everything()
            .iter()
            .zip(whole(&volume, &everything(), &AttributeOptions::default()).volumes)
        {
            let live = found.iter().filter(|v| v.is_finite()).count();
            assert!(
                live * 100 >= found.len() * 99,
                "{attribute} on {shape:?}: {live} of {}",
                found.len()
            );
        }
    }
    let line = wave((1, 40, 60), 0.08, 0.6, 0.0);
    let found = whole(
        &line,
        &[
            Attribute::InlineDip,
            Attribute::CrosslineDip,
            Attribute::Coherence,
        ],
        &AttributeOptions::default(),
    );
    assert!((found.volumes[0][[0, 20, 30]] - 0.6).abs() < 1e-3);
    assert_eq!(found.volumes[1][[0, 20, 30]], 0.0);
    assert!(found.volumes[2][[0, 0, 30]] > 0.99);
}

#[test]
fn tiny_volumes_do_no_harm() {
    for shape in [
        (1, 1, 1),
        (1, 1, 2),
        (2, 1, 3),
        (1, 5, 1),
        (0, 4, 4),
        (4, 0, 4),
    ] {
        let volume = noise(shape, 9);
        let slab = Slab::new(&volume.view(), 0..shape.0, CELL).unwrap();
        let statistics = statistics(&volume);
        let found = compute(
            &slab,
            &everything(),
            &AttributeOptions::default(),
            &statistics,
            &Task::silent(),
        );
        if volume.is_empty() {
            assert!(matches!(found, Err(AttributeError::Nothing)));
        } else {
            assert!(found.unwrap().volumes.iter().all(|v| v.dim() == shape));
        }
    }
}

#[test]
fn nothing_but_nulls_and_zeros_is_an_error() {
    for value in [f32::NAN, 0.0] {
        let volume = Array3::from_elem((3, 4, 20), value);
        let slab = Slab::new(&volume.view(), 0..3, CELL).unwrap();
        let found = compute(
            &slab,
            &everything(),
            &AttributeOptions::default(),
            &statistics(&volume),
            &Task::silent(),
        );
        assert!(matches!(found, Err(AttributeError::Nothing)));
    }
    let volume = Array3::from_elem((3, 4, 20), 1.0_f32);
    assert!(Slab::new(&volume.view(), 2..4, CELL).is_err());
    let still = Cell {
        interval: 0.0,
        ..CELL
    };
    assert!(Slab::new(&volume.view(), 0..3, still).is_err());
}

#[test]
fn a_raised_flag_is_looked_at_before_every_trace() {
    /// Counts the looks.
    #[derive(Default)]
    struct Looks(AtomicUsize);
    impl Cancel for Looks {
        fn cancelled(&self) -> bool {
            self.0.fetch_add(1, Ordering::Relaxed);
            false
        }
    }
    let volume = noise((6, 7, 30), 1);
    let slab = Slab::new(&volume.view(), 0..6, CELL).unwrap();
    let (statistics, options) = (statistics(&volume), AttributeOptions::default());
    for attribute in everything() {
        let looks = Looks::default();
        let task = Task::new(Task::silent().progress, &looks);
        compute(&slab, &[attribute], &options, &statistics, &task).unwrap();
        let count = looks.0.into_inner();
        assert!(count >= 6 * 7, "{attribute}: {count}");
    }
}

#[test]
fn a_raised_flag_stops_the_work() {
    let flag = crate::task::CancelFlag::default();
    flag.raise();
    assert!(flag.cancelled());
    let volume = noise((3, 4, 20), 1);
    let slab = Slab::new(&volume.view(), 0..3, CELL).unwrap();
    let task = Task::new(Task::silent().progress, &flag);
    let found = compute(
        &slab,
        &everything(),
        &AttributeOptions::default(),
        &statistics(&volume),
        &task,
    );
    assert!(matches!(found, Err(AttributeError::Cancelled(_))));
}

/// The value of a flattened window the slow way: by coordinates, one at a time.
fn flattened(volume: &Array3<f32>, at: [usize; 3], offset: [isize; 2], time: f64) -> Option<f64> {
    let y = at[0].checked_add_signed(offset[1])?;
    let x = at[1].checked_add_signed(offset[0])?;
    let i = time.floor();
    let value = |i: f64| {
        if i < 0.0 {
            return None;
        }
        volume.get([y, x, i as usize]).map(|v| f64::from(*v))
    };
    let found = if time == i {
        value(i)?
    } else {
        value(i)? + (time - i) * (value(i + 1.0)? - value(i)?)
    };
    found.is_finite().then_some(found)
}

#[test]
fn coherence_agrees_with_a_naive_computation() {
    let volume = 0.5 * &noise((8, 9, 40), 2) + &wave((8, 9, 40), 0.07, 0.4, 0.9);
    let options = AttributeOptions {
        analytic: false,
        half_height: 4,
        ..AttributeOptions::default()
    };
    let wanted = [
        Attribute::InlineDip,
        Attribute::CrosslineDip,
        Attribute::Coherence,
    ];
    let found = whole(&volume, &wanted, &options).volumes;
    let offsets = [[0, 0], [-1, 0], [1, 0], [0, -1], [0, 1]];
    for ((y, x, t), coherence) in found[2].indexed_iter() {
        let (p, q) = (
            f64::from(found[0][[y, x, t]]),
            f64::from(found[1][[y, x, t]]),
        );
        let rows = |[a, b]: [isize; 2]| {
            let shift = p * a as f64 + q * b as f64;
            let at = move |k: isize| t as f64 + shift + k as f64;
            (-4..=4)
                .map(|k| flattened(&volume, [y, x, t], [a, b], at(k)))
                .collect::<Vec<_>>()
        };
        let traces: Vec<Vec<Option<f64>>> = offsets.map(rows).into_iter().collect();
        if traces.iter().flatten().any(Option::is_none) {
            continue;
        }
        let d = nalgebra::DMatrix::from_fn(5, 9, |j, k| traces[j][k].unwrap());
        let c = &d * d.transpose();
        let expected = c.clone().symmetric_eigen().eigenvalues.max() / c.trace();
        let error = (f64::from(*coherence) - expected).abs();
        assert!(
            error < 1e-6,
            "at {y} {x} {t}: {coherence} against {expected}"
        );
    }
}

#[test]
fn co_occurrence_agrees_with_a_naive_computation() {
    let volume = survey((7, 9, 30));
    let options = AttributeOptions::default();
    let wanted = [
        Attribute::InlineDip,
        Attribute::CrosslineDip,
        Attribute::GlcmEntropy,
        Attribute::GlcmVariance,
    ];
    let found = whole(&volume, &wanted, &options).volumes;
    let limit = 2.5 * statistics(&volume).mean_energy().unwrap().sqrt();
    let level = |v: f64| (8.0 * v / limit).round().clamp(-8.0, 8.0) as i32;
    let dead = |y: usize, x: usize| {
        volume
            .slice(s![y, x, ..])
            .iter()
            .all(|v| v.is_nan() || *v == 0.0)
    };
    let mut looked = 0;
    for ((y, x, t), entropy) in found[2].indexed_iter().step_by(7) {
        if entropy.is_nan() {
            continue;
        }
        let (p, q) = (
            f64::from(found[0][[y, x, t]]),
            f64::from(found[1][[y, x, t]]),
        );
        let at = |a: isize, b: isize, k: isize| {
            if a.abs() > 2
                || b.abs() > 2
                || dead(
                    y.checked_add_signed(b)?.min(6),
                    x.checked_add_signed(a)?.min(8),
                )
            {
                return None;
            }
            let time = t as f64 + (p * a as f64 + q * b as f64) + k as f64;
            flattened(&volume, [y, x, t], [a, b], time).map(level)
        };
        let mut pairs = std::collections::BTreeMap::<(i32, i32), f64>::new();
        for (a, b, k) in
            (-2..=2).flat_map(|a| (-2..=2).flat_map(move |b| (-3..=3).map(move |k| (a, b, k))))
        {
            for (c, d) in [(1, 0), (0, 1), (1, 1), (1, -1)] {
                if let (Some(i), Some(j)) = (at(a, b, k), at(a + c, b + d, k)) {
                    *pairs.entry((i, j)).or_default() += 1.0;
                    *pairs.entry((j, i)).or_default() += 1.0;
                }
            }
        }
        let total: f64 = pairs.values().sum();
        let share = |n: &f64| n / total;
        let expected: f64 = pairs.values().map(|n| -share(n) * share(n).ln()).sum();
        let mean: f64 = pairs
            .iter()
            .map(|((i, _), n)| f64::from(*i) * share(n))
            .sum();
        let variance: f64 = pairs
            .iter()
            .map(|((i, _), n)| (f64::from(*i) - mean).powi(2) * share(n))
            .sum();
        assert!(
            (f64::from(*entropy) - expected).abs() < 1e-5,
            "{entropy} {expected} at {y} {x} {t}"
        );
        assert!((f64::from(found[3][[y, x, t]]) - variance).abs() < 1e-4);
        looked += 1;
    }
    assert!(looked > 150, "{looked}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn attributes_turn_with_the_axes_and_with_the_amplitudes(
        shape in (1usize..9, 1usize..9, 2usize..40),
        seed in 0u64..1000,
        turn_lines: bool,
        scale in 0.01..100.0f32,
    ) {
        use Attribute as A;
        let (ny, nx, _) = shape;
        let mut volume = noise(shape, seed);
        if ny * nx > 4 {
            volume.slice_mut(s![ny / 2, nx / 2, ..]).fill(f32::NAN);
        }
        let options = AttributeOptions::default();
        let axis = Axis(usize::from(!turn_lines));
        let mut turned = volume.mapv(|v| scale * v);
        turned.invert_axis(axis);
        let turned = turned.as_standard_layout().to_owned();
        let (base, found) = (
            whole(&volume, &everything(), &options),
            whole(&turned, &everything(), &options),
        );
        for ((attribute, base), mut found) in everything().into_iter().zip(base.volumes).zip(found.volumes) {
            let across = match attribute {
                A::InlineDip | A::InlineConvergence => !turn_lines,
                A::CrosslineDip | A::CrosslineConvergence => turn_lines,
                A::ReflectorRotation => true,
                A::ConvergenceAzimuth => continue,
                _ => false,
            };
            let sign = if across { -1.0 } else { 1.0 };
            let factor = match attribute.unit() {
                unit if unit.contains("amplitude^2") => scale * scale,
                unit if unit.contains("amplitude") => scale,
                _ => 1.0,
            };
            found.invert_axis(axis);
            let largest = base.iter().filter(|v| v.is_finite()).fold(0.0_f32, |a, b| a.max(b.abs()));
            let differ = base.iter().zip(&found).filter(|(a, b)| {
                let near = (sign * factor * **a - **b).abs() <= 1e-3 * factor * largest;
                !(near || a.is_nan() && b.is_nan())
            });
            // A dip half way between samples, or an amplitude between levels, may
            // fall to either side.
            let allowed = base.len() / 50;
            prop_assert!(differ.count() <= allowed, "{attribute} of {shape:?}");
        }
    }
}
