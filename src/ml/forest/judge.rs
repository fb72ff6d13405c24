//! Judging forests on rows left out: one fold at a time, then all together.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::predict::{Ready, predict_prefixes};
use super::{ForestError, ForestOptions, Rows, Seeding, columns_of, grow};
use crate::ml::folds::Folds;
use crate::model::TrainingTable;
use crate::task::{Task, stream};

/// What is judged: a table, its folds, and how forests are grown.
#[derive(Clone, Copy, Debug)]
pub struct FoldPlan<'a> {
    /// All training rows.
    pub table: &'a TrainingTable,
    /// Which of them are left out together.
    pub folds: &'a Folds,
    /// Tree counts to compare, ascending: each is a prefix of one forest.
    pub counts: &'a [usize],
    /// How trees are grown.
    pub options: &'a ForestOptions,
    /// The user's seed.
    pub seed: u64,
    /// Number of fold 0 among all forests of the run, from 1: keeps the random
    /// streams of folds by row and of folds by group apart.
    pub first_fold: u64,
    /// Rows nearer than this to a row left out are not learnt from either, where
    /// the table knows positions (0: all are).
    pub buffer: Buffer,
    /// How often attributes are shuffled for their permutation importance; 0
    /// leaves that out.
    pub shuffles: usize,
    /// Sets of attributes that are shuffled together, besides each alone.
    pub together: &'a [Vec<usize>],
}

/// How far rows that are learnt from must lie from those left out: neighbours
/// share their noise, so a fold that keeps them flatters the forest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Buffer {
    /// Distance in inlines and in crosslines, as survey numbers count them.
    pub lines: f64,
    /// Distance in time (ms) or depth.
    pub time: f64,
}

/// How the forest of one fold did on the rows left out of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FoldScores {
    /// The rows left out.
    pub rows: Vec<u32>,
    /// Their class.
    pub class: Vec<u16>,
    /// How many rows were not learnt from because they lie in the buffer.
    pub buffered: usize,
    /// For each tree count, what was said of the rows.
    pub answers: Vec<Answers>,
    /// For each tree count, then for each attribute and each set of them, then
    /// for each shuffle: how many rows were right.
    pub right_shuffled: Vec<Vec<Vec<u64>>>,
}

/// What a forest said of rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answers {
    /// The class that each was taken for.
    pub class: Vec<u16>,
    /// The probability given to that class.
    pub sure: Vec<f32>,
    /// The probability given to the true class.
    pub truth: Vec<f32>,
}

/// Grows the forest of one fold, with as many trees as the largest count, and
/// judges its prefixes on the rows left out. Reports one unit a tree.
///
/// The kept rows may lack a class (its rows lie in one group): the forest then
/// cannot find it, and the scores say so.
pub fn judge_fold(plan: &FoldPlan, fold: usize, task: &Task) -> Result<FoldScores, ForestError> {
    let most = plan.counts.last().copied().unwrap_or(0);
    let number = plan.first_fold + fold as u64;
    let seeding = Seeding {
        seed: plan.seed,
        fold: number,
    };
    let left_out = plan.folds.left_out(fold);
    let mut kept = plan.folds.kept(fold);
    let before = kept.len();
    plan.buffer.clear(plan.table, &left_out, &mut kept);
    let buffered = before - kept.len();
    let kept = Rows::of(plan.table, &kept)?;
    let trees = grow(&kept, plan.options, 0..most, seeding, task)?;

    let classes = plan.table.classes.len();
    let ready = Ready::new(&trees, plan.table.attributes.len(), classes)?;
    let columns = columns_of(plan.table, &left_out);
    let columns: Vec<&[f32]> = columns.iter().map(Vec::as_slice).collect();
    let class: Vec<u16> = left_out.iter().map(|&row| plan.table.class[row]).collect();
    let answers = predict_prefixes(&ready, &columns, plan.counts)
        .into_iter()
        .map(|said| {
            let of = |class: &[u16]| {
                let rows = said.fractions.chunks_exact(classes).zip(class);
                rows.map(|(row, &c)| row[usize::from(c)]).collect()
            };
            Answers {
                sure: of(&said.class),
                truth: of(&class),
                class: said.class,
            }
        })
        .collect();
    let right_shuffled = shuffled(plan, number, &ready, &columns, &class, task)?;
    Ok(FoldScores {
        rows: left_out.iter().map(|&row| row as u32).collect(),
        class,
        buffered,
        answers,
        right_shuffled,
    })
}

