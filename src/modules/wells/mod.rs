//! Training rows out of wells: logs brought to the samples of the volumes.

mod asked;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ModuleError, Picked};
use crate::model::{Axis, Grid, LogValues, LoggedWell, Voxel};
pub use asked::AskedWells;

/// Most classes that a log may have: more are no classes.
const MOST_CLASSES: usize = 100;

/// Wells to learn from, as a run froze them, and how their logs become classes.
///
/// **Upscaling.** A sample at time `t` takes the log values with time in
/// `[t - dt/2, t + dt/2)`: of a property the median, which falls between two
/// cut-offs; of classes the most frequent one, of equally frequent ones that of the
/// value nearest to `t`. A sample without values has no class, and neither has one
/// where the winning class has less than `min_purity` of the values.
///
/// **Place.** The sample lies on the trace nearest to the path where the value
/// nearest to `t` was measured; with a `radius` all traces within it share the
/// class. A voxel that two classes claim belongs to neither.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wells {
    /// The wells, in order: the groups of the rows.
    pub wells: Vec<LoggedWell>,
    /// Name of the property, for the names of the classes.
    pub log: String,
    /// Ascending cut-offs: a value below `n` of them is of class `n + 1`; none where
    /// the values are codes or names of classes.
    pub cutoffs: Vec<f64>,
    /// Least share of the winning class among the values of a sample.
    pub min_purity: f64,
    /// In traces; 0 for the nearest one alone.
    pub radius: f64,
}

impl Wells {
    /// Least share of the winning class where nothing else is said.
    pub const MIN_PURITY: f64 = 0.6;

    /// The voxels that the wells give a class on a grid; `facies` limits them to
    /// some classes (all where empty).
    pub fn on(&self, grid: &Grid, facies: &[String]) -> Result<Picked, ModuleError> {
        self.check()?;
        let classes = self.classes()?;
        if let Some(name) = facies.iter().find(|n| !classes.iter().any(|c| c.1 == **n)) {
            let names: Vec<&str> = classes.iter().map(|c| c.1.as_str()).collect();
            return Err(ModuleError::parameter(
                "facies",
                format!("the wells have no class `{name}`, but {}", names.join(", ")),
            ));
        }
        let wanted = |name: &String| facies.is_empty() || facies.contains(name);
        let kept: Vec<&(Label, String, i32)> = classes.iter().filter(|c| wanted(&c.1)).collect();
        let mut picked = Picked {
            facies: kept.iter().map(|c| c.1.clone()).collect(),
            codes: kept.iter().map(|c| c.2).collect(),
            polygons: self.wells.iter().map(|w| w.name.clone()).collect(),
            polygon_counts: vec![0; kept.len()],
            ..Picked::on_grid(*grid)
        };
        let mut claims = BTreeMap::new();
        for (w, well) in self.wells.iter().enumerate() {
            let mut seen = vec![false; kept.len()];
            let mut inside = 0;
            for (place, label) in self.samples(well, grid) {
                let Some(m) = kept.iter().position(|c| c.0 == label) else {
                    continue;
                };
                for voxel in around(grid, place, self.radius) {
                    crate::modules::extraction::claim(&mut claims, voxel, m as u16, w as u32);
                    inside += 1;
                    seen[m] = true;
                }
            }
            if inside == 0 {
                picked.warnings.push(format!(
                    "well {} gives no sample of the survey a class: not used",
                    well.name
                ));
            }
            for (count, seen) in picked.polygon_counts.iter_mut().zip(seen) {
                *count += usize::from(seen);
            }
        }
        picked.settle(claims, "well")?;
        Ok(picked)
    }

