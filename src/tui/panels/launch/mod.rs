//! The launch form: one row for each parameter of a module, from its table.

mod draw;
mod preview;
mod rows;
mod training;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;

use tui_input::Input;

use self::preview::Docked;
pub use self::preview::{Bill, Face, Wish, preview_name};
use self::rows::Row;
use self::training::LearntFrom;
use super::{Key, PanelEffect, PanelKey, also, edit, hint};
use crate::io::TrainingPreview;
use crate::model::{Facies, Grid};
use crate::modules::{self, Kind, Module, Parameter, Reads, Request, Training};

const KEYS: &[PanelKey] = &[
    hint("Tab", "next"),
    hint("Enter", "edit"),
    hint("dd", "default"),
    hint("ge", "next error"),
    hint("y", "copy command"),
    hint("G", "to launch"),
    also("j k", "next, previous"),
    also("gg", "first"),
    also("Space", "choose an attribute"),
    hint("Esc", "close"),
];

/// The same where what the module makes can be shown on a slice.
const PREVIEWING_KEYS: &[PanelKey] = &[
    hint("Tab", "next"),
    hint("Enter", "edit"),
    hint("p", "preview on the slice"),
    hint("dd", "default"),
    hint("G", "to launch"),
    also("ge", "next error"),
    also("y", "copy command"),
    also("j k", "next, previous"),
    also("gg", "first"),
    also("Space", "choose an attribute"),
    hint("Esc", "close"),
];

const TYPING_KEYS: &[PanelKey] = &[
    hint("Enter", "take it"),
    hint("Tab", "take it, next"),
    hint("Esc", "as it was"),
];

const LIST_KEYS: &[PanelKey] = &[
    hint("j k", "move"),
    hint("Space", "choose"),
    hint("a", "all or none"),
    hint("Enter", "done"),
];

/// A volume that the run may read.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The volume, as the request names it.
    pub input: modules::Input,
    /// What is worth knowing: `knee of selection run 3`.
    pub note: String,
    /// True where the run reads it unless told otherwise.
    pub chosen: bool,
}

/// A facies and how well it is picked.
#[derive(Clone, Debug, PartialEq)]
pub struct Picked {
    /// The facies.
    pub facies: Facies,
    /// Its polygons.
    pub polygons: usize,
    /// Its voxels, where they have been counted.
    pub voxels: Option<usize>,
}

/// What a form starts from.
#[derive(Clone, Debug, Default)]
pub struct LaunchFacts {
    /// Name of the session, for the title.
    pub title: String,
    /// Path of the session, for the request and its command line.
    pub session: Option<PathBuf>,
    /// Volumes to choose from, in the session's order.
    pub volumes: Vec<Candidate>,
    /// Where training rows come from.
    pub training: Training,
    /// The facies, in order, where they come from polygons.
    pub facies: Vec<Picked>,
    /// The grid that ranges must lie on.
    pub grid: Option<Grid>,
    /// Settings to start from: of the run that is done again, say.
    pub settings: BTreeMap<String, String>,
    /// Runs that must be done before.
    pub after: Vec<u32>,
    /// A training file that is learnt from, and what it holds.
    pub learnt: Option<(PathBuf, Result<TrainingPreview, String>)>,
}

/// What the keys go to.
#[derive(Debug)]
enum Hand {
    /// The rows.
    Rows,
    /// The value that is typed.
    Typing(Input),
    /// The list of volumes, and the place in it.
    Listing(usize),
}

/// The form of one module.
pub struct LaunchForm {
    module: &'static dyn Module,
    facts: LaunchFacts,
    /// Values that differ from the defaults: in normal form, or as typed where
    /// they cannot be taken.
    values: BTreeMap<&'static str, String>,
    at: usize,
    hand: Hand,
    /// First key of `dd`, `gg`, `ge`.
    pending: Option<char>,
    /// What is learnt from instead of what the session has.
    learnt: Option<LearntFrom>,
    /// What it knows while it stands beside the picture.
    docked: Option<Docked>,
}

impl LaunchForm {
    /// The form of a module.
    pub fn new(module: &'static dyn Module, mut facts: LaunchFacts) -> Self {
        let learnt = facts.learnt.take();
        let mut form = Self {
            module,
            values: BTreeMap::new(),
            at: 0,
            hand: Hand::Rows,
            pending: None,
            learnt: None,
            docked: None,
            facts,
        };
        for parameter in form.parameters() {
            if let Some(text) = form.facts.settings.get(parameter.name).cloned() {
                form.set(parameter, &text);
            }
        }
        if let Some((path, seen)) = learnt {
            form.learn_from(&path.display().to_string());
            form.take_preview(&path, seen);
        }
        let rows = form.rows();
        form.at = rows
            .iter()
            .position(|row| matches!(row, Row::Volumes | Row::Parameter(_)))
            .unwrap_or(0);
        form
    }

