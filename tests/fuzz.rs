//! Fuzz targets of every reader. As ordinary tests they try some hundred inputs;
//! for a longer search
//!
//! ```text
//! BOLERO_RANDOM_TEST_TIME_MS=180000 BOLERO_RANDOM_ITERATIONS=1000000000 cargo test --test fuzz
//! cargo +nightly bolero test segy -T 180s   # guided by coverage, where cargo-bolero is installed
//! ```
//!
//! An input is a list of edits of a small whole file, so that most of it stays
//! what readers expect; the first byte chooses the file, or none: then the input
//! itself is the file.
#![allow(clippy::unwrap_used)] // this is a test

#[path = "mutation/reading.rs"]
mod reading;
#[path = "mutation/seeds.rs"]
mod seeds;

use std::sync::LazyLock;

use seeds::Seed;

static SEEDS: LazyLock<Vec<Seed>> = LazyLock::new(seeds::all);

/// Inputs that an ordinary test tries.
const INPUTS: usize = 300;
/// Words that texts are spoilt with.
const WORDS: [&str; 12] = [
    "=",
    "\"",
    "\n",
    " ",
    "#",
    "(",
    ")",
    ",",
    "-",
    "99999999999999999999",
    "1e999",
    "nan",
];

/// Where, what kind of edit, with which number.
type Edit = (u16, u8, u32);

fn edited(bytes: &[u8], edits: &[Edit]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for &(at, kind, value) in edits {
        let at = usize::from(at) % (bytes.len() + 1);
        let width = (value as usize % 40).min(bytes.len() - at);
        let mut set = |new: &[u8]| {
            for (place, byte) in bytes.iter_mut().skip(at).zip(new) {
                *place = *byte;
            }
        };
        match kind % 8 {
            0 | 1 => set(&[value as u8]),
            2 => set(&(value as u16).to_be_bytes()),
            3 => set(&value.to_be_bytes()),
            4 => drop(bytes.drain(at..at + width)),
            5 => {
                let piece = bytes[at..at + width].to_vec();
                bytes.splice(at..at, piece);
            }
            6 => {
                let word = WORDS[value as usize % WORDS.len()];
                bytes.splice(at..at, word.bytes());
            }
            _ => bytes.truncate(at),
        }
    }
    bytes
}

/// Tries inputs on the seeds whose name begins with one of `names`; `target` is the
/// name of the test, by which a fuzzer finds it.
fn fuzz(target: &str, names: &[&str]) {
    let seeds: Vec<&Seed> = SEEDS
        .iter()
        .filter(|seed| names.iter().any(|name| seed.name.starts_with(name)))
        .collect();
    assert!(!seeds.is_empty());
    let scratch = tempfile::tempdir().unwrap();
    let place = |seed: &Seed| {
        // A run is known by its folder's name.
        let own = seed.name.replace(|c: char| !c.is_alphanumeric(), "_");
        scratch.path().join(own).join("1-rfc3d")
    };
    for seed in &seeds {
        seed.lay_out(&place(seed));
    }
    bolero::check!(name = target)
        .with_type::<(u8, Vec<Edit>, Vec<u8>)>()
        .with_iterations(INPUTS)
        .for_each(|(choice, edits, raw)| {
            let choice = usize::from(*choice) % (seeds.len() * 8);
            let seed = seeds[choice / 8];
            let folder = place(seed);
            let bytes = match choice % 8 {
                0 => raw.clone(),
                1 => [&seed.bytes()[..seed.bytes().len().min(64)], raw].concat(),
                _ => edited(seed.bytes(), edits),
            };
            std::fs::write(folder.join(seed.spoilt), bytes).unwrap();
            if let Err(message) = reading::read(seed.kind, &folder.join(seed.opened)) {
                assert!(!message.trim().is_empty());
                assert!(!message.contains(char::is_control), "{message:?}");
            }
        });
}

#[test]
fn segy() {
    fuzz("segy", &["segy"]);
}

#[test]
fn seplib() {
    fuzz("seplib", &[".H", ".rsf"]);
}

#[test]
fn npy() {
    fuzz("npy", &[".npy"]);
}

#[test]
fn polygons() {
    fuzz("polygons", &["polygons"]);
}

#[test]
fn guides() {
    fuzz("guides", &["horizon", "well"]);
}

#[test]
fn training() {
    fuzz("training", &["training", "groups"]);
}

#[test]
fn session() {
    fuzz("session", &["session"]);
}

#[test]
fn run() {
    fuzz("run", &["run"]);
}