    fn check(&self) -> Result<(), ModuleError> {
        if self.wells.is_empty() {
            return Err(ModuleError::Input("no wells were given".into()));
        }
        if self.cutoffs.windows(2).any(|c| c[0] >= c[1]) || self.cutoffs.iter().any(|c| c.is_nan())
        {
            return Err(ModuleError::parameter(
                "cutoffs",
                "cut-offs must ascend, as in 0.1,0.2",
            ));
        }
        for (i, well) in self.wells.iter().enumerate() {
            let rows = match &well.values {
                LogValues::Numbers(v) => v.len(),
                LogValues::Words(v) => v.len(),
            };
            if rows != well.places.len() {
                return Err(ModuleError::Input(format!(
                    "well {}: {rows} values at {} places; the run directory is damaged",
                    well.name,
                    well.places.len()
                )));
            }
            if self.wells[..i].iter().any(|other| other.name == well.name) {
                return Err(ModuleError::Input(format!(
                    "two wells are called {}; folds would take them for one: rename a file",
                    well.name
                )));
            }
        }
        Ok(())
    }

    /// The classes in order: label, name, code.
    fn classes(&self) -> Result<Vec<(Label, String, i32)>, ModuleError> {
        if !self.cutoffs.is_empty() {
            for well in &self.wells {
                if let LogValues::Words(words) = &well.values {
                    return Err(ModuleError::Input(format!(
                        "well {}: `{}` cannot be compared with a cut-off; leave --cutoffs out to learn the words",
                        well.name,
                        words.first().map_or("", String::as_str)
                    )));
                }
            }
            let name = |n: usize| {
                let low = n.checked_sub(1).map(|n| self.cutoffs[n]);
                match (low, self.cutoffs.get(n)) {
                    (Some(low), Some(high)) => format!("{} {low} to {high}", self.log),
                    (None, Some(high)) => format!("{} below {high}", self.log),
                    (Some(low), None) => format!("{} from {low}", self.log),
                    (None, None) => self.log.clone(),
                }
            };
            let class = |n: usize| (Label::Code(n as i32 + 1), name(n), n as i32 + 1);
            return Ok((0..=self.cutoffs.len()).map(class).collect());
        }
        let mut labels = Vec::new();
        for well in &self.wells {
            match &well.values {
                LogValues::Words(words) => labels.extend(words.iter().cloned().map(Label::Word)),
                LogValues::Numbers(values) => {
                    let odd = |v: &&f64| v.fract() != 0.0 || v.abs() > 1e9;
                    if let Some(value) = values.iter().find(odd) {
                        return Err(ModuleError::Input(format!(
                            "well {}: {value} is no code of a class; give cut-offs with --cutoffs, as in 0.1,0.2",
                            well.name
                        )));
                    }
                    labels.extend(values.iter().map(|v| Label::Code(*v as i32)));
                }
            }
            labels.sort_unstable();
            labels.dedup();
        }
        if labels.len() > MOST_CLASSES {
            return Err(ModuleError::Input(format!(
                "{} has {} different values, which are too many classes; give cut-offs with --cutoffs, or another --log",
                self.log,
                labels.len()
            )));
        }
        // Codes as they are, where class volumes can hold them: 0 is null there.
        let fits = |label: &Label| matches!(label, Label::Code(1..=127));
        let as_they_are = labels.iter().all(fits);
        let classes = labels.into_iter().enumerate().map(|(n, label)| {
            let (name, code) = match &label {
                Label::Code(code) => (format!("class_{code}"), *code),
                Label::Word(word) => (word.clone(), 0),
            };
            let code = if as_they_are { code } else { n as i32 + 1 };
            (label, name, code)
        });
        Ok(classes.collect())
    }

    /// The samples of the grid that a well gives a class: a place on the path, at
    /// the time of the sample, and the class.
    fn samples(&self, well: &LoggedWell, grid: &Grid) -> Vec<([f64; 3], Label)> {
        let axis = grid.samples;
        let mut bins: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (i, place) in well.places.iter().enumerate() {
            // Half a sample up belongs to it, half a sample down to the next.
            let at = (axis.position(place[2]) + 0.5 + 1e-9).floor();
            if at >= 0.0 && at < axis.count as f64 {
                bins.entry(at as usize).or_default().push(i);
            }
        }
        let sampled = |(sample, values): (usize, Vec<usize>)| {
            let time = axis.value(sample);
            let far = |i: &usize| (well.places[*i][2] - time).abs();
            let nearest = values
                .iter()
                .copied()
                .min_by(|i, j| far(i).total_cmp(&far(j)))?;
            let label = self.winner(well, &values, nearest)?;
            let [inline, crossline, _] = well.places[nearest];
            Some(([inline, crossline, time], label))
        };
        bins.into_iter().filter_map(sampled).collect()
    }

