//! One character cell as data.

use super::Colour;

/// A character cell: a glyph, its two colours, and weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The character.
    pub glyph: char,
    /// Ink.
    pub fg: Colour,
    /// Paper.
    pub bg: Colour,
    /// Bold.
    pub bold: bool,
}

impl Cell {
    /// An empty cell on the terminal's own background.
    pub const BLANK: Cell = Cell {
        glyph: ' ',
        fg: Colour::Default,
        bg: Colour::Default,
        bold: false,
    };

    /// A cell with an upper and a lower colour. The terminal's own colour stands
    /// for "nothing here" and shows as background.
    pub fn halves(top: Colour, bottom: Colour) -> Cell {
        let (glyph, fg, bg) = match (top, bottom) {
            (t, b) if t == b => (' ', Colour::Default, b),
            (Colour::Default, b) => ('▄', b, Colour::Default),
            (t, b) => ('▀', t, b),
        };
        Cell {
            glyph,
            fg,
            bg,
            bold: false,
        }
    }
}
