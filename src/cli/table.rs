//! Tables as aligned text: numbers to the right, words to the left.

use crate::model::printable;
use crate::modules::{Cell, Table};

/// The table with its name above and one line a row.
pub(super) fn text(table: &Table) -> String {
    let shown: Vec<Vec<String>> = std::iter::once(table.columns.clone())
        .chain(
            table
                .rows
                .iter()
                .map(|row| row.iter().map(ToString::to_string).collect()),
        )
        .map(|row| row.iter().map(|cell| printable(cell)).collect())
        .collect();
    let width = |c: usize| {
        shown
            .iter()
            .filter_map(|row| row.get(c))
            .map(|s| s.chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..table.columns.len()).map(width).collect();
    let is_text = |c: usize| {
        table
            .rows
            .iter()
            .any(|row| matches!(row.get(c), Some(Cell::Text(_))))
    };
    let left: Vec<bool> = (0..table.columns.len()).map(is_text).collect();
    let mut text = format!("{}\n", printable(&table.name));
    for row in &shown {
        let cells: Vec<String> = row
            .iter()
            .enumerate()
            .map(|(c, s)| {
                let w = widths.get(c).copied().unwrap_or(0);
                if left.get(c) == Some(&true) {
                    format!("{s:<w$}")
                } else {
                    format!("{s:>w$}")
                }
            })
            .collect();
        text.push_str("  ");
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let mut table = Table::new("importance", &["attribute", "gini"]);
        table.push(vec![Cell::Text("coherence".into()), Cell::Real(0.5, 3)]);
        table.push(vec![Cell::Text("glcm".into()), Cell::Real(12.25, 3)]);
        assert_eq!(
            text(&table),
            "importance\n  attribute    gini\n  coherence   0.500\n  glcm       12.250\n"
        );
    }
}
