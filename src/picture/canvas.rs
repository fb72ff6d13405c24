//! The picture of a slice as cells: image, class tint, outlines, marks, labels.

use super::outline::{Stroke, walk};
use super::ramp::{Ramp, facies_tint};
use super::{Cell, Colour, Depth, Raster, Shading};

/// How many pixels a cell shows, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CellMode {
    /// Two: upper and lower half, each with its colour.
    #[default]
    Half,
    /// One: the cell's background.
    Full,
    /// One: a character of the ramp ` .:-=+*#%@`.
    Ascii,
}

impl CellMode {
    /// Pixels of one cell, one above the other.
    pub fn parts(self) -> usize {
        match self {
            CellMode::Half => 2,
            CellMode::Full | CellMode::Ascii => 1,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            CellMode::Half => "half",
            CellMode::Full => "full",
            CellMode::Ascii => "ascii",
        }
    }
}

/// One cell in so many along a row is struck where a picture is hatched.
const HATCH: usize = 3;

/// The ramp of characters, light ink on dark paper.
const ASCII: [char; 10] = [' ', '.', ':', '-', '=', '+', '*', '#', '%', '@'];

/// The character of a level out of `levels`.
pub fn character(level: usize, levels: usize) -> char {
    ASCII[(level * ASCII.len() / levels.max(1)).min(ASCII.len() - 1)]
}

/// Classes laid over the picture, and where they are not to be trusted.
#[derive(Clone, Copy, Debug)]
pub struct Overlay<'a> {
    /// Class code of every pixel, 0 where there is none.
    pub codes: &'a [u8],
    /// Facies colour number by code; codes without one stay grey.
    pub colours: &'a [Option<u8>],
    /// One column in so many is tinted: 1 for all.
    pub every: usize,
    /// True for every pixel that is hatched; empty for none.
    pub hatched: &'a [bool],
}

/// What a mark means, which decides its paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkStyle {
    /// A vertex of a polygon that is only shown.
    Quiet,
    /// A vertex of the active polygon.
    Active,
    /// The vertex that is carried or chosen: the one white cell.
    Carried,
}

/// What lies over the image in one cell.
#[derive(Clone, Copy, Debug, Default)]
struct Over {
    thick: [Option<Colour>; 2],
    dots: u8,
    dots_ink: Colour,
    glyph: Option<Cell>,
    hatched: bool,
}

/// Level and facies colour (0: none) of the two halves of a cell; nothing for nulls.
type Halves = [Option<(u16, u8)>; 2];

/// A grid of cells under construction.
#[derive(Clone, Debug)]
pub struct Canvas {
    columns: usize,
    rows: usize,
    mode: CellMode,
    depth: Depth,
    ramp: Ramp,
    image: Vec<Halves>,
    over: Vec<Over>,
}

impl Canvas {
    /// A canvas with the image of a raster, whose height is `rows x mode.parts()`.
    ///
    /// Nulls stay the terminal's own background. Without colours
    /// ([`Depth::Plain`]) every mode is the ASCII one.
    pub fn new(
        raster: &Raster,
        shading: &Shading,
        ramp: &Ramp,
        depth: Depth,
        mode: CellMode,
        overlay: Option<&Overlay>,
    ) -> Canvas {
        let level = |&v: &f32| Some(shading.level(v, ramp.len())? as u16);
        let levels: Vec<Option<u16>> = raster.values.iter().map(level).collect();
        Canvas::of_levels(&levels, raster.width, ramp, depth, mode, overlay)
    }

