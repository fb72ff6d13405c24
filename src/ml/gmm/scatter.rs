//! The M-step: covariances out of scatter matrices, for each covariance model.

use super::CovarianceModel::{
    self, EEE, EEI, EEV, EII, EVE, EVI, EVV, VEE, VEI, VEV, VII, VVE, VVI, VVV,
};
use super::linear::{at, cholesky, eigen, log_determinant, packed};
use super::orientation::Alignment;
use super::shape::{share_form, share_shape};

/// Scatter matrices of components, and room for the M-step to work in.
pub(super) struct Scatter {
    d: usize,
    k: usize,
    /// Sum of memberships of each component.
    pub counts: Vec<f64>,
    /// Σ_i t_ik (x_i - μ_k)(x_i - μ_k)ᵀ, packed, one component after another.
    pub w: Vec<f64>,
    /// Spectra of components.
    values: Vec<f64>,
    /// Axes of components, as rows.
    vectors: Vec<f64>,
    /// Volumes of components.
    volumes: Vec<f64>,
    /// Scatters along other axes.
    turned: Vec<f64>,
    spare: Vec<f64>,
    second: Vec<f64>,
}

impl Scatter {
    /// Room for `k` components in `d` dimensions.
    pub fn new(d: usize, k: usize) -> Self {
        Self {
            d,
            k,
            counts: vec![0.0; k],
            w: vec![0.0; k * packed(d)],
            values: vec![0.0; k * d],
            vectors: vec![0.0; k * d * d],
            volumes: vec![0.0; k],
            turned: vec![0.0; k * packed(d)],
            spare: vec![0.0; packed(d)],
            second: vec![0.0; packed(d)],
        }
    }

    /// The covariances that maximise the likelihood under `model`, packed one
    /// after another into `out`; true where they had to be held off zero.
    ///
    /// If the smallest eigenvalue of any covariance is below `floor`, `floor` is
    /// added to all diagonals of all components, which keeps what the model says
    /// is equal equal. Models that divide by a determinant get it before as well.
    ///
    /// `axes` are those that EVE and VVE start from and leave, none at first: from
    /// then on their likelihood is no worse than with the axes of the step before.
    pub fn covariances(
        &mut self,
        model: CovarianceModel,
        floor: f64,
        axes: &mut Vec<f64>,
        out: &mut [f64],
    ) -> bool {
        let divides = matches!(model, EVI | EVV | VEI | VEE | VEV | EVE | VVE);
        let mut floored = divides && self.floor_scatter(model, floor);
        match model {
            EII => {
                let trace: f64 = (0..self.k).map(|k| self.trace(k)).sum();
                let variance = trace / (self.total() * self.d as f64);
                self.spread(out, |_, i, j| if i == j { variance } else { 0.0 });
            }
            VII => self.spread(out, |s, i, j| {
                if i == j {
                    s.trace / (s.count * s.d as f64)
                } else {
                    0.0
                }
            }),
            EEI | EEE => {
                self.pool(model.is_diagonal());
                let pooled = std::mem::take(&mut self.spare);
                self.spread(out, |_, i, j| pooled[at(i, j)]);
                self.spare = pooled;
            }
            VVI => self.spread(
                out,
                |s, i, j| if i == j { s.w[at(i, j)] / s.count } else { 0.0 },
            ),
            VVV => self.spread(out, |s, i, j| s.w[at(i, j)] / s.count),
            EVI => self.equal_volumes(true, out),
            EVV => self.equal_volumes(false, out),
            EEV => self.equal_shapes(out),
            VEI => self.diagonal_shape(out),
            VEV => self.turned_shape(out),
            VEE => self.equal_forms(out),
            EVE | VVE => self.equal_axes(model == EVE, axes, out),
        }
        if self.below(model, floor, out) {
            for k in 0..self.k {
                for i in 0..self.d {
                    out[k * packed(self.d) + at(i, i)] += floor;
                }
            }
            floored = true;
        }
        floored
    }

    fn total(&self) -> f64 {
        self.counts.iter().sum()
    }

    fn trace(&self, k: usize) -> f64 {
        let w = &self.w[k * packed(self.d)..];
        (0..self.d).map(|i| w[at(i, i)]).sum()
    }

    /// Fills the entries of all covariances from a formula.
    fn spread(&self, out: &mut [f64], entry: impl Fn(&One, usize, usize) -> f64) {
        let size = packed(self.d);
        for (k, out) in out.chunks_exact_mut(size).enumerate() {
            let one = One {
                d: self.d,
                count: self.counts[k],
                trace: self.trace(k),
                w: &self.w[k * size..(k + 1) * size],
            };
            for i in 0..self.d {
                for j in 0..=i {
                    out[at(i, j)] = entry(&one, i, j);
                }
            }
        }
    }

