//! Growing trees: bootstrap, split, partition.
//!
//! A tree keeps the rows that it drew in one list, 8 bytes each; a node is a
//! range of it. A split is found on histograms of the node's rows over the bins
//! of the drawn attributes, and made by a stable partition of the range: a tree of
//! depth `D` on `n` rows costs `O(n D mtry)`, whatever the number of attributes.

use std::ops::Range;

use rayon::prelude::*;

use super::split::{Content, Drawn, Histogram, Split};
use super::tree::{Node, Tree};
use super::{ForestError, ForestOptions, Rows};
use crate::task::{Cancelled, Stream, Task, stream};

/// Which random streams trees draw from: tree `t` of fold `fold` has its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seeding {
    /// The user's seed.
    pub seed: u64,
    /// Tells the forests of one run apart: 0 for the final forest, folds from 1.
    pub fold: u64,
}

impl Seeding {
    /// The stream of a tree. It draws the bootstrap first.
    pub(super) fn tree(self, tree: usize) -> Stream {
        stream(self.seed, "rfc3d", &[self.fold, tree as u64])
    }
}

/// Grows trees number `trees.start` to `trees.end - 1` of a forest, in
/// parallel; each tree depends on its own number only. Reports one unit a tree.
pub fn grow(
    rows: &Rows,
    options: &ForestOptions,
    trees: Range<usize>,
    seeding: Seeding,
    task: &Task,
) -> Result<Vec<Tree>, ForestError> {
    if rows.is_empty() {
        return Err(ForestError::TooFewRows { rows: 0, needed: 1 });
    }
    options.check(rows.attributes())?;
    let weights = options.weights(rows);
    trees
        .into_par_iter()
        .map_init(
            || Nursery::new(rows, options, &weights),
            |nursery, tree| {
                let tree = nursery.grow(&mut seeding.tree(tree), task)?;
                task.advance(1);
                Ok(tree)
            },
        )
        .collect()
}

/// How often each of `n` rows is drawn when `n` are drawn with replacement.
pub(super) fn bootstrap(rng: &mut Stream, times: &mut [u16]) {
    times.fill(0);
    for _ in 0..times.len() {
        let row = rng.below(times.len());
        times[row] = times[row].saturating_add(1);
    }
}

/// The buffers in which one tree after another grows.
struct Nursery<'a> {
    rows: &'a Rows,
    options: &'a ForestOptions,
    /// Weight of a row of each class.
    weights: &'a [f64],
    times: Vec<u16>,
    /// The rows drawn; every node holds a range of them.
    drawn: Vec<Drawn>,
    spare: Vec<Drawn>,
    histogram: Histogram,
    attributes: Vec<usize>,
    /// Nodes of the largest tree so far: the next one gets room for as many.
    most: usize,
}

/// A tree under way.
#[derive(Default)]
struct Sapling {
    nodes: Vec<Node>,
    /// Rows drawn of each class, nodes x classes.
    counts: Vec<u32>,
    gini: Vec<f64>,
    gini_unweighted: Vec<f64>,
}

/// A node that may be split: its place, its depth and its rows.
struct Bud {
    node: usize,
    depth: usize,
    rows: Range<usize>,
}

impl<'a> Nursery<'a> {
    fn new(rows: &'a Rows, options: &'a ForestOptions, weights: &'a [f64]) -> Self {
        let bins = (0..rows.attributes()).map(|a| rows.bins(a).count());
        Self {
            rows,
            options,
            weights,
            times: vec![1; rows.len()],
            drawn: Vec::with_capacity(rows.len()),
            spare: vec![Drawn::default(); rows.len()],
            histogram: Histogram::new(bins.max().unwrap_or(0), weights, options.min_leaf),
            attributes: (0..rows.attributes()).collect(),
            most: 1,
        }
    }

    fn grow(&mut self, rng: &mut Stream, task: &Task) -> Result<Tree, Cancelled> {
        task.check()?;
        let mut sapling = self.plant(rng);
        let root = Content::new(&sapling.counts, self.weights);
        let root_weight = root.weight;
        let mut buds = Vec::new();
        if self.may_split(&root, 0) {
            buds.push(Bud {
                node: 0,
                depth: 0,
                rows: 0..self.drawn.len(),
            });
        }
        while let Some(bud) = buds.pop() {
            if bud.rows.len() > 1000 {
                task.check()?;
            }
            if let Some(split) = self.find_split(&sapling, &bud, rng) {
                self.divide(&mut sapling, &bud, &split, root_weight, &mut buds);
            }
        }
        self.most = self.most.max(sapling.nodes.len());
        Ok(sapling.grown(self.weights))
    }

