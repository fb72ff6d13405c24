//! What several attributes of a slab need: dips, quadratures, coherent energy.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::analytic::Quadrature;
use super::coherence::{Answer, Coherence};
use super::compute::Needs;
use super::deviation::gradient;
use super::dip::find;
use super::sheet::Sheet;
use super::slab::{Life, Slab, Traces};
use super::tensor::{COMPONENTS, TensorFilter};
use super::{AttributeError, AttributeOptions, Energy, refined};
use crate::task::Task;

/// Lines whose tensors are worked out at once.
pub(super) const BATCH: usize = 16;

/// Fields of the core of a slab and of as many lines beside it as are needed;
/// without lines where nobody needs them.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) inline_dip: Sheet,
    pub(super) crossline_dip: Sheet,
    pub(super) quadrature: Sheet,
    pub(super) coherence: Sheet,
    pub(super) energy: Sheet,
    /// Energy of all that is in a window of coherence.
    pub(super) total: Sheet,
    pub(super) eigenstructure: Sheet,
    /// Of the coherent energy, along crosslines and along inlines.
    pub(super) gradient: [Sheet; 2],
    /// Voxels of the core whose dip was clipped.
    pub(super) clipped: u64,
    /// Dips where windows do not follow structure.
    level: Vec<f32>,
}

/// Samples on either side of a voxel whose coherent energy its deviations need.
fn margin(options: &AttributeOptions) -> usize {
    let steps = (2 * options.deviation_radius + 2) as f64 * options.max_dip;
    options.deviation_half_height + steps.ceil() as usize + 2
}

/// A slab and how to work on it.
struct Scene<'a> {
    traces: &'a Traces<'a>,
    core: Range<usize>,
    options: &'a AttributeOptions,
    mean_energy: f64,
    task: &'a Task<'a>,
}

impl Shared {
    pub(super) fn new(
        traces: &Traces,
        slab: &Slab,
        needs: Needs,
        options: &AttributeOptions,
        mean_energy: f64,
        task: &Task,
    ) -> Result<Self, AttributeError> {
        let scene = Scene {
            traces,
            core: slab.core(),
            options,
            mean_energy,
            task,
        };
        let mut shared = Shared {
            level: if options.steered {
                Vec::new()
            } else {
                vec![0.0; traces.samples()]
            },
            ..Shared::default()
        };
        if let Some(beside) = needs.dips {
            shared.find_dips(&scene, beside)?;
        }
        if let Some(beside) = needs.quadrature {
            shared.turn(&scene, beside)?;
        }
        if let Some(beside) = needs.coherence {
            let margin = needs.gradients.map_or(0, |_| margin(options));
            let span = slab.span(margin);
            shared.correlate(&scene, beside, span, needs)?;
        }
        if let Some(beside) = needs.gradients {
            shared.differentiate(&scene, beside, slab)?;
        }
        Ok(shared)
    }

    /// The energy of which deviations are taken.
    pub(super) fn measured(&self, options: &AttributeOptions) -> &Sheet {
        match options.energy {
            Energy::Coherent => &self.energy,
            Energy::Total => &self.total,
        }
    }

    /// The dips that windows around a trace follow.
    pub(super) fn steering(&self, y: usize, x: usize) -> (&[f32], &[f32]) {
        if self.level.is_empty() {
            (self.inline_dip.row(y, x), self.crossline_dip.row(y, x))
        } else {
            (&self.level, &self.level)
        }
    }

