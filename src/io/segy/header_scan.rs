//! A scan of all trace headers in units that may be worked in any order and
//! checkpointed: what [`open`](crate::io::open) does at once for small files.

use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::io::source::Source;
use crate::io::{Certainty, IoError, OpenOptions};
use crate::task::Task;

use super::geometry::{Geometry, thin};
use super::kept::Kept;
use super::layout::Layout;
use super::scan::{self, HeaderTally};
use super::survey::{Effort, Found, SAMPLE, Trial, Verdict};
use super::words::Tally;

/// Traces a unit.
const UNIT: u32 = 1 << 18;

/// A planned scan of the trace headers of one SEG-Y file.
///
/// ```
/// use outcrop::io::{self, HeaderScan, OpenOptions};
/// use outcrop::task::Task;
/// # use outcrop::model::{Axis, Grid, Recipe, SampleUnit};
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("ramp.sgy");
/// # let grid = Grid {
/// #     inlines: Axis::new(100.0, 1.0, 3),
/// #     crosslines: Axis::new(200.0, 2.0, 4),
/// #     samples: Axis::new(0.0, 4.0, 5),
/// #     unit: SampleUnit::Milliseconds,
/// #     spacing: None,
/// # };
/// # let recipe = Recipe { module: "demo".into(), version: "0.1.0".into(), request: "0".into() };
/// # io::VolumeWriter::fresh(&path, &grid, io::SampleKind::Continuous, &recipe, false)?.finish()?;
/// let task = Task::silent();
/// let scan = HeaderScan::plan(&path, &OpenOptions::default())?;
/// let units: Result<Vec<_>, _> = (0..scan.units().len()).map(|u| scan.unit(u, &task)).collect();
/// let found = scan.join(units?)?;
/// assert_eq!((found.report().live_traces, found.report().is_cube), (12, true));
/// scan.keep(&found)?; // from now on the file opens from what was found
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct HeaderScan {
    source: Source,
    layout: Layout,
    options: OpenOptions,
    pairs: Vec<(usize, usize)>,
    /// Traces a unit.
    unit: u32,
    /// What a few headers tell.
    probed: Geometry,
}

/// What all headers of a file say: to be kept with [`HeaderScan::keep`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ScannedHeaders(Kept);

/// The outcome of a scan in numbers and words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanReport {
    /// Traces in the file.
    pub traces: u64,
    /// Those that have a place of their own and are not dead.
    pub live_traces: u64,
    /// Those flagged as dead.
    pub dead_traces: u64,
    /// Those left out because an earlier one has the same place.
    pub duplicate_traces: u64,
    /// Bins of the grid without a trace.
    pub missing_traces: u64,
    /// True where the traces make a volume.
    pub is_cube: bool,
    /// Why they make none.
    pub reason: Option<String>,
    /// What was found by a few headers before, and is wrong.
    pub contradictions: Vec<String>,
    /// What else a person should know.
    pub notes: Vec<String>,
}

impl HeaderScan {
    /// Plans the scan of a SEG-Y or SU file; other volumes have no trace headers.
    /// Reads a few headers.
    pub fn plan(path: &Path, options: &OpenOptions) -> Result<HeaderScan, IoError> {
        let source = Source::open(path)?;
        if !crate::io::open::has_trace_headers(&source)? {
            return Err(IoError::NotAVolume {
                path: path.to_owned(),
                reason: "only SEG-Y and SU files have trace headers to scan; this one opens \
                         as it is"
                    .to_owned(),
            });
        }
        super::reader::check_bytes(path, options)?;
        let layout = Layout::read(&source)?;
        let options = &layout.asked(options);
        let sample = scan::sample(&source, &layout, SAMPLE)?;
        let trial = Trial::new(&source, &layout, options, thin(&layout), &sample);
        let pairs = trial.pairs();
        let task = Task::silent();
        let probed = Geometry::find(&source, &layout, options, Effort::Probe, &task)?;
        Ok(HeaderScan {
            source,
            layout,
            options: *options,
            pairs,
            unit: UNIT,
            probed,
        })
    }

    /// Traces of each unit.
    pub fn units(&self) -> Vec<u64> {
        let range = |unit| self.range(unit).len() as u64;
        (0..self.layout.traces.div_ceil(self.unit))
            .map(range)
            .collect()
    }

    fn range(&self, unit: u32) -> Range<u32> {
        let start = unit.saturating_mul(self.unit).min(self.layout.traces);
        start..start.saturating_add(self.unit).min(self.layout.traces)
    }

    /// Reads the headers of a unit.
    pub fn unit(&self, unit: usize, task: &Task) -> Result<HeaderTally, IoError> {
        let range = self.range(u32::try_from(unit).unwrap_or(u32::MAX));
        let traces = range.len() as u64;
        let tally = scan::read(&self.source, &self.layout, &self.pairs, true, range, task)?;
        task.advance(traces);
        Ok(tally)
    }

