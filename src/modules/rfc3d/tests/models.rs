//! Models applied elsewhere, trees looked at, filters beside the classes.

use super::volumes::{FAST, read, run, write_inputs, write_picks};
use super::*;
use crate::io::OpenOptions;
use crate::modules::{Cell, Input, MODEL, Training};

/// Runs again with the model of an outcome, and no facies.
fn apply(
    folder: &Path,
    outcome: &Outcome,
    edit: &dyn Fn(String) -> String,
) -> Result<Outcome, ModuleError> {
    let text = std::fs::read_to_string(folder.join(&forest(outcome).model)).unwrap();
    std::fs::write(folder.join(MODEL), edit(text)).unwrap();
    let inputs = ["noise", "depth"].map(|name| {
        let path = folder.join(format!("{name}.sgy"));
        Input::new(name, path, OpenOptions::default())
    });
    let inputs = inputs.to_vec();
    let settings: BTreeMap<String, String> = [
        ("name", "again"),
        ("probabilities", "yes"),
        ("force", "yes"),
    ]
    .map(|(a, b)| (a.to_owned(), b.to_owned()))
    .into();
    let request = Request::new(&MODULE, &settings, inputs, Training::None)?;
    work(MODULE.prepare(&request, &place(folder))?.as_ref())
}

#[test]
fn a_model_gives_the_volumes_that_it_was_made_with() {
    let folder = tempfile::tempdir().unwrap();
    let settings = [&FAST[..], &[("probabilities", "yes")]].concat();
    let outcome = run(folder.path(), "sgy", &settings).unwrap();
    let again = apply(folder.path(), &outcome, &|text| text).unwrap();
    for name in [
        "classification",
        "probability_middle",
        "entropy",
        "margin",
        "outside",
    ] {
        let volume = |of: &str| read(&folder.path().join(format!("rfc3d_{name}_{of}.sgy"))).1;
        let (a, b) = (volume("test"), volume("again"));
        assert!(
            a.iter().zip(&b).all(|(a, b)| a.to_bits() == b.to_bits()),
            "{name}"
        );
    }
    let text =
        |of: &str| std::fs::read(folder.path().join(format!("rfc3d_model_{of}.json"))).unwrap();
    assert_eq!(text("test"), text("again"));
    assert!(forest(&again).cross_validation.is_empty());

    let other = apply(folder.path(), &outcome, &|text| {
        text.replace("\"noise\"", "\"dip\"")
    });
    let error = other.unwrap_err().to_string();
    assert!(
        error.contains("dip is not among the volumes (noise, depth)"),
        "{error}"
    );
    let newer = apply(folder.path(), &outcome, &|text| {
        text.replace("\"version\":1", "\"version\":9")
    });
    assert!(newer.unwrap_err().to_string().contains("version 9"));
    let half = apply(folder.path(), &outcome, &|text| {
        text[..text.len() / 2].to_owned()
    });
    assert!(half.unwrap_err().to_string().contains("no model of rfc3d"));
    let lost = apply(folder.path(), &outcome, &|text| {
        text.replacen("\"left\":[1,", "\"left\":[0,", 1)
    });
    assert!(lost.unwrap_err().to_string().contains("damaged"));
}

#[test]
fn a_tree_reads_as_conditions_in_units_of_the_attributes() {
    let folder = tempfile::tempdir().unwrap();
    let outcome = run(folder.path(), "sgy", &FAST).unwrap();
    let path = folder.path().join(&forest(&outcome).model);
    let table = tree_table(&path, 3).unwrap();
    assert_eq!(table.columns[..3], ["node", "class", "upper"]);
    let text = |row: usize| table.rows[row][0].to_string();
    assert_eq!(text(0), "all voxels");
    assert!(
        text(1).starts_with("· ") && text(1).contains(" ≤ "),
        "{}",
        text(1)
    );
    let leaves = table
        .rows
        .iter()
        .filter(|row| row[1] != Cell::Empty)
        .count();
    assert_eq!(table.rows.len(), 2 * leaves - 1);
    let error = tree_table(&path, 1000).unwrap_err().to_string();
    assert!(error.contains("trees 1 to"), "{error}");
}

#[test]
fn filtered_classes_stand_beside_the_classes_whatever_the_slabs() {
    let volumes = |slab: usize| {
        let folder = tempfile::tempdir().unwrap();
        let settings = [&FAST[..], &[("majority", "1")]].concat();
        let settings: BTreeMap<String, String> = settings
            .iter()
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
            .collect();
        let inputs = write_inputs(folder.path(), "sgy");
        write_picks(folder.path());
        let request = Request::new(&MODULE, &settings, inputs, Training::Polygons).unwrap();
        work(&prepare(&request, &place(folder.path()), slab).unwrap()).unwrap();
        let of = |name: &str| read(&folder.path().join(format!("rfc3d_{name}_test.sgy"))).1;
        (of("classification"), of("majority"))
    };
    let (class, filtered) = volumes(usize::MAX);
    assert_eq!(format!("{filtered:?}"), format!("{:?}", volumes(100).1));
    let right = |volume: &[f32]| {
        let voxels = volume.iter().enumerate();
        voxels
            .filter(|&(v, &c)| c == (v % 30 / 10 + 1) as f32)
            .count()
    };
    assert!(
        right(&filtered) > right(&class),
        "{} of {}",
        right(&filtered),
        right(&class)
    );
}
