//! A fitted mixture, as it is kept, shown and used to predict.

use serde::{Deserialize, Serialize};

use super::CovarianceModel;
use super::density::{Density, Parameters};
use super::linear::{at, packed};
use crate::ml::MlError;

/// One Gaussian of a mixture: a cluster of a facies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// Share of the rows.
    pub weight: f64,
    /// Mean, one number an attribute.
    pub mean: Vec<f64>,
    /// Covariance, lower triangle row by row: (i, j <= i) at i (i + 1) / 2 + j.
    pub covariance: Vec<f64>,
}

/// A Gaussian mixture fitted to the rows of one facies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mixture {
    /// Its covariance model: the simplest name that says it.
    pub model: CovarianceModel,
    /// The components; their weights sum to 1.
    pub components: Vec<Component>,
    /// Rows it was fitted to.
    pub rows: usize,
    /// Classification log-likelihood Σ_i max_k ln φ_k f_k(x_i).
    pub log_likelihood: f64,
    /// Mixture log-likelihood Σ_i ln Σ_k φ_k f_k(x_i).
    pub mixture_log_likelihood: f64,
    /// Free parameters.
    pub parameters: usize,
    /// Bayesian information criterion, larger is better: L - ½ parameters ln(rows).
    pub bic: f64,
    /// True where a covariance had to be held off zero: distances then depend on the floor.
    pub floored: bool,
}

impl Component {
    /// Entry (i, j) of the covariance.
    pub fn covariance_at(&self, i: usize, j: usize) -> f64 {
        self.covariance[at(i.max(j), i.min(j))]
    }

    /// The same Gaussian seen in some of its attributes: exactly its marginal.
    pub fn marginal(&self, columns: &[usize]) -> Component {
        Component {
            weight: self.weight,
            mean: columns.iter().map(|&i| self.mean[i]).collect(),
            covariance: columns
                .iter()
                .enumerate()
                .flat_map(|(r, &i)| columns[..=r].iter().map(move |&j| (i, j)))
                .map(|(i, j)| self.covariance_at(i, j))
                .collect(),
        }
    }
}

impl Mixture {
    /// How many attributes it has.
    pub fn dimension(&self) -> usize {
        self.components.first().map_or(0, |c| c.mean.len())
    }

    /// The mixture seen in some of its attributes. Likelihood, BIC and parameter
    /// count stay those of the whole.
    pub fn marginal(&self, columns: &[usize]) -> Mixture {
        Mixture {
            components: self
                .components
                .iter()
                .map(|c| c.marginal(columns))
                .collect(),
            ..self.clone()
        }
    }

    /// The mixture made ready to be evaluated at many rows.
    pub fn evaluator(&self) -> Result<Evaluator, MlError> {
        self.density().map(Evaluator)
    }

    /// Its covariances factored.
    pub(super) fn density(&self) -> Result<Density, MlError> {
        let (d, k) = (self.dimension(), self.components.len());
        let fits = |c: &Component| c.mean.len() == d && c.covariance.len() == packed(d);
        if d == 0 || k > super::MAX_CLUSTERS || !self.components.iter().all(fits) {
            return Err(MlError::NotComparable);
        }
        let mut parameters = Parameters::new(d, k);
        for (k, c) in self.components.iter().enumerate() {
            parameters.weight[k] = c.weight;
            parameters.mean[k * d..(k + 1) * d].copy_from_slice(&c.mean);
            parameters.covariance[k * packed(d)..(k + 1) * packed(d)]
                .copy_from_slice(&c.covariance);
        }
        let mut density = Density::new(d, k);
        if density.set(&parameters) {
            Ok(density)
        } else {
            Err(MlError::NotComparable)
        }
    }
}

/// A [`Mixture`] with its covariances factored.
#[derive(Clone, Debug)]
pub struct Evaluator(Density);

impl Evaluator {
    /// ln p(x), by log-sum-exp over the components. Cost: components x d².
    pub fn log_density(&self, x: &[f64]) -> f64 {
        self.0.log_mixture(x)
    }

    /// Posterior probability of each component at x, into `out` (one number a component).
    pub fn posterior(&self, x: &[f64], out: &mut [f64]) {
        self.0.log_terms(x, out);
        let top = out.iter().fold(f64::NEG_INFINITY, |m, &v| m.max(v));
        let mut total = 0.0;
        for term in out.iter_mut() {
            *term = (*term - top).exp();
            total += *term;
        }
        for term in out.iter_mut() {
            *term /= total;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mixture() -> Mixture {
        let component = |weight, mean: f64| Component {
            weight,
            mean: vec![mean, 0.0, -mean],
            covariance: vec![1.0, 0.2, 2.0, 0.1, 0.3, 3.0],
        };
        Mixture {
            model: CovarianceModel::EEE,
            components: vec![component(0.25, 0.0), component(0.75, 2.0)],
            rows: 100,
            log_likelihood: -1.0 / 3.0,
            mixture_log_likelihood: -0.1,
            parameters: 13,
            bic: -2.0e-17,
            floored: false,
        }
    }

    #[test]
    fn a_marginal_integrates_the_rest_out() {
        let whole = mixture().evaluator().unwrap();
        let part = mixture().marginal(&[2, 0]).evaluator().unwrap();
        let step = 0.05;
        let integral: f64 = (-400..400)
            .map(|i| whole.log_density(&[0.7, f64::from(i) * step, -0.4]).exp() * step)
            .sum();
        assert!((integral - part.log_density(&[-0.4, 0.7]).exp()).abs() < 1e-12);
    }

    #[test]
    fn posteriors_are_shares_of_the_density() {
        let m = mixture();
        let x = [1.3, 0.2, 0.1];
        let mut p = [0.0; 2];
        m.evaluator().unwrap().posterior(&x, &mut p);
        assert!((p[0] + p[1] - 1.0).abs() < 1e-15);
        let one = Mixture {
            components: vec![m.components[1].clone()],
            ..m.clone()
        };
        let share = (one.evaluator().unwrap().log_density(&x)
            - m.evaluator().unwrap().log_density(&x))
        .exp();
        assert!((share - p[1]).abs() < 1e-14);
    }

    #[test]
    fn a_mixture_survives_ron_and_json_bit_for_bit() {
        let m = mixture();
        let text = ron::to_string(&m).unwrap();
        assert_eq!(ron::from_str::<Mixture>(&text).unwrap(), m);
        let text = serde_json::to_string(&m).unwrap();
        assert_eq!(serde_json::from_str::<Mixture>(&text).unwrap(), m);
        let bytes = postcard::to_stdvec(&m).unwrap();
        assert_eq!(postcard::from_bytes::<Mixture>(&bytes).unwrap(), m);
    }

    #[test]
    fn a_broken_covariance_is_an_error() {
        let mut m = mixture();
        m.components[0].covariance[0] = -1.0;
        assert_eq!(m.evaluator().unwrap_err(), MlError::NotComparable);
        m.components[0].covariance.pop();
        assert_eq!(m.evaluator().unwrap_err(), MlError::NotComparable);
    }
}
