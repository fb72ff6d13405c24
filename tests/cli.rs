//! The command line: exit codes, messages that say what to try, files in and out.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test may fail

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use outcrop::io::{OpenOptions, SampleKind, VolumeWriter, open};
use outcrop::model::{Axis, Grid, Recipe, SampleUnit, Spacing};
use predicates::prelude::*;

fn outcrop() -> Command {
    let mut command = Command::cargo_bin("outcrop").unwrap();
    command.timeout(std::time::Duration::from_secs(120));
    command
}

fn grid(inlines: usize) -> Grid {
    Grid {
        inlines: Axis::new(100.0, 1.0, inlines),
        crosslines: Axis::new(300.0, 1.0, 14),
        samples: Axis::new(0.0, 4.0, 60),
        unit: SampleUnit::Milliseconds,
        spacing: Some(Spacing {
            inline: 25.0,
            crossline: 25.0,
        }),
    }
}

/// A small volume of layers with a little noise.
fn volume(folder: &Path, name: &str, inlines: usize) -> PathBuf {
    let path = folder.join(name);
    let grid = grid(inlines);
    let recipe = Recipe {
        module: "test".into(),
        version: "0".into(),
        request: "0".into(),
    };
    let writer = VolumeWriter::fresh(&path, &grid, SampleKind::Continuous, &recipe, true).unwrap();
    let mut rng = outcrop::task::stream(1, "cli test", &[]);
    let samples: Vec<f32> = (0..grid.len())
        .map(|i| ((i % 60) as f32 * 0.7).sin() + 0.1 * rng.normal() as f32)
        .collect();
    writer.write(&grid.all(), &samples).unwrap();
    writer.finish().unwrap();
    path
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn usage_errors_leave_with_2_and_failures_with_1() {
    outcrop().arg("--no-such-option").assert().code(2);
    outcrop().args(["rfc3d", "--trees"]).assert().code(2);
    outcrop()
        .args(["info", "/no/such/file.sgy"])
        .assert()
        .code(1)
        .stderr(predicate::str::contains("/no/such/file.sgy"));
    outcrop()
        .arg("--help")
        .assert()
        .code(0)
        .stdout(predicate::str::contains("attribute_selection"));
}

#[test]
fn hyphens_are_accepted_for_underscores() {
    outcrop()
        .args(["attribute-selection", "--help"])
        .assert()
        .code(0)
        .stdout(predicate::str::contains("--max-clusters"));
}

#[test]
fn bad_volumes_are_told_by_name_and_leave_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let junk = folder.path().join("junk.sgy");
    std::fs::write(&junk, vec![7u8; 9000]).unwrap();
    let whole = volume(folder.path(), "whole.sgy", 8);
    let cut = folder.path().join("cut.sgy");
    let bytes = std::fs::read(&whole).unwrap();
    std::fs::write(&cut, &bytes[..3000]).unwrap();
    for bad in [&junk, &cut] {
        let out = folder.path().join("out");
        outcrop()
            .args(["attributes3d", text(bad), "--out", text(&out)])
            .assert()
            .code(1)
            .stderr(predicate::str::contains(text(bad)));
        let left = std::fs::read_dir(out.join("outcrop.runs")).map_or(0, Iterator::count);
        assert_eq!(left, 0, "a refused request leaves no run directory");
    }
}

#[test]
fn volumes_on_different_grids_are_refused_with_the_difference() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (
        volume(folder.path(), "a.sgy", 8),
        volume(folder.path(), "b.sgy", 9),
    );
    let polygons = |name: &str, t: f64| {
        let path = folder.path().join(format!("{name}.txt"));
        let body = format!(
            "facies = \"{name}\"\npolygon inline 103\n 301 {t}\n 311 {t}\n 311 {}\n 301 {}\nend\n",
            t + 40.0,
            t + 40.0
        );
        std::fs::write(&path, body).unwrap();
        path
    };
    let (salt, mtd) = (polygons("salt", 10.0), polygons("mtd", 120.0));
    outcrop()
        .args([
            "rfc3d",
            "--polygons",
            text(&salt),
            text(&mtd),
            "--volumes",
            text(&a),
            text(&b),
        ])
        .args(["--out", text(&folder.path().join("out"))])
        .assert()
        .code(1)
        .stderr(
            predicate::str::contains("different grids").and(predicate::str::contains("inlines")),
        );
}

