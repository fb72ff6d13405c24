//! Which part of a slice is on screen, and how many samples share a cell.

/// A window on a slice: a rectangle of cells over the plane of samples.
///
/// Positions count in samples along `a` (to the right) and `b` (downwards);
/// sample `i` covers `i..i + 1`, so its centre is at `i + 0.5`. An axis may be
/// turned round: its first sample is then at the right, or at the bottom.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Viewport {
    /// Position along `a` of the left edge.
    pub left: f64,
    /// Position along `b` of the top edge.
    pub top: f64,
    /// Samples per column.
    pub across: f64,
    /// Samples per row.
    pub down: f64,
    /// Columns of the window.
    pub columns: usize,
    /// Rows of the window.
    pub rows: usize,
    /// True for `a`, and for `b`, where the axis is turned round.
    pub turned: (bool, bool),
}

/// Most columns or rows that one sample may fill.
const CLOSEST: f64 = 16.0;

impl Viewport {
    /// The window that shows a whole slice of `samples = (along a, along b)`.
    pub fn fit(samples: (usize, usize), columns: usize, rows: usize) -> Viewport {
        Viewport {
            left: 0.0,
            top: 0.0,
            across: samples.0.max(1) as f64 / columns.max(1) as f64,
            down: samples.1.max(1) as f64 / rows.max(1) as f64,
            columns,
            rows,
            turned: (false, false),
        }
    }

    /// The same window closer by `factor` (farther, if below 1) with the sample
    /// `(a, b)` kept where it is, never farther than the whole slice.
    pub fn zoomed(self, factor: f64, at: (usize, usize), samples: (usize, usize)) -> Viewport {
        let fit = Viewport::fit(samples, self.columns, self.rows);
        let scale = |now: f64, most: f64| (now / factor).clamp(most.min(1.0 / CLOSEST), most);
        let across = scale(self.across, fit.across);
        let down = scale(self.down, fit.down);
        let (a, b) = (at.0 as f64 + 0.5, at.1 as f64 + 0.5);
        Viewport {
            left: a - (a - self.left) / self.across * across,
            top: b - (b - self.top) / self.down * down,
            across,
            down,
            ..self
        }
        .kept_inside(samples)
    }

    /// The window with one cell per sample around the sample `(a, b)`; where the
    /// whole slice is smaller than that, the whole slice.
    pub fn one_to_one(self, at: (usize, usize), samples: (usize, usize)) -> Viewport {
        let fit = Viewport::fit(samples, self.columns, self.rows);
        Viewport {
            across: fit.across.min(1.0),
            down: fit.down.min(1.0),
            ..self
        }
        .centred(at, samples)
    }

    /// The window moved so that the sample `(a, b)` is in its middle, as far as
    /// the slice reaches.
    pub fn centred(self, at: (usize, usize), samples: (usize, usize)) -> Viewport {
        Viewport {
            left: at.0 as f64 + 0.5 - 0.5 * self.columns as f64 * self.across,
            top: at.1 as f64 + 0.5 - 0.5 * self.rows as f64 * self.down,
            ..self
        }
        .kept_inside(samples)
    }

    /// The window moved by the least that brings the sample `(a, b)` into it.
    pub fn showing(self, at: (usize, usize), samples: (usize, usize)) -> Viewport {
        let shift = |edge: f64, scale: f64, cells: usize, i: usize| {
            let (from, to) = (i as f64, i as f64 + 1.0);
            let span = scale * cells as f64;
            if from < edge {
                from
            } else if to > edge + span {
                to - span
            } else {
                edge
            }
        };
        Viewport {
            left: shift(self.left, self.across, self.columns, at.0),
            top: shift(self.top, self.down, self.rows, at.1),
            ..self
        }
        .kept_inside(samples)
    }

    /// The window for another number of cells: a whole slice stays whole, else
    /// the scale stays and the sample `(a, b)` stays in view.
    pub fn resized(
        self,
        columns: usize,
        rows: usize,
        at: (usize, usize),
        samples: (usize, usize),
    ) -> Viewport {
        let fit = Viewport::fit(samples, columns, rows);
        let (was_a, was_b) = (self.shows_all_a(samples), self.shows_all_b(samples));
        Viewport {
            columns,
            rows,
            across: if was_a {
                fit.across
            } else {
                self.across.min(fit.across)
            },
            down: if was_b {
                fit.down
            } else {
                self.down.min(fit.down)
            },
            ..self
        }
        .showing(at, samples)
    }

