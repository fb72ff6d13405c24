//! The live forest, as far as the application knows of it.

use std::sync::Arc;

use super::app::App;
use super::layers::Layer;
use super::panels::Panel;
use crate::model::SliceKey;
use crate::preview::{LiveAnswer, Slice, Spot, Suggestions};

/// Live classes and the spot that was suggested.
#[derive(Debug, Default)]
pub struct Live {
    /// True while every edit classifies the slice.
    pub on: bool,
    /// True where something changed that the answer does not know.
    pub stale: bool,
    /// The slice that was asked about last.
    pub asked: Option<SliceKey>,
    /// The newest answer.
    pub answer: Option<LiveAnswer>,
    /// The most frequent class of it, which stays grey.
    pub common: Option<u8>,
    /// True where spots are wanted and not asked for yet.
    pub suggest: bool,
    /// The spot that was gone to: its box is drawn until a polygon changes.
    pub spot: Option<Spot>,
}

impl Live {
    /// The classes of a slice, where they are those last asked for.
    pub fn classes(&self, key: &SliceKey) -> Option<&Arc<Slice>> {
        let answer = self.answer.as_ref().filter(|_| self.on)?.as_ref().ok()?;
        (answer.slice.id.key == *key).then_some(&answer.slice)
    }

    /// What the title says of them.
    pub fn words(&self) -> Option<String> {
        self.on.then(|| match &self.answer {
            None => "live classes ...".to_owned(),
            Some(Err(reason)) => format!("live: {reason}"),
            Some(Ok(answer)) if answer.slice.step > 1 => "live classes, coarse".to_owned(),
            Some(Ok(answer)) => format!("live classes of {} voxels", answer.rows),
        })
    }
}

impl App {
    /// Takes in the classes of a slice.
    pub(super) fn take_classes(&mut self, answer: LiveAnswer) {
        self.live.common = answer
            .as_ref()
            .ok()
            .and_then(|answer| super::app::most_frequent(&answer.slice));
        self.live.answer = Some(answer);
    }

    /// Shows spots in the panel that waits for them.
    pub(super) fn take_suggestions(&mut self, found: Suggestions) {
        for layer in &mut self.layers {
            if let Layer::Panel(panel) = layer
                && let Panel::Spots(spots) = panel.as_mut()
            {
                spots.show(found);
                return;
            }
        }
    }

    /// What previews were made of has changed.
    pub(super) fn unsettle_previews(&mut self) {
        self.separability.stale = true;
        self.live.stale = true;
    }
}
