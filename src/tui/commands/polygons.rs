//! Polygons: drawing, choosing, carrying, naming, deleting.

use super::{
    Command, Group, command, hands_free, with_facies, with_polygon, with_polygon_here, with_slice,
};
use crate::model::Polygon;
use crate::session::{Edit, Session};
use crate::tui::Mode;
use crate::tui::action::{After, Effect};
use crate::tui::app::App;
use crate::tui::hand::{Carried, Carry, Draft, Hand, crossing, nearest_edge};
use crate::tui::layers::{Ask, Layer, Prompt};
use crate::tui::panes::Arrangement;
use crate::tui::picking::Repeat;
use crate::tui::step::Step;

const NORMAL: &[Mode] = &[Mode::Normal];
const DRAW: &[Mode] = &[Mode::Draw];
const NORMAL_OR_LIST: &[Mode] = &[Mode::Normal, Mode::Polygons];

pub(super) const COMMANDS: &[Command] = &[
    polygon("draw", "draw a polygon: first vertex at the cursor", draw)
        .on(NORMAL, &["i"])
        .hint("draw", "draw polygon")
        .when(hands_free),
    polygon("drop vertex", "put a vertex at the cursor", drop_vertex)
        .on(DRAW, &["Space"])
        .hint("vertex", "drop vertex")
        .when(draft_is_here),
    polygon(
        "close polygon",
        "close the polygon (3 vertices or more)",
        close,
    )
    .on(DRAW, &["Enter"])
    .hint("close", "close polygon")
    .when(with_facies),
    polygon(
        "take back",
        "take back the last vertex, or as many as counted",
        take_back,
    )
    .on(DRAW, &["Backspace"])
    .hint("take back", "take back"),
    polygon(
        "throw draft away",
        "throw the draft away; u brings it back",
        throw_away,
    )
    .on(DRAW, &["dd"])
    .hint("throw away", "throw away"),
    polygon(
        "take polygon",
        "the polygon under the cursor; again: the next one",
        take,
    )
    .on(NORMAL, &["Enter"])
    .hint("take", "take polygon")
    .when(can_take),
    polygon(
        "previous polygon",
        "to the polygon before, on this slice",
        previous,
    )
    .on(NORMAL, &["("])
    .row("previous, next on this slice")
    .when(with_slice),
    polygon("next polygon", "to the polygon after, on this slice", next)
        .on(NORMAL, &[")"])
        .row("previous, next on this slice")
        .when(with_slice),
    polygon(
        "edit vertices",
        "edit the vertices of the active polygon",
        edit_vertices,
    )
    .on(NORMAL, &["v"])
    .hint("vertices", "edit vertices")
    .when(with_polygon_here),
    polygon("carry polygon", "carry the whole polygon", carry)
        .on(NORMAL, &["c"])
        .when(with_polygon_here),
    polygon(
        "rename polygon",
        "give the polygon a name of its own",
        rename,
    )
    .on(NORMAL_OR_LIST, &["r"])
    .when(with_polygon),
    polygon(
        "assign polygon",
        "assign the polygon to the active facies",
        assign,
    )
    .on(NORMAL_OR_LIST, &["R"])
    .when(with_polygon),
    polygon(
        "delete polygon",
        "delete the polygon; u brings it back",
        delete,
    )
    .on(&[Mode::Normal, Mode::Edit, Mode::Polygons], &["dd"])
    .when(with_polygon),
    polygon(
        "undo",
        "take the last edit back, or as many as counted",
        undo,
    )
    .on(
        &[Mode::Normal, Mode::Draw, Mode::Edit, Mode::Polygons],
        &["u"],
    )
    .hint("undo", "undo")
    .when(with_way_back),
    polygon("redo", "make an edit again that was taken back", redo)
        .on(
            &[Mode::Normal, Mode::Draw, Mode::Edit, Mode::Polygons],
            &["Ctrl-r"],
        )
        .when(with_way_forth),
];

const fn polygon(name: &'static str, doc: &'static str, run: fn(&mut Step)) -> Command {
    command(Group::Polygon, name, doc, run)
}

fn with_way_back(app: &App, _: &Session) -> Result<(), &'static str> {
    let any = app.ways.back || app.thrown.is_some();
    any.then_some(()).ok_or("there is nothing to undo")
}

fn with_way_forth(app: &App, _: &Session) -> Result<(), &'static str> {
    app.ways
        .forth
        .then_some(())
        .ok_or("there is nothing to redo")
}

