//! Which combinations are tried, and how they are dealt out: known from the
//! names of the attributes alone, before a value is read.

use super::combination::attributes_of;
use super::{Estimator, SelectionOptions};
use crate::ml::MlError;

/// The combinations of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Attributes that may be chosen.
    usable: u32,
    /// Attributes that must be.
    included: u32,
    sizes: std::ops::RangeInclusive<usize>,
    /// Most attributes that vary within a chunk.
    longest: usize,
    /// True where there are too many to try each: a chunk is a size then, whose
    /// best is found by branch and bound.
    bounded: bool,
}

impl Plan {
    /// Checks sizes, included and excluded names against the list of attributes.
    pub fn new(attributes: &[String], options: &SelectionOptions) -> Result<Self, MlError> {
        options.check()?;
        if attributes.len() > 32 {
            return Err(MlError::Option {
                option: "attributes",
                reason: "can be 32 at most; give fewer volumes",
            });
        }
        let mask = |names: &[String]| {
            names.iter().try_fold(0, |mask, name| {
                match attributes.iter().position(|a| a == name) {
                    Some(i) => Ok(mask | 1u32 << i),
                    None => Err(MlError::UnknownAttribute {
                        name: name.clone(),
                        known: attributes.join(", "),
                    }),
                }
            })
        };
        let excluded = mask(&options.exclude)?;
        let included = mask(&options.include)?;
        if let Some(&both) = attributes_of(included & excluded).first() {
            return Err(MlError::Included {
                name: attributes[both].clone(),
                reason: "is excluded too",
            });
        }
        let usable = attributes_of(!excluded)
            .into_iter()
            .filter(|&i| i < attributes.len())
            .fold(0, |mask, i| mask | 1u32 << i);
        let plan = Self {
            usable,
            included,
            sizes: options.smallest.max(1)..=if options.largest == 0 {
                32
            } else {
                options.largest
            },
            longest: match options.estimator {
                Estimator::Refit => 12,
                Estimator::Marginal => 19,
            },
            bounded: false,
        };
        let too_many = plan.too_many(options);
        if options.estimator == Estimator::Refit {
            too_many.map_or(Ok(()), Err)?;
            return plan.check();
        }
        Self {
            bounded: too_many.is_some(),
            ..plan
        }
        .check()
    }

    /// The error of more combinations than can be tried one by one.
    pub(super) fn too_many(&self, options: &SelectionOptions) -> Option<MlError> {
        let (combinations, limit) = (self.combinations(), options.most_combinations());
        (combinations > limit).then(|| MlError::TooManyCombinations {
            count: self.usable.count_ones() as usize,
            combinations,
            limit,
        })
    }

    /// True where the best of each size is found without trying all combinations.
    pub fn is_bounded(&self) -> bool {
        self.bounded
    }

    /// The size whose best a chunk finds, where that is what chunks do.
    pub(super) fn bounded_size(&self, chunk: usize) -> Option<usize> {
        let of_size = self.of_size();
        let mut sizes = (0..of_size.len()).filter(|&n| n > 0 && of_size[n] > 0);
        sizes.nth(chunk).filter(|_| self.bounded)
    }

    /// Attributes that every combination has.
    pub(super) fn included(&self) -> u32 {
        self.included
    }

    /// The plan without some attributes (constant ones, known once values are read).
    pub(super) fn without(&self, mask: u32) -> Result<Self, MlError> {
        Self {
            usable: self.usable & !mask,
            ..self.clone()
        }
        .check()
    }

    fn check(self) -> Result<Self, MlError> {
        if self.usable == 0 {
            return Err(MlError::NoAttributes {
                reason: "all of them are constant over the training voxels, or excluded".into(),
            });
        }
        if self.combinations() == 0 {
            return Err(MlError::NoCombinations {
                smallest: *self.sizes.start(),
                largest: (*self.sizes.end()).min(self.usable.count_ones() as usize),
                usable: self.usable.count_ones() as usize,
                included: self.included.count_ones() as usize,
            });
        }
        Ok(self)
    }

    /// The combination of all attributes that may be chosen.
    pub fn all_attributes(&self) -> u32 {
        self.usable
    }

    /// How many combinations there are of each size, from size 0: A_n.
    pub fn of_size(&self) -> Vec<u64> {
        let free = self.free().len();
        let fixed = self.included.count_ones() as usize;
        (0..=self.usable.count_ones() as usize)
            .map(|n| match n.checked_sub(fixed) {
                Some(chosen) if self.sizes.contains(&n) => choose(free, chosen),
                _ => 0,
            })
            .collect()
    }

    /// How many combinations there are.
    pub fn combinations(&self) -> u64 {
        self.of_size().iter().sum()
    }

    /// How many attributes a combination may have.
    pub(super) fn sizes(&self) -> &std::ops::RangeInclusive<usize> {
        &self.sizes
    }

    /// How many chunks they are dealt out in.
    pub fn chunks(&self) -> usize {
        if self.bounded {
            return self.of_size().iter().skip(1).filter(|&&n| n > 0).count();
        }
        1 << (self.free().len() - self.low())
    }

    /// How many combinations a chunk has; 1 where it finds the best of a size.
    pub fn chunk_size(&self, chunk: usize) -> u64 {
        if self.bounded {
            return 1;
        }
        let (fixed, free) = self.subtree(chunk);
        let (fixed, free) = (fixed.count_ones() as usize, free.len());
        let sizes = (fixed..=fixed + free).filter(|n| *n > 0 && self.sizes.contains(n));
        sizes.map(|n| choose(free, n - fixed)).sum()
    }

