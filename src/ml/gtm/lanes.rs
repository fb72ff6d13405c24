//! Sixteen numbers side by side, and the one pass over the nodes that everything
//! here is made of: loops over lanes have no branches and become vector instructions.

use ndarray::Array2;
use ndarray::linalg::general_mat_mul;

/// How many nodes are worked on together.
pub(super) const LANES: usize = 16;

/// One number of each of sixteen nodes.
pub(super) type Lanes = [f32; LANES];

/// Numbers of a vector register of every processor.
const QUAD: usize = 4;

/// Below this a responsibility is nothing beside the largest: half its binary
/// logarithm.
const LOWEST: f32 = -62.0;

/// Half a binary logarithm from a natural one.
const HALF_LOG2: f64 = 0.5 * std::f64::consts::LOG2_E;

/// 2^x for -62 <= x <= 0, to a relative 4e-7.
///
/// 2^k 2^r with |r| <= 1/2, 2^r by its Taylor sum to r^6 (remainder 1.2e-7).
#[inline]
fn power_of_two(x: &[f32; QUAD]) -> [f32; QUAD] {
    // Adding 1.5 * 2^23 rounds to a whole number and leaves it in the low bits.
    const ROUND: f32 = 12_582_912.0;
    // ln(2)^n / n!
    const C: [f32; 7] = [
        1.0,
        std::f32::consts::LN_2,
        0.240_226_51,
        0.055_504_11,
        0.009_618_129,
        0.001_333_355_8,
        0.000_154_035_3,
    ];
    let mut out = [0.0; QUAD];
    for t in 0..QUAD {
        let shifted = x[t] + ROUND;
        let r = x[t] - (shifted - ROUND);
        let z = r * r;
        let even = C[0] + z * (C[2] + z * (C[4] + z * C[6]));
        let odd = C[1] + z * (C[3] + z * C[5]);
        let power = shifted.to_bits() << 23;
        out[t] = f32::from_bits((even + r * odd).to_bits().wrapping_add(power));
    }
    out
}

/// The sum of the lanes, in a fixed order.
#[inline]
pub(super) fn sum(x: &Lanes) -> f32 {
    let mut x = *x;
    for half in [8, 4, 2, 1] {
        for t in 0..half {
            x[t] += x[t + half];
        }
    }
    x[0]
}

/// The largest of the lanes.
#[inline]
pub(super) fn largest(x: &Lanes) -> f32 {
    let mut x = *x;
    for half in [8, 4, 2, 1] {
        for t in 0..half {
            x[t] = if x[t] > x[t + half] {
                x[t]
            } else {
                x[t + half]
            };
        }
    }
    x[0]
}

/// The nodes among the attributes, ready for passes in single precision.
#[derive(Clone, Debug)]
pub(super) struct Nodes {
    /// Columns of a row of weights: nodes, and those that fill up sixteen.
    pub columns: usize,
    /// Places of the nodes on the sheet, both coordinates.
    latent: [Vec<f32>; 2],
    distances: Distances,
    /// -beta / 2, as half a binary logarithm.
    scale: f32,
}

/// How distances from the nodes are had.
#[derive(Clone, Debug)]
enum Distances {
    /// A row `[x, 1]` times this matrix is what each node weighs, but for the part
    /// of x alone.
    Products(Array2<f32>),
    /// Differences from the coordinates, block by block, attribute by attribute:
    /// where nodes are so sharp that products would lose too many digits.
    Differences(Vec<Lanes>),
}

/// Rows that are worked on together: products of matrices of one shape give the
/// same digits wherever a row stands.
pub(super) const TILE: usize = 64;

/// Room for the rows of a tile.
pub(super) struct Tile {
    /// A row `[x, 1]` each.
    x: Array2<f32>,
    weights: Array2<f32>,
}

/// Where nodes that fill up the last block lie: so far off that they weigh nothing.
const FAR: f32 = 1e15;
/// What such nodes weigh, in products.
const NOTHING: f32 = -1e30;
/// Largest beta for products: the error, `beta |x|^2 2^-24`, is then below a
/// thousandth for voxels a few deviations from the mean.
const NEAR: f64 = 500.0;

