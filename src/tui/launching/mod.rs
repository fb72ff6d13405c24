//! What the loop does about runs: every file is read, and every worker started,
//! on a thread of its own, so that no key waits.

mod learning;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use learning::{wells, wells_in_words};

use super::action::{Opening, RunJob};
use super::panels::{
    Bill, Candidate, Examined, Ground, LaunchFacts, LaunchForm, Picked, ResultFacts, TableFacts,
};
use crate::io::{
    BrickMemory, Bricks, Certainty, OpenOptions, TrainingFormat, glance, open, preview_training,
    track,
};
use crate::model::{Axis, Block, Grid, Pick, Recipe};
use crate::modules::{
    self, COMPARED_SETTING, Input, ModuleResult, Outcome, Place, Reads, Request, Stage, Training,
};
use crate::runs::{self, Frozen, RunDirectory, State};
use crate::session::{InputVolume, RunInputs, VolumeEntry, VolumeRole, Workspace};

/// Files from this size on get a bricked copy: smaller ones are quick without.
const COPIED_FROM: u64 = 64 << 20;
/// Finest live-trace map that is made of a file: rows, columns.
const MAP: (usize, usize) = (96, 160);
/// Most positions along a single line that a map shows.
const TRACK: usize = 512;

/// What a job about runs needs of the session, copied.
pub(super) struct Scene {
    inputs: RunInputs,
    attributes: Vec<InputVolume>,
    /// All volumes of the session.
    all: Vec<InputVolume>,
    /// Classes of the newest forest.
    forest: Option<String>,
    session: PathBuf,
    runs: PathBuf,
    grid: Option<Grid>,
}

impl Scene {
    pub(super) fn of(workspace: &Workspace, grid: Option<Grid>) -> Self {
        let volumes = &workspace.session().volumes;
        let input = |v: &VolumeEntry| InputVolume {
            name: v.name.clone(),
            path: workspace.path_of(v),
            open: v.open,
        };
        let attributes = volumes
            .iter()
            .filter(|v| matches!(v.role, VolumeRole::Attribute | VolumeRole::Quantity));
        Self {
            inputs: workspace.inputs(),
            attributes: attributes.map(input).collect(),
            all: volumes.iter().map(input).collect(),
            forest: (volumes.iter().rev())
                .find(|v| v.role == VolumeRole::Classes && v.name.starts_with("rfc3d"))
                .map(|v| v.name.clone()),
            session: workspace.places().session.clone(),
            runs: workspace.places().runs.clone(),
            grid,
        }
    }

    /// Does a job; gives what to show.
    pub(super) fn work(&self, job: RunJob) -> Result<Opening, String> {
        match job {
            RunJob::Look => Ok(Opening::Said(String::new())),
            RunJob::Form {
                module,
                settings,
                volumes,
            } => self.form(module, &settings, &volumes),
            RunJob::LookInto(path, format) => {
                let seen = preview_training(&path, &format).map_err(|e| e.to_string());
                Ok(Opening::Training(path, seen))
            }
            RunJob::LookIntoWells(asked, volumes) => {
                let seen = wells_in_words(&asked, &volumes);
                Ok(Opening::Wells(asked, seen))
            }
            RunJob::LaunchDefaults(name) => match self.next_on_rows(name)? {
                Some(opening) => Ok(opening),
                None => self.launch_defaults(name),
            },
            RunJob::Launch(request) => self.launch(&request),
            RunJob::Estimate(request) => self.estimate(&request),
            RunJob::Cancel(number) => {
                self.run(number)?.cancel().map_err(|e| e.to_string())?;
                Ok(Opening::Said(format!(
                    "run {number} is asked to stop; what is finished is kept"
                )))
            }
            RunJob::Resume(number) => {
                runs::resume(&self.run(number)?).map_err(|e| e.to_string())?;
                Ok(Opening::Said(format!(
                    "run {number} goes on from its finished units"
                )))
            }
            RunJob::Pause(number) => {
                self.run(number)?.pause().map_err(|e| e.to_string())?;
                Ok(Opening::Said(format!(
                    "run {number} rests; its memory is kept, its cores are free; p goes on"
                )))
            }
            RunJob::First(number) => {
                self.run(number)?.put_first().map_err(|e| e.to_string())?;
                Ok(Opening::Said(format!(
                    "run {number} starts before the others that wait"
                )))
            }
            RunJob::Result(number, at) => {
                let (facts, outcome) = self.result(number, at)?;
                Ok(Opening::Result(facts, outcome))
            }
            RunJob::Chart => {
                let (facts, outcome) = self.newest_map()?;
                Ok(Opening::Chart(facts, outcome))
            }
            RunJob::Tree { run, number } => self.tree(run, number),
            RunJob::Copy(text) => Ok(Opening::Said(text)),
            RunJob::Examine { name, open } => self.examine(&name, open),
            RunJob::Survey(name) => self.survey(&name),
            RunJob::Scan(name) => self.launch_on("scan", self.volume(&name)?),
            RunJob::Prepare(name) => self.prepare(&name),
        }
    }

