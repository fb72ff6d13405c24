//! CPU seconds of random forests on one thread, beside scikit-learn and R's
//! randomForest on the same rows, and their accuracy on the same folds.
//!
//! ```text
//! cargo bench --bench forest                                     ours alone
//! OUTCROP_PEERS=venv/bin/python cargo bench --bench forest       and the peers
//! ```
//!
//! Three facies in nine attributes, of which one is nearly a copy of another and
//! three tell nothing; one facies has two modes. 100 trees, three attributes drawn
//! a node. The fit: 6000 and 60,000 rows, depth 10 and unlimited. Prediction:
//! 200,000 voxels, and at depth 10 once more by the instructions of AVX-512 VBMI where
//! the processor has them: 15 times scikit-learn is the goal there, 2.5 times on any
//! processor. The whole job: five folds of 200 trees, shuffled attributes,
//! the forest of all rows, on 6000 rows and two threads. The peers
//! (`forest_peers.py` beside this file) need numpy and scikit-learn, and `Rscript`
//! with randomForest where it is to be compared; they read the rows that are made
//! here. No harness: CPU seconds are wanted, which do not depend on what else the
//! machine does as much as wall time does.
#![allow(clippy::unwrap_used)] // a bench that cannot work stops

#[path = "meter/mod.rs"]
mod meter;

use std::collections::BTreeMap;

use ndarray::Array2;
use outcrop::ml::folds::Folds;
use outcrop::ml::forest::{
    Buffer, CrossValidation, FoldPlan, Forest, ForestOptions, alike, gini_importance, judge_fold,
};
use outcrop::model::TrainingTable;
use outcrop::task::{Stream, Task, stream};

const ATTRIBUTES: usize = 9;
const TREES: usize = 100;
const VOXELS: usize = 200_000;

fn main() {
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let one = pool(1).unwrap();
    let tables = [("6k", facies(6000, 1)), ("60k", facies(60_000, 2))];
    let voxels = facies(VOXELS, 3);
    let columns = columns(&voxels);
    let peers = peers(&tables, &voxels);
    for (size, table) in &tables {
        for (depth, word) in [(10, "d10"), (0, "unl")] {
            let options = ForestOptions {
                max_depth: depth,
                ..ForestOptions::default()
            };
            let times = if *size == "6k" { 3 } else { 1 };
            let grow = || Forest::grow(table, &options, TREES, 1, &Task::silent()).unwrap();
            let (forest, fit) = one.install(|| least(times, grow));
            let goal = if *size == "6k" { 12.0 } else { 15.0 };
            say(&format!("fit {size} {word}"), "", fit, goal, &peers);
            let name = format!("predict {size} {word}");
            let predict = |forest: &Forest| least(2, || accuracy(forest, &columns, &voxels));
            if forest.permuted() == TREES {
                let (_, seconds) = one.install(|| predict(&forest));
                say(&name, ", AVX-512 VBMI", seconds, 15.0, &peers);
            } else if depth > 0 {
                println!("{name}, AVX-512 VBMI: none on this processor (goal 15 where there is)");
            }
            let forest = forest.portable().unwrap();
            let (right, seconds) = one.install(|| predict(&forest));
            say(&name, "", seconds, 2.5, &peers);
            println!(
                "  held-out accuracy {right:.4}{}",
                peer_text(&peers, &format!("right {size} {word}"))
            );
            if *size == "6k" {
                let mean = one.install(|| cross_validated(table, &options));
                println!(
                    "  five folds {mean:.4}{}",
                    peer_text(&peers, &format!("cv {size} {word}"))
                );
            }
        }
    }
    let two = pool(2).unwrap();
    let wall = std::time::Instant::now();
    let ((), job) = two.install(|| least(1, || whole_job(&tables[0].1)));
    println!(
        "whole job, 6k, 2 threads: {job:.2} CPU s, {:.2} s on the clock (goal 1), peak {:.0} MiB",
        wall.elapsed().as_secs_f64(),
        meter::peak()
    );
}

/// Rows of three facies, in turn.
fn facies(rows: usize, seed: u64) -> TrainingTable {
    const MEAN: [[f64; ATTRIBUTES]; 3] = [
        [0.0; 9],
        [1.0, -0.8, 0.3, 1.0, 0.2, -0.9, 0.0, 0.0, 0.0],
        [0.4, 1.2, -1.0, 0.4, 0.3, 0.7, 0.0, 0.0, 0.0],
    ];
    const MODE: [f64; ATTRIBUTES] = [0.9, -0.6, 1.3, 0.9, 0.0, 1.1, 0.0, 0.0, 0.2];
    // What the attributes of a facies share.
    let mixing: Vec<Vec<f64>> = (0..3)
        .map(|f| {
            let mut rng = stream(77, "mixing", &[f]);
            (0..ATTRIBUTES * 3).map(|_| 0.35 * rng.normal()).collect()
        })
        .collect();
    let mut rng = stream(seed, "facies", &[]);
    let mut values = Array2::zeros((rows, ATTRIBUTES));
    for row in 0..rows {
        let f = row % 3;
        let x = drawn(&mut rng, &MEAN[f], &MODE, f == 1, &mixing[f]);
        for (a, x) in x.into_iter().enumerate() {
            values[[row, a]] = x as f32;
        }
    }
    TrainingTable {
        attributes: (0..ATTRIBUTES).map(|a| format!("a{a}")).collect(),
        classes: (0..3).map(|c| format!("c{c}")).collect(),
        codes: vec![1, 2, 3],
        values,
        class: (0..rows).map(|row| (row % 3) as u16).collect(),
        ..TrainingTable::default()
    }
}

