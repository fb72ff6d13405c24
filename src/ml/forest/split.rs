//! The best split of a node on one attribute.

/// A row as a tree drew it: how often, and of which class.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Drawn {
    pub times: u16,
    pub class: u16,
}

/// A way to split a node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Split {
    pub attribute: usize,
    pub threshold: f32,
    /// How many different rows go left, in order of the attribute.
    pub left: usize,
    /// Decrease of Gini impurity.
    pub gain: f64,
    score: f64,
}

/// What a node holds: rows drawn of each class, and sums over them.
pub(super) struct Content<'a> {
    /// Weight of a row of each class.
    pub weights: &'a [f64],
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
    pub(super) fn new(counts: &'a [u32], weights: &'a [f64]) -> Self {
        let of_class = || counts.iter().zip(weights).map(|(&n, w)| f64::from(n) * w);
        Self {
            weights,
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
}

/// Scores closer than this, relatively, are equal: equal splits on different
/// attributes may differ in the last bits of their quotients.
const TIE: f64 = 1e-12;

/// Scans the rows of a node in `order` of one attribute and gives the best
/// split there, if it beats `best` (or if nothing has been found yet).
///
/// Candidate thresholds lie midway between consecutive distinct values. With
/// `S = sum of squared class weights`, `W = weight` and sides `l`, `r`, the
/// impurity decrease is `(S_l/W_l + S_r/W_r - S/W) / W`: the scan maximises
/// `S_l/W_l + S_r/W_r`, and keeps both sums up to date by one row at a time. For
/// equal class weights all sums are whole numbers, so they are exact. The first
/// of equal splits wins: the smaller threshold, and the smaller attribute if
/// attributes are scanned in order. A gain of 0 is a split like any other
/// (without it, two attributes that only help together are never found).
pub(super) fn best_on(
    attribute: usize,
    column: &[f32],
    order: &[u32],
    drawn: &[Drawn],
    node: &Content,
    min_leaf: usize,
    best: Option<Split>,
) -> Option<Split> {
    let mut best = best;
    let mut counts = [0.0_f64; 16];
    let mut many;
    let left: &mut [f64] = if node.counts.len() <= 16 {
        &mut counts[..node.counts.len()]
    } else {
        many = vec![0.0; node.counts.len()];
        &mut many
    };
    let whole = node.weight;
    let (mut rows, mut weight, mut squares, mut cross) = (0_u32, 0.0, 0.0, 0.0);
    let mut value = order.first().map_or(0.0, |&row| column[row as usize]);
    for i in 1..order.len() {
        let Drawn { times, class } = drawn[order[i - 1] as usize];
        let class = usize::from(class);
        let w = f64::from(times) * node.weights[class];
        squares += w * (2.0 * left[class] + w);
        cross += w * f64::from(node.counts[class]) * node.weights[class];
        left[class] += w;
        weight += w;
        rows += u32::from(times);

        let next = column[order[i] as usize];
        if next > value {
            let others = whole - weight;
            let squares_right = node.squares - 2.0 * cross + squares;
            let score = squares / weight + squares_right / others;
            let better = best.is_none_or(|b| score > b.score + TIE * b.score);
            if better && rows as usize >= min_leaf && (node.rows - rows) as usize >= min_leaf {
                best = Some(Split {
                    attribute,
                    threshold: midway(value, next),
                    left: i,
                    gain: (node.impurity() - 1.0 + score / whole).max(0.0),
                    score,
                });
            }
            value = next;
        }
    }
    best
}

/// The threshold between two neighbouring values: their middle, or the lower
/// one where the middle rounds up to the upper.
fn midway(low: f32, high: f32) -> f32 {
    let middle = f64::midpoint(f64::from(low), f64::from(high)) as f32;
    if middle < high { middle } else { low }
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn the_middle_never_reaches_the_upper_value() {
        let low = 1.0_f32;
        assert_eq!(midway(low, low.next_up()), low);
        assert_eq!(midway(2.0, 3.0), 2.5);
        assert_eq!(midway(f32::MIN, f32::MAX), 0.0);
    }

    /// Every threshold of every attribute tried, impurities by their definition.
    fn brute(
        rows: &[(Vec<u8>, u16, u16)],
        classes: usize,
        min_leaf: u32,
    ) -> Option<(usize, f32, f64)> {
        let tally = |keep: &dyn Fn(&(Vec<u8>, u16, u16)) -> bool| {
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
        ) {
            let weights = [1.0; 3];
            let drawn: Vec<Drawn> = rows.iter().map(|r| Drawn { times: r.2, class: r.1 }).collect();
            let mut counts = [0; 3];
            for d in &drawn {
                counts[usize::from(d.class)] += u32::from(d.times);
            }
            let node = Content::new(&counts, &weights);
            let mut best = None;
            for a in 0..3 {
                let column: Vec<f32> = rows.iter().map(|r| f32::from(r.0[a])).collect();
                let mut order: Vec<u32> = (0..rows.len() as u32).collect();
                order.sort_by(|&i, &j| column[i as usize].total_cmp(&column[j as usize]));
                best = best_on(a, &column, &order, &drawn, &node, min_leaf, best);
            }
            let expected = brute(&rows, 3, min_leaf as u32);
            prop_assert_eq!(best.map(|b| (b.attribute, b.threshold)), expected.map(|e| (e.0, e.1)));
            if let (Some(b), Some(e)) = (best, expected) {
                prop_assert!((b.gain - e.2).abs() < 1e-12);
            }
        }
    }
}
