//! Modules to launch, runs to watch, results to read.

use super::{Command, Group, command, hands_free};
use crate::modules::{self, MODULES, Reads};
use crate::runs::State;
use crate::session::{Session, VolumeRole};
use crate::tui::Mode;
use crate::tui::action::{Effect, RunJob};
use crate::tui::app::App;
use crate::tui::layers::Layer;
use crate::tui::panels::{Choice, ModuleChoice, Panel, RunsPanel};
use crate::tui::step::Step;

const NORMAL: &[Mode] = &[Mode::Normal];

pub(super) const COMMANDS: &[Command] = &[
    command(Group::Runs, "modules", "choose a module to launch", choose)
        .on(NORMAL, &["Space m"])
        .when(hands_free),
    command(
        Group::Runs,
        "launch next",
        "launch the next step with its defaults",
        launch_next,
    )
    .on(NORMAL, &["Space l"])
    .when(hands_free),
    command(Group::Runs, "run", "open the form of a module", form)
        .takes("a module, such as rfc3d")
        .offers(modules),
    command(Group::Runs, "runs", "runs, their gauges and logs", runs).on(NORMAL, &["Space r"]),
    command(
        Group::Runs,
        "result",
        "result and tables of the newest run, or of a run by number",
        result,
    )
    .on(NORMAL, &["Space t"])
    .takes("[a run's number]"),
    command(
        Group::Runs,
        "tree",
        "one tree of the newest forest, in the attributes' units",
        tree,
    )
    .takes("a tree's number, from 1"),
];

fn modules(_: &App, _: &Session) -> Vec<String> {
    MODULES
        .iter()
        .map(|module| module.name().to_owned())
        .collect()
}

fn choose(step: &mut Step) {
    let choices = MODULES.iter().map(|module| Choice {
        module: *module,
        obstacle: obstacle(*module, step.app, step.session),
    });
    let next = next_step(step);
    let mut choices: Vec<Choice> = choices.collect();
    // The next sensible step stands first: Enter takes it.
    choices.sort_by_key(|c| c.module.name() != next);
    let panel = Panel::Choice(ModuleChoice::new(choices));
    step.app.layers.push(Layer::Panel(Box::new(panel)));
}

/// Why a module cannot run on the session as it is.
fn obstacle(module: &dyn modules::Module, app: &App, session: &Session) -> Option<String> {
    if module.reads() == Reads::Amplitude && session.amplitude().is_none() {
        return Some("the session has no amplitude volume".into());
    }
    let attributes = session
        .volumes
        .iter()
        .any(|v| v.role == VolumeRole::Attribute);
    let rows = module.needs_facies() && has_rows(app);
    if module.reads() == Reads::Candidates && !attributes && !rows {
        return Some("no attribute volumes yet; attributes3d makes some".into());
    }
    // Without a polygon some modules do something of their own, and some can apply a
    // model of an earlier run.
    let mut parameters = module.parameters().iter();
    let applies = parameters.any(|p| p.name == modules::MODEL_SETTING);
    let needs = module.needs_facies() && !applies;
    if module.learns() && (needs || !session.polygons.is_empty()) {
        if session.facies.len() < 2 {
            return Some("it needs two facies; \"+ makes one".into());
        }
        let empty = session
            .facies
            .iter()
            .find(|f| session.polygons_of(&f.name).next().is_none());
        if let Some(facies) = empty {
            return Some(format!("facies {} has no polygon", facies.name));
        }
    }
    None
}

/// The module that an interpreter would launch next.
fn next_step(step: &Step) -> &'static str {
    let attributes = step
        .session
        .volumes
        .iter()
        .any(|v| v.role == VolumeRole::Attribute);
    let done = |name: &str| {
        let mut runs = step.app.runs.runs.iter().map(|w| &w.run);
        runs.any(|r| r.request.module == name && r.progress.state == State::Done)
    };
    match (attributes, done("attribute_selection")) {
        (true, true) => "rfc3d",
        (true, false) => "attribute_selection",
        // Ranked at the picked voxels, before there are volumes; a set is chosen then.
        (false, _) if has_rows(step.app) => "attribute_selection",
        (false, _) => "attributes3d",
    }
}

/// True where a run has made training rows at the picked voxels alone.
fn has_rows(app: &App) -> bool {
    app.runs.runs.iter().any(|watched| watched.run.has_rows())
}

fn launch_next(step: &mut Step) {
    let name = next_step(step);
    let reason = modules::find(name)
        .ok()
        .and_then(|m| obstacle(m, step.app, step.session));
    match reason {
        Some(reason) => step.refuse(format!("{name}: {reason}")),
        None => step.effects.push(Effect::Run(RunJob::LaunchDefaults(name))),
    }
}

fn form(step: &mut Step) {
    match modules::find(step.argument) {
        Ok(module) => step.effects.push(Effect::Run(RunJob::Form {
            module: module.name(),
            settings: std::collections::BTreeMap::new(),
            volumes: Vec::new(),
        })),
        Err(error) => step.fail(error.to_string()),
    }
}

fn runs(step: &mut Step) {
    let panel = Panel::Runs(RunsPanel::new(&step.app.runs));
    step.app.layers.push(Layer::Panel(Box::new(panel)));
    step.effects.push(Effect::Run(RunJob::Look));
}

fn result(step: &mut Step) {
    let number = step.argument.parse().ok();
    step.effects
        .push(Effect::Run(RunJob::Result(number, step.app.view.at)));
}

/// Shows one tree of the newest forest.
fn tree(step: &mut Step) {
    let Some(number) = step.argument.parse().ok().filter(|&n| n > 0) else {
        return step.fail("a tree has a number from 1: :tree 1");
    };
    let mut runs = step.app.runs.runs.iter().map(|w| &w.run);
    let newest = runs.find(|r| r.request.module == "rfc3d" && r.progress.state == State::Done);
    match newest.map(|run| run.number) {
        Some(run) => step.effects.push(Effect::Run(RunJob::Tree { run, number })),
        None => step.refuse("no run of rfc3d is done yet"),
    }
}
