//! Attributes at the picked voxels alone, straight into training rows: the
//! first ranking of attributes need not wait for whole volumes.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use ndarray::{Array3, ArrayView2};
use rayon::prelude::*;

use crate::attributes::{
    Attribute, AttributeOptions, Cell, Slab, Statistics, bytes, compute, halo,
};
use crate::io::{self, Volume};
use crate::model::{Block, Pick};
use crate::modules::volumes::{parts, read_lines};
use crate::modules::{
    Job, ModuleError, Outcome, Picked, Picks, Place, Stage, Values, define_training_data, pack,
    unpack,
};
use crate::task::Task;

const STATISTICS: usize = 0;

/// Bytes that are read for the energy of the whole volume: of larger ones, lines
/// at equal distances.
const SAMPLED: usize = 1 << 30;

/// Inlines of a unit of the first pass.
const CHUNK: usize = 4;

/// A checked run.
pub(super) struct AtPicks {
    stages: Vec<Stage>,
    amplitude: Arc<dyn Volume>,
    wanted: Vec<Attribute>,
    options: AttributeOptions,
    cell: Cell,
    picked: Picked,
    chunks: Vec<Pick>,
    boxes: Vec<Around>,
    /// Name of the training file.
    file: PathBuf,
    place: Place,
}

/// A box that holds picked voxels, in indices of the survey.
struct Around {
    lines: Range<usize>,
    crosslines: Range<usize>,
    samples: Range<usize>,
    /// Rows of the table.
    rows: Vec<usize>,
}

impl AtPicks {
    pub(super) fn plan(
        amplitude: &Arc<dyn Volume>,
        wanted: Vec<Attribute>,
        options: AttributeOptions,
        picks: &Picks,
        values: &Values,
        place: &Place,
    ) -> Result<Self, ModuleError> {
        let grid = *amplitude.grid();
        let cell = options.cell(&grid)?;
        let picked = picks.on(&grid, &[])?;
        let [lines, crosslines, samples] = grid.shape();
        let line = crosslines * samples * size_of::<f32>();
        let step = (lines * line).div_ceil(SAMPLED).clamp(1, lines.max(1));
        let looked_at = Pick {
            start: 0,
            step,
            count: lines.div_ceil(step),
        };
        let mut job = Self {
            stages: Vec::new(),
            amplitude: Arc::clone(amplitude),
            wanted,
            options,
            cell,
            picked,
            chunks: parts(looked_at, CHUNK),
            boxes: Vec::new(),
            file: PathBuf::from(format!("{}.txt", values.file_stem("training"))),
            place: place.clone(),
        };
        job.boxes = job.cut(values.memory_bytes());
        job.stages = vec![
            Stage {
                name: "statistics",
                noun: "voxels",
                cost: 5e-9,
                units: job
                    .chunks
                    .iter()
                    .map(|chunk| (chunk.count * crosslines * samples) as u64)
                    .collect(),
            },
            Stage {
                name: "training",
                noun: "voxels",
                cost: 2e-5,
                units: job.boxes.iter().map(|a| a.rows.len() as u64).collect(),
            },
        ];
        Ok(job)
    }

    /// Boxes around the voxels of each polygon, low enough for the memory allowed.
    fn cut(&self, memory: usize) -> Vec<Around> {
        let mut boxes = Vec::new();
        for polygon in 0..self.picked.polygons.len() {
            let mut rows: Vec<usize> = (0..self.picked.voxels.len())
                .filter(|row| self.picked.voxels[*row].2 as usize == polygon)
                .collect();
            rows.sort_unstable_by_key(|row| self.picked.voxels[*row].1);
            while !rows.is_empty() {
                let whole = self.around(rows.clone());
                let width = whole.crosslines.len() + 2 * halo(&self.wanted, &self.options);
                let [_, crosslines, samples] = self.amplitude.grid().shape();
                let fits = |lines: usize| {
                    let width = width.min(crosslines);
                    bytes(lines, width, samples, &self.wanted, &self.options) <= memory
                };
                let first = whole.lines.start;
                let height = (1..=whole.lines.len().min(64)).rev().find(|n| fits(*n));
                let end = first + height.unwrap_or(1);
                let inside = |row: &usize| (self.picked.voxels[*row].1.inline as usize) < end;
                let count = rows.partition_point(inside);
                let rest = rows.split_off(count);
                boxes.push(self.around(rows));
                rows = rest;
            }
        }
        boxes
    }

    /// The box of some rows, of which there is one at least.
    fn around(&self, rows: Vec<usize>) -> Around {
        let bounds = |of: fn(&crate::model::Voxel) -> u32| {
            let values = || {
                rows.iter()
                    .map(|row| of(&self.picked.voxels[*row].1) as usize)
            };
            values().min().unwrap_or(0)..values().max().unwrap_or(0) + 1
        };
        Around {
            lines: bounds(|v| v.inline),
            crosslines: bounds(|v| v.crossline),
            samples: bounds(|v| v.sample),
            rows,
        }
    }

    fn statistics(&self, unit: usize, task: &Task) -> Result<Vec<u8>, ModuleError> {
        let data = read_lines(self.amplitude.as_ref(), self.chunks[unit], task)?;
        let lines: Vec<ArrayView2<f32>> = data.outer_iter().collect();
        let found = lines.into_par_iter().map(Statistics::of_line);
        let found: Vec<Statistics> = found.collect();
        task.advance(self.stages[STATISTICS].units[unit]);
        pack(&found)
    }