impl Buffer {
    /// Takes away kept rows that lie nearer to a row left out than the buffer,
    /// in inline, crossline and time all three. Costs a few look-ups a row.
    fn clear(self, table: &TrainingTable, left_out: &[usize], kept: &mut Vec<usize>) {
        if self.lines <= 0.0 || table.positions.len() != table.len() {
            return;
        }
        // Rows left out, sorted into boxes of the size of the buffer: what is near
        // lies in the same box or in one of its neighbours.
        let time = self.time.max(f64::MIN_POSITIVE);
        let place = |row: usize| {
            let at = table.positions[row];
            let floor = |x: f64, size: f64| (x / size).floor() as i64;
            (
                floor(at.inline, self.lines),
                floor(at.crossline, self.lines),
                floor(at.time, time),
            )
        };
        let mut boxes = std::collections::HashMap::<_, Vec<usize>>::new();
        for &row in left_out {
            boxes.entry(place(row)).or_default().push(row);
        }
        let near = |a: usize, b: usize| {
            let (a, b) = (table.positions[a], table.positions[b]);
            (a.inline - b.inline).abs() <= self.lines
                && (a.crossline - b.crossline).abs() <= self.lines
                && (a.time - b.time).abs() <= self.time
        };
        kept.retain(|&row| {
            let (i, x, t) = place(row);
            !(-1..=1).any(|di| {
                (-1..=1).any(|dx| {
                    (-1..=1).any(|dt| {
                        let around = boxes.get(&(i + di, x + dx, t + dt));
                        around.is_some_and(|rows| rows.iter().any(|&other| near(row, other)))
                    })
                })
            })
        });
    }
}

/// How many rows are right with one attribute, or one set of them, shuffled among
/// them: by tree count, attribute or set, and shuffle. The attributes of a set move
/// together, so that what they share is lost too.
fn shuffled(
    plan: &FoldPlan,
    fold: u64,
    ready: &Ready,
    columns: &[&[f32]],
    class: &[u16],
    task: &Task,
) -> Result<Vec<Vec<Vec<u64>>>, ForestError> {
    let alone = (0..columns.len()).map(|a| vec![a]);
    let sets: Vec<Vec<usize>> = alone.chain(plan.together.iter().cloned()).collect();
    let right = (0..sets.len() * plan.shuffles)
        .into_par_iter()
        .map(|i| {
            task.check()?;
            let (set, shuffle) = (i / plan.shuffles, i % plan.shuffles);
            let items = [fold, set as u64, shuffle as u64];
            let mut order: Vec<usize> = (0..class.len()).collect();
            stream(plan.seed, "rfc3d shuffle", &items).shuffle(&mut order);
            let moved: Vec<Vec<f32>> = sets[set]
                .iter()
                .map(|&a| order.iter().map(|&row| columns[a][row]).collect())
                .collect();
            let mut columns = columns.to_vec();
            for (&a, moved) in sets[set].iter().zip(&moved) {
                columns[a] = moved;
            }
            let said = predict_prefixes(ready, &columns, plan.counts);
            let right = said.iter().map(|said| {
                let pairs = said.class.iter().zip(class);
                pairs.filter(|(p, t)| p == t).count() as u64
            });
            Ok(right.collect())
        })
        .collect::<Result<Vec<Vec<u64>>, ForestError>>()?;
    let of = |count: usize, set: usize| {
        let shuffles = right.iter().skip(set * plan.shuffles).take(plan.shuffles);
        shuffles.map(|right| right[count]).collect()
    };
    Ok((0..plan.counts.len())
        .map(|count| (0..sets.len()).map(|set| of(count, set)).collect())
        .collect())
}
