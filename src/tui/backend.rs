//! A ratatui backend that writes as few bytes as a picture can be told in.
//!
//! ratatui knows which cells changed; this knows what the terminal's pen and
//! cursor are set to, and sends only differences. Everything of one frame leaves
//! in one write; a frame without changes writes nothing at all.

use std::io::{self, Write};
use std::time::Instant;

use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use ratatui::style::{Color, Modifier};

use super::pace::{Pace, QUESTION};
use crate::picture::{Attributes, Colour, Pen};

/// The thrifty backend, writing to `W`.
#[derive(Debug)]
pub struct Thrifty<W> {
    out: W,
    size: Size,
    /// What this frame will write.
    frame: Vec<u8>,
    pen: Pen,
    /// Where the terminal's cursor is, where known.
    at: Option<Position>,
    /// Where it should rest after the frame.
    rest: Option<Position>,
    shown: Option<bool>,
    show: bool,
    /// Bytes of the last frame that wrote any, and of all.
    last: usize,
    total: u64,
    pace: Pace,
    /// True where a frame is shown at once when all of it is there.
    synchronized: bool,
}

/// A gap of unchanged cells up to this many columns is stepped over by a
/// relative move, which is shorter than a place.
const NEAR: u16 = 9;
/// A frame of so many bytes may be seen half drawn.
const TORN: usize = 1024;

impl<W: Write> Thrifty<W> {
    /// A backend for a screen of `size`.
    pub fn new(out: W, size: Size) -> Self {
        Self {
            out,
            size,
            frame: Vec::with_capacity(256 << 10),
            pen: Pen::new(),
            at: None,
            rest: None,
            shown: None,
            show: true,
            last: 0,
            total: 0,
            pace: Pace::default(),
            synchronized: false,
        }
    }

    /// The screen has another size now.
    pub fn resize(&mut self, size: Size) {
        self.size = size;
        self.forget();
    }

    /// Something else wrote to the terminal: nothing is known of its state.
    pub fn forget(&mut self) {
        self.pen.forget();
        self.at = None;
        self.shown = None;
    }

    /// Bytes of the last frame that wrote any.
    pub fn last_frame(&self) -> usize {
        self.last
    }

    /// Bytes of all frames.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// What is known of the line.
    pub(super) fn pace(&self) -> &Pace {
        &self.pace
    }

    /// The terminal answered the last question.
    pub(super) fn answered(&mut self) -> io::Result<()> {
        let now = Instant::now();
        if self.pace.answered(now) {
            self.pace.asked(0, now);
            self.out.write_all(QUESTION)?;
            self.out.flush()?;
        }
        Ok(())
    }

    /// Whether the terminal is told where a frame begins and ends, so that it
    /// shows no half of one. Terminals that do not know this ignore it.
    pub(super) fn synchronize(&mut self, on: bool) {
        self.synchronized = on;
    }

    /// Sends bytes that are no frame: what the terminal shows is not known then.
    pub(super) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.forget();
        self.last = bytes.len();
        self.total += bytes.len() as u64;
        self.out.write_all(bytes)?;
        self.out.flush()
    }

    /// What was written so far.
    #[cfg(test)]
    pub fn take_out(&mut self) -> W
    where
        W: Default,
    {
        std::mem::take(&mut self.out)
    }

    fn go(&mut self, to: Position) {
        if self.at == Some(to) {
            return;
        }
        // Writing to a Vec cannot fail.
        let _ = match self.at {
            Some(at) if at.y == to.y && at.x < to.x && to.x - at.x <= NEAR => match to.x - at.x {
                1 => write!(self.frame, "\x1b[C"),
                n => write!(self.frame, "\x1b[{n}C"),
            },
            _ => write!(self.frame, "\x1b[{};{}H", to.y + 1, to.x + 1),
        };
        self.at = Some(to);
    }
}

fn colour(color: Color) -> Colour {
    match color {
        Color::Reset => Colour::Default,
        Color::Indexed(i) => Colour::Indexed(i),
        Color::Rgb(r, g, b) => Colour::Rgb(r, g, b),
        Color::Black => Colour::Indexed(0),
        Color::Red => Colour::Indexed(1),
        Color::Green => Colour::Indexed(2),
        Color::Yellow => Colour::Indexed(3),
        Color::Blue => Colour::Indexed(4),
        Color::Magenta => Colour::Indexed(5),
        Color::Cyan => Colour::Indexed(6),
        Color::Gray => Colour::Indexed(7),
        Color::DarkGray => Colour::Indexed(8),
        Color::LightRed => Colour::Indexed(9),
        Color::LightGreen => Colour::Indexed(10),
        Color::LightYellow => Colour::Indexed(11),
        Color::LightBlue => Colour::Indexed(12),
        Color::LightMagenta => Colour::Indexed(13),
        Color::LightCyan => Colour::Indexed(14),
        Color::White => Colour::Indexed(15),
    }
}

