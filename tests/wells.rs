//! Learning from wells, from files to results.
#![allow(clippy::unwrap_used)] // a test may fail

use std::fmt::Write as _;
use std::path::Path;
use std::process::Output;

/// 12 inlines, 10 crosslines, 100 samples of 1 ms: an attribute that steps at 50 ms,
/// with a little of each place in it, and one that tells nothing.
fn write_volumes(folder: &Path) {
    let volume = |name: &str, value: fn(usize, usize, usize) -> f32| {
        let mut head =
            "{'descr': '<f4', 'fortran_order': False, 'shape': (12, 10, 100), }".to_owned();
        while !(10 + head.len() + 1).is_multiple_of(64) {
            head.push(' ');
        }
        head.push('\n');
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((head.len() as u16).to_le_bytes());
        bytes.extend(head.as_bytes());
        for i in 0..12 {
            for x in 0..10 {
                for t in 0..100 {
                    bytes.extend(value(i, x, t).to_le_bytes());
                }
            }
        }
        std::fs::write(folder.join(name), bytes).unwrap();
    };
    volume("steps.npy", |i, x, t| {
        (if t < 50 { 0.0 } else { 10.0 }) + ((i * 7 + x * 3 + t) % 5) as f32 * 0.1
    });
    volume("idle.npy", |i, x, t| {
        ((i * 31 + x * 17 + t * 13) % 97) as f32
    });
}

/// A vertical well whose porosity steps at 50 ms; depth is twice the time.
fn write_well(folder: &Path, name: &str, place: &str) {
    let mut las =
        "~V\nVERS. 2.0:\nWRAP. NO:\n~W\nNULL. -999.25:\n~C\nDEPT.M:\nPHIE.V/V:\nGR.API:\n~A\n"
            .to_owned();
    for k in 0..200 {
        let (depth, phi) = (f64::from(k), if k < 100 { 0.05 } else { 0.25 });
        let phi = if k % 40 == 7 { -999.25 } else { phi };
        writeln!(las, "{depth} {phi} {}", 40 + k).unwrap();
    }
    std::fs::write(folder.join(format!("{name}.las")), las).unwrap();
    std::fs::write(folder.join(format!("{name}.path.txt")), place).unwrap();
    let times = "depth time\n0 0\n100 50\n200 100\n";
    std::fs::write(folder.join(format!("{name}.times.txt")), times).unwrap();
}

fn outcrop(folder: &Path, words: &str) -> Output {
    let words = words.split_whitespace();
    let mut command = assert_cmd::Command::cargo_bin("outcrop").unwrap();
    command.current_dir(folder).args(words).output().unwrap()
}

fn json(output: &Output) -> serde_json::Value {
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn survey() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_volumes(folder.path());
    for (name, place) in [
        ("a1", "2 3\n"),
        ("b2", "inline crossline\n9 6\n"),
        ("c3", "5 8\n"),
    ] {
        write_well(folder.path(), name, place);
    }
    folder
}

const WELLS: &str =
    "--wells a1.las b2.las c3.las --log phie --cutoffs 0.1 --volumes steps.npy idle.npy";

#[test]
fn training_rows_are_the_samples_of_the_wells() {
    let folder = survey();
    let words = format!("define_training_data {WELLS} --min-purity 0.5 --name w --out out --json");
    let told = json(&outcrop(folder.path(), &words));
    // A sample each millisecond, from two log values: one null leaves the other.
    assert_eq!(told["facies"][0]["name"], "phie below 0.1");
    assert_eq!(told["facies"][0]["voxels"], 150);
    assert_eq!(told["facies"][1]["voxels"], 150);
    assert_eq!(told["facies"][1]["polygons"], 3);
    let out = folder.path().join("out");
    let rows = std::fs::read_to_string(out.join("training_w.txt")).unwrap();
    let row = |text: &str| {
        rows.lines()
            .find(|l| l.starts_with(text))
            .unwrap()
            .to_owned()
    };
    // The class changes at the first sample with t >= 50 ms.
    assert!(row("2 3 0.049 ").ends_with(" 1") && row("2 3 0.05 ").ends_with(" 2"));
    let groups = std::fs::read_to_string(out.join("training_w.groups.txt")).unwrap();
    let of = |well: &str| groups.lines().filter(|l| *l == well).count();
    assert_eq!([of("a1"), of("b2"), of("c3")], [100; 3]);
}

#[test]
fn a_forest_learns_from_wells_and_is_judged_by_well() {
    let folder = survey();
    let words = format!("rfc3d {WELLS} --radius 1 --trees 10 --name w --json");
    let told = json(&outcrop(folder.path(), &words));
    let grouped = told["grouped_cross_validation"].as_array().unwrap();
    let best = grouped.iter().map(|c| c["mean"].as_f64().unwrap());
    assert!(best.fold(0.0, f64::max) > 0.99, "{told}");
    assert_eq!(told["importance"][0]["attribute"], "steps");
    // The run tells how to ask for it again.
    let run = ::outcrop::runs::list(&folder.path().join("outcrop.runs")).remove(0);
    let again = run.request.command_line();
    let wells = "--wells a1.las b2.las c3.las --log phie --cutoffs 0.1 --radius 1 --volumes";
    assert!(again.contains(wells), "{again}");
    let words = format!("gtm3d {WELLS} --radius 1 --name g --json");
    let told = json(&outcrop(folder.path(), &words));
    assert_eq!(told["facies"].as_array().unwrap().len(), 2);
    let words = format!("attribute_selection {WELLS} --radius 2 --name s --json");
    let told = json(&outcrop(folder.path(), &words));
    assert_eq!(told["knee"]["attributes"][0], "steps");
}

#[test]
fn wells_that_cannot_be_learnt_from_are_told() {
    let folder = survey();
    let error = |words: &str| {
        let output = outcrop(folder.path(), words);
        assert!(!output.status.success(), "{words}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let without = error("rfc3d --wells a1.las --volumes steps.npy");
    assert!(without.contains("--log: PHIE, GR"), "{without}");
    let codes = error("rfc3d --wells a1.las --log phie --volumes steps.npy");
    assert!(codes.contains("give cut-offs with --cutoffs"), "{codes}");
    let alone = error("rfc3d --wells a1.las --log phie --cutoffs 0.1");
    assert!(alone.contains("--volumes"), "{alone}");
    std::fs::write(folder.path().join("a1.times.txt"), "0 0\n50 30\n100 20\n").unwrap();
    let folded = error("rfc3d --wells a1.las --log phie --cutoffs 0.1 --volumes steps.npy");
    assert!(folded.contains("a1.times.txt: line 3"), "{folded}");
}
