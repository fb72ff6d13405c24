//! The start of a mixture: k-means on the leading principal components.

use super::linear::{eigen, packed};
use super::points::{Moments, Points};
use crate::ml::lanes::{LANES, Lanes};
use crate::task::Stream;

/// Rows projected on the two leading eigenvectors of their covariance, not
/// scaled by the eigenvalues (the second coordinate is 0 with one attribute).
pub(super) fn project(points: &Points, all: &Moments) -> Vec<[f64; 2]> {
    let d = points.d;
    // Rows are centred, so the squares are the scatter matrix.
    let mut scatter = all.square.clone();
    debug_assert_eq!(scatter.len(), packed(d));
    let (mut values, mut axes) = (vec![0.0; d], vec![0.0; d * d]);
    eigen(&mut scatter, d, &mut values, &mut axes);
    let on = |axis: usize, i: usize| -> f64 {
        (0..d)
            .map(|j| axes[axis * d + j] * points.x[i / LANES * d + j][i % LANES])
            .sum()
    };
    (0..points.n)
        .map(|i| [on(0, i), if d > 1 { on(1, i) } else { 0.0 }])
        .collect()
}

/// Labels of the best of several k-means runs (Lloyd 1982) with k-means++
/// starts (Arthur and Vassilvitskii 2007), in lane blocks; -1 fills up the last.
///
/// Cost: starts x iterations x rows x k.
pub(super) fn labels(
    rows: &[[f64; 2]],
    k: usize,
    starts: usize,
    iterations: usize,
    rng: &mut Stream,
) -> Vec<Lanes> {
    let mut best: Option<(f64, Vec<u8>)> = None;
    for _ in 0..starts.max(1) {
        let mut centres = plus_plus(rows, k, rng);
        let (inertia, labels) = lloyd(rows, &mut centres, iterations);
        if best.as_ref().is_none_or(|(least, _)| inertia < *least) {
            best = Some((inertia, labels));
        }
    }
    let labels = best.map(|(_, labels)| labels).unwrap_or_default();
    let mut blocks = vec![[-1.0; LANES]; rows.len().div_ceil(LANES)];
    for (i, &label) in labels.iter().enumerate() {
        blocks[i / LANES][i % LANES] = f64::from(label);
    }
    blocks
}

fn squared_distance(a: &[f64; 2], b: &[f64; 2]) -> f64 {
    let (u, v) = (a[0] - b[0], a[1] - b[1]);
    u * u + v * v
}

/// Centres drawn with probability in proportion to the squared distance from
/// those already there.
fn plus_plus(rows: &[[f64; 2]], k: usize, rng: &mut Stream) -> Vec<[f64; 2]> {
    let mut centres = vec![rows[rng.below(rows.len())]];
    let mut nearest = vec![f64::INFINITY; rows.len()];
    while centres.len() < k {
        let newest = centres[centres.len() - 1];
        let mut total = 0.0;
        for (near, row) in nearest.iter_mut().zip(rows) {
            *near = near.min(squared_distance(row, &newest));
            total += *near;
        }
        let mut left = rng.fraction() * total;
        let chosen = nearest.iter().position(|near| {
            left -= near;
            left < 0.0
        });
        // All rows on centres: any row does.
        let chosen = chosen.unwrap_or_else(|| rng.below(rows.len()));
        centres.push(rows[chosen]);
    }
    centres
}

/// Lloyd's iterations to a standstill; ties go to the lowest centre. An empty
/// cluster's centre moves to the row farthest from its own centre.
fn lloyd(rows: &[[f64; 2]], centres: &mut [[f64; 2]], iterations: usize) -> (f64, Vec<u8>) {
    let mut labels = vec![u8::MAX; rows.len()];
    let mut inertia = f64::INFINITY;
    let mut sums = vec![[0.0; 3]; centres.len()];
    for _ in 0..iterations.max(1) {
        let mut changed = false;
        inertia = 0.0;
        sums.fill([0.0; 3]);
        for (row, label) in rows.iter().zip(&mut labels) {
            let mut nearest = (squared_distance(row, &centres[0]), 0);
            for (c, centre) in centres.iter().enumerate().skip(1) {
                let distance = squared_distance(row, centre);
                if distance < nearest.0 {
                    nearest = (distance, c);
                }
            }
            changed |= usize::from(*label) != nearest.1;
            *label = nearest.1 as u8;
            inertia += nearest.0;
            let sum = &mut sums[nearest.1];
            sum[0] += row[0];
            sum[1] += row[1];
            sum[2] += 1.0;
        }
        if !changed {
            break;
        }
        for (c, sum) in sums.iter().enumerate() {
            centres[c] = if sum[2] > 0.0 {
                [sum[0] / sum[2], sum[1] / sum[2]]
            } else {
                farthest(rows, &labels, centres)
            };
        }
    }
    (inertia, labels)
}

fn farthest(rows: &[[f64; 2]], labels: &[u8], centres: &[[f64; 2]]) -> [f64; 2] {
    let mut worst = (-1.0, rows[0]);
    for (row, &label) in rows.iter().zip(labels) {
        let distance = squared_distance(row, &centres[usize::from(label)]);
        if distance > worst.0 {
            worst = (distance, *row);
        }
    }
    worst.1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::stream;

    #[test]
    fn three_blobs_are_found() {
        let mut rng = stream(1, "blobs", &[]);
        let centres = [[0.0, 0.0], [8.0, 0.0], [0.0, 8.0]];
        let rows: Vec<[f64; 2]> = (0..300)
            .map(|i| centres[i % 3].map(|c| c + rng.normal()))
            .collect();
        let labels = labels(&rows, 3, 10, 300, &mut rng);
        for i in 3..300 {
            assert_eq!(labels[i / 8][i % 8], labels[0][i % 3], "row {i}");
        }
        assert_eq!(labels[37][4..], [-1.0; 4], "300 rows fill 37.5 blocks");
    }

    #[test]
    fn equal_rows_do_not_hang() {
        let rows = vec![[1.0, 1.0]; 20];
        let labels = labels(&rows, 2, 10, 300, &mut stream(2, "equal", &[]));
        assert!(
            labels
                .iter()
                .flatten()
                .take(20)
                .all(|&l| l == 0.0 || l == 1.0)
        );
    }

    #[test]
    fn the_first_axis_carries_most_of_the_variance() {
        let mut rng = stream(3, "axes", &[]);
        let a: Vec<f64> = (0..500).map(|_| rng.normal()).collect();
        let b: Vec<f64> = a.iter().map(|v| 2.0 * v + 0.1 * rng.normal()).collect();
        let c: Vec<f64> = (0..500).map(|_| 0.5 * rng.normal()).collect();
        let points = Points::new(&[&a, &b, &c]);
        let rows = project(&points, &points.all());
        let variance = |j: usize| rows.iter().map(|r| r[j] * r[j]).sum::<f64>() / 500.0;
        assert!(variance(0) > 4.0 && (0.15..0.4).contains(&variance(1)));
        // Its largest entry (of b) is positive.
        assert!(rows[0][0] * b[0] > 0.0 || b[0].abs() < 0.5);
    }
}
