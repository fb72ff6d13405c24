//! A small survey, and runs of every module on it, for tests of what may befall them.
#![allow(dead_code)] // each test binary uses a part

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use outcrop::io::{OpenOptions, SampleKind, VolumeWriter};
use outcrop::model::{Axis, Grid, Recipe, SampleUnit, Spacing};
use outcrop::modules::{self, Input, Picks, Request, Training};
use outcrop::runs::{self, Frozen, Quiet, RunDirectory, RunError, Turn};

/// Every module whose outputs are its own.
pub const MODULES: [&str; 7] = [
    "attributes3d",
    "kuwahara3d",
    "define_training_data",
    "attribute_selection",
    "gmm3d",
    "rfc3d",
    "gtm3d",
];

/// What a test says of a command.
pub trait Ends {
    /// It ends well.
    fn status_ok(&mut self);
    /// It fails with exit code 1; gives what it said.
    fn fails(&mut self) -> String;
    /// What it prints, and how it ends.
    fn answer(&mut self) -> Output;
}

impl Ends for Command {
    fn status_ok(&mut self) {
        let output = self.stderr(Stdio::piped()).output().unwrap();
        assert!(output.status.success(), "{}", said(&output));
    }

    fn fails(&mut self) -> String {
        let output = self.stderr(Stdio::piped()).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{}", said(&output));
        said(&output)
    }