    /// The pooled covariance into `spare`.
    fn pool(&mut self, diagonal: bool) {
        let total = self.total();
        self.spare.fill(0.0);
        for w in self.w.chunks_exact(packed(self.d)) {
            for i in 0..self.d {
                for j in if diagonal { i } else { 0 }..=i {
                    self.spare[at(i, j)] += w[at(i, j)] / total;
                }
            }
        }
    }

    /// EVI and EVV: W_k scaled to determinant 1, times the mean volume.
    fn equal_volumes(&mut self, diagonal: bool, out: &mut [f64]) {
        let size = packed(self.d);
        let mut volume = 0.0;
        for k in 0..self.k {
            let w = &self.w[k * size..(k + 1) * size];
            let log_det: f64 = if diagonal {
                (0..self.d).map(|i| w[at(i, i)].ln()).sum()
            } else {
                self.spare.copy_from_slice(w);
                if cholesky(&mut self.spare, self.d) {
                    log_determinant(&self.spare, self.d)
                } else {
                    f64::NAN
                }
            };
            self.values[k] = (log_det / self.d as f64).exp();
            volume += self.values[k];
        }
        let scale = volume / self.total();
        for k in 0..self.k {
            let w = &self.w[k * size..(k + 1) * size];
            let out = &mut out[k * size..(k + 1) * size];
            for i in 0..self.d {
                for j in 0..=i {
                    out[at(i, j)] = if diagonal && i != j {
                        0.0
                    } else {
                        w[at(i, j)] * (scale / self.values[k])
                    };
                }
            }
        }
    }

    /// EEV: each component keeps its axes, all share the pooled spectrum.
    fn equal_shapes(&mut self, out: &mut [f64]) {
        let (d, total) = (self.d, self.total());
        self.decompose();
        for l in 0..d {
            let pooled = (0..self.k).map(|k| self.values[k * d + l]).sum::<f64>() / total;
            for k in 0..self.k {
                self.values[k * d + l] = pooled;
            }
        }
        self.compose(out);
    }

    /// VEI: one diagonal shape.
    fn diagonal_shape(&mut self, out: &mut [f64]) {
        let (d, size) = (self.d, packed(self.d));
        for k in 0..self.k {
            for i in 0..d {
                self.values[k * d + i] = self.w[k * size + at(i, i)];
            }
        }
        self.share_shape();
        out.fill(0.0);
        for k in 0..self.k {
            for i in 0..d {
                out[k * size + at(i, i)] = self.values[k * d + i];
            }
        }
    }

    /// VEV: each component keeps its axes and volume, all share the shape.
    fn turned_shape(&mut self, out: &mut [f64]) {
        self.decompose();
        self.share_shape();
        self.compose(out);
    }

    /// Spectra become those of the best common shape.
    fn share_shape(&mut self) {
        let shape = &mut self.spare[..self.d];
        share_shape(&self.counts, &self.values, &mut self.volumes, shape);
        for (values, volume) in self.values.chunks_exact_mut(self.d).zip(&self.volumes) {
            for (value, shape) in values.iter_mut().zip(&*shape) {
                *value = volume * shape;
            }
        }
    }

    /// VEE: one form, any volumes.
    fn equal_forms(&mut self, out: &mut [f64]) {
        self.share_form();
        for (out, volume) in out.chunks_exact_mut(packed(self.d)).zip(&self.volumes) {
            for (out, form) in out.iter_mut().zip(&self.spare) {
                *out = volume * form;
            }
        }
    }

    /// The common form of VEE into `spare`.
    fn share_form(&mut self) {
        let room = [&mut self.spare[..], &mut self.second[..]];
        if !share_form(self.d, &self.counts, &self.w, &mut self.volumes, room) {
            self.spare.fill(f64::NAN);
        }
    }

    /// EVE and VVE: one set of axes.
    fn equal_axes(&mut self, equal_volume: bool, axes: &mut Vec<f64>, out: &mut [f64]) {
        let d = self.d;
        if axes.is_empty() {
            *axes = self.first_axes(equal_volume);
        }
        self.settle(equal_volume, axes);
        let total = self.total();
        for (k, turned) in self.turned.chunks_exact(packed(d)).enumerate() {
            let values = &mut self.values[k * d..(k + 1) * d];
            for (j, value) in values.iter_mut().enumerate() {
                *value = turned[at(j, j)];
            }
            self.volumes[k] = if equal_volume {
                (values.iter().map(|v| v.ln()).sum::<f64>() / d as f64).exp()
            } else {
                self.counts[k]
            };
            self.vectors[k * d * d..(k + 1) * d * d].copy_from_slice(axes);
        }
        let volume = self.volumes.iter().sum::<f64>() / total;
        for (values, own) in self.values.chunks_exact_mut(d).zip(&self.volumes) {
            for value in values {
                *value *= if equal_volume {
                    volume / own
                } else {
                    1.0 / own
                };
            }
        }
        self.compose(out);
    }

