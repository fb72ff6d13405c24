//! Run directories: made, opened, read.

use std::path::{Path, PathBuf};

use super::{RunError, RunProgress, State};
use crate::model::Recipe;
use crate::modules::{self, Outcome, OutputFile, Picks, Place, Request, Wells};

/// A run directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunDirectory {
    path: PathBuf,
}

/// Inputs that are copied into a run, since they may change after launch.
#[derive(Clone, Debug, Default)]
pub struct Frozen {
    /// Facies and polygons.
    pub picks: Option<Picks>,
    /// A training file; its groups file, if there is one beside it, comes along.
    pub training: Option<PathBuf>,
    /// Wells and how their logs become classes.
    pub wells: Option<Wells>,
}

const REQUEST: &str = "request.ron";
/// Written last of all.
pub(super) const RESULT: &str = "result.ron";
const CANCEL: &str = "cancel";

impl RunDirectory {
    /// Makes the next run directory below `root`, freezes the inputs, and has
    /// the module check everything. Where the check fails nothing is left.
    ///
    pub fn create(root: &Path, request: &Request, frozen: &Frozen) -> Result<Self, RunError> {
        std::fs::create_dir_all(root)
            .map_err(RunError::system(root, "making the folder of runs"))?;
        let run = Self::take_number(root, &request.module)?;
        let checked = run.fill(request, frozen).and_then(|()| run.check());
        if let Err(error) = checked {
            // Only what this call has made a moment ago.
            let _ = std::fs::remove_dir_all(&run.path);
            return Err(error);
        }
        Ok(run)
    }

    /// `mkdir <number>` claims a number, `rename` gives the folder its name.
    /// Whoever makes the claim after the rename sees the name and goes on.
    fn take_number(root: &Path, module: &str) -> Result<Self, RunError> {
        let mut number = 1 + numbers(root).into_iter().max().unwrap_or(0);
        loop {
            let claim = root.join(number.to_string());
            match std::fs::create_dir(&claim) {
                Ok(()) if numbers(root).iter().filter(|n| **n == number).count() == 1 => {
                    let path = root.join(format!("{number}-{module}"));
                    std::fs::rename(&claim, &path)
                        .map_err(RunError::system(&path, "naming the run directory"))?;
                    return Ok(Self { path });
                }
                Ok(()) => {
                    let _ = std::fs::remove_dir(&claim);
                }
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(e) => return Err(RunError::system(&claim, "making the run directory")(e)),
            }
            number += 1;
        }
    }

    fn fill(&self, request: &Request, frozen: &Frozen) -> Result<(), RunError> {
        for folder in [self.frozen(), self.units()] {
            std::fs::create_dir_all(&folder)
                .map_err(RunError::system(&folder, "making a folder"))?;
        }
        if let Some(picks) = &frozen.picks {
            write(&self.frozen().join(modules::PICKS), &encode(picks))?;
        }
        if let Some(wells) = &frozen.wells {
            write(&self.frozen().join(modules::WELLS), &encode(wells))?;
        }
        if let Some(from) = &frozen.training {
            let copy = |from: &Path, name: &str| {
                std::fs::copy(from, self.frozen().join(name))
                    .map_err(RunError::system(from, "copying the training file"))
            };
            copy(from, modules::TRAINING)?;
            let groups = from.with_extension("groups.txt");
            if groups.is_file() {
                copy(&groups, modules::GROUPS)?;
            }
        }
        if let Some(from) = request.settings.get(modules::MODEL_SETTING) {
            std::fs::copy(from, self.frozen().join(modules::MODEL))
                .map_err(RunError::system(Path::new(from), "copying the model"))?;
        }
        write(&self.path.join(REQUEST), &encode(request))?;
        self.write_progress(&RunProgress::new(State::Queued))
    }

    fn check(&self) -> Result<(), RunError> {
        let request = self.request()?;
        let module = modules::find(&request.module)?;
        if request.waits_for_volumes() {
            request.values(module)?;
        } else {
            module.prepare(&request, &self.place(&request)?)?;
        }
        Ok(())
    }

    /// Has this run, which is new, read what another is going to write in place of
    /// its volumes, and come after it.
    pub(super) fn follow(&self, first: &RunDirectory) -> Result<(), RunError> {
        let earlier = first.request()?;
        let place = first.place(&earlier)?;
        let job = modules::find(&earlier.module)?.prepare(&earlier, &place)?;
        let mut request = self.request()?;
        for (name, file) in job.filtered() {
            for volume in request.volumes.iter_mut().filter(|v| v.name == name) {
                volume.name.clone_from(&file.name);
                volume.path = place.out.join(&file.path);
                (volume.size, volume.modified) = (0, 0);
            }
        }
        request.settings.remove(modules::FILTER_SETTING);
        request.after.push(first.number());
        write(&self.path.join(REQUEST), &encode(&request))
    }