    fn answer(&mut self) -> Output {
        let piped = self.stdout(Stdio::piped()).stderr(Stdio::piped());
        piped.output().unwrap()
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Waits for something that another process does.
pub fn wait_for(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(
            start.elapsed() < Duration::from_secs(240),
            "{what} did not come"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Names and bytes of the files in a folder, sorted; folders are left out.
pub fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    // What a kill leaves half written stands beside its target under a name with a
    // dot, and is never read.
    let whole = |e: &std::fs::DirEntry| !e.file_name().to_string_lossy().starts_with('.');
    let files = entries.filter(|e| e.path().is_file() && whole(e));
    let mut files: Vec<_> = files
        .filter_map(|e| {
            let name = e.file_name().to_string_lossy().into_owned();
            Some((name, std::fs::read(e.path()).ok()?))
        })
        .collect();
    files.sort();
    files
}

const INLINES: usize = 24;
const CROSSLINES: usize = 40;
const SAMPLES: usize = 80;

/// A survey with two facies, its attributes and polygons, in a folder of its own.
pub struct Trial {
    folder: tempfile::TempDir,
}

impl Default for Trial {
    fn default() -> Self {
        Self::new()
    }
}

impl Trial {
    /// Writes the survey.
    pub fn new() -> Self {
        Self::below(&std::env::temp_dir())
    }

    /// Writes it in a new folder below another.
    pub fn below(folder: &Path) -> Self {
        let trial = Self {
            folder: tempfile::tempdir_in(folder).unwrap(),
        };
        let mut rng = outcrop::task::stream(5, "trial", &[]);
        for name in ["amplitude", "coherence", "coherent_energy", "glcm_entropy"] {
            let shift = name.len() as f32;
            let samples: Vec<f32> = (0..INLINES * CROSSLINES * SAMPLES)
                .map(|at| {
                    let (t, x) = (at % SAMPLES, at / SAMPLES % CROSSLINES);
                    let wave = (t as f32 * 0.4 + x as f32 * 0.03 * shift).sin();
                    let facies = if x < CROSSLINES / 2 { 1.0 } else { 2.5 };
                    facies * wave + shift * 0.1 * facies + 0.3 * rng.normal() as f32
                })
                .collect();
            trial.write(name, &samples);
        }
        for (name, from) in [("left", 301), ("right", 322)] {
            let polygon = |line: usize| {
                format!(
                    "polygon inline {line}\n {from} 40\n {} 40\n {} 200\n {from} 200\nend\n",
                    from + 15,
                    from + 15
                )
            };
            let text = format!(
                "facies = \"{name}\"\n{}{}{}",
                polygon(103),
                polygon(111),
                polygon(119)
            );
            std::fs::write(trial.folder().join(format!("{name}.txt")), text).unwrap();
        }
        trial
    }

    /// Writes a volume of noise, `large`, that takes a moment to read.
    pub fn write_large(&self) {
        let size = [200, 300, 120];
        let mut rng = outcrop::task::stream(6, "large", &[]);
        let samples: Vec<f32> = (0..size.iter().product())
            .map(|_| rng.fraction() as f32 - 0.5)
            .collect();
        self.write_sized("large", size, &samples);
    }

    fn write(&self, name: &str, samples: &[f32]) {
        self.write_sized(name, [INLINES, CROSSLINES, SAMPLES], samples);
    }

    fn write_sized(&self, name: &str, [inlines, crosslines, times]: [usize; 3], samples: &[f32]) {
        let grid = Grid {
            inlines: Axis::new(100.0, 1.0, inlines),
            crosslines: Axis::new(300.0, 1.0, crosslines),
            samples: Axis::new(0.0, 4.0, times),
            unit: SampleUnit::Milliseconds,
            spacing: Some(Spacing {
                inline: 25.0,
                crossline: 25.0,
            }),
        };
        let recipe = Recipe {
            module: "trial".into(),
            version: "0".into(),
            request: "0".into(),
        };
        let kind = SampleKind::Continuous;
        let writer = VolumeWriter::fresh(&self.input(name), &grid, kind, &recipe, true).unwrap();
        writer.write(&grid.all(), samples).unwrap();
        writer.finish().unwrap();
    }

    /// Where all of it lies.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A volume by its name.
    pub fn input(&self, name: &str) -> PathBuf {
        self.folder().join(format!("{name}.sgy"))
    }

    /// The amplitude volume.
    pub fn amplitude(&self) -> PathBuf {
        self.input("amplitude")
    }

    /// The polygon files.
    pub fn training(&self) -> [PathBuf; 2] {
        ["left", "right"].map(|name| self.folder().join(format!("{name}.txt")))
    }

    /// Where a run of a module puts its volumes.
    pub fn out(&self, name: &str, module: &str) -> PathBuf {
        self.folder().join(format!("{name}-{module}"))
    }

    /// Workers with these have a queue of their own.
    pub fn environment(&self) -> Vec<(&'static str, PathBuf)> {
        vec![("XDG_STATE_HOME", self.folder().join("state"))]
    }

    /// A run directory of a module, ready to be worked.
    pub fn planned(&self, module: &str, name: &str) -> RunDirectory {
        self.planned_with(module, name, &[])
    }

    /// The same with settings of its own.
    pub fn planned_with(
        &self,
        module: &str,
        name: &str,
        settings: &[(&str, &str)],
    ) -> RunDirectory {
        self.plan_in(module, &self.out(name, module), settings)
            .unwrap()
    }

    /// The same with an output folder of its own.
    pub fn plan_in(
        &self,
        module: &str,
        out: &Path,
        settings: &[(&str, &str)],
    ) -> Result<RunDirectory, RunError> {
        // Small blocks: many units, so that there is something to interrupt.
        let own: &[(&str, &str)] = match module {
            "attributes3d" => &[
                ("attributes", "coherence,glcm_entropy,inline_dip"),
                ("memory", "0.05"),
            ],
            "kuwahara3d" => &[
                ("memory", "0.05"),
                ("independent", "yes"),
                ("half_sizes", "2,2,3"),
            ],
            "attribute_selection" => &[("models", "EII,VVV")],
            "rfc3d" => &[
                ("trees", "60"),
                ("folds", "3"),
                ("memory", "0.05"),
                ("probabilities", "yes"),
            ],
            "gtm3d" => &[
                ("grid", "8"),
                ("iterations", "12"),
                ("max_vectors", "4000"),
                ("memory", "0.05"),
            ],
            _ => &[],
        };
        let out = out.to_str().unwrap();
        let model = (module == "gmm3d").then(|| self.mixtures());
        let model = model.as_ref().map(|path| ("model", path.to_str().unwrap()));
        let settings = own
            .iter()
            .chain(settings)
            .chain(&model)
            .chain(&[("name", "t"), ("out", out)])
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let module = modules::find(module).unwrap();
        let names: &[&str] = match module.name() {
            "attributes3d" => &["amplitude"],
            "scan" | "bricks" => &["large"],
            _ => &["coherence", "coherent_energy", "glcm_entropy"],
        };
        let volumes = names
            .iter()
            .map(|name| Input::new(*name, self.input(name), OpenOptions::default()))
            .collect();
        let training = if module.learns() {
            Training::Polygons
        } else {
            Training::None
        };
        let request = Request::new(module, &settings, volumes, training).unwrap();
        let mut picks = Picks::default();
        for path in self.training() {
            let (file, _) = outcrop::io::read_polygons(&path).unwrap();
            picks.facies.push(file.facies);
            picks.polygons.extend(file.polygons);
        }
        let frozen = Frozen {
            picks: module.learns().then_some(picks),
            ..Frozen::default()
        };
        RunDirectory::create(&self.folder().join("trial.runs"), &request, &frozen)
    }

    /// The mixtures of a selection, which is made where it is not yet there.
    fn mixtures(&self) -> PathBuf {
        let out = self.out("mixtures", "attribute_selection");
        if !out.is_dir() {
            let run = self.planned("attribute_selection", "mixtures");
            runs::work(&run, Turn::Now, &Quiet).unwrap();
        }
        let mut names = files(&out).into_iter().map(|(name, _)| name);
        let name = names.find(|name| name.contains("_mixtures_"));
        out.join(name.unwrap())
    }

    /// The program, quiet, with a queue and a budget of its own.
    pub fn outcrop(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_outcrop"));
        command
            .args(arguments)
            .envs(self.environment())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    /// A worker in the foreground.
    pub fn work(&self, run: &RunDirectory) -> Command {
        let mut command = self.outcrop(&["work"]);
        command.arg(run.path());
        command
    }

    /// A worker of its own, started and left.
    pub fn detached(&self, run: &RunDirectory) -> Command {
        let mut command = self.outcrop(&["runs", "resume", "--detach"]);
        command.arg(run.path());
        command
    }

    /// Starts a worker and kills it as soon as something whose name starts so is
    /// recorded.
    pub fn stop_in(&self, run: &RunDirectory, start: &str) {
        let mut child = self.work(run).spawn().unwrap();
        until(run, start, &mut child);
        let _ = child.kill();
        child.wait().unwrap();
    }
}

/// Waits until something whose name starts so is recorded; false where the worker
/// ended before.
pub fn until(run: &RunDirectory, start: &str, child: &mut Child) -> bool {
    loop {
        let recorded = files(&run.units())
            .iter()
            .any(|(name, _)| name.starts_with(start) && !name.contains(".new"));
        if recorded || start.is_empty() {
            return true;
        }
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}
