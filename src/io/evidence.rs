//! Tests on real files, where they are present: every file opens or is refused
//! with a message, and what it holds agrees with other readers.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::open::{Opened, recognise};
use super::segy::{Effort, SegyFile};
use super::{Facts, OpenOptions, SampleKind, Volume, VolumeWriter, open};
use crate::model::{Block, Grid, Pick, Recipe};
use crate::task::Task;

/// The folder with test data, or a word that the test is skipped.
pub(super) fn data() -> Option<PathBuf> {
    let folder = std::env::var_os("OUTCROP_TESTDATA").map(PathBuf::from);
    if folder.is_none() {
        println!("OUTCROP_TESTDATA is not set: skipped");
    }
    folder
}

pub(super) fn recipe() -> Recipe {
    Recipe {
        module: "test".into(),
        version: "0.1.0".into(),
        request: "0123456789ab".into(),
    }
}

pub(super) fn read_all(volume: &dyn Volume) -> Vec<f32> {
    let mut out = vec![0.0; volume.grid().len()];
    volume.read(&volume.grid().all(), &mut out).unwrap();
    out
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn every_file_opens_or_says_why_not() {
    let Some(folder) = data() else { return };
    for path in files(&folder) {
        let name = path.strip_prefix(&folder).unwrap().display();
        match open(&path, &OpenOptions::default()) {
            Ok(volume) => {
                let samples = read_all(volume.as_ref());
                assert_eq!(samples.len(), volume.grid().len(), "{name}");
            }
            Err(error) => {
                let error = error.to_string();
                assert!(error.contains(&path.file_name().unwrap().to_string_lossy()[..4]));
            }
        }
    }
}

/// What other readers make of a file.
struct Expected<'a> {
    name: &'a str,
    file: &'a Value,
}

impl Expected<'_> {
    fn flat(&self) -> &Value {
        &self.file["segyio_2.0.0a1"]["ignore_geometry"]
    }

    fn strict(&self) -> &Value {
        &self.file["segyio_2.0.0a1"]["strict"]
    }

    /// Traces as they lie in the file, whatever their numbers.
    fn assert_traces_agree(&self, facts: &Facts, samples: &[f32]) {
        let (name, flat) = (self.name, self.flat());
        assert_eq!(Some(facts.traces), flat["traces"].as_u64(), "{name}");
        let count = facts.samples.count as u64;
        assert_eq!(Some(count), flat["ns"].as_u64(), "{name}");
        // -1 is what segyio was told to answer where it believes no interval; that
        // of the binary header is taken here even where the traces tell another.
        let interval = flat["dt_us"].as_f64().unwrap() / 1000.0;
        if interval > 0.0 || name.contains("neg-bin-neg") {
            let interval = if interval > 0.0 { interval } else { 4.0 };
            assert_eq!(facts.samples.step, interval, "{name}");
        }
        // segyio takes the start from where the file's own layout puts it, and
        // holds it in single precision.
        if !name.contains("mapping-all-types") {
            let start = flat["t0"].as_f64().unwrap();
            let near = (facts.samples.first - start).abs() <= 1e-6 * start.abs();
            assert!(near, "{name}: {} {start}", facts.samples.first);
        }
        let words = |key: &str| -> Vec<f32> {
            let list = flat[key].as_array().unwrap();
            list.iter().map(|v| v.as_f64().unwrap() as f32).collect()
        };
        let first = words("first5_of_first_trace");
        assert_eq!(samples[..first.len()], first[..], "{name}");
        if !flat["last3_of_last_trace"].is_null() {
            let last = words("last3_of_last_trace");
            assert!(samples.ends_with(&last), "{name}");
        }
        let sum: f64 = samples.iter().map(|&v| f64::from(v)).sum();
        let wanted = flat["sum"].as_f64().unwrap();
        assert!(
            (sum - wanted).abs() <= 1e-6 * wanted.abs().max(1.0),
            "{name}: {sum} {wanted}"
        );
    }

    /// The grid of a file that opens as a cube.
    fn assert_grid_agrees(&self, grid: &Grid) {
        let (name, strict) = (self.name, self.strict());
        for (axis, key) in [(&grid.inlines, "ilines"), (&grid.crosslines, "xlines")] {
            // Of long lists only the first and the last numbers stand there.
            let numbers: Vec<f64> = strict[key]
                .as_array()
                .unwrap()
                .iter()
                .filter_map(Value::as_f64)
                .collect();
            let count = strict[format!("n_{key}")].as_u64();
            assert_eq!(Some(axis.count as u64), count, "{name} {key}");
            assert_eq!(Some(&axis.last()), numbers.last(), "{name} {key}");
            for (i, &number) in numbers[..numbers.len() - 1].iter().enumerate() {
                assert_eq!(axis.value(i), number, "{name} {key}");
            }
        }
    }
}

