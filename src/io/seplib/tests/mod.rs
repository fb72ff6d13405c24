//! Histories and samples, whole and broken.

mod headers;

use std::path::{Path, PathBuf};

use crate::io::evidence::{data, read_all, recipe};
use crate::io::{IoError, OpenOptions, SampleKind, VolumeWriter, open};
use crate::model::{Axis, Block, Pick, SampleUnit, Spacing};
use proptest::prelude::*;

const SAMPLES: [f32; 12] = [
    1.0, -0.0, 1e-40, -2.5, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 1e20,
];

fn big() -> Vec<u8> {
    SAMPLES.iter().flat_map(|v| v.to_be_bytes()).collect()
}

/// A volume of 2 x 3 traces and 2 samples, with more keys and other samples.
fn volume(folder: &Path, keys: &str, samples: &[u8]) -> PathBuf {
    let path = folder.join("v.H");
    let text = format!("in=\"v.H@\" n1=9 n2=3 n3=2 n1=2\no1=1.22 d1=0.004 unit1=s {keys}\n");
    std::fs::write(&path, text).unwrap();
    std::fs::write(folder.join("v.H@"), samples).unwrap();
    path
}

fn opened(
    keys: &str,
    samples: &[u8],
) -> Result<(Vec<f32>, crate::model::Grid, Vec<String>), IoError> {
    let folder = tempfile::tempdir().unwrap();
    let path = volume(folder.path(), keys, samples);
    let volume = open(&path, &OpenOptions::default())?;
    Ok((
        read_all(volume.as_ref()),
        *volume.grid(),
        volume.notes().to_vec(),
    ))
}

fn refused(keys: &str, samples: &[u8]) -> String {
    opened(keys, samples).unwrap_err().to_string()
}

#[test]
fn xdr_samples_come_back_bit_for_bit_and_seconds_become_ms() {
    let (samples, grid, notes) = opened(
        "o2=100 d2=2 o3=7 d3=-1 dcdp=12.5 dline=25 data_format=\"xdr_float\"",
        &big(),
    )
    .unwrap();
    for (a, b) in SAMPLES.iter().zip(&samples) {
        assert_eq!(a.to_bits(), b.to_bits());
    }
    assert_eq!(grid.samples, Axis::new(1220.0, 4.0, 2));
    assert_eq!(grid.crosslines, Axis::new(100.0, 2.0, 3));
    assert_eq!(grid.inlines, Axis::new(7.0, -1.0, 2));
    let spacing = Spacing {
        inline: 25.0,
        crossline: 12.5,
    };
    assert_eq!(grid.spacing, Some(spacing));
    assert!(notes.is_empty());
}

#[test]
fn byte_order_is_told_or_guessed() {
    let little: Vec<u8> = SAMPLES.iter().flat_map(|v| v.to_le_bytes()).collect();
    for (keys, samples) in [
        ("data_format=native_float", &little),
        ("data_format=xdr_float", &big()),
        ("", &little),
        ("", &big()),
    ] {
        let (found, _, notes) = opened(keys, samples).unwrap();
        assert_eq!(found, SAMPLES);
        assert_eq!(notes.len(), usize::from(keys.is_empty()));
    }
}

#[test]
fn nulls_are_as_the_history_says() {
    let (samples, _, _) = opened("null_value=3 data_format=xdr_float", &big()).unwrap();
    assert!(samples[4].is_nan());
    assert_eq!(samples.iter().filter(|v| v.is_nan()).count(), 1);
}

#[test]
fn units_are_seconds_milliseconds_or_depth() {
    for (keys, unit, first, step) in [
        (
            "unit1=ms o1=1220 d1=4",
            SampleUnit::Milliseconds,
            1220.0,
            4.0,
        ),
        (
            "unit1=\"\" label1=Depth o1=100 d1=5",
            SampleUnit::Metres,
            100.0,
            5.0,
        ),
        ("unit1=ft o1=100 d1=10", SampleUnit::Feet, 100.0, 10.0),
        (
            "unit1=\"\" o1=0.1 d1=0.0020000001",
            SampleUnit::Milliseconds,
            100.0,
            2.0,
        ),
        ("unit1=\"\" o1=0 d1=2", SampleUnit::Milliseconds, 0.0, 2.0),
    ] {
        let (_, grid, _) = opened(&format!("{keys} data_format=xdr_float"), &big()).unwrap();
        assert_eq!(
            (grid.unit, grid.samples),
            (unit, Axis::new(first, step, 2)),
            "{keys}"
        );
    }
}

#[test]
fn faults_are_named() {
    for (keys, what) in [
        ("esize=1", "key `esize`: samples of 1 bytes"),
        ("esize=8", "key `esize`"),
        ("data_format=native_int", "key `data_format`"),
        ("n1=x", "key `n1`: `x` is not a number"),
        ("n1=-4", "key `n1`"),
        ("n3=0", "key `n3`: an axis without samples"),
        ("n4=2", "key `n4`"),
        ("d1=nan", "key `d1`"),
        (
            "n1=4000000000 n2=4000000000 n3=4000000000",
            "no possible size",
        ),
        ("n3=3", "needs 72 bytes but the file has 48"),
        ("n1=10^12", "key `n1`: `10^12` is not a number"),
        ("n1=1000000000000", "needs 24000000000000 bytes"),
        ("o2=1e300", "no coordinate of a survey"),
        ("in=", "key `in`: it names no file"),
        ("in=elsewhere.H@", "no file at"),
        ("in=stdin", "no EOT mark"),
        ("in=follow_hdr", "no EOT mark"),
        ("in=v.H", "it names the history itself"),
        ("in=.", "a folder, not a file"),
        (
            "in=/dev/zero",
            "/dev/zero is a device or a pipe, not a file",
        ),
        ("in=\u{1b}[31mred\u{7}", "/[31mred"),
        ("data_format=\"\u{1b}]0;x\u{7}\"", "`]0;x` is not read"),
    ] {
        let error = refused(keys, &big());
        assert!(error.contains(what), "{keys}: {error}");
        assert!(!error.contains(char::is_control), "{error:?}");
    }
    let (_, _, notes) = opened("n3=1 data_format=xdr_float", &big()).unwrap();
    assert_eq!(notes, ["24 bytes more than n1 n2 n3 tell"]);
}

