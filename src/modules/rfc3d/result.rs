//! What a run found out: typed for `--json` and the result screens, as tables
//! for people, and in sentences.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::super::{Cell, Table};
use super::outputs::Tally;
use crate::ml::forest::{
    Confusion, CountScore, CrossValidation, FoldScores, Forest, Reliability, Repeated,
};
use crate::model::TrainingTable;

/// What `rfc3d --json` prints.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
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
    /// Voxels of the cells of `confusion`, a few of each.
    pub confused: Vec<Confused>,
    /// The same of `grouped_confusion`.
    pub grouped_confused: Vec<Confused>,
    /// How often the adopted forest is right when it says so, with single voxels
    /// left out.
    pub reliability: Vec<Reliability>,
    /// The same with whole polygons or wells left out.
    pub grouped_reliability: Vec<Reliability>,
    /// Sets of attributes that tell nearly the same, shuffled together.
    pub together: Vec<Together>,
    /// Voxels not learnt from in a fold because they lie near those left out: the
    /// most of any fold.
    pub buffered: u64,
    /// What the classification holds, by class; empty without volumes.
    pub volume: Vec<ClassVolume>,
    /// Voxels in which an attribute is null.
    pub nulls: u64,
    /// Voxels in which an attribute lies beyond the training voxels.
    pub outside: u64,
    /// The model file, to apply elsewhere and to look at trees.
    pub model: PathBuf,
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
    /// Mean of -ln p of the true class.
    #[serde(default)]
    pub log_loss: f64,
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
    /// Drop of accuracy on voxels left out when the attribute is shuffled, mean of
    /// the repeats.
    pub permutation: Option<f64>,
    /// The mean less two standard deviations of the repeats, and more.
    #[serde(default)]
    pub permutation_interval: Option<(f64, f64)>,
}

/// What is lost when attributes that tell nearly the same are shuffled together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Together {
    /// The attributes.
    pub attributes: Vec<String>,
    /// Drop of accuracy on voxels left out, mean of the repeats.
    pub permutation: f64,
    /// The mean less two standard deviations of the repeats, and more.
    pub interval: (f64, f64),
}

/// Voxels of one cell of a confusion matrix.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Confused {
    /// Place of the true class.
    pub truth: usize,
    /// Place of the class that they were taken for.
    pub predicted: usize,
    /// Some of them, the most telling first: the surest mistakes, the least sure
    /// hits.
    pub voxels: Vec<ConfusedVoxel>,
}

/// A training voxel and what was said of it when it was left out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConfusedVoxel {
    /// Inline number.
    pub inline: f64,
    /// Crossline number.
    pub crossline: f64,
    /// Time in ms, or depth.
    pub time: f64,
    /// The probability given to the class that it was taken for.
    pub probability: f64,
}

/// A class in the classification.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassVolume {
    /// The class.
    pub class: String,
    /// What stands for it.
    pub code: i32,
    /// How many voxels.
    pub voxels: u64,
    /// Their mean probability; nothing without voxels.
    pub probability: Option<f64>,
}

/// The scores of all folds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Judged {
    pub by_row: Option<CrossValidation>,
    pub by_group: Option<CrossValidation>,
    /// The tree count adopted.
    pub trees: usize,
    pub confused: Vec<Confused>,
    pub grouped_confused: Vec<Confused>,
    pub buffered: usize,
    /// Sets of attributes shuffled together.
    pub together: Vec<Vec<usize>>,
}