    /// The window with `ratio` samples a row for each sample a column: a whole
    /// slice stays whole, with blank cells beside it; else the columns stay, and the
    /// sample `(a, b)` stays in view.
    pub fn shaped(self, ratio: f64, at: (usize, usize), samples: (usize, usize)) -> Viewport {
        if self.shows_all(samples) {
            let fit = Viewport::fit(samples, self.columns, self.rows);
            let across = fit.across.max(fit.down / ratio);
            return Viewport {
                left: 0.0,
                top: 0.0,
                across,
                down: across * ratio,
                ..self
            };
        }
        Viewport {
            down: self.across * ratio,
            ..self
        }
        .showing(at, samples)
    }

    /// True where the whole slice is in the window.
    pub fn shows_all(&self, samples: (usize, usize)) -> bool {
        self.shows_all_a(samples) && self.shows_all_b(samples)
    }

    fn shows_all_a(&self, samples: (usize, usize)) -> bool {
        self.across * self.columns as f64 >= samples.0 as f64 - 1e-6
    }

    fn shows_all_b(&self, samples: (usize, usize)) -> bool {
        self.down * self.rows as f64 >= samples.1 as f64 - 1e-6
    }

    fn kept_inside(self, samples: (usize, usize)) -> Viewport {
        let keep = |edge: f64, span: f64, n: usize| edge.min(n as f64 - span).max(0.0);
        Viewport {
            left: keep(self.left, self.across * self.columns as f64, samples.0),
            top: keep(self.top, self.down * self.rows as f64, samples.1),
            ..self
        }
    }

    /// Where a point of the plane lies in cells from the top left corner;
    /// `(a, b)` in samples from the centre of the first (0 is the first sample).
    pub fn cell_of(&self, a: f64, b: f64) -> (f64, f64) {
        let (x, y) = self.straight(a, b);
        (
            if self.turned.0 {
                self.columns as f64 - x
            } else {
                x
            },
            if self.turned.1 {
                self.rows as f64 - y
            } else {
                y
            },
        )
    }

    /// The same as if no axis were turned round.
    fn straight(&self, a: f64, b: f64) -> (f64, f64) {
        (
            (a + 0.5 - self.left) / self.across,
            (b + 0.5 - self.top) / self.down,
        )
    }

    /// The cell that holds a sample, if it is in the window.
    pub fn cell(&self, at: (usize, usize)) -> Option<(usize, usize)> {
        let (x, y) = self.straight(at.0 as f64, at.1 as f64);
        let (x, y) = ((x + 1e-9).floor(), (y + 1e-9).floor());
        let inside = x >= 0.0 && y >= 0.0 && x < self.columns as f64 && y < self.rows as f64;
        inside.then(|| (self.column(x as usize), self.row(y as usize)))
    }

    /// The samples along `a` under a column, at least one, possibly beyond the slice.
    pub fn samples_across(&self, column: usize) -> std::ops::Range<usize> {
        share(self.left, self.across, self.column(column))
    }

    /// The samples along `b` under part `row` of the rows cut into `parts` each.
    pub fn samples_down(&self, row: usize, parts: usize) -> std::ops::Range<usize> {
        let row = if self.turned.1 {
            (self.rows * parts).saturating_sub(row + 1)
        } else {
            row
        };
        share(self.top, self.down / parts as f64, row)
    }

    /// The column as it is counted from the first sample.
    pub fn column(&self, column: usize) -> usize {
        if self.turned.0 {
            self.columns.saturating_sub(column + 1)
        } else {
            column
        }
    }

    /// The row as it is counted from the first sample.
    pub fn row(&self, row: usize) -> usize {
        if self.turned.1 {
            self.rows.saturating_sub(row + 1)
        } else {
            row
        }
    }

    /// How many samples one step of the cursor goes along `a`: one, or a cell's worth.
    pub fn step_across(&self) -> usize {
        (self.across.round() as usize).max(1)
    }

    /// How many samples one step of the cursor goes along `b`: one, or a cell's worth.
    pub fn step_down(&self) -> usize {
        (self.down.round() as usize).max(1)
    }
}

