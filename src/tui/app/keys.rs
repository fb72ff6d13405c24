//! From keys to commands: pending sequences, counts, panels that are typed in.

use std::time::{Duration, Instant};

use crate::session::Session;
use crate::tui::Key;
use crate::tui::action::{Effect, Message, Tone};
use crate::tui::commands::{Command, Group};
use crate::tui::keymap::{Found, Pending};
use crate::tui::layers::{Layer, Outcome, Prompt, answer, offers};
use crate::tui::step::Step;

use super::App;

/// A prefix that waits for its next key shows its menu after this time.
const MENU_AFTER: Duration = Duration::from_millis(300);

/// What keys do while a panel stands beside the picture.
const LOOKING: [Group; 4] = [Group::Cursor, Group::Slices, Group::Picture, Group::Always];

impl App {
    pub(super) fn key(&mut self, key: Key, session: &Session, now: Instant) -> Vec<Effect> {
        if std::mem::take(&mut self.still) {
            return vec![Effect::EndStill];
        }
        self.begin_input();
        if self.pending.is_empty()
            && let Some(layer) = self.layers.last_mut()
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
            Found::Command(command, argument) => {
                let count = self.pending.count;
                self.drop_pending();
                if self.is_docked() && !LOOKING.contains(&command.group) {
                    let text = "Esc closes what stands beside the picture first";
                    self.message = Some(Message::new(Tone::NotNow, text));
                    return Vec::new();
                }
                self.run(command, count, &argument, session, now)
            }
            Found::Prefix => {
                // The picture itself is the menu of places on it.
                let shown = self.menu || self.hopping().is_some();
                self.menu_at = Some(now + MENU_AFTER).filter(|_| !shown);
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

    /// What was said and shown until the next key is over.
    pub(super) fn begin_input(&mut self) {
        self.message = None;
        self.crossing = None;
        self.picking.nearly = None;
        self.certain = std::mem::take(&mut self.warned);
    }

    pub(super) fn drop_pending(&mut self) {
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
        #[cfg(test)]
        self.ran.push(command.name);
        let mut step = Step {
            count,
            argument,
            ..self.at(session, now)
        };
        match command.refusal(step.app, session) {
            Ok(()) => (command.run)(&mut step),
            Err(reason) => step.refuse(reason),
        }
        step.effects
    }

    /// Carries out what a layer made of a key.
    pub(super) fn outcome(
        &mut self,
        outcome: Outcome,
        session: &Session,
        now: Instant,
    ) -> Vec<Effect> {
        match outcome {
            Outcome::Taken => Vec::new(),
            Outcome::Close => {
                self.layers.pop();
                Vec::new()
            }
            Outcome::Answer(ask, text) => {
                self.layers.pop();
                let mut step = self.at(session, now);
                answer(&mut step, ask, &text);
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
            Outcome::Wanted => {
                let line = self.prompt().map_or(String::new(), |p| p.text().to_owned());
                let found = offers(&line, self, session);
                if let Some(prompt) = self.prompt() {
                    prompt.complete(|| found);
                }
                Vec::new()
            }
            Outcome::Recall(by) => {
                let lines = std::mem::take(&mut self.lines);
                if let Some(prompt) = self.prompt() {
                    prompt.recall(by, &lines);
                }
                self.lines = lines;
                Vec::new()
            }
            Outcome::Global(key) => global(key),
            Outcome::Panel(effect) => self.at(session, now).panel(effect),
        }
    }

    fn prompt(&mut self) -> Option<&mut Prompt> {
        match self.layers.last_mut() {
            Some(Layer::Prompt(prompt)) => Some(prompt),
            _ => None,
        }
    }

    /// Keeps a line for the next time, the newest last and each once.
    pub fn remember(&mut self, line: &str) {
        if !line.is_empty() {
            self.lines.retain(|kept| kept != line);
            self.lines.push(line.to_owned());
        }
    }

    pub(super) fn paste(&mut self, text: &str) -> Vec<Effect> {
        let taken = self.layers.last_mut().is_some_and(|l| l.paste(text));
        if !taken {
            self.message = Some(Message::plain(
                "pasted text goes to prompts only; : opens the command line",
            ));
        }
        Vec::new()
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
