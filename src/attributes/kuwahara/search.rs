//! From the windows of neighbouring lines to the values of a line.

use super::Scene;
use super::key::{NO_CHOICE, NOTHING, choice, least, moved};
use super::line::{Line, Values};
use super::spreading::{Plus, choose, join};
use crate::attributes::slab::Life;
use crate::task::{Cancelled, Task};

/// Lines of windows that are in memory, and the line of the first.
pub(super) struct Near<'a> {
    pub(super) first: usize,
    pub(super) lines: &'a [Line],
}

impl Near<'_> {
    /// The lines that lie within `reach` of a line, with their numbers.
    fn around(&self, y: usize, reach: usize) -> impl Iterator<Item = (usize, &Line)> {
        let low = y.saturating_sub(reach).max(self.first);
        let high = (y + reach + 1).min(self.first + self.lines.len());
        (low..high).map(|line| (line, &self.lines[line - self.first]))
    }
}

impl Scene<'_> {
    /// The window chosen at each voxel of a line.
    pub(super) fn choices(&self, y: usize, near: &Near) -> Vec<u32> {
        let [_, nx, nt] = self.shape;
        if self.dips.is_some() {
            let mut best = vec![NOTHING; nx * nt];
            self.along_dips(y, near, |_, to, key, _, steps| {
                best[to] = least(best[to], moved(key, steps));
            });
            return best.into_iter().map(choice).collect();
        }
        let mut rows = Vec::new();
        for (size, half) in self.options.half_sizes.iter().enumerate() {
            rows.extend(near.around(y, half[0]).map(|(line, windows)| {
                let step = self.offsets.step(0, line as isize - y as isize);
                (&windows[size].keys[..], step)
            }));
        }
        let mut choices = vec![0; nx * nt];
        choose(&rows, &mut choices);
        choices
    }

    /// Calls `visit(size, voxel, key, centre, steps)` for each voxel of a line and
    /// each window along dip that holds it.
    fn along_dips(
        &self,
        y: usize,
        near: &Near,
        mut visit: impl FnMut(usize, usize, f64, (usize, usize), u64),
    ) {
        let [_, nx, nt] = self.shape;
        for (size, &[ry, rx, rt]) in self.options.half_sizes.iter().enumerate() {
            for (line, windows) in near.around(y, ry) {
                let b = y as isize - line as isize;
                let of_line = self.offsets.step(0, -b);
                for x in 0..nx {
                    for to in x.saturating_sub(rx)..(x + rx + 1).min(nx) {
                        let a = to as isize - x as isize;
                        let of_trace = of_line + self.offsets.step(1, -a);
                        for t in 0..nt {
                            let key = windows[size].keys[x * nt + t];
                            let shift = self.shift((line * nx + x) * nt + t, a, b);
                            for k in -(rt as isize)..=rt as isize {
                                let Some(s) = t.checked_add_signed(shift + k) else {
                                    continue;
                                };
                                if s < nt {
                                    let steps = of_trace + self.offsets.step(2, -(shift + k));
                                    visit(size, to * nt + s, key, (line, x * nt + t), steps);
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// Finds what the windows chosen on some lines stand for, where the line
    /// `own` of their centres does not know it yet.
    pub(super) fn settle(
        &self,
        y: usize,
        own: &mut Line,
        chosen: &[(usize, Vec<u32>)],
        scratch: &mut Vec<f32>,
        task: &Task,
    ) -> Result<(), Cancelled> {
        let [_, nx, nt] = self.shape;
        let reach = self.options.reach(None)[0];
        let near = chosen.iter().filter(|(line, _)| line.abs_diff(y) <= reach);
        for (line, choices) in near {
            for (voxel, &choice) in choices.iter().enumerate() {
                if voxel % nt == 0 {
                    task.check()?;
                }
                if choice == NO_CHOICE {
                    continue;
                }
                let (size, [b, a, k]) = self.offsets.of(choice);
                if *line as isize + b != y as isize {
                    continue;
                }
                let x = (voxel / nt).wrapping_add_signed(a);
                let t = (voxel % nt).wrapping_add_signed(k);
                debug_assert!(x < nx && t < nt);
                let Values::Chosen(values) = &mut own[size].values else {
                    continue;
                };
                for (layer, values) in values.iter_mut().enumerate() {
                    let value = &mut values[x * nt + t];
                    if value.is_nan() {
                        let half = self.options.half_sizes[size];
                        self.samples(layer, half, [y, x, t], scratch);
                        *value = self.options.value.of(scratch);
                    }
                }
            }
        }
        Ok(())
    }

    /// Writes the values of the chosen windows into a line of each attribute.
    pub(super) fn gather(&self, y: usize, near: &Near, choices: &[u32], out: &mut [&mut [f32]]) {
        let table = self.table();
        for (layer, out) in out.iter_mut().enumerate() {
            let rows = self.rows(y, layer, near);
            self.write(y, layer, out, |voxel| {
                let choice = choices[voxel];
                if choice == NO_CHOICE {
                    return None;
                }
                let (row, step) = table[choice as usize & (table.len() - 1)];
                let values = rows[row as usize];
                Some(values[voxel.wrapping_add_signed(step as isize)])
            });
        }
    }

    /// Values of the windows of each size on each line within reach of a line, the
    /// lowest line first; nothing beyond the survey.
    fn rows<'a>(&self, y: usize, layer: usize, near: &Near<'a>) -> Vec<&'a [f32]> {
        let reach = self.options.reach(None)[0];
        let lines = near.lines;
        let of = |line: Option<usize>, size: usize| -> &'a [f32] {
            let line = line.and_then(|line| lines.get(line.checked_sub(near.first)?));
            match line.map(|line| &line[size].values) {
                Some(Values::Chosen(values)) => &values[layer],
                _ => &[],
            }
        };
        let sizes = 0..self.options.half_sizes.len();
        let rows = sizes.flat_map(|size| (0..2 * reach + 1).map(move |b| (size, b)));
        rows.map(|(size, b)| of((y + b).checked_sub(reach), size))
            .collect()
    }

    /// Row among [`Self::rows`] and step within a line of each choice, by its
    /// lower bits.
    fn table(&self) -> Vec<(u32, i32)> {
        let nt = self.shape[2] as isize;
        let reach = self.options.reach(None)[0];
        let entries = (0..self.offsets.choices().next_power_of_two()).map(|choice| {
            let (size, [b, a, k]) = self.offsets.of(choice as u32);
            let row = (size * (2 * reach + 1)).wrapping_add_signed(b + reach as isize);
            (row as u32, (a * nt + k) as i32)
        });
        entries.collect()
    }

    /// Weighted means of all windows around the voxels of a line.
    pub(super) fn blend(&self, y: usize, near: &Near, out: &mut [&mut [f32]]) {
        let [_, nx, nt] = self.shape;
        let mut weights = vec![0.0; nx * nt];
        let mut sums = vec![vec![0.0; nx * nt]; self.fields.len()];
        if self.dips.is_some() {
            self.along_dips(y, near, |size, to, weight, (line, centre), _| {
                weights[to] += weight;
                let windows = &near.lines[line - near.first][size];
                if let Values::Weighted(values) = &windows.values {
                    for (sum, values) in sums.iter_mut().zip(values) {
                        sum[to] += values[centre];
                    }
                }
            });
        } else {
            let mut rows = vec![Vec::new(); 1 + sums.len()];
            for (size, half) in self.options.half_sizes.iter().enumerate() {
                for (_, windows) in near.around(y, half[0]) {
                    rows[0].push((&windows[size].keys[..], 0));
                    if let Values::Weighted(values) = &windows[size].values {
                        for (rows, values) in rows[1..].iter_mut().zip(values) {
                            rows.push((values, 0));
                        }
                    }
                }
            }
            let sums = std::iter::once(&mut weights).chain(&mut sums);
            rows.iter()
                .zip(sums)
                .for_each(|(rows, sum)| join::<Plus>(rows, sum));
        }
        for (layer, out) in out.iter_mut().enumerate() {
            self.write(y, layer, out, |voxel| {
                let weight = weights[voxel];
                (weight > 0.0).then(|| (sums[layer][voxel] / weight) as f32)
            });
        }
    }

    /// Writes a line of an attribute: nulls stay, unless they are to be filled;
    /// where there is no window the input is copied.
    fn write(&self, y: usize, layer: usize, out: &mut [f32], value: impl Fn(usize) -> Option<f32>) {
        let [_, nx, nt] = self.shape;
        let field = &self.fields[layer];
        for x in 0..nx {
            let trace = y * nx + x;
            let input = &field.data[trace * nt..][..nt];
            let out = &mut out[x * nt..][..nt];
            if field.life[trace] == Life::Dead && !self.options.fill {
                out.copy_from_slice(input);
                continue;
            }
            for (t, (out, &input)) in out.iter_mut().zip(input).enumerate() {
                *out = if input.is_finite() || self.options.fill {
                    value(x * nt + t).unwrap_or(input)
                } else {
                    f32::NAN
                };
            }
        }
    }
}