/// The samples of every trace in file order.
fn all_traces(file: &SegyFile, facts: &Facts) -> Vec<f32> {
    let block = Block {
        inlines: Pick::one(0),
        crosslines: Pick::range(0, facts.traces as usize),
        samples: Pick::range(0, facts.samples.count),
    };
    let mut samples = vec![0.0; block.len()];
    file.traces()
        .read(&block, &mut samples, |_, trace| Some(trace as u64))
        .unwrap();
    samples
}

/// Why a file is refused, or what is said of it where it opens though no other
/// reader finds a volume in it: words that the message must hold.
const ODD: [(&str, &str); 21] = [
    ("1x1.sgy", "prestack"),
    ("1xN.sgy", "prestack"),
    ("Mx1.sgy", "prestack"),
    ("broken.sgy", "68 bytes left over after 3 whole traces"),
    ("decrement-lsb.sgy", "no pair of header bytes"),
    ("decrement.sgy", "no pair of header bytes"),
    ("increment-lsb.sgy", "no pair of header bytes"),
    ("increment.sgy", "no pair of header bytes"),
    ("delay-scalar.sgy", "one trace only"),
    ("interval-neg-bin-neg-trace.sgy", "one trace only"),
    ("interval-neg-bin-pos-trace.sgy", "one trace only"),
    ("interval-pos-bin-neg-trace.sgy", "one trace only"),
    ("multi-text.sgy", "one trace only"),
    ("long.sgy", "3 traces"),
    (
        "mapping-empty.sgy",
        "an extended textual header that is not counted",
    ),
    ("mapping-unsupported-type.sgy", "`xline` is of type ieee32"),
    ("shot-gather.sgy", "61 traces"),
    ("text.sgy", "the first trace needs"),
    ("trace-header-extensions.sgy", "a 2-D line of 2 traces"),
    ("Format4lsb.sgy", "format 4 (fixed point with gain)"),
    ("Format4msb.sgy", "format 4 (fixed point with gain)"),
];

/// Every file of `expected.json`: agreed with, or refused for the reason it gives.
#[test]
fn every_case_agrees_with_other_readers() {
    let Some(folder) = data() else { return };
    let text = std::fs::read_to_string(folder.join("expected.json")).unwrap();
    let expected: Value = serde_json::from_str(&text).unwrap();
    let files = expected["files"].as_object().unwrap();
    let mut cubes = 0;
    let mut failed = Vec::new();
    for (name, file) in files {
        // All cases are worked before one fails the test.
        let case = || agrees(&folder, &Expected { name, file });
        match std::panic::catch_unwind(case) {
            Ok(cube) => cubes += usize::from(cube),
            Err(_) => failed.push(name),
        }
    }
    println!("{cubes} cubes of {} files", files.len());
    assert!(failed.is_empty(), "{failed:?}");
    assert!(cubes >= 44, "{cubes}");
}

