//! The model file: a forest to be applied to other volumes with the same
//! attributes, as JSON that any program can read.
//!
//! # Format, version 1
//!
//! One JSON object: `format` (`"outcrop rfc3d"`), `version` (1), and `forest`:
//!
//! * `attributes`: names in the order in which nodes count them;
//! * `classes` and `codes`: names, and what stands for each in a class volume;
//! * `ranges`: smallest and largest training value of each attribute;
//! * `trees`: for each, one entry a node in `attribute` (its place, from 0; -1 at a
//!   leaf), `threshold` (in units of the attribute), `left` and `right` (places of
//!   the children, -1 at a leaf), `fractions` (of the training voxels there by
//!   class); then the impurity that each attribute took away in the tree, nodes
//!   weighted by their size (`gini`) and not (`gini_unweighted`).
//!
//! A voxel starts at node 0 and goes left where its value is at most the
//! threshold. The forest averages the fractions of the leaves reached; the largest
//! wins. Numbers have all their digits, so a model read back gives the same bytes
//! as the run that made it.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::io::IoError;
use crate::ml::forest::{Forest, Tree};
use crate::model::printable;
use crate::modules::{Cell, Input, ModuleError, Table};

const FORMAT: &str = "outcrop rfc3d";
const VERSION: u32 = 1;
/// Larger files are no models: 200 trees of unlimited depth on 60 000 rows and
/// three classes take 200 MB.
const LARGEST: u64 = 2 << 30;

/// What a model file holds.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written<F> {
    format: String,
    version: u32,
    forest: F,
}

/// The text of a model file.
pub(super) fn text(forest: &Forest) -> Result<String, ModuleError> {
    let written = Written {
        format: FORMAT.to_owned(),
        version: VERSION,
        forest,
    };
    let text = serde_json::to_string(&written).map_err(|e| ModuleError::Checkpoint {
        reason: e.to_string(),
    })?;
    // A line a tree: a person can find one.
    Ok(text.replace("{\"attribute\":", "\n{\"attribute\":") + "\n")
}

/// Reads a model file; what is not one is told apart from what is damaged.
pub(super) fn read(path: &Path) -> Result<Forest, ModuleError> {
    let system = |source| IoError::System {
        path: path.to_owned(),
        action: "reading the model",
        source,
    };
    let wrong = |reason: String| {
        let reason = printable(&reason);
        ModuleError::Input(format!("{}: {reason}", path.display()))
    };
    if std::fs::metadata(path).map_err(system)?.len() > LARGEST {
        return Err(wrong("this is no model of rfc3d: it is too large".into()));
    }
    let file = BufReader::new(File::open(path).map_err(system)?);
    let written: Written<Forest> = serde_json::from_reader(file).map_err(|e| {
        wrong(format!(
            "this is no model of rfc3d ({e}); give the rfc3d_model_*.json of an earlier run"
        ))
    })?;
    if written.format != FORMAT || written.version != VERSION {
        return Err(wrong(format!(
            "the model is of format {} version {}; this program reads {FORMAT} version {VERSION}",
            written.format, written.version
        )));
    }
    Ok(written.forest)
}

/// Keeps the volumes that a model names, in its order: a session that has learnt
/// of more volumes since still finds the right ones.
pub(super) fn named(forest: &Forest, volumes: &mut Vec<Input>) -> Result<(), ModuleError> {
    let wanted = &forest.attributes;
    let found = |name: &String| volumes.iter().find(|v| v.name == *name).cloned();
    let missing: Vec<&str> = (wanted.iter())
        .filter(|name| found(name).is_none())
        .map(String::as_str)
        .collect();
    if !missing.is_empty() {
        let given: Vec<&str> = volumes.iter().map(|v| v.name.as_str()).collect();
        return Err(ModuleError::Input(printable(&format!(
            "the model was grown on {}, and of these {} {} not among the volumes ({}); name volumes that are called so",
            wanted.join(", "),
            missing.join(", "),
            if missing.len() == 1 { "is" } else { "are" },
            given.join(", ")
        ))));
    }
    *volumes = wanted.iter().filter_map(found).collect();
    Ok(())
}

/// One tree of a model file as a table, `number` from 1: each condition below the
/// one that it depends on, in units of the attributes.
pub fn tree_table(path: &Path, number: usize) -> Result<Table, ModuleError> {
    let forest = read(path)?;
    let trees = forest.trees();
    let tree = number.checked_sub(1).and_then(|place| trees.get(place));
    let tree = tree.ok_or_else(|| {
        ModuleError::Input(format!(
            "there is no tree {number}; the forest has trees 1 to {}",
            trees.len()
        ))
    })?;
    let mut columns = vec!["node", "class"];
    columns.extend(forest.classes.iter().map(String::as_str));
    let mut table = Table::new(&format!("tree_{number}"), &columns);
    let mut waiting = vec![(0, 0, String::from("all voxels"))];
    while let Some((node, depth, condition)) = waiting.pop() {
        table.push(row(&forest, tree, node, depth, &condition));
        if !tree.is_leaf(node) {
            let at = tree.nodes()[node];
            let name = &forest.attributes[usize::from(at.attribute)];
            let next = at.next as usize;
            let threshold = at.threshold;
            waiting.push((next + 1, depth + 1, format!("{name} > {threshold}")));
            waiting.push((next, depth + 1, format!("{name} ≤ {threshold}")));
        }
    }
    Ok(table)
}

fn row(forest: &Forest, tree: &Tree, node: usize, depth: usize, condition: &str) -> Vec<Cell> {
    let fractions = tree.fractions(node);
    let most = fractions.iter().copied().fold(0.0, f32::max);
    let class = fractions.iter().position(|&f| f == most).unwrap_or(0);
    let mut row = vec![
        Cell::Text(format!("{}{condition}", "· ".repeat(depth))),
        if tree.is_leaf(node) {
            Cell::Text(forest.classes[class].clone())
        } else {
            Cell::Empty
        },
    ];
    row.extend(fractions.iter().map(|&f| Cell::Real(f64::from(f), 2)));
    row
}
