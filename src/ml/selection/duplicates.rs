//! Attributes that say nearly the same: they split votes between them.

use serde::{Deserialize, Serialize};

use crate::ml::gmm::Sums;

/// Correlation from which two attributes are near copies.
pub const NEAR: f64 = 0.9;

/// Attributes each of which is a near copy of another among them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Duplicates {
    /// Places of the attributes in the list of all, from 1.
    pub indices: Vec<usize>,
    /// Largest absolute correlation (Pearson) between two of them.
    pub correlation: f64,
}

/// Groups of attributes joined by an absolute correlation of at least [`NEAR`]
/// over all rows. Cost: attributes².
pub(super) fn groups(all: &Sums) -> Vec<Duplicates> {
    let d = all.sum.len();
    let n = all.rows.max(1.0);
    let at = |i: usize, j: usize| i.max(j) * (i.max(j) + 1) / 2 + i.min(j);
    let covariance =
        |i: usize, j: usize| all.products[at(i, j)] / n - all.sum[i] / n * all.sum[j] / n;
    let correlation = |i: usize, j: usize| {
        let spread = (covariance(i, i) * covariance(j, j)).sqrt();
        if spread > 0.0 {
            (covariance(i, j) / spread).abs().min(1.0)
        } else {
            0.0
        }
    };
    let mut group: Vec<usize> = (0..d).collect();
    for i in 0..d {
        for j in 0..i {
            if correlation(i, j) >= NEAR {
                let (from, to) = (group[i], group[j]);
                group
                    .iter_mut()
                    .filter(|g| **g == from)
                    .for_each(|g| *g = to);
            }
        }
    }
    (0..d)
        .filter_map(|g| {
            let members: Vec<usize> = (0..d).filter(|&i| group[i] == g).collect();
            let pairs = members.iter().flat_map(|&i| {
                members
                    .iter()
                    .filter(move |&&j| j < i)
                    .map(move |&j| (i, j))
            });
            let correlation = pairs.map(|(i, j)| correlation(i, j)).reduce(f64::max)?;
            Some(Duplicates {
                indices: members.iter().map(|i| i + 1).collect(),
                correlation,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::stream;

    #[test]
    fn near_copies_are_joined_and_others_are_not() {
        let mut rng = stream(1, "duplicates", &[]);
        let mut sums = Sums::new(5);
        for _ in 0..2000 {
            let (a, b) = (rng.normal(), rng.normal());
            let chain = a + 0.35 * rng.normal();
            // a and its opposite, a third near the second, b alone, a constant.
            sums.add(&[a, b, -chain, chain + 0.1 * rng.normal(), 3.0]);
        }
        let found = groups(&sums);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].indices, [1, 3, 4]);
        assert!(found[0].correlation > 0.98 && found[0].correlation <= 1.0);
    }
}
