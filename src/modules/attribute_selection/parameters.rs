//! The parameters of `attribute_selection`, and the options they stand for.

use crate::ml::gmm::{BicLikelihood, CovarianceModel, FitOptions};
use crate::ml::selection::{Estimator, Normalisation, Priors, Scope, SelectionOptions};
use crate::modules::{Kind, ModuleError, Parameter, Values};

/// The parameter table.
pub(super) const PARAMETERS: &[Parameter] = &[
    Parameter::new(
        "max_clusters",
        Kind::Whole(1, 8),
        "2",
        "",
        "most clusters a facies may have; BIC chooses",
    ),
    Parameter::new(
        "fixed_clusters",
        Kind::Flag,
        "no",
        "",
        "exactly max_clusters, whatever BIC says",
    ),
    Parameter::new(
        "sem",
        Kind::Flag,
        "yes",
        "",
        "stochastic EM between k-means and classification EM",
    ),
    Parameter::new(
        "models",
        Kind::Words,
        "nine",
        "",
        "nine, fourteen, or some of EII,VII,EEI,VEI,EVI,VVI,EEE,VEE,EVE,VVE,EEV,VEV,EVV,VVV",
    ),
    Parameter::new(
        "scope",
        Kind::Choice(&["between_facies", "all_pairs"]),
        "between_facies",
        "",
        "pairs of clusters that count",
    ),
    Parameter::new(
        "normalisation",
        Kind::Choice(&["pairs", "eq8", "per_dimension"]),
        "pairs",
        "",
        "how the sum of distances becomes a score",
    ),
    Parameter::new(
        "estimator",
        Kind::Choice(&["refit", "marginal"]),
        "refit",
        "",
        "mixtures fitted to each combination, or marginals of one",
    ),
    Parameter::new(
        "sizes",
        Kind::Text,
        "",
        "",
        "first..last number of attributes; all where empty",
    ),
    Parameter::new(
        "include",
        Kind::Words,
        "",
        "",
        "attributes that every combination holds",
    ),
    Parameter::new(
        "exclude",
        Kind::Words,
        "",
        "",
        "attributes that no combination holds",
    ),
    Parameter::new(
        "top",
        Kind::Whole(0, 1_000_000),
        "0",
        "",
        "combinations listed, best first; 0 = all up to 4095, else 1000",
    ),
    Parameter::new(
        "visits",
        Kind::Whole(1, 10_000_000_000),
        "20000000",
        "",
        "sets looked at for the best of a size where not all can be tried",
    ),
    Parameter::new(
        "hold_out",
        Kind::Real(0.0, 0.5),
        "0.2",
        "",
        "polygons are predicted one at a time; this share at once where over 24; 0 = none",
    ),
    Parameter::new(
        "resamples",
        Kind::Whole(0, 10_000),
        "200",
        "",
        "draws of the polygons to see how far the answer hangs on them; 0 = none",
    ),
    Parameter::new(
        "priors",
        Kind::Choice(&["equal", "training"]),
        "equal",
        "",
        "probabilities of the facies when polygons left out are predicted",
    ),
    Parameter::new(
        "max_voxels",
        Kind::Whole(0, 10_000_000),
        "5000",
        "voxels",
        "fitted of a facies, drawn from all its polygons; 0 = all",
    ),
    Parameter::new(
        "smallest_cluster",
        Kind::Real(0.0, 0.5),
        "0.05",
        "",
        "share of a facies' voxels that a cluster must have",
    ),
    Parameter::new(
        "bic_likelihood",
        Kind::Choice(&["classification", "mixture"]),
        "classification",
        "",
        "likelihood that BIC weighs against parameters",
    ),
    Parameter::new(
        "kmeans_starts",
        Kind::Whole(1, 1000),
        "10",
        "",
        "runs of k-means; the best starts the mixture",
    ),
    Parameter::new(
        "kmeans_iterations",
        Kind::Whole(1, 10_000),
        "300",
        "",
        "most iterations of a run of k-means",
    ),
    Parameter::new(
        "sem_iterations",
        Kind::Whole(1, 10_000),
        "200",
        "",
        "iterations of stochastic EM",
    ),
    Parameter::new(
        "cem_iterations",
        Kind::Whole(1, 10_000),
        "200",
        "",
        "most iterations of classification EM",
    ),
    Parameter::new(
        "covariance_floor",
        Kind::Real(1e-12, 1.0),
        "0.000001",
        "",
        "smallest variance in any direction, in standard units",
    ),
];

