//! SEG-Y revisions 0 to 2.1 and Seismic Unix files: every sample format but 4
//! (fixed point with gain), in either byte order, sorted by inline, by crossline
//! or not at all.
//!
//! `layout` tells how a file is cut and what it has `described` itself, `survey` what grid its traces fill: a `trial`
//! of pairs of header bytes, from all headers (`scan`) or from a few (`probe`), as
//! `stretch`es of traces that `placing` puts into bins. `index` tells which trace
//! lies where; `geometry` is all of that, `kept` keeps it. `reader` gives samples
//! and `writer` makes a file like another one. `diagnosis` tells what is odd, with the
//! `pairs` of bytes that may hold line numbers and a `map` of the traces.

mod binary;
mod carried;
mod described;
mod diagnosis;
mod facts;
#[cfg(test)]
pub(super) mod fixture;
mod geometry;
mod header;
mod header_scan;
mod index;
mod kept;
mod layout;
mod map;
mod pairs;
mod placing;
mod position;
mod probe;
mod reader;
mod refusal;
mod scan;
mod stretch;
mod su;
mod survey;
#[cfg(test)]
mod tests;
mod text;
mod trial;
mod words;
mod writer;

pub(super) use carried::carry;
pub(super) use diagnosis::diagnose;
pub use header_scan::{HeaderScan, ScanReport, ScannedHeaders};
pub(super) use index::Index;
pub(super) use reader::SegyFile;
pub use reader::SegyVolume;
pub use scan::HeaderTally;
pub(super) use su::exact as looks_like_su;
pub(super) use survey::Effort;
pub use words::WordFacts;
pub(super) use writer::SegyPlan;
