//! What is asked of a module, as it stands in a run's `request.ron`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::parameters::WITHOUT_EFFECT;
use super::{Module, ModuleError, Picks, Values, Wells, shared_parameters};
use crate::io::{IoError, OpenOptions};
use crate::model::Recipe;

/// A volume that a run reads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its name: of the attribute, or `amplitude`.
    pub name: String,
    /// Where it lies.
    pub path: PathBuf,
    /// How to open it.
    #[serde(default)]
    pub open: OpenOptions,
    /// Its size in bytes when the run was asked for: another one means another file.
    #[serde(default)]
    pub size: u64,
    /// Its time of change, in seconds since 1970, when the run was asked for.
    #[serde(default)]
    pub modified: u64,
    /// BLAKE3 of its size, its ends and some of what lies between, when the run was
    /// asked for: the same on every machine that has the file.
    #[serde(default)]
    pub fingerprint: String,
}

impl Input {
    /// A volume by name and path; size, time of change and fingerprint are read from
    /// disk.
    pub fn new(name: impl Into<String>, path: impl Into<PathBuf>, open: OpenOptions) -> Self {
        let path = path.into();
        let facts = std::fs::metadata(&path).ok();
        let modified = facts.as_ref().and_then(|m| m.modified().ok());
        Self {
            name: name.into(),
            size: facts.map_or(0, |m| m.len()),
            modified: modified
                .and_then(|t| t.duration_since(std::time::UNIX_EPOCH).ok())
                .map_or(0, |d| d.as_secs()),
            fingerprint: fingerprint(&path).unwrap_or_default(),
            path,
            open,
        }
    }

    /// What has become different since the run was asked for; nothing where the
    /// file is the same, or was not there then.
    pub fn change(&self) -> Option<&'static str> {
        let now = Input::new(self.name.clone(), &self.path, self.open);
        if self.fingerprint.is_empty() {
            None
        } else if now.fingerprint.is_empty() {
            Some("is gone or cannot be read")
        } else if now.size != self.size {
            Some("has another size")
        } else if now.fingerprint != self.fingerprint {
            Some("holds something else")
        } else if now.modified != self.modified {
            Some("was written again")
        } else {
            None
        }
    }
}

/// Bytes at the head of a file that its fingerprint covers, and at places beyond.
const HEAD: u64 = 64 << 10;
const SPOT: u64 = 4 << 10;
/// Places that it covers beyond the head.
const SPOTS: u64 = 16;

/// BLAKE3 of the size of a file, its head and some spots, the last at its end: the
/// cost is 20 short reads whatever the size.
fn fingerprint(path: &Path) -> std::io::Result<String> {
    use std::os::unix::fs::FileExt;
    let file = std::fs::File::open(path)?;
    let size = file.metadata()?.len();
    let mut hasher = blake3::Hasher::new();
    hasher.update(&size.to_le_bytes());
    let mut add = |at: u64, length: u64| -> std::io::Result<()> {
        let mut bytes = vec![0; length.min(size - at) as usize];
        file.read_exact_at(&mut bytes, at)?;
        hasher.update(&bytes);
        Ok(())
    };
    add(0, HEAD)?;
    if size > HEAD {
        let last = size.saturating_sub(SPOT);
        for spot in 1..SPOTS + 1 {
            add(
                (u128::from(last) * u128::from(spot) / u128::from(SPOTS)) as u64,
                SPOT,
            )?;
        }
    }
    Ok(hasher.finalize().to_hex()[..16].to_owned())
}

/// Where training rows come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Training {
    /// The module needs none.
    #[default]
    None,
    /// Facies and polygons frozen as `picks.ron`; rows are read from the volumes.
    Polygons,
    /// A training file frozen as `training.txt`, groups beside it where there are some.
    File,
    /// Wells frozen as `wells.ron`; rows are read from the volumes.
    Wells,
}

impl Training {
    /// What is left out together when a model is judged: the noun for it.
    pub fn group(self) -> &'static str {
        match self {
            Training::None | Training::Polygons => "polygon",
            Training::File => "group",
            Training::Wells => "well",
        }
    }
}

/// A request: a module, its settings, its inputs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The module.
    pub module: String,
    /// Program version that asked.
    pub version: String,
    /// Settings that differ from the defaults, by parameter.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    /// Volumes to read, in order.
    #[serde(default)]
    pub volumes: Vec<Input>,
    /// Where training rows come from.
    #[serde(default)]
    pub training: Training,
    /// Where the training file was: the run reads its frozen copy.
    #[serde(default)]
    pub training_file: Option<PathBuf>,
    /// The words of the command line that named the wells: the run reads its frozen copy.
    #[serde(default)]
    pub wells: Vec<String>,
    /// The session it was asked from.
    #[serde(default)]
    pub session: Option<PathBuf>,
    /// Numbers of the runs that must be done before.
    #[serde(default)]
    pub after: Vec<u32>,
}

