//! A workbench in a pseudo-terminal at the end of a line, and the times of its answers.
//!
//! The line is a model: what the program writes is read at once, and the time at
//! which it would arrive is computed from the line's delay and rate. Keys, and the
//! terminal's answers to questions, really come late.
#![allow(dead_code)] // not every bench asks for everything

use std::io::{Read, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, NativePtySystem, PtySize, PtySystem};

/// The line to a terminal.
#[derive(Clone, Copy)]
pub struct Line {
    /// The way there, and the way back.
    pub way: Duration,
    /// Bytes a second.
    pub rate: f64,
    /// Whether the terminal says where its cursor is when it is asked.
    pub answers: bool,
}

impl Line {
    /// No line at all: the terminal stands beside the program.
    pub fn near() -> Line {
        Line {
            way: Duration::ZERO,
            rate: f64::INFINITY,
            answers: true,
        }
    }

    /// 100 ms there and back, 1 Mbit/s.
    pub fn far() -> Line {
        Line {
            way: Duration::from_millis(50),
            rate: 125e3,
            answers: true,
        }
    }
}

/// What keys were answered with: milliseconds from the press to the arrival of the
/// first and of the last byte, and how many there were.
pub struct Answer {
    pub first: f64,
    pub last: f64,
    pub bytes: usize,
}

/// A duration in milliseconds.
pub fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Median, 95th percentile and worst of some times, in milliseconds.
///
/// A key that changes nothing on screen has no answer, and does not count.
pub fn times(name: &str, mut all: Vec<f64>) {
    all.retain(|time| time.is_finite());
    if all.is_empty() {
        return println!("{name:<48} no answer");
    }
    all.sort_by(f64::total_cmp);
    let at = |share: f64| all[((all.len() - 1) as f64 * share).round() as usize];
    println!(
        "{name:<48} {:8.2} ms   95 % {:8.2}   worst {:8.2}",
        at(0.5),
        at(0.95),
        at(1.0)
    );
}

/// What the terminal is asked.
const QUESTION: &[u8] = b"\x1b[6n";
/// For so long nothing comes when an answer is over: the finer picture at rest
/// comes 150 ms after the last key.
const QUIET: Duration = Duration::from_millis(400);

/// A workbench and its terminal.
pub struct Terminal {
    typed: Sender<(Instant, Vec<u8>)>,
    /// When bytes arrive, and how many.
    arrived: Receiver<(Instant, usize)>,
    child: Box<dyn portable_pty::Child + Send + Sync>,
    _master: Box<dyn portable_pty::MasterPty + Send>,
    line: Line,
}

impl Terminal {
    /// Opens a session; `variables` are set for it.
    pub fn open(
        session: &Path,
        (columns, rows): (u16, u16),
        variables: &[(&str, &str)],
        line: Line,
    ) -> Terminal {
        let size = PtySize {
            rows,
            cols: columns,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = NativePtySystem::default().openpty(size).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_outcrop"));
        command.arg(session);
        for inherited in ["COLORTERM", "NO_COLOR", "TMUX", "STY"] {
            command.env_remove(inherited);
        }
        command.env("TERM", "xterm-256color");
        command.env("XDG_STATE_HOME", session.parent().unwrap().join("state"));
        for (name, value) in variables {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        let reader = pair.master.try_clone_reader().unwrap();
        let mut writer = pair.master.take_writer().unwrap();
        let (typed, keys) = channel::<(Instant, Vec<u8>)>();
        std::thread::spawn(move || {
            for (at, bytes) in keys {
                std::thread::sleep(at.saturating_duration_since(Instant::now()));
                let _ = writer.write_all(&bytes).and_then(|()| writer.flush());
            }
        });
        let (sender, arrived) = channel();
        let answers = typed.clone();
        std::thread::spawn(move || carry(reader, line, &sender, &answers));
        Terminal {
            typed,
            arrived,
            child,
            _master: pair.master,
            line,
        }
    }

    /// When the first byte arrives; returns when the first pictures are there.
    pub fn first(&mut self) -> Instant {
        let (at, _) = self.arrived.recv().unwrap();
        self.settle(Duration::from_secs(2));
        at
    }

    /// Types without waiting for an answer.
    pub fn strike(&mut self, keys: &str) {
        let at = Instant::now() + self.line.way;
        self.typed.send((at, keys.as_bytes().to_vec())).unwrap();
    }

    /// Types keys at once and waits for all of the answer.
    pub fn press(&mut self, keys: &str) -> Answer {
        while self.arrived.try_recv().is_ok() {}
        let start = Instant::now();
        self.strike(keys);
        self.answer(start)
    }

    /// Types a key so many times, thirty a second, as one that is held; times count
    /// from the last of them.
    pub fn hold(&mut self, key: &str, count: u32) -> Answer {
        while self.arrived.try_recv().is_ok() {}
        for _ in 0..count {
            self.strike(key);
            std::thread::sleep(Duration::from_millis(33));
        }
        self.answer(Instant::now())
    }

    fn answer(&mut self, start: Instant) -> Answer {
        let since = |at: Instant| ms(at.saturating_duration_since(start));
        let mut answer = Answer {
            first: f64::NAN,
            last: f64::NAN,
            bytes: 0,
        };
        for (at, bytes) in self.settle(QUIET + 4 * self.line.way) {
            if answer.bytes == 0 {
                answer.first = since(at);
            }
            answer.last = since(at);
            answer.bytes += bytes;
        }
        answer
    }

    /// All that arrives until nothing does for a while.
    fn settle(&mut self, quiet: Duration) -> Vec<(Instant, usize)> {
        let mut all = Vec::new();
        let mut until = Instant::now() + quiet;
        loop {
            match self
                .arrived
                .recv_timeout(until.saturating_duration_since(Instant::now()))
            {
                Ok((at, bytes)) => {
                    until = at.max(Instant::now()) + quiet;
                    all.push((at, bytes));
                }
                Err(RecvTimeoutError::Timeout) if Instant::now() < until => {}
                Err(_) => return all,
            }
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads what the program writes, notes when it arrives, answers for the terminal.
fn carry(
    mut reader: Box<dyn Read + Send>,
    line: Line,
    sender: &Sender<(Instant, usize)>,
    answers: &Sender<(Instant, Vec<u8>)>,
) {
    let mut buffer = vec![0; 1 << 16];
    let mut free = Instant::now();
    while let Ok(n @ 1..) = reader.read(&mut buffer) {
        let begins = free.max(Instant::now() + line.way);
        free = begins + Duration::from_secs_f64(n as f64 / line.rate);
        let _ = sender.send((free, n));
        let asked = buffer[..n].windows(QUESTION.len()).any(|w| w == QUESTION);
        if asked && line.answers {
            let _ = answers.send((free + line.way, b"\x1b[12;34R".to_vec()));
        }
    }
}