/// Compares a file with what others made of it; true where it is a cube.
fn agrees(folder: &Path, expected: &Expected) -> bool {
    let name = expected.name;
    let path = folder.join(name);
    let options = OpenOptions::default();
    let said = ODD.iter().find(|(end, _)| name.ends_with(end));
    let file = match recognise(&path, &options, Effort::Open, &Task::silent()) {
        Ok(Opened::Segy(file)) => file,
        Ok(_) => panic!("{name} is no SEG-Y"),
        Err(error) => {
            let (_, reason) = said.unwrap_or_else(|| panic!("{error}"));
            assert!(error.to_string().contains(reason), "{name}: {error}");
            return false;
        }
    };
    let facts = file.facts(true, &Task::silent()).unwrap();
    let samples = all_traces(&file, &facts);
    if !expected.flat()["sum"].is_null() {
        expected.assert_traces_agree(&facts, &samples);
    }
    let strict = expected.strict();
    let many = |key: &str| strict[key].as_u64().is_some_and(|n| n > 1);
    let offsets = strict["offsets"].as_array().map_or(0, Vec::len);
    let told = format!("{:?} {:?}", facts.reason, facts.notes);
    let described = name.contains("mapping-") && !strict["ilines"].is_null();
    let reason = match said {
        Some((_, reason)) => reason,
        None if described => {
            let volume = open(&path, &options).unwrap_or_else(|e| panic!("{e}"));
            expected.assert_grid_agrees(volume.grid());
            return true;
        }
        None if offsets > 1 => "prestack",
        None if name.contains("first_trace") || name.contains("one_trace") => "one trace only",
        None if many("n_ilines") && many("n_xlines") => {
            let volume = open(&path, &options).unwrap_or_else(|e| panic!("{e}"));
            expected.assert_grid_agrees(volume.grid());
            return true;
        }
        None => {
            // Its layout is faulty and other readers give up; its traces are fine.
            let plain = name.contains("mapping-") || facts.format == "SU";
            assert!(open(&path, &options).is_ok() && plain, "{name}: {told}");
            return true;
        }
    };
    assert!(told.contains(reason), "{name}: {told}");
    false
}

/// Files that differ from F3 in their sample format only, and SU files from the
/// SEG-Y file of the same samples.
#[test]
fn sample_formats_hold_the_same_numbers() {
    let Some(folder) = data() else { return };
    let all = |name: &str| {
        let volume = open(&folder.join(name), &OpenOptions::default());
        read_all(volume.unwrap_or_else(|e| panic!("{e}")).as_ref())
    };
    let f3 = all("segyio_testdata/f3.sgy");
    for (format, modulus) in [
        (1, 0.0),
        (2, 0.0),
        (3, 0.0),
        (5, 0.0),
        (6, 0.0),
        (9, 0.0),
        (10, 32f64.exp2()),
        (11, 16f64.exp2()),
        (12, 64f64.exp2()),
        (16, 8f64.exp2()),
    ] {
        for order in ["lsb", "msb"] {
            let name = format!("segyio_testdata/multiformats/Format{format}{order}.sgy");
            for (&a, b) in f3.iter().zip(all(&name)) {
                let a = f64::from(a);
                let a = if modulus > 0.0 {
                    a.rem_euclid(modulus)
                } else {
                    a
                };
                assert_eq!(a as f32, b, "{name}");
            }
        }
    }
    let small = all("segyio_testdata/small.sgy");
    for name in ["small.su", "small-lsb.su", "small-lsb.sgy"] {
        assert_eq!(small, all(&format!("segyio_testdata/{name}")), "{name}");
    }
}

/// A person's bytes are taken before those that the file describes.
#[test]
fn own_layouts_open_by_named_bytes() {
    let Some(folder) = data() else { return };
    for (name, inline, crossline, shape) in [
        ("mapping-minimal.sgy", 1, 5, [3, 2, 4]),
        ("mapping-shifted.sgy", 190, 194, [3, 2, 4]),
        ("mapping-mixed-order.sgy", 1, 5, [1, 2, 4]),
        ("mapping-no-extension1.sgy", 1, 5, [1, 2, 4]),
        ("trace-header-extensions.sgy", 189, 193, [1, 2, 4]),
    ] {
        let options = OpenOptions {
            inline_byte: Some(inline),
            crossline_byte: Some(crossline),
            ..OpenOptions::default()
        };
        let path = folder.join("segyio_testdata").join(name);
        let volume = open(&path, &options).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(volume.grid().shape(), shape, "{name}");
        let first = read_all(volume.as_ref())[0];
        assert_eq!(first, 1.199_999_8, "{name}");
    }
}

