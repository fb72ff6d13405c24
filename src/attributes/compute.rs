//! From a slab of amplitude to the attributes of its core.

use std::ops::Range;

use ndarray::Array3;
use rayon::prelude::*;

use super::convergence::{self, Convergence};
use super::deviation::{Deviation, Fields};
use super::glcm::Glcm;
use super::instantaneous::Instantaneous;
use super::shared::Shared;
use super::sheet::nulls;
use super::slab::{Life, Slab, Traces};
use super::spectrum::Spectrum;
use super::tensor::{self, COMPONENTS};
use super::{
    Attribute, AttributeError, AttributeOptions, Cell, Energy, Kernel, Statistics, refined,
};
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
pub(super) struct Needs {
    /// Lines beside the core whose dips are needed, if any are.
    pub(super) dips: Option<usize>,
    /// Lines beside the core whose coherent energy is needed, if any is.
    pub(super) coherence: Option<usize>,
    /// Coherence of the real traces alone.
    pub(super) eigenstructure: bool,
    /// All energy of the windows of coherence.
    pub(super) total: bool,
    /// Lines beside the core whose quadrature is needed, if any is.
    pub(super) quadrature: Option<usize>,
    /// Gradients of energy, on so many lines beside the core.
    pub(super) gradients: Option<usize>,
    pub(super) spectrum: bool,
    pub(super) glcm: bool,
    pub(super) deviation: bool,
    pub(super) convergence: bool,
    pub(super) instantaneous: bool,
}

impl Needs {
    pub(super) fn of(wanted: &[Attribute], options: &AttributeOptions) -> Self {
        let any = |kernel| wanted.iter().any(|a| a.kernel() == kernel);
        let energy = |a: &Attribute| {
            matches!(
                a,
                Attribute::EnergyDeviation | Attribute::DipEnergyCovariance
            )
        };
        let gradients = wanted
            .iter()
            .any(energy)
            .then_some(options.deviation_radius);
        let coherence = match gradients {
            // The gradient looks one line further.
            Some(lines) => Some(lines + 1),
            None => any(Kernel::Coherence).then_some(0),
        };
        let dips = [
            (any(Kernel::Dip), 0),
            (any(Kernel::Glcm) && options.steered, 0),
            (
                coherence.is_some() && options.steered,
                coherence.unwrap_or(0),
            ),
            (any(Kernel::Deviation), options.deviation_radius),
            (any(Kernel::Convergence), convergence::REACH),
        ];
        let turned = [
            (any(Kernel::Instantaneous), 0),
            (
                coherence.is_some() && options.analytic,
                coherence.unwrap_or(0) + options.traces() / 2,
            ),
        ];
        let most = |lines: &[(bool, usize)]| {
            let needed = lines.iter().filter(|(need, _)| *need);
            needed.map(|(_, lines)| *lines).max()
        };
        Self {
            dips: most(&dips),
            coherence,
            eigenstructure: wanted.contains(&Attribute::EigenstructureCoherence),
            total: gradients.is_some() && options.energy == Energy::Total,
            quadrature: most(&turned),
            gradients,
            spectrum: any(Kernel::Spectrum),
            glcm: any(Kernel::Glcm),
            deviation: any(Kernel::Deviation),
            convergence: any(Kernel::Convergence),
            instantaneous: any(Kernel::Instantaneous),
        }
    }
}

/// Lines that attributes need on either side of a line.
pub fn halo(wanted: &[Attribute], options: &AttributeOptions) -> usize {
    let needs = Needs::of(wanted, options);
    let lines = [
        needs.dips.map(|lines| lines + tensor_reach(options)),
        needs.coherence.map(|lines| lines + options.traces() / 2),
        needs.quadrature,
        needs.glcm.then_some(options.glcm_radius),
    ];
    lines.into_iter().flatten().max().unwrap_or(0)
}

/// Lines around a line that its dips depend on.
fn tensor_reach(options: &AttributeOptions) -> usize {
    let refined = options.refinement().map_or(0, |_| refined::RADIUS);
    tensor::reach(options.dip_width) + refined
}

