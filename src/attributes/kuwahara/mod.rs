//! The three-dimensional Kuwahara filter: smooth inside, sharp at edges.
//!
//! Around each voxel there are as many windows that hold it as a window has
//! voxels; the voxel becomes the mean (or median) of the one whose samples vary
//! least. Inside a facies that is a mean over a whole window; at an edge it is
//! one of a window on the voxel's own side. Kuwahara, Hachimura, Eiho and
//! Kinoshita (1976); the three-dimensional form with all shifted windows after
//! Luo, Marhoon, Al Dossary and Alfaraj (2002).
//!
//! 1. [`window`](self): count, mean and variance of the window around each
//!    voxel, over its live samples, in double precision. Windows are cropped at
//!    the survey's edges; one with less than a quarter of its samples, or with
//!    fewer than three, is no candidate.
//! 2. The least of all windows that hold a voxel is an erosion, taken axis by
//!    axis; a [key](self) carries which window it is.
//! 3. The value of the chosen window is fetched; medians are computed only for
//!    windows that someone chose.
//!
//! Several attributes filtered together share their windows: the sum of their
//! relative variances is least, so that edges stay where they are in all of
//! them. Cost: `5 + 4` short passes over the samples an axis, whatever the size
//! of the windows; medians, weights and windows along dip cost more.

mod field;
mod key;
mod line;
mod options;
#[cfg(test)]
mod reference;
mod search;
mod spread;
mod spreading;
#[cfg(test)]
mod tests;
mod window;

use std::collections::VecDeque;
use std::ops::Range;

use ndarray::{Array3, ArrayView3, s};
use rayon::prelude::*;

pub use field::Layer;
pub use options::{KuwaharaOptions, WindowChoice, WindowValue};
pub use spread::Spread;

use self::field::{Dips, Field};
use self::key::Offsets;
use self::line::Line;
use self::options::STEEPEST;
use self::search::Near;
use super::AttributeError;
use super::sheet::nulls;
use crate::task::Task;

/// Lines of windows that are measured and searched at once.
const BATCH: usize = 8;

/// Lines that the filter needs on either side of a line.
pub fn kuwahara_halo(options: &KuwaharaOptions) -> usize {
    2 * options.reach(None)[0] * options.passes
}

/// Lines, crosslines and samples that the filter needs on either side of a voxel,
/// with windows along dip or flat.
pub fn kuwahara_reach(options: &KuwaharaOptions, along_dip: bool) -> [usize; 3] {
    let reach = options.reach(along_dip.then_some(STEEPEST));
    reach.map(|r| 2 * r * options.passes)
}

/// Bytes in use while `core` lines are filtered, the slab and the answers
/// included.
pub fn kuwahara_bytes(
    core: usize,
    crosslines: usize,
    samples: usize,
    layers: usize,
    options: &KuwaharaOptions,
) -> usize {
    let sizes = options.half_sizes.len();
    let value = match options.choice {
        WindowChoice::LeastVariance => size_of::<f32>(),
        WindowChoice::Weighted => size_of::<f64>(),
    };
    let again = usize::from(options.passes > 1);
    let slab = (core + 2 * kuwahara_halo(options)) * (1 + again) * layers * size_of::<f32>();
    let lines = (BATCH + 2 * options.reach(None)[0]).min(core + kuwahara_halo(options));
    let windows = lines * sizes * (size_of::<f64>() + layers * value);
    let choices = BATCH * (size_of::<u32>() + 2 * size_of::<f64>());
    let answers = core * layers * size_of::<f32>();
    (slab + windows + choices + answers) * crosslines * samples
}

/// What all lines of a slab share.
struct Scene<'a> {
    fields: Vec<Field<'a>>,
    dips: Option<Dips<'a>>,
    /// Lines, crosslines, samples.
    shape: [usize; 3],
    options: &'a KuwaharaOptions,
    offsets: Offsets,
}

