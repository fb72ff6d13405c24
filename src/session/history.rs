//! Undo and redo: a tree of revisions that forgets nothing, as in Helix.

use std::time::{Duration, Instant};

use super::Edit;

/// How far to go through the revisions in order of time, across branches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Far {
    /// So many revisions.
    Steps(usize),
    /// So much time.
    Time(Duration),
}

/// Revisions of a session: each but the first came from its parent by an edit.
///
/// Undo goes to the parent, redo to the child last visited. An edit after undo
/// begins a branch; the other stays and is reached by [`History::earlier`] and
/// [`History::later`], which follow time instead of the tree.
#[derive(Clone, Debug)]
pub struct History {
    /// Revision `n` is at place `n - 1`; revision 0 is the beginning.
    revisions: Vec<Revision>,
    current: usize,
    began: Instant,
    /// Child of the beginning last visited.
    first: usize,
}

#[derive(Clone, Debug)]
struct Revision {
    parent: usize,
    edit: Edit,
    inverse: Edit,
    at: Instant,
    /// Child last visited; 0 for none.
    child: usize,
}

impl Default for History {
    fn default() -> Self {
        Self {
            revisions: Vec::new(),
            current: 0,
            began: Instant::now(),
            first: 0,
        }
    }
}

/// Which ways undo and redo lead from here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ways {
    /// True where something can be undone.
    pub back: bool,
    /// True where something can be made again.
    pub forth: bool,
}

impl History {
    /// Which ways lead from here.
    pub fn ways(&self) -> Ways {
        Ways {
            back: self.undo(1) != self.current,
            forth: self.redo(1) != self.current,
        }
    }

    /// Number of the revision that the session is at; 0 is the beginning.
    pub fn current(&self) -> usize {
        self.current
    }

    /// How many revisions there are beyond the beginning.
    pub fn len(&self) -> usize {
        self.revisions.len()
    }

    /// True where nothing was ever edited.
    pub fn is_empty(&self) -> bool {
        self.revisions.is_empty()
    }

    /// Notes an edit that was applied, and its inverse; gives the new revision.
    pub(super) fn commit(&mut self, edit: Edit, inverse: Edit, at: Instant) -> usize {
        let parent = self.current;
        self.revisions.push(Revision {
            parent,
            edit,
            inverse,
            at,
            child: 0,
        });
        let new = self.revisions.len();
        self.arrive(new);
        new
    }

    /// The revision `count` undos away.
    pub fn undo(&self, count: usize) -> usize {
        let mut at = self.current;
        for _ in 0..count {
            match self.get(at) {
                Some(revision) => at = revision.parent,
                None => break,
            }
        }
        at
    }

    /// The revision `count` redos away.
    pub fn redo(&self, count: usize) -> usize {
        let mut at = self.current;
        for _ in 0..count {
            match self.child(at) {
                0 => break,
                child => at = child,
            }
        }
        at
    }

    /// The revision so far back in time, whatever its branch.
    pub fn earlier(&self, far: Far) -> usize {
        match far {
            Far::Steps(n) => self.current.saturating_sub(n),
            Far::Time(time) => match self.time(self.current).checked_sub(time) {
                None => 0,
                Some(limit) => (0..=self.current)
                    .rev()
                    .find(|&n| self.time(n) <= limit)
                    .unwrap_or(0),
            },
        }
    }

    /// The revision so far forward in time, whatever its branch.
    pub fn later(&self, far: Far) -> usize {
        let newest = self.revisions.len();
        match far {
            Far::Steps(n) => self.current.saturating_add(n).min(newest),
            Far::Time(time) => match self.time(self.current).checked_add(time) {
                None => newest,
                Some(limit) => (self.current..=newest)
                    .rev()
                    .find(|&n| self.time(n) <= limit)
                    .unwrap_or(newest),
            },
        }
    }

    /// Parent of a revision; the beginning has none.
    pub(super) fn parent(&self, revision: usize) -> Option<usize> {
        self.get(revision).map(|r| r.parent)
    }

