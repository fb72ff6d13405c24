//! Which rows take no part in a fit: whole polygons, since neighbouring voxels
//! are near copies of each other.

use serde::{Deserialize, Serialize};

use super::rows::{by_facies, by_group};
use crate::model::TrainingTable;
use crate::task::stream;

/// How rows of a facies were held out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HoldOut {
    /// So many whole polygons.
    Polygons(usize),
    /// A block of neighbouring rows: the facies has one polygon only.
    Block,
}

/// Rows to fit and rows to predict.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    /// Rows that mixtures are fitted to, in order.
    pub fit: Vec<usize>,
    /// Rows that are predicted, in order.
    pub held_out: Vec<usize>,
    /// How, for each facies.
    pub how: Vec<HoldOut>,
}

impl Split {
    /// Holds out about `share` of each facies' rows.
    ///
    /// Polygons are taken in random order as long as each brings the held-out
    /// count nearer to the share; where none does, the smallest is taken. A
    /// facies with a single polygon (or whose polygons are unknown) gives a
    /// block of rows from one of its ends: rows are sorted by position, so that
    /// is a contiguous part of its slices.
    pub fn new(table: &TrainingTable, share: f64, seed: u64) -> Self {
        let mut split = Split {
            fit: Vec::new(),
            held_out: Vec::new(),
            how: Vec::new(),
        };
        for (m, rows) in by_facies(table).into_iter().enumerate() {
            let mut rng = stream(seed, "attribute_selection_hold_out", &[m as u64]);
            let target = share * rows.len() as f64;
            let mut groups = by_group(table, &rows);
            rng.shuffle(&mut groups);
            if groups.len() < 2 {
                let count = (target.round() as usize).clamp(1, rows.len().max(2) - 1);
                let from = if rng.below(2) == 0 {
                    0
                } else {
                    rows.len().saturating_sub(count)
                };
                let block = from..(from + count).min(rows.len());
                for (i, &row) in rows.iter().enumerate() {
                    if block.contains(&i) {
                        split.held_out.push(row);
                    } else {
                        split.fit.push(row);
                    }
                }
                split.how.push(HoldOut::Block);
                continue;
            }
            let chosen = nearest(&groups, target);
            split
                .how
                .push(HoldOut::Polygons(chosen.iter().filter(|&&c| c).count()));
            for (group, held_out) in groups.iter().zip(chosen) {
                let side = if held_out {
                    &mut split.held_out
                } else {
                    &mut split.fit
                };
                side.extend_from_slice(group);
            }
        }
        split.fit.sort_unstable();
        split.held_out.sort_unstable();
        split
    }
}

/// Which groups to hold out; never all of them.
fn nearest(groups: &[Vec<usize>], target: f64) -> Vec<bool> {
    let mut chosen = vec![false; groups.len()];
    let mut held = 0.0;
    let mut left = groups.len();
    for (group, chosen) in groups.iter().zip(&mut chosen) {
        let with = held + group.len() as f64;
        if left > 1 && (with - target).abs() < (held - target).abs() {
            *chosen = true;
            held = with;
            left -= 1;
        }
    }
    if held == 0.0
        && let Some(smallest) = (0..groups.len()).min_by_key(|&g| groups[g].len())
    {
        chosen[smallest] = true;
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;
    use proptest::prelude::*;

    /// One class an entry, its polygons by their row counts.
    fn table(facies: &[Vec<usize>]) -> TrainingTable {
        let mut table = TrainingTable {
            attributes: vec!["a".into()],
            classes: facies.iter().map(|_| "f".into()).collect(),
            ..TrainingTable::default()
        };
        let mut group = 0;
        for (m, polygons) in facies.iter().enumerate() {
            for &count in polygons {
                table.class.extend(vec![m as u16; count]);
                table.group.extend(vec![group; count]);
                group += 1;
            }
        }
        table.values = Array2::zeros((table.class.len(), 1));
        table
    }

    #[test]
    fn five_equal_polygons_give_one() {
        let table = table(&[vec![20; 5], vec![10; 10]]);
        let split = Split::new(&table, 0.2, 1);
        assert_eq!(split.how, [HoldOut::Polygons(1), HoldOut::Polygons(2)]);
        assert_eq!(split.held_out.len(), 40);
    }

    #[test]
    fn a_single_polygon_gives_a_block_at_one_end() {
        let table = table(&[vec![100], vec![50]]);
        let split = Split::new(&table, 0.2, 7);
        assert_eq!(split.how, [HoldOut::Block, HoldOut::Block]);
        let of = |m: u16| -> Vec<usize> {
            let held = split.held_out.iter().copied();
            held.filter(|&r| table.class[r] == m).collect()
        };
        for (m, first, last) in [(0, 0, 99), (1, 100, 149)] {
            let held = of(m);
            assert_eq!(held.len(), (last + 1 - first) / 5);
            assert!(held.windows(2).all(|w| w[1] == w[0] + 1));
            assert!(held[0] == first || held[held.len() - 1] == last);
        }
    }

    proptest! {
        #[test]
        fn polygons_are_never_cut_and_both_sides_hold_rows(
            sizes in prop::collection::vec(prop::collection::vec(1usize..60, 2..8), 2..5),
            share in 0.05..0.5f64,
            seed in 0u64..1000,
        ) {
            let table = table(&sizes);
            let split = Split::new(&table, share, seed);
            let mut all: Vec<usize> = split.fit.iter().chain(&split.held_out).copied().collect();
            all.sort_unstable();
            prop_assert_eq!(all, (0..table.len()).collect::<Vec<_>>());
            let groups = |rows: &[usize]| -> std::collections::BTreeSet<u32> {
                rows.iter().map(|&r| table.group[r]).collect()
            };
            prop_assert!(groups(&split.fit).is_disjoint(&groups(&split.held_out)));
            for m in 0..sizes.len() as u16 {
                prop_assert!(split.fit.iter().any(|&r| table.class[r] == m));
                prop_assert!(split.held_out.iter().any(|&r| table.class[r] == m));
            }
        }
    }
}
