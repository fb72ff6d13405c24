//! Sixteen numbers side by side, and the one pass over the nodes that everything
//! here is made of: loops over lanes have no branches and become vector instructions.

#![allow(clippy::inline_always)] // compiled for the registers of the caller

use crate::ml::lanes::whole;
use crate::task::wide::{Wide, widest};

/// How many nodes are worked on together.
pub(super) const LANES: usize = 16;

/// Blocks of nodes whose products with a row are summed side by side.
const STRIP: usize = 4;

/// One number of each of sixteen nodes.
pub(super) type Lanes = [f32; LANES];

/// Below this a responsibility is nothing beside the largest: half its binary
/// logarithm.
const LOWEST: f32 = -62.0;

/// Half a binary logarithm from a natural one.
const HALF_LOG2: f64 = 0.5 * std::f64::consts::LOG2_E;

/// 2^x for -62 <= x <= 0, to a relative 4e-7.
///
/// 2^k 2^r with |r| <= 1/2, 2^r by its Taylor sum to r^6 (remainder 1.2e-7).
#[inline(always)]
pub(super) fn power_of_two(x: &Lanes) -> Lanes {
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
    let mut out = [0.0; LANES];
    for t in 0..LANES {
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

/// The sums of lanes, in a fixed order.
#[inline(always)]
pub(super) fn sums<const N: usize>(of: &[Lanes; N]) -> [f32; N] {
    std::array::from_fn(|n| fold(&of[n], |a, b| a + b))
}

/// The largest of the lanes.
#[inline(always)]
pub(super) fn largest(x: &Lanes) -> f32 {
    fold(x, |a, b| if a > b { a } else { b })
}

/// Joins the lanes, halves with halves.
#[inline(always)]
fn fold(x: &Lanes, join: impl Fn(f32, f32) -> f32) -> f32 {
    let eight: [f32; 8] = std::array::from_fn(|t| join(x[t], x[t + 8]));
    let four: [f32; 4] = std::array::from_fn(|t| join(eight[t], eight[t + 4]));
    let two: [f32; 2] = std::array::from_fn(|t| join(four[t], four[t + 2]));
    join(two[0], two[1])
}

/// Raises lanes to those of others.
#[inline(always)]
fn raise(most: &mut Lanes, others: &Lanes) {
    for t in 0..LANES {
        most[t] = if others[t] > most[t] {
            others[t]
        } else {
            most[t]
        };
    }
}

/// The nodes among the attributes, ready for passes in single precision.
#[derive(Clone, Debug)]
pub(super) struct Nodes {
    /// Blocks of sixteen nodes.
    pub blocks: usize,
    /// Places of the nodes on the sheet, both coordinates.
    latent: [Vec<Lanes>; 2],
    /// Node coordinates, block by block, attribute by attribute; as products where
    /// `near`, multiplied by what the scalar product is to be.
    y: Vec<Lanes>,
    /// What products add to, block by block; infinitely low for filling nodes.
    offset: Vec<Lanes>,
    dimensions: usize,
    /// -beta / 2, as half a binary logarithm.
    scale: f32,
    /// True where square distances may be had from scalar products: these lose
    /// digits where nodes lie far from 0 beside their spread.
    near: bool,
}

/// Where nodes that fill up the last block lie: so far off that they weigh nothing.
const FAR: f32 = 1e15;
/// Largest beta for scalar products: to a thousandth, `beta |x|^2 2^-24` is then
/// below the rounding of what the volumes hold.
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
    /// ln of the sum of `exp(l_k)`, and the entropy of the responsibilities, 0 where one
    /// node has all.
    pub fn log_sum_and_entropy(&self) -> (f64, f64) {
        let (total, moment) = (f64::from(self.total), f64::from(self.moment));
        let log = total.ln();
        (f64::from(self.top) + log, (log - moment / total).max(0.0))
    }
}

impl Nodes {
    /// Nodes of a map: `y[k * d + j]`, and their places on the sheet.
    pub fn new(y: &[f64], dimensions: usize, beta: f64, places: &[[f64; 2]]) -> Nodes {
        let count = y.len() / dimensions;
        let blocks = count.div_ceil(LANES);
        let near = beta <= NEAR;
        let scale = -0.5 * beta * HALF_LOG2;
        let fill = if near { 0.0 } else { FAR };
        let mut lanes = vec![[fill; LANES]; blocks * dimensions];
        let mut offset = vec![[f32::MIN; LANES]; blocks];
        let mut latent = [0, 1].map(|_| vec![[0.0; LANES]; blocks]);
        for k in 0..count {
            let node = &y[k * dimensions..(k + 1) * dimensions];
            for (j, &y) in node.iter().enumerate() {
                let value = if near { -2.0 * scale * y } else { y };
                lanes[k / LANES * dimensions + j][k % LANES] = value as f32;
            }
            let square: f64 = node.iter().map(|y| y * y).sum();
            offset[k / LANES][k % LANES] = (scale * square) as f32;
            for (latent, place) in latent.iter_mut().zip(places[k]) {
                latent[k / LANES][k % LANES] = place as f32;
            }
        }
        Nodes {
            blocks,
            latent,
            y: lanes,
            offset,
            dimensions,
            scale: scale as f32,
            near,
        }
    }

    /// Halved binary logarithms of what each node weighs for a row, into `out`; the
    /// largest, and what all of them lack.
    #[inline(always)]
    fn weigh(&self, x: &[f32], out: &mut [Lanes]) -> (f32, f32) {
        let mut most = [f32::NEG_INFINITY; LANES];
        if self.near {
            let (offsets, rest) = self.offset.as_chunks::<STRIP>();
            let (outs, last) = out.as_chunks_mut::<STRIP>();
            let (strips, y) = self.y.split_at(offsets.len() * STRIP * self.dimensions);
            let strips = strips.chunks_exact(STRIP * self.dimensions);
            for ((y, offset), out) in strips.zip(offsets).zip(outs) {
                *out = products(x, y, offset);
                for l in &*out {
                    raise(&mut most, l);
                }
            }
            let blocks = y.chunks_exact(self.dimensions);
            for ((y, offset), out) in blocks.zip(rest).zip(last) {
                let mut l = *offset;
                for (&x, y) in x.iter().zip(y) {
                    for t in 0..LANES {
                        l[t] += x * y[t];
                    }
                }
                raise(&mut most, &l);
                *out = l;
            }
            let square: f32 = x.iter().map(|x| x * x).sum();
            return (largest(&whole(most)), self.scale * square);
        }
        let blocks = self.y.chunks_exact(self.dimensions);
        for (y, out) in blocks.zip(out.iter_mut()) {
            let mut distance = [0.0f32; LANES];
            for (&x, y) in x.iter().zip(y) {
                for t in 0..LANES {
                    let apart = x - y[t];
                    distance[t] += apart * apart;
                }
            }
            for t in 0..LANES {
                out[t] = distance[t] * self.scale;
            }
            raise(&mut most, out);
        }
        (largest(&whole(most)), 0.0)
    }

    /// Square roots of the responsibilities of a row, not normalised, into `roots`.
    #[inline]
    pub fn pass(&self, x: &[f32], roots: &mut [Lanes]) -> Pass {
        let nodes = self;
        widest(Passing { nodes, x, roots })
    }

    #[inline(always)]
    fn pass_on(&self, x: &[f32], roots: &mut [Lanes]) -> Pass {
        let (top, lacking) = self.weigh(x, roots);
        let (mut total, mut moment) = ([0.0f32; LANES], [0.0f32; LANES]);
        let (mut a, mut b) = ([0.0f32; LANES], [0.0f32; LANES]);
        let places = self.latent[0].iter().zip(&self.latent[1]);
        for (out, (u, v)) in roots.iter_mut().zip(places) {
            let mut below = *out;
            for l in &mut below {
                let apart = *l - top;
                *l = if apart > LOWEST { apart } else { LOWEST };
            }
            let root = power_of_two(&below);
            for t in 0..LANES {
                let weight = root[t] * root[t];
                total[t] += weight;
                moment[t] += weight * below[t];
                a[t] += weight * u[t];
                b[t] += weight * v[t];
            }
            *out = root;
        }
        let natural = (1.0 / HALF_LOG2) as f32;
        let [total, moment, a, b] = sums(&whole([total, moment, a, b]));
        Pass {
            top: (top + lacking).min(0.0) * natural,
            total,
            moment: moment * natural,
            latent: [a, b],
        }
    }
}

/// Products of a row and the nodes of a strip, which stay in registers, on top of what
/// the nodes have of their own.
#[inline(always)]
fn products(x: &[f32], y: &[Lanes], own: &[Lanes; STRIP]) -> [Lanes; STRIP] {
    let (y0, y) = y.split_at(x.len());
    let (y1, y) = y.split_at(x.len());
    let (y2, y3) = y.split_at(x.len());
    let [mut a, mut b, mut c, mut d] = *own;
    for ((((&x, y0), y1), y2), y3) in x.iter().zip(y0).zip(y1).zip(y2).zip(y3) {
        for t in 0..LANES {
            a[t] += x * y0[t];
        }
        for t in 0..LANES {
            b[t] += x * y1[t];
        }
        for t in 0..LANES {
            c[t] += x * y2[t];
        }
        for t in 0..LANES {
            d[t] += x * y3[t];
        }
    }
    [a, b, c, d]
}

/// A pass to be done in wide instructions.
struct Passing<'a> {
    nodes: &'a Nodes,
    x: &'a [f32],
    roots: &'a mut [Lanes],
}