/// Whether Enter has anything to take.
fn can_take(app: &App, session: &Session) -> Result<(), &'static str> {
    with_slice(app, session)?;
    let other = app.picking.proposal.is_some() || app.arrangement() == Arrangement::Gallery;
    if other || !app.polygons_here(session).is_empty() {
        Ok(())
    } else {
        Err("no polygon on this slice; i draws one")
    }
}

pub(super) fn draft_is_here(app: &App, _: &Session) -> Result<(), &'static str> {
    match &app.draft {
        Some(draft) if !app.is_here(&draft.slice) => {
            Err("the draft is on another slice; Enter closes it there, dd throws it away")
        }
        _ => Ok(()),
    }
}

fn draw(step: &mut Step) {
    if step.app.active_facies(step.session).is_some() {
        step.take_up_draft();
    } else {
        let prompt = Prompt::new(Ask::FirstFacies, "facies to draw: ", "");
        step.app.layers.push(Layer::Prompt(prompt));
    }
}

fn drop_vertex(step: &mut Step) {
    let last = (step.app.draft.as_ref()).and_then(|d| d.vertices.last().copied());
    let Some(slice) = step.app.view.key() else {
        return;
    };
    let new = step.vertices_to_drop(last);
    let draft = step.app.draft.get_or_insert_with(|| Draft {
        slice,
        vertices: Vec::new(),
    });
    draft.vertices.extend(new);
    draft.vertices.dedup();
}

fn close(step: &mut Step) {
    match step.app.draft.as_ref().map(|d| d.vertices.clone()) {
        None => step.refuse("there is no draft; Space puts its first vertex"),
        Some(vertices) => close_with(step, vertices),
    }
}

/// Makes the draft a polygon of these vertices, if it has an inside and does not
/// cross itself.
pub(super) fn close_with(step: &mut Step, vertices: Vec<(f64, f64)>) {
    let facies = step.app.facies.clone().unwrap_or_default();
    let Some(slice) = step.app.draft.as_ref().map(|d| d.slice) else {
        return;
    };
    let n = vertices.len();
    if n < 3 {
        let s = if n == 1 { "vertex" } else { "vertices" };
        return step.refuse(format!(
            "{n} {s}: a polygon needs 3 or more; Space puts one"
        ));
    }
    if let Some((i, j, point)) = crossing(&vertices) {
        step.app.crossing = Some(point);
        let edge = |i: usize| format!("{}-{}", i + 1, (i + 1) % n + 1);
        let text = format!(
            "the outline crosses itself at ×, edges {} and {}; Backspace takes vertices back",
            edge(i),
            edge(j)
        );
        return step.fail(text);
    }
    let polygon = Polygon {
        id: step.session.free_id(),
        facies,
        slice,
        name: None,
        vertices,
        origin: (step.app.signature)(),
    };
    if let Err(error) = polygon.check() {
        return step.fail(error.to_string());
    }
    step.app.remember_shape(&polygon.facies, &polygon.vertices);
    let after = After::Drawn(polygon.id.clone());
    step.edit(Edit::AddPolygon(polygon), after);
}

fn take_back(step: &mut Step) {
    let n = step.times();
    if let Some(draft) = &mut step.app.draft {
        let keep = draft.vertices.len().saturating_sub(n);
        draft.vertices.truncate(keep);
    }
    if step
        .app
        .draft
        .as_ref()
        .is_some_and(|d| d.vertices.is_empty())
    {
        step.app.draft = None;
        step.say("the draft is empty; Space puts its first vertex");
    }
}

fn throw_away(step: &mut Step) {
    step.app.thrown = step.app.draft.take();
    step.app.hand = Hand::Free;
    step.say("the draft is thrown away; u brings it back");
}

/// Polygons within one cell of the cursor, or around it.
pub(super) fn under_cursor(step: &Step) -> Vec<String> {
    let (window, at) = (step.app.window(), step.app.view.cursor_value());
    let Some(grid) = &step.app.view.grid else {
        return Vec::new();
    };
    let (a_axis, b_axis) = grid.plane(step.app.view.direction);
    let scale = (
        1.0 / (a_axis.step * window.across),
        1.0 / (b_axis.step * window.down),
    );
    let near = |p: &&&Polygon| {
        p.contains(at.0, at.1)
            || nearest_edge(&p.vertices, at, scale).is_some_and(|(_, distance)| distance <= 1.0)
    };
    let here = step.polygons_here();
    here.iter().filter(near).map(|p| p.id.clone()).collect()
}

