//! Whether probabilities are those that they say.

use super::{ForestPanel, Room};
use crate::tui::panels::number;
use crate::tui::panels::page::Page;

impl ForestPanel {
    /// When it says p, how often is it right? Nothing but three rows of numbers.
    pub(super) fn draw_reliability(&self, page: &mut Page, y: u16, room: Room) {
        let theme = *page.theme;
        let x = page.put(1, y, "reliability", theme.strong()) + 2;
        let how = self.left_out();
        let text = format!("when it says p, how often is it right? {how}");
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
}