    /// Joins the units, given in order, to what the whole file says.
    pub fn join(&self, units: Vec<HeaderTally>) -> Result<ScannedHeaders, IoError> {
        let mut units = units.into_iter();
        let Some(mut tally) = units.next() else {
            return Err(self.changed());
        };
        units.for_each(|next| tally.join(next));
        if tally.pairs.len() != self.pairs.len() {
            return Err(self.changed());
        }
        let sample = scan::sample(&self.source, &self.layout, SAMPLE)?;
        let thin = thin(&self.layout);
        let trial = Trial::new(&self.source, &self.layout, &self.options, thin, &sample);
        let verdict = trial.judge(&tally.pairs);
        let words = tally.words.take().unwrap_or_else(Tally::new);
        let found = Found {
            verdict,
            tally: Some(tally),
            sample: sample.clone(),
        };
        let geometry = Geometry::of(&self.layout, &self.options, found);
        let contradictions = self.probed.contradicted(&geometry);
        Kept::new(
            &self.source,
            &self.layout,
            &self.options,
            geometry,
            words,
            contradictions,
        )
        .map(ScannedHeaders)
    }

    fn changed(&self) -> IoError {
        IoError::Foreign {
            path: self.source.path().to_owned(),
            reason: "the parts of its scan do not belong together".to_owned(),
        }
    }

    /// Keeps what was found for [`open`](crate::io::open); gives where. An error
    /// where the file has changed since.
    pub fn keep(&self, found: &ScannedHeaders) -> Result<PathBuf, IoError> {
        if crate::io::Stamp::of(self.source.path())? != found.0.stamp {
            return Err(IoError::Foreign {
                path: self.source.path().to_owned(),
                reason: "the file changed while its headers were read".to_owned(),
            });
        }
        found.0.write(self.source.path())
    }
}

impl ScannedHeaders {
    /// All of it.
    pub(super) fn into_kept(self) -> Kept {
        self.0
    }

    /// What was found, in numbers and words.
    pub fn report(&self) -> ScanReport {
        let kept = &self.0;
        debug_assert_eq!(kept.geometry.certainty, Certainty::Scanned);
        let mut report = ScanReport {
            traces: u64::from(kept.traces()),
            live_traces: 0,
            dead_traces: 0,
            duplicate_traces: 0,
            missing_traces: 0,
            is_cube: false,
            reason: None,
            contradictions: kept.contradictions.clone(),
            notes: kept.geometry.notes.clone(),
        };
        match &kept.geometry.verdict {
            Verdict::Cube(survey) => {
                let bins = (survey.inlines.count * survey.crosslines.count) as u64;
                report.is_cube = true;
                report.dead_traces = survey.index.dead();
                report.live_traces = survey.index.traces() - report.dead_traces;
                report.duplicate_traces = survey.duplicates;
                report.missing_traces = bins - survey.index.traces();
            }
            Verdict::Not(not) => report.reason = Some(not.reason.clone()),
        }
        report
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Fixture, Trace};
    use super::super::reader::SegyFile;
    use super::*;
    use crate::io::{Volume, kept_folder, open};

    /// A hundred lines of a hundred traces, so that most headers are not sampled.
    fn cube() -> Fixture {
        let lines: Vec<i32> = (0..100).collect();
        Fixture::cube(&lines, &lines)
    }

    /// A trace that no probe looks at, in the middle of a line.
    fn unseen(path: &Path) -> usize {
        let source = Source::open(path).unwrap();
        let layout = Layout::read(&source).unwrap();
        let sample = scan::sample(&source, &layout, SAMPLE).unwrap();
        let seen = |t: u32| sample.iter().any(|(s, _)| *s == t);
        let free = (4020..4080).find(|&t| !seen(t) && !seen(t + 1));
        free.unwrap() as usize
    }

    fn probed(path: &Path) -> Box<dyn Volume> {
        let source = Source::open(path).unwrap();
        let options = OpenOptions::default();
        match SegyFile::open(source, &options, Effort::Probe, &Task::silent()).unwrap() {
            SegyFile::Volume(volume) => volume,
            SegyFile::Other(other) => panic!("{}", other.error()),
        }
    }

    fn scanned(path: &Path, unit: u32) -> (HeaderScan, ScannedHeaders) {
        let mut scan = HeaderScan::plan(path, &OpenOptions::default()).unwrap();
        scan.unit = unit;
        let units = (0..scan.units().len()).map(|u| scan.unit(u, &Task::silent()).unwrap());
        let found = scan.join(units.collect()).unwrap();
        (scan, found)
    }

    fn inline(volume: &dyn Volume, i: usize) -> Result<Vec<f32>, IoError> {
        let block = crate::model::Block {
            inlines: crate::model::Pick::one(i),
            ..volume.grid().all()
        };
        let mut out = vec![0.0; block.len()];
        volume.read(&block, &mut out).map(|()| out)
    }

