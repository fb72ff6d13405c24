//! Scores of forests on rows left out, over all folds.

use serde::{Deserialize, Serialize};

use super::judge::FoldScores;

/// How many rows of each class were taken for each class.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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

    /// Harmonic mean of precision and recall of each class, `2 TP / (2 TP + FP +
    /// FN)`; nothing for a class that neither occurs nor was predicted.
    pub fn f1(&self) -> Vec<Option<f64>> {
        (0..self.counts.len())
            .map(|c| {
                let true_rows: u64 = self.counts[c].iter().sum();
                let named: u64 = self.counts.iter().map(|r| r[c]).sum();
                share(2 * self.counts[c][c], true_rows + named)
            })
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

/// Rows that were given nearly the same probability: a bar of the reliability
/// diagram (Murphy and Winkler 1977).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reliability {
    /// How many rows.
    pub rows: u64,
    /// Mean probability of the class that each was taken for.
    pub said: f64,
    /// The share of them that is of that class.
    pub right: f64,
}

/// A value over repeated shuffles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Repeated {
    /// Mean of the repeats.
    pub mean: f64,
    /// The mean less two standard deviations of the repeats.
    pub low: f64,
    /// And more.
    pub high: f64,
}

impl Repeated {
    fn of(values: &[f64]) -> Self {
        let n = values.len().max(1) as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
        let std = (squares / (n - 1.0).max(1.0)).sqrt();
        Self {
            mean,
            low: mean - 2.0 * std,
            high: mean + 2.0 * std,
        }
    }
}

/// Scores of all folds together, for each tree count.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CrossValidation {
    /// One entry a tree count, ascending.
    pub counts: Vec<CountScore>,
}

/// Scores of forests of one size over all folds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
    /// Mean of `-ln p` of the true class over all rows. A class that no tree named
    /// counts as half a vote, `1 / (2 T)`: a forest never means exactly 0.
    pub log_loss: f64,
    /// Rows by the probability of the class they were taken for, in ten bins;
    /// those without rows left out.
    pub reliability: Vec<Reliability>,
    /// Drop of accuracy over all rows when an attribute is shuffled among the
    /// rows left out of a fold (Breiman 2001), over repeats; empty where that was
    /// left out.
    pub permutation: Vec<Repeated>,
    /// The same for each set of attributes shuffled together.
    pub together: Vec<Repeated>,
}

impl CrossValidation {
    /// Pools the scores of all folds of a plan, in order of folds.
    pub fn pool(counts: &[usize], folds: &[FoldScores], classes: usize, attributes: usize) -> Self {
        let counts = counts.iter().enumerate();
        Self {
            counts: counts
                .map(|(i, &trees)| CountScore::pool(i, trees, folds, classes, attributes))
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
    fn pool(
        i: usize,
        trees: usize,
        folds: &[FoldScores],
        classes: usize,
        attributes: usize,
    ) -> Self {
        let mut confusion = Confusion {
            counts: vec![vec![0; classes]; classes],
        };
        let mut accuracy = Vec::new();
        for fold in folds {
            let of_fold = Confusion::of(&fold.class, &fold.answers[i].class, classes);
            accuracy.push(of_fold.accuracy());
            confusion.add(&of_fold);
        }
        let n = accuracy.len().max(1) as f64;
        let mean = accuracy.iter().sum::<f64>() / n;
        let variance = accuracy.iter().map(|a| (a - mean).powi(2)).sum::<f64>() / n;
        let mut permutation = permutation(i, folds, &confusion);
        let together = permutation.split_off(attributes.min(permutation.len()));
        Self {
            trees,
            mean,
            std: variance.sqrt(),
            folds: accuracy,
            log_loss: log_loss(i, trees, folds),
            reliability: reliability(i, folds),
            confusion,
            permutation,
            together,
        }
    }
}

/// Drop of accuracy for each attribute and set of attributes, over the repeats.
fn permutation(i: usize, folds: &[FoldScores], confusion: &Confusion) -> Vec<Repeated> {
    let first = folds.first().and_then(|f| f.right_shuffled.get(i));
    let sets = first.map_or(0, Vec::len);
    let repeats = first.and_then(|sets| sets.first()).map_or(0, Vec::len);
    if repeats == 0 {
        return Vec::new();
    }
    let drop = |set: usize, repeat: usize| {
        let right = folds.iter().map(|f| f.right_shuffled[i][set][repeat]);
        let right: u64 = right.sum();
        (confusion.right() as f64 - right as f64) / confusion.rows().max(1) as f64
    };
    (0..sets)
        .map(|set| Repeated::of(&(0..repeats).map(|r| drop(set, r)).collect::<Vec<_>>()))
        .collect()
}

fn log_loss(i: usize, trees: usize, folds: &[FoldScores]) -> f64 {
    let least = 0.5 / trees.max(1) as f64;
    let rows = || folds.iter().flat_map(|fold| &fold.answers[i].truth);
    let losses = rows().map(|&p| -f64::from(p).max(least).ln());
    losses.sum::<f64>() / rows().count().max(1) as f64
}

fn reliability(i: usize, folds: &[FoldScores]) -> Vec<Reliability> {
    const BINS: usize = 10;
    let mut bins = [(0_u64, 0.0, 0_u64); BINS];
    for fold in folds {
        let answers = &fold.answers[i];
        let rows = answers.sure.iter().zip(&answers.class).zip(&fold.class);
        for ((&sure, said), truth) in rows {
            let sure = f64::from(sure);
            let (rows, sum, right) = &mut bins[((sure * BINS as f64) as usize).min(BINS - 1)];
            *rows += 1;
            *sum += sure;
            *right += u64::from(said == truth);
        }
    }
    let filled = bins.into_iter().filter(|(rows, ..)| *rows > 0);
    filled
        .map(|(rows, sum, right)| Reliability {
            rows,
            said: sum / rows as f64,
            right: right as f64 / rows as f64,
        })
        .collect()
}
