//! Two polygons into one, and one into two.

use i_overlay::core::fill_rule::FillRule;
use i_overlay::core::overlay_rule::OverlayRule;
use i_overlay::float::single::SingleFloatOverlay;

use super::{Edit, Session, SessionError};
use crate::model::ring::{self, Point};
use crate::model::{Origin, Polygon};

impl Session {
    /// The edit that merges a polygon with another of its facies on its slice:
    /// the first keeps its name and becomes the union, the other goes.
    ///
    /// An error where they do not overlap or share an edge, or where the union
    /// would enclose a hole, which no polygon can have.
    pub fn merge(&self, id: &str, other: &str) -> Result<Edit, SessionError> {
        let (first, second) = (self.existing(id)?, self.existing(other)?);
        let refused = |reason| SessionError::NotMerged {
            id: id.to_owned(),
            reason,
        };
        if first.id == second.id {
            return Err(refused("it cannot be merged with itself"));
        }
        if first.facies != second.facies {
            return Err(refused("the other belongs to another facies; R assigns it"));
        }
        if first.slice != second.slice {
            return Err(refused("the other lies on another slice"));
        }
        let shapes = union(&first.vertices, &second.vertices);
        let vertices = match &shapes[..] {
            [shape] => match &shape[..] {
                [outline] => outline.clone(),
                _ => return Err(refused("the two enclose a hole; fill it first")),
            },
            _ => return Err(refused("the two do not touch; move one, or draw between")),
        };
        Ok(Edit::Several(vec![
            Edit::RemovePolygon {
                id: other.to_owned(),
            },
            Edit::ReplaceVertices {
                id: id.to_owned(),
                vertices,
            },
        ]))
    }

    /// The edit that splits a polygon along the chord between two of its
    /// vertices: the part after the first vertex keeps the name, the other is new.
    pub fn split(&self, id: &str, i: usize, j: usize) -> Result<Edit, SessionError> {
        let polygon = self.existing(id)?;
        let (first, second) = ring::split(&polygon.vertices, i, j)
            .ok_or_else(|| SessionError::NotSplit { id: id.to_owned() })?;
        let part = Polygon {
            id: self.free_id(),
            name: None,
            vertices: second,
            origin: Origin {
                interpolated: false,
                ..polygon.origin.clone()
            },
            ..polygon.clone()
        };
        Ok(Edit::Several(vec![
            Edit::ReplaceVertices {
                id: id.to_owned(),
                vertices: first,
            },
            Edit::AddPolygon(part),
        ]))
    }

    pub(super) fn existing(&self, id: &str) -> Result<&Polygon, SessionError> {
        (self.polygon(id)).ok_or_else(|| SessionError::UnknownPolygon { id: id.to_owned() })
    }
}

