//! The loop: waits for something to happen, lets the application take it in,
//! does what it asks for, draws once.

use std::io::Stdout;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Instant;

use crossterm::event::Event as TerminalEvent;
use ratatui::Terminal;
use ratatui::layout::Size;

use crate::io::{Volume, open};
use crate::preview::{Delivery, SliceEngine, VolumeId};
use crate::runs::Finished;
use crate::session::{Edit, Workspace};

use super::action::{Action, After, Effect, Message, Opening, PolygonJob, RunJob};
use super::adoption::adopt;
use super::app::App;
use super::backend::Thrifty;
use super::events::{Input, Joiner, read_signals, read_terminal};
use super::launching::{Scene, finished};
use super::panels::{RunsWatcher, Snapshot};
use super::polygon_files::polygon_file;
use super::terminal::{self, Screen};
use super::{ColourChoice, Environment, Key, TuiError};

/// What the workbench is opened with.
pub struct Options {
    /// The session.
    pub workspace: Workspace,
    /// Colours, as the command line says.
    pub colours: ColourChoice,
    /// Memory for slices, in bytes.
    pub slice_memory: usize,
    /// Things to tell when the first picture is there.
    pub notices: Vec<String>,
}

/// What the loop's channel carries.
enum Event {
    Terminal(TerminalEvent),
    Outside(Input),
    Slice(Delivery),
    Opened(String, Result<Arc<dyn Volume>, String>),
    Runs(Snapshot),
    Ready(Result<Opening, String>),
    Finished(Result<Vec<Finished>, String>),
}

/// Opens the workbench and returns when the interpreter leaves it.
///
/// The terminal is given back on every way out, a panic included. Where the
/// link is lost nothing more is written to it: edits are in the journal.
pub fn run(options: Options) -> Result<(), TuiError> {
    let environment = Environment::here();
    environment.check()?;
    let depth = environment.depth(options.colours);
    let (columns, rows) = crossterm::terminal::size()?;
    let (sender, receiver) = channel();
    let deliver = sender.clone();
    let engine = SliceEngine::start(2, options.slice_memory, move |delivery| {
        let _ = deliver.send(Event::Slice(delivery));
    })?;
    terminal::restore_on_panic();
    let screen = Screen::take()?;
    let size = Size::new(columns, rows);
    let terminal = Terminal::new(Thrifty::new(std::io::stdout(), size))?;
    read_terminal(
        sender.clone(),
        Event::Terminal,
        Event::Outside(Input::Closed),
    )?;
    read_signals(sender.clone(), Event::Outside)?;
    let title = (options.workspace.places().session.file_name())
        .map_or(String::new(), |n| n.to_string_lossy().into_owned());
    let mut bench = Bench {
        app: App::new(title, depth, (columns, rows)),
        workspace: options.workspace,
        engine,
        terminal,
        screen,
        sender,
        joiner: Joiner::default(),
        watcher: None,
        leaving: false,
        link_lost: false,
    };
    bench.begin(options.notices);
    let result = bench.serve(&receiver);
    if bench.link_lost {
        bench.screen.abandon();
    }
    // What was looked at is worth keeping, and its loss is no harm.
    let _ = bench.workspace.save_view(&bench.app.view_state());
    result
}

/// Everything that the loop owns.
struct Bench {
    app: App,
    workspace: Workspace,
    engine: SliceEngine,
    terminal: Terminal<Thrifty<Stdout>>,
    screen: Screen,
    sender: Sender<Event>,
    joiner: Joiner,
    watcher: Option<RunsWatcher>,
    leaving: bool,
    link_lost: bool,
}

impl Bench {
    fn begin(&mut self, notices: Vec<String>) {
        let sender = self.sender.clone();
        let root = self.workspace.places().runs.clone();
        // Without a watcher the runs go on all the same; only their gauges are missing.
        self.watcher = RunsWatcher::start(root, move |snapshot| {
            let _ = sender.send(Event::Runs(snapshot));
        })
        .ok();
        self.run_job(RunJob::Look);
        self.app.unsaved = !self.workspace.is_saved();
        let kept = self.workspace.view();
        self.app.take_view_state(&kept, self.workspace.session());
        let effects = self.app.begin(self.workspace.session(), Instant::now());
        self.carry_out(effects);
        let told = self.workspace.notices().iter().map(ToString::to_string);
        let text: Vec<String> = told.chain(notices).collect();
        if !text.is_empty() {
            self.app.message = Some(Message::plain(text.join("; ")));
        }
    }

