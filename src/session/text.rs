//! The session as text: RON that people compare, merge and mend by hand.

use std::io::Read;
use std::path::Path;

use ron::extensions::Extensions;
use ron::ser::PrettyConfig;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::content::VERSION;
use super::{Session, SessionError};
use crate::model::printable;

/// Largest session or journal that is read: a session holds no voxels, so
/// anything larger is another kind of file.
const SIZE_LIMIT: u64 = 256 << 20;

const HEADER: &str = "\
#![enable(implicit_some)]
// Outcrop session. Polygons are in survey coordinates: (crossline, time) on an inline,
// (inline, time) on a crossline, (crossline, inline) on a time slice; time in ms.
// Outcrop sorts this file when it saves, and does not keep other comments.
";

/// The one dialect of RON in this room: options are written without `Some`.
pub(super) fn dialect() -> ron::Options {
    ron::Options::default().with_default_extension(Extensions::IMPLICIT_SOME)
}

fn layout() -> PrettyConfig {
    // Four levels: session, list, polygon, vertex. A vertex stays on one line.
    PrettyConfig::new()
        .depth_limit(4)
        .new_line("\n")
        .indentor("  ")
}

/// The text of a session: equal sessions give equal bytes, and adding a polygon
/// adds its lines and changes no other.
pub fn write_text(session: &Session) -> Result<String, SessionError> {
    let body = dialect()
        .to_string_pretty(session, layout())
        .map_err(|error| SessionError::Unwritable {
            reason: error.to_string(),
        })?;
    Ok(format!("{HEADER}{body}\n"))
}

/// Only the version, whatever else the file holds.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

/// Reads a session out of its text; `path` is for the messages.
///
/// The version is read first, so a session of a newer program is named as such
/// and not by whatever of it is unknown here. The content is checked whole.
pub fn read_text(text: &str, path: &Path) -> Result<Session, SessionError> {
    if let Ok(Versioned { version }) = dialect().from_str(text)
        && version > VERSION
    {
        return Err(SessionError::Newer {
            path: path.to_owned(),
            found: version,
            known: VERSION,
        });
    }
    let mut session: Session = parse(text, path)?;
    session.version = VERSION;
    session.check().map_err(|problem| SessionError::Content {
        path: path.to_owned(),
        line: problem.subject().and_then(|name| line_naming(text, name)),
        problem: Box::new(problem),
    })?;
    session.sort();
    Ok(session)
}

/// Reads a saved session. Edits that only a journal holds are not in it: to see
/// and change those, open a [`super::Workspace`].
pub fn read(path: &Path) -> Result<Session, SessionError> {
    read_text(&read_file(path)?, path)
}

/// RON of this room's dialect, with line and column where it is wrong.
pub(super) fn parse<T: DeserializeOwned>(text: &str, path: &Path) -> Result<T, SessionError> {
    dialect()
        .from_str(text)
        .map_err(|error| SessionError::Syntax {
            path: path.to_owned(),
            line: error.span.start.line,
            column: error.span.start.col,
            reason: printable(&error.code.to_string()),
        })
}

/// The bytes of a file that is small by nature.
pub(super) fn read_bytes(path: &Path) -> Result<Vec<u8>, SessionError> {
    let failed = |source| SessionError::System {
        path: path.to_owned(),
        action: "reading",
        source,
        advice: "check the name and your permission to read it",
    };
    let large = || SessionError::NotASession {
        path: path.to_owned(),
        reason: format!("it has more than {} MB", SIZE_LIMIT >> 20),
        advice: "if it is a volume, give it a name that ends in .sgy, .segy, .H or .npy",
    };
    let file = std::fs::File::open(path).map_err(failed)?;
    if file.metadata().map_err(failed)?.len() > SIZE_LIMIT {
        return Err(large());
    }
    let mut bytes = Vec::new();
    file.take(SIZE_LIMIT + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > SIZE_LIMIT {
        return Err(large());
    }
    Ok(bytes)
}

/// The text of a session file.
pub(super) fn read_file(path: &Path) -> Result<String, SessionError> {
    let not = |reason: &str| SessionError::NotASession {
        path: path.to_owned(),
        reason: reason.to_owned(),
        advice: "open a .ron file that Outcrop wrote, or a volume",
    };
    // A pipe or a device would be waited for, or read, without end.
    if std::fs::metadata(path).is_ok_and(|m| !m.is_file()) {
        return Err(not("it is no regular file"));
    }
    let text = String::from_utf8(read_bytes(path)?).map_err(|_| not("it is not UTF-8 text"))?;
    if text.trim().is_empty() {
        return Err(not("it is empty"));
    }
    Ok(text)
}

/// The last line that names something, from 1: of two things alike it is the
/// later that is in the way.
fn line_naming(text: &str, name: &str) -> Option<usize> {
    let at = text.rfind(&format!("{name:?}"))?;
    Some(text.get(..at)?.matches('\n').count() + 1)
}
