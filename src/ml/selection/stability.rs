//! How far the answer hangs on the polygons that happen to have been drawn:
//! bootstrap over polygons, and each polygon left out in turn.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::combination::attributes_of;
use super::duplicates::{self, Duplicates};
use super::hold_out::Parts;
use super::nested::{self, Nested};
use super::one_gaussian::{Chosen, OneGaussian, scores, sorted};
use super::resample::{Partition, Rows, weights};
use super::rows::fitted;
use super::{Search, Selection};
use crate::ml::MlError;
use crate::ml::gmm::{Component, Sums};
use crate::model::TrainingTable;
use crate::task::Task;

/// Most combinations that are compared in every resample; of more, those listed.
const MOST: u64 = 8192;

/// The answer under other choices of polygons.
///
/// Scores keep the clusters and covariance models of the nominal fit and
/// recompute their moments from the polygons drawn; which combination is best is
/// asked again with one Gaussian a facies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stability {
    /// How often the polygons were drawn, with replacement within each facies.
    pub resamples: usize,
    /// Combinations compared in each.
    pub combinations: usize,
    /// One entry a row of `best_per_size`.
    pub sizes: Vec<SizeStability>,
    /// One entry an attribute.
    pub attributes: Vec<AttributeStability>,
    /// One entry a polygon (or block).
    pub influence: Vec<Influence>,
    /// Attributes that are near copies of each other.
    pub duplicates: Vec<Duplicates>,
    /// Accuracy where the choice too was made without the polygon named.
    pub nested: Option<Nested>,
    /// What the interpreter should know.
    pub warnings: Vec<String>,
}

/// The best combination of one size under resampling.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SizeStability {
    /// How many attributes.
    pub size: usize,
    /// 95 % interval of its score, where that could be recomputed.
    pub score: Option<[f64; 2]>,
    /// 95 % interval of its score over that of the size before.
    pub gain: Option<[f64; 2]>,
    /// Share of the resamples in which this very combination is the best of its size.
    pub same: f64,
    /// 95 % interval of its rank among all of its size.
    pub rank: [usize; 2],
    /// Share of the resamples in which this size is the knee.
    pub knee: f64,
    /// For each attribute, the share of the resamples whose best of this size holds it.
    pub frequency: Vec<f64>,
}

/// An attribute under resampling.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttributeStability {
    /// Share of the resamples whose knee holds it.
    pub in_knee: f64,
    /// Rank of it alone among all attributes, from 1: by all polygons.
    pub rank: usize,
    /// 95 % interval of that rank.
    pub rank_interval: [usize; 2],
}

/// What is chosen without a polygon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Influence {
    /// The polygon.
    pub name: String,
    /// Attributes of the best combination of the knee's size without it, from 1.
    pub indices: Vec<usize>,
    /// True where these are others than with it: the polygon drives the choice.
    pub drives: bool,
    /// Relative change of the nominal knee's score without it, where that can be
    /// recomputed.
    pub change: Option<f64>,
}

/// Examines a selection: the same rows as it was fitted to, resampled.
///
/// Cost: a search with one Gaussian a facies for each resample, and P²/2 more for
/// the nested folds of P polygons. Reports one unit of progress a resample.
pub fn examine(
    table: &TrainingTable,
    search: &Search,
    selection: &Selection,
    task: &Task,
) -> Result<Stability, MlError> {
    let options = &search.options;
    let rows = fitted(table, options.max_voxels, options.seed);
    let parts = Parts::new(table, options.hold_out, options.seed);
    let rows = Rows {
        table,
        of_facies: rows,
        scaling: &selection.scaling,
        parts: &parts,
    };
    let (masks, listed) = masks(search, selection);
    let quick = OneGaussian {
        sums: rows.sums(),
        masks,
        floor: options.fit.floor,
    };
    let best = selection.best_masks().into_iter().zip(&selection.mixtures);
    let held: Vec<Partition> = best
        .map(|(mask, mixtures)| rows.partition(mask, mixtures, options.fit.floor))
        .collect();
    let nominal = selection.best_masks();
    let draw = |weight: &dyn Fn(usize, usize) -> f64| Draw::new(&quick, &held, &nominal, weight);
    let draws = (0..options.resamples)
        .into_par_iter()
        .map(|b| {
            task.check()?;
            let draw = draw(&weights(&quick, options.seed, b));
            task.advance(1);
            Ok(draw)
        })
        .collect::<Result<Vec<_>, MlError>>()?;
    let whole = draw(&|_, _| 1.0);
    let mut all = Sums::new(table.attributes.len());
    for sums in quick.sums.iter().flatten() {
        all.join(1.0, sums);
    }
    let nested = if listed {
        None
    } else {
        Some(nested::nested(&quick, &rows, task)?)
    };
    let without = (0..parts.all.len()).into_par_iter().map(|part| {
        let count = |p: usize, _: usize| f64::from(u8::from(p != part));
        influence(&parts.all[part].name, &draw(&count), &whole, selection)
    });
    let influence = without.collect();
    let mut stability = Stability {
        resamples: options.resamples,
        combinations: quick.masks.len(),
        sizes: sizes(&draws, &whole, selection),
        attributes: attributes(&draws, &whole, table.attributes.len()),
        influence,
        duplicates: duplicates::groups(&all),
        nested,
        warnings: Vec::new(),
    };
    if listed {
        stability.warnings.push(format!(
            "stability compares the {} combinations listed, not all",
            quick.masks.len()
        ));
    }
    Ok(stability)
}

