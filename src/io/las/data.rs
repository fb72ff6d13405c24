//! The rows of values, and from them the curves.

use std::path::Path;

use super::header::{Delimiter, Header};
use super::{Curve, CurveValues, Las};
use crate::io::IoError;
use crate::model::printable;

/// Most curves that a file may have.
const MOST: usize = 4096;
/// Nulls of files that do not name their own.
const NULLS: [f64; 3] = [-999.25, -9999.0, -9999.25];
/// Words that stand for a null, in upper case.
const NULL_WORDS: [&str; 14] = [
    "", "(NULL)", "NULL", "-", "--", "---", "----", "NA", "N/A", "#N/A", "ERR", "IND", "#IND",
    "INVALID",
];

/// The text of the data section.
pub(super) struct Lines<'a> {
    pub(super) path: &'a Path,
    pub(super) text: &'a str,
    /// Byte where it begins.
    pub(super) from: usize,
    /// Number of its first line.
    pub(super) line: usize,
}

/// Values row by row, as places in the text.
struct Rows<'a> {
    lines: &'a Lines<'a>,
    delimiter: Delimiter,
    values: Vec<&'a str>,
    width: usize,
}

/// Reads the rows and makes the curves.
pub(super) fn read(lines: &Lines, header: Header) -> Result<Las, IoError> {
    let declared = header.curves.len();
    let mut notes = header.notes.clone();
    let mut rows = Rows {
        lines,
        delimiter: header.delimiter,
        values: Vec::new(),
        width: 0,
    };
    if header.wrapped {
        rows.read_wrapped(declared)?;
    } else {
        rows.read(declared)?;
    }
    if rows.width == 0 {
        rows.width = declared;
        notes.push("it has no rows of data".to_owned());
    } else if rows.width != declared && declared > 0 {
        notes.push(format!(
            "it declares {declared} curves, its rows have {} values",
            rows.width
        ));
    }
    let names = header.curves.iter().map(|(name, _)| name.as_str());
    let names = unique(names, rows.width.max(declared));
    let curve = |(i, mnemonic): (usize, String)| Curve {
        mnemonic,
        unit: header
            .curves
            .get(i)
            .map_or(String::new(), |(_, unit)| printable(unit)),
        values: rows.column(i, header.null),
    };
    let curves = names.into_iter().enumerate().map(curve).collect();
    let [well, identifier] = header.well;
    Ok(Las {
        version: header.version.unwrap_or(2.0),
        well: printable(if well.is_empty() { &identifier } else { &well }),
        curves,
        notes,
    })
}

/// Names of so many curves, each once: those that are missing are `UNKNOWN`, those
/// that come twice are numbered.
fn unique<'a>(names: impl Iterator<Item = &'a str>, count: usize) -> Vec<String> {
    let mut names: Vec<String> = names.map(printable).collect();
    names.resize(count, String::new());
    for name in names.iter_mut().filter(|name| name.is_empty()) {
        "UNKNOWN".clone_into(name);
    }
    let mut times = std::collections::BTreeMap::new();
    for name in &names {
        *times.entry(name.to_uppercase()).or_insert((0, 0)) = {
            let (all, _) = times.get(&name.to_uppercase()).copied().unwrap_or((0, 0));
            (all + 1, 0)
        };
    }
    for name in &mut names {
        if let Some((2.., seen)) = times.get_mut(&name.to_uppercase()) {
            *seen += 1;
            *name = format!("{name}:{seen}");
        }
    }
    names
}

impl<'a> Rows<'a> {
    fn line_error(&self, line: usize, reason: String) -> IoError {
        IoError::Line {
            path: self.lines.path.to_owned(),
            line,
            reason,
        }
    }

