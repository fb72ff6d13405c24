//! One pass over the rows: the E-step, what is done with it (draw a component, take
//! the likeliest, keep the posterior), and the moments of what comes of it.

#![allow(clippy::inline_always)] // compiled for the registers of the caller

use super::MAX_CLUSTERS;
use super::odds::Odds;
use super::points::{Points, TILE};
use super::sums::LaneSums;
use crate::ml::lanes::{LANES, Lanes, exp_of, sum};
use crate::task::Stream;
use crate::task::wide::{Wide, widest};

/// What a pass over the rows does with the odds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// Draws the component of each row from its posterior.
    Draw,
    /// Takes the likeliest component, the first of equals.
    Largest,
    /// Weighs each row by its posterior.
    Posterior,
}

/// What a pass over the rows adds up.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Totals {
    /// Σ_i ln p(x_i).
    pub mixture: f64,
    /// Σ_i max_k ln φ_k f_k(x_i).
    pub classification: f64,
    /// The largest odds that any row has against its likeliest component.
    pub doubt: f64,
}

/// A pass over the rows.
///
/// Cost: rows x (components - 1) x (d multiplications, or d² where covariances are
/// full and differ, + 1 exponential).
pub(super) struct Pass<'a> {
    pub points: &'a Points,
    pub odds: &'a Odds,
    pub rule: Rule,
    /// What [`Rule::Draw`] draws with.
    pub dice: &'a mut Dice,
    /// Get the component of each row as a number, -1 for rows that fill up the last
    /// blocks; untouched by [`Rule::Posterior`].
    pub labels: &'a mut [Lanes],
    /// Take in the rows of each component but the first.
    pub sums: &'a mut [LaneSums],
    /// What tiles are worked out in; holds nothing from one pass to the next.
    pub room: &'a mut Room,
}

impl Pass<'_> {
    /// Makes it, in the widest instructions there are.
    pub fn make(self) -> Totals {
        if self.odds.k > 1 {
            return widest(self);
        }
        for (b, labels) in self.labels.iter_mut().enumerate() {
            labels[..self.points.live(b)].fill(0.0);
        }
        Totals {
            mixture: self.odds.base,
            classification: self.odds.base,
            doubt: 0.0,
        }
    }
}

/// What a tile of rows is worked out in. Plain loops over all of its rows become the
/// widest vector instructions more surely than nests of short ones.
#[derive(Clone, Debug, Default)]
#[repr(C, align(64))]
pub(super) struct Room {
    /// Of each component but the first: log odds, then likelihood ratios to the
    /// largest, then weights.
    others: [[Lanes; TILE]; MAX_CLUSTERS - 1],
    /// Likelihood ratio of the first component.
    first: [Lanes; TILE],
    /// The largest log odds, with the first component's 0.
    top: [Lanes; TILE],
    /// The sum of all ratios.
    total: [Lanes; TILE],
    /// A fraction to draw with.
    fraction: [Lanes; TILE],
}

impl Wide for Pass<'_> {
    type Out = Totals;

    #[inline(always)]
    fn run(self) -> Totals {
        let (points, room, others) = (self.points, self.room, self.odds.k - 1);
        let mut best = [0.0; LANES];
        let mut product = [1.0; LANES];
        let mut doubt = [0.0_f64; LANES];
        let mut logs = 0.0;
        for (tile, labels) in self.labels.chunks_mut(TILE).enumerate() {
            let count = labels.len();
            let x = points.rows(tile * TILE, count);
            let live = points.n.saturating_sub(tile * TILE * LANES);
            for (k, odds) in room.others[..others].iter_mut().enumerate() {
                self.odds.evaluate(k, x, &mut odds[..count]);
            }
            room.compare(others);
            room.let_go(live);
            for (top, total) in room.top[..count].iter().zip(&room.total) {
                for t in 0..LANES {
                    best[t] += top[t];
                    product[t] *= total[t];
                    doubt[t] = if total[t] > doubt[t] {
                        total[t]
                    } else {
                        doubt[t]
                    };
                }
            }
            logs += sum(&product.map(f64::ln));
            product = [1.0; LANES];
            match self.rule {
                Rule::Draw => {
                    self.dice.roll(&mut room.fraction);
                    room.draw(others, labels.as_flattened_mut());
                }
                Rule::Largest => room.take_largest(others, labels.as_flattened_mut()),
                Rule::Posterior => room.share(others),
            }
            if live < count * LANES {
                if self.rule != Rule::Posterior {
                    labels.as_flattened_mut()[live..].fill(-1.0);
                }
                for weights in &mut room.others[..others] {
                    weights.as_flattened_mut()[live..].fill(0.0);
                }
            }
            for (sums, weights) in self.sums.iter_mut().zip(&room.others) {
                sums.add(self.odds.terms, x, &weights[..count]);
            }
        }
        let classification = self.odds.base + sum(&best);
        Totals {
            mixture: classification + logs,
            classification,
            doubt: doubt.iter().fold(1.0, |m: f64, &v| m.max(v)) - 1.0,
        }
    }
}

