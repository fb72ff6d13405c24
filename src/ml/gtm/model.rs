//! A fitted map, and where voxels lie on it.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::lanes::{LANES, Lanes, Nodes};
use super::{GtmOptions, Sheet};

/// Voxels worked on between two looks at other threads.
pub(super) const CHUNK: usize = 1024;

/// A fitted generative topographic map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gtm {
    /// Names of the attributes, those left out too.
    pub attributes: Vec<String>,
    /// What is taken off each attribute.
    pub mean: Vec<f64>,
    /// What each is divided by then; 0 for constant ones, which are left out.
    pub deviation: Vec<f64>,
    /// How it was fitted.
    pub options: GtmOptions,
    /// `W`, a row a function (the last is the constant one), a column an attribute.
    pub weights: Vec<f64>,
    /// Inverse variance around the nodes.
    pub beta: f64,
    /// Log-likelihood of the training rows, before any update and after each.
    pub log_likelihood: Vec<f64>,
    /// The 0th to 100th percentile of the training rows' own log-likelihoods.
    pub percentiles: Vec<f64>,
    /// How many training rows there were.
    pub rows: usize,
}

/// Where voxels lie on a map; NaN where a value is missing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Places {
    /// Mean of the responsibilities, first and second coordinate in [-1, 1].
    pub latent: [Vec<f32>; 2],
    /// Log-likelihood of the voxel.
    pub log_likelihood: Vec<f32>,
    /// Entropy of its responsibilities, in nats.
    pub entropy: Vec<f32>,
    /// The node nearest to that mean, first coordinate slowest; `u16::MAX` where
    /// a value is missing.
    pub node: Vec<u16>,
}

impl Gtm {
    /// Attributes that the map uses.
    pub fn dimensions(&self) -> usize {
        self.deviation.iter().filter(|&&s| s > 0.0).count()
    }

    /// The sheet.
    pub fn sheet(&self) -> Sheet {
        Sheet::new(self.options.grid, self.options.rbf, self.options.width)
    }

    /// Nodes among the attributes as they were scaled: node by node.
    pub fn nodes(&self) -> Vec<f64> {
        let (sheet, d) = (self.sheet(), self.dimensions());
        let mut nodes = vec![0.0; sheet.nodes.len() * d];
        for (k, node) in nodes.chunks_mut(d.max(1)).enumerate() {
            for (m, weights) in self.weights.chunks(d.max(1)).enumerate() {
                for (value, w) in node.iter_mut().zip(weights) {
                    *value += sheet.phi[(k, m)] * w;
                }
            }
        }
        nodes
    }

    /// Where voxels lie: a slice of equal length for each attribute.
    pub fn project(&self, columns: &[&[f32]]) -> Places {
        Mapper::new(self).project(columns)
    }

    /// Mean responsibilities of rows: their density on the sheet, which sums to 1.
    /// Rows with missing values do not count; nothing where no row is whole.
    pub fn density(&self, columns: &[&[f32]]) -> Option<Vec<f64>> {
        Mapper::new(self).density(columns)
    }
}

/// A map ready for many voxels.
#[derive(Clone, Debug)]
pub(super) struct Mapper {
    pub nodes: Nodes,
    /// What the log-likelihood adds to the logarithm of the sum.
    constant: f64,
    count: usize,
    side: usize,
    /// Attributes used: which column, its mean, one over its deviation.
    scaling: Vec<(usize, f32, f32)>,
}

/// One voxel on the sheet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Place {
    pub latent: [f32; 2],
    pub log_likelihood: f32,
    pub entropy: f32,
    pub node: u16,
}

impl Place {
    pub const MISSING: Place = Place {
        latent: [f32::NAN; 2],
        log_likelihood: f32::NAN,
        entropy: f32::NAN,
        node: u16::MAX,
    };
}

impl Mapper {
    pub fn new(map: &Gtm) -> Mapper {
        let sheet = map.sheet();
        let d = map.dimensions();
        let count = sheet.nodes.len();
        // Along a single attribute the second coordinate means nothing.
        let axes = if d > 1 { 2 } else { 1 };
        let places: Vec<[f64; 2]> = (sheet.nodes.iter())
            .map(|node| [node[0], if axes > 1 { node[1] } else { 0.0 }])
            .collect();
        let scaling = map.deviation.iter().enumerate().filter(|(_, s)| **s > 0.0);
        let scaling = scaling.map(|(j, s)| (j, map.mean[j] as f32, (1.0 / s) as f32));
        Mapper {
            nodes: Nodes::new(&map.nodes(), d, map.beta, &places),
            constant: 0.5 * d as f64 * (map.beta / std::f64::consts::TAU).ln()
                - (count as f64).ln(),
            count,
            side: sheet.side,
            scaling: scaling.collect(),
        }
    }

