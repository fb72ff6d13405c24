//! Shares of the classes in the volume that was classified.

use super::{ForestPanel, Room};
use crate::model::printable;
use crate::tui::panels::number;
use crate::tui::panels::page::Page;

impl ForestPanel {
    /// What the classification holds.
    pub(super) fn draw_volume(&self, page: &mut Page, y: u16, room: Room) {
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
