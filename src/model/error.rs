//! What can be wrong with the nouns themselves.

/// An error of the model: a range, a polygon or a table that makes no sense.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ModelError {
    /// A range that is not written `first:last[:step]`.
    #[error("range `{text}` is not first:last or first:last:step; try 100:200 or 100:200:2")]
    RangeSyntax {
        /// What was written.
        text: String,
    },
    /// A range with nothing of the survey in it.
    #[error(
        "{axis} {first}:{last} lie outside the volume, which holds {low} to {high}; try {low}:{high}"
    )]
    RangeOutside {
        /// Which axis.
        axis: &'static str,
        /// First value asked for.
        first: f64,
        /// Last value asked for.
        last: f64,
        /// Smallest value of the axis.
        low: f64,
        /// Largest value of the axis.
        high: f64,
    },
    /// A step that is no multiple of the axis step.
    #[error(
        "{axis} step {step} is not a multiple of the volume's step {axis_step}; try {axis_step}"
    )]
    RangeStep {
        /// Which axis.
        axis: &'static str,
        /// Step asked for.
        step: f64,
        /// Step of the axis.
        axis_step: f64,
    },
    /// A polygon without an inside.
    #[error("polygon {id}: {reason}; a polygon needs at least 3 different vertices around an area")]
    Polygon {
        /// Identifier of the polygon.
        id: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}
