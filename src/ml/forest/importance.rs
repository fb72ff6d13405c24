//! Importance of attributes by the impurity that their splits take away.

use super::Tree;

/// Importance of each attribute, normalised to sum to 1; all 0 where no tree splits.
#[derive(Clone, Debug, PartialEq)]
pub struct GiniImportance {
    /// Decreases of impurity weighted by the share of the tree's rows that a
    /// node holds: the mean decrease in impurity of Breiman and of scikit-learn.
    pub weighted: Vec<f64>,
    /// Decreases of impurity summed as they are, as the AASPI course notes (2021)
    /// print the formula. Small nodes deep in a tree count as much as its root,
    /// which can turn the ranking around.
    pub unweighted: Vec<f64>,
}

/// Gini importance of `attributes` attributes over trees.
pub fn gini_importance(trees: &[Tree], attributes: usize) -> GiniImportance {
    GiniImportance {
        weighted: normalised(trees.iter().map(|t| &t.gini), attributes),
        unweighted: normalised(trees.iter().map(|t| &t.gini_unweighted), attributes),
    }
}

fn normalised<'a>(of_trees: impl Iterator<Item = &'a Vec<f64>>, attributes: usize) -> Vec<f64> {
    let mut sums = vec![0.0; attributes];
    for of_tree in of_trees {
        for (sum, x) in sums.iter_mut().zip(of_tree) {
            *sum += x;
        }
    }
    let total: f64 = sums.iter().sum();
    if total > 0.0 {
        for sum in &mut sums {
            *sum /= total;
        }
    }
    sums
}
