//! Which combinations are tried, and how they are dealt out: known from the
//! names of the attributes alone, before a value is read.

use super::SelectionOptions;
use super::combination::attributes_of;
use crate::ml::MlError;

/// The combinations of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Attributes that may be chosen.
    usable: u32,
    /// Attributes that must be.
    included: u32,
    sizes: std::ops::RangeInclusive<usize>,
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
        };
        let free = plan.free().len();
        if free > options.attribute_limit() {
            return Err(MlError::TooManyAttributes {
                count: free,
                combinations: (1 << free) - 1,
                limit: options.attribute_limit(),
            });
        }
        plan.check()
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
        let free = self.free().len() as u64;
        let fixed = u64::from(self.included.count_ones());
        (0..=self.usable.count_ones() as usize)
            .map(|n| match (n as u64).checked_sub(fixed) {
                Some(chosen) if self.sizes.contains(&n) => {
                    (0..chosen).fold(1, |product, i| product * (free - i) / (i + 1))
                }
                _ => 0,
            })
            .collect()
    }

    /// How many combinations there are.
    pub fn combinations(&self) -> u64 {
        self.of_size().iter().sum()
    }

    /// How many chunks they are dealt out in.
    pub fn chunks(&self) -> usize {
        (1usize << self.free().len()).div_ceil(self.chunk_length())
    }

    /// Combinations of one chunk.
    pub fn chunk(&self, chunk: usize) -> Vec<u32> {
        let free = self.free();
        let length = self.chunk_length();
        let end = ((chunk + 1) * length).min(1 << free.len());
        (chunk * length..end)
            .map(|code| {
                let bits = free
                    .iter()
                    .enumerate()
                    .filter(|(bit, _)| code >> bit & 1 == 1);
                bits.fold(self.included, |mask, (_, i)| mask | 1 << i)
            })
            .filter(|mask| self.sizes.contains(&(mask.count_ones() as usize)))
            .collect()
    }

    /// Attributes that may or may not be chosen.
    fn free(&self) -> Vec<usize> {
        attributes_of(self.usable & !self.included)
    }

    /// Some thirty chunks, or more where they get too long.
    fn chunk_length(&self) -> usize {
        ((1usize << self.free().len()) / 32).clamp(8, 4096)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ml::selection::Estimator;

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
        let marginal = SelectionOptions {
            estimator: Estimator::Marginal,
            ..options
        };
        assert_eq!(
            Plan::new(&names(24), &marginal).unwrap().combinations(),
            (1 << 24) - 1
        );
    }
}
