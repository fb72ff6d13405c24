//! How the map is drawn: nodes as cells, greyer with more voxels; the facies as
//! outlines over them, and each alone at the right.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::super::dots::{Dots, Span};
use super::super::page::{Page, cut, width};
use super::super::{Theme, number};
use super::LatentPanel;
use super::outline::{level, outline};
use crate::model::printable;

/// Columns at the left of the map, for its axis.
const LEFT: u16 = 5;
/// Columns that the facies at the right need.
const RIGHT: u16 = 40;
/// Facies that are drawn at most: more outlines cannot be told apart.
const MOST: usize = 8;
/// Glyphs of a density, from none to the densest.
const RAMP: [&str; 5] = [" ", "░", "▒", "▓", "█"];

/// Where the map lies and how large a node is.
#[derive(Clone, Copy)]
pub(super) struct Square {
    pub x: u16,
    pub y: u16,
    /// Columns and rows of a node.
    pub node: (u16, u16),
    /// Nodes that share a cell, along a side: 1 but for maps larger than the screen.
    pub step: usize,
    pub side: usize,
}

impl Square {
    /// The largest square of whole nodes in so many cells; cells are twice as
    /// high as wide.
    pub fn fit(side: usize, columns: u16, rows: u16) -> Square {
        let cells = |n: usize| n.max(1) as u16;
        let high = (rows / cells(side)).min(columns / 2 / cells(side)).min(3);
        let (node, step) = match high {
            0 if columns >= cells(side) && rows >= cells(side.div_ceil(2)) => ((2, 1), 2),
            0 => {
                let most = usize::from(rows.min(columns / 2).max(1));
                ((2, 1), side.div_ceil(most).max(1))
            }
            high => ((2 * high, high), 1),
        };
        Square {
            x: LEFT,
            y: 3,
            node,
            step,
            side,
        }
    }

    /// Cells of nodes along a side.
    fn count(self) -> usize {
        self.side.div_ceil(self.step)
    }

    pub fn columns(self) -> u16 {
        self.count() as u16 * self.node.0
    }

    pub fn rows(self) -> u16 {
        self.count() as u16 * self.node.1
    }

    /// The top left cell of a node.
    pub fn corner(self, (a, b): (usize, usize)) -> (u16, u16) {
        let (a, b) = (a / self.step, b / self.step);
        let up = self.count() - 1 - b.min(self.count() - 1);
        (
            self.x + a as u16 * self.node.0,
            self.y + up as u16 * self.node.1,
        )
    }
}

