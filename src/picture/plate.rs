//! A slice as a picture to keep: axes, colour bar, polygons, at data resolution.

use std::io::Write;

use ndarray::ArrayView2;

use super::font::{COLUMNS, letter};
use super::outline::walk;
use super::{Colour, ColourMap, PictureError, Shading, Viewport, amount, number, resample, ticks};
use crate::model::Axis;

/// What a plate shows besides samples.
#[derive(Clone, Debug)]
pub struct Plate<'a> {
    /// What it is, over the picture.
    pub title: &'a str,
    /// Names of the axes, to the right and downwards.
    pub names: (&'a str, &'a str),
    /// Axis to the right.
    pub a: &'a Axis,
    /// Axis downwards.
    pub b: &'a Axis,
    /// True for `a`, and for `b`, where the axis is turned round.
    pub turned: (bool, bool),
    /// Colour map, in 24 bits.
    pub map: ColourMap,
    /// Range of values, and polarity.
    pub shading: Shading,
    /// Outlines in survey numbers, each with its ink.
    pub outlines: Vec<(Vec<(f64, f64)>, Colour)>,
}

/// Pixels of the margins: left and top for numbers and title, right for the
/// colour bar.
const LEFT: usize = 84;
const TOP: usize = 64;
const RIGHT: usize = 150;
const BOTTOM: usize = 12;
/// Width of the colour bar.
const BAR: usize = 16;

const PAPER: [u8; 3] = [255; 3];
const INK: [u8; 3] = [40; 3];
const NULL: [u8; 3] = [225; 3];

/// Pixels of one dot of a letter.
const DOT: usize = 2;
/// Pixels from one letter to the next.
const LETTER: usize = (COLUMNS + 1) * DOT;

/// Pixels of a plate: red, green and blue, in rows from the top left.
#[derive(Clone, Debug)]
pub struct Page {
    /// Pixels of a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// The pixels.
    pub pixels: Vec<[u8; 3]>,
}

impl Page {
    /// Writes it as a PNG in 24 bits.
    pub fn write_png(&self, out: impl Write) -> Result<(), PictureError> {
        let mut encoder = png::Encoder::new(out, self.width as u32, self.height as u32);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(self.pixels.as_flattened())?;
        writer.finish()?;
        Ok(())
    }

    fn set(&mut self, x: usize, y: usize, ink: [u8; 3]) {
        if x < self.width && y < self.height {
            self.pixels[y * self.width + x] = ink;
        }
    }

    fn fill(&mut self, (x, y): (usize, usize), (w, h): (usize, usize), ink: [u8; 3]) {
        for row in y..y + h {
            for column in x..x + w {
                self.set(column, row, ink);
            }
        }
    }

    /// Writes a text, its left end and middle at a place.
    fn text(&mut self, x: usize, y: usize, text: &str) {
        for (i, c) in text.chars().enumerate() {
            for (column, dots) in letter(c).iter().enumerate() {
                for row in (0..7).filter(|row| dots & (1 << row) != 0) {
                    let (dx, dy) = (i * LETTER + column * DOT, row * DOT);
                    self.fill((x + dx, (y + dy).saturating_sub(7)), (DOT, DOT), INK);
                }
            }
        }
    }
}

/// Pixels that a text is wide.
fn wide(text: &str) -> usize {
    LETTER * text.chars().count()
}

/// Writes a slice `[a, b]` as a PNG in 24 bits, as [`draw_plate`] draws it.
pub fn write_plate(
    out: impl Write,
    slice: &ArrayView2<f32>,
    plate: &Plate,
) -> Result<(), PictureError> {
    draw_plate(slice, plate)?.write_png(out)
}

/// Draws a slice `[a, b]`. Every sample is the same whole number of pixels, the
/// longer side 900 or more; nulls are light grey.
///
/// Fails where the slice is empty. Cost: one pass over the pixels.
pub fn draw_plate(slice: &ArrayView2<f32>, plate: &Plate) -> Result<Page, PictureError> {
    let (na, nb) = slice.dim();
    if slice.is_empty() {
        return Err(PictureError::Empty);
    }
    let factor = 900usize.div_ceil(na.max(nb));
    let (columns, rows) = (na * factor, nb * factor);
    let (width, height) = (LEFT + columns + RIGHT, TOP + rows.max(60) + BOTTOM);
    let mut page = Page {
        width,
        height,
        pixels: vec![PAPER; width * height],
    };
    let window = Viewport {
        turned: plate.turned,
        ..Viewport::fit((na, nb), columns, rows)
    };
    let raster = resample(slice, &window, 1);
    for (i, &v) in raster.values.iter().enumerate() {
        let ink = match plate.shading.level(v, 256) {
            Some(level) => paint(plate.map.at(level as f64 / 255.0)),
            None => NULL,
        };
        page.set(LEFT + i % columns, TOP + i / columns, ink);
    }
    page.text(LEFT, 14, &fitted(plate.title, columns + RIGHT));
    axes(&mut page, plate, &window);
    bar(&mut page, plate, columns, rows.max(60));
    for (ring, ink) in &plate.outlines {
        outline(&mut page, plate, &window, ring, paint(*ink));
    }
    Ok(page)
}

fn paint(colour: Colour) -> [u8; 3] {
    colour.rgb().map_or(INK, <[u8; 3]>::from)
}

