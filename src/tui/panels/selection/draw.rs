//! How a selection is drawn: one axis, the number of attributes, carries all.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::super::page::{Page, WIDE, cut, width, wrap};
use super::super::{Theme, number};
use super::charts::CHARTS;
use super::{KEYS, SelectionPanel, SizeFacts};
use crate::model::printable;

/// What is drawn at a size of the screen: parts go in the order of the fields.
#[derive(Clone, Copy, Debug)]
struct Parts {
    blanks: bool,
    charts: bool,
    counts: bool,
    means: bool,
    gains: bool,
    answers: bool,
    marks: bool,
}

impl Parts {
    /// Rows of everything but the rows of attributes.
    fn rows(self, sentences: u16) -> u16 {
        // Title, chosen sizes, score, held out, footer.
        let always = 5 + sentences;
        let part = |on: bool, rows: u16| if on { rows } else { 0 };
        always
            + part(self.blanks, 3)
            + part(self.charts, CHARTS[0] + CHARTS[1] + 1)
            + part(self.counts, 4)
            + part(self.means, 2)
            + part(self.gains, 1)
            + part(self.answers, 3)
            + part(!self.answers, 1)
            + part(self.marks, 1)
    }

    /// As many parts as fit.
    fn fitting(columns: u16, rows: u16, sentences: u16, attributes: u16, gains: bool) -> Self {
        let mut parts = Parts {
            blanks: true,
            charts: columns >= WIDE,
            counts: columns >= 70,
            means: true,
            gains: gains && columns >= WIDE,
            answers: columns >= 70,
            marks: true,
        };
        let fits = |parts: Parts| parts.rows(sentences) + attributes <= rows;
        for drop in [
            |p: &mut Parts| p.blanks = false,
            |p: &mut Parts| p.gains = false,
            |p: &mut Parts| p.charts = false,
            |p: &mut Parts| p.counts = false,
            |p: &mut Parts| p.means = false,
            |p: &mut Parts| p.answers = false,
            |p: &mut Parts| p.marks = false,
        ] {
            if fits(parts) {
                break;
            }
            drop(&mut parts);
        }
        parts
    }
}

/// Where the columns of the sizes stand.
pub(super) struct Columns {
    /// Columns of the labels.
    pub labels: u16,
    /// Columns of a size.
    each: u16,
    /// Sizes in sight.
    first: usize,
    count: usize,
}

impl Columns {
    fn of(panel: &SelectionPanel, columns: u16) -> Self {
        let names = panel
            .of
            .attributes
            .iter()
            .map(|a| width(a))
            .max()
            .unwrap_or(0);
        let labels = if columns < 70 {
            names.clamp(12, 18)
        } else {
            names.clamp(20, 24)
        };
        let right = if columns >= WIDE { 12 } else { 2 };
        let room = columns.saturating_sub(labels + 2 + right);
        let sizes = panel.of.sizes.len().max(1) as u16;
        let each = (room / sizes).clamp(6, 9);
        let count = usize::from((room / each).clamp(1, sizes));
        let most = usize::from(sizes) - count;
        Self {
            labels,
            each,
            first: panel.at.saturating_sub(count / 2).min(most),
            count,
        }
    }

    /// The sizes in sight, each with the middle of its column.
    pub fn places(&self) -> impl Iterator<Item = (usize, u16)> + '_ {
        (0..self.count).map(|i| (self.first + i, self.middle(i)))
    }

    fn middle(&self, i: usize) -> u16 {
        2 + self.labels + self.each - 3 + self.each * i as u16
    }

    /// The column after the last.
    pub fn end(&self) -> u16 {
        self.middle(self.count - 1) + 3
    }
}

