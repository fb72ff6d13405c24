//! The result as sentences and tables.

use crate::ml::selection::{
    HeldOut, Normalisation, Scope, Selection, SelectionOptions, SizeRow, Validation,
};
use crate::modules::{Cell, Table};

/// What the interpreter should know, the answer first.
pub(super) fn sentences(selection: &Selection) -> Vec<String> {
    let (knee, winner) = (&selection.knee, &selection.winner);
    let mut sentences = vec![answer(selection)];
    sentences.push(described("winner", winner));
    if knee.indices != winner.indices {
        sentences.push(described("knee", knee));
    }
    if let Some(best) = &selection.best_validated
        && best.indices != winner.indices
        && best.indices != knee.indices
    {
        sentences.push(described("best validated", best));
    }
    for (a, b) in &selection.not_separable {
        sentences.push(format!(
            "{a} and {b} are not separable: with any combination the best rule may still confuse 47 % of them."
        ));
    }
    sentences.extend(selection.warnings.iter().map(|w| format!("warning: {w}")));
    sentences
}

/// `3 of 9 attributes are enough. The winner's other 6 add 4.5 % ...`
pub(super) fn answer(selection: &Selection) -> String {
    let (knee, winner) = (&selection.knee, &selection.winner);
    let (some, all) = (knee.size, selection.attributes.len());
    let (attributes, are) = if all == 1 {
        ("attribute", "is")
    } else {
        ("attributes", "are")
    };
    let enough = format!("{some} of {all} {attributes} {are} enough.");
    if winner.size <= some {
        return enough;
    }
    let gain = 100.0 * (winner.score / knee.score - 1.0);
    let more = winner.size - some;
    // `1 more adds`, `6 more add`.
    let s = if more == 1 { "s" } else { "" };
    let held_out = match (
        winner.held_out_balanced_accuracy,
        knee.held_out_balanced_accuracy,
    ) {
        (Some(a), Some(b)) => {
            let change = a - b;
            match (100.0 * change).round() as i64 {
                0 => format!(" and change{s} nothing on polygons left out"),
                n if n > 0 => format!(" and gain{s} {change:.2} on polygons left out"),
                _ => format!(" and lose{s} {:.2} on polygons left out", -change),
            }
        }
        _ => String::new(),
    };
    format!("{enough} {more} more add{s} {gain:.1} % to the score{held_out}.")
}

fn described(role: &str, row: &SizeRow) -> String {
    let held_out = row
        .held_out_balanced_accuracy
        .map_or_else(String::new, |a| format!(", held out {a:.2}"));
    format!(
        "{role} {}: {}, score {:.3}{held_out}.",
        row.size,
        row.attributes.join(", "),
        row.score
    )
}

/// All tables, most important first.
pub(super) fn tables(selection: &Selection, options: &SelectionOptions) -> Vec<Table> {
    let mut tables = vec![best_per_size(selection, options), counts(selection)];
    if let Some(validation) = &selection.validation {
        tables.push(held_out(selection, validation));
        tables.push(confusion(selection, validation));
    }
    tables.push(facies(selection));
    tables.push(all_combinations(selection));
    tables
}

fn text(list: &[impl ToString]) -> Cell {
    let words: Vec<String> = list.iter().map(ToString::to_string).collect();
    Cell::Text(words.join(" "))
}

fn real(value: Option<f64>, decimals: u8) -> Cell {
    value.map_or(Cell::Empty, |v| Cell::Real(v, decimals))
}

fn best_per_size(selection: &Selection, options: &SelectionOptions) -> Table {
    let mut columns = vec!["n", "chosen", "attributes", "indices", "score"];
    let other =
        (options.scope, options.normalisation) != (Scope::default(), Normalisation::default());
    if other {
        columns.push("average_cumulative_distance");
    }
    columns.extend([
        "eq8",
        "mean_of_size",
        "held_out",
        "clusters",
        "comparisons",
        "models",
        "bic",
        "floored",
    ]);
    let mut table = Table::new("best_per_size", &columns);
    for row in &selection.best_per_size {
        let marks = [
            ("winner", Some(&selection.winner)),
            ("knee", Some(&selection.knee)),
            ("best_validated", selection.best_validated.as_ref()),
        ];
        let chosen: Vec<&str> = marks
            .iter()
            .filter(|(_, r)| r.is_some_and(|r| r.indices == row.indices))
            .map(|(mark, _)| *mark)
            .collect();
        let floored: Vec<&str> = selection
            .facies
            .iter()
            .zip(&row.floored)
            .filter(|(_, floored)| **floored)
            .map(|(f, _)| f.name.as_str())
            .collect();
        let clusters: usize = row.clusters.iter().sum();
        let mut cells = vec![
            Cell::Whole(row.size as i64),
            text(&chosen),
            text(&row.attributes),
            text(&row.indices),
            Cell::Real(row.score, 3),
        ];
        if other {
            cells.push(Cell::Real(row.average_cumulative_distance, 3));
        }
        cells.extend([
            Cell::Real(row.eq8, 3),
            // Unknown where not all were tried.
            real(
                Some(row.mean_over_combinations).filter(|m| m.is_finite()),
                3,
            ),
            real(row.held_out_balanced_accuracy, 2),
            text(&row.clusters),
            Cell::Whole((clusters * clusters.saturating_sub(1) / 2) as i64),
            text(&row.models),
            Cell::Real(row.bic.iter().sum(), 1),
            text(&floored),
        ]);
        table.push(cells);
    }
    table
}

