//! Where training rows come from, as the first stage of every module that learns.

use std::sync::Arc;

use super::{
    Extraction, Input, Kind, ModuleError, Parameter, Picked, Place, Request, Stage, Training,
    Values,
};
use super::{TRAINING, open_inputs, pack, unpack};
use crate::io::{self, Volume};
use crate::model::SampleUnit;
use crate::task::Task;

/// Training rows of a request: polygons or wells over volumes, or a training file.
///
/// Its stage `training` has one unit an attribute volume (none for a file); the
/// reduced bytes of that stage give the table back.
pub struct TrainingSource {
    inputs: Vec<Input>,
    volumes: Vec<Arc<dyn Volume>>,
    rows: Rows,
    training: Training,
}

enum Rows {
    Picked(Box<Picked>),
    File(Box<Extraction>),
}

impl TrainingSource {
    /// How a training file is laid out, for modules that let a person say so.
    pub(super) const SKIP_LINES: Parameter = Parameter::new(
        "skip_lines",
        Kind::Whole(0, 1_000_000),
        "auto",
        "",
        "header lines of the training file",
    );
    /// See [`SKIP_LINES`](Self::SKIP_LINES).
    pub(super) const ATTRIBUTES: Parameter = Parameter::new(
        "attributes",
        Kind::Whole(1, 10_000),
        "auto",
        "",
        "attributes in the training file",
    );
    /// See [`SKIP_LINES`](Self::SKIP_LINES).
    pub(super) const CLASSES: Parameter = Parameter::new(
        "classes",
        Kind::Whole(2, 1000),
        "auto",
        "",
        "classes in the training file",
    );

    /// See [`SKIP_LINES`](Self::SKIP_LINES).
    pub(super) const CLASS_COLUMN: Parameter = Parameter::new(
        "class_column",
        Kind::Whole(1, 10_000),
        "last",
        "",
        "column of the class in the training file, from 1",
    );
    /// See [`SKIP_LINES`](Self::SKIP_LINES).
    pub(super) const BAD_ROWS: Parameter = Parameter::new(
        "bad_rows",
        Kind::Choice(&["abort", "drop"]),
        "abort",
        "",
        "what to do about rows of the training file that make no sense",
    );

    /// Opens what the request learns from. `facies` limits polygons to some
    /// facies (all where empty); `layout` says how to read a training file.
    pub fn open(
        request: &Request,
        place: &Place,
        facies: &[String],
        layout: &io::TrainingFormat,
    ) -> Result<Self, ModuleError> {
        let inputs = request.volumes.clone();
        let volumes = open_inputs(&inputs)?;
        let rows = match request.training {
            Training::File => {
                let layout = io::TrainingFormat {
                    volumes: Some(volumes.len()).filter(|n| *n > 0),
                    ..*layout
                };
                let text = io::read_training(&place.frozen.join(TRAINING), &layout)?;
                Rows::File(Box::new(Extraction {
                    dropped_conflicts: 0,
                    dropped_nulls: text.dropped_nulls,
                    polygons: text.table.group_counts(),
                    warnings: text.warnings,
                    table: text.table,
                }))
            }
            Training::Polygons | Training::Wells => {
                let Some(first) = volumes.first() else {
                    return Err(ModuleError::Input(
                        "no attribute volumes were given; name at least one, or make some with attributes3d".into(),
                    ));
                };
                let grid = first.grid();
                Rows::Picked(Box::new(if request.training == Training::Wells {
                    place.wells()?.on(grid, facies)?
                } else {
                    place.picks()?.on(grid, facies)?
                }))
            }
            Training::None => {
                return Err(ModuleError::Input(format!(
                    "{} learns from picked facies; give a session, polygons, wells or a training file",
                    request.module
                )));
            }
        };
        Ok(Self {
            inputs,
            volumes,
            rows,
            training: request.training,
        })
    }

