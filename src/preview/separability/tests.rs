//! Distances against a reference in two passes; what is odd; what is read again.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};

use super::*;
use crate::io::{IoError, Volume};
use crate::ml::gmm::{Component, bhattacharyya};
use crate::model::{Axis, Block, Origin, SampleUnit, SliceKey};

/// A volume given by a formula; it counts how often it is read.
struct Formula {
    grid: Grid,
    value: fn(f64, f64, f64) -> f32,
    reads: Arc<AtomicUsize>,
}

fn grid() -> Grid {
    Grid {
        inlines: Axis::new(0.0, 1.0, 8),
        crosslines: Axis::new(100.0, 1.0, 60),
        samples: Axis::new(0.0, 4.0, 50),
        unit: SampleUnit::Milliseconds,
        spacing: None,
    }
}

impl Volume for Formula {
    fn grid(&self) -> &Grid {
        &self.grid
    }

    fn path(&self) -> &Path {
        Path::new("formula")
    }

    fn read(&self, block: &Block, out: &mut [f32]) -> Result<(), IoError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        let mut at = 0;
        for i in block.inlines.indices() {
            for x in block.crosslines.indices() {
                for t in block.samples.indices() {
                    out[at] = (self.value)(i as f64, x as f64, t as f64);
                    at += 1;
                }
            }
        }
        Ok(())
    }
}

fn noise(x: f64, t: f64, seed: f64) -> f64 {
    ((x * 12.9898 + t * 78.233 + seed).sin() * 43758.5453).fract()
}

/// Tells the left from the right.
fn side(_: f64, x: f64, t: f64) -> f32 {
    (noise(x, t, 1.0) + if x < 30.0 { 0.0 } else { 2.0 }) as f32
}

/// Tells nothing.
fn chance(_: f64, x: f64, t: f64) -> f32 {
    (3.0 + noise(x, t, 2.0) + if x == 5.0 && t == 5.0 { 40.0 } else { 0.0 }) as f32
}

fn flat(_: f64, _: f64, _: f64) -> f32 {
    7.0
}

struct Bench {
    _engine: SliceEngine,
    separator: Separator,
    answers: Receiver<Separability>,
    question: Question,
    reads: Arc<AtomicUsize>,
}

fn rectangle(id: &str, facies: &str, (a, b): (f64, f64), (c, d): (f64, f64)) -> Polygon {
    Polygon {
        id: id.into(),
        facies: facies.into(),
        slice: SliceKey::Inline(3),
        name: None,
        vertices: vec![(a, b), (c, b), (c, d), (a, d)],
        origin: Origin::default(),
    }
}

type Value = fn(f64, f64, f64) -> f32;

fn bench(attributes: &[(&str, Value)]) -> Bench {
    let engine = SliceEngine::start(1, 1 << 24, |_| {}).unwrap();
    let reads = Arc::new(AtomicUsize::new(0));
    let known = attributes.iter().map(|(name, value)| {
        let volume = Formula {
            grid: grid(),
            value: *value,
            reads: Arc::clone(&reads),
        };
        ((*name).to_owned(), engine.add(Arc::new(volume)))
    });
    let attributes = known.collect();
    let (sender, answers) = channel();
    let separator = Separator::start(&engine, move |answer| {
        let _ = sender.send(answer);
    });
    Bench {
        separator: separator.unwrap(),
        _engine: engine,
        answers,
        reads,
        question: Question {
            grid: grid(),
            facies: vec!["left".into(), "right".into(), "empty".into()],
            polygons: vec![
                rectangle("l", "left", (99.5, -2.0), (119.5, 198.0)).into(),
                rectangle("r", "right", (139.5, -2.0), (159.5, 198.0)).into(),
            ],
            attributes,
            axes: None,
            active: Some("l".into()),
        },
    }
}

impl Bench {
    fn ask(&self) -> Separability {
        self.separator.ask(Box::new(self.question.clone()));
        self.answers.recv().unwrap()
    }
}

