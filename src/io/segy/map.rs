//! The live-trace map: the bins of a survey, coarsened to a few cells.

use crate::io::doctor::{MapCell, TraceMap};

use super::survey::Survey;

/// Counts the traces of a survey in at most `rows` by `columns` cells.
pub(super) fn trace_map(survey: &Survey, (rows, columns): (usize, usize)) -> TraceMap {
    let (inlines, crosslines) = (survey.inlines.count, survey.crosslines.count);
    let rows = Cells::new(inlines, rows);
    let columns = Cells::new(crosslines, columns);
    let mut cells = vec![MapCell::default(); rows.cells * columns.cells];
    let (slow, fast) = if survey.index.inline_sorted {
        (rows, columns)
    } else {
        (columns, rows)
    };
    let mut at = |s: usize, f: usize, change: &dyn Fn(&mut MapCell)| {
        let (row, column) = if survey.index.inline_sorted {
            (s, f)
        } else {
            (f, s)
        };
        if let Some(cell) = cells.get_mut(row * columns.cells + column) {
            change(cell);
        }
    };
    for run in survey.index.runs() {
        let s = slow.of(run.slow as usize);
        let end = (run.fast + run.count) as usize;
        let mut from = run.fast as usize;
        while from < end {
            let f = fast.of(from);
            let to = fast.end(f).clamp(from + 1, end);
            let count = (to - from) as u64;
            at(s, f, &|cell| {
                if run.dead {
                    cell.dead += count;
                } else {
                    cell.live += count;
                }
            });
            from = to;
        }
    }
    for &(s, f) in &survey.doubles {
        at(slow.of(s as usize), fast.of(f as usize), &|cell| {
            cell.duplicate += 1;
        });
    }
    for (i, cell) in cells.iter_mut().enumerate() {
        let bins = rows.size(i / columns.cells) as u64 * columns.size(i % columns.cells) as u64;
        cell.missing = bins.saturating_sub(cell.live + cell.dead);
    }
    TraceMap {
        rows: rows.cells,
        columns: columns.cells,
        cells,
    }
}

/// An axis of bins cut into cells of nearly equal size.
#[derive(Clone, Copy)]
struct Cells {
    bins: usize,
    cells: usize,
}

impl Cells {
    fn new(bins: usize, most: usize) -> Cells {
        Cells {
            bins,
            cells: bins.min(most.max(1)),
        }
    }

    /// The cell of a bin.
    fn of(&self, bin: usize) -> usize {
        bin * self.cells / self.bins.max(1)
    }

    /// The first bin behind a cell.
    fn end(&self, cell: usize) -> usize {
        ((cell + 1) * self.bins).div_ceil(self.cells.max(1))
    }

    fn size(&self, cell: usize) -> usize {
        let start = (cell * self.bins).div_ceil(self.cells.max(1));
        self.end(cell) - start
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Every bin lies in the cell whose bounds hold it.
        #[test]
        fn cells_cover_the_axis(bins in 1usize..200, most in 1usize..50) {
            let cells = Cells::new(bins, most);
            let mut sizes = vec![0; cells.cells];
            for bin in 0..bins {
                let cell = cells.of(bin);
                sizes[cell] += 1;
                prop_assert!(bin < cells.end(cell));
            }
            for (cell, size) in sizes.into_iter().enumerate() {
                prop_assert_eq!(size, cells.size(cell));
                prop_assert!(size > 0);
            }
        }
    }
}
