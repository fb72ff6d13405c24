//! What a module gives back: typed results, generic tables, and a list of files.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{
    AttributeVolumes, BrickedCopy, ForestResult, GtmResult, MixtureResult, Scanned, TrainingData,
    attribute_selection,
};
use crate::ml::selection::Selection;

/// The result of a run, as it stands in `result.ron`.
///
/// Paths are relative to the run's output folder, so that equal runs have equal
/// results wherever they lie; [`ModuleResult::json`] resolves them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The module's own result: what `--json` prints and the result screens read.
    pub result: ModuleResult,
    /// The same as tables for people; each also becomes a CSV file.
    pub tables: Vec<Table>,
    /// Files written to the output folder.
    pub outputs: Vec<OutputFile>,
    /// What the interpreter should know, most important first, as sentences.
    pub sentences: Vec<String>,
}

/// The typed result of each module.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ModuleResult {
    /// Of `attributes3d`.
    Attributes(AttributeVolumes),
    /// Of `kuwahara3d`.
    Filtered(AttributeVolumes),
    /// Of `define_training_data`.
    TrainingData(TrainingData),
    /// Of `attribute_selection`.
    Selection(Box<Selection>),
    /// Of `gmm3d`.
    Mixtures(MixtureResult),
    /// Of `rfc3d`.
    Forest(Box<ForestResult>),
    /// Of `gtm3d`.
    Map(Box<GtmResult>),
    /// Of `scan`.
    Scanned(Scanned),
    /// Of `bricks`.
    Bricks(BrickedCopy),
}

impl ModuleResult {
    /// The JSON of the module's contract, with paths below `out`.
    pub fn json(&self, out: &Path) -> serde_json::Value {
        // These types hold nothing that JSON cannot write.
        match self {
            ModuleResult::Attributes(volumes) | ModuleResult::Filtered(volumes) => {
                serde_json::to_value(volumes.below(out))
            }
            ModuleResult::TrainingData(data) => serde_json::to_value(data.below(out)),
            ModuleResult::Selection(selection) => Ok(attribute_selection::json(selection)),
            ModuleResult::Mixtures(result) => serde_json::to_value(result.below(out)),
            ModuleResult::Forest(result) => serde_json::to_value(result.below(out)),
            ModuleResult::Map(result) => serde_json::to_value(result.below(out)),
            ModuleResult::Scanned(scanned) => serde_json::to_value(scanned),
            ModuleResult::Bricks(copy) => serde_json::to_value(copy),
        }
        .unwrap_or_default()
    }
}

/// A file that a run wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputFile {
    /// Name under which a session knows it: `coherence`, `rfc3d_classification`.
    pub name: String,
    /// File name below the output folder.
    pub path: PathBuf,
    /// What it is.
    pub role: OutputRole,
}

/// What an output file is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OutputRole {
    /// A volume of an attribute: a candidate for selection.
    Attribute,
    /// A volume of class codes, with the class of each code from 1.
    Classes(Vec<String>),
    /// A volume of another quantity: probability, entropy.
    Quantity,
    /// Text: a report or a training file.
    Text,
}

/// A table for people: on screen, as text and as CSV.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// File stem of the CSV, and title in lower case with underscores.
    pub name: String,
    /// Headings, with units where there are any.
    pub columns: Vec<String>,
    /// Rows of as many cells.
    pub rows: Vec<Vec<Cell>>,
}

/// One cell of a [`Table`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Cell {
    /// Nothing to say.
    Empty,
    /// Words.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// A number, and how many decimals make sense on screen. CSV gets all digits.
    Real(f64, u8),
}

impl Cell {
    /// The cell as CSV: numbers with all their digits.
    pub fn exact(&self) -> String {
        match self {
            Cell::Empty => String::new(),
            Cell::Text(text) => text.clone(),
            Cell::Whole(n) => n.to_string(),
            Cell::Real(x, _) => x.to_string(),
        }
    }
}

impl std::fmt::Display for Cell {
    /// The cell on screen.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Cell::Real(x, decimals) => {
                let text = format!("{x:.*}", usize::from(*decimals));
                f.pad(&text.replacen('-', "\u{2212}", 1))
            }
            Cell::Whole(n) if *n < 0 => f.pad(&format!("\u{2212}{}", n.unsigned_abs())),
            other => f.pad(&other.exact()),
        }
    }
}

impl Table {
    /// A table without rows.
    pub fn new(name: &str, columns: &[&str]) -> Self {
        Self {
            name: name.to_owned(),
            columns: columns.iter().map(|c| (*c).to_owned()).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row.
    pub fn push(&mut self, row: Vec<Cell>) {
        debug_assert_eq!(row.len(), self.columns.len(), "a row of `{}`", self.name);
        self.rows.push(row);
    }

    /// The table as CSV text with a heading line.
    pub fn csv(&self) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let rows = self
            .rows
            .iter()
            .map(|row| row.iter().map(Cell::exact).collect::<Vec<_>>());
        // Writing to memory cannot fail, and rows are all as long as the heading.
        for record in std::iter::once(self.columns.clone()).chain(rows) {
            let _ = writer.write_record(&record);
        }
        String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_keeps_all_digits_and_quotes_words() {
        let mut table = Table::new("best_per_size", &["n", "score", "attributes"]);
        table.push(vec![
            Cell::Whole(1),
            Cell::Real(0.1 + 0.2, 3),
            Cell::Text("a, b".into()),
        ]);
        assert_eq!(
            table.csv(),
            "n,score,attributes\n1,0.30000000000000004,\"a, b\"\n"
        );
        assert_eq!(format!("{:>7}", Cell::Real(-0.5, 2)), "  \u{2212}0.50");
    }
}
