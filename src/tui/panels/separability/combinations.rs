//! All combinations of the attributes, scored anew at every edit.

use ratatui::text::Span;

use super::super::number::{fixed, grouped};
use super::super::page::cut;
use super::super::{TableFacts, Theme};
use super::Column;
use crate::model::printable;
use crate::modules::{Cell, Table};
use crate::preview::{MOST_SEARCHED, Scored, Separability};

/// The knee is the smallest size with this share of the largest distance.
const KNEE: f64 = 0.95;
/// Rows that a list should have to stand beside a scatter.
const SCATTER: u16 = 12;

/// Which combinations are listed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wanted {
    /// Of so many attributes; of any number where absent.
    pub size: Option<usize>,
    /// With all of these attributes.
    pub with: Vec<String>,
}

impl Wanted {
    /// True where everything is listed.
    fn all(&self) -> bool {
        self.size.is_none() && self.with.is_empty()
    }

    /// The combinations among those of an answer.
    fn of<'a>(&self, answer: &'a Separability) -> Vec<&'a Scored> {
        let place = |name: &String| answer.attributes.iter().position(|a| a == name);
        let with: Option<Vec<usize>> = self.with.iter().map(place).collect();
        let Some(with) = with else {
            return Vec::new();
        };
        let held = |c: &Scored| with.iter().all(|&a| c.mask >> a & 1 == 1);
        let wanted = |c: &&Scored| self.size.is_none_or(|n| c.size() == n) && held(c);
        answer.combinations.iter().filter(wanted).collect()
    }
}

/// The list in the side panel.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct List {
    /// What is listed.
    pub wanted: Wanted,
    /// The first of them in sight.
    pub first: usize,
}

impl List {
    /// Moves on by some rows, as far as there are any.
    pub fn scroll(&mut self, by: isize, answer: Option<&Separability>) {
        let listed = answer.map_or(0, |answer| self.wanted.of(answer).len());
        let first = self.first.saturating_add_signed(by);
        self.first = first.min(listed.saturating_sub(1));
    }

    /// Writes the list into the rows that are left. Of everything at its beginning
    /// the best of every size are shown, as many of each as there is room for.
    pub(super) fn draw(&self, column: &mut Column, answer: &Separability, theme: &Theme) {
        if answer.combinations.is_empty() {
            let words = if answer.attributes.len() > MOST_SEARCHED {
                format!("combinations: up to {MOST_SEARCHED} attributes; Space l searches more")
            } else {
                "combinations: two facies with voxels".to_owned()
            };
            return column.line(vec![Span::styled(words, theme.dim())]);
        }
        column.y += 1;
        let listed = self.wanted.of(answer);
        let all = answer.combinations.len() as u64;
        let count = if self.wanted.all() {
            format!("all {}", grouped(all))
        } else {
            format!("{} of {}", grouped(listed.len() as u64), grouped(all))
        };
        column.line(vec![
            Span::styled(format!("{count} combinations"), theme.strong()),
            Span::styled(", one Gaussian a facies", theme.dim()),
        ]);
        let room = usize::from(column.area.bottom().saturating_sub(column.y));
        let shown = if self.wanted.all() && self.first == 0 {
            best_of_each(answer, room)
        } else {
            listed.into_iter().skip(self.first).take(room).collect()
        };
        let knee = knee(answer);
        let mut size = 0;
        for combination in shown {
            let begins = combination.size() != size;
            size = combination.size();
            row(column, answer, combination, theme, (begins, knee));
        }
    }
}

/// The first combinations of every size, as many of each as fit into so many rows.
fn best_of_each(answer: &Separability, room: usize) -> Vec<&Scored> {
    let groups: Vec<&[Scored]> = (answer.combinations)
        .chunk_by(|a, b| a.size() == b.size())
        .collect();
    let fit = |each: usize| groups.iter().map(|g| g.len().min(each)).sum::<usize>() <= room;
    let each = (1..=room).take_while(|&each| fit(each)).last().unwrap_or(1);
    groups.iter().flat_map(|g| g.iter().take(each)).collect()
}

