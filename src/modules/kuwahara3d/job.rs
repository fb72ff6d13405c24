//! The work of a run: the spread of each volume, then slab after slab.

use std::sync::Arc;

use ndarray::ArrayView2;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::Inputs;
use crate::attributes::{
    Effort, KuwaharaOptions, Layer, Spread, kuwahara, kuwahara_bytes, kuwahara_halo,
};
use crate::io::{SampleKind, Volume};
use crate::model::{Block, Pick};
use crate::modules::volumes::{parts, picked, read_lines};
use crate::modules::{
    AttributeVolume, AttributeVolumes, Cell, Job, ModuleError, ModuleResult, Outcome, OutputFile,
    OutputRole, OutputVolume, Place, Stage, Table, Values, pack, unpack,
};
use crate::task::Task;

const STATISTICS: usize = 0;
const SLABS: usize = 1;

/// Most inlines of a slab: enough that the halo costs little, few enough that
/// little is lost in a crash.
const MOST_LINES: usize = 64;

/// Bytes of a volume that a unit of the first pass reads at once.
const CHUNK: usize = 64 << 20;

/// A checked run.
pub(super) struct Filter {
    stages: Vec<Stage>,
    inputs: Inputs,
    options: KuwaharaOptions,
    /// As they were asked for, before they were cut to the survey.
    asked: KuwaharaOptions,
    /// The part of the survey that is asked for.
    block: Block,
    chunks: Vec<Pick>,
    slabs: Vec<Pick>,
    /// Attributes that share their windows.
    groups: Vec<Vec<usize>>,
    outputs: Vec<OutputVolume>,
}

/// Live voxels of an attribute before and after.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Tally {
    before: u64,
    after: u64,
}

impl Filter {
    pub(super) fn plan(
        inputs: Inputs,
        (options, asked): (KuwaharaOptions, KuwaharaOptions),
        values: &Values,
        place: &Place,
    ) -> Result<Self, ModuleError> {
        let grid = *inputs.attributes[0].1.grid();
        let block = values.sub_volume().on(&grid)?;
        let plan = |(name, volume): &(String, Arc<dyn Volume>)| {
            OutputVolume::plan(
                &file(name, values),
                volume,
                block,
                SampleKind::Continuous,
                place,
                values.flag("force"),
            )
        };
        let outputs = inputs
            .attributes
            .iter()
            .map(plan)
            .collect::<Result<Vec<_>, _>>()?;
        let all = 0..inputs.attributes.len();
        let groups = if values.flag("independent") {
            all.map(|n| vec![n]).collect()
        } else {
            vec![all.collect()]
        };
        let mut job = Self {
            stages: Vec::new(),
            inputs,
            options,
            asked,
            block,
            chunks: Vec::new(),
            slabs: Vec::new(),
            groups,
            outputs,
        };
        let [_, crosslines, samples] = grid.shape();
        let memory = values.memory_bytes();
        let line = crosslines * samples * size_of::<f32>();
        let chunk = (CHUNK.min(memory) / line.max(1)).max(1);
        let least = job.bytes(1);
        if least > memory {
            return Err(ModuleError::parameter(
                "memory",
                format!(
                    "one inline with the lines around it needs {:.2} GiB; allow that much, filter fewer attributes at once, or make them --independent",
                    least as f64 / f64::from(1 << 30)
                ),
            ));
        }
        // Lines that are not neighbours share no work worth keeping.
        let height = if block.inlines.step > 1 {
            1
        } else {
            (1..=MOST_LINES)
                .rev()
                .find(|n| job.bytes(*n) <= memory)
                .unwrap_or(1)
        };
        job.cut(chunk, height);
        Ok(job)
    }

    /// Bytes in use while a slab of `core` inlines is filtered and written.
    fn bytes(&self, core: usize) -> usize {
        let [_, crosslines, samples] = self.grid_shape();
        let layers = self.groups.iter().map(Vec::len).max().unwrap_or(0);
        let lines = core + 2 * kuwahara_halo(&self.options);
        let dips = if self.inputs.dips.is_some() { 2 } else { 0 };
        let besides = (dips * lines + core) * crosslines * samples * size_of::<f32>();
        besides + kuwahara_bytes(core, crosslines, samples, layers, &self.options)
    }

    fn grid_shape(&self) -> [usize; 3] {
        self.inputs.attributes[0].1.grid().shape()
    }