impl SelectionPanel {
    /// Writes it.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer, theme: &Theme) {
        if self.look.open {
            return self.draw_clusters(area, buffer, theme);
        }
        let mut page = Page::new(area, buffer, theme);
        let (facies, voxels, polygons) = self.of.picked;
        let middle = format!(
            "{} voxels in {} of {facies} facies, {} combinations of {}",
            number::grouped(voxels as u64),
            number::counted(polygons, "polygon"),
            number::grouped(self.of.combinations),
            number::counted(self.of.attributes.len(), "attribute"),
        );
        page.title(
            &printable(&self.facts.module),
            &self.facts.line(&middle),
            "",
        );
        page.footer(self.mode(), KEYS);
        let sentences = self.sentences(page.width(), page.height());
        let attributes = self.order.len() as u16;
        let parts = Parts::fitting(
            page.width(),
            page.height(),
            sentences.len() as u16,
            attributes,
            self.of.sizes.iter().any(|s| s.gain.is_some()),
        );
        let columns = Columns::of(self, page.width());
        let mut y = 1 + u16::from(parts.blanks);
        for text in &sentences {
            let (x, rest) = draw_first(&mut page, y, text);
            page.put(x, y, rest, theme.text());
            y += 1;
        }
        y = self.draw_answers(&mut page, y, parts.answers);
        if parts.marks {
            self.draw_marks(&mut page, y, &columns);
            y += 1;
        }
        if parts.charts {
            y = self.draw_charts(&mut page, y, &columns);
        }
        let rows = page
            .height()
            .saturating_sub(parts.rows(sentences.len() as u16));
        y = self.draw_matrix(&mut page, y, &columns, rows.min(attributes));
        y += u16::from(parts.blanks);
        y = self.draw_scores(&mut page, y, &columns, parts);
        if parts.counts {
            self.draw_counts(&mut page, y, &columns);
        }
    }

    /// The answer, and below it what else should be known, as far as there is
    /// room: one warning, then what the numbers of trust say.
    fn sentences(&self, columns: u16, rows: u16) -> Vec<String> {
        let room = columns.saturating_sub(2);
        let mut sentences = self.of.sentences.iter().map(|s| printable(s));
        let mut lines = wrap(&sentences.next().unwrap_or_default(), room);
        let most = if rows >= 40 { 3 } else { 1 };
        let drawn = ["winner ", "knee ", "best validated "];
        let others = sentences.filter(|s| !drawn.iter().any(|d| s.starts_with(d)));
        let (warnings, plain): (Vec<String>, Vec<String>) =
            others.partition(|s| s.starts_with("warning:") || s.contains("not separable"));
        let warnings = warnings.iter().map(|s| {
            let word = if s.starts_with("warning:") {
                ""
            } else {
                "warning: "
            };
            format!("{word}{s}")
        });
        let plain = plain.into_iter().take(most - 1);
        let minded = warnings.take(most - plain.len()).chain(plain);
        lines.extend(minded.map(|s| cut(&s, room)));
        lines
    }

    /// Winner, knee and best validated in words; gives the row after them.
    fn draw_answers(&self, page: &mut Page, y: u16, all: bool) -> u16 {
        let theme = *page.theme;
        if !all {
            let names = printable(&self.names(self.at).join(", "));
            let x = page.put(
                1,
                y,
                &format!("best of {}: ", self.size(self.at)),
                theme.dim(),
            );
            page.put(x, y, &names, theme.strong());
            return y + 1;
        }
        let answers = [
            ("published winner", Some(self.of.winner)),
            ("knee", Some(self.of.knee)),
            ("best validated", self.of.best),
        ];
        let wide = page.width() >= WIDE;
        for (y, (label, place)) in (y..).zip(answers) {
            let chosen = place == Some(self.at);
            let style = if chosen { theme.strong() } else { theme.dim() };
            page.put(3, y, label, style);
            let Some(size) = place.and_then(|p| self.of.sizes.get(p)) else {
                page.put(25, y, "no polygon was held out", theme.dim());
                continue;
            };
            page.right(23, y, &size.attributes.len().to_string(), theme.value());
            let held = number::maybe(size.held_out, 2);
            let score = number::fixed(size.score, 3);
            let mut end = page.width().saturating_sub(1);
            end = page.right(end, y, &held, theme.value());
            end = page.right(
                end,
                y,
                if wide { "held out " } else { "held " },
                theme.dim(),
            );
            end = page.right(end.saturating_sub(2), y, &score, theme.value());
            end = page.right(end, y, if wide { "score " } else { "" }, theme.dim());
            let names =
                if size.attributes.len() == self.of.attributes.len() && size.attributes.len() > 2 {
                    format!("all {}", number::word(size.attributes.len()))
                } else {
                    printable(&self.names(place.unwrap_or(0)).join(", "))
                };
            page.put_to(26, y, end.saturating_sub(2), &names, theme.text());
        }
        y + 3
    }

    /// How many attributes the best at a place has.
    pub(super) fn size(&self, place: usize) -> usize {
        self.of.sizes.get(place).map_or(0, |s| s.attributes.len())
    }

    /// What is special, over its column; one column may be several things.
    fn draw_marks(&self, page: &mut Page, y: u16, columns: &Columns) {
        let theme = *page.theme;
        let mut free = 0;
        for (place, middle) in columns.places() {
            let words = [
                ("knee", Some(self.of.knee)),
                ("best", self.of.best),
                ("1 s.e.", self.of.within),
                ("winner", Some(self.of.winner)),
            ];
            let words: Vec<&str> = words
                .iter()
                .filter(|(_, at)| *at == Some(place))
                .map(|(word, _)| *word)
                .collect();
            let whole = words.join(", ");
            let text = if width(&whole) < columns.each * 2 {
                &whole
            } else {
                words[0]
            };
            let x = (middle + 1)
                .saturating_sub(width(text).div_ceil(2))
                .max(free);
            let style = if place == self.at {
                theme.strong()
            } else {
                theme.dim()
            };
            if !text.is_empty() {
                free = page.put(x, y, text, style) + 1;
            }
        }
    }

    /// Which attributes the best of each size holds; gives the row after it.
    fn draw_matrix(&self, page: &mut Page, y: u16, columns: &Columns, rows: u16) -> u16 {
        let theme = *page.theme;
        page.put_to(1, y, columns.labels + 1, "best of each size", theme.dim());
        let x = columns.end() + 2;
        let resampled = self
            .of
            .sizes
            .get(self.at)
            .is_some_and(|s| !s.frequency.is_empty());
        if resampled && page.width() >= x + 10 {
            page.put(x, y, "chosen in", theme.dim());
        }
        for (place, middle) in columns.places() {
            let number = self.size(place).to_string();
            if place == self.at {
                let x = (middle + 1).saturating_sub(width(&number));
                page.put(x - 1, y, &format!(" {number} "), theme.reverse());
            } else {
                page.right(middle + 1, y, &number, theme.value());
            }
        }
        let most = self.order.len().saturating_sub(usize::from(rows));
        let scroll = self.scroll.min(most);
        let shown = self.order.iter().skip(scroll);
        for (y, &attribute) in (y + 1..y + 1 + rows).zip(shown) {
            let holds = |place: usize| {
                let size = self.of.sizes.get(place);
                size.is_some_and(|s| s.attributes.contains(&attribute))
            };
            let name = printable(&self.of.attributes[attribute]);
            let style = if holds(self.at) {
                theme.strong()
            } else {
                theme.dim()
            };
            page.put_to(1, y, columns.labels + 1, &name, style);
            for (place, middle) in columns.places() {
                let style = if place == self.at {
                    theme.strong()
                } else {
                    theme.dim()
                };
                let (mark, style) = if holds(place) {
                    ("●", style)
                } else {
                    ("·", theme.dim())
                };
                page.put(middle, y, mark, style);
            }
            self.draw_share(page, y, columns, attribute, style);
        }
        y + 1 + rows
    }

    /// In how many resamples the best of the chosen size holds an attribute.
    fn draw_share(
        &self,
        page: &mut Page,
        y: u16,
        columns: &Columns,
        attribute: usize,
        style: Style,
    ) {
        let size = self.of.sizes.get(self.at);
        let share = size.and_then(|s| s.frequency.get(attribute));
        let end = columns.end() + 10;
        if let Some(share) = share
            && page.width() > end
        {
            page.right(end, y, &format!("{:.0} %", 100.0 * share), style);
        }
    }

    /// Rows of numbers under their columns; gives the row after them.
    fn draw_scores(&self, page: &mut Page, y: u16, columns: &Columns, parts: Parts) -> u16 {
        type Number = fn(&SizeFacts) -> String;
        let mut rows: Vec<(&str, Number)> = vec![("score", |s| number::fixed(s.score, 3))];
        if parts.means {
            rows.push(("eq. (8), literal", |s| number::fixed(s.eq8, 3)));
            rows.push(("mean of all this size", |s| number::fixed(s.mean, 3)));
        }
        if parts.gains {
            rows.push(("gain over n-1, 95 %", |s| {
                s.gain.map_or(String::new(), interval)
            }));
        }
        rows.push(("held out, by polygon", |s| number::maybe(s.held_out, 2)));
        for (y, (label, of)) in (y..).zip(&rows) {
            self.draw_numbers(page, y, columns, label, *of);
        }
        y + rows.len() as u16
    }

    fn draw_numbers(
        &self,
        page: &mut Page,
        y: u16,
        columns: &Columns,
        label: &str,
        of: impl Fn(&SizeFacts) -> String,
    ) {
        let theme = *page.theme;
        page.put_to(1, y, columns.labels + 1, label, theme.dim());
        for (place, middle) in columns.places() {
            if let Some(size) = self.of.sizes.get(place) {
                let style = if place == self.at {
                    theme.strong()
                } else {
                    theme.value()
                };
                page.right(middle + 3, y, &of(size), style);
            }
        }
    }

    fn draw_counts(&self, page: &mut Page, y: u16, columns: &Columns) {
        let theme = *page.theme;
        let end = columns.end();
        page.rule(1, y, end + 2);
        let total = page.width() >= end + 12;
        if total {
            page.right(end + 11, y, "total", theme.dim());
        }
        for (i, label) in ["combinations", "clusters", "comparisons"]
            .iter()
            .enumerate()
        {
            let y = y + 1 + i as u16;
            self.draw_numbers(page, y, columns, label, |s| s.counts[i].to_string());
            if total {
                let sum: u64 = self.of.sizes.iter().map(|s| s.counts[i]).sum();
                page.right(end + 11, y, &sum.to_string(), theme.value());
            }
        }
    }
}