/// Blocks of a file equal the same parts of the whole.
#[test]
fn parts_are_parts_of_the_whole() {
    let Some(folder) = data() else { return };
    for name in [
        "f3_sparse/f3_sparse.sgy",
        "segyio_testdata/small-lsb.sgy",
        "penobscot_labelled/dev_il1075-1092_seismic_ibm.sgy",
        "penobscot_labelled/dev_il1075-1092_seismic_u8.npy",
    ] {
        let volume = open(&folder.join(name), &OpenOptions::default()).unwrap();
        let grid = *volume.grid();
        let whole = read_all(volume.as_ref());
        let [_, nx, ns] = grid.shape();
        let thin = |n: usize| Pick {
            start: 1,
            step: 2,
            count: n / 2,
        };
        let blocks = [
            [Pick::one(2), grid.crosslines.all(), grid.samples.all()],
            [grid.inlines.all(), Pick::one(3), grid.samples.all()],
            [grid.inlines.all(), grid.crosslines.all(), Pick::one(7)],
            [thin(grid.inlines.count), thin(nx), thin(ns)],
        ];
        for [inlines, crosslines, samples] in blocks {
            let block = Block {
                inlines,
                crosslines,
                samples,
            };
            let mut out = vec![0.0; block.len()];
            volume.read(&block, &mut out).unwrap();
            let mut expected = Vec::new();
            for i in inlines.indices() {
                for x in crosslines.indices() {
                    expected.extend(samples.indices().map(|s| whole[(i * nx + x) * ns + s]));
                }
            }
            assert!(out == expected, "{name} {block:?}");
        }
    }
}

/// A copy in each container reads back equal, sub-volumes too.
#[test]
fn copies_read_back_equal() {
    let Some(folder) = data() else { return };
    let scratch = tempfile::tempdir().unwrap();
    for name in [
        "f3_sparse/f3_sparse.sgy",
        "segyio_testdata/f3.sgy",
        "segyio_testdata/small-lsb.sgy",
        "penobscot_labelled/dev_il1075-1092_facies_int8.sgy",
        "segyio_testdata/small.su",
        "segyio_testdata/small-lsb.su",
        "segyio_testdata/multiformats/Format6lsb.sgy",
        "segyio_testdata/multiformats/Format11msb.sgy",
        "segyio_testdata/trace-header-extension1.sgy",
        "segyio_testdata/stanzas-known-count.sgy",
    ] {
        let volume = open(&folder.join(name), &OpenOptions::default()).unwrap();
        let whole = volume.grid().all();
        let some = |count: usize, start: usize, step: usize| Pick {
            start: start.min(count - 1),
            step,
            count: 2.min((count - start.min(count - 1)).div_ceil(step)),
        };
        let [inlines, crosslines, samples] = volume.grid().shape();
        let part = Block {
            inlines: some(inlines, 1, 2),
            crosslines: some(crosslines, 1, 3),
            // 2 x 20 ms would not fit the header's field.
            samples: some(samples, 3, if name.starts_with("f3_s") { 1 } else { 2 }),
        };
        for block in [whole, part] {
            let mut data = vec![0.0; block.len()];
            volume.read(&block, &mut data).unwrap();
            for extension in ["sgy", "H", "npy"] {
                let path = scratch.path().join(format!("copy.{extension}"));
                let kind = SampleKind::Continuous;
                let writer =
                    VolumeWriter::create(&path, volume.as_ref(), &block, kind, &recipe(), true)
                        .unwrap();
                writer.write(&writer.grid().all(), &data).unwrap();
                let grid = *writer.grid();
                writer.finish().unwrap();
                let copy = open(&path, &OpenOptions::default()).unwrap();
                assert!(read_all(copy.as_ref()) == data, "{name} {extension}");
                if extension != "npy" {
                    assert_eq!(copy.grid().difference(&grid), None, "{name} {extension}");
                }
            }
        }
    }
}
