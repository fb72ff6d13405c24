//! Trees and forests against worked examples and scikit-learn.
//!
//! The scikit-learn numbers were made once with scikit-learn 1.9.1 and numpy
//! 2.4.6 on the integers of [`blobs`], which the same few lines of Python give:
//! `DecisionTreeClassifier(max_depth=..., random_state=0)` for single trees, the mean
//! over seeds 0 to 9 of `RandomForestClassifier(100, max_depth=10, max_features=2)`
//! for fold accuracies, `RandomForestClassifier(400, max_depth=10, max_features=2,
//! random_state=1)` for importances.

use super::*;

#[test]
fn the_worked_tree_splits_where_it_must() {
    let values = Array2::from_shape_fn(
        (8, 2),
        |(i, a)| if a == 0 { i as f32 } else { (i % 2) as f32 },
    );
    let table = table(values, vec![0, 0, 0, 1, 1, 1, 2, 2]);
    let forest = fit(&table, &plain(&table), 1);
    let tree = &forest.trees()[0];
    assert_eq!(
        preorder(tree),
        [(0, 2.5), (-2, -2.0), (0, 5.5), (-2, -2.0), (-2, -2.0)]
    );
    assert_eq!(tree.depth(), 2);
    assert_close(&tree.gini_unweighted, &[0.35625 + 0.48, 0.0], 1e-12);
    assert_close(&tree.gini, &[0.35625 + 0.48 * 5.0 / 8.0, 0.0], 1e-12);
    assert_eq!(gini_importance(forest.trees(), 2).weighted, [1.0, 0.0]);
}

#[test]
fn weighting_turns_the_ranking_around() {
    let rows = [
        [0., 0.],
        [0., 0.],
        [0., 1.],
        [0., 1.],
        [1., 0.],
        [1., 0.],
        [1., 0.],
        [1., 0.],
    ];
    let table = table(ndarray::arr2(&rows), vec![0, 0, 1, 1, 2, 2, 2, 2]);
    let forest = fit(&table, &plain(&table), 1);
    let importance = gini_importance(forest.trees(), 2);
    assert_close(&importance.weighted, &[0.6, 0.4], 1e-12);
    assert_close(&importance.unweighted, &[3.0 / 7.0, 4.0 / 7.0], 1e-12);
}

#[test]
fn xor_is_learnt_through_a_split_that_gains_nothing() {
    let rows = [[0., 0.], [0., 1.], [1., 0.], [1., 1.]];
    let table = table(ndarray::arr2(&rows), vec![0, 1, 1, 0]);
    let rows = Rows::of(&table, &[0, 1, 2, 3]).unwrap();
    let seeding = Seeding { seed: 1, fold: 0 };
    let trees = grow(&rows, &plain(&table), 0..1, seeding, &Task::silent()).unwrap();
    let forest = Forest::new(&table, trees).unwrap();
    assert_eq!(forest.trees()[0].nodes().len(), 7);
    assert_eq!(accuracy(&forest, &table), 1.0);
}

#[test]
fn a_single_tree_is_that_of_scikit_learn() {
    let table = blobs(600);
    let full = fit_exactly(&table, &plain(&table), 1);
    assert_eq!(accuracy(&full, &table), 1.0);
    assert_eq!(preorder(&full.trees()[0])[0], (1, 157_796.0));
    assert_eq!(full.trees()[0].nodes().len(), 135);
    assert_eq!(full.trees()[0].depth(), 11);

    // Deeper down several attributes tie, and scikit-learn takes any of them.
    let shallow = fit_exactly(
        &table,
        &ForestOptions {
            max_depth: 3,
            ..plain(&table)
        },
        1,
    );
    let leaf = (-2, -2.0);
    let expected = [
        (1, 157_796.0),
        (0, 165_220.5),
        (0, 147_330.0),
        leaf,
        leaf,
        (1, 120_939.0),
        leaf,
        leaf,
        (2, 108_619.5),
        (1, 165_281.5),
        leaf,
        leaf,
        (0, 128_748.5),
        leaf,
        leaf,
    ];
    assert_eq!(preorder(&shallow.trees()[0]), expected);
    assert!((accuracy(&shallow, &table) - 0.873_333_333).abs() < 1e-9);
    let importance = gini_importance(shallow.trees(), 6).weighted;
    let peer = [
        0.380_670_495_229_291,
        0.529_768_720_420_133_6,
        0.089_560_784_350_575_34,
        0.0,
        0.0,
        0.0,
    ];
    assert_close(&importance, &peer, 1e-9);
}

