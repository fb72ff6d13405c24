//! The histogram strip over the lower edge of the picture: bars, the two clips
//! through them, the colours below.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::picture::{Clip, Depth, Histogram, Shading, character};
use crate::tui::layers::Strip;

use super::facts::signed;
use super::theme::color;
use super::{Scene, clear, put};

/// Rows of bars, where there is room.
const BARS: u16 = 6;
const BLOCKS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

pub fn draw(scene: &Scene, buffer: &mut Buffer, strip: &Strip) {
    let Scene {
        app, layout, theme, ..
    } = *scene;
    let Some(slice) = app.current_slice() else {
        return;
    };
    let look = app.view.look();
    let clip = look.clip.unwrap_or(slice.clip);
    let range = strip.range(clip);
    let bars = BARS.min(layout.picture.height.saturating_sub(6)).max(1);
    let area = Rect {
        x: 0,
        y: layout.facts.y.saturating_sub(bars + 2),
        width: layout.title.width,
        height: bars + 2,
    };
    clear(buffer, area);
    title(scene, buffer, area, strip, (clip, &slice.histogram));
    let (x, n) = (2, area.width.saturating_sub(4));
    let at = |v: f32| {
        let part = (v - range.low) / (range.high - range.low) * f32::from(n);
        (part as u16).min(n.saturating_sub(1))
    };
    let strokes = [(at(clip.low), !strip.high), (at(clip.high), strip.high)];
    let heights = slice.histogram.heights(range, usize::from(n));
    let ramp = look.map.ramp(app.depth, false);
    let shading = Shading {
        clip,
        reversed: look.reversed,
    };
    for (column, height) in (0..n).zip(heights) {
        let eighths = if height > 0.0 {
            ((height * f64::from(bars) * 8.0) as u16).max(1)
        } else {
            0
        };
        let stroke = strokes.iter().find(|s| s.0 == column);
        for row in 0..bars {
            let filled = eighths.saturating_sub((bars - 1 - row) * 8).min(8);
            let (glyph, style) = match stroke {
                Some((_, true)) => ('┃', theme.key()),
                Some((_, false)) => ('│', theme.text()),
                None => (BLOCKS[usize::from(filled)], theme.dim()),
            };
            if let Some(cell) = buffer.cell_mut((x + column, area.y + 1 + row)) {
                cell.set_char(glyph).set_style(style);
            }
        }
        let value = range.low + (f32::from(column) + 0.5) / f32::from(n) * (range.high - range.low);
        let level = shading.level(value, ramp.len()).unwrap_or(0);
        if let Some(cell) = buffer.cell_mut((x + column, area.bottom() - 1)) {
            let glyph = if app.depth == Depth::Plain {
                character(level, ramp.len())
            } else {
                ' '
            };
            cell.set_char(glyph).set_bg(color(ramp.colour(level)));
        }
    }
}

/// Both clips in numbers, and how many values lie beyond them.
fn title(
    scene: &Scene,
    buffer: &mut Buffer,
    area: Rect,
    strip: &Strip,
    (clip, histogram): (Clip, &Histogram),
) {
    let Scene {
        app, layout, theme, ..
    } = *scene;
    let (below, above) = beyond(histogram, clip);
    let mut spans = vec![Span::styled("histogram", theme.strong())];
    for (word, value, share, chosen) in [
        ("low", clip.low, below, !strip.high),
        ("high", clip.high, above, strip.high),
    ] {
        let bar = if chosen { "  ▌" } else { "   " };
        let style = if chosen {
            theme.strong()
        } else {
            theme.value()
        };
        spans.push(Span::styled(bar, theme.accent()));
        spans.push(Span::styled(format!("{word} "), theme.dim()));
        spans.push(Span::styled(signed(value), style));
        let word = if layout.title.width >= 80 {
            " beyond"
        } else {
            ""
        };
        spans.push(Span::styled(format!("  {share:.1} %{word}"), theme.dim()));
    }
    if app.view.look().fitted {
        spans.push(Span::styled("  auto", theme.dim()));
    }
    put(buffer, 1, area.y, &Line::from(spans), area.width - 1);
}

/// Shares of the values below and above a clip, in percent.
fn beyond(histogram: &Histogram, clip: Clip) -> (f64, f64) {
    let n = histogram.counts.len().max(1) as f32;
    let width = (histogram.range.high - histogram.range.low) / n;
    let (mut below, mut above, mut all) = (0.0, 0.0, 0.0);
    for (i, &count) in histogram.counts.iter().enumerate() {
        let (value, count) = (
            histogram.range.low + (i as f32 + 0.5) * width,
            f64::from(count),
        );
        all += count;
        if value < clip.low {
            below += count;
        } else if value > clip.high {
            above += count;
        }
    }
    let share = |n: f64| if all > 0.0 { 100.0 * n / all } else { 0.0 };
    (share(below), share(above))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_beyond_the_clips_count_values() {
        let histogram = Histogram {
            range: Clip {
                low: 0.0,
                high: 4.0,
            },
            counts: vec![1, 5, 2, 2],
        };
        let clip = Clip {
            low: 1.0,
            high: 3.0,
        };
        assert_eq!(beyond(&histogram, clip), (10.0, 20.0));
    }
}
