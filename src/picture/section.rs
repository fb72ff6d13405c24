//! A slice with its axes as lines of text, for `outcrop view` in a shell.

use ndarray::ArrayView2;

use super::{
    Attributes, Canvas, CellMode, Clip, Colour, ColourMap, Depth, Pen, Shading, Viewport, amount,
    character, number, resample, ticks,
};
use crate::model::{Axis, Direction, Grid, SliceKey};

/// How a slice is to be printed.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    /// Width in columns, gutter included.
    pub columns: usize,
    /// Height in rows, axis and colour bar included.
    pub rows: usize,
    /// Colours of the terminal.
    pub depth: Depth,
    /// Pixels per cell.
    pub mode: CellMode,
    /// Colour map.
    pub map: ColourMap,
    /// Range of values, and polarity.
    pub shading: Shading,
}

/// Columns of the gutter at the left: four digits and a tick.
const GUTTER: usize = 5;

/// Prints a slice `[a, b]` of a survey: an axis row, the picture with its gutter,
/// and a row with the range of values.
pub fn section_text(
    slice: &ArrayView2<f32>,
    grid: &Grid,
    key: &SliceKey,
    style: &Section,
) -> String {
    let (a_axis, b_axis) = grid.plane(key.direction());
    let gutter = ticks_width(b_axis).max(GUTTER);
    let columns = style.columns.saturating_sub(gutter).max(1);
    let rows = style.rows.saturating_sub(2).max(1);
    let view = Viewport::fit(slice.dim(), columns, rows);
    let mode = if style.depth == Depth::Plain {
        CellMode::Ascii
    } else {
        style.mode
    };
    let raster = resample(slice, &view, mode.parts());
    let ramp = style.map.ramp(style.depth, false);
    let canvas = Canvas::new(&raster, &style.shading, &ramp, style.depth, mode, None);
    let mut out = axis_row(a_axis, key.direction(), grid, &view, gutter).into_bytes();
    out.push(b'\n');
    let labels = ticks(b_axis, view.top, view.down, rows, 2);
    let mut pen = Pen::new();
    pen.rest(&mut Vec::new());
    for y in 0..rows {
        let label = labels.iter().find(|t| t.cell == y);
        let label = label.map_or(String::new(), |t| format!("{}╶", number(t.value)));
        out.extend_from_slice(format!("{label:>gutter$}").as_bytes());
        for x in 0..columns {
            let cell = canvas.cell(x, y);
            let attributes = Attributes {
                bold: cell.bold,
                ..Attributes::default()
            };
            let mut glyph = [0; 4];
            let glyph = cell.glyph.encode_utf8(&mut glyph);
            pen.put(&mut out, glyph, cell.fg, cell.bg, attributes);
        }
        pen.rest(&mut out);
        while out.last() == Some(&b' ') && style.depth == Depth::Plain {
            out.pop();
        }
        out.push(b'\n');
    }
    colour_bar(&mut out, style, gutter);
    String::from_utf8_lossy(&out).into_owned()
}

fn ticks_width(axis: &Axis) -> usize {
    number(axis.first)
        .chars()
        .count()
        .max(number(axis.last()).chars().count())
        + 1
}

fn axis_row(
    axis: &Axis,
    direction: Direction,
    grid: &Grid,
    view: &Viewport,
    gutter: usize,
) -> String {
    let (right, down) = match direction {
        Direction::Inline => ("crossline", grid.unit.sign()),
        Direction::Crossline => ("inline", grid.unit.sign()),
        Direction::Time => ("crossline", "inline"),
    };
    let width = gutter + view.columns;
    let mut row = vec![' '; width];
    let mut write = |at: usize, text: &str| {
        for (i, c) in text.chars().enumerate() {
            if let Some(place) = row.get_mut(at + i) {
                *place = c;
            }
        }
    };
    let name_at = width.saturating_sub(right.len());
    write((gutter - 1).saturating_sub(down.len()), down);
    for tick in ticks(axis, view.left, view.across, view.columns, 10) {
        let label = format!("╷{}", number(tick.value));
        let at = gutter + tick.cell;
        if at + label.chars().count() < name_at && at > down.len() {
            write(at, &label);
        }
    }
    write(name_at, right);
    row.into_iter().collect::<String>().trim_end().to_owned()
}

fn colour_bar(out: &mut Vec<u8>, style: &Section, gutter: usize) {
    let Clip { low, high } = style.shading.clip;
    out.extend_from_slice(format!("{:gutter$}{} ", "", amount(f64::from(low))).as_bytes());
    let ramp = style.map.ramp(style.depth, false);
    let n = ramp.len();
    let mut pen = Pen::new();
    pen.rest(&mut Vec::new());
    for i in 0..n {
        let step = if style.shading.reversed { n - 1 - i } else { i };
        let (glyph, paper) = if style.depth == Depth::Plain {
            (character(step, n), Colour::Default)
        } else {
            (' ', ramp.colour(step))
        };
        let mut buffer = [0; 4];
        let glyph = glyph.encode_utf8(&mut buffer);
        pen.put(out, glyph, Colour::Default, paper, Attributes::default());
    }
    pen.rest(out);
    out.extend_from_slice(format!(" {}\n", amount(f64::from(high))).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SampleUnit;
    use ndarray::Array2;

    fn grid() -> Grid {
        Grid {
            inlines: Axis::new(100.0, 1.0, 10),
            crosslines: Axis::new(300.0, 1.0, 60),
            samples: Axis::new(0.0, 4.0, 40),
            unit: SampleUnit::Milliseconds,
            spacing: None,
        }
    }

    fn style(depth: Depth) -> Section {
        Section {
            columns: 65,
            rows: 12,
            depth,
            mode: CellMode::Half,
            map: ColourMap::Grey,
            shading: Shading {
                clip: Clip {
                    low: -1.0,
                    high: 1.0,
                },
                reversed: false,
            },
        }
    }

    fn wave() -> Array2<f32> {
        Array2::from_shape_fn((60, 40), |(a, b)| (a as f32 * 0.05 + b as f32 * 0.4).sin())
    }

    #[test]
    fn plain_text_holds_no_escape() {
        let text = section_text(
            &wave().view(),
            &grid(),
            &SliceKey::Inline(104),
            &style(Depth::Plain),
        );
        assert!(!text.contains('\x1b'));
        insta::assert_snapshot!(text);
    }

    #[test]
    fn coloured_text_has_the_same_rows_and_ends_plain() {
        let text = section_text(
            &wave().view(),
            &grid(),
            &SliceKey::Inline(104),
            &style(Depth::Indexed),
        );
        assert_eq!(text.lines().count(), 12);
        for line in text.lines().skip(1) {
            let last = line.rfind("\x1b[").map(|at| &line[at..at + 4]);
            assert_eq!(last, Some("\x1b[0m"), "{line:?}");
        }
    }
}
