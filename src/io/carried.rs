//! What one trace's header tells that the headers of another container can hold
//! too: line numbers follow from the grid, so it is the position and whether the
//! trace is live.

use super::{IoError, Template};
use crate::model::Pick;

/// The part of a trace header that every container with trace headers has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Carried {
    /// X and y of the trace in the lengths of the file.
    pub(super) position: Option<(f64, f64)>,
    /// False for padding and for traces flagged as dead.
    pub(super) live: bool,
}

impl Template<'_> {
    /// True where there are trace headers to carry.
    pub(super) fn carries(&self) -> bool {
        match self {
            Template::Plain => false,
            Template::Segy(_) => true,
            Template::Seplib(volume) => volume.headers.is_some(),
        }
    }

    /// What the headers along one inline tell.
    pub(super) fn carried(&self, inline: usize, crosslines: Pick) -> Result<Vec<Carried>, IoError> {
        let nothing = Carried {
            position: None,
            live: true,
        };
        match self {
            Template::Plain => Ok(vec![nothing; crosslines.count]),
            Template::Segy(volume) => volume.carried(inline, crosslines),
            Template::Seplib(volume) => match &volume.headers {
                Some(headers) => headers.carried(inline, crosslines),
                None => Ok(vec![nothing; crosslines.count]),
            },
        }
    }
}
