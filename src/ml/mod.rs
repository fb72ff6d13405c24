//! Learning from tables: mixtures, attribute selection, forests, folds. Tables and models in, models and tables out; no files.

pub mod folds;
pub mod forest;
