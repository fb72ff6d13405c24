//! The parameters of a run, and what they say in the terms of the map.

use super::super::{Kind, ModuleError, Parameter, TrainingSource, Values};
use crate::ml::gtm::{Compare, GtmOptions};

pub(super) const PARAMETERS: &[Parameter] = &[
    Parameter::new(
        super::super::FILTER_SETTING,
        Kind::Flag,
        "no",
        "",
        "filter the attributes by kuwahara3d first, in a run of its own that this one waits for",
    ),
    Parameter::new(
        "grid",
        Kind::Whole(1, 64),
        "16",
        "",
        "nodes along a side of the map",
    ),
    Parameter::new(
        "rbf",
        Kind::Whole(1, 24),
        "4",
        "",
        "radial functions along a side: more of them bend the map more",
    ),
    Parameter::new(
        "width",
        Kind::Real(0.01, 100.0),
        "1",
        "",
        "width of a radial function, in distances between two of them",
    ),
    Parameter::new(
        "lambda",
        Kind::Real(1e-9, 1e9),
        "0.1",
        "",
        "penalty on the weights: more of it keeps the map flatter",
    ),
    Parameter::new(
        "iterations",
        Kind::Whole(0, 10_000),
        "100",
        "",
        "most updates of the map",
    ),
    Parameter::new(
        "tolerance",
        Kind::Real(0.0, 1.0),
        "0.0001",
        "",
        "relative change of the log-likelihood that ends the fit",
    ),
    Parameter::new(
        "max_vectors",
        Kind::Whole(10, 10_000_000),
        "50000",
        "voxels",
        "live voxels that the map is fitted to, drawn evenly over the volume",
    ),
    Parameter::new(
        "normalise",
        Kind::Flag,
        "yes",
        "",
        "scale attributes to mean 0 and standard deviation 1",
    ),
    Parameter::new(
        super::super::MODEL_SETTING,
        Kind::Path,
        "",
        "",
        "model of an earlier run, gtm_model_*.ron, to apply to the volumes that it names; nothing is fitted then",
    ),
    Parameter::new(
        "facies",
        Kind::Words,
        "",
        "",
        "facies to tell apart, in order; all where empty",
    ),
    Parameter::new(
        "unsupervised",
        Kind::Flag,
        "no",
        "",
        "clusters of the map instead of facies, also where polygons are drawn",
    ),
    Parameter::new(
        "prominence",
        Kind::Real(0.0, 1.0),
        "0.3",
        "",
        "clusters: a peak must rise by this share of its height above the pass to a higher one",
    ),
    Parameter::new(
        "bayes",
        Kind::Flag,
        "no",
        "",
        "compare by Bayes' rule node by node instead of the Bhattacharyya coefficient",
    ),
    Parameter::new(
        "smooth",
        Kind::Real(0.0, 16.0),
        "0",
        "nodes",
        "width of a Gaussian over the densities on the map",
    ),
    Parameter::new(
        "reject",
        Kind::Real(0.0, 1.0),
        "0",
        "",
        "voxels whose best likelihood is lower get no class; 0 = never",
    ),
    Parameter::new(
        "outside",
        Kind::Real(0.0, 50.0),
        "1",
        "percentile",
        "voxels that the map fits worse than this share of its training voxels are marked outside",
    ),
    Parameter::new(
        "products",
        Kind::Words,
        "all",
        "",
        "volumes to write: likelihood, probability, class, confidence, ambiguity, latent, node, entropy, outside",
    ),
    Parameter::new(
        "folds",
        Kind::Whole(0, 100),
        "5",
        "",
        "parts of the polygons left out in turn to judge the classes; 0 = no judgement",
    ),
    Parameter::new(
        "forest",
        Kind::Flag,
        "yes",
        "",
        "judge a random forest on the same folds",
    ),
    Parameter::new(
        super::super::COMPARED_SETTING,
        Kind::Text,
        "",
        "",
        "class volume to count agreement with, such as rfc3d_classification",
    ),
    Parameter::new(
        "velocity",
        Kind::Real(100.0, 10_000.0),
        "3000",
        "m/s",
        "turns time into depth for km3",
    ),
    Parameter::new(
        "bin_size",
        Kind::Text,
        "auto",
        "m",
        "distance between crosslines and between inlines, as in 12.5,25; auto = from the file, else 25",
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
    Likelihood,
    Probability,
    Class,
    Confidence,
    Ambiguity,
    Latent,
    Node,
    Entropy,
    Outside,
}

const PRODUCTS: [(&str, Product); 9] = [
    ("likelihood", Product::Likelihood),
    ("probability", Product::Probability),
    ("class", Product::Class),
    ("confidence", Product::Confidence),
    ("ambiguity", Product::Ambiguity),
    ("latent", Product::Latent),
    ("node", Product::Node),
    ("entropy", Product::Entropy),
    ("outside", Product::Outside),
];

/// What the parameters say.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Settings {
    /// How the map is fitted.
    pub options: GtmOptions,
    pub normalise: bool,
    pub max_vectors: usize,
    /// How densities are compared.
    pub compare: Compare,
    pub smooth: f64,
    pub reject: f64,
    /// Percentile of the training voxels' log-likelihood.
    pub outside: f64,
    pub prominence: f64,
    /// How many folds; 0 for no judgement.
    pub folds: usize,
    /// Judge a forest too.
    pub forest: bool,
    pub seed: u64,
    pub products: Vec<Product>,
}

