//! Runs from polygons over volumes on disk to class volumes on disk.

use std::path::PathBuf;

use super::*;
use crate::io::{self, OpenOptions, SampleKind, VolumeWriter};
use crate::model::{Axis, Facies, Grid, Polygon, SampleUnit, SliceKey};
use crate::modules::{Cell, Input, OutputFile, OutputRole, PICKS, Picks, Training};

fn grid() -> Grid {
    Grid {
        inlines: Axis::new(100.0, 1.0, 9),
        crosslines: Axis::new(300.0, 2.0, 8),
        samples: Axis::new(1000.0, 4.0, 30),
        unit: SampleUnit::Milliseconds,
        spacing: None,
    }
}

/// Three facies one above the other, ten samples each.
fn truth(voxel: usize) -> usize {
    voxel % 30 / 10
}

/// Two attributes: the facies with noise, and noise. One trace of the first is
/// null, one sample of the second.
pub(super) fn write_inputs(folder: &Path, extension: &str) -> Vec<Input> {
    let mut rng = stream(5, "volumes", &[]);
    let n = grid().len();
    let mut depth: Vec<f32> = (0..n)
        .map(|v| truth(v) as f32 + 0.25 * rng.normal() as f32)
        .collect();
    let mut noise: Vec<f32> = (0..n).map(|_| rng.normal() as f32).collect();
    depth[8 * 30..9 * 30].fill(f32::NAN);
    noise[5] = f32::NAN;
    [("depth", depth), ("noise", noise)]
        .map(|(name, data)| {
            let path = folder.join(format!("{name}.{extension}"));
            let recipe = &place(folder).recipe;
            let writer =
                VolumeWriter::fresh(&path, &grid(), SampleKind::Continuous, recipe, false).unwrap();
            writer.write(&grid().all(), &data).unwrap();
            writer.finish().unwrap();
            Input::new(name, path, OpenOptions::default())
        })
        .to_vec()
}

/// A rectangle for each facies on three inlines.
pub(super) fn write_picks(folder: &Path) {
    let names = ["upper", "middle", "lower"];
    let polygon = |m: usize, inline: i32| {
        let (top, base) = (1000.0 + 40.0 * m as f64 + 2.0, 1036.0 + 40.0 * m as f64);
        Polygon {
            id: format!("{m}{inline}"),
            facies: names[m].into(),
            slice: SliceKey::Inline(inline),
            name: None,
            vertices: vec![(301.0, top), (313.0, top), (313.0, base), (301.0, base)],
            origin: crate::model::Origin::default(),
        }
    };
    let picks = Picks {
        facies: names
            .iter()
            .zip(1..)
            .map(|(n, c)| Facies::new(*n, c))
            .collect(),
        polygons: (0..3)
            .flat_map(|m| [102, 104, 107].map(|i| polygon(m, i)))
            .collect(),
    };
    std::fs::write(folder.join(PICKS), ron::to_string(&picks).unwrap()).unwrap();
}

fn request(volumes: Vec<Input>, settings: &[(&str, &str)]) -> Request {
    let settings: BTreeMap<String, String> = settings
        .iter()
        .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
        .collect();
    Request::new(&MODULE, &settings, volumes, Training::Polygons).unwrap()
}

pub(super) fn run(
    folder: &Path,
    extension: &str,
    settings: &[(&str, &str)],
) -> Result<Outcome, ModuleError> {
    let inputs = write_inputs(folder, extension);
    write_picks(folder);
    let request = request(inputs, settings);
    work(MODULE.prepare(&request, &place(folder))?.as_ref())
}

pub(super) fn read(path: &Path) -> (Grid, Vec<f32>) {
    let volume = io::open(path, &OpenOptions::default()).unwrap();
    let grid = *volume.grid();
    let mut data = vec![0.0; grid.len()];
    volume.read(&grid.all(), &mut data).unwrap();
    (grid, data)
}

pub(super) const FAST: [(&str, &str); 3] = [("trees", "10"), ("folds", "3"), ("name", "test")];

