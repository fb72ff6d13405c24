//! Training tables read from text, ours or another program's.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

use ndarray::Array2;

use crate::io::IoError;
use crate::io::source::irregular;
use crate::model::{TrainingTable, VoxelPosition, printable};

use super::fields::{Header, fields};
use super::groups_path;

/// Longest line that is read: 16 attributes take some 300 bytes.
const LONGEST_LINE: u64 = 1 << 16;
/// Bad rows that a message lists.
const LISTED: usize = 5;
/// What other programs write for "no value"; ours drops such rows.
const NULL: f32 = -999.25;
/// Times below this many are seconds.
const SECONDS_BELOW: f64 = 50.0;

/// Which column holds the class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClassColumn {
    /// The last one.
    #[default]
    Last,
    /// The first one.
    First,
    /// The one of this number, from 1.
    Number(usize),
}

/// How to read a training file; all of it can be left to the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TrainingFormat {
    /// Lines before the first row; told from the lines themselves where absent.
    pub skip_lines: Option<usize>,
    /// How many attributes a row has.
    pub attributes: Option<usize>,
    /// How many volumes the attributes are to be read from: as many attributes,
    /// where neither `attributes` nor the header tells.
    pub volumes: Option<usize>,
    /// How many classes there should be.
    pub classes: Option<usize>,
    /// Where the class stands.
    pub class_column: ClassColumn,
    /// Leave bad rows out with a warning, rather than refuse the file.
    pub drop_bad_rows: bool,
}

/// A training file in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainingText {
    /// The rows, ordered by class (and as in the file within a class).
    pub table: TrainingTable,
    /// Rows left out because an attribute was null.
    pub dropped_nulls: usize,
    /// What a person should know.
    pub warnings: Vec<String>,
}

/// One row as it was read.
pub(super) struct Row {
    pub(super) class: i32,
    values: Vec<f32>,
    position: Option<VoxelPosition>,
    group: usize,
}

/// Which field of a row is what.
pub(super) struct Columns {
    fields: usize,
    class: usize,
    pub(super) coordinates: usize,
    pub(super) attributes: usize,
}

/// Reads a training file, and the groups beside it where there are any.
///
/// Fields are parted by blanks, tabs or commas. A row of N attributes has N + 1
/// fields, or 3 more (line, CDP, time) or 5 more (x, y, line, CDP, time) before
/// them; N comes from `format`, else from the header. Rows with a null attribute
/// are dropped and counted.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("t.txt");
/// std::fs::write(&path, "# attributes: a b ; classes: 1=salt 2=mtd\n0.5 3 2\n0.25 4 1\n")?;
/// let text = outcrop::io::read_training(&path, &Default::default())?;
/// assert_eq!(text.table.classes, ["salt", "mtd"]);
/// assert_eq!(text.table.values[[0, 0]], 0.25);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_training(path: &Path, format: &TrainingFormat) -> Result<TrainingText, IoError> {
    let found = std::fs::metadata(path).map_err(IoError::system(path, "cannot open"))?;
    if let Some(reason) = irregular(&found) {
        return Err(IoError::Text {
            path: path.to_owned(),
            reason: reason.to_owned(),
        });
    }
    let mut reader = Reader::new(path, format);
    reader.read(|_, _| {})?;
    reader.finish()
}

