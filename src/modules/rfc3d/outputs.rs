//! The volumes of a run: planned, written slab by slab, counted on the way.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use ndarray::{Array3, s};
use serde::{Deserialize, Serialize};

use super::job::{MAJORITY, PREDICT};
use super::majority::majority;
use super::settings::{Product, Settings};
use crate::io::{self, OpenOptions, SampleKind, Volume};
use crate::ml::forest::Forest;
use crate::model::{Block, Pick, candidate_name};
use crate::modules::slabs::{Slab, slabs};
use crate::modules::{ModuleError, OutputFile, OutputRole, OutputVolume, Place, Values, kept};
use crate::task::Task;

/// What a volume beside the classification holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    /// Of a class, by its place.
    Probability(usize),
    /// `-sum p ln p / ln C`: 0 where the forest is sure, 1 where all classes are
    /// equally probable.
    Entropy,
    /// Highest probability less the second highest.
    Margin,
    /// 1 where all attributes lie within those of the training voxels, 2 elsewhere.
    Outside,
    /// The classes after the majority filter.
    Majority,
}

/// The volumes to write, and the slabs in which they are written.
pub(super) struct Outputs {
    inputs: Vec<Arc<dyn Volume>>,
    block: Block,
    classification: OutputVolume,
    others: Vec<(Content, String, OutputVolume)>,
    /// Half of the majority filter's box; 0 for none.
    half: usize,
    classes: Vec<String>,
    /// What stands for each class in the classification.
    pub codes: Vec<i32>,
    pub slabs: Vec<Slab>,
    /// The classification, once it is whole.
    written: OnceLock<Arc<dyn Volume>>,
}

/// What was counted in a slab, or in all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Tally {
    /// Voxels of each class; nulls first.
    pub voxels: Vec<u64>,
    /// Sum of the probability of each class over its voxels, in millionths: whole
    /// numbers add up to the same in any order.
    pub probability: Vec<u64>,
    /// Voxels beyond the training values.
    pub outside: u64,
}

