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

    /// Keeps the class fractions of a leaf; says where.
    pub(super) fn keep(&mut self, fractions: &[f32]) -> u32 {
        let fours = self.fours;
        let mut said = vec![[0.0; 4]; fours];
        said.as_flattened_mut()[..fractions.len()].copy_from_slice(fractions);
        let mut classes = 0..fractions.len();
        let pure = classes.find(|c| self.fractions[c * fours..][..fours] == said);
        let place = pure.map_or(self.fractions.len(), |c| c * fours);
        if pure.is_none() {
            self.fractions.extend(said);
        }
        place as u32
    }

    /// Adds what is kept at a place to the sums of a row.
    #[inline(always)]
    pub(super) fn add(&self, place: usize, sums: &mut [[f64; 4]]) {
        let said = &self.fractions[place..][..sums.len()];
        for (sums, said) in sums.iter_mut().zip(said) {
            for (sum, &x) in sums.iter_mut().zip(said) {
                *sum += f64::from(x);
            }
        }
    }
}
