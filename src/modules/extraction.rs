//! Training rows out of picked voxels: which they are in polygons, and what the
//! attributes are there.

use std::collections::BTreeMap;
use std::sync::Arc;

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::{Input, ModuleError};
use crate::io::Volume;
use crate::model::{Block, Facies, Grid, Pick, Polygon, TrainingTable, Voxel, VoxelPosition};
use crate::task::Task;

/// Facies and polygons as a run froze them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Picks {
    /// Facies in order: the code of a class is its place, from 1.
    pub facies: Vec<Facies>,
    /// Polygons, each naming its facies and its slice.
    pub polygons: Vec<Polygon>,
}

/// The voxels that polygons, or wells, claim on a grid.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Picked {
    /// Grid of the voxel indices.
    pub(super) grid: Option<Grid>,
    /// Facies names, in order.
    pub facies: Vec<String>,
    /// The code of each facies in class volumes.
    pub codes: Vec<i32>,
    /// Polygon ids, or names of wells, in order.
    pub polygons: Vec<String>,
    /// How many polygons (wells) each facies has.
    pub polygon_counts: Vec<usize>,
    /// Voxels with their facies and polygon, sorted by facies, then position.
    pub voxels: Vec<(u16, Voxel, u32)>,
    /// Voxels dropped because two facies claim them.
    pub conflicts: usize,
    /// What a person should know: polygons outside, overlaps, few voxels.
    pub warnings: Vec<String>,
}

/// A training table and what was lost on the way to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Extraction {
    /// The rows.
    pub table: TrainingTable,
    /// Voxels dropped because two facies claim them.
    pub dropped_conflicts: usize,
    /// Voxels dropped because an attribute is null there.
    pub dropped_nulls: usize,
    /// How many polygons each facies has.
    pub polygons: Vec<usize>,
    /// What a person should know.
    pub warnings: Vec<String>,
}

impl Picks {
    /// The voxels inside the polygons on a grid: the union over a facies'
    /// polygons, each voxel once and counted for its first polygon. A voxel
    /// that two facies claim is dropped from both.
    ///
    /// `facies` limits the work to some facies (all where empty).
    pub fn on(&self, grid: &Grid, facies: &[String]) -> Result<Picked, ModuleError> {
        for name in facies {
            if !self.facies.iter().any(|f| f.name == *name) {
                return Err(ModuleError::parameter(
                    "facies",
                    format!("there is no facies `{name}`"),
                ));
            }
        }
        let wanted: Vec<&Facies> = self
            .facies
            .iter()
            .filter(|f| facies.is_empty() || facies.contains(&f.name))
            .collect();
        let mut picked = Picked {
            facies: wanted.iter().map(|f| f.name.clone()).collect(),
            codes: (1..=wanted.len() as i32).collect(),
            ..Picked::on_grid(*grid)
        };
        let mut claims = Claims::new();
        for (m, facies) in wanted.iter().enumerate() {
            let mut count = 0;
            for polygon in self.polygons.iter().filter(|p| p.facies == facies.name) {
                polygon.check()?;
                let Some(voxels) = polygon.voxels(grid, 0) else {
                    picked.warnings.push(format!(
                        "polygon {} of {} lies on {}, outside the survey: not used",
                        polygon.id, facies.name, polygon.slice
                    ));
                    continue;
                };
                count += 1;
                let p = picked.polygons.len() as u32;
                picked.polygons.push(polygon.id.clone());
                for voxel in voxels {
                    claim(&mut claims, voxel, m as u16, p);
                }
            }
            picked.polygon_counts.push(count);
        }
        picked.settle(claims, "polygon")?;
        Ok(picked)
    }
}

/// Voxel -> (facies, polygon), or nothing for a voxel in dispute.
pub(super) type Claims = BTreeMap<Voxel, Option<(u16, u32)>>;

/// Claims a voxel for a facies; the first polygon that does so has it.
pub(super) fn claim(claims: &mut Claims, voxel: Voxel, facies: u16, polygon: u32) {
    claims
        .entry(voxel)
        .and_modify(|claim| {
            if claim.is_some_and(|(other, _)| other != facies) {
                *claim = None;
            }
        })
        .or_insert(Some((facies, polygon)));
}

impl Picked {
    /// No voxels yet, on a grid.
    pub(super) fn on_grid(grid: Grid) -> Self {
        Self {
            grid: Some(grid),
            ..Self::default()
        }
    }

