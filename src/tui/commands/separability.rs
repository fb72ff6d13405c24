//! The side panel of separability.

use std::sync::Arc;

use super::{Command, Group, command, with_slice};
use crate::model::Polygon;
use crate::preview::{Question, Separability, VolumeId};
use crate::session::Session;
use crate::tui::Mode;
use crate::tui::app::{App, Opened};
use crate::tui::hand::Hand;
use crate::tui::layers::Layer;
use crate::tui::panels::{List, Panel, TablePanel, Wanted, as_table};
use crate::tui::step::Step;

/// Rows that a key moves the list by.
const ROWS: isize = 10;

pub(super) const COMMANDS: &[Command] = &[
    command(
        Group::Always,
        "separability",
        "how far apart the facies are; again: not shown",
        toggle,
    )
    .on(&[Mode::Normal], &["Space e"])
    .row("distances of the facies")
    .when(with_slice),
    command(
        Group::Always,
        "combinations",
        "score all attribute sets at every edit; again: as a table",
        combinations,
    )
    .takes("[SIZE] [ATTRIBUTE ...]")
    .on(&[Mode::Normal], &["Space E"])
    .row("all combinations, live")
    .when(with_slice),
    command(
        Group::Always,
        "combinations down",
        "further down the list of combinations",
        |step| scroll(step, 1),
    )
    .on(Mode::PICTURE, &["Ctrl-e"])
    .row("down, up that list")
    .when(with_list),
    command(
        Group::Always,
        "combinations up",
        "further up the list of combinations",
        |step| scroll(step, -1),
    )
    .on(Mode::PICTURE, &["Ctrl-y"])
    .row("down, up that list")
    .when(with_list),
    command(
        Group::Line,
        "scatter",
        "the attributes of the scatter in the side panel",
        scatter,
    )
    .takes("[RIGHT UP]")
    .when(with_slice),
];

fn with_list(app: &App, session: &Session) -> Result<(), &'static str> {
    with_slice(app, session)?;
    let panel = &app.separability;
    if panel.open && panel.list.is_some() {
        return Ok(());
    }
    Err("Space E lists all combinations of the attributes first")
}

fn toggle(step: &mut Step) {
    let panel = &mut step.app.separability;
    panel.open = !panel.open;
    panel.stale = panel.open;
    panel.answer = None;
    panel.list = None;
    if panel.open {
        if step.session.candidates().is_empty() {
            step.refuse("there is no attribute volume yet; attributes3d computes some: Space m");
        }
        step.open_candidates();
    }
}

/// Shows the list, or what is wanted of it; where it stands already, the table.
fn combinations(step: &mut Step) {
    let mut wanted = Wanted::default();
    let names = names(step.session);
    for word in step.argument.split_whitespace() {
        match word.parse() {
            Ok(size) => wanted.size = Some(size),
            Err(_) if names.iter().any(|n| n == word) => wanted.with.push(word.to_owned()),
            Err(_) => {
                return step.fail(format!(
                    "combinations takes a number of attributes and names among {}",
                    names.join(", ")
                ));
            }
        }
    }
    if !step.app.separability.open {
        toggle(step);
    }
    let panel = &mut step.app.separability;
    let whole = wanted == Wanted::default();
    if let (true, Some(_), Some(answer)) = (whole, &panel.list, &panel.answer) {
        let table = TablePanel::new(as_table(answer));
        let table = Panel::Table(Box::new(table));
        return step.app.layers.push(Layer::Panel(Box::new(table)));
    }
    panel.list = Some(List { wanted, first: 0 });
}

fn scroll(step: &mut Step, way: isize) {
    let rows = way * ROWS * step.times() as isize;
    let panel = &mut step.app.separability;
    if let Some(list) = &mut panel.list {
        list.scroll(rows, panel.answer.as_deref());
    }
}