    /// Draws the rows of a tree and starts it with its root.
    fn plant(&mut self, rng: &mut Stream) -> Sapling {
        if self.options.bootstrap {
            bootstrap(rng, &mut self.times);
        }
        let mut counts = Vec::with_capacity(self.most * self.rows.classes());
        counts.resize(self.rows.classes(), 0);
        self.drawn.clear();
        for (row, (&times, &class)) in self.times.iter().zip(self.rows.class()).enumerate() {
            counts[usize::from(class)] += u32::from(times);
            if times > 0 {
                let row = row as u32;
                self.drawn.push(Drawn { row, class, times });
            }
        }
        for (a, place) in self.attributes.iter_mut().enumerate() {
            *place = a;
        }
        let mut nodes = Vec::with_capacity(self.most);
        nodes.push(Node::leaf(0));
        Sapling {
            nodes,
            counts,
            gini: vec![0.0; self.rows.attributes()],
            gini_unweighted: vec![0.0; self.rows.attributes()],
        }
    }

    fn may_split(&self, node: &Content, depth: usize) -> bool {
        depth < self.options.deepest()
            && node.rows as usize >= self.options.min_split
            && !node.pure()
    }

    /// The best split among the attributes drawn; while none of them offers a
    /// split (all constant here), further ones are drawn one at a time.
    fn find_split(&mut self, sapling: &Sapling, bud: &Bud, rng: &mut Stream) -> Option<Split> {
        let classes = self.rows.classes();
        let counts = &sapling.counts[bud.node * classes..][..classes];
        let node = Content::new(counts, self.weights);
        let all = self.attributes.len();
        let first = self.options.drawn(all);
        for i in 0..first {
            self.attributes.swap(i, i + rng.below(all - i));
        }
        self.attributes[..first].sort_unstable();
        self.histogram.begin(&node);
        let mut best = None;
        for i in 0..all {
            if i >= first {
                if best.is_some() {
                    break;
                }
                self.attributes.swap(i, i + rng.below(all - i));
            }
            let a = self.attributes[i];
            let (bins, drawn) = (&self.rows.bins(a).of_row, &self.drawn[bud.rows.clone()]);
            best = self.histogram.best_on(a, bins, drawn, best);
        }
        best
    }

    /// Makes the two children of a node, and buds of those that may split.
    fn divide(
        &mut self,
        sapling: &mut Sapling,
        bud: &Bud,
        split: &Split,
        root_weight: f64,
        buds: &mut Vec<Bud>,
    ) {
        let classes = self.rows.classes();
        let parent = bud.node * classes..(bud.node + 1) * classes;
        let node = Content::new(&sapling.counts[parent.clone()], self.weights);
        let (gain, share) = (node.gain(split), node.weight / root_weight);
        for c in 0..classes {
            sapling.counts.push(self.histogram.best_left[c]);
        }
        for c in 0..classes {
            let right = sapling.counts[parent.start + c] - self.histogram.best_left[c];
            sapling.counts.push(right);
        }
        let next = sapling.nodes.len();
        let may_split = [next, next + 1].map(|child| {
            let counts = &sapling.counts[child * classes..][..classes];
            self.may_split(&Content::new(counts, self.weights), bud.depth + 1)
        });
        if may_split.contains(&true) {
            let middle = self.partition(&bud.rows, split);
            let sides = [bud.rows.start..middle, middle..bud.rows.end];
            for (side, rows) in sides.into_iter().enumerate().rev() {
                if may_split[side] {
                    buds.push(Bud {
                        node: next + side,
                        depth: bud.depth + 1,
                        rows,
                    });
                }
            }
        }
        sapling.gini[split.attribute] += gain * share;
        sapling.gini_unweighted[split.attribute] += gain;
        sapling.nodes[bud.node] = Node {
            threshold: self
                .rows
                .bins(split.attribute)
                .threshold(split.bin, split.next),
            attribute: split.attribute as u16,
            next: next as u32,
        };
        let leaves = [Node::leaf(next), Node::leaf(next + 1)];
        sapling.nodes.extend(leaves);
    }

    /// Brings the rows that go left to the front of a range, both sides staying
    /// in order, and says where the right side begins.
    fn partition(&mut self, rows: &Range<usize>, split: &Split) -> usize {
        let bins = &self.rows.bins(split.attribute).of_row;
        let drawn = &mut self.drawn[rows.clone()];
        let spare = &mut self.spare[..drawn.len()];
        let (mut l, mut r) = (0, 0);
        for i in 0..drawn.len() {
            let row = drawn[i];
            let left = usize::from(bins[row.row as usize] <= split.bin);
            drawn[l] = row;
            spare[r] = row;
            l += left;
            r += 1 - left;
        }
        drawn[l..].copy_from_slice(&spare[..r]);
        rows.start + l
    }
}

impl Sapling {
    /// The tree, with class fractions for counts.
    fn grown(self, weights: &[f64]) -> Tree {
        let classes = weights.len();
        let mut fractions = Vec::with_capacity(self.counts.len());
        for counts in self.counts.chunks_exact(classes) {
            let all = Content::new(counts, weights).weight;
            let of_class = counts.iter().zip(weights);
            fractions.extend(of_class.map(|(&n, w)| (f64::from(n) * w / all) as f32));
        }
        Tree {
            nodes: self.nodes,
            fractions,
            gini: self.gini,
            gini_unweighted: self.gini_unweighted,
        }
    }
}
