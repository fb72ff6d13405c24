//! Clusters of the sheet itself: the peaks of its density, for surveys without
//! polygons.

/// Which peak each node of a square sheet belongs to, from 0, highest first.
///
/// Nodes are taken from the densest on; each joins the peak of its densest
/// neighbour (of eight) or begins one. Where two peaks meet, the lower one joins the
/// higher if it rises above the pass by less than `prominence` of its own height
/// (persistence; Chazal et al. 2013). Cost: K log K.
///
/// ```
/// use outcrop::ml::gtm::peaks;
/// let density = [5.0, 1.0, 4.0, 5.0, 1.0, 4.0, 5.0, 1.0, 4.0];
/// assert_eq!(peaks(&density, 3, 0.3), [0, 0, 1, 0, 0, 1, 0, 0, 1]);
/// assert_eq!(peaks(&density, 3, 0.9), [0; 9]);
/// ```
pub fn peaks(density: &[f64], side: usize, prominence: f64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..density.len()).collect();
    order.sort_by(|&a, &b| density[b].total_cmp(&density[a]).then(a.cmp(&b)));
    let mut parent: Vec<Option<usize>> = vec![None; density.len()];
    for &node in &order {
        let higher = neighbours(node, side).filter(|&n| parent[n].is_some());
        let mut roots: Vec<usize> = higher.map(|n| root(&parent, n)).collect();
        // The highest peak first; of equals that which was taken first.
        roots.sort_by(|&a, &b| density[b].total_cmp(&density[a]).then(a.cmp(&b)));
        roots.dedup();
        parent[node] = Some(node);
        let Some((&top, lower)) = roots.split_first() else {
            continue;
        };
        let steepest = neighbours(node, side)
            .filter(|&n| n != node && parent[n].is_some())
            .max_by(|&a, &b| density[a].total_cmp(&density[b]).then(b.cmp(&a)));
        parent[node] = steepest.map(|n| root(&parent, n)).or(Some(node));
        for &peak in lower {
            if density[peak] - density[node] < prominence * density[peak] {
                parent[peak] = Some(top);
            }
        }
    }
    let roots: Vec<usize> = (0..density.len()).map(|n| root(&parent, n)).collect();
    let mut tops: Vec<usize> = roots.clone();
    tops.sort_by(|&a, &b| density[b].total_cmp(&density[a]).then(a.cmp(&b)));
    tops.dedup();
    roots
        .iter()
        .map(|r| tops.iter().position(|t| t == r).unwrap_or(0))
        .collect()
}

fn root(parent: &[Option<usize>], mut node: usize) -> usize {
    while let Some(up) = parent[node].filter(|&up| up != node) {
        node = up;
    }
    node
}

/// The up to eight neighbours of a node.
fn neighbours(node: usize, side: usize) -> impl Iterator<Item = usize> {
    let (a, b) = ((node / side) as isize, (node % side) as isize);
    let side = side as isize;
    (-1..=1)
        .flat_map(move |i| (-1..=1).map(move |j| (a + i, b + j)))
        .filter(move |&(i, j)| (i, j) != (a, b) && (0..side).contains(&i) && (0..side).contains(&j))
        .map(move |(i, j)| (i * side + j) as usize)
}
