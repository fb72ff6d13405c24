//! The work of a run: sums over the volume, then slab after slab.

use std::sync::Arc;

use ndarray::{Array3, ArrayView1, ArrayView2, ArrayView3, s};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{AttributeVolume, AttributeVolumes};
use crate::attributes::{
    Attribute, AttributeOptions, Cell as Size, Computed, Effort, Kernel, Slab, Statistics, bytes,
    compute, halo,
};
use crate::io::{SampleKind, Volume};
use crate::model::{Block, Pick};
use crate::modules::{
    Cell, Job, ModuleError, ModuleResult, Outcome, OutputFile, OutputRole, OutputVolume, Place,
    Stage, Table, Values, pack, unpack,
    volumes::{parts, picked, read_lines},
};
use crate::task::Task;

const STATISTICS: usize = 0;
const SLABS: usize = 1;

/// Most inlines of a slab: enough that the halo costs little, few enough that
/// little is lost in a crash.
const MOST_LINES: usize = 32;

/// Bytes of amplitude that a unit of the first pass reads at once.
const CHUNK: usize = 64 << 20;

/// A checked run.
pub(super) struct Compute {
    stages: Vec<Stage>,
    amplitude: Arc<dyn Volume>,
    wanted: Vec<Attribute>,
    options: AttributeOptions,
    size: Size,
    /// True where nothing tells how far apart traces are.
    bin_guessed: bool,
    /// The part of the survey that is asked for.
    block: Block,
    /// Inlines of a unit: of the survey for statistics, of the block for slabs.
    chunks: Vec<Pick>,
    slabs: Vec<Pick>,
    outputs: Vec<OutputVolume>,
}

/// What the volume of an attribute is.
pub(super) fn role(attribute: Attribute) -> OutputRole {
    if attribute.is_candidate() {
        OutputRole::Attribute
    } else {
        OutputRole::Quantity
    }
}

/// What a slab leaves behind besides its samples.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Tally {
    /// Voxels with an amplitude.
    known: u64,
    /// Voxels with a value, for each attribute.
    live: Vec<u64>,
    /// Voxels whose dip was clipped.
    clipped: u64,
}

impl Compute {
    pub(super) fn plan(
        amplitude: &Arc<dyn Volume>,
        wanted: Vec<Attribute>,
        options: AttributeOptions,
        values: &Values,
        place: &Place,
    ) -> Result<Self, ModuleError> {
        let grid = *amplitude.grid();
        let size = options.cell(&grid)?;
        let block = values.sub_volume().on(&grid)?;
        let [_, crosslines, samples] = grid.shape();
        let plan = |attribute: &Attribute| {
            let file = values.file_stem(attribute.name());
            let force = values.flag("force");
            OutputVolume::plan(
                &file,
                amplitude,
                block,
                SampleKind::Continuous,
                place,
                force,
            )
        };
        let outputs = wanted.iter().map(plan).collect::<Result<Vec<_>, _>>()?;
        let line_bytes = crosslines * samples * size_of::<f32>();
        let memory = values.memory_bytes();
        let chunk = (CHUNK.min(memory) / line_bytes.max(1)).max(1);
        let core = |count| bytes(count, crosslines, samples, &wanted, &options);
        if core(1) > memory {
            return Err(ModuleError::parameter(
                "memory",
                format!(
                    "one inline with the lines around it needs {:.2} GiB; allow that much",
                    core(1) as f64 / f64::from(1 << 30)
                ),
            ));
        }
        // Lines that are not neighbours share no work worth keeping.
        let height = if block.inlines.step > 1 {
            1
        } else {
            (1..=MOST_LINES)
                .rev()
                .find(|n| core(*n) <= memory)
                .unwrap_or(1)
        };
        let mut job = Self {
            stages: Vec::new(),
            amplitude: Arc::clone(amplitude),
            wanted,
            options,
            size,
            bin_guessed: options.bin_of(&grid).is_none(),
            block,
            chunks: Vec::new(),
            slabs: Vec::new(),
            outputs,
        };
        job.cut(chunk, height);
        Ok(job)
    }

