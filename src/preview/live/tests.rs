//! Classes and spots of volumes whose answer is known.

use super::*;
use crate::io::{IoError, Volume};
use crate::model::{Axis, Block, Origin, SampleUnit};
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};

fn grid() -> Grid {
    Grid {
        inlines: Axis::new(100.0, 1.0, 40),
        crosslines: Axis::new(300.0, 2.0, 50),
        samples: Axis::new(0.0, 4.0, 60),
        unit: SampleUnit::Milliseconds,
        spacing: None,
    }
}

/// A value from indices of inline, crossline and sample.
struct Made(Grid, fn(usize, usize, usize) -> f32);

impl Volume for Made {
    fn grid(&self) -> &Grid {
        &self.0
    }

    fn path(&self) -> &Path {
        Path::new("made")
    }

    fn read(&self, block: &Block, out: &mut [f32]) -> Result<(), IoError> {
        let mut at = out.iter_mut();
        for i in block.inlines.indices() {
            for x in block.crosslines.indices() {
                for t in block.samples.indices() {
                    *at.next().unwrap() = self.1(i, x, t);
                }
            }
        }
        Ok(())
    }
}

/// Low on the left, high on the right, and null below.
fn halves(_: usize, x: usize, t: usize) -> f32 {
    if t >= 50 {
        f32::NAN
    } else {
        (if x < 25 { 0.0 } else { 10.0 }) + (t % 3) as f32 * 0.1
    }
}

fn square(id: &str, facies: &str, slice: SliceKey, a: (f64, f64), b: (f64, f64)) -> Arc<Polygon> {
    Arc::new(Polygon {
        id: id.into(),
        facies: facies.into(),
        slice,
        name: None,
        vertices: vec![(a.0, b.0), (a.1, b.0), (a.1, b.1), (a.0, b.1)],
        origin: Origin::default(),
    })
}

fn question(volume: VolumeId, slice: SliceKey) -> Box<LiveQuestion> {
    let here = SliceKey::Inline(110);
    Box::new(LiveQuestion {
        grid: grid(),
        facies: ["unused", "left", "right"].map(String::from).to_vec(),
        polygons: vec![
            square("p", "left", here, (305.0, 330.0), (30.0, 90.0)),
            square("q", "right", here, (360.0, 390.0), (30.0, 90.0)),
        ],
        attributes: vec![("halves".into(), volume)],
        slice,
    })
}

fn live() -> (SliceEngine, LiveForest, Receiver<LiveAnswer>) {
    let engine = SliceEngine::start(1, 1 << 24, |_| {}).unwrap();
    let (sender, answers) = channel();
    let live = LiveForest::start(&engine, move |answer| {
        let _ = sender.send(answer);
    });
    (engine, live.unwrap(), answers)
}

#[test]
fn slices_of_all_directions_are_classified_coarse_then_fine() {
    let (engine, live, answers) = live();
    let volume = engine.add(Arc::new(Made(grid(), halves)));
    for key in [
        SliceKey::Inline(105),
        SliceKey::Crossline(390),
        SliceKey::Time(80.0),
    ] {
        live.ask(question(volume, key));
        let coarse = answers.recv().unwrap().unwrap().slice;
        let fine = answers.recv().unwrap().unwrap().slice;
        assert_eq!((coarse.step, fine.step), (COARSE, 1));
        let grid = grid();
        let (a_axis, b_axis) = grid.plane(key.direction());
        assert_eq!(fine.plane().dim(), (a_axis.count, b_axis.count));
        assert_eq!(coarse.plane().dim(), fine.plane().dim());
        for ((a, b), code) in fine.plane().indexed_iter() {
            let (_, x, t) = key.position(a_axis.value(a), b_axis.value(b));
            // Codes are places among all facies, those without polygons too.
            let expected = if x < 350.0 { 2.0 } else { 3.0 };
            if t >= 200.0 {
                assert!(code.is_nan(), "{key} {a} {b}");
            } else {
                assert_eq!(*code, expected, "{key} {a} {b}");
            }
        }
    }
}

#[test]
fn what_cannot_be_learnt_is_said() {
    let (engine, live, answers) = live();
    let volume = engine.add(Arc::new(Made(grid(), halves)));
    let mut one = question(volume, SliceKey::Inline(105));
    one.polygons.pop();
    live.ask(one);
    assert!(answers.recv().unwrap().unwrap_err().contains("two facies"));
    let mut none = question(volume, SliceKey::Inline(105));
    none.attributes.clear();
    live.ask(none);
    assert!(
        answers
            .recv()
            .unwrap()
            .unwrap_err()
            .contains("no attribute")
    );
    let flat = engine.add(Arc::new(Made(grid(), |_, _, _| 1.0)));
    live.ask(question(flat, SliceKey::Inline(105)));
    assert!(answers.recv().unwrap().is_err());
}

