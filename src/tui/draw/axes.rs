//! Survey numbers along the picture, the cursor's among them, and marks where
//! polygons of other slices cut this one.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::model::{Axis, Cut, Direction, Facies, Polygon, SectionLine, printable};
use crate::picture::{number, ticks};
use crate::tui::layout::GUTTER;
use crate::tui::panes::{Arrangement, Pane};
use crate::tui::view::on_plane;

use super::readout::value_of;
use super::theme::Theme;
use super::{Scene, put};

pub fn draw(scene: &Scene, buffer: &mut Buffer) {
    for pane in scene.app.panes() {
        if scene.app.view.polygons {
            marks(scene, buffer, &pane);
        }
        head(scene, buffer, &pane);
        if pane.gutter {
            downwards(scene, buffer, &pane);
        }
    }
}

/// What a picture is, where several stand together: its slice or its volume.
fn title(scene: &Scene, pane: &Pane) -> Option<String> {
    let app = scene.app;
    match app.arrangement() {
        Arrangement::One => None,
        Arrangement::Linked => Some(super::title::slice_name(app, &app.key_in(pane)?)),
        Arrangement::Beside => Some(printable(pane.volume?)),
        Arrangement::Swipe => {
            let second = app.view.second.as_deref()?;
            let room = pane.picture.width as usize / 4;
            let [left, right] = [pane.volume?, second].map(|n| shortened(&printable(n), room));
            Some(format!("{left} ┃ {right}"))
        }
        Arrangement::Gallery => {
            let name = printable(pane.volume?);
            let value = app
                .slice_in(pane)
                .and_then(|s| value_of(scene, pane.volume?, s));
            let value = value.unwrap_or_default();
            // The name gives way to the value.
            let room = (pane.picture.width as usize).saturating_sub(value.chars().count() + 2);
            Some(format!("{} {value}", shortened(&name, room)))
        }
    }
}

fn shortened(name: &str, room: usize) -> String {
    if name.chars().count() <= room {
        return name.to_owned();
    }
    name.chars()
        .take(room.saturating_sub(1))
        .chain(['…'])
        .collect()
}

/// The row above a picture: numbers along it, at its right what it is.
fn head(scene: &Scene, buffer: &mut Buffer, pane: &Pane) {
    let Scene { app, theme, .. } = *scene;
    let Some(grid) = &app.view.grid else { return };
    let (right, down) = match pane.direction {
        Direction::Inline if app.view.on_section() => ("trace", grid.unit.sign()),
        Direction::Inline => ("crossline", grid.unit.sign()),
        Direction::Crossline => ("inline", grid.unit.sign()),
        Direction::Time => ("crossline", "inline"),
    };
    let named = title(scene, pane);
    let style = match (&named, pane.focus) {
        (Some(_), true) => theme.strong(),
        (Some(_), false) => theme.value(),
        (None, _) => theme.dim(),
    };
    // An axis that is turned round says so.
    let turned = pane.window.turned;
    let right = if turned.0 {
        format!("← {right}")
    } else {
        right.to_owned()
    };
    let down = if turned.1 {
        format!("↑{down}")
    } else {
        down.to_owned()
    };
    let focus = if pane.focus && named.is_some() {
        "▌"
    } else {
        ""
    };
    let words = named.unwrap_or(right);
    let width = (words.chars().count() + focus.len().min(1)) as u16;
    let (y, left) = (pane.head, pane.picture.x);
    if pane.gutter {
        let down = if pane.numbers || down.chars().count() < 4 {
            down.as_str()
        } else if turned.1 {
            "↑il"
        } else {
            "il"
        };
        let at = left.saturating_sub(1 + down.chars().count() as u16);
        put(buffer, at, y, &Line::styled(down, theme.dim()), 9);
    }
    // In tiles the name begins at the left, elsewhere it ends at the right.
    let at = if pane.gutter || pane.numbers {
        pane.picture.right().saturating_sub(width)
    } else {
        left
    };
    let mut taken = vec![(at, pane.picture.right())];
    if pane.numbers {
        if pane.gutter {
            taken.push((0, (GUTTER - 1).max(down.chars().count() as u16)));
        }
        across(scene, buffer, pane, &mut taken);
    }
    if taken.iter().any(|&(from, _)| from == at) {
        // Marks of crossing polygons must not colour the words.
        super::clear(buffer, Rect::new(at, y, width, 1));
        let spans = vec![
            Span::styled(focus, theme.accent()),
            Span::styled(words, style),
        ];
        put(buffer, at, y, &Line::from(spans), pane.picture.width);
    }
}

