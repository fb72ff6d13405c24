//! The side panel of separability: counts, distances, a scatter. It takes no
//! keys: the picture stays in front, and every edit is answered here.

mod combinations;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::dots::{Dots, Span as Ends};
use super::number::{fixed, grouped, percent};
use super::{Theme, wrap};
use crate::model::{Facies, printable};
use crate::preview::{Finding, Separability};
use crate::session::Session;

use combinations::best_of_sizes;
pub use combinations::{List, Wanted, as_table};

/// Columns that the panel likes to have.
const WIDTH: u16 = 46;
/// Columns that it likes with the list of combinations in it, and of the picture where
/// it gets them.
const WITH_LIST: (u16, u16) = (62, 124);
/// Below this distance two facies are too close to be told apart well.
const CLOSE: f64 = 0.5;

/// The panel, as far as it is open.
#[derive(Debug, Default)]
pub struct SeparabilityPanel {
    /// True where it is shown.
    pub open: bool,
    /// Names of the two attributes of the scatter, where they were chosen.
    pub axes: Option<(String, String)>,
    /// The list of all combinations, where it stands instead of the scatter.
    pub list: Option<List>,
    /// The newest answer.
    pub answer: Option<Box<Separability>>,
    /// True where something changed that the answer does not know.
    pub stale: bool,
    /// Id of the polygon that was drawn last: it is looked at without the panel.
    pub drawn: Option<String>,
    /// What was told about the polygon of that id, so that it is told once.
    pub told: Option<(String, Vec<Finding>)>,
}

/// Writes lines one below another.
struct Column<'a> {
    buffer: &'a mut Buffer,
    area: Rect,
    y: u16,
}

impl Column<'_> {
    fn line(&mut self, spans: Vec<Span<'static>>) {
        if self.y < self.area.bottom() {
            let line = Line::from(spans);
            self.buffer
                .set_line(self.area.x + 2, self.y, &line, self.area.width - 3);
        }
        self.y += 1;
    }

    fn right(&mut self, text: String, end: u16, style: Style) {
        let x = (self.area.x + end).saturating_sub(text.chars().count() as u16);
        if self.y < self.area.bottom() {
            self.buffer
                .set_line(x, self.y, &Line::styled(text, style), self.area.width);
        }
    }
}

impl SeparabilityPanel {
    /// Columns that it takes of a picture of so many.
    pub fn width(&self, picture: u16) -> u16 {
        let (wide, enough) = WITH_LIST;
        if self.list.is_some() && picture >= enough {
            wide
        } else {
            WIDTH.min(picture * 3 / 5)
        }
    }

    /// Draws the panel over its area.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer, theme: &Theme, session: &Session) {
        for y in area.top()..area.bottom() {
            for x in area.left()..area.right() {
                buffer[(x, y)].reset();
            }
        }
        let mut column = Column {
            y: area.y,
            buffer,
            area,
        };
        let n = self.answer.as_ref().map_or(0, |a| a.attributes.len());
        column.line(vec![
            Span::styled("separability", theme.strong()),
            Span::styled(format!("  {n} attributes"), theme.dim()),
        ]);
        let Some(answer) = &self.answer else {
            return column.line(vec![Span::styled("counting voxels", theme.dim())]);
        };
        column.y += 1;
        counts(&mut column, answer, theme, session);
        column.y += 1;
        sentences(&mut column, answer, theme);
        if let Some(list) = &self.list {
            return list.draw(&mut column, answer, theme);
        }
        best_of_sizes(&mut column, answer, theme);
        scatter(&mut column, answer, theme, session);
    }
}

fn facies<'a>(session: &'a Session, name: &str) -> Option<&'a Facies> {
    session.facies(name)
}

fn mark(theme: &Theme, facies: Option<&Facies>) -> Span<'static> {
    facies.map_or(Span::raw("  "), |f| {
        Span::styled(format!("{} ", f.mark()), theme.facies(f.colour))
    })
}

/// A row a facies: mark, name, voxels, distances to those before it.
fn counts(column: &mut Column, answer: &Separability, theme: &Theme, session: &Session) {
    const NAME: usize = 12;
    let room = usize::from(column.area.width.saturating_sub(26)) / 6;
    let shown = answer.facies.len().min(room + 1);
    let at = |j: usize| 26 + 6 * (j as u16);
    column.right("voxels".to_owned(), 23, theme.dim());
    for (j, other) in answer
        .facies
        .iter()
        .take(shown.saturating_sub(1))
        .enumerate()
    {
        let mark = facies(session, &other.name);
        let style = mark.map_or(theme.dim(), |f| theme.facies(f.colour));
        let glyph = mark.map_or(' ', Facies::mark).to_string();
        column.right(glyph, at(j) + 2, style);
    }
    column.y += 1;
    for (i, known) in answer.facies.iter().enumerate() {
        let name: String = printable(&known.name).chars().take(NAME).collect();
        column.right(grouped(known.voxels as u64), 23, theme.value());
        for j in 0..i.min(shown.saturating_sub(1)) {
            let distance = answer.distances[i][j];
            let (text, style) = match distance {
                None => ("–".to_owned(), theme.dim()),
                Some(d) if d < CLOSE => (fixed(d, 2), theme.strong()),
                Some(d) => (fixed(d, 2), theme.value()),
            };
            column.right(text, at(j) + 3, style);
        }
        column.line(vec![
            mark(theme, facies(session, &known.name)),
            Span::styled(name, theme.value()),
        ]);
    }
}

