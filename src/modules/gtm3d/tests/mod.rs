//! Runs from polygons over volumes on disk to volumes on disk.

mod inputs;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::*;
use crate::io::{self, OpenOptions, SampleKind, VolumeWriter};
use crate::model::{Axis, Facies, Grid, Polygon, Recipe, SampleUnit, SliceKey, Spacing};
use crate::modules::{Input, ModuleResult, Outcome, OutputFile, OutputRole, PICKS, Picks};
use crate::task::{CancelFlag, Progress, Task, stream};

const FACIES: [&str; 3] = ["upper", "middle", "lower"];

fn grid() -> Grid {
    Grid {
        inlines: Axis::new(100.0, 1.0, 9),
        crosslines: Axis::new(300.0, 2.0, 8),
        samples: Axis::new(1000.0, 4.0, 30),
        unit: SampleUnit::Milliseconds,
        spacing: Some(Spacing {
            inline: 20.0,
            crossline: 25.0,
        }),
    }
}

fn place(folder: &Path) -> Place {
    Place {
        frozen: folder.join("frozen"),
        out: folder.to_owned(),
        checkpoints: folder.join("units"),
        recipe: Recipe {
            module: "gtm3d".into(),
            version: "0.0.0".into(),
            request: "0123456789ab".into(),
        },
    }
}

/// Three facies one above the other, ten samples each.
fn truth(voxel: usize) -> usize {
    voxel % 30 / 10
}

/// Voxels with a null attribute: a trace of the first, a sample of the second.
fn is_null(voxel: usize) -> bool {
    voxel == 5 || (240..270).contains(&voxel)
}

fn write_volume(folder: &Path, name: &str, kind: SampleKind, data: &[f32]) -> Input {
    let path = folder.join(format!("{name}.sgy"));
    let recipe = &place(folder).recipe;
    let writer = VolumeWriter::fresh(&path, &grid(), kind, recipe, true).unwrap();
    writer.write(&grid().all(), data).unwrap();
    writer.finish().unwrap();
    Input::new(name, path, OpenOptions::default())
}

/// Three attributes: two tell the facies apart, one is noise.
fn write_inputs(folder: &Path) -> Vec<Input> {
    std::fs::create_dir_all(folder.join("frozen")).unwrap();
    std::fs::create_dir_all(folder.join("units")).unwrap();
    let mut rng = stream(5, "volumes", &[]);
    let mut column = |f: &dyn Fn(usize) -> f32, noise: f32| -> Vec<f32> {
        (0..grid().len())
            .map(|v| f(truth(v)) + noise * rng.normal() as f32)
            .collect()
    };
    let mut depth = column(&|c| c as f32, 0.2);
    let mut bend = column(&|c| if c == 1 { 1.0 } else { 0.0 }, 0.2);
    let noise = column(&|_| 0.0, 1.0);
    depth[240..270].fill(f32::NAN);
    bend[5] = f32::NAN;
    [("depth", depth), ("bend", bend), ("noise", noise)]
        .map(|(name, data)| write_volume(folder, name, SampleKind::Continuous, &data))
        .to_vec()
}

