//! One subcommand per module, made from its parameter table: asks, works in the
//! foreground, prints.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use super::{reading, session, table, wells};
use crate::io;
use crate::model::{SampleUnit, candidate_name};
use crate::modules::{
    CLUSTER, COMMON, COMPARED_SETTING, Input, Kind, MODEL_SETTING, Module, Outcome, Parameter,
    Picks, Reads, Request, Training, shared_parameters,
};
use crate::runs::{self, Frozen, RunDirectory};

/// The subcommand of a module.
pub(super) fn command(module: &'static dyn Module) -> Command {
    let name = module.name();
    let mut command = Command::new(name)
        .about(module.summary())
        .arg(
            path("session", "SESSION")
                .help("session that names the facies, the volumes and the project"),
        )
        .arg(
            path("volumes", "VOLUME")
                .num_args(1..)
                .help("volumes to read, in order: files, or names that the session knows"),
        )
        .arg(
            Arg::new("json")
                .long("json")
                .action(ArgAction::SetTrue)
                .help("print the result as JSON"),
        )
        .arg(super::runs::detach())
        .arg(
            Arg::new("after")
                .long("after")
                .value_name("RUN")
                .value_delimiter(',')
                .value_parser(value_parser!(u32))
                .help("runs of the same folder that must be done before; without volumes, what they make is read"),
        )
        .args(reading::options());
    let hyphened = name.replace('_', "-");
    if hyphened != name {
        command = command.alias(hyphened);
    }
    if module.reads() == Reads::Amplitude {
        command = command.arg(
            Arg::new("volume")
                .value_name("VOLUME")
                .value_parser(value_parser!(PathBuf))
                .help("volume to read"),
        );
    }
    if reads_named(module) {
        command = command.arg(
            Arg::new("volume")
                .value_name("VOLUME")
                .num_args(0..)
                .value_parser(value_parser!(PathBuf))
                .help("volumes to read, in order: files, or names that the session knows"),
        );
    }
    if module.learns() {
        command = command
            .arg(
                path("polygons", "FILE")
                    .num_args(1..)
                    .help("polygon files, one facies each, in order"),
            )
            .arg(path("training-file", "FILE").help("text training file instead of polygons"))
            .arg(
                path("training-volumes", "FILE")
                    .num_args(1..)
                    .conflicts_with("training-file")
                    .help(
                        "AASPI training volumes, training_<facies>_<attribute>_*.H, in any order",
                    ),
            )
            .args(wells::options());
    }
    for parameter in module.parameters() {
        command = command.arg(option(parameter));
    }
    for parameter in COMMON {
        command = command.arg(option(parameter).help_heading("Every module"));
    }
    for parameter in CLUSTER {
        command = command.arg(option(parameter).help_heading("With --on slurm"));
    }
    command
}

/// True where a module that need not learn is asked to work at the picked voxels.
fn at_polygons(module: &dyn Module, matches: &ArgMatches) -> bool {
    let has = module.parameters().iter().any(|p| p.name == "at");
    has && matches
        .get_one::<String>("at")
        .is_some_and(|at| at == "polygons")
}

/// True for a module that works on whatever volumes it is given.
fn reads_named(module: &dyn Module) -> bool {
    module.reads() == Reads::Candidates && !module.learns()
}

fn path(name: &'static str, value: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .value_name(value)
        .value_parser(value_parser!(PathBuf))
}

/// The option of a parameter. A flag that is on by default is turned off by `--no-...`.
fn option(parameter: &'static Parameter) -> Arg {
    let hyphened = parameter.name.replace('_', "-");
    let arg = Arg::new(parameter.name);
    if parameter.kind == Kind::Flag {
        let on = parameter.default == "yes";
        let long = if on {
            format!("no-{hyphened}")
        } else {
            hyphened
        };
        let help = if on {
            format!("without: {}", parameter.doc)
        } else {
            parameter.doc.to_owned()
        };
        return arg.long(long).action(ArgAction::SetTrue).help(help);
    }
    let mut help = parameter.doc.to_owned();
    if !parameter.unit.is_empty() {
        help = format!("{help}; in {}", parameter.unit);
    }
    if !parameter.default.is_empty() {
        help = format!("{help} [default: {}]", parameter.default);
    }
    let value = match parameter.kind {
        Kind::Whole(..) => "N".to_owned(),
        Kind::Real(..) => "X".to_owned(),
        Kind::Range => "A:B[:STEP]".to_owned(),
        Kind::Words => "A,B,..".to_owned(),
        Kind::Choice(words) => words.join("|"),
        _ => "TEXT".to_owned(),
    };
    let arg = arg
        .long(hyphened.clone())
        .value_name(value)
        .help(help)
        .allow_hyphen_values(true);
    if hyphened == parameter.name {
        arg
    } else {
        arg.alias(parameter.name)
    }
}

