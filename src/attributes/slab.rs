//! A slab: neighbouring lines of amplitude, of which the inner ones are wanted.

use std::ops::Range;

use ndarray::ArrayView3;
use rayon::prelude::*;

use super::AttributeError;
use super::options::check_interval;

/// How large a voxel is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// Seconds of two-way time between samples.
    pub interval: f64,
    /// What is between samples: seconds of time, or metres of depth.
    pub step: f64,
    /// Metres of depth between samples.
    pub depth: f64,
    /// Metres between crosslines: from trace to trace of an inline.
    pub crossline: f64,
    /// Metres between inlines.
    pub inline: f64,
}

/// Lines of amplitude with a halo on both sides.
///
/// The halo may be short only where the survey ends: a window that reaches out
/// of the slab is cropped there, which is right at an edge of the survey and
/// wrong anywhere else. [`halo`](super::halo) says how many lines are needed.
#[derive(Clone, Debug)]
pub struct Slab<'a> {
    data: &'a [f32],
    shape: [usize; 3],
    core: Range<usize>,
    cell: Cell,
    /// Crosslines and samples that are wanted.
    columns: Range<usize>,
    span: Range<usize>,
}

impl<'a> Slab<'a> {
    /// A slab of `amplitude`, `[lines, crosslines, samples]` in C order with NaN
    /// for every null, of which the lines `core` are wanted.
    pub fn new(
        amplitude: &ArrayView3<'a, f32>,
        core: Range<usize>,
        cell: Cell,
    ) -> Result<Self, AttributeError> {
        let (lines, crosslines, samples) = amplitude.dim();
        let outside = AttributeError::Core {
            from: core.start,
            to: core.end,
            lines,
        };
        if core.start > core.end || core.end > lines {
            return Err(outside);
        }
        check_interval(cell.interval)?;
        Ok(Self {
            data: amplitude.to_slice().ok_or(outside)?,
            shape: [lines, crosslines, samples],
            core,
            cell,
            columns: 0..crosslines,
            span: 0..samples,
        })
    }

    /// Limits what is wanted to some crosslines and samples; the rest of the
    /// core has no answers. The crosslines beside them are a halo like the lines.
    #[must_use]
    pub fn only(self, crosslines: Range<usize>, samples: Range<usize>) -> Self {
        Self {
            columns: crosslines,
            span: samples.start..samples.end.min(self.shape[2]),
            ..self
        }
    }

    /// The wanted crosslines.
    pub(super) fn columns(&self) -> Range<usize> {
        self.columns.clone()
    }

    /// The wanted samples and as many more on either side.
    pub(super) fn span(&self, beside: usize) -> Range<usize> {
        self.span.start.saturating_sub(beside)..(self.span.end + beside).min(self.shape[2])
    }

    /// The wanted lines.
    pub fn core(&self) -> Range<usize> {
        self.core.clone()
    }

    /// How large its voxels are.
    pub(super) fn cell(&self) -> &Cell {
        &self.cell
    }

    /// Lines, halo included.
    pub(super) fn lines(&self) -> usize {
        self.shape[0]
    }

    /// Traces in a line.
    pub(super) fn crosslines(&self) -> usize {
        self.shape[1]
    }

    /// Samples in a trace.
    pub(super) fn samples(&self) -> usize {
        self.shape[2]
    }
}

/// What a trace holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    /// Nothing but nulls and zeros.
    Dead,
    /// A value at every sample.
    Full,
    /// Values and nulls.
    Partial,
}

impl Life {
    /// What a trace holds.
    pub(super) fn of(trace: &[f32]) -> Self {
        let nulls = trace.iter().filter(|v| !v.is_finite()).count();
        if !trace.iter().any(|v| v.is_finite() && *v != 0.0) {
            Life::Dead
        } else if nulls == 0 {
            Life::Full
        } else {
            Life::Partial
        }
    }
}

/// Traces of a slab with what each holds.
pub(super) struct Traces<'a> {
    slab: &'a Slab<'a>,
    life: Vec<Life>,
}

impl<'a> Traces<'a> {
    /// Looks at every trace once.
    pub(super) fn new(slab: &'a Slab<'a>) -> Self {
        let life = slab
            .data
            .par_chunks_exact(slab.samples().max(1))
            .map(Life::of)
            .collect();
        Self { slab, life }
    }

    pub(super) fn lines(&self) -> usize {
        self.slab.lines()
    }

    pub(super) fn crosslines(&self) -> usize {
        self.slab.crosslines()
    }

    pub(super) fn samples(&self) -> usize {
        self.slab.samples()
    }

    /// Place of a trace among all traces of the slab.
    pub(super) fn index(&self, line: usize, crossline: usize) -> usize {
        line * self.crosslines() + crossline
    }

    /// What a trace holds.
    pub(super) fn life(&self, line: usize, crossline: usize) -> Life {
        self.life[self.index(line, crossline)]
    }

    /// The samples of a trace.
    pub(super) fn row(&self, line: usize, crossline: usize) -> &'a [f32] {
        let nt = self.samples();
        &self.slab.data[self.index(line, crossline) * nt..][..nt]
    }

    /// The live trace at an offset from another, if there is one.
    pub(super) fn neighbour(
        &self,
        (line, crossline): (usize, usize),
        (a, b): (isize, isize),
    ) -> Option<(usize, usize)> {
        let x = crossline.checked_add_signed(a)?;
        let y = line.checked_add_signed(b)?;
        let inside = x < self.crosslines() && y < self.lines();
        (inside && self.life(y, x) != Life::Dead).then_some((y, x))
    }
}
