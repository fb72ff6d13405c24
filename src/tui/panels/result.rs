//! The result of a run, on the screen that its module has.

use std::path::PathBuf;

use super::{
    Cluster, ClusterFacts, FaciesClusters, ForestPanel, LatentPanel, Panel, SelectionFacts,
    SelectionPanel, SizeClusters, SizeFacts, TableFacts, TablePanel, number,
};
use crate::model::{Facies, printable};
use crate::modules::{ModuleResult, Outcome, Selection, Table, Training};

/// What a result screen says besides the result itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ResultFacts {
    /// Number of the run.
    pub number: u32,
    /// Its module.
    pub module: String,
    /// Seconds that it took.
    pub seconds: f64,
    /// The run directory, where the tables lie as CSV.
    pub folder: PathBuf,
    /// The session's facies, for their marks.
    pub facies: Vec<Facies>,
    /// Where it learnt from.
    pub training: Training,
    /// Node of a latent map on which the voxel under the cursor lies.
    pub node: Option<usize>,
}

impl ResultFacts {
    /// `run 3, ..., took 41 s`.
    pub(super) fn line(&self, middle: &str) -> String {
        let took = number::duration(self.seconds);
        match middle {
            "" => format!("run {}, took {took}", self.number),
            middle => format!("run {}, {middle}, took {took}", self.number),
        }
    }

    /// The facies of a name.
    pub(super) fn facies(&self, name: &str) -> Option<&Facies> {
        self.facies.iter().find(|f| f.name == name)
    }

    /// A panel of tables, beginning with the one of a name.
    pub(super) fn tables(&self, tables: &[Table], first: &str) -> TableFacts {
        TableFacts {
            title: printable(&self.module),
            facts: self.line(""),
            tables: tables.to_vec(),
            first: first.to_owned(),
            folder: Some(self.folder.clone()),
            live: false,
        }
    }
}

/// The screen of a result: that of its module, or its tables where it has none.
pub fn of_result(facts: ResultFacts, outcome: &Outcome) -> Panel {
    match &outcome.result {
        ModuleResult::Selection(found) => {
            let size = |row: &crate::modules::SizeRow| {
                found.best_per_size.iter().position(|b| b.size == row.size)
            };
            let sizes = found.best_per_size.iter().enumerate().map(|(i, row)| {
                let count = found.counts.iter().find(|c| c.size == row.size);
                let stability = found.stability.as_ref().and_then(|s| s.sizes.get(i));
                SizeFacts {
                    attributes: row.indices.iter().map(|i| i.saturating_sub(1)).collect(),
                    score: row.score,
                    eq8: row.eq8,
                    mean: row.mean_over_combinations,
                    held_out: row.held_out_balanced_accuracy,
                    error: row.held_out_standard_error,
                    by_voxel: row.by_voxel_balanced_accuracy,
                    interval: stability.and_then(|s| s.score),
                    gain: stability.and_then(|s| s.gain),
                    frequency: stability.map_or(Vec::new(), |s| s.frequency.clone()),
                    counts: count.map_or([0; 3], |c| [c.combinations, c.clusters, c.comparisons]),
                }
            });
            let of = SelectionFacts {
                attributes: found.attributes.clone(),
                combinations: found.combinations,
                picked: (
                    found.facies.len(),
                    found.facies.iter().map(|f| f.voxels).sum(),
                    found.facies.iter().map(|f| f.polygons).sum(),
                ),
                winner: size(&found.winner).unwrap_or(0),
                knee: size(&found.knee).unwrap_or(0),
                best: found.best_validated.as_ref().and_then(size),
                within: found.one_standard_error.as_ref().and_then(size),
                sizes: sizes.collect(),
                sentences: outcome.sentences.clone(),
                clusters: clusters(found),
            };
            let panel = SelectionPanel::new(facts, of, outcome.tables.clone());
            Panel::Selection(Box::new(panel))
        }
        ModuleResult::Forest(result) => {
            let panel = ForestPanel::new(facts, (**result).clone(), outcome.tables.clone());
            Panel::Forest(Box::new(panel))
        }
        ModuleResult::Map(result) => {
            let panel = LatentPanel::new(facts, (**result).clone(), outcome.tables.clone());
            Panel::Latent(Box::new(panel))
        }
        _ => Panel::Table(Box::new(TablePanel::new(facts.tables(&outcome.tables, "")))),
    }
}

/// What lies behind the best of each size of a selection.
fn clusters(found: &Selection) -> ClusterFacts {
    let Some(details) = &found.details else {
        return ClusterFacts::default();
    };
    let sizes = found.mixtures.iter().zip(&details.fits).zip(&details.pairs);
    let sizes = sizes.map(|((mixtures, fits), pairs)| SizeClusters {
        facies: mixtures
            .iter()
            .zip(fits)
            .map(|(mixture, record)| FaciesClusters {
                model: mixture.model.name().to_owned(),
                bic: mixture.bic,
                floored: mixture.floored,
                clusters: mixture
                    .components
                    .iter()
                    .map(|c| Cluster {
                        share: c.weight,
                        mean: c.mean.clone(),
                        covariance: c.covariance.clone(),
                    })
                    .collect(),
                tried: record
                    .trials
                    .iter()
                    .map(|t| (t.model.name().to_owned(), t.clusters, t.bic))
                    .collect(),
                path: [record.path.sem.clone(), record.path.cem.clone()],
            })
            .collect(),
        pairs: pairs.clone(),
    });
    ClusterFacts {
        facies: found.facies.iter().map(|f| f.name.clone()).collect(),
        sizes: sizes.collect(),
        points: details.points.clone(),
    }
}