impl Outputs {
    /// Plans the outputs over a block of the volumes' grid, in slabs of at most
    /// `slab` voxels that fit the memory allowed. Writes nothing.
    pub(super) fn plan(
        inputs: &[Arc<dyn Volume>],
        (classes, codes): (Vec<String>, Vec<i32>),
        settings: &Settings,
        values: &Values,
        (block, slab): (Block, usize),
        place: &Place,
    ) -> Result<Self, ModuleError> {
        let plan = |stem: &str, kind| {
            let (file, force) = (values.file_stem(stem), values.flag("force"));
            OutputVolume::plan(&file, &inputs[0], block, kind, place, force)
        };
        let mut others = Vec::new();
        for (content, name) in contents(&classes, settings) {
            let kind = match content {
                Content::Outside | Content::Majority => SampleKind::Classes,
                _ => SampleKind::Continuous,
            };
            let volume = plan(&name, kind)?;
            others.push((content, name, volume));
        }
        let mut names: Vec<PathBuf> = others.iter().map(|(.., v)| v.file_name()).collect();
        names.sort_unstable();
        if names.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(ModuleError::Input(
                "two facies have names that give one file name; rename one of them".into(),
            ));
        }
        let voxel_bytes = 4 * (inputs.len() + 3 + classes.len());
        let fitting = values.memory_bytes() / 2 / voxel_bytes;
        let wanted = (block.len() / 1024).max(1 << 20);
        Ok(Self {
            inputs: inputs.to_vec(),
            block,
            classification: plan("rfc3d_classification", SampleKind::Classes)?,
            others,
            half: settings.majority,
            classes,
            codes: volume_codes(&codes),
            slabs: slabs(&block, wanted.min(fitting).min(slab)),
            written: OnceLock::new(),
        })
    }

    /// Reads, classifies, writes and counts a slab.
    pub(super) fn write(
        &self,
        unit: usize,
        forest: &Forest,
        task: &Task,
    ) -> Result<Tally, ModuleError> {
        let slab = &self.slabs[unit];
        let voxels = slab.input.len();
        let read = |volume: &Arc<dyn Volume>| {
            task.check()?;
            let mut column = vec![0.0; voxels];
            volume.read(&slab.input, &mut column)?;
            Ok(column)
        };
        let columns = self.inputs.iter().map(read);
        let columns: Vec<Vec<f32>> = columns.collect::<Result<_, ModuleError>>()?;
        let columns: Vec<&[f32]> = columns.iter().map(Vec::as_slice).collect();
        let mut place = vec![0; voxels];
        let mut fractions = vec![0.0; self.classes.len() * voxels];
        forest.predict(&columns, &mut place, Some(&mut fractions), task)?;
        let mut outside = vec![false; voxels];
        forest.outside(&columns, &mut outside);

        let mut codes = vec![0.0];
        codes.extend(self.codes.iter().map(|&code| code as f32));
        let class: Vec<f32> = place.iter().map(|&p| codes[usize::from(p)]).collect();
        self.classification.write(&slab.output, &class)?;
        let of_voxels = |f: &dyn Fn(&[f32]) -> f32| -> Vec<f32> {
            fractions.chunks_exact(self.classes.len()).map(f).collect()
        };
        for (content, _, volume) in &self.others {
            task.check()?;
            let data = match *content {
                Content::Probability(c) => of_voxels(&|p| p[c]),
                Content::Entropy => of_voxels(&entropy),
                Content::Margin => of_voxels(&margin),
                Content::Outside => {
                    let code = |(&place, &outside)| match (place, outside) {
                        (0, _) => 0.0,
                        (_, false) => 1.0,
                        (_, true) => 2.0,
                    };
                    place.iter().zip(&outside).map(code).collect()
                }
                Content::Majority => continue,
            };
            volume.write(&slab.output, &data)?;
        }
        Ok(Tally::of(&place, &fractions, &outside, self.classes.len()))
    }

    /// Makes the classification whole, where a filter is going to read it.
    pub(super) fn classified(&self) -> Result<(), ModuleError> {
        if self.half > 0 {
            self.classification.finish()?;
        }
        Ok(())
    }

    /// Work of each unit of the majority filter.
    pub(super) fn filtered(&self) -> Vec<u64> {
        let slabs = self.slabs.iter().filter(|_| self.half > 0);
        slabs.map(|slab| slab.output.len() as u64).collect()
    }

    /// Filters a slab of the classification, with what it needs around it.
    pub(super) fn filter(&self, unit: usize, task: &Task) -> Result<(), ModuleError> {
        let Some((.., volume)) = self.others.iter().find(|(c, ..)| *c == Content::Majority) else {
            return Ok(());
        };
        let source = kept(&self.written, || {
            let path = self.classification.path();
            Ok(io::open(path, &OpenOptions::default())?)
        })?;
        let inner = self.slabs[unit].output;
        let shape = self.block.shape();
        let around = |pick: Pick, whole: usize| {
            let first = pick.start.saturating_sub(self.half);
            Pick::range(first, (pick.start + pick.count + self.half).min(whole))
        };
        let outer = Block {
            inlines: around(inner.inlines, shape[0]),
            crosslines: around(inner.crosslines, shape[1]),
            samples: inner.samples,
        };
        let mut data = vec![0.0; outer.len()];
        source.read(&outer, &mut data)?;
        task.check()?;
        let codes = data.into_iter().map(|x| if x > 0.0 { x as u8 } else { 0 });
        let codes = Array3::from_shape_vec(outer.shape(), codes.collect())
            .map_err(|e| ModuleError::Input(e.to_string()))?;
        let filtered = majority(&codes, self.half);
        let skip = [
            inner.inlines.start - outer.inlines.start,
            inner.crosslines.start - outer.crosslines.start,
        ];
        let part = filtered.slice(s![
            skip[0]..skip[0] + inner.inlines.count,
            skip[1]..skip[1] + inner.crosslines.count,
            ..
        ]);
        let data: Vec<f32> = part.iter().map(|&code| f32::from(code)).collect();
        volume.write(&inner, &data)?;
        task.advance(inner.len() as u64);
        Ok(())
    }

    /// The volumes, each with the stage that writes it.
    pub(super) fn volumes(&self) -> impl Iterator<Item = (usize, &OutputVolume)> {
        let others = self.others.iter().map(|(content, _, volume)| {
            let stage = match content {
                Content::Majority => MAJORITY,
                _ => PREDICT,
            };
            (stage, volume)
        });
        others.chain([(PREDICT, &self.classification)])
    }

    /// Gives the volumes their names, and lists them for the session.
    pub(super) fn finish(&self) -> Result<Vec<OutputFile>, ModuleError> {
        let highest = self.codes.iter().copied().max().unwrap_or(0);
        let mut legend = vec![String::new(); highest.max(0) as usize];
        for (class, &code) in self.classes.iter().zip(&self.codes) {
            legend[code as usize - 1].clone_from(class);
        }
        self.classification.finish()?;
        let mut files = vec![OutputFile {
            name: "rfc3d_classification".into(),
            path: self.classification.file_name(),
            role: OutputRole::Classes(legend.clone()),
        }];
        for (content, name, volume) in &self.others {
            volume.finish()?;
            files.push(OutputFile {
                name: name.clone(),
                path: volume.file_name(),
                role: match content {
                    Content::Majority => OutputRole::Classes(legend.clone()),
                    Content::Outside => {
                        OutputRole::Classes(["inside", "outside"].map(str::to_owned).to_vec())
                    }
                    _ => OutputRole::Quantity,
                },
            });
        }
        Ok(files)
    }
}

