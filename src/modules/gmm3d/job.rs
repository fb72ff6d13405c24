//! The work of a run: slabs read, named, written and counted.

use std::sync::Arc;

use super::result::{MixtureResult, Tally};
use super::{MODULE, REPORT};
use crate::io::{SampleKind, Volume};
use crate::ml::gmm::Classifier;
use crate::model::{Block, candidate_name};
use crate::modules::slabs::{Slab, slabs};
use crate::modules::{
    Job, ModuleError, ModuleResult, Outcome, OutputFile, OutputRole, OutputVolume, Place, Stage,
    Values, pack, unpack, written,
};
use crate::task::Task;

/// Seconds that one thread takes to read, name and write a voxel of a volume, about.
const OUTPUT: f64 = 1.5e-8;

/// A checked run.
pub(super) struct Apply {
    stages: Vec<Stage>,
    classifier: Classifier,
    outputs: Outputs,
    attributes: Vec<String>,
    facies: Vec<String>,
    values: Values,
    place: Place,
}

/// The volumes to read and to write, and the slabs in which that is done.
pub(super) struct Outputs {
    inputs: Vec<Arc<dyn Volume>>,
    class: OutputVolume,
    outside: OutputVolume,
    /// One a facies, where they are asked for, with the name a session knows it by.
    probabilities: Vec<(String, OutputVolume)>,
    slabs: Vec<Slab>,
}

impl Outputs {
    /// Plans the outputs over a block, in slabs of at most `slab` voxels that fit
    /// the memory allowed. Writes nothing.
    pub(super) fn plan(
        inputs: Vec<Arc<dyn Volume>>,
        facies: &[String],
        values: &Values,
        block: Block,
        slab: usize,
        place: &Place,
    ) -> Result<Self, ModuleError> {
        let plan = |stem: &str, kind| {
            let (file, force) = (values.file_stem(stem), values.flag("force"));
            OutputVolume::plan(&file, &inputs[0], block, kind, place, force)
        };
        let mut probabilities = Vec::new();
        if values.flag("probabilities") {
            for name in facies {
                let stem = format!("gmm_probability_{}", candidate_name(name));
                if probabilities.iter().any(|(other, _)| *other == stem) {
                    return Err(ModuleError::Input(
                        "two facies have names that give one file name; rename one of them".into(),
                    ));
                }
                let volume = plan(&stem, SampleKind::Continuous)?;
                probabilities.push((stem, volume));
            }
        }
        let voxel = 4 * (inputs.len() + 3 + 2 * facies.len());
        let fitting = values.memory_bytes() / 2 / voxel;
        let wanted = (block.len() / 1024).max(1 << 20);
        Ok(Self {
            class: plan("gmm_class", SampleKind::Classes)?,
            outside: plan("gmm_outside", SampleKind::Classes)?,
            probabilities,
            slabs: slabs(&block, wanted.min(fitting).min(slab)),
            inputs,
        })
    }

    /// The volumes.
    fn volumes(&self) -> impl Iterator<Item = &OutputVolume> {
        let probabilities = self.probabilities.iter().map(|(_, volume)| volume);
        [&self.class, &self.outside]
            .into_iter()
            .chain(probabilities)
    }

    /// Gives the volumes their names, and lists them for the session.
    fn finish(&self, facies: &[String]) -> Result<Vec<OutputFile>, ModuleError> {
        let mut files = Vec::new();
        let words = ["inside", "outside"].map(str::to_owned).to_vec();
        let classes = [
            ("gmm_class", &self.class, facies.to_vec()),
            ("gmm_outside", &self.outside, words),
        ]
        .map(|(name, volume, words)| (name, volume, OutputRole::Classes(words)));
        let quantities = self.probabilities.iter();
        let quantities = quantities.map(|(name, v)| (name.as_str(), v, OutputRole::Quantity));
        for (name, volume, role) in classes.into_iter().chain(quantities) {
            volume.finish()?;
            files.push(OutputFile {
                name: name.to_owned(),
                path: volume.file_name(),
                role,
            });
        }
        Ok(files)
    }
}

