//! A line to type in.

use tui_input::{Input, InputRequest};

use super::super::Key;
use super::Outcome;
use super::completion::{Offer, Offered};

/// What a prompt is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// A command.
    Command,
    /// A slice number.
    Slice,
    /// A polygon's name, by its id.
    RenamePolygon(String),
    /// The name of a new facies.
    NewFacies,
    /// The name of the first facies, to draw a polygon of at once.
    FirstFacies,
    /// A text to look for in the names of polygons and facies.
    Search,
    /// Whether to save before leaving: one key, `y` or `n`.
    Quit,
}

/// A line to type in, in the footer's row.
#[derive(Debug)]
pub struct Prompt {
    /// What it is for.
    pub ask: Ask,
    /// What stands before the text.
    pub label: String,
    /// Ways to go on that Tab found.
    pub offered: Offered,
    /// How many lines back in what was typed before.
    back: usize,
    input: Input,
}

impl Prompt {
    /// A prompt with a label and a text to start from.
    pub fn new(ask: Ask, label: &str, text: &str) -> Prompt {
        Prompt {
            ask,
            label: label.to_owned(),
            offered: Offered::default(),
            back: 0,
            input: Input::new(text.to_owned()),
        }
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
            self.input.handle(InputRequest::InsertChar(c));
        }
    }

    /// Takes a key.
    pub fn key(&mut self, key: Key) -> Outcome {
        if self.ask == Ask::Quit {
            return match key {
                Key::Char(c) => Outcome::Answer(Ask::Quit, c.to_string()),
                Key::Ctrl('l' | 'z') => Outcome::Global(key),
                _ => Outcome::Answer(Ask::Quit, String::new()),
            };
        }
        match key {
            Key::Enter => return Outcome::Answer(self.ask.clone(), self.text().to_owned()),
            Key::Esc | Key::Ctrl('g' | 'c') => return Outcome::Close,
            Key::Backspace if self.text().is_empty() => return Outcome::Close,
            Key::Ctrl('l' | 'z') => return Outcome::Global(key),
            Key::Tab if self.ask == Ask::Command => return Outcome::Wanted,
            Key::Up | Key::Ctrl('p') if self.ask == Ask::Command => return Outcome::Recall(1),
            Key::Down | Key::Ctrl('n') if self.ask == Ask::Command => return Outcome::Recall(-1),
            key => edit(&mut self.input, key),
        }
        self.offered = Offered::default();
        Outcome::Taken
    }

    /// Completes the line out of what may stand on it.
    pub fn complete(&mut self, found: impl FnOnce() -> Vec<Offer>) {
        let line = self.offered.next(self.input.value(), found);
        self.input = Input::new(line);
    }

    /// Takes an older or a newer one of the lines typed before; after the newest
    /// an empty one.
    pub fn recall(&mut self, by: isize, lines: &[String]) {
        self.back = self.back.saturating_add_signed(by).min(lines.len());
        let line = lines.iter().nth_back(self.back.wrapping_sub(1));
        self.input = Input::new(line.cloned().unwrap_or_default());
        self.offered = Offered::default();
    }
}

/// Applies an editing key to a line.
pub(in crate::tui) fn edit(input: &mut Input, key: Key) {
    let request = match key {
        Key::Char(c) => InputRequest::InsertChar(c),
        Key::Backspace => InputRequest::DeletePrevChar,
        Key::Delete => InputRequest::DeleteNextChar,
        Key::Left => InputRequest::GoToPrevChar,
        Key::Right => InputRequest::GoToNextChar,
        Key::Home => InputRequest::GoToStart,
        Key::End => InputRequest::GoToEnd,
        Key::Ctrl('w') => InputRequest::DeletePrevWord,
        Key::Ctrl('u') => InputRequest::DeleteFromStart,
        _ => return,
    };
    input.handle(request);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(prompt: &mut Prompt, text: &str) {
        for c in text.chars() {
            prompt.key(Key::Char(c));
        }
    }

    #[test]
    fn lines_typed_before_come_back() {
        let lines = ["inline 3".to_owned(), "volume a".to_owned()];
        let mut prompt = Prompt::new(Ask::Command, ":", "");
        typed(&mut prompt, "w");
        for (by, text) in [
            (1, "volume a"),
            (1, "inline 3"),
            (1, "inline 3"),
            (-1, "volume a"),
            (-1, ""),
            (-1, ""),
        ] {
            prompt.recall(by, &lines);
            assert_eq!(prompt.text(), text);
        }
    }

    #[test]
    fn pasted_escapes_never_become_keys() {
        let mut prompt = Prompt::new(Ask::Command, ":", "");
        prompt.insert("w\u{1b}[A\rq");
        assert_eq!(prompt.text(), "w[A q");
    }
}
