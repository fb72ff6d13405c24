//! What each facies was taken for.

use super::{ForestPanel, Part, Room};
use crate::model::printable;
use crate::tui::panels::number;
use crate::tui::panels::page::{Page, cut, width};

impl ForestPanel {
    pub(super) fn draw_confusion(&self, page: &mut Page, y: u16, room: Room) {
        let theme = *page.theme;
        let x = page.put(1, y, "confusion", theme.strong()) + 2;
        let counts = self.confusion();
        let total: u64 = counts.iter().flatten().sum();
        let text = format!(
            "{}, {} voxels, each counted once; rows are the truth",
            self.left_out(),
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
}

fn share(part: u64, of: u64) -> Option<f64> {
    (of > 0).then(|| part as f64 / of as f64)
}

fn recall(counts: &[Vec<u64>], place: usize) -> Option<f64> {
    let line = counts.get(place)?;
    share(*line.get(place)?, line.iter().sum())
}
