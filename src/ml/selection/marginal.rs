//! Every subset of the attributes scored from one mixture a facies.
//!
//! A Gaussian seen in some of its attributes is exactly its marginal: a part of
//! its mean and of its covariance. Subsets are therefore visited depth first, an
//! attribute added appends one row to the factors of all covariances, and eight
//! factors are worked on together.

use rayon::prelude::*;

use super::combination::{attributes_of, facies_pairs, scored};
use super::{Estimator, Mark, Plan, Search, SelectionOptions};
use crate::ml::MlError;
use crate::ml::gmm::{CovarianceModel, FitOptions, Mixture, bhattacharyya};
use crate::ml::lanes::{LANES, Lanes, ln};
use crate::model::TrainingTable;
use crate::task::Task;

/// Most attributes of a mask.
pub(super) const MOST: usize = 32;

/// Place of entry (i, j <= i) of a packed matrix.
pub(super) const fn at(i: usize, j: usize) -> usize {
    i * (i + 1) / 2 + j
}

/// Two clusters that are compared.
#[derive(Clone, Copy)]
struct Pair {
    a: usize,
    b: usize,
}

/// The mixtures of all facies laid out to be seen in any of their attributes.
///
/// A *factor* stands for one covariance: of a pair of clusters (the mean of the
/// two), pairs of different facies first, then of each cluster by itself.
pub struct Marginals {
    /// The attribute of each dimension of the mixtures.
    attributes: Vec<usize>,
    /// Clusters of each facies.
    clusters: Vec<usize>,
    pairs: Vec<Pair>,
    /// Where the pairs of each pair of facies end; the rest are within facies.
    ends: Vec<usize>,
    blocks: usize,
    /// Entry (i, j) of the eight factors of block b at `b * packed + at(i, j)`.
    matrix: Vec<Lanes>,
    /// Difference of the means in attribute i at `b * attributes + i`.
    delta: Vec<Lanes>,
}

/// Distances between the clusters of all facies in one subset of the attributes.
pub struct Distances<'a> {
    /// Sum over the clusters of each pair of facies, in the order (1,2) (1,3) ...
    pub pair_sums: &'a [f64],
    /// Sum over pairs of clusters of the same facies.
    pub within_sum: f64,
}

impl Marginals {
    /// Lays out the mixture of each facies; `mask` names their attributes.
    ///
    /// An error where a mixture is missing, or where a covariance is not positive
    /// definite in all attributes (in fewer it then is too).
    pub fn new(mixtures: &[Option<Mixture>], mask: u32) -> Result<Self, MlError> {
        let mixtures: Option<Vec<&Mixture>> = mixtures.iter().map(Option::as_ref).collect();
        let mixtures = mixtures.ok_or(MlError::NothingFitted)?;
        let attributes = attributes_of(mask);
        let n = attributes.len();
        let clusters: Vec<usize> = mixtures.iter().map(|m| m.components.len()).collect();
        let components: Vec<_> = mixtures.iter().flat_map(|m| &m.components).collect();
        if components
            .iter()
            .any(|c| bhattacharyya(c, c).is_err() || c.mean.len() != n)
        {
            return Err(MlError::NotComparable);
        }
        let first = |m: usize| clusters[..m].iter().sum::<usize>();
        let of = |m: usize| first(m)..first(m) + clusters[m];
        let (mut pairs, mut ends) = (Vec::new(), Vec::new());
        for (m, l) in facies_pairs(clusters.len()) {
            pairs.extend(of(m).flat_map(|a| of(l).map(move |b| Pair { a, b })));
            ends.push(pairs.len());
        }
        for m in 0..clusters.len() {
            pairs.extend(of(m).flat_map(|b| (of(m).start..b).map(move |a| Pair { a, b })));
        }
        let blocks = (pairs.len() + components.len()).div_ceil(LANES);
        let packed = at(n, 0);
        let mut matrix = vec![[0.0; LANES]; blocks * packed];
        let mut delta = vec![[0.0; LANES]; blocks * n];
        for f in 0..blocks * LANES {
            let (b, t) = (f / LANES, f % LANES);
            // Factors that fill up the last block are identities.
            let alone = components.get(f.wrapping_sub(pairs.len()));
            for i in 0..n {
                for j in 0..=i {
                    let identity = f64::from(u8::from(i == j));
                    matrix[b * packed + at(i, j)][t] = match pairs.get(f) {
                        Some(p) => {
                            let (a, b) = (&components[p.a], &components[p.b]);
                            0.5 * (a.covariance[at(i, j)] + b.covariance[at(i, j)])
                        }
                        None => alone.map_or(identity, |c| c.covariance[at(i, j)]),
                    };
                }
                if let Some(p) = pairs.get(f) {
                    delta[b * n + i][t] = components[p.b].mean[i] - components[p.a].mean[i];
                }
            }
        }
        Ok(Self {
            attributes,
            clusters,
            pairs,
            ends,
            blocks,
            matrix,
            delta,
        })
    }

