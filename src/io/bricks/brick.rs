//! Where a voxel lies in its brick, and rows and planes of one.

use crate::model::Direction;

/// Voxels along an edge of a brick.
pub(super) const EDGE: usize = 32;
/// Voxels of a brick.
pub(super) const VOXELS: usize = EDGE * EDGE * EDGE;
/// Voxels along an edge of a block.
const SMALL: usize = 4;
/// Voxels of a block.
const BLOCK: usize = SMALL * SMALL * SMALL;
/// Blocks along an edge of a brick.
const BLOCKS: usize = EDGE / SMALL;

/// Place of the first sample of a trace of a brick; sample `t` lies
/// [`below`]`(t)` further on.
#[inline]
fn trace(inline: usize, crossline: usize) -> usize {
    let block = (inline / SMALL * BLOCKS + crossline / SMALL) * BLOCKS * BLOCK;
    block + (inline % SMALL * SMALL + crossline % SMALL) * SMALL
}

/// How far a sample lies from the first of its trace.
#[inline]
fn below(sample: usize) -> usize {
    sample / SMALL * BLOCK + sample % SMALL
}

/// Writes samples of a trace, at most [`EDGE`], from the top of a brick.
#[inline]
pub(super) fn put<T: Copy>(brick: &mut [T], inline: usize, crossline: usize, samples: &[T]) {
    let mut blocks = brick[trace(inline, crossline)..].chunks_mut(BLOCK);
    // Whole fours, of a length that the compiler knows: no call for each.
    let (fours, rest) = samples.as_chunks::<SMALL>();
    for (four, block) in fours.iter().zip(&mut blocks) {
        if let Some(place) = block.first_chunk_mut() {
            *place = *four;
        }
    }
    if let (false, Some(block)) = (rest.is_empty(), blocks.next()) {
        block[..rest.len()].copy_from_slice(rest);
    }
}

/// Reads samples of a trace, at most [`EDGE`], from the top of a brick.
#[inline]
pub(super) fn take<T: Copy>(brick: &[T], inline: usize, crossline: usize, samples: &mut [T]) {
    let mut blocks = brick[trace(inline, crossline)..].chunks(BLOCK);
    let (fours, rest) = samples.as_chunks_mut::<SMALL>();
    for (four, block) in fours.iter_mut().zip(&mut blocks) {
        if let Some(place) = block.first_chunk() {
            *four = *place;
        }
    }
    if let (false, Some(block)) = (rest.is_empty(), blocks.next()) {
        rest.copy_from_slice(&block[..rest.len()]);
    }
}

/// Reads a plane of a brick into rows of a picture `width` wide: `rows` rows of
/// `columns` voxels as [`SliceKey::block`](crate::model::SliceKey::block) orders them.
pub(super) fn plane<T: Copy>(
    brick: &[T],
    direction: Direction,
    at: usize,
    out: &mut [T],
    width: usize,
    [rows, columns]: [usize; 2],
) {
    for (row, out) in out.chunks_mut(width).take(rows).enumerate() {
        let out = &mut out[..columns];
        match direction {
            Direction::Inline => take(brick, at, row, out),
            Direction::Crossline => take(brick, row, at, out),
            Direction::Time => {
                // Of every block four voxels, one from each of a row of traces.
                const REACH: usize = (SMALL - 1) * SMALL + 1;
                let start = trace(row, 0) + below(at);
                let mut blocks = brick[start..].chunks(BLOCKS * BLOCK);
                let (fours, rest) = out.as_chunks_mut::<SMALL>();
                for (four, block) in fours.iter_mut().zip(&mut blocks) {
                    if let Some(voxels) = block.first_chunk::<REACH>() {
                        *four = std::array::from_fn(|n| voxels[n * SMALL]);
                    }
                }
                let last = blocks.next().unwrap_or_default();
                for (v, voxel) in rest.iter_mut().zip(last.iter().step_by(SMALL)) {
                    *v = *voxel;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered() -> Vec<[u8; 4]> {
        let mut brick = vec![[0; 4]; VOXELS];
        for i in 0..EDGE {
            for x in 0..EDGE {
                let samples: Vec<[u8; 4]> =
                    (0..EDGE).map(|t| [1, i as u8, x as u8, t as u8]).collect();
                put(&mut brick, i, x, &samples);
            }
        }
        brick
    }

    #[test]
    fn every_voxel_has_a_place_of_its_own() {
        let brick = numbered();
        let mut places = brick.clone();
        places.sort_unstable();
        places.dedup();
        assert_eq!(places.len(), VOXELS);
        // A block is 64 neighbours in a row.
        let block = &brick[64..128];
        assert!(
            block
                .iter()
                .all(|v| v[1] < 4 && v[2] < 4 && (4..8).contains(&v[3]))
        );
    }

    #[test]
    fn planes_of_all_directions() {
        let brick = numbered();
        for at in [0, 3, 4, 31] {
            for (rows, columns) in [(32, 32), (5, 7), (1, 30)] {
                for direction in [Direction::Inline, Direction::Crossline, Direction::Time] {
                    let mut out = vec![[0; 4]; rows * 40];
                    plane(&brick, direction, at, &mut out, 40, [rows, columns]);
                    for (n, v) in out.iter().enumerate() {
                        let (a, b) = ((n / 40) as u8, (n % 40) as u8);
                        let here = at as u8;
                        let expected = match direction {
                            _ if usize::from(b) >= columns => [0; 4],
                            Direction::Inline => [1, here, a, b],
                            Direction::Crossline => [1, a, here, b],
                            Direction::Time => [1, a, b, here],
                        };
                        assert_eq!(*v, expected, "{direction:?} {at} at {a} {b}");
                    }
                }
            }
        }
    }
}