pub(super) struct Reader<'a> {
    path: &'a Path,
    format: &'a TrainingFormat,
    pub(super) header: Header,
    pub(super) columns: Option<Columns>,
    pub(super) rows: Vec<Row>,
    /// Line of the first row.
    pub(super) first: Option<usize>,
    /// Rows of data so far, good, bad or null.
    pub(super) seen: usize,
    pub(super) nulls: usize,
    pub(super) bad: Vec<(usize, String)>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(path: &'a Path, format: &'a TrainingFormat) -> Self {
        Reader {
            path,
            format,
            header: Header::default(),
            columns: None,
            rows: Vec::new(),
            first: None,
            seen: 0,
            nulls: 0,
            bad: Vec::new(),
        }
    }

    /// Reads the file line by line; `show` is told each before it is understood.
    pub(super) fn read(&mut self, mut show: impl FnMut(usize, &str)) -> Result<(), IoError> {
        let path = self.path;
        let file = File::open(path).map_err(IoError::system(path, "cannot open"))?;
        let mut input = BufReader::new(file);
        let mut number = 0;
        loop {
            let mut line = Vec::new();
            let read = input
                .by_ref()
                .take(LONGEST_LINE)
                .read_until(b'\n', &mut line)
                .map_err(IoError::system(path, "cannot read"))?;
            if read == 0 {
                break;
            }
            number += 1;
            if read as u64 == LONGEST_LINE {
                return Err(self.line_error(number, "a line without end; is this a text file?"));
            }
            let line = String::from_utf8_lossy(&line);
            show(number, line.trim());
            self.line(number, line.trim())?;
        }
        Ok(())
    }

    fn line_error(&self, line: usize, reason: impl Into<String>) -> IoError {
        IoError::Line {
            path: self.path.to_owned(),
            line,
            reason: reason.into(),
        }
    }

    fn text_error(&self, reason: String) -> IoError {
        IoError::Text {
            path: self.path.to_owned(),
            reason,
        }
    }

    fn line(&mut self, number: usize, line: &str) -> Result<(), IoError> {
        let first = fields(line).next();
        let is_header = match self.format.skip_lines {
            Some(skip) => number <= skip,
            None => {
                self.columns.is_none()
                    && first.is_none_or(|f| f.starts_with('#') || f.parse::<f64>().is_err())
            }
        };
        if is_header {
            self.header.line(line);
            return Ok(());
        }
        let Some(first) = first else {
            return Ok(());
        };
        if self.columns.is_none() {
            if first.parse::<f64>().is_err() {
                let shown: String = printable(line).chars().take(40).collect();
                return Err(self.line_error(
                    number,
                    format!(
                        "`{shown}` is no row of numbers; are there more than {} header lines to skip?",
                        self.format.skip_lines.unwrap_or(0)
                    ),
                ));
            }
            self.columns = Some(self.columns(number, fields(line).count())?);
        }
        self.seen += 1;
        self.first = self.first.or(Some(number));
        if let Some(columns) = &self.columns {
            match row(columns, line, self.seen - 1) {
                Ok(Some(row)) => self.rows.push(row),
                Ok(None) => self.nulls += 1,
                Err(reason) => self.bad.push((number, reason)),
            }
        }
        Ok(())
    }

    /// What the fields of the first row are.
    fn columns(&self, number: usize, count: usize) -> Result<Columns, IoError> {
        let told = self.header.attributes.len();
        let told = (told > 0).then_some(told).or(self.format.volumes);
        let Some(attributes) = self.format.attributes.or(told) else {
            return Err(self.line_error(
                number,
                format!(
                    "{count} fields and no header that names the attributes; tell their number \
                     with --attributes"
                ),
            ));
        };
        let coordinates = count.checked_sub(attributes + 1);
        let Some(coordinates) = coordinates.filter(|c| matches!(c, 0 | 3 | 5)) else {
            return Err(self.line_error(
                number,
                format!(
                    "{count} fields; {attributes} attributes and a class make {}, or {} with \
                     line, CDP and time, or {} with x and y too",
                    attributes + 1,
                    attributes + 4,
                    attributes + 6
                ),
            ));
        };
        let class = match self.format.class_column {
            ClassColumn::Last => count - 1,
            ClassColumn::First => 0,
            ClassColumn::Number(n) if (1..=count).contains(&n) => n - 1,
            ClassColumn::Number(n) => {
                return Err(self.line_error(
                    number,
                    format!("no column {n} for the class among {count} fields"),
                ));
            }
        };
        Ok(Columns {
            fields: count,
            class,
            coordinates,
            attributes,
        })
    }

    pub(super) fn finish(mut self) -> Result<TrainingText, IoError> {
        let mut warnings = Vec::new();
        if let Some((_, first)) = self.bad.first() {
            let lines: Vec<String> = (self.bad.iter().take(LISTED))
                .map(|(line, reason)| format!("line {line}: {reason}"))
                .collect();
            let more = if self.bad.len() > LISTED { "; ..." } else { "" };
            let told = format!("{} bad rows ({}{more})", self.bad.len(), lines.join("; "));
            if !self.format.drop_bad_rows {
                return Err(match self.bad[..] {
                    [(line, _)] => self.line_error(line, first.clone()),
                    _ => self.text_error(told),
                });
            }
            warnings.push(format!("{told} left out"));
        }
        if let Some(rows) = self.header.rows.filter(|&rows| rows != self.seen) {
            warnings.push(format!(
                "the header counts {rows} rows, the file has {}: are too many header lines skipped?",
                self.seen
            ));
        }
        if self.nulls > 0 {
            warnings.push(format!("{} rows with a null attribute dropped", self.nulls));
        }
        if self.rows.is_empty() {
            return Err(self.text_error("no rows to learn from".to_owned()));
        }
        let groups = self.groups()?;
        seconds_to_ms(&mut self.rows, self.header.seconds);
        let table = self.table(groups, &mut warnings)?;
        Ok(TrainingText {
            table,
            dropped_nulls: self.nulls,
            warnings,
        })
    }

    /// The label of each row of the file, from the file beside it.
    fn groups(&self) -> Result<Option<Vec<String>>, IoError> {
        let path = groups_path(self.path);
        if let Some(reason) = std::fs::metadata(&path).ok().as_ref().and_then(irregular) {
            return Err(IoError::Text {
                path,
                reason: reason.to_owned(),
            });
        }
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(IoError::system(&path, "cannot read")(e)),
        };
        let text = String::from_utf8_lossy(&bytes);
        let labels: Vec<String> = text.lines().map(|l| printable(l.trim())).collect();
        if labels.len() != self.seen {
            return Err(IoError::Text {
                reason: format!(
                    "{} labels for the {} rows of the training file; write one a row, or remove it",
                    labels.len(),
                    self.seen
                ),
                path,
            });
        }
        Ok(Some(labels))
    }

    fn table(
        &mut self,
        labels: Option<Vec<String>>,
        warnings: &mut Vec<String>,
    ) -> Result<TrainingTable, IoError> {
        let mut codes: Vec<i32> = self.rows.iter().map(|row| row.class).collect();
        codes.sort_unstable();
        codes.dedup();
        let expected = self.format.classes.or_else(|| {
            let told = self.header.classes.len();
            (told > 0).then_some(told)
        });
        if let Some(expected) = expected.filter(|&n| n != codes.len()) {
            warnings.push(format!(
                "{expected} classes expected, {} found: {codes:?}",
                codes.len()
            ));
        }
        if codes.len() > usize::from(u16::MAX) {
            return Err(self.text_error(format!(
                "{} different classes; is the class in another column?",
                codes.len()
            )));
        }
        self.rows.sort_by_key(|row| row.class);
        let name = |code: &i32| {
            let named = self.header.classes.iter().find(|(c, _)| c == code);
            named.map_or_else(|| format!("class_{code}"), |(_, name)| name.clone())
        };
        let classes = codes.iter().map(name).collect();
        let attributes = self.columns.as_ref().map_or(0, |c| c.attributes);
        let names = if self.header.attributes.len() == attributes {
            self.header.attributes.clone()
        } else {
            (1..=attributes).map(|n| format!("attribute_{n}")).collect()
        };
        let (groups, group) = labels.map_or_else(Default::default, |labels| {
            let mut names: Vec<String> = Vec::new();
            let mut numbers = BTreeMap::new();
            let group = self.rows.iter().map(|row| {
                *numbers.entry(labels[row.group].clone()).or_insert_with(|| {
                    names.push(labels[row.group].clone());
                    names.len() as u32 - 1
                })
            });
            let group: Vec<u32> = group.collect();
            (names, group)
        });
        let flat: Vec<f32> = self
            .rows
            .iter()
            .flat_map(|r| r.values.iter().copied())
            .collect();
        let values = Array2::from_shape_vec((self.rows.len(), attributes), flat)
            .map_err(|e| self.text_error(e.to_string()))?;
        let class = self
            .rows
            .iter()
            .map(|row| codes.partition_point(|c| *c < row.class) as u16);
        Ok(TrainingTable {
            attributes: names,
            classes,
            values,
            class: class.collect(),
            group,
            groups,
            positions: self.rows.iter().filter_map(|row| row.position).collect(),
            codes,
        })
    }
}

