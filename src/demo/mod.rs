//! The synthetic survey with known facies: what the program is tried on before
//! anybody trusts it with data.
//!
//! 96 inlines x 128 crosslines x 256 samples, 25 m bins, 4 ms. Three facies:
//!
//! * **background**: parallel layers with a gentle dip, reflectivity convolved
//!   with a 30-Hz Ricker wavelet;
//! * **salt**: a body of radius 0.28 of the smallest lateral size, weak (0.25)
//!   and without layers: noise low-passed at 15 Hz, every trace its own;
//! * **mtd**: a slab of blocks of 8 x 8 traces, each rotated by random dips of
//!   up to 1.5 samples a trace and shifted, at 0.8 of the background's strength,
//!   with white noise of a quarter of it between the blocks' reflectors.
//!
//! Over everything lies white noise of [`NOISE`] of the background's RMS: about
//! what a good migrated survey has left, so that no attribute is perfect
//! anywhere. It is half as strong as the salt: there it makes local spectra the
//! widest of the three facies, where those of the salt's own noise are the narrowest.
//! Amplitudes are scaled to a background RMS of 1000.

mod field;
mod picks;

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::io::{IoError, SampleKind, VolumeWriter};
use crate::model::{
    Axis, Block, Facies, Grid, Pick, Polygon, Recipe, SampleUnit, SliceKey, Spacing,
};
use crate::task::{Cancelled, Task};

pub use field::NOISE;

/// The demo survey on disk, and what an interpreter would have picked on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Demo {
    /// The amplitude volume.
    pub amplitude: PathBuf,
    /// The truth volume: codes of the facies, in order.
    pub truth: PathBuf,
    /// Salt, mtd, background.
    pub facies: Vec<Facies>,
    /// Polygons drawn inside the truth on several slices.
    pub polygons: Vec<Polygon>,
    /// A slice that shows all three facies.
    pub opening: SliceKey,
    /// Where the cursor stands on it: inline, crossline, time.
    pub cursor: (f64, f64, f64),
}

/// Why the demo could not be made.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A file could not be written.
    #[error(transparent)]
    Io(#[from] IoError),
    /// Stopped on request.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// The grid of the demo survey.
pub fn grid() -> Grid {
    Grid {
        inlines: Axis::new(1001.0, 1.0, 96),
        crosslines: Axis::new(2001.0, 1.0, 128),
        samples: Axis::new(0.0, 4.0, 256),
        unit: SampleUnit::Milliseconds,
        spacing: Some(Spacing {
            inline: 25.0,
            crossline: 25.0,
        }),
    }
}

/// Makes the survey in a folder: `amplitude.sgy`, `truth.sgy`. The same seed
/// gives the same bytes. Takes about a second.
pub fn write(folder: &Path, seed: u64, overwrite: bool, task: &Task) -> Result<Demo, DemoError> {
    let grid = grid();
    let field = field::Field::new(&grid, seed);
    let recipe = Recipe {
        module: "demo".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        request: format!("seed-{seed}"),
    };
    let lines: Vec<field::Line> = (0..grid.inlines.count)
        .into_par_iter()
        .map(|inline| field.line(inline))
        .collect();
    task.check()?;
    let (amplitude, truth) = (folder.join("amplitude.sgy"), folder.join("truth.sgy"));
    let write = |path: &Path, kind, of: fn(&field::Line) -> &Vec<f32>| {
        let writer = VolumeWriter::fresh(path, &grid, kind, &recipe, overwrite)?;
        let all = grid.all();
        for (inline, line) in lines.iter().enumerate() {
            let part = Block {
                inlines: Pick::one(inline),
                ..all
            };
            writer.write(&part, of(line))?;
        }
        writer.finish()
    };
    write(&amplitude, SampleKind::Continuous, |line| &line.amplitude)?;
    write(&truth, SampleKind::Classes, |line| &line.truth)?;
    Ok(Demo {
        amplitude,
        truth,
        facies: FACIES
            .iter()
            .zip(1..)
            .map(|(name, colour)| Facies::new(*name, colour))
            .collect(),
        polygons: picks::polygons(&grid, &field),
        opening: SliceKey::Inline(1048),
        cursor: (1048.0, 2064.0, 512.0),
    })
}

/// Names of the facies, in the order of their codes in the truth volume.
pub const FACIES: [&str; 3] = ["salt", "mtd", "background"];
