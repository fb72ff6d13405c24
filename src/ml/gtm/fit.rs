//! Fitting a map: one update at a time, to be shown, stopped and taken up again.

use nalgebra::{Cholesky, DMatrix, SVD, SymmetricEigen};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::model::Gtm;
use super::responsibilities::{Nodes, Sums};
use super::{GtmError, GtmOptions, Sheet};
use crate::task::Task;

/// Rows that are summed before others are added.
const BLOCK: usize = 256;
/// Smallest variance around the nodes.
const LEAST: f64 = 1e-6;
/// Rows that each attribute asks for.
const ROWS_EACH: usize = 10;
/// How often the penalty is raised where an update has no solution.
const TRIES: usize = 3;
/// Rounds of the eigenvalue and singular value iterations.
const ROUNDS: usize = 10_000;

/// What an update changes: enough to go on from, with the same rows and options.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GtmState {
    weights: Vec<f64>,
    beta: f64,
    log_likelihood: Vec<f64>,
}

/// A map that is being fitted.
///
/// ```
/// use outcrop::ml::gtm::{GtmFit, GtmOptions};
/// use outcrop::task::Task;
/// let ring = |f: fn(f32) -> f32| (0..200).map(|i| f(i as f32 * 0.0314)).collect::<Vec<_>>();
/// let (x, y) = (ring(f32::cos), ring(f32::sin));
/// let names = ["x".to_owned(), "y".to_owned()];
/// let options = GtmOptions { grid: 8, ..GtmOptions::default() };
/// let mut fit = GtmFit::start(&names, &[&x, &y], true, options)?;
/// while fit.update(&Task::silent())? {}
/// let map = fit.finish(&Task::silent())?;
/// assert!(map.log_likelihood.last() > map.log_likelihood.first());
/// # Ok::<(), outcrop::ml::gtm::GtmError>(())
/// ```
pub struct GtmFit {
    names: Vec<String>,
    mean: Vec<f64>,
    deviation: Vec<f64>,
    options: GtmOptions,
    /// Rows as they were scaled, attributes used only.
    x: Vec<f64>,
    d: usize,
    sheet: Sheet,
    state: GtmState,
    nodes: DMatrix<f64>,
}

impl GtmFit {
    /// The map before any update. `columns` holds an attribute each, of equal
    /// length and without missing values; `normalise` scales them.
    pub fn start(
        names: &[String],
        columns: &[&[f32]],
        normalise: bool,
        options: GtmOptions,
    ) -> Result<GtmFit, GtmError> {
        options.check()?;
        let n = columns.first().map_or(0, |c| c.len());
        let (mut mean, mut deviation) = (Vec::new(), Vec::new());
        for (name, column) in names.iter().zip(columns) {
            if let Some(row) = column.iter().position(|v| !v.is_finite()) {
                return Err(GtmError::NotFinite {
                    attribute: name.clone(),
                    row: row + 1,
                });
            }
            let m = column.iter().map(|&v| f64::from(v)).sum::<f64>() / n.max(1) as f64;
            let apart = column.iter().map(|&v| (f64::from(v) - m).powi(2));
            let s = (apart.sum::<f64>() / n.max(1) as f64).sqrt();
            // A constant whose mean is rounded has a little deviation too.
            let varies = s > 1e-12 * m.abs() && s > 0.0;
            mean.push(if normalise { m } else { 0.0 });
            deviation.push(match (varies, normalise) {
                (false, _) => 0.0,
                (true, true) => s,
                (true, false) => 1.0,
            });
        }
        let used: Vec<usize> = (0..deviation.len())
            .filter(|&j| deviation[j] > 0.0)
            .collect();
        let d = used.len();
        let needed = ROWS_EACH * columns.len().max(1);
        if n < needed {
            return Err(GtmError::TooFewRows {
                rows: n,
                attributes: columns.len(),
                needed,
            });
        }
        if d == 0 {
            return Err(GtmError::NoVariance { rows: n });
        }
        let mut x = vec![0.0; n * d];
        for (i, row) in x.chunks_mut(d).enumerate() {
            for (x, &j) in row.iter_mut().zip(&used) {
                *x = (f64::from(columns[j][i]) - mean[j]) / deviation[j];
            }
        }
        let sheet = Sheet::new(options.grid, options.rbf, options.width);
        let (weights, beta) = start(&x, d, &sheet)?;
        let nodes = &sheet.phi * &weights;
        Ok(GtmFit {
            names: names.to_vec(),
            mean,
            deviation,
            options,
            x,
            d,
            sheet,
            state: GtmState {
                weights: rows_of(&weights),
                beta,
                log_likelihood: Vec::new(),
            },
            nodes,
        })
    }