/// What a pass over the nodes finds beside the roots.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pass {
    /// The largest `l_k = -beta/2 |x - y_k|²`.
    pub top: f32,
    /// Sum of `exp(l_k - top)`: of the squares of the roots.
    pub total: f32,
    /// Sum of `exp(l_k - top) (l_k - top)`.
    pub moment: f32,
    /// Sums of `exp(l_k - top)` times the places of the nodes.
    pub latent: [f32; 2],
}

impl Pass {
    /// ln of the sum of `exp(l_k)`.
    pub fn log_sum(&self) -> f64 {
        f64::from(self.top) + f64::from(self.total).ln()
    }

    /// Entropy of the responsibilities, 0 where one node has all.
    pub fn entropy(&self) -> f64 {
        let total = f64::from(self.total);
        (total.ln() - f64::from(self.moment) / total).max(0.0)
    }
}

impl Nodes {
    /// Nodes of a map: `y[k * d + j]`, and their places on the sheet.
    pub fn new(y: &[f64], dimensions: usize, beta: f64, places: &[[f64; 2]]) -> Nodes {
        let count = y.len() / dimensions;
        let columns = count.next_multiple_of(LANES);
        let scale = -0.5 * beta * HALF_LOG2;
        let node = |k: usize| &y[k * dimensions..(k + 1) * dimensions];
        let distances = if beta <= NEAR {
            let value = |(j, k)| match (j < dimensions, k < count) {
                (true, true) => (-2.0 * scale * node(k)[j]) as f32,
                (false, true) => (scale * node(k).iter().map(|y| y * y).sum::<f64>()) as f32,
                (true, false) => 0.0,
                (false, false) => NOTHING,
            };
            Distances::Products(Array2::from_shape_fn((dimensions + 1, columns), value))
        } else {
            let mut lanes = vec![[FAR; LANES]; columns / LANES * dimensions];
            for k in 0..count {
                for (j, &y) in node(k).iter().enumerate() {
                    lanes[k / LANES * dimensions + j][k % LANES] = y as f32;
                }
            }
            Distances::Differences(lanes)
        };
        let latent = [0, 1].map(|axis| {
            let along = places.iter().map(|place| place[axis] as f32);
            along.chain(std::iter::repeat(0.0)).take(columns).collect()
        });
        Nodes {
            columns,
            latent,
            distances,
            scale: scale as f32,
        }
    }

    /// Room for a tile of rows of so many attributes.
    pub fn tile(&self, dimensions: usize) -> Tile {
        let mut x = Array2::zeros((TILE, dimensions + 1));
        x.column_mut(dimensions).fill(1.0);
        Tile {
            x,
            weights: Array2::zeros((TILE, self.columns)),
        }
    }

    /// Works out what each node weighs for the rows of a tile.
    pub fn weigh(&self, tile: &mut Tile) {
        match &self.distances {
            Distances::Products(matrix) => {
                general_mat_mul(1.0, &tile.x, matrix, 0.0, &mut tile.weights);
            }
            Distances::Differences(nodes) => {
                let d = tile.x.ncols() - 1;
                for (x, mut row) in tile.x.rows().into_iter().zip(tile.weights.rows_mut()) {
                    let Some(row) = row.as_slice_mut() else {
                        continue;
                    };
                    let (out, _) = row.as_chunks_mut::<LANES>();
                    for (y, out) in nodes.chunks_exact(d).zip(out) {
                        let mut distance = [0.0f32; LANES];
                        for (&x, y) in x.iter().zip(y) {
                            for t in 0..LANES {
                                let apart = x - y[t];
                                distance[t] += apart * apart;
                            }
                        }
                        *out = distance.map(|square| square * self.scale);
                    }
                }
            }
        }
    }

    /// What all weights of a row lack.
    fn lacking(&self, x: &[f32]) -> f32 {
        match self.distances {
            Distances::Products(_) => self.scale * x.iter().map(|x| x * x).sum::<f32>(),
            Distances::Differences(_) => 0.0,
        }
    }