    /// Opens a run directory that exists.
    pub fn open(path: &Path) -> Result<Self, RunError> {
        let run = Self {
            path: path.to_owned(),
        };
        if path.join(REQUEST).is_file() {
            Ok(run)
        } else {
            Err(RunError::Damaged {
                path: path.to_owned(),
                reason: "there is no request.ron in it".into(),
            })
        }
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its number, from the folder's name.
    pub fn number(&self) -> u32 {
        number_of(&self.path).unwrap_or(0)
    }

    /// What was asked.
    pub fn request(&self) -> Result<Request, RunError> {
        decode(&self.path.join(REQUEST))
    }

    /// Where the module finds frozen inputs and puts outputs.
    pub fn place(&self, request: &Request) -> Result<Place, RunError> {
        let out = match request.settings.get("out").map(String::as_str) {
            None | Some("") => self.path.clone(),
            Some(out) => PathBuf::from(out),
        };
        Ok(Place {
            recipe: Recipe {
                module: request.module.clone(),
                version: request.version.clone(),
                request: request.hash(&self.frozen())?,
            },
            frozen: self.frozen(),
            out,
            checkpoints: self.units(),
        })
    }

    /// Folder of the frozen inputs.
    pub fn frozen(&self) -> PathBuf {
        self.path.join("frozen")
    }

    /// Folder of the finished units.
    pub fn units(&self) -> PathBuf {
        self.path.join("units")
    }

    /// The log.
    pub fn log(&self) -> PathBuf {
        self.path.join("log.txt")
    }

    /// The result, once there is one.
    pub fn outcome(&self) -> Result<Option<Outcome>, RunError> {
        let path = self.path.join(RESULT);
        if path.is_file() {
            decode(&path).map(Some)
        } else {
            Ok(None)
        }
    }

    /// The files that a finished run wrote; none where it has not ended, or where
    /// what it left cannot be read. Nothing else of the result is looked at: a
    /// result of another version has its volumes all the same.
    pub(super) fn outputs(&self) -> Vec<OutputFile> {
        #[derive(serde::Deserialize)]
        struct Made {
            outputs: Vec<OutputFile>,
        }
        let made: Result<Made, _> = decode(&self.path.join(RESULT));
        made.map_or_else(|_| Vec::new(), |made| made.outputs)
    }

    /// Writes the tables and, last of all, the result.
    pub(super) fn write_outcome(&self, outcome: &Outcome) -> Result<(), RunError> {
        for table in &outcome.tables {
            write(&self.path.join(format!("{}.csv", table.name)), &table.csv())?;
        }
        write(&self.path.join(RESULT), &encode(outcome))
    }

    /// The progress as the worker last wrote it, with the state as it really
    /// is: a run whose worker is gone is *interrupted*, whatever it wrote.
    pub fn progress(&self) -> Result<RunProgress, RunError> {
        let progress: RunProgress = decode(&self.path.join(RunProgress::FILE))?;
        Ok(progress.seen_now())
    }

    pub(super) fn write_progress(&self, progress: &RunProgress) -> Result<(), RunError> {
        // Replaced several times a second: atomic, but not worth a sync.
        let path = self.path.join(RunProgress::FILE);
        let fresh = self.path.join("progress.ron.new");
        std::fs::write(&fresh, encode(progress))
            .map_err(RunError::system(&fresh, "writing progress"))?;
        std::fs::rename(&fresh, &path).map_err(RunError::system(&path, "writing progress"))
    }

    /// Asks the worker to stop: a file, which reaches other hosts too, and a
    /// signal, which is quicker.
    pub fn cancel(&self) -> Result<(), RunError> {
        let path = self.path.join(CANCEL);
        std::fs::write(&path, "").map_err(RunError::system(&path, "asking the worker to stop"))?;
        let progress = self.progress()?;
        if matches!(progress.state, State::Running | State::Waiting) {
            progress.signal_stop();
        } else if !progress.state.is_over() || progress.state == State::Interrupted {
            self.write_progress(&RunProgress {
                state: State::Cancelled,
                ..progress
            })?;
        }
        Ok(())
    }

    pub(super) fn cancel_asked(&self) -> bool {
        self.path.join(CANCEL).exists()
    }

    pub(super) fn forget_cancel(&self) {
        let _ = std::fs::remove_file(self.path.join(CANCEL));
    }
}

fn write(path: &Path, text: &str) -> Result<(), RunError> {
    crate::io::write_atomically(path, text.as_bytes()).map_err(modules::ModuleError::from)?;
    Ok(())
}

/// Numbers of the run directories below a folder.
pub(super) fn numbers(root: &Path) -> Vec<u32> {
    let entries = std::fs::read_dir(root).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| number_of(&entry.path()))
        .collect()
}

fn number_of(path: &Path) -> Option<u32> {
    path.file_name()?.to_str()?.split('-').next()?.parse().ok()
}

fn options() -> ron::Options {
    ron::Options::default().with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME)
}

fn encode<T: serde::Serialize>(value: &T) -> String {
    let pretty = ron::ser::PrettyConfig::new().depth_limit(4);
    // These types hold nothing that RON cannot write.
    let text = options()
        .to_string_pretty(value, pretty)
        .unwrap_or_default();
    format!("#![enable(implicit_some)]\n{text}\n")
}

fn decode<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, RunError> {
    let text = std::fs::read_to_string(path).map_err(RunError::system(path, "reading"))?;
    options().from_str(&text).map_err(|e| RunError::Damaged {
        path: path.to_owned(),
        reason: e.to_string(),
    })
}
