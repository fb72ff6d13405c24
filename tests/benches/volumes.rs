//! Times of opening, slicing and bricking a SEG-Y volume of 400 x 400 x 500
//! (358 MB), as IBM and as IEEE floats, the file in the page cache.
//!
//! ```text
//! cargo bench --bench volumes                 all of the above
//! cargo bench --bench volumes -- sparse       opening and slicing 100 GB with holes
//! ```
//!
//! Files are made in `$OUTCROP_BENCH_DIR`, and kept there, or else in a folder
//! that is removed (the sparse file takes 5 GB of disk). Medians are printed, and
//! what they are of. No harness: most figures are wanted as ratios (to reading
//! the file once), and the peak of memory needs a process of its own.
#![allow(clippy::unwrap_used)] // a bench that cannot work stops

#[path = "meter/mod.rs"]
mod meter;

use std::fs::File;
use std::hint::black_box;
use std::io::{BufWriter, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, mpsc};
use std::time::Instant;

use outcrop::io::{BrickBuilder, BrickMemory, Bricks, OpenOptions, decode_ibm, facts, open};
use outcrop::model::{Direction, Pick, SliceKey};
use outcrop::preview::{SliceEngine, SliceId};
use outcrop::task::{CancelFlag, Task};

const SHAPE: [usize; 3] = [400, 400, 500];
/// 100 GB in traces so long that the headers take 5 GB of disk.
const SPARSE: [usize; 3] = [1120, 1120, 20_000];
const DIRECTIONS: [Direction; 3] = [Direction::Inline, Direction::Crossline, Direction::Time];

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let word = |n: usize| words.get(n).map_or("", String::as_str);
    let made = tempfile::tempdir().unwrap();
    let folder =
        std::env::var_os("OUTCROP_BENCH_DIR").map_or_else(|| made.path().to_owned(), PathBuf::from);
    match word(0) {
        "build" => build_once(Path::new(word(1)), word(2) == "floats"),
        "look" => look_once(Path::new(word(1))),
        "sparse" => sparse(&folder),
        _ => {
            decoding();
            for (name, format) in [("IBM", 1), ("IEEE", 5)] {
                let path = folder.join(format!("bench_{name}.sgy"));
                make(&path, format);
                println!("\n{name} floats: {} MB", file_size(&path) / 1_000_000);
                opening(&path);
                slices(&path);
                bricks(&path);
                engine(&path);
            }
        }
    }
}

/// The middle of so many figures.
fn middle(runs: usize, run: impl FnMut() -> f64) -> f64 {
    let mut figures: Vec<f64> = std::iter::repeat_with(run).take(runs).collect();
    figures.sort_unstable_by(f64::total_cmp);
    figures[runs / 2]
}

fn timed<T>(call: impl FnOnce() -> T) -> f64 {
    let began = Instant::now();
    black_box(call());
    began.elapsed().as_secs_f64()
}

/// Asks the system to drop what it keeps of a file in memory.
fn forget(path: &Path) {
    let file = File::open(path).unwrap();
    file.sync_all().unwrap();
    rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed).unwrap();
}

/// Reads a file and writes a third of its bytes to another, two threads of pieces
/// of 256 KiB: the least that building the bricks can take.
fn read_and_write(path: &Path) {
    const PIECE: u64 = 256 << 10;
    let from = File::open(path).unwrap();
    let to = tempfile::tempfile_in(path.parent().unwrap()).unwrap();
    let pieces = file_size(path) / PIECE;
    let each = 123_000_000 / pieces;
    std::thread::scope(|scope| {
        for thread in 0..2 {
            let (from, to) = (&from, &to);
            scope.spawn(move || {
                let mut bytes = vec![0; PIECE as usize];
                for piece in (thread..pieces).step_by(2) {
                    from.read_exact_at(&mut bytes, piece * PIECE).unwrap();
                    to.write_all_at(&bytes[..each as usize], piece * each)
                        .unwrap();
                }
            });
        }
    });
}

/// Median seconds of so many calls, after one that does not count.
fn median<T>(calls: usize, mut call: impl FnMut() -> T) -> f64 {
    black_box(call());
    let mut seconds: Vec<f64> = (0..calls)
        .map(|_| {
            let began = Instant::now();
            black_box(call());
            began.elapsed().as_secs_f64()
        })
        .collect();
    seconds.sort_unstable_by(f64::total_cmp);
    seconds[calls / 2]
}

fn say(what: &str, seconds: f64) {
    println!("  {what:<58} {:>9.3} ms", seconds * 1e3);
}

fn file_size(path: &Path) -> u64 {
    path.metadata().unwrap().len()
}

fn decoding() {
    let words =
        (0..1u32 << 16).map(|n| 0x4000_0000 | (n.wrapping_mul(2_654_435_761) & 0x83ff_ffff));
    let bytes: Vec<u8> = words.flat_map(u32::to_be_bytes).collect();
    let mut out = vec![0.0; bytes.len() / 4];
    let seconds = median(2000, || decode_ibm(black_box(&bytes), black_box(&mut out)));
    let rate = bytes.len() as f64 / seconds / 1e9;
    println!("decoding IBM floats, one thread: {rate:.2} GB/s of input");
}

