//! The search over combinations: what is prepared once, and the work on each.

use rayon::prelude::*;

use super::combination::{Combination, Ruler, Tally, attributes_of};
use super::rows::{Scaling, by_facies, check_finite, thin};
use super::{Estimator, FaciesCount, SelectionOptions};
use crate::ml::MlError;
use crate::ml::gmm::{Mixture, fit};
use crate::model::TrainingTable;
use crate::task::{Task, stream};

/// Fewest rows of a facies.
const FEWEST: usize = 10;
/// Rows of a facies below which a warning is due.
const FEW: usize = 30;

/// A search ready to run: rows standardised and thinned, combinations counted.
pub struct Search {
    pub(super) options: SelectionOptions,
    pub(super) attributes: Vec<String>,
    pub(super) facies: Vec<FaciesCount>,
    pub(super) scaling: Scaling,
    /// Facies -> attribute -> values in standard units.
    columns: Vec<Vec<Vec<f64>>>,
    /// Attributes that may be chosen, and those that must be.
    usable: u32,
    included: u32,
    sizes: std::ops::RangeInclusive<usize>,
    /// With [`Estimator::Marginal`], the mixture of each facies in all usable attributes.
    whole: Vec<Option<Mixture>>,
    pub(super) warnings: Vec<String>,
}

impl Search {
    /// Checks the rows and options, standardises, and thins.
    ///
    /// With [`Estimator::Marginal`], call [`Search::fit_whole`] and
    /// [`Search::set_whole`] before anything is evaluated.
    pub fn new(table: &TrainingTable, options: &SelectionOptions) -> Result<Self, MlError> {
        options.check()?;
        check_finite(table)?;
        let rows = by_facies(table);
        if rows.len() < 2 {
            return Err(MlError::TooFewFacies { count: rows.len() });
        }
        let mut warnings = Vec::new();
        for (name, rows) in table.classes.iter().zip(&rows) {
            if rows.len() < FEWEST {
                return Err(MlError::TooFewVoxels {
                    facies: name.clone(),
                    voxels: rows.len(),
                    needed: FEWEST,
                });
            }
            if rows.len() < FEW {
                let count = rows.len();
                warnings.push(format!(
                    "facies {name} has only {count} voxels: its statistics are poor; draw more"
                ));
            }
        }
        let all: Vec<usize> = (0..table.len()).collect();
        let scaling = Scaling::of(table, &all);
        let (usable, included) = choose(table, options, &scaling, &mut warnings)?;
        let count = usable.count_ones() as usize;
        let smallest = options.smallest.max(1).max(included.count_ones() as usize);
        let largest = if options.largest == 0 {
            count
        } else {
            options.largest.min(count)
        };
        if smallest > largest {
            return Err(MlError::NoCombinations {
                smallest: options.smallest,
                largest,
                usable: count,
                included: included.count_ones() as usize,
            });
        }
        let mut columns = Vec::new();
        for (m, rows) in rows.iter().enumerate() {
            let mut rng = stream(options.seed, "attribute_selection_rows", &[m as u64]);
            let rows = thin(table, rows, options.max_voxels, &mut rng);
            columns.push(scaling.columns(table, &rows));
        }
        let polygons = table.group_counts();
        Ok(Self {
            options: options.clone(),
            attributes: table.attributes.clone(),
            facies: table
                .classes
                .iter()
                .zip(rows.iter().zip(polygons))
                .map(|(name, (rows, polygons))| FaciesCount {
                    name: name.clone(),
                    voxels: rows.len(),
                    polygons,
                })
                .collect(),
            scaling,
            columns,
            usable,
            included,
            sizes: smallest..=largest,
            whole: Vec::new(),
            warnings,
        })
    }

