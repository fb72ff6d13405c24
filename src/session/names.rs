//! Names of polygons, as they are shown and as files know them.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, RandomState};

use super::Session;

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
        let own: BTreeSet<&str> = self
            .polygons
            .iter()
            .filter_map(|p| p.name.as_deref())
            .collect();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        let mut names = BTreeMap::new();
        for polygon in &self.polygons {
            let name = polygon.name.clone().unwrap_or_else(|| {
                let n = counts.entry(&polygon.facies).or_default();
                loop {
                    *n += 1;
                    let name = format!("{}-{n}", polygon.facies);
                    if !own.contains(name.as_str()) {
                        break name;
                    }
                }
            });
            names.insert(polygon.id.as_str(), name);
        }
        names
    }

    /// What one polygon is called; see [`Session::display_names`].
    pub fn display_name(&self, id: &str) -> Option<String> {
        self.display_names().remove(id)
    }
}
