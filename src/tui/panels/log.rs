//! The log of a run, followed while it grows.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::page::{Page, WIDE, wrap};
use super::walk::Walk;
use super::watcher::{Snapshot, Watched};
use super::{Key, PanelEffect, PanelKey, Theme, also, hint};

const KEYS: &[PanelKey] = &[
    hint("j k", "move"),
    hint("gg G", "first, last line"),
    hint("y", "copy line"),
    also("Y", "copy the log"),
    also("J K", "ten lines"),
    hint("q", "back"),
];

/// Date, time and text of a line; the first two are empty where it has none.
pub(super) fn parts(line: &str) -> (&str, &str, &str) {
    let stamped = line
        .get(..20)
        .filter(|s| s.ends_with('Z') && s.as_bytes()[10] == b' ');
    match stamped {
        Some(stamp) => (&stamp[..10], &stamp[11..19], line[20..].trim_start()),
        None => ("", "", line),
    }
}

/// The log of one run.
pub struct LogPanel {
    number: u32,
    module: String,
    state: &'static str,
    lines: Vec<String>,
    walk: Walk,
}

impl LogPanel {
    /// The log of a run, at its last line.
    pub fn new(watched: &Watched) -> Self {
        let run = &watched.run;
        let mut panel = Self {
            number: run.number,
            module: crate::model::printable(&run.request.module),
            state: run.progress.state.word(),
            lines: watched.log.clone(),
            walk: Walk::default(),
        };
        panel.walk.at = panel.lines.len().saturating_sub(1);
        panel
    }

    /// Takes up new lines; where the last line had the focus, it keeps it.
    pub fn watch(&mut self, snapshot: &Snapshot) {
        let Some(watched) = snapshot.run(self.number) else {
            return;
        };
        let follows = self.walk.at + 1 >= self.lines.len();
        self.lines.clone_from(&watched.log);
        self.state = watched.run.progress.state.word();
        let last = self.lines.len().saturating_sub(1);
        self.walk.at = if follows {
            last
        } else {
            self.walk.at.min(last)
        };
    }

    /// Takes a key.
    pub fn press(&mut self, key: Key) -> PanelEffect {
        if self.walk.press(key, self.lines.len()) {
            return PanelEffect::Taken;
        }
        match key {
            Key::Char('y') => {
                PanelEffect::Copy(self.lines.get(self.walk.at).cloned().unwrap_or_default())
            }
            Key::Char('Y') => PanelEffect::Copy(self.lines.join("\n")),
            Key::Char('q') | Key::Esc | Key::Ctrl('g') | Key::Enter => PanelEffect::Close,
            _ => PanelEffect::NotMine,
        }
    }

    /// The word for it in the footer.
    pub fn mode(&self) -> &'static str {
        "LOG"
    }

    /// Its keys.
    pub fn keys(&self) -> &'static [PanelKey] {
        KEYS
    }

    /// Writes it.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer, theme: &Theme) {
        let mut page = Page::new(area, buffer, theme);
        let at = format!("line {} of {}", self.walk.at + 1, self.lines.len());
        let facts = format!("{}, {}", self.module, self.state);
        page.title(&format!("log of run {}", self.number), &facts, &at);
        page.footer(self.mode(), KEYS);
        let Some(line) = self.lines.get(self.walk.at) else {
            page.put(3, 2, "the log is empty so far", theme.dim());
            return;
        };
        let stamp = if page.width() >= WIDE { 22 } else { 13 };
        let mut whole = wrap(parts(line).2, page.width().saturating_sub(4));
        let cut = super::page::width(parts(line).2) > page.width().saturating_sub(stamp + 1);
        whole.truncate(if cut { 4 } else { 0 });
        let below = if cut { whole.len() as u16 + 1 } else { 0 };
        let rows = page.height().saturating_sub(3 + below);
        let first = self.walk.first(self.lines.len(), usize::from(rows));
        for (i, y) in (first..self.lines.len()).zip(2..2 + rows) {
            let (date, time, text) = parts(&self.lines[i]);
            let mut x = 3;
            if page.width() >= WIDE {
                x = page.put(x, y, date, theme.dim()) + 1;
            }
            page.put(x, y, time, theme.dim());
            let focused = i == self.walk.at;
            let style = if focused {
                theme.strong()
            } else {
                theme.text()
            };
            let x = if time.is_empty() { 3 } else { stamp };
            page.put(x, y, text, style);
            if focused {
                page.focus(y);
            }
        }
        if cut {
            let y = 2 + rows;
            page.rule(1, y, area.width.saturating_sub(1));
            for (i, line) in whole.iter().enumerate() {
                page.put(3, y + 1 + i as u16, line, theme.value());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::look::{Look, keys, same_without_colour};
    use super::super::runs::tests::snapshot;
    use super::*;

    #[test]
    fn looks_at_three_sizes() {
        let panel = LogPanel::new(snapshot().run(6).unwrap());
        insta::assert_snapshot!(Look::at((60, 18), |a, b, t| panel.draw(a, b, t)));
        insta::assert_snapshot!(Look::at((80, 24), |a, b, t| panel.draw(a, b, t)));
        insta::assert_snapshot!(Look::at((120, 40), |a, b, t| panel.draw(a, b, t)));
        same_without_colour(|a, b, t| panel.draw(a, b, t));
    }

    #[test]
    fn the_last_line_is_followed_until_another_is_read() {
        let mut snapshot = snapshot();
        let mut panel = LogPanel::new(snapshot.run(6).unwrap());
        let last = panel.lines.len() - 1;
        snapshot.runs[1].log.push("one more".into());
        panel.watch(&snapshot);
        assert_eq!(panel.walk.at, last + 1);
        assert_eq!(
            panel.press(Key::Char('y')),
            PanelEffect::Copy("one more".into())
        );
        keys("gg", |k| panel.press(k));
        snapshot.runs[1].log.push("another".into());
        panel.watch(&snapshot);
        assert_eq!(panel.walk.at, 0);
        assert_eq!(panel.press(Key::Char('q')), PanelEffect::Close);
    }

    #[test]
    fn lines_without_a_stamp_are_whole() {
        assert_eq!(
            parts("2026-11-22 14:02:10Z by voxel"),
            ("2026-11-22", "14:02:10", "by voxel")
        );
        assert_eq!(
            parts("thread panicked at src/main.rs:1"),
            ("", "", "thread panicked at src/main.rs:1")
        );
        assert_eq!(parts("ü"), ("", "", "ü"));
    }
}
