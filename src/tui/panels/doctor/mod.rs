//! The import doctor: what a file is, why it is no cube, and which bytes of its
//! trace headers make it one.

mod draw;
mod map;
#[cfg(test)]
mod tests;

use super::walk::Walk;
use super::{Key, PanelEffect, PanelKey, also, hint};
use crate::io::{Diagnosis, OpenOptions};

const KEYS: &[PanelKey] = &[
    hint("j k", "move"),
    hint("Tab", "next page"),
    hint("Enter", "open with these bytes"),
    hint("i", "use as inline"),
    hint("x", "as crossline"),
    hint("0", "as the standard says"),
    also("w", "header words"),
    also("t", "text header"),
    also("b", "binary header"),
    also("o", "overview"),
    hint("S", "scan all headers"),
    also("y", "copy the options"),
    hint("q", "back"),
];

/// A file that was examined.
pub struct Examined {
    /// Name of its volume in the session.
    pub volume: String,
    /// Where it lies, safe to show.
    pub path: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// How its headers were read for this diagnosis.
    pub open: OpenOptions,
    /// How the session reads them.
    pub kept: OpenOptions,
    /// What was found.
    pub diagnosis: Diagnosis,
}

/// What part of a diagnosis is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sheet {
    Overview,
    Words,
    Text,
    Binary,
}

impl Sheet {
    const ALL: [Sheet; 4] = [Sheet::Overview, Sheet::Words, Sheet::Text, Sheet::Binary];

    fn title(self) -> &'static str {
        match self {
            Sheet::Overview => "overview",
            Sheet::Words => "words",
            Sheet::Text => "text",
            Sheet::Binary => "binary",
        }
    }
}

/// The panel of one file.
pub struct DoctorPanel {
    file: Examined,
    sheet: Sheet,
    walks: [Walk; 4],
    /// Lines of the text headers.
    text: Vec<String>,
}

impl DoctorPanel {
    /// The panel, at the bytes that the file is read with.
    pub fn new(file: Examined) -> Self {
        let mut text = file.diagnosis.facts.text.clone();
        if !file.diagnosis.extended_text.is_empty() {
            text.push(String::new());
            text.extend(file.diagnosis.extended_text.iter().cloned());
        }
        Self {
            file,
            sheet: Sheet::Overview,
            walks: [Walk::default(); 4],
            text,
        }
    }

    /// Takes another diagnosis of the same file; gives one of another file back.
    pub fn renew(&mut self, file: Examined) -> Option<Examined> {
        if file.volume != self.file.volume {
            return Some(file);
        }
        let (sheet, walks) = (self.sheet, self.walks);
        *self = Self {
            sheet,
            walks,
            ..Self::new(file)
        };
        // The bytes that were asked for stand first.
        self.walks[0] = Walk::default();
        None
    }

    /// The word for it in the footer.
    pub fn mode(&self) -> &'static str {
        "IMPORT"
    }

    /// Its keys.
    pub fn keys(&self) -> &'static [PanelKey] {
        KEYS
    }

    fn rows(&self) -> usize {
        let diagnosis = &self.file.diagnosis;
        match self.sheet {
            Sheet::Overview => diagnosis.candidates.len(),
            Sheet::Words => diagnosis.words.len(),
            Sheet::Text => self.text.len(),
            Sheet::Binary => diagnosis.binary_header.len(),
        }
    }

    fn walk(&self) -> &Walk {
        &self.walks[self.sheet as usize]
    }

    /// Takes a key.
    pub fn press(&mut self, key: Key) -> PanelEffect {
        let rows = self.rows();
        if self.walks[self.sheet as usize].press(key, rows) {
            return PanelEffect::Taken;
        }
        let turn = |by: usize| Sheet::ALL[(self.sheet as usize + by) % Sheet::ALL.len()];
        match key {
            Key::Tab => self.sheet = turn(1),
            Key::BackTab => self.sheet = turn(Sheet::ALL.len() - 1),
            Key::Char('o') => self.sheet = Sheet::Overview,
            Key::Char('w') => self.sheet = Sheet::Words,
            Key::Char('t') => self.sheet = Sheet::Text,
            Key::Char('b') => self.sheet = Sheet::Binary,
            Key::Char('i' | 'x') => return self.use_as(key == Key::Char('i')),
            Key::Char('0') => return self.examine(OpenOptions::default()),
            Key::Char('S') => return PanelEffect::ScanHeaders(self.file.volume.clone()),
            Key::Char('y') => return PanelEffect::Copy(options_text(&self.chosen())),
            Key::Enter => return self.open(),
            Key::Char('q') | Key::Esc | Key::Ctrl('g') => return PanelEffect::Close,
            _ => return PanelEffect::NotMine,
        }
        PanelEffect::Taken
    }

    /// The bytes of the row that has the focus.
    fn chosen(&self) -> OpenOptions {
        let candidate = self.file.diagnosis.candidates.get(self.walks[0].at);
        match candidate {
            Some(c) if !c.chosen => OpenOptions {
                inline_byte: Some(c.inline_byte),
                crossline_byte: Some(c.crossline_byte),
                ..self.file.open
            },
            _ => self.file.open,
        }
    }

    /// Opens the file so, or looks first what bytes that seem useless make of it.
    fn open(&self) -> PanelEffect {
        let focused = self.file.diagnosis.candidates.get(self.walks[0].at);
        match focused {
            Some(c) if !c.chosen && c.score <= 0.0 && self.chosen() != self.file.open => {
                self.examine(self.chosen())
            }
            Some(c) if !c.chosen && c.score > 0.0 => {
                PanelEffect::OpenAs(self.file.volume.clone(), self.chosen())
            }
            _ if self.file.diagnosis.facts.inlines.is_some() => {
                PanelEffect::OpenAs(self.file.volume.clone(), self.file.open)
            }
            _ => PanelEffect::Say(
                "not now: these bytes make no volume; w shows the header words, i and x choose one"
                    .into(),
            ),
        }
    }

    fn examine(&self, open: OpenOptions) -> PanelEffect {
        PanelEffect::Examine(self.file.volume.clone(), open)
    }

    /// Reads the file anew with the word in focus as inline or crossline.
    fn use_as(&self, inline: bool) -> PanelEffect {
        let word = self.file.diagnosis.words.get(self.walk().at);
        let (Sheet::Words, Some(word)) = (self.sheet, word) else {
            return PanelEffect::Say("not now: w shows the header words to choose from".into());
        };
        if word.byte > 237 || word.width != 4 {
            return PanelEffect::Say(
                "not now: line numbers are words of four bytes; choose another".into(),
            );
        }
        let byte = Some(word.byte);
        let open = if inline {
            OpenOptions {
                inline_byte: byte,
                ..self.file.open
            }
        } else {
            OpenOptions {
                crossline_byte: byte,
                ..self.file.open
            }
        };
        self.examine(open)
    }
}

/// Options as the command line takes them.
fn options_text(open: &OpenOptions) -> String {
    let named = [
        ("--inline-byte", open.inline_byte),
        ("--crossline-byte", open.crossline_byte),
        ("--x-byte", open.x_byte),
        ("--y-byte", open.y_byte),
    ];
    let given = named
        .into_iter()
        .filter_map(|(name, byte)| byte.map(|byte| format!("{name} {byte}")));
    given.collect::<Vec<_>>().join(" ")
}