#[test]
fn samples_may_follow_the_text_or_have_moved() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one.rsf");
    for keys in [&b"in=\"stdin\""[..], b"in=one.rsf", b"in=follow_hdr"] {
        let mut bytes = b"n1=2 n2=3 n3=2 in=elsewhere data_format=xdr_float ".to_vec();
        bytes.extend(keys);
        bytes.extend(b"\n\x0c\x0c\x04");
        bytes.extend(big());
        std::fs::write(&path, &bytes).unwrap();
        let volume = open(&path, &OpenOptions::default()).unwrap();
        assert_eq!(read_all(volume.as_ref()), SAMPLES);
    }
    // A mark is a mark only where it stands together.
    std::fs::write(&path, b"n1=2 n2=3 n3=2 in=stdin\n\x0c not the end \x04").unwrap();
    assert!(open(&path, &OpenOptions::default()).is_err());

    let path = volume(folder.path(), "in=/gone/v.H@ data_format=xdr_float", &big());
    let volume_ = open(&path, &OpenOptions::default()).unwrap();
    assert_eq!(read_all(volume_.as_ref()), SAMPLES);
    assert!(volume_.notes()[0].contains("`in` read from"));

    let far = tempfile::tempdir().unwrap();
    std::fs::rename(folder.path().join("v.H@"), far.path().join("far.H@")).unwrap();
    std::fs::write(
        folder.path().join(".datapath"),
        format!("datapath={}/", far.path().display()),
    )
    .unwrap();
    std::fs::write(&path, "in=far.H@ n1=2 n2=3 n3=2 data_format=xdr_float").unwrap();
    let volume_ = open(&path, &OpenOptions::default()).unwrap();
    assert_eq!(read_all(volume_.as_ref()), SAMPLES);
}

#[test]
fn a_rewrite_keeps_unknown_keys_and_drops_headers_that_are_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let keys = "data_format=xdr_float seismic_meter=\"a b\" hff=\"v.H@@\" colour=7";
    let path = volume(folder.path(), keys, &big());
    let input = open(&path, &OpenOptions::default()).unwrap();
    let all = input.grid().all();
    let part = Block {
        crosslines: Pick {
            start: 0,
            step: 2,
            count: 2,
        },
        ..all
    };
    assert!(input.notes()[0].contains("trace headers are not read"));
    for block in [all, part] {
        let out = folder.path().join("out.H");
        let kind = SampleKind::Classes;
        let writer =
            VolumeWriter::create(&out, input.as_ref(), &block, kind, &recipe(), true).unwrap();
        let data = vec![2.0; block.len()];
        writer.write(&writer.grid().all(), &data).unwrap();
        writer.finish().unwrap();
        let text = std::fs::read_to_string(&out).unwrap();
        let keys = super::keys(&text);
        assert_eq!(keys["seismic_meter"], "a b");
        assert_eq!(keys["colour"], "7");
        assert_eq!(keys["hff"], "-1");
        assert_eq!(keys["null_value"], "0");
        assert_eq!(keys["o1"], "1.22");
        assert!(text.contains("# outcrop 0.1.0 test request 0123456789ab\n"));
        let folder = folder.path().to_str().unwrap();
        assert!(!text.contains(folder), "no path may stand in an output");
        let back = open(&out, &OpenOptions::default()).unwrap();
        assert_eq!(back.kind(), kind);
        assert_eq!(*back.grid(), input.grid().picked(&block));
        assert_eq!(read_all(back.as_ref()), data);
    }
}

/// A volume of Madagascar in one file, its facts from its source's notes.
#[test]
fn a_real_rsf_file_reads() {
    let Some(folder) = data() else { return };
    let volume = open(
        &folder.join("madagascar/image2d.rsf"),
        &OpenOptions::default(),
    )
    .unwrap();
    assert_eq!(volume.grid().shape(), [1, 128, 512]);
    let samples = read_all(volume.as_ref());
    let low = samples.iter().copied().fold(f32::INFINITY, f32::min);
    let high = samples.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    assert_eq!((low, high), (-1.0, 0.845_758_14));
}

proptest! {
    #[test]
    fn any_keys_are_survived(
        n in prop::array::uniform3(any::<i64>()), d in any::<f64>(), tail in "[a-z0-9=\"' #-]{0,60}"
    ) {
        let keys = format!("n1={} n2={} n3={} d1={d} {tail}", n[0], n[1], n[2]);
        if let Ok((samples, _, _)) = opened(&keys, &big()) {
            prop_assert!(samples.len() <= 12);
        }
    }
}
