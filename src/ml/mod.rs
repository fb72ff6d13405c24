//! Statistical learning on tables of attribute values: mixtures, the choice of
//! attributes, forests, folds. Nothing here knows a volume, a file or a screen.

mod error;
pub mod folds;
pub mod forest;
pub mod gmm;
pub mod gtm;
mod lanes;
pub mod selection;

pub use error::MlError;
