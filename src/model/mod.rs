//! The nouns: axes and grids, slices, facies, polygons, training tables.
//! Plain data and geometry; nothing here reads a file or knows a screen.

mod axis;
mod cut;
mod error;
mod facies;
mod grid;
mod horizon;
mod logged_well;
mod origin;
mod polygon;
mod recipe;
pub mod ring;
mod section_line;
mod slice;
mod text;
mod training;
mod well;

pub use axis::{Axis, Pick, Span};
pub use cut::Cut;
pub use error::ModelError;
pub use facies::{FACIES_INKS, FACIES_MARKS, Facies, candidate_name};
pub use grid::{Block, Grid, SampleUnit, Spacing, SubVolume};
pub use horizon::Horizon;
pub use logged_well::{LogValues, LoggedWell};
pub use origin::{Origin, civil_date};
pub use polygon::{Polygon, Voxel, signed_area};
pub use recipe::Recipe;
pub use section_line::{SECTION_NODES, SectionLine};
pub use slice::{Direction, SliceKey};
pub use text::printable;
pub use training::{TrainingTable, VoxelPosition};
pub use well::{Well, WellPoint};