#[test]
fn balanced_weights_are_those_of_scikit_learn() {
    let table = blobs(600);
    let few: Vec<usize> = (0..600).filter(|i| i % 3 != 2 || i % 30 == 2).collect();
    let table = table.rows(&few);
    assert_eq!(table.class_counts(), [200, 200, 20]);
    let options = ForestOptions {
        max_depth: 2,
        ..plain(&table)
    };
    let leaf = (-2, -2.0);
    let equal = fit_exactly(&table, &options, 1);
    assert_eq!(
        preorder(&equal.trees()[0]),
        [
            (0, 165_220.5),
            (1, 201_303.5),
            leaf,
            leaf,
            (1, 149_194.5),
            leaf,
            leaf
        ]
    );
    let balanced = ForestOptions {
        class_weight: ClassWeight::Balanced,
        ..options
    };
    let balanced = fit_exactly(&table, &balanced, 1);
    let tree = &balanced.trees()[0];
    assert_eq!(
        preorder(tree),
        [
            (1, 161_059.0),
            (0, 165_220.5),
            leaf,
            leaf,
            (2, 137_274.5),
            leaf,
            leaf
        ]
    );
    let last = tree.fractions(tree.nodes().len() - 1);
    assert_close(
        &last.iter().map(|&x| f64::from(x)).collect::<Vec<_>>(),
        &[0.9375, 0.0625, 0.0],
        1e-6,
    );
    let importance = gini_importance(balanced.trees(), 6).weighted;
    let peer = [
        0.379_910_383_584_274,
        0.535_738_388_678_523_2,
        0.084_351_227_737_202_63,
        0.0,
        0.0,
        0.0,
    ];
    assert_close(&importance, &peer, 1e-9);
}

#[test]
fn a_forest_judges_and_ranks_like_scikit_learn() {
    let table = blobs(600);
    let peer = [0.870_833, 0.835_833, 0.8775, 0.904_167, 0.846_667];
    let options = ForestOptions::default();
    let mut mean = 0.0;
    for (fold, expected) in peer.iter().enumerate() {
        let of_fold = |row: &usize| row / 3 % 5 == fold;
        let kept: Vec<usize> = (0..600).filter(|row| !of_fold(row)).collect();
        let left_out: Vec<usize> = (0..600).filter(of_fold).collect();
        let forest = fit(&table.rows(&kept), &options, 100);
        let right = accuracy(&forest, &table.rows(&left_out));
        assert!(
            (right - expected).abs() < 0.04,
            "fold {fold}: {right} against {expected}"
        );
        mean += right / 5.0;
    }
    assert!((mean - 0.867).abs() < 0.02, "mean {mean} against 0.867");

    let forest = fit(&table, &options, 400);
    let importance = gini_importance(forest.trees(), 6);
    let peer = [0.2653, 0.3853, 0.2083, 0.0523, 0.0464, 0.0425];
    assert_close(&importance.weighted, &peer, 0.015);
    let rows = training_rows(&table).unwrap();
    let seeding = Seeding { seed: 1, fold: 0 };
    let out_of_bag = forest
        .out_of_bag_accuracy(&rows, &options, seeding, &Task::silent())
        .unwrap()
        .unwrap();
    assert!(
        (out_of_bag - 0.867).abs() < 0.02,
        "out of bag {out_of_bag} against 0.867"
    );
}
