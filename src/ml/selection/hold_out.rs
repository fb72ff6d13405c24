//! Which rows are left out together: whole polygons, since neighbouring voxels
//! are near copies of each other.

use serde::{Deserialize, Serialize};

use super::rows::by_facies;
use super::spacing;
use crate::ml::folds::Folds;
use crate::model::TrainingTable;
use crate::task::stream;

/// Blocks that the rows of a facies with a single polygon are cut into.
const BLOCKS: usize = 5;
/// Most parts that are left out one at a time.
pub const ONE_AT_A_TIME: usize = 24;
/// Below this distance, in traces or samples, neighbours are near copies.
pub const LEAKY: f64 = 5.0;

/// How rows of a facies are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HoldOut {
    /// By its whole polygons: so many.
    Polygons(usize),
    /// By so many blocks of neighbouring rows: the facies has one polygon only,
    /// or its polygons are unknown.
    Blocks(usize),
}

/// Rows that are predicted from rows elsewhere: a polygon, or a block of one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// The name of its polygon (or well).
    pub name: String,
    /// Voxels of each facies in it.
    pub voxels: Vec<usize>,
    /// Traces (or samples, if that is more) from it to the nearest voxel of the
    /// same facies among those fitted; nothing where positions are unknown or no
    /// such voxel is left.
    pub distance: Option<f64>,
    /// Nearer than five traces: its voxels look like those fitted.
    pub leaky: bool,
}

/// All training rows, divided into parts and the parts into folds.
#[derive(Clone, Debug)]
pub struct Parts {
    /// Part of each row.
    pub of_row: Vec<u32>,
    /// The parts.
    pub all: Vec<Part>,
    /// How, for each facies.
    pub how: Vec<HoldOut>,
    /// Which parts are left out together: one at a time as long as there are at
    /// most [`ONE_AT_A_TIME`].
    pub folds: Folds,
}

impl Parts {
    /// Divides the rows of a table.
    ///
    /// A part is a polygon; a facies with a single polygon, or with unknown ones,
    /// is cut into five blocks of rows, which are contiguous since rows are
    /// sorted by position. Where there are too many parts to leave out one at a
    /// time, 1/`share` folds of them are dealt at random, each facies evenly.
    pub fn new(table: &TrainingTable, share: f64, seed: u64) -> Self {
        let facies = table.classes.len();
        let mut key = vec![(0, 0); table.len()];
        let mut how = Vec::new();
        for rows in by_facies(table) {
            let group = |row: usize| table.group.get(row).copied();
            let groups: std::collections::BTreeSet<_> = rows.iter().map(|&r| group(r)).collect();
            let single = groups.len() < 2;
            let blocks = BLOCKS.min(rows.len().max(1));
            for (i, &row) in rows.iter().enumerate() {
                // Blocks of different facies in one polygon stay apart.
                let block = usize::from(table.class[row]) * BLOCKS + i * blocks / rows.len() + 1;
                key[row] = (group(row).unwrap_or(0), if single { block } else { 0 });
            }
            how.push(if single {
                HoldOut::Blocks(blocks)
            } else {
                HoldOut::Polygons(groups.len())
            });
        }
        let keys: std::collections::BTreeSet<(u32, usize)> = key.iter().copied().collect();
        let keys: Vec<(u32, usize)> = keys.into_iter().collect();
        let of_row: Vec<u32> = key
            .iter()
            .map(|k| keys.partition_point(|other| other < k) as u32)
            .collect();
        let mut parts: Vec<Part> = keys
            .iter()
            .map(|&(group, block)| Part {
                name: name(table, group, block),
                voxels: vec![0; facies],
                distance: None,
                leaky: false,
            })
            .collect();
        for (&part, &class) in of_row.iter().zip(&table.class) {
            parts[part as usize].voxels[usize::from(class)] += 1;
        }
        let folds = if parts.len() <= ONE_AT_A_TIME {
            Folds::of(of_row.clone(), parts.len())
        } else {
            let wanted = (1.0 / share.max(0.01)).round() as usize;
            let mut rng = stream(seed, "attribute_selection_folds", &[]);
            Folds::by_group(&table.class, &of_row, wanted.max(2), &mut rng)
        };
        Self {
            of_row,
            all: parts,
            how,
            folds,
        }
    }

