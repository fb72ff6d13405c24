//! The best split of a node on one attribute, from a histogram of its rows.

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

/// Rows of a node by bin and class. Between two nodes it is empty.
pub(super) struct Histogram {
    /// Room for the classes of a bin.
    stride: usize,
    /// Rows drawn, bins x stride.
    counts: Vec<u32>,
    /// A bit for each bin that has rows: nodes with few rows touch few bins.
    used: Vec<u64>,
    /// Weight of a row of each class, 0 beyond the last class.
    weights: Vec<f64>,
    /// Rows of the node by class, 0 beyond the last class.
    whole: Vec<u32>,
    left: Vec<u32>,
    /// Rows of each class to the left of the best split so far.
    pub best_left: Vec<u32>,
    min_leaf: u32,
}

impl Histogram {
    /// An empty one for so many bins; `weights` holds that of a row of each class.
    pub(super) fn new(bins: usize, weights: &[f64], min_leaf: usize) -> Self {
        let stride = weights.len().next_multiple_of(4);
        let mut padded = weights.to_vec();
        padded.resize(stride, 0.0);
        Self {
            stride,
            counts: vec![0; bins * stride],
            used: vec![0; bins.div_ceil(64)],
            weights: padded,
            whole: vec![0; stride],
            left: vec![0; stride],
            best_left: vec![0; stride],
            min_leaf: u32::try_from(min_leaf).unwrap_or(u32::MAX),
        }
    }

    /// Turns to another node.
    pub(super) fn begin(&mut self, node: &Content) {
        self.whole[..node.counts.len()].copy_from_slice(node.counts);
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
        match self.stride {
            4 => {
                self.fill(4, bins, drawn);
                self.scan(4, &mut [0; 4], attribute, best)
            }
            8 => {
                self.fill(8, bins, drawn);
                self.scan(8, &mut [0; 8], attribute, best)
            }
            stride => {
                self.fill(stride, bins, drawn);
                let mut left = std::mem::take(&mut self.left);
                left.fill(0);
                let best = self.scan(stride, &mut left, attribute, best);
                self.left = left;
                best
            }
        }
    }

    #[allow(clippy::inline_always)] // with a constant stride the counts stay in registers
    #[inline(always)]
    fn fill(&mut self, stride: usize, bins: &[u16], drawn: &[Drawn]) {
        for drawn in drawn {
            let bin = usize::from(bins[drawn.row as usize]);
            self.counts[bin * stride + usize::from(drawn.class)] += u32::from(drawn.times);
            self.used[bin / 64] |= 1 << (bin % 64);
        }
    }

    /// Goes through the bins that have rows, and empties them.
    #[allow(clippy::inline_always)] // the same
    #[inline(always)]
    fn scan(
        &mut self,
        stride: usize,
        left: &mut [u32],
        attribute: usize,
        mut best: Option<Split>,
    ) -> Option<Split> {
        let whole = &self.whole[..stride];
        let weights = &self.weights[..stride];
        let all: u32 = whole.iter().sum();
        // What was found on other attributes, and the best of this one.
        let (mut top, mut found) = (best.map_or((-1.0, 1.0), |b| b.score), None);
        let mut open = false;
        let mut rows_left = 0;
        for word in 0..self.used.len() {
            let mut bits = std::mem::take(&mut self.used[word]);
            while bits != 0 {
                let bin = word * 64 + bits.trailing_zeros() as usize;
                bits &= bits - 1;
                if std::mem::take(&mut open)
                    && let Some((_, next)) = &mut found
                {
                    *next = bin;
                }
                let cell = &mut self.counts[bin * stride..][..stride];
                for (left, cell) in left[..stride].iter_mut().zip(cell) {
                    *left += std::mem::take(cell);
                }
                rows_left = left[..stride].iter().sum::<u32>();
                let (mut wl, mut sl, mut wr, mut sr) = (0.0, 0.0, 0.0, 0.0);
                for c in 0..stride {
                    let l = f64::from(left[c]) * weights[c];
                    let r = f64::from(whole[c] - left[c]) * weights[c];
                    wl += l;
                    sl += l * l;
                    wr += r;
                    sr += r * r;
                }
                let score = (sl * wr + sr * wl, wl * wr);
                let better = score.0 * top.1 > top.0 * score.1 * TIE;
                let roomy = rows_left >= self.min_leaf && all - rows_left >= self.min_leaf;
                if better && roomy && rows_left < all {
                    top = score;
                    found = Some((bin, bin));
                    open = true;
                    self.best_left.copy_from_slice(&left[..stride]);
                }
            }
        }
        debug_assert_eq!(rows_left, all, "all rows of the node were counted");
        if let Some((bin, next)) = found {
            best = Some(Split {
                attribute,
                bin: bin as u16,
                next: next as u16,
                score: top,
            });
        }
        best
    }
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
            prop_assert!(histogram.counts.iter().all(|&n| n == 0));
        }
    }
}
