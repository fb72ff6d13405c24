//! CPU seconds of Gaussian mixtures and of the search for attributes, beside
//! scikit-learn.
//!
//! ```text
//! cargo bench --bench selection                                   ours alone
//! OUTCROP_PEERS=venv/bin/python cargo bench --bench selection     and the peer
//! ```
//!
//! Three facies of 2,000 voxels and 9 attributes: one mixture of two full
//! Gaussians on all 6,000 voxels; the 511 combinations with full covariances, one
//! or two clusters, without sampling, on one thread against one; the job of the
//! source document (nine models, SEM and CEM) on two threads; every subset of 9,
//! 20 and 24 attributes from marginals. The peer (`selection_peers.py` beside this
//! file) fits every 16th combination, and its time is scaled to all of them. No
//! harness: CPU seconds are wanted, which do not depend on what else the machine
//! does as much as wall time does.
#![allow(clippy::unwrap_used)] // a bench that cannot work stops

#[path = "meter/mod.rs"]
mod meter;

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::time::Instant;

use ndarray::Array2;
use outcrop::ml::gmm::{BicLikelihood, CovarianceModel, Finish, FitOptions, fit};
use outcrop::ml::selection::{Search, SelectionOptions, score_marginals};
use outcrop::model::TrainingTable;
use outcrop::task::{Task, stream};
use rayon::ThreadPool;

const ATTRIBUTES: usize = 9;
const VOXELS: usize = 6000;

fn main() {
    let voxels = voxels(ATTRIBUTES, 1);
    let peers = peers(&voxels);
    fits(&voxels, &peers);
    let table = table(&voxels);
    searches(&table, &peers);
    for (attributes, threads, goal) in [(9, 1, 0.02), (20, 2, 3.0), (24, 2, 60.0)] {
        let table = self::table(&self::voxels(attributes, 2));
        let score = || score_marginals(&table, &SelectionOptions::preview(), &Task::silent());
        let times = if attributes < 20 { 9 } else { 1 };
        let (marks, cpu, wall) = pool(threads, || least(times, || score().unwrap()));
        println!(
            "marginal, {attributes} attributes, fits and {} subsets, {threads} threads: {cpu:.4} CPU s, {wall:.4} s (goal {goal})",
            marks.len()
        );
    }
}

/// One mixture of two full Gaussians, by EM as the peer has it.
fn fits(voxels: &[Vec<f32>], peers: &BTreeMap<String, f64>) {
    let columns: Vec<Vec<f64>> = voxels.iter().map(|c| standard(c)).collect();
    for d in [2, 5, 9] {
        let columns: Vec<&[f64]> = columns[..d].iter().map(Vec::as_slice).collect();
        let options = FitOptions {
            finish: Finish::Em { tolerance: 1e-7 },
            kmeans_starts: 1,
            fixed_clusters: true,
            ..full()
        };
        let mixture = || {
            fit(
                &columns,
                &options,
                &mut stream(1, "bench", &[]),
                &Task::silent(),
            )
        };
        let (mixture, cpu, _) = pool(1, || least(15, || mixture().unwrap().unwrap()));
        let likelihood = mixture.mixture_log_likelihood;
        println!(
            "fit, {d} attributes: {:.2} CPU ms, log-likelihood {likelihood:.2}",
            1e3 * cpu
        );
        if let Some(theirs) = peers.get(&format!("fit_{d}")) {
            println!(
                "  {:.2} CPU ms by scikit-learn, {:.2}: {:.1} times (goal 6)",
                1e3 * theirs,
                peers[&format!("likelihood_{d}")],
                theirs / cpu
            );
        }
    }
}

