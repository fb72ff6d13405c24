//! The result in words.

use super::result::GtmResult;
use super::validation::Judgement;
use crate::modules::Extraction;

/// What the interpreter should know, most important first.
pub(super) fn sentences(
    result: &GtmResult,
    extraction: Option<&Extraction>,
    reused: bool,
) -> Vec<String> {
    let mut list = Vec::new();
    list.extend(validated(result));
    if let Some(agreement) = &result.agreement {
        list.push(format!(
            "{} has the same class at {} of the voxels (kappa {:.2}).",
            agreement.with,
            percent(agreement.share),
            agreement.kappa
        ));
    }
    if !result.supervised {
        list.push(format!(
            "No facies: the map's density has {} {}, and each is a class.",
            result.facies.len(),
            if result.facies.len() == 1 {
                "peak"
            } else {
                "peaks"
            }
        ));
    }
    list.push(fitted(result, reused));
    let live = result.facies.iter().map(|f| f.voxels).sum::<u64>() + result.rejected;
    list.push(format!(
        "{} of {live} voxels lie outside the range that the map was fitted to.",
        percent(result.outside as f64 / live.max(1) as f64)
    ));
    list.extend(warnings(result, extraction));
    list
}

fn validated(result: &GtmResult) -> Option<String> {
    let validation = result.validation.as_ref()?;
    let said = |j: &Judgement| {
        format!(
            "balanced accuracy {}, log-loss {:.2}",
            percent(j.balanced_accuracy),
            j.log_loss
        )
    };
    let map = validation.classifiers.first()?;
    let forest = validation.classifiers.get(1);
    let beside = forest.map_or(String::new(), |forest| {
        format!("; a random forest on the same folds: {}", said(forest))
    });
    let doubt = if validation.left_out == "voxel" {
        " This is optimistic, for their neighbours were learnt from: add polygons."
    } else {
        ""
    };
    Some(format!(
        "Voxels of {}s left out: {}{beside}.{doubt}",
        validation.left_out,
        said(map)
    ))
}

fn fitted(result: &GtmResult, reused: bool) -> String {
    let updates = result.log_likelihood.len().saturating_sub(1);
    let each = result.log_likelihood.last().unwrap_or(&0.0) / result.vectors.max(1) as f64;
    let how = match (reused, result.converged) {
        (true, _) => "the map of an earlier run was applied: it was",
        (false, true) => "the map converged:",
        (false, false) => "warning: the map had not converged when the updates ended:",
    };
    let mut text = format!(
        "{how} fitted to {} voxels in {updates} updates, log-likelihood {each:.3} a voxel, beta {:.3}.",
        result.vectors, result.beta
    );
    if let Some(first) = text.get_mut(..1).filter(|_| !how.starts_with("warning")) {
        first.make_ascii_uppercase();
    }
    text
}

fn warnings(result: &GtmResult, extraction: Option<&Extraction>) -> Vec<String> {
    let mut list = Vec::new();
    for (i, facies) in result.facies.iter().enumerate() {
        let Some((name, overlap)) = &facies.nearest else {
            continue;
        };
        let earlier = result.facies[..i].iter().any(|f| f.name == *name);
        if *overlap > 0.99 && !earlier {
            list.push(format!(
                "warning: {} and {name} lie on the same part of the map (overlap {overlap:.3}): these attributes do not tell them apart.",
                facies.name
            ));
        }
    }
    for attribute in &result.constant {
        list.push(format!(
            "warning: attribute {attribute} is constant over the volume: the map does not use it."
        ));
    }
    if result.attributes.len() - result.constant.len() == 1 {
        list.push("warning: with one attribute the map is a line; latent 2 is 0.".into());
    }
    if let Some(extraction) = extraction {
        let warnings = extraction.warnings.iter();
        list.extend(warnings.map(|warning| format!("warning: {warning}")));
        if extraction.dropped_nulls > 0 {
            list.push(format!(
                "warning: {} training voxels dropped: an attribute is null there.",
                extraction.dropped_nulls
            ));
        }
    }
    list
}

fn percent(x: f64) -> String {
    format!("{:.1} %", 100.0 * x)
}
