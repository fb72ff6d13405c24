//! Growing trees: bootstrap, split, partition.
//!
//! Every tree keeps, for each attribute, its rows in order of value. A node is
//! a range of all these orders. A split is found by one scan of the drawn
//! attributes, and turned into two child ranges by a stable partition of every
//! order, so nothing is ever sorted again: a tree of depth `D` on `n` rows of
//! `N` attributes costs `O(n N D)`, and thresholds are exact.

use std::ops::Range;

use rayon::prelude::*;

use super::split::{Content, Drawn, Split, best_on};
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
    drawn: Vec<Drawn>,
    /// Drawn rows in order of each attribute.
    order: Vec<Vec<u32>>,
    spare: Vec<u32>,
    /// 1 for rows that go left in the split under way, 0 for those that go right.
    left: Vec<u8>,
    attributes: Vec<usize>,
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

/// A node that may be split: its place, its depth and its range in the orders.
struct Bud {
    node: usize,
    depth: usize,
    rows: Range<usize>,
}

impl<'a> Nursery<'a> {
    fn new(rows: &'a Rows, options: &'a ForestOptions, weights: &'a [f64]) -> Self {
        Self {
            rows,
            options,
            weights,
            times: vec![1; rows.len()],
            drawn: vec![Drawn::default(); rows.len()],
            order: vec![Vec::new(); rows.attributes()],
            spare: vec![0; rows.len()],
            left: vec![0; rows.len()],
            attributes: (0..rows.attributes()).collect(),
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
                rows: 0..self.order[0].len(),
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
        Ok(sapling.grown(self.weights))
    }

    /// Draws the rows of a tree and starts it with its root.
    fn plant(&mut self, rng: &mut Stream) -> Sapling {
        if self.options.bootstrap {
            bootstrap(rng, &mut self.times);
        }
        let mut counts = vec![0; self.rows.classes()];
        for ((drawn, &times), &class) in self
            .drawn
            .iter_mut()
            .zip(&self.times)
            .zip(self.rows.class())
        {
            *drawn = Drawn { times, class };
            counts[usize::from(class)] += u32::from(times);
        }
        for (a, order) in self.order.iter_mut().enumerate() {
            let sorted = self.rows.sorted(a).iter().copied();
            order.clear();
            order.extend(sorted.filter(|&row| self.times[row as usize] > 0));
        }
        for (a, place) in self.attributes.iter_mut().enumerate() {
            *place = a;
        }
        Sapling {
            nodes: vec![Node::leaf(0)],
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
        let mut best = None;
        for i in 0..all {
            if i >= first {
                if best.is_some() {
                    break;
                }
                self.attributes.swap(i, i + rng.below(all - i));
            }
            let a = self.attributes[i];
            best = best_on(
                a,
                self.rows.column(a),
                &self.order[a][bud.rows.clone()],
                &self.drawn,
                &node,
                self.options.min_leaf,
                best,
            );
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
        let (left, right) = self.order[split.attribute][bud.rows.clone()].split_at(split.left);
        let mut counts = vec![0; 2 * classes];
        for &row in left {
            let drawn = self.drawn[row as usize];
            counts[usize::from(drawn.class)] += u32::from(drawn.times);
            self.left[row as usize] = 1;
        }
        for &row in right {
            self.left[row as usize] = 0;
        }
        for c in 0..classes {
            counts[classes + c] = sapling.counts[bud.node * classes + c] - counts[c];
        }
        let contents =
            [&counts[..classes], &counts[classes..]].map(|side| Content::new(side, self.weights));
        let middle = bud.rows.start + split.left;
        let next = sapling.nodes.len();
        let sides = [bud.rows.start..middle, middle..bud.rows.end];
        let mut children = Vec::with_capacity(2);
        for (side, (content, rows)) in contents.iter().zip(sides).enumerate() {
            if self.may_split(content, bud.depth + 1) {
                children.push(Bud {
                    node: next + side,
                    depth: bud.depth + 1,
                    rows,
                });
            }
        }
        if !children.is_empty() {
            self.partition(&bud.rows, split.attribute);
        }
        buds.extend(children.into_iter().rev());

        let share = (contents[0].weight + contents[1].weight) / root_weight;
        sapling.gini[split.attribute] += split.gain * share;
        sapling.gini_unweighted[split.attribute] += split.gain;
        sapling.nodes[bud.node] = Node {
            threshold: split.threshold,
            attribute: split.attribute as u16,
            next: next as u32,
        };
        sapling
            .nodes
            .extend([Node::leaf(next), Node::leaf(next + 1)]);
        sapling.counts.extend(counts);
    }

    /// Brings the rows that go left to the front of a range of every order,
    /// both sides staying in order. The order of `done` is so already.
    fn partition(&mut self, rows: &Range<usize>, done: usize) {
        for (a, order) in self.order.iter_mut().enumerate() {
            if a == done {
                continue;
            }
            let order = &mut order[rows.clone()];
            let spare = &mut self.spare[..order.len()];
            let (mut l, mut r) = (0, 0);
            for i in 0..order.len() {
                let row = order[i];
                let left = usize::from(self.left[row as usize]);
                order[l] = row;
                spare[r] = row;
                l += left;
                r += 1 - left;
            }
            order[l..].copy_from_slice(&spare[..r]);
        }
    }
}

impl Sapling {
    /// The tree, with class fractions for counts.
    fn grown(self, weights: &[f64]) -> Tree {
        let classes = weights.len();
        let fractions = self
            .counts
            .chunks_exact(classes)
            .flat_map(|counts| {
                let content = Content::new(counts, weights);
                let of_class = counts.iter().zip(weights);
                of_class.map(move |(&n, w)| (f64::from(n) * w / content.weight) as f32)
            })
            .collect();
        Tree {
            nodes: self.nodes,
            fractions,
            gini: self.gini,
            gini_unweighted: self.gini_unweighted,
        }
    }
}
