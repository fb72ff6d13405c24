//! What a training file holds, before anything is learnt from it.

use std::path::Path;

use super::TrainingFormat;
use super::reader::Reader;
use crate::io::IoError;
use crate::io::source::irregular;
use crate::model::printable;

/// Lines before the first row that are shown: the last of them.
const HEADERS: usize = 3;
/// Rows that are shown, and bad rows beyond them.
const ROWS: usize = 4;
const BAD: usize = 3;
/// Lines that are remembered while it is not known which are shown.
const KEPT: usize = 64;
/// Characters of a line that are shown.
const LONGEST: usize = 160;

/// A training file as it is read, in short.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrainingPreview {
    /// Some lines: the end of the header, the first rows, the first bad ones.
    pub lines: Vec<PreviewLine>,
    /// Lines before the first row.
    pub skipped: usize,
    /// Rows, bad and null ones apart.
    pub rows: usize,
    /// Rows with a null attribute, which are dropped.
    pub nulls: usize,
    /// Rows that cannot be read.
    pub bad: usize,
    /// Attributes of a row; 0 where no row could be understood.
    pub attributes: usize,
    /// Their names, where the header tells.
    pub names: Vec<String>,
    /// Columns of position before the attributes: 0, 3 or 5.
    pub coordinates: usize,
    /// Codes of the classes that were found, ascending, each with its name where the
    /// header tells.
    pub classes: Vec<(i32, Option<String>)>,
    /// Why nothing can be learnt from it, if that is so.
    pub trouble: Option<String>,
    /// What a person should know besides.
    pub warnings: Vec<String>,
}

/// A line of a training file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviewLine {
    /// Its number, from 1.
    pub number: usize,
    /// Its text, cut where it is long.
    pub text: String,
    /// True for a line before the first row.
    pub skipped: bool,
    /// What is wrong with it, of a bad row.
    pub bad: Option<String>,
}

/// Reads a training file whole and tells what it holds; a file that cannot be
/// learnt from is told of as well. Cost: that of reading it.
pub fn preview_training(path: &Path, format: &TrainingFormat) -> Result<TrainingPreview, IoError> {
    let found = std::fs::metadata(path).map_err(IoError::system(path, "cannot open"))?;
    if let Some(reason) = irregular(&found) {
        return Err(IoError::Text {
            path: path.to_owned(),
            reason: reason.to_owned(),
        });
    }
    let mut reader = Reader::new(path, format);
    let mut head: Vec<(usize, String)> = Vec::new();
    let mut last = (0, String::new());
    let broken = reader.read(|number, line| {
        let text: String = printable(line).chars().take(LONGEST).collect();
        if head.len() < KEPT {
            head.push((number, text.clone()));
        }
        last = (number, text);
    });
    let skipped = reader
        .first
        .map_or(last.0.saturating_sub(1), |first| first - 1);
    let mut preview = TrainingPreview {
        skipped,
        rows: reader.rows.len(),
        nulls: reader.nulls,
        bad: reader.bad.len(),
        attributes: reader.columns.as_ref().map_or(0, |c| c.attributes),
        coordinates: reader.columns.as_ref().map_or(0, |c| c.coordinates),
        names: reader.header.attributes.clone(),
        ..TrainingPreview::default()
    };
    let bad = |number: usize| {
        let found = reader.bad.iter().find(|(line, _)| *line == number);
        found.map(|(_, reason)| reason.clone())
    };
    let from = skipped.saturating_sub(HEADERS);
    let upto = skipped + ROWS;
    for (number, text) in head.iter().filter(|(n, _)| (from + 1..=upto).contains(n)) {
        preview.lines.push(PreviewLine {
            number: *number,
            text: text.clone(),
            skipped: *number <= skipped,
            bad: bad(*number),
        });
    }
    let later = reader.bad.iter().filter(|(line, _)| *line > upto);
    for (number, reason) in later.take(BAD) {
        let text = head.iter().find(|(n, _)| n == number);
        preview.lines.push(PreviewLine {
            number: *number,
            text: text.map_or(String::new(), |(_, t)| t.clone()),
            skipped: false,
            bad: Some(reason.clone()),
        });
    }
    let mut codes: Vec<i32> = reader.rows.iter().map(|row| row.class).collect();
    codes.sort_unstable();
    codes.dedup();
    let name = |code: i32| {
        let found = reader.header.classes.iter().find(|(c, _)| *c == code);
        found.map(|(_, name)| printable(name))
    };
    preview.classes = codes.into_iter().map(|code| (code, name(code))).collect();
    if let Err(error) = broken {
        if let IoError::Line { line, reason, .. } = &error {
            mark(&mut preview.lines, *line, &last, reason);
        }
        preview.trouble = Some(plain(&error));
    } else {
        match reader.finish() {
            Ok(text) => preview.warnings = text.warnings,
            Err(error) => preview.trouble = Some(plain(&error)),
        }
    }
    Ok(preview)
}

