//! Prediction: rows in tiles, a tree at a time over each tile, so that a tree is
//! fetched from memory once a tile and not once a row.

use rayon::prelude::*;

use super::tree::Tree;

/// Rows in a tile: 9 attributes of 2048 rows are 72 KiB, which the second-level
/// cache holds beside the largest trees. Smaller tiles gain nothing on shallow
/// trees and fetch deep ones too often (256 rows: 2.2 times the time at 7000
/// nodes a tree).
pub(super) const TILE: usize = 2048;

/// Rows laid out for prediction, and their summed class fractions.
pub(super) struct Tile {
    classes: usize,
    rows: usize,
    /// `values[a * TILE + v]`: attribute `a` of row `v`.
    values: Vec<f32>,
    leaf: Vec<u32>,
    /// Sum over trees of the class fractions, rows x classes.
    sums: Vec<f64>,
}

impl Tile {
    /// An empty tile for rows of some attributes and classes.
    pub(super) fn new(attributes: usize, classes: usize) -> Self {
        Self {
            classes,
            rows: 0,
            values: vec![0.0; attributes * TILE],
            leaf: vec![0; TILE],
            sums: vec![0.0; TILE * classes],
        }
    }

    /// Takes in rows `start` to `start + rows` of columns; sums start at 0.
    pub(super) fn load(&mut self, columns: &[&[f32]], start: usize, rows: usize) {
        self.rows = rows;
        for (column, values) in columns.iter().zip(self.values.chunks_exact_mut(TILE)) {
            values[..rows].copy_from_slice(&column[start..start + rows]);
        }
        self.sums.fill(0.0);
    }

    /// True where an attribute of a row is null.
    pub(super) fn null(&self, row: usize) -> bool {
        self.values.chunks_exact(TILE).any(|v| v[row].is_nan())
    }

    /// Adds what a tree says of every row.
    pub(super) fn add(&mut self, tree: &Tree) {
        tree.descend(&self.values, TILE, &mut self.leaf[..self.rows]);
        let leaves = self.leaf[..self.rows].iter();
        for (sums, &leaf) in self.sums.chunks_exact_mut(self.classes).zip(leaves) {
            for (sum, &x) in sums.iter_mut().zip(tree.fractions(leaf as usize)) {
                *sum += f64::from(x);
            }
        }
    }

    /// Summed fractions of a row.
    pub(super) fn sums(&self, row: usize) -> &[f64] {
        &self.sums[row * self.classes..][..self.classes]
    }
}

/// The class with the largest sum; of equal ones the first. Sums count as equal
/// within the rounding of the single-precision fractions in them.
pub(super) fn winner(sums: &[f64]) -> usize {
    let rounding = 1e-7 * sums.iter().sum::<f64>();
    let mut best = 0;
    for (c, &x) in sums.iter().enumerate() {
        if x > sums[best] + rounding {
            best = c;
        }
    }
    best
}

/// Predicts rows with the first `counts[i]` trees for each `i`, all in one pass
/// over the trees: a class index a row and count. `counts` ascend.
pub(super) fn predict_prefixes(
    trees: &[Tree],
    columns: &[&[f32]],
    classes: usize,
    counts: &[usize],
) -> Vec<Vec<u16>> {
    let rows = columns.first().map_or(0, |c| c.len());
    let starts: Vec<usize> = (0..rows).step_by(TILE).collect();
    let tiles: Vec<Vec<Vec<u16>>> = starts
        .into_par_iter()
        .map_init(
            || Tile::new(columns.len(), classes),
            |tile, start| {
                let width = TILE.min(rows - start);
                tile.load(columns, start, width);
                let mut done = 0;
                let mut predicted = Vec::with_capacity(counts.len());
                for &count in counts {
                    for tree in &trees[done..count] {
                        tile.add(tree);
                    }
                    done = count;
                    predicted.push((0..width).map(|v| winner(tile.sums(v)) as u16).collect());
                }
                predicted
            },
        )
        .collect();
    (0..counts.len())
        .map(|i| tiles.iter().flat_map(|t| t[i].iter().copied()).collect())
        .collect()
}
