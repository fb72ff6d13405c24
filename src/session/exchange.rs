//! Polygons out of a session into polygon files, and back: one facies a file.

use std::collections::BTreeSet;

use super::{Edit, Session, SessionError};
use crate::io::PolygonFile;
use crate::model::{Facies, Polygon, candidate_name};

/// The polygons of a file as an edit.
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    /// Adds the facies where it is new, and the polygons: one step of undo.
    pub edit: Edit,
    /// How many polygons it adds.
    pub added: usize,
    /// How many were in the session already: same facies, slice and vertices.
    pub known: usize,
}

fn same(a: &Polygon, b: &Polygon) -> bool {
    a.slice == b.slice && a.vertices == b.vertices
}

impl Session {
    /// A facies and its polygons, as a polygon file holds them.
    pub fn polygon_file(&self, facies: &str) -> Result<PolygonFile, SessionError> {
        let found = self
            .facies(facies)
            .ok_or_else(|| SessionError::UnknownFacies {
                name: facies.to_owned(),
                known: self.facies.iter().map(|f| f.name.clone()).collect(),
            })?;
        Ok(PolygonFile {
            facies: found.clone(),
            polygons: self.polygons_of(facies).cloned().collect(),
        })
    }

    /// Adds the session's polygons of a file's facies to the file, those apart
    /// that it has; gives how many were added.
    pub fn append_to(&self, file: &mut PolygonFile) -> Result<usize, SessionError> {
        let mine = self.polygon_file(&file.facies.name)?.polygons;
        let before = file.polygons.len();
        for polygon in mine {
            if !file.polygons.iter().any(|p| same(p, &polygon)) {
                file.polygons.push(polygon);
            }
        }
        Ok(file.polygons.len() - before)
    }

    /// The edit that takes polygons of several facies in, as one step of undo.
    pub fn import_all(&self, files: &[PolygonFile]) -> Result<Import, SessionError> {
        let mut session = self.clone();
        let mut all = Import {
            edit: Edit::Several(Vec::new()),
            added: 0,
            known: 0,
        };
        let mut edits = Vec::new();
        for file in files {
            let import = session.import(file)?;
            import.edit.apply(&mut session)?;
            edits.push(import.edit);
            all.added += import.added;
            all.known += import.known;
        }
        all.edit = Edit::Several(edits);
        Ok(all)
    }

    /// The edit that takes a polygon file in. Reading a file twice adds nothing;
    /// a facies of the file's name keeps the colour it has here.
    pub fn import(&self, file: &PolygonFile) -> Result<Import, SessionError> {
        let name = candidate_name(&file.facies.name);
        let mut edits = Vec::new();
        let mut ids = BTreeSet::new();
        if self.facies(&name).is_none() {
            let colour = match file.facies.colour {
                0 => self.free_colour(),
                colour => colour,
            };
            edits.push(Edit::AddFacies {
                facies: Facies::new(name.clone(), colour),
                at: None,
            });
        }
        let mut import = Import {
            edit: Edit::Several(Vec::new()),
            added: 0,
            known: 0,
        };
        for (i, polygon) in file.polygons.iter().enumerate() {
            if self.polygons_of(&name).any(|p| same(p, polygon)) {
                import.known += 1;
                continue;
            }
            // In a file a polygon is known by its place, so messages name that.
            let mut polygon = polygon.clone();
            let mut id = std::mem::take(&mut polygon.id);
            polygon.id = format!("{} of the file", i + 1);
            polygon.check()?;
            // Its id is kept where it can be: two people who read one file get
            // the same polygons.
            while id.trim().is_empty() || self.polygon(&id).is_some() || !ids.insert(id.clone()) {
                id = self.free_id();
            }
            polygon.id = id;
            polygon.facies.clone_from(&name);
            polygon.name = polygon.name.filter(|name| self.has_no_polygon_named(name));
            edits.push(Edit::AddPolygon(polygon));
            import.added += 1;
        }
        import.edit = Edit::Several(edits);
        Ok(import)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::SliceKey;

    fn polygon(facies: &str, line: i32) -> Polygon {
        Polygon {
            id: format!("{facies}{line}"),
            facies: facies.into(),
            slice: SliceKey::Inline(line),
            name: None,
            vertices: vec![(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)],
            origin: crate::model::Origin::default(),
        }
    }

    fn session() -> Session {
        let mut session = Session::new("demo");
        session.facies = vec![Facies::new("salt", 1), Facies::new("mtd", 5)];
        session.polygons = [polygon("mtd", 3), polygon("salt", 1), polygon("salt", 2)]
            .map(Arc::new)
            .into();
        session
    }

    #[test]
    fn a_facies_goes_out_and_comes_back() {
        let from = session();
        let file = from.polygon_file("salt").unwrap();
        assert_eq!(file.polygons.len(), 2);
        let mut to = Session::new("other");
        let import = to.import(&file).unwrap();
        assert_eq!((import.added, import.known), (2, 0));
        let back = import.edit.apply(&mut to).unwrap();
        assert_eq!(to.facies, [Facies::new("salt", 1)]);
        assert_eq!(to.polygons_of("salt").count(), 2);
        assert!(to.polygons.iter().all(|p| from.polygon(&p.id) == Some(p)));
        // Read again, it brings nothing.
        let again = to.import(&file).unwrap();
        assert_eq!((again.added, again.known), (0, 2));
        assert_eq!(again.edit, Edit::Several(Vec::new()));
        back.apply(&mut to).unwrap();
        assert_eq!(to, Session::new("other"));
    }

    #[test]
    fn a_file_is_taken_whole_or_not_at_all() {
        let mut file = session().polygon_file("salt").unwrap();
        file.facies.name = "salt dome".into();
        file.facies.colour = 0;
        let import = session().import(&file).unwrap();
        let mut to = session();
        import.edit.apply(&mut to).unwrap();
        assert_eq!(to.facies[2], Facies::new("salt_dome", 2));
        file.polygons[1].vertices.pop();
        assert_eq!(
            session().import(&file).unwrap_err().to_string(),
            "polygon 2 of the file: fewer than 3 different vertices; \
             a polygon needs at least 3 different vertices around an area"
        );
    }

    #[test]
    fn identifiers_in_use_are_replaced() {
        let mut file = session().polygon_file("salt").unwrap();
        for polygon in &mut file.polygons {
            polygon.id = "mtd3".into();
            polygon.vertices.push((-1.0, 0.5));
        }
        file.polygons.push(polygon("salt", 9));
        file.polygons.push(polygon("salt", 9));
        let mut to = session();
        to.import(&file).unwrap().edit.apply(&mut to).unwrap();
        let ids: BTreeSet<_> = to.polygons.iter().map(|p| p.id.as_str()).collect();
        assert_eq!((ids.len(), to.polygons.len()), (7, 7));
        assert!(ids.contains("salt9"));
    }

    #[test]
    fn appending_adds_what_is_missing() {
        let mut file = session().polygon_file("salt").unwrap();
        file.polygons.remove(0);
        assert_eq!(session().append_to(&mut file).unwrap(), 1);
        assert_eq!(session().append_to(&mut file).unwrap(), 0);
        assert_eq!(file.polygons.len(), 2);
        file.facies.name = "sand".into();
        assert!(session().append_to(&mut file).is_err());
    }
}
