//! Keys of the interpreter's own choice: a RON file laid over the command table.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use thiserror::Error;

use super::commands::{Command, commands};
use super::key::{Place, places};
use super::keymap::Keymap;
use super::{Key, Mode};

/// Longest file that is read.
const LONGEST: u64 = 1 << 20;

/// Keys by mode and command, in place of those of the table.
///
/// ```
/// use outcrop::tui::{KeyOverrides, Keymap};
/// let own = r#"{ "NOR": { "zoom in": ["+", "="], "write": [] } }"#;
/// let keys = KeyOverrides::parse(own).unwrap();
/// assert!(Keymap::with(&keys).is_ok());
/// assert!(KeyOverrides::parse(r#"{ "NOR": { "zom in": ["+"] } }"#).is_err());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyOverrides(BTreeMap<&'static str, Vec<(Mode, Vec<String>)>>);

/// What a file of keys says: by mode, by command.
#[derive(Deserialize)]
#[serde(transparent)]
struct Text(BTreeMap<String, BTreeMap<String, Vec<String>>>);

/// Why keys cannot be taken over.
#[derive(Debug, Error)]
pub enum KeysError {
    /// The file cannot be read.
    #[error("{path}: cannot read the keys: {reason}")]
    System {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The file is not what it should be.
    #[error(
        "line {line}, column {column}: {reason}; `outcrop keys` prints a whole file to start from"
    )]
    Malformed {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong.
        reason: String,
    },
    /// There is no such mode.
    #[error("there is no mode {0:?}; modes are NOR, DRAW, EDIT, MOVE, LIST and HELP")]
    Mode(String),
    /// There is no such command.
    #[error("there is no command {name:?} with keys in {mode}; Ctrl-p shows the names")]
    Command {
        /// The name.
        name: String,
        /// The mode.
        mode: &'static str,
    },
    /// Keys that cannot be bound.
    #[error("{keys:?} for {name:?} cannot be bound: {reason}")]
    Keys {
        /// The keys.
        keys: String,
        /// The command.
        name: &'static str,
        /// Why.
        reason: &'static str,
    },
    /// Keys that mean two things.
    #[error("in {mode}, {a:?} and {b:?} share the keys {keys:?}; give one of them others")]
    Clash {
        /// The mode.
        mode: &'static str,
        /// A command.
        a: &'static str,
        /// Another.
        b: &'static str,
        /// Keys of the one.
        keys: String,
    },
    /// A command without which nothing can be reached.
    #[error("{name:?} needs a key in {mode}: nothing else could be reached without it")]
    Needed {
        /// The command.
        name: &'static str,
        /// The mode.
        mode: &'static str,
    },
}

impl KeyOverrides {
    /// Reads a file of keys; nothing where there is none.
    pub fn read(path: &Path) -> Result<Option<KeyOverrides>, KeysError> {
        let system = |reason: String| KeysError::System {
            path: path.to_owned(),
            reason,
        };
        match std::fs::metadata(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(system(error.to_string())),
            Ok(found) if !found.is_file() => return Err(system("it is no file".into())),
            Ok(found) if found.len() > LONGEST => return Err(system("it is too long".into())),
            Ok(_) => {}
        }
        let text = std::fs::read_to_string(path).map_err(|e| system(e.to_string()))?;
        KeyOverrides::parse(&text).map(Some)
    }

    /// Takes keys out of a text.
    pub fn parse(text: &str) -> Result<KeyOverrides, KeysError> {
        let Text(modes) = ron::from_str(text).map_err(|error| KeysError::Malformed {
            line: error.span.start.line,
            column: error.span.start.col,
            reason: crate::model::printable(&error.code.to_string()),
        })?;
        let mut own = KeyOverrides::default();
        for (word, bindings) in modes {
            let mode = Mode::WITH_KEYS
                .iter()
                .copied()
                .find(|m| m.word() == word)
                .ok_or(KeysError::Mode(word))?;
            for (name, keys) in bindings {
                let command = commands()
                    .find(|c| c.name == name && c.key(mode).is_some())
                    .ok_or(KeysError::Command {
                        name,
                        mode: mode.word(),
                    })?;
                for keys in &keys {
                    check(command, keys)?;
                }
                own.0.entry(command.name).or_default().push((mode, keys));
            }
        }
        Ok(own)
    }

    /// The keys chosen for a command in a mode, if any were.
    pub(super) fn keys(&self, mode: Mode, command: &Command) -> Option<&[String]> {
        let chosen = self.0.get(command.name)?;
        let here = chosen.iter().find(|(m, _)| *m == mode)?;
        Some(&here.1)
    }
}

