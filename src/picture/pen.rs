//! Cells to terminal text with the fewest bytes.
//!
//! Over a slow line a picture is its escape sequences: a heatmap of half-blocks
//! changes colour at nearly every cell. The pen sends only the half of the
//! colours that changed, and swaps `▀` for `▄` (or a blank) where that spares one.

use super::Colour;

/// Weight and decoration of a cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    /// Bold.
    pub bold: bool,
    /// Underlined.
    pub underline: bool,
    /// Ink and paper exchanged.
    pub reverse: bool,
}

/// What the terminal's pen is set to; cells are written relative to it.
///
/// ```
/// use outcrop::picture::{Attributes, Colour, Pen};
/// let (mut pen, mut out) = (Pen::new(), Vec::new());
/// let (dark, light) = (Colour::Indexed(233), Colour::Indexed(250));
/// pen.put(&mut out, "▀", dark, light, Attributes::default());
/// let first = out.len();
/// pen.put(&mut out, "▀", light, dark, Attributes::default());
/// assert_eq!(&out[first..], "▄".as_bytes()); // the same colours: three bytes
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pen {
    state: Option<(Colour, Colour, Attributes)>,
}

/// One way to write a cell; a colour that does not show is `None`.
struct Way<'a> {
    glyph: &'a str,
    fg: Option<Colour>,
    bg: Option<Colour>,
}

impl Pen {
    /// A pen that knows nothing of the terminal: its first cell resets all.
    pub fn new() -> Pen {
        Pen::default()
    }

    /// Forgets what the terminal is set to, as after another program wrote to it.
    pub fn forget(&mut self) {
        self.state = None;
    }

    /// Writes one cell where the terminal's cursor is.
    pub fn put(
        &mut self,
        out: &mut Vec<u8>,
        glyph: &str,
        fg: Colour,
        bg: Colour,
        attributes: Attributes,
    ) {
        let way = self.cheapest(glyph, fg, bg, attributes);
        // A bare blank shows no weight, so none is changed for it.
        let bare = way.glyph == " " && way.fg.is_none();
        self.set(out, way.fg, way.bg, attributes, bare);
        out.extend_from_slice(way.glyph.as_bytes());
    }

    /// Sets everything back to the terminal's own.
    pub fn rest(&mut self, out: &mut Vec<u8>) {
        let plain = (Colour::Default, Colour::Default, Attributes::default());
        if self.state != Some(plain) {
            out.extend_from_slice(b"\x1b[0m");
            self.state = Some(plain);
        }
    }

    fn cheapest<'a>(
        &self,
        glyph: &'a str,
        fg: Colour,
        bg: Colour,
        attributes: Attributes,
    ) -> Way<'a> {
        let both = |glyph| Way {
            glyph,
            fg: Some(fg),
            bg: Some(bg),
        };
        let decorated = attributes.reverse || attributes.underline;
        let blank = |paper| Way {
            glyph: " ",
            fg: None,
            bg: Some(paper),
        };
        let own = Colour::Default;
        match glyph {
            _ if decorated => both(glyph),
            " " => blank(bg),
            "█" if fg != own => blank(fg),
            "▀" | "▄" if fg == bg && fg != own => blank(bg),
            "▀" | "▄" if fg != own && bg != own => {
                let swapped = Way {
                    glyph: if glyph == "▀" { "▄" } else { "▀" },
                    fg: Some(bg),
                    bg: Some(fg),
                };
                if self.changes(&swapped) < self.changes(&both(glyph)) {
                    swapped
                } else {
                    both(glyph)
                }
            }
            _ => both(glyph),
        }
    }

    fn changes(&self, way: &Way) -> usize {
        let (fg, bg) = self
            .state
            .map_or((None, None), |(f, b, _)| (Some(f), Some(b)));
        usize::from(way.fg.is_some() && way.fg != fg)
            + usize::from(way.bg.is_some() && way.bg != bg)
    }

    fn set(
        &mut self,
        out: &mut Vec<u8>,
        fg: Option<Colour>,
        bg: Option<Colour>,
        attributes: Attributes,
        blank: bool,
    ) {
        let plain = (Colour::Default, Colour::Default, Attributes::default());
        let known = self.state.is_some();
        let (was_fg, was_bg, was) = self.state.unwrap_or(plain);
        let attributes = Attributes {
            bold: if blank && known {
                was.bold
            } else {
                attributes.bold
            },
            ..attributes
        };
        let mut codes = Codes { out, begun: false };
        if !known {
            codes.add(format_args!("0"));
        }
        let turns = [
            (was.bold, attributes.bold, 1, 22),
            (was.underline, attributes.underline, 4, 24),
            (was.reverse, attributes.reverse, 7, 27),
        ];
        for (before, after, on, off) in turns {
            if before != after {
                codes.add(format_args!("{}", if after { on } else { off }));
            }
        }
        let fg = fg.unwrap_or(was_fg);
        let bg = bg.unwrap_or(was_bg);
        if fg != was_fg {
            codes.colour(fg, 30);
        }
        if bg != was_bg {
            codes.colour(bg, 40);
        }
        codes.end();
        self.state = Some((fg, bg, attributes));
    }
}

