//! How far the rows left out lie from those fitted.

use std::collections::BTreeMap;

use crate::ml::folds::Folds;
use crate::model::TrainingTable;

/// What a part holds of a trace: place in traces, and the first and last sample.
type Trace = ([f64; 2], [f64; 2]);

/// For each part, the distance from it to the nearest row of the same class that
/// is fitted when the part is left out: traces along the inline or crossline
/// axis, or samples, whichever is more. Nothing where positions are unknown, or
/// no such row is left.
///
/// Cost: traces of the parts squared, where the boxes around parts do not rule
/// them out.
pub(super) fn between(
    table: &TrainingTable,
    of_row: &[u32],
    parts: usize,
    folds: &Folds,
) -> Vec<Option<f64>> {
    if table.positions.len() != table.len() {
        return vec![None; parts];
    }
    let traces = traces(table, of_row);
    let boxes: BTreeMap<_, _> = traces.iter().map(|(k, t)| (*k, around(t))).collect();
    let mut fold_of = vec![0; parts];
    for fold in 0..folds.count() {
        for row in folds.left_out(fold) {
            fold_of[of_row[row] as usize] = fold;
        }
    }
    let mut nearest: Vec<Option<f64>> = vec![None; parts];
    for ((part, class), here) in &traces {
        let others = traces
            .keys()
            .filter(|(other, c)| c == class && fold_of[*other as usize] != fold_of[*part as usize]);
        let apart = |other| gap(&boxes[&(*part, *class)], &boxes[other]);
        let mut others: Vec<(f64, _)> = others.map(|other| (apart(other), other)).collect();
        others.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut best = f64::INFINITY;
        for (bound, other) in others {
            if bound >= best {
                break;
            }
            for a in here {
                for b in &traces[other] {
                    best = best.min(gap(&[a.0, a.0, a.1], &[b.0, b.0, b.1]));
                }
            }
        }
        let known = &mut nearest[*part as usize];
        if best.is_finite() {
            *known = Some(known.map_or(best, |k| k.min(best)));
        }
    }
    nearest
}

/// The box around traces: the least places, the greatest, the span of samples.
fn around(traces: &[Trace]) -> [[f64; 2]; 3] {
    let mut whole = [[f64::INFINITY; 2], [f64::NEG_INFINITY; 2], [0.0; 2]];
    whole[2] = [f64::INFINITY, f64::NEG_INFINITY];
    for (place, span) in traces {
        for axis in 0..2 {
            whole[0][axis] = whole[0][axis].min(place[axis]);
            whole[1][axis] = whole[1][axis].max(place[axis]);
        }
        whole[2] = [whole[2][0].min(span[0]), whole[2][1].max(span[1])];
    }
    whole
}

/// The largest of the gaps between two boxes along their three axes.
fn gap(a: &[[f64; 2]; 3], b: &[[f64; 2]; 3]) -> f64 {
    let along = |low: f64, high: f64, l: f64, h: f64| (l - high).max(low - h).max(0.0);
    let axis = |i: usize| along(a[0][i], a[1][i], b[0][i], b[1][i]);
    axis(0)
        .max(axis(1))
        .max(along(a[2][0], a[2][1], b[2][0], b[2][1]))
}

/// The traces of each part and class, in units of traces and samples.
fn traces(table: &TrainingTable, of_row: &[u32]) -> BTreeMap<(u32, u16), Vec<Trace>> {
    let step = steps(table, of_row);
    let mut found: BTreeMap<(u32, u16), BTreeMap<[i64; 2], [f64; 2]>> = BTreeMap::new();
    for (i, p) in table.positions.iter().enumerate() {
        let place = [p.inline / step[0], p.crossline / step[1]].map(|x| x.round() as i64);
        let sample = p.time / step[2];
        let traces = found.entry((of_row[i], table.class[i])).or_default();
        let span = traces.entry(place).or_insert([sample, sample]);
        *span = [span[0].min(sample), span[1].max(sample)];
    }
    let plain = |(place, span): (&[i64; 2], &[f64; 2])| (place.map(|x| x as f64), *span);
    found
        .iter()
        .map(|(key, traces)| (*key, traces.iter().map(plain).collect()))
        .collect()
}