    /// Clusters of each facies.
    pub fn clusters(&self) -> &[usize] {
        &self.clusters
    }

    /// Blocks of eight factors.
    pub(super) fn blocks(&self) -> usize {
        self.blocks
    }

    /// The dimension of an attribute; every attribute asked about has one.
    pub(super) fn dimension(&self, attribute: usize) -> usize {
        let found = self.attributes.iter().position(|&a| a == attribute);
        found.unwrap_or(0)
    }

    /// Entry (i, j <= i) of the factors of a block.
    pub(super) fn entry(&self, block: usize, i: usize, j: usize) -> &Lanes {
        &self.matrix[block * at(self.attributes.len(), 0) + at(i, j)]
    }

    /// Difference of the means in a dimension.
    pub(super) fn difference(&self, block: usize, i: usize) -> &Lanes {
        &self.delta[block * self.attributes.len() + i]
    }

    /// Pairs of clusters of different facies, and all pairs.
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.ends.last().copied().unwrap_or(0), self.pairs.len())
    }

    /// The distance of a pair of clusters, from the squared distances and the log
    /// determinants of all factors.
    pub(super) fn distance(&self, quadratic: &[f64], logs: &[f64]) -> impl Fn(usize) -> f64 {
        let alone = &logs[self.pairs.len()..];
        move |p| {
            let Pair { a, b } = self.pairs[p];
            let logs = logs[p] - 0.5 * (alone[a] + alone[b]);
            // Rounding may leave -1e-17 between equal Gaussians.
            (0.125 * quadratic[p] + 0.5 * logs).max(0.0)
        }
    }

    /// Visits `fixed` and every set that adds some of `free` (attributes,
    /// ascending) to it, as long as its size is among `sizes`; sets come in the
    /// order of their masks.
    ///
    /// Cost a set: clusters² x attributes² / 4 multiplications, eight at a time.
    pub fn walk(
        &self,
        fixed: u32,
        free: &[usize],
        sizes: &std::ops::RangeInclusive<usize>,
        visit: &mut dyn FnMut(u32, &Distances),
    ) {
        let mut walk = Walk::new(self);
        for attribute in attributes_of(fixed) {
            walk.push(attribute);
        }
        walk.descend(fixed, free, sizes, visit);
    }
}

/// The factors of the attributes chosen so far: A = L D Lᵀ with unit L, one row
/// an attribute, and the distances that follow from them.
struct Walk<'a> {
    of: &'a Marginals,
    /// Dimensions of the mixtures that are chosen, in order.
    chosen: Vec<usize>,
    /// Rows of L, and 1 / D on the diagonal: block b at `b * packed`.
    l: Vec<Lanes>,
    /// L⁻¹ of the difference of the means: block b at `b * dimensions`.
    z: Vec<Lanes>,
    /// Σ z² / D and Σ ln D of the first so many rows, at `rows * blocks + b`.
    quadratic: Vec<Lanes>,
    log_determinant: Vec<Lanes>,
    pair_sums: Vec<f64>,
}

