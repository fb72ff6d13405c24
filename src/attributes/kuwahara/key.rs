//! What windows are compared by, in one number.
//!
//! Of all windows that hold a voxel the one of least variance is wanted; among
//! equals the one whose centre is nearest, then the first in the order of
//! inline, crossline and sample, then the smallest. All of that is packed into a
//! positive double: a variance in single precision leaves 29 of its mantissa's
//! bits at 0, and these hold squared distance, offset and size in this order. So
//! the least key is the wanted window, and taking it is one comparison.
#![allow(clippy::inline_always)] // compiled for the registers of the caller

/// Bits of the place of a window's size in the list of sizes.
const SIZE_BITS: u32 = 3;
/// Bits of the offset's number.
const OFFSET_BITS: u32 = 14;
/// Bits of the squared distance.
const DISTANCE_BITS: u32 = 12;

const OFFSET_AT: u32 = SIZE_BITS;
const DISTANCE_AT: u32 = OFFSET_AT + OFFSET_BITS;
const ALL: u32 = (1 << (DISTANCE_AT + DISTANCE_BITS)) - 1;

/// Most sizes.
pub(super) const MOST_SIZES: usize = 1 << SIZE_BITS;

/// The variance of a window that is no candidate.
pub(super) const NOTHING: f64 = f32::MAX as f64;

/// Keys from here on belong to no candidate.
const LIMIT: f64 = NOTHING / 2.0;

/// No window.
pub(super) const NO_CHOICE: u32 = u32::MAX;

/// The key of a window by itself: its variance relative to that of the volume.
#[inline(always)]
pub(super) fn key(variance: f64, size: usize) -> f64 {
    // Far from 0, where doubles would lose their mantissa.
    let variance = (variance as f32).clamp(f32::MIN_POSITIVE, f32::MAX);
    f64::from_bits(f64::from(variance).to_bits() + size as u64)
}

/// A key seen from further off.
#[inline(always)]
pub(super) fn moved(key: f64, step: u64) -> f64 {
    f64::from_bits(key.to_bits() + step)
}

/// The smaller of two keys.
#[inline(always)]
pub(super) fn least(a: f64, b: f64) -> f64 {
    if b < a { b } else { a }
}

/// The window that a key stands for.
#[inline(always)]
pub(super) fn choice(key: f64) -> u32 {
    if key < LIMIT {
        key.to_bits() as u32 & ALL
    } else {
        NO_CHOICE
    }
}

/// Numbers of the offsets (inline, crossline, sample) from a voxel to the
/// centres of its windows, in that order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Offsets {
    reach: [usize; 3],
}

impl Offsets {
    /// Offsets up to `reach`, if there are few enough.
    pub(super) fn within(reach: [usize; 3]) -> Option<Self> {
        let count: usize = reach.iter().map(|r| 2 * r + 1).product();
        let distance: usize = reach.iter().map(|r| r * r).sum();
        (count <= 1 << OFFSET_BITS && distance < 1 << DISTANCE_BITS).then_some(Self { reach })
    }

    /// One more than the largest choice without its distance.
    pub(super) fn choices(&self) -> usize {
        self.reach.iter().map(|r| 2 * r + 1).product::<usize>() << OFFSET_AT
    }

    /// What an offset along one axis adds to a key. A key is complete when
    /// something was added for each axis.
    #[inline]
    pub(super) fn step(&self, axis: usize, offset: isize) -> u64 {
        let stride: usize = self.reach[axis + 1..].iter().map(|r| 2 * r + 1).product();
        let number = (offset + self.reach[axis] as isize) as u64 * stride as u64;
        ((offset * offset) as u64) << DISTANCE_AT | number << OFFSET_AT
    }

    /// Size and offset of a choice.
    #[inline]
    pub(super) fn of(&self, choice: u32) -> (usize, [isize; 3]) {
        let size = choice as usize & (MOST_SIZES - 1);
        let number = choice as usize >> OFFSET_AT & ((1 << OFFSET_BITS) - 1);
        let [_, x, t] = self.reach.map(|r| 2 * r + 1);
        let places = [number / (x * t), number / t % x, number % t];
        let offset = std::array::from_fn(|a| places[a] as isize - self.reach[a] as isize);
        (size, offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_order_windows_by_variance_then_distance_then_offset_then_size() {
        let offsets = Offsets::within([2, 2, 3]).unwrap();
        let full = |variance: f64, o: [isize; 3], size| {
            let steps: u64 = (0..3).map(|a| offsets.step(a, o[a])).sum();
            moved(key(variance, size), steps)
        };
        let ordered = [
            full(0.0, [0, 0, 0], 0),
            full(0.0, [0, 0, 0], 1),
            full(0.0, [-1, 0, 0], 0),
            full(0.0, [0, 0, 1], 0),
            full(0.0, [1, 0, 0], 0),
            full(0.0, [2, -2, 3], 7),
            full(1.0, [0, 0, 0], 0),
            full(1.0 + 1e-6, [0, 0, 0], 0),
            full(NOTHING, [0, 0, 0], 0),
        ];
        assert!(ordered.windows(2).all(|w| w[0] < w[1]));
        assert_eq!(offsets.of(choice(ordered[5])), (7, [2, -2, 3]));
        assert_eq!(offsets.of(choice(ordered[2])), (0, [-1, 0, 0]));
        assert_eq!(choice(full(NOTHING, [2, 2, 3], 7)), NO_CHOICE);
        assert_eq!(choice(full(f64::INFINITY, [2, 2, 3], 7)), NO_CHOICE);
    }

    #[test]
    fn windows_that_no_key_can_tell_apart_are_refused() {
        assert!(Offsets::within([12, 12, 12]).is_some());
        assert!(Offsets::within([13, 13, 13]).is_none());
        assert!(Offsets::within([0, 0, 64]).is_none());
    }
}
