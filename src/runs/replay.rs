//! Replay: recorded runs worked again in a scratch folder, bytes compared.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{RunDirectory, RunError, State, Turn, Watcher, list, worker};
use crate::modules::{Input, ModuleResult, Outcome, Request};

/// What became of a recorded run.
#[derive(Clone, Debug, PartialEq)]
pub struct Replayed {
    /// Its number.
    pub number: u32,
    /// Its module.
    pub module: String,
    /// Files that are equal.
    pub equal: usize,
    /// The first file that is not.
    pub difference: Option<Difference>,
    /// Why it was not worked again.
    pub passed: Option<String>,
    /// What has changed since: program, inputs.
    pub notes: Vec<String>,
}

/// Where two files differ first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The file, below the output folder or the run directory.
    pub file: PathBuf,
    /// Offset of the first byte that differs, and in a volume its trace and sample.
    pub at: String,
}

/// Works all finished runs below a folder again, oldest first, each below
/// `scratch`; what one made is what the next reads. Tells of each as it ends.
pub fn replay(
    root: &Path,
    scratch: &Path,
    watcher: &dyn Watcher,
    tell: &mut dyn FnMut(&Replayed),
) -> Result<(), RunError> {
    let mut moved: BTreeMap<PathBuf, PathBuf> = BTreeMap::new();
    for run in list::list(root).into_iter().rev() {
        if run.progress.state != State::Done {
            continue;
        }
        let mut found = Replayed {
            number: run.number,
            module: run.request.module.clone(),
            equal: 0,
            difference: None,
            passed: None,
            notes: notes(&run.request),
        };
        let outcome = run.directory.outcome()?;
        match outcome {
            Some(outcome) if !beside_a_file(&outcome) => {
                again(
                    &run.directory,
                    &outcome,
                    scratch,
                    &mut moved,
                    watcher,
                    &mut found,
                )?;
            }
            _ => found.passed = Some("what it made lies with the file that it read".into()),
        }
        tell(&found);
    }
    Ok(())
}

fn beside_a_file(outcome: &Outcome) -> bool {
    matches!(
        outcome.result,
        ModuleResult::Scanned(_) | ModuleResult::Bricks(_)
    )
}

/// What is not as it was, so that a difference is understood.
fn notes(request: &Request) -> Vec<String> {
    let mut notes = Vec::new();
    if request.version != env!("CARGO_PKG_VERSION") {
        notes.push(format!(
            "made by version {}, replayed by {}",
            request.version,
            env!("CARGO_PKG_VERSION")
        ));
    }
    for input in &request.volumes {
        let now = Input::new(input.name.clone(), &input.path, input.open);
        if !input.fingerprint.is_empty() && now.fingerprint != input.fingerprint {
            notes.push(format!(
                "{} is not the file that was read",
                input.path.display()
            ));
        }
    }
    notes
}