    /// Until the end: wait for one event, drain all that wait, draw once.
    fn serve(&mut self, receiver: &Receiver<Event>) -> Result<(), TuiError> {
        loop {
            if self.app.take_dirty() {
                self.draw()?;
            }
            let deadline = [self.app.deadline(), self.joiner.deadline()];
            let first = match deadline.into_iter().flatten().min() {
                None => receiver.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(at) => receiver.recv_timeout(at.saturating_duration_since(Instant::now())),
            };
            match first {
                Ok(event) => self.take(event),
                Err(RecvTimeoutError::Timeout) => self.tick(),
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
            while !self.leaving
                && let Ok(event) = receiver.try_recv()
            {
                self.take(event);
            }
            if self.leaving {
                return Ok(());
            }
        }
    }

    fn draw(&mut self) -> Result<(), TuiError> {
        let (app, session) = (&self.app, self.workspace.session());
        self.terminal.draw(|frame| app.draw(frame, session))?;
        Ok(())
    }

    fn tick(&mut self) {
        let now = Instant::now();
        if self.joiner.deadline().is_some_and(|at| at <= now) {
            for key in self.joiner.release() {
                self.key(key);
            }
        }
        if self.app.deadline().is_some_and(|at| at <= now) {
            self.step(Action::Tick);
        }
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Terminal(TerminalEvent::Key(key)) => {
                for key in self.joiner.push(key, Instant::now()) {
                    self.key(key);
                }
            }
            Event::Terminal(TerminalEvent::Paste(text)) => {
                self.step(Action::Input(Input::Paste(text)));
            }
            Event::Terminal(TerminalEvent::Resize(columns, rows)) => self.resize(columns, rows),
            Event::Terminal(_) => {}
            Event::Outside(input) => {
                self.link_lost |= input == Input::End(true);
                self.step(Action::Input(input));
            }
            Event::Slice(delivery) => self.step(Action::Slice(delivery)),
            Event::Runs(snapshot) => self.step(Action::Runs(Box::new(snapshot))),
            Event::Ready(ready) => {
                if let Some(watcher) = &self.watcher {
                    watcher.look();
                }
                if !matches!(&ready, Ok(Opening::Said(text)) if text.is_empty()) {
                    self.step(Action::Opening(ready));
                }
            }
            Event::Finished(finished) => self.adopt(finished),
            Event::Opened(name, result) => {
                let result = result.map(|volume| {
                    let grid = *volume.grid();
                    (self.engine.add(volume), grid)
                });
                self.step(Action::Opened { name, result });
            }
        }
    }

    fn key(&mut self, event: crossterm::event::KeyEvent) {
        if let Some(key) = Key::of(&event) {
            self.step(Action::Input(Input::Key(key)));
        }
    }

