//! How a survey lies on the ground: from line numbers to coordinates and back.

use super::Ground;

/// From indices of lines to eastings and northings.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Lie {
    /// A straight grid: origin, one inline on, one crossline on.
    Grid([(f64, f64); 3]),
    /// Traces along one line, by their index.
    Track(Vec<(f64, f64, f64)>),
}

impl Lie {
    /// How it lies, where coordinates tell it.
    pub(super) fn of(ground: &Ground) -> Option<Lie> {
        if ground.track.len() > 1 {
            let points = ground.track.iter().map(|p| (p.index as f64, p.x, p.y));
            return Some(Lie::Track(points.collect()));
        }
        let (lines, [first, along, across, _]) = (ground.lines()?, ground.corners?);
        let part = |other: [f64; 4], n: f64| ((other[2] - first[2]) / n, (other[3] - first[3]) / n);
        let (inline, crossline) = (part(across, lines.0), part(along, lines.1));
        let turn = inline.0 * crossline.1 - inline.1 * crossline.0;
        (turn.is_normal()).then_some(Lie::Grid([(first[2], first[3]), inline, crossline]))
    }

    /// Easting and northing of an inline and a crossline, by index.
    pub(super) fn place(&self, inline: f64, crossline: f64) -> (f64, f64) {
        match self {
            Lie::Grid([o, i, c]) => (
                o.0 + inline * i.0 + crossline * c.0,
                o.1 + inline * i.1 + crossline * c.1,
            ),
            Lie::Track(points) => {
                // A single line: one of the two is always the first.
                let at = inline.max(crossline);
                let after = points.partition_point(|p| p.0 <= at);
                let i = after.clamp(1, points.len() - 1);
                let (p, q) = (points[i - 1], points[i]);
                let t = (at - p.0) / (q.0 - p.0);
                (p.1 + t * (q.1 - p.1), p.2 + t * (q.2 - p.2))
            }
        }
    }

    /// Inline and crossline index of a place; nothing along a single line.
    pub(super) fn line(&self, (x, y): (f64, f64)) -> Option<(f64, f64)> {
        let Lie::Grid([o, i, c]) = self else {
            return None;
        };
        let turn = i.0 * c.1 - i.1 * c.0;
        let (x, y) = (x - o.0, y - o.1);
        Some(((x * c.1 - y * c.0) / turn, (i.0 * y - i.1 * x) / turn))
    }
}

impl Ground {
    /// East and north that an inline on, and a crossline on, go.
    pub fn ways(&self) -> Option<[(f64, f64); 2]> {
        match Lie::of(self)? {
            Lie::Grid([_, inline, crossline]) => {
                let unit = |(x, y): (f64, f64)| (x / x.hypot(y), y / x.hypot(y));
                Some([unit(inline), unit(crossline)])
            }
            Lie::Track(_) => None,
        }
    }

    /// Lines from the first to the last, of inlines and of crosslines, as
    /// the corners count them; nothing where there is but one.
    fn lines(&self) -> Option<(f64, f64)> {
        let (inlines, crosslines) = (self.shape.0 as f64 - 1.0, self.shape.1 as f64 - 1.0);
        (inlines > 0.0 && crosslines > 0.0).then_some((inlines, crosslines))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::TracePosition;

    fn ground() -> Ground {
        Ground {
            volume: "a".into(),
            shape: (5, 11),
            traces: None,
            corners: Some([
                [100.0, 300.0, 1000.0, 2000.0],
                [100.0, 310.0, 1060.0, 2080.0],
                [104.0, 300.0, 960.0, 2030.0],
                [104.0, 310.0, 1020.0, 2110.0],
            ]),
            track: Vec::new(),
        }
    }

    #[test]
    fn places_and_lines_are_inverse() {
        let lie = Lie::of(&ground()).unwrap();
        assert_eq!(lie.place(4.0, 10.0), (1020.0, 2110.0));
        for (i, c) in [(0.0, 0.0), (3.0, 7.0), (4.0, 1.5)] {
            let (u, v) = lie.line(lie.place(i, c)).unwrap();
            assert!((u - i).abs() < 1e-9 && (v - c).abs() < 1e-9);
        }
    }

    #[test]
    fn a_track_is_straight_between_its_traces_and_goes_on_beyond() {
        let point = |index, x, y| TracePosition { index, x, y };
        let track = Ground {
            shape: (1, 21),
            track: vec![
                point(0, 0.0, 0.0),
                point(10, 10.0, 0.0),
                point(20, 10.0, 10.0),
            ],
            ..ground()
        };
        let lie = Lie::of(&track).unwrap();
        assert_eq!(lie.place(0.0, 5.0), (5.0, 0.0));
        assert_eq!(lie.place(0.0, 15.0), (10.0, 5.0));
        assert_eq!(lie.place(0.0, 20.0), (10.0, 10.0));
        assert_eq!(lie.line((5.0, 0.0)), None);
    }

    #[test]
    fn without_coordinates_there_is_no_lie() {
        let none = Ground {
            corners: None,
            ..ground()
        };
        assert_eq!(Lie::of(&none), None);
        let single = Ground {
            shape: (1, 11),
            ..ground()
        };
        assert_eq!(Lie::of(&single), None);
    }
}
