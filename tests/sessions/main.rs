//! Sessions from outside: the file, its history, and what survives the end of
//! the process at any moment.

#![allow(clippy::unwrap_used)] // what is prepared for a test must succeed
#![allow(clippy::naive_bytecount)] // a journal of a few lines

mod crash;
mod edits;
mod format;

use std::path::Path;

use outcrop::model::{Facies, Polygon, SliceKey};
use outcrop::session::{Session, VolumeEntry, VolumeRole, Workspace, write_text};

fn square(id: &str, facies: &str, slice: SliceKey, at: f64) -> Polygon {
    Polygon {
        id: id.into(),
        facies: facies.into(),
        slice,
        name: None,
        vertices: vec![(at, 10.0), (at + 4.0, 10.0), (at + 4.0, 20.5)],
        origin: outcrop::model::Origin::default(),
    }
}

fn small() -> Session {
    let mut session = Session::new("demo");
    session.facies = vec![Facies::new("salt", 1), Facies::new("mtd", 2)];
    session.volumes = vec![
        VolumeEntry::new("amplitude", "a.sgy", VolumeRole::Amplitude),
        VolumeEntry::new("coherence", "c.sgy", VolumeRole::Attribute),
    ];
    session.candidates = vec!["coherence".into()];
    session.polygons = vec![
        square("bbbb", "mtd", SliceKey::Time(512.0), 3.0).into(),
        square("aaaa", "salt", SliceKey::Inline(1010), 5.0).into(),
    ];
    session
}

fn workspace(folder: &Path) -> Workspace {
    Workspace::create(&folder.join("demo.ron"), small()).unwrap()
}

fn text(work: &Workspace) -> String {
    write_text(work.session()).unwrap()
}

/// The files of a folder as a process killed at this moment leaves them.
fn killed(folder: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        std::fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
    }
    copy
}

fn reopen(folder: &Path) -> Workspace {
    Workspace::open(&folder.join("demo.ron")).unwrap()
}
