//! Tables of a result: scrolled, sorted, filtered, copied by row.

mod draw;

use std::path::PathBuf;

use tui_input::Input;

use self::draw::{Column, columns};
use super::walk::Walk;
use super::{Key, PanelEffect, PanelKey, also, edit, hint, where_csv};
use crate::modules::{Cell, Table};

const KEYS: &[PanelKey] = &[
    hint("j k", "row"),
    hint("h l", "column"),
    hint("s", "sort"),
    hint("/", "filter"),
    hint("y", "copy row"),
    also("Y", "copy the table"),
    hint("Tab", "next table"),
    hint("e", "CSV"),
    also("Enter", "use these attributes"),
    also("J K", "ten rows"),
    also("gg G", "first, last row"),
    hint("q", "back"),
];

/// What a panel of tables shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TableFacts {
    /// The noun of the title.
    pub title: String,
    /// What the title says besides.
    pub facts: String,
    /// The tables, in order.
    pub tables: Vec<Table>,
    /// Name of the table to begin with; the first where there is none.
    pub first: String,
    /// Folder of their CSV files, where they have some.
    pub folder: Option<PathBuf>,
    /// True where they follow the polygons.
    pub live: bool,
}

/// A panel of tables.
pub struct TablePanel {
    of: TableFacts,
    shown: usize,
    walk: Walk,
    column: usize,
    /// Sorted column, and whether it falls.
    order: Option<(usize, bool)>,
    filter: Input,
    typing: bool,
    /// Rows of the table that are listed, in order.
    rows: Vec<usize>,
    /// How its columns stand on screen: thousands of rows are measured once.
    columns: Vec<Column>,
}

impl TablePanel {
    /// A panel of tables.
    pub fn new(of: TableFacts) -> Self {
        let mut panel = TablePanel {
            shown: of
                .tables
                .iter()
                .position(|t| t.name == of.first)
                .unwrap_or(0),
            of,
            walk: Walk::default(),
            column: 0,
            order: None,
            filter: Input::default(),
            typing: false,
            rows: Vec::new(),
            columns: Vec::new(),
        };
        panel.measure();
        panel.list();
        panel
    }

    /// True where its tables follow the polygons.
    pub fn is_live(&self) -> bool {
        self.of.live
    }

    /// Shows other numbers in the same tables: sorted and filtered as they were.
    pub fn renew(&mut self, of: TableFacts) {
        self.of = of;
        self.measure();
        self.list();
    }

    fn table(&self) -> Option<&Table> {
        self.of.tables.get(self.shown)
    }

    fn measure(&mut self) {
        self.columns = self.table().map_or_else(Vec::new, columns);
    }

    /// Lists the rows anew: filtered, then sorted.
    fn list(&mut self) {
        let wanted = self.filter.value().to_lowercase();
        let Some(table) = self.of.tables.get(self.shown) else {
            return;
        };
        let fits = |row: &[Cell]| {
            wanted.is_empty()
                || row
                    .iter()
                    .any(|c| c.exact().to_lowercase().contains(&wanted))
        };
        let mut rows: Vec<usize> = (0..table.rows.len())
            .filter(|&r| fits(&table.rows[r]))
            .collect();
        if let Some((column, falls)) = self.order {
            let key = |&r: &usize| table.rows[r].get(column).unwrap_or(&Cell::Empty);
            // Stable, and empty cells last whichever way it goes.
            rows.sort_by(|a, b| compare(key(a), key(b), falls));
        }
        self.rows = rows;
        self.walk.at = self.walk.at.min(self.rows.len().saturating_sub(1));
    }

    fn sort(&mut self) {
        let words = self.table().is_some_and(|t| !numeric(t, self.column));
        let first = !words; // numbers: the largest first
        self.order = match self.order {
            Some((column, falls)) if column == self.column && falls == first => {
                Some((column, !first))
            }
            Some((column, _)) if column == self.column => None,
            _ => Some((self.column, first)),
        };
        self.walk.at = 0;
        self.list();
    }

    fn row(&self) -> Option<&[Cell]> {
        let row = self.rows.get(self.walk.at)?;
        Some(self.table()?.rows.get(*row)?)
    }

