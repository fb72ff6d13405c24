//! Outlines of a density on a square of nodes, as dots: two by four in a cell.

use super::super::dots::Dots;

/// The least density of the densest nodes that hold a share of the whole.
pub(super) fn level(density: &[f64], share: f64) -> f64 {
    let mut sorted: Vec<f64> = density.iter().copied().filter(|q| *q > 0.0).collect();
    sorted.sort_unstable_by(|a, b| b.total_cmp(a));
    let wanted = share * sorted.iter().sum::<f64>();
    let mut held = 0.0;
    for q in sorted {
        held += q;
        if held >= wanted {
            return q;
        }
    }
    f64::INFINITY
}

/// Sets the dots on the edge of where a density, interpolated between its nodes,
/// is `level` or more. The square spans `columns` x `rows` cells; the first latent
/// coordinate runs to the right, the second upwards.
pub(super) fn outline(
    dots: &mut Dots,
    density: &[f64],
    side: usize,
    level: f64,
    (columns, rows): (usize, usize),
) {
    let (width, height) = (2 * columns, 4 * rows);
    let inside: Vec<bool> = (0..width * height)
        .map(|i| {
            let u = place(i % width, width, side);
            let v = place(height - 1 - i / width, height, side);
            // Interpolated between nodes, a lone dense node would shrink below
            // its level: the edge lies halfway down to its neighbours.
            at(density, side, u, v) >= 0.75 * level
        })
        .collect();
    for y in 0..height {
        for x in (0..width).filter(|x| inside[y * width + x]) {
            let outside = |x: Option<usize>, y: Option<usize>| match (x, y) {
                (Some(x), Some(y)) if x < width && y < height => !inside[y * width + x],
                // The map's own edge closes nothing.
                _ => false,
            };
            let edge = outside(x.checked_sub(1), Some(y))
                || outside(Some(x + 1), Some(y))
                || outside(Some(x), y.checked_sub(1))
                || outside(Some(x), Some(y + 1));
            if edge {
                dots.set(x as i32, y as i32);
            }
        }
    }
}

/// The place of a dot among the nodes of a side.
fn place(dot: usize, dots: usize, side: usize) -> f64 {
    let place = (dot as f64 + 0.5) / dots as f64 * side as f64 - 0.5;
    place.clamp(0.0, (side - 1) as f64)
}

/// A density between its nodes, linear in both coordinates.
fn at(density: &[f64], side: usize, u: f64, v: f64) -> f64 {
    let (a, b) = (u.floor() as usize, v.floor() as usize);
    let (next_a, next_b) = ((a + 1).min(side - 1), (b + 1).min(side - 1));
    let (s, t) = (u - a as f64, v - b as f64);
    let q = |a: usize, b: usize| density.get(a * side + b).copied().unwrap_or(0.0);
    let low = q(a, b) * (1.0 - t) + q(a, next_b) * t;
    let high = q(next_a, b) * (1.0 - t) + q(next_a, next_b) * t;
    low * (1.0 - s) + high * s
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_hold_their_share() {
        let density = [0.1, 0.4, 0.3, 0.2, 0.0];
        assert_eq!(level(&density, 0.5), 0.3);
        assert_eq!(level(&density, 0.9), 0.2);
        assert_eq!(level(&[0.0; 4], 0.5), f64::INFINITY);
    }

    #[test]
    fn an_outline_closes_around_its_peak() {
        let mut density = vec![0.0; 49];
        density[24] = 1.0;
        let mut dots = Dots::new(14, 7);
        outline(&mut dots, &density, 7, 0.5, (14, 7));
        let cells: Vec<_> = dots.cells().collect();
        assert!(!cells.is_empty());
        assert!(
            cells
                .iter()
                .all(|&(x, y, _)| (5..9).contains(&x) && (2..5).contains(&y))
        );
    }
}
