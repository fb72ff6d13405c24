//! What a run found out: typed for `--json` and the result screens, as tables
//! for people, and in sentences.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::super::{Cell, Table};
use crate::ml::forest::{Confusion, CountScore, CrossValidation};

/// What `rfc3d --json` prints.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ForestResult {
    /// Classes in order.
    pub classes: Vec<String>,
    /// Accuracy with single voxels left out, for each tree count; neighbours
    /// of the voxels judged were learnt from, so this is optimistic.
    pub cross_validation: Vec<TreeCount>,
    /// Accuracy with whole polygons or wells left out; empty where each class has
    /// but one. The number to trust.
    pub grouped_cross_validation: Vec<TreeCount>,
    /// The tree count adopted.
    pub trees: usize,
    /// Accuracy on voxels that trees did not draw.
    pub out_of_bag: Option<f64>,
    /// Attributes in the order of the volumes.
    pub importance: Vec<Importance>,
    /// Rows are the true class, columns the predicted one; every training voxel
    /// once, voxels left out singly.
    pub confusion: Vec<Vec<u64>>,
    /// The same with whole polygons or wells left out.
    pub grouped_confusion: Vec<Vec<u64>>,
    /// All files written.
    pub outputs: Vec<PathBuf>,
}

/// Accuracy of forests of one size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TreeCount {
    /// How many trees.
    pub trees: usize,
    /// Mean accuracy of the folds.
    pub mean: f64,
    /// Standard deviation over the folds.
    pub std: f64,
    /// Mean recall of the classes, all folds together.
    pub balanced: f64,
    /// Accuracy of each fold.
    pub folds: Vec<f64>,
}

/// How much the forest leans on an attribute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Importance {
    /// The attribute.
    pub attribute: String,
    /// Decrease of Gini impurity, nodes weighted by their size; sums to 1.
    pub gini: f64,
    /// Decrease of Gini impurity, all nodes alike; sums to 1.
    pub gini_unweighted: f64,
    /// Drop of accuracy on voxels left out when the attribute is shuffled.
    pub permutation: Option<f64>,
}

/// The scores of all folds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Judged {
    pub by_row: Option<CrossValidation>,
    pub by_group: Option<CrossValidation>,
    /// The tree count adopted.
    pub trees: usize,
}

impl Judged {
    /// Scores of the adopted count: by voxel, by group.
    pub(super) fn adopted<'a>(&'a self) -> (Option<&'a CountScore>, Option<&'a CountScore>) {
        let of = |scores: &'a Option<CrossValidation>| scores.as_ref()?.of(self.trees);
        (of(&self.by_row), of(&self.by_group))
    }

    /// Drop of accuracy for each attribute: over groups left out where there
    /// are some, over single voxels otherwise.
    pub(super) fn permutation(&self) -> Option<&[f64]> {
        let (by_row, by_group) = self.adopted();
        let score = by_group.or(by_row)?;
        Some(&score.permutation)
    }
}

/// What the trees say without a fold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Importances {
    pub gini: Vec<f64>,
    pub gini_unweighted: Vec<f64>,
    pub out_of_bag: Option<f64>,
    pub thresholds: Vec<Thresholds>,
}

/// Where the trees cut an attribute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Thresholds {
    /// Mean of the training rows.
    pub mean: f64,
    /// Their standard deviation.
    pub std: f64,
    /// How many nodes split on it.
    pub splits: usize,
    /// A quarter, half and three quarters of the thresholds lie below these.
    pub quartiles: Option<[f64; 3]>,
}

impl Thresholds {
    /// Where an attribute is cut, from its training values and from all
    /// thresholds on it, ascending.
    pub(super) fn of(column: &[f32], thresholds: &[f32]) -> Self {
        let n = column.len().max(1) as f64;
        let mean = column.iter().map(|&x| f64::from(x)).sum::<f64>() / n;
        let squares = column.iter().map(|&x| (f64::from(x) - mean).powi(2));
        let quartile = |q: usize| f64::from(thresholds[(thresholds.len() - 1) * q / 4]);
        Self {
            mean,
            std: (squares.sum::<f64>() / n).sqrt(),
            splits: thresholds.len(),
            quartiles: (!thresholds.is_empty()).then(|| [quartile(1), quartile(2), quartile(3)]),
        }
    }
}

impl ForestResult {
    /// The same with paths below `out`.
    pub(in super::super) fn below(&self, out: &Path) -> Self {
        Self {
            outputs: self.outputs.iter().map(|path| out.join(path)).collect(),
            ..self.clone()
        }
    }

    /// The result but for its outputs.
    pub(super) fn of(
        classes: &[String],
        attributes: &[String],
        judged: &Judged,
        found: &Importances,
    ) -> Self {
        let counts = |c: &Option<CrossValidation>| {
            let scores = c.iter().flat_map(|c| &c.counts);
            scores.map(TreeCount::of).collect()
        };
        let confusion =
            |score: Option<&CountScore>| score.map_or(Vec::new(), |s| s.confusion.counts.clone());
        let (by_row, by_group) = judged.adopted();
        let permutation = judged.permutation();
        Self {
            classes: classes.to_vec(),
            cross_validation: counts(&judged.by_row),
            grouped_cross_validation: counts(&judged.by_group),
            trees: judged.trees,
            out_of_bag: found.out_of_bag,
            importance: (0..attributes.len())
                .map(|a| Importance {
                    attribute: attributes[a].clone(),
                    gini: found.gini[a],
                    gini_unweighted: found.gini_unweighted[a],
                    permutation: permutation.and_then(|p| p.get(a).copied()),
                })
                .collect(),
            confusion: confusion(by_row),
            grouped_confusion: confusion(by_group),
            outputs: Vec::new(),
        }
    }

