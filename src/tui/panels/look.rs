//! How panels look, for tests: what stands in each cell, and in which ink.

use std::fmt::Write;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};

use super::{Key, Theme};
use crate::modules::{Job, Kind, Module, ModuleError, Parameter, Reads, Request};
use crate::picture::Depth;
use crate::tui::{Place as KeyPlace, places};

type Draw<'a> = &'a dyn Fn(Rect, &mut Buffer, &Theme);

/// Text of a panel: its cells, then a letter for the ink of each cell.
pub struct Look;

impl Look {
    /// The panel at so many columns and rows.
    ///
    /// Where `OUTCROP_LOOK` names a folder, the panel is also written there as
    /// terminal text, to be looked at with `cat`.
    pub fn at((columns, rows): (u16, u16), draw: impl Fn(Rect, &mut Buffer, &Theme)) -> String {
        let buffer = drawn((columns, rows), Depth::Indexed, &draw);
        if let Ok(folder) = std::env::var("OUTCROP_LOOK") {
            let test = std::thread::current()
                .name()
                .unwrap_or("panel")
                .replace("::", "-");
            let path = format!("{folder}/{test}-{columns}x{rows}.ans");
            std::fs::write(path, ansi(&buffer)).unwrap();
        }
        let mut text = String::new();
        for part in [symbol as fn(&Buffer, u16, u16) -> String, ink] {
            for y in 0..rows {
                let line: String = (0..columns).map(|x| part(&buffer, x, y)).collect();
                let _ = writeln!(text, "{}", line.trim_end());
            }
            text.push('\n');
        }
        text
    }
}

fn drawn((columns, rows): (u16, u16), depth: Depth, draw: Draw) -> Buffer {
    let area = Rect::new(0, 0, columns, rows);
    let mut buffer = Buffer::empty(area);
    draw(area, &mut buffer, &Theme::new(depth));
    buffer
}

fn symbol(buffer: &Buffer, x: u16, y: u16) -> String {
    buffer[(x, y)].symbol().to_owned()
}

/// The ink of a cell as a letter; capitals are bold.
fn ink(buffer: &Buffer, x: u16, y: u16) -> String {
    let cell = &buffer[(x, y)];
    let letter = match (cell.fg, cell.bg) {
        _ if cell.modifier.contains(Modifier::REVERSED) => 'r',
        (_, Color::Indexed(_)) => 's',
        _ if cell.symbol() == " " => return " ".to_owned(),
        (Color::Indexed(244), _) => 'd',
        (Color::Indexed(99), _) => 'a',
        (Color::Indexed(166), _) if !"●■▲◆○□△".contains(cell.symbol()) => 'w',
        (Color::Indexed(167), _) => 'e',
        (Color::Indexed(_), _) => 'f',
        _ => '.',
    };
    match (letter, cell.modifier.contains(Modifier::BOLD)) {
        ('.', true) => "b".to_owned(),
        (letter, true) => letter.to_uppercase().to_string(),
        (letter, false) => letter.to_string(),
    }
}

/// The buffer as terminal text.
fn ansi(buffer: &Buffer) -> String {
    let mut text = String::new();
    for y in buffer.area.rows().map(|row| row.y) {
        for x in 0..buffer.area.width {
            let cell = &buffer[(x, y)];
            text.push_str("\x1b[0");
            for (modifier, code) in [(Modifier::BOLD, ";1"), (Modifier::REVERSED, ";7")] {
                if cell.modifier.contains(modifier) {
                    text.push_str(code);
                }
            }
            for (color, code) in [(cell.fg, 38), (cell.bg, 48)] {
                if let Color::Indexed(i) = color {
                    let _ = write!(text, ";{code};5;{i}");
                }
            }
            let _ = write!(text, "m{}", cell.symbol());
        }
        text.push_str("\x1b[0m");
        if y + 1 < buffer.area.height {
            text.push_str("\r\n");
        }
    }
    text
}

/// Fails where a panel without colours differs from itself with colours in any
/// glyph, or shows a colour; also draws it at sizes nobody has, for panics.
pub fn same_without_colour(draw: impl Fn(Rect, &mut Buffer, &Theme)) {
    for size in [(60, 18), (80, 24), (120, 40), (200, 60)] {
        let (with, without) = (
            drawn(size, Depth::Indexed, &draw),
            drawn(size, Depth::Plain, &draw),
        );
        for (a, b) in with.content().iter().zip(without.content()) {
            assert_eq!(a.symbol(), b.symbol());
            assert_eq!((b.fg, b.bg), (Color::Reset, Color::Reset));
        }
    }
    for size in [(1, 1), (7, 3), (30, 2), (2, 30), (59, 17)] {
        drawn(size, Depth::Indexed, &draw);
    }
}

/// Presses keys as tables write them: `jj Enter`.
pub fn keys<T>(text: &str, mut press: impl FnMut(Key) -> T) {
    for place in places(text) {
        if let KeyPlace::Key(key) = place {
            press(key);
        }
    }
}

/// A module for tests, so that their pictures stay when the real ones change.
pub struct Trial(pub &'static str);

impl Module for Trial {
    fn name(&self) -> &'static str {
        self.0
    }

    fn summary(&self) -> &'static str {
        "random forest: learn the facies from the picked voxels, classify the volume"
    }

    fn parameters(&self) -> &'static [Parameter] {
        const TABLE: &[Parameter] = &[
            Parameter::new("trees", Kind::Whole(1, 10_000), "100", "", "trees grown"),
            Parameter::new(
                "max_depth",
                Kind::Whole(0, 1000),
                "10",
                "",
                "longest path in a tree; 0 = no limit",
            ),
            Parameter::new(
                "min_leaf",
                Kind::Whole(1, 1_000_000),
                "1",
                "voxels",
                "smallest leaf",
            ),
            Parameter::new(
                "class_weight",
                Kind::Choice(&["none", "balanced"]),
                "none",
                "",
                "balanced = rare facies count more",
            ),
            Parameter::new(
                "probabilities",
                Kind::Flag,
                "no",
                "",
                "also write one volume per facies",
            ),
        ];
        TABLE
    }

    fn reads(&self) -> Reads {
        Reads::Candidates
    }

    fn learns(&self) -> bool {
        true
    }

    fn prepare(&self, _: &Request, _: &crate::modules::Place) -> Result<Box<dyn Job>, ModuleError> {
        Err(ModuleError::Input("nothing to prepare".into()))
    }
}
