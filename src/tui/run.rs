//! The loop: waits for something to happen, lets the application take it in,
//! does what it asks for, draws once.

mod pictures;

use std::collections::VecDeque;
use std::io::Stdout;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use crossterm::event::Event as TerminalEvent;
use ratatui::Terminal;
use ratatui::layout::Size;

use crate::io::{Volume, open};
use crate::picture::Depth;
use crate::preview::{
    Delivery, LiveAnswer, LiveForest, Separability, Separator, SliceEngine, Suggester, Suggestions,
    Trace, TraceReader, VolumeId,
};
use crate::runs::Finished;
use crate::session::{Guide, Notice, Places, Session, ViewState, Workspace};

use super::action::{Action, Effect, Message, Opening, RunJob};
use super::app::App;
use super::backend::Thrifty;
use super::capabilities;
use super::events::{Input, Joiner, Mouse, Report, read_signals, read_terminal};
use super::guides::{GuideRead, read_guide};
use super::keeper::{Answer, Job, Keeper, News};
use super::launching::finished;
use super::panels::{RunsWatcher, Snapshot};
use super::stills;
use super::terminal::{self, Screen};
use super::{ColourChoice, Environment, Key, Keymap, TuiError};

/// How long keys may wait for an edit before the screen says so.
const PATIENCE: Duration = Duration::from_millis(400);
/// How long the last jobs may take when the workbench is left.
const FAREWELL: Duration = Duration::from_secs(10);

/// What the workbench is opened with.
pub struct Options {
    /// The session.
    pub workspace: Workspace,
    /// Colours, as the command line says.
    pub colours: ColourChoice,
    /// Memory for slices, in bytes.
    pub slice_memory: usize,
    /// Whether large volumes get bricked copies in the background.
    pub copies: bool,
    /// The keys.
    pub keymap: Keymap,
    /// Things to tell when the first picture is there.
    pub notices: Vec<String>,
}

/// What the loop's channel carries.
enum Event {
    Terminal(TerminalEvent),
    Outside(Input),
    Slice(Delivery),
    Opened(String, Result<Arc<dyn Volume>, String>),
    Separated(Separability),
    Classified(LiveAnswer),
    Suggested(Suggestions),
    Traces(Vec<Trace>),
    Guide(Box<GuideRead>),
    Runs(Snapshot),
    Answer(Answer),
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
    let deliver = sender.clone();
    let separator = Separator::start(&engine, move |answer| {
        let _ = deliver.send(Event::Separated(answer));
    })?;
    let deliver = sender.clone();
    let live = LiveForest::start(&engine, move |answer| {
        let _ = deliver.send(Event::Classified(answer));
    })?;
    let deliver = sender.clone();
    let suggester = Suggester::start(&engine, move |found| {
        let _ = deliver.send(Event::Suggested(found));
    })?;
    let deliver = sender.clone();
    let reader = TraceReader::start(&engine, move |traces| {
        let _ = deliver.send(Event::Traces(traces));
    })?;
    terminal::restore_on_panic();
    let screen = Screen::take()?;
    let size = Size::new(columns, rows);
    let mut backend = Thrifty::new(std::io::stdout(), size);
    backend.synchronize(environment.synchronizes());
    let terminal = Terminal::new(backend)?;
    read_terminal(sender.clone(), Event::Terminal, Event::Outside)?;
    read_signals(sender.clone(), Event::Outside)?;
    let workspace = options.workspace;
    let places = workspace.places().clone();
    let session = Arc::new(workspace.session().clone());
    let told = workspace.notices().iter().map(Notice::to_string);
    let notices: Vec<String> = told.chain(options.notices).collect();
    let (kept, saved) = (workspace.view(), workspace.is_saved());
    let ways = workspace.history().ways();
    let news = sender.clone();
    let keeper = Keeper::start(workspace, move |n| {
        let _ = news.send(match n {
            News::Answer(answer) => Event::Answer(answer),
            News::Ready(ready) => Event::Ready(ready),
        });
    })?;
    let title =
        (places.session.file_name()).map_or(String::new(), |n| n.to_string_lossy().into_owned());
    let mut app = App::new(title, depth, (columns, rows));
    app.unsaved = !saved;
    app.ways = ways;
    app.keymap = options.keymap;
    app.signature = crate::session::signature;
    let mut bench = Bench {
        app,
        session,
        places,
        keeper,
        waiting: 0,
        held: VecDeque::new(),
        patience_until: None,
        engine,
        separator,
        live,
        suggester,
        reader,
        terminal,
        screen,
        sender,
        joiner: Joiner::default(),
        watcher: None,
        copies: options.copies,
        leaving: false,
        link_lost: false,
        multiplexed: environment.multiplexed(),
    };
    bench.begin(&kept, &notices);
    if environment.asks(options.colours) {
        bench.ask_colours();
    }
    let result = bench.serve(&receiver);
    if bench.link_lost {
        bench.screen.abandon();
    }
    bench.keep_view();
    bench.keeper.finish(FAREWELL);
    result
}

