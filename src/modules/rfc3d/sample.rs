//! The voxels learnt from where very many were picked: an even, seeded sample of
//! each polygon.

use std::collections::BTreeMap;

use crate::modules::Extraction;
use crate::task::stream;

/// Rows that even the smallest polygon keeps, where it has them.
const LEAST: usize = 30;

/// Keeps at most `most` rows: of each class in each polygon (or well) a part in
/// proportion to its rows, but 30 where there are as many. What was left away is
/// told as a warning.
pub(super) fn cap(extraction: Extraction, most: usize, seed: u64) -> Extraction {
    let table = &extraction.table;
    let all = table.len();
    if all <= most {
        return extraction;
    }
    let mut strata = BTreeMap::<(u16, u32), Vec<usize>>::new();
    for row in 0..all {
        let group = table.group.get(row).copied().unwrap_or(0);
        strata
            .entry((table.class[row], group))
            .or_default()
            .push(row);
    }
    let least = LEAST.min(most / strata.len().max(1));
    let sure: usize = strata.values().map(|rows| rows.len().min(least)).sum();
    let (rest, whole) = (most - sure, all - sure);
    // Shares are rounded so that they add up.
    let (mut before, mut rows) = (0, Vec::with_capacity(most));
    for (s, mut stratum) in strata.into_values().enumerate() {
        let sure = stratum.len().min(least);
        let after = before + stratum.len() - sure;
        let part = |n: usize| (n as u128 * rest as u128 / whole.max(1) as u128) as usize;
        let wanted = sure + part(after) - part(before);
        before = after;
        stream(seed, "rfc3d sample", &[s as u64]).shuffle(&mut stratum);
        rows.extend_from_slice(&stratum[..wanted]);
    }
    rows.sort_unstable();
    let mut sampled = Extraction {
        table: table.rows(&rows),
        ..extraction.clone()
    };
    sampled.warnings.push(format!(
        "learnt from {} of {all} picked voxels, sampled evenly from each polygon; --max-rows sets how many",
        rows.len()
    ));
    sampled
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TrainingTable;
    use ndarray::Array2;

    /// Groups of 1000, 200, 40 and 3 rows, the last two of class 1.
    fn extraction() -> Extraction {
        let sizes = [1000, 200, 40, 3];
        let group: Vec<u32> = (0..4).flat_map(|g| vec![g as u32; sizes[g]]).collect();
        Extraction {
            table: TrainingTable {
                attributes: vec!["row".into()],
                classes: vec!["a".into(), "b".into()],
                codes: vec![1, 2],
                values: Array2::from_shape_fn((group.len(), 1), |(row, _)| row as f32),
                class: group.iter().map(|&g| u16::from(g > 1)).collect(),
                groups: (0..4).map(|g| g.to_string()).collect(),
                group,
                positions: Vec::new(),
            },
            dropped_conflicts: 0,
            dropped_nulls: 0,
            polygons: vec![2, 2],
            warnings: Vec::new(),
        }
    }

    #[test]
    fn every_polygon_keeps_its_share() {
        let whole = extraction();
        assert_eq!(cap(whole.clone(), 1243, 1), whole);
        let sampled = cap(whole.clone(), 400, 1);
        let of_group = |g| sampled.table.group.iter().filter(|&&x| x == g).count();
        let counts = [0, 1, 2, 3].map(of_group);
        assert_eq!(counts.iter().sum::<usize>(), 400);
        // 30 rows at least, then in proportion: 30 + 10 x 307 / 1150.
        assert!(
            (32..=33).contains(&counts[2]) && counts[3] == 3,
            "{counts:?}"
        );
        assert!((285..=290).contains(&counts[0]), "{counts:?}");
        // Rows keep their order and their values; another seed takes others.
        let values: Vec<f32> = sampled.table.values.iter().copied().collect();
        assert!(values.is_sorted());
        assert!(sampled.warnings[0].contains("400 of 1243"));
        assert_ne!(
            cap(whole.clone(), 400, 2).table.values,
            sampled.table.values
        );
        assert_eq!(cap(whole, 3, 1).table.len(), 3);
    }
}
