//! Attributes of amplitude, computed in slabs of lines with a halo.
//!
//! [`Attribute`] is the catalogue, [`AttributeOptions`] the parameters,
//! [`Statistics`] the sums over the whole volume that a first pass collects,
//! [`Slab`] a stretch of lines with as many lines on either side as [`halo`]
//! says, and [`compute`](fn@compute) the way from one to the other.
//!
//! What a slab gives depends on nothing but the samples in reach of each voxel:
//! the same survey cut into slabs of any height, on any number of threads, gives
//! the same bytes. Samples are stored in single precision, sums are kept in
//! double.
//!
//! A new attribute has a row in the catalogue, a kernel that works trace by
//! trace, and its reach in [`halo`]. Axes are called as in the AASPI course
//! notes (2021): `x` along increasing crossline index, `y` along increasing
//! inline index, `t` downwards.

mod analytic;
mod catalogue;
mod coherence;
mod compute;
mod convergence;
mod deviation;
mod dip;
mod effort;
mod eigenvalue;
mod error;
mod gaussian;
mod glcm;
mod instantaneous;
mod kuwahara;
mod lanes;
mod options;
#[cfg(test)]
mod oracles;
mod refined;
mod shared;
mod sheet;
mod slab;
mod spectrum;
mod statistics;
mod tensor;
mod window;

pub use catalogue::{Attribute, Kernel};
pub use compute::{Computed, bytes, compute, halo, height};
pub use effort::Effort;
pub use error::AttributeError;
pub use kuwahara::{
    KuwaharaOptions, Layer, Spread, WindowChoice, WindowValue, kuwahara, kuwahara_bytes,
    kuwahara_halo, kuwahara_reach,
};
pub use options::{
    AttributeOptions, Bandwidth, DipUnit, Energy, Footprint, Interpolation, MAX_HALF_HEIGHT, Taper,
};
pub use slab::{Cell, Slab};
pub use statistics::Statistics;
