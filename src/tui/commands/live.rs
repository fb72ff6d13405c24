//! What a small forest makes of the polygons so far: classes of the slice on
//! screen while one picks, and where it would learn most.

use super::{Command, Group, command, with_slice};
use crate::preview::{LiveQuestion, Spot, Uncertainty};
use crate::session::Session;
use crate::tui::Mode;
use crate::tui::action::Effect;
use crate::tui::app::{App, Opened};
use crate::tui::layers::Layer;
use crate::tui::overlays::{Kind, kind_of, overlays};
use crate::tui::panels::{Panel, SpotsPanel};
use crate::tui::step::Step;

pub(super) const COMMANDS: &[Command] = &[
    command(
        Group::Always,
        "live classes",
        "classify the slice anew with every edit; again: not any more",
        toggle,
    )
    .on(&[Mode::Normal], &["Space c"])
    .row("live classes")
    .when(with_two_facies),
    command(
        Group::Always,
        "draw next",
        "list where another polygon would teach most",
        suggest,
    )
    .on(&[Mode::Normal], &["Space n"])
    .row("where to draw next")
    .when(with_two_facies),
];

fn with_two_facies(app: &App, session: &Session) -> Result<(), &'static str> {
    with_slice(app, session)?;
    if app.live.on {
        return Ok(());
    }
    if session.candidates().is_empty() {
        return Err("there is no attribute volume yet; attributes3d computes some: Space m");
    }
    let drawn = |f: &&crate::model::Facies| session.polygons.iter().any(|p| p.facies == f.name);
    if session.facies.iter().filter(drawn).count() < 2 {
        return Err("two facies need polygons to be told apart; i begins one");
    }
    Ok(())
}

fn toggle(step: &mut Step) {
    let live = &mut step.app.live;
    live.on = !live.on;
    live.stale = live.on;
    live.answer = None;
    if live.on {
        step.open_candidates();
        step.say("live classes: every edit classifies the slice; Space c ends it");
    } else {
        step.effects.push(Effect::Classify(None));
        step.say("live classes off");
    }
}

fn suggest(step: &mut Step) {
    step.open_candidates();
    for name in overlays(step.session, true) {
        step.know(&name);
    }
    step.app.live.suggest = true;
    let panel = Panel::Spots(SpotsPanel::default());
    step.app.layers.push(Layer::Panel(Box::new(panel)));
}

impl Step<'_> {
    /// Goes to a spot, with its box drawn.
    pub fn draw_at(&mut self, spot: Spot) {
        if !self.go_to(&spot.slice) {
            return self.fail(format!("{} is outside this volume", spot.slice));
        }
        let [from, to] = spot.corners;
        let middle = (f64::midpoint(from.0, to.0), f64::midpoint(from.1, to.1));
        let at = self.app.view.nearest(middle);
        self.move_to(at);
        let [one, other] = &spot.between;
        self.say(format!(
            "in the box it is {one} or {other}; i draws, Space n lists the other spots"
        ));
        self.app.live.spot = Some(spot);
    }
}

impl App {
    /// What is to be classified, where anything changed since the last question.
    pub fn next_classes(&mut self, session: &Session) -> Option<Box<LiveQuestion>> {
        let key = self.view.key()?;
        if !self.live.on || self.view.cut.is_some() {
            return None;
        }
        if !self.live.stale && self.live.asked == Some(key) {
            return None;
        }
        let question = self.live_question(session)?;
        (self.live.stale, self.live.asked) = (false, Some(key));
        Some(question)
    }

    /// Where to look for spots, where that was asked for and all volumes are open.
    pub fn next_suggestion(&mut self, session: &Session) -> Option<Effect> {
        if !self.live.suggest {
            return None;
        }
        let doubts = overlays(session, true);
        let opening = |name: &String| matches!(self.volumes.get(name), Some(Opened::Opening));
        if doubts.iter().any(opening) {
            return None;
        }
        let question = self.live_question(session)?;
        self.live.suggest = false;
        let doubt = doubts.iter().find_map(|name| {
            let Some(Opened::Ready { id, .. }) = self.volumes.get(name) else {
                return None;
            };
            Some(match kind_of(session, name)? {
                Kind::Confidence => Uncertainty::Confidence(*id),
                _ => Uncertainty::Doubt(*id),
            })
        });
        Some(Effect::Suggest(question, doubt))
    }

    fn live_question(&self, session: &Session) -> Option<Box<LiveQuestion>> {
        Some(Box::new(LiveQuestion {
            grid: self.view.survey_grid()?,
            facies: session.facies.iter().map(|f| f.name.clone()).collect(),
            polygons: self.polygons_as_seen(session),
            attributes: self.open_attributes(session)?,
            slice: self.view.key()?,
        }))
    }
}
