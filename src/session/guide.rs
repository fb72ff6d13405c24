//! Guides: horizons and wells of others, shown to pick by.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::edit::check_name;
use super::{Edit, Session, SessionError};

/// What a guide is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum GuideKind {
    /// A surface through the survey.
    Horizon,
    /// The path of a well, with classes along it.
    Well,
}

impl GuideKind {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            GuideKind::Horizon => "horizon",
            GuideKind::Well => "well",
        }
    }
}

/// A horizon or a well that the session knows: the file stays where it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guide {
    /// Its name: no two guides share one.
    pub name: String,
    /// Where it lies; relative to the session's folder when below it.
    pub path: PathBuf,
    /// What it is.
    pub kind: GuideKind,
    /// Its ink among those of facies, from 1; 0 for the ink of guides.
    #[serde(default, skip_serializing_if = "none")]
    pub colour: u8,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // what serde calls
fn none(colour: &u8) -> bool {
    *colour == 0
}

impl Session {
    /// A guide by name.
    pub fn guide(&self, name: &str) -> Option<&Guide> {
        self.guides.iter().find(|g| g.name == name)
    }

    /// The guides of a kind, by name.
    pub fn guides_of(&self, kind: GuideKind) -> impl Iterator<Item = &Guide> {
        self.guides.iter().filter(move |g| g.kind == kind)
    }

    pub(super) fn add_guide(&mut self, guide: &Guide) -> Result<Edit, SessionError> {
        let name = guide.name.clone();
        check_name(guide.kind.word(), &name)?;
        if let Some(taken) = self.guide(&name) {
            let path = taken.path.clone();
            return Err(SessionError::GuideTaken { name, path });
        }
        if guide.path.to_str().is_none_or(str::is_empty) {
            let path = guide.path.clone();
            return Err(SessionError::VolumePath { name, path });
        }
        let place = self.guides.partition_point(|g| g.name < name);
        self.guides.insert(place, guide.clone());
        Ok(Edit::RemoveGuide { name })
    }

    pub(super) fn remove_guide(&mut self, name: &str) -> Result<Edit, SessionError> {
        let place = self.guides.iter().position(|g| g.name == name);
        let place = place.ok_or_else(|| SessionError::UnknownGuide {
            name: name.to_owned(),
            known: self.guides.iter().map(|g| g.name.clone()).collect(),
        })?;
        Ok(Edit::AddGuide(self.guides.remove(place)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{read_text, write_text};
    use std::path::Path;

    #[test]
    fn guides_come_and_go_and_stand_in_the_file() {
        let mut session = Session::new("demo");
        let bare = write_text(&session).unwrap();
        assert!(
            !bare.contains("guides"),
            "sessions without any are as before"
        );
        let guide = |name: &str, kind| Guide {
            name: name.into(),
            path: "top.dat".into(),
            kind,
            colour: 0,
        };
        let add = Edit::AddGuide(guide("top", GuideKind::Horizon));
        let inverse = add.apply(&mut session).unwrap();
        let well = Edit::AddGuide(guide("a1", GuideKind::Well));
        well.apply(&mut session).unwrap();
        assert!(well.apply(&mut session).is_err(), "no two of one name");
        assert_eq!(session.guides[0].name, "a1", "by name");
        let text = write_text(&session).unwrap();
        assert_eq!(read_text(&text, Path::new("demo.ron")).unwrap(), session);
        inverse.apply(&mut session).unwrap();
        Edit::RemoveGuide { name: "a1".into() }
            .apply(&mut session)
            .unwrap();
        assert_eq!(write_text(&session).unwrap(), bare);
        assert!(inverse.apply(&mut session).is_err());
    }
}
