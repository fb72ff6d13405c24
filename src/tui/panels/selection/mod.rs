//! What `attribute_selection` found: how many attributes are enough, and which.

mod charts;
mod clusters;
mod draw;

#[cfg(test)]
mod tests;

use super::{Key, PanelEffect, PanelKey, ResultFacts, TableFacts, also, hint, where_csv};
use crate::modules::{Cell, Table};
pub use clusters::{Cluster, ClusterFacts, FaciesClusters, SizeClusters};

const KEYS: &[PanelKey] = &[
    hint("h l", "size"),
    hint("Enter", "use these"),
    hint("a", "all combinations"),
    hint("d", "clusters, models"),
    hint("r", "rankers"),
    hint("w", "notes"),
    hint("e", "CSV"),
    hint("y", "copy names"),
    also("j k", "scroll the attributes"),
    also("t", "tables"),
    hint("q", "back"),
];

/// A selection as far as the screen shows it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SelectionFacts {
    /// All candidate attributes, in order.
    pub attributes: Vec<String>,
    /// Combinations tried.
    pub combinations: u64,
    /// Facies, training voxels, and polygons.
    pub picked: (usize, usize, usize),
    /// The best combination of each size.
    pub sizes: Vec<SizeFacts>,
    /// Places in `sizes` of the winner, the knee, and the best validated one.
    pub winner: usize,
    /// See `winner`.
    pub knee: usize,
    /// See `winner`.
    pub best: Option<usize>,
    /// Smallest size within one standard error of the best validated one.
    pub within: Option<usize>,
    /// What the interpreter should know, the answer first.
    pub sentences: Vec<String>,
    /// What lies behind the best of each size.
    pub clusters: ClusterFacts,
}

/// The best combination of one size.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SizeFacts {
    /// Places of its attributes in the list of all, from 0.
    pub attributes: Vec<usize>,
    /// Its score.
    pub score: f64,
    /// The literal equation (8).
    pub eq8: f64,
    /// Mean score of all combinations of this size.
    pub mean: f64,
    /// Balanced accuracy on polygons held out.
    pub held_out: Option<f64>,
    /// Its standard error.
    pub error: Option<f64>,
    /// Balanced accuracy on voxels left out singly.
    pub by_voxel: Option<f64>,
    /// 95 % interval of the score over polygons.
    pub interval: Option<[f64; 2]>,
    /// 95 % interval of the gain over the size before.
    pub gain: Option<[f64; 2]>,
    /// Share of the resamples whose best of this size holds each attribute; empty
    /// where the polygons were not resampled.
    pub frequency: Vec<f64>,
    /// Combinations, clusters and comparisons at this size.
    pub counts: [u64; 3],
}

/// The screen of a selection.
pub struct SelectionPanel {
    facts: ResultFacts,
    of: SelectionFacts,
    tables: Vec<Table>,
    /// Place of the chosen size.
    at: usize,
    /// First attribute shown where not all fit.
    scroll: usize,
    /// Attributes in the order of the rows: those chosen most often first.
    order: Vec<usize>,
    /// The clusters behind the chosen size.
    look: clusters::Look,
}

impl SelectionPanel {
    /// The screen, at the knee.
    pub fn new(facts: ResultFacts, of: SelectionFacts, tables: Vec<Table>) -> Self {
        let chosen = |a: &usize| {
            let sizes = of.sizes.iter();
            sizes.filter(|s| s.attributes.contains(a)).count()
        };
        let mut order: Vec<usize> = (0..of.attributes.len()).collect();
        order.sort_by_key(|a| std::cmp::Reverse(chosen(a)));
        Self {
            at: of.knee.min(of.sizes.len().saturating_sub(1)),
            scroll: 0,
            look: clusters::Look::default(),
            order,
            facts,
            of,
            tables,
        }
    }

    /// Names of a size's attributes.
    fn names(&self, place: usize) -> Vec<String> {
        let size = self.of.sizes.get(place);
        let places = size.map_or(&[][..], |s| &s.attributes);
        places
            .iter()
            .filter_map(|a| self.of.attributes.get(*a).cloned())
            .collect()
    }

    /// Takes a key.
    pub fn press(&mut self, key: Key) -> PanelEffect {
        let last = self.of.sizes.len().saturating_sub(1);
        let tables = |first: &str| {
            let tables = self.facts.tables(&self.tables, first);
            PanelEffect::OpenTables(Box::new(tables))
        };
        let attributes = self.of.sizes.get(self.at).map_or(0, |s| s.attributes.len());
        let facies = self.of.clusters.facies.len();
        if self.look.open && self.look.press(key, facies, attributes) {
            return PanelEffect::Taken;
        }
        match key {
            Key::Char('h') | Key::Left => self.at = self.at.saturating_sub(1),
            Key::Char('l') | Key::Right => self.at = (self.at + 1).min(last),
            Key::Char('0') | Key::Home => self.at = 0,
            Key::Char('$') | Key::End => self.at = last,
            Key::Char('j') | Key::Down => {
                self.scroll = (self.scroll + 1).min(self.order.len().saturating_sub(1));
            }
            Key::Char('k') | Key::Up => self.scroll = self.scroll.saturating_sub(1),
            Key::Enter => return PanelEffect::UseAttributes(self.names(self.at)),
            Key::Char('y') => return PanelEffect::Copy(self.names(self.at).join(" ")),
            Key::Char('a') => return tables("all_combinations"),
            Key::Char('d') => self.look = clusters::Look::opened(),
            Key::Char('t') => return tables("best_per_size"),
            Key::Char('r') => return tables("attributes"),
            Key::Char('w') => return PanelEffect::OpenTables(Box::new(self.notes())),
            Key::Char('e') => return where_csv(&self.facts.folder, "best_per_size"),
            Key::Char('q') | Key::Esc | Key::Ctrl('g') => return PanelEffect::Close,
            _ => return PanelEffect::NotMine,
        }
        PanelEffect::Taken
    }

    /// All that is said of the result, a row each.
    fn notes(&self) -> TableFacts {
        let mut table = Table::new("notes", &["what_the_numbers_say"]);
        for sentence in &self.of.sentences {
            table.push(vec![Cell::Text(sentence.clone())]);
        }
        TableFacts {
            folder: None,
            ..self.facts.tables(&[table], "notes")
        }
    }

    /// The word for it in the footer.
    pub fn mode(&self) -> &'static str {
        if self.look.open {
            "CLUSTERS"
        } else {
            "SELECTION"
        }
    }

    /// Its keys.
    pub fn keys(&self) -> &'static [PanelKey] {
        if self.look.open { clusters::KEYS } else { KEYS }
    }
}
