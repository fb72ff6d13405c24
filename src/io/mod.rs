//! Bytes to nouns and back: volumes, training text, polygon files, atomic writes.
//!
//! Everything that reads a volume goes through [`Volume::read`], a box of the
//! grid at a time; everything that writes one block by block, under a
//! temporary name until it is whole.

mod error;
mod pending;
mod volume;

pub use error::IoError;
pub use pending::{VolumeWriter, made_by, open, write_atomically};
pub use volume::{OpenOptions, SampleKind, Volume};
