//! What other rankers say of each attribute, beside the distance of mixtures.

use serde::{Deserialize, Serialize};

use super::SelectionOptions;
use super::hold_out::Parts;
use super::rows::fitted;
use crate::ml::MlError;
use crate::ml::folds::Folds;
use crate::ml::forest::{
    Buffer, CrossValidation, FoldPlan, Forest, ForestError, ForestOptions, gini_importance,
    judge_fold,
};
use crate::ml::gmm::{CovarianceModel, Sums, bhattacharyya, components};
use crate::model::TrainingTable;
use crate::task::{Task, stream};

/// Rows of a facies that are looked at.
const ROWS: usize = 1000;
/// Trees of each forest.
const TREES: usize = 100;
/// Folds of whole polygons for the permutation importance.
const FOLDS: usize = 5;
/// How often an attribute is shuffled.
const SHUFFLES: usize = 3;
/// Bins of equal counts for mutual information.
const BINS: usize = 10;

/// Measures of one attribute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttributeRanks {
    /// Mean Bhattacharyya distance between facies in it alone, one Gaussian each.
    pub distance: f64,
    /// Mean decrease in impurity in a random forest (Breiman 2001); sums to 1.
    pub gini: Option<f64>,
    /// Drop of a forest's accuracy on polygons left out when it is shuffled there.
    pub permutation: Option<f64>,
    /// Mutual information with the facies, in bits, facies alike in number.
    pub mutual_information: f64,
    /// Place from 1 in the order of maximum relevance and minimum redundancy
    /// (Peng, Long and Ding 2005, difference form).
    pub minimum_redundancy: usize,
}

/// Trees that [`rank`] reports as progress.
pub const RANKING_TREES: u64 = (TREES * (1 + FOLDS)) as u64;

/// Ranks every attribute; the forest's columns are empty where none can be grown.
///
/// At most 1000 rows a facies are looked at. Cost: six forests of 100 trees;
/// reports a unit of progress a tree, [`RANKING_TREES`] in all.
pub fn rank(
    table: &TrainingTable,
    options: &SelectionOptions,
    task: &Task,
) -> Result<Vec<AttributeRanks>, MlError> {
    let rows: Vec<usize> = fitted(table, ROWS, options.seed).concat();
    let table = table.rows(&rows);
    task.check()?;
    let information = Information::new(&table);
    let order = information.minimum_redundancy();
    let forest = match forest(&table, options, task) {
        Ok(found) => Some(found),
        Err(ForestError::Cancelled(c)) => return Err(c.into()),
        Err(_) => {
            task.advance(RANKING_TREES);
            None
        }
    };
    let attributes = 0..table.attributes.len();
    Ok(attributes
        .map(|a| AttributeRanks {
            distance: distance(&table, a, options.fit.floor),
            gini: forest.as_ref().map(|f| f.0[a]),
            permutation: forest.as_ref().and_then(|f| f.1.get(a).copied()),
            mutual_information: information.with_facies[a],
            minimum_redundancy: order.iter().position(|o| *o == a).map_or(0, |p| p + 1),
        })
        .collect())
}

/// Gini importance of a forest of all rows, and the permutation importance on
/// polygons left out.
fn forest(
    table: &TrainingTable,
    options: &SelectionOptions,
    task: &Task,
) -> Result<(Vec<f64>, Vec<f64>), ForestError> {
    let growing = ForestOptions::default();
    let whole = Forest::grow(table, &growing, TREES, options.seed, task)?;
    let gini = gini_importance(whole.trees(), table.attributes.len()).weighted;
    let parts = Parts::new(table, options.hold_out, options.seed).of_row;
    let mut rng = stream(options.seed, "attribute_selection_rankers", &[]);
    let folds = Folds::by_group(&table.class, &parts, FOLDS, &mut rng);
    let plan = FoldPlan {
        table,
        folds: &folds,
        counts: &[TREES],
        options: &growing,
        seed: options.seed,
        first_fold: 1,
        buffer: Buffer::default(),
        shuffles: SHUFFLES,
        together: &[],
    };
    let scores = (0..folds.count())
        .map(|fold| judge_fold(&plan, fold, task))
        .collect::<Result<Vec<_>, _>>()?;
    task.advance(((FOLDS - folds.count().min(FOLDS)) * TREES) as u64);
    let (classes, attributes) = (table.classes.len(), table.attributes.len());
    let mut pooled = CrossValidation::pool(plan.counts, &scores, classes, attributes).counts;
    let drops = pooled.pop().map_or(Vec::new(), |count| count.permutation);
    let permutation = drops.iter().map(|drop| drop.mean).collect();
    Ok((gini, permutation))
}

