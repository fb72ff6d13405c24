//! Prediction: rows in tiles, a tree at a time over each tile, so that a tree is
//! fetched from memory once a tile and not once a row.
//!
//! A forest asks for few different thresholds of an attribute. Each value is
//! first replaced by the count of thresholds below it, once for all trees; a node
//! is then 8 bytes, and compares two small whole numbers.

use std::collections::VecDeque;

use rayon::prelude::*;

use super::ForestError;
use super::bins::{MOST_BINS, bin};
use super::tree::Tree;

/// Rows in a tile: 9 attributes of 1024 rows are 18 KiB.
pub(super) const TILE: usize = 1024;

/// A node as rows pass it: to `next` where their bin of `attribute` is at most
/// `bin`, to `next + 1` otherwise; a leaf leads to itself.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Fork {
    next: u32,
    attribute: u16,
    bin: u16,
}

/// A tree as rows descend it: breadth first, so that the levels that all rows
/// pass lie together.
#[derive(Clone, Debug, PartialEq)]
struct Stairs {
    forks: Vec<Fork>,
    /// Class fractions of each node, nodes x classes.
    fractions: Vec<f32>,
    /// Levels without a leaf.
    full: usize,
}

/// Trees made ready for prediction.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Ready {
    /// All thresholds of each attribute, ascending.
    edges: Vec<Vec<f32>>,
    trees: Vec<Stairs>,
    classes: usize,
}

impl Ready {
    /// Makes trees ready. They are refused where they ask for more different
    /// thresholds of an attribute than this program ever sets.
    pub(super) fn new(
        trees: &[Tree],
        attributes: usize,
        classes: usize,
    ) -> Result<Self, ForestError> {
        let mut edges = vec![Vec::new(); attributes];
        for node in trees.iter().flat_map(Tree::nodes) {
            if node.threshold.is_finite() {
                // No two zeros: they are equal, and sort as one.
                edges[usize::from(node.attribute)].push(node.threshold + 0.0);
            }
        }
        edges.par_iter_mut().for_each(|edges| {
            edges.sort_unstable_by(f32::total_cmp);
            edges.dedup();
        });
        if let Some(edges) = edges.iter().find(|edges| edges.len() >= MOST_BINS) {
            return Err(ForestError::Damaged {
                reason: format!("it has {} thresholds on one attribute", edges.len()),
            });
        }
        let trees = trees.par_iter();
        let trees = trees.map(|t| Stairs::new(t, &edges, classes)).collect();
        Ok(Self {
            edges,
            trees,
            classes,
        })
    }

    /// How many trees.
    pub(super) fn len(&self) -> usize {
        self.trees.len()
    }
}

impl Stairs {
    fn new(tree: &Tree, edges: &[Vec<f32>], classes: usize) -> Self {
        let count = tree.nodes().len();
        let mut forks = Vec::with_capacity(count);
        let mut fractions = Vec::with_capacity(count * classes);
        let mut waiting = VecDeque::from([(0, 0)]);
        let mut full = usize::MAX;
        // Nodes that have a place already, the root first.
        let mut placed = 1;
        while let Some((index, depth)) = waiting.pop_front() {
            let node = tree.nodes()[index];
            fractions.extend_from_slice(tree.fractions(index));
            if tree.is_leaf(index) {
                full = full.min(depth);
                forks.push(Fork {
                    next: forks.len() as u32,
                    attribute: 0,
                    bin: u16::MAX,
                });
            } else {
                let next = node.next as usize;
                waiting.extend([(next, depth + 1), (next + 1, depth + 1)]);
                forks.push(Fork {
                    next: placed,
                    attribute: node.attribute,
                    bin: bin(&edges[usize::from(node.attribute)], node.threshold),
                });
                placed += 2;
            }
        }
        Self {
            forks,
            fractions,
            full,
        }
    }

    /// Finds the leaf of each of the rows: `bins[a * TILE + v]` is the bin of
    /// attribute `a` of row `v`. All rows go down together as long as none can
    /// have arrived, then those that have not.
    fn descend(&self, bins: &[u16], leaf: &mut [u32], under_way: &mut [u16]) {
        let step = |at: u32, v: usize| {
            let fork = self.forks[at as usize];
            let right = bins[usize::from(fork.attribute) * TILE + v] > fork.bin;
            fork.next + u32::from(right)
        };
        leaf.fill(0);
        for _ in 0..self.full {
            for (v, leaf) in leaf.iter_mut().enumerate() {
                *leaf = step(*leaf, v);
            }
        }
        let mut count = leaf.len();
        for (v, place) in under_way.iter_mut().enumerate() {
            *place = v as u16;
        }
        while count > 0 {
            let mut kept = 0;
            for i in 0..count {
                let v = under_way[i];
                let leaf = &mut leaf[usize::from(v)];
                let next = step(*leaf, usize::from(v));
                under_way[kept] = v;
                kept += usize::from(next != *leaf);
                *leaf = next;
            }
            count = kept;
        }
    }
}

/// Rows laid out for prediction, and their summed class fractions.
pub(super) struct Tile {
    rows: usize,
    /// `bins[a * TILE + v]`: the bin of attribute `a` of row `v`.
    bins: Vec<u16>,
    null: Vec<bool>,
    leaf: Vec<u32>,
    under_way: Vec<u16>,
    classes: usize,
    /// Sum over trees of the class fractions, rows x classes.
    sums: Vec<f64>,
}

