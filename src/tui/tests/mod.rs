//! The workbench without a terminal: keys in, state, screens and bytes out.

mod bytes;
mod cuts;
mod keys;
mod mouse;
mod previews;
mod screens;
mod separability;
mod walks;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use crate::io::{IoError, Survey, Volume};
use crate::model::{Axis, Block, Facies, Grid, Polygon, SampleUnit, SliceKey};
use crate::picture::{Depth, number};
use crate::preview::{
    Delivery, LiveAnswer, LiveForest, Separability, Separator, SliceEngine, Suggester, Suggestions,
    Trace, TraceReader,
};
use crate::session::{Session, VolumeEntry, VolumeRole, Workspace, write_text};
use crate::tui::Key;
use crate::tui::action::{Action, Effect};
use crate::tui::app::App;
use crate::tui::events::Input;
use crate::tui::guides::{GuideRead, read_content};
use crate::tui::key::{Place, places};

/// A small survey in memory: dipping layers over a dome; classes by place.
struct Small {
    grid: Grid,
    path: PathBuf,
    value: fn(f64, f64, f64) -> f32,
}

pub fn grid() -> Grid {
    Grid {
        inlines: Axis::new(1000.0, 1.0, 20),
        crosslines: Axis::new(300.0, 1.0, 120),
        samples: Axis::new(700.0, 4.0, 160),
        unit: SampleUnit::Milliseconds,
        spacing: None,
    }
}

fn amplitude(i: f64, x: f64, t: f64) -> f32 {
    let dome = 30.0 * (-((x - 80.0) / 25.0).powi(2)).exp();
    let phase = 0.35 * (t + dome + 0.1 * x + 0.3 * i);
    let inside = ((x - 80.0) / 18.0).powi(2) + ((t - 110.0) / 45.0).powi(2) < 1.0;
    (2.0 * phase.sin() * if inside { 0.15 } else { 1.0 }) as f32
}

fn coherence(_: f64, x: f64, t: f64) -> f32 {
    (0.6 + 0.4 * (0.05 * x + 0.02 * t).sin()) as f32
}

/// Surely inside at the middle of the dome, surely not far from it.
fn probability(_: f64, x: f64, t: f64) -> f32 {
    let r = ((x - 80.0) / 18.0).powi(2) + ((t - 110.0) / 45.0).powi(2);
    (1.0 / (1.0 + r)) as f32
}

fn classes(_: f64, x: f64, t: f64) -> f32 {
    let inside = ((x - 80.0) / 18.0).powi(2) + ((t - 110.0) / 45.0).powi(2) < 1.0;
    if inside { 1.0 } else { 3.0 }
}

impl Volume for Small {
    fn grid(&self) -> &Grid {
        &self.grid
    }

    fn path(&self) -> &Path {
        &self.path
    }

    fn read(&self, block: &Block, out: &mut [f32]) -> Result<(), IoError> {
        let mut at = 0;
        for i in block.inlines.indices() {
            for x in block.crosslines.indices() {
                for t in block.samples.indices() {
                    out[at] = (self.value)(i as f64, x as f64, t as f64);
                    at += 1;
                }
            }
        }
        Ok(())
    }
}

