//! LAS: well logs as text, after the standards of the Canadian Well Logging
//! Society (LAS 1.2, 1990; 2.0, 1992; of 3.0, 1999, the log section).
//!
//! Files are read as people write them. Any of UTF-8, UTF-16 and Latin-1;
//! wrapped or one row a line; blanks, tabs or commas between values; decimal
//! commas; values run together; sections in any order before the data; curves
//! without a name (`UNKNOWN`), with the same name (`RES:1`, `RES:2`), declared
//! and absent from the data, or the other way round. What cannot be understood
//! is an error with its line, what was guessed is a note.

mod data;
mod header;
mod text;

#[cfg(test)]
mod tests;

use std::path::Path;

use super::IoError;
use super::source::irregular;
use crate::model::printable;

use self::header::{Header, Section};

/// Longest file that is read, in bytes: a thousand times a usual one.
const LONGEST: u64 = 256 << 20;

/// A LAS file in memory.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Las {
    /// Version of the standard that it names; 2 where it names none.
    pub version: f64,
    /// Name of the well, or its identifier; empty where it has neither.
    pub well: String,
    /// The curves, the index (depth or time) first.
    pub curves: Vec<Curve>,
    /// What a person should know of how it was read.
    pub notes: Vec<String>,
}

/// One curve: a column of the data.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// Its name, made unique: of two `RES` the first is `RES:1`.
    pub mnemonic: String,
    /// Its unit as written, without brackets.
    pub unit: String,
    /// One value a row.
    pub values: CurveValues,
}

/// The values of a curve.
#[derive(Clone, Debug, PartialEq)]
pub enum CurveValues {
    /// Numbers, NaN for null: the file's `NULL`, −999.25, −9999, −9999.25, and
    /// words such as `(null)`, `ERR` and `-`.
    Numbers(Vec<f64>),
    /// Words, empty for null, of a curve with any value that is no number.
    Words(Vec<String>),
}

impl Las {
    /// The curve of a name, whatever its case.
    pub fn curve(&self, name: &str) -> Option<&Curve> {
        let same = |c: &&Curve| c.mnemonic.eq_ignore_ascii_case(name);
        self.curves.iter().find(same)
    }
}

/// Reads a LAS file whole. Cost: the text, and 8 bytes a value twice.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("a.las");
/// std::fs::write(
///     &path,
///     "~V\nVERS. 2.0:\nWRAP. NO:\n~W\nNULL. -999.25:\n~C\nDEPT.M:\nPHIE.V/V:\n~A\n100 0.2\n100.5 -999.25\n",
/// )?;
/// let las = outcrop::io::read_las(&path)?;
/// assert_eq!((las.curves.len(), las.curves[1].unit.as_str()), (2, "V/V"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_las(path: &Path) -> Result<Las, IoError> {
    let found = std::fs::metadata(path).map_err(IoError::system(path, "cannot open"))?;
    let wrong = |reason: &str| IoError::Text {
        path: path.to_owned(),
        reason: reason.to_owned(),
    };
    if let Some(reason) = irregular(&found) {
        return Err(wrong(reason));
    }
    if found.len() > LONGEST {
        return Err(wrong("more than 256 MB are too many for a file of logs"));
    }
    let bytes = std::fs::read(path).map_err(IoError::system(path, "cannot read"))?;
    parse(path, &text::decode(&bytes))
}

/// Understands the text of a LAS file.
fn parse(path: &Path, text: &str) -> Result<Las, IoError> {
    let mut header = Header::default();
    let mut section = Section::Other;
    let mut sections = 0;
    let mut offset = 0;
    for (number, raw) in (1..).zip(text.split_inclusive('\n')) {
        let start = offset;
        offset += raw.len();
        let line = raw.trim();
        if let Some(title) = line.strip_prefix('~') {
            sections += 1;
            section = header.section(title);
            if section == Section::Data {
                let rest = data::Lines {
                    path,
                    text,
                    from: start + raw.len(),
                    line: number + 1,
                };
                return data::read(&rest, header);
            }
        } else if !line.is_empty() && !line.starts_with('#') {
            header.item(section, number, line);
        }
    }
    if sections == 0 {
        let first: String = printable(text.trim()).chars().take(40).collect();
        return Err(IoError::Text {
            path: path.to_owned(),
            reason: format!(
                "it has no section such as ~A, so it is no LAS file; it begins `{first}`"
            ),
        });
    }
    let rest = data::Lines {
        path,
        text: "",
        from: 0,
        line: 0,
    };
    data::read(&rest, header)
}
