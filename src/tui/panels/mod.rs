//! Panels: whole screens over the slice that show data handed to them.
//!
//! A panel is a value. [`Panel::press`] changes it by a key and says as a
//! [`PanelEffect`] what the program should do; [`Panel::draw`] writes it into a
//! buffer, title row and footer included. Neither touches a file, a clock or a
//! process: run directories are read by a [`RunsWatcher`] on a thread of its own,
//! and everything else is given when a panel is made.
//!
//! Each panel has one table of keys ([`Panel::keys`]); the footer's hints and
//! the help are made from it.

mod choice;
mod doctor;
mod dots;
mod forest;
mod gauge;
mod latent;
mod launch;
mod log;
mod map;
mod number;
mod page;
mod result;
mod runs;
mod selection;
mod separability;
mod spots;
mod table;
mod walk;
mod watcher;

#[cfg(test)]
mod look;

use std::path::PathBuf;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::io::{OpenOptions, TrainingFormat};
use crate::model::Direction;
use crate::modules::{AskedWells, Input, Request};
use crate::preview::Spot;

pub use super::draw::theme::Theme;
pub use choice::{Choice, ModuleChoice};
pub use doctor::{DoctorPanel, Examined};
pub use forest::ForestPanel;
pub use gauge::run_gauge;
pub use latent::{LatentPanel, OnMap};
pub use launch::{Bill, Candidate, Face, LaunchFacts, LaunchForm, Picked, Wish, preview_name};
pub use log::LogPanel;
pub use map::{Ground, MapPanel};
pub(super) use page::wrap;
pub use result::{ResultFacts, of_result};
pub use runs::RunsPanel;
pub use selection::{
    Cluster, ClusterFacts, FaciesClusters, SelectionFacts, SelectionPanel, SizeClusters, SizeFacts,
};
pub use separability::{List, SeparabilityPanel, Wanted, as_table};
pub use spots::SpotsPanel;
pub use table::{TableFacts, TablePanel};
pub use watcher::{RunsWatcher, Snapshot};

use super::Key;
use super::layers::edit;

/// A panel.
pub enum Panel {
    /// Which module to launch.
    Choice(ModuleChoice),
    /// The form of one module.
    Launch(Box<LaunchForm>),
    /// The runs of the session.
    Runs(RunsPanel),
    /// The log of one run.
    Log(LogPanel),
    /// What `attribute_selection` found.
    Selection(Box<SelectionPanel>),
    /// What `rfc3d` found.
    Forest(Box<ForestPanel>),
    /// What `gtm3d` found.
    Latent(Box<LatentPanel>),
    /// Any tables.
    Table(Box<TablePanel>),
    /// What a file is, and how its headers are read.
    Doctor(Box<DoctorPanel>),
    /// The survey from above.
    Map(Box<MapPanel>),
    /// Where to draw next.
    Spots(SpotsPanel),
}

/// What a key in a panel asks of the program.
#[derive(Clone, Debug, PartialEq)]
pub enum PanelEffect {
    /// Nothing but a redraw.
    Taken,
    /// The key is not the panel's: it may mean something everywhere.
    NotMine,
    /// The panel closes.
    Close,
    /// A line for the footer, until the next key.
    Say(String),
    /// The log of a run opens on top.
    OpenLog(u32),
    /// The result of a run opens on top.
    OpenResult(u32),
    /// A panel of tables opens on top.
    OpenTables(Box<TableFacts>),
    /// The form of a module opens in place of the panel.
    OpenForm(&'static str),
    /// The training file of the form is looked at, in this layout.
    LookInto(PathBuf, TrainingFormat),
    /// The wells of the form are looked at, in the survey of these volumes.
    LookIntoWells(Box<AskedWells>, Vec<Input>),
    /// A run starts, and the panel closes.
    Launch(Box<Request>),
    /// A run is asked to stop.
    Cancel(u32),
    /// A run that is not whole goes on from its finished units.
    Resume(u32),
    /// A run rests: its memory is kept, its cores are for others.
    Pause(u32),
    /// A run starts before the others that wait.
    First(u32),
    /// The form of a run's module opens with the settings of its request.
    Again(Box<Request>),
    /// A text goes to the clipboard.
    Copy(String),
    /// The next run reads these attributes.
    UseAttributes(Vec<String>),
    /// The classes of this run are shown over the amplitude.
    ShowClasses(u32),
    /// Where the classes of this run differ from those it was compared with is shown
    /// over the amplitude.
    ShowDifference(u32),
    /// A volume of this run is shown.
    ShowVolume {
        /// The run.
        run: u32,
        /// The name it was made under.
        name: String,
    },
    /// The voxels of a node of this run's latent map light up on the slice.
    LightNode {
        /// The run.
        run: u32,
        /// The node, from 0.
        node: usize,
    },
    /// The latent map stands beside the slice.
    PutBeside,
    /// The file of a volume is examined as if its headers were read so.
    Examine(String, OpenOptions),
    /// A volume is opened so from now on.
    OpenAs(String, OpenOptions),
    /// The pictures go to an inline and a crossline, by index, and show the slice
    /// of a direction there.
    GoTo([usize; 2], Direction),
    /// The picture shows the inline of a voxel with the cursor on it, given as inline
    /// and crossline number and time.
    LookAt([f64; 3]),
    /// The picture goes to a spot, with its box drawn.
    DrawAt(Box<Spot>),
    /// All trace headers of a volume's file are read by a run.
    ScanHeaders(String),
    /// What the module would make is shown on the slice.
    Preview(Box<Wish>),
}

/// A key of a panel: what is typed, what it does, and whether the footer says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PanelKey {
    /// The keys as they are typed, parted by blanks: `j k`, `Enter`, `dd`.
    pub keys: &'static str,
    /// What they do, in three words at most.
    pub does: &'static str,
    /// True where the footer names them, as far as there is room.
    pub hint: bool,
}

