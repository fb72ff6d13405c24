//! Lines of a journal: RON behind a checksum that also covers the lines before.

use serde::{Deserialize, Serialize};

use super::{Edit, SessionError, text};

/// Version of the journal format, and the newest that is read.
pub(super) const JOURNAL_VERSION: u32 = 1;

/// One line of a journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Record {
    /// The session file with this hash holds the state of this revision. The
    /// first line; also written before each save, so that a crash between the
    /// save and the new journal is seen for what it is.
    State {
        version: u32,
        file: String,
        revision: usize,
    },
    /// An edit, and the revision that it leads to: known already for undo and redo.
    Step { to: usize, edit: Edit },
}

impl Record {
    pub(super) fn state(file: &str, revision: usize) -> Self {
        Self::State {
            version: JOURNAL_VERSION,
            file: file.to_owned(),
            revision,
        }
    }
}

/// Hash of a session file, as journals name it.
pub(super) fn hash(bytes: &[u8]) -> String {
    let hash = blake3::hash(bytes).to_hex();
    hash.get(..32).unwrap_or_default().to_owned()
}

/// Checksum of a line: the line before vouches for those before it, so a line
/// that was lost or moved is noticed too.
fn checksum(before: &str, ron: &str) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(before.as_bytes());
    hasher.update(ron.as_bytes());
    let hash = hasher.finalize().to_hex();
    hash.get(..16).unwrap_or_default().to_owned()
}

/// Lines of records that follow a line with checksum `before` (empty for the
/// first), and the checksum of the last.
pub(super) fn encode(records: &[Record], before: &str) -> Result<(String, String), SessionError> {
    let (mut lines, mut check) = (String::new(), before.to_owned());
    for record in records {
        let ron = text::dialect()
            .to_string(record)
            .map_err(|error| SessionError::Unwritable {
                reason: error.to_string(),
            })?;
        check = checksum(&check, &ron);
        lines.push_str(&check);
        lines.push(' ');
        lines.push_str(&ron);
        lines.push('\n');
    }
    Ok((lines, check))
}

/// What a journal holds.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Decoded {
    /// Records up to the first line that cannot be read.
    pub(super) records: Vec<Record>,
    /// That line, from 1, unless it is merely the torn end of the last write.
    pub(super) damaged: Option<usize>,
    /// Version of a journal that a newer program wrote.
    pub(super) newer: Option<u32>,
}

/// Only the version of a first line, whatever else it holds.
#[derive(Deserialize)]
enum Versioned {
    State { version: u32 },
}

/// Reads a journal as far as it is whole. A last line without its line end is
/// the write during which the process died: it is taken if its checksum holds,
/// and passed over if not.
pub(super) fn decode(bytes: &[u8]) -> Decoded {
    let mut decoded = Decoded::default();
    let mut check = String::new();
    for (i, line) in bytes.split_inclusive(|&b| b == b'\n').enumerate() {
        let whole = line.ends_with(b"\n");
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let checked = str::from_utf8(line)
            .ok()
            .and_then(|line| line.split_once(' '))
            .filter(|(found, ron)| checksum(&check, ron) == *found);
        let Some((found, ron)) = checked else {
            decoded.damaged = whole.then_some(i + 1);
            break;
        };
        if i == 0
            && let Ok(Versioned::State { version }) = text::dialect().from_str(ron)
            && version > JOURNAL_VERSION
        {
            decoded.newer = Some(version);
            break;
        }
        let Ok(record) = text::dialect().from_str(ron) else {
            decoded.damaged = Some(i + 1);
            break;
        };
        decoded.records.push(record);
        found.clone_into(&mut check);
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_were_moved_or_lost_are_noticed() {
        let records: Vec<Record> = (0..4).map(|n| Record::state("f", n)).collect();
        let (text, _) = encode(&records, "").unwrap();
        assert_eq!(decode(text.as_bytes()).records, records);
        let lines: Vec<&str> = text.lines().collect();
        let damaged = |order: &[usize]| {
            let text: Vec<String> = order.iter().map(|&i| lines[i].to_owned() + "\n").collect();
            let decoded = decode(text.concat().as_bytes());
            (decoded.records.len(), decoded.damaged)
        };
        assert_eq!(damaged(&[0, 1, 2, 3]), (4, None));
        assert_eq!(damaged(&[0, 2, 3]), (1, Some(2)));
        assert_eq!(damaged(&[0, 2, 1, 3]), (1, Some(2)));
        assert_eq!(damaged(&[0, 1, 1]), (2, Some(3)));
    }

    #[test]
    fn a_newer_journal_is_told_by_its_first_line() {
        let ron = "State(version: 2, file: \"f\", revision: 0, colour: Red)";
        let line = format!("{} {ron}\n", checksum("", ron));
        assert_eq!(decode(line.as_bytes()).newer, Some(2));
        assert_eq!(decode(b"\0\0\0\0"), Decoded::default());
        assert_eq!(decode(b""), Decoded::default());
    }
}