    /// Cuts the work into units of so many inlines.
    pub(super) fn cut(&mut self, chunk: usize, height: usize) {
        let [lines, crosslines, samples] = self.amplitude.grid().shape();
        self.chunks = parts(Pick::range(0, lines), chunk);
        self.slabs = parts(self.block.inlines, height);
        let work = |picks: &[Pick]| {
            let voxels = |pick: &Pick| (pick.count * crosslines * samples) as u64;
            picks.iter().map(voxels).collect()
        };
        self.stages = vec![
            Stage {
                name: "statistics",
                noun: "voxels",
                cost: 5e-9,
                units: work(&self.chunks),
            },
            Stage {
                name: "slabs",
                noun: "voxels",
                cost: self.cost(),
                units: work(&self.slabs),
            },
        ];
    }

    /// Whole inlines of the survey, `[lines, crosslines, samples]`.
    fn read(&self, lines: Pick, task: &Task) -> Result<Array3<f32>, ModuleError> {
        read_lines(self.amplitude.as_ref(), lines, task)
    }

    /// Seconds that a voxel takes on one core, roughly.
    fn cost(&self) -> f64 {
        let height = self.slabs.first().map_or(1, |slab| slab.count.max(1));
        let effort = Effort::of(height, &self.wanted, &self.options);
        effort.seconds(1, 1) / height as f64
    }

    /// Statistics of each line of a chunk.
    fn statistics(&self, unit: usize, task: &Task) -> Result<Vec<u8>, ModuleError> {
        let data = self.read(self.chunks[unit], task)?;
        let lines: Vec<ArrayView2<f32>> = data.outer_iter().collect();
        let found = lines
            .into_par_iter()
            .map(|line| {
                task.check()?;
                task.advance(line.len() as u64);
                Ok(Statistics::of_line(line))
            })
            .collect::<Result<Vec<_>, ModuleError>>()?;
        pack(&found)
    }

    /// Computes and writes a slab.
    fn slab(&self, unit: usize, reduced: &[Vec<u8>], task: &Task) -> Result<Vec<u8>, ModuleError> {
        let statistics: Statistics = unpack(reduced.first().map_or(&[], Vec::as_slice))?;
        let core = self.slabs[unit];
        let reach = halo(&self.wanted, &self.options);
        let low = core.start.saturating_sub(reach);
        let high = (core.end() + reach).min(self.amplitude.grid().inlines.count);
        let data = self.read(Pick::range(low, high), task)?;
        let slab = Slab::new(&data.view(), core.start - low..core.end() - low, self.size)?;
        let computed = compute(&slab, &self.wanted, &self.options, &statistics, task)?;
        let from: usize = self.slabs[..unit].iter().map(|s| s.count).sum();
        let within = s![core.start - low..core.end() - low, .., ..];
        let known = self.known(&data.slice(within));
        drop(data);
        self.write(Pick::range(from, from + core.count), &computed, known, task)
    }

    /// How many voxels of the asked for part of some lines have an amplitude.
    fn known(&self, lines: &ArrayView3<f32>) -> u64 {
        let of_trace = |trace: ArrayView1<f32>| {
            if !trace.iter().any(|v| v.is_finite() && *v != 0.0) {
                return 0;
            }
            let samples = self.block.samples.indices();
            samples.filter(|t| trace[*t].is_finite()).count() as u64
        };
        let traces = |line: ArrayView2<f32>| {
            let crosslines = self.block.crosslines.indices();
            crosslines.map(|x| of_trace(line.row(x))).sum::<u64>()
        };
        lines.outer_iter().map(traces).sum()
    }

