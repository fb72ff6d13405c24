//! Stills: what the picture shows in pixels instead of cells, for terminals that
//! know how. Nothing of this is sent unless it is asked for by name.
//!
//! Three ways are known: kitty's graphics protocol, iTerm2's inline images, and
//! sixel (DEC STD 070). The first two take a PNG in base64 and fit it into cells
//! themselves; sixel takes pixels as they are, six rows at a time.

use std::collections::BTreeMap;
use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crossterm::terminal::WindowSize;

use crate::picture::{Page, PictureError};

/// A way to show pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Kitty, Ghostty, Konsole.
    Kitty,
    /// iTerm2, WezTerm, mintty.
    Iterm,
    /// xterm, foot, mlterm, contour, Windows Terminal.
    Sixel,
}

/// Room for a still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Columns and rows.
    pub cells: (u16, u16),
    /// Pixels of a cell.
    pub cell: (u16, u16),
}

impl Room {
    /// A screen of so many cells, whose pixels the terminal tells or not.
    pub fn of(cells: (u16, u16), told: Option<WindowSize>) -> Room {
        let cell = told
            .map(|t| (t.width / cells.0.max(1), t.height / cells.1.max(1)))
            .filter(|cell| cell.0 > 0 && cell.1 > 0);
        Room {
            cells,
            cell: cell.unwrap_or(CELL),
        }
    }
}

/// Where the terminal does not tell how large its cells are.
const CELL: (u16, u16) = (9, 18);
/// Most bytes of base64 in one piece, as kitty asks for.
const PIECE: usize = 4096;
/// Levels of each colour in a sixel palette: 216 registers, which every terminal has.
const LEVELS: usize = 6;
/// What takes kitty's pictures off the screen again; others do not know it.
pub const CLEAR: &[u8] = b"\x1b_Ga=d,q=2\x1b\\";

