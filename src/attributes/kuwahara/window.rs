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
        let mut ring = vec![vec![Sums::new(nt); 2 * rx + 1]; self.fields.len()];
        let (mut padded, mut box_sums) = (Sums::new(nt + 2 * rt), Sums::new(nt));
        let mut centres = Centres::new(self.fields.len(), nt);
        for step in 0..nx + rx {
            task.check()?;
            if step < nx {
                for (field, ring) in self.fields.iter().zip(&mut ring) {
                    let sums = &mut ring[step % (2 * rx + 1)];
                    sums.clear();
                    for y in lines.clone() {
                        let at = y * nx + step;
                        let trace = &field.data[at * nt..][..nt];
                        sums.add_trace(0, trace, field.life[at], field.shift);
                    }
                }
            }
            let Some(x) = step.checked_sub(rx) else {
                continue;
            };
            for (layer, (field, ring)) in self.fields.iter().zip(&ring).enumerate() {
                padded.clear();
                for x in x.saturating_sub(rx)..(x + rx + 1).min(nx) {
                    padded.add(rt, &ring[x % (2 * rx + 1)], 0);
                }
                box_sums.clear();
                for k in 0..2 * rt + 1 {
                    box_sums.add(0, &padded, k);
                }
                centres.take(layer, field, &box_sums, rule);
            }
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
        let mut box_sums = Sums::new(nt);
        let mut centres = Centres::new(self.fields.len(), nt);
        for step in 0..nx + rx {
            task.check()?;
            if step < nx {
                for (layer, field) in self.fields.iter().enumerate() {
                    for line in 0..lines {
                        let at = (low + line) * nx + step;
                        let trace = &field.data[at * nt..][..nt];
                        let sums = &mut ring[place(layer, line, step)];
                        sums.clear();
                        for k in 0..2 * rt + 1 {
                            sums.add_trace(k, trace, field.life[at], field.shift);
                        }
                    }
                }
            }
            let Some(x) = step.checked_sub(rx) else {
                continue;
            };
            for (layer, field) in self.fields.iter().enumerate() {
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
                centres.take(layer, field, &box_sums, rule);
            }
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
