//! How far to trust the classes: whether probabilities are what they say, how the
//! map does beside the forest on the same polygons left out, what each class
//! amounts to, and where another classification agrees.

use super::super::dots::Dots;
use super::super::number;
use super::super::page::{Page, cut, wrap};
use super::LatentPanel;
use crate::model::printable;
use crate::modules::{Agreement, Judgement, Validation};

/// Columns that the tables need, and those left of the diagram for its axis.
const TABLES: u16 = 50;
const AXIS: u16 = 5;
/// Rows of the largest diagram that says more than a smaller one.
const HIGHEST: u16 = 20;
/// Marks of the classifiers, in their order: told apart without colours too.
const MARKS: [&str; 2] = ["●", "○"];

impl LatentPanel {
    /// Writes the judgement between title row and footer.
    pub(super) fn draw_judged(&self, page: &mut Page) {
        let rows = (page.height().saturating_sub(8))
            .min(page.width().saturating_sub(TABLES + AXIS + 3) / 2)
            .min(HIGHEST);
        let mut x = 1;
        if let Some(validation) = &self.of.validation
            && rows >= 5
        {
            draw_reliability(page, validation, rows);
            x = AXIS + 2 * rows + 4;
        }
        let end = page.height().saturating_sub(1);
        let mut y = self.draw_scores(page, (x, 2));
        y = self.draw_amounts(page, (x, y + 1), end);
        if let Some(agreement) = &self.of.agreement {
            self.draw_agreement(page, (x, y + 1), end, agreement);
        }
    }

