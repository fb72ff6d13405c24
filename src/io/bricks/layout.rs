//! Where the bricks of each level lie in the file.

use super::brick::{EDGE, VOXELS};

/// Bytes of a page: what sections of the file are aligned to.
pub(super) const PAGE: u64 = 4096;

/// Time slices of at most this many voxels are thinned no further.
const THIN: usize = 128 * 128;

/// The bricks of one level, or of the float32 values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Level {
    /// Voxels, `[inlines, crosslines, samples]`.
    pub(super) shape: [usize; 3],
    /// Bricks along each axis.
    pub(super) bricks: [usize; 3],
    /// Bytes of a voxel.
    pub(super) width: usize,
    /// Number of its first brick in the file.
    pub(super) first: usize,
    /// Byte of its first brick.
    offset: u64,
}

impl Level {
    /// How many bricks.
    pub(super) fn count(&self) -> usize {
        self.bricks.iter().product()
    }

    /// Bytes of a brick.
    pub(super) fn bytes(&self) -> usize {
        VOXELS * self.width
    }

    /// Number in the file of the brick at a place.
    pub(super) fn number(&self, [i, x, t]: [usize; 3]) -> usize {
        self.first + (i * self.bricks[1] + x) * self.bricks[2] + t
    }

    /// Byte of the brick of a number.
    pub(super) fn offset(&self, number: usize) -> u64 {
        self.offset + ((number - self.first) * self.bytes()) as u64
    }
}

/// The whole file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Layout {
    /// Levels of the pyramid, the full one first.
    pub(super) levels: Vec<Level>,
    /// The true values.
    pub(super) floats: Option<Level>,
    /// How many bricks.
    pub(super) count: usize,
    /// Bytes of the file.
    pub(super) len: u64,
}

impl Layout {
    /// The layout of the copy of a volume of so many voxels.
    pub(super) fn of(shape: [usize; 3], floats: bool) -> Layout {
        let mut shapes = vec![shape];
        let mut thin = shape;
        while thin[0] * thin[1] > THIN {
            thin = [thin[0].div_ceil(2), thin[1].div_ceil(2), thin[2]];
            shapes.push(thin);
        }
        let kinds = shapes.iter().map(|&s| (s, 1));
        let kinds: Vec<_> = kinds.chain(floats.then_some((shape, 4))).collect();
        let in_bricks = |shape: [usize; 3]| shape.map(|n| n.div_ceil(EDGE));
        let count = kinds
            .iter()
            .map(|(shape, _)| in_bricks(*shape).iter().product::<usize>())
            .sum::<usize>();
        let (mut first, mut offset) = (0, PAGE + (4 * count as u64).next_multiple_of(PAGE));
        let mut levels = Vec::new();
        for (shape, width) in kinds {
            let level = Level {
                shape,
                bricks: in_bricks(shape),
                width,
                first,
                offset,
            };
            first += level.count();
            offset += (level.count() * level.bytes()) as u64;
            levels.push(level);
        }
        let floats = if floats { levels.pop() } else { None };
        Layout {
            levels,
            floats,
            count,
            len: offset,
        }
    }

    /// All levels and the float32 values.
    pub(super) fn all(&self) -> impl Iterator<Item = &Level> {
        self.levels.iter().chain(&self.floats)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_follow_each_other() {
        for floats in [false, true] {
            let layout = Layout::of([400, 400, 500], floats);
            assert_eq!(layout.levels.len(), 3);
            assert_eq!(layout.levels[2].shape, [100, 100, 500]);
            let (mut number, mut offset) = (0, layout.levels[0].offset);
            for level in layout.all() {
                assert_eq!((level.first, level.offset), (number, offset));
                assert_eq!(offset % PAGE, 0);
                number += level.count();
                offset = level.offset(number);
            }
            assert_eq!((number, offset), (layout.count, layout.len));
        }
        // A third more than the levels alone, edges filled up.
        let levels = 13 * 13 * 16 * VOXELS as u64;
        let all = Layout::of([400, 400, 500], false).len;
        assert!(all > levels * 5 / 4 && all < levels * 3 / 2, "{all}");
    }

    #[test]
    fn small_volumes_have_no_pyramid() {
        assert_eq!(Layout::of([1, 1, 1], false).levels.len(), 1);
        assert_eq!(Layout::of([128, 128, 9], false).levels.len(), 1);
        assert_eq!(
            Layout::of([1, 20_000, 9], false).levels[1].shape,
            [1, 10_000, 9]
        );
    }
}
