//! Volumes made of volumes: a section along a line, a survey laid flat.

use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;

use super::volume::check_block;
use super::{Certainty, IoError, SampleKind, Volume};
use crate::model::{Block, Cut, Grid, Horizon, Pick, SectionLine};

/// A volume as a [`Cut`] shows it. Nothing is read before it is asked for, and then
/// only the traces below the line, or the samples around the horizon.
///
/// Samples are those of the file: along a horizon the one nearest to it. Traces that
/// the volume does not have, and holes of the horizon, are null.
struct CutVolume {
    source: Arc<dyn Volume>,
    cut: Cut,
    grid: Grid,
}

/// The volume that a cut makes of another. Costs nothing; each read of it is one
/// read of a trace, or of a run of samples, for each trace that is asked for.
pub fn cut(source: Arc<dyn Volume>, cut: Cut) -> Arc<dyn Volume> {
    let grid = cut.grid(source.grid());
    Arc::new(CutVolume { source, cut, grid })
}

impl Volume for CutVolume {
    fn grid(&self) -> &Grid {
        &self.grid
    }

    fn path(&self) -> &Path {
        self.source.path()
    }

    fn files(&self) -> Vec<&Path> {
        self.source.files()
    }

    fn read(&self, block: &Block, out: &mut [f32]) -> Result<(), IoError> {
        check_block(self.path(), &self.grid, block, out.len())?;
        if out.is_empty() {
            return Ok(());
        }
        match &self.cut {
            Cut::Section(line) => self.below(line, block, out),
            Cut::Flattened { horizon, .. } => {
                let row = block.crosslines.count * block.samples.count;
                (out.par_chunks_mut(row).enumerate())
                    .try_for_each(|(n, out)| self.along(horizon, block.inlines.at(n), block, out))
            }
        }
    }

    fn certainty(&self) -> Certainty {
        self.source.certainty()
    }

    fn kind(&self) -> SampleKind {
        self.source.kind()
    }
}

impl CutVolume {
    /// Traces below a line.
    fn below(&self, line: &SectionLine, block: &Block, out: &mut [f32]) -> Result<(), IoError> {
        let survey = self.source.grid();
        let traces = out.par_chunks_mut(block.samples.count).enumerate();
        traces.try_for_each(|(n, out)| {
            let place = line.traces().get(block.crosslines.at(n));
            let found = place.and_then(|(inline, crossline)| {
                let (i, x) = (
                    survey.inlines.index(*inline)?,
                    survey.crosslines.index(*crossline)?,
                );
                Some((i, x))
            });
            let Some((i, x)) = found else {
                out.fill(f32::NAN);
                return Ok(());
            };
            let trace = Block {
                inlines: Pick::one(i),
                crosslines: Pick::one(x),
                samples: block.samples,
            };
            self.source.read(&trace, out)
        })
    }

    /// Samples around a horizon, of one inline.
    fn along(
        &self,
        horizon: &Horizon,
        inline: usize,
        block: &Block,
        out: &mut [f32],
    ) -> Result<(), IoError> {
        let survey = self.source.grid();
        let zero = self.grid.samples.position(0.0).round();
        // Sample of the survey at the first sample of the volume on each trace.
        let first = |n: usize| {
            let x = block.crosslines.at(n);
            let time = horizon.time(survey.inlines.value(inline), survey.crosslines.value(x))?;
            let at = survey.samples.position(time).round() - zero;
            (at.abs() < 1e9).then_some(at as i64)
        };
        let n = block.samples.count;
        let mut at = 0;
        while at < block.crosslines.count {
            let Some(start) = first(at) else {
                out[at * n..(at + 1) * n].fill(f32::NAN);
                at += 1;
                continue;
            };
            // Neighbours at the same sample are read at once.
            let mut upto = at + 1;
            while upto < block.crosslines.count && first(upto) == Some(start) {
                upto += 1;
            }
            let run = Block {
                inlines: Pick::one(inline),
                crosslines: block.crosslines.part(at, upto),
                samples: block.samples,
            };
            self.shifted(&run, start, &mut out[at * n..upto * n])?;
            at = upto;
        }
        Ok(())
    }

