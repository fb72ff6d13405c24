//! What can go wrong with a map and with the rows that it is fitted to.

use crate::task::Cancelled;

/// An error of generative topographic mapping: what, where, what to try.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum GtmError {
    /// Too few rows for any map.
    #[error(
        "{rows} rows with values in all of {attributes} attributes; a map needs {needed}: take a larger part of the volume, or fewer attributes"
    )]
    TooFewRows {
        /// How many rows there are.
        rows: usize,
        /// How many attributes.
        attributes: usize,
        /// How many rows it needs.
        needed: usize,
    },
    /// Every attribute is constant.
    #[error("no variance: every attribute has one value in all {rows} rows")]
    NoVariance {
        /// How many rows there are.
        rows: usize,
    },
    /// A value that is not a number.
    #[error(
        "attribute {attribute} is null or infinite in row {row}; drop such rows before fitting"
    )]
    NotFinite {
        /// The attribute.
        attribute: String,
        /// The row, from 1.
        row: usize,
    },
    /// An option with a value that makes no sense.
    #[error("{option} {reason}")]
    Option {
        /// The option.
        option: &'static str,
        /// What is wrong with it, and what would do.
        reason: &'static str,
    },
    /// The equations of an update have no solution.
    #[error(
        "update {update} has no solution even with {lambda} as penalty; raise lambda, or take fewer radial functions"
    )]
    Singular {
        /// The update, from 1.
        update: usize,
        /// The last penalty that was tried.
        lambda: f64,
    },
    /// A facies without rows.
    #[error(
        "facies {name} has no voxel with values in all attributes; draw polygons where there are data"
    )]
    EmptyFacies {
        /// The facies.
        name: String,
    },
    /// Stopped on request.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