/// Mean and covariance of two columns over a rectangle, in two passes.
fn reference(columns: [fn(f64, f64, f64) -> f32; 2], from: usize) -> Component {
    let rows: Vec<[f64; 2]> = (from..from + 20)
        .flat_map(|x| (0..50).map(move |t| (x as f64, t as f64)))
        .map(|(x, t)| columns.map(|c| f64::from(c(3.0, x, t))))
        .collect();
    let n = rows.len() as f64;
    let mean: Vec<f64> = (0..2)
        .map(|i| rows.iter().map(|r| r[i]).sum::<f64>() / n)
        .collect();
    let product = |i: usize, j: usize| {
        let sum: f64 = rows
            .iter()
            .map(|r| (r[i] - mean[i]) * (r[j] - mean[j]))
            .sum();
        sum / n
    };
    Component {
        weight: 1.0,
        covariance: vec![product(0, 0), product(1, 0), product(1, 1)],
        mean,
    }
}

#[test]
fn distances_are_those_of_the_gaussians_of_the_voxels() {
    let bench = bench(&[("side", side), ("chance", chance)]);
    let answer = bench.ask();
    let counts: Vec<usize> = answer.facies.iter().map(|f| f.voxels).collect();
    assert_eq!(counts, [1000, 1000, 0]);
    let (left, right) = (reference([side, chance], 0), reference([side, chance], 40));
    let expected = bhattacharyya(&left, &right).unwrap();
    let found = answer.distances[0][1].unwrap();
    // A thousandth of the spread is added to the variances here.
    assert!(
        (found / expected - 1.0).abs() < 0.02,
        "{found}, not {expected}"
    );
    assert_eq!(answer.distances[1][0], answer.distances[0][1]);
    assert_eq!(answer.distances[0][0], Some(0.0));
    assert_eq!(answer.distances[0][2], None);
    assert_eq!(answer.best.unwrap().0, 0);
    // All combinations: the whole is the distance above, one alone is the best.
    let sizes: Vec<&Scored> = answer.sizes().collect();
    assert_eq!((answer.combinations.len(), sizes.len()), (3, 2));
    assert_eq!(sizes[1].attributes(), [0, 1]);
    assert!((sizes[1].score - answer.distances[0][1].unwrap()).abs() < 1e-9);
    assert_eq!(sizes[0].attributes(), [0]);
    assert!((sizes[0].score - answer.best.unwrap().1).abs() < 1e-6);
    assert!(answer.combinations[1].score < sizes[0].score);
    let scatter = answer.scatter.unwrap();
    assert_eq!(scatter.axes, (0, 1));
    assert!(scatter.points[0].len() > 200 && scatter.points[2].is_empty());
    assert_eq!(scatter.ellipses[1].len(), 64);
    assert!(scatter.ellipses[2].is_empty());
    // The one voxel that stands out, where it lies.
    assert_eq!(answer.outliers, [(105.0, 20.0)]);
    assert_eq!(answer.findings, [Finding::Outliers(1)]);
}

#[test]
fn what_is_odd_is_found() {
    let mut bench = bench(&[("side", side), ("flat", flat)]);
    bench.question.polygons[0] = rectangle("l", "left", (99.5, 0.0), (102.5, 18.0)).into();
    let answer = bench.ask();
    assert_eq!(
        answer.findings,
        [
            Finding::FewVoxels {
                facies: "left".into(),
                voxels: 15,
                attributes: 2
            },
            Finding::Constant("flat".into()),
        ]
    );
    // A constant attribute takes no distance away.
    assert!(answer.distances[0][1].unwrap() > 1.0);
    let words: Vec<String> = answer.findings.iter().map(ToString::to_string).collect();
    assert!(words[0].contains("20 would do"), "{words:?}");
}

#[test]
fn after_a_vertex_moved_no_file_is_read() {
    let mut bench = bench(&[("side", side), ("chance", chance)]);
    let first = bench.ask();
    let reads = bench.reads.load(Ordering::Relaxed);
    assert_eq!(reads, 2);
    Arc::make_mut(&mut bench.question.polygons[0]).vertices[1].0 += 3.0;
    let second = bench.ask();
    assert_eq!(second.facies[0].voxels, first.facies[0].voxels + 75);
    bench.question.polygons.remove(1);
    assert_eq!(bench.ask().facies[1].voxels, 0);
    assert_eq!(bench.reads.load(Ordering::Relaxed), reads);
}
