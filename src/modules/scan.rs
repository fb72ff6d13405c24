//! `scan`: every trace header of large SEG-Y files, once, so that they open at
//! once and with certainty from then on.

use serde::{Deserialize, Serialize};

use super::{
    Cell, Job, Module, ModuleError, ModuleResult, Outcome, Parameter, Place, Reads, Request, Stage,
    Table, pack, unpack,
};
use crate::io::{HeaderScan, HeaderTally, ScanReport, ScannedHeaders};
use crate::task::Task;

/// The module.
pub static MODULE: Scan = Scan;

/// See the module's documentation.
pub struct Scan;

/// Seconds to read a trace header, roughly, on a disk at rest.
const COST: f64 = 2e-6;

/// What `scan --json` prints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scanned {
    /// The scanned volumes in order.
    pub volumes: Vec<ScannedVolume>,
}

/// What a scan found in a volume.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScannedVolume {
    /// Its name.
    pub name: String,
    /// What was found.
    #[serde(flatten)]
    pub report: ScanReport,
}

impl Module for Scan {
    fn name(&self) -> &'static str {
        "scan"
    }

    fn summary(&self) -> &'static str {
        "read every trace header of SEG-Y volumes once; they open from that from then on"
    }

    fn parameters(&self) -> &'static [Parameter] {
        &[]
    }

    fn reads(&self) -> Reads {
        Reads::Amplitude
    }

    fn learns(&self) -> bool {
        false
    }

    fn takes_turns(&self) -> bool {
        false
    }

    fn prepare(&self, request: &Request, _: &Place) -> Result<Box<dyn Job>, ModuleError> {
        request.values(&MODULE)?;
        if request.volumes.is_empty() {
            return Err(ModuleError::Input(
                "nothing to scan; name a SEG-Y volume".into(),
            ));
        }
        let mut scans = Vec::new();
        for input in &request.volumes {
            scans.push((
                input.name.clone(),
                HeaderScan::plan(&input.path, &input.open)?,
            ));
        }
        let units = scans.iter().flat_map(|(_, scan)| scan.units()).collect();
        Ok(Box::new(ScanJob {
            scans,
            stages: vec![Stage {
                name: "headers",
                noun: "traces",
                cost: COST,
                units,
            }],
        }))
    }
}

struct ScanJob {
    scans: Vec<(String, HeaderScan)>,
    stages: Vec<Stage>,
}

impl Job for ScanJob {
    fn stages(&self) -> &[Stage] {
        &self.stages
    }

    fn unit(
        &self,
        _: usize,
        unit: usize,
        _: &[Vec<u8>],
        task: &Task,
    ) -> Result<Vec<u8>, ModuleError> {
        let mut unit = unit;
        for (_, scan) in &self.scans {
            let own = scan.units().len();
            if unit < own {
                return pack(&scan.unit(unit, task)?);
            }
            unit -= own;
        }
        Err(ModuleError::Checkpoint {
            reason: "there is no such unit".into(),
        })
    }

    fn reduce(
        &self,
        _: usize,
        units: Vec<Vec<u8>>,
        _: &[Vec<u8>],
        task: &Task,
    ) -> Result<Vec<u8>, ModuleError> {
        let mut units = units.iter();
        let mut found: Vec<ScannedHeaders> = Vec::with_capacity(self.scans.len());
        for (_, scan) in &self.scans {
            task.check()?;
            let own = units.by_ref().take(scan.units().len());
            let tallies: Vec<HeaderTally> =
                own.map(|bytes| unpack(bytes)).collect::<Result<_, _>>()?;
            found.push(scan.join(tallies)?);
        }
        pack(&found)
    }

    fn finish(&self, reduced: &[Vec<u8>], task: &Task) -> Result<Outcome, ModuleError> {
        let found: Vec<ScannedHeaders> = unpack(reduced.first().map_or(&[], Vec::as_slice))?;
        let mut volumes = Vec::new();
        let mut sentences = Vec::new();
        for ((name, scan), found) in self.scans.iter().zip(&found) {
            let report = found.report();
            let path = scan.keep(found)?;
            task.note(&format!("{name}: kept in {}", path.display()));
            sentences.extend(told(name, &report));
            volumes.push(ScannedVolume {
                name: name.clone(),
                report,
            });
        }
        let result = Scanned { volumes };
        Ok(Outcome {
            tables: vec![table(&result)],
            result: ModuleResult::Scanned(result),
            outputs: Vec::new(),
            sentences,
        })
    }
}

