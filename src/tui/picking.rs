//! What picking remembers from key to key: snapping, marks, jumps, the last edit.

use std::collections::BTreeMap;

use crate::model::{Polygon, SliceKey};
use crate::preview::{EventKind, SliceId, nearest_event};
use crate::session::{Edit, Session};

use super::app::App;
use super::hand::Hand;

/// Samples up or down within which a vertex snaps, where no count says so.
pub const WINDOW: usize = 8;

/// What picking remembers.
#[derive(Debug)]
pub struct Picking {
    /// The kind of event that `w`, `b`, `e` and dropped vertices mean.
    pub kind: Option<EventKind>,
    /// True where a dropped vertex snaps.
    pub snapping: bool,
    /// True where the outline follows an event between vertices.
    pub tracing: bool,
    /// The last `f` or `F`: what was looked for, and whether downwards.
    pub found: Option<(EventKind, bool)>,
    /// Where the cursor went by samples that only are near those of the file.
    pub nearly: Option<Nearly>,
    /// Places by letter.
    pub marks: BTreeMap<char, Place>,
    /// Places to go back to.
    pub jumps: Jumps,
    /// The last search over names.
    pub search: String,
    /// The last edit, to be made again elsewhere.
    pub last: Option<Repeat>,
    /// Selected vertices of the active polygon, in the order they were selected.
    pub selected: Vec<usize>,
    /// The polygon that was copied.
    pub copied: Option<Polygon>,
    /// An edit that is shown before it is made.
    pub proposal: Option<Proposal>,
    /// True where the neighbour slice's polygons are hinted at.
    pub ghosts: bool,
}

/// An edit that is shown and waits for Enter.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// The edit.
    pub edit: Edit,
    /// The facies that its outlines have.
    pub facies: String,
    /// The outlines as they would be.
    pub rings: Vec<(SliceKey, Vec<(f64, f64)>)>,
    /// How it is done again elsewhere.
    pub repeat: Option<Repeat>,
}

/// An edit as it can be made again at another place.
#[derive(Clone, Debug, PartialEq)]
pub enum Repeat {
    /// A polygon of this shape around the sample in its middle.
    Shape {
        /// Its facies.
        facies: String,
        /// Its vertices relative to that sample.
        ring: Vec<(f64, f64)>,
    },
    /// A vertex at the cursor.
    AddVertex,
    /// The nearest vertex goes.
    DeleteVertex,
    /// The nearest vertex moves by so much.
    MoveVertex((f64, f64)),
    /// The polygon moves by so much.
    MovePolygon((f64, f64)),
    /// The polygon is assigned to this facies.
    Assign(String),
    /// The polygon goes.
    Delete,
    /// The polygon loses vertices within so many cells of its outline.
    Simplify(f64),
}

impl Default for Picking {
    fn default() -> Self {
        Self {
            kind: Some(EventKind::Peak),
            snapping: false,
            tracing: false,
            found: None,
            nearly: None,
            marks: BTreeMap::new(),
            jumps: Jumps::default(),
            search: String::new(),
            last: None,
            selected: Vec::new(),
            copied: None,
            proposal: None,
            ghosts: true,
        }
    }
}

/// A cursor that jumped to an event of samples that only are near those of the
/// file: when these come and no key was pressed meanwhile, it goes to theirs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nearly {
    /// The slice.
    pub slice: SliceId,
    /// The sample.
    pub at: (usize, usize),
    /// What it jumped to.
    pub kind: EventKind,
}

/// A slice and a place on it, in survey numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// The slice.
    pub slice: SliceKey,
    /// Inline, crossline and time.
    pub position: (f64, f64, f64),
}

/// Places that the cursor jumped from, as in Helix: back and forward again.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Jumps {
    places: Vec<Place>,
    /// How many of them lie behind.
    at: usize,
    /// True while a jump along the list itself is on its way.
    travelling: bool,
}

/// Most places that the jump list keeps.
const PLACES: usize = 100;

impl Jumps {
    /// Notes that the cursor jumped away from a place.
    pub fn leave(&mut self, place: Place) {
        if std::mem::take(&mut self.travelling) {
            return;
        }
        self.places.truncate(self.at);
        if self.places.last() != Some(&place) {
            self.places.push(place);
        }
        if self.places.len() > PLACES {
            self.places.remove(0);
        }
        self.at = self.places.len();
    }

    /// The place so many jumps back; from the newest end the present one is kept,
    /// so that forward comes back to it.
    pub fn back(&mut self, here: Place, times: usize) -> Option<Place> {
        if self.at == 0 {
            return None;
        }
        if self.at == self.places.len() && self.places.last() != Some(&here) {
            self.places.push(here);
        } else if self.at == self.places.len() {
            self.at -= 1;
        }
        self.go(self.at.saturating_sub(times))
    }

    /// The place so many jumps forward again.
    pub fn forward(&mut self, times: usize) -> Option<Place> {
        let last = self.places.len().checked_sub(1)?;
        if self.at >= last {
            return None;
        }
        self.go((self.at + times).min(last))
    }

    fn go(&mut self, to: usize) -> Option<Place> {
        self.at = to;
        self.travelling = true;
        self.places.get(to).copied()
    }

