//! The work of a run: stages, their units, and what they reduce to.

use std::sync::OnceLock;

use super::checkpoint::Checkpoint;
use super::clusters::clusters;
use super::model::Model;
use super::outputs::{Content, Outputs, Tally};
use super::result::{Agreement, GtmResult, LatentMap, MappedFacies};
use super::settings::Settings;
use super::validation::{self, FoldAnswers, TREES};
use super::{MODULE, REPORT, report, sample};
use crate::attributes::Cell;
use crate::io;
use crate::ml::gtm::{Compare, FaciesMap, Gtm, GtmFit};
use crate::model::Block;
use crate::modules::{
    Extraction, Job, ModuleError, ModuleResult, Outcome, OutputFile, OutputRole, OutputVolume,
    Place, Stage, TrainingSource, Values, kept, pack, unpack, written,
};
use crate::task::Task;

const TRAINING: usize = 0;
const SAMPLE: usize = 1;
const MAP: usize = 2;
const FOLDS: usize = 3;
const PROJECT: usize = 4;

/// A checked run.
pub(super) struct Map {
    pub stages: Vec<Stage>,
    /// Facies to learn from, where there are some.
    pub source: Option<TrainingSource>,
    pub inputs: Vec<std::sync::Arc<dyn io::Volume>>,
    pub attributes: Vec<String>,
    /// The model to apply, where nothing is fitted.
    pub model: Option<Model>,
    pub settings: Settings,
    pub values: Values,
    pub place: Place,
    pub block: Block,
    /// Size of a voxel.
    pub cell: Cell,
    /// Name of the classes to compare with.
    pub other: Option<String>,
    pub outputs: Outputs,
    pub extraction: OnceLock<Extraction>,
    pub fitted: OnceLock<Model>,
    pub facies: OnceLock<FaciesMap>,
}

impl Map {
    /// The stages of a run. Costs are seconds on one core of a 2020s server.
    pub(super) fn plan(&mut self) {
        let attributes = self.attributes.len() as f64;
        let options = &self.settings.options;
        let pass = 2e-10 * (options.grid * options.grid) as f64 * (attributes + 4.0);
        let vectors = self.settings.max_vectors.min(self.block.len());
        let stage = |name, noun, cost, units| Stage {
            name,
            noun,
            cost,
            units,
        };
        let fits = self.model.is_none();
        let rows = self.source.as_ref().map_or(0, TrainingSource::row_count);
        let folds = match &self.source {
            Some(source) if source.classes().0.len() > 1 => self.settings.folds,
            _ => 0,
        };
        let tree = 2.5e-8 * rows as f64 * attributes;
        let training = self.source.as_ref().map(TrainingSource::stage);
        let slabs = self.outputs.slabs.iter().map(|s| s.input.len() as u64);
        self.stages = vec![
            training.unwrap_or_else(|| stage("training", "voxels", 1e-6, Vec::new())),
            stage(
                "sample",
                "voxels",
                2e-6 * attributes,
                vec![vectors as u64; usize::from(fits)],
            ),
            stage(
                "map",
                "updates",
                pass * vectors as f64,
                vec![
                    if fits {
                        options.iterations as u64 + 1
                    } else {
                        1
                    };
                    1
                ],
            ),
            stage("folds", "trees", 1.5 * tree, vec![TREES as u64; folds]),
            stage("volumes", "voxels", 2.0 * pass, slabs.collect()),
        ];
    }

    fn extraction(&self, reduced: &[Vec<u8>]) -> Result<Option<&Extraction>, ModuleError> {
        let Some(source) = &self.source else {
            return Ok(None);
        };
        kept(&self.extraction, || source.extraction(&reduced[TRAINING])).map(Some)
    }

    fn model(&self, reduced: &[Vec<u8>]) -> Result<&Model, ModuleError> {
        kept(&self.fitted, || unpack(&reduced[MAP]))
    }

    /// The map with what is compared on it: facies, or clusters of its density.
    fn facies(&self, model: &Model) -> Result<&FaciesMap, ModuleError> {
        kept(&self.facies, || {
            let settings = &self.settings;
            if model.facies.is_empty() {
                let found = clusters(model, settings.smooth, settings.prominence);
                // Indicators over a density of one each: the likelihood of a
                // cluster is the sum of the responsibilities of its nodes.
                let ones = vec![1.0; model.background.len()];
                let map = FaciesMap::new(&model.map, found, &ones, Compare::Bayes, 0.0, 0.0)?;
                return Ok(map);
            }
            let facies = model.facies.iter();
            Ok(FaciesMap::new(
                &model.map,
                facies
                    .map(|f| (f.name.clone(), Some(f.density.clone())))
                    .collect(),
                &model.background,
                settings.compare,
                settings.smooth,
                settings.reject,
            )?)
        })
    }