/// Filters the lines `core` of a slab of one attribute, or of several together.
///
/// The layers are cut from volumes on one grid; `options` must be
/// [fitted](KuwaharaOptions::fitted) to it. With `dips` (inline and crossline
/// dip of the slab, samples per trace) windows follow structure. The answer at a
/// voxel depends on the samples within reach of its windows and on the spreads
/// of the layers alone: it is the same, to the last bit, however the survey is
/// cut into slabs and on however many threads.
///
/// Nulls stay null unless they are to be filled, take part in nothing, and
/// neither do dead traces (null or 0 throughout), which are copied. Runs on the
/// threads of the rayon pool it is called in; reports one unit of work for each
/// voxel of the core.
///
/// ```
/// use ndarray::Array3;
/// use outcrop::attributes::{KuwaharaOptions, Layer, Spread, kuwahara};
/// use outcrop::task::Task;
/// // A step between two constants stays what it is.
/// let step = Array3::from_shape_fn((6, 20, 9), |(_, x, _)| if x < 11 { 1.0 } else { 4.0 });
/// let spread: Spread = step.outer_iter().map(Spread::of_line).sum();
/// let layer = Layer { data: step.view(), spread };
/// let options = KuwaharaOptions::default().fitted([6, 20, 9]);
/// let found = kuwahara(&[layer], None, 0..6, &options, &Task::silent())?;
/// assert!(found[0].iter().zip(&step).all(|(a, b)| (a - b).abs() < 1e-6));
/// # Ok::<(), outcrop::attributes::AttributeError>(())
/// ```
pub fn kuwahara(
    layers: &[Layer],
    dips: Option<[ArrayView3<f32>; 2]>,
    core: Range<usize>,
    options: &KuwaharaOptions,
    task: &Task,
) -> Result<Vec<Array3<f32>>, AttributeError> {
    options.check()?;
    let Some(lines) = layers.first().map(|layer| layer.data.dim().0) else {
        return Ok(Vec::new());
    };
    if core.start > core.end || core.end > lines {
        return Err(AttributeError::Core {
            from: core.start,
            to: core.end,
            lines,
        });
    }
    let margin = |pass: usize| 2 * options.reach(None)[0] * (options.passes - 1 - pass);
    let lines_of =
        |pass: usize| core.start.saturating_sub(margin(pass))..(core.end + margin(pass)).min(lines);
    let mut found = once(
        layers,
        dips,
        lines_of(0),
        options,
        task,
        options.passes == 1,
    )?;
    for pass in 1..options.passes {
        // Lines outside those that were filtered are not looked at again.
        let within = lines_of(pass - 1);
        let whole: Vec<Array3<f32>> = layers
            .iter()
            .zip(&found)
            .map(|(layer, found)| {
                let mut whole = layer.data.to_owned();
                whole.slice_mut(s![within.clone(), .., ..]).assign(found);
                whole
            })
            .collect();
        let layers: Vec<Layer> = layers
            .iter()
            .zip(&whole)
            .map(|(layer, whole)| Layer {
                data: whole.view(),
                spread: layer.spread,
            })
            .collect();
        let last = pass + 1 == options.passes;
        found = once(&layers, dips, lines_of(pass), options, task, last)?;
    }
    Ok(found)
}

