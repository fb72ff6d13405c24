//! Colour maps as lists of colours that a terminal can show, dark to light.

use serde::{Deserialize, Serialize};

use super::{Colour, Depth};

/// The colour maps to choose from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ColourMap {
    /// Black to white: amplitude.
    #[default]
    Grey,
    /// Viridis (van der Walt and Smith 2015): attributes.
    Viridis,
    /// Cividis (Nunez, Anderton and Renslow 2018): attributes, made for colour-blind eyes.
    Cividis,
    /// Batlow (Crameri 2018): attributes, even to the eye.
    Batlow,
    /// Blue, white in the middle, red: amplitude.
    Diverging,
    /// Black, blue, white, red and black again: phase and azimuth.
    Cyclic,
}

/// The colours of a map in order of rising value; or those of a cube, red slowest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ramp {
    colours: Vec<Colour>,
    /// Steps of each of red, green and blue; 0 for a map.
    cube: usize,
}

/// The 30 greys of the 256 colours in order of lightness.
const GREYS: [u8; 30] = [
    16, 232, 233, 234, 235, 236, 237, 238, 239, 240, 59, 241, 242, 243, 244, 102, 245, 246, 247,
    248, 145, 249, 250, 251, 252, 188, 253, 254, 255, 231,
];

/// Longest run of the 256 colours along viridis whose lightness only rises.
const VIRIDIS: [u8; 10] = [53, 60, 31, 37, 72, 78, 113, 148, 184, 220];

/// The same for cividis.
const CIVIDIS: [u8; 14] = [
    239, 240, 59, 241, 242, 243, 244, 102, 245, 246, 144, 179, 185, 221,
];

/// The same for batlow.
const BATLOW: [u8; 10] = [24, 65, 100, 136, 179, 215, 216, 217, 224, 225];

/// Ten colours of batlow, between which it is straight.
const BATLOW_RGB: [[u8; 3]; 10] = [
    [1, 25, 89],
    [16, 63, 96],
    [28, 90, 98],
    [60, 109, 86],
    [104, 123, 62],
    [157, 137, 43],
    [210, 147, 67],
    [248, 161, 123],
    [253, 183, 188],
    [250, 204, 250],
];

/// Blue to white and on to red: lightness rises to the middle and falls from it.
const DIVERGING: [u8; 15] = [
    17, 25, 31, 67, 74, 110, 153, 231, 223, 181, 180, 173, 130, 88, 52,
];

/// The same with black at both ends, which are next to each other.
const CYCLIC: [u8; 12] = [16, 25, 67, 74, 110, 153, 231, 223, 180, 173, 130, 88];

/// The four greys of the sixteen colours.
const SIXTEEN: [u8; 4] = [0, 8, 7, 15];

/// Facies tints, five steps dark to light, the middle or last but one the ink itself.
const TINTS: [[u8; 5]; 7] = [
    [94, 130, 172, 214, 222],
    [24, 31, 74, 117, 153],
    [22, 29, 36, 79, 158],
    [58, 100, 142, 185, 227],
    [18, 25, 32, 39, 81],
    [52, 124, 166, 209, 216],
    [53, 89, 132, 175, 218],
];

/// The nearest of the sixteen colours for each facies ink.
const INKS_OF_SIXTEEN: [u8; 7] = [3, 14, 2, 11, 4, 1, 5];

/// Steps of a 24-bit map: more would only cost bytes on the line.
const TRUE_STEPS: usize = 32;
/// Steps while the picture moves.
const MOVING_STEPS: usize = 16;