    /// Takes a key.
    pub fn press(&mut self, key: Key) -> PanelEffect {
        if self.typing {
            match key {
                Key::Enter => self.typing = false,
                Key::Esc | Key::Ctrl('g' | 'c') => {
                    self.typing = false;
                    self.filter = Input::default();
                }
                _ => edit(&mut self.filter, key),
            }
            self.list();
            return PanelEffect::Taken;
        }
        if self.walk.press(key, self.rows.len()) {
            return PanelEffect::Taken;
        }
        let columns = self.table().map_or(0, |t| t.columns.len());
        match key {
            Key::Char('h') | Key::Left => self.column = self.column.saturating_sub(1),
            Key::Char('l') | Key::Right => {
                self.column = (self.column + 1).min(columns.saturating_sub(1));
            }
            Key::Char('s') => self.sort(),
            Key::Char('/') => self.typing = true,
            Key::Tab | Key::BackTab => self.turn(key == Key::Tab),
            Key::Char('y') => return self.copy_row(),
            Key::Char('Y') => {
                return self
                    .table()
                    .map_or(PanelEffect::Taken, |t| PanelEffect::Copy(t.csv()));
            }
            Key::Char('e') => return self.say_where(),
            Key::Enter => return self.take_attributes(),
            Key::Esc if !self.filter.value().is_empty() => {
                self.filter = Input::default();
                self.list();
            }
            Key::Char('q') | Key::Esc | Key::Ctrl('g') => return PanelEffect::Close,
            _ => return PanelEffect::NotMine,
        }
        PanelEffect::Taken
    }

    fn turn(&mut self, forwards: bool) {
        let n = self.of.tables.len().max(1);
        self.shown = (self.shown + if forwards { 1 } else { n - 1 }) % n;
        self.column = 0;
        self.order = None;
        self.filter = Input::default();
        self.walk = Walk::default();
        self.measure();
        self.list();
    }

    fn copy_row(&self) -> PanelEffect {
        match self.row() {
            None => PanelEffect::Say("there is no row to copy".into()),
            Some(row) => {
                let cells: Vec<String> = row.iter().map(Cell::exact).collect();
                PanelEffect::Copy(cells.join("\t"))
            }
        }
    }

    fn say_where(&self) -> PanelEffect {
        match (&self.of.folder, self.table()) {
            (Some(folder), Some(table)) => where_csv(folder, &table.name),
            _ => PanelEffect::Say("this table has no file; Y copies it as CSV".into()),
        }
    }

    fn take_attributes(&self) -> PanelEffect {
        let named = |t: &Table| t.columns.iter().position(|c| c == "attributes");
        match (self.table().and_then(named), self.row()) {
            (Some(column), Some(row)) => {
                let words = row.get(column).map(Cell::exact).unwrap_or_default();
                let names = words.split([',', ' ']).filter(|w| !w.is_empty());
                PanelEffect::UseAttributes(names.map(str::to_owned).collect())
            }
            _ => PanelEffect::Say("Enter chooses an attribute set; this table holds none".into()),
        }
    }

    /// Takes pasted text into the filter.
    pub fn paste(&mut self, text: &str) -> bool {
        if self.typing {
            super::paste(&mut self.filter, text);
            self.list();
        }
        self.typing
    }

    /// The word for it in the footer.
    pub fn mode(&self) -> &'static str {
        "TABLE"
    }

    /// Its keys.
    pub fn keys(&self) -> &'static [PanelKey] {
        KEYS
    }
}

