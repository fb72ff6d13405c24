//! The sheet: its nodes, and the radial functions that bend it.

use nalgebra::DMatrix;

/// Nodes of a sheet and the values of all radial functions at them.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    /// Nodes along a side.
    pub side: usize,
    /// Places of the nodes on [-1, 1]², the first coordinate slowest.
    pub nodes: Vec<[f64; 2]>,
    /// Functions at the nodes, a row a node; the last column is 1.
    pub(super) phi: DMatrix<f64>,
}

impl Sheet {
    /// The sheet of `side` x `side` nodes with `rbf` x `rbf` Gaussians as wide as
    /// `width` of their distances.
    pub fn new(side: usize, rbf: usize, width: f64) -> Sheet {
        let nodes = grid(side);
        let centres = grid(rbf);
        let apart = if rbf > 1 { 2.0 / (rbf - 1) as f64 } else { 2.0 };
        let sigma = width * apart;
        let phi = DMatrix::from_fn(nodes.len(), centres.len() + 1, |k, j| {
            let Some(centre) = centres.get(j) else {
                return 1.0;
            };
            let (a, b) = (nodes[k][0] - centre[0], nodes[k][1] - centre[1]);
            (-(a * a + b * b) / (2.0 * sigma * sigma)).exp()
        });
        Sheet { side, nodes, phi }
    }
}

/// `side` x `side` places, evenly over [-1, 1]²; a single one in the middle.
fn grid(side: usize) -> Vec<[f64; 2]> {
    let at = |i: usize| {
        if side > 1 {
            2.0 * i as f64 / (side - 1) as f64 - 1.0
        } else {
            0.0
        }
    };
    (0..side * side)
        .map(|n| [at(n / side), at(n % side)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_span_the_square_and_functions_have_their_width() {
        let sheet = Sheet::new(3, 2, 1.0);
        assert_eq!(sheet.nodes[0], [-1.0, -1.0]);
        assert_eq!(sheet.nodes[1], [-1.0, 0.0]);
        assert_eq!(sheet.nodes[8], [1.0, 1.0]);
        assert_eq!(sheet.phi.shape(), (9, 5));
        // One distance off, one width: exp(-1/2).
        assert!((sheet.phi[(0, 1)] - (-0.5f64).exp()).abs() < 1e-12);
        assert_eq!(sheet.phi[(4, 4)], 1.0);
        assert_eq!(Sheet::new(1, 1, 1.0).nodes, [[0.0, 0.0]]);
    }
}
