//! From a slab of amplitude to the attributes of its core.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use ndarray::Array3;
use rayon::prelude::*;

use super::analytic::Quadrature;
use super::coherence::{Answer, Coherence};
use super::dip::dip;
use super::glcm::Glcm;
use super::slab::{Life, Slab, Traces};
use super::spectrum::Spectrum;
use super::tensor::{self, COMPONENTS, TensorFilter};
use super::{Attribute, AttributeError, AttributeOptions, Kernel, Statistics};
use crate::task::Task;

/// Attributes of the core of a slab.
#[derive(Debug)]
pub struct Computed {
    /// One volume for each attribute that was wanted, in that order:
    /// `[core lines, crosslines, samples]`, NaN where there is no answer.
    pub volumes: Vec<Array3<f32>>,
    /// Voxels whose dip was clipped at the steepest one allowed.
    pub clipped: u64,
}

/// What a set of attributes needs.
#[derive(Clone, Copy, Debug)]
struct Needs {
    dip: bool,
    coherence: bool,
    quadrature: bool,
    spectrum: bool,
    glcm: bool,
}

impl Needs {
    fn of(wanted: &[Attribute], options: &AttributeOptions) -> Self {
        let any = |kernel| wanted.iter().any(|a| a.kernel() == kernel);
        let (coherence, glcm) = (any(Kernel::Coherence), any(Kernel::Glcm));
        let dip = any(Kernel::Dip) || options.steered && (coherence || glcm);
        Self {
            dip,
            coherence,
            quadrature: coherence && options.analytic,
            spectrum: any(Kernel::Spectrum),
            glcm,
        }
    }
}

/// Lines that attributes need on either side of a line.
pub fn halo(wanted: &[Attribute], options: &AttributeOptions) -> usize {
    let needs = Needs::of(wanted, options);
    let lines = [
        (needs.dip, tensor::reach(options.dip_width)),
        (needs.coherence, options.footprint.traces() / 2),
        (needs.glcm, options.glcm_radius),
    ];
    lines
        .into_iter()
        .filter(|(need, _)| *need)
        .map(|(_, n)| n)
        .max()
        .unwrap_or(0)
}

/// Bytes in use while the attributes of `core` lines are computed, the slab and
/// the answers included: what decides how many lines fit into memory at once.
pub fn bytes(
    core: usize,
    crosslines: usize,
    samples: usize,
    wanted: &[Attribute],
    options: &AttributeOptions,
) -> usize {
    let needs = Needs::of(wanted, options);
    let lines = core + 2 * halo(wanted, options);
    let fields = lines * (1 + usize::from(needs.quadrature))
        + usize::from(needs.dip) * COMPONENTS * (core + 2 * tensor::reach(options.dip_width))
        + core * wanted.len();
    fields * crosslines * samples * size_of::<f32>()
}

