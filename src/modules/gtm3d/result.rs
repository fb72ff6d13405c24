//! What a run found out: typed for `--json` and the result screen, and as tables.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::outputs::Tally;
use super::validation::{Judgement, Validation};
use crate::modules::{Cell, Table};

/// What `gtm3d --json` prints.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GtmResult {
    /// Attributes in the order of the volumes.
    pub attributes: Vec<String>,
    /// Those that are constant, and left out of the map.
    pub constant: Vec<String>,
    /// Live voxels that the map was fitted to.
    pub vectors: usize,
    /// Their log-likelihood before any update and after each.
    pub log_likelihood: Vec<f64>,
    /// Inverse variance around the nodes.
    pub beta: f64,
    /// True where the tolerance ended the fit, false for the number of updates.
    pub converged: bool,
    /// Facies, or clusters of the map where nothing was learnt from.
    pub facies: Vec<MappedFacies>,
    /// True for facies, false for clusters.
    pub supervised: bool,
    /// Volume of the classes.
    pub class_volume: Option<PathBuf>,
    /// The map itself.
    pub map: LatentMap,
    /// How well facies are found on polygons left out.
    pub validation: Option<Validation>,
    /// How far another classification agrees.
    pub agreement: Option<Agreement>,
    /// Voxels without a class though not null.
    pub rejected: u64,
    /// Voxels outside the range of the training voxels.
    pub outside: u64,
    /// Voxels with a null attribute.
    pub nulls: u64,
    /// The model, to be applied elsewhere.
    pub model: PathBuf,
    /// All files written.
    pub outputs: Vec<PathBuf>,
}

/// A facies or a cluster, on the map and in the volume.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MappedFacies {
    /// Its name.
    pub name: String,
    /// Picked voxels that it was learnt from; 0 for a cluster.
    pub rows: usize,
    /// The facies whose density is most alike, and the Bhattacharyya coefficient.
    pub nearest: Option<(String, f64)>,
    /// Voxels of the class.
    pub voxels: u64,
    /// Area of the traces in which it occurs.
    pub km2: f64,
    /// Its volume; times are turned into depths by the velocity.
    pub km3: f64,
    /// Mean confidence of its voxels.
    pub confidence: Option<f64>,
    /// Volume of its probability.
    pub probability_volume: Option<PathBuf>,
    /// Volume of its likelihood.
    pub likelihood_volume: Option<PathBuf>,
}

/// The map as it is drawn: `side` x `side` nodes, first latent coordinate slowest.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LatentMap {
    /// Nodes along a side.
    pub side: usize,
    /// Voxels of the volume nearest to each node by their mean place.
    pub voxels: Vec<u64>,
    /// Density of each facies, in the order of `facies`, summing to 1.
    pub facies: Vec<Vec<f64>>,
}

/// Two classifications, voxel by voxel.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// Name of the other class volume.
    pub with: String,
    /// Codes of the other one that occur, ascending.
    pub codes: Vec<u8>,
    /// Rows are our classes in order, columns the other's codes.
    pub counts: Vec<Vec<u64>>,
    /// Share of the voxels with a class in both that have the same code.
    pub share: f64,
    /// Cohen's kappa: agreement beyond chance.
    pub kappa: f64,
    /// Volume of the differences.
    pub difference_volume: PathBuf,
}

impl GtmResult {
    /// The same with paths below `out`.
    pub(in super::super) fn below(&self, out: &Path) -> Self {
        let below = |path: &PathBuf| out.join(path);
        let mut result = self.clone();
        for facies in &mut result.facies {
            facies.probability_volume = facies.probability_volume.as_ref().map(below);
            facies.likelihood_volume = facies.likelihood_volume.as_ref().map(below);
        }
        result.class_volume = result.class_volume.as_ref().map(below);
        if let Some(agreement) = &mut result.agreement {
            agreement.difference_volume = below(&agreement.difference_volume);
        }
        result.model = below(&result.model);
        result.outputs = result.outputs.iter().map(below).collect();
        result
    }

