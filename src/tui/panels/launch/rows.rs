//! What each row of a form says: its value, its explanation, what is wrong.

use super::super::number;
use super::{Hand, LaunchForm};
use crate::model::{Direction, ModelError, printable};
use crate::modules::{Kind, ModuleError, Parameter, Reads, Training};

/// A row that can have the focus.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Row {
    /// What is shown beside the form.
    Shown,
    /// What is learnt from: facies and polygons, or a training file.
    Training,
    /// The volumes that are read.
    Volumes,
    /// A parameter.
    Parameter(&'static Parameter),
    /// The start.
    Launch,
}

impl LaunchForm {
    /// What stands against the launch, row by row.
    pub(super) fn errors(&self) -> Vec<(Row, String)> {
        let mut errors = Vec::new();
        for row in self.rows() {
            if let Some(reason) = self.error(row) {
                let named = match row {
                    Row::Parameter(parameter) => format!("{}: {reason}", parameter.name),
                    _ => reason,
                };
                errors.push((row, named));
            }
        }
        errors
    }

    /// What is wrong in a row.
    pub(super) fn error(&self, row: Row) -> Option<String> {
        match row {
            Row::Training => self.training_error(),
            Row::Volumes => self.volumes_error(),
            Row::Parameter(parameter) => self.value_error(parameter, self.typed(parameter)),
            Row::Shown | Row::Launch => None,
        }
    }

    /// True where rows come from something else than polygons.
    fn learns_elsewhere(&self) -> bool {
        matches!(self.training(), Training::File | Training::Wells)
    }

    /// The value of a parameter as it stands, or as it is being typed.
    pub(super) fn typed(&self, parameter: &'static Parameter) -> &str {
        match &self.hand {
            Hand::Typing(input) if self.row() == Row::Parameter(parameter) => input.value(),
            _ => self.text(parameter),
        }
    }

    fn training_error(&self) -> Option<String> {
        if self.learnt.is_some() {
            return self.learnt_error();
        }
        if !self.module.learns() || self.facts.training != Training::Polygons {
            return None;
        }
        // What a model knows already is not learnt.
        let applied = self.values.get(crate::modules::MODEL_SETTING);
        if applied.is_some_and(|path| !path.is_empty()) {
            return None;
        }
        let drawn = self.facts.facies.iter().any(|f| f.polygons > 0);
        let alone = self.values.get("unsupervised").is_some_and(|v| v == "yes");
        if !self.module.needs_facies() && (alone || !drawn) {
            return None;
        }
        if self.facts.facies.len() < 2 {
            return Some("two facies or more are told apart; name another with \"+".into());
        }
        let empty = self
            .facts
            .facies
            .iter()
            .find(|f| f.polygons == 0 || f.voxels == Some(0));
        empty.map(|f| {
            let what = if f.polygons == 0 { "polygon" } else { "voxel" };
            format!(
                "facies {} has no {what}; draw one",
                printable(&f.facies.name)
            )
        })
    }

    fn volumes_error(&self) -> Option<String> {
        let none = self.chosen().next().is_none();
        match (none, self.module.reads()) {
            // A training file can be learnt from without volumes: nothing is predicted.
            (true, _) if self.training() == Training::File => None,
            (true, Reads::Candidates) if self.facts.volumes.is_empty() => {
                Some("there is no attribute yet; launch attributes3d, or import one".into())
            }
            (true, Reads::Candidates) => Some("choose an attribute: Enter opens the list".into()),
            (true, Reads::Amplitude) => Some("there is no amplitude volume; open one".into()),
            (false, _) => self.strangers(),
        }
    }

    fn value_error(&self, parameter: &Parameter, text: &str) -> Option<String> {
        match parameter.check(text) {
            Err(ModuleError::Parameter { reason, .. }) => return Some(reason),
            Err(error) => return Some(error.to_string()),
            Ok(_) => {}
        }
        if let Some(reason) = self.disagreement(parameter, text) {
            return Some(reason);
        }
        let (axis, name) = self.axis(parameter)?;
        let span: crate::model::Span = text.parse().ok()?;
        match span.on(name, &axis).err()? {
            ModelError::RangeOutside {
                first,
                last,
                low,
                high,
                ..
            } => {
                let (first, last) = (first.clamp(low, high), last.clamp(low, high));
                let (first, last) = if first == last {
                    (low, high)
                } else {
                    (first, last)
                };
                Some(format!(
                    "the volume holds {low} to {high}; try {first}:{last}"
                ))
            }
            error => Some(error.to_string()),
        }
    }

