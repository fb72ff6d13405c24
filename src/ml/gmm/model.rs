//! The fourteen covariance models of Celeux and Govaert.

use serde::{Deserialize, Serialize};

use super::points::Terms;

/// A covariance model of Celeux and Govaert (1995): Σ_k = λ_k D_k A_k D_kᵀ with
/// volume λ, shape A (|A| = 1) and orientation D.
///
/// The letters are those of mclust: volume, shape, orientation; each Equal over
/// the components, Variable, or the Identity. Nine have an M-step in closed form;
/// the M-steps of VEI, VEE, EVE, VVE and VEV are iterations of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CovarianceModel {
    /// λ I: equal spheres.
    EII,
    /// λ_k I: spheres of any size.
    VII,
    /// λ B: one diagonal covariance.
    EEI,
    /// λ_k B: diagonal, equal shape.
    VEI,
    /// λ B_k: diagonal, equal volume.
    EVI,
    /// λ_k B_k: any diagonal covariances.
    VVI,
    /// λ C: one full covariance.
    EEE,
    /// λ_k C: full, equal but for the volume.
    VEE,
    /// λ D A_k Dᵀ: equal volume and orientation, any shape.
    EVE,
    /// λ_k D A_k Dᵀ: equal orientation, any volume and shape (common principal
    /// components, Flury 1984).
    VVE,
    /// λ D_k A D_kᵀ: equal volume and shape, any orientation.
    EEV,
    /// λ_k D_k A D_kᵀ: equal shape, any volume and orientation.
    VEV,
    /// λ C_k: full, equal volume.
    EVV,
    /// λ_k C_k: any full covariances.
    VVV,
}

use CovarianceModel::{EEE, EEI, EEV, EII, EVE, EVI, EVV, VEE, VEI, VEV, VII, VVE, VVI, VVV};

impl CovarianceModel {
    /// All fourteen, by what they leave equal: the order that settles ties.
    pub const ALL: [CovarianceModel; 14] = [
        EII, VII, EEI, VEI, EVI, VVI, EEE, VEE, EVE, VVE, EEV, VEV, EVV, VVV,
    ];

    /// The nine whose M-step has a closed form, in the same order.
    pub const CLOSED_FORM: [CovarianceModel; 9] = [EII, VII, EEI, EVI, VVI, EEE, EEV, EVV, VVV];

    /// Its three letters.
    pub fn name(self) -> &'static str {
        match self {
            EII => "EII",
            VII => "VII",
            EEI => "EEI",
            VEI => "VEI",
            EVI => "EVI",
            VVI => "VVI",
            EEE => "EEE",
            VEE => "VEE",
            EVE => "EVE",
            VVE => "VVE",
            EEV => "EEV",
            VEV => "VEV",
            EVV => "EVV",
            VVV => "VVV",
        }
    }

    /// The model of a name, in either case.
    ///
    /// ```
    /// use outcrop::ml::gmm::CovarianceModel;
    /// assert_eq!(CovarianceModel::named("evv"), Some(CovarianceModel::EVV));
    /// ```
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|m| m.name().eq_ignore_ascii_case(name))
    }

    /// True where all covariances are diagonal.
    pub fn is_diagonal(self) -> bool {
        matches!(self, EII | VII | EEI | VEI | EVI | VVI)
    }

    /// True where all components have one volume.
    fn is_of_one_volume(self) -> bool {
        matches!(self, EII | EEI | EVI | EEE | EVE | EEV | EVV)
    }

    /// The sums over rows that its M-step asks for.
    pub(super) fn terms(self) -> Terms {
        match self {
            EII | EEI | EEE => Terms::Linear,
            VII | VEI | EVI | VVI => Terms::Diagonal,
            VEE | EVE | VVE | EEV | VEV | EVV | VVV => Terms::Full,
        }
    }

    /// Free covariance parameters of `k` components in `d` dimensions: those of the
    /// volumes, the shapes and the orientations.
    pub fn covariance_parameters(self, d: usize, k: usize) -> usize {
        let volumes = if self.is_of_one_volume() { 1 } else { k };
        let shapes = match self {
            EII | VII => 0,
            EEI | VEI | EEE | VEE | EEV | VEV => 1,
            EVI | VVI | EVE | VVE | EVV | VVV => k,
        };
        let orientations = match self {
            EII | VII | EEI | VEI | EVI | VVI => 0,
            EEE | VEE | EVE | VVE => 1,
            EEV | VEV | EVV | VVV => k,
        };
        volumes + shapes * (d - 1) + orientations * (d * (d - 1) / 2)
    }

    /// All free parameters of a mixture: covariances, means and weights.
    pub fn parameters(self, d: usize, k: usize) -> usize {
        self.covariance_parameters(d, k) + k * d + k - 1
    }

    /// The simplest model that says the same as this one for `k` components in
    /// `d` dimensions: with one component volumes and orientations are not
    /// shared by anything, and in one dimension there is nothing but volume.
    pub fn simplest(self, d: usize, k: usize) -> Self {
        match (d, k) {
            (1, 1) => EII,
            (1, _) if self.is_of_one_volume() => EII,
            (1, _) => VII,
            (_, 1) => match self {
                EII | VII => EII,
                EEI | VEI | EVI | VVI => EEI,
                EEE | VEE | EVE | VVE | EEV | VEV | EVV | VVV => EEE,
            },
            _ => self,
        }
    }

    /// Fewest rows that a component may have: enough that its covariance is not
    /// singular by count alone, and not so few that they lie close by chance.
    pub fn smallest_component(self, d: usize) -> usize {
        if self.is_diagonal() { 5 } else { 5.max(d + 1) }
    }
}