    /// Takes the voxels that are claimed by one facies; a facies without any is an
    /// error. `noun` is what the voxels were picked with.
    pub(super) fn settle(&mut self, claims: Claims, noun: &str) -> Result<(), ModuleError> {
        self.conflicts = claims.values().filter(|c| c.is_none()).count();
        self.voxels = claims
            .into_iter()
            .filter_map(|(v, c)| c.map(|(m, p)| (m, v, p)))
            .collect();
        self.voxels.sort_unstable();
        self.check_counts(noun)
    }

    fn check_counts(&mut self, noun: &str) -> Result<(), ModuleError> {
        if self.facies.is_empty() {
            return Err(ModuleError::Input(
                "there are no facies; draw polygons around some first".into(),
            ));
        }
        for (m, name) in self.facies.iter().enumerate() {
            let count = self
                .voxels
                .iter()
                .filter(|(f, ..)| usize::from(*f) == m)
                .count();
            if count == 0 {
                let why = if self.polygon_counts[m] == 0 {
                    format!("it has no {noun} on this survey")
                } else {
                    format!("its {noun}s hold no voxel of their own")
                };
                let cure = if noun == "polygon" {
                    "draw one, or remove the facies"
                } else {
                    "name the others with --facies, or set other cut-offs"
                };
                return Err(ModuleError::Input(format!(
                    "facies {name} has no voxels: {why}; {cure}"
                )));
            }
            if count < 30 {
                let more = if noun == "polygon" {
                    "draw more"
                } else {
                    "a radius gives more"
                };
                self.warnings
                    .push(format!("facies {name} has only {count} voxels; {more}"));
            }
        }
        if self.conflicts > 0 {
            self.warnings.push(format!(
                "{} voxels lie in {noun}s of two facies: dropped from both",
                self.conflicts
            ));
        }
        Ok(())
    }

    /// Values of one volume at all picked voxels, NaN where it is null or does
    /// not reach. The volume may lie on another grid: samples are found by
    /// survey number, within half a step.
    ///
    /// Reads one box an inline, around the voxels there; reports one unit of
    /// work a voxel.
    pub fn values(&self, volume: &dyn Volume, task: &Task) -> Result<Vec<f32>, ModuleError> {
        let mut values = vec![f32::NAN; self.voxels.len()];
        let Some(own) = self.grid else {
            return Ok(values);
        };
        let grid = volume.grid();
        // Inline index in the volume -> (row, crossline index, sample index).
        let mut lines: BTreeMap<usize, Vec<(usize, usize, usize)>> = BTreeMap::new();
        for (row, (_, v, _)) in self.voxels.iter().enumerate() {
            let place = (
                grid.inlines.index(own.inlines.value(v.inline as usize)),
                grid.crosslines
                    .index(own.crosslines.value(v.crossline as usize)),
                grid.samples.index(own.samples.value(v.sample as usize)),
            );
            if let (Some(i), Some(x), Some(t)) = place {
                lines.entry(i).or_default().push((row, x, t));
            }
        }
        let mut buffer = Vec::new();
        for (inline, places) in lines {
            task.check()?;
            let bounds = |f: fn(&(usize, usize, usize)) -> usize| {
                let low = places.iter().map(f).min().unwrap_or(0);
                Pick::range(low, places.iter().map(f).max().unwrap_or(0) + 1)
            };
            let block = Block {
                inlines: Pick::one(inline),
                crosslines: bounds(|p| p.1),
                samples: bounds(|p| p.2),
            };
            buffer.resize(block.len(), 0.0);
            volume.read(&block, &mut buffer)?;
            for &(row, x, t) in &places {
                values[row] = buffer
                    [(x - block.crosslines.start) * block.samples.count + t - block.samples.start];
            }
            task.advance(places.len() as u64);
        }
        Ok(values)
    }

    /// The training table of these voxels, from one column of values an
    /// attribute. Rows with a null are dropped for all attributes.
    pub fn table(
        &self,
        attributes: &[String],
        columns: &[Vec<f32>],
    ) -> Result<Extraction, ModuleError> {
        let live: Vec<usize> = (0..self.voxels.len())
            .filter(|&row| columns.iter().all(|c| !c[row].is_nan()))
            .collect();
        let mut values = Array2::zeros((live.len(), columns.len()));
        for (n, column) in columns.iter().enumerate() {
            for (i, &row) in live.iter().enumerate() {
                values[[i, n]] = column[row];
            }
        }
        let at = |row: usize| self.voxels[row];
        let table = TrainingTable {
            attributes: attributes.to_vec(),
            classes: self.facies.clone(),
            codes: self.codes.clone(),
            values,
            class: live.iter().map(|&row| at(row).0).collect(),
            group: live.iter().map(|&row| at(row).2).collect(),
            groups: self.polygons.clone(),
            positions: live
                .iter()
                .filter_map(|&row| self.position(at(row).1))
                .collect(),
        };
        self.check_nulls(&table, attributes, columns)?;
        Ok(Extraction {
            dropped_nulls: self.voxels.len() - live.len(),
            dropped_conflicts: self.conflicts,
            polygons: self.polygon_counts.clone(),
            warnings: self.warnings.clone(),
            table,
        })
    }