    #[test]
    fn units_of_any_size_find_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("in.sgy");
        let mut fixture = cube();
        fixture.traces[500].dead = true;
        fixture.traces.remove(7777);
        fixture.traces.insert(300, Trace::at(2, 50));
        fixture.write(&path);
        let (_, whole) = scanned(&path, UNIT);
        for unit in [1, 99, 4096] {
            assert_eq!(scanned(&path, unit).1.0, whole.0, "{unit}");
        }
        let report = whole.report();
        assert_eq!((report.traces, report.live_traces), (10_000, 9998));
        assert_eq!((report.dead_traces, report.duplicate_traces), (1, 1));
        assert_eq!(report.missing_traces, 1);
        let words = whole.0.words.facts();
        let inlines = words.iter().find(|w| w.byte == 189).unwrap();
        assert_eq!((inlines.min, inlines.max, inlines.unique), (0, 99, 100));
    }

    #[test]
    fn a_wrong_probe_is_an_error_and_reported() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("in.sgy");
        cube().write(&path);
        let trace = unseen(&path);
        let mut fixture = cube();
        fixture.traces.swap(trace, trace + 1);
        fixture.write(&path);
        let volume = probed(&path);
        assert_eq!(volume.certainty(), Certainty::Probed);
        assert!(inline(volume.as_ref(), 0).is_ok());
        let error = inline(volume.as_ref(), 40).unwrap_err().to_string();
        assert!(
            error.contains(&format!("trace {} has inline 40", trace + 1)),
            "{error}"
        );
        assert!(error.contains("`outcrop scan`"), "{error}");
        let (scan, found) = scanned(&path, UNIT);
        let told = found.report().contradictions.join(" ");
        assert!(told.contains("inline 40 crossline"), "{told}");
        scan.keep(&found).unwrap();
        let volume = probed(&path);
        assert_eq!(volume.certainty(), Certainty::Scanned);
        assert!(volume.notes().join(" ").contains("told otherwise"));
        let line = inline(volume.as_ref(), 40).unwrap();
        for (x, samples) in line.chunks(9).enumerate() {
            assert_eq!(samples[0], Trace::at(40, x as i32).sample(0));
        }
    }

    #[test]
    fn dead_traces_of_a_probed_volume_are_null() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("in.sgy");
        let mut fixture = cube();
        fixture.traces[4050].dead = true;
        fixture.write(&path);
        let volume = probed(&path);
        let line = inline(volume.as_ref(), 40).unwrap();
        for (x, samples) in line.chunks(9).enumerate() {
            assert_eq!(samples.iter().any(|v| v.is_nan()), x == 50, "{x}");
        }
    }

    #[test]
    fn what_is_kept_is_believed_only_whole_and_fresh() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("in.sgy");
        cube().write(&path);
        let (scan, found) = scanned(&path, UNIT);
        let kept = scan.keep(&found).unwrap();
        assert!(kept.starts_with(kept_folder(&path)));
        assert_eq!(probed(&path).certainty(), Certainty::Scanned);
        let whole = std::fs::read(&kept).unwrap();
        for at in [0, 20, whole.len() / 2, whole.len() - 1] {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            std::fs::write(&kept, &damaged).unwrap();
            assert_eq!(probed(&path).certainty(), Certainty::Probed, "{at}");
            std::fs::write(&kept, &whole[..at]).unwrap();
            assert_eq!(probed(&path).certainty(), Certainty::Probed, "{at}");
        }
        std::fs::write(&kept, &whole).unwrap();
        // An index of another file is none of this one, whatever its checksum says.
        let mut foreign = found.0.clone();
        if let Verdict::Cube(survey) = &mut foreign.geometry.verdict {
            survey.crosslines.count = 1 << 40;
        }
        foreign.write(&path).unwrap();
        assert_eq!(probed(&path).certainty(), Certainty::Probed);
        std::fs::write(&kept, &whole).unwrap();
        // Other bytes are another question, the same ones by name are not.
        let open_at = |inline, crossline| {
            let options = OpenOptions {
                inline_byte: Some(inline),
                crossline_byte: Some(crossline),
                ..OpenOptions::default()
            };
            let source = Source::open(&path).unwrap();
            let layout = Layout::read(&source).unwrap();
            Kept::read(&source, &layout, &options).is_some()
        };
        assert!(open_at(189, 193) && !open_at(9, 21));
        // The file changed: what was kept is of another one.
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        let later = std::time::UNIX_EPOCH + std::time::Duration::from_secs(2_000_000_000);
        file.set_modified(later).unwrap();
        assert_eq!(probed(&path).certainty(), Certainty::Probed);
        assert!(scan.keep(&found).is_err());
        assert!(open(&path, &OpenOptions::default()).is_ok());
    }

    #[test]
    fn only_trace_headers_are_scanned() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.npy");
        crate::io::write_npy(&path, &[1, 1, 2], &[1.0, 2.0]).unwrap();
        let error = HeaderScan::plan(&path, &OpenOptions::default())
            .err()
            .unwrap();
        assert!(error.to_string().contains("only SEG-Y and SU"));
    }
}
