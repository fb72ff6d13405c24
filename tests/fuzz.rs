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

use std::path::PathBuf;
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

/// Files that are spoilt, each in a folder of its own.
struct Ground {
    seeds: Vec<&'static Seed>,
    scratch: tempfile::TempDir,
}

impl Ground {
    /// The seeds whose name begins with one of `names`.
    fn lay_out(names: &[&str]) -> Ground {
        let named = |seed: &&Seed| names.iter().any(|name| seed.name.starts_with(name));
        let ground = Ground {
            seeds: SEEDS.iter().filter(named).collect(),
            scratch: tempfile::tempdir().unwrap(),
        };
        assert!(!ground.seeds.is_empty());
        for seed in &ground.seeds {
            seed.lay_out(&ground.place(seed));
        }
        ground
    }

    fn place(&self, seed: &Seed) -> PathBuf {
        // A run is known by its folder's name.
        let own = seed.name.replace(|c: char| !c.is_alphanumeric(), "_");
        self.scratch.path().join(own).join("1-rfc3d")
    }

    /// Spoils a seed and reads it: it is read, or refused in words.
    fn read(&self, (choice, edits, raw): &(u8, Vec<Edit>, Vec<u8>)) {
        let choice = usize::from(*choice) % (self.seeds.len() * 8);
        let seed = self.seeds[choice / 8];
        let folder = self.place(seed);
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
    }
}

/// Tries inputs on seeds. A fuzzer knows the target by the function that this
/// stands in.
macro_rules! fuzz {
    ($($name:literal),+) => {
        let target = bolero::check!();
        let ground = Ground::lay_out(&[$($name),+]);
        target
            .with_type::<(u8, Vec<Edit>, Vec<u8>)>()
            .with_iterations(INPUTS)
            .for_each(|input| ground.read(input));
    };
}

#[test]
fn segy() {
    fuzz!("segy");
}

#[test]
fn seplib() {
    fuzz!(".H", ".rsf");
}

#[test]
fn npy() {
    fuzz!(".npy");
}

#[test]
fn polygons() {
    fuzz!("polygons");
}

#[test]
fn guides() {
    fuzz!("horizon", "well");
}

#[test]
fn training() {
    fuzz!("training", "groups");
}

#[test]
fn session() {
    fuzz!("session");
}

#[test]
fn run() {
    fuzz!("run");
}
