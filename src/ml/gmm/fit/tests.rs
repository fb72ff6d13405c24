//! Fits against published numbers, monotone likelihoods, and degenerate rows.

use super::*;
use crate::task::stream;
use CovarianceModel::{EEE, EEI, EII, VII, VVV};

const TEN: [f64; 10] = [0.0, 0.2, 0.4, 0.6, 0.8, 10.0, 10.2, 10.4, 10.6, 10.8];

fn fitted(columns: &[&[f64]], options: &FitOptions) -> Mixture {
    let rng = &mut stream(20_211_011, "fit", &[]);
    fit(columns, options, rng, &Task::silent())
        .unwrap()
        .unwrap()
}

fn only(models: &[CovarianceModel], clusters: usize) -> FitOptions {
    FitOptions {
        models: models.to_vec(),
        max_clusters: clusters,
        fixed_clusters: true,
        ..FitOptions::default()
    }
}

fn close(a: f64, b: f64, tolerance: f64) {
    assert!((a - b).abs() <= tolerance, "{a} is not {b}");
}

/// Rows of two Gaussians, one column an attribute, reproducible.
fn blobs(n: usize, d: usize, gap: f64, seed: u64) -> Vec<Vec<f64>> {
    let mut rng = stream(seed, "blobs", &[]);
    let mut columns = vec![Vec::with_capacity(n); d];
    for i in 0..n {
        let shift = if i % 3 == 0 { gap } else { 0.0 };
        let shared = rng.normal();
        for (j, column) in columns.iter_mut().enumerate() {
            let spread = 1.0 + 0.2 * j as f64;
            column.push(shift + 0.5 * shared + spread * rng.normal());
        }
    }
    columns
}

fn slices(columns: &[Vec<f64>]) -> Vec<&[f64]> {
    columns.iter().map(Vec::as_slice).collect()
}

#[test]
fn ten_points_have_the_published_likelihood_and_bic() {
    for sem in [false, true] {
        let two = fitted(
            &[&TEN],
            &FitOptions {
                sem,
                ..only(&[EII], 2)
            },
        );
        let mut means: Vec<f64> = two.components.iter().map(|c| c.mean[0]).collect();
        means.sort_by(f64::total_cmp);
        close(means[0], 0.4, 1e-12);
        close(means[1], 10.4, 1e-12);
        for c in &two.components {
            close(c.covariance[0], 0.08, 1e-12);
            close(c.weight, 0.5, 1e-12);
        }
        close(two.log_likelihood, -8.492_214, 1e-6);
        assert_eq!(two.parameters, 4);
        close(two.bic, -13.097_384, 1e-6);
        let variable = fitted(
            &[&TEN],
            &FitOptions {
                sem,
                ..only(&[VVV], 2)
            },
        );
        assert_eq!((variable.model, variable.parameters), (VII, 5));
        close(variable.bic, -14.248_677, 1e-6);
        let one = fitted(
            &[&TEN],
            &FitOptions {
                sem,
                ..only(&[VVV], 1)
            },
        );
        assert_eq!((one.model, one.parameters), (EII, 2));
        close(one.components[0].covariance[0], 25.08, 1e-12);
        close(one.log_likelihood, -30.299_739, 1e-6);
        close(one.bic, -32.602_324, 1e-6);
        let best = fitted(
            &[&TEN],
            &FitOptions {
                sem,
                ..FitOptions::default()
            },
        );
        assert_eq!((best.model, best.components.len()), (EII, 2));
    }
}

/// A normal sample cut at its median: per row -1.605933 against -1.418939.
#[test]
fn one_gaussian_stays_one_cluster() {
    let mut rng = stream(5, "one", &[]);
    let x: Vec<f64> = (0..4000).map(|_| rng.normal()).collect();
    let best = fitted(&[&x], &FitOptions::default());
    assert_eq!(best.components.len(), 1);
    // SEM lets the needless component die out, so halves come of CEM alone.
    let options = FitOptions {
        sem: false,
        cem_iterations: 1,
        ..only(&[EII], 2)
    };
    let halves = fitted(&[&x], &options);
    close(best.log_likelihood / 4000.0, -1.418_939, 0.03);
    close(halves.log_likelihood / 4000.0, -1.605_933, 0.05);
}

/// Without a limit on small clusters SEM finds two close rows in many of these.
#[test]
fn chance_neighbours_are_no_cluster() {
    let split = |smallest_share| {
        let counted = |seed: &u64| {
            let mut rng = stream(*seed, "chance", &[]);
            let x: [Vec<f64>; 2] = [0, 1].map(|_| (0..150).map(|_| rng.normal()).collect());
            let options = FitOptions {
                smallest_share,
                ..FitOptions::default()
            };
            fitted(&[&x[0], &x[1]], &options).components.len() > 1
        };
        (0..40).filter(counted).count()
    };
    assert!(split(0.05) <= 1, "{}", split(0.05));
}

