//! The work of a run: stages, their units, and what they reduce to.

use std::sync::OnceLock;

use super::result::{
    ForestResult, Importances, Judged, Thresholds, thresholds_table, volume_table,
};
use super::settings::Settings;
use super::{MODULE, REPORT, report};
use crate::io::SampleKind;
use crate::ml::folds::Folds;
use crate::ml::forest::{
    CrossValidation, FoldPlan, FoldScores, Forest, Seeding, Tree, gini_importance, grow,
    judge_fold, training_rows,
};
use crate::model::{Block, TrainingTable, candidate_name};
use crate::modules::slabs::{Slab, slabs};
use crate::modules::{
    Extraction, Job, ModuleError, ModuleResult, Outcome, OutputFile, OutputRole, OutputVolume,
    Place, Stage, Table, TrainingSource, Values, kept, pack, unpack, written,
};
use crate::task::{Task, stream};

const TRAINING: usize = 0;
const FOLDS: usize = 1;
const FOREST: usize = 2;
const IMPORTANCES: usize = 3;
const PREDICT: usize = 4;

/// Trees in a unit of the forest: few enough to lose little in a crash.
const TREES_A_UNIT: usize = 32;

/// How often each attribute is shuffled in a fold: the drop of accuracy is
/// averaged over them.
const SHUFFLES: usize = 3;

/// A checked run.
pub(super) struct Classify {
    stages: Vec<Stage>,
    source: TrainingSource,
    settings: Settings,
    pub(super) values: Values,
    pub(super) place: Place,
    outputs: Option<Outputs>,
    extraction: OnceLock<Extraction>,
    forest: OnceLock<Forest>,
}

/// The volumes to write, and the slabs in which they are written.
pub(super) struct Outputs {
    classification: OutputVolume,
    /// One a class, where they are asked for.
    probabilities: Vec<OutputVolume>,
    /// What stands for each class in the classification.
    codes: Vec<i32>,
    classes: Vec<String>,
    slabs: Vec<Slab>,
}

impl Outputs {
    /// Plans the outputs over a block of the volumes' grid, in slabs of at most
    /// `slab` voxels that fit the memory allowed. Writes nothing.
    pub(super) fn plan(
        values: &Values,
        source: &TrainingSource,
        block: Block,
        slab: usize,
        place: &Place,
    ) -> Result<Self, ModuleError> {
        let (classes, codes) = source.classes();
        let plan = |stem: &str, kind| {
            let file = values.file_stem(stem);
            let template = &source.volumes()[0];
            OutputVolume::plan(&file, template, block, kind, place, values.flag("force"))
        };
        let mut probabilities = Vec::new();
        if values.flag("probabilities") {
            for class in &classes {
                let stem = format!("rfc3d_probability_{}", candidate_name(class));
                probabilities.push(plan(&stem, SampleKind::Continuous)?);
            }
        }
        let mut names: Vec<_> = probabilities.iter().map(OutputVolume::file_name).collect();
        names.sort_unstable();
        if names.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(ModuleError::Input(
                "two facies have names that give one file name; rename one of them".into(),
            ));
        }
        let voxel_bytes =
            4 * (source.volumes().len() + 2 + 2 * probabilities.len().min(1) * classes.len());
        let fitting = values.memory_bytes() / 2 / voxel_bytes;
        let wanted = (block.len() / 1024).max(1 << 20);
        Ok(Self {
            classification: plan("rfc3d_classification", SampleKind::Classes)?,
            probabilities,
            codes: volume_codes(&codes),
            classes,
            slabs: slabs(&block, wanted.min(fitting).min(slab)),
        })
    }

    fn volumes(&self) -> impl Iterator<Item = &OutputVolume> {
        std::iter::once(&self.classification).chain(&self.probabilities)
    }

    /// The list of files for the session.
    fn files(&self) -> Vec<OutputFile> {
        let highest = self.codes.iter().copied().max().unwrap_or(0);
        let mut legend = vec![String::new(); highest.max(0) as usize];
        for (class, &code) in self.classes.iter().zip(&self.codes) {
            legend[code as usize - 1].clone_from(class);
        }
        let mut files = vec![OutputFile {
            name: "rfc3d_classification".into(),
            path: self.classification.file_name(),
            role: OutputRole::Classes(legend),
        }];
        for (class, volume) in self.classes.iter().zip(&self.probabilities) {
            files.push(OutputFile {
                name: format!("rfc3d_probability_{}", candidate_name(class)),
                path: volume.file_name(),
                role: OutputRole::Quantity,
            });
        }
        files
    }
}

/// Codes that a class volume can hold beside its null 0: those given, or 1, 2,
/// ... where one of them does not fit into a signed byte above 0.
fn volume_codes(codes: &[i32]) -> Vec<i32> {
    if codes.iter().all(|code| (1..=127).contains(code)) {
        codes.to_vec()
    } else {
        (1..=codes.len() as i32).collect()
    }
}

