//! What came of a run: typed for `--json`, as a table, and in sentences.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::ml::gmm::Classified;
use crate::modules::{Cell, Table};

/// Above this share of the voxels outside, the classes are mostly guesses.
const MANY: f64 = 0.2;

/// What was counted in a slab, or in all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Tally {
    nulls: u64,
    /// Of each facies: voxels, and those of them outside of what was learnt from.
    facies: Vec<[u64; 2]>,
    /// Sum of the posterior of the class, in millionths: whole numbers add up to
    /// the same in any order.
    certainty: Vec<u64>,
}

impl Tally {
    pub(super) fn of(named: &Classified, facies: usize) -> Self {
        let mut tally = Self {
            nulls: 0,
            facies: vec![[0; 2]; facies],
            certainty: vec![0; facies],
        };
        for (i, &place) in named.place.iter().enumerate() {
            let Some(m) = usize::from(place).checked_sub(1) else {
                tally.nulls += 1;
                continue;
            };
            tally.facies[m][0] += 1;
            tally.facies[m][1] += u64::from(named.outside[i]);
            tally.certainty[m] += (1e6 * f64::from(named.posterior[i * facies + m])).round() as u64;
        }
        tally
    }

    pub(super) fn add(&mut self, other: &Tally) {
        self.nulls += other.nulls;
        self.facies.resize(other.facies.len(), [0; 2]);
        self.certainty.resize(other.certainty.len(), 0);
        for (a, b) in self.facies.iter_mut().zip(&other.facies) {
            *a = [a[0] + b[0], a[1] + b[1]];
        }
        for (a, b) in self.certainty.iter_mut().zip(&other.certainty) {
            *a += b;
        }
    }

    /// Voxels with a class.
    pub(super) fn live(&self) -> u64 {
        self.facies.iter().map(|f| f[0]).sum()
    }
}

/// What `gmm3d --json` prints.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MixtureResult {
    /// The attributes whose mixtures were applied.
    pub attributes: Vec<String>,
    /// The facies in the order of their codes, from 1.
    pub facies: Vec<NamedFacies>,
    /// Voxels with a class.
    pub voxels: u64,
    /// Voxels with a null attribute.
    pub nulls: u64,
    /// Share of the voxels with a class that lie outside of all that was learnt from.
    pub outside: f64,
    /// All files written.
    pub outputs: Vec<PathBuf>,
}

/// The voxels that were given one facies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NamedFacies {
    /// The facies.
    pub name: String,
    /// How many voxels.
    pub voxels: u64,
    /// Their share of all voxels with a class.
    pub share: f64,
    /// Their mean posterior probability; nothing where there are none.
    pub mean_probability: Option<f64>,
    /// Share of them outside of all that was learnt from.
    pub outside: f64,
}

impl MixtureResult {
    pub(super) fn of(tally: &Tally, attributes: &[String], facies: &[String]) -> Self {
        let live = tally.live();
        let share = |part: u64, whole: u64| part as f64 / whole.max(1) as f64;
        let counts = tally.facies.iter().zip(&tally.certainty);
        Self {
            attributes: attributes.to_vec(),
            facies: (facies.iter().zip(counts))
                .map(|(name, (&[voxels, outside], &certainty))| NamedFacies {
                    name: name.clone(),
                    voxels,
                    share: share(voxels, live),
                    mean_probability: (voxels > 0).then(|| 1e-6 * share(certainty, voxels)),
                    outside: share(outside, voxels),
                })
                .collect(),
            voxels: live,
            nulls: tally.nulls,
            outside: share(tally.facies.iter().map(|f| f[1]).sum(), live),
            outputs: Vec::new(),
        }
    }

    /// The result with paths below a folder.
    pub(in super::super) fn below(&self, out: &Path) -> Self {
        Self {
            outputs: self.outputs.iter().map(|path| out.join(path)).collect(),
            ..self.clone()
        }
    }

    pub(super) fn sentences(&self) -> Vec<String> {
        let percent = |share: f64| format!("{:.1} %", 100.0 * share);
        let shares: Vec<String> = (self.facies.iter())
            .map(|f| format!("{} {}", f.name, percent(f.share)))
            .collect();
        let mut sentences = vec![
            format!("By {}: {}.", self.attributes.join(", "), shares.join(", ")),
            format!(
                "{} of the voxels lie outside of all that was learnt from: their class is a guess (gmm_outside).",
                percent(self.outside)
            ),
        ];
        if self.outside > MANY {
            sentences.push(
                "warning: much of the volume is like none of the polygons; draw a facies for it before the classes are used".into(),
            );
        }
        for facies in self.facies.iter().filter(|f| f.voxels == 0) {
            sentences.push(format!(
                "warning: no voxel was given facies {}",
                facies.name
            ));
        }
        sentences
    }

    pub(super) fn table(&self) -> Table {
        let columns = [
            "code",
            "facies",
            "voxels",
            "share",
            "mean_probability",
            "outside",
        ];
        let mut table = Table::new("classes", &columns);
        for (facies, code) in self.facies.iter().zip(1..) {
            table.push(vec![
                Cell::Whole(code),
                Cell::Text(facies.name.clone()),
                Cell::Whole(facies.voxels as i64),
                Cell::Real(facies.share, 4),
                facies
                    .mean_probability
                    .map_or(Cell::Empty, |p| Cell::Real(p, 3)),
                Cell::Real(facies.outside, 4),
            ]);
        }
        table
    }
}
