//! Places of the picture under two letters each: one for the row, one for the
//! column. Where the eye is, the label is; three keys bring the cursor there, as
//! in Helix's `gw` and vim's easymotion.

use super::Key;
use super::app::App;
use super::panes::Pane;

/// The name of the command in the table.
pub const HOP: &str = "hop";

/// Letters of an axis.
const LETTERS: usize = 26;

/// Labels over a picture: where each stands, in cells of the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    columns: Vec<u16>,
    rows: Vec<u16>,
}

impl Labels {
    /// The labels of a picture: four columns and two rows apart, or more where the
    /// alphabet asks for it.
    pub fn of(pane: &Pane) -> Labels {
        let area = pane.picture;
        // A label takes two cells of which the first is meant.
        Labels {
            columns: spread(area.x, area.width.saturating_sub(1), 4),
            rows: spread(area.y, area.height, 2),
        }
    }

    /// Each label: its letters and its cell.
    pub fn iter(&self) -> impl Iterator<Item = ([char; 2], (u16, u16))> {
        (self.rows.iter().zip('a'..='z')).flat_map(|(&y, row)| {
            let along = self.columns.iter().zip('a'..='z');
            along.map(move |(&x, column)| ([row, column], (x, y)))
        })
    }

    /// The cell of a label.
    pub fn cell(&self, letters: &str) -> Option<(u16, u16)> {
        let mut places = letters.bytes().map(|c| usize::from(c.wrapping_sub(b'a')));
        let (row, column) = (places.next()?, places.next()?);
        Some((*self.columns.get(column)?, *self.rows.get(row)?))
    }
}

/// Cells of a length, evenly apart: `apart` or as much more as leaves no more of
/// them than letters, with the same blank at both ends.
fn spread(from: u16, length: u16, apart: u16) -> Vec<u16> {
    let apart = apart.max(length.div_ceil(LETTERS as u16)).max(1);
    let blank = length.saturating_sub(1) % apart / 2;
    (from + blank..from + length)
        .step_by(usize::from(apart))
        .collect()
}

impl App {
    /// The letters typed so far while a label is waited for.
    pub fn hopping(&self) -> Option<String> {
        let keys = &self.pending.keys;
        let menu = (!keys.is_empty()).then(|| self.keymap.menu(self.mode(), keys))?;
        let [(left, command)] = &menu[..] else {
            return None;
        };
        let typed = 2_usize.checked_sub(left.split(' ').count())?;
        let letters = keys[keys.len() - typed..].iter().map(|key| match key {
            Key::Char(c) => *c,
            _ => ' ',
        });
        (command.name == HOP).then(|| letters.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_cover_any_picture_and_never_want_for_letters() {
        for length in 1..400 {
            for apart in [2, 4] {
                let cells = spread(5, length, apart);
                assert!((1..=LETTERS).contains(&cells.len()), "{length}");
                let gaps = cells.windows(2).map(|w| w[1] - w[0]).max();
                let far = gaps.unwrap_or(0).max(cells[0] - 5);
                assert!(far <= apart.max(length / 25 + 1), "{length}: {cells:?}");
                assert!(cells.iter().all(|&c| c < 5 + length));
            }
        }
    }
}
