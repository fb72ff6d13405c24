//! Bars of what each attribute is worth: Gini, and accuracy lost by shuffling it.

use super::{ForestPanel, Room};
use crate::model::printable;
use crate::modules::Importance;
use crate::tui::panels::page::Page;
use crate::tui::panels::{gauge, number};

impl ForestPanel {
    pub(super) fn draw_importance(&self, page: &mut Page, y: u16, room: Room) {
        let theme = *page.theme;
        page.put(1, y, "importance", theme.strong());
        let mut rows: Vec<&Importance> = self.of.importance.iter().collect();
        rows.sort_by(|a, b| b.gini.total_cmp(&a.gini));
        let largest = |of: fn(&Importance) -> f64| rows.iter().map(|r| of(r)).fold(1e-12, f64::max);
        let (gini, lost) = (
            largest(|r| r.gini),
            largest(|r| {
                r.permutation_interval
                    .map_or(0.0, |i| i.1)
                    .max(r.permutation.unwrap_or(0.0))
            }),
        );
        let left = 24;
        // Bar, number of seven columns, gap; twice.
        let half = (room.columns - 1 - left) / 2;
        let cells = if room.bars {
            half.saturating_sub(10)
        } else {
            0
        };
        let ends = [left + half - 2, left + 2 * half];
        let starts = [left, left + half];
        let heads = ["gini, sums to 1", "permutation, accuracy lost"];
        for i in 0..2 {
            if room.bars {
                page.put_to(starts[i], y, ends[i] + 1, heads[i], theme.dim());
            } else {
                page.right(ends[i], y, ["gini", "permutation"][i], theme.dim());
            }
        }
        let useless = |row: &Importance| {
            let low = row.permutation_interval.map(|(low, _)| low);
            low.or(row.permutation).is_some_and(|low| low <= 0.0)
        };
        for (y, row) in (y + 1..).zip(&rows) {
            let style = if useless(row) {
                theme.dim()
            } else {
                theme.value()
            };
            page.put_to(1, y, left - 1, &printable(&row.attribute), style);
            let values = [(Some(row.gini), gini), (row.permutation, lost)];
            for (i, (value, largest)) in values.into_iter().enumerate() {
                if let (Some(value), true) = (value, cells > 0) {
                    let (heavy, _) = gauge::bar(value / largest, usize::from(cells));
                    page.put(starts[i], y, &heavy, style);
                    if let Some(interval) = row.permutation_interval.filter(|_| i == 1) {
                        draw_interval(
                            page,
                            (starts[i], cells, y),
                            (value, interval, largest),
                            style,
                        );
                    }
                }
                page.right(ends[i], y, &number::maybe(value, 3), style);
            }
        }
        if room.airy {
            let y = y + 1 + rows.len() as u16;
            let text = match rows.iter().filter(|r| useless(r)).count() {
                0 => "permutation: what is lost on voxels left out when the attribute is shuffled"
                    .into(),
                1 => "dim: shuffling it may lose nothing; leave it out and compare".to_owned(),
                n => format!(
                    "dim: shuffling any of these {} may lose nothing; leave them out and compare",
                    number::word(n)
                ),
            };
            page.put(1, y, &text, theme.dim());
        }
    }
}

/// The interval of a bar: thin strokes around the end of the thick one.
fn draw_interval(
    page: &mut Page,
    (x, cells, y): (u16, u16, u16),
    (value, (low, high), largest): (f64, (f64, f64), f64),
    style: ratatui::style::Style,
) {
    let at = |v: f64| x + (f64::from(cells) * (v / largest).clamp(0.0, 1.0)).round() as u16;
    let (low, end, high) = (at(low), at(value), at(high));
    for column in end..high {
        page.put(column, y, "─", style);
    }
    if high > end {
        page.put(high.min(x + cells).saturating_sub(1), y, "┤", style);
    }
    if low < end {
        page.put(low, y, "┿", style);
    }
}
