//! Grey-level co-occurrence: which amplitudes stand side by side.

use std::ops::Range;

use super::slab::{Life, Traces};
use super::window::Start;
use super::{AttributeOptions, Interpolation};

/// Lateral directions in which neighbours are paired: (crosslines, inlines).
const DIRECTIONS: [(isize, isize); 4] = [(1, 0), (0, 1), (1, 1), (1, -1)];

/// Most levels that there can be.
pub(super) const MOST_LEVELS: usize = 63;

/// Fewer pairs than this are no statistic.
const LEAST_PAIRS: u32 = 8;

/// Entropy and variance of the co-occurrence matrix of a window along structure
/// (Haralick, Shanmugam and Dinstein 1973; along dip as Gao 2003 and the AASPI
/// programs do).
///
/// Amplitudes are cut into an odd number of levels, symmetric about 0, between
/// plus and minus `clip` root mean squares of the volume. Pairs are lateral
/// neighbours at distance 1 in four directions at the same flattened time, all
/// in one symmetric matrix. Entropy is in nats, variance in squared levels.
/// Cost: `(2r+1)^2 (2K+1)` samples and four times as many pairs a voxel.
#[derive(Clone)]
pub(super) struct Glcm {
    radius: usize,
    half: usize,
    interpolation: Interpolation,
    pooled: bool,
    quantiser: Quantiser,
    counts: Counts,
    /// Traces of the window by row, then column; nothing where there is none.
    places: Vec<Option<(usize, usize)>>,
    /// Levels of each trace of the window.
    levels: Vec<u8>,
    /// Pairs of traces of the window, both present, by direction.
    pairs: [Vec<(usize, usize)>; DIRECTIONS.len()],
}

#[derive(Clone, Copy)]
struct Quantiser {
    scale: f64,
    middle: f64,
}

impl Quantiser {
    /// The level of a value, rounding half away from zero so that turning the
    /// sign of all amplitudes mirrors the levels.
    fn level(self, value: f64) -> u8 {
        let v = (value * self.scale).clamp(-self.middle, self.middle);
        ((v + 0.5_f64.copysign(v)) as i32 + self.middle as i32) as u8
    }
}

impl Glcm {
    pub(super) fn new(options: &AttributeOptions, rms: f64) -> Self {
        let (radius, half) = (options.glcm_radius, options.glcm_half_height);
        let middle = ((options.levels - 1) / 2) as f64;
        let side = 2 * radius + 1;
        let rows = 2 * half + 1;
        Self {
            radius,
            half,
            interpolation: options.interpolation,
            pooled: options.pooled,
            quantiser: Quantiser {
                scale: middle / (options.clip * rms),
                middle,
            },
            counts: Counts::new(options.levels, 2 * DIRECTIONS.len() * side * side * rows),
            places: vec![None; side * side],
            levels: vec![0; side * side * rows],
            pairs: Default::default(),
        }
    }

    /// Entropy and variance at some samples of one live trace with dips `p` and `q`.
    pub(super) fn trace(
        &mut self,
        traces: &Traces,
        centre: (usize, usize),
        span: Range<usize>,
        (p, q): (&[f32], &[f32]),
        entropy: &mut [f32],
        variance: &mut [f32],
    ) {
        self.gather(traces, centre);
        let own = traces.row(centre.0, centre.1);
        for t in span {
            let found = if own[t].is_finite() {
                self.quantise(traces, t, (f64::from(p[t]), f64::from(q[t])));
                self.measure()
            } else {
                None
            };
            entropy[t] = found.map_or(f32::NAN, |f| f.0 as f32);
            variance[t] = found.map_or(f32::NAN, |f| f.1 as f32);
        }
    }

    /// Finds the traces of the window and pairs them.
    fn gather(&mut self, traces: &Traces, centre: (usize, usize)) {
        let (r, side) = (self.radius as isize, 2 * self.radius + 1);
        for b in -r..=r {
            for a in -r..=r {
                let at = (b + r) as usize * side + (a + r) as usize;
                self.places[at] = traces.neighbour(centre, (a, b));
            }
        }
        for ((da, db), pairs) in DIRECTIONS.into_iter().zip(&mut self.pairs) {
            pairs.clear();
            for b in 0..side {
                for a in 0..side {
                    let other = a.checked_add_signed(da).zip(b.checked_add_signed(db));
                    let Some((c, d)) = other.filter(|(c, d)| *c < side && *d < side) else {
                        continue;
                    };
                    let (i, j) = (b * side + a, d * side + c);
                    if self.places[i].is_some() && self.places[j].is_some() {
                        pairs.push((i, j));
                    }
                }
            }
        }
    }

