//! From polygons over a selection of attributes to classified volumes.

use std::collections::BTreeMap;
use std::path::Path;

use super::*;
use crate::io::{self, OpenOptions, SampleKind, VolumeWriter};
use crate::model::{Axis, Facies, Grid, Origin, Polygon, Recipe, SampleUnit, SliceKey};
use crate::modules::{
    ModuleResult, Outcome, OutputRole, PICKS, Picks, Training, attribute_selection,
};
use crate::task::{Task, stream};

const FACIES: [&str; 3] = ["upper", "middle", "lower"];

fn grid() -> Grid {
    Grid {
        inlines: Axis::new(100.0, 1.0, 9),
        crosslines: Axis::new(300.0, 2.0, 8),
        samples: Axis::new(1000.0, 4.0, 30),
        unit: SampleUnit::Milliseconds,
        spacing: None,
    }
}

fn place(folder: &Path, module: &str) -> Place {
    Place {
        frozen: folder.join("frozen"),
        out: folder.to_owned(),
        checkpoints: folder.join("units"),
        recipe: Recipe {
            module: module.into(),
            version: "0.0.0".into(),
            request: "0123456789ab".into(),
        },
    }
}

/// Three facies one above the other, ten samples each.
fn truth(voxel: usize) -> usize {
    voxel % 30 / 10
}

/// A trace without the first attribute, a sample without the second, and a trace
/// like no facies.
const DEAD: std::ops::Range<usize> = 240..270;
const NULL: usize = 5;
const STRANGE: std::ops::Range<usize> = 840..870;

/// Three attributes: two tell the facies apart, one is noise.
fn write_volumes(folder: &Path) -> Vec<Input> {
    std::fs::create_dir_all(folder.join("frozen")).unwrap();
    let mut rng = stream(5, "volumes", &[]);
    let mut column = |f: &dyn Fn(usize) -> f32, noise: f32| -> Vec<f32> {
        (0..grid().len())
            .map(|v| f(truth(v)) + noise * rng.normal() as f32)
            .collect()
    };
    let mut depth = column(&|c| c as f32, 0.2);
    let mut bend = column(&|c| if c == 1 { 1.0 } else { 0.0 }, 0.2);
    let noise = column(&|_| 0.0, 1.0);
    depth[DEAD].fill(f32::NAN);
    bend[NULL] = f32::NAN;
    depth[STRANGE].fill(30.0);
    [("depth", depth), ("bend", bend), ("noise", noise)]
        .map(|(name, data)| {
            let path = folder.join(format!("{name}.sgy"));
            let recipe = &place(folder, "x").recipe;
            let kind = SampleKind::Continuous;
            let writer = VolumeWriter::fresh(&path, &grid(), kind, recipe, true).unwrap();
            writer.write(&grid().all(), &data).unwrap();
            writer.finish().unwrap();
            Input::new(name, path, OpenOptions::default())
        })
        .to_vec()
}

/// A rectangle for each facies on three inlines.
fn write_picks(folder: &Path) {
    let polygon = |m: usize, inline: i32| {
        let (top, base) = (1000.0 + 40.0 * m as f64 + 2.0, 1036.0 + 40.0 * m as f64);
        Polygon {
            id: format!("{m}{inline}"),
            facies: FACIES[m].into(),
            slice: SliceKey::Inline(inline),
            name: None,
            vertices: vec![(301.0, top), (313.0, top), (313.0, base), (301.0, base)],
            origin: Origin::default(),
        }
    };
    let picks = Picks {
        facies: (FACIES.iter().zip(1..))
            .map(|(n, c)| Facies::new(*n, c))
            .collect(),
        polygons: (0..3)
            .flat_map(|m| [102, 104, 107].map(|i| polygon(m, i)))
            .collect(),
    };
    let path = folder.join("frozen").join(PICKS);
    std::fs::write(path, ron::to_string(&picks).unwrap()).unwrap();
}

fn settings(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
        .collect()
}

/// Works all stages of a job.
fn work(job: &dyn Job) -> Outcome {
    let task = Task::silent();
    let mut reduced = Vec::new();
    for (s, stage) in job.stages().iter().enumerate() {
        let mut units: Vec<Vec<u8>> = (0..stage.units.len())
            .rev()
            .map(|unit| job.unit(s, unit, &reduced, &task).unwrap())
            .collect();
        units.reverse();
        reduced.push(job.reduce(s, units, &reduced, &task).unwrap());
    }
    job.finish(&reduced, &task).unwrap()
}

/// A folder with volumes, and the mixtures that a selection fitted.
fn selected() -> (tempfile::TempDir, Vec<Input>) {
    let folder = tempfile::tempdir().unwrap();
    let volumes = write_volumes(folder.path());
    write_picks(folder.path());
    let module = &attribute_selection::MODULE;
    let quick = settings(&[("sem", "no"), ("models", "EEE,VVV")]);
    let request = Request::new(module, &quick, volumes.clone(), Training::Polygons).unwrap();
    let job = module.prepare(&request, &place(folder.path(), "attribute_selection"));
    work(job.unwrap().as_ref());
    let from = folder.path().join("attribute_selection_mixtures.ron");
    std::fs::copy(from, folder.path().join("frozen").join(MODEL)).unwrap();
    (folder, volumes)
}

