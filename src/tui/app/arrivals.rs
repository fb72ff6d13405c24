//! What comes back from the loop: volumes, slices, edits made, undo.

use std::sync::Arc;
use std::time::Instant;

use ndarray::Array2;

use crate::io::OpenOptions;
use crate::model::Grid;
use crate::picture::{Clip, resample};
use crate::preview::{Slice, VolumeId};
use crate::session::Session;
use crate::tui::action::{After, Effect, Message, Tone};
use crate::tui::hand::Hand;
use crate::tui::panes::Arrangement;

use super::{App, Opened};

impl App {
    pub(super) fn opened(
        &mut self,
        name: &str,
        result: Result<(VolumeId, Grid), String>,
        session: &Session,
        now: Instant,
    ) -> Vec<Effect> {
        let opened = match result {
            Ok((id, grid)) => Opened::Ready { id, grid },
            Err(text) => Opened::Failed(crate::model::printable(&text)),
        };
        let failed = matches!(opened, Opened::Failed(_));
        self.unsettle_previews();
        self.volumes.insert(name.to_owned(), opened.clone());
        if self.view.cut.is_some() && self.cut_volumes.contains_key(name) {
            if failed {
                self.cut_volumes.insert(name.to_owned(), opened);
                return Vec::new();
            }
            let mut step = self.at(session, now);
            step.open(name);
            return step.effects;
        }
        let mut step = self.at(session, now);
        if failed && step.app.view.volume.as_deref() == Some(name) && step.app.layers.is_empty() {
            // What is wrong with the file is what one wants to know now.
            step.examine(name);
        } else if step.app.view.volume.as_deref() == Some(name) {
            step.show_volume(name);
        } else if step.app.view.overlay.as_deref() == Some(name)
            || step.app.layered().any(|n| n == name)
            || (step.app.arrangement() != Arrangement::One
                && (step.app.view.tiles.iter().any(|n| n == name)
                    || step.app.view.second.as_deref() == Some(name)))
        {
            step.ask_slices();
        }
        step.effects
    }

    /// Takes what the cut makes of a volume.
    pub(super) fn take_cut(
        &mut self,
        name: &str,
        result: Option<(VolumeId, Grid)>,
        session: &Session,
        now: Instant,
    ) -> Vec<Effect> {
        if self.view.cut.is_none() {
            return Vec::new();
        }
        let opened = match result {
            Some((id, grid)) => Opened::Ready { id, grid },
            None => Opened::Failed("it is not open".to_owned()),
        };
        self.cut_volumes.insert(name.to_owned(), opened);
        let mut step = self.at(session, now);
        if step.app.view.volume.as_deref() == Some(name) {
            step.show_volume(name);
        } else {
            step.ask_slices();
        }
        step.effects
    }

    /// Takes a slice that arrived; the first whole one of a volume decides its clip.
    pub fn take_slice(&mut self, slice: Arc<Slice>) {
        let beside = self.asked.contains(&slice.id)
            && (self.arrangement() != Arrangement::One
                || self.wanted_layers().any(|id| id == slice.id));
        let kept = beside.then(|| Arc::clone(&slice));
        if self.wanted_slice() == Some(slice.id) {
            // A coarse picture is drawn and decides nothing.
            let whole = slice.step == 1;
            if let Some(remark) = &slice.remark {
                self.message = Some(Message::warning(crate::model::printable(remark)));
            }
            self.is_computed(slice.work);
            self.slice = Some(slice);
            if whole && self.view.look().clip.is_none() {
                self.fit_clip();
            }
            self.patience_until = None;
            self.slice_error = None;
            self.come_nearer();
        } else if self.wanted_overlay() == Some(slice.id) {
            // Decided once for an overlay: it must not change from slice to slice.
            if self.common_class.is_none() && self.lit.is_none() && slice.step == 1 {
                self.common_class = most_frequent(&slice);
            }
            self.overlay = Some(slice);
        }
        if let Some(slice) = kept {
            self.take_beside(&slice);
        }
    }

    /// Keeps a slice for a picture beside the focus, in place of the one before.
    fn take_beside(&mut self, slice: &Arc<Slice>) {
        let place = |s: &Slice| (s.id.volume, s.id.key.direction());
        self.beside.retain(|kept| place(kept) != place(slice));
        self.beside.push(Arc::clone(slice));
        let named =
            |opened: &Opened| matches!(opened, Opened::Ready { id, .. } if *id == slice.id.volume);
        let mut known = self.volumes.iter().chain(&self.cut_volumes);
        let name = known.find(|(_, opened)| named(opened));
        // What has the focus sets the clip of its volume: a slice through the water
        // beside it may hold one value only.
        if let Some((name, _)) = name
            && slice.step == 1
            && self.view.volume.as_deref() != Some(name.as_str())
            && let Some(look) = self.view.looks.get_mut(name)
            && look.clip.is_none()
        {
            look.clip = Some(slice.clip);
        }
    }