impl Tile {
    /// An empty tile for rows of a forest.
    pub(super) fn new(ready: &Ready) -> Self {
        Self {
            rows: 0,
            bins: vec![0; ready.edges.len() * TILE],
            null: vec![false; TILE],
            leaf: vec![0; TILE],
            under_way: vec![0; TILE],
            classes: ready.classes,
            sums: vec![0.0; TILE * ready.classes],
        }
    }

    /// Takes in rows `start` to `start + rows` of columns; sums start at 0.
    pub(super) fn load(&mut self, ready: &Ready, columns: &[&[f32]], start: usize, rows: usize) {
        self.rows = rows;
        self.null.fill(false);
        let bins = self.bins.chunks_exact_mut(TILE);
        for ((column, bins), edges) in columns.iter().zip(bins).zip(&ready.edges) {
            let places = bins.iter_mut().zip(&mut self.null);
            for (&x, (place, null)) in column[start..start + rows].iter().zip(places) {
                *place = bin(edges, x);
                *null |= x.is_nan();
            }
        }
        self.sums.fill(0.0);
    }

    /// True where an attribute of a row is null.
    pub(super) fn null(&self, row: usize) -> bool {
        self.null[row]
    }

    /// Adds what some of the trees say of every row, one tree after the other.
    pub(super) fn add(&mut self, ready: &Ready, trees: std::ops::Range<usize>) {
        for tree in &ready.trees[trees] {
            let (leaf, under_way) = (
                &mut self.leaf[..self.rows],
                &mut self.under_way[..self.rows],
            );
            tree.descend(&self.bins, leaf, under_way);
            match self.classes {
                2 => add_leaves(2, leaf, &tree.fractions, &mut self.sums),
                3 => add_leaves(3, leaf, &tree.fractions, &mut self.sums),
                4 => add_leaves(4, leaf, &tree.fractions, &mut self.sums),
                classes => add_leaves(classes, leaf, &tree.fractions, &mut self.sums),
            }
        }
    }

    /// Adds what one tree says of some of the rows.
    pub(super) fn add_where(&mut self, ready: &Ready, tree: usize, wanted: impl Fn(usize) -> bool) {
        let tree = &ready.trees[tree];
        let (leaf, under_way) = (
            &mut self.leaf[..self.rows],
            &mut self.under_way[..self.rows],
        );
        tree.descend(&self.bins, leaf, under_way);
        let sums = self.sums.chunks_exact_mut(self.classes).zip(leaf);
        for (_, (sums, &mut leaf)) in sums.enumerate().filter(|(v, _)| wanted(*v)) {
            let fractions = &tree.fractions[leaf as usize * self.classes..][..self.classes];
            for (sum, &x) in sums.iter_mut().zip(fractions) {
                *sum += f64::from(x);
            }
        }
    }

    /// Summed fractions of a row.
    pub(super) fn sums(&self, row: usize) -> &[f64] {
        &self.sums[row * self.classes..][..self.classes]
    }
}

#[allow(clippy::inline_always)] // with a constant count of classes its loops unroll
#[inline(always)]
fn add_leaves(classes: usize, leaf: &[u32], fractions: &[f32], sums: &mut [f64]) {
    for (sums, &leaf) in sums.chunks_exact_mut(classes).zip(leaf) {
        let fractions = &fractions[leaf as usize * classes..][..classes];
        for (sum, &x) in sums.iter_mut().zip(fractions) {
            *sum += f64::from(x);
        }
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

/// What the first trees of a forest say of rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Said {
    /// The class of each row.
    pub class: Vec<u16>,
    /// Average class fractions, rows x classes.
    pub fractions: Vec<f32>,
}

/// Predicts rows with the first `counts[i]` trees for each `i`, all in one pass
/// over the trees. `counts` ascend.
pub(super) fn predict_prefixes(ready: &Ready, columns: &[&[f32]], counts: &[usize]) -> Vec<Said> {
    let rows = columns.first().map_or(0, |c| c.len());
    let starts: Vec<usize> = (0..rows).step_by(TILE).collect();
    let tiles: Vec<Vec<Said>> = starts
        .into_par_iter()
        .map_init(
            || Tile::new(ready),
            |tile, start| {
                let width = TILE.min(rows - start);
                tile.load(ready, columns, start, width);
                let mut done = 0;
                let mut said = Vec::with_capacity(counts.len());
                for &count in counts {
                    tile.add(ready, done..count);
                    done = count;
                    let sums = &tile.sums[..width * tile.classes];
                    let mean = |&sum: &f64| (sum / count as f64) as f32;
                    said.push(Said {
                        class: (0..width).map(|v| winner(tile.sums(v)) as u16).collect(),
                        fractions: sums.iter().map(mean).collect(),
                    });
                }
                said
            },
        )
        .collect();
    (0..counts.len())
        .map(|i| Said {
            class: tiles
                .iter()
                .flat_map(|t| t[i].class.iter().copied())
                .collect(),
            fractions: tiles
                .iter()
                .flat_map(|t| t[i].fractions.iter().copied())
                .collect(),
        })
        .collect()
}