/// What was found, in sentences.
fn told(name: &str, report: &ScanReport) -> Vec<String> {
    let mut sentences: Vec<String> = report
        .contradictions
        .iter()
        .map(|c| format!("{name}: contradicted: {c}. Runs and slices from before may be wrong."))
        .collect();
    sentences.push(match &report.reason {
        Some(reason) => format!("{name}: {} traces, no volume: {reason}.", report.traces),
        None => format!(
            "{name}: {} traces, {} live, {} dead, {} double, {} missing.",
            report.traces,
            report.live_traces,
            report.dead_traces,
            report.duplicate_traces,
            report.missing_traces
        ),
    });
    if report.is_cube && report.contradictions.is_empty() {
        sentences.push(format!(
            "{name}: all headers agree with what the file was opened with."
        ));
    }
    sentences.extend(report.notes.iter().map(|n| format!("{name}: {n}.")));
    sentences
}

fn table(result: &Scanned) -> Table {
    let columns = ["volume", "traces", "live", "dead", "double", "missing"];
    let mut table = Table::new("traces", &columns);
    for volume in &result.volumes {
        let report = &volume.report;
        let count = |n: u64| Cell::Whole(i64::try_from(n).unwrap_or(i64::MAX));
        table.push(vec![
            Cell::Text(volume.name.clone()),
            count(report.traces),
            count(report.live_traces),
            count(report.dead_traces),
            count(report.duplicate_traces),
            count(report.missing_traces),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{Certainty, OpenOptions, SampleKind, VolumeWriter, open};
    use crate::model::{Axis, Grid, Recipe, SampleUnit};
    use crate::modules::Input;

    #[test]
    fn a_scanned_volume_opens_from_what_was_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ramp.sgy");
        let grid = Grid {
            inlines: Axis::new(1.0, 1.0, 40),
            crosslines: Axis::new(7.0, 2.0, 50),
            samples: Axis::new(0.0, 4.0, 3),
            unit: SampleUnit::Milliseconds,
            spacing: None,
        };
        let recipe = Recipe {
            module: "test".into(),
            version: "0.1.0".into(),
            request: "0".into(),
        };
        VolumeWriter::fresh(&path, &grid, SampleKind::Continuous, &recipe, false)
            .unwrap()
            .finish()
            .unwrap();
        let volumes = vec![Input::new("ramp", &path, OpenOptions::default())];
        let request = Request::new(
            &MODULE,
            &std::collections::BTreeMap::default(),
            volumes,
            crate::modules::Training::None,
        )
        .unwrap();
        let place = Place {
            out: folder.path().to_owned(),
            frozen: folder.path().to_owned(),
            checkpoints: folder.path().to_owned(),
            recipe,
        };
        let job = MODULE.prepare(&request, &place).unwrap();
        let task = Task::silent();
        assert_eq!(job.stages()[0].total(), 2000);
        let units = vec![job.unit(0, 0, &[], &task).unwrap()];
        assert!(job.unit(0, 1, &[], &task).is_err());
        let reduced = vec![job.reduce(0, units, &[], &task).unwrap()];
        let outcome = job.finish(&reduced, &task).unwrap();
        let ModuleResult::Scanned(found) = &outcome.result else {
            panic!("{outcome:?}");
        };
        let report = &found.volumes[0].report;
        assert_eq!((report.live_traces, report.missing_traces), (2000, 0));
        assert!(report.contradictions.is_empty() && report.is_cube);
        let kept = crate::io::kept_folder(&path).join("index");
        assert!(kept.is_file(), "{}", kept.display());
        let volume = open(&path, &OpenOptions::default()).unwrap();
        assert_eq!(volume.certainty(), Certainty::Scanned);
        assert_eq!(volume.grid(), &grid);
        // Finishing again after a crash does no harm.
        assert_eq!(job.finish(&reduced, &task).unwrap(), outcome);
    }
}
