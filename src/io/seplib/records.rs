//! The records of a header format file: words of four bytes, described key by key.

use crate::io::IoError;
use crate::io::samples::ByteOrder;
use crate::io::source::Source;

use super::history::History;
use super::pointer;

/// Bytes of a header word.
pub(super) const WORD: u64 = 4;
/// Most keys that a record may have.
const MOST_KEYS: u64 = 1000;
/// Records that tell whether `trid` is used at all.
const TRID_SAMPLE: u64 = 256;
/// Key of the word that tells which trace a record belongs to.
pub(super) const RECORD_NUMBER: &str = "data_record_number";

/// Records of header words.
#[derive(Debug)]
pub(super) struct Records {
    /// The text that describes them.
    pub(super) text: Vec<u8>,
    pub(super) keys: Vec<Key>,
    source: Source,
    first: u64,
    pub(super) count: u64,
    pub(super) columns: Columns,
}

/// One word of a record.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Key {
    pub(super) name: String,
    float: bool,
    pub(super) order: ByteOrder,
}

/// Where the words that Outcrop reads stand in a record.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Columns {
    /// The trace with the samples, from 1, where it is not the record's own.
    pub(super) trace: Option<usize>,
    pub(super) live: Option<usize>,
    pub(super) line: Option<usize>,
    pub(super) cdp: Option<usize>,
    x: Option<usize>,
    y: Option<usize>,
    /// What 32 bits of x and y leave over.
    x_rest: Option<usize>,
    y_rest: Option<usize>,
}

impl Records {
    pub(super) fn open(parent: &History, notes: &mut Vec<String>) -> Result<Records, IoError> {
        let text = pointer::follow(parent, "hff", notes)?;
        let history = History::read(&text)?;
        let words = history.number::<u64>("n1")?.unwrap_or(0);
        if !(1..=MOST_KEYS).contains(&words) {
            return Err(history.wrong("n1", format!("{words} keys a trace header")));
        }
        let keys: Vec<Key> = (1..=words).map(|i| Key::read(&history, i)).collect();
        let mut count = 1u64;
        for n in 2..10 {
            let key = format!("n{n}");
            let places = history.number::<u64>(&key)?.unwrap_or(1);
            count = count
                .checked_mul(places)
                .ok_or_else(|| history.wrong(&key, "more trace headers than can be counted"))?;
        }
        let (source, first) = pointer::binary(&history, &text, notes)?;
        let needed = (count.checked_mul(words * WORD))
            .and_then(|size| size.checked_add(first))
            .ok_or_else(|| history.wrong("n2", "more trace headers than can be counted"))?;
        if needed > source.len() {
            return Err(IoError::Truncated {
                path: source.path().to_owned(),
                what: "the trace headers",
                needed,
                found: source.len(),
            });
        }
        let column = |name: &str| keys.iter().position(|key| key.name == name);
        let pointed = history.number::<i64>("same_record_number")? == Some(0);
        Ok(Records {
            columns: Columns {
                trace: column(RECORD_NUMBER).filter(|_| pointed),
                live: column("trid"),
                line: column("line_no"),
                cdp: column("cdp_no"),
                x: column("cdp_x"),
                y: column("cdp_y"),
                x_rest: column("cdp_x_rest"),
                y_rest: column("cdp_y_rest"),
            },
            text: history.text,
            keys,
            source,
            first,
            count,
        })
    }

    /// The words of some records, side by side; zeros where there is no record.
    pub(super) fn words(&self, numbers: &[Option<u64>]) -> Result<Vec<u8>, IoError> {
        let record = self.keys.len() * WORD as usize;
        let mut bytes = vec![0; numbers.len() * record];
        let mut from = 0;
        while let Some(&number) = numbers.get(from) {
            let Some(first) = number else {
                from += 1;
                continue;
            };
            let together = (numbers.iter().skip(from).zip(first..))
                .take_while(|(number, next)| **number == Some(*next))
                .count();
            if let Some(part) = bytes.get_mut(from * record..(from + together) * record) {
                self.source.read(self.first + first * record as u64, part)?;
            }
            from += together;
        }
        Ok(bytes)
    }

    /// The value of a word of a record.
    pub(super) fn value(&self, words: &[u8], column: Option<usize>) -> Option<f64> {
        let column = column?;
        let word = *words.as_chunks::<4>().0.get(column)?;
        self.keys.get(column).map(|key| key.value(word))
    }

    pub(super) fn live(&self, words: &[u8]) -> bool {
        // SEPlib's 0 is padding, SEG-Y's 2 a dead trace.
        !matches!(self.value(words, self.columns.live), Some(0.0 | 2.0))
    }

    pub(super) fn position(&self, words: &[u8]) -> Option<(f64, f64)> {
        let value = |column| self.value(words, column).filter(|v| v.is_finite());
        let x = value(self.columns.x)? + value(self.columns.x_rest).unwrap_or(0.0);
        let y = value(self.columns.y)? + value(self.columns.y_rest).unwrap_or(0.0);
        ((x, y) != (0.0, 0.0)).then_some((x, y))
    }

    /// False where the live flag is 0 wherever one looks, as unset words are.
    pub(super) fn tells_live(&self) -> Result<bool, IoError> {
        let step = (self.count / TRID_SAMPLE).max(1) as usize;
        for number in (0..self.count).step_by(step) {
            let words = self.words(&[Some(number)])?;
            if self
                .value(&words, self.columns.live)
                .is_some_and(|v| v != 0.0)
            {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl Key {
    pub(super) fn read(history: &History, i: u64) -> Key {
        let word = |name: &str| history.get(&format!("{name}{i}")).unwrap_or("");
        Key {
            name: word("hdrkey").to_owned(),
            float: word("hdrtype").ends_with("float"),
            order: order(word("hdrfmt")),
        }
    }

    pub(super) fn value(&self, word: [u8; 4]) -> f64 {
        let bits = self.order.u32(word);
        if self.float {
            f64::from(f32::from_bits(bits))
        } else {
            f64::from(bits.cast_signed())
        }
    }
}

/// The byte order that a format such as `xdr_int` names.
pub(super) fn order(format: &str) -> ByteOrder {
    if format.starts_with("native") {
        ByteOrder::Little
    } else {
        ByteOrder::Big
    }
}
