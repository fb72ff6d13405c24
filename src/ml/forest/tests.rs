//! Forests against known answers.
