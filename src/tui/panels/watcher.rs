//! The watcher of the runs: reads their directories on a thread of its own, no
//! more often than something can change, and tells what did.

use std::collections::BTreeMap;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::runs::{self, Run, State};

/// While a run is running: 4 times a second, as often as workers write.
const RUNNING: Duration = Duration::from_millis(250);
/// While a run is not over: once a second.
const WAITING: Duration = Duration::from_secs(1);
/// The folder is listed anew every so many looks; in between only what moves is
/// read.
const LOOKS: u32 = 4;
/// So many looks follow one that was asked for, even where all runs are over: a
/// worker that was just started takes a moment to say so.
const GRACE: u32 = 20;
/// Bytes of a log that are shown, from its end.
const TAIL: u64 = 64 * 1024;
/// Rates that a run's history keeps.
const RATES: usize = 24;
/// Shortest time between two of them.
const RATE_MS: u64 = 1000;

/// The runs of a session as they were seen at one moment.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Folder of the runs.
    pub root: PathBuf,
    /// The runs, newest first.
    pub runs: Vec<Watched>,
    /// When they were seen, in ms since 1970.
    pub seen: u64,
}

/// A run, and what its directory says besides.
#[derive(Clone, Debug, PartialEq)]
pub struct Watched {
    /// The run.
    pub run: Run,
    /// The end of its log, line by line.
    pub log: Vec<String>,
    /// Work a second in the stage under way, about once a second, newest last.
    pub rates: Vec<f64>,
}

impl Snapshot {
    /// The run of a number.
    pub fn run(&self, number: u32) -> Option<&Watched> {
        self.runs.iter().find(|w| w.run.number == number)
    }
}

/// What the watcher is told.
enum Word {
    Look,
    Stop,
}

/// A thread that watches the runs below a folder. Dropped, it ends.
pub struct RunsWatcher {
    words: Sender<Word>,
}

impl RunsWatcher {
    /// Watches the runs below `root`. `tell` is called on the watcher's thread
    /// with each snapshot that differs from the one before, the first included.
    ///
    /// It reads at most 4 times a second while a run is running, once a second
    /// while one is waiting, and not at all (no wake-up) while all are over:
    /// call [`RunsWatcher::look`] after a launch, a resume or a cancel, and when
    /// the panel of the runs opens; it looks for a few seconds then.
    pub fn start(
        root: PathBuf,
        tell: impl FnMut(Snapshot) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (words, heard) = channel();
        std::thread::Builder::new()
            .name("runs".into())
            .spawn(move || watch(Eye::new(root), &heard, tell))?;
        Ok(Self { words })
    }

    /// Looks now.
    pub fn look(&self) {
        // A watcher that ended has nothing to look at any more.
        let _ = self.words.send(Word::Look);
    }
}

impl Drop for RunsWatcher {
    fn drop(&mut self) {
        let _ = self.words.send(Word::Stop);
    }
}