    /// Goes on from a state that was kept, with the same rows and options.
    pub fn resume(&mut self, state: GtmState) {
        if state.weights.len() == self.state.weights.len() {
            let weights = matrix(&state.weights, self.d);
            self.nodes = &self.sheet.phi * weights;
            self.state = state;
        }
    }

    /// What to keep in order to go on later.
    pub fn state(&self) -> &GtmState {
        &self.state
    }

    /// Updates made so far.
    pub fn updates(&self) -> usize {
        self.state.log_likelihood.len()
    }

    /// Log-likelihood before each update made so far.
    pub fn log_likelihood(&self) -> &[f64] {
        &self.state.log_likelihood
    }

    /// The inverse variance around the nodes.
    pub fn beta(&self) -> f64 {
        self.state.beta
    }

    /// The log-likelihood less the penalty on the weights: what never falls.
    #[cfg(test)]
    pub(super) fn penalty(&self) -> f64 {
        0.5 * self.options.lambda * self.state.weights.iter().map(|w| w * w).sum::<f64>()
    }

    /// Makes an update; false where the fit had ended before it, by its tolerance
    /// or by the number of updates.
    pub fn update(&mut self, task: &Task) -> Result<bool, GtmError> {
        let sums = self.pass(task)?;
        let log = self.log(&sums);
        let before = self.state.log_likelihood.last().copied();
        self.state.log_likelihood.push(log);
        let settled = before.is_some_and(|b| (log - b).abs() <= self.options.tolerance * b.abs());
        if settled || self.state.log_likelihood.len() > self.options.iterations {
            return Ok(false);
        }
        self.improve(&sums)?;
        Ok(true)
    }

    /// The map as it is now.
    pub fn finish(self, task: &Task) -> Result<Gtm, GtmError> {
        let rows = self.x.len() / self.d;
        let mut map = Gtm {
            attributes: self.names,
            mean: self.mean,
            deviation: self.deviation,
            options: self.options,
            weights: self.state.weights,
            beta: self.state.beta,
            log_likelihood: self.state.log_likelihood,
            percentiles: Vec::new(),
            rows,
        };
        task.check()?;
        // The rows are scaled already.
        let scaled = Gtm {
            mean: vec![0.0; self.d],
            deviation: vec![1.0; self.d],
            ..map.clone()
        };
        let columns: Vec<Vec<f32>> = (0..self.d)
            .map(|j| {
                (self.x.iter().skip(j).step_by(self.d))
                    .map(|&v| v as f32)
                    .collect()
            })
            .collect();
        let columns: Vec<&[f32]> = columns.iter().map(Vec::as_slice).collect();
        let mut logs = scaled.project(&columns).log_likelihood;
        logs.sort_unstable_by(f32::total_cmp);
        map.percentiles = (0..=100)
            .map(|p| f64::from(logs[(p * (rows - 1) + 50) / 100]))
            .collect();
        Ok(map)
    }

    fn log(&self, sums: &Sums) -> f64 {
        let n = (self.x.len() / self.d) as f64;
        let each = 0.5 * self.d as f64 * (self.state.beta / std::f64::consts::TAU).ln()
            - (self.sheet.nodes.len() as f64).ln();
        sums.log + n * each
    }

    /// Responsibilities of all rows, summed.
    fn pass(&self, task: &Task) -> Result<Sums, GtmError> {
        let nodes = Nodes::new(&self.nodes, self.state.beta);
        let parts: Vec<Sums> = self
            .x
            .par_chunks(BLOCK * self.d)
            .map(|rows| {
                task.check()?;
                Ok(nodes.sums(rows))
            })
            .collect::<Result<_, GtmError>>()?;
        let mut all = Sums::new(self.sheet.nodes.len(), self.d);
        for part in &parts {
            all.join(part);
        }
        Ok(all)
    }

