//! `attribute_selection`: which combination of candidate attributes tells the
//! picked facies apart, by the distances between their Gaussian mixtures, and
//! whether the extra attributes of larger combinations matter.

mod mixtures;
mod parameters;
mod proof;
mod report;
mod tables;
mod trust;

use std::path::PathBuf;
use std::sync::OnceLock;

pub(super) use mixtures::MixtureFile;
use parameters::{PARAMETERS, options};

use super::{
    Job, Module, ModuleError, ModuleResult, Outcome, OutputFile, OutputRole, Parameter, Place,
    Reads, Request, Stage, TrainingSource, Values, pack, unpack,
};
use crate::io;
use crate::ml::selection::{
    Combination, Estimator, Plan, Proof, RANKING_TREES, Search, Selection, SelectionOptions, Tally,
    Validation, Validator, examine, rank,
};
use crate::model::TrainingTable;
use crate::task::Task;

/// The module.
pub static MODULE: AttributeSelection = AttributeSelection;

/// See the module's documentation.
pub struct AttributeSelection;

/// Name of the output that holds the mixtures.
pub const MIXTURES: &str = "mixtures";

/// Attributes above which a search takes long enough to say so.
const MANY: usize = 12;

impl Module for AttributeSelection {
    fn name(&self) -> &'static str {
        "attribute_selection"
    }

    fn summary(&self) -> &'static str {
        "find the combination of attributes that separates the facies best"
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn reads(&self) -> Reads {
        Reads::Candidates
    }

    fn learns(&self) -> bool {
        true
    }

    fn prepare(&self, request: &Request, place: &Place) -> Result<Box<dyn Job>, ModuleError> {
        let values = request.values(&MODULE)?;
        let options = options(&values)?;
        let layout = TrainingSource::layout(&values);
        let source = TrainingSource::open(request, place, &[], &layout)?;
        let attributes = source.attributes();
        let plan = Plan::new(&attributes, &options)?;
        let report = place
            .out
            .join(file_name("aaspi_attribute_selection", "out", &values));
        if !values.flag("force") && report.exists() && !report::made_by(&report, &place.recipe) {
            return Err(ModuleError::Input(format!(
                "{} exists; give another --name or --out, or --force to overwrite it",
                report.display()
            )));
        }
        let steps = steps(&source, &options, &plan);
        Ok(Box::new(Selecting {
            stages: steps.iter().map(|(_, stage)| stage.clone()).collect(),
            steps: steps.into_iter().map(|(step, _)| step).collect(),
            source,
            options,
            values,
            place: place.clone(),
            table: OnceLock::new(),
            search: OnceLock::new(),
        }))
    }
}

/// What a stage does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Training,
    /// One mixture a facies in all attributes, for marginals.
    Mixtures,
    Combinations,
    Validation,
    /// What would be chosen of other polygons.
    Stability,
    /// What other programs would say of each attribute.
    Rankers,
}

/// The stages: training, mixtures (for marginals only), combinations in chunks,
/// the second pass on polygons left out, and how far all that is to be trusted.
fn steps(source: &TrainingSource, options: &SelectionOptions, plan: &Plan) -> Vec<(Step, Stage)> {
    let stage = |name, noun, cost, units| Stage {
        name,
        noun,
        cost,
        units,
    };
    // No facies has more rows than are drawn of it.
    let most = match options.max_voxels {
        0 => usize::MAX,
        most => most.saturating_mul(source.classes().0.len().max(1)),
    };
    let rows = source.row_count().min(most) as f64;
    let iterations = if options.fit.sem {
        options.fit.sem_iterations
    } else {
        15
    } as f64;
    let rounds = iterations * (options.fit.max_clusters - 1) as f64 + 1.0;
    // Measured: 4 ns a row, model and iteration for two clusters.
    let fit = 4e-9 * rows * rounds * options.fit.models.len() as f64;
    let mut steps = vec![(Step::Training, source.stage())];
    let mut each = fit;
    if options.estimator == Estimator::Marginal {
        steps.push((Step::Mixtures, stage("mixtures", "fits", fit, vec![1])));
        // A size by branch and bound looks at many sets; one of all subsets is one.
        each = if plan.is_bounded() { 10.0 } else { 1e-6 };
    }
    let chunks = (0..plan.chunks())
        .map(|chunk| plan.chunk_size(chunk))
        .collect();
    steps.push((
        Step::Combinations,
        stage("combinations", "combinations", each, chunks),
    ));
    if options.hold_out > 0.0 {
        let of_size = plan.of_size();
        let sizes = of_size.iter().filter(|&&n| n > 0).count();
        // All attributes together are validated too.
        let all = usize::from(of_size.last() == Some(&0));
        let sizes = (sizes + all) as u64;
        steps.push((
            Step::Validation,
            stage(
                "validation",
                "combinations",
                fit,
                vec![sizes; Validator::MOST_FOLDS],
            ),
        ));
    }
    if options.resamples > 0 {
        let resamples = options.resamples as u64;
        // Measured: 5 us a combination of three facies; 3 ms a tree.
        let each = 5e-6 * plan.combinations().min(8192) as f64;
        steps.push((
            Step::Stability,
            stage("stability", "resamples", each, vec![resamples]),
        ));
        steps.push((
            Step::Rankers,
            stage("rankers", "trees", 3e-3, vec![RANKING_TREES]),
        ));
    }
    steps
}

