//! Edits are values with an inverse: what undo, the journal and the tests rest on.

mod facies;
mod polygons;
mod volumes;

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::{Guide, PickingStep, Session, SessionError, VolumeEntry};
use crate::io::OpenOptions;
use crate::model::{Facies, Origin, Polygon, candidate_name};

pub use facies::FACIES_LIMIT;

/// One change of a session.
///
/// An edit is checked when it is applied; a refused one changes nothing. It
/// names polygons, facies and volumes, never places in a list, so that it still
/// means the same after other edits, adoptions and merges.
///
/// ```
/// use outcrop::{model::Facies, session::{Edit, Session}};
/// let mut session = Session::new("demo");
/// let add = Edit::AddFacies { facies: Facies::new("salt", 1), at: None };
/// let inverse = add.apply(&mut session)?;
/// assert_eq!(inverse, Edit::RemoveFacies { name: "salt".into() });
/// inverse.apply(&mut session)?;
/// assert_eq!(session, Session::new("demo"));
/// # Ok::<(), outcrop::session::SessionError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Edit {
    /// Adds a polygon; its id must be new (see [`Session::free_id`]).
    AddPolygon(Polygon),
    /// Deletes a polygon.
    RemovePolygon {
        /// Its id.
        id: String,
    },
    /// Gives a polygon other vertices: simplified, split, merged, carried.
    ReplaceVertices {
        /// Its id.
        id: String,
        /// All of its vertices, in survey numbers.
        vertices: Vec<(f64, f64)>,
    },
    /// Inserts a vertex before the one at a place.
    InsertVertex {
        /// The polygon.
        id: String,
        /// The place from 0; the number of vertices appends.
        at: usize,
        /// The vertex in survey numbers.
        vertex: (f64, f64),
    },
    /// Moves a vertex.
    MoveVertex {
        /// The polygon.
        id: String,
        /// The place from 0.
        at: usize,
        /// Where to, in survey numbers.
        to: (f64, f64),
    },
    /// Deletes a vertex.
    DeleteVertex {
        /// The polygon.
        id: String,
        /// The place from 0.
        at: usize,
    },
    /// Moves a whole polygon in its plane.
    MovePolygon {
        /// The polygon.
        id: String,
        /// By how much, in survey numbers.
        by: (f64, f64),
    },
    /// Gives a polygon a name of its own, or takes it away.
    RenamePolygon {
        /// The polygon.
        id: String,
        /// The name; absent, `<facies>-<n>` is shown.
        name: Option<String>,
    },
    /// Assigns a polygon to another facies.
    AssignPolygon {
        /// The polygon.
        id: String,
        /// The facies.
        facies: String,
    },
    /// Says who drew a polygon, when, and how sure they were.
    SetOrigin {
        /// The polygon.
        id: String,
        /// What is known.
        origin: Origin,
    },
    /// Adds a facies.
    AddFacies {
        /// The facies.
        facies: Facies,
        /// Its place from 0, which is its code less one; absent, the last.
        at: Option<usize>,
    },
    /// Deletes a facies and its polygons.
    RemoveFacies {
        /// Its name.
        name: String,
    },
    /// Renames a facies; its polygons follow.
    RenameFacies {
        /// Its name.
        name: String,
        /// The new name.
        to: String,
    },
    /// Gives a facies another ink.
    RecolourFacies {
        /// Its name.
        name: String,
        /// The ink, from 1.
        colour: u8,
    },
    /// Adds a volume.
    AddVolume(VolumeEntry),
    /// Takes a volume off the session (its file stays), and off the candidates.
    RemoveVolume {
        /// Its name.
        name: String,
    },
    /// Says how the headers of a volume's file are read.
    SetOpen {
        /// Name of the volume.
        volume: String,
        /// Bytes of the trace headers.
        open: OpenOptions,
    },
    /// Chooses the candidates, in order.
    SetCandidates(Vec<String>),
    /// Sets the step of the picking grid.
    SetPickingStep(PickingStep),
    /// Sets the project name.
    SetProject(String),
    /// Takes in what a finished run made.
    AdoptRun {
        /// Number of the run.
        run: u32,
        /// Hash of its request.
        request: String,
        /// Its volumes.
        volumes: Vec<VolumeEntry>,
    },
    /// Forgets a run and takes volumes off the session: the inverse of adoption.
    ForgetRun {
        /// Number of the run.
        run: u32,
        /// Hash of its request.
        request: String,
        /// Names of its volumes.
        volumes: Vec<String>,
    },
    /// Adds a horizon or a well to pick by.
    AddGuide(Guide),
    /// Takes a guide off the session; its file stays.
    RemoveGuide {
        /// Its name.
        name: String,
    },
    /// Several edits as one step, all or none: a paste, a split, a file read in.
    Several(Vec<Edit>),
}

