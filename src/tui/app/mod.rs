//! The application: its state, and the one way it changes.

mod arrivals;
mod keys;
mod mouse;
mod showing;
mod traces;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use crate::io::OpenOptions;
use crate::model::{Direction, Facies, Grid, Origin, Polygon, SliceKey};
use crate::picture::{Depth, Viewport};
use crate::preview::{Slice, SliceId, Trace, TraceId, VolumeId};
use crate::session::{Session, Ways};

use super::Mode;
use super::action::{Action, Effect, Message, Opening};
use super::chart::Chart;
use super::events::Input;
use super::guides::GuideState;
use super::hand::{Carry, Draft, Hand};
use super::keymap::{Keymap, Pending};
use super::layers::Layer;
use super::live::Live;
use super::panels::{Panel, SeparabilityPanel, Snapshot, of_result};
use super::panes::{Arrangement, Pane};
use super::picking::Picking;
use super::previewing::Preview;
use super::step::Step;
use super::view::View;
pub use arrivals::most_frequent;
use mouse::Grip;
use showing::REST_AFTER;

/// A volume of the session, as far as it is open.
#[derive(Clone, Debug)]
pub enum Opened {
    /// Its headers are being read.
    Opening,
    /// It can be shown.
    Ready {
        /// The engine's name for it.
        id: VolumeId,
        /// Its grid.
        grid: Grid,
    },
    /// It cannot be opened, and why.
    Failed(String),
}

/// The state of the workbench. [`App::step`] is the only way to change it, and
/// [`App::draw`](super::draw) only reads; neither touches a file.
pub struct App {
    /// Colours of the terminal.
    pub depth: Depth,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// Name of the session file.
    pub title: String,
    /// Where we are and how it looks.
    pub view: View,
    /// What is in hand.
    pub hand: Hand,
    /// A polygon that is not closed yet.
    pub draft: Option<Draft>,
    /// The draft as it is kept on disk, in case the program is killed.
    pub kept_draft: Option<Draft>,
    /// A draft that was thrown away, until the next edit.
    pub thrown: Option<Draft>,
    /// Name of the active facies.
    pub facies: Option<String>,
    /// Id of the active polygon.
    pub polygon: Option<String>,
    /// Voxels of the active polygon.
    pub voxels: Option<usize>,
    /// Snapping, marks, jumps: what picking remembers.
    pub picking: Picking,
    /// The side panel of separability.
    pub separability: SeparabilityPanel,
    /// Live classes, and the spot that was suggested.
    pub live: Live,
    /// What is shown for a form beside the picture.
    pub preview: Option<Preview>,
    /// What new polygons say of who drew them, and when.
    pub signature: fn() -> Origin,
    /// Panels over the picture, the last on top.
    pub layers: Vec<Layer>,
    /// The session's runs as they were last seen.
    pub runs: Snapshot,
    /// Keys of a sequence that is not finished.
    pub pending: Pending,
    /// True where the menu of the pending keys is shown.
    pub menu: bool,
    /// Command lines typed before.
    pub lines: Vec<String>,
    /// A line for the footer, until the next key.
    pub message: Option<Message>,
    /// Volumes by name.
    pub volumes: BTreeMap<String, Opened>,
    /// What the cut that is shown makes of volumes, by their names.
    pub cut_volumes: BTreeMap<String, Opened>,
    /// Horizons and wells, by name.
    pub guides: BTreeMap<String, GuideState>,
    /// How the headers of the volumes that are open were read.
    pub opened_with: BTreeMap<String, OpenOptions>,
    /// The newest slice of the volume shown.
    pub slice: Option<Arc<Slice>>,
    /// The newest slices of the pictures beside it, with their overlays.
    pub beside: Vec<Arc<Slice>>,
    /// The traces that were read last.
    pub traces: Vec<Trace>,
    /// The voxel that those pictures show: they follow the cursor when it rests.
    pub followed: [usize; 3],
    /// The newest slice of the overlay.
    pub overlay: Option<Arc<Slice>>,
    /// The most frequent class of the overlay: it stays grey, since the eye needs
    /// reflectors to judge a boundary.
    pub common_class: Option<u8>,
    /// The one value of the overlay that is lit, where it holds no classes.
    pub lit: Option<f32>,
    /// The latent map beside the slice.
    pub chart: Option<Chart>,
    /// Why the slice wanted cannot be had.
    pub slice_error: Option<String>,
    /// True while slices change too fast for all their greys.
    pub moving: bool,
    /// Where the outline crosses itself, once that was refused.
    pub crossing: Option<(f64, f64)>,
    /// True where the axes are to be turned once it is known where north is.
    pub northing: bool,
    /// True where this key warned, so that the next may mean it.
    pub warned: bool,
    /// True where the key before warned.
    pub certain: bool,
    /// True while pixels stand in place of the picture, until the next key.
    pub still: bool,
    /// True where the session has edits that its file does not hold.
    pub unsaved: bool,
    /// Whether anything can be undone, or made again.
    pub ways: Ways,
    /// Bindings of the command table.
    pub keymap: Keymap,
    /// Names of the commands that ran.
    #[cfg(test)]
    pub ran: Vec<&'static str>,
    grip: Grip,
    menu_at: Option<Instant>,
    rest_at: Option<Instant>,
    patience_until: Option<Instant>,
    asked: Vec<SliceId>,
    traced: Vec<TraceId>,
    dirty: bool,
}

