//! The work of a run: stages, their units, and what they reduce to.

use std::sync::OnceLock;

use super::outputs::{Outputs, Tally};
use super::result::{ForestResult, Importances, Judged, Thresholds, confused, volume_classes};
use super::settings::Settings;
use super::{MODULE, REPORT, model, report, sample};
use crate::io;
use crate::ml::folds::Folds;
use crate::ml::forest::{
    CrossValidation, FoldPlan, FoldScores, Forest, Rows, Seeding, Tree, alike, gini_importance,
    grow, judge_fold, training_rows,
};
use crate::model::TrainingTable;
use crate::modules::{
    Extraction, Job, ModuleError, ModuleResult, Outcome, OutputFile, OutputRole, OutputVolume,
    Place, Stage, TrainingSource, Values, kept, pack, unpack, written,
};
use crate::task::{Task, stream};

const TRAINING: usize = 0;
const FOLDS: usize = 1;
const FOREST: usize = 2;
const IMPORTANCES: usize = 3;
pub(super) const PREDICT: usize = 4;
pub(super) const MAJORITY: usize = 5;

/// Trees in a unit of the forest: few enough to lose little in a crash.
const TREES_A_UNIT: usize = 32;

/// How often each attribute is shuffled in a fold: the drop of accuracy is
/// averaged over them, and its interval comes from their spread.
const SHUFFLES: usize = 5;

/// A checked run.
pub(super) struct Classify {
    stages: Vec<Stage>,
    /// What is learnt from, where no model is given.
    source: Option<TrainingSource>,
    /// The model to apply, where nothing is learnt.
    model: Option<Forest>,
    settings: Settings,
    pub(super) values: Values,
    pub(super) place: Place,
    outputs: Option<Outputs>,
    extraction: OnceLock<Extraction>,
    rows: OnceLock<Rows>,
    forest: OnceLock<Forest>,
}

impl Classify {
    pub(super) fn new(
        source: Option<TrainingSource>,
        model: Option<Forest>,
        settings: Settings,
        values: Values,
        place: &Place,
        outputs: Option<Outputs>,
    ) -> Self {
        Self {
            stages: stages(source.as_ref(), model.as_ref(), &settings, outputs.as_ref()),
            source,
            model,
            settings,
            values,
            place: place.clone(),
            outputs,
            extraction: OnceLock::new(),
            rows: OnceLock::new(),
            forest: OnceLock::new(),
        }
    }

    /// What is learnt from: all that was picked, or a sample of it.
    fn extraction(
        &self,
        source: &TrainingSource,
        columns: &[u8],
    ) -> Result<&Extraction, ModuleError> {
        kept(&self.extraction, || {
            let settings = &self.settings;
            let whole = source.extraction(columns)?;
            Ok(sample::cap(whole, settings.max_rows, settings.seed))
        })
    }

    /// The same, where there is something to learn from.
    fn learnt(&self, reduced: &[Vec<u8>]) -> Result<Option<&Extraction>, ModuleError> {
        let source = self.source.as_ref();
        source
            .map(|source| self.extraction(source, &reduced[TRAINING]))
            .transpose()
    }

    fn rows(&self, extraction: &Extraction) -> Result<&Rows, ModuleError> {
        kept(&self.rows, || Ok(training_rows(&extraction.table)?))
    }

    fn forest(&self, reduced: &[Vec<u8>]) -> Result<&Forest, ModuleError> {
        match &self.model {
            Some(model) => Ok(model),
            None => kept(&self.forest, || unpack(&reduced[FOREST])),
        }
    }

    /// Folds of single rows, and folds of groups where these make two or more.
    fn folds(&self, table: &TrainingTable) -> (Folds, Option<Folds>) {
        let wanted = self.settings.folds;
        let rng = |name| stream(self.settings.seed, name, &[]);
        let by_row = Folds::by_row(&table.class, wanted, &mut rng("rfc3d folds by row"));
        let by_group = (table.group.len() == table.len()).then(|| {
            let mut rng = rng("rfc3d folds by group");
            Folds::by_group(&table.class, &table.group, wanted, &mut rng)
        });
        (by_row, by_group.filter(|folds| folds.count() > 1))
    }