fn prepared(
    folder: &Path,
    volumes: &[Input],
    pairs: &[(&str, &str)],
    slab: usize,
) -> Result<Apply, ModuleError> {
    let request = Request::new(&MODULE, &settings(pairs), volumes.to_vec(), Training::None)?;
    prepare(&request, &place(folder, "gmm3d"), slab)
}

fn read(folder: &Path, name: &str) -> Vec<f32> {
    let volume = io::open(&folder.join(format!("{name}.sgy")), &OpenOptions::default()).unwrap();
    let mut data = vec![0.0; grid().len()];
    volume.read(&grid().all(), &mut data).unwrap();
    data
}

#[test]
fn mixtures_classify_the_volume_that_they_were_fitted_to() {
    let (folder, mut volumes) = selected();
    volumes.rotate_left(1); // found by name
    let pair = [("combination", "depth,bend")];
    let job = prepared(folder.path(), &volumes, &pair, 700).unwrap();
    assert!(job.stages()[0].units.len() > 2);
    let outcome = work(&job);
    let ModuleResult::Mixtures(result) = &outcome.result else {
        panic!("another result");
    };
    assert_eq!(result.attributes, ["depth", "bend"]);
    assert_eq!((result.voxels, result.nulls), (2160 - 31, 31));
    let class = read(folder.path(), "gmm_class");
    let outside = read(folder.path(), "gmm_outside");
    let probabilities = FACIES.map(|f| read(folder.path(), &format!("gmm_probability_{f}")));
    let mut right = 0;
    for v in 0..grid().len() {
        let p = [0, 1, 2].map(|m| probabilities[m][v]);
        if DEAD.contains(&v) || v == NULL {
            assert!(class[v].is_nan() && outside[v].is_nan() && p[0].is_nan());
            continue;
        }
        assert!((p.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        assert_eq!(
            p[class[v] as usize - 1],
            p.iter().copied().fold(0.0, f32::max)
        );
        if STRANGE.contains(&v) {
            assert_eq!(outside[v], 2.0);
        } else {
            right += usize::from(class[v] as usize == truth(v) + 1);
        }
    }
    assert!(right > 2050, "{right} of 2099");
    assert!(
        result.outside > 0.0139 && result.outside < 0.03,
        "{}",
        result.outside
    );
    let roles: Vec<&OutputRole> = outcome.outputs.iter().map(|o| &o.role).collect();
    assert_eq!(
        roles[0],
        &OutputRole::Classes(FACIES.map(String::from).to_vec())
    );
    assert!(outcome.sentences[0].starts_with("By depth, bend: upper 3"));
    assert!(folder.path().join("aaspi_gmm3d.out").exists());
}

#[test]
fn slabs_and_threads_change_no_byte() {
    let (folder, volumes) = selected();
    let bytes = |slab, threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let settings = [
            ("force", "yes"),
            ("combination", "1,2,3"),
            ("priors", "training"),
        ];
        let job = prepared(folder.path(), &volumes, &settings, slab).unwrap();
        let outcome = pool.build().unwrap().install(|| work(&job));
        let files = outcome.outputs.iter().map(|o| folder.path().join(&o.path));
        let files: Vec<Vec<u8>> = files.map(|path| std::fs::read(path).unwrap()).collect();
        (outcome, files)
    };
    let one = bytes(usize::MAX, 1);
    assert_eq!(one.1.len(), 6);
    assert_eq!(one, bytes(240, 2));
    assert_eq!(one, bytes(31, 3));
}

#[test]
fn what_cannot_be_applied_is_named() {
    let (folder, volumes) = selected();
    let refused = |volumes: &[Input], combination: &str| {
        let pairs = [("combination", combination)];
        let error = prepared(folder.path(), volumes, &pairs, 1000).err();
        error.map(|e| e.to_string()).unwrap_or_default()
    };
    for good in [
        "knee",
        "winner",
        "best_validated",
        "1",
        "noise,depth",
        "bend, 1",
    ] {
        assert_eq!(refused(&volumes, good), "");
    }
    assert!(refused(&volumes, "4").contains("it had depth, bend, noise"));
    assert!(refused(&volumes, "dip").contains("`dip` is no attribute"));
    let message = refused(&volumes[..1], "winner");
    assert!(
        message.contains("bend") && message.contains("not among"),
        "{message}"
    );
    let model = folder.path().join("frozen").join(MODEL);
    let text = std::fs::read_to_string(&model).unwrap();
    for (from, to, said) in [
        ("version: 1", "version: 2", "version 2"),
        ("outcrop mixtures", "outcrop gtm", "outcrop gtm"),
        ("deviation: [", "deviation: [1.0,", "damaged"),
        ("(", "[", "no file of mixtures"),
        ("covariance: [", "covariance: [1.0,", "cannot be compared"),
    ] {
        std::fs::write(
            &model,
            text.replacen(from, to, if from == "(" { 1 } else { 99 }),
        )
        .unwrap();
        let message = refused(&volumes, "knee");
        assert!(message.contains(said), "{from}: {message}");
    }
    std::fs::remove_file(&model).unwrap();
    assert!(refused(&volumes, "knee").contains("attribute_selection_mixtures"));
}
