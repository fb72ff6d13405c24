//! The module worked from volumes and polygons to tables and files.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::parameters::sizes;
use super::*;
use crate::model::{Facies, Polygon, Recipe, SliceKey};
use crate::modules::request::PICKS;
use crate::modules::{Cell, Input, Picks, Training, find};
use crate::task::{Stream, stream};

const SHAPE: [usize; 3] = [12, 20, 36];

/// A float32 `.npy` volume of (inline, crossline, sample).
fn write_npy(path: &Path, value: impl Fn(usize, &mut Stream) -> f32, seed: u64) {
    let mut header = format!(
        "{{'descr': '<f4', 'fortran_order': False, 'shape': ({}, {}, {}), }}",
        SHAPE[0], SHAPE[1], SHAPE[2]
    );
    while (header.len() + 11) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    let mut rng = stream(seed, "volume", &[]);
    for i in 0..SHAPE.iter().product() {
        bytes.extend(value(i % SHAPE[2], &mut rng).to_le_bytes());
    }
    std::fs::write(path, bytes).unwrap();
}

/// Facies lie in layers of 12 samples; attributes a and b tell them apart
/// together, noise does not, flat is constant.
struct Survey {
    folder: tempfile::TempDir,
    request: Request,
}

impl Survey {
    fn new(settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let normal = |rng: &mut Stream| rng.normal() as f32;
        let layered =
            |means: [f32; 3]| move |t: usize, rng: &mut Stream| means[t / 12] + normal(rng);
        let path = |name: &str| folder.path().join(format!("{name}.npy"));
        write_npy(&path("a"), layered([0.0, 3.0, 0.0]), 1);
        write_npy(&path("b"), layered([0.0, 0.0, 3.0]), 2);
        write_npy(&path("noise"), layered([0.0; 3]), 3);
        write_npy(&path("flat"), |_, _| 7.0, 4);
        let mut polygons = Vec::new();
        for (m, facies) in ["salt", "mtd", "background"].into_iter().enumerate() {
            for line in [1, 4, 6, 8, 10] {
                let (top, base) = (12.0 * m as f64 + 1.5, 12.0 * m as f64 + 8.5);
                polygons.push(Polygon {
                    id: format!("{facies}-{line}"),
                    facies: facies.into(),
                    slice: SliceKey::Inline(line),
                    name: None,
                    vertices: vec![(2.5, top), (14.5, top), (14.5, base), (2.5, base)],
                    origin: crate::model::Origin::default(),
                });
            }
        }
        let picks = Picks {
            facies: ["salt", "mtd", "background"]
                .into_iter()
                .zip(1..)
                .map(|(name, ink)| Facies::new(name, ink))
                .collect(),
            polygons,
        };
        let text = ron::to_string(&picks).unwrap();
        std::fs::write(folder.path().join(PICKS), text).unwrap();
        let settings: BTreeMap<String, String> = settings
            .iter()
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
            .collect();
        let volumes = ["a", "b", "noise", "flat"]
            .map(|name| Input::new(name, path(name), io::OpenOptions::default()))
            .into();
        let module = find("attribute-selection").unwrap();
        let request = Request::new(module, &settings, volumes, Training::Polygons).unwrap();
        Self { folder, request }
    }

    fn place(&self) -> Place {
        Place {
            frozen: self.folder.path().to_owned(),
            out: self.folder.path().to_owned(),
            checkpoints: self.folder.path().to_owned(),
            recipe: Recipe {
                module: "attribute_selection".into(),
                version: "1".into(),
                request: "0123456789ab".into(),
            },
        }
    }

    fn prepare(&self) -> Result<Box<dyn Job>, ModuleError> {
        MODULE.prepare(&self.request, &self.place())
    }

    /// Works all stages, the units of each last to first.
    fn work(&self) -> Outcome {
        let task = Task::silent();
        let job = self.prepare().unwrap();
        let mut reduced = Vec::new();
        for (s, stage) in job.stages().iter().enumerate() {
            let mut units = Vec::new();
            for unit in (0..stage.units.len()).rev() {
                units.push(job.unit(s, unit, &reduced, &task).unwrap());
            }
            units.reverse();
            reduced.push(job.reduce(s, units, &reduced, &task).unwrap());
        }
        // Finishing again after a crash does no harm.
        assert_eq!(
            job.finish(&reduced, &task).unwrap(),
            job.finish(&reduced, &task).unwrap()
        );
        job.finish(&reduced, &task).unwrap()
    }

    /// As [`Survey::work`], but the process ends before each unit and each reduction: what
    /// was made by then comes back as bytes.
    fn work_with_restarts(&self) -> Outcome {
        let task = Task::silent();
        let stages = self.prepare().unwrap().stages().to_vec();
        let mut reduced = Vec::new();
        for (s, stage) in stages.iter().enumerate() {
            let units = (0..stage.units.len())
                .map(|unit| {
                    self.prepare()
                        .unwrap()
                        .unit(s, unit, &reduced, &task)
                        .unwrap()
                })
                .collect();
            let whole = self.prepare().unwrap().reduce(s, units, &reduced, &task);
            reduced.push(whole.unwrap());
        }
        self.prepare().unwrap().finish(&reduced, &task).unwrap()
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap()
    }
}

