//! How far the answer is to be trusted, as sentences and tables.

use super::tables::{real, text};
use crate::ml::selection::{AttributeRanks, Selection, Stability};
use crate::modules::{Cell, Table};

/// What the numbers of trust come to, in words.
pub(super) fn sentences(selection: &Selection) -> Vec<String> {
    let mut said = Vec::new();
    let stability = selection.stability.as_ref();
    said.extend(stability.map_or(Vec::new(), |s| driven(selection, s)));
    said.extend(stability.and_then(|s| step(selection, s)));
    if let Some(row) = &selection.one_standard_error {
        said.push(format!(
            "one standard error: {} do as well on polygons left out as the best: {}.",
            row.size,
            row.attributes.join(", ")
        ));
    }
    said.extend(stability.and_then(chosen_anew));
    if stability.is_some() {
        said.push(
            "resampled polygons (chosen in, intervals, ranks) are scored by one Gaussian a facies; the table's scores are those of the mixtures."
                .to_owned(),
        );
    }
    if let (Some(by_voxel), Some(by_polygon)) = (
        selection.knee.by_voxel_balanced_accuracy,
        selection.knee.held_out_balanced_accuracy,
    ) {
        said.push(format!(
            "by voxel {by_voxel:.2}, by polygon {by_polygon:.2}: the gap of {:.2} at the knee is what neighbouring voxels give away.",
            by_voxel - by_polygon
        ));
    }
    for group in stability.map_or(&[][..], |s| &s.duplicates) {
        said.push(format!(
            "near duplicates: {} (correlation {:.2}): they split votes; keep one.",
            names(selection, &group.indices).join(", "),
            group.correlation
        ));
    }
    said
}

/// Whether the step beyond the knee is more than chance.
fn step(selection: &Selection, stability: &Stability) -> Option<String> {
    let next = stability
        .sizes
        .iter()
        .find(|s| s.size > selection.knee.size)?;
    Some(stepped(selection.knee.size, next.size, next.gain?))
}

/// The step between two sizes in words, from the interval of what it adds.
pub(super) fn stepped(from: usize, to: usize, [low, high]: [f64; 2]) -> String {
    let (change, [least, most], verdict) = if low > 0.0 {
        ("gains", [low, high], "more than")
    } else if high < 0.0 {
        ("loses", [-high, -low], "more than")
    } else {
        ("moves", [low, high], "no more than")
    };
    format!(
        "step from {from} to {to}: the score {change} {least:.3} to {most:.3} (95 % over polygons), {verdict} the choice of polygons explains."
    )
}

/// The polygons without which others would have been chosen.
fn driven(selection: &Selection, stability: &Stability) -> Vec<String> {
    let drives: Vec<_> = stability.influence.iter().filter(|i| i.drives).collect();
    let size = selection.knee.size;
    match drives.as_slice() {
        [] => vec![format!(
            "no single polygon drives this choice: without any one of {} the best {size} stay the same.",
            stability.influence.len()
        )],
        few if few.len() <= 3 => few
            .iter()
            .map(|i| {
                format!(
                    "polygon {} drives this choice: without it the best {size} are {}.",
                    i.name,
                    names(selection, &i.indices).join(", ")
                )
            })
            .collect(),
        many => vec![format!(
            "{} of {} polygons drive this choice, {} first: without any of them the best {size} are others.",
            many.len(),
            stability.influence.len(),
            many[0].name
        )],
    }
}

/// What the accuracy is where the choice too was made without the polygon named.
fn chosen_anew(stability: &Stability) -> Option<String> {
    let nested = stability.nested.as_ref()?;
    let procedure = nested.procedure?;
    let best = nested.chosen_on_all.iter().copied().reduce(f64::max)?;
    Some(format!(
        "nested folds: {procedure:.2} where the attributes too were chosen without the polygon named, {best:.2} where they were chosen on it (one Gaussian a facies)."
    ))
}

/// The tables of trust, as far as they were asked for.
pub(super) fn tables(selection: &Selection) -> Vec<Table> {
    let mut tables = Vec::new();
    if let Some(stability) = &selection.stability {
        tables.push(by_size(selection, stability));
        tables.push(by_attribute(selection, stability));
        tables.push(by_polygon(selection, stability));
    }
    tables
}

/// The BIC of every model and number of clusters tried for the best of each size.
pub(super) fn models(selection: &Selection) -> Option<Table> {
    let details = selection.details.as_ref()?;
    let mut table = Table::new("models", &["n", "facies", "model", "clusters", "bic"]);
    for (row, fits) in selection.best_per_size.iter().zip(&details.fits) {
        for (facies, record) in selection.facies.iter().zip(fits) {
            for trial in &record.trials {
                table.push(vec![
                    Cell::Whole(row.size as i64),
                    Cell::Text(facies.name.clone()),
                    Cell::Text(trial.model.name().to_owned()),
                    Cell::Whole(trial.clusters as i64),
                    real(trial.bic, 1),
                ]);
            }
        }
    }
    Some(table)
}

