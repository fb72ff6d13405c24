//! Generative topographic mapping (Bishop, Svensén and Williams 1998): a square
//! sheet bent through the space of the attributes, and every voxel's place on it.
//!
//! # Model
//!
//! K nodes `u_k` lie on a grid over [-1, 1]², and M radial functions on a coarser
//! one. Node k is mapped to `y_k = W^T phi(u_k)` among the attributes, where a
//! Gaussian of variance `1 / beta` in every direction surrounds it; all nodes are
//! equally likely. A voxel x has the responsibilities
//! `r_k = exp(-beta/2 |x - y_k|²) / sum`, and its place on the sheet is their mean.
//!
//! # Steps of a fit
//!
//! 1. Attributes are taken to mean 0 and standard deviation 1; constant ones are
//!    left out.
//! 2. The sheet starts in the plane of the two greatest principal axes.
//! 3. EM: responsibilities of all rows (one pass), then `W` from
//!    `(Phi^T G Phi + lambda/beta I) W = Phi^T R^T X` and `beta` from the mean square
//!    distance. It ends when the log-likelihood changes by less than a tolerance.
//!
//! [`GtmFit`] does one update at a time and can be kept between two of them;
//! [`Gtm`] is the result. [`FaciesMap`] adds the picked voxels: the density of each
//! facies on the sheet, compared with each voxel's responsibilities (Roy et al. 2014;
//! Qi et al. 2016), gives a probability a facies.
//!
//! # Cost
//!
//! A pass over n rows of d attributes: about n K (5 d + 20) operations, in double
//! precision while fitting and in single precision when voxels are mapped. Sums go
//! over blocks of 256 rows in their order: the result does not depend on the number
//! of threads, nor the memory on n.

mod error;
mod facies;
mod fit;
mod lanes;
mod model;
mod options;
mod peaks;
mod responsibilities;
mod sheet;
#[cfg(test)]
mod tests;

pub use error::GtmError;
pub use facies::{Compare, FaciesMap, Mapped, smoothed};
pub use fit::{GtmFit, GtmState};
pub use model::{Gtm, Places};
pub use options::GtmOptions;
pub use peaks::peaks;
pub use sheet::Sheet;