impl Request {
    /// A request of a module with settings; those at their defaults are dropped.
    pub fn new(
        module: &dyn Module,
        settings: &BTreeMap<String, String>,
        volumes: Vec<Input>,
        training: Training,
    ) -> Result<Self, ModuleError> {
        let mut request = Request {
            module: module.name().to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            volumes,
            training,
            ..Request::default()
        };
        let values = Values::check(module.name(), module.parameters(), settings)?;
        for parameter in module.parameters().iter().chain(shared_parameters()) {
            let text = values.text(parameter.name);
            if text != parameter.default {
                request
                    .settings
                    .insert(parameter.name.to_owned(), text.to_owned());
            }
        }
        Ok(request)
    }

    /// The checked values of all parameters.
    pub fn values(&self, module: &'static dyn Module) -> Result<Values, ModuleError> {
        Values::check(module.name(), module.parameters(), &self.settings)
    }

    /// BLAKE3 of everything that decides the result: module, version, settings
    /// that have an effect, names, sizes and fingerprints of inputs, frozen files. Paths,
    /// times, hosts and thread counts are left out.
    pub fn hash(&self, frozen: &Path) -> Result<String, ModuleError> {
        let mut hasher = blake3::Hasher::new();
        let mut add = |bytes: &[u8]| {
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        };
        add(self.module.as_bytes());
        add(self.version.as_bytes());
        for (name, text) in &self.settings {
            if !WITHOUT_EFFECT.contains(&name.as_str()) {
                add(name.as_bytes());
                add(text.as_bytes());
            }
        }
        for input in &self.volumes {
            add(input.name.as_bytes());
            add(&input.size.to_le_bytes());
            // Requests of before there were fingerprints keep their hashes.
            if !input.fingerprint.is_empty() {
                add(input.fingerprint.as_bytes());
            }
        }
        for name in [PICKS, TRAINING, GROUPS, MODEL, WELLS] {
            let path = frozen.join(name);
            if path.exists() {
                let bytes = std::fs::read(&path).map_err(|source| crate::io::IoError::System {
                    path,
                    action: "reading a frozen input",
                    source,
                })?;
                add(name.as_bytes());
                add(&bytes);
            }
        }
        Ok(hasher.finalize().to_hex()[..12].to_owned())
    }

    /// True where it reads what an earlier run has yet to make.
    pub fn waits_for_volumes(&self) -> bool {
        !self.after.is_empty() && self.volumes.iter().any(|v| !v.path.exists())
    }

    /// The request that filters the attributes of this one first, where it asks for
    /// that.
    pub fn filter_first(&self) -> Option<Request> {
        let asked = self.settings.get(FILTER_SETTING)?;
        // Classes to compare with are no attribute.
        let compared = self.settings.get(COMPARED_SETTING);
        let settings = self.settings.iter();
        let kept = settings.filter(|(name, _)| shared_parameters().any(|p| p.name == **name));
        (asked == "yes").then(|| Request {
            module: "kuwahara3d".into(),
            version: self.version.clone(),
            settings: kept.map(|(a, b)| (a.clone(), b.clone())).collect(),
            volumes: (self.volumes.iter())
                .filter(|v| Some(&v.name) != compared)
                .cloned()
                .collect(),
            session: self.session.clone(),
            ..Request::default()
        })
    }

    /// The same with other settings, checked; an empty value is the default.
    pub fn changed(
        &self,
        module: &'static dyn Module,
        changes: &BTreeMap<String, String>,
    ) -> Result<Request, ModuleError> {
        let mut settings = self.settings.clone();
        for (name, text) in changes {
            let name = name.replace('-', "_");
            if text.is_empty() {
                settings.remove(&name);
            } else {
                settings.insert(name, text.clone());
            }
        }
        let fresh = Request::new(module, &settings, self.volumes.clone(), self.training)?;
        Ok(Request {
            session: self.session.clone(),
            training_file: self.training_file.clone(),
            wells: self.wells.clone(),
            ..fresh
        })
    }

    /// True where attributes are wanted at the picked voxels alone, as training rows.
    pub fn is_at_polygons(&self) -> bool {
        self.settings.get("at").is_some_and(|at| at == "polygons")
    }

    /// True where it is to be worked by a cluster.
    pub fn is_for_slurm(&self) -> bool {
        self.settings.get("on").is_some_and(|on| on == "slurm")
    }

    /// True where another request, of the same unchanged files, gives the same
    /// files at the same place. Requests that learn are never sure of that: what
    /// they learn from is frozen elsewhere.
    pub fn repeats(&self, other: &Request) -> bool {
        let decisive = |request: &Request| {
            let mut settings = request.settings.clone();
            settings.retain(|name, _| name == "out" || !WITHOUT_EFFECT.contains(&name.as_str()));
            settings
        };
        self.training == Training::None
            && other.training == Training::None
            && (&self.module, &self.version) == (&other.module, &other.version)
            && self.volumes == other.volumes
            && decisive(self) == decisive(other)
    }

