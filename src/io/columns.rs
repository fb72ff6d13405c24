//! Tables of numbers that people and programs write: headings, comments, any
//! separator.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use super::IoError;
use super::source::irregular;
use crate::model::printable;

/// Longest file that is read, and longest line of one.
const LONGEST: u64 = 256 << 20;
const LONGEST_LINE: u64 = 1 << 16;
/// Lines before the first numbers.
const HEAD: usize = 200;
/// Most columns.
const MOST: usize = 64;

/// For each column that is looked for the names it goes by, in lower case.
pub(super) type Heading = &'static [&'static [&'static str]];

/// Rows of equally many numbers.
#[derive(Debug)]
pub(super) struct Columns {
    numbers: Vec<f64>,
    width: usize,
    named: Vec<Option<usize>>,
    /// Line of each row, from 1.
    lines: Vec<u32>,
    /// Words behind the numbers of rows, by row.
    words: BTreeMap<usize, String>,
}

impl Columns {
    /// Its rows.
    pub(super) fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.numbers.chunks_exact(self.width)
    }

    /// The line of a row, from 1.
    pub(super) fn line(&self, row: usize) -> usize {
        self.lines.get(row).map_or(0, |line| *line as usize)
    }

    /// The word behind the numbers of a row.
    pub(super) fn word(&self, row: usize) -> Option<&str> {
        self.words.get(&row).map(String::as_str)
    }

    /// Numbers of a row.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Where the heading says the columns are.
    pub(super) fn named<const N: usize>(&self) -> [Option<usize>; N] {
        std::array::from_fn(|i| self.named.get(i).copied().flatten())
    }
}

/// Reads a file of rows of `least` or more numbers. What stands before the first row
/// is a heading, lines that begin with `#`, `!` or `*` are comments; words within a
/// row (`INLINE : 200`) are passed over. Each row must have as many numbers as the
/// first.
pub(super) fn columns(path: &Path, heading: Heading, least: usize) -> Result<Columns, IoError> {
    let wrong = |reason: &str| IoError::Text {
        path: path.to_owned(),
        reason: reason.to_owned(),
    };
    let line_error = |line: usize, reason: String| IoError::Line {
        path: path.to_owned(),
        line,
        reason,
    };
    let found = std::fs::metadata(path).map_err(IoError::system(path, "cannot open"))?;
    if let Some(reason) = irregular(&found) {
        return Err(wrong(reason));
    }
    if found.len() > LONGEST {
        return Err(wrong("more than 256 MB are too many for a table of picks"));
    }
    let file = std::fs::File::open(path).map_err(IoError::system(path, "cannot open"))?;
    let mut reader = BufReader::with_capacity(1 << 20, file.take(LONGEST));
    let mut table = Columns {
        numbers: Vec::new(),
        width: 0,
        named: Vec::new(),
        lines: Vec::new(),
        words: BTreeMap::new(),
    };
    let (mut bytes, mut line) = (Vec::new(), 0);
    loop {
        bytes.clear();
        let n = (reader.by_ref().take(LONGEST_LINE))
            .read_until(b'\n', &mut bytes)
            .map_err(IoError::system(path, "cannot read"))?;
        if n == 0 {
            break;
        }
        line += 1;
        if n as u64 == LONGEST_LINE {
            return Err(line_error(
                line,
                "more than 64 KB in one line; is it text?".to_owned(),
            ));
        }
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim();
        let comment = text.starts_with(['#', '!', '*']);
        let first = table.width == 0;
        if first && text.starts_with("-996 ") {
            return Err(wrong(
                "it is a grid of Irap; export it as points (x y z a line)",
            ));
        }
        if text.is_empty() || comment {
            if first && comment {
                note_heading(&mut table, text, heading);
            }
            continue;
        }
        let (numbers, word) = numbers(text);
        if first {
            if numbers.len() < least {
                // A row of two numbers is a table of another kind.
                if least == 3 && numbers.len() == 2 && word.is_none() {
                    return Err(line_error(
                        line,
                        "a row needs 3 columns: inline, crossline and time".to_owned(),
                    ));
                }
                note_heading(&mut table, text, heading);
                if line > HEAD {
                    break;
                }
                continue;
            }
            table.width = numbers.len().min(MOST);
            if table
                .named
                .iter()
                .flatten()
                .any(|column| *column >= table.width)
            {
                table.named.clear();
            }
        }
        if numbers.len() < table.width {
            let shown: String = printable(text).chars().take(40).collect();
            return Err(line_error(
                line,
                format!(
                    "`{shown}` has {} numbers, the rows before have {}",
                    numbers.len(),
                    table.width
                ),
            ));
        }
        if numbers.starts_with(&[999.0; 3]) {
            continue;
        }
        table.numbers.extend(&numbers[..table.width]);
        if let Some(word) = word {
            table.words.insert(table.lines.len(), word);
        }
        table.lines.push(line as u32);
    }
    if table.width == 0 {
        return Err(wrong("it has no line of numbers; is it the right file?"));
    }
    Ok(table)
}

/// The numbers of a line, and the word that it ends with, if it does.
fn numbers(text: &str) -> (Vec<f64>, Option<String>) {
    let mut numbers = Vec::new();
    let mut word = None;
    for part in words(text) {
        match part.parse::<f64>() {
            Ok(number) => {
                numbers.push(number);
                word = None;
            }
            Err(_) if part == ":" => {}
            Err(_) => word = Some(printable(part)),
        }
    }
    (numbers, word)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split([' ', '\t', ',', ';'])
        .map(|word| word.trim_matches(['"', '\'']))
        .filter(|word| !word.is_empty())
}

/// Takes a line as the heading of the columns, if it names any of them.
fn note_heading(table: &mut Columns, text: &str, heading: Heading) {
    let text = text.trim_start_matches(['#', '!', '*']).to_lowercase();
    // `1: Inline 2: Crossline` numbers its columns.
    let names: Vec<&str> = words(&text)
        .filter(|word| {
            !word
                .trim_end_matches(':')
                .chars()
                .all(|c| c.is_ascii_digit())
        })
        .collect();
    let place = |known: &&[&str]| names.iter().position(|name| known.contains(name));
    let named: Vec<Option<usize>> = heading.iter().map(place).collect();
    if named.iter().flatten().count() >= 2 {
        table.named = named;
    }
}