    /// Fits the map update by update, from the last one that was kept.
    fn fit(&self, reduced: &[Vec<u8>], task: &Task) -> Result<Model, ModuleError> {
        let columns: Vec<Vec<f32>> = unpack(&reduced[SAMPLE])?;
        let columns: Vec<&[f32]> = columns.iter().map(Vec::as_slice).collect();
        let rows = columns.first().map_or(0, |c| c.len());
        let settings = &self.settings;
        let mut fit = GtmFit::start(
            &self.attributes,
            &columns,
            settings.normalise,
            settings.options,
        )?;
        let checkpoint = Checkpoint::of(&self.place);
        if let Some(state) = checkpoint.read() {
            fit.resume(state);
            task.advance(fit.updates() as u64);
            task.note(&format!("the fit goes on after update {}", fit.updates()));
        }
        loop {
            let went_on = fit.update(task)?;
            task.advance(1);
            task.note(&progress(fit.log_likelihood(), fit.beta(), rows));
            if !went_on {
                break;
            }
            checkpoint.keep(fit.state())?;
        }
        Ok(Model::new(fit.finish(task)?, &columns))
    }

    /// True where the fit ended by its tolerance.
    fn converged(map: &Gtm) -> bool {
        let log = &map.log_likelihood;
        log.len().checked_sub(2).is_some_and(|before| {
            (log[before + 1] - log[before]).abs() <= map.options.tolerance * log[before].abs()
        })
    }

    fn result(&self, reduced: &[Vec<u8>]) -> Result<GtmResult, ModuleError> {
        let model = self.model(reduced)?;
        let tally: Tally = unpack(&reduced[PROJECT])?;
        let facies = self.facies(model)?;
        let answers: Vec<FoldAnswers> = unpack(&reduced[FOLDS])?;
        let validation = match self.extraction(reduced)? {
            Some(extraction) => {
                let table = &extraction.table;
                let (_, by_group) = validation::folds(table, &self.settings);
                let training = self.source.as_ref().map(TrainingSource::training);
                let left_out = match (by_group, training) {
                    (false, _) => "voxel",
                    (true, training) => training.unwrap_or_default().group(),
                };
                validation::judge(&answers, table.classes.len(), left_out)
            }
            None => None,
        };
        let difference = self.outputs.file(Content::Difference).unwrap_or_default();
        let map = &model.map;
        let constant = map.attributes.iter().zip(&map.deviation);
        Ok(GtmResult {
            attributes: map.attributes.clone(),
            constant: constant
                .filter(|(_, s)| **s == 0.0)
                .map(|(name, _)| name.clone())
                .collect(),
            vectors: map.rows,
            log_likelihood: map.log_likelihood.clone(),
            beta: map.beta,
            converged: Self::converged(map),
            facies: self.mapped(model, facies, &tally),
            supervised: !model.facies.is_empty(),
            class_volume: self.outputs.file(Content::Class),
            map: LatentMap {
                side: map.options.grid,
                voxels: tally.nodes.clone(),
                facies: facies.densities.clone(),
            },
            validation,
            agreement: self
                .other
                .as_ref()
                .map(|with| Agreement::of(&tally, facies.names.len(), with, &difference)),
            rejected: tally.classes.first().copied().unwrap_or(0),
            outside: tally.outside,
            nulls: tally.nulls,
            model: self.model_file(),
            outputs: Vec::new(),
        })
    }

    /// Each facies or cluster with what was counted.
    fn mapped(&self, model: &Model, map: &FaciesMap, tally: &Tally) -> Vec<MappedFacies> {
        let area = self.cell.crossline * self.cell.inline * 1e-6;
        let overlap =
            |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| (a * b).sqrt()).sum() };
        let count = |list: &[u64], m: usize| list.get(m + 1).copied().unwrap_or(0);
        (0..map.names.len())
            .map(|m| {
                let others = (0..map.names.len()).filter(|&o| o != m);
                let nearest = others
                    .map(|o| (o, overlap(&map.densities[m], &map.densities[o])))
                    .max_by(|a, b| a.1.total_cmp(&b.1));
                let voxels = count(&tally.classes, m);
                let confidence = count(&tally.confidence, m) as f64 * 1e-6;
                MappedFacies {
                    name: map.names[m].clone(),
                    rows: model.facies.get(m).map_or(0, |f| f.rows),
                    nearest: nearest
                        .filter(|_| !model.facies.is_empty())
                        .map(|(o, overlap)| (map.names[o].clone(), overlap)),
                    voxels,
                    km2: count(&tally.traces, m) as f64 * area,
                    km3: voxels as f64 * area * self.cell.depth * 1e-3,
                    confidence: (voxels > 0).then(|| confidence / voxels as f64),
                    probability_volume: self.outputs.file(Content::Probability(m)),
                    likelihood_volume: self.outputs.file(Content::Likelihood(m)),
                }
            })
            .collect()
    }

    fn model_file(&self) -> std::path::PathBuf {
        (self.values.file_stem("gtm_model") + ".ron").into()
    }
}