/// Everything that the loop owns.
struct Bench {
    app: App,
    /// The session as the keeper's last answer brought it.
    session: Arc<Session>,
    places: Places,
    keeper: Keeper,
    /// Edits that are not answered yet.
    waiting: usize,
    /// Keys typed meanwhile: what they mean depends on the session.
    held: VecDeque<Input>,
    patience_until: Option<Instant>,
    engine: SliceEngine,
    separator: Separator,
    live: LiveForest,
    suggester: Suggester,
    reader: TraceReader,
    terminal: Terminal<Thrifty<Stdout>>,
    screen: Screen,
    sender: Sender<Event>,
    joiner: Joiner,
    watcher: Option<RunsWatcher>,
    copies: bool,
    leaving: bool,
    link_lost: bool,
    /// True where a multiplexer stands between, and answers for the terminal.
    multiplexed: bool,
}

impl Bench {
    fn begin(&mut self, kept: &ViewState, notices: &[String]) {
        let sender = self.sender.clone();
        // Without a watcher the runs go on all the same; only their gauges are missing.
        self.watcher = RunsWatcher::start(self.places.runs.clone(), move |snapshot| {
            let _ = sender.send(Event::Runs(snapshot));
        })
        .ok();
        self.run_job(RunJob::Look);
        self.app.take_view_state(kept, &self.session);
        let effects = self.app.begin(&self.session, Instant::now());
        self.carry_out(effects);
        if !notices.is_empty() {
            self.app.message = Some(Message::plain(notices.join("; ")));
        }
    }