    fn run(&self, number: u32) -> Result<RunDirectory, String> {
        let found = runs::list(&self.runs)
            .into_iter()
            .find(|r| r.number == number);
        found
            .map(|r| r.directory)
            .ok_or_else(|| format!("there is no run {number}"))
    }

    fn volume(&self, name: &str) -> Result<&InputVolume, String> {
        let found = self.all.iter().find(|v| v.name == name);
        found.ok_or_else(|| format!("there is no volume {name}"))
    }

    fn volumes(&self, reads: Reads) -> Vec<&InputVolume> {
        match reads {
            Reads::Amplitude => self.inputs.amplitude.iter().collect(),
            Reads::Candidates => self.attributes.iter().collect(),
        }
    }

    /// The classes that a run on some volumes can be compared with: those of the
    /// newest forest, where they lie on the same grid.
    fn comparable(&self, with: Option<&Candidate>) -> Option<String> {
        let (forest, with) = (self.volume(self.forest.as_deref()?).ok()?, with?);
        let classes = open(&forest.path, &forest.open).ok()?;
        let attribute = open(&with.input.path, &with.input.open).ok()?;
        let same = classes.grid().difference(attribute.grid()).is_none();
        same.then(|| forest.name.clone())
    }

    fn named(&self, settings: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let mut settings = settings.clone();
        let name = crate::model::candidate_name(&self.inputs.project);
        settings.entry("name".into()).or_insert(name);
        settings
    }

    fn form(
        &self,
        name: &str,
        settings: &BTreeMap<String, String>,
        chosen: &[String],
    ) -> Result<Opening, String> {
        let module = modules::find(name).map_err(|e| e.to_string())?;
        let mut settings = self.named(settings);
        let applied = self.apply_newest(name, &mut settings);
        let chosen = if chosen.is_empty() { &applied } else { chosen };
        let candidate = |v: &&InputVolume| {
            let wanted = if chosen.is_empty() {
                module.reads() == Reads::Amplitude
                    || self.inputs.candidates.iter().any(|c| c.name == v.name)
            } else {
                chosen.contains(&v.name)
            };
            Candidate {
                input: Input::new(v.name.clone(), &v.path, v.open),
                note: String::new(),
                chosen: wanted,
            }
        };
        let awaited = |promised: runs::Promised| Candidate {
            chosen: chosen.contains(&promised.name),
            note: format!("run {} makes it", promised.number),
            input: Input::new(promised.name, promised.path, OpenOptions::default()),
        };
        let mut volumes: Vec<Candidate> =
            self.volumes(module.reads()).iter().map(candidate).collect();
        if module.reads() == Reads::Candidates {
            volumes.extend(runs::promised(&self.runs).into_iter().map(awaited));
        }
        let facies = self.inputs.facies.iter().map(|facies| {
            let own: Vec<_> = self
                .inputs
                .polygons
                .iter()
                .filter(|p| p.facies == facies.name)
                .collect();
            let voxels = |grid: &Grid| {
                own.iter()
                    .filter_map(|p| p.voxels(grid, 0))
                    .map(|v| v.len())
                    .sum()
            };
            Picked {
                facies: facies.clone(),
                polygons: own.len(),
                voxels: self.grid.as_ref().map(voxels),
            }
        });
        if module
            .parameters()
            .iter()
            .any(|p| p.name == COMPARED_SETTING)
            && let Some(forest) = self.comparable(volumes.iter().find(|v| v.chosen))
        {
            settings.entry(COMPARED_SETTING.into()).or_insert(forest);
        }
        let facts = LaunchFacts {
            title: self.inputs.project.clone(),
            session: Some(self.session.clone()),
            volumes,
            training: if module.learns() {
                Training::Polygons
            } else {
                Training::None
            },
            facies: if module.learns() {
                facies.collect()
            } else {
                Vec::new()
            },
            grid: self.grid,
            settings,
            after: Vec::new(),
            learnt: self.rows(module).unwrap_or_default().map(|rows| {
                let seen = preview_training(&rows.path, &TrainingFormat::default());
                (rows.path, seen.map_err(|e| e.to_string()))
            }),
        };
        Ok(Opening::Form(Box::new(LaunchForm::new(module, facts))))
    }