/// Samples that attributes need above and below a voxel, where traces are cropped.
///
/// Windows are covered; the analytic trace of a cropped trace is nearly that of
/// the whole one, since it falls off with distance only slowly.
pub fn height(wanted: &[Attribute], options: &AttributeOptions, cell: &Cell) -> usize {
    /// Samples after which what the analytic trace misses is small.
    const QUADRATURE: usize = 64;
    let options = options.on(cell);
    let needs = Needs::of(wanted, &options);
    let lateral = [
        options.traces() / 2,
        2 * options.deviation_radius + 2,
        2 * options.glcm_radius,
        convergence::REACH,
    ];
    let lateral = lateral.into_iter().max().unwrap_or(0) as f64;
    let sheared = (options.max_dip * lateral).ceil() as usize;
    let windows = [
        (
            needs.dips.is_some(),
            tensor::reach(options.dip_height) + options.refinement().unwrap_or(0),
        ),
        (needs.coherence.is_some(), options.half_height + 1),
        (needs.quadrature.is_some(), QUADRATURE),
        (
            needs.spectrum,
            (0.5 * options.spectral_window / cell.interval).ceil() as usize + 1,
        ),
        (needs.glcm, options.glcm_half_height + 1),
        (needs.deviation, options.deviation_half_height + 1),
        (needs.convergence, 2 * convergence::REACH),
        (needs.instantaneous, options.amplitude_half_height + 1),
    ];
    let windows = windows.iter().filter(|(need, _)| *need).map(|(_, n)| n);
    sheared + windows.sum::<usize>()
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
    let beside = |lines: Option<usize>| lines.map_or(0, |lines| core + 2 * lines);
    let tensors = if needs.dips.is_some() {
        COMPONENTS * (super::shared::BATCH + 2 * tensor::reach(options.dip_width))
    } else {
        0
    };
    let unrefined = match (needs.dips, options.refined) {
        (Some(lines), true) => 3 * beside(Some(lines + refined::RADIUS)),
        _ => 0,
    };
    let lines = core
        + 2 * halo(wanted, options)
        + 2 * beside(needs.dips)
        + (2 + usize::from(needs.eigenstructure) + usize::from(needs.total))
            * beside(needs.coherence)
        + unrefined
        + beside(needs.quadrature)
        + 2 * beside(needs.gradients)
        + tensors
        + core * wanted.len();
    lines * crosslines * samples * size_of::<f32>()
}

/// Traces of a line that are worked in one go where neighbours share work.
const STRETCH: usize = 64;

/// Computes attributes of the core of a slab.
///
/// The answer at a voxel depends on the amplitudes in reach of its windows and
/// on `statistics` alone: it is the same, to the last bit, however the survey is
/// cut into slabs and on however many threads. Windows are cropped at edges and
/// nulls; a voxel that is null has no attributes.
///
/// Dips, quadratures and coherent energy are computed once for all attributes
/// that need them. Runs on the threads of the rayon pool it is called in;
/// reports one unit of work for each voxel of the core.
///
/// ```
/// use ndarray::Array3;
/// use outcrop::attributes::{Attribute, AttributeOptions, Cell, Slab, Statistics, compute};
/// use outcrop::task::Task;
/// let wave = |t: usize, x: usize| (0.5 * (t as f32 - 0.5 * x as f32)).cos();
/// let volume = Array3::from_shape_fn((9, 24, 64), |(_, x, t)| wave(t, x));
/// let statistics = volume.outer_iter().map(Statistics::of_line).sum();
/// let cell = Cell { interval: 0.004, step: 0.004, depth: 6.0, crossline: 25.0, inline: 25.0 };
/// let slab = Slab::new(&volume.view(), 0..9, cell)?;
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
    let options = &options.on(slab.cell());
    let mean_energy = statistics.mean_energy()?;
    let traces = Traces::new(slab);
    let (nx, nt) = (traces.crosslines(), traces.samples());
    let shape = [slab.core().len(), nx, nt];
    let mut volumes: Vec<Array3<f32>> = wanted.iter().map(|_| nulls(shape)).collect();
    if nt == 0 || nx == 0 {
        return Ok(Computed {
            volumes,
            clipped: 0,
        });
    }
    let needs = Needs::of(wanted, options);
    let shared = Shared::new(&traces, slab, needs, options, mean_energy, task)?;
    let work = Work {
        traces: &traces,
        slab,
        wanted,
        options,
        mean_energy,
        shared: &shared,
        task,
    };
    let mut rows: Vec<Row> = (0..shape[0] * nx).map(|_| Vec::new()).collect();
    for volume in &mut volumes {
        if let Some(values) = volume.as_slice_mut() {
            for (row, values) in rows.iter_mut().zip(values.chunks_exact_mut(nt)) {
                row.push(values);
            }
        }
    }
    work.single_traces(needs, &mut rows)?;
    work.neighbourhoods(needs, &mut rows)?;
    let clipped = shared.clipped;
    Ok(Computed { volumes, clipped })
}

