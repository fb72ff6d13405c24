//! Runs worked whole, on tables in memory; others on training files and volumes.

mod files;
mod models;
mod volumes;

use std::collections::BTreeMap;
use std::path::Path;

use ndarray::Array2;

use super::*;
use crate::model::{Recipe, TrainingTable};
use crate::modules::{ModuleResult, Outcome, Values};
use crate::task::{Task, stream};

/// Three polygons of 20 voxels a class; the first attribute tells the classes
/// apart, up to a shift of each polygon, the second is noise, the third constant.
fn picked() -> TrainingTable {
    let mut rng = stream(11, "table", &[]);
    let shift: Vec<f32> = (0..9).map(|_| rng.normal() as f32 * 0.8).collect();
    let rows = 9 * 20;
    let values = Array2::from_shape_fn((rows, 3), |(row, a)| match a {
        0 => (row / 60) as f32 * 2.5 + shift[row / 20] + 0.4 * rng.normal() as f32,
        1 => rng.normal() as f32,
        _ => 7.0,
    });
    TrainingTable {
        attributes: ["coherence", "noise", "same"].map(str::to_owned).to_vec(),
        classes: ["salt", "mtd", "layers"].map(str::to_owned).to_vec(),
        codes: vec![1, 2, 3],
        values,
        class: (0..rows).map(|row| (row / 60) as u16).collect(),
        group: (0..rows).map(|row| (row / 20) as u32).collect(),
        groups: (0..9).map(|g| format!("p{g}")).collect(),
        positions: Vec::new(),
    }
}

fn job(table: TrainingTable, settings: &[(&str, &str)], out: &Path) -> Classify {
    let settings: BTreeMap<String, String> = settings
        .iter()
        .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
        .collect();
    let values = Values::check("rfc3d", PARAMETERS, &settings).unwrap();
    let read = Settings::read(&values).unwrap();
    let source = TrainingSource::of_table(table);
    Classify::new(Some(source), None, read, values, &place(out), None)
}

fn place(folder: &Path) -> Place {
    Place {
        frozen: folder.to_owned(),
        out: folder.to_owned(),
        checkpoints: folder.to_owned(),
        recipe: Recipe {
            module: "rfc3d".into(),
            version: "0.0.0".into(),
            request: "0123456789ab".into(),
        },
    }
}

/// Works all stages, the units of each from last to first.
fn work(job: &dyn Job) -> Result<Outcome, ModuleError> {
    let task = Task::silent();
    let mut reduced = Vec::new();
    for (s, stage) in job.stages().iter().enumerate() {
        let mut units = vec![Vec::new(); stage.units.len()];
        for u in (0..units.len()).rev() {
            units[u] = job.unit(s, u, &reduced, &task)?;
        }
        let bytes = job.reduce(s, units, &reduced, &task)?;
        reduced.push(bytes);
    }
    job.finish(&reduced, &task)
}

fn forest(outcome: &Outcome) -> &ForestResult {
    let ModuleResult::Forest(result) = &outcome.result else {
        panic!("{:?} is no forest", outcome.result)
    };
    result
}

#[test]
fn a_run_judges_by_voxel_and_by_polygon() {
    let folder = tempfile::tempdir().unwrap();
    let outcome = work(&job(
        picked(),
        &[("trees", "20"), ("name", "demo")],
        folder.path(),
    ))
    .unwrap();
    let result = forest(&outcome);
    let trees = |counts: &[TreeCount]| counts.iter().map(|c| c.trees).collect::<Vec<_>>();
    assert_eq!(trees(&result.cross_validation), [10, 20, 40]);
    assert_eq!(trees(&result.grouped_cross_validation), [10, 20, 40]);
    assert!(result.cross_validation.iter().all(|c| c.folds.len() == 5));
    assert!(
        result
            .grouped_cross_validation
            .iter()
            .all(|c| c.folds.len() == 3)
    );
    // Every training voxel once.
    for confusion in [&result.confusion, &result.grouped_confusion] {
        let of_class: Vec<u64> = confusion.iter().map(|row| row.iter().sum()).collect();
        assert_eq!(of_class, [60, 60, 60]);
    }
    let best = |counts: &[TreeCount]| counts.iter().map(|c| c.mean).fold(0.0, f64::max);
    // Polygons differ from each other, which single voxels left out never see.
    assert!(best(&result.cross_validation) > best(&result.grouped_cross_validation) + 0.02);
    let adopted = result
        .cross_validation
        .iter()
        .find(|c| c.trees == result.trees);
    assert_eq!(adopted.unwrap().mean, best(&result.cross_validation));
    assert!(result.out_of_bag.unwrap() > 0.8);

    let [coherence, noise, same] = &result.importance[..] else {
        panic!("three attributes")
    };
    assert!(coherence.gini > 0.7 && coherence.permutation.unwrap() > 0.2);
    assert!(noise.permutation.unwrap() < 0.1);
    assert_eq!((same.gini, same.gini_unweighted), (0.0, 0.0));
    assert_eq!(same.permutation, Some(0.0));
    assert!(outcome.sentences[0].starts_with("Accuracy on voxels of groups left out"));
    assert!(
        outcome
            .sentences
            .iter()
            .any(|s| s.contains("same is constant"))
    );
}