fn sentences(column: &mut Column, answer: &Separability, theme: &Theme) {
    let mut closest: Option<(f64, usize, usize)> = None;
    for (i, row) in answer.distances.iter().enumerate() {
        for (j, d) in row[..i].iter().enumerate() {
            if let Some(d) = d
                && closest.is_none_or(|(least, ..)| *d < least)
            {
                closest = Some((*d, i, j));
            }
        }
    }
    let width = column.area.width.saturating_sub(4);
    let mut say = |text: &str, style: Style| {
        for line in wrap(text, width) {
            column.line(vec![Span::styled(line, style)]);
        }
    };
    match closest {
        None => say("two facies with voxels make a distance", theme.dim()),
        Some((d, i, j)) => say(
            &format!(
                "{} and {} are closest: the best rule may still confuse {}",
                printable(&answer.facies[j].name),
                printable(&answer.facies[i].name),
                percent(0.5 * (-d).exp())
            ),
            if d < CLOSE {
                theme.strong()
            } else {
                theme.text()
            },
        ),
    }
    if let Some((at, d)) = answer.best {
        let name = printable(&answer.attributes[at]);
        say(
            &format!("best alone: {name}, {} on average", fixed(d, 2)),
            theme.dim(),
        );
    }
    for finding in &answer.findings {
        say(
            &format!("warning: {}", printable(&finding.to_string())),
            theme.warning(),
        );
    }
}

/// Voxels and ellipses of two attributes, in the rows that are left.
fn scatter(column: &mut Column, answer: &Separability, theme: &Theme, session: &Session) {
    let area = column.area;
    let Some(scatter) = &answer.scatter else {
        return;
    };
    let top = column.y + 1;
    let rows = area.bottom().saturating_sub(top + 2);
    let columns = area.width.saturating_sub(4);
    if rows < 4 || columns < 12 {
        return;
    }
    let all = |f: fn(f64, f64) -> f64| {
        let points = scatter.points.iter().flatten();
        let points = points.map(move |p| f(f64::from(p.0), f64::from(p.1)));
        Ends::of(points.chain(scatter.ellipses.iter().flatten().map(move |p| f(p.0, p.1))))
    };
    let (Some(x), Some(y)) = (all(|x, _| x), all(|_, y| y)) else {
        return;
    };
    let place = |px: f64, py: f64| {
        (
            (x.share(px) * f64::from(columns * 2 - 1)).round() as i32,
            ((1.0 - y.share(py)) * f64::from(rows * 4 - 1)).round() as i32,
        )
    };
    for (m, known) in answer.facies.iter().enumerate() {
        let Some(facies) = facies(session, &known.name) else {
            continue;
        };
        let mut dots = Dots::new(columns as usize, rows as usize);
        for p in &scatter.points[m] {
            let (px, py) = place(f64::from(p.0), f64::from(p.1));
            dots.set(px, py);
        }
        for p in &scatter.ellipses[m] {
            let (px, py) = place(p.0, p.1);
            dots.mark((px, py));
        }
        for (cx, cy, glyph) in dots.cells() {
            column.buffer[(area.x + 2 + cx, top + cy)]
                .set_char(glyph)
                .set_style(theme.facies(facies.colour));
        }
    }
    // Over the dots, so that each cluster is known without its colour.
    for (m, known) in answer.facies.iter().enumerate() {
        let ring = &scatter.ellipses[m];
        let n = ring.len().max(1) as f64;
        let middle = ring
            .iter()
            .fold((0.0, 0.0), |s, p| (s.0 + p.0 / n, s.1 + p.1 / n));
        if let (false, Some(facies)) = (ring.is_empty(), facies(session, &known.name)) {
            let (px, py) = place(middle.0, middle.1);
            let (cx, cy) = ((px / 2).max(0) as u16, (py / 4).max(0) as u16);
            if cx < columns && cy < rows {
                column.buffer[(area.x + 2 + cx, top + cy)]
                    .set_char(facies.mark())
                    .set_style(theme.facies(facies.colour));
            }
        }
    }
    let name = |i: usize| printable(&answer.attributes[i]);
    column.y = top + rows;
    column.right(fixed(x.high, x.decimals), area.width - 2, theme.dim());
    column.line(vec![
        Span::styled(fixed(x.low, x.decimals), theme.dim()),
        Span::raw("  "),
        Span::styled(format!("→ {}", name(scatter.axes.0)), theme.value()),
    ]);
    column.line(vec![
        Span::styled(format!("↑ {}", name(scatter.axes.1)), theme.value()),
        Span::styled(
            format!(
                "  {} to {}",
                fixed(y.low, y.decimals),
                fixed(y.high, y.decimals)
            ),
            theme.dim(),
        ),
    ]);
}
