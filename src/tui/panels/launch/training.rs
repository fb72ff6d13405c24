//! A training file in the form: what it holds, and whether what was typed agrees.

use std::path::{Path, PathBuf};

use super::super::{PanelEffect, number};
use super::{LaunchForm, Row};
use crate::io::{ClassColumn, PreviewLine, TrainingFormat, TrainingPreview};
use crate::model::printable;
use crate::modules::{Parameter, Training};

/// Parameters that say how the file is laid out.
const LAYOUT: [&str; 5] = [
    "skip_lines",
    "attributes",
    "classes",
    "class_column",
    "bad_rows",
];

/// The training file of a form.
#[derive(Debug)]
pub(super) struct LearntFrom {
    pub(super) path: PathBuf,
    /// The layout that it was looked at in last.
    format: TrainingFormat,
    /// What it holds, once it was looked at.
    seen: Option<Result<TrainingPreview, String>>,
}

impl LaunchForm {
    /// Where rows come from as the form stands.
    pub(super) fn training(&self) -> Training {
        if self.file.is_some() {
            Training::File
        } else {
            self.facts.training
        }
    }

    /// Takes the path of a training file; without one the session's polygons.
    pub(super) fn learn_from(&mut self, text: &str) {
        let path = PathBuf::from(text.trim());
        self.file = (!path.as_os_str().is_empty()).then(|| LearntFrom {
            path,
            format: self.format(),
            seen: None,
        });
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

    /// Asks for the file to be looked at, where a row changed that it depends on.
    pub(super) fn look_again(&mut self, row: Row) -> PanelEffect {
        let layout = match row {
            Row::Training | Row::Volumes => true,
            Row::Parameter(parameter) => LAYOUT.contains(&parameter.name),
            Row::Launch | Row::Shown => false,
        };
        let format = self.format();
        let Some(file) = self.file.as_mut().filter(|_| layout) else {
            return PanelEffect::Taken;
        };
        if file.seen.is_some() && file.format == format {
            return PanelEffect::Taken;
        }
        file.format = format;
        PanelEffect::LookInto(file.path.clone(), format)
    }

    /// Takes what the file holds.
    pub fn take_preview(&mut self, path: &Path, seen: Result<TrainingPreview, String>) {
        if let Some(file) = self.file.as_mut().filter(|file| file.path == path) {
            file.seen = Some(seen);
        }
    }

    /// What the file holds, once that is known.
    fn seen(&self) -> Option<&TrainingPreview> {
        self.file.as_ref()?.seen.as_ref()?.as_ref().ok()
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

    /// What is wrong with the file.
    pub(super) fn file_error(&self) -> Option<String> {
        match self.file.as_ref()?.seen.as_ref() {
            None => Some("the file is being read".to_owned()),
            Some(Err(reason)) => Some(reason.clone()),
            Some(Ok(seen)) => seen.trouble.clone().or_else(|| {
                (seen.classes.len() < 2).then(|| "one class only: nothing to tell apart".to_owned())
            }),
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

    /// The name of the file, for its row.
    pub(super) fn file_name(&self) -> Option<String> {
        let path = &self.file.as_ref()?.path;
        let name = path.file_name().unwrap_or(path.as_os_str());
        Some(printable(&name.to_string_lossy()))
    }

    /// What the file holds in one line: `7 rows of 3 attributes, 2 classes: 1 salt, 2 mtd`.
    pub(super) fn holds(&self) -> Option<String> {
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
