//! Edits of polygons and their vertices.

use std::sync::Arc;

use super::Edit;
use crate::model::{Origin, Polygon};
use crate::session::content::polygon_order;
use crate::session::{Session, SessionError};

fn place_of(session: &Session, id: &str) -> Result<usize, SessionError> {
    session
        .polygons
        .iter()
        .position(|p| p.id == id)
        .ok_or_else(|| SessionError::UnknownPolygon { id: id.to_owned() })
}

fn check_origin(id: &str, origin: &Origin) -> Result<(), SessionError> {
    match origin.confidence {
        Some(confidence) if confidence > 100 => Err(SessionError::Confidence {
            id: id.to_owned(),
            confidence,
        }),
        _ => Ok(()),
    }
}

fn no_vertex(polygon: &Polygon, at: usize) -> SessionError {
    SessionError::Vertex {
        id: polygon.id.clone(),
        at,
        count: polygon.vertices.len(),
    }
}

impl Session {
    pub(super) fn add_polygon(&mut self, polygon: &Polygon) -> Result<Edit, SessionError> {
        let id = &polygon.id;
        if self.polygon(id).is_some() {
            return Err(SessionError::PolygonId { id: id.clone() });
        }
        self.check_polygon(polygon)?;
        self.free_polygon_name(id, polygon.name.as_deref())?;
        self.put_polygon(polygon.clone());
        Ok(Edit::RemovePolygon { id: id.clone() })
    }

    /// An error where a polygon makes no sense by itself.
    pub(super) fn check_polygon(&self, polygon: &Polygon) -> Result<(), SessionError> {
        let id = &polygon.id;
        if id.trim().is_empty() {
            return Err(SessionError::PolygonId { id: id.clone() });
        }
        if !polygon.slice.number().is_finite() {
            return Err(SessionError::Slice {
                id: id.clone(),
                number: polygon.slice.number(),
            });
        }
        check_origin(id, &polygon.origin)?;
        self.known_facies(&polygon.facies)?;
        polygon.check()?;
        Ok(())
    }

    pub(super) fn remove_polygon(&mut self, id: &str) -> Result<Edit, SessionError> {
        let place = place_of(self, id)?;
        let polygon = self.polygons.remove(place);
        Ok(Edit::AddPolygon(Arc::unwrap_or_clone(polygon)))
    }

    pub(super) fn replace_vertices(
        &mut self,
        id: &str,
        vertices: &[(f64, f64)],
    ) -> Result<Edit, SessionError> {
        self.reshape(id, |polygon| {
            let new = vertices.to_vec();
            let old = std::mem::replace(&mut polygon.vertices, new);
            Ok(Edit::ReplaceVertices {
                id: id.to_owned(),
                vertices: old,
            })
        })
    }

    pub(super) fn insert_vertex(
        &mut self,
        id: &str,
        at: usize,
        vertex: (f64, f64),
    ) -> Result<Edit, SessionError> {
        self.reshape(id, |polygon| {
            if at > polygon.vertices.len() {
                return Err(no_vertex(polygon, at));
            }
            polygon.vertices.insert(at, vertex);
            Ok(Edit::DeleteVertex {
                id: id.to_owned(),
                at,
            })
        })
    }

    pub(super) fn move_vertex(
        &mut self,
        id: &str,
        at: usize,
        to: (f64, f64),
    ) -> Result<Edit, SessionError> {
        self.reshape(id, |polygon| match polygon.vertices.get_mut(at) {
            None => Err(no_vertex(polygon, at)),
            Some(vertex) => Ok(Edit::MoveVertex {
                id: id.to_owned(),
                at,
                to: std::mem::replace(vertex, to),
            }),
        })
    }

    pub(super) fn delete_vertex(&mut self, id: &str, at: usize) -> Result<Edit, SessionError> {
        self.reshape(id, |polygon| {
            if at >= polygon.vertices.len() {
                return Err(no_vertex(polygon, at));
            }
            Ok(Edit::InsertVertex {
                id: id.to_owned(),
                at,
                vertex: polygon.vertices.remove(at),
            })
        })
    }

