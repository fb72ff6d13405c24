//! Accuracies of folds by tree count: by voxel and by polygon on one axis.

use super::{ForestPanel, Room};
use crate::modules::TreeCount;
use crate::tui::panels::page::Page;
use crate::tui::panels::{dots, number};

impl ForestPanel {
    /// All tree counts that were compared, with their scores.
    pub(super) fn counts(&self) -> Vec<(usize, Option<&TreeCount>, Option<&TreeCount>)> {
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

    pub(super) fn draw_validation(&self, page: &mut Page, y: u16, room: Room) {
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
            let group = format!("● {}", self.group());
            page.right(x.saturating_sub(2), y, &group, theme.dim());
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
                let by_group = format!("by {}", self.group());
                let scores = [(by_group.as_str(), *polygon), ("by voxel", *voxel)];
                draw_scores(page, row, scores, style);
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
