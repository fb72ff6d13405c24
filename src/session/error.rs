//! What can go wrong in a session: what, where, and what to try.

use std::path::PathBuf;

use crate::io::IoError;
use crate::model::{ModelError, printable};

/// An error of reading, changing or saving a session. Nothing has changed where
/// one is returned: neither in memory nor under a final name on disk.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The system said no.
    #[error("{}: {action}: {source}; {advice}", path.display())]
    System {
        /// The file.
        path: PathBuf,
        /// What was being done.
        action: &'static str,
        /// What the system said.
        source: std::io::Error,
        /// What to try.
        advice: &'static str,
    },
    /// Reading or writing through the room `io` failed.
    #[error(transparent)]
    Io(#[from] IoError),
    /// The file is not a session at all.
    #[error("{}: not an Outcrop session: {reason}; {advice}", path.display())]
    NotASession {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
        /// What to try.
        advice: &'static str,
    },
    /// A newer program wrote the file.
    #[error(
        "{}: format version {found} is newer than version {known}, which outcrop {program} reads; try a newer outcrop (`outcrop --version`)",
        path.display(), program = env!("CARGO_PKG_VERSION")
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Version of the file.
        found: u32,
        /// Newest version that this program reads.
        known: u32,
    },
    /// The text is not what a session is made of.
    #[error("{}, line {line}, column {column}: {reason}; mend that line, or take an older copy of the file", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong there.
        reason: String,
    },
    /// The text reads well, but does not make sense.
    #[error("{}{}: {problem}", path.display(), line.map_or(String::new(), |n| format!(", line {n}")))]
    Content {
        /// The file.
        path: PathBuf,
        /// Line where the thing is named, from 1.
        line: Option<usize>,
        /// What is wrong.
        problem: Box<SessionError>,
    },
    /// Somebody else wrote the session file since it was opened or saved.
    #[error(
        "{}: changed by someone else since it was opened; your edits are safe in the journal; try `:w OTHER.ron` to save a copy and compare, or `:w!` to replace what is there",
        path.display()
    )]
    ChangedElsewhere {
        /// The file.
        path: PathBuf,
    },
    /// A file that would be overwritten.
    #[error("{}: exists already; open it, or give another name", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// Content that RON cannot hold.
    #[error("the session cannot be written as text: {reason}; take back the last edit with `u`")]
    Unwritable {
        /// What RON says.
        reason: String,
    },
    /// No home folder, so no list of recent sessions.
    #[error(
        "no folder for the list of recent sessions: neither HOME nor XDG_STATE_HOME is set; set one, or name the session to open"
    )]
    NoHome,

    /// A polygon that is not in the session.
    #[error(
        "there is no polygon {}; it may have been deleted: try `u`, or choose another",
        printable(id)
    )]
    UnknownPolygon {
        /// Its identifier.
        id: String,
    },
    /// A polygon identifier used twice.
    #[error(
        "polygon identifier `{}` is empty or in use already; give the polygon another id",
        printable(id)
    )]
    PolygonId {
        /// The identifier.
        id: String,
    },
    /// A polygon without an inside.
    #[error(transparent)]
    Polygon(#[from] ModelError),
    /// A polygon on a slice that cannot be.
    #[error(
        "polygon {}: its slice {number} is not a number; draw it on a slice of the survey",
        printable(id)
    )]
    Slice {
        /// Identifier of the polygon.
        id: String,
        /// Survey number of the slice.
        number: f64,
    },
    /// A polygon name used twice, or blank.
    #[error(
        "polygon name `{}` is blank or in use already; try another name",
        printable(name)
    )]
    PolygonName {
        /// The name.
        name: String,
    },
    /// Two polygons that cannot become one.
    #[error("polygon {}: not merged: {reason}", printable(id))]
    NotMerged {
        /// The polygon that would stay.
        id: String,
        /// Why not, and what to try.
        reason: &'static str,
    },
    /// A chord that does not split.
    #[error(
        "polygon {}: that chord is an edge or leaves the inside; choose vertices that see each other",
        printable(id)
    )]
    NotSplit {
        /// The polygon.
        id: String,
    },
    /// Nothing to interpolate between.
    #[error("polygon {}: not interpolated: {reason}", printable(id))]
    NotFilled {
        /// The polygon.
        id: String,
        /// Why not, and what to try.
        reason: &'static str,
    },
    /// A confidence beyond certainty.
    #[error(
        "polygon {}: a confidence of {confidence} %; try 0 to 100",
        printable(id)
    )]
    Confidence {
        /// The polygon.
        id: String,
        /// The confidence.
        confidence: u8,
    },
    /// A vertex that the polygon does not have.
    #[error(
        "polygon {} has {count} vertices, so none at place {at}; choose a vertex with `n`",
        printable(id)
    )]
    Vertex {
        /// Identifier of the polygon.
        id: String,
        /// The place asked for, from 0.
        at: usize,
        /// How many there are.
        count: usize,
    },
    /// A facies that is not in the session.
    #[error("there is no facies `{}`; {}", printable(name), choose(known))]
    UnknownFacies {
        /// Its name.
        name: String,
        /// Those there are.
        known: Vec<String>,
    },
    /// A facies name that is taken, or that would give the same file names as another.
    #[error(
        "facies `{}` would share its file names with facies `{}`; try another name",
        printable(name),
        printable(taken)
    )]
    FaciesTaken {
        /// The name asked for.
        name: String,
        /// The facies in the way.
        taken: String,
    },
    /// A name that cannot stand in tables and file names.
    #[error(
        "{what} name `{}` {reason}; try `{}`",
        printable(name),
        printable(advice)
    )]
    Name {
        /// Of what.
        what: &'static str,
        /// The name asked for.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
        /// A name that would do.
        advice: String,
    },
    /// More facies than a class volume has codes.
    #[error(
        "{limit} facies are the most that a class volume (int8) can tell apart; delete one first"
    )]
    TooManyFacies {
        /// How many there may be.
        limit: usize,
    },
    /// Colours count from 1.
    #[error(
        "facies `{}`: colours are numbered from 1; try 1 to 7",
        printable(name)
    )]
    Colour {
        /// The facies.
        name: String,
    },
    /// A volume that is not in the session.
    #[error("there is no volume `{}`; {}", printable(name), choose(known))]
    UnknownVolume {
        /// Its name.
        name: String,
        /// Those there are.
        known: Vec<String>,
    },
    /// A volume name that is taken.
    #[error(
        "volume `{}` is in the session already ({}); give this one another name",
        printable(name),
        shown(path)
    )]
    VolumeTaken {
        /// The name.
        name: String,
        /// Where the volume of that name lies.
        path: PathBuf,
    },
    /// A horizon or a well that is not in the session.
    #[error("there is no horizon or well `{}`; {}", printable(name), choose(known))]
    UnknownGuide {
        /// Its name.
        name: String,
        /// Those there are.
        known: Vec<String>,
    },
    /// A name of a horizon or a well that is taken.
    #[error(
        "`{}` is in the session already ({}); `:forget {0}` takes it off",
        printable(name),
        shown(path)
    )]
    GuideTaken {
        /// The name.
        name: String,
        /// Where the one of that name lies.
        path: PathBuf,
    },
    /// A path that cannot be written down.
    #[error(
        "volume `{}`: the path {} is empty or not UTF-8, so a session cannot hold it; rename the file or link to it",
        printable(name),
        shown(path)
    )]
    VolumePath {
        /// The volume.
        name: String,
        /// Its path.
        path: PathBuf,
    },
    /// Class names where there are no classes.
    #[error(
        "volume `{}`: only a volume of classes has class names; leave `classes` out or make its role Classes",
        printable(name)
    )]
    VolumeClasses {
        /// The volume.
        name: String,
    },
    /// A candidate that cannot be one.
    #[error(
        "`{}` cannot be a candidate: {reason}; choose attribute volumes, each once",
        printable(name)
    )]
    Candidate {
        /// The volume.
        name: String,
        /// Why not.
        reason: &'static str,
    },
    /// A picking grid without steps.
    #[error("a picking step of {lines} lines and {time} ms leads nowhere; try 10 lines and 100 ms")]
    Step {
        /// In lines.
        lines: u32,
        /// In ms, or in the unit of depth.
        time: f64,
    },
    /// A run adopted twice.
    #[error(
        "run {run} with request {} {reason}; nothing is left to do",
        printable(request)
    )]
    Adopted {
        /// Number of the run.
        run: u32,
        /// Hash of its request.
        request: String,
        /// In which way.
        reason: &'static str,
    },
    /// Undo or redo found the session changed in a way that it cannot follow.
    #[error("cannot {what}: {problem}")]
    Walk {
        /// `undo` or `redo`.
        what: &'static str,
        /// What is in the way.
        problem: Box<SessionError>,
    },
}

