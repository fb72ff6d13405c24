//! Nulls, ties, constants, and tables from which nothing can be learnt.

use super::*;

#[test]
fn nulls_have_no_class() {
    let table = blobs(60);
    let forest = fit(&table, &ForestOptions::default(), 10);
    let mut columns: Vec<Vec<f32>> = columns_of(&table, &(0..60).collect::<Vec<_>>());
    columns[0][7] = f32::NAN;
    columns[5][11] = f32::NAN;
    let columns: Vec<&[f32]> = columns.iter().map(Vec::as_slice).collect();
    let mut place = vec![9; 60];
    let mut fractions = vec![9.0; 180];
    classify(&forest, &columns, &mut place, Some(&mut fractions));
    for v in 0..60 {
        let row = &fractions[v * 3..][..3];
        if v == 7 || v == 11 {
            assert_eq!(place[v], 0);
            assert!(row.iter().all(|x| x.is_nan()));
        } else {
            assert!((1..=3).contains(&place[v]));
            assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-5);
            assert!(
                row.iter()
                    .all(|&x| x <= row[usize::from(place[v]) - 1] + 1e-6)
            );
        }
    }
    // A block that is all null, and one without voxels.
    let null: &[f32] = &[f32::NAN; 300];
    let mut place = vec![9; 300];
    classify(&forest, &[null; 6], &mut place, None);
    assert!(place.iter().all(|&p| p == 0));
    classify(&forest, &[&null[..0]; 6], &mut [], None);
}

#[test]
fn constant_attributes_matter_nothing() {
    let mut table = blobs(120);
    table.values.column_mut(1).fill(3.5);
    let options = ForestOptions {
        mtry: Some(1),
        ..ForestOptions::default()
    };
    let forest = fit(&table, &options, 20);
    let importance = gini_importance(forest.trees(), 6);
    assert_eq!(
        (importance.weighted[1], importance.unweighted[1]),
        (0.0, 0.0)
    );
    assert!((importance.weighted.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    // A node that draws it draws on: no root is a leaf.
    assert!(forest.trees().iter().all(|t| !t.is_leaf(0)));
}

#[test]
fn equal_rows_of_different_classes_share_a_leaf() {
    let rows = [[1.0, 2.0]; 4]
        .into_iter()
        .chain([[5.0, 2.0]; 2])
        .collect::<Vec<_>>();
    let table = table(ndarray::arr2(&rows), vec![0, 0, 0, 1, 1, 1]);
    let forest = fit(&table, &plain(&table), 1);
    let mut place = [0; 2];
    let mut fractions = [0.0; 4];
    classify(
        &forest,
        &[&[1.0, 5.0], &[2.0, 2.0]],
        &mut place,
        Some(&mut fractions),
    );
    assert_eq!((place, fractions), ([1, 2], [0.75, 0.25, 0.0, 1.0]));
}

#[test]
fn equal_fractions_give_the_first_class() {
    let table = table(
        ndarray::arr2(&[[1.0], [1.0], [1.0], [1.0], [2.0]]),
        vec![1, 0, 0, 1, 1],
    );
    let forest = fit(&table, &plain(&table), 3);
    let mut place = [0];
    classify(&forest, &[&[1.0]], &mut place, None);
    assert_eq!(place, [1]);
}

#[test]
fn tables_that_teach_nothing_are_refused() {
    let grow = |table: &TrainingTable| {
        Forest::grow(table, &ForestOptions::default(), 3, 1, &Task::silent()).unwrap_err()
    };
    let good = blobs(12);
    assert!(matches!(
        grow(&good.rows(&[0, 1, 2, 3])),
        ForestError::TooFewRows { rows: 4, .. }
    ));
    let one = good.rows(&[0, 3, 6, 9, 0]);
    assert!(grow(&one).to_string().contains("class c0"));
    let mut constant = good.clone();
    constant.values.fill(1.0);
    assert_eq!(grow(&constant), ForestError::AllConstant);
    let mut null = good.clone();
    null.values[[4, 2]] = f32::NAN;
    assert_eq!(
        grow(&null),
        ForestError::NotFinite {
            row: 5,
            attribute: 3
        }
    );
    let mut wrong = good.clone();
    wrong.class[3] = 7;
    assert!(matches!(
        grow(&wrong),
        ForestError::Class {
            row: 4,
            class: 7,
            ..
        }
    ));
    let options = ForestOptions {
        mtry: Some(7),
        ..ForestOptions::default()
    };
    let error = Forest::grow(&good, &options, 3, 1, &Task::silent()).unwrap_err();
    assert!(
        error.to_string().starts_with("mtry: 7 attributes"),
        "{error}"
    );
}

#[test]
fn a_cancelled_forest_stops() {
    struct Silent;
    impl crate::task::Progress for Silent {
        fn advance(&self, _: u64) {
            unreachable!("no tree was finished")
        }
        fn note(&self, _: &str) {}
    }
    let flag = CancelFlag::default();
    flag.raise();
    let task = Task::new(&Silent, &flag);
    let grown = Forest::grow(&blobs(30), &ForestOptions::default(), 5, 1, &task);
    assert!(matches!(grown, Err(ForestError::Cancelled(_))));
}