/// The combination of the fewest attributes with nearly the largest distance.
fn knee(answer: &Separability) -> u32 {
    let largest = answer.sizes().map(|s| s.score).fold(0.0, f64::max);
    let knee = answer.sizes().find(|s| s.score >= KNEE * largest);
    knee.map_or(0, |s| s.mask)
}

fn row(
    column: &mut Column,
    answer: &Separability,
    combination: &Scored,
    theme: &Theme,
    (begins, knee): (bool, u32),
) {
    let names = names(answer, combination);
    let style = if combination.mask == knee {
        theme.strong()
    } else if begins {
        theme.value()
    } else {
        theme.dim()
    };
    let size = if begins {
        combination.size().to_string()
    } else {
        String::new()
    };
    let room = column.area.width.saturating_sub(12);
    let score = fixed(combination.score, 2);
    column.line(vec![
        Span::styled(format!("{size:>2} {score:>5}  "), style),
        Span::styled(cut(&names, room), style),
    ]);
}

fn names(answer: &Separability, combination: &Scored) -> String {
    let held = combination.attributes();
    let all = answer.attributes.len();
    let name = |a: usize| printable(&answer.attributes[a]);
    // Of large sets those left out are fewer words.
    if 2 * held.len() > all && all > 2 {
        let left_out = (0..all).filter(|a| !held.contains(a)).map(name);
        let left_out: Vec<String> = left_out.collect();
        return match &left_out[..] {
            [] => "all".to_owned(),
            names => format!("all but {}", names.join(", ")),
        };
    }
    let names: Vec<String> = held.into_iter().map(name).collect();
    names.join(", ")
}

/// The best combination of each size, the knee among them stressed; as many rows
/// as leave half of the rest to the scatter.
pub(super) fn best_of_sizes(column: &mut Column, answer: &Separability, theme: &Theme) {
    let room = column.area.bottom().saturating_sub(column.y + SCATTER);
    let sizes = answer.sizes().count();
    if sizes < 2 || usize::from(room) < sizes + 2 {
        return;
    }
    column.y += 1;
    let heading = "best of each size, one Gaussian a facies";
    column.line(vec![Span::styled(heading, theme.dim())]);
    let knee = knee(answer);
    for combination in answer.sizes() {
        row(column, answer, combination, theme, (true, knee));
    }
}

/// All combinations as a table to sort and to filter, the best of all first.
pub fn as_table(answer: &Separability) -> TableFacts {
    let columns = ["place", "n", "score", "of_the_best", "attributes", "index"];
    let mut table = Table::new("all_combinations", &columns);
    let mut combinations: Vec<&Scored> = answer.combinations.iter().collect();
    combinations.sort_by(|a, b| b.score.total_cmp(&a.score)); // stable: fewer attributes first
    let best = combinations.first().map_or(1.0, |c| c.score);
    for (place, combination) in combinations.into_iter().enumerate() {
        let attributes = combination.attributes();
        let names = attributes.iter().map(|&a| answer.attributes[a].as_str());
        let index = attributes.iter().map(|a| (a + 1).to_string());
        table.push(vec![
            Cell::Whole(place as i64 + 1),
            Cell::Whole(combination.size() as i64),
            Cell::Real(combination.score, 3),
            Cell::Real(combination.score / best.max(f64::MIN_POSITIVE), 3),
            Cell::Text(names.collect::<Vec<_>>().join(", ")),
            Cell::Text(index.collect::<Vec<_>>().join(" ")),
        ]);
    }
    let voxels: usize = answer.facies.iter().map(|f| f.voxels).sum();
    let facts = format!(
        "one Gaussian a facies, {} voxels of {} facies",
        grouped(voxels as u64),
        answer.facies.len(),
    );
    TableFacts {
        title: "separability".to_owned(),
        facts,
        tables: vec![table],
        live: true,
        ..TableFacts::default()
    }
}
