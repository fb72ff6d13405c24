//! Random fractions by the thousand: what SEM draws with.

#![allow(clippy::inline_always)] // compiled for the registers of the caller

use super::points::TILE;
use crate::ml::lanes::Lanes;
use crate::task::Stream;
use crate::task::wide::{Wide, widest};

/// Smallest fraction that [`Dice`] can give; odds below it cannot change a draw.
pub(super) const SMALLEST_FRACTION: f64 = 0.5 / (1u64 << 32) as f64;

/// How many generators [`Dice`] has.
pub(super) const GENERATORS: usize = 64;

/// Random fractions for a tile of rows at once: generators xoshiro256+ (Blackman and
/// Vigna 2021) side by side, started from a stream. A stream's own numbers, of which a
/// fit with SEM wants millions, would take as long as the rest of a pass.
#[derive(Clone, Debug)]
pub(super) struct Dice(Box<[[u64; GENERATORS]; 4]>);

impl Dice {
    /// Starts all generators from numbers of the stream.
    pub fn new(rng: &mut Stream) -> Self {
        let mut seeds = Box::new([[0; GENERATORS]; 4]);
        for seed in seeds.as_flattened_mut() {
            *seed = rng.bits();
        }
        Self(seeds)
    }

    /// Fractions for all tiles, in the widest instructions there are.
    pub fn fill(&mut self, out: &mut [[Lanes; TILE]]) {
        widest(Roll { dice: self, out });
    }

    /// Fractions strictly between 0 and 1, of 32 random bits each: a number of 64 makes two.
    #[inline(always)]
    pub fn roll(&mut self, out: &mut [Lanes; TILE]) {
        const ONE: u64 = 1.0f64.to_bits();
        let fraction = |bits| f64::from_bits(ONE | bits) - (1.0 - SMALLEST_FRACTION);
        let [a, b, c, d] = &mut *self.0;
        for out in out.as_flattened_mut().chunks_exact_mut(2 * GENERATORS) {
            let (high, low) = out.split_at_mut(GENERATORS);
            let states = a.iter_mut().zip(&mut *b).zip(&mut *c).zip(&mut *d);
            for ((((a, b), c), d), (high, low)) in states.zip(high.iter_mut().zip(low)) {
                let bits = a.wrapping_add(*d);
                *high = fraction(bits >> 32 << 20);
                *low = fraction(bits << 32 >> 12);
                let shifted = *b << 17;
                *c ^= *a;
                *d ^= *b;
                *b ^= *c;
                *a ^= *d;
                *c ^= shifted;
                *d = d.rotate_left(45);
            }
        }
    }
}

struct Roll<'a> {
    dice: &'a mut Dice,
    out: &'a mut [[Lanes; TILE]],
}

impl Wide for Roll<'_> {
    type Out = ();

    #[inline(always)]
    fn run(self) {
        for out in self.out {
            self.dice.roll(out);
        }
    }
}
