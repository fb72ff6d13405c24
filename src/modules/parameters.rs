//! Parameter tables: one source for the command line, `--help`, the launch
//! form, and the request file.

use std::collections::BTreeMap;

use super::ModuleError;

/// What values a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// `yes` or `no`; on the command line `--name`, or `--no-name` where the
    /// default is `yes`.
    Flag,
    /// A whole number between two bounds, included.
    Whole(u64, u64),
    /// A number between two bounds, included.
    Real(f64, f64),
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Words separated by commas.
    Words,
    /// Anything that can be shown, possibly nothing.
    Text,
    /// A path, kept as it stands: names of files may hold any sign.
    Path,
    /// `first:last[:step]` in survey numbers.
    Range,
}

/// One parameter of a module.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parameter {
    /// Its name, with underscores; hyphens are accepted when typed.
    pub name: &'static str,
    /// Unit of its value, or nothing.
    pub unit: &'static str,
    /// Its value where nothing is said. `auto` and the empty text are allowed
    /// for every kind: the module decides.
    pub default: &'static str,
    /// What values it takes.
    pub kind: Kind,
    /// What it does, in one line.
    pub doc: &'static str,
}

impl Parameter {
    /// A row of a parameter table.
    pub const fn new(
        name: &'static str,
        kind: Kind,
        default: &'static str,
        unit: &'static str,
        doc: &'static str,
    ) -> Self {
        Self {
            name,
            unit,
            default,
            kind,
            doc,
        }
    }

    /// The value in its normal form, or why it cannot be taken.
    pub fn check(&self, as_it_stands: &str) -> Result<String, ModuleError> {
        let text = as_it_stands.trim();
        if text == self.default {
            return Ok(text.to_owned());
        }
        let wrong = |reason: String| Err(ModuleError::parameter(self.name, reason));
        let shown = crate::model::printable(text);
        match self.kind {
            Kind::Flag => match text {
                "yes" | "true" | "on" | "1" => Ok("yes".into()),
                "no" | "false" | "off" | "0" => Ok("no".into()),
                _ => wrong(format!("`{shown}` is neither yes nor no")),
            },
            Kind::Whole(low, high) => match text.parse::<u64>() {
                Ok(n) if (low..=high).contains(&n) => Ok(n.to_string()),
                _ => wrong(format!(
                    "`{shown}` is not a whole number from {low} to {high}"
                )),
            },
            Kind::Real(low, high) => match text.parse::<f64>() {
                Ok(x) if x >= low && x <= high => Ok(x.to_string()),
                _ => wrong(format!("`{shown}` is not a number from {low} to {high}")),
            },
            Kind::Choice(words) => match words.iter().find(|w| w.eq_ignore_ascii_case(text)) {
                Some(word) => Ok((*word).to_owned()),
                None => wrong(format!("`{shown}` is none of {}", words.join(", "))),
            },
            Kind::Words => Ok(words_of(text).join(",")),
            Kind::Text => Ok(shown),
            Kind::Path => Ok(as_it_stands.to_owned()),
            Kind::Range if text.is_empty() => Ok(String::new()),
            Kind::Range => match text.parse::<crate::model::Span>() {
                Ok(span) => Ok(span.to_string()),
                Err(error) => wrong(error.to_string()),
            },
        }
    }
}

fn words_of(text: &str) -> Vec<&str> {
    text.split([',', ' '])
        .map(str::trim)
        .filter(|w| !w.is_empty())
        .collect()
}

/// The parameters that every module has.
pub const COMMON: &[Parameter] = &[
    Parameter::new(
        "inlines",
        Kind::Range,
        "",
        "",
        "first:last[:step]; all where empty",
    ),
    Parameter::new(
        "crosslines",
        Kind::Range,
        "",
        "",
        "first:last[:step]; all where empty",
    ),
    Parameter::new(
        "times",
        Kind::Range,
        "",
        "ms or m",
        "first:last[:step]; all where empty",
    ),
    Parameter::new(
        "name",
        Kind::Text,
        "",
        "",
        "unique project name, part of every file name",
    ),
    Parameter::new(
        "suffix",
        Kind::Text,
        "",
        "",
        "put after the name where one is given",
    ),
    Parameter::new(
        "out",
        Kind::Path,
        "",
        "",
        "where volumes are written; the run directory where empty",
    ),
    Parameter::new(
        "force",
        Kind::Flag,
        "no",
        "",
        "overwrite outputs that exist",
    ),
    Parameter::new(
        "seed",
        Kind::Whole(0, u64::MAX),
        "20211011",
        "",
        "same seed, same bytes",
    ),
    Parameter::new(
        "threads",
        Kind::Whole(1, 4096),
        "auto",
        "",
        "worker threads; auto = all cores",
    ),
    Parameter::new(
        "memory",
        Kind::Real(0.05, 1e6),
        "2",
        "GiB",
        "never exceeded by blocks in memory; they shrink to fit",
    ),
    Parameter::new(
        "on",
        Kind::Choice(&["local", "slurm"]),
        "local",
        "",
        "slurm: as arrays of tasks on the cluster that this machine submits to",
    ),
];

