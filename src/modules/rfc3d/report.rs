//! The result in words: sentences for the screen and for the report.

use std::collections::HashMap;

use super::result::{ForestResult, TreeCount};
use crate::model::TrainingTable;
use crate::modules::Extraction;

/// What the interpreter should know, most important first. `group` says what is
/// left out together: a polygon, or a group of a training file.
pub(super) fn sentences(
    extraction: Option<&Extraction>,
    result: &ForestResult,
    group: &str,
) -> Vec<String> {
    let mut list = Vec::new();
    let adopted = |counts: &[TreeCount]| counts.iter().find(|c| c.trees == result.trees).cloned();
    if let Some(score) = adopted(&result.grouped_cross_validation) {
        list.push(format!(
            "Accuracy on voxels of {group}s left out: {} (mean recall of the classes {}): the number to trust.",
            percent(score.mean),
            percent(score.balanced)
        ));
        if let Some(voxel) = adopted(&result.cross_validation) {
            let gap = voxel.mean - score.mean;
            list.push(format!(
                "The gap between the two, {}, is {}.",
                number(gap),
                if gap >= 0.005 {
                    "leakage: voxels left out singly have neighbours that were learnt from"
                } else {
                    "no more than chance"
                }
            ));
        }
    }
    if let Some(score) = adopted(&result.cross_validation) {
        list.push(format!(
            "Accuracy on single voxels left out: {} (mean recall {}): optimistic, for their neighbours were learnt from.",
            percent(score.mean),
            percent(score.balanced)
        ));
        if result.grouped_cross_validation.is_empty() {
            list.push(format!(
                "No accuracy by {group}: every class has one {group} at most. Add {group}s to learn how far the classes can be told apart elsewhere."
            ));
        }
    }
    list.extend(missed(result));
    list.push(trees_sentence(result));
    let ranked = ranked(result);
    if let Some(first) = ranked.first() {
        list.push(format!(
            "Most important attribute: {} (Gini {}).",
            first.0,
            percent(first.1)
        ));
    }
    if result.buffered > 0 {
        list.push(format!(
            "Up to {} voxels of a fold were not learnt from: they lie within the buffer around voxels left out.",
            result.buffered
        ));
    }
    for set in &result.together {
        list.push(format!(
            "{} tell nearly the same: shuffled together they cost {} of accuracy.",
            set.attributes.join(", "),
            percent(set.permutation)
        ));
    }
    if let Some(extraction) = extraction {
        list.extend(warnings(extraction, result, group));
    }
    list
}

/// Recall below which a class counts as not found.
const MISSED: f64 = 0.2;

/// Classes that are not found among voxels left out, and what is made of them.
fn missed(result: &ForestResult) -> Vec<String> {
    let confusion = if result.grouped_confusion.is_empty() {
        &result.confusion
    } else {
        &result.grouped_confusion
    };
    let mut list = Vec::new();
    for (m, row) in confusion.iter().enumerate() {
        let rows: u64 = row.iter().sum();
        let others = row.iter().enumerate().filter(|(p, _)| *p != m);
        let (Some(found), Some((most, &taken))) = (row.get(m), others.max_by_key(|(_, n)| **n))
        else {
            continue;
        };
        let share = |n: u64| n as f64 / rows as f64;
        if rows > 0 && share(*found) < MISSED {
            list.push(format!(
                "warning: class {} is hardly found where it was not learnt from (recall {}): {} of its voxels are taken for {}. The two look alike in these attributes, or {} has many more voxels; class_weight balanced lets them count the same.",
                result.classes[m],
                percent(share(*found)),
                percent(share(taken)),
                result.classes[most],
                result.classes[most],
            ));
        }
    }
    list
}

fn trees_sentence(result: &ForestResult) -> String {
    let out_of_bag = result.out_of_bag.map_or(String::new(), |accuracy| {
        format!("; accuracy out of bag {}", percent(accuracy))
    });
    let tested: Vec<String> = result
        .cross_validation
        .iter()
        .map(|c| c.trees.to_string())
        .collect();
    if tested.is_empty() {
        format!(
            "{} trees, not compared with other counts{out_of_bag}.",
            result.trees
        )
    } else {
        let tested = tested.join(", ");
        format!("{} trees, the best of {tested}{out_of_bag}.", result.trees)
    }
}

