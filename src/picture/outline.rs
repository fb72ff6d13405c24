//! Straight lines on grids finer than cells.

/// How heavy an outline is: weight tells the active polygon from the others,
/// on any background and for any eye.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stroke {
    /// Half-block pixels.
    Thick,
    /// Braille dots.
    Thin,
}

/// Calls `dot` for every pixel of a line on a grid of `width` x `height`, from
/// `p` to `q` in pixel units (pixel `(x, y)` covers `x..x + 1`).
///
/// The line is cut to the grid first, so that its length costs nothing outside.
/// `dashed` leaves out every other pair of pixels.
pub fn walk(
    p: (f64, f64),
    q: (f64, f64),
    (width, height): (usize, usize),
    dashed: bool,
    mut dot: impl FnMut(usize, usize),
) {
    let Some((p, q)) = cut(p, q, width as f64, height as f64) else {
        return;
    };
    let length = (q.0 - p.0).abs().max((q.1 - p.1).abs());
    let steps = length.ceil() as usize;
    for i in 0..=steps {
        if dashed && i % 4 >= 2 {
            continue;
        }
        let t = if steps == 0 {
            0.0
        } else {
            i as f64 / steps as f64
        };
        let (x, y) = (p.0 + t * (q.0 - p.0), p.1 + t * (q.1 - p.1));
        let (x, y) = (x.floor(), y.floor());
        if x >= 0.0 && y >= 0.0 && x < width as f64 && y < height as f64 {
            dot(x as usize, y as usize);
        }
    }
}

/// The part of a segment inside a rectangle from the origin (Liang and Barsky 1984).
fn cut(p: (f64, f64), q: (f64, f64), width: f64, height: f64) -> Option<((f64, f64), (f64, f64))> {
    if ![p.0, p.1, q.0, q.1].iter().all(|v| v.is_finite()) {
        return None;
    }
    let (dx, dy) = (q.0 - p.0, q.1 - p.1);
    let (mut from, mut to) = (0.0f64, 1.0f64);
    let sides = [
        (-dx, p.0),
        (dx, width - p.0),
        (-dy, p.1),
        (dy, height - p.1),
    ];
    for (d, room) in sides {
        if d == 0.0 {
            if room < 0.0 {
                return None;
            }
        } else if d < 0.0 {
            from = from.max(room / d);
        } else {
            to = to.min(room / d);
        }
    }
    (from <= to).then_some((
        (p.0 + from * dx, p.1 + from * dy),
        (p.0 + to * dx, p.1 + to * dy),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn dots(p: (f64, f64), q: (f64, f64), grid: (usize, usize)) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        walk(p, q, grid, false, |x, y| found.push((x, y)));
        found
    }

    #[test]
    fn a_diagonal_has_one_pixel_a_step() {
        let d = dots((0.5, 0.5), (4.5, 4.5), (8, 8));
        assert_eq!(d, [(0, 0), (1, 1), (2, 2), (3, 3), (4, 4)]);
    }

    #[test]
    fn far_ends_cost_nothing() {
        let d = dots((-1e12, 3.5), (1e12, 3.5), (40, 10));
        assert!(d.len() <= 42 && d.iter().all(|&(_, y)| y == 3));
        assert!(dots((f64::NAN, 0.0), (1.0, 1.0), (4, 4)).is_empty());
        assert!(dots((-5.0, -5.0), (-1.0, -1.0), (4, 4)).is_empty());
    }

    proptest! {
        #[test]
        fn lines_have_no_holes(x in 0.0f64..60.0, y in 0.0f64..30.0, u in 0.0f64..60.0, v in 0.0f64..30.0) {
            let d = dots((x, y), (u, v), (60, 30));
            for w in d.windows(2) {
                prop_assert!(w[0].0.abs_diff(w[1].0) <= 1 && w[0].1.abs_diff(w[1].1) <= 1);
            }
            prop_assert_eq!(d[0], (x as usize, y as usize));
        }
    }
}