    /// A facies that lost all its rows to nulls is an error that names the attribute to blame.
    fn check_nulls(
        &self,
        table: &TrainingTable,
        attributes: &[String],
        columns: &[Vec<f32>],
    ) -> Result<(), ModuleError> {
        let counts = table.class_counts();
        let Some(m) = counts.iter().position(|&n| n == 0) else {
            return Ok(());
        };
        let nulls = |c: &Vec<f32>| {
            let of_facies = self
                .voxels
                .iter()
                .zip(c)
                .filter(|((f, ..), _)| usize::from(*f) == m);
            of_facies.filter(|(_, x)| x.is_nan()).count()
        };
        let worst = columns
            .iter()
            .map(nulls)
            .enumerate()
            .max_by_key(|(_, n)| *n);
        let (n, count) = worst.unwrap_or((0, 0));
        Err(ModuleError::Input(format!(
            "facies {} has no voxel where all attributes are known: {} is null at {count} of its voxels; leave that attribute out, or compute it there",
            self.facies[m],
            attributes.get(n).map_or("one attribute", String::as_str),
        )))
    }

    fn position(&self, v: Voxel) -> Option<VoxelPosition> {
        self.grid.map(|grid| VoxelPosition {
            inline: grid.inlines.value(v.inline as usize),
            crossline: grid.crosslines.value(v.crossline as usize),
            time: grid.samples.value(v.sample as usize),
        })
    }
}