    /// All tables, for people and as CSV.
    pub(super) fn tables(&self) -> Vec<Table> {
        let mut tables = vec![self.facies_table()];
        if let Some(validation) = &self.validation {
            tables.push(validation_table(validation));
            let names: Vec<&str> = self.facies.iter().map(|f| f.name.as_str()).collect();
            for judged in &validation.classifiers {
                tables.push(confusion_table(judged, &names));
            }
            tables.push(reliability_table(validation));
        }
        if let Some(agreement) = &self.agreement {
            tables.push(self.agreement_table(agreement));
        }
        tables.push(self.fit_table());
        tables.push(self.map_table());
        tables
    }

    fn facies_table(&self) -> Table {
        let what = if self.supervised { "facies" } else { "cluster" };
        let columns = [
            what,
            "code",
            "picked voxels",
            "nearest",
            "overlap",
            "voxels",
            "share",
            "km2",
            "km3",
            "confidence",
        ];
        let mut table = Table::new("class_volume", &columns);
        let live = self.facies.iter().map(|f| f.voxels).sum::<u64>() + self.rejected;
        let share = |voxels: u64| Cell::Real(voxels as f64 / live.max(1) as f64, 4);
        for (facies, code) in self.facies.iter().zip(1..) {
            let (name, overlap) = facies
                .nearest
                .clone()
                .map_or((Cell::Empty, Cell::Empty), |(name, overlap)| {
                    (Cell::Text(name), Cell::Real(overlap, 3))
                });
            table.push(vec![
                Cell::Text(facies.name.clone()),
                Cell::Whole(code),
                Cell::Whole(facies.rows as i64),
                name,
                overlap,
                Cell::Whole(facies.voxels as i64),
                share(facies.voxels),
                Cell::Real(facies.km2, 3),
                Cell::Real(facies.km3, 4),
                facies.confidence.map_or(Cell::Empty, |c| Cell::Real(c, 3)),
            ]);
        }
        let mut other = |name: &str, voxels: u64, share: Cell| {
            let mut row = vec![Cell::Empty; columns.len()];
            row[0] = Cell::Text(name.to_owned());
            row[5] = Cell::Whole(voxels as i64);
            row[6] = share;
            table.push(row);
        };
        other("no class", self.rejected, share(self.rejected));
        other("outside", self.outside, share(self.outside));
        other("null", self.nulls, Cell::Empty);
        table
    }

    fn fit_table(&self) -> Table {
        let columns = ["update", "log-likelihood", "per voxel"];
        let mut table = Table::new("log_likelihood", &columns);
        for (update, &log) in self.log_likelihood.iter().enumerate() {
            table.push(vec![
                Cell::Whole(update as i64),
                Cell::Real(log, 2),
                Cell::Real(log / self.vectors.max(1) as f64, 4),
            ]);
        }
        table
    }

    fn map_table(&self) -> Table {
        let side = self.map.side;
        let mut columns = vec!["node 1", "node 2", "voxels"];
        columns.extend(self.facies.iter().map(|f| f.name.as_str()));
        let mut table = Table::new("latent_map", &columns);
        for (k, &voxels) in self.map.voxels.iter().enumerate() {
            let mut row = vec![
                Cell::Whole((k / side + 1) as i64),
                Cell::Whole((k % side + 1) as i64),
                Cell::Whole(voxels as i64),
            ];
            row.extend(self.map.facies.iter().map(|q| Cell::Real(q[k], 5)));
            table.push(row);
        }
        table
    }

    fn agreement_table(&self, agreement: &Agreement) -> Table {
        let codes: Vec<String> = agreement
            .codes
            .iter()
            .map(|c| format!("code {c}"))
            .collect();
        let mut columns = vec!["class"];
        columns.extend(codes.iter().map(String::as_str));
        let mut table = Table::new("agreement", &columns);
        for (facies, counts) in self.facies.iter().zip(&agreement.counts) {
            let mut row = vec![Cell::Text(facies.name.clone())];
            row.extend(counts.iter().map(|&n| Cell::Whole(n as i64)));
            table.push(row);
        }
        table
    }
}