    pub(super) fn move_polygon(&mut self, id: &str, by: (f64, f64)) -> Result<Edit, SessionError> {
        // Adding and subtracting again need not give the same bits, so the
        // inverse holds the old vertices.
        let polygon = &self
            .polygon(id)
            .ok_or_else(|| SessionError::UnknownPolygon { id: id.to_owned() })?;
        let moved: Vec<_> = polygon
            .vertices
            .iter()
            .map(|&(a, b)| (a + by.0, b + by.1))
            .collect();
        self.replace_vertices(id, &moved)
    }

    pub(super) fn rename_polygon(
        &mut self,
        id: &str,
        name: Option<&str>,
    ) -> Result<Edit, SessionError> {
        self.free_polygon_name(id, name)?;
        self.change(id, |polygon| {
            let old = std::mem::replace(&mut polygon.name, name.map(str::to_owned));
            Ok(Edit::RenamePolygon {
                id: id.to_owned(),
                name: old,
            })
        })
    }

    pub(super) fn assign_polygon(&mut self, id: &str, facies: &str) -> Result<Edit, SessionError> {
        let place = place_of(self, id)?;
        self.known_facies(facies)?;
        let mut polygon = Arc::unwrap_or_clone(self.polygons.remove(place));
        let old = std::mem::replace(&mut polygon.facies, facies.to_owned());
        self.put_polygon(polygon);
        Ok(Edit::AssignPolygon {
            id: id.to_owned(),
            facies: old,
        })
    }

    pub(super) fn set_origin(&mut self, id: &str, origin: &Origin) -> Result<Edit, SessionError> {
        check_origin(id, origin)?;
        self.change(id, |polygon| {
            let old = std::mem::replace(&mut polygon.origin, origin.clone());
            Ok(Edit::SetOrigin {
                id: id.to_owned(),
                origin: old,
            })
        })
    }

    /// Changes the outline: an interpolated polygon that was touched is a drawn one.
    fn reshape(
        &mut self,
        id: &str,
        how: impl FnOnce(&mut Polygon) -> Result<Edit, SessionError>,
    ) -> Result<Edit, SessionError> {
        self.change(id, |polygon| {
            let before = polygon.vertices.clone();
            let inverse = how(polygon)?;
            if !polygon.origin.interpolated || polygon.vertices == before {
                return Ok(inverse);
            }
            let origin = polygon.origin.clone();
            polygon.origin.interpolated = false;
            let id = id.to_owned();
            Ok(Edit::Several(vec![inverse, Edit::SetOrigin { id, origin }]))
        })
    }

    /// Puts a polygon in its place in the order.
    pub(super) fn put_polygon(&mut self, polygon: Polygon) {
        let place = self
            .polygons
            .partition_point(|p| polygon_order(p, &polygon).is_lt());
        self.polygons.insert(place, Arc::new(polygon));
    }

    /// Changes a polygon where the result still has an inside.
    fn change(
        &mut self,
        id: &str,
        how: impl FnOnce(&mut Polygon) -> Result<Edit, SessionError>,
    ) -> Result<Edit, SessionError> {
        let place = place_of(self, id)?;
        let Some(polygon) = self.polygons.get_mut(place) else {
            return Err(SessionError::UnknownPolygon { id: id.to_owned() });
        };
        let mut changed = Polygon::clone(polygon);
        let inverse = how(&mut changed)?;
        changed.check()?;
        *polygon = Arc::new(changed);
        Ok(inverse)
    }

    /// Names are labels of groups in training tables, so no two polygons share one.
    fn free_polygon_name(&self, id: &str, name: Option<&str>) -> Result<(), SessionError> {
        let Some(name) = name else { return Ok(()) };
        let taken = |p: &&Arc<Polygon>| p.id != id && p.name.as_deref() == Some(name);
        check_polygon_name(name)?;
        match self.polygons.iter().find(taken) {
            None => Ok(()),
            Some(_) => Err(SessionError::PolygonName {
                name: name.to_owned(),
            }),
        }
    }
}

/// An error where a name cannot be one.
pub(super) fn check_polygon_name(name: &str) -> Result<(), SessionError> {
    if name.trim() != name || name.is_empty() || name.chars().any(char::is_control) {
        return Err(SessionError::PolygonName {
            name: name.to_owned(),
        });
    }
    Ok(())
}
