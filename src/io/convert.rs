//! A volume from one container into another.

use std::path::Path;

use super::{IoError, Volume, VolumeWriter};
use crate::model::{Block, Recipe};
use crate::task::Task;

/// Voxels copied at once.
const AT_ONCE: usize = 4 << 20;

/// Copies a part of a volume into a file whose container its extension names:
/// class codes as class codes, everything else as floats. Progress is in traces.
/// Nothing is left behind where it fails or is stopped.
pub fn convert(
    input: &dyn Volume,
    block: &Block,
    output: &Path,
    recipe: &Recipe,
    overwrite: bool,
    task: &Task,
) -> Result<(), IoError> {
    let writer = VolumeWriter::create(output, input, block, input.kind(), recipe, overwrite)?;
    match copy(input, block, &writer, task) {
        Ok(()) => writer.finish(),
        Err(error) => {
            writer.discard();
            Err(error)
        }
    }
}

fn copy(
    input: &dyn Volume,
    block: &Block,
    writer: &VolumeWriter,
    task: &Task,
) -> Result<(), IoError> {
    let line = block.crosslines.count * block.samples.count;
    let lines = (AT_ONCE / line.max(1)).max(1);
    let mut data = Vec::new();
    for from in (0..block.inlines.count).step_by(lines) {
        task.check()?;
        let part = Block {
            inlines: block.inlines.part(from, from + lines),
            ..*block
        };
        data.resize(part.len(), 0.0);
        input.read(&part, &mut data)?;
        let all = writer.grid().all();
        let place = Block {
            inlines: all.inlines.part(from, from + lines),
            ..all
        };
        writer.write(&place, &data)?;
        task.advance((part.inlines.count * part.crosslines.count) as u64);
    }
    Ok(())
}
