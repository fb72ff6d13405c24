//! Geometry of closed outlines and open lines: what drawing and editing rest on.
//!
//! A ring is a list of points whose last joins the first. Functions that measure
//! on the screen take a `scale`: both coordinates are multiplied by it first, so
//! that distances are in cells and not in a mix of lines and milliseconds.

/// A point of a slice's plane, in survey numbers.
pub type Point = (f64, f64);

/// The first pair of edges of a ring that cross, and the point where they do.
///
/// Edges that meet at a shared vertex do not count; edge `i` leads from vertex
/// `i` to the next. Cost: edges squared, less what their boxes rule out.
pub fn crossing(ring: &[Point]) -> Option<(usize, usize, Point)> {
    let n = ring.len();
    for i in 0..n {
        let (p, q) = (ring[i], ring[(i + 1) % n]);
        let (low, high) = (p.0.min(q.0), p.0.max(q.0));
        for j in i + 2..n {
            if i == 0 && j == n - 1 {
                continue;
            }
            let (r, s) = (ring[j], ring[(j + 1) % n]);
            if r.0.max(s.0) < low || r.0.min(s.0) > high {
                continue;
            }
            if let Some(point) = meet((p, q), (r, s)) {
                return Some((i, j, point));
            }
        }
    }
    None
}

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

/// The foot of a point on a segment, and how far away it is, both scaled.
fn foot(p: Point, (u, v): (Point, Point)) -> (f64, f64) {
    let d = (v.0 - u.0, v.1 - u.1);
    let length = d.0 * d.0 + d.1 * d.1;
    let t = if length > 0.0 {
        (((p.0 - u.0) * d.0 + (p.1 - u.1) * d.1) / length).clamp(0.0, 1.0)
    } else {
        0.0
    };
    (t, (u.0 + t * d.0 - p.0).hypot(u.1 + t * d.1 - p.1))
}

fn scaled(p: Point, scale: Point) -> Point {
    (p.0 * scale.0, p.1 * scale.1)
}

/// The edge of a ring nearest to a point, and the scaled distance.
pub fn nearest_edge(ring: &[Point], at: Point, scale: Point) -> Option<(usize, f64)> {
    nearest_foot(ring, at, scale).map(|(edge, _, distance)| (edge, distance))
}

/// The edge nearest to a point, how far along it the nearest place lies (0 to
/// 1), and the scaled distance.
fn nearest_foot(ring: &[Point], at: Point, scale: Point) -> Option<(usize, f64, f64)> {
    let p = scaled(at, scale);
    (0..ring.len())
        .map(|i| {
            let (u, v) = (ring[i], ring[(i + 1) % ring.len()]);
            let (t, distance) = foot(p, (scaled(u, scale), scaled(v, scale)));
            (i, t, distance)
        })
        .min_by(|x, y| x.2.total_cmp(&y.2))
}

/// The vertex of a ring nearest to a point, distances scaled.
pub fn nearest_vertex(ring: &[Point], at: Point, scale: Point) -> Option<usize> {
    let distance = |&(a, b): &Point| ((a - at.0) * scale.0).hypot((b - at.1) * scale.1);
    (0..ring.len()).min_by(|&i, &j| distance(&ring[i]).total_cmp(&distance(&ring[j])))
}

/// The part of a ring's outline between the places nearest to two points, the
/// shorter way round, ends included; and how far the two points are from it.
///
/// An end within half a cell of a vertex is that vertex, so that two polygons
/// share it to the last bit.
pub fn outline_between(
    ring: &[Point],
    from: Point,
    to: Point,
    scale: Point,
) -> Option<(Vec<Point>, f64)> {
    let n = ring.len();
    let (e, t, d0) = nearest_foot(ring, from, scale)?;
    let (f, u, d1) = nearest_foot(ring, to, scale)?;
    let place = |edge: usize, t: f64| {
        let (p, q) = (ring[edge], ring[(edge + 1) % n]);
        let at = (p.0 + t * (q.0 - p.0), p.1 + t * (q.1 - p.1));
        let near = |v: Point| {
            let (x, y) = (scaled(v, scale), scaled(at, scale));
            (x.0 - y.0).hypot(x.1 - y.1) <= 0.5
        };
        [p, q].into_iter().find(|v| near(*v)).unwrap_or(at)
    };
    let (start, end) = (place(e, t), place(f, u));
    // Forwards: the vertices after edge e up to the beginning of edge f.
    let steps = if e == f && t <= u {
        0
    } else {
        (f + n - e - 1) % n + 1
    };
    let forward: Vec<Point> = (0..steps).map(|k| ring[(e + 1 + k) % n]).collect();
    let back_steps = if e == f && u <= t {
        0
    } else {
        (e + n - f - 1) % n + 1
    };
    let backward: Vec<Point> = (0..back_steps).map(|k| ring[(e + n - k) % n]).collect();
    let join = |middle: Vec<Point>| {
        let mut line = vec![start];
        line.extend(middle);
        line.push(end);
        line.dedup();
        line
    };
    let (forward, backward) = (join(forward), join(backward));
    let best = if length(&forward, scale) <= length(&backward, scale) {
        forward
    } else {
        backward
    };
    Some((best, d0.max(d1)))
}