impl<'a> Walk<'a> {
    fn new(of: &'a Marginals) -> Self {
        let (n, blocks) = (of.attributes.len(), of.blocks);
        Self {
            of,
            chosen: Vec::with_capacity(n),
            l: vec![[0.0; LANES]; blocks * at(n, 0)],
            z: vec![[0.0; LANES]; blocks * n],
            quadratic: vec![[0.0; LANES]; blocks * (n + 1)],
            log_determinant: vec![[0.0; LANES]; blocks * (n + 1)],
            pair_sums: vec![0.0; of.ends.len()],
        }
    }

    fn descend(
        &mut self,
        mask: u32,
        free: &[usize],
        sizes: &std::ops::RangeInclusive<usize>,
        visit: &mut dyn FnMut(u32, &Distances),
    ) {
        let size = self.chosen.len();
        if size > *sizes.end() || size + free.len() < *sizes.start() {
            return;
        }
        if sizes.contains(&size) && size > 0 {
            let within_sum = self.measure();
            visit(
                mask,
                &Distances {
                    pair_sums: &self.pair_sums,
                    within_sum,
                },
            );
        }
        if size == *sizes.end() {
            return;
        }
        for (i, &attribute) in free.iter().enumerate() {
            self.push(attribute);
            self.descend(mask | 1 << attribute, &free[..i], sizes, visit);
            self.chosen.pop();
        }
    }

    /// Appends the row of an attribute to all factors.
    fn push(&mut self, attribute: usize) {
        let of = self.of;
        let (n, rows) = (of.attributes.len(), self.chosen.len());
        let c = of.dimension(attribute);
        let packed = at(n, 0);
        let mut row = [[0.0; LANES]; MOST];
        for b in 0..of.blocks {
            let matrix = &of.matrix[b * packed..(b + 1) * packed];
            let (above, below) = self.l[b * packed..(b + 1) * packed].split_at_mut(at(rows, 0));
            let z = &mut self.z[b * n..(b + 1) * n];
            let mut pivot = matrix[at(c, c)];
            let mut lead = of.delta[b * n + c];
            for (j, &i) in self.chosen.iter().enumerate() {
                let mut entry = matrix[at(c.max(i), c.min(i))];
                let upper = &above[at(j, 0)..=at(j, j)];
                for (l, w) in upper.iter().zip(&row[..j]) {
                    for t in 0..LANES {
                        entry[t] -= l[t] * w[t];
                    }
                }
                let inverse = &upper[j];
                for t in 0..LANES {
                    let scaled = entry[t] * inverse[t];
                    pivot[t] -= entry[t] * scaled;
                    lead[t] -= scaled * z[j][t];
                    below[j][t] = scaled;
                }
                row[j] = entry;
            }
            let logarithm = ln(&pivot);
            let (now, next) = (rows * of.blocks + b, (rows + 1) * of.blocks + b);
            for t in 0..LANES {
                let inverse = 1.0 / pivot[t];
                below[rows][t] = inverse;
                self.quadratic[next][t] = self.quadratic[now][t] + lead[t] * lead[t] * inverse;
                self.log_determinant[next][t] = self.log_determinant[now][t] + logarithm[t];
            }
            z[rows] = lead;
        }
        self.chosen.push(c);
    }

    /// Sums the distances of the attributes chosen; gives the sum within facies.
    fn measure(&mut self) -> f64 {
        let of = self.of;
        let from = self.chosen.len() * of.blocks;
        let quadratic = self.quadratic[from..from + of.blocks].as_flattened();
        let log_determinant = self.log_determinant[from..from + of.blocks].as_flattened();
        let distance = of.distance(quadratic, log_determinant);
        let mut start = 0;
        for (sum, &end) in self.pair_sums.iter_mut().zip(&of.ends) {
            *sum = (start..end).map(&distance).sum();
            start = end;
        }
        (start..of.pairs.len()).map(distance).sum()
    }
}