impl App {
    /// The workbench before anything is open.
    pub fn new(title: String, depth: Depth, size: (u16, u16)) -> App {
        App {
            depth,
            size,
            title,
            view: View::new(),
            hand: Hand::Free,
            draft: None,
            kept_draft: None,
            thrown: None,
            facies: None,
            polygon: None,
            voxels: None,
            picking: Picking::default(),
            separability: SeparabilityPanel::default(),
            live: Live::default(),
            preview: None,
            signature: Origin::default,
            layers: Vec::new(),
            runs: Snapshot::default(),
            pending: Pending::default(),
            menu: false,
            message: None,
            lines: Vec::new(),
            volumes: BTreeMap::new(),
            cut_volumes: BTreeMap::new(),
            guides: BTreeMap::new(),
            opened_with: BTreeMap::new(),
            slice: None,
            beside: Vec::new(),
            traces: Vec::new(),
            followed: [0; 3],
            overlay: None,
            common_class: None,
            lit: None,
            chart: None,
            slice_error: None,
            moving: false,
            crossing: None,
            northing: false,
            warned: false,
            certain: false,
            still: false,
            unsaved: false,
            ways: Ways::default(),
            keymap: Keymap::new(),
            #[cfg(test)]
            ran: Vec::new(),
            grip: Grip::Cursor,
            menu_at: None,
            rest_at: None,
            patience_until: None,
            asked: Vec::new(),
            traced: Vec::new(),
            dirty: true,
        }
    }

    /// Begins the work: the amplitude, or what else there is, comes on screen.
    pub fn begin(&mut self, session: &Session, now: Instant) -> Vec<Effect> {
        self.settle(session);
        let mut step = self.at(session, now);
        let first = (step.app.view.volume.clone())
            .filter(|name| session.volume(name).is_some())
            .or_else(|| session.amplitude().map(|v| v.name.clone()))
            .or_else(|| session.volumes.first().map(|v| v.name.clone()));
        if let Some(name) = first {
            step.show_volume(&name);
        }
        if let Some(name) = step.app.view.overlay.clone() {
            step.show_overlay(Some(&name));
        }
        step.fill_panes();
        let guides = step.app.read_guides(session);
        step.effects.extend(guides);
        if step.app.view.mouse {
            step.effects.push(Effect::Mouse(true));
        }
        step.effects
    }

    /// Takes in one thing that happened; gives what is to be done.
    pub fn step(&mut self, action: Action, session: &Session, now: Instant) -> Vec<Effect> {
        let typed = matches!(action, Action::Input(_));
        let mut effects = self.take_in(action, session, now);
        if self.trails() && (typed || self.rest_at.is_none()) {
            self.rest_at = Some(now + REST_AFTER);
        }
        if self.draft != self.kept_draft {
            self.kept_draft.clone_from(&self.draft);
            effects.push(Effect::KeepView);
        }
        effects.extend(self.end_preview(session, now));
        effects.extend(self.next_preview());
        effects.extend(self.next_bill());
        if self.looks_closely() && self.separability.stale {
            let mut step = self.at(session, now);
            step.open_candidates();
            effects.extend(step.effects);
        }
        effects.extend(self.next_question(session).map(Effect::Separate));
        effects.extend(
            self.next_classes(session)
                .map(|q| Effect::Classify(Some(q))),
        );
        effects.extend(self.next_suggestion(session));
        effects.extend(self.next_traces());
        effects
    }