    fn launch_defaults(&self, name: &str) -> Result<Opening, String> {
        let module = modules::find(name).map_err(|e| e.to_string())?;
        let volumes = match module.reads() {
            Reads::Amplitude => self.inputs.amplitude.iter().collect::<Vec<_>>(),
            Reads::Candidates => self.inputs.candidates.iter().collect(),
        };
        let volumes = volumes
            .into_iter()
            .map(|v| Input::new(v.name.clone(), &v.path, v.open))
            .collect();
        let training = if module.learns() {
            Training::Polygons
        } else {
            Training::None
        };
        let mut settings = self.named(&BTreeMap::new());
        if name == "attributes3d" && self.ranks_first() {
            settings.insert("at".into(), "polygons".into());
        }
        let rows = self.rows(module)?;
        let training = if rows.is_some() {
            Training::File
        } else {
            training
        };
        let mut request =
            Request::new(module, &settings, volumes, training).map_err(|e| e.to_string())?;
        request.session = Some(self.session.clone());
        request.training_file = rows.map(|rows| rows.path);
        self.launch(&request)
    }

    /// What the file of a volume holds.
    fn examine(&self, name: &str, open: Option<OpenOptions>) -> Result<Opening, String> {
        let volume = self.volume(name)?;
        let open_as = open.unwrap_or(volume.open);
        let diagnosis = glance(&volume.path, &open_as, MAP).map_err(|e| e.to_string())?;
        Ok(Opening::Diagnosis(Box::new(Examined {
            volume: name.to_owned(),
            path: crate::model::printable(&volume.path.display().to_string()),
            bytes: std::fs::metadata(&volume.path).map_or(0, |m| m.len()),
            open: open_as,
            kept: volume.open,
            diagnosis,
        })))
    }

    /// Where the traces of a volume lie.
    fn survey(&self, name: &str) -> Result<Opening, String> {
        let input = self.volume(name)?;
        let volume = open(&input.path, &input.open).map_err(|e| e.to_string())?;
        let [inlines, crosslines, _] = volume.grid().shape();
        let diagnosis = glance(&input.path, &input.open, MAP).map_err(|e| e.to_string())?;
        Ok(Opening::Survey(Box::new(Ground {
            volume: name.to_owned(),
            shape: (inlines, crosslines),
            traces: diagnosis.map,
            corners: diagnosis.facts.corners,
            track: track(volume.as_ref(), TRACK).map_err(|e| e.to_string())?,
        })))
    }

