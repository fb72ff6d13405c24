//! Slabs: parts of a volume small enough for memory, each a unit of work.

use crate::model::{Block, Pick};

/// A part of a volume: where it is read, and where it lies in the output.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Slab {
    pub input: Block,
    pub output: Block,
}

/// Cuts a block into slabs of at most `voxels` voxels: several whole inlines,
/// or a part of one inline where an inline is larger. A slab holds one trace at
/// least.
pub(super) fn slabs(block: &Block, voxels: usize) -> Vec<Slab> {
    let [inlines, crosslines, samples] = block.shape();
    if block.is_empty() {
        return Vec::new();
    }
    let traces = (voxels / samples).max(1);
    let (step_i, step_x) = if traces >= crosslines {
        (traces / crosslines, crosslines)
    } else {
        (1, traces)
    };
    let mut slabs = Vec::new();
    for i in (0..inlines).step_by(step_i) {
        for x in (0..crosslines).step_by(step_x) {
            let (i_end, x_end) = ((i + step_i).min(inlines), (x + step_x).min(crosslines));
            slabs.push(Slab {
                input: Block {
                    inlines: block.inlines.part(i, i_end),
                    crosslines: block.crosslines.part(x, x_end),
                    samples: block.samples,
                },
                output: Block {
                    inlines: Pick::range(i, i_end),
                    crosslines: Pick::range(x, x_end),
                    samples: Pick::range(0, samples),
                },
            });
        }
    }
    slabs
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn slabs_cover_every_voxel_once_and_fit(
            shape in (1usize..9, 1usize..9, 1usize..9), step in 1usize..3, voxels in 1usize..400,
        ) {
            let pick = |count| Pick { start: 2, step, count };
            let block = Block { inlines: pick(shape.0), crosslines: pick(shape.1), samples: pick(shape.2) };
            let mut seen = vec![0; block.len()];
            for slab in slabs(&block, voxels) {
                prop_assert!(slab.output.len() <= voxels.max(shape.2));
                prop_assert_eq!(slab.input.shape(), slab.output.shape());
                for (i, source) in slab.output.inlines.indices().zip(slab.input.inlines.indices()) {
                    prop_assert_eq!(source, block.inlines.at(i));
                    for x in slab.output.crosslines.indices() {
                        for t in slab.output.samples.indices() {
                            seen[(i * shape.1 + x) * shape.2 + t] += 1;
                        }
                    }
                }
            }
            prop_assert!(seen.iter().all(|&n| n == 1));
        }
    }
}
