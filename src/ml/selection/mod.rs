//! Which attributes tell the facies apart: every combination of candidate
//! attributes scored by the distance between the facies' mixtures, and checked
//! on polygons that took no part in the fit.
//!
//! Steps (AASPI course notes, 2021):
//!
//! 1. [`Search::new`] standardises the attributes over all training rows and
//!    draws at most so many rows a facies.
//! 2. [`Search::evaluate`] fits, for one combination, a Gaussian mixture to each
//!    facies and sums the Bhattacharyya distances between their clusters. The
//!    combinations are dealt out in chunks that give a [`Tally`] each.
//! 3. [`Search::summarise`] names the best combination of each size, the
//!    winner, and the knee.
//! 4. [`validate`] fits those again without some polygons and predicts them.
//!
//! **What the score cannot say.** The distance between two Gaussians never
//! falls when an attribute is added, so the winner tends to hold all
//! attributes; where it does not, the number of clusters or the covariance
//! model changed on the way. The knee (fewest attributes with 95 % of the
//! largest score) and the held-out accuracy answer the interpreter's question.
//!
//! **What the notes leave open, and what is done here.** The number of clusters
//! is the largest allowed; BIC chooses up to it. The likelihood in BIC is that of
//! the partition, as CEM maximises it. Of the SEM iterations the one of the
//! largest mixture likelihood goes on, provided that every cluster has at least
//! 5 % of its facies (without that limit two or three close voxels win). Distances
//! between clusters of one facies do not count, since splitting a facies is not
//! separating two; nor is the sum divided by the number of combinations, which
//! cannot change the best of a size but fixes the size at all attributes. The
//! literal equation stands beside every score.

mod bound;
mod combination;
mod hold_out;
mod marginal;
mod options;
mod plan;
mod removal;
mod rows;
mod search;
mod summary;
mod tally;
mod validation;

pub use bound::Proof;
pub use combination::{Combination, attributes_of, in_order};
pub use hold_out::{HoldOut, Split};
pub use marginal::{Distances, Marginals, score_marginals};
pub use options::{Estimator, Normalisation, Priors, Scope, SelectionOptions};
pub use plan::Plan;
pub use rows::Scaling;
pub use search::Search;
pub use summary::{FaciesCount, Ranked, Selection, SizeCount, SizeRow};
pub use tally::{Mark, SizeTally, Tally};
pub use validation::{HeldOut, Validation, validate};
