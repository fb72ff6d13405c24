//! What is looked at, kept from one opening of a session to the next.

use crate::model::SliceKey;
use crate::picture::{Clip, ColourMap};
use crate::session::{Session, ViewState, VolumeRole, VolumeView};

use super::app::App;
use super::hand::Draft;
use super::view::Look;

impl App {
    /// What is looked at, to be kept.
    pub fn view_state(&self) -> ViewState {
        let looks = self.view.looks.iter().map(|(name, look)| {
            let view = VolumeView {
                clip: (look.clip.filter(|_| !look.fitted))
                    .map(|c| (f64::from(c.low), f64::from(c.high))),
                colour_map: Some(look.map.name().to_owned()),
                reversed: look.reversed,
            };
            (name.clone(), view)
        });
        ViewState {
            slice: self.view.survey_key(),
            cursor: self.view.position(),
            zoom: self.view.zoom().filter(|_| self.view.cut.is_none()),
            nodes: self.view.nodes.clone(),
            turned: self.view.turned,
            mouse: self.view.mouse,
            volume: self.view.volume.clone(),
            overlay: self.view.overlay.clone(),
            facies: self.facies.clone(),
            draft: (self.draft.clone()).map(|draft| (draft.slice, draft.vertices)),
            volumes: looks.collect(),
        }
    }

    /// Takes up what was looked at; slice and cursor wait for the volume's grid.
    pub fn take_view_state(&mut self, state: &ViewState, session: &Session) {
        let known = |name: &Option<String>| name.clone().filter(|n| session.volume(n).is_some());
        self.view.volume = known(&state.volume);
        self.view.overlay = known(&state.overlay);
        self.facies.clone_from(&state.facies);
        self.view.turned = state.turned;
        self.view.mouse = state.mouse;
        self.view.nodes.clone_from(&state.nodes);
        self.view.nodes.truncate(crate::model::SECTION_NODES);
        self.view.awaited = state
            .slice
            .zip(state.cursor)
            .map(|(slice, cursor)| Awaited {
                slice,
                cursor,
                zoom: state.zoom,
            });
        self.draft = (state.draft.clone()).map(|(slice, vertices)| Draft { slice, vertices });
        self.kept_draft.clone_from(&self.draft);
        for (name, kept) in &state.volumes {
            let role = session
                .volume(name)
                .map_or(VolumeRole::Attribute, |v| v.role);
            let mut look = Look::of(role);
            let named = |m: &ColourMap| Some(m.name()) == kept.colour_map.as_deref();
            look.map = ColourMap::ALL.into_iter().find(named).unwrap_or(look.map);
            look.reversed = kept.reversed;
            look.clip = kept.clip.and_then(|(low, high)| {
                let clip = Clip {
                    low: low as f32,
                    high: high as f32,
                };
                (clip.low.is_finite() && clip.high.is_finite() && clip.low < clip.high)
                    .then_some(clip)
            });
            look.fitted = look.clip.is_none();
            self.view.looks.insert(name.clone(), look);
        }
    }
}

/// A place to return to once the grid of the volume is known.
#[derive(Clone, Copy, Debug)]
pub struct Awaited {
    /// The slice.
    pub slice: SliceKey,
    /// Inline, crossline and time of the cursor.
    pub cursor: (f64, f64, f64),
    /// Samples per cell along `a` and `b`.
    pub zoom: Option<(f64, f64)>,
}
