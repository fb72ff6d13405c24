//! Colours as terminals know them, and how light each of them looks.

use serde::{Deserialize, Serialize};

/// How many colours a terminal shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Depth {
    /// None: the ASCII ramp, bold, reverse and underline only.
    Plain,
    /// The sixteen ANSI colours.
    Sixteen,
    /// The 256 colours of xterm.
    Indexed,
    /// 24 bits.
    True,
}

/// One colour of a cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Colour {
    /// The terminal's own, whatever it is.
    #[default]
    Default,
    /// One of xterm's 256; from 16 on their values are the same everywhere.
    Indexed(u8),
    /// 24 bits.
    Rgb(u8, u8, u8),
}

/// Usual values of the sixteen ANSI colours (xterm's); terminals differ.
const ANSI: [(u8, u8, u8); 16] = [
    (0, 0, 0),
    (205, 0, 0),
    (0, 205, 0),
    (205, 205, 0),
    (0, 0, 238),
    (205, 0, 205),
    (0, 205, 205),
    (229, 229, 229),
    (127, 127, 127),
    (255, 0, 0),
    (0, 255, 0),
    (255, 255, 0),
    (92, 92, 255),
    (255, 0, 255),
    (0, 255, 255),
    (255, 255, 255),
];

impl Colour {
    /// Red, green and blue; nothing for the terminal's own colour.
    ///
    /// ```
    /// use outcrop::picture::Colour;
    /// assert_eq!(Colour::Indexed(244).rgb(), Some((128, 128, 128)));
    /// assert_eq!(Colour::Indexed(214).rgb(), Some((255, 175, 0)));
    /// ```
    pub fn rgb(self) -> Option<(u8, u8, u8)> {
        match self {
            Colour::Default => None,
            Colour::Rgb(r, g, b) => Some((r, g, b)),
            Colour::Indexed(i @ 0..16) => Some(ANSI[i as usize]),
            Colour::Indexed(i @ 16..232) => {
                let cube = |n: u8| if n == 0 { 0 } else { 55 + 40 * n };
                let n = i - 16;
                Some((cube(n / 36), cube(n / 6 % 6), cube(n % 6)))
            }
            Colour::Indexed(i) => {
                let grey = 8 + 10 * (i - 232);
                Some((grey, grey, grey))
            }
        }
    }

    /// CIE lightness L* from 0 (black) to 100 (white); nothing for the
    /// terminal's own colour. sRGB primaries, D65.
    pub fn lightness(self) -> Option<f64> {
        let (r, g, b) = self.rgb()?;
        let linear = |c: u8| {
            let c = f64::from(c) / 255.0;
            if c <= 0.040_45 {
                c / 12.92
            } else {
                ((c + 0.055) / 1.055).powf(2.4)
            }
        };
        let y = 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
        Some(if y > 216.0 / 24389.0 {
            116.0 * y.cbrt() - 16.0
        } else {
            y * 24389.0 / 27.0
        })
    }

    /// The mean of two colours at half its brightness: paper under a thin line of
    /// another hue. In 24 bits, else the nearest of the 256-colour cube.
    pub fn darker_mean(self, other: Colour, exact: bool) -> Colour {
        let (Some(a), Some(b)) = (self.rgb(), other.rgb()) else {
            return Colour::Default;
        };
        let mean = [(a.0, b.0), (a.1, b.1), (a.2, b.2)];
        let [r, g, b] = mean.map(|(p, q)| ((u16::from(p) + u16::from(q)) / 4) as u8);
        if exact {
            return Colour::Rgb(r, g, b);
        }
        // Steps of the cube: 0, 95, 135, 175, 215, 255.
        let step = |v: u8| if v < 48 { 0 } else { (v.max(75) - 35) / 40 };
        Colour::Indexed(16 + 36 * step(r) + 6 * step(g) + step(b))
    }

    /// Black or white, whichever reads better on this colour.
    pub fn contrast(self) -> Colour {
        match self.lightness() {
            Some(l) if l > 55.0 => Colour::Indexed(16),
            Some(_) => Colour::Indexed(255),
            None => Colour::Default,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lightness_spans_black_to_white() {
        assert_eq!(Colour::Indexed(16).lightness(), Some(0.0));
        assert!((Colour::Indexed(231).lightness().unwrap() - 100.0).abs() < 1e-9);
        // Reference: L* of sRGB (119, 119, 119) is 50.03.
        assert!((Colour::Rgb(119, 119, 119).lightness().unwrap() - 50.03).abs() < 0.01);
        assert_eq!(Colour::Default.lightness(), None);
    }

    #[test]
    fn the_darker_mean_keeps_the_hue() {
        let yellow = Colour::Indexed(220); // 255, 215, 0
        assert_eq!(yellow.darker_mean(yellow, true), Colour::Rgb(127, 107, 0));
        assert_eq!(
            yellow.darker_mean(yellow, false),
            Colour::Indexed(16 + 36 * 2 + 6)
        );
        let grey = Colour::Indexed(244).darker_mean(Colour::Indexed(16), false);
        assert_eq!(grey, Colour::Indexed(16));
        assert_eq!(Colour::Default.darker_mean(yellow, true), Colour::Default);
    }

    #[test]
    fn contrast_is_the_readable_ink() {
        assert_eq!(Colour::Indexed(16).contrast(), Colour::Indexed(255));
        assert_eq!(Colour::Indexed(231).contrast(), Colour::Indexed(16));
    }
}
