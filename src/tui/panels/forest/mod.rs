//! What `rfc3d` found: how far to trust it, what it leans on, what it confuses.

mod draw;

#[cfg(test)]
mod tests;

use super::{Key, PanelEffect, PanelKey, ResultFacts, also, hint, where_csv};
use crate::modules::{ForestResult, Reliability, Table, Training, TreeCount};

const KEYS: &[PanelKey] = &[
    hint("Tab", "next part"),
    hint("Enter", "its table, its voxels"),
    hint("c", "classes on the slice"),
    hint("v", "by voxel, by polygon"),
    hint("e", "CSV"),
    also("j k", "next, previous part"),
    also(
        "h l",
        "next, previous cell of the confusion, and Enter on it its voxels",
    ),
    also("t", "all tables"),
    hint("q", "back"),
];

/// A part of the screen, with the name of its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    CrossValidation,
    Importance,
    Confusion,
    Reliability,
    Volume,
}

const PARTS: [Part; 5] = [
    Part::CrossValidation,
    Part::Importance,
    Part::Confusion,
    Part::Reliability,
    Part::Volume,
];

/// The screen of a forest.
pub struct ForestPanel {
    facts: ResultFacts,
    of: ForestResult,
    tables: Vec<Table>,
    /// Place of the part in focus.
    at: usize,
    /// True where the confusion is that of single voxels left out.
    by_voxel: bool,
    /// The cell of the confusion that is in focus, true class by class taken for.
    cell: Option<(usize, usize)>,
    /// How many voxels of it were looked at.
    looked: usize,
    /// True while it stands beside the picture.
    docked: bool,
}

/// Columns of a screen from which on it and the picture have room side by side.
const ROOM_FOR_BOTH: u16 = 140;

impl ForestPanel {
    /// The screen, with the numbers to trust in front.
    pub fn new(facts: ResultFacts, of: ForestResult, tables: Vec<Table>) -> Self {
        Self {
            by_voxel: of.grouped_confusion.is_empty(),
            at: 0,
            cell: None,
            looked: 0,
            docked: false,
            facts,
            of,
            tables,
        }
    }

    /// True while it stands beside the picture.
    pub fn is_docked(&self) -> bool {
        self.docked
    }

    /// Moves beside the picture where a screen so wide has room for both, else in
    /// front of it. True where it is beside it then.
    pub fn dock(&mut self, columns: u16) -> bool {
        self.docked = columns >= ROOM_FOR_BOTH;
        self.docked
    }

    /// Columns that it takes of a screen so wide.
    pub fn docked_columns(columns: u16) -> u16 {
        (columns * 11 / 20).min(draw::WIDEST)
    }

    /// Scores of the adopted tree count: by voxel, by polygon.
    fn adopted(&self) -> (Option<&TreeCount>, Option<&TreeCount>) {
        let of = |counts: &'_ [TreeCount]| counts.iter().position(|c| c.trees == self.of.trees);
        let (voxel, polygon) = (&self.of.cross_validation, &self.of.grouped_cross_validation);
        (
            of(voxel).map(|i| &voxel[i]),
            of(polygon).map(|i| &polygon[i]),
        )
    }