    fn step(&mut self, action: Action) {
        let effects = self
            .app
            .step(action, self.workspace.session(), Instant::now());
        self.carry_out(effects);
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            self.carry_out_one(effect);
        }
    }

    fn carry_out_one(&mut self, effect: Effect) {
        match effect {
            Effect::Open(name) => self.open(name),
            Effect::Ask { wanted, ahead } => {
                for slice in self.engine.ask(&wanted, &ahead) {
                    self.app.take_slice(slice);
                }
            }
            Effect::Edit(edit, after) => self.edit(*edit, after),
            Effect::Undo(n) => self.travel(true, n),
            Effect::Redo(n) => self.travel(false, n),
            Effect::Save { to, force, leave } => self.save(to.as_deref(), force, leave),
            Effect::PolygonFile(job) => self.polygon_file(&job),
            Effect::Run(job) => self.run_job(job),
            Effect::Quit => self.leaving = true,
            Effect::Suspend => self.suspend(),
            Effect::Redraw => self.redraw(),
            Effect::KeepView => self.keep_view(),
            Effect::Diagnose => {
                let backend = self.terminal.backend();
                let (last, total) = (backend.last_frame(), backend.total());
                let text = format!("the last picture took {last} bytes, all so far {total}");
                self.step(Action::Said(Message::plain(text)));
            }
        }
    }

    /// Opens a volume on a thread of its own: headers may be far away.
    fn open(&mut self, name: String) {
        let Some(entry) = self.workspace.session().volume(&name) else {
            return;
        };
        let (path, options) = (self.workspace.path_of(entry), entry.open);
        let (sender, told) = (self.sender.clone(), name.clone());
        let spawned = std::thread::Builder::new().spawn(move || {
            let result = open(&path, &options).map_err(|error| error.to_string());
            let _ = sender.send(Event::Opened(told, result));
        });
        if let Err(error) = spawned {
            let result: Result<(VolumeId, _), String> = Err(error.to_string());
            self.step(Action::Opened { name, result });
        }
    }

    /// Works a job about runs on a thread of its own.
    fn run_job(&mut self, job: RunJob) {
        if let RunJob::Copy(text) = &job {
            let copied = crossterm::execute!(
                std::io::stdout(),
                crossterm::clipboard::CopyToClipboard::to_clipboard_from(text)
            );
            let said = match copied {
                Ok(()) => Message::plain(format!("copied: {text}")),
                Err(error) => Message::error(error.to_string()),
            };
            return self.step(Action::Said(said));
        }
        let look = job == RunJob::Look;
        let scene = Scene::of(&self.workspace, self.app.view.grid);
        let (sender, root) = (self.sender.clone(), self.workspace.places().runs.clone());
        let spawned = std::thread::Builder::new().spawn(move || {
            if look {
                let _ = sender.send(Event::Finished(finished(&root)));
            }
            let _ = sender.send(Event::Ready(scene.work(job)));
        });
        if let Err(error) = spawned {
            self.step(Action::Said(Message::error(error.to_string())));
        }
    }

    /// Takes finished runs into the session.
    fn adopt(&mut self, finished: Result<Vec<Finished>, String>) {
        let adopted =
            finished.and_then(|f| adopt(&mut self.workspace, f).map_err(|e| e.to_string()));
        self.app.unsaved = !self.workspace.is_saved();
        match adopted {
            Ok(runs) => self.step(Action::Adopted(runs)),
            Err(text) => self.step(Action::Said(Message::error(text))),
        }
    }

    fn edit(&mut self, edit: Edit, after: After) {
        let result = self.workspace.apply(edit).map_err(|e| e.to_string());
        self.app.unsaved = !self.workspace.is_saved();
        self.step(Action::Edited { after, result });
    }

    fn travel(&mut self, back: bool, times: usize) {
        let result = if back {
            self.workspace.undo(times)
        } else {
            self.workspace.redo(times)
        };
        self.app.unsaved = !self.workspace.is_saved();
        let result = result.map_err(|e| e.to_string()).map(|edits| {
            let last = edits.last()?;
            let what = match edits.len() {
                1 => last.describe(),
                n => format!("{n} edits, the last one: {}", last.describe()),
            };
            Some((what, last.polygon().map(str::to_owned)))
        });
        self.step(Action::Travelled { result, back });
    }

    fn save(&mut self, to: Option<&std::path::Path>, force: bool, leave: bool) {
        let result = match to {
            Some(path) => self.workspace.write_copy(path),
            None if force => self.workspace.overwrite(),
            None => self.workspace.save(),
        };
        self.app.unsaved = !self.workspace.is_saved();
        let path = to.unwrap_or(&self.workspace.places().session);
        let said = Message::plain(format!("saved {}", path.display()));
        let message = result
            .as_ref()
            .map_or_else(|e| Message::error(e.to_string()), |()| said);
        self.leaving = leave && result.is_ok();
        self.step(Action::Said(message));
    }

    fn polygon_file(&mut self, job: &PolygonJob) {
        let message = match polygon_file(&mut self.workspace, job) {
            Ok(text) => Message::plain(text),
            Err(text) => Message::error(text),
        };
        self.app.unsaved = !self.workspace.is_saved();
        self.step(Action::Said(message));
    }

    fn keep_view(&mut self) {
        if let Err(error) = self.workspace.save_view(&self.app.view_state()) {
            self.app.message = Some(Message::warning(format!("the draft is not kept: {error}")));
        }
    }

    fn suspend(&mut self) {
        let stopped = self.screen.leave().and_then(|()| terminal::stop());
        let back = self.screen.enter();
        self.redraw();
        if let Err(error) = stopped.and(back) {
            self.app.message = Some(Message::error(format!("stop and go on: {error}")));
        }
    }

    fn resize(&mut self, columns: u16, rows: u16) {
        self.terminal.backend_mut().resize(Size::new(columns, rows));
        self.step(Action::Input(Input::Resize(columns, rows)));
    }

    /// Nothing is known of what the terminal shows: send all of it again.
    fn redraw(&mut self) {
        if let Ok((columns, rows)) = crossterm::terminal::size() {
            self.app.size = (columns, rows);
            self.terminal.backend_mut().resize(Size::new(columns, rows));
        }
        self.terminal.backend_mut().forget();
        // An error here shows again, and is told, when the picture is drawn.
        let _ = self.terminal.clear();
    }
}
