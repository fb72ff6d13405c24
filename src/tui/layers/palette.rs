//! The command palette: every command by its words.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use tui_input::Input;

use super::super::Key;
use super::super::commands::{Command, commands};
use super::Outcome;
use super::prompt::edit;

/// The palette's search text and what it found, best first.
pub struct Palette {
    input: Input,
    /// Commands found, with the places of the matched letters in their names.
    pub found: Vec<(&'static Command, Vec<u32>)>,
    /// The chosen one.
    pub chosen: usize,
}

impl Palette {
    /// A palette with all commands.
    pub fn new() -> Palette {
        let mut palette = Palette {
            input: Input::default(),
            found: Vec::new(),
            chosen: 0,
        };
        palette.search();
        palette
    }

    /// The text typed so far.
    pub fn text(&self) -> &str {
        self.input.value()
    }

    /// Columns of the text before its cursor.
    pub fn cursor(&self) -> usize {
        self.input.visual_cursor()
    }

    /// Adds text at the cursor, control characters aside.
    pub fn insert(&mut self, text: &str) {
        for c in crate::model::printable(text).chars() {
            edit(&mut self.input, Key::Char(c));
        }
        self.search();
    }

    /// Takes a key.
    pub fn key(&mut self, key: Key) -> Outcome {
        match key {
            Key::Esc | Key::Ctrl('g' | 'c') => return Outcome::Close,
            Key::Backspace if self.text().is_empty() => return Outcome::Close,
            Key::Ctrl('l' | 'z') => return Outcome::Global(key),
            Key::Enter => {
                return match self.found.get(self.chosen) {
                    None => Outcome::Close,
                    Some((c, _)) if c.takes.is_empty() => Outcome::Run(c, String::new()),
                    Some((c, _)) => Outcome::Complete(format!("{} ", c.name)),
                };
            }
            Key::Tab => {
                if let Some((c, _)) = self.found.get(self.chosen) {
                    return Outcome::Complete(format!("{} ", c.name));
                }
            }
            Key::Down | Key::Ctrl('n') => {
                self.chosen = (self.chosen + 1).min(self.found.len().saturating_sub(1));
            }
            Key::Up | Key::Ctrl('p') => self.chosen = self.chosen.saturating_sub(1),
            key => {
                edit(&mut self.input, key);
                self.search();
            }
        }
        Outcome::Taken
    }

    fn search(&mut self) {
        self.chosen = 0;
        let text = self.text().trim_start_matches(':');
        let pattern = Pattern::parse(text, CaseMatching::Ignore, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut found: Vec<(u32, &'static Command, Vec<u32>)> = commands()
            .filter_map(|command| {
                // The name counts twice: it stands in front, and in the text with the doc.
                let mut places = Vec::new();
                let (mut a, mut b) = (Vec::new(), Vec::new());
                let name = Utf32Str::new(command.name, &mut a);
                let both = format!("{} {}", command.name, command.doc);
                let both = Utf32Str::new(&both, &mut b);
                let in_name = pattern.indices(name, &mut matcher, &mut places);
                let in_both = pattern.score(both, &mut matcher)?;
                places.sort_unstable();
                places.dedup();
                Some((in_name.unwrap_or(0) * 2 + in_both, command, places))
            })
            .collect();
        // Stable: commands that match equally well stay in the order of the table.
        found.sort_by_key(|(score, _, _)| std::cmp::Reverse(*score));
        self.found = found.into_iter().map(|(_, c, p)| (c, p)).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_name_and_doc_find_a_command() {
        let mut palette = Palette::new();
        assert_eq!(palette.found.len(), commands().count());
        palette.insert("pol write");
        assert_eq!(palette.found[0].0.name, "polygons write");
        assert_eq!(palette.found[0].1.len(), 8);
    }

    #[test]
    fn a_command_that_takes_something_goes_to_the_command_line() {
        let mut palette = Palette::new();
        palette.insert("polygons write");
        assert!(
            matches!(palette.key(Key::Enter), Outcome::Complete(line) if line == "polygons write ")
        );
    }
}
