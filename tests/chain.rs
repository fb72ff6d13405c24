//! The whole chain on the demo survey, from the command line: attributes,
//! selection, forest, class volume; held against the truth volume.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test may fail

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use assert_cmd::Command;
use outcrop::io::{self, OpenOptions};
use serde_json::Value;

/// The demo survey, made once for all tests of this file.
fn demo() -> &'static Path {
    static DEMO: OnceLock<tempfile::TempDir> = OnceLock::new();
    DEMO.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        outcrop(&[
            "demo",
            folder.path().to_str().unwrap(),
            "--no-tui",
            "--force",
        ])
        .assert()
        .success();
        folder
    })
    .path()
}

fn outcrop(arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("outcrop").unwrap();
    command
        .args(arguments)
        .timeout(std::time::Duration::from_secs(600));
    command
}

fn json(arguments: &[&str]) -> Value {
    let output = outcrop(arguments).arg("--json").output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

fn session() -> String {
    demo().join("demo.ron").to_str().unwrap().to_owned()
}

fn read(path: &Path) -> (Vec<f32>, [usize; 3]) {
    let volume = io::open(path, &OpenOptions::default()).unwrap();
    let all = volume.grid().all();
    let mut samples = vec![0.0; all.len()];
    volume.read(&all, &mut samples).unwrap();
    (samples, all.shape())
}

/// Balanced accuracy of classes against the truth, `away` samples and more from
/// any boundary of the truth.
fn balanced_accuracy(
    classes: &[f32],
    truth: &[f32],
    shape: [usize; 3],
    away: isize,
) -> (f64, Vec<f64>) {
    let [ni, nx, nt] = shape;
    let at = |i: usize, x: usize, t: usize| truth[(i * nx + x) * nt + t];
    let mut right = [0usize; 4];
    let mut all = [0usize; 4];
    for i in 0..ni {
        for x in 0..nx {
            for t in 0..nt {
                let class = at(i, x, t);
                let near = |i2: isize, x2: isize, t2: isize| {
                    let inside = (0..ni as isize).contains(&i2)
                        && (0..nx as isize).contains(&x2)
                        && (0..nt as isize).contains(&t2);
                    inside && at(i2 as usize, x2 as usize, t2 as usize) != class
                };
                let (i0, x0, t0) = (i as isize, x as isize, t as isize);
                // Boundaries are surfaces: the six axes and the diagonals find them.
                let boundary = (1..away).any(|r| {
                    [-r, 0, r].iter().any(|&a| {
                        [-r, 0, r]
                            .iter()
                            .any(|&b| [-r, 0, r].iter().any(|&c| near(i0 + a, x0 + b, t0 + c)))
                    })
                });
                if !boundary {
                    all[class as usize] += 1;
                    right[class as usize] += usize::from(classes[(i * nx + x) * nt + t] == class);
                }
            }
        }
    }
    let recall: Vec<f64> = (1..4).map(|c| right[c] as f64 / all[c] as f64).collect();
    (recall.iter().sum::<f64>() / 3.0, recall)
}

fn numbers(value: &Value, key: &str) -> Vec<f64> {
    value[key]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["mean"].as_f64().unwrap())
        .collect()
}

/// Mean of an attribute over each facies of the truth, on some inlines.
fn means(attribute: &Path, truth: &Path, inlines: [f64; 2]) -> [f64; 3] {
    let (values, shape) = read(attribute);
    let volume = io::open(truth, &OpenOptions::default()).unwrap();
    let axis = volume.grid().inlines;
    let [from, to] = inlines.map(|inline| axis.index(inline).unwrap());
    let (truth, whole) = read(truth);
    assert_eq!(shape, [to - from + 1, whole[1], whole[2]]);
    let line = whole[1] * whole[2];
    let mut sums = [(0.0, 0usize); 4];
    for (value, class) in values.iter().zip(&truth[from * line..]) {
        if !value.is_nan() {
            let (sum, count) = &mut sums[*class as usize];
            *sum += f64::from(*value);
            *count += 1;
        }
    }
    [1, 2, 3].map(|class: usize| sums[class].0 / sums[class].1 as f64)
}