/// Settings given on the command line.
fn settings(module: &'static dyn Module, matches: &ArgMatches) -> BTreeMap<String, String> {
    let mut settings = BTreeMap::new();
    for parameter in module.parameters().iter().chain(shared_parameters()) {
        if parameter.kind == Kind::Flag {
            if matches.get_flag(parameter.name) {
                let value = if parameter.default == "yes" {
                    "no"
                } else {
                    "yes"
                };
                settings.insert(parameter.name.to_owned(), value.to_owned());
            }
        } else if let Some(text) = matches.get_one::<String>(parameter.name) {
            settings.insert(parameter.name.to_owned(), text.clone());
        }
    }
    settings
}

/// What a request needs besides its settings.
struct Asked {
    volumes: Vec<Input>,
    training: Training,
    frozen: Frozen,
    session: Option<PathBuf>,
    /// Name of the project where `--name` gives none.
    project: String,
    /// Folder of the runs.
    root: PathBuf,
    /// Holds the training file made of training volumes until the run has its copy.
    joined: Option<tempfile::TempDir>,
    /// The training file that is learnt from.
    rows: Option<PathBuf>,
    /// The words that named the wells.
    wells: Vec<String>,
}

impl Asked {
    fn learn_from_file(&mut self, file: &Path) {
        self.training = Training::File;
        self.frozen = Frozen {
            training: Some(file.to_owned()),
            ..Frozen::default()
        };
        self.rows = Some(file.to_owned());
    }
}

fn gather(module: &'static dyn Module, matches: &ArgMatches) -> Result<Asked> {
    let open = reading::read(matches);
    let out = matches
        .get_one::<String>("out")
        .filter(|out| !out.is_empty());
    let mut asked = Asked {
        volumes: Vec::new(),
        training: Training::None,
        frozen: Frozen::default(),
        session: None,
        project: String::new(),
        joined: None,
        rows: None,
        wells: Vec::new(),
        root: out
            .map_or_else(PathBuf::new, PathBuf::from)
            .join("outcrop.runs"),
    };
    let mut named: Vec<PathBuf> = paths(matches, "volumes");
    if module.reads() == Reads::Amplitude {
        named.extend(matches.get_one::<PathBuf>("volume").cloned());
    }
    if reads_named(module) {
        named.extend(paths(matches, "volume"));
    }
    let compared = compared(module, matches);
    let known = match matches.get_one::<PathBuf>("session") {
        Some(path) => {
            let known = session::read(path)?;
            asked.root.clone_from(&known.runs);
            asked.project.clone_from(&known.project);
            asked.session = Some(path.clone());
            if module.learns() || at_polygons(module, matches) {
                asked.training = Training::Polygons;
                asked.frozen.picks = Some(known.picks.clone());
            }
            Some(known)
        }
        None => None,
    };
    let promised = runs::promised(&asked.root);
    let awaited: Vec<Input> = if named.is_empty() {
        let numbers = after(matches);
        let made = promised.iter().filter(|p| numbers.contains(&p.number));
        made.map(as_input).collect()
    } else {
        Vec::new()
    };
    let rows = known.as_ref().filter(|known| {
        let without = known.is_without(module.reads(), &named) && awaited.is_empty();
        module.learns() && module.needs_facies() && without && !names_rows(matches)
    });
    let rows = rows.and_then(|known| runs::picked_rows(&asked.root, &known.picks));
    asked.volumes = match &known {
        _ if !awaited.is_empty() => awaited,
        _ if rows.is_some() => Vec::new(),
        Some(known) if known.is_without(module.reads(), &named) && names_rows(matches) => {
            Vec::new()
        }
        Some(known) => known.volumes(module.reads(), &named, &promised)?,
        None => named
            .iter()
            .map(|path| Input::new(stem(path), path, open))
            .collect(),
    };
    if let Some(name) = compared {
        add_compared(&mut asked.volumes, known.as_ref(), &name)?;
    }
    if let Some(rows) = rows {
        eprintln!(
            "the session has no attribute volumes: the rows of run {} are learnt from",
            rows.number
        );
        asked.learn_from_file(&rows.path);
    } else if module.learns() {
        learn_from(module, &mut asked, matches)?;
    }
    if asked.volumes.is_empty() && !(module.learns() && module.needs_facies()) {
        bail!(
            "{}: nothing to read; name a volume, or --session SESSION.ron",
            module.name()
        );
    }
    if asked.project.is_empty() {
        let first = asked
            .frozen
            .training
            .as_deref()
            .or(asked.volumes.first().map(|v| v.path.as_path()));
        asked.project = first.map_or_else(|| "outcrop".to_owned(), stem);
    }
    Ok(asked)
}

