//! `kuwahara3d`: attributes smoothed inside facies and kept sharp at their edges.

mod job;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::{
    Input, Job, Kind, Module, ModuleError, OutputFile, OutputRole, Parameter, Place, Reads,
    Request, Values, open_inputs, same_grid, volumes::container,
};
use crate::attributes::{KuwaharaOptions, WindowChoice, WindowValue};
use crate::io::Volume;
use job::Filter;

/// The module.
pub static MODULE: Kuwahara3d = Kuwahara3d;

/// See the module's documentation.
pub struct Kuwahara3d;

const PARAMETERS: &[Parameter] = &[
    Parameter::new(
        "half_sizes",
        Kind::Text,
        "2,2,3",
        "inlines,crosslines,samples",
        "half-sizes of windows; several, as in 1,1,2/2,2,4, compete with each other",
    ),
    Parameter::new(
        "statistic",
        Kind::Choice(&["mean", "median", "trimmed"]),
        "mean",
        "",
        "what stands for the samples of the chosen window",
    ),
    Parameter::new(
        "trim",
        Kind::Real(0.0, 0.49),
        "0.2",
        "",
        "share of the samples that a trimmed mean leaves out at either end",
    ),
    Parameter::new(
        "mode",
        Kind::Choice(&["min_variance", "weighted"]),
        "min_variance",
        "",
        "the least variable window alone, or means of all weighted by how little they vary",
    ),
    Parameter::new(
        "independent",
        Kind::Flag,
        "no",
        "",
        "each attribute has windows of its own; else all share theirs, so that edges line up",
    ),
    Parameter::new(
        "along_dip",
        Kind::Flag,
        "no",
        "",
        "windows follow the volumes inline_dip and crossline_dip, named among those to read",
    ),
    Parameter::new(
        "fill",
        Kind::Flag,
        "no",
        "",
        "nulls get a value where a window holds enough live samples",
    ),
    Parameter::new(
        "iterations",
        Kind::Whole(1, 16),
        "1",
        "",
        "how often the filter is applied",
    ),
];

impl Module for Kuwahara3d {
    fn name(&self) -> &'static str {
        "kuwahara3d"
    }

    fn summary(&self) -> &'static str {
        "smooth attributes inside facies and keep their edges sharp"
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

    fn makes(&self, request: &Request) -> Result<Vec<OutputFile>, ModuleError> {
        let values = request.values(&MODULE)?;
        let filtered = |input: &&Input| !(values.flag("along_dip") && is_dip(&input.name));
        let file = |input: &Input| OutputFile {
            name: format!("kuwahara_{}", input.name),
            path: format!(
                "{}.{}",
                job::file(&input.name, &values),
                container(&input.path)
            )
            .into(),
            role: OutputRole::Attribute,
        };
        Ok(request.volumes.iter().filter(filtered).map(file).collect())
    }

    fn prepare(&self, request: &Request, place: &Place) -> Result<Box<dyn Job>, ModuleError> {
        let values = request.values(&MODULE)?;
        let options = options(&values)?;
        let volumes = open_inputs(&request.volumes)?;
        let grid = same_grid(&request.volumes, &volumes)?;
        let inputs = Inputs::sorted(&request.volumes, volumes, values.flag("along_dip"))?;
        let options = (options.fitted(grid.shape()), options);
        Ok(Box::new(Filter::plan(inputs, options, &values, place)?))
    }
}

/// The names of dips begin so.
const DIPS: [&str; 2] = ["inline_dip", "crossline_dip"];

fn is_dip(name: &str) -> bool {
    DIPS.iter().any(|dip| name.starts_with(dip))
}

/// The volumes of a request by what they are for.
struct Inputs {
    /// Name and volume of each attribute to filter.
    attributes: Vec<(String, Arc<dyn Volume>)>,
    /// Inline and crossline dip, where windows follow them.
    dips: Option<[Arc<dyn Volume>; 2]>,
}

impl Inputs {
    /// Takes the dips out of the volumes, where they are wanted.
    fn sorted(
        inputs: &[Input],
        volumes: Vec<Arc<dyn Volume>>,
        along_dip: bool,
    ) -> Result<Self, ModuleError> {
        let mut attributes = Vec::new();
        let mut dips = [None, None];
        for (input, volume) in inputs.iter().zip(volumes) {
            let dip = DIPS.iter().position(|dip| input.name.starts_with(dip));
            match dip.filter(|_| along_dip) {
                Some(dip) => dips[dip] = Some(volume),
                None => attributes.push((input.name.clone(), volume)),
            }
        }
        if attributes.is_empty() {
            return Err(ModuleError::Input(
                "there is no attribute to filter; name one besides the dips".into(),
            ));
        }
        let dips = match dips {
            [Some(inline), Some(crossline)] => Some([inline, crossline]),
            _ if along_dip => {
                return Err(ModuleError::Input(
                    "windows along dip need the volumes inline_dip and crossline_dip among those to read; attributes3d --attributes inline_dip,crossline_dip makes them".into(),
                ));
            }
            _ => None,
        };
        Ok(Self { attributes, dips })
    }
}

/// The options that a request for this module names, for a look at what it does.
pub fn filter_of(request: &Request) -> Result<KuwaharaOptions, ModuleError> {
    options(&request.values(&MODULE)?)
}

/// The options that the parameters name.
fn options(values: &Values) -> Result<KuwaharaOptions, ModuleError> {
    let half_sizes = values.text("half_sizes").split('/').map(|size| {
        let numbers = size.split(',').map(|n| n.trim().parse::<usize>().ok());
        let numbers: Option<Vec<usize>> = numbers.collect();
        numbers
            .and_then(|numbers| <[usize; 3]>::try_from(numbers).ok())
            .ok_or_else(|| {
                ModuleError::parameter(
                    "half_sizes",
                    format!(
                        "`{}` is not three whole numbers such as 2,2,3",
                        crate::model::printable(size)
                    ),
                )
            })
    });
    let options = KuwaharaOptions {
        half_sizes: half_sizes.collect::<Result<_, _>>()?,
        value: match values.text("statistic") {
            "median" => WindowValue::Median,
            "trimmed" => WindowValue::Trimmed(values.real("trim").unwrap_or(0.2)),
            _ => WindowValue::Mean,
        },
        choice: match values.text("mode") {
            "weighted" => WindowChoice::Weighted,
            _ => WindowChoice::LeastVariance,
        },
        fill: values.flag("fill"),
        passes: values.whole("iterations").unwrap_or(1),
    };
    options.check()?;
    Ok(options)
}
