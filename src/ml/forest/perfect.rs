//! Shallow trees, filled up to perfect binary trees of ten levels, as the byte permutes
//! of AVX-512 VBMI descend them: 64 rows at once, to the last leaf.
//!
//! Every row passes ten nodes. Where the tree has a leaf further up, the places below
//! it lead on to the left. The places stand in heap order, the root at 1 and the
//! children of place `n` at `2 n` and `2 n + 1`: so the places of a level lie side by
//! side, and a row's place needs no table to be found.

#![allow(clippy::inline_always)] // compiled for the registers of the caller

use super::bytes::{BLOCK, Bytes, Lane, Question};
use super::leaves::Leaves;
use super::permutes;
use super::tree::Tree;
use crate::task::wide::{Wide, widest};

/// Levels that every row passes.
const LEVELS: usize = 10;

/// Places below them, and as many of them with place 0, which holds nothing.
pub(super) const EXITS: usize = 1 << LEVELS;

/// The exit of each row of a block.
pub(super) type Exits = [u16; BLOCK];

/// What the places of a perfect tree ask, in heap order.
#[derive(Clone, Debug, PartialEq)]
#[repr(align(64))]
pub(super) struct Places {
    /// The lane that each looks at.
    pub lane: [u8; EXITS],
    /// The byte that each compares with.
    pub byte: [u8; EXITS],
}

/// A perfect tree and what its leaves say.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Perfect {
    places: Places,
    /// The number under which `leaves` keeps what is said at each exit.
    said: [u16; EXITS],
    leaves: Leaves,
}

impl Perfect {
    /// Lays a tree out; `ask` tells what an inner node asks. Nothing where the tree is
    /// too deep, asks for more lanes than a byte can name or tells more than 16 classes
    /// apart.
    pub(super) fn new(
        tree: &Tree,
        classes: usize,
        ask: impl Fn(usize) -> Question,
    ) -> Option<Self> {
        let heap = tree.heap(LEVELS);
        let (inner, ends) = heap.split_at(EXITS);
        if classes > 16 || !ends.iter().all(|&node| tree.is_leaf(node)) {
            return None;
        }
        let mut places = Places {
            lane: [Question::NONE.lane as u8; EXITS],
            byte: [Question::NONE.byte; EXITS],
        };
        for (place, &node) in inner.iter().enumerate().skip(1) {
            if !tree.is_leaf(node) {
                let question = ask(node);
                places.lane[place] = question.lane.try_into().ok()?;
                places.byte[place] = question.byte;
            }
        }
        let mut leaves = Leaves::new(classes);
        let mut said = [0; EXITS];
        for (exit, &node) in ends.iter().enumerate() {
            said[exit] = if exit > 0 && node == ends[exit - 1] {
                said[exit - 1]
            } else {
                leaves.keep(tree.fractions(node)).try_into().ok()?
            };
        }
        Some(Self {
            places,
            said,
            leaves,
        })
    }

    /// Sends all rows down and adds what their leaves say to the sums of the wanted
    /// ones, which lie in fours. `exits` is room for the exits of whole blocks.
    pub(super) fn descend(
        &self,
        bytes: &Bytes,
        wanted: impl Fn(usize) -> bool,
        exits: &mut [Exits],
        sums: &mut [[f64; 4]],
    ) {
        if !permutes::descend(&self.places, bytes, exits) {
            self.places.walk(bytes, exits);
        }
        widest(Adding {
            tree: self,
            exits: exits.as_flattened(),
            wanted,
            sums,
        });
    }
}

impl Places {
    /// The way of each row, as any processor goes it.
    fn walk(&self, bytes: &Bytes, exits: &mut [Exits]) {
        for (lanes, exits) in bytes.blocks().zip(exits) {
            for (v, exit) in exits.iter_mut().enumerate() {
                let mut place = 1;
                for _ in 0..LEVELS {
                    let Lane(lane) = &lanes[usize::from(self.lane[place])];
                    place = 2 * place + usize::from(lane[v] > self.byte[place]);
                }
                *exit = (place - EXITS) as u16;
            }
        }
    }
}

/// What the leaves say, added to the sums of the wanted rows.
struct Adding<'a, W> {
    tree: &'a Perfect,
    exits: &'a [u16],
    wanted: W,
    sums: &'a mut [[f64; 4]],
}

impl<W: Fn(usize) -> bool> Adding<'_, W> {
    #[inline(always)]
    fn add<const FOURS: usize>(self) {
        let (rows, _) = self.sums.as_chunks_mut::<FOURS>();
        for (row, (sums, &exit)) in rows.iter_mut().zip(self.exits).enumerate() {
            if (self.wanted)(row) {
                let leaf = self.tree.said[usize::from(exit) % EXITS];
                self.tree.leaves.add(usize::from(leaf), sums);
            }
        }
    }
}