/// Attributes and their Gini importance, the largest first.
fn ranked(result: &ForestResult) -> Vec<(&str, f64)> {
    let rows = result.importance.iter();
    let mut list: Vec<(&str, f64)> = rows.map(|i| (i.attribute.as_str(), i.gini)).collect();
    list.sort_by(|a, b| b.1.total_cmp(&a.1));
    list
}

fn warnings(extraction: &Extraction, result: &ForestResult, group: &str) -> Vec<String> {
    let table = &extraction.table;
    let mut list: Vec<String> = extraction
        .warnings
        .iter()
        .map(|warning| format!("warning: {warning}"))
        .collect();
    if extraction.dropped_nulls > 0 {
        list.push(format!(
            "warning: {} training voxels dropped: an attribute is null there.",
            extraction.dropped_nulls
        ));
    }
    let folds = result.cross_validation.first().map_or(0, |c| c.folds.len());
    for (class, rows) in table.classes.iter().zip(table.class_counts()) {
        if rows < folds {
            list.push(format!(
                "warning: class {class} has {rows} training voxels, fewer than the {folds} folds: some folds lack it."
            ));
        }
    }
    if !result.grouped_cross_validation.is_empty() {
        for (class, groups) in table.classes.iter().zip(table.group_counts()) {
            if groups == 1 {
                list.push(format!(
                    "warning: class {class} lies in one {group} only: it cannot be found when that one is left out, and the accuracy by {group} says so."
                ));
            }
        }
    }
    let contradictory = contradictions(table);
    if contradictory > 0 {
        list.push(format!(
            "warning: {contradictory} training voxels have all attributes in common with one of another class: no tree can tell them apart."
        ));
    }
    for (a, attribute) in table.attributes.iter().enumerate() {
        let column = table.values.column(a);
        if column.iter().all(|&x| x == column[0]) {
            list.push(format!(
                "warning: attribute {attribute} is constant over the training voxels: no tree uses it."
            ));
        }
    }
    list
}

/// Rows whose values are exactly those of a row of another class.
fn contradictions(table: &TrainingTable) -> usize {
    let mut classes = HashMap::<Vec<u32>, (u16, bool, usize)>::new();
    for (row, &class) in table.values.rows().into_iter().zip(&table.class) {
        let key = row.iter().map(|x| (x + 0.0).to_bits()).collect();
        let (first, mixed, rows) = classes.entry(key).or_insert((class, false, 0));
        *mixed |= *first != class;
        *rows += 1;
    }
    let mixed = classes.values().filter(|(_, mixed, _)| *mixed);
    mixed.map(|(.., rows)| rows).sum()
}

fn number(x: f64) -> String {
    format!("{x:.3}").replace('-', "\u{2212}")
}

fn percent(x: f64) -> String {
    format!("{:.1} %", 100.0 * x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_that_is_not_found_is_named_with_what_it_is_taken_for() {
        let mut result = ForestResult {
            classes: ["salt", "mtd", "background"].map(str::to_owned).to_vec(),
            grouped_confusion: vec![vec![90, 5, 5], vec![0, 10, 90], vec![1, 2, 97]],
            ..ForestResult::default()
        };
        let said = missed(&result);
        assert_eq!(said.len(), 1);
        assert!(said[0].contains("class mtd is hardly found"), "{said:?}");
        assert!(said[0].contains("90.0 % of its voxels are taken for background"));
        result.grouped_confusion[1] = vec![0, 20, 80];
        assert!(missed(&result).is_empty());
        // Without polygons left out, single voxels tell.
        result.grouped_confusion.clear();
        result.confusion = vec![vec![0, 0, 0], vec![9, 0, 0], vec![0, 0, 9]];
        assert_eq!(missed(&result).len(), 1);
    }
}
