//! The voxels that a map is fitted to: an even, seeded sample of those that are
//! live in all volumes.

use std::sync::Arc;

use rayon::prelude::*;

use crate::io::Volume;
use crate::model::{Block, Pick};
use crate::modules::ModuleError;
use crate::task::{Task, stream};

/// Traces read at first. Whole traces lie together in a file, so a few thousand
/// of them are read in seconds from any disk, and say more than as many voxels
/// of a single inline would.
const TRACES: usize = 4096;
/// How often four times as many voxels are drawn where too few are live.
const ROUNDS: u32 = 3;

/// Which voxels are looked at.
struct Drawn {
    /// Trace, inline by inline, and its samples, both as places in the block.
    traces: Vec<(usize, Vec<usize>)>,
    /// True where there is nothing more to draw.
    all: bool,
}

/// Values of at most `most` voxels of a block that are live in all volumes: a
/// column a volume, in order of position.
///
/// The traces of the block are cut into stretches of equal length and one is
/// drawn from each; its samples likewise.
pub(super) fn sample(
    volumes: &[Arc<dyn Volume>],
    block: &Block,
    most: usize,
    seed: u64,
    task: &Task,
) -> Result<Vec<Vec<f32>>, ModuleError> {
    let mut found = Vec::new();
    for round in 0..ROUNDS {
        let drawn = Drawn::new(block, most, seed, round);
        found = read(volumes, block, &drawn, task)?;
        if drawn.all || found.first().map_or(0, Vec::len) >= most {
            break;
        }
    }
    let live = found.first().map_or(0, Vec::len);
    if live > most {
        for column in &mut found {
            *column = (0..most).map(|i| column[i * live / most]).collect();
        }
    }
    Ok(found)
}

impl Drawn {
    fn new(block: &Block, most: usize, seed: u64, round: u32) -> Self {
        let [inlines, crosslines, samples] = block.shape();
        let times = 4_usize.pow(round);
        let count = (inlines * crosslines).min(TRACES * times);
        let each = (most * times).div_ceil(count.max(1)).min(samples);
        let mut rng = stream(seed, "gtm3d sample", &[u64::from(round)]);
        let mut strata = |of: usize, parts: usize| -> Vec<usize> {
            let edge = |i: usize| (i as u128 * of as u128 / parts as u128) as usize;
            (0..parts)
                .map(|i| edge(i) + rng.below(edge(i + 1) - edge(i)))
                .collect()
        };
        let traces = strata(inlines * crosslines, count);
        Self {
            traces: traces
                .into_iter()
                .map(|trace| (trace, strata(samples, each)))
                .collect(),
            all: count == inlines * crosslines && each == samples,
        }
    }
}

fn read(
    volumes: &[Arc<dyn Volume>],
    block: &Block,
    drawn: &Drawn,
    task: &Task,
) -> Result<Vec<Vec<f32>>, ModuleError> {
    let crosslines = block.crosslines.count;
    let traces = drawn.traces.par_iter().map(|(trace, samples)| {
        task.check()?;
        let (inline, crossline) = (trace / crosslines, trace % crosslines);
        let whole = Block {
            inlines: Pick::one(block.inlines.at(inline)),
            crosslines: Pick::one(block.crosslines.at(crossline)),
            samples: block.samples,
        };
        let mut data = vec![0.0; whole.len()];
        let mut columns = Vec::with_capacity(volumes.len());
        for volume in volumes {
            volume.read(&whole, &mut data)?;
            columns.push(samples.iter().map(|&t| data[t]).collect::<Vec<f32>>());
        }
        task.advance(samples.len() as u64);
        Ok(columns)
    });
    let traces: Vec<Vec<Vec<f32>>> = traces.collect::<Result<_, ModuleError>>()?;
    let mut found = vec![Vec::new(); volumes.len()];
    for columns in &traces {
        let samples = columns.first().map_or(0, Vec::len);
        for at in (0..samples).filter(|&at| columns.iter().all(|c| c[at].is_finite())) {
            for (found, column) in found.iter_mut().zip(columns) {
                found.push(column[at]);
            }
        }
    }
    Ok(found)
}
