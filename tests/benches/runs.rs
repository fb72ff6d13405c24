//! What a run costs beside the bare computation: `cargo bench --bench runs`.
//!
//! - 4000 units of one short line each, as a run and as bare calls of the same job;
//! - writes of `progress.ron` a second;
//! - from the command that starts a run in the background to its worker at work.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use outcrop::io::{OpenOptions, SampleKind, VolumeWriter};
use outcrop::model::{Axis, Grid, Recipe, SampleUnit, Spacing};
use outcrop::modules::{self, Input, Job, Place, Request, Training};
use outcrop::runs::{self, Frozen, Quiet, RunDirectory, State, Turn};
use outcrop::task::Task;

type Any = Box<dyn std::error::Error>;

const LINES: usize = 8000;
const ROUNDS: usize = 5;

fn main() -> Result<(), Any> {
    let folder = tempfile::tempdir()?;
    survey(&folder.path().join("amplitude.sgy"))?;
    overhead(folder.path())?;
    writes(folder.path())?;
    start(folder.path())
}

/// Many short lines.
fn survey(path: &Path) -> Result<(), Any> {
    let grid = Grid {
        inlines: Axis::new(1.0, 1.0, LINES),
        crosslines: Axis::new(1.0, 1.0, 8),
        samples: Axis::new(0.0, 4.0, 50),
        unit: SampleUnit::Milliseconds,
        spacing: Some(Spacing {
            inline: 25.0,
            crossline: 25.0,
        }),
    };
    let recipe = Recipe {
        module: "bench".into(),
        version: "0".into(),
        request: "0".into(),
    };
    let writer = VolumeWriter::fresh(path, &grid, SampleKind::Continuous, &recipe, true)?;
    let samples: Vec<f32> = (0..grid.len()).map(|i| (i as f32 * 0.37).sin()).collect();
    writer.write(&grid.all(), &samples)?;
    Ok(writer.finish()?)
}

/// A run whose units are single lines.
fn planned(folder: &Path, name: &str) -> Result<RunDirectory, Any> {
    let module = modules::find("attributes3d")?;
    let lines = format!("1:{LINES}:2");
    let settings = [
        ("attributes", "coherence"),
        ("inlines", lines.as_str()),
        ("name", name),
        ("threads", "1"),
    ];
    let settings: BTreeMap<String, String> = settings
        .iter()
        .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
        .collect();
    let input = Input::new(
        "amplitude",
        folder.join("amplitude.sgy"),
        OpenOptions::default(),
    );
    let request = Request::new(module, &settings, vec![input], Training::None)?;
    Ok(RunDirectory::create(
        &folder.join("runs"),
        &request,
        &Frozen::default(),
    )?)
}

/// The same job without a run around it.
fn bare(job: &dyn Job) -> Result<usize, Any> {
    let mut reduced = Vec::new();
    let mut worked = 0;
    for (at, stage) in job.stages().iter().enumerate() {
        let units =
            (0..stage.units.len()).map(|unit| job.unit(at, unit, &reduced, &Task::silent()));
        let units = units.collect::<Result<Vec<_>, _>>()?;
        worked += units.len();
        reduced.push(job.reduce(at, units, &reduced, &Task::silent())?);
    }
    job.finish(&reduced, &Task::silent())?;
    Ok(worked)
}

fn overhead(folder: &Path) -> Result<(), Any> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    let (mut alone, mut run_times, mut units) = (Vec::new(), Vec::new(), 0);
    for round in 0..ROUNDS {
        let run = planned(folder, &format!("bare{round}"))?;
        let request = run.request()?;
        let place: Place = run.place(&request)?;
        let before = cpu();
        let job = modules::find("attributes3d")?.prepare(&request, &place)?;
        units = pool.install(|| bare(job.as_ref()).map_err(|e| e.to_string()))?;
        alone.push(cpu() - before);
        let run = planned(folder, &format!("run{round}"))?;
        let before = cpu();
        runs::work(&run, Turn::Now, &Quiet)?;
        run_times.push(cpu() - before);
    }
    let (alone, as_run) = (median(&mut alone), median(&mut run_times));
    println!(
        "{units} tiny units: bare {alone:.3} CPU s, as a run {as_run:.3} CPU s, overhead {:.1} %",
        (as_run / alone - 1.0) * 100.0
    );
    Ok(())
}

fn writes(folder: &Path) -> Result<(), Any> {
    let run = planned(folder, "writes")?;
    let file = run.path().join("progress.ron");
    let began = Instant::now();
    let mut seen = Vec::new();
    std::thread::scope(|scope| {
        let worker = scope.spawn(|| runs::work(&run, Turn::Now, &Quiet).map(|_| ()));
        while !worker.is_finished() {
            if let Ok(at) = file.metadata().and_then(|m| m.modified())
                && seen.last() != Some(&at)
            {
                seen.push(at);
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    });
    let seconds = began.elapsed().as_secs_f64();
    println!(
        "progress: {} writes in {seconds:.1} s, {:.1} a second",
        seen.len(),
        seen.len() as f64 / seconds
    );
    Ok(())
}

fn start(folder: &Path) -> Result<(), Any> {
    let mut times = Vec::new();
    for round in 0..ROUNDS {
        let run = planned(folder, &format!("start{round}"))?;
        let began = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_outcrop"))
            .args(["runs", "resume", "--detach"])
            .arg(run.path())
            .env("XDG_STATE_HOME", folder.join("state"))
            .stdout(Stdio::null())
            .spawn()?;
        while run.progress()?.state != State::Running && run.outcome()?.is_none() {
            std::thread::sleep(Duration::from_micros(500));
        }
        times.push(began.elapsed().as_secs_f64());
        child.wait()?;
        while !run.progress()?.state.is_over() {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
    println!(
        "start of a run in the background: {:.0} ms",
        median(&mut times) * 1000.0
    );
    Ok(())
}

/// CPU seconds of this process so far, of all its threads.
fn cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = fields.split_whitespace().skip(11).take(2);
    ticks.filter_map(|t| t.parse::<f64>().ok()).sum::<f64>() / 100.0
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