    /// How many combinations there are of each size, from size 0: A_n.
    pub fn of_size(&self) -> Vec<u64> {
        let free = u64::from((self.usable & !self.included).count_ones());
        let fixed = u64::from(self.included.count_ones());
        let count = self.usable.count_ones() as usize;
        (0..=count)
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

    /// The combination of all usable attributes.
    pub fn all_attributes(&self) -> u32 {
        self.usable
    }

    /// How many chunks the combinations are dealt out in; the same for equal requests.
    pub fn chunks(&self) -> usize {
        (1usize << self.width()).div_ceil(self.chunk_masks())
    }

    /// Combinations of one chunk, ascending as masks.
    pub fn chunk(&self, chunk: usize) -> Vec<u32> {
        let size = self.chunk_masks();
        let end = ((chunk + 1) * size).min(1 << self.width());
        (chunk * size..end)
            .map(|mask| mask as u32)
            .filter(|&mask| {
                mask & !self.usable == 0
                    && mask & self.included == self.included
                    && self.sizes.contains(&(mask.count_ones() as usize))
            })
            .collect()
    }

    /// Bits of a mask: up to the last usable attribute.
    fn width(&self) -> u32 {
        32 - self.usable.leading_zeros()
    }

    /// Masks of a chunk: some thirty chunks, or more where they get too long.
    fn chunk_masks(&self) -> usize {
        ((1usize << self.width()) / 32).clamp(8, 4096)
    }

    /// Fits the mixture of one facies in all usable attributes.
    pub fn fit_whole(&self, facies: usize, task: &Task) -> Result<Option<Mixture>, MlError> {
        self.fit_facies(self.usable, facies, task)
    }

    /// Takes the mixtures that [`Search::fit_whole`] gave, one a facies.
    pub fn set_whole(&mut self, whole: Vec<Option<Mixture>>) {
        self.whole = whole;
    }

    fn fit_facies(
        &self,
        mask: u32,
        facies: usize,
        task: &Task,
    ) -> Result<Option<Mixture>, MlError> {
        let columns: Vec<&[f64]> = attributes_of(mask)
            .into_iter()
            .map(|i| self.columns[facies][i].as_slice())
            .collect();
        let items = [u64::from(mask), facies as u64];
        let mut rng = stream(self.options.seed, "attribute_selection", &items);
        fit(&columns, &self.options.fit, &mut rng, task)
    }

    fn mixture(&self, mask: u32, facies: usize, task: &Task) -> Result<Option<Mixture>, MlError> {
        match self.options.estimator {
            Estimator::Refit => self.fit_facies(mask, facies, task),
            Estimator::Marginal => {
                let usable = attributes_of(self.usable);
                let columns: Vec<usize> = (0..usable.len())
                    .filter(|&i| mask >> usable[i] & 1 == 1)
                    .collect();
                let whole = self.whole.get(facies).and_then(Option::as_ref);
                Ok(whole.map(|whole| whole.marginal(&columns)))
            }
        }
    }

    /// Mixtures and distances of one combination, in parallel over the facies.
    ///
    /// Cost: that of [`fit`] for each facies, or next to nothing with
    /// [`Estimator::Marginal`].
    pub fn evaluate(&self, mask: u32, task: &Task) -> Result<Combination, MlError> {
        let mixtures = (0..self.facies.len())
            .into_par_iter()
            .map(|m| self.mixture(mask, m, task))
            .collect::<Result<_, _>>()?;
        Combination::new(mask, mixtures)
    }

    /// Evaluates the combinations of one chunk in parallel; the result does not
    /// depend on the number of threads. Reports one unit of progress a combination.
    pub fn evaluate_chunk(&self, chunk: usize, task: &Task) -> Result<Tally, MlError> {
        let ruler = self.ruler();
        let combinations = self
            .chunk(chunk)
            .into_par_iter()
            .map(|mask| {
                task.check()?;
                let combination = self.evaluate(mask, task)?;
                task.advance(1);
                Ok(combination)
            })
            .collect::<Result<Vec<_>, MlError>>()?;
        let mut tally = Tally::default();
        for combination in combinations {
            tally.add(combination, &ruler);
        }
        tally.trim(&ruler);
        Ok(tally)
    }

    /// Joins the tallies of all chunks, given in order.
    pub fn join(&self, tallies: impl IntoIterator<Item = Tally>) -> Tally {
        let ruler = self.ruler();
        let mut whole = Tally::default();
        for tally in tallies {
            whole.merge(tally, &ruler);
        }
        whole
    }

    /// Evaluates everything here and now.
    pub fn run(&mut self, task: &Task) -> Result<Tally, MlError> {
        if self.options.estimator == Estimator::Marginal {
            let whole = (0..self.facies.len())
                .into_par_iter()
                .map(|m| self.fit_whole(m, task))
                .collect::<Result<Vec<_>, _>>()?;
            self.set_whole(whole);
        }
        let tallies = (0..self.chunks())
            .map(|chunk| self.evaluate_chunk(chunk, task))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(self.join(tallies))
    }

    pub(super) fn ruler(&self) -> Ruler<'_> {
        let top = match self.options.top {
            0 if self.combinations() <= 4095 => 4095,
            0 => 1000,
            top => top,
        };
        Ruler {
            options: &self.options,
            of_size: self.of_size(),
            top,
        }
    }
}

/// Masks of the attributes that may and that must be chosen.
fn choose(
    table: &TrainingTable,
    options: &SelectionOptions,
    scaling: &Scaling,
    warnings: &mut Vec<String>,
) -> Result<(u32, u32), MlError> {
    let place = |name: &String| {
        table
            .attributes
            .iter()
            .position(|a| a == name)
            .ok_or_else(|| MlError::UnknownAttribute {
                name: name.clone(),
                known: table.attributes.join(", "),
            })
    };
    let excluded = options
        .exclude
        .iter()
        .map(place)
        .collect::<Result<Vec<_>, _>>()?;
    let included = options
        .include
        .iter()
        .map(place)
        .collect::<Result<Vec<_>, _>>()?;
    let mut usable: Vec<usize> = (0..table.attributes.len())
        .filter(|i| !excluded.contains(i))
        .collect();
    usable.retain(|&i| {
        if scaling.constant[i] {
            warnings.push(format!(
                "attribute {} is constant over all training voxels: left out",
                table.attributes[i]
            ));
        }
        !scaling.constant[i]
    });
    if usable.is_empty() {
        return Err(MlError::NoAttributes {
            reason: "all of them are constant over the training voxels, or excluded".into(),
        });
    }
    if let Some(&lost) = included.iter().find(|i| !usable.contains(i)) {
        return Err(MlError::NoAttributes {
            reason: format!(
                "{} must be in every combination, but is constant or excluded",
                table.attributes[lost]
            ),
        });
    }
    let limit = options.attribute_limit();
    if usable.iter().any(|&i| i >= 32) {
        return Err(MlError::Option {
            option: "attributes",
            reason: "beyond the 32nd of the list cannot be searched; give fewer volumes",
        });
    }
    if usable.len() > limit {
        return Err(MlError::TooManyAttributes {
            count: usable.len(),
            combinations: (1u64 << usable.len()) - 1,
            limit,
        });
    }
    let mask = |list: &[usize]| list.iter().fold(0, |mask, i| mask | 1u32 << i);
    Ok((mask(&usable), mask(&included)))
}
