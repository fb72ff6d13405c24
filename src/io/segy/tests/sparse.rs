//! A file larger than any memory: headers where they belong, holes for samples.

use std::fs::File;
use std::os::unix::fs::{FileExt, MetadataExt};

use super::*;
use crate::io::segy::binary::{HEADERS, field};
use crate::io::segy::header::TraceHeader;
use crate::io::{Certainty, HeaderScan};

const LINES: usize = 160;
const SAMPLES: usize = 1_000_000;
const STRIDE: u64 = 240 + 4 * SAMPLES as u64;

/// Writes 102 GB of a survey whose sample values are all 0, in 0.1 GB of disk;
/// false where the file system has no holes.
fn write(path: &Path) -> std::io::Result<bool> {
    let file = File::create(path)?;
    file.set_len(HEADERS as u64 + (LINES * LINES) as u64 * STRIDE)?;
    file.write_all_at(&[1], 1 << 30)?;
    if file.metadata()?.blocks() > 1 << 20 {
        return Ok(false);
    }
    file.write_all_at(&[0], 1 << 30)?;
    let mut head = vec![0x40; HEADERS];
    head[3200..].fill(0);
    let mut set = |byte: usize, word: &[u8]| {
        head[byte - 1..byte - 1 + word.len()].copy_from_slice(word);
    };
    set(field::INTERVAL, &1000i16.to_be_bytes());
    set(field::FORMAT, &1i16.to_be_bytes());
    set(field::MORE_SAMPLES, &(SAMPLES as i32).to_be_bytes());
    set(field::REVISION, &[2, 0]);
    file.write_all_at(&head, 0)?;
    for trace in 0..LINES * LINES {
        let mut header = TraceHeader::blank(ByteOrder::Big);
        header.set_i32(at::INLINE, 100 + (trace / LINES) as i32);
        header.set_i32(at::CROSSLINE, 500 + 2 * (trace % LINES) as i32);
        header.set_i16(at::TRACE_ID, 1);
        file.write_all_at(&header.bytes, HEADERS as u64 + trace as u64 * STRIDE)?;
    }
    Ok(true)
}

#[test]
fn a_hundred_gigabytes_open_at_once() {
    let scratch = Scratch::new();
    let path = scratch.path("huge.sgy");
    match write(&path) {
        Ok(true) => {}
        other => {
            println!("no sparse files of 102 GB here ({other:?}): skipped");
            return;
        }
    }
    let options = OpenOptions::default();
    let began = std::time::Instant::now();
    let volume = open(&path, &options).unwrap();
    println!("opened in {:?}", began.elapsed());
    assert_eq!(volume.grid().shape(), [LINES, LINES, SAMPLES]);
    assert_eq!(volume.certainty(), Certainty::Probed);
    // An inline at the resolution of a screen, and a coarse time slice.
    let all = volume.grid().all();
    let coarse = Pick {
        start: 0,
        step: 2000,
        count: 500,
    };
    let thin = Pick {
        start: 0,
        step: 4,
        count: LINES / 4,
    };
    for block in [
        Block {
            inlines: Pick::one(77),
            samples: coarse,
            ..all
        },
        Block {
            inlines: thin,
            crosslines: thin,
            samples: Pick::one(654_321),
        },
    ] {
        let began = std::time::Instant::now();
        let mut out = vec![1.0; block.len()];
        volume.read(&block, &mut out).unwrap();
        println!("{} samples read in {:?}", out.len(), began.elapsed());
        assert!(out.iter().all(|&v| v == 0.0));
    }
    let began = std::time::Instant::now();
    let found = diagnose(&path, &options, (20, 60), false, &Task::silent()).unwrap();
    println!("examined in {:?}", began.elapsed());
    assert!(found.facts.is_cube && !found.facts.exact);
    let scan = HeaderScan::plan(&path, &options).unwrap();
    let units = (0..scan.units().len()).map(|u| scan.unit(u, &Task::silent()).unwrap());
    scan.keep(&scan.join(units.collect()).unwrap()).unwrap();
    let volume = open(&path, &options).unwrap();
    assert_eq!(volume.certainty(), Certainty::Scanned);
}