    /// Combinations of one chunk, in the order of their masks.
    pub fn chunk(&self, chunk: usize) -> Vec<u32> {
        let (fixed, free) = self.subtree(chunk);
        let mut masks = Vec::new();
        descend(fixed, &free, &self.sizes, &mut masks);
        masks
    }

    /// A chunk: the attributes that all of its combinations have, and those that
    /// they may add.
    pub(super) fn subtree(&self, chunk: usize) -> (u32, Vec<usize>) {
        let mut free = self.free();
        let high = free.split_off(self.low());
        let chosen = high
            .iter()
            .enumerate()
            .filter(|(bit, _)| chunk >> bit & 1 == 1);
        let fixed = chosen.fold(self.included, |mask, (_, i)| mask | 1 << i);
        (fixed, free)
    }

    /// Attributes that may or may not be chosen.
    fn free(&self) -> Vec<usize> {
        attributes_of(self.usable & !self.included)
    }

    /// How many of them vary within a chunk: 32 chunks, or more where they get too
    /// long, 4096 at most.
    fn low(&self) -> usize {
        let free = self.free().len();
        free.saturating_sub(5)
            .clamp(3, self.longest)
            .max(free.saturating_sub(12))
            .min(free)
    }
}

/// n! / (k! (n - k)!); 0 where k > n.
fn choose(n: usize, k: usize) -> u64 {
    (0..k as u64).fold(1, |product, i| {
        product * (n as u64).saturating_sub(i) / (i + 1)
    })
}

/// Every set of a wanted size that adds some of `free` to `mask`, in the order
/// of their masks.
fn descend(mask: u32, free: &[usize], sizes: &std::ops::RangeInclusive<usize>, out: &mut Vec<u32>) {
    let size = mask.count_ones() as usize;
    if size > *sizes.end() || size + free.len() < *sizes.start() {
        return;
    }
    if sizes.contains(&size) {
        out.push(mask);
    }
    for (i, &attribute) in free.iter().enumerate() {
        descend(mask | 1 << attribute, &free[..i], sizes, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(n: usize) -> Vec<String> {
        (1..=n).map(|i| format!("a{i}")).collect()
    }

    fn all(plan: &Plan) -> Vec<u32> {
        (0..plan.chunks()).flat_map(|c| plan.chunk(c)).collect()
    }

    #[test]
    fn nine_attributes_make_511_combinations() {
        let plan = Plan::new(&names(9), &SelectionOptions::default()).unwrap();
        assert_eq!(plan.of_size(), [0, 9, 36, 84, 126, 126, 84, 36, 9, 1]);
        assert_eq!(plan.combinations(), 511);
        assert_eq!(plan.chunks(), 32);
        assert_eq!(all(&plan), (1..512).collect::<Vec<_>>());
    }

    #[test]
    fn chunks_hold_each_combination_once() {
        for (smallest, largest, include, exclude) in [
            (1, 0, vec![], vec![]),
            (2, 4, vec!["a3"], vec!["a1", "a7"]),
            (3, 3, vec!["a1", "a2"], vec![]),
        ] {
            let options = SelectionOptions {
                smallest,
                largest,
                include: include.into_iter().map(String::from).collect(),
                exclude: exclude.into_iter().map(String::from).collect(),
                ..SelectionOptions::default()
            };
            let plan = Plan::new(&names(7), &options).unwrap();
            let mut masks = all(&plan);
            assert_eq!(masks.len() as u64, plan.combinations());
            masks.sort_unstable();
            masks.dedup();
            assert_eq!(masks.len() as u64, plan.combinations());
            for (size, count) in plan.of_size().iter().enumerate() {
                let found = masks.iter().filter(|m| m.count_ones() as usize == size);
                assert_eq!(found.count() as u64, *count);
            }
        }
    }

    #[test]
    fn too_many_attributes_are_refused_with_the_count() {
        let options = SelectionOptions::default();
        let error = Plan::new(&names(17), &options).unwrap_err().to_string();
        assert!(error.contains("131071 combinations"), "{error}");
        let fewer = SelectionOptions {
            exclude: vec!["a17".into()],
            ..options.clone()
        };
        assert!(Plan::new(&names(17), &fewer).is_ok());
        // Few sizes of many attributes are few combinations.
        let small = SelectionOptions {
            largest: 3,
            ..options.clone()
        };
        let plan = Plan::new(&names(32), &small).unwrap();
        assert_eq!(plan.combinations(), 32 + 496 + 4960);
        let sizes: u64 = (0..plan.chunks()).map(|c| plan.chunk_size(c)).sum();
        assert_eq!(sizes, plan.combinations());
        assert_eq!(all(&plan).len() as u64, plan.combinations());
        let marginal = SelectionOptions {
            estimator: Estimator::Marginal,
            ..options
        };
        assert_eq!(
            Plan::new(&names(24), &marginal).unwrap().combinations(),
            (1 << 24) - 1
        );
        let bounded = Plan::new(&names(25), &marginal).unwrap();
        assert!(bounded.is_bounded());
        assert_eq!((bounded.chunks(), bounded.bounded_size(24)), (25, Some(25)));
    }
}
