//! Clusters of the map itself, where there are no facies.

use super::model::Model;
use crate::ml::gtm::{peaks, smoothed};

/// Most classes of a class volume.
const MOST: usize = 127;

/// Nodes of each peak of the density, as an indicator: name and 0 or 1 a node.
///
/// Densities of a finite sample are rough: they are smoothed by a node at least.
/// Where there are more peaks than codes, only more prominent ones are kept.
pub(super) fn clusters(
    model: &Model,
    smooth: f64,
    prominence: f64,
) -> Vec<(String, Option<Vec<f64>>)> {
    let side = model.map.options.grid;
    let density = smoothed(&model.background, side, smooth.max(1.0));
    let mut prominence = prominence;
    let of_node = loop {
        let found = peaks(&density, side, prominence);
        if found.iter().all(|&peak| peak < MOST) || prominence >= 1.0 {
            break found;
        }
        prominence += 0.1;
    };
    let count = of_node.iter().max().map_or(0, |&last| last + 1).min(MOST);
    (0..count)
        .map(|peak| {
            let nodes = of_node.iter().map(|&p| f64::from(u8::from(p == peak)));
            (format!("cluster {}", peak + 1), Some(nodes.collect()))
        })
        .collect()
}
