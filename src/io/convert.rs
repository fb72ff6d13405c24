//! A volume from one container into another.

use std::path::Path;

use super::{IoError, Volume, VolumeWriter};
use crate::model::{Block, Pick, Recipe};
use crate::task::Task;

/// Voxels that are read at once, while as many are written.
const AT_ONCE: usize = 4 << 20;
/// Edge of the cubes of a volume that does not lie trace by trace.
const EDGE: usize = 160;

/// Copies a part of a volume into a file whose container its extension names:
/// class codes as class codes, everything else as floats. Progress is in traces.
/// Nothing is left behind where it fails or is stopped.
///
/// What trace headers tell goes along where the target has trace headers: SEG-Y
/// to SEG-Y keeps them whole (and the text), `.H` to `.H` all keys; between the
/// two go line numbers, positions and which traces are dead. `.npy` holds none.
///
/// Memory: two buffers of 16 MiB, whatever the volume's size.
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

/// A part of the output, in its own indices, and its samples.
struct Part {
    place: Block,
    data: Vec<f32>,
}

fn copy(
    input: &dyn Volume,
    block: &Block,
    writer: &VolumeWriter,
    task: &Task,
) -> Result<(), IoError> {
    let shape = block.shape();
    let mut places = parts(shape, pieces(shape, input.trace_by_trace()));
    let read = |place: Option<Block>, mut data: Vec<f32>| -> Result<Option<Part>, IoError> {
        let Some(place) = place else { return Ok(None) };
        data.resize(place.len(), 0.0);
        input.read(&within(block, &place), &mut data)?;
        Ok(Some(Part { place, data }))
    };
    let mut ready = read(places.next(), Vec::new())?;
    let mut spare = Vec::new();
    while let Some(part) = ready {
        task.check()?;
        let (written, next) = rayon::join(
            || writer.write(&part.place, &part.data),
            || read(places.next(), std::mem::take(&mut spare)),
        );
        written?;
        ready = next?;
        if part.place.samples.start == 0 {
            task.advance((part.place.inlines.count * part.place.crosslines.count) as u64);
        }
        spare = part.data;
    }
    Ok(())
}

/// Inlines, crosslines and samples that are copied at once: whole lines, or whole
/// traces, or pieces of one, and cubes where a trace is scattered over the file.
fn pieces([lines, along, samples]: [usize; 3], trace_by_trace: bool) -> [usize; 3] {
    if !trace_by_trace {
        return [lines.min(EDGE), along.min(EDGE), samples.min(EDGE)];
    }
    let samples = samples.clamp(1, AT_ONCE);
    let along = along.clamp(1, AT_ONCE / samples);
    [lines.clamp(1, AT_ONCE / (samples * along)), along, samples]
}

/// The parts of a volume, in the order of traces in a file sorted by inline.
fn parts(shape: [usize; 3], pieces: [usize; 3]) -> impl Iterator<Item = Block> {
    let starts = move |i: usize| (0..shape[i]).step_by(pieces[i]);
    let range = move |i: usize, from: usize| Pick::range(from, shape[i].min(from + pieces[i]));
    starts(0).flat_map(move |i| {
        starts(1).flat_map(move |c| {
            starts(2).map(move |s| Block {
                inlines: range(0, i),
                crosslines: range(1, c),
                samples: range(2, s),
            })
        })
    })
}

/// Where a part of the output lies in the input.
fn within(block: &Block, place: &Block) -> Block {
    let part = |all: Pick, part: Pick| all.part(part.start, part.end());
    Block {
        inlines: part(block.inlines, place.inlines),
        crosslines: part(block.crosslines, place.crosslines),
        samples: part(block.samples, place.samples),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Every voxel is copied once, and no piece is larger than its buffer.
        #[test]
        fn pieces_cover_the_whole_once(
            shape in prop::array::uniform3(1usize..9), by_trace: bool, cut in prop::array::uniform3(1usize..5)
        ) {
            let whole = pieces(shape, by_trace);
            prop_assert!(whole.iter().product::<usize>() <= AT_ONCE);
            let mut seen = vec![0; shape.iter().product()];
            for part in parts(shape, cut) {
                for i in part.inlines.indices() {
                    for c in part.crosslines.indices() {
                        for s in part.samples.indices() {
                            seen[(i * shape[1] + c) * shape[2] + s] += 1;
                        }
                    }
                }
            }
            prop_assert!(seen.iter().all(|&n| n == 1));
        }
    }

    #[test]
    fn pieces_are_bounded_however_long_lines_and_traces_are() {
        for shape in [
            [1, 1, 1 << 40],
            [1, 1 << 40, 3],
            [1 << 40, 2, 2],
            [7, 1 << 30, 1 << 30],
        ] {
            for by_trace in [true, false] {
                let piece = pieces(shape, by_trace);
                assert!(piece.iter().product::<usize>() <= AT_ONCE);
                assert!(piece.iter().all(|&n| n > 0));
            }
        }
    }
}
