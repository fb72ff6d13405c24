//! How the survey map is drawn: the ground in greys, lines that hold polygons in
//! the inks of their facies, marks on two sides, words below.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::super::Theme;
use super::super::page::Page;
use super::{KEYS, Lie, MapPanel};
use crate::io::MapState;
use crate::model::{Direction, Facies, Polygon, printable};
use crate::picture::{
    Canvas, CellMode, Clip, Colour, ColourMap, Depth, MarkStyle, Raster, Shading, Stroke, Viewport,
    facies_ink, number, ticks,
};
use crate::tui::draw::theme::color;

/// Columns of numbers at the left.
const GUTTER: u16 = 6;
/// Rows above the map: title, numbers; and below it: marks, words, footer.
const ABOVE: u16 = 2;
const BELOW: u16 = 4;
/// A cell is about twice as high as wide.
const CELL: f64 = 2.0;

type Point = (f64, f64);

/// From lines by index to cells of the map.
enum Scale {
    Lines(Viewport),
    North {
        lie: Lie,
        west: f64,
        north: f64,
        by: f64,
    },
}

impl Scale {
    fn cell(&self, inline: f64, crossline: f64) -> Point {
        match self {
            Scale::Lines(window) => window.cell_of(crossline, inline),
            Scale::North {
                lie,
                west,
                north,
                by,
            } => {
                let (x, y) = lie.place(inline, crossline);
                ((x - west) / by, (north - y) / (CELL * by))
            }
        }
    }

    /// Inline and crossline index under a point in cells, where there is ground.
    fn line(&self, (x, y): Point) -> Option<Point> {
        match self {
            Scale::Lines(window) => {
                let part = |edge: f64, scale: f64, cells: usize, at: f64, turned: bool| {
                    edge + scale * if turned { cells as f64 - at } else { at } - 0.5
                };
                let (a, b) = window.turned;
                Some((
                    part(window.top, window.down, window.rows, y, b),
                    part(window.left, window.across, window.columns, x, a),
                ))
            }
            Scale::North {
                lie,
                west,
                north,
                by,
            } => lie.line((west + x * by, north - y * CELL * by)),
        }
    }
}