impl Way {
    /// Its names on the command line.
    pub const NAMES: [(&'static str, Way); 3] = [
        ("kitty", Way::Kitty),
        ("iterm", Way::Iterm),
        ("sixel", Way::Sixel),
    ];

    /// The way of a terminal that is known by its `TERM`, and `TERM_PROGRAM`.
    pub fn known(term: &str, program: &str) -> Option<Way> {
        let of = |names: &[&str]| {
            (names.iter()).any(|n| term.contains(n) || program.to_lowercase().contains(n))
        };
        if of(&["kitty", "ghostty"]) {
            Some(Way::Kitty)
        } else if of(&["iterm", "wezterm", "mintty"]) {
            Some(Way::Iterm)
        } else {
            of(&["foot", "mlterm", "contour", "sixel"]).then_some(Way::Sixel)
        }
    }

    /// Bytes that clear the screen, show the page as large as the room allows, and
    /// say below it how to go on.
    pub fn show(self, page: &Page, room: Room) -> Result<Vec<u8>, PictureError> {
        let (columns, rows) = fit(page, room);
        let mut out = b"\x1b[0m\x1b[2J\x1b[H".to_vec();
        match self {
            Way::Kitty => kitty(&mut out, &png(page)?, (columns, rows)),
            Way::Iterm => {
                let data = png(page)?;
                let head = format!(
                    "\x1b]1337;File=inline=1;size={};width={columns};height={rows}:",
                    data.len()
                );
                out.extend_from_slice(head.as_bytes());
                out.extend_from_slice(STANDARD.encode(&data).as_bytes());
                out.push(7);
            }
            Way::Sixel => {
                let pixels = (columns * room.cell.0, rows * room.cell.1);
                out.extend_from_slice(sixel(page, pixels).as_bytes());
            }
        }
        let below = format!("\x1b[{};1H any key goes back", room.cells.1);
        out.extend_from_slice(below.as_bytes());
        Ok(out)
    }
}

/// Columns and rows that a page fills without losing its shape; the last row stays
/// free for words.
fn fit(page: &Page, room: Room) -> (u16, u16) {
    let rows = room.cells.1.saturating_sub(1).max(1);
    let width = f64::from(room.cells.0) * f64::from(room.cell.0);
    let height = f64::from(rows) * f64::from(room.cell.1);
    let scale = (width / page.width.max(1) as f64).min(height / page.height.max(1) as f64);
    let cells = |pixels: usize, cell: u16, most: u16| {
        ((pixels as f64 * scale / f64::from(cell)).round() as u16).clamp(1, most)
    };
    (
        cells(page.width, room.cell.0, room.cells.0),
        cells(page.height, room.cell.1, rows),
    )
}

fn png(page: &Page) -> Result<Vec<u8>, PictureError> {
    let mut bytes = Vec::new();
    page.write_png(&mut bytes)?;
    Ok(bytes)
}

/// A PNG in pieces; the terminal answers none of them, since an answer would be
/// read as keys.
fn kitty(out: &mut Vec<u8>, png: &[u8], (columns, rows): (u16, u16)) {
    let data = STANDARD.encode(png);
    let pieces: Vec<&[u8]> = data.as_bytes().chunks(PIECE).collect();
    for (i, piece) in pieces.iter().enumerate() {
        let more = u8::from(i + 1 < pieces.len());
        let head = match i {
            0 => format!("\x1b_Ga=T,f=100,q=2,C=1,c={columns},r={rows},m={more};"),
            _ => format!("\x1b_Gm={more};"),
        };
        out.extend_from_slice(head.as_bytes());
        out.extend_from_slice(piece);
        out.extend_from_slice(b"\x1b\\");
    }
}

/// Sixels of a page shrunk or enlarged to so many pixels: for six rows at once, a
/// line of dots for each colour in them, with runs counted.
fn sixel(page: &Page, (width, height): (u16, u16)) -> String {
    let (width, height) = (usize::from(width.max(1)), usize::from(height.max(1)));
    let register = |x: usize, y: usize| {
        let at = (y * page.height / height) * page.width + x * page.width / width;
        let level = |v: u8| (usize::from(v) * (LEVELS - 1) + 127) / 255;
        let [r, g, b] = page.pixels[at].map(level);
        (r * LEVELS + g) * LEVELS + b
    };
    // Writing to a String cannot fail.
    let mut out = format!("\x1bP0;1q\"1;1;{width};{height}");
    for n in 0..LEVELS.pow(3) {
        let percent = |level: usize| level * 100 / (LEVELS - 1);
        let (r, g, b) = (n / LEVELS / LEVELS, n / LEVELS % LEVELS, n % LEVELS);
        let _ = write!(out, "#{n};2;{};{};{}", percent(r), percent(g), percent(b));
    }
    for top in (0..height).step_by(6) {
        let mut dots: BTreeMap<usize, Vec<u8>> = BTreeMap::new();
        for x in 0..width {
            for y in top..(top + 6).min(height) {
                let row = dots.entry(register(x, y)).or_insert_with(|| vec![0; width]);
                row[x] |= 1 << (y - top);
            }
        }
        for (n, row) in &dots {
            let _ = write!(out, "#{n}");
            runs(&mut out, row);
            out.push('$');
        }
        out.push('-');
    }
    out.push_str("\x1b\\");
    out
}

/// Dots of a row, with runs as `!12?`.
fn runs(out: &mut String, row: &[u8]) {
    for run in row.chunk_by(|a, b| a == b) {
        let dot = char::from(63 + run[0]);
        if run.len() > 3 {
            let _ = write!(out, "!{}{dot}", run.len());
        } else {
            out.extend(std::iter::repeat_n(dot, run.len()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: Room = Room {
        cells: (80, 24),
        cell: (10, 20),
    };

    fn page() -> Page {
        let (width, height) = (60, 45);
        let pixels = (0..width * height)
            .map(|i| match (i % width < 20, i / width < 9) {
                (true, _) => [255, 0, 0],
                (_, true) => [0, 0, 255],
                _ => [(i % 256) as u8; 3],
            })
            .collect();
        Page {
            width,
            height,
            pixels,
        }
    }

    fn decoded(png: &[u8]) -> (u32, u32, Vec<u8>) {
        let mut reader = png::Decoder::new(std::io::Cursor::new(png))
            .read_info()
            .unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        (info.width, info.height, pixels)
    }

    fn between<'a>(text: &'a str, from: &str, to: &str) -> Vec<&'a str> {
        let rest = text.split(from).skip(1);
        rest.map(|part| part.split_once(to).unwrap().0).collect()
    }

    #[test]
    fn a_png_arrives_whole_by_kitty_and_by_iterm() {
        let page = page();
        for way in [Way::Kitty, Way::Iterm] {
            let bytes = way.show(&page, ROOM).unwrap();
            let text = String::from_utf8(bytes).unwrap();
            let data = if way == Way::Kitty {
                let pieces = between(&text, "\x1b_G", "\x1b\\");
                assert!(pieces[0].contains("c=61,r=23"), "{}", pieces[0]);
                assert!(pieces.last().unwrap().contains("m=0"));
                let data = pieces.iter().map(|p| p.split_once(';').unwrap().1);
                assert!(data.clone().all(|d| d.len() <= PIECE));
                data.collect::<String>()
            } else {
                let all = between(&text, "\x1b]1337;", "\x07");
                all[0].split_once(':').unwrap().1.to_owned()
            };
            let (w, h, pixels) = decoded(&STANDARD.decode(data).unwrap());
            assert_eq!((w, h), (60, 45));
            assert_eq!(pixels, page.pixels.as_flattened());
        }
    }

    /// Pixels of sixels, by their definition.
    fn replay(text: &str) -> BTreeMap<(usize, usize), usize> {
        let body = text.split_once('q').unwrap().1;
        let mut seen = BTreeMap::new();
        let (mut x, mut top, mut register) = (0, 0, 0);
        let mut rest = body.trim_end_matches("\x1b\\");
        rest = &rest[rest.find('#').unwrap()..];
        while let Some(c) = rest.chars().next() {
            rest = &rest[1..];
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            match c {
                '#' => {
                    register = rest[..digits].parse().unwrap();
                    rest = &rest[digits..];
                    if rest.starts_with(';') {
                        rest = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
                    }
                }
                '$' => x = 0,
                '-' => (x, top) = (0, top + 6),
                _ => {
                    let (n, dot) = match c {
                        '!' => {
                            let n: usize = rest[..digits].parse().unwrap();
                            let dot = rest[digits..].chars().next().unwrap();
                            rest = &rest[digits + 1..];
                            (n, dot)
                        }
                        dot => (1, dot),
                    };
                    for _ in 0..n {
                        for bit in (0..6).filter(|bit| (dot as u8 - 63) & (1 << bit) != 0) {
                            seen.insert((x, top + bit), register);
                        }
                        x += 1;
                    }
                }
            }
        }
        seen
    }

    #[test]
    fn sixels_paint_every_pixel_once_in_the_nearest_colour() {
        let page = page();
        let (width, height) = (120, 90);
        let seen = replay(&sixel(&page, (width, height)));
        assert_eq!(seen.len(), usize::from(width) * usize::from(height));
        for (&(x, y), &register) in &seen {
            let [r, g, b] = page.pixels[(y / 2) * 60 + x / 2];
            let near = |v: u8, level: usize| (f64::from(v) / 51.0 - level as f64).abs() <= 0.51;
            assert!(near(r, register / 36) && near(g, register / 6 % 6) && near(b, register % 6));
        }
    }

    #[test]
    fn a_page_keeps_its_shape_and_the_last_row_is_free() {
        for (width, height) in [(60, 45), (4000, 10), (10, 4000), (800, 460)] {
            let page = Page {
                width,
                height,
                pixels: vec![[0; 3]; width * height],
            };
            let (columns, rows) = fit(&page, ROOM);
            assert!((1..=80).contains(&columns) && (1..=23).contains(&rows));
            assert!(columns == 80 || rows == 23);
        }
    }

    #[test]
    fn only_terminals_that_are_known_are_guessed() {
        assert_eq!(Way::known("xterm-kitty", ""), Some(Way::Kitty));
        assert_eq!(Way::known("xterm-256color", "iTerm.app"), Some(Way::Iterm));
        assert_eq!(Way::known("foot", ""), Some(Way::Sixel));
        assert_eq!(Way::known("xterm-256color", ""), None);
    }
}