#[test]
fn the_json_is_that_of_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let outcome = work(&job(
        picked(),
        &[("trees", "4"), ("name", "demo")],
        folder.path(),
    ))
    .unwrap();
    let json = outcome.result.json(Path::new("/out"));
    assert_eq!(
        json["classes"],
        serde_json::json!(["salt", "mtd", "layers"])
    );
    for key in ["cross_validation", "grouped_cross_validation"] {
        let first = &json[key][0];
        assert_eq!(first["trees"], 2);
        assert!(first["mean"].is_f64() && first["std"].is_f64() && first["folds"].is_array());
    }
    assert!(json["trees"].is_u64());
    let importance = &json["importance"][1];
    assert_eq!(importance["attribute"], "noise");
    for key in ["gini", "gini_unweighted", "permutation"] {
        assert!(importance[key].is_f64(), "{key}");
    }
    assert_eq!(json["confusion"].as_array().unwrap().len(), 3);
    assert_eq!(
        json["outputs"],
        serde_json::json!(["/out/rfc3d_model_demo.json", "/out/aaspi_rfc3d_demo.out"])
    );
}

#[test]
fn the_report_names_the_recipe_first_and_holds_every_table() {
    let folder = tempfile::tempdir().unwrap();
    let settings = [
        ("trees", "4"),
        ("name", "demo"),
        ("suffix", "x"),
        ("threads", "2"),
    ];
    let outcome = work(&job(picked(), &settings, folder.path())).unwrap();
    let path = folder.path().join("aaspi_rfc3d_demo_x.out");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(
        text.starts_with("outcrop 0.0.0 rfc3d request 0123456789ab\n"),
        "{text}"
    );
    for table in &outcome.tables {
        assert!(
            text.contains(&format!("\n{}\n", table.name)),
            "{}",
            table.name
        );
    }
    assert!(text.contains("trees          4"));
    assert!(!text.contains("threads"), "threads change no result");

    // Another request must not overwrite it, the same one may.
    let same = job(picked(), &settings, folder.path());
    written::check_free(REPORT, &same.values, &same.place).unwrap();
    let other = Place {
        recipe: Recipe {
            request: "ba9876543210".into(),
            ..same.place.recipe.clone()
        },
        ..same.place.clone()
    };
    let error = written::check_free(REPORT, &same.values, &other).unwrap_err();
    assert!(error.to_string().contains("--force"), "{error}");
}

#[test]
fn the_same_bytes_on_one_thread_and_on_two() {
    let run = |threads| {
        let folder = tempfile::tempdir().unwrap();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let outcome = pool.build().unwrap().install(|| {
            work(&job(
                picked(),
                &[("trees", "6"), ("name", "d")],
                folder.path(),
            ))
            .unwrap()
        });
        let report = std::fs::read(folder.path().join("aaspi_rfc3d_d.out")).unwrap();
        (outcome, report)
    };
    assert_eq!(run(1), run(2));
}

#[test]
fn no_folds_mean_no_scores() {
    let folder = tempfile::tempdir().unwrap();
    let outcome = work(&job(
        picked(),
        &[("trees", "5"), ("folds", "0")],
        folder.path(),
    ))
    .unwrap();
    let result = forest(&outcome);
    assert!(result.cross_validation.is_empty() && result.grouped_cross_validation.is_empty());
    assert!(result.confusion.is_empty());
    assert_eq!(result.trees, 5);
    assert_eq!(result.importance[0].permutation, None);
    assert!(outcome.tables.iter().all(|t| t.name != "cross_validation"));
}

#[test]
fn rows_without_groups_are_judged_by_voxel_only() {
    let folder = tempfile::tempdir().unwrap();
    let mut table = picked();
    table.group.clear();
    table.groups.clear();
    let outcome = work(&job(table, &[("trees", "4")], folder.path())).unwrap();
    let result = forest(&outcome);
    assert!(result.grouped_cross_validation.is_empty() && result.grouped_confusion.is_empty());
    assert!(result.importance[0].permutation.unwrap() > 0.2);
}

#[test]
fn a_class_with_one_polygon_is_said_to_be_unknowable() {
    let folder = tempfile::tempdir().unwrap();
    let all = picked();
    let rows: Vec<usize> = (0..180).filter(|row| !(60..100).contains(row)).collect();
    let outcome = work(&job(all.rows(&rows), &[("trees", "4")], folder.path())).unwrap();
    let result = forest(&outcome);
    assert_eq!(result.grouped_confusion[1][1], 0);
    let warned = |s: &String| s.starts_with("warning: class mtd lies in one group only");
    assert!(
        outcome.sentences.iter().any(warned),
        "{:?}",
        outcome.sentences
    );
}

#[test]
fn one_class_is_an_error_before_any_tree() {
    let folder = tempfile::tempdir().unwrap();
    let one = picked().rows(&(0..60).collect::<Vec<_>>());
    let error = work(&job(one, &[], folder.path())).unwrap_err();
    assert!(error.to_string().contains("class salt"), "{error}");
}

#[test]
fn progress_adds_up_to_what_the_stages_announce() {
    use std::sync::atomic::{AtomicU64, Ordering};
    struct Sum(AtomicU64);
    impl crate::task::Progress for Sum {
        fn advance(&self, units: u64) {
            self.0.fetch_add(units, Ordering::Relaxed);
        }
        fn note(&self, _: &str) {}
    }
    let folder = tempfile::tempdir().unwrap();
    let settings = [("tree_counts", "3,40,70"), ("folds", "4")];
    let job = job(picked(), &settings, folder.path());
    let never = crate::task::CancelFlag::default();
    let mut reduced = Vec::new();
    for (s, stage) in job.stages().iter().enumerate() {
        let mut units = Vec::new();
        for (u, &announced) in stage.units.iter().enumerate() {
            let sum = Sum(AtomicU64::new(0));
            units.push(job.unit(s, u, &reduced, &Task::new(&sum, &never)).unwrap());
            assert_eq!(sum.0.into_inner(), announced, "{} unit {u}", stage.name);
        }
        reduced.push(job.reduce(s, units, &reduced, &Task::silent()).unwrap());
    }
}
