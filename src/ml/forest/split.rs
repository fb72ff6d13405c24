//! The best split of a node on one attribute, from a histogram of its rows.

#![allow(clippy::inline_always)] // compiled for the registers of the caller

use crate::task::wide::{Wide, widest};

/// A row as a tree drew it: which one, of which class, how often.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Drawn {
    pub row: u32,
    pub class: u16,
    pub times: u16,
}

/// A way to split a node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Split {
    pub attribute: usize,
    /// The last bin that goes left.
    pub bin: u16,
    /// The next one that the node has rows in.
    pub next: u16,
    /// Its score as a fraction of two numbers: comparing needs no division.
    score: (f64, f64),
}

/// What a node holds: rows drawn of each class, and sums over them.
pub(super) struct Content<'a> {
    /// Rows drawn of each class.
    pub counts: &'a [u32],
    /// Rows drawn.
    pub rows: u32,
    /// Their weight.
    pub weight: f64,
    /// Sum of the squared weights of the classes.
    pub squares: f64,
}

impl<'a> Content<'a> {
    pub(super) fn new(counts: &'a [u32], weights: &[f64]) -> Self {
        let of_class = || counts.iter().zip(weights).map(|(&n, w)| f64::from(n) * w);
        Self {
            counts,
            rows: counts.iter().sum(),
            weight: of_class().sum(),
            squares: of_class().map(|x| x * x).sum(),
        }
    }

    /// True where all rows are of one class.
    pub(super) fn pure(&self) -> bool {
        self.counts.contains(&self.rows)
    }

    /// Gini impurity `1 - sum p_k^2`.
    pub(super) fn impurity(&self) -> f64 {
        1.0 - self.squares / (self.weight * self.weight)
    }

    /// By how much a split lowers the impurity.
    pub(super) fn gain(&self, split: &Split) -> f64 {
        let score = split.score.0 / split.score.1;
        (self.impurity() - 1.0 + score / self.weight).max(0.0)
    }
}

/// Scores closer than this, relatively, are equal: equal splits on different
/// attributes may differ in the last bits of their products.
const TIE: f64 = 1.0 + 1e-12;

/// Cuts that are scored at once.
const LANES: usize = 8;

/// Rows of a node by bin and class, and the cuts that they allow. Between two nodes it
/// is empty.
pub(super) struct Histogram {
    /// Fours that the classes of a bin take: they fill registers.
    fours: usize,
    /// Rows drawn, bins x fours.
    counts: Vec<[u32; 4]>,
    /// A bit for each bin that has rows: nodes with few rows touch few bins.
    used: Vec<u64>,
    /// Weight of a row of each class.
    weights: Vec<f64>,
    /// Rows of the node by class.
    whole: Vec<u32>,
    min_leaf: u32,
    /// The bins that have rows, ascending: a cut lies behind each but the last.
    bins: Vec<u16>,
    /// Rows to the left of each cut, cuts x fours.
    left: Vec<[u32; 4]>,
    /// Score of each cut as a fraction of two numbers.
    over: Vec<f64>,
    under: Vec<f64>,
    /// Rows of each class to the left of the best cut so far.
    pub best_left: Vec<u32>,
}

impl Histogram {
    /// An empty one for so many bins; `weights` holds that of a row of each class.
    pub(super) fn new(bins: usize, weights: &[f64], min_leaf: usize) -> Self {
        let fours = weights.len().div_ceil(4);
        let bins = bins.next_multiple_of(64);
        Self {
            fours,
            counts: vec![[0; 4]; bins * fours],
            used: vec![0; bins / 64],
            weights: weights.to_vec(),
            whole: vec![0; weights.len()],
            min_leaf: u32::try_from(min_leaf).unwrap_or(u32::MAX),
            bins: vec![0; bins],
            left: vec![[0; 4]; bins * fours],
            over: vec![0.0; bins],
            under: vec![0.0; bins],
            best_left: vec![0; weights.len()],
        }
    }

    /// Turns to another node.
    pub(super) fn begin(&mut self, node: &Content) {
        self.whole.copy_from_slice(node.counts);
    }