    /// Values of all attributes at the rows of a box: attribute after attribute.
    fn values(
        &self,
        unit: usize,
        reduced: &[Vec<u8>],
        task: &Task,
    ) -> Result<Vec<u8>, ModuleError> {
        let statistics: Statistics = unpack(reduced.first().map_or(&[], Vec::as_slice))?;
        let around = &self.boxes[unit];
        let [lines, crosslines, _] = self.amplitude.grid().shape();
        let reach = halo(&self.wanted, &self.options);
        let wider = |range: &Range<usize>, count: usize| {
            range.start.saturating_sub(reach)..(range.end + reach).min(count)
        };
        let (ys, xs) = (
            wider(&around.lines, lines),
            wider(&around.crosslines, crosslines),
        );
        let data = self.read(&ys, &xs, task)?;
        let slab = Slab::new(
            &data.view(),
            around.lines.start - ys.start..around.lines.end - ys.start,
            self.cell,
        )?;
        let slab = slab.only(
            around.crosslines.start - xs.start..around.crosslines.end - xs.start,
            around.samples.clone(),
        );
        // Progress is counted in rows, not in all voxels of the box.
        let quiet = Task::new(Task::silent().progress, task.cancel);
        let found = compute(&slab, &self.wanted, &self.options, &statistics, &quiet)?;
        let value = |volume: &Array3<f32>, row: &usize| {
            let voxel = self.picked.voxels[*row].1;
            volume[[
                voxel.inline as usize - around.lines.start,
                voxel.crossline as usize - xs.start,
                voxel.sample as usize,
            ]]
        };
        let columns: Vec<Vec<f32>> = found
            .volumes
            .iter()
            .map(|volume| around.rows.iter().map(|row| value(volume, row)).collect())
            .collect();
        task.advance(around.rows.len() as u64);
        pack(&columns)
    }

    /// Some crosslines of some inlines, whole traces.
    fn read(
        &self,
        lines: &Range<usize>,
        crosslines: &Range<usize>,
        task: &Task,
    ) -> Result<Array3<f32>, ModuleError> {
        let samples = self.amplitude.grid().samples.count;
        let mut data = Array3::zeros((lines.len(), crosslines.len(), samples));
        if let Some(out) = data.as_slice_mut() {
            let size = (crosslines.len() * samples).max(1);
            for (y, out) in lines.clone().zip(out.chunks_exact_mut(size)) {
                task.check()?;
                let block = Block {
                    inlines: Pick::one(y),
                    crosslines: Pick::range(crosslines.start, crosslines.end),
                    samples: Pick::range(0, samples),
                };
                self.amplitude.read(&block, out)?;
            }
        }
        Ok(data)
    }
}

impl Job for AtPicks {
    fn stages(&self) -> &[Stage] {
        &self.stages
    }

    fn unit(
        &self,
        stage: usize,
        unit: usize,
        reduced: &[Vec<u8>],
        task: &Task,
    ) -> Result<Vec<u8>, ModuleError> {
        if stage == STATISTICS {
            self.statistics(unit, task)
        } else {
            self.values(unit, reduced, task)
        }
    }

    fn reduce(
        &self,
        stage: usize,
        units: Vec<Vec<u8>>,
        _: &[Vec<u8>],
        _: &Task,
    ) -> Result<Vec<u8>, ModuleError> {
        if stage == STATISTICS {
            let mut lines: Vec<Statistics> = Vec::new();
            for unit in &units {
                lines.extend(unpack::<Vec<Statistics>>(unit)?);
            }
            let statistics: Statistics = lines.into_iter().sum();
            statistics.mean_energy()?;
            return pack(&statistics);
        }
        let mut table = vec![vec![f32::NAN; self.picked.voxels.len()]; self.wanted.len()];
        for (around, unit) in self.boxes.iter().zip(&units) {
            for (to, from) in table.iter_mut().zip(unpack::<Vec<Vec<f32>>>(unit)?) {
                for (row, value) in around.rows.iter().zip(from) {
                    to[*row] = value;
                }
            }
        }
        pack(&table)
    }

    fn finish(&self, reduced: &[Vec<u8>], _: &Task) -> Result<Outcome, ModuleError> {
        let columns: Vec<Vec<f32>> = unpack(reduced.get(1).map_or(&[], Vec::as_slice))?;
        let names: Vec<String> = self.wanted.iter().map(|a| a.name().to_owned()).collect();
        let extraction = self.picked.table(&names, &columns)?;
        let path = self.place.out.join(&self.file);
        io::write_training(&path, &extraction.table, self.amplitude.grid().unit)?;
        let mut outcome =
            define_training_data::outcome(&extraction, self.file.clone(), vec![self.file.clone()]);
        if self.chunks.first().is_some_and(|chunk| chunk.step > 1) {
            let lines: usize = self.chunks.iter().map(|chunk| chunk.count).sum();
            outcome.sentences.push(format!(
                "The energy of the volume, which grey levels are cut by, was taken from {lines} of its inlines."
            ));
        }
        Ok(outcome)
    }
}
