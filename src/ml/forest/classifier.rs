//! A forest that classifies: trees with the names of what they read and tell apart.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::grow::bootstrap;
use super::predict::{Ready, TILE, Tile, winner};
use super::{ForestError, ForestOptions, Rows, Seeding, Tree, grow, training_rows};
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
    /// Smallest and largest training value of each attribute.
    pub ranges: Vec<(f32, f32)>,
    trees: Vec<Tree>,
    #[serde(skip)]
    ready: Ready,
}

/// A forest as it was read: not yet checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename = "Forest")]
struct Written {
    attributes: Vec<String>,
    classes: Vec<String>,
    codes: Vec<i32>,
    ranges: Vec<(f32, f32)>,
    trees: Vec<Tree>,
}

impl TryFrom<Written> for Forest {
    type Error = ForestError;

    fn try_from(written: Written) -> Result<Self, ForestError> {
        let Written {
            attributes,
            classes,
            codes,
            ranges,
            trees,
        } = written;
        let damaged = |reason: String| Err(ForestError::Damaged { reason });
        if classes.is_empty() || codes.len() != classes.len() {
            let (classes, codes) = (classes.len(), codes.len());
            return damaged(format!("it has {classes} classes and {codes} codes"));
        }
        if ranges.len() != attributes.len() {
            let (names, ranges) = (attributes.len(), ranges.len());
            return damaged(format!("it has {names} attributes and {ranges} ranges"));
        }
        if trees.is_empty() {
            return damaged("it has no trees".into());
        }
        for tree in &trees {
            tree.check(attributes.len(), classes.len())?;
        }
        Ok(Self {
            ready: Ready::new(&trees, attributes.len(), classes.len())?,
            attributes,
            classes,
            codes,
            ranges,
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
        Self::new(table, trees)
    }

    /// A forest of trees that were grown on a table, or on some of its rows.
    pub fn new(table: &TrainingTable, trees: Vec<Tree>) -> Result<Self, ForestError> {
        let range = |column: ndarray::ArrayView1<f32>| {
            let low = column.iter().copied().fold(f32::INFINITY, f32::min);
            (
                low,
                column.iter().copied().fold(f32::NEG_INFINITY, f32::max),
            )
        };
        Ok(Self {
            ready: Ready::new(&trees, table.attributes.len(), table.classes.len())?,
            attributes: table.attributes.clone(),
            classes: table.classes.clone(),
            codes: table.codes.clone(),
            ranges: table.values.columns().into_iter().map(range).collect(),
            trees,
        })
    }

    /// The same forest, without the instructions that [`Forest::permuted`] trees use: to
    /// compare the two ways, which tell the same to the last bit.
    pub fn portable(self) -> Result<Self, ForestError> {
        let (attributes, classes) = (self.attributes.len(), self.classes.len());
        Ok(Self {
            ready: Ready::portable(&self.trees, attributes, classes)?,
            ..self
        })
    }

    /// How many of its trees rows descend by the byte permutes of AVX-512 VBMI: those of
    /// ten levels or fewer, where the processor has them and the attributes are at most
    /// 16 (fewer where one has more than 255 thresholds).
    pub fn permuted(&self) -> usize {
        self.ready.perfect()
    }

    /// Its trees.
    pub fn trees(&self) -> &[Tree] {
        &self.trees
    }

    #[cfg(test)]
    pub(super) fn tree_mut(&mut self, tree: usize) -> &mut Tree {
        &mut self.trees[tree]
    }

    /// All thresholds on an attribute, ascending, as often as nodes ask for them.
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

    /// Marks rows in which an attribute lies beyond the training values: there a
    /// forest goes on with what it knows of the nearest ones. Rows with a null
    /// are not marked.
    pub fn outside(&self, columns: &[&[f32]], outside: &mut [bool]) {
        outside.fill(false);
        for (column, (low, high)) in columns.iter().zip(&self.ranges) {
            for (outside, x) in outside.iter_mut().zip(*column) {
                *outside |= x < low || x > high;
            }
        }
        for column in columns {
            for (outside, x) in outside.iter_mut().zip(*column) {
                *outside &= !x.is_nan();
            }
        }
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
        let tile = || Tile::new(&self.ready);
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
        tile.load(&self.ready, columns, start, place.len());
        for (v, place) in place.iter_mut().enumerate() {
            *place = u16::from(!tile.null(v));
        }
        if place.iter().all(|&p| p == 0) {
            return Ok(());
        }
        tile.add(&self.ready, 0..self.ready.len());
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
        // A few trees at a time, each with what it drew.
        const TREES: usize = 16;
        let mut times = vec![vec![0_u16; rows.len()]; TREES];
        for first in (0..self.trees.len()).step_by(TREES) {
            task.check()?;
            let trees = first..(first + TREES).min(self.trees.len());
            times
                .par_iter_mut()
                .zip(trees.clone())
                .for_each(|(times, tree)| bootstrap(&mut seeding.tree(tree), times));
            sums.par_chunks_mut(TILE * classes)
                .enumerate()
                .for_each_init(
                    || Tile::new(&self.ready),
                    |tile, (i, sums)| {
                        let start = i * TILE;
                        let width = sums.len() / classes;
                        tile.load(&self.ready, &columns, start, width);
                        for (tree, times) in trees.clone().zip(&times) {
                            tile.add_where(&self.ready, tree, |v| times[start + v] == 0);
                        }
                        for (v, sums) in sums.chunks_exact_mut(classes).enumerate() {
                            sums.iter_mut().zip(tile.sums(v)).for_each(|(s, x)| *s += x);
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
