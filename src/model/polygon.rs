//! Polygons around facies, and the voxels inside them.

use serde::{Deserialize, Serialize};

use super::{Grid, ModelError, Origin, SliceKey, ring};

/// A polygon on one slice, in survey coordinates.
///
/// Vertices are `(a, b)` of the slice's plane (see [`SliceKey`]); the last joins
/// the first. The inside is the even-odd one, so a polygon may cross itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Polygon {
    /// Short random identifier, unique in a session.
    pub id: String,
    /// Name of its facies.
    pub facies: String,
    /// The slice it lies on.
    pub slice: SliceKey,
    /// A name of its own; `<facies>-<n>` is shown where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Vertices in survey numbers.
    pub vertices: Vec<(f64, f64)>,
    /// Who drew it, when, how sure.
    #[serde(default, skip_serializing_if = "Origin::is_unknown")]
    pub origin: Origin,
}

/// Grid indices of a voxel, in storage order: inline, crossline, sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Voxel {
    /// Inline index.
    pub inline: u32,
    /// Crossline index.
    pub crossline: u32,
    /// Sample index.
    pub sample: u32,
}

/// Area of a closed ring by the shoelace formula; the sign tells its sense.
pub fn signed_area(ring: &[(f64, f64)]) -> f64 {
    let mut twice = 0.0;
    for (i, &(a, b)) in ring.iter().enumerate() {
        let (c, d) = ring[(i + 1) % ring.len()];
        twice += a * d - c * b;
    }
    0.5 * twice
}

impl Polygon {
    /// An error where the polygon has no inside: fewer than three different
    /// vertices, vertices that are no numbers, or no area at all.
    pub fn check(&self) -> Result<(), ModelError> {
        let wrong = |reason| {
            Err(ModelError::Polygon {
                id: super::printable(&self.id),
                reason,
            })
        };
        if self
            .vertices
            .iter()
            .any(|(a, b)| !a.is_finite() || !b.is_finite())
        {
            return wrong("a vertex is not a number");
        }
        let mut ring = self.vertices.clone();
        ring.dedup();
        if ring.len() > 1 && ring.first() == ring.last() {
            ring.pop();
        }
        if ring.len() < 3 {
            return wrong("fewer than 3 different vertices");
        }
        let collinear = {
            let (a0, b0) = ring[0];
            ring.windows(2).all(|w| {
                let cross = (w[0].0 - a0) * (w[1].1 - b0) - (w[1].0 - a0) * (w[0].1 - b0);
                cross == 0.0
            })
        };
        if collinear {
            wrong("its vertices lie on one line")
        } else {
            Ok(())
        }
    }

    /// The mean of its vertices: where a person would look for it.
    pub fn middle(&self) -> (f64, f64) {
        let n = self.vertices.len().max(1) as f64;
        let sum = (self.vertices.iter()).fold((0.0, 0.0), |s, v| (s.0 + v.0, s.1 + v.1));
        (sum.0 / n, sum.1 / n)
    }

    /// Even-odd test of a point of the plane, half-open: of two polygons that
    /// share an edge exactly one claims a point on it.
    pub fn contains(&self, a: f64, b: f64) -> bool {
        ring::contains(&self.vertices, (a, b))
    }

    /// True where two of its edges cross (edges that only meet at a shared
    /// vertex do not count).
    pub fn crosses_itself(&self) -> bool {
        ring::crossing(&self.vertices).is_some()
    }

    /// The voxels of a grid inside the polygon, in storage order; nothing where
    /// its slice lies outside the survey.
    ///
    /// A voxel belongs where its centre is inside by the even-odd rule, tested
    /// row by row (constant `b`), half-open as [`Polygon::contains`]. `thickness`
    /// neighbouring slices on either side are included. Cost: rows x vertices.
    pub fn voxels(&self, grid: &Grid, thickness: usize) -> Option<Vec<Voxel>> {
        let at = self.slice.index(grid)?;
        let direction = self.slice.direction();
        let (a_axis, b_axis) = grid.plane(direction);
        let n = grid.axis(direction).count;
        let slices = at.saturating_sub(thickness)..(at + thickness + 1).min(n);
        let mut voxels = Vec::new();
        for ib in 0..b_axis.count {
            for (from, to) in self.row(b_axis.value(ib)) {
                // Centres with from <= a < to, in index space of either sense.
                let (p, q) = (a_axis.position(from), a_axis.position(to));
                let (low, high) = (p.min(q).ceil().max(0.0), p.max(q).floor());
                if high < low {
                    continue;
                }
                for ia in low as usize..=(high as usize).min(a_axis.count.saturating_sub(1)) {
                    let a = a_axis.value(ia);
                    if a >= from && a < to {
                        voxels.extend(slices.clone().map(|s| self.voxel(s, ia, ib)));
                    }
                }
            }
        }
        voxels.sort_unstable();
        Some(voxels)
    }

    /// Inside intervals `[from, to)` of the row at `b`, from left to right.
    fn row(&self, b: f64) -> Vec<(f64, f64)> {
        let n = self.vertices.len();
        let mut crossings: Vec<f64> = (0..n)
            .filter_map(|i| {
                let (ai, bi) = self.vertices[i];
                let (aj, bj) = self.vertices[(i + 1) % n];
                ((bi > b) != (bj > b)).then(|| ai + (b - bi) * (aj - ai) / (bj - bi))
            })
            .collect();
        crossings.sort_unstable_by(f64::total_cmp);
        crossings
            .chunks_exact(2)
            .map(|pair| (pair[0], pair[1]))
            .collect()
    }

