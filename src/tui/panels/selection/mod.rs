//! What `attribute_selection` found: how many attributes are enough, and which.

mod draw;

#[cfg(test)]
mod tests;

use super::{Key, PanelEffect, PanelKey, ResultFacts, also, hint, where_csv};
use crate::modules::Table;

const KEYS: &[PanelKey] = &[
    hint("h l", "size"),
    hint("Enter", "use these"),
    hint("a", "all combinations"),
    hint("d", "clusters, models"),
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
    /// What the interpreter should know, the answer first.
    pub sentences: Vec<String>,
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
            Key::Char('d' | 't') => return tables("best_per_size"),
            Key::Char('e') => return where_csv(&self.facts.folder, "best_per_size"),
            Key::Char('q') | Key::Esc | Key::Ctrl('g') => return PanelEffect::Close,
            _ => return PanelEffect::NotMine,
        }
        PanelEffect::Taken
    }

    /// The word for it in the footer.
    pub fn mode(&self) -> &'static str {
        "SELECTION"
    }

    /// Its keys.
    pub fn keys(&self) -> &'static [PanelKey] {
        KEYS
    }
}
