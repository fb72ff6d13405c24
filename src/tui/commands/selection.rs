//! Runs of vertices, and what reshapes a polygon: split, merge, simplify.

use std::collections::BTreeSet;

use super::polygons::under_cursor;
use super::{Command, Group, command, with_polygon_here};
use crate::model::ring::simplify_ring;
use crate::session::{Edit, Session};
use crate::tui::Mode;
use crate::tui::action::After;
use crate::tui::app::App;
use crate::tui::hand::Hand;
use crate::tui::picking::{Proposal, Repeat};
use crate::tui::step::Step;

const EDIT: &[Mode] = &[Mode::Edit];
const RUN: &str = "select vertex, run, all";

pub(super) const COMMANDS: &[Command] = &[
    vertex(
        "select vertex",
        "select the vertex, or not any more",
        select,
    )
    .on(EDIT, &["v"])
    .row(RUN)
    .hint("", "select"),
    vertex(
        "select run",
        "select the shorter run from the last selected one",
        select_run,
    )
    .on(EDIT, &["V"])
    .row(RUN),
    vertex(
        "select all",
        "select all vertices, or none any more",
        select_all,
    )
    .on(EDIT, &["%"])
    .row(RUN),
    vertex(
        "split polygon",
        "split along the chord from the selected vertex",
        split,
    )
    .on(EDIT, &["s"])
    .when(with_selected),
    command(
        Group::Polygon,
        "merge polygons",
        "merge with the polygon under the cursor",
        merge,
    )
    .on(&[Mode::Normal, Mode::Edit], &["M"])
    .when(with_polygon_here),
    vertex(
        "simplify",
        "drop vertices within half a cell, or as many as counted",
        simplify,
    )
    .on(EDIT, &["="])
    .hint("", "simplify"),
];

const fn vertex(name: &'static str, doc: &'static str, run: fn(&mut Step)) -> Command {
    command(Group::Vertices, name, doc, run).when(with_polygon_here)
}

fn with_selected(app: &App, session: &Session) -> Result<(), &'static str> {
    with_polygon_here(app, session)?;
    match app.picking.selected.last() {
        Some(_) => Ok(()),
        None => Err("no vertex is selected; v selects one, then go to another"),
    }
}

fn select(step: &mut Step) {
    let Hand::Edit { vertex } = step.app.hand else {
        return;
    };
    let selected = &mut step.app.picking.selected;
    match selected.iter().position(|v| *v == vertex) {
        Some(at) => {
            selected.remove(at);
        }
        None => selected.push(vertex),
    }
    say_selected(step);
}

fn select_run(step: &mut Step) {
    let (Hand::Edit { vertex }, Some(polygon)) = (&step.app.hand, step.active_polygon()) else {
        return;
    };
    let (to, n) = (*vertex, polygon.vertices.len());
    let selected = &mut step.app.picking.selected;
    let from = selected.last().copied().unwrap_or(to);
    let (forward, backward) = ((to + n - from) % n, (from + n - to) % n);
    let run: Vec<usize> = if forward <= backward {
        (0..=forward).map(|k| (from + k) % n).collect()
    } else {
        (0..=backward).map(|k| (from + n - k) % n).collect()
    };
    selected.retain(|v| !run.contains(v));
    selected.extend(run);
    say_selected(step);
}

fn select_all(step: &mut Step) {
    let n = (step.active_polygon()).map_or(0, |p| p.vertices.len());
    let selected = &mut step.app.picking.selected;
    if selected.len() == n {
        selected.clear();
    } else {
        *selected = (0..n).collect();
    }
    say_selected(step);
}

fn say_selected(step: &mut Step) {
    let text = match step.app.picking.selected.len() {
        0 => "no vertex is selected".to_owned(),
        1 => "1 vertex selected; c carries it, x deletes it, s splits from it".to_owned(),
        n => format!("{n} vertices selected; c carries them, x deletes them"),
    };
    step.say(text);
}

fn split(step: &mut Step) {
    let (Hand::Edit { vertex }, Some(id)) = (step.app.hand.clone(), step.app.polygon.clone())
    else {
        return;
    };
    let Some(&from) = step.app.picking.selected.last() else {
        return;
    };
    match step.session.split(&id, from, vertex) {
        Ok(edit) => {
            step.say("split in two; u joins them again");
            step.edit(edit, After::Vertex(0));
        }
        Err(error) => step.fail(error.to_string()),
    }
}

fn merge(step: &mut Step) {
    let Some(polygon) = step.active_polygon() else {
        return;
    };
    let (id, facies) = (polygon.id.clone(), polygon.facies.clone());
    let others: Vec<String> = (under_cursor(step).into_iter())
        .filter(|other| *other != id)
        .collect();
    let same = |other: &&String| {
        let found = step.session.polygon(other);
        found.is_some_and(|p| p.facies == facies)
    };
    let Some(other) = others.iter().find(same).or(others.first()) else {
        return step
            .refuse("no other polygon is under the cursor; move onto the one to merge with");
    };
    match step.session.merge(&id, other) {
        Ok(edit) => {
            let after = match step.app.hand {
                Hand::Edit { .. } => After::Vertex(0),
                _ => After::Stay,
            };
            step.say("merged; u parts them again");
            step.edit(edit, after);
        }
        Err(error) => step.fail(error.to_string()),
    }
}

fn simplify(step: &mut Step) {
    // Again accepts what is shown.
    if step.accept() {
        return;
    }
    let scale = step.cells_per_number();
    let cells = 0.5 * step.times() as f64;
    let Some(polygon) = step.active_polygon() else {
        return;
    };
    let vertices = simplify_ring(&polygon.vertices, scale, cells);
    let (before, after) = (polygon.vertices.len(), vertices.len());
    if before == after {
        return step.say("every vertex is needed; a count drops more: 4=");
    }
    let proposal = Proposal {
        facies: polygon.facies.clone(),
        rings: vec![(polygon.slice, vertices.clone())],
        edit: Edit::ReplaceVertices {
            id: polygon.id.clone(),
            vertices,
        },
        repeat: Some(Repeat::Simplify(cells)),
    };
    step.app.picking.proposal = Some(proposal);
    step.say(format!(
        "{} of {before} vertices would go; Enter accepts, Esc keeps them",
        before - after
    ));
}

impl Step<'_> {
    /// Makes what is proposed so; false where nothing is.
    pub fn accept(&mut self) -> bool {
        let Some(proposal) = self.app.picking.proposal.take() else {
            return false;
        };
        if proposal.repeat.is_some() {
            self.app.picking.last = proposal.repeat;
        }
        let after = match self.app.hand {
            Hand::Edit { .. } => After::Vertex(0),
            _ => After::Stay,
        };
        self.edit(proposal.edit, after);
        true
    }

    /// The selected vertices of the active polygon; none where there is no selection.
    pub fn selected(&self) -> BTreeSet<usize> {
        self.app.picking.selected.iter().copied().collect()
    }
}