    fn take_in(&mut self, action: Action, session: &Session, now: Instant) -> Vec<Effect> {
        self.dirty |= !matches!(action, Action::Tick);
        match action {
            Action::Input(Input::Key(key)) => {
                let before = self.place();
                let effects = self.key(key, session, now);
                self.note_jump(before);
                self.lint_carried(session);
                effects
            }
            Action::Input(Input::Mouse(mouse)) => {
                let before = self.place();
                let effects = self.mouse(mouse, session, now);
                self.note_jump(before);
                self.lint_carried(session);
                effects
            }
            Action::Input(Input::Paste(text)) => self.paste(&text),
            Action::Input(Input::Resize(columns, rows)) => {
                self.size = (columns, rows);
                self.still = false;
                for layer in &mut self.layers {
                    if let Layer::Panel(panel) = layer {
                        panel.dock_no_more(columns);
                    }
                }
                vec![Effect::Redraw]
            }
            Action::Input(Input::Resumed) => {
                self.still = false;
                vec![Effect::Redraw]
            }
            Action::Input(Input::Suspend) => vec![Effect::Suspend],
            Action::Input(Input::End(_) | Input::Closed) => vec![Effect::Quit],
            // The loop sees to these before.
            Action::Input(Input::Resized | Input::Answer) => Vec::new(),
            Action::Opened { name, result } => self.opened(&name, result, session, now),
            Action::Slice((id, result)) => {
                match result {
                    Ok(slice) => self.take_slice(slice),
                    Err(error) if self.asked.contains(&id) => {
                        self.slice_error = Some(crate::model::printable(&error.to_string()));
                        self.patience_until = None;
                    }
                    Err(_) => {}
                }
                Vec::new()
            }
            Action::Edited { after, result } => {
                self.live.spot = None;
                self.edited(after, result, session);
                let mut effects = self.reopen_changed(session, now);
                effects.extend(self.read_guides(session));
                effects
            }
            Action::Travelled { result, back } => {
                let mut effects = self.travelled(result, back, session, now);
                effects.extend(self.reopen_changed(session, now));
                effects.extend(self.read_guides(session));
                effects
            }
            Action::Derived { name, result } => {
                let mut step = self.at(session, now);
                step.take_derived(&name, result);
                step.effects
            }
            Action::Cut { name, result } => self.take_cut(&name, result, session, now),
            Action::Guide(read) => self.take_guide(*read),
            Action::Said(message) => {
                self.message = Some(message);
                self.settle(session);
                Vec::new()
            }
            Action::Traces(traces) => {
                self.traces = traces;
                Vec::new()
            }
            Action::Separated(answer) => {
                self.take_separability(answer);
                Vec::new()
            }
            Action::Classified(answer) => {
                self.take_classes(answer);
                Vec::new()
            }
            Action::Suggested(found) => {
                self.take_suggestions(found);
                Vec::new()
            }
            Action::Runs(snapshot) => self.watch(*snapshot),
            Action::Opening(Ok(Opening::Chart(facts, outcome))) => {
                let mut step = self.at(session, now);
                if let Panel::Latent(panel) = of_result(facts, &outcome) {
                    step.put_beside(panel);
                }
                step.effects
            }
            Action::Opening(Ok(Opening::Still(bytes))) => {
                self.still = true;
                vec![Effect::Show(bytes)]
            }
            Action::Opening(opening) => {
                self.open_panel(opening);
                Vec::new()
            }
            Action::Adopted(runs) => {
                self.adopted(&runs, session);
                Vec::new()
            }
            Action::Tick => {
                self.tick(now);
                if self.rest_at.is_some() || !self.trails() {
                    return Vec::new();
                }
                self.followed = self.view.at;
                let mut step = self.at(session, now);
                step.ask_slices();
                step.effects
            }
        }
    }

    /// True once after anything changed: the picture is to be drawn. While a
    /// slice is on its way the picture before stays for a moment.
    pub fn take_dirty(&mut self) -> bool {
        let shown = self.patience_until.is_none() && !self.still;
        shown && std::mem::take(&mut self.dirty)
    }

