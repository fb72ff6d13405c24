//! Where to draw next: spots of the survey ranked by what they would teach.

use std::sync::Arc;

use super::super::{Slice, SliceEngine, VolumeId};
use super::{Desk, Kept, LiveQuestion, Plane, Sources, quiet, read};
use crate::ml::forest::Forest;
use crate::model::{Axis, Direction, Grid, Polygon, SliceKey, TrainingTable};
use crate::task::{Cancel, CancelFlag};

/// Slices that are looked at in each direction.
const SLICES: usize = 8;
/// Tiles that a slice is divided into, each way.
const TILES: usize = 10;
/// Samples of a slice that are classified, each way.
const SAMPLED: usize = 60;
/// Spots that are told.
const TOLD: usize = 12;
/// A spot this far from all polygons is as far as it gets: a share of the survey.
const FAR: f64 = 0.25;
/// Two spots of the list are at least so far apart: a share of the survey.
const APART: f64 = 0.12;
/// Beyond what was picked by so many standard deviations is as new as it gets.
const NEW: f64 = 2.0;

/// How a volume of the session tells where classes are uncertain.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Uncertainty {
    /// An entropy: the larger the less certain; from 0 to 1, in nats, or percent.
    Doubt(VolumeId),
    /// A confidence from 0 to 1: the smaller the less certain.
    Confidence(VolumeId),
}

/// A spot to draw at.
#[derive(Clone, Debug, PartialEq)]
pub struct Spot {
    /// The slice.
    pub slice: SliceKey,
    /// Two corners of the box, in survey numbers of the slice's plane.
    pub corners: [(f64, f64); 2],
    /// The product of the next three, each from 0 to 1.
    pub score: f64,
    /// How uncertain its classes are: mean entropy over the largest one.
    pub uncertainty: f64,
    /// How far it lies from all polygons.
    pub distance: f64,
    /// How far its values lie beyond those picked, from 0.5 (not at all) to 1.
    pub novelty: f64,
    /// The two classes that are hardest to tell apart there.
    pub between: [String; 2],
}

/// The spots found so far, best first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Suggestions {
    /// The spots.
    pub spots: Vec<Spot>,
    /// Slices looked at, and how many there are to look at.
    pub looked: (usize, usize),
    /// Why there are none.
    pub trouble: Option<String>,
}

/// Looks for spots on a thread of its own; the newest question wins.
///
/// Of 8 inlines, 8 crosslines and 8 time slices every tile is rated by uncertainty (of
/// a volume that is named, else of the small forest) x distance from polygons x
/// novelty; the best that lie apart are told after each slice. Cost: these slices of
/// all attributes are read once; time slices only where each volume is small or has
/// its bricked copy.
pub struct Suggester {
    desk: Desk<Asked>,
}

type Asked = (Box<LiveQuestion>, Option<Uncertainty>);

impl Suggester {
    /// Starts the thread. It reads through the volumes of the engine; `deliver` is
    /// called on it and must not block.
    pub fn start(
        engine: &SliceEngine,
        deliver: impl Fn(Suggestions) + Send + 'static,
    ) -> std::io::Result<Suggester> {
        let shared = engine.shared();
        let mut kept = Kept::default();
        let desk = Desk::start(
            "suggestions",
            move |(question, doubt): Asked, cancel: &CancelFlag| {
                let source = |id: VolumeId| shared.source(id);
                look(&question, doubt, &mut kept, &source, cancel, &deliver);
            },
        )?;
        Ok(Suggester { desk })
    }

    /// Asks; an earlier question that is not answered yet is given up.
    pub fn ask(&self, question: Box<LiveQuestion>, doubt: Option<Uncertainty>) {
        self.desk.ask((question, doubt));
    }

    /// Gives up what is being answered.
    pub fn give_up(&self) {
        self.desk.give_up();
    }
}

