//! Reports: what a run did and found, as text beside its volumes.

use std::fmt::Write;
use std::path::PathBuf;

use super::parameters::WITHOUT_EFFECT;
use super::{
    Cell, Extraction, Module, ModuleError, OutputFile, OutputRole, Place, Table, Values,
    shared_parameters,
};
use crate::io;

fn file_name(stem: &str, values: &Values) -> PathBuf {
    PathBuf::from(values.file_stem(stem) + ".out")
}

/// Refuses to go on where the report would overwrite one of another request.
pub(super) fn check_free(stem: &str, values: &Values, place: &Place) -> Result<(), ModuleError> {
    let path = place.out.join(file_name(stem, values));
    if values.flag("force") || !path.exists() {
        return Ok(());
    }
    let ours = std::fs::read_to_string(&path)
        .is_ok_and(|text| text.lines().next() == Some(&place.recipe.to_string()));
    if ours {
        return Ok(());
    }
    Err(ModuleError::Input(format!(
        "{} exists; give another --name or --out, or --force to overwrite it",
        path.display()
    )))
}

/// Writes the report.
pub(super) fn write(
    stem: &str,
    values: &Values,
    place: &Place,
    text: &str,
) -> Result<OutputFile, ModuleError> {
    let path = file_name(stem, values);
    io::write_atomically(&place.out.join(&path), text.as_bytes())?;
    Ok(OutputFile {
        name: stem.to_owned(),
        path,
        role: OutputRole::Text,
    })
}

/// What was learnt from: voxels and groups of each class.
pub(super) fn training(extraction: &Extraction) -> Table {
    let table = &extraction.table;
    let mut training = Table::new("training", &["class", "code", "voxels", "groups"]);
    let groups = &extraction.polygons;
    for (c, rows) in table.class_counts().into_iter().enumerate() {
        training.push(vec![
            Cell::Text(table.classes[c].clone()),
            Cell::Whole(i64::from(table.codes[c])),
            Cell::Whole(rows as i64),
            groups
                .get(c)
                .map_or(Cell::Empty, |&n| Cell::Whole(n as i64)),
        ]);
    }
    training
}

/// The report: recipe, sentences, parameters, tables.
pub(super) fn text(
    module: &dyn Module,
    place: &Place,
    values: &Values,
    sentences: &[String],
    tables: &[Table],
) -> String {
    // Writing to a string cannot fail.
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{}\n\n{}: {}\n",
        place.recipe,
        module.name(),
        module.summary()
    );
    for sentence in sentences {
        let _ = writeln!(out, "{sentence}");
    }
    let _ = writeln!(out, "\nparameters");
    for parameter in module.parameters().iter().chain(shared_parameters()) {
        let value = values.text(parameter.name);
        if !WITHOUT_EFFECT.contains(&parameter.name) && !value.is_empty() {
            let _ = writeln!(out, "  {:<14} {value} {}", parameter.name, parameter.unit);
        }
    }
    for table in tables {
        out.push('\n');
        columns(&mut out, table);
    }
    out.lines()
        .fold(String::new(), |text, line| text + line.trim_end() + "\n")
}

/// A table in columns: words to the left, numbers to the right.
fn columns(out: &mut String, table: &Table) {
    let cells: Vec<Vec<String>> = table
        .rows
        .iter()
        .map(|row| {
            row.iter()
                .map(|cell| cell.to_string().replace('\u{2212}', "-"))
                .collect()
        })
        .collect();
    let width = |c: usize| {
        let of_rows = cells.iter().map(|row| row[c].chars().count());
        of_rows
            .chain([table.columns[c].chars().count()])
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..table.columns.len()).map(width).collect();
    let _ = writeln!(out, "{}", table.name);
    for row in std::iter::once(&table.columns).chain(&cells) {
        for (c, (text, width)) in row.iter().zip(&widths).enumerate() {
            let _ = if c == 0 {
                write!(out, "  {text:<width$}")
            } else {
                write!(out, "  {text:>width$}")
            };
        }
        out.push('\n');
    }
}
