//! The words of a trace header by name, and what values they take in a file.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::io::samples::ByteOrder;

use super::header::{TRACE_HEADER, i16_at, i32_at};

/// First byte, width and name of the 91 words of a trace header (revision 1; later
/// ones name the last two).
pub(super) const WORDS: [(usize, usize, &str); 91] = [
    (1, 4, "trace in line"),
    (5, 4, "trace in file"),
    (9, 4, "field record"),
    (13, 4, "trace in field record"),
    (17, 4, "energy source point"),
    (21, 4, "CDP"),
    (25, 4, "trace in CDP"),
    (29, 2, "trace identification"),
    (31, 2, "vertically summed traces"),
    (33, 2, "horizontally stacked traces"),
    (35, 2, "data use"),
    (37, 4, "offset"),
    (41, 4, "receiver elevation"),
    (45, 4, "source elevation"),
    (49, 4, "source depth"),
    (53, 4, "receiver datum elevation"),
    (57, 4, "source datum elevation"),
    (61, 4, "source water depth"),
    (65, 4, "receiver water depth"),
    (69, 2, "elevation scalar"),
    (71, 2, "coordinate scalar"),
    (73, 4, "source x"),
    (77, 4, "source y"),
    (81, 4, "receiver x"),
    (85, 4, "receiver y"),
    (89, 2, "coordinate units"),
    (91, 2, "weathering velocity"),
    (93, 2, "subweathering velocity"),
    (95, 2, "source uphole time"),
    (97, 2, "receiver uphole time"),
    (99, 2, "source static"),
    (101, 2, "receiver static"),
    (103, 2, "total static"),
    (105, 2, "lag time A"),
    (107, 2, "lag time B"),
    (109, 2, "delay"),
    (111, 2, "mute start"),
    (113, 2, "mute end"),
    (115, 2, "samples"),
    (117, 2, "sample interval"),
    (119, 2, "gain type"),
    (121, 2, "gain constant"),
    (123, 2, "initial gain"),
    (125, 2, "correlated"),
    (127, 2, "sweep start"),
    (129, 2, "sweep end"),
    (131, 2, "sweep length"),
    (133, 2, "sweep type"),
    (135, 2, "sweep taper at the start"),
    (137, 2, "sweep taper at the end"),
    (139, 2, "taper type"),
    (141, 2, "alias filter frequency"),
    (143, 2, "alias filter slope"),
    (145, 2, "notch filter frequency"),
    (147, 2, "notch filter slope"),
    (149, 2, "low-cut frequency"),
    (151, 2, "high-cut frequency"),
    (153, 2, "low-cut slope"),
    (155, 2, "high-cut slope"),
    (157, 2, "year"),
    (159, 2, "day of year"),
    (161, 2, "hour"),
    (163, 2, "minute"),
    (165, 2, "second"),
    (167, 2, "time basis"),
    (169, 2, "weighting factor"),
    (171, 2, "receiver of roll switch one"),
    (173, 2, "receiver of first trace"),
    (175, 2, "receiver of last trace"),
    (177, 2, "gap size"),
    (179, 2, "over travel"),
    (181, 4, "CDP x"),
    (185, 4, "CDP y"),
    (189, 4, "inline"),
    (193, 4, "crossline"),
    (197, 4, "shotpoint"),
    (201, 2, "shotpoint scalar"),
    (203, 2, "unit of values"),
    (205, 4, "transduction mantissa"),
    (209, 2, "transduction power"),
    (211, 2, "transduction unit"),
    (213, 2, "device"),
    (215, 2, "time scalar"),
    (217, 2, "source type"),
    (219, 4, "source direction mantissa"),
    (223, 2, "source direction power"),
    (225, 4, "source measurement mantissa"),
    (229, 2, "source measurement power"),
    (231, 2, "source measurement unit"),
    (233, 4, "unassigned"),
    (237, 4, "unassigned"),
];

/// Bytes that are compared at once with the header before; no word lies across two
/// such pieces.
const PIECE: usize = 8;
/// Most different values of a word that are counted.
const MOST: usize = 4096;

/// How many words lie before the end of each piece of a header.
const ENDS: [usize; TRACE_HEADER / PIECE] = {
    let mut ends = [0; TRACE_HEADER / PIECE];
    let mut word = 0;
    while word < WORDS.len() {
        let mut piece = (WORDS[word].0 - 1) / PIECE;
        while piece < ends.len() {
            ends[piece] = word + 1;
            piece += 1;
        }
        word += 1;
    }
    ends
};

/// Smallest, largest and different values of each word over some headers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Tally {
    /// Headers counted.
    headers: u64,
    words: Vec<Word>,
    /// The header counted last: most of the next one is the same.
    #[serde(skip)]
    previous: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Word {
    min: i32,
    max: i32,
    /// Different values; nothing once there are more than [`MOST`].
    different: Option<BTreeSet<i32>>,
}