fn watch(mut eye: Eye, words: &Receiver<Word>, mut tell: impl FnMut(Snapshot)) {
    let (mut looks, mut grace) = (0_u32, 0_u32);
    let mut first = true;
    loop {
        let changed = eye.look(looks % LOOKS == 0);
        if changed || std::mem::take(&mut first) {
            tell(eye.snapshot());
        }
        looks += 1;
        let soon = (grace > 0).then_some(RUNNING);
        grace = grace.saturating_sub(1);
        let word = match soon.or(eye.patience()) {
            Some(time) => words.recv_timeout(time),
            None => words.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match word {
            Ok(Word::Look) => (looks, grace) = (0, GRACE),
            Err(RecvTimeoutError::Timeout) => {}
            Ok(Word::Stop) | Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// What the watcher has read so far.
struct Eye {
    root: PathBuf,
    runs: Vec<Watched>,
    /// Length of each log when it was last read.
    lengths: BTreeMap<u32, u64>,
    /// Stage, work and moment of each run's last rate.
    marks: BTreeMap<u32, (usize, u64, u64)>,
}

impl Eye {
    fn new(root: PathBuf) -> Self {
        Self {
            root,
            runs: Vec::new(),
            lengths: BTreeMap::new(),
            marks: BTreeMap::new(),
        }
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot {
            root: self.root.clone(),
            runs: self.runs.clone(),
            seen: now_ms(),
        }
    }

    /// How long nothing needs to be read; nothing where that is for ever.
    fn patience(&self) -> Option<Duration> {
        let states = || self.runs.iter().map(|w| w.run.progress.state);
        if states().any(|s| s == State::Running) {
            Some(RUNNING)
        } else if states().any(|s| !s.is_over()) {
            Some(WAITING)
        } else {
            None
        }
    }

    /// Reads what may have changed; true where something has.
    fn look(&mut self, all: bool) -> bool {
        let before = std::mem::take(&mut self.runs);
        let mut old: BTreeMap<u32, Watched> =
            before.iter().cloned().map(|w| (w.run.number, w)).collect();
        let runs: Vec<Run> = if all {
            runs::list(&self.root)
        } else {
            before.iter().map(|w| again(&w.run)).collect()
        };
        self.runs = runs
            .into_iter()
            .map(|run| {
                let known = old.remove(&run.number);
                let (log, rates) = known.map_or_else(Default::default, |w| (w.log, w.rates));
                Watched {
                    log: self.log(&run).unwrap_or(log),
                    rates: self.rates(&run, rates),
                    run,
                }
            })
            .collect();
        self.runs != before
    }

    /// The end of a log, where it has grown.
    fn log(&mut self, run: &Run) -> Option<Vec<String>> {
        let path = run.directory.log();
        let length = std::fs::metadata(&path).map_or(0, |m| m.len());
        if self.lengths.insert(run.number, length) == Some(length) {
            return None;
        }
        Some(tail(&path, length))
    }

    /// The history of rates, a second longer where a second has gone.
    fn rates(&mut self, run: &Run, mut rates: Vec<f64>) -> Vec<f64> {
        let progress = &run.progress;
        let Some(stage) = progress
            .current()
            .filter(|_| progress.state == State::Running)
        else {
            self.marks.remove(&run.number);
            return Vec::new();
        };
        let now = (progress.stage, stage.done, progress.heartbeat);
        match self.marks.get(&run.number) {
            Some(&(at, done, then)) if at == progress.stage => {
                let ms = progress.heartbeat.saturating_sub(then);
                if ms < RATE_MS {
                    return rates;
                }
                rates.push(stage.done.saturating_sub(done) as f64 * 1000.0 / ms as f64);
                rates.drain(..rates.len().saturating_sub(RATES));
            }
            _ => rates.clear(),
        }
        self.marks.insert(run.number, now);
        rates
    }
}

/// A run with its progress read again, unless it is over for good.
fn again(run: &Run) -> Run {
    let mut run = run.clone();
    // An interrupted worker on another machine may only have been silent.
    if (!run.progress.state.is_over() || run.progress.state == State::Interrupted)
        && let Ok(progress) = run.directory.progress()
    {
        run.progress = progress;
    }
    run
}

/// The last lines of a log. A log that cannot be read is an empty one: the
/// run's state says what there is to say.
fn tail(path: &Path, length: u64) -> Vec<String> {
    let mut bytes = Vec::new();
    let from = length.saturating_sub(TAIL);
    let read = std::fs::File::open(path).and_then(|mut file| {
        file.seek(SeekFrom::Start(from))?;
        file.take(TAIL).read_to_end(&mut bytes)
    });
    if read.is_err() {
        return Vec::new();
    }
    let text = String::from_utf8_lossy(&bytes);
    let mut lines = text.lines().map(crate::model::printable);
    if from > 0 {
        lines.next(); // the rest of a line that began before
    }
    lines.collect()
}

fn now_ms() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| d.as_millis() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runs::{RunProgress, StageProgress};

    /// A run directory as a worker would leave it.
    fn write(root: &Path, number: u32, progress: &RunProgress, log: &str) {
        let folder = root.join(format!("{number}-rfc3d"));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(
            folder.join("request.ron"),
            r#"(module: "rfc3d", version: "0.1.0")"#,
        )
        .unwrap();
        let text = ron::to_string(progress).unwrap();
        std::fs::write(folder.join("progress.ron"), text).unwrap();
        std::fs::write(folder.join("log.txt"), log).unwrap();
    }

    fn running(done: u64, heartbeat: u64) -> RunProgress {
        let mut progress = RunProgress::new(State::Running);
        progress.stages = vec![StageProgress {
            name: "predict".into(),
            noun: "slabs".into(),
            done,
            total: 100,
            ..StageProgress::default()
        }];
        progress.heartbeat = heartbeat;
        progress
    }

    #[test]
    fn nothing_is_read_while_all_runs_are_over() {
        let folder = tempfile::tempdir().unwrap();
        let mut eye = Eye::new(folder.path().to_owned());
        assert!(!eye.look(true));
        assert_eq!(eye.patience(), None);
        write(folder.path(), 1, &RunProgress::new(State::Done), "");
        assert!(eye.look(true));
        assert_eq!(eye.patience(), None);
        write(folder.path(), 2, &RunProgress::new(State::Waiting), "");
        assert!(
            !eye.look(false),
            "a new run is seen when the folder is listed"
        );
        assert!(eye.look(true));
        assert_eq!(eye.patience(), Some(WAITING));
        write(folder.path(), 2, &running(0, 1), "");
        assert!(eye.look(false));
        assert_eq!(eye.patience(), Some(RUNNING));
        assert!(!eye.look(false), "nothing has changed since");
    }

    #[test]
    fn rates_come_from_the_work_between_two_looks() {
        let folder = tempfile::tempdir().unwrap();
        let mut eye = Eye::new(folder.path().to_owned());
        for (done, heartbeat) in [(0, 10_000), (4, 10_250), (10, 11_000), (30, 13_000)] {
            write(folder.path(), 1, &running(done, heartbeat), "");
            eye.look(true);
        }
        assert_eq!(eye.runs[0].rates, [10.0, 10.0]);
    }

    #[test]
    fn a_log_is_read_from_its_end_and_shown_without_control_characters() {
        let folder = tempfile::tempdir().unwrap();
        let mut eye = Eye::new(folder.path().to_owned());
        let long = format!("{}\nlast \u{1b}[31mline\n", "x".repeat(TAIL as usize));
        write(folder.path(), 1, &running(0, 1), &long);
        eye.look(true);
        assert_eq!(eye.runs[0].log, ["last [31mline"]);
    }

    #[test]
    fn the_watcher_tells_first_and_on_request_what_changed_and_ends_when_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let (tell, told) = channel();
        let watcher = RunsWatcher::start(folder.path().to_owned(), move |s| {
            let _ = tell.send(s);
        })
        .unwrap();
        let limit = Duration::from_secs(20);
        assert!(told.recv_timeout(limit).unwrap().runs.is_empty());
        write(folder.path(), 1, &RunProgress::new(State::Done), "one\n");
        watcher.look();
        let snapshot = told.recv_timeout(limit).unwrap();
        assert_eq!(snapshot.run(1).unwrap().log, ["one"]);
        drop(watcher);
        // The thread ends, and with it its end of the channel.
        assert!(told.recv_timeout(limit).is_err());
        assert!(matches!(
            told.try_recv(),
            Err(std::sync::mpsc::TryRecvError::Disconnected)
        ));
    }
}