/// Scaled length of an open line.
pub fn length(line: &[Point], scale: Point) -> f64 {
    line.windows(2)
        .map(|w| ((w[1].0 - w[0].0) * scale.0).hypot((w[1].1 - w[0].1) * scale.1))
        .sum()
}

/// The points of an open line that are needed: every other one lies within a
/// scaled `tolerance` of the line that is left (Douglas and Peucker 1973). The
/// ends stay.
pub fn simplify_line(line: &[Point], scale: Point, tolerance: f64) -> Vec<Point> {
    let n = line.len();
    if n < 3 {
        return line.to_vec();
    }
    let mut kept = vec![false; n];
    (kept[0], kept[n - 1]) = (true, true);
    let mut open = vec![(0, n - 1)];
    while let Some((i, j)) = open.pop() {
        let chord = (scaled(line[i], scale), scaled(line[j], scale));
        let farthest = (i + 1..j)
            .map(|k| (k, foot(scaled(line[k], scale), chord).1))
            .max_by(|x, y| x.1.total_cmp(&y.1));
        if let Some((k, distance)) = farthest
            && distance > tolerance
        {
            kept[k] = true;
            open.extend([(i, k), (k, j)]);
        }
    }
    let kept = line.iter().zip(kept).filter(|(_, k)| *k);
    kept.map(|(p, _)| *p).collect()
}

/// A ring with fewer vertices: each that is gone lies within a scaled
/// `tolerance` of the outline that is left. Where that would make the outline
/// cross itself, or leave no area, the tolerance is halved until it does not.
pub fn simplify_ring(ring: &[Point], scale: Point, tolerance: f64) -> Vec<Point> {
    let n = ring.len();
    let crossed = crossing(ring).is_some();
    let distance = |i: usize, j: usize| {
        let (p, q) = (scaled(ring[i], scale), scaled(ring[j], scale));
        (p.0 - q.0).hypot(p.1 - q.1)
    };
    // Two vertices far apart stay: each half is then an open line.
    let farthest = |from: usize| {
        (0..n)
            .max_by(|&i, &j| distance(from, i).total_cmp(&distance(from, j)))
            .unwrap_or(0)
    };
    if n < 4 {
        return ring.to_vec();
    }
    let a = farthest(0);
    let b = farthest(a);
    let (a, b) = (a.min(b), a.max(b));
    let first: Vec<Point> = ring[a..=b].to_vec();
    let second: Vec<Point> = (b..=n + a).map(|i| ring[i % n]).collect();
    let mut tolerance = tolerance;
    for _ in 0..8 {
        let mut simple = simplify_line(&first, scale, tolerance);
        let rest = simplify_line(&second, scale, tolerance);
        simple.extend(&rest[1..rest.len().saturating_sub(1)]);
        if simple.len() >= 3 && (crossed || crossing(&simple).is_none()) {
            return simple;
        }
        tolerance *= 0.5;
    }
    ring.to_vec()
}

/// The two parts of a ring on either side of the chord between two vertices;
/// nothing where the chord is an edge, or leaves the inside.
pub fn split(ring: &[Point], i: usize, j: usize) -> Option<(Vec<Point>, Vec<Point>)> {
    let n = ring.len();
    let (i, j) = (i.min(j), i.max(j));
    if j >= n || j - i < 2 || (i == 0 && j == n - 1) {
        return None;
    }
    let chord = (ring[i], ring[j]);
    let crossed = (0..n).any(|k| meet(chord, (ring[k], ring[(k + 1) % n])).is_some());
    // A vertex on the chord would make a part that touches itself.
    let touched = (0..n)
        .filter(|k| *k != i && *k != j)
        .any(|k| on_segment(ring[k], chord));
    let middle = (0.5 * (chord.0.0 + chord.1.0), 0.5 * (chord.0.1 + chord.1.1));
    if crossed || touched || !contains(ring, middle) {
        return None;
    }
    let first = ring[i..=j].to_vec();
    let second = (j..=n + i).map(|k| ring[k % n]).collect();
    Some((first, second))
}

fn on_segment(p: Point, (u, v): (Point, Point)) -> bool {
    let cross = (v.0 - u.0) * (p.1 - u.1) - (v.1 - u.1) * (p.0 - u.0);
    let along = (p.0 - u.0) * (v.0 - u.0) + (p.1 - u.1) * (v.1 - u.1);
    cross == 0.0 && along > 0.0 && along < (v.0 - u.0).powi(2) + (v.1 - u.1).powi(2)
}