    /// A canvas from the level of every pixel, in rows of `columns`; nothing for nulls.
    pub fn of_levels(
        levels: &[Option<u16>],
        columns: usize,
        ramp: &Ramp,
        depth: Depth,
        mode: CellMode,
        overlay: Option<&Overlay>,
    ) -> Canvas {
        let parts = mode.parts();
        let rows = levels.len() / columns.max(1) / parts;
        let tint = |pixel: usize, x: usize| {
            overlay
                .filter(|o| x.is_multiple_of(o.every.max(1)))
                .and_then(|o| {
                    let code = *o.codes.get(pixel)?;
                    o.colours.get(code as usize).copied().flatten()
                })
                .unwrap_or(0)
        };
        let half = |x: usize, y: usize| {
            let pixel = y * columns + x;
            Some((levels[pixel]?, tint(pixel, x)))
        };
        let mut image = Vec::with_capacity(columns * rows);
        let mut over = Vec::with_capacity(columns * rows);
        for y in 0..rows {
            for x in 0..columns {
                image.push(if parts == 2 {
                    [half(x, 2 * y), half(x, 2 * y + 1)]
                } else {
                    [half(x, y); 2]
                });
                let hatched = overlay.and_then(|o| o.hatched.get(y * parts * columns + x));
                over.push(Over {
                    hatched: hatched == Some(&true),
                    ..Over::default()
                });
            }
        }
        Canvas {
            columns,
            rows,
            mode,
            depth,
            ramp: ramp.clone(),
            over,
            image,
        }
    }