    /// Judges one fold. The first units are folds by row, the others by group;
    /// units beyond the last fold have nothing to do.
    fn fold_unit(
        &self,
        unit: usize,
        table: &TrainingTable,
        task: &Task,
    ) -> Result<Option<FoldScores>, ModuleError> {
        let rows = self.settings.folds;
        let (by_row, by_group) = self.folds(table);
        let (folds, fold) = if unit < rows {
            (Some(&by_row), unit)
        } else {
            (by_group.as_ref(), unit - rows)
        };
        let Some(folds) = folds.filter(|folds| fold < folds.count()) else {
            task.advance(self.settings.most() as u64);
            return Ok(None);
        };
        // Attributes are shuffled where the answer is honest.
        let shuffled = unit >= rows || by_group.is_none();
        let plan = FoldPlan {
            table,
            folds,
            counts: &self.settings.counts,
            options: &self.settings.options,
            seed: self.settings.seed,
            first_fold: if unit < rows { 1 } else { 1 + rows as u64 },
            buffer: self.settings.buffer,
            shuffles: if shuffled { SHUFFLES } else { 0 },
            together: &alike(table, self.settings.together),
        };
        Ok(Some(judge_fold(&plan, fold, task)?))
    }

    fn reduce_folds(
        &self,
        units: &[Vec<u8>],
        table: &TrainingTable,
    ) -> Result<Judged, ModuleError> {
        let (classes, attributes) = (table.classes.len(), table.attributes.len());
        let scores = units
            .iter()
            .map(|bytes| unpack(bytes))
            .collect::<Result<Vec<Option<FoldScores>>, _>>()?;
        let (by_row, by_group) = scores.split_at(self.settings.folds.min(scores.len()));
        let scores = |scores: &[Option<FoldScores>]| -> Vec<FoldScores> {
            scores.iter().flatten().cloned().collect()
        };
        let (rows, groups) = (scores(by_row), scores(by_group));
        let counts = &self.settings.counts;
        let pool = |scores: &[FoldScores]| {
            let pooled = || CrossValidation::pool(counts, scores, classes, attributes);
            (!scores.is_empty()).then(pooled)
        };
        let (by_row, by_group) = (pool(&rows), pool(&groups));
        let best = by_row.as_ref().and_then(CrossValidation::best);
        let trees = best.map_or(self.settings.unjudged, |score| score.trees);
        let place = counts.iter().position(|&count| count == trees).unwrap_or(0);
        Ok(Judged {
            trees,
            confused: confused(table, &rows, place),
            grouped_confused: confused(table, &groups, place),
            buffered: rows
                .iter()
                .chain(&groups)
                .map(|f| f.buffered)
                .max()
                .unwrap_or(0),
            together: alike(table, self.settings.together),
            by_row,
            by_group,
        })
    }

    fn forest_unit(
        &self,
        unit: usize,
        reduced: &[Vec<u8>],
        task: &Task,
    ) -> Result<Vec<Tree>, ModuleError> {
        let judged: Judged = unpack(&reduced[FOLDS])?;
        let Some(extraction) = self.learnt(reduced)? else {
            return Ok(Vec::new());
        };
        let first = unit * TREES_A_UNIT;
        let end = (first + TREES_A_UNIT).min(judged.trees).max(first);
        task.advance(self.stages[FOREST].units[unit] - (end - first) as u64);
        if first == end {
            return Ok(Vec::new());
        }
        let options = &self.settings.options;
        Ok(grow(
            self.rows(extraction)?,
            options,
            first..end,
            self.seeding(),
            task,
        )?)
    }

    fn seeding(&self) -> Seeding {
        Seeding {
            seed: self.settings.seed,
            fold: 0,
        }
    }