    /// The way from the current revision to another: each revision on it, and
    /// the edit that leads there. Up by inverses to the common ancestor, then down.
    pub(super) fn path(&self, to: usize) -> Vec<(usize, &Edit)> {
        let (mut up, mut down) = (Vec::new(), Vec::new());
        let (mut here, mut there) = (self.current, to.min(self.revisions.len()));
        // Children are younger than parents, so the younger of the two climbs.
        while here != there {
            if here > there {
                let Some(revision) = self.get(here) else {
                    break;
                };
                here = revision.parent;
                up.push((here, &revision.inverse));
            } else {
                let Some(revision) = self.get(there) else {
                    break;
                };
                down.push((there, &revision.edit));
                there = revision.parent;
            }
        }
        up.extend(down.into_iter().rev());
        up
    }

    /// The edits that the way to another revision takes back or makes again,
    /// as they were first made.
    pub(super) fn edits(&self, to: usize) -> Vec<Edit> {
        let mut here = self.current;
        let mut edits = Vec::new();
        for (next, _) in self.path(to) {
            // Of two neighbours the younger is the child.
            edits.extend(self.get(next.max(here)).map(|r| r.edit.clone()));
            here = next;
        }
        edits
    }

    /// The session is now at another revision; redo will come back this way.
    pub(super) fn arrive(&mut self, at: usize) {
        self.current = at.min(self.revisions.len());
        let mut child = self.current;
        while let Some(parent) = self.parent(child) {
            match self.revisions.get_mut(parent.wrapping_sub(1)) {
                Some(revision) => revision.child = child,
                None => self.first = child,
            }
            child = parent;
        }
    }

    /// Every edit and inverse that a walk might apply.
    pub(super) fn all_edits(&self) -> impl Iterator<Item = &Edit> {
        self.revisions.iter().flat_map(|r| [&r.edit, &r.inverse])
    }

    fn get(&self, revision: usize) -> Option<&Revision> {
        self.revisions.get(revision.checked_sub(1)?)
    }

    fn child(&self, revision: usize) -> usize {
        self.get(revision).map_or(self.first, |r| r.child)
    }

    fn time(&self, revision: usize) -> Instant {
        self.get(revision).map_or(self.began, |r| r.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(parents: &[usize]) -> History {
        let mut history = History::default();
        for (i, &parent) in parents.iter().enumerate() {
            history.arrive(parent);
            let name = |what: &str| Edit::SetProject(format!("{what}{}", i + 1));
            let at = history.began + Duration::from_secs(60 * (i as u64 + 1));
            history.commit(name("do"), name("undo"), at);
        }
        history
    }

    fn way(history: &History, to: usize) -> Vec<(usize, String)> {
        let word = |edit: &Edit| match edit {
            Edit::SetProject(name) => name.clone(),
            _ => String::new(),
        };
        let path = history.path(to);
        path.into_iter().map(|(to, e)| (to, word(e))).collect()
    }

    #[test]
    fn branches_stay_and_redo_follows_the_last_one_visited() {
        // 0 - 1 - 2 - 3
        //      \\ 4 - 5
        let mut history = history(&[0, 1, 2, 1, 4]);
        assert_eq!((history.current(), history.len()), (5, 5));
        assert_eq!((history.undo(2), history.undo(99)), (1, 0));
        history.arrive(1);
        assert_eq!((history.redo(1), history.redo(9)), (4, 5));
        history.arrive(3);
        history.arrive(0);
        assert_eq!(history.redo(9), 3);
        history.arrive(3);
        let step = |to, name: &str| (to, name.to_owned());
        assert_eq!(
            way(&history, 5),
            [
                step(2, "undo3"),
                step(1, "undo2"),
                step(4, "do4"),
                step(5, "do5")
            ]
        );
        assert!(way(&history, 3).is_empty());
    }

    #[test]
    fn time_goes_across_branches() {
        let mut history = history(&[0, 1, 2, 1, 4]);
        let minutes = |n: u64| Far::Time(Duration::from_secs(60 * n));
        assert_eq!(history.earlier(Far::Steps(2)), 3);
        assert_eq!(history.earlier(minutes(2)), 3);
        assert_eq!(history.earlier(minutes(99)), 0);
        assert_eq!(history.later(minutes(1)), 5);
        history.arrive(2);
        assert_eq!(history.later(Far::Steps(1)), 3);
        assert_eq!(history.later(minutes(2)), 4);
        assert_eq!(history.later(Far::Steps(usize::MAX)), 5);
    }
}
