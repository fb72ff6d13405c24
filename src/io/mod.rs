//! Bytes to nouns and back: volumes, training text, polygon files, atomic writes.
//!
//! Everything that reads a volume goes through [`Volume::read`], a box of the
//! grid at a time; everything that writes one block by block, under a
//! temporary name until it is whole.

mod error;
mod pending;
mod volume;

pub use error::IoError;
pub use pending::{
    PolygonFile, TrainingLayout, VolumeWriter, made_by, open, read_training, write_atomically,
    write_training, write_training_volumes, write_volume,
};
pub use volume::{OpenOptions, SampleKind, Volume};
