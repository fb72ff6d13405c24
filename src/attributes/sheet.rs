//! A field that is worked out once for the kernels that look around in it.

use std::ops::Range;

use ndarray::Array3;
use rayon::prelude::*;

/// A volume of nulls. All threads write them: memory that is touched for the first
/// time costs more than what is written there.
pub(super) fn nulls(shape: [usize; 3]) -> Array3<f32> {
    let mut volume = Array3::zeros(shape);
    if let Some(values) = volume.as_slice_mut() {
        blank(values);
    }
    volume
}

fn blank(values: &mut [f32]) {
    let parts = values.par_chunks_mut(1 << 16);
    parts.for_each(|part| part.fill(f32::NAN));
}

/// Values of some lines of a slab, NaN where there are none.
#[derive(Clone, Debug, Default)]
pub(super) struct Sheet {
    lines: Range<usize>,
    crosslines: usize,
    samples: usize,
    data: Vec<f32>,
}

impl Sheet {
    /// For some lines of a slab of so many crosslines and samples.
    pub(super) fn new(lines: Range<usize>, crosslines: usize, samples: usize) -> Self {
        let mut data = vec![0.0; lines.len() * crosslines * samples];
        blank(&mut data);
        Self {
            lines,
            crosslines,
            samples,
            data,
        }
    }

    /// The values of a trace of one of its lines.
    pub(super) fn row(&self, y: usize, x: usize) -> &[f32] {
        let at = (y - self.lines.start) * self.crosslines + x;
        &self.data[at * self.samples..][..self.samples]
    }

    /// The same, if it has the line.
    pub(super) fn known(&self, y: usize, x: usize) -> Option<&[f32]> {
        self.lines.contains(&y).then(|| self.row(y, x))
    }

    /// Its traces in order.
    pub(super) fn rows_mut(&mut self) -> std::slice::ChunksExactMut<'_, f32> {
        self.data.chunks_exact_mut(self.samples.max(1))
    }

    /// The traces of some of its lines.
    pub(super) fn lines_mut(&mut self, lines: Range<usize>) -> &mut [f32] {
        let line = self.crosslines * self.samples;
        let first = self.lines.start;
        &mut self.data[(lines.start - first) * line..(lines.end - first) * line]
    }
}
