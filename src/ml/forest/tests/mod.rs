//! Forests against known answers: tables to learn from, and how to look at what
//! was learnt.

mod edges;
mod invariance;
mod judging;
mod leakage;
mod oracles;

use super::*;
use crate::ml::folds::Folds;
use crate::task::{CancelFlag, Task, stream};
use ndarray::Array2;
use proptest::prelude::*;

fn table(values: Array2<f32>, class: Vec<u16>) -> TrainingTable {
    let classes = class.iter().max().map_or(0, |&c| c + 1);
    TrainingTable {
        attributes: (0..values.ncols()).map(|a| format!("a{a}")).collect(),
        classes: (0..classes).map(|c| format!("c{c}")).collect(),
        codes: (1..=i32::from(classes)).collect(),
        values,
        class,
        ..TrainingTable::default()
    }
}

/// Three overlapping clouds in six attributes; the last two tell nothing.
/// Sums of four 16-bit draws of a congruential generator: exact in any language.
fn blobs(rows: usize) -> TrainingTable {
    const SHIFT: [[i64; 6]; 3] = [
        [0; 6],
        [80_000, -60_000, 20_000, 0, 0, 0],
        [30_000, 90_000, -70_000, 10_000, 0, 0],
    ];
    let mut state = 1_u64;
    let mut values = Array2::zeros((rows, 6));
    for row in 0..rows {
        for a in 0..6 {
            let mut sum = SHIFT[row % 3][a];
            for _ in 0..4 {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                sum += (state >> 48) as i64;
            }
            values[[row, a]] = sum as f32;
        }
    }
    table(values, (0..rows).map(|row| (row % 3) as u16).collect())
}

/// One tree that sees every row once and every attribute at every node.
fn plain(table: &TrainingTable) -> ForestOptions {
    ForestOptions {
        max_depth: 0,
        mtry: Some(table.attributes.len()),
        bootstrap: false,
        ..ForestOptions::default()
    }
}

fn fit(table: &TrainingTable, options: &ForestOptions, trees: usize) -> Forest {
    Forest::grow(table, options, trees, 1, &Task::silent()).unwrap()
}

/// The same with a bin for each value, as an exhaustive search splits.
fn fit_exactly(table: &TrainingTable, options: &ForestOptions, trees: usize) -> Forest {
    let rows = training_rows(table).unwrap().exactly();
    let seeding = Seeding { seed: 1, fold: 0 };
    let trees = grow(&rows, options, 0..trees, seeding, &Task::silent()).unwrap();
    Forest::new(table, trees).unwrap()
}

fn classify(forest: &Forest, columns: &[&[f32]], place: &mut [u16], fractions: Option<&mut [f32]>) {
    let done = forest.predict(columns, place, fractions, &Task::silent());
    done.unwrap();
}

fn predict(forest: &Forest, table: &TrainingTable) -> Vec<u16> {
    let all: Vec<usize> = (0..table.len()).collect();
    let columns = columns_of(table, &all);
    let columns: Vec<&[f32]> = columns.iter().map(Vec::as_slice).collect();
    let mut place = vec![0; table.len()];
    classify(forest, &columns, &mut place, None);
    place
}

fn accuracy(forest: &Forest, table: &TrainingTable) -> f64 {
    let place = predict(forest, table);
    let right = place
        .iter()
        .zip(&table.class)
        .filter(|(p, c)| **p == **c + 1);
    right.count() as f64 / table.len() as f64
}

/// Attribute and threshold of each node in preorder, -2 for leaves, as
/// scikit-learn lists them.
fn preorder(tree: &Tree) -> Vec<(i32, f32)> {
    let mut list = Vec::new();
    let mut stack = vec![0];
    while let Some(i) = stack.pop() {
        let node = tree.nodes()[i];
        if tree.is_leaf(i) {
            list.push((-2, -2.0));
        } else {
            list.push((i32::from(node.attribute), node.threshold));
            stack.extend([node.next as usize + 1, node.next as usize]);
        }
    }
    list
}

fn assert_close(a: &[f64], b: &[f64], tolerance: f64) {
    assert_eq!(a.len(), b.len());
    for (x, y) in a.iter().zip(b) {
        assert!((x - y).abs() <= tolerance, "{a:?} against {b:?}");
    }
}

fn plan<'a>(
    table: &'a TrainingTable,
    folds: &'a Folds,
    options: &'a ForestOptions,
    counts: &'a [usize],
) -> FoldPlan<'a> {
    FoldPlan {
        table,
        folds,
        counts,
        options,
        seed: 3,
        first_fold: 1,
        shuffles: 2,
        buffer: Buffer::default(),
        together: &[],
    }
}

fn judge(plan: &FoldPlan) -> CrossValidation {
    let scores: Vec<FoldScores> = (0..plan.folds.count())
        .map(|fold| judge_fold(plan, fold, &Task::silent()).unwrap())
        .collect();
    let (classes, attributes) = (plan.table.classes.len(), plan.table.attributes.len());
    CrossValidation::pool(plan.counts, &scores, classes, attributes)
}
