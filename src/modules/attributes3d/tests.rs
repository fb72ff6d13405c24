//! Runs worked whole on small volumes on disk.

use std::collections::BTreeMap;
use std::path::Path;

use super::*;
use crate::io::{self, OpenOptions, SampleKind, VolumeWriter};
use crate::model::{Axis, Grid, Recipe, SampleUnit, Spacing};
use crate::modules::{Input, ModuleResult, Outcome, OutputRole, PICKS, Picks, Training};
use crate::task::{Task, stream};

fn grid(lines: usize) -> Grid {
    Grid {
        inlines: Axis::new(100.0, 1.0, lines),
        crosslines: Axis::new(300.0, 2.0, 11),
        samples: Axis::new(400.0, 4.0, 40),
        unit: SampleUnit::Milliseconds,
        spacing: Some(Spacing {
            inline: 25.0,
            crossline: 25.0,
        }),
    }
}

fn place(out: &Path) -> Place {
    Place {
        frozen: out.to_owned(),
        out: out.to_owned(),
        checkpoints: out.to_owned(),
        recipe: Recipe {
            module: "attributes3d".into(),
            version: "0.0.0".into(),
            request: "0123456789ab".into(),
        },
    }
}

/// An amplitude volume of dipping layers and noise, one trace of it null.
fn write_amplitude(path: &Path, lines: usize) {
    let grid = grid(lines);
    let mut rng = stream(3, "amplitude", &[]);
    let data: Vec<f32> = (0..grid.len())
        .map(|i| {
            let (x, t) = (i / 40 % 11, i % 40);
            let layers = (0.6 * (t as f64 - 0.5 * x as f64)).sin();
            if i / 40 == 15 {
                f32::NAN
            } else {
                (layers + 0.3 * rng.normal()) as f32
            }
        })
        .collect();
    let recipe = place(path).recipe;
    let writer = VolumeWriter::fresh(path, &grid, SampleKind::Continuous, &recipe, true).unwrap();
    writer.write(&grid.all(), &data).unwrap();
    writer.finish().unwrap();
}

fn prepare(
    amplitude: &Path,
    out: &Path,
    settings: &[(&str, &str)],
) -> Result<Box<dyn Job>, ModuleError> {
    let settings: BTreeMap<String, String> = settings
        .iter()
        .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
        .collect();
    let input = Input::new("amplitude", amplitude, OpenOptions::default());
    let request = Request::new(&MODULE, &settings, vec![input], Training::None)?;
    MODULE.prepare(&request, &place(out))
}