/// Options out of checked values.
pub(super) fn options(values: &Values) -> Result<SelectionOptions, ModuleError> {
    let whole = |name: &str| values.whole(name).unwrap_or(0);
    let real = |name: &str| values.real(name).unwrap_or(0.0);
    let (smallest, largest) = sizes(values.text("sizes"))?;
    let options = SelectionOptions {
        fit: FitOptions {
            max_clusters: whole("max_clusters"),
            fixed_clusters: values.flag("fixed_clusters"),
            models: models(&values.words("models"))?,
            kmeans_iterations: whole("kmeans_iterations"),
            kmeans_starts: whole("kmeans_starts"),
            sem: values.flag("sem"),
            sem_iterations: whole("sem_iterations"),
            cem_iterations: whole("cem_iterations"),
            bic_likelihood: match values.text("bic_likelihood") {
                "mixture" => BicLikelihood::Mixture,
                _ => BicLikelihood::Classification,
            },
            smallest_share: real("smallest_cluster"),
            floor: real("covariance_floor"),
            ..FitOptions::default()
        },
        scope: match values.text("scope") {
            "all_pairs" => Scope::AllPairs,
            _ => Scope::BetweenFacies,
        },
        normalisation: match values.text("normalisation") {
            "eq8" => Normalisation::Eq8,
            "per_dimension" => Normalisation::PerDimension,
            _ => Normalisation::Pairs,
        },
        estimator: match values.text("estimator") {
            "marginal" => Estimator::Marginal,
            _ => Estimator::Refit,
        },
        smallest,
        largest,
        include: values.words("include"),
        exclude: values.words("exclude"),
        top: whole("top"),
        visits: whole("visits") as u64,
        max_voxels: whole("max_voxels"),
        hold_out: real("hold_out"),
        priors: match values.text("priors") {
            "training" => Priors::Training,
            _ => Priors::Equal,
        },
        resamples: whole("resamples"),
        seed: values.seed(),
    };
    options.check()?;
    Ok(options)
}

/// `a..b`, `a:b` or one number; 0 means all.
pub(super) fn sizes(text: &str) -> Result<(usize, usize), ModuleError> {
    if text.is_empty() {
        return Ok((1, 0));
    }
    let parts = text
        .split_once("..")
        .or_else(|| text.split_once(':'))
        .unwrap_or((text, text));
    match (parts.0.trim().parse(), parts.1.trim().parse()) {
        (Ok(first), Ok(last)) if first >= 1 && first <= last => Ok((first, last)),
        _ => Err(ModuleError::parameter(
            "sizes",
            format!("`{text}` is not first..last, as in 1..4"),
        )),
    }
}

/// `nine`, `fourteen`, or names; each model once.
fn models(words: &[String]) -> Result<Vec<CovarianceModel>, ModuleError> {
    let mut models = Vec::new();
    for word in words {
        match (word.as_str(), CovarianceModel::named(word)) {
            ("nine", _) => models.extend(CovarianceModel::CLOSED_FORM),
            ("fourteen", _) => models.extend(CovarianceModel::ALL),
            (_, Some(model)) => models.push(model),
            (_, None) => {
                let known = CovarianceModel::ALL.map(CovarianceModel::name).join(", ");
                let reason = format!("`{word}` is none of nine, fourteen, {known}");
                return Err(ModuleError::parameter("models", reason));
            }
        }
    }
    models.sort_unstable();
    models.dedup();
    Ok(models)
}