#[test]
fn a_range_outside_the_volume_names_the_one_that_would_do() {
    let folder = tempfile::tempdir().unwrap();
    let a = volume(folder.path(), "a.sgy", 8);
    outcrop()
        .args([
            "attributes3d",
            text(&a),
            "--times",
            "0:9999",
            "--out",
            text(folder.path()),
        ])
        .assert()
        .code(1)
        .stderr(predicate::str::contains("try 0:236"));
}

#[test]
fn outputs_that_exist_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let a = volume(folder.path(), "a.sgy", 8);
    let run = |more: &[&str]| {
        outcrop()
            .args([
                "attributes3d",
                text(&a),
                "--attributes",
                "coherence",
                "--name",
                "x",
                "--out",
                text(folder.path()),
            ])
            .args(more)
            .assert()
    };
    run(&[]).code(0);
    let made = folder.path().join("coherence_x.sgy");
    let bytes = std::fs::read(&made).unwrap();
    let again = "run 1 made this already";
    run(&["--threads", "1"])
        .code(0)
        .stderr(predicate::str::contains(again));
    run(&["--half-height", "3"])
        .code(1)
        .stderr(predicate::str::contains("--force"));
    assert!(
        std::fs::read(&made).unwrap() == bytes,
        "refused means untouched"
    );
    run(&["--half-height", "3", "--force"]).code(0);
    assert!(std::fs::read(&made).unwrap() != bytes);
    // What run 1 made is gone.
    run(&[]).code(1).stderr(predicate::str::contains("--force"));
    assert!(!folder.path().join("coherence_x.sgy.partial").exists());
}

#[test]
fn sub_volumes_with_steps_are_the_same_samples() {
    let folder = tempfile::tempdir().unwrap();
    let a = volume(folder.path(), "a.sgy", 8);
    let part = folder.path().join("part.npy");
    outcrop()
        .args([
            "convert",
            text(&a),
            text(&part),
            "--inlines",
            "101:107:2",
            "--times",
            "40:80",
        ])
        .assert()
        .code(0);
    let (whole, part) = (
        open(&a, &OpenOptions::default()).unwrap(),
        open(&part, &OpenOptions::default()).unwrap(),
    );
    assert_eq!(part.grid().shape(), [4, 14, 11]);
    let read = |v: &dyn outcrop::io::Volume, block| {
        let mut out = vec![0.0; outcrop::model::Block::len(&block)];
        v.read(&block, &mut out).unwrap();
        out
    };
    let mut block = whole.grid().all();
    block.inlines = outcrop::model::Pick {
        start: 1,
        step: 2,
        count: 4,
    };
    block.samples = outcrop::model::Pick::range(10, 21);
    assert_eq!(
        read(whole.as_ref(), block),
        read(part.as_ref(), part.grid().all())
    );
}

#[test]
fn info_and_view_print_facts_and_slices() {
    let folder = tempfile::tempdir().unwrap();
    let a = volume(folder.path(), "a.sgy", 8);
    let output = outcrop()
        .args(["info", text(&a), "--json"])
        .output()
        .unwrap();
    let facts: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(facts["is_cube"], true);
    assert_eq!(facts["inlines"]["count"], 8);
    assert_eq!(facts["samples"]["unit"], "ms");
    assert_eq!(facts["exact"], true);
    outcrop()
        .args(["view", text(&a), "--inline", "103", "--ascii"])
        .assert()
        .code(0)
        .stdout(predicate::str::contains("crossline"));
    outcrop()
        .args(["view", text(&a), "--inline", "999"])
        .assert()
        .code(1)
        .stderr(predicate::str::contains("100 to 107"));
    let png = folder.path().join("slice.png");
    outcrop()
        .args(["view", text(&a), "--time", "40", "--png", text(&png)])
        .assert()
        .code(0);
    assert_eq!(&std::fs::read(&png).unwrap()[1..4], b"PNG");
    let npy = folder.path().join("slice.npy");
    outcrop()
        .args(["view", text(&a), "--time", "40", "--npy", text(&npy)])
        .assert()
        .code(0);
    assert_eq!(std::fs::metadata(&npy).unwrap().len(), 128 + 8 * 14 * 4);
}