/// Values of one word of the trace headers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WordFacts {
    /// Its first byte, from 1.
    pub byte: usize,
    /// Bytes it takes: 2 or 4.
    pub width: usize,
    /// Its name in the standard.
    pub name: &'static str,
    /// Smallest value.
    pub min: i32,
    /// Largest value.
    pub max: i32,
    /// How many different values; where there are more than 4096, that many.
    pub unique: usize,
    /// True where there are more than that.
    pub more: bool,
}

impl Tally {
    pub(super) fn new() -> Tally {
        let word = Word {
            min: i32::MAX,
            max: i32::MIN,
            different: Some(BTreeSet::new()),
        };
        Tally {
            headers: 0,
            words: vec![word; WORDS.len()],
            previous: Vec::new(),
        }
    }

    /// Adds a header.
    pub(super) fn add(&mut self, header: &[u8], order: ByteOrder) {
        let Some(header) = header.first_chunk::<TRACE_HEADER>() else {
            return;
        };
        let mut from = 0;
        for (piece, end) in ENDS.into_iter().enumerate() {
            let bytes = piece * PIECE..(piece + 1) * PIECE;
            if self.previous.get(bytes.clone()) != header.get(bytes) {
                for i in from..end {
                    self.see(i, header, order);
                }
            }
            from = end;
        }
        self.headers += 1;
        self.previous.clear();
        self.previous.extend_from_slice(header);
    }

    /// Adds a word of a header, unless it is that of the header before.
    fn see(&mut self, i: usize, header: &[u8; TRACE_HEADER], order: ByteOrder) {
        let (byte, width, _) = WORDS[i];
        let bytes = byte - 1..byte - 1 + width;
        if self.previous.get(bytes.clone()) == header.get(bytes) {
            return;
        }
        let value = if width == 4 {
            i32_at(header, byte, order)
        } else {
            i32::from(i16_at(header, byte, order))
        };
        if let Some(word) = self.words.get_mut(i) {
            word.see(value);
        }
    }

    /// Adds what another tally counted.
    pub(super) fn join(&mut self, other: &Tally) {
        for (word, more) in self.words.iter_mut().zip(&other.words) {
            word.min = word.min.min(more.min);
            word.max = word.max.max(more.max);
            match (&mut word.different, &more.different) {
                (Some(own), Some(others)) => own.extend(others),
                _ => word.different = None,
            }
            word.limit();
        }
        self.headers += other.headers;
        if !other.previous.is_empty() {
            self.previous.clone_from(&other.previous);
        }
    }

    /// What there is to tell of each word; nothing of no headers.
    pub(super) fn facts(&self) -> Vec<WordFacts> {
        let seen = self.words.iter().zip(WORDS);
        seen.filter(|_| self.headers > 0)
            .map(|(word, (byte, width, name))| WordFacts {
                byte,
                width,
                name,
                min: word.min,
                max: word.max,
                unique: word.different.as_ref().map_or(MOST, BTreeSet::len),
                more: word.different.is_none(),
            })
            .collect()
    }
}

impl Word {
    fn see(&mut self, value: i32) {
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        if let Some(different) = &mut self.different {
            different.insert(value);
            self.limit();
        }
    }

    fn limit(&mut self) {
        if self.different.as_ref().is_some_and(|d| d.len() > MOST) {
            self.different = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_fill_the_header() {
        let mut next = 1;
        for (byte, width, name) in WORDS {
            assert_eq!(byte, next, "{name}");
            assert_eq!((byte - 1) / PIECE, (byte + width - 2) / PIECE, "{name}");
            next += width;
        }
        assert_eq!(next, 241);
    }

    /// A tally of parts is that of the whole.
    #[test]
    fn tallies_join() {
        let header = |i: i32| {
            let mut bytes = [0; 240];
            bytes[..4].copy_from_slice(&i.to_be_bytes());
            bytes[28..30].copy_from_slice(&(-1i16).to_be_bytes());
            bytes[188..192].copy_from_slice(&(7 + i % 5).to_be_bytes());
            bytes
        };
        let of = |range: std::ops::Range<i32>| {
            let mut tally = Tally::new();
            range.for_each(|i| tally.add(&header(i), ByteOrder::Big));
            tally
        };
        let mut joined = of(0..3000);
        joined.join(&of(3000..6000));
        joined.join(&Tally::new());
        assert_eq!(joined, of(0..6000));
        let facts = joined.facts();
        assert_eq!((facts[0].min, facts[0].max), (0, 5999));
        assert_eq!((facts[0].unique, facts[0].more), (MOST, true));
        let inline = facts.iter().find(|w| w.byte == 189).unwrap();
        assert_eq!((inline.min, inline.max, inline.unique), (7, 11, 5));
        assert!(!inline.more);
        assert_eq!((facts[7].min, facts[7].unique), (-1, 1));
        assert!(Tally::new().facts().is_empty());
    }
}
