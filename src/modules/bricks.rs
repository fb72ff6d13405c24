//! `bricks`: the bricked copy of a volume, for slices on screen in any direction.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    Cell, Job, Kind, Module, ModuleError, ModuleResult, Outcome, Parameter, Place, Reads, Request,
    Stage, Table, open_inputs, pack, unpack,
};
use crate::io::{BrickBuilder, Scale, Sum, Volume};
use crate::model::SubVolume;
use crate::task::Task;

/// The module.
pub static MODULE: BrickedCopies = BrickedCopies;

/// See the module's documentation.
pub struct BrickedCopies;

const PARAMETERS: &[Parameter] = &[Parameter::new(
    "floats",
    Kind::Flag,
    "no",
    "",
    "keep the true values too, as float32: four times larger",
)];

/// What `bricks --json` prints. Where the copy lies is in the log: it is kept
/// with the volume, not with the run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BrickedCopy {
    /// Bytes of the copy.
    pub bytes: u64,
    /// Levels of the pyramid, the full one too.
    pub levels: usize,
    /// True where it holds the true values.
    pub floats: bool,
    /// True where a copy that fits was there already.
    pub was_there: bool,
}

const SCALE: usize = 0;
const SLABS: usize = 1;
const PYRAMID: usize = 2;

/// What the parts of a copy must agree on.
#[derive(Serialize, Deserialize)]
struct Plan {
    /// The state of the source that the parts are made from.
    source: String,
    scale: Scale,
}

impl Module for BrickedCopies {
    fn name(&self) -> &'static str {
        "bricks"
    }

    fn summary(&self) -> &'static str {
        "keep a bricked copy of a volume, for quick slices in any direction"
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
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
        let values = request.values(&MODULE)?;
        let [input] = &request.volumes[..] else {
            return Err(ModuleError::Input(format!(
                "bricks copies one volume; {} were given",
                request.volumes.len()
            )));
        };
        if values.sub_volume() != SubVolume::default() {
            return Err(ModuleError::Input(
                "a bricked copy holds the whole volume; leave out --inlines, --crosslines and --times"
                    .into(),
            ));
        }
        let volumes = open_inputs(std::slice::from_ref(input))?;
        let [volume] = &volumes[..] else {
            return Err(ModuleError::Input("the volume is gone".into()));
        };
        let floats = values.flag("floats");
        Ok(Box::new(Copy::plan(volume, floats, values.flag("force"))?))
    }
}

/// A checked run.
struct Copy {
    stages: Vec<Stage>,
    builder: BrickBuilder,
    floats: bool,
}

impl Copy {
    fn plan(volume: &Arc<dyn Volume>, floats: bool, force: bool) -> Result<Self, ModuleError> {
        let builder = BrickBuilder::plan(volume, floats)?;
        let stage = |name, noun, cost, units| Stage {
            name,
            noun,
            cost,
            units,
        };
        let mut stages = Vec::new();
        if force || !builder.is_there() {
            stages.push(stage("scale", "volumes", 0.1, vec![1]));
            stages.push(stage("slabs", "voxels", 4e-9, builder.slabs()));
            stages.push(stage("pyramid", "voxels", 1e-9, builder.bands()));
        }
        Ok(Self {
            stages,
            builder,
            floats,
        })
    }

    /// The plan, if it is for the source as it is now.
    fn agreed(&self, reduced: &[Vec<u8>]) -> Result<Plan, ModuleError> {
        let plan: Plan = unpack(reduced.get(SCALE).map_or(&[], Vec::as_slice))?;
        if plan.source == self.builder.source() {
            return Ok(plan);
        }
        Err(ModuleError::Input(
            "the volume changed since this copy was begun; start the run again".into(),
        ))
    }
}

impl Job for Copy {
    fn stages(&self) -> &[Stage] {
        &self.stages
    }

    fn unit(
        &self,
        stage: usize,
        unit: usize,
        reduced: &[Vec<u8>],
        task: &Task,
    ) -> Result<Vec<u8>, ModuleError> {
        match stage {
            SCALE => pack(&Plan {
                source: self.builder.source(),
                scale: self.builder.scale(task)?,
            }),
            SLABS => {
                let scale = self.agreed(reduced)?.scale;
                pack(&self.builder.slab(unit, &scale, task)?)
            }
            _ => {
                self.agreed(reduced)?;
                let full: Vec<Sum> = unpack(reduced.get(SLABS).map_or(&[], Vec::as_slice))?;
                pack(&self.builder.band(unit, &full, task)?)
            }
        }
    }

    fn reduce(
        &self,
        stage: usize,
        units: Vec<Vec<u8>>,
        _: &[Vec<u8>],
        _: &Task,
    ) -> Result<Vec<u8>, ModuleError> {
        if stage == SCALE {
            return Ok(units.concat());
        }
        let mut sums: Vec<Sum> = Vec::new();
        for unit in &units {
            sums.extend(unpack::<Vec<Sum>>(unit)?);
        }
        pack(&sums)
    }