/// Width and height of a PNG, from its header.
fn size_of_png(path: &Path) -> (u32, u32) {
    let bytes = std::fs::read(path).unwrap();
    let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

#[test]
fn a_viewed_slice_becomes_a_picture_with_or_without_its_frame() {
    let folder = tempfile::tempdir().unwrap();
    let a = volume(folder.path(), "a.sgy", 8);
    let (framed, bare) = (
        folder.path().join("framed.png"),
        folder.path().join("bare.png"),
    );
    let polygons = folder.path().join("salt.txt");
    let ring = " 302 40\n 310 40\n 310 120\n";
    let text_of = format!(
        "facies = \"salt\"\npolygon inline 103\n{ring}end\npolygon inline 104\n{ring}end\n"
    );
    std::fs::write(&polygons, text_of).unwrap();
    let view = |more: &[&str]| {
        let output = outcrop()
            .args(["view", text(&a), "--inline", "103", "--json"])
            .args(more)
            .output()
            .unwrap();
        assert!(output.status.success());
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()
    };
    let facts = view(&["--png", text(&framed), "--polygons", text(&polygons)]);
    assert_eq!(facts["direction"], "inline");
    assert_eq!(facts["samples"], serde_json::json!([14, 60]));
    assert_eq!(
        facts["polygons"], 1,
        "that of the other inline is not on it"
    );
    assert_eq!(facts["outputs"], serde_json::json!([text(&framed)]));
    let facts = view(&["--png", text(&bare), "--no-frame", "--clip=-2,2"]);
    assert_eq!(facts["clip"], serde_json::json!([-2.0, 2.0]));
    // Every sample is 15 pixels wide and high; the frame comes on top.
    assert_eq!(size_of_png(&bare), (14 * 15, 60 * 15));
    let (width, height) = size_of_png(&framed);
    assert!(width > 14 * 15 && height > 60 * 15);
    // The polygon is drawn: the same picture without it is another file.
    let plain = folder.path().join("plain.png");
    view(&["--png", text(&plain)]);
    assert_ne!(
        std::fs::read(&framed).unwrap(),
        std::fs::read(&plain).unwrap()
    );
    let csv = folder.path().join("slice.csv");
    view(&["--csv", text(&csv)]);
    let table = std::fs::read_to_string(&csv).unwrap();
    assert!(table.starts_with("crossline\\ms,0,4,8"));
    assert_eq!(table.lines().count(), 15);
    outcrop()
        .args(["view", text(&a), "--inline", "103", "--clip", "2,-2"])
        .assert()
        .code(2)
        .stderr(predicate::str::contains("the lower first"));
    outcrop()
        .args(["view", text(&a), "--no-frame"])
        .assert()
        .code(2);
}

#[test]
fn view_shows_sections_along_a_line_and_maps_along_a_horizon() {
    let folder = tempfile::tempdir().unwrap();
    let a = volume(folder.path(), "a.sgy", 8);
    let whole = open(&a, &OpenOptions::default()).unwrap();
    let mut samples = vec![0.0f32; whole.grid().len()];
    whole.read(&whole.grid().all(), &mut samples).unwrap();
    let sample = |i: usize, x: usize, t: usize| samples[(i * 14 + x) * 60 + t];
    let npy = folder.path().join("cut.npy");
    let view = |more: &[&str]| {
        let output = outcrop()
            .args(["view", text(&a)])
            .args(more)
            .args(["--json", "--npy", text(&npy)])
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let bytes = std::fs::read(&npy).unwrap();
        let values: Vec<f32> = (bytes[128..].chunks_exact(4))
            .map(|b| f32::from_le_bytes(b.try_into().unwrap()))
            .collect();
        let facts: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        (facts, values)
    };
    let (facts, values) = view(&["--section", "100,300", "103,303", "103,310"]);
    assert_eq!(facts["direction"], "section");
    let bends: Vec<usize> = serde_json::from_value(facts["bends"].clone()).unwrap();
    let traces = facts["samples"][0].as_u64().unwrap() as usize;
    assert_eq!((bends[0], bends[2]), (0, traces - 1));
    assert_eq!(values.len(), traces * 60);
    assert_eq!(values[bends[1] * 60 + 20], sample(3, 3, 20));
    assert_eq!(values[(traces - 1) * 60 + 59], sample(3, 10, 59));
    // Times in seconds, a hole, an offset of two samples.
    let picks = folder.path().join("top.txt");
    let mut rows = String::new();
    for i in 100..108 {
        for x in 300..314 {
            let time = if (i, x) == (102, 305) {
                1e30
            } else {
                0.04 + 0.004 * f64::from(x - 300)
            };
            writeln!(rows, "{i}\t{x}\t{time}").unwrap();
        }
    }
    std::fs::write(&picks, rows).unwrap();
    let (facts, values) = view(&["--horizon", text(&picks), "--offset", "8"]);
    assert_eq!(
        (&facts["direction"], &facts["number"]),
        (&"horizon".into(), &8.0.into())
    );
    assert_eq!(facts["nulls"], 1);
    assert_eq!(values[5 * 14 + 7], sample(5, 7, 10 + 7 + 2));
    assert!(values[2 * 14 + 5].is_nan());
    let png = folder.path().join("map.png");
    view(&["--horizon", text(&picks), "--png", text(&png)]);
    assert!(size_of_png(&png).0 > 900);
    outcrop()
        .args(["view", text(&a), "--section", "100,300", "200,300"])
        .assert()
        .code(1)
        .stderr(predicate::str::contains("100,300 to 107,313"));
    outcrop()
        .args(["view", text(&a), "--horizon", text(&a)])
        .assert()
        .code(1)
        .stderr(predicate::str::contains("a.sgy"));
}

#[test]
fn the_workbench_refuses_to_start_without_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let a = volume(folder.path(), "a.sgy", 8);
    outcrop()
        .arg(text(&a))
        .assert()
        .code(1)
        .stderr(predicate::str::contains("view"));
    assert!(!folder.path().join("a.ron").exists());
}

