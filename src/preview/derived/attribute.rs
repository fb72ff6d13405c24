//! A slice of an attribute.

use std::sync::Arc;

use ndarray::{Array2, Axis, s};

use super::Found;
use super::reach::{read, stretches};
use crate::attributes::{
    Attribute, AttributeOptions, Cell, Effort, Slab, bytes, compute, halo, height,
};
use crate::model::Direction;
use crate::preview::SliceError;
use crate::preview::reading::Source;
use crate::task::{Cancel, Task};

/// Bytes that a stretch of a slice may take.
const MEMORY: usize = 256 << 20;

/// Most lines of a stretch: it is given up between trace and trace anyway.
const MOST_LINES: usize = 32;

/// An attribute of a volume.
pub struct Attributed {
    amplitude: Arc<Source>,
    attribute: Attribute,
    options: AttributeOptions,
    cell: Cell,
}

impl Attributed {
    pub fn new(
        amplitude: Arc<Source>,
        attribute: Attribute,
        options: AttributeOptions,
    ) -> Result<Self, String> {
        options.check().map_err(|e| e.to_string())?;
        let cell = options.cell(amplitude.grid()).map_err(|e| e.to_string())?;
        Ok(Self {
            amplitude,
            attribute,
            options,
            cell,
        })
    }

    pub fn slice(
        &self,
        direction: Direction,
        at: usize,
        cancel: &dyn Cancel,
    ) -> Result<Found, SliceError> {
        let statistics = self.amplitude.totals(cancel)?.statistics;
        let wanted = [self.attribute];
        let beside = halo(&wanted, &self.options);
        let along = height(&wanted, &self.options, &self.cell);
        let shape = self.amplitude.grid().shape();
        let reach = [beside, beside, along];
        let [width, samples] = match direction {
            Direction::Inline => [shape[1], shape[2]],
            Direction::Crossline => [2 * beside + 1, shape[2]],
            Direction::Time => [shape[1], 2 * along + 1],
        };
        let fits = |lines: &usize| bytes(*lines, width, samples, &wanted, &self.options) <= MEMORY;
        let lines = (1..=MOST_LINES).rev().find(fits).unwrap_or(1);
        let task = Task::new(Task::silent().progress, cancel);
        let (mut rows, mut expected) = (Vec::new(), 0.0);
        for stretch in stretches(direction, at, shape, reach, lines) {
            let data = read(self.amplitude.volume.as_ref(), &stretch, cancel)?;
            let [_, nx, nt] = stretch.shape();
            let (xs, ts) = (stretch.within(1), stretch.within(2));
            let effort = Effort::of(stretch.wanted[0].len(), &wanted, &self.options);
            expected += effort.seconds(nx * nt, xs.len() * ts.len());
            let slab = Slab::new(&data.view(), stretch.within(0), self.cell)?;
            let slab = slab.only(xs.clone(), ts.clone());
            let found = compute(&slab, &wanted, &self.options, &statistics, &task)?;
            let part = found
                .volumes
                .iter()
                .map(|v| v.slice(s![.., xs.clone(), ts.clone()]));
            rows.extend(part.map(|part| part.to_owned()));
        }
        let views: Vec<_> = rows.iter().map(|part| part.view()).collect();
        let whole = ndarray::concatenate(Axis(0), &views).unwrap_or_default();
        Ok((flat(direction, &whole), expected))
    }
}

/// A volume that is one slice thick as rows and columns.
pub fn flat(direction: Direction, volume: &ndarray::Array3<f32>) -> Array2<f32> {
    let axis = match direction {
        Direction::Inline => Axis(0),
        Direction::Crossline => Axis(1),
        Direction::Time => Axis(2),
    };
    if volume.len_of(axis) == 0 {
        return Array2::default((0, 0));
    }
    volume.index_axis(axis, 0).to_owned()
}