impl Settings {
    pub(super) fn read(values: &Values) -> Result<Self, ModuleError> {
        let standard = GtmOptions::default();
        let whole = |name, otherwise| values.whole(name).unwrap_or(otherwise);
        let real = |name, otherwise| values.real(name).unwrap_or(otherwise);
        let options = GtmOptions {
            grid: whole("grid", standard.grid),
            rbf: whole("rbf", standard.rbf),
            width: real("width", standard.width),
            lambda: real("lambda", standard.lambda),
            iterations: whole("iterations", standard.iterations),
            tolerance: real("tolerance", standard.tolerance),
        };
        options.check()?;
        let folds = whole("folds", 5);
        if folds == 1 {
            return Err(ModuleError::parameter(
                "folds",
                "one fold leaves nothing to learn from; give 2 or more, or 0 for no judgement",
            ));
        }
        Ok(Self {
            options,
            normalise: values.flag("normalise"),
            max_vectors: whole("max_vectors", 50_000),
            compare: if values.flag("bayes") {
                Compare::Bayes
            } else {
                Compare::Bhattacharyya
            },
            smooth: real("smooth", 0.0),
            reject: real("reject", 0.0),
            outside: real("outside", 1.0),
            prominence: real("prominence", 0.3),
            folds,
            forest: values.flag("forest"),
            seed: values.seed(),
            products: products(&values.words("products"))?,
        })
    }

    pub(super) fn writes(&self, product: Product) -> bool {
        self.products.contains(&product)
    }
}

fn products(words: &[String]) -> Result<Vec<Product>, ModuleError> {
    if words.is_empty() || words.iter().any(|w| w == "all") {
        return Ok(PRODUCTS.map(|(_, product)| product).to_vec());
    }
    words
        .iter()
        .map(|word| {
            let found = PRODUCTS.iter().find(|(name, _)| name == word);
            found.map(|(_, product)| *product).ok_or_else(|| {
                let known = PRODUCTS.map(|(name, _)| name).join(", ");
                ModuleError::parameter("products", format!("`{word}` is none of all, {known}"))
            })
        })
        .collect()
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
        Settings::read(&Values::check("gtm3d", PARAMETERS, &settings)?)
    }

    #[test]
    fn the_defaults_are_those_of_the_map() {
        let settings = read(&[]).unwrap();
        assert_eq!(settings.options, GtmOptions::default());
        assert_eq!(settings.products.len(), 9);
        assert_eq!(settings.compare, Compare::Bhattacharyya);
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        let error = |pair| read(&[pair]).unwrap_err().to_string();
        assert!(error(("folds", "1")).starts_with("folds: one fold"));
        assert!(error(("products", "class,odd")).starts_with("products: `odd`"));
        assert!(error(("lambda", "0")).starts_with("lambda: "));
    }
}
