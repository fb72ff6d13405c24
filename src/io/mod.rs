//! Bytes to nouns and back: volumes, training text, polygon files, atomic writes.
//!
//! Everything that reads a volume goes through [`Volume::read`], a box of the
//! grid at a time; everything that writes one goes through [`VolumeWriter`] block
//! by block, under a temporary name until it is whole.

mod atomic;
mod bricks;
mod cache;
mod carried;
mod columns;
mod convert;
mod cuts;
mod doctor;
mod error;
#[cfg(test)]
mod evidence;
mod facts;
mod horizons;
mod las;
mod logs;
mod npy;
mod open;
mod outlines;
mod polygons;
mod samples;
mod segy;
mod seplib;
mod slices;
mod source;
mod statistics;
mod traces;
mod track;
mod training;
mod volume;
mod wells;
mod writer;

pub use atomic::{remove_abandoned, write_atomically};
pub use bricks::{BrickBuilder, BrickMemory, Bricks, Scale, Sum};
pub use cache::{Stamp, kept_folder};
pub use convert::convert;
pub use cuts::cut;
pub use doctor::{
    BinaryField, Candidate, Diagnosis, Ground, MapCell, MapState, TraceMap, diagnose, glance,
};
pub use error::IoError;
pub use facts::{AxisFacts, Facts, HeaderBytes, SampleFacts, facts};
pub use horizons::read_horizon;
pub use las::{Curve, CurveValues, Las, read_las};
pub use logs::read_logged_well;
pub use open::open;
pub use outlines::{
    OutlineFormat, OutlineOptions, Survey, SurveyMap, read_outlines, write_outlines,
};
pub use polygons::{PolygonFile, append_polygons, read_polygons, write_polygons};
pub use samples::decode_ibm;
pub use segy::{HeaderScan, HeaderTally, ScanReport, ScannedHeaders, SegyVolume, WordFacts};
pub use seplib::SeplibVolume;
pub use slices::{write_csv, write_npy};
pub use statistics::Statistics;
pub use track::{TracePosition, track};
pub use training::{
    ClassColumn, PreviewLine, TrainingFormat, TrainingPreview, TrainingText, preview_training,
    read_training, read_training_volumes, seven_digits, write_training, write_training_volumes,
};
pub use volume::{Certainty, OpenOptions, SampleKind, Template, Volume};
pub use wells::read_well;
pub use writer::VolumeWriter;
