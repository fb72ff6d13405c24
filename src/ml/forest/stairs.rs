//! Trees as rows descend them: the first levels for 64 rows at once, those below
//! row by row.
//!
//! The few nodes of the first levels are compared with all rows of a block in a few
//! instructions each, whether the rows come by them or not: no row has to look up where
//! it is. Rows that leave these levels at the same exit go on together, through a part
//! of the tree that is small and stays in the nearest cache. Whole trees of unlimited
//! depth do not.

#![allow(clippy::inline_always)] // compiled for the registers of the caller

use super::bytes::{BLOCK, Bytes, Lane, Question};
use super::leaves::Leaves;
use super::tree::Tree;
use crate::task::wide::{Wide, widest};

/// Levels that a block passes at once: with one more, registers of 128 bits take longer
/// than row by row.
const LEVELS: usize = 7;

/// Places where rows leave them.
const EXITS: usize = 1 << LEVELS;

/// Levels below the first ones up to which a tree is shallow: all of it stays in the
/// nearest cache, and rows go on in their own order, as many steps as any of them needs.
const SHALLOW: usize = 4;

/// Rows that go on together: a processor waits for eight nodes at once.
const GROUP: usize = 8;

/// A node below the first levels, in one word, so that it is fetched at once: bits 0 to
/// 31 hold the node to the left, which the one to the right follows, bits 32 to 39 the
/// byte, bits 48 to 63 the lane of its question. A leaf leads to itself.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Fork(u64);

impl Fork {
    fn new(next: usize, question: Question) -> Self {
        let (byte, lane) = (u64::from(question.byte), u64::from(question.lane));
        Self(next as u64 | byte << 32 | lane << 48)
    }

    /// Where a row goes whose bytes begin at `row`.
    #[inline(always)]
    fn step(self, bytes: &[u8], row: usize) -> u32 {
        let (next, byte) = (self.0 as u32, (self.0 >> 32) as u8);
        next + u32::from(bytes[row + (self.0 >> 48) as usize] > byte)
    }
}

/// A tree as rows descend it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stairs {
    /// The nodes of the first levels, level by level; from a leaf among them rows are
    /// led on to the left.
    first: [Question; EXITS - 1],
    /// The node at each exit.
    exits: [u32; EXITS],
    /// The nodes below, exit by exit.
    forks: Vec<Fork>,
    /// The number under which `leaves` keeps what each leaf says.
    said: Vec<u32>,
    leaves: Leaves,
    /// Most levels below an exit.
    below: usize,
}

/// What a descent keeps between trees: nothing but the room for it.
#[derive(Debug)]
pub(super) struct Way {
    /// The exit of each row.
    exits: Vec<[u8; BLOCK]>,
    /// Rows by exit.
    order: Vec<u16>,
}

impl Way {
    /// Room for rows, whole blocks of them.
    pub(super) fn new(rows: usize) -> Self {
        Self {
            exits: vec![[0; BLOCK]; rows / BLOCK],
            order: vec![0; rows],
        }
    }
}

impl Stairs {
    /// Lays a tree out; `ask` tells what an inner node asks.
    pub(super) fn new(tree: &Tree, classes: usize, ask: impl Fn(usize) -> Question) -> Self {
        let mut stairs = Self {
            first: [Question::NONE; EXITS - 1],
            exits: [0; EXITS],
            forks: Vec::new(),
            said: Vec::new(),
            leaves: Leaves::new(classes),
            below: 0,
        };
        let places = tree.heap(LEVELS);
        for (question, &node) in stairs.first.iter_mut().zip(&places[1..]) {
            if !tree.is_leaf(node) {
                *question = ask(node);
            }
        }
        for (exit, &node) in places[EXITS..].iter().enumerate() {
            stairs.exits[exit] = stairs.forks.len() as u32;
            stairs.add(tree, node, &ask);
        }
        stairs
    }

    /// Adds the part of a tree that hangs on a node, breadth first.
    fn add(&mut self, tree: &Tree, node: usize, ask: impl Fn(usize) -> Question) {
        let first = self.forks.len();
        let mut nodes = vec![(node, 0)];
        let mut i = 0;
        while i < nodes.len() {
            let (node, depth) = nodes[i];
            self.below = self.below.max(depth);
            if tree.is_leaf(node) {
                self.forks.push(Fork::new(first + i, Question::NONE));
                let said = self.leaves.keep(tree.fractions(node));
                self.said.push(said);
            } else {
                self.forks.push(Fork::new(first + nodes.len(), ask(node)));
                self.said.push(0);
                let next = tree.nodes()[node].next as usize;
                nodes.extend([(next, depth + 1), (next + 1, depth + 1)]);
            }
            i += 1;
        }
    }

    /// Sends the wanted rows down and adds what their leaves say to their sums, which
    /// lie in fours.
    pub(super) fn descend(
        &self,
        bytes: &Bytes,
        wanted: impl Fn(usize) -> bool,
        way: &mut Way,
        sums: &mut [[f64; 4]],
    ) {
        widest(FirstLevels {
            nodes: &self.first,
            bytes,
            exits: &mut way.exits,
        });
        let exits = &way.exits.as_flattened()[..bytes.rows];
        let count = if self.below > SHALLOW {
            sort(exits, wanted, &mut way.order)
        } else {
            list(bytes.rows, wanted, &mut way.order)
        };
        let (groups, rest) = way.order[..count].as_chunks::<GROUP>();
        for group in groups {
            // The usual four classes or fewer, without loops over fours.
            match self.leaves.fours {
                1 => self.go_on(group, exits, bytes, 1, sums),
                fours => self.go_on(group, exits, bytes, fours, sums),
            }
        }
        for &row in rest {
            self.go_on(&[row], exits, bytes, self.leaves.fours, sums);
        }
    }