/// True where a column has no words.
fn numeric(table: &Table, place: usize) -> bool {
    let mut cells = table.rows.iter().filter_map(|row| row.get(place));
    cells.all(|c| !matches!(c, Cell::Text(_)))
}
/// Numbers by size, words by letter, empty cells last.
fn compare(a: &Cell, b: &Cell, falls: bool) -> std::cmp::Ordering {
    use std::cmp::Ordering;
    let number = |cell: &Cell| match cell {
        Cell::Whole(n) => Some(*n as f64),
        Cell::Real(x, _) if !x.is_nan() => Some(*x),
        _ => None,
    };
    let missing = |cell: &Cell| match cell {
        Cell::Empty => true,
        Cell::Real(x, _) => x.is_nan(),
        _ => false,
    };
    let turned = |order: Ordering| if falls { order.reverse() } else { order };
    match (missing(a), missing(b)) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => turned(match (number(a), number(b)) {
            (Some(a), Some(b)) => a.total_cmp(&b),
            _ => a.exact().to_lowercase().cmp(&b.exact().to_lowercase()),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::look::{Look, keys, same_without_colour};
    use super::*;

    fn panel() -> TablePanel {
        let columns = [
            "indices",
            "attributes",
            "score",
            "eq. (8)",
            "clusters",
            "voxels",
        ];
        let mut table = Table::new("all_combinations", &columns);
        let sets = [
            ("1", "coherence", 0.612, Some(0.037), "1 1 1", 15_000),
            ("2", "glcm_entropy", 0.574, Some(0.031), "1 2 1", 9_120),
            (
                "1 2",
                "coherence, glcm_entropy",
                1.021,
                None,
                "1 2 1",
                15_000,
            ),
            (
                "1 2 3",
                "coherence, glcm_entropy, dip_deviation, spectral_bandwidth",
                1.312,
                Some(-0.01),
                "2 2 1",
                41_233,
            ),
        ];
        for (indices, names, score, eq8, clusters, voxels) in sets {
            table.push(vec![
                Cell::Text(indices.into()),
                Cell::Text(names.into()),
                Cell::Real(score, 3),
                eq8.map_or(Cell::Empty, |x| Cell::Real(x, 3)),
                Cell::Text(clusters.into()),
                Cell::Whole(voxels),
            ]);
        }
        let mut counts = Table::new("counts", &["size", "combinations"]);
        counts.push(vec![Cell::Whole(1), Cell::Whole(9)]);
        TablePanel::new(TableFacts {
            title: "attribute_selection".into(),
            facts: "run 3".into(),
            tables: vec![table, counts],
            folder: Some(PathBuf::from("demo.runs/3-attribute_selection")),
            ..TableFacts::default()
        })
    }

    #[test]
    fn looks_at_three_sizes() {
        let panel = panel();
        insta::assert_snapshot!(Look::at((60, 18), |a, b, t| panel.draw(a, b, t)));
        insta::assert_snapshot!(Look::at((80, 24), |a, b, t| panel.draw(a, b, t)));
        insta::assert_snapshot!(Look::at((120, 40), |a, b, t| panel.draw(a, b, t)));
        same_without_colour(|a, b, t| panel.draw(a, b, t));
    }

    #[test]
    fn sorts_three_ways_with_empty_cells_last() {
        let mut panel = panel();
        keys("lll s", |k| panel.press(k));
        assert_eq!(panel.rows, [0, 1, 3, 2]);
        keys("s", |k| panel.press(k));
        assert_eq!(panel.rows, [3, 1, 0, 2]);
        keys("s", |k| panel.press(k));
        assert_eq!(panel.rows, [0, 1, 2, 3]);
    }

    #[test]
    fn filters_while_typing_and_esc_clears_before_it_closes() {
        let mut panel = panel();
        keys("/ DIP Enter", |k| panel.press(k));
        assert_eq!(panel.rows, [3]);
        assert_eq!(panel.press(Key::Esc), PanelEffect::Taken);
        assert_eq!(panel.rows.len(), 4);
        assert_eq!(panel.press(Key::Esc), PanelEffect::Close);
        keys("/ nothing", |k| panel.press(k));
        assert!(panel.rows.is_empty());
        keys("Enter", |k| panel.press(k));
        assert!(matches!(panel.press(Key::Char('y')), PanelEffect::Say(_)));
        panel.press(Key::Char('j'));
    }

    #[test]
    fn rows_are_copied_and_sets_are_taken() {
        let mut panel = panel();
        keys("jj", |k| panel.press(k));
        assert_eq!(
            panel.press(Key::Char('y')),
            PanelEffect::Copy("1 2\tcoherence, glcm_entropy\t1.021\t\t1 2 1\t15000".into())
        );
        assert_eq!(
            panel.press(Key::Enter),
            PanelEffect::UseAttributes(vec!["coherence".into(), "glcm_entropy".into()])
        );
        assert_eq!(
            panel.press(Key::Char('e')),
            PanelEffect::Say("demo.runs/3-attribute_selection/all_combinations.csv".into())
        );
        keys("Tab", |k| panel.press(k));
        assert_eq!(panel.table().unwrap().name, "counts");
    }
}