/// The combinations to compare, and whether they are only those listed.
fn masks(search: &Search, selection: &Selection) -> (Vec<u32>, bool) {
    let plan = search.plan();
    if plan.combinations() <= MOST {
        let all = (0..plan.chunks()).flat_map(|chunk| plan.chunk(chunk));
        return (sorted(all.collect()), false);
    }
    let mut masks = selection.best_masks();
    let listed = selection.ranked.iter();
    masks.extend(listed.map(|r| r.indices.iter().fold(0, |m, i| m | 1u32 << (i - 1))));
    let mut masks = sorted(masks);
    masks.dedup();
    (masks, true)
}

/// One choice of polygons.
struct Draw {
    /// Scores of the nominal best of each size.
    scores: Vec<Option<f64>>,
    /// What is chosen with one Gaussian a facies.
    chosen: Chosen,
    /// Rank of the nominal best of each size among all of its size.
    ranks: Vec<usize>,
    /// Rank of each attribute alone.
    alone: Vec<usize>,
}

impl Draw {
    fn new(
        quick: &OneGaussian,
        held: &[Partition],
        nominal: &[u32],
        weight: &dyn Fn(usize, usize) -> f64,
    ) -> Self {
        let gaussians = quick.gaussians(weight);
        let found = scores(&gaussians, &quick.masks);
        let rank = |mask: &u32| {
            let mine = quick.masks.iter().position(|m| m == mask);
            let mine = mine.map_or(0.0, |i| found[i]);
            let size = |m: &u32| m.count_ones() == mask.count_ones();
            let of_size = quick.masks.iter().zip(&found).filter(|(m, _)| size(m));
            1 + of_size.filter(|(_, score)| **score > mine).count()
        };
        Self {
            scores: held.iter().map(|h| h.score(weight)).collect(),
            ranks: nominal.iter().map(rank).collect(),
            alone: alone(quick, &gaussians),
            chosen: quick.choose(&found),
        }
    }

    fn gain(&self, size: usize) -> Option<f64> {
        Some(self.scores[size]? - self.scores[size.checked_sub(1)?]?)
    }
}

/// Rank of each attribute by its distance alone, from 1.
fn alone(quick: &OneGaussian, gaussians: &[Option<Component>]) -> Vec<usize> {
    let attributes = quick.sums.first().and_then(|p| p.first());
    let masks: Vec<u32> = (0..attributes.map_or(0, |s| s.sum.len()))
        .map(|i| 1 << i)
        .collect();
    let found = scores(gaussians, &masks);
    let rank = |s: &f64| 1 + found.iter().filter(|other| *other > s).count();
    found.iter().map(rank).collect()
}

fn sizes(draws: &[Draw], whole: &Draw, selection: &Selection) -> Vec<SizeStability> {
    let share = |of: &dyn Fn(&Draw) -> bool| {
        draws.iter().filter(|d| of(d)).count() as f64 / draws.len().max(1) as f64
    };
    let rows = selection.best_per_size.iter().zip(selection.best_masks());
    rows.enumerate()
        .map(|(i, (row, mask))| {
            let chosen = |d: &Draw| {
                let best = d.chosen.best.iter();
                best.copied().find(|m| m.count_ones() == mask.count_ones())
            };
            let holds = |d: &Draw, a: usize| chosen(d).is_some_and(|m| m >> a & 1 == 1);
            SizeStability {
                size: row.size,
                score: pivotal(draws.iter().map(|d| d.scores[i]), whole.scores[i]),
                gain: pivotal(draws.iter().map(|d| d.gain(i)), whole.gain(i)),
                same: share(&|d| chosen(d) == Some(mask)),
                rank: interval(draws.iter().map(|d| d.ranks[i])),
                knee: share(&|d| d.knee().count_ones() == mask.count_ones()),
                frequency: (0..selection.attributes.len())
                    .map(|a| share(&|d| holds(d, a)))
                    .collect(),
            }
        })
        .collect()
}

