//! Coherence: how much of the energy around a voxel is one waveform.

use std::ops::Range;

use super::Interpolation;
use super::eigenvalue::{Small, largest_eigenvalue};
use super::sheet::Sheet;
use super::slab::{Life, Traces};
use super::window::Start;

/// Energy ratio similarity and coherent energy (Gersztenkorn and Marfurt 1999;
/// Chopra and Marfurt 2007).
///
/// The traces of the footprint are flattened with the dip of the centre; with
/// `C_ij = sum_k (d_ik d_jk + h_ik h_jk)` over the rows `k` of the window (`h`
/// the quadrature, left out without the analytic trace) and `l1` its largest
/// eigenvalue, coherence is `l1 / (tr C + eps)` and coherent energy
/// `l1 / (J rows)`.
///
/// Cropping: dead traces are left out; so is a trace that knows less than half
/// of the centre's rows. A row counts where all remaining traces know it. With
/// fewer than three traces, or than half of those of the footprint that lie within
/// the survey, there is no answer.
/// Cost: `J^2 rows` multiplications and an eigenvalue of order `J` a voxel.
#[derive(Clone)]
pub(super) struct Coherence {
    offsets: Vec<(isize, isize)>,
    half: usize,
    interpolation: Interpolation,
    mean_energy: f64,
    neighbours: Vec<Neighbour>,
    /// Traces of the footprint that lie within the survey.
    within: usize,
    /// Values of each trace: rows of the amplitude, then of the quadrature, each
    /// with zeros up to a multiple of [`LANES`].
    data: Vec<f64>,
    stride: usize,
}

/// A live trace of the footprint.
#[derive(Clone, Copy)]
struct Neighbour {
    offset: (isize, isize),
    place: (usize, usize),
    is_full: bool,
}

/// Independent sums of a scalar product, so that it runs in vector registers.
const LANES: usize = 4;

/// Most traces of a footprint.
const LARGEST: usize = 25;

/// Energy below which a window is silent, relative to the mean of the volume.
const SILENCE: f64 = 1e-10;

/// The answers at one trace, to be filled.
pub(super) struct Answer<'a> {
    pub(super) coherence: &'a mut [f32],
    pub(super) energy: &'a mut [f32],
    /// Energy of all that is in the window, where it is wanted.
    pub(super) total: Option<&'a mut [f32]>,
    /// Coherence of the real trace alone, where it is wanted.
    pub(super) eigenstructure: Option<&'a mut [f32]>,
}

/// The answers at one voxel.
#[derive(Clone, Copy)]
struct Found {
    coherence: f64,
    energy: f64,
    total: f64,
    eigenstructure: f64,
}

const NOTHING: Found = Found {
    coherence: f64::NAN,
    energy: f64::NAN,
    total: f64::NAN,
    eigenstructure: f64::NAN,
};

impl Coherence {
    pub(super) fn new(
        offsets: Vec<(isize, isize)>,
        half: usize,
        interpolation: Interpolation,
        mean_energy: f64,
    ) -> Self {
        let stride = 2 * (2 * half + 1_usize).next_multiple_of(LANES);
        Self {
            data: vec![0.0; stride * offsets.len()],
            neighbours: Vec::with_capacity(offsets.len()),
            within: 0,
            offsets,
            half,
            interpolation,
            mean_energy,
            stride,
        }
    }

    /// Coherence at some samples of one live trace with dips `p` and `q`. `quadrature` is
    /// that of all traces of the slab, where it is wanted.
    pub(super) fn trace(
        &mut self,
        traces: &Traces,
        quadrature: Option<&Sheet>,
        centre: (usize, usize),
        span: Range<usize>,
        (p, q): (&[f32], &[f32]),
        answer: &mut Answer,
    ) {
        self.neighbours.clear();
        let (nx, ny) = (traces.crosslines(), traces.lines());
        let is_within = |(a, b): &(isize, isize)| {
            let x = centre.1.checked_add_signed(*a);
            let y = centre.0.checked_add_signed(*b);
            x.is_some_and(|x| x < nx) && y.is_some_and(|y| y < ny)
        };
        self.within = self.offsets.iter().filter(|o| is_within(o)).count();
        for &offset in &self.offsets {
            if let Some(place) = traces.neighbour(centre, offset) {
                self.neighbours.push(Neighbour {
                    offset,
                    place,
                    is_full: traces.life(place.0, place.1) == Life::Full,
                });
            }
        }
        let own = traces.row(centre.0, centre.1);
        for t in span {
            let found = if own[t].is_finite() {
                let dip = (f64::from(p[t]), f64::from(q[t]));
                let real = answer.eigenstructure.is_some();
                self.voxel(traces, quadrature, t, dip, real)
            } else {
                NOTHING
            };
            answer.coherence[t] = found.coherence as f32;
            answer.energy[t] = found.energy as f32;
            if let Some(total) = &mut answer.total {
                total[t] = found.total as f32;
            }
            if let Some(real) = &mut answer.eigenstructure {
                real[t] = found.eigenstructure as f32;
            }
        }
    }