/// Voxels of every cell of the confusion matrix of the tree count at `place`; none
/// where the table knows no positions.
pub(super) fn confused(table: &TrainingTable, folds: &[FoldScores], place: usize) -> Vec<Confused> {
    const EACH: usize = 30;
    if table.positions.len() != table.len() {
        return Vec::new();
    }
    let mut cells = BTreeMap::<(u16, u16), Vec<(f32, u32)>>::new();
    for fold in folds {
        let answers = &fold.answers[place];
        for (i, &row) in fold.rows.iter().enumerate() {
            let cell = (fold.class[i], answers.class[i]);
            cells.entry(cell).or_default().push((answers.sure[i], row));
        }
    }
    let listed = |((truth, predicted), mut rows): ((u16, u16), Vec<(f32, u32)>)| {
        let sign = if truth == predicted { 1.0 } else { -1.0 };
        rows.sort_by(|a, b| (sign * a.0).total_cmp(&(sign * b.0)).then(a.1.cmp(&b.1)));
        let voxels = rows.into_iter().take(EACH).map(|(sure, row)| {
            let at = table.positions[row as usize];
            ConfusedVoxel {
                inline: at.inline,
                crossline: at.crossline,
                time: at.time,
                probability: f64::from(sure),
            }
        });
        Confused {
            truth: truth.into(),
            predicted: predicted.into(),
            voxels: voxels.collect(),
        }
    };
    cells.into_iter().map(listed).collect()
}

/// Each class of the classification with what was counted.
pub(super) fn volume_classes(classes: &[String], codes: &[i32], tally: &Tally) -> Vec<ClassVolume> {
    let of = |(c, class): (usize, &String)| {
        let voxels = tally.voxels[c + 1];
        let sum = tally.probability[c + 1] as f64 * 1e-6;
        ClassVolume {
            class: class.clone(),
            code: codes[c],
            voxels,
            probability: (voxels > 0).then(|| sum / voxels as f64),
        }
    };
    classes.iter().enumerate().map(of).collect()
}