/// The union of two rings by the even-odd rule: shapes, each an outline and its
/// holes.
///
/// The overlay works on a grid of integers, fine as it is; points that were a
/// vertex of either ring are put back to the last bit.
fn union(a: &[Point], b: &[Point]) -> Vec<Vec<Vec<Point>>> {
    let contour = |ring: &[Point]| ring.iter().map(|p| [p.0, p.1]).collect::<Vec<_>>();
    let shapes = contour(a).overlay_as::<i64>(&contour(b), OverlayRule::Union, FillRule::EvenOdd);
    let known: Vec<Point> = a.iter().chain(b).copied().collect();
    let (low, high) = ring::bounds(&known);
    let close = 1e-7 * (high.0 - low.0).max(high.1 - low.1);
    let put_back = |p: &[f64; 2]| {
        let at = (p[0], p[1]);
        let found = known
            .iter()
            .find(|k| (k.0 - at.0).abs() <= close && (k.1 - at.1).abs() <= close);
        found.copied().unwrap_or(at)
    };
    let outline = |contour: &Vec<[f64; 2]>| {
        let mut ring: Vec<Point> = contour.iter().map(put_back).collect();
        ring.dedup();
        ring
    };
    shapes
        .iter()
        .map(|shape| shape.iter().map(outline).collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Facies, SliceKey, signed_area};
    use proptest::prelude::*;

    fn session(rings: &[&[Point]]) -> Session {
        let mut session = Session::new("demo");
        session.facies.push(Facies::new("salt", 1));
        for (i, ring) in rings.iter().enumerate() {
            let polygon = Polygon {
                id: format!("p{i}"),
                facies: "salt".into(),
                slice: SliceKey::Inline(7),
                name: None,
                vertices: ring.to_vec(),
                origin: Origin::default(),
            };
            Edit::AddPolygon(polygon).apply(&mut session).unwrap();
        }
        session
    }

    const SQUARE: [Point; 4] = [
        (300.5, 700.0),
        (340.0, 700.0),
        (340.0, 904.0),
        (300.5, 904.0),
    ];

    #[test]
    fn overlapping_polygons_become_one_and_undo_brings_both_back() {
        let right = [
            (320.0, 800.0),
            (390.0, 800.0),
            (390.0, 1000.0),
            (320.0, 1000.0),
        ];
        let mut session = session(&[&SQUARE, &right]);
        let before = session.clone();
        let back = session
            .merge("p0", "p1")
            .unwrap()
            .apply(&mut session)
            .unwrap();
        let [merged] = &session.polygons[..] else {
            panic!("{:?}", session.polygons);
        };
        let area = |ring: &[Point]| signed_area(ring).abs();
        let expected = area(&SQUARE) + area(&right) - 20.0 * 104.0;
        assert!((area(&merged.vertices) - expected).abs() < 1e-3);
        for p in SQUARE.iter().chain(&right) {
            let inside = *p == (340.0, 904.0) || *p == (320.0, 800.0);
            assert_eq!(merged.vertices.contains(p), !inside, "{p:?}");
        }
        back.apply(&mut session).unwrap();
        assert_eq!(session, before);
    }

    #[test]
    fn what_cannot_be_one_polygon_is_refused() {
        let far = SQUARE.map(|(a, b)| (a + 100.0, b));
        let told = |rings: &[&[Point]]| {
            let error = session(rings).merge("p0", "p1").unwrap_err();
            error.to_string()
        };
        assert!(told(&[&SQUARE, &far]).contains("do not touch"));
        let cup = [
            (0.0, 0.0),
            (9.0, 0.0),
            (9.0, 9.0),
            (8.0, 9.0),
            (8.0, 1.0),
            (1.0, 1.0),
            (1.0, 9.0),
            (0.0, 9.0),
        ];
        let lid = [(0.0, 8.0), (9.0, 8.0), (9.0, 10.0), (0.0, 10.0)];
        assert!(told(&[&cup, &lid]).contains("hole"));
        let session = session(&[&SQUARE]);
        assert!(session.merge("p0", "p0").is_err() && session.merge("p0", "x").is_err());
        assert!(session.split("p0", 0, 1).is_err());
    }

    proptest! {
        #[test]
        fn split_and_merged_again_it_has_the_same_area(
            radii in prop::collection::vec(1.0..10.0f64, 4..20), i in 0usize..20, j in 0usize..20,
        ) {
            let n = radii.len();
            let angle = |k: usize| std::f64::consts::TAU * k as f64 / n as f64;
            let ring: Vec<Point> = (0..n)
                .map(|k| (1000.0 + radii[k] * angle(k).cos(), 1500.0 + 4.0 * radii[k] * angle(k).sin()))
                .collect();
            let mut session = session(&[&ring]);
            let before = session.clone();
            if let Ok(edit) = session.split("p0", i % n, j % n) {
                let unsplit = edit.apply(&mut session).unwrap();
                let other = session.polygons.iter().find(|p| p.id != "p0").unwrap().id.clone();
                let parts: f64 = session.polygons.iter().map(|p| signed_area(&p.vertices).abs()).sum();
                let whole = signed_area(&ring).abs();
                prop_assert!((parts - whole).abs() < 1e-6 * whole);
                let unmerge = session.merge("p0", &other).unwrap().apply(&mut session).unwrap();
                prop_assert_eq!(session.polygons.len(), 1);
                let merged = signed_area(&session.polygons[0].vertices).abs();
                prop_assert!((merged - whole).abs() < 1e-6 * whole);
                unmerge.apply(&mut session).unwrap();
                unsplit.apply(&mut session).unwrap();
                prop_assert_eq!(session, before);
            }
        }
    }
}
