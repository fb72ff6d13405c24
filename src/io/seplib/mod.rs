//! AASPI and SEPlib volumes: an ASCII history `name.H` that points to samples in
//! another file (`in=`), or carries them after a mark as Madagascar's `.rsf` may.
//!
//! ```text
//! name.H       history                     history: text and keys, axes: the grid
//! name.H@      samples                     pointer: where `in` and its like lead
//! name.H@@     header format file (hff=)   records: words of a trace and their keys
//! name.H@@@    header words                headers: which trace lies where, positions
//! name.H@@@@   grid format file (gff=)     headers
//! ```
//!
//! `reader` gives samples; `writer` and `words` make the text and the trace
//! headers of an output, which `io::writer` puts on disk.

mod axes;
mod headers;
mod history;
mod pointer;
mod reader;
mod records;
#[cfg(test)]
mod tests;
mod words;
mod writer;

pub(super) use history::parse as keys;
pub use reader::SeplibVolume;
pub(super) use words::HeaderWords;
pub(super) use writer::history;