/// Looks at one slice after the other; nothing more is told once cancelled.
fn look(
    question: &LiveQuestion,
    doubt: Option<Uncertainty>,
    kept: &mut Kept,
    source: Sources,
    cancel: &dyn Cancel,
    deliver: &dyn Fn(Suggestions),
) {
    let Kept { gathered, learner } = kept;
    let (grid, volumes) = (question.grid, question.volumes());
    if !gathered.gather(&grid, &question.polygons, &volumes, source, cancel) {
        return;
    }
    let (forest, table) = match learner.learn(question, gathered, cancel) {
        Ok(Some(known)) => known,
        Ok(None) => return,
        Err(reason) => {
            return deliver(Suggestions {
                trouble: Some(reason),
                ..Suggestions::default()
            });
        }
    };
    let picked = Picked::of(table);
    let read_too = doubt.map(Uncertainty::volume);
    let near = |volume: &VolumeId| source(*volume).is_some_and(|s| s.time_is_near());
    let keys = slices(&grid, volumes.iter().chain(&read_too).all(near));
    let mut found: Vec<Spot> = Vec::new();
    for (n, &key) in keys.iter().enumerate() {
        let slices = read(gathered, &volumes, key, source, cancel);
        let told = doubt.and_then(|d| {
            let slice = read(gathered, &[d.volume()], key, source, cancel)?.pop()?;
            Some((d, slice))
        });
        if cancel.cancelled() {
            return;
        }
        if let Some(slices) = slices {
            let plane = Plane {
                key,
                grid,
                slices: &slices,
            };
            let rated = Rated {
                plane: &plane,
                picked: &picked,
                polygons: &question.polygons,
            };
            let Some(spots) = rated.spots(forest, told.as_ref(), cancel) else {
                return;
            };
            found.extend(spots);
        }
        found = apart(found, &grid);
        deliver(Suggestions {
            spots: found.iter().take(TOLD).cloned().collect(),
            looked: (n + 1, keys.len()),
            trouble: None,
        });
    }
}

impl Uncertainty {
    fn volume(self) -> VolumeId {
        match self {
            Uncertainty::Doubt(volume) | Uncertainty::Confidence(volume) => volume,
        }
    }

    /// A value as uncertainty from 0 to 1, on a slice whose largest one is `most`.
    fn of(self, value: f32, most: f32, classes: usize) -> f64 {
        let nats = (classes.max(2) as f32).ln();
        let unit = match self {
            _ if most > 10.0 => 100.0,
            Uncertainty::Doubt(_) if most > 1.0 => nats.max(most),
            _ => 1.0,
        };
        let share = match self {
            Uncertainty::Doubt(_) => value / unit,
            Uncertainty::Confidence(_) => 1.0 - value / unit,
        };
        f64::from(share).clamp(0.0, 1.0)
    }
}

/// Slices to look at: directions in turn, each from the middle outwards, so that
/// early lists are of the whole survey.
fn slices(grid: &Grid, time: bool) -> Vec<SliceKey> {
    // 1/2, then quarters, eighths, and what is left of sixteenths.
    const ORDER: [usize; SLICES] = [8, 4, 12, 2, 10, 6, 14, 1];
    let key = |direction: Direction, place: usize| {
        let axis = grid.axis(direction);
        let last = axis.count.saturating_sub(1);
        SliceKey::new(direction, axis.value((place * last + 8) / 16))
    };
    let mut keys = Vec::new();
    for place in ORDER {
        for direction in [Direction::Inline, Direction::Crossline, Direction::Time] {
            let next = key(direction, place);
            if (time || direction != Direction::Time) && !keys.contains(&next) {
                keys.push(next);
            }
        }
    }
    keys
}

/// What was picked: smallest, largest value and spread of each attribute.
struct Picked(Vec<(f64, f64, f64)>);

impl Picked {
    fn of(table: &TrainingTable) -> Picked {
        let attribute = |column: ndarray::ArrayView1<f32>| {
            let n = column.len().max(1) as f64;
            let values = || column.iter().map(|v| f64::from(*v));
            let mean = values().sum::<f64>() / n;
            let spread = (values().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
            let (low, high) = values().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| {
                (l.min(v), h.max(v))
            });
            (low, high, spread)
        };
        Picked(table.values.columns().into_iter().map(attribute).collect())
    }

