//! Axes that all components share: the M-steps of EVE and VVE, which are iterations.
//!
//! With D the common axes and δ_kj = (Dᵀ W_k D)_jj, the best volumes and shapes leave
//! Σ_k n_k Σ_j ln δ_kj (VVE) or n d ln Σ_k (Π_j δ_kj)^{1/d} (EVE) to be minimised over D.
//! Pairs of axes are turned one after another, each to the minimum of
//! Σ_k tr(Dᵀ W_k D Δ_k⁻¹) with the shapes Δ_k as they are, which is an eigenvector of a
//! 2 x 2 matrix (Flury and Gautschi 1986). No turn raises the objective. There may be
//! several minima (Browne and McNicholas 2014), so that the start matters.

use super::linear::{angle, at, packed};

/// Most rounds through all pairs of axes.
const ROUNDS: usize = 100;
/// Sum of the squared sines of a round at which the axes have settled.
const SETTLED: f64 = 1e-20;

/// Scatters seen along axes that all components share.
pub(super) struct Alignment<'a> {
    pub d: usize,
    /// True for EVE, false for VVE.
    pub equal_volume: bool,
    /// n_k.
    pub counts: &'a [f64],
    /// Dᵀ W_k D, packed, one component after another.
    pub turned: &'a mut [f64],
    /// The weights of the Δ_k⁻¹; room for one number a component.
    pub weights: &'a mut [f64],
}

impl Alignment<'_> {
    /// Looks at scatters along `axes`, which are rows; `image` is room for a vector.
    pub fn look(&mut self, scatters: &[f64], axes: &[f64], image: &mut [f64]) {
        let (d, size) = (self.d, packed(self.d));
        let all = scatters
            .chunks_exact(size)
            .zip(self.turned.chunks_exact_mut(size));
        for (w, turned) in all {
            for (p, axis) in axes.chunks_exact(d).enumerate() {
                for (i, image) in image[..d].iter_mut().enumerate() {
                    *image = (0..d).map(|j| w[at(i.max(j), i.min(j))] * axis[j]).sum();
                }
                for (q, other) in axes.chunks_exact(d).enumerate().take(p + 1) {
                    turned[at(p, q)] = other.iter().zip(&*image).map(|(a, b)| a * b).sum();
                }
            }
        }
    }

    /// What is to be minimised, as it stands.
    pub fn objective(&self) -> f64 {
        let logs = self
            .turned
            .chunks_exact(packed(self.d))
            .map(|t| self.log_product(t));
        if self.equal_volume {
            let volumes: f64 = logs.map(|log| (log / self.d as f64).exp()).sum();
            volumes.ln()
        } else {
            self.counts.iter().zip(logs).map(|(n, log)| n * log).sum()
        }
    }

    /// Turns the axes, and the scatters with them, until they have settled.
    ///
    /// Cost: rounds x d² / 2 x components x 4 d multiplications.
    pub fn settle(&mut self, axes: &mut [f64]) {
        let d = self.d;
        for (k, turned) in self.turned.chunks_exact(packed(d)).enumerate() {
            self.weights[k] = if self.equal_volume {
                (self.log_product(turned) / d as f64).exp()
            } else {
                self.counts[k]
            };
        }
        for _ in 0..ROUNDS {
            let mut turned = 0.0;
            for p in 1..d {
                for q in 0..p {
                    turned += self.turn(p, q, axes);
                }
            }
            if turned <= SETTLED {
                break;
            }
        }
    }

    /// ln Π_j δ_j of one component.
    fn log_product(&self, turned: &[f64]) -> f64 {
        (0..self.d).map(|j| turned[at(j, j)].ln()).sum()
    }

    /// Turns two axes to their best; the squared sine of the angle.
    fn turn(&mut self, p: usize, q: usize, axes: &mut [f64]) -> f64 {
        let (d, size) = (self.d, packed(self.d));
        // Axis p becomes the eigenvector of the smaller eigenvalue of this matrix, and
        // has the smaller entry already: the lesser angle is the right one.
        let [mut pp, mut pq, mut qq] = [0.0; 3];
        for (turned, weight) in self.turned.chunks_exact(size).zip(&*self.weights) {
            let (of_p, of_q) = (turned[at(p, p)], turned[at(q, q)]);
            let apart = weight * (1.0 / of_p - 1.0 / of_q);
            pp += apart * of_p;
            pq += apart * turned[at(p, q)];
            qq += apart * of_q;
        }
        if pq == 0.0 || !pq.is_finite() {
            return 0.0;
        }
        let (_, c, s) = angle(pp, pq, qq);
        for (turned, weight) in self.turned.chunks_exact_mut(size).zip(&mut *self.weights) {
            let before = turned[at(p, p)] * turned[at(q, q)];
            turn_matrix(turned, d, (p, q), (c, s));
            if self.equal_volume {
                let after = turned[at(p, p)] * turned[at(q, q)];
                *weight *= ((after / before).ln() / d as f64).exp();
            }
        }
        for i in 0..d {
            let (of_p, of_q) = (axes[p * d + i], axes[q * d + i]);
            axes[p * d + i] = c * of_p - s * of_q;
            axes[q * d + i] = s * of_p + c * of_q;
        }
        s * s
    }
}

/// Turns axes p > q of a packed symmetric matrix.
fn turn_matrix(a: &mut [f64], d: usize, (p, q): (usize, usize), (c, s): (f64, f64)) {
    for k in 0..d {
        if k != p && k != q {
            let (kp, kq) = (at(k.max(p), k.min(p)), at(k.max(q), k.min(q)));
            (a[kp], a[kq]) = (c * a[kp] - s * a[kq], s * a[kp] + c * a[kq]);
        }
    }
    let (pp, pq, qq) = (a[at(p, p)], a[at(p, q)], a[at(q, q)]);
    a[at(p, p)] = c * c * pp - 2.0 * c * s * pq + s * s * qq;
    a[at(q, q)] = s * s * pp + 2.0 * c * s * pq + c * c * qq;
    a[at(p, q)] = c * s * (pp - qq) + (c * c - s * s) * pq;
}
