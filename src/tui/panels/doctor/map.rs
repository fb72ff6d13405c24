//! The live-trace map in half blocks: where a survey has traces.

use ratatui::style::{Color, Style};

use super::super::Theme;
use super::super::page::Page;
use crate::io::{MapCell, MapState, TraceMap};
use crate::picture::Depth;

/// States in the order of the legend.
pub(super) const LEGEND: [(MapState, &str); 5] = [
    (MapState::Live, "live"),
    (MapState::Partly, "partly"),
    (MapState::Dead, "dead"),
    (MapState::Missing, "none"),
    (MapState::Double, "double"),
];

/// A map of at most so many cells on screen.
#[derive(Clone, Copy)]
pub(super) struct Fitted<'a> {
    map: &'a TraceMap,
    pub(super) columns: u16,
    /// Rows of the screen, two rows of the map each where there are colours.
    pub(super) rows: u16,
    /// Rows that can have a colour of their own.
    half_rows: usize,
    halves: u16,
}

impl<'a> Fitted<'a> {
    /// The map cut down to a place.
    pub(super) fn new(map: &'a TraceMap, columns: u16, rows: u16, depth: Depth) -> Fitted<'a> {
        let halves = if depth == Depth::Plain { 1 } else { 2 };
        let wide = u16::try_from(map.columns).unwrap_or(u16::MAX).max(1);
        let tall = u16::try_from(map.rows).unwrap_or(u16::MAX).max(1);
        // A small survey is drawn larger, each place as a square.
        let times = (columns / wide).min(rows.saturating_mul(halves) / tall);
        let times = times.clamp(1, 8);
        let columns = columns.min(wide.saturating_mul(times));
        let half_rows = tall.saturating_mul(times).min(rows.saturating_mul(halves));
        Fitted {
            map,
            columns,
            rows: half_rows.div_ceil(halves),
            half_rows: usize::from(half_rows),
            halves,
        }
    }

    /// What one cell stands for: all cells of the map that fall into it.
    fn cell(&self, row: usize, column: usize) -> Option<MapState> {
        let span = |at: usize, of: usize, all: usize| {
            let from = at * all / of;
            from..((at + 1) * all / of).max(from + 1).min(all)
        };
        if row >= self.half_rows {
            return None;
        }
        let mut sum = MapCell::default();
        for r in span(row, self.half_rows, self.map.rows) {
            for c in span(column, usize::from(self.columns), self.map.columns) {
                let cell = self.map.cell(r, c);
                sum.live += cell.live;
                sum.dead += cell.dead;
                sum.missing += cell.missing;
                sum.duplicate += cell.duplicate;
            }
        }
        Some(sum.state())
    }

    /// Writes it with its upper left corner at a place.
    pub(super) fn draw(&self, page: &mut Page, (x, y): (u16, u16), depth: Depth) {
        for row in 0..self.rows {
            for column in 0..self.columns {
                let upper = usize::from(row * self.halves);
                let at = |r: usize| self.cell(r, usize::from(column));
                let place = (x + column, y + row);
                if depth == Depth::Plain {
                    let sign = at(upper).map_or(" ", letter);
                    page.put(place.0, place.1, sign, Style::new());
                    continue;
                }
                let (top, below) = (at(upper), at(upper + 1));
                let mut style = Style::new();
                if let Some(state) = top {
                    style = style.fg(ink(state, depth));
                }
                if let Some(state) = below {
                    style = style.bg(ink(state, depth));
                }
                page.put(
                    place.0,
                    place.1,
                    if top.is_some() { "▀" } else { " " },
                    style,
                );
            }
        }
    }
}

/// The sign of a state where there are no colours.
pub(super) fn letter(state: MapState) -> &'static str {
    match state {
        MapState::Live => "#",
        MapState::Partly => "+",
        MapState::Dead => "x",
        MapState::Missing => ".",
        MapState::Double => "2",
    }
}

fn ink(state: MapState, depth: Depth) -> Color {
    let sixteen = depth == Depth::Sixteen;
    Color::Indexed(match state {
        MapState::Live if sixteen => 7,
        MapState::Live => 248,
        MapState::Partly if sixteen => 6,
        MapState::Partly => 243,
        MapState::Dead if sixteen => 4,
        MapState::Dead => 60,
        MapState::Missing if sixteen => 0,
        MapState::Missing => 236,
        MapState::Double if sixteen => 3,
        MapState::Double => 166,
    })
}

/// The swatch of a state in the legend.
pub(super) fn swatch(state: MapState, theme: &Theme) -> (&'static str, Style) {
    match theme.depth() {
        Depth::Plain => (letter(state), Style::new()),
        depth => ("█", Style::new().fg(ink(state, depth))),
    }
}