    fn parameters(&self) -> impl Iterator<Item = &'static Parameter> + use<> {
        let parameters = self.module.parameters().iter();
        parameters.chain(modules::shared_parameters())
    }

    fn rows(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        if self.docked.is_some() {
            rows.push(Row::Shown);
            let shown = self.parameters().filter(|p| self.concerns(p));
            rows.extend(shown.map(Row::Parameter));
            return rows;
        }
        if self.module.learns() {
            rows.push(Row::Training);
        }
        if !self.facts.volumes.is_empty() || self.training() != Training::File {
            rows.push(Row::Volumes);
        }
        let on_cluster = self.values.get("on").is_some_and(|on| on == "slurm");
        let shown = |p: &&Parameter| on_cluster || !modules::CLUSTER.contains(p);
        rows.extend(self.parameters().filter(shown).map(Row::Parameter));
        rows.push(Row::Launch);
        rows
    }

    fn row(&self) -> Row {
        self.rows().get(self.at).copied().unwrap_or(Row::Launch)
    }

    /// Takes a value: nothing is kept where it is the default.
    fn set(&mut self, parameter: &'static Parameter, text: &str) {
        let value = match parameter.check(text) {
            Ok(normal) => normal,
            Err(_) => crate::model::printable(text.trim()),
        };
        if value == parameter.default {
            self.values.remove(parameter.name);
        } else {
            self.values.insert(parameter.name, value);
        }
    }

    fn text(&self, parameter: &Parameter) -> &str {
        self.values
            .get(parameter.name)
            .map_or(parameter.default, String::as_str)
    }

    fn chosen(&self) -> impl Iterator<Item = &Candidate> {
        self.facts.volumes.iter().filter(|v| v.chosen)
    }

    /// The request as the form stands; values that cannot be taken are left out.
    fn request(&self) -> Option<Request> {
        let good = |p: &'static Parameter| Some((p.name.to_owned(), p.check(self.typed(p)).ok()?));
        let settings = self.parameters().filter_map(good).collect();
        let volumes = self.chosen().map(|v| v.input.clone()).collect();
        let request = Request::new(self.module, &settings, volumes, self.training()).ok()?;
        Some(Request {
            training_file: self.training_file().cloned(),
            wells: self.wells(),
            session: self.facts.session.clone(),
            after: self.facts.after.clone(),
            ..request
        })
    }

    /// The same run as a command line.
    fn command_line(&self) -> String {
        self.request().map_or(String::new(), |r| {
            crate::model::printable(&r.command_line())
        })
    }

    /// The word for it in the footer.
    pub fn mode(&self) -> &'static str {
        if self.is_docked() { "PREVIEW" } else { "FORM" }
    }

    /// Its keys.
    pub fn keys(&self) -> &'static [PanelKey] {
        match self.hand {
            Hand::Rows if self.is_docked() => preview::KEYS,
            Hand::Rows if self.previews() => PREVIEWING_KEYS,
            Hand::Rows => KEYS,
            Hand::Typing(_) => TYPING_KEYS,
            Hand::Listing(_) => LIST_KEYS,
        }
    }

    /// Takes pasted text into the value that is typed.
    pub fn paste(&mut self, text: &str) -> bool {
        match &mut self.hand {
            Hand::Typing(input) => super::paste(input, text),
            _ => return false,
        }
        true
    }

    /// Takes a key.
    pub fn press(&mut self, key: Key) -> PanelEffect {
        let docked = self.is_docked();
        match &mut self.hand {
            Hand::Typing(_) => self.press_typing(key),
            Hand::Listing(at) => {
                let at = *at;
                self.press_list(key, at);
                self.look_again(Row::Volumes)
            }
            Hand::Rows if docked => self.press_docked(key),
            Hand::Rows => self.press_rows(key),
        }
    }

    fn press_rows(&mut self, key: Key) -> PanelEffect {
        let last = self.rows().len() - 1;
        match (self.pending.take(), key) {
            (Some('d'), Key::Char('d')) => return self.put_default_back(),
            (Some('g'), Key::Char('g')) | (_, Key::Home) => self.at = 0,
            (Some('g'), Key::Char('e')) => self.seek_error(),
            (_, Key::Char(c @ ('d' | 'g'))) => self.pending = Some(c),
            (_, Key::Char('j') | Key::Down) => self.at = (self.at + 1).min(last),
            (_, Key::Char('k') | Key::Up) => self.at = self.at.saturating_sub(1),
            (_, Key::Tab) => self.at = (self.at + 1) % (last + 1),
            (_, Key::BackTab) => self.at = (self.at + last) % (last + 1),
            (_, Key::Char('J') | Key::PageDown | Key::Ctrl('d')) => {
                self.at = (self.at + 10).min(last);
            }
            (_, Key::Char('K') | Key::PageUp | Key::Ctrl('u')) => {
                self.at = self.at.saturating_sub(10);
            }
            (_, Key::Char('G') | Key::End) => self.at = last,
            (_, Key::Char('p')) if self.previews() => return self.dock(),
            (_, Key::Char('y')) => return PanelEffect::Copy(self.command_line()),
            (_, Key::Enter | Key::Char(' ')) => return self.enter(),
            (_, Key::Char('q') | Key::Esc | Key::Ctrl('g')) => return PanelEffect::Close,
            _ => return PanelEffect::NotMine,
        }
        PanelEffect::Taken
    }

    /// Opens the row in hand: a line to type in, the list, or the run itself.
    /// What has few values takes the next one.
    fn enter(&mut self) -> PanelEffect {
        match self.row() {
            Row::Shown => {}
            Row::Training => {
                let text = self.learnt.as_ref().map(LearntFrom::text);
                self.hand = Hand::Typing(Input::new(text.unwrap_or_default()));
            }
            Row::Volumes if self.module.reads() == Reads::Candidates => {
                self.hand = Hand::Listing(0);
            }
            Row::Volumes => {
                return PanelEffect::Say(format!(
                    "{} reads the amplitude volume alone",
                    self.module.name()
                ));
            }
            Row::Parameter(parameter) => match parameter.kind {
                Kind::Flag => {
                    let flipped = if self.text(parameter) == "yes" {
                        "no"
                    } else {
                        "yes"
                    };
                    self.set(parameter, flipped);
                }
                Kind::Choice(words) => {
                    let now = self.text(parameter);
                    let at = words.iter().position(|w| *w == now);
                    self.set(parameter, words[at.map_or(0, |i| (i + 1) % words.len())]);
                }
                _ => {
                    let text = self.text(parameter).to_owned();
                    self.hand = Hand::Typing(Input::new(text));
                }
            },
            Row::Launch => return self.launch(),
        }
        PanelEffect::Taken
    }

    fn launch(&self) -> PanelEffect {
        match (self.errors().first(), self.request()) {
            (None, Some(request)) => PanelEffect::Launch(Box::new(request)),
            (Some((_, reason)), _) => PanelEffect::Say(format!("not yet: {reason}")),
            (None, None) => PanelEffect::Say("not yet: a value cannot be taken".into()),
        }
    }

    fn press_typing(&mut self, key: Key) -> PanelEffect {
        let Hand::Typing(input) = &mut self.hand else {
            return PanelEffect::Taken;
        };
        match key {
            Key::Enter | Key::Tab | Key::BackTab | Key::Up | Key::Down => {
                let text = input.value().to_owned();
                self.hand = Hand::Rows;
                let row = self.row();
                match row {
                    Row::Parameter(parameter) => self.set(parameter, &text),
                    Row::Training => self.learn_from(&text),
                    _ => {}
                }
                if key != Key::Enter && !self.is_docked() {
                    self.press_rows(key);
                }
                return match self.look_again(row) {
                    PanelEffect::Taken => self.after_typing(),
                    asked => asked,
                };
            }
            Key::Esc | Key::Ctrl('g' | 'c') => self.hand = Hand::Rows,
            key => edit(input, key),
        }
        PanelEffect::Taken
    }

    fn press_list(&mut self, key: Key, at: usize) {
        let volumes = &mut self.facts.volumes;
        let last = volumes.len().saturating_sub(1);
        let to = match key {
            Key::Char('j') | Key::Down => (at + 1).min(last),
            Key::Char('k') | Key::Up => at.saturating_sub(1),
            Key::Char('G') | Key::End => last,
            Key::Home => 0,
            Key::Char(' ') => {
                if let Some(volume) = volumes.get_mut(at) {
                    volume.chosen = !volume.chosen;
                }
                (at + 1).min(last)
            }
            Key::Char('a') => {
                let all = volumes.iter().all(|v| v.chosen);
                for volume in volumes.iter_mut() {
                    volume.chosen = !all;
                }
                at
            }
            Key::Enter | Key::Esc | Key::Tab | Key::Char('q') | Key::Ctrl('g') => {
                self.hand = Hand::Rows;
                return;
            }
            _ => at,
        };
        self.hand = Hand::Listing(to);
    }

    fn put_default_back(&mut self) -> PanelEffect {
        let row = self.row();
        match row {
            Row::Parameter(parameter) => {
                self.values.remove(parameter.name);
            }
            Row::Training => self.learnt = None,
            _ => {}
        }
        self.look_again(row)
    }

    fn seek_error(&mut self) {
        let rows = self.errors().into_iter().map(|(row, _)| row);
        let all = self.rows();
        let places: Vec<usize> = rows
            .filter_map(|row| all.iter().position(|r| *r == row))
            .collect();
        let next = places.iter().find(|p| **p > self.at).or(places.first());
        if let Some(place) = next {
            self.at = *place;
        }
    }
}