fn validation_table(validation: &Validation) -> Table {
    let folds = |j: &Judgement| j.folds.len();
    let most = validation.classifiers.iter().map(folds).max().unwrap_or(0);
    let mut columns: Vec<String> = [
        "classifier",
        "left out by",
        "balanced accuracy",
        "accuracy",
        "log-loss",
        "calibration error",
    ]
    .map(str::to_owned)
    .to_vec();
    columns.extend((1..=most).map(|f| format!("fold {f}")));
    let names: Vec<&str> = columns.iter().map(String::as_str).collect();
    let mut table = Table::new("validation", &names);
    for judged in &validation.classifiers {
        let mut row = vec![
            Cell::Text(judged.classifier.clone()),
            Cell::Text(validation.left_out.clone()),
            Cell::Real(judged.balanced_accuracy, 4),
            Cell::Real(judged.accuracy, 4),
            Cell::Real(judged.log_loss, 4),
            Cell::Real(judged.calibration_error, 4),
        ];
        row.extend(judged.folds.iter().map(|&f| Cell::Real(f, 4)));
        row.resize(columns.len(), Cell::Empty);
        table.push(row);
    }
    table
}

fn confusion_table(judged: &Judgement, classes: &[&str]) -> Table {
    let mut columns = vec!["true class"];
    columns.extend(classes);
    columns.push("recall");
    let mut table = Table::new(&format!("confusion_{}", judged.classifier), &columns);
    for (c, counts) in judged.confusion.iter().enumerate() {
        let mut row = vec![Cell::Text(classes[c].to_owned())];
        row.extend(counts.iter().map(|&n| Cell::Whole(n as i64)));
        let all: u64 = counts.iter().sum();
        row.push(if all > 0 {
            Cell::Real(counts[c] as f64 / all as f64, 4)
        } else {
            Cell::Empty
        });
        table.push(row);
    }
    table
}

fn reliability_table(validation: &Validation) -> Table {
    let columns = [
        "classifier",
        "from",
        "to",
        "voxels",
        "confidence",
        "accuracy",
    ];
    let mut table = Table::new("reliability", &columns);
    let real = |x: Option<f64>| x.map_or(Cell::Empty, |x| Cell::Real(x, 3));
    for judged in &validation.classifiers {
        for bin in judged.reliability.iter().filter(|bin| bin.voxels > 0) {
            table.push(vec![
                Cell::Text(judged.classifier.clone()),
                Cell::Real(bin.from, 1),
                Cell::Real(bin.to, 1),
                Cell::Whole(bin.voxels as i64),
                real(bin.confidence),
                real(bin.accuracy),
            ]);
        }
    }
    table
}

impl Agreement {
    /// From what was counted; nothing where nothing was compared.
    pub(super) fn of(tally: &Tally, classes: usize, with: &str, difference: &Path) -> Self {
        let mut codes: Vec<u8> = tally.agreement.keys().map(|pair| pair.1).collect();
        codes.retain(|&code| code > 0);
        codes.sort_unstable();
        codes.dedup();
        let count = |ours: u8, theirs: u8| {
            let found = tally.agreement.get(&(ours, theirs));
            found.copied().unwrap_or(0)
        };
        let counts: Vec<Vec<u64>> = (1..=classes as u8)
            .map(|ours| codes.iter().map(|&theirs| count(ours, theirs)).collect())
            .collect();
        let all = counts.iter().flatten().sum::<u64>().max(1) as f64;
        let (mut same, mut chance) = (0.0, 0.0);
        for (place, &code) in codes.iter().enumerate() {
            let Some(row) = counts.get(usize::from(code) - 1) else {
                continue;
            };
            let column: u64 = counts.iter().map(|row| row[place]).sum();
            same += row[place] as f64 / all;
            chance += row.iter().sum::<u64>() as f64 / all * column as f64 / all;
        }
        Self {
            with: with.to_owned(),
            codes,
            counts,
            share: same,
            kappa: if chance < 1.0 {
                (same - chance) / (1.0 - chance)
            } else {
                1.0
            },
            difference_volume: difference.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kappa_is_what_is_beyond_chance() {
        // The worked example of Cohen's kappa: 20, 5, 10, 15 of 50.
        let mut tally = Tally::default();
        for (pair, n) in [((1, 1), 20), ((1, 2), 5), ((2, 1), 10), ((2, 2), 15)] {
            tally.agreement.insert(pair, n);
        }
        tally.agreement.insert((0, 1), 7);
        tally.agreement.insert((2, 0), 9);
        let found = Agreement::of(&tally, 2, "other", Path::new("d"));
        assert_eq!(found.counts, [vec![20, 5], vec![10, 15]]);
        assert!((found.share - 0.7).abs() < 1e-12);
        assert!((found.kappa - 0.4).abs() < 1e-12);
    }
}