impl<W: Fn(usize) -> bool> Wide for Adding<'_, W> {
    type Out = ();

    #[inline(always)]
    fn run(self) {
        match self.tree.leaves.fours {
            1 => self.add::<1>(),
            2 => self.add::<2>(),
            3 => self.add::<3>(),
            _ => self.add::<4>(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::bytes::Rulers;
    use super::super::predict::{Ready, TILE, Tile};
    use super::super::tree::Node;
    use super::*;
    use crate::task::{Stream, stream};
    use proptest::prelude::*;

    /// Lanes that the bytes of a place can name.
    const NAMED: usize = 1 << u8::BITS;

    /// A tree of some depth at most, which splits here and there only; thresholds are
    /// whole numbers from -300 to 299.
    fn grow(rng: &mut Stream, depth: usize, attributes: usize, classes: usize) -> Tree {
        let often = 0.3 + 0.7 * rng.fraction();
        let (mut nodes, mut depths) = (vec![Node::leaf(0)], vec![0]);
        let mut i = 0;
        while i < nodes.len() {
            if depths[i] < depth && rng.fraction() < often {
                nodes[i] = Node {
                    threshold: rng.below(600) as f32 - 300.0,
                    attribute: rng.below(attributes) as u16,
                    next: nodes.len() as u32,
                };
                nodes.extend([Node::leaf(nodes.len()), Node::leaf(nodes.len() + 1)]);
                depths.extend([depths[i] + 1; 2]);
            }
            i += 1;
        }
        let mut fractions = vec![0.0; nodes.len() * classes];
        for leaf in fractions.chunks_exact_mut(classes) {
            if rng.fraction() < 0.3 {
                leaf[rng.below(classes)] = 1.0;
            } else {
                leaf.fill_with(|| rng.fraction() as f32);
            }
        }
        Tree {
            nodes,
            fractions,
            gini: vec![0.0; attributes],
            gini_unweighted: vec![0.0; attributes],
        }
    }

    /// Values on thresholds, beside and beyond them.
    fn value(rng: &mut Stream) -> f32 {
        match rng.below(40) {
            0 => f32::NAN,
            1 => f32::INFINITY,
            2 => f32::NEG_INFINITY,
            3 => -0.0,
            _ => rng.below(1300) as f32 / 2.0 - 325.0,
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        /// The two layouts add the same to every row, to the last bit.
        #[test]
        fn perfect_trees_say_what_stairs_say(
            rows in 1usize..TILE, attributes in 1usize..20, classes in 1usize..18,
            deepest in 0usize..=LEVELS + 1, trees in 1usize..9, seed: u64,
        ) {
            let mut rng = stream(seed, "t", &[]);
            let trees: Vec<Tree> = (0..trees)
                .map(|_| {
                    let depth = deepest.saturating_sub(rng.below(3));
                    grow(&mut rng, depth, attributes, classes)
                })
                .collect();
            let columns: Vec<Vec<f32>> = (0..attributes)
                .map(|_| (0..rows).map(|_| value(&mut rng)).collect())
                .collect();
            let columns: Vec<&[f32]> = columns.iter().map(Vec::as_slice).collect();
            let wanted: Vec<bool> = (0..rows).map(|_| rng.below(3) > 0).collect();
            let fits = |tree: &&Tree| tree.depth() <= LEVELS && classes <= 16;
            let shallow = trees.iter().filter(fits).count();
            let sums = |ready: &Ready, perfect: usize| {
                assert_eq!(ready.perfect(), perfect);
                let mut tile = Tile::new(ready);
                tile.load(ready, &columns, 0, rows);
                tile.add(ready, 0..trees.len());
                for tree in 0..trees.len() {
                    tile.add_where(ready, tree, |row| wanted[row]);
                }
                let sums = (0..rows).flat_map(|row| tile.sums(row)).map(|sum| sum.to_bits());
                sums.collect::<Vec<u64>>()
            };
            let stairs = Ready::portable(&trees, attributes, classes).unwrap();
            let perfect = Ready::laid_out(&trees, attributes, classes, |lanes| lanes <= NAMED);
            prop_assert_eq!(sums(&stairs, 0), sums(&perfect.unwrap(), shallow));
        }
    }

    /// Any questions, rows of any bytes, whole blocks and parts.
    #[test]
    fn permutes_lead_where_walking_leads() {
        let edges: Vec<f32> = (0..255).map(|i| i as f32).collect();
        for (lanes, seed) in (1..=18).flat_map(|lanes| (0..20).map(move |seed| (lanes, seed))) {
            let mut rng = stream(seed, "t", &[lanes as u64]);
            let rulers = Rulers::new(vec![edges.clone(); lanes]);
            let rows = 1 + rng.below(300);
            let columns: Vec<Vec<f32>> = (0..lanes)
                .map(|_| (0..rows).map(|_| rng.below(257) as f32 - 0.5).collect())
                .collect();
            let columns: Vec<&[f32]> = columns.iter().map(Vec::as_slice).collect();
            let mut bytes = Bytes::new(&rulers, 320);
            bytes.load(&rulers, &columns);
            let places = Places {
                lane: std::array::from_fn(|_| rng.below(lanes) as u8),
                byte: std::array::from_fn(|_| rng.below(256) as u8),
            };
            let (mut walked, mut permuted) = ([[0; BLOCK]; 5], [[0; BLOCK]; 5]);
            places.walk(&bytes, &mut walked);
            if permutes::descend(&places, &bytes, &mut permuted) {
                assert_eq!(permuted, walked, "{lanes} lanes, seed {seed}");
            } else if lanes == 1 {
                println!("no AVX-512 VBMI here: skipped");
                return;
            } else {
                assert!(lanes > 16);
            }
        }
    }

    #[test]
    fn a_deeper_tree_is_left_to_the_stairs() {
        let chain = |depth: u32| {
            let inner = |i: u32| Node {
                threshold: i as f32,
                attribute: 0,
                next: 2 * i + 1,
            };
            // The right one of two children splits again.
            let mut nodes = vec![inner(0)];
            for i in 1..=depth {
                nodes.extend([Node::leaf(nodes.len()), inner(i)]);
            }
            *nodes.last_mut().unwrap() = Node::leaf(nodes.len() - 1);
            Tree {
                fractions: vec![1.0; nodes.len()],
                nodes,
                gini: vec![0.0],
                gini_unweighted: vec![0.0],
            }
        };
        let fits = |depth| Perfect::new(&chain(depth), 1, |_| Question::NONE).is_some();
        assert!(fits(1) && fits(10) && !fits(11));
        assert_eq!(chain(11).depth(), 11);
    }
}
