//! The settings of a run, checked against each other.

use super::super::{Kind, MODEL_SETTING, ModuleError, Parameter, TrainingSource, Values};
use crate::ml::forest::{Buffer, ClassWeight, ForestOptions};

pub(super) const PARAMETERS: &[Parameter] = &[
    Parameter::new(
        "trees",
        Kind::Whole(1, 10_000),
        "100",
        "",
        "T: forests of T/2, T and 2T trees are compared",
    ),
    Parameter::new(
        "tree_counts",
        Kind::Words,
        "",
        "",
        "tree counts to compare instead, such as 50,100,300",
    ),
    Parameter::new(
        "max_depth",
        Kind::Whole(0, 1000),
        "10",
        "",
        "deepest node of a tree, the root being 0; 0 = no limit",
    ),
    Parameter::new(
        "folds",
        Kind::Whole(0, 100),
        "5",
        "",
        "parts of the training voxels left out in turn; 0 = no cross-validation",
    ),
    Parameter::new(
        "buffer",
        Kind::Real(0.0, 1000.0),
        "0",
        "lines",
        "voxels this near to one left out are not learnt from either, in inlines and crosslines; 0 = all are",
    ),
    Parameter::new(
        "buffer_time",
        Kind::Real(0.0, 10_000.0),
        "40",
        "ms",
        "the same in time, or in depth",
    ),
    Parameter::new(
        "mtry",
        Kind::Whole(1, 10_000),
        "auto",
        "",
        "attributes drawn at a node; auto = square root of their number",
    ),
    Parameter::new(
        "min_split",
        Kind::Whole(2, 1_000_000),
        "2",
        "voxels",
        "smaller nodes are not split",
    ),
    Parameter::new(
        "min_leaf",
        Kind::Whole(1, 1_000_000),
        "1",
        "voxels",
        "fewest training voxels in a leaf",
    ),
    Parameter::new(
        "class_weight",
        Kind::Choice(&["none", "balanced"]),
        "none",
        "",
        "balanced: every class counts the same, however many voxels it has",
    ),
    Parameter::new(
        "max_rows",
        Kind::Whole(100, 10_000_000),
        "60000",
        "voxels",
        "training voxels learnt from at most; of more, an even sample of each polygon",
    ),
    Parameter::new(
        "together",
        Kind::Real(0.0, 1.0),
        "0.8",
        "",
        "attributes whose ranks correlate by this much are also shuffled together",
    ),
    Parameter::new(
        "normalise",
        Kind::Flag,
        "yes",
        "",
        "report thresholds in standard deviations from the mean (no prediction changes)",
    ),
    Parameter::new(
        "probabilities",
        Kind::Flag,
        "no",
        "",
        "also write a probability volume of each facies",
    ),
    Parameter::new(
        "products",
        Kind::Words,
        "class,entropy,margin,outside",
        "",
        "volumes to write: class, probability, entropy, margin, outside; or all",
    ),
    Parameter::new(
        "majority",
        Kind::Whole(0, 20),
        "0",
        "voxels",
        "also write classes filtered by the majority of this many voxels each way; 0 = no",
    ),
    Parameter::new(
        MODEL_SETTING,
        Kind::Path,
        "",
        "",
        "model of an earlier run, rfc3d_model_*.json, to apply to the volumes that it names; nothing is learnt then",
    ),
    Parameter::new(
        "facies",
        Kind::Words,
        "",
        "",
        "facies to tell apart, in order; all where empty",
    ),
    TrainingSource::SKIP_LINES,
    TrainingSource::ATTRIBUTES,
    TrainingSource::CLASSES,
    TrainingSource::CLASS_COLUMN,
    TrainingSource::BAD_ROWS,
];

/// A kind of volume that a run writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Product {
    Class,
    Probability,
    Entropy,
    Margin,
    Outside,
}

const PRODUCTS: [(&str, Product); 5] = [
    ("class", Product::Class),
    ("probability", Product::Probability),
    ("entropy", Product::Entropy),
    ("margin", Product::Margin),
    ("outside", Product::Outside),
];

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
    /// What is left away around rows left out.
    pub buffer: Buffer,
    /// Training rows at most.
    pub max_rows: usize,
    /// Rank correlation from which attributes are shuffled together.
    pub together: f64,
    pub products: Vec<Product>,
    /// Half of the majority filter's box; 0 for none.
    pub majority: usize,
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
            buffer: Buffer {
                lines: values.real("buffer").unwrap_or(0.0),
                time: values.real("buffer_time").unwrap_or(40.0),
            },
            max_rows: values.whole("max_rows").unwrap_or(60_000),
            together: values.real("together").unwrap_or(0.8),
            products: products(&values.words("products"), values.flag("probabilities"))?,
            majority: values.whole("majority").unwrap_or(0),
        })
    }

    pub(super) fn writes(&self, product: Product) -> bool {
        self.products.contains(&product)
    }

    /// The largest count.
    pub(super) fn most(&self) -> usize {
        self.counts.last().copied().unwrap_or(self.unjudged)
    }
}

/// What is to be written; a classification is always.
fn products(words: &[String], probabilities: bool) -> Result<Vec<Product>, ModuleError> {
    if words.iter().any(|w| w == "all") {
        return Ok(PRODUCTS.map(|(_, product)| product).to_vec());
    }
    let mut products = words
        .iter()
        .map(|word| {
            let found = PRODUCTS.iter().find(|(name, _)| name == word);
            found.map(|(_, product)| *product).ok_or_else(|| {
                let known = PRODUCTS.map(|(name, _)| name).join(", ");
                ModuleError::parameter("products", format!("`{word}` is none of all, {known}"))
            })
        })
        .collect::<Result<Vec<_>, _>>()?;
    if probabilities {
        products.push(Product::Probability);
    }
    Ok(products)
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
        Settings::read(&Values::check("rfc3d", PARAMETERS, &settings)?)
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
        assert!(error(&[("products", "class,odd")]).starts_with("products: `odd`"));
        assert!(error(&[("folds", "1")]).starts_with("folds: one fold"));
    }

    #[test]
    fn the_defaults_are_those_of_the_forest() {
        let settings = read(&[]).unwrap();
        assert_eq!(settings.options, ForestOptions::default());
        assert_eq!((settings.folds, settings.normalise), (5, true));
    }
}
