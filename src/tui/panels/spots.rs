//! Where to draw next: spots in order of what they would teach.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::number::fixed;
use super::page::{Page, WIDE, wrap};
use super::walk::Walk;
use super::{Key, PanelEffect, PanelKey, Theme, also, hint};
use crate::model::printable;
use crate::preview::{Spot, Suggestions};

const KEYS: &[PanelKey] = &[
    hint("j k", "move"),
    hint("Enter", "go there"),
    also("gg G", "first, last"),
    hint("q", "back"),
];

/// The list, as far as it is known.
#[derive(Debug, Default)]
pub struct SpotsPanel {
    found: Suggestions,
    walk: Walk,
}

impl SpotsPanel {
    /// Shows what was found so far. Who has moved stays on the spot they are on.
    pub fn show(&mut self, found: Suggestions) {
        let on = self
            .found
            .spots
            .get(self.walk.at)
            .filter(|_| self.walk.at > 0);
        let same = |s: &Spot| on.is_some_and(|on| on.slice == s.slice && on.corners == s.corners);
        self.walk.at = found.spots.iter().position(same).unwrap_or(0);
        self.found = found;
    }

    /// Takes a key.
    pub fn press(&mut self, key: Key) -> PanelEffect {
        if self.walk.press(key, self.found.spots.len()) {
            return PanelEffect::Taken;
        }
        match (key, self.found.spots.get(self.walk.at)) {
            (Key::Enter, Some(spot)) => PanelEffect::DrawAt(Box::new(spot.clone())),
            (Key::Char('q') | Key::Esc | Key::Ctrl('g'), _) => PanelEffect::Close,
            _ => PanelEffect::NotMine,
        }
    }

    /// The word for it in the footer.
    pub fn mode(&self) -> &'static str {
        "DRAW NEXT"
    }

    /// Its keys.
    pub fn keys(&self) -> &'static [PanelKey] {
        KEYS
    }

    /// Writes it.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer, theme: &Theme) {
        let mut page = Page::new(area, buffer, theme);
        let Suggestions { spots, looked, .. } = &self.found;
        let at = match looked {
            (_, 0) => "looking".to_owned(),
            (n, all) if n < all => format!("{n} of {all} slices looked at"),
            (n, _) => format!("{n} slices looked at"),
        };
        page.title("draw next", "where another polygon would teach most", &at);
        page.footer(self.mode(), KEYS);
        let Some(first) = spots.first() else {
            let text = match (&self.found.trouble, looked) {
                (Some(reason), _) => format!("error: {}", printable(reason)),
                (None, (n, all)) if n == all && *all > 0 => {
                    "nowhere: what was picked tells the facies apart on all slices looked at"
                        .to_owned()
                }
                _ => "reading slices; the list fills as they come".to_owned(),
            };
            let room = page.width().saturating_sub(6);
            for (y, line) in (2..).zip(wrap(&text, room)) {
                page.put(3, y, &line, theme.text());
            }
            return;
        };
        page.put(3, 2, &sentence(first), theme.strong());
        let wide = page.width() >= WIDE;
        let x = Columns::of(wide);
        page.put(x.slice, 4, "slice", theme.dim());
        page.put(x.place, 4, "around", theme.dim());
        for (at, name) in [
            (x.score, "score"),
            (x.doubt, "unsure"),
            (x.far, "far"),
            (x.new, "new"),
        ] {
            page.right(at, 4, name, theme.dim());
        }
        page.put(x.between, 4, "between", theme.dim());
        let rows = page.height().saturating_sub(8);
        let from = self.walk.first(spots.len(), usize::from(rows));
        for (y, (i, spot)) in (5..5 + rows).zip(spots.iter().enumerate().skip(from)) {
            let focused = i == self.walk.at;
            let style = if focused {
                theme.strong()
            } else {
                theme.text()
            };
            page.put(x.slice, y, &spot.slice.to_string(), style);
            page.put_to(x.place, y, x.score.saturating_sub(5), &place(spot), style);
            for (at, value) in [
                (x.score, spot.score),
                (x.doubt, spot.uncertainty),
                (x.far, spot.distance),
                (x.new, 2.0 * spot.novelty - 1.0),
            ] {
                page.right(at, y, &fixed(value, 2), style);
            }
            page.put(x.between, y, &between(spot), style);
            if focused {
                page.focus(y);
            }
        }
        let y = page.height().saturating_sub(2);
        let text = "score = unsure x far (from polygons) x new (beyond what was picked)";
        page.put(3, y, text, theme.dim());
    }
}

/// Columns of the table; those of numbers are where they end.
struct Columns {
    slice: u16,
    place: u16,
    score: u16,
    doubt: u16,
    far: u16,
    new: u16,
    between: u16,
}

impl Columns {
    fn of(wide: bool) -> Columns {
        let (score, step) = if wide { (52, 9) } else { (40, 7) };
        Columns {
            slice: 3,
            place: if wide { 22 } else { 19 },
            score,
            doubt: score + step,
            far: score + 2 * step - 1,
            new: score + 3 * step - 2,
            between: score + 3 * step + 1,
        }
    }
}

/// `crossline 484, 1190`: the middle of the box.
fn place(spot: &Spot) -> String {
    let [from, to] = spot.corners;
    let (a, b) = (f64::midpoint(from.0, to.0), f64::midpoint(from.1, to.1));
    format!("{a:.0}, {b:.0}")
}

fn between(spot: &Spot) -> String {
    let [one, other] = spot.between.each_ref().map(|name| printable(name));
    format!("{one}, {other}")
}

/// The sentence on top.
fn sentence(spot: &Spot) -> String {
    format!(
        "Draw on {} first: around {} it may be {}.",
        spot.slice,
        place(spot),
        between(spot).replace(", ", " or ")
    )
}

#[cfg(test)]
mod tests {
    use super::super::look::{Look, keys, same_without_colour};
    use super::*;
    use crate::model::SliceKey;

    fn spot(n: i32, score: f64) -> Spot {
        let a = f64::from(n);
        Spot {
            slice: SliceKey::Inline(n),
            corners: [(a, 900.0), (a + 20.0, 1000.0)],
            score,
            uncertainty: 0.9,
            distance: 0.8,
            novelty: 0.75,
            between: ["salt".into(), "mtd".into()],
        }
    }

    fn panel() -> SpotsPanel {
        let mut panel = SpotsPanel::default();
        panel.show(Suggestions {
            spots: vec![spot(1010, 0.54), spot(1030, 0.41), spot(1050, 0.2)],
            looked: (3, 16),
            trouble: None,
        });
        panel
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
    fn enter_goes_to_the_spot_that_was_chosen_though_better_ones_come() {
        let mut panel = panel();
        keys("j", |k| panel.press(k));
        let mut found = panel.found.clone();
        found.spots.insert(0, spot(1090, 0.9));
        panel.show(found);
        let PanelEffect::DrawAt(gone) = panel.press(Key::Enter) else {
            panic!("went nowhere");
        };
        assert_eq!(gone.slice, SliceKey::Inline(1030));
        assert_eq!(panel.press(Key::Esc), PanelEffect::Close);
        assert_eq!(
            SpotsPanel::default().press(Key::Enter),
            PanelEffect::NotMine
        );
    }
}