    /// The same run as a command line, to copy.
    pub fn command_line(&self) -> String {
        let mut words = vec!["outcrop".to_owned(), self.module.clone()];
        if let Some(session) = &self.session {
            words.push("--session".into());
            words.push(quoted(&session.display().to_string()));
        }
        if let Some(file) = &self.training_file {
            words.push("--training-file".into());
            words.push(quoted(&file.display().to_string()));
        }
        words.extend(self.wells.iter().map(|word| quoted(word)));
        if !self.volumes.is_empty() {
            words.push("--volumes".into());
            for input in &self.volumes {
                let text = if self.session.is_some() {
                    input.name.clone()
                } else {
                    input.path.display().to_string()
                };
                words.push(quoted(&text));
            }
        }
        for (name, text) in &self.settings {
            let option = name.replace('_', "-");
            match text.as_str() {
                "yes" => words.push(format!("--{option}")),
                "no" => words.push(format!("--no-{option}")),
                _ => {
                    words.push(format!("--{option}"));
                    words.push(quoted(text));
                }
            }
        }
        words.join(" ")
    }
}

/// Name of the frozen facies and polygons.
pub const PICKS: &str = "picks.ron";
/// Name of the frozen training file.
pub const TRAINING: &str = "training.txt";
/// Name of the frozen wells.
pub const WELLS: &str = "wells.ron";
/// Name of the frozen groups of the training file.
pub const GROUPS: &str = "training.groups.txt";

/// Name of the frozen model.
pub const MODEL: &str = "model.ron";
/// The parameter that asks for the attributes to be filtered first, by `kuwahara3d`
/// in a run of its own.
pub const FILTER_SETTING: &str = "kuwahara";
/// The parameter that names a volume of classes to compare with: it is read, and is no
/// attribute.
pub const COMPARED_SETTING: &str = "compare";
/// The parameter that names the file of a model, in modules that can apply one.
pub const MODEL_SETTING: &str = "model";

/// A word for a POSIX shell.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:,=+@".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// Where a job finds its frozen inputs and puts its outputs.
#[derive(Clone, Debug)]
pub struct Place {
    /// Folder of the frozen inputs.
    pub frozen: PathBuf,
    /// Folder of the outputs.
    pub out: PathBuf,
    /// Folder where a long unit may keep how far it has come, until it is done.
    pub checkpoints: PathBuf,
    /// What goes into the outputs' history.
    pub recipe: Recipe,
}

impl Place {
    /// The facies and polygons that the run froze.
    pub fn picks(&self) -> Result<Picks, ModuleError> {
        self.thaw(PICKS)
    }

    /// The wells that the run froze.
    pub fn wells(&self) -> Result<Wells, ModuleError> {
        self.thaw(WELLS)
    }

    fn thaw<T: DeserializeOwned>(&self, name: &str) -> Result<T, ModuleError> {
        let path = self.frozen.join(name);
        let text = std::fs::read_to_string(&path).map_err(|source| IoError::System {
            path: path.clone(),
            action: "reading a frozen input",
            source,
        })?;
        ron::from_str(&text).map_err(|error| {
            let path = path.display();
            ModuleError::Input(format!("{path}: {error}; the run directory is damaged"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_the_shell() {
        assert_eq!(quoted("a/b.sgy"), "a/b.sgy");
        assert_eq!(quoted("it's $HOME"), r"'it'\''s $HOME'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn a_request_repeats_another_whatever_has_no_effect() {
        let input = Input {
            name: "a".into(),
            path: "/a.sgy".into(),
            open: OpenOptions::default(),
            size: 5,
            modified: 7,
            fingerprint: String::new(),
        };
        let first = Request {
            module: "attributes3d".into(),
            volumes: vec![input],
            ..Request::default()
        };
        let mut second = first.clone();
        second.settings.insert("threads".into(), "2".into());
        second.session = Some("/somewhere".into());
        assert!(first.repeats(&second));
        for (name, text) in [("max_dip", "3"), ("out", "/elsewhere")] {
            let mut other = first.clone();
            other.settings.insert(name.into(), text.into());
            assert!(!first.repeats(&other));
        }
        second.volumes[0].modified = 8;
        assert!(!first.repeats(&second));
        let mut learning = first.clone();
        learning.training = Training::File;
        assert!(!learning.repeats(&learning));
    }

    #[test]
    fn the_hash_leaves_out_what_has_no_effect() {
        let folder = tempfile::tempdir().unwrap();
        let mut a = Request {
            module: "rfc3d".into(),
            ..Request::default()
        };
        let plain = a.hash(folder.path()).unwrap();
        a.settings.insert("threads".into(), "2".into());
        a.session = Some("/somewhere".into());
        assert_eq!(a.hash(folder.path()).unwrap(), plain);
        a.settings.insert("seed".into(), "2".into());
        let seeded = a.hash(folder.path()).unwrap();
        assert_ne!(seeded, plain);
        std::fs::write(folder.path().join(PICKS), "x").unwrap();
        assert_ne!(a.hash(folder.path()).unwrap(), seeded);
    }
}
