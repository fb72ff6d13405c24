//! Polygons on the slices between those that were drawn.

use super::{Edit, Session, SessionError};
use crate::model::ring::{bounds, interpolate};
use crate::model::{Axis, Origin, Polygon, SliceKey};

/// Polygons between key slices, as an edit.
#[derive(Clone, Debug, PartialEq)]
pub struct Filled {
    /// Takes out what was interpolated there before, adds the new: one step of undo.
    pub edit: Edit,
    /// The new polygons.
    pub polygons: Vec<Polygon>,
    /// How many slices with drawn polygons they lie between.
    pub keys: usize,
}

/// Which slices are filled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gaps {
    /// The axis that numbers the slices.
    pub axis: Axis,
    /// Every so many slices.
    pub every: usize,
    /// Only between these numbers.
    pub within: Option<(f64, f64)>,
    /// Cells per survey number: what makes lengths along both axes comparable.
    pub scale: (f64, f64),
}

impl Session {
    /// Fills the gaps between the key slices of the body that a polygon belongs to.
    ///
    /// A key is a polygon that was drawn, or touched since it was interpolated.
    /// The body is found from slice to slice: of the same facies and direction,
    /// the nearest slice with a key whose box overlaps that of the key before.
    /// Between two keys vertices belong together by their share of the outline
    /// from the topmost vertex, and move linearly; see
    /// [`interpolate`](crate::model::ring::interpolate).
    pub fn fill_between(&self, id: &str, gaps: &Gaps) -> Result<Filled, SessionError> {
        let polygon = self.existing(id)?;
        let refused = |reason| SessionError::NotFilled {
            id: id.to_owned(),
            reason,
        };
        if polygon.origin.interpolated {
            return Err(refused("it is interpolated itself; begin at a drawn one"));
        }
        let keys = self.body(polygon);
        let inside = |n: f64| gaps.within.is_none_or(|(low, high)| n >= low && n <= high);
        let mut polygons = Vec::new();
        let mut used = 0;
        for pair in keys.windows(2) {
            let between: Vec<Polygon> = (slices_between(pair[0], pair[1], gaps).into_iter())
                .filter(|slice| inside(slice.number()))
                .map(|slice| mixed(pair[0], pair[1], slice, gaps.scale))
                .collect();
            used += usize::from(!between.is_empty());
            polygons.extend(between);
        }
        if polygons.is_empty() {
            return Err(refused(
                "no other drawn polygon of its facies overlaps it across a gap; yn copies it there",
            ));
        }
        let mut edits: Vec<Edit> = (self.stale(&keys, &inside).into_iter())
            .map(|id| Edit::RemovePolygon { id })
            .collect();
        for polygon in &mut polygons {
            polygon.id = self.free_id();
            edits.push(Edit::AddPolygon(polygon.clone()));
        }
        Ok(Filled {
            edit: Edit::Several(edits),
            polygons,
            keys: used + 1,
        })
    }

    /// Keys of the body around a polygon, by slice.
    fn body<'a>(&'a self, start: &'a Polygon) -> Vec<&'a Polygon> {
        let mut keys: Vec<&Polygon> = (self.polygons_of(&start.facies))
            .filter(|p| !p.origin.interpolated)
            .filter(|p| p.slice.direction() == start.slice.direction())
            .collect();
        keys.sort_by_key(|p| p.slice);
        let before = keys.iter().rev().filter(|p| p.slice < start.slice);
        let mut body = chain(start, before.copied());
        body.reverse();
        body.push(start);
        body.extend(chain(
            start,
            keys.iter().filter(|p| p.slice > start.slice).copied(),
        ));
        body
    }

    /// Interpolated polygons between the keys, which new ones replace.
    fn stale(&self, keys: &[&Polygon], inside: &impl Fn(f64) -> bool) -> Vec<String> {
        let between = |p: &Polygon| {
            keys.windows(2).any(|pair| {
                p.slice > pair[0].slice
                    && p.slice < pair[1].slice
                    && p.facies == pair[0].facies
                    && (overlap(p, pair[0]) || overlap(p, pair[1]))
            })
        };
        self.polygons
            .iter()
            .filter(|p| p.origin.interpolated && inside(p.slice.number()) && between(p))
            .map(|p| p.id.clone())
            .collect()
    }
}

/// From a polygon on: on each following slice the one that lies nearest of those
/// that overlap the one before; slices without such are passed over.
fn chain<'a>(start: &'a Polygon, others: impl Iterator<Item = &'a Polygon>) -> Vec<&'a Polygon> {
    let mut chain: Vec<&Polygon> = Vec::new();
    let mut last = start;
    let far = |p: &Polygon, q: &Polygon| {
        let (u, v) = (p.middle(), q.middle());
        (u.0 - v.0).abs() + (u.1 - v.1).abs()
    };
    for polygon in others.filter(|p| p.slice != start.slice) {
        match chain.last() {
            // The same slice again: the nearer of the two to the one before.
            Some(newest) if newest.slice == polygon.slice => {
                let before = chain.len().checked_sub(2).map_or(start, |i| chain[i]);
                if overlap(before, polygon) && far(before, polygon) < far(before, newest) {
                    chain.pop();
                    chain.push(polygon);
                    last = polygon;
                }
            }
            _ if overlap(last, polygon) => {
                chain.push(polygon);
                last = polygon;
            }
            _ => {}
        }
    }
    chain
}

