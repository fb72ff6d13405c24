//! The last edit again, at the cursor.

use super::polygons::under_cursor;
use super::{Command, Group, command, hands_free};
use crate::model::Polygon;
use crate::model::ring::{nearest_vertex, simplify_ring};
use crate::session::{Edit, Session};
use crate::tui::Mode;
use crate::tui::action::After;
use crate::tui::app::App;
use crate::tui::hand::{Hand, nearest_edge};
use crate::tui::picking::Repeat;
use crate::tui::step::Step;

pub(super) const COMMANDS: &[Command] = &[command(
    Group::Polygon,
    "repeat",
    "the last edit again, at the cursor",
    repeat,
)
.on(Mode::PICTURE, &["."])
.when(can_repeat)];

fn can_repeat(app: &App, session: &Session) -> Result<(), &'static str> {
    hands_free(app, session)?;
    match (&app.hand, &app.picking.last) {
        (Hand::Draw, _) => Err("a polygon is being drawn; Enter closes it, Esc leaves it"),
        (_, None) => Err("nothing was edited yet"),
        _ => Ok(()),
    }
}

fn repeat(step: &mut Step) {
    let Some(last) = step.app.picking.last.clone() else {
        return;
    };
    if let Repeat::Shape { facies, ring } = last {
        return step.put_shape(&facies, &ring);
    }
    // In NOR it means the polygon at the cursor, in EDIT the one that is edited.
    if step.app.hand == Hand::Free
        && let Some(id) = under_cursor(step).first()
    {
        step.activate(&id.clone());
    }
    let here = |p: &&Polygon| step.app.is_here(&p.slice);
    let Some(polygon) = step.active_polygon().filter(here).cloned() else {
        return step.refuse("no polygon is at the cursor to do that to");
    };
    let (at, scale) = (step.app.view.cursor_value(), step.cells_per_number());
    let vertices = &polygon.vertices;
    let Some(near) = nearest_vertex(vertices, at, scale) else {
        return;
    };
    let id = polygon.id.clone();
    let stay = |vertex: usize| match step.app.hand {
        Hand::Edit { .. } => After::Vertex(vertex),
        _ => After::Stay,
    };
    let (edit, after) = match last {
        Repeat::Shape { .. } => return,
        Repeat::AddVertex => {
            let edge = nearest_edge(vertices, at, scale).map_or(0, |(edge, _)| edge);
            let edit = Edit::InsertVertex {
                id,
                at: edge + 1,
                vertex: at,
            };
            (edit, stay(edge + 1))
        }
        Repeat::DeleteVertex if vertices.len() > 3 => {
            let edit = Edit::DeleteVertex { id, at: near };
            (edit, stay(near.saturating_sub(1)))
        }
        Repeat::DeleteVertex => return step.refuse("2 vertices are no polygon; dd deletes it"),
        Repeat::MoveVertex(by) => {
            let p = vertices[near];
            let edit = Edit::MoveVertex {
                id,
                at: near,
                to: (p.0 + by.0, p.1 + by.1),
            };
            (edit, stay(near))
        }
        Repeat::MovePolygon(by) => (Edit::MovePolygon { id, by }, After::Stay),
        Repeat::Assign(facies) => (Edit::AssignPolygon { id, facies }, After::Stay),
        Repeat::Simplify(cells) => {
            let vertices = simplify_ring(vertices, scale, cells);
            (Edit::ReplaceVertices { id, vertices }, stay(0))
        }
        Repeat::Delete => (Edit::RemovePolygon { id }, After::Stay),
    };
    step.edit(edit, after);
}

impl Step<'_> {
    /// Adds a polygon of a shape with its middle at the cursor.
    pub fn put_shape(&mut self, facies: &str, ring: &[(f64, f64)]) {
        let Some(slice) = self.app.view.key() else {
            return;
        };
        let at = self.app.view.cursor_value();
        let polygon = Polygon {
            id: self.session.free_id(),
            facies: facies.to_owned(),
            slice,
            name: None,
            vertices: ring.iter().map(|v| (at.0 + v.0, at.1 + v.1)).collect(),
            origin: (self.app.signature)(),
        };
        let after = After::Made(polygon.id.clone());
        self.edit(Edit::AddPolygon(polygon), after);
    }
}

impl App {
    /// Remembers a shape that was drawn or pasted, relative to the sample in its
    /// middle, so that a copy lies on samples as it does.
    pub fn remember_shape(&mut self, facies: &str, polygon: &[(f64, f64)]) {
        let Some(grid) = self.view.grid else { return };
        let (low, high) = crate::model::ring::bounds(polygon);
        let middle = (0.5 * (low.0 + high.0), 0.5 * (low.1 + high.1));
        let (a, b) = grid.plane(self.view.direction);
        let origin = (a.value(a.nearest(middle.0)), b.value(b.nearest(middle.1)));
        let ring = polygon.iter().map(|v| (v.0 - origin.0, v.1 - origin.1));
        self.picking.last = Some(Repeat::Shape {
            facies: facies.to_owned(),
            ring: ring.collect(),
        });
    }
}
