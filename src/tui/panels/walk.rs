//! Walking up and down a list: the same keys in every panel.

use super::super::Key;

/// A place in a list, and the first key of `gg`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Walk {
    /// The row that has the focus.
    pub at: usize,
    /// True after the first `g`.
    pub g: bool,
}

impl Walk {
    /// Moves by a key in a list of `len` rows; false where the key is none of
    /// its own.
    pub fn press(&mut self, key: Key, len: usize) -> bool {
        let last = len.saturating_sub(1);
        let g = std::mem::take(&mut self.g);
        self.at = match key {
            Key::Char('j') | Key::Down => self.at + 1,
            Key::Char('k') | Key::Up => self.at.saturating_sub(1),
            Key::Char('J') | Key::PageDown | Key::Ctrl('d') => self.at + 10,
            Key::Char('K') | Key::PageUp | Key::Ctrl('u') => self.at.saturating_sub(10),
            Key::Char('g') if g => 0,
            Key::Char('g') => {
                self.g = true;
                self.at
            }
            Key::Home => 0,
            Key::Char('G') | Key::End => last,
            _ => return false,
        }
        .min(last);
        true
    }

    /// First row to show where `rows` of `len` fit: the focus stays in the
    /// middle, as far as the ends allow.
    pub fn first(&self, len: usize, rows: usize) -> usize {
        let most = len.saturating_sub(rows);
        self.at.saturating_sub(rows / 2).min(most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_leaves_the_list() {
        let mut walk = Walk::default();
        for key in "kJjKGjggk".chars() {
            assert!(walk.press(Key::Char(key), 5));
            assert!(walk.at < 5);
        }
        assert_eq!(walk.at, 0);
        assert!(!walk.press(Key::Char('x'), 5));
        assert!(walk.press(Key::Char('j'), 0));
        assert_eq!(walk.at, 0);
    }

    #[test]
    fn the_focus_stays_in_sight() {
        for at in 0..20 {
            let first = Walk { at, g: false }.first(20, 6);
            assert!((first..first + 6).contains(&at) && first + 6 <= 20);
        }
        assert_eq!(Walk { at: 2, g: false }.first(3, 6), 0);
    }
}