impl MapPanel {
    /// Writes it.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer, theme: &Theme) {
        let mut page = Page::new(area, buffer, theme);
        let [inlines, crosslines, _] = self.grid.shape();
        let facts = format!(
            "{}  {inlines} inlines, {crosslines} crosslines",
            printable(&self.volume)
        );
        let way = match (self.north, &self.ground) {
            (true, _) => "north ↑",
            (false, None) => "reading where traces lie",
            (false, Some(_)) => "by line numbers",
        };
        page.title("survey map", &facts, way);
        let (columns, rows) = (
            page.width()
                .saturating_sub(GUTTER + self.facies.len().min(7) as u16 + 1),
            page.height().saturating_sub(ABOVE + BELOW),
        );
        if columns > 0 && rows > 0 {
            let scale = self.scale((usize::from(columns), usize::from(rows)));
            self.image(&mut page, &scale, (columns, rows));
            if let Scale::Lines(window) = &scale {
                self.numbers(&mut page, window);
                self.marks(&mut page, window);
            }
        }
        self.words(&mut page);
        page.footer(self.mode(), KEYS);
    }

    fn scale(&self, (columns, rows): (usize, usize)) -> Scale {
        let (ni, nc) = (self.grid.inlines.count, self.grid.crosslines.count);
        let Some(lie) = self.lie() else {
            return Scale::Lines(Viewport {
                turned: (self.turned.1, self.turned.0),
                ..Viewport::fit((nc, ni), columns, rows)
            });
        };
        let places: Vec<Point> = match &lie {
            Lie::Track(points) => points.iter().map(|p| (p.1, p.2)).collect(),
            Lie::Grid(_) => {
                let (i, c) = (ni as f64 - 0.5, nc as f64 - 0.5);
                [(-0.5, -0.5), (-0.5, c), (i, -0.5), (i, c)]
                    .map(|(i, c)| lie.place(i, c))
                    .to_vec()
            }
        };
        let span = |of: fn(&Point) -> f64| {
            places
                .iter()
                .map(of)
                .fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(v), h.max(v)))
        };
        let ((west, east), (south, north)) = (span(|p| p.0), span(|p| p.1));
        let by = ((east - west) / (columns as f64 - 1.0).max(1.0))
            .max((north - south) / (CELL * (rows as f64 - 1.0).max(1.0)))
            .max(f64::MIN_POSITIVE);
        // In the middle of the room there is.
        Scale::North {
            west: 0.5 * (west + east) - 0.5 * columns as f64 * by,
            north: 0.5 * (north + south) + 0.5 * CELL * rows as f64 * by,
            lie,
            by,
        }
    }

    fn image(&self, page: &mut Page, scale: &Scale, (columns, rows): (u16, u16)) {
        let depth = page.theme.depth();
        let mode = if depth == Depth::Plain {
            CellMode::Ascii
        } else {
            CellMode::Half
        };
        let (width, height) = (usize::from(columns), usize::from(rows) * mode.parts());
        let values = (0..width * height).map(|at| {
            let (x, y) = (at % width, at / width);
            let point = (x as f64 + 0.5, (y as f64 + 0.5) / mode.parts() as f64);
            scale.line(point).map_or(f32::NAN, |line| self.level(line))
        });
        let raster = Raster {
            width,
            height,
            values: values.collect(),
        };
        let shading = Shading {
            clip: Clip {
                low: 0.0,
                high: 1.0,
            },
            reversed: false,
        };
        let ramp = ColourMap::Grey.ramp(depth, false);
        let mut canvas = Canvas::new(&raster, &shading, &ramp, depth, mode, None);
        self.lines(&mut canvas, scale, depth);
        for y in 0..rows {
            for x in 0..columns {
                let cell = canvas.cell(usize::from(x), usize::from(y));
                let mut style = ratatui::style::Style::new()
                    .fg(color(cell.fg))
                    .bg(color(cell.bg));
                if cell.bold {
                    style = style.add_modifier(Modifier::BOLD);
                }
                page.put_to(
                    GUTTER + x,
                    ABOVE + y,
                    GUTTER + columns,
                    &cell.glyph.to_string(),
                    style,
                );
            }
        }
    }

    /// How light the ground is at a line: darker where traces lack.
    fn level(&self, (inline, crossline): Point) -> f32 {
        let (ni, nc) = (self.grid.inlines.count, self.grid.crosslines.count);
        let inside = |v: f64, n: usize| v >= -0.5 && v < n as f64 - 0.5;
        if !inside(inline, ni) || !inside(crossline, nc) {
            return f32::NAN;
        }
        let Some(map) = self.ground.as_ref().and_then(|g| g.traces.as_ref()) else {
            return 0.2;
        };
        let part = |v: f64, n: usize, cells: usize| {
            (((v + 0.5) / n as f64 * cells as f64) as usize).min(cells.saturating_sub(1))
        };
        let cell = map.cell(part(inline, ni, map.rows), part(crossline, nc, map.columns));
        match cell.state() {
            MapState::Missing => f32::NAN,
            MapState::Dead => 0.05,
            MapState::Partly => 0.12,
            MapState::Live => 0.2,
            MapState::Double => 0.35,
        }
    }

    /// The slices of the pictures, lines with polygons, the cursor.
    fn lines(&self, canvas: &mut Canvas, scale: &Scale, depth: Depth) {
        let (ni, nc) = (
            self.grid.inlines.count as f64,
            self.grid.crosslines.count as f64,
        );
        let white = match depth {
            Depth::Plain => Colour::Default,
            Depth::Sixteen => Colour::Indexed(15),
            _ => Colour::Indexed(255),
        };
        if let Some(Lie::Track(points)) = self.lie() {
            for pair in points.windows(2) {
                let [p, q] = [pair[0].0, pair[1].0].map(|i| {
                    if nc > 1.0 {
                        scale.cell(0.0, i)
                    } else {
                        scale.cell(i, 0.0)
                    }
                });
                canvas.line(p, q, white, Stroke::Thin, false);
            }
        }
        let [i, c, _] = self.from.0.map(|i| i as f64);
        if self.from.1 != Direction::Crossline && ni > 1.0 {
            canvas.line(
                scale.cell(i, -0.5),
                scale.cell(i, nc - 0.5),
                white,
                Stroke::Thin,
                false,
            );
        }
        if self.from.1 != Direction::Inline && nc > 1.0 {
            canvas.line(
                scale.cell(-0.5, c),
                scale.cell(ni - 0.5, c),
                white,
                Stroke::Thin,
                false,
            );
        }
        for polygon in &self.polygons {
            if let Some(facies) = self.facies_of(polygon) {
                let ink = facies_ink(facies.colour, depth);
                self.outline(canvas, scale, polygon, ink);
            }
        }
        let mut mark = |(i, c): Point, glyph, style| {
            let (x, y) = scale.cell(i, c);
            if x >= 0.0 && y >= 0.0 {
                canvas.mark((x as usize, y as usize), glyph, white, style);
            }
        };
        mark((i, c), '+', MarkStyle::Active);
        let [i, c] = self.at.map(|i| i as f64);
        mark((i, c), 'x', MarkStyle::Carried);
    }

    /// A polygon from above: a stroke along its line, or its outline.
    fn outline(&self, canvas: &mut Canvas, scale: &Scale, polygon: &Polygon, ink: Colour) {
        let (inlines, crosslines) = (&self.grid.inlines, &self.grid.crosslines);
        let ring = polygon.vertices.iter();
        match polygon.slice.direction() {
            Direction::Time => {
                let cell =
                    |&(c, i): &Point| scale.cell(inlines.position(i), crosslines.position(c));
                let points: Vec<Point> = ring.map(cell).collect();
                for (n, &p) in points.iter().enumerate() {
                    canvas.line(p, points[(n + 1) % points.len()], ink, Stroke::Thin, false);
                }
            }
            direction => {
                let (low, high) =
                    ring.fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(v.0), h.max(v.0)));
                let number = polygon.slice.number();
                let (p, q) = if direction == Direction::Inline {
                    let i = inlines.position(number);
                    [low, high]
                        .map(|c| scale.cell(i, crosslines.position(c)))
                        .into()
                } else {
                    let c = crosslines.position(number);
                    [low, high]
                        .map(|i| scale.cell(inlines.position(i), c))
                        .into()
                };
                canvas.line(p, q, ink, Stroke::Thick, false);
            }
        }
    }

    fn facies_of(&self, polygon: &Polygon) -> Option<&Facies> {
        self.facies.iter().find(|f| f.name == polygon.facies)
    }

    /// Survey numbers along two sides, the cursor's among them.
    fn numbers(&self, page: &mut Page, window: &Viewport) {
        let (dim, strong) = (page.theme.dim(), page.theme.strong());
        let (inlines, crosslines) = (&self.grid.inlines, &self.grid.crosslines);
        let cursor = window.cell((self.at[1], self.at[0])).unwrap_or((0, 0));
        let label = number(crosslines.value(self.at[1]));
        let right = GUTTER + window.columns as u16;
        let n = label.chars().count() as u16;
        let x = GUTTER + cursor.0 as u16;
        let (from, text) = if x + n < right {
            (x, format!("▾{label}"))
        } else {
            (x.saturating_sub(n), format!("{label}▾"))
        };
        for tick in ticks(crosslines, 0.0, window.across, window.columns, 10) {
            let text = format!("╷{}", number(tick.value));
            let x = GUTTER + window.column(tick.cell) as u16;
            let end = x + text.chars().count() as u16;
            if end <= right && (end < from || x > from + n + 1) {
                page.put(x, ABOVE - 1, &text, dim);
            }
        }
        page.put(from, ABOVE - 1, &text, strong);
        for tick in ticks(inlines, 0.0, window.down, window.rows, 2) {
            let row = window.row(tick.cell);
            if row != cursor.1 {
                let text = format!("{}╶", number(tick.value));
                page.right(GUTTER, ABOVE + row as u16, &text, dim);
            }
        }
        let text = format!("{}▸", number(inlines.value(self.at[0])));
        page.right(GUTTER, ABOVE + cursor.1 as u16, &text, strong);
    }

    /// Marks of the facies that each line holds: inlines at the right, a column
    /// each facies; crosslines below.
    fn marks(&self, page: &mut Page, window: &Viewport) {
        for polygon in &self.polygons {
            let place = self.facies.iter().position(|f| f.name == polygon.facies);
            let (Some(place), Some(at)) = (place, polygon.slice.index(&self.grid)) else {
                continue;
            };
            let facies = &self.facies[place];
            let (mark, style) = (facies.mark().to_string(), page.theme.facies(facies.colour));
            match polygon.slice.direction() {
                Direction::Inline => {
                    if let Some((_, y)) = window.cell((0, at)) {
                        let x = GUTTER + window.columns as u16 + (place % 7) as u16;
                        page.put_to(x, ABOVE + y as u16, x + 1, &mark, style);
                    }
                }
                Direction::Crossline => {
                    if let Some((x, _)) = window.cell((at, 0)) {
                        let y = ABOVE + window.rows as u16;
                        page.put(GUTTER + x as u16, y, &mark, style);
                    }
                }
                Direction::Time => {}
            }
        }
    }

    /// What the cursor is on, and what each facies has.
    fn words(&self, page: &mut Page) {
        let theme = *page.theme;
        let y = page.height().saturating_sub(3);
        let (dim, value) = (theme.dim(), theme.value());
        let (i, c) = (
            self.grid.inlines.value(self.at[0]),
            self.grid.crosslines.value(self.at[1]),
        );
        let mut x = page.spans(
            1,
            y,
            &[
                ("inline ", dim),
                (&number(i), value),
                ("  crossline ", dim),
                (&number(c), value),
            ],
        );
        if let Some(lie) = self.ground.as_ref().and_then(Lie::of) {
            let (e, n) = lie.place(self.at[0] as f64, self.at[1] as f64);
            x = page.spans(
                x,
                y,
                &[
                    ("  x ", dim),
                    (&format!("{e:.0}"), value),
                    ("  y ", dim),
                    (&format!("{n:.0}"), value),
                ],
            );
        }
        for (word, along, at) in [
            ("inline", Direction::Inline, 0),
            ("crossline", Direction::Crossline, 1),
        ] {
            let here = |p: &&Arc<Polygon>| {
                p.slice.direction() == along && p.slice.index(&self.grid) == Some(self.at[at])
            };
            let n = self.polygons.iter().filter(here).count();
            if n > 0 {
                let many = if n == 1 { "" } else { "s" };
                x = page.spans(
                    x,
                    y,
                    &[
                        (&format!("  {n}"), value),
                        (&format!(" polygon{many} on this {word}"), dim),
                    ],
                );
            }
        }
        let mut x = 1;
        for (place, facies) in self.facies.iter().enumerate() {
            let lines = |direction: Direction| {
                let of =
                    |p: &&Arc<Polygon>| p.facies == facies.name && p.slice.direction() == direction;
                let mut lines: Vec<Option<usize>> = (self.polygons.iter().filter(of))
                    .map(|p| p.slice.index(&self.grid))
                    .collect();
                lines.sort_unstable();
                lines.dedup();
                lines.len()
            };
            let counts = [Direction::Inline, Direction::Crossline, Direction::Time].map(lines);
            let words = if page.width() >= 100 {
                format!(
                    " {} inlines, {} crosslines, {} times   ",
                    counts[0], counts[1], counts[2]
                )
            } else {
                format!(" {}+{}+{}  ", counts[0], counts[1], counts[2])
            };
            let name = printable(&facies.name);
            let chosen = if place == self.chosen {
                theme.strong()
            } else {
                value
            };
            let mark = format!("{} ", facies.mark());
            x = page.spans(
                x,
                y + 1,
                &[
                    (&mark, theme.facies(facies.colour)),
                    (&name, chosen),
                    (&words, dim),
                ],
            );
        }
    }
}
