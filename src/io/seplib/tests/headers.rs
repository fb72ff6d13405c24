//! Trace headers and grids beside the samples, whole and broken, and what
//! conversions carry of them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::io::evidence::{read_all, recipe};
use crate::io::segy::fixture::Fixture;
use crate::io::{OpenOptions, Volume, convert, open};
use crate::model::{Block, Pick};
use crate::task::Task;

fn opened(path: &Path) -> Arc<dyn Volume> {
    open(path, &OpenOptions::default()).unwrap_or_else(|e| panic!("{e}"))
}

fn words(records: &[&[i32]]) -> Vec<u8> {
    let all = records.iter().copied().flatten();
    all.flat_map(|v| v.to_be_bytes()).collect()
}

/// 2 x 2 traces of 2 samples whose header records are `keys` (all integers).
fn volume(folder: &Path, keys: &[&str], format: &str, records: &[&[i32]]) -> PathBuf {
    let path = folder.join("v.H");
    let text = "in=v.H@ hff=v.H@@ n1=2 n2=2 n3=2 o2=10 o3=5 data_format=xdr_float d1=0.004 unit1=s";
    std::fs::write(&path, text).unwrap();
    let samples: Vec<u8> = (1..=8).flat_map(|v| (v as f32).to_be_bytes()).collect();
    std::fs::write(folder.join("v.H@"), samples).unwrap();
    let mut text = format!(
        "n1={} n2={} in=v.H@@@ {format}\n",
        keys.len(),
        records.len()
    );
    let described = |(i, key): (usize, &&str)| {
        let i = i + 1;
        format!("hdrkey{i}={key} hdrtype{i}=scalar_int hdrfmt{i}=xdr_int\n")
    };
    text.extend(keys.iter().enumerate().map(described));
    std::fs::write(folder.join("v.H@@"), text).unwrap();
    std::fs::write(folder.join("v.H@@@"), words(records)).unwrap();
    path
}

/// Without the first inline.
fn part_of(volume: &dyn Volume) -> Block {
    let all = volume.grid().all();
    Block {
        inlines: Pick::range(1, all.inlines.count),
        ..all
    }
}

#[test]
fn padding_is_null_and_positions_tell_the_bin_size() {
    let folder = tempfile::tempdir().unwrap();
    let keys = ["line_no", "cdp_no", "trid", "cdp_x", "cdp_y"];
    let path = volume(
        folder.path(),
        &keys,
        "",
        &[
            &[5, 10, 1, 1000, 2000],
            &[5, 11, 0, 1025, 2000],
            &[6, 10, 2, 1000, 2050],
            &[6, 11, 1, 1025, 2050],
        ],
    );
    let volume = opened(&path);
    let samples = read_all(volume.as_ref());
    assert_eq!(samples[..2], [1.0, 2.0]);
    assert!(samples[2..6].iter().all(|v| v.is_nan()));
    assert_eq!(samples[6..], [7.0, 8.0]);
    assert!(volume.notes().is_empty(), "{:?}", volume.notes());
    let spacing = volume.grid().spacing.unwrap();
    assert_eq!((spacing.inline, spacing.crossline), (50.0, 25.0));
    let facts = crate::io::facts(&path, &OpenOptions::default(), true, &Task::silent()).unwrap();
    assert_eq!(facts.corners.unwrap()[3], [6.0, 11.0, 1025.0, 2050.0]);
}

#[test]
fn records_may_point_to_traces_in_another_order() {
    let folder = tempfile::tempdir().unwrap();
    let keys = ["data_record_number"];
    let records: [&[i32]; 4] = [&[4], &[3], &[-1], &[99]];
    let path = volume(folder.path(), &keys, "same_record_number=0", &records);
    let volume_ = opened(&path);
    let samples = read_all(volume_.as_ref());
    assert_eq!(samples[..4], [7.0, 8.0, 5.0, 6.0]);
    assert!(samples[4..].iter().all(|v| v.is_nan()));
    // Without the key the numbers mean nothing.
    let path = volume(folder.path(), &keys, "", &records);
    assert_eq!(read_all(opened(&path).as_ref())[..2], [1.0, 2.0]);
}

#[test]
fn a_grid_places_irregular_traces() {
    let folder = tempfile::tempdir().unwrap();
    let keys = ["line_no"];
    let path = volume(folder.path(), &keys, "", &[&[5], &[5], &[6], &[8]]);
    let mut text = std::fs::read_to_string(&path).unwrap();
    text += " gff=v.H@@@@\n";
    std::fs::write(&path, text).unwrap();
    std::fs::write(
        folder.path().join("v.H@@@@"),
        "n1=1 n2=3 o2=10 d2=2 n3=2 o3=5 d3=3 data_format=xdr_int in=v.H@@@@@@",
    )
    .unwrap();
    std::fs::write(
        folder.path().join("v.H@@@@@@"),
        words(&[&[2, -1, 1], &[0, 4, 9]]),
    )
    .unwrap();
    let volume = opened(&path);
    assert_eq!(volume.grid().shape(), [2, 3, 2]);
    assert_eq!(volume.grid().crosslines.step, 2.0);
    let samples = read_all(volume.as_ref());
    let numbers: Vec<f32> = samples
        .iter()
        .map(|v| if v.is_nan() { 0.0 } else { *v })
        .collect();
    assert_eq!(
        numbers,
        [3.0, 4.0, 0.0, 0.0, 1.0, 2.0, 0.0, 0.0, 7.0, 8.0, 0.0, 0.0]
    );
    let facts = crate::io::facts(&path, &OpenOptions::default(), true, &Task::silent()).unwrap();
    let stats = facts.stats.unwrap();
    assert_eq!((stats.min, stats.max, stats.mean), (1.0, 8.0, 25.0 / 6.0));
    // A copy is regular: its nulls say where no trace is.
    let out = folder.path().join("out.H");
    let all = volume.grid().all();
    convert(
        volume.as_ref(),
        &all,
        &out,
        &recipe(),
        false,
        &Task::silent(),
    )
    .unwrap();
    let again = read_all(opened(&out).as_ref());
    let same = |(a, b): (&f32, &f32)| a == b || (a.is_nan() && b.is_nan());
    assert!(samples.iter().zip(&again).all(same));
}

