//! A training file or wells in the form: what they hold, and whether what was typed
//! agrees.

use std::path::{Path, PathBuf};

use super::super::{PanelEffect, number};
use super::{LaunchForm, Row};
use crate::io::{ClassColumn, PreviewLine, TrainingFormat, TrainingPreview};
use crate::model::printable;
use crate::modules::{AskedWells, Input, Parameter, Training};

/// Parameters that say how the file is laid out.
const LAYOUT: [&str; 5] = [
    "skip_lines",
    "attributes",
    "classes",
    "class_column",
    "bad_rows",
];

/// What a form learns from instead of the session's polygons.
#[derive(Debug)]
pub(super) enum LearntFrom {
    /// A training file.
    File {
        path: PathBuf,
        /// The layout that it was looked at in last.
        format: TrainingFormat,
        /// What it holds, once it was looked at.
        seen: Option<Result<TrainingPreview, String>>,
    },
    /// Wells.
    Wells {
        /// As typed.
        text: String,
        /// The volumes in whose survey they were looked at last.
        volumes: Vec<Input>,
        /// What they hold in words, once they were looked at.
        seen: Option<Result<String, String>>,
    },
}

impl LearntFrom {
    /// What was typed.
    pub(super) fn text(&self) -> String {
        match self {
            LearntFrom::File { path, .. } => path.display().to_string(),
            LearntFrom::Wells { text, .. } => text.clone(),
        }
    }
}

impl LaunchForm {
    /// Where rows come from as the form stands.
    pub(super) fn training(&self) -> Training {
        match self.learnt {
            Some(LearntFrom::File { .. }) => Training::File,
            Some(LearntFrom::Wells { .. }) => Training::Wells,
            None => self.facts.training,
        }
    }

    /// Takes the path of a training file, or wells as a command line names them;
    /// without either the session's polygons.
    pub(super) fn learn_from(&mut self, text: &str) {
        let text = text.trim();
        self.learnt = if text.is_empty() {
            None
        } else if AskedWells::are_meant(text) {
            Some(LearntFrom::Wells {
                text: text.to_owned(),
                volumes: Vec::new(),
                seen: None,
            })
        } else {
            Some(LearntFrom::File {
                path: PathBuf::from(text),
                format: self.format(),
                seen: None,
            })
        };
    }

    /// Where the training file is, if there is one.
    pub(super) fn training_file(&self) -> Option<&PathBuf> {
        match &self.learnt {
            Some(LearntFrom::File { path, .. }) => Some(path),
            _ => None,
        }
    }

    /// The words that name the wells, if there are some.
    pub(super) fn wells(&self) -> Vec<String> {
        match &self.learnt {
            Some(LearntFrom::Wells { text, .. }) => {
                AskedWells::parse(text).map_or_else(|_| Vec::new(), |wells| wells.words())
            }
            _ => Vec::new(),
        }
    }

    /// The layout that is typed. A number of attributes or classes is compared with
    /// the file, not forced on it, where its header tells.
    fn format(&self) -> TrainingFormat {
        let typed = |name: &str| self.values.get(name).and_then(|text| text.parse().ok());
        TrainingFormat {
            skip_lines: typed("skip_lines"),
            attributes: typed("attributes"),
            class_column: typed("class_column").map_or(ClassColumn::Last, ClassColumn::Number),
            drop_bad_rows: self.values.get("bad_rows").is_some_and(|v| v == "drop"),
            volumes: Some(self.chosen().count()).filter(|n| *n > 0),
            ..TrainingFormat::default()
        }
    }

    /// Asks for the file or the wells to be looked at, where a row changed that they
    /// depend on.
    pub(super) fn look_again(&mut self, row: Row) -> PanelEffect {
        let layout = match row {
            Row::Training | Row::Volumes => true,
            Row::Parameter(parameter) => LAYOUT.contains(&parameter.name),
            Row::Launch | Row::Shown => false,
        };
        let now = self.format();
        let chosen: Vec<Input> = self.chosen().map(|v| v.input.clone()).collect();
        match self.learnt.as_mut().filter(|_| layout) {
            Some(LearntFrom::File { path, format, seen }) => {
                if seen.is_some() && *format == now {
                    return PanelEffect::Taken;
                }
                *format = now;
                PanelEffect::LookInto(path.clone(), now)
            }
            Some(LearntFrom::Wells {
                text,
                volumes,
                seen,
            }) => {
                if seen.is_some() && *volumes == chosen {
                    return PanelEffect::Taken;
                }
                volumes.clone_from(&chosen);
                match AskedWells::parse(text) {
                    Ok(asked) => PanelEffect::LookIntoWells(Box::new(asked), chosen),
                    Err(error) => {
                        *seen = Some(Err(error.to_string()));
                        PanelEffect::Taken
                    }
                }
            }
            None => PanelEffect::Taken,
        }
    }

    /// Takes what the file holds.
    pub fn take_preview(&mut self, of: &Path, found: Result<TrainingPreview, String>) {
        if let Some(LearntFrom::File { path, seen, .. }) = &mut self.learnt
            && path == of
        {
            *seen = Some(found);
        }
    }

