//! One shape for all components, of which each has its own volume: the M-steps of
//! VEI, VEE and VEV, which are iterations.
//!
//! Both minimise Σ_k (n_k d ln λ_k + tr(C⁻¹ W_k) / λ_k) over the volumes and |C| = 1 in
//! turns, each in closed form (Celeux and Govaert 1995, 3.2.2 and 3.3.2). In ln λ and
//! along geodesics of C the objective is convex: there is one minimum, whatever the start.

use super::linear::{at, invert, packed};

/// Most turns; a dozen settle scatters that are not close to singular.
const TURNS: usize = 200;
/// Relative change of the volumes at which they have settled.
const SETTLED: f64 = 1e-13;

/// Volumes, and the common shape as the diagonal of C, of diagonal scatters, given as
/// their diagonals one after another.
///
/// Cost: turns x components x 2 d multiplications or divisions.
pub(super) fn share_shape(
    counts: &[f64],
    diagonals: &[f64],
    volumes: &mut [f64],
    shape: &mut [f64],
) {
    let d = shape.len();
    start(counts, volumes, d, |k| {
        diagonals[k * d..(k + 1) * d].iter().sum()
    });
    for _ in 0..TURNS {
        shape.fill(0.0);
        for (diagonal, volume) in diagonals.chunks_exact(d).zip(&*volumes) {
            for (shape, w) in shape.iter_mut().zip(diagonal) {
                *shape += w / volume;
            }
        }
        let log_det: f64 = shape.iter().map(|s| s.ln()).sum();
        let scale = (-log_det / d as f64).exp();
        for shape in &mut *shape {
            *shape *= scale;
        }
        let trace = |k: usize| {
            let diagonal = &diagonals[k * d..(k + 1) * d];
            diagonal.iter().zip(&*shape).map(|(w, s)| w / s).sum()
        };
        if renew(counts, volumes, d, trace) <= SETTLED {
            break;
        }
    }
}

/// Volumes and C of full scatters, all matrices packed; `inverse` is room for that of C.
/// False where C is singular.
///
/// Cost: turns x (d³ / 2 + components x d²) multiplications.
pub(super) fn share_form(
    d: usize,
    counts: &[f64],
    scatters: &[f64],
    volumes: &mut [f64],
    [form, inverse]: [&mut [f64]; 2],
) -> bool {
    let size = packed(d);
    let scatter = |k: usize| &scatters[k * size..(k + 1) * size];
    start(counts, volumes, d, |k| {
        (0..d).map(|i| scatter(k)[at(i, i)]).sum()
    });
    for _ in 0..TURNS {
        form.fill(0.0);
        for (k, volume) in volumes.iter().enumerate() {
            for (form, w) in form.iter_mut().zip(scatter(k)) {
                *form += w / volume;
            }
        }
        inverse.copy_from_slice(form);
        let Some(log_det) = invert(inverse, d) else {
            return false;
        };
        let scale = (-log_det / d as f64).exp();
        for form in &mut *form {
            *form *= scale;
        }
        let trace = |k: usize| product_trace(inverse, scatter(k), d) / scale;
        if renew(counts, volumes, d, trace) <= SETTLED {
            break;
        }
    }
    true
}

/// Volumes of spheres, from tr W_k.
fn start(counts: &[f64], volumes: &mut [f64], d: usize, trace: impl Fn(usize) -> f64) {
    for (k, volume) in volumes.iter_mut().enumerate() {
        *volume = trace(k) / (counts[k] * d as f64);
    }
}

/// The best volumes, from tr(C⁻¹ W_k); the largest relative change.
fn renew(counts: &[f64], volumes: &mut [f64], d: usize, trace: impl Fn(usize) -> f64) -> f64 {
    let mut change = 0.0_f64;
    for (k, volume) in volumes.iter_mut().enumerate() {
        let new = trace(k) / (counts[k] * d as f64);
        change = change.max((new / *volume - 1.0).abs());
        *volume = new;
    }
    change
}

/// tr(A B) of packed symmetric matrices.
fn product_trace(a: &[f64], b: &[f64], d: usize) -> f64 {
    let all: f64 = a.iter().zip(b).map(|(a, b)| a * b).sum();
    let diagonal: f64 = (0..d).map(|i| a[at(i, i)] * b[at(i, i)]).sum();
    2.0 * all - diagonal
}