    /// When the application wants a tick; nothing while it rests.
    pub fn deadline(&self) -> Option<Instant> {
        [self.menu_at, self.rest_at, self.patience_until]
            .into_iter()
            .flatten()
            .min()
    }

    /// The mode that keys are read in.
    pub fn mode(&self) -> Mode {
        match self.layers.last() {
            Some(Layer::Panel(panel)) if panel.is_docked() => self.picture_mode(),
            Some(layer) => layer.mode(),
            None => self.picture_mode(),
        }
    }

    /// The mode of the picture, under whatever lies over it.
    pub fn picture_mode(&self) -> Mode {
        match self.hand {
            Hand::Free => Mode::Normal,
            Hand::Draw => Mode::Draw,
            Hand::Edit { .. } => Mode::Edit,
            Hand::Carry(_) => Mode::Move,
        }
    }

    /// The window on the slice as it is drawn.
    pub fn window(&self) -> Viewport {
        match self.panes().first() {
            Some(pane) => pane.window,
            None => self.view.window((1, 1)),
        }
    }

    /// A volume as it is shown: as the cut makes it, where the survey is cut.
    pub fn shown_volume(&self, name: &str) -> Option<&Opened> {
        match self.view.cut {
            None => self.volumes.get(name),
            Some(_) => self.cut_volumes.get(name),
        }
    }

    /// The slice that belongs on screen, if it is in hand.
    pub fn current_slice(&self) -> Option<&Arc<Slice>> {
        let id = self.wanted_slice()?;
        let stands = |slice: &Slice| slice.id.key == id.key && self.stands_in(slice.id.volume);
        (self.slice.as_ref()).filter(|slice| slice.id == id || stands(slice))
    }

    /// The overlay's slice that belongs on screen, if it is in hand.
    pub fn current_overlay(&self) -> Option<&Arc<Slice>> {
        let id = self.wanted_overlay()?;
        self.overlay.as_ref().filter(|slice| slice.id == id)
    }

