//! Keys as the tables write them: `gg`, `Ctrl-d`, `Space p`, `" 1-9`.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// One key press.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// A character, capitals and the space bar included.
    Char(char),
    /// A letter with Ctrl.
    Ctrl(char),
    /// Enter.
    Enter,
    /// Escape.
    Esc,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Tab.
    Tab,
    /// Tab with Shift.
    BackTab,
    /// Arrow.
    Left,
    /// Arrow.
    Right,
    /// Arrow.
    Up,
    /// Arrow.
    Down,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// Home.
    Home,
    /// End.
    End,
}

/// Names of the keys that are not characters, as they are typed in tables.
const NAMES: [(&str, Key); 15] = [
    ("Enter", Key::Enter),
    ("Esc", Key::Esc),
    ("Backspace", Key::Backspace),
    ("Delete", Key::Delete),
    ("Tab", Key::Tab),
    ("Shift-Tab", Key::BackTab),
    ("Left", Key::Left),
    ("Right", Key::Right),
    ("Up", Key::Up),
    ("Down", Key::Down),
    ("PgUp", Key::PageUp),
    ("PgDn", Key::PageDown),
    ("Home", Key::Home),
    ("End", Key::End),
    ("Space", Key::Char(' ')),
];

impl Key {
    /// The key of a terminal event; nothing for releases, and for keys that no
    /// table uses.
    pub fn of(event: &KeyEvent) -> Option<Key> {
        if event.kind == KeyEventKind::Release {
            return None;
        }
        Some(match event.code {
            KeyCode::Char(c) if event.modifiers.contains(KeyModifiers::CONTROL) => {
                Key::Ctrl(c.to_ascii_lowercase())
            }
            KeyCode::Char(c) => Key::Char(c),
            KeyCode::Enter => Key::Enter,
            KeyCode::Esc => Key::Esc,
            KeyCode::Backspace => Key::Backspace,
            KeyCode::Delete => Key::Delete,
            KeyCode::Tab => Key::Tab,
            KeyCode::BackTab => Key::BackTab,
            KeyCode::Left => Key::Left,
            KeyCode::Right => Key::Right,
            KeyCode::Up => Key::Up,
            KeyCode::Down => Key::Down,
            KeyCode::PageUp => Key::PageUp,
            KeyCode::PageDown => Key::PageDown,
            KeyCode::Home => Key::Home,
            KeyCode::End => Key::End,
            _ => return None,
        })
    }

    /// Its name, as tables write it.
    pub fn name(self) -> String {
        if let Some((name, _)) = NAMES.iter().find(|(_, key)| *key == self) {
            return (*name).to_owned();
        }
        match self {
            Key::Ctrl(c) => format!("Ctrl-{c}"),
            Key::Char(c) => c.to_string(),
            _ => String::new(),
        }
    }
}

/// One place of a binding: a certain key, any digit from 1 to 9, any letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// This key.
    Key(Key),
    /// A digit, which becomes the command's argument.
    Digit,
    /// A letter from a to z, which becomes the command's argument.
    Letter,
}

/// The places of a binding as tables write it; blanks separate keys that have
/// names, other characters stand for themselves.
///
/// ```
/// use outcrop::tui::{Key, Place, places};
/// assert_eq!(places("gg"), [Place::Key(Key::Char('g')); 2]);
/// assert_eq!(places("Space p")[0], Place::Key(Key::Char(' ')));
/// assert_eq!(places("\" 1-9")[1], Place::Digit);
/// ```
pub fn places(text: &str) -> Vec<Place> {
    let mut places = Vec::new();
    for word in text.split(' ') {
        let ctrl = word.strip_prefix("Ctrl-").and_then(|c| c.chars().next());
        if word == "1-9" {
            places.push(Place::Digit);
        } else if word == "a-z" {
            places.push(Place::Letter);
        } else if let Some((_, key)) = NAMES.iter().find(|(name, _)| *name == word) {
            places.push(Place::Key(*key));
        } else if let Some(c) = ctrl {
            places.push(Place::Key(Key::Ctrl(c)));
        } else {
            places.extend(word.chars().map(|c| Place::Key(Key::Char(c))));
        }
    }
    places
}

impl Place {
    /// True where the key fits here.
    pub fn fits(self, key: Key) -> bool {
        match self {
            Place::Key(k) => k == key,
            Place::Digit => matches!(key, Key::Char('1'..='9')),
            Place::Letter => matches!(key, Key::Char('a'..='z')),
        }
    }

    /// How it is written.
    pub fn name(self) -> String {
        match self {
            Place::Key(key) => key.name(),
            Place::Digit => "1-9".to_owned(),
            Place::Letter => "a-z".to_owned(),
        }
    }
}