impl std::fmt::Display for CovarianceModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The counts of mclust's `nMclustParams`.
    #[test]
    fn parameters_are_counted() {
        let table = [
            (2, 2, [1, 2, 2, 3, 3, 4, 3, 4, 4, 5, 4, 5, 5, 6]),
            (3, 2, [1, 2, 3, 4, 5, 6, 6, 7, 8, 9, 9, 10, 11, 12]),
            (5, 2, [1, 2, 5, 6, 9, 10, 15, 16, 19, 20, 25, 26, 29, 30]),
            (9, 2, [1, 2, 9, 10, 17, 18, 45, 46, 53, 54, 81, 82, 89, 90]),
            (9, 1, [1, 1, 9, 9, 9, 9, 45, 45, 45, 45, 45, 45, 45, 45]),
        ];
        for (d, k, counts) in table {
            let found = CovarianceModel::ALL.map(|m| m.covariance_parameters(d, k));
            assert_eq!(found, counts, "d={d} k={k}");
        }
        assert_eq!(EII.parameters(1, 2), 4);
        assert_eq!(VII.parameters(1, 2), 5);
    }

    /// λ_k D_k A_k D_kᵀ from numbers of which there are more than enough: d of each shape,
    /// and orientations as products of two rounds of rotations.
    fn covariances(model: CovarianceModel, d: usize, k: usize, numbers: &[f64]) -> Vec<f64> {
        let letters = model.name().as_bytes();
        let angles = d * (d - 1);
        let own = |letter: u8, k: usize| if letter == b'V' { k } else { 0 };
        let mut out = Vec::new();
        for k in 0..k {
            let volume = numbers[own(letters[0], k)].exp();
            let shapes = &numbers[8 + own(letters[1], k) * d..][..d];
            let mean = shapes.iter().sum::<f64>() / d as f64;
            let turns = &numbers[8 + 4 * d + own(letters[2], k) * angles..];
            let mut axes = vec![vec![0.0; d]; d];
            for (i, axis) in axes.iter_mut().enumerate() {
                axis[i] = 1.0;
            }
            let pairs = (0..d).flat_map(|p| (0..p).map(move |q| (p, q)));
            for ((p, q), angle) in pairs.clone().chain(pairs).zip(turns) {
                let (s, c) = if letters[2] == b'I' {
                    (0.0, 1.0)
                } else {
                    angle.sin_cos()
                };
                for i in 0..d {
                    let (x, y) = (axes[p][i], axes[q][i]);
                    (axes[p][i], axes[q][i]) = (c * x - s * y, s * x + c * y);
                }
            }
            for i in 0..d {
                for j in 0..=i {
                    let of = |l: usize| {
                        let shape = if letters[1] == b'I' {
                            1.0
                        } else {
                            (shapes[l] - mean).exp()
                        };
                        volume * shape * axes[l][i] * axes[l][j]
                    };
                    out.push((0..d).map(of).sum());
                }
            }
        }
        out
    }

    /// How many directions the covariances can move in: what counts as a parameter.
    fn rank(model: CovarianceModel, d: usize, k: usize) -> usize {
        const STEP: f64 = 1e-5;
        let mut rng = crate::task::stream(1, "rank", &[]);
        let numbers: Vec<f64> = (0..8 + 4 * d + 4 * d * d).map(|_| rng.normal()).collect();
        let moved = |i: usize, by: f64| {
            let mut numbers = numbers.clone();
            numbers[i] += by;
            covariances(model, d, k, &numbers)
        };
        let mut rows: Vec<Vec<f64>> = (0..numbers.len())
            .map(|i| {
                let both = moved(i, STEP).into_iter().zip(moved(i, -STEP));
                both.map(|(a, b)| (a - b) / (2.0 * STEP)).collect()
            })
            .collect();
        // Elimination with the largest entry of all for a pivot.
        let mut rank = 0;
        loop {
            let places = (rank..rows.len()).flat_map(|r| (0..rows[r].len()).map(move |c| (r, c)));
            let largest =
                places.max_by(|a, b| rows[a.0][a.1].abs().total_cmp(&rows[b.0][b.1].abs()));
            let Some((row, column)) = largest.filter(|&(r, c)| rows[r][c].abs() > 1e-6) else {
                return rank;
            };
            rows.swap(rank, row);
            let (done, rest) = rows.split_at_mut(rank + 1);
            let pivot = &done[rank];
            for row in rest {
                let factor = row[column] / pivot[column];
                for (entry, pivot) in row.iter_mut().zip(pivot) {
                    *entry -= factor * pivot;
                }
            }
            rank += 1;
        }
    }

    #[test]
    fn parameters_are_the_directions_that_covariances_can_move_in() {
        for (d, k) in [(2, 2), (3, 2), (4, 3)] {
            for model in CovarianceModel::ALL {
                let counted = model.covariance_parameters(d, k);
                assert_eq!(rank(model, d, k), counted, "{model} d={d} k={k}");
            }
        }
    }

    #[test]
    fn models_that_say_the_same_collapse() {
        let distinct = |d, k| {
            let mut names: Vec<_> = CovarianceModel::ALL.map(|m| m.simplest(d, k)).to_vec();
            names.dedup();
            names.sort_unstable();
            names.dedup();
            names
        };
        assert_eq!(distinct(1, 1), [EII]);
        assert_eq!(distinct(1, 2), [EII, VII]);
        assert_eq!(distinct(4, 1), [EII, EEI, EEE]);
        assert_eq!(distinct(2, 2), CovarianceModel::ALL);
    }
}
