//! A well with a log: what was measured, where in the survey.

use serde::{Deserialize, Serialize};

/// A log along the path of a well, in survey numbers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoggedWell {
    /// Name of the well.
    pub name: String,
    /// Inline and crossline (between lines in fractions) and time (ms, or depth) of
    /// each value.
    pub places: Vec<[f64; 3]>,
    /// One value a place; none of them null.
    pub values: LogValues,
}

/// The values of a log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum LogValues {
    /// A property, or codes of classes.
    Numbers(Vec<f64>),
    /// Names of classes.
    Words(Vec<String>),
}

impl Default for LogValues {
    fn default() -> Self {
        LogValues::Numbers(Vec::new())
    }
}