/// Mean distance between the facies in one attribute, in units of its spread.
fn distance(table: &TrainingTable, attribute: usize, floor: f64) -> f64 {
    let all: Vec<usize> = (0..table.len()).collect();
    let scaling = super::Scaling::of(table, &all);
    let mut sums = vec![Sums::new(1); table.classes.len()];
    for (row, &class) in table.class.iter().enumerate() {
        let x = scaling.apply(attribute, table.values[[row, attribute]]);
        sums[usize::from(class)].add(&[x]);
    }
    let gaussians: Vec<_> = sums
        .iter()
        .filter_map(|s| components(CovarianceModel::EEE, floor, std::slice::from_ref(s)).pop())
        .collect();
    let (mut sum, mut pairs) = (0.0, 0.0);
    for (i, a) in gaussians.iter().enumerate() {
        for b in &gaussians[i + 1..] {
            sum += bhattacharyya(a, b).unwrap_or(0.0);
            pairs += 1.0;
        }
    }
    sum / f64::max(pairs, 1.0)
}

/// Mutual information in bits, from counts in bins of equal numbers of rows,
/// less the bias of small counts (Miller 1955).
struct Information {
    /// Of each attribute with the facies.
    with_facies: Vec<f64>,
    /// Of each attribute with each other.
    between: Vec<Vec<f64>>,
}

impl Information {
    fn new(table: &TrainingTable) -> Self {
        let bins: Vec<Vec<usize>> = (0..table.attributes.len())
            .map(|a| bins(&table.values.column(a).to_vec()))
            .collect();
        let facies: Vec<usize> = table.class.iter().map(|&c| usize::from(c)).collect();
        let with = |x: &Vec<usize>| bins.iter().map(|y| mutual(x, y)).collect();
        Self {
            with_facies: with(&facies),
            between: bins.iter().map(with).collect(),
        }
    }

    /// Attributes in the order in which each adds most: its information on the
    /// facies less its mean information on those taken before.
    fn minimum_redundancy(&self) -> Vec<usize> {
        let mut left: Vec<usize> = (0..self.with_facies.len()).collect();
        let mut taken: Vec<usize> = Vec::new();
        while !left.is_empty() {
            let worth = |a: usize| {
                let shared: f64 = taken.iter().map(|&t| self.between[a][t]).sum();
                self.with_facies[a] - shared / taken.len().max(1) as f64
            };
            let best = (0..left.len()).reduce(|a, b| {
                if worth(left[b]) > worth(left[a]) {
                    b
                } else {
                    a
                }
            });
            taken.push(left.remove(best.unwrap_or(0)));
        }
        taken
    }
}

/// Bin of each value: equal values share one.
fn bins(values: &[f32]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut bins = vec![0; values.len()];
    for (place, &i) in order.iter().enumerate() {
        let before = place.checked_sub(1).map(|p| order[p]);
        bins[i] = match before {
            Some(before) if values[before] == values[i] => bins[before],
            _ => place * BINS / values.len(),
        };
    }
    bins
}

