//! A horizon: one time a trace, with holes.

use super::Axis;

/// A surface through the survey: the time (or depth) of a reflector at lines of a
/// regular lattice, which may be coarser than the traces.
#[derive(Clone, Debug, PartialEq)]
pub struct Horizon {
    inlines: Axis,
    crosslines: Axis,
    /// Times in ms (or depths), inline by inline; NaN where there is no pick.
    times: Vec<f32>,
    picks: usize,
    range: (f64, f64),
}

/// Cells of the lattice for each pick: a horizon of fewer is no surface.
const CELLS_PER_PICK: usize = 64;
/// A lattice this small is taken however few its picks are.
const SMALL: usize = 1 << 16;

impl Horizon {
    /// A horizon from picks `[inline, crossline, time]`, on the lattice that their
    /// lines make; of several picks of a trace the last counts. Nothing where no
    /// pick is finite, or where they are too few for the area they span.
    ///
    /// Cost: two sorts of the picks, 4 bytes a cell.
    ///
    /// ```
    /// use outcrop::model::Horizon;
    /// let picks = [[10.0, 1.0, 100.0], [10.0, 3.0, 120.0], [12.0, 1.0, 104.0]];
    /// let horizon = Horizon::of(&picks).unwrap();
    /// assert_eq!(horizon.time(10.0, 3.0), Some(120.0));
    /// assert_eq!(horizon.time(10.0, 2.0), Some(110.0)); // between picks
    /// assert_eq!(horizon.time(12.0, 3.0), None); // a hole
    /// ```
    pub fn of(picks: &[[f64; 3]]) -> Option<Horizon> {
        let live = || (picks.iter()).filter(|p| p.iter().all(|v| v.is_finite()));
        let inlines = lattice(live().map(|p| p[0]).collect())?;
        let crosslines = lattice(live().map(|p| p[1]).collect())?;
        let cells = inlines.count.checked_mul(crosslines.count)?;
        if cells > SMALL.max(picks.len().saturating_mul(CELLS_PER_PICK)) {
            return None;
        }
        let mut times = vec![f32::NAN; cells];
        let mut range = (f64::INFINITY, f64::NEG_INFINITY);
        for &[inline, crossline, time] in live() {
            let (i, x) = (inlines.nearest(inline), crosslines.nearest(crossline));
            times[i * crosslines.count + x] = time as f32;
            range = (range.0.min(time), range.1.max(time));
        }
        Some(Horizon {
            picks: times.iter().filter(|t| !t.is_nan()).count(),
            inlines,
            crosslines,
            times,
            range,
        })
    }

    /// Its time at a trace; between the lines of its lattice linear in both
    /// directions. Nothing outside, and where a pick that it takes is missing.
    pub fn time(&self, inline: f64, crossline: f64) -> Option<f64> {
        let (i, di) = between(&self.inlines, inline)?;
        let (x, dx) = between(&self.crosslines, crossline)?;
        let mut sum = 0.0;
        for (row, wi) in [(i, 1.0 - di), (i + 1, di)] {
            for (column, wx) in [(x, 1.0 - dx), (x + 1, dx)] {
                if wi * wx > 0.0 {
                    let time = self.times.get(row * self.crosslines.count + column)?;
                    sum += wi * wx * f64::from(*time);
                }
            }
        }
        (!sum.is_nan()).then_some(sum)
    }

    /// Smallest and largest time.
    pub fn range(&self) -> (f64, f64) {
        self.range
    }

    /// How many traces it is picked on.
    pub fn picks(&self) -> usize {
        self.picks
    }

    /// The lines that it is picked on: of inlines and of crosslines.
    pub fn lines(&self) -> (&Axis, &Axis) {
        (&self.inlines, &self.crosslines)
    }
}

/// Index of the line at or before a number, and how far the number is on to the
/// next, from 0 to 1.
fn between(axis: &Axis, number: f64) -> Option<(usize, f64)> {
    let at = axis.position(number);
    let near = at.round();
    // Lines that are computed from coordinates are hardly ever whole numbers.
    let at = if (at - near).abs() < 1e-3 { near } else { at };
    let last = axis.count.checked_sub(1)? as f64;
    if !(0.0..=last).contains(&at) {
        return None;
    }
    Some((at as usize, at - at.floor()))
}

/// The axis of all numbers: from the smallest by the largest step that meets all.
fn lattice(mut numbers: Vec<f64>) -> Option<Axis> {
    numbers.sort_by(f64::total_cmp);
    numbers.dedup_by(|a, b| (*a - *b).abs() < 0.25);
    let (first, last) = (*numbers.first()?, *numbers.last()?);
    let mut step = 0u64;
    for pair in numbers.windows(2) {
        let gap = (pair[1] - pair[0]).round().max(1.0);
        // More lines than any survey has.
        if gap > 1e7 {
            return None;
        }
        step = divisor(step, gap as u64);
    }
    let step = step.max(1) as f64;
    let count = ((last - first) / step).round() + 1.0;
    (count < 1e7).then(|| Axis::new(first, step, count as usize))
}

fn divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plane(i: f64, x: f64) -> f64 {
        1000.0 + 2.0 * i - 0.5 * x
    }

    proptest! {
        #[test]
        fn a_plane_comes_back_at_and_between_its_picks(
            (ni, nx) in (1usize..9, 1usize..9), (si, sx) in (1i32..5, 1i32..5),
            (fi, fx) in (0.0f64..1.0, 0.0f64..1.0),
        ) {
            let (si, sx) = (f64::from(si), f64::from(sx));
            let picks: Vec<[f64; 3]> = (0..ni).flat_map(|i| (0..nx).map(move |x| {
                let (i, x) = (500.0 + si * i as f64, 40.0 + sx * x as f64);
                [i, x, plane(i, x)]
            })).collect();
            let h = Horizon::of(&picks).unwrap();
            prop_assert_eq!(h.picks(), ni * nx);
            for p in &picks {
                prop_assert_eq!(h.time(p[0], p[1]), Some(p[2]));
            }
            let at = (500.0 + fi * si * (ni - 1) as f64, 40.0 + fx * sx * (nx - 1) as f64);
            let got = h.time(at.0, at.1).unwrap();
            prop_assert!((got - plane(at.0, at.1)).abs() < 0.02, "{got}");
            prop_assert_eq!(h.time(499.0, 40.0), None);
        }
    }

    #[test]
    fn holes_stay_holes_and_scattered_numbers_are_no_horizon() {
        let picks = [
            [1.0, 1.0, 5.0],
            [1.0, 3.0, f64::NAN],
            [3.0, 1.0, 9.0],
            [3.0, 3.0, 7.0],
        ];
        let h = Horizon::of(&picks).unwrap();
        assert_eq!((h.picks(), h.range()), (3, (5.0, 9.0)));
        assert_eq!(h.time(2.0, 1.0), Some(7.0));
        assert_eq!(h.time(1.0, 2.0), None);
        assert!(Horizon::of(&[]).is_none());
        // Map coordinates taken for lines.
        let far: Vec<[f64; 3]> = (0..100)
            .map(|i| {
                let i = f64::from(i);
                [450_000.0 + 37.0 * i, 6_000_000.0 + 91.0 * i * i, 5.0]
            })
            .collect();
        assert!(Horizon::of(&far).is_none());
    }
}
