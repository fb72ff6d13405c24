//! What the interpreter should know after a session was opened.

use std::path::PathBuf;

/// Something found while opening a session; none of it stops the work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Notice {
    /// Edits that were never saved came back from the journal.
    #[error(
        "{edits} unsaved edits came back from the journal; `:w` saves them, `u` takes them back"
    )]
    Recovered {
        /// How many.
        edits: usize,
    },
    /// The session was changed by someone else after edits were journalled.
    #[error(
        "the session was changed by someone else while {} edits were unsaved; {applied} of them were made again, {refused} no longer fit{}; the journal is kept as {}",
        applied + refused, first.as_ref().map_or(String::new(), |f| format!(" (first: {f})")), kept.display()
    )]
    Rebased {
        /// Edits made again on the session as it is now.
        applied: usize,
        /// Edits that no longer fit.
        refused: usize,
        /// Why the first of those does not.
        first: Option<String>,
        /// Where the journal goes at the next edit or save.
        kept: PathBuf,
    },
    /// The journal is damaged before its end.
    #[error(
        "{}, line {line}: the journal is damaged; {edits} edits before it came back, the others can be read in {}",
        journal.display(), kept.display()
    )]
    Damaged {
        /// The journal.
        journal: PathBuf,
        /// First line that cannot be read, from 1.
        line: usize,
        /// Edits taken up before it.
        edits: usize,
        /// Where it goes at the next edit or save.
        kept: PathBuf,
    },
    /// Another process has the session open.
    #[error(
        "this session is open in another process ({owner}); whoever saves second is told, and loses nothing"
    )]
    OpenElsewhere {
        /// Host and process, as far as known.
        owner: String,
    },
    /// The session was left open on another host.
    #[error(
        "this session was not closed on {owner}; if it is still open there, whoever saves second is told"
    )]
    LeftOpen {
        /// Host and process.
        owner: String,
    },
}