#[test]
fn the_newest_question_is_the_one_that_is_answered() {
    let (engine, live, answers) = live();
    let volume = engine.add(Arc::new(Made(grid(), halves)));
    for n in 100..140 {
        live.ask(question(volume, SliceKey::Inline(n)));
    }
    let last = loop {
        let answer = answers.recv().unwrap().unwrap();
        if answer.slice.id.key == SliceKey::Inline(139) && answer.slice.step == 1 {
            break answer;
        }
    };
    assert!(last.rows > 100);
}

/// Values between the two facies, and beyond both, far from the polygons.
fn doubtful(i: usize, x: usize, t: usize) -> f32 {
    if i > 25 && x > 35 {
        5.0 + (t % 3) as f32 * 0.1
    } else {
        halves(i, x, t.min(49))
    }
}

fn suggester() -> (SliceEngine, Suggester, Receiver<Suggestions>) {
    let engine = SliceEngine::start(1, 1 << 24, |_| {}).unwrap();
    let (sender, found) = channel();
    let suggester = Suggester::start(&engine, move |f| {
        let _ = sender.send(f);
    });
    (engine, suggester.unwrap(), found)
}

/// The list once all slices were looked at.
fn whole_list(found: &Receiver<Suggestions>) -> Suggestions {
    loop {
        let found = found.recv().unwrap();
        if found.looked.0 == found.looked.1 {
            break found;
        }
    }
}

#[test]
fn spots_are_uncertain_far_and_new_and_lie_apart() {
    let (engine, suggester, found) = suggester();
    let volume = engine.add(Arc::new(Made(grid(), doubtful)));
    let told = engine.add(Arc::new(Made(grid(), |i, x, _| {
        if i > 25 && x > 35 { 0.9 } else { 0.1 }
    })));
    let ask = |doubt| {
        suggester.ask(question(volume, SliceKey::Inline(110)), Some(doubt));
        whole_list(&found)
    };
    let found = ask(Uncertainty::Doubt(told));
    let best = &found.spots[0];
    let [from, to] = best.corners;
    let (i, x, _) = best
        .slice
        .position(f64::midpoint(from.0, to.0), f64::midpoint(from.1, to.1));
    assert!(i > 125.0 && x > 370.0, "{best:?}");
    assert!(best.uncertainty > 0.8 && best.distance > 0.5);
    assert!(found.spots.is_sorted_by(|p, q| p.score >= q.score));
    assert!(found.spots.iter().all(|s| (0.0..=1.0).contains(&s.score)));
    // A confidence is read the other way round.
    let sure = ask(Uncertainty::Confidence(told));
    let [from, _] = sure.spots[0].corners;
    let (i, x, _) = sure.spots[0].slice.position(from.0, from.1);
    assert!(i <= 126.0 || x <= 371.0, "{:?}", sure.spots[0]);
}

#[test]
fn time_slices_are_looked_at_where_they_are_near() {
    let (engine, suggester, found) = suggester();
    // Uncertain at one time alone, which fills a time slice and no tile of a section.
    let thin =
        |i: usize, _: usize, t: usize| (i % 2) as f32 * 0.05 + if t == 30 { 0.85 } else { 0.1 };
    // No two neighbours alike, as in dead traces.
    let alive = |i: usize, x: usize, t: usize| halves(i, x, t) + (i % 2) as f32 * 0.05;
    let ask = |grid: Grid| {
        let volume = engine.add(Arc::new(Made(grid, alive)));
        let told = engine.add(Arc::new(Made(grid, thin)));
        let doubt = Uncertainty::Doubt(told);
        suggester.ask(question(volume, SliceKey::Inline(110)), Some(doubt));
        whole_list(&found)
    };
    let list = ask(grid());
    assert_eq!(list.looked, (24, 24));
    assert_eq!(list.spots[0].slice, SliceKey::Time(120.0));
    assert!(list.spots[0].uncertainty > 0.8);
    let on_time = |s: &&Spot| matches!(s.slice, SliceKey::Time(_));
    let sections = list.spots.len() - list.spots.iter().filter(on_time).count();
    assert_eq!((list.spots.len(), sections), (12, 6));
    // Of many traces they are left to those who have made a bricked copy.
    let mut many = grid();
    many.inlines.count = 2000;
    assert_eq!(ask(many).looked, (16, 16));
}
