//! Times of picking in a session of 10 000 polygons with 100 000 vertices.
//!
//! ```text
//! cargo bench --bench polygons
//! ```
//!
//! First the parts: an edit with its journal, the copy that the screen gets, names
//! of a slice, reading and writing the file. Then the whole, in a pseudo-terminal
//! of 120 x 40: from the byte of a key to the first and the last byte that answers
//! it. Medians and worst cases are printed. The limit for an edit is 16 ms.
#![allow(clippy::unwrap_used)] // a bench that cannot work stops

#[path = "terminal/mod.rs"]
mod terminal;

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Instant;

use outcrop::io::OpenOptions;
use outcrop::model::{Grid, Origin, Polygon, SliceKey};
use outcrop::preview::{
    LiveAnswer, LiveForest, LiveQuestion, Question, Separator, SliceEngine, VolumeId,
};
use outcrop::session::{Edit, Session, Workspace, read_text, write_text};
use terminal::{Answer, Line, Terminal, ms, times};

const POLYGONS: usize = 10_000;
const VERTICES: usize = 10;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let path = large_session(folder.path());
    parts(&path);
    separability(&path);
    live(&path);
    whole(&path);
}

/// The demo's session with many polygons on all of its inlines.
fn large_session(folder: &Path) -> PathBuf {
    let status = std::process::Command::new(env!("CARGO_BIN_EXE_outcrop"))
        .args(["demo", "--no-tui"])
        .arg(folder)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
    let path = folder.join("demo.ron");
    let mut session = outcrop::session::read(&path).unwrap();
    let volume = session.amplitude().unwrap().path.clone();
    let volume = outcrop::io::open(&folder.join(volume), &OpenOptions::default()).unwrap();
    let grid = *volume.grid();
    let facies: Vec<String> = session.facies.iter().map(|f| f.name.clone()).collect();
    session.polygons.clear();
    for i in 0..POLYGONS {
        let line = grid.inlines.value(i % grid.inlines.count);
        // Spread over the section, of a size that many fit.
        let spread = |k: usize, axis: &outcrop::model::Axis| {
            axis.value((i / grid.inlines.count * k) % axis.count.max(1))
        };
        let (a, b) = (spread(37, &grid.crosslines), spread(53, &grid.samples));
        let vertex = |k: usize| {
            let (sin, cos) = (std::f64::consts::TAU * k as f64 / VERTICES as f64).sin_cos();
            (
                (a + 6.0 * grid.crosslines.step * cos).round(),
                (b + 9.0 * grid.samples.step * sin).round(),
            )
        };
        session.polygons.push(Arc::new(Polygon {
            id: format!("p{i:05}"),
            facies: facies[i % facies.len()].clone(),
            slice: SliceKey::Inline(line as i32),
            name: None,
            vertices: (0..VERTICES).map(vertex).collect(),
            origin: Origin {
                author: Some("kim".into()),
                date: Some("2026-11-22".into()),
                ..Origin::default()
            },
        }));
    }
    std::fs::write(&path, write_text(&session).unwrap()).unwrap();
    path
}

fn timed<T>(name: &str, calls: usize, mut call: impl FnMut(usize) -> T) {
    let time = |i: usize| {
        let start = Instant::now();
        black_box(call(i));
        start.elapsed().as_secs_f64() * 1e3
    };
    times(name, (0..calls).map(time).collect());
}

fn parts(path: &Path) {
    let text = std::fs::read_to_string(path).unwrap();
    println!(
        "{POLYGONS} polygons, {} vertices, {} KB",
        POLYGONS * VERTICES,
        text.len() >> 10
    );
    timed("read and check the session", 5, |_| {
        read_text(&text, path).unwrap()
    });
    let mut work = Workspace::open(path).unwrap();
    timed("write the session's text", 5, |_| {
        write_text(work.session()).unwrap()
    });
    timed("an edit: check, apply, journal, sync", 50, |i| {
        let id = format!("p{:05}", i * 131 % POLYGONS);
        let to = work.session().polygon(&id).unwrap().vertices[3];
        let to = (to.0 + 1.0, to.1);
        work.apply(Edit::MoveVertex { id, at: 3, to }).unwrap();
    });
    timed("a copy of the session for the screen", 20, |_| {
        work.session().clone()
    });
    timed("undo", 20, |_| work.undo(1).unwrap());
    let session: &Session = work.session();
    let slice = session.polygons[0].slice;
    timed("polygons of a slice", 20, |_| {
        session.polygons_on(slice).count()
    });
    timed("names of the polygons of a slice", 20, |_| {
        session.display_names_of(|p| p.slice == slice).len()
    });
    work.discard();
}

