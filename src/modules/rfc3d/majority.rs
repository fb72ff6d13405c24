//! The majority filter: each voxel takes the class that most voxels around it have.
//!
//! A forest judges every voxel alone, so noise in the attributes speckles its
//! classes. The filter is written beside the classification, never in its place.

use ndarray::{Array3, ArrayViewMut3, Axis, Zip};

/// The class that is most frequent in the box of `2 half + 1` voxels each way
/// around every voxel, which is cut at the ends; 0 is no class: it takes no part
/// and stays. Of equally frequent classes the voxel's own wins, then the first.
///
/// Three passes a class, whatever the size of the box.
pub(super) fn majority(codes: &Array3<u8>, half: usize) -> Array3<u8> {
    let mut classes: Vec<u8> = codes.iter().copied().collect();
    classes.sort_unstable();
    classes.dedup();
    // Votes of the best class so far, twice, with 1 more where it is the own one.
    let mut most = Array3::<u32>::zeros(codes.dim());
    let mut best = Array3::<u8>::zeros(codes.dim());
    for class in classes.into_iter().filter(|&class| class > 0) {
        let mut votes = codes.mapv(|code| u32::from(code == class));
        for axis in 0..3 {
            add_around(votes.view_mut(), Axis(axis), half);
        }
        Zip::from(&mut most)
            .and(&mut best)
            .and(&votes)
            .and(codes)
            .par_for_each(|most, best, &votes, &own| {
                let votes = 2 * votes + u32::from(own == class);
                if own > 0 && votes > *most {
                    (*most, *best) = (votes, class);
                }
            });
    }
    best
}

/// Replaces each value by the sum over the `half` values before it, itself and the
/// `half` after it along an axis.
fn add_around(mut values: ArrayViewMut3<u32>, axis: Axis, half: usize) {
    Zip::from(values.lanes_mut(axis)).par_for_each(|mut lane| {
        let before = lane.to_vec();
        let n = before.len();
        let mut sum: u32 = before.iter().take(half).sum();
        for (i, value) in lane.iter_mut().enumerate() {
            sum += before.get(i + half).copied().unwrap_or(0);
            *value = sum;
            if i >= half && i - half < n {
                sum -= before[i - half];
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::stream;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_counts_the_box_around_each_voxel(
            shape in (1usize..6, 1usize..6, 1usize..7), half in 1usize..3, seed: u64,
        ) {
            let mut rng = stream(seed, "t", &[]);
            let codes = Array3::from_shape_fn(shape, |_| [0, 1, 4, 5][rng.below(4)]);
            let filtered = majority(&codes, half);
            for ((i, x, t), &own) in codes.indexed_iter() {
                let mut votes = [0; 6];
                let around = |p: usize, n: usize| p.saturating_sub(half)..(p + half + 1).min(n);
                for i in around(i, shape.0) {
                    for x in around(x, shape.1) {
                        for t in around(t, shape.2) {
                            votes[usize::from(codes[[i, x, t]])] += 1;
                        }
                    }
                }
                votes[0] = 0;
                let most = votes.iter().max().copied().unwrap_or(0);
                let first = votes.iter().position(|&v| v == most).unwrap_or(0) as u8;
                let expected = match own {
                    0 => 0,
                    own if votes[usize::from(own)] == most => own,
                    _ => first,
                };
                prop_assert_eq!(filtered[[i, x, t]], expected);
            }
        }
    }
}
