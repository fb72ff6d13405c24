//! The thinner levels of a copy, out of its own bricks.

use rayon::prelude::*;

use super::brick::{EDGE, VOXELS, put, take};
use super::build::{BrickBuilder, Sum, parts};
use super::layout::Level;
use crate::io::IoError;
use crate::model::Pick;
use crate::task::Task;

/// Bricks along a trace that are in memory at once, for each of four columns.
const DEEP: usize = 16;

impl BrickBuilder {
    /// Voxels of each band of the pyramid: inlines that share no brick of any level.
    pub fn bands(&self) -> Vec<u64> {
        let [inlines, crosslines, samples] = self.layout.levels[0].shape;
        if self.levels() == 1 {
            return Vec::new();
        }
        let lines = parts(inlines, EDGE << (self.levels() - 1));
        lines
            .map(|lines| (lines.count * crosslines * samples) as u64)
            .collect()
    }

    /// Builds all thinner levels of a band from the bricks of the full one,
    /// whose checksums are given.
    pub fn band(&self, band: usize, full: &[Sum], task: &Task) -> Result<Vec<Sum>, IoError> {
        let mut sums = vec![0; self.layout.count];
        let mut made = Vec::new();
        learn(&mut sums, full);
        let top = self.levels() - 1;
        for n in 1..=top {
            let [fine, thin] = [&self.layout.levels[n - 1], &self.layout.levels[n]];
            let rows = band << (top - n)..((band + 1) << (top - n)).min(thin.bricks[0]);
            let columns: Vec<[usize; 2]> = rows
                .flat_map(|i| (0..thin.bricks[1]).map(move |x| [i, x]))
                .collect();
            let work = |column| {
                task.check()?;
                let sums = self.thin(fine, thin, column, &sums)?;
                // Of all work the first of the thinner levels is three quarters, the
                // next three quarters of the rest: together the voxels of the band.
                task.advance((thin.shape[2] * EDGE * EDGE * 3) as u64);
                Ok(sums)
            };
            let found = columns.into_par_iter().map(work);
            let found = found.collect::<Result<Vec<_>, IoError>>()?.concat();
            learn(&mut sums, &found);
            made.extend(found);
        }
        Ok(made)
    }

    /// Builds one column of bricks from the four columns below it.
    fn thin(
        &self,
        fine: &Level,
        thin: &Level,
        [i, x]: [usize; 2],
        sums: &[u32],
    ) -> Result<Vec<Sum>, IoError> {
        let mut made = Vec::new();
        let mut from = Vec::new();
        for deep in parts(thin.bricks[2], DEEP) {
            let mut to = vec![0u8; deep.count * VOXELS];
            from.resize(deep.count * VOXELS, 0);
            for (a, b) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                if 2 * i + a < fine.bricks[0] && 2 * x + b < fine.bricks[1] {
                    let first = fine.number([2 * i + a, 2 * x + b, deep.start]);
                    self.read_bricks(fine, first, sums, &mut from)?;
                    quarter(&from, &mut to, a, b, deep);
                }
            }
            let first = thin.number([i, x, deep.start]);
            made.extend(self.write_bricks(thin, first, &to)?);
        }
        Ok(made)
    }
}

fn learn(sums: &mut [u32], known: &[Sum]) {
    for &Sum(number, sum) in known {
        if let Some(place) = sums.get_mut(number as usize) {
            *place = sum;
        }
    }
}

/// Thins bricks to a quarter of the bricks above them.
fn quarter(from: &[u8], to: &mut [u8], a: usize, b: usize, deep: Pick) {
    const HALF: usize = EDGE / 2;
    let bricks = from.chunks(VOXELS).zip(to.chunks_mut(VOXELS));
    for (from, to) in bricks.take(deep.count) {
        for i in 0..HALF {
            for x in 0..HALF {
                let mut four = [[0u8; EDGE]; 4];
                for (n, row) in four.iter_mut().enumerate() {
                    take(from, 2 * i + n / 2, 2 * x + n % 2, row);
                }
                put(to, a * HALF + i, b * HALF + x, &mean(&four));
            }
        }
    }
}

/// Means of four traces, nulls aside.
fn mean(four: &[[u8; EDGE]; 4]) -> [u8; EDGE] {
    let [a, b, c, d] = four;
    let mut mean = [0; EDGE];
    let mut live = true;
    for t in 0..EDGE {
        let sum = u16::from(a[t]) + u16::from(b[t]) + u16::from(c[t]) + u16::from(d[t]);
        live &= a[t].min(b[t]).min(c[t]).min(d[t]) > 0;
        mean[t] = ((sum + 2) / 4) as u8;
    }
    if live {
        return mean;
    }
    for t in 0..EDGE {
        let voxels = [a[t], b[t], c[t], d[t]];
        let sum: u32 = voxels.into_iter().map(u32::from).sum();
        let count = voxels.into_iter().filter(|&v| v > 0).count() as u32;
        mean[t] = match count {
            0 => 0,
            _ => ((sum + count / 2) / count) as u8,
        };
    }
    mean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nulls_do_not_count_in_means() {
        let mut four = [[10; EDGE], [20; EDGE], [30; EDGE], [41; EDGE]];
        assert_eq!(mean(&four), [25; EDGE]);
        four[3][5] = 0;
        assert_eq!((mean(&four)[5], mean(&four)[6]), (20, 25));
        four[0][5] = 0;
        four[1][5] = 0;
        assert_eq!(mean(&four)[5], 30);
        four[2][5] = 0;
        assert_eq!(mean(&four)[5], 0);
        assert_eq!(mean(&[[255; EDGE]; 4]), [255; EDGE]);
    }
}