    /// Measures how far each part lies from the rows that it is named from.
    pub fn measure(&mut self, table: &TrainingTable) {
        let distances = spacing::between(table, &self.of_row, self.all.len(), &self.folds);
        for (part, distance) in self.all.iter_mut().zip(distances) {
            part.distance = distance;
            part.leaky = distance.is_some_and(|d| d < LEAKY);
        }
    }
}

fn name(table: &TrainingTable, group: u32, block: usize) -> String {
    let group = table.groups.get(group as usize).map(String::as_str);
    match (block.checked_sub(1), group) {
        (None, Some(group)) => group.to_owned(),
        (None, None) => "unknown".to_owned(),
        (Some(block), group) => {
            let of = group.or(table.classes.get(block / BLOCKS).map(String::as_str));
            format!("{} block {}", of.unwrap_or_default(), block % BLOCKS + 1)
        }
    }
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
            classes: (0..facies.len()).map(|m| format!("f{m}")).collect(),
            ..TrainingTable::default()
        };
        for (m, polygons) in facies.iter().enumerate() {
            for (p, &count) in polygons.iter().enumerate() {
                table.class.extend(vec![m as u16; count]);
                table.group.extend(vec![table.groups.len() as u32; count]);
                table.groups.push(format!("f{m}-{p}"));
            }
        }
        table.values = Array2::zeros((table.class.len(), 1));
        table
    }

    #[test]
    fn each_polygon_is_a_fold_of_its_own() {
        let parts = Parts::new(&table(&[vec![20; 5], vec![10; 10]]), 0.2, 1);
        assert_eq!(parts.how, [HoldOut::Polygons(5), HoldOut::Polygons(10)]);
        assert_eq!((parts.all.len(), parts.folds.count()), (15, 15));
        assert_eq!(parts.all[5].name, "f1-0");
        assert_eq!(parts.all[5].voxels, [0, 10]);
        assert_eq!(parts.folds.left_out(5), (100..110).collect::<Vec<_>>());
    }

    #[test]
    fn many_polygons_are_left_out_by_the_share() {
        let parts = Parts::new(&table(&[vec![6; 20], vec![7; 12]]), 0.25, 1);
        assert_eq!((parts.all.len(), parts.folds.count()), (32, 4));
        let first = parts.folds.left_out(0);
        assert_eq!(first.iter().filter(|&&r| r < 120).count(), 30);
        assert_eq!(first.iter().filter(|&&r| r >= 120).count(), 21);
    }

    #[test]
    fn a_single_polygon_is_cut_into_blocks_of_neighbours() {
        let mut table = table(&[vec![100], vec![50, 50]]);
        let parts = Parts::new(&table, 0.2, 7);
        assert_eq!(parts.how, [HoldOut::Blocks(5), HoldOut::Polygons(2)]);
        let names: Vec<&str> = parts.all.iter().map(|p| p.name.as_str()).collect();
        assert_eq!(names[..2], ["f0-0 block 1", "f0-0 block 2"]);
        assert_eq!(names[5..], ["f1-0", "f1-1"]);
        assert_eq!(parts.folds.left_out(1), (20..40).collect::<Vec<_>>());
        table.group.clear();
        table.groups.clear();
        let unknown = Parts::new(&table, 0.2, 7);
        assert_eq!(unknown.how, [HoldOut::Blocks(5); 2]);
        assert_eq!(unknown.all.len(), 10);
        assert_eq!(unknown.all[9].name, "f1 block 5");
    }

    proptest! {
        #[test]
        fn every_row_is_left_out_once_and_polygons_are_never_cut(
            sizes in prop::collection::vec(prop::collection::vec(1usize..40, 2..12), 2..5),
            share in 0.05..0.5f64,
            seed in 0u64..1000,
        ) {
            let table = table(&sizes);
            let parts = Parts::new(&table, share, seed);
            let folds = &parts.folds;
            let mut all: Vec<usize> = (0..folds.count()).flat_map(|f| folds.left_out(f)).collect();
            all.sort_unstable();
            prop_assert_eq!(all, (0..table.len()).collect::<Vec<_>>());
            for fold in 0..folds.count() {
                let (out, kept) = (folds.left_out(fold), folds.kept(fold));
                prop_assert!(out.iter().all(|&o| kept.iter().all(|&k| table.group[o] != table.group[k])));
                for m in 0..sizes.len() as u16 {
                    prop_assert!(kept.iter().any(|&r| table.class[r] == m));
                }
            }
        }
    }
}
