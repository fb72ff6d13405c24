//! Reading a file that may be anything: everything a person would do with it.

use std::path::Path;

use outcrop::io::{
    OpenOptions, Survey, TrainingFormat, Volume, facts, open, read_horizon, read_polygons,
    read_training, read_well,
};
use outcrop::model::{Block, Pick};
use outcrop::runs::RunDirectory;
use outcrop::task::Task;

use super::seeds::Kind;

/// Samples that are read of one volume at once, at most.
const AT_ONCE: usize = 1 << 18;

/// Reads what is spoilt. An error is its message; what was read must hold
/// together.
pub fn read(kind: Kind, path: &Path) -> Result<(), String> {
    let said = |error: &dyn std::error::Error| error.to_string();
    match kind {
        Kind::Volume => {
            let told = facts(path, &OpenOptions::default(), true, &Task::silent());
            let volume = open(path, &OpenOptions::default()).map_err(|e| said(&e))?;
            look(volume.as_ref()).map_err(|e| said(&e))?;
            told.map(|_| ()).map_err(|e| said(&e))
        }
        Kind::Polygons => read_polygons(path).map(|_| ()).map_err(|e| said(&e)),
        Kind::Horizon => {
            let (top, _) = read_horizon(path, &Survey::nowhere()).map_err(|e| said(&e))?;
            let (inlines, crosslines) = top.lines();
            assert!(top.picks() <= inlines.count * crosslines.count);
            let _ = top.time(inlines.low(), crosslines.high());
            Ok(())
        }
        Kind::Well => {
            let (well, _) = read_well(path, &Survey::nowhere()).map_err(|e| said(&e))?;
            assert!(well.stretches(8.0).count() <= 1024 + well.points().len());
            Ok(())
        }
        Kind::Training => read_training(path, &TrainingFormat::default())
            .map(|_| ())
            .map_err(|e| said(&e)),
        Kind::Session => outcrop::session::read(path)
            .map(|_| ())
            .map_err(|e| said(&e)),
        Kind::Run => {
            let run = RunDirectory::open(path).map_err(|e| said(&e))?;
            let request = run.request().map_err(|e| said(&e))?;
            run.place(&request).map_err(|e| said(&e))?;
            run.progress().map_err(|e| said(&e))?;
            run.outcome().map(|_| ()).map_err(|e| said(&e))
        }
    }
}

/// Slices in all directions, or parts of them where they are large.
fn look(volume: &dyn Volume) -> Result<(), outcrop::io::IoError> {
    let all = volume.grid().all();
    let few = |pick: Pick, most: usize| pick.part(0, most);
    let middle = |pick: Pick| Pick::one(pick.count / 2);
    let blocks = [
        Block {
            inlines: middle(all.inlines),
            crosslines: few(all.crosslines, 512),
            samples: few(all.samples, 512),
        },
        Block {
            inlines: few(all.inlines, 512),
            crosslines: middle(all.crosslines),
            samples: few(all.samples, 512),
        },
        Block {
            inlines: few(all.inlines, 512),
            crosslines: few(all.crosslines, 512),
            samples: middle(all.samples),
        },
    ];
    let mut samples = Vec::new();
    for block in blocks {
        assert!(block.len() <= AT_ONCE, "{block:?}");
        samples.resize(block.len(), 0.0);
        volume.read(&block, &mut samples)?;
        assert!(samples.iter().all(|v| v.is_nan() || v.is_finite()));
    }
    Ok(())
}