/// What is to be written beside the classification, with the name that a session
/// knows it by.
fn contents(classes: &[String], settings: &Settings) -> Vec<(Content, String)> {
    let mut list = Vec::new();
    if settings.writes(Product::Probability) {
        for (c, class) in classes.iter().enumerate() {
            let name = format!("rfc3d_probability_{}", candidate_name(class));
            list.push((Content::Probability(c), name));
        }
    }
    for (product, content, name) in [
        (Product::Entropy, Content::Entropy, "rfc3d_entropy"),
        (Product::Margin, Content::Margin, "rfc3d_margin"),
        (Product::Outside, Content::Outside, "rfc3d_outside"),
    ] {
        if settings.writes(product) {
            list.push((content, name.to_owned()));
        }
    }
    if settings.majority > 0 {
        list.push((Content::Majority, "rfc3d_majority".to_owned()));
    }
    list
}

/// Codes that a class volume can hold beside its null 0: those given, or 1, 2,
/// ... where one of them does not fit into a signed byte above 0.
fn volume_codes(codes: &[i32]) -> Vec<i32> {
    if codes.iter().all(|code| (1..=127).contains(code)) {
        codes.to_vec()
    } else {
        (1..=codes.len() as i32).collect()
    }
}

/// Entropy of class probabilities over that of equal ones; NaN for a null.
fn entropy(probability: &[f32]) -> f32 {
    if probability.first().is_none_or(|p| p.is_nan()) {
        return f32::NAN;
    }
    let of = |&p: &f32| if p > 0.0 { -p * p.ln() } else { 0.0 };
    probability.iter().map(of).sum::<f32>() / (probability.len() as f32).ln()
}

/// By how much the most probable class leads; NaN for a null.
fn margin(probability: &[f32]) -> f32 {
    let (mut first, mut second) = (0.0_f32, 0.0_f32);
    for &p in probability {
        if p > first {
            (first, second) = (p, first);
        } else {
            second = second.max(p);
        }
    }
    let null = probability.first().is_none_or(|p| p.is_nan());
    if null { f32::NAN } else { first - second }
}

impl Tally {
    fn of(place: &[u16], fractions: &[f32], outside: &[bool], classes: usize) -> Self {
        let mut tally = Self {
            voxels: vec![0; classes + 1],
            probability: vec![0; classes + 1],
            outside: outside.iter().map(|&o| u64::from(o)).sum(),
        };
        for (&place, row) in place.iter().zip(fractions.chunks_exact(classes)) {
            let place = usize::from(place);
            tally.voxels[place] += 1;
            if place > 0 {
                let millionths = (f64::from(row[place - 1]) * 1e6).round() as u64;
                tally.probability[place] += millionths;
            }
        }
        tally
    }

    /// Adds another slab.
    pub(super) fn add(&mut self, other: &Tally) {
        let sum = |to: &mut Vec<u64>, from: &[u64]| {
            to.resize(to.len().max(from.len()), 0);
            to.iter_mut().zip(from).for_each(|(a, b)| *a += b);
        };
        sum(&mut self.voxels, &other.voxels);
        sum(&mut self.probability, &other.probability);
        self.outside += other.outside;
    }

    /// Voxels that are not null.
    pub(super) fn live(&self) -> u64 {
        self.voxels.iter().skip(1).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubt_lies_between_0_and_1() {
        assert_eq!(entropy(&[1.0, 0.0, 0.0]), 0.0);
        assert!((entropy(&[0.25; 4]) - 1.0).abs() < 1e-6);
        assert!((entropy(&[0.5, 0.5, 0.0]) - (2.0_f32.ln() / 3.0_f32.ln())).abs() < 1e-6);
        assert_eq!(margin(&[0.25, 0.75, 0.0]), 0.5);
        assert_eq!(margin(&[0.5, 0.5]), 0.0);
        assert!(entropy(&[f32::NAN; 2]).is_nan() && margin(&[f32::NAN; 2]).is_nan());
    }

    #[test]
    fn codes_that_do_not_fit_a_byte_are_counted_anew() {
        assert_eq!(volume_codes(&[3, 127]), [3, 127]);
        assert_eq!(volume_codes(&[0, 5]), [1, 2]);
        assert_eq!(volume_codes(&[7, 128]), [1, 2]);
    }
}
