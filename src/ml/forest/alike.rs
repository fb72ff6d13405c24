//! Attributes that tell nearly the same: sets to be shuffled together.

use ndarray::ArrayView1;

use crate::model::TrainingTable;

/// Sets of two attributes or more whose ranks correlate with `least` or more in
/// size, directly or through others of the set; each in order, no attribute twice.
///
/// Shuffled alone, such attributes stand in for each other, and none seems to
/// matter (Strobl et al. 2008). Spearman's correlation, since trees see ranks
/// only. Costs a sort an attribute.
pub fn alike(table: &TrainingTable, least: f64) -> Vec<Vec<usize>> {
    let columns = table.values.columns();
    let ranks: Vec<Vec<f64>> = columns.into_iter().map(|c| ranks(&c)).collect();
    let mut set_of: Vec<usize> = (0..ranks.len()).collect();
    for a in 0..ranks.len() {
        for b in 0..a {
            if set_of[a] != set_of[b] && correlation(&ranks[a], &ranks[b]).abs() >= least {
                let (from, to) = (set_of[a].max(set_of[b]), set_of[a].min(set_of[b]));
                set_of
                    .iter_mut()
                    .filter(|s| **s == from)
                    .for_each(|s| *s = to);
            }
        }
    }
    let sets = (0..ranks.len()).map(|s| (0..ranks.len()).filter(|&a| set_of[a] == s).collect());
    sets.filter(|set: &Vec<usize>| set.len() > 1).collect()
}

/// Rank of each value less the mean rank; equal values share the mean of theirs.
fn ranks(column: &ArrayView1<f32>) -> Vec<f64> {
    let mut order: Vec<usize> = (0..column.len()).collect();
    order.sort_by(|&i, &j| column[i].total_cmp(&column[j]));
    let mut ranks = vec![0.0; column.len()];
    let mean = (column.len() as f64 - 1.0) / 2.0;
    let mut first = 0;
    for run in order.chunk_by(|&i, &j| column[i] == column[j]) {
        let rank = first as f64 + (run.len() as f64 - 1.0) / 2.0;
        for &i in run {
            ranks[i] = rank - mean;
        }
        first += run.len();
    }
    ranks
}

/// Correlation of centred values; 0 where one of them is constant.
fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let dot = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
    let scale = (dot(a, a) * dot(b, b)).sqrt();
    if scale > 0.0 { dot(a, b) / scale } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::stream;
    use ndarray::Array2;

    #[test]
    fn attributes_that_follow_each_other_are_one_set() {
        let mut rng = stream(1, "t", &[]);
        let mut values = Array2::from_shape_fn((500, 6), |_| rng.normal() as f32);
        for row in 0..500 {
            // 3 is bent against 0, 5 follows 3; 1, 2 and 4 stand alone; 4 is constant.
            values[[row, 3]] = -(values[[row, 0]] + 0.2 * rng.normal() as f32).exp();
            values[[row, 5]] = values[[row, 3]] * 2.0 + 0.01 * rng.normal() as f32;
            values[[row, 4]] = 7.0;
        }
        let table = TrainingTable {
            values,
            ..TrainingTable::default()
        };
        assert_eq!(alike(&table, 0.8), [vec![0, 3, 5]]);
        assert!(alike(&table, 1.1).is_empty());
    }
}