impl Wide for Passing<'_> {
    type Out = Pass;

    #[inline(always)]
    fn run(self) -> Pass {
        self.nodes.pass_on(self.x, self.roots)
    }
}

/// What roots have in common with factors, node by node: the sum of their products, or
/// of those of their squares.
pub(super) struct Overlap<'a> {
    pub roots: &'a [Lanes],
    pub factors: &'a [Lanes],
    pub squared: bool,
}

impl Wide for Overlap<'_> {
    type Out = f32;

    #[inline(always)]
    fn run(self) -> f32 {
        let mut total = [0.0f32; LANES];
        let pairs = self.roots.iter().zip(self.factors);
        if self.squared {
            for (root, factor) in pairs {
                for t in 0..LANES {
                    total[t] += root[t] * root[t] * factor[t];
                }
            }
        } else {
            for (root, factor) in pairs {
                for t in 0..LANES {
                    total[t] += root[t] * factor[t];
                }
            }
        }
        let [total] = sums(&whole([total]));
        total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_agree_with_the_standard_library() {
        for i in 0..200_000 {
            let x = -(i as f32) * 0.000_31;
            let ours = power_of_two(&[x; LANES])[i % LANES];
            let exact = f64::from(x).exp2();
            let apart = (f64::from(ours) - exact).abs() / exact;
            assert!(apart < 4e-7, "{x}: {ours} {exact}");
        }
        assert_eq!(power_of_two(&[0.0; LANES]), [1.0; LANES]);
    }

    /// Wide registers change no digit.
    #[test]
    fn a_pass_has_the_same_digits_in_any_registers() {
        let d = 5;
        let value = |i: usize| ((i * i) as f64 * 0.37).sin();
        let y: Vec<f64> = (0..60 * d).map(value).collect();
        let places: Vec<[f64; 2]> = (0..60).map(|k| [value(k), value(k + 7)]).collect();
        for beta in [0.3, 40.0, 3.0 * NEAR] {
            let nodes = Nodes::new(&y, d, beta, &places);
            for row in 0..50 {
                let x: Vec<f32> = (0..d).map(|j| value(row * d + j + 3) as f32).collect();
                let mut wide = vec![[0.0; LANES]; nodes.blocks];
                let mut plain = wide.clone();
                let a = nodes.pass(&x, &mut wide);
                let b = nodes.pass_on(&x, &mut plain);
                let bits = |p: Pass| {
                    let [u, v] = p.latent;
                    [p.top, p.total, p.moment, u, v].map(f32::to_bits)
                };
                assert_eq!(bits(a), bits(b));
                assert_eq!(wide, plain);
            }
        }
    }

    #[test]
    fn lanes_are_summed_and_compared() {
        let x: Lanes = std::array::from_fn(|t| t as f32);
        assert_eq!((sums(&[x]), largest(&x)), ([120.0], 15.0));
    }

    #[test]
    fn nodes_that_fill_up_weigh_nothing_near_and_far() {
        for beta in [2.0, 2.0 * NEAR] {
            let places = [[-1.0, 0.0], [0.0, 0.5], [1.0, 1.0]];
            let nodes = Nodes::new(&[0.0, 1.0, 2.0], 1, beta, &places);
            assert_eq!(nodes.near, beta <= NEAR);
            let mut roots = vec![[0.0; LANES]; nodes.blocks];
            let found = nodes.pass(&[0.25], &mut roots);
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