/// One pass over the lines `core`.
fn once(
    layers: &[Layer],
    dips: Option<[ArrayView3<f32>; 2]>,
    core: Range<usize>,
    options: &KuwaharaOptions,
    task: &Task,
    last: bool,
) -> Result<Vec<Array3<f32>>, AttributeError> {
    let shape = layers[0].data.dim();
    let (lines, nx, nt) = shape;
    let outside = || AttributeError::Core {
        from: core.start,
        to: core.end,
        lines,
    };
    if layers.iter().any(|layer| layer.data.dim() != shape) {
        return Err(outside());
    }
    let volumes = layers.iter().map(|_| nulls([core.len(), nx, nt]));
    let mut out: Vec<Array3<f32>> = volumes.collect();
    if core.is_empty() || nx * nt == 0 {
        return Ok(out);
    }
    let mut fields = Vec::new();
    for layer in layers {
        let data = layer.data.to_slice().ok_or_else(outside)?;
        fields.push(Field::new(data, nt, &layer.spread));
    }
    let dips = match dips {
        Some([inline, crossline]) if inline.dim() == shape && crossline.dim() == shape => {
            Some(Dips {
                inline: inline.to_slice().ok_or_else(outside)?,
                crossline: crossline.to_slice().ok_or_else(outside)?,
            })
        }
        Some(_) => return Err(outside()),
        None => None,
    };
    let offsets = options.offsets(dips.map(|_| STEEPEST));
    let offsets = offsets.ok_or_else(|| AttributeError::Option {
        option: "half_sizes",
        reason: "windows along dip are too large to be told apart; make them smaller, or flat"
            .into(),
    })?;
    let scene = Scene {
        fields,
        dips,
        shape: [lines, nx, nt],
        options,
        offsets,
    };
    let mut rows: Vec<_> = out
        .iter_mut()
        .filter_map(|volume| volume.as_slice_mut())
        .map(|volume| volume.chunks_exact_mut(nx * nt))
        .collect();
    let mut rows: Vec<Vec<&mut [f32]>> = core
        .clone()
        .map(|_| rows.iter_mut().filter_map(Iterator::next).collect())
        .collect();
    let mut near = VecDeque::new();
    let mut first = 0;
    for (batch, rows) in rows.chunks_mut(BATCH).enumerate() {
        let from = core.start + batch * BATCH;
        scene.batch(from, rows, (&mut near, &mut first), task)?;
        if last {
            task.advance((rows.len() * nx * nt) as u64);
        }
    }
    Ok(out)
}

impl Scene<'_> {
    /// Filters the lines from `from` on into `rows`. Lines of windows that the
    /// batch before has left in `near` (from line `first` on) are used again.
    fn batch(
        &self,
        from: usize,
        rows: &mut [Vec<&mut [f32]>],
        (near, first): (&mut VecDeque<Line>, &mut usize),
        task: &Task,
    ) -> Result<(), AttributeError> {
        let reach = self.options.reach(None)[0];
        let low = from.saturating_sub(reach);
        let high = (from + rows.len() + reach).min(self.shape[0]);
        if near.is_empty() {
            *first = low;
        }
        near.drain(..low - *first);
        *first = low;
        let known = low + near.len();
        let fresh: Vec<Line> = (known..high)
            .into_par_iter()
            .map(|y| self.line(y, task))
            .collect::<Result<_, _>>()?;
        near.extend(fresh);
        let lines = near.make_contiguous();
        if self.options.choice == WindowChoice::Weighted {
            let near = Near { first: low, lines };
            rows.par_iter_mut().enumerate().try_for_each(|(i, row)| {
                task.check()?;
                self.blend(from + i, &near, row);
                Ok(())
            })
        } else {
            let chosen: Vec<(usize, Vec<u32>)> = (from..from + rows.len())
                .into_par_iter()
                .map(|y| {
                    task.check()?;
                    let near = Near { first: low, lines };
                    Ok((y, self.choices(y, &near)))
                })
                .collect::<Result<_, AttributeError>>()?;
            if self.options.value != WindowValue::Mean {
                lines
                    .par_iter_mut()
                    .enumerate()
                    .try_for_each_init(Vec::new, |scratch, (i, line)| {
                        self.settle(low + i, line, &chosen, scratch, task)
                    })?;
            }
            let near = Near { first: low, lines };
            rows.par_iter_mut()
                .zip(&chosen)
                .for_each(|(row, (y, choices))| self.gather(*y, &near, choices, row));
            Ok(())
        }
    }
}
