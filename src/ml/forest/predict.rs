//! Prediction: rows in tiles, a tree at a time over each tile, so that a tree is
//! fetched from memory once a tile and not once a row.

use std::ops::Range;

use rayon::prelude::*;

use super::ForestError;
use super::bins::MOST_BINS;
use super::bytes::{BLOCK, Bytes, Rulers};
use super::perfect::{Exits, Perfect};
use super::permutes;
use super::stairs::{Stairs, Way};
use super::tree::Tree;

/// Rows in a tile. With 9 attributes and 3 classes they take 200 KiB, which leaves room
/// for a tree in the second cache; the more rows meet a tree at once, the less often it
/// is fetched.
pub(super) const TILE: usize = 4096;

/// Trees made ready for prediction.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Ready {
    rulers: Rulers,
    trees: Vec<Layout>,
    classes: usize,
}

/// How rows descend a tree.
#[derive(Clone, Debug, PartialEq)]
enum Layout {
    /// By permutes, to the last leaf.
    Perfect(Box<Perfect>),
    /// On any processor, to any depth.
    Stairs(Box<Stairs>),
}

impl Ready {
    /// Makes trees ready. They are refused where they ask for more different
    /// thresholds than this program ever sets.
    pub(super) fn new(
        trees: &[Tree],
        attributes: usize,
        classes: usize,
    ) -> Result<Self, ForestError> {
        Self::laid_out(trees, attributes, classes, permutes::found)
    }

    /// The same for any processor.
    pub(super) fn portable(
        trees: &[Tree],
        attributes: usize,
        classes: usize,
    ) -> Result<Self, ForestError> {
        Self::laid_out(trees, attributes, classes, |_| false)
    }

    /// The same with the trees that fit filled up, where `perfect` says so of the lanes
    /// that rows have.
    pub(super) fn laid_out(
        trees: &[Tree],
        attributes: usize,
        classes: usize,
        perfect: impl Fn(usize) -> bool,
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
        let damaged = |reason: String| Err(ForestError::Damaged { reason });
        if let Some(edges) = edges.iter().find(|edges| edges.len() >= MOST_BINS) {
            return damaged(format!(
                "it has {} thresholds on one attribute",
                edges.len()
            ));
        }
        let rulers = Rulers::new(edges);
        if rulers.lanes() > usize::from(u16::MAX) {
            return damaged("it has thresholds on too many attributes".into());
        }
        let perfect = perfect(rulers.lanes());
        let lay_out = |tree: &Tree| {
            let ask = |node: usize| {
                let node = tree.nodes()[node];
                rulers.above(usize::from(node.attribute), node.threshold)
            };
            let shallow = || Perfect::new(tree, classes, ask).map(Box::new);
            match perfect.then(shallow).flatten() {
                Some(tree) => Layout::Perfect(tree),
                None => Layout::Stairs(Box::new(Stairs::new(tree, classes, ask))),
            }
        };
        Ok(Self {
            trees: trees.par_iter().map(lay_out).collect(),
            rulers,
            classes,
        })
    }

    /// How many trees.
    pub(super) fn len(&self) -> usize {
        self.trees.len()
    }

    /// How many of them are laid out for permutes.
    pub(super) fn perfect(&self) -> usize {
        let perfect = |tree: &&Layout| matches!(tree, Layout::Perfect(_));
        self.trees.iter().filter(perfect).count()
    }
}

/// Rows laid out for prediction, and their summed class fractions.
pub(super) struct Tile {
    bytes: Bytes,
    null: Vec<bool>,
    way: Way,
    exits: Vec<Exits>,
    classes: usize,
    /// Sums over trees of the class fractions of a row, in fours.
    sums: Vec<[f64; 4]>,
}

impl Tile {
    /// An empty tile for rows of a forest.
    pub(super) fn new(ready: &Ready) -> Self {
        Self {
            bytes: Bytes::new(&ready.rulers, TILE),
            null: vec![false; TILE],
            way: Way::new(TILE),
            exits: vec![[0; BLOCK]; TILE / BLOCK],
            classes: ready.classes,
            sums: vec![[0.0; 4]; TILE * ready.classes.div_ceil(4)],
        }
    }

    /// Takes in rows `start` to `start + rows` of columns; sums start at 0.
    pub(super) fn load(&mut self, ready: &Ready, columns: &[&[f32]], start: usize, rows: usize) {
        let columns = columns.iter().map(|column| &column[start..start + rows]);
        let columns: Vec<&[f32]> = columns.collect();
        self.bytes.load(&ready.rulers, &columns);
        self.null.fill(false);
        for column in columns {
            for (null, x) in self.null.iter_mut().zip(column) {
                *null |= x.is_nan();
            }
        }
        self.sums[..rows * self.classes.div_ceil(4)].fill([0.0; 4]);
    }

    /// True where an attribute of a row is null.
    pub(super) fn null(&self, row: usize) -> bool {
        self.null[row]
    }

    /// Adds what some of the trees say of every row, one tree after the other.
    pub(super) fn add(&mut self, ready: &Ready, trees: Range<usize>) {
        for tree in trees {
            self.add_where(ready, tree, |_| true);
        }
    }

    /// Adds what one tree says of some of the rows.
    pub(super) fn add_where(&mut self, ready: &Ready, tree: usize, wanted: impl Fn(usize) -> bool) {
        let sums = &mut self.sums[..self.bytes.rows * self.classes.div_ceil(4)];
        match &ready.trees[tree] {
            Layout::Perfect(tree) => tree.descend(&self.bytes, wanted, &mut self.exits, sums),
            Layout::Stairs(tree) => tree.descend(&self.bytes, wanted, &mut self.way, sums),
        }
    }

    /// Summed fractions of a row.
    pub(super) fn sums(&self, row: usize) -> &[f64] {
        let fours = self.classes.div_ceil(4);
        &self.sums[row * fours..][..fours].as_flattened()[..self.classes]
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
                    let mean = |&sum: &f64| (sum / count as f64) as f32;
                    let sums = (0..width).flat_map(|v| tile.sums(v));
                    said.push(Said {
                        class: (0..width).map(|v| winner(tile.sums(v)) as u16).collect(),
                        fractions: sums.map(mean).collect(),
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
