//! The result of a run, on the screen that its module has.

use std::path::PathBuf;

use super::selection::SelectionFacts;
use super::{ForestPanel, Panel, SelectionPanel, TableFacts, TablePanel, number};
use crate::model::{Facies, printable};
use crate::modules::{ModuleResult, Outcome, Table};

/// What a result screen says besides the result itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ResultFacts {
    /// Number of the run.
    pub number: u32,
    /// Its module.
    pub module: String,
    /// Seconds that it took.
    pub seconds: f64,
    /// The run directory, where the tables lie as CSV.
    pub folder: PathBuf,
    /// The session's facies, for their marks.
    pub facies: Vec<Facies>,
}

impl ResultFacts {
    /// `run 3, ..., took 41 s`.
    pub(super) fn line(&self, middle: &str) -> String {
        let took = number::duration(self.seconds);
        match middle {
            "" => format!("run {}, took {took}", self.number),
            middle => format!("run {}, {middle}, took {took}", self.number),
        }
    }

    /// The facies of a name.
    pub(super) fn facies(&self, name: &str) -> Option<&Facies> {
        self.facies.iter().find(|f| f.name == name)
    }

    /// A panel of tables, beginning with the one of a name.
    pub(super) fn tables(&self, tables: &[Table], first: &str) -> TableFacts {
        TableFacts {
            title: printable(&self.module),
            facts: self.line(""),
            tables: tables.to_vec(),
            first: first.to_owned(),
            folder: Some(self.folder.clone()),
        }
    }
}

/// The screen of a result: that of its module, or its tables where it has none.
pub fn of_result(facts: ResultFacts, outcome: &Outcome) -> Panel {
    match &outcome.result {
        ModuleResult::Forest(result) => {
            let panel = ForestPanel::new(facts, result.clone(), outcome.tables.clone());
            Panel::Forest(Box::new(panel))
        }
        _ => Panel::Table(Box::new(TablePanel::new(facts.tables(&outcome.tables, "")))),
    }
}