    fn importances(&self, reduced: &[Vec<u8>], task: &Task) -> Result<Importances, ModuleError> {
        let forest = self.forest(reduced)?;
        let gini = gini_importance(forest.trees(), forest.attributes.len());
        let mut found = Importances {
            gini: gini.weighted,
            gini_unweighted: gini.unweighted,
            out_of_bag: None,
            thresholds: Vec::new(),
        };
        if let Some(extraction) = self.learnt(reduced)? {
            let rows = self.rows(extraction)?;
            let (options, seeding) = (&self.settings.options, self.seeding());
            found.out_of_bag = forest.out_of_bag_accuracy(rows, options, seeding, task)?;
            let of = |a| Thresholds::of(rows.column(a), &forest.thresholds(a));
            found.thresholds = (0..rows.attributes()).map(of).collect();
        }
        Ok(found)
    }
}

/// The stages of a run. Costs are seconds on one core of a 2020s server.
fn stages(
    source: Option<&TrainingSource>,
    model: Option<&Forest>,
    settings: &Settings,
    outputs: Option<&Outputs>,
) -> Vec<Stage> {
    let depth = match settings.options.max_depth {
        0 => 20,
        depth => depth.min(20),
    };
    let rows = source
        .map_or(0, TrainingSource::row_count)
        .min(settings.max_rows);
    let attributes = source.map_or(0, |source| source.attributes().len());
    let visits = (rows * depth) as f64;
    let tree = 2e-9 * visits * settings.options.drawn(attributes) as f64;
    let most = settings.most() as u64;
    let groups = match source.map_or(0, TrainingSource::group_count) {
        0 | 1 => 0,
        groups => settings.folds.min(groups),
    };
    let folds = source.map_or(0, |_| settings.folds + groups);
    let trees = model.map_or(settings.most(), |forest| forest.trees().len());
    let stage = |name, noun, cost, units| Stage {
        name,
        noun,
        cost,
        units,
    };
    let shuffled = 1e-9 * visits * (SHUFFLES * attributes) as f64 / settings.folds.max(1) as f64;
    let slabs = |of: fn(&Outputs) -> Vec<u64>| outputs.map_or(Vec::new(), of);
    vec![
        source.map_or_else(
            || stage("training", "voxels", 2e-6, Vec::new()),
            TrainingSource::stage,
        ),
        stage("folds", "trees", tree + shuffled, vec![most; folds]),
        stage(
            "forest",
            "trees",
            tree,
            source.map_or(Vec::new(), |_| parts(settings.most(), TREES_A_UNIT)),
        ),
        stage("importances", "trees", 2e-9 * visits, vec![trees as u64]),
        stage(
            "predict",
            "voxels",
            1e-9 * (trees * depth) as f64,
            slabs(|o| o.slabs.iter().map(|s| s.input.len() as u64).collect()),
        ),
        stage("majority", "voxels", 5e-8, slabs(Outputs::filtered)),
    ]
}

/// `whole` in parts of `part` and a rest.
fn parts(whole: usize, part: usize) -> Vec<u64> {
    (0..whole)
        .step_by(part)
        .map(|first| part.min(whole - first) as u64)
        .collect()
}