/// Volumes of the demo, as many of them as a real list of candidates has.
const ATTRIBUTES: usize = 9;

/// The engine with these volumes in it: their grid, names and ids.
fn opened(session: &Session, folder: &Path) -> (SliceEngine, Grid, Vec<(String, VolumeId)>) {
    let engine = SliceEngine::start(1, 1 << 28, |_| {}).unwrap();
    let mut grid = None;
    let volumes = session.volumes.iter().take(ATTRIBUTES).map(|entry| {
        let volume = outcrop::io::open(&folder.join(&entry.path), &entry.open).unwrap();
        grid = Some(*volume.grid());
        (entry.name.clone(), engine.add(volume))
    });
    let volumes = volumes.collect();
    (engine, grid.unwrap(), volumes)
}

/// The answer after a vertex moved: counts, distances and all combinations.
fn separability(path: &Path) {
    let session = outcrop::session::read(path).unwrap();
    let (engine, grid, attributes) = opened(&session, path.parent().unwrap());
    let (sender, answers) = channel();
    let separator = Separator::start(&engine, move |answer| {
        let _ = sender.send(answer);
    });
    let separator = separator.unwrap();
    for n in [30, POLYGONS] {
        let mut question = Question {
            grid,
            facies: session.facies.iter().map(|f| f.name.clone()).collect(),
            polygons: session
                .polygons
                .iter()
                .step_by(POLYGONS / n)
                .cloned()
                .collect(),
            attributes: attributes.clone(),
            axes: None,
            active: Some(session.polygons[0].id.clone()),
        };
        let mut ask = |_| {
            Arc::make_mut(&mut question.polygons[0]).vertices[2].0 += 0.5;
            separator.ask(Box::new(question.clone()));
            answers.recv().unwrap()
        };
        let sets = ask(0).combinations.len();
        timed(
            &format!("{sets} combinations, {n} polygons, a vertex moved"),
            20,
            &mut ask,
        );
    }
}

/// Classes of a slice after a vertex moved: the first, coarse answer, and the last.
fn live(path: &Path) {
    let session = outcrop::session::read(path).unwrap();
    let (engine, grid, attributes) = opened(&session, path.parent().unwrap());
    let (sender, answers) = channel();
    let forest = LiveForest::start(&engine, move |answer: LiveAnswer| {
        let _ = sender.send(answer.unwrap().slice.step);
    });
    let forest = forest.unwrap();
    let some = session.polygons.iter().step_by(POLYGONS / 30);
    let mut question = LiveQuestion {
        grid,
        facies: session.facies.iter().map(|f| f.name.clone()).collect(),
        polygons: some.cloned().collect(),
        attributes,
        slice: session.polygons[0].slice,
    };
    let (mut coarse, mut whole) = (Vec::new(), Vec::new());
    for i in 0..21 {
        Arc::make_mut(&mut question.polygons[0]).vertices[2].0 += 0.5;
        let start = Instant::now();
        forest.ask(Box::new(question.clone()));
        let mut step = answers.recv().unwrap();
        let first = start.elapsed().as_secs_f64() * 1e3;
        while step > 1 {
            step = answers.recv().unwrap();
        }
        if i > 0 {
            coarse.push(first);
            whole.push(start.elapsed().as_secs_f64() * 1e3);
        }
    }
    times("live classes, a vertex moved: first answer", coarse);
    times("live classes, a vertex moved: whole slice", whole);
}

fn whole(path: &Path) {
    let start = Instant::now();
    let mut terminal = Terminal::open(path, (120, 40), &[], Line::near());
    let first = terminal.first().duration_since(start);
    println!("first byte after the start {:>25.0} ms", ms(first));
    let mut measured = |name: &str, keys: &[&str]| {
        let answers: Vec<Answer> = keys.iter().map(|k| terminal.press(k)).collect();
        let each = |time: fn(&Answer) -> f64| answers.iter().map(time).collect();
        times(&format!("{name}: first byte"), each(|a| a.first));
        times(&format!("{name}: last byte"), each(|a| a.last));
    };
    measured("a cursor step", &["l"; 20]);
    measured("the next slice", &["]"; 20]);
    measured("choosing a polygon", &[")"; 10]);
    measured("to its vertices", &["v"]);
    measured("taking a vertex up", &["c"]);
    measured("carrying it a step", &["l", "j", "l", "j", "l", "j"]);
    measured("putting it down", &["\r"]);
    measured("deleting a vertex", &["x"; 6]);
    measured("adding a vertex", &["a", "la", "la", "la", "la"]);
    measured("undo", &["u"; 10]);
}
