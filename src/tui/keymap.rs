//! From keys pressed to commands: sequences, counts, digits as arguments.

use super::commands::{Command, commands};
use super::key::{Place, places};
use super::overrides::{KeyOverrides, KeysError};
use super::{Key, Mode};

/// Commands that must have a key wherever they have one in the table.
const NEEDED: [&str; 2] = ["command line", "leave"];

/// Keys of a mode and what they lead to.
#[derive(Clone)]
struct Entry {
    mode: Mode,
    /// As they are written.
    keys: String,
    places: Vec<Place>,
    command: &'static Command,
}

/// All bindings of the command table.
#[derive(Clone)]
pub struct Keymap(Vec<Entry>);

/// What keys pressed so far lead to.
pub enum Found {
    /// This command, with the digit or the letters that were part of the keys.
    Command(&'static Command, String),
    /// More keys are needed.
    Prefix,
    /// Nothing.
    Nothing,
}

impl Default for Keymap {
    fn default() -> Keymap {
        Keymap::new()
    }
}

impl Keymap {
    /// The bindings of the command table.
    pub fn new() -> Keymap {
        Keymap::over(&KeyOverrides::default())
    }

    /// The bindings of the command table, with others in place of some; an error
    /// where keys would mean two things.
    pub fn with(own: &KeyOverrides) -> Result<Keymap, KeysError> {
        let map = Keymap::over(own);
        if let Some((a, b)) = map.clash() {
            return Err(KeysError::Clash {
                mode: a.mode.word(),
                a: a.command.name,
                b: b.command.name,
                keys: a.keys.clone(),
            });
        }
        for command in commands().filter(|c| NEEDED.contains(&c.name)) {
            if let Some(mode) = command.modes().find(|&m| map.key(m, command).is_none()) {
                return Err(KeysError::Needed {
                    name: command.name,
                    mode: mode.word(),
                });
            }
        }
        Ok(map)
    }

    fn over(own: &KeyOverrides) -> Keymap {
        let mut entries = Vec::new();
        for command in commands() {
            for mode in command.modes() {
                let mut bind = |keys: &str| {
                    entries.push(Entry {
                        mode,
                        keys: keys.to_owned(),
                        places: places(keys),
                        command,
                    });
                };
                match own.keys(mode, command) {
                    Some(chosen) => chosen.iter().for_each(|keys| bind(keys)),
                    None => command.keys(mode).for_each(bind),
                }
            }
        }
        Keymap(entries)
    }

    /// Two bindings of a mode that begin with the same keys, one of them whole.
    fn clash(&self) -> Option<(&Entry, &Entry)> {
        let meet = |p: &Place, q: &Place| match (p, q) {
            (any, Place::Key(key)) | (Place::Key(key), any) => any.fits(*key),
            _ => p == q,
        };
        self.0.iter().enumerate().find_map(|(n, a)| {
            let b = self.0[n + 1..].iter().find(|b| {
                a.mode == b.mode && a.places.iter().zip(&b.places).all(|(p, q)| meet(p, q))
            })?;
            Some((a, b))
        })
    }

    /// The keys that run a command in a mode, as they are written.
    pub fn keys<'a>(&'a self, mode: Mode, command: &Command) -> impl Iterator<Item = &'a str> {
        let name = command.name;
        let here = move |e: &&Entry| e.mode == mode && e.command.name == name;
        self.0.iter().filter(here).map(|e| e.keys.as_str())
    }

    /// The first of them.
    pub fn key<'a>(&'a self, mode: Mode, command: &Command) -> Option<&'a str> {
        self.keys(mode, command).next()
    }

    /// What keys lead to in a mode.
    pub fn find(&self, mode: Mode, keys: &[Key]) -> Found {
        let mut prefix = false;
        for entry in self.matching(mode, keys) {
            if entry.places.len() == keys.len() {
                let given = (entry.places.iter().zip(keys)).filter_map(|(p, k)| match (p, k) {
                    (Place::Digit | Place::Letter, Key::Char(c)) => Some(*c),
                    _ => None,
                });
                return Found::Command(entry.command, given.collect());
            }
            prefix = true;
        }
        if prefix {
            Found::Prefix
        } else {
            Found::Nothing
        }
    }

    /// What may come next after keys: the rest of each binding, and its command.
    pub fn menu(&self, mode: Mode, keys: &[Key]) -> Vec<(String, &'static Command)> {
        self.matching(mode, keys)
            .map(|entry| {
                let rest: Vec<String> = entry.places[keys.len()..]
                    .iter()
                    .map(|p| p.name())
                    .collect();
                (rest.join(" "), entry.command)
            })
            .collect()
    }

    fn matching<'a>(&'a self, mode: Mode, keys: &'a [Key]) -> impl Iterator<Item = &'a Entry> {
        self.0.iter().filter(move |entry| {
            entry.mode == mode
                && entry.places.len() >= keys.len()
                && entry.places.iter().zip(keys).all(|(p, k)| p.fits(*k))
        })
    }
}