fn run(amplitude: &Path, out: &Path, settings: &[(&str, &str)]) -> Result<Outcome, ModuleError> {
    work(prepare(amplitude, out, settings)?.as_ref())
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

fn read(path: &Path) -> (Grid, Vec<f32>) {
    let volume = io::open(path, &OpenOptions::default()).unwrap();
    let mut data = vec![0.0; volume.grid().len()];
    volume.read(&volume.grid().all(), &mut data).unwrap();
    (*volume.grid(), data)
}

#[test]
fn the_parameters_default_to_the_options_of_the_kernels() {
    let values = Values::check("attributes3d", PARAMETERS, &BTreeMap::new()).unwrap();
    assert_eq!(options(&values).unwrap(), AttributeOptions::default());
    let wanted = wanted(&values).unwrap();
    assert_eq!(wanted, Attribute::standard().collect::<Vec<_>>());
    let doc = PARAMETERS[0].doc;
    assert!(Attribute::all().all(|a| doc.contains(a.name())), "{doc}");
}

#[test]
fn volumes_come_out_in_the_container_of_the_input() {
    for extension in ["sgy", "H"] {
        let folder = tempfile::tempdir().unwrap();
        let amplitude = folder.path().join(format!("amplitude.{extension}"));
        write_amplitude(&amplitude, 8);
        let outcome = run(&amplitude, folder.path(), &[("name", "test")]).unwrap();
        let ModuleResult::Attributes(result) = &outcome.result else {
            panic!("{:?}", outcome.result)
        };
        assert_eq!(result.outputs.len(), 12);
        for (output, file) in result.outputs.iter().zip(&outcome.outputs) {
            let path = PathBuf::from(format!("{}_test.{extension}", output.attribute));
            assert_eq!(output.path, path);
            let (found, data) = read(&folder.path().join(&path));
            assert_eq!(found.difference(&grid(8)), None);
            let live = data.iter().filter(|v| !v.is_nan()).count() as u64;
            assert_eq!(
                (output.live, output.nulls),
                (live, data.len() as u64 - live)
            );
            assert!(data[15 * 40..16 * 40].iter().all(|v| v.is_nan()));
            assert!(output.nulls < 100, "{}: {}", output.attribute, output.nulls);
            let dip = output.attribute.ends_with("_dip");
            assert_eq!(file.role == OutputRole::Quantity, dip);
        }
        let json = outcome.result.json(Path::new("/out"));
        assert_eq!(json["outputs"][0]["attribute"], "coherence");
        assert_eq!(
            json["outputs"][0]["path"],
            format!("/out/coherence_test.{extension}")
        );
        assert!(json["outputs"][0]["live"].is_u64() && json["outputs"][0]["nulls"].is_u64());
    }
}

#[test]
fn parts_of_a_survey_hold_what_the_whole_holds_there() {
    let folder = tempfile::tempdir().unwrap();
    let amplitude = folder.path().join("amplitude.sgy");
    write_amplitude(&amplitude, 12);
    let settings = [("name", "all"), ("attributes", "glcm-entropy,inline_dip")];
    run(&amplitude, folder.path(), &settings).unwrap();
    for (inlines, pick) in [("104:111", (4, 1, 8)), ("101:110:3", (1, 3, 4))] {
        let part = [
            ("name", "part"),
            ("attributes", "inline_dip,glcm_entropy"),
            ("inlines", inlines),
            ("crosslines", "304:316:4"),
            ("times", "440:480"),
            ("force", "yes"),
        ];
        run(&amplitude, folder.path(), &part).unwrap();
        for attribute in ["inline_dip", "glcm_entropy"] {
            let (_, all) = read(&folder.path().join(format!("{attribute}_all.sgy")));
            let (grid, found) = read(&folder.path().join(format!("{attribute}_part.sgy")));
            assert_eq!(grid.shape(), [pick.2, 4, 11]);
            let mut places =
                (0..pick.2).flat_map(|i| (0..4).flat_map(move |x| (0..11).map(move |t| (i, x, t))));
            for value in found {
                let (i, x, t) = places.next().unwrap();
                let at = ((pick.0 + i * pick.1) * 11 + 2 + 2 * x) * 40 + 10 + t;
                assert_eq!(
                    value.to_bits(),
                    all[at].to_bits(),
                    "{attribute} {i} {x} {t}"
                );
            }
        }
    }
}

#[test]
fn memory_decides_how_high_slabs_are_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let amplitude = folder.path().join("amplitude.H");
    write_amplitude(&amplitude, 40);
    let slabs = |memory: &str, out: &Path| {
        let settings = [
            ("name", "a"),
            ("attributes", "coherence"),
            ("memory", memory),
        ];
        std::fs::create_dir_all(out).unwrap();
        run(&amplitude, out, &settings).unwrap();
        let (_, data) = read(&out.join("coherence_a.H"));
        let bits: Vec<u32> = data.iter().map(|v| v.to_bits()).collect();
        let job = prepare(&amplitude, out, &settings).unwrap();
        (job.stages()[1].units.len(), bits)
    };
    let (few, base) = slabs("2", &folder.path().join("a"));
    assert_eq!(few, 2);
    // The parameter's least value is far more than this survey needs.
    let values = Values::check("attributes3d", PARAMETERS, &BTreeMap::new()).unwrap();
    let volume = io::open(&amplitude, &OpenOptions::default()).unwrap();
    let mut job = Compute::plan(
        &volume,
        vec![Attribute::Coherence],
        AttributeOptions::default(),
        &values,
        &place(&folder.path().join("b")),
    )
    .unwrap();
    job.cut(7, 3);
    std::fs::create_dir_all(folder.path().join("b")).unwrap();
    let task = Task::silent();
    let chunks = (0..job.stages()[0].units.len()).map(|u| job.unit(0, u, &[], &task).unwrap());
    let statistics = job.reduce(0, chunks.collect(), &[], &task).unwrap();
    let reduced = [statistics];
    let units = (0..job.stages()[1].units.len()).map(|u| job.unit(1, u, &reduced, &task).unwrap());
    let units: Vec<_> = units.collect();
    assert_eq!(units.len(), 14);
    let tally = job.reduce(1, units, &reduced, &task).unwrap();
    let [statistics] = reduced;
    job.finish(&[statistics, tally], &task).unwrap();
    let (_, data) = read(&folder.path().join("b/coherence.H"));
    let bits: Vec<u32> = data.iter().map(|v| v.to_bits()).collect();
    assert!(bits == base);
}

