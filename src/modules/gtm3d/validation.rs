//! Judging the classes on polygons left out, beside a random forest on the same
//! folds.
//!
//! The map itself is not fitted again: it never saw a class. What is learnt from
//! the polygons are the densities of the facies on it, and these come from the
//! polygons kept alone. Folds are those of `rfc3d` with the same seed.

use serde::{Deserialize, Serialize};

use super::model::{Model, density};
use super::settings::Settings;
use crate::ml::folds::Folds;
use crate::ml::forest::{Confusion, Forest, ForestOptions, Rows, Seeding, columns_of, grow};
use crate::ml::gtm::FaciesMap;
use crate::model::TrainingTable;
use crate::modules::ModuleError;
use crate::task::{Task, stream};

/// Trees of the forest beside: the default of `rfc3d`.
pub(super) const TREES: usize = 100;
/// A probability below this counts as this in the log-loss: a forest says 0 where
/// none of its trees says otherwise.
const LEAST: f64 = 1e-6;
/// Bins of the reliability diagram.
const BINS: usize = 10;

/// How well classes are found where nothing was learnt from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Validation {
    /// What was left out together: `polygon`, `group`, or `voxel` where each class
    /// has but one polygon.
    pub left_out: String,
    /// `gtm3d`, then `rfc3d` where it was judged too.
    pub classifiers: Vec<Judgement>,
}

/// How well one classifier did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// Its name.
    pub classifier: String,
    /// Share of the voxels that are right.
    pub accuracy: f64,
    /// Mean recall of the classes.
    pub balanced_accuracy: f64,
    /// Mean of -ln of the true class's probability, in nats; probabilities below
    /// 1e-6 count as that.
    pub log_loss: f64,
    /// Mean distance between confidence and accuracy over the bins, weighted by
    /// their voxels; 0 where probabilities are what they say.
    pub calibration_error: f64,
    /// Accuracy of each fold.
    pub folds: Vec<f64>,
    /// Rows are the true class, columns the predicted one.
    pub confusion: Vec<Vec<u64>>,
    /// The reliability diagram.
    pub reliability: Vec<ReliabilityBin>,
}

/// Voxels whose confidence lies between two bounds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReliabilityBin {
    /// From this confidence on.
    pub from: f64,
    /// To below this; the last bin holds 1 too.
    pub to: f64,
    /// How many.
    pub voxels: u64,
    /// Their mean confidence; nothing without voxels.
    pub confidence: Option<f64>,
    /// The share that is right.
    pub accuracy: Option<f64>,
}

/// Probabilities of the rows left out of a fold, class by class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct FoldAnswers {
    truth: Vec<u16>,
    /// Of the map, then of the forest where there is one: rows x classes.
    answers: Vec<Vec<f32>>,
}

/// The folds of a table, and what they leave out together.
pub(super) fn folds(table: &TrainingTable, settings: &Settings) -> (Folds, bool) {
    let rng = |name| stream(settings.seed, name, &[]);
    if table.group.len() == table.len() {
        let mut rng = rng("rfc3d folds by group");
        let folds = Folds::by_group(&table.class, &table.group, settings.folds, &mut rng);
        if folds.count() > 1 {
            return (folds, true);
        }
    }
    let mut rng = rng("rfc3d folds by row");
    (Folds::by_row(&table.class, settings.folds, &mut rng), false)
}

/// Judges a fold; nothing for a number beyond the last.
pub(super) fn fold(
    fold: usize,
    model: &Model,
    table: &TrainingTable,
    settings: &Settings,
    task: &Task,
) -> Result<Option<FoldAnswers>, ModuleError> {
    let (folds, by_group) = folds(table, settings);
    if fold >= folds.count() {
        task.advance(TREES as u64);
        return Ok(None);
    }
    let (kept, left_out) = (folds.kept(fold), folds.left_out(fold));
    let columns = columns_of(table, &left_out);
    let columns: Vec<&[f32]> = columns.iter().map(Vec::as_slice).collect();
    let mut answers = vec![by_map(model, table, settings, &kept, &columns)?];
    if settings.forest {
        let seeding = Seeding {
            seed: settings.seed,
            fold: 1 + fold as u64 + if by_group { settings.folds as u64 } else { 0 },
        };
        let rows = Rows::of(table, &kept)?;
        let trees = grow(&rows, &ForestOptions::default(), 0..TREES, seeding, task)?;
        let mut place = vec![0; left_out.len()];
        let mut fractions = vec![0.0; left_out.len() * table.classes.len()];
        let quiet = Task::new(&NoProgress, task.cancel);
        Forest::new(table, trees)?.predict(&columns, &mut place, Some(&mut fractions), &quiet)?;
        answers.push(fractions);
    } else {
        task.advance(TREES as u64);
    }
    let truth = left_out.iter().map(|&row| table.class[row]).collect();
    Ok(Some(FoldAnswers { truth, answers }))
}

/// Rows judged are not the work that the stage counts.
struct NoProgress;

impl crate::task::Progress for NoProgress {
    fn advance(&self, _: u64) {}
    fn note(&self, _: &str) {}
}

