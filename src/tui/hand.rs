//! What the interpreter has in hand: nothing, a draft, a vertex, a polygon.

use crate::model::SliceKey;

/// State of drawing and editing.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Hand {
    /// Browsing.
    #[default]
    Free,
    /// Laying vertices of the draft.
    Draw,
    /// At a vertex of the active polygon.
    Edit {
        /// Its place, from 0.
        vertex: usize,
    },
    /// Carrying something of the active polygon.
    Carry(Carry),
}

/// A polygon that is not closed yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// The slice it is drawn on.
    pub slice: SliceKey,
    /// Its vertices so far, in survey numbers.
    pub vertices: Vec<(f64, f64)>,
}

/// Something on its way.
#[derive(Clone, Debug, PartialEq)]
pub struct Carry {
    /// What is carried.
    pub what: Carried,
    /// Sample of the cursor when it was taken up.
    pub from: (usize, usize),
    /// The only axis it may move along.
    pub lock: Option<Lock>,
}

/// What is carried.
#[derive(Clone, Debug, PartialEq)]
pub enum Carried {
    /// A vertex of the polygon.
    Vertex {
        /// Its place.
        at: usize,
        /// Where it was, in survey numbers.
        origin: (f64, f64),
    },
    /// A vertex that is not part of the polygon yet.
    New {
        /// Its place to be.
        at: usize,
        /// Where it was taken up.
        origin: (f64, f64),
    },
    /// The whole polygon.
    Polygon,
}

/// An axis that a carried thing is locked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// Along the traces only (to the left and right).
    Trace,
    /// Along time only (up and down).
    Time,
}

/// The first pair of edges of a ring that cross, and the point where they do.
///
/// Edges that meet at a shared vertex do not count; edge `i` leads from vertex
/// `i` to the next.
pub fn crossing(ring: &[(f64, f64)]) -> Option<(usize, usize, (f64, f64))> {
    let n = ring.len();
    for i in 0..n {
        for j in i + 2..n {
            if i == 0 && j == n - 1 {
                continue;
            }
            if let Some(point) = meet((ring[i], ring[(i + 1) % n]), (ring[j], ring[(j + 1) % n])) {
                return Some((i, j, point));
            }
        }
    }
    None
}

type Point = (f64, f64);

/// Where two segments cross at a point inside both.
fn meet((p, q): (Point, Point), (r, s): (Point, Point)) -> Option<Point> {
    let (d, e) = ((q.0 - p.0, q.1 - p.1), (s.0 - r.0, s.1 - r.1));
    let cross = d.0 * e.1 - d.1 * e.0;
    let f = (r.0 - p.0, r.1 - p.1);
    let (t, u) = (
        (f.0 * e.1 - f.1 * e.0) / cross,
        (f.0 * d.1 - f.1 * d.0) / cross,
    );
    let inside = |x: f64| x > 0.0 && x < 1.0;
    (inside(t) && inside(u)).then_some((p.0 + t * d.0, p.1 + t * d.1))
}

/// The edge of a ring nearest to a point, with distances measured after both
/// coordinates are multiplied by `scale` (cells, not survey numbers).
pub fn nearest_edge(ring: &[Point], at: Point, scale: Point) -> Option<(usize, f64)> {
    let n = ring.len();
    let scaled = |(a, b): Point| (a * scale.0, b * scale.1);
    let p = scaled(at);
    (0..n)
        .map(|i| {
            let (u, v) = (scaled(ring[i]), scaled(ring[(i + 1) % n]));
            let d = (v.0 - u.0, v.1 - u.1);
            let length = d.0 * d.0 + d.1 * d.1;
            let t = if length > 0.0 {
                (((p.0 - u.0) * d.0 + (p.1 - u.1) * d.1) / length).clamp(0.0, 1.0)
            } else {
                0.0
            };
            (i, (u.0 + t * d.0 - p.0).hypot(u.1 + t * d.1 - p.1))
        })
        .min_by(|x, y| x.1.total_cmp(&y.1))
}

/// The vertex of a ring nearest to a point, distances as in [`nearest_edge`].
pub fn nearest_vertex(ring: &[Point], at: Point, scale: Point) -> Option<usize> {
    let distance = |&(a, b): &Point| ((a - at.0) * scale.0).hypot((b - at.1) * scale.1);
    (0..ring.len()).min_by(|&i, &j| distance(&ring[i]).total_cmp(&distance(&ring[j])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bow_tie_crosses_in_its_middle() {
        let bow = [(0.0, 0.0), (4.0, 4.0), (4.0, 0.0), (0.0, 4.0)];
        assert_eq!(crossing(&bow), Some((0, 2, (2.0, 2.0))));
        let square = [(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0)];
        assert_eq!(crossing(&square), None);
        assert_eq!(crossing(&square[..2]), None);
    }

    #[test]
    fn distances_are_those_of_the_screen() {
        let ring = [(0.0, 0.0), (10.0, 0.0), (10.0, 100.0), (0.0, 100.0)];
        // In survey numbers the left edge is nearer; with 20 ms a row it is the upper one.
        assert_eq!(nearest_edge(&ring, (3.0, 20.0), (1.0, 1.0)).unwrap().0, 3);
        assert_eq!(nearest_edge(&ring, (3.0, 20.0), (1.0, 0.05)).unwrap().0, 0);
        assert_eq!(nearest_vertex(&ring, (9.0, 90.0), (1.0, 0.05)), Some(2));
    }
}
