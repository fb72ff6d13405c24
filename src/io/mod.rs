//! Bytes to nouns and back: volumes, training text, polygon files, atomic writes.
//!
//! Everything that reads a volume goes through [`Volume::read`], a box of the
//! grid at a time; everything that writes one goes through [`VolumeWriter`] block
//! by block, under a temporary name until it is whole.

mod atomic;
mod error;
#[cfg(test)]
mod evidence;
mod facts;
mod npy;
mod open;
mod pending;
mod samples;
mod segy;
mod seplib;
mod source;
mod statistics;
mod traces;
mod volume;
mod writer;

pub use atomic::write_atomically;
pub use error::IoError;
pub use facts::{AxisFacts, Facts, HeaderBytes, SampleFacts, facts};
pub use open::open;
pub use pending::{
    PolygonFile, TrainingLayout, read_training, write_csv, write_npy, write_training,
    write_training_volumes, write_volume,
};
pub use segy::SegyVolume;
pub use seplib::SeplibVolume;
pub use statistics::Statistics;
pub use volume::{OpenOptions, SampleKind, Template, Volume};
pub use writer::VolumeWriter;