    /// The jump along the list has arrived, wherever it led.
    pub fn arrive(&mut self) {
        self.travelling = false;
    }
}

impl App {
    /// Where the cursor is.
    pub fn place(&self) -> Option<Place> {
        Some(Place {
            slice: self.view.survey_key()?,
            position: self.view.position()?,
        })
    }

    /// After a key: a long way from where it was pressed is a jump.
    pub fn note_jump(&mut self, before: Option<Place>) {
        let after = self.place();
        if let (Some(before), Some(after)) = (before, after)
            && self.is_far(&before, &after)
        {
            self.picking.jumps.leave(before);
        }
        self.picking.jumps.arrive();
    }

    /// True for another direction, more than one slice away, or beyond half a
    /// window.
    fn is_far(&self, before: &Place, after: &Place) -> bool {
        let Some(grid) = &self.view.survey_grid() else {
            return false;
        };
        let direction = after.slice.direction();
        if before.slice.direction() != direction {
            return true;
        }
        let slices = (grid.axis(direction).step).abs() * 1.5;
        if (before.slice.number() - after.slice.number()).abs() > slices {
            return true;
        }
        let plane = |p: &Place| {
            let (inline, crossline, time) = p.position;
            after.slice.plane(inline, crossline, time)
        };
        let (p, q) = (plane(before), plane(after));
        let (a, b) = grid.plane(direction);
        let window = self.window();
        let cells = |d: f64, step: f64, each: f64| (d / step / each).abs();
        cells(q.0 - p.0, a.step, window.across) > 0.5 * window.columns as f64
            || cells(q.1 - p.1, b.step, window.down) > 0.5 * window.rows as f64
    }

    /// Polygons of the active facies on the slice nearest to this one, within a
    /// step of the picking grid: shown faintly where this slice has none, and
    /// while one is drawn.
    pub fn ghost<'a>(&self, session: &'a Session) -> Vec<&'a Polygon> {
        if self.view.cut.is_some() {
            return Vec::new();
        }
        let (Some(grid), Some(here), Some(name)) =
            (&self.view.grid, self.view.key(), self.facies.as_deref())
        else {
            return Vec::new();
        };
        let direction = here.direction();
        let has_one = || {
            let mut on = session.polygons_on(here);
            on.any(|p| p.facies == name)
        };
        if !self.picking.ghosts || (self.hand != Hand::Draw && has_one()) {
            return Vec::new();
        }
        let reach = match direction {
            crate::model::Direction::Time => session.picking_step.time,
            _ => f64::from(session.picking_step.lines) * grid.axis(direction).step.abs(),
        };
        let away = |p: &Polygon| (p.slice.number() - here.number()).abs();
        let beside = |p: &&Polygon| {
            p.slice.direction() == direction && away(p) > 0.0 && away(p) <= 1.001 * reach
        };
        let nearest = (session.polygons_of(name).filter(beside))
            .min_by(|p, q| away(p).total_cmp(&away(q)))
            .map(|p| p.slice);
        nearest.map_or(Vec::new(), |slice| {
            let on = session.polygons_on(slice);
            on.filter(|p| p.facies == name).collect()
        })
    }

    /// The samples downwards at the cursor's trace, or another; true where they
    /// are those of the file.
    pub fn trace(&self, a: usize) -> Option<(Vec<f32>, bool)> {
        self.current_slice()?.trace(a)
    }

    /// Goes on to the true event where the cursor only came near it.
    pub fn come_nearer(&mut self) {
        let Some(nearly) = self.picking.nearly else {
            return;
        };
        let Some(slice) = self.current_slice().filter(|s| s.id == nearly.slice) else {
            return;
        };
        if self.view.cursor() != nearly.at {
            self.picking.nearly = None;
            return;
        }
        if let Some((trace, true)) = slice.trace(nearly.at.0) {
            self.picking.nearly = None;
            if let Some(b) = nearest_event(&nearly.kind.on(&trace), nearly.at.1, WINDOW / 2) {
                self.view.put_cursor((nearly.at.0, b));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(n: i32) -> Place {
        Place {
            slice: SliceKey::Inline(n),
            position: (f64::from(n), 0.0, 0.0),
        }
    }

    #[test]
    fn jumps_go_back_and_forward_and_a_new_one_cuts_the_rest() {
        let mut jumps = Jumps::default();
        assert_eq!(jumps.back(place(0), 1), None);
        assert_eq!(jumps.forward(1), None);
        for n in 1..=3 {
            jumps.leave(place(n));
        }
        assert_eq!(jumps.back(place(4), 1), Some(place(3)));
        jumps.leave(place(4));
        assert_eq!(jumps.back(place(3), 2), Some(place(1)));
        jumps.leave(place(3));
        assert_eq!(jumps.forward(9), Some(place(4)));
        jumps.arrive();
        assert_eq!(jumps.forward(1), None);
        assert_eq!(jumps.back(place(4), 1), Some(place(3)));
        jumps.arrive();
        jumps.leave(place(3));
        assert_eq!(jumps.forward(1), None);
        assert_eq!(jumps.back(place(9), 1), Some(place(3)));
        assert_eq!(jumps.back(place(3), 99), Some(place(1)));
    }
}