    /// Cuts the work into units of so many inlines.
    pub(super) fn cut(&mut self, chunk: usize, height: usize) {
        let [lines, crosslines, samples] = self.grid_shape();
        self.chunks = parts(Pick::range(0, lines), chunk);
        self.slabs = parts(self.block.inlines, height);
        let work = |picks: &[Pick], times: usize, layers: usize| -> Vec<u64> {
            let voxels = |pick: &Pick| (pick.count * crosslines * samples * layers) as u64;
            let once = picks.iter().map(voxels);
            (0..times).flat_map(|_| once.clone()).collect()
        };
        let layers = self.inputs.attributes.len();
        self.stages = vec![
            Stage {
                name: "statistics",
                noun: "voxels",
                cost: 5e-9,
                units: work(&self.chunks, layers, 1),
            },
            Stage {
                name: "slabs",
                noun: "voxels",
                cost: self.cost(),
                units: work(&self.slabs, self.groups.len(), layers / self.groups.len()),
            },
        ];
    }

    /// Seconds that a voxel takes on one core, roughly.
    fn cost(&self) -> f64 {
        let height = self.slabs.first().map_or(1, |slab| slab.count.max(1));
        let effort = Effort::of_filter(height, &self.options, self.inputs.dips.is_some());
        effort.seconds(1, 1) / height as f64
    }

    /// Spread of each line of a chunk of one volume.
    fn spread(&self, unit: usize, task: &Task) -> Result<Vec<u8>, ModuleError> {
        let (_, volume) = &self.inputs.attributes[unit / self.chunks.len()];
        let chunk = self.chunks[unit % self.chunks.len()];
        let data = read_lines(volume.as_ref(), chunk, task)?;
        let lines: Vec<ArrayView2<f32>> = data.outer_iter().collect();
        let found = lines
            .into_par_iter()
            .map(|line| {
                task.check()?;
                task.advance(line.len() as u64);
                Ok(Spread::of_line(line))
            })
            .collect::<Result<Vec<_>, ModuleError>>()?;
        pack(&found)
    }

    /// Filters and writes a slab of the attributes of one group.
    fn slab(&self, unit: usize, reduced: &[Vec<u8>], task: &Task) -> Result<Vec<u8>, ModuleError> {
        let spreads: Vec<Spread> = unpack(reduced.first().map_or(&[], Vec::as_slice))?;
        let group = &self.groups[unit / self.slabs.len()];
        let slab = unit % self.slabs.len();
        let core = self.slabs[slab];
        let reach = kuwahara_halo(&self.options);
        let low = core.start.saturating_sub(reach);
        let lines = Pick::range(low, (core.end() + reach).min(self.grid_shape()[0]));
        let read = |volume: &Arc<dyn Volume>| read_lines(volume.as_ref(), lines, task);
        let data = group
            .iter()
            .map(|n| read(&self.inputs.attributes[*n].1))
            .collect::<Result<Vec<_>, _>>()?;
        let layers: Vec<Layer> = data
            .iter()
            .zip(group)
            .map(|(data, n)| Layer {
                data: data.view(),
                spread: spreads[*n],
            })
            .collect();
        let dips = match &self.inputs.dips {
            Some([inline, crossline]) => Some([read(inline)?, read(crossline)?]),
            None => None,
        };
        let dips = dips
            .as_ref()
            .map(|dips| dips.each_ref().map(|dip| dip.view()));
        let within = core.start - low..core.end() - low;
        let filtered = kuwahara(&layers, dips, within.clone(), &self.options, task)?;
        let from: usize = self.slabs[..slab].iter().map(|s| s.count).sum();
        let part = Block {
            inlines: Pick::range(from, from + core.count),
            crosslines: Pick::range(0, self.block.crosslines.count),
            samples: Pick::range(0, self.block.samples.count),
        };
        let live = |samples: &[f32]| samples.iter().filter(|v| !v.is_nan()).count() as u64;
        let mut tallies = Vec::new();
        for ((n, input), output) in group.iter().zip(&data).zip(&filtered) {
            let (crosslines, samples) = (self.block.crosslines, self.block.samples);
            let input = input.slice(ndarray::s![within.clone(), .., ..]);
            let before = live(&picked(&input, crosslines, samples));
            let found = picked(&output.view(), crosslines, samples);
            self.outputs[*n].write(&part, &found)?;
            tallies.push((
                *n,
                Tally {
                    before,
                    after: live(&found),
                },
            ));
        }
        pack(&tallies)
    }

