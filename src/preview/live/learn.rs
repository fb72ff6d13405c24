//! The small forest, kept as long as its rows are the same.

use ndarray::Array2;

use super::super::gather::Gathered;
use super::{LiveQuestion, quiet};
use crate::ml::forest::{ClassWeight, Forest, ForestOptions};
use crate::model::TrainingTable;
use crate::task::Cancel;

/// Trees of the forest, and their depth.
const TREES: usize = 24;
const DEPTH: usize = 8;
/// Most voxels of all facies that are learnt from.
const MOST_ROWS: usize = 2400;
/// Any number: the same rows give the same forest.
const SEED: u64 = 20_211_011;

/// What was learnt last.
#[derive(Default)]
pub(super) struct Learner {
    known: Option<(TrainingTable, Forest)>,
}

impl Learner {
    /// The forest of what the polygons hold, and its rows; nothing where it was cancelled, and a
    /// reason where nothing can be learnt.
    pub(super) fn learn(
        &mut self,
        question: &LiveQuestion,
        gathered: &Gathered,
        cancel: &dyn Cancel,
    ) -> Result<Option<(&Forest, &TrainingTable)>, String> {
        if question.attributes.is_empty() {
            return Err("there is no attribute volume yet; Space m computes some".to_owned());
        }
        let table = table(question, gathered);
        if table.classes.len() < 2 {
            return Err("two facies need voxels with all attributes; draw another".to_owned());
        }
        let same = self.known.as_ref().is_some_and(|(t, _)| *t == table);
        if !same {
            let options = ForestOptions {
                max_depth: DEPTH,
                class_weight: ClassWeight::Balanced,
                ..ForestOptions::default()
            };
            let grown = Forest::grow(&table, &options, TREES, SEED, &quiet(cancel));
            if cancel.cancelled() {
                return Ok(None);
            }
            self.known = Some((table, grown.map_err(|error| error.to_string())?));
        }
        Ok(self.known.as_ref().map(|(table, forest)| (forest, table)))
    }
}

/// Rows of the facies that have any, as many of each at most and evenly from its
/// polygons.
fn table(question: &LiveQuestion, gathered: &Gathered) -> TrainingTable {
    let volumes = question.volumes();
    let mut table = TrainingTable {
        attributes: question.attributes.iter().map(|(n, _)| n.clone()).collect(),
        ..TrainingTable::default()
    };
    let most = MOST_ROWS / question.facies.len().max(1);
    let mut values: Vec<f32> = Vec::new();
    for (m, facies) in question.facies.iter().enumerate() {
        let own = question.polygons.iter().filter(|p| p.facies == *facies);
        let own: Vec<_> = own.filter_map(|p| gathered.inside(&p.id)).collect();
        let held: usize = own.iter().map(|inside| inside.points.len()).sum();
        let every = held.div_ceil(most.max(1)).max(1);
        let class = table.classes.len() as u16;
        let before = table.class.len();
        for inside in own {
            for (_, row) in inside.rows(&volumes, every) {
                values.extend(row.iter().map(|v| *v as f32));
                table.class.push(class);
            }
        }
        if table.class.len() > before {
            table.classes.push(facies.clone());
            table.codes.push(m as i32 + 1);
        }
    }
    let shape = (table.class.len(), volumes.len());
    table.values = Array2::from_shape_vec(shape, values).unwrap_or_default();
    table
}
