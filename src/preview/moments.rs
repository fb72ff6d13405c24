//! Means and covariances, of parts and of the whole.

use crate::ml::gmm::Component;

/// Mean and scatter of some rows; those with a null are left out.
#[derive(Clone, Debug)]
pub(super) struct Moments {
    pub(super) rows: f64,
    pub(super) mean: Vec<f64>,
    /// Sums of products of deviations, lower triangle row by row.
    pub(super) products: Vec<f64>,
}

impl Moments {
    pub(super) fn new(d: usize) -> Moments {
        Moments {
            rows: 0.0,
            mean: vec![0.0; d],
            products: vec![0.0; d * (d + 1) / 2],
        }
    }

    /// Takes a row in (Welford 1962).
    pub(super) fn add(&mut self, row: &[f64]) {
        self.rows += 1.0;
        let before: Vec<f64> = row.iter().zip(&self.mean).map(|(x, m)| x - m).collect();
        for (m, delta) in self.mean.iter_mut().zip(&before) {
            *m += delta / self.rows;
        }
        let mut at = 0;
        for i in 0..row.len() {
            for delta in &before[..=i] {
                self.products[at] += (row[i] - self.mean[i]) * delta;
                at += 1;
            }
        }
    }

    /// Takes in the rows of others (Chan, Golub and LeVeque 1983).
    pub(super) fn join(&mut self, other: &Moments) {
        let rows = self.rows + other.rows;
        if other.rows == 0.0 || self.mean.len() != other.mean.len() {
            return;
        }
        let share = self.rows * other.rows / rows;
        let delta: Vec<f64> = other
            .mean
            .iter()
            .zip(&self.mean)
            .map(|(x, y)| x - y)
            .collect();
        let mut at = 0;
        for i in 0..delta.len() {
            for j in 0..=i {
                self.products[at] += other.products[at] + delta[i] * delta[j] * share;
                at += 1;
            }
        }
        for (mean, delta) in self.mean.iter_mut().zip(&delta) {
            *mean += delta * other.rows / rows;
        }
        self.rows = rows;
    }

    /// The Gaussian of these rows. The variances get a thousandth of `spread`
    /// added: a constant attribute must not make it flat.
    pub(super) fn gaussian(&self, spread: &[f64]) -> Option<Component> {
        let d = self.mean.len();
        if self.rows < (d + 1) as f64 || d == 0 {
            return None;
        }
        let mut covariance: Vec<f64> = self.products.iter().map(|p| p / self.rows).collect();
        for i in 0..d {
            covariance[i * (i + 1) / 2 + i] += 1e-3 * spread[i].max(1e-30);
        }
        Some(Component {
            weight: 1.0,
            mean: self.mean.clone(),
            covariance,
        })
    }

    /// Some of the attributes only.
    pub(super) fn of(&self, attributes: &[usize]) -> Moments {
        let mut part = Moments::new(attributes.len());
        part.rows = self.rows;
        let mut at = 0;
        for (i, &p) in attributes.iter().enumerate() {
            part.mean[i] = self.mean[p];
            for &q in &attributes[..=i] {
                let (high, low) = (p.max(q), p.min(q));
                part.products[at] = self.products[high * (high + 1) / 2 + low];
                at += 1;
            }
        }
        part
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_those_of_two_passes() {
        let rows = [[1.0, 4.0], [2.0, 1.0], [6.0, 1.0], [7.0, 2.0]];
        let mut moments = Moments::new(2);
        for row in &rows {
            moments.add(row);
        }
        assert_eq!(moments.mean, [4.0, 2.0]);
        // 9 + 4 + 4 + 9; -6 + 2 - 2 + 0; 4 + 1 + 1 + 0.
        for (found, expected) in moments.products.iter().zip([26.0, -6.0, 6.0]) {
            assert!((found - expected).abs() < 1e-12);
        }
        assert_eq!(moments.of(&[1]).products, [moments.products[2]]);
        assert_eq!(moments.of(&[1, 0]).products[1], moments.products[1]);
        let (mut first, mut second) = (Moments::new(2), Moments::new(2));
        first.add(&rows[0]);
        rows[1..].iter().for_each(|row| second.add(row));
        first.join(&second);
        first.join(&Moments::new(2));
        assert_eq!((first.rows, &first.mean), (4.0, &moments.mean));
        for (found, expected) in first.products.iter().zip(&moments.products) {
            assert!((found - expected).abs() < 1e-12);
        }
        assert!(Moments::new(2).gaussian(&[1.0, 1.0]).is_none());
    }
}