impl SelectionOptions {
    /// What a live table can afford: one mixture a facies in all attributes, of
    /// at most two clusters with full covariances, without random sampling.
    pub fn preview() -> Self {
        Self {
            estimator: Estimator::Marginal,
            hold_out: 0.0,
            fit: FitOptions {
                models: vec![CovarianceModel::VVV],
                sem: false,
                kmeans_starts: 2,
                ..FitOptions::default()
            },
            ..Self::default()
        }
    }
}

/// The score of every combination by [`Estimator::Marginal`], in the order of
/// their masks: mixtures fitted once, no table kept. Up to 24 attributes.
///
/// Cost for 9 attributes, 3 facies of 2,000 voxels and [`SelectionOptions::preview`]:
/// the fits, some milliseconds; the 511 scores, a fraction of one.
///
/// ```
/// use outcrop::ml::selection::{SelectionOptions, score_marginals};
/// use outcrop::model::TrainingTable;
/// use outcrop::task::Task;
/// # use ndarray::Array2;
/// let table = TrainingTable {
///     attributes: vec!["coherence".into(), "entropy".into()],
///     classes: vec!["salt".into(), "mtd".into()],
///     class: (0..80).map(|i| i % 2).collect(),
///     values: Array2::from_shape_fn((80, 2), |(i, j)| {
///         ((i * 37 + j * 11) % 23) as f32 + if j == 0 { 30.0 * (i % 2) as f32 } else { 0.0 }
///     }),
///     ..TrainingTable::default()
/// };
/// let marks = score_marginals(&table, &SelectionOptions::preview(), &Task::silent())?;
/// assert_eq!(marks.len(), 3);
/// assert!(marks[0].score > marks[1].score); // coherence alone beats entropy alone
/// # Ok::<(), outcrop::ml::MlError>(())
/// ```
pub fn score_marginals(
    table: &TrainingTable,
    options: &SelectionOptions,
    task: &Task,
) -> Result<Vec<Mark>, MlError> {
    let options = SelectionOptions {
        estimator: Estimator::Marginal,
        ..options.clone()
    };
    let mut search = Search::new(table, &options)?;
    if let Some(error) = search.plan().too_many(&options) {
        return Err(error);
    }
    search.set_whole(search.fit_whole(task)?);
    let plan = search.plan();
    let marginals = search.marginals()?;
    let parts = (0..plan.chunks())
        .into_par_iter()
        .map(|chunk| {
            task.check()?;
            let mut marks = Vec::new();
            let (fixed, free) = plan.subtree(chunk);
            score_subtree(
                &marginals,
                plan,
                &options,
                (fixed, &free),
                &mut |mark, _| {
                    marks.push(mark);
                },
            );
            Ok(marks)
        })
        .collect::<Result<Vec<Vec<Mark>>, MlError>>()?;
    Ok(parts.concat())
}

/// Scores the combinations of a subtree of a plan: those that add some of `free`
/// to `fixed`.
pub(super) fn score_subtree(
    marginals: &Marginals,
    plan: &Plan,
    options: &SelectionOptions,
    (fixed, free): (u32, &[usize]),
    visit: &mut dyn FnMut(Mark, &Distances),
) {
    let of_size = plan.of_size();
    marginals.walk(fixed, free, plan.sizes(), &mut |mask, distances| {
        let size = mask.count_ones() as usize;
        let between = distances.pair_sums.iter().sum();
        let sums = (between, distances.within_sum);
        let rule = (options.scope, options.normalisation);
        let score = scored(rule, marginals.clusters(), sums, size, of_size[size]);
        visit(Mark { mask, score }, distances);
    });
}
