//! `gtm3d`: generative topographic mapping of a volume, and a probability volume
//! of each facies.
//!
//! Stages: *training* (attributes at the picked voxels) -> *sample* (live voxels of
//! the volume) -> *map* (the fit, kept after every update) -> *folds* (facies found on
//! polygons left out, beside a random forest) -> *volumes* (one pass over the
//! volume, slab by slab). Without polygons the classes are the clusters of the map;
//! with a model of an earlier run nothing is fitted.
//!
//! Every voxel has a density on the map: its responsibilities. So has every facies:
//! the mean of its picked voxels'. What the two have in common, as Bhattacharyya
//! coefficient, is the likelihood of the facies at the voxel; likelihoods normalised
//! to a sum of 1 are the probabilities (Roy et al. 2014; Qi et al. 2016).

mod checkpoint;
mod clusters;
mod job;
mod model;
mod outputs;
mod report;
mod result;
mod sample;
mod settings;
#[cfg(test)]
mod tests;
mod troubles;
mod validation;

pub use result::{Agreement, GtmResult, LatentMap, MappedFacies};
pub use validation::{Judgement, ReliabilityBin, Validation};

use std::sync::OnceLock;

use self::job::Map;
use self::model::Model;
use self::outputs::Outputs;
use self::settings::{PARAMETERS, Settings};
use super::attributes3d::bin_size;
use super::{
    COMPARED_SETTING, Input, Job, MODEL, Module, ModuleError, Parameter, Place, Reads, Request,
    Training, TrainingSource, Values, open_inputs, written,
};
use crate::attributes::AttributeOptions;
use crate::model::printable;

/// The module.
pub static MODULE: Gtm3d = Gtm3d;

/// See the module's documentation.
pub struct Gtm3d;

/// File stem of the report.
const REPORT: &str = "aaspi_gtm3d";

impl Module for Gtm3d {
    fn name(&self) -> &'static str {
        "gtm3d"
    }

    fn summary(&self) -> &'static str {
        "map all voxels to a latent grid, and give each facies a probability volume"
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

    fn needs_facies(&self) -> bool {
        false
    }

    fn prepare(&self, request: &Request, place: &Place) -> Result<Box<dyn Job>, ModuleError> {
        Ok(Box::new(prepare(request, place, usize::MAX)?))
    }
}

/// Checks and plans a run whose slabs hold `slab` voxels at most.
fn prepare(request: &Request, place: &Place, slab: usize) -> Result<Map, ModuleError> {
    let values = request.values(&MODULE)?;
    let settings = Settings::read(&values)?;
    let (mut request, other) = apart(request, values.text(COMPARED_SETTING))?;
    let frozen = place.frozen.join(MODEL);
    let model = frozen.exists().then(|| Model::read(&frozen)).transpose()?;
    if let Some(model) = &model {
        named(model, &mut request.volumes)?;
    }
    let inputs = open_inputs(&request.volumes)?;
    let compared = open_inputs(other.as_slice())?.into_iter().next();
    let wanted = values.words("facies");

    let mut troubles = troubles::of_grids(&request.volumes, &inputs);
    let grids = inputs.first().zip(compared.as_ref());
    if let Some(difference) = grids.and_then(|(a, b)| a.grid().difference(b.grid())) {
        troubles.push(format!(
            "the classes to compare with lie on another grid than the attributes: {difference}"
        ));
    }
    let training = training(&request, place, &values)?;
    if training != Training::None {
        troubles.extend(troubles::of_facies(training, place, &wanted, &inputs));
    }
    let names: Vec<String> = request.volumes.iter().map(|v| v.name.clone()).collect();
    troubles::none(&troubles)?;

    let source = if training == Training::None {
        None
    } else {
        let layout = TrainingSource::layout(&values);
        Some(TrainingSource::open(&request, place, &wanted, &layout)?)
    };
    if let Some(source) = &source {
        super::rfc3d::check_volumes(&request, &source.attributes())?;
    }
    let grid = *inputs[0].grid();
    let options = AttributeOptions {
        velocity: values.real("velocity").unwrap_or(3000.0),
        bin: bin_size(values.text("bin_size"))?,
        ..AttributeOptions::default()
    };
    let block = values.sub_volume().on(&grid)?;
    let facies = facies(source.as_ref(), model.as_ref(), &values)?;
    let outputs = Outputs::plan(
        inputs.clone(),
        compared,
        &facies,
        &settings,
        &values,
        block,
        slab,
        place,
    )?;
    written::check_free(REPORT, &values, place)?;
    let mut map = Map {
        stages: Vec::new(),
        source,
        inputs,
        attributes: names,
        model,
        settings,
        place: place.clone(),
        block,
        cell: options.cell(&grid.picked(&block))?,
        other: other.map(|other| other.name),
        outputs,
        values,
        extraction: OnceLock::new(),
        fitted: OnceLock::new(),
        facies: OnceLock::new(),
    };
    map.plan();
    Ok(map)
}