impl Edit {
    /// Applies the edit and gives its inverse, which restores the session to the
    /// last bit. An error leaves the session as it was.
    pub fn apply(&self, session: &mut Session) -> Result<Edit, SessionError> {
        match self {
            Edit::AddPolygon(polygon) => session.add_polygon(polygon),
            Edit::RemovePolygon { id } => session.remove_polygon(id),
            Edit::ReplaceVertices { id, vertices } => session.replace_vertices(id, vertices),
            Edit::InsertVertex { id, at, vertex } => session.insert_vertex(id, *at, *vertex),
            Edit::MoveVertex { id, at, to } => session.move_vertex(id, *at, *to),
            Edit::DeleteVertex { id, at } => session.delete_vertex(id, *at),
            Edit::MovePolygon { id, by } => session.move_polygon(id, *by),
            Edit::RenamePolygon { id, name } => session.rename_polygon(id, name.as_deref()),
            Edit::AssignPolygon { id, facies } => session.assign_polygon(id, facies),
            Edit::SetOrigin { id, origin } => session.set_origin(id, origin),
            Edit::AddFacies { facies, at } => session.add_facies(facies, *at),
            Edit::RemoveFacies { name } => session.remove_facies(name),
            Edit::RenameFacies { name, to } => session.rename_facies(name, to),
            Edit::RecolourFacies { name, colour } => session.recolour_facies(name, *colour),
            Edit::AddVolume(volume) => session.add_volume(volume),
            Edit::RemoveVolume { name } => session.remove_volume(name),
            Edit::SetOpen { volume, open } => session.set_open(volume, *open),
            Edit::SetCandidates(names) => session.set_candidates(names),
            Edit::SetPickingStep(step) => session.set_picking_step(*step),
            Edit::SetProject(name) => session.set_project(name),
            Edit::AdoptRun {
                run,
                request,
                volumes,
            } => session.adopt_run(*run, request, volumes),
            Edit::ForgetRun {
                run,
                request,
                volumes,
            } => session.forget_run(*run, request, volumes),
            Edit::AddGuide(guide) => session.add_guide(guide),
            Edit::RemoveGuide { name } => session.remove_guide(name),
            Edit::Several(edits) => several(edits, session),
        }
    }

    /// What the edit does, as a phrase for the status line.
    pub fn describe(&self) -> String {
        let text = match self {
            Edit::AddPolygon(p) => format!("add polygon on {}", p.slice),
            Edit::RemovePolygon { .. } => "delete polygon".to_owned(),
            Edit::ReplaceVertices { .. } => "reshape polygon".to_owned(),
            Edit::InsertVertex { .. } => "insert vertex".to_owned(),
            Edit::MoveVertex { .. } => "move vertex".to_owned(),
            Edit::DeleteVertex { .. } => "delete vertex".to_owned(),
            Edit::MovePolygon { .. } => "move polygon".to_owned(),
            Edit::RenamePolygon { name: None, .. } => "take the polygon's name away".to_owned(),
            Edit::RenamePolygon {
                name: Some(name), ..
            } => format!("rename polygon to {name}"),
            Edit::AssignPolygon { facies, .. } => format!("assign polygon to {facies}"),
            Edit::SetOrigin { .. } => "say who drew the polygon, and how surely".to_owned(),
            Edit::AddFacies { facies, .. } => format!("add facies {}", facies.name),
            Edit::RemoveFacies { name } => format!("delete facies {name}"),
            Edit::RenameFacies { name, to } => format!("rename facies {name} to {to}"),
            Edit::RecolourFacies { name, .. } => format!("recolour facies {name}"),
            Edit::AddVolume(volume) => format!("add volume {}", volume.name),
            Edit::RemoveVolume { name } => format!("remove volume {name}"),
            Edit::SetOpen { volume, .. } => format!("choose the header bytes of {volume}"),
            Edit::SetCandidates(names) => format!("choose {} candidates", names.len()),
            Edit::SetPickingStep(step) => {
                format!("set picking step to {} lines, {} ms", step.lines, step.time)
            }
            Edit::SetProject(name) => format!("set project name to {name}"),
            Edit::AdoptRun { run, .. } => format!("adopt run {run}"),
            Edit::ForgetRun { run, .. } => format!("forget run {run}"),
            Edit::AddGuide(guide) => format!("add {} {}", guide.kind.word(), guide.name),
            Edit::RemoveGuide { name } => format!("remove guide {name}"),
            Edit::Several(edits) => match edits.as_slice() {
                [] => "nothing".to_owned(),
                [one] => one.describe(),
                [first, rest @ ..] => format!("{} and {} more", first.describe(), rest.len()),
            },
        };
        crate::model::printable(&text)
    }