impl Room {
    /// Log odds become likelihood ratios to the largest.
    #[inline(always)]
    fn compare(&mut self, others: usize) {
        let first = self.first.as_flattened_mut();
        let top = self.top.as_flattened_mut();
        let total = self.total.as_flattened_mut();
        if others == 1 {
            // Two components need one exponential.
            let odds = self.others[0].as_flattened_mut();
            let rows = odds.iter_mut().zip(first).zip(top).zip(total);
            for (((h, first), top), total) in rows {
                let e = exp_of(-h.abs());
                let above = *h > 0.0;
                *top = if above { *h } else { 0.0 };
                *first = if above { e } else { 1.0 };
                *h = if above { 1.0 } else { e };
                *total = 1.0 + e;
            }
            return;
        }
        top.fill(0.0);
        for odds in &self.others[..others] {
            for (top, &h) in top.iter_mut().zip(odds.as_flattened()) {
                *top = if h > *top { h } else { *top };
            }
        }
        for ((first, top), total) in first.iter_mut().zip(&*top).zip(&mut *total) {
            *first = exp_of(-*top);
            *total = *first;
        }
        for odds in &mut self.others[..others] {
            let rows = odds.as_flattened_mut().iter_mut().zip(&*top);
            for ((h, top), total) in rows.zip(&mut *total) {
                *h = exp_of(*h - top);
                *total += *h;
            }
        }
    }

    /// Rows from `live` on are none: they add nothing to the totals.
    #[inline(always)]
    fn let_go(&mut self, live: usize) {
        if live < TILE * LANES {
            self.top.as_flattened_mut()[live..].fill(0.0);
            self.total.as_flattened_mut()[live..].fill(1.0);
        }
    }

    /// Labels are the components whose share of the summed ratios the fraction falls
    /// into; weights are 1 for those and 0 for others.
    #[inline(always)]
    fn draw(&mut self, others: usize, labels: &mut [f64]) {
        if others == 1 {
            let rows = self.fraction.as_flattened().iter();
            let rows = rows.zip(self.total.as_flattened());
            let rows = rows.zip(self.first.as_flattened()).zip(labels);
            let weights = self.others[0].as_flattened_mut();
            for ((((u, total), first), label), weight) in rows.zip(weights) {
                *label = if u * total >= *first { 1.0 } else { 0.0 };
                *weight = *label;
            }
            return;
        }
        labels.fill(0.0);
        let fractions = self.fraction.as_flattened_mut();
        for (u, total) in fractions.iter_mut().zip(self.total.as_flattened()) {
            *u *= total;
        }
        let reached = self.first.as_flattened_mut();
        for ratios in &self.others[..others] {
            let rows = labels.iter_mut().zip(&*fractions).zip(&mut *reached);
            for (((label, u), reached), ratio) in rows.zip(ratios.as_flattened()) {
                *label += if *u >= *reached { 1.0 } else { 0.0 };
                *reached += ratio;
            }
        }
        self.weigh(others, labels);
    }

    /// Labels are the first components with ratio 1.
    #[inline(always)]
    fn take_largest(&mut self, others: usize, labels: &mut [f64]) {
        if others == 1 {
            let weights = self.others[0].as_flattened_mut().iter_mut();
            let rows = weights.zip(self.first.as_flattened());
            for ((weight, first), label) in rows.zip(labels) {
                *label = if *first < 1.0 { 1.0 } else { 0.0 };
                *weight = *label;
            }
            return;
        }
        for (k, ratios) in self.others[..others].iter().enumerate().rev() {
            for (label, ratio) in labels.iter_mut().zip(ratios.as_flattened()) {
                *label = if *ratio == 1.0 {
                    (k + 1) as f64
                } else {
                    *label
                };
            }
        }
        for (label, first) in labels.iter_mut().zip(self.first.as_flattened()) {
            *label = if *first == 1.0 { 0.0 } else { *label };
        }
        self.weigh(others, labels);
    }

    #[inline(always)]
    fn weigh(&mut self, others: usize, labels: &[f64]) {
        for (k, weights) in self.others[..others].iter_mut().enumerate() {
            for (weight, label) in weights.as_flattened_mut().iter_mut().zip(labels) {
                *weight = if *label == (k + 1) as f64 { 1.0 } else { 0.0 };
            }
        }
    }

    /// Weights are posteriors.
    #[inline(always)]
    fn share(&mut self, others: usize) {
        for weights in &mut self.others[..others] {
            let rows = weights.as_flattened_mut().iter_mut();
            for (weight, total) in rows.zip(self.total.as_flattened()) {
                *weight /= total;
            }
        }
    }
}

/// Smallest fraction that [`Dice`] can give; odds below it cannot change a draw.
pub(super) const SMALLEST_FRACTION: f64 = 0.5 / (1u64 << 32) as f64;

/// How many generators [`Dice`] has.
const GENERATORS: usize = 64;

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

    /// Fractions strictly between 0 and 1, of 32 random bits each.
    #[inline(always)]
    fn roll(&mut self, out: &mut [Lanes; TILE]) {
        const ONE: u64 = 1.0f64.to_bits();
        let [a, b, c, d] = &mut *self.0;
        for out in out.as_flattened_mut().chunks_exact_mut(GENERATORS) {
            let states = a.iter_mut().zip(&mut *b).zip(&mut *c).zip(&mut *d);
            for ((((a, b), c), d), out) in states.zip(out) {
                let bits = a.wrapping_add(*d) >> 32 << 20;
                *out = f64::from_bits(ONE | bits) - (1.0 - SMALLEST_FRACTION);
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

#[cfg(test)]
mod tests;
