//! AASPI and SEPlib volumes: an ASCII history `name.H` that points to samples in
//! another file (`in=`), or carries them after a mark as Madagascar's `.rsf` may.

mod history;
mod reader;
#[cfg(test)]
mod tests;
mod writer;

pub(super) use history::parse as keys;
pub use reader::SeplibVolume;
pub(super) use writer::history;