#[test]
fn polygons_become_a_class_volume_and_probabilities() {
    for extension in ["sgy", "H"] {
        let folder = tempfile::tempdir().unwrap();
        let settings = [&FAST[..], &[("probabilities", "yes"), ("suffix", "a")]].concat();
        let outcome = run(folder.path(), extension, &settings).unwrap();
        let names: Vec<&str> = outcome.outputs.iter().map(|f| f.name.as_str()).collect();
        let expected = [
            "rfc3d_classification",
            "rfc3d_probability_upper",
            "rfc3d_probability_middle",
            "rfc3d_probability_lower",
            "rfc3d_entropy",
            "rfc3d_margin",
            "rfc3d_outside",
            "rfc3d_model",
            "aaspi_rfc3d",
        ];
        assert_eq!(names, expected);
        let legend = ["upper", "middle", "lower"].map(str::to_owned).to_vec();
        assert_eq!(outcome.outputs[0].role, OutputRole::Classes(legend));
        let name = format!("rfc3d_classification_test_a.{extension}");
        assert_eq!(outcome.outputs[0].path, PathBuf::from(&name));

        let (written, class) = read(&folder.path().join(name));
        assert_eq!(written.difference(&grid()), None);
        let probability: Vec<Vec<f32>> = (1..4)
            .map(|i| read(&folder.path().join(&outcome.outputs[i].path)).1)
            .collect();
        let mut right = 0;
        for v in 0..class.len() {
            // The null of a class volume is 0, which is no class.
            let null = v == 5 || (240..270).contains(&v);
            let code = if class[v].is_nan() { 0.0 } else { class[v] };
            assert_eq!(code == 0.0, null, "voxel {v}");
            assert_eq!(probability[0][v].is_nan(), null, "voxel {v}");
            if !null {
                let p = [0, 1, 2].map(|c| probability[c][v]);
                assert!((p.iter().sum::<f32>() - 1.0).abs() < 1e-5);
                assert!(p.iter().all(|&x| x <= p[code as usize - 1] + 1e-6));
                right += usize::from(code as usize == truth(v) + 1);
            }
        }
        assert!(
            right as f64 > 0.93 * class.len() as f64,
            "{right} of {}",
            class.len()
        );
        let tally = outcome
            .tables
            .iter()
            .find(|t| t.name == "class_volume")
            .unwrap();
        assert_eq!(tally.rows[3][2], Cell::Whole(31));
        assert!(!forest(&outcome).grouped_cross_validation.is_empty());
    }
}

#[test]
fn threads_and_slabs_change_no_byte() {
    let bytes = |threads: usize, slab: usize, slabs: usize| {
        let folder = tempfile::tempdir().unwrap();
        let settings = [&FAST[..], &[("probabilities", "yes")]].concat();
        let request = request(write_inputs(folder.path(), "sgy"), &settings);
        write_picks(folder.path());
        let job = prepare(&request, &place(folder.path()), slab).unwrap();
        assert_eq!(job.stages()[4].units.len(), slabs);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let outcome = pool.build().unwrap().install(|| work(&job).unwrap());
        let read = |file: &OutputFile| std::fs::read(folder.path().join(&file.path)).unwrap();
        outcome.outputs.iter().map(read).collect::<Vec<_>>()
    };
    let whole = bytes(1, usize::MAX, 1);
    assert_eq!(whole, bytes(2, 500, 5)); // two inlines a slab
    assert_eq!(whole, bytes(2, 100, 27)); // three crosslines a slab
}

#[test]
fn a_part_of_the_survey_is_that_part_of_the_whole() {
    let whole = tempfile::tempdir().unwrap();
    let part = tempfile::tempdir().unwrap();
    run(whole.path(), "sgy", &FAST).unwrap();
    let range = [
        ("inlines", "102:106:2"),
        ("crosslines", "304:308"),
        ("times", "1020:1100"),
    ];
    run(part.path(), "sgy", &[&FAST[..], &range].concat()).unwrap();
    let name = "rfc3d_classification_test.sgy";
    let (_, all) = read(&whole.path().join(name));
    let (cut, some) = read(&part.path().join(name));
    assert_eq!(cut.shape(), [3, 3, 21]);
    let mut i = 0;
    for inline in [2, 4, 6] {
        for crossline in 2..5 {
            for sample in 5..26 {
                let v = (inline * 8 + crossline) * 30 + sample;
                assert_eq!(some[i].to_bits(), all[v].to_bits());
                i += 1;
            }
        }
    }
}

