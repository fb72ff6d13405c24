//! What the interpreter has in hand: nothing, a draft, a vertex, a polygon.

use std::collections::BTreeSet;

use crate::model::SliceKey;
pub use crate::model::ring::{crossing, nearest_edge, nearest_vertex};

/// State of drawing and editing.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Hand {
    /// Browsing.
    #[default]
    Free,
    /// Laying vertices of the draft.
    Draw,
    /// At a vertex of the active polygon.
    Edit {
        /// Its place, from 0.
        vertex: usize,
    },
    /// Carrying something of the active polygon.
    Carry(Carry),
}

/// A polygon that is not closed yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// The slice it is drawn on.
    pub slice: SliceKey,
    /// Its vertices so far, in survey numbers.
    pub vertices: Vec<(f64, f64)>,
}

/// Something on its way.
#[derive(Clone, Debug, PartialEq)]
pub struct Carry {
    /// What is carried.
    pub what: Carried,
    /// Sample of the cursor when it was taken up.
    pub from: (usize, usize),
    /// The only axis it may move along.
    pub lock: Option<Lock>,
}

/// What is carried.
#[derive(Clone, Debug, PartialEq)]
pub enum Carried {
    /// A vertex of the polygon.
    Vertex {
        /// Its place.
        at: usize,
        /// Where it was, in survey numbers.
        origin: (f64, f64),
    },
    /// A vertex that is not part of the polygon yet.
    New {
        /// Its place to be.
        at: usize,
        /// Where it was taken up.
        origin: (f64, f64),
    },
    /// Several vertices of the polygon.
    Vertices {
        /// Their places.
        places: BTreeSet<usize>,
        /// The place that the cursor is at.
        at: usize,
    },
    /// The whole polygon.
    Polygon,
}

/// An axis that a carried thing is locked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// Along the traces only (to the left and right).
    Trace,
    /// Along time only (up and down).
    Time,
}