/// The parameters of one SGR sequence, written as they come.
struct Codes<'a> {
    out: &'a mut Vec<u8>,
    begun: bool,
}

impl Codes<'_> {
    fn add(&mut self, code: std::fmt::Arguments) {
        use std::io::Write;
        self.out
            .extend_from_slice(if self.begun { b";" } else { b"\x1b[" });
        self.begun = true;
        // Writing to a Vec cannot fail.
        let _ = self.out.write_fmt(code);
    }

    fn colour(&mut self, colour: Colour, base: u8) {
        match colour {
            Colour::Default => self.add(format_args!("{}", base + 9)),
            Colour::Indexed(i @ 0..8) => self.add(format_args!("{}", base + i)),
            Colour::Indexed(i @ 8..16) => self.add(format_args!("{}", base + 52 + i)),
            Colour::Indexed(i) => self.add(format_args!("{};5;{i}", base + 8)),
            Colour::Rgb(r, g, b) => self.add(format_args!("{};2;{r};{g};{b}", base + 8)),
        }
    }

    fn end(&mut self) {
        if self.begun {
            self.out.push(b'm');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(cells: &[(&str, Colour, Colour, bool)]) -> String {
        let (mut pen, mut out) = (Pen::new(), Vec::new());
        for &(glyph, fg, bg, bold) in cells {
            let attributes = Attributes {
                bold,
                ..Attributes::default()
            };
            pen.put(&mut out, glyph, fg, bg, attributes);
        }
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn only_the_half_that_changed_is_sent() {
        let (a, b, c) = (
            Colour::Indexed(240),
            Colour::Indexed(250),
            Colour::Indexed(59),
        );
        assert_eq!(
            written(&[("▀", a, b, false), ("▀", a, c, false), ("▀", c, c, false)]),
            "\x1b[0;38;5;240;48;5;250m▀\x1b[48;5;59m▀ "
        );
    }

    #[test]
    fn the_terminals_own_colour_is_never_swapped() {
        let a = Colour::Indexed(240);
        assert_eq!(
            written(&[
                ("▄", a, Colour::Default, false),
                ("▀", Colour::Default, a, false)
            ]),
            "\x1b[0;38;5;240m▄\x1b[39;48;5;240m▀"
        );
    }

    #[test]
    fn ansi_colours_use_their_short_forms() {
        assert_eq!(
            written(&[("x", Colour::Indexed(3), Colour::Indexed(12), true)]),
            "\x1b[0;1;33;104mx"
        );
    }

    #[test]
    fn rest_is_silent_when_nothing_is_set() {
        let (mut pen, mut out) = (Pen::new(), Vec::new());
        pen.rest(&mut out);
        let n = out.len();
        pen.put(
            &mut out,
            "a",
            Colour::Default,
            Colour::Default,
            Attributes::default(),
        );
        pen.rest(&mut out);
        assert_eq!(&out[n..], b"a");
    }
}
