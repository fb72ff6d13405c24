//! The volumes of a run: planned, written slab by slab, counted on the way.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::settings::{Product, Settings};
use crate::io::{SampleKind, Volume};
use crate::ml::gtm::{FaciesMap, Mapped};
use crate::model::{Block, candidate_name};
use crate::modules::slabs::{Slab, slabs};
use crate::modules::{ModuleError, OutputFile, OutputRole, OutputVolume, Place, Values};
use crate::task::Task;

/// What a volume holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Of a facies, by its place.
    Likelihood(usize),
    /// Of a facies, by its place.
    Probability(usize),
    Class,
    Confidence,
    Ambiguity,
    /// First or second coordinate, 0 or 1.
    Latent(usize),
    /// Number of the node nearest to the mean place, from 1.
    Node,
    Entropy,
    Outside,
    Difference,
}

/// The volumes to write, and the slabs in which they are written.
pub(super) struct Outputs {
    inputs: Vec<Arc<dyn Volume>>,
    /// Classes to compare with.
    other: Option<Arc<dyn Volume>>,
    files: Vec<(Content, String, OutputVolume)>,
    pub slabs: Vec<Slab>,
}

/// What was counted in a slab, or in all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Tally {
    /// Voxels of each class; those without a class first, nulls not counted.
    pub classes: Vec<u64>,
    /// Traces in which each class occurs.
    pub traces: Vec<u64>,
    /// Sum of the confidence of each class, in millionths: whole numbers add up to
    /// the same in any order.
    pub confidence: Vec<u64>,
    /// Voxels nearest to each node, by their mean place.
    pub nodes: Vec<u64>,
    pub outside: u64,
    pub nulls: u64,
    /// Voxels by our code and the other classification's.
    pub agreement: BTreeMap<(u8, u8), u64>,
}

impl Outputs {
    /// Plans the volumes over a block, in slabs of at most `slab` voxels that fit
    /// the memory allowed. Writes nothing. Without `facies` there are clusters,
    /// whose number is not known yet.
    #[allow(clippy::too_many_arguments)] // all of a run's plan, once
    pub(super) fn plan(
        inputs: Vec<Arc<dyn Volume>>,
        other: Option<Arc<dyn Volume>>,
        facies: &[String],
        settings: &Settings,
        values: &Values,
        block: Block,
        slab: usize,
        place: &Place,
    ) -> Result<Self, ModuleError> {
        let mut files = Vec::new();
        for (content, name) in contents(facies, settings, other.is_some()) {
            let kind = match content {
                Content::Class | Content::Outside | Content::Difference => SampleKind::Classes,
                _ => SampleKind::Continuous,
            };
            let (file, force) = (values.file_stem(&name), values.flag("force"));
            let volume = OutputVolume::plan(&file, &inputs[0], block, kind, place, force)?;
            files.push((content, name, volume));
        }
        let mut names: Vec<PathBuf> = files.iter().map(|(.., v)| v.file_name()).collect();
        names.sort_unstable();
        if names.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(ModuleError::Input(
                "two facies have names that give one file name; rename one of them".into(),
            ));
        }
        let voxel = 4 * (inputs.len() + 16 + 4 * facies.len());
        let fitting = values.memory_bytes() / 2 / voxel;
        let wanted = (block.len() / 1024).max(1 << 20);
        Ok(Self {
            inputs,
            other,
            files,
            slabs: slabs(&block, wanted.min(fitting).min(slab)),
        })
    }

    /// Reads, maps, writes and counts a slab.
    pub(super) fn write(
        &self,
        unit: usize,
        map: &FaciesMap,
        side: usize,
        least: f32,
        task: &Task,
    ) -> Result<Tally, ModuleError> {
        let slab = &self.slabs[unit];
        let read = |volume: &Arc<dyn Volume>| {
            task.check()?;
            let mut data = vec![0.0; slab.input.len()];
            volume.read(&slab.input, &mut data)?;
            Ok(data)
        };
        let columns = self.inputs.iter().map(read);
        let columns: Vec<Vec<f32>> = columns.collect::<Result<_, ModuleError>>()?;
        let other = self.other.as_ref().map(read).transpose()?;
        let columns: Vec<&[f32]> = columns.iter().map(Vec::as_slice).collect();
        let mapped = map.map(&columns);
        task.check()?;
        let codes = other.map(|other| other.into_iter().map(code).collect::<Vec<u8>>());
        for (content, _, volume) in &self.files {
            task.check()?;
            let data = values(*content, &mapped, least, codes.as_deref());
            volume.write(&slab.output, &data)?;
        }
        task.advance(slab.input.len() as u64);
        let samples = slab.input.samples.count;
        let classes = map.names.len();
        Ok(Tally::of(
            &mapped,
            classes,
            samples,
            side,
            least,
            codes.as_deref(),
        ))
    }

    /// Gives the volumes their names, and lists them for the session. `classes`
    /// are the facies, or the clusters found.
    pub(super) fn finish(&self, classes: &[String]) -> Result<Vec<OutputFile>, ModuleError> {
        let words = |words: [&str; 2]| OutputRole::Classes(words.map(str::to_owned).to_vec());
        let mut files = Vec::new();
        for (content, name, volume) in &self.files {
            volume.finish()?;
            files.push(OutputFile {
                name: name.clone(),
                path: volume.file_name(),
                role: match content {
                    Content::Class => OutputRole::Classes(classes.to_vec()),
                    Content::Outside => words(["inside", "outside"]),
                    Content::Difference => words(["same", "different"]),
                    _ => OutputRole::Quantity,
                },
            });
        }
        Ok(files)
    }

    /// The volumes.
    pub(super) fn volumes(&self) -> impl Iterator<Item = &OutputVolume> {
        self.files.iter().map(|(.., volume)| volume)
    }

    /// The file of a content, where it is written.
    pub(super) fn file(&self, content: Content) -> Option<PathBuf> {
        let found = self.files.iter().find(|(c, ..)| *c == content);
        found.map(|(.., volume)| volume.file_name())
    }
}

