//! Training tables: rows of attribute values with a class each.

use ndarray::Array2;

/// Where a training row was picked, in survey numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VoxelPosition {
    /// Inline number.
    pub inline: f64,
    /// Crossline number.
    pub crossline: f64,
    /// Time in ms, or depth.
    pub time: f64,
}

/// Training rows in memory: what `define_training_data` makes, what
/// `attribute_selection`, `rfc3d` and `gtm3d` learn from.
///
/// Rows are ordered by class, and within a class by position; `class[i]` is an
/// index into `classes`, `group[i]` one into `groups` (a polygon or a well: the
/// unit of honest validation). Position is never an attribute.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrainingTable {
    /// Names of the attributes, in the order of the columns.
    pub attributes: Vec<String>,
    /// Names of the classes, in order.
    pub classes: Vec<String>,
    /// The code of each class as it stands in files and class volumes (from 1).
    pub codes: Vec<i32>,
    /// Attribute values, rows x attributes.
    pub values: Array2<f32>,
    /// Class of each row, as an index.
    pub class: Vec<u16>,
    /// Group of each row, as an index; empty where groups are unknown.
    pub group: Vec<u32>,
    /// Names of the groups.
    pub groups: Vec<String>,
    /// Position of each row; empty where unknown.
    pub positions: Vec<VoxelPosition>,
}

impl TrainingTable {
    /// How many rows.
    pub fn len(&self) -> usize {
        self.class.len()
    }

    /// True without rows.
    pub fn is_empty(&self) -> bool {
        self.class.is_empty()
    }

    /// How many rows each class has.
    pub fn class_counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.classes.len()];
        for &class in &self.class {
            counts[class as usize] += 1;
        }
        counts
    }

    /// How many groups each class has rows in.
    pub fn group_counts(&self) -> Vec<usize> {
        let mut seen = vec![std::collections::BTreeSet::new(); self.classes.len()];
        for (&class, &group) in self.class.iter().zip(&self.group) {
            seen[class as usize].insert(group);
        }
        seen.iter().map(std::collections::BTreeSet::len).collect()
    }

    /// The table of some of its rows, in the order given.
    pub fn rows(&self, rows: &[usize]) -> TrainingTable {
        fn take<T: Copy>(from: &[T], rows: &[usize]) -> Vec<T> {
            if from.is_empty() {
                Vec::new()
            } else {
                rows.iter().map(|&i| from[i]).collect()
            }
        }
        TrainingTable {
            attributes: self.attributes.clone(),
            classes: self.classes.clone(),
            codes: self.codes.clone(),
            values: self.values.select(ndarray::Axis(0), rows),
            class: take(&self.class, rows),
            group: take(&self.group, rows),
            groups: self.groups.clone(),
            positions: take(&self.positions, rows),
        }
    }

    /// The table with some of its attributes, in the order given.
    pub fn columns(&self, columns: &[usize]) -> TrainingTable {
        TrainingTable {
            attributes: columns
                .iter()
                .map(|&i| self.attributes[i].clone())
                .collect(),
            values: self.values.select(ndarray::Axis(1), columns),
            ..self.clone()
        }
    }
}
