//! What comes into the application and what goes out of it, as data.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::io::{OpenOptions, TrainingFormat, TrainingPreview};
use crate::model::{Cut, Grid, SliceKey};
use crate::modules::{self, AskedWells, Outcome, Request};
use crate::preview::{
    Delivery, LiveAnswer, LiveQuestion, Question, Recipe, Separability, SliceId, Suggestions,
    Trace, TraceId, Uncertainty, VolumeId,
};
use crate::session::{Edit, Far, Guide};

use super::events::Input;
use super::guides::GuideRead;
use super::panels::{Bill, Examined, Ground, LaunchForm, ResultFacts, Snapshot, TableFacts};
use super::stills::Way;

/// Something that happened.
#[derive(Debug)]
pub enum Action {
    /// A key, a paste, a signal.
    Input(Input),
    /// A volume was opened, or could not be.
    Opened {
        /// Its name in the session.
        name: String,
        /// The engine's name for it and its grid, or what is wrong.
        result: Result<(VolumeId, Grid), String>,
    },
    /// A slice arrived.
    Slice(Delivery),
    /// An edit was made and journalled, or refused.
    Edited {
        /// What was to follow.
        after: After,
        /// The session changed, or why not.
        result: Result<(), String>,
    },
    /// Undo or redo went somewhere, or had nowhere to go.
    Travelled {
        /// What it took back or made again, in words; the polygon concerned.
        result: Result<Option<(String, Option<String>)>, String>,
        /// True for undo.
        back: bool,
    },
    /// The volume that a cut makes of a volume is known, or cannot be.
    Cut {
        /// The volume's name in the session.
        name: String,
        /// The engine's name for what the cut makes of it, and its grid.
        result: Option<(VolumeId, Grid)>,
    },
    /// A volume that is computed as it is looked at is known, or cannot be.
    Derived {
        /// Its name among the volumes.
        name: String,
        /// The engine's name for it and its grid, or what is wrong.
        result: Result<(VolumeId, Grid), String>,
    },
    /// A horizon or a well was read, or could not be.
    Guide(Box<GuideRead>),
    /// Something to tell.
    Said(Message),
    /// Traces that were wanted, those that could be read.
    Traces(Vec<Trace>),
    /// How far apart the facies are.
    Separated(Box<Separability>),
    /// The slice as the live forest classifies it.
    Classified(LiveAnswer),
    /// Where to draw next, as far as was looked.
    Suggested(Suggestions),
    /// The runs of the session as they are now.
    Runs(Box<Snapshot>),
    /// A panel that was asked for is ready, or cannot be had.
    Opening(Result<Opening, String>),
    /// Runs that ended were taken into the session.
    Adopted(Vec<u32>),
    /// A deadline of the application has passed.
    Tick,
}

