//! `define_training_data`: training rows out of polygons, as a text file, as
//! groups, and (on request) as the one-dimensional volumes of the AASPI tools.

use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

use super::{
    Cell, Extraction, Job, Kind, Module, ModuleError, ModuleResult, Outcome, OutputFile,
    OutputRole, Parameter, Place, Reads, Request, Stage, Table, TrainingSource, Values,
};
use crate::io;
use crate::task::Task;

/// The module.
pub static MODULE: DefineTrainingData = DefineTrainingData;

/// See the module's documentation.
pub struct DefineTrainingData;

const PARAMETERS: &[Parameter] = &[
    Parameter::new(
        "facies",
        Kind::Words,
        "",
        "",
        "facies to extract, in order; all where empty",
    ),
    Parameter::new(
        "aaspi",
        Kind::Flag,
        "no",
        "",
        "also write training_<facies>_<attribute>_<name>.H, one volume each",
    ),
];

/// What `define_training_data --json` prints.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainingData {
    /// Facies in order.
    pub facies: Vec<FaciesRows>,
    /// Voxels dropped because two facies claim them.
    pub dropped_conflicts: usize,
    /// Voxels dropped because an attribute is null there.
    pub dropped_nulls: usize,
    /// The text training file.
    pub training_file: PathBuf,
    /// All files written.
    pub outputs: Vec<PathBuf>,
}

/// How much was picked of a facies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaciesRows {
    /// Its name.
    pub name: String,
    /// Training rows.
    pub voxels: usize,
    /// Polygons (or wells) they come from.
    pub polygons: usize,
}

impl FaciesRows {
    /// One entry a facies.
    pub fn of(extraction: &Extraction) -> Vec<FaciesRows> {
        let table = &extraction.table;
        let counts = table.class_counts();
        (0..table.classes.len())
            .map(|m| FaciesRows {
                name: table.classes[m].clone(),
                voxels: counts[m],
                polygons: extraction.polygons.get(m).copied().unwrap_or(0),
            })
            .collect()
    }
}

impl TrainingData {
    /// The same with paths below `out`.
    pub(super) fn below(&self, out: &Path) -> Self {
        Self {
            training_file: out.join(&self.training_file),
            outputs: self.outputs.iter().map(|path| out.join(path)).collect(),
            ..self.clone()
        }
    }
}

impl Module for DefineTrainingData {
    fn name(&self) -> &'static str {
        "define_training_data"
    }

    fn summary(&self) -> &'static str {
        "read the attributes inside the polygons of each facies into a training file"
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn reads(&self) -> Reads {
        Reads::Candidates
    }

    fn learns(&self) -> bool {
        true
    }

    fn prepare(&self, request: &Request, place: &Place) -> Result<Box<dyn Job>, ModuleError> {
        let values = request.values(&MODULE)?;
        let source = TrainingSource::open(
            request,
            place,
            &values.words("facies"),
            &io::TrainingFormat::default(),
        )?;
        Ok(Box::new(Extract {
            stages: vec![source.stage()],
            source,
            values,
            place: place.clone(),
        }))
    }
}

struct Extract {
    stages: Vec<Stage>,
    source: TrainingSource,
    values: Values,
    place: Place,
}

impl Job for Extract {
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
        self.source.unit(unit, task)
    }

    fn reduce(
        &self,
        _: usize,
        units: Vec<Vec<u8>>,
        _: &[Vec<u8>],
        _: &Task,
    ) -> Result<Vec<u8>, ModuleError> {
        self.source.reduce(&units)
    }

    fn finish(&self, reduced: &[Vec<u8>], _: &Task) -> Result<Outcome, ModuleError> {
        let extraction = self
            .source
            .extraction(reduced.first().map_or(&[], Vec::as_slice))?;
        let name = self.values.text("name");
        let training_file = PathBuf::from(format!("training_{name}.txt"));
        let unit = self.source.unit_of_samples();
        let path = self.place.out.join(&training_file);
        io::write_training(&path, &extraction.table, unit)?;
        let mut outputs = vec![path];
        if self.values.flag("aaspi") {
            let suffix = Some(self.values.text("suffix")).filter(|s| !s.is_empty());
            let sources: Vec<String> = self
                .source
                .volumes()
                .iter()
                .filter_map(|v| {
                    v.path()
                        .file_name()
                        .map(|n| n.to_string_lossy().into_owned())
                })
                .collect();
            outputs.extend(io::write_training_volumes(
                &self.place.out,
                &extraction.table,
                &sources,
                name,
                suffix,
                unit,
                &self.place.recipe,
            )?);
        }
        let outputs: Vec<PathBuf> = outputs
            .iter()
            .filter_map(|path| path.file_name())
            .map(PathBuf::from)
            .collect();
        Ok(outcome(&extraction, training_file, outputs))
    }
}

/// The result of a run that wrote training rows.
pub(super) fn outcome(
    extraction: &Extraction,
    training_file: PathBuf,
    outputs: Vec<PathBuf>,
) -> Outcome {
    let result = TrainingData {
        facies: FaciesRows::of(extraction),
        dropped_conflicts: extraction.dropped_conflicts,
        dropped_nulls: extraction.dropped_nulls,
        training_file,
        outputs: outputs.clone(),
    };
    Outcome {
        tables: vec![facies_table(&result.facies)],
        sentences: sentences(extraction),
        outputs: outputs
            .into_iter()
            .map(|path| OutputFile {
                name: "training".into(),
                path,
                role: OutputRole::Text,
            })
            .collect(),
        result: ModuleResult::TrainingData(result),
    }
}

fn sentences(extraction: &Extraction) -> Vec<String> {
    let table = &extraction.table;
    let mut sentences = vec![format!(
        "{} training voxels of {} facies, {} attributes.",
        table.len(),
        table.classes.len(),
        table.attributes.len()
    )];
    if extraction.dropped_nulls > 0 {
        sentences.push(format!(
            "{} voxels dropped: an attribute is null there.",
            extraction.dropped_nulls
        ));
    }
    sentences.extend(extraction.warnings.iter().map(|w| format!("warning: {w}")));
    sentences
}

fn facies_table(facies: &[FaciesRows]) -> Table {
    let mut table = Table::new("training_data", &["facies", "voxels", "polygons"]);
    for row in facies {
        table.push(vec![
            Cell::Text(row.name.clone()),
            Cell::Whole(row.voxels as i64),
            Cell::Whole(row.polygons as i64),
        ]);
    }
    table
}
