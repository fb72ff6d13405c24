//! Random streams: one per independent work item, named rather than numbered
//! in order of use, so that results do not depend on threads or tasks.
//!
//! The rules that turn bits into indices and fractions are written out here:
//! a library's distributions may change between releases, and a session must
//! give the same bytes next year.

use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};

/// A reproducible stream of random numbers.
#[derive(Debug)]
pub struct Stream(ChaCha8Rng);

/// The stream of one work item: keyed by BLAKE3 of the user's seed, the name
/// of what draws, and the item's numbers.
///
/// ```
/// use outcrop::task::stream;
/// let mut a = stream(20211011, "forest", &[3]);
/// let mut b = stream(20211011, "forest", &[3]);
/// assert_eq!(a.below(1000), b.below(1000));
/// ```
pub fn stream(seed: u64, name: &str, items: &[u64]) -> Stream {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_le_bytes());
    hasher.update(&(name.len() as u64).to_le_bytes());
    hasher.update(name.as_bytes());
    for item in items {
        hasher.update(&item.to_le_bytes());
    }
    Stream(ChaCha8Rng::from_seed(*hasher.finalize().as_bytes()))
}

impl Stream {
    /// 64 uniform bits.
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A uniform index in `0..n`, without bias (Lemire's multiply-and-reject).
    ///
    /// `n` must not be 0.
    pub fn below(&mut self, n: usize) -> usize {
        assert!(n > 0, "below(0) has no answer");
        let n = n as u64;
        loop {
            let wide = u128::from(self.bits()) * u128::from(n);
            // What is rejected lies below 2^64 mod n, so below n: only there is the
            // division worth its time.
            let low = wide as u64;
            if low >= n || low >= n.wrapping_neg() % n {
                return (wide >> 64) as usize;
            }
        }
    }

    /// A uniform fraction in `[0, 1)` with 53 random bits.
    pub fn fraction(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// A standard normal deviate (Box and Muller 1958, the cosine half).
    pub fn normal(&mut self) -> f64 {
        let u = 1.0 - self.fraction();
        let v = self.fraction();
        (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
    }

    /// Shuffles in place (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            let j = self.below(i + 1);
            items.swap(i, j);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_numbers_of_a_stream_are_pinned() {
        let mut rng = stream(20_211_011, "test", &[1, 2]);
        let first: Vec<usize> = (0..6).map(|_| rng.below(1000)).collect();
        assert_eq!(first, PINNED);
    }

    const PINNED: [usize; 6] = [63, 576, 662, 871, 89, 84];

    #[test]
    fn names_and_items_separate_streams() {
        let a = stream(1, "a", &[1]).bits();
        assert_ne!(a, stream(1, "a", &[2]).bits());
        assert_ne!(a, stream(1, "b", &[1]).bits());
        assert_ne!(a, stream(2, "a", &[1]).bits());
    }

    #[test]
    fn normals_have_mean_0_and_variance_1() {
        let mut rng = stream(3, "normal", &[]);
        let x: Vec<f64> = (0..20_000).map(|_| rng.normal()).collect();
        let mean = x.iter().sum::<f64>() / 20_000.0;
        let variance = x.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 20_000.0;
        assert!(mean.abs() < 0.03, "mean {mean}");
        assert!((variance - 1.0).abs() < 0.05, "variance {variance}");
    }

    #[test]
    fn below_reaches_every_index() {
        let mut rng = stream(4, "below", &[]);
        let mut seen = [0; 7];
        for _ in 0..7000 {
            seen[rng.below(7)] += 1;
        }
        assert!(seen.iter().all(|&n| (850..1150).contains(&n)), "{seen:?}");
    }
}