/// All combinations, mixtures fitted anew to each.
fn searches(table: &TrainingTable, peers: &BTreeMap<String, f64>) {
    let document = FitOptions::default();
    let em = FitOptions {
        finish: Finish::Em { tolerance: 1e-4 },
        bic_likelihood: BicLikelihood::Mixture,
        kmeans_starts: 1,
        ..full()
    };
    let cem = FitOptions {
        kmeans_starts: 1,
        ..full()
    };
    let jobs = [
        ("full covariances, EM", 1, em, "goal 20, CPU"),
        ("full covariances, CEM", 1, cem, "CPU"),
        ("nine models, SEM 200, CEM", 2, document, "goal 1, wall"),
    ];
    for (name, threads, fit, goal) in jobs {
        let models = fit.models.len();
        let options = SelectionOptions {
            fit,
            hold_out: 0.0,
            ..SelectionOptions::default()
        };
        let search = || Search::new(table, &options).unwrap().run(&Task::silent());
        let times = if threads == 1 { 3 } else { 1 };
        let (tally, cpu, wall) = pool(threads, || least(times, || search().unwrap()));
        let combinations: u64 = tally.sizes.iter().map(|s| s.valid).sum();
        let seconds = if threads == 1 { cpu } else { wall };
        println!(
            "{combinations} combinations, {name}, {threads} threads: {cpu:.2} CPU s, {wall:.2} s; {:.0} combinations x models a second",
            (combinations as usize * models) as f64 / seconds
        );
        if let Some(theirs) = peers.get("all_combinations") {
            println!(
                "  {theirs:.2} CPU s by scikit-learn with full covariances: {:.1} times ({goal})",
                theirs / seconds
            );
        }
    }
}

fn full() -> FitOptions {
    FitOptions {
        models: vec![CovarianceModel::VVV],
        sem: false,
        ..FitOptions::default()
    }
}

/// Three facies in turn, some of them of two clusters: a column an attribute.
fn voxels(attributes: usize, seed: u64) -> Vec<Vec<f32>> {
    let mut rng = stream(seed, "bench", &[]);
    let mut columns = vec![Vec::new(); attributes];
    for i in 0..VOXELS {
        let (common, second) = (rng.normal(), rng.normal());
        let mode = if i % 3 == 1 && rng.below(3) == 0 {
            2.5
        } else {
            0.0
        };
        for (j, column) in columns.iter_mut().enumerate() {
            let centre = [0.0, 1.0, -0.8][i % 3] * (1.0 + j as f64).sin();
            let along = 0.6 * common * (j as f64).cos() + 0.4 * second * (2.0 * j as f64).sin();
            column.push((centre + along + mode * (j as f64).sin() + 0.8 * rng.normal()) as f32);
        }
    }
    columns
}

fn table(voxels: &[Vec<f32>]) -> TrainingTable {
    TrainingTable {
        attributes: (1..=voxels.len()).map(|j| format!("a{j}")).collect(),
        classes: ["salt", "mtd", "background"].map(String::from).into(),
        class: (0..VOXELS).map(|i| (i % 3) as u16).collect(),
        values: Array2::from_shape_fn((VOXELS, voxels.len()), |(i, j)| voxels[j][i]),
        ..TrainingTable::default()
    }
}

fn standard(column: &[f32]) -> Vec<f64> {
    let n = column.len() as f64;
    let mean = column.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
    let squares = column.iter().map(|&v| (f64::from(v) - mean).powi(2));
    let deviation = (squares.sum::<f64>() / n).sqrt();
    column
        .iter()
        .map(|&v| (f64::from(v) - mean) / deviation)
        .collect()
}

/// Works on so many threads, which live on: those that end take their CPU seconds
/// with them.
fn pool<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    static POOLS: [OnceLock<ThreadPool>; 2] = [const { OnceLock::new() }; 2];
    let build = || {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build().unwrap()
    };
    POOLS[threads - 1].get_or_init(build).install(work)
}

/// The last value of several runs, and the least CPU and wall seconds of one.
fn least<T>(times: usize, mut work: impl FnMut() -> T) -> (T, f64, f64) {
    let mut once = || {
        let (before, began) = (meter::cpu_seconds(), Instant::now());
        let value = work();
        (
            value,
            meter::cpu_seconds() - before,
            began.elapsed().as_secs_f64(),
        )
    };
    let (mut value, mut cpu, mut wall) = once();
    for _ in 1..times {
        let next = once();
        (value, cpu, wall) = (next.0, cpu.min(next.1), wall.min(next.2));
    }
    (value, cpu, wall)
}

/// What the peer measured; nothing without `OUTCROP_PEERS`.
fn peers(voxels: &[Vec<f32>]) -> BTreeMap<String, f64> {
    let Some(python) = meter::python() else {
        return BTreeMap::new();
    };
    let folder = tempfile::tempdir().unwrap();
    let values = voxels.iter().flatten().flat_map(|v| v.to_le_bytes());
    std::fs::write(
        folder.path().join("voxels.f32"),
        values.collect::<Vec<u8>>(),
    )
    .unwrap();
    meter::ask(&python, "selection_peers.py", folder.path())
}
