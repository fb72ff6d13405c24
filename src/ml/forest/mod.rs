//! Random forests (Breiman 2001): classification trees, each grown on its own
//! bootstrap sample with a few attributes drawn at every node.
//!
//! **Model.** A tree splits a node where the Gini impurity
//! `i = 1 - sum_k p_k^2` falls most: `Delta i = i - p_l i_l - p_r i_r`. Thresholds
//! lie midway between consecutive distinct values. A leaf holds the class
//! fractions of its training rows; a forest averages the fractions of the leaves
//! that a row falls into, and the class with the highest average wins (the first
//! of equal ones).
//!
//! **Use.** [`Forest::grow`] fits, [`Forest::predict`] classifies blocks of voxels,
//! [`gini_importance`] ranks attributes, [`judge_fold`] and [`CrossValidation`]
//! say how far to trust it, for several tree counts from one forest: the first
//! `n` trees of a forest are a forest.
//!
//! **Units.** Trees compare and never add, so scaling an attribute changes no
//! prediction; scaled by mean and standard deviation, a threshold midway between
//! two values is still midway. Values are therefore taken as they come.
//!
//! **Randomness.** Tree `t` draws from the stream named by seed, fold and `t`:
//! the same seed gives the same bytes on any number of threads.

mod error;
mod grow;
mod importance;
mod judge;
mod options;
mod predict;
mod rows;
mod split;
mod tree;

pub use error::ForestError;
pub use grow::{Seeding, grow};
pub use importance::{GiniImportance, gini_importance};
pub use judge::{Confusion, CountScore, CrossValidation, FoldPlan, FoldScores, judge_fold};
pub use options::{ClassWeight, ForestOptions};
pub use rows::{Rows, columns_of};
pub use tree::{Node, Tree};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use self::predict::{TILE, Tile, winner};
use crate::model::TrainingTable;
use crate::task::{Cancelled, Task};

/// A forest with the names of what it reads and what it tells apart.
///
/// ```
/// use ndarray::array;
/// use outcrop::ml::forest::{Forest, ForestOptions};
/// use outcrop::model::TrainingTable;
/// use outcrop::task::Task;
///
/// let table = TrainingTable {
///     attributes: vec!["coherence".into()],
///     classes: vec!["salt".into(), "layers".into()],
///     codes: vec![1, 2],
///     values: array![[0.1], [0.2], [0.3], [0.8], [0.9], [0.7]],
///     class: vec![0, 0, 0, 1, 1, 1],
///     ..TrainingTable::default()
/// };
/// let forest = Forest::grow(&table, &ForestOptions::default(), 20, 1, &Task::silent())?;
/// let mut place = [0; 3];
/// forest.predict(&[&[0.15, 0.85, f32::NAN]], &mut place, None, &Task::silent())?;
/// assert_eq!(place, [1, 2, 0]);
/// # Ok::<(), outcrop::ml::forest::ForestError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct Forest {
    /// Names of the attributes, in the order in which values are given.
    pub attributes: Vec<String>,
    /// Names of the classes.
    pub classes: Vec<String>,
    /// The code of each class in class volumes.
    pub codes: Vec<i32>,
    trees: Vec<Tree>,
}

/// A forest as it was read: not yet checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename = "Forest")]
struct Written {
    attributes: Vec<String>,
    classes: Vec<String>,
    codes: Vec<i32>,
    trees: Vec<Tree>,
}

impl TryFrom<Written> for Forest {
    type Error = ForestError;

    fn try_from(written: Written) -> Result<Self, ForestError> {
        let Written {
            attributes,
            classes,
            codes,
            trees,
        } = written;
        if classes.is_empty() || codes.len() != classes.len() {
            return Err(ForestError::Damaged {
                reason: format!("it has {} classes and {} codes", classes.len(), codes.len()),
            });
        }
        for tree in &trees {
            tree.check(attributes.len(), classes.len())?;
        }
        Ok(Self {
            attributes,
            classes,
            codes,
            trees,
        })
    }
}

impl Forest {
    /// Grows the forest of a whole training table.
    pub fn grow(
        table: &TrainingTable,
        options: &ForestOptions,
        trees: usize,
        seed: u64,
        task: &Task,
    ) -> Result<Self, ForestError> {
        let rows = training_rows(table)?;
        let seeding = Seeding { seed, fold: 0 };
        let trees = grow(&rows, options, 0..trees, seeding, task)?;
        Ok(Self::new(table, trees))
    }

    /// A forest of trees that were grown on a table.
    pub fn new(table: &TrainingTable, trees: Vec<Tree>) -> Self {
        Self {
            attributes: table.attributes.clone(),
            classes: table.classes.clone(),
            codes: table.codes.clone(),
            trees,
        }
    }

    /// Its trees.
    pub fn trees(&self) -> &[Tree] {
        &self.trees
    }

    /// All thresholds on an attribute, ascending.
    pub fn thresholds(&self, attribute: usize) -> Vec<f32> {
        let nodes = self.trees.iter().flat_map(Tree::nodes);
        let mut list: Vec<f32> = nodes
            .filter(|node| usize::from(node.attribute) == attribute)
            .map(|node| node.threshold)
            .filter(|threshold| threshold.is_finite())
            .collect();
        list.sort_unstable_by(f32::total_cmp);
        list
    }

