//! What a run learns from or applies: polygons, rows at the picked voxels, wells, and
//! mixtures that an earlier run fitted.

use std::collections::BTreeMap;

use super::super::action::Opening;
use super::Scene;
use crate::io::open;
use crate::modules::{
    self, AskedWells, Input, MODEL_SETTING, Picks, Reads, Request, Training, Wells,
};
use crate::runs::{self, PickedRows, State};
use crate::session::InputVolume;

/// Of amplitude of this size and more, attributes are first worked out at the picked
/// voxels: whole volumes of all of them would take an hour, and a ranking tells which.
const RANKED_FIRST: u64 = 8 << 30;

impl Scene {
    /// Training rows at the picked voxels, for a module that has no volumes to read them
    /// from.
    pub(super) fn rows(&self, module: &dyn modules::Module) -> Result<Option<PickedRows>, String> {
        let wanted = module.learns() && module.needs_facies() && self.inputs.candidates.is_empty();
        if !wanted || module.reads() != Reads::Candidates {
            return Ok(None);
        }
        let rows = runs::picked_rows(&self.runs, &self.picks());
        rows.map(Some).ok_or_else(|| {
            "no attribute volumes yet, and the polygons have changed since rows were made of them; attributes3d, at polygons, makes them again".into()
        })
    }

    /// What comes next where attributes are known at the picked voxels alone, other than
    /// a first ranking: rows of the polygons as they are by now, or the ranking of these
    /// rows, from which a set of volumes is to be chosen.
    pub(super) fn next_on_rows(&self, name: &str) -> Result<Option<Opening>, String> {
        if name != "attribute_selection" || !self.inputs.candidates.is_empty() {
            return Ok(None);
        }
        let all = runs::list(&self.runs);
        let Some(rows) = runs::picked_rows(&self.runs, &self.picks()) else {
            let Some(made) = all.iter().find(|run| run.has_rows()) else {
                return Ok(None);
            };
            return Ok(Some(match self.launch(&made.request)? {
                Opening::Said(text) => Opening::Said(format!(
                    "other polygons than in run {}: {text}",
                    made.number
                )),
                other => other,
            }));
        };
        let ranking = all.iter().find(|run| {
            run.request.module == name
                && run.progress.state == State::Done
                && run.request.training_file.as_ref() == Some(&rows.path)
        });
        ranking
            .map(|run| {
                let (facts, outcome) = self.result(Some(run.number), [0; 3])?;
                Ok(Opening::Result(facts, outcome))
            })
            .transpose()
    }

    pub(super) fn picks(&self) -> Picks {
        Picks {
            facies: self.inputs.facies.clone(),
            polygons: self.inputs.polygons.clone(),
        }
    }

    /// True where a large volume has polygons of two facies and more, and no attributes
    /// yet.
    pub(super) fn ranks_first(&self) -> bool {
        let polygons = &self.inputs.polygons;
        let picked = |name: &str| polygons.iter().any(|p| p.facies == name);
        let facies = &self.inputs.facies;
        let size = |v: &InputVolume| std::fs::metadata(&v.path).map_or(0, |m| m.len());
        facies.len() > 1
            && facies.iter().all(|facies| picked(&facies.name))
            && self.inputs.amplitude.as_ref().map_or(0, size) >= RANKED_FIRST
            && runs::picked_rows(&self.runs, &self.picks()).is_none()
    }

    /// Names the mixtures of the newest selection where a module applies some and none
    /// are named; gives the attributes that they ask for.
    pub(super) fn apply_newest(
        &self,
        name: &str,
        settings: &mut BTreeMap<String, String>,
    ) -> Vec<String> {
        if name != "gmm3d" || settings.contains_key(MODEL_SETTING) {
            return Vec::new();
        }
        let candidates: Vec<String> = self
            .inputs
            .candidates
            .iter()
            .map(|c| c.name.clone())
            .collect();
        let newest = runs::list(&self.runs).into_iter().find_map(|run| {
            let file = run.mixtures()?;
            let found = modules::applicable(&file, &candidates).ok()?;
            Some((file, found))
        });
        let Some((file, (combination, attributes))) = newest else {
            return Vec::new();
        };
        settings.insert(MODEL_SETTING.into(), file.display().to_string());
        settings.entry("combination".into()).or_insert(combination);
        attributes
    }
}

/// The wells that a request learns from, read; nothing where it learns from none.
pub(super) fn wells(request: &Request) -> Result<Option<Wells>, String> {
    if request.training != Training::Wells {
        return Ok(None);
    }
    let asked = AskedWells::of_words(request.wells.clone());
    let read = asked.and_then(|asked| asked.read(&request.volumes));
    read.map(|(wells, _)| Some(wells))
        .map_err(|e| e.to_string())
}

/// What wells hold: `2 wells, 3 classes: 120 phie below 0.1, ...`.
pub(super) fn wells_in_words(asked: &AskedWells, volumes: &[Input]) -> Result<String, String> {
    const CLASSES: usize = 6;
    let (wells, notes) = asked.read(volumes).map_err(|e| e.to_string())?;
    // Reading has shown that there is a first one.
    let first = volumes.first().ok_or("choose a volume")?;
    let volume = open(&first.path, &first.open).map_err(|e| e.to_string())?;
    let picked = wells.on(volume.grid(), &[]).map_err(|e| e.to_string())?;
    let counts = picked.facies.iter().enumerate().map(|(m, name)| {
        let own = picked.voxels.iter().filter(|v| usize::from(v.0) == m);
        (own.count(), name)
    });
    let counts: Vec<(usize, &String)> = counts.collect();
    if counts.iter().filter(|(count, _)| *count > 0).count() < 2 {
        return Err("the wells give fewer than two classes samples of the survey".into());
    }
    let classes: Vec<String> = (counts.iter().take(CLASSES))
        .map(|(count, name)| format!("{count} {name}"))
        .collect();
    let more = if counts.len() > CLASSES { ", ..." } else { "" };
    let mut text = format!(
        "{} {}, {} classes: {}{more}",
        asked.files.len(),
        if asked.files.len() == 1 {
            "well"
        } else {
            "wells"
        },
        counts.len(),
        classes.join(", ")
    );
    for note in notes.iter().chain(&picked.warnings) {
        text.push_str("; ");
        text.push_str(note);
    }
    Ok(crate::model::printable(&text))
}