/// An error for keys that could not be pressed, or would break counts and arrows.
fn check(command: &'static Command, keys: &str) -> Result<(), KeysError> {
    let refused = |reason| {
        Err(KeysError::Keys {
            keys: keys.to_owned(),
            name: command.name,
            reason,
        })
    };
    let places = places(keys);
    let written: Vec<String> = places.iter().map(|p| p.name()).collect();
    if written.concat() != keys.replace(' ', "") || keys.chars().any(char::is_control) {
        return refused("they are not written as `?` writes them");
    }
    let taken = |places: &[Place]| {
        let mut taken = places.iter().filter(|p| !matches!(p, Place::Key(_)));
        taken.next().copied()
    };
    let takes = command.modes().find_map(|mode| {
        let mut keys = command
            .keys(mode)
            .map(|keys| taken(&super::key::places(keys)));
        keys.find(Option::is_some).flatten()
    });
    match places.first() {
        None => refused("there are none"),
        _ if taken(&places) != takes => {
            refused("1-9 or a-z stands where the command takes a digit or a letter")
        }
        Some(Place::Digit | Place::Letter | Place::Key(Key::Char('1'..='9'))) => {
            refused("digits are counts, and no command begins with any letter")
        }
        Some(Place::Key(Key::Char('A'..='D'))) => {
            refused("A to D end arrow keys, which slow lines split")
        }
        Some(Place::Key(Key::Ctrl('m' | 'i' | 'h' | '['))) => {
            refused("terminals send it for another key")
        }
        Some(_) => Ok(()),
    }
}

/// The whole key map as a file of keys.
pub fn keys_file() -> String {
    let map = Keymap::new();
    let mut text = String::from(
        "// Keys of the workbench by mode and command: a copy to change. What is left out\n\
         // keeps its keys, and [] takes them away.\n{\n",
    );
    for &mode in Mode::WITH_KEYS {
        let head = format!("    {:?}: {{\n", mode.word());
        text.push_str(&head);
        for command in commands() {
            let keys: Vec<&str> = map.keys(mode, command).collect();
            if !keys.is_empty() {
                let line = format!("        {:?}: {keys:?}, // {}\n", command.name, command.doc);
                text.push_str(&line);
            }
        }
        text.push_str("    },\n");
    }
    text.push_str("}\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keymap::Found;

    fn with(text: &str) -> Result<Keymap, KeysError> {
        KeyOverrides::parse(text).and_then(|own| Keymap::with(&own))
    }

    #[test]
    fn the_printed_file_is_the_table() {
        let map = with(&keys_file()).unwrap();
        for &mode in Mode::WITH_KEYS {
            for command in commands() {
                let keys: Vec<&str> = map.keys(mode, command).collect();
                assert_eq!(keys, command.keys(mode).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn chosen_keys_take_the_place_of_the_tables() {
        let map = with(r#"{"NOR": {"zoom in": ["z +", "="]}}"#).unwrap();
        let found = |text: &str| {
            let keys: Vec<Key> = places(text)
                .iter()
                .map(|p| match p {
                    Place::Key(key) => *key,
                    Place::Digit | Place::Letter => Key::Char('1'),
                })
                .collect();
            match map.find(Mode::Normal, &keys) {
                Found::Command(command, _) => command.name,
                Found::Prefix => "prefix",
                Found::Nothing => "nothing",
            }
        };
        assert_eq!((found("="), found("z+")), ("zoom in", "zoom in"));
        assert_eq!(found("+"), "nothing");
        assert_eq!(found("-"), "zoom out");
    }

    #[test]
    fn what_would_lock_anybody_out_is_refused() {
        for (text, told) in [
            ("{", "line 1"),
            (r#"{"XYZ": {}}"#, "no mode"),
            (r#"{"NOR": {"zoom": ["+"]}}"#, "no command \"zoom\""),
            (r#"{"NOR": {"zoom in": [""]}}"#, "there are none"),
            (r#"{"NOR": {"zoom in": ["3x"]}}"#, "digits are counts"),
            (r#"{"NOR": {"zoom in": ["A"]}}"#, "arrow keys"),
            (r#"{"NOR": {"zoom in": ["Ctrl-m"]}}"#, "another key"),
            (r#"{"NOR": {"zoom in": ["Ctrl-xyz"]}}"#, "not written"),
            (r#"{"NOR": {"zoom in": ["x 1-9"]}}"#, "takes a digit"),
            (r#"{"NOR": {"zoom in": ["z"]}}"#, "share the keys"),
            (r#"{"NOR": {"zoom in": ["-"]}}"#, "share the keys"),
            (r#"{"NOR": {"command line": []}}"#, "needs a key"),
        ] {
            let error = with(text).err().unwrap().to_string();
            assert!(error.contains(told), "{text}: {error}");
        }
    }
}
