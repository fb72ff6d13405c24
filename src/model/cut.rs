//! Slices that are not along the axes of the survey: a section along a line, a
//! map along a horizon.

use std::sync::Arc;

use super::{Axis, Direction, Grid, Horizon, SectionLine};

/// A way to cut a survey that makes a volume of its own, with slices of its own.
///
/// | | inline | crossline | sample |
/// |---|---|---|---|
/// | section | 0, the only one | trace along the line, from 0 | time |
/// | flattened | inline | crossline | time below the horizon |
///
/// So a section is the one inline of its volume, and a map along a horizon is a
/// time slice: whoever can show slices can show these.
#[derive(Clone, Debug, PartialEq)]
pub enum Cut {
    /// The vertical section below a line.
    Section(Arc<SectionLine>),
    /// The survey with a horizon laid flat.
    Flattened {
        /// Name of the horizon.
        name: String,
        /// The horizon.
        horizon: Arc<Horizon>,
    },
}

impl Cut {
    /// The grid of the volume that it makes of a survey.
    pub fn grid(&self, survey: &Grid) -> Grid {
        match self {
            Cut::Section(line) => Grid {
                inlines: Axis::new(0.0, 1.0, 1),
                crosslines: Axis::new(0.0, 1.0, line.traces().len()),
                spacing: None,
                ..*survey
            },
            Cut::Flattened { horizon, .. } => {
                let samples = survey.samples;
                let (low, high) = horizon.range();
                let (p, q) = (samples.position(low), samples.position(high));
                let last = samples.count.saturating_sub(1) as f64;
                // As far up as the deepest pick reaches, and down as the highest.
                // A horizon far outside the survey makes it no larger.
                let most = 2.0 * last;
                let above = p.max(q).ceil().clamp(0.0, most);
                let below = (last - p.min(q).floor()).clamp(0.0, most);
                Grid {
                    samples: Axis::new(
                        -above * samples.step,
                        samples.step,
                        (above + below) as usize + 1,
                    ),
                    ..*survey
                }
            }
        }
    }

    /// Inline and crossline below which a trace of the volume lies.
    pub fn trace(&self, inline: f64, crossline: f64) -> Option<(f64, f64)> {
        match self {
            Cut::Section(line) => line
                .traces()
                .get(crossline.round().max(0.0) as usize)
                .copied(),
            Cut::Flattened { .. } => Some((inline, crossline)),
        }
    }

    /// What is to be added to a time of the volume on a trace of the survey to have
    /// the survey's; nothing in a hole of the horizon.
    pub fn shift(&self, (inline, crossline): (f64, f64)) -> Option<f64> {
        match self {
            Cut::Section(_) => Some(0.0),
            Cut::Flattened { horizon, .. } => horizon.time(inline, crossline),
        }
    }

    /// The place in the survey of a place in the volume, both as inline, crossline
    /// and time; nothing in a hole of the horizon.
    pub fn position(&self, (inline, crossline, time): (f64, f64, f64)) -> Option<(f64, f64, f64)> {
        let trace = self.trace(inline, crossline)?;
        Some((trace.0, trace.1, time + self.shift(trace)?))
    }

    /// The direction of the slice that it is asked for.
    pub fn direction(&self) -> Direction {
        match self {
            Cut::Section(_) => Direction::Inline,
            Cut::Flattened { .. } => Direction::Time,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SampleUnit;

    fn survey() -> Grid {
        Grid {
            inlines: Axis::new(10.0, 1.0, 4),
            crosslines: Axis::new(50.0, 1.0, 6),
            samples: Axis::new(100.0, 4.0, 101),
            unit: SampleUnit::Milliseconds,
            spacing: None,
        }
    }

    #[test]
    fn a_flattened_survey_reaches_from_its_first_sample_to_its_last() {
        let picks = [[10.0, 50.0, 200.0], [10.0, 51.0, 230.0]];
        let horizon = Arc::new(Horizon::of(&picks).unwrap());
        let cut = Cut::Flattened {
            name: "top".into(),
            horizon,
        };
        let grid = cut.grid(&survey());
        assert!(grid.samples.low() <= 100.0 - 230.0 && grid.samples.low() > 100.0 - 236.0);
        assert!(grid.samples.high() >= 300.0 && grid.samples.high() < 306.0);
        assert!(grid.samples.index(0.0).is_some());
        assert_eq!(cut.position((10.0, 51.0, -8.0)), Some((10.0, 51.0, 222.0)));
        assert_eq!(cut.position((11.0, 51.0, 0.0)), None);
    }

    #[test]
    fn a_horizon_outside_makes_no_large_volume() {
        let horizon = Arc::new(Horizon::of(&[[10.0, 50.0, 1e30]]).unwrap());
        let cut = Cut::Flattened {
            name: "far".into(),
            horizon,
        };
        assert!(cut.grid(&survey()).samples.count <= 401);
    }
}
