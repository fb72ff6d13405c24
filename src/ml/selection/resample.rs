//! Rows by the polygons they come from: what a fit becomes where polygons count
//! once, twice or not at all.

use super::combination::{attributes_of, facies_pairs};
use super::hold_out::Parts;
use super::one_gaussian::OneGaussian;
use super::rows::Scaling;
use crate::ml::gmm::{CovarianceModel, Mixture, Sums, bhattacharyya, components};
use crate::model::TrainingTable;
use crate::task::stream;

/// How often each part counts for each facies in a resample: as many are drawn
/// as there are, with replacement.
pub(super) fn weights(
    quick: &OneGaussian,
    seed: u64,
    resample: usize,
) -> impl Fn(usize, usize) -> f64 {
    let mut counts = vec![vec![0.0; quick.facies()]; quick.sums.len()];
    for m in 0..quick.facies() {
        let items = [resample as u64, m as u64];
        let mut rng = stream(seed, "attribute_selection_bootstrap", &items);
        let parts: Vec<usize> = (0..quick.sums.len())
            .filter(|&p| quick.rows(p, m) > 0.0)
            .collect();
        for _ in 0..parts.len() {
            counts[parts[rng.below(parts.len())]][m] += 1.0;
        }
    }
    move |p, m| counts[p][m]
}

/// The rows that were fitted, in standard units, with their parts.
pub(super) struct Rows<'a> {
    pub table: &'a TrainingTable,
    /// Rows of each facies.
    pub of_facies: Vec<Vec<usize>>,
    pub scaling: &'a Scaling,
    pub parts: &'a Parts,
}

impl Rows<'_> {
    /// A row in some attributes.
    pub fn at(&self, row: usize, attributes: &[usize]) -> Vec<f64> {
        let of = |&j: &usize| self.scaling.apply(j, self.table.values[[row, j]]);
        attributes.iter().map(of).collect()
    }

    /// The part of a row.
    pub fn part(&self, row: usize) -> usize {
        self.parts.of_row[row] as usize
    }

    /// Part -> facies -> sums in all attributes.
    pub fn sums(&self) -> Vec<Vec<Sums>> {
        let all: Vec<usize> = (0..self.table.attributes.len()).collect();
        let mut sums = vec![vec![Sums::new(all.len()); self.of_facies.len()]; self.parts.all.len()];
        for (m, rows) in self.of_facies.iter().enumerate() {
            for &row in rows {
                sums[self.part(row)][m].add(&self.at(row, &all));
            }
        }
        sums
    }

    /// The clusters of a combination's mixtures, summed by part.
    pub fn partition(&self, mask: u32, mixtures: &[Mixture], floor: f64) -> Partition {
        let attributes = attributes_of(mask);
        let facies = self.of_facies.iter().zip(mixtures);
        let clusters = facies.map(|(rows, mixture)| {
            let k = mixture.components.len();
            let none = vec![Sums::new(attributes.len()); k];
            let mut sums = vec![none; self.parts.all.len()];
            let evaluator = mixture.evaluator().ok()?;
            let mut p = vec![0.0; k];
            for &row in rows {
                let x = self.at(row, &attributes);
                evaluator.posterior(&x, &mut p);
                let first = |best, i: usize| if p[i] > p[best] { i } else { best };
                sums[self.part(row)][(1..k).fold(0, first)].add(&x);
            }
            Some((mixture.model, sums))
        });
        Partition {
            clusters: clusters.collect::<Option<_>>(),
            floor,
        }
    }
}

/// The clusters of a combination, as its fit divided the rows.
pub(super) struct Partition {
    /// Facies -> covariance model, and part -> cluster -> sums.
    clusters: Option<Vec<(CovarianceModel, Vec<Vec<Sums>>)>>,
    floor: f64,
}

impl Partition {
    /// Average cumulative distance, each part's rows counted so many times.
    pub fn score(&self, weight: &dyn Fn(usize, usize) -> f64) -> Option<f64> {
        let facies = self.clusters.as_ref()?.iter().enumerate();
        let facies: Vec<_> = facies
            .map(|(m, (model, parts))| {
                let d = parts.first()?.first()?.sum.len();
                let mut sums = vec![Sums::new(d); parts[0].len()];
                for (p, part) in parts.iter().enumerate() {
                    let weight = weight(p, m);
                    for (sum, cluster) in sums.iter_mut().zip(part) {
                        sum.join(weight, cluster);
                    }
                }
                let found = components(*model, self.floor, &sums);
                (!found.is_empty()).then_some(found)
            })
            .collect::<Option<_>>()?;
        let (mut sum, mut pairs) = (0.0, 0.0);
        for (m, l) in facies_pairs(facies.len()) {
            for a in &facies[m] {
                for b in &facies[l] {
                    sum += bhattacharyya(a, b).ok()?;
                    pairs += 1.0;
                }
            }
        }
        Some(sum / pairs)
    }
}