/// Keys of a sequence that is not finished, and the count before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pending {
    /// The count, if one was typed.
    pub count: Option<usize>,
    /// The keys.
    pub keys: Vec<Key>,
}

/// Largest count: a slip of the finger must not take a minute.
const MOST: usize = 9_999_999;

impl Pending {
    /// True where nothing was typed.
    pub fn is_empty(&self) -> bool {
        self.count.is_none() && self.keys.is_empty()
    }

    /// Takes a digit into the count, if it belongs there: digits are always
    /// counts, but `0` only after another digit, and none within a sequence.
    pub fn count_digit(&mut self, key: Key) -> bool {
        let Key::Char(c @ '0'..='9') = key else {
            return false;
        };
        if !self.keys.is_empty() || (c == '0' && self.count.is_none()) {
            return false;
        }
        let digit = c as usize - '0' as usize;
        self.count = Some((self.count.unwrap_or(0) * 10 + digit).min(MOST));
        true
    }

    /// How it looks in the footer.
    pub fn text(&self) -> String {
        let count = self.count.map_or(String::new(), |n| n.to_string());
        let keys: Vec<String> = self.keys.iter().map(|k| k.name()).collect();
        format!("{count}{}", keys.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    #[test]
    fn every_command_is_documented_and_every_key_means_one_thing() {
        let mut names = HashMap::new();
        for command in commands() {
            assert!(!command.name.is_empty() && !command.doc.is_empty());
            assert!(command.doc.len() <= 60, "{}: {}", command.name, command.doc);
            assert!(
                command.doc.starts_with(|c: char| c.is_lowercase()),
                "{}",
                command.doc
            );
            assert!(
                names.insert(command.name, command.doc).is_none(),
                "{}",
                command.name
            );
            if !command.alias.is_empty() {
                assert!(
                    names.insert(command.alias, "").is_none(),
                    "{}",
                    command.alias
                );
            }
        }
        let map = Keymap::new();
        let clash = map.clash();
        assert!(
            clash.is_none(),
            "{:?}",
            clash.map(|(a, b)| (a.command.name, b.command.name, &a.keys, &b.keys))
        );
    }

    #[test]
    fn no_binding_begins_with_a_digit_or_a_letter_of_split_arrows() {
        for entry in &Keymap::new().0 {
            let first = entry.places[0];
            for c in "123456789ABCD".chars() {
                assert_ne!(first, Place::Key(Key::Char(c)), "{}", entry.command.name);
            }
            for c in "ba".chars() {
                assert_ne!(first, Place::Key(Key::Ctrl(c)), "a prefix of multiplexers");
            }
        }
    }

    #[test]
    fn digits_are_counts_and_zero_is_a_key() {
        let mut pending = Pending::default();
        assert!(!pending.count_digit(Key::Char('0')));
        for c in "120".chars() {
            assert!(pending.count_digit(Key::Char(c)));
        }
        assert_eq!(pending.count, Some(120));
        pending.keys.push(Key::Char('"'));
        assert!(!pending.count_digit(Key::Char('3')));
        let mut many = Pending::default();
        for _ in 0..40 {
            many.count_digit(Key::Char('9'));
        }
        assert_eq!(many.count, Some(MOST));
    }
}
