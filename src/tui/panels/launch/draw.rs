//! How a form is drawn.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::Theme;
use super::super::number;
use super::super::page::{Page, WIDE, cut, width, wrap};
use super::rows::Row;
use super::{Hand, LaunchForm};
use crate::model::printable;
use crate::modules::{COMMON, Kind};

/// Columns of the parts of a row.
struct Places {
    bullet: u16,
    value: u16,
    unit: u16,
    doc: u16,
}

impl Places {
    fn of(columns: u16) -> Self {
        let (bullet, value, unit, doc) = match columns {
            WIDE.. => (24, 26, 45, 54),
            76.. => (21, 23, 45, 54),
            _ => (19, 21, 38, 46),
        };
        Self {
            bullet,
            value,
            unit,
            doc,
        }
    }
}

/// A line of the scrolled part.
#[derive(Clone, Copy)]
enum Line {
    Blank,
    Row(Row),
    /// A volume in the list.
    Volume(usize),
    /// A line of the training file.
    Preview(usize),
}

impl LaunchForm {
    /// Writes it.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer, theme: &Theme) {
        if self.is_docked() {
            return self.draw_docked(area, buffer, theme);
        }
        let mut page = Page::new(area, buffer, theme);
        let name = format!("launch {}", self.module.name());
        page.title(&name, self.module.summary(), &printable(&self.facts.title));
        let wide = page.width() >= WIDE;
        let foot = self.foot(page.width(), page.height());
        let mut lines = self.lines(true);
        // Title, footer, and blank lines around them where there is room.
        let room = usize::from(page.height()).saturating_sub(2 + foot.len());
        let airy = lines.len() + 3 <= room;
        if !airy && lines.len() > room {
            lines = self.lines(false);
        }
        let top = if airy { 2 } else { 1 };
        if airy {
            draw_headings(&mut page, wide);
        }
        let top = top + u16::from(airy);
        let focus = lines
            .iter()
            .position(|line| self.has_focus(*line))
            .unwrap_or(0);
        let shown = lines.len().min(room);
        let first = focus
            .saturating_sub(shown / 2)
            .min(lines.len().saturating_sub(shown));
        for (y, line) in (top..).zip(lines.iter().skip(first).take(shown)) {
            self.draw_line(&mut page, y, *line);
        }
        let mut y = top + shown as u16 + u16::from(airy);
        if airy && wide && usize::from(y) + foot.len() + 3 < usize::from(page.height()) {
            let dim = theme.dim();
            let text =
                "• changed from its default    dim value = default    dd puts the default back";
            page.put(3, y, text, dim);
            y += 2;
        }
        self.draw_foot(&mut page, y, &foot);
        page.footer(self.mode(), self.keys());
    }

    /// The lines of the scrolled part: a blank before and after the ranges that
    /// all modules have.
    fn lines(&self, airy: bool) -> Vec<Line> {
        let mut lines = Vec::new();
        for row in self.rows() {
            let Row::Parameter(parameter) = row else {
                if row != Row::Launch {
                    lines.push(Line::Row(row));
                }
                if row == Row::Training {
                    lines.extend((0..self.preview().len()).map(Line::Preview));
                }
                if row == Row::Volumes && matches!(self.hand, Hand::Listing(_)) {
                    lines.extend((0..self.facts.volumes.len()).map(Line::Volume));
                }
                continue;
            };
            let place = COMMON.iter().position(|p| p == parameter);
            let parted = place.is_some_and(|i| {
                i == 0 || (COMMON[i - 1].kind == Kind::Range) != (parameter.kind == Kind::Range)
            });
            if parted && airy {
                lines.push(Line::Blank);
            }
            lines.push(Line::Row(row));
        }
        lines
    }

    fn has_focus(&self, line: Line) -> bool {
        match (line, &self.hand) {
            (Line::Volume(i), Hand::Listing(at)) => i == *at,
            (Line::Row(row), Hand::Rows | Hand::Typing(_)) => row == self.row(),
            _ => false,
        }
    }

    fn draw_line(&self, page: &mut Page, y: u16, line: Line) {
        match line {
            Line::Blank => {}
            Line::Row(row) => self.draw_row(page, y, row),
            Line::Volume(i) => self.draw_volume(page, y, i),
            Line::Preview(i) => self.draw_preview(page, y, i),
        }
        if self.has_focus(line) {
            page.focus(y);
        }
    }

    fn draw_row(&self, page: &mut Page, y: u16, row: Row) {
        let theme = *page.theme;
        let places = Places::of(page.width());
        let focused = self.has_focus(Line::Row(row));
        let label = if focused {
            theme.strong()
        } else {
            theme.text()
        };
        page.put_to(3, y, places.bullet - 1, LaunchForm::label(row), label);
        let (value, changed) = self.value(row, places.unit - places.value - 1);
        let error = self.error(row);
        if changed {
            let bullet = if error.is_some() {
                theme.error()
            } else {
                theme.text()
            };
            page.put(places.bullet, y, "•", bullet);
        }
        match &self.hand {
            Hand::Typing(input) if focused => draw_field(page, y, &places, input),
            _ => {
                let style = match row {
                    _ if changed => theme.strong(),
                    Row::Parameter(_) => theme.dim(),
                    _ => theme.value(),
                };
                page.put_to(places.value, y, places.unit - 1, &value, style);
            }
        }
        if let Row::Parameter(parameter) = row {
            page.put_to(places.unit, y, places.doc - 1, parameter.unit, theme.dim());
        }
        let wide = page.width() >= WIDE;
        match error {
            Some(reason) if wide => {
                let after = page.put(places.doc, y, "error:", theme.error());
                page.put(after + 1, y, &reason, theme.text());
            }
            // The reason stands below while the row has the focus.
            Some(_) => {
                page.put(places.doc, y, "error", theme.error());
            }
            None if wide => {
                let style = if focused { theme.value() } else { theme.dim() };
                page.put(places.doc, y, &self.explanation(row), style);
            }
            None => {}
        }
    }

    fn draw_volume(&self, page: &mut Page, y: u16, place: usize) {
        let theme = *page.theme;
        let places = Places::of(page.width());
        let Some(volume) = self.facts.volumes.get(place) else {
            return;
        };
        let (mark, style) = if volume.chosen {
            ("[x] ", theme.strong())
        } else {
            ("[ ] ", theme.dim())
        };
        let name = format!("{mark}{}", printable(&volume.input.name));
        let end = if page.width() >= WIDE {
            places.doc - 1
        } else {
            page.width() - 1
        };
        let after = page.put_to(places.value, y, end, &name, style);
        page.put(
            after.max(places.doc - 2) + 2,
            y,
            &printable(&volume.note),
            theme.dim(),
        );
    }

    /// A line of the training file: its number, whether it is skipped or bad, and
    /// its text; behind it what is wrong.
    fn draw_preview(&self, page: &mut Page, y: u16, place: usize) {
        let theme = *page.theme;
        let Some(line) = self.preview().get(place) else {
            return;
        };
        page.right(9, y, &line.number.to_string(), theme.dim());
        let (mark, ink, style) = match (&line.bad, line.skipped) {
            (Some(_), _) => ("bad", theme.error(), theme.text()),
            (None, true) => ("skip", theme.dim(), theme.dim()),
            (None, false) => ("row", theme.dim(), theme.value()),
        };
        page.put(11, y, mark, ink);
        let end = page.width().saturating_sub(2);
        let Some(reason) = &line.bad else {
            page.put_to(16, y, end, &line.text, style);
            return;
        };
        let x = page.put_to(16, y, 16 + (end.saturating_sub(16)) / 2, &line.text, style);
        page.put_to(x + 2, y, end, reason, theme.error());
    }

    /// What stands below the rows: the focused row's explanation where rows
    /// have no room for it, the command line, and the launch.
    fn foot(&self, columns: u16, rows: u16) -> Vec<Foot> {
        let mut foot = Vec::new();
        let room = columns.saturating_sub(5);
        if columns < WIDE {
            let row = self.row();
            let text = match self.error(row) {
                Some(reason) => format!("error: {reason}"),
                None => self.explanation(row),
            };
            let mut lines = wrap(&text, room);
            // As many lines for every row, so that nothing jumps.
            let longest = self.rows().into_iter().map(|row| self.explanation(row));
            let most = longest
                .map(|text| wrap(&text, room).len())
                .max()
                .unwrap_or(1);
            lines.resize(if rows < 22 { 1 } else { most.min(2) }, String::new());
            foot.push(Foot::Rule);
            foot.extend(lines.into_iter().map(Foot::Explained));
        } else {
            foot.push(Foot::Rule);
        }
        let command = wrap(&format!("same run: {}", self.command_line()), room);
        let most = if rows < 22 { 1 } else { 4 };
        let cropped = command.len() > most;
        for (i, line) in command.into_iter().take(most).enumerate() {
            let line = if cropped && i + 1 == most {
                cut(&(line + " …"), room)
            } else {
                line
            };
            foot.push(Foot::Command(line));
        }
        if rows >= 30 {
            foot.push(Foot::Blank);
        }
        foot.push(Foot::Launch);
        foot
    }

    fn draw_foot(&self, page: &mut Page, y: u16, foot: &[Foot]) {
        let theme = *page.theme;
        for (y, line) in (y..).zip(foot) {
            match line {
                Foot::Blank => {}
                Foot::Rule => {
                    let end = page.width().saturating_sub(3);
                    page.rule(3, y, end);
                }
                Foot::Explained(text) => {
                    let rest = text.strip_prefix("error:");
                    let x = if rest.is_some() {
                        page.put(3, y, "error:", theme.error())
                    } else {
                        3
                    };
                    page.put(x, y, rest.unwrap_or(text), theme.value());
                }
                Foot::Command(text) => {
                    let rest = text.strip_prefix("same run:");
                    let x = if rest.is_some() {
                        page.put(3, y, "same run:", theme.dim())
                    } else {
                        3
                    };
                    page.put(x, y, rest.unwrap_or(text), theme.value());
                }
                Foot::Launch => self.draw_launch(page, y),
            }
        }
    }

    fn draw_launch(&self, page: &mut Page, y: u16) {
        let theme = *page.theme;
        let focused = self.row() == Row::Launch;
        if focused {
            page.focus(y);
        }
        let x = page.put(3, y, "launch", theme.strong()) + 3;
        let errors = self.errors();
        match errors.first() {
            Some((_, first)) => {
                let count = number::counted(errors.len(), "error");
                let x = page.put(x, y, &format!("not yet, {count}:"), theme.error());
                page.put(x + 1, y, first, theme.text());
            }
            None if focused => {
                page.put(
                    x,
                    y,
                    "Enter starts the run; it goes on when you leave",
                    theme.value(),
                );
            }
            None => {
                page.put(x, y, "G, then Enter", theme.dim());
            }
        }
    }
}

