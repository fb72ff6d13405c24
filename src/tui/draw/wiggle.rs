//! Traces around the cursor as wiggles beside the picture: Braille, the positive
//! side filled, on the rows of the picture.

use std::sync::Arc;

use ndarray::ArrayView2;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::model::Direction;
use crate::picture::{Clip, number, ticks};
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
    let sampled: Vec<Vec<f32>> = traces
        .iter()
        .map(|trace| sampled(*trace, usize::from(strip.height) * 4, rows))
        .collect();
    let Some((middle, half)) = spread(&sampled) else {
        return;
    };
    let sign = if app.view.look().reversed { -1.0 } else { 1.0 };
    let here = traces.len() / 2;
    for (n, values) in sampled.iter().enumerate() {
        let left = strip.x + n as u16 * each;
        let style = if n == here {
            theme.strong()
        } else {
            theme.dim()
        };
        let dots = dots(each, values, |v| sign * (v - middle) / half);
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
    let swing = if middle == 0.0 {
        format!("±{}", signed(half).trim_start_matches('+'))
    } else {
        format!("{} {}", signed(middle - half), signed(middle + half))
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

/// Middle and reach of what traces swing over: all but a fiftieth of what is drawn,
/// around 0 where they swing to both sides of it.
fn spread(traces: &[Vec<f32>]) -> Option<(f32, f32)> {
    let live = traces.iter().flatten().copied();
    let values: Vec<f32> = live.filter(|v| !v.is_nan()).collect();
    let clip = Clip::auto(&ArrayView2::from_shape((1, values.len()), &values).ok()?);
    let (middle, half) = (0.5 * (clip.low + clip.high), 0.5 * (clip.high - clip.low));
    (!values.is_empty()).then_some((middle, half))
}

/// A trace at rows of dots, four a row of cells; NaN where there is nothing.
fn sampled(trace: Option<&Arc<[f32]>>, dots: usize, rows: Rows) -> Vec<f32> {
    let Some(samples) = trace else {
        return Vec::new();
    };
    let at = |dot: usize| rows.top + dot as f64 / 4.0 * rows.down;
    (0..dots)
        .map(|dot| value(samples, at(dot), at(dot + 1)).unwrap_or(f32::NAN))
        .collect()
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

/// The value of a trace between two positions: the mean of the samples there, as
/// pictures show it, else straight between two; nothing at nulls.
fn value(samples: &[f32], from: f64, to: f64) -> Option<f32> {
    let live = |i: usize| samples.get(i).copied().filter(|v| !v.is_nan());
    let index = |at: f64| (at - 0.5).ceil().max(0.0) as usize;
    let (first, end) = (index(from), index(to));
    if end > first + 1 {
        let values = || (first..end).filter_map(live);
        let n = values().count();
        return (n > 0).then(|| values().sum::<f32>() / n as f32);
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

/// Dots of one trace, `columns` cells wide, from values one below the other: a line
/// from swing to swing, filled to the middle where it is positive.
fn dots(columns: u16, values: &[f32], swing: impl Fn(f32) -> f32) -> Vec<u8> {
    let width = 2 * i32::from(columns);
    let middle = width / 2;
    let mut cells = vec![0u8; usize::from(columns) * values.len().div_ceil(4)];
    let mut before: Option<i32> = None;
    for (row, &value) in values.iter().enumerate() {
        if value.is_nan() {
            before = None;
            continue;
        }
        let x = middle + (swing(value).clamp(-1.0, 1.0) * 0.5 * width as f32).round() as i32;
        let from = before.unwrap_or(x);
        let (mut low, high) = (x.min(from), x.max(from));
        if x > middle {
            low = low.min(middle);
        }
        for dot in low.max(0)..=high.min(width - 1) {
            let cell = row / 4 * usize::from(columns) + dot as usize / 2;
            if let Some(cell) = cells.get_mut(cell) {
                *cell |= BITS[(dot % 2) as usize][row % 4];
            }
        }
        before = Some(x);
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_a_mean_or_straight_between() {
        let samples = [0.0, 1.0, -3.0, 2.0, f32::NAN];
        assert_eq!(value(&samples, 0.0, 4.0), Some(0.0));
        assert_eq!(value(&samples, 2.0, 5.0), Some(-0.5));
        assert_eq!(value(&samples, 0.75, 1.25), Some(0.5));
        assert_eq!(value(&samples, 4.4, 4.6), None);
        assert_eq!(value(&samples, 9.0, 9.2), None);
    }

    #[test]
    fn positive_swings_are_filled_and_negative_ones_are_not() {
        let full = dots(4, &[1.0; 4], |v| v);
        assert_eq!(full, [0, 0, 0xff, 0xff]);
        let left = dots(4, &[-1.0; 4], |v| v);
        assert_eq!(left, [0x47, 0, 0, 0]);
        assert_eq!(dots(4, &[f32::NAN; 4], |v| v), [0; 4]);
    }
}
