//! Traces around the cursor as wiggles beside the picture: Braille, the positive
//! side filled, on the rows of the picture.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::model::Direction;
use crate::picture::{number, ticks};
use crate::tui::view::on_plane;

use super::facts::signed;
use super::{Scene, put};

const BITS: [[u8; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];

/// Which samples the rows show.
#[derive(Clone, Copy)]
struct Rows {
    /// Position of the upper edge.
    top: f64,
    /// Samples a row.
    down: f64,
}

pub fn draw(scene: &Scene, buffer: &mut Buffer) {
    let Scene { app, theme, .. } = *scene;
    let (Some(area), Some(grid)) = (app.wiggle_area(), &app.view.grid) else {
        return;
    };
    let traces = app.traces_around();
    let (gutter, rows) = rows(scene, area);
    let strip = Rect {
        x: area.x + gutter,
        width: area.width.saturating_sub(gutter),
        ..area
    };
    let each = strip.width / traces.len().max(1) as u16;
    if each < 2 {
        return;
    }
    let look = app.view.look();
    let slice = app.current_slice();
    let clip = look.clip.or(slice.map(|s| s.clip));
    let Some(clip) = clip else { return };
    let (middle, half) = (0.5 * (clip.low + clip.high), 0.5 * (clip.high - clip.low));
    let sign = if look.reversed { -1.0 } else { 1.0 };
    let here = traces.len() / 2;
    for (n, trace) in traces.iter().enumerate() {
        let Some(samples) = trace else { continue };
        let left = strip.x + n as u16 * each;
        let style = if n == here {
            theme.strong()
        } else {
            theme.dim()
        };
        let swing = |at: f64, to: f64| swing(samples, at, to).map(|v| sign * (v - middle) / half);
        let dots = dots(each, usize::from(strip.height) * 4, rows, &swing);
        for (i, bits) in dots.into_iter().enumerate().filter(|(_, bits)| *bits != 0) {
            let (x, y) = (i % usize::from(each), i / usize::from(each));
            let glyph = char::from_u32(0x2800 + u32::from(bits)).unwrap_or(' ');
            if let Some(cell) = buffer.cell_mut((left + x as u16, strip.y + y as u16)) {
                cell.set_char(glyph).set_style(style);
            }
        }
    }
    // The trace at the cursor, and what a full swing is worth.
    let (a_axis, _) = grid.plane(app.view.direction);
    let (a, _) = on_plane(app.view.direction, app.followed);
    let label = format!("▾{}", number(a_axis.value(a)));
    let swing = if middle.abs() < 0.01 * half {
        format!("±{}", signed(half).trim_start_matches('+'))
    } else {
        format!("{} {}", signed(clip.low), signed(clip.high))
    };
    let middle = strip.x + here as u16 * each + each / 2;
    let head = area.y.saturating_sub(1);
    put(
        buffer,
        middle,
        head,
        &Line::styled(label.clone(), theme.strong()),
        8,
    );
    let at = area.right().saturating_sub(swing.chars().count() as u16);
    if at > middle + label.chars().count() as u16 {
        put(buffer, at, head, &Line::styled(swing, theme.dim()), 16);
    }
    let row = (app.followed[2] as f64 + 0.5 - rows.top) / rows.down;
    if row >= 0.0 && row < f64::from(area.height) && gutter == 0 {
        let mark = Line::styled("▸", theme.strong());
        put(
            buffer,
            area.x.saturating_sub(1),
            area.y + row as u16,
            &mark,
            1,
        );
    }
}

/// Columns for times at the left, and the samples of the rows: those of the
/// picture beside a section; beside a time slice those around it, with their times.
fn rows(scene: &Scene, area: Rect) -> (u16, Rows) {
    let Scene { app, .. } = *scene;
    if app.view.direction != Direction::Time {
        let window = app.window();
        return (
            0,
            Rows {
                top: window.top,
                down: window.down,
            },
        );
    }
    let down = 2.0;
    let top = app.followed[2] as f64 + 0.5 - 0.5 * down * f64::from(area.height);
    (TIMES, Rows { top, down })
}

/// Columns of times beside a time slice.
const TIMES: u16 = 5;

/// Times at the left of the traces of a time slice.
pub fn times(scene: &Scene, buffer: &mut Buffer) {
    let Scene { app, theme, .. } = *scene;
    let (Some(area), Some(grid)) = (app.wiggle_area(), &app.view.grid) else {
        return;
    };
    let (gutter, rows) = rows(scene, area);
    if gutter == 0 {
        return;
    }
    let height = usize::from(area.height);
    for tick in ticks(&grid.samples, rows.top, rows.down, height, 2) {
        let text = format!("{:>1$}╶", number(tick.value), usize::from(TIMES) - 1);
        let y = area.y + tick.cell as u16;
        put(buffer, area.x, y, &Line::styled(text, theme.dim()), TIMES);
    }
    let row = ((app.followed[2] as f64 + 0.5 - rows.top) / rows.down) as u16;
    let text = format!(
        "{:>1$}▸",
        number(grid.samples.value(app.followed[2])),
        usize::from(TIMES) - 1
    );
    put(
        buffer,
        area.x,
        area.y + row,
        &Line::styled(text, theme.strong()),
        TIMES,
    );
}

/// The value of a trace between two positions: where several samples lie between
/// them the one that swings furthest, else straight between two; nothing at nulls.
fn swing(samples: &Arc<[f32]>, from: f64, to: f64) -> Option<f32> {
    let live = |i: usize| samples.get(i).copied().filter(|v| !v.is_nan());
    let (first, end) = (
        (from - 0.5).ceil().max(0.0) as usize,
        (to - 0.5).ceil().max(0.0) as usize,
    );
    if end > first + 1 {
        let values = (first..end).filter_map(live);
        return values.max_by(|a, b| a.abs().total_cmp(&b.abs()));
    }
    let at = 0.5 * (from + to) - 0.5;
    if at < -0.5 || at > samples.len() as f64 - 0.5 {
        return None;
    }
    let low = at.max(0.0).floor();
    let (p, part) = (live(low as usize)?, (at - low).max(0.0) as f32);
    let q = live(low as usize + 1).unwrap_or(p);
    Some(p + (q - p) * part)
}

/// Dots of one trace, `columns` cells wide: a line from swing to swing, filled to
/// the middle where it is positive.
fn dots(columns: u16, rows: usize, of: Rows, swing: &dyn Fn(f64, f64) -> Option<f32>) -> Vec<u8> {
    let width = 2 * i32::from(columns);
    let middle = width / 2;
    let mut cells = vec![0u8; usize::from(columns) * rows / 4];
    let mut before: Option<i32> = None;
    for row in 0..rows {
        let at = |row: usize| of.top + row as f64 / 4.0 * of.down;
        let value = swing(at(row), at(row + 1));
        let x = value.map(|v| middle + (v * 0.5 * width as f32).round() as i32);
        if let Some(x) = x {
            let from = before.unwrap_or(x);
            let (mut low, mut high) = (x.min(from), x.max(from));
            if x > middle {
                (low, high) = (low.min(middle), high.max(x));
            }
            for dot in low.max(0)..=high.min(width - 1) {
                let (cell, bit) = (row / 4 * usize::from(columns) + dot as usize / 2, dot % 2);
                if let Some(cell) = cells.get_mut(cell) {
                    *cell |= BITS[bit as usize][row % 4];
                }
            }
        }
        before = x;
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swing_is_the_furthest_or_straight_between() {
        let samples: Arc<[f32]> = vec![0.0, 1.0, -3.0, 2.0, f32::NAN].into();
        assert_eq!(swing(&samples, 0.0, 4.0), Some(-3.0));
        assert_eq!(swing(&samples, 0.75, 1.25), Some(0.5));
        assert_eq!(swing(&samples, 4.4, 4.6), None);
        assert_eq!(swing(&samples, 9.0, 9.2), None);
    }

    #[test]
    fn positive_swings_are_filled_and_negative_ones_are_not() {
        let rows = Rows {
            top: 0.0,
            down: 4.0,
        };
        let full = dots(4, 4, rows, &|_, _| Some(1.0));
        assert_eq!(full, [0, 0, 0xff, 0xff]);
        let left = dots(4, 4, rows, &|_, _| Some(-1.0));
        assert_eq!(left, [0x47, 0, 0, 0]);
        assert_eq!(dots(4, 4, rows, &|_, _| None), [0; 4]);
    }
}