/// Even-odd test of a point, half-open: of two rings that share an edge exactly
/// one claims a point on it.
pub fn contains(ring: &[Point], (a, b): Point) -> bool {
    let mut inside = false;
    for (i, &(ai, bi)) in ring.iter().enumerate() {
        let (aj, bj) = ring[(i + 1) % ring.len()];
        if (bi > b) != (bj > b) && ai + (b - bi) * (aj - ai) / (bj - bi) > a {
            inside = !inside;
        }
    }
    inside
}

/// Lowest and highest point of the box around points.
pub fn bounds(points: &[Point]) -> (Point, Point) {
    let start = (
        (f64::INFINITY, f64::INFINITY),
        (f64::NEG_INFINITY, f64::NEG_INFINITY),
    );
    points.iter().fold(start, |(low, high), p| {
        (
            (low.0.min(p.0), low.1.min(p.1)),
            (high.0.max(p.0), high.1.max(p.1)),
        )
    })
}

/// A ring between two others, `t` from the first (0) to the second (1).
///
/// Both are gone through in the same sense from their topmost vertex (least `b`,
/// then least `a`), and points at equal shares of the arc length belong
/// together: there is one for each vertex of either ring. `scale` makes lengths
/// along both coordinates comparable.
pub fn interpolate(from: &[Point], to: &[Point], t: f64, scale: Point) -> Vec<Point> {
    if from.is_empty() || to.is_empty() {
        return Vec::new();
    }
    let (from, to) = (from_the_top(from), from_the_top(to));
    let (p, q) = (shares(&from, scale), shares(&to, scale));
    let mut all: Vec<f64> = p.iter().chain(&q).copied().collect();
    all.sort_unstable_by(f64::total_cmp);
    // Rounding must not make two points of one.
    all.dedup_by(|x, y| (*x - *y).abs() < 1e-9);
    let mixed = all.into_iter().map(|share| {
        let (u, v) = (at_share(&from, &p, share), at_share(&to, &q, share));
        (u.0 + t * (v.0 - u.0), u.1 + t * (v.1 - u.1))
    });
    let mut ring: Vec<Point> = mixed.collect();
    ring.dedup();
    ring
}

/// The ring from its topmost vertex, clockwise on the screen.
fn from_the_top(ring: &[Point]) -> Vec<Point> {
    let n = ring.len();
    let top = (0..n)
        .min_by(|&i, &j| {
            let (p, q) = (ring[i], ring[j]);
            p.1.total_cmp(&q.1).then(p.0.total_cmp(&q.0))
        })
        .unwrap_or(0);
    if super::signed_area(ring) >= 0.0 {
        (0..n).map(|k| ring[(top + k) % n]).collect()
    } else {
        (0..n).map(|k| ring[(top + n - k) % n]).collect()
    }
}

/// Share of the outline before each vertex: 0 at the first, below 1.
fn shares(ring: &[Point], scale: Point) -> Vec<f64> {
    let n = ring.len();
    let mut before = Vec::with_capacity(n);
    let mut sum = 0.0;
    for i in 0..n {
        before.push(sum);
        sum += length(&[ring[i], ring[(i + 1) % n]], scale);
    }
    before
        .iter()
        .map(|s| if sum > 0.0 { s / sum } else { 0.0 })
        .collect()
}

