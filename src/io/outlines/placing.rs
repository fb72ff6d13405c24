//! From points of the map, or of lines, to polygons on slices.

use std::path::Path;

use super::{IoError, Survey};
use crate::model::ring::bounds;
use crate::model::{Axis, Direction, Origin, Polygon, SliceKey};

/// What the numbers of a point are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coordinates {
    /// Inline, crossline, time.
    Lines,
    /// x, y, time.
    Map,
}

/// A polygon as a file tells it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Raw {
    pub(super) facies: Option<String>,
    pub(super) name: Option<String>,
    pub(super) origin: Origin,
    pub(super) slice: Option<SliceKey>,
    pub(super) coordinates: Coordinates,
    pub(super) points: Vec<[f64; 3]>,
}

impl Raw {
    pub(super) fn new(coordinates: Coordinates) -> Raw {
        Raw {
            facies: None,
            name: None,
            origin: Origin::default(),
            slice: None,
            coordinates,
            points: Vec::new(),
        }
    }
}

/// The affine map between lines and map coordinates: x and y are linear in
/// inline and crossline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SurveyMap {
    /// Inline, crossline, x and y of one corner.
    origin: [f64; 4],
    /// x and y of one inline on.
    inline: [f64; 2],
    /// x and y of one crossline on.
    crossline: [f64; 2],
}

impl SurveyMap {
    /// The map through three of the corners `[inline, crossline, x, y]`; nothing
    /// where they lie on one line.
    ///
    /// ```
    /// use outcrop::io::SurveyMap;
    /// let corners = [[1.0, 1.0, 500.0, 900.0], [1.0, 11.0, 600.0, 900.0],
    ///                [21.0, 1.0, 500.0, 1100.0], [21.0, 11.0, 600.0, 1100.0]];
    /// let map = SurveyMap::of(&corners).unwrap();
    /// assert_eq!(map.place(11.0, 6.0), (550.0, 1000.0));
    /// assert_eq!(map.lines(550.0, 1000.0), (11.0, 6.0));
    /// ```
    pub fn of(corners: &[[f64; 4]; 4]) -> Option<SurveyMap> {
        let origin = corners[0];
        let step = |to: &[f64; 4]| {
            [
                to[0] - origin[0],
                to[1] - origin[1],
                to[2] - origin[2],
                to[3] - origin[3],
            ]
        };
        let steps: Vec<[f64; 4]> = corners[1..].iter().map(step).collect();
        for (i, p) in steps.iter().enumerate() {
            for q in &steps[i + 1..] {
                let det = p[0] * q[1] - p[1] * q[0];
                let map = SurveyMap {
                    origin,
                    inline: [
                        (p[2] * q[1] - q[2] * p[1]) / det,
                        (p[3] * q[1] - q[3] * p[1]) / det,
                    ],
                    crossline: [
                        (q[2] * p[0] - p[2] * q[0]) / det,
                        (q[3] * p[0] - p[3] * q[0]) / det,
                    ],
                };
                if det != 0.0 && map.area().is_normal() {
                    return Some(map);
                }
            }
        }
        None
    }

    fn area(&self) -> f64 {
        self.inline[0] * self.crossline[1] - self.inline[1] * self.crossline[0]
    }

    /// x and y of an inline and a crossline.
    pub fn place(&self, inline: f64, crossline: f64) -> (f64, f64) {
        let (i, x) = (inline - self.origin[0], crossline - self.origin[1]);
        (
            self.origin[2] + i * self.inline[0] + x * self.crossline[0],
            self.origin[3] + i * self.inline[1] + x * self.crossline[1],
        )
    }

    /// Inline and crossline of x and y; between lines in fractions.
    pub fn lines(&self, x: f64, y: f64) -> (f64, f64) {
        let (p, q) = (x - self.origin[2], y - self.origin[3]);
        let area = self.area();
        (
            self.origin[0] + (p * self.crossline[1] - q * self.crossline[0]) / area,
            self.origin[1] + (q * self.inline[0] - p * self.inline[1]) / area,
        )
    }
}

