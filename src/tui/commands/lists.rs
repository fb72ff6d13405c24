//! The list of polygons.

use super::{Command, Group, command, hands_free};
use crate::tui::Mode;
use crate::tui::layers::{Layer, PolygonList, Row, list_rows};
use crate::tui::step::Step;

const LIST: &[Mode] = &[Mode::Polygons];

pub(super) const COMMANDS: &[Command] = &[
    command(
        Group::Always,
        "polygons",
        "list polygons, and slices that lack them",
        open,
    )
    .on(&[Mode::Normal], &["Space p"])
    .row("list of polygons")
    .when(hands_free),
    command(Group::Polygon, "list down", "to the next row", down)
        .on(LIST, &["j", "Down"])
        .row("down, up the list"),
    command(Group::Polygon, "list up", "to the row before", up)
        .on(LIST, &["k", "Up"])
        .row("down, up the list"),
    command(
        Group::Polygon,
        "go there",
        "go to the slice and the polygon",
        go,
    )
    .on(LIST, &["Enter"])
    .hint("go there", "go there"),
];

fn open(step: &mut Step) {
    let rows = rows(step);
    let here = |row: &Row| step.app.is_here(&row.slice);
    let active = |row: &Row| row.polygon.is_some() && row.polygon == step.app.polygon;
    let chosen = rows
        .iter()
        .position(active)
        .or_else(|| rows.iter().position(here));
    step.app.layers.push(Layer::Polygons(PolygonList {
        chosen: chosen.unwrap_or(0),
    }));
    choose(step, 0);
}

fn down(step: &mut Step) {
    choose(step, step.times().cast_signed());
}

fn up(step: &mut Step) {
    choose(step, -step.times().cast_signed());
}

fn go(step: &mut Step) {
    let Some(row) = chosen(step) else { return };
    step.app.layers.pop();
    if !step.go_to(&row.slice) {
        return step.fail(format!("{} is outside this volume", row.slice));
    }
    if let Some(polygon) = row.polygon.and_then(|id| step.session.polygon(&id)) {
        let vertex = polygon.vertices.first().copied().unwrap_or_default();
        let to = step.app.view.nearest(vertex);
        step.move_to(to);
    }
}

fn rows(step: &Step) -> Vec<Row> {
    step.app.view.grid.map_or(Vec::new(), |grid| {
        list_rows(step.session, &grid, step.app.view.direction)
    })
}

fn chosen(step: &Step) -> Option<Row> {
    let Some(Layer::Polygons(list)) = step.app.layers.last() else {
        return None;
    };
    rows(step).get(list.chosen).cloned()
}

/// Moves the choice; a polygon chosen is the active one, so that renaming and
/// deleting mean it.
fn choose(step: &mut Step, by: isize) {
    let last = rows(step).len().saturating_sub(1);
    if let Some(Layer::Polygons(list)) = step.app.layers.last_mut() {
        list.chosen = list.chosen.saturating_add_signed(by).min(last);
    }
    if let Some(id) = chosen(step).and_then(|row| row.polygon) {
        step.activate(&id);
    }
}
