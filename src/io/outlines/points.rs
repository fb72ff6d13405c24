//! Picked points as facies voxels: rectangles that hold exactly these voxels.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::{IoError, PolygonFile};
use crate::model::{Facies, Grid, Origin, Polygon, SliceKey, printable};

/// A picked point: inline, crossline, time, class.
pub(super) type Point = ([f64; 3], String);

/// Reads `inline crossline time class` a line, parted by blanks, commas or
/// semicolons; a class is a name, or a number from 1 of `classes`.
pub(super) fn read(path: &Path, text: &str, classes: &[String]) -> Result<Vec<Point>, IoError> {
    let mut points = Vec::new();
    for (i, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', '!']) {
            continue;
        }
        let words: Vec<&str> = line
            .split([' ', '\t', ',', ';'])
            .filter(|w| !w.is_empty())
            .collect();
        let number = |k: usize| {
            let value = words.get(k).and_then(|w| w.parse::<f64>().ok());
            value.filter(|v| v.is_finite())
        };
        let position = number(0).zip(number(1)).zip(number(2));
        let (Some(((inline, crossline), time)), Some(class)) = (position, words.get(3)) else {
            // One line of headings is no mistake.
            if points.is_empty() && number(0).is_none() {
                continue;
            }
            let shown: String = printable(line).chars().take(40).collect();
            return Err(IoError::Line {
                path: path.to_owned(),
                line: i + 1,
                reason: format!("`{shown}` is not `inline crossline time class`"),
            });
        };
        let named = class.parse::<usize>().ok().map(|n| {
            let known = n.checked_sub(1).and_then(|n| classes.get(n));
            known.cloned().unwrap_or_else(|| format!("class_{n}"))
        });
        let name = named.unwrap_or_else(|| printable(class));
        points.push(([inline, crossline, time], name));
    }
    Ok(points)
}

/// Rectangles around the voxels of points, by facies: on each inline the runs of
/// neighbouring samples, and equal runs of neighbouring crosslines as one.
pub(super) fn files(points: &[Point], grid: &Grid, warnings: &mut Vec<String>) -> Vec<PolygonFile> {
    // Facies -> inline -> crossline -> samples.
    type Samples = BTreeMap<usize, BTreeSet<usize>>;
    let mut picked: BTreeMap<&str, BTreeMap<usize, Samples>> = BTreeMap::new();
    let mut outside = 0;
    for ([inline, crossline, time], class) in points {
        let at = (
            grid.inlines.index(*inline),
            grid.crosslines.index(*crossline),
            grid.samples.index(*time),
        );
        let (Some(i), Some(x), Some(t)) = at else {
            outside += 1;
            continue;
        };
        let lines = picked.entry(class).or_default();
        lines.entry(i).or_default().entry(x).or_default().insert(t);
    }
    if outside > 0 {
        warnings.push(format!("{outside} points lie outside the survey: left out"));
    }
    let file = |(class, lines): (&str, BTreeMap<usize, Samples>)| PolygonFile {
        facies: Facies::new(class, 0),
        polygons: (lines.iter())
            .flat_map(|(i, samples)| {
                let slice = SliceKey::Inline(grid.inlines.value(*i).round() as i32);
                let found = rectangles(samples).into_iter();
                found.map(move |r| rectangle(class, slice, r, grid))
            })
            .collect(),
    };
    picked.into_iter().map(file).collect()
}

/// First and last crossline, first and last sample.
type Rectangle = (usize, usize, usize, usize);

fn rectangles(samples: &BTreeMap<usize, BTreeSet<usize>>) -> Vec<Rectangle> {
    let mut done = Vec::new();
    // Runs that may go on, with the crosslines they have reached.
    let mut open: Vec<Rectangle> = Vec::new();
    for (x, column) in samples {
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for &t in column {
            match runs.last_mut() {
                Some((_, last)) if *last + 1 == t => *last = t,
                _ => runs.push((t, t)),
            }
        }
        let mut next = Vec::new();
        for (from, to) in runs {
            let goes_on = |r: &Rectangle| r.1 + 1 == *x && (r.2, r.3) == (from, to);
            match open.iter().position(goes_on) {
                Some(at) => {
                    let before = open.swap_remove(at);
                    next.push((before.0, *x, from, to));
                }
                None => next.push((*x, *x, from, to)),
            }
        }
        done.append(&mut open);
        open = next;
    }
    done.append(&mut open);
    done.sort_unstable();
    done
}

/// Half a sample beyond the voxels on each side, so that all centres are inside.
fn rectangle(class: &str, slice: SliceKey, (x0, x1, t0, t1): Rectangle, grid: &Grid) -> Polygon {
    let (x, t) = (&grid.crosslines, &grid.samples);
    let (left, right) = (x.value(x0) - 0.5 * x.step, x.value(x1) + 0.5 * x.step);
    let (top, bottom) = (t.value(t0) - 0.5 * t.step, t.value(t1) + 0.5 * t.step);
    Polygon {
        id: String::new(),
        facies: class.to_owned(),
        slice,
        name: None,
        vertices: vec![(left, top), (right, top), (right, bottom), (left, bottom)],
        origin: Origin::default(),
    }
}
