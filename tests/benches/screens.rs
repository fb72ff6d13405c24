//! Times and bytes of looking, in a pseudo-terminal: from a key to its picture.
//!
//! ```text
//! cargo bench --bench screens            # the built-in demo
//! cargo bench --bench screens -- FILE    # a session of yours
//! ```
//!
//! Limits: start to the first byte 150 ms; a key to the first byte 15 ms (95 %); a
//! step less than 100 KB at 200 x 60 in 256 colours, 45 KB on a slow line. Then the
//! same at the end of a line of 100 ms and 1 Mbit/s, with a terminal that answers
//! questions (so that pictures are paced) and with one that does not.
#![allow(clippy::unwrap_used)] // a bench that cannot work stops

#[path = "terminal/mod.rs"]
mod terminal;

use std::path::{Path, PathBuf};
use std::time::Instant;

use terminal::{Answer, Line, Terminal, ms, times};

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let given = std::env::args().skip(1).find(|a| !a.starts_with('-'));
    let session = given.map_or_else(|| demo(folder.path()), PathBuf::from);
    start(&session);
    for (name, variables) in [
        ("256 colours", &[][..]),
        ("truecolor", &[("COLORTERM", "truecolor")]),
        ("NO_COLOR", &[("NO_COLOR", "1")]),
    ] {
        for size in [(80, 24), (200, 60)] {
            near(&session, name, size, variables);
        }
    }
    far(&session, "questions answered", Line::far());
    let mute = Line {
        answers: false,
        ..Line::far()
    };
    far(&session, "no question answered", mute);
}

fn demo(folder: &Path) -> PathBuf {
    let status = std::process::Command::new(env!("CARGO_BIN_EXE_outcrop"))
        .args(["demo", "--no-tui"])
        .arg(folder)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
    folder.join("demo.ron")
}

fn start(session: &Path) {
    let first = |_| {
        let start = Instant::now();
        let mut terminal = Terminal::open(session, (120, 40), &[], Line::near());
        ms(terminal.first().duration_since(start))
    };
    times("start to the first byte", (0..5).map(first).collect());
}

fn near(session: &Path, name: &str, size: (u16, u16), variables: &[(&str, &str)]) {
    println!("\n{} x {}, {name}", size.0, size.1);
    let mut terminal = Terminal::open(session, size, variables, Line::near());
    terminal.first();
    // To the first inline: the place is kept from the time before.
    terminal.press("gi999[");
    let mut measured = |what: &str, keys: &[&str]| {
        let answers: Vec<Answer> = keys.iter().map(|k| terminal.press(k)).collect();
        let bytes: Vec<usize> = answers.iter().map(|a| a.bytes).collect();
        times(what, answers.iter().map(|a| a.first).collect());
        println!(
            "    {} bytes in the middle, {} at most",
            middle(&bytes),
            bytes.iter().max().unwrap()
        );
    };
    measured("a step of the cursor", &["l", "j", "h", "k"].repeat(10));
    measured("the next inline, the fine picture with it", &["]"; 20]);
    measured("a crossline", &["0gx"]);
    measured("the next crossline", &["]"; 20]);
    measured("a time slice", &["gggt"]);
    measured("the next time slice", &["]"; 20]);
    measured("the other volume", &[">"; 4]);
    measured("polygons off and on", &["zp"; 6]);
    measured("zoom", &["+", "+", "-", "-"]);
}

fn middle(all: &[usize]) -> usize {
    let mut all = all.to_vec();
    all.sort_unstable();
    all[all.len() / 2]
}

/// The ten slices and the polygon of a slow line.
fn far(session: &Path, name: &str, line: Line) {
    println!("\n120 x 40, 256 colours, 100 ms and 1 Mbit/s, {name}");
    let mut terminal = Terminal::open(session, (120, 40), &[], line);
    terminal.first();
    terminal.press("gi999[");
    let steps: Vec<Answer> = (0..10).map(|_| terminal.press("]")).collect();
    times(
        "the next slice: first byte",
        steps.iter().map(|a| a.first).collect(),
    );
    times(
        "the next slice: fine picture",
        steps.iter().map(|a| a.last).collect(),
    );
    println!(
        "    {} bytes in the middle",
        middle(&steps.iter().map(|a| a.bytes).collect::<Vec<_>>())
    );
    let held = terminal.hold("]", 60);
    println!(
        "] held for two seconds: the last picture {:.0} ms after, {} bytes",
        held.last, held.bytes
    );
    let keys = [
        "i", "8l", " ", "6j", " ", "4h", " ", "3j", " ", "8h", " ", "5k", " ", "\r", "u",
    ];
    let start = Instant::now();
    let polygon: Vec<Answer> = keys.iter().map(|k| terminal.press(k)).collect();
    // Waiting until nothing more comes is the bench's, not the interpreter's.
    let waited: f64 = (polygon.iter().map(|a| a.last))
        .filter(|time| time.is_finite())
        .sum();
    println!(
        "a polygon of six vertices and its undo: {} presses, {:.1} s waited for answers ({:.1} s with the pauses of this bench), {} bytes",
        keys.len(),
        waited / 1e3,
        start.elapsed().as_secs_f64(),
        polygon.iter().map(|a| a.bytes).sum::<usize>()
    );
    times(
        "its keys: first byte",
        polygon.iter().map(|a| a.first).collect(),
    );
}
