//! Training rows as trees grow on them: by column, each column sorted once.

use rayon::prelude::*;

use super::ForestError;
use crate::model::TrainingTable;

/// Training rows by column, with the rows of every column in order of value.
///
/// Sorting happens here, once for all trees; trees only filter and partition
/// these orders. Values are finite, classes are indices below [`Rows::classes`].
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    columns: Vec<Vec<f32>>,
    class: Vec<u16>,
    classes: usize,
    sorted: Vec<Vec<u32>>,
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
        let sorted = columns.par_iter().map(|c| order_of(c)).collect();
        Ok(Self {
            columns,
            class,
            classes,
            sorted,
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

    /// The rows in order of an attribute's value, then of their number.
    pub(super) fn sorted(&self, attribute: usize) -> &[u32] {
        &self.sorted[attribute]
    }

    /// True where an attribute takes one value only.
    pub fn constant(&self, attribute: usize) -> bool {
        let column = &self.columns[attribute];
        match self.sorted[attribute].as_slice() {
            [first, .., last] => column[*first as usize] == column[*last as usize],
            _ => true,
        }
    }
}

/// Columns of some rows of a training table.
pub fn columns_of(table: &TrainingTable, rows: &[usize]) -> Vec<Vec<f32>> {
    let columns = table.values.columns().into_iter();
    columns
        .map(|column| rows.iter().map(|&row| column[row]).collect())
        .collect()
}

fn order_of(column: &[f32]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..column.len() as u32).collect();
    order.sort_by(|&a, &b| column[a as usize].total_cmp(&column[b as usize]));
    order
}
