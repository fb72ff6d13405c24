//! The side panel of separability.

use std::sync::Arc;

use super::{Command, Group, command, with_slice};
use crate::model::Polygon;
use crate::preview::{Question, VolumeId};
use crate::session::Session;
use crate::tui::Mode;
use crate::tui::app::{App, Opened};
use crate::tui::step::Step;

pub(super) const COMMANDS: &[Command] = &[
    command(
        Group::Always,
        "separability",
        "how far apart the facies are; again: not shown",
        toggle,
    )
    .on(&[Mode::Normal], &["Space e"])
    .row("separability of the facies")
    .when(with_slice),
    command(
        Group::Line,
        "scatter",
        "the attributes of the scatter in the side panel",
        scatter,
    )
    .takes("[RIGHT UP]")
    .when(with_slice),
];

fn toggle(step: &mut Step) {
    let panel = &mut step.app.separability;
    panel.open = !panel.open;
    panel.stale = panel.open;
    panel.answer = None;
    if panel.open {
        step.open_candidates();
    }
}

fn scatter(step: &mut Step) {
    let words: Vec<String> = step
        .argument
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    let known = |name: &String| step.session.candidates().iter().any(|v| v.name == *name);
    match &words[..] {
        [] => step.app.separability.axes = None,
        [x, y] if known(x) && known(y) => {
            step.app.separability.axes = Some((x.clone(), y.clone()));
        }
        _ => {
            let names: Vec<&str> = (step.session.candidates().iter())
                .map(|v| v.name.as_str())
                .collect();
            return step.fail(format!("scatter takes two of {}", names.join(", ")));
        }
    }
    step.app.separability.stale = true;
    if !step.app.separability.open {
        toggle(step);
    }
}

impl Step<'_> {
    /// Opens the volumes that separability is measured in.
    pub(super) fn open_candidates(&mut self) {
        let names: Vec<String> = (self.session.candidates().iter())
            .map(|v| v.name.clone())
            .collect();
        if names.is_empty() {
            self.refuse("there is no attribute volume yet; attributes3d computes some: Space m");
        }
        for name in names {
            if !self.app.volumes.contains_key(&name) {
                self.open(&name);
            }
        }
    }
}

impl App {
    /// What is to be asked about the separability, where anything changed since
    /// the last question. What is carried counts as if it were put down.
    pub fn next_question(&mut self, session: &Session) -> Option<Box<Question>> {
        if !self.separability.open || !self.separability.stale {
            return None;
        }
        let grid = self.view.survey_grid()?;
        let attributes = self.open_attributes(session)?;
        self.separability.stale = false;
        Some(Box::new(Question {
            grid,
            facies: session.facies.iter().map(|f| f.name.clone()).collect(),
            polygons: self.polygons_as_seen(session),
            attributes,
            axes: self.separability.axes.clone(),
            active: self.polygon.clone(),
        }))
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