/// Steps of inline, crossline and time: the smallest difference within a part.
///
/// Polygons on inlines alone say nothing of the step between inlines: that of
/// the other axis is taken, or the smallest difference between polygons where
/// that is less.
fn steps(table: &TrainingTable, of_row: &[u32]) -> [f64; 3] {
    let axes = [0, 1, 2].map(|axis| {
        let of = |i: usize| {
            let p = &table.positions[i];
            [p.inline, p.crossline, p.time][axis]
        };
        let mut all: Vec<(u32, f64)> = (0..table.len()).map(|i| (of_row[i], of(i))).collect();
        all.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let within = all.windows(2).filter(|w| w[0].0 == w[1].0);
        let within = smallest(within.map(|w| w[1].1 - w[0].1));
        all.sort_by(|a, b| a.1.total_cmp(&b.1));
        let anywhere = smallest(all.windows(2).map(|w| w[1].1 - w[0].1));
        (within, anywhere)
    });
    [(0, 1), (1, 0), (2, 2)].map(|(axis, other)| {
        let (within, anywhere) = axes[axis];
        let borrowed = axes[other].0.into_iter().chain(anywhere);
        within.or_else(|| borrowed.reduce(f64::min)).unwrap_or(1.0)
    })
}

/// The smallest difference that is one.
fn smallest(differences: impl Iterator<Item = f64>) -> Option<f64> {
    differences
        .filter(|d| *d > 1e-6 && d.is_finite())
        .reduce(f64::min)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::VoxelPosition;
    use crate::task::stream;
    use ndarray::Array2;

    /// Rectangles of one class on inlines: inline, crosslines, samples of 4 ms.
    fn table(polygons: &[(f64, std::ops::Range<i32>, std::ops::Range<i32>)]) -> TrainingTable {
        let mut table = TrainingTable {
            classes: vec!["salt".into()],
            ..TrainingTable::default()
        };
        for (g, (inline, crosslines, samples)) in polygons.iter().enumerate() {
            for crossline in crosslines.clone() {
                for sample in samples.clone() {
                    table.class.push(0);
                    table.group.push(g as u32);
                    table.positions.push(VoxelPosition {
                        inline: *inline,
                        crossline: f64::from(crossline) * 2.0,
                        time: f64::from(sample) * 4.0,
                    });
                }
            }
        }
        table.values = Array2::zeros((table.class.len(), 0));
        table
    }

    fn distances(table: &TrainingTable) -> Vec<Option<f64>> {
        let parts = table.group.iter().max().map_or(0, |g| *g as usize + 1);
        let folds = Folds::of(table.group.clone(), parts);
        between(table, &table.group, parts, &folds)
    }

    #[test]
    fn distances_count_traces_along_and_across_sections() {
        // 20 inlines of step 2 apart; then beside, then below on one section.
        let across = table(&[(100.0, 0..5, 0..5), (140.0, 0..5, 0..5)]);
        assert_eq!(distances(&across), [Some(20.0); 2]);
        let beside = table(&[(100.0, 0..5, 0..5), (100.0, 9..12, 0..5)]);
        assert_eq!(distances(&beside), [Some(5.0); 2]);
        let below = table(&[(100.0, 0..5, 0..5), (100.0, 0..5, 12..20)]);
        assert_eq!(distances(&below), [Some(8.0); 2]);
        let single = table(&[(100.0, 0..5, 0..5)]);
        assert_eq!(distances(&single), [None]);
    }

    #[test]
    fn the_nearest_is_that_of_all_pairs_of_rows() {
        for seed in 0..40 {
            let mut rng = stream(seed, "spacing", &[]);
            let mut draw = || {
                let mut from = || rng.below(30) as i32;
                let (x, t) = (from(), from());
                (f64::from(from()) * 2.0, x..x + 3, t..t + 4)
            };
            let table = table(&[draw(), draw(), draw(), draw()]);
            let far = |i: usize, j: usize| {
                let (a, b) = (&table.positions[i], &table.positions[j]);
                ((a.inline - b.inline).abs() / 2.0)
                    .max((a.crossline - b.crossline).abs() / 2.0)
                    .max((a.time - b.time).abs() / 4.0)
            };
            for (part, distance) in distances(&table).into_iter().enumerate() {
                let of = |i: &usize| table.group[*i] as usize == part;
                let rows = || 0..table.len();
                let brute = rows()
                    .filter(of)
                    .flat_map(|i| rows().filter(|j| !of(j)).map(move |j| (i, j)))
                    .map(|(i, j)| far(i, j))
                    .reduce(f64::min);
                assert_eq!(distance, brute, "seed {seed} part {part}");
            }
        }
    }
}