impl Job for Classify {
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
        match (stage, &self.source, &self.outputs) {
            (TRAINING, Some(source), _) => source.unit(unit, task),
            (FOLDS, Some(source), _) => {
                let table = &self.extraction(source, &reduced[TRAINING])?.table;
                pack(&self.fold_unit(unit, table, task)?)
            }
            (FOREST, ..) => pack(&self.forest_unit(unit, reduced, task)?),
            (IMPORTANCES, ..) => {
                let found = self.importances(reduced, task)?;
                task.advance(self.stages[IMPORTANCES].units[unit]);
                pack(&found)
            }
            (PREDICT, _, Some(outputs)) => {
                pack(&outputs.write(unit, self.forest(reduced)?, task)?)
            }
            (MAJORITY, _, Some(outputs)) => pack(&outputs.filter(unit, task)?),
            _ => Ok(Vec::new()),
        }
    }

    fn reduce(
        &self,
        stage: usize,
        units: Vec<Vec<u8>>,
        reduced: &[Vec<u8>],
        _: &Task,
    ) -> Result<Vec<u8>, ModuleError> {
        match (stage, &self.source) {
            (TRAINING, Some(source)) => {
                let columns = source.reduce(&units)?;
                // What cannot be learnt from is said before any tree grows.
                self.rows(self.extraction(source, &columns)?)?;
                Ok(columns)
            }
            (FOLDS, Some(source)) => {
                let table = &self.extraction(source, &reduced[TRAINING])?.table;
                pack(&self.reduce_folds(&units, table)?)
            }
            (FOLDS, None) => pack(&Judged::default()),
            (FOREST, Some(source)) => {
                let mut trees = Vec::new();
                for bytes in &units {
                    trees.extend(unpack::<Vec<Tree>>(bytes)?);
                }
                let table = &self.extraction(source, &reduced[TRAINING])?.table;
                pack(&Forest::new(table, trees)?)
            }
            (FOREST, None) => Ok(Vec::new()),
            (PREDICT, _) => {
                if let Some(outputs) = &self.outputs {
                    outputs.classified()?;
                }
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
        self.outputs.iter().flat_map(Outputs::volumes).collect()
    }

    fn finish(&self, reduced: &[Vec<u8>], _: &Task) -> Result<Outcome, ModuleError> {
        let forest = self.forest(reduced)?;
        let extraction = self.learnt(reduced)?;
        let judged: Judged = unpack(&reduced[FOLDS])?;
        let found: Importances = unpack(&reduced[IMPORTANCES])?;
        let tally: Tally = unpack(&reduced[PREDICT])?;
        let mut result = ForestResult::of(forest, &judged, &found);
        let mut files = Vec::new();
        if let Some(outputs) = &self.outputs {
            if tally.live() == 0 {
                return Err(ModuleError::Input(
                    "every voxel has a null attribute, so nothing could be classified; look at the attribute volumes".into(),
                ));
            }
            result.volume = volume_classes(&forest.classes, &outputs.codes, &tally);
            result.nulls = tally.voxels[0];
            result.outside = tally.outside;
            files = outputs.finish()?;
        }
        files.push(self.write_model(forest, &mut result)?);
        let mut sentences = report::sentences(extraction, &result, self.group_word());
        let recoded = self
            .outputs
            .as_ref()
            .is_some_and(|o| o.codes != forest.codes);
        if recoded {
            sentences.push(
                "warning: class codes below 1 or above 127 do not fit a class volume; it counts classes from 1 instead.".into(),
            );
        }
        let tables = result.tables(
            &found.thresholds,
            self.settings.normalise,
            self.group_word(),
        );
        let mut all: Vec<_> = extraction.map(written::training).into_iter().collect();
        all.extend(tables.iter().cloned());
        let text = written::text(&MODULE, &self.place, &self.values, &sentences, &all);
        files.push(written::write(REPORT, &self.values, &self.place, &text)?);
        result.outputs = files.iter().map(|file| file.path.clone()).collect();
        Ok(Outcome {
            result: ModuleResult::Forest(Box::new(result)),
            tables,
            outputs: files,
            sentences,
        })
    }
}

impl Classify {
    /// What a group of training rows is.
    fn group_word(&self) -> &'static str {
        let training = self.source.as_ref().map(TrainingSource::training);
        training.unwrap_or_default().group()
    }

    fn write_model(
        &self,
        forest: &Forest,
        result: &mut ForestResult,
    ) -> Result<OutputFile, ModuleError> {
        result.model = (self.values.file_stem("rfc3d_model") + ".json").into();
        let path = self.place.out.join(&result.model);
        io::write_atomically(&path, model::text(forest)?.as_bytes())?;
        Ok(OutputFile {
            name: "rfc3d_model".into(),
            path: result.model.clone(),
            role: OutputRole::Text,
        })
    }
}
