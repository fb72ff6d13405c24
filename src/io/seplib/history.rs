//! The ASCII half of a SEPlib volume: free text in which programs leave
//! `key=value`, the last one of a key counting.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::io::IoError;
use crate::io::source::Source;

/// Longest history that is read; real ones have some kilobytes.
const LONGEST: usize = 16 << 20;
/// Bytes that are read at first.
const FIRST_LOOK: usize = 64 << 10;
/// Coordinates from here on leave no room for whole numbers beside them.
const TOO_LARGE: f64 = 1e15;
/// Ends the text where the samples follow in the same file.
const EOT: u8 = 4;
const FORM_FEED: u8 = 12;
/// Most bytes of such a mark.
const LONGEST_MARK: usize = 16;

/// A parsed history.
#[derive(Debug, Default)]
pub(in crate::io) struct History {
    /// The text, byte by byte, up to the mark that ends it.
    pub(super) text: Vec<u8>,
    /// Last value of each key.
    pub(super) keys: BTreeMap<String, String>,
    /// Byte after the mark, where samples may follow.
    pub(super) after: Option<u64>,
    path: PathBuf,
}

impl History {
    /// Reads the text of a file, as far as the mark that ends it.
    pub(super) fn read(source: &Source) -> Result<History, IoError> {
        let (mut bytes, mut end, mut limit) = (Vec::new(), None, FIRST_LOOK);
        while end.is_none() && (bytes.len() as u64) < source.len() {
            if bytes.len() >= LONGEST {
                return Err(IoError::NotAVolume {
                    path: source.path().to_owned(),
                    reason: format!("no history ends in its first {LONGEST} bytes"),
                });
            }
            bytes = source.bytes(0, limit)?;
            end = bytes.iter().position(|&b| matches!(b, EOT | FORM_FEED));
            limit *= 4;
        }
        let end = end.unwrap_or(bytes.len());
        let after = mark_ends(source, end as u64)?;
        bytes.truncate(end);
        Ok(History {
            keys: parse(&String::from_utf8_lossy(&bytes)),
            text: bytes,
            after,
            path: source.path().to_owned(),
        })
    }

    /// The value of a key.
    pub(in crate::io) fn get(&self, key: &str) -> Option<&str> {
        self.keys.get(key).map(String::as_str)
    }

    /// The value of a key as a number; an error where it is none.
    pub(in crate::io) fn number<T: std::str::FromStr>(
        &self,
        key: &str,
    ) -> Result<Option<T>, IoError> {
        self.get(key)
            .map(|text| {
                text.trim()
                    .parse()
                    .map_err(|_| self.wrong(key, format!("`{text}` is not a number")))
            })
            .transpose()
    }

    /// The same for coordinates: finite, and small enough to count with.
    pub(super) fn coordinate(&self, key: &str) -> Result<Option<f64>, IoError> {
        match self.number::<f64>(key)? {
            Some(v) if !v.is_finite() => Err(self.wrong(key, format!("`{v}` is not finite"))),
            Some(v) if v.abs() >= TOO_LARGE => {
                Err(self.wrong(key, format!("`{v:e}` is no coordinate of a survey")))
            }
            other => Ok(other),
        }
    }

    pub(super) fn wrong(&self, key: &str, reason: impl Into<String>) -> IoError {
        IoError::Key {
            path: self.path.clone(),
            key: key.to_owned(),
            reason: crate::model::printable(&reason.into()),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// Byte after the mark that ends a text at `end`: form feeds and one EOT, the
/// way SEPlib and Madagascar write it (0c 0c 04). Nothing where there is none.
fn mark_ends(source: &Source, end: u64) -> Result<Option<u64>, IoError> {
    let mark = source.bytes(end, LONGEST_MARK)?;
    let feeds = mark.iter().take_while(|&&b| b == FORM_FEED).count();
    let ended = mark.get(feeds) == Some(&EOT);
    Ok(ended.then_some(end + feeds as u64 + 1))
}

/// The last value of every `key=value` and `key="some words"` of a text; what
/// follows a `#` on a line is a comment.
pub(in crate::io) fn parse(text: &str) -> BTreeMap<String, String> {
    let mut keys = BTreeMap::new();
    for line in text.lines() {
        let mut rest = line.trim_start();
        while !rest.is_empty() && !rest.starts_with('#') {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            let (key, value) = match rest[..end].split_once('=') {
                Some((key, _)) if !key.is_empty() => (key, &rest[key.len() + 1..]),
                _ => {
                    rest = rest[end..].trim_start();
                    continue;
                }
            };
            let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
            let (value, after) = if let Some(quote) = quote {
                let inner = &value[1..];
                let close = inner.find(quote).unwrap_or(inner.len());
                (&inner[..close], inner.get(close + 1..).unwrap_or(""))
            } else {
                let close = value.find(char::is_whitespace).unwrap_or(value.len());
                value.split_at(close)
            };
            keys.insert(key.to_owned(), value.to_owned());
            rest = after.trim_start();
        }
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_last_value_counts() {
        let keys = parse("sfwrite:\tn1=4 n1=5\n in=\"a b.H@\" # n1=9\nlabel1='two words' o1=-1.5");
        assert_eq!(keys["n1"], "5");
        assert_eq!(keys["in"], "a b.H@");
        assert_eq!(keys["label1"], "two words");
        assert_eq!(keys["o1"], "-1.5");
    }

    #[test]
    fn words_blanks_and_open_quotes_do_no_harm() {
        let keys = parse("a word, =nothing x= y=\"open n1=3\nn2=7\"\"n3=1 k=v=w");
        assert_eq!(keys["x"], "");
        assert_eq!(keys["y"], "open n1=3");
        assert_eq!(keys["n2"], "7\"\"n3=1");
        assert_eq!(keys["k"], "v=w");
        assert!(!keys.contains_key(""));
    }

    proptest! {
        #[test]
        fn any_text_parses(text: String) {
            parse(&text);
        }
    }
}