/// A row; nothing where an attribute is null, a reason where it is no row.
fn row(columns: &Columns, line: &str, place: usize) -> Result<Option<Row>, String> {
    let mut numbers = Vec::with_capacity(columns.fields);
    for field in fields(line) {
        let number: f64 = field
            .parse()
            .map_err(|_| format!("`{:.20}` is not a number", printable(field)))?;
        numbers.push(number);
    }
    if numbers.len() != columns.fields {
        return Err(format!(
            "{} fields instead of {}",
            numbers.len(),
            columns.fields
        ));
    }
    let class = numbers.remove(columns.class);
    if class.fract() != 0.0 || class.abs() > f64::from(i32::MAX) || class.is_nan() {
        return Err(format!("class {class} is not a whole number"));
    }
    let (coordinates, attributes) = numbers.split_at(columns.coordinates);
    let position = match *coordinates {
        [inline, crossline, time] | [_, _, inline, crossline, time] => Some(VoxelPosition {
            inline,
            crossline,
            time,
        }),
        _ => None,
    };
    let values: Vec<f32> = attributes.iter().map(|&v| v as f32).collect();
    let known = |v: &f32| v.abs() < 1e29 && *v != NULL;
    Ok(values.iter().all(known).then_some(Row {
        class: class as i32,
        values,
        position,
        group: place,
    }))
}

/// Times of the file in ms. Where no header tells their unit, small ones are
/// seconds.
fn seconds_to_ms(rows: &mut [Row], seconds: Option<bool>) {
    let times = rows.iter().filter_map(|r| r.position).map(|p| p.time.abs());
    let seconds = seconds.unwrap_or_else(|| times.fold(0.0, f64::max) < SECONDS_BELOW);
    if seconds {
        for position in rows.iter_mut().filter_map(|r| r.position.as_mut()) {
            position.time = (position.time * 1e9).round() / 1e6;
        }
    }
}
