//! Responsibilities of the nodes for rows, and their sums: all that an update of the
//! map asks of the rows. Double precision: a sheet may start on a saddle of the
//! likelihood, and rounding must not push it off where exact sums would stay.

#![allow(clippy::inline_always)] // compiled for the registers of the caller

use nalgebra::DMatrix;

use crate::ml::lanes::{LANES, Lanes, Line, exp2_of, largest, sum, whole};
use crate::task::wide::{Wide, widest};

/// Rows that each load of a node serves.
const ROWS: usize = 8;
/// Lanes of a strip of nodes.
const STRIP: usize = 4;
/// Columns that are summed side by side.
const SIDE: usize = 4;
/// Binary logarithm below which a weight is nothing beside the largest, in double
/// precision.
const LOWEST: f64 = -54.0;
/// What nodes lack that fill up the last strip: so much that they weigh nothing.
const FAR: f64 = -1e30;

/// Sums over rows that an update needs.
#[derive(Clone, Debug)]
pub(super) struct Sums {
    /// Log-likelihood without its constant.
    pub log: f64,
    /// Square distances from the nodes, weighted by responsibility.
    pub square: f64,
    /// Sum of responsibilities a node.
    pub g: Vec<f64>,
    /// Sum of responsibility times row, node by node.
    pub rx: Vec<f64>,
}

impl Sums {
    /// Of no rows.
    pub fn new(count: usize, d: usize) -> Sums {
        Sums {
            log: 0.0,
            square: 0.0,
            g: vec![0.0; count],
            rx: vec![0.0; count * d],
        }
    }

    /// Takes in the sums of other rows.
    pub fn join(&mut self, others: &Sums) {
        self.log += others.log;
        self.square += others.square;
        for (a, b) in self.g.iter_mut().zip(&others.g) {
            *a += b;
        }
        for (a, b) in self.rx.iter_mut().zip(&others.rx) {
            *a += b;
        }
    }
}

/// The nodes, ready to be compared with rows: a row `[1, x]` times a node's numbers is
/// `-beta/2 |x - y|²`, as a binary logarithm, but for the part of x alone.
pub(super) struct Nodes {
    /// Nodes, without those that fill up the last strip.
    count: usize,
    d: usize,
    /// Eight nodes side by side: what they have of their own, then their coordinates.
    y: Vec<Line>,
    /// -beta / 2, and the same for binary logarithms.
    scale: [f64; 2],
}

impl Nodes {
    /// Nodes as rows of a matrix.
    pub fn new(nodes: &DMatrix<f64>, beta: f64) -> Nodes {
        let (count, d) = nodes.shape();
        let scale = -0.5 * beta;
        let binary = scale * std::f64::consts::LOG2_E;
        let blocks = count.div_ceil(LANES * STRIP) * STRIP;
        let mut y = vec![Line::default(); blocks * (d + 1)];
        for k in 0..blocks * LANES {
            let own = if k < count {
                binary * nodes.row(k).norm_squared()
            } else {
                FAR
            };
            let node = &mut y[k / LANES * (d + 1)..][..=d];
            node[0].0[k % LANES] = own;
            for (j, y) in node[1..].iter_mut().enumerate() {
                let place = if k < count { nodes[(k, j)] } else { 0.0 };
                y.0[k % LANES] = -2.0 * binary * place;
            }
        }
        Nodes {
            count,
            d,
            y,
            scale: [scale, binary],
        }
    }

    /// Responsibilities for rows, summed.
    ///
    /// Cost: rows x nodes x (2 d multiplications + 1 exponential).
    pub fn sums(&self, rows: &[f64]) -> Sums {
        widest(Summing { nodes: self, rows })
    }
}

/// 32 nodes of one row.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
struct Strip([Lanes; STRIP]);

/// Sums to be made in wide instructions.
struct Summing<'a> {
    nodes: &'a Nodes,
    rows: &'a [f64],
}

