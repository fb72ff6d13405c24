//! Horizons and wells in memory, read in the background.

use std::path::Path;
use std::sync::Arc;

use crate::io::{IoError, Survey, read_horizon, read_well};
use crate::model::{Horizon, Well, printable};
use crate::session::{Edit, Guide, GuideKind, Places, Session};

use super::action::{After, Effect, Message};
use super::app::App;

/// What the file of a guide holds.
#[derive(Clone, Debug)]
pub enum GuideContent {
    /// A horizon.
    Horizon(Arc<Horizon>),
    /// A well.
    Well(Arc<Well>),
}

/// A guide of the session, as far as its file is read.
#[derive(Clone, Debug)]
pub enum GuideState {
    /// On its way.
    Reading,
    /// Here.
    Ready(GuideContent),
    /// It could not be read, and why.
    Failed(String),
}

/// A guide that was read, or could not be.
#[derive(Debug)]
pub struct GuideRead {
    /// The guide.
    pub guide: Guide,
    /// True where it is to be taken into the session.
    pub add: bool,
    /// What it holds and what to say of it, or what is wrong.
    pub result: Result<(GuideContent, Vec<String>), String>,
}

/// Reads the file of a guide: for a thread of its own.
pub fn read_guide(guide: Guide, add: bool, session: &Session, places: &Places) -> GuideRead {
    let path = places.folder().join(&guide.path);
    let volume = session.amplitude().or(session.volumes.first());
    let survey = match volume {
        None => Ok(Survey::nowhere()),
        Some(v) => Survey::of(&places.folder().join(&v.path), &v.open),
    };
    let read = survey.and_then(|survey| read_content(guide.kind, &path, &survey));
    GuideRead {
        guide,
        add,
        result: read.map_err(|error| error.to_string()),
    }
}

/// What a file holds, and what to say of how it was read.
pub fn read_content(
    kind: GuideKind,
    path: &Path,
    survey: &Survey,
) -> Result<(GuideContent, Vec<String>), IoError> {
    match kind {
        GuideKind::Horizon => {
            let (horizon, notes) = read_horizon(path, survey)?;
            Ok((GuideContent::Horizon(Arc::new(horizon)), notes))
        }
        GuideKind::Well => {
            let (well, notes) = read_well(path, survey)?;
            Ok((GuideContent::Well(Arc::new(well)), notes))
        }
    }
}

impl App {
    /// Asks for the guides of the session that are not here yet.
    pub fn read_guides(&mut self, session: &Session) -> Vec<Effect> {
        self.guides.retain(|name, _| session.guide(name).is_some());
        let missing = session
            .guides
            .iter()
            .filter(|g| !self.guides.contains_key(&g.name));
        let missing: Vec<Guide> = missing.cloned().collect();
        let mut effects = Vec::new();
        for guide in missing {
            self.guides.insert(guide.name.clone(), GuideState::Reading);
            effects.push(Effect::ReadGuide { guide, add: false });
        }
        effects
    }

    /// Takes in what was read.
    pub fn take_guide(&mut self, read: GuideRead) -> Vec<Effect> {
        let GuideRead { guide, add, result } = read;
        let (name, word) = (guide.name.clone(), guide.kind.word());
        match result {
            Ok((content, notes)) => {
                let size = match &content {
                    GuideContent::Horizon(horizon) => {
                        format!("{} traces", horizon.picks())
                    }
                    GuideContent::Well(well) => format!("{} points", well.points().len()),
                };
                self.guides.insert(name.clone(), GuideState::Ready(content));
                if !add {
                    return Vec::new();
                }
                let mut said = vec![format!("{word} {name}: {size}")];
                said.extend(notes);
                vec![Effect::Edit(
                    Box::new(Edit::AddGuide(guide)),
                    After::Say(said.join("; ")),
                )]
            }
            Err(text) => {
                let text = printable(&text);
                if !add {
                    self.guides
                        .insert(name.clone(), GuideState::Failed(text.clone()));
                }
                self.message = Some(Message::error(text));
                Vec::new()
            }
        }
    }

    /// The wells that are here, by name.
    pub fn wells<'a>(
        &'a self,
        session: &'a Session,
    ) -> impl Iterator<Item = (&'a Guide, &'a Arc<Well>)> {
        session.guides_of(GuideKind::Well).filter_map(|guide| {
            match self.guides.get(&guide.name)? {
                GuideState::Ready(GuideContent::Well(well)) => Some((guide, well)),
                _ => None,
            }
        })
    }

    /// The horizons that are here, by name.
    pub fn horizons<'a>(
        &'a self,
        session: &'a Session,
    ) -> impl Iterator<Item = (&'a Guide, &'a Arc<Horizon>)> {
        session.guides_of(GuideKind::Horizon).filter_map(|guide| {
            match self.guides.get(&guide.name)? {
                GuideState::Ready(GuideContent::Horizon(horizon)) => Some((guide, horizon)),
                _ => None,
            }
        })
    }
}