fn mutual(x: &[usize], y: &[usize]) -> f64 {
    let size = |v: &[usize]| v.iter().max().map_or(0, |m| m + 1);
    let (rows, columns) = (size(x), size(y));
    let mut joint = vec![0.0; rows * columns];
    for (&a, &b) in x.iter().zip(y) {
        joint[a * columns + b] += 1.0;
    }
    let n = x.len().max(1) as f64;
    let of_x: Vec<f64> = joint
        .chunks(columns.max(1))
        .map(|r| r.iter().sum())
        .collect();
    let of_y: Vec<f64> = (0..columns)
        .map(|b| joint.iter().skip(b).step_by(columns).sum())
        .collect();
    let mut sum = 0.0;
    for (i, &count) in joint.iter().enumerate() {
        if count > 0.0 {
            let expected = of_x[i / columns] * of_y[i % columns] / n;
            sum += count / n * f64::ln(count / expected);
        }
    }
    let filled = |v: &[f64]| v.iter().filter(|c| **c > 0.0).count().max(1) as f64 - 1.0;
    let bias = filled(&of_x) * filled(&of_y) / (2.0 * n);
    ((sum - bias) / std::f64::consts::LN_2).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    /// Attribute 1 is the facies with a little noise, 2 a copy of 1, 3 tells the
    /// third facies from the others, 4 is noise.
    fn table() -> TrainingTable {
        let mut rng = stream(5, "rankers", &[]);
        let mut table = TrainingTable {
            attributes: ["a", "copy", "third", "noise"].map(String::from).into(),
            classes: ["x", "y", "z"].map(String::from).into(),
            codes: vec![1, 2, 3],
            groups: (0..12).map(|g| format!("p{g}")).collect(),
            ..TrainingTable::default()
        };
        let mut values = Vec::new();
        for row in 0..1200 {
            let (class, group) = ((row / 400) as u16, (row / 100) as u32);
            table.class.push(class);
            table.group.push(group);
            let a = [0.0, 4.0, 4.0][usize::from(class)] + rng.normal();
            let third = if class == 2 { 3.0 } else { 0.0 } + rng.normal();
            values.extend([a, a + 0.01 * rng.normal(), third, rng.normal()].map(|v| v as f32));
        }
        table.values = Array2::from_shape_vec((1200, 4), values).unwrap();
        table
    }

    #[test]
    fn rankers_find_what_informs_and_what_repeats() {
        let ranks = rank(&table(), &SelectionOptions::default(), &Task::silent()).unwrap();
        let of = |f: fn(&AttributeRanks) -> f64| ranks.iter().map(f).collect::<Vec<_>>();
        for measure in [
            of(|r| r.distance),
            of(|r| r.gini.unwrap()),
            of(|r| r.mutual_information),
        ] {
            assert!(measure[3] < 0.2 * measure[2], "{measure:?}");
        }
        // Shuffling one of two copies harms little; noise harms nothing.
        let permutation = of(|r| r.permutation.unwrap());
        assert!(
            permutation[2] > 0.1 && permutation[3].abs() < 0.02,
            "{permutation:?}"
        );
        // The copy comes after what is new.
        let order = of(|r| r.minimum_redundancy as f64);
        assert_eq!(order[0].min(order[1]), 1.0);
        assert_eq!(order[2], 2.0);
    }

    #[test]
    fn mutual_information_of_known_tables() {
        // A fair coin known exactly is one bit, less the bias 1/(2 n ln 2).
        let coin: Vec<usize> = (0..1000).map(|i| i % 2).collect();
        let bias = 1.0 / (2000.0 * std::f64::consts::LN_2);
        assert!((mutual(&coin, &coin) - (1.0 - bias)).abs() < 1e-12);
        // Independent: none.
        let other: Vec<usize> = (0..1000).map(|i| i / 2 % 2).collect();
        assert_eq!(mutual(&coin, &other), 0.0);
        assert_eq!(bins(&[1.0, 1.0, 1.0, 2.0]), [0, 0, 0, 7]);
    }
}
