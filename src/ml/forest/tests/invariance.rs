//! What must not change a forest, and what must hold for any.

use super::*;

#[test]
fn rescaling_an_attribute_changes_no_prediction() {
    let table = blobs(300);
    let mut scaled = table.clone();
    scaled.values.mapv_inplace(|x| x * 0.25 + 4096.0);
    let options = ForestOptions::default();
    let (a, b) = (fit(&table, &options, 20), fit(&scaled, &options, 20));
    assert_eq!(predict(&a, &table), predict(&b, &scaled));
    // Thresholds move with the attribute.
    let (ta, tb) = (a.trees()[3].nodes()[0], b.trees()[3].nodes()[0]);
    assert_eq!(ta.threshold * 0.25 + 4096.0, tb.threshold);

    // Any increasing map keeps the order, and so every split of the training rows.
    let mut bent = table.clone();
    bent.values.mapv_inplace(|x| (x / 50_000.0).exp());
    let options = ForestOptions {
        max_depth: 5,
        ..plain(&table)
    };
    let (a, b) = (fit(&table, &options, 1), fit(&bent, &options, 1));
    assert_eq!(predict(&a, &table), predict(&b, &bent));
    let attributes = |f: &Forest| {
        preorder(&f.trees()[0])
            .iter()
            .map(|n| n.0)
            .collect::<Vec<_>>()
    };
    assert_eq!(attributes(&a), attributes(&b));
}

#[test]
fn the_same_bytes_on_one_thread_and_on_two() {
    let table = blobs(200);
    let folds = Folds::by_row(&table.class, 3, &mut stream(3, "t", &[]));
    let options = ForestOptions::default();
    let work = || {
        let forest = fit(&table, &options, 24);
        let mut fractions = vec![0.0; 600];
        let mut place = vec![0; 200];
        let all: Vec<usize> = (0..200).collect();
        let columns = columns_of(&table, &all);
        let columns: Vec<&[f32]> = columns.iter().map(Vec::as_slice).collect();
        classify(&forest, &columns, &mut place, Some(&mut fractions));
        let judged = judge(&plan(&table, &folds, &options, &[5, 10]));
        postcard::to_stdvec(&(forest, place, fractions, judged)).unwrap()
    };
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build().unwrap().install(work)
    };
    assert_eq!(on(1), on(2));
}

#[test]
fn trees_may_be_grown_in_parts() {
    let table = blobs(90);
    let rows = training_rows(&table).unwrap();
    let options = ForestOptions::default();
    let seeding = Seeding { seed: 7, fold: 2 };
    let part = |range| grow(&rows, &options, range, seeding, &Task::silent()).unwrap();
    let parts = [part(0..3), part(3..8)].concat();
    assert_eq!(parts, part(0..8));
    let other = Seeding { fold: 3, ..seeding };
    assert_ne!(
        parts,
        grow(&rows, &options, 0..8, other, &Task::silent()).unwrap()
    );
}

#[test]
fn a_forest_is_saved_and_damage_is_seen() {
    let table = blobs(60);
    let forest = fit(&table, &ForestOptions::default(), 3);
    let text = ron::to_string(&forest).unwrap();
    assert_eq!(ron::from_str::<Forest>(&text).unwrap(), forest);
    let bytes = postcard::to_stdvec(&forest).unwrap();
    assert_eq!(postcard::from_bytes::<Forest>(&bytes).unwrap(), forest);

    // A node that leads back to its parent would never end.
    let mut endless = forest.clone();
    endless.tree_mut(0).nodes[1].next = 0;
    let mut outside = forest.clone();
    outside.tree_mut(2).nodes[0].next = 10_000;
    let mut lost = forest.clone();
    lost.attributes.pop();
    for damaged in [endless, outside, lost] {
        let bytes = postcard::to_stdvec(&damaged).unwrap();
        assert!(postcard::from_bytes::<Forest>(&bytes).is_err());
        let text = ron::to_string(&damaged).unwrap();
        let error = ron::from_str::<Forest>(&text).unwrap_err().to_string();
        assert!(error.contains("damaged"), "{error}");
    }
}

