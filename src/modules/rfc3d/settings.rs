//! The settings of a run, checked against each other.

use super::super::{ModuleError, Values};
use crate::ml::forest::{ClassWeight, ForestOptions};

/// What the parameters say, in the terms of the forest.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Settings {
    /// Tree counts to compare, ascending.
    pub counts: Vec<usize>,
    /// The count adopted where nothing is compared.
    pub unjudged: usize,
    /// How trees are grown.
    pub options: ForestOptions,
    /// How many folds; 0 for no cross-validation.
    pub folds: usize,
    /// The user's seed.
    pub seed: u64,
    /// Report thresholds in standard deviations.
    pub normalise: bool,
}

impl Settings {
    pub(super) fn read(values: &Values) -> Result<Self, ModuleError> {
        let given = values.words("tree_counts");
        let trees = values.whole("trees").unwrap_or(100);
        let counts = if given.is_empty() {
            tree_counts(trees)
        } else {
            parse_counts(&given)?
        };
        let folds = values.whole("folds").unwrap_or(5);
        if folds == 1 {
            return Err(ModuleError::parameter(
                "folds",
                "one fold leaves nothing to learn from; give 2 or more, or 0 for no cross-validation",
            ));
        }
        let class_weight = match values.text("class_weight") {
            "balanced" => ClassWeight::Balanced,
            _ => ClassWeight::Equal,
        };
        Ok(Self {
            unjudged: if given.is_empty() {
                trees
            } else {
                counts.last().copied().unwrap_or(trees)
            },
            counts,
            options: ForestOptions {
                max_depth: values.whole("max_depth").unwrap_or(10),
                mtry: values.whole("mtry"),
                min_split: values.whole("min_split").unwrap_or(2),
                min_leaf: values.whole("min_leaf").unwrap_or(1),
                bootstrap: true,
                class_weight,
            },
            folds,
            seed: values.seed(),
            normalise: values.flag("normalise"),
        })
    }

    /// The largest count.
    pub(super) fn most(&self) -> usize {
        self.counts.last().copied().unwrap_or(self.unjudged)
    }
}

/// `T/2`, `T` and `2T`, each at least 1, each once.
fn tree_counts(trees: usize) -> Vec<usize> {
    let mut counts = vec![trees.div_ceil(2).max(1), trees, 2 * trees];
    counts.dedup();
    counts
}

fn parse_counts(words: &[String]) -> Result<Vec<usize>, ModuleError> {
    let mut counts = words
        .iter()
        .map(|word| match word.parse() {
            Ok(n) if (1..=100_000).contains(&n) => Ok(n),
            _ => Err(ModuleError::parameter(
                "tree_counts",
                format!("`{word}` is not a whole number from 1 to 100000; try 50,100,200"),
            )),
        })
        .collect::<Result<Vec<usize>, _>>()?;
    counts.sort_unstable();
    counts.dedup();
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn read(pairs: &[(&str, &str)]) -> Result<Settings, ModuleError> {
        let settings: BTreeMap<String, String> = pairs
            .iter()
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
            .collect();
        Settings::read(&Values::check(
            "rfc3d",
            super::super::PARAMETERS,
            &settings,
        )?)
    }

    #[test]
    fn three_counts_come_from_one() {
        assert_eq!(read(&[]).unwrap().counts, [50, 100, 200]);
        assert_eq!(read(&[("trees", "1")]).unwrap().counts, [1, 2]);
        assert_eq!(read(&[("trees", "5")]).unwrap().counts, [3, 5, 10]);
        let given = read(&[("tree_counts", "300,20,20")]).unwrap();
        assert_eq!(
            (given.counts.as_slice(), given.unjudged),
            ([20, 300].as_slice(), 300)
        );
        assert_eq!(read(&[("trees", "40")]).unwrap().unjudged, 40);
    }

    #[test]
    fn settings_that_make_no_sense_are_named() {
        let error = |pairs: &[(&str, &str)]| read(pairs).unwrap_err().to_string();
        assert!(error(&[("tree_counts", "10,many")]).starts_with("tree_counts: `many`"));
        assert!(error(&[("folds", "1")]).starts_with("folds: one fold"));
    }

    #[test]
    fn the_defaults_are_those_of_the_forest() {
        let settings = read(&[]).unwrap();
        assert_eq!(settings.options, ForestOptions::default());
        assert_eq!((settings.folds, settings.normalise), (5, true));
    }
}