/// A line of the log for an update.
fn progress(log: &[f64], beta: f64, rows: usize) -> String {
    let last = log.last().copied().unwrap_or(0.0);
    let change = log.len().checked_sub(2).map_or(String::new(), |before| {
        format!(
            ", relative change {:.1e}",
            (last - log[before]) / log[before].abs()
        )
    });
    format!(
        "update {}: log-likelihood {last:.2} ({:.4} a voxel){change}, beta {beta:.4}",
        log.len() - 1,
        last / rows.max(1) as f64
    )
}

impl Job for Map {
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
            TRAINING => match &self.source {
                Some(source) => source.unit(unit, task),
                None => Ok(Vec::new()),
            },
            SAMPLE => pack(&sample::sample(
                &self.inputs,
                &self.block,
                self.settings.max_vectors,
                self.settings.seed,
                task,
            )?),
            MAP => {
                let mut model = match &self.model {
                    Some(model) => model.clone(),
                    None => self.fit(reduced, task)?,
                };
                if let Some(extraction) = self.extraction(reduced)? {
                    model.learn(&extraction.table)?;
                } else if self.values.flag("unsupervised") {
                    model.facies.clear();
                }
                pack(&model)
            }
            FOLDS => {
                let model = self.model(reduced)?;
                match self.extraction(reduced)? {
                    Some(extraction) => pack(&validation::fold(
                        unit,
                        model,
                        &extraction.table,
                        &self.settings,
                        task,
                    )?),
                    None => pack(&None::<FoldAnswers>),
                }
            }
            _ => {
                let model = self.model(reduced)?;
                let percentile = self.settings.outside.clamp(0.0, 100.0);
                // Between two whole percentiles the lower one stands.
                let least = model.map.percentiles[percentile.floor() as usize] as f32;
                let (facies, side) = (self.facies(model)?, model.map.options.grid);
                pack(&self.outputs.write(unit, facies, side, least, task)?)
            }
        }
    }

    fn reduce(
        &self,
        stage: usize,
        units: Vec<Vec<u8>>,
        reduced: &[Vec<u8>],
        _: &Task,
    ) -> Result<Vec<u8>, ModuleError> {
        match stage {
            TRAINING => match &self.source {
                Some(source) => source.reduce(&units),
                None => Ok(Vec::new()),
            },
            SAMPLE => {
                let bytes = units.into_iter().next().unwrap_or_default();
                if self.model.is_none() {
                    self.check_rows(&bytes, reduced)?;
                }
                Ok(bytes)
            }
            FOLDS => {
                let answers = units.iter().map(|bytes| unpack(bytes));
                let answers: Vec<Option<FoldAnswers>> = answers.collect::<Result<_, _>>()?;
                pack(&answers.into_iter().flatten().collect::<Vec<_>>())
            }
            PROJECT => {
                let mut all = Tally::default();
                for bytes in &units {
                    all.add(&unpack(bytes)?);
                }
                pack(&all)
            }
            _ => Ok(units.into_iter().next().unwrap_or_default()),
        }
    }

    fn volumes(&self) -> Vec<(usize, &OutputVolume)> {
        let volumes = self.outputs.volumes();
        volumes.map(|volume| (PROJECT, volume)).collect()
    }

    fn finish(&self, reduced: &[Vec<u8>], _: &Task) -> Result<Outcome, ModuleError> {
        let mut result = self.result(reduced)?;
        if unpack::<Tally>(&reduced[PROJECT])?.live() == 0 {
            return Err(ModuleError::Input(
                "every voxel has a null attribute, so nothing could be mapped; look at the attribute volumes".into(),
            ));
        }
        let names: Vec<String> = result.facies.iter().map(|f| f.name.clone()).collect();
        let mut files = self.outputs.finish(&names)?;
        let model = self.model(reduced)?;
        io::write_atomically(&self.place.out.join(&result.model), model.text().as_bytes())?;
        files.push(OutputFile {
            name: "gtm_model".into(),
            path: result.model.clone(),
            role: OutputRole::Text,
        });
        let extraction = self.extraction(reduced)?;
        let sentences = report::sentences(&result, extraction, self.model.is_some());
        let tables = result.tables();
        let mut all: Vec<_> = extraction.map(written::training).into_iter().collect();
        all.extend(tables.iter().cloned());
        let text = written::text(&MODULE, &self.place, &self.values, &sentences, &all);
        files.push(written::write(REPORT, &self.values, &self.place, &text)?);
        result.outputs = files.iter().map(|file| file.path.clone()).collect();
        Ok(Outcome {
            result: ModuleResult::Map(Box::new(result)),
            tables,
            outputs: files,
            sentences,
        })
    }
}
