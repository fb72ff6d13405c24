//! What a form beside the picture wants to see: volumes that are computed as they
//! are looked at, and the way back to those of the session.

use std::collections::BTreeMap;

use super::action::{Effect, Message, RunJob};
use super::app::{App, Opened};
use super::layers::Layer;
use super::panels::{Face, LaunchForm, Wish, preview_name};
use super::step::Step;
use super::view::Look;
use crate::model::Grid;
use crate::modules::{self, ModuleError, Reads, Request};
use crate::picture::ColourMap;
use crate::preview::{Recipe, VolumeId};
use crate::session::{Session, VolumeRole};

/// What is shown for a form beside the picture.
#[derive(Clone, Debug)]
pub struct Preview {
    wish: Wish,
    /// The volume that was shown before.
    back: Option<String>,
    /// True where the wish has not been made known to the engine.
    stale: bool,
    /// Volumes of former wishes whose slices may stand until newer ones come.
    earlier: Vec<VolumeId>,
    bill: Asked,
}

/// How far the question is what the run would cost. It is asked once the slice is
/// there: while a key is held nobody wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    NotYet,
    Now,
    Done,
}

impl App {
    /// The form beside the picture, if there is one.
    pub(super) fn docked_form(&mut self) -> Option<&mut LaunchForm> {
        self.layers.iter_mut().find_map(|layer| match layer {
            Layer::Panel(panel) => panel.docked_mut(),
            _ => None,
        })
    }

    /// True where a panel stands beside the picture.
    pub fn is_docked(&self) -> bool {
        self.docked_columns() > 0
    }

    /// Columns that the picture gives to a panel.
    pub fn docked_columns(&self) -> u16 {
        let columns = |layer: &Layer| match layer {
            Layer::Panel(panel) => panel.docked_columns(self.size.0),
            _ => 0,
        };
        self.layers.iter().map(columns).max().unwrap_or(0)
    }

    /// True for the name of a volume that is computed as it is looked at.
    pub fn is_derived(&self, name: &str) -> bool {
        self.preview.as_ref().is_some_and(|preview| {
            FACES
                .iter()
                .any(|face| preview_name(&preview.wish, *face) == name)
        })
    }

    /// True for a slice that may stand for a newer one of the same place until
    /// that is computed.
    pub(super) fn stands_in(&self, of: VolumeId) -> bool {
        (self.preview.as_ref()).is_some_and(|preview| preview.earlier.contains(&of))
    }

    /// Takes note that the newest slice is there: no older one stands for it.
    pub(super) fn is_computed(&mut self, work: Option<crate::preview::Work>) {
        if let Some(preview) = &mut self.preview {
            preview.earlier.clear();
            if work.is_some() && preview.bill == Asked::NotYet {
                preview.bill = Asked::Now;
            }
        }
        if let (Some(work), Some(form)) = (work, self.docked_form()) {
            form.take_work(work);
        }
    }

    /// The question what the run would cost, where it is due.
    pub(super) fn next_bill(&mut self) -> Option<Effect> {
        let preview = self.preview.as_mut()?;
        if preview.bill != Asked::Now {
            return None;
        }
        preview.bill = Asked::Done;
        let request = Box::new(preview.wish.request.clone());
        Some(Effect::Run(RunJob::Estimate(request)))
    }

    /// What is to be computed, once the volumes that it needs are open.
    pub(super) fn next_preview(&mut self) -> Option<Effect> {
        let preview = self.preview.as_ref().filter(|preview| preview.stale)?;
        let names = preview.wish.request.volumes.iter().map(|v| &v.name);
        let opened: Vec<&Opened> = names.filter_map(|name| self.volumes.get(name)).collect();
        let waits = |o: &&Opened| matches!(o, Opened::Opening);
        if opened.iter().any(waits) {
            return None;
        }
        let recipe = recipe(&preview.wish, &self.volumes);
        let name = preview_name(&preview.wish, Face::After);
        if let Some(preview) = &mut self.preview {
            preview.stale = false;
        }
        match recipe {
            Ok(recipe) => Some(Effect::Derive { name, recipe }),
            Err(text) => {
                self.message = Some(Message::error(text));
                None
            }
        }
    }