    /// The best split of the node's rows on an attribute, if it beats `best` (or
    /// if nothing has been found yet). `bins` holds the bin of every row.
    ///
    /// With `S = sum of squared class weights`, `W = weight` and sides `l`, `r`,
    /// the impurity decrease is `(S_l/W_l + S_r/W_r - S/W) / W`: the scan
    /// maximises `S_l/W_l + S_r/W_r`. For equal class weights all sums are whole
    /// numbers, so they are exact. The first of equal splits wins: the lower bin,
    /// and the smaller attribute if attributes are scanned in order. A gain of 0
    /// is a split like any other (without it, two attributes that only help
    /// together are never found).
    pub(super) fn best_on(
        &mut self,
        attribute: usize,
        bins: &[u16],
        drawn: &[Drawn],
        best: Option<Split>,
    ) -> Option<Split> {
        let count = match self.fours {
            1 => self.sum_up(&mut [[0; 4]; 1], bins, drawn),
            fours => self.sum_up(&mut vec![[0; 4]; fours], bins, drawn),
        };
        let cuts = count.saturating_sub(1);
        widest(Scoring {
            left: &self.left,
            whole: &self.whole,
            weights: &self.weights,
            over: &mut self.over[..cuts.next_multiple_of(LANES)],
            under: &mut self.under,
        });
        let found = self.pick(cuts, best.map_or((-1.0, 1.0), |b| b.score));
        let Some((cut, score)) = found else {
            return best;
        };
        let left = self.left[cut * self.fours..][..self.fours].as_flattened();
        self.best_left.copy_from_slice(&left[..self.whole.len()]);
        Some(Split {
            attribute,
            bin: self.bins[cut],
            next: self.bins[cut + 1],
            score,
        })
    }

    /// Lists the bins that have rows and the rows to the left; says how many there are.
    /// `sums` is 0 for each class.
    // With one four of classes it multiplies by shifts, and its sums stay in a register.
    #[inline(always)]
    fn sum_up(&mut self, sums: &mut [[u32; 4]], bins: &[u16], drawn: &[Drawn]) -> usize {
        // Marks are quick to walk; where most bins have rows, looking at all is quicker
        // than marking them.
        if drawn.len() < self.bins.len() / 2 {
            self.fill::<true>(sums.len(), bins, drawn);
            self.collect_used(sums)
        } else {
            self.fill::<false>(sums.len(), bins, drawn);
            self.collect(sums)
        }
    }

    #[inline(always)]
    fn fill<const MARKED: bool>(&mut self, fours: usize, bins: &[u16], drawn: &[Drawn]) {
        for drawn in drawn {
            let (bin, class) = (bins[drawn.row as usize], usize::from(drawn.class));
            let bin = usize::from(bin);
            let four = if fours == 1 { 0 } else { class / 4 };
            self.counts[bin * fours + four][class % 4] += u32::from(drawn.times);
            if MARKED {
                self.used[bin / 64] |= 1 << (bin % 64);
            }
        }
    }

    /// Looks at all bins, and empties them.
    #[inline(always)]
    fn collect(&mut self, sums: &mut [[u32; 4]]) -> usize {
        let (bins, left) = (&mut self.bins[..], &mut self.left[..]);
        let fours = sums.len();
        let mut count = 0;
        for (bin, cell) in self.counts.chunks_exact_mut(fours).enumerate() {
            bins[count] = bin as u16;
            let left = &mut left[count * fours..][..fours];
            let mut rows = 0;
            for ((sums, cell), left) in sums.iter_mut().zip(cell).zip(left) {
                for (sum, count) in sums.iter_mut().zip(std::mem::take(cell)) {
                    *sum += count;
                    rows |= count;
                }
                *left = *sums;
            }
            count += usize::from(rows > 0);
        }
        count
    }

    /// Looks at the bins that are marked, and empties them.
    #[inline(always)]
    fn collect_used(&mut self, sums: &mut [[u32; 4]]) -> usize {
        let (bins, counts, left) = (&mut self.bins[..], &mut self.counts[..], &mut self.left[..]);
        let fours = sums.len();
        let mut count = 0;
        for (word, used) in self.used.iter_mut().enumerate() {
            let mut bits = std::mem::take(used);
            while bits != 0 {
                let bin = word * 64 + bits.trailing_zeros() as usize;
                bits &= bits - 1;
                bins[count] = bin as u16;
                let cell = &mut counts[bin * fours..][..fours];
                let left = &mut left[count * fours..][..fours];
                for ((sums, cell), left) in sums.iter_mut().zip(cell).zip(left) {
                    for (sum, count) in sums.iter_mut().zip(std::mem::take(cell)) {
                        *sum += count;
                    }
                    *left = *sums;
                }
                count += 1;
            }
        }
        count
    }

    /// The first of the cuts with the highest score, if it is above `top`.
    fn pick(&self, cuts: usize, mut top: (f64, f64)) -> Option<(usize, (f64, f64))> {
        let mut found = None;
        let scores = self.over[..cuts].iter().zip(&self.under[..cuts]);
        for (cut, (&over, &under)) in scores.enumerate() {
            if over * top.1 > top.0 * under * TIE && self.roomy(cut) {
                top = (over, under);
                found = Some(cut);
            }
        }
        found.map(|cut| (cut, top))
    }

