//! One regular axis of a survey, and selections along it.

use serde::{Deserialize, Serialize};

use super::ModelError;

/// A regular axis in survey numbers: sample `i` lies at `first + i * step`.
///
/// The step may be negative (files sorted downwards), never 0.
///
/// ```
/// use outcrop::model::Axis;
/// let inlines = Axis::new(200.0, 20.0, 23);
/// assert_eq!(inlines.last(), 640.0);
/// assert_eq!(inlines.index(229.0), Some(1));
/// assert_eq!(inlines.index(100.0), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Axis {
    /// Survey number of the first sample.
    pub first: f64,
    /// Distance between samples in survey numbers; not 0.
    pub step: f64,
    /// How many samples.
    pub count: usize,
}

impl Axis {
    /// An axis of `count` samples from `first` by `step`.
    pub fn new(first: f64, step: f64, count: usize) -> Self {
        Self { first, step, count }
    }

    /// Survey number at an index.
    pub fn value(&self, index: usize) -> f64 {
        self.first + index as f64 * self.step
    }

    /// Survey number of the last sample (of the first, on an empty axis).
    pub fn last(&self) -> f64 {
        self.value(self.count.saturating_sub(1))
    }

    /// Smallest survey number.
    pub fn low(&self) -> f64 {
        self.first.min(self.last())
    }

    /// Largest survey number.
    pub fn high(&self) -> f64 {
        self.first.max(self.last())
    }

    /// Where a survey number lies, in samples from the first; may be outside.
    pub fn position(&self, value: f64) -> f64 {
        (value - self.first) / self.step
    }

    /// Index of the sample nearest to a survey number, if the number is within
    /// half a sample of the axis.
    pub fn index(&self, value: f64) -> Option<usize> {
        let position = self.position(value).round();
        (position >= 0.0 && position < self.count as f64).then_some(position as usize)
    }

    /// Index of the sample nearest to a survey number, the ends for numbers outside.
    pub fn nearest(&self, value: f64) -> usize {
        let last = self.count.saturating_sub(1) as f64;
        let position = self.position(value).round();
        if position.is_nan() {
            0
        } else {
            position.clamp(0.0, last) as usize
        }
    }

    /// The whole axis as a selection.
    pub fn all(&self) -> Pick {
        Pick {
            start: 0,
            step: 1,
            count: self.count,
        }
    }

    /// The axis that a selection leaves.
    pub fn picked(&self, pick: Pick) -> Axis {
        Axis::new(
            self.value(pick.start),
            self.step * pick.step as f64,
            pick.count,
        )
    }

    /// True where `other` has the same samples, allowing for rounding in files.
    pub fn matches(&self, other: &Axis) -> bool {
        let tolerance = 1e-3 * self.step.abs();
        self.count == other.count
            && (self.first - other.first).abs() <= tolerance
            && (self.last() - other.last()).abs() <= tolerance
    }
}

/// A regular selection of indices along an axis: `start`, `start + step`, ...
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Pick {
    /// First index.
    pub start: usize,
    /// Distance between indices, at least 1.
    pub step: usize,
    /// How many.
    pub count: usize,
}

impl Pick {
    /// The single index `at`.
    pub fn one(at: usize) -> Self {
        Self {
            start: at,
            step: 1,
            count: 1,
        }
    }

    /// The indices `start..end`.
    pub fn range(start: usize, end: usize) -> Self {
        Self {
            start,
            step: 1,
            count: end.saturating_sub(start),
        }
    }

    /// The `i`-th selected index.
    pub fn at(&self, i: usize) -> usize {
        self.start + i * self.step
    }

    /// All selected indices, in order.
    pub fn indices(self) -> impl Iterator<Item = usize> + Clone {
        (0..self.count).map(move |i| self.at(i))
    }

    /// One past the last selected index.
    pub fn end(&self) -> usize {
        if self.count == 0 {
            self.start
        } else {
            self.at(self.count - 1) + 1
        }
    }

    /// A part of this selection: its `from`-th to before its `to`-th index.
    pub fn part(&self, from: usize, to: usize) -> Pick {
        let to = to.min(self.count);
        let from = from.min(to);
        Pick {
            start: self.at(from),
            step: self.step,
            count: to - from,
        }
    }
}