/// Something that the loop is to do.
#[derive(Debug, PartialEq)]
pub enum Effect {
    /// Open a volume of the session in the background.
    Open(String),
    /// Make known the volume that a cut makes of a volume that is open.
    Cut {
        /// The volume's name in the session.
        name: String,
        /// The engine's name for it.
        volume: VolumeId,
        /// How it is cut.
        cut: Cut,
    },
    /// Make known a volume that is computed as it is looked at.
    Derive {
        /// Its name among the volumes.
        name: String,
        /// How it follows from others.
        recipe: Recipe,
    },
    /// Read a horizon or a well in the background.
    ReadGuide {
        /// The horizon or the well.
        guide: Guide,
        /// True where it is to be taken into the session.
        add: bool,
    },
    /// Ask the slice engine; replaces what was asked before.
    Ask {
        /// Slices for the screen.
        wanted: Vec<SliceId>,
        /// Slices that may be next.
        ahead: Vec<SliceId>,
    },
    /// Read traces; replaces what was asked before.
    Traces(Vec<TraceId>),
    /// Ring the bell of the terminal, once.
    Ring,
    /// Change the session.
    Edit(Box<Edit>, After),
    /// Take edits back.
    Undo(usize),
    /// Make edits again.
    Redo(usize),
    /// Go back in time, or forward, whatever the branch.
    ThroughTime {
        /// How far.
        far: Far,
        /// True for back.
        back: bool,
    },
    /// Measure how far apart the facies are.
    Separate(Box<Question>),
    /// Classify a slice by the polygons so far; with nothing, give that up.
    Classify(Option<Box<LiveQuestion>>),
    /// Look where to draw next, by a volume of uncertainty where there is one.
    Suggest(Box<LiveQuestion>, Option<Uncertainty>),
    /// Look no further for spots.
    SuggestNoMore,
    /// Save the session; under another name, where given.
    Save {
        /// The other name.
        to: Option<PathBuf>,
        /// True to replace what someone else saved there.
        force: bool,
        /// True to leave once it is saved.
        leave: bool,
    },
    /// Write, extend or read a polygon file.
    PolygonFile(PolygonJob),
    /// Something about runs.
    Run(RunJob),
    /// Write the slice on screen to a file.
    Export {
        /// The file.
        path: PathBuf,
        /// True for its samples, false for a picture.
        csv: bool,
    },
    /// Show in pixels what the window shows; nothing for the way that the terminal
    /// is known by.
    Still(Option<Way>),
    /// Send these bytes in place of a picture.
    Show(Vec<u8>),
    /// Take the still away, and send the picture again.
    EndStill,
    /// Have the terminal tell of the mouse, or not.
    Mouse(bool),
    /// Leave.
    Quit,
    /// Stop until the shell says to go on.
    Suspend,
    /// Send the whole screen again.
    Redraw,
    /// Mark where frames begin and end, or not.
    Synchronize(bool),
    /// Keep what is looked at, the draft with it.
    KeepView,
    /// Say how many bytes the pictures cost.
    Diagnose,
}

/// What to do about runs.
#[derive(Clone, Debug, PartialEq)]
pub enum RunJob {
    /// Look whether runs have ended or begun.
    Look,
    /// Make the form of a module, with settings to start from.
    Form {
        /// The module.
        module: &'static str,
        /// Settings of an earlier run.
        settings: BTreeMap<String, String>,
        /// Names of the volumes it read; the session's choice where empty.
        volumes: Vec<String>,
    },
    /// Look what a training file holds, for the form that is open.
    LookInto(PathBuf, TrainingFormat),
    /// Look what wells hold in the survey of some volumes, for the form that is open.
    LookIntoWells(Box<AskedWells>, Vec<modules::Input>),
    /// Start a module with its defaults.
    LaunchDefaults(&'static str),
    /// Start a run.
    Launch(Box<Request>),
    /// Tell what a run would cost.
    Estimate(Box<Request>),
    /// Ask a run to stop.
    Cancel(u32),
    /// Take a run up again, or let a resting one go on.
    Resume(u32),
    /// Let a run rest.
    Pause(u32),
    /// Let a run start before the others that wait.
    First(u32),
    /// Read the result of a run; of the newest that is done where none is named.
    Result(Option<u32>, [usize; 3]),
    /// Read one tree, counted from 1, of the forest that a run grew.
    Tree {
        /// The run.
        run: u32,
        /// The tree.
        number: usize,
    },
    /// Read the latent map of the newest `gtm3d` that is done, to stand beside the
    /// slice.
    Chart,
    /// Put a text on the clipboard.
    Copy(String),
    /// Look what the file of a volume holds; as if its headers were read in a
    /// certain way, where one is given.
    Examine {
        /// Name of the volume.
        name: String,
        /// Bytes of the trace headers.
        open: Option<OpenOptions>,
    },
    /// Look where the traces of a volume lie on the ground.
    Survey(String),
    /// Read all trace headers of a volume's file.
    Scan(String),
    /// Make the slices of a volume quick and its grid certain, in the background,
    /// where they are not.
    Prepare(String),
}

/// What was got ready in the background.
pub enum Opening {
    /// The form of a module.
    Form(Box<LaunchForm>),
    /// What a training file holds, or why that cannot be told.
    Training(PathBuf, Result<TrainingPreview, String>),
    /// What wells hold, in words, for the form that is open.
    Wells(Box<AskedWells>, Result<String, String>),
    /// The result of a run.
    Result(ResultFacts, Box<Outcome>),
    /// Tables.
    Tables(Box<TableFacts>),
    /// A result whose latent map is to stand beside the slice.
    Chart(ResultFacts, Box<Outcome>),
    /// What a file holds.
    Diagnosis(Box<Examined>),
    /// Where the traces of a volume lie, for the map that is open.
    Survey(Box<Ground>),
    /// What the run of the form that is open would cost.
    Bill(Bill),
    /// A picture in pixels, as the terminal takes it.
    Still(Vec<u8>),
    /// Nothing to open: a fact to tell.
    Said(String),
}

impl std::fmt::Debug for Opening {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Opening::Form(_) => "Form",
            Opening::Training(..) => "Training",
            Opening::Wells(..) => "Wells",
            Opening::Result(..) => "Result",
            Opening::Tables(_) => "Tables",
            Opening::Chart(..) => "Chart",
            Opening::Diagnosis(_) => "Diagnosis",
            Opening::Survey(_) => "Survey",
            Opening::Bill(_) => "Bill",
            Opening::Still(_) => "Still",
            Opening::Said(_) => "Said",
        })
    }
}