fn drawn(
    rng: &mut Stream,
    mean: &[f64; ATTRIBUTES],
    mode: &[f64; ATTRIBUTES],
    two: bool,
    mixing: &[f64],
) -> [f64; ATTRIBUTES] {
    let shared: Vec<f64> = (0..3).map(|_| rng.normal()).collect();
    let sign = match (two, rng.fraction() < 0.6) {
        (false, _) => 0.0,
        (true, true) => 1.0,
        (true, false) => -1.0,
    };
    let mut x: [f64; ATTRIBUTES] = std::array::from_fn(|a| {
        let common: f64 = (0..3).map(|k| mixing[a * 3 + k] * shared[k]).sum();
        mean[a] + sign * mode[a] + common + 0.75 * rng.normal()
    });
    x[3] = 0.95 * x[0] + 0.2 * rng.normal();
    x[6] = x[6].abs().powf(1.5);
    x
}

fn columns(table: &TrainingTable) -> Vec<Vec<f32>> {
    let columns = table.values.columns().into_iter();
    columns.map(|column| column.to_vec()).collect()
}

fn accuracy(forest: &Forest, columns: &[Vec<f32>], voxels: &TrainingTable) -> f64 {
    let columns: Vec<&[f32]> = columns.iter().map(Vec::as_slice).collect();
    let mut place = vec![0; voxels.len()];
    forest
        .predict(&columns, &mut place, None, &Task::silent())
        .unwrap();
    let right = place
        .iter()
        .zip(&voxels.class)
        .filter(|(p, c)| **p == **c + 1);
    right.count() as f64 / voxels.len() as f64
}

/// Mean accuracy over five folds, row by row in turn, as the peers deal them.
fn cross_validated(table: &TrainingTable, options: &ForestOptions) -> f64 {
    let fold_of = |row: usize| row / 3 % 5;
    let mut mean = 0.0;
    for fold in 0..5 {
        let kept: Vec<usize> = (0..table.len()).filter(|&r| fold_of(r) != fold).collect();
        let left: Vec<usize> = (0..table.len()).filter(|&r| fold_of(r) == fold).collect();
        let task = Task::silent();
        let forest = Forest::grow(&table.rows(&kept), options, TREES, 1, &task).unwrap();
        let left = table.rows(&left);
        mean += accuracy(&forest, &columns(&left), &left) / 5.0;
    }
    mean
}

/// Folds with three tree counts, shuffled attributes, forest and importances.
fn whole_job(table: &TrainingTable) {
    let task = Task::silent();
    let options = ForestOptions::default();
    let folds = Folds::by_row(&table.class, 5, &mut stream(1, "folds", &[]));
    let counts = [TREES / 2, TREES, 2 * TREES];
    let plan = FoldPlan {
        table,
        folds: &folds,
        counts: &counts,
        options: &options,
        seed: 1,
        first_fold: 1,
        buffer: Buffer::default(),
        shuffles: 5,
        together: &alike(table, 0.8),
    };
    let scores: Vec<_> = (0..5)
        .map(|f| judge_fold(&plan, f, &task).unwrap())
        .collect();
    let judged = CrossValidation::pool(&counts, &scores, 3, ATTRIBUTES);
    let trees = judged.best().unwrap().trees;
    let forest = Forest::grow(table, &options, trees, 1, &task).unwrap();
    gini_importance(forest.trees(), ATTRIBUTES);
}

/// CPU seconds of the peers by name; none where they are not asked for.
fn peers(tables: &[(&str, TrainingTable)], voxels: &TrainingTable) -> BTreeMap<String, f64> {
    let Some(python) = meter::python() else {
        return BTreeMap::new();
    };
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, table: &TrainingTable| {
        let bytes: Vec<u8> = table.values.iter().flat_map(|x| x.to_le_bytes()).collect();
        std::fs::write(folder.path().join(format!("{name}.f32")), bytes).unwrap();
    };
    for (name, table) in tables {
        write(name, table);
    }
    write("voxels", voxels);
    meter::ask(&python, "forest_peers.py", folder.path())
}

/// `goal` is how many times faster than scikit-learn.
fn say(name: &str, way: &str, seconds: f64, goal: f64, peers: &BTreeMap<String, f64>) {
    let against = |peer: &str, goal: f64| {
        let theirs = peers.get(&format!("{peer} {name}"));
        theirs.map_or(String::new(), |t| {
            format!(", {peer} {t:.3} ({:.1} x, goal {goal})", t / seconds)
        })
    };
    println!(
        "{name}{way}: {seconds:.3} CPU s{}{}",
        against("scikit-learn", goal),
        against("randomForest", 5.0)
    );
}

fn peer_text(peers: &BTreeMap<String, f64>, name: &str) -> String {
    let theirs = peers.get(&format!("scikit-learn {name}"));
    theirs.map_or(String::new(), |t| format!(", scikit-learn {t:.4}"))
}

/// A value and the least CPU seconds of so many runs.
fn least<T>(times: usize, mut work: impl FnMut() -> T) -> (T, f64) {
    let began = meter::cpu_seconds();
    let mut value = work();
    let mut best = meter::cpu_seconds() - began;
    for _ in 1..times {
        let began = meter::cpu_seconds();
        value = work();
        best = best.min(meter::cpu_seconds() - began);
    }
    (value, best)
}
