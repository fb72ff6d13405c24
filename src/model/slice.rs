//! Which slice: a direction and a survey number.

use serde::{Deserialize, Serialize};

use super::{Block, Grid, Pick};

/// The three directions a survey is cut in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Direction {
    /// Vertical section along an inline.
    Inline,
    /// Vertical section along a crossline.
    Crossline,
    /// Horizontal slice at one time or depth.
    Time,
}

impl Direction {
    /// The word for it, in lower case.
    pub fn word(self) -> &'static str {
        match self {
            Direction::Inline => "inline",
            Direction::Crossline => "crossline",
            Direction::Time => "time",
        }
    }
}

/// A slice named by survey number: what polygons and sessions refer to.
///
/// The plane of a slice has coordinates `(a, b)`: on a time slice (crossline,
/// inline), on an inline (crossline, time), on a crossline (inline, time). On
/// screen `a` runs to the right and `b` downwards.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub enum SliceKey {
    /// The inline of this number.
    Inline(i32),
    /// The crossline of this number.
    Crossline(i32),
    /// The time (ms) or depth of a horizontal slice.
    Time(f64),
}

impl PartialEq for SliceKey {
    fn eq(&self, other: &Self) -> bool {
        self.direction() == other.direction() && self.number().to_bits() == other.number().to_bits()
    }
}

impl Eq for SliceKey {}

impl std::hash::Hash for SliceKey {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.direction().hash(state);
        self.number().to_bits().hash(state);
    }
}

impl PartialOrd for SliceKey {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for SliceKey {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.direction().cmp(&other.direction())).then(self.number().total_cmp(&other.number()))
    }
}

impl std::fmt::Display for SliceKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.direction().word(), self.number())
    }
}

impl SliceKey {
    /// A slice of a direction at a survey number.
    pub fn new(direction: Direction, number: f64) -> Self {
        match direction {
            Direction::Inline => SliceKey::Inline(number.round() as i32),
            Direction::Crossline => SliceKey::Crossline(number.round() as i32),
            Direction::Time => SliceKey::Time(number),
        }
    }

    /// Its direction.
    pub fn direction(&self) -> Direction {
        match self {
            SliceKey::Inline(_) => Direction::Inline,
            SliceKey::Crossline(_) => Direction::Crossline,
            SliceKey::Time(_) => Direction::Time,
        }
    }

    /// Its survey number.
    pub fn number(&self) -> f64 {
        match *self {
            SliceKey::Inline(n) | SliceKey::Crossline(n) => f64::from(n),
            SliceKey::Time(t) => t,
        }
    }

    /// Its index on the grid, or nothing where it lies outside.
    pub fn index(&self, grid: &Grid) -> Option<usize> {
        grid.axis(self.direction()).index(self.number())
    }

    /// The block of the grid that holds the slice, or nothing where it lies outside.
    ///
    /// Read in this block, an inline is `[crossline, sample]`, a crossline
    /// `[inline, sample]`, a time slice `[inline, crossline]`, all in C order.
    pub fn block(&self, grid: &Grid) -> Option<Block> {
        let at = Pick::one(self.index(grid)?);
        let mut block = grid.all();
        match self.direction() {
            Direction::Inline => block.inlines = at,
            Direction::Crossline => block.crosslines = at,
            Direction::Time => block.samples = at,
        }
        Some(block)
    }

    /// The plane coordinates of a survey position on this slice's direction.
    pub fn plane(&self, inline: f64, crossline: f64, time: f64) -> (f64, f64) {
        match self.direction() {
            Direction::Inline => (crossline, time),
            Direction::Crossline => (inline, time),
            Direction::Time => (crossline, inline),
        }
    }

    /// The survey position (inline, crossline, time) of a point of the plane.
    pub fn position(&self, a: f64, b: f64) -> (f64, f64, f64) {
        let n = self.number();
        match self.direction() {
            Direction::Inline => (n, a, b),
            Direction::Crossline => (a, n, b),
            Direction::Time => (b, a, n),
        }
    }
}