    /// Lines of values with their numbers: comments and blank lines are passed
    /// over, another section ends them.
    fn lines(&self) -> impl Iterator<Item = (usize, &'a str)> + use<'a> {
        let text: &'a str = self.lines.text;
        let from = self.lines.from.min(text.len());
        (self.lines.line..)
            .zip(text[from..].lines())
            .map(|(number, line)| (number, line.trim()))
            .take_while(|(_, line)| !line.starts_with('~'))
            .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
    }

    /// One row a line.
    fn read(&mut self, declared: usize) -> Result<(), IoError> {
        for (number, line) in self.lines() {
            let wanted = if self.width > 0 { self.width } else { declared };
            let mut row = self.split(line, wanted);
            if row.len() < wanted {
                row = apart(row, wanted);
            }
            if self.width == 0 {
                self.width = row.len();
                self.check_width(number)?;
            }
            if row.len() != self.width {
                return Err(self.line_error(
                    number,
                    format!(
                        "{} values, the rows before have {}; correct the line or leave it out",
                        row.len(),
                        self.width
                    ),
                ));
            }
            self.values.extend(row);
        }
        Ok(())
    }

    /// Rows over several lines: each begins on a line of its own.
    fn read_wrapped(&mut self, declared: usize) -> Result<(), IoError> {
        if declared == 0 {
            return Err(self.line_error(
                self.lines.line,
                "its rows are wrapped, but no ~C section tells how many curves there are".into(),
            ));
        }
        self.width = declared;
        self.check_width(self.lines.line)?;
        let mut last = self.lines.line;
        for (number, line) in self.lines() {
            let missing = declared - self.values.len() % declared;
            let row = self.split(line, 0);
            if row.len() > missing {
                return Err(self.line_error(
                    number,
                    format!(
                        "{} values, but its row lacks only {missing} of {declared}",
                        row.len()
                    ),
                ));
            }
            self.values.extend(row);
            last = number;
        }
        let left = self.values.len() % declared;
        if left > 0 {
            let reason = format!("the last row has {left} of {declared} values");
            return Err(self.line_error(last, reason));
        }
        Ok(())
    }

    fn check_width(&self, line: usize) -> Result<(), IoError> {
        if self.width > MOST {
            let reason = format!("{} values in a row; at most {MOST} are read", self.width);
            return Err(self.line_error(line, reason));
        }
        Ok(())
    }

    /// The values of a line.
    fn split(&self, line: &'a str, wanted: usize) -> Vec<&'a str> {
        let parts = |by: char| line.split(by).map(|v| v.trim().trim_matches(['"', '\'']));
        match self.delimiter {
            Delimiter::Comma => parts(',').collect(),
            Delimiter::Tab => parts('\t').collect(),
            Delimiter::Blank => {
                let row = words(line);
                // Commas that nobody announced, unless they are decimal marks.
                if row.len() == 1 && wanted > 1 && line.matches(',').count() + 1 == wanted {
                    return parts(',').collect();
                }
                row
            }
        }
    }

    fn column(&self, i: usize, null: Option<f64>) -> CurveValues {
        let absent = i >= self.width;
        let rows = self.values.len() / self.width.max(1);
        if absent {
            return CurveValues::Numbers(vec![f64::NAN; rows]);
        }
        let texts = || self.values.iter().skip(i).step_by(self.width).copied();
        let is_null = |text: &str| NULL_WORDS.contains(&text.to_uppercase().as_str());
        // The index is never null: depths may well be -9999 in some datum.
        let value = |v: f64| {
            let nulls = NULLS.iter().copied().chain(null);
            let void = !v.is_finite() || (i > 0 && nulls.into_iter().any(|n| n == v));
            if void { f64::NAN } else { v }
        };
        let numbers: Option<Vec<f64>> = texts()
            .map(|text| match number(text) {
                Some(v) => Some(value(v)),
                None => is_null(text).then_some(f64::NAN),
            })
            .collect();
        numbers.map_or_else(
            || {
                let known = |text: &str| {
                    let void = is_null(text) || number(text).is_some_and(|v| value(v).is_nan());
                    if void { String::new() } else { printable(text) }
                };
                CurveValues::Words(texts().map(known).collect())
            },
            CurveValues::Numbers,
        )
    }
}

/// Words of a line, parted by blanks; quoted ones may hold some.
fn words(line: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        let quoted = matches!(first, '"' | '\'')
            .then(|| rest[1..].find(first))
            .flatten();
        let (word, after) = match quoted {
            Some(end) => (&rest[1..=end], &rest[end + 2..]),
            None => rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len())),
        };
        words.push(word);
        rest = after.trim_start();
    }
    words
}

/// A row with too few values, those that ran together taken apart: `7.3-195.2` are
/// two numbers, `7.020101130.188` are two that nobody can tell any more. The row as
/// it was, where that does not make as many as are wanted.
fn apart(row: Vec<&str>, wanted: usize) -> Vec<&str> {
    let mut parts = Vec::with_capacity(wanted);
    for &value in &row {
        if number(value).is_some()
            || !value
                .chars()
                .all(|c| c.is_ascii_digit() || "+-.".contains(c))
        {
            parts.push(value);
            continue;
        }
        let mut from = 0;
        for (at, _) in value.match_indices('-').filter(|(at, _)| *at > 0) {
            parts.push(&value[from..at]);
            from = at;
        }
        let last = &value[from..];
        match last.matches('.').count() {
            0 | 1 => parts.push(last),
            n => parts.extend(std::iter::repeat_n("", n)),
        }
    }
    if parts.len() == wanted { parts } else { row }
}

/// A number, with a decimal comma or the exponent of Fortran if need be.
fn number(text: &str) -> Option<f64> {
    let plain = text.parse().ok();
    plain.or_else(|| {
        // Infinities and not-a-numbers as C writes them on Windows.
        if text.contains(".#") {
            return Some(f64::NAN);
        }
        let digits = |c: char| c.is_ascii_digit() || "+-.,eEdD".contains(c);
        let usual = text.replace(',', ".").replace(['d', 'D'], "e");
        text.chars().all(digits).then(|| usual.parse().ok())?
    })
}
