//! The model file: a fitted map with what is known of its densities, to be
//! applied to other volumes with the same attributes.
//!
//! # Format, version 1
//!
//! RON text of one [`Model`]: `format` (`"outcrop gtm"`), `version`, then
//!
//! * `map`: names of the `attributes` in order, `mean` and `deviation` of each (a
//!   deviation of 0: constant, left out), the `options` of the fit, the `weights`
//!   W (a row a radial function, the last row for the constant one, a column an
//!   attribute used), `beta` (inverse variance around the nodes), the
//!   `log_likelihood` before any update and after each, the 0th to 100th
//!   `percentiles` of the training voxels' log-likelihoods, the count of `rows`;
//! * `background`: density of the training voxels on the nodes, first latent
//!   coordinate slowest, summing to 1;
//! * `facies`: for each its name, how many rows were learnt from, its density.
//!
//! Numbers are written with all their digits, so a model read back gives the same
//! bytes as the run that made it.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::io::IoError;
use crate::ml::gtm::Gtm;
use crate::model::TrainingTable;
use crate::modules::ModuleError;

const FORMAT: &str = "outcrop gtm";
const VERSION: u32 = 1;
/// Larger files are no models: 64 x 64 nodes and 16 facies take 2 MB.
const LARGEST: u64 = 256 << 20;

/// A map with densities on it, as the model file holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Model {
    format: String,
    version: u32,
    pub map: Gtm,
    pub background: Vec<f64>,
    pub facies: Vec<FaciesDensity>,
}

/// A facies on the map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FaciesDensity {
    pub name: String,
    /// Rows that it was learnt from.
    pub rows: usize,
    pub density: Vec<f64>,
}

impl Model {
    /// A map of sampled voxels.
    pub(super) fn new(map: Gtm, columns: &[&[f32]]) -> Self {
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            background: map.density(columns).unwrap_or_default(),
            map,
            facies: Vec::new(),
        }
    }

    /// Puts the facies of a table on the map, instead of those that were there.
    pub(super) fn learn(&mut self, table: &TrainingTable) -> Result<(), ModuleError> {
        let names = table.classes.iter().enumerate();
        let facies = names.map(|(m, name)| {
            let rows: Vec<usize> = (0..table.len())
                .filter(|&row| usize::from(table.class[row]) == m)
                .collect();
            let density = density(&self.map, table, &rows);
            let density = density
                .ok_or_else(|| crate::ml::gtm::GtmError::EmptyFacies { name: name.clone() })?;
            Ok(FaciesDensity {
                name: name.clone(),
                rows: rows.len(),
                density,
            })
        });
        self.facies = facies.collect::<Result<_, ModuleError>>()?;
        Ok(())
    }

    pub(super) fn text(&self) -> String {
        let pretty = ron::ser::PrettyConfig::new().depth_limit(3);
        // The type holds nothing that RON cannot write.
        ron::ser::to_string_pretty(self, pretty).unwrap_or_default() + "\n"
    }

    /// Reads a model file; what is not one is told apart from what is damaged.
    pub(super) fn read(path: &Path) -> Result<Self, ModuleError> {
        let system = |source| IoError::System {
            path: path.to_owned(),
            action: "reading the model",
            source,
        };
        let wrong = |reason: String| ModuleError::Input(format!("{}: {reason}", path.display()));
        if std::fs::metadata(path).map_err(system)?.len() > LARGEST {
            return Err(wrong("this is no model of gtm3d: it is too large".into()));
        }
        let text = std::fs::read_to_string(path).map_err(system)?;
        let model: Model = ron::from_str(&text).map_err(|e| {
            wrong(format!(
                "this is no model of gtm3d ({e}); give the gtm_model_*.ron of an earlier run"
            ))
        })?;
        if model.format != FORMAT || model.version != VERSION {
            return Err(wrong(format!(
                "the model is of format {} version {}; this program reads {FORMAT} version {VERSION}",
                crate::model::printable(&model.format),
                model.version
            )));
        }
        model.check().map_err(|what| {
            wrong(format!(
                "the model is damaged: {what}; take an undamaged copy"
            ))
        })?;
        Ok(model)
    }

    /// What is wrong with numbers that someone may have edited.
    fn check(&self) -> Result<(), &'static str> {
        let map = &self.map;
        map.options.check().map_err(|_| "options of the fit")?;
        let names = map.attributes.len();
        let whole = |values: &[f64]| values.iter().all(|v| v.is_finite());
        if map.mean.len() != names || map.deviation.len() != names || map.dimensions() == 0 {
            return Err("attributes");
        }
        if !whole(&map.mean) || !map.deviation.iter().all(|s| *s >= 0.0 && s.is_finite()) {
            return Err("mean or deviation");
        }
        let functions = map.options.rbf.pow(2) + 1;
        if map.weights.len() != functions * map.dimensions() || !whole(&map.weights) {
            return Err("weights");
        }
        if !(map.beta > 0.0 && map.beta.is_finite()) {
            return Err("beta");
        }
        if map.percentiles.len() != 101 || !whole(&map.percentiles) {
            return Err("percentiles");
        }
        let nodes = map.options.grid.pow(2);
        let density = |q: &[f64]| q.len() == nodes && q.iter().all(|v| *v >= 0.0 && v.is_finite());
        if !density(&self.background) {
            return Err("background");
        }
        if !self.facies.iter().all(|f| density(&f.density)) || self.facies.len() > 127 {
            return Err("facies");
        }
        Ok(())
    }
}

/// Density of some rows of a table on a map; nothing where there are none.
pub(super) fn density(map: &Gtm, table: &TrainingTable, rows: &[usize]) -> Option<Vec<f64>> {
    let columns: Vec<Vec<f32>> = (0..table.attributes.len())
        .map(|a| rows.iter().map(|&row| table.values[[row, a]]).collect())
        .collect();
    let columns: Vec<&[f32]> = columns.iter().map(Vec::as_slice).collect();
    map.density(&columns)
}
