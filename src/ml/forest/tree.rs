//! A tree: flat nodes, class fractions, and how rows descend.

use serde::{Deserialize, Serialize};

use super::ForestError;

/// A node of a tree.
///
/// A row goes to node `next` where its value of `attribute` is at most
/// `threshold`, and to `next + 1` otherwise. At a leaf `next` is the leaf itself
/// and the threshold infinite: rows that arrive stay, and the way down needs no
/// question whether a node is a leaf.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// Largest value that goes left.
    pub threshold: f32,
    /// Which attribute is asked for.
    pub attribute: u16,
    /// Left child; the right one follows it.
    pub next: u32,
}

impl Node {
    /// The leaf at place `index`.
    pub(super) fn leaf(index: usize) -> Self {
        Self {
            threshold: f32::INFINITY,
            attribute: 0,
            next: index as u32,
        }
    }
}

/// A classification tree (Breiman, Friedman, Olshen and Stone 1984).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tree {
    /// The nodes, the root first; siblings stand side by side, after their parent.
    pub(super) nodes: Vec<Node>,
    /// Class fractions of each node, nodes x classes.
    pub(super) fractions: Vec<f32>,
    /// Sum over the nodes that split on an attribute of their decrease of Gini
    /// impurity times their share of the tree's rows.
    pub(super) gini: Vec<f64>,
    /// The same sum without the shares.
    pub(super) gini_unweighted: Vec<f64>,
}

/// Rows that descend together: enough for the processor to overlap their
/// loads, few enough to stop early when all have reached their leaves.
const ABREAST: usize = 16;

impl Tree {
    /// The nodes, the root first.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// True where a node is a leaf.
    pub fn is_leaf(&self, node: usize) -> bool {
        self.nodes[node].next as usize == node
    }

    /// Class fractions of the training rows at a node.
    pub fn fractions(&self, node: usize) -> &[f32] {
        let classes = self.fractions.len() / self.nodes.len();
        &self.fractions[node * classes..][..classes]
    }

    /// Depth of the deepest leaf; the root is at depth 0.
    pub fn depth(&self) -> usize {
        let mut depth = vec![0; self.nodes.len()];
        for (i, node) in self.nodes.iter().enumerate() {
            let next = node.next as usize;
            if next != i {
                depth[next] = depth[i] + 1;
                depth[next + 1] = depth[i] + 1;
            }
        }
        depth.into_iter().max().unwrap_or(0)
    }

    /// Finds the leaf of each row of a tile: `tile[a * width + v]` is attribute
    /// `a` of row `v`, and `leaf` has one place a row, at most `width`.
    pub(super) fn descend(&self, tile: &[f32], width: usize, leaf: &mut [u32]) {
        for (group, places) in leaf.chunks_mut(ABREAST).enumerate() {
            places.fill(0);
            loop {
                let mut moved = 0;
                for (v, place) in places.iter_mut().enumerate() {
                    let node = self.nodes[*place as usize];
                    let value = tile[usize::from(node.attribute) * width + group * ABREAST + v];
                    let next = node.next + u32::from(value > node.threshold);
                    moved |= next ^ *place;
                    *place = next;
                }
                if moved == 0 {
                    break;
                }
            }
        }
    }

    /// Refuses a tree on which rows could get lost: after loading, before use.
    pub(super) fn check(&self, attributes: usize, classes: usize) -> Result<(), ForestError> {
        let damaged = |reason: String| Err(ForestError::Damaged { reason });
        let count = self.nodes.len();
        if count == 0 || self.fractions.len() != count * classes {
            return damaged(format!(
                "a tree has {count} nodes and {} class fractions",
                self.fractions.len()
            ));
        }
        if self.gini.len() != attributes || self.gini_unweighted.len() != attributes {
            return damaged("a tree counts other attributes than the forest".into());
        }
        for (i, node) in self.nodes.iter().enumerate() {
            let next = node.next as usize;
            let leaf = next == i && node.threshold == f32::INFINITY;
            let inner = next > i && next + 1 < count && node.threshold.is_finite();
            if !(leaf || inner) || usize::from(node.attribute) >= attributes {
                return damaged(format!("node {i} of a tree leads nowhere"));
            }
        }
        Ok(())
    }
}