impl Extraction {
    /// Picks, reads and joins in one go: for callers that need no checkpoints.
    pub fn read(
        picks: &Picks,
        facies: &[String],
        inputs: &[Input],
        volumes: &[Arc<dyn Volume>],
        task: &Task,
    ) -> Result<Self, ModuleError> {
        let Some(first) = volumes.first() else {
            return Err(ModuleError::Input(
                "no attribute volumes were given; name at least one".into(),
            ));
        };
        let picked = picks.on(first.grid(), facies)?;
        let columns = volumes
            .iter()
            .map(|volume| picked.values(volume.as_ref(), task))
            .collect::<Result<Vec<_>, _>>()?;
        let names: Vec<String> = inputs.iter().map(|input| input.name.clone()).collect();
        picked.table(&names, &columns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::IoError;
    use crate::model::{Axis, SampleUnit, SliceKey};
    use std::path::Path;

    /// A volume whose samples tell their own survey numbers.
    struct Coded(Grid, Option<f64>);

    impl Volume for Coded {
        fn grid(&self) -> &Grid {
            &self.0
        }

        fn path(&self) -> &Path {
            Path::new("coded")
        }

        fn read(&self, block: &Block, out: &mut [f32]) -> Result<(), IoError> {
            let mut at = out.iter_mut();
            for i in block.inlines.indices() {
                for x in block.crosslines.indices() {
                    for t in block.samples.indices() {
                        let (i, x, t) = (
                            self.0.inlines.value(i),
                            self.0.crosslines.value(x),
                            self.0.samples.value(t),
                        );
                        let null = self.1 == Some(x);
                        *at.next().unwrap() = if null {
                            f32::NAN
                        } else {
                            ((i - 100.0) * 1e4 + (x - 200.0) * 1e2 + t / 4.0) as f32
                        };
                    }
                }
            }
            Ok(())
        }
    }

    fn grid(first_inline: f64) -> Grid {
        Grid {
            inlines: Axis::new(first_inline, 1.0, 20),
            crosslines: Axis::new(200.0, 1.0, 30),
            samples: Axis::new(0.0, 4.0, 40),
            unit: SampleUnit::Milliseconds,
            spacing: None,
        }
    }

    fn polygon(
        id: &str,
        facies: &str,
        slice: SliceKey,
        from: (f64, f64),
        to: (f64, f64),
    ) -> Polygon {
        let vertices = vec![from, (to.0, from.1), to, (from.0, to.1)];
        Polygon {
            id: id.into(),
            facies: facies.into(),
            slice,
            name: None,
            vertices,
            origin: crate::model::Origin::default(),
        }
    }

    fn picks() -> Picks {
        Picks {
            facies: vec![Facies::new("salt", 1), Facies::new("mtd", 2)],
            polygons: vec![
                polygon(
                    "a",
                    "salt",
                    SliceKey::Inline(105),
                    (202.5, 10.0),
                    (208.5, 50.0),
                ),
                polygon(
                    "b",
                    "salt",
                    SliceKey::Time(20.0),
                    (204.5, 101.5),
                    (210.5, 108.5),
                ),
                polygon(
                    "c",
                    "mtd",
                    SliceKey::Crossline(220),
                    (101.5, 30.0),
                    (109.5, 70.0),
                ),
            ],
        }
    }

    #[test]
    fn values_decode_to_the_voxels_that_were_picked() {
        let volume = Coded(grid(100.0), None);
        let picked = picks().on(&grid(100.0), &[]).unwrap();
        let column = picked.values(&volume, &Task::silent()).unwrap();
        for ((_, v, _), x) in picked.voxels.iter().zip(&column) {
            let code = v.inline * 10_000 + v.crossline * 100 + v.sample;
            assert_eq!(*x, code as f32);
        }
        let extraction = picked.table(&["code".into()], &[column]).unwrap();
        // 6 x 10 on the inline, 6 x 7 on the time slice, 4 of them the same.
        assert_eq!(extraction.table.class_counts(), [60 + 42 - 4, 8 * 10]);
        assert_eq!(extraction.table.groups, ["a", "b", "c"]);
        let first = extraction.table.positions[0];
        assert_eq!(
            (first.inline, first.crossline, first.time),
            (102.0, 205.0, 20.0)
        );
    }

    #[test]
    fn a_volume_of_another_extent_is_read_by_survey_number() {
        let near = Coded(grid(103.0), None);
        let picked = picks().on(&grid(100.0), &["salt".into()]).unwrap();
        let column = picked.values(&near, &Task::silent()).unwrap();
        for ((_, v, _), x) in picked.voxels.iter().zip(&column) {
            let code = (v.inline * 10_000 + v.crossline * 100 + v.sample) as f32;
            assert!(if v.inline < 3 { x.is_nan() } else { *x == code });
        }
    }

    #[test]
    fn nulls_drop_the_row_for_all_attributes_and_are_counted() {
        let picked = picks().on(&grid(100.0), &[]).unwrap();
        let whole = picked
            .values(&Coded(grid(100.0), None), &Task::silent())
            .unwrap();
        let holed = picked
            .values(&Coded(grid(100.0), Some(205.0)), &Task::silent())
            .unwrap();
        let names = ["whole".to_owned(), "holed".to_owned()];
        let extraction = picked.table(&names, &[whole.clone(), holed]).unwrap();
        assert_eq!(extraction.dropped_nulls, 10 + 7 - 1);
        let nothing = picked
            .values(&Coded(grid(900.0), None), &Task::silent())
            .unwrap();
        let error = picked
            .table(&names, &[whole, nothing])
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("facies salt") && error.contains("holed is null at 98"),
            "{error}"
        );
    }

    #[test]
    fn a_voxel_that_two_facies_claim_is_dropped_from_both() {
        let mut picks = picks();
        picks.polygons.push(polygon(
            "d",
            "mtd",
            SliceKey::Inline(105),
            (206.5, 10.0),
            (230.5, 50.0),
        ));
        let picked = picks.on(&grid(100.0), &[]).unwrap();
        assert_eq!(picked.conflicts, 2 * 10 + 2);
        assert!(picked.warnings.iter().any(|w| w.contains("two facies")));
    }

    #[test]
    fn a_facies_without_voxels_is_named() {
        let mut picks = picks();
        picks.facies.push(Facies::new("channel", 3));
        let error = picks.on(&grid(100.0), &[]).unwrap_err().to_string();
        assert!(error.contains("facies channel has no voxels"), "{error}");
        picks.polygons.push(polygon(
            "z",
            "channel",
            SliceKey::Inline(999),
            (206.5, 10.0),
            (230.5, 50.0),
        ));
        assert!(
            picks
                .on(&grid(100.0), &[])
                .unwrap_err()
                .to_string()
                .contains("no polygon on this survey")
        );
        let picked = picks
            .on(&grid(100.0), &["salt".into(), "mtd".into()])
            .unwrap();
        assert_eq!(picked.facies, ["salt", "mtd"]);
    }
}