#[test]
fn a_session_of_a_newer_version_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new.ron");
    std::fs::write(&path, "(version: 99, project: \"x\", colour_of_time: 3)").unwrap();
    outcrop()
        .args(["rfc3d", "--session", text(&path)])
        .assert()
        .code(1)
        .stderr(predicate::str::contains("99"));
}

#[test]
fn rows_at_polygons_are_ranked_where_there_are_no_volumes() {
    let folder = tempfile::tempdir().unwrap();
    let _ = volume(folder.path(), "amplitude.sgy", 8);
    let session = folder.path().join("small.ron");
    let write = |lower: f64| {
        let polygon = |id: &str, facies: &str, inline: u32, top: f64, base: f64| {
            format!(
                "(id: \"{id}\", facies: \"{facies}\", slice: Inline({inline}), vertices: [(302.0, {top:.1}), (311.0, {top:.1}), (311.0, {base:.1}), (302.0, {base:.1})])"
            )
        };
        let polygons = [
            polygon("aaaaaaaa", "upper", 102, 20.0, 90.0),
            polygon("bbbbbbbb", "upper", 105, 20.0, 90.0),
            polygon("cccccccc", "lower", 102, lower, lower + 70.0),
            polygon("dddddddd", "lower", 105, lower, lower + 70.0),
        ];
        let text = format!(
            "(version: 1, project: \"small\", facies: [(name: \"upper\", colour: 1), (name: \"lower\", colour: 2)], volumes: [(name: \"amplitude\", path: \"amplitude.sgy\", role: Amplitude)], polygons: [{}])",
            polygons.join(", ")
        );
        std::fs::write(&session, text).unwrap();
    };
    write(140.0);
    let run = |module: &str, more: &[&str]| {
        let mut command = outcrop();
        command
            .args([module, "--session", text(&session)])
            .args(more);
        command.assert()
    };
    run("attribute_selection", &[])
        .code(1)
        .stderr(predicate::str::contains("has no attribute volumes"));
    run("attributes3d", &["--at", "polygons"]).code(0);
    let quick = ["--no-sem", "--resamples", "0", "--models", "VVV", "--json"];
    let found = run("attribute_selection", &quick)
        .code(0)
        .stderr(predicate::str::contains(
            "the rows of run 1 are learnt from",
        ));
    let found: serde_json::Value = serde_json::from_slice(&found.get_output().stdout).unwrap();
    // Ten candidates: no dips.
    assert_eq!(found["attributes"].as_array().unwrap().len(), 10, "{found}");
    // Rows of other polygons are none of this session's.
    write(150.0);
    run("attribute_selection", &["--force"])
        .code(1)
        .stderr(predicate::str::contains("has no attribute volumes"));
}