    /// Weights, nodes and variance that suit the responsibilities.
    fn improve(&mut self, sums: &Sums) -> Result<(), GtmError> {
        let (d, phi) = (self.d, &self.sheet.phi);
        let mut weighted = phi.clone();
        for (k, mut row) in weighted.row_iter_mut().enumerate() {
            row *= sums.g[k];
        }
        let square = phi.tr_mul(&weighted);
        let rx = matrix(&sums.rx, d);
        let right = phi.tr_mul(&rx);
        let mut lambda = self.options.lambda;
        let weights = (0..=TRIES)
            .find_map(|_| {
                let mut left = square.clone();
                for i in 0..left.nrows() {
                    left[(i, i)] += lambda / self.state.beta;
                }
                let solved = Cholesky::new(left).map(|c| c.solve(&right));
                if solved.is_none() {
                    lambda *= 10.0;
                }
                solved
            })
            .filter(|w| w.iter().all(|v| v.is_finite()))
            .ok_or(GtmError::Singular {
                update: self.updates(),
                lambda,
            })?;
        let nodes = phi * &weights;
        // Square distances from the new nodes, out of those from the old ones.
        let mut total = sums.square;
        for k in 0..nodes.nrows() {
            for j in 0..d {
                let (old, moved) = (self.nodes[(k, j)], self.nodes[(k, j)] - nodes[(k, j)]);
                let apart = rx[(k, j)] - sums.g[k] * old;
                total += 2.0 * moved * apart + sums.g[k] * moved * moved;
            }
        }
        let n = (self.x.len() / d) as f64;
        self.state.beta = 1.0 / (total / (n * d as f64)).max(LEAST);
        self.state.weights = rows_of(&weights);
        self.nodes = nodes;
        Ok(())
    }
}

/// The sheet in the plane of the two greatest principal axes, and the inverse
/// variance around it.
fn start(x: &[f64], d: usize, sheet: &Sheet) -> Result<(DMatrix<f64>, f64), GtmError> {
    let n = (x.len() / d) as f64;
    let mut mean = vec![0.0; d];
    for row in x.chunks_exact(d) {
        for (m, &v) in mean.iter_mut().zip(row) {
            *m += v / n;
        }
    }
    let mut covariance = DMatrix::<f64>::zeros(d, d);
    for row in x.chunks_exact(d) {
        for i in 0..d {
            let a = row[i] - mean[i];
            for j in 0..=i {
                covariance[(i, j)] += a * (row[j] - mean[j]) / n;
            }
        }
    }
    covariance.fill_upper_triangle_with_lower_triangle();
    let unsolved = || GtmError::Singular {
        update: 0,
        lambda: 0.0,
    };
    let eigen = SymmetricEigen::try_new(covariance, 1e-14, ROUNDS).ok_or_else(unsolved)?;
    let mut order: Vec<usize> = (0..d).collect();
    order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]));
    let value = |i: usize| order.get(i).map_or(0.0, |&j| eigen.eigenvalues[j].max(0.0));
    let axis = |i: usize| -> Vec<f64> {
        let Some(&j) = order.get(i) else {
            return vec![0.0; d];
        };
        let v = eigen.eigenvectors.column(j);
        let most = v
            .iter()
            .copied()
            .fold(0.0, |m: f64, e| if e.abs() > m.abs() { e } else { m });
        let sign = if most < 0.0 { -1.0 } else { 1.0 };
        v.iter().map(|e| e * sign * value(i).sqrt()).collect()
    };
    let (first, second) = (axis(0), axis(1));
    let plane = DMatrix::from_fn(sheet.nodes.len(), d, |k, j| {
        mean[j] + sheet.nodes[k][0] * first[j] + sheet.nodes[k][1] * second[j]
    });
    let svd = SVD::try_new(sheet.phi.clone(), true, true, 1e-14, ROUNDS).ok_or_else(unsolved)?;
    let weights = svd.solve(&plane, 1e-10).map_err(|_| unsolved())?;
    let nodes = &sheet.phi * &weights;
    let half = nearest(&nodes) / 2.0;
    Ok((weights, 1.0 / value(2).max(half * half).max(LEAST)))
}

/// Mean distance from each node to its nearest.
fn nearest(nodes: &DMatrix<f64>) -> f64 {
    let n = nodes.nrows();
    if n < 2 {
        return 0.0;
    }
    let least = (0..n).map(|a| {
        let apart = (0..n).filter(|&b| b != a).map(|b| {
            let d = nodes.row(a) - nodes.row(b);
            d.norm_squared()
        });
        apart.fold(f64::INFINITY, f64::min).sqrt()
    });
    least.sum::<f64>() / n as f64
}

fn rows_of(matrix: &DMatrix<f64>) -> Vec<f64> {
    matrix.transpose().as_slice().to_vec()
}

fn matrix(rows: &[f64], columns: usize) -> DMatrix<f64> {
    DMatrix::from_row_slice(rows.len() / columns, columns, rows)
}
