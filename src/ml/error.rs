//! What can go wrong with training rows and with what is fitted to them.

use crate::task::Cancelled;

/// An error of mixtures and of attribute selection: what, where, what to try.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MlError {
    /// Nothing to tell apart.
    #[error(
        "attribute selection tells facies apart and needs at least 2 of them; the training rows have {count}"
    )]
    TooFewFacies {
        /// How many facies there are.
        count: usize,
    },
    /// A facies with too few rows for any statistics.
    #[error(
        "facies {facies} has {voxels} voxels; at least {needed} are needed: draw more polygons, or leave the facies out"
    )]
    TooFewVoxels {
        /// The facies.
        facies: String,
        /// How many rows it has.
        voxels: usize,
        /// How many it must have.
        needed: usize,
    },
    /// A value that is not a number.
    #[error(
        "attribute {attribute} is null or infinite in training row {row}; drop such rows before fitting"
    )]
    NotFinite {
        /// The attribute.
        attribute: String,
        /// The row, from 1.
        row: usize,
    },
    /// Every attribute is constant or excluded.
    #[error("no attribute is left to select from: {reason}")]
    NoAttributes {
        /// Why.
        reason: String,
    },
    /// An attribute that must be chosen but cannot be.
    #[error("attribute {name} must be in every combination, but {reason}; include another")]
    Included {
        /// The attribute.
        name: String,
        /// Why it cannot.
        reason: &'static str,
    },
    /// More combinations than can be tried one by one.
    #[error(
        "{count} attributes make {combinations} combinations; at most {limit} can be searched: limit the sizes, exclude or include some, or take the estimator `marginal`"
    )]
    TooManyCombinations {
        /// How many attributes may be chosen.
        count: usize,
        /// Their combinations.
        combinations: u64,
        /// The largest number.
        limit: u64,
    },
    /// A name that no attribute has.
    #[error("there is no attribute `{name}`; there are {known}")]
    UnknownAttribute {
        /// The name.
        name: String,
        /// The names there are.
        known: String,
    },
    /// Sizes and included attributes that no combination meets.
    #[error(
        "no combination has {smallest} to {largest} of the {usable} attributes and all {included} that must be in it; widen the sizes or include fewer"
    )]
    NoCombinations {
        /// Smallest size asked for.
        smallest: usize,
        /// Largest size asked for.
        largest: usize,
        /// How many attributes can be chosen from.
        usable: usize,
        /// How many must be in every combination.
        included: usize,
    },
    /// No combination could be fitted.
    #[error(
        "no combination could be fitted for all facies; draw more polygons, or allow simpler covariance models"
    )]
    NothingFitted,
    /// An option with a value that makes no sense.
    #[error("{option} {reason}")]
    Option {
        /// The option.
        option: &'static str,
        /// What is wrong with it, and what would do.
        reason: &'static str,
    },
    /// A covariance that is not positive definite, or components of different dimension.
    #[error(
        "two Gaussians cannot be compared: their covariances must be positive definite and of one dimension"
    )]
    NotComparable,
    /// Stopped on request.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
