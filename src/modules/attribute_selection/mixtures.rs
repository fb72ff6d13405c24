//! The file of mixtures: what `gmm3d` applies to volumes.
//!
//! # Format, version 1
//!
//! RON text of one [`MixtureFile`]: `format` (`"outcrop mixtures"`), `version`,
//! what it was `made_by`, names of the `attributes` in order, of the `facies` and
//! how many `voxels` were picked of each; the `scaling` (mean and deviation of each
//! attribute); the masks of the `winner`, the `knee` and of what is
//! `best_validated`; and the `combinations`: a mask (bit i is attribute i, counted
//! from 0) and the mixture of each facies in standard units, (value - mean) /
//! deviation, covariances as lower triangles, row by row.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::io::IoError;
use crate::ml::gmm::Mixture;
use crate::ml::selection::{Combination, Scaling, Selection, SizeRow};
use crate::model::{Recipe, printable};
use crate::modules::ModuleError;

const FORMAT: &str = "outcrop mixtures";
const VERSION: u32 = 1;
/// Larger files are none of ours: 4095 combinations of 12 attributes take 60 MB.
const LARGEST: u64 = 1 << 30;

/// The mixtures of the combinations that were kept, as the file holds them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::modules) struct MixtureFile {
    format: String,
    version: u32,
    made_by: String,
    pub attributes: Vec<String>,
    pub facies: Vec<String>,
    pub voxels: Vec<usize>,
    pub scaling: Scaling,
    pub winner: u32,
    pub knee: u32,
    pub best_validated: Option<u32>,
    pub combinations: Vec<Fitted>,
}

/// One combination of attributes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::modules) struct Fitted {
    pub mask: u32,
    pub mixtures: Vec<Mixture>,
}

impl MixtureFile {
    /// The best of each size, and all others that were kept and could be fitted.
    pub(super) fn new(selection: &Selection, kept: &[Combination], recipe: &Recipe) -> Self {
        let mask = |row: &SizeRow| row.indices.iter().fold(0, |mask, i| mask | 1u32 << (i - 1));
        let best = selection.best_masks();
        let mut combinations: Vec<Fitted> = best
            .iter()
            .zip(&selection.mixtures)
            .map(|(&mask, mixtures)| Fitted {
                mask,
                mixtures: mixtures.clone(),
            })
            .collect();
        let others = kept
            .iter()
            .filter(|c| c.is_valid() && !best.contains(&c.mask));
        combinations.extend(others.map(|c| Fitted {
            mask: c.mask,
            mixtures: c.mixtures.clone(),
        }));
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            made_by: recipe.to_string(),
            attributes: selection.attributes.clone(),
            facies: selection.facies.iter().map(|f| f.name.clone()).collect(),
            voxels: selection.facies.iter().map(|f| f.voxels).collect(),
            scaling: selection.scaling.clone(),
            winner: mask(&selection.winner),
            knee: mask(&selection.knee),
            best_validated: selection.best_validated.as_ref().map(mask),
            combinations,
        }
    }

    pub(super) fn text(&self) -> Result<String, ModuleError> {
        let style = ron::ser::PrettyConfig::new().depth_limit(4);
        ron::ser::to_string_pretty(self, style)
            .map_err(|e| ModuleError::Input(format!("the mixtures cannot be written: {e}")))
    }

    /// Reads a file of mixtures; what is not one is told apart from what is damaged.
    pub(in crate::modules) fn read(path: &Path) -> Result<Self, ModuleError> {
        let system = |source| IoError::System {
            path: path.to_owned(),
            action: "reading the mixtures",
            source,
        };
        let wrong = |reason: String| ModuleError::Input(format!("{}: {reason}", path.display()));
        if std::fs::metadata(path).map_err(system)?.len() > LARGEST {
            return Err(wrong("this is no file of mixtures: it is too large".into()));
        }
        let text = std::fs::read_to_string(path).map_err(system)?;
        let file: MixtureFile = ron::from_str(&text).map_err(|e| {
            wrong(printable(&format!(
                "this is no file of mixtures ({e}); give the attribute_selection_mixtures_*.ron of an earlier run"
            )))
        })?;
        if file.format != FORMAT || file.version != VERSION {
            return Err(wrong(format!(
                "the mixtures are of format {} version {}; this program reads {FORMAT} version {VERSION}",
                printable(&file.format),
                file.version
            )));
        }
        file.check().map_err(|what| {
            wrong(format!(
                "the mixtures are damaged: {what}; take an undamaged copy"
            ))
        })?;
        Ok(file)
    }

    /// What is wrong with numbers that someone may have edited; the mixtures
    /// themselves are checked where one is taken.
    fn check(&self) -> Result<(), &'static str> {
        let (n, m) = (self.attributes.len(), self.facies.len());
        if n == 0 || n > 32 {
            return Err("attributes");
        }
        if m == 0 || m > 127 || self.voxels.len() != m {
            return Err("facies");
        }
        let Scaling {
            mean, deviation, ..
        } = &self.scaling;
        if mean.len() != n
            || deviation.len() != n
            || !mean.iter().all(|v| v.is_finite())
            || !deviation.iter().all(|v| *v > 0.0 && v.is_finite())
        {
            return Err("mean or deviation");
        }
        let within = |mask: u32| mask != 0 && u64::from(mask) >> n == 0;
        if !self
            .combinations
            .iter()
            .all(|c| within(c.mask) && c.mixtures.len() == m)
        {
            return Err("combinations");
        }
        Ok(())
    }
}