    /// True where both sides of a cut have rows enough for a leaf.
    fn roomy(&self, cut: usize) -> bool {
        let left = self.left[cut * self.fours..][..self.fours].as_flattened();
        let (left, all) = (left.iter().sum::<u32>(), self.whole.iter().sum::<u32>());
        left >= self.min_leaf && all - left >= self.min_leaf
    }
}

/// Scores to be made of cuts, [`LANES`] at a time; those of the last may mean nothing.
struct Scoring<'a> {
    left: &'a [[u32; 4]],
    whole: &'a [u32],
    weights: &'a [f64],
    over: &'a mut [f64],
    under: &'a mut [f64],
}

impl Wide for Scoring<'_> {
    type Out = ();

    #[inline(always)]
    fn run(self) {
        let fours = self.whole.len().div_ceil(4);
        let scores = self.over.as_chunks_mut::<LANES>().0.iter_mut();
        let scores = scores.zip(self.under.as_chunks_mut::<LANES>().0);
        let lefts = self.left.chunks_exact(LANES * fours);
        for (left, (over, under)) in lefts.zip(scores) {
            let (mut wl, mut sl) = ([0.0; LANES], [0.0; LANES]);
            let (mut wr, mut sr) = ([0.0; LANES], [0.0; LANES]);
            let classes = self.whole.chunks(4).zip(self.weights.chunks(4));
            for (four, (whole, weights)) in classes.enumerate() {
                let left = by_class(left, fours, four);
                for ((left, &whole), &weight) in left.iter().zip(whole).zip(weights) {
                    for v in 0..LANES {
                        let l = f64::from(left[v].cast_signed()) * weight;
                        let r = f64::from(whole.wrapping_sub(left[v]).cast_signed()) * weight;
                        wl[v] += l;
                        sl[v] += l * l;
                        wr[v] += r;
                        sr[v] += r * r;
                    }
                }
            }
            let mut scores = ([0.0; LANES], [0.0; LANES]);
            for v in 0..LANES {
                scores.0[v] = sl[v] * wr[v] + sr[v] * wl[v];
                scores.1[v] = wl[v] * wr[v];
            }
            (*over, *under) = scores;
        }
    }
}

/// Four classes of some cuts, class by class.
#[inline(always)]
fn by_class(left: &[[u32; 4]], fours: usize, four: usize) -> [[u32; LANES]; 4] {
    let mut classes = [[0; LANES]; 4];
    if let (1, Some(left)) = (fours, left.first_chunk::<LANES>()) {
        // The usual case, with constant places.
        for v in 0..LANES {
            for c in 0..4 {
                classes[c][v] = left[v][c];
            }
        }
    } else {
        for (v, left) in left
            .iter()
            .skip(four)
            .step_by(fours)
            .enumerate()
            .take(LANES)
        {
            for c in 0..4 {
                classes[c][v] = left[c];
            }
        }
    }
    classes
}

#[cfg(test)]
mod tests {
    use super::super::bins::Bins;
    use super::*;
    use proptest::prelude::*;

    fn impurity(counts: &[u32]) -> f64 {
        let weights = vec![1.0; counts.len()];
        Content::new(counts, &weights).impurity()
    }

    #[test]
    fn gini_of_known_counts() {
        assert_eq!(impurity(&[3, 3, 2]), 0.65625);
        assert!((impurity(&[3, 2]) - 0.48).abs() < 1e-15);
        assert_eq!(impurity(&[0, 7, 0]), 0.0);
        for k in 2..9 {
            let even = impurity(&vec![4; k]);
            assert!((even - (1.0 - 1.0 / k as f64)).abs() < 1e-15);
        }
    }

    /// Attribute values, class and times drawn.
    type Row = (Vec<u8>, u16, u16);

