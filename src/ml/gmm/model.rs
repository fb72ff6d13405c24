//! The nine covariance models whose M-step has a closed form.

use serde::{Deserialize, Serialize};

use super::linear::packed;
use super::points::Terms;

/// A covariance model of Celeux and Govaert (1995): Σ_k = λ_k D_k A_k D_kᵀ with
/// volume λ, shape A (|A| = 1) and orientation D.
///
/// The letters are those of mclust: volume, shape, orientation; each Equal over
/// the components, Variable, or the Identity. Of the fourteen models these nine
/// have an M-step in closed form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CovarianceModel {
    /// λ I: equal spheres.
    EII,
    /// λ_k I: spheres of any size.
    VII,
    /// λ B: one diagonal covariance.
    EEI,
    /// λ B_k: diagonal, equal volume.
    EVI,
    /// λ_k B_k: any diagonal covariances.
    VVI,
    /// λ C: one full covariance.
    EEE,
    /// λ D_k A D_kᵀ: equal volume and shape, any orientation.
    EEV,
    /// λ C_k: full, equal volume.
    EVV,
    /// λ_k C_k: any full covariances.
    VVV,
}

use CovarianceModel::{EEE, EEI, EEV, EII, EVI, EVV, VII, VVI, VVV};

impl CovarianceModel {
    /// All nine, simplest first: the order that settles ties.
    pub const ALL: [CovarianceModel; 9] = [EII, VII, EEI, EVI, VVI, EEE, EEV, EVV, VVV];

    /// Its three letters.
    pub fn name(self) -> &'static str {
        [
            "EII", "VII", "EEI", "EVI", "VVI", "EEE", "EEV", "EVV", "VVV",
        ][self as usize]
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
        self <= VVI
    }

    /// The sums over rows that its M-step asks for.
    pub(super) fn terms(self) -> Terms {
        match self {
            EII | EEI | EEE => Terms::Linear,
            VII | EVI | VVI => Terms::Diagonal,
            EEV | EVV | VVV => Terms::Full,
        }
    }

    /// Free covariance parameters of `k` components in `d` dimensions.
    pub fn covariance_parameters(self, d: usize, k: usize) -> usize {
        match self {
            EII => 1,
            VII => k,
            EEI => d,
            EVI => 1 + k * (d - 1),
            VVI => k * d,
            EEE => packed(d),
            EEV => d + k * d * (d - 1) / 2,
            EVV => k * packed(d) - (k - 1),
            VVV => k * packed(d),
        }
    }

    /// All free parameters of a mixture: covariances, means and weights.
    pub fn parameters(self, d: usize, k: usize) -> usize {
        self.covariance_parameters(d, k) + k * d + k - 1
    }

    /// The simplest model that says the same as this one for `k` components in
    /// `d` dimensions: with one component volumes and orientations are not
    /// shared by anything, and in one dimension there is nothing but volume.
    pub fn simplest(self, d: usize, k: usize) -> Self {
        let equal_volume = !matches!(self, VII | VVI | VVV);
        match (d, k) {
            (1, 1) => EII,
            (1, _) => {
                if equal_volume {
                    EII
                } else {
                    VII
                }
            }
            (_, 1) => match self {
                EII | VII => EII,
                EEI | EVI | VVI => EEI,
                EEE | EEV | EVV | VVV => EEE,
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

    /// Ranks of a numerical Jacobian of each parametrisation.
    #[test]
    fn parameters_are_counted() {
        let table = [
            (2, 2, [1, 2, 2, 3, 4, 3, 4, 5, 6]),
            (3, 2, [1, 2, 3, 5, 6, 6, 9, 11, 12]),
            (5, 2, [1, 2, 5, 9, 10, 15, 25, 29, 30]),
            (9, 2, [1, 2, 9, 17, 18, 45, 81, 89, 90]),
            (9, 1, [1, 1, 9, 9, 9, 45, 45, 45, 45]),
        ];
        for (d, k, counts) in table {
            let found = CovarianceModel::ALL.map(|m| m.covariance_parameters(d, k));
            assert_eq!(found, counts, "d={d} k={k}");
        }
        assert_eq!(EII.parameters(1, 2), 4);
        assert_eq!(VII.parameters(1, 2), 5);
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
