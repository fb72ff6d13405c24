//! What can keep a forest from growing.

use crate::task::Cancelled;

/// An error of growing, judging or loading a forest: what, and what to try.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ForestError {
    /// Too few training rows to learn anything.
    #[error("{rows} training rows are too few for a forest; it needs {needed} at least")]
    TooFewRows {
        /// How many there are.
        rows: usize,
        /// How many it takes.
        needed: usize,
    },
    /// A training value that is no number.
    #[error("training row {row} has no number for attribute {attribute}; drop rows with nulls")]
    NotFinite {
        /// The row, from 1.
        row: usize,
        /// The attribute, from 1.
        attribute: usize,
    },
    /// A class index beyond the list of classes.
    #[error("training row {row} has class index {class}, but there are {classes} classes")]
    Class {
        /// The row, from 1.
        row: usize,
        /// What it has.
        class: usize,
        /// How many classes there are.
        classes: usize,
    },
    /// Only one class has rows.
    #[error("all training rows are of class {name}; a forest tells two classes or more apart")]
    OneClass {
        /// That class.
        name: String,
    },
    /// No attribute takes two different values.
    #[error("no attribute varies over the training rows; choose other attributes")]
    AllConstant,
    /// An option that makes no sense for these rows.
    #[error("{name}: {reason}")]
    Option {
        /// The option.
        name: &'static str,
        /// What is wrong and what would do.
        reason: String,
    },
    /// A model read from a file that is no forest.
    #[error("the forest is damaged: {reason}; grow it again")]
    Damaged {
        /// What is wrong with it.
        reason: String,
    },
    /// Stopped on request.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