impl Classify {
    pub(super) fn new(
        source: TrainingSource,
        settings: Settings,
        values: Values,
        place: &Place,
        outputs: Option<Outputs>,
    ) -> Self {
        Self {
            stages: stages(&source, &settings, outputs.as_ref()),
            source,
            settings,
            values,
            place: place.clone(),
            outputs,
            extraction: OnceLock::new(),
            forest: OnceLock::new(),
        }
    }

    fn extraction(&self, reduced: &[Vec<u8>]) -> Result<&Extraction, ModuleError> {
        kept(&self.extraction, || {
            self.source.extraction(&reduced[TRAINING])
        })
    }

    fn forest(&self, reduced: &[Vec<u8>]) -> Result<&Forest, ModuleError> {
        kept(&self.forest, || unpack(&reduced[FOREST]))
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
            shuffles: if shuffled { SHUFFLES } else { 0 },
        };
        Ok(Some(judge_fold(&plan, fold, task)?))
    }

    fn reduce_folds(&self, units: &[Vec<u8>]) -> Result<Judged, ModuleError> {
        let scores = units
            .iter()
            .map(|bytes| unpack(bytes))
            .collect::<Result<Vec<Option<FoldScores>>, _>>()?;
        let (by_row, by_group) = scores.split_at(self.settings.folds.min(scores.len()));
        let pool = |scores: &[Option<FoldScores>]| {
            let scores: Vec<FoldScores> = scores.iter().flatten().cloned().collect();
            (!scores.is_empty()).then(|| CrossValidation::pool(&self.settings.counts, &scores))
        };
        let (by_row, by_group) = (pool(by_row), pool(by_group));
        let best = by_row.as_ref().and_then(CrossValidation::best);
        Ok(Judged {
            trees: best.map_or(self.settings.unjudged, |score| score.trees),
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
        let table = &self.extraction(reduced)?.table;
        let first = unit * TREES_A_UNIT;
        let end = (first + TREES_A_UNIT).min(judged.trees).max(first);
        task.advance(self.stages[FOREST].units[unit] - (end - first) as u64);
        if first == end {
            return Ok(Vec::new());
        }
        let rows = training_rows(table)?;
        let seeding = self.seeding();
        Ok(grow(
            &rows,
            &self.settings.options,
            first..end,
            seeding,
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
        let rows = training_rows(&self.extraction(reduced)?.table)?;
        let gini = gini_importance(forest.trees(), rows.attributes());
        let out_of_bag =
            forest.out_of_bag_accuracy(&rows, &self.settings.options, self.seeding(), task)?;
        Ok(Importances {
            gini: gini.weighted,
            gini_unweighted: gini.unweighted,
            out_of_bag,
            thresholds: (0..rows.attributes())
                .map(|a| Thresholds::of(rows.column(a), &forest.thresholds(a)))
                .collect(),
        })
    }

    /// Reads, classifies and writes one slab; counts its voxels by place of class.
    fn predict_unit(
        &self,
        outputs: &Outputs,
        unit: usize,
        reduced: &[Vec<u8>],
        task: &Task,
    ) -> Result<Vec<u64>, ModuleError> {
        let forest = self.forest(reduced)?;
        let slab = &outputs.slabs[unit];
        let voxels = slab.input.len();
        let mut columns = Vec::with_capacity(self.source.volumes().len());
        for volume in self.source.volumes() {
            task.check()?;
            let mut column = vec![0.0; voxels];
            volume.read(&slab.input, &mut column)?;
            columns.push(column);
        }
        let columns: Vec<&[f32]> = columns.iter().map(Vec::as_slice).collect();
        let classes = outputs.classes.len();
        let mut place = vec![0; voxels];
        let mut fractions = vec![0.0; classes * voxels * outputs.probabilities.len().min(1)];
        let wanted = (!fractions.is_empty()).then_some(fractions.as_mut_slice());
        forest.predict(&columns, &mut place, wanted, task)?;

        let mut tally = vec![0; classes + 1];
        for &p in &place {
            tally[usize::from(p)] += 1;
        }
        let mut codes = vec![0.0];
        codes.extend(outputs.codes.iter().map(|&code| code as f32));
        let mut out: Vec<f32> = place.iter().map(|&p| codes[usize::from(p)]).collect();
        outputs.classification.write(&slab.output, &out)?;
        for (c, volume) in outputs.probabilities.iter().enumerate() {
            for (x, row) in out.iter_mut().zip(fractions.chunks_exact(classes)) {
                *x = row[c];
            }
            volume.write(&slab.output, &out)?;
        }
        Ok(tally)
    }
}

/// The stages of a run. Costs are seconds on one core of a 2020s server.
fn stages(source: &TrainingSource, settings: &Settings, outputs: Option<&Outputs>) -> Vec<Stage> {
    let depth = match settings.options.max_depth {
        0 => 20,
        depth => depth.min(20),
    };
    let visits = (source.row_count() * depth) as f64;
    let tree = 2.5e-9 * visits * source.attributes().len() as f64;
    let most = settings.most() as u64;
    let groups = match source.group_count() {
        0 | 1 => 0,
        groups => settings.folds.min(groups),
    };
    let stage = |name, noun, cost, units| Stage {
        name,
        noun,
        cost,
        units,
    };
    vec![
        source.stage(),
        stage(
            "folds",
            "trees",
            1.5 * tree,
            vec![most; settings.folds + groups],
        ),
        stage(
            "forest",
            "trees",
            tree,
            parts(settings.most(), TREES_A_UNIT),
        ),
        stage("importances", "trees", 2e-8 * visits, vec![most]),
        stage(
            "predict",
            "voxels",
            3e-9 * (most / 2) as f64 * depth as f64,
            outputs.map_or(Vec::new(), |outputs| {
                outputs.slabs.iter().map(|s| s.input.len() as u64).collect()
            }),
        ),
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
        match (stage, &self.outputs) {
            (TRAINING, _) => self.source.unit(unit, task),
            (FOLDS, _) => pack(&self.fold_unit(unit, &self.extraction(reduced)?.table, task)?),
            (FOREST, _) => pack(&self.forest_unit(unit, reduced, task)?),
            (IMPORTANCES, _) => {
                let found = self.importances(reduced, task)?;
                task.advance(self.settings.most() as u64);
                pack(&found)
            }
            (PREDICT, Some(outputs)) => pack(&self.predict_unit(outputs, unit, reduced, task)?),
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
        match stage {
            TRAINING => {
                let columns = self.source.reduce(&units)?;
                // What cannot be learnt from is said before any tree grows.
                training_rows(&self.source.extraction(&columns)?.table)?;
                Ok(columns)
            }
            FOLDS => pack(&self.reduce_folds(&units)?),
            FOREST => {
                let mut trees = Vec::new();
                for bytes in &units {
                    trees.extend(unpack::<Vec<Tree>>(bytes)?);
                }
                pack(&Forest::new(&self.extraction(reduced)?.table, trees))
            }
            PREDICT => {
                let classes = self.outputs.as_ref().map_or(0, |o| o.classes.len());
                let mut sum = vec![0; classes + 1];
                for bytes in &units {
                    let tally: Vec<u64> = unpack(bytes)?;
                    sum.iter_mut().zip(tally).for_each(|(s, n)| *s += n);
                }
                pack(&sum)
            }
            _ => Ok(units.into_iter().next().unwrap_or_default()),
        }
    }

    fn volumes(&self) -> Vec<&OutputVolume> {
        self.outputs.iter().flat_map(Outputs::volumes).collect()
    }

    fn finish(&self, reduced: &[Vec<u8>], _: &Task) -> Result<Outcome, ModuleError> {
        let extraction = self.extraction(reduced)?;
        let table = &extraction.table;
        let judged: Judged = unpack(&reduced[FOLDS])?;
        let found: Importances = unpack(&reduced[IMPORTANCES])?;
        let tally: Vec<u64> = unpack(&reduced[PREDICT])?;
        let mut result = ForestResult::of(&table.classes, &table.attributes, &judged, &found);
        let mut files = Vec::new();
        let mut tables = self.tables(table, &result, &found);
        if let Some(outputs) = &self.outputs {
            if tally.iter().skip(1).sum::<u64>() == 0 {
                return Err(ModuleError::Input(
                    "every voxel has a null attribute, so nothing could be classified; look at the attribute volumes".into(),
                ));
            }
            for volume in outputs.volumes() {
                volume.finish()?;
            }
            tables.push(volume_table(&outputs.classes, &outputs.codes, &tally));
            files = outputs.files();
        }
        let mut sentences = report::sentences(extraction, &result, self.group_word());
        if self
            .outputs
            .as_ref()
            .is_some_and(|o| o.codes != table.codes)
        {
            sentences.push(
                "warning: class codes below 1 or above 127 do not fit a class volume; it counts classes from 1 instead.".into(),
            );
        }
        let mut all = vec![written::training(extraction)];
        all.extend(tables.iter().cloned());
        let text = written::text(&MODULE, &self.place, &self.values, &sentences, &all);
        files.push(written::write(REPORT, &self.values, &self.place, &text)?);
        result.outputs = files.iter().map(|file| file.path.clone()).collect();
        Ok(Outcome {
            result: ModuleResult::Forest(result),
            tables,
            outputs: files,
            sentences,
        })
    }
}

impl Classify {
    /// What a group of training rows is.
    fn group_word(&self) -> &'static str {
        if self.source.is_picked() {
            "polygon"
        } else {
            "group"
        }
    }

    fn tables(
        &self,
        table: &TrainingTable,
        result: &ForestResult,
        found: &Importances,
    ) -> Vec<Table> {
        let mut tables = Vec::new();
        if self.settings.folds > 0 {
            tables.push(result.validation_table(self.group_word()));
        }
        tables.push(result.importance_table());
        tables.extend(result.confusion_table("confusion", &result.confusion));
        tables.extend(result.confusion_table("grouped_confusion", &result.grouped_confusion));
        tables.push(thresholds_table(
            &table.attributes,
            &found.thresholds,
            self.settings.normalise,
        ));
        tables
    }
}
