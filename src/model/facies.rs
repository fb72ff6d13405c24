//! Facies: what the interpreter tells apart.

use serde::{Deserialize, Serialize};

/// A facies: a name, and an ink out of the palette of seven.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facies {
    /// Its name: the only identity it has, in every file and table.
    pub name: String,
    /// Number of its ink and mark, from 1; wraps around after 7.
    pub colour: u8,
}

/// The 256-colour inks of facies: Okabe and Ito's set without black, told apart
/// by most colour-blind eyes. Colour is never alone: see [`FACIES_MARKS`].
pub const FACIES_INKS: [u8; 7] = [214, 74, 36, 227, 32, 166, 175];

/// The vertex mark of each ink, so that facies differ without colour too.
pub const FACIES_MARKS: [char; 7] = ['●', '■', '▲', '◆', '○', '□', '△'];

impl Facies {
    /// A facies with a name and the number of its ink.
    pub fn new(name: impl Into<String>, colour: u8) -> Self {
        Self {
            name: name.into(),
            colour,
        }
    }

    /// Its 256-colour ink.
    pub fn ink(&self) -> u8 {
        FACIES_INKS[self.place()]
    }

    /// Its vertex mark.
    pub fn mark(&self) -> char {
        FACIES_MARKS[self.place()]
    }

    fn place(&self) -> usize {
        (self.colour.max(1) as usize - 1) % FACIES_INKS.len()
    }
}

/// A name as it may stand in a file name and in a blank-separated header line:
/// letters, digits, `.`, `-` and `_`; everything else becomes `_`.
///
/// ```
/// assert_eq!(outcrop::model::candidate_name(" salt dome/2 "), "salt_dome_2");
/// ```
pub fn candidate_name(text: &str) -> String {
    let name: String = text
        .trim()
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || matches!(c, '.' | '-' | '_') {
                c
            } else {
                '_'
            }
        })
        .collect();
    let name = name.trim_start_matches('.');
    if name.is_empty() {
        "unnamed".to_owned()
    } else {
        name.to_owned()
    }
}
