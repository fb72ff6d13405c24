//! How long tasks will take: from a short sample worked here, where that is
//! allowed, else from the costs that modules tell.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::super::worker::{COMPUTE, Prepared, pool};
use crate::modules::{self, Job, ModuleError, Place, Stage};
use crate::task::{Cancel, Progress, Task};

/// Longest time that a stage is sampled.
const SAMPLE: Duration = Duration::from_secs(3);
/// Inlines of the part that is sampled.
const LINES: usize = 3;
/// What is asked of the cluster is so many times what is expected: more where that
/// was not measured.
const MARGIN: f64 = 2.0;
const MARGIN_UNMEASURED: f64 = 4.0;
/// Shortest limit, in minutes: programs start slowly on busy file systems.
const LEAST: u64 = 5;

/// The limit in minutes for a task of any stage.
pub(super) fn minutes(ready: &Prepared, note: &dyn Fn(&str)) -> u64 {
    let stages = ready.job.stages();
    let forbidden = std::env::var_os(COMPUTE).is_some_and(|v| v == "no");
    let measured = if forbidden { None } else { sampled(ready) };
    let (costs, margin) = match &measured {
        Some(costs) => (costs.clone(), MARGIN),
        None => (stages.iter().map(|s| s.cost).collect(), MARGIN_UNMEASURED),
    };
    let tasks = ready.values.whole("tasks").unwrap_or(1);
    let seconds = |(stage, cost): (&Stage, &f64)| {
        let largest = stage.units.iter().copied().max().unwrap_or(0);
        let share = (stage.total() / tasks as u64).max(largest);
        share as f64 * cost
    };
    let longest = stages.iter().zip(&costs).map(seconds).fold(0.0, f64::max);
    let minutes = ((longest * margin / 60.0).ceil() as u64 + 2).max(LEAST);
    let how = if measured.is_some() {
        "a short sample here"
    } else {
        "the usual costs"
    };
    note(&format!(
        "by {how} the longest task takes about {longest:.0} s; its limit is {minutes} minutes"
    ));
    minutes
}

/// Counts work until the time is over.
struct Watch {
    done: AtomicU64,
    end: Instant,
}

impl Progress for Watch {
    fn advance(&self, units: u64) {
        self.done.fetch_add(units, Ordering::Relaxed);
    }

    fn note(&self, _: &str) {}
}

impl Cancel for Watch {
    fn cancelled(&self) -> bool {
        Instant::now() >= self.end
    }
}

/// Seconds that a unit of work of each stage takes, from the same request on a few
/// lines of the survey; nothing where these cannot be worked.
fn sampled(ready: &Prepared) -> Option<Vec<f64>> {
    let scratch = tempfile::tempdir().ok()?;
    let mut request = ready.request.clone();
    if !request.settings.contains_key("inlines") {
        let input = request.volumes.first()?;
        let volume = crate::io::open(&input.path, &input.open).ok()?;
        let inlines = volume.grid().inlines;
        let first = (inlines.count / 2).saturating_sub(LINES / 2);
        let last = (first + LINES - 1).min(inlines.count.saturating_sub(1));
        let lines = format!("{}:{}", inlines.value(first), inlines.value(last));
        request.settings.insert("inlines".into(), lines);
    }
    let place = Place {
        out: scratch.path().to_owned(),
        checkpoints: scratch.path().to_owned(),
        ..ready.place.clone()
    };
    let module = modules::find(&request.module).ok()?;
    let job = module.prepare(&request, &place).ok()?;
    let threads = ready.values.whole("threads").unwrap_or(1);
    let measured = pool(threads).ok()?.install(|| measure(job.as_ref()));
    let all = ready.job.stages();
    let known: f64 = measured
        .iter()
        .zip(all)
        .map(|(cost, s)| cost / s.cost)
        .sum();
    let correction = known / measured.len().max(1) as f64;
    let later = all.iter().skip(measured.len()).map(|s| s.cost * correction);
    (!measured.is_empty()).then(|| measured.iter().copied().chain(later).collect())
}

/// Works stage after stage until one takes too long; gives the cost of each.
fn measure(job: &dyn Job) -> Vec<f64> {
    let mut costs = Vec::new();
    let mut reduced = Vec::new();
    for (at, stage) in job.stages().iter().enumerate() {
        let began = Instant::now();
        let watch = Watch {
            done: AtomicU64::new(0),
            end: began + SAMPLE,
        };
        let task = Task::new(&watch, &watch);
        let units = (0..stage.units.len()).map(|unit| job.unit(at, unit, &reduced, &task));
        let units: Result<Vec<Vec<u8>>, ModuleError> = units.collect();
        let done = watch.done.load(Ordering::Relaxed);
        if done > 0 {
            costs.push(began.elapsed().as_secs_f64() / done as f64);
        } else {
            costs.push(stage.cost);
        }
        let Some(bytes) = units
            .ok()
            .and_then(|u| job.reduce(at, u, &reduced, &Task::silent()).ok())
        else {
            break;
        };
        reduced.push(bytes);
    }
    costs
}
