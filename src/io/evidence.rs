//! Tests on real files, where they are present: every file opens or is refused
//! with a message, and what it holds agrees with other readers.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{OpenOptions, SampleKind, Volume, VolumeWriter, open};
use crate::model::{Pick, Recipe};

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

/// What segyio 1.9.14 found, where it could open a file as a regular cube of a
/// format that is read here.
#[test]
fn cubes_agree_with_segyio() {
    let Some(folder) = data() else { return };
    let text = std::fs::read_to_string(folder.join("expected.json")).unwrap();
    let expected: Value = serde_json::from_str(&text).unwrap();
    let mut compared = 0;
    for (name, file) in expected["files"].as_object().unwrap() {
        let strict = &file["segyio_1.9.14"]["strict"];
        let format = file["raw_headers"]["format"].as_i64().unwrap_or(0);
        let offsets = strict["offsets"].as_array().map_or(0, Vec::len);
        let lines = |key: &str| strict[key].as_u64().unwrap_or(0) as usize;
        let cube = lines("n_ilines") > 1 && lines("n_xlines") > 1 && offsets == 1;
        if !cube || ![1, 2, 3, 5, 8].contains(&format) {
            continue;
        }
        let volume =
            open(&folder.join(name), &OpenOptions::default()).unwrap_or_else(|e| panic!("{e}"));
        let grid = volume.grid();
        let numbers = |key: &str| -> Vec<f64> {
            strict[key]
                .as_array()
                .unwrap()
                .iter()
                .filter_map(Value::as_f64)
                .collect()
        };
        assert_eq!(grid.inlines.count, lines("n_ilines"), "{name}");
        assert_eq!(grid.crosslines.count, lines("n_xlines"), "{name}");
        assert_eq!(grid.inlines.first, numbers("ilines")[0], "{name}");
        assert_eq!(
            grid.inlines.last(),
            *numbers("ilines").last().unwrap(),
            "{name}"
        );
        assert_eq!(grid.crosslines.first, numbers("xlines")[0], "{name}");
        assert_eq!(
            grid.crosslines.last(),
            *numbers("xlines").last().unwrap(),
            "{name}"
        );
        assert_eq!(grid.samples.count, lines("ns"), "{name}");
        assert_eq!(grid.samples.first, strict["t0"].as_f64().unwrap(), "{name}");
        assert_eq!(
            grid.samples.step,
            strict["dt_us"].as_f64().unwrap() / 1000.0,
            "{name}"
        );
        let flat = &file["segyio_1.9.14"]["ignore_geometry"];
        let samples = read_all(volume.as_ref());
        let sum: f64 = samples
            .iter()
            .filter(|v| !v.is_nan())
            .map(|&v| f64::from(v))
            .sum();
        let wanted = flat["sum"].as_f64().unwrap();
        assert!(
            (sum - wanted).abs() <= 1e-9 * wanted.abs().max(1.0),
            "{name}: {sum} {wanted}"
        );
        if volume.grid().inlines.step > 0.0 {
            let first5: Vec<f32> = flat["first5_of_first_trace"]
                .as_array()
                .unwrap()
                .iter()
                .map(|v| v.as_f64().unwrap() as f32)
                .collect();
            assert_eq!(samples[..first5.len()], first5[..], "{name}");
        }
        compared += 1;
    }
    println!("{compared} files compared");
    assert!(compared >= 25, "{compared}");
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
            let block = crate::model::Block {
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
    ] {
        let volume = open(&folder.join(name), &OpenOptions::default()).unwrap();
        let whole = volume.grid().all();
        let part = crate::model::Block {
            inlines: Pick {
                start: 1,
                step: 2,
                count: 2,
            },
            crosslines: Pick {
                start: 1,
                step: 3,
                count: 2,
            },
            // 2 x 20 ms would not fit the header's field.
            samples: Pick {
                start: 3,
                step: if name.starts_with("f3_s") { 1 } else { 2 },
                count: 15,
            },
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