    /// The active facies.
    pub fn active_facies<'a>(&self, session: &'a Session) -> Option<&'a Facies> {
        session.facies(self.facies.as_deref()?)
    }

    /// The active polygon.
    pub fn active_polygon<'a>(&self, session: &'a Session) -> Option<&'a Polygon> {
        session.polygon(self.polygon.as_deref()?)
    }

    /// True where a slice is the one shown.
    pub fn is_here(&self, key: &SliceKey) -> bool {
        let Some(grid) = self.view.grid.as_ref().filter(|_| self.view.cut.is_none()) else {
            return false;
        };
        key.direction() == self.view.direction && key.index(grid) == Some(self.view.slice_index().0)
    }

    /// Polygons on the slice shown.
    pub fn polygons_here<'a>(&self, session: &'a Session) -> Vec<&'a Polygon> {
        let polygons = session.polygons.iter().map(AsRef::as_ref);
        polygons
            .filter(|p: &&Polygon| self.is_here(&p.slice))
            .collect()
    }

    /// By how much what is carried has moved, in survey numbers.
    pub fn carried_by(&self, carry: &Carry) -> (f64, f64) {
        let Some(grid) = &self.view.grid else {
            return (0.0, 0.0);
        };
        let (a_axis, b_axis) = grid.plane(self.view.direction);
        let (a, b) = self.view.cursor_value();
        (
            a - a_axis.value(carry.from.0),
            b - b_axis.value(carry.from.1),
        )
    }

    /// A step of this application.
    pub(super) fn at<'a>(&'a mut self, session: &'a Session, now: Instant) -> Step<'a> {
        Step {
            app: self,
            session,
            count: None,
            argument: "",
            now,
            effects: Vec::new(),
        }
    }

    fn tick(&mut self, now: Instant) {
        let mut passed = |at: &mut Option<Instant>| {
            let is = at.is_some_and(|t| t <= now);
            if is {
                *at = None;
                self.dirty = true;
            }
            is
        };
        if passed(&mut self.menu_at) {
            self.menu = true;
        }
        if passed(&mut self.rest_at) {
            self.moving = false;
        }
        passed(&mut self.patience_until);
    }

    /// True where other pictures show another voxel than the cursor's.
    fn trails(&self) -> bool {
        let alone = matches!(self.arrangement(), Arrangement::One | Arrangement::Swipe);
        self.followed != self.view.at && (!alone || self.wiggle_area().is_some())
    }

    /// The slice of a picture: where it does not have the focus, the one before
    /// stays until the new one is there.
    pub fn slice_in(&self, pane: &Pane) -> Option<&Arc<Slice>> {
        if pane.focus {
            return self.current_slice();
        }
        let slice = self.slice_beside(pane.volume?, pane.direction)?;
        // Beyond the divider another slice would look like this one.
        let same = Some(slice.id.key) == self.view.key();
        (same || self.arrangement() != Arrangement::Swipe).then_some(slice)
    }

    /// The slice that a picture shows, its name before it is there.
    pub fn key_in(&self, pane: &Pane) -> Option<SliceKey> {
        if pane.focus {
            return self.view.key();
        }
        match self.slice_in(pane) {
            Some(slice) => Some(slice.id.key),
            None => self.view.key_through(pane.direction, self.followed),
        }
    }

    /// The overlay's slice of a picture.
    pub fn overlay_in(&self, pane: &Pane) -> Option<&Arc<Slice>> {
        if pane.focus {
            return self.current_overlay();
        }
        let overlay = self.slice_beside(self.view.overlay.as_deref()?, pane.direction)?;
        // Classes of another slice would be wrong over this one.
        (overlay.id.key == self.slice_in(pane)?.id.key).then_some(overlay)
    }

    /// The newest slice of a volume in a direction among those beside the focus.
    pub fn slice_beside(&self, name: &str, direction: Direction) -> Option<&Arc<Slice>> {
        let Opened::Ready { id, .. } = self.shown_volume(name)? else {
            return None;
        };
        (self.beside.iter()).find(|s| s.id.volume == *id && s.id.key.direction() == direction)
    }

    /// The slice of another volume where a picture's own slice is.
    pub fn layer_in(&self, pane: &Pane, name: &str) -> Option<&Arc<Slice>> {
        let key = self.key_in(pane)?;
        self.slice_beside(name, pane.direction)
            .filter(|slice| slice.id.key == key)
    }

    /// True where a picture is a mixture of three volumes, or of two latent
    /// coordinates.
    pub fn mixed_in(&self, pane: &Pane) -> bool {
        (self.view.rgb.is_some() || self.coloured())
            && pane.volume == self.view.volume.as_deref()
            && self.arrangement() != Arrangement::Gallery
    }

    /// Names of the volumes whose slices the picture with the focus needs besides
    /// its own and that of its classes.
    pub fn layered(&self) -> impl Iterator<Item = &String> {
        let rgb = self.view.rgb.iter().flatten();
        let latent = self.chart.iter().flat_map(|chart| &chart.volumes);
        let swiped = self.arrangement() == Arrangement::Swipe;
        let second = self.view.second.iter().filter(move |_| swiped);
        (self.view.doubt.iter().chain(rgb))
            .chain(latent)
            .chain(second)
    }

    /// What the pictures beside the focus want, with their overlays.
    fn wanted_beside(&self) -> Vec<SliceId> {
        let panes = self.panes();
        let mut wanted = Vec::new();
        for pane in panes.iter().skip(1) {
            let over = [pane.volume, self.view.overlay.as_deref()];
            let layers = self.layered().map(String::as_str);
            for name in over.into_iter().flatten().chain(layers) {
                if let Some(Opened::Ready { id, .. }) = self.shown_volume(name)
                    && let Some(key) = self.view.key_through(pane.direction, self.followed)
                {
                    wanted.push(SliceId { volume: *id, key });
                }
            }
        }
        wanted
    }

    fn wanted_layers(&self) -> impl Iterator<Item = SliceId> {
        self.layered().filter_map(|name| self.slice_of(name))
    }

    fn wanted_slice(&self) -> Option<SliceId> {
        self.slice_of(self.view.volume.as_deref()?)
    }

    fn wanted_overlay(&self) -> Option<SliceId> {
        self.slice_of(self.view.overlay.as_deref()?)
    }

    fn slice_of(&self, name: &str) -> Option<SliceId> {
        match self.shown_volume(name)? {
            Opened::Ready { id, .. } => Some(SliceId {
                volume: *id,
                key: self.view.key()?,
            }),
            _ => None,
        }
    }
}