    /// Levels of the window around a sample.
    fn quantise(&mut self, traces: &Traces, t: usize, (p, q): (f64, f64)) {
        let (r, side, rows) = (self.radius as isize, 2 * self.radius + 1, 2 * self.half + 1);
        let nothing = self.counts.levels as u8;
        for (at, levels) in self.levels.chunks_exact_mut(rows).enumerate() {
            let Some((y, x)) = self.places[at] else {
                continue;
            };
            let (a, b) = ((at % side) as isize - r, (at / side) as isize - r);
            let shift = p * a as f64 + q * b as f64;
            let start = Start::new(t, shift, self.half).by(self.interpolation);
            let row = traces.row(y, x);
            if traces.life(y, x) == Life::Full && start.is_inside(rows, row.len()) {
                for (level, value) in levels.iter_mut().zip(start.values(row, rows)) {
                    *level = self.quantiser.level(value);
                }
            } else {
                for (k, level) in levels.iter_mut().enumerate() {
                    let value = start.value(row, k);
                    *level = value.map_or(nothing, |v| self.quantiser.level(v));
                }
            }
        }
    }

    /// Entropy and variance of the matrix of all pairs, or the means of those of each
    /// direction that has enough of them.
    fn measure(&mut self) -> Option<(f64, f64)> {
        if self.pooled {
            self.counts.clear();
            (0..DIRECTIONS.len()).for_each(|direction| self.count(direction));
            return self.counts.measure();
        }
        let (mut entropy, mut variance, mut n) = (0.0, 0.0, 0.0);
        for direction in 0..DIRECTIONS.len() {
            self.counts.clear();
            self.count(direction);
            if let Some(found) = self.counts.measure() {
                entropy += found.0;
                variance += found.1;
                n += 1.0;
            }
        }
        (n > 0.0).then(|| (entropy / n, variance / n))
    }

    /// Counts the pairs in a direction.
    fn count(&mut self, direction: usize) {
        let rows = 2 * self.half + 1;
        for &(i, j) in &self.pairs[direction] {
            let (a, b) = (&self.levels[i * rows..], &self.levels[j * rows..]);
            for (a, b) in a[..rows].iter().zip(&b[..rows]) {
                self.counts.add(*a, *b);
            }
        }
    }
}

/// A co-occurrence matrix under way.
#[derive(Clone)]
struct Counts {
    levels: usize,
    /// How often each ordered pair was seen. One more row and column than
    /// levels take the pairs with a missing end, so that counting never asks.
    cells: Vec<u32>,
    /// `n ln n` of every count there can be.
    n_ln_n: Vec<f64>,
}

impl Counts {
    fn new(levels: usize, most: usize) -> Self {
        let table = |n: usize| {
            if n == 0 {
                0.0
            } else {
                n as f64 * (n as f64).ln()
            }
        };
        Self {
            levels,
            cells: vec![0; (levels + 1) * (levels + 1)],
            n_ln_n: (0..=most).map(table).collect(),
        }
    }

    fn clear(&mut self) {
        self.cells.fill(0);
    }

    #[inline]
    fn add(&mut self, a: u8, b: u8) {
        self.cells[usize::from(a) * (self.levels + 1) + usize::from(b)] += 1;
    }

