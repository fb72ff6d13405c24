//! The session as plain data, always in one order, and what can be asked of it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Guide;
use crate::io::OpenOptions;
use crate::model::{FACIES_INKS, Facies, Polygon, Recipe, SliceKey, candidate_name};

/// Version of the session format that this program writes, and the newest it reads.
pub(super) const VERSION: u32 = 1;

/// What the interpreter has picked and named.
///
/// The lists are kept in one order whatever the order of edits: volumes by role
/// and name, polygons by facies, slice and id, adopted runs by number. So two
/// sessions of equal content are equal files. Facies and candidates have an
/// order of their own: a facies' code is its place from 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    pub(super) version: u32,
    /// Unique project name: it stands in the name of every output.
    pub project: String,
    /// Step of the picking grid.
    #[serde(default)]
    pub picking_step: PickingStep,
    /// What is told apart, in order of code.
    #[serde(default)]
    pub facies: Vec<Facies>,
    /// Volumes that can be looked at or computed with.
    #[serde(default)]
    pub volumes: Vec<VolumeEntry>,
    /// Names of the volumes chosen for selection and classification, in order;
    /// none stands for all attributes.
    #[serde(default)]
    pub candidates: Vec<String>,
    /// Polygons around facies.
    #[serde(default)]
    pub polygons: Vec<Arc<Polygon>>,
    /// Horizons and wells to pick by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guides: Vec<Guide>,
    /// Finished runs whose volumes were taken in.
    #[serde(default)]
    pub adopted: Vec<AdoptedRun>,
}

/// What a volume is to the interpreter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum VolumeRole {
    /// Seismic amplitude: what polygons are drawn on first.
    Amplitude,
    /// An attribute: may become a candidate.
    Attribute,
    /// Class codes from 1.
    Classes,
    /// Another quantity: a probability, a confidence.
    Quantity,
}

/// A volume that the session knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VolumeEntry {
    /// Its name: of the attribute, in tables and in training files.
    pub name: String,
    /// Where it lies; relative to the session's folder when below it.
    pub path: PathBuf,
    /// What it is.
    pub role: VolumeRole,
    /// How to open it, where its headers are unusual.
    #[serde(default, skip_serializing_if = "usual")]
    pub open: OpenOptions,
    /// What made it, where a run did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_by: Option<MadeBy>,
    /// Class of each code from 1, in a volume of classes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<String>,
}

/// What made a volume.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MadeBy {
    /// Number of the run below the session's runs folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<u32>,
    /// The recipe in the volume's history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipe: Option<Recipe>,
}

/// Step of the coarse grid of slices that is picked on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PickingStep {
    /// In inlines and crosslines (survey lines, not numbers).
    pub lines: u32,
    /// In ms, or in the unit of depth.
    pub time: f64,
}

impl Default for PickingStep {
    fn default() -> Self {
        Self {
            lines: 10,
            time: 100.0,
        }
    }
}

/// A finished run whose volumes were taken into the session.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdoptedRun {
    /// Its number.
    pub run: u32,
    /// Hash of its request: numbers are taken anew when a runs folder is cleared.
    pub request: String,
}

fn usual(open: &OpenOptions) -> bool {
    *open == OpenOptions::default()
}

impl VolumeEntry {
    /// A volume with the usual headers.
    pub fn new(name: impl Into<String>, path: impl Into<PathBuf>, role: VolumeRole) -> Self {
        Self {
            name: name.into(),
            path: path.into(),
            role,
            open: OpenOptions::default(),
            made_by: None,
            classes: Vec::new(),
        }
    }
}

impl Session {
    /// A session without volumes, facies or polygons.
    pub fn new(project: impl Into<String>) -> Self {
        Self {
            version: VERSION,
            project: project.into(),
            picking_step: PickingStep::default(),
            facies: Vec::new(),
            volumes: Vec::new(),
            candidates: Vec::new(),
            polygons: Vec::new(),
            guides: Vec::new(),
            adopted: Vec::new(),
        }
    }

