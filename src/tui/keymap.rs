//! From keys pressed to commands: sequences, counts, digits as arguments.

use super::commands::{Command, commands};
use super::key::{Place, places};
use super::{Key, Mode};

/// Keys of a mode and what they lead to.
#[derive(Clone)]
struct Entry {
    mode: Mode,
    places: Vec<Place>,
    command: &'static Command,
}

/// All bindings of the command table.
#[derive(Clone)]
pub struct Keymap(Vec<Entry>);

/// What keys pressed so far lead to.
pub enum Found {
    /// This command, with the digit that was part of the keys.
    Command(&'static Command, Option<char>),
    /// More keys are needed.
    Prefix,
    /// Nothing.
    Nothing,
}

impl Keymap {
    /// The bindings of the command table.
    pub fn new() -> Keymap {
        let mut entries = Vec::new();
        for command in commands() {
            for mode in command.modes() {
                for key in command.keys(mode) {
                    entries.push(Entry {
                        mode,
                        places: places(key),
                        command,
                    });
                }
            }
        }
        Keymap(entries)
    }

    /// What keys lead to in a mode.
    pub fn find(&self, mode: Mode, keys: &[Key]) -> Found {
        let mut prefix = false;
        for entry in self.matching(mode, keys) {
            if entry.places.len() == keys.len() {
                let digit = entry
                    .places
                    .iter()
                    .zip(keys)
                    .find_map(|(p, k)| match (p, k) {
                        (Place::Digit | Place::Letter, Key::Char(c)) => Some(*c),
                        _ => None,
                    });
                return Found::Command(entry.command, digit);
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
        for (i, a) in map.0.iter().enumerate() {
            for b in &map.0[i + 1..] {
                if a.mode != b.mode {
                    continue;
                }
                // Neither the same keys, nor one the beginning of the other.
                let clash = a.places.iter().zip(&b.places).all(|(p, q)| {
                    p == q
                        || matches!((p, q), (any, Place::Key(k)) | (Place::Key(k), any) if any.fits(*k))
                });
                assert!(
                    !clash,
                    "{:?}: {} and {} share keys",
                    a.mode, a.command.name, b.command.name
                );
            }
        }
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
