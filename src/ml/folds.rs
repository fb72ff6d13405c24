//! Folds: which rows are left out together when a model is judged on rows it
//! has not seen.
//!
//! Voxels of one polygon are neighbours and look alike. Folds that deal single
//! rows put neighbours on both sides, and the accuracy they give is optimistic
//! for voxels far from any polygon; folds that deal whole groups (polygons or
//! wells) are the honest number.

use serde::{Deserialize, Serialize};

use crate::task::Stream;

/// A partition of training rows into folds, numbered from 0; every fold has rows.
///
/// ```
/// use outcrop::ml::folds::Folds;
/// use outcrop::task::stream;
/// let class = [0, 0, 0, 0, 1, 1, 1, 1];
/// let folds = Folds::by_row(&class, 4, &mut stream(1, "folds", &[]));
/// assert_eq!(folds.count(), 4);
/// // One row of each class is left out of each fold, and six are kept.
/// assert_eq!(folds.left_out(0).len(), 2);
/// assert_eq!(folds.kept(0).len(), 6);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folds {
    of_row: Vec<u32>,
    count: usize,
}

impl Folds {
    /// Stratified folds of single rows: the rows of each class are shuffled and
    /// dealt round-robin, each class where the one before it stopped, so that
    /// neither classes nor folds differ by more than one row.
    ///
    /// There are `wanted` folds, or as many as there are rows if that is less.
    pub fn by_row(class: &[u16], wanted: usize, rng: &mut Stream) -> Self {
        let count = wanted.min(class.len()).max(1);
        let mut of_row = vec![0; class.len()];
        let mut next = 0;
        for rows in positions(class.iter().map(|&c| usize::from(c))) {
            let mut rows = rows;
            rng.shuffle(&mut rows);
            for row in rows {
                of_row[row] = next as u32;
                next = (next + 1) % count;
            }
        }
        Self { of_row, count }
    }

    /// Folds of whole groups, dealt within each class: a group goes to the fold
    /// that has fewest groups of the class to be dealt, then fewest rows of that
    /// class, then fewest rows. Classes with few groups are dealt first, so a
    /// class with two groups or more is never left out whole, unless its groups
    /// are tied to others by shared groups.
    ///
    /// There are as many folds as the class with most groups can fill, at most
    /// `wanted`. A class whose rows lie in one group is absent from the kept
    /// rows of one fold: nothing else can be done with it.
    pub fn by_group(class: &[u16], group: &[u32], wanted: usize, rng: &mut Stream) -> Self {
        assert_eq!(class.len(), group.len(), "one group a row");
        let classes = class.iter().map(|&c| usize::from(c) + 1).max().unwrap_or(0);
        let mut groups: Vec<Group> = positions(group.iter().map(|&g| g as usize))
            .into_iter()
            .filter(|rows| !rows.is_empty())
            .map(|rows| Group::new(rows, class, classes))
            .collect();
        let spread: Vec<usize> = (0..classes)
            .map(|c| groups.iter().filter(|g| g.counts[c] > 0).count())
            .collect();
        let most = spread.iter().copied().max().unwrap_or(0);
        let count = wanted.min(most).max(1);
        rng.shuffle(&mut groups);
        groups.sort_by_key(|g| (spread[g.rarest(&spread)], g.rarest(&spread)));

        let mut of_row = vec![0; class.len()];
        let mut dealt = vec![Fold::empty(classes); count];
        for group in &groups {
            let c = group.rarest(&spread);
            let fold = (0..count)
                .min_by_key(|&f| (dealt[f].groups[c], dealt[f].rows[c], dealt[f].total))
                .unwrap_or(0);
            dealt[fold].take(group);
            for &row in &group.rows {
                of_row[row] = fold as u32;
            }
        }
        Self { of_row, count }
    }

    /// Folds that are known already: the fold of each row, below `count`.
    pub fn of(of_row: Vec<u32>, count: usize) -> Self {
        Self { of_row, count }
    }

    /// How many folds.
    pub fn count(&self) -> usize {
        self.count
    }

    /// How many rows were dealt.
    pub fn rows(&self) -> usize {
        self.of_row.len()
    }

    /// Rows that are judged in a fold, in order.
    pub fn left_out(&self, fold: usize) -> Vec<usize> {
        self.where_fold(|f| f == fold)
    }

    /// Rows that the model of a fold learns from, in order.
    pub fn kept(&self, fold: usize) -> Vec<usize> {
        self.where_fold(|f| f != fold)
    }

    fn where_fold(&self, keep: impl Fn(usize) -> bool) -> Vec<usize> {
        let rows = self.of_row.iter().enumerate();
        rows.filter(|&(_, &f)| keep(f as usize))
            .map(|(row, _)| row)
            .collect()
    }
}

/// Rows of each label, in order.
fn positions(labels: impl Iterator<Item = usize>) -> Vec<Vec<usize>> {
    let mut rows: Vec<Vec<usize>> = Vec::new();
    for (row, label) in labels.enumerate() {
        if label >= rows.len() {
            rows.resize(label + 1, Vec::new());
        }
        rows[label].push(row);
    }
    rows
}

struct Group {
    rows: Vec<usize>,
    counts: Vec<usize>,
}

impl Group {
    fn new(rows: Vec<usize>, class: &[u16], classes: usize) -> Self {
        let mut counts = vec![0; classes];
        for &row in &rows {
            counts[usize::from(class[row])] += 1;
        }
        Self { rows, counts }
    }

