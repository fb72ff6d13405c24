//! A field that is worked out once for the kernels that look around in it.

use std::ops::Range;

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
        Self {
            data: vec![f32::NAN; lines.len() * crosslines * samples],
            lines,
            crosslines,
            samples,
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
