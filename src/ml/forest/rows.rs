//! Training rows as trees grow on them: by column, each column cut into bins once.

use rayon::prelude::*;

use super::ForestError;
use super::bins::{BINS, Bins, MOST_BINS};
use crate::model::TrainingTable;

/// Training rows by column, with the bin of every value.
///
/// Columns are cut into bins here, once for all trees: trees only count and
/// partition. Values are finite, classes are indices below [`Rows::classes`].
/// 6 bytes a value, 2 more a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    columns: Vec<Vec<f32>>,
    class: Vec<u16>,
    classes: usize,
    bins: Vec<Bins>,
}

impl Rows {
    /// Rows from columns of equal length and a class a row.
    pub fn new(
        columns: Vec<Vec<f32>>,
        class: Vec<u16>,
        classes: usize,
    ) -> Result<Self, ForestError> {
        assert!(
            columns.iter().all(|c| c.len() == class.len()),
            "columns and classes are equally long"
        );
        for (a, column) in columns.iter().enumerate() {
            if let Some(row) = column.iter().position(|x| !x.is_finite()) {
                return Err(ForestError::NotFinite {
                    row: row + 1,
                    attribute: a + 1,
                });
            }
        }
        if let Some(row) = class.iter().position(|&c| usize::from(c) >= classes) {
            return Err(ForestError::Class {
                row: row + 1,
                class: usize::from(class[row]),
                classes,
            });
        }
        let bins = columns.par_iter().map(|c| Bins::of(c, BINS)).collect();
        Ok(Self {
            columns,
            class,
            classes,
            bins,
        })
    }

    /// Some rows of a training table.
    pub fn of(table: &TrainingTable, rows: &[usize]) -> Result<Self, ForestError> {
        Self::new(
            columns_of(table, rows),
            rows.iter().map(|&row| table.class[row]).collect(),
            table.classes.len(),
        )
    }

    /// The same rows with a bin for each distinct value, up to 65 536 of them:
    /// trees then split exactly where an exhaustive search does, and take several
    /// times as long.
    pub fn exactly(mut self) -> Self {
        let columns = self.columns.par_iter();
        self.bins = columns.map(|c| Bins::of(c, MOST_BINS)).collect();
        self
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.class.len()
    }

    /// True without rows.
    pub fn is_empty(&self) -> bool {
        self.class.is_empty()
    }

    /// How many attributes.
    pub fn attributes(&self) -> usize {
        self.columns.len()
    }

    /// How many classes, with rows or without.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Class of each row.
    pub fn class(&self) -> &[u16] {
        &self.class
    }

    /// How many rows each class has.
    pub fn class_counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.classes];
        for &c in &self.class {
            counts[usize::from(c)] += 1;
        }
        counts
    }

    /// Values of an attribute.
    pub fn column(&self, attribute: usize) -> &[f32] {
        &self.columns[attribute]
    }

    /// All columns.
    pub fn columns(&self) -> Vec<&[f32]> {
        self.columns.iter().map(Vec::as_slice).collect()
    }

    /// The bins of an attribute.
    pub(super) fn bins(&self, attribute: usize) -> &Bins {
        &self.bins[attribute]
    }

    /// True where an attribute takes one value only.
    pub fn constant(&self, attribute: usize) -> bool {
        self.bins[attribute].count() < 2
    }
}

/// Columns of some rows of a training table.
pub fn columns_of(table: &TrainingTable, rows: &[usize]) -> Vec<Vec<f32>> {
    let columns = table.values.columns().into_iter();
    columns
        .map(|column| rows.iter().map(|&row| column[row]).collect())
        .collect()
}
