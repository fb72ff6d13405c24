//! How a table is drawn: the first column pinned, the focused row spelled out where
//! columns are cut.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::page::{Page, width, wrap};
use super::super::{Theme, number};
use super::{KEYS, TablePanel, numeric};
use crate::model::printable;
use crate::modules::{Cell, Table};

/// Columns that a cell may take; longer ones are spelled out for the focused row.
const WIDEST: u16 = 44;

impl TablePanel {
    /// Writes it.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer, theme: &Theme) {
        let mut page = Page::new(area, buffer, theme);
        let Some(table) = self.table() else {
            page.title(&self.of.title, &self.of.facts, "");
            page.put(1, 2, "there are no tables in this result", theme.text());
            page.footer(self.mode(), KEYS);
            return;
        };
        self.draw_title(&mut page, table);
        let columns = &self.columns;
        let (from, whole) = self.window(columns, page.width());
        let spelled = if whole {
            Vec::new()
        } else {
            self.spelled(table, page.width().saturating_sub(2))
        };
        let bottom = page.height().saturating_sub(2);
        let below = if spelled.is_empty() {
            0
        } else {
            spelled.len() as u16 + 1
        };
        // A blank line below the title where there is room.
        let top = if page.height() >= 24 { 2 } else { 1 };
        let rows = bottom.saturating_sub(top + 1 + below);
        self.draw_cells(&mut page, table, columns, (from, top, rows));
        if below > 0 {
            let y = bottom.saturating_sub(below);
            let end = page.width() - 1;
            page.rule(1, y, end);
            for (i, line) in spelled.iter().enumerate() {
                page.put(1, y + 1 + i as u16, line, theme.value());
            }
        }
        self.draw_footer(&mut page);
    }

    fn draw_title(&self, page: &mut Page, table: &Table) {
        let name = table.name.replace('_', " ");
        let facts = if self.of.tables.len() > 1 {
            format!(
                "{name}, table {} of {}; {}",
                self.shown + 1,
                self.of.tables.len(),
                self.of.facts
            )
        } else {
            format!("{name}; {}", self.of.facts)
        };
        let count = match (self.rows.len(), table.rows.len()) {
            (listed, all) if listed == all => number::counted(all, "row"),
            (listed, all) => format!(
                "{} of {}",
                number::grouped(listed as u64),
                number::counted(all, "row")
            ),
        };
        page.title(&self.of.title, facts.trim_end_matches("; "), &count);
    }

    fn draw_footer(&self, page: &mut Page) {
        let theme = *page.theme;
        if self.typing {
            let value = self.filter.value();
            let at = self.filter.cursor();
            let before: String = value.chars().take(at).collect();
            let under = value.chars().nth(at).map_or(" ".into(), |c| c.to_string());
            let after: String = value.chars().skip(at + 1).collect();
            let spans = [
                ("/", theme.key()),
                (before.as_str(), theme.value()),
                (under.as_str(), theme.reverse()),
                (after.as_str(), theme.value()),
            ];
            page.says(self.mode(), &spans);
        } else {
            page.footer(self.mode(), KEYS);
        }
    }

    /// First column to show besides the pinned one, and whether all fit.
    fn window(&self, columns: &[Column], room: u16) -> (usize, bool) {
        let total: u16 = columns.iter().map(|c| c.width + 2).sum();
        let cut = columns.iter().any(|c| c.cut);
        if total < room {
            return (1, !cut);
        }
        let pinned = columns.first().map_or(0, |c| c.width + 2);
        let mut from = 1;
        // The focused column must fit between the pinned one and the edge.
        while from < self.column {
            let used: u16 = columns[from..=self.column]
                .iter()
                .map(|c| c.width + 2)
                .sum();
            if 3 + pinned + used <= room {
                break;
            }
            from += 1;
        }
        (from, false)
    }

    fn draw_cells(
        &self,
        page: &mut Page,
        table: &Table,
        columns: &[Column],
        (from, top, rows): (usize, u16, u16),
    ) {
        let theme = *page.theme;
        let first = self.walk.first(self.rows.len(), usize::from(rows));
        let mut x = 3;
        let order = std::iter::once(0).chain(from..columns.len());
        for (place, column) in order.filter_map(|i| Some((i, columns.get(i)?))) {
            if x + 4 > page.width() {
                break;
            }
            let end = (x + column.width).min(page.width() - 1);
            self.draw_heading(page, table, (place, column), (x, end, top));
            for (y, &row) in (top + 1..=top + rows).zip(self.rows.iter().skip(first)) {
                let focused = self.rows.get(self.walk.at) == Some(&row);
                let style = if focused {
                    theme.strong()
                } else {
                    theme.value()
                };
                let style = if place == 0 || column.right || focused {
                    style
                } else {
                    theme.text()
                };
                let text = shown(&table.rows[row][place], &table.columns[place]);
                if column.right {
                    page.right(end, y, &text, style);
                } else {
                    page.put_to(x, y, end, &text, style);
                }
                if focused && place == 0 {
                    page.focus(y);
                }
            }
            x = end + 2;
        }
        if self.rows.is_empty() {
            page.put(
                3,
                top + 1,
                "no row fits the filter; Esc clears it",
                theme.dim(),
            );
        }
    }

    fn draw_heading(
        &self,
        page: &mut Page,
        table: &Table,
        at: (usize, &Column),
        (x, end, y): (u16, u16, u16),
    ) {
        let (place, column) = at;
        let theme = *page.theme;
        let mut text = printable(&table.columns[place]);
        match self.order {
            Some((sorted, true)) if sorted == place => text.push_str(" ▾"),
            Some((sorted, false)) if sorted == place => text.push_str(" ▴"),
            _ => {}
        }
        let style = if place == self.column {
            theme.reverse()
        } else {
            theme.dim()
        };
        if column.right {
            page.right(end, y, &text, style);
        } else {
            page.put_to(x, y, end, &text, style);
        }
    }

    /// The focused row in words, where columns are cut or out of sight.
    fn spelled(&self, table: &Table, room: u16) -> Vec<String> {
        let Some(row) = self.row() else {
            return Vec::new();
        };
        let pairs: Vec<String> = (table.columns.iter().zip(row))
            .filter(|(_, cell)| **cell != Cell::Empty)
            .map(|(column, cell)| format!("{} {}", printable(column), shown(cell, column)))
            .collect();
        let mut lines = wrap(&pairs.join("; "), room);
        lines.truncate(3);
        lines
    }
}
/// How a column stands on screen.
pub(super) struct Column {
    width: u16,
    right: bool,
    /// True where a cell is wider than the column.
    cut: bool,
}

pub(super) fn columns(table: &Table) -> Vec<Column> {
    (0..table.columns.len())
        .map(|place| {
            let cells = table.rows.iter().filter_map(|row| row.get(place));
            let widest = cells
                .map(|cell| width(&shown(cell, &table.columns[place])))
                .max()
                .unwrap_or(0);
            // Two more in the heading: room for the mark of a sorted column.
            let needed = widest.max(width(&table.columns[place]) + 2);
            Column {
                width: needed.min(WIDEST),
                right: numeric(table, place),
                cut: needed > WIDEST,
            }
        })
        .collect()
}

/// A cell as it stands on screen: counts parted by thousands, survey numbers
/// and codes never.
fn shown(cell: &Cell, column: &str) -> String {
    const NEVER: [&str; 6] = ["inline", "crossline", "time", "trace", "code", "seed"];
    match cell {
        Cell::Whole(n) if *n >= 0 && !NEVER.iter().any(|word| column.contains(word)) => {
            number::grouped(*n as u64)
        }
        Cell::Real(x, decimals) => number::fixed(*x, usize::from(*decimals)),
        other => printable(&other.to_string()),
    }
}
