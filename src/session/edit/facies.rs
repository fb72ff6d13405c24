//! Edits of facies.

use std::sync::Arc;

use super::{Edit, check_name};
use crate::model::{Facies, candidate_name};
use crate::session::{Session, SessionError};

/// How many facies there may be: codes of an int8 class volume.
pub const FACIES_LIMIT: usize = 127;

impl Session {
    /// An error where there is no facies of that name.
    pub(super) fn known_facies(&self, name: &str) -> Result<usize, SessionError> {
        let place = self.facies.iter().position(|f| f.name == name);
        place.ok_or_else(|| SessionError::UnknownFacies {
            name: name.to_owned(),
            known: self.facies.iter().map(|f| f.name.clone()).collect(),
        })
    }

    /// A facies name is free where no other facies would get the same files:
    /// case apart, since some file systems do not tell cases apart.
    fn free_facies_name(&self, name: &str, except: Option<&str>) -> Result<(), SessionError> {
        check_name("facies", name)?;
        let file = |name: &str| candidate_name(name).to_lowercase();
        let taken = self
            .facies
            .iter()
            .filter(|f| Some(f.name.as_str()) != except)
            .find(|f| file(&f.name) == file(name));
        match taken {
            None => Ok(()),
            Some(facies) => Err(SessionError::FaciesTaken {
                name: name.to_owned(),
                taken: facies.name.clone(),
            }),
        }
    }

    pub(super) fn add_facies(
        &mut self,
        facies: &Facies,
        at: Option<usize>,
    ) -> Result<Edit, SessionError> {
        if self.facies.len() >= FACIES_LIMIT {
            return Err(SessionError::TooManyFacies {
                limit: FACIES_LIMIT,
            });
        }
        self.free_facies_name(&facies.name, None)?;
        check_colour(&facies.name, facies.colour)?;
        let at = at.unwrap_or(self.facies.len()).min(self.facies.len());
        self.facies.insert(at, facies.clone());
        Ok(Edit::RemoveFacies {
            name: facies.name.clone(),
        })
    }

    pub(super) fn remove_facies(&mut self, name: &str) -> Result<Edit, SessionError> {
        let place = self.known_facies(name)?;
        let facies = self.facies.remove(place);
        let add = Edit::AddFacies {
            facies,
            at: Some(place),
        };
        let (gone, kept): (Vec<_>, Vec<_>) = std::mem::take(&mut self.polygons)
            .into_iter()
            .partition(|p| p.facies == name);
        self.polygons = kept;
        if gone.is_empty() {
            return Ok(add);
        }
        let mut edits = vec![add];
        edits.extend(
            gone.into_iter()
                .map(|p| Edit::AddPolygon(Arc::unwrap_or_clone(p))),
        );
        Ok(Edit::Several(edits))
    }

    pub(super) fn rename_facies(&mut self, name: &str, to: &str) -> Result<Edit, SessionError> {
        let place = self.known_facies(name)?;
        self.free_facies_name(to, Some(name))?;
        if let Some(facies) = self.facies.get_mut(place) {
            to.clone_into(&mut facies.name);
        }
        for polygon in self.polygons.iter_mut().filter(|p| p.facies == name) {
            to.clone_into(&mut Arc::make_mut(polygon).facies);
        }
        self.sort();
        Ok(Edit::RenameFacies {
            name: to.to_owned(),
            to: name.to_owned(),
        })
    }

    pub(super) fn recolour_facies(&mut self, name: &str, colour: u8) -> Result<Edit, SessionError> {
        let place = self.known_facies(name)?;
        check_colour(name, colour)?;
        let mut old = colour;
        if let Some(facies) = self.facies.get_mut(place) {
            old = std::mem::replace(&mut facies.colour, colour);
        }
        Ok(Edit::RecolourFacies {
            name: name.to_owned(),
            colour: old,
        })
    }
}

fn check_colour(name: &str, colour: u8) -> Result<(), SessionError> {
    if colour == 0 {
        return Err(SessionError::Colour {
            name: name.to_owned(),
        });
    }
    Ok(())
}
