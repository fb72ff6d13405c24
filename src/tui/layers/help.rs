//! The keys of each mode, as the command table has them.

use super::super::Mode;
use super::super::commands::{Group, commands};
use super::super::keymap::Keymap;
use super::super::panels::wrap;

/// The help's page.
#[derive(Clone, Copy, Debug)]
pub struct Help {
    /// The mode it explains.
    pub mode: Mode,
    /// Rows scrolled up.
    pub scroll: usize,
}

/// One line of the help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HelpLine {
    /// A heading.
    Title(&'static str),
    /// Keys and what they do.
    Keys(String, String),
    /// More of what they do.
    More(String),
    /// A rule in words.
    Rule(&'static str),
    /// Nothing.
    Blank,
}

/// Where words begin behind short keys.
pub const WORDS_AT: usize = 12;

/// Rules that let most keys be guessed.
pub const RULES: [&str; 7] = [
    "A digit is always a count.",
    "A capital is the same, but more.",
    "g goes, z looks, Space opens.",
    "\" names the facies to draw.",
    "Esc never destroys.",
    "Every edit is one undo step.",
    "Runs go on when you leave.",
];

/// Rows of a mode under their headings: commands that share their words share a row.
pub fn sections(keymap: &Keymap, mode: Mode) -> Vec<(Group, Vec<(String, &'static str)>)> {
    let mut sections = Vec::new();
    for group in Group::ALL {
        let mut rows: Vec<(String, &'static str)> = Vec::new();
        for command in commands().filter(|c| c.group == group) {
            let Some(key) = keymap.key(mode, command) else {
                continue;
            };
            match rows.iter_mut().find(|(_, words)| *words == command.words()) {
                Some((keys, _)) => {
                    keys.push(' ');
                    keys.push_str(key);
                }
                None => rows.push((key.to_owned(), command.words())),
            }
        }
        if !rows.is_empty() {
            sections.push((group, rows));
        }
    }
    sections
}

/// All keys as a Markdown table, mode by mode: what the README shows.
pub fn key_table() -> String {
    let name = |mode: Mode| match mode {
        Mode::Draw => "Drawing a polygon (`DRAW`)",
        Mode::Edit => "Editing vertices (`EDIT`)",
        Mode::Move => "Carrying (`MOVE`)",
        Mode::Clip => "Histogram and clips (`CLIP`)",
        Mode::Polygons => "List of polygons (`LIST`)",
        _ => "Browsing (`NOR`)",
    };
    let shown = |keys: &str| {
        let keys = keys.replace('|', "\\|");
        let keys: Vec<&str> = keys.split("  ").collect();
        format!("`{}`", keys.join("` `"))
    };
    let keymap = Keymap::new();
    let browsing = sections(&keymap, Mode::Normal);
    let mut table = String::new();
    for &mode in Mode::HELPED {
        let head = format!("\n**{}**\n\n| keys | what |\n|---|---|\n", name(mode));
        table.push_str(&head);
        for (group, rows) in sections(&keymap, mode) {
            for (keys, words) in rows {
                // What browsing has already said is not said again.
                let known = mode != Mode::Normal
                    && browsing.iter().any(|(g, r)| {
                        *g == group && r.iter().any(|(k, w)| *k == keys && *w == words)
                    });
                if !known {
                    let row = format!("| {} | {words} |\n", shown(&keys));
                    table.push_str(&row);
                }
            }
        }
    }
    table
}

impl Help {
    /// The help for a mode.
    pub fn new(mode: Mode) -> Help {
        Help { mode, scroll: 0 }
    }

    /// Turns to the next mode, or the one before.
    pub fn turn(&mut self, back: bool) {
        let modes = Mode::HELPED;
        let at = modes.iter().position(|&m| m == self.mode).unwrap_or(0);
        let step = if back { modes.len() - 1 } else { 1 };
        self.mode = modes[(at + step) % modes.len()];
        self.scroll = 0;
    }

    /// The page in `columns` columns of about equal height, each `width` cells
    /// wide: words that are longer go on in the next line.
    pub fn page(&self, keymap: &Keymap, columns: usize, width: usize) -> Vec<Vec<HelpLine>> {
        let mut blocks: Vec<Vec<HelpLine>> = sections(keymap, self.mode)
            .into_iter()
            .map(|(group, rows)| {
                let rows = rows.into_iter().flat_map(|(k, w)| wrapped(k, w, width));
                std::iter::once(HelpLine::Title(group.title()))
                    .chain(rows)
                    .collect()
            })
            .collect();
        let rules = RULES.map(HelpLine::Rule);
        blocks.push(
            std::iter::once(HelpLine::Title("in words"))
                .chain(rules)
                .collect(),
        );
        let total: usize = blocks.iter().map(|b| b.len() + 1).sum();
        let mut pages = vec![Vec::new()];
        for block in blocks {
            let filled: usize = pages.last().map_or(0, Vec::len);
            let full = filled > 0 && filled + block.len() / 2 > total.div_ceil(columns);
            if full && pages.len() < columns {
                pages.push(Vec::new());
            }
            if let Some(page) = pages.last_mut() {
                page.extend(block);
                page.push(HelpLine::Blank);
            }
        }
        pages
    }
}

/// Keys and what they do, on as many lines as the words take.
fn wrapped(keys: String, words: &str, width: usize) -> Vec<HelpLine> {
    let room = width.saturating_sub(words_at(&keys)) as u16;
    let mut lines = wrap(words, room).into_iter();
    let first = lines.next().unwrap_or_default();
    let rest = lines.map(HelpLine::More);
    std::iter::once(HelpLine::Keys(keys, first))
        .chain(rest)
        .collect()
}

/// Where the words begin behind these keys.
pub fn words_at(keys: &str) -> usize {
    (keys.chars().count() + 1).max(WORDS_AT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_words_go_on_in_the_next_line() {
        let lines = wrapped("dd".into(), "delete the polygon; u brings it back", 34);
        assert_eq!(
            lines,
            [
                HelpLine::Keys("dd".into(), "delete the polygon; u".into()),
                HelpLine::More("brings it back".into())
            ]
        );
    }

    #[test]
    fn every_key_of_a_mode_is_on_its_page() {
        for &mode in Mode::HELPED {
            let shown: String = Help::new(mode)
                .page(&Keymap::new(), 3, 38)
                .into_iter()
                .flatten()
                .map(|line| match line {
                    HelpLine::Keys(keys, _) => format!(" {keys} "),
                    _ => String::new(),
                })
                .collect();
            for command in commands() {
                if let Some(key) = command.key(mode) {
                    assert!(
                        shown.contains(&format!(" {key} ")),
                        "{mode:?} {}",
                        command.name
                    );
                }
            }
        }
    }
}