const QUICK: [(&str, &str); 2] = [("name", "test"), ("sem_iterations", "10")];

#[test]
fn polygons_and_volumes_become_a_ranked_table() {
    let survey = Survey::new(&QUICK);
    let outcome = survey.work();
    let json = outcome.result.json(survey.folder.path());
    assert_eq!(json["combinations"], 7, "flat is left out");
    assert_eq!(
        json["facies"][1],
        serde_json::json!({"name": "mtd", "voxels": 420, "polygons": 5})
    );
    assert_eq!(json["counts"][0]["size"], 1);
    assert_eq!(json["knee"]["attributes"], serde_json::json!(["a", "b"]));
    assert_eq!(json["knee"]["indices"], serde_json::json!([1, 2]));
    assert!(json["knee"]["held_out_balanced_accuracy"].as_f64().unwrap() > 0.85);
    assert_eq!(json["not_separable"], serde_json::json!([]));
    for row in ["winner", "knee", "best_validated"] {
        same_keys(&json[row], &json["best_per_size"][0]);
    }
    assert_eq!(json["best_per_size"].as_array().unwrap().len(), 3);
    assert!(json.get("ranked").is_none());
    assert!(outcome.sentences[0].starts_with("2 of 4 attributes are enough."));
    assert!(
        outcome
            .sentences
            .iter()
            .any(|s| s.contains("flat is constant"))
    );
}

#[test]
fn the_answer_is_a_sentence() {
    let ModuleResult::Selection(selection) = Survey::new(&QUICK).work().result else {
        panic!("another result");
    };
    let mut selection = *selection;
    let mut said = |size, score, accuracy| {
        (selection.winner.size, selection.winner.score) = (size, score * selection.knee.score);
        selection.winner.held_out_balanced_accuracy = Some(accuracy);
        selection.knee.held_out_balanced_accuracy = Some(0.9);
        tables::answer(&selection)
    };
    assert_eq!(said(2, 1.0, 0.9), "2 of 4 attributes are enough.");
    assert_eq!(
        said(3, 1.02, 0.84),
        "2 of 4 attributes are enough. 1 more adds 2.0 % to the score and loses 0.06 on polygons left out."
    );
    assert_eq!(
        said(4, 1.045, 0.9),
        "2 of 4 attributes are enough. 2 more add 4.5 % to the score and change nothing on polygons left out."
    );
}

fn same_keys(a: &Value, b: &Value) {
    let keys = |v: &Value| -> Vec<String> { v.as_object().unwrap().keys().cloned().collect() };
    assert_eq!(keys(a), keys(b));
    for needed in [
        "size",
        "attributes",
        "indices",
        "score",
        "eq8",
        "mean_over_combinations",
        "clusters",
        "models",
        "log_likelihood",
        "held_out_balanced_accuracy",
        "bic",
    ] {
        assert!(a.get(needed).is_some(), "{needed}");
    }
    assert!(a["models"][0].is_string());
}

#[test]
fn tables_report_and_mixtures_are_written() {
    let survey = Survey::new(&QUICK);
    let outcome = survey.work();
    let names: Vec<&str> = outcome.tables.iter().map(|t| t.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "best_per_size",
            "counts",
            "held_out",
            "left_out",
            "confusion",
            "stability",
            "attributes",
            "influence",
            "facies",
            "distances",
            "models",
            "all_combinations"
        ]
    );
    for table in &outcome.tables {
        assert!(
            table.rows.iter().all(|r| r.len() == table.columns.len()),
            "{}",
            table.name
        );
    }
    assert_eq!(outcome.tables[11].rows.len(), 7);
    let report = survey.read("aaspi_attribute_selection_test.out");
    assert!(report.contains("\nbest per size\n") && report.contains("VII,EEI,VEI"));
    assert!(report.contains(&outcome.sentences[0]));
    let mixtures = survey.read("attribute_selection_mixtures_test.ron");
    assert!(mixtures.contains("covariance:") && mixtures.contains("0123456789ab"));
    // Another request may not overwrite; this one may be worked again.
    assert!(survey.prepare().is_ok());
    std::fs::write(
        survey
            .folder
            .path()
            .join("aaspi_attribute_selection_test.out"),
        "x",
    )
    .unwrap();
    let message = survey.prepare().err().unwrap().to_string();
    assert!(message.contains("--force"), "{message}");
}

#[test]
fn the_same_request_gives_the_same_bytes_on_any_number_of_threads() {
    let bytes = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let survey = Survey::new(&QUICK);
        let outcome = pool.install(|| survey.work());
        let files = [
            "aaspi_attribute_selection_test.out",
            "attribute_selection_mixtures_test.ron",
        ];
        (pack(&outcome).unwrap(), files.map(|f| survey.read(f)))
    };
    let one = bytes(1);
    assert_eq!(one, bytes(2));
    assert_eq!(one, bytes(3));
}