/// The runs that must be done before.
fn after(matches: &ArgMatches) -> Vec<u32> {
    let numbers = matches.get_many::<u32>("after");
    numbers.into_iter().flatten().copied().collect()
}

/// A volume that is yet to be made.
pub(super) fn as_input(promised: &runs::Promised) -> Input {
    Input::new(
        promised.name.clone(),
        &promised.path,
        io::OpenOptions::default(),
    )
}

/// The class volume that a module is asked to compare with: a name or a file.
fn compared(module: &dyn Module, matches: &ArgMatches) -> Option<PathBuf> {
    let has = module
        .parameters()
        .iter()
        .any(|p| p.name == COMPARED_SETTING);
    has.then(|| matches.get_one::<String>(COMPARED_SETTING))?
        .filter(|name| !name.is_empty())
        .map(PathBuf::from)
}

/// Puts it among the volumes to read, where it is not there yet.
fn add_compared(
    volumes: &mut Vec<Input>,
    known: Option<&session::Known>,
    name: &Path,
) -> Result<()> {
    if volumes.iter().any(|v| Path::new(&v.name) == name) {
        return Ok(());
    }
    volumes.extend(match known {
        Some(known) => known.volumes(Reads::Candidates, &[name.to_owned()], &[])?,
        None => vec![Input::new(stem(name), name, io::OpenOptions::default())],
    });
    Ok(())
}

fn learn_from(module: &'static dyn Module, asked: &mut Asked, matches: &ArgMatches) -> Result<()> {
    let polygons = paths(matches, "polygons");
    if let Some(file) = matches.get_one::<PathBuf>("training-file") {
        if !file.is_file() {
            bail!("{}: there is no such training file", file.display());
        }
        asked.learn_from_file(file);
    } else if let volumes @ [_, ..] = &paths(matches, "training-volumes")[..] {
        let table = io::read_training_volumes(volumes)?;
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("training.txt");
        io::write_training(&file, &table, SampleUnit::Milliseconds)?;
        asked.training = Training::File;
        asked.frozen = Frozen {
            training: Some(file),
            ..Frozen::default()
        };
        asked.joined = Some(folder);
    } else if let files @ [_, ..] = &paths(matches, wells::FILES)[..] {
        let wanted = wells::asked(files, matches);
        asked.frozen = Frozen {
            wells: Some(wells::read(&wanted, &asked.volumes)?),
            ..Frozen::default()
        };
        asked.training = Training::Wells;
        asked.wells = wanted.words();
    } else if !polygons.is_empty() {
        asked.training = Training::Polygons;
        asked.frozen.picks = Some(read_polygons(&polygons)?);
    }
    let applies = matches.try_get_one::<String>(MODEL_SETTING).ok().flatten();
    if asked.training == Training::None && module.needs_facies() && applies.is_none() {
        bail!(
            "nothing to learn from; give --session SESSION.ron, --polygons FILE..., --wells FILE..., --training-file FILE or --training-volumes FILE..."
        );
    }
    Ok(())
}

