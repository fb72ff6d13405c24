//! What is looked at, kept from one opening of a session to the next.

use crate::model::SliceKey;
use crate::picture::{Clip, ColourMap, Depth};
use crate::session::{Session, ViewState, VolumeRole, VolumeView};

use super::app::App;
use super::hand::Draft;
use super::panes::Arrangement;
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
            arrangement: (self.view.arrangement != Arrangement::One)
                .then(|| self.view.arrangement.name().to_owned()),
            second: self.view.second.clone(),
            divider: (self.view.divider != 0.5).then_some(self.view.divider),
            doubt: self.view.doubt.clone(),
            threshold: (self.view.threshold != 0.5).then_some(f64::from(self.view.threshold)),
            tinted_every: (self.view.tinted_every > 1).then_some(self.view.tinted_every as u8),
            rgb: (self.view.rgb.clone()).map(|[r, g, b]| (r, g, b)),
            wiggles: self.view.wiggles,
            exaggeration: self.view.exaggeration,
            evened: self.view.evened,
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
        self.take_arrangement(state, session);
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

    /// Takes up how pictures stand together and what lies over them, as far as the
    /// session still has the volumes.
    fn take_arrangement(&mut self, state: &ViewState, session: &Session) {
        let known = |name: &String| session.volume(name).is_some();
        let view = &mut self.view;
        let named = |a: &Arrangement| Some(a.name()) == state.arrangement.as_deref();
        view.arrangement = Arrangement::ALL.into_iter().find(named).unwrap_or_default();
        view.tiles = session.volumes.iter().map(|v| v.name.clone()).collect();
        view.second = state.second.clone().filter(known);
        let share = |v: Option<f64>| v.filter(|v| (0.0..=1.0).contains(v));
        view.divider = share(state.divider).unwrap_or(view.divider);
        view.doubt = state.doubt.clone().filter(known);
        view.threshold = share(state.threshold).map_or(view.threshold, |v| v as f32);
        view.tinted_every = state.tinted_every.map_or(1, |n| n.clamp(1, 3).into());
        view.rgb = (state.rgb.clone())
            .map(|(r, g, b)| [r, g, b])
            .filter(|names| names.iter().all(known) && self.depth >= Depth::Indexed);
        view.wiggles = state.wiggles;
        view.exaggeration = state.exaggeration.filter(|v| (0.01..=1000.0).contains(v));
        view.evened = state.evened;
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
