//! Stochastic EM: a chain of random partitions for each covariance model, all drawn with
//! the same random fractions, iteration by iteration. Each chain is what it would be if it
//! were alone.

use super::CovarianceModel;
use super::density::Parameters;
use super::dice::{Dice, SMALLEST_FRACTION};
use super::fit::Fitter;
use super::odds::Odds;
use super::pass::Rule;
use super::points::Moments;
use super::record::Path;
use crate::ml::MlError;
use crate::task::Task;

/// How often a draw that leaves a component too small is repeated.
const REDRAWS: usize = 10;

/// What is known of one model from iteration to iteration.
pub(super) struct Chain {
    /// False where a component got too small for the model.
    pub is_valid: bool,
    pub current: Parameters,
    pub odds: Odds,
    /// Of the components of the last partition.
    pub moments: Vec<Moments>,
    pub path: Path,
    /// The moments of the partition before.
    previous: Vec<Moments>,
    /// The parameters of the largest mixture likelihood met.
    kept: Parameters,
    largest: f64,
    is_under_way: bool,
    /// For draws that are repeated, where there are any.
    dice: Option<Dice>,
}

impl Chain {
    /// Room for `k` components in `d` dimensions.
    pub fn new(d: usize, k: usize) -> Self {
        Self {
            is_valid: true,
            current: Parameters::new(d, k),
            odds: Odds::new(d, k),
            moments: vec![Moments::new(d); k],
            path: Path::default(),
            previous: vec![Moments::new(d); k],
            kept: Parameters::new(d, k),
            largest: f64::NEG_INFINITY,
            is_under_way: true,
            dice: None,
        }
    }
}

impl Fitter<'_> {
    /// Ends on the parameters of the largest mixture likelihood met.
    pub(super) fn sem(
        &mut self,
        chains: &mut [(CovarianceModel, Chain)],
        task: &Task,
    ) -> Result<(), MlError> {
        for iteration in 0..=self.options.sem_iterations {
            self.dice.fill(&mut self.fractions);
            let is_last = iteration == self.options.sem_iterations;
            let under_way = |chain: &Chain| chain.is_valid && chain.is_under_way;
            for (model, chain) in chains.iter_mut().filter(|(_, c)| under_way(c)) {
                task.check()?;
                chain.is_under_way = self.give_turn(chain, |fitter| fitter.draw(*model, is_last));
            }
        }
        for (model, chain) in chains.iter_mut().filter(|(_, chain)| chain.is_valid) {
            std::mem::swap(&mut chain.current, &mut chain.kept);
            chain.odds.set(model.terms(), &chain.current, self.all);
        }
        Ok(())
    }

    /// Draws a partition and takes its parameters, but for the last; false where the chain
    /// ends.
    fn draw(&mut self, model: CovarianceModel, is_last: bool) -> bool {
        let chain = &mut self.chain;
        std::mem::swap(&mut chain.moments, &mut chain.previous);
        let totals = self.pass(Rule::Draw);
        let chain = &mut self.chain;
        chain.path.sem.push(totals.mixture as f32);
        if totals.mixture > chain.largest {
            chain.largest = totals.mixture;
            chain.kept.copy_from(&chain.current);
        }
        // No draw can differ any more, and this one changed nothing: all
        // further iterations are this one again.
        let settled = totals.doubt < SMALLEST_FRACTION && chain.moments == chain.previous;
        let goes_on = !settled && !is_last;
        goes_on && (self.large_enough(model) || self.redraw(model)) && self.m_step(model)
    }

    /// Repeats a draw that left a component too small; at last takes the likeliest partition.
    fn redraw(&mut self, model: CovarianceModel) -> bool {
        let mut dice = (self.chain.dice.take()).unwrap_or_else(|| self.spare_dice.clone());
        let fractions = self.fractions.clone();
        let mut found = false;
        for attempt in 0..=REDRAWS {
            dice.fill(&mut self.fractions);
            self.pass(if attempt < REDRAWS {
                Rule::Draw
            } else {
                Rule::Largest
            });
            found = self.large_enough(model);
            if found {
                break;
            }
        }
        self.fractions = fractions;
        self.chain.dice = Some(dice);
        found
    }
}