/// Computes attributes of the core of a slab.
///
/// The answer at a voxel depends on the amplitudes in reach of its windows and
/// on `statistics` alone: it is the same, to the last bit, however the survey is
/// cut into slabs and on however many threads. Windows are cropped at edges and
/// nulls; a voxel that is null has no attributes.
///
/// Dips are computed once for all attributes that follow structure. Runs on the
/// threads of the rayon pool it is called in; reports one unit of work for each
/// voxel of the core.
///
/// ```
/// use ndarray::Array3;
/// use outcrop::attributes::{Attribute, AttributeOptions, Slab, Statistics, compute};
/// use outcrop::task::Task;
/// let wave = |t: usize, x: usize| (0.5 * (t as f32 - 0.5 * x as f32)).cos();
/// let volume = Array3::from_shape_fn((9, 24, 64), |(_, x, t)| wave(t, x));
/// let statistics = volume.outer_iter().map(Statistics::of_line).sum();
/// let slab = Slab::new(&volume.view(), 0..9, 0.004)?;
/// let found = compute(
///     &slab,
///     &[Attribute::InlineDip],
///     &AttributeOptions::default(),
///     &statistics,
///     &Task::silent(),
/// )?;
/// assert!((found.volumes[0][[4, 12, 32]] - 0.5).abs() < 1e-3);
/// # Ok::<(), outcrop::attributes::AttributeError>(())
/// ```
pub fn compute(
    slab: &Slab,
    wanted: &[Attribute],
    options: &AttributeOptions,
    statistics: &Statistics,
    task: &Task,
) -> Result<Computed, AttributeError> {
    options.check()?;
    let mean_energy = statistics.mean_energy()?;
    let traces = Traces::new(slab);
    let (nx, nt) = (traces.crosslines(), traces.samples());
    let shape = (slab.core().len(), nx, nt);
    let mut volumes: Vec<Array3<f32>> = wanted
        .iter()
        .map(|_| Array3::from_elem(shape, f32::NAN))
        .collect();
    if nt == 0 || nx == 0 {
        return Ok(Computed {
            volumes,
            clipped: 0,
        });
    }
    let plan = Plan::new(&traces, slab, wanted, options, mean_energy, task)?;
    let mut rows: Vec<Vec<&mut [f32]>> = (0..shape.0 * nx).map(|_| Vec::new()).collect();
    for volume in &mut volumes {
        if let Some(values) = volume.as_slice_mut() {
            for (row, values) in rows.iter_mut().zip(values.chunks_exact_mut(nt)) {
                row.push(values);
            }
        }
    }
    let clipped = AtomicU64::new(0);
    rows.par_iter_mut().enumerate().try_for_each_init(
        || plan.worker(),
        |worker, (i, rows)| {
            task.check()?;
            let place = (slab.core().start + i / nx, i % nx);
            if traces.life(place.0, place.1) != Life::Dead {
                let count = worker.trace(&plan, place);
                clipped.fetch_add(count, Ordering::Relaxed);
                for (row, attribute) in rows.iter_mut().zip(wanted) {
                    row.copy_from_slice(worker.answer(*attribute));
                }
            }
            task.advance(nt as u64);
            Ok::<(), AttributeError>(())
        },
    )?;
    Ok(Computed {
        volumes,
        clipped: clipped.into_inner(),
    })
}

/// What all traces of a slab share.
struct Plan<'a> {
    traces: &'a Traces<'a>,
    needs: Needs,
    max_dip: f64,
    filter: TensorFilter,
    /// Quadrature of all traces of the slab, where it is needed.
    quadrature: Option<Vec<f32>>,
    /// Tensors smoothed along lines, and the slab's line of the first.
    tensors: Vec<Vec<f32>>,
    first: usize,
    kernels: Kernels,
}

/// Kernels with their scratch space, copied for each worker.
#[derive(Clone)]
struct Kernels {
    coherence: Option<Coherence>,
    spectrum: Option<Spectrum>,
    glcm: Option<Glcm>,
}

impl<'a> Plan<'a> {
    fn new(
        traces: &'a Traces<'a>,
        slab: &Slab,
        wanted: &[Attribute],
        options: &AttributeOptions,
        mean_energy: f64,
        task: &Task,
    ) -> Result<Self, AttributeError> {
        let needs = Needs::of(wanted, options);
        let filter = TensorFilter::new(
            options.dip_height,
            options.dip_width,
            traces.samples(),
            mean_energy,
        );
        let offsets = options
            .footprint
            .offsets(traces.crosslines(), traces.lines());
        let kernels = Kernels {
            coherence: needs
                .coherence
                .then(|| Coherence::new(offsets, options.half_height, mean_energy)),
            spectrum: needs
                .spectrum
                .then(|| Spectrum::new(options, slab.interval(), mean_energy)),
            glcm: needs.glcm.then(|| {
                Glcm::new(
                    options.glcm_radius,
                    options.glcm_half_height,
                    options.levels,
                    options.clip,
                    mean_energy.sqrt(),
                )
            }),
        };
        let mut plan = Plan {
            traces,
            needs,
            max_dip: options.max_dip,
            first: slab.core().start.saturating_sub(filter.width()),
            filter,
            quadrature: None,
            tensors: Vec::new(),
            kernels,
        };
        if needs.quadrature {
            let reach = options.footprint.traces() / 2;
            let core = slab.core();
            let lines = core.start.saturating_sub(reach)..core.end + reach;
            plan.quadrature = Some(plan.turn(&lines, task)?);
        }
        if needs.dip {
            let end = (slab.core().end + plan.filter.width()).min(traces.lines());
            plan.tensors = plan.smooth(end, task)?;
        }
        Ok(plan)
    }