/// Columns of an interval: one less than a size has.
const INTERVAL: usize = 8;

/// An interval with as many decimals as fit: `.33 .43`, `−2.0 −.2`, `12 120`.
fn interval([low, high]: [f64; 2]) -> String {
    let text = |decimals| format!("{} {}", short(low, decimals), short(high, decimals));
    let fits = |text: &String| text.chars().count() <= INTERVAL;
    [2, 1]
        .map(text)
        .into_iter()
        .find(fits)
        .unwrap_or_else(|| text(0))
}

/// A number in few columns: no decimals from 10 on, one at most from 1 on, and below
/// no 0 before the point.
fn short(x: f64, decimals: usize) -> String {
    if x.abs() >= 9.95 {
        number::fixed(x, 0)
    } else if x.abs() >= 0.995 {
        number::fixed(x, decimals.min(1))
    } else {
        number::fixed(x, decimals).replacen("0.", ".", 1)
    }
}

/// Writes the part of a line that has an ink of its own: the answer in bold, the
/// word `warning:`. Gives where the rest goes, and the rest.
fn draw_first<'t>(page: &mut Page, y: u16, text: &'t str) -> (u16, &'t str) {
    let theme = *page.theme;
    if let Some(rest) = text.strip_prefix("warning:") {
        return (page.put(1, y, "warning:", theme.warning()), rest);
    }
    match text.find(" enough.") {
        Some(at) => {
            let (answer, rest) = text.split_at(at + " enough.".len());
            (page.put(1, y, answer, theme.strong()), rest)
        }
        None => (1, text),
    }
}

#[cfg(test)]
mod tests {
    use super::interval;

    #[test]
    fn intervals_leave_a_column_between_them() {
        for (ends, text) in [
            ([0.33, 0.43], ".33 .43"),
            ([-0.07, 1.62], "−.07 1.6"),
            ([-2.0, -0.19], "−2.0 −.2"),
            ([-9.9, -9.8], "−10 −10"),
            ([-0.001, 0.0], ".00 .00"),
            ([-120.0, -3.4], "−120 −3"),
        ] {
            assert_eq!(interval(ends), text);
        }
    }
}
