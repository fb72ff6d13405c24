//! Where the numbers of an axis stand.

use crate::model::Axis;

/// A labelled place on an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tick {
    /// The cell it stands at, from the start of the window.
    pub cell: usize,
    /// Survey number.
    pub value: f64,
}

/// Round survey numbers along a window of `cells` cells that starts at position
/// `edge` (in samples) with `scale` samples a cell, at least `gap` cells apart.
///
/// Steps are 1, 2 or 5 times a power of ten and never below the axis step.
///
/// ```
/// use outcrop::{model::Axis, picture::ticks};
/// let crosslines = Axis::new(300.0, 1.0, 350);
/// let at: Vec<f64> = ticks(&crosslines, 0.0, 350.0 / 114.0, 114, 10).iter().map(|t| t.value).collect();
/// assert_eq!(at, [300.0, 350.0, 400.0, 450.0, 500.0, 550.0, 600.0]);
/// ```
pub fn ticks(axis: &Axis, edge: f64, scale: f64, cells: usize, gap: usize) -> Vec<Tick> {
    let unit = axis.step.abs();
    if cells == 0 || axis.count == 0 || !unit.is_normal() || !scale.is_normal() {
        return Vec::new();
    }
    let step = round_step(unit.max(unit * scale * gap as f64));
    let value = |cell: f64| axis.value(0) + (edge + cell * scale - 0.5) * axis.step;
    let (low, high) = {
        let (p, q) = (value(0.0), value(cells as f64));
        (p.min(q).max(axis.low()), p.max(q).min(axis.high()))
    };
    let first = (low / step - 1e-9).ceil() as i64;
    let last = (high / step + 1e-9).floor() as i64;
    let mut ticks: Vec<Tick> = (first..=last)
        .take(cells + 1)
        .filter_map(|i| {
            let value = i as f64 * step;
            let at = (axis.position(value) + 0.5 - edge) / scale + 1e-9;
            let inside = at >= 0.0 && at < cells as f64;
            inside.then_some(Tick {
                cell: at as usize,
                value,
            })
        })
        .collect();
    ticks.sort_unstable_by_key(|t| t.cell);
    ticks
}

/// The smallest of 1, 2, 5 x 10^k that is not below `least`.
fn round_step(least: f64) -> f64 {
    let power = 10f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|m| m * power)
        .find(|&s| s >= least * (1.0 - 1e-9))
        .unwrap_or(10.0 * power)
}

/// A survey number as it is written: no decimals where there are none, else at
/// most three; a true minus sign; never grouped.
///
/// ```
/// use outcrop::picture::number;
/// assert_eq!(number(1190.0), "1190");
/// assert_eq!(number(-12.50), "−12.5");
/// ```
pub fn number(value: f64) -> String {
    let text = format!("{value:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    match text.strip_prefix('-') {
        Some("0") => "0".to_owned(),
        Some(digits) => format!("−{digits}"),
        None => text.to_owned(),
    }
}

/// A sample value in three digits that mean something, with a true minus sign.
///
/// ```
/// use outcrop::picture::amount;
/// assert_eq!(amount(-0.4213), "−0.421");
/// assert_eq!(amount(2.7), "2.70");
/// assert_eq!(amount(12_345.6), "12346");
/// ```
pub fn amount(value: f64) -> String {
    let digits = if value == 0.0 || !value.is_finite() {
        0
    } else {
        (2 - value.abs().log10().floor() as i32).clamp(0, 6) as usize
    };
    let text = format!("{value:.digits$}");
    match text.strip_prefix('-') {
        Some(text) => format!("−{text}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn times_as_on_paper() {
        let times = Axis::new(700.0, 4.0, 240);
        let at: Vec<(usize, f64)> = ticks(&times, 0.0, 240.0 / 34.0, 34, 2)
            .iter()
            .map(|t| (t.cell, t.value))
            .collect();
        assert_eq!(at[0], (0, 700.0));
        assert_eq!(at[1], (3, 800.0));
        assert_eq!(at.len(), 10);
    }

    #[test]
    fn odd_axes_do_not_hang_or_crash() {
        assert!(ticks(&Axis::new(0.0, 0.0, 5), 0.0, 1.0, 10, 2).is_empty());
        assert!(ticks(&Axis::new(0.0, f64::NAN, 5), 0.0, 1.0, 10, 2).is_empty());
        assert!(ticks(&Axis::new(0.0, 1.0, 0), 0.0, 1.0, 10, 2).is_empty());
        assert_eq!(number(-0.0), "0");
    }

    proptest! {
        #[test]
        fn ticks_keep_their_distance(
            first in -1e4f64..1e4, step in prop_oneof![-5.0f64..-0.1, 0.1f64..8.0],
            count in 1usize..3000, cells in 1usize..300, gap in 1usize..16, zoom in 1usize..4,
        ) {
            let axis = Axis::new(first, step, count);
            let scale = count as f64 / cells as f64 / zoom as f64;
            let found = ticks(&axis, 0.0, scale, cells, gap);
            for pair in found.windows(2) {
                prop_assert!(pair[1].cell - pair[0].cell + 1 >= gap);
            }
            for t in &found {
                prop_assert!(t.cell < cells);
                prop_assert!(t.value >= axis.low() - 1e-6 && t.value <= axis.high() + 1e-6);
            }
        }
    }
}
