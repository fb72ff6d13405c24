//! Drawing by what is there: tracked events, rectangles, the neighbour's outline.

use super::polygons::{close_with, draft_is_here};
use super::{Command, Group, command};
use crate::model::Direction;
use crate::model::ring::{self, Point};
use crate::preview::track;
use crate::session::Session;
use crate::tui::Mode;
use crate::tui::app::App;
use crate::tui::picking::WINDOW;
use crate::tui::step::Step;

pub(super) const COMMANDS: &[Command] = &[
    drawing(
        "trace event",
        "the outline follows the event of the last vertex",
        trace_event,
        &["t"],
    )
    .hint("", "trace event")
    .when(section_is_here),
    drawing(
        "rectangle",
        "close as a rectangle from the last vertex to here",
        rectangle,
        &["o"],
    ),
    drawing(
        "follow neighbour",
        "share the nearest polygon's outline up to here",
        follow,
        &["a"],
    )
    .hint("", "follow neighbour"),
];

const fn drawing(
    name: &'static str,
    doc: &'static str,
    run: fn(&mut Step),
    keys: &'static [&'static str],
) -> Command {
    command(Group::Polygon, name, doc, run)
        .on(&[Mode::Draw], keys)
        .when(draft_is_here)
}

fn section_is_here(app: &App, session: &Session) -> Result<(), &'static str> {
    draft_is_here(app, session)?;
    match app.view.direction {
        Direction::Time => Err("a time slice has no traces to follow an event on"),
        _ => Ok(()),
    }
}

/// Farthest, in cells, that a neighbour's outline may be from either end.
const REACH: f64 = 4.0;

fn trace_event(step: &mut Step) {
    let picking = &mut step.app.picking;
    picking.tracing = !picking.tracing;
    let text = if picking.tracing {
        "the next vertex follows the event from the last one; t again stops that"
    } else {
        "edges are straight again"
    };
    step.say(text);
}

fn rectangle(step: &mut Step) {
    let at = step.app.view.cursor_value();
    let vertices = step.app.draft.as_ref().map_or(&[][..], |d| &d.vertices[..]);
    let &[corner] = vertices else {
        return step.refuse("a rectangle has two corners: one vertex, and the cursor");
    };
    let corners = vec![corner, (at.0, corner.1), at, (corner.0, at.1)];
    close_with(step, corners);
}

fn follow(step: &mut Step) {
    let (to, scale) = (step.app.view.cursor_value(), step.cells_per_number());
    let last = (step.app.draft.as_ref()).and_then(|d| d.vertices.last().copied());
    let Some(from) = last else {
        return step.refuse("there is no vertex to begin at; Space drops one");
    };
    let shared = step
        .polygons_here()
        .iter()
        .filter_map(|p| ring::outline_between(&p.vertices, from, to, scale))
        .min_by(|x, y| x.1.total_cmp(&y.1))
        .filter(|(_, off)| *off <= REACH);
    let Some((line, _)) = shared else {
        return step.refuse("no outline is near both the last vertex and the cursor");
    };
    let n = line.len();
    let Some(&end) = line.last() else { return };
    if let Some(draft) = &mut step.app.draft {
        // The vertex that began it moves onto the outline, unless it has its own place.
        if ring::length(&[from, line[0]], scale) <= 1.5 {
            draft.vertices.pop();
        }
        draft.vertices.extend(line);
        draft.vertices.dedup();
    }
    let to = step.app.view.nearest(end);
    step.move_to(to);
    step.say(format!("{n} vertices shared with the neighbour"));
}

impl Step<'_> {
    /// The vertices that a drop at the cursor adds: one; where events are traced
    /// those of the way there. The cursor goes where the last of them is.
    pub fn vertices_to_drop(&mut self, last: Option<Point>) -> Vec<Point> {
        if self.app.picking.tracing
            && let Some(last) = last
            && let Some(way) = self.traced_from(last)
        {
            return way;
        }
        let kind = self.app.picking.kind.filter(|_| self.app.picking.snapping);
        if let Some(kind) = kind
            && !self.snap_cursor(kind, WINDOW)
        {
            self.say(format!(
                "no {} within {WINDOW} samples: dropped here",
                kind.word()
            ));
        }
        vec![self.app.view.cursor_value()]
    }

    /// The event of the last vertex from there to the cursor's trace.
    fn traced_from(&mut self, last: Point) -> Option<Vec<Point>> {
        let start = self.app.view.nearest(last);
        let (to, _) = self.app.view.cursor();
        let grid = self.app.view.grid?;
        let (a_axis, b_axis) = grid.plane(self.app.view.direction);
        if start.0 == to || self.app.view.direction == Direction::Time {
            return None;
        }
        let kind = self.app.picking.kind;
        let path = track(&self.app.current_slice()?.plane(), start, to, kind);
        let end = *path.last()?;
        let samples: Vec<Point> = path.iter().map(|&(a, b)| (a as f64, b as f64)).collect();
        let needed = ring::simplify_line(&samples, (1.0, 1.0), 0.75);
        self.move_to(end);
        let value = |p: &Point| (a_axis.value(p.0 as usize), b_axis.value(p.1 as usize));
        Some(needed.iter().skip(1).map(value).collect())
    }
}
