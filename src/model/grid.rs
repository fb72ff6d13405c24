//! The survey grid and boxes of it.

use serde::{Deserialize, Serialize};

use super::{Axis, Direction, ModelError, Pick, SliceKey, Span};

/// What the vertical axis counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SampleUnit {
    /// Two-way time in milliseconds.
    #[default]
    Milliseconds,
    /// Depth in metres.
    Metres,
    /// Depth in feet.
    Feet,
}

impl SampleUnit {
    /// Its sign: `ms`, `m`, `ft`.
    pub fn sign(self) -> &'static str {
        match self {
            SampleUnit::Milliseconds => "ms",
            SampleUnit::Metres => "m",
            SampleUnit::Feet => "ft",
        }
    }
}

/// Distances between neighbouring traces, in metres.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spacing {
    /// From one inline to the next (along increasing inline index).
    pub inline: f64,
    /// From one crossline to the next (along increasing crossline index).
    pub crossline: f64,
}

/// A survey grid: inlines x crosslines x samples, sample fastest.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Grid {
    /// Inline numbers (the slowest axis).
    pub inlines: Axis,
    /// Crossline numbers.
    pub crosslines: Axis,
    /// Times in ms or depths (the fastest axis).
    pub samples: Axis,
    /// What the samples count.
    pub unit: SampleUnit,
    /// Bin size, where the file tells it.
    pub spacing: Option<Spacing>,
}

impl Grid {
    /// The axis that numbers the slices of a direction.
    pub fn axis(&self, direction: Direction) -> &Axis {
        match direction {
            Direction::Inline => &self.inlines,
            Direction::Crossline => &self.crosslines,
            Direction::Time => &self.samples,
        }
    }

    /// The axes `(a, b)` of the plane of a slice: to the right and downwards.
    pub fn plane(&self, direction: Direction) -> (&Axis, &Axis) {
        match direction {
            Direction::Inline => (&self.crosslines, &self.samples),
            Direction::Crossline => (&self.inlines, &self.samples),
            Direction::Time => (&self.crosslines, &self.inlines),
        }
    }

    /// The names of these axes.
    pub fn plane_names(&self, direction: Direction) -> (&'static str, &'static str) {
        match direction {
            Direction::Inline => ("crossline", self.unit.sign()),
            Direction::Crossline => ("inline", self.unit.sign()),
            Direction::Time => ("crossline", "inline"),
        }
    }

    /// The slice in the middle of a direction.
    pub fn middle(&self, direction: Direction) -> SliceKey {
        let axis = self.axis(direction);
        SliceKey::new(direction, axis.value(axis.count / 2))
    }

    /// `[inlines, crosslines, samples]`.
    pub fn shape(&self) -> [usize; 3] {
        [
            self.inlines.count,
            self.crosslines.count,
            self.samples.count,
        ]
    }

    /// How many voxels.
    pub fn len(&self) -> usize {
        self.shape().iter().product()
    }

    /// True for a grid without voxels.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The whole grid as a block.
    pub fn all(&self) -> Block {
        Block {
            inlines: self.inlines.all(),
            crosslines: self.crosslines.all(),
            samples: self.samples.all(),
        }
    }

    /// The grid that a block of this grid leaves.
    pub fn picked(&self, block: &Block) -> Grid {
        Grid {
            inlines: self.inlines.picked(block.inlines),
            crosslines: self.crosslines.picked(block.crosslines),
            samples: self.samples.picked(block.samples),
            unit: self.unit,
            spacing: self.spacing.map(|s| Spacing {
                inline: s.inline * block.inlines.step as f64,
                crossline: s.crossline * block.crosslines.step as f64,
            }),
        }
    }

    /// What differs between two grids, in words; nothing where they agree.
    pub fn difference(&self, other: &Grid) -> Option<String> {
        let axes = [
            ("inlines", &self.inlines, &other.inlines),
            ("crosslines", &self.crosslines, &other.crosslines),
            ("samples", &self.samples, &other.samples),
        ];
        axes.iter()
            .find(|(_, a, b)| !a.matches(b))
            .map(|(name, a, b)| {
                format!(
                    "{name} {} to {} by {} ({}) against {} to {} by {} ({})",
                    a.first,
                    a.last(),
                    a.step,
                    a.count,
                    b.first,
                    b.last(),
                    b.step,
                    b.count
                )
            })
    }
}

/// A box of a grid in indices, possibly with steps: what is read or written at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Block {
    /// Which inlines.
    pub inlines: Pick,
    /// Which crosslines.
    pub crosslines: Pick,
    /// Which samples.
    pub samples: Pick,
}

impl Block {
    /// `[inlines, crosslines, samples]`.
    pub fn shape(&self) -> [usize; 3] {
        [
            self.inlines.count,
            self.crosslines.count,
            self.samples.count,
        ]
    }

    /// How many voxels.
    pub fn len(&self) -> usize {
        self.shape().iter().product()
    }

    /// True for a block without voxels.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A part of a survey in survey numbers, as a person asks for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SubVolume {
    /// Which inlines; all where absent.
    pub inlines: Option<Span>,
    /// Which crosslines; all where absent.
    pub crosslines: Option<Span>,
    /// Which times or depths; all where absent.
    pub times: Option<Span>,
}

impl SubVolume {
    /// The block of a grid that it names.
    pub fn on(&self, grid: &Grid) -> Result<Block, ModelError> {
        let pick = |name, span: Option<Span>, axis: &Axis| {
            span.map_or(Ok(axis.all()), |span| span.on(name, axis))
        };
        Ok(Block {
            inlines: pick("inlines", self.inlines, &grid.inlines)?,
            crosslines: pick("crosslines", self.crosslines, &grid.crosslines)?,
            samples: pick("times", self.times, &grid.samples)?,
        })
    }
}
