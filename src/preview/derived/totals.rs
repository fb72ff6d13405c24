//! Sums over a whole volume, which its attributes and its filter need.

use ndarray::Array2;

use crate::attributes::{Spread, Statistics};
use crate::io::Volume;
use crate::model::{Block, Pick};
use crate::preview::SliceError;
use crate::task::{Cancel, Cancelled};

/// Bytes that are read for them: of larger volumes lines at equal distances.
const SAMPLED: usize = 64 << 20;

/// What is known of the values of a volume.
#[derive(Clone, Copy, Debug)]
pub struct Totals {
    pub statistics: Statistics,
    pub spread: Spread,
}

impl Totals {
    /// Reads a volume, or enough of it.
    pub fn of(volume: &dyn Volume, cancel: &dyn Cancel) -> Result<Totals, SliceError> {
        let [lines, crosslines, samples] = volume.grid().shape();
        let line = crosslines * samples;
        let step = (lines * line * size_of::<f32>()).div_ceil(SAMPLED).max(1);
        let mut found = Vec::new();
        for y in (0..lines).step_by(step) {
            if cancel.cancelled() {
                return Err(Cancelled.into());
            }
            let block = Block {
                inlines: Pick::one(y),
                ..volume.grid().all()
            };
            let mut values = vec![0.0; line];
            volume.read(&block, &mut values)?;
            let values = Array2::from_shape_vec((crosslines, samples), values).unwrap_or_default();
            found.push((
                Statistics::of_line(values.view()),
                Spread::of_line(values.view()),
            ));
        }
        Ok(Totals {
            statistics: found.iter().map(|(statistics, _)| *statistics).sum(),
            spread: found.iter().map(|(_, spread)| *spread).sum(),
        })
    }
}