#[test]
fn attributes_order_the_facies_of_the_demo() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let amplitude = demo().join("amplitude.sgy");
    let found = json(&[
        "attributes3d",
        amplitude.to_str().unwrap(),
        "--attributes",
        "coherence,dip_deviation,glcm_entropy,coherent_energy,spectral_bandwidth",
        "--inlines",
        "1040:1055",
        "--out",
        out,
    ]);
    let outputs = found["outputs"].as_array().unwrap();
    let of = |n: usize| {
        let path = Path::new(outputs[n]["path"].as_str().unwrap());
        means(path, &demo().join("truth.sgy"), [1040.0, 1055.0])
    };
    // Layers are coherent, blocks less so, noise least.
    let [salt, mtd, background] = of(0);
    assert!(background > 0.95 && mtd < background - 0.05 && salt < mtd - 0.05);
    // Blocks dip every way, and are disordered along dip.
    let [_, mtd, background] = of(1);
    assert!(mtd > 2.0 * background, "{mtd} {background}");
    let [_, mtd, background] = of(2);
    assert!(mtd > background + 0.5, "{mtd} {background}");
    // Salt is weak.
    let [salt, mtd, background] = of(3);
    assert!(
        5.0 * salt < mtd.min(background),
        "{salt} {mtd} {background}"
    );
    // The white noise over everything is half as strong as the salt and widens its
    // spectra; without it they would be the narrowest.
    let [salt, mtd, background] = of(4);
    assert!(
        salt > mtd.max(background) + 5.0,
        "{salt} {mtd} {background}"
    );
}

#[test]
fn selection_and_forest_find_the_facies_of_the_demo() {
    let volumes = [
        "--volumes",
        "coherence",
        "coherent_energy",
        "glcm_entropy",
        "inline_dip",
        "spectral_bandwidth",
    ];
    let search = [
        "attribute_selection",
        "--session",
        &session(),
        "--max-voxels",
        "1500",
    ];
    let selection = json(&[&search[..], &volumes[..]].concat());
    assert_eq!(selection["combinations"], 31);
    let winner = selection["winner"]["held_out_balanced_accuracy"]
        .as_f64()
        .unwrap();
    println!(
        "attribute_selection: winner {} held out {winner:.3}",
        selection["winner"]["attributes"]
    );
    for name in ["knee", "best_validated"] {
        println!(
            "  {name} {} held out {}",
            selection[name]["attributes"], selection[name]["held_out_balanced_accuracy"]
        );
    }
    assert!(winner >= 0.85, "held-out balanced accuracy {winner}");
    let n = selection["facies"].as_array().unwrap().len();
    assert_eq!(n, 3);

    let forest = json(&["rfc3d", "--session", &session()]);
    let outputs: Vec<PathBuf> = forest["outputs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| PathBuf::from(p.as_str().unwrap()))
        .collect();
    let class_volume = outputs
        .iter()
        .find(|p| {
            p.file_name()
                .unwrap()
                .to_string_lossy()
                .starts_with("rfc3d_classification_")
        })
        .expect("a class volume");
    let (classes, shape) = read(class_volume);
    let (truth, _) = read(&demo().join("truth.sgy"));
    let (accuracy, recall) = balanced_accuracy(&classes, &truth, shape, 4);
    println!(
        "rfc3d: balanced accuracy {accuracy:.3} at least 4 samples from boundaries, recalls {recall:.3?}"
    );
    println!(
        "  folds by voxel {:.3?}",
        numbers(&forest, "cross_validation")
    );
    println!(
        "  folds by polygon {:.3?}",
        numbers(&forest, "grouped_cross_validation")
    );
    assert!(accuracy >= 0.85, "balanced accuracy {accuracy}");
    for attribute in forest["importance"].as_array().unwrap() {
        let name = attribute["attribute"].as_str().unwrap();
        assert!(
            !["inline", "crossline", "time"].contains(&name),
            "position is never an attribute"
        );
    }
}

#[test]
fn one_and_two_threads_give_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let run = |threads: &str| {
        let out = folder.path().join(threads);
        let out = out.to_str().unwrap();
        let amplitude = demo().join("amplitude.sgy");
        let part = [
            "--inlines",
            "1030:1045",
            "--name",
            "part",
            "--threads",
            threads,
            "--out",
            out,
        ];
        json(&[&["attributes3d", amplitude.to_str().unwrap()], &part[..]].concat());
        let name = [
            "--name",
            "part",
            "--threads",
            threads,
            "--out",
            out,
            "--trees",
            "20",
        ];
        let area = ["--inlines", "1030:1045"];
        json(&[&["rfc3d", "--session", &session()], &name[..], &area[..]].concat());
        let mut files: Vec<PathBuf> = std::fs::read_dir(out)
            .unwrap()
            .map(|e| e.unwrap().path())
            .filter(|p| p.is_file())
            .collect();
        files.sort();
        files
    };
    let (one, two) = (run("1"), run("2"));
    assert!(one.len() >= 7, "{one:?}");
    for (a, b) in one.iter().zip(&two) {
        assert_eq!(a.file_name(), b.file_name());
        assert!(
            std::fs::read(a).unwrap() == std::fs::read(b).unwrap(),
            "{} differs",
            a.display()
        );
    }
}