fn opening(path: &Path) {
    let options = OpenOptions::default();
    say("open", median(30, || open(path, &options).unwrap()));
    let all = || facts(path, &options, true, &Task::silent()).unwrap();
    say("facts of every header and every sample", median(3, all));
}

fn slices(path: &Path) {
    let volume = open(path, &OpenOptions::default()).unwrap();
    let grid = *volume.grid();
    for direction in DIRECTIONS {
        let block = grid.middle(direction).block(&grid).unwrap();
        let mut out = vec![0.0; block.len()];
        let read = || volume.read(&block, &mut out).unwrap();
        say(
            &format!("{} from the file", direction.word()),
            median(30, read),
        );
    }
    let mut block = grid.middle(Direction::Time).block(&grid).unwrap();
    let fifth = |pick: Pick| Pick {
        step: 5,
        count: pick.count / 5,
        ..pick
    };
    block.inlines = fifth(block.inlines);
    block.crosslines = fifth(block.crosslines);
    let mut out = vec![0.0; block.len()];
    let read = || volume.read(&block, &mut out).unwrap();
    say("time from the file, every fifth trace", median(30, read));
}

/// Builds the copy in a process of its own, which prints what it took; beside it
/// what reading the file once takes, and reading it and writing as many bytes as
/// the copy has without doing anything to them.
fn bricks(path: &Path) {
    for warm in [true, false] {
        let place = if warm { "the page cache" } else { "the disk" };
        println!(" from {place}");
        let ready = || {
            if !warm {
                forget(path);
            }
        };
        let once = middle(5, || {
            ready();
            timed(|| {
                let null = File::create("/dev/null").unwrap();
                Command::new("cat").arg(path).stdout(null).status().unwrap()
            })
        });
        say("cat > /dev/null", once);
        let nothing = middle(5, || {
            ready();
            timed(|| read_and_write(path))
        });
        say("reading it and writing 123 MB, nothing else", nothing);
        for word in ["floats", "levels"] {
            let mut memory = 0.0;
            let seconds = middle(5, || {
                ready();
                let this = std::env::current_exe().unwrap();
                let child = Command::new(this).arg("build").arg(path).arg(word).output();
                let text = String::from_utf8(child.unwrap().stdout).unwrap();
                let mut numbers = text.split_whitespace().map(|w| w.parse().unwrap());
                let seconds = numbers.next().unwrap();
                memory = numbers.next().unwrap();
                seconds
            });
            say(&format!("building the bricks, {word}"), seconds);
            println!("    {:.1} times cat, peak {memory:.0} MiB", seconds / once);
        }
    }
    let volume = open(path, &OpenOptions::default()).unwrap();
    let never = CancelFlag::default();
    let opened = |budget: usize| {
        let memory = Arc::new(BrickMemory::new(budget));
        Bricks::open(volume.as_ref(), &memory).unwrap().unwrap()
    };
    say("opening the bricks", median(30, || opened(0)));
    for direction in DIRECTIONS {
        let at = volume.grid().axis(direction).count / 2;
        let cold = opened(0);
        let read = || cold.codes(direction, at, 0, &never).unwrap();
        let name = format!("{} from bricks", direction.word());
        say(&format!("{name}, of the page cache"), median(30, read));
        let warm = opened(256 << 20);
        let read = || warm.codes(direction, at, 0, &never).unwrap();
        say(&format!("{name}, in memory"), median(200, read));
    }
}

/// What a key press waits for: the first and the whole picture of a slice.
fn engine(path: &Path) {
    for copy in [true, false] {
        let volume = open(path, &OpenOptions::default()).unwrap();
        let builder = BrickBuilder::plan(&volume, false).unwrap();
        if !copy {
            std::fs::remove_file(builder.path()).unwrap();
        }
        let (sender, delivered) = mpsc::channel();
        let engine = SliceEngine::start(2, 512 << 20, move |d| {
            let _ = sender.send(d);
        });
        let engine = engine.unwrap();
        let id = engine.add(Arc::clone(&volume));
        for direction in DIRECTIONS {
            let axis = volume.grid().axis(direction);
            let mut at = 100;
            let mut first = Vec::new();
            let whole = median(30, || {
                at += 1;
                let key = SliceKey::new(direction, axis.value(at));
                let began = Instant::now();
                engine.ask(&[SliceId { volume: id, key }], &[]);
                let mut slice = delivered.recv().unwrap().1.unwrap();
                first.push(began.elapsed().as_secs_f64());
                while slice.step > 1 {
                    slice = delivered.recv().unwrap().1.unwrap();
                }
            });
            first.sort_unstable_by(f64::total_cmp);
            let source = if copy { "with bricks" } else { "without" };
            let name = format!("engine, next {} {source}", direction.word());
            say(&format!("{name}: first picture"), first[first.len() / 2]);
            say(&format!("{name}: whole"), whole);
        }
    }
}

