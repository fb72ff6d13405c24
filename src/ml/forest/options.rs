//! How a forest is grown.

use serde::{Deserialize, Serialize};

use super::{ForestError, Rows};

/// How much a row of each class counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClassWeight {
    /// All rows count the same.
    #[default]
    Equal,
    /// A row of a class with `n_c` of `n` rows counts `n / (C n_c)`, so that
    /// all `C` classes weigh the same together.
    Balanced,
}

/// How the trees of a forest are grown.
///
/// The defaults are those of the course notes: depth 10, bootstrap, and
/// `round(sqrt(N))` of `N` attributes drawn at a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForestOptions {
    /// Deepest node, the root being at depth 0; 0 sets no limit.
    pub max_depth: usize,
    /// Attributes drawn at a node; `max(1, round(sqrt(N)))` where absent.
    pub mtry: Option<usize>,
    /// Nodes with fewer rows are not split.
    pub min_split: usize,
    /// Rows on each side of a split at least.
    pub min_leaf: usize,
    /// Draw as many rows with replacement for each tree; otherwise every tree
    /// sees every row once.
    pub bootstrap: bool,
    /// How much a row of each class counts.
    pub class_weight: ClassWeight,
}

impl Default for ForestOptions {
    fn default() -> Self {
        Self {
            max_depth: 10,
            mtry: None,
            min_split: 2,
            min_leaf: 1,
            bootstrap: true,
            class_weight: ClassWeight::Equal,
        }
    }
}

impl ForestOptions {
    /// Attributes drawn at a node, of `attributes`.
    pub fn drawn(&self, attributes: usize) -> usize {
        self.mtry
            .unwrap_or((attributes as f64).sqrt().round() as usize)
            .max(1)
    }

    /// The deepest depth at which a node may stand.
    pub(super) fn deepest(&self) -> usize {
        match self.max_depth {
            0 => usize::MAX,
            depth => depth,
        }
    }

    /// Weight of a row of each class.
    pub(super) fn weights(&self, rows: &Rows) -> Vec<f64> {
        match self.class_weight {
            ClassWeight::Equal => vec![1.0; rows.classes()],
            ClassWeight::Balanced => {
                let counts = rows.class_counts();
                let filled = counts.iter().filter(|&&n| n > 0).count();
                let share = rows.len() as f64 / filled as f64;
                counts.iter().map(|&n| share / n.max(1) as f64).collect()
            }
        }
    }

    /// Refuses options that no tree on so many attributes can follow.
    pub fn check(&self, attributes: usize) -> Result<(), ForestError> {
        if self.drawn(attributes) > attributes {
            return Err(ForestError::Option {
                name: "mtry",
                reason: format!(
                    "{} attributes cannot be drawn of {attributes}; try {}",
                    self.drawn(attributes),
                    ForestOptions::default().drawn(attributes)
                ),
            });
        }
        Ok(())
    }
}