    fn voxel(
        &mut self,
        traces: &Traces,
        quadrature: Option<&Sheet>,
        t: usize,
        (p, q): (f64, f64),
        real: bool,
    ) -> Found {
        let rows = 2 * self.half + 1;
        let nt = traces.samples();
        let mut known = [0_u64; LARGEST];
        for (j, neighbour) in self.neighbours.iter().enumerate() {
            let shift = p * neighbour.offset.0 as f64 + q * neighbour.offset.1 as f64;
            let start = Start::new(t, shift, self.half).by(self.interpolation);
            let (y, x) = neighbour.place;
            let amplitude = traces.row(y, x);
            let other = quadrature.map(|h| h.row(y, x));
            let data = &mut self.data[j * self.stride..][..self.stride];
            known[j] = if neighbour.is_full && start.is_inside(rows, nt) {
                fill(data, start.values(amplitude, rows));
                if let Some(other) = other {
                    fill(&mut data[self.stride / 2..], start.values(other, rows));
                }
                (1 << rows) - 1
            } else {
                cropped(data, start, amplitude, other, rows)
            };
        }
        let Some(count) = self.settle(&mut known, rows) else {
            return NOTHING;
        };
        let used = known[..self.neighbours.len()].iter().filter(|k| **k != 0);
        let order = used.count();
        let size = (order * count) as f64;
        let floor = SILENCE * self.mean_energy * size;
        let whole = self.energy_ratio(&known, order, self.stride, floor);
        let eigenstructure = if real {
            let half = rows.next_multiple_of(LANES);
            self.energy_ratio(&known, order, half, floor).0
        } else {
            f64::NAN
        };
        Found {
            coherence: whole.0,
            energy: whole.1 / size,
            total: whole.2 / size,
            eigenstructure,
        }
    }

    /// Energy ratio, coherent energy and all energy of the first so many values of
    /// each trace.
    fn energy_ratio(
        &self,
        known: &[u64; LARGEST],
        order: usize,
        values: usize,
        floor: f64,
    ) -> (f64, f64, f64) {
        // Small matrices take less to clear.
        if order <= 9 {
            self.energy_ratio_of::<9>(known, order, values, floor)
        } else {
            self.energy_ratio_of::<LARGEST>(known, order, values, floor)
        }
    }

    fn energy_ratio_of<const M: usize>(
        &self,
        known: &[u64; LARGEST],
        order: usize,
        values: usize,
        floor: f64,
    ) -> (f64, f64, f64) {
        let (mut covariance, trace) = self.covariance::<M>(known, values);
        let first = largest_eigenvalue(&mut covariance, order);
        let ratio = if trace < floor {
            f64::NAN
        } else {
            first / (trace + floor)
        };
        (ratio, first, trace)
    }

    /// Crops the window: leaves out traces (0 known rows) and rows that not all
    /// remaining traces know. Gives the number of rows, or nothing where too
    /// little is left.
    fn settle(&mut self, known: &mut [u64; LARGEST], rows: usize) -> Option<usize> {
        let all = (1_u64 << rows) - 1;
        let n = self.neighbours.len();
        let mut common = all;
        if known[..n].iter().any(|k| *k != all) {
            let centre = self.neighbours.iter().position(|m| m.offset == (0, 0))?;
            let own = known[centre];
            for k in &mut known[..n] {
                if 2 * (*k & own).count_ones() < own.count_ones() {
                    *k = 0;
                } else {
                    common &= *k;
                }
            }
            if common == 0 {
                return None;
            }
            for row in (0..rows).filter(|row| common >> row & 1 == 0) {
                for data in self.data.chunks_exact_mut(self.stride) {
                    data[row] = 0.0;
                    data[self.stride / 2 + row] = 0.0;
                }
            }
        }
        let used = known[..n].iter().filter(|k| **k != 0).count();
        let enough = used >= 3 && 2 * used >= self.within;
        enough.then_some(common.count_ones() as usize)
    }

    /// Covariances of the first so many values of the traces that are used, and
    /// their trace.
    fn covariance<const M: usize>(&self, known: &[u64; LARGEST], values: usize) -> (Small<M>, f64) {
        let mut matrix = [[0.0; M]; M];
        let mut order = 0;
        let mut used = [&self.data[..0]; M];
        let rows = self.data.chunks_exact(self.stride);
        for (row, _) in rows
            .zip(&known[..self.neighbours.len()])
            .filter(|(_, k)| **k != 0)
        {
            used[order] = &row[..values];
            order += 1;
        }
        let mut trace = 0.0;
        for i in 0..order {
            for j in 0..=i {
                matrix[i][j] = product(used[i], used[j]);
            }
            trace += matrix[i][i];
        }
        (matrix, trace)
    }
}

fn fill(to: &mut [f64], from: impl Iterator<Item = f64>) {
    to.iter_mut().zip(from).for_each(|(a, b)| *a = b);
}

/// Fills rows one by one; the bits of the rows that the trace knows.
fn cropped(
    data: &mut [f64],
    start: Start,
    amplitude: &[f32],
    quadrature: Option<&[f32]>,
    rows: usize,
) -> u64 {
    let mut known = 0;
    let middle = data.len() / 2;
    for k in 0..rows {
        let value = start.value(amplitude, k);
        known |= u64::from(value.is_some()) << k;
        data[k] = value.unwrap_or(0.0);
        if let Some(other) = quadrature {
            data[middle + k] = value.and_then(|_| start.value(other, k)).unwrap_or(0.0);
        }
    }
    known
}

fn product(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; LANES];
    for (a, b) in a.chunks_exact(LANES).zip(b.chunks_exact(LANES)) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    (sums[0] + sums[2]) + (sums[1] + sums[3])
}
