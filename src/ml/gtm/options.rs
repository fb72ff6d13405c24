//! What a fit may be told.

use serde::{Deserialize, Serialize};

use super::GtmError;

/// How a map is fitted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GtmOptions {
    /// Nodes along a side of the sheet.
    pub grid: usize,
    /// Radial functions along a side.
    pub rbf: usize,
    /// Width of a radial function, in distances between two of them.
    pub width: f64,
    /// Penalty on the weights.
    pub lambda: f64,
    /// Most updates.
    pub iterations: usize,
    /// Relative change of the log-likelihood that ends the fit.
    pub tolerance: f64,
}

impl Default for GtmOptions {
    fn default() -> GtmOptions {
        GtmOptions {
            grid: 16,
            rbf: 4,
            width: 1.0,
            lambda: 0.1,
            iterations: 100,
            tolerance: 1e-4,
        }
    }
}

impl GtmOptions {
    /// An error for values that make no sense.
    pub fn check(&self) -> Result<(), GtmError> {
        let positive = |v: f64| v > 0.0 && v.is_finite();
        let wrong = |option, reason| Err(GtmError::Option { option, reason });
        if !(1..=64).contains(&self.grid) {
            return wrong("grid", "must be 1 to 64 nodes a side");
        }
        if !(1..=24).contains(&self.rbf) {
            return wrong("rbf", "must be 1 to 24 radial functions a side");
        }
        if !positive(self.width) {
            return wrong("width", "must be above 0; 1 suits most volumes");
        }
        if !positive(self.lambda) {
            return wrong("lambda", "must be above 0; 0.1 suits most volumes");
        }
        if !(self.tolerance >= 0.0 && self.tolerance.is_finite()) {
            return wrong("tolerance", "must be 0 or more");
        }
        Ok(())
    }
}