#[test]
fn training_volumes_teach_what_their_training_file_teaches() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap().to_owned();
    let made = json(&[
        "define_training_data",
        "--session",
        &session(),
        "--volumes",
        "coherence",
        "coherent_energy",
        "--aaspi",
        "--out",
        &out,
    ]);
    let file = made["training_file"].as_str().unwrap().to_owned();
    let outputs = made["outputs"].as_array().unwrap().iter();
    let paths = outputs.filter_map(|o| o.as_str().or(o["path"].as_str()));
    let volumes: Vec<&str> = paths
        .filter(|p| Path::new(p).extension().is_some_and(|e| e == "H"))
        .collect();
    assert_eq!(volumes.len(), 6, "three facies of two attributes: {made}");
    let search = [
        "attribute_selection",
        "--no-sem",
        "--models",
        "VVV",
        "--max-voxels",
        "500",
    ];
    let run = |name: &str, learn: &[&str]| {
        let out = folder.path().join(name);
        let out = ["--out", out.to_str().unwrap()];
        json(&[&search[..], learn, &out].concat())
    };
    let from_file = run("file", &["--training-file", &file]);
    let learn = [&["--training-volumes"], &volumes[..]].concat();
    let from_volumes = run("volumes", &learn);
    assert_eq!(from_volumes["combinations"], 3);
    let voxels = |found: &Value| -> Vec<u64> {
        let facies = found["facies"].as_array().unwrap().iter();
        facies.map(|f| f["voxels"].as_u64().unwrap()).collect()
    };
    assert_eq!(voxels(&from_volumes), voxels(&from_file));
    assert_eq!(
        from_volumes["best_per_size"][1]["attributes"],
        from_file["best_per_size"][1]["attributes"]
    );
}

#[test]
fn the_map_finds_the_facies_of_the_demo_with_and_without_the_filter() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let session = session();
    let common = [
        "gtm3d",
        "--session",
        &session,
        "--max-vectors",
        "8000",
        "--out",
        out,
    ];
    let products = ["--products", "class,probability"];
    let (truth, shape) = read(&demo().join("truth.sgy"));
    let plain = json(&[&common[..], &products, &["--name", "plain"]].concat());
    // The same, after kuwahara3d in a run of its own.
    let filter = ["--name", "filtered", "--kuwahara"];
    let filtered = json(&[&common[..], &products, &filter].concat());
    let names = filtered["attributes"].as_array().unwrap();
    assert!(
        names
            .iter()
            .all(|n| n.as_str().unwrap().starts_with("kuwahara_"))
    );
    for found in [&plain, &filtered] {
        let path = PathBuf::from(found["class_volume"].as_str().unwrap());
        let (classes, _) = read(&path);
        let (accuracy, recall) = balanced_accuracy(&classes, &truth, shape, 4);
        let judged = &found["validation"]["classifiers"];
        println!(
            "gtm3d: balanced accuracy {accuracy:.3} at least 4 samples from boundaries, recalls {recall:.3?}; polygons left out {} (rfc3d {})",
            judged[0]["balanced_accuracy"], judged[1]["balanced_accuracy"]
        );
        assert!(accuracy >= 0.75, "{accuracy}");
        let log = found["log_likelihood"].as_array().unwrap();
        assert!(log.last().unwrap().as_f64() > log[0].as_f64());
        assert_eq!(found["facies"].as_array().unwrap().len(), 3);
        let volume = found["facies"][1]["probability_volume"].as_str().unwrap();
        assert!(Path::new(volume).is_file(), "{volume}");
    }

    // The model of the first run, on a part of the survey, and a refusal by name.
    let model = plain["model"].as_str().unwrap();
    let part = ["--model", model, "--inlines", "1030:1032", "--name", "part"];
    let again = json(&[&common[..], &products, &part].concat());
    assert_eq!(again["beta"], plain["beta"]);
    let fewer = ["--volumes", "coherence", "--name", "fewer"];
    let refused = outcrop(&[&common[..], &part[..4], &fewer].concat())
        .output()
        .unwrap();
    assert!(!refused.status.success());
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(told.contains("the model was fitted to"), "{told}");
}
