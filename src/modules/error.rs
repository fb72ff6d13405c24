//! What can go wrong with a request or in a module.

use crate::attributes::AttributeError;
use crate::io::IoError;
use crate::ml::MlError;
use crate::ml::forest::ForestError;
use crate::ml::gtm::GtmError;
use crate::model::ModelError;
use crate::task::Cancelled;

/// An error of a module: what, where, and what to try.
#[derive(Debug, thiserror::Error)]
pub enum ModuleError {
    /// No module of this name.
    #[error("there is no module `{name}`; there are {known}")]
    UnknownModule {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// A setting that no parameter answers to.
    #[error("{module} has no parameter `{name}`; it has {known}")]
    UnknownParameter {
        /// The module.
        module: &'static str,
        /// What was set.
        name: String,
        /// What could be set.
        known: String,
    },
    /// A value that a parameter cannot take.
    #[error("{name}: {reason}")]
    Parameter {
        /// The parameter.
        name: String,
        /// What is wrong and what would do.
        reason: String,
    },
    /// Inputs that do not fit the module or each other.
    #[error("{0}")]
    Input(String),
    /// A checkpoint that cannot be read back.
    #[error("a checkpoint of this run is unreadable ({reason}); start the run again")]
    Checkpoint {
        /// What the decoder said.
        reason: String,
    },
    /// A file.
    #[error(transparent)]
    Io(#[from] IoError),
    /// Training rows, or what is fitted to them.
    #[error(transparent)]
    Ml(MlError),
    /// Training rows, or options, that no forest grows from.
    #[error(transparent)]
    Forest(ForestError),
    /// A map, or what it is fitted to.
    #[error(transparent)]
    Gtm(GtmError),
    /// An amplitude volume, or an option of its attributes.
    #[error(transparent)]
    Attribute(AttributeError),
    /// A range or a polygon.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Stopped on request.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl From<AttributeError> for ModuleError {
    fn from(error: AttributeError) -> Self {
        match error {
            AttributeError::Cancelled(cancelled) => ModuleError::Cancelled(cancelled),
            other => ModuleError::Attribute(other),
        }
    }
}

impl From<MlError> for ModuleError {
    fn from(error: MlError) -> Self {
        match error {
            MlError::Cancelled(cancelled) => ModuleError::Cancelled(cancelled),
            other => ModuleError::Ml(other),
        }
    }
}

impl From<ForestError> for ModuleError {
    fn from(error: ForestError) -> Self {
        match error {
            ForestError::Cancelled(cancelled) => ModuleError::Cancelled(cancelled),
            other => ModuleError::Forest(other),
        }
    }
}

impl From<GtmError> for ModuleError {
    fn from(error: GtmError) -> Self {
        match error {
            GtmError::Cancelled(cancelled) => ModuleError::Cancelled(cancelled),
            other => ModuleError::Gtm(other),
        }
    }
}

impl ModuleError {
    /// A parameter error.
    pub fn parameter(name: &str, reason: impl Into<String>) -> Self {
        ModuleError::Parameter {
            name: name.to_owned(),
            reason: reason.into(),
        }
    }
}