impl<W: Write> Backend for Thrifty<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        for (x, y, cell) in content {
            self.go(Position { x, y });
            let attributes = Attributes {
                bold: cell.modifier.contains(Modifier::BOLD),
                underline: cell.modifier.contains(Modifier::UNDERLINED),
                reverse: cell.modifier.contains(Modifier::REVERSED),
            };
            let (fg, bg) = (colour(cell.fg), colour(cell.bg));
            self.pen
                .put(&mut self.frame, cell.symbol(), fg, bg, attributes);
            let width = ratatui::text::Span::raw(cell.symbol()).width() as u16;
            let next = x + width.max(1);
            // At the right edge a terminal may or may not wrap: the place is unknown.
            self.at = (next < self.size.width).then_some(Position { x: next, y });
        }
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.show = false;
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.show = true;
        Ok(())
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.rest.unwrap_or_default())
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.rest = Some(position.into());
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, _: ClearType) -> io::Result<()> {
        self.pen.forget();
        self.pen.rest(&mut self.frame);
        self.frame.extend_from_slice(b"\x1b[2J");
        self.at = None;
        Ok(())
    }

    fn size(&self) -> io::Result<Size> {
        Ok(self.size)
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize {
            columns_rows: self.size,
            pixels: Size::ZERO,
        })
    }

    /// Sends the frame in one write, if there is anything to send.
    fn flush(&mut self) -> io::Result<()> {
        if self.show
            && let Some(rest) = self.rest
        {
            self.go(rest);
        }
        if self.shown != Some(self.show) {
            self.frame.extend_from_slice(if self.show {
                b"\x1b[?25h"
            } else {
                b"\x1b[?25l"
            });
            self.shown = Some(self.show);
        }
        if self.frame.is_empty() {
            return Ok(());
        }
        if self.synchronized && self.frame.len() > TORN {
            self.frame.splice(..0, *b"\x1b[?2026h");
            self.frame.extend_from_slice(b"\x1b[?2026l");
        }
        let (bytes, now) = (self.frame.len(), Instant::now());
        if self.pace.asks(bytes, now) {
            self.frame.extend_from_slice(QUESTION);
            self.pace.asked(bytes, now);
        }
        self.last = self.frame.len();
        self.total += self.last as u64;
        let result = self
            .out
            .write_all(&self.frame)
            .and_then(|()| self.out.flush());
        self.frame.clear();
        result
    }
}

/// A terminal in memory, and whether it shows what was drawn.
#[cfg(test)]
pub mod replay {
    use super::*;
    use ratatui::buffer::Buffer;
    use std::num::NonZeroU16;

    pub fn parser(width: u16, height: u16) -> vt100::Parser {
        vt100::Parser::new(
            NonZeroU16::new(height).unwrap(),
            NonZeroU16::new(width).unwrap(),
            0,
        )
    }

    /// What the eye sees of a cell: glyph and ink where there is one, the upper
    /// and lower paper, weight.
    #[derive(Debug, PartialEq)]
    struct Seen {
        glyph: String,
        ink: Option<Colour>,
        papers: [Colour; 2],
        bold: bool,
        underline: bool,
        reverse: bool,
    }

    fn seen(symbol: &str, fg: Colour, bg: Colour, a: Attributes) -> Seen {
        let decorated = a.underline || a.reverse;
        let own = Colour::Default;
        let (glyph, ink, papers) = match symbol {
            _ if decorated => (symbol, Some(fg), [bg; 2]),
            " " | "" => ("", None, [bg; 2]),
            "█" if fg != own => ("", None, [fg; 2]),
            "▀" if fg != own => ("", None, [fg, bg]),
            "▄" if fg != own => ("", None, [bg, fg]),
            s => (s, Some(fg), [bg; 2]),
        };
        Seen {
            glyph: glyph.to_owned(),
            bold: a.bold && !glyph.is_empty(),
            ink,
            papers,
            underline: a.underline,
            reverse: a.reverse,
        }
    }