/// A trace of each attribute that is wanted, to be filled.
type Row<'a> = Vec<&'a mut [f32]>;

/// What all traces of a slab share.
struct Work<'a> {
    traces: &'a Traces<'a>,
    slab: &'a Slab<'a>,
    wanted: &'a [Attribute],
    options: &'a AttributeOptions,
    mean_energy: f64,
    shared: &'a Shared,
    task: &'a Task<'a>,
}

/// Kernels that work one trace after another, copied for each thread.
#[derive(Clone)]
struct Kernels {
    spectrum: Option<Spectrum>,
    glcm: Option<Glcm>,
    instantaneous: Option<Instantaneous>,
    /// Two answers at a time.
    pair: [Vec<f32>; 2],
}

impl Work<'_> {
    /// Line and crossline of a row.
    fn place(&self, i: usize) -> (usize, usize) {
        let nx = self.traces.crosslines();
        (self.slab.core().start + i / nx, i % nx)
    }

    /// Writes an attribute where it is wanted.
    fn put(&self, row: &mut [&mut [f32]], attribute: Attribute, values: &[f32]) {
        let slots = row.iter_mut().zip(self.wanted);
        for (slot, _) in slots.filter(|(_, wanted)| **wanted == attribute) {
            slot.copy_from_slice(values);
        }
    }

    fn kernels(&self, needs: Needs) -> Kernels {
        let options = self.options;
        let (nt, interval) = (self.traces.samples(), self.slab.cell().interval);
        Kernels {
            spectrum: needs
                .spectrum
                .then(|| Spectrum::new(options, interval, self.mean_energy)),
            glcm: needs
                .glcm
                .then(|| Glcm::new(options, self.mean_energy.sqrt())),
            instantaneous: needs.instantaneous.then(|| {
                Instantaneous::new(
                    nt,
                    interval,
                    options.lowest_frequency,
                    options.amplitude_half_height,
                    self.mean_energy,
                )
            }),
            pair: [vec![0.0; nt], vec![0.0; nt]],
        }
    }

    /// Attributes whose answers at one trace cost the same wherever it lies.
    fn single_traces(&self, needs: Needs, rows: &mut [Row]) -> Result<(), AttributeError> {
        let kernels = self.kernels(needs);
        rows.par_iter_mut().enumerate().try_for_each_init(
            || kernels.clone(),
            |kernels, (i, row)| {
                self.task.check()?;
                let (y, x) = self.place(i);
                let wanted = self.slab.columns().contains(&x);
                if wanted && self.traces.life(y, x) != Life::Dead {
                    self.copy_shared(row, (y, x));
                    self.single_trace(kernels, row, (y, x));
                }
                self.task.advance(self.traces.samples() as u64);
                Ok::<(), AttributeError>(())
            },
        )
    }

    /// Writes what was worked out for other attributes and is wanted itself.
    fn copy_shared(&self, row: &mut [&mut [f32]], (y, x): (usize, usize)) {
        let shared = self.shared;
        let sheets = [
            (Attribute::InlineDip, &shared.inline_dip),
            (Attribute::CrosslineDip, &shared.crossline_dip),
            (Attribute::Coherence, &shared.coherence),
            (Attribute::CoherentEnergy, &shared.energy),
            (Attribute::EigenstructureCoherence, &shared.eigenstructure),
        ];
        for (attribute, sheet) in sheets {
            if let Some(values) = sheet.known(y, x) {
                self.put(row, attribute, values);
            }
        }
    }

    fn single_trace(&self, kernels: &mut Kernels, row: &mut [&mut [f32]], (y, x): (usize, usize)) {
        let trace = self.traces.row(y, x);
        let [a, b] = &mut kernels.pair;
        if let Some(kernel) = &mut kernels.spectrum {
            a.fill(f32::NAN);
            b.fill(f32::NAN);
            kernel.trace(trace, self.slab.span(0), a, b);
            self.put(row, Attribute::SpectralBandwidth, a);
            self.put(row, Attribute::SpectralRoughness, b);
        }
        if let Some(kernel) = &mut kernels.glcm {
            let dips = self.shared.steering(y, x);
            a.fill(f32::NAN);
            b.fill(f32::NAN);
            kernel.trace(self.traces, (y, x), self.slab.span(0), dips, a, b);
            self.put(row, Attribute::GlcmEntropy, a);
            self.put(row, Attribute::GlcmVariance, b);
        }
        if let Some(kernel) = &mut kernels.instantaneous {
            kernel.trace(trace, self.shared.quadrature.row(y, x));
            self.put(row, Attribute::Envelope, &kernel.envelope);
            self.put(row, Attribute::InstantaneousFrequency, &kernel.frequency);
            self.put(row, Attribute::Sweetness, &kernel.sweetness);
            self.put(row, Attribute::RmsAmplitude, &kernel.amplitude);
        }
    }

    /// Attributes that share sums between neighbouring traces.
    fn neighbourhoods(&self, needs: Needs, rows: &mut [Row]) -> Result<(), AttributeError> {
        if !needs.deviation && !needs.convergence {
            return Ok(());
        }
        let nx = self.traces.crosslines();
        let mut stretches: Vec<(usize, usize, Range<usize>, &mut [Row])> = Vec::new();
        for (line, rows) in rows.chunks_mut(nx).enumerate() {
            let y = self.slab.core().start + line;
            for (i, rows) in rows.chunks_mut(STRETCH).enumerate() {
                let all = i * STRETCH..i * STRETCH + rows.len();
                let columns = self.slab.columns();
                let xs = columns.start.max(all.start)..columns.end.min(all.end);
                if !xs.is_empty() {
                    stretches.push((y, all.start, xs, rows));
                }
            }
        }
        let cell = self.slab.cell();
        let deviation = Deviation::new(self.options, cell, self.mean_energy);
        let convergence = Convergence::new(cell, self.traces.samples());
        let dips = [&self.shared.inline_dip, &self.shared.crossline_dip];
        let fields = Fields {
            dips,
            energy: needs.gradients.map(|_| {
                (
                    self.shared.gradient.each_ref(),
                    self.shared.measured(self.options),
                )
            }),
        };
        stretches
            .into_par_iter()
            .try_for_each(|(y, first, xs, rows)| {
                if needs.deviation {
                    deviation.stretch(self.traces, fields, y, xs.clone(), |x, found| {
                        self.task.check()?;
                        let row = &mut rows[x - first];
                        self.put(row, Attribute::DipDeviation, &found.dip);
                        self.put(row, Attribute::EnergyDeviation, &found.energy);
                        self.put(row, Attribute::DipEnergyCovariance, &found.covariance);
                        Ok::<(), AttributeError>(())
                    })?;
                }
                if needs.convergence {
                    convergence.stretch(self.traces, dips, y, xs, |x, found| {
                        self.task.check()?;
                        let row = &mut rows[x - first];
                        self.put(row, Attribute::ReflectorConvergence, &found.magnitude);
                        self.put(row, Attribute::ConvergenceAzimuth, &found.azimuth);
                        self.put(row, Attribute::InlineConvergence, &found.x);
                        self.put(row, Attribute::CrosslineConvergence, &found.y);
                        self.put(row, Attribute::ReflectorRotation, &found.rotation);
                        Ok::<(), AttributeError>(())
                    })?;
                }
                Ok(())
            })
    }
}
