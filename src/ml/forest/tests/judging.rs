//! Accuracy on rows not learnt from: out of bag, and fold by fold.

use super::*;

#[test]
fn out_of_bag_needs_a_bootstrap_and_is_not_the_training_accuracy() {
    let mut table = blobs(300);
    let mut rng = stream(5, "labels", &[]);
    table.class = (0..300).map(|_| rng.below(3) as u16).collect();
    let rows = training_rows(&table).unwrap();
    let seeding = Seeding { seed: 1, fold: 0 };
    let options = ForestOptions {
        max_depth: 0,
        ..ForestOptions::default()
    };
    let forest = fit(&table, &options, 60);
    assert!(accuracy(&forest, &table) > 0.95);
    let judged = |o: &ForestOptions| forest.out_of_bag_accuracy(&rows, o, seeding, &Task::silent());
    let honest = judged(&options).unwrap().unwrap();
    assert!(honest < 0.45, "labels are noise, yet out of bag {honest}");
    assert_eq!(judged(&plain(&table)).unwrap(), None);
}

#[test]
fn noise_labels_are_guessed_at_the_largest_share() {
    let mut table = blobs(400);
    let mut rng = stream(9, "labels", &[]);
    table.class = (0..400).map(|_| u16::from(rng.fraction() < 0.3)).collect();
    table.classes.truncate(2);
    let share = table.class_counts()[0] as f64 / 400.0;
    let folds = Folds::by_row(&table.class, 5, &mut rng);
    let options = ForestOptions::default();
    let judged = judge(&plan(&table, &folds, &options, &[100]));
    assert!((judged.counts[0].mean - share).abs() < 0.06, "{judged:?}");
}

#[test]
fn cross_validation_counts_every_row_once_and_prefixes_are_forests() {
    let table = blobs(300);
    let folds = Folds::by_row(&table.class, 5, &mut stream(3, "t", &[]));
    let options = ForestOptions::default();
    let judged = judge(&plan(&table, &folds, &options, &[10, 20, 40]));
    for score in &judged.counts {
        assert_eq!(score.confusion.rows(), 300);
        let truth: Vec<u64> = score
            .confusion
            .counts
            .iter()
            .map(|r| r.iter().sum())
            .collect();
        assert_eq!(truth, [100, 100, 100]);
        // Folds are of equal size, so the mean of the folds is the pooled accuracy.
        assert!((score.mean - score.confusion.accuracy()).abs() < 1e-12);
        assert_eq!(score.folds.len(), 5);
        assert!(score.permutation[1].low > 0.1, "{:?}", score.permutation);
        assert!(
            score.permutation[5].mean.abs() < 0.05,
            "{:?}",
            score.permutation
        );
    }
    let alone = judge(&plan(&table, &folds, &options, &[20]));
    assert_eq!(alone.counts[0], judged.counts[1]);
    let best = judged.best().unwrap();
    assert!(judged.counts.iter().all(|s| s.mean <= best.mean + 1e-12));
}

#[test]
fn equal_means_adopt_the_smaller_forest() {
    let score = |trees, mean| CountScore {
        trees,
        mean,
        folds: vec![mean],
        ..CountScore::default()
    };
    let judged = CrossValidation {
        counts: vec![score(50, 0.9), score(100, 0.9 + 1e-13), score(200, 0.8)],
    };
    assert_eq!(judged.best().unwrap().trees, 50);
}

#[test]
fn a_confusion_matrix_gives_recall_precision_and_balance() {
    let confusion = Confusion {
        counts: vec![vec![8, 2, 0], vec![1, 3, 0], vec![0, 0, 0]],
    };
    assert_eq!(confusion.recall(), [Some(0.8), Some(0.75), None]);
    assert_eq!(confusion.precision(), [Some(8.0 / 9.0), Some(0.6), None]);
    assert!((confusion.balanced_accuracy() - 0.775).abs() < 1e-12);
    assert!((confusion.accuracy() - 11.0 / 14.0).abs() < 1e-12);
}

#[test]
fn a_fold_without_a_class_still_gives_scores() {
    // Class 1 lies in one group only: the fold that leaves it out cannot know it.
    let mut table = blobs(60);
    table.class = (0..60).map(|i| u16::from(i >= 40)).collect();
    table.classes.truncate(2);
    let group: Vec<u32> = (0..60).map(|i| i / 20).collect();
    let folds = Folds::by_group(&table.class, &group, 5, &mut stream(1, "t", &[]));
    assert_eq!(folds.count(), 2);
    let options = ForestOptions::default();
    let judged = judge(&plan(&table, &folds, &options, &[5]));
    assert_eq!(judged.counts[0].confusion.counts[1], [20, 0]);
}