impl Draw {
    fn knee(&self) -> u32 {
        self.chosen.best.get(self.chosen.knee).copied().unwrap_or(0)
    }
}

fn attributes(draws: &[Draw], whole: &Draw, count: usize) -> Vec<AttributeStability> {
    (0..count)
        .map(|a| {
            let held = draws.iter().filter(|d| d.knee() >> a & 1 == 1).count();
            AttributeStability {
                in_knee: held as f64 / draws.len().max(1) as f64,
                rank: whole.alone[a],
                rank_interval: interval(draws.iter().map(|d| d.alone[a])),
            }
        })
        .collect()
}

/// What a polygon does to the choice of the knee's size.
fn influence(name: &str, without: &Draw, whole: &Draw, selection: &Selection) -> Influence {
    let size = selection.knee.size;
    let of_size = |d: &Draw| {
        let best = d.chosen.best.iter();
        best.copied().find(|m| m.count_ones() as usize == size)
    };
    let mask = of_size(without);
    let place = selection.best_per_size.iter().position(|r| r.size == size);
    let score = |d: &Draw| d.scores[place?];
    Influence {
        name: name.to_owned(),
        indices: attributes_of(mask.unwrap_or(0))
            .iter()
            .map(|i| i + 1)
            .collect(),
        drives: mask != of_size(whole),
        change: score(without)
            .zip(score(whole))
            .map(|(without, with)| without / with - 1.0),
    }
}

/// The pivotal 95 % interval of a bootstrap, 2 x - x* (Davison and Hinkley 1997,
/// section 5.2): a polygon drawn twice adds no spread, so resamples overrate
/// distances as much as the polygons at hand do, and this takes it off. Nothing
/// where more than a tenth of the resamples could not be scored.
fn pivotal(draws: impl Iterator<Item = Option<f64>>, whole: Option<f64>) -> Option<[f64; 2]> {
    let whole = whole?;
    let draws: Vec<Option<f64>> = draws.collect();
    let mut known: Vec<f64> = draws.iter().copied().flatten().collect();
    if known.is_empty() || known.len() * 10 < draws.len() * 9 {
        return None;
    }
    known.sort_by(f64::total_cmp);
    let [low, high] = ends(known.len()).map(|i| known[i]);
    Some([2.0 * whole - high, 2.0 * whole - low])
}

/// The 95 % interval of ranks.
fn interval(ranks: impl Iterator<Item = usize>) -> [usize; 2] {
    let mut ranks: Vec<usize> = ranks.collect();
    ranks.sort_unstable();
    ends(ranks.len()).map(|i| ranks.get(i).copied().unwrap_or(0))
}

