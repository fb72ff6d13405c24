//! Components out of rows whose clusters are known: the M-step alone.

use super::linear::{at, packed};
use super::scatter::Scatter;
use super::{Component, CovarianceModel, Mixture};

/// Number, sum and sum of products of the rows of a cluster: sums of parts add
/// up to the sums of the whole, as often as each part counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sums {
    /// How many rows.
    pub rows: f64,
    /// Σ x.
    pub sum: Vec<f64>,
    /// Σ x xᵀ, lower triangle row by row.
    pub products: Vec<f64>,
}

impl Sums {
    /// No rows in `d` dimensions.
    pub fn new(d: usize) -> Self {
        Self {
            rows: 0.0,
            sum: vec![0.0; d],
            products: vec![0.0; packed(d)],
        }
    }

    /// Takes a row in.
    pub fn add(&mut self, row: &[f64]) {
        self.rows += 1.0;
        for i in 0..row.len() {
            self.sum[i] += row[i];
            for j in 0..=i {
                self.products[at(i, j)] += row[i] * row[j];
            }
        }
    }

    /// Takes in the rows of others, each `weight` times.
    pub fn join(&mut self, weight: f64, others: &Sums) {
        self.rows += weight * others.rows;
        for (a, b) in self.sum.iter_mut().zip(&others.sum) {
            *a += weight * b;
        }
        for (a, b) in self.products.iter_mut().zip(&others.products) {
            *a += weight * b;
        }
    }
}

/// The components of largest likelihood under `model`, given the rows of each
/// cluster; clusters that are too small for the model are left out.
///
/// `floor` is the smallest eigenvalue that covariances are held at.
pub fn components(model: CovarianceModel, floor: f64, clusters: &[Sums]) -> Vec<Component> {
    let d = clusters.first().map_or(0, |c| c.sum.len());
    let fewest = model.smallest_component(d) as f64;
    let clusters: Vec<&Sums> = clusters.iter().filter(|c| c.rows >= fewest).collect();
    if clusters.is_empty() || d == 0 {
        return Vec::new();
    }
    let mut scatter = Scatter::new(d, clusters.len());
    let mut components = Vec::new();
    let total: f64 = clusters.iter().map(|c| c.rows).sum();
    for (k, cluster) in clusters.iter().enumerate() {
        scatter.counts[k] = cluster.rows;
        let mean: Vec<f64> = cluster.sum.iter().map(|s| s / cluster.rows).collect();
        let w = &mut scatter.w[k * packed(d)..(k + 1) * packed(d)];
        for i in 0..d {
            for j in 0..=i {
                w[at(i, j)] = cluster.products[at(i, j)] - cluster.sum[i] * mean[j];
            }
            // Rounding may leave -1e-17 of a constant.
            w[at(i, i)] = w[at(i, i)].max(0.0);
        }
        components.push(Component {
            weight: cluster.rows / total,
            mean,
            covariance: Vec::new(),
        });
    }
    let mut covariances = vec![0.0; clusters.len() * packed(d)];
    scatter.covariances(model, floor, &mut Vec::new(), &mut covariances);
    for (component, covariance) in components.iter_mut().zip(covariances.chunks(packed(d))) {
        component.covariance = covariance.to_vec();
    }
    components
}

impl Mixture {
    /// The mixture of one Gaussian, of which nothing else is known.
    pub fn alone(component: Component) -> Self {
        Self {
            model: CovarianceModel::EEE,
            components: vec![component],
            rows: 0,
            log_likelihood: 0.0,
            mixture_log_likelihood: 0.0,
            parameters: 0,
            bic: 0.0,
            floored: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ml::gmm::{FitOptions, fit};
    use crate::task::{Task, stream};

    /// CEM ends on a partition: its M-step gives the components back, under every
    /// covariance model.
    #[test]
    fn the_partition_of_a_fit_gives_its_components_back() {
        let mut rng = stream(3, "partition", &[]);
        let rows: Vec<[f64; 3]> = (0..200)
            .map(|i| {
                let shift = if i % 3 == 0 { 4.0 } else { 0.0 };
                let (a, b, c) = (rng.normal(), rng.normal(), rng.normal());
                [a + shift, 0.5 * a + b, c - 0.3 * shift]
            })
            .collect();
        let columns: Vec<Vec<f64>> = (0..3)
            .map(|j| rows.iter().map(|r| r[j]).collect())
            .collect();
        let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        for model in CovarianceModel::ALL {
            let options = FitOptions {
                models: vec![model],
                fixed_clusters: true,
                ..FitOptions::default()
            };
            let mut rng = stream(1, "fit", &[]);
            let mixture = fit(&columns, &options, &mut rng, &Task::silent())
                .unwrap()
                .unwrap();
            let evaluator = mixture.evaluator().unwrap();
            let mut clusters = vec![Sums::new(3); 2];
            let mut p = [0.0; 2];
            for row in &rows {
                evaluator.posterior(row, &mut p);
                clusters[usize::from(p[1] > p[0])].add(row);
            }
            let found = components(mixture.model, options.floor, &clusters);
            for (a, b) in found.iter().zip(&mixture.components) {
                let pairs =
                    |x: &Component| [vec![x.weight], x.mean.clone(), x.covariance.clone()].concat();
                for (x, y) in pairs(a).iter().zip(pairs(b)) {
                    assert!((x - y).abs() < 1e-9, "{model:?}: {x} {y}");
                }
            }
        }
    }

    #[test]
    fn clusters_too_small_for_the_model_are_left_out() {
        let mut clusters = vec![Sums::new(2); 2];
        for i in 0..9 {
            clusters[0].add(&[f64::from(i), f64::from(i * i)]);
        }
        clusters[1].add(&[1.0, 1.0]);
        let found = components(CovarianceModel::VVV, 1e-6, &clusters);
        assert_eq!((found.len(), found[0].weight), (1, 1.0));
        assert!(components(CovarianceModel::VVV, 1e-6, &[]).is_empty());
    }
}