    /// Classifies rows given by column, one column an attribute, NaN for null.
    ///
    /// `place` becomes the place of each row's class, counted from 1, and 0 where
    /// an attribute is null. `fractions`, rows x classes, becomes the average
    /// class fractions, NaN where an attribute is null. Tiles of rows are spread
    /// over the threads of the pool; a row costs a node visit a tree level.
    /// Reports one unit a row.
    pub fn predict(
        &self,
        columns: &[&[f32]],
        place: &mut [u16],
        fractions: Option<&mut [f32]>,
        task: &Task,
    ) -> Result<(), Cancelled> {
        assert_eq!(
            columns.len(),
            self.attributes.len(),
            "one column an attribute"
        );
        assert!(
            columns.iter().all(|c| c.len() == place.len()),
            "columns are as long as the rows are many"
        );
        let classes = self.classes.len();
        let tile = || Tile::new(columns.len(), classes);
        let Some(fractions) = fractions else {
            return place
                .par_chunks_mut(TILE)
                .enumerate()
                .try_for_each_init(tile, |tile, (i, place)| {
                    self.predict_tile(tile, columns, i * TILE, place, task)
                });
        };
        assert_eq!(
            fractions.len(),
            place.len() * classes,
            "a fraction a row and class"
        );
        place
            .par_chunks_mut(TILE)
            .zip(fractions.par_chunks_mut(TILE * classes))
            .enumerate()
            .try_for_each_init(tile, |tile, (i, (place, fractions))| {
                self.predict_tile(tile, columns, i * TILE, place, task)?;
                for (v, row) in fractions.chunks_exact_mut(classes).enumerate() {
                    for (fraction, sum) in row.iter_mut().zip(tile.sums(v)) {
                        *fraction = if place[v] == 0 {
                            f32::NAN
                        } else {
                            (sum / self.trees.len() as f64) as f32
                        };
                    }
                }
                Ok(())
            })
    }

    fn predict_tile(
        &self,
        tile: &mut Tile,
        columns: &[&[f32]],
        start: usize,
        place: &mut [u16],
        task: &Task,
    ) -> Result<(), Cancelled> {
        task.check()?;
        task.advance(place.len() as u64);
        tile.load(columns, start, place.len());
        for (v, place) in place.iter_mut().enumerate() {
            *place = u16::from(!tile.null(v));
        }
        if place.iter().all(|&p| p == 0) {
            return Ok(());
        }
        for tree in &self.trees {
            tile.add(tree);
        }
        for (v, place) in place.iter_mut().enumerate() {
            if *place > 0 {
                *place = winner(tile.sums(v)) as u16 + 1;
            }
        }
        Ok(())
    }

    /// Accuracy on rows that trees did not draw (Breiman 2001): each training row
    /// is classified by the trees whose bootstrap sample lacks it. `rows` are
    /// those the forest was grown on, in the same order.
    ///
    /// Nothing where every tree drew every row.
    pub fn out_of_bag_accuracy(
        &self,
        rows: &Rows,
        options: &ForestOptions,
        seeding: Seeding,
        task: &Task,
    ) -> Result<Option<f64>, ForestError> {
        if !options.bootstrap {
            return Ok(None);
        }
        let columns = rows.columns();
        let classes = self.classes.len();
        let mut sums = vec![0.0_f64; rows.len() * classes];
        let mut times = vec![0_u16; rows.len()];
        for (t, tree) in self.trees.iter().enumerate() {
            task.check()?;
            grow::bootstrap(&mut seeding.tree(t), &mut times);
            sums.par_chunks_mut(TILE * classes)
                .enumerate()
                .for_each_init(
                    || Tile::new(columns.len(), classes),
                    |tile, (i, sums)| {
                        let start = i * TILE;
                        tile.load(&columns, start, sums.len() / classes);
                        tile.add(tree);
                        for (v, sums) in sums.chunks_exact_mut(classes).enumerate() {
                            if times[start + v] == 0 {
                                sums.iter_mut().zip(tile.sums(v)).for_each(|(s, x)| *s += x);
                            }
                        }
                    },
                );
        }
        let judged = || {
            let rows = sums.chunks_exact(classes).zip(rows.class());
            rows.filter(|(sums, _)| sums.iter().any(|&s| s > 0.0))
        };
        let right = judged().filter(|(sums, class)| winner(sums) == usize::from(**class));
        let (right, all) = (right.count(), judged().count());
        Ok((all > 0).then(|| right as f64 / all as f64))
    }
}

/// The rows of a whole table, refused where no forest can be learnt from them:
/// fewer than five rows, one class only, or no attribute that varies.
pub fn training_rows(table: &TrainingTable) -> Result<Rows, ForestError> {
    const NEEDED: usize = 5;
    if table.len() < NEEDED {
        return Err(ForestError::TooFewRows {
            rows: table.len(),
            needed: NEEDED,
        });
    }
    let all: Vec<usize> = (0..table.len()).collect();
    let rows = Rows::of(table, &all)?;
    let counts = rows.class_counts();
    if let Some(only) = counts.iter().position(|&n| n == rows.len()) {
        return Err(ForestError::OneClass {
            name: table.classes[only].clone(),
        });
    }
    if (0..rows.attributes()).all(|a| rows.constant(a)) {
        return Err(ForestError::AllConstant);
    }
    Ok(rows)
}

#[cfg(test)]
mod tests;
