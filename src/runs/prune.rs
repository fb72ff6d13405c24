//! What of the runs could go: told, never done by itself.

use std::path::{Path, PathBuf};

use super::progress::now_ms;
use super::{Run, State, list};

/// A run that could be removed.
#[derive(Clone, Debug, PartialEq)]
pub struct Prunable {
    /// The run.
    pub run: Run,
    /// Bytes of its directory: what it wrote elsewhere stays.
    pub bytes: u64,
    /// Why it must stay; nothing where it may go.
    pub kept: Option<&'static str>,
}

impl Run {
    /// Seconds since its worker last gave a sign of life.
    pub fn age(&self) -> u64 {
        now_ms().saturating_sub(self.progress.heartbeat) / 1000
    }

    /// Bytes of its directory, and of what it wrote to a folder of the user's.
    pub fn bytes(&self) -> u64 {
        let out = self.directory.place(&self.request).map(|place| place.out);
        let elsewhere = out.ok().filter(|out| out != self.directory.path());
        let volumes = elsewhere.into_iter().flat_map(|out| {
            let files = self.directory.outputs().into_iter();
            files.map(move |file| out.join(file.path))
        });
        let bytes = |path: PathBuf| path.metadata().map_or(0, |facts| facts.len());
        self.directory.bytes() + volumes.map(bytes).sum::<u64>()
    }
}

/// The runs below a folder in some states and of some age in seconds, newest first.
/// Those that others still need stay: a run whose volumes are among `used`, one that
/// is not over, one that another waits for.
pub fn prunable(root: &Path, states: &[State], age: u64, used: &[PathBuf]) -> Vec<Prunable> {
    let runs = list(root);
    let waited: Vec<u32> = runs
        .iter()
        .filter(|run| run.progress.state != State::Done)
        .flat_map(|run| run.request.after.clone())
        .collect();
    let why_kept = |run: &Run| {
        let below = |path: &PathBuf| {
            let place = run.directory.place(&run.request).ok();
            path.starts_with(run.directory.path())
                || place.is_some_and(|place| {
                    place.out == run.directory.path() && path.starts_with(place.out)
                })
        };
        if !run.progress.state.is_over() {
            Some("it is not over")
        } else if used.iter().any(below) {
            Some("the session reads its volumes")
        } else if waited.contains(&run.number) {
            Some("another run comes after it")
        } else {
            None
        }
    };
    runs.iter()
        .filter(|run| states.contains(&run.progress.state) && run.age() >= age)
        .map(|run| Prunable {
            kept: why_kept(run),
            bytes: run.directory.bytes(),
            run: run.clone(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runs::RunProgress;

    #[test]
    fn what_is_needed_stays() {
        let root = tempfile::tempdir().unwrap();
        let write = |number: u32, state, after: &str| {
            let folder = root.path().join(format!("{number}-rfc3d"));
            std::fs::create_dir_all(&folder).unwrap();
            let request = format!("(module: \"rfc3d\", version: \"0\", after: [{after}])");
            std::fs::write(folder.join("request.ron"), request).unwrap();
            let progress = RunProgress::new(state);
            progress.write(&folder.join("progress.ron")).unwrap();
            folder
        };
        let used = write(1, State::Done, "").join("a.sgy");
        write(2, State::Failed, "");
        write(3, State::Failed, "");
        write(4, State::Running, "2");
        let all = [State::Done, State::Failed, State::Running];
        let found = prunable(root.path(), &all, 0, &[used]);
        let kept: Vec<_> = found
            .iter()
            .map(|p| (p.run.number, p.kept.is_some()))
            .collect();
        assert_eq!(kept, [(4, true), (3, false), (2, true), (1, true)]);
        assert!(found.iter().all(|p| p.bytes > 0));
        assert!(
            prunable(root.path(), &all, 60, &[]).is_empty(),
            "none is a minute old"
        );
        assert_eq!(prunable(root.path(), &[State::Done], 0, &[]).len(), 1);
    }
}
