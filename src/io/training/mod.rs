//! Training tables as text, and as the one-dimensional volumes of AASPI.
//!
//! ```text
//! # training file v1  nvec=12345 nattr=2 nclass=3
//! # attributes: coherence glcm_entropy ; classes: 1=salt 2=mtd 3=background
//! # line_no cdp_no t coherence glcm_entropy class
//! 430 512 1.204 0.913 14.2 1
//! ```
//!
//! One row a voxel, times in seconds (depths as they are, in a column `z`), the
//! class last. Beside `name.txt` may lie `name.groups.txt`: one label a row that
//! tells which polygon or well the voxel belongs to.

mod fields;
mod preview;
mod reader;
#[cfg(test)]
mod tests;
mod volumes;
mod writer;

pub use fields::seven_digits;
pub use preview::{PreviewLine, TrainingPreview, preview_training};
pub use reader::{ClassColumn, TrainingFormat, TrainingText, read_training};
pub use volumes::{read_training_volumes, write_training_volumes};
pub use writer::write_training;

use std::path::{Path, PathBuf};

/// `name.groups.txt` beside `name.txt`.
fn groups_path(path: &Path) -> PathBuf {
    path.with_extension("groups.txt")
}
