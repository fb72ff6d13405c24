//! Values of the attributes inside polygons, kept from question to question.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::moments::Moments;
use super::reading::Source;
use super::{Slice, SliceId, VolumeId};
use crate::model::{Grid, Polygon, Voxel};
use crate::task::Cancel;

/// Most voxels of one polygon that are looked at: every n-th of more.
const MOST: usize = 4096;
/// Bytes of attribute slices that are kept.
const BUDGET: usize = 128 << 20;

/// What is known of the polygons.
#[derive(Default)]
pub(super) struct Gathered {
    /// The grid that voxels were counted on.
    grid: Option<Grid>,
    polygons: HashMap<String, Inside>,
    slices: HashMap<SliceId, Arc<Slice>>,
    /// Slices from the longest unused to the last used.
    order: Vec<SliceId>,
    bytes: usize,
}

/// What lies inside a polygon.
pub(super) struct Inside {
    polygon: Arc<Polygon>,
    /// How many voxels it holds.
    pub(super) count: usize,
    /// The voxels that are looked at, as points of the slice's plane.
    pub(super) points: Vec<(f64, f64)>,
    /// Values at these points, NaN for nulls, by volume.
    pub(super) values: HashMap<VolumeId, Vec<f32>>,
    /// What all voxels come to, in the attributes of the last question.
    pub(super) summary: Option<Summary>,
}

/// Voxels of a polygon in certain attributes.
pub(super) struct Summary {
    volumes: Vec<VolumeId>,
    /// Their mean and scatter, those with a null aside.
    pub(super) moments: Moments,
}

impl Inside {
    /// Rows of a polygon, of every n-th point: its place, and the values of all
    /// attributes there, where none is null.
    pub(super) fn rows(
        &self,
        volumes: &[VolumeId],
        every: usize,
    ) -> impl Iterator<Item = (usize, Vec<f64>)> {
        let columns: Vec<Option<&Vec<f32>>> = volumes
            .iter()
            .map(|volume| self.values.get(volume))
            .collect();
        let places = (0..self.points.len()).step_by(every.max(1));
        places.filter_map(move |i| {
            let row: Option<Vec<f64>> = columns
                .iter()
                .map(|column| {
                    let value = column.and_then(|c| c.get(i)).copied();
                    value.filter(|v| v.is_finite()).map(f64::from)
                })
                .collect();
            row.map(|row| (i, row))
        })
    }

    fn summarise(&mut self, volumes: &[VolumeId]) {
        if self.summary.as_ref().is_some_and(|s| s.volumes == volumes) {
            return;
        }
        let mut moments = Moments::new(volumes.len());
        for (_, row) in self.rows(volumes, 1) {
            moments.add(&row);
        }
        self.summary = Some(Summary {
            volumes: volumes.to_vec(),
            moments,
        });
    }
}

impl Gathered {
    /// Brings what is known up to these polygons and volumes; false where it was
    /// cancelled.
    pub(super) fn gather(
        &mut self,
        grid: &Grid,
        polygons: &[Arc<Polygon>],
        volumes: &[VolumeId],
        source: &dyn Fn(VolumeId) -> Option<Arc<Source>>,
        cancel: &dyn Cancel,
    ) -> bool {
        if self.grid != Some(*grid) {
            self.polygons.clear();
            self.grid = Some(*grid);
        }
        let known: HashSet<&str> = polygons.iter().map(|p| p.id.as_str()).collect();
        self.polygons.retain(|id, _| known.contains(id.as_str()));
        for polygon in polygons {
            if cancel.cancelled() {
                return false;
            }
            self.rasterise(polygon, grid);
            for volume in volumes {
                if !self.read(&polygon.id, *volume, source, cancel) {
                    return false;
                }
            }
            if let Some(inside) = self.polygons.get_mut(&polygon.id) {
                inside.summarise(volumes);
            }
        }
        true
    }

    /// What lies inside a polygon.
    pub(super) fn inside(&self, id: &str) -> Option<&Inside> {
        self.polygons.get(id)
    }

    fn rasterise(&mut self, polygon: &Arc<Polygon>, grid: &Grid) {
        let same = |i: &Inside| {
            Arc::ptr_eq(&i.polygon, polygon)
                || (i.polygon.slice == polygon.slice && i.polygon.vertices == polygon.vertices)
        };
        if self.polygons.get(&polygon.id).is_some_and(same) {
            return;
        }
        let voxels = polygon.voxels(grid, 0).unwrap_or_default();
        let stride = voxels.len().div_ceil(MOST).max(1);
        let point = |v: &Voxel| {
            polygon.slice.plane(
                grid.inlines.value(v.inline as usize),
                grid.crosslines.value(v.crossline as usize),
                grid.samples.value(v.sample as usize),
            )
        };
        let inside = Inside {
            polygon: Arc::clone(polygon),
            count: voxels.len(),
            points: voxels.iter().step_by(stride).map(point).collect(),
            values: HashMap::new(),
            summary: None,
        };
        self.polygons.insert(polygon.id.clone(), inside);
    }

    /// Values of a volume inside a polygon; false where it was cancelled.
    fn read(
        &mut self,
        id: &str,
        volume: VolumeId,
        source: &dyn Fn(VolumeId) -> Option<Arc<Source>>,
        cancel: &dyn Cancel,
    ) -> bool {
        let Some(inside) = self.polygons.get(id) else {
            return true;
        };
        if inside.values.contains_key(&volume) {
            return true;
        }
        let Some(source) = source(volume) else {
            return true;
        };
        let key = SliceId {
            volume,
            key: inside.polygon.slice,
        };
        let points = inside.points.clone();
        let slice = self.slice(key, &source, cancel);
        if cancel.cancelled() {
            return false;
        }
        // A slice that the volume does not have, or cannot give, is null.
        let grid = *source.volume.grid();
        let (a_axis, b_axis) = grid.plane(key.key.direction());
        let value = |(a, b): &(f64, f64)| {
            let at = a_axis.index(*a).zip(b_axis.index(*b));
            let found = slice.as_ref().zip(at).and_then(|(s, (a, b))| s.value(a, b));
            found.unwrap_or(f32::NAN)
        };
        let values = points.iter().map(value).collect();
        if let Some(inside) = self.polygons.get_mut(id) {
            inside.values.insert(volume, values);
        }
        true
    }

    /// A slice of a volume, from memory where it is there.
    pub(super) fn slice(
        &mut self,
        id: SliceId,
        source: &Source,
        cancel: &dyn Cancel,
    ) -> Option<Arc<Slice>> {
        self.order.retain(|kept| *kept != id);
        self.order.push(id);
        if let Some(slice) = self.slices.get(&id) {
            return Some(Arc::clone(slice));
        }
        let slice = Arc::new(source.read(id, cancel, None).ok()?);
        self.bytes += slice.bytes();
        self.slices.insert(id, Arc::clone(&slice));
        while self.bytes > BUDGET && self.order.len() > 1 {
            let oldest = self.order.remove(0);
            if let Some(gone) = self.slices.remove(&oldest) {
                self.bytes -= gone.bytes();
            }
        }
        Some(slice)
    }
}
