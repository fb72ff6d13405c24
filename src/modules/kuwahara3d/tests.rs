//! Runs worked whole on small volumes on disk.

use std::collections::BTreeMap;
use std::path::Path;

use ndarray::{Array3, s};

use super::*;
use crate::attributes::{Layer, Spread, kuwahara};
use crate::io::{self, OpenOptions, SampleKind, VolumeWriter};
use crate::model::{Axis, Grid, Recipe, SampleUnit};
use crate::modules::{ModuleResult, Outcome, Training};
use crate::task::{Task, stream};

const SHAPE: (usize, usize, usize) = (13, 9, 16);

fn place(out: &Path) -> Place {
    Place {
        frozen: out.to_owned(),
        out: out.to_owned(),
        checkpoints: out.to_owned(),
        recipe: Recipe {
            module: "kuwahara3d".into(),
            version: "0.0.0".into(),
            request: "0123456789ab".into(),
        },
    }
}

/// Noise with a null trace.
fn noise(seed: u64) -> Array3<f32> {
    let mut rng = stream(seed, "attribute", &[]);
    let mut volume = Array3::from_shape_simple_fn(SHAPE, || rng.normal() as f32);
    volume.slice_mut(s![5, 3, ..]).fill(f32::NAN);
    volume
}

fn write(path: &Path, data: &Array3<f32>) {
    let (a, b, c) = data.dim();
    let grid = Grid {
        inlines: Axis::new(100.0, 1.0, a),
        crosslines: Axis::new(300.0, 2.0, b),
        samples: Axis::new(400.0, 4.0, c),
        unit: SampleUnit::Milliseconds,
        spacing: None,
    };
    let recipe = place(path).recipe;
    let writer = VolumeWriter::fresh(path, &grid, SampleKind::Continuous, &recipe, true).unwrap();
    writer.write(&grid.all(), data.as_slice().unwrap()).unwrap();
    writer.finish().unwrap();
}

fn read(path: &Path) -> Vec<f32> {
    let volume = io::open(path, &OpenOptions::default()).unwrap();
    let mut data = vec![0.0; volume.grid().len()];
    volume.read(&volume.grid().all(), &mut data).unwrap();
    data
}

fn request(folder: &Path, names: &[&str], settings: &[(&str, &str)]) -> Request {
    let settings: BTreeMap<String, String> = settings
        .iter()
        .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
        .collect();
    let input = |name: &&str| {
        let path = folder.join(format!("{name}.sgy"));
        Input::new(*name, path, OpenOptions::default())
    };
    let inputs = names.iter().map(input).collect();
    Request::new(&MODULE, &settings, inputs, Training::None).unwrap()
}

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

fn run(folder: &Path, names: &[&str], settings: &[(&str, &str)]) -> Result<Outcome, ModuleError> {
    let request = request(folder, names, settings);
    work(MODULE.prepare(&request, &place(folder))?.as_ref())
}

fn filtered(volumes: &[&Array3<f32>], options: &KuwaharaOptions) -> Vec<Array3<f32>> {
    let layers: Vec<Layer> = volumes
        .iter()
        .map(|volume| Layer {
            data: volume.view(),
            spread: volume.outer_iter().map(Spread::of_line).sum(),
        })
        .collect();
    kuwahara(&layers, None, 0..SHAPE.0, options, &Task::silent()).unwrap()
}

fn equal(path: &Path, expected: &Array3<f32>) {
    let found = read(path);
    assert_eq!(found.len(), expected.len());
    for (a, b) in found.iter().zip(expected) {
        assert!(a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan());
    }
}

#[test]
fn the_parameters_default_to_the_options_of_the_kernel() {
    let values = Values::check("kuwahara3d", PARAMETERS, &BTreeMap::new()).unwrap();
    assert_eq!(options(&values).unwrap(), KuwaharaOptions::default());
}

