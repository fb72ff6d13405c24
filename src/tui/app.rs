//! The application: its state, and the one way it changes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::model::{Facies, Grid, Polygon, SliceKey};
use crate::picture::{Depth, Viewport};
use crate::preview::{Slice, SliceId, VolumeId, neighbours};
use crate::session::{Session, VolumeRole};

use super::action::{Action, After, Effect, Message, Tone};
use super::commands::Command;
use super::events::Input;
use super::hand::{Carry, Draft, Hand};
use super::keymap::{Found, Keymap, Pending};
use super::layers::{Layer, Outcome};
use super::layout::Layout;
use super::panels::Snapshot;
use super::step::Step;
use super::view::{Look, View};
use super::{Key, Mode};

/// A prefix that waits for its next key shows its menu after this time.
const MENU_AFTER: Duration = Duration::from_millis(300);
/// The picture is sent in full so long after the last step.
const REST_AFTER: Duration = Duration::from_millis(150);
/// The picture before is shown so long while a slice is read; then it is blanked.
const PATIENCE: Duration = Duration::from_millis(40);

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
    /// A draft that was thrown away, until the next edit.
    pub thrown: Option<Draft>,
    /// Name of the active facies.
    pub facies: Option<String>,
    /// Id of the active polygon.
    pub polygon: Option<String>,
    /// Voxels of the active polygon.
    pub voxels: Option<usize>,
    /// Panels over the picture, the last on top.
    pub layers: Vec<Layer>,
    /// The session's runs as they were last seen.
    pub runs: Snapshot,
    /// Keys of a sequence that is not finished.
    pub pending: Pending,
    /// True where the menu of the pending keys is shown.
    pub menu: bool,
    /// A line for the footer, until the next key.
    pub message: Option<Message>,
    /// Volumes by name.
    pub volumes: BTreeMap<String, Opened>,
    /// The newest slice of the volume shown.
    pub slice: Option<Arc<Slice>>,
    /// The newest slice of the overlay.
    pub overlay: Option<Arc<Slice>>,
    /// Why the slice wanted cannot be had.
    pub slice_error: Option<String>,
    /// True while slices change too fast for all their greys.
    pub moving: bool,
    /// Where the outline crosses itself, once that was refused.
    pub crossing: Option<(f64, f64)>,
    /// True where this key warned, so that the next may mean it.
    pub warned: bool,
    /// True where the key before warned.
    pub certain: bool,
    /// True where the session has edits that its file does not hold.
    pub unsaved: bool,
    /// Bindings of the command table.
    pub keymap: Keymap,
    menu_at: Option<Instant>,
    rest_at: Option<Instant>,
    patience_until: Option<Instant>,
    asked: Vec<SliceId>,
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
            thrown: None,
            facies: None,
            polygon: None,
            voxels: None,
            layers: Vec::new(),
            runs: Snapshot::default(),
            pending: Pending::default(),
            menu: false,
            message: None,
            volumes: BTreeMap::new(),
            slice: None,
            overlay: None,
            slice_error: None,
            moving: false,
            crossing: None,
            warned: false,
            certain: false,
            unsaved: false,
            keymap: Keymap::new(),
            menu_at: None,
            rest_at: None,
            patience_until: None,
            asked: Vec::new(),
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
        step.effects
    }

    /// Takes in one thing that happened; gives what is to be done.
    pub fn step(&mut self, action: Action, session: &Session, now: Instant) -> Vec<Effect> {
        self.dirty = true;
        match action {
            Action::Input(Input::Key(key)) => self.key(key, session, now),
            Action::Input(Input::Paste(text)) => self.paste(&text),
            Action::Input(Input::Resize(columns, rows)) => {
                self.size = (columns, rows);
                vec![Effect::Redraw]
            }
            Action::Input(Input::Resumed) => vec![Effect::Redraw],
            Action::Input(Input::Suspend) => vec![Effect::Suspend],
            Action::Input(Input::End(_) | Input::Closed) => vec![Effect::Quit],
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
                self.edited(after, result, session);
                Vec::new()
            }
            Action::Travelled { result, back } => self.travelled(result, back, session, now),
            Action::Said(message) => {
                self.message = Some(message);
                self.settle(session);
                Vec::new()
            }
            Action::Runs(snapshot) => self.watch(*snapshot),
            Action::Opening(opening) => {
                self.open_panel(opening);
                Vec::new()
            }
            Action::Adopted(runs) => {
                self.adopted(&runs);
                Vec::new()
            }
            Action::Tick => {
                self.tick(now);
                Vec::new()
            }
        }
    }

    /// True once after anything changed: the picture is to be drawn. While a
    /// slice is on its way the picture before stays for a moment.
    pub fn take_dirty(&mut self) -> bool {
        self.patience_until.is_none() && std::mem::take(&mut self.dirty)
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
        let picture = Layout::of(self.size).picture;
        self.view
            .window((picture.width as usize, picture.height as usize))
    }

    /// The slice that belongs on screen, if it is in hand.
    pub fn current_slice(&self) -> Option<&Arc<Slice>> {
        let id = self.wanted_slice()?;
        self.slice.as_ref().filter(|slice| slice.id == id)
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
        let Some(grid) = &self.view.grid else {
            return false;
        };
        key.direction() == self.view.direction && key.index(grid) == Some(self.view.slice_index().0)
    }

    /// Polygons on the slice shown.
    pub fn polygons_here<'a>(&self, session: &'a Session) -> Vec<&'a Polygon> {
        let here = |p: &&Polygon| self.is_here(&p.slice);
        session.polygons.iter().filter(here).collect()
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
    fn at<'a>(&'a mut self, session: &'a Session, now: Instant) -> Step<'a> {
        Step {
            app: self,
            session,
            count: None,
            argument: "",
            now,
            effects: Vec::new(),
        }
    }

    fn key(&mut self, key: Key, session: &Session, now: Instant) -> Vec<Effect> {
        self.message = None;
        self.crossing = None;
        self.certain = std::mem::take(&mut self.warned);
        if let Some(layer) = self.layers.last_mut()
            && let Some(outcome) = layer.typed(key)
        {
            return self.outcome(outcome, session, now);
        }
        if !self.pending.is_empty() && matches!(key, Key::Esc | Key::Ctrl('g' | 'c')) {
            self.drop_pending();
            return Vec::new();
        }
        if self.pending.count_digit(key) {
            return Vec::new();
        }
        self.pending.keys.push(key);
        match self.keymap.find(self.mode(), &self.pending.keys) {
            Found::Command(command, digit) => {
                let count = self.pending.count;
                self.drop_pending();
                let argument = digit.map_or(String::new(), |c| c.to_string());
                self.run(command, count, &argument, session, now)
            }
            Found::Prefix => {
                self.menu_at = Some(now + MENU_AFTER).filter(|_| !self.menu);
                Vec::new()
            }
            Found::Nothing => {
                if self.pending.keys.len() > 1 {
                    let text = format!("{} is not bound; ? shows the keys", self.pending.text());
                    self.message = Some(Message::plain(text));
                }
                self.drop_pending();
                Vec::new()
            }
        }
    }

    fn drop_pending(&mut self) {
        self.pending = Pending::default();
        self.menu = false;
        self.menu_at = None;
    }

    /// Runs a command, or says why it cannot run now.
    pub fn run(
        &mut self,
        command: &Command,
        count: Option<usize>,
        argument: &str,
        session: &Session,
        now: Instant,
    ) -> Vec<Effect> {
        let mut step = Step {
            count,
            argument,
            ..self.at(session, now)
        };
        match (command.ready)(step.app, session) {
            Ok(()) => (command.run)(&mut step),
            Err(reason) => step.refuse(reason),
        }
        step.effects
    }

    /// Carries out what a layer made of a key.
    fn outcome(&mut self, outcome: Outcome, session: &Session, now: Instant) -> Vec<Effect> {
        match outcome {
            Outcome::Taken => Vec::new(),
            Outcome::Close => {
                self.layers.pop();
                Vec::new()
            }
            Outcome::Answer(ask, text) => {
                self.layers.pop();
                let mut step = self.at(session, now);
                super::layers::answer(&mut step, ask, &text);
                step.effects
            }
            Outcome::Run(command, argument) => {
                self.layers.pop();
                self.run(command, None, &argument, session, now)
            }
            Outcome::Complete(line) => {
                self.layers.pop();
                self.layers.push(Layer::command_line(&line));
                Vec::new()
            }
            Outcome::Global(key) => global(key),
            Outcome::Panel(effect) => self.at(session, now).panel(effect),
        }
    }

    fn paste(&mut self, text: &str) -> Vec<Effect> {
        let taken = self.layers.last_mut().is_some_and(|l| l.paste(text));
        if !taken {
            self.message = Some(Message::plain(
                "pasted text goes to prompts only; : opens the command line",
            ));
        }
        Vec::new()
    }

    fn tick(&mut self, now: Instant) {
        self.dirty = false;
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

    fn opened(
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
        self.volumes.insert(name.to_owned(), opened);
        let mut step = self.at(session, now);
        if step.app.view.volume.as_deref() == Some(name) {
            step.show_volume(name);
        } else if step.app.view.overlay.as_deref() == Some(name) {
            step.ask_slices();
        }
        step.effects
    }

    /// Takes a slice that arrived; the first of a volume decides its clip.
    pub fn take_slice(&mut self, slice: Arc<Slice>) {
        if self.wanted_slice() == Some(slice.id) {
            if let Some(look) = self.view.look_mut()
                && look.clip.is_none()
            {
                look.clip = Some(slice.clip);
            }
            self.slice = Some(slice);
            self.patience_until = None;
            self.slice_error = None;
        } else if self.wanted_overlay() == Some(slice.id) {
            self.overlay = Some(slice);
        }
    }

    fn wanted_slice(&self) -> Option<SliceId> {
        self.slice_of(self.view.volume.as_deref()?)
    }

    fn wanted_overlay(&self) -> Option<SliceId> {
        self.slice_of(self.view.overlay.as_deref()?)
    }

    fn slice_of(&self, name: &str) -> Option<SliceId> {
        match self.volumes.get(name)? {
            Opened::Ready { id, .. } => Some(SliceId {
                volume: *id,
                key: self.view.key()?,
            }),
            _ => None,
        }
    }

    fn edited(&mut self, after: After, result: Result<(), String>, session: &Session) {
        if let Err(text) = result {
            self.message = Some(Message::error(text));
            return;
        }
        self.thrown = None;
        match after {
            After::Stay => {}
            After::Drawn(id) => {
                self.draft = None;
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
    }

    fn travelled(
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

    /// Counts the voxels of the active polygon.
    pub fn recount(&mut self, session: &Session) {
        let polygon = self.polygon.as_deref().and_then(|id| session.polygon(id));
        self.voxels = match (polygon, &self.view.grid) {
            (Some(polygon), Some(grid)) => polygon.voxels(grid, 0).map(|v| v.len()),
            _ => None,
        };
    }

    /// Lets go of what the session no longer has, and counts voxels anew.
    fn settle(&mut self, session: &Session) {
        if self.active_facies(session).is_none() {
            self.facies = session.facies.first().map(|f| f.name.clone());
        }
        self.recount(session);
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
    }
}

/// Keys that mean the same while text is typed.
fn global(key: Key) -> Vec<Effect> {
    match key {
        Key::Ctrl('l') => vec![Effect::Redraw],
        Key::Ctrl('z') => vec![Effect::Suspend],
        _ => Vec::new(),
    }
}

/// Moves between slices and volumes, which all end in a wish to the engine.
impl Step<'_> {
    /// Makes a volume the one shown, opening it first where that is needed.
    pub fn show_volume(&mut self, name: &str) {
        let Some(entry) = self.session.volume(name) else {
            let text = format!("there is no volume `{name}`; < and > go through those there are");
            return self.fail(text);
        };
        let view = &mut self.app.view;
        view.volume = Some(name.to_owned());
        view.looks
            .entry(name.to_owned())
            .or_insert_with(|| Look::of(entry.role));
        self.app.slice_error = None;
        match self.app.volumes.get(name) {
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
        let Some(name) = name else { return };
        match self.app.volumes.get(name) {
            Some(Opened::Ready { .. }) => self.ask_slices(),
            Some(Opened::Opening) => {}
            Some(Opened::Failed(_)) | None => self.open(name),
        }
    }

    fn open(&mut self, name: &str) {
        self.app.volumes.insert(name.to_owned(), Opened::Opening);
        self.effects.push(Effect::Open(name.to_owned()));
    }

    /// Goes to a slice, if the survey has it; false where it has not.
    pub fn go_to(&mut self, key: &SliceKey) -> bool {
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
        self.app.moving = true;
        self.app.rest_at = Some(self.now + REST_AFTER);
        self.app.settle(self.session);
        self.ask_slices();
    }

    /// Asks the engine for what belongs on screen, and for what may come next.
    pub fn ask_slices(&mut self) {
        let app = &mut *self.app;
        let wanted: Vec<SliceId> = [app.wanted_slice(), app.wanted_overlay()]
            .into_iter()
            .flatten()
            .collect();
        let mut ahead = Vec::new();
        if let (Some(grid), Some(key)) = (&app.view.grid, app.view.key()) {
            for next in neighbours(grid, &key, app.view.travel) {
                ahead.extend(wanted.iter().map(|id| SliceId { key: next, ..*id }));
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

    /// Names of the session's volumes of classes.
    pub fn class_names(&self) -> Vec<String> {
        let classes = |v: &&crate::session::VolumeEntry| v.role == VolumeRole::Classes;
        (self.session.volumes.iter().filter(classes))
            .map(|v| v.name.clone())
            .collect()
    }
}