/// A rectangle for each facies on three inlines.
fn write_picks(folder: &Path, names: &[&str]) {
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
        polygons: (0..names.len())
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

fn asked(volumes: Vec<Input>, pairs: &[(&str, &str)], training: Training) -> Request {
    Request::new(&MODULE, &settings(pairs), volumes, training).unwrap()
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

const FAST: [(&str, &str); 5] = [
    ("grid", "8"),
    ("rbf", "3"),
    ("folds", "3"),
    ("iterations", "30"),
    ("name", "test"),
];

fn run(folder: &Path, more: &[(&str, &str)]) -> Result<Outcome, ModuleError> {
    let inputs = write_inputs(folder);
    write_picks(folder, &FACIES);
    let request = asked(inputs, &[&FAST[..], more].concat(), Training::Polygons);
    work(MODULE.prepare(&request, &place(folder))?.as_ref())
}

fn found(outcome: &Outcome) -> &GtmResult {
    match &outcome.result {
        ModuleResult::Map(result) => result,
        other => panic!("{other:?} is no map"),
    }
}

fn read(path: &Path) -> Vec<f32> {
    let volume = io::open(path, &OpenOptions::default()).unwrap();
    let mut data = vec![0.0; volume.grid().len()];
    volume.read(&volume.grid().all(), &mut data).unwrap();
    data
}

fn output(folder: &Path, outcome: &Outcome, name: &str) -> Vec<f32> {
    let file = outcome.outputs.iter().find(|f| f.name == name);
    read(&folder.join(&file.unwrap_or_else(|| panic!("no {name}")).path))
}

fn bytes(folder: &Path, outcome: &Outcome) -> Vec<Vec<u8>> {
    let read = |file: &OutputFile| std::fs::read(folder.join(&file.path)).unwrap();
    outcome.outputs.iter().map(read).collect()
}

#[test]
fn polygons_become_probabilities_and_all_that_goes_with_them() {
    let folder = tempfile::tempdir().unwrap();
    let outcome = run(folder.path(), &[]).unwrap();
    let names: Vec<&str> = outcome.outputs.iter().map(|f| f.name.as_str()).collect();
    let expected = [
        "gtm_probability_upper",
        "gtm_probability_middle",
        "gtm_probability_lower",
        "gtm_likelihood_upper",
        "gtm_likelihood_middle",
        "gtm_likelihood_lower",
        "gtm_class",
        "gtm_confidence",
        "gtm_ambiguity",
        "gtm_latent_1",
        "gtm_latent_2",
        "gtm_node",
        "gtm_entropy",
        "gtm_outside",
        "gtm_model",
        "aaspi_gtm3d",
    ];
    assert_eq!(names, expected);
    // A probability is no candidate attribute.
    for file in &outcome.outputs {
        assert_ne!(file.role, OutputRole::Attribute, "{}", file.name);
    }
    let legend = FACIES.map(str::to_owned).to_vec();
    assert_eq!(outcome.outputs[6].role, OutputRole::Classes(legend));
    assert_eq!(outcome.outputs[6].path, PathBuf::from("gtm_class_test.sgy"));

    let of = |name: &str| output(folder.path(), &outcome, name);
    let class = of("gtm_class");
    let probability = FACIES.map(|f| of(&format!("gtm_probability_{f}")));
    let likelihood = FACIES.map(|f| of(&format!("gtm_likelihood_{f}")));
    let (confidence, ambiguity) = (of("gtm_confidence"), of("gtm_ambiguity"));
    let node = of("gtm_node");
    let (latent, entropy, outside) = (
        [of("gtm_latent_1"), of("gtm_latent_2")],
        of("gtm_entropy"),
        of("gtm_outside"),
    );
    let mut right = 0;
    for v in 0..class.len() {
        let continuous = [
            &confidence,
            &ambiguity,
            &latent[0],
            &latent[1],
            &node,
            &entropy,
            &probability[1],
            &likelihood[2],
        ];
        for values in continuous {
            assert_eq!(values[v].is_nan(), is_null(v), "voxel {v}");
        }
        let code = if class[v].is_nan() { 0.0 } else { class[v] };
        assert_eq!(code == 0.0, is_null(v), "voxel {v}");
        if is_null(v) {
            continue;
        }
        let p = [0, 1, 2].map(|m| probability[m][v]);
        assert!((p.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        let best = p.iter().copied().fold(0.0, f32::max);
        assert_eq!(best, p[code as usize - 1]);
        assert_eq!(best, confidence[v]);
        assert!((0.0..=1.0).contains(&ambiguity[v]));
        assert!(likelihood.iter().all(|l| (0.0..=1.0).contains(&l[v])));
        assert!(latent.iter().all(|u| (-1.0..=1.0).contains(&u[v])));
        assert!(entropy[v] >= 0.0 && (1.0..=2.0).contains(&outside[v]));
        right += usize::from(code as usize == truth(v) + 1);
    }
    assert!(right as f64 > 0.95 * 2129.0, "{right}");
    counted(found(&outcome), &class, &outside);
}

/// What was counted is what lies in the volumes.
fn counted(result: &GtmResult, class: &[f32], outside: &[f32]) {
    assert!(result.supervised && result.nulls == 31);
    let count = |c: f32| class.iter().filter(|&&x| x == c).count() as u64;
    for (facies, code) in result.facies.iter().zip([1.0, 2.0, 3.0]) {
        assert_eq!(facies.voxels, count(code));
        // 4 ms at 3000 m/s are 6 m, a bin is 20 by 25 m.
        let km3 = facies.voxels as f64 * 20.0 * 25.0 * 6.0 * 1e-9;
        assert!((facies.km3 - km3).abs() < 1e-12);
        assert!(facies.km2 <= 72.0 * 500.0 * 1e-6 && facies.km2 > 70.0 * 500.0 * 1e-6);
        assert!(facies.confidence.unwrap() > 0.5);
        assert_eq!(facies.rows, 3 * 6 * 8);
    }
    let marked = outside.iter().filter(|&&x| x == 2.0).count() as u64;
    assert_eq!(result.outside, marked);
    assert!(marked > 0 && marked < 60, "{marked}");
    assert_eq!(result.map.voxels.iter().sum::<u64>(), 2129);
    let sums = result.map.facies.iter().map(|q| q.iter().sum::<f64>());
    assert!(sums.into_iter().all(|sum| (sum - 1.0).abs() < 1e-9));

    let validation = result.validation.as_ref().unwrap();
    assert_eq!(validation.left_out, "polygon");
    let names: Vec<&str> = validation
        .classifiers
        .iter()
        .map(|c| c.classifier.as_str())
        .collect();
    assert_eq!(names, ["gtm3d", "rfc3d"]);
    for judged in &validation.classifiers {
        assert!(judged.balanced_accuracy > 0.9, "{judged:?}");
        assert!(judged.log_loss < 1.0 && judged.folds.len() == 3);
        let rows = judged.confusion.iter().flatten().sum::<u64>();
        assert_eq!(rows, 3 * 144);
        let binned = judged.reliability.iter().map(|b| b.voxels).sum::<u64>();
        assert_eq!(binned, rows);
    }
}

#[test]
fn the_forest_beside_is_that_of_rfc3d_on_the_same_folds() {
    let folder = tempfile::tempdir().unwrap();
    let outcome = run(folder.path(), &[]).unwrap();
    let ours = &found(&outcome).validation.as_ref().unwrap().classifiers[1];
    let inputs = write_inputs(folder.path());
    let pairs = settings(&[("folds", "3"), ("tree_counts", "100"), ("name", "other")]);
    let module = crate::modules::find("rfc3d").unwrap();
    let volumes = inputs;
    let request = Request::new(module, &pairs, volumes, Training::Polygons).unwrap();
    let job = module.prepare(&request, &place(folder.path())).unwrap();
    let ModuleResult::Forest(theirs) = work(job.as_ref()).unwrap().result else {
        panic!("no forest")
    };
    assert_eq!(theirs.grouped_cross_validation[0].folds, ours.folds);
    assert_eq!(theirs.grouped_confusion, ours.confusion);
}

#[test]
fn threads_and_slabs_change_no_byte() {
    let made = |threads: usize, slab: usize, slabs: usize| {
        let folder = tempfile::tempdir().unwrap();
        let request = asked(write_inputs(folder.path()), &FAST, Training::Polygons);
        write_picks(folder.path(), &FACIES);
        let job = prepare(&request, &place(folder.path()), slab).unwrap();
        assert_eq!(job.stages[4].units.len(), slabs);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let outcome = pool.build().unwrap().install(|| work(&job).unwrap());
        (bytes(folder.path(), &outcome), outcome)
    };
    let whole = made(1, usize::MAX, 1);
    assert_eq!(whole, made(2, 500, 5)); // two inlines a slab
    assert_eq!(whole, made(2, 100, 27)); // three crosslines a slab
}

/// Stops the run after some updates of the map.
struct StopAfter<'a>(std::sync::atomic::AtomicU64, &'a CancelFlag);

impl Progress for StopAfter<'_> {
    fn advance(&self, _: u64) {}

    fn note(&self, line: &str) {
        if line.starts_with("update") {
            let left = self.0.fetch_sub(1, std::sync::atomic::Ordering::Relaxed);
            if left == 1 {
                self.1.raise();
            }
        }
    }
}

#[test]
fn a_stopped_fit_goes_on_from_its_last_update_to_the_same_bytes() {
    let whole = tempfile::tempdir().unwrap();
    let more = [("tolerance", "0")];
    let expected = bytes(whole.path(), &run(whole.path(), &more).unwrap());

    let folder = tempfile::tempdir().unwrap();
    let inputs = write_inputs(folder.path());
    write_picks(folder.path(), &FACIES);
    let request = asked(inputs, &[&FAST[..], &more].concat(), Training::Polygons);
    let place = place(folder.path());
    let flag = CancelFlag::default();
    let stopping = StopAfter(7.into(), &flag);
    let stopped = Task::new(&stopping, &flag);
    let job = prepare(&request, &place, usize::MAX).unwrap();
    let mut reduced = Vec::new();
    for stage in 0..2 {
        let units = 0..job.stages[stage].units.len();
        let units = units.map(|u| job.unit(stage, u, &reduced, &stopped).unwrap());
        let units = units.collect();
        let bytes = job.reduce(stage, units, &reduced, &stopped).unwrap();
        reduced.push(bytes);
    }
    let error = job.unit(2, 0, &reduced, &stopped).unwrap_err();
    assert!(matches!(error, ModuleError::Cancelled(_)), "{error}");

    // Another worker of the same directory.
    let job = prepare(&request, &place, usize::MAX).unwrap();
    let lines = Lines::default();
    job.unit(2, 0, &reduced, &Task::new(&lines, &CancelFlag::default()))
        .unwrap();
    let lines = lines.0.into_inner().unwrap();
    assert_eq!(lines[0], "the fit goes on after update 7");
    assert!(lines[1].starts_with("update 7:"), "{}", lines[1]);
    assert_eq!(bytes(folder.path(), &work(&job).unwrap()), expected);
}

#[derive(Default)]
struct Lines(std::sync::Mutex<Vec<String>>);

impl Progress for Lines {
    fn advance(&self, _: u64) {}

    fn note(&self, line: &str) {
        self.0.lock().unwrap().push(line.to_owned());
    }
}

#[test]
fn without_polygons_the_peaks_of_the_map_are_classes() {
    let folder = tempfile::tempdir().unwrap();
    for training in [Training::None, Training::Polygons] {
        let inputs = write_inputs(folder.path());
        write_picks(folder.path(), &FACIES);
        let more = [("unsupervised", "yes"), ("force", "yes"), ("grid", "10")];
        let request = asked(inputs, &[&FAST[..], &more].concat(), training);
        let job = MODULE.prepare(&request, &place(folder.path())).unwrap();
        let outcome = work(job.as_ref()).unwrap();
        let result = found(&outcome);
        assert!(!result.supervised && result.validation.is_none());
        let names: Vec<&str> = outcome.outputs.iter().map(|f| f.name.as_str()).collect();
        assert_eq!(names[..2], ["gtm_class", "gtm_confidence"]);
        let class = output(folder.path(), &outcome, "gtm_class");
        // Each facies lies in clusters of its own, however many these are.
        let clusters = result.facies.len();
        assert!((2..=12).contains(&clusters), "{clusters}");
        let mut counts = vec![[0; 3]; clusters + 1];
        for (v, &c) in class.iter().enumerate().filter(|(v, _)| !is_null(*v)) {
            counts[c as usize][truth(v)] += 1;
        }
        let pure: usize = counts.iter().map(|c| c.iter().max().unwrap()).sum();
        assert!(pure as f64 > 0.9 * 2129.0, "{pure} in {clusters}");
    }
}
