//! Folds within folds: a choice made on the polygons that judge it flatters, so
//! here each polygon is named by a combination that was chosen without it.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::combination::attributes_of;
use super::one_gaussian::{Chosen, OneGaussian};
use super::resample::Rows;
use crate::ml::MlError;
use crate::ml::gmm::{Evaluator, Mixture};
use crate::task::Task;

/// Most rows of a part and facies that are named.
const NAMED: usize = 500;

/// Balanced accuracies with one Gaussian a facies, each polygon left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nested {
    /// Sizes of the combinations.
    pub sizes: Vec<usize>,
    /// With the best combination of each size by all polygons, the one named among them.
    pub chosen_on_all: Vec<f64>,
    /// With the best combination of each size by the other polygons.
    pub chosen_without: Vec<f64>,
    /// With the size too chosen by the other polygons, each of those left out in
    /// turn: the accuracy of the whole procedure. Nothing with fewer than three
    /// folds.
    pub procedure: Option<f64>,
    /// The sizes that were chosen, one a fold.
    pub chosen_sizes: Vec<usize>,
}

/// Right and all voxels of each facies.
type Hits = Vec<[f64; 2]>;

/// Names the rows of every fold, choosing anew in each. Cost: F²/2 searches with
/// one Gaussian a facies for F folds.
pub(super) fn nested(quick: &OneGaussian, rows: &Rows, task: &Task) -> Result<Nested, MlError> {
    let folds = Folded::new(quick, rows);
    let count = rows.parts.folds.count();
    let all = quick.search(|_, _| 1.0);
    let sizes: Vec<usize> = all.best.iter().map(|m| m.count_ones() as usize).collect();
    // Outer fold on the diagonal; two folds left out off it, each to be named.
    let pairs: Vec<(usize, usize)> = (0..count)
        .flat_map(|o| (0..=o).map(move |i| (o, i)))
        .collect();
    let named = pairs
        .into_par_iter()
        .map(|(o, i)| {
            task.check()?;
            let kept = |p: usize| folds.of_part[p] != o && folds.of_part[p] != i;
            let chosen = folds.search(kept);
            Ok((
                o,
                i,
                folds.name(&chosen, kept, o),
                folds.name(&chosen, kept, i),
            ))
        })
        .collect::<Result<Vec<_>, MlError>>()?;
    let on_all = (0..count).map(|o| {
        let kept = |p: usize| folds.of_part[p] != o;
        folds.name(&all, kept, o)
    });
    let on_all: Vec<Vec<Hits>> = on_all.collect();
    let outer: Vec<&Vec<Hits>> = (0..count)
        .filter_map(|fold| named.iter().find(|(o, i, ..)| (*o, *i) == (fold, fold)))
        .map(|(_, _, hits, _)| hits)
        .collect();
    let accuracy = |hits: &[&Vec<Hits>]| -> Vec<f64> {
        (0..sizes.len())
            .map(|n| balanced(hits.iter().map(|h| &h[n])))
            .collect()
    };
    let mut procedure = Vec::new();
    let mut chosen_sizes = Vec::new();
    for fold in 0..count {
        // The folds but this one, each named without it and without this one.
        let inner: Vec<&Vec<Hits>> = named
            .iter()
            .filter(|(o, i, ..)| o != i)
            .filter_map(|(o, i, of_o, of_i)| match fold {
                f if f == *o => Some(of_i),
                f if f == *i => Some(of_o),
                _ => None,
            })
            .collect();
        let inner = accuracy(&inner);
        let best = (0..inner.len()).reduce(|a, b| if inner[b] > inner[a] { b } else { a });
        if let (Some(n), Some(hits)) = (best, outer.get(fold)) {
            chosen_sizes.push(sizes[n]);
            procedure.push(&hits[n]);
        }
    }
    Ok(Nested {
        chosen_on_all: accuracy(&on_all.iter().collect::<Vec<_>>()),
        chosen_without: accuracy(&outer),
        procedure: (count >= 3).then(|| balanced(procedure.into_iter())),
        chosen_sizes,
        sizes,
    })
}

/// Mean recall over the facies that were named.
fn balanced<'h>(hits: impl Iterator<Item = &'h Hits>) -> f64 {
    let mut sum: Hits = Vec::new();
    for hits in hits {
        sum.resize(hits.len(), [0.0; 2]);
        for (a, b) in sum.iter_mut().zip(hits) {
            *a = [a[0] + b[0], a[1] + b[1]];
        }
    }
    let named: Vec<f64> = sum
        .iter()
        .filter(|h| h[1] > 0.0)
        .map(|h| h[0] / h[1])
        .collect();
    named.iter().sum::<f64>() / named.len().max(1) as f64
}

/// The parts, by the folds that leave them out.
struct Folded<'a> {
    quick: &'a OneGaussian,
    rows: &'a Rows<'a>,
    of_part: Vec<usize>,
    /// Rows to name of each fold, with their facies: evenly from each part.
    named: Vec<Vec<(usize, usize)>>,
}

impl<'a> Folded<'a> {
    fn new(quick: &'a OneGaussian, rows: &'a Rows<'a>) -> Self {
        let folds = &rows.parts.folds;
        let mut of_part = vec![0; rows.parts.all.len()];
        for fold in 0..folds.count() {
            for row in folds.left_out(fold) {
                of_part[rows.part(row)] = fold;
            }
        }
        let mut named = vec![Vec::new(); folds.count()];
        for (m, of_facies) in rows.of_facies.iter().enumerate() {
            let mut by_part = vec![Vec::new(); of_part.len()];
            for &row in of_facies {
                by_part[rows.part(row)].push((row, m));
            }
            for (part, all) in by_part.iter().enumerate() {
                let every = all.len().div_ceil(NAMED).max(1);
                named[of_part[part]].extend(all.iter().step_by(every));
            }
        }
        Self {
            quick,
            rows,
            of_part,
            named,
        }
    }

    fn search(&self, kept: impl Fn(usize) -> bool) -> Chosen {
        self.quick.search(|p, _| f64::from(u8::from(kept(p))))
    }

    /// Names the rows of a fold with each of the combinations chosen, from the
    /// Gaussians of the parts kept. A facies that is left without one is not
    /// named, and its rows are wrong.
    fn name(&self, chosen: &Chosen, kept: impl Fn(usize) -> bool, fold: usize) -> Vec<Hits> {
        let weight = |p: usize, _: usize| f64::from(u8::from(kept(p)));
        let gaussians = self.quick.gaussians(weight);
        let of_mask = |&mask: &u32| {
            let columns = attributes_of(mask);
            let evaluators: Vec<Option<Evaluator>> = gaussians
                .iter()
                .map(|g| {
                    Mixture::alone(g.as_ref()?.marginal(&columns))
                        .evaluator()
                        .ok()
                })
                .collect();
            let mut hits = vec![[0.0; 2]; gaussians.len()];
            for &(row, m) in &self.named[fold] {
                let x = self.rows.at(row, &columns);
                let mut best = (f64::NEG_INFINITY, usize::MAX);
                for (l, evaluator) in evaluators.iter().enumerate() {
                    let Some(evaluator) = evaluator else { continue };
                    let log = evaluator.log_density(&x);
                    if log > best.0 {
                        best = (log, l);
                    }
                }
                hits[m][0] += f64::from(u8::from(best.1 == m));
                hits[m][1] += 1.0;
            }
            hits
        };
        chosen.best.iter().map(of_mask).collect()
    }
}