impl Apply {
    pub(super) fn new(
        classifier: Classifier,
        outputs: Outputs,
        attributes: Vec<String>,
        facies: Vec<String>,
        values: Values,
        place: &Place,
    ) -> Self {
        let units = outputs.slabs.iter().map(|s| s.input.len() as u64);
        Self {
            stages: vec![Stage {
                name: "volumes",
                noun: "voxels",
                cost: classifier.cost() + OUTPUT * outputs.volumes().count() as f64,
                units: units.collect(),
            }],
            classifier,
            outputs,
            attributes,
            facies,
            values,
            place: place.clone(),
        }
    }

    /// Reads, names and writes one slab, and counts its voxels.
    fn slab(&self, unit: usize, task: &Task) -> Result<Tally, ModuleError> {
        let outputs = &self.outputs;
        let slab = &outputs.slabs[unit];
        let read = |volume: &Arc<dyn Volume>| {
            task.check()?;
            let mut data = vec![0.0; slab.input.len()];
            volume.read(&slab.input, &mut data)?;
            Ok(data)
        };
        let columns = outputs.inputs.iter().map(read);
        let columns: Vec<Vec<f32>> = columns.collect::<Result<_, ModuleError>>()?;
        let columns: Vec<&[f32]> = columns.iter().map(Vec::as_slice).collect();
        let named = self.classifier.classify(&columns, task)?;
        let mut data: Vec<f32> = named.place.iter().map(|&p| f32::from(p)).collect();
        outputs.class.write(&slab.output, &data)?;
        for ((x, &place), &outside) in data.iter_mut().zip(&named.place).zip(&named.outside) {
            *x = match (place, outside) {
                (0, _) => 0.0,
                (_, false) => 1.0,
                (_, true) => 2.0,
            };
        }
        outputs.outside.write(&slab.output, &data)?;
        let facies = self.facies.len();
        for (m, (_, volume)) in outputs.probabilities.iter().enumerate() {
            task.check()?;
            for (x, row) in data.iter_mut().zip(named.posterior.chunks_exact(facies)) {
                *x = row[m];
            }
            volume.write(&slab.output, &data)?;
        }
        task.advance(slab.input.len() as u64);
        Ok(Tally::of(&named, facies))
    }
}

impl Job for Apply {
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
        pack(&self.slab(unit, task)?)
    }

    fn reduce(
        &self,
        _: usize,
        units: Vec<Vec<u8>>,
        _: &[Vec<u8>],
        _: &Task,
    ) -> Result<Vec<u8>, ModuleError> {
        let mut all = Tally::default();
        for bytes in &units {
            all.add(&unpack(bytes)?);
        }
        pack(&all)
    }

    fn volumes(&self) -> Vec<(usize, &OutputVolume)> {
        self.outputs.volumes().map(|volume| (0, volume)).collect()
    }

    fn finish(&self, reduced: &[Vec<u8>], _: &Task) -> Result<Outcome, ModuleError> {
        let tally: Tally = unpack(reduced.first().map_or(&[], Vec::as_slice))?;
        if tally.live() == 0 {
            return Err(ModuleError::Input(
                "every voxel has a null attribute, so nothing could be classified; look at the attribute volumes".into(),
            ));
        }
        let mut files = self.outputs.finish(&self.facies)?;
        let mut result = MixtureResult::of(&tally, &self.attributes, &self.facies);
        let (sentences, tables) = (result.sentences(), vec![result.table()]);
        let text = written::text(&MODULE, &self.place, &self.values, &sentences, &tables);
        files.push(written::write(REPORT, &self.values, &self.place, &text)?);
        result.outputs = files.iter().map(|file| file.path.clone()).collect();
        Ok(Outcome {
            result: ModuleResult::Mixtures(result),
            tables,
            outputs: files,
            sentences,
        })
    }
}