/// The polygon of points; inside, the reason why they are none. An error where
/// no point of the file can be placed at all.
pub(super) fn place(
    path: &Path,
    raw: Raw,
    survey: &Survey,
    slice: Option<SliceKey>,
    warnings: &mut Vec<String>,
) -> Result<Result<Polygon, String>, IoError> {
    let mut points = raw.points;
    if raw.coordinates == Coordinates::Map {
        let Some(map) = &survey.map else {
            return Err(IoError::Text {
                path: path.to_owned(),
                reason: "it holds map coordinates, and the session's volume has none in its \
                         trace headers; give a file with inlines and crosslines"
                    .to_owned(),
            });
        };
        for p in &mut points {
            let (inline, crossline) = map.lines(p[0], p[1]);
            // Rounding of coordinates must not move a pick off its line.
            (p[0], p[1]) = (whole(inline), whole(crossline));
        }
    }
    points.dedup();
    if points.len() > 1 && points.first() == points.last() {
        points.pop();
    }
    let n = points.len();
    if n < 3 {
        return Ok(Err(format!("{n} points enclose nothing")));
    }
    let shared = raw.slice.or_else(|| common_slice(&points, survey));
    let Some(slice) = shared
        .or(slice)
        .or_else(|| middle(&points, survey, warnings))
    else {
        let reason = "its points share no slice, and their times lie outside the volume; \
                      say which slice: --slice \"time 1600\"";
        return Ok(Err(reason.to_owned()));
    };
    let polygon = Polygon {
        id: String::new(),
        facies: String::new(),
        slice,
        name: raw.name,
        vertices: points
            .iter()
            .map(|p| slice.plane(p[0], p[1], p[2]))
            .collect(),
        origin: raw.origin,
    };
    if let Err(error) = polygon.check() {
        return Ok(Err(error.to_string()));
    }
    if outside(&polygon, survey) {
        warnings.push(format!("a polygon on {slice} lies outside the survey"));
    }
    if polygon.crosses_itself() {
        warnings.push("a polygon crosses itself; inside is counted even-odd".to_owned());
    }
    Ok(Ok(polygon))
}

/// True where no part of a polygon lies in a survey that is known.
fn outside(polygon: &Polygon, survey: &Survey) -> bool {
    let grid = &survey.grid;
    let (a, b) = grid.plane(polygon.slice.direction());
    let (low, high) = bounds(&polygon.vertices);
    let apart = |axis: &Axis, low: f64, high: f64| high < axis.low() || low > axis.high();
    !grid.is_empty()
        && (polygon.slice.index(grid).is_none()
            || apart(a, low.0, high.0)
            || apart(b, low.1, high.1))
}

/// A number that is nearly a whole one, as that.
fn whole(number: f64) -> f64 {
    let round = number.round();
    if (number - round).abs() < 0.02 {
        round
    } else {
        number
    }
}

/// The slice that all points lie on, within half a step.
fn common_slice(points: &[[f64; 3]], survey: &Survey) -> Option<SliceKey> {
    let grid = &survey.grid;
    let axes: [(Direction, &Axis); 3] = [
        (Direction::Inline, &grid.inlines),
        (Direction::Crossline, &grid.crosslines),
        (Direction::Time, &grid.samples),
    ];
    axes.iter().enumerate().find_map(|(k, (direction, axis))| {
        let (low, high) = spread(points, k);
        let index = axis.index(0.5 * (low + high))?;
        let near = high - low <= 0.5 * axis.step.abs();
        near.then(|| SliceKey::new(*direction, axis.value(index)))
    })
}

fn spread(points: &[[f64; 3]], k: usize) -> (f64, f64) {
    let all = points.iter().map(|p| p[k]);
    all.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| {
        (l.min(v), h.max(v))
    })
}

/// The time slice in the middle of points that lie on none, with a warning.
fn middle(points: &[[f64; 3]], survey: &Survey, warnings: &mut Vec<String>) -> Option<SliceKey> {
    let axis = &survey.grid.samples;
    let mean = points.iter().map(|p| p[2]).sum::<f64>() / points.len() as f64;
    let key = SliceKey::new(Direction::Time, axis.value(axis.index(mean)?));
    let (low, high) = spread(points, 2);
    warnings.push(format!(
        "a polygon from {low:.0} to {high:.0} {} was laid flat on {key}, their mean",
        survey.grid.unit.sign()
    ));
    Some(key)
}
