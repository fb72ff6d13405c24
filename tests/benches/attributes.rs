//! CPU seconds of the attributes and of the Kuwahara filter on 200^3 samples, one
//! thread and two, with the peak of memory; beside them, the same by the Python
//! programs that people use.
//!
//! ```text
//! cargo bench --bench attributes                                   ours alone
//! OUTCROP_PEERS=venv/bin/python cargo bench --bench attributes     and the peers
//! ```
//!
//! The peers (`attributes_peers.py` beside this file) need numpy, scipy,
//! scikit-image and bruges; they read the volume that is made here. Each kernel
//! has a process of its own, for its peak. No harness: CPU seconds are wanted,
//! which do not depend on what else the machine does as much as wall time does.
#![allow(clippy::unwrap_used)] // a bench that cannot work stops

#[path = "meter/mod.rs"]
mod meter;

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use ndarray::{Array3, Axis, s};
use outcrop::attributes::{
    Attribute, AttributeOptions, Cell, KuwaharaOptions, Layer, Slab, Spread, Statistics, compute,
    halo, kuwahara,
};
use outcrop::task::{Cancel, Task, stream};
use rayon::prelude::*;

const SIDE: usize = 200;
const VOXELS: f64 = (SIDE * SIDE * SIDE) as f64;
/// Inlines of a slab, as the module takes them.
const SLAB: usize = 32;

/// What is measured, and the peers' names of it with the ratios aimed at.
const MEASURED: &[(&str, &[(&str, f64)])] = &[
    ("kuwahara", &[("kuwahara", 25.0), ("box_filters", 1.0)]),
    ("inline_dip,crossline_dip", &[("structure_tensor", 20.0)]),
    (
        "inline_dip,crossline_dip in one slab",
        &[("structure_tensor", 20.0)],
    ),
    ("coherence", &[("coherence", 100.0)]),
    (
        "spectral_bandwidth,spectral_roughness",
        &[("spectra", 20.0)],
    ),
    ("glcm_entropy,glcm_variance", &[("glcm", 200.0)]),
    ("dip_deviation", &[]),
    ("energy_deviation,dip_energy_covariance", &[]),
    ("reflector_convergence", &[]),
    (
        "envelope,instantaneous_frequency,rms_amplitude,sweetness",
        &[],
    ),
    ("all", &[]),
];

fn main() {
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|w| w != "--bench")
        .collect();
    if let [one, path, what, threads] = &words[..]
        && one == "one"
    {
        return measure(Path::new(path), what, threads.parse().unwrap());
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("volume.f32");
    let volume = layers();
    let bytes: Vec<u8> = volume.iter().flat_map(|v| v.to_le_bytes()).collect();
    std::fs::write(&path, bytes).unwrap();
    let peers = peers(&path);
    println!("{SIDE}^3 samples of 4 bytes: 30.5 MiB; the peak holds the volume, slabs and answers");
    for (what, compared) in MEASURED {
        let [cpu, wall, peak, gap] = run(&path, what, 1);
        let [_, two, ..] = run(&path, what, 2);
        println!("\n{what}");
        println!(
            "  {cpu:>8.2} CPU s, {:.3} us a voxel, peak {peak:.0} MiB",
            cpu / VOXELS * 1e6
        );
        println!(
            "  {:>8.2} times as fast on two threads; a wish to stop is looked for every {:.0} ms at least",
            wall / two,
            gap * 1000.0
        );
        for (peer, goal) in *compared {
            if let Some(seconds) = peers.get(*peer) {
                let ratio = seconds / cpu;
                println!(
                    "  {seconds:>8.2} CPU s by {peer} of the peer: {ratio:.1} times (goal {goal})"
                );
            }
        }
    }
}

/// Dipping layers, faults and noise.
fn layers() -> Array3<f32> {
    let mut rng = stream(1, "bench", &[]);
    Array3::from_shape_fn((SIDE, SIDE, SIDE), |(y, x, t)| {
        let throw = if x + y / 3 > 120 { 7.0 } else { 0.0 };
        let depth = t as f64 - 0.3 * x as f64 + 0.1 * y as f64 - throw;
        let layers = (0.5 * depth).sin() + 0.6 * (0.23 * depth).cos();
        (layers + 0.3 * rng.normal()) as f32
    })
}