    /// How far beyond a value lies, from 0 to 1.
    fn beyond(&self, attribute: usize, value: f32) -> f64 {
        let (low, high, spread) = self.0[attribute];
        let value = f64::from(value);
        let over = (low - value).max(value - high).max(0.0);
        if over > 0.0 {
            (over / (NEW * spread).max(f64::MIN_POSITIVE)).min(1.0)
        } else {
            0.0
        }
    }
}

/// A slice whose tiles are rated.
struct Rated<'a> {
    plane: &'a Plane<'a>,
    picked: &'a Picked,
    polygons: &'a [Arc<Polygon>],
}

/// Sums over a tile.
#[derive(Clone)]
struct Tile {
    samples: f64,
    uncertainty: f64,
    novelty: f64,
    fractions: Vec<f64>,
}

impl Rated<'_> {
    /// The tiles of the slice as spots; nothing where it was cancelled.
    fn spots(
        &self,
        forest: &Forest,
        told: Option<&(Uncertainty, (Arc<Slice>, Grid))>,
        cancel: &dyn Cancel,
    ) -> Option<Vec<Spot>> {
        let (width, height) = self.plane.size();
        let step = width.max(height).div_ceil(SAMPLED).max(1);
        let (across, down) = (width.div_ceil(step), height.div_ceil(step));
        let columns = self.plane.columns(step, 0..across);
        let views: Vec<&[f32]> = columns.iter().map(Vec::as_slice).collect();
        let classes = forest.classes.len();
        let mut places = vec![0; across * down];
        let mut fractions = vec![0.0; across * down * classes];
        let task = quiet(cancel);
        forest
            .predict(&views, &mut places, Some(&mut fractions), &task)
            .ok()?;
        let doubts = told.map(|(doubt, slice)| {
            let plane = Plane {
                key: self.plane.key,
                grid: self.plane.grid,
                slices: std::slice::from_ref(slice),
            };
            let most = slice.0.histogram.range.high;
            (*doubt, most, plane.columns(step, 0..across).swap_remove(0))
        });
        let empty = Tile {
            samples: 0.0,
            uncertainty: 0.0,
            novelty: 0.0,
            fractions: vec![0.0; classes],
        };
        let mut tiles = vec![empty; TILES * TILES];
        for (i, row) in fractions.chunks_exact(classes).enumerate() {
            let (a, b) = (i / down, i % down);
            // Water and muted samples: the same as the next one in all attributes.
            let next = if b + 1 < down {
                i + 1
            } else {
                i.saturating_sub(1)
            };
            let dead = next != i && views.iter().all(|v| v[i] == v[next]);
            if places[i] == 0 || dead {
                continue;
            }
            let tile = &mut tiles[(a * TILES / across) * TILES + b * TILES / down];
            tile.samples += 1.0;
            tile.uncertainty += match &doubts {
                Some((doubt, most, values)) if values[i].is_finite() => {
                    doubt.of(values[i], *most, classes)
                }
                _ => entropy(row),
            };
            let beyond = (0..views.len()).map(|n| self.picked.beyond(n, views[n][i]));
            tile.novelty += beyond.fold(0.0, f64::max);
            for (sum, fraction) in tile.fractions.iter_mut().zip(row) {
                *sum += f64::from(*fraction);
            }
        }
        let full = (across as f64 / TILES as f64) * (down as f64 / TILES as f64);
        let spot = |(n, tile): (usize, &Tile)| {
            // A tile that is half null or dead is an edge of the survey, not a lesson.
            (tile.samples >= 0.5 * full && tile.samples > 0.0)
                .then(|| self.spot(n / TILES, n % TILES, tile, &forest.classes))
        };
        Some(tiles.iter().enumerate().filter_map(spot).collect())
    }

    fn spot(&self, across: usize, down: usize, tile: &Tile, classes: &[String]) -> Spot {
        let key = self.plane.key;
        let (a_axis, b_axis) = self.plane.grid.plane(key.direction());
        let edge = |axis: &Axis, n: usize| {
            axis.first + axis.step * ((n as f64 / TILES as f64) * axis.count as f64 - 0.5)
        };
        let corners = [
            (edge(a_axis, across), edge(b_axis, down)),
            (edge(a_axis, across + 1), edge(b_axis, down + 1)),
        ];
        let uncertainty = tile.uncertainty / tile.samples;
        let novelty = 0.5 + 0.5 * tile.novelty / tile.samples;
        let near = self.polygons.iter().map(|p| self.away(corners, p));
        let distance = (near.fold(f64::INFINITY, f64::min) / FAR).min(1.0);
        let mut order: Vec<usize> = (0..classes.len()).collect();
        order.sort_by(|i, j| tile.fractions[*j].total_cmp(&tile.fractions[*i]));
        let name = |n: usize| order.get(n).map_or(String::new(), |i| classes[*i].clone());
        Spot {
            slice: key,
            corners,
            score: uncertainty * distance * novelty,
            uncertainty,
            distance,
            novelty,
            between: [name(0), name(1)],
        }
    }

    /// How far the middle of a box lies from a polygon, the survey being 1 long
    /// each way.
    fn away(&self, corners: [(f64, f64); 2], polygon: &Polygon) -> f64 {
        let here = middle(self.plane.key, corners);
        let mut low = [f64::INFINITY; 3];
        let mut high = [f64::NEG_INFINITY; 3];
        for &(a, b) in &polygon.vertices {
            let (i, x, t) = polygon.slice.position(a, b);
            for (k, v) in [i, x, t].into_iter().enumerate() {
                low[k] = low[k].min(v);
                high[k] = high[k].max(v);
            }
        }
        let there = [0, 1, 2].map(|k| here[k].clamp(low[k], high[k].max(low[k])));
        between(&self.plane.grid, here, there)
    }
}