/// Numbers along the top and the left, each with its tick.
fn axes(page: &mut Page, plate: &Plate, window: &Viewport) {
    for tick in ticks(plate.a, window.left, window.across, window.columns, 120) {
        let (text, x) = (number(tick.value), LEFT + window.column(tick.cell));
        page.fill((x, TOP - 6), (1, 5), INK);
        page.text(x.saturating_sub(wide(&text) / 2), TOP - 14, &text);
    }
    for tick in ticks(plate.b, window.top, window.down, window.rows, 40) {
        let (text, y) = (number(tick.value), TOP + window.row(tick.cell));
        page.fill((LEFT - 6, y), (5, 1), INK);
        page.text((LEFT - 10).saturating_sub(wide(&text)), y, &text);
    }
    page.text(LEFT + window.columns + 14, TOP - 14, plate.names.0);
    let down = plate.names.1;
    page.text((LEFT - 10).saturating_sub(wide(down)), TOP - 14, down);
}

/// As much of a text as so many pixels hold.
fn fitted(text: &str, pixels: usize) -> String {
    text.chars().take(pixels / LETTER).collect()
}

/// The colours at the right with the values at their ends, and 0 between them.
fn bar(page: &mut Page, plate: &Plate, columns: usize, rows: usize) {
    let (x, length) = (LEFT + columns + 14, rows.min(400));
    let clip = plate.shading.clip;
    for row in 0..length {
        let t = 1.0 - row as f32 / (length - 1) as f32;
        let value = clip.low + t * (clip.high - clip.low);
        let level = plate.shading.level(value, 256).unwrap_or(0);
        let ink = paint(plate.map.at(level as f64 / 255.0));
        page.fill((x, TOP + row), (BAR, 1), ink);
    }
    let ends = [(0, clip.high), (length - 1, clip.low)];
    for (row, value) in ends {
        page.text(
            x + BAR + 6,
            TOP + row.clamp(5, length - 5),
            &amount(f64::from(value)),
        );
    }
    if clip.low < 0.0 && clip.high > 0.0 {
        let row = clip.high / (clip.high - clip.low) * length as f32;
        page.text(x + BAR + 6, TOP + row as usize, "0");
    }
}

/// A closed line three pixels wide.
fn outline(page: &mut Page, plate: &Plate, window: &Viewport, ring: &[(f64, f64)], ink: [u8; 3]) {
    let cell = |&(a, b): &(f64, f64)| window.cell_of(plate.a.position(a), plate.b.position(b));
    let grid = (window.columns, window.rows);
    for (i, p) in ring.iter().enumerate() {
        let q = &ring[(i + 1) % ring.len()];
        walk(cell(p), cell(q), grid, false, |x, y| {
            page.fill(
                (LEFT + x.saturating_sub(1), TOP + y.saturating_sub(1)),
                (3, 3),
                ink,
            );
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::Clip;
    use ndarray::Array2;

    #[test]
    fn samples_polygons_and_bar_are_where_they_belong() {
        let slice = Array2::from_shape_fn((30, 50), |(a, _)| if a < 15 { 0.0 } else { 1.0 });
        let (a, b) = (Axis::new(300.0, 1.0, 30), Axis::new(0.0, 4.0, 50));
        let red = Colour::Rgb(200, 0, 0);
        let plate = Plate {
            title: "inline 7",
            names: ("crossline", "ms"),
            a: &a,
            b: &b,
            turned: (false, false),
            map: ColourMap::Grey,
            shading: Shading {
                clip: Clip {
                    low: 0.0,
                    high: 1.0,
                },
                reversed: false,
            },
            outlines: vec![(vec![(305.0, 40.0), (310.0, 40.0), (310.0, 80.0)], red)],
        };
        let mut bytes = Vec::new();
        write_plate(&mut bytes, &slice.view(), &plate).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes))
            .read_info()
            .unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!(info.width as usize, LEFT + 30 * 18 + RIGHT);
        let at = |x: usize, y: usize| {
            let i = 3 * (y * info.width as usize + x);
            [pixels[i], pixels[i + 1], pixels[i + 2]]
        };
        assert_eq!(at(LEFT + 2, TOP + 2), [0; 3]);
        assert_eq!(at(LEFT + 530, TOP + 2), [255; 3]);
        // The corner at crossline 305, 40 ms: the middle of its sample.
        assert_eq!(at(LEFT + 5 * 18 + 9, TOP + 10 * 18 + 9), [200, 0, 0]);
        assert_eq!(at(LEFT + 540 + 14, TOP), [255; 3]);
        assert_eq!(at(LEFT + 540 + 14, TOP + 399), [0; 3]);
        let inked = (0..TOP).any(|y| (LEFT..LEFT + 540).any(|x| at(x, y) == INK));
        assert!(inked, "numbers along the top");
    }

    #[test]
    fn nothing_to_draw_is_an_error() {
        let axis = Axis::new(0.0, 1.0, 0);
        let plate = Plate {
            title: "inline 7",
            names: ("crossline", "ms"),
            a: &axis,
            b: &axis,
            turned: (false, false),
            map: ColourMap::Grey,
            shading: Shading {
                clip: Clip {
                    low: 0.0,
                    high: 1.0,
                },
                reversed: false,
            },
            outlines: Vec::new(),
        };
        let empty = Array2::<f32>::zeros((0, 4));
        let result = write_plate(Vec::new(), &empty.view(), &plate);
        assert!(matches!(result, Err(PictureError::Empty)));
    }
}
