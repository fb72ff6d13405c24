//! Six inks, and the picture. Nothing else has a colour.

use ratatui::style::{Color, Modifier, Style};

use crate::picture::{Colour, Depth, facies_ink};

/// The inks of one colour depth. Colour is never alone: without colours, bold,
/// reverse and words carry everything.
#[derive(Clone, Copy, Debug)]
pub struct Theme {
    depth: Depth,
}

#[allow(clippy::unused_self)] // every ink is asked for in one way
impl Theme {
    /// The inks of a depth.
    pub fn new(depth: Depth) -> Theme {
        Theme { depth }
    }

    /// The colours there are.
    pub fn depth(self) -> Depth {
        self.depth
    }

    fn ink(self, indexed: u8, sixteen: u8) -> Style {
        match self.depth {
            Depth::Plain => Style::new(),
            Depth::Sixteen => Style::new().fg(Color::Indexed(sixteen)),
            _ => Style::new().fg(Color::Indexed(indexed)),
        }
    }

    /// Values, names, sentences.
    pub fn text(self) -> Style {
        Style::new()
    }

    /// Labels, units, rules, defaults.
    pub fn dim(self) -> Style {
        self.ink(244, 8)
    }

    /// A value beside its label: bold where labels cannot be dim.
    pub fn value(self) -> Style {
        if self.depth == Depth::Plain {
            self.strong()
        } else {
            self.text()
        }
    }

    /// What matters or is chosen.
    pub fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// Keys.
    pub fn key(self) -> Style {
        self.ink(99, 13).add_modifier(Modifier::BOLD)
    }

    /// The focus bar.
    pub fn accent(self) -> Style {
        self.ink(99, 13)
    }

    /// The word before something to mind.
    pub fn warning(self) -> Style {
        self.ink(166, 3)
    }

    /// The word before something wrong.
    pub fn error(self) -> Style {
        self.ink(167, 1)
    }

    /// Mode words and edited fields.
    pub fn reverse(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED | Modifier::BOLD)
    }

    /// The mark of a facies.
    pub fn facies(self, colour: u8) -> Style {
        Style::new().fg(color(facies_ink(colour, self.depth)))
    }

    /// A cell of a shaded table, its share of the darkest: its own ground, and
    /// black or white ink by what can be read on it. No shade below 256 colours.
    pub fn shade(self, share: f64) -> Style {
        if matches!(self.depth, Depth::Plain | Depth::Sixteen) {
            return Style::new();
        }
        let grey = 234 + (share.clamp(0.0, 1.0) * 18.0).round() as u8;
        let ink = if grey >= 243 { 16 } else { 255 };
        Style::new()
            .bg(Color::Indexed(grey))
            .fg(Color::Indexed(ink))
    }

    /// A cell of a colour, with ink that can be read on it.
    pub fn ground(self, colour: Colour) -> Style {
        Style::new().bg(color(colour)).fg(color(colour.contrast()))
    }

    /// A mark that is wrong, on the picture.
    pub fn error_ink(self) -> Colour {
        match self.depth {
            Depth::Plain => Colour::Default,
            Depth::Sixteen => Colour::Indexed(1),
            _ => Colour::Indexed(167),
        }
    }
}

/// A colour as ratatui names it.
pub fn color(colour: Colour) -> Color {
    match colour {
        Colour::Default => Color::Reset,
        Colour::Indexed(i) => Color::Indexed(i),
        Colour::Rgb(r, g, b) => Color::Rgb(r, g, b),
    }
}
