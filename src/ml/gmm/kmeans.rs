//! The start of a mixture: k-means on the leading principal components.

#![allow(clippy::inline_always)] // compiled for the registers of the caller

use super::linear::{eigen, packed};
use super::points::{Moments, Points};
use crate::ml::lanes::{LANES, Lanes, sum};
use crate::task::Stream;
use crate::task::wide::{Wide, widest};

/// Rows that are worked on before others: what is found of them stays in the cache.
const TILE: usize = 256;

/// Rows projected on the two leading eigenvectors of their covariance; rows that fill
/// up the last blocks of eight are 0.
pub(super) struct Plane {
    n: usize,
    x: Vec<f64>,
    y: Vec<f64>,
}

impl Plane {
    /// Projects rows, not scaled by the eigenvalues (the second coordinate is 0 with
    /// one attribute).
    pub fn new(points: &Points, all: &Moments) -> Self {
        let d = points.d;
        // Rows are centred, so the squares are the scatter matrix.
        let mut scatter = all.square.clone();
        debug_assert_eq!(scatter.len(), packed(d));
        let (mut values, mut axes) = (vec![0.0; d], vec![0.0; d * d]);
        eigen(&mut scatter, d, &mut values, &mut axes);
        let on = |axis: usize| -> Vec<f64> {
            let mut out = vec![[0.0; LANES]; points.blocks()];
            if axis < d {
                let axis = &axes[axis * d..(axis + 1) * d];
                for (out, x) in out.iter_mut().zip(points.x.chunks_exact(d)) {
                    for (a, x) in axis.iter().zip(x) {
                        for t in 0..LANES {
                            out[t] += a * x.0[t];
                        }
                    }
                }
            }
            out.into_flattened()
        };
        Self {
            n: points.n,
            x: on(0),
            y: on(1),
        }
    }

    fn row(&self, i: usize) -> [f64; 2] {
        [self.x[i], self.y[i]]
    }

    /// Labels of the best of several k-means runs (Lloyd 1982) with k-means++
    /// starts (Arthur and Vassilvitskii 2007), in lane blocks; -1 fills up the last.
    ///
    /// Cost: starts x iterations x rows x k.
    pub fn labels(
        &self,
        k: usize,
        starts: usize,
        iterations: usize,
        rng: &mut Stream,
    ) -> Vec<Lanes> {
        let mut best: Option<(f64, Vec<f64>)> = None;
        for _ in 0..starts.max(1) {
            let plane = self;
            let centres = widest(PlusPlus { plane, k, rng });
            let (inertia, labels) = widest(Lloyd {
                plane,
                centres,
                iterations,
            });
            if best.as_ref().is_none_or(|(least, _)| inertia < *least) {
                best = Some((inertia, labels));
            }
        }
        let labels = best.map(|(_, labels)| labels).unwrap_or_default();
        labels.as_chunks::<LANES>().0.to_vec()
    }

    /// Squared distances of the rows from `first` on, and what they have beside.
    #[inline(always)]
    fn measure<'a, T>(
        &'a self,
        first: usize,
        centre: [f64; 2],
        beside: &'a mut [T],
    ) -> impl Iterator<Item = (f64, &'a mut T)> {
        let rows = self.x[first..].iter().zip(&self.y[first..]);
        rows.zip(beside).map(move |((x, y), beside)| {
            let (u, v) = (x - centre[0], y - centre[1]);
            (u * u + v * v, beside)
        })
    }

    /// The row farthest from its own centre.
    fn farthest(&self, labels: &[f64], centres: &[[f64; 2]]) -> [f64; 2] {
        let mut worst = (-1.0, self.row(0));
        for (i, &label) in labels.iter().enumerate().take(self.n) {
            let row = self.row(i);
            let [u, v] = [0, 1].map(|axis| row[axis] - centres[label as usize][axis]);
            let distance = u * u + v * v;
            if distance > worst.0 {
                worst = (distance, row);
            }
        }
        worst.1
    }
}

/// Centres drawn with probability in proportion to the squared distance from
/// those already there.
struct PlusPlus<'a> {
    plane: &'a Plane,
    k: usize,
    rng: &'a mut Stream,
}

impl Wide for PlusPlus<'_> {
    type Out = Vec<[f64; 2]>;

    #[inline(always)]
    fn run(self) -> Vec<[f64; 2]> {
        let Self { plane, k, rng } = self;
        let mut centres = vec![plane.row(rng.below(plane.n))];
        let mut nearest = vec![f64::INFINITY; plane.x.len()];
        nearest[plane.n..].fill(0.0);
        while centres.len() < k {
            let newest = centres[centres.len() - 1];
            for (distance, near) in plane.measure(0, newest, &mut nearest) {
                *near = near.min(distance);
            }
            let mut total = [0.0; LANES];
            for near in nearest.as_chunks::<LANES>().0 {
                for t in 0..LANES {
                    total[t] += near[t];
                }
            }
            let mut left = rng.fraction() * sum(&total);
            let chosen = nearest.iter().position(|near| {
                left -= near;
                left < 0.0
            });
            // All rows on centres: any row does.
            let chosen = chosen.unwrap_or_else(|| rng.below(plane.n));
            centres.push(plane.row(chosen));
        }
        centres
    }
}

/// Lloyd's iterations to a standstill; ties go to the lowest centre. An empty
/// cluster's centre moves to the row farthest from its own centre.
struct Lloyd<'a> {
    plane: &'a Plane,
    centres: Vec<[f64; 2]>,
    iterations: usize,
}