    /// Forgets the preview where no form stands beside the picture any more.
    pub(super) fn end_preview(
        &mut self,
        session: &Session,
        now: std::time::Instant,
    ) -> Vec<Effect> {
        if self.preview.is_none() || self.docked_form().is_some() {
            return Vec::new();
        }
        let Some(preview) = self.preview.take() else {
            return Vec::new();
        };
        let mut step = self.at(session, now);
        step.forget(&preview.wish, &FACES);
        for name in FACES.map(|face| preview_name(&preview.wish, face)) {
            step.app.view.looks.remove(&name);
        }
        if let Some(back) = preview.back {
            step.show_volume(&back);
        }
        step.effects
    }
}

const FACES: [Face; 3] = [Face::After, Face::Before, Face::Difference];

impl Step<'_> {
    /// Shows what a form wants to see.
    pub(super) fn preview(&mut self, wish: Wish) {
        self.leave_cut();
        for input in &wish.request.volumes {
            self.know(&input.name);
        }
        let before = self.app.preview.take();
        let back = match &before {
            Some(preview) => preview.back.clone(),
            None => self.app.view.volume.clone(),
        };
        let asked = (before.as_ref()).filter(|p| p.wish.request == wish.request);
        let (bill, kept) = match asked {
            Some(preview) => (preview.bill, true),
            // Picked voxels alone cost what lies around them.
            None if wish.request.settings.contains_key("at") => (Asked::Done, false),
            None => (Asked::NotYet, false),
        };
        let mut earlier = Vec::new();
        if let Some(preview) = before {
            let same = preview.wish.shown == wish.shown;
            let stays = same && preview.wish.request.volumes == wish.request.volumes;
            let faces: &[Face] = match (kept && same, stays) {
                (true, _) => &[],
                // What the defaults give is what they gave.
                (_, true) => &[Face::After, Face::Difference],
                _ => &FACES,
            };
            let ids = self.forget(&preview.wish, faces);
            if same {
                earlier.extend(preview.earlier.into_iter().chain(ids));
            }
        }
        let name = preview_name(&wish, Face::After);
        let after = match self.app.volumes.get(&name) {
            Some(Opened::Ready { id, grid }) => Some((*id, *grid)),
            _ => None,
        };
        let (face, raw) = (wish.face, raw_of(&wish));
        self.app.preview = Some(Preview {
            stale: face != Face::Before && after.is_none(),
            wish,
            back,
            earlier,
            bill,
        });
        match (face, after) {
            (Face::Before, _) => self.show_volume(&raw),
            (_, Some(known)) => self.take_derived(&name, Ok(known)),
            (_, None) => {}
        }
    }

    /// Lets go of volumes of a wish; gives the engine's names for them.
    fn forget(&mut self, wish: &Wish, faces: &[Face]) -> Vec<VolumeId> {
        let mut ids = Vec::new();
        for name in faces.iter().map(|face| preview_name(wish, *face)) {
            if let Some(Opened::Ready { id, .. }) = self.app.volumes.remove(&name) {
                ids.push(id);
            }
            // A clip that suited former values may not suit the next.
            if self
                .app
                .view
                .looks
                .get(&name)
                .is_some_and(|look| look.fitted)
            {
                self.app.view.looks.remove(&name);
            }
        }
        ids
    }

    /// Takes a volume that is computed as it is looked at; what follows from it is
    /// asked for, or it is shown.
    pub(super) fn take_derived(&mut self, name: &str, result: Result<(VolumeId, Grid), String>) {
        let Some(wish) = self
            .app
            .preview
            .as_ref()
            .map(|preview| preview.wish.clone())
        else {
            return;
        };
        let (id, grid) = match result {
            Ok(known) => known,
            Err(text) => return self.fail(text),
        };
        self.app
            .volumes
            .insert(name.to_owned(), Opened::Ready { id, grid });
        let [after, before, difference] = FACES.map(|face| preview_name(&wish, face));
        if wish.face == Face::Difference && name != difference {
            let known = id_of(&self.app.volumes, &before).is_some();
            let next = if reads_amplitude(&wish) && !known {
                let plain = Wish {
                    request: Request {
                        settings: BTreeMap::new(),
                        ..wish.request.clone()
                    },
                    ..wish
                };
                recipe(&plain, &self.app.volumes).map(|recipe| (before, recipe))
            } else {
                let raw = if known { before } else { raw_of(&wish) };
                let ids = [&after, &raw].map(|name| id_of(&self.app.volumes, name));
                match ids {
                    [Some(of), Some(from)] => Ok((difference, Recipe::Difference { of, from })),
                    _ => Err(format!("{raw} is not open")),
                }
            };
            return match next {
                Ok((name, recipe)) => self.effects.push(Effect::Derive { name, recipe }),
                Err(text) => self.fail(text),
            };
        }
        self.show_derived(name, &wish);
    }

    /// Shows a computed volume in the colours that suit it: a filtered one in those
    /// of what it is made of.
    fn show_derived(&mut self, name: &str, wish: &Wish) {
        let raw = raw_of(wish);
        let view = &mut self.app.view;
        let look = match wish.face {
            Face::Difference => Look {
                map: ColourMap::Diverging,
                ..Look::of(VolumeRole::Attribute)
            },
            _ if reads_amplitude(wish) => Look::of(VolumeRole::Attribute),
            _ => view.look_of(Some(&raw)),
        };
        view.looks.entry(name.to_owned()).or_insert(look);
        self.show_volume(name);
    }
}