    /// Dips, batch after batch of lines: tensors smoothed along lines are kept
    /// only as long as a line needs them.
    fn find_dips(&mut self, scene: &Scene, beside: usize) -> Result<(), AttributeError> {
        let traces = scene.traces;
        let (nx, nt) = (traces.crosslines(), traces.samples());
        let options = scene.options;
        let filter =
            TensorFilter::new(options.dip_height, options.dip_width, nt, scene.mean_energy);
        let refinement = options.refinement();
        let lines = scene.around(beside + refinement.map_or(0, |_| refined::RADIUS));
        let mut sheets = [(); 2].map(|()| Sheet::new(lines.clone(), nx, nt));
        let known = refinement.map_or(0..0, |_| lines.clone());
        let mut planarity = Sheet::new(known, nx, nt);
        let clipped = AtomicU64::new(0);
        let mut tensors: VecDeque<Vec<f32>> = VecDeque::new();
        let mut first = lines.start.saturating_sub(filter.width());
        for from in lines.clone().step_by(BATCH) {
            let batch = from..(from + BATCH).min(lines.end);
            let low = batch.start.saturating_sub(filter.width());
            let high = (batch.end + filter.width()).min(traces.lines());
            // Lines that are done with give their memory to those to come.
            let mut done: Vec<_> = tensors.drain(..low - first).collect();
            first = low;
            let fresh: Vec<_> = (low + tensors.len()..high)
                .map(|y| (y, done.pop().unwrap_or_default()))
                .collect();
            let fresh = fresh.into_par_iter().map(|(y, mut out)| {
                out.resize(nx * COMPONENTS * nt, 0.0);
                filter.along_line(traces, y, &mut out, scene.task)?;
                Ok(out)
            });
            tensors.extend(fresh.collect::<Result<Vec<_>, AttributeError>>()?);
            let [p, q] = &mut sheets;
            let mut third = match refinement {
                Some(_) => planarity.lines_mut(batch.clone()).chunks_exact_mut(nt),
                None => [].chunks_exact_mut(nt),
            };
            let rows = p.lines_mut(batch.clone()).chunks_exact_mut(nt);
            let rows = rows.zip(q.lines_mut(batch.clone()).chunks_exact_mut(nt));
            // Crossline after crossline: its lines share what they are smoothed from.
            let mut columns: Vec<Vec<DipRows>> = (0..nx).map(|_| Vec::new()).collect();
            for (i, (p, q)) in rows.enumerate() {
                columns[i % nx].push((p, q, third.next()));
            }
            let line = |y: usize| &tensors[y - first][..];
            columns.par_iter_mut().enumerate().try_for_each_init(
                || vec![0.0; COMPONENTS * nt],
                |tensor, (x, column)| {
                    for (y, rows) in batch.clone().zip(column) {
                        scene.task.check()?;
                        if traces.life(y, x) != Life::Dead {
                            filter.across_lines(traces, (y, x), line, tensor);
                            let steepest = options.max_dip as f32;
                            let count = dips_of(tensor, steepest, traces.row(y, x), rows);
                            let within = scene.core.contains(&y);
                            clipped.fetch_add(if within { count } else { 0 }, Ordering::Relaxed);
                        }
                    }
                    Ok::<(), AttributeError>(())
                },
            )?;
        }
        if let Some(half) = refinement {
            let [p, q] = &sheets;
            let lines = scene.around(beside);
            sheets = refined::refine(traces, [p, q, &planarity], lines, half, scene.task)?;
        }
        [self.inline_dip, self.crossline_dip] = sheets;
        self.clipped = clipped.into_inner();
        Ok(())
    }

    /// Quadratures.
    fn turn(&mut self, scene: &Scene, beside: usize) -> Result<(), AttributeError> {
        let quadrature = Quadrature::new(scene.traces.samples());
        self.quadrature = scene.sheet(
            beside,
            || quadrature.clone(),
            |quadrature, (y, x), out| {
                quadrature.of(scene.traces.row(y, x), out);
            },
        )?;
        Ok(())
    }

