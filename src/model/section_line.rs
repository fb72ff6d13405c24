//! A line across the map, and the traces below it.

use super::Grid;

/// Most nodes of a line.
pub const SECTION_NODES: usize = 64;

/// A line through points of the map, and the traces nearest to it, a bin apart:
/// what an arbitrary vertical section is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct SectionLine {
    nodes: Vec<(f64, f64)>,
    traces: Vec<(f64, f64)>,
    bends: Vec<usize>,
}

impl SectionLine {
    /// The line through nodes `(inline, crossline)` of a survey. A node outside is
    /// taken as the trace nearest to it, nodes on one trace as one.
    ///
    /// Between two nodes the traces are those nearest to points one bin apart
    /// along the line between them. Nothing where fewer than two nodes remain, or
    /// more than [`SECTION_NODES`]. Cost: one step a trace.
    ///
    /// ```
    /// use outcrop::model::{Axis, Grid, SampleUnit, SectionLine};
    /// let grid = Grid {
    ///     inlines: Axis::new(100.0, 1.0, 9), crosslines: Axis::new(500.0, 2.0, 9),
    ///     samples: Axis::new(0.0, 4.0, 5), unit: SampleUnit::Milliseconds, spacing: None,
    /// };
    /// let line = SectionLine::through(&[(100.0, 500.0), (103.0, 500.0), (103.0, 504.0)], &grid).unwrap();
    /// assert_eq!(line.traces()[3..], [(103.0, 500.0), (103.0, 502.0), (103.0, 504.0)]);
    /// assert_eq!(line.bends(), [0, 3, 5]);
    /// ```
    pub fn through(nodes: &[(f64, f64)], grid: &Grid) -> Option<SectionLine> {
        if grid.inlines.count == 0 || grid.crosslines.count == 0 {
            return None;
        }
        let index = |&(i, x): &(f64, f64)| {
            let (i, x) = (grid.inlines.nearest(i), grid.crosslines.nearest(x));
            (i as f64, x as f64)
        };
        let mut corners: Vec<(f64, f64)> = nodes.iter().map(index).collect();
        corners.dedup();
        if !(2..=SECTION_NODES).contains(&corners.len()) {
            return None;
        }
        let mut steps = vec![corners[0]];
        let mut bends = vec![0];
        for leg in corners.windows(2) {
            let (p, q) = (leg[0], leg[1]);
            let n = (q.0 - p.0).hypot(q.1 - p.1).ceil().max(1.0) as usize;
            for k in 1..=n {
                let t = k as f64 / n as f64;
                let at = (
                    (p.0 + t * (q.0 - p.0)).round(),
                    (p.1 + t * (q.1 - p.1)).round(),
                );
                if steps.last() != Some(&at) {
                    steps.push(at);
                }
            }
            bends.push(steps.len() - 1);
        }
        let number = |(i, x): (f64, f64)| {
            let (inline, crossline) = (
                grid.inlines.value(i as usize),
                grid.crosslines.value(x as usize),
            );
            (inline, crossline)
        };
        Some(SectionLine {
            nodes: corners.into_iter().map(number).collect(),
            traces: steps.into_iter().map(number).collect(),
            bends,
        })
    }

    /// Its nodes, as inline and crossline.
    pub fn nodes(&self) -> &[(f64, f64)] {
        &self.nodes
    }

    /// Its traces in order, as inline and crossline.
    pub fn traces(&self) -> &[(f64, f64)] {
        &self.traces
    }

    /// The trace of each node.
    pub fn bends(&self) -> &[usize] {
        &self.bends
    }

    /// The trace nearest to a place on the map, and how far it is in bins.
    pub fn nearest(&self, (inline, crossline): (f64, f64), grid: &Grid) -> Option<(usize, f64)> {
        let far = |&(i, x): &(f64, f64)| {
            let di = (i - inline) / grid.inlines.step;
            let dx = (x - crossline) / grid.crosslines.step;
            di.hypot(dx)
        };
        let all = self.traces.iter().map(far).enumerate();
        all.min_by(|p, q| p.1.total_cmp(&q.1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Axis, SampleUnit};
    use proptest::prelude::*;

    fn grid() -> Grid {
        Grid {
            inlines: Axis::new(100.0, 2.0, 30),
            crosslines: Axis::new(900.0, -1.0, 40),
            samples: Axis::new(0.0, 4.0, 5),
            unit: SampleUnit::Milliseconds,
            spacing: None,
        }
    }

    proptest! {
        #[test]
        fn each_trace_is_a_bin_from_the_next_and_near_the_line(
            nodes in prop::collection::vec((90.0f64..170.0, 850.0f64..910.0), 2..6)
        ) {
            let Some(line) = SectionLine::through(&nodes, &grid()) else { return Ok(()) };
            for pair in line.traces().windows(2) {
                let (di, dx) = ((pair[1].0 - pair[0].0) / 2.0, pair[1].1 - pair[0].1);
                prop_assert!(di.abs() <= 1.0 && dx.abs() <= 1.0 && (di, dx) != (0.0, 0.0));
            }
            for (node, &at) in line.nodes().iter().zip(line.bends()) {
                prop_assert_eq!(line.traces()[at], *node);
                prop_assert!(line.nearest(*node, &grid()).unwrap().1 < 1e-9);
            }
            for &(i, x) in line.traces() {
                prop_assert!(grid().inlines.index(i).is_some() && grid().crosslines.index(x).is_some());
            }
        }
    }

    #[test]
    fn one_node_is_no_line() {
        assert!(SectionLine::through(&[(110.0, 880.0)], &grid()).is_none());
        assert!(SectionLine::through(&[(110.0, 880.0), (110.4, 880.2)], &grid()).is_none());
        assert!(SectionLine::through(&[(110.0, 880.0); 200], &grid()).is_none());
    }
}
