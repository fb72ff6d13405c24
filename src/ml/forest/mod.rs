//! Random forests (Breiman 2001): classification trees, each grown on its own
//! bootstrap sample with a few attributes drawn at every node.
//!
//! **Model.** A tree splits a node where the Gini impurity
//! `i = 1 - sum_k p_k^2` falls most: `Delta i = i - p_l i_l - p_r i_r`. Attributes
//! are cut into 256 bins of nearly equally many rows first; thresholds lie between
//! bins, midway between two values (between consecutive distinct values where an
//! attribute has no more than 256 of them, or with [`Rows::exactly`]). A leaf holds the class
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
//! **Cost.** Growing: a few nanoseconds a row drawn, attribute drawn and level of a
//! tree. Classifying: 5 to 8 nanoseconds a row and tree of depth 10, 25 where 60,000
//! rows grew it to any depth. Where the processor has AVX-512 VBMI, 64 rows at once are
//! led down trees of depth 10 or less, in 2 nanoseconds each; what they are told is the
//! same to the last bit. All is measured beside scikit-learn by
//! `tests/benches/forest.rs`.
//!
//! **Randomness.** Tree `t` draws from the stream named by seed, fold and `t`:
//! the same seed gives the same bytes on any number of threads.

mod alike;
mod bins;
mod bytes;
mod classifier;
mod error;
mod grow;
mod importance;
mod judge;
mod leaves;
mod options;
mod perfect;
mod permutes;
mod predict;
mod rows;
mod scores;
mod split;
mod stairs;
mod tree;

pub use alike::alike;
pub use classifier::Forest;
pub use error::ForestError;
pub use grow::{Seeding, grow};
pub use importance::{GiniImportance, gini_importance};
pub use judge::{Answers, Buffer, FoldPlan, FoldScores, judge_fold};
pub use options::{ClassWeight, ForestOptions};
pub use rows::{Rows, columns_of};
pub use scores::{Confusion, CountScore, CrossValidation, Reliability, Repeated};
pub use tree::{Node, Tree};

use crate::model::TrainingTable;

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
