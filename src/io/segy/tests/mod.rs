//! SEG-Y files of every sorting and with every fault, read and written.

mod doctor;
mod revision2;
mod sparse;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use proptest::prelude::*;

use crate::io::evidence::{data, read_all, recipe};
use crate::io::samples::ByteOrder;
use crate::io::source::Source;
use crate::io::{IoError, OpenOptions, SampleKind, Volume, VolumeWriter, diagnose, facts, open};
use crate::model::{Axis, Block, Pick, Spacing};
use crate::task::Task;

use super::binary::HEADERS;
use super::fixture::{Fixture, Trace};
use super::header::at;
use super::layout::Layout;
use super::reader::SegyFile;
use super::survey::{Effort, Survey, Verdict, survey};

struct Scratch(tempfile::TempDir);

impl Scratch {
    fn new() -> Scratch {
        Scratch(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn open(&self, fixture: &Fixture) -> Result<Arc<dyn Volume>, IoError> {
        fixture.write(&self.path("in.sgy"));
        open(&self.path("in.sgy"), &OpenOptions::default())
    }

    fn refused(&self, fixture: &Fixture) -> String {
        match self.open(fixture) {
            Ok(volume) => panic!("opened as {:?}", volume.grid()),
            Err(error) => error.to_string(),
        }
    }
}

/// Every voxel is where its numbers say, or null where there is no live trace.
fn assert_in_place(volume: &dyn Volume, fixture: &Fixture) {
    let grid = volume.grid();
    let samples = read_all(volume);
    let mut traces = samples.chunks_exact(grid.samples.count);
    for i in 0..grid.inlines.count {
        for x in 0..grid.crosslines.count {
            let (inline, crossline) = (grid.inlines.value(i), grid.crosslines.value(x));
            let here =
                |t: &&Trace| f64::from(t.inline) == inline && f64::from(t.crossline) == crossline;
            let trace = fixture.traces.iter().find(here).filter(|t| !t.dead);
            for (t, &v) in traces.next().unwrap().iter().enumerate() {
                match trace {
                    Some(trace) => assert_eq!(v, trace.sample(t), "{inline} {crossline} {t}"),
                    None => assert!(v.is_nan(), "{inline} {crossline} {t}: {v}"),
                }
            }
        }
    }
}

#[test]
fn both_sortings_and_orders_steps_and_signs() {
    let scratch = Scratch::new();
    let cases = [
        Fixture::cube(&[10, 12, 14], &[5, 6, 7, 8]),
        Fixture::cube(&[10, 12, 14], &[5, 6, 7, 8]).by_crossline(),
        Fixture::cube(&[30, 20, 10], &[-4, -8, -12]),
        Fixture {
            order: ByteOrder::Little,
            ..Fixture::cube(&[1, 2], &[7, 9, 11])
        },
    ];
    for fixture in cases {
        let volume = scratch.open(&fixture).unwrap();
        assert_in_place(volume.as_ref(), &fixture);
        assert_eq!(volume.grid().samples, Axis::new(100.0, 2.0, 9));
        assert_eq!(
            volume.grid().inlines.first,
            f64::from(fixture.traces[0].inline)
        );
        assert_eq!(
            volume.grid().crosslines.first,
            f64::from(fixture.traces[0].crossline)
        );
    }
}

#[test]
fn bins_come_from_coordinates() {
    let scratch = Scratch::new();
    let fixture = Fixture::cube(&[10, 12, 14], &[5, 6, 7, 8]);
    let volume = scratch.open(&fixture).unwrap();
    let spacing = Spacing {
        inline: 50.0,
        crossline: 12.5,
    };
    assert_eq!(volume.grid().spacing, Some(spacing));
    let options = OpenOptions::default();
    let facts = facts(volume.path(), &options, false, &Task::silent()).unwrap();
    let corners = facts.corners.unwrap();
    assert_eq!(corners[0], [10.0, 5.0, 162.5, 450.0]);
    assert_eq!(corners[3], [14.0, 8.0, 200.0, 550.0]);
    assert!(facts.is_cube && facts.exact);
    assert_eq!((facts.traces, facts.live_traces), (12, 12));
    let stats = facts.stats.unwrap();
    assert_eq!((stats.min, stats.max), (1005.0, 1408.5));
}

#[test]
fn missing_dead_and_double_traces() {
    let scratch = Scratch::new();
    let mut fixture = Fixture::cube(&[1, 2, 3, 4, 5], &[10, 20, 30, 40]);
    fixture.traces.remove(13);
    fixture.traces.remove(4);
    fixture.traces[7].dead = true;
    let volume = scratch.open(&fixture).unwrap();
    assert_in_place(volume.as_ref(), &fixture);
    // A second trace in a bin that is taken is left out, and told.
    let mut double = fixture.clone();
    double.traces.insert(3, double.traces[0]);
    double.traces[3].offset = 1;
    let volume = scratch.open(&double).unwrap();
    assert_in_place(volume.as_ref(), &fixture);
    assert!(volume.notes()[0].starts_with("1 duplicate traces"));
    let facts = facts(
        volume.path(),
        &OpenOptions::default(),
        false,
        &Task::silent(),
    )
    .unwrap();
    assert_eq!((facts.traces, facts.live_traces), (19, 17));
}

#[test]
fn padding_without_numbers_is_left_out() {
    let scratch = Scratch::new();
    let mut fixture = Fixture::cube(&[1001, 1005, 1009], &[301, 302, 303]);
    for _ in 0..3 {
        fixture.traces.push(Trace {
            dead: true,
            ..Trace::at(0, 0)
        });
    }
    let volume = scratch.open(&fixture).unwrap();
    assert_eq!(volume.grid().shape(), [3, 3, 9]);
    assert_in_place(volume.as_ref(), &fixture);
    assert!(volume.notes()[0].starts_with("3 traces numbered 0/0"));
    // A bin that is really numbered 0/0 stays.
    let zero = Fixture::cube(&[0, 1, 2], &[0, 1, 2]);
    let volume = scratch.open(&zero).unwrap();
    assert_in_place(volume.as_ref(), &zero);
    assert!(volume.notes().is_empty());
}

#[test]
fn other_header_bytes_are_found_and_told() {
    let scratch = Scratch::new();
    for (inline_byte, crossline_byte) in [(9, 13), (9, 21), (5, 21), (17, 13)] {
        let fixture = Fixture {
            inline_byte,
            crossline_byte,
            ..Fixture::cube(&[100, 101, 102], &[7, 8, 9, 10])
        };
        let volume = scratch.open(&fixture).unwrap();
        assert_in_place(volume.as_ref(), &fixture);
        let options = OpenOptions::default();
        let facts = facts(volume.path(), &options, false, &Task::silent()).unwrap();
        let bytes = facts.header_bytes.unwrap();
        assert_eq!(
            (bytes.inline, bytes.crossline),
            (Some(inline_byte), Some(crossline_byte))
        );
        assert!(
            facts
                .header_choice
                .unwrap()
                .contains(&format!("byte {inline_byte}"))
        );
    }
    let odd = Fixture {
        inline_byte: 225,
        crossline_byte: 233,
        ..Fixture::cube(&[100, 101, 102], &[7, 8, 9, 10])
    };
    assert!(scratch.refused(&odd).contains("--inline-byte"));
    let options = OpenOptions {
        inline_byte: Some(225),
        crossline_byte: Some(233),
        ..OpenOptions::default()
    };
    assert_in_place(
        open(&scratch.path("in.sgy"), &options).unwrap().as_ref(),
        &odd,
    );
    let options = OpenOptions {
        x_byte: Some(238),
        ..OpenOptions::default()
    };
    let error = open(&scratch.path("in.sgy"), &options).err().unwrap();
    assert!(matches!(error, IoError::Header { byte: 238, .. }));
}

#[test]
fn lines_and_gathers_are_refused_in_words() {
    let scratch = Scratch::new();
    let line = Fixture::cube(&[7], &[1, 2, 3, 4, 5, 6, 7, 8]);
    let refused = scratch.refused(&line);
    assert!(refused.contains("a 2-D line of 8 traces"), "{refused}");
    let options = OpenOptions::default();
    let told = facts(&scratch.path("in.sgy"), &options, false, &Task::silent()).unwrap();
    assert!(!told.is_cube && told.inlines.is_none() && told.reason.is_some());
    assert_eq!(told.crosslines.unwrap().count, 8);
    let named = OpenOptions {
        inline_byte: Some(at::INLINE),
        crossline_byte: Some(at::CROSSLINE),
        ..options
    };
    let volume = open(&scratch.path("in.sgy"), &named).unwrap();
    assert_in_place(volume.as_ref(), &line);

    let mut gathers = Fixture::cube(&[1, 2, 3], &[4, 5, 6]);
    gathers.traces = gathers
        .traces
        .iter()
        .flat_map(|t| [*t, Trace { offset: 50, ..*t }])
        .collect();
    assert!(
        scratch
            .refused(&gathers)
            .contains("prestack: 2 traces a bin")
    );
    // Unnumbered traces, a diagonal, and a single one.
    let zeros = Fixture::new(vec![Trace::at(0, 0); 9]);
    assert!(scratch.refused(&zeros).contains("0/0 in every trace"));
    let diagonal = Fixture::new((0..9).map(|i| Trace::at(i, 2 * i)).collect());
    let told = scratch.refused(&diagonal);
    assert!(told.contains("9 traces"), "{told}");
    assert!(
        scratch
            .refused(&Fixture::new(vec![Trace::at(1, 1)]))
            .contains("one trace only")
    );
}

#[test]
fn crooked_lines_open_and_are_told_from_straight_ones() {
    let scratch = Scratch::new();
    let numbers: Vec<i32> = (1..=40).collect();
    let line = Fixture::cube(&[0], &numbers);
    let named = OpenOptions {
        inline_byte: Some(at::INLINE),
        crossline_byte: Some(at::CROSSLINE),
        ..OpenOptions::default()
    };
    let path = scratch.path("in.sgy");
    let told = || {
        let volume = open(&path, &named).unwrap();
        assert_in_place(volume.as_ref(), &line);
        let found = diagnose(&path, &named, (20, 60), false, &Task::silent()).unwrap();
        found.verdict.join(" ")
    };
    line.write(&path);
    let straight = told();
    assert!(
        straight.contains("One line of 488 m, 12.50 m between traces, straight"),
        "{straight}"
    );
    // Half a circle of 100 m, in tenths of a metre.
    let mut bytes = line.bytes();
    for (n, trace) in bytes[HEADERS..].chunks_exact_mut(240 + 36).enumerate() {
        let angle = std::f64::consts::PI * n as f64 / 39.0;
        for (byte, place) in [(at::CDP_X, angle.cos()), (at::CDP_Y, angle.sin())] {
            let tenths = (50_000.0 + 1000.0 * place).round() as i32;
            trace[byte - 1..byte + 3].copy_from_slice(&tenths.to_be_bytes());
        }
    }
    std::fs::write(&path, bytes).unwrap();
    let crooked = told();
    assert!(
        crooked.contains("One line of 314 m, 8.06 m between traces, crooked: up to 100 m"),
        "{crooked}"
    );
    let volume = open(&path, &named).unwrap();
    let track = crate::io::track(volume.as_ref(), 10).unwrap();
    let ends = [track[0], track[track.len() - 1]].map(|p| (p.index, p.x, p.y));
    assert_eq!(ends, [(0, 5100.0, 5000.0), (39, 4900.0, 5000.0)]);
    assert!(track.len() <= 12 && track.windows(2).all(|w| w[0].index < w[1].index));
}

#[test]
fn faults_of_files_are_named() {
    let scratch = Scratch::new();
    let path = scratch.path("in.sgy");
    let options = OpenOptions::default();
    let error = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        open(&path, &options).err().unwrap().to_string()
    };
    let whole = Fixture::cube(&[1, 2, 3], &[1, 2, 3]).bytes();
    assert!(error(&[]).contains("the file is empty"));
    assert!(error(&whole[..3000]).contains("needs 3600 bytes but the file has 3000"));
    assert!(error(&whole[..3700]).contains("the first trace needs 3876 bytes"));
    let mut odd = whole.clone();
    odd[3225] = 77;
    assert!(error(&odd).contains("sample format 77"));
    let mut uneven = whole.clone();
    let third = 3600 + 2 * (240 + 36) + 114;
    uneven[third + 1] = 8;
    assert!(error(&uneven).contains("trace 3 has 8 samples and the first 9"));
    assert!(
        open(scratch.0.path(), &options)
            .err()
            .unwrap()
            .to_string()
            .contains("folder")
    );
    assert!(
        open(&scratch.path("none"), &options)
            .err()
            .unwrap()
            .to_string()
            .contains("cannot open")
    );
    // Cut inside the last trace: eight whole ones, and a note.
    std::fs::write(&path, &whole[..whole.len() - 20]).unwrap();
    let volume = open(&path, &options).unwrap();
    assert!(volume.notes()[0].starts_with("256 bytes left over after 8 whole traces"));
    // Cut after it was opened: an error, no crash.
    std::fs::write(&path, &whole[..4000]).unwrap();
    let mut out = vec![0.0; volume.grid().len()];
    let error = volume.read(&volume.grid().all(), &mut out).unwrap_err();
    assert!(matches!(error, IoError::Truncated { .. }), "{error}");
}

#[test]
fn blocks_outside_or_of_another_size_are_refused() {
    let scratch = Scratch::new();
    let volume = scratch
        .open(&Fixture::cube(&[1, 2, 3], &[1, 2, 3]))
        .unwrap();
    let all = volume.grid().all();
    let mut out = vec![0.0; all.len()];
    let outside = Block {
        inlines: Pick::range(1, 4),
        ..all
    };
    let still = Block {
        samples: Pick {
            step: 0,
            ..all.samples
        },
        ..all
    };
    for block in [outside, still] {
        assert!(matches!(
            volume.read(&block, &mut out),
            Err(IoError::Block { .. })
        ));
    }
    assert!(matches!(
        volume.read(&all, &mut out[1..]),
        Err(IoError::Block { .. })
    ));
    let none = Block {
        inlines: Pick::range(1, 1),
        ..all
    };
    assert!(volume.read(&none, &mut []).is_ok());
}

/// The survey of a file, by probing where `probed`.
fn surveyed(path: &Path, probed: bool) -> Option<Survey> {
    let source = Source::open(path).unwrap();
    let layout = Layout::read(&source).unwrap();
    let effort = if probed { Effort::Probe } else { Effort::Scan };
    let options = OpenOptions::default();
    let found = survey(&source, &layout, &options, false, effort, &Task::silent()).unwrap();
    match found.verdict {
        Verdict::Cube(survey) => Some(survey),
        Verdict::Not(_) => None,
    }
}

fn assert_same(a: &Survey, b: &Survey) {
    assert_eq!((a.inlines, a.crosslines), (b.inlines, b.crosslines));
    for i in 0..a.inlines.count {
        for x in 0..a.crosslines.count {
            assert_eq!(a.index.trace(i, x), b.index.trace(i, x));
        }
    }
}

#[test]
fn probing_finds_what_scanning_finds() {
    let scratch = Scratch::new();
    let lines: Vec<i32> = (0..80).map(|i| 100 + 3 * i).collect();
    let long: Vec<i32> = (0..120).map(|x| 7 + 2 * x).collect();
    let regular = Fixture::cube(&lines, &long);
    let mut ragged = regular.clone();
    ragged.traces.retain(|t| {
        let (i, x) = ((t.inline - 100) / 3, t.crossline);
        x > i && x < 240 - i && !(40..50).contains(&(x + i)) && i != 9
    });
    for fixture in [
        regular.clone(),
        regular.by_crossline(),
        ragged.clone(),
        ragged.by_crossline(),
    ] {
        let path = scratch.path("in.sgy");
        fixture.write(&path);
        let probed = surveyed(&path, true).unwrap();
        assert!(!probed.scanned);
        assert_same(&probed, &surveyed(&path, false).unwrap());
    }
}

#[test]
fn what_cannot_be_probed_is_scanned() {
    let scratch = Scratch::new();
    let mut mixed = Fixture::cube(&[1, 2, 3, 4], &(0..40).collect::<Vec<_>>());
    mixed.traces.swap(50, 90);
    mixed.traces.reverse();
    mixed.traces.swap(0, 7);
    let path = scratch.path("in.sgy");
    mixed.write(&path);
    assert!(surveyed(&path, true).is_none());
    assert_in_place(
        open(&path, &OpenOptions::default()).unwrap().as_ref(),
        &mixed,
    );
}

/// Writes a part of a volume and opens the result.
fn written(
    scratch: &Scratch,
    volume: &dyn Volume,
    block: &Block,
    kind: SampleKind,
) -> Arc<dyn Volume> {
    let path = scratch.path("out.sgy");
    let writer = VolumeWriter::create(&path, volume, block, kind, &recipe(), true).unwrap();
    let mut data = vec![0.0; block.len()];
    volume.read(block, &mut data).unwrap();
    writer.write(&writer.grid().all(), &data).unwrap();
    writer.finish().unwrap();
    open(&path, &OpenOptions::default()).unwrap()
}

#[test]
fn outputs_keep_the_inputs_traces() {
    let scratch = Scratch::new();
    let mut fixture = Fixture::cube(&[5, 4, 3, 2, 1], &[10, 20, 30, 40]).by_crossline();
    fixture.order = ByteOrder::Little;
    fixture.traces.remove(13);
    fixture.traces[6].dead = true;
    let volume = scratch.open(&fixture).unwrap();
    let whole = written(
        &scratch,
        volume.as_ref(),
        &volume.grid().all(),
        SampleKind::Continuous,
    );
    assert_in_place(whole.as_ref(), &fixture);
    assert_eq!(whole.grid(), volume.grid());
    let (input, output) = (
        std::fs::read(scratch.path("in.sgy")).unwrap(),
        std::fs::read(scratch.path("out.sgy")).unwrap(),
    );
    assert_eq!(input.len(), output.len());
    let header = |bytes: &[u8], t: usize| {
        let mut header = bytes[3600 + t * 276..][..240].to_vec();
        header[at::INTERVAL - 1..=at::INTERVAL].fill(0);
        header
    };
    for t in 0..fixture.traces.len() {
        assert_eq!(header(&input, t), header(&output, t), "{t}");
    }

    let block = Block {
        inlines: Pick {
            start: 1,
            step: 2,
            count: 2,
        },
        crosslines: Pick {
            start: 0,
            step: 1,
            count: 3,
        },
        samples: Pick {
            start: 2,
            step: 3,
            count: 2,
        },
    };
    let part = written(&scratch, volume.as_ref(), &block, SampleKind::Continuous);
    assert_eq!(part.grid().inlines, Axis::new(4.0, -2.0, 2));
    assert_eq!(part.grid().samples, Axis::new(104.0, 6.0, 2));
    let (all, some) = (read_all(volume.as_ref()), read_all(part.as_ref()));
    let [_, nx, ns] = volume.grid().shape();
    let mut at = some.iter();
    for i in block.inlines.indices() {
        for x in block.crosslines.indices() {
            for s in block.samples.indices() {
                assert_eq!(
                    all[(i * nx + x) * ns + s].to_bits(),
                    at.next().unwrap().to_bits()
                );
            }
        }
    }
}

#[test]
fn one_inline_of_a_volume_is_a_thin_volume() {
    let scratch = Scratch::new();
    let volume = scratch
        .open(&Fixture::cube(&[1, 2, 3], &[10, 20, 30]))
        .unwrap();
    let block = Block {
        inlines: Pick::one(1),
        ..volume.grid().all()
    };
    let thin = written(&scratch, volume.as_ref(), &block, SampleKind::Continuous);
    assert_eq!(thin.grid().shape(), [1, 3, 9]);
    assert_eq!(thin.grid().inlines.first, 2.0);
}

#[test]
fn nulls_come_back_as_nulls() {
    let scratch = Scratch::new();
    let volume = scratch
        .open(&Fixture::cube(&[1, 2, 3], &[10, 20, 30]))
        .unwrap();
    for (kind, byte) in [(SampleKind::Continuous, 5), (SampleKind::Classes, 8)] {
        let path = scratch.path("out.sgy");
        let all = volume.grid().all();
        let writer =
            VolumeWriter::create(&path, volume.as_ref(), &all, kind, &recipe(), true).unwrap();
        let data: Vec<f32> = (0..all.len())
            .map(|i| {
                if i % 5 == 0 {
                    f32::NAN
                } else {
                    (i % 3 + 1) as f32
                }
            })
            .collect();
        writer.write(&all, &data).unwrap();
        writer.finish().unwrap();
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(bytes[3224..3226], [0, byte]);
        let back = open(&path, &OpenOptions::default()).unwrap();
        assert_eq!(back.kind(), kind);
        for (a, b) in data.iter().zip(read_all(back.as_ref())) {
            assert!(*a == b || (a.is_nan() && b.is_nan()));
        }
    }
}

/// First traces of field files against the samples that obspy read from them.
#[test]
fn field_traces_agree_with_obspy() {
    let Some(folder) = data() else { return };
    let mut compared = 0;
    for name in [
        "00001034.sgy_first_trace",
        "1.sgy_first_trace",
        "example.y_first_trace",
        "ld0042_file_00018.sgy_first_trace",
        "planes.segy_first_trace",
    ] {
        let path = folder.join("obspy_segy").join(name);
        let source = Source::open(&path).unwrap();
        let file = SegyFile::open(
            source,
            &OpenOptions::default(),
            Effort::Open,
            &Task::silent(),
        )
        .unwrap();
        let SegyFile::Other(other) = file else {
            panic!("{name} is one trace")
        };
        let mut samples = vec![0.0; other.layout.samples];
        let block = Block {
            inlines: Pick::one(0),
            crosslines: Pick::one(0),
            samples: Pick::range(0, samples.len()),
        };
        other
            .traces
            .read(&block, &mut samples, |_, _| Some(0))
            .unwrap();
        let reference =
            std::fs::read(folder.join("obspy_segy").join(format!("{name}.npy"))).unwrap();
        let start = 10 + usize::from(reference[8]) + 256 * usize::from(reference[9]);
        let head = String::from_utf8_lossy(&reference[..start]).into_owned();
        let words = reference[start..].as_chunks::<4>().0;
        let expected: Vec<f32> = if head.contains("<f4") {
            words.iter().map(|w| f32::from_le_bytes(*w)).collect()
        } else if head.contains("<i4") {
            words
                .iter()
                .map(|w| i32::from_le_bytes(*w) as f32)
                .collect()
        } else {
            let words = reference[start..].as_chunks::<2>().0;
            words
                .iter()
                .map(|w| f32::from(i16::from_le_bytes(*w)))
                .collect()
        };
        assert_eq!(samples, expected, "{name} {head}");
        compared += 1;
    }
    assert_eq!(compared, 5);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever a few bytes of the headers are changed to, nothing panics and
    /// nothing is allocated that the file's own size does not justify.
    #[test]
    fn mutated_headers_are_survived(
        changes in prop::collection::vec((3200usize..6084, any::<u8>()), 1..8),
        cut in 0usize..3000,
    ) {
        let scratch = Scratch::new();
        let path = scratch.path("in.sgy");
        let mut bytes = Fixture::cube(&[1, 2, 3], &[1, 2, 3]).bytes();
        for (at, value) in changes {
            bytes[at] = value;
        }
        bytes.truncate(bytes.len() - cut);
        std::fs::write(&path, &bytes).unwrap();
        if let Ok(volume) = open(&path, &OpenOptions::default()) {
            prop_assert!(volume.grid().len() <= 10 * bytes.len());
            read_all(volume.as_ref());
        }
        let options = OpenOptions::default();
        let _ = facts(&path, &options, true, &Task::silent());
        if let Ok(found) = diagnose(&path, &options, (3, 5), false, &Task::silent()) {
            let cells = found.map.map_or(0, |map| map.cells.len());
            prop_assert!(cells <= 15 && !found.verdict.is_empty());
        }
    }

    #[test]
    fn random_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..9000), format in 0u8..9) {
        let scratch = Scratch::new();
        let mut bytes = bytes;
        if let Some(code) = bytes.get_mut(3224..3226) {
            code.copy_from_slice(&[0, format]);
        }
        for name in ["in.sgy", "in.su", "in.H", "in.npy", "in.bin"] {
            let path = scratch.path(name);
            std::fs::write(&path, &bytes).unwrap();
            let options = OpenOptions::default();
            if let Ok(volume) = open(&path, &options) {
                read_all(volume.as_ref());
            }
            let _ = diagnose(&path, &options, (3, 5), true, &Task::silent());
        }
    }
}
