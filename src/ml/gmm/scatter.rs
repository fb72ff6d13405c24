//! The M-step: covariances out of scatter matrices, for each covariance model.

use super::CovarianceModel::{self, EEE, EEI, EEV, EII, EVI, EVV, VII, VVI, VVV};
use super::linear::{at, cholesky, eigen, log_determinant, packed};

/// Scatter matrices of components, and room for the M-step to work in.
pub(super) struct Scatter {
    d: usize,
    k: usize,
    /// Sum of memberships of each component.
    pub counts: Vec<f64>,
    /// Σ_i t_ik (x_i - μ_k)(x_i - μ_k)ᵀ, packed, one component after another.
    pub w: Vec<f64>,
    values: Vec<f64>,
    vectors: Vec<f64>,
    spare: Vec<f64>,
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
            spare: vec![0.0; packed(d)],
        }
    }

    /// The covariances that maximise the likelihood under `model`, packed one
    /// after another into `out`; true where they had to be held off zero.
    ///
    /// If the smallest eigenvalue of any covariance is below `floor`, `floor` is
    /// added to all diagonals of all components, which keeps what the model says
    /// is equal equal. Models that divide by a determinant get it before as well.
    pub fn covariances(&mut self, model: CovarianceModel, floor: f64, out: &mut [f64]) -> bool {
        let mut floored = matches!(model, EVI | EVV) && self.floor_scatter(model, floor);
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
        let (d, size, total) = (self.d, packed(self.d), self.total());
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
        for l in 0..d {
            self.spare[l] = (0..self.k).map(|k| self.values[k * d + l]).sum::<f64>() / total;
        }
        for k in 0..self.k {
            let v = &self.vectors[k * d * d..(k + 1) * d * d];
            for i in 0..d {
                for j in 0..=i {
                    out[k * size + at(i, j)] = (0..d)
                        .map(|l| self.spare[l] * v[l * d + i] * v[l * d + j])
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
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FLOOR: f64 = 1e-6;

    /// Σ_k (n_k ln|Σ_k| + tr(Σ_k⁻¹ W_k)): what each model minimises.
    fn objective(scatter: &Scatter, covariances: &[f64]) -> f64 {
        let d = scatter.d;
        let mut q = 0.0;
        for k in 0..scatter.k {
            let size = packed(d);
            let mut l = covariances[k * size..(k + 1) * size].to_vec();
            assert!(cholesky(&mut l, d));
            q += scatter.counts[k] * log_determinant(&l, d);
            crate::ml::gmm::linear::invert_lower(&mut l, d);
            let w = &scatter.w[k * size..(k + 1) * size];
            // tr(L⁻ᵀ L⁻¹ W), entry by entry.
            for i in 0..d {
                for j in 0..d {
                    let inverse: f64 = (i.max(j)..d).map(|r| l[at(r, i)] * l[at(r, j)]).sum();
                    q += inverse * w[at(i.max(j), i.min(j))];
                }
            }
        }
        q
    }

    fn step(scatter: &mut Scatter, model: CovarianceModel) -> (Vec<f64>, f64) {
        let mut out = vec![0.0; scatter.w.len()];
        assert!(
            !scatter.covariances(model, FLOOR, &mut out),
            "{model} floored"
        );
        let q = objective(scatter, &out);
        (out, q)
    }

    /// Two 2 x 2 scatter matrices; each update was compared with a generic
    /// optimiser of the objective (scipy), to 1e-5.
    #[test]
    fn the_m_step_gives_the_published_table() {
        let mut scatter = Scatter::new(2, 2);
        scatter.counts = vec![10.0, 6.0];
        scatter.w = vec![8.0, 2.0, 4.0, 3.0, -1.0, 6.0];
        #[rustfmt::skip]
        let table: [(CovarianceModel, [f64; 6], f64); 9] = [
            (EII, [0.65625, 0.0, 0.65625, 0.65625, 0.0, 0.65625], 18.521_169),
            (VII, [0.6, 0.0, 0.6, 0.75, 0.0, 0.75], 18.331_303),
            (EEI, [0.6875, 0.0, 0.625, 0.6875, 0.0, 0.625], 18.484_847),
            (EVI, [0.875, 0.0, 0.4375, 0.4375, 0.0, 0.875], 16.636_641),
            (VVI, [0.8, 0.0, 0.4, 0.5, 0.0, 1.0], 16.446_774),
            (EEE, [0.6875, 0.0625, 0.625, 0.6875, 0.0625, 0.625], 18.338_727),
            (EEV, [0.860_922, 0.204_672, 0.451_578, 0.415_413, -0.160_558, 0.897_087], 15.059_701),
            (EVV, [0.889_597, 0.222_399, 0.444_798, 0.428_133, -0.142_711, 0.856_267], 15.029_563),
            (VVV, [0.8, 0.2, 0.4, 0.5, -0.166_667, 1.0], 14.768_510),
        ];
        for (model, covariances, q) in table {
            let (out, found) = step(&mut scatter, model);
            for (a, b) in out.iter().zip(covariances) {
                assert!((a - b).abs() < 1e-6, "{model}: {out:?}");
            }
            assert!((found - q).abs() < 1e-6, "{model}: {found}");
        }
    }

    proptest! {
        /// Each model that contains another never has the larger objective, and
        /// no update is beaten by a nearby member of its own family.
        #[test]
        fn richer_models_fit_no_worse(
            d in 2usize..6,
            b in prop::collection::vec(-2.0..2.0f64, 72),
            counts in prop::array::uniform2(10.0..200.0f64),
        ) {
            let mut scatter = Scatter::new(d, 2);
            scatter.counts = counts.to_vec();
            for k in 0..2 {
                for i in 0..d {
                    for j in 0..=i {
                        let dot: f64 =
                            (0..d).map(|l| b[k * 36 + i * d + l] * b[k * 36 + j * d + l]).sum();
                        let ridge = if i == j { 0.3 } else { 0.0 };
                        scatter.w[k * packed(d) + at(i, j)] = counts[k] * (dot + ridge);
                    }
                }
            }
            let q: Vec<f64> =
                CovarianceModel::ALL.iter().map(|&m| step(&mut scatter, m).1).collect();
            let within = [
                (VII, EII), (EEI, EII), (EVI, EEI), (VVI, VII), (VVI, EVI), (EEE, EEI),
                (EEV, EEE), (EVV, EEV), (EVV, EEE), (EVV, EVI), (VVV, EVV), (VVV, VVI), (VVV, VII),
            ];
            for (rich, poor) in within {
                prop_assert!(
                    q[rich as usize] <= q[poor as usize] + 1e-9 * q[poor as usize].abs(),
                    "{rich} {} > {poor} {}", q[rich as usize], q[poor as usize]
                );
            }
            for model in CovarianceModel::ALL {
                let (best, q) = step(&mut scatter, model);
                for factor in [0.97, 1.03] {
                    let scaled: Vec<f64> = best.iter().map(|c| c * factor).collect();
                    prop_assert!(objective(&scatter, &scaled) >= q);
                }
            }
        }
    }

    #[test]
    fn singular_scatter_is_floored() {
        for model in CovarianceModel::ALL {
            let mut scatter = Scatter::new(2, 2);
            scatter.counts = vec![10.0, 10.0];
            let mut out = vec![0.0; 6];
            assert!(scatter.covariances(model, FLOOR, &mut out), "{model}");
            for c in out.chunks_exact(3) {
                assert!(cholesky(&mut c.to_vec(), 2), "{model}: {c:?}");
            }
            // One attribute is constant inside one component only.
            scatter.w = vec![8.0, 0.0, 0.0, 3.0, 1.0, 6.0];
            scatter.covariances(model, FLOOR, &mut out);
            for c in out.chunks_exact(3) {
                assert!(cholesky(&mut c.to_vec(), 2), "{model}: {c:?}");
            }
        }
    }
}