    /// Takes what the wells hold, in words.
    pub fn take_wells(&mut self, asked: &AskedWells, found: Result<String, String>) {
        if let Some(LearntFrom::Wells { text, seen, .. }) = &mut self.learnt
            && AskedWells::parse(text).is_ok_and(|typed| typed == *asked)
        {
            *seen = Some(found);
        }
    }

    /// What the file holds, once that is known.
    fn seen(&self) -> Option<&TrainingPreview> {
        match &self.learnt {
            Some(LearntFrom::File { seen, .. }) => seen.as_ref()?.as_ref().ok(),
            _ => None,
        }
    }

    /// The lines of the file that are shown: while a row has the focus that is about
    /// the file.
    pub(super) fn preview(&self) -> &[PreviewLine] {
        let about = match self.row() {
            Row::Training => true,
            Row::Parameter(parameter) => LAYOUT.contains(&parameter.name),
            Row::Volumes | Row::Launch | Row::Shown => false,
        };
        self.seen()
            .filter(|_| about)
            .map_or(&[], |seen| &seen.lines)
    }

    /// A number that the file tells where nothing is typed.
    pub(super) fn filled_in(&self, parameter: &Parameter) -> Option<usize> {
        let seen = self.seen()?;
        match parameter.name {
            "skip_lines" => Some(seen.skipped),
            "attributes" => Some(seen.attributes).filter(|n| *n > 0),
            "classes" => Some(seen.classes.len()).filter(|n| *n > 0),
            _ => None,
        }
    }

    /// Where a typed number does not agree with the file.
    pub(super) fn disagreement(&self, parameter: &Parameter, text: &str) -> Option<String> {
        let typed: usize = text.parse().ok()?;
        let seen = self.seen()?;
        let of_file = match parameter.name {
            "attributes" if !seen.names.is_empty() => seen.names.len(),
            "classes" if !seen.classes.is_empty() => seen.classes.len(),
            _ => return None,
        };
        (typed != of_file).then(|| format!("the file has {of_file} {}", parameter.name))
    }

    /// What is wrong with the file or the wells.
    pub(super) fn learnt_error(&self) -> Option<String> {
        match self.learnt.as_ref()? {
            LearntFrom::File { seen: None, .. } => Some("the file is being read".to_owned()),
            LearntFrom::Wells { seen: None, .. } => Some("the wells are being read".to_owned()),
            LearntFrom::File {
                seen: Some(Err(reason)),
                ..
            }
            | LearntFrom::Wells {
                seen: Some(Err(reason)),
                ..
            } => Some(reason.clone()),
            LearntFrom::File {
                seen: Some(Ok(seen)),
                ..
            } => seen.trouble.clone().or_else(|| {
                (seen.classes.len() < 2).then(|| "one class only: nothing to tell apart".to_owned())
            }),
            LearntFrom::Wells {
                seen: Some(Ok(_)), ..
            } => None,
        }
    }

    /// Where the chosen volumes are not those of the file's columns.
    pub(super) fn strangers(&self) -> Option<String> {
        let seen = self.seen().filter(|seen| seen.attributes > 0)?;
        let chosen: Vec<&str> = self.chosen().map(|v| v.input.name.as_str()).collect();
        if chosen.is_empty() {
            return None;
        }
        if let Some(name) = seen.names.iter().find(|n| !chosen.contains(&n.as_str())) {
            return Some(format!(
                "the file has a column {}; choose that volume",
                printable(name)
            ));
        }
        (chosen.len() != seen.attributes).then(|| {
            format!(
                "{} chosen for the {} attributes of the file",
                chosen.len(),
                seen.attributes
            )
        })
    }

    /// The name of the file, or of the wells, for its row.
    pub(super) fn learnt_name(&self) -> Option<String> {
        let name = |path: &Path| {
            let name = path.file_name().unwrap_or(path.as_os_str());
            printable(&name.to_string_lossy())
        };
        Some(match self.learnt.as_ref()? {
            LearntFrom::File { path, .. } => name(path),
            LearntFrom::Wells { text, .. } => {
                let files = AskedWells::parse(text).map_or_else(|_| Vec::new(), |w| w.files);
                match &files[..] {
                    [] => "wells".to_owned(),
                    [one] => name(one),
                    [first, rest @ ..] => format!("{}, {} more", name(first), rest.len()),
                }
            }
        })
    }

    /// What the file holds in one line: `7 rows of 3 attributes, 2 classes: 1 salt, 2 mtd`.
    pub(super) fn holds(&self) -> Option<String> {
        if let Some(LearntFrom::Wells { seen, .. }) = &self.learnt {
            return seen.as_ref()?.as_ref().ok().cloned();
        }
        let seen = self.seen()?;
        let class = |(code, name): &(i32, Option<String>)| match name {
            Some(name) => format!("{code} {name}"),
            None => code.to_string(),
        };
        let listed: Vec<String> = seen.classes.iter().take(6).map(class).collect();
        let more = if seen.classes.len() > 6 { ", ..." } else { "" };
        let mut text = format!(
            "{} of {}, {}: {}{more}",
            number::counted(seen.rows, "row"),
            number::counted(seen.attributes, "attribute"),
            match seen.classes.len() {
                1 => "1 class".to_owned(),
                n => format!("{n} classes"),
            },
            listed.join(", ")
        );
        for warning in &seen.warnings {
            text.push_str("; ");
            text.push_str(warning);
        }
        Some(text)
    }
}
