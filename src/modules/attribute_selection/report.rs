//! The report `aaspi_attribute_selection_<project>.out`.

use std::path::Path;

use super::{MODULE, PARAMETERS};
use crate::model::Recipe;
use crate::modules::{Cell, Module, Table, Values};

/// True where the report at `path` was written by this very request.
pub(super) fn made_by(path: &Path, recipe: &Recipe) -> bool {
    std::fs::read_to_string(path)
        .is_ok_and(|text| text.lines().take(2).any(|line| line == recipe.to_string()))
}

/// Which of the numbers is which in the course notes.
const NOTES: &str = "The course notes' number is the average cumulative distance: the column score, unless another rule was asked for (it then has a \
column of its own). eq8 is their equation (8) to the letter. Their choice, equation (9), is the row marked winner.";

/// The report: what was asked, what came out, the tables, the parameters.
pub(super) fn text(
    tables: &[Table],
    sentences: &[String],
    values: &Values,
    recipe: &Recipe,
) -> String {
    let mut lines = vec![
        format!("{}: {}", MODULE.name(), MODULE.summary()),
        recipe.to_string(),
        String::new(),
    ];
    lines.extend_from_slice(sentences);
    lines.extend([String::new(), NOTES.to_owned()]);
    for table in tables {
        lines.extend([String::new(), table.name.replace('_', " "), String::new()]);
        lines.extend(aligned(table));
    }
    lines.extend([String::new(), "parameters".to_owned(), String::new()]);
    for parameter in PARAMETERS {
        let value = values.text(parameter.name);
        lines.push(format!(
            "{:<18} {value:<16} {}",
            parameter.name, parameter.doc
        ));
    }
    lines.push(format!("{:<18} {}", "seed", values.seed()));
    lines.join("\n") + "\n"
}

/// Lines with columns aligned: numbers to the right, words to the left.
fn aligned(table: &Table) -> Vec<String> {
    let mut rows: Vec<Vec<String>> = vec![table.columns.clone()];
    for row in &table.rows {
        rows.push(row.iter().map(ToString::to_string).collect());
    }
    let columns: Vec<(usize, bool)> = (0..table.columns.len())
        .map(|c| {
            let width = rows.iter().map(|r| r[c].chars().count()).max();
            let is_word = |cell: &Cell| matches!(cell, Cell::Text(t) if t != "total");
            let words = table.rows.iter().any(|r| is_word(&r[c]));
            (width.unwrap_or(0), words)
        })
        .collect();
    let line = |row: &Vec<String>| {
        let cells: Vec<String> = row
            .iter()
            .zip(&columns)
            .map(|(cell, &(width, words))| {
                if words {
                    format!("{cell:<width$}")
                } else {
                    format!("{cell:>width$}")
                }
            })
            .collect();
        cells.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}