/// The distance of each pair of facies in the best of each size, and the share
/// that the best rule may still confuse.
pub(super) fn distances(selection: &Selection) -> Option<Table> {
    let details = selection.details.as_ref()?;
    let columns = ["n", "facies", "other", "distance", "confused_at_most"];
    let mut table = Table::new("distances", &columns);
    for (row, pairs) in selection.best_per_size.iter().zip(&details.pairs) {
        let mut pairs = pairs.iter();
        for (m, a) in selection.facies.iter().enumerate() {
            for b in &selection.facies[m + 1..] {
                let Some(&distance) = pairs.next() else { break };
                table.push(vec![
                    Cell::Whole(row.size as i64),
                    Cell::Text(a.name.clone()),
                    Cell::Text(b.name.clone()),
                    Cell::Real(distance, 3),
                    Cell::Real(0.5 * (-distance).exp(), 3),
                ]);
            }
        }
    }
    Some(table)
}

fn by_size(selection: &Selection, stability: &Stability) -> Table {
    let mut table = Table::new(
        "stability",
        &[
            "n",
            "attributes",
            "score",
            "score_low",
            "score_high",
            "gain_low",
            "gain_high",
            "chosen_again",
            "rank_low",
            "rank_high",
            "knee_in",
            "accuracy_chosen_on_all",
            "accuracy_chosen_without",
        ],
    );
    for (row, size) in selection.best_per_size.iter().zip(&stability.sizes) {
        let end = |of: Option<[f64; 2]>, i: usize| real(of.map(|ends| ends[i]), 3);
        let nested = stability.nested.as_ref();
        let accuracy = |of: fn(&crate::ml::selection::Nested) -> &Vec<f64>| {
            let nested = nested?;
            let place = nested.sizes.iter().position(|s| *s == size.size)?;
            of(nested).get(place).copied()
        };
        table.push(vec![
            Cell::Whole(size.size as i64),
            text(&row.attributes),
            Cell::Real(row.score, 3),
            end(size.score, 0),
            end(size.score, 1),
            end(size.gain, 0),
            end(size.gain, 1),
            Cell::Real(size.same, 2),
            Cell::Whole(size.rank[0] as i64),
            Cell::Whole(size.rank[1] as i64),
            Cell::Real(size.knee, 2),
            real(accuracy(|n| &n.chosen_on_all), 3),
            real(accuracy(|n| &n.chosen_without), 3),
        ]);
    }
    table
}

/// Every ranker in one table.
fn by_attribute(selection: &Selection, stability: &Stability) -> Table {
    let mut table = Table::new(
        "attributes",
        &[
            "attribute",
            "chosen_in",
            "distance_alone",
            "rank_alone",
            "rank_low",
            "rank_high",
            "forest_gini",
            "forest_permutation",
            "mutual_information",
            "minimum_redundancy",
            "near_duplicate_of",
        ],
    );
    for (i, (name, of)) in selection
        .attributes
        .iter()
        .zip(&stability.attributes)
        .enumerate()
    {
        let ranks = selection.rankers.as_ref().and_then(|r| r.get(i));
        let of_rank = |f: fn(&AttributeRanks) -> Option<f64>| real(ranks.and_then(f), 3);
        let group = stability
            .duplicates
            .iter()
            .find(|d| d.indices.contains(&(i + 1)));
        let others: Vec<&str> = group.map_or(Vec::new(), |group| {
            let others = group.indices.iter().filter(|j| **j != i + 1);
            others
                .map(|j| selection.attributes[j - 1].as_str())
                .collect()
        });
        let place = |n: usize| Cell::Whole(n as i64);
        table.push(vec![
            Cell::Text(name.clone()),
            Cell::Real(of.in_knee, 2),
            of_rank(|r| Some(r.distance)),
            place(of.rank),
            place(of.rank_interval[0]),
            place(of.rank_interval[1]),
            of_rank(|r| r.gini),
            of_rank(|r| r.permutation),
            of_rank(|r| Some(r.mutual_information)),
            ranks.map_or(Cell::Empty, |r| place(r.minimum_redundancy)),
            text(&others),
        ]);
    }
    table
}

fn by_polygon(selection: &Selection, stability: &Stability) -> Table {
    let mut table = Table::new(
        "influence",
        &[
            "polygon_left_out",
            "drives",
            "score_change_percent",
            "attributes",
        ],
    );
    for of in &stability.influence {
        table.push(vec![
            Cell::Text(of.name.clone()),
            Cell::Text(if of.drives { "drives" } else { "" }.into()),
            real(of.change.map(|c| 100.0 * c), 1),
            text(&names(selection, &of.indices)),
        ]);
    }
    table
}

fn names<'a>(selection: &'a Selection, indices: &[usize]) -> Vec<&'a str> {
    indices
        .iter()
        .filter_map(|i| selection.attributes.get(i - 1).map(String::as_str))
        .collect()
}