    /// Begins the runs that a large volume wants: all of its headers read, and a
    /// bricked copy. Who cancelled such a run has declined it.
    fn prepare(&self, name: &str) -> Result<Opening, String> {
        let input = self.volume(name)?;
        let volume = open(&input.path, &input.open).map_err(|e| e.to_string())?;
        let nothing = Ok(Opening::Said(String::new()));
        let bytes = std::fs::metadata(&input.path).map_or(0, |m| m.len());
        if bytes < COPIED_FROM {
            return nothing;
        }
        let runs = runs::list(&self.runs);
        let declined = |module: &str| {
            runs.iter().any(|run| {
                let same = |i: &Input| i.path == input.path && i.open == input.open;
                let state = run.progress.state;
                run.request.module == module
                    && run.request.volumes.iter().any(same)
                    && !matches!(state, State::Done | State::Failed)
            })
        };
        let mut after = Vec::new();
        if volume.certainty() == Certainty::Probed && !declined("scan") {
            after.push(self.start("scan", input, Vec::new())?);
        }
        let memory = Arc::new(BrickMemory::new(0));
        let copied = Bricks::open(volume.as_ref(), &memory).is_ok_and(|found| found.is_some());
        if copied || declined("bricks") {
            return match after.last() {
                None => nothing,
                Some(scan) => Ok(Opening::Said(format!(
                    "run {scan} reads all trace headers of {name} in the background"
                ))),
            };
        }
        let run = self.start("bricks", input, after)?;
        Ok(Opening::Said(format!(
            "run {run} makes a copy of {name} for quick slices; to decline it: Space r, x"
        )))
    }

    /// Starts a module with its defaults on one volume; gives the run's number.
    fn start(&self, module: &str, input: &InputVolume, after: Vec<u32>) -> Result<u32, String> {
        let module = modules::find(module).map_err(|e| e.to_string())?;
        let volumes = vec![Input::new(input.name.clone(), &input.path, input.open)];
        let mut request = Request::new(module, &BTreeMap::new(), volumes, Training::None)
            .map_err(|e| e.to_string())?;
        request.session = Some(self.session.clone());
        request.after = after;
        let run =
            runs::launch(&self.runs, &request, &Frozen::default()).map_err(|e| e.to_string())?;
        Ok(run.number())
    }

    fn launch_on(&self, module: &str, input: &InputVolume) -> Result<Opening, String> {
        let run = self.start(module, input, Vec::new())?;
        Ok(Opening::Said(format!(
            "run {run} {module} has begun; Space r watches it, and it goes on if you leave"
        )))
    }

    fn launch(&self, request: &Request) -> Result<Opening, String> {
        let mut request = request.clone();
        if request.is_at_polygons() {
            request.training = Training::Polygons;
        }
        self.add_compared(&mut request)?;
        let request = &request;
        let force = request.settings.get("force").is_some_and(|f| f == "yes");
        if let Some(run) = (!force)
            .then(|| runs::made_before(&self.runs, request))
            .flatten()
        {
            return Ok(Opening::Said(format!(
                "run {} made this already, and its inputs are the same; force computes it again",
                run.number()
            )));
        }
        let picks = (request.training == Training::Polygons).then(|| self.picks());
        let frozen = Frozen {
            picks,
            training: (request.training_file.clone())
                .filter(|_| request.training == Training::File),
            wells: wells(request)?,
        };
        let planned = runs::plan(&self.runs, request, &frozen).map_err(|e| e.to_string())?;
        let number = planned.last().map_or(0, RunDirectory::number);
        // Asked before the start: what is laid out is not needed any more.
        let needs = planned.iter().find_map(|run| run.needs().ok().flatten());
        for run in &planned {
            runs::resume(run).map_err(|e| e.to_string())?;
        }
        Ok(Opening::Said(format!(
            "run {number} {} has begun; Space r watches it, and it goes on if you leave{}",
            request.module,
            needs.map_or(String::new(), |needs| format!("; {needs}"))
        )))
    }

    /// Puts the volume that a run is compared with among those that it reads.
    fn add_compared(&self, request: &mut Request) -> Result<(), String> {
        let Some(name) = request.settings.get(COMPARED_SETTING) else {
            return Ok(());
        };
        if request.volumes.iter().all(|v| v.name != *name) {
            let volume = self.volume(name)?;
            let input = Input::new(volume.name.clone(), &volume.path, volume.open);
            request.volumes.push(input);
        }
        Ok(())
    }