    /// The polygon that the edit is about, where it is about one: what the
    /// screen should show after undo.
    pub fn polygon(&self) -> Option<&str> {
        match self {
            Edit::AddPolygon(polygon) => Some(&polygon.id),
            Edit::RemovePolygon { id }
            | Edit::ReplaceVertices { id, .. }
            | Edit::InsertVertex { id, .. }
            | Edit::MoveVertex { id, .. }
            | Edit::DeleteVertex { id, .. }
            | Edit::MovePolygon { id, .. }
            | Edit::RenamePolygon { id, .. }
            | Edit::SetOrigin { id, .. }
            | Edit::AssignPolygon { id, .. } => Some(id),
            Edit::Several(edits) => edits.iter().find_map(Edit::polygon),
            _ => None,
        }
    }

    /// True for the adoption of a run, which is no step of undo.
    pub(super) fn adopts(&self) -> bool {
        matches!(self, Edit::AdoptRun { .. })
    }

    /// True where the edit would bring in a volume of this name.
    pub(super) fn names_volume(&self, name: &str) -> bool {
        match self {
            Edit::AddVolume(volume) => volume.name == name,
            Edit::AdoptRun { volumes, .. } => volumes.iter().any(|v| v.name == name),
            Edit::Several(edits) => edits.iter().any(|e| e.names_volume(name)),
            _ => false,
        }
    }

    /// Guides that the edit brings in.
    pub(super) fn guides_mut(&mut self) -> Vec<&mut Guide> {
        match self {
            Edit::AddGuide(guide) => vec![guide],
            Edit::Several(edits) => edits.iter_mut().flat_map(Edit::guides_mut).collect(),
            _ => Vec::new(),
        }
    }

    /// Volumes that the edit brings in.
    pub(super) fn volumes_mut(&mut self) -> Vec<&mut VolumeEntry> {
        match self {
            Edit::AddVolume(volume) => vec![volume],
            Edit::AdoptRun { volumes, .. } => volumes.iter_mut().collect(),
            Edit::Several(edits) => edits.iter_mut().flat_map(Edit::volumes_mut).collect(),
            _ => Vec::new(),
        }
    }
}

/// Applies edits in order; where one is refused those before it are taken back.
fn several(edits: &[Edit], session: &mut Session) -> Result<Edit, SessionError> {
    let mut inverses = Vec::with_capacity(edits.len());
    for edit in edits {
        match edit.apply(session) {
            Ok(inverse) => inverses.push(inverse),
            Err(error) => {
                for inverse in inverses.iter().rev() {
                    inverse.apply(session)?;
                }
                return Err(error);
            }
        }
    }
    inverses.reverse();
    Ok(Edit::Several(inverses))
}

/// A name that stands in file names and blank-separated headings as it is.
pub(super) fn check_name(what: &'static str, name: &str) -> Result<(), SessionError> {
    let refused = |reason, advice| {
        Err(SessionError::Name {
            what,
            name: name.to_owned(),
            reason,
            advice,
        })
    };
    if name.chars().count() > 64 {
        let advice = candidate_name(name).chars().take(24).collect();
        return refused("is longer than 64 letters", advice);
    }
    if candidate_name(name) != name {
        return refused(
            "cannot stand in file names and tables",
            candidate_name(name),
        );
    }
    Ok(())
}

impl Session {
    fn set_picking_step(&mut self, step: PickingStep) -> Result<Edit, SessionError> {
        if step.lines == 0 || !step.time.is_finite() || step.time <= 0.0 {
            return Err(SessionError::Step {
                lines: step.lines,
                time: step.time,
            });
        }
        let old = std::mem::replace(&mut self.picking_step, step);
        Ok(Edit::SetPickingStep(old))
    }

    fn set_project(&mut self, name: &str) -> Result<Edit, SessionError> {
        check_name("project", name)?;
        let old = std::mem::replace(&mut self.project, name.to_owned());
        Ok(Edit::SetProject(old))
    }

    /// An error where the content makes no sense: every list is built up anew
    /// by the very edits that an interpreter would make.
    pub fn check(&self) -> Result<(), SessionError> {
        let mut built = Session::new("check");
        built.set_project(&self.project)?;
        built.set_picking_step(self.picking_step)?;
        for facies in &self.facies {
            built.add_facies(facies, None)?;
        }
        for volume in &self.volumes {
            built.add_volume(volume)?;
        }
        built.set_candidates(&self.candidates)?;
        // As if they were added one by one, without looking through all each time.
        let (mut ids, mut names) = (HashSet::new(), HashSet::new());
        for polygon in &self.polygons {
            if !ids.insert(&polygon.id) {
                let id = polygon.id.clone();
                return Err(SessionError::PolygonId { id });
            }
            built.check_polygon(polygon)?;
            if let Some(name) = &polygon.name {
                polygons::check_polygon_name(name)?;
                if !names.insert(name) {
                    let name = name.clone();
                    return Err(SessionError::PolygonName { name });
                }
            }
        }
        for guide in &self.guides {
            built.add_guide(guide)?;
        }
        for adopted in &self.adopted {
            built.adopt_run(adopted.run, &adopted.request, &[])?;
        }
        Ok(())
    }
}