#[test]
fn attributes_share_their_windows_unless_told_otherwise() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (noise(1), 9.0 * &noise(2));
    write(&folder.path().join("a.sgy"), &a);
    write(&folder.path().join("b_demo.sgy"), &b);
    let options = KuwaharaOptions::default();
    let outcome = run(folder.path(), &["a", "b_demo"], &[("name", "demo")]).unwrap();
    let together = filtered(&[&a, &b], &options);
    equal(&folder.path().join("kuwahara_a_demo.sgy"), &together[0]);
    equal(&folder.path().join("kuwahara_b_demo.sgy"), &together[1]);
    let ModuleResult::Filtered(result) = &outcome.result else {
        panic!("{:?}", outcome.result)
    };
    let nulls: Vec<_> = result.outputs.iter().map(|o| o.nulls).collect();
    assert_eq!(nulls, [16, 16]);
    let json = outcome.result.json(Path::new("/out"));
    assert_eq!(json["outputs"][0]["path"], "/out/kuwahara_a_demo.sgy");
    assert_eq!(json["outputs"][0]["attribute"], "kuwahara_a");

    let settings = [("name", "own"), ("independent", "yes")];
    run(folder.path(), &["a", "b_demo"], &settings).unwrap();
    let alone = filtered(&[&a], &options);
    equal(&folder.path().join("kuwahara_a_own.sgy"), &alone[0]);
    assert!(alone[0] != together[0]);
}

#[test]
fn slabs_give_what_the_whole_gives_and_parts_too() {
    let folder = tempfile::tempdir().unwrap();
    let a = noise(3);
    write(&folder.path().join("a.sgy"), &a);
    let settings = [("half_sizes", "1,1,2/2,2,3"), ("statistic", "median")];
    let request = request(folder.path(), &["a"], &settings);
    let values = request.values(&MODULE).unwrap();
    let options = options(&values).unwrap();
    let volumes = open_inputs(&request.volumes).unwrap();
    let inputs = Inputs::sorted(&request.volumes, volumes, false).unwrap();
    let both = (options.clone(), options.clone());
    let mut job = Filter::plan(inputs, both, &values, &place(folder.path())).unwrap();
    job.cut(4, 2);
    assert_eq!(job.stages()[1].units.len(), 7);
    work(&job).unwrap();
    let expected = filtered(&[&a], &options).remove(0);
    equal(&folder.path().join("kuwahara_a.sgy"), &expected);

    let part = [
        ("name", "part"),
        ("inlines", "103:109"),
        ("crosslines", "304:312:4"),
        ("times", "412:440"),
    ];
    let part: Vec<_> = settings.into_iter().chain(part).collect();
    run(folder.path(), &["a"], &part).unwrap();
    let expected = expected.slice(s![3..10, 2..7;2, 3..11]).to_owned();
    equal(&folder.path().join("kuwahara_a_part.sgy"), &expected);
}

#[test]
fn windows_follow_the_dips_that_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let a = noise(4);
    let dips = [
        Array3::from_elem(SHAPE, 1.0),
        Array3::from_elem(SHAPE, -0.6),
    ];
    for (name, volume) in [
        ("a", &a),
        ("inline_dip", &dips[0]),
        ("crossline_dip", &dips[1]),
    ] {
        write(&folder.path().join(format!("{name}.sgy")), volume);
    }
    let names = ["a", "inline_dip", "crossline_dip"];
    let outcome = run(folder.path(), &names, &[("along_dip", "yes")]).unwrap();
    assert_eq!(outcome.outputs.len(), 1);
    let layers = [Layer {
        data: a.view(),
        spread: a.outer_iter().map(Spread::of_line).sum(),
    }];
    let given = Some([dips[0].view(), dips[1].view()]);
    let options = KuwaharaOptions::default();
    let expected = kuwahara(&layers, given, 0..SHAPE.0, &options, &Task::silent()).unwrap();
    equal(&folder.path().join("kuwahara_a.sgy"), &expected[0]);
    let error = run(folder.path(), &["a"], &[("along_dip", "yes")]).unwrap_err();
    assert!(error.to_string().contains("attributes3d"), "{error}");
}

#[test]
fn what_cannot_be_filtered_is_said_and_thin_surveys_are() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("a.sgy"), &noise(5));
    let error = |settings: &[(&str, &str)]| {
        let error = run(folder.path(), &["a"], settings).err();
        error.map(|e| e.to_string()).unwrap_or_default()
    };
    assert!(error(&[("half_sizes", "2,2")]).contains("three whole numbers"));
    assert!(error(&[("half_sizes", "2,2,x")]).contains("2,2,x"));
    assert!(error(&[("half_sizes", "0,0,900")]).contains("too large"));
    let thin = noise(6).slice(s![..2, .., ..]).to_owned();
    write(&folder.path().join("thin.sgy"), &thin);
    let outcome = run(folder.path(), &["thin"], &[]).unwrap();
    assert!(
        outcome.sentences[1].contains("0,2,3"),
        "{:?}",
        outcome.sentences
    );
}