impl ColourMap {
    /// All maps, in the order they are cycled through.
    pub const ALL: [ColourMap; 6] = [
        ColourMap::Grey,
        ColourMap::Viridis,
        ColourMap::Cividis,
        ColourMap::Batlow,
        ColourMap::Diverging,
        ColourMap::Cyclic,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            ColourMap::Grey => "grey",
            ColourMap::Viridis => "viridis",
            ColourMap::Cividis => "cividis",
            ColourMap::Batlow => "batlow",
            ColourMap::Diverging => "diverging",
            ColourMap::Cyclic => "cyclic",
        }
    }

    /// True where the depth can show it without reversals of lightness.
    pub fn available(self, depth: Depth) -> bool {
        match self {
            ColourMap::Grey => true,
            _ => depth >= Depth::Indexed,
        }
    }

    /// The next map that the depth can show.
    pub fn next(self, depth: Depth) -> ColourMap {
        let at = Self::ALL.iter().position(|&m| m == self).unwrap_or(0);
        (1..=Self::ALL.len())
            .map(|i| Self::ALL[(at + i) % Self::ALL.len()])
            .find(|m| m.available(depth))
            .unwrap_or_default()
    }

    /// The map at a fraction of its length, in 24 bits.
    pub fn at(self, fraction: f64) -> Colour {
        let t = fraction.clamp(0.0, 1.0);
        let from = |c: colorous::Color| Colour::Rgb(c.r, c.g, c.b);
        match self {
            ColourMap::Grey => {
                let grey = (255.0 * t).round() as u8;
                Colour::Rgb(grey, grey, grey)
            }
            ColourMap::Viridis => from(colorous::VIRIDIS.eval_continuous(t)),
            ColourMap::Cividis => from(colorous::CIVIDIS.eval_continuous(t)),
            ColourMap::Batlow => between(&BATLOW_RGB, t),
            ColourMap::Cyclic => {
                let ring = CYCLIC.iter().chain(&CYCLIC[..1]);
                let rgb = |&i: &u8| <[u8; 3]>::from(Colour::Indexed(i).rgb().unwrap_or_default());
                between(&ring.map(rgb).collect::<Vec<_>>(), t)
            }
            ColourMap::Diverging => from(colorous::RED_BLUE.eval_continuous(1.0 - t)),
        }
    }

    /// Its colours at a depth. `moving` gives fewer, so that a step over a slow
    /// line is short; the picture is sent again in full when it rests.
    ///
    /// A map that the depth cannot show gives grey. Grey uses the 256 colours
    /// even where 24 bits are known: half the bytes, and no eye tells.
    pub fn ramp(self, depth: Depth, moving: bool) -> Ramp {
        let map = if self.available(depth) {
            self
        } else {
            ColourMap::Grey
        };
        let listed: &[u8] = match (depth, map) {
            (Depth::Plain, _) => return Ramp::of(vec![Colour::Default; 10]),
            (Depth::Sixteen, _) => &SIXTEEN,
            (_, ColourMap::Grey) => &GREYS,
            (Depth::Indexed, ColourMap::Viridis) => &VIRIDIS,
            (Depth::Indexed, ColourMap::Cividis) => &CIVIDIS,
            (Depth::Indexed, ColourMap::Batlow) => &BATLOW,
            (Depth::Indexed, ColourMap::Diverging) => &DIVERGING,
            (Depth::Indexed, ColourMap::Cyclic) => &CYCLIC,
            _ => &[],
        };
        if listed.is_empty() {
            let n = if moving { MOVING_STEPS } else { TRUE_STEPS };
            return Ramp::of((0..n).map(|i| map.at(i as f64 / (n - 1) as f64)).collect());
        }
        let n = listed.len();
        let kept = if moving { n.min(MOVING_STEPS) } else { n };
        Ramp::of(
            (0..kept)
                .map(|i| {
                    let at = (i * (n - 1) + (kept - 1) / 2) / (kept - 1).max(1);
                    Colour::Indexed(listed[at])
                })
                .collect(),
        )
    }
}

/// The colour at a fraction of the way along straight pieces.
fn between(points: &[[u8; 3]], t: f64) -> Colour {
    let at = t * (points.len() - 1) as f64;
    let i = (at as usize).min(points.len() - 2);
    let part = at - i as f64;
    let [r, g, b] = [0, 1, 2].map(|c| {
        let (p, q) = (f64::from(points[i][c]), f64::from(points[i + 1][c]));
        (p + (q - p) * part).round() as u8
    });
    Colour::Rgb(r, g, b)
}

/// Steps of red, green and blue in 24 bits.
const CUBE_STEPS: usize = 8;
/// Those of the cube among the 256 colours.
const INDEXED_STEPS: usize = 6;

impl Ramp {
    fn of(colours: Vec<Colour>) -> Ramp {
        Ramp { colours, cube: 0 }
    }