fn reads_amplitude(wish: &Wish) -> bool {
    modules::find(&wish.request.module).is_ok_and(|module| module.reads() == Reads::Amplitude)
}

/// The volume that what is shown is made of.
fn raw_of(wish: &Wish) -> String {
    let amplitude = wish.request.volumes.first();
    match amplitude.filter(|_| reads_amplitude(wish)) {
        Some(amplitude) => amplitude.name.clone(),
        None => wish.shown.clone(),
    }
}

fn id_of(volumes: &BTreeMap<String, Opened>, name: &str) -> Option<VolumeId> {
    match volumes.get(name)? {
        Opened::Ready { id, .. } => Some(*id),
        _ => None,
    }
}

/// How what is wished for follows from volumes that are open.
fn recipe(wish: &Wish, volumes: &BTreeMap<String, Opened>) -> Result<Recipe, String> {
    let id = |name: &str| id_of(volumes, name).ok_or_else(|| format!("{name} cannot be opened"));
    let told = |error: ModuleError| error.to_string();
    let request = &wish.request;
    if reads_amplitude(wish) {
        let (attribute, options) = modules::attribute_of(request, &wish.shown).map_err(told)?;
        return Ok(Recipe::Attribute {
            amplitude: id(&raw_of(wish))?,
            attribute,
            options: Box::new(options),
        });
    }
    let yes = |name: &str| request.settings.get(name).is_some_and(|text| text == "yes");
    let names = request.volumes.iter().map(|v| v.name.as_str());
    let dip = |kind: &str| names.clone().find(|name| name.starts_with(kind));
    let (dips, filtered): (_, Vec<&str>) = if yes("along_dip") {
        let pair = [dip("inline_dip"), dip("crossline_dip")];
        let [Some(inline), Some(crossline)] = pair else {
            return Err(
                "windows along dip need inline_dip and crossline_dip among the volumes".into(),
            );
        };
        let rest = names.filter(|name| ![inline, crossline].contains(name));
        (Some([id(inline)?, id(crossline)?]), rest.collect())
    } else {
        (None, names.collect())
    };
    let shown = |name: &&&str| **name == wish.shown;
    let filtered = if yes("independent") {
        filtered.iter().filter(shown).copied().collect()
    } else {
        filtered
    };
    let at = filtered.iter().position(|name| *name == wish.shown);
    Ok(Recipe::Filter {
        volumes: filtered.into_iter().map(id).collect::<Result<_, _>>()?,
        dips,
        shown: at.ok_or_else(|| format!("{} is not among the volumes", wish.shown))?,
        options: modules::filter_of(request).map_err(told)?,
    })
}
