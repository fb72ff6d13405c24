//! Training rows made ready for mixtures: checked, standardised, thinned.

use serde::{Deserialize, Serialize};

use crate::ml::MlError;
use crate::model::TrainingTable;
use crate::task::{Stream, stream};

/// Pooled mean and population standard deviation of each attribute: facies must
/// share coordinates, so they are scaled together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scaling {
    /// Mean of each attribute.
    pub mean: Vec<f64>,
    /// Standard deviation of each attribute; 1 for a constant one.
    pub deviation: Vec<f64>,
    /// Which attributes are constant: deviation at most 1e-9 max(1, |mean|).
    pub constant: Vec<bool>,
}

impl Scaling {
    /// The scaling of some rows of a table.
    pub fn of(table: &TrainingTable, rows: &[usize]) -> Self {
        let attributes = table.attributes.len();
        let mut scaling = Scaling {
            mean: Vec::with_capacity(attributes),
            deviation: Vec::with_capacity(attributes),
            constant: Vec::with_capacity(attributes),
        };
        let n = rows.len().max(1) as f64;
        for j in 0..attributes {
            let values = || rows.iter().map(|&i| f64::from(table.values[[i, j]]));
            let mean = values().sum::<f64>() / n;
            let variance = values().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
            let deviation = variance.sqrt();
            let constant = deviation <= 1e-9 * mean.abs().max(1.0);
            scaling.mean.push(mean);
            scaling
                .deviation
                .push(if constant { 1.0 } else { deviation });
            scaling.constant.push(constant);
        }
        scaling
    }

    /// One value in standard units.
    pub fn apply(&self, attribute: usize, value: f32) -> f64 {
        (f64::from(value) - self.mean[attribute]) / self.deviation[attribute]
    }

    /// Columns of rows in standard units, one an attribute.
    pub(super) fn columns(&self, table: &TrainingTable, rows: &[usize]) -> Vec<Vec<f64>> {
        (0..self.mean.len())
            .map(|j| {
                rows.iter()
                    .map(|&i| self.apply(j, table.values[[i, j]]))
                    .collect()
            })
            .collect()
    }
}

/// Rows of each facies.
pub(super) fn by_facies(table: &TrainingTable) -> Vec<Vec<usize>> {
    let mut rows = vec![Vec::new(); table.classes.len()];
    for (i, &class) in table.class.iter().enumerate() {
        rows[usize::from(class)].push(i);
    }
    rows
}

/// The rows of each group among these rows, groups in order.
pub(super) fn by_group(table: &TrainingTable, rows: &[usize]) -> Vec<Vec<usize>> {
    if table.group.is_empty() {
        return vec![rows.to_vec()];
    }
    let mut groups = std::collections::BTreeMap::new();
    for &row in rows {
        groups
            .entry(table.group[row])
            .or_insert_with(Vec::new)
            .push(row);
    }
    groups.into_values().collect()
}

/// The rows of each facies that mixtures are fitted to.
pub(super) fn fitted(table: &TrainingTable, most: usize, seed: u64) -> Vec<Vec<usize>> {
    let facies = by_facies(table).into_iter().enumerate();
    facies
        .map(|(m, rows)| {
            let name = format!("attribute_selection_rows {:?}", table.classes[m]);
            let mut rng = stream(seed, &name, &[]);
            thin(table, &rows, most, &mut rng)
        })
        .collect()
}

/// An error for the first value that is no number.
pub(super) fn check_finite(table: &TrainingTable) -> Result<(), MlError> {
    match table.values.indexed_iter().find(|(_, v)| !v.is_finite()) {
        Some(((row, attribute), _)) => Err(MlError::NotFinite {
            attribute: table.attributes[attribute].clone(),
            row: row + 1,
        }),
        None => Ok(()),
    }
}

/// At most `most` of a facies' rows, without replacement; each polygon gives in
/// proportion to its size (largest remainders). The order of rows is kept.
pub(super) fn thin(
    table: &TrainingTable,
    rows: &[usize],
    most: usize,
    rng: &mut Stream,
) -> Vec<usize> {
    if most == 0 || rows.len() <= most {
        return rows.to_vec();
    }
    let mut groups = by_group(table, rows);
    let share = |g: &Vec<usize>| g.len() as u128 * most as u128;
    let total = rows.len() as u128;
    let mut quotas: Vec<usize> = groups.iter().map(|g| (share(g) / total) as usize).collect();
    let mut order: Vec<usize> = (0..groups.len()).collect();
    order.sort_by_key(|&g| std::cmp::Reverse(share(&groups[g]) % total));
    let missing = most - quotas.iter().sum::<usize>();
    for &g in order.iter().take(missing) {
        quotas[g] += 1;
    }
    let mut chosen = Vec::with_capacity(most);
    for (group, quota) in groups.iter_mut().zip(quotas) {
        for i in 0..quota {
            let j = i + rng.below(group.len() - i);
            group.swap(i, j);
        }
        chosen.extend_from_slice(&group[..quota]);
    }
    chosen.sort_unstable();
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    fn table() -> TrainingTable {
        TrainingTable {
            attributes: vec!["a".into(), "b".into()],
            classes: vec!["salt".into()],
            codes: vec![1],
            values: Array2::from_shape_fn((100, 2), |(i, j)| if j == 0 { i as f32 } else { 7.0 }),
            class: vec![0; 100],
            group: (0..100)
                .map(|i| u32::from(i >= 10) + u32::from(i >= 70))
                .collect(),
            groups: vec!["p".into(), "q".into(), "r".into()],
            positions: Vec::new(),
        }
    }

    #[test]
    fn scaling_is_pooled_and_spots_constants() {
        let all: Vec<usize> = (0..100).collect();
        let scaling = Scaling::of(&table(), &all);
        assert_eq!(scaling.constant, [false, true]);
        let columns = scaling.columns(&table(), &all);
        let mean = columns[0].iter().sum::<f64>() / 100.0;
        let variance = columns[0].iter().map(|v| v * v).sum::<f64>() / 100.0;
        assert!(mean.abs() < 1e-12 && (variance - 1.0).abs() < 1e-12);
        assert!(columns[1].iter().all(|&v| v == 0.0));
    }

    #[test]
    fn thinning_is_in_proportion_to_polygons() {
        let all: Vec<usize> = (0..100).collect();
        let rows = thin(&table(), &all, 25, &mut stream(1, "thin", &[]));
        assert_eq!(rows.len(), 25);
        assert!(rows.windows(2).all(|w| w[0] < w[1]), "sorted, each once");
        let in_group = |low, high| rows.iter().filter(|&&r| r >= low && r < high).count();
        // 2.5, 15 and 7.5: the remainder goes to the first of equals.
        assert_eq!(
            [in_group(0, 10), in_group(10, 70), in_group(70, 100)],
            [3, 15, 7]
        );
        assert_eq!(rows, thin(&table(), &all, 25, &mut stream(1, "thin", &[])));
        assert_ne!(rows, thin(&table(), &all, 25, &mut stream(2, "thin", &[])));
        assert_eq!(thin(&table(), &all, 0, &mut stream(1, "thin", &[])), all);
    }

    #[test]
    fn a_null_is_named() {
        let mut table = table();
        table.values[[41, 1]] = f32::NAN;
        let error = check_finite(&table).unwrap_err().to_string();
        assert!(
            error.contains("attribute b") && error.contains("row 42"),
            "{error}"
        );
    }
}
