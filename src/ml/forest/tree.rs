//! A tree: flat nodes, class fractions, and how rows descend.

use serde::{Deserialize, Serialize};

use super::ForestError;

/// A node of a tree.
///
/// A row goes to node `next` where its value of `attribute` is at most
/// `threshold`, and to `next + 1` otherwise. At a leaf `next` is the leaf itself
/// and the threshold infinite: rows that arrive stay, and the way down needs no
/// question whether a node is a leaf.
#[derive(Clone, Copy, Debug, PartialEq)]
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
///
/// Written, it is a list of nodes by column, as scikit-learn keeps its trees:
/// `attribute`, `threshold`, `left` and `right` child of each node (-1, 0, -1, -1 at
/// a leaf) and the class `fractions` of its training rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "Plain", try_from = "Plain")]
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

/// A tree as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename = "Tree")]
struct Plain {
    attribute: Vec<i32>,
    threshold: Vec<f32>,
    left: Vec<i64>,
    right: Vec<i64>,
    fractions: Vec<Vec<f32>>,
    gini: Vec<f64>,
    gini_unweighted: Vec<f64>,
}

impl From<Tree> for Plain {
    fn from(tree: Tree) -> Self {
        let of = |inner: &dyn Fn(Node) -> i64| {
            let nodes = tree.nodes.iter().enumerate();
            let value = |(i, node): (usize, &Node)| {
                let leaf = node.next as usize == i;
                if leaf { -1 } else { inner(*node) }
            };
            nodes.map(value).collect::<Vec<i64>>()
        };
        let classes = tree.fractions.len() / tree.nodes.len().max(1);
        let fractions = tree.fractions.chunks_exact(classes.max(1));
        let finite = |node: &Node| {
            if node.threshold.is_finite() {
                node.threshold
            } else {
                0.0
            }
        };
        Plain {
            attribute: of(&|n| i64::from(n.attribute))
                .iter()
                .map(|&a| a as i32)
                .collect(),
            threshold: tree.nodes.iter().map(finite).collect(),
            left: of(&|n| i64::from(n.next)),
            right: of(&|n| i64::from(n.next) + 1),
            fractions: fractions.map(<[f32]>::to_vec).collect(),
            gini: tree.gini,
            gini_unweighted: tree.gini_unweighted,
        }
    }
}

impl TryFrom<Plain> for Tree {
    type Error = ForestError;

    fn try_from(plain: Plain) -> Result<Self, ForestError> {
        let damaged = |reason: &str| {
            let reason = reason.to_owned();
            Err(ForestError::Damaged { reason })
        };
        let count = plain.left.len();
        let lengths = [
            plain.attribute.len(),
            plain.threshold.len(),
            plain.right.len(),
        ];
        if lengths != [count; 3] || plain.fractions.len() != count {
            return damaged("the columns of a tree are not equally long");
        }
        let mut nodes = Vec::with_capacity(count);
        for i in 0..count {
            nodes.push(match (plain.left[i], plain.attribute[i]) {
                (-1, _) => Node::leaf(i),
                (left, attribute) => {
                    let (Ok(next), Ok(attribute)) = (u32::try_from(left), attribute.try_into())
                    else {
                        return damaged("a node of a tree leads nowhere");
                    };
                    if plain.right[i] != left + 1 {
                        return damaged("the right child of a node does not follow its left one");
                    }
                    Node {
                        threshold: plain.threshold[i],
                        attribute,
                        next,
                    }
                }
            });
        }
        Ok(Tree {
            nodes,
            fractions: plain.fractions.concat(),
            gini: plain.gini,
            gini_unweighted: plain.gini_unweighted,
        })
    }
}

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

    /// The node at each place of the tree filled up to so many full levels, in heap
    /// order: the root at 1, the children of place `n` at `2 n` and `2 n + 1`. Below a
    /// leaf, every place holds the leaf.
    pub(super) fn heap(&self, levels: usize) -> Vec<usize> {
        let mut places = vec![0; 2 << levels];
        for place in 1..1 << levels {
            let node = places[place];
            let mut children = [node; 2];
            if !self.is_leaf(node) {
                let next = self.nodes[node].next as usize;
                children = [next, next + 1];
            }
            places[2 * place..][..2].copy_from_slice(&children);
        }
        places
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