    /// The class of the values of a sample; nothing where they are too mixed.
    fn winner(&self, well: &LoggedWell, values: &[usize], nearest: usize) -> Option<Label> {
        let label = |i: usize| match &well.values {
            LogValues::Words(words) => Label::Word(words[i].clone()),
            LogValues::Numbers(numbers) => self.label(numbers[i]),
        };
        let labels: Vec<Label> = values.iter().map(|&i| label(i)).collect();
        let count = |wanted: &Label| labels.iter().filter(|l| *l == wanted).count();
        let winner = match &well.values {
            LogValues::Numbers(numbers) if !self.cutoffs.is_empty() => {
                let mut sorted: Vec<f64> = values.iter().map(|&i| numbers[i]).collect();
                sorted.sort_by(f64::total_cmp);
                let middle = sorted.len() / 2;
                let median = if sorted.len() % 2 == 1 {
                    sorted[middle]
                } else {
                    f64::midpoint(sorted[middle - 1], sorted[middle])
                };
                self.label(median)
            }
            _ => {
                let most = labels.iter().map(count).max()?;
                let own = label(nearest);
                if count(&own) == most {
                    own
                } else {
                    labels.iter().find(|l| count(l) == most)?.clone()
                }
            }
        };
        let share = count(&winner) as f64 / labels.len() as f64;
        (share >= self.min_purity).then_some(winner)
    }

    fn label(&self, value: f64) -> Label {
        match &self.cutoffs[..] {
            [] => Label::Code(value as i32),
            cutoffs => Label::Code(cutoffs.iter().filter(|c| **c <= value).count() as i32 + 1),
        }
    }
}

/// What a log says a class is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Label {
    Code(i32),
    Word(String),
}

