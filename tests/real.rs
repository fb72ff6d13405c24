//! The chain on a real survey (Penobscot, 8-bit), from the command line. The
//! data lie in the folder that `OUTCROP_TESTDATA` names.
#![allow(clippy::unwrap_used, clippy::panic)] // a test may fail

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use outcrop::io::{OpenOptions, open};

fn outcrop(arguments: &[&str]) -> serde_json::Value {
    let mut command = Command::cargo_bin("outcrop").unwrap();
    let output = command.args(arguments).arg("--json").output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

fn data() -> Option<PathBuf> {
    let folder = std::env::var_os("OUTCROP_TESTDATA").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: OUTCROP_TESTDATA is not set");
    }
    folder
}

/// A rectangle on each of three inlines.
fn polygons(folder: &Path, name: &str, boxes: [(i32, f64, f64, f64, f64); 3]) -> String {
    use std::fmt::Write;
    let mut text = format!("facies = \"{name}\"\n");
    for (inline, left, right, top, bottom) in boxes {
        let corners = [(left, top), (right, top), (right, bottom), (left, bottom)];
        writeln!(text, "polygon inline {inline}").unwrap();
        for (crossline, time) in corners {
            writeln!(text, "  {crossline} {time}").unwrap();
        }
        text.push_str("end\n");
    }
    let path = folder.join(format!("{name}.txt"));
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn three_facies_of_penobscot_become_a_class_volume_in_segy() {
    let Some(data) = data() else { return };
    let survey = data.join("penobscot_labelled/dev_full_seismic_int8.sgy");
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let part = [
        "--crosslines",
        "1100:1219",
        "--times",
        "400:2400",
        "--name",
        "penobscot",
        "--out",
        out,
    ];
    let made = outcrop(&[&["attributes3d", survey.to_str().unwrap()], &part[..]].concat());
    let volumes: Vec<String> = made["outputs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|o| o["path"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(volumes.len(), 12);
    for output in made["outputs"].as_array().unwrap() {
        let [live, nulls] = ["live", "nulls"].map(|key| output[key].as_f64().unwrap());
        let share = live / (live + nulls);
        println!(
            "{}: {:.2} % of the voxels",
            output["attribute"],
            100.0 * share
        );
        assert!(share >= 0.9, "{output}");
    }

    let files = [
        polygons(
            folder.path(),
            "quiet",
            [
                (1077, 1105.0, 1150.0, 560.0, 900.0),
                (1083, 1150.0, 1210.0, 560.0, 910.0),
                (1089, 1110.0, 1160.0, 570.0, 900.0),
            ],
        ),
        polygons(
            folder.path(),
            "layered",
            [
                (1077, 1150.0, 1210.0, 1200.0, 1500.0),
                (1083, 1105.0, 1150.0, 1500.0, 1900.0),
                (1089, 1150.0, 1200.0, 1300.0, 1700.0),
            ],
        ),
        polygons(
            folder.path(),
            "below",
            [
                (1077, 1105.0, 1150.0, 2080.0, 2380.0),
                (1083, 1150.0, 1210.0, 2080.0, 2380.0),
                (1089, 1110.0, 1170.0, 2080.0, 2380.0),
            ],
        ),
    ];
    let mut arguments = vec![
        "rfc3d",
        "--trees",
        "20",
        "--name",
        "penobscot",
        "--out",
        out,
        "--polygons",
    ];
    arguments.extend(files.iter().map(String::as_str));
    arguments.push("--volumes");
    arguments.extend(volumes.iter().map(String::as_str));
    let forest = outcrop(&arguments);
    let by_polygon: Vec<f64> = forest["grouped_cross_validation"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["mean"].as_f64().unwrap())
        .collect();
    println!(
        "rfc3d on Penobscot: accuracy on polygons left out {by_polygon:.3?} for 10, 20 and 40 trees"
    );
    assert!(
        by_polygon.iter().all(|a| *a > 0.45),
        "better than chance (1/3): {by_polygon:?}"
    );

    let classes = folder.path().join("rfc3d_classification_penobscot.sgy");
    let (input, output) = (
        open(&survey, &OpenOptions::default()).unwrap(),
        open(&classes, &OpenOptions::default()).unwrap(),
    );
    let (a, b) = (input.grid(), output.grid());
    assert_eq!(b.shape(), [18, 120, 501]);
    assert_eq!((b.inlines, b.spacing), (a.inlines, a.spacing));
    assert_eq!(
        (b.crosslines.first, b.samples.first, b.samples.step),
        (1100.0, 400.0, 4.0)
    );
    // Trace headers are those of the input, word by word, but for the trace's own numbers.
    let (from, to) = (
        std::fs::read(&survey).unwrap(),
        std::fs::read(&classes).unwrap(),
    );
    let (old, new) = (3600 + 100 * (240 + 1501), 3600);
    assert_eq!(
        from[old + 180..old + 196],
        to[new + 180..new + 196],
        "x, y, inline and crossline"
    );
}
