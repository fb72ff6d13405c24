//! What the leaves of a tree say: class fractions, by fours that fill registers.

#![allow(clippy::inline_always)] // compiled for the registers of the caller

/// Class fractions of leaves. Leaves of one class only, which are most of a deep tree,
/// share theirs.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Leaves {
    fractions: Vec<[f32; 4]>,
    /// Fours that the classes of a row take.
    pub fours: usize,
}

impl Leaves {
    /// Those of one class only.
    pub(super) fn new(classes: usize) -> Self {
        let fours = classes.div_ceil(4);
        let mut fractions = vec![[0.0; 4]; classes * fours];
        for class in 0..classes {
            fractions[class * fours + class / 4][class % 4] = 1.0;
        }
        Self { fractions, fours }
    }

    /// Keeps the class fractions of a leaf; says under which number.
    pub(super) fn keep(&mut self, fractions: &[f32]) -> u32 {
        let mut said = vec![[0.0; 4]; self.fours];
        said.as_flattened_mut()[..fractions.len()].copy_from_slice(fractions);
        let mut pure = self
            .fractions
            .chunks_exact(self.fours)
            .take(fractions.len());
        let leaf = pure.position(|pure| pure == said);
        let leaf = leaf.unwrap_or_else(|| {
            self.fractions.extend(said);
            self.fractions.len() / self.fours - 1
        });
        leaf as u32
    }

    /// Adds what a leaf says to the sums of a row.
    #[inline(always)]
    pub(super) fn add(&self, leaf: usize, sums: &mut [[f64; 4]]) {
        let said = &self.fractions[leaf * sums.len()..][..sums.len()];
        for (sums, said) in sums.iter_mut().zip(said) {
            // Read as a whole before any is written: then registers hold all four.
            let before = *sums;
            *sums = std::array::from_fn(|c| before[c] + f64::from(said[c]));
        }
    }
}