struct Selecting {
    stages: Vec<Stage>,
    steps: Vec<Step>,
    source: TrainingSource,
    options: SelectionOptions,
    values: Values,
    place: Place,
    // Kept between units: made from the same reduced bytes every time.
    table: OnceLock<(TrainingTable, Vec<String>)>,
    search: OnceLock<Search>,
}

/// The result of the search, the combinations kept, and how sure the best of each
/// size are where not all were tried.
type Searched = (Selection, Vec<Combination>, Vec<Proof>);

impl Selecting {
    /// The training rows, and what was said of them when they were read.
    fn table(&self, reduced: &[Vec<u8>]) -> Result<&(TrainingTable, Vec<String>), ModuleError> {
        if let Some(table) = self.table.get() {
            return Ok(table);
        }
        let bytes = self.bytes(Step::Training, reduced);
        let mut extraction = self.source.extraction(bytes)?;
        if extraction.dropped_nulls > 0 {
            extraction.warnings.push(format!(
                "{} training voxels dropped: an attribute is null there",
                extraction.dropped_nulls
            ));
        }
        Ok(self
            .table
            .get_or_init(|| (extraction.table, extraction.warnings)))
    }

    /// The search, with its mixtures where it takes marginals of them.
    fn search(&self, reduced: &[Vec<u8>]) -> Result<&Search, ModuleError> {
        if let Some(search) = self.search.get() {
            return Ok(search);
        }
        let mut search = Search::new(&self.table(reduced)?.0, &self.options)?;
        if self.options.estimator == Estimator::Marginal {
            search.set_whole(unpack(self.bytes(Step::Mixtures, reduced))?);
        }
        Ok(self.search.get_or_init(|| search))
    }

    fn bytes<'a>(&self, step: Step, reduced: &'a [Vec<u8>]) -> &'a [u8] {
        let place = self.steps.iter().position(|s| *s == step);
        place
            .and_then(|p| reduced.get(p))
            .map_or(&[], Vec::as_slice)
    }

    fn selection(&self, reduced: &[Vec<u8>]) -> Result<Searched, ModuleError> {
        unpack(self.bytes(Step::Combinations, reduced))
    }

    /// The best of each size, and all attributes together.
    fn validated(&self, reduced: &[Vec<u8>]) -> Result<Vec<u32>, ModuleError> {
        let (selection, ..) = self.selection(reduced)?;
        let mut masks = selection.best_masks();
        let all = self.search(reduced)?.plan().all_attributes();
        if !masks.contains(&all) {
            masks.push(all);
        }
        Ok(masks)
    }

    /// One fold of the second pass; nothing for a fold that the polygons do not fill.
    fn judge(&self, fold: usize, reduced: &[Vec<u8>], task: &Task) -> Result<Vec<u8>, ModuleError> {
        let masks = self.validated(reduced)?;
        let validator = Validator::new(&self.table(reduced)?.0, &self.options, &masks);
        if fold < validator.folds() {
            return pack(&validator.judge(fold, task)?);
        }
        task.advance(masks.len() as u64);
        Ok(Vec::new())
    }

    /// All folds together.
    fn pool(&self, answers: &[Vec<u8>], reduced: &[Vec<u8>]) -> Result<Validation, ModuleError> {
        let masks = self.validated(reduced)?;
        let validator = Validator::new(&self.table(reduced)?.0, &self.options, &masks);
        let answers = answers
            .iter()
            .take(validator.folds())
            .map(|bytes| unpack(bytes))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(validator.pool(&answers))
    }
}

impl Job for Selecting {
    fn stages(&self) -> &[Stage] {
        &self.stages
    }