    /// Room for the roots of a voxel.
    pub fn roots(&self) -> Vec<Lanes> {
        vec![[0.0; LANES]; self.nodes.blocks]
    }

    /// The scaled values of a voxel; false where one is missing.
    #[inline]
    pub fn take(&self, columns: &[&[f32]], at: usize, x: &mut [f32]) -> bool {
        let mut whole = true;
        for (x, &(column, mean, over)) in x.iter_mut().zip(&self.scaling) {
            *x = (columns[column][at] - mean) * over;
            whole &= x.is_finite();
        }
        whole
    }

    /// Attributes used.
    pub fn dimensions(&self) -> usize {
        self.scaling.len()
    }

    /// The place of a voxel, and the roots of its responsibilities in `roots`.
    #[inline]
    pub fn place(&self, x: &[f32], roots: &mut [Lanes]) -> (Place, f32) {
        let pass = self.nodes.pass(x, roots);
        let over = 1.0 / pass.total;
        let latent = pass.latent.map(|sum| (sum * over).clamp(-1.0, 1.0));
        let (log_sum, entropy) = pass.log_sum_and_entropy();
        let place = Place {
            latent,
            log_likelihood: (log_sum + self.constant) as f32,
            entropy: entropy as f32,
            node: self.nearest(latent),
        };
        (place, over)
    }

    /// The node nearest to a place on the sheet.
    fn nearest(&self, latent: [f32; 2]) -> u16 {
        let at = |u: f32| (0.5 * (u + 1.0) * (self.side - 1) as f32).round() as usize;
        (at(latent[0]) * self.side + at(latent[1])) as u16
    }

    fn project(&self, columns: &[&[f32]]) -> Places {
        let n = columns.first().map_or(0, |c| c.len());
        let chunks: Vec<Vec<Place>> = (0..n.div_ceil(CHUNK))
            .into_par_iter()
            .map(|chunk| {
                let mut roots = self.roots();
                let mut x = vec![0.0; self.dimensions()];
                (chunk * CHUNK..((chunk + 1) * CHUNK).min(n))
                    .map(|at| {
                        if self.take(columns, at, &mut x) {
                            self.place(&x, &mut roots).0
                        } else {
                            Place::MISSING
                        }
                    })
                    .collect()
            })
            .collect();
        let all = || chunks.iter().flatten();
        Places {
            latent: [0, 1].map(|axis| all().map(|p| p.latent[axis]).collect()),
            log_likelihood: all().map(|p| p.log_likelihood).collect(),
            entropy: all().map(|p| p.entropy).collect(),
            node: all().map(|p| p.node).collect(),
        }
    }

    pub fn density(&self, columns: &[&[f32]]) -> Option<Vec<f64>> {
        let n = columns.first().map_or(0, |c| c.len());
        let sums: Vec<(usize, Vec<f64>)> = (0..n.div_ceil(CHUNK))
            .into_par_iter()
            .map(|chunk| {
                let mut roots = self.roots();
                let mut x = vec![0.0; self.dimensions()];
                let mut density = vec![0.0; self.nodes.blocks * LANES];
                let mut live = 0;
                for at in chunk * CHUNK..((chunk + 1) * CHUNK).min(n) {
                    if !self.take(columns, at, &mut x) {
                        continue;
                    }
                    live += 1;
                    let over = 1.0 / f64::from(self.nodes.pass(&x, &mut roots).total);
                    for (sum, root) in density.iter_mut().zip(roots.as_flattened()) {
                        let root = f64::from(*root);
                        *sum += root * root * over;
                    }
                }
                (live, density)
            })
            .collect();
        let live: usize = sums.iter().map(|(live, _)| live).sum();
        let mut density = vec![0.0; self.count];
        for (_, part) in &sums {
            for (sum, part) in density.iter_mut().zip(part) {
                *sum += part;
            }
        }
        let total: f64 = density.iter().sum();
        for q in &mut density {
            *q /= total;
        }
        (live > 0).then_some(density)
    }
}
