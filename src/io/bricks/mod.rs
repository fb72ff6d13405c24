//! The bricked copy of a volume: what the screen reads in place of it.
//!
//! Volumes lie trace after trace, which makes a time slice the dearest thing to
//! read. The copy holds the same volume as 8-bit display levels in small cubes,
//! so that a slice in any direction reads about the same, small, number of
//! bytes; with a pyramid of thinner volumes for zooming out, and on request with
//! the true values as float32.
//!
//! It is a cache and nothing else: it says which file it was made from, is
//! rebuilt when that changes, and a brick that fails its checksum is not used.
//!
//! # Format
//!
//! Little-endian throughout; `P` is a page of 4096 bytes.
//!
//! ```text
//! 0      b"OUTCBRK1"           magic, with the version of the format
//! 8      u32                   length of the header
//! 12     u32                   CRC-32 of the header
//! 16     header                postcard: stamps of the source, grid, order, scale, ...
//! P      u32 x bricks          CRC-32 of each brick, begun with the brick's number
//! to P   bricks of level 0, 1, 2, ...; then the float bricks, if there are any
//! ```
//!
//! * **Levels.** Code 0 is null; code `c` from 1 to 255 is the value
//!   `origin + c * step` of the [`Scale`]. The scale spans the 0.1st to the
//!   99.9th percentile of a sample of traces; what lies outside saturates.
//! * **Pyramid.** Level `n + 1` has half the inlines and half the crosslines of
//!   level `n`, each voxel the mean of the live ones of four; levels go on until
//!   a time slice has at most 128 x 128 voxels. Samples are never thinned nor
//!   averaged along a trace: the mean of a wave over its period is nothing, and a
//!   time slice at an eighth of the traces must still show that time.
//! * **Bricks** hold 32 x 32 x 32 voxels, in order of inline, crossline and
//!   sample with sample fastest; those at the edges are filled up with zeros. In
//!   a brick, voxels lie in blocks of 4 x 4 x 4, again sample fastest: 64 levels,
//!   one line of a processor's cache, of which a slice in any direction uses a
//!   quarter. (One byte in 64 would be used on a time slice otherwise.)
//!
//! The copy takes a third of the source where that holds float32: a quarter for
//! the levels, a twelfth for the pyramid.

mod brick;
mod build;
mod header;
mod layout;
mod memory;
mod pyramid;
mod reader;
mod scale;
#[cfg(test)]
mod tests;

pub use build::{BrickBuilder, Sum};
pub use memory::BrickMemory;
pub use reader::Bricks;
pub use scale::Scale;
