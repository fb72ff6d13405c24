//! A line to type in.

use tui_input::{Input, InputRequest};

use super::super::Key;
use super::super::commands::commands;
use super::Outcome;

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
    input: Input,
}

impl Prompt {
    /// A prompt with a label and a text to start from.
    pub fn new(ask: Ask, label: &str, text: &str) -> Prompt {
        Prompt {
            ask,
            label: label.to_owned(),
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
            Key::Tab if self.ask == Ask::Command => self.complete(),
            key => edit(&mut self.input, key),
        }
        Outcome::Taken
    }

    /// Completes the command's name as far as all that begin so agree.
    fn complete(&mut self) {
        let text = self.text();
        let mut fitting = commands().map(|c| c.name).filter(|n| n.starts_with(text));
        let Some(first) = fitting.next() else { return };
        let common = fitting.fold(first, |common, name| {
            let same = common.chars().zip(name.chars()).take_while(|(a, b)| a == b);
            let length = same.map(|(c, _)| c.len_utf8()).sum();
            &common[..length]
        });
        self.input = Input::new(common.to_owned());
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
    fn tab_completes_as_far_as_commands_agree() {
        let mut prompt = Prompt::new(Ask::Command, ":", "");
        typed(&mut prompt, "polygons w");
        prompt.key(Key::Tab);
        assert_eq!(prompt.text(), "polygons write");
        let mut prompt = Prompt::new(Ask::Command, ":", "zzz");
        prompt.key(Key::Tab);
        assert_eq!(prompt.text(), "zzz");
    }

    #[test]
    fn pasted_escapes_never_become_keys() {
        let mut prompt = Prompt::new(Ask::Command, ":", "");
        prompt.insert("w\u{1b}[A\rq");
        assert_eq!(prompt.text(), "w[A q");
    }
}