fn by_map(
    model: &Model,
    table: &TrainingTable,
    settings: &Settings,
    kept: &[usize],
    columns: &[&[f32]],
) -> Result<Vec<f32>, ModuleError> {
    let facies = table.classes.iter().enumerate().map(|(m, name)| {
        let rows: Vec<usize> = kept
            .iter()
            .copied()
            .filter(|&row| usize::from(table.class[row]) == m)
            .collect();
        let nowhere = || vec![0.0; model.background.len()];
        let density = density(&model.map, table, &rows).unwrap_or_else(nowhere);
        (name.clone(), Some(density))
    });
    let map = FaciesMap::new(
        &model.map,
        facies.collect(),
        &model.background,
        settings.compare,
        settings.smooth,
        0.0,
    )?;
    let mapped = map.map(columns);
    let rows = columns.first().map_or(0, |c| c.len());
    Ok((0..rows)
        .flat_map(|row| mapped.probability.iter().map(move |p| p[row]))
        .collect())
}

/// Joins the folds.
pub(super) fn judge(answers: &[FoldAnswers], classes: usize, left_out: &str) -> Option<Validation> {
    let classifiers = answers.first()?.answers.len();
    let names = ["gtm3d", "rfc3d"];
    Some(Validation {
        left_out: left_out.to_owned(),
        classifiers: (0..classifiers)
            .map(|c| Judgement::of(names[c], answers, c, classes))
            .collect(),
    })
}

impl Judgement {
    fn of(name: &str, folds: &[FoldAnswers], classifier: usize, classes: usize) -> Self {
        let (mut truth, mut predicted, mut accuracy) = (Vec::new(), Vec::new(), Vec::new());
        let mut bins = [(0_u64, 0.0, 0_u64); BINS];
        let mut loss = 0.0;
        for fold in folds {
            let mut right = 0;
            let rows = fold.answers[classifier].chunks_exact(classes);
            for (&class, row) in fold.truth.iter().zip(rows) {
                let best = (0..classes)
                    .rev()
                    .max_by(|&a, &b| row[a].total_cmp(&row[b]))
                    .unwrap_or(0);
                let confidence = f64::from(row[best]);
                let hit = best == usize::from(class);
                let bin = ((confidence * BINS as f64) as usize).min(BINS - 1);
                bins[bin].0 += 1;
                bins[bin].1 += confidence;
                bins[bin].2 += u64::from(hit);
                loss -= f64::from(row[usize::from(class)]).max(LEAST).ln();
                right += usize::from(hit);
                truth.push(class);
                predicted.push(best as u16);
            }
            accuracy.push(right as f64 / fold.truth.len().max(1) as f64);
        }
        let confusion = Confusion::of(&truth, &predicted, classes);
        let all = truth.len().max(1) as f64;
        let apart = bins
            .iter()
            .map(|(_, confidence, right)| (confidence - *right as f64).abs());
        Self {
            classifier: name.to_owned(),
            accuracy: confusion.accuracy(),
            balanced_accuracy: confusion.balanced_accuracy(),
            log_loss: loss / all,
            calibration_error: apart.sum::<f64>() / all,
            folds: accuracy,
            reliability: bins.iter().enumerate().map(ReliabilityBin::of).collect(),
            confusion: confusion.counts,
        }
    }
}

impl ReliabilityBin {
    fn of((bin, &(voxels, confidence, right)): (usize, &(u64, f64, u64))) -> Self {
        let mean = |sum: f64| (voxels > 0).then(|| sum / voxels as f64);
        Self {
            from: bin as f64 / BINS as f64,
            to: (bin + 1) as f64 / BINS as f64,
            voxels,
            confidence: mean(confidence),
            accuracy: mean(right as f64),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_bins_and_recalls_are_what_they_say() {
        let fold = FoldAnswers {
            truth: vec![0, 0, 0, 1],
            answers: vec![vec![0.95, 0.05, 0.6, 0.4, 0.2, 0.8, 0.0, 1.0]],
        };
        let found = judge(&[fold], 2, "polygon").unwrap();
        let map = &found.classifiers[0];
        assert_eq!(map.confusion, [vec![2, 1], vec![0, 1]]);
        assert_eq!(map.accuracy, 0.75);
        assert!((map.balanced_accuracy - f64::midpoint(2.0 / 3.0, 1.0)).abs() < 1e-12);
        let loss = -(0.95_f64.ln() + 0.6_f64.ln() + 0.2_f64.ln()) / 4.0;
        assert!((map.log_loss - loss).abs() < 1e-6, "{}", map.log_loss);
        // Confidences 0.95 and 1 share the last bin.
        let last = &map.reliability[9];
        assert_eq!((last.voxels, last.accuracy), (2, Some(1.0)));
        assert_eq!(map.reliability[8].accuracy, Some(0.0));
        assert_eq!(map.reliability[0].confidence, None);
        let apart = (0.05 + 0.8 + 0.4) / 4.0;
        assert!((map.calibration_error - apart).abs() < 1e-6);
    }
}