#[test]
fn broken_headers_are_a_note() {
    let folder = tempfile::tempdir().unwrap();
    let four: [&[i32]; 4] = [&[5], &[5], &[6], &[6]];
    for (format, what) in [
        ("n1=0", "0 keys"),
        ("n1=99999", "99999 keys"),
        ("n1=x", "not a number"),
        ("n2=5", "needs 20 bytes"),
        ("n2=3", "3 trace headers for 4 traces"),
        ("n2=9999999999 n3=9999999999", "more trace headers"),
        ("in=gone", "no file at"),
        ("in=/dev/zero", "a device"),
        ("in=v.H@@", "names the history itself"),
    ] {
        let path = volume(folder.path(), &["line_no"], format, &four);
        let volume = opened(&path);
        assert!(
            volume.notes()[0].contains(what),
            "{format}: {:?}",
            volume.notes()
        );
        assert_eq!(read_all(volume.as_ref())[7], 8.0);
    }
    let path = volume(folder.path(), &["trid", "line_no"], "", &[&[0, 1][..]; 4]);
    let volume = opened(&path);
    assert_eq!(volume.notes().len(), 3, "{:?}", volume.notes());
    assert_eq!(read_all(volume.as_ref())[0], 1.0);
}

/// The file of a fixture with a text and with coordinates of UTM size, in
/// decimetres.
fn far_away(fixture: &Fixture) -> Vec<u8> {
    let mut bytes = fixture.bytes();
    let text = b"C 1 SURVEY: N1=500";
    bytes[..text.len()].copy_from_slice(text);
    let stride = 240 + 4 * fixture.samples;
    for (i, trace) in fixture.traces.iter().enumerate() {
        let x = 6_201_972 + 125 * trace.crossline;
        let y = 60_742_329 + 250 * trace.inline;
        let at = 3600 + i * stride + 180;
        bytes[at..at + 4].copy_from_slice(&x.to_be_bytes());
        bytes[at + 4..at + 8].copy_from_slice(&y.to_be_bytes());
    }
    bytes
}

/// SEG-Y to `.H` and back: line numbers, positions and dead traces stay.
#[test]
fn headers_go_from_segy_to_seplib_and_back() {
    let folder = tempfile::tempdir().unwrap();
    let first = folder.path().join("a.sgy");
    let mut fixture = Fixture::cube(&[100, 102, 104], &[7, 8, 9, 10]);
    fixture
        .traces
        .retain(|t| (t.inline, t.crossline) != (102, 9));
    for trace in &mut fixture.traces {
        trace.dead = (trace.inline, trace.crossline) == (104, 8);
    }
    std::fs::write(&first, far_away(&fixture)).unwrap();
    let a = opened(&first);
    for whole in [true, false] {
        let block = if whole {
            a.grid().all()
        } else {
            part_of(a.as_ref())
        };
        let to = |from: &dyn Volume, block: &Block, name: &str| {
            let out = folder.path().join(name);
            convert(from, block, &out, &recipe(), true, &Task::silent()).unwrap();
            opened(&out)
        };
        let b = to(a.as_ref(), &block, "b.H");
        let c = to(b.as_ref(), &b.grid().all(), "c.H");
        let d = to(c.as_ref(), &c.grid().all(), "d.sgy");
        let samples = |volume: &dyn Volume| -> Vec<u32> {
            read_all(volume).iter().map(|v| v.to_bits()).collect()
        };
        let mut expected = vec![0.0; block.len()];
        a.read(&block, &mut expected).unwrap();
        let expected: Vec<u32> = expected.iter().map(|v| v.to_bits()).collect();
        for volume in [&b, &c, &d] {
            assert_eq!(samples(volume.as_ref()), expected);
            if whole {
                assert_eq!(volume.grid(), a.grid());
            }
            let carried = |volume: &dyn Volume, block: Block| -> Vec<_> {
                let along = block.inlines.indices();
                let lines = along.map(|i| volume.template().carried(i, block.crosslines).unwrap());
                lines.flatten().filter(|c| c.live).collect()
            };
            let (from, to) = (
                carried(a.as_ref(), block),
                carried(volume.as_ref(), volume.grid().all()),
            );
            assert_eq!(from.len(), to.len());
            for (from, to) in from.iter().zip(&to) {
                let ((x0, y0), (x1, y1)) = (from.position.unwrap(), to.position.unwrap());
                assert!((x0 - x1).abs() < 1e-3 && (y0 - y1).abs() < 1e-3);
            }
        }
        let text = std::fs::read_to_string(folder.path().join("c.H")).unwrap();
        assert!(text.contains("# C 1 SURVEY: N1:500\n"), "{text}");
        assert!(text.contains("hff=\"c.H@@\""));
        assert!(!text.contains(folder.path().to_str().unwrap()));
    }
}