    /// Writes the asked for part of a slab, at these inlines of the outputs.
    fn write(
        &self,
        inlines: Pick,
        computed: &Computed,
        known: u64,
        task: &Task,
    ) -> Result<Vec<u8>, ModuleError> {
        let part = Block {
            inlines,
            crosslines: Pick::range(0, self.block.crosslines.count),
            samples: Pick::range(0, self.block.samples.count),
        };
        let mut tally = Tally {
            known,
            clipped: computed.clipped,
            ..Tally::default()
        };
        for (output, volume) in self.outputs.iter().zip(&computed.volumes) {
            task.check()?;
            let samples = picked(&volume.view(), self.block.crosslines, self.block.samples);
            let live = samples.iter().filter(|v| !v.is_nan()).count();
            tally.live.push(live as u64);
            output.write(&part, &samples)?;
        }
        pack(&tally)
    }
}

impl Job for Compute {
    fn stages(&self) -> &[Stage] {
        &self.stages
    }

    fn bytes(&self) -> Option<usize> {
        let [_, crosslines, samples] = self.amplitude.grid().shape();
        let height = self.slabs.iter().map(|slab| slab.count).max()?;
        let slab = bytes(height, crosslines, samples, &self.wanted, &self.options);
        let chunk = self.chunks.iter().map(|chunk| chunk.count).max()?;
        Some(slab.max(chunk * crosslines * samples * size_of::<f32>()))
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
            self.slab(unit, reduced, task)
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
            // Line by line, however many of them a unit held.
            let statistics: Statistics = lines.into_iter().sum();
            statistics.mean_energy()?;
            return pack(&statistics);
        }
        let mut total = Tally {
            live: vec![0; self.wanted.len()],
            ..Tally::default()
        };
        for unit in &units {
            let tally: Tally = unpack(unit)?;
            total.known += tally.known;
            total.clipped += tally.clipped;
            total
                .live
                .iter_mut()
                .zip(tally.live)
                .for_each(|(a, b)| *a += b);
        }
        pack(&total)
    }

    fn volumes(&self) -> Vec<(usize, &OutputVolume)> {
        self.outputs.iter().map(|volume| (SLABS, volume)).collect()
    }

    fn finish(&self, reduced: &[Vec<u8>], _: &Task) -> Result<Outcome, ModuleError> {
        let tally: Tally = unpack(reduced.get(SLABS).map_or(&[], Vec::as_slice))?;
        let all = self.block.len() as u64;
        let columns = [
            "attribute",
            "unit",
            "live",
            "null: no amplitude",
            "null: no answer",
            "why there may be none",
        ];
        let mut table = Table::new("attributes", &columns);
        let (mut volumes, mut files) = (AttributeVolumes::default(), Vec::new());
        for ((attribute, output), live) in self.wanted.iter().zip(&self.outputs).zip(&tally.live) {
            let live = *live;
            output.finish()?;
            let nulls = all - live;
            table.push(vec![
                Cell::Text(attribute.name().into()),
                Cell::Text(attribute.unit().into()),
                Cell::Whole(live as i64),
                Cell::Whole((all - tally.known) as i64),
                Cell::Whole(tally.known as i64 - live as i64),
                Cell::Text(attribute.gap().into()),
            ]);
            volumes.outputs.push(AttributeVolume {
                attribute: attribute.name().into(),
                path: output.file_name(),
                nulls,
                live,
            });
            files.push(OutputFile {
                name: attribute.name().into(),
                path: output.file_name(),
                role: role(*attribute),
            });
        }
        let mut sentences = vec![format!("{} attributes of {all} voxels.", self.wanted.len())];
        if tally.clipped > 0 {
            sentences.push(format!(
                "Dips of {} voxels are steeper than {:.4} samples per trace and were clipped; raise --max-dip if the structure is that steep.",
                tally.clipped,
                self.options.on(&self.size).max_dip
            ));
        }
        let lateral = |a: &Attribute| matches!(a.kernel(), Kernel::Deviation | Kernel::Convergence);
        if self.bin_guessed && self.wanted.iter().any(lateral) {
            sentences.push(format!(
                "warning: the file does not tell how far apart traces are; {} m was taken. Give --bin-size for deviations and convergence in true units.",
                self.size.crossline
            ));
        }
        Ok(Outcome {
            result: ModuleResult::Attributes(volumes),
            tables: vec![table],
            outputs: files,
            sentences,
        })
    }
}
