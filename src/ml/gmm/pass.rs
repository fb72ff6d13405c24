//! One pass over the rows: the E-step, what is done with it (draw a component, take
//! the likeliest, keep the posterior), and the moments of what comes of it.

#![allow(clippy::inline_always)] // compiled for the registers of the caller

use super::MAX_CLUSTERS;
use super::odds::Odds;
use super::points::{GROUP, Points, TILE};
use super::sums::LaneSums;
use crate::ml::lanes::{LANES, Lanes, exp2, exp2_of, largest, ln, sum, whole};
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
    /// What [`Rule::Draw`] draws with, of every tile.
    pub fractions: &'a [[Lanes; TILE]],
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

/// What a tile of rows is worked out in. Plain loops over many rows become the widest
/// vector instructions more surely than nests of short ones.
#[derive(Clone, Debug, Default)]
#[repr(C, align(64))]
pub(super) struct Room {
    /// Of each component but the first: binary log odds, then likelihood ratios to the
    /// largest, then weights.
    others: [[Lanes; TILE]; MAX_CLUSTERS - 1],
    /// Likelihood ratio of the first component; of two components, the posterior of the
    /// second.
    first: [Lanes; TILE],
    /// The largest binary log odds, with the first component's 0.
    top: [Lanes; TILE],
    /// The sum of all ratios.
    total: [Lanes; TILE],
    account: Account,
}

/// How many rows there are in a group of blocks.
const STRIP: usize = GROUP * LANES;

/// Rows whose exponentials are taken side by side, and that add up to the same.
const SIDE: usize = 2;

/// In how many places the rows of a group add up.
const PLACES: usize = STRIP / SIDE;

/// Odds of rows that are none: they add nothing to any total.
const NEVER: f64 = f64::MIN;

/// Tiles whose ratios are multiplied before a logarithm is taken: 8 x 16 ratios of a
/// place, of 8 at most, times those of another place are at most 2⁷⁶⁸.
const MULTIPLIED: usize = 8;

/// What rows add up to, in places that stand side by side.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
struct Account {
    /// Sum of the largest binary log odds.
    best: [f64; PLACES],
    /// Product of the sums of ratios.
    product: [f64; PLACES],
    /// The largest sum of ratios but the largest.
    doubt: [f64; PLACES],
}

impl Default for Account {
    fn default() -> Self {
        Self {
            best: [0.0; PLACES],
            product: [1.0; PLACES],
            doubt: [0.0; PLACES],
        }
    }
}

impl Account {
    /// ln of the product, which starts again from 1.
    #[inline(always)]
    fn take_logs(&mut self) -> f64 {
        let product = fold(&self.product, |a, b| a * b);
        self.product = [1.0; PLACES];
        sum(&ln(&product))
    }
}

/// What stands in the places of an account, taken together.
#[inline(always)]
fn fold(places: &[f64; PLACES], join: impl Fn(f64, f64) -> f64) -> Lanes {
    let mut out = [0.0; LANES];
    for t in 0..LANES {
        out[t] = join(places[t], places[LANES + t]);
    }
    whole(out)
}

impl Wide for Pass<'_> {
    type Out = Totals;

    #[inline(always)]
    fn run(self) -> Totals {
        let (points, room, others) = (self.points, self.room, self.odds.k - 1);
        room.account = Account::default();
        let mut logs = 0.0;
        for (tile, labels) in self.labels.chunks_mut(TILE).enumerate() {
            let count = labels.len();
            let x = points.rows(tile * TILE, count);
            let live = points.n.saturating_sub(tile * TILE * LANES);
            for (k, odds) in room.others[..others].iter_mut().enumerate() {
                self.odds.evaluate(k, x, &mut odds[..count]);
                if live < count * LANES {
                    odds.as_flattened_mut()[live..].fill(NEVER);
                }
            }
            let fractions = &self.fractions[tile];
            if others == 1 {
                let weights = room.settle_two(self.rule, fractions, labels);
                self.sums[0].add(self.odds.terms, x, weights);
            } else {
                room.compare(others, count / GROUP);
                match self.rule {
                    Rule::Draw => room.draw(others, fractions, labels.as_flattened_mut()),
                    Rule::Largest => room.take_largest(others, labels.as_flattened_mut()),
                    Rule::Posterior => room.share(others),
                }
                for (sums, weights) in self.sums.iter_mut().zip(&room.others) {
                    sums.add(self.odds.terms, x, &weights[..count]);
                }
            }
            if live < count * LANES && self.rule != Rule::Posterior {
                labels.as_flattened_mut()[live..].fill(-1.0);
            }
            if tile % MULTIPLIED == MULTIPLIED - 1 {
                logs += room.account.take_logs();
            }
        }
        logs += room.account.take_logs();
        let best = sum(&fold(&room.account.best, |a, b| a + b));
        let classification = self.odds.base + best * std::f64::consts::LN_2;
        Totals {
            mixture: classification + logs,
            classification,
            doubt: largest(&fold(&room.account.doubt, f64::max)),
        }
    }
}

