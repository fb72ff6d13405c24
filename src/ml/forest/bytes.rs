//! Rows as bytes: what a forest needs to know of a value is which of its thresholds
//! lie below.
//!
//! A forest asks for few different thresholds of an attribute. Each value is replaced
//! by the count of those below it, once for all trees; a node then compares two bytes.
//! An attribute with more than 255 thresholds has a lane, a byte a row, for each 255 of
//! them, and a node looks at the lane that its threshold is counted in.

use super::bins::bin;

/// Thresholds that a lane counts.
const MOST: usize = u8::MAX as usize;

/// Rows that pass a node at once.
pub(super) const BLOCK: usize = 64;

/// A byte of each row of a block, where the widest register fetches them at once.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct Lane(pub [u8; BLOCK]);

/// What a node asks of a row: it goes right where its byte in `lane` is above `byte`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Question {
    pub lane: u16,
    pub byte: u8,
}

impl Question {
    /// All rows answer that they go left.
    pub(super) const NONE: Question = Question {
        lane: 0,
        byte: u8::MAX,
    };
}

/// Which thresholds each lane counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Rulers {
    all: Vec<Ruler>,
    /// The first lane of each attribute.
    first: Vec<usize>,
    edges: Vec<Vec<f32>>,
}

/// The thresholds of one lane.
#[derive(Clone, Debug, PartialEq)]
struct Ruler {
    attribute: usize,
    /// Ascending, infinite beyond the last.
    edges: [f32; MOST + 1],
}

impl Rulers {
    /// `edges` holds all thresholds of each attribute, ascending.
    pub(super) fn new(edges: Vec<Vec<f32>>) -> Self {
        let (mut rulers, mut first) = (Vec::new(), Vec::new());
        for (attribute, edges) in edges.iter().enumerate() {
            first.push(rulers.len());
            rulers.extend(edges.chunks(MOST).map(|some| Ruler::new(attribute, some)));
        }
        Self {
            all: rulers,
            first,
            edges,
        }
    }

    /// How many lanes, one at least.
    pub(super) fn lanes(&self) -> usize {
        self.all.len().max(1)
    }

    /// The question whether a value is above one of the thresholds.
    pub(super) fn above(&self, attribute: usize, threshold: f32) -> Question {
        let bin = usize::from(bin(&self.edges[attribute], threshold));
        Question {
            lane: (self.first[attribute] + bin / MOST) as u16,
            byte: (bin % MOST) as u8,
        }
    }
}

impl Ruler {
    fn new(attribute: usize, some: &[f32]) -> Self {
        let mut edges = [f32::INFINITY; MOST + 1];
        edges[..some.len()].copy_from_slice(some);
        Self { attribute, edges }
    }

    /// How many thresholds lie below each of some values; none below NaN.
    fn count(&self, values: &[f32], counts: &mut [u8]) {
        for (&x, count) in values.iter().zip(counts) {
            let mut low = 0;
            for half in [128, 64, 32, 16, 8, 4, 2, 1] {
                low += half * usize::from(self.edges[(low + half - 1) % (MOST + 1)] < x);
            }
            *count = low as u8;
        }
    }
}

/// The bytes of some rows.
#[derive(Debug)]
pub(super) struct Bytes {
    /// How many rows.
    pub rows: usize,
    /// How many bytes a row has.
    pub width: usize,
    /// By block and lane.
    lanes: Vec<Lane>,
    /// By row.
    by_row: Vec<u8>,
}

impl Bytes {
    /// Room for rows, whole blocks of them.
    pub(super) fn new(rulers: &Rulers, rows: usize) -> Self {
        let width = rulers.lanes();
        Self {
            rows: 0,
            width,
            lanes: vec![Lane([0; BLOCK]); rows / BLOCK * width],
            by_row: vec![0; rows * width],
        }
    }

    /// Takes in rows given by column, at most as many as there is room for.
    pub(super) fn load(&mut self, rulers: &Rulers, columns: &[&[f32]]) {
        self.rows = columns.first().map_or(0, |column| column.len());
        for (l, ruler) in rulers.all.iter().enumerate() {
            let lanes = self.lanes[l..].iter_mut().step_by(self.width);
            for (values, lane) in columns[ruler.attribute].chunks(BLOCK).zip(lanes) {
                ruler.count(values, &mut lane.0);
            }
        }
        let rows = self.by_row.chunks_exact_mut(self.width * BLOCK);
        let blocks = self.lanes.chunks_exact(self.width).zip(rows);
        for (lanes, rows) in blocks.take(self.rows.div_ceil(BLOCK)) {
            for (v, row) in rows.chunks_exact_mut(self.width).enumerate() {
                for (byte, lane) in row.iter_mut().zip(lanes) {
                    *byte = lane.0[v];
                }
            }
        }
    }

    /// The lanes of each block of rows; the last may hold rows of no meaning.
    pub(super) fn blocks(&self) -> impl Iterator<Item = &[Lane]> {
        let blocks = self.lanes.chunks_exact(self.width);
        blocks.take(self.rows.div_ceil(BLOCK))
    }

    /// The bytes of one row after the other.
    pub(super) fn by_row(&self) -> &[u8] {
        &self.by_row[..self.rows * self.width]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bytes_answer_as_values_do(
            edges in proptest::collection::btree_set(-2000i16..2000, 0..900),
            values in proptest::collection::vec(-2100i16..2100, 1..200),
        ) {
            let edges: Vec<f32> = edges.into_iter().map(f32::from).collect();
            let mut values: Vec<f32> = values.into_iter().map(f32::from).collect();
            values.extend([f32::INFINITY, f32::NEG_INFINITY, f32::NAN]);
            let rulers = Rulers::new(vec![vec![], edges.clone(), vec![0.5]]);
            let mut bytes = Bytes::new(&rulers, 256);
            bytes.load(&rulers, &[&values, &values, &values]);
            let goes = |attribute: usize, t: f32, v: usize| {
                let Question { lane, byte } = rulers.above(attribute, t);
                let of_row = bytes.by_row()[v * bytes.width..][usize::from(lane)];
                let block = bytes.blocks().nth(v / BLOCK).unwrap();
                assert_eq!(of_row, block[usize::from(lane)].0[v % BLOCK]);
                of_row > byte
            };
            for (v, &x) in values.iter().enumerate() {
                for &t in &edges {
                    prop_assert_eq!(goes(1, t, v), x > t);
                }
                prop_assert_eq!(goes(2, 0.5, v), x > 0.5);
            }
        }
    }
}