    /// Coherence and coherent energy.
    fn correlate(
        &mut self,
        scene: &Scene,
        beside: usize,
        span: Range<usize>,
        needs: Needs,
    ) -> Result<(), AttributeError> {
        let (nx, nt) = (scene.traces.crosslines(), scene.traces.samples());
        let options = scene.options;
        let kernel = Coherence::new(
            options.offsets(nx, scene.traces.lines()),
            options.half_height,
            options.interpolation,
            scene.mean_energy,
        );
        let lines = scene.around(beside);
        let mut sheets = [(); 2].map(|()| Sheet::new(lines.clone(), nx, nt));
        let where_wanted = |wanted: bool| if wanted { lines.clone() } else { 0..0 };
        let mut alone = Sheet::new(where_wanted(needs.eigenstructure), nx, nt);
        let mut all = Sheet::new(where_wanted(needs.total), nx, nt);
        let (mut third, mut fourth) = (alone.rows_mut(), all.rows_mut());
        let [coherence, energy] = &mut sheets;
        let mut rows: Vec<Answer> = coherence
            .rows_mut()
            .zip(energy.rows_mut())
            .map(|(coherence, energy)| Answer {
                coherence,
                energy,
                eigenstructure: third.next(),
                total: fourth.next(),
            })
            .collect();
        let quadrature = options.analytic.then_some(&self.quadrature);
        rows.par_iter_mut().enumerate().try_for_each_init(
            || kernel.clone(),
            |kernel, (i, answer)| {
                scene.task.check()?;
                let (y, x) = (lines.start + i / nx, i % nx);
                if scene.traces.life(y, x) != Life::Dead {
                    let dips = self.steering(y, x);
                    kernel.trace(scene.traces, quadrature, (y, x), span.clone(), dips, answer);
                }
                Ok::<(), AttributeError>(())
            },
        )?;
        [self.coherence, self.energy] = sheets;
        self.eigenstructure = alone;
        self.total = all;
        Ok(())
    }

    /// Gradients of the coherent energy.
    fn differentiate(
        &mut self,
        scene: &Scene,
        beside: usize,
        slab: &Slab,
    ) -> Result<(), AttributeError> {
        let (nx, nt) = (scene.traces.crosslines(), scene.traces.samples());
        let lines = scene.around(beside);
        let mut sheets = [(); 2].map(|()| Sheet::new(lines.clone(), nx, nt));
        let [a, b] = &mut sheets;
        let dips = [&self.inline_dip, &self.crossline_dip];
        let energy = self.measured(scene.options);
        a.lines_mut(lines.clone())
            .par_chunks_mut(nt)
            .zip(b.lines_mut(lines.clone()).par_chunks_mut(nt))
            .enumerate()
            .try_for_each(|(i, (a, b))| {
                scene.task.check()?;
                let place = (lines.start + i / nx, i % nx);
                if scene.traces.life(place.0, place.1) != Life::Dead {
                    gradient(scene.traces, dips, energy, slab.cell(), place, [a, b]);
                }
                Ok::<(), AttributeError>(())
            })?;
        self.gradient = sheets;
        Ok(())
    }
}

/// Inline dip, crossline dip, and planarity where it is wanted, of a trace.
type DipRows<'a> = (&'a mut [f32], &'a mut [f32], Option<&'a mut [f32]>);

/// Dips of a trace from its tensors; how many were clipped.
fn dips_of(tensor: &[f32], steepest: f32, trace: &[f32], (p, q, planarity): &mut DipRows) -> u64 {
    let count = find(
        tensor,
        steepest,
        [&mut **p, &mut **q],
        planarity.as_deref_mut(),
    );
    for t in (0..trace.len()).filter(|t| !trace[*t].is_finite()) {
        (p[t], q[t]) = (f32::NAN, f32::NAN);
        if let Some(planarity) = planarity {
            planarity[t] = f32::NAN;
        }
    }
    count
}

impl Scene<'_> {
    /// The core and so many lines on either side, as far as there are any.
    fn around(&self, beside: usize) -> Range<usize> {
        self.core.start.saturating_sub(beside)..(self.core.end + beside).min(self.traces.lines())
    }

    /// A sheet filled trace by trace, where they live.
    fn sheet<S: Send>(
        &self,
        beside: usize,
        start: impl Fn() -> S + Sync + Send,
        fill: impl Fn(&mut S, (usize, usize), &mut [f32]) + Sync + Send,
    ) -> Result<Sheet, AttributeError> {
        let (nx, nt) = (self.traces.crosslines(), self.traces.samples());
        let lines = self.around(beside);
        let mut sheet = Sheet::new(lines.clone(), nx, nt);
        sheet
            .lines_mut(lines.clone())
            .par_chunks_mut(nt)
            .enumerate()
            .try_for_each_init(start, |state, (i, out)| {
                self.task.check()?;
                let (y, x) = (lines.start + i / nx, i % nx);
                if self.traces.life(y, x) != Life::Dead {
                    fill(state, (y, x), out);
                }
                Ok::<(), AttributeError>(())
            })?;
        Ok(sheet)
    }
}
