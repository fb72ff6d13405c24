//! Statistical learning on tables of attribute values: mixtures, the choice of
//! attributes, forests. Nothing here knows a volume, a file or a screen.

mod error;
pub mod gmm;
pub mod selection;

pub use error::MlError;