    fn finish(&self, reduced: &[Vec<u8>], task: &Task) -> Result<Outcome, ModuleError> {
        let was_there = self.stages.is_empty();
        if !was_there {
            let plan = self.agreed(reduced)?;
            let mut sums: Vec<Sum> = unpack(reduced.get(SLABS).map_or(&[], Vec::as_slice))?;
            sums.extend(unpack::<Vec<Sum>>(
                reduced.get(PYRAMID).map_or(&[], Vec::as_slice),
            )?);
            self.builder.finish(&plan.scale, &sums, task)?;
        }
        task.note(&format!("the copy: {}", self.builder.path().display()));
        let copy = BrickedCopy {
            bytes: self.builder.bytes(),
            levels: self.builder.levels(),
            floats: self.floats,
            was_there,
        };
        let mut table = Table::new("bricks", &["bytes", "levels"]);
        table.push(vec![
            Cell::Whole(copy.bytes as i64),
            Cell::Whole(copy.levels as i64),
        ]);
        let sentence = if was_there {
            "A bricked copy that fits the volume is there already; --force builds it again."
        } else {
            "Slices on screen come from the bricked copy from now on."
        };
        Ok(Outcome {
            result: ModuleResult::Bricks(copy),
            tables: vec![table],
            outputs: Vec::new(),
            sentences: vec![sentence.into()],
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use super::*;
    use crate::io::{self, BrickMemory, Bricks, OpenOptions, SampleKind, VolumeWriter};
    use crate::model::{Axis, Direction, Grid, Recipe, SampleUnit};
    use crate::modules::{Input, Training};

    fn place(out: &Path) -> Place {
        Place {
            frozen: out.to_owned(),
            out: out.to_owned(),
            checkpoints: out.to_owned(),
            recipe: Recipe {
                module: "bricks".into(),
                version: "0.0.0".into(),
                request: "0123456789ab".into(),
            },
        }
    }

    /// A SEG-Y file whose samples are whole numbers, which levels hold exactly.
    fn write(path: &Path) {
        let grid = Grid {
            inlines: Axis::new(10.0, 2.0, 140),
            crosslines: Axis::new(300.0, 1.0, 130),
            samples: Axis::new(0.0, 4.0, 9),
            unit: SampleUnit::Milliseconds,
            spacing: None,
        };
        let data: Vec<f32> = (0..grid.len()).map(|n| (n % 101) as f32 - 50.0).collect();
        let recipe = place(path).recipe;
        let kind = SampleKind::Continuous;
        let writer = VolumeWriter::fresh(path, &grid, kind, &recipe, true).unwrap();
        writer.write(&grid.all(), &data).unwrap();
        writer.finish().unwrap();
    }

    fn prepare(path: &Path, settings: &[(&str, &str)]) -> Result<Box<dyn Job>, ModuleError> {
        let settings: BTreeMap<String, String> = settings
            .iter()
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
            .collect();
        let input = Input::new("amplitude", path, OpenOptions::default());
        let request = Request::new(&MODULE, &settings, vec![input], Training::None)?;
        MODULE.prepare(&request, &place(path))
    }

    /// Works a job; every stage by a fresh preparation, as after a crash.
    fn run(path: &Path, settings: &[(&str, &str)]) -> Result<BrickedCopy, ModuleError> {
        let task = Task::silent();
        let mut reduced = Vec::new();
        let stages = prepare(path, settings)?.stages().len();
        for s in 0..stages {
            let job = prepare(path, settings)?;
            let units = job.stages()[s].units.len();
            let mut bytes = vec![Vec::new(); units];
            for u in (0..units).rev() {
                bytes[u] = job.unit(s, u, &reduced, &task)?;
            }
            reduced.push(job.reduce(s, bytes, &reduced, &task)?);
        }
        match prepare(path, settings)?.finish(&reduced, &task)?.result {
            ModuleResult::Bricks(copy) => Ok(copy),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_copy_is_built_once_and_again_when_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sgy");
        write(&path);
        let copy = run(&path, &[]).unwrap();
        assert_eq!((copy.levels, copy.was_there), (2, false));
        assert!(run(&path, &[]).unwrap().was_there);
        assert!(!run(&path, &[("floats", "yes")]).unwrap().was_there);
        // A copy with floats is as good as one without.
        assert!(run(&path, &[]).unwrap().was_there);

        let volume = io::open(&path, &OpenOptions::default()).unwrap();
        let memory = Arc::new(BrickMemory::new(1 << 20));
        let bricks = Bricks::open(volume.as_ref(), &memory).unwrap().unwrap();
        let silent = Task::silent();
        let codes = bricks.codes(Direction::Time, 4, 0, silent.cancel).unwrap();
        let values = bricks.scale().values();
        for ((i, x), code) in codes.indexed_iter() {
            let expected = ((i * 130 + x) * 9 + 4) % 101;
            assert_eq!(values[usize::from(*code)], expected as f32 - 50.0);
        }
        assert!(!run(&path, &[("force", "yes")]).unwrap().was_there);
    }

    #[test]
    fn parts_of_another_file_are_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sgy");
        write(&path);
        let task = Task::silent();
        let job = prepare(&path, &[]).unwrap();
        let bytes = job.unit(SCALE, 0, &[], &task).unwrap();
        let reduced = vec![job.reduce(SCALE, vec![bytes], &[], &task).unwrap()];
        job.unit(SLABS, 0, &reduced, &task).unwrap();
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(std::time::UNIX_EPOCH).unwrap();
        let later = prepare(&path, &[]).unwrap();
        let error = later.unit(SLABS, 1, &reduced, &task).unwrap_err();
        assert!(error.to_string().contains("start the run again"));
    }

    #[test]
    fn parts_of_a_survey_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sgy");
        write(&path);
        let error = prepare(&path, &[("inlines", "10:20")]).err().unwrap();
        assert!(error.to_string().contains("whole volume"), "{error}");
    }
}