    /// The class in this group that lies in fewest groups.
    fn rarest(&self, spread: &[usize]) -> usize {
        (0..self.counts.len())
            .filter(|&c| self.counts[c] > 0)
            .min_by_key(|&c| spread[c])
            .unwrap_or(0)
    }
}

/// What a fold holds so far.
#[derive(Clone)]
struct Fold {
    groups: Vec<usize>,
    rows: Vec<usize>,
    total: usize,
}

impl Fold {
    fn empty(classes: usize) -> Self {
        Self {
            groups: vec![0; classes],
            rows: vec![0; classes],
            total: 0,
        }
    }

    fn take(&mut self, group: &Group) {
        for (c, &n) in group.counts.iter().enumerate() {
            self.groups[c] += usize::from(n > 0);
            self.rows[c] += n;
            self.total += n;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::stream;
    use proptest::prelude::*;

    #[test]
    fn groups_of_each_class_are_spread_evenly() {
        // Class 0 has 7 polygons, class 1 has 3, class 2 has 2; 4 rows each.
        let polygons: Vec<u16> = [[0; 7].as_slice(), &[1; 3], &[2; 2]].concat();
        let class: Vec<u16> = polygons.iter().flat_map(|&c| [c; 4]).collect();
        let group: Vec<u32> = (0..12).flat_map(|g| [g; 4]).collect();
        let folds = Folds::by_group(&class, &group, 5, &mut stream(7, "t", &[]));
        assert_eq!(folds.count(), 5);
        for (c, most) in [(0, 2), (1, 1), (2, 1)] {
            for f in 0..5 {
                let n = folds.left_out(f).iter().filter(|&&r| class[r] == c).count();
                assert!(n <= most * 4, "class {c} has {n} rows in fold {f}");
            }
        }
    }

    #[test]
    fn three_polygons_a_class_make_three_folds() {
        let class: Vec<u16> = (0..9).flat_map(|p| [p / 3; 5]).collect();
        let group: Vec<u32> = (0..9).flat_map(|g| [g; 5]).collect();
        let folds = Folds::by_group(&class, &group, 5, &mut stream(7, "t", &[]));
        assert_eq!(folds.count(), 3);
        for f in 0..3 {
            for c in 0..3 {
                let of_class = |rows: Vec<usize>| rows.iter().filter(|&&r| class[r] == c).count();
                assert_eq!(of_class(folds.left_out(f)), 5);
                assert_eq!(of_class(folds.kept(f)), 10);
            }
        }
    }

    #[test]
    fn wells_that_hold_several_classes_keep_the_rare_one_on_both_sides() {
        // Six wells; class 1 only in wells 4 and 5.
        let class: Vec<u16> = (0..6u16)
            .flat_map(|w| [0, 0, 0, u16::from(w >= 4)])
            .collect();
        let group: Vec<u32> = (0..6).flat_map(|g| [g; 4]).collect();
        for seed in 0..20 {
            let folds = Folds::by_group(&class, &group, 3, &mut stream(seed, "t", &[]));
            for f in 0..folds.count() {
                assert!(folds.kept(f).iter().any(|&r| class[r] == 1), "seed {seed}");
            }
        }
    }

    #[test]
    fn no_more_folds_than_rows() {
        let folds = Folds::by_row(&[0, 1, 0], 5, &mut stream(1, "t", &[]));
        assert_eq!(folds.count(), 3);
        assert!((0..3).all(|f| folds.left_out(f).len() == 1));
    }

    proptest! {
        #[test]
        fn rows_are_dealt_evenly_and_once(
            class in proptest::collection::vec(0u16..4, 5..200), wanted in 2usize..7, seed: u64,
        ) {
            let folds = Folds::by_row(&class, wanted, &mut stream(seed, "t", &[]));
            prop_assert_eq!(folds.count(), wanted.min(class.len()));
            for c in 0..4 {
                let counts: Vec<usize> = (0..folds.count())
                    .map(|f| folds.left_out(f).iter().filter(|&&r| class[r] == c).count())
                    .collect();
                prop_assert!(counts.iter().max().unwrap() - counts.iter().min().unwrap() <= 1);
            }
            let total: usize = (0..folds.count()).map(|f| folds.left_out(f).len()).sum();
            prop_assert_eq!(total, class.len());
        }

        #[test]
        fn groups_stay_whole_and_no_fold_is_empty(
            class_of_group in proptest::collection::vec(0u16..4, 1..40), wanted in 2usize..7, seed: u64,
        ) {
            let class: Vec<u16> = class_of_group.iter().flat_map(|&c| [c; 3]).collect();
            let group: Vec<u32> = (0..class_of_group.len() as u32).flat_map(|g| [g; 3]).collect();
            let folds = Folds::by_group(&class, &group, wanted, &mut stream(seed, "t", &[]));
            for f in 0..folds.count() {
                let out = folds.left_out(f);
                prop_assert!(!out.is_empty());
                let kept = folds.kept(f);
                prop_assert_eq!(out.len() + kept.len(), class.len());
                prop_assert!(out.iter().all(|&r| kept.iter().all(|&k| group[k] != group[r])));
                // Every class with two groups or more stays in the kept rows.
                for c in 0..4 {
                    let groups = class_of_group.iter().filter(|&&g| g == c).count();
                    if groups >= 2 && folds.count() >= 2 {
                        prop_assert!(kept.iter().any(|&r| class[r] == c));
                    }
                }
            }
        }
    }
}