/// True where the boxes of two polygons overlap.
fn overlap(p: &Polygon, q: &Polygon) -> bool {
    let ((a, b), (c, d)) = bounds(&p.vertices);
    let ((e, f), (g, h)) = bounds(&q.vertices);
    a <= g && e <= c && b <= h && f <= d
}

/// Slices between two, those aside.
fn slices_between(p: &Polygon, q: &Polygon, gaps: &Gaps) -> Vec<SliceKey> {
    let (from, to) = (
        gaps.axis.position(p.slice.number()).round(),
        gaps.axis.position(q.slice.number()).round(),
    );
    let (low, high) = (
        from.min(to).max(-1.0),
        from.max(to).min(gaps.axis.count as f64),
    );
    let direction = p.slice.direction();
    let first = low as i64 + 1;
    (first..high as i64)
        .filter(|i| (i - first + 1).rem_euclid(gaps.every.max(1) as i64) == 0)
        .map(|i| SliceKey::new(direction, gaps.axis.value(i as usize)))
        .collect()
}

/// The polygon on a slice between two.
fn mixed(p: &Polygon, q: &Polygon, slice: SliceKey, scale: (f64, f64)) -> Polygon {
    let (from, to) = (p.slice.number(), q.slice.number());
    let t = (slice.number() - from) / (to - from);
    Polygon {
        id: String::new(),
        facies: p.facies.clone(),
        slice,
        name: None,
        vertices: interpolate(&p.vertices, &q.vertices, t, scale),
        origin: Origin {
            interpolated: true,
            confidence: p.origin.confidence.min(q.origin.confidence),
            ..Origin::default()
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Facies;

    fn square(id: &str, line: i32, size: f64) -> Polygon {
        Polygon {
            id: id.into(),
            facies: "salt".into(),
            slice: SliceKey::Inline(line),
            name: None,
            vertices: vec![(0.0, 0.0), (size, 0.0), (size, size), (0.0, size)],
            origin: Origin::default(),
        }
    }

    fn session() -> Session {
        let mut session = Session::new("demo");
        session.facies.push(Facies::new("salt", 1));
        let far = Polygon {
            vertices: vec![(70.0, 70.0), (80.0, 70.0), (70.0, 80.0)],
            ..square("far", 20, 1.0)
        };
        for p in [
            square("a", 10, 2.0),
            square("b", 20, 12.0),
            far,
            square("c", 30, 2.0),
        ] {
            Edit::AddPolygon(p).apply(&mut session).unwrap();
        }
        session
    }

    const GAPS: Gaps = Gaps {
        axis: Axis {
            first: 0.0,
            step: 1.0,
            count: 50,
        },
        every: 1,
        within: None,
        scale: (1.0, 1.0),
    };

    #[test]
    fn gaps_are_filled_linearly_and_filled_again_after_a_change() {
        let mut session = session();
        let before = session.clone();
        let filled = session.fill_between("b", &GAPS).unwrap();
        assert_eq!((filled.polygons.len(), filled.keys), (18, 3));
        for p in &filled.polygons {
            let size = 12.0 - (p.slice.number() - 20.0).abs();
            assert_eq!(p.vertices, square("", 0, size).vertices, "{}", p.slice);
            assert!(p.origin.interpolated);
        }
        let undo = filled.edit.apply(&mut session).unwrap();
        // A key moves: the polygons between follow, those on other slices stay.
        let grow = Edit::ReplaceVertices {
            id: "b".into(),
            vertices: square("", 0, 22.0).vertices,
        };
        let shrink = grow.apply(&mut session).unwrap();
        let again = session.fill_between("a", &GAPS).unwrap();
        let redo = again.edit.apply(&mut session).unwrap();
        assert_eq!(session.polygons.len(), 4 + 18);
        for back in [redo, shrink, undo] {
            back.apply(&mut session).unwrap();
        }
        assert_eq!(session, before);
    }

    #[test]
    fn a_touched_polygon_becomes_a_key() {
        let mut session = session();
        session
            .fill_between("a", &GAPS)
            .unwrap()
            .edit
            .apply(&mut session)
            .unwrap();
        let at = |s: &Session, n| {
            let on = s.polygons_on(SliceKey::Inline(n)).next().unwrap();
            (on.id.clone(), on.origin.interpolated)
        };
        let (id, interpolated) = at(&session, 15);
        assert!(interpolated && session.fill_between(&id, &GAPS).is_err());
        let touch = Edit::MoveVertex {
            id,
            at: 0,
            to: (-1.0, -1.0),
        };
        let kept = session.clone();
        let back = touch.apply(&mut session).unwrap();
        assert!(!at(&session, 15).1);
        let filled = session.fill_between("a", &GAPS).unwrap();
        assert_eq!((filled.polygons.len(), filled.keys), (17, 4));
        back.apply(&mut session).unwrap();
        assert_eq!(session, kept);
    }

    #[test]
    fn parts_and_steps_of_gaps() {
        let session = session();
        let every = |every, within| {
            let gaps = Gaps {
                every,
                within,
                ..GAPS
            };
            let filled = session.fill_between("a", &gaps).unwrap();
            let lines = filled.polygons.iter().map(|p| p.slice.number() as i32);
            lines.collect::<Vec<_>>()
        };
        assert_eq!(every(5, None), [15, 25]);
        assert_eq!(every(1, Some((12.0, 14.0))), [12, 13, 14]);
        let alone = session.fill_between("far", &GAPS).unwrap_err().to_string();
        assert!(alone.contains("yn copies it there"), "{alone}");
    }
}