    /// What is left out together: `polygon`, `well`, `group`.
    fn group(&self) -> &'static str {
        self.facts.training.group()
    }

    /// How to have some that can be left out.
    fn cure(&self) -> &'static str {
        match self.facts.training {
            Training::None | Training::Polygons => "draw each facies on another slice too",
            Training::Wells => "each class needs samples in two wells",
            Training::File => "each class needs rows of two groups",
        }
    }

    /// How voxels were left out that are counted.
    fn left_out(&self) -> String {
        if self.by_voxel {
            "by voxel, leaky".to_owned()
        } else {
            format!("by {}", self.group())
        }
    }

    /// What single voxels left out promise too much.
    fn gap(&self) -> Option<f64> {
        let (voxel, polygon) = self.adopted();
        Some(voxel?.mean - polygon?.mean)
    }

    fn confusion(&self) -> &[Vec<u64>] {
        if self.by_voxel {
            &self.of.confusion
        } else {
            &self.of.grouped_confusion
        }
    }

    fn part(&self) -> Part {
        PARTS[self.at % PARTS.len()]
    }

    fn table(&self) -> &'static str {
        match self.part() {
            Part::CrossValidation => "cross_validation",
            Part::Importance => "importance",
            Part::Confusion if self.by_voxel => "confusion",
            Part::Confusion => "grouped_confusion",
            Part::Reliability => "reliability",
            Part::Volume => "class_volume",
        }
    }

    /// Bars of the reliability diagram of the folds in front.
    fn reliability(&self) -> &[Reliability] {
        if self.by_voxel {
            &self.of.reliability
        } else {
            &self.of.grouped_reliability
        }
    }

    /// Brings another cell of the confusion into focus.
    fn walk_cells(&mut self, forward: bool) {
        let classes = self.confusion().len();
        let all = classes * classes;
        if all == 0 {
            return;
        }
        let place = self.cell.map(|(t, p)| t * classes + p);
        let next = match (place, forward) {
            (None, _) => 0,
            (Some(at), true) => (at + 1) % all,
            (Some(at), false) => (at + all - 1) % all,
        };
        self.cell = Some((next / classes, next % classes));
        self.looked = 0;
    }

    /// The next voxel of the cell in focus.
    fn look(&mut self, (truth, predicted): (usize, usize)) -> PanelEffect {
        let cells = if self.by_voxel {
            &self.of.confused
        } else {
            &self.of.grouped_confused
        };
        let cell = (cells.iter()).find(|c| (c.truth, c.predicted) == (truth, predicted));
        match cell.map_or(&[][..], |c| &c.voxels) {
            [] => PanelEffect::Say("no voxel of this cell is listed".into()),
            voxels => {
                let voxel = voxels[self.looked % voxels.len()];
                self.looked += 1;
                PanelEffect::LookAt([voxel.inline, voxel.crossline, voxel.time])
            }
        }
    }

    /// Takes a key.
    pub fn press(&mut self, key: Key) -> PanelEffect {
        let last = PARTS.len() - 1;
        let tables = |first: &str| {
            let tables = self.facts.tables(&self.tables, first);
            PanelEffect::OpenTables(Box::new(tables))
        };
        match key {
            Key::Tab => self.at = (self.at + 1) % PARTS.len(),
            Key::BackTab => self.at = (self.at + last) % PARTS.len(),
            Key::Char('j') | Key::Down | Key::PageDown => self.at = (self.at + 1).min(last),
            Key::Char('k') | Key::Up | Key::PageUp => self.at = self.at.saturating_sub(1),
            Key::Char('G') | Key::End => self.at = last,
            Key::Char('g') | Key::Home => self.at = 0,
            Key::Char('l') | Key::Right if self.part() == Part::Confusion => self.walk_cells(true),
            Key::Char('h') | Key::Left if self.part() == Part::Confusion => self.walk_cells(false),
            Key::Enter => {
                return match self.cell.filter(|_| self.part() == Part::Confusion) {
                    Some(cell) => self.look(cell),
                    None => tables(self.table()),
                };
            }
            Key::Char('t') => return tables(""),
            Key::Char('c') => return PanelEffect::ShowClasses(self.facts.number),
            Key::Char('v') if self.of.grouped_confusion.is_empty() => {
                let cure = self.cure();
                let text = format!("no {} could be left out; {cure}", self.group());
                return PanelEffect::Say(text);
            }
            Key::Char('v') => self.by_voxel = !self.by_voxel,
            Key::Char('e') => return where_csv(&self.facts.folder, self.table()),
            Key::Char('q') | Key::Esc | Key::Ctrl('g') => return PanelEffect::Close,
            _ => return PanelEffect::NotMine,
        }
        PanelEffect::Taken
    }

    /// The word for it in the footer.
    pub fn mode(&self) -> &'static str {
        "RFC3D"
    }

    /// Its keys.
    pub fn keys(&self) -> &'static [PanelKey] {
        KEYS
    }
}
