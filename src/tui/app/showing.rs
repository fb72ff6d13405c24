//! Moves between slices and volumes, which all end in a wish to the engine.

use std::time::Duration;

use crate::model::SliceKey;
use crate::preview::{SliceId, neighbours};
use crate::session::VolumeRole;
use crate::tui::action::Effect;
use crate::tui::step::Step;
use crate::tui::view::Look;

use super::Opened;

/// The picture is sent in full so long after the last step.
pub(super) const REST_AFTER: Duration = Duration::from_millis(150);
/// The picture before is shown so long while a slice is read; then it is blanked.
const PATIENCE: Duration = Duration::from_millis(40);

impl Step<'_> {
    /// Makes a volume the one shown, opening it first where that is needed.
    pub fn show_volume(&mut self, name: &str) {
        let role = match self.session.volume(name) {
            Some(entry) => entry.role,
            None if self.app.is_derived(name) => VolumeRole::Attribute,
            None => {
                let text =
                    format!("there is no volume `{name}`; < and > go through those there are");
                return self.fail(text);
            }
        };
        let view = &mut self.app.view;
        if view.second.as_deref() == Some(name) {
            view.second = view.volume.take();
        }
        view.volume = Some(name.to_owned());
        view.looks
            .entry(name.to_owned())
            .or_insert_with(|| Look::of(role));
        self.app.slice_error = None;
        match self.app.shown_volume(name) {
            Some(Opened::Ready { grid, .. }) => {
                let grid = *grid;
                self.app.view.take_grid(grid);
                self.app.settle(self.session);
                self.ask_slices();
            }
            Some(Opened::Opening) => {}
            Some(Opened::Failed(_)) | None => self.open(name),
        }
    }

    /// Lays a volume of classes over the picture, or nothing.
    pub fn show_overlay(&mut self, name: Option<&str>) {
        self.app.view.overlay = name.map(str::to_owned);
        self.app.overlay = None;
        self.app.lit = None;
        self.app.common_class = None;
        let Some(name) = name else { return };
        match self.app.shown_volume(name) {
            Some(Opened::Ready { .. }) => self.ask_slices(),
            Some(Opened::Opening) => {}
            Some(Opened::Failed(_)) | None => self.open(name),
        }
    }

    /// Makes sure that the volumes of the layers are open, and asks for them.
    pub fn show_layers(&mut self) {
        let names: Vec<String> = self.app.layered().cloned().collect();
        for name in names {
            self.know(&name);
        }
        self.ask_slices();
    }

    /// Opens a volume that is not, and gives it a look.
    pub fn know(&mut self, name: &str) {
        let Some(entry) = self.session.volume(name) else {
            return;
        };
        let looks = &mut self.app.view.looks;
        (looks.entry(name.to_owned())).or_insert_with(|| Look::of(entry.role));
        if self.app.shown_volume(name).is_none() {
            self.open(name);
        }
    }

    /// Opens a volume in the background; where the survey is cut, what the cut
    /// makes of it as soon as it is open.
    pub fn open(&mut self, name: &str) {
        if let Some(view) = &self.app.view.cut {
            let cut = view.cut.clone();
            self.app
                .cut_volumes
                .insert(name.to_owned(), Opened::Opening);
            match self.app.volumes.get(name) {
                Some(Opened::Ready { id, .. }) => {
                    let (name, volume) = (name.to_owned(), *id);
                    return self.effects.push(Effect::Cut { name, volume, cut });
                }
                Some(Opened::Opening) => return,
                Some(Opened::Failed(_)) | None => {}
            }
        }
        let open = self.session.volume(name).map(|v| v.open);
        self.app
            .opened_with
            .insert(name.to_owned(), open.unwrap_or_default());
        self.app.volumes.insert(name.to_owned(), Opened::Opening);
        self.effects.push(Effect::Open(name.to_owned()));
    }

    /// Goes to a slice, if the survey has it; false where it has not.
    pub fn go_to(&mut self, key: &SliceKey) -> bool {
        self.leave_cut();
        if self.app.is_here(key) {
            return true;
        }
        let went = self.app.view.go_to(key);
        if went {
            self.slice_changed();
        }
        went
    }

    /// After the view went to another slice: asks for it, and says what else
    /// that ends.
    pub fn slice_changed(&mut self) {
        // Means over many samples swing less than samples do: a clip that suits a
        // time slice leaves a section pale.
        let before = self.app.slice.as_ref().map(|s| s.id.key.direction());
        if before.is_some_and(|d| d != self.app.view.direction)
            && let Some(look) = self.app.view.look_mut()
            && look.fitted
        {
            look.clip = None;
        }
        self.in_motion();
        self.ask_slices();
    }

    /// What belongs on the screen changes: few greys until it rests.
    pub fn in_motion(&mut self) {
        self.stir();
        self.app.settle(self.session);
    }

    /// Says that the picture changes much and may change again soon: it is sent
    /// with fewer greys until it rests.
    pub fn stir(&mut self) {
        self.app.moving = true;
        self.app.rest_at = Some(self.now + REST_AFTER);
    }

    /// Asks the engine for what belongs on screen, and for what may come next.
    pub fn ask_slices(&mut self) {
        let app = &mut *self.app;
        let mut wanted: Vec<SliceId> = Vec::new();
        let own = [app.wanted_slice(), app.wanted_overlay()];
        for id in own.into_iter().flatten().chain(app.wanted_layers()) {
            if !wanted.contains(&id) {
                wanted.push(id);
            }
        }
        let first = wanted.len();
        let mut ahead = Vec::new();
        if let (Some(grid), Some(key)) = (&app.view.grid, app.view.key()) {
            for next in neighbours(grid, &key, app.view.travel) {
                ahead.extend(
                    wanted[..first]
                        .iter()
                        .map(|id| SliceId { key: next, ..*id }),
                );
            }
        }
        for id in app.wanted_beside() {
            if !wanted.contains(&id) {
                wanted.push(id);
            }
        }
        if app.current_slice().is_none() && app.slice.is_some() && app.patience_until.is_none() {
            app.patience_until = Some(self.now + PATIENCE);
        }
        app.slice_error = None;
        app.asked.clone_from(&wanted);
        self.effects.push(Effect::Ask { wanted, ahead });
    }

    /// Names of the session's volumes that are shown by themselves, in order.
    pub fn volume_names(&self) -> Vec<String> {
        self.session
            .volumes
            .iter()
            .map(|v| v.name.clone())
            .collect()
    }
}