    /// What a run would cost: it is planned and not begun.
    fn estimate(&self, request: &Request) -> Result<Opening, String> {
        let mut request = request.clone();
        // Outputs that exist stand against a launch, not against a plan.
        request.settings.insert("force".into(), "yes".into());
        self.add_compared(&mut request)?;
        let module = modules::find(&request.module).map_err(|e| e.to_string())?;
        let nowhere = self.runs.join("planned");
        let place = Place {
            frozen: nowhere.clone(),
            out: nowhere.clone(),
            checkpoints: nowhere,
            recipe: Recipe {
                module: request.module.clone(),
                version: request.version.clone(),
                request: String::new(),
            },
        };
        let job = module
            .prepare(&request, &place)
            .map_err(|e| e.to_string())?;
        let seconds = |stage: &Stage| stage.cost * stage.total() as f64;
        Ok(Opening::Bill(Bill {
            seconds: job.stages().iter().map(seconds).sum(),
            bytes: job.bytes(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
        }))
    }

    /// The newest latent map.
    fn newest_map(&self) -> Result<(ResultFacts, Box<Outcome>), String> {
        let all = runs::list(&self.runs);
        let newest = (all.iter())
            .find(|r| r.progress.state == State::Done && r.request.module == "gtm3d")
            .ok_or("no latent map is made yet; Space m launches gtm3d")?;
        self.result(Some(newest.number), [0; 3])
    }

    fn result(
        &self,
        number: Option<u32>,
        at: [usize; 3],
    ) -> Result<(ResultFacts, Box<Outcome>), String> {
        let newest = || {
            let all = runs::list(&self.runs);
            let done = all.iter().find(|r| r.progress.state == State::Done);
            done.map(|r| r.number)
        };
        let number = (number.or_else(newest)).ok_or("no run is done yet; Space m launches one")?;
        let run = self.run(number)?;
        let progress = run.progress().map_err(|e| e.to_string())?;
        let request = run.request().map_err(|e| e.to_string())?;
        let outcome = run.outcome().map_err(|e| e.to_string())?;
        let outcome = outcome.ok_or_else(|| {
            format!(
                "run {number} has no result: it is {}",
                progress.state.word()
            )
        })?;
        let facts = ResultFacts {
            number,
            training: request.training,
            module: request.module,
            seconds: progress.seconds,
            folder: run.path().to_owned(),
            facies: self.inputs.facies.clone(),
            node: self.node(&run, &outcome, at),
        };
        Ok((facts, Box::new(outcome)))
    }

    /// One tree of the forest that a run grew, as a table.
    fn tree(&self, number: u32, tree: usize) -> Result<Opening, String> {
        let run = self.run(number)?;
        let request = run.request().map_err(|e| e.to_string())?;
        let place = run.place(&request).map_err(|e| e.to_string())?;
        let outcome = run.outcome().map_err(|e| e.to_string())?;
        let Some(ModuleResult::Forest(forest)) = outcome.map(|outcome| outcome.result) else {
            return Err(format!("run {number} grew no forest"));
        };
        let path = place.out.join(&forest.model);
        let table = modules::tree_table(&path, tree).map_err(|e| e.to_string())?;
        Ok(Opening::Tables(Box::new(TableFacts {
            live: false,
            title: request.module,
            facts: format!("run {number}, tree {tree} of {}", forest.trees),
            first: table.name.clone(),
            tables: vec![table],
            folder: None,
        })))
    }
}

impl Scene {
    /// The node of a run's latent map on which a voxel of the survey lies.
    fn node(&self, run: &RunDirectory, outcome: &Outcome, at: [usize; 3]) -> Option<usize> {
        let file = outcome.outputs.iter().find(|o| o.name == "gtm_node")?;
        let place = run.place(&run.request().ok()?).ok()?;
        let volume = open(&place.out.join(&file.path), &OpenOptions::default()).ok()?;
        let (from, to) = (self.grid.as_ref()?, volume.grid());
        let pick = |from: &Axis, to: &Axis, at| to.index(from.value(at)).map(Pick::one);
        let block = Block {
            inlines: pick(&from.inlines, &to.inlines, at[0])?,
            crosslines: pick(&from.crosslines, &to.crosslines, at[1])?,
            samples: pick(&from.samples, &to.samples, at[2])?,
        };
        let mut value = [f32::NAN];
        volume.read(&block, &mut value).ok()?;
        (value[0] >= 1.0).then(|| value[0] as usize - 1)
    }
}

/// What the finished runs below a folder made, for the session to adopt.
pub(super) fn finished(root: &Path) -> Result<Vec<runs::Finished>, String> {
    runs::finished(root).map_err(|e| e.to_string())
}
