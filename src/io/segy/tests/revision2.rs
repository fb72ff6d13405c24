//! What revision 2 added, and Seismic Unix files.

use super::*;
use crate::io::segy::binary::{HEADERS, field};
use crate::io::segy::writer::SegyPlan;
use crate::model::Grid;

/// A cube of 3 x 4 traces of 9 samples, 276 bytes a trace.
fn cube() -> Fixture {
    Fixture::cube(&[1, 2, 3], &[10, 20, 30, 40])
}

/// Sets a number of the binary header of a big-endian file.
fn set<const N: usize>(bytes: &mut [u8], byte: usize, word: [u8; N]) {
    bytes[byte - 1..byte - 1 + N].copy_from_slice(&word);
}

/// The file with `more` bytes after each trace header.
fn with_more_headers(bytes: &[u8], more: usize) -> Vec<u8> {
    let mut out = bytes[..HEADERS].to_vec();
    for trace in bytes[HEADERS..].chunks_exact(276) {
        out.extend(&trace[..240]);
        out.resize(out.len() + more, 0xee);
        out.extend(&trace[240..]);
    }
    out
}

fn opened(scratch: &Scratch, name: &str, bytes: &[u8]) -> Arc<dyn Volume> {
    let path = scratch.path(name);
    std::fs::write(&path, bytes).unwrap();
    open(&path, &OpenOptions::default()).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn additional_headers_counts_and_intervals() {
    let scratch = Scratch::new();
    let mut bytes = cube().bytes();
    set(&mut bytes, field::REVISION, [2, 1]);
    set(&mut bytes, field::TRACE_HEADERS, 2i16.to_be_bytes());
    // The survey type of revision 2.1 is no part of that count.
    set(&mut bytes, field::TRACE_HEADERS + 2, 7i16.to_be_bytes());
    set(&mut bytes, field::SAMPLES, 7i16.to_be_bytes());
    set(&mut bytes, field::MORE_SAMPLES, 9i32.to_be_bytes());
    set(&mut bytes, field::MORE_INTERVAL, 1234.5f64.to_be_bytes());
    let bytes = with_more_headers(&bytes, 480);
    let volume = opened(&scratch, "in.sgy", &bytes);
    assert_in_place(volume.as_ref(), &cube());
    assert_eq!(volume.grid().samples, Axis::new(100.0, 1.2345, 9));
}

#[test]
fn a_copy_of_revision_2_tells_what_it_holds() {
    let scratch = Scratch::new();
    let mut bytes = cube().bytes();
    set(&mut bytes, field::REVISION, [2, 0]);
    set(&mut bytes, field::TRACE_HEADERS, 1i32.to_be_bytes());
    set(&mut bytes, field::MORE_SAMPLES, 9i32.to_be_bytes());
    set(&mut bytes, field::MORE_INTERVAL, 2000f64.to_be_bytes());
    set(&mut bytes, field::TRACES, 12u64.to_be_bytes());
    set(&mut bytes, field::TRAILERS, 1i32.to_be_bytes());
    set(&mut bytes, field::FIRST_TRACE, 6900u64.to_be_bytes());
    let mut bytes = with_more_headers(&bytes, 240);
    // One extended textual header, 100 bytes that only the offset tells of, and
    // a record after the traces.
    bytes.splice(HEADERS..HEADERS, vec![0x40; 3300]);
    bytes.extend(vec![0x40; 3200]);
    let volume = opened(&scratch, "in.sgy", &bytes);
    assert_in_place(volume.as_ref(), &cube());
    assert!(volume.notes().is_empty(), "{:?}", volume.notes());
    let block = Block {
        crosslines: Pick::range(1, 3),
        samples: Pick::range(0, 8),
        ..volume.grid().all()
    };
    let copy = written(&scratch, volume.as_ref(), &block, SampleKind::Continuous);
    assert!(copy.notes().is_empty(), "{:?}", copy.notes());
    assert_eq!(copy.grid().shape(), [3, 2, 8]);
    let bytes = std::fs::read(scratch.path("out.sgy")).unwrap();
    assert_eq!(bytes.len(), 6900 + 6 * (240 + 32));
    let long = |byte: usize| u64::from_be_bytes(*bytes[byte - 1..].first_chunk().unwrap());
    assert_eq!((long(field::TRACES), long(field::FIRST_TRACE)), (6, 6900));
    assert_eq!(
        (long(field::MORE_INTERVAL), long(field::TRAILERS) >> 32),
        (0, 0)
    );
}

#[test]
fn text_until_its_end_and_marks_of_byte_order() {
    let scratch = Scratch::new();
    let mut bytes = cube().bytes();
    set(&mut bytes, field::TEXT_HEADERS, (-1i16).to_be_bytes());
    let mut text = vec![b' '; 6400];
    text[3200..3217].copy_from_slice(b"(( seg: EndText))");
    let endless = bytes.clone();
    bytes.splice(HEADERS..HEADERS, text);
    assert_in_place(opened(&scratch, "in.sgy", &bytes).as_ref(), &cube());
    let refused = |bytes: &[u8]| {
        let path = scratch.path("in.sgy");
        std::fs::write(&path, bytes).unwrap();
        open(&path, &OpenOptions::default())
            .err()
            .unwrap()
            .to_string()
    };
    assert!(refused(&endless).contains("no `((SEG: EndText))`"));
    let mut pairs = cube().bytes();
    set(&mut pairs, field::ORDER_MARK, [2, 1, 4, 3]);
    assert!(refused(&pairs).contains("byte 3297: the bytes of the file are swapped in pairs"));
    let mut gain = cube().bytes();
    set(&mut gain, field::FORMAT, [0, 4]);
    assert!(refused(&gain).contains("format 4 (fixed point with gain)"));
}

#[test]
fn counts_that_the_length_contradicts_are_not_believed() {
    let scratch = Scratch::new();
    let mut bytes = cube().bytes();
    set(&mut bytes, field::SAMPLES, 1000i16.to_be_bytes());
    set(&mut bytes, field::REVISION, [2, 0]);
    set(&mut bytes, field::TRACE_HEADERS, 3i32.to_be_bytes());
    let volume = opened(&scratch, "in.sgy", &bytes);
    assert_in_place(volume.as_ref(), &cube());
    let told = volume.notes().join(" ");
    assert!(told.contains("1000 samples a trace; 9 taken"), "{told}");
    assert!(told.contains("3 additional trace headers"), "{told}");
    // Absurd counts are compared with the file before anything is allocated.
    set(&mut bytes, field::MORE_SAMPLES, i32::MAX.to_be_bytes());
    set(&mut bytes, field::TRACE_HEADERS, i32::MAX.to_be_bytes());
    assert_in_place(opened(&scratch, "in.sgy", &bytes).as_ref(), &cube());
}

#[test]
fn seismic_unix_files_in_either_order_become_seg_y() {
    let scratch = Scratch::new();
    for order in [ByteOrder::Big, ByteOrder::Little] {
        let fixture = Fixture { order, ..cube() };
        // Told by its content too, whatever its name.
        for name in ["in.su", "in.dat"] {
            let volume = opened(&scratch, name, &fixture.bytes()[HEADERS..]);
            assert_in_place(volume.as_ref(), &fixture);
            // Trace headers hold no interval here.
            assert_eq!(volume.grid().samples, Axis::new(100.0, 4.0, 9));
            let all = volume.grid().all();
            let copy = written(&scratch, volume.as_ref(), &all, SampleKind::Classes);
            assert_eq!(
                (copy.grid(), copy.kind()),
                (volume.grid(), SampleKind::Classes)
            );
        }
    }
    let path = scratch.path("in.su");
    std::fs::write(&path, vec![0; 5000]).unwrap();
    let error = open(&path, &OpenOptions::default()).err().unwrap();
    assert!(
        error.to_string().contains("no Seismic Unix file"),
        "{error}"
    );
    std::fs::write(&path, cube().bytes()).unwrap();
    assert!(open(&path, &OpenOptions::default()).is_ok());
}

#[test]
fn what_revision_1_cannot_tell_is_written_as_revision_2() {
    let scratch = Scratch::new();
    let grid = *opened(&scratch, "in.sgy", &cube().bytes()).grid();
    for (step, count) in [(1.2345, 9), (40.0, 9), (2.0, 70_000)] {
        let grid = Grid {
            samples: Axis::new(100.0, step, count),
            ..grid
        };
        let path = scratch.path("fresh.sgy");
        let plan = SegyPlan::fresh(&path, &grid, SampleKind::Continuous, &recipe()).unwrap();
        let mut bytes = plan.head.clone();
        for trace in 0..plan.traces {
            bytes.extend(plan.header(trace).unwrap().0);
            bytes.resize(bytes.len() + 4 * count, 0);
        }
        let fresh = opened(&scratch, "fresh.sgy", &bytes);
        assert!(fresh.notes().is_empty(), "{:?}", fresh.notes());
        assert_eq!(fresh.grid().samples, grid.samples);
        assert_eq!(fresh.grid().shape(), [3, 4, count]);
        let all = fresh.grid().all();
        let copy = written(&scratch, fresh.as_ref(), &all, SampleKind::Continuous);
        assert_eq!(copy.grid(), fresh.grid());
    }
}

#[test]
fn a_copy_that_needs_revision_2_clears_what_had_no_meaning_before() {
    let scratch = Scratch::new();
    let slow = Fixture {
        interval_us: 16_000,
        ..cube()
    };
    let mut bytes = slow.bytes();
    set(&mut bytes, 3261, [7; 36]);
    set(&mut bytes, 3509, [9; 24]);
    let volume = opened(&scratch, "in.sgy", &bytes);
    let block = Block {
        samples: Pick {
            start: 0,
            step: 4,
            count: 3,
        },
        ..volume.grid().all()
    };
    let copy = written(&scratch, volume.as_ref(), &block, SampleKind::Continuous);
    assert!(copy.notes().is_empty(), "{:?}", copy.notes());
    assert_eq!(copy.grid().samples, Axis::new(100.0, 64.0, 3));
    let thinned: Vec<f32> = read_all(volume.as_ref())
        .chunks(9)
        .flat_map(|trace| trace.iter().step_by(4).copied())
        .collect();
    assert_eq!(read_all(copy.as_ref()), thinned);
}