    fn unit(
        &self,
        stage: usize,
        unit: usize,
        reduced: &[Vec<u8>],
        task: &Task,
    ) -> Result<Vec<u8>, ModuleError> {
        match self.steps[stage] {
            Step::Training => self.source.unit(unit, task),
            Step::Mixtures => {
                let search = Search::new(&self.table(reduced)?.0, &self.options)?;
                let whole = search.fit_whole(task)?;
                task.advance(1);
                pack(&whole)
            }
            Step::Combinations => pack(&self.search(reduced)?.evaluate_chunk(unit, task)?),
            Step::Validation => self.judge(unit, reduced, task),
            Step::Stability => {
                let (selection, ..) = self.selection(reduced)?;
                let search = self.search(reduced)?;
                let table = &self.table(reduced)?.0;
                pack(&examine(table, search, &selection, task)?)
            }
            Step::Rankers => pack(&rank(&self.table(reduced)?.0, &self.options, task)?),
        }
    }

    fn reduce(
        &self,
        stage: usize,
        units: Vec<Vec<u8>>,
        reduced: &[Vec<u8>],
        task: &Task,
    ) -> Result<Vec<u8>, ModuleError> {
        match self.steps[stage] {
            Step::Training => {
                let bytes = self.source.reduce(&units)?;
                // Rows that cannot be searched stop the run here, not after a fit.
                let search = Search::new(&self.source.extraction(&bytes)?.table, &self.options)?;
                for warning in search.warnings() {
                    task.note(&format!("warning: {warning}"));
                }
                Ok(bytes)
            }
            Step::Combinations => {
                let search = self.search(reduced)?;
                let tallies = units
                    .iter()
                    .map(|bytes| unpack::<Tally>(bytes))
                    .collect::<Result<Vec<_>, _>>()?;
                let tally = search.join(tallies, task)?;
                let proofs: Vec<Proof> = (tally.sizes.iter())
                    .filter_map(|size| size.proof.clone())
                    .collect();
                let mut selection = search.summarise(&tally)?;
                let best = tally.sizes.iter().filter_map(|size| size.best.as_ref());
                let best: Vec<&Combination> = best.collect();
                selection.details = Some(search.details(&best, task)?);
                pack(&(selection, tally.kept, proofs))
            }
            Step::Validation => pack(&self.pool(&units, reduced)?),
            Step::Mixtures | Step::Stability | Step::Rankers => {
                Ok(units.into_iter().next().unwrap_or_default())
            }
        }
    }

    fn finish(&self, reduced: &[Vec<u8>], _: &Task) -> Result<Outcome, ModuleError> {
        let (mut selection, kept, proofs) = self.selection(reduced)?;
        if self.options.hold_out > 0.0 {
            selection.set_validation(unpack(self.bytes(Step::Validation, reduced))?);
        }
        if self.options.resamples > 0 {
            selection.set_stability(unpack(self.bytes(Step::Stability, reduced))?);
            selection.rankers = Some(unpack(self.bytes(Step::Rankers, reduced))?);
        }
        selection
            .warnings
            .extend(self.table(reduced)?.1.iter().cloned());
        if selection.attributes.len() > MANY {
            selection.warnings.push(format!(
                "{} attributes: with so many, some combination looks good by chance; trust the polygons left out",
                selection.attributes.len()
            ));
        }
        let mut sentences = tables::sentences(&selection);
        let mut tables = tables::tables(&selection, &self.options);
        if !proofs.is_empty() {
            sentences.push(proof::sentence(&proofs));
            tables.push(proof::table(&proofs, &selection));
        }
        let text = report::text(&tables, &sentences, &self.values, &self.place.recipe);
        let report = file_name("aaspi_attribute_selection", "out", &self.values);
        io::write_atomically(&self.place.out.join(&report), text.as_bytes())?;
        let mixtures = file_name("attribute_selection_mixtures", "ron", &self.values);
        let text = MixtureFile::new(&selection, &kept, &self.place.recipe).text()?;
        io::write_atomically(&self.place.out.join(&mixtures), text.as_bytes())?;
        Ok(Outcome {
            tables,
            sentences,
            outputs: [("report", report), (MIXTURES, mixtures)]
                .map(|(name, path)| OutputFile {
                    name: name.into(),
                    path,
                    role: OutputRole::Text,
                })
                .into(),
            result: ModuleResult::Selection(Box::new(selection)),
        })
    }
}

/// `<stem>[_<name>][_<suffix>].<extension>`.
fn file_name(stem: &str, extension: &str, values: &Values) -> PathBuf {
    let mut name = stem.to_owned();
    for part in [values.text("name"), values.text("suffix")] {
        if !part.is_empty() {
            name = format!("{name}_{part}");
        }
    }
    PathBuf::from(format!("{name}.{extension}"))
}

/// The result as `--json` prints it: the tables without the mixtures and
/// without the list of all combinations, which is a CSV file.
pub(super) fn json(selection: &Selection) -> serde_json::Value {
    let mut value = serde_json::to_value(selection).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        for internal in ["ranked", "mixtures", "scaling", "details"] {
            fields.remove(internal);
        }
    }
    value
}

#[cfg(test)]
mod tests;