/// The point of a ring at a share of its outline.
fn at_share(ring: &[Point], shares: &[f64], share: f64) -> Point {
    let i = shares.partition_point(|s| *s <= share).saturating_sub(1);
    let end = shares.get(i + 1).copied().unwrap_or(1.0);
    let (p, q) = (ring[i], ring[(i + 1) % ring.len()]);
    let part = if end > shares[i] {
        (share - shares[i]) / (end - shares[i])
    } else {
        0.0
    };
    (p.0 + part * (q.0 - p.0), p.1 + part * (q.1 - p.1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::signed_area;
    use proptest::prelude::*;

    const UNIT: Point = (1.0, 1.0);

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
        assert_eq!(nearest_edge(&ring, (3.0, 20.0), UNIT).unwrap().0, 3);
        assert_eq!(nearest_edge(&ring, (3.0, 20.0), (1.0, 0.05)).unwrap().0, 0);
        assert_eq!(nearest_vertex(&ring, (9.0, 90.0), (1.0, 0.05)), Some(2));
    }

    #[test]
    fn an_outline_is_followed_the_shorter_way() {
        let ring = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)];
        let between = |p, q| outline_between(&ring, p, q, UNIT).unwrap();
        let (line, off) = between((4.0, -1.0), (11.0, 5.0));
        assert_eq!(line, [(4.0, 0.0), (10.0, 0.0), (10.0, 5.0)]);
        assert_eq!(off, 1.0);
        let (line, _) = between((11.0, 5.0), (4.0, -1.0));
        assert_eq!(line, [(10.0, 5.0), (10.0, 0.0), (4.0, 0.0)]);
        // Both on one edge, and ends that fall on vertices.
        assert_eq!(between((2.0, 0.0), (7.0, 1.0)).0, [(2.0, 0.0), (7.0, 0.0)]);
        assert_eq!(between((7.0, 0.0), (2.0, 1.0)).0, [(7.0, 0.0), (2.0, 0.0)]);
        assert_eq!(
            between((0.2, 0.0), (10.0, 9.9)).0,
            [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0)]
        );
    }

    #[test]
    fn a_chord_splits_where_it_stays_inside() {
        let ell = [
            (0.0, 0.0),
            (4.0, 0.0),
            (4.0, 1.0),
            (1.0, 1.0),
            (1.0, 4.0),
            (0.0, 4.0),
        ];
        assert!(split(&ell, 2, 4).is_none(), "outside the L");
        assert!(split(&ell, 0, 1).is_none() && split(&ell, 5, 0).is_none());
        let (a, b) = split(&ell, 3, 0).unwrap();
        assert_eq!(a.len() + b.len(), 8);
        assert_eq!(signed_area(&a) + signed_area(&b), signed_area(&ell));
    }

    #[test]
    fn between_a_square_and_a_larger_one_lies_the_middle_one() {
        let small = [(0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0)];
        // The other sense, another first vertex.
        let large = [(4.0, 4.0), (4.0, 0.0), (0.0, 0.0), (0.0, 4.0)];
        let middle = interpolate(&small, &large, 0.5, UNIT);
        assert_eq!(middle, [(0.0, 0.0), (3.0, 0.0), (3.0, 3.0), (0.0, 3.0)]);
        assert_eq!(interpolate(&small, &large, 0.0, UNIT), small);
        assert!(interpolate(&[], &large, 0.5, UNIT).is_empty());
    }

    /// A star-shaped ring: it never crosses itself.
    fn star() -> impl Strategy<Value = Vec<Point>> {
        prop::collection::vec(1.0..10.0f64, 3..24).prop_map(|radii| {
            let n = radii.len() as f64;
            let angle = |i: usize| std::f64::consts::TAU * i as f64 / n;
            let point = |(i, r): (usize, &f64)| (r * angle(i).cos(), r * angle(i).sin());
            radii.iter().enumerate().map(point).collect()
        })
    }

    proptest! {
        #[test]
        fn what_is_dropped_lies_near_what_is_left(ring in star(), tolerance in 0.0..3.0f64) {
            let simple = simplify_ring(&ring, UNIT, tolerance);
            prop_assert!(simple.len() >= 3 && crossing(&simple).is_none());
            for p in &ring {
                let (_, distance) = nearest_edge(&simple, *p, UNIT).unwrap();
                prop_assert!(distance <= tolerance + 1e-9, "{p:?} is {distance} away");
            }
            prop_assert!(simple.iter().all(|p| ring.contains(p)));
        }

        #[test]
        fn both_parts_of_a_split_have_the_area_of_the_whole(
            ring in star(), i in 0usize..24, j in 0usize..24,
        ) {
            let n = ring.len();
            if let Some((a, b)) = split(&ring, i % n, j % n) {
                let sum = signed_area(&a).abs() + signed_area(&b).abs();
                prop_assert!((sum - signed_area(&ring).abs()).abs() < 1e-9);
                prop_assert!(crossing(&a).is_none() && crossing(&b).is_none());
            }
        }

        #[test]
        fn between_equal_rings_lies_the_ring(ring in star(), t in 0.0..1.0f64, turn in 0usize..24) {
            let n = ring.len();
            let turned: Vec<Point> = (0..n).map(|i| ring[(i + turn) % n]).rev().collect();
            let between = interpolate(&ring, &turned, t, UNIT);
            prop_assert!(between.len() >= n);
            for p in &between {
                prop_assert!(nearest_edge(&ring, *p, UNIT).unwrap().1 < 1e-6);
            }
            let area = signed_area(&between).abs() - signed_area(&ring).abs();
            prop_assert!(area.abs() < 1e-6);
        }

        #[test]
        fn a_followed_outline_lies_on_it(
            ring in star(), p in (-9.0..9.0f64, -9.0..9.0f64), q in (-9.0..9.0f64, -9.0..9.0f64),
        ) {
            let (line, _) = outline_between(&ring, p, q, UNIT).unwrap();
            for p in &line {
                prop_assert!(nearest_edge(&ring, *p, UNIT).unwrap().1 < 1e-9);
            }
            let mut whole = ring.clone();
            whole.push(ring[0]);
            prop_assert!(length(&line, UNIT) <= 0.5 * length(&whole, UNIT) + 2.0);
        }
    }
}
