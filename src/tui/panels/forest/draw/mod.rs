//! How a forest's result is drawn: parts one below the other, scrolled by part
//! where they do not fit.

mod confusion;
mod importance;
mod reliability;
mod validation;
mod volume;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::page::{Page, wrap};
use super::super::{Theme, number};
use super::{ForestPanel, PARTS, Part};
use crate::model::printable;
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
        let (voxel, grouped) = self.adopted();
        let group = self.group();
        let text = match (grouped, voxel) {
            (Some(grouped), Some(voxel)) => {
                let gap = voxel.mean - grouped.mean;
                let end = if gap >= 0.005 {
                    format!(
                        "because test voxels lie next to training voxels: the gap of {} is leakage.",
                        number::fixed(gap, 2)
                    )
                } else {
                    format!("and whole {group}s left out do as well.")
                };
                format!(
                    "Expect {} away from your {group}s. By voxel it reads {}, {end}",
                    number::fixed(grouped.mean, 2),
                    number::fixed(voxel.mean, 2),
                )
            }
            (Some(grouped), None) => format!(
                "Expect {} away from your {group}s.",
                number::fixed(grouped.mean, 2)
            ),
            (None, Some(voxel)) => format!(
                "How it does away from your {group}s is not known. By voxel it reads {}, which flatters; {}, so that whole {group}s can be left out.",
                number::fixed(voxel.mean, 2),
                self.cure()
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
}