    /// Rows that are in memory already.
    #[cfg(test)]
    pub(super) fn of_table(table: crate::model::TrainingTable) -> Self {
        Self {
            inputs: Vec::new(),
            volumes: Vec::new(),
            training: Training::File,
            rows: Rows::File(Box::new(Extraction {
                dropped_conflicts: 0,
                dropped_nulls: 0,
                polygons: table.group_counts(),
                warnings: Vec::new(),
                table,
            })),
        }
    }

    /// Skip lines and column numbers that a module's parameters name, where it has them.
    pub fn layout(values: &Values) -> io::TrainingFormat {
        io::TrainingFormat {
            skip_lines: values.whole("skip_lines"),
            attributes: values.whole("attributes"),
            classes: values.whole("classes"),
            class_column: (values.whole("class_column"))
                .map_or(io::ClassColumn::Last, io::ClassColumn::Number),
            drop_bad_rows: values.text("bad_rows") == "drop",
            ..io::TrainingFormat::default()
        }
    }

    /// What the vertical axis of the positions counts.
    pub fn unit_of_samples(&self) -> SampleUnit {
        self.volumes
            .first()
            .map_or(SampleUnit::Milliseconds, |v| v.grid().unit)
    }

    /// The volumes read, in order.
    pub fn volumes(&self) -> &[Arc<dyn Volume>] {
        &self.volumes
    }

    /// Names of the attributes, in order.
    pub fn attributes(&self) -> Vec<String> {
        match &self.rows {
            Rows::File(extraction) => extraction.table.attributes.clone(),
            Rows::Picked(_) => self.inputs.iter().map(|input| input.name.clone()).collect(),
        }
    }

    /// Names and codes of the classes, in order.
    pub fn classes(&self) -> (Vec<String>, Vec<i32>) {
        match &self.rows {
            Rows::File(extraction) => {
                let table = &extraction.table;
                (table.classes.clone(), table.codes.clone())
            }
            Rows::Picked(picked) => (picked.facies.clone(), picked.codes.clone()),
        }
    }

    /// Where the rows come from.
    pub fn training(&self) -> Training {
        self.training
    }

    /// How many rows there are before nulls are dropped.
    pub fn row_count(&self) -> usize {
        match &self.rows {
            Rows::File(extraction) => extraction.table.len(),
            Rows::Picked(picked) => picked.voxels.len(),
        }
    }

    /// How many groups (polygons, wells) the rows come from.
    pub fn group_count(&self) -> usize {
        match &self.rows {
            Rows::File(extraction) => extraction.table.groups.len(),
            Rows::Picked(picked) => picked.polygons.len(),
        }
    }

    /// The stage that reads the rows.
    pub fn stage(&self) -> Stage {
        let units = match &self.rows {
            Rows::File(_) => Vec::new(),
            Rows::Picked(picked) => vec![picked.voxels.len() as u64; self.volumes.len()],
        };
        Stage {
            name: "training",
            noun: "voxels",
            cost: 2e-6,
            units,
        }
    }

    /// Reads one attribute at all rows.
    pub fn unit(&self, unit: usize, task: &Task) -> Result<Vec<u8>, ModuleError> {
        match &self.rows {
            Rows::Picked(picked) => pack(&picked.values(self.volumes[unit].as_ref(), task)?),
            Rows::File(_) => Ok(Vec::new()),
        }
    }

    /// Joins the attributes.
    pub fn reduce(&self, units: &[Vec<u8>]) -> Result<Vec<u8>, ModuleError> {
        let columns = units
            .iter()
            .map(|bytes| unpack(bytes))
            .collect::<Result<Vec<Vec<f32>>, _>>()?;
        pack(&columns)
    }

    /// The table, from the reduced bytes of the stage.
    pub fn extraction(&self, reduced: &[u8]) -> Result<Extraction, ModuleError> {
        match &self.rows {
            Rows::File(extraction) => Ok((**extraction).clone()),
            Rows::Picked(picked) => {
                let columns: Vec<Vec<f32>> = unpack(reduced)?;
                picked.table(&self.attributes(), &columns)
            }
        }
    }
}