    /// Until the end: wait for one event, drain all that wait, draw once.
    fn serve(&mut self, receiver: &Receiver<Event>) -> Result<(), TuiError> {
        loop {
            // A picture under way is waited for; the next one shows all that came since.
            let holds = self.terminal.backend().pace().holds(Instant::now());
            if !holds && self.app.take_dirty() {
                self.draw()?;
            }
            let deadline = [
                self.app.deadline(),
                self.joiner.deadline(),
                self.patience_until,
                self.terminal
                    .backend()
                    .pace()
                    .held_until()
                    .filter(|_| holds),
            ];
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
        let (app, session) = (&self.app, &self.session);
        self.terminal.draw(|frame| app.draw(frame, session))?;
        // The value under the cursor is that of the file: levels are only near it.
        let (a, b) = app.view.cursor();
        if let Some(slice) = app.current_slice()
            && slice.step == 1
            && slice.true_value(a, b).is_none()
        {
            self.engine.look(slice.id, a, b);
        }
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
        if self.patience_until.is_some_and(|at| at <= now) {
            self.patience_until = None;
            let folder = self.places.folder().display().to_string();
            let text = format!("the disk of {folder} is slow: keys wait until the edit is on it");
            self.step(Action::Said(Message::warning(text)));
        }
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Terminal(TerminalEvent::Key(key)) => {
                let now = Instant::now();
                match self.joiner.report(key, now) {
                    Report::Part => {}
                    Report::Whole(report) => self.reported(&report),
                    Report::Key => {
                        for key in self.joiner.push(key, now) {
                            self.key(key);
                        }
                    }
                }
            }
            Event::Terminal(TerminalEvent::Paste(text)) => self.input(Input::Paste(text)),
            Event::Terminal(TerminalEvent::Resize(columns, rows)) => self.resize(columns, rows),
            Event::Terminal(TerminalEvent::Mouse(event)) => {
                if let Some(mouse) = Mouse::of(&event) {
                    self.input(Input::Mouse(mouse));
                }
            }
            Event::Terminal(_) => {}
            Event::Outside(Input::Answer) => self.measured(),
            Event::Outside(Input::Resized) => {
                if let Ok((columns, rows)) = crossterm::terminal::size() {
                    self.resize(columns, rows);
                }
            }
            Event::Outside(input) => {
                self.link_lost |= input == Input::End(true);
                self.step(Action::Input(input));
            }
            Event::Slice(delivery) => self.step(Action::Slice(delivery)),
            Event::Traces(traces) => self.step(Action::Traces(traces)),
            Event::Guide(read) => self.step(Action::Guide(read)),
            Event::Separated(answer) => self.step(Action::Separated(Box::new(answer))),
            Event::Classified(answer) => self.step(Action::Classified(answer)),
            Event::Suggested(found) => self.step(Action::Suggested(found)),
            Event::Runs(snapshot) => self.step(Action::Runs(Box::new(snapshot))),
            Event::Answer(answer) => self.answer(answer),
            Event::Ready(ready) => {
                if let Some(watcher) = &self.watcher {
                    watcher.look();
                }
                if !matches!(&ready, Ok(Opening::Said(text)) if text.is_empty()) {
                    self.step(Action::Opening(ready));
                }
            }
            Event::Finished(finished) => self.keeper.send(Job::Adopt(finished)),
            Event::Opened(name, result) => {
                if result.is_ok() && self.copies {
                    self.run_job(RunJob::Prepare(name.clone()));
                }
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
            self.input(Input::Key(key));
        }
    }

    /// Takes in what was typed, or holds it until the edit before is made.
    fn input(&mut self, input: Input) {
        if self.waiting > 0 {
            self.held.push_back(input);
        } else {
            self.step(Action::Input(input));
        }
    }

    fn step(&mut self, action: Action) {
        let effects = self.app.step(action, &self.session, Instant::now());
        self.carry_out(effects);
    }

    /// Sends a job to the keeper of the session.
    fn send(&mut self, job: Job) {
        if job.edits() {
            self.waiting += 1;
            self.patience_until = Some(Instant::now() + PATIENCE);
        }
        self.keeper.send(job);
    }

    fn answer(&mut self, answer: Answer) {
        self.session = answer.session;
        self.app.unsaved = !answer.saved;
        self.app.ways = answer.ways;
        if answer.edited {
            self.waiting = self.waiting.saturating_sub(1);
        }
        if let Some(action) = answer.action {
            self.step(action);
        }
        self.leaving |= answer.leave;
        if self.waiting == 0 {
            self.patience_until = None;
        }
        while self.waiting == 0
            && !self.leaving
            && let Some(input) = self.held.pop_front()
        {
            self.step(Action::Input(input));
        }
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
            Effect::Cut { name, volume, cut } => {
                let result = self.engine.cut(volume, cut);
                self.step(Action::Cut { name, result });
            }
            Effect::Derive { name, recipe } => {
                let result = self.engine.derive(recipe);
                self.step(Action::Derived { name, result });
            }
            Effect::ReadGuide { guide, add } => self.read_guide(guide, add),
            Effect::Edit(edit, after) => self.send(Job::Edit(edit, after)),
            Effect::Undo(times) => self.send(Job::Travel { back: true, times }),
            Effect::Redo(times) => self.send(Job::Travel { back: false, times }),
            Effect::ThroughTime { far, back } => self.send(Job::ThroughTime { far, back }),
            Effect::Traces(wanted) => self.reader.ask(wanted),
            Effect::Separate(question) => self.separator.ask(question),
            Effect::Classify(Some(question)) => self.live.ask(question),
            Effect::Classify(None) => self.live.give_up(),
            Effect::Suggest(question, doubt) => self.suggester.ask(question, doubt),
            Effect::SuggestNoMore => self.suggester.give_up(),
            Effect::Save { to, force, leave } => self.send(Job::Save { to, force, leave }),
            Effect::PolygonFile(job) => self.send(Job::PolygonFile(job)),
            Effect::Run(job) => self.run_job(job),
            Effect::Export { path, csv } => self.export(&path, csv),
            Effect::Still(way) => self.still(way),
            // An error here shows again, and is told, when the picture is drawn.
            Effect::Show(bytes) => drop(self.terminal.backend_mut().send(&bytes)),
            Effect::EndStill => {
                drop(self.terminal.backend_mut().send(stills::CLEAR));
                self.redraw();
            }
            Effect::Ring => self.ring(),
            Effect::Mouse(on) => self.hear_mouse(on),
            Effect::Quit => self.leaving = true,
            Effect::Suspend => self.suspend(),
            Effect::Redraw => self.redraw(),
            Effect::Synchronize(on) => self.terminal.backend_mut().synchronize(on),
            Effect::KeepView => self.keep_view(),
            Effect::Diagnose => {
                let backend = self.terminal.backend();
                let (last, total) = (backend.last_frame(), backend.total());
                let link = self.app.view.link.name();
                let measured = backend.pace().describe();
                let text = format!(
                    "the last picture took {last} bytes, all so far {total}; link {link}: {measured} (:set link)"
                );
                self.step(Action::Said(Message::plain(text)));
            }
        }
    }

