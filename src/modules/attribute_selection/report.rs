//! The report `aaspi_attribute_selection_<project>.out` and the file of mixtures.

use std::path::Path;

use serde::Serialize;

use super::{MODULE, PARAMETERS};
use crate::ml::selection::{Combination, Scaling, Selection};
use crate::model::Recipe;
use crate::modules::{Cell, Module, ModuleError, Table, Values};

/// True where the report at `path` was written by this very request.
pub(super) fn made_by(path: &Path, recipe: &Recipe) -> bool {
    std::fs::read_to_string(path)
        .is_ok_and(|text| text.lines().take(2).any(|line| line == recipe.to_string()))
}

/// The report: what was asked, what came out, the tables, the parameters.
pub(super) fn text(
    tables: &[Table],
    sentences: &[String],
    values: &Values,
    recipe: &Recipe,
) -> String {
    let mut text = format!("{}: {}\n{recipe}\n\n", MODULE.name(), MODULE.summary());
    for sentence in sentences {
        text += &format!("{sentence}\n");
    }
    for table in tables {
        text += &format!("\n{}\n\n", table.name.replace('_', " "));
        text += &aligned(table);
    }
    text += "\nparameters\n\n";
    for parameter in PARAMETERS {
        let value = values.text(parameter.name);
        text += &format!("{:<18} {value:<16} {}\n", parameter.name, parameter.doc);
    }
    text += &format!("{:<18} {}\n", "seed", values.seed());
    text
}

/// Columns aligned: numbers to the right, words to the left.
fn aligned(table: &Table) -> String {
    let mut rows: Vec<Vec<String>> = vec![table.columns.clone()];
    for row in &table.rows {
        rows.push(row.iter().map(ToString::to_string).collect());
    }
    let widths: Vec<usize> = (0..table.columns.len())
        .map(|c| rows.iter().map(|r| r[c].chars().count()).max().unwrap_or(0))
        .collect();
    let is_number: Vec<bool> = (0..table.columns.len())
        .map(|c| {
            table
                .rows
                .iter()
                .all(|r| !matches!(&r[c], Cell::Text(t) if t != "total"))
        })
        .collect();
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (c, cell) in row.iter().enumerate() {
            let width = widths[c];
            line += &if is_number[c] {
                format!("{cell:>width$}  ")
            } else {
                format!("{cell:<width$}  ")
            };
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}

/// What the file of mixtures holds.
#[derive(Serialize)]
struct Mixtures<'a> {
    made_by: String,
    attributes: &'a [String],
    facies: Vec<&'a str>,
    /// Mixtures are in standard units: (value - mean) / deviation.
    scaling: &'a Scaling,
    /// Bit i of a mask is attribute i, counted from 0; one mixture a facies;
    /// covariances are lower triangles, row by row.
    combinations: &'a [Combination],
}

/// The mixtures of all combinations that were kept, as RON.
pub(super) fn mixtures(
    selection: &Selection,
    kept: &[Combination],
    recipe: &Recipe,
) -> Result<String, ModuleError> {
    let content = Mixtures {
        made_by: recipe.to_string(),
        attributes: &selection.attributes,
        facies: selection.facies.iter().map(|f| f.name.as_str()).collect(),
        scaling: &selection.scaling,
        combinations: kept,
    };
    let style = ron::ser::PrettyConfig::new().depth_limit(4);
    ron::ser::to_string_pretty(&content, style)
        .map_err(|e| ModuleError::Input(format!("the mixtures cannot be written: {e}")))
}