#[test]
fn marginals_have_a_stage_of_their_own_and_no_hold_out_has_none() {
    let survey = Survey::new(&[
        ("estimator", "marginal"),
        ("sem", "no"),
        ("hold_out", "0"),
        ("resamples", "0"),
    ]);
    let job = survey.prepare().unwrap();
    let names: Vec<&str> = job.stages().iter().map(|s| s.name).collect();
    assert_eq!(names, ["training", "mixtures", "combinations"]);
    let outcome = survey.work();
    let json = outcome.result.json(survey.folder.path());
    assert_eq!(json["best_validated"], Value::Null);
    assert_eq!(json["winner"]["held_out_balanced_accuracy"], Value::Null);
    assert_eq!(json["knee"]["attributes"], serde_json::json!(["a", "b"]));
    // Clusters and models cannot change with the combination.
    assert_eq!(json["best_per_size"][0]["models"], json["winner"]["models"]);
}

#[test]
fn all_attributes_are_validated_even_when_sizes_leave_them_out() {
    let survey = Survey::new(&[
        ("sizes", "1..2"),
        ("sem", "no"),
        ("normalisation", "per_dimension"),
    ]);
    let outcome = survey.work();
    let ModuleResult::Selection(selection) = &outcome.result else {
        panic!("another result");
    };
    let validated: Vec<usize> = selection
        .validation
        .as_ref()
        .unwrap()
        .rows
        .iter()
        .map(|r| r.indices.len())
        .collect();
    assert_eq!(validated, [1, 2, 3]);
    assert_eq!(selection.best_per_size.len(), 2);
    let columns = &outcome.tables[0].columns;
    assert!(columns.contains(&"average_cumulative_distance".to_owned()));
}

#[test]
fn fourteen_models_are_had_for_the_asking() {
    for (asked, count) in [("nine", 9), ("fourteen", 14), ("vev,nine,VEV", 10)] {
        let survey = Survey::new(&[QUICK.as_slice(), &[("models", asked)]].concat());
        let outcome = survey.work();
        let table = (outcome.tables.iter())
            .find(|t| t.name == "models")
            .unwrap();
        // Of two attributes and two clusters, in the first of three facies.
        let of = |row: &&Vec<Cell>| {
            row[0] == Cell::Whole(2) && row[1] == table.rows[0][1] && row[3] == Cell::Whole(2)
        };
        assert_eq!(table.rows.iter().filter(of).count(), count, "{asked}");
    }
}

#[test]
fn an_end_before_any_unit_changes_no_byte() {
    let (whole, parts) = (Survey::new(&QUICK), Survey::new(&QUICK));
    assert_eq!(whole.work(), parts.work_with_restarts());
    for file in [
        "aaspi_attribute_selection_test.out",
        "attribute_selection_mixtures_test.ron",
    ] {
        assert_eq!(whole.read(file), parts.read(file), "{file}");
    }
}

#[test]
fn voxels_with_nulls_are_dropped_and_counted() {
    let survey = Survey::new(&QUICK);
    // One sample a trace is null, and lies in the polygons of one facies.
    write_npy(
        &survey.folder.path().join("b.npy"),
        |t, rng| {
            if t == 4 {
                f32::NAN
            } else {
                [0.0, 0.0, 3.0][t / 12] + rng.normal() as f32
            }
        },
        2,
    );
    let whole = Survey::new(&QUICK);
    let voxels = |survey: &Survey| match survey.work().result {
        ModuleResult::Selection(selection) => {
            let voxels: usize = selection.facies.iter().map(|f| f.voxels).sum();
            (voxels, selection.warnings.clone())
        }
        _ => unreachable!(),
    };
    let ((all, silent), (left, warned)) = (voxels(&whole), voxels(&survey));
    assert!(left < all && silent.iter().all(|w| !w.contains("dropped")));
    let said = format!("{} training voxels dropped", all - left);
    assert!(
        warned.iter().any(|w| w.contains(&said)),
        "{said}: {warned:?}"
    );
}

#[test]
fn settings_that_make_no_sense_are_named() {
    let refused = |setting: (&str, &str)| {
        let error = Survey::new(&[setting]).prepare().err();
        error.map(|e| e.to_string()).unwrap_or_default()
    };
    assert!(refused(("models", "EII,VEX")).contains("`VEX` is none of nine, fourteen, EII"));
    assert!(refused(("sizes", "4..2")).contains("1..4"));
    assert!(refused(("sizes", "5..9")).contains("no combination has 5 to 4"));
    assert!(refused(("include", "zig")).contains("there are a, b, noise, flat"));
    assert_eq!(sizes("2:3").unwrap(), (2, 3));
    assert_eq!(sizes("4").unwrap(), (4, 4));
}

#[test]
fn a_step_gains_only_where_its_interval_is_above_0() {
    let words = |low, high| super::trust::stepped(3, 4, [low, high]);
    assert!(words(0.01, 0.2).contains("gains 0.010 to 0.200 (95 % over polygons), more than"));
    assert!(words(-0.2, -0.01).contains("loses 0.010 to 0.200 (95 % over polygons), more than"));
    assert!(words(-0.01, 0.2).contains("moves -0.010 to 0.200 (95 % over polygons), no more than"));
}
