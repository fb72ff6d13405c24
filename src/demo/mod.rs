//! The synthetic survey with known facies.