    /// The cube of red, green and blue that a depth can show: 8 steps of each in
    /// 24 bits, the 6 of the 256 colours below that and while the picture moves;
    /// nothing where there are fewer colours.
    pub fn cube(depth: Depth, moving: bool) -> Option<Ramp> {
        let (steps, indexed) = match depth {
            Depth::Plain | Depth::Sixteen => return None,
            Depth::True if !moving => (CUBE_STEPS, false),
            _ => (INDEXED_STEPS, true),
        };
        let colour = |i: usize| {
            if indexed {
                return Colour::Indexed(16 + i as u8);
            }
            let part = |n: usize| (n % steps * 255 / (steps - 1)) as u8;
            Colour::Rgb(part(i / steps / steps), part(i / steps), part(i))
        };
        Some(Ramp {
            colours: (0..steps.pow(3)).map(colour).collect(),
            cube: steps,
        })
    }

    /// The step of a cube for fractions of red, green and blue from 0 to 1.
    ///
    /// ```
    /// use outcrop::picture::{Colour, Depth, Ramp};
    /// let cube = Ramp::cube(Depth::Indexed, false).ok_or("too few colours")?;
    /// assert_eq!(cube.colour(cube.mixed([1.0, 0.0, 0.0])), Colour::Indexed(196));
    /// # Ok::<(), &str>(())
    /// ```
    pub fn mixed(&self, fractions: [f32; 3]) -> usize {
        let most = self.cube.saturating_sub(1);
        let step = |f: f32| ((f * most as f32).round() as usize).min(most);
        let [r, g, b] = fractions.map(step);
        (r * self.cube + g) * self.cube + b
    }

    /// The step of a cube for a place on a plane, both coordinates from 0 to 1: red
    /// grows along the first, green along the second, blue where neither is, so that
    /// no two places far apart share a colour.
    ///
    /// ```
    /// use outcrop::picture::{Colour, Depth, Ramp};
    /// let cube = Ramp::cube(Depth::Indexed, false).ok_or("too few colours")?;
    /// assert_eq!(cube.colour(cube.on_plane([0.0, 0.0])), Colour::Indexed(21));
    /// assert_eq!(cube.colour(cube.on_plane([1.0, 1.0])), Colour::Indexed(226));
    /// # Ok::<(), &str>(())
    /// ```
    pub fn on_plane(&self, [first, second]: [f32; 2]) -> usize {
        self.mixed([first, second, 1.0 - 0.5 * (first + second)])
    }

    /// How light a step is, from 0 to 1: its place in a map, whose lightness rises.
    pub fn light(&self, step: usize) -> f64 {
        if self.cube == 0 {
            return step as f64 / self.len().max(1) as f64;
        }
        0.01 * self.colour(step).lightness().unwrap_or_default()
    }

    /// How many steps.
    pub fn len(&self) -> usize {
        self.colours.len()
    }

    /// True without steps.
    pub fn is_empty(&self) -> bool {
        self.colours.is_empty()
    }

    /// The colour of a step; the last for steps beyond.
    pub fn colour(&self, step: usize) -> Colour {
        self.colours
            .get(step.min(self.len().saturating_sub(1)))
            .copied()
            .unwrap_or_default()
    }

    /// True where it is not one of greys.
    pub fn is_coloured(&self) -> bool {
        if self.cube > 0 {
            return true;
        }
        let rgb = self.colour(1).rgb();
        rgb.is_some_and(|(r, g, b)| r != g || g != b)
    }

    /// All colours in order.
    pub fn colours(&self) -> &[Colour] {
        &self.colours
    }
}

/// The ink of a facies (from 1, as [`crate::model::Facies::colour`] counts) at a depth.
pub fn facies_ink(colour: u8, depth: Depth) -> Colour {
    let place = (colour.max(1) as usize - 1) % 7;
    match depth {
        Depth::Plain => Colour::Default,
        Depth::Sixteen => Colour::Indexed(INKS_OF_SIXTEEN[place]),
        _ => Colour::Indexed(crate::model::FACIES_INKS[place]),
    }
}

