//! What picking remembers from key to key: snapping, marks, jumps, the last edit.

use std::collections::BTreeMap;

use crate::model::SliceKey;
use crate::preview::{EventKind, SliceId, nearest_event};

use super::app::App;

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
            slice: self.view.key()?,
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
        let Some(grid) = &self.view.grid else {
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
