//! `rfc3d`: random forest classification of a volume, judged by folds.
//!
//! Stages: *training* (attributes at the training voxels) -> *folds* (forests judged
//! on voxels left out, by voxel and by polygon, for several tree counts) ->
//! *forest* (on all rows, with the tree count that did best) -> *importances* ->
//! *predict* (class, probabilities and what tells how far to trust them, slab by
//! slab) -> *majority* (the classes filtered, where that is asked for). Without
//! volumes nothing is predicted; with 0 folds nothing is judged; with the model of an
//! earlier run nothing is learnt.

mod job;
mod majority;
mod model;
mod outputs;
mod report;
mod result;
mod sample;
mod settings;

pub use model::tree_table;
pub use result::{
    ClassVolume, Confused, ConfusedVoxel, ForestResult, Importance, Together, TreeCount,
};

use self::job::Classify;
use self::outputs::Outputs;
use self::settings::{PARAMETERS, Settings};
use super::{
    Job, MODEL, Module, ModuleError, Parameter, Place, Reads, Request, TrainingSource, open_inputs,
    same_grid, written,
};

/// The module.
pub static MODULE: Rfc3d = Rfc3d;

/// See the module's documentation.
pub struct Rfc3d;

/// File stem of the report.
const REPORT: &str = "aaspi_rfc3d";

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
    let frozen = place.frozen.join(MODEL);
    let model = frozen.exists().then(|| model::read(&frozen)).transpose()?;
    let mut request = request.clone();
    let source = if let Some(forest) = &model {
        model::named(forest, &mut request.volumes)?;
        None
    } else {
        let layout = TrainingSource::layout(&values);
        let facies = values.words("facies");
        Some(TrainingSource::open(&request, place, &facies, &layout)?)
    };
    let inputs = match &source {
        Some(source) => {
            settings.options.check(source.attributes().len())?;
            source.volumes().to_vec()
        }
        None => open_inputs(&request.volumes)?,
    };
    let outputs = if inputs.is_empty() {
        None
    } else {
        let classes = match (&source, &model) {
            (Some(source), _) => {
                check_volumes(&request, &source.attributes())?;
                source.classes()
            }
            (None, Some(forest)) => (forest.classes.clone(), forest.codes.clone()),
            (None, None) => (Vec::new(), Vec::new()),
        };
        let grid = same_grid(&request.volumes, &inputs)?;
        let block = values.sub_volume().on(&grid)?;
        let cut = (block, slab);
        Some(Outputs::plan(
            &inputs, classes, &settings, &values, cut, place,
        )?)
    };
    written::check_free(REPORT, &values, place)?;
    Ok(Classify::new(
        source, model, settings, values, place, outputs,
    ))
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