/// Facies, slice and vertices of a polygon.
type Drawn = (&'static str, SliceKey, Vec<(f64, f64)>);

/// The application with everything around it but the terminal.
pub struct Bench {
    pub app: App,
    pub work: Workspace,
    engine: SliceEngine,
    separator: Separator,
    answers: Receiver<Separability>,
    live: LiveForest,
    classified: Receiver<LiveAnswer>,
    suggester: Suggester,
    suggested: Receiver<Suggestions>,
    reader: TraceReader,
    traces: Receiver<Vec<Trace>>,
    delivered: Receiver<Delivery>,
    now: Instant,
    /// Slices that were wanted last.
    pub wanted: usize,
    /// Effects that reach outside, in the order they were asked for.
    pub asked: Vec<String>,
    folder: tempfile::TempDir,
}

impl Bench {
    pub fn new(depth: Depth, size: (u16, u16)) -> Bench {
        Bench::with(depth, size, Vec::new())
    }

    /// A bench whose session has these polygons.
    pub fn with(depth: Depth, size: (u16, u16), polygons: Vec<Drawn>) -> Bench {
        Bench::of(depth, size, polygons, &[])
    }

    /// The same with more volumes.
    pub fn of(
        depth: Depth,
        size: (u16, u16),
        polygons: Vec<Drawn>,
        more: &[(&str, VolumeRole)],
    ) -> Bench {
        let folder = tempfile::tempdir().unwrap();
        let mut session = Session::new("small");
        session.facies = vec![
            Facies::new("salt", 1),
            Facies::new("mtd", 2),
            Facies::new("background", 3),
        ];
        let mut classed = VolumeEntry::new("rfc3d", "rfc3d.sgy", VolumeRole::Classes);
        classed.classes = vec!["salt".into(), "mtd".into(), "background".into()];
        session.volumes = vec![
            VolumeEntry::new("amplitude", "amplitude.sgy", VolumeRole::Amplitude),
            VolumeEntry::new("coherence", "coherence.sgy", VolumeRole::Attribute),
            classed,
        ];
        for (name, role) in more {
            (session.volumes).push(VolumeEntry::new(*name, format!("{name}.sgy"), *role));
        }
        for (i, (facies, slice, vertices)) in polygons.into_iter().enumerate() {
            let polygon = Polygon {
                id: format!("p{i}"),
                facies: facies.to_owned(),
                slice,
                name: None,
                vertices,
                origin: crate::model::Origin::default(),
            };
            session.polygons.push(polygon.into());
        }
        let work = Workspace::create(&folder.path().join("small.ron"), session).unwrap();
        let (sender, delivered) = channel();
        let engine = SliceEngine::start(1, 1 << 24, move |d| {
            let _ = sender.send(d);
        });
        let engine = engine.unwrap();
        let (sender, answers) = channel();
        let separator = Separator::start(&engine, move |answer| {
            let _ = sender.send(answer);
        });
        let (sender, classified) = channel();
        let live = LiveForest::start(&engine, move |answer| {
            let _ = sender.send(answer);
        });
        let (sender, suggested) = channel();
        let suggester = Suggester::start(&engine, move |found| {
            let _ = sender.send(found);
        });
        let (sender, traces) = channel();
        let reader = TraceReader::start(&engine, move |read| {
            let _ = sender.send(read);
        });
        let mut bench = Bench {
            app: App::new("small.ron".to_owned(), depth, size),
            work,
            engine,
            separator: separator.unwrap(),
            answers,
            live: live.unwrap(),
            classified,
            suggester: suggester.unwrap(),
            suggested,
            reader: reader.unwrap(),
            traces,
            delivered,
            now: Instant::now(),
            wanted: 0,
            asked: Vec::new(),
            folder,
        };
        let effects = bench.app.begin(bench.work.session(), bench.now);
        bench.carry_out(effects);
        bench.rest();
        bench
    }

    /// Types keys, written as in the command table: `"i 8l Space Enter"`.
    pub fn keys(&mut self, text: &str) -> &mut Self {
        for place in places(text) {
            let Place::Key(key) = place else {
                panic!("{text}")
            };
            self.step(Action::Input(Input::Key(key)));
        }
        self
    }

    /// Types a line on the command line, blanks and all.
    pub fn type_line(&mut self, line: &str) -> &mut Self {
        self.keys(":");
        for c in line.chars() {
            self.step(Action::Input(Input::Key(Key::Char(c))));
        }
        self.keys("Enter")
    }

    /// Where its session lies.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn step(&mut self, action: Action) {
        let effects = self.app.step(action, self.work.session(), self.now);
        self.carry_out(effects);
    }

    /// Lets time pass until nothing is waited for any more.
    pub fn rest(&mut self) {
        self.now += Duration::from_secs(1);
        self.step(Action::Tick);
    }

    /// Lets a little time pass.
    pub fn wait(&mut self, ms: u64) {
        self.now += Duration::from_millis(ms);
        self.step(Action::Tick);
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Open(name) => {
                    let value = match name.as_str() {
                        "amplitude" => amplitude,
                        "coherence" | "dip" | "energy" => coherence,
                        name if name.contains("probability") => probability,
                        name if name.contains("confidence") => probability,
                        _ => classes,
                    };
                    let volume = Small {
                        grid: grid(),
                        path: PathBuf::from(&name),
                        value,
                    };
                    let result = Ok((self.engine.add(Arc::new(volume)), grid()));
                    self.step(Action::Opened { name, result });
                }
                Effect::Ask { wanted, .. } => {
                    self.wanted = wanted.len();
                    let known = self.engine.ask(&wanted, &[]);
                    let missing = wanted.len() - known.len();
                    for slice in known {
                        self.app.take_slice(slice);
                    }
                    for _ in 0..missing {
                        let delivery = self.delivered.recv().unwrap();
                        self.step(Action::Slice(delivery));
                    }
                }
                Effect::Edit(edit, after) => {
                    let result = self.work.apply(*edit).map_err(|e| e.to_string());
                    self.app.unsaved = !self.work.is_saved();
                    self.app.ways = self.work.history().ways();
                    self.step(Action::Edited { after, result });
                }
                Effect::Undo(n) => {
                    let edits = self.work.undo(n);
                    self.travelled(&edits.unwrap(), true);
                }
                Effect::Redo(n) => {
                    let edits = self.work.redo(n);
                    self.travelled(&edits.unwrap(), false);
                }
                Effect::ThroughTime { far, back: true } => {
                    let edits = self.work.earlier(far);
                    self.travelled(&edits.unwrap(), true);
                }
                Effect::ThroughTime { far, back: false } => {
                    let edits = self.work.later(far);
                    self.travelled(&edits.unwrap(), false);
                }
                Effect::Traces(wanted) => {
                    self.reader.ask(wanted);
                    let read = self.traces.recv().unwrap();
                    self.step(Action::Traces(read));
                }
                Effect::Separate(question) => {
                    self.separator.ask(question);
                    let answer = self.answers.recv().unwrap();
                    self.step(Action::Separated(Box::new(answer)));
                }
                Effect::Classify(Some(question)) => {
                    self.live.ask(question);
                    // The coarse answer, then the whole one.
                    loop {
                        let answer = self.classified.recv().unwrap();
                        let last = answer.as_ref().map_or(true, |a| a.slice.step == 1);
                        self.step(Action::Classified(answer));
                        if last {
                            break;
                        }
                    }
                }
                Effect::Suggest(question, doubt) => {
                    self.suggester.ask(question, doubt);
                    loop {
                        let found = self.suggested.recv().unwrap();
                        let last = found.looked.0 == found.looked.1;
                        self.step(Action::Suggested(found));
                        if last {
                            break;
                        }
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
                Effect::ReadGuide { guide, add } => {
                    let survey = Survey {
                        grid: grid(),
                        ..Survey::nowhere()
                    };
                    let path = self.folder().join(&guide.path);
                    let result = read_content(guide.kind, &path, &survey);
                    let result = result.map_err(|error| error.to_string());
                    let read = GuideRead { guide, add, result };
                    self.step(Action::Guide(Box::new(read)));
                }
                Effect::KeepView => self.work.save_view(&self.app.view_state()).unwrap(),
                other => self.asked.push(format!("{other:?}")),
            }
        }
    }

    fn travelled(&mut self, told: &[crate::session::Edit], back: bool) {
        self.app.unsaved = !self.work.is_saved();
        self.app.ways = self.work.history().ways();
        let result = Ok(told
            .last()
            .map(|edit| (edit.describe(), edit.polygon().map(str::to_owned))));
        self.step(Action::Travelled { result, back });
    }

    /// The state in one line: mode, slice, cursor, then the draft and the
    /// polygons, the active one with a star.
    pub fn state(&self) -> String {
        let app = &self.app;
        let (a, b) = app.view.cursor_value();
        let key = app.view.key().unwrap();
        let points = |vertices: &[(f64, f64)]| {
            let each = vertices
                .iter()
                .map(|v| format!("{},{}", number(v.0), number(v.1)));
            each.collect::<Vec<_>>().join(" ")
        };
        let mut parts = vec![format!(
            "{} {key} @{},{}",
            app.mode().word(),
            number(a),
            number(b)
        )];
        if let Some(draft) = &app.draft {
            parts.push(format!("draft {}", points(&draft.vertices)));
        }
        let names = self.work.session().display_names();
        let mut polygons = BTreeMap::new();
        for polygon in &self.work.session().polygons {
            let active = app.polygon.as_ref() == Some(&polygon.id);
            let star = if active { "*" } else { "" };
            let name = &names[polygon.id.as_str()];
            let text = format!("{star}{name} {}", points(&polygon.vertices));
            polygons.insert(name.clone(), text);
        }
        parts.extend(polygons.into_values());
        parts.join(" | ")
    }

    /// The session as its file would be.
    pub fn text(&self) -> String {
        write_text(self.work.session()).unwrap()
    }

    /// What the footer says, after its first word.
    pub fn said(&self) -> &str {
        self.app.message.as_ref().map_or("", |m| m.text.as_str())
    }

    /// The screen as lines of text.
    pub fn screen(&self) -> String {
        let buffer = self.buffer();
        let mut text = String::new();
        for y in 0..buffer.area.height {
            let row: String = (0..buffer.area.width)
                .map(|x| buffer[(x, y)].symbol())
                .collect();
            text.push_str(row.trim_end());
            text.push('\n');
        }
        text
    }

    pub fn buffer(&self) -> ratatui::buffer::Buffer {
        let (columns, rows) = self.app.size;
        let backend = ratatui::backend::TestBackend::new(columns, rows);
        let mut terminal = ratatui::Terminal::new(backend).unwrap();
        let session = self.work.session();
        terminal
            .draw(|frame| self.app.draw(frame, session))
            .unwrap();
        terminal.backend().buffer().clone()
    }
}

/// A salt polygon around the dome on inline 1010, and an mtd polygon beside it.
pub fn two_polygons() -> Vec<Drawn> {
    vec![
        (
            "salt",
            SliceKey::Inline(1010),
            vec![
                (370.0, 980.0),
                (390.0, 980.0),
                (400.0, 1140.0),
                (362.0, 1140.0),
            ],
        ),
        (
            "mtd",
            SliceKey::Inline(1010),
            vec![(310.0, 900.0), (340.0, 880.0), (345.0, 980.0)],
        ),
    ]
}
