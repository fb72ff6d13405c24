//! How far apart the facies are in the chosen attributes, while polygons change.
//!
//! A thread of its own answers the newest question. What a polygon holds is kept
//! from question to question, and slices of attributes are kept in memory: after
//! a vertex moved only its own polygon is looked at again.
//!
//! These are estimates for the eye: one Gaussian a facies, voxels counted polygon
//! by polygon, levels of a bricked copy where there is one. `attribute_selection`
//! fits mixtures to the true values.

mod measure;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::desk::Desk;
use super::gather::Gathered;
use super::{SliceEngine, VolumeId};
use crate::ml::selection::attributes_of;
use crate::model::{Grid, Polygon};

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// The grid that voxels are counted on.
    pub grid: Grid,
    /// Names of the facies, in order of code.
    pub facies: Vec<String>,
    /// The polygons.
    pub polygons: Vec<Arc<Polygon>>,
    /// The chosen attributes: name and volume.
    pub attributes: Vec<(String, VolumeId)>,
    /// Names of the two attributes of the scatter; the two best where absent.
    pub axes: Option<(String, String)>,
    /// Id of the polygon that is looked at closely.
    pub active: Option<String>,
}

/// The answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Separability {
    /// The facies, in order of code.
    pub facies: Vec<FaciesVoxels>,
    /// Names of the attributes.
    pub attributes: Vec<String>,
    /// Bhattacharyya distances in all attributes together, `[facies][facies]`;
    /// nothing where a facies has too few voxels.
    pub distances: Vec<Vec<Option<f64>>>,
    /// The attribute that alone tells the facies apart best, and its mean
    /// distance over the pairs.
    pub best: Option<(usize, f64)>,
    /// All combinations of the attributes, fewer first, the best of a size first;
    /// none with fewer than two facies, or with more than [`MOST_SEARCHED`]
    /// attributes.
    pub combinations: Vec<Scored>,
    /// Two attributes against each other.
    pub scatter: Option<Scatter>,
    /// Id of the polygon that was looked at closely.
    pub active: Option<String>,
    /// What is odd about the active polygon.
    pub findings: Vec<Finding>,
    /// Voxels of the active polygon that lie far from their facies: points of
    /// its slice's plane.
    pub outliers: Vec<(f64, f64)>,
}

/// Attributes of which all combinations are compared: 16 383 take some 20 ms.
pub const MOST_SEARCHED: usize = 14;

/// How far apart the facies are in some of the attributes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    /// Bit i is attribute i.
    pub mask: u32,
    /// Mean Bhattacharyya distance over the pairs of facies.
    pub score: f64,
}

impl Scored {
    /// Places of the attributes, ascending.
    pub fn attributes(&self) -> Vec<usize> {
        attributes_of(self.mask)
    }

    /// How many attributes.
    pub fn size(&self) -> usize {
        self.mask.count_ones() as usize
    }
}

impl Separability {
    /// The best combination of each size.
    pub fn sizes(&self) -> impl Iterator<Item = &Scored> {
        let groups = self.combinations.chunk_by(|a, b| a.size() == b.size());
        groups.filter_map(<[Scored]>::first)
    }
}

/// A facies, as far as it was counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FaciesVoxels {
    /// Its name.
    pub name: String,
    /// How many polygons it has.
    pub polygons: usize,
    /// How many voxels these hold.
    pub voxels: usize,
}

/// Two attributes against each other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scatter {
    /// Places of the attributes: to the right, upwards.
    pub axes: (usize, usize),
    /// Some voxels of each facies.
    pub points: Vec<Vec<(f32, f32)>>,
    /// The ellipse of two standard deviations of each facies, as a closed line.
    pub ellipses: Vec<Vec<(f64, f64)>>,
}

/// Something odd about the active polygon.
#[derive(Clone, Debug, PartialEq)]
pub enum Finding {
    /// Fewer than ten voxels of its facies for each attribute.
    FewVoxels {
        /// The facies.
        facies: String,
        /// Its voxels.
        voxels: usize,
        /// The number of attributes.
        attributes: usize,
    },
    /// An attribute that has one value everywhere inside.
    Constant(String),
    /// An attribute that is null everywhere inside.
    Absent(String),
    /// So many voxels lie far from the others of the facies.
    Outliers(usize),
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Finding::FewVoxels {
                facies,
                voxels,
                attributes,
            } => write!(
                f,
                "{facies}: {voxels} voxels are few for {attributes} attributes; {} would do",
                measure::ENOUGH * attributes
            ),
            Finding::Constant(name) => write!(f, "{name} is constant inside"),
            Finding::Absent(name) => write!(f, "{name} is null inside"),
            Finding::Outliers(n) => write!(f, "{n} outliers, marked ·"),
        }
    }
}

/// Answers questions on a thread of its own; the newest wins.
pub struct Separator {
    desk: Desk<Box<Question>>,
}

impl Separator {
    /// Starts the thread. It reads through the volumes of the engine; `deliver`
    /// is called on it and must not block.
    pub fn start(
        engine: &SliceEngine,
        deliver: impl Fn(Separability) + Send + 'static,
    ) -> std::io::Result<Separator> {
        let shared = engine.shared();
        let mut gathered = Gathered::default();
        let desk = Desk::start("separability", move |question: Box<Question>, cancel| {
            let source = |id: VolumeId| shared.source(id);
            let volumes: Vec<VolumeId> = question.attributes.iter().map(|(_, v)| *v).collect();
            if gathered.gather(
                &question.grid,
                &question.polygons,
                &volumes,
                &source,
                cancel,
            ) {
                deliver(measure::answer(&question, &gathered));
            }
        })?;
        Ok(Separator { desk })
    }

    /// Asks; an earlier question that is not answered yet is given up.
    pub fn ask(&self, question: Box<Question>) {
        self.desk.ask(question);
    }
}
