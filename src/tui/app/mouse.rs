//! The mouse, where it is on: a click puts the cursor, a drag carries a vertex or
//! lays some, the wheel goes to other slices. All of it is what keys do too.

use std::time::Instant;

use crate::model::ring::Point;
use crate::session::Session;
use crate::tui::action::Effect;
use crate::tui::commands::find;
use crate::tui::events::{Gesture, Mouse};
use crate::tui::hand::Hand;
use crate::tui::panes::Arrangement;

use super::App;

/// What the button holds while it is down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Grip {
    /// Only the cursor.
    #[default]
    Cursor,
    /// A vertex of the active polygon.
    Vertex,
    /// The outline of the draft, from this sample on.
    Draft((usize, usize)),
    /// Nothing: it went down beside the pictures.
    Nothing,
}

/// Cells within which a press takes a vertex.
const GRAB: f64 = 1.6;
/// Cells between vertices that a drag lays.
const LAID: f64 = 4.0;

impl App {
    pub(super) fn mouse(&mut self, mouse: Mouse, session: &Session, now: Instant) -> Vec<Effect> {
        if !self.view.mouse || !self.layers.is_empty() {
            return Vec::new();
        }
        self.begin_input();
        self.drop_pending();
        match mouse.gesture {
            Gesture::WheelUp => self.do_now("previous slice", session, now),
            Gesture::WheelDown => self.do_now("next slice", session, now),
            Gesture::Press => self.press(mouse.cell, session, now),
            Gesture::Drag => self.drag(mouse.cell, session, now),
            Gesture::Release => self.release(session, now),
        }
    }

    /// Runs a command of the table.
    fn do_now(&mut self, name: &str, session: &Session, now: Instant) -> Vec<Effect> {
        match find(name) {
            Some((command, _)) => self.run(command, None, "", session, now),
            None => Vec::new(),
        }
    }

    fn press(&mut self, cell: (u16, u16), session: &Session, now: Instant) -> Vec<Effect> {
        let panes = self.panes();
        let under = panes.iter().find(|pane| pane.picture.contains(cell.into()));
        let Some(pane) = under else {
            self.grip = Grip::Nothing;
            return Vec::new();
        };
        let to = pane.sample_at(cell);
        let (focus, direction) = (pane.focus, pane.direction);
        let volume = pane.volume.map(str::to_owned);
        let arrangement = self.arrangement();
        let mut step = self.at(session, now);
        if !focus {
            match (arrangement, volume) {
                (Arrangement::Linked, _) => step.turn(direction),
                (_, Some(name)) => step.show_volume(&name),
                _ => {}
            }
        }
        step.move_to(to);
        let effects = step.effects;
        self.grip = match self.hand {
            Hand::Draw => Grip::Draft(to),
            Hand::Edit { .. } => self.grab(cell, session),
            _ => Grip::Cursor,
        };
        effects
    }

    /// Takes the vertex of the active polygon that is near a cell, if one is.
    fn grab(&mut self, cell: (u16, u16), session: &Session) -> Grip {
        let (Some(polygon), Some(grid)) = (self.active_polygon(session), self.view.grid) else {
            return Grip::Cursor;
        };
        let panes = self.panes();
        let Some(pane) = panes.first() else {
            return Grip::Cursor;
        };
        let (a, b) = grid.plane(self.view.direction);
        let at = pane.within(cell);
        let near = (polygon.vertices.iter().enumerate())
            .map(|(i, v)| {
                let p = pane.window.cell_of(a.position(v.0), b.position(v.1));
                (i, v, distance(p, at))
            })
            .filter(|(_, _, far)| *far <= GRAB)
            .min_by(|p, q| p.2.total_cmp(&q.2));
        let Some((vertex, place)) = near.map(|(i, v, _)| (i, *v)) else {
            return Grip::Cursor;
        };
        self.hand = Hand::Edit { vertex };
        self.view.put_cursor(self.view.nearest(place));
        Grip::Vertex
    }

    fn drag(&mut self, cell: (u16, u16), session: &Session, now: Instant) -> Vec<Effect> {
        let Some(to) = self.panes().first().map(|pane| pane.sample_at(cell)) else {
            return Vec::new();
        };
        let mut effects = Vec::new();
        match self.grip {
            Grip::Nothing => return effects,
            Grip::Cursor => {}
            Grip::Vertex => {
                if matches!(self.hand, Hand::Edit { .. }) {
                    effects.extend(self.do_now("carry vertex", session, now));
                }
            }
            Grip::Draft(from) => {
                // The drag begins with a vertex where the button went down.
                if self.view.cursor() == from && self.cells_from_last_vertex() > 0.5 {
                    effects.extend(self.do_now("drop vertex", session, now));
                }
            }
        }
        let mut step = self.at(session, now);
        step.move_to(to);
        effects.extend(step.effects);
        if matches!(self.grip, Grip::Draft(_)) && self.cells_from_last_vertex() >= LAID {
            effects.extend(self.do_now("drop vertex", session, now));
        }
        effects
    }

    fn release(&mut self, session: &Session, now: Instant) -> Vec<Effect> {
        match std::mem::take(&mut self.grip) {
            Grip::Vertex if matches!(self.hand, Hand::Carry(_)) => {
                self.do_now("put down", session, now)
            }
            Grip::Draft(from)
                if self.view.cursor() != from && self.cells_from_last_vertex() > 0.5 =>
            {
                self.do_now("drop vertex", session, now)
            }
            _ => Vec::new(),
        }
    }

    /// How far the cursor is from the last vertex of the draft.
    fn cells_from_last_vertex(&self) -> f64 {
        let last = (self.draft.as_ref()).and_then(|d| d.vertices.last().copied());
        let (Some(last), Some(grid)) = (last, self.view.grid) else {
            return f64::INFINITY;
        };
        let (a, b) = grid.plane(self.view.direction);
        let window = self.window();
        let cell = |(p, q): Point| window.cell_of(a.position(p), b.position(q));
        distance(cell(last), cell(self.view.cursor_value()))
    }
}

fn distance(p: Point, q: Point) -> f64 {
    (p.0 - q.0).hypot(p.1 - q.1)
}
