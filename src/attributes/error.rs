//! What can go wrong between an amplitude volume and its attributes.

use crate::task::Cancelled;

/// An error of an attribute computation: what, and what to try.
#[derive(Debug, thiserror::Error)]
pub enum AttributeError {
    /// No attribute of this name.
    #[error("there is no attribute `{name}`; there are {known}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// A value that an option cannot take.
    #[error("{option}: {reason}")]
    Option {
        /// The option.
        option: &'static str,
        /// What is wrong and what would do.
        reason: String,
    },
    /// An amplitude volume that has no amplitudes.
    #[error(
        "the amplitude volume holds nothing but nulls and zeros; is it the right file, and read with the right sample format?"
    )]
    Nothing,
    /// A slab whose core lies outside it.
    #[error("lines {from} to {to} were asked of a slab of {lines} lines")]
    Core {
        /// First core line.
        from: usize,
        /// One past the last core line.
        to: usize,
        /// Lines of the slab.
        lines: usize,
    },
    /// Stopped on request.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
