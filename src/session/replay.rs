//! Making the edits of a journal again on the session that was saved.

use std::collections::BTreeMap;
use std::time::Instant;

use super::record::Record;
use super::{Edit, History, Session, SessionError};

/// What came of a replay.
#[derive(Debug, Default)]
pub(super) struct Replayed {
    /// The steps made, numbered as in the new history.
    pub(super) steps: Vec<Record>,
    /// Edits that no longer fit, with the first reason.
    pub(super) refused: usize,
    pub(super) first: Option<SessionError>,
    /// In strict replay: the record at which it stopped.
    pub(super) stopped: Option<usize>,
}

/// The records after the one that says the session file is in its state; none
/// where the journal is about another state of the file.
pub(super) fn since<'a>(records: &'a [Record], file: &str) -> Option<(usize, &'a [Record])> {
    let at = records
        .iter()
        .rposition(|r| matches!(r, Record::State { file: f, .. } if f == file))?;
    let Some(Record::State { revision, .. }) = records.get(at) else {
        return None;
    };
    Some((*revision, records.get(at + 1..)?))
}

/// Makes the steps of a journal again. `base` is the revision, in the journal's
/// numbers, that the session is at.
///
/// Undo and redo in the journal become undo and redo here where the revision is
/// known; where it lies before the last save, they become edits of their own.
/// `strict` stops at the first edit that is refused: on the state that it was
/// made on it cannot be, so something is damaged. Otherwise, on a session that
/// someone else changed, such an edit is passed over.
pub(super) fn replay(
    records: &[Record],
    base: usize,
    strict: bool,
    session: &mut Session,
    history: &mut History,
) -> Replayed {
    let mut known = BTreeMap::from([(base, history.current())]);
    let mut replayed = Replayed::default();
    for (i, record) in records.iter().enumerate() {
        let Record::Step { to, edit } = record else {
            continue;
        };
        match step(*to, edit, &mut known, session, history) {
            Ok(Some(step)) => replayed.steps.push(step),
            Ok(None) => {}
            Err(error) => {
                replayed.refused += 1;
                replayed.first.get_or_insert(error);
                if strict {
                    replayed.stopped = Some(i);
                    break;
                }
                // The edit was not made, so its revision is this one, and
                // taking it back is nothing to do.
                known.insert(*to, history.current());
            }
        }
    }
    replayed
}

fn step(
    to: usize,
    edit: &Edit,
    known: &mut BTreeMap<usize, usize>,
    session: &mut Session,
    history: &mut History,
) -> Result<Option<Record>, SessionError> {
    let here = history.current();
    if matches!(edit, Edit::AdoptRun { .. }) {
        edit.apply(session)?;
        let edit = edit.clone();
        return Ok(Some(Record::Step { to: here, edit }));
    }
    if let Some(&there) = known.get(&to) {
        if there == here {
            return Ok(None);
        }
        if let [(_, way)] = history.path(there)[..] {
            let way = way.clone();
            way.apply(session)?;
            history.arrive(there);
            return Ok(Some(Record::Step {
                to: there,
                edit: way,
            }));
        }
    }
    let inverse = edit.apply(session)?;
    let new = history.commit(edit.clone(), inverse, Instant::now());
    known.insert(to, new);
    Ok(Some(Record::Step {
        to: new,
        edit: edit.clone(),
    }))
}