/// The tint of a facies over a picture: `fraction` from 0 (dark) to 1 (light).
pub fn facies_tint(colour: u8, fraction: f64, depth: Depth) -> Colour {
    let place = (colour.max(1) as usize - 1) % 7;
    let t = fraction.clamp(0.0, 1.0);
    match depth {
        Depth::Plain => Colour::Default,
        Depth::Sixteen => facies_ink(colour, depth),
        _ => Colour::Indexed(TINTS[place][((t * 5.0) as usize).min(4)]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lightness(colours: &[Colour]) -> Vec<f64> {
        colours.iter().map(|c| c.lightness().unwrap()).collect()
    }

    fn rises(name: &str, colours: &[Colour]) {
        let l = lightness(colours);
        assert!(
            l.windows(2).all(|w| w[0] < w[1]),
            "{name} does not rise: {l:?}"
        );
    }

    #[test]
    fn lightness_never_reverses() {
        for depth in [Depth::Indexed, Depth::True] {
            for moving in [false, true] {
                for map in &ColourMap::ALL[..4] {
                    rises(map.name(), map.ramp(depth, moving).colours());
                }
            }
        }
        for tint in TINTS {
            rises("tint", &tint.map(Colour::Indexed));
        }
        rises(
            "sixteen",
            ColourMap::Grey.ramp(Depth::Sixteen, false).colours(),
        );
    }

    #[test]
    fn the_diverging_map_rises_to_white_and_falls() {
        for map in [ColourMap::Diverging, ColourMap::Cyclic] {
            for depth in [Depth::Indexed, Depth::True] {
                let ramp = map.ramp(depth, false);
                let l = lightness(ramp.colours());
                let top = (0..l.len()).max_by(|&i, &j| l[i].total_cmp(&l[j])).unwrap();
                assert!(top.abs_diff(l.len() / 2) <= 1, "{top} of {}", l.len());
                assert!(l[top] > 88.0);
                assert!(l[..top].windows(2).all(|w| w[0] < w[1]), "{map:?} {l:?}");
                assert!(
                    l[top + 1..].windows(2).all(|w| w[0] > w[1]),
                    "{map:?} {l:?}"
                );
            }
        }
    }

    #[test]
    fn the_cyclic_map_ends_where_it_begins() {
        assert_eq!(ColourMap::Cyclic.at(0.0), ColourMap::Cyclic.at(1.0));
    }

    #[test]
    fn steps_are_as_many_as_promised_and_keep_their_ends() {
        assert_eq!(ColourMap::Grey.ramp(Depth::Indexed, false).len(), 30);
        let moving = ColourMap::Grey.ramp(Depth::Indexed, true);
        assert_eq!(moving.len(), 16);
        assert_eq!(moving.colour(0), Colour::Indexed(16));
        assert_eq!(moving.colour(15), Colour::Indexed(231));
        assert_eq!(ColourMap::Viridis.ramp(Depth::Indexed, false).len(), 10);
        assert_eq!(ColourMap::Cividis.ramp(Depth::Indexed, false).len(), 14);
    }

    #[test]
    fn maps_that_a_depth_cannot_show_are_skipped() {
        assert_eq!(ColourMap::Cyclic.next(Depth::Indexed), ColourMap::Grey);
        assert_eq!(ColourMap::Cividis.next(Depth::True), ColourMap::Batlow);
        assert_eq!(ColourMap::Grey.next(Depth::Plain), ColourMap::Grey);
        assert_eq!(
            ColourMap::Diverging.ramp(Depth::Sixteen, false),
            ColourMap::Grey.ramp(Depth::Sixteen, false)
        );
    }

    #[test]
    fn cubes_hold_every_mixture_once() {
        for (depth, steps) in [(Depth::Indexed, 6), (Depth::True, 8)] {
            let cube = Ramp::cube(depth, false).unwrap();
            let part = |n: usize| n as f32 / (steps - 1) as f32;
            let mut seen = vec![false; cube.len()];
            for i in 0..steps * steps * steps {
                let [r, g, b] = [i / steps / steps, i / steps % steps, i % steps].map(part);
                let at = cube.mixed([r, g, b]);
                assert!(!std::mem::replace(&mut seen[at], true));
                let (x, y, z) = cube.colour(at).rgb().unwrap();
                // Rising with each of the three, whatever xterm's own steps are.
                for (level, fraction) in [(x, r), (y, g), (z, b)] {
                    assert!((f32::from(level) / 255.0 - fraction).abs() < 0.19);
                }
            }
            assert!(cube.is_coloured() && cube.light(cube.mixed([1.0; 3])) > 0.99);
        }
        assert_eq!(Ramp::cube(Depth::Sixteen, false), None);
        assert_eq!(
            Ramp::cube(Depth::True, true),
            Ramp::cube(Depth::Indexed, false)
        );
    }

    #[test]
    fn every_tint_holds_its_ink() {
        for (place, tint) in TINTS.iter().enumerate() {
            assert!(tint.contains(&crate::model::FACIES_INKS[place]), "{place}");
        }
    }
}