impl Wide for Lloyd<'_> {
    type Out = (f64, Vec<f64>);

    #[inline(always)]
    fn run(self) -> (f64, Vec<f64>) {
        let (plane, mut centres) = (self.plane, self.centres);
        let mut labels = vec![-1.0; plane.x.len()];
        let mut inertia = f64::INFINITY;
        let mut sums = vec![[[0.0; LANES]; 3]; centres.len()];
        for _ in 0..self.iterations.max(1) {
            sums.fill([[0.0; LANES]; 3]);
            let (mut changes, mut total) = (0, [0.0; LANES]);
            for (tile, labels) in labels.chunks_mut(TILE).enumerate() {
                let first = tile * TILE;
                changes += assign(plane, first, &centres, labels, &mut total);
                let x = plane.x[first..].as_chunks::<LANES>().0;
                let y = plane.y[first..].as_chunks::<LANES>().0;
                for (c, sums) in sums.iter_mut().enumerate() {
                    *sums = add(*sums, c as f64, labels.as_chunks::<LANES>().0, x, y);
                }
            }
            inertia = sum(&total);
            if changes == 0 {
                break;
            }
            for c in 0..centres.len() {
                let [x, y, n] = [0, 1, 2].map(|i| sum(&sums[c][i]));
                centres[c] = if n > 0.0 {
                    [x / n, y / n]
                } else {
                    plane.farthest(&labels, &centres)
                };
            }
        }
        (inertia, labels)
    }
}

/// Labels a tile of rows with their nearest centres and adds up the distances; how many
/// labels changed.
#[inline(always)]
fn assign(
    plane: &Plane,
    first: usize,
    centres: &[[f64; 2]],
    labels: &mut [f64],
    total: &mut Lanes,
) -> u64 {
    let (mut least, mut nearest) = ([f64::INFINITY; TILE], [0.0; TILE]);
    for (c, &centre) in centres.iter().enumerate() {
        let rows = plane.measure(first, centre, &mut least);
        for ((distance, least), nearest) in rows.zip(&mut nearest) {
            let closer = distance < *least;
            *least = least.min(distance);
            *nearest = if closer { c as f64 } else { *nearest };
        }
    }
    let live = plane.n.saturating_sub(first);
    if live < TILE {
        least[live..].fill(0.0);
        nearest[live..].fill(-1.0);
    }
    let mut changes = 0;
    for (label, nearest) in labels.iter_mut().zip(&nearest) {
        changes += u64::from(label != nearest);
        *label = *nearest;
    }
    for least in least.as_chunks::<LANES>().0 {
        for t in 0..LANES {
            total[t] += least[t];
        }
    }
    changes
}

/// Adds the rows of one label to the sums of their coordinates and their number.
#[inline(always)]
fn add(sums: [Lanes; 3], label: f64, labels: &[Lanes], x: &[Lanes], y: &[Lanes]) -> [Lanes; 3] {
    let [mut u, mut v, mut n] = sums;
    for ((labels, x), y) in labels.iter().zip(x).zip(y) {
        for t in 0..LANES {
            let member = if labels[t] == label { 1.0 } else { 0.0 };
            u[t] += member * x[t];
            v[t] += member * y[t];
            n[t] += member;
        }
    }
    [u, v, n]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::stream;

    fn plane(rows: &[[f64; 2]]) -> Plane {
        let filled = rows.len().next_multiple_of(LANES);
        let [x, y] = [0, 1].map(|axis| {
            let mut out: Vec<f64> = rows.iter().map(|r| r[axis]).collect();
            out.resize(filled, 0.0);
            out
        });
        Plane {
            n: rows.len(),
            x,
            y,
        }
    }

    #[test]
    fn three_blobs_are_found() {
        let mut rng = stream(1, "blobs", &[]);
        let centres = [[0.0, 0.0], [8.0, 0.0], [0.0, 8.0]];
        let rows: Vec<[f64; 2]> = (0..300)
            .map(|i| centres[i % 3].map(|c| c + rng.normal()))
            .collect();
        let labels = plane(&rows).labels(3, 10, 300, &mut rng);
        for i in 3..300 {
            assert_eq!(labels[i / 8][i % 8], labels[0][i % 3], "row {i}");
        }
        assert_eq!(labels[37][4..], [-1.0; 4], "300 rows fill 37.5 blocks");
    }

    #[test]
    fn equal_rows_do_not_hang() {
        let rows = vec![[1.0, 1.0]; 20];
        let labels = plane(&rows).labels(2, 10, 300, &mut stream(2, "equal", &[]));
        let mut live = labels.iter().flatten().take(20);
        assert!(live.all(|&l| l == 0.0 || l == 1.0));
    }

    #[test]
    fn the_first_axis_carries_most_of_the_variance() {
        let mut rng = stream(3, "axes", &[]);
        let a: Vec<f64> = (0..500).map(|_| rng.normal()).collect();
        let b: Vec<f64> = a.iter().map(|v| 2.0 * v + 0.1 * rng.normal()).collect();
        let c: Vec<f64> = (0..500).map(|_| 0.5 * rng.normal()).collect();
        let points = Points::new(&[&a, &b, &c]);
        let plane = Plane::new(&points, &points.all());
        let rows: Vec<[f64; 2]> = (0..500).map(|i| plane.row(i)).collect();
        let variance = |j: usize| rows.iter().map(|r| r[j] * r[j]).sum::<f64>() / 500.0;
        assert!(variance(0) > 4.0 && (0.15..0.4).contains(&variance(1)));
        // Its largest entry (of b) is positive.
        assert!(rows[0][0] * b[0] > 0.0 || b[0].abs() < 0.5);
        let alone = Points::new(&[&a]);
        let plane = Plane::new(&alone, &alone.all());
        assert!((0..500).all(|i| plane.row(i) == [a[i] - alone.centre[0], 0.0]));
    }
}