#[test]
fn slabs_may_be_worked_again_and_in_any_order() {
    let folder = tempfile::tempdir().unwrap();
    let again = tempfile::tempdir().unwrap();
    run(folder.path(), "sgy", &FAST).unwrap();

    let inputs = write_inputs(again.path(), "sgy");
    write_picks(again.path());
    let request = request(inputs, &FAST);
    let task = Task::silent();
    // Two workers one after the other: the second knows only the checkpoints.
    let mut reduced: Vec<Vec<u8>> = Vec::new();
    for s in 0..6 {
        for attempt in 0..2 {
            let job = MODULE.prepare(&request, &place(again.path())).unwrap();
            let units = (0..job.stages()[s].units.len())
                .map(|u| job.unit(s, u, &reduced, &task).unwrap())
                .collect();
            if attempt == 1 {
                let bytes = job.reduce(s, units, &reduced, &task).unwrap();
                reduced.push(bytes);
            }
        }
    }
    for _ in 0..2 {
        let job = MODULE.prepare(&request, &place(again.path())).unwrap();
        job.finish(&reduced, &task).unwrap();
    }
    for name in ["rfc3d_classification_test.sgy", "aaspi_rfc3d_test.out"] {
        let bytes = |of: &Path| std::fs::read(of.join(name)).unwrap();
        assert_eq!(bytes(folder.path()), bytes(again.path()), "{name}");
    }
}

#[test]
fn volumes_that_do_not_fit_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut inputs = write_inputs(folder.path(), "sgy");
    write_picks(folder.path());
    let prepare = |inputs: Vec<Input>, settings: &[(&str, &str)]| {
        let job = MODULE.prepare(&request(inputs, settings), &place(folder.path()));
        job.err().map_or(String::new(), |error| error.to_string())
    };
    assert!(prepare(inputs.clone(), &[("mtry", "3")]).starts_with("mtry: 3 attributes"));
    assert!(prepare(Vec::new(), &[]).contains("no attribute volumes"));

    let output = folder.path().join("rfc3d_classification_x.sgy");
    std::fs::write(&output, "something else").unwrap();
    assert!(prepare(inputs.clone(), &[("name", "x")]).contains("--force"));

    // A volume on another grid.
    let other = Grid {
        samples: Axis::new(1000.0, 4.0, 29),
        ..grid()
    };
    let path = folder.path().join("short.sgy");
    let recipe = &place(folder.path()).recipe;
    let writer = VolumeWriter::fresh(&path, &other, SampleKind::Continuous, recipe, false).unwrap();
    writer.write(&other.all(), &vec![1.0; other.len()]).unwrap();
    writer.finish().unwrap();
    inputs.push(Input::new("short", path, OpenOptions::default()));
    assert!(prepare(inputs, &[]).contains("different grids"));
}

#[test]
fn the_order_of_volumes_is_that_of_the_columns() {
    let attributes = ["a", "b"].map(str::to_owned);
    let with = |names: &[&str]| {
        let volumes = names
            .iter()
            .map(|name| Input::new(*name, format!("{name}.sgy"), OpenOptions::default()));
        let request = Request {
            volumes: volumes.collect(),
            ..Request::default()
        };
        check_volumes(&request, &attributes).map_err(|e| e.to_string())
    };
    assert_eq!(with(&["a", "b"]), Ok(()));
    assert_eq!(with(&["first", "second"]), Ok(()));
    assert!(
        with(&["b", "a"])
            .unwrap_err()
            .contains("in this order: a, b")
    );
    assert!(
        with(&["a"])
            .unwrap_err()
            .contains("1 volumes for the 2 attributes")
    );
}
