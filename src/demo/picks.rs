//! Polygons as an interpreter would draw them: well inside a facies, on several
//! inlines, crosslines and time slices.

use super::FACIES;
use super::field::Field;
use crate::model::{Grid, Polygon, SliceKey};

/// Corners in samples of the slice's plane `(a, b)`.
type Corners = &'static [(f64, f64)];

/// Facies (from 1), slice, corners. Indices are turned into survey numbers below.
const DRAWN: &[(usize, SliceKey, Corners)] = &[
    (
        1,
        SliceKey::Inline(1040),
        &[
            (76.0, 118.0),
            (92.0, 112.0),
            (101.0, 130.0),
            (102.0, 165.0),
            (90.0, 185.0),
            (77.0, 178.0),
            (71.0, 150.0),
        ],
    ),
    (
        1,
        SliceKey::Inline(1060),
        &[
            (78.0, 120.0),
            (94.0, 118.0),
            (101.0, 145.0),
            (94.0, 176.0),
            (80.0, 174.0),
            (73.0, 148.0),
        ],
    ),
    (
        1,
        SliceKey::Crossline(2080),
        &[
            (38.0, 124.0),
            (55.0, 116.0),
            (66.0, 140.0),
            (60.0, 172.0),
            (42.0, 178.0),
            (33.0, 150.0),
        ],
    ),
    (
        1,
        SliceKey::Time(640.0),
        &[
            (74.0, 38.0),
            (92.0, 34.0),
            (103.0, 46.0),
            (96.0, 64.0),
            (80.0, 66.0),
            (70.0, 52.0),
        ],
    ),
    (
        2,
        SliceKey::Inline(1015),
        &[(9.0, 112.0), (48.0, 111.0), (49.0, 158.0), (10.0, 159.0)],
    ),
    (
        2,
        SliceKey::Inline(1048),
        &[
            (9.0, 114.0),
            (40.0, 112.0),
            (47.0, 130.0),
            (42.0, 158.0),
            (11.0, 157.0),
        ],
    ),
    (
        2,
        SliceKey::Inline(1080),
        &[(10.0, 112.0), (46.0, 113.0), (48.0, 156.0), (12.0, 158.0)],
    ),
    (
        2,
        SliceKey::Crossline(2030),
        &[
            (6.0, 113.0),
            (80.0, 112.0),
            (88.0, 135.0),
            (76.0, 158.0),
            (9.0, 157.0),
        ],
    ),
    (
        2,
        SliceKey::Time(540.0),
        &[(10.0, 8.0), (46.0, 10.0), (47.0, 80.0), (12.0, 86.0)],
    ),
    (
        3,
        SliceKey::Inline(1010),
        &[(60.0, 60.0), (120.0, 64.0), (118.0, 120.0), (62.0, 112.0)],
    ),
    (
        3,
        SliceKey::Inline(1048),
        &[
            (10.0, 30.0),
            (70.0, 26.0),
            (116.0, 34.0),
            (110.0, 72.0),
            (14.0, 76.0),
        ],
    ),
    (
        3,
        SliceKey::Inline(1075),
        &[(8.0, 178.0), (52.0, 182.0), (54.0, 236.0), (10.0, 240.0)],
    ),
    (
        3,
        SliceKey::Inline(1090),
        &[(64.0, 150.0), (120.0, 154.0), (118.0, 220.0), (66.0, 214.0)],
    ),
    (
        3,
        SliceKey::Crossline(2120),
        &[(8.0, 30.0), (88.0, 34.0), (86.0, 100.0), (10.0, 94.0)],
    ),
    (
        3,
        SliceKey::Time(880.0),
        &[(8.0, 8.0), (118.0, 10.0), (116.0, 86.0), (12.0, 84.0)],
    ),
];

/// The polygons of the demo, in survey numbers.
pub(super) fn polygons(grid: &Grid, field: &Field) -> Vec<Polygon> {
    let drawn = DRAWN
        .iter()
        .enumerate()
        .map(|(n, (facies, slice, corners))| {
            let (a_axis, b_axis) = grid.plane(slice.direction());
            let number = |axis: &crate::model::Axis, at: f64| axis.first + at * axis.step;
            Polygon {
                id: format!("demo{:02}", n + 1),
                facies: FACIES[facies - 1].to_owned(),
                slice: *slice,
                name: None,
                vertices: corners
                    .iter()
                    .map(|(a, b)| (number(a_axis, *a), number(b_axis, *b)))
                    .collect(),
                origin: crate::model::Origin::default(),
            }
        });
    let drawn: Vec<Polygon> = drawn.collect();
    debug_assert!(
        drawn.iter().all(|p| strays(p, grid, field) == 0),
        "a demo polygon leaves its facies"
    );
    drawn
}

/// Voxels of a polygon that are not of its facies.
fn strays(polygon: &Polygon, grid: &Grid, field: &Field) -> usize {
    let code = FACIES
        .iter()
        .position(|name| *name == polygon.facies)
        .map_or(0, |m| m as u8 + 1);
    let voxels = polygon.voxels(grid, 0).unwrap_or_default();
    let wrong = |v: &&crate::model::Voxel| {
        field.facies([v.inline as usize, v.crossline as usize, v.sample as usize]) != code
    };
    voxels.iter().filter(wrong).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_polygon_lies_inside_its_facies() {
        let grid = crate::demo::grid();
        let field = Field::new(&grid, 1);
        for polygon in polygons(&grid, &field) {
            let voxels = polygon.voxels(&grid, 0).unwrap().len();
            println!(
                "{} {} {}: {voxels} voxels",
                polygon.id, polygon.facies, polygon.slice
            );
            assert_eq!(
                strays(&polygon, &grid, &field),
                0,
                "{} {}",
                polygon.facies,
                polygon.slice
            );
            assert!(
                voxels >= 400,
                "{} {} has {voxels}",
                polygon.facies,
                polygon.slice
            );
            assert!(!polygon.crosses_itself());
        }
    }

    #[test]
    fn the_opening_slice_holds_polygons_and_all_facies() {
        let grid = crate::demo::grid();
        let field = Field::new(&grid, 1);
        let seen: std::collections::BTreeSet<u8> = (0..128)
            .flat_map(|x| (0..256).map(move |t| [47, x, t]))
            .map(|at| field.facies(at))
            .collect();
        assert_eq!(seen.len(), 3);
    }
}
