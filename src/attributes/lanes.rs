//! A few neighbouring values at once, so that they stay in vector registers.
#![allow(clippy::inline_always)] // compiled for the registers of the caller

use crate::task::wide::{Wide, widest};

/// How many.
pub(super) const LANES: usize = 16;

/// A number of which there are rows.
pub(super) trait Lane: Copy + 'static {
    /// Nothing.
    const ZERO: Self;

    /// Several times nothing.
    fn zeros<const N: usize>() -> &'static [Self; N];
}

macro_rules! lane {
    ($type:ty) => {
        impl Lane for $type {
            const ZERO: Self = 0 as $type;

            #[inline(always)]
            fn zeros<const N: usize>() -> &'static [Self; N] {
                const { &[0 as $type; N] }
            }
        }
    };
}

lane!(f32);
lane!(f64);
lane!(u16);
lane!(u32);

/// What is done along rows. `at` must be `#[inline(always)]`, and so must what it
/// calls for each lane.
pub(super) trait Kernel {
    /// Does it for the `N` values from `at` on; it may do so again for some of them.
    fn at<const N: usize>(&mut self, at: usize);
}

/// Runs a kernel along rows of `n` values, in the widest registers there are. The
/// last lanes reach back over values that are done already, so that no row ends with
/// single values but one that is shorter than all lanes.
#[inline]
pub(super) fn along<K: Kernel>(n: usize, kernel: K) {
    along_by::<LANES, K>(n, kernel);
}

/// The same with `L` values at once as long as there are so many: for kernels of few
/// registers, which spend more on finding a row than on its values.
#[inline]
pub(super) fn along_by<const L: usize, K: Kernel>(n: usize, kernel: K) {
    widest(Along::<L, K> { n, kernel });
}

struct Along<const L: usize, K> {
    n: usize,
    kernel: K,
}

impl<const L: usize, K: Kernel> Wide for Along<L, K> {
    type Out = ();

    #[inline(always)]
    fn run(mut self) {
        let Some(last) = self.n.checked_sub(LANES) else {
            for at in 0..self.n {
                self.kernel.at::<1>(at);
            }
            return;
        };
        let mut done = 0;
        while L > LANES && done + L <= self.n {
            self.kernel.at::<L>(done);
            done += L;
        }
        while done < self.n {
            self.kernel.at::<LANES>(done.min(last));
            done += LANES;
        }
    }
}

/// The values of a row from `at` on; zeros where it ends before.
#[inline(always)]
pub(super) fn load<T: Lane, const N: usize>(row: &[T], at: usize) -> &[T; N] {
    let lanes = row.get(at..).and_then(|rest| rest.first_chunk());
    lanes.unwrap_or(T::zeros())
}

/// Writes values to a row from `at` on, where there is room for all of them.
#[inline(always)]
pub(super) fn store<T: Lane, const N: usize>(row: &mut [T], at: usize, lanes: &[T; N]) {
    if let Some(row) = row.get_mut(at..).and_then(|rest| rest.first_chunk_mut()) {
        *row = *lanes;
    }
}