/// A line below the rows.
enum Foot {
    Blank,
    Rule,
    Explained(String),
    Command(String),
    Launch,
}

fn draw_headings(page: &mut Page, wide: bool) {
    let places = Places::of(page.width());
    let dim = page.theme.dim();
    page.put(3, 2, "parameter", dim);
    page.put(places.value, 2, "value", dim);
    page.put(places.unit, 2, "unit", dim);
    if wide {
        page.put(places.doc, 2, "what it does", dim);
    }
}

/// The value that is typed: a reversed field with the cursor as a gap in it.
fn draw_field(page: &mut Page, y: u16, places: &Places, input: &tui_input::Input) {
    let theme = *page.theme;
    let columns = places.unit - places.value - 1;
    let scroll = input.visual_scroll(usize::from(columns.saturating_sub(2))) as u16;
    let mut skipped = 0;
    let mut text = input.value().chars();
    while skipped < scroll {
        match text.next() {
            Some(c) => skipped += width(c.encode_utf8(&mut [0; 4])),
            None => break,
        }
    }
    let shown = format!(" {}", text.as_str());
    let blank = usize::from(columns.saturating_sub(width(&shown).min(columns)));
    let shown = cut(&shown, columns) + &" ".repeat(blank);
    page.put_to(places.value, y, places.unit - 1, &shown, theme.reverse());
    let cursor = places.value + 1 + (input.visual_cursor() as u16).saturating_sub(skipped);
    let under = input.value().chars().nth(input.cursor());
    let under = under.map_or("_".to_owned(), |c| c.to_string());
    page.put_to(cursor, y, places.unit, &under, theme.strong());
}
