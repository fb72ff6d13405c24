//! The charts of a selection: score and held-out accuracy over the sizes.

use ratatui::style::Style;

use super::super::dots::{Dots, Span};
use super::super::number;
use super::super::page::Page;
use super::draw::Columns;
use super::{SelectionPanel, SizeFacts};

/// Rows of the charts of score and held-out accuracy.
pub(super) const CHARTS: [u16; 2] = [5, 5];

/// Where the dot of a size goes, from its place and the middle of its column.
type Placing<'a> = dyn Fn((usize, u16)) -> Option<(i32, i32)> + 'a;

/// A small chart over the sizes.
struct Chart {
    rows: u16,
    of: fn(&SizeFacts) -> Option<f64>,
    /// The ends of a bar through its mark.
    spread: fn(&SizeFacts) -> Option<[f64; 2]>,
    /// A dim line beside it.
    beside: Option<fn(&SizeFacts) -> Option<f64>>,
    label: &'static str,
    words: &'static [&'static str],
}

impl SelectionPanel {
    /// Score above held-out accuracy, over one axis; gives the row after them.
    pub(super) fn draw_charts(&self, page: &mut Page, top: u16, columns: &Columns) -> u16 {
        let score = Chart {
            rows: CHARTS[0],
            of: |size| Some(size.score),
            spread: |size| size.interval,
            beside: None,
            label: "score",
            words: &["average cumulative", "distance, 95 %", "over polygons"],
        };
        let held = Chart {
            rows: CHARTS[1],
            of: |size| size.held_out,
            spread: |size| {
                let (held, error) = (size.held_out?, size.error?);
                Some([held - error, held + error])
            },
            beside: Some(|size| size.by_voxel),
            label: "held out",
            words: &[
                "balanced accuracy",
                "by polygon ± s.e.",
                "dim: by voxel, leaky",
            ],
        };
        let text = page.theme.text();
        let accent = page.theme.accent();
        self.draw_chart(page, top, columns, &score, text);
        let below = top + score.rows + 1;
        self.draw_chart(page, below, columns, &held, accent);
        self.draw_gap(page, below, columns);
        below + held.rows
    }

    /// What neighbours give away at the chosen size.
    fn draw_gap(&self, page: &mut Page, y: u16, columns: &Columns) {
        let theme = *page.theme;
        let size = self.of.sizes.get(self.at);
        let gap = size.and_then(|s| Some(s.by_voxel? - s.held_out?));
        let x = columns.end() + 2;
        if let Some(gap) = gap
            && page.width() >= x + 11
        {
            let label = format!("gap at {}:", self.size(self.at));
            page.put(x, y, &label, theme.dim());
            page.put(x, y + 1, &number::fixed(gap, 2), theme.strong());
        }
    }

    fn draw_chart(&self, page: &mut Page, top: u16, columns: &Columns, chart: &Chart, ink: Style) {
        let theme = *page.theme;
        page.put(1, top, chart.label, theme.strong());
        for (y, words) in (top + 1..).zip(chart.words) {
            page.put(1, y, words, theme.dim());
        }
        let places: Vec<(usize, u16)> = columns.places().collect();
        let value = |place: usize| self.of.sizes.get(place).and_then(chart.of);
        let of = |place: usize, what: &dyn Fn(&SizeFacts) -> Vec<f64>| {
            self.of.sizes.get(place).map_or(Vec::new(), what)
        };
        let values = places.iter().flat_map(|(place, _)| {
            of(*place, &|size| {
                let beside = chart.beside.and_then(|beside| beside(size));
                let ends = (chart.spread)(size).into_iter().flatten();
                (chart.of)(size)
                    .into_iter()
                    .chain(beside)
                    .chain(ends)
                    .collect()
            })
        });
        let Some(span) = Span::of(values) else {
            page.put(
                columns.labels + 3,
                top + chart.rows / 2,
                "nothing was held out",
                theme.dim(),
            );
            return;
        };
        let left = columns.labels + 2;
        let end = columns.end();
        for (y, at) in [(top, span.high), (top + chart.rows - 1, span.low)] {
            page.right(left, y, &number::fixed(at, span.decimals), theme.dim());
            for x in (left + 2..end).step_by(3) {
                page.put_to(x, y, end, "·", theme.dim());
            }
        }
        let height = i32::from(chart.rows) * 4 - 2;
        let row = |x: f64| (f64::from(height) * (1.0 - span.share(x))).round() as i32;
        let column = |middle: u16| i32::from(middle - left) * 2;
        let dot = |(place, middle): (usize, u16)| Some((column(middle), row(value(place)?)));
        let cells = (usize::from(end - left), usize::from(chart.rows));
        let beside = |(place, middle): (usize, u16)| {
            let size = self.of.sizes.get(place)?;
            Some((column(middle), row(chart.beside?(size)?)))
        };
        let lines: [(&Placing, Style); 2] = [(&beside, theme.dim()), (&dot, ink)];
        for (dot, ink) in lines {
            let mut line = Dots::new(cells.0, cells.1);
            for pair in places.windows(2) {
                if let (Some(a), Some(b)) = (dot(pair[0]), dot(pair[1])) {
                    line.line(a, b);
                }
            }
            for (x, y, glyph) in line.cells() {
                page.put_to(left + x, top + y, end, glyph.encode_utf8(&mut [0; 4]), ink);
            }
        }
        let mut marks = Dots::new(cells.0, cells.1);
        for &(place, middle) in &places {
            if let Some(at) = dot((place, middle)) {
                marks.mark(at);
            }
            let spread = self.of.sizes.get(place).and_then(chart.spread);
            if let Some([low, high]) = spread {
                for y in row(high)..=row(low) {
                    marks.set(column(middle), y);
                }
            }
        }
        for (x, y, glyph) in marks.cells() {
            let (x, y) = (left + x, top + y);
            page.put_to(x, y, end, glyph.encode_utf8(&mut [0; 4]), theme.strong());
        }
    }
}
