//! Which module to launch: all of them, and why one cannot run now.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::page::{Page, width};
use super::walk::Walk;
use super::{Key, PanelEffect, PanelKey, Theme, hint};
use crate::modules::Module;

const KEYS: &[PanelKey] = &[
    hint("j k", "move"),
    hint("Enter", "open the form"),
    hint("Esc", "close"),
];

/// A module that may be launched.
pub struct Choice {
    /// The module.
    pub module: &'static dyn Module,
    /// Why it cannot run now; nothing where it can.
    pub obstacle: Option<String>,
}

/// A list of modules, over the slice.
pub struct ModuleChoice {
    choices: Vec<Choice>,
    walk: Walk,
}

impl ModuleChoice {
    /// The list; the first module that can run has the focus.
    pub fn new(choices: Vec<Choice>) -> Self {
        let first = choices.iter().position(|c| c.obstacle.is_none());
        let walk = Walk {
            at: first.unwrap_or(0),
            g: false,
        };
        Self { choices, walk }
    }

    /// Takes a key.
    pub fn press(&mut self, key: Key) -> PanelEffect {
        if self.walk.press(key, self.choices.len()) {
            return PanelEffect::Taken;
        }
        match (key, self.choices.get(self.walk.at)) {
            (Key::Enter, Some(choice)) => match &choice.obstacle {
                None => PanelEffect::OpenForm(choice.module.name()),
                Some(reason) => PanelEffect::Say(format!("not now: {reason}")),
            },
            (Key::Char('q') | Key::Esc | Key::Ctrl('g'), _) => PanelEffect::Close,
            _ => PanelEffect::NotMine,
        }
    }

    /// The word for it in the footer.
    pub fn mode(&self) -> &'static str {
        "LAUNCH"
    }

    /// Its keys.
    pub fn keys(&self) -> &'static [PanelKey] {
        KEYS
    }

    /// Writes it at the bottom right of the area, above its last three rows (two
    /// of facts and the footer), covering as little as it can.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer, theme: &Theme) {
        let names = self.choices.iter().map(|c| width(c.module.name())).max();
        let left = 2 + names.unwrap_or(0) + 2;
        let texts = self.choices.iter().map(|c| {
            let reason = c
                .obstacle
                .as_ref()
                .map_or(0, |o| width("not now: ") + width(o));
            width(c.module.summary()).max(reason)
        });
        let columns = (left + texts.max().unwrap_or(0) + 2).min(area.width.saturating_sub(1));
        // Two lines each where there is room: what it does, and why not now.
        let lines: u16 = self.choices.iter().map(lines).sum();
        let room = area.height.saturating_sub(3 + 2);
        let short = lines > room;
        let rows = if short {
            self.choices.len() as u16
        } else {
            lines
        }
        .min(room);
        let place = Rect {
            x: area.x + (area.width - columns.min(area.width)),
            y: area.y + area.height.saturating_sub(3 + rows + 2),
            width: columns,
            height: (rows + 2).min(area.height),
        };
        let mut page = Page::new(place, buffer, theme);
        page.put(2, 0, "launch a module", theme.strong());
        page.rule(2, 1, columns.saturating_sub(2));
        let first = if short {
            self.walk.first(self.choices.len(), usize::from(rows))
        } else {
            0
        };
        let mut y = 2;
        for (i, choice) in self.choices.iter().enumerate().skip(first) {
            if y >= 2 + rows {
                break;
            }
            y += draw_choice(&mut page, choice, i == self.walk.at, (left, y), short);
        }
        let footer = Rect::new(area.x, area.bottom().saturating_sub(1), area.width, 1);
        Page::new(footer, buffer, theme).footer(self.mode(), KEYS);
    }
}

fn lines(choice: &Choice) -> u16 {
    1 + u16::from(choice.obstacle.is_some())
}

fn draw_choice(
    page: &mut Page,
    choice: &Choice,
    focused: bool,
    at: (u16, u16),
    short: bool,
) -> u16 {
    let theme = *page.theme;
    let (left, y) = at;
    let name = match (&choice.obstacle, focused) {
        (None, _) => theme.strong(),
        (Some(_), _) => theme.dim(),
    };
    if focused {
        page.put(0, y, "▌", theme.accent());
    }
    page.put(2, y, choice.module.name(), name);
    let reason = |page: &mut Page, y: u16| {
        if let Some(reason) = &choice.obstacle {
            page.spans(
                left,
                y,
                &[("not now: ", theme.warning()), (reason, theme.value())],
            );
        }
    };
    if short && choice.obstacle.is_some() {
        reason(page, y);
        return 1;
    }
    let style = if choice.obstacle.is_none() && focused {
        theme.text()
    } else {
        theme.dim()
    };
    page.put(left, y, choice.module.summary(), style);
    if short {
        return 1;
    }
    reason(page, y + 1);
    lines(choice)
}

#[cfg(test)]
mod tests {
    use super::super::look::{Look, Trial, same_without_colour};
    use super::*;

    static FOREST: Trial = Trial("rfc3d");
    static SELECTION: Trial = Trial("attribute_selection");

    fn panel() -> ModuleChoice {
        ModuleChoice::new(vec![
            Choice {
                module: &SELECTION,
                obstacle: Some("facies mtd has no polygon; draw one".into()),
            },
            Choice {
                module: &FOREST,
                obstacle: None,
            },
        ])
    }

    #[test]
    fn looks_at_three_sizes() {
        let panel = panel();
        insta::assert_snapshot!(Look::at((60, 18), |a, b, t| panel.draw(a, b, t)));
        insta::assert_snapshot!(Look::at((80, 24), |a, b, t| panel.draw(a, b, t)));
        insta::assert_snapshot!(Look::at((120, 40), |a, b, t| panel.draw(a, b, t)));
        same_without_colour(|a, b, t| panel.draw(a, b, t));
    }

    #[test]
    fn what_cannot_run_says_why_and_what_can_opens_its_form() {
        let mut panel = panel();
        assert_eq!(panel.press(Key::Enter), PanelEffect::OpenForm("rfc3d"));
        panel.press(Key::Char('k'));
        assert_eq!(
            panel.press(Key::Enter),
            PanelEffect::Say("not now: facies mtd has no polygon; draw one".into())
        );
        assert_eq!(panel.press(Key::Esc), PanelEffect::Close);
        assert_eq!(panel.press(Key::Char(':')), PanelEffect::NotMine);
    }
}