/// CPU seconds, wall seconds, peak in MiB, and the longest time in seconds between two
/// looks at the flag that stops it, of one kernel in a process of its own.
fn run(path: &Path, what: &str, threads: usize) -> [f64; 4] {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["one", path.to_str().unwrap(), what, &threads.to_string()])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let numbers: Vec<f64> = text
        .split_whitespace()
        .map(|w| w.parse().unwrap())
        .collect();
    numbers.try_into().unwrap()
}

fn measure(path: &Path, what: &str, threads: usize) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
    pool.build_global().unwrap();
    let bytes = std::fs::read(path).unwrap();
    let values = bytes
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes(b.try_into().unwrap()));
    let volume = Array3::from_shape_vec((SIDE, SIDE, SIDE), values.collect()).unwrap();
    drop(bytes);
    let watch = Watch::default();
    let task = Task::new(Task::silent().progress, &watch);
    let (began, before) = (Instant::now(), meter::cpu_seconds());
    if what == "kuwahara" {
        filter(&volume, &task);
    } else if let Some(what) = what.strip_suffix(" in one slab") {
        attributes(&volume, what, SIDE, &task);
    } else {
        attributes(&volume, what, SLAB, &task);
    }
    let (wall, cpu) = (began.elapsed().as_secs_f64(), meter::cpu_seconds() - before);
    let gap = watch.0.lock().unwrap().1.as_secs_f64();
    println!("{cpu} {wall} {} {gap}", meter::peak());
}

/// A flag that is never raised: the last time that it was looked at, and the longest
/// time between two looks.
struct Watch(Mutex<(Instant, Duration)>);

impl Default for Watch {
    fn default() -> Self {
        Self(Mutex::new((Instant::now(), Duration::ZERO)))
    }
}

impl Cancel for Watch {
    fn cancelled(&self) -> bool {
        let mut looks = self.0.lock().unwrap();
        let now = Instant::now();
        *looks = (now, looks.1.max(now - looks.0));
        false
    }
}

/// The least variable of 125 windows of 5^3 around each voxel.
fn filter(volume: &Array3<f32>, task: &Task) {
    let lines = volume.axis_iter(Axis(0)).into_par_iter();
    let spread: Spread = lines
        .map(Spread::of_line)
        .collect::<Vec<_>>()
        .into_iter()
        .sum();
    let options = KuwaharaOptions {
        half_sizes: vec![[2, 2, 2]],
        ..KuwaharaOptions::default()
    };
    let layer = Layer {
        data: volume.view(),
        spread,
    };
    black_box(kuwahara(&[layer], None, 0..SIDE, &options, task).unwrap());
}

/// Slab after slab, as a run does it; the answers are dropped.
fn attributes(volume: &Array3<f32>, what: &str, height: usize, task: &Task) {
    let wanted: Vec<Attribute> = if what == "all" {
        Attribute::standard().collect()
    } else {
        what.split(',')
            .map(|name| Attribute::named(name).unwrap())
            .collect()
    };
    let options = AttributeOptions::default();
    let cell = Cell {
        interval: 0.004,
        step: 0.004,
        depth: 6.0,
        crossline: 25.0,
        inline: 25.0,
    };
    let lines = volume.axis_iter(Axis(0)).into_par_iter();
    let statistics: Vec<_> = lines.map(Statistics::of_line).collect();
    let statistics = statistics.into_iter().sum();
    let reach = halo(&wanted, &options);
    for from in (0..SIDE).step_by(height) {
        let to = (from + height).min(SIDE);
        let (low, high) = (from.saturating_sub(reach), (to + reach).min(SIDE));
        let part = volume.slice(s![low..high, .., ..]);
        let slab = Slab::new(&part, from - low..to - low, cell).unwrap();
        black_box(compute(&slab, &wanted, &options, &statistics, task).unwrap());
    }
}

/// CPU seconds of 200^3 voxels by each peer; nothing without `OUTCROP_PEERS`.
fn peers(path: &Path) -> BTreeMap<String, f64> {
    let Some(python) = meter::python() else {
        return BTreeMap::new();
    };
    meter::ask(&python, "attributes_peers.py", path)
}