    /// A session about one volume of amplitude, with the project named after it.
    pub fn for_volume(volume: &Path, open: OpenOptions) -> Self {
        let stem = volume.file_stem().unwrap_or_default().to_string_lossy();
        let project: String = candidate_name(&stem).chars().take(48).collect();
        let mut entry = VolumeEntry::new("amplitude", volume, VolumeRole::Amplitude);
        entry.open = open;
        Self {
            volumes: vec![entry],
            ..Self::new(project)
        }
    }

    /// Puts the lists into their one order.
    pub(super) fn sort(&mut self) {
        self.volumes.sort_by(volume_order);
        self.polygons.sort_by(|a, b| polygon_order(a, b));
        self.guides.sort_by(|a, b| a.name.cmp(&b.name));
        self.adopted.sort();
    }

    /// A facies by name.
    pub fn facies(&self, name: &str) -> Option<&Facies> {
        self.facies.iter().find(|f| f.name == name)
    }

    /// The code of a facies in class volumes: its place, from 1.
    ///
    /// ```
    /// # use outcrop::{model::Facies, session::Session};
    /// let mut session = Session::new("demo");
    /// session.facies = vec![Facies::new("salt", 1), Facies::new("mtd", 2)];
    /// assert_eq!(session.code("mtd"), Some(2));
    /// ```
    pub fn code(&self, name: &str) -> Option<i32> {
        let place = self.facies.iter().position(|f| f.name == name)?;
        i32::try_from(place + 1).ok()
    }

    /// The first ink that no facies has yet; wraps around when all are taken.
    pub fn free_colour(&self) -> u8 {
        let inks = FACIES_INKS.len() as u8;
        (1..=inks)
            .find(|&colour| self.facies.iter().all(|f| f.colour != colour))
            .unwrap_or((self.facies.len() % FACIES_INKS.len()) as u8 + 1)
    }

    /// A polygon by id.
    pub fn polygon(&self, id: &str) -> Option<&Polygon> {
        let polygon = self.polygons.iter().find(|p| p.id == id)?;
        Some(polygon)
    }

    /// Polygons of a facies, by slice.
    pub fn polygons_of<'a>(&'a self, facies: &'a str) -> impl Iterator<Item = &'a Polygon> {
        let polygons = self.polygons.iter().map(AsRef::as_ref);
        polygons.filter(move |p: &&Polygon| p.facies == facies)
    }

    /// Polygons on a slice.
    pub fn polygons_on(&self, slice: SliceKey) -> impl Iterator<Item = &Polygon> {
        let polygons = self.polygons.iter().map(AsRef::as_ref);
        polygons.filter(move |p: &&Polygon| p.slice == slice)
    }

    /// A volume by name.
    pub fn volume(&self, name: &str) -> Option<&VolumeEntry> {
        self.volumes.iter().find(|v| v.name == name)
    }

    /// The volumes that selection and classification look at: those chosen, in
    /// their order; all attributes, by name, where none was chosen.
    pub fn candidates(&self) -> Vec<&VolumeEntry> {
        if self.candidates.is_empty() {
            let attribute = |v: &&VolumeEntry| v.role == VolumeRole::Attribute;
            return self.volumes.iter().filter(attribute).collect();
        }
        (self.candidates.iter())
            .filter_map(|name| self.volume(name))
            .collect()
    }

    /// The amplitude volume: the first by name where there are several.
    pub fn amplitude(&self) -> Option<&VolumeEntry> {
        self.volumes
            .iter()
            .find(|v| v.role == VolumeRole::Amplitude)
    }

    /// True where a run was adopted.
    pub fn has_adopted(&self, run: u32, request: &str) -> bool {
        self.adopted
            .iter()
            .any(|a| a.run == run && a.request == request)
    }
}

pub(super) fn volume_order(a: &VolumeEntry, b: &VolumeEntry) -> std::cmp::Ordering {
    (a.role.cmp(&b.role)).then_with(|| a.name.cmp(&b.name))
}

pub(super) fn polygon_order(a: &Polygon, b: &Polygon) -> std::cmp::Ordering {
    (a.facies.cmp(&b.facies))
        .then_with(|| a.slice.cmp(&b.slice))
        .then_with(|| a.id.cmp(&b.id))
}