/// What is to be written, with the name that a session knows it by.
fn contents(facies: &[String], settings: &Settings, difference: bool) -> Vec<(Content, String)> {
    let mut list = Vec::new();
    let mut push = |product, content, name: String| {
        if settings.writes(product) {
            list.push((content, name));
        }
    };
    let each = || facies.iter().map(|name| candidate_name(name)).enumerate();
    for (m, name) in each() {
        let name = format!("gtm_probability_{name}");
        push(Product::Probability, Content::Probability(m), name);
    }
    for (m, name) in each() {
        let name = format!("gtm_likelihood_{name}");
        push(Product::Likelihood, Content::Likelihood(m), name);
    }
    for (product, content, name) in [
        (Product::Class, Content::Class, "gtm_class"),
        (Product::Confidence, Content::Confidence, "gtm_confidence"),
        (Product::Ambiguity, Content::Ambiguity, "gtm_ambiguity"),
        (Product::Latent, Content::Latent(0), "gtm_latent_1"),
        (Product::Latent, Content::Latent(1), "gtm_latent_2"),
        (Product::Node, Content::Node, "gtm_node"),
        (Product::Entropy, Content::Entropy, "gtm_entropy"),
        (Product::Outside, Content::Outside, "gtm_outside"),
    ] {
        push(product, content, name.to_owned());
    }
    if difference {
        list.push((Content::Difference, "gtm_difference".to_owned()));
    }
    list
}

/// A class code of another volume; 0 for none.
fn code(value: f32) -> u8 {
    if (1.0..=255.0).contains(&value) {
        value.round() as u8
    } else {
        0
    }
}

/// The values of a volume.
fn values(content: Content, mapped: &Mapped, least: f32, other: Option<&[u8]>) -> Vec<f32> {
    let places = &mapped.places;
    match content {
        Content::Likelihood(m) => mapped.likelihood[m].clone(),
        Content::Probability(m) => mapped.probability[m].clone(),
        Content::Class => mapped.class.iter().map(|&c| f32::from(c)).collect(),
        Content::Confidence => mapped.confidence.clone(),
        Content::Ambiguity => mapped.ambiguity.clone(),
        Content::Latent(axis) => places.latent[axis].clone(),
        Content::Node => {
            let number = |&node: &u16| match node {
                u16::MAX => f32::NAN,
                node => f32::from(node) + 1.0,
            };
            places.node.iter().map(number).collect()
        }
        Content::Entropy => places.entropy.clone(),
        Content::Outside => {
            let code = |&l: &f32| match l {
                l if l.is_nan() => 0.0,
                l if l < least => 2.0,
                _ => 1.0,
            };
            places.log_likelihood.iter().map(code).collect()
        }
        Content::Difference => {
            let both = mapped.class.iter().zip(other.unwrap_or_default());
            let code = |(&ours, &theirs): (&u8, &u8)| match (ours, theirs) {
                (0, _) | (_, 0) => 0.0,
                (a, b) if a == b => 1.0,
                _ => 2.0,
            };
            both.map(code).collect()
        }
    }
}

impl Tally {
    fn of(
        mapped: &Mapped,
        classes: usize,
        samples: usize,
        side: usize,
        least: f32,
        other: Option<&[u8]>,
    ) -> Self {
        let mut tally = Self {
            classes: vec![0; classes + 1],
            traces: vec![0; classes + 1],
            confidence: vec![0; classes + 1],
            nodes: vec![0; side * side],
            ..Self::default()
        };
        let mut last = vec![usize::MAX; classes + 1];
        for (v, &class) in mapped.class.iter().enumerate() {
            let confidence = mapped.confidence[v];
            if confidence.is_nan() {
                tally.nulls += 1;
                continue;
            }
            let class = usize::from(class);
            tally.classes[class] += 1;
            tally.confidence[class] += (f64::from(confidence) * 1e6).round() as u64;
            if last[class] != v / samples {
                last[class] = v / samples;
                tally.traces[class] += 1;
            }
            let places = &mapped.places;
            tally.nodes[usize::from(places.node[v])] += 1;
            tally.outside += u64::from(places.log_likelihood[v] < least);
            if let Some(other) = other {
                *tally.agreement.entry((class as u8, other[v])).or_default() += 1;
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
        sum(&mut self.classes, &other.classes);
        sum(&mut self.traces, &other.traces);
        sum(&mut self.confidence, &other.confidence);
        sum(&mut self.nodes, &other.nodes);
        self.outside += other.outside;
        self.nulls += other.nulls;
        for (pair, count) in &other.agreement {
            *self.agreement.entry(*pair).or_default() += count;
        }
    }

    /// Voxels that are not null.
    pub(super) fn live(&self) -> u64 {
        self.classes.iter().sum()
    }
}
