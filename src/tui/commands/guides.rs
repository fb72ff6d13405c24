//! Horizons and wells: read, shown, followed, forgotten.

use std::path::Path;
use std::sync::Arc;

use super::{Command, Group, command, hands_free, with_slice};
use crate::model::{Cut, candidate_name};
use crate::session::{Edit, Guide, GuideKind, Session};
use crate::tui::Mode;
use crate::tui::action::{After, Effect};
use crate::tui::app::App;
use crate::tui::guides::GuideState;
use crate::tui::step::Step;

pub(super) const COMMANDS: &[Command] = &[
    command(
        Group::Slices,
        "along horizon",
        "map along a horizon: the nearest, the next, or one by name",
        along,
    )
    .on(&[Mode::Normal], &["gh"])
    .takes("[NAME]")
    .offers(horizons)
    .row("along a horizon; [ ] shift it")
    .when(browsing),
    command(
        Group::Picture,
        "show guides",
        "show or hide horizons and wells",
        show,
    )
    .on(Mode::PICTURE, &["zH"])
    .row("horizons, wells")
    .when(with_slice),
    command(
        Group::Line,
        "horizon",
        "read a horizon: inline crossline time, or x y time",
        horizon,
    )
    .takes("FILE [NAME]")
    .when(with_slice),
    command(
        Group::Line,
        "well",
        "read a well's path: inline crossline time class",
        well,
    )
    .takes("FILE [NAME]")
    .when(with_slice),
    command(
        Group::Line,
        "set reach",
        "lines within which wells are shown on a section",
        reach,
    )
    .takes("LINES"),
    command(
        Group::Line,
        "forget",
        "take a horizon or a well off the session",
        forget,
    )
    .takes("NAME")
    .offers(guides),
];

/// Sections and maps along horizons are entered with free hands.
pub(super) fn browsing(app: &App, session: &Session) -> Result<(), &'static str> {
    hands_free(app, session)?;
    match app.mode() {
        Mode::Draw => Err("a polygon is being drawn; Esc leaves it as a draft"),
        Mode::Edit => Err("vertices are being edited; Esc ends that"),
        _ => Ok(()),
    }
}

fn horizons(_: &App, session: &Session) -> Vec<String> {
    let names = session.guides_of(GuideKind::Horizon);
    names.map(|g| g.name.clone()).collect()
}

fn guides(_: &App, session: &Session) -> Vec<String> {
    session.guides.iter().map(|g| g.name.clone()).collect()
}

fn show(step: &mut Step) {
    let shown = &mut step.app.view.guides;
    *shown = !*shown;
    if !*shown {
        step.say("horizons and wells are hidden; zh shows them");
    }
}

fn horizon(step: &mut Step) {
    step.read_guide(GuideKind::Horizon);
}

fn well(step: &mut Step) {
    step.read_guide(GuideKind::Well);
}

fn reach(step: &mut Step) {
    match step.argument.parse::<f64>() {
        Ok(lines) if (0.0..1e6).contains(&lines) => {
            step.app.view.reach = lines;
            step.say(format!("wells are shown within {lines} lines of a section"));
        }
        _ => step.fail("set reach takes a number of lines: :set reach 5"),
    }
}

fn forget(step: &mut Step) {
    let name = step.argument.to_owned();
    if matches!(&step.app.view.cut, Some(view) if matches!(&view.cut, Cut::Flattened { name: n, .. } if *n == name))
    {
        step.leave_cut();
    }
    let said = format!("{name} is off the session; its file stays, and u brings it back");
    step.edit(Edit::RemoveGuide { name }, After::Say(said));
}

fn along(step: &mut Step) {
    let all: Vec<_> = (step.app.horizons(step.session))
        .map(|(guide, horizon)| (guide.name.clone(), Arc::clone(horizon)))
        .collect();
    let asked = step.argument;
    let chosen = if asked.is_empty() {
        step.next_horizon(&all)
    } else {
        all.iter().find(|(name, _)| name == asked)
    };
    let Some((name, horizon)) = chosen.cloned() else {
        let state = step.app.guides.get(asked);
        return match state {
            Some(GuideState::Reading) => step.refuse(format!("{asked} is being read")),
            Some(GuideState::Failed(text)) => {
                let text = text.clone();
                step.fail(text);
            }
            _ if all.is_empty() => step.refuse("there is no horizon; :horizon FILE reads one"),
            _ => step.fail(format!("there is no horizon `{asked}`")),
        };
    };
    let at = (step.app.view.position()).and_then(|(i, x, _)| horizon.time(i, x));
    step.show_cut(Cut::Flattened { name, horizon });
    if at.is_none() {
        step.say("the horizon has a hole here");
    }
}

impl Step<'_> {
    /// The horizon to go along: after the one that is shown, else the nearest to
    /// the cursor.
    fn next_horizon<'a>(
        &self,
        all: &'a [(String, Arc<crate::model::Horizon>)],
    ) -> Option<&'a (String, Arc<crate::model::Horizon>)> {
        if let Some(Cut::Flattened { name, .. }) = self.app.view.cut.as_ref().map(|v| &v.cut) {
            let at = all.iter().position(|(n, _)| n == name)?;
            return all.get((at + 1) % all.len());
        }
        let (inline, crossline, time) = self.app.view.position()?;
        let far = |h: &crate::model::Horizon| {
            (h.time(inline, crossline)).map_or(f64::INFINITY, |t| (t - time).abs())
        };
        all.iter().min_by(|p, q| far(&p.1).total_cmp(&far(&q.1)))
    }

    /// Reads the file of a guide, named after it where no name is given.
    pub(super) fn read_guide(&mut self, kind: GuideKind) {
        let mut words = self.argument.split_whitespace();
        let Some(path) = words.next().map(Path::new) else {
            return self.fail(format!("name a file: :{} FILE", kind.word()));
        };
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let name = words
            .next()
            .map_or_else(|| candidate_name(&stem), str::to_owned);
        if self.session.guide(&name).is_some() {
            return self.fail(format!(
                "`{name}` is in the session already; give another name: :{} FILE NAME",
                kind.word()
            ));
        }
        self.say(format!("reading {}", path.display()));
        let guide = Guide {
            name,
            path: path.to_owned(),
            kind,
            colour: 0,
        };
        self.effects.push(Effect::ReadGuide { guide, add: true });
    }
}