    pub fn same(buffer: &Buffer, screen: &vt100::Screen) {
        let theirs = |c: vt100::Color| match c {
            vt100::Color::Default => Colour::Default,
            vt100::Color::Idx(i) => Colour::Indexed(i),
            vt100::Color::Rgb(r, g, b) => Colour::Rgb(r, g, b),
        };
        for y in 0..buffer.area.height {
            for x in 0..buffer.area.width {
                let ours = &buffer[(x, y)];
                let cell = screen.cell(y, x).unwrap();
                let a = seen(
                    ours.symbol(),
                    colour(ours.fg),
                    colour(ours.bg),
                    Attributes {
                        bold: ours.modifier.contains(Modifier::BOLD),
                        underline: ours.modifier.contains(Modifier::UNDERLINED),
                        reverse: ours.modifier.contains(Modifier::REVERSED),
                    },
                );
                let b = seen(
                    cell.contents(),
                    theirs(cell.fgcolor()),
                    theirs(cell.bgcolor()),
                    Attributes {
                        bold: cell.bold(),
                        underline: cell.underline(),
                        reverse: cell.inverse(),
                    },
                );
                assert_eq!(a, b, "cell {x}, {y}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::replay::{parser, same};
    use super::*;
    use proptest::prelude::*;
    use ratatui::Terminal;
    use ratatui::buffer::Buffer;
    use ratatui::style::Style;

    fn terminal(width: u16, height: u16) -> Terminal<Thrifty<Vec<u8>>> {
        Terminal::new(Thrifty::new(Vec::new(), Size { width, height })).unwrap()
    }

    fn cells() -> impl Strategy<Value = (u16, u16, &'static str, u8, u8, u8)> {
        let glyph = prop::sample::select(vec!["▀", "▄", " ", "█", "a", "●", "⣀", "│"]);
        (0u16..23, 0u16..7, glyph, 0u8..5, 0u8..5, 0u8..8)
    }

    fn paint(buffer: &mut Buffer, cells: &[(u16, u16, &'static str, u8, u8, u8)]) {
        let color = |n: u8| match n {
            0 => Color::Reset,
            1 => Color::Indexed(232),
            2 => Color::Indexed(9),
            3 => Color::Rgb(1, 2, 3),
            _ => Color::Indexed(3),
        };
        for &(x, y, glyph, fg, bg, bits) in cells {
            let mut modifier = Modifier::empty();
            modifier.set(Modifier::BOLD, bits & 1 > 0);
            modifier.set(Modifier::UNDERLINED, bits & 2 > 0);
            modifier.set(Modifier::REVERSED, bits & 4 > 0);
            buffer[(x, y)].set_symbol(glyph).set_style(
                Style::new()
                    .fg(color(fg))
                    .bg(color(bg))
                    .add_modifier(modifier),
            );
        }
    }

    proptest! {
        #[test]
        fn what_is_written_shows_what_was_drawn(frames in prop::collection::vec(prop::collection::vec(cells(), 0..200), 1..5)) {
            let mut terminal = terminal(23, 7);
            let mut parser = parser(23, 7);
            for frame in &frames {
                let done = terminal.draw(|f| paint(f.buffer_mut(), frame)).unwrap();
                let buffer = done.buffer.clone();
                parser.process(&std::mem::take(&mut terminal.backend_mut().out));
                same(&buffer, parser.screen());
            }
        }
    }

    #[test]
    fn an_unchanged_frame_writes_nothing() {
        let mut terminal = terminal(80, 24);
        let paint = |f: &mut ratatui::Frame| {
            for y in 0..24 {
                for x in 0..80 {
                    f.buffer_mut()[(x, y)]
                        .set_symbol("▀")
                        .set_fg(Color::Indexed(232 + ((x + y) % 20) as u8))
                        .set_bg(Color::Indexed(233 + ((x * y) % 20) as u8));
                }
            }
            f.set_cursor_position((12, 5));
        };
        terminal.draw(paint).unwrap();
        let first = terminal.backend().total();
        assert!(first > 5_000);
        terminal.draw(paint).unwrap();
        assert_eq!(terminal.backend().total(), first);
    }

    #[test]
    fn moving_only_the_cursor_costs_a_few_bytes() {
        let mut terminal = terminal(80, 24);
        terminal.draw(|f| f.set_cursor_position((12, 5))).unwrap();
        let before = terminal.backend().total();
        terminal.draw(|f| f.set_cursor_position((13, 5))).unwrap();
        assert!(terminal.backend().total() - before <= 8);
    }
}