#[test]
fn cem_never_lowers_the_classification_likelihood() {
    let columns = blobs(301, 3, 1.5, 7);
    let points = Points::new(&slices(&columns));
    let all = points.all();
    let options = FitOptions::default();
    for start in 0..140 {
        let mut rng = stream(start, "start", &[]);
        let model = CovarianceModel::ALL[start as usize % 14];
        let mut fitter = Fitter::new(&points, &all, &options, 2, &mut rng);
        for b in 0..points.blocks() {
            for t in 0..points.live(b) {
                fitter.labels[b][t] = rng.below(2) as f64;
            }
        }
        let mut last = f64::NEG_INFINITY;
        fitter.sum_partition(model);
        for _ in 0..30 {
            if !fitter.large_enough(model) {
                break;
            }
            assert!(fitter.m_step(model));
            let totals = fitter.pass(Rule::Largest);
            assert!(
                totals.classification >= last - 1e-9 * last.abs(),
                "{model}: {} after {last}",
                totals.classification
            );
            last = totals.classification;
        }
        assert!(last.is_finite());
    }
}

#[test]
fn separated_clusters_are_one_answer_for_sem_cem_and_em() {
    let columns = blobs(600, 2, 25.0, 8);
    let x = slices(&columns);
    let exact: Vec<f64> = (0..2)
        .map(|j| {
            let members: Vec<f64> = columns[j].iter().step_by(3).copied().collect();
            members.iter().sum::<f64>() / members.len() as f64
        })
        .collect();
    for (sem, finish) in [
        (true, Finish::Cem),
        (false, Finish::Cem),
        (true, Finish::Em { tolerance: 1e-12 }),
    ] {
        let m = fitted(
            &x,
            &FitOptions {
                sem,
                finish,
                ..only(&[VVV], 2)
            },
        );
        let far = &m.components[usize::from(m.components[1].mean[0] > 12.0)];
        for j in 0..2 {
            close(far.mean[j], exact[j], 1e-9);
        }
        close(far.weight, 1.0 / 3.0, 1e-9);
    }
}

#[test]
fn overlapping_clusters_count_as_two_only_for_the_mixture_likelihood() {
    let columns = blobs(3000, 1, 3.2, 9);
    let x = slices(&columns);
    let by = |bic_likelihood| {
        let options = FitOptions {
            bic_likelihood,
            ..only(&[EII], 2)
        };
        fitted(&x, &options)
    };
    let (hard, soft) = (
        by(BicLikelihood::Classification),
        by(BicLikelihood::Mixture),
    );
    assert_eq!(hard.log_likelihood, soft.log_likelihood);
    assert!(hard.log_likelihood < soft.mixture_log_likelihood);
    close(hard.bic, hard.log_likelihood - 2.0 * 3000.0_f64.ln(), 1e-9);
    close(
        soft.bic,
        soft.mixture_log_likelihood - 2.0 * 3000.0_f64.ln(),
        1e-9,
    );
}

#[test]
fn constant_and_repeated_attributes_are_floored_not_fatal() {
    let columns = blobs(100, 2, 6.0, 10);
    let constant = vec![1.5; 100];
    let m = fitted(&[&columns[0], &constant], &only(&[EEE], 1));
    assert!(m.floored);
    close(m.components[0].covariance[2], 1e-6, 1e-15);
    let m = fitted(&[&columns[0], &columns[0]], &FitOptions::default());
    assert!(m.bic.is_finite());
    for model in CovarianceModel::ALL {
        for k in 1..=2 {
            let options = only(&[model], k);
            let rng = &mut stream(1, "flat", &[]);
            let found = fit(&[&constant, &constant], &options, rng, &Task::silent()).unwrap();
            assert!(
                found.is_none_or(|m| m.floored && m.bic.is_finite()),
                "{model} {k}"
            );
        }
    }
}

#[test]
fn too_few_rows_give_nothing() {
    let rng = &mut stream(1, "few", &[]);
    let x = [1.0, 2.0, 3.0];
    let y = [0.0, 1.0, 0.5];
    let columns: [&[f64]; 2] = [&x, &y];
    let full = fit(&columns, &only(&[VVV], 2), rng, &Task::silent()).unwrap();
    assert!(full.is_none(), "3 rows cannot make two full covariances");
    assert!(
        fit(&[&[]], &FitOptions::default(), rng, &Task::silent())
            .unwrap()
            .is_none()
    );
    assert!(
        fit(&[], &FitOptions::default(), rng, &Task::silent())
            .unwrap()
            .is_none()
    );
}

