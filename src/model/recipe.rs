//! Where an output came from, said so that it is the same on every machine.

use serde::{Deserialize, Serialize};

/// What made a volume or a table: written into its history.
///
/// It holds no date, host or path: the same request gives the same bytes
/// wherever it runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipe {
    /// The module.
    pub module: String,
    /// Program version.
    pub version: String,
    /// First 12 hexadecimal digits of the request's BLAKE3 hash.
    pub request: String,
}

impl std::fmt::Display for Recipe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "outcrop {} {} request {}",
            self.version, self.module, self.request
        )
    }
}