    /// Accuracy for each tree count and kind of fold.
    pub(super) fn validation_table(&self, group: &str) -> Table {
        let rows = || {
            let by_row = self.cross_validation.iter().map(|c| ("voxel", c));
            by_row.chain(self.grouped_cross_validation.iter().map(|c| (group, c)))
        };
        let folds = rows().map(|(_, c)| c.folds.len()).max().unwrap_or(0);
        let mut columns: Vec<String> = ["left out by", "trees", "mean", "std", "balanced"]
            .map(str::to_owned)
            .to_vec();
        columns.extend((1..=folds).map(|f| format!("fold {f}")));
        let names: Vec<&str> = columns.iter().map(String::as_str).collect();
        let mut table = Table::new("cross_validation", &names);
        for (kind, count) in rows() {
            let mut row = vec![
                Cell::Text(kind.to_owned()),
                Cell::Whole(count.trees as i64),
                Cell::Real(count.mean, 4),
                Cell::Real(count.std, 4),
                Cell::Real(count.balanced, 4),
            ];
            row.extend((0..folds).map(|f| real(count.folds.get(f).copied(), 4)));
            table.push(row);
        }
        table
    }

    /// The three importances of each attribute.
    pub(super) fn importance_table(&self) -> Table {
        let columns = ["attribute", "gini", "gini unweighted", "permutation"];
        let mut table = Table::new("importance", &columns);
        for row in &self.importance {
            table.push(vec![
                Cell::Text(row.attribute.clone()),
                Cell::Real(row.gini, 4),
                Cell::Real(row.gini_unweighted, 4),
                real(row.permutation, 4),
            ]);
        }
        table
    }

    /// What became of the training voxels when they were left out; nothing
    /// where none were.
    pub(super) fn confusion_table(&self, name: &str, counts: &[Vec<u64>]) -> Option<Table> {
        if counts.is_empty() {
            return None;
        }
        let confusion = Confusion {
            counts: counts.to_vec(),
        };
        let mut columns = vec!["true class"];
        columns.extend(self.classes.iter().map(String::as_str));
        columns.push("recall");
        let mut table = Table::new(name, &columns);
        for ((class, counts), recall) in self.classes.iter().zip(counts).zip(confusion.recall()) {
            let mut row = vec![Cell::Text(class.clone())];
            row.extend(counts.iter().map(|&n| Cell::Whole(n as i64)));
            row.push(real(recall, 4));
            table.push(row);
        }
        let mut row = vec![Cell::Text("precision".into())];
        row.extend(confusion.precision().into_iter().map(|p| real(p, 4)));
        row.push(Cell::Empty);
        table.push(row);
        Some(table)
    }
}

impl TreeCount {
    fn of(score: &CountScore) -> Self {
        Self {
            trees: score.trees,
            mean: score.mean,
            std: score.std,
            balanced: score.confusion.balanced_accuracy(),
            folds: score.folds.clone(),
        }
    }
}

/// Where the trees cut each attribute, in standard deviations from the mean of
/// the training rows where `normalise`, as the values come otherwise.
pub(super) fn thresholds_table(
    attributes: &[String],
    thresholds: &[Thresholds],
    normalise: bool,
) -> Table {
    let unit = if normalise { " (std)" } else { "" };
    let quartile = |name: &str| format!("{name}{unit}");
    let (low, middle, high) = (quartile("25 %"), quartile("median"), quartile("75 %"));
    let columns = ["attribute", "mean", "std", "splits", &low, &middle, &high];
    let mut table = Table::new("thresholds", &columns);
    for (attribute, t) in attributes.iter().zip(thresholds) {
        let scaled = |x: f64| {
            if normalise { (x - t.mean) / t.std } else { x }
        };
        let mut row = vec![
            Cell::Text(attribute.clone()),
            Cell::Real(t.mean, 4),
            Cell::Real(t.std, 4),
            Cell::Whole(t.splits as i64),
        ];
        row.extend((0..3).map(|q| real(t.quartiles.map(|of| scaled(of[q])), 3)));
        table.push(row);
    }
    table
}

/// How many voxels of the volume each class got; `tally[0]` counts the nulls.
pub(super) fn volume_table(classes: &[String], codes: &[i32], tally: &[u64]) -> Table {
    let mut table = Table::new("class_volume", &["class", "code", "voxels", "share"]);
    let total = tally.iter().sum::<u64>().max(1) as f64;
    let mut push = |class: &str, code: i32, voxels: u64| {
        table.push(vec![
            Cell::Text(class.to_owned()),
            Cell::Whole(i64::from(code)),
            Cell::Whole(voxels as i64),
            Cell::Real(voxels as f64 / total, 4),
        ]);
    };
    for ((class, &code), &voxels) in classes.iter().zip(codes).zip(&tally[1..]) {
        push(class, code, voxels);
    }
    push("null", 0, tally[0]);
    table
}

fn real(x: Option<f64>, decimals: u8) -> Cell {
    x.map_or(Cell::Empty, |x| Cell::Real(x, decimals))
}