    /// Opens a volume on a thread of its own: headers may be far away.
    fn open(&mut self, name: String) {
        let Some(entry) = self.session.volume(&name) else {
            return;
        };
        let (path, options) = (self.places.folder().join(&entry.path), entry.open);
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

    /// Reads a horizon or a well on a thread of its own.
    fn read_guide(&mut self, guide: Guide, add: bool) {
        let (session, places) = (Arc::clone(&self.session), self.places.clone());
        let (sender, kept) = (self.sender.clone(), guide.clone());
        let spawned = std::thread::Builder::new().spawn(move || {
            let read = read_guide(guide, add, &session, &places);
            let _ = sender.send(Event::Guide(Box::new(read)));
        });
        if let Err(error) = spawned {
            let result = Err(error.to_string());
            let read = GuideRead {
                guide: kept,
                add,
                result,
            };
            self.step(Action::Guide(Box::new(read)));
        }
    }

    /// Works a job about runs in the background.
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
        if job == RunJob::Look {
            let (sender, root) = (self.sender.clone(), self.places.runs.clone());
            // Where no thread can be had, the next look finds the runs.
            let _ = std::thread::Builder::new().spawn(move || {
                let _ = sender.send(Event::Finished(finished(&root)));
            });
        }
        self.send(Job::Run(job, self.app.view.survey_grid()));
    }

    fn keep_view(&mut self) {
        self.send(Job::KeepView(Box::new(self.app.view_state())));
    }

    fn hear_mouse(&mut self, on: bool) {
        if let Err(error) = self.screen.hear_mouse(on) {
            let text = format!("the terminal does not take the mouse: {error}");
            self.step(Action::Said(Message::error(text)));
        }
    }

    fn ring(&mut self) {
        if let Err(error) = Screen::ring() {
            self.step(Action::Said(Message::error(format!("the bell: {error}"))));
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

    /// The terminal answered: the picture is there, and the line is known better.
    fn measured(&mut self) {
        let backend = self.terminal.backend_mut();
        // An error here shows again, and is told, when the picture is drawn.
        let _ = backend.answered();
        if !self.app.view.link_chosen {
            let link = self.app.view.link;
            self.app.view.link = backend.pace().suits(link, !self.multiplexed);
        }
    }

    /// Asks the terminal for its colours; the answer comes as keys.
    fn ask_colours(&mut self) {
        self.joiner.expect_report();
        // An error here shows again, and is told, when the picture is drawn.
        drop(self.terminal.backend_mut().send(capabilities::QUESTION));
    }

    /// The terminal told what it has set: where that is 24 bits, it has them.
    fn reported(&mut self, report: &str) {
        if capabilities::tells_of_colours(report) {
            self.app.depth = Depth::True;
            // Every cell may have another colour: draw as after a stop.
            self.step(Action::Input(Input::Resumed));
        }
    }

    fn resize(&mut self, columns: u16, rows: u16) {
        if self.app.size == (columns, rows) {
            return;
        }
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
