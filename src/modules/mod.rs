//! The programs of the source document, each as a *module*: a name, a table of
//! parameters, and a job made of stages.
//!
//! A [`Request`] says what is asked; [`Module::prepare`] checks all of it
//! without writing anything and gives a [`Job`]. A job is a short list of
//! [`Stage`]s. A stage has independent work units and one reduce whose bytes
//! the later stages read; [`Job::finish`] turns the last of them into an
//! [`Outcome`]. Whoever works a job (a worker process, a cluster task, a test)
//! may run the units of a stage in any order, keep their bytes, and run them
//! again after a crash: the same request gives the same bytes.
//!
//! To add a module: one file here with a `pub static`, one line in [`MODULES`],
//! one variant in [`ModuleResult`].

mod attribute_selection;
mod attributes3d;
mod bricks;
mod define_training_data;
mod error;
mod extraction;
mod gmm3d;
mod gtm3d;
mod kuwahara3d;
mod outcome;
mod parameters;
mod request;
mod rfc3d;
mod scan;
mod slabs;
mod source;
mod volumes;
mod wells;
mod written;

pub use crate::ml::forest::Reliability;
pub use crate::ml::selection::{Selection, SizeRow};
pub use attribute_selection::MIXTURES;
pub use attributes3d::{
    AttributeVolume, AttributeVolumes, attribute_names, attribute_of, parameters_of,
};
pub use bricks::BrickedCopy;
pub use define_training_data::{FaciesRows, TrainingData};
pub use error::ModuleError;
pub use extraction::{Extraction, Picked, Picks};
pub use gmm3d::{MixtureResult, NamedFacies, applicable};
pub use gtm3d::{
    Agreement, GtmResult, Judgement, LatentMap, MappedFacies, ReliabilityBin, Validation,
};
pub use kuwahara3d::filter_of;
pub use outcome::{Cell, ModuleResult, Outcome, OutputFile, OutputRole, Table};
pub use parameters::{CLUSTER, COMMON, Kind, Parameter, Values, shared_parameters};
pub use request::{
    COMPARED_SETTING, FILTER_SETTING, GROUPS, Input, MODEL, MODEL_SETTING, PICKS, Place, Request,
    TRAINING, Training, WELLS,
};
pub use rfc3d::{
    ClassVolume, Confused, ConfusedVoxel, ForestResult, Importance, Together, TreeCount, tree_table,
};
pub use scan::{Scanned, ScannedVolume};
pub use source::TrainingSource;
pub use volumes::{OutputVolume, open_inputs, same_grid};
pub use wells::{AskedWells, Wells};

use std::sync::OnceLock;

use crate::task::Task;

/// A program of the source document.
pub trait Module: Sync {
    /// Its name: of the subcommand, in requests and in run directories.
    fn name(&self) -> &'static str;

    /// What it does, in one line.
    fn summary(&self) -> &'static str;

    /// Its parameters beyond those of all ([`shared_parameters`]): they feed the command line, `--help`,
    /// the launch form and the request alike.
    fn parameters(&self) -> &'static [Parameter];

    /// Which of a session's volumes it reads.
    fn reads(&self) -> Reads;

    /// True where it learns from picked facies or from a training file.
    fn learns(&self) -> bool;

    /// True where it cannot do without facies; else it does something of its own
    /// where there are none.
    fn needs_facies(&self) -> bool {
        self.learns()
    }

    /// True where a run of it waits until the user's budget of cores has room.
    /// Those that only read files in the background are done before their turn came.
    fn takes_turns(&self) -> bool {
        true
    }

    /// The attribute volumes that a run of a request is going to make, so that
    /// what comes after it can be planned. Looks at no file.
    fn makes(&self, request: &Request) -> Result<Vec<OutputFile>, ModuleError> {
        let _ = request;
        Ok(Vec::new())
    }

    /// Checks a request against its inputs and plans the work. Writes nothing,
    /// and reads no more than headers and the frozen inputs.
    fn prepare(&self, request: &Request, place: &Place) -> Result<Box<dyn Job>, ModuleError>;
}

