//! `gmm3d`: the mixtures that `attribute_selection` fitted, applied to a volume.
//!
//! One stage, *volumes*: slab by slab, each voxel gets the posterior probability of
//! every facies by the Bayes rule over their mixtures, the likeliest of them as its
//! class, and whether it lies outside of all that was learnt from. Nothing is
//! fitted: the mixtures of one combination of attributes are read from the file
//! that the selection wrote.

mod job;
mod result;
#[cfg(test)]
mod tests;

pub use result::{MixtureResult, NamedFacies};

use std::path::Path;

use self::job::{Apply, Outputs};
use super::attribute_selection::MixtureFile;
use super::{
    Input, Job, Kind, MODEL, MODEL_SETTING, Module, ModuleError, Parameter, Place, Reads, Request,
    Values, open_inputs, same_grid, written,
};
use crate::ml::gmm::Classifier;
use crate::ml::selection::attributes_of;
use crate::model::printable;

/// The module.
pub static MODULE: Gmm3d = Gmm3d;

/// See the module's documentation.
pub struct Gmm3d;

/// File stem of the report.
const REPORT: &str = "aaspi_gmm3d";

const PARAMETERS: &[Parameter] = &[
    Parameter::new(
        MODEL_SETTING,
        Kind::Path,
        "",
        "",
        "mixtures of an earlier selection, attribute_selection_mixtures_*.ron",
    ),
    Parameter::new(
        "combination",
        Kind::Text,
        "knee",
        "",
        "knee, winner, best_validated, or attributes by name or index, as in 1,3,5",
    ),
    Parameter::new(
        "priors",
        Kind::Choice(&["equal", "training"]),
        "equal",
        "",
        "probabilities of the facies before an attribute is seen",
    ),
    Parameter::new(
        "outside",
        Kind::Real(0.0, 0.5),
        "0.001",
        "",
        "share of a cluster's own voxels that counts as outside of it; 0 = none",
    ),
    Parameter::new(
        "probabilities",
        Kind::Flag,
        "yes",
        "",
        "also write a probability volume of each facies",
    ),
];

impl Module for Gmm3d {
    fn name(&self) -> &'static str {
        "gmm3d"
    }

    fn summary(&self) -> &'static str {
        "classify a volume by the mixtures of an attribute selection"
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn reads(&self) -> Reads {
        Reads::Candidates
    }

    fn learns(&self) -> bool {
        false
    }

    fn prepare(&self, request: &Request, place: &Place) -> Result<Box<dyn Job>, ModuleError> {
        Ok(Box::new(prepare(request, place, usize::MAX)?))
    }
}

/// Checks and plans a run whose slabs hold `slab` voxels at most.
fn prepare(request: &Request, place: &Place, slab: usize) -> Result<Apply, ModuleError> {
    let values = request.values(&MODULE)?;
    let frozen = place.frozen.join(MODEL);
    if !frozen.exists() {
        return Err(ModuleError::parameter(
            MODEL_SETTING,
            "is missing; give the attribute_selection_mixtures_*.ron of an earlier run",
        ));
    }
    let file = MixtureFile::read(&frozen)?;
    let mask = combination(&file, values.text("combination"))?;
    let attributes = attributes_of(mask);
    let names: Vec<String> = (attributes.iter().map(|&i| file.attributes[i].clone())).collect();
    let inputs = named(&names, &request.volumes)?;
    let volumes = open_inputs(&inputs)?;
    let grid = same_grid(&inputs, &volumes)?;
    let classifier = classifier(&file, mask, &values)?;
    let block = values.sub_volume().on(&grid)?;
    let outputs = Outputs::plan(volumes, &file.facies, &values, block, slab, place)?;
    written::check_free(REPORT, &values, place)?;
    Ok(Apply::new(
        classifier,
        outputs,
        names,
        file.facies,
        values,
        place,
    ))
}