/// A path that a session file names.
fn shown(path: &std::path::Path) -> String {
    printable(&path.display().to_string())
}

fn choose(known: &[String]) -> String {
    if known.is_empty() {
        "add it first".to_owned()
    } else {
        format!("choose one of {}, or add it", printable(&known.join(", ")))
    }
}

impl SessionError {
    /// The polygon, facies or volume that the error is about.
    pub(super) fn subject(&self) -> Option<&str> {
        match self {
            Self::UnknownPolygon { id }
            | Self::PolygonId { id }
            | Self::Slice { id, .. }
            | Self::Vertex { id, .. }
            | Self::Polygon(ModelError::Polygon { id, .. }) => Some(id),
            Self::PolygonName { name }
            | Self::UnknownFacies { name, .. }
            | Self::FaciesTaken { name, .. }
            | Self::Name { name, .. }
            | Self::Colour { name }
            | Self::UnknownVolume { name, .. }
            | Self::VolumeTaken { name, .. }
            | Self::VolumePath { name, .. }
            | Self::UnknownGuide { name, .. }
            | Self::GuideTaken { name, .. }
            | Self::VolumeClasses { name }
            | Self::Candidate { name, .. } => Some(name),
            Self::Adopted { request, .. } => Some(request),
            _ => None,
        }
    }
}