/// The voxels within so many traces of a place; with 0 the nearest trace.
fn around(grid: &Grid, [inline, crossline, time]: [f64; 3], radius: f64) -> Vec<Voxel> {
    let (i, x) = (
        grid.inlines.position(inline),
        grid.crosslines.position(crossline),
    );
    let Some(sample) = grid.samples.index(time) else {
        return Vec::new();
    };
    let voxel = |i: usize, x: usize| Voxel {
        inline: i as u32,
        crossline: x as u32,
        sample: sample as u32,
    };
    let near = |axis: &Axis, at: f64| {
        let (low, high) = ((at - radius).ceil(), (at + radius).floor());
        low.max(0.0) as usize..(high + 1.0).clamp(0.0, axis.count as f64) as usize
    };
    if radius == 0.0 {
        let index = |axis: &Axis, at: f64| {
            let at = at.round();
            (at >= 0.0 && at < axis.count as f64).then_some(at as usize)
        };
        let at = index(&grid.inlines, i).zip(index(&grid.crosslines, x));
        return at.map(|(i, x)| voxel(i, x)).into_iter().collect();
    }
    let mut voxels = Vec::new();
    for row in near(&grid.inlines, i) {
        for column in near(&grid.crosslines, x) {
            if (row as f64 - i).hypot(column as f64 - x) <= radius {
                voxels.push(voxel(row, column));
            }
        }
    }
    voxels
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SampleUnit;

    fn grid() -> Grid {
        Grid {
            inlines: Axis::new(100.0, 1.0, 20),
            crosslines: Axis::new(200.0, 1.0, 30),
            samples: Axis::new(0.0, 4.0, 500),
            unit: SampleUnit::Milliseconds,
            spacing: None,
        }
    }

    /// A vertical well with a value each millisecond.
    fn wells(value: impl Fn(f64) -> f64) -> Wells {
        let times: Vec<f64> = (900..1100).map(f64::from).collect();
        Wells {
            wells: vec![LoggedWell {
                name: "a1".into(),
                places: times.iter().map(|t| [105.4, 210.6, *t]).collect(),
                values: LogValues::Numbers(times.iter().map(|t| value(*t)).collect()),
            }],
            log: "phi".into(),
            cutoffs: Vec::new(),
            min_purity: 0.5,
            radius: 0.0,
        }
    }

    fn times(picked: &Picked, class: u16) -> Vec<f64> {
        let own = picked.voxels.iter().filter(|v| v.0 == class);
        own.map(|v| f64::from(v.1.sample) * 4.0).collect()
    }

    /// methods.md 4: class 1 above 1.000 s, 2 below.
    #[test]
    fn the_class_changes_at_the_first_sample_below_the_boundary() {
        let mut wells = wells(|t| if t < 1000.0 { 1.0 } else { 2.0 });
        let picked = wells.on(&grid(), &[]).unwrap();
        assert_eq!(picked.facies, ["class_1", "class_2"]);
        assert_eq!(times(&picked, 0).last(), Some(&996.0));
        assert_eq!(times(&picked, 1).first(), Some(&1000.0));
        let (_, voxel, well) = picked.voxels[0];
        // The trace nearest to 105.4, 210.6.
        assert_eq!((voxel.inline, voxel.crossline, well), (5, 11, 0));
        // Half of the sample at the boundary is of the other class.
        wells.min_purity = Wells::MIN_PURITY;
        let picked = wells.on(&grid(), &[]).unwrap();
        assert_eq!(times(&picked, 1).first(), Some(&1004.0));
    }

    #[test]
    fn cutoffs_are_taken_on_the_median() {
        // Three of four values are high, and one spike among low ones is nothing.
        let mut wells = wells(|t| {
            if t >= 1000.0 || t == 950.0 {
                0.25
            } else {
                0.05
            }
        });
        wells.cutoffs = vec![0.1, 0.2];
        let picked = wells
            .on(&grid(), &["phi below 0.1".into(), "phi from 0.2".into()])
            .unwrap();
        assert_eq!(times(&picked, 1).first(), Some(&1004.0));
        assert!(times(&picked, 0).contains(&952.0));
        let error = wells.on(&grid(), &[]).unwrap_err().to_string();
        assert!(error.contains("phi 0.1 to 0.2 has no voxels"), "{error}");
        wells.cutoffs.reverse();
        assert!(
            wells
                .on(&grid(), &[])
                .unwrap_err()
                .to_string()
                .contains("ascend")
        );
    }

    #[test]
    fn a_radius_shares_the_class_and_disputes_are_dropped() {
        let mut wells = wells(|t| if t < 1000.0 { 3.0 } else { 7.0 });
        let one = wells.on(&grid(), &[]).unwrap();
        assert_eq!(one.codes, [3, 7]);
        wells.radius = 1.0;
        let picked = wells.on(&grid(), &[]).unwrap();
        // Within 1 of 5.4, 10.6: rows 5 and 6, columns 10 and 11, (6, 10) is 0.85 away.
        assert_eq!(picked.voxels.len(), 4 * one.voxels.len());
        let mut second = wells.wells[0].clone();
        second.name = "a2".into();
        second.values = LogValues::Numbers(vec![7.0; second.places.len()]);
        wells.wells.push(second);
        let picked = wells.on(&grid(), &[]);
        assert!(
            picked
                .unwrap_err()
                .to_string()
                .contains("class_3 has no voxels")
        );
    }

    #[test]
    fn what_is_no_class_is_refused() {
        let error = |wells: &Wells| wells.on(&grid(), &[]).unwrap_err().to_string();
        assert!(error(&wells(|_| 0.3)).contains("0.3 is no code of a class"));
        assert!(error(&wells(|t| t)).contains("200 different values"));
        let mut twice = wells(|_| 1.0);
        twice.wells.push(twice.wells[0].clone());
        assert!(error(&twice).contains("two wells are called a1"));
        let zero = wells(|t| if t < 1000.0 { 0.0 } else { 1.0 });
        assert_eq!(zero.on(&grid(), &[]).unwrap().codes, [1, 2]);
    }
}