/// Entropy of class fractions over the largest there is.
fn entropy(fractions: &[f32]) -> f64 {
    let sum: f64 = (fractions.iter().map(|p| f64::from(*p)))
        .filter(|p| *p > 0.0)
        .map(|p| -p * p.ln())
        .sum();
    sum / (fractions.len().max(2) as f64).ln()
}

/// The middle of a box: inline, crossline, time.
fn middle(key: SliceKey, [from, to]: [(f64, f64); 2]) -> [f64; 3] {
    let (i, x, t) = key.position(f64::midpoint(from.0, to.0), f64::midpoint(from.1, to.1));
    [i, x, t]
}

/// Distance of two places, the survey being 1 long each way.
fn between(grid: &Grid, p: [f64; 3], q: [f64; 3]) -> f64 {
    let axes = [&grid.inlines, &grid.crosslines, &grid.samples];
    let far = axes.into_iter().enumerate().map(|(k, axis)| {
        let length = (axis.high() - axis.low()).max(axis.step.abs());
        ((p[k] - q[k]) / length).powi(2)
    });
    far.sum::<f64>().sqrt()
}

/// The best of the spots that lie apart, best first. At most half of those told are of
/// one direction: where layers lie flat, a doubtful one fills tiles of time slices, and
/// of sections only a part of each.
fn apart(mut spots: Vec<Spot>, grid: &Grid) -> Vec<Spot> {
    spots.sort_by(|p, q| q.score.total_cmp(&p.score));
    let mut kept: Vec<Spot> = Vec::new();
    for spot in spots {
        let here = middle(spot.slice, spot.corners);
        let near = |k: &Spot| between(grid, here, middle(k.slice, k.corners)) < APART;
        let alike = |k: &&Spot| k.slice.direction() == spot.slice.direction();
        let fits = kept.iter().filter(alike).count() < TOLD / 2 && !kept.iter().any(near);
        if fits && spot.score > 0.0 {
            kept.push(spot);
        }
    }
    kept
}