fn scatter(step: &mut Step) {
    let words: Vec<String> = step
        .argument
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    let names = names(step.session);
    match &words[..] {
        [] => step.app.separability.axes = None,
        [x, y] if names.contains(x) && names.contains(y) => {
            step.app.separability.axes = Some((x.clone(), y.clone()));
        }
        _ => return step.fail(format!("scatter takes two of {}", names.join(", "))),
    }
    step.app.separability.stale = true;
    step.app.separability.list = None;
    if !step.app.separability.open {
        toggle(step);
    }
}

/// Names of the attributes that combinations are made of.
fn names(session: &Session) -> Vec<String> {
    let candidates = session.candidates();
    candidates.iter().map(|v| v.name.clone()).collect()
}

impl Step<'_> {
    /// Opens the volumes that separability is measured in.
    pub(in crate::tui) fn open_candidates(&mut self) {
        for candidate in self.session.candidates() {
            if !self.app.volumes.contains_key(&candidate.name) {
                self.open(&candidate.name);
            }
        }
    }
}

impl App {
    /// True where the active polygon is looked at closely: beside the panel, and
    /// while it is edited or has just been drawn.
    pub fn looks_closely(&self) -> bool {
        let panel = &self.separability;
        let in_hand = matches!(self.hand, Hand::Edit { .. } | Hand::Carry(_));
        panel.open || self.polygon.is_some() && (in_hand || panel.drawn == self.polygon)
    }

    /// What is to be asked about the separability, where anything changed since
    /// the last question. What is carried counts as if it were put down. Without
    /// the panel only the facies of the active polygon matters.
    pub fn next_question(&mut self, session: &Session) -> Option<Box<Question>> {
        if !self.looks_closely() || !self.separability.stale {
            return None;
        }
        let grid = self.view.survey_grid()?;
        let attributes = self.open_attributes(session)?;
        self.separability.stale = false;
        let own = self.active_polygon(session).map(|p| p.facies.clone());
        let counts = |facies: &str| self.separability.open || own.as_deref() == Some(facies);
        let facies = session.facies.iter().map(|f| f.name.clone());
        let mut polygons = self.polygons_as_seen(session);
        polygons.retain(|p| counts(&p.facies));
        Some(Box::new(Question {
            grid,
            facies: facies.filter(|f| counts(f)).collect(),
            polygons,
            attributes,
            axes: self.separability.axes.clone(),
            active: self.polygon.clone(),
        }))
    }

    /// Takes in an answer: into the side panel, and into the table where it is open.
    pub(in crate::tui) fn take_separability(&mut self, answer: Box<Separability>) {
        for layer in &mut self.layers {
            if let Layer::Panel(panel) = layer
                && let Panel::Table(table) = panel.as_mut()
                && table.is_live()
            {
                table.renew(as_table(&answer));
            }
        }
        self.separability.answer = Some(answer);
        self.lint_findings();
    }

    /// The candidates that are open; nothing while one of them is on its way.
    pub(super) fn open_attributes(&self, session: &Session) -> Option<Vec<(String, VolumeId)>> {
        let mut attributes = Vec::new();
        for candidate in session.candidates() {
            match self.volumes.get(&candidate.name) {
                Some(Opened::Opening) => return None,
                Some(Opened::Ready { id, .. }) => attributes.push((candidate.name.clone(), *id)),
                Some(Opened::Failed(_)) | None => {}
            }
        }
        Some(attributes)
    }

    /// The polygons, what is carried of them as if it were put down.
    pub(super) fn polygons_as_seen(&self, session: &Session) -> Vec<Arc<Polygon>> {
        let mut polygons = session.polygons.clone();
        if let Some(ring) = self.carried_outline(session) {
            let active = self.polygon.as_deref();
            let carried = polygons.iter_mut().find(|p| Some(p.id.as_str()) == active);
            if let Some(polygon) = carried {
                Arc::make_mut(polygon).vertices = ring;
            }
        }
        polygons
    }
}