    /// Columns of cells.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Rows of cells.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Draws a line between two points in cells from the top left corner.
    pub fn line(
        &mut self,
        p: (f64, f64),
        q: (f64, f64),
        ink: Colour,
        stroke: Stroke,
        dashed: bool,
    ) {
        let columns = self.columns;
        let over = &mut self.over;
        match stroke {
            Stroke::Thick => {
                let scale = |(x, y): (f64, f64)| (x, 2.0 * y);
                let grid = (self.columns, 2 * self.rows);
                walk(scale(p), scale(q), grid, dashed, |x, y| {
                    over[y / 2 * columns + x].thick[y % 2] = Some(ink);
                });
            }
            Stroke::Thin => {
                const BITS: [[u8; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];
                let scale = |(x, y): (f64, f64)| (2.0 * x, 4.0 * y);
                let grid = (2 * self.columns, 4 * self.rows);
                walk(scale(p), scale(q), grid, dashed, |x, y| {
                    let cell = &mut over[y / 4 * columns + x / 2];
                    cell.dots |= BITS[x % 2][y % 4];
                    cell.dots_ink = ink;
                });
            }
        }
    }

    /// Puts a mark on a cell; outside the canvas nothing happens.
    pub fn mark(&mut self, (x, y): (usize, usize), glyph: char, ink: Colour, style: MarkStyle) {
        let (fg, bg) = match style {
            MarkStyle::Quiet => (ink, self.fixed(235, 8)),
            MarkStyle::Active => (ink, self.fixed(16, 0)),
            MarkStyle::Carried => (self.fixed(16, 0), self.fixed(231, 15)),
        };
        let bold = style == MarkStyle::Carried;
        self.put(x, y, glyph, fg, bg, bold);
    }

    /// Writes a label with a blank at either end, its first blank at the cell.
    pub fn label(&mut self, (x, y): (usize, usize), text: &str, bold: bool) {
        let (fg, bg) = (self.fixed(255, 15), self.fixed(16, 0));
        for (i, glyph) in std::iter::once(' ')
            .chain(text.chars())
            .chain([' '])
            .enumerate()
        {
            self.put(x + i, y, glyph, fg, bg, bold);
        }
    }

    fn put(&mut self, x: usize, y: usize, glyph: char, fg: Colour, bg: Colour, bold: bool) {
        if x < self.columns && y < self.rows {
            self.over[y * self.columns + x].glyph = Some(Cell {
                glyph,
                fg,
                bg,
                bold,
            });
        }
    }

    /// A colour that does not depend on the terminal's background.
    fn fixed(&self, indexed: u8, sixteen: u8) -> Colour {
        match self.depth {
            Depth::Plain => Colour::Default,
            Depth::Sixteen => Colour::Indexed(sixteen),
            _ => Colour::Indexed(indexed),
        }
    }

    /// The finished cell at a column and row.
    pub fn cell(&self, x: usize, y: usize) -> Cell {
        let at = y * self.columns + x;
        let (over, image) = (&self.over[at], &self.image[at]);
        if let Some(cell) = over.glyph {
            return cell;
        }
        let lined = over.thick.iter().any(Option::is_some);
        if lined && self.plain() {
            return outlined(over.thick);
        }
        if lined {
            let [top, bottom] =
                [0, 1].map(|i| over.thick[i].unwrap_or_else(|| self.colour(image[i])));
            return Cell::halves(top, bottom);
        }
        if over.dots != 0 {
            return Cell {
                glyph: char::from_u32(0x2800 + u32::from(over.dots)).unwrap_or('.'),
                fg: over.dots_ink,
                bg: self.dimmed(*image),
                bold: true,
            };
        }
        let struck = over.hatched && (x + y).is_multiple_of(HATCH);
        if self.plain() || self.mode == CellMode::Ascii {
            let glyph = if self.beside_outline(x, y) {
                ' '
            } else if struck {
                '/'
            } else {
                self.character(*image, (x, y))
            };
            return Cell {
                glyph,
                ..Cell::BLANK
            };
        }
        if struck && let Some(ground) = image[0] {
            let paper = self.colour(Some(ground));
            return Cell {
                glyph: '╱',
                fg: paper.contrast(),
                bg: paper,
                bold: false,
            };
        }
        Cell::halves(self.colour(image[0]), self.colour(image[1]))
    }

    fn plain(&self) -> bool {
        self.depth == Depth::Plain
    }

    fn colour(&self, half: Option<(u16, u8)>) -> Colour {
        match half {
            None => Colour::Default,
            Some((level, 0)) => self.ramp.colour(level as usize),
            Some((level, tint)) => facies_tint(tint, self.ramp.light(level as usize), self.depth),
        }
    }

    /// The mean of both halves, darker: paper for a thin line.
    fn dimmed(&self, image: Halves) -> Colour {
        if self.plain() {
            return Colour::Default;
        }
        let [top, bottom] = image.map(|half| half.map(|(level, _)| level as usize));
        match (top, bottom) {
            // Lower levels of a coloured map are another hue: the hue stays, darker.
            (Some(t), Some(b)) if self.ramp.is_coloured() && self.depth >= Depth::Indexed => {
                let [t, b] = [t, b].map(|level| self.ramp.colour(level));
                t.darker_mean(b, self.depth == Depth::True)
            }
            (Some(t), Some(b)) => self.ramp.colour((t + b) * 3 / 10),
            _ => Colour::Default,
        }
    }

    /// The character of a cell: here and there the digit of its facies where no
    /// colour can tell it.
    fn character(&self, image: Halves, (x, y): (usize, usize)) -> char {
        let Some((level, tint)) = image[0] else {
            return ' ';
        };
        let told = self.plain() && tint > 0 && y.is_multiple_of(2) && (x + y).is_multiple_of(6);
        let digit = char::from_digit(u32::from(tint), 10).filter(|_| told);
        digit.unwrap_or_else(|| character(level as usize, self.ramp.len()))
    }

    /// Without colour one blank cell is kept on either side of lines and marks.
    fn beside_outline(&self, x: usize, y: usize) -> bool {
        let drawn = |x: usize| {
            let over = &self.over[y * self.columns + x];
            over.glyph.is_some() || over.dots != 0 || over.thick.iter().any(Option::is_some)
        };
        (x > 0 && drawn(x - 1)) || (x + 1 < self.columns && drawn(x + 1))
    }
}

/// A thick line where there are no colours.
fn outlined(thick: [Option<Colour>; 2]) -> Cell {
    let glyph = match thick.map(|half| half.is_some()) {
        [true, true] => '█',
        [true, false] => '▀',
        _ => '▄',
    };
    Cell {
        glyph,
        ..Cell::BLANK
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::{Clip, ColourMap};

    fn canvas(values: &[f32], width: usize, depth: Depth, mode: CellMode) -> Canvas {
        let raster = Raster {
            width,
            height: values.len() / width,
            values: values.to_vec(),
        };
        let shading = Shading {
            clip: Clip {
                low: 0.0,
                high: 1.0,
            },
            reversed: false,
        };
        let ramp = ColourMap::Grey.ramp(depth, false);
        Canvas::new(&raster, &shading, &ramp, depth, mode, None)
    }

    #[test]
    fn a_cell_shows_two_samples() {
        let c = canvas(&[0.0, 1.0], 1, Depth::Indexed, CellMode::Half).cell(0, 0);
        assert_eq!(c.glyph, '▀');
        assert_eq!((c.fg, c.bg), (Colour::Indexed(16), Colour::Indexed(231)));
    }

    #[test]
    fn nulls_are_the_terminals_own_background() {
        let c = canvas(&[f32::NAN, 1.0], 1, Depth::Indexed, CellMode::Half).cell(0, 0);
        assert_eq!(
            (c.glyph, c.fg, c.bg),
            ('▄', Colour::Indexed(231), Colour::Default)
        );
        let c = canvas(&[f32::NAN; 2], 1, Depth::Indexed, CellMode::Half).cell(0, 0);
        assert_eq!(c, Cell::BLANK);
    }

    #[test]
    fn without_colours_lines_keep_a_blank_on_either_side() {
        let mut c = canvas(&[1.0; 9], 9, Depth::Plain, CellMode::Ascii);
        c.line(
            (4.5, 0.0),
            (4.5, 0.9),
            Colour::Default,
            Stroke::Thick,
            false,
        );
        let row: String = (0..9).map(|x| c.cell(x, 0).glyph).collect();
        assert_eq!(row, "@@@ █ @@@");
        assert!((0..9).all(|x| c.cell(x, 0).bg == Colour::Default));
    }

    #[test]
    fn doubt_is_hatched_with_and_without_colours() {
        for (depth, mode, stroke) in [
            (Depth::Indexed, CellMode::Half, '╱'),
            (Depth::Plain, CellMode::Ascii, '/'),
        ] {
            let parts = mode.parts();
            let ramp = ColourMap::Grey.ramp(depth, false);
            let mut hatched = vec![false; 12 * parts];
            hatched[..6].fill(true);
            let overlay = Overlay {
                codes: &vec![1; 12 * parts],
                colours: &[None, Some(2)],
                every: 2,
                hatched: &hatched,
            };
            let levels = vec![Some(4); 12 * parts];
            let c = Canvas::of_levels(&levels, 12, &ramp, depth, mode, Some(&overlay));
            let row: Vec<char> = (0..12).map(|x| c.cell(x, 0).glyph).collect();
            assert_eq!((row[0], row[3]), (stroke, stroke), "{row:?}");
            assert!(!row[6..].contains(&stroke));
            if depth == Depth::Plain {
                // The facies is told by its digit.
                assert_eq!(row[6], '2', "{row:?}");
            } else {
                assert_ne!(c.cell(6, 0), c.cell(7, 0), "every other column is tinted");
                assert_eq!(c.cell(7, 0).bg, ramp.colour(4));
            }
        }
    }

    #[test]
    fn tints_follow_the_class_and_keep_the_light() {
        let raster = Raster {
            width: 3,
            height: 2,
            values: vec![0.1, 0.9, 0.9, 0.1, 0.9, 0.9],
        };
        let shading = Shading {
            clip: Clip {
                low: 0.0,
                high: 1.0,
            },
            reversed: false,
        };
        let overlay = Overlay {
            codes: &[1, 1, 2, 1, 1, 2],
            colours: &[None, Some(1), None],
            every: 1,
            hatched: &[],
        };
        let ramp = ColourMap::Grey.ramp(Depth::Indexed, false);
        let c = Canvas::new(
            &raster,
            &shading,
            &ramp,
            Depth::Indexed,
            CellMode::Half,
            Some(&overlay),
        );
        assert_eq!(c.cell(0, 0).bg, Colour::Indexed(94));
        assert_eq!(c.cell(1, 0).bg, Colour::Indexed(222));
        let grey = c.cell(2, 0).bg.rgb().unwrap();
        assert!(grey.0 == grey.1 && grey.1 == grey.2);
    }

    #[test]
    fn marks_and_labels_outside_are_dropped() {
        let mut c = canvas(&[0.5; 8], 4, Depth::Indexed, CellMode::Half);
        c.mark((9, 9), '●', Colour::Indexed(214), MarkStyle::Active);
        c.label((3, 0), "salt", true);
        assert_eq!(c.cell(3, 0).glyph, ' ');
    }
}
