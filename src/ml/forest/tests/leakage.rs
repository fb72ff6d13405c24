//! Why folds by polygon are the headline: what neighbours tell is not there
//! elsewhere.

use super::*;
use crate::model::VoxelPosition;

/// Smooth random fields that know nothing of the classes, at the voxels of twelve
/// polygons of 8 x 8 samples, on one line far from each other. The class is that of
/// the polygon, dealt in turn.
fn smooth_fields() -> TrainingTable {
    let mut rng = stream(4, "fields", &[]);
    let rows = 12 * 64;
    let mut values = Array2::zeros((rows, 4));
    for a in 0..4 {
        // A sum of waves, each much longer than a polygon is wide.
        let waves: Vec<[f64; 3]> = (0..8)
            .map(|_| {
                [
                    rng.normal() / 25.0,
                    rng.normal() / 25.0,
                    6.3 * rng.fraction(),
                ]
            })
            .collect();
        for row in 0..rows {
            let (x, t) = ((row / 64 * 100 + row % 8) as f64, (row % 64 / 8) as f64);
            let wave = |[p, q, phase]: &[f64; 3]| (p * x + q * t + phase).sin();
            values[[row, a]] = waves.iter().map(wave).sum::<f64>() as f32;
        }
    }
    let mut table = table(values, (0..rows).map(|row| (row / 64 % 3) as u16).collect());
    table.group = (0..rows).map(|row| (row / 64) as u32).collect();
    table.positions = (0..rows)
        .map(|row| VoxelPosition {
            inline: 1.0,
            crossline: (row / 64 * 100 + row % 8) as f64,
            time: (row % 64 / 8 * 4) as f64,
        })
        .collect();
    table
}

#[test]
fn by_voxel_it_reads_near_1_where_by_polygon_it_is_chance() {
    let table = smooth_fields();
    let options = ForestOptions::default();
    let mut rng = stream(3, "t", &[]);
    let by_voxel = Folds::by_row(&table.class, 5, &mut rng);
    let by_polygon = Folds::by_group(&table.class, &table.group, 4, &mut rng);
    let accuracy = |folds: &Folds, buffer: Buffer| {
        let plan = FoldPlan {
            buffer,
            shuffles: 0,
            ..plan(&table, folds, &options, &[50])
        };
        judge(&plan).counts[0].confusion.accuracy()
    };
    let voxel = accuracy(&by_voxel, Buffer::default());
    let polygon = accuracy(&by_polygon, Buffer::default());
    assert!(voxel > 0.97, "by voxel {voxel}");
    assert!(polygon < 0.55, "by polygon {polygon}, chance is 0.33");
    // A buffer as wide as a polygon takes the neighbours away, and the illusion.
    let wide = Buffer {
        lines: 8.0,
        time: 40.0,
    };
    let folds = Folds::by_row(&table.class, table.len(), &mut rng);
    let plan = FoldPlan {
        buffer: wide,
        shuffles: 0,
        ..plan(&table, &folds, &options, &[20])
    };
    let scores: Vec<FoldScores> = (0..table.len())
        .step_by(7)
        .map(|fold| judge_fold(&plan, fold, &Task::silent()).unwrap())
        .collect();
    assert!(scores.iter().all(|s| s.buffered == 63));
    let buffered = CrossValidation::pool(plan.counts, &scores, 3, 4).counts[0].clone();
    let buffered = buffered.mean;
    assert!(
        buffered < voxel - 0.3,
        "with a buffer {buffered}, without {voxel}"
    );
}

#[test]
fn probabilities_are_scored() {
    let table = blobs(300);
    let folds = Folds::by_row(&table.class, 5, &mut stream(3, "t", &[]));
    let options = ForestOptions::default();
    let score = &judge(&plan(&table, &folds, &options, &[60])).counts[0];
    let rows: u64 = score.reliability.iter().map(|bin| bin.rows).sum();
    assert_eq!(rows, 300);
    let right: f64 = (score.reliability.iter())
        .map(|bin| bin.right * bin.rows as f64)
        .sum();
    assert!((right / 300.0 - score.confusion.accuracy()).abs() < 1e-12);
    for bin in &score.reliability {
        assert!((0.3..=1.0).contains(&bin.said), "{bin:?}");
    }
    // Surer than a guess among three, and never better than it is right.
    assert!(
        score.log_loss < 3.0_f64.ln() && score.log_loss > 0.05,
        "{}",
        score.log_loss
    );
}

#[test]
fn twins_matter_together_only() {
    // Attribute 1 and its twin carry most; each alone is replaced by the other.
    let mut table = blobs(300);
    for row in 0..300 {
        table.values[[row, 5]] = table.values[[row, 1]];
    }
    let sets = alike(&table, 0.95);
    assert_eq!(sets, [vec![1, 5]]);
    let folds = Folds::by_row(&table.class, 5, &mut stream(3, "t", &[]));
    let options = ForestOptions::default();
    let plan = FoldPlan {
        together: &sets,
        ..plan(&table, &folds, &options, &[60])
    };
    let score = &judge(&plan).counts[0];
    let (alone, both) = (&score.permutation, score.together[0]);
    assert!(
        both.mean > alone[1].mean.max(alone[5].mean) + 0.05,
        "{alone:?} {both:?}"
    );
    assert!(both.low <= both.mean && both.mean <= both.high);
}

#[test]
fn f1_is_the_harmonic_mean_of_precision_and_recall() {
    let confusion = Confusion {
        counts: vec![vec![8, 2, 0], vec![1, 3, 0], vec![0, 0, 0]],
    };
    let f1 = confusion.f1();
    let (p, r) = (8.0 / 9.0, 0.8);
    assert!((f1[0].unwrap() - 2.0 * p * r / (p + r)).abs() < 1e-12);
    assert_eq!(f1[2], None);
}