    /// Sends some rows on from their exits, until all have arrived.
    #[inline(always)]
    fn go_on<const N: usize>(
        &self,
        rows: &[u16; N],
        exits: &[u8],
        bytes: &Bytes,
        fours: usize,
        sums: &mut [[f64; 4]],
    ) {
        let (forks, bytes, width) = (&self.forks[..], bytes.by_row(), bytes.width);
        let (mut at, mut start) = ([0; N], [0; N]);
        for i in 0..N {
            let row = usize::from(rows[i]);
            at[i] = self.exits[usize::from(exits[row]) % EXITS];
            start[i] = row * width;
        }
        if self.below <= SHALLOW {
            for _ in 0..self.below {
                for i in 0..N {
                    at[i] = forks[at[i] as usize].step(bytes, start[i]);
                }
            }
        } else {
            loop {
                // Two steps before asking whether any of them led on.
                let mut moved = 0;
                for i in 0..N {
                    at[i] = forks[at[i] as usize].step(bytes, start[i]);
                }
                for i in 0..N {
                    let next = forks[at[i] as usize].step(bytes, start[i]);
                    moved |= at[i] ^ next;
                    at[i] = next;
                }
                if moved == 0 {
                    break;
                }
            }
        }
        for i in 0..N {
            let leaf = self.said[at[i] as usize] as usize;
            let sums = &mut sums[usize::from(rows[i]) * fours..][..fours];
            self.leaves.add(leaf, sums);
        }
    }
}

/// Lists the wanted rows; says how many they are.
fn list(rows: usize, wanted: impl Fn(usize) -> bool, order: &mut [u16]) -> usize {
    let mut count = 0;
    for row in 0..rows {
        order[count] = row as u16;
        count += usize::from(wanted(row));
    }
    count
}

/// Brings the wanted rows into the order of their exits; says how many they are.
fn sort(exits: &[u8], wanted: impl Fn(usize) -> bool, order: &mut [u16]) -> usize {
    let mut starts = [0_u16; EXITS];
    let mut count = 0;
    for (row, &exit) in exits.iter().enumerate() {
        starts[usize::from(exit) % EXITS] += u16::from(wanted(row));
    }
    for start in &mut starts {
        count += std::mem::replace(start, count);
    }
    for (row, &exit) in exits.iter().enumerate() {
        if wanted(row) {
            let start = &mut starts[usize::from(exit) % EXITS];
            order[usize::from(*start)] = row as u16;
            *start += 1;
        }
    }
    usize::from(count)
}

/// The first levels of a tree and the rows that pass them.
struct FirstLevels<'a> {
    nodes: &'a [Question; EXITS - 1],
    bytes: &'a Bytes,
    exits: &'a mut [[u8; BLOCK]],
}

impl Wide for FirstLevels<'_> {
    type Out = ();

    #[inline(always)]
    fn run(self) {
        for (lanes, exits) in self.bytes.blocks().zip(self.exits) {
            let mut place = [0; BLOCK];
            let mut nodes = self.nodes.iter();
            for level in 0..LEVELS {
                let mut right = [0; BLOCK];
                for (n, node) in nodes.by_ref().take(1 << level).enumerate() {
                    let Lane(lane) = &lanes[usize::from(node.lane)];
                    for v in 0..BLOCK {
                        right[v] |= u8::from(lane[v] > node.byte) & u8::from(place[v] == n as u8);
                    }
                }
                for v in 0..BLOCK {
                    place[v] = 2 * place[v] + right[v];
                }
            }
            *exits = place;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::bytes::Rulers;
    use super::*;
    use crate::task::stream;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        /// Any questions, which may be those of a tree or not; the widest registers
        /// tell the same of them as the narrowest.
        #[test]
        fn the_first_levels_lead_where_one_row_goes(rows in 1usize..300, lanes in 1usize..20, seed: u64) {
            let mut rng = stream(seed, "t", &[]);
            let edges: Vec<f32> = (0..255).map(|i| i as f32).collect();
            let rulers = Rulers::new(vec![edges; lanes]);
            let columns: Vec<Vec<f32>> = (0..lanes)
                .map(|_| (0..rows).map(|_| rng.below(257) as f32 - 0.5).collect())
                .collect();
            let columns: Vec<&[f32]> = columns.iter().map(Vec::as_slice).collect();
            let mut bytes = Bytes::new(&rulers, 320);
            bytes.load(&rulers, &columns);
            let nodes: [Question; EXITS - 1] = std::array::from_fn(|_| Question {
                lane: rng.below(lanes) as u16,
                byte: rng.below(256) as u8,
            });
            let walk = |row: &[u8]| {
                let mut at = 0;
                while at < EXITS - 1 {
                    let Question { lane, byte } = nodes[at];
                    at = 2 * at + 1 + usize::from(row[usize::from(lane)] > byte);
                }
                at - (EXITS - 1)
            };
            let (mut wide, mut narrow) = (Way::new(320), Way::new(320));
            let levels = |exits| FirstLevels { nodes: &nodes, bytes: &bytes, exits };
            widest(levels(&mut wide.exits));
            levels(&mut narrow.exits).run();
            for (v, row) in bytes.by_row().chunks_exact(lanes).enumerate() {
                prop_assert_eq!(usize::from(wide.exits[v / BLOCK][v % BLOCK]), walk(row));
                prop_assert_eq!(usize::from(narrow.exits[v / BLOCK][v % BLOCK]), walk(row));
            }
        }
    }
}
