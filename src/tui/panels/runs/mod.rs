//! The runs of the session: all of them in rows, the focused one below.

mod columns;
mod draw;

#[cfg(test)]
pub(super) mod tests;

use super::walk::Walk;
use super::watcher::{Snapshot, Watched};
use super::{Key, PanelEffect, PanelKey, also, hint};
use crate::model::printable;
use crate::runs::State;

const KEYS: &[PanelKey] = &[
    hint("j k", "move"),
    hint("Enter", "result or log"),
    hint("x", "cancel"),
    hint("r", "resume, run again"),
    hint("y", "copy command"),
    hint("L", "log"),
    also("R", "run again with other settings"),
    also("p", "pause, go on"),
    also("f", "start first, before others"),
    also("e", "where it lies"),
    hint("q", "back; runs go on"),
];

/// The panel of the runs.
pub struct RunsPanel {
    snapshot: Snapshot,
    /// Number of the focused run: it stays when others come.
    number: Option<u32>,
    g: bool,
    /// The run that may be cancelled, once that is confirmed.
    asking: Option<u32>,
}

impl RunsPanel {
    /// The panel of what the watcher saw last; the newest run has the focus.
    pub fn new(snapshot: &Snapshot) -> Self {
        Self {
            snapshot: snapshot.clone(),
            number: None,
            g: false,
            asking: None,
        }
    }

    /// Takes up what the watcher saw.
    pub fn watch(&mut self, snapshot: &Snapshot) {
        self.snapshot = snapshot.clone();
    }

    fn place(&self) -> usize {
        let mut runs = self.snapshot.runs.iter();
        runs.position(|w| Some(w.run.number) == self.number)
            .unwrap_or(0)
    }

    fn focused(&self) -> Option<&Watched> {
        self.snapshot.runs.get(self.place())
    }

    /// Takes a key.
    pub fn press(&mut self, key: Key) -> PanelEffect {
        if let Some(number) = self.asking.take() {
            return match key {
                Key::Char('y') => PanelEffect::Cancel(number),
                _ => PanelEffect::Say(format!("run {number} goes on")),
            };
        }
        let mut walk = Walk {
            at: self.place(),
            g: self.g,
        };
        if walk.press(key, self.snapshot.runs.len()) {
            self.g = walk.g;
            self.number = self.snapshot.runs.get(walk.at).map(|w| w.run.number);
            return PanelEffect::Taken;
        }
        self.g = false;
        if matches!(key, Key::Char('q') | Key::Esc | Key::Ctrl('g')) {
            return PanelEffect::Close;
        }
        let Some(watched) = self.focused() else {
            return PanelEffect::NotMine;
        };
        let run = &watched.run;
        let number = run.number;
        let state = run.progress.state;
        match key {
            Key::Enter if state == State::Done => PanelEffect::OpenResult(number),
            Key::Enter | Key::Char('L') => PanelEffect::OpenLog(number),
            Key::Char('x') if state.is_over() => {
                PanelEffect::Say(format!("run {number} is {} already", state.word()))
            }
            Key::Char('x') => {
                self.asking = Some(number);
                PanelEffect::Taken
            }
            Key::Char('p' | 'r') if state == State::Paused => PanelEffect::Resume(number),
            Key::Char('p') if run.progress.cluster.is_some() => {
                PanelEffect::Say(format!("run {number} is with the cluster; x cancels it"))
            }
            Key::Char('p') if state.is_over() => {
                PanelEffect::Say(format!("run {number} is {}", state.word()))
            }
            Key::Char('p') => PanelEffect::Pause(number),
            Key::Char('f') if state == State::Queued => PanelEffect::First(number),
            Key::Char('f') => PanelEffect::Say(format!("run {number} is {}", state.word())),
            Key::Char('r') if !state.is_over() => {
                PanelEffect::Say(format!("run {number} is {}; x cancels it", state.word()))
            }
            Key::Char('r') if state != State::Done => PanelEffect::Resume(number),
            Key::Char('r' | 'R') => PanelEffect::Again(Box::new(run.request.clone())),
            Key::Char('y') => PanelEffect::Copy(run.request.command_line()),
            Key::Char('e') => {
                PanelEffect::Say(printable(&run.directory.path().display().to_string()))
            }
            _ => PanelEffect::NotMine,
        }
    }

    /// The word for it in the footer.
    pub fn mode(&self) -> &'static str {
        "RUNS"
    }

    /// Its keys.
    pub fn keys(&self) -> &'static [PanelKey] {
        KEYS
    }
}