impl Room {
    /// Weights from the binary log odds of one component against another: labels, where
    /// there are any.
    #[inline(always)]
    fn settle_two<'a>(
        &'a mut self,
        rule: Rule,
        fractions: &[Lanes; TILE],
        labels: &'a mut [Lanes],
    ) -> &'a [Lanes] {
        let count = labels.len();
        match rule {
            Rule::Draw => {
                self.settle(fractions, labels, |[first, _], total, fraction| {
                    if fraction * total >= first { 1.0 } else { 0.0 }
                });
                labels
            }
            Rule::Largest => {
                self.settle(
                    fractions,
                    labels,
                    |[first, _], _, _| {
                        if first < 1.0 { 1.0 } else { 0.0 }
                    },
                );
                labels
            }
            Rule::Posterior => {
                let mut weights = self.first;
                self.settle(fractions, &mut weights[..count], |[_, other], total, _| {
                    other / total
                });
                self.first = weights;
                &self.first[..count]
            }
        }
    }

    /// The weights are what `weigh` says of the two ratios, their sum and a fraction. Two
    /// components need one exponential.
    #[inline(always)]
    fn settle(
        &mut self,
        fractions: &[Lanes; TILE],
        weights: &mut [Lanes],
        weigh: impl Fn([f64; 2], f64, f64) -> f64,
    ) {
        let Account {
            best,
            product,
            doubt,
        } = &mut self.account;
        let odds = self.others[0].as_flattened().as_chunks::<STRIP>().0;
        let fractions = fractions.as_flattened().as_chunks::<STRIP>().0;
        let weights = weights.as_flattened_mut().as_chunks_mut::<STRIP>().0;
        for ((odds, fractions), weights) in odds.iter().zip(fractions).zip(weights) {
            for i in 0..PLACES {
                let rows: [usize; SIDE] = std::array::from_fn(|s| i + s * PLACES);
                let h = rows.map(|row| odds[row]);
                let e = exp2(h.map(|h| -h.abs()));
                let total = e.map(|e| 1.0 + e);
                for s in 0..SIDE {
                    let above = h[s].is_sign_positive();
                    let ratios = [
                        if above { e[s] } else { 1.0 },
                        if above { 1.0 } else { e[s] },
                    ];
                    weights[rows[s]] = weigh(ratios, total[s], fractions[rows[s]]);
                }
                let top = h.map(|h| if h > 0.0 { h } else { 0.0 });
                best[i] += top[0] + top[1];
                product[i] *= total[0] * total[1];
                // A choice between what stands there and another becomes a store under a
                // mask, on Zen 3 a fifth of the time of this loop; `max` does not.
                doubt[i] = doubt[i].max(if e[0] > e[1] { e[0] } else { e[1] });
            }
        }
    }

    /// Binary log odds become likelihood ratios to the largest.
    #[inline(always)]
    fn compare(&mut self, others: usize, groups: usize) {
        let first = self.first.as_flattened_mut();
        let top = self.top.as_flattened_mut();
        let total = self.total.as_flattened_mut();
        top.fill(0.0);
        for odds in &self.others[..others] {
            for (top, &h) in top.iter_mut().zip(odds.as_flattened()) {
                *top = if h > *top { h } else { *top };
            }
        }
        for ((first, top), total) in first.iter_mut().zip(&*top).zip(&mut *total) {
            *first = exp2_of(-*top);
            *total = *first;
        }
        for odds in &mut self.others[..others] {
            let rows = odds.as_flattened_mut().iter_mut().zip(&*top);
            for ((h, top), total) in rows.zip(&mut *total) {
                *h = exp2_of(*h - top);
                *total += *h;
            }
        }
        let Account {
            best,
            product,
            doubt,
        } = &mut self.account;
        let rows = top.as_chunks::<STRIP>().0.iter();
        let rows = rows.zip(total.as_chunks::<STRIP>().0);
        for (top, total) in rows.take(groups) {
            for (top, total) in top.chunks(PLACES).zip(total.chunks(PLACES)) {
                for i in 0..PLACES {
                    best[i] += top[i];
                    product[i] *= total[i];
                    doubt[i] = doubt[i].max(total[i] - 1.0);
                }
            }
        }
    }

    /// Labels are the components whose share of the summed ratios the fraction falls
    /// into; weights are 1 for those and 0 for others.
    #[inline(always)]
    fn draw(&mut self, others: usize, fractions: &[Lanes; TILE], labels: &mut [f64]) {
        labels.fill(0.0);
        // The largest odds have been added up.
        let drawn = self.top.as_flattened_mut();
        let rows = fractions
            .as_flattened()
            .iter()
            .zip(self.total.as_flattened());
        for (drawn, (u, total)) in drawn.iter_mut().zip(rows) {
            *drawn = u * total;
        }
        let reached = self.first.as_flattened_mut();
        for ratios in &self.others[..others] {
            let rows = labels.iter_mut().zip(&*drawn).zip(&mut *reached);
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

#[cfg(test)]
mod tests;
