//! Names of polygons, as they are shown and as files know them.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, RandomState};

use super::Session;
use crate::model::Polygon;

/// Letters and digits that no eye mixes up.
const ALPHABET: &[u8; 31] = b"23456789abcdefghjkmnpqrstuvwxyz";

/// Eight letters and digits out of the system's entropy.
fn random_id() -> String {
    // The hasher's keys come from the system, and differ at every call.
    let mut bits = RandomState::new().hash_one(std::process::id());
    let mut id = String::with_capacity(8);
    for _ in 0..8 {
        let letter = ALPHABET.get((bits % 31) as usize).copied().unwrap_or(b'2');
        id.push(char::from(letter));
        bits /= 31;
    }
    id
}

impl Session {
    /// An identifier for a new polygon: short, and random (31^8, about 10^12),
    /// so that polygons of two people merge. Among 10 000 polygons the odds of a
    /// pair alike are 1 in 17 000, and none is like one that is in the session.
    pub fn free_id(&self) -> String {
        loop {
            let id = random_id();
            if self.polygon(&id).is_none() {
                break id;
            }
        }
    }

    /// True where no polygon bears a name.
    pub(super) fn has_no_polygon_named(&self, name: &str) -> bool {
        (self.polygons.iter()).all(|p| p.name.as_deref() != Some(name))
    }

    /// What each polygon is called, by id: its own name, else `<facies>-<n>`
    /// with `n` counting the facies' polygons by slice and passing over names
    /// that another polygon bears. All names differ.
    pub fn display_names(&self) -> BTreeMap<&str, String> {
        self.display_names_of(|_| true)
    }

    /// The same of some polygons only: all are counted, and only these named, so
    /// that the few on a slice of a large session cost no time.
    pub fn display_names_of(&self, wanted: impl Fn(&Polygon) -> bool) -> BTreeMap<&str, String> {
        // Own names that look like counted ones: their numbers are passed over.
        let own: BTreeSet<(&str, usize)> = (self.polygons.iter())
            .filter_map(|p| {
                let (facies, number) = p.name.as_deref()?.rsplit_once('-')?;
                let n: usize = number.parse().ok()?;
                (n.to_string() == number).then_some((facies, n))
            })
            .collect();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        let mut names = BTreeMap::new();
        for polygon in &self.polygons {
            if let Some(name) = &polygon.name {
                if wanted(polygon) {
                    names.insert(polygon.id.as_str(), name.clone());
                }
                continue;
            }
            let n = counts.entry(&polygon.facies).or_default();
            *n += 1;
            while own.contains(&(polygon.facies.as_str(), *n)) {
                *n += 1;
            }
            if wanted(polygon) {
                names.insert(polygon.id.as_str(), format!("{}-{n}", polygon.facies));
            }
        }
        names
    }

    /// What one polygon is called; see [`Session::display_names`].
    pub fn display_name(&self, id: &str) -> Option<String> {
        self.display_names_of(|p| p.id == id).remove(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Facies, Polygon, SliceKey};
    use crate::session::Edit;

    fn polygon(id: &str, line: i32, name: Option<&str>) -> Edit {
        Edit::AddPolygon(Polygon {
            id: id.into(),
            facies: "salt".into(),
            slice: SliceKey::Inline(line),
            name: name.map(str::to_owned),
            vertices: vec![(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)],
            origin: crate::model::Origin::default(),
        })
    }

    #[test]
    fn polygons_are_counted_by_slice_and_no_two_share_a_name() {
        let mut session = Session::new("demo");
        session.facies.push(Facies::new("salt", 1));
        for edit in [
            polygon("x", 30, None),
            polygon("y", 10, None),
            polygon("z", 20, Some("salt-2")),
        ] {
            edit.apply(&mut session).unwrap();
        }
        let names = session.display_names();
        assert_eq!(
            names.into_iter().collect::<Vec<_>>(),
            [
                ("x", "salt-3".to_owned()),
                ("y", "salt-1".to_owned()),
                ("z", "salt-2".to_owned())
            ]
        );
        let again = polygon("w", 5, Some("salt-2")).apply(&mut session);
        assert_eq!(
            again.unwrap_err().to_string(),
            "polygon name `salt-2` is blank or in use already; try another name"
        );
        assert_eq!(session.display_name("w"), None);
    }

    #[test]
    fn identifiers_are_short_and_differ() {
        let session = Session::new("demo");
        let ids: BTreeSet<String> = (0..2000).map(|_| session.free_id()).collect();
        assert_eq!(ids.len(), 2000);
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        assert!(ids.iter().all(|id| id.len() == 8 && id.chars().all(plain)));
        // Every place takes every letter: what differs is not a counter.
        for place in 0..8 {
            let letters: BTreeSet<_> = ids.iter().map(|id| id.as_bytes()[place]).collect();
            assert_eq!(letters.len(), 31);
        }
    }
}