/// A key that the footer names.
const fn hint(keys: &'static str, does: &'static str) -> PanelKey {
    PanelKey {
        keys,
        does,
        hint: true,
    }
}

/// A key that only the help names.
const fn also(keys: &'static str, does: &'static str) -> PanelKey {
    PanelKey {
        keys,
        does,
        hint: false,
    }
}

/// Runs the same method of whichever panel it is.
macro_rules! each {
    ($panel:expr, $p:ident => $call:expr) => {
        match $panel {
            Panel::Choice($p) => $call,
            Panel::Launch($p) => $call,
            Panel::Runs($p) => $call,
            Panel::Log($p) => $call,
            Panel::Selection($p) => $call,
            Panel::Forest($p) => $call,
            Panel::Latent($p) => $call,
            Panel::Table($p) => $call,
            Panel::Doctor($p) => $call,
            Panel::Map($p) => $call,
            Panel::Spots($p) => $call,
        }
    };
}

impl Panel {
    /// Writes the panel, its title row and its footer included.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer, theme: &Theme) {
        each!(self, p => p.draw(area, buffer, theme));
    }

    /// Takes a key.
    pub fn press(&mut self, key: Key) -> PanelEffect {
        each!(self, p => p.press(key))
    }

    /// Takes pasted text, where text can be typed; false otherwise.
    pub fn paste(&mut self, text: &str) -> bool {
        match self {
            Panel::Launch(form) => form.paste(text),
            Panel::Table(table) => table.paste(text),
            _ => false,
        }
    }

    /// True where it covers a part of the picture only.
    pub fn is_overlay(&self) -> bool {
        matches!(self, Panel::Choice(_)) || self.is_docked()
    }

    /// True while it stands beside the picture.
    pub fn is_docked(&self) -> bool {
        match self {
            Panel::Launch(form) => form.is_docked(),
            Panel::Forest(forest) => forest.is_docked(),
            _ => false,
        }
    }

    /// Moves a result beside the picture where a screen so wide has room for both.
    /// True where it is beside it then.
    pub fn dock(&mut self, columns: u16) -> bool {
        match self {
            Panel::Forest(forest) => forest.dock(columns),
            _ => false,
        }
    }

    /// Goes in front of the picture again where a screen so wide has no room for both.
    pub fn dock_no_more(&mut self, columns: u16) {
        if let Panel::Forest(forest) = self
            && forest.is_docked()
        {
            forest.dock(columns);
        }
    }

    /// Columns that it takes beside the picture of a screen so wide.
    pub fn docked_columns(&self, columns: u16) -> u16 {
        match self {
            Panel::Launch(form) if form.is_docked() => LaunchForm::docked_columns(columns),
            Panel::Forest(forest) if forest.is_docked() => ForestPanel::docked_columns(columns),
            _ => 0,
        }
    }

    /// The form beside the picture, if it is one that shows there what its module
    /// would make.
    pub fn docked(&self) -> Option<&LaunchForm> {
        match self {
            Panel::Launch(form) if form.is_docked() => Some(form),
            _ => None,
        }
    }

    /// The same, to tell it something.
    pub fn docked_mut(&mut self) -> Option<&mut LaunchForm> {
        match self {
            Panel::Launch(form) if form.is_docked() => Some(form),
            _ => None,
        }
    }

    /// The word for it in the footer.
    pub fn mode(&self) -> &'static str {
        each!(self, p => p.mode())
    }

    /// Its keys.
    pub fn keys(&self) -> &'static [PanelKey] {
        each!(self, p => p.keys())
    }

    /// Takes up what the watcher of the runs saw, where the panel shows runs.
    pub fn watch(&mut self, snapshot: &Snapshot) {
        match self {
            Panel::Runs(panel) => panel.watch(snapshot),
            Panel::Log(panel) => panel.watch(snapshot),
            _ => {}
        }
    }
}

/// Adds pasted text to a line that is typed, control characters aside.
fn paste(input: &mut tui_input::Input, text: &str) {
    for c in crate::model::printable(text).chars() {
        input.handle(tui_input::InputRequest::InsertChar(c));
    }
}

/// Where the tables of a run lie: for the answer to `e`.
fn where_csv(folder: &std::path::Path, table: &str) -> PanelEffect {
    let path: PathBuf = folder.join(format!("{table}.csv"));
    PanelEffect::Say(crate::model::printable(&path.display().to_string()))
}