/// What a file of mixtures can be applied with: a setting of `combination`, and the
/// names of the attributes that it asks for. Those of `candidates` together where the
/// file has mixtures of exactly these, else those of its knee.
///
/// # Errors
/// Where the file cannot be read as one of mixtures.
pub fn applicable(
    file: &Path,
    candidates: &[String],
) -> Result<(String, Vec<String>), ModuleError> {
    let file = MixtureFile::read(file)?;
    let names = |mask: u32| {
        attributes_of(mask)
            .into_iter()
            .map(|i| file.attributes[i].clone())
    };
    let same = |mask: u32| {
        mask.count_ones() as usize == candidates.len()
            && names(mask).all(|name| candidates.contains(&name))
    };
    let taken = file.combinations.iter().find(|c| same(c.mask));
    Ok(match taken {
        Some(c) if c.mask != file.knee => {
            let names: Vec<String> = names(c.mask).collect();
            (names.join(","), names)
        }
        _ => ("knee".to_owned(), names(file.knee).collect()),
    })
}

/// The mask of the combination that a person names.
fn combination(file: &MixtureFile, text: &str) -> Result<u32, ModuleError> {
    let wrong = |reason: String| Err(ModuleError::parameter("combination", printable(&reason)));
    match text {
        "knee" => return Ok(file.knee),
        "winner" => return Ok(file.winner),
        "best_validated" => {
            return file.best_validated.map_or_else(
                || wrong("nothing was validated in that selection; name attributes".into()),
                Ok,
            );
        }
        _ => {}
    }
    let mut mask = 0;
    for word in text.split(',').map(str::trim) {
        let place = file.attributes.iter().position(|a| a == word);
        let place = place.or_else(|| word.parse::<usize>().ok()?.checked_sub(1));
        match place.filter(|&i| i < file.attributes.len()) {
            Some(i) => mask |= 1 << i,
            None => {
                return wrong(format!(
                    "`{word}` is no attribute of the selection; it had {}",
                    file.attributes.join(", ")
                ));
            }
        }
    }
    if file.combinations.iter().all(|c| c.mask != mask) {
        return wrong(format!(
            "the file has no mixtures of `{text}`; select again with a larger --top, or take one of its table of all combinations"
        ));
    }
    Ok(mask)
}

/// The volumes of some attributes, in their order.
fn named(names: &[String], volumes: &[Input]) -> Result<Vec<Input>, ModuleError> {
    let found = |name: &String| volumes.iter().find(|v| v.name == *name).cloned();
    let missing: Vec<&str> = (names.iter())
        .filter(|name| found(name).is_none())
        .map(String::as_str)
        .collect();
    if missing.is_empty() {
        return Ok(names.iter().filter_map(found).collect());
    }
    let given: Vec<&str> = volumes.iter().map(|v| v.name.as_str()).collect();
    Err(ModuleError::Input(printable(&format!(
        "the mixtures are of {}, and of these {} {} not among the volumes ({}); name volumes that are called so",
        names.join(", "),
        missing.join(", "),
        if missing.len() == 1 { "is" } else { "are" },
        given.join(", ")
    ))))
}

fn classifier(file: &MixtureFile, mask: u32, values: &Values) -> Result<Classifier, ModuleError> {
    let fitted = file.combinations.iter().find(|c| c.mask == mask);
    let mixtures = fitted.map_or(&[][..], |c| &c.mixtures);
    let all = file.voxels.iter().sum::<usize>().max(1) as f64;
    let priors: Vec<f64> = (file.voxels.iter())
        .map(|&n| match values.text("priors") {
            "training" => n as f64 / all,
            _ => 1.0,
        })
        .collect();
    let of = |column: &[f64]| -> Vec<f64> {
        attributes_of(mask).into_iter().map(|i| column[i]).collect()
    };
    let (mean, deviation) = (of(&file.scaling.mean), of(&file.scaling.deviation));
    let outside = values.real("outside").unwrap_or(0.0);
    Ok(Classifier::new(
        mixtures, &priors, &mean, &deviation, outside,
    )?)
}
