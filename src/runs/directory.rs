//! Run directories: made, opened, read.

use std::path::{Path, PathBuf};

use super::needs::Needs;
use super::{RunError, RunProgress, State};
use crate::model::Recipe;
use crate::modules::{self, Input, Outcome, OutputFile, Picks, Place, Request, Wells};

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
const PAUSE: &str = "pause";
/// Changed when a run is asked to go before the others that wait.
pub(super) const FIRST: &str = "first";
const INPUTS: &str = "inputs.ron";

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

    /// The same for a request that was worked before: its inputs are taken as they
    /// are now, whatever they were then.
    pub(super) fn create_replay(
        root: &Path,
        request: &Request,
        frozen: &Frozen,
    ) -> Result<Self, RunError> {
        let run = Self::create(root, request, frozen)?;
        let now = |v: &Input| Input::new(v.name.clone(), &v.path, v.open);
        let inputs: Vec<Input> = request.volumes.iter().map(now).collect();
        write(&run.path.join(INPUTS), &encode(&inputs))?;
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
        self.write_progress(&RunProgress::unborn())
    }

    fn check(&self) -> Result<(), RunError> {
        let request = self.request()?;
        let module = modules::find(&request.module)?;
        request.values(module)?;
        self.needs()?;
        if request.is_for_slurm() {
            super::slurm::check(&request, module)?;
        }
        Ok(())
    }

    /// What it takes of disk and memory, in words; nothing where the volumes that it
    /// reads are yet to be made. Too little disk is an error. Reads headers.
    pub fn needs(&self) -> Result<Option<String>, RunError> {
        let request = self.request()?;
        if request.waits_for_volumes() {
            return Ok(None);
        }
        let module = modules::find(&request.module)?;
        let place = self.place(&request)?;
        let job = module.prepare(&request, &place)?;
        let needs = Needs::of(job.as_ref(), &request.values(module)?);
        needs.check(&place.out).map(Some)
    }

    /// Refuses where an input is not what it was when the run was asked for or,
    /// where another run had to make it first, when its work began.
    pub(super) fn check_inputs(&self, request: &Request) -> Result<(), RunError> {
        let path = self.path.join(INPUTS);
        let known: Vec<Input> = if path.is_file() {
            decode(&path)?
        } else {
            request.volumes.clone()
        };
        for input in &known {
            if let Some(change) = input.change() {
                return Err(RunError::Changed {
                    path: input.path.clone(),
                    change,
                });
            }
        }
        if path.is_file() {
            return Ok(());
        }
        let now = |v: &Input| Input::new(v.name.clone(), &v.path, v.open);
        write(&path, &encode(&known.iter().map(now).collect::<Vec<_>>()))
    }

    /// Has this run, which is new, read what another is going to write in place of
    /// its volumes, and come after it.
    pub(super) fn follow(&self, first: &RunDirectory) -> Result<(), RunError> {
        let earlier = first.request()?;
        let place = first.place(&earlier)?;
        let makes = modules::find(&earlier.module)?.makes(&earlier)?;
        let mut request = self.request()?;
        for volume in &mut request.volumes {
            let filtered = format!("{}_{}", earlier.module.trim_end_matches("3d"), volume.name);
            if let Some(file) = makes.iter().find(|file| file.name == filtered) {
                volume.name.clone_from(&file.name);
                volume.path = place.out.join(&file.path);
                (volume.size, volume.modified) = (0, 0);
                volume.fingerprint.clear();
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

    /// Its frozen inputs, for another run of a request like its own.
    pub(super) fn frozen_again(&self, request: &mut Request) -> Result<Frozen, RunError> {
        let at = |name: &str| {
            let path = self.frozen().join(name);
            path.is_file().then_some(path)
        };
        if let (Some(model), true) = (
            at(modules::MODEL),
            request.settings.contains_key(modules::MODEL_SETTING),
        ) {
            let model = model.display().to_string();
            request
                .settings
                .insert(modules::MODEL_SETTING.into(), model);
        }
        Ok(Frozen {
            picks: at(modules::PICKS).map(|path| decode(&path)).transpose()?,
            training: at(modules::TRAINING),
            wells: at(modules::WELLS).map(|path| decode(&path)).transpose()?,
        })
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
        let progress = self.written_progress()?;
        Ok(match progress.cluster {
            Some(_) => super::slurm::seen_now(self, progress),
            None => progress.seen_now(),
        })
    }

    /// The progress as it was written. A file that makes no sense is no reason to
    /// lose a run: what is finished is in other files.
    pub(super) fn written_progress(&self) -> Result<RunProgress, RunError> {
        match decode(&self.progress_file()) {
            Err(RunError::Damaged { .. }) => Ok(RunProgress {
                state: if self.path.join(RESULT).is_file() {
                    State::Done
                } else {
                    State::Interrupted
                },
                ..RunProgress::nobodys()
            }),
            other => other,
        }
    }

    pub(super) fn progress_file(&self) -> PathBuf {
        self.path.join(RunProgress::FILE)
    }

    pub(super) fn write_progress(&self, progress: &RunProgress) -> Result<(), RunError> {
        progress.write(&self.progress_file())
    }

    /// Asks the worker to stop: a file, which reaches other hosts too, and a
    /// signal, which is quicker.
    pub fn cancel(&self) -> Result<(), RunError> {
        let path = self.path.join(CANCEL);
        std::fs::write(&path, "").map_err(RunError::system(&path, "asking the worker to stop"))?;
        let progress = self.progress()?;
        if progress.cluster.is_some() && !progress.state.is_over() {
            super::slurm::cancel(self, &progress)?;
        } else if progress.has_worker() {
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

    /// What was asked of an earlier worker is not asked of this one.
    pub(super) fn forget_wishes(&self) {
        for name in [CANCEL, PAUSE] {
            let _ = std::fs::remove_file(self.path.join(name));
        }
    }

    /// Asks the worker to rest: its memory is kept, its cores are for others.
    pub fn pause(&self) -> Result<(), RunError> {
        let path = self.path.join(PAUSE);
        std::fs::write(&path, "").map_err(RunError::system(&path, "asking the worker to rest"))
    }

    /// Asks a resting worker to go on.
    pub fn unpause(&self) -> Result<(), RunError> {
        let path = self.path.join(PAUSE);
        std::fs::remove_file(&path).map_err(RunError::system(&path, "asking the worker to go on"))
    }

    pub(super) fn pause_asked(&self) -> bool {
        self.path.join(PAUSE).exists()
    }

    /// Asks that this run starts before the others that wait.
    pub fn put_first(&self) -> Result<(), RunError> {
        let path = self.path.join(FIRST);
        std::fs::write(&path, "").map_err(RunError::system(&path, "asking to go first"))
    }

    /// Bytes of everything in the directory.
    pub fn bytes(&self) -> u64 {
        bytes_below(&self.path)
    }

    /// Removes the directory with all that is in it.
    pub fn remove(&self) -> Result<(), RunError> {
        std::fs::remove_dir_all(&self.path)
            .map_err(RunError::system(&self.path, "removing the run directory"))
    }
}

fn write(path: &Path, text: &str) -> Result<(), RunError> {
    crate::io::write_atomically(path, text.as_bytes()).map_err(modules::ModuleError::from)?;
    Ok(())
}

/// Bytes of the files below a folder, as they are on disk.
fn bytes_below(folder: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let bytes = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(facts) if facts.is_dir() => bytes_below(&entry.path()),
        Ok(facts) => facts.blocks() * 512,
        Err(_) => 0,
    };
    entries.map(bytes).sum()
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

pub(super) fn encode<T: serde::Serialize>(value: &T) -> String {
    let pretty = ron::ser::PrettyConfig::new().depth_limit(4);
    // These types hold nothing that RON cannot write.
    let text = options()
        .to_string_pretty(value, pretty)
        .unwrap_or_default();
    format!("#![enable(implicit_some)]\n{text}\n")
}

pub(super) fn decode<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, RunError> {
    let text = std::fs::read_to_string(path).map_err(RunError::system(path, "reading"))?;
    options().from_str(&text).map_err(|e| RunError::Damaged {
        path: path.to_owned(),
        reason: e.to_string(),
    })
}