impl LatentPanel {
    /// Writes it.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer, theme: &Theme) {
        let mut page = Page::new(area, buffer, theme);
        let live: u64 = self.of.map.voxels.iter().sum();
        let side = self.side();
        let updates = self.of.log_likelihood.len().saturating_sub(1);
        let middle = format!(
            "{side} x {side} nodes, {}, {} of {} voxels, {}",
            number::counted(self.of.attributes.len(), "attribute"),
            number::grouped(self.of.vectors as u64),
            number::grouped(live),
            number::counted(updates, "update"),
        );
        let class = self.of.class_volume.as_ref().and_then(|p| p.file_name());
        let class = class.map_or(String::new(), |name| printable(&name.to_string_lossy()));
        page.title(
            &printable(&self.facts.module),
            &self.facts.line(&middle),
            &class,
        );
        page.footer(self.mode(), self.keys());
        if self.judged {
            return self.draw_judged(&mut page);
        }
        if side == 0 || page.height() < 8 || page.width() < 3 * LEFT {
            return;
        }
        let beside = page.width() >= 2 * RIGHT;
        let taken = LEFT + 1 + if beside { RIGHT } else { 0 };
        let columns = page.width().saturating_sub(taken);
        let square = Square::fit(side, columns, page.height().saturating_sub(7));
        let x = page.put(1, 1, "latent map", theme.strong()) + 2;
        let what = "voxels per node; outlines hold 50 % and 90 %";
        page.put_to(x, 1, LEFT + columns, what, theme.dim());
        self.draw_nodes(&mut page, square);
        self.draw_outlines(&mut page, square);
        Self::draw_axes(&mut page, square);
        draw_frame(&mut page, square, self.at);
        if beside {
            let x = (square.x + square.columns() + 4).max(LEFT);
            let most = page.width() - RIGHT + 4;
            self.draw_facies(&mut page, x.min(most));
        }
        self.draw_facts(&mut page);
    }

    /// All voxels, as grey by the square root of their number.
    pub(super) fn draw_nodes(&self, page: &mut Page, square: Square) {
        let voxels = &self.of.map.voxels;
        let (side, step) = (square.side, square.step);
        let sum = |a: usize, b: usize| -> u64 {
            let nodes = (a..(a + step).min(side))
                .flat_map(|a| (b..(b + step).min(side)).map(move |b| a * side + b));
            nodes.filter_map(|k| voxels.get(k)).sum()
        };
        let corners = || (0..side).step_by(step);
        let most = corners()
            .flat_map(|a| corners().map(move |b| (a, b)))
            .map(|(a, b)| sum(a, b))
            .max()
            .unwrap_or(0)
            .max(1) as f64;
        for a in corners() {
            for b in corners() {
                let share = (sum(a, b) as f64 / most).sqrt();
                let (x, y) = square.corner((a, b));
                let style = page.theme.shade(share);
                page.fill(x, y, square.node.0, square.node.1, style);
            }
        }
    }

    /// Facies that are drawn, in order.
    fn shown(&self) -> Vec<usize> {
        match self.alone {
            Some(m) => vec![m],
            None => (0..self.of.map.facies.len().min(MOST)).collect(),
        }
    }

    /// The ink of a facies: of the session where it knows it, else by its place.
    pub(super) fn ink(&self, page: &Page, m: usize) -> (Style, String) {
        let name = self.of.facies.get(m).map_or("", |f| f.name.as_str());
        match self.facts.facies(name) {
            Some(f) => (page.theme.facies(f.colour), f.mark().to_string()),
            None => (page.theme.facies(m as u8 + 1), "●".to_owned()),
        }
    }

    pub(super) fn draw_outlines(&self, page: &mut Page, square: Square) {
        let cells = (usize::from(square.columns()), usize::from(square.rows()));
        for m in self.shown() {
            let Some(q) = self.of.map.facies.get(m) else {
                continue;
            };
            let mut dots = Dots::new(cells.0, cells.1);
            for share in [0.5, 0.9] {
                outline(&mut dots, q, square.side, level(q, share), cells);
            }
            let (ink, _) = self.ink(page, m);
            for (x, y, glyph) in dots.cells() {
                let glyph = glyph.to_string();
                let at = (square.x + x, square.y + y);
                page.put_to(at.0, at.1, at.0 + 1, &glyph, ink);
            }
        }
        for m in self.shown() {
            self.draw_name(page, square, m);
        }
    }

    /// The name of a facies at its densest node.
    fn draw_name(&self, page: &mut Page, square: Square, m: usize) {
        let Some(q) = self.of.map.facies.get(m) else {
            return;
        };
        let Some(top) = (0..q.len()).max_by(|&a, &b| q[a].total_cmp(&q[b])) else {
            return;
        };
        let (x, y) = square.corner((top / square.side, top % square.side));
        let (ink, mark) = self.ink(page, m);
        let end = square.x + square.columns();
        let name = cut(&printable(&self.of.facies[m].name), 14);
        let columns = width(&name) + 4;
        let x = x.min(end.saturating_sub(columns)).max(square.x);
        let text = page.theme.text();
        page.fill(x, y, columns.min(end - x), 1, Style::reset());
        page.put_to(x, y, end, &format!(" {mark}"), ink);
        page.put_to(x + 2, y, end, &format!(" {name} "), text);
    }

    fn draw_axes(page: &mut Page, square: Square) {
        let dim = page.theme.dim();
        let (end, base) = (square.x + square.columns(), square.y + square.rows());
        page.right(LEFT - 1, square.y, "+1", dim);
        page.right(LEFT - 1, base - 1, "−1", dim);
        page.put(square.x, base, "−1", dim);
        page.right(end, base, "+1", dim);
        if square.columns() >= 40 {
            page.put(square.x + 4, base, "latent 1", dim);
            page.right(end - 4, base, "latent 2 upwards", dim);
        }
    }

    /// Each facies alone, then how the fit went.
    fn draw_facies(&self, page: &mut Page, x: u16) {
        let theme = *page.theme;
        let what = if self.of.supervised {
            "facies on the map"
        } else {
            "clusters of the map"
        };
        page.put(x, 1, what, theme.strong());
        let cells = self.side().clamp(1, 16);
        let rows = cells.div_ceil(2) as u16;
        let end = page.height().saturating_sub(3);
        let mut y = 3;
        let all = self.of.facies.len() as u16;
        if 3 + all * (rows.max(6) + 1) > end.saturating_sub(5) {
            y = self.draw_lines(page, (x, y), end.saturating_sub(6));
            return self.draw_convergence(page, x, (y + 1).min(end.saturating_sub(5)));
        }
        for m in 0..self.of.facies.len() {
            self.draw_alone(page, (x, y), m, cells);
            self.draw_numbers(page, (x + cells as u16 + 2, y), m);
            y += rows.max(6) + 1;
        }
        self.draw_convergence(page, x, y.min(end.saturating_sub(5)));
    }

    /// Each facies in two lines, where there is no room for pictures; gives the row
    /// after them.
    fn draw_lines(&self, page: &mut Page, (x, y): (u16, u16), end: u16) -> u16 {
        let theme = *page.theme;
        let mut y = y;
        for (m, facies) in self.of.facies.iter().enumerate() {
            if y + 2 > end {
                let left = self.of.facies.len() - m;
                page.put(x, y, &format!("and {left} more: t"), theme.dim());
                return y + 1;
            }
            self.draw_title(page, (x, y), m);
            let words = [
                format!("{} voxels", number::grouped(facies.voxels)),
                format!("confidence {}", number::maybe(facies.confidence, 2)),
            ];
            page.put(x + 2, y + 1, &words.join("  "), theme.dim());
            y += 2;
        }
        y
    }

    /// Number, mark and name of a facies.
    fn draw_title(&self, page: &mut Page, (x, y): (u16, u16), m: usize) {
        let theme = *page.theme;
        let (ink, mark) = self.ink(page, m);
        let name = cut(&printable(&self.of.facies[m].name), 16);
        let number = format!("{} ", m + 1);
        let spans = [
            (number.as_str(), theme.dim()),
            (mark.as_str(), ink),
            (" ", ink),
            (name.as_str(), theme.strong()),
        ];
        page.spans(x, y, &spans);
    }

    /// The density of a facies: two nodes one above the other in a cell.
    fn draw_alone(&self, page: &mut Page, (x, y): (u16, u16), m: usize, cells: usize) {
        let (side, q) = (self.side(), &self.of.map.facies[m]);
        let most = q.iter().copied().fold(0.0, f64::max).max(1e-300);
        let (ink, _) = self.ink(page, m);
        let rows = cells.div_ceil(2);
        page.fill(x, y, cells as u16, rows as u16, page.theme.shade(0.0));
        for row in 0..rows {
            for column in 0..cells {
                let part = |i: usize, of: usize| {
                    (i * side / of)..((i + 1) * side / of).max(i * side / of + 1)
                };
                let nodes = part(column, cells)
                    .flat_map(|a| part(rows - 1 - row, rows).map(move |b| a * side + b));
                let share = nodes
                    .filter_map(|k| q.get(k))
                    .fold(0.0, |a: f64, b| a.max(*b))
                    / most;
                let glyph = RAMP[((share * 4.0).round() as usize).min(4)];
                let at = (x + column as u16, y + row as u16);
                page.put_to(at.0, at.1, at.0 + 1, glyph, ink);
            }
        }
    }

    fn draw_numbers(&self, page: &mut Page, (x, y): (u16, u16), m: usize) {
        let theme = *page.theme;
        let facies = &self.of.facies[m];
        self.draw_title(page, (x, y), m);
        let mut lines = Vec::new();
        if facies.rows > 0 {
            let picked = number::grouped(facies.rows as u64);
            lines.push((format!("{picked} picked voxels"), String::new()));
            let own = number::percent(self.own_ground(m));
            lines.push((format!("{own} on own ground"), String::new()));
        }
        lines.push(("voxels".into(), number::grouped(facies.voxels)));
        lines.push(("confidence".into(), number::maybe(facies.confidence, 2)));
        if let Some((other, overlap)) = &facies.nearest {
            let other = cut(&printable(other), 10);
            lines.push((
                "nearest".into(),
                format!("{other} {}", number::fixed(*overlap, 2)),
            ));
        }
        for (y, (name, value)) in (y + 1..).zip(&lines) {
            page.put(x, y, name, theme.dim());
            if !value.is_empty() {
                page.put(x + 11, y, value, theme.value());
            }
        }
    }

    /// The log-likelihood of the updates, a voxel.
    fn draw_convergence(&self, page: &mut Page, x: u16, y: u16) {
        let theme = *page.theme;
        let after = page.put(x, y, "convergence", theme.strong());
        page.put(after + 2, y, "log-likelihood per voxel", theme.dim());
        let rows = self.of.vectors.max(1) as f64;
        let each: Vec<f64> = self.of.log_likelihood.iter().map(|l| l / rows).collect();
        let Some(span) = Span::of(each.iter().copied()) else {
            return;
        };
        let label = |v: f64| number::fixed(v, span.decimals.max(1));
        page.right(x + 7, y + 1, &label(span.high), theme.dim());
        page.right(x + 7, y + 3, &label(span.low), theme.dim());
        let mut dots = Dots::new(26, 3);
        let last = (each.len().max(2) - 1) as f64;
        let place = |i: usize| {
            let u = (i as f64 / last * 51.0).round() as i32;
            let v = (span.high - each[i]) / (span.high - span.low).max(1e-12);
            (u, (v * 11.0).round() as i32)
        };
        for i in 1..each.len() {
            dots.line(place(i - 1), place(i));
        }
        for (column, row, glyph) in dots.cells() {
            page.put(
                x + 8 + column,
                y + 1 + row,
                &glyph.to_string(),
                theme.value(),
            );
        }
    }

    /// The node in focus in two rows: numbers, and the verdict in words.
    fn draw_facts(&self, page: &mut Page) {
        let theme = *page.theme;
        let y = page.height().saturating_sub(3);
        let here = self.facts.node == Some(self.node());
        let what = if here {
            "node of the cursor's voxel"
        } else {
            "node"
        };
        let mut x = page.put(1, y, what, theme.dim()) + 1;
        let node = format!("{}, {}", self.at.0 + 1, self.at.1 + 1);
        x = page.put(x, y, &node, theme.value()) + 3;
        let verdict = self.verdict(self.node());
        let probabilities = self.probabilities(self.node()).unwrap_or_default();
        for (m, p) in probabilities.iter().enumerate().take(MOST) {
            let best = verdict.is_some_and(|(best, _)| best == m);
            let name = format!("P({})", printable(&self.of.facies[m].name));
            let style = if best { theme.strong() } else { theme.dim() };
            x = page.put(x, y, &name, style) + 1;
            x = page.put(x, y, &number::fixed(*p, 2), style) + 3;
        }
        let voxels = self.of.map.voxels.get(self.node()).copied().unwrap_or(0);
        let share = format!("{} voxels share this node", number::grouped(voxels));
        let mut x = page.put(1, y + 1, "says", theme.dim()) + 2;
        if let Some((m, lead)) = verdict {
            let (ink, mark) = self.ink(page, m);
            let name = format!(" {}", printable(&self.of.facies[m].name));
            x = page.spans(x, y + 1, &[(&mark, ink), (&name, theme.text())]);
            if lead < 0.1 && self.of.facies.len() > 1 {
                x = page.put(x, y + 1, ", but hardly", theme.warning());
            }
        } else {
            x = page.put(x, y + 1, "no facies reaches this node", theme.text());
        }
        page.put(x, y + 1, &format!("; {share}"), theme.dim());
    }
}

/// The frame of a node.
pub(super) fn draw_frame(page: &mut Page, square: Square, at: (usize, usize)) {
    let (x, y) = square.corner(at);
    let (columns, rows) = square.node;
    // Neither the ink of an outline nor the grey of the node shines through.
    let strong = Style::reset().patch(page.theme.strong());
    if rows < 2 {
        page.put_to(x, y, x + columns, "[]", strong.patch(page.theme.reverse()));
        return;
    }
    let inner = "─".repeat(usize::from(columns - 2));
    page.put_to(x, y, x + columns, &format!("╭{inner}╮"), strong);
    for row in y + 1..y + rows - 1 {
        page.put_to(x, row, x + 1, "│", strong);
        page.put_to(x + columns - 1, row, x + columns, "│", strong);
    }
    let base = y + rows - 1;
    page.put_to(x, base, x + columns, &format!("╰{inner}╯"), strong);
}