    /// Clips at what suits the picture as it is: where many samples share a
    /// cell their means swing less than they do.
    pub fn fit_clip(&mut self) {
        let Some(slice) = self.current_slice() else {
            return;
        };
        let raster = resample(&slice.plane(), &self.window(), 2);
        let shape = (raster.height, raster.width);
        let clip = Array2::from_shape_vec(shape, raster.values)
            .map_or(slice.clip, |values| Clip::auto(&values.view()));
        if let Some(look) = self.view.look_mut() {
            look.clip = Some(clip);
            look.fitted = true;
        }
    }

    pub(super) fn edited(&mut self, after: After, result: Result<(), String>, session: &Session) {
        if let Err(text) = result {
            self.message = Some(Message::error(text));
            return;
        }
        self.thrown = None;
        self.picking.proposal = None;
        if !matches!(after, After::PutDown(_)) {
            self.picking.selected.clear();
        }
        match after {
            After::Stay => {}
            After::Drawn(id) => {
                self.draft = None;
                self.hand = Hand::Free;
                self.separability.drawn = Some(id.clone());
                self.polygon = Some(id);
            }
            After::Made(id) => {
                self.hand = Hand::Free;
                self.polygon = Some(id);
            }
            After::PutDown(vertex) => {
                self.hand = vertex.map_or(Hand::Free, |vertex| Hand::Edit { vertex });
            }
            After::Vertex(vertex) => self.hand = Hand::Edit { vertex },
            After::Facies(name) => self.facies = Some(name),
            After::Say(text) => self.message = Some(Message::plain(text)),
        }
        self.settle(session);
        self.lint(session);
    }

    pub(super) fn travelled(
        &mut self,
        result: Result<Option<(String, Option<String>)>, String>,
        back: bool,
        session: &Session,
        now: Instant,
    ) -> Vec<Effect> {
        let word = if back { "undo" } else { "redo" };
        match result {
            Err(text) => self.message = Some(Message::error(text)),
            Ok(None) => {
                let text = format!("there is nothing to {word}");
                self.message = Some(Message::new(Tone::NotNow, text));
            }
            Ok(Some((text, polygon))) => {
                self.message = Some(Message::plain(format!("{word}: {text}")));
                self.picking.proposal = None;
                self.picking.selected.clear();
                let there = polygon
                    .and_then(|id| session.polygon(&id))
                    .map(|p| (p.id.clone(), p.slice));
                if let Some((id, slice)) = there {
                    self.polygon = Some(id);
                    let mut step = self.at(session, now);
                    step.go_to(&slice);
                    let effects = step.effects;
                    self.settle(session);
                    return effects;
                }
            }
        }
        self.settle(session);
        Vec::new()
    }

    /// Opens anew what the session now reads in another way than it was opened.
    pub(super) fn reopen_changed(&mut self, session: &Session, now: Instant) -> Vec<Effect> {
        let changed = |name: &String, open: &OpenOptions| {
            session.volume(name).is_some_and(|v| v.open != *open)
        };
        let names: Vec<String> = (self.opened_with.iter())
            .filter(|(name, open)| changed(name, open))
            .map(|(name, _)| name.clone())
            .collect();
        let mut step = self.at(session, now);
        for name in names {
            step.app.opened_with.remove(&name);
            step.app.volumes.remove(&name);
            step.app.cut_volumes.remove(&name);
            if step.app.view.volume.as_deref() == Some(&name) {
                step.app.slice = None;
                if let Some(look) = step.app.view.look_mut() {
                    look.clip = None;
                }
                step.show_volume(&name);
            }
            if step.app.view.overlay.as_deref() == Some(&name) {
                step.show_overlay(Some(&name));
            }
        }
        step.effects
    }

    /// Counts the voxels of the active polygon.
    pub fn recount(&mut self, session: &Session) {
        let polygon = self.polygon.as_deref().and_then(|id| session.polygon(id));
        self.voxels = match (polygon, &self.view.survey_grid()) {
            (Some(polygon), Some(grid)) => polygon.voxels(grid, 0).map(|v| v.len()),
            _ => None,
        };
    }

    /// Lets go of what the session no longer has, and counts voxels anew.
    pub(super) fn settle(&mut self, session: &Session) {
        if self.active_facies(session).is_none() {
            self.facies = session.facies.first().map(|f| f.name.clone());
        }
        self.recount(session);
        self.unsettle_previews();
        let polygon = self.polygon.as_deref().and_then(|id| session.polygon(id));
        let Some(polygon) = polygon else {
            self.polygon = None;
            if self.hand != Hand::Draw {
                self.hand = Hand::Free;
            }
            return;
        };
        let (here, last) = (
            self.is_here(&polygon.slice),
            polygon.vertices.len().saturating_sub(1),
        );
        match &mut self.hand {
            Hand::Edit { vertex } if here => *vertex = (*vertex).min(last),
            Hand::Edit { .. } => self.hand = Hand::Free,
            _ => {}
        }
        if matches!(self.hand, Hand::Free | Hand::Draw) {
            self.picking.selected.clear();
        }
    }
}

/// The most frequent class code of a slice.
pub fn most_frequent(slice: &Slice) -> Option<u8> {
    let mut counts = [0usize; 256];
    for &v in slice.plane() {
        if (1.0..256.0).contains(&v) {
            counts[v as usize] += 1;
        }
    }
    let (code, count) = counts.iter().enumerate().max_by_key(|(_, n)| **n)?;
    (*count > 0).then_some(code as u8)
}
