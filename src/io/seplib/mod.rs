//! AASPI and SEPlib volumes: an ASCII history `name.H` that points to samples in
//! another file (`in=`), or carries them after a mark as Madagascar's `.rsf` may.

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
