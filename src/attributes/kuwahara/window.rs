//! Means and variances of the windows around the voxels of a line.

use super::Scene;
use super::field::{Centres, Rule, Sums};
use crate::attributes::slab::Life;
use crate::task::{Cancelled, Task};

impl Scene<'_> {
    /// What makes windows of a half-size candidates: a quarter of a whole window,
    /// and three samples at least.
    pub(super) fn rule(&self, half: [usize; 3]) -> Rule {
        let full: usize = half.iter().map(|r| 2 * r + 1).product();
        Rule {
            least: full.div_ceil(4).max(3) as u16,
            corrected: self.options.half_sizes.len() > 1,
        }
    }

    /// Calls `take(crossline, centres)` for each trace of a line in order.
    pub(super) fn centres(
        &self,
        y: usize,
        half: [usize; 3],
        task: &Task,
        take: impl FnMut(usize, &Centres),
    ) -> Result<(), Cancelled> {
        if self.dips.is_some() {
            self.along_dip(y, half, task, take)
        } else {
            self.flat(y, half, task, take)
        }
    }

    /// Sums along inlines, then crosslines, then samples; each adds the few terms
    /// of its window anew, so that a sum depends on nothing but its window.
    fn flat(
        &self,
        y: usize,
        half: [usize; 3],
        task: &Task,
        mut take: impl FnMut(usize, &Centres),
    ) -> Result<(), Cancelled> {
        let [ny, nx, nt] = self.shape;
        let [ry, rx, rt] = half;
        let rule = self.rule(half);
        let lines = y.saturating_sub(ry)..(y + ry + 1).min(ny);
        // The crosslines of the windows; nothing beyond the edges.
        let mut ring = vec![vec![Sums::new(nt); 2 * rx + 1]; self.fields.len()];
        let mut padded = vec![Sums::new(nt + 2 * rt); self.fields.len()];
        let mut centres = Centres::new(self.fields.len(), nt);
        let mut traces = Vec::new();
        for step in 0..nx + rx {
            task.check()?;
            for (field, ring) in self.fields.iter().zip(&mut ring) {
                traces.clear();
                let lines = if step < nx { lines.clone() } else { 0..0 };
                traces.extend(lines.map(|y| field.trace(y * nx + step, nt)));
                ring[step % (2 * rx + 1)].add_up(&traces, field.shift);
            }
            let Some(x) = step.checked_sub(rx) else {
                continue;
            };
            for (padded, ring) in padded.iter_mut().zip(&ring) {
                padded.join(rt, ring);
            }
            centres.take(&self.fields, &padded, 2 * rt + 1, rule);
            take(x, &centres);
        }
        Ok(())
    }

    /// Sums along samples first; then those of the traces of the window, each
    /// moved with the dip of the centre.
    fn along_dip(
        &self,
        y: usize,
        half: [usize; 3],
        task: &Task,
        mut take: impl FnMut(usize, &Centres),
    ) -> Result<(), Cancelled> {
        let [ny, nx, nt] = self.shape;
        let [ry, rx, rt] = half;
        let rule = self.rule(half);
        let low = y.saturating_sub(ry);
        let lines = (y + ry + 1).min(ny) - low;
        let side = 2 * rx + 1;
        let mut ring = vec![Sums::new(nt + 2 * rt); side * lines * self.fields.len()];
        let place = |layer: usize, line: usize, x: usize| (layer * lines + line) * side + x % side;
        let mut own = Sums::new(nt);
        let mut boxes = vec![Sums::new(nt); self.fields.len()];
        let mut centres = Centres::new(self.fields.len(), nt);
        for step in 0..nx + rx {
            task.check()?;
            if step < nx {
                for (layer, field) in self.fields.iter().enumerate() {
                    for line in 0..lines {
                        let trace = field.trace((low + line) * nx + step, nt);
                        own.add_up(&[trace], field.shift);
                        ring[place(layer, line, step)].slide(&own, 2 * rt + 1);
                    }
                }
            }
            let Some(x) = step.checked_sub(rx) else {
                continue;
            };
            for (layer, box_sums) in boxes.iter_mut().enumerate() {
                box_sums.clear();
                for line in 0..lines {
                    for near in x.saturating_sub(rx)..(x + rx + 1).min(nx) {
                        let sums = &ring[place(layer, line, near)];
                        let (a, b) = (
                            near as isize - x as isize,
                            (low + line) as isize - y as isize,
                        );
                        for t in 0..nt {
                            let shift = self.shift((y * nx + x) * nt + t, a, b);
                            let at = (t + rt).checked_add_signed(shift);
                            let Some(at) = at.filter(|at| *at < nt + 2 * rt) else {
                                continue;
                            };
                            box_sums.sum[t] += sums.sum[at];
                            box_sums.square[t] += sums.square[at];
                            box_sums.count[t] += sums.count[at];
                        }
                    }
                }
            }
            centres.take(&self.fields, &boxes, 1, rule);
            take(x, &centres);
        }
        Ok(())
    }

    /// By how many samples the window around a voxel is moved on another trace.
    pub(super) fn shift(&self, at: usize, a: isize, b: isize) -> isize {
        self.dips.map_or(0, |dips| dips.shift(at, a, b))
    }

    /// The live samples of the window around a voxel.
    pub(super) fn samples(
        &self,
        layer: usize,
        half: [usize; 3],
        [y, x, t]: [usize; 3],
        out: &mut Vec<f32>,
    ) {
        let [ny, nx, nt] = self.shape;
        let [ry, rx, rt] = half;
        let field = &self.fields[layer];
        out.clear();
        for line in y.saturating_sub(ry)..(y + ry + 1).min(ny) {
            for near in x.saturating_sub(rx)..(x + rx + 1).min(nx) {
                let trace = line * nx + near;
                let (a, b) = (near as isize - x as isize, line as isize - y as isize);
                let middle = t as isize + self.shift((y * nx + x) * nt + t, a, b);
                let low = (middle - rt as isize).clamp(0, nt as isize) as usize;
                let high = (middle + rt as isize + 1).clamp(0, nt as isize) as usize;
                if field.life[trace] != Life::Dead {
                    let values = field.data[trace * nt..][low..high].iter();
                    out.extend(values.filter(|v| v.is_finite()));
                }
            }
        }
    }
}