fn again(
    run: &RunDirectory,
    outcome: &Outcome,
    scratch: &Path,
    moved: &mut BTreeMap<PathBuf, PathBuf>,
    watcher: &dyn Watcher,
    found: &mut Replayed,
) -> Result<(), RunError> {
    let request = run.request()?;
    let made = run.place(&request)?.out;
    let fresh = prepare(run, &request, scratch, moved)?;
    let worked = fresh.and_then(|fresh| {
        let outcome = worker::work(&fresh, Turn::Now, watcher)?;
        Ok((fresh, outcome))
    });
    let (fresh, _) = match worked {
        Ok(worked) => worked,
        Err(error) if error.is_cancelled() => return Err(error),
        Err(error) => {
            found.passed = Some(error.to_string());
            return Ok(());
        }
    };
    for output in &outcome.outputs {
        moved.insert(made.join(&output.path), fresh.path().join(&output.path));
    }
    let outputs = outcome
        .outputs
        .iter()
        .map(|o| (made.clone(), o.path.clone()));
    let tables = outcome.tables.iter();
    let tables = tables.map(|t| (run.path().to_owned(), format!("{}.csv", t.name).into()));
    let result = (run.path().to_owned(), PathBuf::from("result.ron"));
    for (folder, file) in outputs.chain(tables).chain([result]) {
        match difference(&folder.join(&file), &fresh.path().join(&file)) {
            None => found.equal += 1,
            Some(at) if found.difference.is_none() => {
                found.difference = Some(Difference { file, at });
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// The run directory of a recorded request below the scratch folder.
fn prepare(
    run: &RunDirectory,
    request: &Request,
    scratch: &Path,
    moved: &BTreeMap<PathBuf, PathBuf>,
) -> Result<Result<RunDirectory, RunError>, RunError> {
    let mut request = request.clone();
    for setting in ["out", "on", "force"] {
        request.settings.remove(setting);
    }
    request.after.clear();
    for input in &mut request.volumes {
        if let Some(path) = moved.get(&input.path) {
            input.path.clone_from(path);
        }
        // The size and the fingerprint are part of what outputs are named by: they
        // stay as recorded, and what has become different is told, not refused.
    }
    let frozen = run.frozen_again(&mut request)?;
    Ok(RunDirectory::create_replay(scratch, &request, &frozen))
}

/// Where two files differ first; nothing where they do not.
fn difference(a: &Path, b: &Path) -> Option<String> {
    let (Ok(first), Ok(second)) = (std::fs::read(a), std::fs::read(b)) else {
        let gone = if a.is_file() { b } else { a };
        return Some(format!("{} is not there", gone.display()));
    };
    if first == second {
        return None;
    }
    let same = first
        .iter()
        .zip(&second)
        .take_while(|(a, b)| a == b)
        .count();
    if same == first.len().min(second.len()) {
        return Some(format!("{} bytes against {}", first.len(), second.len()));
    }
    let (was, is) = (first[same], second[same]);
    let voxel = voxel(a, b).map_or(String::new(), |text| format!(", {text}"));
    Some(format!(
        "byte {same} is {was:#04x} against {is:#04x}{voxel}"
    ))
}

/// The first sample that differs, where both files are volumes of one grid.
fn voxel(a: &Path, b: &Path) -> Option<String> {
    let open = |path| crate::io::open(path, &crate::io::OpenOptions::default()).ok();
    let (a, b) = (open(a)?, open(b)?);
    let grid = *a.grid();
    if *b.grid() != grid {
        return Some("the grids differ".into());
    }
    let [inlines, crosslines, samples] = grid.shape();
    for inline in 0..inlines {
        let block = crate::model::Block {
            inlines: crate::model::Pick::one(inline),
            ..grid.all()
        };
        let mut values = [
            vec![0.0; crosslines * samples],
            vec![0.0; crosslines * samples],
        ];
        a.read(&block, &mut values[0]).ok()?;
        b.read(&block, &mut values[1]).ok()?;
        let [first, second] = &values;
        let at = (0..first.len()).find(|i| first[*i].to_bits() != second[*i].to_bits());
        if let Some(at) = at {
            return Some(format!(
                "inline {} crossline {} {} {}: {} against {}",
                grid.inlines.value(inline),
                grid.crosslines.value(at / samples),
                grid.samples.value(at % samples),
                grid.unit.sign(),
                first[at],
                second[at]
            ));
        }
    }
    Some("all samples are equal: a header differs".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("a"), "abcdef").unwrap();
        std::fs::write(path("b"), "abXdeY").unwrap();
        std::fs::write(path("c"), "abc").unwrap();
        assert_eq!(difference(&path("a"), &path("a")), None);
        assert_eq!(
            difference(&path("a"), &path("b")).unwrap(),
            "byte 2 is 0x63 against 0x58"
        );
        assert_eq!(
            difference(&path("a"), &path("c")).unwrap(),
            "6 bytes against 3"
        );
        assert!(
            difference(&path("a"), &path("d"))
                .unwrap()
                .ends_with("d is not there")
        );
    }
}