fn take(step: &mut Step) {
    if step.accept() {
        return;
    }
    if step.app.arrangement() == Arrangement::Gallery {
        return step.arrange(Arrangement::Gallery);
    }
    let found = under_cursor(step);
    let active = step.app.polygon.as_deref();
    let at = found.iter().position(|id| Some(id.as_str()) == active);
    match at {
        _ if found.is_empty() => step.say("no polygon is under the cursor; ( and ) go to the next"),
        Some(at) => step.activate(&found[(at + 1) % found.len()].clone()),
        None => step.activate(&found[0].clone()),
    }
}

fn previous(step: &mut Step) {
    along(step, true);
}

fn next(step: &mut Step) {
    along(step, false);
}

fn along(step: &mut Step, back: bool) {
    let here: Vec<String> = step.polygons_here().iter().map(|p| p.id.clone()).collect();
    let n = here.len();
    if n == 0 {
        return step.say("no polygon on this slice; gn goes to a slice that has some");
    }
    let active = step.app.polygon.as_deref();
    let at = here.iter().position(|id| Some(id.as_str()) == active);
    let by = step.times() % n;
    let to = match at {
        Some(at) if back => (at + n - by) % n,
        Some(at) => (at + by) % n,
        None if back => n - 1,
        None => 0,
    };
    let id = here[to].clone();
    step.activate(&id);
    if let Some(polygon) = step.session.polygon(&id) {
        let middle = step.app.view.nearest(polygon.middle());
        step.move_to(middle);
    }
}

fn edit_vertices(step: &mut Step) {
    step.app.hand = Hand::Edit { vertex: 0 };
    step.nearest_vertex();
}

fn carry(step: &mut Step) {
    let from = step.app.view.cursor();
    step.app.hand = Hand::Carry(Carry {
        what: Carried::Polygon,
        from,
        lock: None,
    });
}

fn rename(step: &mut Step) {
    let Some(polygon) = step.active_polygon() else {
        return;
    };
    let text = polygon.name.clone().unwrap_or_default();
    let ask = Ask::RenamePolygon(polygon.id.clone());
    let prompt = Prompt::new(ask, "polygon name: ", &text);
    step.app.layers.push(Layer::Prompt(prompt));
}

fn assign(step: &mut Step) {
    let (Some(polygon), Some(facies)) = (step.active_polygon(), step.app.facies.clone()) else {
        return;
    };
    let id = polygon.id.clone();
    step.app.picking.last = Some(Repeat::Assign(facies.clone()));
    let after = After::Say(format!("assigned to {facies}"));
    step.edit(Edit::AssignPolygon { id, facies }, after);
}

fn delete(step: &mut Step) {
    let Some(polygon) = step.active_polygon() else {
        return;
    };
    let id = polygon.id.clone();
    let name = step.session.display_name(&id).unwrap_or_default();
    step.app.picking.last = Some(Repeat::Delete);
    let after = After::Say(format!("deleted {name}; u brings it back"));
    step.edit(Edit::RemovePolygon { id }, after);
}

fn undo(step: &mut Step) {
    if let Some(draft) = step.app.thrown.take() {
        let there = draft.slice;
        step.app.draft = Some(draft);
        step.app.hand = Hand::Draw;
        step.go_to(&there);
        return step.say("undo: throw the draft away");
    }
    step.effects.push(Effect::Undo(step.times()));
}

fn redo(step: &mut Step) {
    step.effects.push(Effect::Redo(step.times()));
}

impl Step<'_> {
    /// Begins a draft at the cursor, or goes on with the one there is.
    pub fn take_up_draft(&mut self) {
        let Some(slice) = self.app.view.key() else {
            return;
        };
        self.app.hand = Hand::Draw;
        self.app.view.polygons = true;
        if let Some(draft) = &self.app.draft {
            let there = draft.slice;
            self.go_to(&there);
            self.say(format!("the draft on {there} goes on; Space puts vertices"));
        } else {
            let vertices = vec![self.app.view.cursor_value()];
            self.app.thrown = None;
            // An outline that follows events where none is meant costs more than
            // the key that asks for it.
            self.app.picking.tracing = false;
            self.app.draft = Some(Draft { slice, vertices });
        }
    }

    /// Makes a polygon the active one; its facies with it.
    pub fn activate(&mut self, id: &str) {
        self.app.polygon = Some(id.to_owned());
        self.app.recount(self.session);
        self.app.unsettle_previews();
    }
}