impl Wide for Summing<'_> {
    type Out = Sums;

    #[inline(always)]
    fn run(self) -> Sums {
        let (nodes, d) = (self.nodes, self.nodes.d);
        let strips = nodes.y.len() / (d + 1) / STRIP;
        let mut weights = vec![Strip([[0.0; LANES]; STRIP]); ROWS * strips];
        let mut live = vec![false; strips];
        let mut x = vec![0.0; ROWS * (d + 1)];
        let mut shares = vec![[0.0; ROWS]; d + 1];
        let mut lanes = vec![Line::default(); nodes.y.len()];
        let [scale, binary] = nodes.scale;
        let (mut log, mut squares) = (0.0, 0.0);
        for tile in self.rows.chunks(ROWS * d) {
            x.fill(0.0);
            for (x, row) in x.chunks_exact_mut(d + 1).zip(tile.chunks_exact(d)) {
                x[0] = 1.0;
                x[1..].copy_from_slice(row);
            }
            weigh(&nodes.y, &x, d + 1, &mut weights);
            live.fill(false);
            shares.fill([0.0; ROWS]);
            let rows = weights.chunks_exact_mut(strips).zip(tile.chunks_exact(d));
            for (r, (weights, row)) in rows.enumerate() {
                let square = row.iter().map(|x| x * x).sum::<f64>();
                let (top, total) = respond(weights, &mut live);
                log += scale * square + std::f64::consts::LN_2 * top + total.ln();
                squares += square;
                // The row is made smaller instead of all of its weights.
                for (share, x) in shares.iter_mut().zip(&x[r * (d + 1)..]) {
                    share[r] = x / total;
                }
            }
            gather(&weights, &live, &shares, &mut lanes);
        }
        let mut sums = Sums::new(nodes.count, d);
        sums.log = log;
        // |x - y|² is |x|² and what the node's numbers make of [1, x].
        let pairs = lanes.iter().zip(&nodes.y);
        let rest = pairs.map(|(sums, y)| sums.0.iter().zip(y.0).map(|(a, b)| a * b).sum::<f64>());
        sums.square = squares + rest.sum::<f64>() / binary;
        for k in 0..nodes.count {
            let node = &lanes[k / LANES * (d + 1)..][..=d];
            sums.g[k] = node[0].0[k % LANES];
            for j in 0..d {
                sums.rx[k * d + j] = node[1 + j].0[k % LANES];
            }
        }
        sums
    }
}

/// Products of rows and nodes.
#[inline(always)]
fn weigh(y: &[Line], x: &[f64], width: usize, weights: &mut [Strip]) {
    let strips = weights.len() / ROWS;
    for (b, y) in y.chunks_exact(width).enumerate() {
        for half in 0..2 {
            let first = half * ROWS / 2;
            let x = &x[first * width..];
            let (x0, x) = x.split_at(width);
            let (x1, x) = x.split_at(width);
            let (x2, x3) = x.split_at(width);
            let mut out = [[0.0; LANES]; ROWS / 2];
            for ((((y, x0), x1), x2), x3) in y.iter().zip(x0).zip(x1).zip(x2).zip(x3) {
                for (out, x) in out.iter_mut().zip([x0, x1, x2, x3]) {
                    for t in 0..LANES {
                        out[t] += x * y.0[t];
                    }
                }
            }
            for (r, out) in out.into_iter().enumerate() {
                weights[(first + r) * strips + b / STRIP].0[b % STRIP] = out;
            }
        }
    }
}

/// Turns what the nodes weigh for a row, as binary logarithms, into weights beside the
/// largest, and notes the strips that have any; gives the largest and the sum of the
/// weights.
#[inline(always)]
fn respond(row: &mut [Strip], live: &mut [bool]) -> (f64, f64) {
    let mut most = [f64::NEG_INFINITY; LANES];
    for strip in row.iter() {
        for l in &strip.0 {
            for t in 0..LANES {
                most[t] = if l[t] > most[t] { l[t] } else { most[t] };
            }
        }
    }
    let top = largest(&whole(most));
    let mut total = [0.0; LANES];
    for (strip, live) in row.iter_mut().zip(live) {
        let mut most = strip.0[0];
        for l in &strip.0[1..] {
            for t in 0..LANES {
                most[t] = if l[t] > most[t] { l[t] } else { most[t] };
            }
        }
        let mut counts = false;
        for l in &most {
            counts |= l - top >= LOWEST;
        }
        if !counts {
            strip.0 = [[0.0; LANES]; STRIP];
            continue;
        }
        *live = true;
        for l in strip.0.as_flattened_mut() {
            *l = exp2_of(*l - top);
        }
        for weight in &strip.0 {
            for t in 0..LANES {
                total[t] += weight[t];
            }
        }
    }
    (top, sum(&whole(total)))
}