/// Samples of the `index`-th of equal shares from `edge` on: those whose centre
/// lies in it, so that every sample is in exactly one share; where shares are
/// smaller than a sample, the one under the middle.
fn share(edge: f64, scale: f64, index: usize) -> std::ops::Range<usize> {
    let from = edge + index as f64 * scale;
    if scale < 1.0 {
        let at = (from + 0.5 * scale).floor().max(0.0) as usize;
        return at..at + 1;
    }
    let slack = 1e-9 * scale;
    let first = (from - 0.5 - slack).ceil().max(0.0) as usize;
    let end = (from + scale - 0.5 - slack).ceil().max(0.0) as usize;
    first..end.max(first + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn fit_shows_every_sample_once() {
        let view = Viewport::fit((250, 240), 114, 34);
        let mut seen = vec![0; 250];
        for column in 0..114 {
            for a in view.samples_across(column) {
                seen[a] += 1;
            }
        }
        assert!(seen.iter().all(|&n| n == 1), "{seen:?}");
        let mut seen = vec![0; 240];
        for row in 0..68 {
            for b in view.samples_down(row, 2) {
                seen[b] += 1;
            }
        }
        assert!(seen.iter().all(|&n| n == 1), "{seen:?}");
    }

    #[test]
    fn a_turned_axis_is_the_mirror_image() {
        let straight = Viewport::fit((250, 240), 114, 34).zoomed(1.5, (20, 200), (250, 240));
        let turned = Viewport {
            turned: (true, true),
            ..straight
        };
        for column in 0..114 {
            assert_eq!(
                turned.samples_across(column),
                straight.samples_across(113 - column)
            );
            for a in turned.samples_across(column) {
                assert_eq!(turned.cell((a, 200)).map(|c| c.0), Some(column));
            }
        }
        for row in 0..68 {
            assert_eq!(
                turned.samples_down(row, 2),
                straight.samples_down(67 - row, 2)
            );
        }
        let ((x, y), (u, v)) = (straight.cell_of(20.0, 200.0), turned.cell_of(20.0, 200.0));
        assert!((x + u - 114.0).abs() < 1e-9 && (y + v - 34.0).abs() < 1e-9);
    }

    #[test]
    fn zooming_in_and_out_comes_back() {
        let samples = (128, 256);
        let fit = Viewport::fit(samples, 80, 20);
        let near = fit.zoomed(2.0, (64, 128), samples);
        assert!((near.across - fit.across / 2.0).abs() < 1e-12);
        let back = near.zoomed(0.5, (64, 128), samples);
        assert!((back.left - fit.left).abs() < 1e-9 && (back.top - fit.top).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn every_sample_is_in_the_share_of_its_cell(
            a in 0usize..500, columns in 20usize..200, factor in 0.8f64..9.0, left in 0.0f64..200.0,
        ) {
            let samples = (500, 500);
            let mut view = Viewport::fit(samples, columns, 20).zoomed(factor, (a, 3), samples);
            view.left = left;
            if let Some((x, _)) = view.cell((a, view.samples_down(0, 1).start)) {
                prop_assert!(view.samples_across(x).contains(&a), "{view:?}");
            }
        }

        #[test]
        fn the_cursor_stays_in_view(
            a in 0usize..500, b in 0usize..900, columns in 20usize..200, rows in 5usize..60,
            factors in prop::collection::vec(0.3f64..3.0, 1..8),
        ) {
            let samples = (500, 900);
            let mut view = Viewport::fit(samples, columns, rows);
            for factor in factors {
                view = view.zoomed(factor, (a, b), samples);
                prop_assert!(view.cell((a, b)).is_some(), "{view:?}");
            }
            let view = view.one_to_one((a, b), samples);
            let (x, y) = view.cell((a, b)).unwrap();
            prop_assert_eq!(view.samples_across(x), a..a + 1);
            prop_assert_eq!(view.samples_down(y, 1), b..b + 1);
            let view = view.resized(columns / 2 + 1, rows / 2 + 1, (a, b), samples);
            prop_assert!(view.cell((a, b)).is_some());
            let there = ((a * 7 + 13) % 500, (b * 5 + 1) % 900);
            prop_assert!(view.showing(there, samples).cell(there).is_some());
        }
    }
}