    /// The axis that a range of survey numbers must lie on.
    fn axis(&self, parameter: &Parameter) -> Option<(crate::model::Axis, &'static str)> {
        let direction = match (parameter.kind, parameter.name) {
            (Kind::Range, "inlines") => Direction::Inline,
            (Kind::Range, "crosslines") => Direction::Crossline,
            (Kind::Range, "times") => Direction::Time,
            _ => return None,
        };
        Some((*self.facts.grid?.axis(direction), parameter.name))
    }

    /// The name of a row.
    pub(super) fn label(row: Row) -> &'static str {
        match row {
            Row::Shown => "shown",
            Row::Training => "training",
            Row::Volumes => "volumes",
            Row::Parameter(parameter) => parameter.name,
            Row::Launch => "launch",
        }
    }

    /// The value of a row, and whether it differs from the default.
    pub(super) fn value(&self, row: Row, columns: u16) -> (String, bool) {
        match row {
            Row::Shown => (self.shown().unwrap_or("").to_owned(), false),
            Row::Training if self.learns_elsewhere() => {
                let name = self.learnt_name();
                let own = name.is_some();
                (name.unwrap_or_else(|| "training file".into()), own)
            }
            Row::Training => {
                let names = self.facts.facies.iter().map(|f| printable(&f.facies.name));
                (some(&names.collect::<Vec<_>>(), columns), false)
            }
            Row::Volumes => {
                let names: Vec<String> = self.chosen().map(|v| printable(&v.input.name)).collect();
                (
                    some(&names, columns),
                    names.len() < self.facts.volumes.len(),
                )
            }
            Row::Parameter(parameter) => {
                let typed = self.typed(parameter);
                let normal = parameter.check(typed);
                let changed = normal.map_or(true, |text| text != parameter.default);
                let text = match self.text(parameter) {
                    "auto" => match self.filled_in(parameter) {
                        Some(number) => format!("{number} from the file"),
                        None => "auto".to_owned(),
                    },
                    "" => self.axis(parameter).map_or("–".into(), |(axis, _)| {
                        format!("{}:{}", axis.first, axis.last())
                    }),
                    text => text.to_owned(),
                };
                (text, changed)
            }
            Row::Launch => (String::new(), false),
        }
    }

    /// What a row does, in one line.
    pub(super) fn explanation(&self, row: Row) -> String {
        match row {
            Row::Shown => "what is computed on the slice; the run makes what the form names".into(),
            Row::Training if self.learns_elsewhere() => self
                .holds()
                .unwrap_or_else(|| "rows and classes to learn from".into()),
            Row::Training => format!("{}; Enter: file, wells", self.picked()),
            Row::Volumes if self.module.reads() == Reads::Amplitude => {
                "the volume that is read".into()
            }
            Row::Volumes => {
                let note = self.chosen().find(|v| !v.note.is_empty());
                let note = note.map_or(String::new(), |v| format!("{}; ", printable(&v.note)));
                format!("{note}Enter opens the list")
            }
            Row::Parameter(parameter) => parameter.doc.to_owned(),
            Row::Launch => "starts the run".into(),
        }
    }

    /// How much is picked: `34 806, 9120 and 41 233 voxels in 15 polygons`.
    fn picked(&self) -> String {
        let facies = &self.facts.facies;
        let polygons: usize = facies.iter().map(|f| f.polygons).sum();
        let polygons = number::counted(polygons, "polygon");
        let voxels: Option<Vec<String>> = facies
            .iter()
            .map(|f| Some(number::grouped(f.voxels? as u64)))
            .collect();
        match voxels.as_deref() {
            Some([most @ .., last]) if !most.is_empty() => {
                format!("{} and {last} voxels in {polygons}", most.join(", "))
            }
            Some([one]) => format!("{one} voxels in {polygons}"),
            _ => format!("what is told apart: {polygons}"),
        }
    }
}

/// As many names as fit, then how many more there are.
fn some(names: &[String], columns: u16) -> String {
    let whole = names.join(", ");
    if names.is_empty() {
        return "none".into();
    }
    if super::super::page::width(&whole) <= columns {
        return whole;
    }
    for kept in (1..names.len()).rev() {
        let text = format!("{}, {} more", names[..kept].join(", "), names.len() - kept);
        if super::super::page::width(&text) <= columns {
            return text;
        }
    }
    format!("{} volumes", names.len())
}
