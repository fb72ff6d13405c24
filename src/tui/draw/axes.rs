//! Survey numbers along the picture, the cursor's among them, and marks where
//! polygons of other slices cut this one.

use ratatui::buffer::Buffer;
use ratatui::text::{Line, Span};

use crate::model::{Direction, Facies, Polygon};
use crate::picture::{number, ticks};
use crate::tui::layout::GUTTER;

use super::theme::Theme;
use super::{Scene, put};

pub fn draw(scene: &Scene, buffer: &mut Buffer) {
    let Scene { app, .. } = *scene;
    let Some(grid) = &app.view.grid else { return };
    let (right, down) = match app.view.direction {
        Direction::Inline => ("crossline", grid.unit.sign()),
        Direction::Crossline => ("inline", grid.unit.sign()),
        Direction::Time => ("crossline", "inline"),
    };
    across(scene, buffer, (right, down));
    downwards(scene, buffer);
    if app.view.polygons {
        marks(scene, buffer);
    }
}

fn across(scene: &Scene, buffer: &mut Buffer, names: (&str, &str)) {
    let Scene {
        app, layout, theme, ..
    } = *scene;
    let Some(grid) = &app.view.grid else { return };
    let (axis, _) = grid.plane(app.view.direction);
    let (picture, y, window) = (layout.picture, layout.axis.y, app.window());
    let name_at = (picture.right()).saturating_sub(names.0.len() as u16);
    // Taken columns, with a blank on either side of every label.
    let down_at = (GUTTER - 1).saturating_sub(names.1.len() as u16);
    let mut taken = vec![
        (down_at, down_at + names.1.len() as u16),
        (name_at, picture.right()),
    ];
    let mut place = |x: u16, text: &str| {
        let end = x + text.chars().count() as u16;
        let free = taken.iter().all(|&(from, to)| end < from || x > to) && end <= picture.right();
        if free {
            taken.push((x, end));
        }
        free
    };
    put(
        buffer,
        down_at,
        y,
        &Line::styled(names.1.to_owned(), theme.dim()),
        9,
    );
    let dim = |text: String| Line::styled(text, theme.dim());
    if let Some((column, _)) = window.cell(app.view.cursor()) {
        let label = number(app.view.cursor_value().0);
        let n = label.chars().count() as u16;
        let x = picture.x + column as u16;
        // Near the right edge the label stands before its mark.
        let (at, text) = if x + n < picture.right() {
            (x, format!("▾{label}"))
        } else {
            (x.saturating_sub(n), format!("{label}▾"))
        };
        if place(at, &text) {
            put(buffer, at, y, &Line::styled(text, theme.strong()), n + 1);
        } else {
            taken.retain(|&(from, _)| from != name_at);
            taken.push((at, at + n + 1));
            put(buffer, at, y, &Line::styled(text, theme.strong()), n + 1);
        }
    }
    if taken.iter().any(|&(from, _)| from == name_at) {
        put(buffer, name_at, y, &dim(names.0.to_owned()), 9);
    }
    for tick in ticks(axis, window.left, window.across, window.columns, 10) {
        let text = format!("╷{}", number(tick.value));
        let x = picture.x + window.column(tick.cell) as u16;
        let end = x + text.chars().count() as u16;
        if taken.iter().all(|&(from, to)| end < from || x > to) && end <= picture.right() {
            put(buffer, x, y, &dim(text), 12);
        }
    }
}

fn downwards(scene: &Scene, buffer: &mut Buffer) {
    let Scene {
        app, layout, theme, ..
    } = *scene;
    let Some(grid) = &app.view.grid else { return };
    let (_, axis) = grid.plane(app.view.direction);
    let (picture, window) = (layout.picture, app.window());
    let cursor = window.cell(app.view.cursor()).map(|(_, row)| row);
    let gutter = (GUTTER - 1) as usize;
    for tick in ticks(axis, window.top, window.down, window.rows, 2) {
        let row = window.row(tick.cell);
        if Some(row) != cursor {
            let text = fitted(&number(tick.value), gutter);
            let y = picture.y + row as u16;
            let line = Line::styled(format!("{text:>gutter$}╶"), theme.dim());
            put(buffer, 0, y, &line, GUTTER);
        }
    }
    if let Some(row) = cursor {
        let text = fitted(&number(app.view.cursor_value().1), gutter);
        let line = Line::styled(format!("{text:>gutter$}▸"), theme.strong());
        put(buffer, 0, picture.y + row as u16, &line, GUTTER);
    }
}

/// A number cut to a width: decimals go first, then the front, with a sign that
/// something is missing.
fn fitted(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let whole = text.split('.').next().unwrap_or(text);
    let n = whole.chars().count();
    if n <= width {
        return text
            .chars()
            .take(width)
            .collect::<String>()
            .trim_end_matches('.')
            .to_owned();
    }
    std::iter::once('…')
        .chain(whole.chars().skip(n + 1 - width))
        .collect()
}

/// Marks on the right and lower edge: polygons of slices that cross this one.
fn marks(scene: &Scene, buffer: &mut Buffer) {
    let Scene {
        app,
        session,
        layout,
        theme,
    } = *scene;
    let Some(grid) = &app.view.grid else { return };
    let Some(key) = app.view.key() else { return };
    let (picture, window) = (layout.picture, app.window());
    let (a_axis, b_axis) = grid.plane(app.view.direction);
    for polygon in &session.polygons {
        let Some(facies) = session.facies(&polygon.facies) else {
            continue;
        };
        let there = polygon.slice.direction();
        if there == app.view.direction || !reaches(polygon, app.view.direction, key.number()) {
            continue;
        }
        let number = polygon.slice.number();
        if axis_across(app.view.direction) == there {
            let (x, _) = window.cell_of(a_axis.position(number), 0.0);
            if let Some(row) = layout.marks
                && x >= 0.0
                && x < f64::from(picture.width)
            {
                mark(buffer, picture.x + x as u16, row.y, facies, theme);
            }
        } else {
            let (_, y) = window.cell_of(0.0, b_axis.position(number));
            if y >= 0.0 && y < f64::from(picture.height) {
                mark(buffer, picture.right(), picture.y + y as u16, facies, theme);
            }
        }
    }
}

fn mark(buffer: &mut Buffer, x: u16, y: u16, facies: &Facies, theme: Theme) {
    let span = Span::styled(facies.mark().to_string(), theme.facies(facies.colour));
    put(buffer, x, y, &Line::from(span), 1);
}

/// The direction whose slices cut a slice at one column.
fn axis_across(direction: Direction) -> Direction {
    match direction {
        Direction::Inline | Direction::Time => Direction::Crossline,
        Direction::Crossline => Direction::Inline,
    }
}

/// True where a polygon reaches across slice `number` of a direction.
fn reaches(polygon: &Polygon, direction: Direction, number: f64) -> bool {
    // On its own plane, `direction` is either the axis to the right or downwards.
    let right = axis_across(polygon.slice.direction()) == direction;
    let along = polygon
        .vertices
        .iter()
        .map(|&(a, b)| if right { a } else { b });
    let (low, high) = along.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| {
        (l.min(v), h.max(v))
    });
    low <= number && number <= high
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_numbers_lose_decimals_before_digits() {
        assert_eq!(fitted("1190", 4), "1190");
        assert_eq!(fitted("101.5", 4), "101");
        assert_eq!(fitted("12345", 4), "…345");
        assert_eq!(fitted("1.25", 4), "1.25");
    }
}