/// Numbers along a picture; the cursor's pushes the name away where they meet.
fn across(scene: &Scene, buffer: &mut Buffer, pane: &Pane, taken: &mut Vec<(u16, u16)>) {
    let Scene { app, theme, .. } = *scene;
    let Some(grid) = &app.view.grid else { return };
    let (axis, _) = grid.plane(pane.direction);
    let (picture, y, window) = (pane.picture, pane.head, &pane.window);
    let name_at = taken[0].0;
    let cursor = on_plane(pane.direction, app.view.at);
    if let Some((column, _)) = window.cell(cursor) {
        let label = number(axis.value(cursor.0));
        let n = label.chars().count() as u16;
        let x = picture.x + column as u16;
        // Near the right edge the label stands before its mark.
        let (at, text) = if x + n < picture.right() {
            (x, format!("▾{label}"))
        } else {
            (x.saturating_sub(n), format!("{label}▾"))
        };
        if at + n + 1 >= name_at {
            if app.arrangement() == Arrangement::One {
                taken.retain(|&(from, _)| from != name_at);
            } else {
                // Where it is needed the name stays, and the number goes before it.
                return ticked(scene, buffer, pane, axis, taken);
            }
        }
        taken.push((at, at + n + 1));
        put(buffer, at, y, &Line::styled(text, theme.strong()), n + 1);
    }
    ticked(scene, buffer, pane, axis, taken);
}

fn ticked(scene: &Scene, buffer: &mut Buffer, pane: &Pane, axis: &Axis, taken: &[(u16, u16)]) {
    let theme = scene.theme;
    let (picture, window) = (pane.picture, &pane.window);
    if let Some(Cut::Section(line)) = scene.app.view.cut.as_ref().map(|view| &view.cut) {
        return bends(buffer, pane, line, theme, taken);
    }
    for tick in ticks(axis, window.left, window.across, window.columns, 10) {
        let text = format!("╷{}", number(tick.value));
        let x = picture.x + window.column(tick.cell) as u16;
        let end = x + text.chars().count() as u16;
        if taken.iter().all(|&(from, to)| end < from || x > to) && end <= picture.right() {
            put(buffer, x, pane.head, &Line::styled(text, theme.dim()), 12);
        }
    }
}

/// The nodes of a section over the traces where it bends: inline and crossline.
fn bends(buffer: &mut Buffer, pane: &Pane, line: &SectionLine, theme: Theme, taken: &[(u16, u16)]) {
    let picture = pane.picture;
    let mut taken = taken.to_vec();
    for (&trace, (inline, crossline)) in line.bends().iter().zip(line.nodes()) {
        let Some((column, _)) = pane.window.cell((trace, pane.window.top.max(0.0) as usize)) else {
            continue;
        };
        let x = picture.x + column as u16;
        let text = format!("╷{}/{}", number(*inline), number(*crossline));
        let n = text.chars().count() as u16;
        let free = |at: u16, end: u16| taken.iter().all(|&(from, to)| end < from || at > to);
        // At the right edge the node stands before its tick; without room only the tick.
        let (at, text) = if free(x, x + n) && x + n <= picture.right() {
            (x, text)
        } else if x >= n && free(x - n + 1, x) {
            (x + 1 - n, format!("{}╷", text.trim_start_matches('╷')))
        } else if free(x, x) {
            (x, "╷".to_owned())
        } else {
            continue;
        };
        let n = text.chars().count() as u16;
        taken.push((at, at + n));
        put(buffer, at, pane.head, &Line::styled(text, theme.dim()), n);
    }
}

fn downwards(scene: &Scene, buffer: &mut Buffer, pane: &Pane) {
    let Scene { app, theme, .. } = *scene;
    let Some(grid) = &app.view.grid else { return };
    let (_, axis) = grid.plane(pane.direction);
    let (picture, window) = (pane.picture, &pane.window);
    let at = on_plane(pane.direction, app.view.at);
    let cursor = window.cell(at).map(|(_, row)| row);
    let gutter = (GUTTER - 1) as usize;
    let x = picture.x.saturating_sub(GUTTER);
    for tick in ticks(axis, window.top, window.down, window.rows, 2) {
        let row = window.row(tick.cell);
        if Some(row) != cursor {
            let text = fitted(&number(tick.value), gutter);
            let y = picture.y + row as u16;
            let line = Line::styled(format!("{text:>gutter$}╶"), theme.dim());
            put(buffer, x, y, &line, GUTTER);
        }
    }
    if let Some(row) = cursor {
        let text = fitted(&number(axis.value(at.1)), gutter);
        let line = Line::styled(format!("{text:>gutter$}▸"), theme.strong());
        put(buffer, x, picture.y + row as u16, &line, GUTTER);
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
fn marks(scene: &Scene, buffer: &mut Buffer, pane: &Pane) {
    let Scene {
        app,
        session,
        theme,
        ..
    } = *scene;
    let Some(grid) = &app.view.grid else { return };
    let Some(key) = app.key_in(pane).filter(|_| app.view.cut.is_none()) else {
        return;
    };
    let (picture, window, here) = (pane.picture, &pane.window, pane.direction);
    let (a_axis, b_axis) = grid.plane(here);
    for polygon in &session.polygons {
        let Some(facies) = session.facies(&polygon.facies) else {
            continue;
        };
        let there = polygon.slice.direction();
        if there == here || !reaches(polygon, here, key.number()) {
            continue;
        }
        let number = polygon.slice.number();
        if axis_across(here) == there {
            let (x, _) = window.cell_of(a_axis.position(number), 0.0);
            if let Some(row) = pane.marks
                && x >= 0.0
                && x < f64::from(picture.width)
            {
                mark(buffer, picture.x + x as u16, row, facies, theme);
            }
        } else {
            let (_, y) = window.cell_of(0.0, b_axis.position(number));
            if pane.edge && y >= 0.0 && y < f64::from(picture.height) {
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