/// Takes the classes to compare with out of the volumes.
fn apart(request: &Request, compare: &str) -> Result<(Request, Option<Input>), ModuleError> {
    let mut request = request.clone();
    if compare.is_empty() {
        return Ok((request, None));
    }
    let at = request.volumes.iter().position(|v| v.name == compare);
    let Some(at) = at else {
        return Err(ModuleError::parameter(
            COMPARED_SETTING,
            format!("there is no volume `{compare}` among those to read; name it there too"),
        ));
    };
    let other = request.volumes.remove(at);
    Ok((request, Some(other)))
}

/// Where facies are learnt from: nowhere if clusters are wanted, or if there is
/// no polygon at all.
fn training(request: &Request, place: &Place, values: &Values) -> Result<Training, ModuleError> {
    if values.flag("unsupervised") {
        return Ok(Training::None);
    }
    if request.training == Training::Polygons {
        let picks = place.picks()?;
        if picks.polygons.is_empty() {
            return Ok(Training::None);
        }
    }
    Ok(request.training)
}

/// Keeps the volumes that a model names, in its order: a session that has learnt
/// of more volumes since still finds the right ones.
fn named(model: &Model, volumes: &mut Vec<Input>) -> Result<(), ModuleError> {
    let wanted = &model.map.attributes;
    let found = |name: &String| volumes.iter().find(|v| v.name == *name).cloned();
    let chosen: Option<Vec<Input>> = wanted.iter().map(found).collect();
    *volumes = chosen.ok_or_else(|| {
        let missing: Vec<&str> = (wanted.iter())
            .filter(|name| found(name).is_none())
            .map(String::as_str)
            .collect();
        let given: Vec<&str> = volumes.iter().map(|v| v.name.as_str()).collect();
        ModuleError::Input(printable(&format!(
            "the model was fitted to {}, and of these {} {} not among the volumes ({}); name volumes that are called so",
            wanted.join(", "),
            missing.join(", "),
            if missing.len() == 1 { "is" } else { "are" },
            given.join(", ")
        )))
    })?;
    Ok(())
}

/// Names of the facies, in order; none for clusters.
fn facies(
    source: Option<&TrainingSource>,
    model: Option<&Model>,
    values: &Values,
) -> Result<Vec<String>, ModuleError> {
    const MOST: usize = 127;
    let names = match (source, model) {
        (Some(source), _) => source.classes().0,
        (None, Some(model)) if !values.flag("unsupervised") => {
            model.facies.iter().map(|f| f.name.clone()).collect()
        }
        _ => Vec::new(),
    };
    if names.len() > MOST {
        return Err(ModuleError::Input(format!(
            "there are {} facies; a class volume holds {MOST} at most: choose some with --facies",
            names.len()
        )));
    }
    Ok(names)
}