impl Judged {
    /// Scores of the adopted count: by voxel, by group.
    pub(super) fn adopted<'a>(&'a self) -> (Option<&'a CountScore>, Option<&'a CountScore>) {
        let of = |scores: &'a Option<CrossValidation>| scores.as_ref()?.of(self.trees);
        (of(&self.by_row), of(&self.by_group))
    }

    /// Drop of accuracy for each attribute, then for each set of them: over groups
    /// left out where there are some, over single voxels otherwise.
    fn permutation(&self) -> (&[Repeated], &[Repeated]) {
        let (by_row, by_group) = self.adopted();
        let score = by_group.or(by_row);
        score.map_or((&[], &[]), |s| (&s.permutation, &s.together))
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
            model: out.join(&self.model),
            ..self.clone()
        }
    }

    /// The result but for its outputs.
    pub(super) fn of(forest: &Forest, judged: &Judged, found: &Importances) -> Self {
        let counts = |c: &Option<CrossValidation>| {
            let scores = c.iter().flat_map(|c| &c.counts);
            scores.map(TreeCount::of).collect()
        };
        let confusion =
            |score: Option<&CountScore>| score.map_or(Vec::new(), |s| s.confusion.counts.clone());
        let reliability =
            |score: Option<&CountScore>| score.map_or(Vec::new(), |s| s.reliability.clone());
        let (by_row, by_group) = judged.adopted();
        let (alone, together) = judged.permutation();
        let attributes = &forest.attributes;
        let importance = |a: usize| Importance {
            attribute: attributes[a].clone(),
            gini: found.gini[a],
            gini_unweighted: found.gini_unweighted[a],
            permutation: alone.get(a).map(|p| p.mean),
            permutation_interval: alone.get(a).map(|p| (p.low, p.high)),
        };
        let set = |(set, p): (&Vec<usize>, &Repeated)| Together {
            attributes: set.iter().map(|&a| attributes[a].clone()).collect(),
            permutation: p.mean,
            interval: (p.low, p.high),
        };
        Self {
            classes: forest.classes.clone(),
            cross_validation: counts(&judged.by_row),
            grouped_cross_validation: counts(&judged.by_group),
            trees: forest.trees().len(),
            out_of_bag: found.out_of_bag,
            importance: (0..attributes.len()).map(importance).collect(),
            confusion: confusion(by_row),
            grouped_confusion: confusion(by_group),
            confused: judged.confused.clone(),
            grouped_confused: judged.grouped_confused.clone(),
            reliability: reliability(by_row),
            grouped_reliability: reliability(by_group),
            together: judged.together.iter().zip(together).map(set).collect(),
            buffered: judged.buffered as u64,
            ..Self::default()
        }
    }

    /// All of it as tables.
    pub(super) fn tables(
        &self,
        thresholds: &[Thresholds],
        normalise: bool,
        group: &str,
    ) -> Vec<Table> {
        let mut tables = Vec::new();
        if !self.cross_validation.is_empty() {
            tables.push(self.validation_table(group));
        }
        tables.push(self.importance_table());
        tables.extend(self.together_table());
        tables.extend(self.confusion_table("confusion", &self.confusion));
        tables.extend(self.confusion_table("grouped_confusion", &self.grouped_confusion));
        tables.extend(self.reliability_table(group));
        tables.extend(self.confused_table(group));
        if !thresholds.is_empty() {
            let names: Vec<&str> = self
                .importance
                .iter()
                .map(|i| i.attribute.as_str())
                .collect();
            tables.push(thresholds_table(&names, thresholds, normalise));
        }
        if !self.volume.is_empty() {
            tables.push(self.volume_table());
        }
        tables
    }

    /// Accuracy for each tree count and kind of fold.
    fn validation_table(&self, group: &str) -> Table {
        let rows = || {
            let by_row = self.cross_validation.iter().map(|c| ("voxel", c));
            by_row.chain(self.grouped_cross_validation.iter().map(|c| (group, c)))
        };
        let folds = rows().map(|(_, c)| c.folds.len()).max().unwrap_or(0);
        let mut columns: Vec<String> = [
            "left out by",
            "trees",
            "mean",
            "std",
            "balanced",
            "log-loss",
        ]
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
                Cell::Real(count.log_loss, 4),
            ];
            row.extend((0..folds).map(|f| real(count.folds.get(f).copied(), 4)));
            table.push(row);
        }
        table
    }

    /// The three importances of each attribute.
    fn importance_table(&self) -> Table {
        let columns = [
            "attribute",
            "gini",
            "gini unweighted",
            "permutation",
            "from",
            "to",
        ];
        let mut table = Table::new("importance", &columns);
        for row in &self.importance {
            table.push(vec![
                Cell::Text(row.attribute.clone()),
                Cell::Real(row.gini, 4),
                Cell::Real(row.gini_unweighted, 4),
                real(row.permutation, 4),
                real(row.permutation_interval.map(|i| i.0), 4),
                real(row.permutation_interval.map(|i| i.1), 4),
            ]);
        }
        table
    }

    /// What is lost without each set of attributes that tell the same.
    fn together_table(&self) -> Option<Table> {
        let columns = ["shuffled together", "permutation", "from", "to"];
        let mut table = Table::new("importance_together", &columns);
        for set in &self.together {
            table.push(vec![
                Cell::Text(set.attributes.join(" ")),
                Cell::Real(set.permutation, 4),
                Cell::Real(set.interval.0, 4),
                Cell::Real(set.interval.1, 4),
            ]);
        }
        (!table.rows.is_empty()).then_some(table)
    }

    /// When it says p, how often is it right?
    fn reliability_table(&self, group: &str) -> Option<Table> {
        let columns = ["left out by", "it says", "it is right", "voxels"];
        let mut table = Table::new("reliability", &columns);
        let kinds = [
            ("voxel", &self.reliability),
            (group, &self.grouped_reliability),
        ];
        for (kind, bins) in kinds {
            for bin in bins {
                table.push(vec![
                    Cell::Text(kind.to_owned()),
                    Cell::Real(bin.said, 3),
                    Cell::Real(bin.right, 3),
                    Cell::Whole(bin.rows as i64),
                ]);
            }
        }
        (!table.rows.is_empty()).then_some(table)
    }

    /// Voxels of the cells off the diagonal, to be looked at.
    fn confused_table(&self, group: &str) -> Option<Table> {
        let columns = [
            "left out by",
            "true class",
            "taken for",
            "inline",
            "crossline",
            "time",
            "probability",
        ];
        let mut table = Table::new("confused", &columns);
        for (kind, cells) in [("voxel", &self.confused), (group, &self.grouped_confused)] {
            for cell in cells.iter().filter(|cell| cell.truth != cell.predicted) {
                for voxel in &cell.voxels {
                    table.push(vec![
                        Cell::Text(kind.to_owned()),
                        Cell::Text(self.classes[cell.truth].clone()),
                        Cell::Text(self.classes[cell.predicted].clone()),
                        Cell::Real(voxel.inline, 0),
                        Cell::Real(voxel.crossline, 0),
                        Cell::Real(voxel.time, 0),
                        Cell::Real(voxel.probability, 3),
                    ]);
                }
            }
        }
        (!table.rows.is_empty()).then_some(table)
    }

    /// What became of the training voxels when they were left out; nothing
    /// where none were.
    fn confusion_table(&self, name: &str, counts: &[Vec<u64>]) -> Option<Table> {
        if counts.is_empty() {
            return None;
        }
        let confusion = Confusion {
            counts: counts.to_vec(),
        };
        let mut columns = vec!["true class"];
        columns.extend(self.classes.iter().map(String::as_str));
        columns.extend(["recall", "F1"]);
        let mut table = Table::new(name, &columns);
        let (recall, f1) = (confusion.recall(), confusion.f1());
        for (c, (class, counts)) in self.classes.iter().zip(counts).enumerate() {
            let mut row = vec![Cell::Text(class.clone())];
            row.extend(counts.iter().map(|&n| Cell::Whole(n as i64)));
            row.extend([real(recall[c], 4), real(f1[c], 4)]);
            table.push(row);
        }
        let mut row = vec![Cell::Text("precision".into())];
        row.extend(confusion.precision().into_iter().map(|p| real(p, 4)));
        row.extend([Cell::Empty, Cell::Empty]);
        table.push(row);
        Some(table)
    }

    /// How many voxels of the volume each class got, and how sure they are.
    fn volume_table(&self) -> Table {
        let columns = ["class", "code", "voxels", "share", "mean probability"];
        let mut table = Table::new("class_volume", &columns);
        let live: u64 = self.volume.iter().map(|c| c.voxels).sum();
        let total = (live + self.nulls).max(1) as f64;
        let mut push = |class: &str, code: Cell, voxels: u64, probability: Option<f64>| {
            table.push(vec![
                Cell::Text(class.to_owned()),
                code,
                Cell::Whole(voxels as i64),
                Cell::Real(voxels as f64 / total, 4),
                real(probability, 3),
            ]);
        };
        for row in &self.volume {
            let code = Cell::Whole(i64::from(row.code));
            push(&row.class, code, row.voxels, row.probability);
        }
        push("null", Cell::Whole(0), self.nulls, None);
        push("beyond training range", Cell::Empty, self.outside, None);
        table
    }
}

impl TreeCount {
    fn of(score: &CountScore) -> Self {
        Self {
            trees: score.trees,
            mean: score.mean,
            std: score.std,
            balanced: score.confusion.balanced_accuracy(),
            log_loss: score.log_loss,
            folds: score.folds.clone(),
        }
    }
}

/// Where the trees cut each attribute, in standard deviations from the mean of
/// the training rows where `normalise`, as the values come otherwise.
fn thresholds_table(attributes: &[&str], thresholds: &[Thresholds], normalise: bool) -> Table {
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
            Cell::Text((*attribute).to_owned()),
            Cell::Real(t.mean, 4),
            Cell::Real(t.std, 4),
            Cell::Whole(t.splits as i64),
        ];
        row.extend((0..3).map(|q| real(t.quartiles.map(|of| scaled(of[q])), 3)));
        table.push(row);
    }
    table
}

fn real(x: Option<f64>, decimals: u8) -> Cell {
    x.map_or(Cell::Empty, |x| Cell::Real(x, decimals))
}
