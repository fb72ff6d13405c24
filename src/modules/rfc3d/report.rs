//! The result in words: sentences for the screen, and `aaspi_rfc3d_<name>.out`.

use std::fmt::Write;
use std::path::PathBuf;

use super::result::{ForestResult, TreeCount};
use super::{MODULE, PARAMETERS};
use crate::io;
use crate::modules::parameters::WITHOUT_EFFECT;
use crate::modules::{
    COMMON, Cell, Extraction, Module, ModuleError, OutputFile, OutputRole, Place, Table, Values,
};

fn file_name(values: &Values) -> PathBuf {
    PathBuf::from(values.file_stem("aaspi_rfc3d") + ".out")
}

/// Refuses to go on where the report would overwrite one of another request.
pub(super) fn check_free(values: &Values, place: &Place) -> Result<(), ModuleError> {
    let path = place.out.join(file_name(values));
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
pub(super) fn write(values: &Values, place: &Place, text: &str) -> Result<OutputFile, ModuleError> {
    let path = file_name(values);
    io::write_atomically(&place.out.join(&path), text.as_bytes())?;
    Ok(OutputFile {
        name: "aaspi_rfc3d".into(),
        path,
        role: OutputRole::Text,
    })
}

/// What the interpreter should know, most important first. `group` says what is
/// left out together: a polygon, or a group of a training file.
pub(super) fn sentences(
    extraction: &Extraction,
    result: &ForestResult,
    group: &str,
) -> Vec<String> {
    let mut list = Vec::new();
    let adopted = |counts: &[TreeCount]| counts.iter().find(|c| c.trees == result.trees).cloned();
    if let Some(score) = adopted(&result.grouped_cross_validation) {
        list.push(format!(
            "Accuracy on voxels of {group}s left out: {} (mean recall of the classes {}): the number to trust.",
            percent(score.mean),
            percent(score.balanced)
        ));
    }
    if let Some(score) = adopted(&result.cross_validation) {
        list.push(format!(
            "Accuracy on single voxels left out: {} (mean recall {}): optimistic, for their neighbours were learnt from.",
            percent(score.mean),
            percent(score.balanced)
        ));
        if result.grouped_cross_validation.is_empty() {
            list.push(format!(
                "No accuracy by {group}: every class has one {group} at most. Add {group}s to learn how far the classes can be told apart elsewhere."
            ));
        }
    }
    list.push(trees_sentence(result));
    let ranked = ranked(result);
    if let Some(first) = ranked.first() {
        list.push(format!(
            "Most important attribute: {} (Gini {}).",
            first.0,
            percent(first.1)
        ));
    }
    list.extend(warnings(extraction, result, group));
    list
}

fn trees_sentence(result: &ForestResult) -> String {
    let out_of_bag = result.out_of_bag.map_or(String::new(), |accuracy| {
        format!("; accuracy out of bag {}", percent(accuracy))
    });
    let tested: Vec<String> = result
        .cross_validation
        .iter()
        .map(|c| c.trees.to_string())
        .collect();
    if tested.is_empty() {
        format!(
            "{} trees, not compared with other counts{out_of_bag}.",
            result.trees
        )
    } else {
        let tested = tested.join(", ");
        format!("{} trees, the best of {tested}{out_of_bag}.", result.trees)
    }
}

/// Attributes and their Gini importance, the largest first.
fn ranked(result: &ForestResult) -> Vec<(&str, f64)> {
    let rows = result.importance.iter();
    let mut list: Vec<(&str, f64)> = rows.map(|i| (i.attribute.as_str(), i.gini)).collect();
    list.sort_by(|a, b| b.1.total_cmp(&a.1));
    list
}

fn warnings(extraction: &Extraction, result: &ForestResult, group: &str) -> Vec<String> {
    let table = &extraction.table;
    let mut list: Vec<String> = extraction
        .warnings
        .iter()
        .map(|warning| format!("warning: {warning}"))
        .collect();
    if extraction.dropped_nulls > 0 {
        list.push(format!(
            "warning: {} training voxels dropped: an attribute is null there.",
            extraction.dropped_nulls
        ));
    }
    let folds = result.cross_validation.first().map_or(0, |c| c.folds.len());
    for (class, rows) in table.classes.iter().zip(table.class_counts()) {
        if rows < folds {
            list.push(format!(
                "warning: class {class} has {rows} training voxels, fewer than the {folds} folds: some folds lack it."
            ));
        }
    }
    if !result.grouped_cross_validation.is_empty() {
        for (class, groups) in table.classes.iter().zip(table.group_counts()) {
            if groups == 1 {
                list.push(format!(
                    "warning: class {class} lies in one {group} only: it cannot be found when that one is left out, and the accuracy by {group} says so."
                ));
            }
        }
    }
    for (a, attribute) in table.attributes.iter().enumerate() {
        let column = table.values.column(a);
        if column.iter().all(|&x| x == column[0]) {
            list.push(format!(
                "warning: attribute {attribute} is constant over the training voxels: no tree uses it."
            ));
        }
    }
    list
}

fn percent(x: f64) -> String {
    format!("{:.1} %", 100.0 * x)
}

/// The report: recipe, parameters, training, what was found, all tables.
pub(super) fn text(
    place: &Place,
    values: &Values,
    extraction: &Extraction,
    tables: &[Table],
    sentences: &[String],
) -> String {
    // Writing to a string cannot fail.
    let mut out = String::new();
    let table = &extraction.table;
    let _ = writeln!(
        out,
        "{}\n\n{}: {}\n",
        place.recipe,
        MODULE.name(),
        MODULE.summary()
    );
    for sentence in sentences {
        let _ = writeln!(out, "{sentence}");
    }
    let _ = writeln!(out, "\nparameters");
    for parameter in PARAMETERS.iter().chain(COMMON) {
        let value = values.text(parameter.name);
        if !WITHOUT_EFFECT.contains(&parameter.name) && !value.is_empty() {
            let _ = writeln!(out, "  {:<14} {value} {}", parameter.name, parameter.unit);
        }
    }
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
    for table in std::iter::once(&training).chain(tables) {
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
