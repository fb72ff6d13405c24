//! Sixteen numbers side by side, and the one pass over the nodes that everything
//! here is made of: loops over lanes have no branches and become vector instructions.

/// How many nodes are worked on together.
pub(super) const LANES: usize = 16;

/// One number of each of sixteen nodes.
pub(super) type Lanes = [f32; LANES];

/// Below this a responsibility is nothing beside the largest.
const LOWEST: f32 = -87.0;

/// exp(x / 2) for -87 <= x <= 0, to a relative 4e-7.
///
/// 2^k e^r with |r| <= ln 2 / 2, e^r by its Taylor sum to r^6 (remainder 1.2e-7).
#[inline]
pub(super) fn root_exp(x: &Lanes) -> Lanes {
    // Adding 1.5 * 2^23 rounds to a whole number and leaves it in the low bits.
    const ROUND: f32 = 12_582_912.0;
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    let mut out = [0.0; LANES];
    for t in 0..LANES {
        let x = 0.5 * x[t];
        let shifted = x * std::f32::consts::LOG2_E + ROUND;
        let k = shifted - ROUND;
        let r = (x - k * LN2_HIGH) - k * LN2_LOW;
        let z = r * r;
        let even = 1.0 + z * (0.5 + z * (1.0 / 24.0 + z * (1.0 / 720.0)));
        let odd = 1.0 + z * (1.0 / 6.0 + z * (1.0 / 120.0));
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
    /// Blocks of sixteen nodes.
    pub blocks: usize,
    /// Node coordinates, block by block, attribute by attribute.
    y: Vec<Lanes>,
    dimensions: usize,
    /// -beta / 2.
    scale: f32,
}

/// Where nodes that fill up the last block lie: so far off that they weigh nothing.
const FAR: f32 = 1e15;

/// What a pass over the nodes finds beside the roots.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pass {
    /// The largest `l_k = -beta/2 |x - y_k|²`.
    pub top: f32,
    /// Sum of `exp(l_k - top)`: of the squares of the roots.
    pub total: f32,
    /// Sum of `exp(l_k - top) (l_k - top)`.
    pub moment: f32,
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
    /// Nodes of a map: `y[k * d + j]`.
    pub fn new(y: &[f64], dimensions: usize, beta: f64) -> Nodes {
        let count = y.len() / dimensions;
        let blocks = count.div_ceil(LANES);
        let mut lanes = vec![[FAR; LANES]; blocks * dimensions];
        for k in 0..count {
            for j in 0..dimensions {
                lanes[k / LANES * dimensions + j][k % LANES] = y[k * dimensions + j] as f32;
            }
        }
        Nodes {
            blocks,
            y: lanes,
            dimensions,
            scale: (-0.5 * beta) as f32,
        }
    }

    /// Square roots of the responsibilities of a row, not normalised, into `roots`.
    #[inline]
    pub fn pass(&self, x: &[f32], roots: &mut [Lanes]) -> Pass {
        let mut most = [f32::NEG_INFINITY; LANES];
        let blocks = self.y.chunks_exact(self.dimensions);
        for (y, out) in blocks.zip(roots.iter_mut()) {
            let mut distance = [0.0f32; LANES];
            for (&x, y) in x.iter().zip(y) {
                for t in 0..LANES {
                    let apart = x - y[t];
                    distance[t] += apart * apart;
                }
            }
            for t in 0..LANES {
                let l = distance[t] * self.scale;
                out[t] = l;
                most[t] = if l > most[t] { l } else { most[t] };
            }
        }
        let top = largest(&most);
        let (mut total, mut moment) = ([0.0f32; LANES], [0.0f32; LANES]);
        for out in roots.iter_mut() {
            let mut below = *out;
            for l in &mut below {
                let apart = *l - top;
                *l = if apart > LOWEST { apart } else { LOWEST };
            }
            let root = root_exp(&below);
            for t in 0..LANES {
                let weight = root[t] * root[t];
                total[t] += weight;
                moment[t] += weight * below[t];
            }
            *out = root;
        }
        Pass {
            top,
            total: sum(&total),
            moment: sum(&moment),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_exp_agrees_with_the_standard_library() {
        for i in 0..200_000 {
            let x = -(i as f32) * 0.000_43;
            let ours = root_exp(&[x; LANES])[i % LANES];
            let exact = (f64::from(x) / 2.0).exp();
            let apart = (f64::from(ours) - exact).abs() / exact;
            assert!(apart < 4e-7, "{x}: {ours} {exact}");
        }
        assert_eq!(root_exp(&[0.0; LANES]), [1.0; LANES]);
    }

    #[test]
    fn lanes_are_summed_and_compared() {
        let x: Lanes = std::array::from_fn(|t| t as f32);
        assert_eq!((sum(&x), largest(&x)), (120.0, 15.0));
    }

    #[test]
    fn nodes_that_fill_up_weigh_nothing() {
        let nodes = Nodes::new(&[0.0, 1.0, 2.0], 1, 2.0);
        let mut roots = vec![[0.0; LANES]; nodes.blocks];
        let Pass { top, total, .. } = nodes.pass(&[0.5], &mut roots);
        let exact: f64 = [0.25f64, 0.25, 2.25]
            .iter()
            .map(|d| (-d + 0.25).exp())
            .sum();
        assert!((top + 0.25).abs() < 1e-6);
        assert!((f64::from(total) - exact).abs() < 1e-6, "{total} {exact}");
    }
}