#[test]
fn what_cannot_be_computed_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let amplitude = folder.path().join("amplitude.sgy");
    write_amplitude(&amplitude, 6);
    let error = |settings: &[(&str, &str)]| {
        let found = prepare(&amplitude, folder.path(), settings).err();
        found.map(|e| e.to_string()).unwrap_or_default()
    };
    assert!(error(&[("attributes", "chaos")]).contains("coherence"));
    assert!(error(&[("attributes", ",")]).contains("at least one"));
    assert!(error(&[("levels", "16")]).contains("odd"));
    assert!(error(&[("lowest_frequency", "200")]).contains("not below"));
    assert!(error(&[("inlines", "1:5")]).contains("100 to 105"));
    run(&amplitude, folder.path(), &[("attributes", "coherence")]).unwrap();
    std::fs::write(folder.path().join("glcm_entropy.sgy"), "mine").unwrap();
    assert!(error(&[("attributes", "glcm_entropy")]).contains("--force"));

    let request = Request::new(&MODULE, &BTreeMap::new(), Vec::new(), Training::None).unwrap();
    let error = MODULE
        .prepare(&request, &place(folder.path()))
        .err()
        .unwrap();
    assert!(error.to_string().contains("one amplitude volume"));
}

#[test]
fn a_volume_of_zeros_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zeros.sgy");
    let recipe = place(&path).recipe;
    let grid = grid(3);
    let writer = VolumeWriter::fresh(&path, &grid, SampleKind::Continuous, &recipe, true).unwrap();
    writer.write(&grid.all(), &vec![0.0; grid.len()]).unwrap();
    writer.finish().unwrap();
    let error = run(&path, folder.path(), &[]).unwrap_err().to_string();
    assert!(error.contains("nothing but nulls and zeros"), "{error}");
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
fn training_rows_hold_what_the_volumes_hold_at_the_polygons() {
    use crate::model::{Facies, Polygon, SliceKey};
    let folder = tempfile::tempdir().unwrap();
    let amplitude = folder.path().join("amplitude.sgy");
    write_amplitude(&amplitude, 30);
    let polygon = |id: &str, facies: &str, slice, from: (f64, f64), to: (f64, f64)| Polygon {
        id: id.into(),
        facies: facies.into(),
        slice,
        name: None,
        origin: crate::model::Origin::default(),
        vertices: vec![from, (to.0, from.1), to, (from.0, to.1)],
    };
    let picks = Picks {
        facies: vec![Facies::new("salt", 1), Facies::new("mtd", 2)],
        polygons: vec![
            polygon(
                "a",
                "salt",
                SliceKey::Inline(114),
                (301.0, 430.0),
                (307.0, 480.0),
            ),
            polygon(
                "b",
                "salt",
                SliceKey::Time(520.0),
                (305.0, 101.5),
                (313.0, 108.5),
            ),
            polygon(
                "c",
                "mtd",
                SliceKey::Crossline(320),
                (103.5, 402.0),
                (127.5, 425.0),
            ),
        ],
    };
    let text = ron::to_string(&picks).unwrap();
    std::fs::write(folder.path().join(PICKS), text).unwrap();
    let settings = [
        ("at", "polygons"),
        ("attributes", "everything"),
        ("memory", "0.05"),
    ];
    let settings: BTreeMap<String, String> = settings
        .iter()
        .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
        .collect();
    let input = Input::new("amplitude", &amplitude, OpenOptions::default());
    let request =
        |training| Request::new(&MODULE, &settings, vec![input.clone()], training).unwrap();
    let refused = MODULE.prepare(&request(Training::None), &place(folder.path()));
    assert!(refused.err().unwrap().to_string().contains("--session"));
    let asked = request(Training::Polygons);
    let job = MODULE.prepare(&asked, &place(folder.path())).unwrap();
    let outcome = work(job.as_ref()).unwrap();
    let ModuleResult::TrainingData(data) = &outcome.result else {
        panic!("{:?}", outcome.result)
    };
    let path = folder.path().join(&data.training_file);
    let found = io::read_training(&path, &io::TrainingFormat::default()).unwrap();
    assert_eq!(found.table.groups.len(), 3);

    run(&amplitude, folder.path(), &[("attributes", "everything")]).unwrap();
    let volume = io::open(&amplitude, &OpenOptions::default()).unwrap();
    let picked = picks.on(volume.grid(), &[]).unwrap();
    let columns: Vec<Vec<f32>> = Attribute::all()
        .map(|attribute| {
            let path = folder.path().join(format!("{attribute}.sgy"));
            let volume = io::open(&path, &OpenOptions::default()).unwrap();
            picked.values(volume.as_ref(), &Task::silent()).unwrap()
        })
        .collect();
    let names: Vec<String> = Attribute::all().map(|a| a.name().to_owned()).collect();
    let expected = picked.table(&names, &columns).unwrap().table;
    assert_eq!(found.table.attributes, expected.attributes);
    assert!(found.table.values.dim().0 > 100);
    // The text has seven digits.
    for (a, b) in found.table.values.iter().zip(&expected.values) {
        assert!((a - b).abs() <= 1e-6 * b.abs(), "{a} against {b}");
    }
}