fn counts(selection: &Selection) -> Table {
    let mut table = Table::new("counts", &["n", "combinations", "clusters", "comparisons"]);
    let mut total = [0; 3];
    for row in &selection.counts {
        let numbers = [row.combinations, row.clusters, row.comparisons];
        for (sum, n) in total.iter_mut().zip(numbers) {
            *sum += n;
        }
        let mut cells = vec![Cell::Whole(row.size as i64)];
        cells.extend(numbers.map(|n| Cell::Whole(n as i64)));
        table.push(cells);
    }
    let mut cells = vec![Cell::Text("total".into())];
    cells.extend(total.map(|n| Cell::Whole(n as i64)));
    table.push(cells);
    table
}

/// Balanced accuracy and the recall of each facies on polygons left out.
fn held_out(selection: &Selection, validation: &Validation) -> Table {
    let recalls: Vec<String> = selection
        .facies
        .iter()
        .map(|f| format!("recall_{}", f.name))
        .collect();
    let mut columns = vec!["n", "attributes", "balanced_accuracy"];
    columns.extend(recalls.iter().map(String::as_str));
    let mut table = Table::new("held_out", &columns);
    for row in &validation.rows {
        let mut cells = vec![
            Cell::Whole(row.indices.len() as i64),
            text(&names(selection, row)),
            real(row.balanced_accuracy, 3),
        ];
        for m in 0..selection.facies.len() {
            cells.push(real(row.recall.get(m).copied(), 3));
        }
        table.push(cells);
    }
    table
}

fn names<'a>(selection: &'a Selection, row: &HeldOut) -> Vec<&'a str> {
    row.indices
        .iter()
        .map(|i| selection.attributes[i - 1].as_str())
        .collect()
}

/// Voxels left out, by true facies (row) and the facies they were named.
fn confusion(selection: &Selection, validation: &Validation) -> Table {
    let named: Vec<String> = selection
        .facies
        .iter()
        .map(|f| format!("named_{}", f.name))
        .collect();
    let mut columns = vec!["n", "true_facies"];
    columns.extend(named.iter().map(String::as_str));
    let mut table = Table::new("confusion", &columns);
    for row in &validation.rows {
        for (facies, counts) in selection.facies.iter().zip(&row.confusion) {
            let mut cells = vec![
                Cell::Whole(row.indices.len() as i64),
                Cell::Text(facies.name.clone()),
            ];
            cells.extend(counts.iter().map(|&n| Cell::Whole(n as i64)));
            table.push(cells);
        }
    }
    table
}

fn facies(selection: &Selection) -> Table {
    let mut columns = vec!["facies", "voxels", "polygons"];
    if selection.validation.is_some() {
        columns.extend(["fitted_in_validation", "held_out"]);
    }
    let mut table = Table::new("facies", &columns);
    for (m, facies) in selection.facies.iter().enumerate() {
        let mut cells = vec![
            Cell::Text(facies.name.clone()),
            Cell::Whole(facies.voxels as i64),
            Cell::Whole(facies.polygons as i64),
        ];
        if let Some(validation) = &selection.validation {
            cells.push(Cell::Whole(validation.fitted[m] as i64));
            cells.push(Cell::Whole(validation.held_out[m] as i64));
        }
        table.push(cells);
    }
    table
}

fn all_combinations(selection: &Selection) -> Table {
    let mut table = Table::new(
        "all_combinations",
        &[
            "n",
            "indices",
            "attributes",
            "score",
            "average_cumulative_distance",
            "eq8",
            "clusters",
            "models",
            "floored",
        ],
    );
    for row in &selection.ranked {
        let names: Vec<&str> = row
            .indices
            .iter()
            .map(|i| selection.attributes[i - 1].as_str())
            .collect();
        let floored = if row.floored { "floored" } else { "" };
        table.push(vec![
            Cell::Whole(row.indices.len() as i64),
            text(&row.indices),
            text(&names),
            real(row.score, 3),
            real(row.average_cumulative_distance, 3),
            real(row.eq8, 3),
            text(&row.clusters),
            text(&row.models),
            Cell::Text(floored.into()),
        ]);
    }
    table
}
