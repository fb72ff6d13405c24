//! A page: a part of the screen written cell by cell, clipped at its edges.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Span;

use super::PanelKey;
use super::Theme;

/// From this many columns on hints and explanations are spelled out.
pub(super) const WIDE: u16 = 100;

/// Columns that a text takes.
pub(super) fn width(text: &str) -> u16 {
    Span::raw(text).width() as u16
}

/// A text cut to so many columns, with `…` where something is missing.
pub(super) fn cut(text: &str, columns: u16) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 0;
    for c in text.chars() {
        let w = width(c.encode_utf8(&mut [0; 4]));
        if used + w + 1 > columns {
            break;
        }
        used += w;
        kept.push(c);
    }
    if columns > 0 {
        kept.push('…');
    }
    kept
}

/// A text broken at blanks into lines of so many columns.
pub(in crate::tui) fn wrap(text: &str, columns: u16) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ').filter(|w| !w.is_empty()) {
        if !line.is_empty() && width(&line) + 1 + width(word) > columns {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        while width(&line) > columns.max(2) {
            // A word longer than a line: a path, say.
            let head: String = line.chars().take(usize::from(columns.max(2))).collect();
            line.drain(..head.len());
            lines.push(head);
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// A part of the screen. Places count from its own top left corner; what lies
/// outside is not drawn.
pub(super) struct Page<'a> {
    buffer: &'a mut Buffer,
    area: Rect,
    pub theme: &'a Theme,
}

impl<'a> Page<'a> {
    /// The page of an area, blanked.
    pub fn new(area: Rect, buffer: &'a mut Buffer, theme: &'a Theme) -> Page<'a> {
        let area = area.intersection(buffer.area);
        for position in area.positions() {
            if let Some(cell) = buffer.cell_mut(position) {
                cell.reset();
            }
        }
        Page {
            buffer,
            area,
            theme,
        }
    }

    pub fn width(&self) -> u16 {
        self.area.width
    }

    pub fn height(&self) -> u16 {
        self.area.height
    }

    /// Writes a text; gives the column after it. One column stays blank at the
    /// right edge.
    pub fn put(&mut self, x: u16, y: u16, text: &str, style: Style) -> u16 {
        self.put_to(x, y, self.area.width.saturating_sub(1), text, style)
    }

    /// Writes a text up to before column `end`.
    pub fn put_to(&mut self, x: u16, y: u16, end: u16, text: &str, style: Style) -> u16 {
        let end = end.min(self.area.width);
        if y >= self.area.height || x >= end {
            return x;
        }
        let text = cut(text, end - x);
        let (after, _) = self.buffer.set_stringn(
            self.area.x + x,
            self.area.y + y,
            text,
            usize::from(end - x),
            style,
        );
        after - self.area.x
    }

    /// Writes a text so that it ends before column `end`; gives where it begins.
    pub fn right(&mut self, end: u16, y: u16, text: &str, style: Style) -> u16 {
        let x = end.saturating_sub(width(text));
        self.put_to(x, y, end, text, style);
        x
    }

    /// Writes texts one after the other.
    pub fn spans(&mut self, x: u16, y: u16, spans: &[(&str, Style)]) -> u16 {
        let mut at = x;
        for (text, style) in spans {
            at = self.put(at, y, text, *style);
        }
        at
    }

    /// Copies rows of another buffer of the same width, from its row `from` on.
    pub fn paste(&mut self, y: u16, rows: u16, of: &Buffer, from: u16) {
        for row in 0..rows.min(self.area.height.saturating_sub(y)) {
            for x in 0..self.area.width {
                let to = (self.area.x + x, self.area.y + y + row);
                if let (Some(to), Some(cell)) = (self.buffer.cell_mut(to), of.cell((x, from + row)))
                {
                    to.clone_from(cell);
                }
            }
        }
    }

    /// A thin rule between two kinds of things.
    pub fn rule(&mut self, x: u16, y: u16, end: u16) {
        let text = "─".repeat(usize::from(end.saturating_sub(x)));
        self.put_to(x, y, end, &text, self.theme.dim());
    }

    /// The bar of the row that has the focus.
    pub fn focus(&mut self, y: u16) {
        self.put(1, y, "▌", self.theme.accent());
    }

    /// A bar that is filled to a share.
    pub fn bar(&mut self, x: u16, y: u16, cells: u16, share: f64, filled: Style) {
        let (heavy, light) = super::gauge::bar(share, usize::from(cells));
        let dim = self.theme.dim();
        self.spans(x, y, &[(&heavy, filled), (&light, dim)]);
    }

    /// Blanks cells in a style: the ground of a shaded one.
    pub fn fill(&mut self, x: u16, y: u16, columns: u16, rows: u16, style: Style) {
        for y in y..y + rows {
            let blank = " ".repeat(usize::from(columns));
            self.put_to(x, y, x + columns, &blank, style);
        }
    }

    /// The first row: where am I, facts, and what belongs to the whole screen.
    pub fn title(&mut self, noun: &str, facts: &str, right: &str) {
        let end = self.width().saturating_sub(1);
        let mut room = end;
        let after = self.put(1, 0, noun, self.theme.strong());
        if !right.is_empty() && after + width(facts) + width(right) + 4 <= end {
            room = self
                .right(end, 0, right, self.theme.dim())
                .saturating_sub(2);
        }
        self.put_to(after + 2, 0, room, facts, self.theme.dim());
    }

    /// The last row: the mode, and the keys that make sense now. What does not
    /// fit is left out from the end, but never the last: the way back.
    pub fn footer(&mut self, mode: &str, keys: &[PanelKey]) {
        let y = self.height().saturating_sub(1);
        let x = self.put(0, y, &format!(" {mode} "), self.theme.reverse()) + 2;
        let end = self.width().saturating_sub(1);
        let columns = |key: &PanelKey| width(key.keys) + 1 + width(key.does) + 3;
        let hinted: Vec<&PanelKey> = keys.iter().filter(|k| k.hint).collect();
        let Some((last, others)) = hinted.split_last() else {
            return;
        };
        let mut room = (end + 3).saturating_sub(x + columns(last));
        let mut shown: Vec<&PanelKey> = Vec::new();
        for key in others {
            if columns(key) > room {
                break;
            }
            room -= columns(key);
            shown.push(key);
        }
        shown.push(last);
        let mut at = x;
        for key in shown {
            let (accent, dim) = (self.theme.key(), self.theme.dim());
            at = self.spans(at, y, &[(key.keys, accent), (" ", dim), (key.does, dim)]) + 3;
        }
    }

    /// A message or a question in place of the footer's keys.
    pub fn says(&mut self, mode: &str, text: &[(&str, Style)]) {
        let y = self.height().saturating_sub(1);
        let x = self.put(0, y, &format!(" {mode} "), self.theme.reverse()) + 2;
        self.spans(x, y, text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_by_columns() {
        assert_eq!(cut("coherence", 9), "coherence");
        assert_eq!(cut("coherence", 5), "cohe…");
        assert_eq!(cut("coherence", 1), "…");
        assert_eq!(cut("coherence", 0), "");
        assert_eq!(cut("地震波", 5), "地震…");
    }

    #[test]
    fn texts_wrap_at_blanks_and_long_words_are_broken() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(
            wrap("/a/very/long/path x", 6),
            ["/a/ver", "y/long", "/path", "x"]
        );
        assert!(wrap("", 5).is_empty());
    }
}
