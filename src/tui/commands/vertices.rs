//! Vertices of the active polygon, and what is carried.

use super::{Command, Group, command, with_polygon_here};
use crate::session::Edit;
use crate::tui::Mode;
use crate::tui::action::After;
use crate::tui::hand::{self, Carried, Carry, Hand, Lock};
use crate::tui::picking::Repeat;
use crate::tui::step::Step;

const EDIT: &[Mode] = &[Mode::Edit];
const MOVE: &[Mode] = &[Mode::Move];

pub(super) const COMMANDS: &[Command] = &[
    vertex("next vertex", "to the next vertex", next)
        .on(EDIT, &["n", "Tab"])
        .row("next, previous; Tab S-Tab")
        .hint("next", "next vertex"),
    vertex("previous vertex", "to the vertex before", previous)
        .on(EDIT, &["N", "Shift-Tab"])
        .row("next, previous; Tab S-Tab"),
    vertex("take vertex", "take the vertex nearest to the cursor", take).on(EDIT, &["Enter"]),
    vertex("carry vertex", "carry the vertex, or those selected", carry)
        .on(EDIT, &["c"])
        .hint("carry", "carry vertex"),
    vertex(
        "insert vertex",
        "insert a vertex on the next edge and carry it",
        insert,
    )
    .on(EDIT, &["i"])
    .hint("insert", "insert on edge"),
    vertex(
        "add vertex",
        "insert a vertex at the cursor, on the nearest edge",
        add,
    )
    .on(EDIT, &["a"])
    .hint("add", "add at cursor"),
    vertex(
        "delete vertex",
        "delete the vertex, or those selected",
        delete,
    )
    .on(EDIT, &["x"])
    .hint("delete", "delete vertex"),
    vertex(
        "lock trace",
        "move along the traces only; again: freely",
        lock_trace,
    )
    .on(MOVE, &["x"])
    .hint("trace", "lock trace"),
    vertex(
        "lock time",
        "move along time only; again: freely",
        lock_time,
    )
    .on(MOVE, &["t"])
    .hint("time", "lock time"),
    vertex("put down", "put it down here", put_down)
        .on(MOVE, &["Enter", "Space"])
        .hint("accept", "accept"),
    vertex("put back", "back to where it was, still carried", put_back)
        .on(MOVE, &["Backspace"])
        .hint("back", "put back"),
];

const fn vertex(name: &'static str, doc: &'static str, run: fn(&mut Step)) -> Command {
    command(Group::Vertices, name, doc, run).when(with_polygon_here)
}

fn next(step: &mut Step) {
    step.turn_to(step.times());
}

fn previous(step: &mut Step) {
    let n = step.vertices().len().max(1);
    step.turn_to(n - step.times() % n);
}

fn take(step: &mut Step) {
    if !step.accept() {
        step.nearest_vertex();
    }
}

fn carry(step: &mut Step) {
    let Some((at, origin)) = step.vertex() else {
        return;
    };
    let places = step.selected();
    let what = if places.is_empty() {
        Carried::Vertex { at, origin }
    } else {
        Carried::Vertices { places, at }
    };
    step.take_up(what, origin);
}

fn insert(step: &mut Step) {
    let vertices = step.vertices();
    let Some((at, p)) = step.vertex() else {
        return;
    };
    let q = vertices[(at + 1) % vertices.len()];
    let origin = (0.5 * (p.0 + q.0), 0.5 * (p.1 + q.1));
    step.take_up(Carried::New { at: at + 1, origin }, origin);
}

fn add(step: &mut Step) {
    let (at, scale) = (step.app.view.cursor_value(), step.cells_per_number());
    let Some((edge, _)) = hand::nearest_edge(&step.vertices(), at, scale) else {
        return;
    };
    let Some(id) = step.app.polygon.clone() else {
        return;
    };
    let edit = Edit::InsertVertex {
        id,
        at: edge + 1,
        vertex: at,
    };
    step.app.picking.last = Some(Repeat::AddVertex);
    step.edit(edit, After::Vertex(edge + 1));
}

fn delete(step: &mut Step) {
    let (Some(id), Some((at, _))) = (step.app.polygon.clone(), step.vertex()) else {
        return;
    };
    let (vertices, selected) = (step.vertices(), step.selected());
    if !selected.is_empty() && vertices.len() >= selected.len() + 3 {
        let kept = vertices
            .iter()
            .enumerate()
            .filter(|(i, _)| !selected.contains(i));
        let edit = Edit::ReplaceVertices {
            id,
            vertices: kept.map(|(_, v)| *v).collect(),
        };
        let before = selected.range(..at).count();
        return step.edit(edit, After::Vertex((at - before).saturating_sub(1)));
    }
    if selected.is_empty() && vertices.len() > 3 {
        let after = After::Vertex(at.saturating_sub(1));
        step.app.picking.last = Some(Repeat::DeleteVertex);
        return step.edit(Edit::DeleteVertex { id, at }, after);
    }
    if step.app.certain {
        let after = After::Say("the polygon went with its vertex; u brings it back".to_owned());
        step.edit(Edit::RemovePolygon { id }, after);
    } else {
        step.app.warned = true;
        step.warn("2 vertices are no polygon: x again deletes the polygon");
    }
}

