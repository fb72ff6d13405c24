//! Panels over the picture: a stack, of which the top one gets the keys.

mod completion;
mod help;
mod list;
mod palette;
mod prompt;
mod strip;

use crate::model::SliceKey;
use crate::session::{Edit, Session};

pub use completion::offers;
pub use help::{Help, HelpLine, WORDS_AT, key_table, words_at};
pub use list::{PolygonList, Row, picking_grid, rows as list_rows};
pub use palette::Palette;
pub(super) use prompt::edit;
pub use prompt::{Ask, Prompt};
pub use strip::Strip;

use super::action::{After, Effect, Message};
use super::commands::{self, Command};
use super::panels::{Panel, PanelEffect};
use super::step::Step;
use super::{Key, Mode};

/// One panel.
pub enum Layer {
    /// A line to type in, in the footer's row.
    Prompt(Prompt),
    /// The command palette.
    Palette(Palette),
    /// The keys of each mode.
    Help(Help),
    /// The spread of values, with its clips.
    Histogram(Strip),
    /// Polygons, and slices of the picking grid that lack them.
    Polygons(PolygonList),
    /// Runs, launch forms, results, tables: panels with keys of their own.
    Panel(Box<Panel>),
}

/// What a panel made of a key that it took.
pub enum Outcome {
    /// Nothing more.
    Taken,
    /// The panel closes.
    Close,
    /// The panel closes with an answer.
    Answer(Ask, String),
    /// The panel closes and a command runs.
    Run(&'static Command, String),
    /// The panel closes and the command line opens with this text.
    Complete(String),
    /// The command line is to be completed.
    Wanted,
    /// The command line wants an older line, or a newer one.
    Recall(isize),
    /// A key that means the same everywhere.
    Global(Key),
    /// What a panel with keys of its own asks for.
    Panel(PanelEffect),
}

impl Layer {
    /// The command line with a text.
    pub fn command_line(text: &str) -> Layer {
        Layer::Prompt(Prompt::new(Ask::Command, ":", text))
    }

    /// The mode that keys are read in while it is on top.
    pub fn mode(&self) -> Mode {
        match self {
            Layer::Prompt(_) | Layer::Palette(_) => Mode::Command,
            Layer::Help(_) => Mode::Help,
            Layer::Histogram(_) => Mode::Clip,
            Layer::Polygons(_) => Mode::Polygons,
            Layer::Panel(_) => Mode::Panel,
        }
    }

    /// Offers a key to a panel that is typed in; nothing where the key belongs
    /// to the command table.
    pub fn typed(&mut self, key: Key) -> Option<Outcome> {
        match self {
            Layer::Prompt(prompt) => Some(prompt.key(key)),
            Layer::Palette(palette) => Some(palette.key(key)),
            // What a panel beside the picture does not take goes to the picture.
            Layer::Panel(panel) => match panel.press(key) {
                PanelEffect::NotMine if panel.is_docked() => None,
                effect => Some(Outcome::Panel(effect)),
            },
            Layer::Help(_) | Layer::Polygons(_) | Layer::Histogram(_) => None,
        }
    }

    /// Takes pasted text, if text can be typed here.
    pub fn paste(&mut self, text: &str) -> bool {
        match self {
            Layer::Prompt(prompt) => prompt.insert(text),
            Layer::Palette(palette) => palette.insert(text),
            Layer::Panel(panel) => return panel.paste(text),
            Layer::Help(_) | Layer::Polygons(_) | Layer::Histogram(_) => return false,
        }
        true
    }
}

/// Does what an answered prompt was for.
pub fn answer(step: &mut Step, ask: Ask, text: &str) {
    let text = text.trim();
    match ask {
        Ask::Command => {
            step.app.remember(text);
            command_line(step, text);
        }
        Ask::Slice => step.go_to_number(text),
        Ask::RenamePolygon(id) => {
            let name = (!text.is_empty()).then(|| text.to_owned());
            step.edit(Edit::RenamePolygon { id, name }, After::Stay);
        }
        Ask::NewFacies => step.new_facies(text),
        Ask::FirstFacies if text.is_empty() => step.say("a polygon is of a facies; i asks again"),
        Ask::FirstFacies => {
            step.new_facies(text);
            step.take_up_draft();
        }
        Ask::Search => step.search(text),
        Ask::Quit => match text {
            "y" => step.effects.push(Effect::Save {
                to: None,
                force: false,
                leave: true,
            }),
            "n" => step.effects.push(Effect::Quit),
            _ => step.say("nothing was saved, nothing is lost; :w saves, :q! leaves"),
        },
    }
}

fn command_line(step: &mut Step, line: &str) {
    if line.is_empty() {
        return;
    }
    if line.parse::<f64>().is_ok() {
        return step.go_to_number(line);
    }
    match commands::find(line) {
        None => {
            let text = format!("`{line}` is not a command; Ctrl-p finds one by its words");
            step.app.message = Some(Message::error(text));
        }
        Some((command, rest)) if rest.is_empty() && command.needs_argument() => {
            step.fail(format!("{} takes {}", command.name, command.takes));
        }
        Some((command, rest)) => {
            let effects = step.app.run(command, None, rest, step.session, step.now);
            step.effects.extend(effects);
        }
    }
}

/// Slices of a list of polygons: where they are, and where they lack.
pub fn slices_of(session: &Session) -> Vec<SliceKey> {
    let mut keys: Vec<SliceKey> = session.polygons.iter().map(|p| p.slice).collect();
    keys.sort();
    keys.dedup();
    keys
}