    /// Entropy and variance of the symmetric matrix.
    ///
    /// With `n_ij` the counts of pairs in either order and `N` their total,
    /// `P_ij = n_ij / N` and the entropy is `ln N - sum n_ij ln n_ij / N`.
    fn measure(&self) -> Option<(f64, f64)> {
        let stride = self.levels + 1;
        let mut marginal = [0_u32; MOST_LEVELS];
        let mut disorder = 0.0;
        for i in 0..self.levels {
            let row = &self.cells[i * stride..][..i];
            let column = self.cells[i..].iter().step_by(stride);
            let mut sum = 2 * self.cells[i * stride + i];
            disorder += self.n_ln_n[sum as usize];
            let mut beside = 0.0;
            for ((a, b), other) in row.iter().zip(column).zip(&mut marginal) {
                let n = a + b;
                beside += self.n_ln_n[n as usize];
                sum += n;
                *other += n;
            }
            disorder += 2.0 * beside;
            marginal[i] = sum;
        }
        let (mut total, mut first, mut second) = (0_u32, 0_u64, 0_u64);
        for (i, &n) in marginal.iter().enumerate() {
            total += n;
            first += i as u64 * u64::from(n);
            second += (i * i) as u64 * u64::from(n);
        }
        if total < 2 * LEAST_PAIRS {
            return None;
        }
        let n = f64::from(total);
        let mean = first as f64 / n;
        // A constant gives a logarithm less itself: exactly 0, never -0.
        let entropy = (n.ln() - disorder / n).max(0.0);
        let variance = (second as f64 / n - mean * mean).max(0.0);
        Some((entropy, variance))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(image: &[Vec<u8>], levels: usize, directions: &[(isize, isize)]) -> (f64, f64) {
        let mut counts = Counts::new(levels, 10_000_000);
        for (b, row) in image.iter().enumerate() {
            for (a, &level) in row.iter().enumerate() {
                for &(da, db) in directions {
                    let d = b.checked_add_signed(db).and_then(|b| image.get(b));
                    let c = a.checked_add_signed(da);
                    if let Some(other) = d.and_then(|row| row.get(c?)) {
                        counts.add(level, *other);
                    }
                }
            }
        }
        counts.measure().unwrap()
    }

    fn assert_near(found: (f64, f64), expected: (f64, f64)) {
        let near = (found.0 - expected.0).abs() < 1e-6 && (found.1 - expected.1).abs() < 1e-6;
        assert!(near, "{found:?} against {expected:?}");
    }

    #[test]
    fn worked_examples() {
        assert_eq!(counted(&vec![vec![3; 9]; 9], 5, &DIRECTIONS), (0.0, 0.0));
        let board: Vec<Vec<u8>> = (0..4)
            .map(|i| (0..4).map(|j| (i + j) % 2).collect())
            .collect();
        assert_near(
            counted(&board, 2, &DIRECTIONS[..2]),
            (std::f64::consts::LN_2, 0.25),
        );
        let haralick = [[0, 0, 1, 1], [0, 0, 1, 1], [0, 2, 2, 2], [2, 2, 3, 3]];
        let haralick = haralick.map(|row| row.to_vec());
        assert_near(
            counted(&haralick, 4, &DIRECTIONS[..1]),
            (2.094_729, 1.039_931),
        );
        assert_near(counted(&haralick, 4, &DIRECTIONS), (2.340_669, 0.984_552));
    }

    /// scikit-image 0.26: `graycomatrix(image, [1], [0, pi/4, pi/2, 3 pi/4],
    /// levels=5, symmetric=True)`, the four angles added: 262 entries.
    #[test]
    fn pooled_directions_agree_with_scikit_image() {
        let image: Vec<Vec<u8>> = (0..6)
            .map(|i: u32| {
                (0..7)
                    .map(|j| ((7 * i * i + 3 * j + i * j) % 5) as u8)
                    .collect()
            })
            .collect();
        assert_near(
            counted(&image, 5, &DIRECTIONS),
            (3.048_364_902, 1.734_222_947),
        );
    }

    #[test]
    fn independent_levels_are_as_disordered_as_can_be() {
        let mut rng = crate::task::stream(5, "levels", &[]);
        let image: Vec<Vec<u8>> = (0..400)
            .map(|_| (0..400).map(|_| rng.below(17) as u8).collect())
            .collect();
        let (entropy, variance) = counted(&image, 17, &DIRECTIONS);
        assert!((entropy - 2.0 * 17.0_f64.ln()).abs() < 1e-3, "{entropy}");
        assert!((variance - 24.0).abs() < 0.15, "{variance}");
    }

    #[test]
    fn levels_are_symmetric_about_zero() {
        let quantiser = Glcm::new(&AttributeOptions::default(), 2.0).quantiser;
        assert_eq!(quantiser.level(0.0), 8);
        assert_eq!(quantiser.level(5.0), 16);
        assert_eq!(quantiser.level(-1e30), 0);
        for i in 0..200 {
            let value = f64::from(i) * 0.031_25;
            let sum = quantiser.level(value) + quantiser.level(-value);
            assert_eq!(sum, 16, "{value}");
        }
    }

    #[test]
    fn few_pairs_are_no_statistic() {
        let mut counts = Counts::new(3, 100);
        for _ in 0..7 {
            counts.add(0, 1);
        }
        counts.add(0, 3);
        assert_eq!(counts.measure(), None);
        counts.add(1, 0);
        assert!(counts.measure().is_some());
    }
}
