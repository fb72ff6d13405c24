//! Judging forests on rows left out: one fold at a time, then all together.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::predict::predict_prefixes;
use super::{ForestError, ForestOptions, Rows, Seeding, Tree, columns_of, grow};
use crate::ml::folds::Folds;
use crate::model::TrainingTable;
use crate::task::{Task, stream};

/// What is judged: a table, its folds, and how forests are grown.
#[derive(Clone, Copy, Debug)]
pub struct FoldPlan<'a> {
    /// All training rows.
    pub table: &'a TrainingTable,
    /// Which of them are left out together.
    pub folds: &'a Folds,
    /// Tree counts to compare, ascending: each is a prefix of one forest.
    pub counts: &'a [usize],
    /// How trees are grown.
    pub options: &'a ForestOptions,
    /// The user's seed.
    pub seed: u64,
    /// Number of fold 0 among all forests of the run, from 1: keeps the random
    /// streams of folds by row and of folds by group apart.
    pub first_fold: u64,
    /// How often each attribute is shuffled for its permutation importance; 0
    /// leaves that out.
    pub shuffles: usize,
}

/// How the forest of one fold did on the rows left out of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FoldScores {
    /// For each tree count, what became of the rows.
    pub confusion: Vec<Confusion>,
    /// For each tree count and attribute, how many rows were right with the
    /// attribute shuffled among them, summed over the shuffles.
    pub right_shuffled: Vec<Vec<u64>>,
    /// How many shuffles.
    pub shuffles: usize,
}

/// How many rows of each class were taken for each class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confusion {
    /// Rows are the true class, columns the predicted one.
    pub counts: Vec<Vec<u64>>,
}

impl Confusion {
    /// Tallies predictions.
    pub fn of(truth: &[u16], predicted: &[u16], classes: usize) -> Self {
        let mut counts = vec![vec![0; classes]; classes];
        for (&t, &p) in truth.iter().zip(predicted) {
            counts[usize::from(t)][usize::from(p)] += 1;
        }
        Self { counts }
    }

    fn add(&mut self, other: &Confusion) {
        let rows = self.counts.iter_mut().zip(&other.counts);
        for (a, b) in rows.flat_map(|(a, b)| a.iter_mut().zip(b)) {
            *a += b;
        }
    }

    /// How many rows were judged.
    pub fn rows(&self) -> u64 {
        self.counts.iter().flatten().sum()
    }

    /// How many of them are right.
    pub fn right(&self) -> u64 {
        (0..self.counts.len()).map(|c| self.counts[c][c]).sum()
    }

    /// Share of the rows that are right.
    pub fn accuracy(&self) -> f64 {
        self.right() as f64 / self.rows().max(1) as f64
    }

    /// Of the rows of each class, the share that is found; nothing for a class
    /// without rows.
    pub fn recall(&self) -> Vec<Option<f64>> {
        (0..self.counts.len())
            .map(|c| share(self.counts[c][c], self.counts[c].iter().sum()))
            .collect()
    }

    /// Of the rows taken for each class, the share that is of it; nothing for a
    /// class that was never predicted.
    pub fn precision(&self) -> Vec<Option<f64>> {
        (0..self.counts.len())
            .map(|c| share(self.counts[c][c], self.counts.iter().map(|r| r[c]).sum()))
            .collect()
    }