    fn voxel(&self, slice: usize, ia: usize, ib: usize) -> Voxel {
        let (s, a, b) = (slice as u32, ia as u32, ib as u32);
        match self.slice {
            SliceKey::Inline(_) => Voxel {
                inline: s,
                crossline: a,
                sample: b,
            },
            SliceKey::Crossline(_) => Voxel {
                inline: a,
                crossline: s,
                sample: b,
            },
            SliceKey::Time(_) => Voxel {
                inline: b,
                crossline: a,
                sample: s,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Axis, SampleUnit};
    use proptest::prelude::*;

    fn grid() -> Grid {
        Grid {
            inlines: Axis::new(0.0, 1.0, 40),
            crosslines: Axis::new(0.0, 1.0, 40),
            samples: Axis::new(0.0, 1.0, 40),
            unit: SampleUnit::Milliseconds,
            spacing: None,
        }
    }

    fn polygon(slice: SliceKey, vertices: &[(f64, f64)]) -> Polygon {
        Polygon {
            id: "p".into(),
            facies: "salt".into(),
            slice,
            name: None,
            vertices: vertices.to_vec(),
            origin: crate::model::Origin::default(),
        }
    }

    #[test]
    fn a_rectangle_between_samples_holds_fifteen_voxels() {
        let p = polygon(
            SliceKey::Inline(3),
            &[(9.5, 19.5), (14.5, 19.5), (14.5, 22.5), (9.5, 22.5)],
        );
        let voxels = p.voxels(&grid(), 0).unwrap();
        assert_eq!(voxels.len(), 15);
        assert!(voxels.iter().all(|v| v.inline == 3
            && (10..=14).contains(&v.crossline)
            && (20..=22).contains(&v.sample)));
    }

    #[test]
    fn rectangles_that_share_an_edge_never_share_a_voxel() {
        let left = polygon(
            SliceKey::Time(5.0),
            &[(5.0, 5.0), (12.0, 5.0), (12.0, 20.0), (5.0, 20.0)],
        );
        let right = polygon(
            SliceKey::Time(5.0),
            &[(12.0, 5.0), (20.0, 5.0), (20.0, 20.0), (12.0, 20.0)],
        );
        let whole = polygon(
            SliceKey::Time(5.0),
            &[(5.0, 5.0), (20.0, 5.0), (20.0, 20.0), (5.0, 20.0)],
        );
        let mut both = left.voxels(&grid(), 0).unwrap();
        both.extend(right.voxels(&grid(), 0).unwrap());
        both.sort_unstable();
        assert_eq!(both, whole.voxels(&grid(), 0).unwrap());
    }

    #[test]
    fn a_slice_outside_the_survey_has_no_voxels_to_give() {
        let p = polygon(
            SliceKey::Crossline(77),
            &[(1.0, 1.0), (5.0, 1.0), (5.0, 5.0)],
        );
        assert_eq!(p.voxels(&grid(), 0), None);
    }

    #[test]
    fn degenerate_polygons_are_refused() {
        assert!(
            polygon(SliceKey::Inline(1), &[(1.0, 1.0), (2.0, 2.0), (1.0, 1.0)])
                .check()
                .is_err()
        );
        assert!(
            polygon(SliceKey::Inline(1), &[(1.0, 1.0), (2.0, 2.0), (3.0, 3.0)])
                .check()
                .is_err()
        );
        assert!(
            polygon(
                SliceKey::Inline(1),
                &[(1.0, 1.0), (f64::NAN, 2.0), (3.0, 9.0)]
            )
            .check()
            .is_err()
        );
        assert!(
            polygon(SliceKey::Inline(1), &[(1.0, 1.0), (2.0, 2.0), (3.0, 9.0)])
                .check()
                .is_ok()
        );
    }

    #[test]
    fn a_bow_tie_crosses_itself() {
        assert!(
            polygon(
                SliceKey::Inline(1),
                &[(0.0, 0.0), (4.0, 4.0), (4.0, 0.0), (0.0, 4.0)]
            )
            .crosses_itself()
        );
        assert!(
            !polygon(
                SliceKey::Inline(1),
                &[(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0)]
            )
            .crosses_itself()
        );
    }

    proptest! {
        #[test]
        fn the_raster_agrees_with_the_point_test(
            vertices in prop::collection::vec((-3i32..43, -3i32..43), 3..9),
            reverse in any::<bool>(),
        ) {
            let mut vertices: Vec<(f64, f64)> = vertices.iter().map(|&(a, b)| (f64::from(a) * 0.5 + 5.0, f64::from(b) * 0.75)).collect();
            let p = polygon(SliceKey::Crossline(7), &vertices);
            let mut expected = Vec::new();
            for i in 0..40u32 {
                for s in 0..40u32 {
                    if p.contains(f64::from(i), f64::from(s)) {
                        expected.push(Voxel { inline: i, crossline: 7, sample: s });
                    }
                }
            }
            prop_assert_eq!(&p.voxels(&grid(), 0).unwrap(), &expected);
            if reverse {
                vertices.reverse();
                prop_assert_eq!(&polygon(SliceKey::Crossline(7), &vertices).voxels(&grid(), 0).unwrap(), &expected);
            }
        }
    }
}