/// Adds weights times rows to the sums of the nodes.
#[inline(always)]
fn gather(weights: &[Strip], live: &[bool], x: &[[f64; ROWS]], out: &mut [Line]) {
    for (b, out) in out.chunks_exact_mut(x.len()).enumerate() {
        let (strip, place) = (b / STRIP, b % STRIP);
        if !live[strip] {
            continue;
        }
        let rows = weights.chunks_exact(live.len());
        let mut block = [[0.0; LANES]; ROWS];
        for (block, row) in block.iter_mut().zip(rows) {
            *block = row[strip].0[place];
        }
        let (out, rest) = out.as_chunks_mut::<SIDE>();
        let (x, last) = x.as_chunks::<SIDE>();
        for (out, x) in out.iter_mut().zip(x) {
            side_by_side(&block, x, out);
        }
        for (out, x) in rest.iter_mut().zip(last) {
            side_by_side(&block, std::array::from_ref(x), std::array::from_mut(out));
        }
    }
}

/// The same for J columns whose sums stay in registers.
#[inline(always)]
fn side_by_side<const J: usize>(
    weights: &[Lanes; ROWS],
    x: &[[f64; ROWS]; J],
    out: &mut [Line; J],
) {
    let mut sums = out.map(|line| line.0);
    for (r, weights) in weights.iter().enumerate() {
        for (sums, x) in sums.iter_mut().zip(x) {
            for t in 0..LANES {
                sums[t] += weights[t] * x[r];
            }
        }
    }
    *out = sums.map(Line);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(i: usize) -> f64 {
        ((i * i) as f64 * 0.37).sin()
    }

    fn rows_and_nodes(count: usize, d: usize, n: usize) -> (Vec<f64>, DMatrix<f64>) {
        let rows = (0..n * d).map(|i| 2.0 * value(i + 11)).collect();
        (rows, DMatrix::from_fn(count, d, |k, j| value(k * d + j)))
    }

    /// Straight from the definition.
    fn plain(rows: &[f64], nodes: &DMatrix<f64>, beta: f64) -> Sums {
        let (count, d) = nodes.shape();
        let mut sums = Sums::new(count, d);
        for x in rows.chunks(d) {
            let square = |k: usize| -> f64 {
                let apart = (0..d).map(|j| (x[j] - nodes[(k, j)]).powi(2));
                apart.sum()
            };
            let weights: Vec<f64> = (0..count)
                .map(|k| (-0.5 * beta * square(k)).exp())
                .collect();
            let total: f64 = weights.iter().sum();
            sums.log += total.ln();
            for k in 0..count {
                let share = weights[k] / total;
                sums.square += share * square(k);
                sums.g[k] += share;
                for j in 0..d {
                    sums.rx[k * d + j] += share * x[j];
                }
            }
        }
        sums
    }

    #[test]
    fn sums_follow_the_definition() {
        for (count, d, n, beta) in [(60, 5, 43, 0.7), (4, 1, 8, 3.0), (33, 9, 1, 12.0)] {
            let (rows, nodes) = rows_and_nodes(count, d, n);
            let found = Nodes::new(&nodes, beta).sums(&rows);
            let exact = plain(&rows, &nodes, beta);
            let close = |a: f64, b: f64| (a - b).abs() < 1e-11 * (1.0 + b.abs());
            assert!(close(found.log, exact.log), "{} {}", found.log, exact.log);
            assert!(close(found.square, exact.square));
            assert_eq!((found.g.len(), found.rx.len()), (count, count * d));
            let pairs = found.g.iter().zip(&exact.g);
            for (a, b) in pairs.chain(found.rx.iter().zip(&exact.rx)) {
                assert!(close(*a, *b), "{a} {b}");
            }
        }
    }

    /// Wide registers change no digit.
    #[test]
    fn sums_have_the_same_digits_in_any_registers() {
        let (rows, nodes) = rows_and_nodes(70, 6, 50);
        let nodes = &Nodes::new(&nodes, 4.0);
        let bits = |sums: Sums| {
            let all = [vec![sums.log, sums.square], sums.g, sums.rx].concat();
            all.into_iter().map(f64::to_bits).collect::<Vec<_>>()
        };
        let plain = Summing { nodes, rows: &rows }.run();
        assert_eq!(bits(nodes.sums(&rows)), bits(plain));
    }
}