#[test]
fn options_are_checked_and_cancel_is_heard() {
    let rng = &mut stream(1, "options", &[]);
    let wrong = FitOptions {
        max_clusters: 9,
        ..FitOptions::default()
    };
    assert!(fit(&[&TEN], &wrong, rng, &Task::silent()).is_err());
    let wrong = FitOptions {
        models: vec![],
        ..FitOptions::default()
    };
    assert!(fit(&[&TEN], &wrong, rng, &Task::silent()).is_err());
    let flag = crate::task::CancelFlag::default();
    flag.raise();
    let task = Task {
        cancel: &flag,
        ..Task::silent()
    };
    let stopped = fit(&[&TEN], &FitOptions::default(), rng, &task);
    assert_eq!(stopped, Err(MlError::Cancelled(crate::task::Cancelled)));
}

#[test]
fn three_clusters_are_found_among_up_to_four() {
    let mut rng = stream(11, "three", &[]);
    let x: Vec<f64> = (0..900)
        .map(|i| f64::from(i % 3) * 12.0 + rng.normal())
        .collect();
    let options = FitOptions {
        max_clusters: 4,
        ..FitOptions::default()
    };
    assert_eq!(fitted(&[&x], &options).components.len(), 3);
}

/// Plain EM on 450 seeded rows against mclust 6.0.0 (`me` from k-means, to 1e-15), but for
/// VVE, where the axes of mclust stop at a lesser maximum of -2518.990722 from every start:
/// its number is that of EM in numpy whose M-step is scipy's optimiser. scikit-learn's `GaussianMixture` gives the same four numbers
/// for VII (spherical), VVI (diag), EEE (tied) and VVV (full), and -2 BIC.
#[test]
fn em_reaches_the_likelihood_of_other_programs() {
    let reference = [
        -2_543.872_676_964,
        -2_539.259_586_034,
        -2_530.063_592_543,
        -2_527.692_289_583,
        -2_529.515_115_999,
        -2_527.314_346_277,
        -2_523.233_870_273,
        -2_519.984_552_144,
        -2_521.906_364_632,
        -2_518.945_910_709,
        -2_519.851_849_027,
        -2_517.663_536_079,
        -2_518.772_966_670,
        -2_516.641_830_077,
    ];
    let columns = blobs(450, 3, 3.0, 21);
    for (model, likelihood) in CovarianceModel::ALL.into_iter().zip(reference) {
        let options = FitOptions {
            finish: Finish::Em { tolerance: 1e-13 },
            cem_iterations: 2000,
            bic_likelihood: BicLikelihood::Mixture,
            ..only(&[model], 2)
        };
        let m = fitted(&slices(&columns), &options);
        assert!(
            (m.mixture_log_likelihood - likelihood).abs() < 1e-6,
            "{model}: {} is not {likelihood}",
            m.mixture_log_likelihood
        );
        if model == VVV {
            close(-2.0 * m.bic, 5_149.359_364_224, 1e-5);
        }
    }
}

/// With fourteen models each number of clusters tries those that differ, once, however
/// the fit ends.
#[test]
fn fourteen_models_compete_where_they_differ() {
    let columns = blobs(200, 3, 3.0, 22);
    let named = |models: &[CovarianceModel], k: usize| -> Vec<(CovarianceModel, usize)> {
        models.iter().map(|&m| (m, k)).collect()
    };
    let one = [named(&[EII], 1), named(&[EII, VII], 2)].concat();
    let three = [named(&[EII, EEI, EEE], 1), named(&CovarianceModel::ALL, 2)].concat();
    for (sem, finish) in [
        (true, Finish::Cem),
        (false, Finish::Cem),
        (true, Finish::Em { tolerance: 1e-9 }),
    ] {
        let options = FitOptions {
            sem,
            finish,
            models: CovarianceModel::ALL.to_vec(),
            ..FitOptions::default()
        };
        for (d, expected) in [(1, &one), (3, &three)] {
            let rng = &mut stream(1, "fourteen", &[]);
            let (best, record) =
                fit_recorded(&slices(&columns[..d]), &options, rng, &Task::silent()).unwrap();
            let tried: Vec<_> = record
                .trials
                .iter()
                .map(|t| (t.model, t.clusters))
                .collect();
            assert_eq!(&tried, expected);
            let bics = record.trials.iter().map(|t| t.bic.unwrap());
            assert_eq!(best.unwrap().bic, bics.fold(f64::NEG_INFINITY, f64::max));
        }
    }
}