/// What to do with a polygon file, which holds the polygons of one facies.
#[derive(Clone, Debug, PartialEq)]
pub enum PolygonJob {
    /// Write all polygons of a facies to a new file.
    Write {
        /// The facies.
        facies: String,
        /// The file.
        path: PathBuf,
    },
    /// Add the polygons of a file's facies to the file, those apart that it has.
    Append {
        /// The file.
        path: PathBuf,
    },
    /// Take in the polygons or points of a file of any format.
    Import {
        /// The file.
        path: PathBuf,
        /// The slice of polygons whose points share none.
        slice: Option<SliceKey>,
    },
    /// Write all polygons in the format that the file's name tells.
    Export {
        /// The file.
        path: PathBuf,
    },
    /// Add a file's polygons to the session.
    Read {
        /// The file.
        path: PathBuf,
    },
}

/// What follows an edit once it is made.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum After {
    /// Nothing.
    #[default]
    Stay,
    /// The draft has become this polygon.
    Drawn(String),
    /// This polygon was made, and is the active one now.
    Made(String),
    /// What was carried has been put down, at this vertex where it is one.
    PutDown(Option<usize>),
    /// A vertex was added at this place.
    Vertex(usize),
    /// This facies is the active one now.
    Facies(String),
    /// Say this.
    Say(String),
}

/// A line for the footer, until the next key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What kind of line.
    pub tone: Tone,
    /// The text, without its first word.
    pub text: String,
}

/// The kind of a message; it is said by a word as well as by colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// A fact.
    Plain,
    /// Something to mind.
    Warning,
    /// A command that cannot run now.
    NotNow,
    /// Something that went wrong.
    Error,
}

impl Message {
    /// A fact.
    pub fn plain(text: impl Into<String>) -> Self {
        Self::new(Tone::Plain, text)
    }

    /// Something to mind.
    pub fn warning(text: impl Into<String>) -> Self {
        Self::new(Tone::Warning, text)
    }

    /// Something that went wrong.
    pub fn error(text: impl Into<String>) -> Self {
        Self::new(Tone::Error, text)
    }

    /// A line of a kind.
    pub fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self {
            tone,
            text: crate::model::printable(&text.into()),
        }
    }
}

impl Tone {
    /// The word before the text.
    pub fn word(self) -> &'static str {
        match self {
            Tone::Plain => "",
            Tone::Warning => "warning: ",
            Tone::NotNow => "not now: ",
            Tone::Error => "error: ",
        }
    }
}