/// A range a person wrote in survey numbers: `first:last[:step]`, ends included.
///
/// ```
/// use outcrop::model::{Axis, Span};
/// let span: Span = "1075:1092:2".parse()?;
/// let pick = span.on("inlines", &Axis::new(1070.0, 1.0, 40))?;
/// assert_eq!((pick.start, pick.step, pick.count), (5, 2, 9));
/// # Ok::<(), outcrop::model::ModelError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Span {
    /// First survey number.
    pub first: f64,
    /// Last survey number, included.
    pub last: f64,
    /// Step in survey numbers; the axis step where absent.
    pub step: Option<f64>,
}

impl std::str::FromStr for Span {
    type Err = ModelError;

    fn from_str(text: &str) -> Result<Self, ModelError> {
        let syntax = || ModelError::RangeSyntax {
            text: super::printable(text),
        };
        let mut numbers = Vec::new();
        for part in text.split(':') {
            let number: f64 = part.trim().parse().map_err(|_| syntax())?;
            if !number.is_finite() {
                return Err(syntax());
            }
            numbers.push(number);
        }
        match numbers[..] {
            [one] => Ok(Span {
                first: one,
                last: one,
                step: None,
            }),
            [first, last] => Ok(Span {
                first,
                last,
                step: None,
            }),
            [first, last, step] if step != 0.0 => Ok(Span {
                first,
                last,
                step: Some(step),
            }),
            _ => Err(syntax()),
        }
    }
}

impl std::fmt::Display for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.first, self.last)?;
        self.step.map_or(Ok(()), |step| write!(f, ":{step}"))
    }
}

impl Span {
    /// The indices that the range selects on an axis; `name` is for the message.
    ///
    /// Both ends must lie on the axis (within half a sample): a range that
    /// silently shrank would give a volume nobody asked for.
    pub fn on(&self, name: &'static str, axis: &Axis) -> Result<Pick, ModelError> {
        let outside = || ModelError::RangeOutside {
            axis: name,
            first: self.first,
            last: self.last,
            low: axis.low(),
            high: axis.high(),
        };
        let a = axis.index(self.first).ok_or_else(outside)?;
        let b = axis.index(self.last).ok_or_else(outside)?;
        let (start, end) = (a.min(b), a.max(b));
        let step = match self.step {
            None => 1,
            Some(step) => {
                let ratio = (step / axis.step).abs();
                if ratio < 0.5 || (ratio - ratio.round()).abs() > 1e-6 * ratio {
                    return Err(ModelError::RangeStep {
                        axis: name,
                        step,
                        axis_step: axis.step.abs(),
                    });
                }
                ratio.round() as usize
            }
        };
        Ok(Pick {
            start,
            step,
            count: (end - start) / step + 1,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decreasing_axes_count_backwards() {
        let axis = Axis::new(10.0, -2.0, 4);
        assert_eq!((axis.low(), axis.high()), (4.0, 10.0));
        assert_eq!(axis.index(6.0), Some(2));
        let pick = "4:8".parse::<Span>().unwrap().on("inlines", &axis).unwrap();
        assert_eq!((pick.start, pick.count), (1, 3));
    }

    #[test]
    fn half_a_sample_beyond_the_end_still_belongs() {
        let axis = Axis::new(0.0, 4.0, 11);
        assert_eq!(axis.index(41.9), Some(10));
        assert_eq!(axis.index(42.1), None);
        assert_eq!(axis.index(f64::NAN), None);
        assert_eq!(axis.nearest(1e9), 10);
    }

    #[test]
    fn bad_ranges_are_named() {
        let axis = Axis::new(700.0, 4.0, 240);
        let error = "700:1800"
            .parse::<Span>()
            .unwrap()
            .on("times", &axis)
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "times 700:1800 lie outside the volume, which holds 700 to 1656; try 700:1656"
        );
        assert!("7:8:9:10".parse::<Span>().is_err());
        assert!("a:b".parse::<Span>().is_err());
        assert!(
            "700:720:6"
                .parse::<Span>()
                .unwrap()
                .on("times", &axis)
                .is_err()
        );
        assert!("nan:720".parse::<Span>().is_err());
    }

    #[test]
    fn parts_of_picks_compose() {
        let pick = Pick {
            start: 3,
            step: 2,
            count: 5,
        };
        assert_eq!(pick.part(1, 3).indices().collect::<Vec<_>>(), [5, 7]);
        assert_eq!(pick.end(), 12);
        assert_eq!(pick.part(9, 12).count, 0);
    }
}