    /// Every threshold of every attribute tried, impurities by their definition.
    fn brute(rows: &[Row], classes: usize, min_leaf: u32) -> Option<(usize, f32, f64)> {
        let tally = |keep: &dyn Fn(&Row) -> bool| {
            let mut counts = vec![0_u32; classes];
            for row in rows.iter().filter(|r| keep(r)) {
                counts[usize::from(row.1)] += u32::from(row.2);
            }
            counts
        };
        let all = tally(&|_| true);
        let n: u32 = all.iter().sum();
        let mut best: Option<(usize, f32, f64)> = None;
        for a in 0..rows[0].0.len() {
            let mut values: Vec<u8> = rows.iter().map(|r| r.0[a]).collect();
            values.sort_unstable();
            values.dedup();
            for pair in values.windows(2) {
                let t = f32::midpoint(f32::from(pair[0]), f32::from(pair[1]));
                let l = tally(&|r| f32::from(r.0[a]) <= t);
                let r = tally(&|r| f32::from(r.0[a]) > t);
                let (nl, nr) = (l.iter().sum::<u32>(), r.iter().sum::<u32>());
                let share = |m: u32| f64::from(m) / f64::from(n);
                let gain = impurity(&all) - share(nl) * impurity(&l) - share(nr) * impurity(&r);
                if nl >= min_leaf && nr >= min_leaf && best.is_none_or(|b| gain > b.2 + 1e-12) {
                    best = Some((a, t, gain));
                }
            }
        }
        best
    }

    /// Wide registers change no digit.
    #[test]
    fn scores_are_the_same_in_registers_of_any_width() {
        let mut rng = crate::task::stream(5, "t", &[]);
        for classes in [3, 4, 7] {
            let fours = usize::div_ceil(classes, 4);
            let cuts = 5 * LANES;
            let whole: Vec<u32> = (0..classes).map(|_| 60_000).collect();
            let weights: Vec<f64> = (0..classes).map(|_| 3.0 * rng.fraction()).collect();
            let left: Vec<[u32; 4]> = (0..cuts * fours)
                .map(|_| std::array::from_fn(|_| rng.below(60_000) as u32))
                .collect();
            let score = |wide: bool| {
                let (mut over, mut under) = (vec![0.0; cuts], vec![0.0; cuts]);
                let scoring = Scoring {
                    left: &left,
                    whole: &whole,
                    weights: &weights,
                    over: &mut over,
                    under: &mut under,
                };
                if wide {
                    widest(scoring);
                } else {
                    scoring.run();
                }
                (over, under)
            };
            let (over, under) = score(true);
            assert_eq!((&over, &under), (&score(false).0, &score(false).1));
            // One of them by its definition.
            let l: Vec<f64> = (0..classes)
                .map(|c| f64::from(left[9 * fours + c / 4][c % 4]) * weights[c])
                .collect();
            let r: Vec<f64> = (0..classes).map(|c| 60_000.0 * weights[c] - l[c]).collect();
            let sum = |x: &[f64]| x.iter().sum::<f64>();
            let squares = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>();
            let score = squares(&l) / sum(&l) + squares(&r) / sum(&r);
            assert!((over[9] / under[9] / score - 1.0).abs() < 1e-12);
        }
    }

    proptest! {
        #[test]
        fn the_scan_agrees_with_brute_force(
            rows in proptest::collection::vec(
                (proptest::collection::vec(0u8..6, 3), 0u16..3, 1u16..4), 2..40),
            min_leaf in 1usize..4,
            classes in prop_oneof![Just(3usize), Just(7), Just(11)],
        ) {
            let weights = vec![1.0; classes];
            let drawn: Vec<Drawn> = rows
                .iter()
                .enumerate()
                .map(|(i, r)| Drawn { row: i as u32, class: r.1, times: r.2 })
                .collect();
            let mut counts = vec![0; classes];
            for d in &drawn {
                counts[usize::from(d.class)] += u32::from(d.times);
            }
            let node = Content::new(&counts, &weights);
            let mut histogram = Histogram::new(256, &weights, min_leaf);
            histogram.begin(&node);
            let mut best = None;
            let bins: Vec<Bins> = (0..3)
                .map(|a| rows.iter().map(|r| f32::from(r.0[a])).collect::<Vec<f32>>())
                .map(|column| Bins::of(&column, 256))
                .collect();
            for (a, bins) in bins.iter().enumerate() {
                best = histogram.best_on(a, &bins.of_row, &drawn, best);
            }
            let found = best.map(|b| (b.attribute, bins[b.attribute].threshold(b.bin, b.next)));
            let expected = brute(&rows, classes, min_leaf as u32);
            prop_assert_eq!(found, expected.map(|e| (e.0, e.1)));
            if let (Some(b), Some(e)) = (best, expected) {
                prop_assert!((node.gain(&b) - e.2).abs() < 1e-12);
                let bin = |d: &&Drawn| bins[b.attribute].of_row[d.row as usize] <= b.bin;
                let left: u32 = drawn.iter().filter(bin).map(|d| u32::from(d.times)).sum();
                prop_assert_eq!(histogram.best_left.iter().sum::<u32>(), left);
            }
            prop_assert!(histogram.counts.iter().all(|&n| n == [0; 4]));
        }
    }
}