fn build_once(path: &Path, floats: bool) {
    let volume = open(path, &OpenOptions::default()).unwrap();
    let task = Task::silent();
    let began = Instant::now();
    let builder = BrickBuilder::plan(&volume, floats).unwrap();
    let scale = builder.scale(&task).unwrap();
    let mut sums = Vec::new();
    for slab in 0..builder.slabs().len() {
        sums.extend(builder.slab(slab, &scale, &task).unwrap());
    }
    let full = sums.clone();
    for band in 0..builder.bands().len() {
        sums.extend(builder.band(band, &full, &task).unwrap());
    }
    builder.finish(&scale, &sums, &task).unwrap();
    println!("{} {}", began.elapsed().as_secs_f64(), meter::peak());
}

/// A file of 100 GB of which only the headers are there.
fn sparse(folder: &Path) {
    let path = folder.join("bench_sparse.sgy");
    let bytes = 3600 + (SPARSE[0] * SPARSE[1]) as u64 * (240 + 4 * SPARSE[2] as u64);
    if path.metadata().map_or(0, |m| m.len()) != bytes {
        let file = File::create(&path).unwrap();
        file.set_len(bytes).unwrap();
        file.write_all_at(&file_header(5, SPARSE[2]), 0).unwrap();
        let stride = 240 + 4 * SPARSE[2] as u64;
        for n in 0..SPARSE[0] * SPARSE[1] {
            let header = trace_header(n / SPARSE[1], n % SPARSE[1], SPARSE[2]);
            file.write_all_at(&header, 3600 + n as u64 * stride)
                .unwrap();
        }
    }
    println!("sparse file: {} GB", bytes / 1_000_000_000);
    let this = std::env::current_exe().unwrap();
    let child = Command::new(this).arg("look").arg(&path).status().unwrap();
    assert!(child.success());
}

fn look_once(path: &Path) {
    let began = Instant::now();
    let volume = open(path, &OpenOptions::default()).unwrap();
    say("open", began.elapsed().as_secs_f64());
    let (sender, delivered) = mpsc::channel();
    let engine = SliceEngine::start(2, 64 << 20, move |d| {
        let _ = sender.send(d);
    });
    let engine = engine.unwrap();
    let id = engine.add(Arc::clone(&volume));
    for direction in [Direction::Inline, Direction::Time] {
        let began = Instant::now();
        let key = volume.grid().middle(direction);
        engine.ask(&[SliceId { volume: id, key }], &[]);
        let slice = delivered.recv().unwrap().1.unwrap();
        let name = format!("{key}, one trace in {}", slice.step);
        say(&name, began.elapsed().as_secs_f64());
    }
    println!("  peak {:.0} MiB", meter::peak());
}

/// Writes the volume, unless it is there.
fn make(path: &Path, format: u16) {
    let [inlines, crosslines, samples] = SHAPE;
    let bytes = 3600 + (inlines * crosslines * (240 + 4 * samples)) as u64;
    if path.metadata().is_ok_and(|m| m.len() == bytes) {
        return;
    }
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path).unwrap());
    file.write_all(&file_header(format, samples)).unwrap();
    let mut noise = 1u32;
    for inline in 0..inlines {
        for crossline in 0..crosslines {
            file.write_all(&trace_header(inline, crossline, samples))
                .unwrap();
            for t in 0..samples {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let dome = 10.0 * (inline as f32 / 40.0).sin() + crossline as f32 / 9.0;
                let value = ((t as f32 + dome) * 0.3).sin() + (noise >> 8) as f32 * 2e-8;
                let word = if format == 1 {
                    ibm(value)
                } else {
                    value.to_bits()
                };
                file.write_all(&word.to_be_bytes()).unwrap();
            }
        }
    }
    file.flush().unwrap();
}

fn file_header(format: u16, samples: usize) -> Vec<u8> {
    let mut bytes = vec![b' '; 3600];
    bytes[3200..].fill(0);
    for (byte, value) in [
        (3217, 4000),
        (3221, samples as u16),
        (3225, format),
        (3501, 0x0100),
    ] {
        bytes[byte - 1..=byte].copy_from_slice(&value.to_be_bytes());
    }
    bytes
}

fn trace_header(inline: usize, crossline: usize, samples: usize) -> [u8; 240] {
    let mut bytes = [0; 240];
    for (byte, value) in [(29, 1), (115, samples as u16), (117, 4000)] {
        bytes[byte - 1..=byte].copy_from_slice(&value.to_be_bytes());
    }
    for (byte, value) in [(189, inline + 1), (193, crossline + 1)] {
        bytes[byte - 1..byte + 3].copy_from_slice(&(value as u32).to_be_bytes());
    }
    bytes
}

/// An IBM single near a value of ordinary size: its digits cut, not rounded.
fn ibm(value: f32) -> u32 {
    let (mut size, mut exponent) = (f64::from(value.abs()), 64u32);
    if size == 0.0 {
        return 0;
    }
    while size >= 1.0 {
        size /= 16.0;
        exponent += 1;
    }
    while size < 1.0 / 16.0 {
        size *= 16.0;
        exponent -= 1;
    }
    let fraction = (size * f64::from(1 << 24)) as u32;
    u32::from(value < 0.0) << 31 | exponent << 24 | fraction
}
