//! SEG-Y revisions 0 to 2.1 and Seismic Unix files: every sample format but 4
//! (fixed point with gain), in either byte order, sorted by inline, by crossline
//! or not at all.
//!
//! `layout` tells how a file is cut, `survey` what grid its traces fill (by a
//! `trial` of pairs of header bytes, from all headers, read by `scan`, or from a
//! few, read by `probe`), `index` which trace lies where, `reader` gives samples and `writer` makes a file like
//! another one.

mod binary;
mod carried;
mod facts;
#[cfg(test)]
pub(super) mod fixture;
mod header;
mod index;
mod layout;
mod position;
mod probe;
mod reader;
mod scan;
mod su;
mod survey;
#[cfg(test)]
mod tests;
mod text;
mod trial;
mod writer;

pub(super) use carried::carry;
pub(super) use index::Index;
pub(super) use reader::SegyFile;
pub use reader::SegyVolume;
pub(super) use su::exact as looks_like_su;
pub(super) use writer::SegyPlan;
