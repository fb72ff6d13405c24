//! Opening a session: lock, file, and the edits that a journal still holds.

use std::path::{Path, PathBuf};

use super::journal::{Journal, Left, free_name, is_written, others};
use super::lock::{Lock, Taken};
use super::record::{JOURNAL_VERSION, Record, decode, hash};
use super::replay::{replay, since};
use super::{History, Notice, Places, Session, SessionError, Workspace, text};

/// What is found out on the way.
struct Opening {
    session: Session,
    history: History,
    /// Hash of the session file.
    file: String,
    /// Steps of all journals taken up, as the new journal will hold them.
    steps: Vec<Record>,
    left: Vec<Left>,
    notices: Vec<Notice>,
}

impl Workspace {
    /// Opens a session. Edits that were never saved come back from the journal;
    /// a second opener is told and not refused (see [`Workspace::notices`]).
    pub fn open(path: &Path) -> Result<Self, SessionError> {
        // Behind a symbolic link lies the file that a save must replace.
        let path = path.canonicalize().map_err(|source| SessionError::System {
            path: path.to_owned(),
            action: "opening the session",
            source,
            advice: "check the name, or open a volume to begin a session",
        })?;
        let places = Places::of(&path);
        let text = text::read_file(&path)?;
        let mut opening = Opening {
            session: text::read_text(&text, &path)?,
            history: History::default(),
            file: hash(text.as_bytes()),
            steps: Vec::new(),
            left: Vec::new(),
            notices: Vec::new(),
        };
        let (lock, theirs) = opening.take_lock(&places);
        let shared = theirs || opening.take_up_all(&places)?;
        let mut records = vec![Record::state(&opening.file, 0)];
        let adopted = opening
            .steps
            .iter()
            .any(|r| matches!(r, Record::Step { edit, .. } if edit.adopts()));
        records.append(&mut opening.steps);
        Ok(Self {
            journal: Journal::new(&places.journal, shared, records, opening.left),
            places,
            session: opening.session,
            history: opening.history,
            lock,
            file: opening.file,
            saved: 0,
            adopted,
            notices: opening.notices,
        })
    }
}

impl Opening {
    fn take_lock(&mut self, places: &Places) -> (Option<Lock>, bool) {
        match Lock::take(&places.lock) {
            Taken::Ours(lock, elsewhere) => {
                self.notices
                    .extend(elsewhere.map(|owner| Notice::LeftOpen { owner }));
                (Some(lock), false)
            }
            Taken::Theirs(owner) => {
                self.notices.push(Notice::OpenElsewhere { owner });
                (None, true)
            }
            Taken::Impossible => (None, false),
        }
    }

    /// Takes up the session's journal and those of later openers that died.
    /// True where the session's own journal is being written, lock or no lock.
    fn take_up_all(&mut self, places: &Places) -> Result<bool, SessionError> {
        let mut shared = false;
        let mut journals = others(&places.journal);
        if places.journal.exists() {
            journals.insert(0, places.journal.clone());
        }
        for path in journals {
            if is_written(&path) {
                let owner = format!("it writes {}", path.display());
                self.notices.push(Notice::OpenElsewhere { owner });
                shared |= path == places.journal;
            } else {
                self.take_up(path)?;
            }
        }
        Ok(shared)
    }

    fn take_up(&mut self, path: PathBuf) -> Result<(), SessionError> {
        let decoded = decode(&text::read_bytes(&path)?);
        if let Some(found) = decoded.newer {
            return Err(SessionError::Newer {
                path,
                found,
                known: JOURNAL_VERSION,
            });
        }
        let kept = free_name(&path, "kept-");
        // A journal about this very file is made again to the letter, unless
        // another one came before it.
        let known = since(&decoded.records, &self.file).filter(|_| self.steps.is_empty());
        let strict = known.is_some();
        let (base, records) = known.unwrap_or((usize::MAX, &decoded.records));
        let base = match decoded.records.first() {
            Some(Record::State { revision, .. }) if !strict => *revision,
            _ => base,
        };
        let mut made = replay(records, base, strict, &mut self.session, &mut self.history);
        let (edits, refused) = (made.steps.len(), made.refused);
        self.steps.append(&mut made.steps);
        let first_line = decoded.records.len() - records.len() + 1;
        let damaged = (made.stopped.map(|i| first_line + i)).or(decoded.damaged);
        let notice = if let Some(line) = damaged {
            Some(Notice::Damaged {
                journal: path.clone(),
                line,
                edits,
                kept: kept.clone(),
            })
        } else if !strict && edits + refused > 0 {
            Some(Notice::Rebased {
                applied: edits,
                refused,
                first: made.first.map(|e| e.to_string()),
                kept: kept.clone(),
            })
        } else {
            (edits > 0).then_some(Notice::Recovered { edits })
        };
        let keep = matches!(
            notice,
            Some(Notice::Damaged { .. } | Notice::Rebased { .. })
        );
        self.notices.extend(notice);
        self.left.push(Left {
            path,
            keep: keep.then_some(kept),
        });
        Ok(())
    }
}