/// Attributes of a small cube with the parameters of some settings.
fn with(settings: &[(&str, &str)]) -> Vec<Vec<u32>> {
    let settings = settings
        .iter()
        .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
        .collect();
    let values = Values::check("attributes3d", PARAMETERS, &settings).unwrap();
    let options = options(&values).unwrap();
    let mut rng = stream(5, "parameters", &[]);
    let cube = ndarray::Array3::from_shape_fn((7, 8, 64), |(_, x, t)| {
        let layers = (0.6 * (t as f64 - 0.5 * x as f64)).sin();
        (layers + 0.5 * rng.normal()) as f32
    });
    let size = options.cell(&grid(7)).unwrap();
    let slab = crate::attributes::Slab::new(&cube.view(), 0..7, size).unwrap();
    let statistics = cube
        .outer_iter()
        .map(crate::attributes::Statistics::of_line);
    let all: Vec<Attribute> = Attribute::all().collect();
    let found =
        crate::attributes::compute(&slab, &all, &options, &statistics.sum(), &Task::silent());
    let volumes = found.unwrap().volumes.into_iter();
    volumes
        .map(|volume| volume.iter().map(|v| v.to_bits()).collect())
        .collect()
}

#[test]
fn attributes_depend_on_the_parameters_that_are_named_for_them() {
    let usual = with(&[]);
    let others = [
        ("max_dip", "0.2"),
        ("dip_unit", "degrees"),
        ("dip_height", "1"),
        ("dip_width", "2"),
        ("refined_dips", "yes"),
        ("steered", "no"),
        ("interpolation", "sinc"),
        ("footprint", "square9"),
        ("footprint_radius", "2"),
        ("half_height", "3"),
        ("analytic", "no"),
        ("spectral_window", "100"),
        ("taper", "gaussian"),
        ("lowest_frequency", "30"),
        ("highest_frequency", "60"),
        ("bandwidth", "rms"),
        ("levels", "9"),
        ("clip", "1"),
        ("pooled", "no"),
        ("glcm_radius", "1"),
        ("glcm_half_height", "1"),
        ("deviation_radius", "1"),
        ("deviation_half_height", "2"),
        ("energy", "rms"),
        ("relative_energy", "yes"),
        ("correlation", "yes"),
        ("amplitude_half_height", "4"),
        ("velocity", "2000"),
        ("bin_size", "12.5"),
    ];
    let named: Vec<&str> = others.iter().map(|(name, _)| *name).collect();
    let own = PARAMETERS.iter().map(|p| p.name);
    assert_eq!(own.skip(2).collect::<Vec<_>>(), named);
    for (parameter, text) in others {
        let changed = with(&[(parameter, text)]);
        let mut any = false;
        for ((name, a), b) in attribute_names().zip(&usual).zip(&changed) {
            any |= a != b;
            assert!(
                a == b || parameters_of(name, parameter),
                "{name} {parameter}"
            );
        }
        assert!(any, "{parameter} changes nothing");
    }
}