/// Which volumes of a session a module reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// The amplitude volume alone.
    Amplitude,
    /// The candidate attributes, in their order.
    Candidates,
}

/// Checked, planned work.
pub trait Job: Send + Sync {
    /// The stages in order, with the work of each of their units.
    fn stages(&self) -> &[Stage];

    /// Works one unit. `reduced` holds the reduced bytes of all earlier stages.
    ///
    /// A unit may use all threads of the rayon pool it is called in. It reports
    /// work done through `task` as it goes, and may write its part of output
    /// volumes (idempotently); its bytes are kept as a checkpoint.
    fn unit(
        &self,
        stage: usize,
        unit: usize,
        reduced: &[Vec<u8>],
        task: &Task,
    ) -> Result<Vec<u8>, ModuleError>;

    /// Joins the bytes of all units of a stage, given in order of units.
    fn reduce(
        &self,
        stage: usize,
        units: Vec<Vec<u8>>,
        reduced: &[Vec<u8>],
        task: &Task,
    ) -> Result<Vec<u8>, ModuleError>;

    /// The volumes that it writes, each with the stage that does.
    fn volumes(&self) -> Vec<(usize, &OutputVolume)> {
        Vec::new()
    }

    /// Most bytes that its blocks take in memory at once, where it can tell.
    fn bytes(&self) -> Option<usize> {
        None
    }

    /// The result, from the reduced bytes of all stages. Gives output volumes
    /// their final names; called again after a crash it does no harm.
    fn finish(&self, reduced: &[Vec<u8>], task: &Task) -> Result<Outcome, ModuleError>;
}

/// A stage of a job.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// Its name, a noun: `folds`, `slabs`.
    pub name: &'static str,
    /// What its work is counted in, plural: `trees`, `voxels`.
    pub noun: &'static str,
    /// Seconds that one of these takes on one core, roughly: the weight of the
    /// stage in the progress of the whole.
    pub cost: f64,
    /// Work of each unit, counted in the noun.
    pub units: Vec<u64>,
}

impl Stage {
    /// Work of all units together.
    pub fn total(&self) -> u64 {
        self.units.iter().sum()
    }
}

/// All modules, in the order of the work.
pub static MODULES: &[&dyn Module] = &[
    &attributes3d::MODULE,
    &kuwahara3d::MODULE,
    &define_training_data::MODULE,
    &attribute_selection::MODULE,
    &gmm3d::MODULE,
    &rfc3d::MODULE,
    &gtm3d::MODULE,
    &scan::MODULE,
    &bricks::MODULE,
];

/// The module of a name; hyphens are accepted for underscores.
pub fn find(name: &str) -> Result<&'static dyn Module, ModuleError> {
    let wanted = name.replace('-', "_");
    MODULES
        .iter()
        .copied()
        .find(|module| module.name() == wanted)
        .ok_or_else(|| ModuleError::UnknownModule {
            name: crate::model::printable(name),
            known: MODULES
                .iter()
                .map(|m| m.name())
                .collect::<Vec<_>>()
                .join(", "),
        })
}

/// The value of a cell, made the first time it is asked for.
fn kept<T>(
    cell: &OnceLock<T>,
    make: impl FnOnce() -> Result<T, ModuleError>,
) -> Result<&T, ModuleError> {
    if let Some(value) = cell.get() {
        return Ok(value);
    }
    let made = make()?;
    Ok(cell.get_or_init(|| made))
}

/// Bytes of a checkpoint or a reduced value.
pub fn pack<T: serde::Serialize>(value: &T) -> Result<Vec<u8>, ModuleError> {
    postcard::to_stdvec(value).map_err(|e| ModuleError::Checkpoint {
        reason: e.to_string(),
    })
}

/// A value out of the bytes that [`pack`] made.
pub fn unpack<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, ModuleError> {
    postcard::from_bytes(bytes).map_err(|e| ModuleError::Checkpoint {
        reason: e.to_string(),
    })
}
