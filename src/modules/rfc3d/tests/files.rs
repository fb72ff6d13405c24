//! Runs from a training file.

use std::fmt::Write as _;

use super::*;
use crate::io::{self, OpenOptions, SampleKind, VolumeWriter};
use crate::model::{Axis, Grid, SampleUnit};
use crate::modules::{Input, OutputRole, TRAINING, Training};

fn request(volumes: Vec<Input>, settings: &[(&str, &str)]) -> Request {
    let settings: BTreeMap<String, String> = settings
        .iter()
        .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
        .collect();
    Request::new(&MODULE, &settings, volumes, Training::File).unwrap()
}

fn run(
    folder: &Path,
    volumes: Vec<Input>,
    settings: &[(&str, &str)],
) -> Result<Outcome, ModuleError> {
    work(&prepare(
        &request(volumes, settings),
        &place(folder),
        usize::MAX,
    )?)
}

fn write_table(folder: &Path, table: &TrainingTable) {
    io::write_training(&folder.join(TRAINING), table, SampleUnit::Milliseconds).unwrap();
}

#[test]
fn a_training_file_is_judged_without_volumes() {
    let folder = tempfile::tempdir().unwrap();
    write_table(folder.path(), &picked());
    let settings = [
        ("trees", "6"),
        ("name", "t"),
        ("attributes", "3"),
        ("classes", "3"),
    ];
    let outcome = run(folder.path(), Vec::new(), &settings).unwrap();
    let result = forest(&outcome);
    assert_eq!(result.classes, ["salt", "mtd", "layers"]);
    assert_eq!(result.grouped_cross_validation[0].folds.len(), 3);
    let files = ["rfc3d_model_t.json", "aaspi_rfc3d_t.out"];
    assert_eq!(result.outputs, files.map(std::path::PathBuf::from));
}

#[test]
fn header_lines_miscounted_are_an_error() {
    let folder = tempfile::tempdir().unwrap();
    write_table(folder.path(), &picked());
    let with = |skip| {
        let request = request(Vec::new(), &[("skip_lines", skip)]);
        prepare(&request, &place(folder.path()), usize::MAX).map(|_| ())
    };
    with("3").unwrap();
    let error = with("2").unwrap_err().to_string();
    assert!(error.contains("line 3"), "{error}");
}

#[test]
fn the_class_may_stand_in_any_column_and_bad_rows_are_left_out_where_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let mut text = String::new();
    for i in 0..60 {
        let class = 1 + i % 2;
        writeln!(text, "{class} {}.5 {}.5", 10 * class, i % 7).unwrap();
    }
    let file = folder.path().join(crate::modules::TRAINING);
    let asked = |settings: &[(&str, &str)]| {
        let first = [
            ("class_column", "1"),
            ("skip_lines", "0"),
            ("attributes", "2"),
        ];
        let request = request(Vec::new(), &[&first[..], settings].concat());
        prepare(&request, &place(folder.path()), usize::MAX).map(|_| ())
    };
    std::fs::write(&file, &text).unwrap();
    asked(&[]).unwrap();
    asked(&[("class_column", "last")]).unwrap_err();
    std::fs::write(&file, text + "1 what 3\n").unwrap();
    let error = asked(&[]).unwrap_err().to_string();
    assert!(error.contains("line 61"), "{error}");
    asked(&[("bad_rows", "drop")]).unwrap();
}

#[test]
fn codes_that_no_class_volume_holds_are_counted_from_1() {
    let folder = tempfile::tempdir().unwrap();
    let mut table = picked().columns(&[0]);
    table.codes = vec![0, 7, 300];
    write_table(folder.path(), &table);
    let grid = Grid {
        inlines: Axis::new(1.0, 1.0, 2),
        crosslines: Axis::new(1.0, 1.0, 2),
        samples: Axis::new(0.0, 4.0, 3),
        unit: SampleUnit::Milliseconds,
        spacing: None,
    };
    let path = folder.path().join("coherence.sgy");
    let recipe = &place(folder.path()).recipe;
    let writer = VolumeWriter::fresh(&path, &grid, SampleKind::Continuous, recipe, false).unwrap();
    let values: Vec<f32> = (0..12).map(|i| (i % 3) as f32 * 2.5).collect();
    writer.write(&grid.all(), &values).unwrap();
    writer.finish().unwrap();
    let volumes = vec![Input::new("coherence", path, OpenOptions::default())];
    let outcome = run(
        folder.path(),
        volumes.clone(),
        &[("trees", "6"), ("name", "t")],
    )
    .unwrap();
    let OutputRole::Classes(legend) = &outcome.outputs[0].role else {
        panic!("{:?}", outcome.outputs)
    };
    assert_eq!(legend, &["salt", "mtd", "layers"]);
    assert!(
        outcome
            .sentences
            .iter()
            .any(|s| s.contains("counts classes from 1"))
    );
    let codes = |name: &str| {
        let path = folder
            .path()
            .join(format!("rfc3d_classification_{name}.sgy"));
        let volume = io::open(&path, &OpenOptions::default()).unwrap();
        let mut data = vec![0.0; 12];
        volume.read(&grid.all(), &mut data).unwrap();
        let mut codes: Vec<i32> = data.iter().map(|&x| x as i32).collect();
        codes.sort_unstable();
        codes.dedup();
        codes
    };
    assert!(codes("t").iter().all(|c| (1..=3).contains(c)) && codes("t").len() > 1);

    // Codes that fit are kept, and the legend leaves gaps.
    table.codes = vec![2, 4, 9];
    write_table(folder.path(), &table);
    let outcome = run(folder.path(), volumes, &[("trees", "6"), ("name", "u")]).unwrap();
    let legend = ["", "salt", "", "mtd", "", "", "", "", "layers"].map(str::to_owned);
    assert_eq!(
        outcome.outputs[0].role,
        OutputRole::Classes(legend.to_vec())
    );
    assert!(codes("u").iter().all(|c| [2, 4, 9].contains(c)));
}
