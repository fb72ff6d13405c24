//! Dips of the most planar window that overlaps.

use std::ops::Range;

use rayon::prelude::*;

use super::AttributeError;
use super::sheet::Sheet;
use super::slab::{Life, Traces};
use crate::task::Task;

/// How far around a trace windows are looked for, in traces.
pub(super) const RADIUS: usize = 1;

/// Inline and crossline dips on some lines, each that of the window of highest
/// planarity among those centred within a trace and `half` samples; of equals the
/// nearest along the trace, its own first. Where dips change at once a window on one
/// side knows better than one across: the idea of Kuwahara et al. (1976), as Marfurt
/// (2006) applies it to dips.
///
/// `fields` are the dips and the planarity on these lines and on [`RADIUS`] more on
/// either side. Cost: `9 (2 half + 1)` comparisons a voxel.
pub(super) fn refine(
    traces: &Traces,
    [p, q, planarity]: [&Sheet; 3],
    lines: Range<usize>,
    half: usize,
    task: &Task,
) -> Result<[Sheet; 2], AttributeError> {
    let (nx, nt) = (traces.crosslines(), traces.samples());
    let mut sheets = [(); 2].map(|()| Sheet::new(lines.clone(), nx, nt));
    let [inline, crossline] = &mut sheets;
    let rows = inline.rows_mut().zip(crossline.rows_mut());
    let mut rows: Vec<_> = rows.enumerate().collect();
    rows.par_iter_mut()
        .try_for_each(|(i, (inline, crossline))| {
            task.check()?;
            let (y, x) = (lines.start + *i / nx, *i % nx);
            if traces.life(y, x) == Life::Dead {
                return Ok(());
            }
            let r = RADIUS as isize;
            let offsets = (-r..=r).flat_map(|b| (-r..=r).map(move |a| (a, b)));
            let near: Vec<_> = std::iter::once((y, x))
                .chain(offsets.filter_map(|offset| traces.neighbour((y, x), offset)))
                .map(|(y, x)| [planarity, p, q].map(|sheet| sheet.row(y, x)))
                .collect();
            let own = traces.row(y, x);
            for t in (0..nt).filter(|t| own[*t].is_finite()) {
                let mut best = (f32::NEG_INFINITY, f32::NAN, f32::NAN);
                for [planarity, p, q] in &near {
                    for k in 0..=half {
                        for at in [t.wrapping_sub(k), t + k] {
                            if planarity.get(at).is_some_and(|value| *value > best.0) {
                                best = (planarity[at], p[at], q[at]);
                            }
                        }
                    }
                }
                (inline[t], crossline[t]) = (best.1, best.2);
            }
            Ok::<(), AttributeError>(())
        })?;
    Ok(sheets)
}
