//! How a forest's result is drawn: parts one below the other, scrolled by part
//! where they do not fit.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::page::{Page, cut, width, wrap};
use super::super::{Theme, dots, number};
use super::{ForestPanel, PARTS, Part};
use crate::model::printable;
use crate::modules::{Importance, TreeCount};
use crate::tui::layout::Layout;

/// Columns that the parts take at most: longer bars say nothing more.
pub(super) const WIDEST: u16 = 88;

/// And at least: what is drawn beyond the screen's edge is cut.
const NARROWEST: u16 = 40;

/// How much room there is.
#[derive(Clone, Copy)]
struct Room {
    /// Columns of the parts.
    columns: u16,
    /// True where blank lines, axes and two-line cells fit.
    airy: bool,
    /// True where charts and bars fit.
    bars: bool,
}

impl ForestPanel {
    /// Writes it.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer, theme: &Theme) {
        if self.docked {
            let layout = Layout::of((area.width, area.height));
            let columns = ForestPanel::docked_columns(area.width);
            let side = Rect {
                x: area.right().saturating_sub(columns - 2),
                y: layout.axis.y,
                width: columns - 2,
                height: layout.facts.y.saturating_sub(layout.axis.y),
            };
            self.draw_parts(&mut Page::new(side, buffer, theme), 0);
            let line = Rect {
                y: layout.footer.y,
                height: 1,
                ..area
            };
            return Page::new(line, buffer, theme).footer(self.mode(), self.keys());
        }
        let mut page = Page::new(area, buffer, theme);
        page.footer(self.mode(), self.keys());
        self.draw_parts(&mut page, 1);
    }

    /// Writes the title and the parts, and leaves rows at the foot alone.
    fn draw_parts(&self, page: &mut Page, foot: u16) {
        let theme = page.theme;
        let rows: u64 = self.confusion().iter().flatten().sum();
        let middle = format!(
            "{}, {}, {} voxels",
            number::counted(self.of.trees, "tree"),
            number::counted(self.of.importance.len(), "attribute"),
            number::grouped(rows),
        );
        let output = self.of.outputs.iter().find_map(|path| path.file_name());
        let output = output.map_or(String::new(), |name| printable(&name.to_string_lossy()));
        page.title(
            &printable(&self.facts.module),
            &self.facts.line(&middle),
            &output,
        );
        let shown = page.height().saturating_sub(1 + foot);
        let mut room = Room {
            columns: page.width().clamp(NARROWEST, WIDEST),
            airy: true,
            bars: page.width() >= 76,
        };
        if self.starts(room).1 > shown {
            room.airy = false;
        }
        let (starts, height) = self.starts(room);
        let mut whole = Buffer::empty(Rect::new(0, 0, page.width(), height.max(1)));
        let mut content = Page::new(whole.area, &mut whole, theme);
        self.draw_headline(&mut content, room);
        for (i, part) in PARTS.iter().enumerate() {
            self.draw_part(&mut content, starts[i], *part, room);
            if i == self.at {
                content.put(0, starts[i], "▌", theme.accent());
            }
        }
        // The part in focus is in sight; the headline too, as long as it can be.
        let end = starts.get(self.at + 1).copied().unwrap_or(height);
        let first = end.saturating_sub(shown).min(starts[self.at]);
        page.paste(1, shown, &whole, first.min(height.saturating_sub(shown)));
    }

    /// The row in which each part begins, and all rows.
    fn starts(&self, room: Room) -> (Vec<u16>, u16) {
        let blank = u16::from(room.airy);
        let mut y = self.headline(room).len() as u16 + 2 * blank;
        let mut starts = Vec::new();
        for part in PARTS {
            starts.push(y);
            y += self.rows(part, room) + blank;
        }
        (starts, y - blank)
    }

    /// Rows of a part, its title included.
    fn rows(&self, part: Part, room: Room) -> u16 {
        let airy = u16::from(room.airy);
        match part {
            Part::CrossValidation => {
                let counts = self.counts().len().max(1) as u16;
                1 + counts + airy + u16::from(room.airy && room.bars)
            }
            Part::Importance => 1 + self.of.importance.len() as u16 + airy,
            Part::Confusion => {
                let classes = self.confusion().len() as u16;
                3 + classes * (1 + airy)
            }
            Part::Reliability => 4,
            Part::Volume => 2 + self.of.volume.len().max(1) as u16,
        }
    }

    fn draw_part(&self, page: &mut Page, y: u16, part: Part, room: Room) {
        match part {
            Part::CrossValidation => self.draw_validation(page, y, room),
            Part::Importance => self.draw_importance(page, y, room),
            Part::Confusion => self.draw_confusion(page, y, room),
            Part::Reliability => self.draw_reliability(page, y, room),
            Part::Volume => self.draw_volume(page, y, room),
        }
    }

    /// The answer in a bold sentence, and why it is not a better one.
    fn headline(&self, room: Room) -> Vec<String> {
        let (voxel, polygon) = self.adopted();
        let text = match (polygon, voxel) {
            (Some(polygon), Some(voxel)) => {
                let gap = voxel.mean - polygon.mean;
                let end = if gap >= 0.005 {
                    format!(
                        "because test voxels lie next to training voxels: the gap of {} is leakage.",
                        number::fixed(gap, 2)
                    )
                } else {
                    "and whole polygons left out do as well.".to_owned()
                };
                format!(
                    "Expect {} away from your polygons. By voxel it reads {}, {end}",
                    number::fixed(polygon.mean, 2),
                    number::fixed(voxel.mean, 2),
                )
            }
            (Some(polygon), None) => format!(
                "Expect {} away from your polygons.",
                number::fixed(polygon.mean, 2)
            ),
            (None, Some(voxel)) => format!(
                "How it does away from your polygons is not known. By voxel it reads {}, which flatters; draw each facies on another slice, so that whole polygons can be left out.",
                number::fixed(voxel.mean, 2)
            ),
            (None, None) => {
                "Nothing was left out: how good it is, is not known. Launch it with folds 5."
                    .to_owned()
            }
        };
        wrap(&text, room.columns.saturating_sub(2))
    }

    fn draw_headline(&self, page: &mut Page, room: Room) {
        let theme = *page.theme;
        let lines = self.headline(room);
        // Bold up to the end of the first sentence.
        let mut bold = true;
        for (y, line) in (u16::from(room.airy)..).zip(&lines) {
            let (strong, rest) = match line.find(". ") {
                _ if !bold => ("", line.as_str()),
                Some(at) => line.split_at(at + 1),
                None => (line.as_str(), ""),
            };
            bold = bold && rest.is_empty() && !line.ends_with('.');
            page.spans(1, y, &[(strong, theme.strong()), (rest, theme.text())]);
        }
    }

    /// All tree counts that were compared, with their scores.
    fn counts(&self) -> Vec<(usize, Option<&TreeCount>, Option<&TreeCount>)> {
        let (voxel, polygon) = (&self.of.cross_validation, &self.of.grouped_cross_validation);
        let mut counts: Vec<usize> = voxel.iter().chain(polygon).map(|c| c.trees).collect();
        counts.sort_unstable();
        counts.dedup();
        let of = |list: &'_ [TreeCount], trees| list.iter().position(|c| c.trees == trees);
        counts
            .into_iter()
            .map(|trees| {
                let voxel = of(voxel, trees).map(|i| &voxel[i]);
                let polygon = of(polygon, trees).map(|i| &polygon[i]);
                (trees, polygon, voxel)
            })
            .collect()
    }

    fn draw_validation(&self, page: &mut Page, y: u16, room: Room) {
        let theme = *page.theme;
        let x = page.put(1, y, "cross-validation", theme.strong()) + 2;
        let counts = self.counts();
        if counts.is_empty() {
            page.put(3, y + 1, "there were no folds", theme.dim());
            return;
        }
        let end = room.columns - 1;
        let numbers = (end - 10, end);
        if room.airy {
            page.put(x, y, "accuracy, mean and spread of folds", theme.dim());
            let x = page.right(numbers.1, y, "○ voxel", theme.dim());
            page.right(x.saturating_sub(2), y, "● polygon", theme.dim());
        } else {
            self.draw_adopted(page, x, y);
        }
        let chart = Scale::of(&counts, 10, numbers.0 - 8, room);
        let mut row = y + 1;
        if room.airy && room.bars {
            page.put(1, row, "trees", theme.dim());
            chart.draw_axis(page, row);
            row += 1;
        }
        for (trees, polygon, voxel) in &counts {
            let adopted = *trees == self.of.trees;
            let style = if adopted {
                theme.strong()
            } else {
                theme.value()
            };
            page.right(8, row, &trees.to_string(), style);
            if room.bars {
                chart.draw(page, row, *polygon, *voxel, adopted);
                let score = |c: Option<&TreeCount>| number::maybe(c.map(|c| c.mean), 3);
                page.right(numbers.0, row, &score(*polygon), style);
                page.right(numbers.1, row, &score(*voxel), theme.value());
            } else {
                draw_scores(
                    page,
                    row,
                    [("by polygon", *polygon), ("by voxel", *voxel)],
                    style,
                );
            }
            row += 1;
        }
        if room.airy {
            self.draw_adopted(page, 1, row);
        }
    }

    /// Which count was adopted, the gap by its name, and the rest in a row.
    fn draw_adopted(&self, page: &mut Page, x: u16, y: u16) {
        let theme = *page.theme;
        let mut x = page.put(x, y, &format!("{} adopted", self.of.trees), theme.dim());
        if let Some(accuracy) = self.of.out_of_bag {
            let text = format!(", out of bag {}", number::fixed(accuracy, 2));
            x = page.put(x, y, &text, theme.dim());
        }
        if let Some(gap) = self.gap() {
            let style = if gap >= 0.05 {
                theme.warning()
            } else {
                theme.dim()
            };
            page.put(x + 2, y, &format!("gap {}", number::fixed(gap, 2)), style);
        }
    }

    fn draw_importance(&self, page: &mut Page, y: u16, room: Room) {
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
                    let (heavy, _) = super::super::gauge::bar(value / largest, usize::from(cells));
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

    fn draw_confusion(&self, page: &mut Page, y: u16, room: Room) {
        let theme = *page.theme;
        let x = page.put(1, y, "confusion", theme.strong()) + 2;
        let counts = self.confusion();
        let total: u64 = counts.iter().flatten().sum();
        let how = if self.by_voxel {
            "by voxel, leaky"
        } else {
            "by polygon"
        };
        let text = format!(
            "{how}, {} voxels, each counted once; rows are the truth",
            number::grouped(total)
        );
        page.put(x, y, &text, theme.dim());
        if counts.is_empty() {
            page.put(3, y + 1, "nothing was left out", theme.dim());
            return;
        }
        let classes = counts.len() as u16;
        let left: u16 = if room.bars { 22 } else { 16 };
        let each = (room.columns.saturating_sub(left + 16) / classes).clamp(7, 14);
        let end = |place: usize| left + each * (place as u16 + 1);
        page.put_to(3, y + 1, left, "true \\ predicted", theme.dim());
        for (place, class) in self.of.classes.iter().enumerate() {
            let mark = self.facts.facies(class);
            let name = cut(&printable(class), each.saturating_sub(3));
            let x = page.right(end(place) - 1, y + 1, &name, theme.dim());
            if let Some(facies) = mark {
                let mark = facies.mark().to_string();
                page.put(
                    x.saturating_sub(2),
                    y + 1,
                    &mark,
                    theme.facies(facies.colour),
                );
            }
        }
        page.right(end(counts.len() - 1) + 8, y + 1, "recall", theme.dim());
        page.right(end(counts.len() - 1) + 14, y + 1, "F1", theme.dim());
        let mut row = y + 2;
        for place in 0..counts.len() {
            self.draw_class(page, row, place, (left, each), room);
            row += 1 + u16::from(room.airy);
        }
        page.put(3, row, "precision", theme.dim());
        for place in 0..counts.len() {
            let named: u64 = counts.iter().filter_map(|line| line.get(place)).sum();
            let precision = share(counts[place].get(place).copied().unwrap_or(0), named);
            page.right(
                end(place) - 1,
                row,
                &number::maybe(precision, 2),
                theme.value(),
            );
        }
        let recalls: Vec<f64> = (0..counts.len())
            .filter_map(|p| recall(counts, p))
            .collect();
        let mean = recalls.iter().sum::<f64>() / recalls.len() as f64;
        page.right(
            end(counts.len() - 1) + 8,
            row,
            &number::fixed(mean, 2),
            theme.strong(),
        );
    }

    /// A true class: its voxels by what they were taken for, shaded by share.
    fn draw_class(
        &self,
        page: &mut Page,
        y: u16,
        place: usize,
        (left, each): (u16, u16),
        room: Room,
    ) {
        let theme = *page.theme;
        let counts = self.confusion();
        let all: u64 = counts[place].iter().sum();
        let class = self.of.classes.get(place).map_or("", String::as_str);
        let mut x = page.put(3, y, &format!("{} ", place + 1), theme.dim());
        if let Some(facies) = self.facts.facies(class) {
            x = page.put(
                x,
                y,
                &facies.mark().to_string(),
                theme.facies(facies.colour),
            ) + 1;
        }
        page.put_to(x, y, left - 1, &printable(class), theme.text());
        if room.airy {
            let text = format!("{} voxels", number::grouped(all));
            page.put_to(7, y + 1, left - 1, &text, theme.dim());
        }
        for (column, &count) in counts[place].iter().enumerate() {
            let x = left + each * column as u16;
            let part = count as f64 / all.max(1) as f64;
            let focused = self.cell == Some((place, column)) && self.part() == Part::Confusion;
            let (shade, strong) = (theme.shade(part), theme.strong());
            let strong = if focused {
                strong.patch(theme.reverse())
            } else {
                strong
            };
            let percent = number::percent(part);
            let number = number::grouped(count);
            let end = x + each;
            page.fill(x, y, each, 1 + u16::from(room.airy), shade);
            if room.airy {
                page.right(end - 1, y, &number, shade.patch(strong));
                page.right(end - 1, y + 1, &percent, shade);
            } else if width(&number) + 7 <= each {
                page.right(end - 7, y, &number, shade.patch(strong));
                page.right(end - 1, y, &percent, shade);
            } else {
                page.right(end - 1, y, &number, shade.patch(strong));
            }
        }
        let end = left + each * counts.len() as u16 + 8;
        page.right(
            end,
            y,
            &number::maybe(recall(counts, place), 2),
            theme.value(),
        );
        let named: u64 = counts.iter().filter_map(|line| line.get(place)).sum();
        let hits = counts[place].get(place).copied().unwrap_or(0);
        let f1 = number::maybe(share(2 * hits, all + named), 2);
        page.right(end + 6, y, &f1, theme.value());
    }

    /// When it says p, how often is it right? Nothing but three rows of numbers.
    fn draw_reliability(&self, page: &mut Page, y: u16, room: Room) {
        let theme = *page.theme;
        let x = page.put(1, y, "reliability", theme.strong()) + 2;
        let kind = if self.by_voxel {
            "by voxel, leaky"
        } else {
            "by polygon"
        };
        let text = format!("when it says p, how often is it right? {kind}");
        page.put(x, y, &text, theme.dim());
        let bins = self.reliability();
        if bins.is_empty() {
            page.put(3, y + 1, "nothing was left out", theme.dim());
            return;
        }
        for (i, label) in ["it says", "it is right", "voxels"].into_iter().enumerate() {
            page.put(3, y + 1 + i as u16, label, theme.dim());
        }
        // The surest bins hold most voxels: they stay where not all fit.
        let fitting = usize::from(room.columns.saturating_sub(16) / 8);
        let shown = &bins[bins.len().saturating_sub(fitting)..];
        for (i, bin) in shown.iter().enumerate() {
            let end = 23 + 8 * i as u16;
            let off = (bin.said - bin.right).abs() > 0.1;
            let right = if off { theme.warning() } else { theme.value() };
            page.right(end, y + 1, &number::fixed(bin.said, 2), theme.value());
            page.right(end, y + 2, &number::fixed(bin.right, 2), right);
            page.right(end, y + 3, &number::grouped(bin.rows), theme.dim());
        }
    }

    /// What the classification holds.
    fn draw_volume(&self, page: &mut Page, y: u16, room: Room) {
        let theme = *page.theme;
        let x = page.put(1, y, "classes", theme.strong()) + 2;
        if self.of.volume.is_empty() {
            page.put(x, y, "no volume was classified", theme.dim());
            return;
        }
        let ends = [40, 50, 62];
        let heads = ["voxels", "share", "mean p"];
        for (end, head) in ends.into_iter().zip(heads) {
            page.right(end, y, head, theme.dim());
        }
        let live: u64 = self.of.volume.iter().map(|c| c.voxels).sum();
        let all = (live + self.of.nulls).max(1) as f64;
        let mut row = y + 1;
        for class in &self.of.volume {
            let mut x = page.put(3, row, &format!("{} ", class.code), theme.dim());
            if let Some(facies) = self.facts.facies(&class.class) {
                let (mark, ink) = (facies.mark().to_string(), theme.facies(facies.colour));
                x = page.put(x, row, &mark, ink) + 1;
            }
            page.put_to(x, row, 28, &printable(&class.class), theme.text());
            page.right(ends[0], row, &number::grouped(class.voxels), theme.value());
            let share = number::percent(class.voxels as f64 / all);
            page.right(ends[1], row, &share, theme.value());
            let sure = number::maybe(class.probability, 2);
            page.right(ends[2], row, &sure, theme.value());
            row += 1;
        }
        page.put(3, row, "beyond training range", theme.dim());
        page.right(
            ends[0],
            row,
            &number::grouped(self.of.outside),
            theme.value(),
        );
        let share = number::percent(self.of.outside as f64 / all);
        page.right(ends[1], row, &share, theme.value());
        if room.columns > 84 && self.of.nulls > 0 {
            let text = format!("{} null", number::grouped(self.of.nulls));
            page.right(room.columns - 1, row, &text, theme.dim());
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

fn share(part: u64, of: u64) -> Option<f64> {
    (of > 0).then(|| part as f64 / of as f64)
}

fn recall(counts: &[Vec<u64>], place: usize) -> Option<f64> {
    let line = counts.get(place)?;
    share(*line.get(place)?, line.iter().sum())
}

/// Scores in words, where there is no room for a chart.
fn draw_scores(
    page: &mut Page,
    y: u16,
    scores: [(&str, Option<&TreeCount>); 2],
    style: ratatui::style::Style,
) {
    let theme = *page.theme;
    let mut x = 11;
    for (label, score) in scores {
        x = page.put(x, y, label, theme.dim()) + 1;
        x = page.put(x, y, &number::maybe(score.map(|s| s.mean), 3), style) + 1;
        if let Some(score) = score {
            x = page.put(
                x,
                y,
                &format!("±{}", number::fixed(score.std, 3)),
                theme.dim(),
            );
        }
        x += 2;
    }
}

/// The axis of accuracies: a span over columns.
struct Scale {
    span: Option<dots::Span>,
    left: u16,
    cells: u16,
}

impl Scale {
    fn of(
        counts: &[(usize, Option<&TreeCount>, Option<&TreeCount>)],
        left: u16,
        end: u16,
        room: Room,
    ) -> Self {
        let scores = counts.iter().flat_map(|(_, a, b)| [*a, *b]).flatten();
        let ends = scores.flat_map(|s| [s.mean - s.std, (s.mean + s.std).min(1.0)]);
        let span = dots::Span::of(ends.chain([1.0])).filter(|_| room.bars);
        Self {
            // Accuracy ends at 1, whatever would be round.
            span: span.map(|span| dots::Span { high: 1.0, ..span }),
            left,
            cells: end.saturating_sub(left),
        }
    }

    fn at(&self, x: f64) -> Option<u16> {
        let share = self.span?.share(x).clamp(0.0, 1.0);
        Some(self.left + (share * f64::from(self.cells.saturating_sub(1))).round() as u16)
    }

    fn draw_axis(&self, page: &mut Page, y: u16) {
        let dim = page.theme.dim();
        let Some(span) = self.span else { return };
        let mut free = 0;
        for tick in 0..=4 {
            let value = span.low + f64::from(tick) * (span.high - span.low) / 4.0;
            let text = number::fixed(value, 2);
            if let Some(x) = self.at(value)
                && x.saturating_sub(2) >= free
            {
                free = page.put(x.saturating_sub(2), y, &text, dim) + 1;
            }
        }
    }

    /// Mean and spread by polygon, the gap as a dotted line, the mean by voxel.
    fn draw(
        &self,
        page: &mut Page,
        y: u16,
        polygon: Option<&TreeCount>,
        voxel: Option<&TreeCount>,
        adopted: bool,
    ) {
        let theme = *page.theme;
        let (line, ink, gap) = if adopted {
            ("━", theme.text(), theme.warning())
        } else {
            ("─", theme.dim(), theme.dim())
        };
        let mean = |score: Option<&TreeCount>| self.at(score?.mean);
        if let (Some(a), Some(b)) = (mean(polygon), mean(voxel)) {
            for x in a.min(b)..a.max(b) {
                page.put(x, y, "┄", gap);
            }
        }
        if let Some(score) = polygon {
            let ends = (
                self.at(score.mean - score.std),
                self.at(score.mean + score.std),
            );
            if let (Some(a), Some(b)) = ends {
                for x in a..=b {
                    page.put(x, y, line, ink);
                }
            }
        }
        if let Some(x) = mean(voxel) {
            page.put(x, y, "○", theme.text());
        }
        if let Some(x) = mean(polygon) {
            page.put(x, y, "●", theme.text());
        }
    }
}