    /// Turns the weights of a row of a tile into the square roots of its
    /// responsibilities, not normalised, and gives both.
    #[inline]
    pub fn pass<'t>(&self, tile: &'t mut Tile, row: usize) -> (Pass, &'t [f32]) {
        let Tile { x, weights } = tile;
        let d = x.ncols() - 1;
        let x = x.as_slice().unwrap_or_default();
        let lacking = self.lacking(&x[row * (d + 1)..row * (d + 1) + d]);
        let weights = weights.as_slice_mut().unwrap_or_default();
        let weights = &mut weights[row * self.columns..(row + 1) * self.columns];
        let mut most = [f32::NEG_INFINITY; LANES];
        for l in weights.as_chunks::<LANES>().0 {
            for t in 0..LANES {
                most[t] = if l[t] > most[t] { l[t] } else { most[t] };
            }
        }
        let top = largest(&most);
        // Four sums of four lanes each stay in registers.
        let (mut total, mut moment) = ([0.0f32; QUAD], [0.0f32; QUAD]);
        let (mut a, mut b) = ([0.0f32; QUAD], [0.0f32; QUAD]);
        let places = self.latent.each_ref().map(|u| u.as_chunks::<QUAD>().0);
        let places = places[0].iter().zip(places[1]);
        for (out, (u, v)) in weights.as_chunks_mut::<QUAD>().0.iter_mut().zip(places) {
            let below = out.map(|l| {
                let apart = l - top;
                if apart > LOWEST { apart } else { LOWEST }
            });
            let root = power_of_two(&below);
            for t in 0..QUAD {
                let weight = root[t] * root[t];
                total[t] += weight;
                moment[t] += weight * below[t];
                a[t] += weight * u[t];
                b[t] += weight * v[t];
            }
            *out = root;
        }
        let sum = |x: [f32; QUAD]| (x[0] + x[2]) + (x[1] + x[3]);
        let natural = (1.0 / HALF_LOG2) as f32;
        let pass = Pass {
            top: (top + lacking).min(0.0) * natural,
            total: sum(total),
            moment: sum(moment) * natural,
            latent: [sum(a), sum(b)],
        };
        (pass, weights)
    }
}

impl Tile {
    /// The attributes of a row, to be filled in.
    pub fn row(&mut self, row: usize) -> &mut [f32] {
        let columns = self.x.ncols();
        let x = self.x.as_slice_mut().unwrap_or_default();
        &mut x[row * columns..(row + 1) * columns - 1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_agree_with_the_standard_library() {
        for i in 0..200_000 {
            let x = -(i as f32) * 0.000_31;
            let ours = power_of_two(&[x; QUAD])[i % QUAD];
            let exact = f64::from(x).exp2();
            let apart = (f64::from(ours) - exact).abs() / exact;
            assert!(apart < 4e-7, "{x}: {ours} {exact}");
        }
        assert_eq!(power_of_two(&[0.0; QUAD]), [1.0; QUAD]);
    }

    #[test]
    fn lanes_are_summed_and_compared() {
        let x: Lanes = std::array::from_fn(|t| t as f32);
        assert_eq!((sum(&x), largest(&x)), (120.0, 15.0));
    }

    #[test]
    fn nodes_that_fill_up_weigh_nothing_near_and_far() {
        for beta in [2.0, 2.0 * NEAR] {
            let places = [[-1.0, 0.0], [0.0, 0.5], [1.0, 1.0]];
            let nodes = Nodes::new(&[0.0, 1.0, 2.0], 1, beta, &places);
            let products = matches!(nodes.distances, Distances::Products(_));
            assert_eq!(products, beta <= NEAR);
            let mut tile = nodes.tile(1);
            tile.row(3).copy_from_slice(&[0.25]);
            nodes.weigh(&mut tile);
            let (found, roots) = nodes.pass(&mut tile, 3);
            assert_eq!(roots.len(), LANES);
            let l = [0.0625f64, 0.5625, 3.0625].map(|d| -0.5 * beta * d);
            let e = l.map(|k| (k - l[0]).exp().max((-86.0f64).exp()));
            let total: f64 = e.iter().sum();
            let close = |a: f32, b: f64| (f64::from(a) - b).abs() < 1e-5 * (1.0 + b.abs());
            assert!(close(found.top, l[0]), "{} {}", found.top, l[0]);
            assert!(close(found.total, total), "{} {total}", found.total);
            assert!(close(found.latent[0], e[2] - e[0]));
            let moment: f64 = e.iter().zip(l).map(|(e, l_k)| e * (l_k - l[0])).sum();
            assert!(close(found.moment, moment), "{} {moment}", found.moment);
        }
    }
}
