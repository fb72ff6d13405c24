//! `rfc3d`: random forest classification of a volume, judged by folds.
//!
//! Stages: *training* (attributes at the training voxels) -> *folds* (forests judged
//! on voxels left out, by voxel and by polygon, for several tree counts) ->
//! *forest* (on all rows, with the tree count that did best) -> *importances* ->
//! *predict* (the class volume, slab by slab). Without volumes nothing is
//! predicted; with 0 folds nothing is judged.

mod job;
mod report;
mod result;
mod settings;

pub use result::{ForestResult, Importance, TreeCount};

use self::job::{Classify, Outputs};
use self::settings::Settings;
use super::{
    Job, Kind, Module, ModuleError, Parameter, Place, Reads, Request, TrainingSource, same_grid,
    written,
};

/// The module.
pub static MODULE: Rfc3d = Rfc3d;

/// See the module's documentation.
pub struct Rfc3d;

/// File stem of the report.
const REPORT: &str = "aaspi_rfc3d";

const PARAMETERS: &[Parameter] = &[
    Parameter::new(
        "trees",
        Kind::Whole(1, 10_000),
        "100",
        "",
        "T: forests of T/2, T and 2T trees are compared",
    ),
    Parameter::new(
        "tree_counts",
        Kind::Words,
        "",
        "",
        "tree counts to compare instead, such as 50,100,300",
    ),
    Parameter::new(
        "max_depth",
        Kind::Whole(0, 1000),
        "10",
        "",
        "deepest node of a tree, the root being 0; 0 = no limit",
    ),
    Parameter::new(
        "folds",
        Kind::Whole(0, 100),
        "5",
        "",
        "parts of the training voxels left out in turn; 0 = no cross-validation",
    ),
    Parameter::new(
        "mtry",
        Kind::Whole(1, 10_000),
        "auto",
        "",
        "attributes drawn at a node; auto = square root of their number",
    ),
    Parameter::new(
        "min_split",
        Kind::Whole(2, 1_000_000),
        "2",
        "voxels",
        "smaller nodes are not split",
    ),
    Parameter::new(
        "min_leaf",
        Kind::Whole(1, 1_000_000),
        "1",
        "voxels",
        "fewest training voxels in a leaf",
    ),
    Parameter::new(
        "class_weight",
        Kind::Choice(&["none", "balanced"]),
        "none",
        "",
        "balanced: every class counts the same, however many voxels it has",
    ),
    Parameter::new(
        "normalise",
        Kind::Flag,
        "yes",
        "",
        "report thresholds in standard deviations from the mean (no prediction changes)",
    ),
    Parameter::new(
        "probabilities",
        Kind::Flag,
        "no",
        "",
        "also write a probability volume of each facies",
    ),
    Parameter::new(
        "facies",
        Kind::Words,
        "",
        "",
        "facies to tell apart, in order; all where empty",
    ),
    Parameter::new(
        "skip_lines",
        Kind::Whole(0, 1_000_000),
        "auto",
        "",
        "header lines of the training file",
    ),
    Parameter::new(
        "attributes",
        Kind::Whole(1, 10_000),
        "auto",
        "",
        "attributes in the training file",
    ),
    Parameter::new(
        "classes",
        Kind::Whole(2, 1000),
        "auto",
        "",
        "classes in the training file",
    ),
];

impl Module for Rfc3d {
    fn name(&self) -> &'static str {
        "rfc3d"
    }

    fn summary(&self) -> &'static str {
        "classify a volume by a random forest, and judge how far to trust it"
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
        Ok(Box::new(prepare(request, place, usize::MAX)?))
    }
}

/// Checks and plans a run whose slabs hold `slab` voxels at most.
fn prepare(request: &Request, place: &Place, slab: usize) -> Result<Classify, ModuleError> {
    let values = request.values(&MODULE)?;
    let settings = Settings::read(&values)?;
    let layout = TrainingSource::layout(&values);
    let source = TrainingSource::open(request, place, &values.words("facies"), &layout)?;
    let attributes = source.attributes();
    settings.options.check(attributes.len())?;
    let outputs = if source.volumes().is_empty() {
        None
    } else {
        check_volumes(request, &attributes)?;
        let grid = same_grid(&request.volumes, source.volumes())?;
        let block = values.sub_volume().on(&grid)?;
        Some(Outputs::plan(&values, &source, block, slab, place)?)
    };
    written::check_free(REPORT, &values, place)?;
    Ok(Classify::new(source, settings, values, place, outputs))
}

/// The volumes must be those of the training columns, in their order.
pub(super) fn check_volumes(request: &Request, attributes: &[String]) -> Result<(), ModuleError> {
    let names: Vec<&String> = request.volumes.iter().map(|v| &v.name).collect();
    if names.len() != attributes.len() {
        return Err(ModuleError::Input(format!(
            "there are {} volumes for the {} attributes of the training file; give one volume an attribute, in this order: {}",
            names.len(),
            attributes.len(),
            attributes.join(", ")
        )));
    }
    let sorted = |mut list: Vec<&String>| {
        list.sort_unstable();
        list.into_iter().cloned().collect::<Vec<_>>()
    };
    let columns: Vec<&String> = attributes.iter().collect();
    if names != columns && sorted(names) == sorted(columns) {
        return Err(ModuleError::Input(format!(
            "the volumes are in another order than the columns of the training file; give them in this order: {}",
            attributes.join(", ")
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