    /// The quadrature of the traces of some lines, in its place in the slab.
    fn turn(&self, lines: &Range<usize>, task: &Task) -> Result<Vec<f32>, AttributeError> {
        let (nx, nt) = (self.traces.crosslines(), self.traces.samples());
        let mut turned = vec![0.0; self.traces.lines() * nx * nt];
        let quadrature = Quadrature::new(nt);
        turned.par_chunks_mut(nt).enumerate().try_for_each_init(
            || quadrature.clone(),
            |quadrature, (i, out)| {
                task.check()?;
                let (y, x) = (i / nx, i % nx);
                if lines.contains(&y) && self.traces.life(y, x) != Life::Dead {
                    quadrature.of(self.traces.row(y, x), out);
                }
                Ok::<(), AttributeError>(())
            },
        )?;
        Ok(turned)
    }

    /// Tensors smoothed along lines, for the lines up to `end`.
    fn smooth(&self, end: usize, task: &Task) -> Result<Vec<Vec<f32>>, AttributeError> {
        let size = self.traces.crosslines() * COMPONENTS * self.traces.samples();
        (self.first..end)
            .into_par_iter()
            .map(|y| {
                task.check()?;
                let mut out = vec![0.0; size];
                self.filter.along_line(self.traces, y, &mut out);
                Ok(out)
            })
            .collect()
    }

    fn worker(&self) -> Worker {
        let nt = self.traces.samples();
        Worker {
            kernels: self.kernels.clone(),
            tensor: vec![0.0; COMPONENTS * nt],
            answers: std::array::from_fn(|_| vec![0.0; nt]),
        }
    }
}

/// Scratch space of one thread and the attributes of the trace it worked last.
struct Worker {
    kernels: Kernels,
    tensor: Vec<f64>,
    answers: [Vec<f32>; 8],
}

/// Place of an attribute among the answers of a worker.
fn slot(attribute: Attribute) -> usize {
    match attribute {
        Attribute::InlineDip => 0,
        Attribute::CrosslineDip => 1,
        Attribute::Coherence => 2,
        Attribute::CoherentEnergy => 3,
        Attribute::SpectralBandwidth => 4,
        Attribute::SpectralRoughness => 5,
        Attribute::GlcmEntropy => 6,
        Attribute::GlcmVariance => 7,
    }
}

impl Worker {
    /// Computes all that is needed at one live trace; gives the number of
    /// clipped dips.
    fn trace(&mut self, plan: &Plan, place: (usize, usize)) -> u64 {
        let traces = plan.traces;
        let row = traces.row(place.0, place.1);
        let clipped = if plan.needs.dip {
            self.dips(plan, place)
        } else {
            0
        };
        let [
            p,
            q,
            coherence,
            energy,
            bandwidth,
            roughness,
            entropy,
            variance,
        ] = &mut self.answers;
        let dips = (&p[..], &q[..]);
        if let Some(kernel) = &mut self.kernels.coherence {
            let quadrature = plan.quadrature.as_deref();
            let mut answer = Answer { coherence, energy };
            kernel.trace(traces, quadrature, place, dips, &mut answer);
        }
        if let Some(kernel) = &mut self.kernels.spectrum {
            kernel.trace(row, bandwidth, roughness);
        }
        if let Some(kernel) = &mut self.kernels.glcm {
            kernel.trace(traces, place, dips, entropy, variance);
        }
        // Only now: the kernels read dips at live samples alone.
        if plan.needs.dip && traces.life(place.0, place.1) == Life::Partial {
            for ((p, q), amplitude) in p.iter_mut().zip(q).zip(row) {
                if !amplitude.is_finite() {
                    (*p, *q) = (f32::NAN, f32::NAN);
                }
            }
        }
        clipped
    }

    fn dips(&mut self, plan: &Plan, (y, x): (usize, usize)) -> u64 {
        let nt = plan.traces.samples();
        let line = |y: usize| &plan.tensors[y - plan.first][..];
        plan.filter
            .across_lines(plan.traces, (y, x), line, &mut self.tensor);
        let mut clipped = 0;
        for t in 0..nt {
            let tensor = std::array::from_fn(|c| self.tensor[c * nt + t]);
            let (p, q, is_clipped) = dip(tensor, plan.max_dip);
            self.answers[0][t] = p as f32;
            self.answers[1][t] = q as f32;
            clipped += u64::from(is_clipped);
        }
        clipped
    }

    fn answer(&self, attribute: Attribute) -> &[f32] {
        &self.answers[slot(attribute)]
    }
}
