//! CPU seconds of the generative topographic map on one thread, beside ugtm and
//! beside the same arithmetic in numpy.
//!
//! ```text
//! cargo bench --bench gtm                                   ours alone
//! OUTCROP_PEERS=venv/bin/python cargo bench --bench gtm     and the peers
//! ```
//!
//! The fit: 20 x 20 nodes, 5 x 5 radial functions, 9 attributes, 6000 vectors, 50
//! updates. The projection: 200,000 vectors onto that map. All volumes: 2 million
//! voxels onto a map of 16 x 16 nodes with three facies, every quantity that
//! `gtm3d` writes, without reading and writing. The peers (`gtm_peers.py` beside
//! this file) need numpy, scipy, scikit-learn and ugtm, and read the vectors that
//! are made here. No harness: CPU seconds are wanted, which do not depend on what
//! else the machine does as much as wall time does.
#![allow(clippy::unwrap_used)] // a bench that cannot work stops

#[path = "meter/mod.rs"]
mod meter;

use std::collections::BTreeMap;
use std::hint::black_box;

use outcrop::ml::gtm::{Compare, FaciesMap, Gtm, GtmFit, GtmOptions};
use outcrop::task::{Task, stream};

const ATTRIBUTES: usize = 9;
const FIT: usize = 6000;
const PROJECT: usize = 200_000;
const VOLUMES: usize = 2_000_000;
/// Voxels mapped at once, as in a slab.
const SLAB: usize = 1 << 20;

fn main() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1);
    pool.build_global().unwrap();
    let (train, voxels) = (vectors(FIT, 1), vectors(PROJECT, 2));
    let peers = peers(&train, &voxels);
    let options = GtmOptions {
        grid: 20,
        rbf: 5,
        iterations: 50,
        tolerance: 0.0,
        ..GtmOptions::default()
    };
    let (map, fit) = least(3, || fitted(&train, options));
    say("fit", fit, &peers, &[("ugtm_fit", 14.0)]);
    let slices: Vec<&[f32]> = voxels.iter().map(Vec::as_slice).collect();
    let (_, project) = least(5, || black_box(map.project(&slices)));
    let goals = [("ugtm_project", 8.0), ("numpy_project", 2.0)];
    say("project", project, &peers, &goals);

    let small = GtmOptions {
        iterations: 20,
        ..GtmOptions::default()
    };
    let map = fitted(&train, small);
    let part = |k: usize| -> Vec<Vec<f32>> {
        let rows = |c: &Vec<f32>| c.iter().skip(k).step_by(3).copied().collect();
        train.iter().map(rows).collect()
    };
    let density = |k: usize| {
        let columns = part(k);
        let slices: Vec<&[f32]> = columns.iter().map(Vec::as_slice).collect();
        map.density(&slices)
    };
    let facies = (0..3).map(|k| (k.to_string(), density(k))).collect();
    let ground = density(0).unwrap();
    let compare = Compare::Bhattacharyya;
    let facies = FaciesMap::new(&map, facies, &ground, compare, 0.0, 0.0).unwrap();
    let ((), volumes) = least(2, || {
        for _ in 0..VOLUMES / PROJECT {
            black_box(facies.map(&slices));
        }
    });
    println!(
        "all volumes of {VOLUMES} voxels, {SLAB} at most at once: {volumes:.2} CPU s (goal 1.5), peak {:.0} MiB",
        meter::peak()
    );
}

fn fitted(columns: &[Vec<f32>], options: GtmOptions) -> Gtm {
    let names: Vec<String> = (0..ATTRIBUTES).map(|j| format!("a{j}")).collect();
    let slices: Vec<&[f32]> = columns.iter().map(Vec::as_slice).collect();
    let mut fit = GtmFit::start(&names, &slices, true, options).unwrap();
    while fit.update(&Task::silent()).unwrap() {}
    fit.finish(&Task::silent()).unwrap()
}

/// Three clouds of correlated attributes, a column an attribute.
fn vectors(count: usize, seed: u64) -> Vec<Vec<f32>> {
    let mut rng = stream(seed, "bench", &[]);
    let mut columns = vec![Vec::new(); ATTRIBUTES];
    for i in 0..count {
        let (common, second) = (rng.normal(), rng.normal());
        for (j, column) in columns.iter_mut().enumerate() {
            let centre = [0.0, 2.0, -1.5][i % 3] * (1.0 + j as f64 / 5.0).sin();
            let along = 0.8 * common * (j as f64).cos() + 0.5 * second * (j as f64).sin();
            column.push((centre + along + 0.4 * rng.normal()) as f32);
        }
    }
    columns
}

fn say(what: &str, seconds: f64, peers: &BTreeMap<String, f64>, goals: &[(&str, f64)]) {
    println!("{what}: {seconds:.3} CPU s");
    for (peer, goal) in goals {
        if let Some(theirs) = peers.get(*peer) {
            println!(
                "  {theirs:.3} CPU s by {peer}: {:.1} times (goal {goal})",
                theirs / seconds
            );
        }
    }
}

/// The last value of several runs, and the least CPU seconds of one.
fn least<T>(times: usize, mut work: impl FnMut() -> T) -> (T, f64) {
    let mut once = || {
        let before = meter::cpu_seconds();
        let value = work();
        (value, meter::cpu_seconds() - before)
    };
    let (mut value, mut seconds) = once();
    for _ in 1..times {
        let next = once();
        (value, seconds) = (next.0, seconds.min(next.1));
    }
    (value, seconds)
}

/// CPU seconds of the peers; nothing without `OUTCROP_PEERS`.
fn peers(train: &[Vec<f32>], voxels: &[Vec<f32>]) -> BTreeMap<String, f64> {
    let Some(python) = meter::python() else {
        return BTreeMap::new();
    };
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, columns: &[Vec<f32>]| {
        let values = columns.iter().flatten().flat_map(|v| v.to_le_bytes());
        std::fs::write(folder.path().join(name), values.collect::<Vec<u8>>()).unwrap();
    };
    write("train.f32", train);
    write("voxels.f32", voxels);
    meter::ask(&python, "gtm_peers.py", folder.path())
}