    /// The scores of both classifiers; gives the row after them.
    fn draw_scores(&self, page: &mut Page, (x, y): (u16, u16)) -> u16 {
        let theme = *page.theme;
        let Some(validation) = &self.of.validation else {
            page.put(x, y, "how good it is, is not known", theme.strong());
            let why = "no polygons were left out: draw each facies on two slices or more, and launch it with folds";
            let lines = wrap(why, page.width().saturating_sub(x + 1));
            for (line, y) in lines.iter().zip(y + 1..) {
                page.put(x, y, line, theme.dim());
            }
            return y + 1 + lines.len() as u16;
        };
        let title = format!("{}s left out", validation.left_out);
        page.put(x, y, &title, theme.strong());
        for (judged, column) in validation.classifiers.iter().zip([32, 44]) {
            let style = theme.strong();
            page.right(x + column, y, &judged.classifier, style);
        }
        type Score = (&'static str, usize, fn(&Judgement) -> f64);
        let scores: [Score; 4] = [
            ("balanced accuracy", 3, |j| j.balanced_accuracy),
            ("accuracy", 3, |j| j.accuracy),
            ("log-loss, nats", 3, |j| j.log_loss),
            ("calibration error", 3, |j| j.calibration_error),
        ];
        for ((name, decimals, of), y) in scores.into_iter().zip(y + 1..) {
            page.put(x, y, name, theme.dim());
            for (judged, column) in validation.classifiers.iter().zip([32, 44]) {
                let text = number::fixed(of(judged), decimals);
                page.right(x + column, y, &text, theme.value());
            }
        }
        y + 5
    }

    /// What each class amounts to; gives the row after.
    fn draw_amounts(&self, page: &mut Page, (x, y): (u16, u16), end: u16) -> u16 {
        let theme = *page.theme;
        page.put(x, y, "in the volume", theme.strong());
        let columns = [("voxels", 28), ("km2", 36), ("km3", 44)];
        for (name, column) in columns {
            page.right(x + column, y, name, theme.dim());
        }
        let mut y = y + 1;
        for (m, facies) in self.of.facies.iter().enumerate() {
            if y >= end {
                return y;
            }
            let (ink, mark) = self.ink(page, m);
            page.put(x, y, &mark, ink);
            page.put(x + 2, y, &cut(&printable(&facies.name), 14), theme.text());
            let values = [
                number::grouped(facies.voxels),
                number::fixed(facies.km2, 2),
                number::fixed(facies.km3, 3),
            ];
            for (text, (_, column)) in values.iter().zip(columns) {
                page.right(x + column, y, text, theme.value());
            }
            y += 1;
        }
        let others = [
            ("no class", self.of.rejected),
            ("outside training", self.of.outside),
            ("null", self.of.nulls),
        ];
        for (name, voxels) in others.into_iter().filter(|(_, n)| *n > 0) {
            if y >= end {
                return y;
            }
            page.put(x + 2, y, name, theme.dim());
            page.right(x + 28, y, &number::grouped(voxels), theme.dim());
            y += 1;
        }
        y
    }

    /// Both classifications, voxel by voxel: rows are the map's classes.
    fn draw_agreement(&self, page: &mut Page, (x, y): (u16, u16), end: u16, agreement: &Agreement) {
        let theme = *page.theme;
        if y + 2 >= end {
            return;
        }
        let name = cut(&printable(&agreement.with), 24);
        let at = page.put(x, y, &format!("beside {name}"), theme.strong()) + 2;
        let text = format!(
            "{} the same, kappa {}",
            number::percent(agreement.share),
            number::fixed(agreement.kappa, 2)
        );
        page.put(at, y, &text, theme.value());
        let column = |i: usize| x + 16 + 11 * (i as u16 + 1);
        for (i, &code) in agreement.codes.iter().enumerate() {
            let known = self.of.facies.get(usize::from(code).saturating_sub(1));
            let head = known.map_or(format!("code {code}"), |f| cut(&printable(&f.name), 10));
            page.right(column(i), y + 1, &head, theme.dim());
        }
        for ((m, counts), y) in agreement.counts.iter().enumerate().zip(y + 2..end) {
            let all = counts.iter().sum::<u64>().max(1) as f64;
            let (ink, mark) = self.ink(page, m);
            page.put(x, y, &mark, ink);
            let name = cut(&printable(&self.of.facies[m].name), 13);
            page.put(x + 2, y, &name, theme.text());
            for (i, &n) in counts.iter().enumerate() {
                let text = format!("{:>10}", number::grouped(n));
                page.right(column(i), y, &text, theme.shade(n as f64 / all));
            }
        }
    }
}

/// Accuracy over confidence: on the diagonal, probabilities are what they say.
fn draw_reliability(page: &mut Page, validation: &Validation, rows: u16) {
    let theme = *page.theme;
    let (x, y, columns) = (AXIS, 4, 2 * rows);
    let after = page.put(1, 1, "reliability", theme.strong());
    page.put_to(
        after + 2,
        1,
        x + columns + 2,
        "right over sure",
        theme.dim(),
    );
    let mut at = 1;
    for (judged, mark) in validation.classifiers.iter().zip(MARKS) {
        at = page.put(at, 2, mark, theme.strong()) + 1;
        at = page.put(at, 2, &judged.classifier, theme.text()) + 2;
    }
    page.put_to(at, 2, x + columns + 2, "┄ as it should be", theme.dim());
    let mut diagonal = Dots::new(usize::from(columns), usize::from(rows));
    let (across, down) = (i32::from(columns) * 2, i32::from(rows) * 4);
    for i in (0..across).step_by(3) {
        diagonal.set(i, down - 1 - i * down / across);
    }
    for (column, row, glyph) in diagonal.cells() {
        page.put(x + column, y + row, &glyph.to_string(), theme.dim());
    }
    for row in 0..rows {
        page.put(x - 1, y + row, "│", theme.dim());
    }
    let line = format!("└{}", "─".repeat(usize::from(columns)));
    page.put(x - 1, y + rows, &line, theme.dim());
    page.right(x - 1, y, "1", theme.dim());
    page.right(x - 1, y + rows - 1, "0", theme.dim());
    page.put(x, y + rows + 1, "0", theme.dim());
    page.right(x + columns, y + rows + 1, "1", theme.dim());
    let middle = "confidence";
    if columns > 14 {
        page.put(x + columns / 2 - 5, y + rows + 1, middle, theme.dim());
    }
    // The forest first: where both fall into one cell the map's own mark stays.
    for (judged, mark) in validation.classifiers.iter().zip(MARKS).rev() {
        for bin in &judged.reliability {
            let (Some(sure), Some(right)) = (bin.confidence, bin.accuracy) else {
                continue;
            };
            let place = |share: f64, cells: u16| {
                (share.clamp(0.0, 1.0) * f64::from(cells - 1)).round() as u16
            };
            let (u, v) = (place(sure, columns), place(1.0 - right, rows));
            page.put(x + u, y + v, mark, theme.strong());
        }
    }
}