/// One row at a time, straight from the definition.
fn walk(forest: &Forest, row: &[f32]) -> Vec<f64> {
    let mut sums = vec![0.0; forest.classes.len()];
    for tree in forest.trees() {
        let mut i = 0;
        while !tree.is_leaf(i) {
            let node = tree.nodes()[i];
            let right = row[usize::from(node.attribute)] > node.threshold;
            i = node.next as usize + usize::from(right);
        }
        for (sum, &x) in sums.iter_mut().zip(tree.fractions(i)) {
            *sum += f64::from(x) / forest.trees().len() as f64;
        }
    }
    sums
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_table_grows_sound_trees(
        rows in 5usize..120, attributes in 1usize..5, levels in 2u16..9,
        max_depth in 0usize..6, min_leaf in 1usize..5, min_split in 2usize..9, seed: u64,
    ) {
        let mut rng = stream(seed, "t", &[]);
        let values = Array2::from_shape_fn((rows, attributes), |_| rng.below(levels.into()) as f32);
        let mut class: Vec<u16> = (0..rows).map(|_| rng.below(3) as u16).collect();
        class[0] = 0;
        class[1] = 1;
        let table = table(values, class);
        let options = ForestOptions { max_depth, min_split, min_leaf, ..ForestOptions::default() };
        let Ok(forest) = Forest::grow(&table, &options, 5, seed, &Task::silent()) else {
            return Ok(()); // no attribute varies
        };
        let all = Rows::of(&table, &(0..rows).collect::<Vec<_>>()).unwrap();
        for (t, tree) in forest.trees().iter().enumerate() {
            tree.check(attributes, table.classes.len()).unwrap();
            prop_assert!(max_depth == 0 || tree.depth() <= max_depth);
            // Send the drawn rows down again: they must give the leaves' fractions.
            let mut times = vec![0; rows];
            grow::bootstrap(&mut Seeding { seed, fold: 0 }.tree(t), &mut times);
            let mut counts = vec![vec![0_u32; table.classes.len()]; tree.nodes().len()];
            for row in 0..rows {
                let mut i = 0;
                loop {
                    counts[i][usize::from(table.class[row])] += u32::from(times[row]);
                    if tree.is_leaf(i) {
                        break;
                    }
                    let node = tree.nodes()[i];
                    let value = all.column(node.attribute.into())[row];
                    i = node.next as usize + usize::from(value > node.threshold);
                }
            }
            for (i, counts) in counts.iter().enumerate() {
                let n: u32 = counts.iter().sum();
                prop_assert!(n as usize >= min_leaf);
                for (&m, &f) in counts.iter().zip(tree.fractions(i)) {
                    prop_assert!((f64::from(m) / f64::from(n) - f64::from(f)).abs() < 1e-6);
                }
                prop_assert!(tree.is_leaf(i) || n as usize >= min_split);
            }
        }
    }

    #[test]
    fn tiles_agree_with_one_row_at_a_time(
        rows in 1usize..5000,
        classes in prop_oneof![Just(3_u16), Just(4), Just(5), Just(11)],
        max_depth in prop_oneof![Just(0usize), Just(2), Just(10)],
        exactly: bool,
        seed: u64,
    ) {
        let mut rng = stream(seed, "t", &[]);
        // Many thresholds on an attribute, and deep trees.
        let mut table = blobs(700);
        let class = (0..700).map(|row| (row % 3 + 3 * rng.below(4)) as u16 % classes);
        table = self::table(table.values, class.collect());
        let options = ForestOptions { max_depth, mtry: Some(1), ..ForestOptions::default() };
        let forest = if exactly { fit_exactly } else { fit }(&table, &options, 7);
        let columns: Vec<Vec<f32>> = (0..6)
            .map(|_| (0..rows).map(|_| rng.below(300_000) as f32).collect())
            .collect();
        let columns: Vec<&[f32]> = columns.iter().map(Vec::as_slice).collect();
        let mut place = vec![0; rows];
        let mut fractions = vec![0.0; rows * forest.classes.len()];
        classify(&forest, &columns, &mut place, Some(&mut fractions));
        for (v, fractions) in fractions.chunks_exact(forest.classes.len()).enumerate() {
            let row: Vec<f32> = columns.iter().map(|c| c[v]).collect();
            let sums = walk(&forest, &row);
            prop_assert_eq!(usize::from(place[v]), predict::winner(&sums) + 1);
            for (x, y) in fractions.iter().zip(&sums) {
                prop_assert!((f64::from(*x) - y).abs() < 1e-6);
            }
        }
    }
}