fn lock_trace(step: &mut Step) {
    lock(step, Lock::Trace);
}

fn lock_time(step: &mut Step) {
    lock(step, Lock::Time);
}

fn lock(step: &mut Step, wanted: Lock) {
    let at = step.app.view.cursor();
    if let Hand::Carry(carry) = &mut step.app.hand {
        carry.lock = (carry.lock != Some(wanted)).then_some(wanted);
        // What is locked goes back to its place on the other axis.
        step.move_to(at);
    }
}

fn put_down(step: &mut Step) {
    let Hand::Carry(carry) = step.app.hand.clone() else {
        return;
    };
    let Some(id) = step.app.polygon.clone() else {
        return;
    };
    let by = step.app.carried_by(&carry);
    let moved = |p: (f64, f64)| (p.0 + by.0, p.1 + by.1);
    match carry.what {
        Carried::Vertex { at, .. } | Carried::Vertices { at, .. } if by == (0.0, 0.0) => {
            step.app.hand = Hand::Edit { vertex: at };
        }
        Carried::Polygon if by == (0.0, 0.0) => step.app.hand = Hand::Free,
        Carried::Vertex { at, origin } => {
            let to = moved(origin);
            step.app.picking.last = Some(Repeat::MoveVertex(by));
            step.edit(Edit::MoveVertex { id, at, to }, After::PutDown(Some(at)));
        }
        Carried::Vertices { places, at } => {
            let vertices = step.vertices().into_iter().enumerate();
            let vertices = vertices.map(|(i, v)| if places.contains(&i) { moved(v) } else { v });
            let edit = Edit::ReplaceVertices {
                id,
                vertices: vertices.collect(),
            };
            step.edit(edit, After::PutDown(Some(at)));
        }
        Carried::New { at, origin } => {
            let vertex = moved(origin);
            step.edit(
                Edit::InsertVertex { id, at, vertex },
                After::PutDown(Some(at)),
            );
        }
        Carried::Polygon => {
            step.app.picking.last = Some(Repeat::MovePolygon(by));
            step.edit(Edit::MovePolygon { id, by }, After::PutDown(None));
        }
    }
}

fn put_back(step: &mut Step) {
    if let Hand::Carry(carry) = &step.app.hand {
        let from = carry.from;
        step.move_to(from);
    }
}

impl Step<'_> {
    /// Vertices of the active polygon.
    fn vertices(&self) -> Vec<(f64, f64)> {
        self.active_polygon()
            .map_or(Vec::new(), |p| p.vertices.clone())
    }

    /// The chosen vertex: its place and where it is.
    fn vertex(&self) -> Option<(usize, (f64, f64))> {
        let Hand::Edit { vertex } = self.app.hand else {
            return None;
        };
        let at = *self.active_polygon()?.vertices.get(vertex)?;
        Some((vertex, at))
    }

    /// Goes `by` vertices on, and the cursor with it.
    fn turn_to(&mut self, by: usize) {
        let vertices = self.vertices();
        if let Hand::Edit { vertex } = &mut self.app.hand
            && !vertices.is_empty()
        {
            *vertex = (*vertex + by) % vertices.len();
            let to = self.app.view.nearest(vertices[*vertex]);
            self.move_to(to);
        }
    }

    /// Chooses the vertex nearest to the cursor on the screen.
    pub fn nearest_vertex(&mut self) {
        let (at, scale) = (self.app.view.cursor_value(), self.cells_per_number());
        let vertices = self.vertices();
        if let Some(vertex) = hand::nearest_vertex(&vertices, at, scale) {
            self.app.hand = Hand::Edit { vertex };
            let to = self.app.view.nearest(vertices[vertex]);
            self.move_to(to);
        }
    }

    /// Takes something up: the cursor goes to it, and it follows the cursor.
    fn take_up(&mut self, what: Carried, at: (f64, f64)) {
        let to = self.app.view.nearest(at);
        self.move_to(to);
        self.app.hand = Hand::Carry(Carry {
            what,
            from: self.app.view.cursor(),
            lock: None,
        });
    }

    /// Puts back what is carried, and the hand where it was before.
    pub fn let_go(&mut self) {
        if let Hand::Carry(carry) = &self.app.hand {
            let (from, what) = (carry.from, carry.what.clone());
            self.app.hand = Hand::Free;
            self.move_to(from);
            self.app.hand = match what {
                Carried::Vertex { at, .. } | Carried::Vertices { at, .. } => {
                    Hand::Edit { vertex: at }
                }
                Carried::New { at, .. } => Hand::Edit {
                    vertex: at.saturating_sub(1),
                },
                Carried::Polygon => Hand::Free,
            };
        }
    }

    /// Cells per survey number along `a` and `b`.
    pub fn cells_per_number(&self) -> (f64, f64) {
        let window = self.app.window();
        self.app.view.grid.map_or((1.0, 1.0), |grid| {
            let (a, b) = grid.plane(self.app.view.direction);
            (1.0 / (a.step * window.across), 1.0 / (b.step * window.down))
        })
    }
}