    /// Mean recall of the classes that have rows.
    pub fn balanced_accuracy(&self) -> f64 {
        let recall: Vec<f64> = self.recall().into_iter().flatten().collect();
        recall.iter().sum::<f64>() / recall.len().max(1) as f64
    }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Grows the forest of one fold, with as many trees as the largest count, and
/// judges its prefixes on the rows left out. Reports one unit a tree.
///
/// The kept rows may lack a class (its rows lie in one group): the forest then
/// cannot find it, and the scores say so.
pub fn judge_fold(plan: &FoldPlan, fold: usize, task: &Task) -> Result<FoldScores, ForestError> {
    let most = plan.counts.last().copied().unwrap_or(0);
    let number = plan.first_fold + fold as u64;
    let seeding = Seeding {
        seed: plan.seed,
        fold: number,
    };
    let kept = Rows::of(plan.table, &plan.folds.kept(fold))?;
    let trees = grow(&kept, plan.options, 0..most, seeding, task)?;

    let left_out = plan.folds.left_out(fold);
    let columns = columns_of(plan.table, &left_out);
    let columns: Vec<&[f32]> = columns.iter().map(Vec::as_slice).collect();
    let truth: Vec<u16> = left_out.iter().map(|&row| plan.table.class[row]).collect();
    let classes = plan.table.classes.len();
    let confusion = predict_prefixes(&trees, &columns, classes, plan.counts)
        .iter()
        .map(|predicted| Confusion::of(&truth, predicted, classes))
        .collect();
    Ok(FoldScores {
        confusion,
        right_shuffled: shuffled(plan, number, &trees, &columns, &truth, task)?,
        shuffles: plan.shuffles,
    })
}

/// How many rows are right with one attribute shuffled among them, by tree
/// count and attribute, summed over the shuffles.
fn shuffled(
    plan: &FoldPlan,
    fold: u64,
    trees: &[Tree],
    columns: &[&[f32]],
    truth: &[u16],
    task: &Task,
) -> Result<Vec<Vec<u64>>, ForestError> {
    let classes = plan.table.classes.len();
    let right = (0..columns.len() * plan.shuffles)
        .into_par_iter()
        .map(|i| {
            task.check()?;
            let (attribute, shuffle) = (i / plan.shuffles, i % plan.shuffles);
            let items = [fold, attribute as u64, shuffle as u64];
            let mut column = columns[attribute].to_vec();
            stream(plan.seed, "rfc3d shuffle", &items).shuffle(&mut column);
            let mut columns = columns.to_vec();
            columns[attribute] = &column;
            let predicted = predict_prefixes(trees, &columns, classes, plan.counts);
            let right = |p: &Vec<u16>| p.iter().zip(truth).filter(|(p, t)| p == t).count() as u64;
            Ok(predicted.iter().map(right).collect())
        })
        .collect::<Result<Vec<Vec<u64>>, ForestError>>()?;
    let sum = |count: usize, attribute: usize| {
        let of_attribute = right.iter().skip(attribute * plan.shuffles);
        of_attribute.take(plan.shuffles).map(|r| r[count]).sum()
    };
    Ok((0..plan.counts.len())
        .map(|count| (0..columns.len()).map(|a| sum(count, a)).collect())
        .collect())
}

/// Scores of all folds together, for each tree count.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CrossValidation {
    /// One entry a tree count, ascending.
    pub counts: Vec<CountScore>,
}

/// Scores of forests of one size over all folds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CountScore {
    /// How many trees.
    pub trees: usize,
    /// Mean accuracy of the folds.
    pub mean: f64,
    /// Standard deviation of the folds' accuracy (divided by their number).
    pub std: f64,
    /// Accuracy of each fold.
    pub folds: Vec<f64>,
    /// All folds together: every training row once.
    pub confusion: Confusion,
    /// Drop of accuracy over all rows when an attribute is shuffled among the
    /// rows left out of a fold (Breiman 2001); empty where that was left out.
    pub permutation: Vec<f64>,
}

impl CrossValidation {
    /// Pools the scores of all folds of a plan, in order of folds.
    pub fn pool(counts: &[usize], folds: &[FoldScores]) -> Self {
        let counts = counts.iter().enumerate();
        Self {
            counts: counts
                .map(|(i, &trees)| CountScore::pool(i, trees, folds))
                .collect(),
        }
    }

    /// The tree count with the highest mean accuracy; of equal ones the smallest.
    pub fn best(&self) -> Option<&CountScore> {
        const EQUAL: f64 = 1e-12;
        let mut best: Option<&CountScore> = None;
        for score in &self.counts {
            if best.is_none_or(|b| score.mean > b.mean + EQUAL) {
                best = Some(score);
            }
        }
        best
    }

    /// The scores of a tree count.
    pub fn of(&self, trees: usize) -> Option<&CountScore> {
        self.counts.iter().find(|score| score.trees == trees)
    }
}

impl CountScore {
    fn pool(i: usize, trees: usize, folds: &[FoldScores]) -> Self {
        let accuracy: Vec<f64> = folds.iter().map(|f| f.confusion[i].accuracy()).collect();
        let n = accuracy.len().max(1) as f64;
        let mean = accuracy.iter().sum::<f64>() / n;
        let variance = accuracy.iter().map(|a| (a - mean).powi(2)).sum::<f64>() / n;
        let classes = folds.first().map_or(0, |f| f.confusion[i].counts.len());
        let mut confusion = Confusion {
            counts: vec![vec![0; classes]; classes],
        };
        for fold in folds {
            confusion.add(&fold.confusion[i]);
        }
        let shuffles = folds.first().map_or(0, |f| f.shuffles);
        let attributes = folds.first().map_or(0, |f| f.right_shuffled[i].len());
        let drop = |a: usize| {
            let right: u64 = folds.iter().map(|f| f.right_shuffled[i][a]).sum();
            confusion.accuracy() - right as f64 / (shuffles as u64 * confusion.rows()) as f64
        };
        let permutation = if shuffles == 0 {
            Vec::new()
        } else {
            (0..attributes).map(drop).collect()
        };
        Self {
            trees,
            mean,
            std: variance.sqrt(),
            folds: accuracy,
            confusion,
            permutation,
        }
    }
}