    fn sentences(&self) -> Vec<String> {
        let mut sentences = Vec::new();
        let all = self.outputs.len();
        sentences.push(match (all, self.groups.len()) {
            (1, _) => "1 attribute filtered.".to_owned(),
            (_, 1) => format!("{all} attributes filtered together: edges are the same in all."),
            _ => format!("{all} attributes filtered, each with windows of its own."),
        });
        for (asked, used) in self.asked.half_sizes.iter().zip(&self.options.half_sizes) {
            if asked != used {
                let [a, b, c] = asked;
                let [d, e, f] = used;
                sentences.push(format!(
                    "The survey is thinner than windows of half-sizes {a},{b},{c}: {d},{e},{f} were used."
                ));
            }
        }
        sentences
    }
}

/// File name of a filtered volume, without extension. An input whose own name
/// ends with the project's has it once.
pub(super) fn file(name: &str, values: &Values) -> String {
    let project = values.text("name");
    let bare = name
        .strip_suffix(project)
        .map(|bare| bare.trim_end_matches('_'));
    match bare {
        Some("") => values.file_stem("kuwahara"),
        Some(bare) if !project.is_empty() => values.file_stem(&format!("kuwahara_{bare}")),
        _ => values.file_stem(&format!("kuwahara_{name}")),
    }
}

impl Job for Filter {
    fn stages(&self) -> &[Stage] {
        &self.stages
    }

    fn bytes(&self) -> Option<usize> {
        let height = self.slabs.iter().map(|slab| slab.count).max()?;
        Some(Filter::bytes(self, height))
    }

    fn unit(
        &self,
        stage: usize,
        unit: usize,
        reduced: &[Vec<u8>],
        task: &Task,
    ) -> Result<Vec<u8>, ModuleError> {
        if stage == STATISTICS {
            self.spread(unit, task)
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
            // Line by line, however many of them a unit held.
            let volumes = units.chunks(self.chunks.len().max(1));
            let spreads = volumes.map(|units| {
                let mut lines: Vec<Spread> = Vec::new();
                for unit in units {
                    lines.extend(unpack::<Vec<Spread>>(unit)?);
                }
                Ok(lines.into_iter().sum())
            });
            return pack(&spreads.collect::<Result<Vec<Spread>, ModuleError>>()?);
        }
        let mut total = vec![Tally::default(); self.outputs.len()];
        for unit in &units {
            for (n, tally) in unpack::<Vec<(usize, Tally)>>(unit)? {
                total[n].before += tally.before;
                total[n].after += tally.after;
            }
        }
        pack(&total)
    }

    fn volumes(&self) -> Vec<(usize, &OutputVolume)> {
        self.outputs.iter().map(|volume| (SLABS, volume)).collect()
    }

    fn finish(&self, reduced: &[Vec<u8>], _: &Task) -> Result<Outcome, ModuleError> {
        let tallies: Vec<Tally> = unpack(reduced.get(1).map_or(&[], Vec::as_slice))?;
        let all = self.block.len() as u64;
        let columns = ["attribute", "live", "null in the input", "filled"];
        let mut table = Table::new("filtered", &columns);
        let (mut volumes, mut files) = (AttributeVolumes::default(), Vec::new());
        let outputs = self.inputs.attributes.iter().zip(&self.outputs);
        for (((name, _), output), tally) in outputs.zip(tallies) {
            output.finish()?;
            let name = format!("kuwahara_{name}");
            table.push(vec![
                Cell::Text(name.clone()),
                Cell::Whole(tally.after as i64),
                Cell::Whole((all - tally.before) as i64),
                Cell::Whole((tally.after - tally.before) as i64),
            ]);
            volumes.outputs.push(AttributeVolume {
                attribute: name.clone(),
                path: output.file_name(),
                nulls: all - tally.after,
                live: tally.after,
            });
            files.push(OutputFile {
                name,
                path: output.file_name(),
                role: OutputRole::Attribute,
            });
        }
        Ok(Outcome {
            result: ModuleResult::Filtered(volumes),
            tables: vec![table],
            outputs: files,
            sentences: self.sentences(),
        })
    }
}