    /// Reads a block whose samples count from one of the survey's, which may be
    /// before its first; what lies outside is null.
    fn shifted(&self, run: &Block, start: i64, out: &mut [f32]) -> Result<(), IoError> {
        let samples = run.samples;
        let index = |k: usize| start + samples.at(k) as i64;
        let inside = |k: &usize| (0..self.source.grid().samples.count as i64).contains(&index(*k));
        let from = (0..samples.count).find(inside);
        let (Some(from), Some(last)) = (from, (0..samples.count).rfind(inside)) else {
            out.fill(f32::NAN);
            return Ok(());
        };
        let block = Block {
            samples: Pick {
                start: index(from) as usize,
                step: samples.step,
                count: last + 1 - from,
            },
            ..*run
        };
        if block.samples.count == samples.count {
            return self.source.read(&block, out);
        }
        let mut read = vec![0.0; block.len()];
        self.source.read(&block, &mut read)?;
        for (whole, part) in
            (out.chunks_exact_mut(samples.count)).zip(read.chunks_exact(last + 1 - from))
        {
            whole.fill(f32::NAN);
            whole[from..=last].copy_from_slice(part);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Axis, SampleUnit};
    use proptest::prelude::*;

    /// Samples that tell where they lie.
    struct Told(Grid);

    fn told(i: usize, x: usize, t: usize) -> f32 {
        (i * 10_000 + x * 100 + t) as f32
    }

    impl Volume for Told {
        fn grid(&self) -> &Grid {
            &self.0
        }

        fn path(&self) -> &Path {
            Path::new("told")
        }

        fn read(&self, block: &Block, out: &mut [f32]) -> Result<(), IoError> {
            check_block(self.path(), &self.0, block, out.len())?;
            let mut at = 0;
            for i in block.inlines.indices() {
                for x in block.crosslines.indices() {
                    for t in block.samples.indices() {
                        out[at] = told(i, x, t);
                        at += 1;
                    }
                }
            }
            Ok(())
        }
    }

    fn survey() -> Arc<dyn Volume> {
        Arc::new(Told(Grid {
            inlines: Axis::new(100.0, 2.0, 12),
            crosslines: Axis::new(300.0, 1.0, 9),
            samples: Axis::new(40.0, 4.0, 30),
            unit: SampleUnit::Milliseconds,
            spacing: None,
        }))
    }

    fn all(volume: &dyn Volume) -> Vec<f32> {
        let block = volume.grid().all();
        let mut out = vec![0.0; block.len()];
        volume.read(&block, &mut out).unwrap();
        out
    }

    #[test]
    fn a_section_holds_the_traces_below_its_line() {
        let survey = survey();
        let line = SectionLine::through(
            &[(100.0, 300.0), (108.0, 304.0), (108.0, 308.0)],
            survey.grid(),
        );
        let line = Arc::new(line.unwrap());
        let section = cut(Arc::clone(&survey), Cut::Section(Arc::clone(&line)));
        assert_eq!(section.grid().shape(), [1, line.traces().len(), 30]);
        let samples = all(section.as_ref());
        for (trace, (inline, crossline)) in samples.chunks(30).zip(line.traces()) {
            let i = survey.grid().inlines.index(*inline).unwrap();
            let x = survey.grid().crosslines.index(*crossline).unwrap();
            let wanted: Vec<f32> = (0..30).map(|t| told(i, x, t)).collect();
            assert_eq!(trace, wanted);
        }
        // A volume that has not all of these lines shows the others as null.
        let sparse = Grid {
            inlines: Axis::new(100.0, 2.0, 1),
            ..*survey.grid()
        };
        let section = cut(Arc::new(Told(sparse)), Cut::Section(line));
        let samples = all(section.as_ref());
        assert!(samples[..30].iter().all(|v| !v.is_nan()));
        assert!(samples[samples.len() - 30..].iter().all(|v| v.is_nan()));
    }

    proptest! {
        #[test]
        fn a_flattened_survey_holds_each_sample_at_its_distance_from_the_horizon(
            times in prop::collection::vec(prop::option::weighted(0.8, -20.0f64..240.0), 12 * 9),
            step in 1usize..4,
        ) {
            let survey = survey();
            let grid = *survey.grid();
            let picks: Vec<[f64; 3]> = times.iter().enumerate().map(|(n, t)| {
                let (i, x) = (grid.inlines.value(n / 9), grid.crosslines.value(n % 9));
                [i, x, t.unwrap_or(f64::NAN)]
            }).collect();
            let Some(horizon) = Horizon::of(&picks) else { return Ok(()) };
            let horizon = Arc::new(horizon);
            let flat = cut(Arc::clone(&survey), Cut::Flattened { name: "h".into(), horizon });
            let samples = flat.grid().samples;
            let mut block = flat.grid().all();
            block.crosslines = Pick { start: 0, step, count: 9usize.div_ceil(step) };
            let mut out = vec![0.0; block.len()];
            flat.read(&block, &mut out).unwrap();
            let mut at = 0;
            for i in 0..12 {
                for x in block.crosslines.indices() {
                    for j in 0..samples.count {
                        let wanted = times[i * 9 + x].and_then(|time| {
                            let t = grid.samples.position(f64::from(time as f32)).round()
                                + samples.position(samples.value(j)).round()
                                - samples.position(0.0).round();
                            (0.0..30.0).contains(&t).then(|| told(i, x, t as usize))
                        });
                        prop_assert_eq!(Some(out[at]).filter(|v| !v.is_nan()), wanted);
                        at += 1;
                    }
                }
            }
        }
    }
}