/// True where training rows were named that need no volumes.
fn names_rows(matches: &ArgMatches) -> bool {
    ["training-file", "training-volumes"]
        .iter()
        .any(|name| !paths(matches, name).is_empty())
}

fn read_polygons(files: &[PathBuf]) -> Result<Picks> {
    let mut picks = Picks::default();
    for path in files {
        let (mut file, warnings) = io::read_polygons(path)?;
        for warning in warnings {
            eprintln!("warning: {warning}");
        }
        if file.facies.colour == 0 {
            file.facies.colour = picks.facies.len() as u8 + 1;
        }
        picks.facies.push(file.facies);
        picks.polygons.extend(file.polygons);
    }
    Ok(picks)
}

fn paths(matches: &ArgMatches, name: &str) -> Vec<PathBuf> {
    matches
        .try_get_many::<PathBuf>(name)
        .ok()
        .flatten()
        .map_or_else(Vec::new, |p| p.cloned().collect())
}

fn stem(path: impl AsRef<Path>) -> String {
    candidate_name(
        &path
            .as_ref()
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy(),
    )
}

/// Asks, works, prints.
pub(super) fn run(module: &'static dyn Module, matches: &ArgMatches) -> Result<()> {
    let asked = gather(module, matches)?;
    let mut settings = settings(module, matches);
    settings
        .entry("name".into())
        .or_insert_with(|| candidate_name(&asked.project));
    if let (Some(path), Some(last)) = (compared(module, matches), asked.volumes.last()) {
        let name = path.to_string_lossy().into_owned();
        let named = asked.volumes.iter().any(|v| v.name == name);
        settings.insert(
            COMPARED_SETTING.into(),
            if named { name } else { last.name.clone() },
        );
    }
    let mut request = Request::new(module, &settings, asked.volumes, asked.training)?;
    request.session = asked.session;
    request.after = after(matches);
    request.training_file.clone_from(&asked.rows);
    request.wells.clone_from(&asked.wells);
    let before = (!matches.get_flag("force"))
        .then(|| runs::made_before(&asked.root, &request))
        .flatten();
    let planned = match before {
        Some(run) => {
            eprintln!(
                "run {} made this already, and its inputs are the same; --force computes it again",
                run.number()
            );
            vec![run]
        }
        None => runs::plan(&asked.root, &request, &asked.frozen)?,
    };
    let detach = matches.get_flag("detach");
    let mut last = None;
    for run in planned {
        if detach {
            super::runs::begin(&run, true)?;
        } else if let Some(outcome) = super::runs::work_here(&run)? {
            last = Some((run, outcome));
        }
    }
    let Some((run, outcome)) = last else {
        return Ok(());
    };
    if matches.get_flag("json") {
        println!("{}", serde_json::to_string_pretty(&json(&run, &outcome)?)?);
    } else {
        show(&run, &outcome)?;
    }
    Ok(())
}

/// The module's JSON, with the seconds of each stage at its end.
fn json(run: &RunDirectory, outcome: &Outcome) -> Result<serde_json::Value> {
    let place = run.place(&run.request()?)?;
    let mut json = outcome.result.json(&place.out);
    let timing: serde_json::Map<_, _> = run
        .progress()?
        .stages
        .into_iter()
        .map(|s| (s.name, s.seconds.into()))
        .collect();
    if let Some(object) = json.as_object_mut() {
        object.insert("timing".into(), timing.into());
    }
    Ok(json)
}

fn show(run: &RunDirectory, outcome: &Outcome) -> Result<()> {
    let place = run.place(&run.request()?)?;
    for sentence in &outcome.sentences {
        println!("{sentence}");
    }
    for found in outcome.tables.iter().filter(|t| t.rows.len() <= 40) {
        println!("\n{}", table::text(found));
    }
    println!();
    for output in &outcome.outputs {
        println!(
            "{}  {}",
            output.name,
            place.out.join(&output.path).display()
        );
    }
    println!("run {}: {}", run.number(), run.path().display());
    Ok(())
}