/// The parameters that every module has for work on a cluster: they mean something
/// where `on` is `slurm`.
pub const CLUSTER: &[Parameter] = &[
    Parameter::new(
        "tasks",
        Kind::Whole(1, 10_000),
        "4",
        "",
        "tasks of an array, of as many cores each as threads says, else 1",
    ),
    Parameter::new(
        "partition",
        Kind::Text,
        "",
        "",
        "partition; the cluster's own choice where empty",
    ),
    Parameter::new("account", Kind::Text, "", "", "account that is charged"),
    Parameter::new(
        "time_limit",
        Kind::Whole(1, 100_000),
        "auto",
        "minutes",
        "of a task; auto = from a short sample, with a margin",
    ),
    Parameter::new(
        "resubmit",
        Kind::Whole(0, 100),
        "3",
        "times",
        "arrays sent again for units that a time limit, preemption or a node lost",
    ),
    Parameter::new(
        "environment",
        Kind::Words,
        "",
        "",
        "environment modules to load, such as gcc/12",
    ),
    Parameter::new(
        "sbatch",
        Kind::Text,
        "",
        "",
        "further options of sbatch, such as --qos=long --exclude=n7",
    ),
];

/// What every module has, on one machine and on a cluster.
pub fn shared_parameters() -> impl Iterator<Item = &'static Parameter> {
    COMMON.iter().chain(CLUSTER)
}

/// Settings that change how a run is worked but not what it gives; the model is
/// frozen, and counts by its content.
pub(super) const WITHOUT_EFFECT: &[&str] = &[
    "threads",
    "memory",
    "out",
    "force",
    "model",
    "on",
    "tasks",
    "partition",
    "account",
    "time_limit",
    "resubmit",
    "environment",
    "sbatch",
];

/// Checked values of all parameters of a module.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Values(BTreeMap<&'static str, String>);

impl Values {
    /// Checks settings against the module's table and those of all, and fills in
    /// the defaults.
    pub fn check(
        module: &'static str,
        table: &'static [Parameter],
        settings: &BTreeMap<String, String>,
    ) -> Result<Values, ModuleError> {
        let all = || table.iter().chain(shared_parameters());
        let mut values: BTreeMap<&'static str, String> =
            all().map(|p| (p.name, p.default.to_owned())).collect();
        for (name, text) in settings {
            let name = name.replace('-', "_");
            let Some(parameter) = all().find(|p| p.name == name) else {
                return Err(ModuleError::UnknownParameter {
                    module,
                    name: crate::model::printable(&name),
                    known: all().map(|p| p.name).collect::<Vec<_>>().join(", "),
                });
            };
            values.insert(parameter.name, parameter.check(text)?);
        }
        Ok(Values(values))
    }

    /// The text of a parameter of the table; empty for a name that is not in it.
    pub fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// True where a flag is `yes`.
    pub fn flag(&self, name: &str) -> bool {
        self.text(name) == "yes"
    }

    /// A whole number, or nothing where the value is `auto` or empty.
    pub fn whole(&self, name: &str) -> Option<usize> {
        self.text(name).parse().ok()
    }

    /// A number, or nothing where the value is `auto` or empty.
    pub fn real(&self, name: &str) -> Option<f64> {
        self.text(name).parse().ok()
    }

    /// The words of a list.
    pub fn words(&self, name: &str) -> Vec<String> {
        words_of(self.text(name))
            .into_iter()
            .map(str::to_owned)
            .collect()
    }

    /// The seed.
    pub fn seed(&self) -> u64 {
        self.text("seed").parse().unwrap_or(20_211_011)
    }

    /// The sub-volume that `inlines`, `crosslines` and `times` name.
    pub fn sub_volume(&self) -> crate::model::SubVolume {
        let span = |name| self.text(name).parse().ok();
        crate::model::SubVolume {
            inlines: span("inlines"),
            crosslines: span("crosslines"),
            times: span("times"),
        }
    }

    /// A file name without extension: stem, project name and suffix, where there are any.
    pub fn file_stem(&self, stem: &str) -> String {
        let parts = [stem, self.text("name"), self.text("suffix")];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join("_")
    }

    /// Bytes that blocks in memory may take together.
    pub fn memory_bytes(&self) -> usize {
        (self.real("memory").unwrap_or(2.0) * 1024.0 * 1024.0 * 1024.0) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &[Parameter] = &[
        Parameter::new("trees", Kind::Whole(1, 10_000), "100", "", "trees grown"),
        Parameter::new("normalise", Kind::Flag, "yes", "", "scale attributes"),
        Parameter::new(
            "scope",
            Kind::Choice(&["between_facies", "all_pairs"]),
            "between_facies",
            "",
            "pairs",
        ),
    ];

    fn check(pairs: &[(&str, &str)]) -> Result<Values, ModuleError> {
        let settings = pairs
            .iter()
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
            .collect();
        Values::check("rfc3d", TABLE, &settings)
    }

    #[test]
    fn defaults_fill_in_and_settings_win() {
        let values = check(&[("trees", "50"), ("no-such", "1")]);
        assert!(matches!(values, Err(ModuleError::UnknownParameter { .. })));
        let values = check(&[("trees", "50"), ("normalise", "off")]).unwrap();
        assert_eq!(values.whole("trees"), Some(50));
        assert!(!values.flag("normalise"));
        assert_eq!(values.text("scope"), "between_facies");
        assert_eq!(values.seed(), 20_211_011);
        assert_eq!(values.whole("threads"), None);
    }

    #[test]
    fn a_path_stays_as_it_is() {
        let path = "a b'c\"d\n$(x);*\t\u{fc} ";
        let values = check(&[("out", path)]).unwrap();
        assert_eq!(values.text("out"), path);
    }

    #[test]
    fn values_out_of_range_are_named() {
        let error = check(&[("trees", "0")]).unwrap_err().to_string();
        assert_eq!(error, "trees: `0` is not a whole number from 1 to 10000");
        assert!(
            check(&[("scope", "some")])
                .unwrap_err()
                .to_string()
                .contains("all_pairs")
        );
        assert!(check(&[("inlines", "1:b")]).is_err());
    }
}
