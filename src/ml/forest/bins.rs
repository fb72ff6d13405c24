//! Bins: where the values of an attribute are told apart, and in which bin each lies.
//!
//! Trees ask for ranks, not for values. An attribute is cut once into bins of
//! nearly equally many training rows, at most 256 by default (as LightGBM does,
//! Ke et al. 2017), and a node then counts its rows by bin instead of sorting
//! them. An attribute with no more values than bins keeps each value apart, and
//! its trees are exact.

use rayon::prelude::*;

/// Bins of an attribute by default.
pub(super) const BINS: usize = 256;

/// The most bins that an attribute can have.
pub(super) const MOST_BINS: usize = 1 << 16;

/// The bins of one attribute, and the bin of each training row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Bins {
    /// Value `x` lies in the bin whose number is the count of edges below `x`.
    pub edges: Vec<f32>,
    /// Smallest and largest training value of each bin.
    pub ends: Vec<(f32, f32)>,
    /// The bin of each row.
    pub of_row: Vec<u16>,
    /// True where each distinct value has a bin of its own.
    pub exact: bool,
}

impl Bins {
    /// Cuts an attribute into `most` bins or fewer. A cut lies midway between two
    /// values; equal values are never cut apart.
    pub(super) fn of(column: &[f32], most: usize) -> Self {
        let mut sorted = column.to_vec();
        sorted.par_sort_unstable_by(f32::total_cmp);
        let runs: Vec<&[f32]> = sorted.chunk_by(|a, b| a == b).collect();
        let exact = runs.len() <= most;
        let (mut edges, mut ends) = (Vec::new(), Vec::new());
        let (mut first, mut held, mut left) = (0, 0, sorted.len());
        for (i, run) in runs.iter().enumerate() {
            held += run.len();
            let last = i + 1 == runs.len();
            let due = exact || held >= left.div_ceil(most - ends.len());
            if last || due {
                ends.push((runs[first][0], run[0]));
                if !last {
                    edges.push(midway(run[0], runs[i + 1][0]));
                }
                left -= held;
                (first, held) = (i + 1, 0);
            }
        }
        let of_row = column.iter().map(|&x| bin(&edges, x)).collect();
        Self {
            edges,
            ends,
            of_row,
            exact,
        }
    }

    /// How many bins.
    pub(super) fn count(&self) -> usize {
        self.ends.len()
    }

    /// The threshold that parts two bins of a node with nothing between them:
    /// midway between their values where bins are exact, the middle one of the
    /// edges between them otherwise, so that a forest asks for no other values
    /// than those edges.
    pub(super) fn threshold(&self, bin: u16, next: u16) -> f32 {
        let (bin, next) = (usize::from(bin), usize::from(next));
        if self.exact {
            midway(self.ends[bin].1, self.ends[next].0)
        } else {
            self.edges[(bin + next - 1) / 2]
        }
    }
}

/// The bin of a value: how many of the ascending `edges` lie below it.
pub(super) fn bin(edges: &[f32], x: f32) -> u16 {
    let (mut low, mut size) = (0, edges.len());
    while size > 0 {
        let half = size.div_ceil(2);
        low += if edges[low + half - 1] < x { half } else { 0 };
        size -= half;
    }
    low as u16
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

    #[test]
    fn the_middle_never_reaches_the_upper_value() {
        let low = 1.0_f32;
        assert_eq!(midway(low, low.next_up()), low);
        assert_eq!(midway(2.0, 3.0), 2.5);
        assert_eq!(midway(f32::MIN, f32::MAX), 0.0);
    }

    #[test]
    fn bins_hold_nearly_equally_many_rows() {
        let column: Vec<f32> = (0..10_000).map(|i| ((i * 7919) % 10_007) as f32).collect();
        let bins = Bins::of(&column, BINS);
        assert_eq!((bins.count(), bins.exact), (BINS, false));
        let mut rows = vec![0; BINS];
        bins.of_row.iter().for_each(|&b| rows[usize::from(b)] += 1);
        assert!(rows.iter().all(|n| (39..=40).contains(n)), "{rows:?}");
    }

    #[test]
    fn a_value_that_most_rows_share_takes_one_bin_only() {
        let column: Vec<f32> = (0..5000).map(|i| (i - 4000).max(0) as f32).collect();
        let bins = Bins::of(&column, BINS);
        assert_eq!(bins.ends[0], (0.0, 0.0));
        assert_eq!(bins.count(), BINS);
    }

    proptest! {
        #[test]
        fn a_bin_is_a_count_of_edges(
            column in proptest::collection::vec(-50i16..50, 1..200),
            most in 2usize..40,
        ) {
            let column: Vec<f32> = column.into_iter().map(|x| f32::from(x) / 4.0).collect();
            let bins = Bins::of(&column, most);
            prop_assert!(bins.count() <= most);
            prop_assert_eq!(bins.edges.len() + 1, bins.count());
            for (&x, &b) in column.iter().zip(&bins.of_row) {
                prop_assert_eq!(bins.edges.iter().filter(|&&e| e < x).count(), usize::from(b));
                let (low, high) = bins.ends[usize::from(b)];
                prop_assert!((low..=high).contains(&x));
            }
            let distinct: std::collections::BTreeSet<i32> =
                column.iter().map(|x| (x * 4.0) as i32).collect();
            prop_assert_eq!(bins.exact, distinct.len() <= most);
            if bins.exact {
                prop_assert_eq!(bins.count(), distinct.len());
            }
        }
    }
}