/// Marks the line at which reading ended.
fn mark(lines: &mut Vec<PreviewLine>, number: usize, last: &(usize, String), reason: &str) {
    match lines.iter_mut().find(|line| line.number == number) {
        Some(line) => (line.bad, line.skipped) = (Some(reason.to_owned()), false),
        None => lines.push(PreviewLine {
            number,
            text: last.1.clone(),
            skipped: false,
            bad: Some(reason.to_owned()),
        }),
    }
}

/// The message of an error without the path, which stands beside it.
fn plain(error: &IoError) -> String {
    match error {
        IoError::Line { line, reason, .. } => format!("line {line}: {reason}"),
        IoError::Text { reason, .. } => reason.clone(),
        error => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preview(text: &str, format: &TrainingFormat) -> TrainingPreview {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.txt");
        std::fs::write(&path, text).unwrap();
        preview_training(&path, format).unwrap()
    }

    const FILE: &str = "# training file v1  nvec=5 nattr=2 nclass=2\n# attributes: a b ; classes: 1=salt 2=mtd\n# line_no cdp_no t a b class\n1 2 0.3 0.5 6 1\n1 3 0.3 0.5 7 2\n1 4 0.3 -999.25 7 2\n1 5 0.3 x 7 2\n1 6 0.3 0.25 8 1\n1 7 0.3 0.25\n";

    #[test]
    fn rows_bad_rows_and_the_skip_line_are_told() {
        let seen = preview(FILE, &TrainingFormat::default());
        assert_eq!(
            (seen.skipped, seen.rows, seen.nulls, seen.bad),
            (3, 3, 1, 2)
        );
        assert_eq!((seen.attributes, seen.coordinates), (2, 3));
        assert_eq!(seen.names, ["a", "b"]);
        assert_eq!(seen.classes[1], (2, Some("mtd".into())));
        let numbers: Vec<usize> = seen.lines.iter().map(|l| l.number).collect();
        assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7, 9]);
        assert!(seen.lines[2].skipped && !seen.lines[3].skipped);
        assert!(
            seen.lines[6]
                .bad
                .as_deref()
                .unwrap()
                .contains("`x` is not a number")
        );
        assert!(seen.lines[7].bad.is_some());
        assert!(seen.trouble.unwrap().starts_with("2 bad rows"));
    }

    #[test]
    fn a_wrong_skip_count_shows_the_line_that_tells() {
        let format = TrainingFormat {
            skip_lines: Some(2),
            ..TrainingFormat::default()
        };
        let seen = preview(FILE, &format);
        assert!(seen.trouble.unwrap().starts_with("line 3:"));
        let told = seen.lines.iter().find(|l| l.number == 3).unwrap();
        assert!(
            told.bad
                .as_deref()
                .unwrap()
                .contains("header lines to skip")
        );
    }

    #[test]
    fn without_a_header_the_volumes_tell_the_number_of_attributes() {
        let rows = "0.1,0.2,1\n0.3,0.4,2\n";
        let seen = preview(rows, &TrainingFormat::default());
        assert!(seen.trouble.unwrap().contains("--attributes"));
        let format = TrainingFormat {
            volumes: Some(2),
            ..TrainingFormat::default()
        };
        let seen = preview(rows, &format);
        assert_eq!((seen.attributes, seen.rows, seen.trouble), (2, 2, None));
    }
}
