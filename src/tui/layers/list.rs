//! Polygons, and slices of the picking grid that lack them.

use crate::model::{Direction, Grid, SliceKey};
use crate::session::{PickingStep, Session};

/// The list: which row is chosen; its rows follow from session and grid.
#[derive(Clone, Copy, Debug, Default)]
pub struct PolygonList {
    /// The chosen row.
    pub chosen: usize,
}

/// One row of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The slice.
    pub slice: SliceKey,
    /// The polygon on it; nothing on a slice of the picking grid that has none.
    pub polygon: Option<String>,
    /// True on the first row of its slice.
    pub first: bool,
}

/// Rows in order of slice: all polygons, and the slices of `direction`'s picking
/// grid that have none.
pub fn rows(session: &Session, grid: &Grid, direction: Direction) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut keys: Vec<SliceKey> = super::slices_of(session);
    let taken = |key: &SliceKey| {
        session.polygons.iter().any(|p| {
            p.slice.direction() == key.direction() && p.slice.index(grid) == key.index(grid)
        })
    };
    for index in picking_grid(grid, direction, &session.picking_step) {
        let key = SliceKey::new(direction, grid.axis(direction).value(index));
        if !taken(&key) {
            keys.push(key);
        }
    }
    keys.sort();
    for slice in keys {
        let mut first = true;
        for polygon in session.polygons_on(slice) {
            rows.push(Row {
                slice,
                polygon: Some(polygon.id.clone()),
                first,
            });
            first = false;
        }
        if first {
            rows.push(Row {
                slice,
                polygon: None,
                first,
            });
        }
    }
    rows
}

/// Indices of the slices of the picking grid: every so many lines from the
/// first, every so many ms from a whole multiple.
pub fn picking_grid(grid: &Grid, direction: Direction, step: &PickingStep) -> Vec<usize> {
    let axis = grid.axis(direction);
    match direction {
        Direction::Inline | Direction::Crossline => (0..axis.count)
            .step_by(step.lines.max(1) as usize)
            .collect(),
        Direction::Time => {
            let (low, high) = (axis.low(), axis.high());
            let first = (low / step.time - 1e-9).ceil();
            let count = ((high - first * step.time) / step.time + 1e-9).floor();
            if !count.is_finite() || count < 0.0 {
                return Vec::new();
            }
            let mut indices: Vec<usize> = (0..=(count as usize).min(axis.count))
                .map(|k| axis.nearest((first + k as f64) * step.time))
                .collect();
            indices.sort_unstable();
            indices.dedup();
            indices
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Axis, Facies, Polygon, SampleUnit};

    fn grid() -> Grid {
        Grid {
            inlines: Axis::new(1003.0, 1.0, 36),
            crosslines: Axis::new(300.0, 1.0, 50),
            samples: Axis::new(702.0, 4.0, 101),
            unit: SampleUnit::Milliseconds,
            spacing: None,
        }
    }

    #[test]
    fn the_grid_starts_at_the_first_line_and_at_round_times() {
        let step = PickingStep::default();
        assert_eq!(
            picking_grid(&grid(), Direction::Inline, &step),
            [0, 10, 20, 30]
        );
        let axis = grid().samples;
        let times: Vec<f64> = picking_grid(&grid(), Direction::Time, &step)
            .iter()
            .map(|&i| axis.value(i))
            .collect();
        assert_eq!(times, [802.0, 902.0, 1002.0, 1102.0]);
        let odd = PickingStep {
            lines: 0,
            time: 0.0,
        };
        assert_eq!(picking_grid(&grid(), Direction::Inline, &odd).len(), 36);
        assert!(picking_grid(&grid(), Direction::Time, &odd).is_empty());
    }

    #[test]
    fn slices_without_polygons_are_listed_between_those_with() {
        let mut session = Session::new("t");
        session.facies.push(Facies::new("salt", 1));
        for (id, n) in [("a", 1013), ("b", 1013), ("c", 1015)] {
            let polygon = Polygon {
                id: id.into(),
                facies: "salt".into(),
                slice: SliceKey::Inline(n),
                name: None,
                vertices: vec![(300.0, 710.0), (310.0, 710.0), (310.0, 720.0)],
                origin: crate::model::Origin::default(),
            };
            session.polygons.push(polygon.into());
        }
        let rows = rows(&session, &grid(), Direction::Inline);
        let shown: Vec<(f64, Option<&str>, bool)> = rows
            .iter()
            .map(|r| (r.slice.number(), r.polygon.as_deref(), r.first))
            .collect();
        assert_eq!(
            shown,
            [
                (1003.0, None, true),
                (1013.0, Some("a"), true),
                (1013.0, Some("b"), false),
                (1015.0, Some("c"), true),
                (1023.0, None, true),
                (1033.0, None, true),
            ]
        );
    }
}