/// Places of the 2.5 and 97.5 % among so many sorted values.
fn ends(count: usize) -> [usize; 2] {
    let low = count / 40;
    [low, count.saturating_sub(1 + low)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ml::selection::SelectionOptions;
    use crate::task::stream;
    use ndarray::Array2;

    /// Three facies in four polygons each; attributes 1 and 2 tell them apart, 3
    /// is noise but in polygon `odd`, where it is far off, 4 nearly repeats 1.
    fn table(odd: Option<usize>, seed: u64) -> TrainingTable {
        let mut rng = stream(seed, "stability", &[]);
        let mut table = TrainingTable {
            attributes: ["a", "b", "noise", "copy"].map(String::from).into(),
            classes: ["x", "y", "z"].map(String::from).into(),
            codes: vec![1, 2, 3],
            groups: (0..12).map(|g| format!("polygon {g}")).collect(),
            ..TrainingTable::default()
        };
        let mut values = Vec::new();
        for row in 0..12 * 60 {
            let (class, group) = (row / 240, row / 60);
            table.class.push(class as u16);
            table.group.push(group as u32);
            let a = [0.0, 3.0, 0.0][class] + rng.normal();
            let b = [0.0, 0.0, 3.0][class] + rng.normal();
            let far = if odd == Some(group) { 90.0 } else { 0.0 };
            let (noise, copy) = (far + rng.normal(), a + 0.1 * rng.normal());
            values.extend([a, b, noise, copy].map(|v| v as f32));
        }
        table.values = Array2::from_shape_vec((720, 4), values).unwrap();
        table
    }

    fn examined(table: &TrainingTable, resamples: usize) -> (Selection, Stability) {
        let task = Task::silent();
        let mut options = SelectionOptions {
            resamples,
            ..SelectionOptions::default()
        };
        options.fit.sem_iterations = 10;
        let mut search = Search::new(table, &options).unwrap();
        let tally = search.run(&task).unwrap();
        let selection = search.summarise(&tally).unwrap();
        let stability = examine(table, &search, &selection, &task).unwrap();
        (selection, stability)
    }

    /// All polygons counted once give the nominal scores back: a draw of itself.
    #[test]
    fn every_polygon_once_is_the_nominal_fit() {
        let table = table(None, 1);
        let (selection, _) = examined(&table, 2);
        let options = SelectionOptions::default();
        let parts = Parts::new(&table, options.hold_out, options.seed);
        let rows = Rows {
            table: &table,
            of_facies: fitted(&table, options.max_voxels, options.seed),
            scaling: &selection.scaling,
            parts: &parts,
        };
        let best = selection.best_masks().into_iter();
        for (i, (mask, mixtures)) in best.zip(&selection.mixtures).enumerate() {
            let partition = rows.partition(mask, mixtures, options.fit.floor);
            let score = partition.score(&|_, _| 1.0).unwrap();
            let nominal = selection.best_per_size[i].average_cumulative_distance;
            assert!(
                (score - nominal).abs() < 1e-9 * nominal,
                "{score} {nominal}"
            );
        }
    }

    #[test]
    fn what_informs_is_chosen_in_every_resample() {
        let (selection, stability) = examined(&table(None, 2), 60);
        assert_eq!(stability.combinations, 15);
        let two = &stability.sizes[1];
        assert!(two.frequency[1] > 0.99, "b: {:?}", two.frequency);
        let either = two.frequency[0] + two.frequency[3];
        assert!((either - 1.0).abs() < 1e-9, "one of two copies: {either}");
        assert!(two.frequency[2] < 0.05 && two.gain.unwrap()[0] > 0.0);
        for (size, row) in stability.sizes.iter().zip(&selection.best_per_size) {
            let [low, high] = size.score.unwrap();
            assert!(low < high && low < 1.1 * row.score && high > 0.9 * row.score);
        }
        // The third attribute adds nothing that polygons would not.
        let gain = stability.sizes[2].gain.unwrap();
        assert!(gain[0] < 0.05 && gain[1] < 0.3, "{gain:?}");
        assert_eq!(stability.duplicates[0].indices, [1, 4]);
        assert!(stability.attributes[2].rank == 4 && stability.attributes[2].in_knee < 0.1);
        assert_eq!(stability.influence.len(), 12);
        let nested = stability.nested.unwrap();
        assert_eq!((nested.chosen_sizes.len(), nested.sizes.len()), (12, 4));
        let procedure = nested.procedure.unwrap();
        assert!(procedure > 0.85 && procedure <= 1.0, "{procedure}");
        for (without, all) in nested.chosen_without.iter().zip(&nested.chosen_on_all) {
            assert!(*without <= all + 0.02, "{without} {all}");
        }
    }

    /// One polygon that is unlike the rest of its facies makes noise look
    /// informative; without it, noise is not chosen.
    #[test]
    fn a_polygon_that_drives_the_choice_is_named() {
        let (selection, stability) = examined(&table(Some(5), 3), 10);
        assert!(selection.best_per_size[1].indices.contains(&3));
        let drives: Vec<&Influence> = stability.influence.iter().filter(|i| i.drives).collect();
        assert!(drives.iter().any(|i| i.name == "polygon 5"), "{drives:?}");
        let odd = &stability.influence[5];
        assert!(
            !odd.indices.contains(&3) || odd.indices.len() > 2,
            "{odd:?}"
        );
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads() {
        let table = table(None, 4);
        let bytes = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            let found = pool.unwrap().install(|| examined(&table, 12));
            postcard::to_stdvec(&found.1).unwrap()
        };
        assert_eq!(bytes(1), bytes(3));
    }

    #[test]
    fn intervals_are_turned_around_the_estimate() {
        let draws = (0..200).map(|i| Some(1.0 + f64::from(i) / 100.0));
        let [low, high] = pivotal(draws, Some(1.5)).unwrap();
        assert!((low - (3.0 - 2.94)).abs() < 1e-12 && (high - (3.0 - 1.05)).abs() < 1e-12);
        let missing = (0..10).map(|i| (i > 3).then_some(1.0));
        assert_eq!(pivotal(missing, Some(1.0)), None);
        assert_eq!(interval((1..=200).rev()), [6, 195]);
    }
}