    /// Scatters seen along axes.
    fn look(&mut self, equal_volume: bool, axes: &[f64]) -> Alignment<'_> {
        let mut alignment = Alignment {
            d: self.d,
            equal_volume,
            counts: &self.counts,
            turned: &mut self.turned,
            weights: &mut self.volumes,
        };
        alignment.look(&self.w, axes, &mut self.spare);
        alignment
    }

    fn settle(&mut self, equal_volume: bool, axes: &mut [f64]) {
        self.look(equal_volume, axes).settle(axes);
    }

    /// The axes that EVE and VVE start from: the best of those of the attributes, of
    /// the poorer models, and of each component. So no poorer model fits better.
    fn first_axes(&mut self, equal_volume: bool) -> Vec<f64> {
        let (d, size) = (self.d, packed(self.d));
        let mut candidates = vec![vec![0.0; d * d]];
        for i in 0..d {
            candidates[0][i * d + i] = 1.0;
        }
        let axes_of = |matrix: &[f64]| {
            let (mut values, mut axes) = (vec![0.0; d], vec![0.0; d * d]);
            eigen(&mut matrix.to_vec(), d, &mut values, &mut axes);
            axes
        };
        self.pool(false);
        candidates.push(axes_of(&self.spare));
        candidates.extend(self.w.chunks_exact(size).map(axes_of));
        if !equal_volume {
            self.share_form();
            candidates.push(axes_of(&self.spare));
            let mut axes = self.first_axes(true);
            self.settle(true, &mut axes);
            candidates.push(axes);
        }
        let objectives = candidates
            .iter()
            .map(|axes| self.look(equal_volume, axes).objective());
        let objectives: Vec<f64> = objectives.collect();
        let mut best = 0;
        for (i, objective) in objectives.iter().enumerate() {
            if *objective < objectives[best] {
                best = i;
            }
        }
        candidates.swap_remove(best)
    }

    /// Spectra and axes of all components.
    fn decompose(&mut self) {
        let (d, size) = (self.d, packed(self.d));
        for k in 0..self.k {
            self.spare
                .copy_from_slice(&self.w[k * size..(k + 1) * size]);
            eigen(
                &mut self.spare,
                d,
                &mut self.values[k * d..(k + 1) * d],
                &mut self.vectors[k * d * d..(k + 1) * d * d],
            );
        }
    }

    /// Covariances out of spectra and axes.
    fn compose(&self, out: &mut [f64]) {
        let (d, size) = (self.d, packed(self.d));
        for (k, out) in out.chunks_exact_mut(size).enumerate() {
            let values = &self.values[k * d..(k + 1) * d];
            let v = &self.vectors[k * d * d..(k + 1) * d * d];
            for i in 0..d {
                for j in 0..=i {
                    out[at(i, j)] = (0..d)
                        .map(|l| values[l] * v[l * d + i] * v[l * d + j])
                        .sum();
                }
            }
        }
    }

    /// Adds `floor` to every W_k / n_k if the smallest eigenvalue of any is below it.
    fn floor_scatter(&mut self, model: CovarianceModel, floor: f64) -> bool {
        let size = packed(self.d);
        let singular = (0..self.k).any(|k| {
            let w = &self.w[k * size..(k + 1) * size];
            self.spare.copy_from_slice(w);
            smallest_below(&mut self.spare, self.d, model, floor * self.counts[k])
        });
        if singular {
            for k in 0..self.k {
                for i in 0..self.d {
                    self.w[k * size + at(i, i)] += floor * self.counts[k];
                }
            }
        }
        singular
    }

    fn below(&mut self, model: CovarianceModel, floor: f64, covariances: &[f64]) -> bool {
        covariances.chunks_exact(packed(self.d)).any(|c| {
            self.spare.copy_from_slice(c);
            smallest_below(&mut self.spare, self.d, model, floor)
        })
    }
}

/// One component as [`Scatter::spread`] shows it to a formula.
struct One<'a> {
    d: usize,
    count: f64,
    trace: f64,
    w: &'a [f64],
}

/// True where the smallest eigenvalue of a packed matrix is below `limit`:
/// A - limit I is then not positive definite. The matrix is overwritten.
fn smallest_below(a: &mut [f64], d: usize, model: CovarianceModel, limit: f64) -> bool {
    for i in 0..d {
        a[at(i, i)] -= limit;
    }
    if model.is_diagonal() {
        (0..d).any(|i| a[at(i, i)] < 0.0)
    } else {
        !cholesky(a, d)
    }
}

#[cfg(test)]
mod tests;
